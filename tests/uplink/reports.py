#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From a sensor through its uplink to the hub, with each database: what the sensor keeps stands in
the hub's tables once, its ledger is held against what was seen, and warrants come back.  Prints TAP.
usage: reports.py SEKISHO"""

import concurrent.futures
import hashlib
import http.client
import ipaddress
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import ssl
import struct
import subprocess
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import postgres
from hub import Hub
from sensor_site import MADE, SEKISHO, Site, make_state, until

COUNT = int(os.environ.get("REPORTS_RECORDS", "20000"))


class Lite:
    """The hub's own file."""

    name, uri = "SQLite", None

    def sql(self, place, text):
        with sqlite3.connect(place.folder / "hub/hub.db", timeout=30) as database:
            return database.execute(text).fetchall()


class Postgres:
    name = "PostgreSQL"

    def __init__(self, server):
        self.server, self.count, self.uri = server, 0, None

    def fresh(self):
        self.count += 1
        self.name_of = f"hub{self.count}"
        self.uri = self.server.create(self.name_of)

    def sql(self, _, text):
        lines = self.server.sql(text + ";", self.name_of).splitlines()
        return [tuple(int(part) if part.lstrip("-").isdigit() else part for part in line.split("|"))
                for line in lines]  # fmt: skip


class Place:
    """A hub with a sensor it knows, and that sensor's uplink."""

    def __init__(self, engine, rows=0, options=(), is_known=True, **settings):
        self.site, self.engine = Site(rows, hub=False), engine
        self.folder = self.site.folder
        if engine.uri is not None or isinstance(engine, Postgres):
            engine.fresh()
        certificates = [f"{self.folder}/{name}" for name in ("hub.pem", "hub.key", "authority.pem")]
        self.hub = Hub(SEKISHO, self.folder, [
            "--sensors", "127.0.0.1:0", "--sensors-certificate", certificates[0], "--sensors-key",
            certificates[1], "--sensors-authority", certificates[2], *options], engine.uri)  # fmt: skip
        os.environ.update(self.site.border.environment)
        self.hub.start()
        until(lambda: self.hub.sensors_port or self.look())
        self.settings = settings
        self.site.configure(port=self.hub.sensors_port, **settings)
        if is_known:
            self.know("sensor", "sensor")

    def look(self):
        for line in self.hub.process.stdout:
            if line.startswith("sensors: "):
                self.hub.sensors_port = int(line.strip().rsplit(":", 1)[1])

    def fingerprint(self, certificate="sensor"):
        pem = (self.folder / f"{certificate}.pem").read_text()
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()

    def know(self, name, certificate, basis="own", number=1):
        digest = self.fingerprint(certificate)
        fingerprint = f"'\\x{digest}'" if isinstance(self.engine, Postgres) else f"x'{digest}'"
        self.run_sql("INSERT INTO organisation (id, parent, name_en, name_ja, kind, sectors, created, updated,"
                     " version) VALUES (7, NULL, 'Carrier', '事業者', 'carrier', 0, 1, 1, 1)"
                     " ON CONFLICT (id) DO NOTHING")  # fmt: skip
        self.run_sql("INSERT INTO sensor (id, name, organisation, sector, fingerprint, basis, equipment, is_active,"
                     " seen, program, ledger_key, checkpoint_size, checkpoint, checkpoint_at, checkpoint_state,"
                     f" compartment, created, updated, version) VALUES ({number}, '{name}', 7, 0, {fingerprint}, '{basis}',"
                     " '', 1, 0, '', '', 0, '', 0, '', 0, 1, 1, 1)")  # fmt: skip

    def run_sql(self, text):
        return self.engine.sql(self, text)

    def number(self, text):
        return self.run_sql(text)[0][0]

    def check_all(self):
        rows = self.site.rows()
        found = [row[0] for row in self.run_sql("SELECT octets FROM flow ORDER BY id")]
        assert len(found) == len(rows), (len(found), len(rows), self.run_sql("SELECT kind, contents, refused FROM batch")[:5])
        assert self.number("SELECT COUNT(DISTINCT octets) FROM flow") == len(rows)

    def stop(self):
        assert self.hub.stop() == 0

    def remove(self):
        self.stop()
        self.site.remove()


def what_a_sensor_keeps_stands_in_the_hub_once(engine):
    place = Place(engine, 2000, batch_records=100)
    done = place.site.run("--once")
    assert done.account["known"] == 0 and done.account["refused"] == 0, done.account
    place.check_all()
    sent = {row[0]: row[1:] for row in place.site.sql("SELECT id, subject, kind FROM finding")}
    kept = place.run_sql("SELECT name, subject, kind, sensors FROM finding")
    assert sorted((row[1], row[2]) for row in kept) == sorted(sent.values()) and kept, (kept, sent)
    assert all(row[3] == 1 for row in kept)
    assert place.number("SELECT COUNT(*) FROM batch") == done.account["batches"]
    (place.site.border.state / "sekisho/uplink.json").unlink()  # all of it again
    done = place.site.run("--once")
    assert done.account["known"] == done.account["batches"] > 20, done.account
    place.check_all()
    entries = place.run_sql("SELECT COUNT(*) FROM entry WHERE kind = 'batch_received'")
    assert entries[0][0] == done.account["batches"]
    place.remove()


def its_owner_sees_it_and_nobody_else(engine):
    """From the registration of the sensor to lists, as people do it."""
    place = Place(engine, 50, is_known=False)
    place.site.run("--once", code=4)  # a certificate that nobody registered
    admin = place.hub.first()
    made = [admin.post("/organisations", {"name": {"en": name, "ja": name}, "kind": "carrier", "sectors": []})
            for name in ("Own", "Other")]  # fmt: skip
    own, other = (one.json["id"] for one in made)
    done = admin.post("/sensors", {"name": "border-1", "organisation": own, "fingerprint": place.fingerprint(),
                                   "basis": "own", "equipment": "", "sector": ""})  # fmt: skip
    assert done.status == 201, done.octets
    owner = place.hub.person(admin, "owner", [("owner", own)], organisation=own)
    stranger = place.hub.person(admin, "stranger", [("owner", other)], organisation=other)
    place.site.run("--once")
    place.check_all()
    purpose = {"Sekisho-Purpose": "own-defence"}
    (finding,) = owner.get("/findings", **purpose).json["items"]
    assert finding["subject"] == "198.51.100.7" and finding["sensors"] == 1, finding
    assert owner.get(f"/findings/{finding['id']}", **purpose).status == 200
    assert owner.get("/flows", **purpose).json["items"]
    for person in (stranger, admin):
        assert person.get("/findings", **purpose).json["items"] == []
        assert person.get("/flows", **purpose).json["items"] == []
        assert person.get(f"/findings/{finding['id']}", **purpose).status == 404
    place.remove()


def killed_on_either_side_nothing_is_lost_or_twice(engine):
    place = Place(engine, 6000, batch_records=50)
    for turn in range(6):
        process = place.site.begin()
        time.sleep(0.4 + 0.1 * turn)
        if turn % 2:
            place.hub.kill()
            place.hub.start()
            until(lambda: place.look() or place.hub.sensors_port)
            place.site.configure(port=place.hub.sensors_port, batch_records=50)
        process.send_signal(signal.SIGKILL)
        process.wait()
    place.site.run("--once")
    place.check_all()
    place.remove()


def put(place, number, octets):
    """A batch of no findings that long, by the sensor's certificate: status and Retry-After."""
    context = ssl.create_default_context(cafile=place.folder / "authority.pem")
    context.load_cert_chain(place.folder / "sensor.pem", place.folder / "sensor.key")
    body = b"[" + b" " * (octets - 2 - number) + b"]"
    link = http.client.HTTPSConnection("127.0.0.1", place.hub.sensors_port, context=context, timeout=60)
    link.request("PUT", f"/sensor/v1/batches/{number:032x}", body, {
        "Content-Type": "application/vnd.sekisho.findings+json",
        "Sekisho-Digest": "sha-256=" + hashlib.sha256(body).hexdigest()})  # fmt: skip
    answer = link.getresponse()
    answer.read()
    return answer.status, answer.getheader("Retry-After")


def too_much_at_once_is_told_to_wait(engine):
    """What waits while another writes is bounded; where it is too much a sensor is told when."""
    if isinstance(engine, Postgres):
        return  # the same code, and its lock is not ours to hold
    place = Place(engine)
    holder = sqlite3.connect(place.folder / "hub/hub.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        found = [pool.submit(put, place, number, 15 << 20) for number in range(6)]
        time.sleep(3)
        holder.execute("ROLLBACK")
        answers = [one.result() for one in found]
    holder.close()
    assert sorted(status for status, _ in answers) == [201] * 4 + [429] * 2, answers
    assert all(after == "2" for status, after in answers if status == 429), answers
    assert put(place, 4, 15 << 20)[0] in (200, 201)
    place.remove()


def records_of_another_basis_or_sensor_are_refused(engine):
    place = Place(engine, 10)
    place.run_sql("UPDATE sensor SET basis = 'exercise'")
    place.site.run("--once", code=4)
    assert place.number("SELECT COUNT(*) FROM flow") == 0
    place.run_sql("UPDATE sensor SET basis = 'own'")
    place.site.run("--once")
    place.check_all()
    place.run_sql("UPDATE sensor SET is_active = 0")
    place.site.add(5)
    place.site.run("--once", code=4)
    assert place.number("SELECT COUNT(*) FROM flow") == len(place.site.rows()) - 5
    place.remove()


def the_ledger_of_a_sensor_cannot_be_rewritten(engine):
    place = Place(engine)
    place.site.run("--once")
    place.site.run("--once")
    (row,) = place.run_sql("SELECT checkpoint_size, checkpoint_state FROM sensor")
    assert row[0] > 3 and row[1] == "consistent", row
    shutil.rmtree(place.site.border.state / "sekisho/ledger")
    done = place.site.run("--once")
    assert "refuses the ledger's checkpoint" in done.stderr, done.stderr
    (after,) = place.run_sql("SELECT checkpoint_size, checkpoint_state FROM sensor")
    assert after == (row[0], "broken"), after
    place.remove()


def a_warrant_reaches_the_sensor_and_its_delivery_is_known(engine):
    place = Place(engine)
    border = place.site.border
    now = time.time()
    border.warrant("W-9", now - 60, now + 600)
    envelope = (border.warrants / "W-9.json").read_text()
    (border.warrants / "W-9.json").unlink()
    for serial, basis, number in (("W-9", "own", 1), ("W-8", "exercise", 2)):
        place.run_sql("INSERT INTO warrant (serial, record, number, kind, basis, equipment, since, until,"
                      f" envelope, compartment, created) VALUES ('{serial}', NULL, {number}, 'warrant', '{basis}', '',"
                      f" 1, 2, '{envelope}', 0, 1)")  # fmt: skip
    done = place.site.run("--once")
    assert done.account["warrants"] == 1 and done.account["warrants_refused"] == 0, (done.account, done.stderr)
    (found,) = border.warrants.iterdir()
    assert found.read_text() == envelope
    assert [row[0] for row in place.run_sql("SELECT serial FROM delivery")] == ["W-9"]
    place.remove()


def split_by_line(capture, parts):
    """What as many carriers see of it: the lines of each, and none of the others'."""
    octets, at, head, seen = capture.read_bytes(), 0, b"", [[] for _ in range(parts)]
    own = ipaddress.ip_network("198.18.0.0/18")
    while at < len(octets):
        kind, size = struct.unpack_from("<II", octets, at)
        block = octets[at : at + size]
        at += size
        if kind != 6:  # of no packet
            head += block
            continue
        ends = struct.unpack_from(">II", block, 28 + 14 + 12)
        line = next((end for end in ends if ipaddress.ip_address(end) in own), None)
        for i in range(parts):
            if line is None or line % parts == i:
                seen[i].append(block)
    paths = [capture.with_name(f"carrier-{i}.pcapng") for i in range(parts)]
    for path, blocks in zip(paths, seen):
        path.write_bytes(head + b"".join(blocks))
    return paths


def simulate(folder):
    """A server that three carriers see a third of each: the capture, its address, its border."""
    capture, truth, networks = (folder / name for name in ("all.pcapng", "truth.json", "networks.yaml"))
    scenario = pathlib.Path(__file__).resolve().parents[1] / "behaviour/scenarios/sensors.yaml"
    done = subprocess.run([SEKISHO, "simulate", str(scenario), "-o", str(capture), "--truth", str(truth),
                           "--networks", str(networks), "--quiet"], capture_output=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    (address,) = {server["address"] for row in json.loads(truth.read_text())["botnets"]
                  if row["name"] == "owl" for server in row["servers"]}  # fmt: skip
    return capture, address, networks


def watch(place, networks, state, capture):
    """Keeps what was counted; what is found."""
    done = subprocess.run([SEKISHO, "watch", "--quiet", "--json", "-", "--memory", "128M", "--networks", str(networks),
                           "--state", str(state), str(capture)], capture_output=True, check=False,
                          env=dict(place.site.border.environment, XDG_STATE_HOME=str(place.folder / "home")))  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [row["subject"].get("address") for row in json.loads(done.stdout)["findings"]]


def three_carriers_find_together_what_none_found_alone(engine):
    place = Place(engine)
    capture, address, networks = simulate(place.folder)
    home = place.folder / "hub/statistics/home/sekisho"
    home.mkdir(parents=True)
    networks = shutil.copy(networks, home.parent.parent)  # elsewhere it is not reached
    (home.parent.parent / "watch.options").write_text(f"--networks {networks}\n--memory 128M\n")
    sites = [place.site, Site(hub=False), Site(hub=False)]
    for number, (site, part) in enumerate(zip(sites, split_by_line(capture, 3)), 1):
        state = place.folder / f"state{number}"
        assert address not in watch(place, networks, state, part), f"carrier {number} finds it alone"
        name = "sensor" if number == 1 else f"sensor{number}"
        if number > 1:
            place.know(name, name, number=number)
        site.configure(sensor=name, port=place.hub.sensors_port, statistics=state)
    shutil.copy(place.folder / "home/sekisho/secret", home)
    query = f"SELECT f.sensors FROM finding f WHERE f.subject = '{address}'"
    for site in sites:
        assert not place.run_sql(query), "found before all three had told"
        done = site.run("--once")
        assert done.account["statistics"] == 1, (done.account, done.stderr)
        time.sleep(4)
    assert until(lambda: place.run_sql(query), 60), (place.folder / "hub/statistics/watch.log").read_text()
    assert place.number(query) == 3
    assert {row[0] for row in place.run_sql(
        f"SELECT s.sensor FROM sighting s JOIN finding f ON f.id = s.finding WHERE f.subject = '{address}'")
    } == {1, 2, 3}
    assert site.run("--once").account["statistics"] == 0  # nothing has changed
    place.run_sql("UPDATE sensor SET basis = 'a17'")
    os.utime(next(iter((place.folder / "state1").iterdir())))
    done = sites[0].run("--once")
    assert "refuses statistics" in done.stderr, done.stderr
    for site in sites[1:]:
        site.remove()
    place.remove()


def a_day_s_records_arrive_fast(engine):
    place = Place(engine, COUNT, batch_records=5000, records_per_second=1000000)
    start = time.monotonic()
    place.site.run("--once")
    seconds = time.monotonic() - start
    place.check_all()
    print(f"# {engine.name}: {len(place.site.rows()) / seconds:.0f} records a second, end to end")
    place.remove()


TESTS = [what_a_sensor_keeps_stands_in_the_hub_once, its_owner_sees_it_and_nobody_else,
         killed_on_either_side_nothing_is_lost_or_twice, too_much_at_once_is_told_to_wait,
         records_of_another_basis_or_sensor_are_refused, the_ledger_of_a_sensor_cannot_be_rewritten,
         a_warrant_reaches_the_sensor_and_its_delivery_is_known,
         three_carriers_find_together_what_none_found_alone, a_day_s_records_arrive_fast]


def run(number, test, engine):
    title = f"{engine.name}: {test.__name__.replace('_', ' ')}"
    try:
        test(engine)
        print(f"ok {number} - {title}", flush=True)
        return 0
    except Exception:
        print(f"not ok {number} - {title}", flush=True)
        for line in traceback.format_exc().splitlines():
            print(f"# {line}", flush=True)
        return 1


def main():
    if not shutil.which("openssl"):
        print("1..0 # SKIP no openssl")
        return 0
    make_state()
    names = sys.argv[2:]
    tests = [test for test in TESTS if not names or test.__name__ in names]
    why = postgres.why_not()
    print(f"1..{2 * len(tests)}", flush=True)
    failed = sum(run(number, test, Lite()) for number, test in enumerate(tests, 1))
    if why:
        for number, test in enumerate(tests, len(tests) + 1):
            print(f"ok {number} - {test.__name__} # SKIP {why}")
    else:
        with postgres.Server() as server:
            engine = Postgres(server)
            failed += sum(run(number, test, engine) for number, test in enumerate(tests, len(tests) + 1))
    shutil.rmtree(MADE)
    return failed > 0


sys.exit(main())
