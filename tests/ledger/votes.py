#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The votes under decisions, checked from an export made by hand: approvals are found covered by
the passkeys of the commission, and each alteration is found.  Prints TAP.
usage: votes.py SEKISHO LEDGER_WRITE LAW"""

import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap  # noqa: E402
from passkey import PRESENT, Passkey, standard  # noqa: E402

SEKISHO, WRITE, LAW = sys.argv[1:4]
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-votes-"))
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", XDG_STATE_HOME=str(HERE))
for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
    ENVIRONMENT[variable] = "exitcode=99:halt_on_error=1:" + os.environ.get(variable, "")
NAME, RECORD = "example.org/hub", "M-2028-000001"
DECISION, VOTE = "application/vnd.sekisho.decision+json", "application/vnd.sekisho.vote+json"
# p11 is in the chair; p12 has two passkeys; p2 asks for the approval and has a seat.
PEOPLE = {name: Passkey(name.split("-")[0]) for name in
          ("p11", "p12", "p12-spare", "p13", "p14", "p15", "p2", "stranger")}  # fmt: skip
ROLES = [(name, "commission") for name in PEOPLE if name != "stranger"]
ROLES += [("p11", "commission-chair"), ("p15", "commission-deputy"), ("stranger", "analyst")]


def run(*arguments, text=None):
    return subprocess.run([*map(str, arguments)], capture_output=True, text=True, input=text,
                          env=ENVIRONMENT, check=False)  # fmt: skip


KEY = run(WRITE, "key", NAME, 7).stdout.strip()


def document(**members):
    return json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


PAYLOAD = document(record=RECORD, event="approve", title="監視措置", fields={"equipment": "cable-7"})
DIGEST = hashlib.sha256(PAYLOAD).hexdigest()


def entry(kind, minute, **fields):
    return {"at": f"2028-01-15T00:{minute:02}:00.000000000Z", "format": 1, "kind": kind, **fields}


def step(minute, event, actor, state, **more):
    return entry("procedure_step", minute, procedure="measure", subject=RECORD, event=event,
                 actor=actor, state=state, basis="a17", verdict="allowed", **more)  # fmt: skip


def decided(kind="approval_given", event="approve", **fields):
    return [
        step(1, "set_standard", "p1", "standard_set"),
        step(2, "submit", "p2", "submitted"),
        step(9, event, "machine", "approved" if event == "approve" else "refused"),
        entry(kind, 9, basis="a17", stage="first", subject=RECORD, digest=DIGEST, **fields),
    ]


def envelope(kind, payload, signatures):
    return json.dumps({"payload": standard(payload), "payloadType": kind, "signatures": signatures},
                      sort_keys=True, separators=(",", ":")) + "\n"  # fmt: skip


def signed(kind, payload, *names, **more):
    message = b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload)
    return envelope(kind, payload, [PEOPLE[name].signature(message, **more) for name in names])


def approved(*names, payload=PAYLOAD, **more):
    return signed(DECISION, payload, *names, **more)


def opposed(name, vote="refuse", record=RECORD, digest=DIGEST):
    return signed(VOTE, document(record=record, digest=digest, vote=vote, reason="必要性がない。"), name)


def good():
    return {"approve.json": approved("p11", "p12", "p13"), "p14.json": opposed("p14")}


def trust(roles=None, **more):
    lines = "keys:\n"
    for name, role in ROLES if roles is None else roles:
        lines += (f"  - passkey: {PEOPLE[name].text()}\n    name: {PEOPLE[name].name}\n"
                  f"    rp_id: {PEOPLE[name].rp_id}\n    origins: [{PEOPLE[name].origin}]\n"
                  f"    role: {role}\n")  # fmt: skip
        lines += "".join(f"    {word}: {day}\n" for word, day in more.items())
    return lines


def export(log, votes, keys):
    """The folders of an export; gives where the log is."""
    shutil.rmtree(HERE / "export/votes", ignore_errors=True)
    folder = HERE / "export/votes" / RECORD
    folder.mkdir(parents=True)
    for name, text in votes.items():
        (folder / name).write_text(text)
    (HERE / "export" / "trust.yaml").write_text(keys)
    lines = "".join(json.dumps(one, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"
                    for one in log)  # fmt: skip
    ledger = HERE / "export" / f"ledger-{hashlib.sha256(lines.encode()).hexdigest()[:8]}"
    if not ledger.exists():
        done = run(WRITE, "lines", ledger, NAME, 7, text=lines)
        assert done.returncode == 0, done.stderr
    return ledger


def ask(log=None, votes=None, keys=None):
    """What is wrong with the votes, [(id, entry)], and how many there are."""
    folder = export(log or decided(), good() if votes is None else votes, keys or trust())
    done = run(SEKISHO, "verify", "--json", "--key", KEY, "--law", LAW, "--as-of", "2028-01-15T01:00:00Z",
               "--votes", HERE / "export/votes", "--trust", HERE / "export/trust.yaml", folder)  # fmt: skip
    assert done.returncode in (0, 3), (done.returncode, done.stderr)
    report = json.loads(done.stdout)
    assert report["wrong"] is None, report
    found = [one for one in report["law"]["findings"] if one["id"].startswith(("vote", "decision_"))]
    assert all(one["wrong"] and one["words"] and one["words_ja"] and one["article"] for one in found)
    return [one["id"] for one in found], report["law"]["votes"], found


def what_was_voted_is_found_covered():
    ids, votes, found = ask()
    assert not ids and votes == {"decisions": 1, "verified": 4}, (found, votes)
    spread = {f"{name}.json": approved(name) for name in ("p11", "p12-spare", "p13")}
    ids, votes, found = ask(votes=spread)
    assert not ids and votes["verified"] == 3, found
    ids, votes, found = ask(votes={**good(), "p15.json": opposed("p15", "abstain")})
    assert not ids and votes["verified"] == 5, found
    ids, votes, found = ask(votes={"a.json": approved("p12", "p13", "p15")})  # the deputy in the chair
    assert not ids and votes["verified"] == 3, found
    ask(votes={**good(), "p15.json": opposed("p15", "abstain")})
    done = run(SEKISHO, "verify", "--key", KEY, "--law", LAW, "--language", "ja", "--as-of", "2028-01-16",
               "--votes", HERE / "export/votes", "--trust", HERE / "export/trust.yaml",
               *HERE.glob("export/ledger-*"))  # fmt: skip
    assert "決定1件、確認できた票5票" in done.stdout, done.stdout


def altered():
    """What was done to the export, and what must be said of it."""
    two = approved("p11", "p12")
    other = document(record=RECORD, event="approve", title="別の措置", fields={"equipment": "cable-8"})
    yield "a vote less", ["votes_missing"], {"votes": {"approve.json": two}}
    yield "none in the chair", ["votes_missing"], {"votes": {"a.json": approved("p12", "p13", "p14")}}
    yield "no votes", ["votes_missing"], {"votes": {}}
    yield "a vote twice", ["vote_twice"], {"votes": {**good(), "p13.json": approved("p13")}}
    yield "a person twice", ["vote_twice", "votes_missing"], {
        "votes": {"a.json": approved("p11", "p12", "p12-spare")}}
    yield "for and against", ["vote_twice"], {"votes": {**good(), "p13.json": opposed("p13")}}
    yield "who asked for it", ["vote_excluded", "votes_missing"], {"votes": {"a.json": approved("p11", "p12", "p2")}}
    yield "a stranger", ["vote_not_good", "votes_missing"], {
        "votes": {"a.json": approved("p11", "p12", "stranger")}}
    yield "nobody verified", ["vote_not_good"] * 3 + ["votes_missing"], {
        "votes": {"a.json": approved("p11", "p12", "p13", flags=PRESENT)}}
    yield "not signed", ["vote_not_good"], {"votes": {**good(), "a.json": envelope(DECISION, PAYLOAD, [])}}
    yield "another payload", ["votes_missing", "vote_on_other"], {
        "votes": {"a.json": approved("p11", "p12", "p13", payload=other)}}
    yield "besides another payload", ["vote_on_other"], {
        "votes": {**good(), "b.json": approved("p15", payload=other)}}
    yield "another type", ["vote_not_good"] * 3 + ["votes_missing"], {
        "votes": {"a.json": approved("p11", "p12", "p13").replace("decision+json", "decisiom+json")}}
    yield "against another record", ["vote_not_read"], {
        "votes": {**good(), "p14.json": opposed("p14", record="M-2028-000002")}}
    yield "against something else", ["vote_on_other"], {
        "votes": {**good(), "p14.json": opposed("p14", digest="0" * 64)}}
    yield "for, by a document", ["vote_not_read"], {
        "votes": {**good(), "p14.json": opposed("p14", vote="approve")}}
    yield "no envelope", ["vote_not_read"], {"votes": {**good(), "x": "{}"}}
    yield "keys of later", ["vote_not_good"] * 4 + ["votes_missing"], {
        "keys": trust(**{"from": "2028-01-16"})}
    yield "keys of before", ["vote_not_good"] * 4 + ["votes_missing"], {"keys": trust(to="2028-01-15")}
    yield "keys of others", ["vote_not_good"] * 4 + ["votes_missing"], {
        "keys": trust([(name, "analyst") for name, _ in ROLES])}
    yield "no digest", ["decision_without_digest", "vote_on_other", "vote_on_other"], {
        "log": [{word: value for word, value in one.items() if word != "digest"} for one in decided()]}
    yield "another digest", ["votes_missing", "vote_on_other", "vote_on_other"], {
        "log": decided()[:-1] + [decided()[-1] | {"digest": "1" * 64}]}
    yield "carried and refused", ["votes_differ"], {"log": decided("approval_refused", "refuse", reason="x")}
    yield "another record", ["votes_not_given"], {
        "log": [one | {"subject": "M-2028-000002"} if "subject" in one else one for one in decided()]}
    yield "no such folder", ["votes_not_given"], {
        "log": [one | {"subject": "../votes"} if "subject" in one else one for one in decided()]}


def each_alteration_is_found():
    for what, wanted, more in altered():
        ids, _, found = ask(**more)
        assert sorted(ids) == sorted(wanted), (what, ids, [one["words"] for one in found])


def a_refusal_is_covered_as_well():
    votes = {"approve.json": approved("p12", "p13")}
    votes |= {f"{name}.json": opposed(name) for name in ("p11", "p14", "p15")}
    ids, told, found = ask(log=decided("approval_refused", "refuse", reason="x"), votes=votes)
    assert not ids and told["verified"] == 5, found
    ids, _, found = ask(votes=votes)
    assert ids == ["votes_missing"] and "2 ayes of 3, 3 noes" in found[0]["words"], found


def a_step_that_was_refused_takes_no_part():
    log = decided()
    log.insert(1, step(1, "submit", "p13", "standard_set") | {"verdict": "refused"})
    ids, _, found = ask(log=log)
    assert not ids, found
    log[1]["verdict"] = "allowed"
    ids, _, found = ask(log=log)
    assert ids == ["vote_excluded", "votes_missing"], found


def without_a_rule_of_votes_the_basis_says_how_many():
    alone = [decided()[-1]]
    ids, _, found = ask(log=alone)
    assert not ids, found
    ids, _, found = ask(log=alone, votes={"a.json": approved("p12", "p13")})
    assert ids == ["votes_missing"], found


def changed_octets_are_found():
    votes, chosen = good(), random.Random(2)
    for name, text in list(votes.items()):
        for at in [len(text) - 1, *chosen.sample(range(len(text)), 40)]:
            octet = chosen.choice([one for one in " +-/_=Aa0\"" if one != text[at]])
            ids, _, _ = ask(votes={**votes, name: text[:at] + octet + text[at + 1:]})
            assert ids, (name, at, text[at], octet)


def wrong_calls_are_refused():
    folder = export(decided(), good(), trust())
    votes, keys = HERE / "export/votes", HERE / "export/trust.yaml"
    for options in (("--votes", votes), ("--law", LAW, "--votes", votes),
                    ("--votes", votes, "--trust", keys), ("--law", LAW, "--trust", keys)):  # fmt: skip
        assert run(SEKISHO, "verify", *options, folder).returncode == 2, options


TESTS = [
    what_was_voted_is_found_covered,
    each_alteration_is_found,
    a_refusal_is_covered_as_well,
    a_step_that_was_refused_takes_no_part,
    without_a_rule_of_votes_the_basis_says_how_many,
    changed_octets_are_found,
    wrong_calls_are_refused,
]

failed = tap.Tests(*TESTS).run()
shutil.rmtree(HERE, ignore_errors=True)
sys.exit(failed)
