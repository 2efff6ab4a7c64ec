#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Warrants that members of the commission sign with passkeys: verified by us, by a stranger and
by OpenSSL alone as docs/warrants.md tells it; every octet changed.  Prints TAP.
usage: passkeys.py SEKISHO ROOT"""

import base64
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

import jsonschema

import stranger

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap  # noqa: E402
from passkey import PRESENT, Passkey, standard  # noqa: E402

SEKISHO, ROOT = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve()
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-passkeys-"))
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", XDG_STATE_HOME=str(HERE),
                   SEKISHO_LAW_DIR=str(ROOT / "law"))  # fmt: skip
PLACE = ("--basis", "a17", "--equipment", "cable-7")
KIND = "application/vnd.sekisho.warrant+json"
MEMBERS = {name: Passkey(name) for name in ("m1", "m2", "m3", "m4")}
MEMBERS["m3"] = Passkey("m3", kind="EdDSA")
DRAFT = HERE / "draft.json"


def run(*arguments, code=0):
    done = subprocess.run([SEKISHO, *map(str, arguments)], capture_output=True, text=True,
                          env=ENVIRONMENT, check=False, stdin=subprocess.DEVNULL)  # fmt: skip
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout if code in (0, 3) and done.stdout else done.stderr


def write(path, payload, signatures, kind=KIND):
    """The one form of an envelope."""
    path.write_text(json.dumps({"payload": standard(payload), "payloadType": kind,
                                "signatures": signatures},
                               sort_keys=True, separators=(",", ":")) + "\n")  # fmt: skip
    return path


def signed(*names, path="signed.json", payload=None, kind=KIND, **more):
    payload = payload or base64.b64decode(json.loads(DRAFT.read_text())["payload"])
    message = stranger.pre_authentication_encoding(kind, payload)
    return write(HERE / path, payload,
                 [MEMBERS[name].signature(message, **more) for name in names], kind)  # fmt: skip


def verify(path, *more, code=0, at="2028-02-01"):
    told = json.loads(run("warrant", "verify", "--json", "--trust", HERE / "trust.yaml", "--at", at,
                          *PLACE, *more, path, code=code))  # fmt: skip
    assert told["granted"] == (code == 0), told
    return told


def too_few(path, count):
    told = verify(path, code=3)
    assert told["article"] == "17" and f"{count} of 3 (commission)" in told["words"], told


def entry(member, role="commission", *more):
    path = HERE / f"{member.name}.pem"
    path.write_text(member.pem())
    return run("key", "passkey", "--name", member.name, "--rp-id", member.rp_id, "--origin",
               member.origin, "--role", role, *more, path)  # fmt: skip


def keys_become_entries_of_trust():
    (HERE / "trust.yaml").write_text("keys:\n" + "".join(map(entry, MEMBERS.values())))
    for member in MEMBERS.values():
        told = json.loads(entry(member, "commission", "--json"))
        assert told["passkey"] == member.text() and told["keyid"] == member.key_id(), told
    run("key", "passkey", "--name", "m1", "--rp-id", "hub.example.org", "--role", "commission",
        HERE / "m1.pem", code=2)  # fmt: skip
    said = run("key", "passkey", "--name", "m1", "--rp-id", "hub.example.org", "--role", "r",
               "--origin", "https://example.com", HERE / "m1.pem", code=1)  # fmt: skip
    assert "an origin is" in said, said


def three_members_grant_and_two_do_not():
    (HERE / "relays.sel").write_text(
        'selector "relays" version 1\npurpose "damage-prevention"\nowner "ops"\n'
        "valid 2028-01-15 to 2028-07-11\nscope foreign-to-foreign\nreveals server\n"
        'when server in list "relays" and ja4 in list "tools"\nthen record keep 30 days\n'
        "limit 50 servers per day\n")  # fmt: skip
    run("warrant", "draft", "--basis", "a17", "--serial", "JP-2028-0009", "--at", "2028-01-10",
        "--output", DRAFT, "--from", "2028-01-15", "--equipment", "cable-7", "--capacity", "100G",
        "--share", "30", "--issuer", "監理委員会", HERE / "relays.sel")  # fmt: skip
    too_few(signed("m1", "m2"), 2)
    told = verify(signed("m1", "m2", "m3"))
    assert told["signers"] == ["m1", "m2", "m3"], told
    said = run("warrant", "show", "--language", "en", HERE / "signed.json")
    assert MEMBERS["m1"].key_id() in said, said
    schema = json.loads((ROOT / "docs/schema/envelope.schema.json").read_text())
    jsonschema.validate(json.loads((HERE / "signed.json").read_text()), schema)


def a_key_in_a_file_and_passkeys_grant_together():
    public = run("key", "generate", "--name", "m5", "--no-passphrase", HERE / "m5.key").strip()
    trust = HERE / "trust.yaml"
    before = trust.read_text()
    trust.write_text(before + f"  - key: {public}\n    role: commission\n")
    path = signed("m1", "m4")
    run("warrant", "sign", "--yes", "--at", "2028-01-11", "--key", HERE / "m5.key", path)
    told = verify(path)
    trust.write_text(before)
    assert told["signers"] == ["m1", "m4", "m5"], told
    too_few(path, 2)


def a_second_passkey_of_one_person_adds_nobody():
    trust = HERE / "trust.yaml"
    before = trust.read_text()
    MEMBERS["spare"] = Passkey("m1")
    trust.write_text(before + entry(MEMBERS["spare"]))
    too_few(signed("m1", "spare", "m2"), 2)
    verify(signed("spare", "m2", "m3"))
    trust.write_text(before)


def what_the_authenticator_or_browser_did_not_do_is_refused():
    too_few(signed("m1", "m2", "m3", flags=PRESENT), 0)
    too_few(signed("m1", "m2", "m3", crossOrigin=True), 0)
    too_few(signed("m1", "m2", "m3", type="webauthn.create"), 0)
    too_few(signed("m1", "m2", "m3", origin="https://evil.example"), 0)
    verify(signed("m1", "m2", "m3", other_keys_can_be_added_here="yes"))


def votes_for_another_payload_do_not_count():
    payload = base64.b64decode(json.loads(DRAFT.read_text())["payload"])
    other = payload.replace(b'"share_permille":300', b'"share_permille":299')
    assert other != payload
    signatures = json.loads(signed("m1", "m2", "m3").read_text())["signatures"]
    too_few(write(HERE / "moved.json", other, signatures), 0)
    too_few(write(HERE / "typed.json", payload, [
        MEMBERS[name].signature(stranger.pre_authentication_encoding("x/y", payload))
        for name in ("m1", "m2", "m3")]), 0)  # fmt: skip


def a_stranger_agrees():
    path = signed("m1", "m2", "m3")
    keys = [f"{one.rp_id}={one.origin}={one.text()}" for one in MEMBERS.values()]
    found, payload = stranger.signers(json.loads(path.read_text()), keys)
    assert found == {MEMBERS[name].key_id() for name in ("m1", "m2", "m3")}, found
    assert payload["serial"] == "JP-2028-0009"
    path = signed("m1", "m2", "m3", flags=PRESENT)
    assert not stranger.signers(json.loads(path.read_text()), keys)[0]


def the_lines_of_the_manual_do_what_they_say():
    signed("m3", "m1", path="warrant.json")
    text = (ROOT / "docs/warrants.md").read_text()
    lines = re.search(r"\n\n((?:    .*\n)*    jq -r \.payload warrant\.json(?:.*\n)(?:    .*\n)*)", text)
    assert lines, "the lines are gone from docs/warrants.md"
    done = subprocess.run(["sh", "-e"], input=lines.group(1), text=True, capture_output=True,
                          cwd=HERE, check=False,
                          env=dict(os.environ, n="1", KEY=standard(MEMBERS["m1"].octets())))  # fmt: skip
    said = done.stdout.split("\n")
    assert done.returncode == 0 and "Verified OK" in said, (done.stdout, done.stderr)
    challenge = said[0]
    assert said[1:4] == [challenge, "webauthn.get", "https://hub.example.org"], said
    assert said[4:6] == said[6:8] and re.fullmatch("1.1.....", said[8]), said
    done = subprocess.run(["sh", "-e"], input=lines.group(1), text=True, capture_output=True,
                          cwd=HERE, check=False,
                          env=dict(os.environ, n="1", KEY=standard(MEMBERS["m2"].octets())))  # fmt: skip
    assert "Verified OK" not in done.stdout, done.stdout


def changed_octets_are_refused():
    """A sample through the whole program; the unit test has them all."""
    good = signed("m1", "m2", "m3").read_bytes()
    path, chosen = HERE / "changed.json", random.Random(1)
    for at in [len(good) - 1, *chosen.sample(range(len(good)), 150)]:
        octet = chosen.choice([one for one in b" +-/_=Aa0\"" if one != good[at]])
        path.write_bytes(good[:at] + bytes([octet]) + good[at + 1:])
        verify(path, code=3)
    path.write_bytes(good)
    verify(path)


def a_member_revokes_with_a_passkey():
    good = signed("m1", "m2", "m3", path="good.json")
    run("key", "generate", "--name", "nobody", "--no-passphrase", HERE / "nobody.key")
    run("warrant", "revoke", "--yes", "--key", HERE / "nobody.key", "--reason", "目的を達した。",
        "--at", "2028-01-20", "--output", HERE / "paper.json", good)  # fmt: skip
    paper = json.loads((HERE / "paper.json").read_text())
    verify(good, "--revocation", HERE / "paper.json")
    path = signed("m2", path="revoked.json", payload=base64.b64decode(paper["payload"]),
                  kind=paper["payloadType"])  # fmt: skip
    told = verify(good, "--revocation", path, code=3)
    assert "revoked: 2028-01-19T15:00:00Z" in told["words"], told


TESTS = [
    keys_become_entries_of_trust,
    three_members_grant_and_two_do_not,
    a_key_in_a_file_and_passkeys_grant_together,
    a_second_passkey_of_one_person_adds_nobody,
    what_the_authenticator_or_browser_did_not_do_is_refused,
    votes_for_another_payload_do_not_count,
    a_stranger_agrees,
    the_lines_of_the_manual_do_what_they_say,
    changed_octets_are_refused,
    a_member_revokes_with_a_passkey,
]

failed = tap.Tests(*TESTS).run()
shutil.rmtree(HERE, ignore_errors=True)
sys.exit(failed)
