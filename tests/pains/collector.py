# SPDX-License-Identifier: Apache-2.0
"""sekisho as a collector, for tests: run over datagrams of a file, or listening."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
# pylint: disable=wrong-import-position
from exporter import pcap

SEKISHO = sys.argv[1]
SANITIZED = b"__asan_init" in pathlib.Path(SEKISHO).read_bytes()
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-pains-"))
ENVIRONMENT = dict(os.environ, XDG_STATE_HOME=str(HERE / "state"), LC_ALL="C.UTF-8")
# A sanitizer's complaint must not look like one of our exit codes.
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
    ENVIRONMENT[name] = "exitcode=99:halt_on_error=1:" + os.environ.get(name, "")


# What is run

def run(*arguments, timeout=120):
    return subprocess.run([SEKISHO, *map(str, arguments)], capture_output=True, env=ENVIRONMENT,
                          timeout=timeout, check=False)


def file_of(datagrams, **more):
    path = HERE / "exports.pcap"
    path.write_bytes(pcap(datagrams, **more))
    return path


def peak_of(*arguments):
    """The most memory a run took, as the system counts it, and its report.  Of wait4 it would be
    ours as well, from between fork and exec."""
    peak = 0
    with (HERE / "peak.json").open("wb") as out:
        process = subprocess.Popen([SEKISHO, *map(str, arguments)], stdout=out, env=ENVIRONMENT)
        status = pathlib.Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            for line in status.read_text().splitlines():
                if line.startswith("VmHWM:"):
                    peak = int(line.split()[1]) * 1024
            time.sleep(0.005)
    assert process.returncode == 0, process.returncode
    return peak, json.loads((HERE / "peak.json").read_text())


class Run:
    """One run of watch over datagrams: its report, and the records it kept, as the store has them
    and as JSON lines.  Every flow is selected, by a list of the servers used here."""

    def __init__(self, datagrams, *arguments):
        listed, store, lines = (HERE / name for name in ("listed.txt", "run.sqlite", "run.jsonl"))
        listed.write_text("203.0.113.0/24\n")
        store.unlink(missing_ok=True)
        done = run("watch", "--read", "exports", "--quiet", "--indicators", listed, "--store",
                   store, "--records", lines, "--json", "-", *arguments, file_of(datagrams))
        assert done.returncode == 0, (done.returncode, done.stderr.decode())
        self.report = json.loads(done.stdout)
        self.exporters = self.report["exporters"]
        self.lines = [json.loads(line) for line in lines.read_text().splitlines()]
        with contextlib.closing(sqlite3.connect(store)) as database:
            database.row_factory = sqlite3.Row
            self.records = [dict(row) for row in
                            database.execute("SELECT * FROM flow ORDER BY start_ns")]

    def counted(self, stage, reason):
        return sum(row["count"] for row in self.report["counters"]
                   if row["stage"] == stage and row["reason"] == reason)

    def servers(self):
        return {row["subject"]["address"] for row in self.report["findings"]
                if row["kind"] == "command_server" and row["rule"].startswith("beacon")}


def findings(datagrams, *arguments):
    """By behaviour alone: without a list."""
    done = run("watch", "--read", "exports", "--quiet", "--no-store", "--json", "-", *arguments,
               file_of(datagrams))
    assert done.returncode == 0, (done.returncode, done.stderr.decode())
    return json.loads(done.stdout)


def servers_of(report):
    return {row["subject"]["address"] for row in report["findings"]
            if row["kind"] == "command_server"}


def table(datagrams, *arguments):
    """What a person reads, with its lines joined."""
    done = run("watch", "--read", "exports", "--no-store", "--language", "en", *arguments,
               file_of(datagrams))
    assert done.returncode == 0, (done.returncode, done.stderr.decode())
    return " ".join(done.stdout.decode().split())


def inspect(datagrams):
    done = run("inspect", "--json", file_of(datagrams))
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)["exporters"]


def problems(exporter):
    return {problem["name"] for problem in exporter["problems"]}


# Listening

def counted(report, stage, reason):
    return sum(row["count"] for row in report["counters"]
               if row["stage"] == stage and row["reason"] == reason)


class Listener:
    """watch that listens, and one exporter to send to it."""

    def __init__(self, transport, *arguments, port=0, sender_port=0):
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        if port == 0:
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
        self.port, self.errors = port, b""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", sender_port))
        self.process = subprocess.Popen(
            [SEKISHO, "watch", "--listen", f"{transport}:127.0.0.1:{port}", "--store",
             HERE / "listened.sqlite", "--quiet", "--json", "-", *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
        self.wait_until_bound("udp" if transport == "udp" else "tcp")

    def wait_until_bound(self, transport):
        deadline, words = time.monotonic() + 20, f":{self.port:04X} "
        while words not in pathlib.Path(f"/proc/net/{transport}").read_text():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline, "it does not listen"
            time.sleep(0.02)
        time.sleep(0.3 if not SANITIZED else 1)  # from being bound to reading

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def send(self, messages):
        for message in messages:
            self.socket.sendto(message, ("127.0.0.1", self.port))
        time.sleep(0.3)

    def end(self):
        self.process.send_signal(signal.SIGINT)
        out, self.errors = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, (self.process.returncode, self.errors.decode())
        return json.loads(out.splitlines()[-1])


def ipfix_over_tcp(port, messages):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for message in messages:
            connection.sendall(message)
            time.sleep(0.02)
        time.sleep(0.3)
