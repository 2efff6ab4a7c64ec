#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nothing of the store is read without a purpose the law's data allow, and each answer is in
the ledger; what is kept has a date, may be extended or ended, and is erased for good.
Prints TAP.  usage: query.py SEKISHO STORE_MAKE ROOT"""
import csv
import datetime
import io
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import tap  # noqa: E402

SEKISHO, MAKE, ROOT = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-query-"))
MARKER = b"marker-to-erase"
# As it will be: the articles are in force, and exercises are kept by the fiscal year.
LAWS = HERE / "laws"
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", SEKISHO_LAW_DIR=str(ROOT / "law"))
for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
    ENVIRONMENT[variable] = "exitcode=99:halt_on_error=1:" + os.environ.get(variable, "")


def make_laws():
    shutil.copytree(ROOT / "law", LAWS)
    for path in (LAWS / "jp").glob("*.yaml"):
        text = re.sub(r",? ?in_force_from: [0-9-]+", "", path.read_text())
        path.write_text(re.sub(r"\n +in_force_from: [0-9-]+", "", text))
    bases = LAWS / "jp/bases.yaml"
    bases.write_text(bases.read_text().replace("retention: exercise", "retention: selected"))
    access = LAWS / "jp/access.yaml"
    access.write_text(access.read_text() + "- { role: owner, action: extend, purpose: exercise,"
                      " basis: exercise, article: LC-25 }\n")


class Place:
    """A state folder and a store of its own."""

    def __init__(self, name, laws=LAWS):
        self.folder = HERE / name
        self.folder.mkdir()
        self.store = self.folder / "store.sqlite"
        self.environment = dict(ENVIRONMENT, XDG_STATE_HOME=str(self.folder),
                                SEKISHO_LAW_DIR=str(laws))

    def make(self, *words):
        done = subprocess.run([MAKE, *map(str, words)], capture_output=True, text=True,
                              env=self.environment, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def keep(self, basis, warrant, finding, ended="2028-02-29"):
        self.make("run", self.store, LAWS / "jp", basis, warrant, finding, ended)

    def run(self, command, *words, code=0):
        done = subprocess.run([SEKISHO, command, *map(str, words), "--store", str(self.store)],
                              capture_output=True, text=True, env=self.environment, check=False)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done

    def query(self, *words, code=0):
        return self.run("query", *words, code=code)

    def count(self, *words):
        answer = json.loads(self.query(*words, "--count", "--json").stdout)
        return answer["records"], answer["findings"]

    def ledger(self, kind=None):
        folder = self.folder / "sekisho"
        size = json.loads(subprocess.run(
            [SEKISHO, "verify", "--json", "--key", str(folder / "ledger.pub"),
             str(folder / "ledger")], capture_output=True, check=True).stdout)["entries"]
        entries = []
        for path in sorted((folder / "ledger/tile/entries").rglob("*")):
            octets = path.read_bytes() if path.is_file() else b""
            found = []
            while octets:
                length = int.from_bytes(octets[:2], "big")
                found.append(json.loads(octets[2:2 + length]))
                octets = octets[2 + length:]
            entries = max(entries, found, key=len) if size <= 256 else entries + found
        assert len(entries) == size, (len(entries), size)
        return [entry for entry in entries if kind in (None, entry["kind"])]


ANALYST = ("--role", "analyst", "--purpose", "damage-prevention", "--basis", "a17")
DELEGATE = ("--role", "delegate", "--purpose", "damage-prevention", "--basis", "a17")


def full_place(name, laws=LAWS):
    place = Place(name, laws)
    place.keep("a17", "JP-2028-0001", "c2-0001")
    place.keep("a17", "JP-2028-0002", "c2-0002")
    place.keep("a32", "JP-2028-0003", "c2-0003")
    place.keep("own", "OWN-1", "c2-0004", "2026-11-01")
    return place


def an_owner_says_nothing_and_sees_their_own_in_clear():
    place = full_place("owner")
    table = place.query().stdout
    assert "c2-0004" in table and "OWN-1" in table
    assert "c2-0001" not in table and "JP-2028" not in table
    assert "192.0.2.7" in place.query("--records").stdout
    assert place.count() == (2, 1)
    entry = place.ledger("access")[-1]
    assert (entry["role"], entry["purpose"], entry["basis"], entry["verdict"]) == (
        "owner", "own-defence", "own", "allowed")
    assert entry["action"] == "read" and entry["actor"]


def an_analyst_sees_one_basis_and_lines_as_pseudonyms():
    place = full_place("analyst")
    assert place.count(*ANALYST) == (4, 2)
    rows = [json.loads(line) for line in
            place.query(*ANALYST, "--records", "--json").stdout.splitlines()]
    assert len(rows) == 4
    for row in rows:
        assert row["basis_id"] == "a17" and row["warrant"].startswith("JP-2028-000")
        assert row["initiator"].startswith("line-") and row["responder"] == "203.0.113.9"
    again = json.loads(place.query(*ANALYST, "--records", "--json").stdout.splitlines()[0])
    assert again["initiator"] != rows[0]["initiator"], "pseudonyms of two readings match"
    assert place.count(*ANALYST, "--about", "192.0.2.7") == (0, 0), "a line was tried out"
    text = place.query(*ANALYST, "c2-0001").stdout + place.query(*ANALYST, "--json").stdout
    assert "192.0.2." not in text and "c2-0003" not in text


REFUSALS = [
    ("crime investigation is no purpose",
     ("--role", "analyst", "--purpose", "investigation", "--basis", "a17"), "23(2)"),
    ("a purpose must be said", ("--role", "analyst", "--basis", "a17"), "26(1)"),
    ("a role without permission", ("--role", "carrier", "--purpose", "damage-prevention",
                                   "--basis", "a17"), None),
    ("an owner has no statutory basis", ("--basis", "a17"), None),
    ("another purpose than the role's", ("--role", "analyst", "--purpose", "inspection",
                                         "--basis", "a17"), None),
    ("an analyst has no network of their own", ("--role", "analyst", "--purpose",
                                                "damage-prevention", "--basis", "own"), None),
    ("all bases are for few", ("--role", "analyst", "--purpose", "damage-prevention",
                               "--basis", "*"), None),
    ("a basis that is none", ("--role", "analyst", "--purpose", "damage-prevention",
                              "--basis", "a99"), None),
    ("a role that is none", ("--role", "nobody", "--purpose", "damage-prevention",
                             "--basis", "a17"), None),
    ("a purpose that is none", ("--role", "analyst", "--purpose", "curiosity",
                                "--basis", "a17"), None),
]


def in_japanese(article):
    """22(2) as the law writes it."""
    number, _, paragraph = article.rstrip(")").partition("(")
    return f"第{number}条" + (f"第{paragraph}項" if paragraph else "")


def each_refusal_has_its_article_in_both_languages_and_is_in_the_ledger():
    place = full_place("refused")
    for what, words, article in REFUSALS:
        before = len(place.ledger())if (place.folder / "sekisho").exists() else 0
        done = place.query(*words, code=5)
        assert done.stdout == "", (what, done.stdout)
        told = re.match(r"sekisho query: refused \(art\. (\S+)\): .+", done.stderr)
        assert told, (what, done.stderr)
        assert article in (None, told[1]), (what, told[1])
        japanese = place.query(*words, "--language", "ja", code=5).stderr
        assert f"拒否（{in_japanese(told[1])}）：" in japanese, (what, japanese)
        for more in (("--count",), ("--history", "c2-0001"), ("--provisions",), ("c2-0001",),
                     ("--records", "--csv")):
            assert place.query(*words, *more, code=5).stdout == "", (what, more)
        entries = place.ledger()[before:]
        assert len(entries) == 7, (what, len(entries))
        for entry in entries:
            assert entry["kind"] == "access" and entry["verdict"] == "refused", what
            assert entry["article"] == told[1] and entry["reason"], what


def a_basis_not_yet_in_force_is_refused_with_its_article():
    place = full_place("not-in-force", ROOT / "law")
    done = place.query(*ANALYST, code=5)
    assert "art. 23(2)" in done.stderr, done.stderr
    place.query()  # one's own is


def an_inspector_sees_every_basis_and_alters_nothing():
    place = full_place("inspector")
    inspector = ("--role", "inspector", "--purpose", "inspection", "--basis", "*")
    assert place.count(*inspector) == (8, 4)
    assert "192.0.2.7" not in place.query(*inspector, "--records").stdout
    for action in ("extend", "end"):
        place.run("retention", action, "c2-0001", "--reason", "x", *inspector, code=5)
    assert place.count(*inspector) == (8, 4)


def without_a_ledger_nothing_is_read():
    place = full_place("no-ledger")
    place.query()
    shutil.rmtree(place.folder / "sekisho/ledger")
    (place.folder / "sekisho/ledger").write_text("in the way")
    assert place.query(code=1).stdout == ""
    assert place.run("explain", code=1).stdout == ""


def explain_asks_as_well():
    place = full_place("explain")
    assert "c2-0004" in place.run("explain").stdout
    assert "warrant OWN-1" in " ".join(place.run("explain", "c2-0004").stdout.split())
    place.run("explain", "c2-0001", code=1)  # of another basis: as if it were not there
    place.run("explain", *ANALYST, "c2-0002")
    place.run("explain", "--basis", "a17", code=5)
    subjects = [entry.get("subject") for entry in place.ledger("access")]
    assert subjects == [None, "c2-0004", "c2-0001", "c2-0002", None], subjects


def addresses_asked_about_are_not_in_the_ledger():
    place = full_place("about")
    assert place.count("--about", "192.0.2.7") == (2, 1)
    assert place.count("--about", "203.0.113.9") == (2, 1)
    assert place.count("--about", "marker-to-erase.example") == (2, 0)
    assert "192.0.2.7" not in json.dumps(place.ledger())
    assert "marker" not in json.dumps(place.ledger())


def csv_and_pages_are_whole():
    place = full_place("pages")
    rows = list(csv.DictReader(io.StringIO(place.query(*ANALYST, "--csv").stdout)))
    assert len(rows) == 4 and {row["warrant"] for row in rows} == {"JP-2028-0001", "JP-2028-0002"}
    first = place.query(*ANALYST, "--csv", "--limit", 3)
    assert "--skip 3" in first.stderr
    rest = place.query(*ANALYST, "--csv", "--limit", 3, "--skip", 3)
    assert "--skip" not in rest.stderr
    lines = first.stdout.splitlines()[1:] + rest.stdout.splitlines()[1:]
    assert len(lines) == 4
    assert place.count(*ANALYST, "--from", "2028-02-29") == (4, 2)
    assert place.count(*ANALYST, "--from", "2028-03-01") == (0, 0)
    assert place.count(*ANALYST, "--to", "2028-02-28") == (0, 0)


def no_escape_sequence_without_a_terminal_or_with_no_color():
    place = full_place("colour")
    assert "\033" not in place.query().stdout
    for value, bold in (("", True), ("1", False)):
        environment = dict(place.environment, NO_COLOR=value)
        done = subprocess.run(["script", "-qec", f"{SEKISHO} query --store {place.store}",
                               "/dev/null"], capture_output=True, env=environment, check=True)
        assert (b"\033[1m" in done.stdout) == bold, (value, done.stdout)


VECTORS = [  # lifecycle.md section 8: selection ended, latest first expiry, one full extension
    ("2027-12-10", "2030-03-31", "2032-03-31"),
    ("2028-03-31", "2030-03-31", "2032-03-31"),
    ("2028-04-01", "2031-03-31", "2033-03-31"),
    ("2028-02-29", "2030-03-31", "2032-03-31"),
]
EXERCISE = ("--basis", "exercise")


def day_end(day):
    """24:00 of that day in Japan, as the store has it."""
    return f"{day}T15:00:00Z"


def dates_follow_the_fiscal_year_through_extension_and_erasure():
    for number, (ended, first, extended) in enumerate(VECTORS):
        place = Place(f"vector-{number}")
        noon = f"{ended}T03:00:00Z"  # noon in Japan
        place.keep("exercise", "EX-1", "c2-0001", noon)
        at = (*EXERCISE, "--at")
        kept = json.loads(place.run("retention", "list", "--json", *at, noon).stdout)
        assert kept["until"].startswith(day_end(first)[:-1]), (ended, kept)
        moment_before = f"{first}T14:59:59Z"
        place.run("retention", "sweep", *at, moment_before)
        assert place.count(*at, moment_before) == (2, 1), ended
        assert place.count(*at, day_end(first)) == (0, 0), "given past its date"
        place.run("retention", "extend", "c2-0001", "--reason", "late", *at, day_end(first),
                  code=1)
        place.run("retention", "extend", "c2-0001", "--reason", "long", "--until",
                  f"{extended}T15:00:01Z", *at, moment_before, code=5)
        done = place.run("retention", "extend", "c2-0001", "--reason", "still needed", "--json",
                         *at, moment_before)
        assert json.loads(done.stdout)["until"].startswith(day_end(extended)[:-1]), done.stdout
        place.run("retention", "sweep", *at, f"{extended}T14:59:59Z")
        assert place.count(*at, f"{extended}T14:59:59Z") == (2, 1)
        assert MARKER in place.store.read_bytes()
        place.run("retention", "sweep", *at, day_end(extended))
        assert MARKER not in place.store.read_bytes(), "erased octets are left in the file"
        entry, = place.ledger("retention_extended")
        assert entry["before"].startswith(day_end(first)[:-1]) and entry["reason"] == "still needed"
        assert entry["until"].startswith(day_end(extended)[:-1]) and entry["actor"]
        erased, = place.ledger("record_erasure")
        assert erased["records"] == 2 and erased["basis"] == "exercise"


def a_clock_of_ones_own_is_for_exercises_only():
    place = full_place("clock")
    for words in ((), ANALYST):
        place.run("retention", "sweep", "--at", "2090-01-01", *words, code=1)
        place.query("--at", "2028-01-01", *words, code=1)
    place.keep("exercise", "EX-1", "c2-0005")
    place.run("retention", "sweep", "--at", "2090-01-01", *EXERCISE)
    assert place.count() == (2, 1) and place.count(*ANALYST) == (4, 2)


def a_decision_has_a_reason_and_a_delegate():
    place = full_place("decision")
    place.run("retention", "extend", "c2-0001", *DELEGATE, code=2)
    for reason in ("", "x" * 501, "two\nlines", b"\xff".decode("utf-8", "surrogateescape")):
        place.run("retention", "extend", "c2-0001", "--reason", reason, *DELEGATE, code=2)
    refused = place.run("retention", "extend", "c2-0001", "--reason", "x", *ANALYST, code=5)
    assert "art. " in refused.stderr
    place.run("retention", "extend", "c2-0003", "--reason", "x", *DELEGATE, code=1)
    done = place.run("retention", "extend", "JP-2028-0002", "--reason", "the case goes on",
                     *DELEGATE)
    assert "2032-03-31T15:00:00Z" in done.stdout, done.stdout
    story = [json.loads(line) for line in
             place.query(*ANALYST, "--history", "c2-0002", "--json").stdout.splitlines()]
    assert [event["what"] for event in story] == ["extended", "selected", "made"] or \
        [event["what"] for event in story] == ["selected", "made", "extended"], story
    event = next(event for event in story if event["what"] == "extended")
    assert event["reason"] == "the case goes on" and event["role"] == "delegate"
    assert place.ledger("retention_extended")[0]["article"] == "25(2)"


def an_early_end_erases_all_copies_and_tells_each_holder():
    place = full_place("end")
    for recipient in ("agency.example", "ally.example"):
        place.make("give", place.store, "a17", "c2-0001", recipient, "held")
    place.make("give", place.store, "a17", "c2-0001", "never-sent.example", "waiting")
    place.run("retention", "end", "JP-2028-0001", "--reason", "no longer needed", *DELEGATE)
    assert place.count(*ANALYST) == (2, 1)
    rows = [json.loads(line) for line in
            place.query(*ANALYST, "--provisions", "--json").stdout.splitlines()]
    assert [(row["recipient"], row["state"]) for row in rows] == [
        ("agency.example", "erasing"), ("ally.example", "erasing")], rows
    ended, = place.ledger("retention_ended")
    assert ended["article"] == "25(3)" and ended["reason"] == "no longer needed"
    erased, = place.ledger("record_erasure")
    assert erased["records"] == 2 and erased["subject"] == "JP-2028-0001"
    assert "1 findings, 1 provisions erased, 2 holders" in erased["reason"]
    for row in rows:
        place.make("mark", place.store, "a17", row["id"], "erased")
    place.run("retention", "sweep")
    assert place.query(*ANALYST, "--provisions").stdout == ""


def nothing_erased_is_left_in_any_file():
    """Then the same with SQLite's own deletion, which shows that the search finds something."""
    place = full_place("octets")
    for warrant in ("JP-2028-0001", "JP-2028-0002"):
        place.run("retention", "end", warrant, "--reason", "x", *DELEGATE)
    place.run("retention", "end", "JP-2028-0003", "--reason", "x", *DELEGATE[:-1], "a32")
    place.run("retention", "end", "OWN-1", "--reason", "x")
    for path in place.folder.rglob("*"):
        assert not path.is_file() or MARKER not in path.read_bytes(), path
    careless = full_place("octets-careless")
    with sqlite3.connect(careless.store) as database:
        database.execute("PRAGMA secure_delete = OFF")
        database.execute("DELETE FROM flow")
    database.close()
    assert MARKER in careless.store.read_bytes()


def watch_sweeps_when_it_starts():
    place = full_place("watch")
    with sqlite3.connect(place.store) as database:
        database.execute("UPDATE flow SET retention_until_ns = 1 WHERE basis_id = 'own'")
        database.execute("UPDATE finding SET retention_until_ns = 1 WHERE basis_id = 'own'")
    database.close()
    empty = place.folder / "empty.pcap"
    empty.write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
    place.run("watch", "--quiet", empty)
    assert place.ledger("record_erasure")[0]["basis"] == "own"
    assert place.count(*ANALYST) == (4, 2)


def copies_in_files_are_asked_back_when_their_records_go():
    place = Place("copies")
    capture, networks = place.folder / "small.pcapng", place.folder / "small.yaml"
    for words in (("simulate", ROOT / "scenarios/small.yaml", "-o", capture, "--networks",
                   networks, "-q"),):
        subprocess.run([SEKISHO, *map(str, words)], check=True, env=place.environment)
    place.run("watch", "--quiet", "--records", place.folder / "out.csv", "--stix",
              place.folder / "out.stix", capture)
    rows = [json.loads(line) for line in
            place.query("--provisions", "--json").stdout.splitlines()]
    assert {(row["recipient"], row["product"], row["state"]) for row in rows} == {
        (f"file:{place.folder}/out.csv", "records", "held"),
        (f"file:{place.folder}/out.stix", "indicators", "held")}, rows
    finding = json.loads(place.query("--json").stdout.splitlines()[0])["id"]
    assert "out.csv" in place.query("--history", finding).stdout
    with sqlite3.connect(place.store) as database:
        for table in ("flow", "finding", "outbox"):
            database.execute(f"UPDATE {table} SET retention_until_ns = 1")
    database.close()
    place.run("retention", "sweep")
    states = {json.loads(line)["state"] for line in
              place.query("--provisions", "--json").stdout.splitlines()}
    assert states == {"erasing"}, states


def wrong(place, law, *options):
    folder = place.folder / "sekisho"
    done = subprocess.run([SEKISHO, "verify", "--json", "--key", str(folder / "ledger.pub"),
                           "--law", str(law), *options, str(folder / "ledger")],
                          capture_output=True, env=place.environment, check=False)
    return json.loads(done.stdout)["law"]["findings"]


def an_overseer_misses_what_was_not_erased_in_time():
    place = Place("term", ROOT / "law")
    capture = place.folder / "small.pcapng"
    subprocess.run([SEKISHO, "simulate", str(ROOT / "scenarios/small.yaml"), "-o", str(capture),
                    "-q"], check=True, env=place.environment)
    place.run("watch", "--quiet", capture)
    warrant = json.loads(place.query("--json").stdout.splitlines()[0])["mandate"]["warrant"]
    later = datetime.date.today() + datetime.timedelta(days=60)  # kept for 30
    assert "erasure" in json.dumps(wrong(place, "jp", "--as-of", str(later)))
    place.run("retention", "end", warrant, "--reason", "done")
    assert wrong(place, "jp", "--as-of", str(later)) == []


def an_overseer_finds_nothing_wrong():
    """With the law's data these were ruled by; and finds what was not allowed by another."""
    place = full_place("overseer")
    place.query(*ANALYST)
    place.query(*ANALYST[:-1], "own", code=5)
    place.query("--role", "inspector", "--purpose", "inspection", "--basis", "*")
    place.run("retention", "extend", "JP-2028-0001", "--reason", "x", *DELEGATE)
    place.run("retention", "end", "JP-2028-0002", "--reason", "x", *DELEGATE)
    found = wrong(place, LAWS / "jp")
    assert not [row for row in found if "access" in json.dumps(row)], found
    assert "access" in json.dumps(wrong(place, ROOT / "law/jp")), "the check cannot fail"


TESTS = [
    an_owner_says_nothing_and_sees_their_own_in_clear,
    an_analyst_sees_one_basis_and_lines_as_pseudonyms,
    each_refusal_has_its_article_in_both_languages_and_is_in_the_ledger,
    a_basis_not_yet_in_force_is_refused_with_its_article,
    an_inspector_sees_every_basis_and_alters_nothing,
    without_a_ledger_nothing_is_read,
    explain_asks_as_well,
    addresses_asked_about_are_not_in_the_ledger,
    csv_and_pages_are_whole,
    no_escape_sequence_without_a_terminal_or_with_no_color,
    dates_follow_the_fiscal_year_through_extension_and_erasure,
    a_clock_of_ones_own_is_for_exercises_only,
    a_decision_has_a_reason_and_a_delegate,
    an_early_end_erases_all_copies_and_tells_each_holder,
    nothing_erased_is_left_in_any_file,
    watch_sweeps_when_it_starts,
    copies_in_files_are_asked_back_when_their_records_go,
    an_overseer_finds_nothing_wrong,
    an_overseer_misses_what_was_not_erased_in_time,
]

if __name__ == "__main__":
    make_laws()
    failed = tap.Tests(*TESTS).run()
    shutil.rmtree(HERE)
    sys.exit(failed)
