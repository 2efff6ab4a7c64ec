#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Live packets from end to end, over veth pairs in network namespaces of our own: what is sent
is what is read, or is counted as dropped.  Prints TAP; skipped where namespaces cannot be made."""

import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

SEKISHO, COUNT, FLOOD = sys.argv[1:4]
SCENARIOS = pathlib.Path(sys.argv[4])
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-live-"))
SPACE = f"sekisho-{os.getpid()}"
ETHERNET, RAW_BSD, RAW, COOKED = 1, 12, 101, (113, 276)


def command(*words, check=True):
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert not check or done.returncode == 0, (words, done.stderr)
    return done


def ip(*words, check=True):
    return command("ip", "-n", SPACE, *words, check=check)


def inside(*words):
    return ["ip", "netns", "exec", SPACE, *map(str, words)]


def veth(name):
    """A pair that carries nothing but what we send: without IPv6 there are no neighbours."""
    ip("link", "add", "name", f"{name}a", "type", "veth", "peer", "name", f"{name}b")
    for end in ("a", "b"):
        command(*inside("sh", "-c", f"echo 1 >/proc/sys/net/ipv6/conf/{name}{end}/disable_ipv6"))
        ip("link", "set", f"{name}{end}", "up")


class Reader:
    """live_count on some interfaces; they are open when this is made."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(inside(COUNT, *arguments), stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n", self.process.stderr.read()

    def signal(self, number):
        self.process.send_signal(number)

    def result(self):
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, (self.process.returncode, err)
        return json.loads(out)


def read_pcap(path):
    """The frames of a classic pcap file in nanoseconds, as (octets, length on the wire)."""
    octets = path.read_bytes()
    assert octets[:4] in (b"\x4d\x3c\xb2\xa1", b"\xd4\xc3\xb2\xa1"), octets[:4]
    link, at, frames = struct.unpack_from("<I", octets, 20)[0], 24, []
    while at < len(octets):
        captured, length = struct.unpack_from("<II", octets, at + 8)
        frames.append((octets[at + 16:at + 16 + captured], length))
        at += 16 + captured
    return link, frames


def write_pcap(path, frames, link=ETHERNET, second=1_700_000_000):
    """One frame a microsecond."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHIIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, link))
        for i, frame in enumerate(frames):
            file.write(struct.pack("<IIII", second + i // 1000000, i % 1000000 * 1000,
                                   len(frame), len(frame)) + frame)
    return path


def read_pcapng(path):
    octets, at, frames = path.read_bytes(), 0, []
    while at < len(octets):
        kind, size = struct.unpack_from("<II", octets, at)
        if kind == 6:
            captured = struct.unpack_from("<I", octets, at + 20)[0]
            frames.append(octets[at + 28:at + 28 + captured])
        at += size
    return frames


def simulated():
    """Frames of a scenario, and their file with times one after the other."""
    out, frames_file = HERE / "simulated.pcapng", HERE / "simulated.pcap"
    if not frames_file.exists():
        command(SEKISHO, "simulate", str(SCENARIOS / "demo.yaml"), "-o", str(out), "--quiet",
                "--truth", str(HERE / "truth.json"), "--networks", str(HERE / "networks.yaml"))
        write_pcap(frames_file, read_pcapng(out)[:FRAMES])
    return read_pcap(frames_file)[1], frames_file


FRAMES = 30000


def send(interface, file, *more):
    done = subprocess.run(inside(FLOOD, interface, file, *more), capture_output=True, text=True,
                          timeout=120, check=True)
    return json.loads(done.stdout)["sent"]


def reported(done):
    assert done.returncode in (0, 4), done.stderr
    report = json.loads(done.stdout)
    return {key: report["input"][key] for key in ("frames", "packets", "octets")} | {
        "flows": report["funnel"]["flows_seen"]}


WATCH = [SEKISHO, "watch", "--no-store", "--quiet", "--json", "-", "--networks",
         str(HERE / "networks.yaml")]


def watched(file):
    return reported(subprocess.run([*WATCH, str(file)], capture_output=True, timeout=120,
                                   check=False))


def plain_frames(count, size=100, mark=0):
    """Ethernet, IPv4, UDP of which only the numbers differ."""
    frames = []
    for i in range(count):
        udp = struct.pack(">HHHH", 1000 + i % 500, 53, size - 34, 0)
        head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, size - 14, i & 0xffff, 0, 64, 17, 0,
                           bytes((10, mark, 0, 1)), bytes((10, mark, 0, 2)))
        frame = bytes(12) + b"\x08\x00" + head + udp
        frames.append(frame + bytes(size - len(frame)))
    return frames


def what_is_sent_is_what_is_read(*options):
    frames, file = simulated()
    got = HERE / "got.pcap"
    reader = Reader("-t", "600", "-w", got, *options, "vab")
    assert send("vaa", file, 1, 50000) == len(frames)
    result = reader.result()
    link, received = read_pcap(got)
    assert link == ETHERNET and result["frames"] == len(frames), (link, result)
    sent = [octets for octets, _ in frames]
    assert [octets for octets, _ in received] == sent
    assert result["octets"] == sum(map(len, sent))
    assert "frames dropped by the kernel" not in result["counters"], result
    assert not result["trouble"], result
    assert watched(got) == watched(file)
    return result


def the_same_by_libpcap():
    what_is_sent_is_what_is_read("-l")


def watch_tells_the_same_of_an_interface_and_of_a_file():
    frames, file = simulated()
    watching = subprocess.Popen(inside(*WATCH, "--interface", "vab"), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
    for _ in range(200):
        if len(command(*inside("cat", "/proc/net/packet")).stdout.splitlines()) > 1:
            break
        time.sleep(0.05)
    time.sleep(0.5)
    assert send("vaa", file, 1, 20000) == len(frames)
    time.sleep(0.5)
    watching.send_signal(signal.SIGINT)
    out, err = watching.communicate(timeout=60)
    done = subprocess.CompletedProcess(WATCH, watching.returncode, out, err)
    assert reported(done) == watched(file)


def times_are_of_now_and_their_origin_is_counted():
    file = write_pcap(HERE / "few.pcap", plain_frames(10))
    got = HERE / "times.pcap"
    before = time.time()
    reader = Reader("-n", "10", "-h", "-w", got, "vab")
    send("vaa", file)
    result = reader.result()
    octets = got.read_bytes()
    for i in range(10):
        second, nanosecond = struct.unpack_from("<II", octets, 24 + i * 116)
        assert before - 1 < second + nanosecond / 1e9 < time.time() + 1
    origins = [result["counters"].get(f"frames timed {how}", 0)
               for how in ("by the card", "by the system", "when stored")]
    assert sum(origins) == 10 and origins[0] == 0, origins
    assert "the card gives no times" in result["trouble"][0], result["trouble"]


def a_vlan_tag_that_the_kernel_takes_off_is_put_back():
    frames = [frame[:12] + tag + frame[12:] for frame, tag in
              zip(plain_frames(4), (b"\x81\x00\x00\x07", b"\x81\x00\x60\x64",
                                    b"\x88\xa8\x00\x05\x81\x00\x00\x06", b""))]
    file = write_pcap(HERE / "vlan.pcap", frames)
    got = HERE / "vlan-got.pcap"
    reader = Reader("-n", "4", "-d", "-w", got, "vab")
    send("vaa", file)
    result = reader.result()
    assert [octets for octets, _ in read_pcap(got)[1]] == frames
    assert result["packets"] == 4
    assert result["counters"]["frames VLAN tag put back"] == 3, result


def several_interfaces_are_read_fairly():
    files = [write_pcap(HERE / f"many{i}.pcap", plain_frames(3000, mark=i)) for i in range(2)]
    got = HERE / "two.pcap"
    reader = Reader("-u", "-n", "6000", "-w", got, "vab", "vbb")
    for interface, file in zip(("vaa", "vba"), files):
        assert send(interface, file) == 3000
    time.sleep(0.1)
    reader.signal(signal.SIGUSR1)
    result = reader.result()
    marks = [octets[27] for octets, _ in read_pcap(got)[1]]
    assert (marks.count(0), marks.count(1)) == (3000, 3000), result
    assert set(marks[:600]) == {0, 1}, "one interface waited for the other"


def a_quiet_link_is_seen_within_200_ms():
    file = write_pcap(HERE / "one.pcap", plain_frames(1))
    delays = []
    for _ in range(3):
        reader = Reader("-n", "1", "vab")
        time.sleep(0.3)
        start = time.monotonic()
        send("vaa", file)
        sent = time.monotonic()
        assert reader.result()["frames"] == 1
        delays.append(time.monotonic() - sent)
        assert sent - start < 5
    assert min(delays) < 0.2, delays


def an_interface_that_is_removed_ends_and_others_go_on():
    veth("vz")
    file = write_pcap(HERE / "few.pcap", plain_frames(10))
    reader = Reader("-n", "30", "vab", "vzb")
    send("vaa", file)
    send("vza", file)
    ip("link", "del", "vzb")
    time.sleep(0.5)
    send("vaa", file)
    result = reader.result()
    assert result["frames"] == 30 and "vzb is gone" in result["trouble"], result
    assert result["counters"]["interfaces gone"] == 1


def when_all_are_gone_the_run_ends(*options, pause=0):
    veth("vy")
    reader = Reader(*options, "vyb")
    send("vya", write_pcap(HERE / "few.pcap", plain_frames(10)))
    time.sleep(pause)
    ip("link", "del", "vyb")
    result = reader.result()
    assert result["frames"] == 10 and len(result["trouble"]) >= 1, result
    assert result["counters"]["interfaces gone"] == 1


def by_libpcap_too():
    """libpcap tells that its interface is gone before it gives what it still has."""
    when_all_are_gone_the_run_ends("-l", pause=0.3)


def an_interface_that_is_down_is_told_and_read_when_it_is_up_again():
    veth("vx")
    ip("link", "set", "vxb", "down")
    file = write_pcap(HERE / "few.pcap", plain_frames(10))
    reader = Reader("-n", "20", "vxb")
    ip("link", "set", "vxb", "up")
    time.sleep(0.5)
    send("vxa", file)
    ip("link", "set", "vxb", "down")
    time.sleep(0.5)
    ip("link", "set", "vxb", "up")
    time.sleep(0.5)
    send("vxa", file)
    result = reader.result()
    ip("link", "del", "vxb")
    assert result["frames"] == 20, result
    assert result["trouble"] == ["vxb is down: nothing is seen until it comes up",
                                 "vxb is up again"], result
    assert result["counters"]["interfaces went down"] == 2


def what_is_dropped_is_what_was_sent_and_not_read():
    file = write_pcap(HERE / "flood.pcap", plain_frames(20000, 600))
    reader = Reader("-u", "-r", 1 << 20, "-t", "600", "vab")
    assert send("vaa", file) == 20000
    reader.signal(signal.SIGUSR1)
    result = reader.result()
    dropped = result["counters"]["frames dropped by the kernel"]
    assert 0 < result["frames"] < 20000
    assert dropped == 20000 - result["frames"], result
    assert result["counters"]["rings full"] >= 1
    assert "vab: frames are dropped, because they come faster than they are read" \
        in result["trouble"], result
    assert f"vab: of 20000 frames {dropped} were dropped" in result["trouble"], result


def what_is_not_read_at_the_end_is_counted():
    file = write_pcap(HERE / "flood.pcap", plain_frames(2000))
    reader = Reader("-u", "vab")
    send("vaa", file)
    reader.signal(signal.SIGTERM)
    result = reader.result()
    assert result["frames"] == 0 and result["counters"]["frames not read at the end"] == 2000


def a_snapshot_keeps_the_length_on_the_wire():
    file = write_pcap(HERE / "few.pcap", plain_frames(10, 500))
    for options in ((), ("-l",)):
        got = HERE / "snap.pcap"
        reader = Reader("-n", "10", "-s", "96", "-d", "-w", got, *options, "vab")
        send("vaa", file)
        result = reader.result()
        assert {(len(octets), length) for octets, length in read_pcap(got)[1]} == {(96, 500)}
        assert result["octets"] == 5000 and result["packets"] == 10
        assert result["counters"]["frames cut short"] == 10, result


def on_loopback_each_packet_is_seen_once():
    reader = Reader("-t", "600", "-d", "lo")
    script = ("import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
              "s.bind(('127.0.0.1', 4711))\n"
              "for i in range(50): s.sendto(b'x', ('127.0.0.1', 4711))")
    subprocess.run(inside(sys.executable, "-c", script), check=True, timeout=60)
    result = reader.result()
    assert result["frames"] == 50 and result["packets"] == 50, result
    assert result["counters"]["frames seen twice on loopback"] == 50


def a_tunnel_without_ethernet_is_raw_ip():
    """A packet written into a tun device is one that it received."""
    got = HERE / "tun.pcap"
    script = ("import fcntl, os, struct, sys\n"
              "tun = os.open('/dev/net/tun', os.O_RDWR)\n"
              "fcntl.ioctl(tun, 0x400454ca, struct.pack('16sH22x', b'tun7', 0x1001))\n"
              "print('open', flush=True)\n"
              "sys.stdin.readline()\n"
              "os.write(tun, bytes.fromhex(sys.argv[1]))\n"
              "sys.stdin.readline()")
    packet = plain_frames(1)[0][14:]
    owner = subprocess.Popen(inside(sys.executable, "-c", script, packet.hex()), text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert owner.stdout.readline() == "open\n"
    command(*inside("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/tun7/disable_ipv6"))
    ip("link", "set", "tun7", "up")
    reader = Reader("-n", "1", "-d", "-w", got, "tun7")
    owner.stdin.write("go\n")
    owner.stdin.flush()
    result = reader.result()
    owner.communicate("end\n", timeout=20)
    assert read_pcap(got) == (RAW, [(packet, len(packet))]), result
    assert result["packets"] == 1


def any_is_read_by_libpcap():
    file = write_pcap(HERE / "few.pcap", plain_frames(10))
    got = HERE / "any.pcap"
    reader = Reader("-t", "600", "-d", "-w", got, "any")
    send("vaa", file)
    result = reader.result()
    # Sent by one end, and received by the other.
    assert result["frames"] == 20 and result["packets"] == 20, result
    assert read_pcap(got)[0] in COOKED


def workers_share_an_interface_by_flow():
    file = write_pcap(HERE / "flows.pcap", plain_frames(5000))
    got = [HERE / f"worker{i}.pcap" for i in range(2)]
    readers = [Reader("-t", "600", "-f", "77", "-w", path, "vab", "vbb") for path in got]
    send("vaa", file)
    results = [reader.result() for reader in readers]
    assert sum(result["frames"] for result in results) == 5000, results
    flows = [{octets[26:38] for octets, _ in read_pcap(path)[1]} for path in got]
    assert all(flows) and not flows[0] & flows[1], [len(part) for part in flows]


def fails(words, *arguments, user=None):
    done = subprocess.run(inside(*(user or ()), COUNT, *arguments), capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 1 and words in done.stderr, (done.returncode, done.stderr)


def what_is_missing_is_said():
    fails('no such interface "eth7": there are lo, ', "eth7")
    fails("what libpcap reads cannot be shared", "-f", "3", "any")
    fails("CAP_NET_RAW", "vab", user=("setpriv", "--bounding-set", "-net_raw", "--inh-caps",
                                      "-net_raw"))


TESTS = [
    what_is_sent_is_what_is_read,
    the_same_by_libpcap,
    watch_tells_the_same_of_an_interface_and_of_a_file,
    times_are_of_now_and_their_origin_is_counted,
    a_vlan_tag_that_the_kernel_takes_off_is_put_back,
    several_interfaces_are_read_fairly,
    a_quiet_link_is_seen_within_200_ms,
    an_interface_that_is_removed_ends_and_others_go_on,
    when_all_are_gone_the_run_ends,
    by_libpcap_too,
    an_interface_that_is_down_is_told_and_read_when_it_is_up_again,
    what_is_dropped_is_what_was_sent_and_not_read,
    what_is_not_read_at_the_end_is_counted,
    a_snapshot_keeps_the_length_on_the_wire,
    on_loopback_each_packet_is_seen_once,
    a_tunnel_without_ethernet_is_raw_ip,
    any_is_read_by_libpcap,
    workers_share_an_interface_by_flow,
    what_is_missing_is_said,
]


def why_not():
    """What stands in the way of interfaces of our own, or None."""
    if os.geteuid() != 0:
        return "needs root"
    if not shutil.which("ip"):
        return "needs iproute2"
    made = command("ip", "netns", "add", SPACE, check=False)
    if made.returncode != 0:
        return "no network namespace: " + " ".join(made.stderr.split())
    try:
        veth("va")
        veth("vb")
        ip("link", "set", "lo", "up")
    except AssertionError as error:
        return "no veth: " + " ".join(str(error).split())
    return None


def main():
    failed = 0
    try:
        reason = why_not()
        if reason:
            print(f"1..0 # SKIP {reason}")
            return 0
        print(f"1..{len(TESTS)}")
        for number, test in enumerate(TESTS, 1):
            try:
                test()
                print(f"ok {number} - {test.__name__}", flush=True)
            except Exception as error:  # pylint: disable=broad-except
                failed += 1
                words = " ".join(f"{type(error).__name__}: {error}".split())
                print(f"not ok {number} - {test.__name__}\n# {words[:2000]}", flush=True)
    finally:
        command("ip", "netns", "del", SPACE, check=False)
        shutil.rmtree(HERE, ignore_errors=True)
    return failed > 0


sys.exit(main())
