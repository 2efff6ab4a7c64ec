# SPDX-License-Identifier: Apache-2.0
"""Rows for hub.py: copies of those that a hub made itself, put into its tables while it is
stopped; with the words that its search finds them by."""

import hashlib
import json
import os
import secrets
import sqlite3
import time

KINDS = ["scanner", "command_server", "guessing", "reflector"]
HEADS = {"scanner": "scan-", "command_server": "c2-", "guessing": "guess-", "reflector": "refl-"}
DAY_NS, YEAR_DAYS = 86400 * 10**9, 365


def server(number):
    """Of 198.18.0.0/15, which is reserved for benchmarks (RFC 2544)."""
    return f"198.{18 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def finding(kind, subject, score, now, name):
    """As `sekisho uplink` sends it."""
    return {
        "id": HEADS[kind] + name, "kind": kind, "rule": "scan 1", "alert": False, "rank_of_day": None,
        "p_value": None, "false_discovery": None, "verdict": None, "score": score,
        "subject": {"address": subject, "place": "foreign"}, "port": 443, "protocol": 6, "shape": "horizontal",
        "direction": "DF", "basis": "own", "mandate": {"basis": "own", "warrant": None, "selector": None},
        "first_at": moment(now - 600), "last_at": moment(now), "connections": 900, "octets_out": 1, "octets_in": 2,
        "line_total": 0, "lines": [], "measures": [], "indicators": [], "names": [], "addresses": [],
        "retention_until": moment(now + 30 * 86400)}  # fmt: skip


PLACE = b"@@@@@@@@@@"  # of ten hexadecimal digits that make a batch's findings others than before


def findings_batch(count):
    numbers, now = os.urandom(3 * count), time.time()
    return json.dumps([
        finding(KINDS[i % 4], server((numbers[3 * i] << 8 | numbers[3 * i + 1]) % 100000),
                numbers[3 * i + 2] % 101, now, f"{PLACE.decode()}{i:04x}") for i in range(count)]).encode()  # fmt: skip


class Filling:
    """One table: its indexes go and come back, which is how much is loaded at once."""

    def __init__(self, database, table):
        self.database, self.table = database, table

    def __enter__(self):
        sql = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
        self.indexes = self.database.execute(sql, (self.table,)).fetchall()
        for name, _ in self.indexes:
            self.database.execute(f"DROP INDEX {name}")
        self.start = time.monotonic()
        return self

    def copy(self, count, changed, template=None, key="id"):
        """count rows more, the n-th like one of those that are there; changed: column -> SQL over n."""
        columns = [row[1] for row in self.database.execute(f"PRAGMA table_info({self.table})")]
        template = template or f"SELECT *, ROW_NUMBER() OVER (ORDER BY id) - 1 AS k FROM {self.table} ORDER BY id LIMIT 100"
        self.database.execute(f"CREATE TEMP TABLE likeness AS {template}")
        self.database.execute("CREATE UNIQUE INDEX temp.likeness_k ON likeness (k)")
        likes = self.database.execute("SELECT COUNT(*) FROM likeness").fetchone()[0]
        first = self.database.execute(f"SELECT MAX({key}) + 1 FROM {self.table}").fetchone()[0]
        values = [changed.get(name, f"t.{name}") for name in columns]
        self.database.execute(
            f"WITH RECURSIVE number (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM number WHERE n + 1 < {first + count})"
            f" INSERT INTO {self.table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM number"
            f" CROSS JOIN likeness t ON t.k = n * 2654435761 % 4294967296 % {likes}")  # fmt: skip
        self.database.execute("DROP TABLE likeness")
        return first

    def __exit__(self, *_):
        for _, sql in self.indexes:
            self.database.execute(sql)
        self.database.commit()
        rows = self.database.execute(f"SELECT COUNT(*) FROM {self.table}").fetchone()[0]
        print(f"{rows:,} rows of {self.table} in {time.monotonic() - self.start:.0f} s", flush=True)


# A number of n that looks like chance, below the other.
DICE = "((n * 1103515245 + {seed}) / 65536 % {below})"


def dice(below, seed=12345):
    return DICE.format(below=below, seed=seed)


ADDRESS = "'198.18.' || ({0} / 256) || '.' || ({0} % 256)"


def fill_flows(database, count, now):
    span = YEAR_DAYS * DAY_NS
    at = f"{now - span} + n * {span // max(count, 1)}"
    with Filling(database, "flow") as flows:
        flows.copy(count, {"id": "n", "at": at, "ends": f"{at} + 1000000000", "until": str(now + 30 * DAY_NS),
                           "server": ADDRESS.format(dice(60000)), "octets": dice(100000, 7)})  # fmt: skip


def fill_findings(database, count, now):
    span = YEAR_DAYS * DAY_NS
    seen = f"{now - span} + n * {span // max(count, 1)}"
    with Filling(database, "finding") as findings:
        first = findings.copy(count, {
            "id": "n", "name": "'made-' || n || '-own'", "subject": ADDRESS.format(dice(60000)), "score": dice(101, 3),
            "first_seen": f"{seen} - 600000000000", "last_seen": seen, "created": seen, "updated": seen,
            "kind": f"CASE {dice(4, 9)} " + " ".join(f"WHEN {i} THEN '{kind}'" for i, kind in enumerate(KINDS)) + " END",
            "until": str(now + 30 * DAY_NS)})  # fmt: skip
    with Filling(database, "term"):
        for term in ("subject", "kind"):
            database.execute(f"INSERT INTO term SELECT {term}, 'finding', id FROM finding WHERE id >= ? ORDER BY 1, 3",
                             (first,))  # fmt: skip


def fill_records(database, count, now):
    span = YEAR_DAYS * DAY_NS
    at = f"{now - span} + n * {span // max(count, 1)}"
    with Filling(database, "record") as records:
        likes = "SELECT *, ROW_NUMBER() OVER (ORDER BY id) - 1 AS k FROM record"
        first = records.copy(count, {
            "id": "n", "name": "substr(t.name, 1, length(t.name) - 6) || (1000000 + n)", "created": at, "updated": at,
            "title": "'Suspicious server ' || n || ' 不審な通信先の調査'",
            "deadline": f"CASE WHEN t.deadline IS NULL THEN NULL ELSE {now} + n * 1000000000 END"}, likes)  # fmt: skip
    pairs = "SELECT r.id AS new, t.id AS old FROM record r JOIN record t ON t.id < {0} AND" \
            " t.compartment = r.compartment AND t.created < {1} WHERE r.id >= {0} GROUP BY r.id"  # fmt: skip
    database.execute("CREATE TEMP TABLE pair AS " + pairs.format(first, now + DAY_NS))
    for table in ("field", "clock", "duty", "part"):
        names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        values = ["p.new" if name == "record" else f"x.{name}" for name in names]
        database.execute(f"INSERT INTO {table} SELECT {', '.join(values)} FROM pair p JOIN {table} x ON x.record = p.old")
    for table in ("step", "note"):
        names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")][1:]
        values = ["p.new" if name == "record" else f"x.{name}" for name in names]
        database.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)}"
                         f" FROM pair p JOIN {table} x ON x.record = p.old")  # fmt: skip
    words = ["suspicious", "server", *(("不審な通信先の調査")[i : i + 2] for i in range(8))]
    with Filling(database, "term"):
        for word in words:
            database.execute("INSERT OR IGNORE INTO term SELECT ?, 'record', id FROM record WHERE id >= ?",
                             (katakana(word), first))  # fmt: skip
        database.execute("INSERT OR IGNORE INTO term SELECT CAST(id AS TEXT), 'record', id FROM record WHERE id >= ?"
                         " ORDER BY 1", (first,))  # fmt: skip
        database.execute("INSERT OR IGNORE INTO term SELECT lower(name), 'record', id FROM record WHERE id >= ?", (first,))


def katakana(text):
    """As the hub folds it."""
    return "".join(chr(ord(c) + 0x60) if 0x3041 <= ord(c) <= 0x3096 else c for c in text)


def fill_people(database, count, now):
    """So many who work in the exercise, each with a session: their cookies."""
    row = dict(zip([c[0] for c in database.execute("SELECT * FROM person LIMIT 0").description],
                   database.execute("SELECT * FROM person WHERE name = 'aiko'").fetchone()))  # fmt: skip
    role = dict(zip([c[0] for c in database.execute("SELECT * FROM held_role LIMIT 0").description],
                    database.execute("SELECT * FROM held_role WHERE person = ?", (row["id"],)).fetchone()))  # fmt: skip
    cookies = []
    for i in range(count):
        row.update(id=1000 + i, name=f"person{i}", outside=None)
        role.update(id=1000 + i, person=1000 + i)
        for table, values in (("person", row), ("held_role", role)):
            marks = ", ".join("?" * len(values))
            database.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))
        token = "ses_" + secrets.token_urlsafe(32)
        database.execute("INSERT INTO session (digest, person, created, seen, expires, strength, csrf, purpose)"
                         " VALUES (?, ?, ?, ?, ?, 'password', 'csrf', '')",
                         (hashlib.blake2b(token.encode(), digest_size=32).digest(), 1000 + i, now, now, now + DAY_NS // 3))  # fmt: skip
        cookies.append("sekisho=" + token)
    database.commit()
    return cookies


def fill(path, options, people):
    database = sqlite3.connect(path)
    database.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -524288; PRAGMA temp_store = MEMORY;")
    now = time.time_ns()
    fill_records(database, options.records, now)
    fill_findings(database, options.findings, now)
    before = os.path.getsize(path)
    fill_flows(database, options.flows, now)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    print(f"a record takes {(os.path.getsize(path) - before) / max(options.flows, 1):.0f} octets in the file,"
          f" with its indexes; the whole is {os.path.getsize(path) / 1e9:.2f} GB", flush=True)  # fmt: skip
    cookies = fill_people(database, people, now)
    database.close()
    return cookies
