#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pseudonyms are matched by a signed order only, within its window, and the ledger tells of
each opening, closing and refusal.  Prints TAP.  usage: reidentify.py SEKISHO ROOT"""
import base64
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import tap  # noqa: E402

SEKISHO, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-reidentify-"))
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", SEKISHO_LAW_DIR=str(ROOT / "law"),
                   XDG_STATE_HOME=str(HERE / "state"))
for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
    ENVIRONMENT[variable] = "exitcode=99:halt_on_error=1:" + os.environ.get(variable, "")
LINE, FINDING = None, None
TYPE = "application/vnd.sekisho.reidentification-order+json"


def run(*words, code=0):
    done = subprocess.run([SEKISHO, *map(str, words)], capture_output=True, text=True,
                          env=ENVIRONMENT, check=False)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done


def ledger(kind):
    folder = HERE / "state/sekisho"
    run("verify", "--key", folder / "ledger.pub", folder / "ledger")
    entries = []
    bundles = sorted((folder / "ledger/tile/entries").rglob("*"))
    for path in bundles:
        octets = path.read_bytes() if path.is_file() else b""
        found = []
        while octets:
            length = int.from_bytes(octets[:2], "big")
            found.append(json.loads(octets[2:2 + length]))
            octets = octets[2 + length:]
        entries = max(entries, found, key=len)
    return [entry for entry in entries if entry["kind"] == kind]


def prepare():
    global LINE, FINDING
    capture, networks = HERE / "small.pcapng", HERE / "small.yaml"
    run("simulate", ROOT / "scenarios/small.yaml", "-o", capture, "--networks", networks, "-q")
    run("watch", "--basis", "exercise", "--networks", networks, "--quiet", capture)
    clear = json.loads(run("watch", "--no-store", "--records", "jsonl:-", "--quiet",
                           capture).stdout.splitlines()[0])
    hidden = json.loads(run("query", "--records", "--json").stdout.splitlines()[0])
    LINE = hidden["responder"], clear["responder"]
    FINDING = json.loads(run("query", "--json").stdout.splitlines()[0])["id"]
    assert LINE[0].startswith("line-") and clear["start"] == hidden["start"]
    rows = []
    for name, role in (("controller", "exercise-controller"), ("second", "confirmer"),
                       ("operator", "exercise-operator")):
        public = run("key", "generate", "--name", name, "--no-passphrase", HERE / f"{name}.key")
        rows.append(f'  - {{ key: "{public.stdout.strip()}", role: {role} }}\n')
    run("key", "generate", "--name", "stranger", "--no-passphrase", HERE / "stranger.key")
    (HERE / "trust.yaml").write_text("keys:\n" + "".join(rows))
    (HERE / "candidates").write_text("# of the exercise\n" + LINE[1] + "\n198.18.0.0/17\n")


def draft(name, *options, keys=("controller", "second")):
    order = HERE / f"{name}.dsse"
    run("reidentify", "draft", "--number", name, "--basis", "exercise", "--purpose", "exercise",
        "--reason", "the line must be warned", "--output", order, *options)
    for key in keys:
        run("reidentify", "sign", "--key", HERE / f"{key}.key", order)
    return order


def written(name, seconds, start=0, **changes):
    """An order as another program would write it, with a window of so many seconds."""
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=start)
    end = now + datetime.timedelta(seconds=seconds)
    stamp = "%Y-%m-%dT%H:%M:%SZ"
    payload = dict({"format": 1, "number": name, "basis": "exercise", "purpose": "exercise",
                    "reason": "the line must be warned", "fields": "address", "finding": "none",
                    "pseudonyms": [LINE[0]], "issued": now.strftime(stamp),
                    "until": end.strftime(stamp)}, **changes)
    octets = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()
    order = HERE / f"{name}.dsse"
    order.write_text(json.dumps({"payload": base64.b64encode(octets).decode(),
                                 "payloadType": TYPE, "signatures": []}))
    for key in ("controller", "second"):
        run("reidentify", "sign", "--key", HERE / f"{key}.key", order)
    return order


def open_order(order, code=0):
    return run("reidentify", "open", "--trust", HERE / "trust.yaml", "--candidates",
               HERE / "candidates", order, code=code)


def an_order_of_two_opens_a_window_and_tells_the_line():
    order = draft("R-1", LINE[0])
    done = open_order(order)
    assert done.stdout.split() == [LINE[0], LINE[1]], done.stdout
    entry, = ledger("reidentification_opened")
    assert entry["reason"] == "the line must be warned" and entry["approver"] == "second"
    assert entry["role"] == "exercise-controller" and entry["subject"] == "R-1"
    assert open_order(order).stdout == done.stdout  # still open
    assert len(ledger("reidentification_opened")) == 1
    assert [entry["action"] for entry in ledger("access")][-1] == "reidentify"
    run("reidentify", "close", order)
    closed, = ledger("reidentification_closed")
    assert closed["event"] == "closed" and closed["digest"] == entry["digest"]
    assert "LC-11" in open_order(order, code=5).stderr
    run("reidentify", "close", order, code=1)


def the_lines_of_a_finding_are_found_as_well():
    done = open_order(draft("R-2", "--finding", FINDING))
    assert LINE[1] in done.stdout, done.stdout


def what_was_told_is_kept_nowhere():
    open_order(draft("R-3", LINE[0]))
    for path in (HERE / "state").rglob("*"):
        assert not path.is_file() or LINE[1].encode() not in path.read_bytes(), path
    assert LINE[1] not in run("query", "--records").stdout


def a_window_closes_by_itself_and_whoever_comes_first_writes_it():
    for closer in (("query",), ("explain",), ("retention", "sweep")):
        before = len(ledger("reidentification_closed"))
        order = written(f"R-short-{closer[-1]}", 2)
        assert LINE[1] in open_order(order).stdout
        run("query")
        assert len(ledger("reidentification_closed")) == before
        time.sleep(2.1)
        run(*closer)
        closed = ledger("reidentification_closed")
        assert len(closed) == before + 1 and closed[-1]["event"] == "expired"
        assert open_order(order, code=5).stdout == ""
        run("query")
        assert len(ledger("reidentification_closed")) == before + 1


def a_window_closes_without_anybody_coming():
    before = len(ledger("reidentification_closed"))
    open_order(written("R-alone", 2))
    time.sleep(4)
    closed = ledger("reidentification_closed")
    assert len(closed) == before + 1 and closed[-1]["event"] == "expired"


def pseudonyms_that_keep_prefixes_are_matched_too():
    other = dict(ENVIRONMENT, XDG_STATE_HOME=str(HERE / "prefix"))
    capture, networks, store = HERE / "small.pcapng", HERE / "small.yaml", HERE / "prefix.sqlite"
    (HERE / "prefix/sekisho").mkdir(parents=True)
    shutil.copy(HERE / "state/sekisho/secret", HERE / "prefix/sekisho/secret")
    subprocess.run([SEKISHO, "watch", "--basis", "exercise", "--pseudonyms", "prefix",
                    "--networks", networks, "--quiet", "--store", store, capture], env=other,
                   check=True)
    line = json.loads(subprocess.run(
        [SEKISHO, "query", "--records", "--json", "--store", store], env=other, check=True,
        capture_output=True).stdout.splitlines()[0])["responder"]
    assert line.startswith("line-") and "." in line and LINE[1] not in line
    assert open_order(draft("R-5", line)).stdout.split() == [line, LINE[1]]


def a_key_from_the_overseer_is_used_and_another_matches_nothing():
    order = draft("R-6", LINE[0])
    for digits, found in (("00" * 32, ""), ("no key", None)):
        key = HERE / "pseudonym.key"
        key.write_text(digits + "\n")
        done = run("reidentify", "open", "--trust", HERE / "trust.yaml", "--candidates",
                   HERE / "candidates", "--pseudonym-key", key, order,
                   code=0 if found is not None else 1)
        assert done.stdout == ""


def an_overseer_finds_nothing_wrong():
    folder = HERE / "state/sekisho"
    done = run("verify", "--key", folder / "ledger.pub", "--law", "jp", "--json",
               folder / "ledger")
    assert json.loads(done.stdout)["law"]["findings"] == [], done.stdout


REFUSALS = [
    ("no signature", lambda: draft("N-1", LINE[0], keys=())),
    ("one signature short", lambda: draft("N-2", LINE[0], keys=("controller",))),
    ("the second alone", lambda: draft("N-3", LINE[0], keys=("second",))),
    ("one person twice", lambda: draft("N-4", LINE[0], keys=("controller", "controller"))),
    ("a role without permission", lambda: draft("N-5", LINE[0], keys=("operator", "second"))),
    ("a key nobody knows", lambda: draft("N-6", LINE[0], keys=("stranger", "second"))),
    ("a window that is over", lambda: written("N-7", 5, start=-10)),
    ("a window that has not begun", lambda: written("N-8", 5, start=60)),
    ("a window longer than a day", lambda: written("N-9", 86401)),
    ("another purpose", lambda: written("N-10", 60, purpose="investigation")),
    ("a basis not in force", lambda: written("N-11", 60, basis="a17",
                                            purpose="damage-prevention")),
]


def each_refusal_has_an_article_and_an_entry():
    for what, make in REFUSALS:
        order = make()
        before = len(ledger("reidentification_refused"))
        opened = len(ledger("reidentification_opened"))
        done = open_order(order, code=5)
        assert done.stdout == "" and "refused (" in done.stderr, (what, done.stderr)
        refused = ledger("reidentification_refused")
        assert len(refused) == before + 1 and refused[-1]["article"], what
        assert refused[-1]["subject"] == order.stem, what
        assert len(ledger("reidentification_opened")) == opened, what


def any_changed_octet_of_the_order_is_refused():
    order = draft("R-4", LINE[0])
    envelope = json.loads(order.read_text())
    payload = bytearray(base64.b64decode(envelope["payload"]))
    for place in range(0, len(payload), 7):
        changed = bytearray(payload)
        changed[place] ^= 1
        spoilt = dict(envelope, payload=base64.b64encode(changed).decode())
        (HERE / "spoilt.dsse").write_text(json.dumps(spoilt))
        assert open_order(HERE / "spoilt.dsse", code=5).stdout == "", place
    assert LINE[1] in open_order(order).stdout


def a_wrong_order_cannot_be_drafted():
    base = ("reidentify", "draft", "--number", "X", "--basis", "exercise", "--purpose",
            "exercise", "--output", HERE / "x.dsse")
    run(*base, LINE[0], code=1)  # no reason
    run(*base, "--reason", "x", code=1)  # of nothing
    run(*base, "--reason", "x", "192.0.2.1", code=1)
    run(*base, "--reason", "x", "--minutes", 1441, LINE[0], code=1)
    run(*base, "--reason", b"\xff".decode("utf-8", "surrogateescape"), LINE[0], code=1)
    run("reidentify", "unmask", code=2)
    run("reidentify", code=2)


TESTS = [
    an_order_of_two_opens_a_window_and_tells_the_line,
    the_lines_of_a_finding_are_found_as_well,
    what_was_told_is_kept_nowhere,
    a_window_closes_by_itself_and_whoever_comes_first_writes_it,
    each_refusal_has_an_article_and_an_entry,
    any_changed_octet_of_the_order_is_refused,
    a_wrong_order_cannot_be_drafted,
    a_window_closes_without_anybody_coming,
    pseudonyms_that_keep_prefixes_are_matched_too,
    a_key_from_the_overseer_is_used_and_another_matches_nothing,
    an_overseer_finds_nothing_wrong,
]

if __name__ == "__main__":
    prepare()
    failed = tap.Tests(*TESTS).run()
    shutil.rmtree(HERE)
    sys.exit(failed)
