#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho selector from end to end: the shipped selectors hold and say what is on record, and a
dry run over simulated traffic counts what the simulation's truth has and shows nothing else.
Prints TAP.  usage: selector.py SEKISHO ROOT [update]"""

import ipaddress
import json
import os
import pathlib
import random
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

import naive

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import tap  # noqa: E402

SEKISHO, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
UPDATE = sys.argv[3:] == ["update"]
GOLDEN = ROOT / "tests/golden/selector"
CONDITIONS = int(os.environ.get("SELECTOR_CONDITIONS", "60"))
SHIPPED = sorted((ROOT / "selectors").glob("*.selector"))
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-selector-"))
ENVIRONMENT = dict(os.environ, XDG_STATE_HOME=str(HERE / "state"), LC_ALL="C.UTF-8",
                   SEKISHO_LAW_DIR=str(ROOT / "law"))  # fmt: skip
# A sanitizer's complaint must not look like one of our exit codes.
for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
    ENVIRONMENT[variable] = "exitcode=99:halt_on_error=1:" + os.environ.get(variable, "")


def run(*arguments, code=0):
    done = subprocess.run([SEKISHO, *map(str, arguments)], capture_output=True, text=True,
                          env=ENVIRONMENT, timeout=120, check=False)  # fmt: skip
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def selector(*arguments, code=0):
    return run("selector", *arguments, code=code)


def written(name, condition, *, scope="own-network", extra="", limit=500):
    """A selector of that condition, in a file."""
    path = HERE / f"{name}.selector"
    path.write_text(f'selector "{name}" version 1\npurpose "own-defence"\nowner "Desk"\n'
                    f"valid 2027-04-01 to 2027-09-27\nscope {scope}\nreveals server\n{extra}"
                    f"when {condition}\nthen record keep 30 days\n"
                    f"limit {limit} servers per day\n")  # fmt: skip
    return path


def lists(name, **files):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    for stem, values in files.items():
        (folder / f"{stem}.txt").write_text("".join(f"{value}\n" for value in values))
    return folder


def simulated():
    out = HERE / "small.pcapng"
    if not out.exists():
        run("simulate", ROOT / "scenarios/small.yaml", "-o", out, "--truth", HERE / "truth.json",
            "--networks", HERE / "networks.yaml", "--quiet")  # fmt: skip
    return out, json.loads((HERE / "truth.json").read_text())


def dry_run(path, folder, *options, networks=True):
    capture, _ = simulated()
    placed = ["--networks", HERE / "networks.yaml"] if networks else []
    return json.loads(selector("dry-run", "--selector", path, "--lists", folder, "--json",
                               *placed, *options, capture).stdout)  # fmt: skip


def counts(report):
    return report["servers"], report["lines"], report["flows"]


def connections(address):
    """Who opened how many TCP connections to that IPv4 address: pcapng, read apart."""
    octets, at, found = simulated()[0].read_bytes(), 0, set()
    wanted = socket.inet_aton(address)
    while at < len(octets):
        kind, length = struct.unpack_from("<II", octets, at)
        if kind == 6:  # enhanced packet block
            caught = struct.unpack_from("<I", octets, at + 20)[0]
            frame = octets[at + 28 : at + 28 + caught]
            ip = frame[14:]
            if frame[12:14] == b"\x08\x00" and ip[9] == 6 and ip[16:20] == wanted:
                found.add((ip[12:16], ip[(ip[0] & 15) * 4 :][:2]))
        at += length
    return found


def botnet():
    """The first, its server, and what a selector of that server is to count."""
    found = simulated()[1]["botnets"][0]
    server = found["servers"][0]
    calls = connections(server["address"])
    assert len(calls) >= 10
    return found, server, (1, len({line for line, _ in calls}), len(calls))


def every_shipped_selector_holds_under_its_basis():
    assert len(SHIPPED) >= 10
    for path in SHIPPED:
        text = path.read_text()
        basis = re.search(r'(?:^basis |根拠\s*)["「](\w+)["」]', text, re.M)
        selector("check", *(["--basis", basis.group(1)] if basis else []), path)
    assert sum("選別条件" in path.read_text() for path in SHIPPED) >= 4


def what_they_say_is_on_record():
    for path in SHIPPED:
        for language in ("en", "ja"):
            told = selector("tell", "--language", language, path).stdout
            record = GOLDEN / f"{path.stem}-{language}.expected"
            if UPDATE:
                record.parent.mkdir(exist_ok=True)
                record.write_text(told)
            assert told == record.read_text(), f"{record.name} differs"


def the_canonical_text_is_its_own():
    for path in SHIPPED:
        shown = json.loads(selector("show", "--json", path).stdout)
        again = HERE / "again.selector"
        again.write_text(shown["text"])
        assert json.loads(selector("show", "--json", again).stdout) == shown
        assert selector("tell", again).stdout == selector("tell", path).stdout


def a_refusal_has_a_place_words_and_its_article():
    path = written("content", 'payload in list "a"')
    done = selector("check", "--language", "en", path, code=3)
    assert done.stdout.startswith(f"{path}:7:6: "), done.stdout
    assert "no word for content" in done.stdout and "(art. 2(8))" in done.stdout
    assert "第2条第8項" in selector("check", "--language", "ja", path, code=3).stdout
    report = json.loads(selector("check", "--json", path, code=3).stdout)[0]
    assert report["refused"]["line"] == 7 and report["refused"]["article"] == "2(8)"


def a_basis_asks_for_its_pieces_and_directions():
    one = written("one", 'server in list "a"', scope="foreign-to-domestic")
    two = written("two", 'server in list "a" and certificate in list "b"',
                  scope="foreign-to-domestic")  # fmt: skip
    selector("check", one)
    refused = selector("check", "--language", "ja", "--basis", "a12", one, code=3).stdout
    assert refused.endswith("2つが必要である（第22条第2項）\n"), refused
    refused = selector("check", "--basis", "a12", one, code=3).stdout
    assert "fewer pieces" in refused and refused.endswith("(art. 22(2))\n"), refused
    selector("check", "--basis", "a12", two)
    selector("check", "--basis", "a32", one)
    assert "does not cover" in selector("check", "--basis", "a17", two, code=3).stdout
    secret = written("secret", 'server in list "a" and beacon', scope="foreign-to-domestic")
    secret.write_text(secret.read_text().replace("own-defence", "investigation"))
    assert "is no purpose" in selector("check", "--basis", "a12", secret, code=3).stdout
    secret.write_text(secret.read_text().replace("investigation", "damage-prevention")
                      .replace("reveals server", "reveals line"))  # fmt: skip
    assert "no line" in selector("check", "--basis", "a12", secret, code=3).stdout
    assert "no basis" in selector("check", "--basis", "a99", two, code=1).stderr


def a_dry_run_counts_what_the_truth_has():
    net, server, expected = botnet()
    folder = lists("truth", servers=[server["address"]], names=[server["name"]])
    report = dry_run(written("servers", 'server in list "servers"'), folder)
    assert counts(report) == expected, report
    assert [day["day"] for day in report["days"]] == ["2026-06-01"]
    for condition in ('domain in list "names"', f"server-port is {server['port']}",
                      "proto is tcp", "tcp is not attempt", "packets >= 2"):  # fmt: skip
        report = dry_run(written("narrow", f'server in list "servers" and {condition}'), folder)
        assert counts(report) == expected, condition
    for condition in (f"server-port is {server['port'] + 1}", "proto is udp",
                      "duration >= 1 hours", 'server not in list "servers"'):  # fmt: skip
        path = written("none", f'server in list "servers" and {condition}')
        assert counts(dry_run(path, folder)) == (0, 0, 0), condition
    # With the questions for its name, all that the botnet did.
    report = dry_run(written("either", 'server in list "servers" or domain in list "names"'),
                     folder)  # fmt: skip
    assert report["flows"] == net["flows"] and report["lines"] == expected[1], report


FOREIGN = [ipaddress.ip_network(at) for at in ("198.19.0.0/16", "198.18.128.0/17")]


def recorded(folder):
    """Every flow with a server of these networks, as watch records it; of DNS a record keeps one
    name of many, so it is left out."""
    out = HERE / "all.jsonl"
    run("watch", "--no-store", "--quiet", "--networks", HERE / "networks.yaml", "--indicators",
        folder / "all.txt", "--records", out, simulated()[0])  # fmt: skip
    records = map(json.loads, out.read_text().splitlines())
    return [record for record in records
            if naive.field(record, "server-port") not in (53, None) and any(
        ipaddress.ip_address(naive.far_end(record)) in net for net in FOREIGN)]  # fmt: skip


def random_conditions_select_what_a_naive_reading_does():
    chance = random.Random(43)
    simulated()
    records = recorded(lists("random", all=FOREIGN))
    assert len(records) >= 80, len(records)
    servers = sorted({naive.far_end(record) for record in records})
    values = {"s": servers, "d": [], "c": [], "j": []}
    for letter, key in (("d", "server_name"), ("c", "certificate_sha256"), ("j", "ja4")):
        values[letter] = sorted({record[key] for record in records if record.get(key)})
        assert len(values[letter]) >= 2, key
    chosen = {f"{letter}{number}": chance.sample(values[letter], len(values[letter]) // 2)
              for letter in values for number in range(2)}  # fmt: skip
    folder = lists("random", **chosen)
    some = 0
    for number in range(CONDITIONS):
        condition, text = naive.random_condition(chance, chosen)
        path = written("random", f'server in list "all" and server-port is not 53 and {text}')
        expected = [record for record in records
                    if naive.answer(condition, record, chosen) is True]  # fmt: skip
        report = dry_run(path, folder)
        assert counts(report) == (len({naive.far_end(record) for record in expected}),
                                  len({naive.near_end(record) for record in expected}),
                                  len(expected)), (number, text, report)  # fmt: skip
        some += 0 < len(expected) < len(records)
    assert some > CONDITIONS / 4


def a_scope_leaves_out_other_directions():
    _, server, expected = botnet()
    folder = lists("truth", servers=[server["address"]])
    for scope, count in (("domestic-to-foreign", expected), ("foreign-to-domestic", (0, 0, 0)),
                         ("foreign-to-foreign", (0, 0, 0))):  # fmt: skip
        report = dry_run(written("scope", 'server in list "servers"', scope=scope), folder)
        assert counts(report) == count, (scope, report)


def a_behaviour_is_tried_too():
    truth = simulated()[1]
    report = dry_run(written("scans", "scan"), lists("empty"))
    assert 1 <= report["servers"] <= 64 and report["flows"] > 0, report
    assert report["flows"] <= sum(scan["flows"] for scan in truth["scans"]) + 64
    assert counts(dry_run(written("high", "scan(score >= 100) and proto is udp"),
                          lists("empty"))) == (0, 0, 0)  # fmt: skip


def the_limit_hides_nothing_and_is_told():
    _, truth = simulated()
    servers = [server["address"] for net in truth["botnets"] for server in net["servers"]]
    folder = lists("truth", servers=servers)
    report = dry_run(written("limit", 'server in list "servers"', limit=1), folder)
    assert report["servers"] == len(servers) and report["days_stopped"] == 1
    report = dry_run(written("limit", 'server in list "servers"', limit=len(servers)), folder)
    assert report["days_stopped"] == 0


def nothing_is_shown_but_counts_and_nothing_is_kept():
    _, truth = simulated()
    net, server, (_, lines, flows) = botnet()
    folder = lists("truth", servers=[server["address"]])
    done = selector("dry-run", "--selector", written("quiet", 'server in list "servers"'),
                    "--lists", folder, "--networks", HERE / "networks.yaml",
                    simulated()[0])  # fmt: skip
    shown = done.stdout + done.stderr
    for secret in (server["address"], server["name"], *net["lines"], *truth["canaries"], "line-"):
        assert secret not in shown, secret
    assert re.match(rf"quiet would have selected 1 servers, {lines} lines: {flows} of \d+ flows",
                    shown)  # fmt: skip
    assert not (HERE / "state").exists() or not list((HERE / "state").rglob("*"))


def lists_that_reach_too_far_are_refused():
    path = written("wide", 'server in list "wide"')
    capture, _ = simulated()
    for values, words in ((["0.0.0.0/0"], "reaches too far"), ([], "holds no indicator"),
                          (["192.0.2.1", "10.0.0.0/7"], "reaches too far")):  # fmt: skip
        folder = lists("wide", wide=values)
        done = selector("dry-run", "--selector", path, "--lists", folder, capture, code=1)
        assert words in done.stderr, done.stderr
    done = selector("dry-run", "--selector", path, "--lists", lists("empty"), capture, code=1)
    assert 'holds no list "wide"' in done.stderr
    folder = lists("wide", wide=["192.0.2.1"])
    assert counts(dry_run(path, folder)) == (0, 0, 0)


TESTS = [
    every_shipped_selector_holds_under_its_basis,
    what_they_say_is_on_record,
    the_canonical_text_is_its_own,
    a_refusal_has_a_place_words_and_its_article,
    a_basis_asks_for_its_pieces_and_directions,
    a_dry_run_counts_what_the_truth_has,
    random_conditions_select_what_a_naive_reading_does,
    a_scope_leaves_out_other_directions,
    a_behaviour_is_tried_too,
    the_limit_hides_nothing_and_is_told,
    nothing_is_shown_but_counts_and_nothing_is_kept,
    lists_that_reach_too_far_are_refused,
]

failed = tap.Tests(*TESTS).run()
shutil.rmtree(HERE, ignore_errors=True)
sys.exit(failed)
