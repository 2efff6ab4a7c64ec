#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records of sekisho watch, in files, are read back by other programs and by ourselves, with
equal totals.  Prints TAP.  usage: watch.py SEKISHO SCENARIOS EXPORTS_DUMP SCHEMA"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import records

SEKISHO, SCENARIOS, DUMP = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
FOLDER = Path(tempfile.mkdtemp(prefix="sekisho-exchange-"))
ENVIRONMENT = dict(os.environ, XDG_STATE_HOME=str(FOLDER / "state"), LC_ALL="C.UTF-8")
CAPTURE, NETWORKS = FOLDER / "demo.pcapng", FOLDER / "demo.yaml"


def run(*arguments):
    return subprocess.run([SEKISHO, *map(str, arguments)], capture_output=True, check=False,
                          env=ENVIRONMENT, timeout=120)


def watch(*arguments):
    done = run("watch", "--no-store", "--quiet", "--networks", NETWORKS, *arguments)
    assert done.returncode == 0, (done.returncode, done.stderr.decode())
    return done


def report_of(*arguments):
    return json.loads(watch("--json", "-", *arguments).stdout)


def sums_of(path):
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [len(rows)] + [sum(row[name] for row in rows) for name in records.FIELDS]


def all_kinds_have_what_was_kept():
    names = [FOLDER / f"r.{end}" for end in ("ipfix", "jsonl", "csv")]
    arguments = [word for name in names for word in ("--records", name)]
    report = report_of(*arguments, CAPTURE)
    sums = sums_of(FOLDER / "r.jsonl")
    assert sums[0] == report["funnel"]["records_kept"] > 0
    records.json_lines_keep_to_their_schema(FOLDER, sums)
    records.csv_has_the_names_of_the_schema(FOLDER, sums)
    assert sorted(path.name for path in FOLDER.glob("r.*")) == ["r.csv", "r.ipfix", "r.jsonl"]


def nfdump_reads_the_file_with_equal_totals():
    records.nfdump_reads_equal_totals_over_udp(FOLDER, sums_of(FOLDER / "r.jsonl"))


def tshark_reads_the_file_with_equal_totals():
    records.tshark_reads_equal_totals_from_the_file(FOLDER, sums_of(FOLDER / "r.jsonl"))


def libfixbuf_reads_the_file_with_equal_totals():
    """The reader that the tools of SiLK are built on."""
    records.need("ipfixDump")
    said = subprocess.run(["ipfixDump", "--in", FOLDER / "r.ipfix", "--data"], check=True,
                          capture_output=True, text=True).stdout  # fmt: skip
    names = ("packetDeltaCount", "octetDeltaCount", "reversePacketDeltaCount",
             "reverseOctetDeltaCount")
    got = [[int(number) for number in re.findall(rf"\b{name}\b.*?: *(\d+)$", said, re.M)]
           for name in names]  # fmt: skip
    sums = sums_of(FOLDER / "r.jsonl")
    assert [len(got[0])] + [sum(numbers) for numbers in got] == sums, (sums, said[:2000])


def we_read_our_own_file_with_equal_totals():
    count, forward, forward_octets, reverse, reverse_octets = sums_of(FOLDER / "r.jsonl")
    said = subprocess.run([DUMP, FOLDER / "r.ipfix"], check=True, capture_output=True, text=True)
    flows = [row for row in map(json.loads, said.stdout.splitlines()) if row["kind"] == "flow"]
    assert [sum(row[way][unit] for row in flows if way in row)
            for way in ("forward", "reverse") for unit in ("packets", "octets")] == [
                forward, forward_octets, reverse, reverse_octets]  # fmt: skip
    report = report_of(FOLDER / "r.ipfix")
    assert report["funnel"]["flows_seen"] == count
    assert report["input"]["packets"] == forward + reverse
    assert report["input"]["octets"] == forward_octets + reverse_octets


def standard_output_takes_records_and_nothing_else():
    done = run("watch", "--no-store", "--networks", NETWORKS, "--records", "jsonl:-", CAPTURE)
    assert done.returncode == 0
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows and all("retention_until" in row for row in rows)
    done = run("watch", "--records", "jsonl:-", "--json", "-", CAPTURE)
    assert done.returncode == 2 and b"standard output" in done.stderr


def several_workers_write_whole_records():
    path = FOLDER / "w.jsonl"
    report = report_of("--workers", "3", "--records", path, CAPTURE)
    assert sums_of(path)[0] == report["funnel"]["records_kept"] > 0


def a_full_disk_ends_the_run_and_leaves_no_file():
    whole = FOLDER / "whole.jsonl"
    for kind in ("ipfix", "jsonl", "csv"):
        done = run("watch", "--no-store", "--networks", NETWORKS, "--records", whole,
                   "--records", f"{kind}:/dev/full", CAPTURE)  # fmt: skip
        assert done.returncode == 1, (kind, done)
        assert b"cannot write /dev/full: No space left on device" in done.stderr, done.stderr
        assert not list(FOLDER.glob("whole*")), kind
    done = run("watch", "--records", FOLDER / "no" / "such.csv", CAPTURE)
    assert done.returncode == 1 and b"such.csv" in done.stderr


def what_is_no_file_of_records_is_told():
    for name in ("-", "records.txt", "csv:", ".csv"):
        done = run("watch", "--records", name, CAPTURE)
        assert done.returncode == 2 and b".jsonl" in done.stderr, (name, done.stderr)
    five = [word for i in range(5) for word in ("--records", f"{i}.csv")]
    assert run("watch", *five, CAPTURE).returncode == 2


def live_the_file_grows_by_whole_records():
    path, growing = FOLDER / "live.jsonl", FOLDER / "growing.pcapng"
    octets = CAPTURE.read_bytes()
    growing.write_bytes(octets[:len(octets) * 3 // 4])
    process = subprocess.Popen([SEKISHO, "watch", "--no-store", "--quiet", "--networks",
                                NETWORKS, "--follow", "--every", "1s", "--records", path,
                                growing], stderr=subprocess.PIPE, env=ENVIRONMENT)  # fmt: skip
    try:
        records.wait_until(lambda: path.exists() and path.stat().st_size > 0, 60)
        grown = path.read_bytes()
        assert grown.endswith(b"\n")
        rows = [json.loads(line) for line in grown.splitlines()]
        assert rows and process.poll() is None
    finally:
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 0, said
    assert path.read_bytes().startswith(grown) and sums_of(path)[0] >= len(rows)
    assert path.stat().st_mode & 0o077 == 0


TESTS = (all_kinds_have_what_was_kept, nfdump_reads_the_file_with_equal_totals,
         tshark_reads_the_file_with_equal_totals, libfixbuf_reads_the_file_with_equal_totals,
         we_read_our_own_file_with_equal_totals, standard_output_takes_records_and_nothing_else,
         several_workers_write_whole_records, a_full_disk_ends_the_run_and_leaves_no_file,
         what_is_no_file_of_records_is_told, live_the_file_grows_by_whole_records)  # fmt: skip

if __name__ == "__main__":
    made = run("simulate", SCENARIOS / "demo.yaml", "-o", CAPTURE, "--truth",
               FOLDER / "truth.json", "--networks", NETWORKS, "--quiet")  # fmt: skip
    assert made.returncode == 0, made.stderr.decode()
    sys.exit(records.run_tests(TESTS))
