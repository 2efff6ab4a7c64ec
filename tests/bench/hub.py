#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast the hub is and what it takes, with much in it (docs/bench-hub.md).  The rows are put
into its tables while it is stopped, in compartments that it made itself; all else goes through it.
usage: hub.py SEKISHO BENCH_BATCHES FOLDER [--flows N] [--findings N] [--records N] [--requests N]
       [--seconds N] [--parts reading,few,polling,sign-in,export,intake,postgresql] [--keep]
--keep: the folder stays, and what stands in it from another run is used again"""

import argparse
import ctypes
import ctypes.util
import hashlib
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import ssl
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "uplink")]

import hub_load  # noqa: E402
import postgres  # noqa: E402
from hub import PASSWORD, Hub, Person  # noqa: E402
from small_hub import certificates  # noqa: E402

ORGANISATIONS, SENSORS, POLLERS, BATCH, WARM_S = 12, 4, 500, 5000, 8
SIGNER = f"person{POLLERS}"  # one more, who signs in again and again
SECTORS = ["electricity", "water", "finance", "medical"]
GOALS_MS = {"list": 100, "search": 300}
API = "/api/v1"


def milliseconds(seconds):
    return f"{seconds * 1000:8.1f}"


def quantile(times, part):
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


class Place:
    """A hub with listeners for people and sensors, and those who use it."""

    def __init__(self, sekisho, folder, database=None):
        self.folder = folder
        self.names = [f"sensor{i}" for i in range(SENSORS)]
        is_new = not (folder / "authority.pem").exists()
        if is_new:
            certificates(folder, names=("hub", *self.names))
        self.hub = Hub(sekisho, folder, [
            "--exercise", "--quiet", "--sensors", "127.0.0.1:0", "--sensors-certificate", f"{folder}/hub.pem",
            "--sensors-key", f"{folder}/hub.key", "--sensors-authority", f"{folder}/authority.pem"], database)  # fmt: skip
        self.start()
        self.admin = self.hub.first() if is_new else None

    def start(self):
        self.hub.sensors_port = None
        self.hub.start()
        while not self.hub.sensors_port:
            for line in self.hub.process.stdout:
                if line.startswith("sensors: "):
                    self.hub.sensors_port = int(line.strip().rsplit(":", 1)[1])
            time.sleep(0.02)

    def fill_small(self):
        """People, organisations, sensors, and records of every kind of compartment, by the API."""
        made = [self.admin.post("/organisations", {"name": {"en": f"Carrier {i}", "ja": f"事業者{i}"},
                                                   "kind": "carrier", "sectors": []})
                for i in range(ORGANISATIONS)]  # fmt: skip
        assert all(answer.status == 201 for answer in made), made[0].octets
        self.organisations = [answer.json["id"] for answer in made]
        self.operator = self.hub.person(self.admin, "aiko", [("exercise-operator", None)])
        self.analyst = self.hub.person(self.admin, "ken", [("network-analyst", self.organisations[0])],
                                       self.organisations[0])  # fmt: skip
        for i, name in enumerate(self.names):
            pem = (self.folder / f"{name}.pem").read_text()
            answer = self.admin.post("/sensors", {
                "name": name, "organisation": int(self.organisations[i]), "basis": "own",
                "fingerprint": hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()})  # fmt: skip
            assert answer.status == 201, answer.octets
        self.make_records()

    def make_records(self):
        dice = random.Random(1)
        for i in range(80):
            procedure = dice.choice(["measure", "case", "takedown", "user-notice"])
            made = self.operator.post("/records", {
                "procedure": procedure, "title": f"Suspicious server {i} 不審な通信先の調査",
                "label": dice.choice(["green", "amber", "amber", "amber+strict"]),
                "organisation": int(dice.choice(self.organisations))})  # fmt: skip
            if made.status != 201:
                continue
            for _ in range(dice.randrange(4)):
                steps = self.operator.get(f"/records/{made.json['id']}/steps").json["items"]
                steps = [step for step in steps if step["allowed"] and not step["needs"]]
                if steps:
                    self.operator.step(made.json["id"], dice.choice(steps)["event"], reason="as the file shows")

    def put(self, sensor, kind, body, link=None):
        own = link or self.connect(sensor)
        name = os.urandom(16).hex()
        own.request("PUT", f"/sensor/v1/batches/{name}", body, {
            "Content-Type": kind, "Sekisho-Digest": "sha-256=" + hashlib.sha256(body).hexdigest()})  # fmt: skip
        answer = own.getresponse()
        octets = answer.read()
        if not link:
            own.close()
        return answer.status, octets, answer.getheader("Retry-After")

    def connect(self, sensor):
        context = ssl.create_default_context(cafile=self.folder / "authority.pem")
        context.load_cert_chain(self.folder / f"{sensor}.pem", self.folder / f"{sensor}.key")
        return http.client.HTTPSConnection("127.0.0.1", self.hub.sensors_port, context=context, timeout=120)

    def status(self):
        """(VmHWM in MiB, CPU seconds) of the hub."""
        pid = self.hub.process.pid
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
        peak = int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return peak, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Asker:
    """Requests of one person on one connection that stays."""

    def __init__(self, place, cookie):
        self.link = http.client.HTTPConnection("127.0.0.1", place.hub.port, timeout=120)
        self.headers = {"Host": f"localhost:{place.hub.port}", "Cookie": cookie}

    def get(self, path):
        start = time.perf_counter()
        self.link.request("GET", path, headers=self.headers)
        answer = self.link.getresponse()
        octets = answer.read()
        assert answer.status == 200, (path, answer.status, octets[:200])
        return time.perf_counter() - start, octets


def all_requests(place, asker):
    """(name, goal, how the n-th path is made)."""
    dice = random.Random(2)
    items = json.loads(asker.get("/api/v1/records?limit=200")[1])["items"]
    kinds = sorted({(item["procedure"], item["state"]) for item in items}) or [("measure", "draft")]
    names = [item["id"] for item in items] or [None]
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    day = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 5 * 86400))
    quote, api = urllib.parse.quote, API
    yield "records, newest first", "list", lambda n: f"{api}/records?limit=50"
    yield "records, by procedure and state", "list", lambda n: "{}/records?procedure={}&state={}".format(
        api, *kinds[n % len(kinds)])  # fmt: skip
    yield "records, changed since a minute", "list", lambda n: f"{api}/records?updated_since={moment}"
    yield "findings, newest first", "list", lambda n: f"{api}/findings"
    yield "findings, score 90 and more", "list", lambda n: f"{api}/findings?min_score=90"
    yield "findings, score 100", "list", lambda n: f"{api}/findings?min_score=100"
    yield "findings, by kind", "list", lambda n: f"{api}/findings?kind={hub_load.KINDS[n % 4]}"
    yield "findings, by subject", "list", lambda n: f"{api}/findings?about={hub_load.server(dice.randrange(100000))}"
    yield "flows, by server", "list", lambda n: f"{api}/flows?about={hub_load.server(dice.randrange(1000))}"
    yield "flows, by time", "list", lambda n: f"{api}/flows?to={day}"
    yield "search, an address", "search", lambda n: f"{api}/search?q={hub_load.server(dice.randrange(100000))}"
    yield "search, English", "search", lambda n: f"{api}/search?q=suspicious%20server%20{dice.randrange(100000)}"
    yield "search, Japanese", "search", lambda n: f"{api}/search?q={quote('不審な通信先')}"
    yield "search, one common word", "search", lambda n: f"{api}/search?q=scanner"
    if names[0]:
        for part in ("", "/timeline", "/steps", "/graph"):
            yield f"a record{part or ' itself'}", "list", lambda n, part=part: (
                f"{api}/records/{names[n % len(names)]}{part}")  # fmt: skip
    yield "tasks", "list", lambda n: f"{api}/tasks"
    yield "situation of 30 days", "search", lambda n: f"{api}/situation"
    yield "people", "list", lambda n: f"{api}/people"
    yield "organisations", "list", lambda n: f"{api}/organisations"
    yield "sensors", "list", lambda n: f"{api}/sensors"


def page_100(place, asker):
    """The hundredth page, by cursor."""
    path = "/api/v1/records?limit=50"
    cursor = json.loads(asker.get(path)[1])["next"]
    for _ in range(99):
        cursor = json.loads(asker.get(f"{path}&cursor={cursor}")[1])["next"] or cursor
    return f"{path}&cursor={cursor}"


def measure_reading(place, cookie, count, title, has_page=True):
    asker = Asker(place, cookie)
    requests = list(all_requests(place, asker))
    if has_page:
        deep = page_100(place, asker)
        requests.insert(1, ("records, page 100", "list", lambda n: deep))
    print(f"\n{title}\n{'':38}{'p50 ms':>9}{'p99 ms':>9}  goal", flush=True)
    for name, goal, path in requests:
        times, end = [], time.monotonic() + 60
        while len(times) < count and (time.monotonic() < end or len(times) < 5):
            try:
                times.append(asker.get(path(len(times)))[0])
            except AssertionError as error:
                print(f"{name:38} {error}"[:160])
                break
        if times:
            p99 = quantile(times, 0.99) * 1000
            missed = "" if p99 < GOALS_MS[goal] else "  MISSED"
            few = f"  ({len(times)} requests)" if len(times) < count else ""
            print(f"{name:38}{milliseconds(quantile(times, 0.5)):>9}{p99:9.1f}  {GOALS_MS[goal]}{missed}{few}",
                  flush=True)  # fmt: skip


class Busy:
    """What the hub and the machine did between two moments."""

    def __init__(self, place):
        self.place, self.cpu, self.machine, self.start = place, place.status()[1], self.look(), time.monotonic()

    @staticmethod
    def look():
        fields = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]

    def words(self):
        spent = time.monotonic() - self.start
        whole, idle = (now - then for now, then in zip(self.look(), self.machine))
        return (f"hub {(self.place.status()[1] - self.cpu) / spent:.2f} of {os.cpu_count()} processors,"
                f" machine {100 - 100 * idle / max(whole, 1):.0f} % busy, load {os.getloadavg()[0]:.0f}")  # fmt: skip


def crowd_paths(place, cookie):
    """What a page asks again and again: lists, tasks, a record; and now and then a search."""
    dice = random.Random(3)
    names = [item["id"] for item in json.loads(Asker(place, cookie).get("/api/v1/records?limit=200")[1])["items"]]
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    words = urllib.parse.quote("不審な通信先")
    for turn in range(40):
        yield f"tasks {API}/tasks"
        yield f"list {API}/records?limit=50"
        yield f"list {API}/records?updated_since={moment}"
        yield f"list {API}/findings"
        yield f"record {API}/records/{dice.choice(names)}"
        if turn % 5 == 0:
            yield f"search {API}/search?q=" + (
                hub_load.server(dice.randrange(60000)), f"suspicious%20server%20{dice.randrange(100000)}", words)[turn // 5 % 3]  # fmt: skip


class Crowd:
    """People who poll and listen (crowd.c) while something else is measured."""

    def __init__(self, place, options, cookies):
        cookies_path, paths = place.folder / "crowd-cookies", place.folder / "crowd-paths"
        cookies_path.write_text("\n".join(cookies["people"]) + "\n")
        paths.write_text("\n".join(crowd_paths(place, cookies["many"])) + "\n")
        self.process = subprocess.Popen(
            [options.batches.with_name("bench_crowd"), str(place.hub.port), cookies_path, paths],
            stdout=subprocess.PIPE, text=True)  # fmt: skip
        time.sleep(WARM_S)  # each has asked for everything once
        self.process.send_signal(signal.SIGUSR1)

    def end(self):
        self.process.terminate()
        out = json.loads(self.process.communicate(timeout=60)[0])
        assert self.process.returncode == 0
        return out


def tell_crowd(title, found, busy):
    total = sum(kind["count"] for kind in found["kinds"].values())
    print(f"{title}: {total / found['seconds']:.0f} answers/s, {found['octets'] / found['seconds'] / 1e6:.1f} MB/s,"
          f" {found['failed']} failed, events {found['events_octets'] / found['seconds'] / 1e3:.1f} kB/s; {busy}")  # fmt: skip
    for name, kind in found["kinds"].items():
        goal = GOALS_MS["search" if name == "search" else "list"]
        missed = "  MISSED" if kind.get("p99", 0) >= goal else ""
        print(f"  {name:10} {kind['count']:7} p50 {kind.get('p50', 0):7.1f}  p99 {kind.get('p99', 0):7.1f}"
              f"  max {kind.get('max', 0):7.1f} ms  goal {goal}{missed}", flush=True)  # fmt: skip


def middle(rounds):
    """Of repeats, the one whose slowest kind is in the middle."""
    return sorted(rounds, key=lambda one: max(kind.get("p99", 0) for kind in one[0]["kinds"].values()))[len(rounds) // 2]


def measure_crowd(place, options, cookies, title, beside=None, rounds=3):
    """beside: what runs meanwhile, until the event it is given is set."""
    kept = []
    for _ in range(rounds):
        crowd, stop, thread = Crowd(place, options, cookies), threading.Event(), None
        busy = Busy(place)
        if beside:
            thread = threading.Thread(target=beside, args=(stop,))
            thread.start()
        time.sleep(options.seconds)
        words = busy.words()
        found = crowd.end()
        stop.set()
        if thread:
            thread.join()
        kept.append((found, words))
    tell_crowd(f"{title}, the middle of {rounds} rounds", *middle(kept))


def argon2_alone():
    """Seconds of one password's Argon2id (64 MiB, two passes), in this process."""
    sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
    sodium.sodium_init()
    out, start = ctypes.create_string_buffer(32), time.perf_counter()
    sodium.crypto_pwhash(out, ctypes.c_ulonglong(32), PASSWORD.encode(), ctypes.c_ulonglong(len(PASSWORD)),
                         bytes(16), ctypes.c_ulonglong(2), ctypes.c_size_t(64 << 20), 2)  # fmt: skip
    return time.perf_counter() - start


def by_password(place, _):
    start = time.perf_counter()
    answer = Person(place.hub, SIGNER).post("/session/password", {"name": SIGNER, "password": PASSWORD})
    assert answer.status == 200, answer.octets
    return time.perf_counter() - start


def by_passkey(place, key):
    person, start = Person(place.hub), time.perf_counter()
    options = person.post("/session/passkey/options").json["publicKey"]
    answer = person.post("/session/passkey", key.sign(options["challenge"]))
    assert answer.status == 200, answer.octets
    return time.perf_counter() - start


def measure_sign_in(place, title, turns=40, idle=None):
    """Medians of both ways; idle: those of before, which loaded ones are held against.  What the
    machine has left for Argon2, its next turn of it says in another process."""
    person, medians = Person(place.hub).sign_in(SIGNER), {}
    person.passkey()
    for name, way in (("password", by_password), ("passkey", by_passkey)):
        times, alone = [], []
        for _ in range(turns):
            times.append(way(place, person.key))
            alone.append(argon2_alone() if name == "password" else 0)
        medians[name] = statistics.median(times)
        beyond = (quantile(times, 0.99) - quantile(alone, 0.99)) * 1000
        ratio = f", {medians[name] / idle[name]:.1f} times idle" if idle else ""
        beside = (f"; Argon2 alone beside it p50{milliseconds(statistics.median(alone))},"
                  f" p99{milliseconds(quantile(alone, 0.99))}") if name == "password" else ""  # fmt: skip
        print(f"log-in by {name}, {title}: p50{milliseconds(medians[name])}, p99{milliseconds(quantile(times, 0.99))},"
              f" max{milliseconds(max(times))} ms of {turns}{ratio}{beside}; p99 beyond it {beyond:.0f} ms"
              f" (goal 200){'' if beyond < 200 else '  MISSED'}", flush=True)  # fmt: skip
    again = Person(place.hub)  # the first session has ended: a person has so many
    again.key = person.key
    options = again.post("/session/passkey/options").json["publicKey"]
    again.signed_in(again.post("/session/passkey", again.key.sign(options["challenge"])))
    for one in again.get("/me/passkeys").json["items"]:
        again.delete(f"/me/passkeys/{one['id']}")
    return medians


def send_all(place, sensor, kind, bodies, is_over, results):
    link, count, waited, octets = place.connect(sensor), 0, 0, 0
    while not is_over():
        body = bodies(count)
        status, answer, after = place.put(sensor, kind, body, link)
        if status == 429:
            time.sleep(int(after or 1))
        elif status == 503:
            time.sleep(0.1)
        else:
            assert status == 201, (status, answer)
        count, waited = count + (status == 201), waited + (status != 201)
        octets += len(body) * (status == 201)
    results.append((count, waited, octets))


def send_from_all(place, kind, bodies, is_over):
    """(batches, times told to wait, octets) of all sensors together, and how long it took."""
    results, start = [], time.monotonic()
    threads = [threading.Thread(target=send_all, args=(place, name, kind, bodies, is_over, results))
               for name in place.names]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [sum(column) for column in zip(*results)], time.monotonic() - start


def measure_intake(place, kind, bodies, per_batch, seconds, goal, title, rounds=3):
    rates = []
    for _ in range(rounds):
        busy, cpu, end = Busy(place), place.status()[1], time.monotonic() + seconds
        (count, waited, octets), spent = send_from_all(place, kind, bodies, lambda: time.monotonic() >= end)
        cpu, count = place.status()[1] - cpu, count * per_batch
        rates.append((count / spent, octets / spent / 1e6, cpu / max(count, 1) * 1e6, waited, busy.words()))
    rate, megabytes, each, waited, words = sorted(rates)[rounds // 2]
    print(f"{title}: {rate:,.0f}/s durable, {megabytes:.1f} MB/s ({len(place.names)} connections, middle of {rounds}"
          f" rounds of {seconds} s: {', '.join(f'{one[0]:,.0f}' for one in rates)}; {each:.1f} µs of the hub's CPU"
          f" each, told to wait {waited} times; {words}; goal {goal:,}){'' if rate >= goal else '  MISSED'}", flush=True)  # fmt: skip


def made_batches(program, folder):
    """Bodies of batches of records, as an uplink writes them."""
    folder = folder / "batches"
    folder.mkdir(exist_ok=True)
    subprocess.run([program, str(folder), "20", str(BATCH)], check=True)
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def records_of(batches):
    return "application/ipfix", lambda n: batches[n % len(batches)]


def findings_of(per_batch):
    """New findings each time: batches are made once and told apart by their names."""
    made = [hub_load.findings_batch(per_batch) for _ in range(8)]
    return "application/vnd.sekisho.findings+json", lambda n: made[n % 8].replace(
        hub_load.PLACE, os.urandom(5).hex().encode())  # fmt: skip


def measure_all_intake(place, options, batches, title):
    measure_intake(place, *records_of(batches), BATCH, options.seconds, 50000, f"{title}: minimised records")
    measure_intake(place, *findings_of(1000), 1000, options.seconds, 5000, f"{title}: new findings")


def measure_export(place, cookie, what, sql):
    asker = Asker(place, cookie)
    database = sqlite3.connect(f"file:{place.hub.folder}/hub.db?mode=ro", uri=True)
    start = time.perf_counter()
    rows = sum(1 for _ in database.execute(sql))
    floor = time.perf_counter() - start
    database.close()
    for form in ("json", "csv"):
        cpu, (octets, spent) = place.status()[1], take_export(place, cookie, f"{what}.{form}")
        print(f"export of {rows:,} {what} as {form}: {octets / spent / 1e6:.1f} MB/s, {rows / spent:,.0f} rows/s,"
              f" {place.status()[1] - cpu:.1f} s of CPU; the same rows by sqlite3 alone {floor:.1f} s"
              f" (ratio {spent / floor:.1f}); peak memory {place.status()[0]:.0f} MiB", flush=True)  # fmt: skip


def take_export(place, cookie, name, stop=None):
    """(octets, seconds) of one export, whole unless it is stopped."""
    asker, start, octets = Asker(place, cookie), time.perf_counter(), 0
    asker.link.request("GET", f"/api/v1/exports/{name}", headers=asker.headers)
    answer = asker.link.getresponse()
    assert answer.status == 200, answer.read()
    while not (stop and stop.is_set()) and (part := answer.read(1 << 20)):
        octets += len(part)
    asker.link.close()
    return octets, time.perf_counter() - start


def measure_export_beside(place, options, cookies):
    """What the others meet while one exports, and how fast his export is then."""
    for form in ("json", "csv"):
        parts = []

        def export(stop, form=form, parts=parts):
            while not stop.is_set():
                parts.append(take_export(place, cookies["many"], f"findings.{form}", stop))

        measure_crowd(place, options, cookies, f"{POLLERS} people while one exports findings as {form}", export)
        print(f"  that export: {sum(part[0] for part in parts) / sum(part[1] for part in parts) / 1e6:.1f} MB/s;"
              f" peak memory of the hub {place.status()[0]:.0f} MiB", flush=True)  # fmt: skip


def measure_floor(place):
    """The plain statements behind lists, in one process with nothing around them."""
    database = sqlite3.connect(f"file:{place.hub.folder}/hub.db?mode=ro", uri=True)
    seen = ("+compartment IN (SELECT compartment FROM visible WHERE view ="
            " (SELECT view FROM visible GROUP BY view ORDER BY COUNT(*) DESC LIMIT 1))")  # fmt: skip
    for name, sql in (
        ("records", f"SELECT * FROM record WHERE {seen} ORDER BY updated DESC, id DESC LIMIT 51"),
        ("findings", f"SELECT * FROM finding WHERE {seen} ORDER BY updated DESC, id DESC LIMIT 51"),
        ("flows", f"SELECT * FROM flow WHERE {seen} ORDER BY at DESC, id DESC LIMIT 51"),
    ):
        times = []
        for _ in range(20):
            start = time.perf_counter()
            database.execute(sql).fetchall()
            times.append(time.perf_counter() - start)
        print(f"floor: a page of {name} by sqlite3 alone{milliseconds(quantile(times, 0.5))} ms p50", flush=True)
    path, start = place.hub.folder / "hub.db", time.perf_counter()
    with open(path, "rb") as file:
        while file.read(1 << 22):
            pass
    spent = time.perf_counter() - start
    print(f"floor: one pass over the file {path.stat().st_size / spent / 1e6:,.0f} MB/s", flush=True)
    database.close()


def beside_of(place, *works):
    """Runs what each is (kind of a batch and its bodies) by all sensors until it is stopped."""

    def run(stop):
        threads = [threading.Thread(target=send_from_all, args=(place, *work, stop.is_set)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return run


def measure_log_in(place, options, batches, cookies):
    """Alone; then with intake, an export and everybody's polling at full speed."""
    idle = measure_sign_in(place, "idle")
    crowd, stop, busy = Crowd(place, options, cookies), threading.Event(), Busy(place)
    works = [(beside_of(place, records_of(batches), findings_of(1000)), (stop,)),
             (lambda: [take_export(place, cookies["many"], "findings.json", stop)
                       for _ in iter(stop.is_set, True)], ())]  # fmt: skip
    threads = [threading.Thread(target=work, args=given) for work, given in works]
    for thread in threads:
        thread.start()
    time.sleep(2)
    measure_sign_in(place, f"with intake, export and {POLLERS} people", idle=idle)
    words = busy.words()
    found = crowd.end()
    stop.set()
    for thread in threads:
        thread.join()
    tell_crowd(f"{POLLERS} people with intake of both kinds, an export and log-ins", found, words)


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("sekisho")
    parser.add_argument("batches", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--flows", type=int, default=10_000_000)
    parser.add_argument("--findings", type=int, default=1_000_000)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--parts", default="reading,few,polling,sign-in,export,intake,postgresql")
    return parser.parse_args()


def measure_postgresql(options, batches, folder):
    if why := postgres.why_not():
        print(f"PostgreSQL: skipped, {why}")
        return
    folder.mkdir()
    folder.chmod(0o755)
    with postgres.Server(folder / "pg", fsync=True) as server:
        place = Place(options.sekisho, folder, server.create("hub"))
        try:
            place.fill_small()
            measure_all_intake(place, options, batches, "PostgreSQL")
        finally:
            place.hub.stop()


def prepare(place, options, batches):
    """Fills the hub, and writes down who may use it."""
    place.fill_small()
    for name in place.names:
        for kind, bodies in (records_of(batches), findings_of(100)):
            status, octets, _ = place.put(name, kind, bodies(0))
            assert status == 201, (status, octets)
    place.hub.stop()
    cookies = {"many": place.operator.cookie, "few": place.analyst.cookie,
               "people": hub_load.fill(place.hub.folder / "hub.db", options, POLLERS + 1)[:POLLERS]}  # fmt: skip
    (place.folder / "cookies.json").write_text(json.dumps(cookies))
    place.start()


def measure(place, options, batches):
    if not (place.folder / "cookies.json").exists():
        prepare(place, options, batches)
    cookies = json.loads((place.folder / "cookies.json").read_text())
    many, parts = cookies["many"], options.parts.split(",")
    if "reading" in parts:
        measure_reading(place, many, options.requests, "one person who sees nearly all")
    if "few" in parts:
        measure_reading(place, cookies["few"], options.requests,
                        "one person who sees the findings of one of many", False)  # fmt: skip
    measure_floor(place)
    if "polling" in parts:
        print()
        measure_crowd(place, options, cookies, f"{POLLERS} people")
        measure_crowd(place, options, cookies, f"{POLLERS} people while findings come in",
                      beside_of(place, findings_of(1000)))  # fmt: skip
        measure_crowd(place, options, cookies, f"{POLLERS} people while records come in",
                      beside_of(place, records_of(batches)))  # fmt: skip
    if "sign-in" in parts:
        print()
        measure_log_in(place, options, batches, cookies)
    if "export" in parts:
        print()
        measure_export(place, many, "findings",
                       "SELECT name, kind, subject, score, first_seen, last_seen, sensors, basis, warrant, verdict"
                       " FROM finding ORDER BY updated DESC, id DESC")  # fmt: skip
        measure_export_beside(place, options, cookies)
    if "intake" in parts:
        print()
        measure_all_intake(place, options, batches, "SQLite")
    peak, cpu = place.status()
    print(f"\nthe hub: peak memory {peak:.0f} MiB (goal 512){'' if peak < 512 else '  MISSED'},"
          f" {cpu:.1f} s of CPU", flush=True)  # fmt: skip


def main():
    options = read_options()
    folder = options.folder / "hub-bench"
    if not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        batches = made_batches(options.batches, folder)
        place = Place(options.sekisho, folder)
        try:
            measure(place, options, batches)
        finally:
            place.hub.stop()
        if "postgresql" in options.parts:
            measure_postgresql(options, batches, folder / "postgresql")
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
