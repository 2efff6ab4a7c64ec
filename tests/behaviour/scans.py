#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scans and guessing in labelled captures, from the file to the finding: what is to be found is,
what is below every honest threshold is not, and harmless traffic gives nothing.  The captures are
development data and no part of the source: without them (SEKISHO_TEST_DATA, or ../shared/data
beside the source) the test is skipped.
usage: scans.py SEKISHO SOURCE_ROOT"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

NMAP = "pcap-scan/NMAP_PCAPS/"
LAB = "192.168.1.10"
# File, kind of finding, and the subjects of all such findings.
CASES = [(NMAP + name, "scanner", {LAB}) for name in (
    "ACK_SCAN.pcap", "FIN_SCAN.pcap", "NULL_SCAN.pcap", "RPC_SCAN.pcap", "TCP_CONNECT_SCAN.pcap",
    "TCP_SYN_SCAN.pcap", "UDP_SCAN.pcap", "WINDOW_SCAN.pcap", "XMAS_TREE_SCAN.pcap",
    "version_scan.pcap")] + [
    (NMAP + "FTP_BOUNCE_SCAN.pcap.zst", "scanner", {"192.168.1.25"}),
    (NMAP + "IP_PROTOCOL_SCAN.pcap", "scanner", set()),  # other protocols are not judged
    ("pcap-scan/synscan.pcapng", "scanner", {"172.16.0.8"}),
    ("pcap-malware/nipunjaswal/twotomany_synscan.pcap", "scanner", {"172.16.0.8"}),
    # 10 to 37 packets: below what holds elsewhere.
    ("pcap-scan/445_scan.pcap", "scanner", set()),
    ("pcap-scan/multiport_scan.pcap", "scanner", set()),
    ("pcap-scan/port_scan.pcap", "scanner", set()),
    ("pcap-scan/scan_with_zero_windows.pcap", "scanner", set()),
    ("pcap-scan/slips-icmp-scan.pcap", "scanner", set()),
    ("flows-labelled/stratosphere-002*/**/conn*", "scanner", {"172.16.1.11"}),
    ("flows-labelled/stratosphere-008*/**/conn*", "scanner", {
        "104.156.155.13", "79.124.62.34", "79.124.62.86", "79.124.62.110", "218.75.31.110",
        "104.152.52.193", "185.156.72.48", "193.201.9.236"}),
    ("flows-labelled/stratosphere-010*/**/conn*", "scanner", {
        "79.124.62.34", "51.89.192.233", "79.124.62.78", "146.88.240.4"}),
    ("pcap-malware/nipunjaswal/ssh_bruteforce_lab.pcap", "guessing", {"192.168.153.130"}),
    # 7 and 18 sessions, where thirty are the published limit.
    ("pcap-malware/ssh-bruteforce/kali-password-attack_hydra.pcap", "guessing", set()),
    ("flows-labelled/stratosphere-006*/**/conn*", "guessing", set()),
] + [(f"flows-labelled/{name}/**/conn*", kind, set())
     for name in ("ctu-sme11-2023-02-20-benign", "ac-motd-taidoor-2020", "nial-normal-lab",
                  "rita-proxy")
     for kind in ("scanner", "guessing")]  # fmt: skip


def data_folder(root):
    for path in (os.environ.get("SEKISHO_TEST_DATA"), root.parent / "shared/data"):
        if path and (Path(path) / "MANIFEST.md").exists():
            return Path(path)
    return None


def findings(sekisho, file):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        subprocess.run([sekisho, "watch", "--json", str(out), str(file)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        return json.loads(out.read_text())["findings"]


def main():
    sekisho, root = sys.argv[1], Path(sys.argv[2])
    data = data_folder(root)
    if not data:
        print("1..0 # SKIP no labelled captures beside the source")
        return 0
    os.environ.setdefault("SEKISHO_LAW_DIR", str(root / "law"))
    print(f"1..{len(CASES)}")
    failed = 0
    for number, (pattern, kind, wanted) in enumerate(CASES, 1):
        files = sorted(data.glob(pattern))
        if not files:
            print(f"ok {number} - {pattern} # SKIP not there")
            continue
        found = {finding["subject"]["address"] for finding in findings(sekisho, files[0])
                 if finding["kind"] == kind}  # fmt: skip
        word = "ok" if found == wanted else "not ok"
        failed += found != wanted
        print(f"{word} {number} - {kind} in {pattern}")
        if found != wanted:
            print(f"# missing {sorted(wanted - found)}, too many {sorted(found - wanted)}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
