#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every role over every GET route of the hub: what comes out is what the law's data says, and
nothing of what is hidden shows at any edge.  The answers are computed a second time (oracle.py).
The twelve patterns are those by which systems of this kind have leaked.  At the end faults are put
in, and must be seen.

usage: leaks.py SEKISHO ROOT
"""
import datetime
import itertools
import json
import os
import random
import re
import secrets
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

ROOT = Path(sys.argv[2])
sys.path.insert(0, str(ROOT / "tests/lib"))
try:
    import oracle
    from hub import Hub
except ImportError as missing:
    print(f"1..0 # SKIP {missing}")
    sys.exit(0)

DAY = datetime.date.today()
PATTERNS = {
    "roster": "1: who else is named on a roster is not shown",
    "correlation": "2: links and graphs do not show what is hidden",
    "history": "3: timelines, notes, tasks and files do not show what is hidden",
    "counts": "4: counts are of what is listed, and nothing half-visible breaks a view",
    "filter": "5: a filter narrows, and one that is not known is not passed over",
    "merged": "6: roles of two organisations are not added up",
    "parents": "7: rights go down the tree as far as the rows say, and never up",
    "label": "8: a label is nowhere looser than the record's",
    "notices": "9: lists of work and notices show nothing that is hidden",
    "ids": "10: no list names an id that is hidden, each that is readable is there to read",
    "errors": "11: what is hidden and what never was are refused octet for octet alike",
    "red": "12: what is for named people is not for their colleagues",
    "fields": "values are withheld as their handling says",
    "routes": "no GET route shows a word of what is hidden",
    "changes": "who may only read changes nothing, in words, work or files",
    "failures": "nothing fails",
}


class Findings:
    def __init__(self):
        self.of = {name: [] for name in PATTERNS}

    def add(self, pattern, words):
        self.of[pattern].append(words)

    def check(self, pattern, holds, words):
        if not holds:
            self.add(pattern, words)

    def total(self):
        return sum(len(found) for found in self.of.values())


def canary():
    return "zq" + secrets.token_hex(6)


class World:
    """A hub with organisations, people of every role and records of every procedure."""

    def __init__(self, hub, law, is_exercise=True):
        self.hub, self.law, self.random, self.is_exercise = hub, law, random.Random(6), is_exercise
        self.purposes = ["exercise"] if is_exercise else ["own-defence"]
        self.people, self.records, self.findings = [], {}, {}
        self.admin = hub.first()
        self.make_organisations()
        self.make_people()
        self.make_records()
        hub.stop()
        self.scatter()
        hub.start()

    def make_organisations(self):
        self.above = {1: []}
        for name, parent in (("ministry", 1), ("operator-a", 2), ("operator-b", 1), ("office", 3)):
            made = self.admin.post("/organisations", {"name": {"en": name, "ja": name},
                                                      "parent": str(parent), "kind": "company"})
            assert made.status == 201, made.octets
            self.above[int(made.json["id"])] = [parent, *self.above[parent]]
        assert sorted(self.above) == [1, 2, 3, 4, 5], self.above

    def add_person(self, name, roles, organisation):
        person = self.hub.person(self.admin, name, [(role, where) for role, where in roles],
                                 organisation=str(organisation))
        self.people.append({"name": name, "id": int(person.id), "web": person, "is_exercise": self.is_exercise,
                            "organisation": organisation,
                            "roles": [{"role": role, "organisation": where, "sectors": set()}
                                      for role, where in roles]})

    def make_people(self):
        for row in self.law.rows["roles"]:
            self.add_person("r-" + row["id"], [(row["id"], 3)], 3)
        for name, roles, where in (
                ("two-roles", [("owner", 4), ("network-analyst", 3)], 3),
                ("above", [("network-analyst", 2)], 2), ("beside", [("network-analyst", 4)], 4),
                ("below", [("network-analyst", 5)], 5), ("top", [("network-analyst", 1)], 1),
                ("named", [("coordinator", 4)], 4), ("colleague", [("coordinator", 4)], 4),
                ("nobody", [], 3)):
            self.add_person(name, roles, where)
        maker = "exercise-operator" if self.is_exercise else "analyst"
        self.maker = self.hub.person(self.admin, "maker", [(maker, 1)])

    def make_records(self):
        for item in self.maker.get("/procedures").json["items"]:
            procedure = self.maker.get(f"/procedures/{item['id']}").json
            for _ in range(6):
                self.make_record(procedure)
        names = list(self.records)
        for number, (name, other) in enumerate(zip(names, names[1:] + names[:1]), 1):
            self.maker.post(f"/records/{name}/links", {"to": other, "kind": "record"})
            self.maker.post(f"/records/{name}/links", {"to": f"F-2026-{number % 45 + 1:06}", "kind": "finding"})
            self.maker.send("POST", f"/records/{name}/attachments", self.records[name]["words"][2].encode(),
                            {"Content-Type": "text/plain", "Slug": self.records[name]["words"][3]})

    def make_record(self, procedure):
        texts = [field for field in procedure["fields"] if field["type"] in ("text", "long_text")]
        title, values = canary(), {field["id"]: canary() for field in texts}
        body = {"procedure": procedure["id"], "title": title, "label": "TLP:AMBER", "fields": values}
        made = self.maker.post("/records", body)
        if made.status == 400:  # some are told with a step, and are not of the record
            for wrong in made.json.get("errors", []):
                values.pop(wrong["field"], None)
            made = self.maker.post("/records", body)
        if made.status != 201:
            return  # made by a machine
        record = {"kind": "record", "id": made.json["id"], "procedure": procedure["id"],
                  "title": title, "values": values,
                  "handling": {field["id"]: field.get("handling") or field.get("label")
                               for field in texts},
                  "states": [state["id"] for state in procedure["states"]],
                  "basis": made.json["basis"] or None, "is_exercise": self.is_exercise, "words": [canary() for _ in range(4)]}
        self.maker.post(f"/records/{record['id']}/notes", {"text": record["words"][0], "label": "TLP:AMBER"})
        self.maker.post(f"/records/{record['id']}/tasks", {"text": record["words"][1]})
        self.records[record["id"]] = record

    def scatter(self):
        """Over organisations, labels, sectors, states and rosters, straight in the tables."""
        base = sqlite3.connect(self.hub.folder / "hub.db")
        named = next(person["id"] for person in self.people if person["name"] == "named")
        base.execute("INSERT INTO roster (id, person) VALUES (1, ?), (1, ?)", (named, int(self.maker.id)))
        ways = itertools.cycle(itertools.product(range(1, 6), range(5)))
        for number, record in enumerate(self.records.values()):
            record["organisation"], record["label"] = next(ways)
            roster = 1 if record["label"] == oracle.RED or number % 7 == 3 else 0
            record.update(above=self.above[record["organisation"]], sector=2 if number % 3 == 0 else 0,
                          state=self.random.choice(record["states"]),
                          roster={named, int(self.maker.id)} if roster else set())
            values = ("record", record["procedure"], record["state"], record["basis"], record["label"],
                      0, record["organisation"], record["sector"], roster, self.is_exercise)
            base.execute("INSERT INTO compartment (name, kind, procedure, state, basis, label, clearance,"
                         " organisation, sector, roster, is_exercise) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                         (f"scattered {number}", *values))
            base.execute("UPDATE record SET state = ?, label = ?, organisation = ?, sector = ?, roster = ?,"
                         " compartment = last_insert_rowid() WHERE name = ?",
                         (record["state"], record["label"], record["organisation"], record["sector"],
                          roster, record["id"]))
        self.scatter_findings(base)
        base.commit()
        base.close()

    def scatter_findings(self, base):
        """Of one's own network, of an exercise and of a measure, each in every organisation."""
        ways = itertools.product(("own", "exercise", "a17"), range(1, 6), (2, 3, oracle.RED))
        for number, (basis, organisation, label) in enumerate(ways, 1):
            finding = {"kind": "finding", "id": f"F-2026-{number:06}", "basis": basis, "label": label,
                       "organisation": organisation, "above": self.above[organisation], "sector": 0,
                       "roster": set(), "is_exercise": self.is_exercise, "word": canary()}
            self.findings[finding["id"]] = finding
            base.execute("INSERT INTO compartment (name, kind, basis, label, clearance, organisation,"
                         " sector, roster, is_exercise) VALUES (?, 'finding', ?, ?, 0, ?, 0, 0, ?)",
                         (f"finding {number}", basis, label, organisation, self.is_exercise))
            base.execute("INSERT INTO finding (name, kind, subject, score, first_seen, last_seen, sensors,"
                         " basis, warrant, verdict, sector, document, until, created, updated, compartment,"
                         " version) VALUES (?, 'beacon', ?, 500, 1, 2, 1, ?, '', '', 0, '{}', ?, 1, ?,"
                         " last_insert_rowid(), 1)",
                         (finding["id"], finding["word"] + ".example", basis, 2**62, number))

    def may(self, person, action, record, purpose, handling=None):
        return oracle.may(self.law, person, action, record, purpose, DAY, handling)


def routes():
    """GET routes for people, from the hub's own table."""
    text = (ROOT / "src/hub/routes.c").read_text(encoding="utf-8")
    return re.findall(r'HTTP_GET,\s*API\s*"([^"]*)"', text)


def pages(person, path, headers):
    """All items of a list, over its cursors, and what its first page says of their number."""
    items, cursor, first = [], None, None
    while True:
        joint = "&" if "?" in path else "?"
        answer = person["web"].send("GET", f"{path}{joint}limit=20" +
                                    (f"&cursor={cursor}" if cursor else ""), None, headers)
        if answer.status != 200:
            return None, answer
        first = first or answer
        items += answer.json["items"]
        cursor = answer.json.get("next")
        if not cursor:
            return items, first


def alike(octets, path):
    """An error without what belongs to this one request."""
    problem = json.loads(octets)
    problem["trace"] = ""
    problem["instance"] = problem.get("instance", "").replace(path, "PATH")
    return json.dumps(problem)


def pattern_of(person):
    return {"two-roles": "merged", "above": "parents", "below": "parents", "beside": "parents",
            "top": "parents", "colleague": "red", "named": "red"}.get(person["name"], "ids")


def check_lists(world, person, purpose, found):
    headers = {"Sekisho-Purpose": purpose}
    items, answer = pages(person, "/records", headers)
    who = f"{person['name']} for {purpose}"
    if items is None:
        return found.add("failures", f"{who}: /records {answer.status}")
    seen = {item["id"] for item in items if item["id"] in world.records}
    expected = {name for name, record in world.records.items()
                if world.may(person, "list", record, purpose)}
    found.check(pattern_of(person), seen == expected,
                f"{who}: too many {sorted(seen - expected)[:4]}, missing {sorted(expected - seen)[:4]}")
    found.check("ids", len(items) == len({item["id"] for item in items}), f"{who}: an id twice")
    found.check("counts", answer.json["count"] == len(expected),
                f"{who}: counts {answer.json['count']}, not {len(expected)}")
    for item in items:
        record = world.records.get(item["id"])
        found.check("label", not record or item["label"] == oracle.LABELS[record["label"]],
                    f"{who}: {item['id']} is shown as {item['label']}")
    check_filters(world, person, purpose, expected, found)
    return None


def check_findings(world, person, purpose, found):
    headers = {"Sekisho-Purpose": purpose}
    who = f"{person['name']} for {purpose}"
    items, answer = pages(person, "/findings", headers)
    if items is None:
        return found.add("failures", f"{who}: /findings {answer.status}")
    seen = {item["id"] for item in items}
    expected = {name for name, finding in world.findings.items()
                if world.may(person, "list", finding, purpose)}
    found.check(pattern_of(person), seen == expected,
                f"{who}: findings: too many {sorted(seen - expected)[:4]}, missing {sorted(expected - seen)[:4]}")
    found.check("counts", answer.json["count"] == len(expected),
                f"{who}: counts {answer.json['count']} findings, not {len(expected)}")
    for finding in world.random.sample(list(world.findings.values()), 8):
        path = f"/findings/{finding['id']}"
        answer = person["web"].send("GET", path, None, headers)
        may_read = world.may(person, "read", finding, purpose)
        found.check(pattern_of(person), answer.status == (200 if may_read else 404),
                    f"{who}: {path}: {answer.status}")
        if answer.status == 404:
            check_alike(person, path, "", answer, headers, found)
    return None


def check_exports(world, person, purpose, found):
    """Who may list need not be one who may take all of it away."""
    headers = {"Sekisho-Purpose": purpose}
    for what, things in (("records", world.records), ("findings", world.findings)):
        expected = {name for name, thing in things.items() if world.may(person, "export", thing, purpose)}
        for form in ("json", "csv"):
            path = f"/exports/{what}.{form}"
            answer = person["web"].send("GET", path, None, headers)
            if f"/exports/{{file}}" not in routes() or answer.status in (403, 404) and not expected:
                continue
            seen = set(re.findall(r"[A-Z]-\d{4}-\d{6}", answer.octets.decode())) & set(things)
            found.check("ids", answer.status == 200 and seen == expected,
                        f"{person['name']} for {purpose}: {path} {answer.status}: {sorted(seen ^ expected)[:4]}")


def check_search(world, person, purpose, found):
    """What is listed is found, so that what is not found was looked for."""
    headers = {"Sekisho-Purpose": purpose}
    if "/search" not in routes():
        return
    for record in world.random.sample(list(world.records.values()), 5):
        answer = person["web"].send("GET", f"/search?q={record['title']}", None, headers)
        hit = record["id"] in answer.octets.decode()
        found.check("ids", answer.status == 200 and hit == world.may(person, "list", record, purpose),
                    f"{person['name']} for {purpose}: search of {record['id']}: {answer.status}, hit {hit}")


def check_filters(world, person, purpose, visible, found):
    headers = {"Sekisho-Purpose": purpose}
    some = world.random.choice(list(world.records.values()))
    ways = {"procedure": lambda record: record["procedure"] == some["procedure"],
            "organisation": lambda record: record["organisation"] == some["organisation"],
            "label": lambda record: record["label"] == some["label"]}
    values = {"procedure": some["procedure"], "organisation": str(some["organisation"]),
              "label": oracle.LABELS[some["label"]].replace("+", "%2B")}
    for name, holds in ways.items():
        items, answer = pages(person, f"/records?{name}={values[name]}", headers)
        seen = {item["id"] for item in items or []}
        wanted = {record for record in visible if holds(world.records[record])}
        found.check("filter", items is not None and seen == wanted,
                    f"{person['name']}: {name}={values[name]}: {answer.status}, {sorted(seen ^ wanted)[:4]}")
    for bad in ("procedure=none-such", "label=TLP:PINK", "sector=none-such", "organisation=99999",
                "organisation=x", "updated_since=soon", "cursor=zzz", "limit=0"):
        items, answer = pages(person, f"/records?{bad}", headers)
        found.check("filter", answer.status in (400, 422) or not items or bad == "limit=0",
                    f"{person['name']}: {bad} gives {len(items or [])}")


def check_read(world, person, record, purpose, found):
    headers = {"Sekisho-Purpose": purpose}
    path = f"/records/{record['id']}"
    answer = person["web"].send("GET", path, None, headers)
    expected = world.may(person, "read", record, purpose)
    who = f"{person['name']} for {purpose}: {record['id']}"
    found.check(pattern_of(person), answer.status == (200 if expected else 404),
                f"{who}: {answer.status}, may read: {expected}")
    if answer.status == 404:
        check_alike(person, path, "", answer, headers, found)
    if record["roster"]:
        check_roster(person, record, path, answer, found)
    if answer.status != 200 or not expected:
        return
    found.check("label", answer.json["label"] == oracle.LABELS[record["label"]], f"{who}: label")
    for name, word in record["values"].items():
        handling = record["handling"][name]
        shown = not handling or world.may(person, "read", record, purpose, handling)
        found.check("fields", (answer.json["fields"].get(name) == word) == shown,
                    f"{who}: {name} ({handling}) shown: {not shown}")


def check_alike(person, path, below, answer, headers, found):
    """A name of the same form that never was."""
    never = re.sub(r"\d{6}$", "987654", path)
    other = person["web"].send("GET", never + below, None, headers)
    same = answer.status == other.status and alike(answer.octets, path) == alike(other.octets, never)
    found.check("errors", same, f"{person['name']}: {path}{below}: {answer.octets} but {other.octets}")
    names = set(answer.headers) ^ set(other.headers)
    found.check("errors", not names, f"{person['name']}: {path}{below}: headers {names}")


PARTS = {"links": "correlation", "graph": "correlation", "timeline": "history", "notes": "history",
         "tasks": "history", "attachments": "history", "steps": "history", "ballot": "history",
         "effect": "history"}


def hidden_words(world, person, purpose):
    """Words that must appear in nothing this person gets: of what may not be listed all, of what
    may be listed or read all that may not be shown."""
    words = {}
    for record in world.records.values():
        listed = world.may(person, "list", record, purpose)
        read = world.may(person, "read", record, purpose)
        if not listed:
            words[record["title"]] = record["id"]
            words[record["id"]] = record["id"]
        if not read:
            words.update({word: record["id"] for word in record["words"]})
        for name, word in record["values"].items():
            handling = record["handling"][name]
            if not read or (handling and not world.may(person, "read", record, purpose, handling)):
                words[word] = record["id"]
    for finding in world.findings.values():
        if not world.may(person, "list", finding, purpose):
            words[finding["word"]] = words[finding["id"]] = finding["id"]
    return words


def look_for(words, person, path, answer, pattern, found, asked=""):
    """asked: the id that the question itself named."""
    if answer.status >= 500:
        found.add("failures", f"{person['name']}: {path}: {answer.status}")
    text = answer.octets.decode("utf-8", "replace")
    for word in set(re.findall(r"zq[0-9a-f]{12}|[A-Z]+-\d{4}-\d{6}", text)):
        if word in words and word != asked:
            found.add(pattern, f"{person['name']}: {path} shows {word} of {words[word]}")


def check_parts(world, person, record, purpose, words, found):
    headers = {"Sekisho-Purpose": purpose}
    path = f"/records/{record['id']}"
    may_read = world.may(person, "read", record, purpose)
    for route in routes():
        if not re.fullmatch(r"/records/\{id\}/[a-z]+", route):
            continue
        part = route.rsplit("/", 1)[1]
        answer = person["web"].send("GET", f"{path}/{part}", None, headers)
        pattern = PARTS.get(part, "routes")
        look_for(words, person, f"{path}/{part}", answer, pattern, found, record["id"])
        found.check(pattern, may_read or answer.status in (403, 404),
                    f"{person['name']}: {path}/{part}: {answer.status}")
        if not may_read:
            check_alike(person, path, f"/{part}", answer, headers, found)
        if record["roster"]:
            check_roster(person, record, f"{path}/{part}", answer, found)


def check_roster(person, record, path, answer, found):
    """Who is named and has done nothing here shows nowhere; nor does a roster as such."""
    text = answer.octets.decode("utf-8", "replace")
    found.check("roster", '"roster"' not in text, f"{person['name']}: {path} tells its roster")
    found.check("roster", person["name"] == "named" or '"Named"' not in text,
                f"{person['name']}: {path} tells who is named for {record['id']}")


def check_routes(world, person, purpose, words, found):
    """Each route without a variable, and with one that is hidden; searched for what is hidden."""
    headers = {"Sekisho-Purpose": purpose}
    hidden = [word for word in words if not word.startswith("zq")][:2] + \
             [word for word in words if word.startswith("zq")][:3]
    streams = {"/events", "/session/oidc/start", "/session/oidc/callback"}
    for route in routes():
        if route in streams or route.startswith("/records/{id}"):
            continue
        pattern = "notices" if route in ("/tasks", "/notices") else "routes"
        looked = words
        if route == "/ledger/export":  # the signed log names every record, or it proves nothing
            looked = {word: of for word, of in words.items() if word.startswith("zq")}
        if "{" not in route:
            for query in ["", "?limit=200", *(f"?q={word}" for word in hidden if "zq" in word)]:
                answer = person["web"].send("GET", route + query, None, headers)
                look_for(looked, person, route + query, answer, pattern, found)
            continue
        for name in hidden[:2] + ["1", "2"]:
            path = re.sub(r"\{[a-z]+\}", name, route)
            look_for(words, person, path, person["web"].send("GET", path, None, headers), pattern, found, name)


def check_changes(world, person, purpose, found):
    """What nobody but those who may change or step does: words, work, files, links, values."""
    headers = {"Sekisho-Purpose": purpose}
    for record in world.random.sample(list(world.records.values()), 6):
        if any(world.may(person, action, record, purpose) for action in ("change", "step", "vote")):
            continue
        path = f"/records/{record['id']}"
        for way, below, body in (("POST", "/notes", {"text": "x"}), ("POST", "/tasks", {"text": "x"}),
                                 ("POST", "/links", {"to": record["id"], "kind": "record"}),
                                 ("POST", "/attachments", b"x"), ("POST", "/steps", {"event": "end"}),
                                 ("PATCH", "", {"title": "x"})):
            more = {"If-Match": "*"} if way == "PATCH" else {"Slug": "x", "Content-Type": "text/plain"} \
                if isinstance(body, bytes) else {}
            answer = person["web"].send(way, path + below, body, {**headers, **more})
            found.check("changes", answer.status in (403, 404, 412, 428),
                        f"{person['name']} for {purpose}: {way} {path}{below}: {answer.status}")
            if not world.may(person, "read", record, purpose):
                never = re.sub(r"\d{6}$", "987654", path)
                other = person["web"].send(way, never + below, body, {**headers, **more})
                same = (answer.status, alike(answer.octets, path)) == (other.status, alike(other.octets, never))
                found.check("errors", same, f"{person['name']}: {way} {path}{below}: {answer.octets}, {other.octets}")


def check_people(world, person, found):
    """Of other people and organisations one sees those of the organisations one may."""
    for path, kind in (("/people", "person"), ("/organisations", "organisation")):
        answer = person["web"].send("GET", path, None, {"Sekisho-Purpose": world.purposes[0]})
        if answer.status != 200:
            found.add("failures", f"{person['name']}: {path} {answer.status}")
            continue
        for item in answer.json["items"]:
            where = int(item["organisation"] if kind == "person" else item["id"])
            thing = {"kind": kind, "organisation": where, "above": world.above[where], "label": 0,
                     "sector": 0, "roster": set(), "is_exercise": world.is_exercise}
            found.check(pattern_of(person), world.may(person, "list", thing, world.purposes[0]),
                        f"{person['name']}: {path} shows {item['id']}")


def compare(world, people=None, deep=4):
    found = Findings()
    records = list(world.records.values())
    for person in people or world.people:
        others = ["damage-prevention", "inspection", "approval", "consultation"]
        for purpose in (*world.purposes, world.random.choice(others)):
            check_lists(world, person, purpose, found)
            check_findings(world, person, purpose, found)
            check_exports(world, person, purpose, found)
            check_search(world, person, purpose, found)
            words = hidden_words(world, person, purpose)
            check_changes(world, person, purpose, found)
            for record in world.random.sample(records, 12):
                check_read(world, person, record, purpose, found)
            for record in world.random.sample(records, deep):
                check_parts(world, person, record, purpose, words, found)
        check_routes(world, person, purpose, words, found)
        check_people(world, person, found)
        refused = person["web"].send("GET", "/records", None, {"Sekisho-Purpose": "investigation"})
        found.check("counts", refused.status != 200 or not refused.json["items"],
                    f"{person['name']}: records are listed for an investigation")
    return found


def is_taken_away_at_once(world):
    """A role that ends counts in the session that is open, from the next question on."""
    person = next(person for person in world.people if person["name"] == "r-exercise-operator")
    before, _ = pages(person, "/records", {})
    held = world.admin.get(f"/people/{person['id']}").json["roles"]
    for role in held:
        world.admin.delete(f"/people/{person['id']}/roles/{role['id']}")
    after, _ = pages(person, "/records", {})
    named = [record for record in world.records.values() if before and record["id"] == before[0]["id"]]
    gone = bool(named) and person["web"].get(f"/records/{named[0]['id']}").status == 404
    return bool(before) and not after and gone


def plant_filter(world):
    """As if the lists forgot their filter: each view holds every compartment."""
    base = sqlite3.connect(world.hub.folder / "hub.db", timeout=20)
    base.execute("INSERT OR IGNORE INTO visible (view, compartment)"
                 " SELECT view.id, compartment.id FROM view, compartment")
    base.commit()
    base.close()


def plant_rows(folder, words):
    """The hub gets a law with rows more, and the oracle does not."""
    shutil.copytree(ROOT / "law", folder)
    with open(folder / "jp/matrix.yaml", "a", encoding="utf-8") as file:
        file.write(words)


def restart_under(hub, laws):
    hub.stop()
    os.environ["SEKISHO_LAW_DIR"] = str(laws)
    hub.start()


def lists_too_many(found):
    return bool(found.of["counts"]) and any("too many ['" in words
                                            for pattern in ("ids", "red", "parents", "merged")
                                            for words in found.of[pattern])


def tap(number, holds, name, why=()):
    print(f"{'ok' if holds else 'not ok'} {number} - {name}", flush=True)
    for words in list(why)[:6]:
        print(f"# {words}", flush=True)
    return holds


FAULTS = [
    ("a row more is seen: the public reads records",
     '- { role: public, subject: measure, may: [read, history], scope: all, purposes: [exercise], article: "0" }\n'),
    ("a row more is seen: a label reaches further",
     '- { role: coordinator, subject: measure, may: [read], scope: all, label: "TLP:RED", purposes: [exercise], article: "0" }\n'),
]


def main():
    law = oracle.Law(ROOT / "law/jp")
    os.environ["SEKISHO_LAW_DIR"] = str(ROOT / "law")
    print(f"1..{1 + len(PATTERNS) + 1 + len(FAULTS) + 2}", flush=True)
    good = True
    with Hub(sys.argv[1]) as hub, tempfile.TemporaryDirectory() as folder:
        world = World(hub, law)
        good &= tap(1, len(world.records) >= 20 and len(world.people) >= 20,
                    f"{len(world.people)} people, {len(world.records)} records, {len(routes())} routes")
        found = compare(world)
        for number, (pattern, name) in enumerate(PATTERNS.items(), 2):
            good &= tap(number, not found.of[pattern], name, found.of[pattern])
        number += 1
        good &= tap(number, is_taken_away_at_once(world), "a role taken away counts at once")
        some = [person for person in world.people
                if person["name"] in ("nobody", "r-public", "below", "colleague")]
        for number, (name, rows) in enumerate(FAULTS, number + 1):
            plant_rows(Path(folder) / str(number), rows)
            restart_under(hub, Path(folder) / str(number))
            good &= tap(number, lists_too_many(compare(world, some)), "fault: " + name)
        restart_under(hub, ROOT / "law")
        plant_filter(world)
        good &= tap(number + 1, lists_too_many(compare(world, some)),
                    "fault: a list without its filter is seen")
    with Hub(sys.argv[1], options=()) as hub:
        world = World(hub, law, is_exercise=False)
        found = compare(world)
        good &= tap(number + 2, len(world.records) >= 6 and found.total() == 0,
                    f"the same where it is no exercise: {len(world.records)} records",
                    [words for some in found.of.values() for words in some])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
