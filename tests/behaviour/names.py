#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Behaviours of names over labelled captures and logs: what is found, and that nothing is where
nothing is.  usage: names.py SEKISHO"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

KINDS = ("tunnel", "generated_names", "flux")


def data_folder():
    named = os.environ.get("SEKISHO_DATA")
    return Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "data"


def watch(sekisho, path):
    """Findings of names, as the report has them, with what `sekisho explain` says of each."""
    with tempfile.TemporaryDirectory() as folder:
        report, store = Path(folder) / "report.json", Path(folder) / "store.sqlite"
        bundle = Path(folder) / "bundle.json"
        environment = dict(os.environ, XDG_STATE_HOME=folder, XDG_CONFIG_HOME=folder,
                           XDG_DATA_HOME=folder)  # fmt: skip
        subprocess.run([sekisho, "watch", "-q", "--progress", "never", "--store", store,
                        "--json", report, "--stix", bundle, path], check=True,
                       env=environment, stderr=subprocess.DEVNULL)  # fmt: skip
        findings = [finding for finding in json.loads(report.read_text())["findings"]
                    if finding["kind"] in KINDS]  # fmt: skip
        stix = bundle.read_text()
        for finding in findings:
            said = subprocess.run([sekisho, "explain", "--store", store, "--language", "en",
                                   finding["id"]], env=environment, capture_output=True,
                                  text=True)  # fmt: skip
            finding["explained"] = said.returncode == 0 and finding["subject"]["name"] in said.stdout
            finding["in_stix"] = finding["subject"]["name"] in stix
        return findings


def finds(kind, name):
    def judge(findings):
        mine = [f for f in findings if f["kind"] == kind and f["subject"]["name"] == name]
        others = [f for f in findings if f not in mine]
        return (len(mine) == 1 and not others and mine[0]["explained"] and mine[0]["in_stix"]
                and (kind != "tunnel" or mine[0]["alert"]))

    return judge


def finds_one(kind):
    return lambda findings: len(findings) == 1 and finds(
        kind, findings[0]["subject"]["name"])(findings)  # fmt: skip


def finds_nothing(findings):
    return not findings


CASES = [
    ("a tunnel of iodine is found", "pcap-dns-tunnel/tunnel/iodine-cname.pcap.zst",
     finds("tunnel", "ggy666.tk")),
    ("a tunnel of dnscat2 is found",
     "pcap-dns-tunnel/tunnel/dnscat2-cname_00001_20230903170247.pcap.zst",
     finds("tunnel", "ggy666.tk")),
    ("names that Tinba made up are found", "pcap-malware/tinba/Tinba-USTC-TFC2016.pcap.zst",
     finds_one("generated_names")),
    ("Simda, most of whose names exist, is not",
     "flows-labelled/stratosphere-005-zeek-scenario-malicious/dns.log", finds_nothing),
    ("a handful of commands is not", "pcap-dns-tunnel/tunnel/cmds-over-dns-txt.pcap",
     finds_nothing),
]  # fmt: skip


def main():
    sekisho, data = sys.argv[1], data_folder()
    if not (data / "pcap-dns-tunnel").is_dir():
        print(f"1..0 # SKIP no labelled data in {data}")
        return 0
    benign = sorted((data / "pcap-dns-tunnel" / "benign").glob("*.pcap.zst"))
    cases = CASES + [(f"look-ups of popular names are none, {path.name[:12]}", path, finds_nothing)
                     for path in benign]  # fmt: skip
    print(f"1..{len(cases)}")
    failed = 0
    for number, (words, path, judge) in enumerate(cases, 1):
        findings = watch(sekisho, data / path)
        good = judge(findings)
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {words}", flush=True)
        if not good:
            print("#", json.dumps(findings)[:2000])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
