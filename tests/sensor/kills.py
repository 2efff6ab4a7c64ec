#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A sensor under load whose processes are killed at any moment, many times: what was acknowledged
is there afterwards, the ledger is whole, each silence is an entry.  Then a full disk.  Needs root,
for a network namespace of its own.  Prints TAP.
usage: kills.py SEKISHO    SENSOR_KILLS: how many (default 12), SENSOR_SEED"""

import ctypes
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import time
import traceback

import traffic
from border import Border, Sensor

SEKISHO = str(pathlib.Path(sys.argv[1]).resolve())
KILLS = int(os.environ.get("SENSOR_KILLS", "12"))
CHANCE = random.Random(int(os.environ.get("SENSOR_SEED", "4")))
CLONE_NEWNS = 0x20000


def store_path(border):
    return border.state / "sekisho/sensor.sqlite"


def count_records(border):
    with sqlite3.connect(f"file:{store_path(border)}?mode=ro", uri=True) as store:
        return store.execute("SELECT count(*) FROM flow").fetchone()[0]


def stray(border):
    """Records of no warrant, or of a time when none was in force."""
    with sqlite3.connect(f"file:{store_path(border)}?mode=ro", uri=True) as store:
        return store.execute("SELECT count(*) FROM flow WHERE warrant <> 'W-1'").fetchone()[0]


def kill_collector(sensor):
    process = sensor.collector()
    if process:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            return False
    return bool(process)


class Tally:
    """What was acknowledged, over all lives of the keeper."""

    def __init__(self):
        self.entries = self.records = self.keepers = self.collectors = 0

    def close(self, sensor):
        entries, records = sensor.acknowledged()
        self.entries = max(self.entries, entries)
        self.records += records


def killed_at_any_moment_it_loses_nothing_it_acknowledged():
    border = Border(SEKISHO, sources={"interfaces": "[lo]"}, idle_seconds=1)
    now = time.time()
    border.warrant("W-1", now - 60, now + 86400)
    tally, connections = Tally(), traffic.Connections(0.002)
    sensor = Sensor(border).wait_ready()
    for number in range(KILLS):
        time.sleep(CHANCE.uniform(0, 1.5))
        if CHANCE.random() < 0.5:
            tally.collectors += kill_collector(sensor)
            continue
        sensor.kill()
        tally.close(sensor)
        tally.keepers += 1
        sensor = Sensor(border)
        if number % 50 == 0:
            assert border.verify()["wrong"] is None
    assert sensor.wait_ready(60)
    time.sleep(3)
    connections.stop()
    assert sensor.stop() == 0, sensor.words()
    tally.close(sensor)
    check(border, tally)
    border.remove()


def check(border, tally):
    found = border.verify()
    assert found["wrong"] is None, found["wrong"]
    assert found["entries"] >= tally.entries, (found["entries"], tally.entries)
    records = count_records(border)
    assert records >= tally.records > 0, (records, tally.records)
    assert stray(border) == 0
    reasons = [row["reason"] for row in border.entries("gap")]
    keepers = sum("without its last words" in reason for reason in reasons)
    collectors = sum("ended by signal 9" in reason for reason in reasons)
    print(f"# {tally.keepers} keepers and {tally.collectors} collectors killed; entries: "
          f"{tally.entries} acknowledged, {found['entries']} there; records: {tally.records} "
          f"acknowledged, {records} there; gaps: {keepers} of keepers, {collectors} of collectors")
    # A keeper killed before its first commit has left nothing to be told; a collector killed
    # with its keeper, or before it was ready, has no gap of its own.
    assert keepers >= tally.keepers * 0.5 and collectors >= tally.collectors * 0.2


def enter_mounts():
    return (ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) == 0 and
            subprocess.run(["mount", "--make-rprivate", "/"], check=False).returncode == 0)


def a_full_disk_ends_selection_and_loses_nothing():
    if not enter_mounts():
        return "no mount namespace"
    border = Border(SEKISHO, sources={"interfaces": "[lo]"}, idle_seconds=1)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(border.state)], check=True)
    now = time.time()
    border.warrant("W-1", now - 60, now + 86400)
    connections = traffic.Connections(0.001)
    sensor = Sensor(border).wait_ready()
    code = sensor.wait(120)
    acknowledged = sensor.acknowledged()
    assert code == 1, code  # fail closed: without a record nothing is selected
    assert not pathlib.Path(f"/proc/{sensor.process.pid}").exists()
    assert border.verify()["wrong"] is None
    assert border.verify()["entries"] >= acknowledged[0] > 0
    assert count_records(border) >= acknowledged[1]
    again = Sensor(border)  # as long as it is full
    assert again.wait(30) == 1
    subprocess.run(["mount", "-o", "remount,size=64m", str(border.state)], check=True)
    sensor = Sensor(border).wait_ready(30)
    connections.stop()
    assert sensor.stop() == 0, sensor.words()
    assert border.verify()["wrong"] is None and border.verify()["entries"] > acknowledged[0]
    assert count_records(border) >= acknowledged[1]
    assert border.entries("gap")
    subprocess.run(["umount", "-l", str(border.state)], check=False)
    border.remove()
    return None


TESTS = [killed_at_any_moment_it_loses_nothing_it_acknowledged,
         a_full_disk_ends_selection_and_loses_nothing]


def main():
    if not traffic.enter_namespace():
        print("1..0 # SKIP needs root, for a network namespace of its own")
        return
    chosen = [one for one in TESTS if not sys.argv[2:] or one.__name__ in sys.argv[2:]]
    print(f"1..{len(chosen)}")
    for number, test in enumerate(chosen, 1):
        name = test.__name__.replace("_", " ")
        try:
            why = test()
            print(f"ok {number} - {name}" + (f" # SKIP {why}" if why else ""), flush=True)
        except Exception:  # pylint: disable=broad-except
            print(f"not ok {number} - {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)


if __name__ == "__main__":
    main()
