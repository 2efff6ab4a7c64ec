#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records written by records_make are read back by other programs with equal totals: nfcapd and
nfdump over UDP on loopback, tshark from the file, JSON lines by their schema, CSV.
usage: records.py RECORDS_MAKE SCHEMA"""
import csv
import json
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COUNT = 3000
FIELDS = ("packets_forward", "octets_forward", "packets_reverse", "octets_reverse")


class Skipped(Exception):
    pass


def need(program):
    if not shutil.which(program):
        raise Skipped(f"{program} is not installed")


def messages(data):
    while data:
        length = struct.unpack_from(">HH", data)[1]
        yield data[:length]
        data = data[length:]


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(is_done, seconds=10):
    end = time.monotonic() + seconds
    while not is_done() and time.monotonic() < end:
        time.sleep(0.05)


def is_listening(port):
    words = f":{port:04X} "
    return words in Path("/proc/net/udp").read_text()


def totals_of_nfdump(store):
    read = subprocess.run(["nfdump", "-R", str(store), "-o", "csv"], check=True,
                          capture_output=True, text=True).stdout.splitlines()  # fmt: skip
    names = read[0].split(",")
    rows = [dict(zip(names, row.split(","))) for row in read[1:] if row.count(",") > 20]
    return [len(rows)] + [sum(int(row[name]) for row in rows)
                          for name in ("ipkt", "ibyt", "opkt", "obyt")]  # fmt: skip


def nfdump_reads_equal_totals_over_udp(folder, sums):
    need("nfcapd")
    need("nfdump")
    store = folder / "nf"
    store.mkdir()
    port = free_port()
    collector = subprocess.Popen(["nfcapd", "-b", "127.0.0.1", "-p", str(port), "-w", str(store),
                                  "-t", "3600"], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)  # fmt: skip
    try:
        wait_until(lambda: is_listening(port))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for message in messages((folder / "r.ipfix").read_bytes()):
                sender.sendto(message, ("127.0.0.1", port))
                time.sleep(0.001)
        time.sleep(1)
    finally:
        collector.terminate()
        said = collector.communicate(timeout=20)[0]
    got = totals_of_nfdump(store)
    assert got == sums, f"nfdump: {got}, written: {sums}\n{said}"
    assert "Sequence Errors: 0" in said, said


def tshark_reads_equal_totals_from_the_file(folder, sums):
    need("tshark")
    read = subprocess.run(["tshark", "-r", str(folder / "r.ipfix"), "-T", "fields", "-e",
                           "cflow.packets", "-e", "cflow.octets", "-e", "_ws.malformed"],
                          check=True, capture_output=True, text=True).stdout  # fmt: skip
    packets = octets = records = 0
    for line in read.splitlines():
        columns = (line + "\t\t").split("\t")
        assert not columns[2], line
        found = [int(word) for word in columns[0].split(",") if word]
        records += len(found) // 2  # there and back
        packets += sum(found)
        octets += sum(int(word) for word in columns[1].split(",") if word)
    got = [records, packets, octets]
    assert got == [sums[0], sums[1] + sums[3], sums[2] + sums[4]], f"tshark: {got}, {sums}"


def json_lines_keep_to_their_schema(folder, sums):
    try:
        from jsonschema import Draft202012Validator
    except ImportError as error:
        raise Skipped("python3-jsonschema is not installed") from error
    validator = Draft202012Validator(json.loads(Path(sys.argv[-1]).read_text()))
    rows = [json.loads(line) for line in (folder / "r.jsonl").read_text().splitlines()]
    for row in rows[:100]:
        validator.validate(row)
    assert [len(rows)] + [sum(row[name] for row in rows) for name in FIELDS] == sums


def csv_has_the_names_of_the_schema(folder, sums):
    with open(folder / "r.csv", newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    assert reader.fieldnames == list(json.loads(Path(sys.argv[-1]).read_text())["properties"])
    assert [len(rows)] + [sum(int(row[name]) for row in rows) for name in FIELDS] == sums


TESTS = (nfdump_reads_equal_totals_over_udp, tshark_reads_equal_totals_from_the_file,
         json_lines_keep_to_their_schema, csv_has_the_names_of_the_schema)  # fmt: skip


def run_tests(tests, *arguments):
    failed = 0
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        title = f"{number} - {test.__name__}"
        try:
            test(*arguments)
            print(f"ok {title}", flush=True)
        except Skipped as why:
            print(f"ok {title} # SKIP {why}", flush=True)
        except (AssertionError, subprocess.SubprocessError, OSError) as error:
            failed += 1
            print(f"not ok {title}")
            print("\n".join("# " + line for line in str(error).splitlines()), flush=True)
    return 1 if failed else 0


def main():
    with tempfile.TemporaryDirectory(prefix="sekisho-records-") as name:
        folder = Path(name)
        files = [str(folder / f"r.{end}") for end in ("ipfix", "jsonl", "csv")]
        made = subprocess.run([sys.argv[1], str(COUNT), *files], check=True,
                              capture_output=True, text=True).stdout  # fmt: skip
        return run_tests(TESTS, folder, [int(word) for word in made.split()])


if __name__ == "__main__":
    sys.exit(main())
