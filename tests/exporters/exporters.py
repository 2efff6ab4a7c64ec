#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real exporters read a capture and send what they metered over loopback; what we read out of it
is what the capture holds, within what each exporter says it does.  Prints TAP; an exporter that
is not installed is skipped."""

import collections
import ipaddress
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

SEKISHO, DUMP = sys.argv[1:3]
SCENARIOS = pathlib.Path(sys.argv[3])
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-exporters-"))
# Where Debian puts daemons, which is not in everybody's path.
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
NETWORKS, CAPTURE = HERE / "networks.yaml", HERE / "capture.pcap"
QUIET_S = 1.5
TCP, UDP = 6, 17


class Skip(Exception):
    """Why a test cannot be made here."""


def program(name):
    path = shutil.which(name, path=PATH)
    if not path:
        raise Skip(f"{name} is not installed")
    return path


def rewrite(pcapng, pcap):
    """As a classic pcap file, which every exporter reads."""
    octets, at = pcapng.read_bytes(), 0
    with pcap.open("wb") as file:
        file.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        while at < len(octets):
            kind, size = struct.unpack_from("<II", octets, at)
            if kind == 6:
                high, low, captured = struct.unpack_from("<III", octets, at + 12)
                seconds, nanoseconds = divmod(high << 32 | low, 10**9)
                frame = octets[at + 28:at + 28 + captured]
                file.write(struct.pack("<IIII", seconds, nanoseconds // 1000, captured, captured))
                file.write(frame)
            at += size


def ports(protocol, octets):
    return struct.unpack_from(">HH", octets) if protocol in (TCP, UDP) else (0, 0)


def metered():
    """Packets and octets of each direction of each flow, counted here by the plainest code."""
    flows = collections.defaultdict(lambda: [0, 0])
    octets, at = CAPTURE.read_bytes(), 24
    while at < len(octets):
        captured = struct.unpack_from("<I", octets, at + 8)[0]
        packet = octets[at + 30:at + 16 + captured]
        if packet[0] >> 4 == 4:
            head, length, protocol = (packet[0] & 15) * 4, *struct.unpack_from(">H5xB", packet, 2)
            ends = packet[12:16], packet[16:20]
        else:
            head, length, protocol = 40, 40 + struct.unpack_from(">H", packet, 4)[0], packet[6]
            ends = packet[8:24], packet[24:40]
        key = tuple(str(ipaddress.ip_address(end)) for end in ends) + (
            protocol, *ports(protocol, packet[head:]))
        flows[key][0] += 1
        flows[key][1] += length
        at += 16 + captured
    return dict(flows)


def receive(words):
    """Runs an exporter, with PORT in its words replaced; the file of what it sent."""
    out = HERE / "messages"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver, out.open("wb") as file:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(QUIET_S)
        port = str(receiver.getsockname()[1])
        exporter = subprocess.Popen([word.replace("PORT", port) for word in words], cwd=HERE,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        deadline, count = time.monotonic() + 20, 0
        while time.monotonic() < deadline:
            try:
                file.write(receiver.recv(65535))
                count += 1
            except TimeoutError:
                if exporter.poll() is not None:
                    break
        if exporter.poll() is None:
            exporter.kill()
        words = exporter.communicate()[0].decode(errors="replace")
    assert count > 0, words[-800:]
    return out


def dumped(file):
    """What was read: flows by direction, and the lines of flows and exporters."""
    done = subprocess.run([DUMP, str(file)], capture_output=True, timeout=60, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    flows = collections.defaultdict(lambda: [0, 0])
    for line in lines:
        if line["kind"] != "flow":
            continue
        ends, numbers = (line["source"], line["destination"]), (line["source_port"],
                                                                line["destination_port"])
        if line["protocol"] not in (TCP, UDP):
            numbers = (0, 0)  # type and code of ICMP stand there
        for way, turn in (("forward", 1), ("reverse", -1)):
            if line[way]["packets"] > 0:
                key = (*ends[::turn], line["protocol"], *numbers[::turn])
                flows[key][0] += line[way]["packets"]
                flows[key][1] += line[way]["octets"]
    return (dict(flows), [line for line in lines if line["kind"] == "flow"],
            [line for line in lines if line["kind"] == "exporter"])


def check_equal(actual, expected):
    wrong = [(key, actual.get(key), expected.get(key)) for key in actual | expected
             if actual.get(key) != expected.get(key)]
    assert not wrong, (len(wrong), wrong[:4])


def watched(file, *options):
    done = subprocess.run([SEKISHO, "watch", "--no-store", "--quiet", "--json", "-", "--networks",
                           str(NETWORKS), *options, str(file)], capture_output=True, timeout=60,
                          check=False)
    assert done.returncode in (0, 4), done.stderr
    report = json.loads(done.stdout)
    return {"packets": report["input"]["packets"], "octets": report["input"]["octets"],
            "flows": report["funnel"]["flows_seen"]}


def softflowd(*options):
    """Names are those within our folder: softflowd 1.1.0 does not end with longer ones."""
    return receive([program("softflowd"), "-d", "-6", "-r", CAPTURE.name, "-n", "127.0.0.1:PORT",
                    "-p", "pid", "-c", "control", *options])


def check_all(file, records=None):
    """Each direction of each flow, the totals, and conversations as we meter them ourselves."""
    expected = metered()
    flows, _, exporters = dumped(file)
    check_equal(flows, expected)
    assert [row["without_template"] for row in exporters] == [0], exporters
    if records:
        assert exporters[0]["records"] >= records, exporters
    assert watched(file) == watched(CAPTURE), (watched(file), watched(CAPTURE))


def softflowd_by_netflow_9():
    check_all(softflowd("-v", "9"))


def softflowd_by_ipfix():
    check_all(softflowd("-v", "10"))


def softflowd_by_ipfix_in_both_directions_at_once():
    """RFC 5103: one record a conversation."""
    file = softflowd("-v", "10", "-b")
    check_all(file)
    assert any(line["reverse"]["packets"] for line in dumped(file)[1])


def softflowd_by_netflow_5():
    """Version 5 has no room for IPv6, which is left out."""
    expected = {key: value for key, value in metered().items() if ":" not in key[0]}
    flows, lines, _ = dumped(softflowd("-v", "5"))
    check_equal(flows, expected)
    assert {line["rate"] for line in lines} == {0}, "it tells no rate: not known, never 1"


def softflowd_that_samples_tells_its_rate():
    """Every fifth packet is counted, and the counters are not multiplied by it."""
    total = sum(packets for packets, _ in metered().values())
    for version in ("9", "10"):
        flows, lines, _ = dumped(softflowd("-v", version, "-s", "5"))
        assert {(line["rate"], line["sampling"]) for line in lines} == {(5, "options")}
        packets = sum(packets for packets, _ in flows.values())
        assert abs(packets - total / 5) <= 1, (packets, total)


def pmacctd(version):
    configuration = HERE / f"pmacctd.{version}"
    configuration.write_text(f"""daemonize: false
pcap_savefile: {CAPTURE}
aggregate: src_host, dst_host, src_port, dst_port, proto, tos
plugins: nfprobe[a]
nfprobe_receiver[a]: 127.0.0.1:@
nfprobe_version[a]: {version}
nfprobe_timeouts[a]: expint=1:maxlife=3600
""")
    # The port is known only when the socket is there.
    return receive(["sh", "-c", f"sed s/@/PORT/ {configuration} >{configuration}.now && "
                    f"exec {program('pmacctd')} -f {configuration}.now"])


def pmacctd_by_netflow_9():
    check_all(pmacctd(9))


def pmacctd_by_ipfix():
    check_all(pmacctd(10))


TESTS = [
    softflowd_by_netflow_5,
    softflowd_by_netflow_9,
    softflowd_by_ipfix,
    softflowd_by_ipfix_in_both_directions_at_once,
    softflowd_that_samples_tells_its_rate,
    pmacctd_by_netflow_9,
    pmacctd_by_ipfix,
]


def main():
    out, failed = HERE / "capture.pcapng", 0
    subprocess.run([SEKISHO, "simulate", str(SCENARIOS / "small.yaml"), "-o", str(out), "--truth",
                    str(HERE / "truth.json"), "--networks", str(NETWORKS), "--quiet"], check=True)
    rewrite(out, CAPTURE)
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except Skip as why:
            print(f"ok {number} - {test.__name__} # SKIP {why}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            words = " ".join(f"{type(error).__name__}: {error}".split())
            print(f"not ok {number} - {test.__name__}\n# {words[:2000]}", flush=True)
    shutil.rmtree(HERE, ignore_errors=True)
    return failed > 0


sys.exit(main())
