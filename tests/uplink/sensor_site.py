# SPDX-License-Identifier: Apache-2.0
"""What a sensor left behind, and its uplink, for tests: a store with records and a finding, a ledger,
certificates, and the small hub of small_hub.py where one is wanted."""

import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "sensor"))

from border import Border, Exporter, Sensor, rfc3339
from small_hub import Hub, certificates

SEKISHO = str(pathlib.Path(sys.argv[1]).resolve())
MADE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-uplink-"))


def make_state():
    """Once for all tests: a store with a finding, a ledger, and certificates."""
    certificates(MADE, names=("hub", "sensor", "sensor2", "sensor3"))
    certificates(MADE, "other", ("stranger",))
    border = Border(SEKISHO, wait_seconds=1)
    now = time.time()
    border.warrant("W-1", now - 60, now + 3600)
    sensor = Sensor(border).wait_ready()
    exporter = Exporter(border)
    end = time.monotonic() + 60
    while sensor.acknowledged()[1] < 20 and time.monotonic() < end:
        time.sleep(0.1)
    exporter.stop()
    assert sensor.stop() == 0, sensor.words()
    shutil.copytree(border.state, MADE / "state")
    border.remove()


class Site:
    """A folder with that state and so many rows, and its hub."""

    def __init__(self, rows=0, hub=True, **settings):
        self.border = Border(SEKISHO)
        self.folder = self.border.folder
        shutil.rmtree(self.border.state)
        shutil.copytree(MADE / "state", self.border.state)
        for one in MADE.glob("*.[pk]e[my]"):
            shutil.copy(one, self.folder)
        self.store = self.border.state / "sekisho/sensor.sqlite"
        self.number_rows()
        self.add(rows)
        self.hub = Hub(self.folder) if hub else None
        self.configure(**settings)

    def configure(self, sensor="sensor", authority="authority", port=None, host="127.0.0.1", **settings):
        port = port or (self.hub.port if self.hub else 9)
        hub = dict({"url": f'"https://{host}:{port}"', "certificate": self.folder / f"{sensor}.pem",
                    "key": self.folder / f"{sensor}.key", "authority": self.folder / f"{authority}.pem",
                    "interval_seconds": 1}, **settings)
        self.border.configure(hub="{" + ", ".join(f"{k}: {v}" for k, v in hub.items()) + "}")

    def sql(self, *arguments):
        with sqlite3.connect(self.store) as store:
            return store.execute(*arguments).fetchall()

    def number_rows(self):
        self.sql("UPDATE flow SET octets_forward = id")

    def add(self, count):
        """Copies of a record, each with its own number as octets."""
        columns = [row[1] for row in self.sql("PRAGMA table_info(flow)")][1:]
        values = ["n" if name == "octets_forward" else name for name in columns]
        last = self.sql("SELECT max(id) FROM flow")[0][0]
        self.sql(f"WITH RECURSIVE number(n) AS (SELECT ? UNION ALL SELECT n + 1 FROM number WHERE n < ?)"
                 f" INSERT INTO flow (id, {', '.join(columns)}) SELECT n, {', '.join(values)} FROM number,"
                 f" (SELECT * FROM flow LIMIT 1) WHERE n > ?", (last, last + count, last))  # fmt: skip

    def rows(self):
        return [row[0] for row in self.sql("SELECT id FROM flow ORDER BY id")]

    def run(self, *options, code=0, seconds=120):
        done = subprocess.run([SEKISHO, "uplink", "-c", str(self.border.config), "--json", *options],
                              capture_output=True, text=True, env=self.border.environment,
                              timeout=seconds, check=False)  # fmt: skip
        assert done.returncode == code, (done.returncode, done.stderr[-2000:])
        lines = done.stdout.strip().split("\n")
        done.account = json.loads(lines[-1]) if lines[-1] else {}
        return done

    def begin(self, *options):
        return subprocess.Popen([SEKISHO, "uplink", "-c", str(self.border.config), "--quiet", *options],
                                env=self.border.environment, stdout=subprocess.DEVNULL,
                                stderr=open(self.folder / "log", "ab"))  # fmt: skip

    def memory(self):
        return json.loads((self.border.state / "sekisho/uplink.json").read_text())

    def check_all(self):
        found = self.hub.records()
        assert found == self.rows(), (len(found), len(set(found)), len(self.rows()))

    def remove(self):
        if self.hub:
            self.hub.stop()
        self.border.remove()


def until(what, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return False
