#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho indicators from end to end: lists of every form, refusals, signatures, overlays, and
what sekisho watch makes of a generation.  Prints TAP.  usage: indicators.py SEKISHO SCENARIOS SWAPS"""

import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SEKISHO, SCENARIOS, SWAPS = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-indicators-"))
ENVIRONMENT = dict(os.environ, XDG_STATE_HOME=str(HERE / "state"), LC_ALL="C.UTF-8")
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
    ENVIRONMENT[name] = "exitcode=99:halt_on_error=1:" + os.environ.get(name, "")
UUID = "5a0b1c2d-0000-4000-8000-0123456789ab"


def run(*arguments, data=None):
    return subprocess.run([SEKISHO, *map(str, arguments)], input=data, capture_output=True,
                          env=ENVIRONMENT, timeout=300, check=False, text=True)


def write(name, text):
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def key(name):
    path = HERE / name
    if not path.exists():
        done = run("key", "generate", "--name", name, "--no-passphrase", path)
        assert done.returncode == 0, done.stderr
        write(name + ".pub", done.stdout)
    return path


def build(output, *arguments, code=0):
    done = run("indicators", "build", "--key", key("first"), "-o", HERE / output, "--json", "-q",
               *arguments)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout) if done.stdout else done.stderr


def match(generation, *values, options=()):
    done = run("indicators", "match", "--json", "-q", "--trust", HERE / "first.pub", *options,
               HERE / generation, data="\n".join(values) + "\n")
    assert done.returncode in (0, 4), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def found(generation, *values, options=()):
    return sorted(hit["value"] for hit in match(generation, *values, options=options))


def lists_of_every_form_become_one_generation():
    text = write("plain.txt", "192.0.2.1\nhxxp://evil[.]example/x\nnonsense\n")
    csv = write("sheet.csv", "indicator,valid_from,valid_until\n"
                             "198.51.100.0/24,2026-01-01,2026-07-01\n")
    stix = write("bundle.json", json.dumps({"type": "bundle", "objects": [
        {"type": "indicator", "pattern_type": "stix",
         "pattern": "[ipv6-addr:value = '2001:db8::1' OR domain-name:value = 'bad.example']",
         "valid_from": "2026-01-01T00:00:00Z"},
        {"type": "indicator", "pattern_type": "stix",
         "pattern": "[ipv4-addr:value = '192.0.2.2' AND ipv4-addr:value = '192.0.2.3']"},
        {"type": "malware", "name": "x"}]}))
    feed = HERE / "feed"
    write("feed/manifest.json", json.dumps({UUID: {"info": "x"}}))
    write(f"feed/{UUID}.json", json.dumps({"Event": {"Attribute": [
        {"type": "ip-dst|port", "value": "203.0.113.5|8443", "to_ids": True},
        {"type": "md5", "value": "0" * 32, "to_ids": True},
        {"type": "domain", "value": "maybe.example", "to_ids": False}]}}))
    report = build("all", text, csv, stix, feed)
    by_name = {entry["name"]: entry for entry in report["lists"]}
    assert by_name["plain"]["refused"] == {"no-indicator": 1}
    assert by_name["plain"]["examples"] == [
        {"line": 3, "reason": "no-indicator", "value": "nonsense"}]
    assert by_name["bundle"]["refused"] == {"not-simple": 1}
    assert by_name["feed"]["refused"] == {"not-to-detect": 1, "other-kind": 1}
    assert report["generation"]["indicators"] == 6
    assert found("all", "192.0.2.1", "www.evil.example", "2001:db8::1", "bad.example",
                 "203.0.113.5:8443", "203.0.113.5:443", "maybe.example", "198.51.100.9",
                 options=("--at", "2026-06-30T23:59:59Z")) == [
        "192.0.2.1", "198.51.100.0/24", "2001:db8::1", "203.0.113.5:8443", "bad.example",
        "evil.example"]


def a_window_ends_at_its_second_by_the_time_of_the_event():
    for at, count in (("2025-12-31T23:59:59Z", 0), ("2026-01-01T00:00:00Z", 1),
                      ("2026-06-30T23:59:59Z", 1), ("2026-07-01T00:00:00Z", 0)):
        assert len(match("all", "198.51.100.9", options=("--at", at))) == count, at


def the_same_lists_give_the_same_octets():
    lists = write("plain.txt", "192.0.2.1\n"), write("other.txt", "evil.example\n")
    at = ("--built-at", "2026-11-21T00:00:00Z")
    build("one", *at, *lists)
    build("two", *at, *lists)
    assert (HERE / "one").read_bytes() == (HERE / "two").read_bytes()
    build("two", *at, *reversed(lists))
    assert (HERE / "one").read_bytes() != (HERE / "two").read_bytes()


def what_is_screened_out_stops_the_build():
    good = write("good.txt", "".join(f"192.0.2.{i}\n" for i in range(1, 9)))
    popular = write("popular", "1,www.portal.example\n")
    own = write("own", "203.0.113.0/24\nown.example\n")
    screens = ("--popular", popular, "--own", own)
    build("before", *screens, good)
    for line, exception, reason in (("portal.example", "popular", "popular"),
                                    ("docs.google.com", "popular", "popular"),
                                    ("203.0.113.7", "own", "own"),
                                    ("mail.own.example", "own", "own"),
                                    ("128.0.0.0/7", "wide", "too-wide"),
                                    ("2000::/18", "wide", "too-wide")):
        bad = write("bad.txt", line + "\n")
        report = build("stopped", *screens, good, bad, code=3)
        assert report["refused"] == [exception], (line, report)
        assert not (HERE / "stopped").exists()
        report = build("left", *screens, "--leave-out", good, bad)
        assert report["lists"][1]["refused"] == {reason: 1}
        assert report["generation"]["indicators"] == 8 and not report["generation"]["exceptions"]
        key("second")
        report = build("allowed", *screens, "--second-key", HERE / "second", good, bad)
        assert report["generation"]["exceptions"] == [exception], report
        assert report["generation"]["indicators"] == 9
        assert run("indicators", "verify", "--trust", HERE / "first.pub",
                   HERE / "allowed").returncode == 3
        assert run("indicators", "verify", "--trust", HERE / "first.pub", "--trust",
                   HERE / "second.pub", HERE / "allowed").returncode == 0


def a_set_that_shrinks_by_more_than_half_is_refused():
    half = write("half.txt", "".join(f"192.0.2.{i}\n" for i in range(1, 5)))
    less = write("less.txt", "".join(f"192.0.2.{i}\n" for i in range(1, 4)))
    assert build("after", "--previous", HERE / "before", half)["generation"]["number"] == 2
    report = build("shrunk", "--previous", HERE / "before", less, code=3)
    assert report["refused"] == ["shrunk"] and report["before"] == 8
    assert build("shrunk", "--previous", HERE / "before", "--leave-out", less,
                 code=3)["refused"] == ["shrunk"]
    report = build("shrunk", "--previous", HERE / "before", "--second-key", key("second"), less)
    assert report["generation"]["exceptions"] == ["shrunk"]


def one_person_is_not_two():
    shutil.copy(key("first"), HERE / "first-again")
    done = build("twice", "--second-key", HERE / "first-again", HERE / "half.txt", code=1)
    assert "second person" in done


def an_overlay_adds_and_takes_away_at_once():
    main = write("main.txt", "192.0.2.1\n192.0.2.2\nevil.example\n")
    build("main", "--number", "7", main)
    add = write("add.txt", "203.0.113.9\n")
    revoke = write("revoke.txt", "192.0.2.1\nevil.example\n")
    report = build("over", "--over", HERE / "main", "--revoke", revoke, add)
    assert (report["generation"]["role"], report["generation"]["number"],
            report["generation"]["sequence"]) == ("overlay", 7, 1)
    over = ("--overlay", HERE / "over")
    values = ("192.0.2.1", "192.0.2.2", "x.evil.example", "203.0.113.9")
    assert found("main", *values) == ["192.0.2.1", "192.0.2.2", "evil.example"]
    assert found("main", *values, options=over) == ["192.0.2.2", "203.0.113.9"]
    assert [hit["overlay"] for hit in match("main", "203.0.113.9", options=over)] == [1]
    assert build("over2", "--over", HERE / "main", "--previous", HERE / "over",
                 add)["generation"]["sequence"] == 2
    assert "already" in build("over3", "--over", HERE / "main", "--previous", HERE / "over2",
                              "--number", "2", add, code=1)
    build("main8", "--number", "8", main)
    done = run("indicators", "match", *over, HERE / "main8", data="192.0.2.1\n")
    assert done.returncode == 1 and "not for this generation" in done.stderr


def a_changed_cut_or_forged_file_is_refused():
    content = bytearray((HERE / "main").read_bytes())
    bad = HERE / "bad"
    dice = random.Random(3)
    places = [dice.randrange(len(content)) for _ in range(60)] + list(range(0, 700, 37)) + [
        len(content) - i for i in range(1, 250, 13)]
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 1 << dice.randrange(8)
        bad.write_bytes(changed)
        assert run("indicators", "verify", "--trust", HERE / "first.pub",
                   bad).returncode == 3, place
    for length in [0, 1, 1023, 1024, 4096, len(content) - 1]:
        bad.write_bytes(content[:length])
        assert run("indicators", "verify", "--trust", HERE / "first.pub",
                   bad).returncode == 3, length
    key("stranger")
    assert run("indicators", "verify", "--trust", HERE / "stranger.pub",
               HERE / "main").returncode == 3


def a_build_cut_short_leaves_the_old_one():
    big = write("big.txt", "".join(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}\n"
                                   for i in range(400_000)))
    before = hashlib.sha256((HERE / "main").read_bytes()).digest()
    for delay in (0.05, 0.2, 0.5):
        process = subprocess.Popen(
            [SEKISHO, "indicators", "build", "--key", HERE / "first", "-o", HERE / "main", "-q",
             big], env=ENVIRONMENT, stdout=subprocess.DEVNULL)  # fmt: skip
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        if process.wait() == 0:
            break  # it was quicker than we are
        assert hashlib.sha256((HERE / "main").read_bytes()).digest() == before
    assert build("main", big)["generation"]["indicators"] == 400_000  # by running it again
    assert not (HERE / "main.part").exists()


def ten_thousand_answers_agree_with_a_naive_scan():
    dice = random.Random(5)
    listed = {f"198.18.{dice.randrange(256)}.{dice.randrange(256)}" for _ in range(5000)}
    names = {f"h{dice.randrange(3000)}.d{dice.randrange(50)}.example" for _ in range(3000)}
    build("naive", write("naive.txt", "\n".join(sorted(listed | names)) + "\n"))
    asked = [f"198.18.{dice.randrange(256)}.{dice.randrange(256)}" for _ in range(5000)]
    asked += [f"{'www.' * (i % 3)}h{dice.randrange(3000)}.d{dice.randrange(50)}.example"
              for i in range(5000)]
    expected = sorted(value.replace("www.", "") for value in asked
                      if value in listed or value.replace("www.", "") in names)
    assert found("naive", *asked) == expected and len(expected) > 300


def watch_takes_a_generation_and_its_overlay():
    trace, truth, networks = (HERE / f"demo.{end}" for end in ("pcapng", "json", "yaml"))
    done = run("simulate", SCENARIOS / "demo.yaml", "-o", trace, "--truth", truth, "--networks",
               networks, "--quiet")
    assert done.returncode == 0, done.stderr
    watch = ("watch", "--no-store", "--quiet", "--json", "-", "--networks", networks)

    def told(*options):
        done = run(*watch, *options, trace)
        assert done.returncode in (0, 4), done.stderr
        return json.loads(done.stdout)

    server = json.loads(truth.read_text())["botnets"][0]["servers"][0]["name"]

    def findings(report):
        return sorted(row["id"] for row in report["findings"]
                      if any(server in json.dumps(hit) for hit in row["indicators"]))

    listed = write("listed.txt", server + "\n")
    build("listed", listed)
    by_list = findings(told("--indicators", listed))
    trust = ("--indicators-key", HERE / "first.pub")
    assert by_list and not findings(told())
    assert findings(told("--indicators", HERE / "listed", *trust)) == by_list
    build("nothing", "--over", HERE / "listed", "--revoke", listed)
    assert not findings(told("--indicators", HERE / "listed", "--indicators", HERE / "nothing",
                             *trust))
    done = run("watch", "--quiet", "--networks", networks, "--indicators", HERE / "listed", *trust,
               trace)
    assert done.returncode == 0, done.stderr
    digest = json.loads(run("indicators", "show", "--json", HERE / "listed").stdout)["digest"]
    ledger = b"".join(path.read_bytes() for path in (HERE / "state").rglob("*") if path.is_file())
    assert b"generation_loaded" in ledger and digest.encode() in ledger
    for options, words in (
            (("--indicators", HERE / "listed"), "--indicators-key"),
            (("--indicators", HERE / "listed", "--indicators-key", HERE / "stranger.pub"),
             "not signed by"),
            (("--indicators", HERE / "nothing", *trust), "is an overlay"),
            (("--indicators", HERE / "listed", "--indicators", listed, *trust),
             "no generation")):
        done = run(*watch, *options, trace)
        assert done.returncode == 1 and words in done.stderr, (options, done.stderr)


def ten_thousand_exchanges_lose_and_double_nothing():
    listed = write("server.txt", "198.51.100.1\n")
    build("swap1", "--number", "1", listed)
    build("swap2", "--number", "2", listed, write("more.txt", "198.51.100.2\n"))
    done = subprocess.run([SWAPS, HERE / "swap1", HERE / "swap2"], capture_output=True, text=True,
                          env=ENVIRONMENT, timeout=600, check=False)
    assert done.returncode == 0 and "not ok" not in done.stdout, done.stdout + done.stderr


TESTS = [lists_of_every_form_become_one_generation,
         a_window_ends_at_its_second_by_the_time_of_the_event,
         the_same_lists_give_the_same_octets, what_is_screened_out_stops_the_build,
         a_set_that_shrinks_by_more_than_half_is_refused, one_person_is_not_two,
         an_overlay_adds_and_takes_away_at_once, a_changed_cut_or_forged_file_is_refused,
         a_build_cut_short_leaves_the_old_one, ten_thousand_answers_agree_with_a_naive_scan,
         watch_takes_a_generation_and_its_overlay,
         ten_thousand_exchanges_lose_and_double_nothing]


def main():
    failed = 0
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__.replace('_', ' ')}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {test.__name__.replace('_', ' ')}")
            print(f"# {type(error).__name__}: {str(error)[:2000]}", flush=True)
    shutil.rmtree(HERE, ignore_errors=True)
    sys.exit(failed > 0)


main()
