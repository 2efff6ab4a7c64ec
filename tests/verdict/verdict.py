#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A verdict takes the alert away and nothing else, until it ends; the ledger has who gave it.
Prints TAP.  usage: verdict.py SEKISHO ROOT"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import tap  # noqa: E402

SEKISHO, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-verdict-"))
ENVIRONMENT = dict(os.environ, XDG_STATE_HOME=str(HERE / "state"), LC_ALL="C.UTF-8",
                   SEKISHO_LAW_DIR=str(ROOT / "law"))
for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
    ENVIRONMENT[variable] = "exitcode=99:halt_on_error=1:" + os.environ.get(variable, "")
CAPTURE, NETWORKS = HERE / "demo.pcapng", HERE / "demo.yaml"


def run(*words, code=0, environment=ENVIRONMENT):
    done = subprocess.run([SEKISHO, *map(str, words)], capture_output=True, text=True,
                          env=environment, check=False)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done


def watch():
    return json.loads(run("watch", "--quiet", "--json", "-", "--networks", NETWORKS,
                          CAPTURE).stdout)


def ledger(kind):
    folder = HERE / "state/sekisho"
    run("verify", "--key", folder / "ledger.pub", folder / "ledger")
    entries = []
    for path in sorted((folder / "ledger/tile/entries").rglob("*")):
        octets, found = path.read_bytes() if path.is_file() else b"", []
        while octets:
            length = int.from_bytes(octets[:2], "big")
            found.append(json.loads(octets[2:2 + length]))
            octets = octets[2 + length:]
        entries = max(entries, found, key=len)
    return [entry for entry in entries if entry["kind"] == kind]


def counted(report, reason):
    return sum(row["count"] for row in report["counters"] if row["reason"] == reason)


def strongest(report):
    return max((row for row in report["findings"] if row["kind"] == "command_server"),
               key=lambda row: (row["score"], row["id"]))


def find(report, finding):
    return next(row for row in report["findings"] if row["id"] == finding["id"])


def a_harmless_subject_is_told_and_no_alert():
    before = watch()
    finding = strongest(before)
    assert finding["alert"] and finding["verdict"] is None and finding["p_value"] < 0.1
    done = run("verdict", finding["id"], "harmless", "--reason", "our backup", "--actor", "alice")
    assert "harmless" in done.stdout and "our backup" in done.stdout
    after = watch()
    now = find(after, finding)
    assert not now["alert"] and now["verdict"] == 1 and now["score"] == finding["score"]
    assert len(after["findings"]) == len(before["findings"])
    assert counted(after, "not alerted: harmless by verdict") == 1
    assert counted(before, "not alerted: harmless by verdict") == 0
    assert "verdict 1" in run("explain", finding["id"]).stdout
    assert "判定 1" in run("explain", "--language", "ja", finding["id"]).stdout
    others = [row["id"] for row in before["findings"] if row["alert"] and row["id"] != now["id"]]
    assert set(others) <= {row["id"] for row in after["findings"] if row["alert"]}


def the_ledger_has_who_and_why():
    given = ledger("verdict_given")
    assert len(given) == 1, given
    assert given[0]["actor"] == "alice" and given[0]["reason"] == "our backup"
    assert given[0]["event"] == "harmless" and given[0]["subject"] == strongest(watch())["id"]


def the_list_tells_all_of_it():
    row = json.loads(run("verdict", "list", "--json").stdout)
    assert row["verdict"] == 1 and row["actor"] == "alice" and row["opinion"] == "harmless"
    assert row["reason"] == "our backup" and row["until"] > row["at"]


def the_newest_counts():
    finding = strongest(watch())
    run("verdict", finding["id"], "malicious", "--reason", "seen in an incident")
    row = find(watch(), finding)
    assert row["alert"] and row["verdict"] == 2 and row["rank_of_day"] is None
    run("verdict", "remove", 2, "--reason", "was a mistake")
    assert find(watch(), finding)["verdict"] == 1


def what_is_removed_is_over():
    finding = strongest(watch())
    run("verdict", "remove", 1, "--reason", "not ours after all")
    row = find(watch(), finding)
    assert row["alert"] and row["verdict"] is None
    assert [entry["reason"] for entry in ledger("verdict_removed")] == [
        "was a mistake", "not ours after all"]
    assert "no verdict" in run("verdict", "list").stderr
    run("verdict", "remove", 1, "--reason", "again", code=1)


def wrong_calls_change_nothing():
    finding = strongest(watch())["id"]
    run("verdict", finding, "harmless", code=2)
    run("verdict", finding, "benign", "--reason", "x", code=2)
    run("verdict", "c2-000000000000", "harmless", "--reason", "x", code=1)
    run("verdict", finding, "harmless", "--reason", "x", "--until", "2020-01-01", code=1)
    run("verdict", finding, "harmless", "--reason", "x", "--until", "2199-01-01", code=1)
    run("verdict", finding, "harmless", "--reason", "x", "--role", "analyst", code=5)
    run("verdict", "list", "more", "and", "more", code=2)
    assert "no verdict" in run("verdict", "list").stderr
    assert len(ledger("verdict_given")) == 2


def what_cannot_be_entered_is_not_given():
    finding = strongest(watch())["id"]
    other = dict(ENVIRONMENT, XDG_STATE_HOME=str(HERE / "broken"))
    shutil.copytree(HERE / "state", HERE / "broken")
    shutil.rmtree(HERE / "broken/sekisho/ledger")
    (HERE / "broken/sekisho/ledger").write_text("no ledger")
    run("verdict", finding, "harmless", "--reason", "x", code=1, environment=other)
    shutil.rmtree(HERE / "broken")


def an_alert_needs_a_place_of_its_day():
    report = json.loads(run("watch", "--no-store", "--quiet", "--json", "-", "--alerts-per-day",
                            1, "--networks", NETWORKS, CAPTURE).stdout)
    alerts = [row for row in report["findings"] if row["alert"]]
    ranked = [row for row in alerts if row["rank_of_day"] is not None]
    assert {row["rank_of_day"] for row in ranked} == {1}
    first_quiet = next(i for i, row in enumerate(report["findings"]) if not row["alert"])
    assert not any(row["alert"] for row in report["findings"][first_quiet:])
    assert counted(report, "not alerted: over the day's budget") > 0


TESTS = [a_harmless_subject_is_told_and_no_alert, the_ledger_has_who_and_why,
         the_list_tells_all_of_it, the_newest_counts, what_is_removed_is_over,
         wrong_calls_change_nothing, what_cannot_be_entered_is_not_given,
         an_alert_needs_a_place_of_its_day]

run("simulate", ROOT / "scenarios/demo.yaml", "-o", CAPTURE, "--networks", NETWORKS, "--quiet")
failed = tap.Tests(*TESTS).run()
shutil.rmtree(HERE, ignore_errors=True)
sys.exit(failed)
