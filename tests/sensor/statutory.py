#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A sensor under a statutory basis, with the law's data moved to a day on which it is in force:
its direction alone is looked at, its lines are pseudonyms that only the overseer's key opens.
Prints TAP.  usage: statutory.py SEKISHO"""

import base64
import hashlib
import pathlib
import shutil
import socket
import sqlite3
import sys
import tempfile
import time

from border import LISTED, OWN, ROOT, Border, Exporter, Sensor, rfc3339

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import tap  # noqa: E402

SEKISHO = str(pathlib.Path(sys.argv[1]).resolve())
NETWORKS = f"""domestic:
  - {{ prefix: "{OWN}/32", name: "lines" }}
foreign:
  - {{ prefix: "198.51.100.0/24", name: "abroad" }}
  - {{ prefix: "203.0.113.0/24", name: "abroad" }}
"""
SELECTOR = """selector "listed" version 1
purpose "damage-prevention"
basis "{basis}"
owner "tests"
valid {since} to {until}
scope {scope}
reveals server
sampling any-rate
when server in list "list" and server in list "list"
then record keep 30 days
limit 500 servers per day
"""


class Measure(Border):
    """Under an article, at equipment, by three members of the commission."""

    def __init__(self, basis, scope, **settings):
        super().__init__(SEKISHO)
        self.basis, self.scope = basis, scope
        self.bring_into_force()
        self.members = [self.folder / f"member-{i}.key" for i in range(3)]
        public = [self.make_key_of(path, f"member-{i}.example") for i, path in enumerate(self.members)]
        (self.folder / "trust.yaml").write_text(
            "keys:\n" + "".join(f"  - key: {one}\n    role: commission\n" for one in public))
        self.overseer = self.folder / "overseer.key"
        (self.folder / "overseer.pub").write_text(self.make_key_of(self.overseer, "overseer.example") + "\n")
        (self.folder / "networks.yaml").write_text(NETWORKS)
        self.configure(equipment="CABLE-1", overseer=self.folder / "overseer.pub", wait_seconds=1,
                       border=f"{{ networks: {self.folder}/networks.yaml }}", **settings)

    def bring_into_force(self):
        """The law's data, as on a day after commencement."""
        folder = self.folder / "law"
        shutil.copytree(ROOT / "law", folder)
        for path in folder.rglob("*.yaml"):
            path.write_text(path.read_text().replace("2027-11-22", "2025-01-01"))
        self.environment["SEKISHO_LAW_DIR"] = str(folder)

    def make_key_of(self, path, name):
        self.run("key", "generate", "--name", name, "--no-passphrase", path)
        return self.run("key", "show", path).stdout.split()[-1]

    def selector(self):
        path = self.folder / "listed.selector"
        since, until = (rfc3339(time.time() + days * 86400)[:10] for days in (-3, 60))
        path.write_text(SELECTOR.format(basis=self.basis, scope=self.scope, since=since, until=until))
        return path

    def approve(self, serial="JP-1", members=3, **where):
        made = self.folder / f"{serial}.json"
        start = time.time() - 60
        self.run("warrant", "draft", "--serial", serial, "--basis", self.basis, "--issuer", "cabinet",
                 "--equipment", where.get("equipment", "CABLE-1"), "--issued", rfc3339(start), "--from",
                 rfc3339(start), "--to", rfc3339(start + 86400 * 30), "--output", made, self.selector())
        for key in self.members[:members]:
            self.run("warrant", "sign", "--yes", "--key", key, made)
        made.rename(self.warrants / f"{serial}.json")
        return self


def rows_of(border):
    with sqlite3.connect(f"file:{border.state}/sekisho/sensor.sqlite?mode=ro", uri=True) as store:
        store.row_factory = sqlite3.Row
        return [dict(row) for row in store.execute("SELECT * FROM flow")]


def watch_for(border, seconds=6):
    sensor = Sensor(border).wait_ready()
    exporter = Exporter(border)
    time.sleep(seconds)
    exporter.stop()
    code = sensor.stop()
    assert code == 0, (code, sensor.words())
    assert exporter.sent > 10
    return rows_of(border)


def lines_are_pseudonyms_that_the_overseer_alone_can_open():
    border = Measure("a33", "domestic-to-foreign").approve()
    rows = watch_for(border)
    assert rows, border.entries("collector_refused")
    own = socket.inet_aton(OWN)
    everything = b"".join(path.read_bytes() for path in border.state.rglob("*") if path.is_file())
    assert own not in everything and OWN.encode() not in everything
    changed = border.entries("key_changed")
    assert len(changed) == 1 and changed[0]["key"] == "overseer.example", changed
    sealed = list((border.state / "sekisho/line-keys").iterdir())
    assert len(sealed) == 1
    key = bytes.fromhex(border.run("key", "unseal", border.overseer, sealed[0]).stdout)
    assert key not in everything and key.hex().encode() not in everything
    # A stranger's pseudonym of the line, by that key (docs/records.md).
    mapped = bytes(10) + b"\xff\xff" + own
    digest = hashlib.blake2b(mapped, key=key, digest_size=16, person=b"sekisho line 1\0\0").digest()[:10]
    assert rows[0]["initiator"] == "line-" + base64.b32encode(digest).decode().lower(), rows[0]
    stranger = border.run("key", "unseal", border.members[0], sealed[0], check=False)
    assert stranger.returncode != 0 and "not sealed to" in stranger.stderr
    border.remove()


def retention_ends_with_the_fiscal_year_at_the_latest():
    border = Measure("a33", "domestic-to-foreign", retain_days=36500).approve()
    rows = watch_for(border, 4)
    now = time.gmtime(time.time() + 9 * 3600)
    year = now.tm_year - (now.tm_mon < 4)
    latest = time.mktime((year + 3, 4, 1, 0, 0, 0, 0, 0, 0)) - time.timezone - 9 * 3600
    assert rows and all(row["retention_until_ns"] / 1e9 <= latest for row in rows), rows[:1]
    border.remove()


def only_the_basis_s_own_direction_is_looked_at():
    border = Measure("a32", "foreign-to-domestic").approve()
    rows = watch_for(border, 4)
    batches = border.entries("selection_batch")
    assert not rows and sum(row["dropped_direction"] for row in batches) > 10, batches[-1:]
    assert sum(row["selected"] for row in batches) == 0
    border.remove()


def refused(border):
    sensor = Sensor(border).wait_ready()
    exporter = Exporter(border)
    time.sleep(2)
    exporter.stop()
    sensor.stop()
    assert not rows_of(border)
    return border.entries("warrant_refused")


def a_warrant_that_falls_short_selects_nothing_and_is_told_with_its_article():
    today = Measure("a33", "domestic-to-foreign").approve()
    today.environment["SEKISHO_LAW_DIR"] = str(ROOT / "law")  # before commencement
    for border in (Measure("a33", "domestic-to-foreign").approve(members=2),
                   Measure("a33", "domestic-to-foreign").approve(equipment="CABLE-2"), today):
        entries = refused(border)
        assert entries and entries[0]["article"].startswith("33"), entries
        border.remove()


def without_an_overseer_no_sensor_begins():
    border = Measure("a33", "domestic-to-foreign")
    text = border.config.read_text()
    border.config.write_text("\n".join(row for row in text.split("\n") if not row.startswith("overseer")))
    done = border.run("sensor", "-c", border.config, "--check", check=False)
    assert done.returncode != 0 and "overseer" in done.stderr, done
    border.remove()


TESTS = (lines_are_pseudonyms_that_the_overseer_alone_can_open,
         retention_ends_with_the_fiscal_year_at_the_latest,
         only_the_basis_s_own_direction_is_looked_at,
         a_warrant_that_falls_short_selects_nothing_and_is_told_with_its_article,
         without_an_overseer_no_sensor_begins)  # fmt: skip

if __name__ == "__main__":
    sys.exit(tap.Tests(*TESTS).run())
