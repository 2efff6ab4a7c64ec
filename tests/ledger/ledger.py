#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The ledger from end to end: every change names the first wrong entry, a killed writer loses
nothing it acknowledged, and a stranger's own check agrees.  Prints TAP.
usage: ledger.py SEKISHO LEDGER_WRITE SCHEMA"""

import base64
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

import stranger

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import tap  # noqa: E402

SEKISHO, WRITE, SCHEMA = sys.argv[1:4]
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-ledger-"))
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8")
# A sanitizer's complaint must not look like one of our exit codes.
for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
    ENVIRONMENT[variable] = "exitcode=99:halt_on_error=1:" + os.environ.get(variable, "")
NAME, SIZE, BATCHES = "example.org/ledger", 700, 7
KILLS = int(os.environ.get("LEDGER_KILLS", "300"))
CHANCE = random.Random(9162)


def write(*arguments):
    done = subprocess.run([WRITE, *map(str, arguments)], capture_output=True, text=True,
                          env=ENVIRONMENT, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


KEY = write("key", NAME, 7).strip()


def log(name, size=SIZE, batches=BATCHES, octet=7, tag="test"):
    write("run", HERE / name, NAME, octet, size, size // batches, tag)
    return HERE / name


def verify(folder, *options, key=KEY):
    keyed = ["--key", key] if key else []
    done = subprocess.run([SEKISHO, "verify", "--json", *keyed, *map(str, options), str(folder)],
                          capture_output=True, env=ENVIRONMENT, check=False)  # fmt: skip
    assert done.returncode in (0, 3), (done.returncode, done.stderr)
    report = json.loads(done.stdout)
    assert (report["wrong"] is not None) == (done.returncode == 3)
    return report


def wrong(folder, *options, key=KEY):
    report = verify(folder, *options, key=key)
    assert report["wrong"], "nothing was found"
    return report["wrong"]


def changed(base, name):
    """A copy to spoil."""
    shutil.rmtree(HERE / name, ignore_errors=True)
    return pathlib.Path(shutil.copytree(base, HERE / name))


def a_stranger_agrees_on_every_size_and_proof():
    for size in (1, 2, 255, 256, 257, 300, 512, 1000):
        folder = log(f"size-{size}", size, 1)
        found = stranger.verify(folder, KEY)
        hashes = [stranger.leaf(entry) for entry in found]
        report = verify(folder)
        assert report["entries"] == len(found) == size
        assert report["root"] == stranger.root(hashes).hex()
        for index in {0, size // 2, size - 1}:
            told = verify(folder, "--inclusion", index)["inclusion"]
            assert told["json"].encode() == found[index]
            assert told["proof"] == [part.hex() for part in stranger.inclusion(hashes, index)]


def earlier_checkpoints_hold_and_the_proofs_are_a_strangers():
    folder = log("growing", 100, 1)
    kept = HERE / "kept"
    for size in (100, 250, 256, 300):
        now = verify(folder)["entries"]
        if size > now:
            write("run", folder, NAME, 7, size - now, 1000, "test")
        shutil.copy(folder / "checkpoint", kept)
        write("run", folder, NAME, 7, 3, 3, "test")
        hashes = [stranger.leaf(entry) for entry in stranger.verify(folder, KEY)]
        told = verify(folder, "--consistency", kept)["consistency"]
        old = told["entries"]
        assert told["proof"] == [part.hex() for part in stranger.consistency(hashes, old)]


def entry_at(folder, file, offset):
    """The first and last entry an octet stands for."""
    parts = file.relative_to(folder).parts
    index = int(parts[2].removesuffix(".p"))
    if parts[1] != "entries":
        level, hash_index = int(parts[1]), index * 256 + offset // 32
        return hash_index << 8 * level, (hash_index + 1 << 8 * level) - 1
    octets, at, number = file.read_bytes(), 0, index * 256
    while offset >= at + 2 + int.from_bytes(octets[at : at + 2], "big"):
        at, number = at + 2 + int.from_bytes(octets[at : at + 2], "big"), number + 1
    return number, number


def any_flipped_bit_is_found_and_its_entry_named():
    base = log("flipped-base")
    folder = changed(base, "flipped")
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        octets = file.read_bytes()
        is_note = file.name == "checkpoint"
        places = range(len(octets)) if is_note else CHANCE.sample(range(len(octets)), 16)
        for offset in places:
            spoilt = bytearray(octets)
            spoilt[offset] ^= 1 << CHANCE.randrange(8)
            first = None if is_note else entry_at(folder, file, offset)
            file.write_bytes(spoilt)
            told = wrong(folder)
            assert is_note or (told["entry"], told["last"]) == first, (file, offset, told, first)
            file.write_bytes(octets)
    assert verify(folder)["wrong"] is None


def bundle(file):
    octets, found = file.read_bytes(), []
    while octets:
        length = int.from_bytes(octets[:2], "big")
        found.append(octets[2 : 2 + length])
        octets = octets[2 + length :]
    return found


def put_bundle(file, found):
    file.write_bytes(b"".join(len(entry).to_bytes(2, "big") + entry for entry in found))


def what_is_dropped_swapped_added_or_repeated_is_named():
    base = log("shuffled-base")
    for at in (0, 1, 100, 254):
        for deed, entry in (
            (lambda found: found.pop(at), at),
            (lambda found: found.insert(at, found[at + 1]), at),
            (lambda found: found.insert(at, found.pop(at + 1)), at),
            (lambda found: found.append(found[at]), 512),
            (lambda found: found.pop(), 511),
        ):
            folder = changed(base, "shuffled")
            file = folder / "tile/entries/001"
            found = bundle(file)
            deed(found)
            put_bundle(file, found)
            expected = entry if entry > 255 else 256 + entry
            assert wrong(folder)["entry"] == expected, (at, entry, wrong(folder))


def a_file_cut_short_or_missing_is_named():
    base = log("cut-base")
    for name, entry in (("tile/entries/000", 0), ("tile/entries/002.p/188", 512),
                        ("tile/0/001", 256), ("tile/1/000.p/2", 0)):  # fmt: skip
        folder = changed(base, "cut")
        file = folder / name
        file.unlink()
        assert wrong(folder)["entry"] == entry, (name, wrong(folder))
        octets = (base / name).read_bytes()
        file.write_bytes(octets[: len(octets) - 1])
        told = wrong(folder)
        first = entry_at(base, base / name, len(octets) - 1)
        assert (told["entry"], told["last"]) == first, (name, told, first)
    folder = changed(base, "cut")
    (folder / "checkpoint").unlink()
    assert wrong(folder)["file"] == "checkpoint"


def a_checkpoint_put_back_is_found():
    folder = log("back", 300, 1)
    shutil.copy(folder / "checkpoint", HERE / "old")
    before = changed(folder, "before")
    write("run", folder, NAME, 7, 10, 10, "test")
    shutil.copy(folder / "checkpoint", HERE / "new")
    shutil.copy(HERE / "old", folder / "checkpoint")
    assert wrong(folder)["entry"] == 300
    # Put back whole, it is a log as it was: only the later checkpoint tells.
    assert verify(before)["wrong"] is None
    told = wrong(before, "--consistency", HERE / "new")
    assert (told["entry"], told["last"]) == (300, 309)


def a_forked_log_is_found():
    ours, theirs = log("ours", 300, 1), log("theirs", 300, 1, tag="other")
    assert verify(theirs)["wrong"] is None
    told = wrong(theirs, "--consistency", ours / "checkpoint")
    assert "forked" in told["words"]
    shutil.copy(ours / "checkpoint", theirs / "checkpoint")
    told = wrong(theirs)
    assert (told["entry"], told["last"]) == (0, 299)


def another_key_is_refused():
    folder = log("foreign", 10, 1, octet=8)
    assert wrong(folder)["file"] == "checkpoint"
    assert verify(folder, key=None)["signature_checked"] is False
    done = subprocess.run([WRITE, "run", folder, NAME, "7", "1", "1"], capture_output=True,
                          check=False)  # fmt: skip
    assert done.returncode == 1 and b"another key" in done.stderr


def sekisho(*arguments, code=0):
    done = subprocess.run([SEKISHO, *map(str, arguments)], capture_output=True, text=True,
                          env=ENVIRONMENT, check=False)  # fmt: skip
    assert done.returncode == code, (arguments, done.returncode, done.stderr)
    return done.stdout if code == 0 else done.stderr


def make_witness(name):
    key = HERE / f"{name}.key"
    sekisho("key", "generate", "--name", name, "--no-passphrase", key)
    return key, sekisho("ledger", "witness", key).strip()


def cosign(folder, key, state, code=0):
    return sekisho("ledger", "cosign", "--log", KEY, "--key", key, "--state", HERE / state,
                   "--output", HERE / "cosigned", folder, code=code)  # fmt: skip


def a_witness_signs_what_continues_and_a_stranger_checks_it():
    folder = log("witnessed", 10, 1)
    (key, public), (other_key, other), (_, third) = map(make_witness, ("w.one", "w.two", "w.three"))
    cosign(folder, key, "state")
    note = (HERE / "cosigned").read_bytes()
    assert abs(stranger.witnessed(note, public) - time.time()) < 60
    assert stranger.checkpoint(note, KEY)[0] == 10
    (folder / "checkpoint").write_bytes(note)  # beside the log, or kept elsewhere
    assert verify(folder, "--witness", public)["witnesses_signed"] == 1
    assert "witnesses" in wrong(folder, "--witness", public, "--witness", other)["words"]
    cosign(folder, other_key, "state2")
    (folder / "checkpoint").write_bytes((HERE / "cosigned").read_bytes())
    named = [part for one in (public, other, third) for part in ("--witness", one)]
    assert verify(folder, *named, "--witnesses-needed", 2)["witnesses_signed"] == 2
    assert "needed" in wrong(folder, *named)["words"]
    write("run", folder, NAME, 7, 300, 100, "test")
    assert wrong(folder, "--witness", public)["file"] == "checkpoint"
    kept = ("--consistency", HERE / "cosigned", *named, "--witnesses-needed", 2)
    assert verify(folder, *kept)["witnesses_signed"] == 2
    cosign(folder, key, "state")
    assert stranger.checkpoint((HERE / "cosigned").read_bytes(), KEY)[0] == 310
    sekisho("verify", "--witness", public, "--witness", public, folder, code=2)
    sekisho("verify", "--witness", KEY, folder, code=2)


def a_witness_refuses_a_log_put_back_forked_or_of_another_key():
    folder, (key, public) = log("seen", 300, 1), make_witness("w.four")
    before = changed(folder, "seen-before")
    write("run", folder, NAME, 7, 10, 10, "test")
    cosign(folder, key, "seen-state")
    state = (HERE / "seen-state").read_bytes()
    for other, words in ((before, "more entries than the log has"),
                         (log("seen-fork", 400, 1, tag="other"), "forked or rewritten"),
                         (log("seen-foreign", 400, 1, octet=8), "not signed by the key")):  # fmt: skip
        assert words in cosign(other, key, "seen-state", code=3)
        assert (HERE / "seen-state").read_bytes() == state


def a_cosignature_with_any_octet_changed_is_none():
    folder, (key, public) = log("spoilt", 10, 1), make_witness("w.five")
    cosign(folder, key, "spoilt-state")
    note = (HERE / "cosigned").read_bytes()
    line = note[note.rindex(b"\n", 0, len(note) - 1) + 1 : -1]
    value = bytearray(base64.b64decode(line.split(b" ")[2]))
    for at in range(0, len(value), 5):
        spoilt = bytearray(value)
        spoilt[at] ^= 1
        (folder / "checkpoint").write_bytes(
            note.replace(line.split(b" ")[2], base64.b64encode(bytes(spoilt))))
        assert "needed" in wrong(folder, "--witness", public)["words"], at


def a_writer_refuses_a_damaged_log_and_a_second_writer():
    for name in ("tile/entries/002.p/188", "tile/0/002.p/188", "tile/1/000.p/2", "checkpoint"):
        folder = log("refused-" + name.replace("/", "-"))
        octets = bytearray((folder / name).read_bytes())
        octets[len(octets) // 2] ^= 1
        (folder / name).write_bytes(octets)
        done = subprocess.run([WRITE, "run", folder, NAME, "7", "1", "1"], capture_output=True,
                              env=ENVIRONMENT, check=False)  # fmt: skip
        assert done.returncode == 1, (name, done.stderr)
    with subprocess.Popen([WRITE, "run", HERE / "locked", NAME, "7", "0", "1"], env=ENVIRONMENT,
                          stdout=subprocess.PIPE) as first:  # fmt: skip
        first.stdout.readline()
        done = subprocess.run([WRITE, "run", HERE / "locked", NAME, "7", "1", "1"],
                              env=ENVIRONMENT, capture_output=True, check=False)  # fmt: skip
        first.kill()
    assert done.returncode == 1 and b"another process" in done.stderr


def canonical(entry):
    return json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def put(folder, entries, is_good=True):
    """Appends them, or is refused."""
    done = subprocess.run([WRITE, "lines", HERE / folder, NAME, "7"], env=ENVIRONMENT,
                          capture_output=True, check=False, text=True,
                          input="".join(canonical(entry) + "\n" for entry in entries))  # fmt: skip
    assert (done.returncode == 0) == is_good, (entries, done.stderr)


def example(rule):
    """Something the schema allows for a field, and hard to write."""
    if "const" in rule or "enum" in rule:
        return rule.get("const", rule.get("enum", [0])[0])
    if rule["type"] == "integer":
        return rule["maximum"]
    return {"^[0-9a-f]{64}$": "0123456789abcdef" * 4, "^[a-z0-9_]+$": "a17"}.get(
        rule["pattern"],
        "2026-11-21T13:00:00.000000001Z" if "T" in rule["pattern"] else '"\\ \u95a2\u6240')


def every_kind_of_entry_is_as_the_schema_says():
    schema = json.loads(pathlib.Path(SCHEMA).read_text())
    rules, found = schema["properties"], []
    for kind in schema["oneOf"]:
        entry = {name: example(rules[name]) for name in kind["properties"]}
        entry["kind"] = kind["properties"]["kind"]["const"]
        found.append(entry)
        needed = set(kind["required"]) | {"at", "format", "kind"}
        found.append({name: value for name, value in entry.items() if name in needed})
        for name in needed:
            put("refused", [{key: entry[key] for key in entry if key != name}], False)
        for name in (set(rules) - set(entry)) | {"surplus"}:
            put("refused", [entry | {name: example(rules.get(name, {"const": 1}))}], False)
    assert [entry["kind"] for entry in found[::2]] == rules["kind"]["enum"]
    put("kinds", found)
    assert [json.loads(entry) for entry in stranger.verify(HERE / "kinds", KEY)] == found
    assert verify(HERE / "kinds")["wrong"] is None
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        print("# python3-jsonschema is not installed: the schema itself was not tried")
        return
    Draft202012Validator.check_schema(schema)
    for entry in found:
        assert not list(Draft202012Validator(schema).iter_errors(entry)), entry


def kill_one(folder, batch):
    """What was acknowledged before the kill, and whether anything was appended at all."""
    command = [WRITE, "run", folder, NAME, "7", "0", str(batch)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=ENVIRONMENT) as writer:
        first = writer.stdout.readline()
        time.sleep(CHANCE.uniform(0, 0.03))
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read()
        assert writer.wait() == -signal.SIGKILL
    lines = (first + rest).decode().splitlines()
    return int(lines[0]), int(lines[-1])


def nothing_acknowledged_is_lost_by_any_kill():
    acknowledged = unsigned = 0
    for kill in range(KILLS):
        folder = HERE / f"killed-{kill // 25}"
        if kill % 25 == 0:
            acknowledged = 0
        found, now = kill_one(folder, CHANCE.choice((1, 3, 50, 256, 700)))
        assert found >= acknowledged, (kill, found, acknowledged)
        acknowledged = now
        report = verify(folder)
        assert report["wrong"] is None, (kill, report)
        assert report["entries"] >= acknowledged, (kill, report)
        unsigned += report["more_after"]
        if kill % 25 == 24:
            for number, entry in enumerate(stranger.verify(folder, KEY)):
                assert json.loads(entry)["records"] == number
            write("run", folder, NAME, 7, 1, 1)
            assert verify(folder)["more_after"] is False
            shutil.rmtree(folder)
    print(f"# {KILLS} kills, {unsigned} of them within a commit")


TESTS = [
    a_stranger_agrees_on_every_size_and_proof,
    earlier_checkpoints_hold_and_the_proofs_are_a_strangers,
    any_flipped_bit_is_found_and_its_entry_named,
    what_is_dropped_swapped_added_or_repeated_is_named,
    a_file_cut_short_or_missing_is_named,
    a_checkpoint_put_back_is_found,
    a_forked_log_is_found,
    another_key_is_refused,
    a_witness_signs_what_continues_and_a_stranger_checks_it,
    a_witness_refuses_a_log_put_back_forked_or_of_another_key,
    a_cosignature_with_any_octet_changed_is_none,
    a_writer_refuses_a_damaged_log_and_a_second_writer,
    every_kind_of_entry_is_as_the_schema_says,
    nothing_acknowledged_is_lost_by_any_kill,
]

failed = tap.Tests(*TESTS).run()
shutil.rmtree(HERE, ignore_errors=True)
sys.exit(failed)
