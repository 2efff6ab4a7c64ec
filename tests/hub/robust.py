#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The hub when things go wrong: killed, full, cut off from its database, asked by two at once,
copied while it works.  HUB_KILLS, HUB_ROWS: more of it.  usage: robust.py SEKISHO [sqlite|postgresql]"""
import http.client
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import tap  # noqa: E402
from hub import Hub  # noqa: E402

KILLS = int(os.environ.get("HUB_KILLS", "6"))
ROWS = int(os.environ.get("HUB_ROWS", "100000"))
ENGINE = sys.argv[2] if len(sys.argv) > 2 else "sqlite"
test = tap.Tests()


def test_of(engine):
    return test if engine == ENGINE else lambda function: function


class World:
    """A hub and somebody who works with it, in a folder of their own."""

    def __init__(self, sekisho, server, folder=None):
        self.sekisho, self.server = sekisho, server
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(folder or self.temporary.name)
        self.database = server.create(f"hub{time.monotonic_ns()}") if server else None

    def __enter__(self):
        self.hub = Hub(self.sekisho, folder=self.folder, database=self.database).start()
        self.admin = self.hub.first()
        self.worker = self.hub.person(self.admin, "aiko", [("exercise-operator", None)])
        return self

    def __exit__(self, *unused):
        if self.hub.process.poll() is None:
            self.hub.stop()
        self.temporary.cleanup()

    def record(self, title, who=None, **fields):
        return (who or self.worker).post(
            "/records", {"procedure": "measure", "title": title, "fields": fields})

    def missing(self, ids):
        return [one for one in ids if self.worker.get(f"/records/{one}").status != 200]

    def command(self, *words):
        return subprocess.run([self.sekisho, "hub", *map(str, words)], capture_output=True, text=True,
                              timeout=120)

    def entries(self):
        """In the table, and in the signed log; after the hub ended."""
        if self.server:
            text = self.server.run("psql", self.database, "-Atc", "SELECT count(*) FROM entry")
            count = int(getattr(text, "stdout", text))
        else:
            with sqlite3.connect(self.hub.folder / "hub.db") as db:
                count = db.execute("SELECT count(*) FROM entry").fetchone()[0]
        return count, int((self.hub.folder / "ledger/checkpoint").read_text().splitlines()[1])


class Writers:
    """Several who make records until they are told to end; ids: what was answered 201."""

    def __init__(self, world, count=3):
        self.world, self.ids, self.others, self.go_on = world, [], [], True
        self.threads = [threading.Thread(target=self.write, args=(i,)) for i in range(count)]

    def write(self, number):
        turn = 0
        while self.go_on:
            turn += 1
            try:
                answer = self.world.record(f"writer {number} turn {turn}")
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)
                continue
            if answer.status == 201:
                self.ids.append(answer.json["id"])
            else:
                self.others.append((answer.status, answer.octets[:200]))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *unused):
        self.go_on = False
        for thread in self.threads:
            thread.join()


@test
def killed_while_it_writes_it_keeps_what_it_answered(world):
    with Writers(world) as writers:
        for _ in range(KILLS):
            time.sleep(0.25)
            world.hub.kill()
            world.hub.start()
        time.sleep(0.2)
    assert len(writers.ids) > KILLS, "too little was written to say anything"
    assert len(set(writers.ids)) == len(writers.ids), "a number was given twice"
    assert not world.missing(writers.ids), world.missing(writers.ids)[:5]
    assert world.hub.stop() == 0
    table, ledger = world.entries()
    assert table == ledger, (table, ledger)
    world.hub.start()


@test
def copied_while_it_works_it_comes_back_whole(world):
    copy = world.folder / "copy.tar"
    with Writers(world) as writers:
        time.sleep(0.3)
        before = list(writers.ids)
        made = world.command("backup", *(["--database", world.database] if world.database else []),
                             world.hub.folder, copy)
    assert made.returncode == 0, made.stderr
    assert copy.stat().st_mode & 0o077 == 0, "others may read it"
    again = world.command("backup", world.hub.folder, copy)
    assert again.returncode == 1 and "written over" in again.stderr, again.stderr
    world.hub.stop()
    key = (world.hub.folder / "hub.key").read_bytes()
    names = subprocess.run(["tar", "-tf", copy], capture_output=True, text=True).stdout
    assert "hub.key" not in names and "hub.pub" in names, names[:300]
    old = world.command("restore", copy, world.hub.folder)
    assert old.returncode == 1 and "empty" in old.stderr, old.stderr
    database = world.server.create(f"back{time.monotonic_ns()}") if world.server else None
    folder = world.folder / "back" / "hub"
    folder.parent.mkdir()
    (folder.parent / "people-made").write_text("")
    back = world.command("restore", *(["--database", database] if database else []), copy, folder)
    assert back.returncode == 0, back.stderr
    (folder / "hub.key").write_bytes(key)
    (folder / "hub.key").chmod(0o600)
    first, world.hub.folder, world.hub.database = world.hub.folder, folder, database
    kept, world.database = world.database, database
    try:
        world.hub.start()
        assert not world.missing(before), "what was there before the copy is not in it"
        assert world.record("after").status == 201
        assert world.hub.stop() == 0
        table, ledger = world.entries()
        assert table == ledger, (table, ledger)
    finally:
        world.hub.folder, world.hub.database, world.database = first, kept, kept
        world.hub.start()


@test
def two_who_act_at_one_moment_make_one_step(world):
    other = world.hub.person(world.admin, "emi", [("exercise-operator", None)])
    for turn in range(6):
        record = world.record(f"race {turn}", standard="servers and intervals").json["id"]
        allowed = [step["event"] for step in world.worker.get(f"/records/{record}/steps").json["items"]
                   if step["allowed"]]
        if not allowed:
            raise tap.Skipped("no step is open to start with")
        answers, ready = [], threading.Barrier(2)

        def act(person):
            ready.wait()
            answers.append(person.step(record, allowed[0]).status)

        threads = [threading.Thread(target=act, args=(one,)) for one in (world.worker, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        steps = [one for one in world.worker.get(f"/records/{record}/timeline").json["items"]
                 if one["what"] == allowed[0]]
        assert len(steps) == answers.count(200), (answers, len(steps))
        assert answers.count(200) >= 1, answers


@test
def a_role_that_ends_ends_in_the_middle_of_a_session(world):
    made = world.hub.person(world.admin, "brief", [])
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    given = world.admin.post(f"/people/{made.id}/roles", {
        "role": "exercise-operator", "organisation": 0, "until": until})
    assert given.status == 201, given.octets
    assert world.record("within", who=made).status == 201
    time.sleep(2.5)
    assert world.record("beyond", who=made).status in (403, 404)
    assert made.get("/records").json["items"] == []


def fixed(folder, size):
    if os.geteuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], capture_output=True).returncode:
        raise tap.Skipped("no small disk can be made here")


@test_of("sqlite")
def on_a_full_disk_it_says_so_and_loses_nothing(world):
    small = Path(tempfile.mkdtemp())
    fixed(small, "12m")
    try:
        with World(world.sekisho, None, small) as full:
            record = full.record("on a small disk").json["id"]
            ids, statuses = [], []
            for turn in range(200):
                answer = full.worker.send("POST", f"/records/{record}/attachments", os.urandom(200000),
                                          {"Content-Type": "application/octet-stream",
                                           "Slug": f"part {turn}"})
                statuses.append(answer.status)
                if answer.status != 201:
                    break
                ids.append(answer.json["digest"])
            assert statuses[-1] == 507, (len(statuses), statuses[-1], answer.octets[:200])
            assert full.worker.get("/session").status == 200, "it reads no more"
            held = {one["digest"] for one in
                    full.worker.get(f"/records/{record}/attachments").json["items"]}
            assert set(ids) <= held, "what was answered is not there"
            full.hub.kill()
            # To begin, it writes a little: with room again it goes on where it was.
            subprocess.run(["mount", "-o", "remount,size=40m", small], check=True)
            full.hub.start()
            assert full.worker.get(f"/records/{record}").status == 200
            again = {one["digest"] for one in
                     full.worker.get(f"/records/{record}/attachments").json["items"]}
            assert set(ids) <= again, "what was answered is not there after the kill"
    finally:
        subprocess.run(["umount", "-l", small], check=False)
        small.rmdir()


@test_of("postgresql")
def a_database_that_went_and_came_is_used_again(world):
    with Writers(world) as writers:
        time.sleep(0.3)
        world.server.stop()
        time.sleep(0.3)
        world.server.start()
        deadline, count = time.monotonic() + 20, len(writers.ids)
        while len(writers.ids) < count + 5 and time.monotonic() < deadline:
            time.sleep(0.1)
    assert len(writers.ids) >= count + 5, (count, len(writers.ids), writers.others[-2:])
    assert all(status in (500, 503) for status, _ in writers.others), writers.others[:3]
    assert not world.missing(writers.ids)


def step_of_schema(name):
    """The SQL of one step, as src/hub/schema.c has it."""
    source = (Path(__file__).resolve().parents[2] / "src/hub/schema.c").read_text()
    body = re.search(rf"static const char {name}\[\] =(.*?)\";", source, re.S).group(1) + '"'
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', body)).replace("\\n", "\n").replace('\\"', '"')


def as_it_was(now, old, steps):
    """A database of those first steps, with what the present one has of their tables."""
    for name in steps:
        old.executescript(step_of_schema(name))
    old.execute(now.execute("SELECT sql FROM sqlite_master WHERE name = 'migration'").fetchone()[0])
    for (table,) in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        columns = [row[1] for row in old.execute(f"PRAGMA table_info({table})")]
        rows = now.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
        if table == "migration":
            rows = [row for row in rows if row[0] <= len(steps)]
        if table == "compartment":  # its name said nothing of a party yet
            at = columns.index("name")
            rows = [row[:at] + (row[at].rsplit("|", 1)[0],) + row[at + 1:] for row in rows]
        marks = ", ".join("?" * len(columns))
        old.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


@test_of("sqlite")
def a_schema_of_before_is_brought_up_to_date(world):
    world.hub.stop()
    path = world.folder / "old" / "hub"
    path.mkdir(parents=True)
    with sqlite3.connect(world.hub.folder / "hub.db") as now, sqlite3.connect(path / "hub.db") as old:
        as_it_was(now, old, ["people", "records", "ways", "sensors"])
    old.close()
    dry = world.command("migrate", "--dry-run", path)
    assert dry.returncode == 0 and "would take 5" in dry.stdout, (dry.stdout, dry.stderr)
    assert "would take 5" in world.command("migrate", "--dry-run", path).stdout, "it was taken"
    done = world.command("migrate", path)
    assert done.returncode == 0 and "took 5" in done.stdout, (done.stdout, done.stderr)
    assert world.command("migrate", path).stdout == ""
    first, world.hub.folder = world.hub.folder, path
    (path.parent / "people-made").write_text("")
    try:
        world.hub.start()
        assert world.worker.get("/session").status == 200, "who was signed in is so no more"
        assert world.record("in the new one").status == 201
        world.hub.stop()
    finally:
        world.hub.folder = first
        world.hub.start()


@test_of("sqlite")
def whoever_only_looks_waits_for_nobody_who_writes(world):
    """That a session goes on is written, but not while somebody is kept waiting for it."""
    holder = sqlite3.connect(world.hub.folder / "hub.db", isolation_level=None, timeout=10)
    long_ago = "UPDATE session SET seen = seen - 120000000000"
    seen = "SELECT MAX(seen) FROM session"
    holder.execute(long_ago)
    before = holder.execute(seen).fetchone()[0]
    holder.execute("BEGIN IMMEDIATE")
    try:
        start = time.monotonic()
        assert world.worker.get("/session").status == 200
        took = time.monotonic() - start
    finally:
        holder.execute("ROLLBACK")
    assert took < 1, took
    deadline = time.monotonic() + 10
    while holder.execute(seen).fetchone()[0] == before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert holder.execute(seen).fetchone()[0] > before, "that it goes on was never written"
    holder.close()


def resident(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


@test_of("sqlite")
def many_rows_are_exported_in_little_memory_while_others_work(world):
    made = world.record("copied many times").json["id"]
    world.hub.stop()
    with sqlite3.connect(world.hub.folder / "hub.db") as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(record)")]
        rest = ", ".join(name for name in columns if name not in ("id", "name"))
        db.execute(f"""WITH RECURSIVE n(i) AS (SELECT 1000000 UNION ALL SELECT i + 1 FROM n
                       WHERE i < 1000000 + {ROWS} - 1)
                       INSERT INTO record (id, name, {rest}) SELECT i, 'M-COPY-' || i, {rest}
                       FROM n, (SELECT {rest} FROM record WHERE name = ?)""", (made,))
    db.close()
    world.hub.start()
    assert world.worker.get("/records").json["count_is_exact"] is (ROWS < 10000)
    before, largest, slowest, octets, rows = resident(world.hub.process.pid), 0, 0.0, 0, 0
    connection = http.client.HTTPConnection("127.0.0.1", world.hub.port, timeout=300)
    connection.request("GET", "/api/v1/exports/records.csv",
                       headers={"Host": f"localhost:{world.hub.port}", "Cookie": world.worker.cookie})
    response = connection.getresponse()
    assert response.status == 200
    began = time.monotonic()
    while part := response.read(1 << 20):
        octets, rows = octets + len(part), rows + part.count(b"\n")
        largest = max(largest, resident(world.hub.process.pid))
        if octets % 7 == 0:
            start = time.monotonic()
            assert world.record("meanwhile").status == 201
            slowest = max(slowest, time.monotonic() - start)
    print(f"# {rows - 1} rows, {octets >> 20} MiB in {time.monotonic() - began:.1f} s; memory "
          f"{before >> 10} MiB before, {largest >> 10} MiB at most; slowest write {slowest * 1000:.0f} ms")
    assert rows - 1 >= ROWS, rows
    # What a sanitizer has taken back it holds for a while, 256 MiB of it.
    program = Path(world.sekisho).read_bytes()
    is_sanitized = b"__asan_init" in program or b"__tsan_init" in program
    assert largest - before < (512 if is_sanitized else 64) << 10, "it grows with the rows"
    assert slowest < 5


def run(server=None):
    with World(sys.argv[1], server) as world:
        return test.run(world, log=lambda: world.hub.complaints())


sys.exit(tap.on_server(run))
