#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What somebody who knows the detectors can do to hide from them, and what that costs him: logs
of a made-up network, and calls planted in it, read by the real program.  Without --table it
checks the floors that docs/detectors/attackers-view.md states and prints TAP; with --table it
prints the rows of that page.
usage: attacker.py SEKISHO [--table]"""

import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

SEKISHO = sys.argv[1]
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-attacker-"))
ENVIRONMENT = dict(os.environ, XDG_STATE_HOME=str(HERE / "home"), LC_ALL="C.UTF-8")
FIELDS = ("ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto duration orig_bytes resp_bytes "
          "conn_state orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes").split()  # fmt: skip
TYPES = ("time string addr port addr port enum interval count count string count count count "
         "count").split()  # fmt: skip
NETWORKS = """own:
- prefix: 198.18.0.0/17
  name: Lines
domestic:
- prefix: 198.18.128.0/17
  name: Servers
foreign:
- prefix: 198.19.0.0/16
  name: Servers abroad
"""
START_S, HOUR, DAY = 1780272000, 3600, 86400
LINES = 400


def line(number):
    return f"198.18.{number // 250}.{number % 250 + 1}"


def server(number):
    return f"198.19.{number // 250}.{number % 250 + 1}"


def call(at_s, who, whom, sent=600, got=900, state="SF", port=443):
    """A row of conn.log; nobody answers an attempt (S0)."""
    answered = state != "S0"
    packets = (sent // 1400 + 4, got // 1400 + 4) if answered else (1, 0)
    octets = (sent, got) if answered else (0, 0)
    sizes = [size + 40 * count for size, count in zip(octets, packets)]
    return (at_s, f"{at_s:.6f}\tC\t{who}\t{random.randrange(1024, 65535)}\t{whom}\t{port}\ttcp\t"
            f"0.5\t{octets[0]}\t{octets[1]}\t{state}\t{packets[0]}\t{sizes[0]}\t{packets[1]}\t"
            f"{sizes[1]}\n")  # fmt: skip


def people(days):
    """Sessions with long gaps, by day, to servers of unlike popularity (numbers to 1,999)."""
    for who in range(LINES):
        at_s = START_S + random.expovariate(1 / HOUR)
        while at_s < START_S + days * DAY:
            hour = at_s / HOUR % 24
            if 7 < hour < 23 or random.random() < 0.1:
                for _ in range(random.randrange(1, 6)):
                    whom = server(int(2000 * random.random() ** 3))
                    yield call(at_s + random.expovariate(1 / 20), line(who), whom,
                               int(random.paretovariate(1.2) * 400),
                               int(random.paretovariate(1.1) * 3000))  # fmt: skip
            at_s += random.paretovariate(1.3) * HOUR


def beacon(who, whom, period_s, jitter, hours, size=lambda: random.randrange(290, 310)):
    at_s = START_S + 2 * HOUR + random.random() * min(period_s, 6 * HOUR)
    until_s = at_s + hours * HOUR
    while at_s < until_s:
        yield call(at_s, line(who), server(whom), size(), size())
        at_s += period_s * (1 + jitter * random.uniform(-1, 1))


def write(name, rows):
    path = HERE / f"{name}.conn.log"
    with path.open("w", encoding="ascii") as out:
        out.write("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"
                  "#unset_field\t-\n#path\tconn\n")  # fmt: skip
        out.write("#fields\t" + "\t".join(FIELDS) + "\n#types\t" + "\t".join(TYPES) + "\n")
        out.writelines(text for _, text in sorted(rows))
    return path


def memory_of(pid):
    """The most it had resident so far, in MiB.  What wait4 tells counts our own, before exec."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) // 1024
    except (OSError, IndexError):
        return 0


def watch(path, *more):
    """Servers and sources by finding, with what was told, and the most memory in MiB."""
    networks = HERE / "networks.yaml"
    networks.write_text(NETWORKS)
    out = HERE / "out.json"
    out.unlink(missing_ok=True)
    with subprocess.Popen([SEKISHO, "watch", "--no-store", "-q", "-j", str(out), "-n",
                           str(networks), *more, str(path)], env=ENVIRONMENT,
                          stderr=subprocess.PIPE) as process:  # fmt: skip
        most = 0
        while process.poll() is None:
            most = max(most, memory_of(process.pid))
            time.sleep(0.01)
        assert process.returncode == 0, process.stderr.read().decode()
    found = {}
    for each in json.loads(out.read_text())["findings"]:
        found.setdefault(each["subject"].get("address"), []).append(each)
    path.unlink()
    return found, most


# Hours each period is given, of ten days: a beacon of five seconds needs no day.
PERIODS = ((5, 1), (60, 6), (600, 24), (3600, 48), (4 * HOUR, 240), (DAY, 240))
JITTERS = (0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
TRIES = 5
FIRST = 10000  # server numbers of what is planted


def jitter_and_sleep(periods=PERIODS, jitters=JITTERS):
    """How many of TRIES are found, by period and jitter; each has a line and a server."""
    rows, planted = list(people(10)), {}
    for period_s, hours in periods:
        for jitter in jitters:
            for _ in range(TRIES):
                number = len(planted)
                planted[server(FIRST + number)] = (period_s, jitter)
                rows += beacon(number, FIRST + number, period_s, jitter, hours)
    found, _ = watch(write("jitter", rows))
    counts = {}
    for address, cell in planted.items():
        counts[cell] = counts.get(cell, 0) + (address in found)
    false = [address for address in found if address not in planted]
    return counts, len(false)


def padding():
    """Sizes drawn from 200 to 200,000 octets, evenly and by powers."""
    rows, sizes = list(people(2)), (
        ("the same size", lambda: 300), ("even, to 200,000", lambda: random.randrange(200, 200000)),
        ("by powers, to 200,000", lambda: int(200 * 1000 ** random.random())))  # fmt: skip
    for number, (_, size) in enumerate(sizes):
        for i in range(TRIES):
            at = number * TRIES + i
            rows += beacon(at, FIRST + at, 600, 0.2, 24, size)
    found, _ = watch(write("padding", rows))
    return {told: [found[address][0]["score"] for i in range(TRIES)
                   if (address := server(FIRST + number * TRIES + i)) in found]
            for number, (told, _) in enumerate(sizes)}  # fmt: skip


def fronting():
    """A server that so many of the 400 lines use, too."""
    result = {}
    for share in (0, 0.01, 0.1, 0.15, 0.25, 0.5):
        rows = list(people(2))
        for i in range(TRIES):
            front = server(FIRST + i)
            rows += beacon(i, FIRST + i, 600, 0.1, 24)
            for who in random.sample(range(50, LINES), int(share * LINES)):
                for _ in range(random.randrange(2, 12)):
                    rows.append(call(START_S + random.random() * 2 * DAY, line(who), front))
        found, _ = watch(write("front", rows))
        result[share] = sum(server(FIRST + i) in found for i in range(TRIES))
    return result


def many_slow_lines():
    """Each line calls so seldom that nothing can be said of it alone: three calls a day at
    most; five servers each."""
    result = {}
    for lines, period_s, jitter in ((1, 8, 0.5), (3, 8, 0.5), (10, 8, 0.5), (30, 8, 0.5),
                                    (30, 8, 0.9), (30, 24, 0.5)):  # fmt: skip
        rows = list(people(2))
        for i in range(TRIES):
            for who in range(lines):
                rows += beacon((i * 60 + who) % LINES, FIRST + i, period_s * HOUR, jitter, 46)
        found, _ = watch(write("slow", rows))
        result[lines, period_s, jitter] = sum(server(FIRST + i) in found for i in range(TRIES))
    return result


def poisoning():
    """Decoys: regular callers of the attacker's own, that press his server down the list."""
    result = {}
    for decoys in (0, 50, 300):
        rows = list(people(2)) + list(beacon(0, FIRST, 1800, 0.2, 40))
        for i in range(decoys):
            rows += beacon(1 + i % 390, FIRST + 1 + i, 1200, 0.02, 40, lambda: 300)
        found, _ = watch(write("poison", rows))
        told = found.get(server(FIRST))
        order = sorted((-each[0]["score"], address) for address, each in found.items())
        rank = [address for _, address in order].index(server(FIRST)) + 1 if told else None
        result[decoys] = (bool(told), rank, bool(told and told[0].get("alert")))
    return result


def spoofed(count):
    """A slow beacon under attempts from made-up senders, at tables of 64 MiB."""
    rows = list(people(2)) + list(beacon(0, FIRST, 2 * HOUR, 0.1, 44))
    first = START_S + 8 * HOUR
    for i in range(count):
        who = f"198.19.{random.randrange(100, 256)}.{random.randrange(256)}"
        rows.append(call(first + i * 20 * HOUR / count, who, line(random.randrange(LINES)), 0, 0, "S0",
                         random.randrange(1, 65535)))  # fmt: skip
    found, most = watch(write("spoofed", rows), "--memory", "64M")
    return server(FIRST) in found, most


def spoofed_inside(count):
    """The same with senders of our own network, who call new servers: they take the places of
    pairs."""
    rows = list(people(2)) + list(beacon(0, FIRST, 2 * HOUR, 0.1, 44))
    first = START_S + 8 * HOUR
    for i in range(count):
        who = f"198.18.{random.randrange(0, 128)}.{random.randrange(256)}"
        whom = f"198.19.{random.randrange(100, 256)}.{random.randrange(256)}"
        rows.append(call(first + i * 20 * HOUR / count, who, whom))
    found, most = watch(write("spoofed-inside", rows), "--memory", "64M")
    return server(FIRST) in found, most


def span(seconds):
    return f"{seconds} s" if seconds < 3600 else f"{seconds // 3600} h"


def table():
    counts, false = jitter_and_sleep()
    print("| period |" + "".join(f" {100 * jitter:.0f} % |" for jitter in JITTERS))
    print("|---|" + "---|" * len(JITTERS))
    for period_s, hours in PERIODS:
        cells = "".join(f" {counts[period_s, jitter]} |" for jitter in JITTERS)
        print(f"| {span(period_s)}, for {hours} h |{cells}")
    print(f"others told: {false}")
    for told in (padding, fronting, many_slow_lines, poisoning):
        print(told.__name__, told())
    for count in (0, 200000, 600000, 1200000):
        print("spoofed", count, spoofed(count), "inside", spoofed_inside(count))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print("seconds of CPU", used.ru_utime + used.ru_stime)


def jitter_of_a_fifth_does_not_hide_a_beacon():
    counts, _ = jitter_and_sleep(((60, 6), (600, 24), (3600, 48)), (0, 0.2))
    assert all(count >= TRIES - 1 for count in counts.values()), counts


def padding_does_not_hide_a_beacon():
    scores = padding()
    assert all(len(each) >= TRIES - 1 for each in scores.values()), scores


def a_flood_of_made_up_senders_neither_fills_memory_nor_hides_a_slow_beacon():
    (_, before), (is_found, most) = spoofed(0), spoofed(200000)
    assert is_found and most < before + 64, (is_found, before, most)


TESTS = [jitter_of_a_fifth_does_not_hide_a_beacon, padding_does_not_hide_a_beacon,
         a_flood_of_made_up_senders_neither_fills_memory_nor_hides_a_slow_beacon]  # fmt: skip


def main():
    random.seed(20260601)
    if "--table" in sys.argv:
        table()
        return 0
    failed = 0
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except (AssertionError, OSError, ValueError) as problem:
            failed += 1
            print(f"not ok {number} - {test.__name__}\n# {problem!r}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        shutil.rmtree(HERE, ignore_errors=True)
