# SPDX-License-Identifier: Apache-2.0
"""A server of src/http for tests, raw requests to it, and what came back."""
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path


class Skipped(Exception):
    pass


class Server:
    """The program of server.c with settings NAME=VALUE."""

    def __init__(self, program, **settings):
        words = [f"{name}={value}" for name, value in settings.items()]
        # Where it was built with sanitizers, a complaint ends it.
        environment = dict(os.environ, UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1")
        self.process = subprocess.Popen([program, *words], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True,
                                        env=environment)  # fmt: skip
        line = self.process.stdout.readline()
        assert line, "the server did not start"
        self.port = int(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """What it told at its end: every answer was told, every stream was done with."""
        if self.process.poll() is None and not self.process.stdin.closed:
            self.last = dict(counts_in(self.process.communicate("stop\n", timeout=60)[0]))
            assert self.process.returncode == 0, f"it ended with {self.process.returncode}"
            assert self.last["opened"] == self.last["done"], self.last
        return self.last

    def say(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def counts(self):
        return dict(counts_in(self.say("counts")))

    def wait_for(self, seconds=5, **wanted):
        """Its counters, once they are as wanted: what clients see goes before."""
        end = time.monotonic() + seconds
        while True:
            counts = self.counts()
            if all(counts[name] == number for name, number in wanted.items()):
                return counts
            assert time.monotonic() < end, f"{wanted}: {counts}"
            time.sleep(0.05)

    def memory(self):
        """Resident memory at most and now, in MiB."""
        found = re.findall(r"Vm(\w+):\s+(\d+) kB", self.say("memory"))
        return {name: int(number) / 1024 for name, number in found}

    def connect(self, timeout=10):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def ask(self, octets, timeout=10):
        """All answers to the octets, and whether the server closed."""
        with self.connect(timeout) as to:
            try:
                to.sendall(octets)
            except OSError:
                pass
            return answers_of(to)

    def get(self, path, *fields, method="GET", body=b""):
        return self.ask(request(path, *fields, method=method, body=body))[0][0]


def counts_in(line):
    return [(name, int(number)) for name, number in re.findall(r"(\w+)=(\d+)", line)]


def request(path, *fields, method="GET", body=b"", last=True):
    lines = [f"{method} {path} HTTP/1.1", "Host: sekisho.example", *fields]
    if last:
        lines.append("Connection: close")
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Answer:
    def __init__(self, head):
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(first.split(" ")[1])
        self.fields = {}
        for line in lines:
            name, value = line.split(": ", 1)
            self.fields.setdefault(name.lower(), []).append(value)
        self.body, self.is_whole = b"", True

    def field(self, name):
        return ", ".join(self.fields.get(name.lower(), [])) or None

    def read_body(self, rest, is_head=False):
        """Takes its body off the front of rest, strictly."""
        if is_head or self.status in (204, 304) or self.status < 200:
            return rest
        if self.field("Transfer-Encoding") == "chunked":
            return self.read_chunks(rest)
        if self.field("Content-Length") is None:
            self.body = rest
            return b""
        length = int(self.field("Content-Length"))
        self.body, self.is_whole = rest[:length], len(rest) >= length
        return rest[length:]

    def read_chunks(self, rest):
        pieces = []
        while True:
            found = re.match(rb"([0-9a-f]{1,8})\r\n", rest)
            if not found:
                break
            length, start = int(found.group(1), 16), found.end()
            pieces.append(rest[start:start + length])
            if rest[start + length:start + length + 2] != b"\r\n":
                break
            rest = rest[start + length + 2:]
            if length == 0:
                self.body = b"".join(pieces)
                return rest
        self.body, self.is_whole = b"".join(pieces), False
        return b""


def answers_in(octets, heads=()):
    """heads: numbers of answers to HEAD."""
    answers = []
    while octets:
        head, end, octets = octets.partition(b"\r\n\r\n")
        assert end, f"no whole head: {head[:200]}"
        answer = Answer(head)
        octets = answer.read_body(octets, len(answers) in heads)
        answers.append(answer)
    return answers


def read_all(connection):
    """What came until the other side ended, and how it did: "end", "reset", "silence"."""
    pieces = []
    while True:
        try:
            piece = connection.recv(65536)
        except TimeoutError:
            return b"".join(pieces), "silence"
        except ssl.SSLError as error:
            return b"".join(pieces), f"tls {error.reason}"
        except OSError:
            return b"".join(pieces), "reset"
        if not piece:
            return b"".join(pieces), "end"
        pieces.append(piece)


def answers_of(connection):
    octets, how = read_all(connection)
    return answers_in(octets), how


def run_tests(tests, *arguments):
    failed = 0
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        title = f"{number} - {test.__name__}"
        try:
            test(*arguments)
            print(f"ok {title}", flush=True)
        except Skipped as why:
            print(f"ok {title} # SKIP {why}", flush=True)
        except Exception as error:  # any is a failure of this test, and the others go on
            failed += 1
            print(f"not ok {title}")
            words = f"{type(error).__name__}: {error}"
            print("\n".join("# " + line for line in words.splitlines()), flush=True)
    return 1 if failed else 0


def main(tests):
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    with tempfile.TemporaryDirectory(prefix="sekisho-http-") as name:
        return run_tests(tests, sys.argv[1], Path(name))
