#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a sceptic runs: the same traffic in another order, by other numbers of workers, over a
restart, a kill, a full disk and three sensors gives the same findings; and what was kept for it
tells nobody anything.  Prints TAP.
usage: sceptic.py SEKISHO SCENARIOS"""

import ipaddress
import itertools
import json
import os
import pathlib
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

SEKISHO, SCENARIOS = sys.argv[1], pathlib.Path(sys.argv[2])
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-sceptic-"))
ENVIRONMENT = dict(os.environ, XDG_STATE_HOME=str(HERE / "home"), LC_ALL="C.UTF-8")
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
    ENVIRONMENT[name] = "exitcode=99:halt_on_error=1:" + os.environ.get(name, "")
# Scores rest on estimates of how many lines there are; each worker makes its own of those it
# sees, and what was estimated when a pair was judged depends on what came before.
SCORES_APART = 3.0
MEMORY = ("--memory", "512M")
SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6


def run(*arguments, **more):
    return subprocess.run([SEKISHO, *map(str, arguments)], capture_output=True, timeout=120,
                          env=ENVIRONMENT, check=False, **more)  # fmt: skip


def watch(*arguments, **more):
    """With the installation's secret, so that every run's keys are the same."""
    return run("watch", "--store", HERE / "store.sqlite", "--quiet", "--json", "-", *MEMORY,
               *arguments, **more)  # fmt: skip


def report(*arguments):
    done = watch(*arguments)
    assert done.returncode == 0, (done.returncode, done.stderr.decode())
    return json.loads(done.stdout)


def findings(*arguments):
    """By id: kind, subject and shape; and the score."""
    return {each["id"]: (each["kind"], each["subject"].get("address") or each["subject"]["name"],
                         each["shape"], each["score"])
            for each in report(*arguments)["findings"]}  # fmt: skip


def check_same(found, wanted, apart=SCORES_APART):
    missing = [wanted[one] for one in wanted.keys() - found.keys()]
    added = [found[one] for one in found.keys() - wanted.keys()]
    assert not missing and not added, ("missing", missing, "too many", added)
    for one, row in found.items():
        assert row[:3] == wanted[one][:3], (row, wanted[one])
        assert abs(row[3] - wanted[one][3]) <= apart, (row, wanted[one])


class Capture:
    """A scenario, played: blocks before the packets, and packets with their times."""

    def __init__(self, name):
        self.path = HERE / f"{name}.pcapng"
        self.networks = HERE / f"{name}.networks.yaml"
        truth = HERE / f"{name}.truth.json"
        done = run("simulate", SCENARIOS / f"{name}.yaml", "-o", self.path, "--truth", truth,
                   "--networks", self.networks, "--quiet")  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        self.truth = json.loads(truth.read_text())
        self.start_s = None
        self.head, self.packets = b"", []
        octets, at = self.path.read_bytes(), 0
        while at < len(octets):
            kind, size = struct.unpack_from("<II", octets, at)
            block = octets[at : at + size]
            if kind == PACKET:
                high, low = struct.unpack_from("<II", block, 12)
                self.packets.append(((high << 32 | low) / 1e9, block))
            else:
                assert kind in (SECTION, INTERFACE), kind
                self.head += block
            at += size

    def write(self, name, packets):
        path = HERE / name
        path.write_bytes(self.head + b"".join(block for _, block in packets))
        return path

    def by_time(self, parts):
        """Files one after the other in time, with as many packets each."""
        size = -(-len(self.packets) // parts)
        return [self.write(f"{self.path.stem}-{i}-of-{parts}.pcapng",
                           self.packets[i * size : (i + 1) * size])
                for i in range(parts)]  # fmt: skip

    def by_line(self, parts):
        """What as many sensors see: the lines of each, and none of the others'."""
        seen = [[] for _ in range(parts)]
        for packet in self.packets:
            line = self.line_of(packet[1])
            for i in range(parts):
                if line is None or line % parts == i:
                    seen[i].append(packet)
        return [self.write(f"{self.path.stem}-sensor-{i}.pcapng", seen[i]) for i in range(parts)]

    def line_of(self, block):
        ends = struct.unpack_from(">II", block, 28 + 14 + 12)
        own = ipaddress.ip_network("198.18.0.0/18")
        return next((end for end in ends if ipaddress.ip_address(end) in own), None)

    def servers(self, name):
        """What is to be found of an actor."""
        rows = [row for kind in ("botnets", "relays", "scans", "floods", "tunnels")
                for row in self.truth[kind] if row["name"] == name]  # fmt: skip
        return {server["address"] for row in rows for server in row["servers"]}


def fresh(name):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


TOWN, SENSORS = Capture("town"), Capture("sensors")
OF_TOWN = ("--networks", TOWN.networks)
OF_SENSORS = ("--networks", SENSORS.networks)
WHOLE = findings(*OF_TOWN, TOWN.path)


def one_of_each_is_found_in_the_whole():
    kinds = sorted((kind, shape) for kind, _, shape, _ in WHOLE.values())
    assert ("flood", "syn") in kinds, kinds
    assert [kind for kind, _ in kinds].count("scanner") == 2, kinds
    told = {row[1] for row in WHOLE.values() if row[0] == "command_server"}
    assert told == TOWN.servers("heron") | TOWN.servers("owl"), told


def the_same_twice_is_the_same_to_the_last_digit():
    check_same(findings(*OF_TOWN, TOWN.path), WHOLE, apart=0)


def three_files_in_any_order_are_one():
    for order in itertools.permutations(TOWN.by_time(3)):
        check_same(findings(*OF_TOWN, *order), WHOLE, apart=0)


def several_workers_find_what_one_finds():
    for workers in (2, 8):
        for _ in range(2):  # threads are not the same twice
            check_same(findings(*OF_TOWN, "--workers", workers, TOWN.path), WHOLE)


def a_restart_in_the_middle_loses_no_finding():
    for workers in (1, 2):
        folder, share = fresh("restart"), ("--workers", workers)
        first, second = TOWN.by_time(2)
        before = findings(*OF_TOWN, *share, "--state", folder, first)
        after = findings(*OF_TOWN, *share, "--state", folder, second)
        alone = findings(*OF_TOWN, *share, second)
        owl = {one for one, row in WHOLE.items() if row[1] in TOWN.servers("owl")}
        assert owl and not owl & before.keys() and not owl & alone.keys(), "found by a half"
        assert owl <= after.keys(), after
        missing = WHOLE.keys() - (before.keys() | after.keys())
        assert not missing, [WHOLE[one] for one in missing]
        added = (before.keys() | after.keys()) - WHOLE.keys()
        assert not added, [after.get(one, before.get(one)) for one in added]


def kept_state():
    folder = fresh("kept")
    report(*OF_TOWN, "--state", folder, TOWN.by_time(2)[0])
    (path,) = folder.iterdir()
    return folder, path


def check_refused(done, *words):
    told = done.stderr.decode()
    assert done.returncode == 1, (done.returncode, told)
    assert all(word in told for word in words), told


def follow_and_kill(folder, path, delay):
    """Begins again from the first half, and is killed some time after it kept the second."""
    inode = path.stat().st_ino
    arguments = ["watch", "--store", HERE / "store.sqlite", "-q", "--json", HERE / "o.json",
                 *MEMORY, *OF_TOWN, "--follow", "--every", "1s", "--state-every", "1s",
                 "--state", folder, TOWN.by_time(2)[1]]  # fmt: skip
    with subprocess.Popen([SEKISHO, *map(str, arguments)], env=ENVIRONMENT,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as going:  # fmt: skip
        until = time.monotonic() + 30
        while path.stat().st_ino == inode and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(delay)
        going.send_signal(signal.SIGKILL)
    assert path.stat().st_ino != inode, "nothing was kept of live input"


def a_kill_leaves_a_state_that_is_whole():
    folder, path = kept_state()
    whole = path.read_bytes()
    last = TOWN.write("last.pcapng", TOWN.packets[-1:])
    for delay in (0, 0.97, 0.99, 1.01, 1.03):  # it is written again after a second
        path.write_bytes(whole)
        follow_and_kill(folder, path, delay)
        found = findings(*OF_TOWN, "--state", folder, last)
        assert TOWN.servers("owl") <= {row[1] for row in found.values()}, (delay, found)
        for each in folder.iterdir():
            if each != path:
                assert delay > 0, each  # what was being written beside
                each.unlink()


def a_state_that_is_not_whole_is_refused():
    folder, path = kept_state()
    whole = path.read_bytes()
    middle = len(whole) // 2
    changed = {
        "nothing": b"",
        "cut": whole[:middle],
        "without its last octet": whole[:-1],
        "one bit": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "more after it": whole + whole[-40:],
        "of another program": b"PK\x03\x04" + whole[4:],
    }
    for told, octets in changed.items():
        path.write_bytes(octets)
        done = watch(*OF_TOWN, "--state", folder, TOWN.path)
        check_refused(done, str(path))
        assert path.read_bytes() == octets, (told, "was overwritten")
        check_refused(watch(*OF_TOWN, "--join", folder, TOWN.path), str(path))


def the_state_of_another_installation_or_size_is_refused():
    folder, path = kept_state()
    whole = path.read_bytes()
    environment = dict(ENVIRONMENT, XDG_STATE_HOME=str(HERE / "stranger"))
    done = subprocess.run([SEKISHO, "watch", "-q", *MEMORY, "--store", HERE / "other.sqlite",
                           "--state", folder, TOWN.path], env=environment, capture_output=True,
                          check=False, timeout=60)  # fmt: skip
    check_refused(done, str(path))
    check_refused(watch(*OF_TOWN, "--memory", "300M", "--state", folder, TOWN.path), "memory")
    (folder / "1-of-2.state").write_bytes(whole)
    check_refused(watch(*OF_TOWN, "--workers", 2, "--state", folder, TOWN.path), "workers")
    (folder / "1-of-2.state").unlink()
    check_refused(watch(*OF_TOWN, "--workers", 2, "--state", folder, TOWN.path), "workers")
    assert path.read_bytes() == whole


def a_full_disk_keeps_the_state_of_before():
    folder, path = kept_state()
    whole = path.read_bytes()

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) // 2,) * 2)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    second = TOWN.by_time(2)[1]
    done = watch(*OF_TOWN, "--state", folder, second, preexec_fn=little_room)
    check_refused(done, str(path))
    assert path.read_bytes() == whole
    assert [each.name for each in folder.iterdir()] == [path.name], list(folder.iterdir())


def three_sensors_find_together_what_none_finds_alone():
    whole = findings(*OF_SENSORS, SENSORS.path)
    wanted = {one for one, row in whole.items() if row[1] in SENSORS.servers("owl")}
    assert len(wanted) == 1, whole
    for workers in (1, 2):
        share, joins = ("--workers", workers), []
        for i, part in enumerate(SENSORS.by_line(3)):
            folder = fresh(f"sensor-{i}")
            alone = findings(*OF_SENSORS, *share, "--state", folder, part)
            assert not wanted & alone.keys(), ("sensor", i, alone)
            joins += ["--join", folder]
        check_same(findings(*OF_SENSORS, *share, *joins), whole)


def what_is_kept_tells_nobody_anything():
    folder, _ = kept_state()
    kept = b"".join(path.read_bytes() for path in folder.iterdir())
    assert all(path.stat().st_mode & 0o077 == 0 for path in (folder, *folder.iterdir()))
    lines = {line for row in TOWN.truth["botnets"] for line in row["lines"]}
    names = {server["name"] for row in TOWN.truth["botnets"] for server in row["servers"]}
    assert lines and names
    for line in lines:
        address = ipaddress.ip_address(line)
        for mark in (line.encode(), bytes(15 - 5) + b"\xff\xff" + address.packed):
            assert mark not in kept, line
    for name in names:
        wire = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
        assert name.encode() not in kept and wire[1:] not in kept, name


TESTS = [one_of_each_is_found_in_the_whole, the_same_twice_is_the_same_to_the_last_digit,
         three_files_in_any_order_are_one, several_workers_find_what_one_finds,
         a_restart_in_the_middle_loses_no_finding, a_kill_leaves_a_state_that_is_whole,
         a_state_that_is_not_whole_is_refused,
         the_state_of_another_installation_or_size_is_refused,
         a_full_disk_keeps_the_state_of_before,
         three_sensors_find_together_what_none_finds_alone,
         what_is_kept_tells_nobody_anything]  # fmt: skip


def main():
    failed = 0
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except (AssertionError, OSError, subprocess.TimeoutExpired, ValueError) as problem:
            failed += 1
            told = repr(problem).replace("\n", "\n# ")
            print(f"not ok {number} - {test.__name__}\n# {told[:1500]}", flush=True)
    shutil.rmtree(HERE, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
