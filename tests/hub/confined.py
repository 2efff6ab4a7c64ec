#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a running hub can still do, seen from outside and tried from inside.
usage: confined.py SEKISHO INTRUDER WITHOUT"""
import contextlib
import errno
import hashlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import postgres  # noqa: E402
import tap  # noqa: E402
from hub import Hub  # noqa: E402

SEKISHO, INTRUDER, WITHOUT = (Path(word).resolve() for word in sys.argv[1:4])
SANITIZED = b"__asan_init" in SEKISHO.read_bytes() or b"__tsan_init" in SEKISHO.read_bytes()
REFUSED = (errno.EPERM, errno.EACCES)
# What it is there for, and everything else that the intruder tries.
ITS_OWN = {"read_own", "write_own", "begin_thread", "call_out"}
# Where it can be looked into by a sanitizer, it can by others.
OF_SANITIZERS = {"begin_process", "look_into"}
# What somebody who is not confined can do, whoever he is and whatever the kernel lacks.
OPEN_TO_ALL = {"read_outside", "write_outside", "make_outside", "take_away_outside", "open_local",
               "listen_elsewhere", "begin_process", "read_memory", "signal_other", "run_memory",
               "run_program"}  # fmt: skip
test = tap.Tests()


def wait_for(look, seconds=15):
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def status(process):
    """Of each thread, as proc(5) has it."""
    for thread in Path(f"/proc/{process}/task").iterdir():
        yield dict(line.split(":\t", 1) for line in (thread / "status").read_text().splitlines())


def beside(process):
    children = (Path(f"/proc/{process}/task/{process}/children")).read_text().split()
    assert len(children) == 1, children
    return int(children[0])


def gave_up(process):
    for thread in status(process):
        assert thread["NoNewPrivs"] == "1" and thread["Seccomp"] == "2", thread
        for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert int(thread[kind], 16) == 0, (kind, thread)
        if os.geteuid() == 0:
            assert int(thread["CapBnd"], 16) == 0, thread
    limits = Path(f"/proc/{process}/limits").read_text()
    assert [line.split()[4:6] for line in limits.splitlines() if "core" in line] == [["0", "0"]], limits


@test
def each_thread_has_given_up_what_it_does_not_need():
    with Hub(SEKISHO) as hub:
        hub.first()
        assert len(list(status(hub.process.pid))) > 8
        gave_up(hub.process.pid)
        assert '"what":"confined","seccomp":true' in log(hub), log(hub)


@test
def so_has_the_process_that_begins_programs_for_it():
    with Hub(SEKISHO) as hub:
        joiner = beside(hub.process.pid)
        gave_up(joiner)
        assert sorted(os.listdir(f"/proc/{joiner}/fd")) == ["0", "1", "2", "3"]
        assert {os.readlink(f"/proc/{joiner}/fd/{i}") for i in range(3)} == {"/dev/null"}
        hub.kill()
        assert wait_for(lambda: not Path(f"/proc/{joiner}").exists(), 5), "it outlives the hub"


def log(hub):
    return hub.folder.with_suffix(".log").read_text()


@contextlib.contextmanager
def environment(**words):
    before = dict(os.environ)
    os.environ.update(words)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def intrude(*options):
    """What an intruder could do: the number of each error."""
    with tempfile.TemporaryDirectory() as folder:
        outside = Path(folder) / "of-others"
        outside.write_text("nobody's business")
        with environment(INTRUDER_OUTSIDE=str(outside)):
            with Hub(INTRUDER, options=("--exercise", *options)) as hub:
                told = hub.folder / "intruder"
                assert wait_for(told.exists), "the intruder ended: " + log(hub)
                lines = told.read_text().splitlines()
                return {name: int(code) for name, code in (line.split() for line in lines)}


@test
def an_intruder_reaches_nothing_beyond_what_it_serves():
    went = intrude("--confine", "required")
    assert {name: went[name] for name in ITS_OWN} == {name: 0 for name in ITS_OWN}, went
    allowed = ITS_OWN | (OF_SANITIZERS if SANITIZED else set())
    done = {name: code for name, code in went.items() if name not in allowed and code not in REFUSED}
    assert len(went) > 25 and not done, done


@test
def without_confinement_he_would():
    went = intrude("--confine", "no")
    refused = {name: went[name] for name in OPEN_TO_ALL if went[name] in REFUSED}
    assert not refused, refused
    if os.geteuid() == 0:
        assert went["read_passwords"] == went["change_hosts"] == 0, went


@test
def a_kernel_that_cannot_is_told_of_and_where_it_must_nothing_is_served():
    for lack, named, word in (("landlock", b"Landlock", '"landlock":0'),
                              ("seccomp", b"seccomp", '"seccomp":false')):  # fmt: skip
        before = (WITHOUT, lack)
        with Hub(SEKISHO, before=before) as hub:
            hub.first()
            assert '"what":"not confined"' in log(hub) and word in log(hub), log(hub)
            hub.stop()  # by then all is in the ledger
            entries = b"".join(one.read_bytes() for one in (hub.folder / "ledger/tile/entries").rglob("*.p/*"))
            assert b"the hub serves without " + named in entries, entries
        try:
            with Hub(SEKISHO, options=("--exercise", "--confine", "required"), before=before):
                raise RuntimeError(f"it serves without {lack}")
        except AssertionError as why:
            assert "does not confine the hub" in str(why) and lack in str(why).lower(), why


@test
def a_folder_of_somebody_else_is_not_served_by_root():
    if os.geteuid() != 0:
        raise tap.Skipped("this is not root")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "hub").mkdir()
        os.chown(Path(folder) / "hub", 65534, 65534)
        try:
            with Hub(SEKISHO, folder=folder):
                raise RuntimeError("it serves")
        except AssertionError as why:
            assert "belongs to another user" in str(why), why


def make_certificate(folder, name):
    """Signed by itself; its SHA-256."""
    if not shutil.which("openssl"):
        raise tap.Skipped("openssl is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder / f"{name}.key", "-out",
                    folder / f"{name}.pem", "-days", "30", "-subj", f"/CN={name}", "-addext",
                    "subjectAltName=DNS:localhost"], check=True, capture_output=True)  # fmt: skip
    der = ssl.PEM_cert_to_DER_cert((folder / f"{name}.pem").read_text())
    return hashlib.sha256(der).digest()


def shown(port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port)) as plain, context.wrap_socket(plain) as to:
        return hashlib.sha256(to.getpeercert(binary_form=True)).digest()


def put_link(at, to):
    """In the place of what is there, as those who renew certificates do."""
    at.with_suffix(".new").symlink_to(to)
    os.rename(at.with_suffix(".new"), at)


@test
def certificates_that_are_renewed_are_read_again():
    with tempfile.TemporaryDirectory() as name:
        live, archive = Path(name) / "live", Path(name) / "archive"
        first, second, third = (make_certificate(archive, one) for one in ("first", "second", "third"))
        live.mkdir()
        for end in ("pem", "key"):
            put_link(live / f"at.{end}", archive / f"first.{end}")
        options = ("--exercise", "--certificate", live / "at.pem", "--key", live / "at.key")
        with Hub(SEKISHO, options=map(str, options)) as hub:
            assert shown(hub.port) == first
            for end in ("pem", "key"):
                put_link(live / f"at.{end}", archive / f"second.{end}")
            hub.process.send_signal(signal.SIGHUP)
            assert wait_for(lambda: shown(hub.port) == second), log(hub)
            for end in ("pem", "key"):
                os.rename(archive / f"third.{end}", live / f"at.{end}")
            hub.process.send_signal(signal.SIGHUP)
            assert wait_for(lambda: shown(hub.port) == third), log(hub)


@test
def the_service_manager_is_told_when_it_is_ready():
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"{folder}/notify")
        ear.settimeout(15)
        with environment(NOTIFY_SOCKET=f"{folder}/notify"), Hub(SEKISHO):
            assert ear.recv(100) == b"READY=1"


@test
def a_database_behind_a_local_socket_comes_back():
    if postgres.why_not():
        raise tap.Skipped(postgres.why_not())
    with postgres.Server() as server:
        server.create("hub")
        with Hub(SEKISHO, database=server.uri("hub", over_socket=True)) as hub:
            admin = hub.first()
            server.stop()
            assert admin.get("/session").status in (500, 503)
            server.start()
            assert wait_for(lambda: admin.get("/session").status == 200, 20), log(hub)


sys.exit(test.run())
