#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A sensor's uplink against a hub that is restarted, busy, loses answers and refuses: what the
sensor keeps arrives, all of it, once.  Prints TAP.  usage: uplink.py SEKISHO"""

import base64
import json
import os
import pathlib
import random
import re
import shutil
import signal
import sys
import time
import traceback

from sensor_site import MADE, Sensor, Site, make_state, rfc3339, until
from small_hub import read_records

KILLS = int(os.environ.get("UPLINK_KILLS", "50"))
WEEK = int(os.environ.get("UPLINK_WEEK", "60000"))


def all_that_is_kept_arrives_once_and_in_order():
    site = Site(1000, batch_records=100)
    done = site.run("--once")
    site.check_all()
    assert [row["id"] for row in site.hub.findings()] == [
        row[0] for row in site.sql("SELECT id FROM finding ORDER BY row")] != []
    assert done.account["records"] == len(site.rows()) and done.account["behind_records"] == 0
    before = len(site.hub.requests)
    done = site.run("--once")
    assert done.account["batches"] == 0 and not any(
        path.startswith("/sensor/v1/batches") for _, path in site.hub.requests[before:])
    site.add(7)
    site.run("--once")
    site.check_all()
    site.remove()


def each_look_is_ruled_on_and_in_the_ledger():
    site = Site()
    site.run("--once")
    found = [row for row in site.border.entries("access") if row["action"] == "report"]
    assert [(row["role"], row["verdict"], row["purpose"]) for row in found] == [
        ("machine", "allowed", "own-defence")], found
    text = site.border.config.read_text().replace("basis: own", "basis: a17\noverseer: /dev/null")
    site.border.config.write_text(text.replace("memory_mib", "border: {networks: /dev/null}\nmemory_mib"))
    before = len(site.hub.requests)
    site.run("--once", code=5)
    assert len(site.hub.requests) == before
    assert site.border.entries("access")[-1]["verdict"] == "refused"
    site.remove()


def a_lost_answer_makes_no_second_batch():
    site = Site(500, batch_records=50)
    site.hub.answers = ["lost", None, "lost", "lost"]  # curl itself tries once more, too
    done = site.run("--once")
    site.check_all()
    assert done.account["known"] >= 2 and done.account["tries_in_vain"] >= 1, done.account
    site.remove()


def a_busy_hub_is_asked_again_when_it_said():
    site = Site(100)
    site.hub.answers = ["busy", 503, "busy"]
    start = time.monotonic()
    done = site.run("--once")
    assert time.monotonic() - start > 2.5 and done.account["tries_in_vain"] == 3, done.account
    site.check_all()
    site.remove()


def a_hub_that_is_restarted_gets_the_rest():
    site = Site(5000, batch_records=20)
    process = site.begin()
    assert until(lambda: len(site.hub.order) > 10, 60)
    site.hub.stop()
    time.sleep(1)
    site.hub.start(site.hub.port)
    assert until(lambda: len(site.hub.records()) == len(site.rows()), 180)
    process.terminate()
    assert process.wait(10) == 0
    site.check_all()
    site.remove()


def killed_at_any_moment_nothing_is_lost_or_twice():
    site = Site(20000, batch_records=25)
    random.seed(7)
    for _ in range(KILLS):
        process = site.begin()
        time.sleep(random.uniform(0.05, 0.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
    killed_with = len(site.hub.order)
    site.configure(batch_records=5000)  # the pending batch is another now
    site.run("--once")
    site.check_all()
    assert killed_with > 2, killed_with  # a busy machine begins few
    print(f"# {KILLS} kills, {killed_with} batches before the last run")
    site.remove()


def a_week_offline_is_caught_up_in_bounded_memory():
    site = Site(WEEK, batch_records=2000)
    start = time.monotonic()
    process, peak = site.begin("--once"), 0
    while process.poll() is None:
        found = re.search(r"VmHWM:\s*(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text())
        peak = int(found[1]) if found else peak
        time.sleep(0.01)
    seconds = time.monotonic() - start
    assert process.returncode == 0, (site.folder / "log").read_text()
    site.check_all()
    assert 0 < peak < 64 * 1024, peak
    print(f"# {len(site.rows())} records in {seconds:.1f} s, in {peak // 1024} MiB")
    site.remove()


def a_rate_is_kept():
    site = Site(1000, batch_records=100, records_per_second=500)
    start = time.monotonic()
    site.run("--once")
    assert time.monotonic() - start > 1.5
    site.check_all()
    site.remove()


def what_a_hub_refuses_is_kept_and_the_rest_goes_on():
    site = Site(1000, batch_records=100)
    marked = site.rows()[350]
    site.hub.refuse = lambda kind, body: kind == "application/ipfix" and marked in read_records(body)
    done = site.run("--once", code=4)
    missing = set(site.rows()) - set(site.hub.records())
    assert marked in missing and len(missing) == 100 and done.account["refused"] == 1
    assert "the hub refuses records" in done.stderr, done.stderr
    (row,) = site.memory()["refused"]
    assert set(range(row["first"], row["last"] + 1)) == missing
    site.run("--once", code=4)  # again in vain
    site.hub.refuse = None
    done = site.run("--once")
    assert sorted(site.hub.records()) == site.rows() and done.account["refused"] == 0
    site.remove()


def a_batch_too_large_is_halved():
    site = Site(1000, batch_records=1000)
    site.hub.answers = [None, 413, 413]  # the first is of findings
    site.run("--once")
    site.check_all()
    assert len(site.hub.order) >= 5
    site.remove()


def certificates_of_others_are_not_believed():
    site = Site(10)
    site.configure(sensor="stranger")
    site.run("--once", code=1)
    site.configure(authority="other")
    done = site.run("--once", code=1)
    assert "cannot be reached" in done.stderr, done.stderr
    site.configure(host="no-such-host.invalid")
    done = site.run("--once", code=1)
    assert "resolve host" in done.stderr, done.stderr  # it was asked for, from within the sandbox
    site.configure(host="localhost")
    site.run("--once")
    assert "/sensor/v1/batches" in site.hub.requests[-2][1] or site.hub.order
    site.check_all()
    site.remove()


def a_cursor_that_cannot_be_written_holds_everything_back():
    site = Site(300, batch_records=100)
    beside = site.border.state / "sekisho/.uplink.json.new"
    beside.mkdir()
    process = site.begin()
    time.sleep(2)
    assert not site.hub.order
    beside.rmdir()
    assert until(lambda: len(site.hub.records()) == len(site.rows()), 30)
    process.terminate()
    process.wait()
    site.check_all()
    assert "cannot write uplink.json" in (site.folder / "log").read_text()
    site.remove()


def after_a_lost_answer_and_an_erasure_nothing_comes_twice():
    site = Site(300, batch_records=100)
    site.hub.answers = [None, "lost"]
    process = site.begin()
    assert until(lambda: len(site.hub.order) >= 2)
    process.kill()
    process.wait()
    first = site.hub.records()
    site.hub.order, kept = site.hub.order[:2], site.hub.order[2:]
    for name in kept:
        del site.hub.batches[name]
    site.hub.last = site.hub.order[1]
    state = site.memory()
    site.sql("DELETE FROM flow WHERE id = ?", (first[5],))
    state["pending"] = {"kind": "records", "first": first[0], "last": first[99], "id": site.hub.last}
    state["reached"]["records"] = 0
    (site.border.state / "sekisho/uplink.json").write_text(json.dumps(state))
    site.run("--once")
    found = site.hub.records()
    assert len(found) == len(set(found)) and set(found) == set(site.rows()) | {first[5]}
    site.remove()


def the_ledger_is_shown_to_go_on_and_a_rewritten_one_is_noticed():
    site = Site()
    site.run("--once")
    site.run("--once")  # which entered its look
    assert len(site.hub.checkpoints) >= 2, site.hub.checkpoints
    folder = site.border.state / "sekisho"
    shutil.rmtree(folder / "ledger")
    done = site.run("--once")
    assert "does not go on from what the hub has seen" in done.stderr, done.stderr
    assert "refuses the ledger's checkpoint" in done.stderr
    site.remove()


def warrants_come_and_the_sensor_judges_them():
    site = Site()
    border = site.border
    now = time.time()
    border.warrant("W-9", now - 60, now + 600)
    envelope = (border.warrants / "W-9.json").read_text()
    (border.warrants / "W-9.json").unlink()
    site.hub.warrants = [("W-9", envelope), ("W-8", envelope), ("../x", envelope), ("W-7", "{}")]
    done = site.run("--once")
    assert done.account["warrants"] == 1 and done.account["warrants_refused"] == 3, done.account
    (found,) = border.warrants.iterdir()
    assert found.name.startswith("hub-W-9-") and found.read_text() == envelope
    assert [serial for serial, _ in site.hub.deliveries] == ["W-9"]
    done = site.run("--once")
    assert done.account["warrants"] == 0
    sensor = Sensor(border).wait_ready()
    assert until(lambda: border.entries("warrant_accepted"))
    process = site.begin()
    made = border.folder / "W-9.revoked"
    border.run("warrant", "revoke", "--yes", "--key", border.key, "--reason", "a test", "--output",
               made, found)
    site.hub.warrants.append(("W-9", made.read_text()))
    assert until(lambda: border.entries("warrant_revoked"), 20)
    process.terminate()
    process.wait()
    sensor.stop()
    site.remove()


def what_has_ended_makes_room_and_a_revocation_finds_it():
    site = Site()
    border, now = site.border, time.time()

    def make(serial, start, end):
        border.warrant(serial, now + start, now + end)
        file = border.warrants / f"{serial}.json"
        envelope = file.read_text()
        file.unlink()
        return envelope

    def fill(serial, envelope):
        for file in border.warrants.iterdir():
            file.unlink()
        for number in range(200):
            (border.warrants / f"hub-{serial}-{number:016x}.json").write_text(envelope)

    def moved(envelope, days):
        """The same, of other days: as the uplink reads it, which believes nothing."""
        envelope = json.loads(envelope)
        text = base64.b64decode(envelope["payload"]).decode()
        for day in (0, 1):
            text = text.replace(*(rfc3339(now + (day + more) * 86400)[:10] for more in (0, days)))
        envelope["payload"] = base64.b64encode(text.encode()).decode()
        return json.dumps(envelope, separators=(",", ":")) + "\n"

    ended, live = moved(make("W-1", -60, 600), -5), make("W-2", -60, 600)
    revoked, made = border.folder / "W-2.json", border.folder / "W-2.revoked"
    revoked.write_text(live)
    border.run("warrant", "revoke", "--yes", "--key", border.key, "--reason", "a test", "--output", made, revoked)
    fill("W-1", ended)
    site.hub.warrants = [("W-2", live)]
    assert site.run("--once").account["warrants"] == 1
    assert [file.name[:8] for file in border.warrants.iterdir()] == ["hub-W-2-"], list(border.warrants.iterdir())[:3]
    fill("W-2", live)
    site.hub.warrants += [("W-3", make("W-3", -60, 600)), ("W-2-R", made.read_text())]
    done = site.run("--once", code=1)
    kept = sorted(file.name for file in border.warrants.iterdir())
    assert any(name.startswith("hub-W-2-R-") for name in kept) and not any("W-3" in name for name in kept), kept[-3:]
    assert "200 files" in done.stderr, done.stderr
    fill("W-1", ended)
    (border.warrants / "hub-W-2-R-0123456789abcdef.json").write_text(made.read_text())
    site.run("--once")
    kept = sorted(file.name for file in border.warrants.iterdir())
    assert len(kept) == 2 and "0123456789abcdef" not in "".join(kept), kept[:3]
    site.remove()


def a_dry_run_sends_and_writes_nothing():
    site = Site(100, batch_records=50)
    done = site.run("--dry-run")
    assert "would send 50 records" in done.stderr and not site.hub.requests
    assert not (site.border.state / "sekisho/uplink.json").exists()
    site.remove()


TESTS = [value for name, value in list(globals().items())
         if callable(value) and getattr(value, "__module__", "") == "__main__"]


def main():
    if not shutil.which("openssl"):
        print("1..0 # SKIP no openssl")
        return 0
    make_state()
    names = sys.argv[2:]
    tests = [test for test in TESTS if not names or test.__name__ in names]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        title = test.__name__.replace("_", " ")
        try:
            start = time.monotonic()
            test()
            print(f"ok {number} - {title}\n# {time.monotonic() - start:.1f} s", flush=True)
        except Exception:
            failed += 1
            print(f"not ok {number} - {title}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    shutil.rmtree(MADE)
    return failed > 0


sys.exit(main())
