#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writers of the ledger under bad conditions: several at once, a full disk, files that may not
grow, and a loss of power at any moment.  Prints TAP.
usage: writers.py SEKISHO LEDGER_WRITE"""

import collections
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

import crash
import stranger

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import tap  # noqa: E402

SEKISHO, WRITE = sys.argv[1:3]
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # its fsync costs nothing
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-writers-", dir=MEMORY))
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8")
for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
    ENVIRONMENT[variable] = "exitcode=99:halt_on_error=1:" + os.environ.get(variable, "")
# strace and the leak checker are both tracers.
ENVIRONMENT["ASAN_OPTIONS"] += ":detect_leaks=0"
NAME = "example.org/ledger"
CHANCE = random.Random(42)


def run(*arguments, check=True):
    done = subprocess.run([*map(str, arguments)], capture_output=True, text=True,
                          env=ENVIRONMENT, check=False)  # fmt: skip
    assert not check or done.returncode == 0, (arguments, done.stderr)
    return done


KEY = run(WRITE, "key", NAME, 7).stdout.strip()


def verify(folder):
    done = run(SEKISHO, "verify", "--json", "--key", KEY, folder, check=False)
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout)


def entries(folder):
    return [json.loads(entry) for entry in stranger.verify(pathlib.Path(folder), KEY)]


def start(folder, count, batch, tag="test", **options):
    command = [WRITE, "journal", folder, NAME, "7", str(count), str(batch), tag]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT,
                            **options)  # fmt: skip


def several_writers_at_once_all_succeed():
    folder, short = HERE / "several", 12
    with start(folder, 200, 5, "long") as long:
        assert long.stdout.readline()
        began = time.monotonic()
        others = [start(folder, 3, 3, f"short{i}") for i in range(short)]
        for other in others:
            other.communicate()
            assert other.returncode == 0
        print(f"# {short} short writers beside a long one: {time.monotonic() - began:.2f} s")
        long.communicate()
        assert long.returncode == 0
    told = collections.defaultdict(list)
    for entry in entries(folder):
        told[entry["reason"]].append(entry["records"])
    assert told.pop("long") == list(range(200))
    assert len(told) == short and all(found == [0, 1, 2] for found in told.values())


def wait_for(writer, word):
    acknowledged = 0
    for line in writer.stdout:
        what, number = line.split()
        if what == "acknowledged":
            acknowledged = int(number)
        if what == word:
            return acknowledged
    raise AssertionError(f"no {word}")


def fill(folder, left):
    """So that about that many octets are left."""
    status = os.statvfs(folder)
    with open(folder / "filler", "wb") as file:
        file.write(bytes(max(0, status.f_bavail * status.f_frsize - left)))


def a_full_disk_stops_what_needs_a_record_and_loses_nothing():
    disk = HERE / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk,
                                check=False).returncode:  # fmt: skip
        raise tap.Skipped("a small file system needs root")
    try:
        for left in (200_000, 40_000, 12_000, 4096):
            fill(disk, left)
            folder = disk / f"log{left}"
            if left == 4096:  # on a log that has something already
                folder = disk / "log200000"
            before = len(entries(folder)) if folder.exists() else 0
            with start(folder, 3000, 100) as writer:
                acknowledged = wait_for(writer, "held")
                report = verify(folder)
                assert report["entries"] >= before + acknowledged, (left, report, acknowledged)
                time.sleep(0.2)
                assert len(entries(folder)) == report["entries"]
                (disk / "filler").unlink()
                assert wait_for(writer, "acknowledged") > acknowledged
                writer.communicate()
                assert writer.returncode == 0
            found = [entry["records"] for entry in entries(folder)][before:]
            assert found == list(range(3000)), (left, len(found))
            print(f"# {left} octets left: stopped at {acknowledged} of 3000, none lost")
            for other in disk.glob("log*"):
                if other != disk / "log200000":
                    shutil.rmtree(other)
    finally:
        run("umount", disk)


def a_limit_on_files_is_as_a_full_disk():
    folder = HERE / "limited"
    with start(folder, 400, 20, preexec_fn=limit_files) as writer:
        acknowledged = wait_for(writer, "held")
        writer.kill()
    report = verify(folder)
    assert report["entries"] >= acknowledged > 0
    print(f"# files of at most 8192 octets: stopped at {acknowledged}")
    run(WRITE, "journal", folder, NAME, 7, 10, 10)
    assert verify(folder)["entries"] >= acknowledged + 10


def limit_files():
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))


def check_after(disk, keeps, what):
    """What is left is a log with all that was acknowledged, and the writer goes on with it."""
    left = HERE / "left"
    shutil.rmtree(left, ignore_errors=True)
    disk.write_to(left, keeps)
    if disk.acknowledged == 0 and not (left / "checkpoint").exists():
        return 0
    size = verify(left)["entries"]
    assert size >= disk.acknowledged, (what, size, disk.acknowledged)
    run(WRITE, "run", left, NAME, 7, 1, 1)
    assert [entry["records"] for entry in entries(left)] == list(range(size + 1)), what
    return 1


# What is kept of what is not durable: nothing, all, or any part of it.
KEEPERS = {
    "nothing": lambda: False,
    "everything": lambda: True,
    "a part": lambda: CHANCE.random() < 0.5,
}


def traced(folder, *arguments):
    if not shutil.which("strace"):
        raise tap.Skipped("strace is not installed")
    return crash.calls([WRITE, "run", folder, NAME, 7, *arguments], folder, ENVIRONMENT)


def a_loss_of_power_at_any_moment_loses_nothing_acknowledged():
    folder = HERE / "power"
    folder.mkdir()
    disk, checked = crash.Disk(), 0
    calls = traced(folder, 300, 60)
    for number, call in enumerate(calls):
        disk.do(call)
        for name, keeps in KEEPERS.items():
            checked += check_after(disk, keeps, (number, call[:2], name))
    assert disk.acknowledged == 300 and checked > 300
    print(f"# {len(calls)} calls, {checked} losses of power tried")


def what_a_killed_writer_left_undurable_is_no_danger():
    checked = 0
    base = HERE / "base"
    base.mkdir()
    begun = traced(base, 250, 250)
    for number in range(10_000):
        folder, again = HERE / f"first{number}", HERE / f"again{number}"
        shutil.copytree(base, folder)
        calls, disk = traced(folder, 10, 10), crash.Disk()
        for call in begun + calls[:number]:
            disk.do(call)
        disk.write_to(again, lambda: True)  # a kill loses nothing of the memory of the kernel
        for call in traced(again, 10, 10):
            disk.do(call)
            if call[1] == "acknowledged":
                for name, keeps in KEEPERS.items():
                    checked += check_after(disk, keeps, (number, name))
        shutil.rmtree(folder)
        shutil.rmtree(again)
        if number > len(calls):
            break
    assert checked > 100
    print(f"# {checked} losses of power after a kill tried")


def the_model_finds_a_writer_that_does_not_sync():
    folder = HERE / "careless"
    folder.mkdir()
    disk = crash.Disk()
    for call in traced(folder, 10, 5):
        if call[0] != "fsync":
            disk.do(call)
    try:
        check_after(disk, KEEPERS["nothing"], "careless")
    except AssertionError:
        return
    raise AssertionError("nothing was lost")


TESTS = [
    several_writers_at_once_all_succeed,
    a_full_disk_stops_what_needs_a_record_and_loses_nothing,
    a_limit_on_files_is_as_a_full_disk,
    the_model_finds_a_writer_that_does_not_sync,
    a_loss_of_power_at_any_moment_loses_nothing_acknowledged,
    what_a_killed_writer_left_undurable_is_no_danger,
]

failed = tap.Tests(*TESTS).run()
shutil.rmtree(HERE, ignore_errors=True)
sys.exit(failed)
