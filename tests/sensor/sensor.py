#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sensor from end to end: what its collector can do, what its keeper refuses, and what ends
when a warrant does.  Needs root, for a network namespace of its own.  Prints TAP.
usage: sensor.py SEKISHO INTRUDER WITHOUT"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import struct
import subprocess
import sys
import time
import traceback

import traffic
from border import LISTED, OTHER, OWN, Border, Exporter, Sensor

SEKISHO, INTRUDER, WITHOUT = (str(pathlib.Path(one).resolve()) for one in sys.argv[1:4])
FRAMES = {"sources": {"interfaces": "[lo]"}, "idle_seconds": 1}
YEAR = 365 * 86400


def records(border):
    """(end of the flow, server, warrant), as the store has them."""
    path = border.state / "sekisho/sensor.sqlite"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as store:
        columns = [row[1] for row in store.execute("PRAGMA table_info(flow)")]
        assert columns, "no table flow"
        rows = store.execute("SELECT * FROM flow").fetchall()
    return [dict(zip(columns, row)) for row in rows]


def ends(border):
    return [(row["end_ns"] / 1e9, row["warrant"]) for row in records(border)]


def live(border, serial="W-1", seconds=600):
    now = time.time()
    border.warrant(serial, now - 60, now + seconds)
    return border


def finish(sensor):
    code = sensor.stop()
    assert code == 0, (code, sensor.words())


def until(what, seconds=10, pause=0.02):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(pause)
    return None


# What can be seen of a running collector


def a_collector_has_its_channel_and_its_sources_and_no_file():
    border = live(Border(SEKISHO))
    sensor = Sensor(border).wait_ready()
    folder = pathlib.Path(f"/proc/{sensor.collector()}/fd")
    found = {int(one.name): os.readlink(one) for one in folder.iterdir()}
    kinds = sorted(re.sub(r"\d+", "N", what) for number, what in found.items() if number > 3)
    assert found[3].startswith("socket:"), found
    assert all(found[number].startswith("pipe:") for number in (0, 1, 2)), found
    assert set(kinds) <= {"anon_inode:[eventpoll]", "socket:[N]"}, found
    assert kinds.count("socket:[N]") == 1, found  # the one UDP socket
    finish(sensor)
    border.remove()


def the_kernel_says_that_it_is_closed():
    border = live(Border(SEKISHO))
    sensor = Sensor(border).wait_ready()
    status = dict(line.split(":\t", 1) for line in
                  pathlib.Path(f"/proc/{sensor.collector()}/status").read_text().splitlines())
    assert status["Seccomp"].strip() == "2" and status["NoNewPrivs"].strip() == "1", status
    for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0, (name, status[name])
    assert set(status["Uid"].split()) == {"65534"} and status["Groups"].strip() == ""
    limits = pathlib.Path(f"/proc/{sensor.collector()}/limits").read_text()
    for name in ("core file size", "processes", "file size"):
        assert re.search(rf"Max {name} +0 +0 ", limits), limits
    # Nobody of its own user may look into it: its files in /proc are root's.
    assert os.stat(f"/proc/{sensor.collector()}/mem").st_uid == 0
    environment = pathlib.Path(f"/proc/{sensor.collector()}/environ").read_bytes()
    assert re.fullmatch(rb"(SEKISHO_LAW_DIR=[^\0]*)?\0*", environment), environment
    finish(sensor)
    border.remove()


def strace_sees_no_call_that_reaches_out():
    border = live(Border(SEKISHO, **FRAMES))
    sensor = Sensor(border).wait_ready()
    connections = traffic.Connections()
    trace = border.folder / "trace"
    with subprocess.Popen(["strace", "-f", "-qq", "-o", str(trace), "-p", str(sensor.collector())],
                          stderr=subprocess.DEVNULL) as tracer:  # fmt: skip
        time.sleep(4)
        tracer.send_signal(signal.SIGINT)
    connections.stop()
    finish(sensor)
    calls = set(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.M))
    assert {"poll", "sendto"} <= calls, calls  # it worked while it was looked at
    assert calls <= {"poll", "sendto", "recvmsg", "getsockopt", "ioctl", "clock_nanosleep", "brk",
                     "mmap", "munmap", "madvise", "restart_syscall", "futex"}, calls  # fmt: skip
    border.remove()


def exporters_are_answered_over_tls_from_within_the_sandbox():
    if not shutil.which("openssl"):
        return "no openssl"
    border = Border(SEKISHO)
    authority = certificates(border.folder)
    port = border.port
    border.configure(sources={"listen": f'["tls:127.0.0.1:{port}"]', "tls_authority": authority,
                              "tls_certificate": border.folder / "collector.pem",
                              "tls_key": border.folder / "collector.key"})  # fmt: skip
    live(border)
    sensor = Sensor(border).wait_ready()
    collector = sensor.collector()
    context = ssl.create_default_context(cafile=authority)
    context.load_cert_chain(border.folder / "exporter.pem", border.folder / "exporter.key")
    for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
        context.maximum_version = version
        with context.wrap_socket(socket.create_connection(("127.0.0.1", port)),
                                 server_hostname="127.0.0.1") as link:  # fmt: skip
            link.sendall(struct.pack(">HHIII", 10, 16, int(time.time()), 0, 7))
    try:  # and without a certificate refused
        bare = ssl.create_default_context(cafile=authority)
        with bare.wrap_socket(socket.create_connection(("127.0.0.1", port)),
                              server_hostname="127.0.0.1") as link:  # fmt: skip
            link.recv(1)
        raise AssertionError("it was not refused")
    except ssl.SSLError:
        pass
    time.sleep(0.5)
    assert sensor.collector() == collector and not border.entries("gap")
    finish(sensor)
    assert "3 connections of exporters accepted" in sensor.words(), sensor.words()
    border.remove()
    return None


def certificates(folder):
    """Of an authority, a collector and an exporter; the authority's."""

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("req", "-x509", *curve, "-keyout", folder / "authority.key", "-out",
            folder / "authority.pem", "-days", "2", "-subj", "/CN=authority")  # fmt: skip
    for name in ("collector", "exporter"):
        openssl("req", *curve, "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.csr",
                "-subj", f"/CN={name}")  # fmt: skip
        openssl("x509", "-req", "-in", folder / f"{name}.csr", "-CA", folder / "authority.pem",
                "-CAkey", folder / "authority.key", "-CAcreateserial", "-days", "2", "-out",
                folder / f"{name}.pem", "-extfile", folder / "names")  # fmt: skip
    return folder / "authority.pem"


def begun_by_no_root_it_is_closed_as_well():
    border = live(Border(SEKISHO))
    subprocess.run(["chown", "-R", "65534:65534", str(border.folder)], check=True)
    sensor = Sensor(border, prefix=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
    sensor.wait_ready()
    status = pathlib.Path(f"/proc/{sensor.collector()}/status").read_text()
    assert re.search(r"^Seccomp:\t2$", status, re.M) and re.search(r"^CapEff:\t0+$", status, re.M)
    finish(sensor)
    assert not border.entries("sandbox_weakened")
    border.remove()


def what_the_law_asks_of_the_ledger_is_in_it():
    """Under another basis, with pseudonyms; and `verify --law` finds nothing wrong."""
    border = Border(SEKISHO, "exercise")
    (border.folder / "networks.yaml").write_text(
        "domestic:\n  - prefix: 192.0.2.0/24\nforeign:\n  - prefix: 198.51.100.0/24\n"
        "  - prefix: 203.0.113.0/24\n")  # fmt: skip
    border.configure(wait_seconds=1, border=f"{{networks: {border.folder}/networks.yaml}}")
    live(border)
    sensor = Sensor(border).wait_ready()
    exporter = Exporter(border)
    assert until(lambda: sensor.acknowledged()[1] > 0, 20)
    os.kill(sensor.collector(), signal.SIGKILL)
    assert until(lambda: border.entries("gap"))
    border.revoke("W-1")
    time.sleep(1.5)
    exporter.stop()
    finish(sensor)
    loaded = border.entries("generation_loaded")
    digest = hashlib.sha256((border.folder / "list.txt").read_bytes()).hexdigest()
    assert [(row["digest"], row["indicators"], row["lists"]) for row in loaded] == [(digest, 1, 1)]
    found = records(border)
    assert found and not any(OWN in str(row) for row in found), found[:1]
    assert all(row["initiator"].startswith("line-") for row in found), found[0]
    ledger = border.state / "sekisho"
    done = border.run("verify", "--law", "jp", "--key", ledger / "ledger.pub", ledger / "ledger")
    assert "0 wrong, 0 notes" in done.stdout, done.stdout
    border.remove()


# A collector in other hands


def attempt(name, basis="own"):
    border = live(Border(SEKISHO, basis))
    pathlib.Path(f"{border.config}.attempt").write_text(name)
    sensor = Sensor(border, program=INTRUDER)
    return border, sensor


CALLS = ["open_file", "make_file", "open_socket", "connect_out", "send_out", "run_program",
         "begin_process", "look_into_keeper", "run_memory", "write_out"]


def every_forbidden_call_is_the_end_of_the_collector_and_the_ledger_has_it():
    for name in CALLS:
        border, sensor = attempt(name)
        gap = until(lambda: [row for row in border.entries("gap")
                             if "system call that the sandbox forbids" in row["reason"]])
        assert gap, (name, border.entries("gap"))
        finish(sensor)
        assert border.verify()["wrong"] is None
        border.remove()


MESSAGES = {"send_unselected": "unselected", "send_without_rule": "no rule",
            "send_raw": "malformed message", "send_wrong_way": "malformed message",
            "send_overlong": "malformed message"}


def no_message_but_a_selected_record_is_taken():
    for name, reason in MESSAGES.items():
        border, sensor = attempt(name)
        refused = until(lambda: border.entries("collector_refused"))
        assert refused and refused[0]["reason"] == reason, (name, refused)
        if reason == "malformed message":  # and who says such things is not heard any more
            gap = until(lambda: border.entries("gap"))
            assert gap and "what no collector says" in gap[0]["reason"], gap
        else:
            assert refused[0]["records"] == 5, refused
        finish(sensor)
        assert not records(border) and border.verify()["wrong"] is None
        border.remove()


def without_the_kernels_help_it_does_not_start_unless_it_may():
    for what in ("landlock", "seccomp"):
        border = live(Border(SEKISHO))
        sensor = Sensor(border, prefix=[WITHOUT, what])
        assert sensor.wait() == 1 and "does not close the sandbox" in sensor.words()
        assert not border.entries("selection_batch")
        border.configure(allow_weak_sandbox="true")
        sensor = Sensor(border, prefix=[WITHOUT, what]).wait_ready()
        finish(sensor)
        weakened = border.entries("sandbox_weakened")
        assert weakened and what in weakened[0]["reason"].lower(), weakened
        border.remove()


# Warrants


def without_a_warrant_nothing_is_selected():
    border = Border(SEKISHO, **FRAMES)
    sensor = Sensor(border).wait_ready()
    connections = traffic.Connections()
    time.sleep(3)
    connections.stop()
    finish(sensor)
    assert not records(border) and not border.entries("selection_batch")
    border.remove()


def a_revocation_ends_selection_within_a_second_and_a_new_warrant_begins_it():
    border = live(Border(SEKISHO, **FRAMES))
    sensor = Sensor(border).wait_ready()
    connections = traffic.Connections()
    collector = sensor.collector()
    time.sleep(4)
    border.revoke("W-1")
    revoked = time.time()
    time.sleep(4)
    live(border, "W-2")
    renewed = time.time()
    time.sleep(4)
    connections.stop()
    assert sensor.collector() == collector  # without a new start
    finish(sensor)
    found = ends(border)
    first = [end for end, warrant in found if warrant == "W-1"]
    second = [end for end, warrant in found if warrant == "W-2"]
    assert len(first) > 10 and len(second) > 100, (len(first), len(second))
    assert len(found) == len(first) + len(second)
    assert max(first) < revoked + 1, max(first) - revoked
    assert min(second) > revoked + 1 and min(second) < renewed + 1.5, min(second) - renewed
    told = border.entries("warrant_revoked")
    assert [row["warrant"] for row in told] == ["W-1"], told
    assert border.entries("warrant_ended")[0]["event"] == "revoked"
    assert border.verify()["wrong"] is None
    border.remove()


def at_a_warrants_end_selection_ends_by_itself():
    border = Border(SEKISHO, **FRAMES)
    end = int(time.time()) + 6
    border.warrant("W-1", end - 3600, end)
    sensor = Sensor(border).wait_ready()
    connections = traffic.Connections()
    time.sleep(max(0, end + 3 - time.time()))
    connections.stop()
    finish(sensor)
    found = ends(border)
    assert len(found) > 100 and max(found)[0] < end, max(found)[0] - end
    assert border.entries("warrant_ended")[0]["event"] == "expired"
    assert all(row["to"] <= border.entries("warrant_ended")[0]["to"]
               for row in border.entries("selection_batch"))
    border.remove()


def one_warrant_takes_over_from_another_without_gap_or_overlap():
    """Of exporters: each flow under the warrant of its own time, and none lost or twice."""
    border = Border(SEKISHO, sources=None, wait_seconds=2)
    border.configure(wait_seconds=2)
    change = int(time.time()) + 7
    border.warrant("W-1", change - 3600, change)
    border.warrant("W-2", change, change + 3600)
    sensor = Sensor(border).wait_ready()
    exporter = Exporter(border)
    time.sleep(max(0, change + 6 - time.time()))
    exporter.stop()
    time.sleep(0.5)
    finish(sensor)
    found = ends(border)
    assert all((end < change) == (warrant == "W-1") for end, warrant in found)
    assert {warrant for _, warrant in found} == {"W-1", "W-2"}
    assert len(found) == exporter.sent // 2, (len(found), exporter.sent // 2)
    assert not border.entries("gap")
    border.remove()


def a_clock_set_forward_or_back_keeps_nothing_alive():
    """The keeper's clock by libfaketime; the machine's own goes on (CLOCK_BOOTTIME)."""
    library = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if not library:
        return "libfaketime is not installed"
    for offset, event in (("+2h", "expired"), ("-2h", None)):
        border = live(Border(SEKISHO, **FRAMES), seconds=3600)
        clock = border.folder / "clock"
        clock.write_text("+0")
        sensor = Sensor(border, environment={
            "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}.items()).wait_ready()
        time.sleep(1.5)
        clock.write_text(offset)
        stepped = until(lambda: border.entries("clock_step"))
        assert stepped, sensor.words()
        ended = until(lambda: border.entries("warrant_ended"), 3)
        assert (ended[0]["event"] if ended else None) == event or offset == "-2h", ended
        if offset == "-2h":  # before its beginning by one clock: certain by none
            assert ended, "it is not certain that the warrant has begun"
        clock.write_text("+0")  # set right again: what was closed stays so
        time.sleep(2)
        assert len(border.entries("clock_step")) == 2
        finish(sensor)
        border.remove()
    return None


def a_signed_generation_is_loaded_and_a_forged_one_is_not():
    border = Border(SEKISHO)
    public = (border.folder / "trust.yaml").read_text().split("key: ")[1].split()[0]
    generation = border.folder / "lists.generation"
    border.run("indicators", "build", "--quiet", "--key", border.key, "-o", generation,
               border.folder / "list.txt")  # fmt: skip
    border.configure(indicators=f"[{generation}]", indicator_keys=f"[{public}]", wait_seconds=1)
    live(border)
    sensor = Sensor(border).wait_ready()
    exporter = Exporter(border)
    assert until(lambda: sensor.acknowledged()[1] > 0, 20), sensor.words()
    exporter.stop()
    finish(sensor)
    octets = bytearray(generation.read_bytes())
    octets[len(octets) // 2] ^= 1
    generation.write_bytes(octets)
    sensor = Sensor(border)
    assert sensor.wait() == 1, sensor.words()
    border.remove()


def servers(border):
    return [row["responder"] for row in records(border)]


def build_lists(border, generation, *addresses):
    (border.folder / "list.txt").write_text("\n".join(addresses) + "\n")
    border.run("indicators", "build", "--quiet", "--key", border.key, "-o", generation,
               border.folder / "list.txt")  # fmt: skip


def swap_generations(workers):
    border = Border(SEKISHO)
    public = (border.folder / "trust.yaml").read_text().split("key: ")[1].split()[0]
    generation = border.folder / "lists.generation"
    build_lists(border, generation, LISTED)
    border.configure(indicators=f"[{generation}]", indicator_keys=f"[{public}]", wait_seconds=1,
                     workers=workers, memory_mib=64 * workers, judge_seconds=1)  # fmt: skip
    live(border)
    sensor = Sensor(border).wait_ready()
    exporter = Exporter(border)
    assert until(lambda: sensor.acknowledged()[1] > 0, 20), sensor.words()
    collector, had = sensor.collector(), sorted(os.listdir(f"/proc/{sensor.collector()}/fd"))
    assert set(servers(border)) == {LISTED}
    build_lists(border, generation, OTHER)
    sensor.process.send_signal(signal.SIGHUP)
    assert until(lambda: OTHER in servers(border), 20), sensor.words()
    time.sleep(2)
    before = servers(border).count(LISTED)
    time.sleep(2)
    assert servers(border).count(LISTED) == before  # nobody asks the one before any more
    octets = bytearray(generation.read_bytes())
    octets[len(octets) // 2] ^= 1
    generation.write_bytes(octets)
    sensor.process.send_signal(signal.SIGHUP)
    assert until(lambda: "indicators as before" in sensor.words(), 10), sensor.words()
    count = len(servers(border))
    assert until(lambda: len(servers(border)) > count, 20)
    assert sensor.collector() == collector and sorted(os.listdir(f"/proc/{collector}/fd")) == had
    exporter.stop()
    finish(sensor)
    assert len(border.entries("generation_loaded")) == 2 and not border.entries("gap")
    border.remove()


def a_generation_is_swapped_while_the_collector_runs():
    swap_generations(1)
    swap_generations(3)


def a_reload_reads_trusted_keys_again():
    border = Border(SEKISHO)
    trusted = (border.folder / "trust.yaml").read_text()
    border.trust(border.make_key(border.folder / "other.key"))
    live(border)
    sensor = Sensor(border).wait_ready()
    assert until(lambda: border.entries("warrant_refused")), sensor.words()
    (border.folder / "trust.yaml").write_text(trusted)
    sensor.process.send_signal(signal.SIGHUP)
    assert until(lambda: border.entries("warrant_accepted")), sensor.words()
    finish(sensor)
    border.remove()


def a_configuration_is_checked_and_prints_itself():
    border = Border(SEKISHO)
    border.run("sensor", "-c", border.config, "--check")
    printed = border.run("sensor", "-c", border.config, "--print").stdout
    again = border.folder / "again.yaml"
    again.write_text(printed)
    assert border.run("sensor", "-c", again, "--print").stdout == printed
    for change, words in (("workers: 100", "workers"), ("wurst: 1", "wurst"),
                          ("sources: {}", "name one of listen"), ("pseudonyms: none", "neither")):
        name = change.split(":")[0]
        # The key and what lies below it.
        lines = re.sub(rf"^{name}:.*\n(?:[ -].*\n)*", "", printed, flags=re.M).splitlines()
        again.write_text("\n".join(lines) + f"\n{change}\n")
        done = border.run("sensor", "-c", again, "--check", check=False)
        assert done.returncode == 1 and words in done.stderr, (change, done.stderr)
    border.remove()


TESTS = [value for name, value in list(globals().items())
         if callable(value) and getattr(value, "__module__", "") == "__main__" and "_" in name
         and name not in ("enter_namespace",) and value.__code__.co_argcount == 0]


def main():
    if not traffic.enter_namespace():
        print("1..0 # SKIP needs root, for a network namespace of its own")
        return
    chosen = [one for one in TESTS if not sys.argv[4:] or one.__name__ in sys.argv[4:]]
    print(f"1..{len(chosen)}")
    for number, test in enumerate(chosen, 1):
        name = test.__name__.replace("_", " ")
        try:
            why = test()
            print(f"ok {number} - {name}" + (f" # SKIP {why}" if why else ""), flush=True)
        except Exception:  # pylint: disable=broad-except
            print(f"not ok {number} - {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)


if __name__ == "__main__":
    main()
