#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho watch from end to end, on captures that sekisho simulate makes: what it keeps, what it
forgets, and what it says of input that is broken.  Prints TAP."""

import gzip
import fcntl
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

SEKISHO, SCENARIOS = sys.argv[1], pathlib.Path(sys.argv[2])
SANITIZED = b"__asan_init" in pathlib.Path(SEKISHO).read_bytes()
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-watch-"))
ENVIRONMENT = dict(os.environ, XDG_STATE_HOME=str(HERE / "state"), LC_ALL="C.UTF-8")
# A sanitizer's complaint must not look like one of our exit codes.
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
    ENVIRONMENT[name] = "exitcode=99:halt_on_error=1:" + os.environ.get(name, "")


def run(*arguments, data=None, timeout=120):
    return subprocess.run([SEKISHO, *map(str, arguments)], input=data, capture_output=True,
                          env=ENVIRONMENT, timeout=timeout, check=False)


def watch(*arguments, data=None):
    """The report, of a call that must succeed."""
    done = run("watch", "--no-store", "--quiet", "--json", "-", *arguments, data=data)
    assert done.returncode in (0, 4), (done.returncode, done.stderr.decode())
    return json.loads(done.stdout)


def numbers(report):
    return {key: report["input"][key] for key in ("frames", "packets", "octets")} | {
        "flows": report["funnel"]["flows_seen"]}


def simulate(name, *arguments):
    """A capture, its truth and its networks, made once."""
    out = HERE / f"{name}{''.join(map(str, arguments))}.pcapng".replace("--", "-")
    truth, networks = out.with_suffix(".json"), out.with_suffix(".yaml")
    if not out.exists():
        done = run("simulate", SCENARIOS / f"{name}.yaml", "-o", out, "--truth", truth,
                   "--networks", networks, "--quiet", *arguments)
        assert done.returncode == 0, done.stderr.decode()
    return out, json.loads(truth.read_text()), networks


def counted(report, stage, reason):
    return sum(row["count"] for row in report["counters"]
               if row["stage"] == stage and row["reason"] == reason)


def every_packet_is_accounted_for():
    capture, truth, networks = simulate("demo")
    report = watch("--networks", networks, capture)
    assert report["input"]["frames"] == truth["packets"]
    assert report["input"]["packets"] + counted(report, "decode", "not_ip") == truth["packets"]
    assert report["funnel"]["flows_seen"] == report["funnel"]["flows_admitted"]
    assert 0 < report["funnel"]["records_kept"] < report["funnel"]["flows_seen"]


def command_servers_and_scanners_are_found():
    capture, truth, networks = simulate("demo")
    report = watch("--networks", networks, capture)
    found = {row["subject"]["address"] for row in report["findings"]
             if "address" in row["subject"]}
    for botnet in truth["botnets"]:
        for server in botnet["servers"]:
            assert server["address"] in found, ("missed", server)
    for scan in truth["scans"]:
        for scanner in scan.get("scanners", []):
            assert scanner["address"] in found, ("missed", scanner)
    # Nobody who only browses, mails or streams is named a server of command.
    pollers = {server[key] for row in truth["benign_pollers"] for server in row["servers"]
               for key in ("address", "address_v6") if key in server}
    malicious = {server["address"] for kind in ("botnets", "relays", "tunnels")
                 for row in truth[kind]
                 for server in row.get("servers", []) + row.get("controllers", [])}
    for row in report["findings"]:
        if row["kind"] == "command_server":
            assert row["subject"]["address"] in pollers | malicious, row["subject"]


def two_runs_agree_to_the_last_number():
    capture, _, networks = simulate("demo")
    first, second = [json.loads(run("watch", "--quiet", "--json", "-", "--networks", networks,
                                    capture).stdout) for _ in range(2)]
    for report in (first, second):
        for key in ("made_at", "cost"):
            del report[key]
        for finding in report["findings"]:
            del finding["retention_until"]
            del finding["mandate"]["warrant"]  # each run has its own
    assert first == second


def content_is_found_in_nothing_that_is_written():
    capture, truth, networks = simulate("demo")
    folder = HERE / "canary"
    folder.mkdir()
    names = [folder / name for name in ("r.json", "r.html", "r.stix.json", "r.sqlite")]
    # A list that selects the mail and web servers too, so that their flows are kept.
    listed = folder / "all.txt"
    listed.write_text("198.18.0.0/16\n198.19.0.0/16\n")
    done = run("watch", "--networks", networks, "--indicators", listed, "--json", names[0],
               "--html", names[1], "--stix", names[2], "--store", names[3], capture)
    assert done.returncode == 0, done.stderr.decode()
    written = [done.stdout, done.stderr] + [path.read_bytes() for path in folder.iterdir()
                                            if path.name != "all.txt"]
    assert len(written) >= 6
    octets = capture.read_bytes()
    planted = [canary.encode() for canary in truth["canaries"]]
    assert sum(octets.count(canary) for canary in planted) > 100
    for canary in planted:
        for text in written:
            assert canary not in text and canary[7:] not in text, canary
    explained = run("explain", "--store", names[3], report_id(names[0]))
    assert explained.returncode == 0 and b"CANARY" not in explained.stdout


def report_id(path):
    return json.loads(path.read_text())["findings"][0]["id"]


def lines_have_pseudonyms_unless_they_are_ones_own():
    capture, truth, networks = simulate("demo")
    infected = {line for row in truth["botnets"] for line in row["lines"]}
    own = json.dumps(watch("--networks", networks, capture))
    assert any(line in own for line in infected)
    store = HERE / "exercise.sqlite"
    done = run("watch", "--basis", "exercise", "--networks", networks, "--json", "-", "--quiet",
               "--store", store, capture)
    assert done.returncode == 0, done.stderr.decode()
    report = json.loads(done.stdout)
    assert report["funnel"]["flows_admitted"] < report["funnel"]["flows_seen"]
    assert report["findings"]
    written = done.stdout.decode() + store.read_bytes().decode("latin-1")
    for line in infected:
        assert f'"{line}"' not in written and f"{line}/" not in written, line
    assert "line-" in written


def a_cut_capture_gives_the_same_numbers():
    whole = watch(simulate("demo")[0])
    for length in (96, 128):
        cut = watch(simulate("demo", "--snaplen", length)[0])
        assert numbers(whole) == numbers(cut), (length, numbers(whole), numbers(cut))


def packed_piped_and_merged_captures_are_the_same():
    capture, truth, _ = simulate("small")
    whole = numbers(watch(capture))
    assert whole["frames"] == truth["packets"] > 0
    octets = capture.read_bytes()
    packed = HERE / "small.any"
    packed.write_bytes(gzip.compress(octets))
    assert numbers(watch(packed)) == whole
    if shutil.which("zstd"):
        subprocess.run(["zstd", "-qf", capture, "-o", packed], check=True)
        assert numbers(watch(packed)) == whole
    assert numbers(watch("-", data=octets)) == whole
    twice = numbers(watch(capture, packed))
    assert twice["frames"] == 2 * whole["frames"] and twice["octets"] == 2 * whole["octets"]
    assert twice["flows"] == whole["flows"]


def a_capture_cut_anywhere_ends_cleanly():
    octets = simulate("small")[0].read_bytes()
    broken = HERE / "broken.pcapng"
    frames = 0
    for length in list(range(0, 600, 7)) + list(range(600, len(octets), len(octets) // 40)):
        broken.write_bytes(octets[:length])
        done = run("watch", "--no-store", "--quiet", "--json", "-", broken)
        assert done.returncode in (0, 1, 4), (length, done.returncode, done.stderr.decode())
        if done.returncode != 1:
            seen = json.loads(done.stdout)["input"]["frames"]
            assert seen >= frames
            frames = seen
        else:
            assert str(broken).encode() in done.stderr


def flipped_bits_neither_crash_nor_hang():
    octets = simulate("small")[0].read_bytes()
    dice = random.Random(20260601)
    broken = HERE / "flipped.pcapng"
    for _ in range(120):
        copy = bytearray(octets)
        for _ in range(dice.choice((1, 10, 300))):
            copy[dice.randrange(len(copy))] ^= 1 << dice.randrange(8)
        broken.write_bytes(copy)
        done = run("watch", "--no-store", "--quiet", "--json", "-", broken, timeout=60)
        assert done.returncode in (0, 1, 4), (done.returncode, done.stderr.decode())


def what_is_no_capture_is_told_by_name():
    empty, prose, folder = HERE / "empty", HERE / "prose.pcap", HERE / "folder"
    folder.mkdir()
    empty.write_bytes(b"")
    prose.write_text("this is not a capture\n" * 50)
    for path in (empty, prose, folder, "/dev/null", "/dev/zero", HERE / "missing", SEKISHO):
        done = run("watch", "--no-store", path, timeout=20)
        assert done.returncode == 1, (path, done.returncode)
        assert str(path).encode() in done.stderr, done.stderr
        assert done.stderr.count(b"\n") <= 2
    torn = HERE / "conn.log"
    torn.write_text("#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\n1.5\tC\t10.0.0.1\n")
    done = run("watch", "--no-store", torn)
    assert done.returncode == 4 and b"id.resp_h" in done.stderr, (done.returncode, done.stderr)
    for arguments in ([], ["--no-such"], ["--basis", "a17", "x"], ["--memory", "1K", "x"],
                      ["--basis", "exercise", "x"], ["--country", "jp", "x"]):
        assert run("watch", *arguments).returncode == 2, arguments
    assert b"not in force" in run("watch", "--basis", "a17", "x").stderr


def a_full_disk_is_told_and_leaves_no_half_report():
    capture = simulate("small")[0]
    done = run("watch", "--no-store", "--quiet", "--json", "/dev/full", capture)
    assert done.returncode == 1 and b"/dev/full" in done.stderr
    done = run("watch", "--no-store", "--quiet", "--html", HERE / "no" / "such", capture)
    assert done.returncode == 1
    assert not list(HERE.glob("no*"))


def one_output_that_fails_leaves_the_others():
    capture, page = simulate("small")[0], HERE / "page.html"
    done = run("watch", "--no-store", "--json", "/dev/full", "--html", page, capture)
    assert done.returncode == 1 and b"/dev/full" in done.stderr
    assert page.read_bytes().rstrip().endswith(b"</html>") and b"seen" in done.stdout


def standard_output_is_of_one_kind():
    capture = simulate("small")[0]
    done = run("watch", "--no-store", "--html", "-", capture)
    assert done.returncode == 0 and done.stdout.rstrip().endswith(b"</html>")
    done = run("watch", "--no-store", "--stix", "-", capture)
    assert json.loads(done.stdout)["type"] == "bundle"
    for pair in (("--json", "--html"), ("--html", "--stix"), ("--json", "--stix")):
        done = run("watch", "--no-store", pair[0], "-", pair[1], "-", capture)
        assert done.returncode == 2 and b"standard output" in done.stderr, pair


def memory_stays_within_what_was_asked():
    capture = simulate("demo")[0]
    report = watch("--memory", "64M", capture)
    if not SANITIZED:
        assert report["cost"]["memory_octets"] < (64 + 48) << 20, report["cost"]
    assert numbers(report)["packets"] == numbers(watch(capture))["packets"]


def listed_servers_are_selected_until_they_expire():
    capture, _, networks = simulate("demo")
    server = simulate("demo")[1]["botnets"][0]["servers"][0]
    listed = HERE / "listed.csv"
    for expires, wanted in (("2026-12-31", 1), ("2026-01-01", 0)):
        listed.write_text(f"indicator,expires\n{server['name']},{expires}\n")
        report = watch("--networks", networks, "--indicators", listed, capture)
        hits = [row for row in report["findings"]
                if any(server["name"] in json.dumps(hit) for hit in row["indicators"])]
        assert bool(hits) == bool(wanted), (expires, hits)


def it_reads_without_sockets_programs_or_privileges():
    capture = simulate("small")[0].read_bytes()
    process = subprocess.Popen([SEKISHO, "watch", "--no-store", "--quiet", "-"],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, env=ENVIRONMENT)
    process.stdin.write(capture)
    process.stdin.flush()
    time.sleep(0.5)
    folder = pathlib.Path("/proc") / str(process.pid)
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    limits = (folder / "limits").read_text()
    open_files = [os.readlink(link) for link in (folder / "fd").iterdir()]
    process.communicate(timeout=20)
    assert status["Seccomp"].strip() == "2" and status["NoNewPrivs"].strip() == "1", status
    core = next(line for line in limits.splitlines() if line.startswith("Max core"))
    assert core.split()[4] == "0", core
    assert not any(name.startswith("socket:") for name in open_files), open_files


def a_list_that_gives_nothing_is_told_and_counted():
    capture, listed = simulate("small")[0], HERE / "nothing.txt"
    listed.write_text("0.0.0.0/0\ncom\n")
    done = run("watch", "--no-store", "--quiet", "--json", "-", "--indicators", listed, capture)
    assert done.returncode == 0
    assert b"list nothing" in done.stderr and b"0 taken, 2 refused" in done.stderr, done.stderr
    assert counted(json.loads(done.stdout), "lists", "refused") == 2


def an_interrupt_ends_with_what_was_seen():
    capture = simulate("small")[0].read_bytes()
    process = subprocess.Popen([SEKISHO, "watch", "--no-store", "--quiet", "--json", "-", "-"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=ENVIRONMENT)
    process.stdin.write(capture)
    process.stdin.flush()
    time.sleep(0.7)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 4, process.returncode
    assert json.loads(out)["input"]["frames"] > 0


def an_interrupt_before_anything_came_ends_at_once():
    for kind in ("auto", "packets", "exports"):
        process = subprocess.Popen([SEKISHO, "watch", "--no-store", "--read", kind, "-"],
                                   stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, env=ENVIRONMENT)
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) in (1, 4), (kind, process.returncode)
        assert b"stopped before anything came" in process.stderr.read(), kind
        process.stderr.close()
        process.stdin.close()


def netflow5(engine=0):
    record = struct.pack(">IIIHHIIIIHHBBBBHHBBH", 0x0a000001, 0xc0000201, 0, 1, 2, 10, 1000, 500,
                         900, 40000, 443, 0, 24, 6, 0, 0, 0, 0, 0, 0)
    return struct.pack(">HHIIIIHH", 5, 1, 1000, 1_700_000_000, 0, 0, engine, 0) + record


def messages_of_exporters_that_made_room_are_counted_too():
    """More exporters than the table has places; one that told nothing has no rate."""
    data = b"".join(netflow5(engine) for engine in range(20_000))
    report = watch("-", data=data)
    assert report["input"]["messages"] == report["input"]["records"] == 20_000, report["input"]
    assert counted(report, "collect", "exporter evicted") > 0
    assert sum(row["messages"] for row in report["exporters"]) < 20_000
    empty = struct.pack(">HHIII", 10, 16, 1_700_000_000, 0, 7)
    exporter, = watch("-", data=empty)["exporters"]
    assert exporter["rate_most"] == 0 and exporter["rate_origin"] == "unknown", exporter


def what_comes_by_standard_input_is_told_by_its_content():
    """A capture, exports and a log, plain and packed."""
    capture = simulate("small")[0].read_bytes()
    log = json.dumps({"_path": "conn", "ts": 1_700_000_000.5, "uid": "C1", "proto": "tcp",
                      "id.orig_h": "10.0.0.1", "id.orig_p": 40000, "id.resp_h": "192.0.2.1",
                      "id.resp_p": 443, "duration": 1.0, "conn_state": "SF", "orig_pkts": 5,
                      "orig_ip_bytes": 500, "resp_pkts": 5, "resp_ip_bytes": 500}).encode()
    for octets, what in ((capture, "frames"), (netflow5(), "messages"), (log + b"\n", "lines")):
        for data in (octets, gzip.compress(octets)):
            read = watch("-", data=data)["input"]
            assert read[what] > 0 and read["packets"] > 0, (what, read)
    done = run("watch", "--no-store", "-", data=bytes(range(97, 117)))
    assert done.returncode == 1 and b"standard input: is neither" in done.stderr, done.stderr


def follow(path, *arguments, out=subprocess.PIPE):
    return subprocess.Popen([SEKISHO, "watch", "--no-store", "--follow", "--every", "1s",
                             *map(str, arguments), path], stdout=out, stderr=subprocess.PIPE,
                            env=ENVIRONMENT)


def wait_for_line(path):
    deadline = time.monotonic() + 60
    while not path.exists() or b"\n" not in path.read_bytes():
        assert time.monotonic() < deadline, "nothing was told"
        time.sleep(0.1)


def a_growing_capture_is_told_of_as_it_grows():
    capture, truth, networks = simulate("demo")
    octets, growing, written = capture.read_bytes(), HERE / "growing.pcapng", HERE / "told"
    growing.write_bytes(b"")
    process = follow(growing, "--networks", networks, "--json", "-", out=written.open("wb"))
    with growing.open("ab") as file:
        for at in range(0, len(octets), len(octets) // 8):
            file.write(octets[at:at + len(octets) // 8])  # most pieces end within a packet
            file.flush()
            time.sleep(0.1)
    wait_for_line(written)
    time.sleep(8 if SANITIZED else 3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, (process.returncode, err.decode())
    *told, report = [json.loads(line) for line in written.read_bytes().splitlines()]
    identifiers = [finding["id"] for finding in told]
    assert len(set(identifiers)) == len(identifiers), "a finding was told twice"
    assert report["schema"] == "sekisho-watch/2"
    found = {finding["id"] for finding in report["findings"]}
    assert found and {finding["id"] for finding in told} <= found
    # Nothing is found twice or less for having been judged along the way.
    once = watch("--networks", networks, capture)
    assert numbers(report) == numbers(once)
    assert found == {finding["id"] for finding in once["findings"]}


def a_person_who_follows_reads_a_line_a_finding():
    capture, _, networks = simulate("demo")
    process = follow(capture, "--networks", networks)
    line = process.stdout.readline().decode()
    process.send_signal(signal.SIGTERM)
    rest, err = process.communicate(timeout=60)
    assert process.returncode == 0, (process.returncode, err.decode())
    identifier = line.split()[0]
    assert "-" in identifier and identifier in rest.decode(), line


def an_interrupt_cuts_no_line_in_two():
    capture, _, networks = simulate("demo")
    process = follow(capture, "--networks", networks, "--json", "-")
    fcntl.fcntl(process.stdout, 1031, 4096)  # F_SETPIPE_SZ: the writer waits for us
    time.sleep(12 if SANITIZED else 4)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, (process.returncode, err.decode())
    *told, report = [json.loads(line) for line in out.splitlines()]
    assert report["schema"] == "sekisho-watch/2" and told


def metrics_are_those_of_the_report_and_come_while_it_runs():
    capture, _, networks = simulate("demo")
    metrics = HERE / "run.prom"
    process = follow(capture, "--networks", networks, "--metrics", metrics, "--every", "1s",
                     "--json", "-")
    wait_for_line(metrics)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, (process.returncode, err.decode())
    report = json.loads(out.splitlines()[-1])
    samples = dict(line.rsplit(" ", 1) for line in metrics.read_text().splitlines()
                   if not line.startswith("#"))
    assert int(samples["sekisho_frames_total"]) == report["input"]["frames"] > 0
    assert int(samples["sekisho_findings"]) == len(report["findings"]) > 0
    for counter in report["counters"]:
        name = ('sekisho_events_total{stage="%(stage)s",reason="%(reason)s",unit="%(unit)s",'
                'kind="%(kind)s"}' % counter)
        assert int(samples[name]) == counter["count"], name


def exporters_connect_although_no_socket_can_be_opened():
    """In the sandbox, over TCP: one message of IPFIX with one flow."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    fields = ((8, 4), (12, 4), (4, 1), (2, 4))
    template = struct.pack(">HH", 256, len(fields)) + b"".join(
        struct.pack(">HH", *field) for field in fields)
    record = bytes((10, 0, 0, 1, 198, 51, 100, 1, 6, 0, 0, 0, 3))
    sets = struct.pack(">HH", 2, 4 + len(template)) + template
    sets += struct.pack(">HH", 256, 4 + len(record)) + record
    message = struct.pack(">HHIII", 10, 16 + len(sets), 1700000000, 0, 1) + sets
    with subprocess.Popen([SEKISHO, "watch", "--no-store", "--json", "-", "--listen",
                           f"tcp:127.0.0.1:{port}"], env=ENVIRONMENT, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        for _ in range(100):
            try:
                with socket.create_connection(("127.0.0.1", port)) as exporter:
                    exporter.sendall(message)
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        report = json.loads(process.communicate(timeout=60)[0].splitlines()[-1])
    assert report["funnel"]["flows_seen"] == 1, report["funnel"]


def whoever_stops_listening_ends_the_run():
    capture, _, networks = simulate("demo")
    process = follow(capture, "--networks", networks)
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    process.stderr.close()


def a_named_pipe_is_read_as_it_is_written():
    capture = simulate("small")[0]
    pipe = HERE / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(capture.read_bytes()))
    writer.start()
    report = watch(pipe)
    writer.join()
    assert numbers(report) == numbers(watch(capture))
    process = follow(pipe, "--json", "-")
    pipe.write_bytes(capture.read_bytes())
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err.decode()
    assert numbers(json.loads(out.splitlines()[-1])) == numbers(report)


def stopping_after_a_stage_counts_what_came_before():
    capture = simulate("demo")[0]
    whole = watch(capture)
    for stage, has_flows, has_facts in (("decode", False, False), ("flows", True, False),
                                        ("facts", True, True)):
        report = watch("--stop-after", stage, capture)
        assert report["input"] == whole["input"], stage
        flows = whole["funnel"]["flows_seen"] if has_flows else 0
        assert report["funnel"]["flows_seen"] == flows, stage
        assert report["funnel"]["records_kept"] == 0 and report["findings"] == []
        assert (counted(report, "decode", "facts_dns") > 0) == has_facts, stage


TESTS = [
    every_packet_is_accounted_for,
    command_servers_and_scanners_are_found,
    two_runs_agree_to_the_last_number,
    content_is_found_in_nothing_that_is_written,
    lines_have_pseudonyms_unless_they_are_ones_own,
    a_cut_capture_gives_the_same_numbers,
    packed_piped_and_merged_captures_are_the_same,
    a_capture_cut_anywhere_ends_cleanly,
    flipped_bits_neither_crash_nor_hang,
    what_is_no_capture_is_told_by_name,
    a_full_disk_is_told_and_leaves_no_half_report,
    one_output_that_fails_leaves_the_others,
    standard_output_is_of_one_kind,
    memory_stays_within_what_was_asked,
    listed_servers_are_selected_until_they_expire,
    it_reads_without_sockets_programs_or_privileges,
    a_list_that_gives_nothing_is_told_and_counted,
    an_interrupt_ends_with_what_was_seen,
    an_interrupt_before_anything_came_ends_at_once,
    messages_of_exporters_that_made_room_are_counted_too,
    what_comes_by_standard_input_is_told_by_its_content,
    a_growing_capture_is_told_of_as_it_grows,
    a_person_who_follows_reads_a_line_a_finding,
    an_interrupt_cuts_no_line_in_two,
    metrics_are_those_of_the_report_and_come_while_it_runs,
    exporters_connect_although_no_socket_can_be_opened,
    whoever_stops_listening_ends_the_run,
    a_named_pipe_is_read_as_it_is_written,
    stopping_after_a_stage_counts_what_came_before,
]

if __name__ == "__main__":
    print(f"1..{len(TESTS)}")
    failed = 0
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except (AssertionError, KeyError, ValueError, subprocess.TimeoutExpired) as why:
            failed += 1
            print(f"not ok {number} - {test.__name__}\n# {type(why).__name__}: {str(why)[:800]}",
                  flush=True)
    shutil.rmtree(HERE)
    sys.exit(failed > 0)
