#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Open vSwitch forwards simulated packets between two interfaces of its own network namespace and
tells of them by NetFlow v5, IPFIX and sFlow over loopback; what we read of each is what went
through, within what each tells.  Prints TAP; all are skipped where the switch cannot run.
usage: openvswitch.py SEKISHO EXPORTS_DUMP SCENARIOS"""

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
import threading
import time

SEKISHO, DUMP, SCENARIOS = sys.argv[1:4]
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-ovs-"))
ENVIRONMENT = dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin",
                   **{f"OVS_{name}": str(HERE) for name in ("RUNDIR", "LOGDIR", "DBDIR",
                                                            "SYSCONFDIR")})
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
DATABASE = f"unix:{HERE}/db.sock"
PORTS = {"netflow": 2055, "ipfix": 4739, "sflow": 6343}
PACKETS_A_SECOND = 4000
TCP, UDP = 6, 17
INGRESS, ETHERNET_OCTETS = 1, 14
IS_INSIDE = os.environ.get("SEKISHO_INSIDE") == "1"


class Skip(Exception):
    """The system cannot do this, for the reason given."""


def command(*words):
    done = subprocess.run(words, capture_output=True, env=ENVIRONMENT, timeout=60, check=False)
    if done.returncode != 0:
        raise Skip(f"{words[0]}: {done.stderr.decode(errors='replace').strip()[-200:]}")


def why_not():
    for name in ("unshare", "ip", "ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl"):
        if not shutil.which(name, path=ENVIRONMENT["PATH"]):
            return f"{name} is not installed"
    if not IS_INSIDE:
        inside = subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False)
        if inside.returncode != 0:
            return "no right to make a network namespace"
    return None


def start_switch():
    """A bridge in user space between two pairs of interfaces, which samples every packet."""
    command("ip", "link", "set", "lo", "up")
    command("ovsdb-tool", "create", f"{HERE}/conf.db", SCHEMA)
    command("ovsdb-server", f"{HERE}/conf.db", f"--remote=p{DATABASE}", f"--pidfile={HERE}/db.pid",
            "--detach", "--no-chdir", f"--log-file={HERE}/db.log")
    command("ovs-vsctl", f"--db={DATABASE}", "--no-wait", "init")
    command("ovs-vswitchd", DATABASE, f"--pidfile={HERE}/switch.pid", "--detach", "--no-chdir",
            "--disable-system", f"--log-file={HERE}/switch.log")
    configure("add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev",
              "fail_mode=standalone")
    # A flow that is silent this long is over, for NetFlow (milliseconds).
    configure("set", "Open_vSwitch", ".", "other_config:max-idle=500")
    for side in ("one", "two"):
        command("ip", "link", "add", side, "type", "veth", "peer", "name", f"{side}-in")
        for name in (side, f"{side}-in"):
            # A packet that the kernel makes itself would be told of, too.
            pathlib.Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
            command("ip", "link", "set", name, "up", "mtu", "9000")
        configure("add-port", "br0", f"{side}-in")
    configure("--", "--id=@x", "create", "NetFlow", f'targets="127.0.0.1:{PORTS["netflow"]}"',
              "--", "set", "bridge", "br0", "netflow=@x")
    configure("--", "--id=@x", "create", "IPFIX", f'targets="127.0.0.1:{PORTS["ipfix"]}"',
              "sampling=1", "obs_domain_id=7", "obs_point_id=8", "cache_active_timeout=3",
              "cache_max_flows=100000", "--", "set", "bridge", "br0", "ipfix=@x")
    configure("--", "--id=@x", "create", "sFlow", f'targets="127.0.0.1:{PORTS["sflow"]}"',
              "sampling=1", "polling=0", "header=128", "--", "set", "bridge", "br0",
              "sflow=@x")


def configure(*words):
    command("ovs-vsctl", "--timeout=20", f"--db={DATABASE}", *words)


def stop_switch():
    for name in ("switch.pid", "db.pid"):
        try:
            os.kill(int((HERE / name).read_text()), 15)
        except (OSError, ValueError):
            pass


def receive(port, messages, stopping):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        receiver.bind(("127.0.0.1", port))
        receiver.settimeout(0.2)
        while not stopping.is_set():
            try:
                messages.append(receiver.recv(65535))
            except TimeoutError:
                pass


def frames_of(pcapng):
    octets, at = pcapng.read_bytes(), 0
    while at < len(octets):
        kind, size = struct.unpack_from("<II", octets, at)
        if kind == 6:
            captured = struct.unpack_from("<I", octets, at + 20)[0]
            yield octets[at + 28:at + 28 + captured]
        at += size


def key_and_length(frame):
    """Of a direction of a flow, by the plainest code; ICMP without type and code."""
    packet = frame[14:]
    if packet[0] >> 4 == 4:
        head, length, protocol = (packet[0] & 15) * 4, *struct.unpack_from(">H5xB", packet, 2)
        ends = packet[12:16], packet[16:20]
    else:
        head, length, protocol = 40, 40 + struct.unpack_from(">H", packet, 4)[0], packet[6]
        ends = packet[8:24], packet[24:40]
    ports = struct.unpack_from(">HH", packet, head) if protocol in (TCP, UDP) else (0, 0)
    return tuple(str(ipaddress.ip_address(end)) for end in ends) + (protocol, *ports), length


def lines_of(name):
    done = subprocess.run([DUMP, str(HERE / name)], capture_output=True, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def dumped(name, is_wanted=lambda line: True):
    lines = lines_of(name)
    flows = collections.defaultdict(lambda: [0, 0])
    for line in lines:
        if line["kind"] != "flow" or not is_wanted(line):
            continue
        ports = (line["source_port"], line["destination_port"])
        if line["protocol"] not in (TCP, UDP):
            ports = (0, 0)
        key = (line["source"], line["destination"], line["protocol"], *ports)
        flows[key][0] += line["forward"]["packets"]
        flows[key][1] += line["forward"]["octets"]
    return dict(flows), [line for line in lines if line["kind"] == "flow"]


def check_equal(actual, expected):
    wrong = [(key, actual.get(key), expected.get(key)) for key in actual | expected
             if actual.get(key) != expected.get(key)]
    assert not wrong, (len(wrong), len(expected), wrong[:4])


def run_traffic():
    """Sends the capture through the switch; each message that it exports, in files."""
    capture = HERE / "capture.pcapng"
    subprocess.run([SEKISHO, "simulate", str(pathlib.Path(SCENARIOS) / "small.yaml"), "-o",
                    str(capture), "--truth", str(HERE / "truth.json"), "--quiet"], check=True)
    stopping, messages = threading.Event(), {name: [] for name in PORTS}
    threads = [threading.Thread(target=receive, args=(port, messages[name], stopping))
               for name, port in PORTS.items()]
    for thread in threads:
        thread.start()
    expected = collections.defaultdict(lambda: [0, 0])
    try:
        start_switch()
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
            sender.bind(("one", 0))
            start = time.monotonic()
            for count, frame in enumerate(frames_of(capture)):
                key, length = key_and_length(frame)
                expected[key][0] += 1
                expected[key][1] += length
                sender.send(frame)
                time.sleep(max(0.0, start + count / PACKETS_A_SECOND - time.monotonic()))
        time.sleep(8)  # the caches of IPFIX and NetFlow empty
    finally:
        stop_switch()
        stopping.set()
        for thread in threads:
            thread.join()
    for name, got in messages.items():
        (HERE / name).write_bytes(b"".join(got))
    return dict(expected)


def by_ipfix(expected):
    """Each packet as it enters, in flows of 3 s; the sampling rate is not told."""
    flows, lines = dumped("ipfix", lambda line: line["direction"] == INGRESS)
    check_equal(flows, expected)
    assert {line["rate"] for line in lines} == {0}, "not told is not known, never 1"


def by_netflow_5(expected):
    """Version 5 has no room for IPv6; octets are of frames, with their head.  The switch tells of
    those flows only that were still there when it last asked its data path, and in whole."""
    frames = {key: [packets, octets + ETHERNET_OCTETS * packets]
              for key, (packets, octets) in expected.items() if ":" not in key[0]}
    flows = dumped("netflow")[0]
    assert flows
    check_equal(flows, {key: frames.get(key) for key in flows})


def by_sflow(expected):
    """Every packet is picked: one in one, by its own word."""
    samples = [line for line in lines_of("sflow") if line["kind"] == "sample"]
    flows = collections.defaultdict(lambda: [0, 0])
    for line in samples:
        ports = (line["source_port"], line["destination_port"])
        key = (line["source"], line["destination"], line["protocol"],
               *(ports if line["protocol"] in (TCP, UDP) else (0, 0)))
        flows[key][0] += 1
        flows[key][1] += line["octets"]
    check_equal(dict(flows), expected)
    assert {(line["rate"], line["sampling"]) for line in samples} == {(1, "all packets")}


def nothing_is_lost_on_the_way(_):
    for name in PORTS:
        for line in lines_of(name):
            if line["kind"] == "exporter":
                assert line["without_template"] == 0, line
            elif line["kind"] == "count":
                assert "refused" not in line["name"], line


def main():
    reason, expected, failed = why_not(), {}, 0
    if not reason and not IS_INSIDE:
        shutil.rmtree(HERE)
        os.environ["SEKISHO_INSIDE"] = "1"
        os.execvp("unshare", ["unshare", "-n", sys.executable, *sys.argv])
    try:
        expected = {} if reason else run_traffic()
    except Skip as why:
        reason = str(why)
    tests = [by_ipfix, by_netflow_5, by_sflow, nothing_is_lost_on_the_way]
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        name = f"open_vswitch_{test.__name__}"
        if reason:
            print(f"ok {number} - {name} # SKIP {reason}")
            continue
        try:
            test(expected)
            print(f"ok {number} - {name}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            words = " ".join(f"{type(error).__name__}: {error}".split())
            print(f"not ok {number} - {name}\n# {words[:2000]}", flush=True)
    shutil.rmtree(HERE, ignore_errors=True)
    return failed > 0


sys.exit(main())
