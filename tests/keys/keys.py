#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keys from end to end: in files and in a token, with every source of a passphrase.
Prints TAP.  usage: keys.py SEKISHO"""

import base64
import hashlib
import json
import os
import pathlib
import pty
import select
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap  # noqa: E402
import softhsm  # noqa: E402

SEKISHO = sys.argv[1]
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-keys-"))
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8")


def run(*arguments, code=0, environment=None):
    done = subprocess.run([SEKISHO, "key", *map(str, arguments)], capture_output=True, text=True,
                          env=environment or ENVIRONMENT, stdin=subprocess.DEVNULL, check=False,
                          start_new_session=True)  # fmt: skip
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout if code == 0 else done.stderr


def phrase_file(name, text, mode=0o600):
    path = HERE / name
    path.write_text(text)
    path.chmod(mode)
    return path


def in_terminal(arguments, answers):
    """Runs it in a terminal of its own, answers what it asks; exit code and all it wrote."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(SEKISHO, [SEKISHO, "key", *map(str, arguments)], ENVIRONMENT)
    said, answers = b"", list(answers)
    while True:
        ready, _, _ = select.select([terminal], [], [], 20)
        try:
            more = os.read(terminal, 4096) if ready else b""
        except OSError:
            more = b""
        if not more:
            break
        said += more
        if answers and said.endswith(b": "):
            os.write(terminal, answers.pop(0))
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


def a_key_is_what_a_note_says_it_is():
    line = run("generate", "--name", "example.org/owner", "--no-passphrase",
               HERE / "plain.key").strip()  # fmt: skip
    name, number, octets = line.split("+", 2)
    octets = base64.b64decode(octets, validate=True)
    assert name == "example.org/owner" and octets[0] == 1 and len(octets) == 33
    assert hashlib.sha256(name.encode() + b"\n" + octets).hexdigest()[:8] == number
    assert run("show", HERE / "plain.key").strip() == line
    told = json.loads(run("show", "--json", HERE / "plain.key"))
    assert told == {"name": name, "public": line, "kept": "file", "encrypted": False}, told
    assert stat.S_IMODE((HERE / "plain.key").stat().st_mode) == 0o600


def a_key_is_never_written_over():
    before = (HERE / "plain.key").read_bytes()
    said = run("generate", "--name", "other", "--no-passphrase", HERE / "plain.key", code=1)
    assert "File exists" in said and (HERE / "plain.key").read_bytes() == before
    assert sorted(path.name for path in HERE.glob("plain.key*")) == ["plain.key"]


def a_passphrase_comes_from_a_private_file():
    phrase = phrase_file("phrase", "correct horse\n")
    run("generate", "--name", "a", "--passphrase-file", phrase, HERE / "a.key")
    text = (HERE / "a.key").read_text()
    assert "argon2id 3 262144 " in text and "correct horse" not in text
    told = json.loads(run("show", "--json", HERE / "a.key"))
    assert told["encrypted"] and told["argon2id"] == {"operations": 3, "kibibytes": 262144}
    said = run("generate", "--name", "b", "--passphrase-file",
               phrase_file("open", "x\n", 0o644), HERE / "b.key", code=1)  # fmt: skip
    assert "others may read" in said and not (HERE / "b.key").exists()
    assert "is empty" in run("generate", "--name", "b", "--passphrase-file",
                             phrase_file("empty", "\n"), HERE / "b.key", code=1)  # fmt: skip


def a_passphrase_comes_from_a_credential_of_systemd():
    folder = HERE / "credentials"
    folder.mkdir()
    (folder / "sekisho-passphrase").write_text("from systemd")
    run("generate", "--name", "c", HERE / "c.key",
        environment=dict(ENVIRONMENT, CREDENTIALS_DIRECTORY=str(folder)))  # fmt: skip
    assert json.loads(run("show", "--json", HERE / "c.key"))["encrypted"]


def without_terminal_file_and_credential_there_is_no_key():
    assert "no terminal" in run("generate", "--name", "d", HERE / "d.key", code=1)
    assert not (HERE / "d.key").exists()


def a_terminal_is_asked_twice_and_shows_nothing():
    code, said = in_terminal(["generate", "--name", "t", HERE / "t.key"],
                             [b"geheim\x7fm 1\n", b"geheim 1\n"])  # fmt: skip
    assert code == 0, said
    assert b"geheim" not in said and said.count(b": ") == 2 and (HERE / "t.key").exists()


def two_that_differ_and_a_given_up_question_make_no_key():
    for answers in ([b"one\n", b"two\n"], [b"one\n", b"ones\n"], [b"\x03"], [b"\n"]):
        code, said = in_terminal(["generate", "--name", "t", HERE / "u.key"], answers)
        assert code == 1 and not (HERE / "u.key").exists(), said


def a_key_in_a_token_shows_its_public_part():
    environment = softhsm.make(HERE / "token")
    uri = softhsm.make_key(environment, "commission-1", 1)
    told = json.loads(run("show", "--json", uri, environment=environment))
    assert told["name"] == "commission-1" and told["kept"] == "token" and told["encrypted"]
    other = softhsm.make_key(environment, "curve", 2, "EC:prime256v1")
    assert "not of Ed25519" in run("show", other, code=1, environment=environment)
    assert "no public key of that URI" in run(
        "show", "pkcs11:token=sekisho;object=nobody", code=1, environment=environment)  # fmt: skip
    said = run("show", uri + "?pin-value=246810", code=1, environment=environment)
    assert "pin-value" in said


def wrong_calls_say_what_was_wrong():
    for arguments in (["generate", HERE / "x"], ["show"], ["burn", HERE / "x"],
                      ["generate", "--name", "x", "--no-passphrase", "--passphrase-file", "y", "z"],
                      ["show", "--name", "x", HERE / "plain.key"]):  # fmt: skip
        assert "usage:" in run(*arguments, code=2)


TESTS = [
    a_key_is_what_a_note_says_it_is,
    a_key_is_never_written_over,
    a_passphrase_comes_from_a_private_file,
    a_passphrase_comes_from_a_credential_of_systemd,
    without_terminal_file_and_credential_there_is_no_key,
    a_terminal_is_asked_twice_and_shows_nothing,
    two_that_differ_and_a_given_up_question_make_no_key,
    a_key_in_a_token_shows_its_public_part,
    wrong_calls_say_what_was_wrong,
]

sys.exit(tap.Tests(*TESTS).run())
