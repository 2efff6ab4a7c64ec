#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What findings have in common joins them, from a capture to groups.  Prints TAP.
usage: infrastructure.py SEKISHO SCENARIOS"""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import records

SEKISHO, SCENARIOS = sys.argv[1], Path(sys.argv[2])
FOLDER = Path(tempfile.mkdtemp(prefix="sekisho-infrastructure-"))
STORE = FOLDER / "records.sqlite"
ENVIRONMENT = dict(os.environ, XDG_STATE_HOME=str(FOLDER / "state"), LC_ALL="C.UTF-8")


def run(*arguments):
    return subprocess.run([SEKISHO, *map(str, arguments)], capture_output=True, check=False,
                          text=True, env=ENVIRONMENT, timeout=120)


def ask(*arguments):
    return run("infrastructure", "--store", STORE, *arguments)


def groups():
    done = ask("--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["infrastructure"]


def servers_of_one_name_are_one_group():
    found = [group for group in groups()
             if any(tie["kind"] == "name" and tie["value"] == "host-60.meters.example"
                    for tie in group["ties"])]
    assert len(found) == 1, found
    subjects = {member["subject"] for member in found[0]["members"]}
    assert {"198.18.128.70", "2001:db8:8000::13c"} <= subjects, subjects
    assert found[0]["stages"]["command"] >= 2 and found[0]["stages"]["line"] > 2
    assert re.fullmatch(r"infra-[0-9a-f]{12}", found[0]["id"])
    assert found[0]["first_seen"] < found[0]["last_seen"]


def neighbours_in_a_hosters_network_are_not():
    for group in groups():
        kinds = {tie["kind"] for tie in group["ties"]}
        assert kinds != {"network"} or group["member_total"] <= 4, group


def the_same_store_gives_the_same_groups():
    assert groups() == groups()


def the_bundle_holds_together():
    path = FOLDER / "infra.json"
    assert ask("--stix", path).returncode == 0
    objects = json.loads(path.read_text())["objects"]
    known = {thing["id"] for thing in objects}
    assert len(known) == len(objects)
    whole = [thing for thing in objects if thing["type"] == "infrastructure"]
    assert len(whole) == len(groups()) > 0
    assert all(thing["infrastructure_types"] == ["command-and-control"] for thing in whole)
    for thing in objects:
        for name, value in thing.items():
            if name.endswith("_ref"):
                assert value in known, (name, value)
    words = {thing["relationship_type"] for thing in objects if thing["type"] == "relationship"}
    assert {"consists-of", "indicates"} <= words, words


def infected_lines_are_those_of_the_truth():
    truth = json.loads((FOLDER / "truth.json").read_text())
    done = ask("--lines", "--json")
    assert done.returncode == 0, done.stderr
    lines = json.loads(done.stdout)["lines"]
    assert lines and all(line["servers"] >= 1 for line in lines)
    assert lines == sorted(lines, key=lambda line: -line["servers"])
    told = {line["line"] for line in lines}
    infected = {line for botnet in truth["botnets"] for line in botnet["lines"] if "." in line}
    assert infected and infected <= told, infected - told
    assert "servers" in ask("--lines").stdout


def it_is_told_in_japanese_too():
    done = ask("--language", "ja")
    assert done.returncode == 0 and "共通点" in done.stdout, done.stdout


def each_look_is_an_entry_of_the_ledger():
    def size():
        return sum(path.stat().st_size for path in (FOLDER / "state").rglob("*") if path.is_file())
    before = size()
    assert ask().returncode == 0
    assert size() > before


def a_purpose_the_law_does_not_know_is_refused():
    done = ask("--role", "analyst", "--purpose", "curiosity")
    assert done.returncode == 5, (done.returncode, done.stderr)
    assert not done.stdout


def a_wrong_call_is_told():
    assert ask("--nonsense").returncode == 2
    assert ask("--json", "--stix", "-").returncode == 2


capture, networks = FOLDER / "demo.pcapng", FOLDER / "demo.yaml"
made = run("simulate", SCENARIOS / "demo.yaml", "-o", capture, "--networks", networks,
           "--truth", FOLDER / "truth.json")
assert made.returncode == 0, made.stderr
seen = run("watch", "--quiet", "--networks", networks, "--store", STORE, capture)
assert seen.returncode == 0, seen.stderr
sys.exit(records.run_tests([servers_of_one_name_are_one_group, neighbours_in_a_hosters_network_are_not,
                   the_same_store_gives_the_same_groups, the_bundle_holds_together,
                   infected_lines_are_those_of_the_truth,
                   it_is_told_in_japanese_too, each_look_is_an_entry_of_the_ledger,
                   a_purpose_the_law_does_not_know_is_refused, a_wrong_call_is_told]))
