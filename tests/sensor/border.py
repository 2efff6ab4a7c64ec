# SPDX-License-Identifier: Apache-2.0
"""A sensor in a folder of its own, its warrants, and an exporter that feeds it over loopback."""

import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENVIRONMENT = {"SEKISHO_LAW_DIR": str(ROOT / "law"), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
LISTED, OTHER, OWN = "198.51.100.7", "203.0.113.9", "192.0.2.5"

SCOPES = {"own": "scope own-network\nreveals line",
          "exercise": "scope foreign-to-domestic, domestic-to-foreign\nreveals server"}


def rfc3339(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Border:
    """The folder: configuration, keys, trust, warrants, state."""

    def __init__(self, sekisho, basis="own", **settings):
        self.sekisho, self.basis = sekisho, basis
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-sensor-"))
        self.folder.chmod(0o755)
        self.warrants, self.state = self.folder / "warrants", self.folder / "state"
        self.warrants.mkdir()
        self.state.mkdir()
        self.environment = dict(ENVIRONMENT, XDG_STATE_HOME=str(self.state))
        (self.folder / "list.txt").write_text(LISTED + "\n")
        self.port = free_port()
        self.config = self.folder / "sensor.yaml"
        self.configure(**settings)
        self.key = self.folder / "owner.key"
        self.trust(self.make_key(self.key))

    def configure(self, sources=None, **settings):
        lines = [f"basis: {self.basis}", "sources:"]
        for name, value in (sources or {"listen": f'["udp:127.0.0.1:{self.port}"]'}).items():
            lines.append(f"  {name}: {value}")
        settings = dict({"warrants": self.warrants, "trust": self.folder / "trust.yaml",
                         "indicators": f"[{self.folder}/list.txt]", "memory_mib": 64,
                         "state": self.state}, **settings)
        lines += [f"{name}: {value}" for name, value in settings.items()]
        self.config.write_text("\n".join(lines) + "\n")

    def run(self, *arguments, check=True, **more):
        done = subprocess.run([self.sekisho, *map(str, arguments)], capture_output=True, text=True,
                              env=self.environment, check=False, **more)  # fmt: skip
        assert not check or done.returncode == 0, (arguments, done.returncode, done.stderr)
        return done

    def make_key(self, path):
        """Its public part."""
        self.run("key", "generate", "--name", "owner.example", "--no-passphrase", path)
        return self.run("key", "show", path).stdout.split()[-1]

    def trust(self, public):
        role = {"own": "owner", "exercise": "exercise-controller"}[self.basis]
        (self.folder / "trust.yaml").write_text(f"keys:\n  - key: {public}\n    role: {role}\n")

    def selector(self):
        path = self.folder / "listed.selector"
        today = time.time()
        valid = [rfc3339(today + days * 86400)[:10] for days in (-30, 30)]
        path.write_text(f"""selector "listed" version 1
purpose "exercise"
basis "{self.basis}"
owner "tests"
valid {valid[0]} to {valid[1]}
{SCOPES[self.basis]}
when server in list "list"
then record keep 30 days
limit 500 servers per day
""")
        return path

    def warrant(self, serial, start, end):
        """Signed, and put into the folder at once."""
        made = self.folder / f"{serial}.json"
        self.run("warrant", "draft", "--serial", serial, "--basis", self.basis, "--issuer", "owner",
                 "--issued", rfc3339(min(start, time.time() - 60)), "--from", rfc3339(start), "--to", rfc3339(end),
                 "--output", made, self.selector())
        self.run("warrant", "sign", "--yes", "--key", self.key, made)
        made.rename(self.warrants / f"{serial}.json")

    def revoke(self, serial):
        made = self.folder / f"{serial}.revoked"
        self.run("warrant", "revoke", "--yes", "--key", self.key, "--reason", "a test", "--output",
                 made, self.warrants / f"{serial}.json")
        made.rename(self.warrants / f"{serial}.revoked")

    def verify(self):
        ledger = self.state / "sekisho"
        done = self.run("verify", "--json", "--key", ledger / "ledger.pub", ledger / "ledger", check=False)
        assert done.returncode in (0, 3), done
        return json.loads(done.stdout)

    def entries(self, kind=None):
        """Of the ledger, in order, read without the program."""
        folder = self.state / "sekisho/ledger/tile/entries"
        if not (self.state / "sekisho/ledger/checkpoint").exists():
            return []
        size = int((self.state / "sekisho/ledger/checkpoint").read_text().split("\n")[1])
        found = []
        for tile in sorted(folder.rglob("*"), key=lambda path: (path.parent.name + path.name)):
            if tile.is_file():
                number, width = place(tile.relative_to(folder))
                octets = tile.read_bytes()
                rows, at = [], 0
                while at < len(octets):
                    length = int.from_bytes(octets[at : at + 2], "big")
                    rows.append(json.loads(octets[at + 2 : at + 2 + length]))
                    at += 2 + length
                found.append((number, width, rows))
        rows = []
        for number in sorted({number for number, _, _ in found}):
            rows += max((width, rows) for n, width, rows in found if n == number and width)[1]
        rows = rows[:size]
        return [row for row in rows if kind in (None, row["kind"])]

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def place(path):
    """Number and width of a bundle: x001/234 or 001.p/44."""
    parts = [part for part in path.parts]
    width = 256
    if len(parts) > 1 and parts[-2].endswith(".p"):
        width = int(parts.pop())
        parts[-1] = parts[-1][:-2]
    return int("".join(part.lstrip("x") for part in parts)), width


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Sensor:
    """A running one, heard through its service manager's socket."""

    def __init__(self, border, environment=(), prefix=(), program=None):
        self.border = border
        self.lock = threading.Lock()
        self.ready, self.statuses, self.stopped = threading.Event(), [], False
        path = border.folder / "notify"
        path.unlink(missing_ok=True)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(path))
        path.chmod(0o777)
        self.log = open(border.folder / "log", "ab")
        self.process = subprocess.Popen(
            [*prefix, program or border.sekisho, "sensor", "-c", str(border.config)],
            env=dict(border.environment, NOTIFY_SOCKET=str(path), **dict(environment)),
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        while True:
            words = self.notify.recv(4096).decode()
            if not words:
                return
            with self.lock:
                if words.startswith("STATUS="):
                    self.statuses.append((time.time(), words[7:]))
                if words == "READY=1":
                    self.ready.set()

    def wait_ready(self, seconds=20):
        assert self.ready.wait(seconds), self.words()
        return self

    def words(self):
        return (self.border.folder / "log").read_text()[-2000:]

    def acknowledged(self):
        """Entries and records, as last told."""
        with self.lock:
            for _, words in reversed(self.statuses):
                found = re.search(r"acknowledged: (\d+) entries, (\d+) records", words)
                if found:
                    return int(found[1]), int(found[2])
        return 0, 0

    def collector(self):
        """Its process; the keeper's only child."""
        try:
            path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
            found = pathlib.Path(path).read_text().split()
        except OSError:
            return None
        return int(found[0]) if found else None

    def stop(self, seconds=20):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds=20):
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("it does not end: " + self.words()) from None
        self.close()
        self.code = code
        return code

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.close()

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
            try:
                one.sendto(b"", str(self.border.folder / "notify"))
            except OSError:
                pass
        self.thread.join(2)
        self.notify.close()
        self.log.close()


class Exporter:
    """NetFlow 5: one listed flow and one other in each message, of now."""

    def __init__(self, border, pause=0.01):
        self.to, self.pause, self.sent = ("127.0.0.1", border.port), pause, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.going = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def message(self):
        now = time.time()
        head = struct.pack(">HHIIIIBBH", 5, 2, 3000, int(now), int(now % 1 * 1e9), self.sent, 0,
                           0, 0x4001)  # all packets were counted
        rows = b"".join(struct.pack(
            ">4s4s4sHHIIIIHHBBBBHHBBH", socket.inet_aton(OWN), socket.inet_aton(to), bytes(4), 1, 2, 10,
            1000, 2900, 3000, 1024 + self.sent % 60000, 443, 0, 0x1B, 6, 0, 0, 0, 24, 24, 0)
            for to in (LISTED, OTHER))
        return head + rows

    def run(self):
        while self.going:
            try:
                self.socket.sendto(self.message(), self.to)
                self.sent += 2
            except OSError:
                pass
            time.sleep(self.pause)

    def stop(self):
        self.going = False
        self.thread.join()
        self.socket.close()
