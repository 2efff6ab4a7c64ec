#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Thousands of hostile exporters against one listener, over loopback, for as long as asked.

Every exporter has an address and a port of its own in 127.0.0.0/8 and sends what strains the
tables most: new and changed templates in every message, bombs of options, data without
templates, garbage, restarts that never were, lists within lists.  Some send honestly in
between.  Checked: the listener lives, its memory stays flat once its tables are touched, and at
the end every message and every half of a flow is accounted for.

usage: soak.py SEKISHO [--seconds N] [--exporters N] [--rate MESSAGES_A_SECOND] [--csv FILE]"""

import argparse
import collections
import json
import os
import pathlib
import random
import resource
import signal
import socket
import struct
import subprocess
import sys
import time

PAGE = os.sysconf("SC_PAGE_SIZE")
FIELDS = [(8, 4), (12, 4), (4, 1), (7, 2), (11, 2), (1, 4), (2, 4), (6, 1), (152, 8), (153, 8)]
NAMED = FIELDS + [(10, 4), (14, 4), (61, 1), (34, 4), (48, 8), (136, 1), (1000, 2), (2000, 7)]
LISTS = [(291, 65535), (292, 65535), (293, 65535), (460, 65535)]
DOMAINS = 4


# Messages

def ipfix_set(number, body):
    return struct.pack(">HH", number, 4 + len(body)) + body


def ipfix(sequence, domain, *sets):
    body = b"".join(sets)
    return struct.pack(">HHIII", 10, 16 + len(body), int(time.time()), sequence, domain) + body


def netflow9(sequence, domain, uptime_ms, *sets):
    body = b"".join(sets)
    return struct.pack(">HHIIII", 9, len(sets), uptime_ms, int(time.time()), sequence,
                       domain) + body


def template(number, fields):
    return struct.pack(">HH", number, len(fields)) + b"".join(
        struct.pack(">HH", *field) for field in fields)


def options_template(number, scopes, fields):
    return struct.pack(">HHH", number, scopes + len(fields), scopes) + b"".join(
        struct.pack(">HH", 149, 4) for _ in range(scopes)) + b"".join(
            struct.pack(">HH", *field) for field in fields)


def flow(chance):
    """One record of FIELDS."""
    now = int(time.time() * 1000)
    return struct.pack(">IIBHHIIBQQ", 0x0a000000 | chance.getrandbits(20),
                       0xc0000200 | chance.getrandbits(8), 6, 1024 + chance.getrandbits(15), 443,
                       chance.getrandbits(16) + 40, 1 + chance.getrandbits(4), 0x1b, now - 500,
                       now)


class Exporter:
    """One address and port, and where its sequence stands."""

    def __init__(self, number, to):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}",
                          0))
        self.socket.connect(to)
        self.sequence = 0
        self.domain = number % DOMAINS

    def honest(self, chance):
        flows = [flow(chance) for _ in range(chance.randint(1, 10))]
        message = ipfix(self.sequence, self.domain, ipfix_set(2, template(256, FIELDS)),
                        ipfix_set(256, b"".join(flows)))
        self.sequence = self.sequence + len(flows) & 0xffffffff
        return message

    def new_templates(self, chance):
        return ipfix(self.sequence, self.domain, *(
            ipfix_set(2, template(chance.randint(256, 65535),
                                  chance.sample(NAMED, chance.randint(1, len(NAMED)))))
            for _ in range(20)))

    def changed_template(self, chance):
        fields = chance.sample(NAMED, chance.randint(3, len(NAMED)))
        body = chance.randbytes(sum(octets for _, octets in fields) * chance.randint(1, 5))
        return ipfix(self.sequence, self.domain, ipfix_set(2, template(257, fields)),
                     ipfix_set(257, body), ipfix_set(2, template(257, fields[::-1])),
                     ipfix_set(257, body))

    def wide_template(self, chance):
        """More fields than fit any table for long."""
        fields = [(chance.randint(1, 32767), chance.choice((1, 4, 8, 65535)))
                  for _ in range(chance.randint(200, 1500))]
        return ipfix(self.sequence, self.domain,
                     ipfix_set(2, template(chance.randint(256, 65535), fields)))

    def withdrawal(self, chance):
        return ipfix(self.sequence, self.domain, ipfix_set(2, struct.pack(
            ">HH", chance.choice((2, 256, 257, chance.randint(256, 65535))), 0)))

    def options_bomb(self, chance):
        records = b"".join(struct.pack(">IQI", chance.getrandbits(32), chance.getrandbits(64),
                                       chance.getrandbits(32)) for _ in range(60))
        return ipfix(self.sequence, self.domain,
                     ipfix_set(3, options_template(300, 1, [(302, 8), (34, 4)])),
                     ipfix_set(300, records))

    def without_template(self, chance):
        return ipfix(self.sequence, self.domain, *(
            ipfix_set(chance.randint(256, 65535), chance.randbytes(chance.randint(1, 300)))
            for _ in range(4)))

    def lists(self, chance):
        """RFC 6313, with contents that are anything."""
        fields = FIELDS[:5] + chance.sample(LISTS, 2)
        head = flow(chance)[:13]
        inner = chance.randbytes(chance.randint(0, 60))
        for _ in range(chance.randint(1, 12)):
            inner = struct.pack(">BHH", 3, chance.choice((258, 256, 60000)),
                                len(inner) + chance.choice((4, 4, 4, 3, 500))) + inner
        value = struct.pack(">BH", 255, len(inner)) + inner
        return ipfix(self.sequence, self.domain, ipfix_set(2, template(258, fields)),
                     ipfix_set(258, head + value + value))

    def restart(self, chance):
        """An uptime and a sequence of another life."""
        return netflow9(chance.getrandbits(32), self.domain, chance.getrandbits(32),
                        ipfix_set(0, template(256, FIELDS)),
                        ipfix_set(256, flow(chance)))

    def domains(self, chance):
        """Another observation domain each time: more of them than the table holds."""
        return ipfix(0, chance.getrandbits(32), ipfix_set(2, template(256, FIELDS)),
                     ipfix_set(256, flow(chance)))

    def netflow5(self, chance):
        count = chance.randint(1, 30)
        body = b"".join(struct.pack(
            ">IIIHHIIIIHHBBBBHHBBH", 0x0a000000 | chance.getrandbits(20), 0xc6336400, 0, 1, 2, 10,
            1000, 500, 900, chance.getrandbits(16), 443, 0, 24, 6, 0, 0, 0, 0, 0, 0)
                        for _ in range(count))
        return struct.pack(">HHIIIIBBH", 5, count, 1000, int(time.time()), 0,
                           self.sequence, 0, self.domain, 0) + body

    def sflow(self, chance):
        return struct.pack(">IIIIIII", 5, 1, chance.getrandbits(32), chance.getrandbits(2),
                           chance.getrandbits(32), 1000, chance.randint(1, 9)) + chance.randbytes(
                               chance.randint(0, 200))

    def garbage(self, chance):
        head = chance.choice((b"\0\x05", b"\0\x09", b"\0\x0a", b"\0\0\0\x05", b""))
        return head + chance.randbytes(chance.randint(0, 1400))

    def flipped(self, chance):
        octets = bytearray(self.honest(chance))
        for _ in range(4):
            octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
        return bytes(octets)


KINDS = [Exporter.honest] * 4 + [
    Exporter.new_templates, Exporter.changed_template, Exporter.wide_template,
    Exporter.withdrawal, Exporter.options_bomb, Exporter.without_template, Exporter.lists,
    Exporter.restart, Exporter.domains, Exporter.netflow5, Exporter.sflow, Exporter.garbage,
    Exporter.flipped]


# The listener

def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def is_bound(port):
    lines = pathlib.Path("/proc/net/udp").read_text(encoding="ascii").splitlines()
    lines += pathlib.Path("/proc/net/udp6").read_text(encoding="ascii").splitlines()
    return any(f":{port:04X} " in line for line in lines)


def rss_octets(process):
    words = pathlib.Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()
    return int(words[1]) * PAGE


def start(sekisho, port, memory):
    process = subprocess.Popen(
        [sekisho, "watch", "--no-store", "--quiet", "--json", "-", "--every", "10s", "--memory",
         memory, "--listen", f"udp:127.0.0.1:{port}"], stdout=subprocess.PIPE)
    until = time.monotonic() + 60
    while not is_bound(port):
        assert process.poll() is None and time.monotonic() < until, "does not listen"
        time.sleep(0.05)
    return process


# Sending and measuring

class Sender:
    """Sends at a steady rate, every exporter in turn."""

    def __init__(self, exporters, rate, chance):
        self.exporters, self.rate, self.chance = exporters, rate, chance
        self.sent, self.kinds, self.began = 0, collections.Counter(), time.monotonic()
        self.owed = 0

    def run(self, seconds):
        until = time.monotonic() + seconds
        due = float(self.sent)
        last = time.monotonic()
        while (now := time.monotonic()) < until:
            due = min(due + (now - last) * self.rate, self.sent + self.rate * 0.1)
            last = now
            while self.sent < due:
                exporter = self.exporters[self.sent % len(self.exporters)]
                kind = self.chance.choice(KINDS)
                exporter.socket.send(kind(exporter, self.chance))
                self.kinds[kind.__name__] += 1
                self.sent += 1
            time.sleep(0.005)


def slope(points):
    """Least squares: octets a second."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def counted(report, stage, reason):
    return sum(row["count"] for row in report["counters"]
               if row["stage"] == stage and row["reason"] == reason)


def check_conservation(report, sent):
    read, dropped = counted(report, "source", "read"), sum(
        row["count"] for row in report["counters"]
        if row["stage"] == "source" and "dropped" in row["reason"])
    print(f"# {sent} sent, {read} read, {dropped} dropped by the system")
    assert read + dropped == sent, "messages are missing"
    joined = sum(counted(report, "mediate", reason) for reason in (
        "slice_joined", "path_changed", "other_exporter", "leaving_too", "other_interface",
        "came_late", "further_observers"))
    received = counted(report, "mediate", "received_halves")
    handed_on = counted(report, "mediate", "handed_on_halves")
    print(f"# {received} halves received, {handed_on} handed on, {joined} joined")
    assert received == handed_on + joined, "halves of flows are missing"
    assert received > 0


def soak(options):
    port = free_port()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    count = min(options.exporters, limit - 200)
    process = start(options.sekisho, port, options.memory)
    exporters = [Exporter(number, ("127.0.0.1", port)) for number in range(count)]
    print(f"# {count} exporters for {options.seconds} s, seed {options.seed}", flush=True)
    sender = Sender(exporters, options.rate, random.Random(options.seed))
    points, began, told = [], time.monotonic(), 0.0
    while time.monotonic() - began < options.seconds:
        sender.run(1)
        assert process.poll() is None, f"it ended with {process.returncode}"
        at = time.monotonic() - began
        points.append((at, rss_octets(process)))
        if at - told >= 60:
            told = at
            print(f"# {at:6.0f} s  {sender.sent:9d} messages  RSS {points[-1][1] / 2**20:.2f} MiB",
                  flush=True)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out = process.communicate(timeout=300)[0]
    if options.csv:
        pathlib.Path(options.csv).write_text(
            "".join(f"{at:.1f},{octets}\n" for at, octets in points), encoding="ascii")
    return process, points, sender, json.loads(out.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sekisho")
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--exporters", type=int, default=10000)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--memory", default="64M")
    parser.add_argument("--warm-up", type=float, default=0.5, help="share of the time")
    parser.add_argument("--growth", type=float, default=512, help="most KiB a minute")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--csv")
    options = parser.parse_args()
    process, points, sender, report = soak(options)
    assert process.returncode == 0, f"it ended with {process.returncode}"
    print("#", ", ".join(f"{kind} {number}" for kind, number in sorted(sender.kinds.items())))
    for row in report["counters"]:
        if row["stage"] in ("collect", "source", "mediate"):
            print(f"# {row['stage']}: {row['reason']}: {row['count']} {row['unit']}")
    check_conservation(report, sender.sent)
    warm = [point for point in points if point[0] >= options.seconds * options.warm_up]
    grown = slope(warm) * 60 / 1024
    print(f"# RSS {warm[0][1] / 2**20:.2f} MiB when warm, {warm[-1][1] / 2**20:.2f} MiB at the "
          f"end, at most {max(octets for _, octets in points) / 2**20:.2f} MiB; "
          f"{grown:+.1f} KiB a minute")
    assert grown <= options.growth, "memory grows"
    print("ok")


sys.exit(main())
