#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A day of a laboratory with one command server: it is the first alert of its kind, and few stand
beside it; a harmless machine has none.  Prints TAP.  usage: labs.py SEKISHO"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

named = os.environ.get("SEKISHO_DATA")
DATA = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "data"
FLOWS = DATA / "flows-labelled"


def alerts(sekisho, name):
    files = sorted(path for path in (FLOWS / name).iterdir() if path.is_file())
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sekisho, "watch", "-q", "--progress", "never", "--no-store",
                               "--memory", "256M", "--json", "-", *files], check=True,
                              capture_output=True, env=dict(os.environ, XDG_STATE_HOME=folder))
    return [finding for finding in json.loads(done.stdout)["findings"] if finding["alert"]]


def lab(sekisho, name, server, port):
    found = alerts(sekisho, name)
    ours = [finding for finding in found if finding["kind"] == "command_server"]
    assert ours and ours[0]["subject"]["address"] == server, ours[:1]
    assert ours[0]["port"] == port, ours[0]["port"]
    assert len(found) <= 3, [finding["id"] for finding in found]


def harmless(sekisho, name):
    found = alerts(sekisho, name)
    assert not found, [finding["id"] for finding in found]


CASES = [
    ("the server of the laboratory of 2020 is first", lab, "ac-motd-taidoor-2020",
     "104.248.234.238", 80),
    ("the server of the laboratory of 2025 is first", lab, "ac-motd-zetaswitch-2025",
     "172.208.51.75", 53),
    ("a harmless machine has no alert", harmless, "ctu-sme11-2023-02-20-benign"),
    ("a harmless laboratory has no alert", harmless, "nial-normal-lab"),
]


def main():
    if not FLOWS.is_dir():
        print("1..0 # SKIP no labelled flows here")
        return 0
    failed = 0
    print(f"1..{len(CASES)}")
    for number, (title, judge, *arguments) in enumerate(CASES, 1):
        try:
            judge(sys.argv[1], *arguments)
            print(f"ok {number} - {title}", flush=True)
        except (AssertionError, subprocess.SubprocessError, KeyError) as error:
            failed += 1
            print(f"not ok {number} - {title}\n# {error}", flush=True)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
