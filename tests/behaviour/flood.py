#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Floods in captures of others: the victim and the shape of each, and none in what is harmless.
Thresholds come from publications (docs/detectors/flood.md), not from these captures, which stay
where they are: without them the test is skipped.
usage: flood.py SEKISHO ROOT"""
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VICTIM = "10.10.10.10"
FLOODS = (
    ("amp.TCP.reflection.SYNACK.pcap", "amplified", 6, 0),
    ("amp.UDP.snmp.src161.pcapng.zst", "amplified", 17, 161),
    ("amp.dns.RRSIG.fragmented.pcap.zst", "amplified", 17, 53),
    ("pkt.TCP.synflood.spoofed.pcap.zst", "syn", 6, None),
)
HARMLESS = ("flows-labelled/nial-normal-lab/conn.log",
            "flows-labelled/ctu-sme11-2023-02-20-benign/conn.log.labeled.zst")  # fmt: skip


def floods_of(sekisho, path, folder):
    out = folder / "out.json"
    out.unlink(missing_ok=True)
    subprocess.run([sekisho, "watch", "--no-store", "-q", "-j", str(out), str(path)],
                   check=False, capture_output=True,
                   env=os.environ | {"XDG_STATE_HOME": str(folder)})  # fmt: skip
    findings = json.loads(out.read_text())["findings"]
    return [each for each in findings if each["kind"] in ("flood", "reflector")]


def check_flood(sekisho, data, folder, case):
    name, shape, protocol, port = case
    found = floods_of(sekisho, data / "pcap-ddos" / name, folder)
    told = [(each["subject"].get("address"), each["shape"], each["protocol"]) for each in found]
    assert told == [(VICTIM, shape, protocol)], told
    assert port in (None, found[0]["port"]), found[0]["port"]


def check_harmless(sekisho, path, folder):
    found = floods_of(sekisho, path, folder)
    assert not found, found


def devices(data, folder):
    """Some of each kind: all of them take a minute."""
    with subprocess.Popen(["zstd", "-dc", str(data / "pcap-benign/iot-sentinel.tar.zst")],
                          stdout=subprocess.PIPE) as plain:  # fmt: skip
        with tarfile.open(fileobj=plain.stdout, mode="r|") as tar:
            for at, member in enumerate(tar):
                if member.isfile() and at % 12 == 0 and ".pcap" in member.name:
                    path = folder / f"{at}.pcap"
                    path.write_bytes(tar.extractfile(member).read())
                    yield member.name, path


def main(sekisho, root):
    data = Path(root).resolve().parent / "shared" / "data"
    if not (data / "pcap-ddos").is_dir():
        print(f"1..0 # SKIP no captures in {data}")
        return 0
    failed, count = 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = [(f"{case[0]}: {case[1]} against {VICTIM}", check_flood, data, case)
                for case in FLOODS]  # fmt: skip
        for told, check, *rest in runs:
            count += 1
            try:
                check(sekisho, rest[0], folder, rest[1])
                print(f"ok {count} - {told}")
            except (AssertionError, OSError, ValueError) as problem:
                failed += 1
                print(f"not ok {count} - {told}\n# {problem}")
        quiet = [(each, data / each) for each in HARMLESS] + list(devices(data, folder))
        for told, path in quiet:
            count += 1
            try:
                check_harmless(sekisho, path, folder)
                print(f"ok {count} - no flood in {told}")
            except (AssertionError, OSError, ValueError) as problem:
                failed += 1
                print(f"not ok {count} - no flood in {told}\n# {problem}")
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
