#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Warrants from end to end: drafted, signed by three keys (one of them in a token), verified,
refused for every reason with its article, extended, revoked.  Prints TAP.
usage: warrant.py SEKISHO ROOT"""

import base64
import hashlib
import json
import os
import pathlib
import pty
import select
import subprocess
import sys
import tempfile

import jsonschema
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import stranger

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap  # noqa: E402
import softhsm  # noqa: E402

SEKISHO, ROOT = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve()
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-warrant-"))
ENVIRONMENT = dict(softhsm.make(HERE / "token"), LC_ALL="C.UTF-8", XDG_STATE_HOME=str(HERE),
                   SEKISHO_LAW_DIR=str(ROOT / "law"))  # fmt: skip
KEYS, PUBLIC = {}, {}
AT = ("--at", "2028-02-01")
PLACE = ("--basis", "a17", "--equipment", "cable-7")


def run(*arguments, code=0):
    done = subprocess.run([SEKISHO, *map(str, arguments)], capture_output=True, text=True,
                          env=ENVIRONMENT, check=False, stdin=subprocess.DEVNULL,
                          start_new_session=True)  # fmt: skip
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout if code in (0, 3) and done.stdout else done.stderr


def selector(name, condition, scope="foreign-to-foreign", days=("2028-01-15", "2028-07-11")):
    path = HERE / f"{name}.sel"
    path.write_text(f'selector "{name}" version 1\npurpose "damage-prevention"\n'
                    f'owner "ops"\nvalid {days[0]} to {days[1]}\nscope {scope}\n'
                    f"reveals server\nwhen {condition}\nthen record keep 30 days\n"
                    "limit 50 servers per day\n")  # fmt: skip
    return path


def draft(name, *more, basis="a17", serial="JP-2028-0007", at="2028-01-10", code=0,
          selectors="relays.sel", **words):
    options = {"from": "2028-01-15", "equipment": "cable-7", "capacity": "100G", "share": "30",
               "issuer": "監理委員会", **words}  # fmt: skip
    given = [part for key, value in options.items() if value for part in (f"--{key}", value)]
    said = run("warrant", "draft", "--basis", basis, "--serial", serial, "--at", at,
               "--output", HERE / name, *given, *more, HERE / selectors, code=code)  # fmt: skip
    return HERE / name if code == 0 else said


def sign(path, *names, at="2028-01-11"):
    for name in names:
        more = ("--passphrase-file", HERE / "pin") if name in ("c3", "c2") else ()
        run("warrant", "sign", "--yes", "--at", at, "--key", KEYS[name], *more, path)
    return path


def verify(path, *more, code=0, at=AT, place=PLACE):
    trust = () if "--trust" in more else ("--trust", HERE / "trust.yaml")
    done = run("warrant", "verify", "--json", *trust, *at, *place, *more, path, code=code)
    told = json.loads(done)
    assert told["granted"] == (code == 0) and told["article"]
    assert code == 0 or (told["words"] and told["words_ja"]), told
    return told


def refused(path, article, words, *more, at=AT, place=PLACE):
    told = verify(path, *more, code=3, at=at, place=place)
    assert told["article"] == article and words in told["words"], told


def keys_are_made():
    for name in ("c1", "c2", "c4", "owner"):
        more = ("--passphrase-file", HERE / "pin") if name == "c2" else ("--no-passphrase",)
        (HERE / "pin").write_text(softhsm.PIN + "\n")
        (HERE / "pin").chmod(0o600)
        KEYS[name] = str(HERE / f"{name}.key")
        PUBLIC[name] = run("key", "generate", "--name", name, *more, KEYS[name]).strip()
    KEYS["c3"] = softhsm.make_key(ENVIRONMENT, "c3", 3)
    PUBLIC["c3"] = run("key", "show", KEYS["c3"]).strip()
    roles = {"c1": "commission", "c2": "commission", "c3": "commission", "owner": "owner"}
    lines = [f"  - key: {PUBLIC[name]}\n    role: {role}\n" for name, role in roles.items()]
    (HERE / "trust.yaml").write_text("keys:\n" + "".join(lines))
    selector("relays", 'server in list "relays" and ja4 in list "tools"')
    selector("single", 'server in list "relays"')


def three_keys_grant_and_two_do_not():
    path = draft("good.json", "--condition", "Weekly report.")
    refused(path, "17", "0 of 3 (commission)")
    sign(path, "c1", "c2")
    refused(path, "17", "2 of 3 (commission)")
    sign(path, "c3")
    told = verify(path)
    assert told["signers"] == ["c1", "c2", "c3"] and told["serial"] == "JP-2028-0007"
    assert told["to"] == "2028-07-14T15:00:00Z", told
    said = run("warrant", "verify", "--language", "en", "--trust", HERE / "trust.yaml", *AT, path)
    assert "granted (article 17)" in said and "signed by: c1 c2 c3" in said, said


def one_key_twice_and_keys_of_others_do_not_count():
    path = sign(draft("twice.json"), "c1", "c2", "c2", "owner", "c4")
    assert len(json.loads(path.read_text())["signatures"]) == 4
    refused(path, "17", "2 of 3 (commission)")


def strangers_keys():
    """Three keys that Python made, trusted as commission; their ids and secrets."""
    made, lines = [], []
    for number in range(3):
        secret = Ed25519PrivateKey.generate()
        octets = b"\1" + secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        name = f"stranger-{number}"
        key = hashlib.sha256(name.encode() + b"\n" + octets).hexdigest()[:8]
        line = f"{name}+{key}+{base64.b64encode(octets).decode()}"
        lines.append(f"  - key: {line}\n    role: commission\n")
        made.append((f"{name}+{key}", secret))
    (HERE / "strangers.yaml").write_text("keys:\n" + "".join(lines))
    return made


def signed_by_a_stranger(payload, keys):
    """An envelope that no program of ours made."""
    kind = "application/vnd.sekisho.warrant+json"
    if not isinstance(payload, bytes):
        payload = json.dumps(payload, sort_keys=True, separators=(",", ":"),
                             ensure_ascii=False).encode()  # fmt: skip
    message = stranger.pre_authentication_encoding(kind, payload)
    path = HERE / "stranger.json"
    path.write_text(json.dumps({
        "payloadType": kind, "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": key, "sig": base64.b64encode(secret.sign(message)).decode()}
                       for key, secret in keys]}, indent=2))  # fmt: skip
    return path


def whatever_is_signed_outside_the_law_is_refused():
    keys, trust = strangers_keys(), ("--trust", HERE / "strangers.yaml")
    envelope = json.loads((HERE / "good.json").read_text())
    good = json.loads(base64.b64decode(envelope["payload"]))
    verify(signed_by_a_stranger(good, keys), *trust)
    refused(signed_by_a_stranger(good, keys[:2]), "17", "2 of 3 (commission)", *trust)
    one_kind = dict(good["selectors"][0], text=good["selectors"][0]["text"].replace(
        ' and ja4 in list "tools"', "").replace('ja4 in list "tools" and ', ""))  # fmt: skip
    assert one_kind["text"] != good["selectors"][0]["text"]
    for article, words, change in (
        ("17", "direction DF", {"directions": ["DF"]}),
        ("17", "direction DD", {"directions": ["FF", "DD"]}),
        ("17(3)", "at most 6 months", {"to": "2028-07-15T15:00:00Z"}),
        ("17", "above what the basis allows", {"share_permille": 301}),
        ("17", "other equipment: cable-8", {"equipment": "cable-8"}),
        ("32", "another basis", {"basis": "a32"}),
        ("22(2)", "selector relays", {"selectors": [one_kind]}),
        ("LC-00", "more: not a known member", {"more": 1}),
        ("LC-00", "of another law: xx", {"law": "xx"}),
    ):
        refused(signed_by_a_stranger({**good, **change}, keys), article, words, *trust)
    blanks = json.dumps(good, sort_keys=True, ensure_ascii=False).encode()
    refused(signed_by_a_stranger(blanks, keys), "LC-00", "canonical", *trust)


def a_stranger_agrees():
    envelope = json.loads((HERE / "good.json").read_text())
    found, payload = stranger.signers(envelope, PUBLIC.values())
    assert {key.split("+")[0] for key in found} == {"c1", "c2", "c3"}
    schema = json.loads((ROOT / "docs/schema/warrant.schema.json").read_text())
    jsonschema.validate(payload, schema, format_checker=jsonschema.FormatChecker())
    again = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert base64.b64decode(envelope["payload"]) == again.encode()
    envelope["payload"] = "A" + envelope["payload"][1:]
    try:
        assert not stranger.signers(envelope, PUBLIC.values())[0]
    except ValueError:
        pass  # no JSON any more
    envelope["payload"] = json.loads((HERE / "good.json").read_text())["payload"]
    envelope["payloadType"] += "x"
    assert not stranger.signers(envelope, PUBLIC.values())[0]


def today_no_measure_is_in_force():
    said = draft("early.json", at="2026-11-21", code=3)
    assert "article 17" in said and "not in force" in said, said
    refused(HERE / "good.json", "17", "not in force before 2027-11-22", at=("--at", "2027-11-21"))
    run("warrant", "verify", "--trust", HERE / "trust.yaml", HERE / "good.json",
        code=3 if json_now() < "2027-11-22" else 0)  # fmt: skip


def json_now():
    return subprocess.run(["date", "-u", "+%F"], capture_output=True, text=True,
                          check=True).stdout.strip()  # fmt: skip


def expired_other_place_and_other_basis_are_refused():
    good = HERE / "good.json"
    verify(good, at=("--at", "2028-07-14T14:59:59Z"))
    refused(good, "17(3)", "the warrant ended", at=("--at", "2028-07-14T15:00:00Z"))
    refused(good, "17(3)", "issued in the future", at=("--at", "2028-01-09"))
    refused(good, "17", "other equipment: cable-7", place=("--equipment", "cable-8"))
    refused(good, "17", "another basis", place=("--basis", "own"))


def drafts_outside_the_law_are_refused_with_their_article():
    for article, words, more in (
        ("17", "direction DF", ("--direction", "DF")),
        ("17(3)", "at most 6 months", ("--to", "2028-07-16")),
        ("17", "above what the basis allows", ("--share", "30.1")),
    ):
        said = draft("bad.json", *more, code=3)
        assert f"article {article})" in said and words in said, said
    assert "names no equipment" in draft("bad.json", equipment=None, code=3)
    assert "no share" in draft("bad.json", share=None, capacity=None, code=3)
    assert not (HERE / "bad.json").exists()


def one_kind_of_information_is_not_enough():
    said = run("warrant", "draft", "--basis", "a17", "--serial", "X", "--issuer", "i", "--at",
               "2028-01-10", "--from", "2028-01-15", "--equipment", "e", "--capacity", "1G",
               "--share", "1", "--output", HERE / "bad.json", HERE / "single.sel", code=3)  # fmt: skip
    assert "article 22(2)" in said and "selector single, line 8" in said, said


def a_changed_warrant_is_refused():
    good = (HERE / "good.json").read_text()
    spoiled = HERE / "spoiled.json"
    for old, new in (('"keyid":"c1', '"keyid":"c9'), ('"payloadType":"a', '"payloadType":"b'),
                     ('"sig":"', '"sig":"A'), ("{", '{"more":1,')):  # fmt: skip
        assert old in good
        spoiled.write_text(good.replace(old, new, 1))
        verify(spoiled, code=3)
    spoiled.write_text(good[:-40])
    refused(spoiled, "LC-00", "no warrant")


def revoked_from_a_moment_on():
    good, paper = HERE / "good.json", HERE / "revocation.json"
    run("warrant", "revoke", "--yes", "--key", KEYS["c1"], "--reason", "目的を達した。", "--at",
        "2028-03-01", "--output", paper, good)  # fmt: skip
    verify(good, "--revocation", paper)
    told = verify(good, "--revocation", paper, at=("--at", "2028-02-29T14:59:59Z"))
    assert told["to"] == "2028-02-29T15:00:00Z", told
    refused(good, "17", "revoked: 2028-02-29T15:00:00Z: 目的を達した。", "--revocation", paper,
            at=("--at", "2028-02-29T15:00:00Z"))  # fmt: skip
    found, payload = stranger.signers(json.loads(paper.read_text()), PUBLIC.values())
    assert len(found) == 1
    schema = json.loads((ROOT / "docs/schema/revocation.schema.json").read_text())
    jsonschema.validate(payload, schema)


def a_revocation_by_others_ends_nothing_and_is_told():
    good, paper = HERE / "good.json", HERE / "nobody.json"
    run("warrant", "revoke", "--yes", "--key", KEYS["owner"], "--reason", "No.", "--at",
        "2028-03-01", "--output", paper, good)  # fmt: skip
    told = verify(good, "--revocation", paper, at=("--at", "2028-04-01"))
    assert told["to"] == "2028-07-14T15:00:00Z"


def a_chain_of_extensions():
    for year, days in ((2, ("2028-07-15", "2029-01-10")), (3, ("2029-01-15", "2029-07-13"))):
        selector(f"relays-{year}", 'server in list "relays" and ja4 in list "tools"', days=days)
    assert "not valid on any day" in draft("third.json", at="2029-01-02", serial="X",
                                           **{"from": "2029-01-15"}, code=3)  # fmt: skip
    second = {"selectors": "relays-2.sel", "extends": "JP-2028-0007", "serial": "JP-2028-0008", "from": "2028-07-15"}
    path = sign(draft("second.json", at="2028-07-01", **second), "c1", "c2", "c3", at="2028-07-02")
    at = ("--at", "2028-08-01")
    verify(path, "--earlier", HERE / "good.json", at=at)
    third = {"selectors": "relays-3.sel", "extends": "JP-2028-0008", "serial": "JP-2028-0009", "from": "2029-01-15"}
    last = sign(draft("third.json", at="2029-01-02", **third), "c1", "c2", "c3", at="2029-01-03")
    at = ("--at", "2029-02-01")
    verify(last, "--earlier", HERE / "good.json", "--earlier", path, at=at)
    refused(last, "17(3)", "extends another warrant", "--earlier", HERE / "good.json", at=at)
    late = {**second, "serial": "JP-2028-0010", "from": "2028-07-16"}
    path = sign(draft("late.json", at="2028-07-01", **late), "c1", "c2", "c3", at="2028-07-02")
    refused(path, "17(3)", "begins then", "--earlier", HERE / "good.json",
            at=("--at", "2028-08-01"))  # fmt: skip


def who_signs_reads_first_what_in_either_language():
    path = draft("read.json", "--condition", "Weekly report.")
    said = run("warrant", "sign", "--yes", "--at", "2028-01-11", "--language", "en", "--key",
               KEYS["c1"], path)  # fmt: skip
    for words in ("JP-2028-0007", "article 17", "2028-01-15T00:00:00+09:00", "182 days", "cable-7",
                  "30.0 %", "Weekly report.", "selector relays", "50 servers a day",
                  "signatures (not verified here): none"):  # fmt: skip
        assert words in said, (words, said)
    said = run("warrant", "show", "--language", "ja", path)
    for words in ("令状 JP-2028-0007", "発付者：監理委員会", "外外", "設備：cable-7", "30.0％"):
        assert words in said, (words, said)
    told = json.loads(run("warrant", "show", "--json", path))
    assert told["payload"]["serial"] == "JP-2028-0007" and len(told["signatures_not_verified"]) == 1
    said = run("warrant", "show", "--language", "en", HERE / "revocation.json")
    assert "revocation of warrant JP-2028-0007" in said and "目的を達した。" in said


def nobody_signs_unasked():
    path = draft("asked.json")
    before = path.read_text()
    said = run("warrant", "sign", "--at", "2028-01-11", "--key", KEYS["c1"], path, code=1)
    assert "say --yes" in said and path.read_text() == before
    for answer, code in ((b"no\n", 1), (b"yes\n", 0)):
        assert in_terminal(answer, "warrant", "sign", "--at", "2028-01-11", "--key", KEYS["c1"],
                           path) == code  # fmt: skip
    assert path.read_text() != before


def in_terminal(answer, *arguments):
    child, terminal = pty.fork()
    if child == 0:
        os.execve(SEKISHO, [SEKISHO, *map(str, arguments)], ENVIRONMENT)
    said, is_asked = b"", False
    while True:
        ready, _, _ = select.select([terminal], [], [], 20)
        try:
            more = os.read(terminal, 65536) if ready else b""
        except OSError:
            more = b""
        if not more:
            break
        said += more
        if not is_asked and said.endswith(b"? "):
            os.write(terminal, answer)
            is_asked = True
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def a_wrong_pin_is_tried_once_a_call_and_locks_nothing():
    path, pin = draft("pin.json"), HERE / "wrong-pin"
    pin.write_text("000000\n")
    pin.chmod(0o600)
    said = run("warrant", "sign", "--yes", "--at", "2028-01-11", "--key", KEYS["c3"],
               "--passphrase-file", pin, path, code=1)  # fmt: skip
    assert "PIN" in said and not json.loads(path.read_text())["signatures"], said
    assert "the passphrase is wrong" in run(
        "warrant", "sign", "--yes", "--at", "2028-01-11", "--key", KEYS["c2"],
        "--passphrase-file", pin, path, code=1)  # fmt: skip
    sign(path, "c3")


def what_the_law_refuses_is_not_signed():
    path = draft("over.json")
    said = run("warrant", "sign", "--yes", "--at", "2028-08-01", "--key", KEYS["c1"], path, code=3)
    assert "article 17(3)" in said and "ended" in said, said


def another_country_needs_no_code():
    said = run("warrant", "verify", "--law", "ruritania", "--trust", HERE / "trust.yaml", *AT,
               HERE / "good.json", code=3)  # fmt: skip
    assert "another law: jp" in said, said


def wrong_calls_say_what_was_wrong():
    for arguments in ((), ("burn", "x"), ("verify", "x"), ("sign", "x"), ("draft", "x"),
                      ("show", "a", "b"), ("show", "--key", "k", "x"),
                      ("revoke", "--key", "k", "--output", "o", "x")):  # fmt: skip
        assert "usage:" in run("warrant", *arguments, code=2), arguments


TESTS = [
    keys_are_made,
    three_keys_grant_and_two_do_not,
    one_key_twice_and_keys_of_others_do_not_count,
    a_stranger_agrees,
    whatever_is_signed_outside_the_law_is_refused,
    today_no_measure_is_in_force,
    expired_other_place_and_other_basis_are_refused,
    drafts_outside_the_law_are_refused_with_their_article,
    one_kind_of_information_is_not_enough,
    a_changed_warrant_is_refused,
    revoked_from_a_moment_on,
    a_revocation_by_others_ends_nothing_and_is_told,
    a_chain_of_extensions,
    who_signs_reads_first_what_in_either_language,
    nobody_signs_unasked,
    a_wrong_pin_is_tried_once_a_call_and_locks_nothing,
    what_the_law_refuses_is_not_signed,
    another_country_needs_no_code,
    wrong_calls_say_what_was_wrong,
]

sys.exit(tap.Tests(*TESTS).run())
