#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What overseers have of a hub: the ledger with its proofs, samples, numbers, what somebody could
do then, the evidence to take away, and the check of tables against the ledger.  Prints TAP.
usage: oversight.py SEKISHO [postgresql]"""

import base64
import hashlib
import io
import json
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import postgres  # noqa: E402
import tap  # noqa: E402
from hub import Hub  # noqa: E402

SEKISHO, SOURCE = sys.argv[1], pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-oversight-"))
DAY_S = 86400
FIELDS = {"standard": "通信先及び間隔", "target_act": "bot", "threatened": "power",
          "suspicion": "seen", "no_other_way": "none", "necessity": "yes", "safeguards": "sealed",
          "specified": "x", "act_unknown": "unknown", "equipment": "cable-7", "share": 100,
          "capacity": 100000000000}  # fmt: skip


def moment(seconds=0, form="%Y-%m-%dT%H:%M:%SZ"):
    return time.strftime(form, time.gmtime(time.time() + seconds))


RULE = re.sub(r"(?m)^valid .*$", f"valid {moment(-DAY_S, '%Y-%m-%d')} to {moment(20 * DAY_S, '%Y-%m-%d')}",
              (SOURCE / "selectors/exercise-attack.selector").read_text())  # fmt: skip


def good(answer, status=200):
    assert answer.status == status, (answer.status, answer.octets[:600])
    return answer.json


class Stage:
    """A hub in which a measure was approved and another refused."""

    def __init__(self, hub):
        self.hub, self.admin = hub, hub.first()
        self.drafter = hub.person(self.admin, "aiko", [("exercise-operator", None)])
        self.submitter = hub.person(self.admin, "emi", [("exercise-operator", None)])
        self.commission = [hub.person(self.admin, name, [("exercise-controller", None)])
                           for name in ("kei", "mio", "ren")]  # fmt: skip
        for one in self.commission:
            one.passkey()
        self.approved = self.measure("approve")
        self.refused = self.measure("refuse")
        self.inspector = self.commission[0]
        self.settle()

    def measure(self, vote):
        days = {"selectors": RULE, "from": moment(3600), "until": moment(8 * DAY_S), "new_until": moment(90 * DAY_S)}
        made = good(self.drafter.post("/records", {"procedure": "measure", "title": "司令サーバ",
                                                   "fields": FIELDS | days}), 201)  # fmt: skip
        good(self.drafter.step(made["id"], "set_standard"))
        good(self.submitter.step(made["id"], "submit"))
        for one in self.commission:
            answer = one.vote(made["id"], vote)
            if answer.status == 409 and vote == "refuse":
                break  # decided before the last vote
            good(answer)
        state = good(self.drafter.get(f"/records/{made['id']}"))["state"]
        assert state == {"approve": "approved", "refuse": "refused"}[vote], state
        return made["id"]

    def settle(self):
        """Waits until the signed log has all entries."""
        while good(self.inspector.get("/ledger"))["behind"] > 0:
            time.sleep(0.05)

    def entries(self, **query):
        text = "&".join(f"{name}={value}" for name, value in query.items())
        return good(self.inspector.get("/ledger/entries?" + text))


def the_ledger_is_listed_to_who_may_see_all_of_it(stage):
    ledger = good(stage.inspector.get("/ledger"))
    assert ledger["checkpoint"].split("\n")[1] == str(ledger["size"]) and ledger["is_good"]
    seen, cursor = [], 0
    while cursor is not None:
        page = stage.entries(limit=7, cursor=cursor)
        seen += page["items"]
        cursor = page["next"]
    assert [one["number"] for one in seen] == list(range(len(seen))) and len(seen) >= ledger["size"]
    for one in seen:
        assert json.loads(base64.b64decode(one["octets"])) == one["body"]
    votes = stage.entries(kind="vote_cast", subject=stage.approved)["items"]
    assert {one["actor"] for one in votes} == {f"p{one.id}" for one in stage.commission}, votes


def others_see_the_entries_they_made(stage):
    page = good(stage.drafter.get("/ledger/entries?limit=200"))
    mine = f"p{stage.drafter.id}"
    assert page["items"] and all(one["actor"] == mine for one in page["items"])
    other = good(stage.drafter.get(f"/ledger/entries?actor=p{stage.inspector.id}"))
    assert not other["items"]
    number = stage.entries(kind="vote_cast")["items"][0]["number"]
    for path in (f"/ledger/entries/{number}", f"/ledger/entries/{number}/proof",
                 "/ledger/entries/999999", "/ledger/entries/x"):  # fmt: skip
        assert stage.drafter.get(path).status == 404, path
    assert stage.drafter.get("/inspection/sample?seed=1").status == 404
    assert stage.admin.get("/ledger/entries").status == 404


def root_of(proof, leaf):
    """RFC 9162 2.1.3.2, by itself."""
    fn, sn, root = proof["index"], proof["size"] - 1, leaf
    for step in map(bytes.fromhex, proof["hashes"]):
        if fn % 2 or fn == sn:
            root = hashlib.sha256(b"\1" + step + root).digest()
            while fn % 2 == 0 and fn:
                fn, sn = fn // 2, sn // 2
        else:
            root = hashlib.sha256(b"\1" + root + step).digest()
        fn, sn = fn // 2, sn // 2
    return root


def an_entry_has_a_proof_that_others_can_check(stage):
    for number in range(good(stage.inspector.get("/ledger"))["size"]):
        entry = good(stage.inspector.get(f"/ledger/entries/{number}"))
        proof = good(stage.inspector.get(f"/ledger/entries/{number}/proof"))
        leaf = hashlib.sha256(b"\0" + base64.b64decode(entry["octets"])).digest()
        signed = base64.b64decode(proof["checkpoint"].split("\n")[2])
        assert root_of(proof, leaf) == signed, number
        assert root_of(proof, hashlib.sha256(b"other").digest()) != signed


def a_sample_is_drawn_again_by_its_seed(stage):
    first = good(stage.inspector.get("/inspection/sample?seed=2026-11&count=6"))
    again = good(stage.inspector.get(f"/inspection/sample?seed=2026-11&count=6&size={first['size']}"))
    assert first["items"] and [one["number"] for one in first["items"]] == [
        one["number"] for one in again["items"]]
    mine, n = [], 0
    while len(mine) < 6:
        digest = hashlib.sha256(b"2026-11" + n.to_bytes(8, "big")).digest()
        place = int.from_bytes(digest, "big") % first["size"]
        mine, n = mine + [place] * (place not in mine), n + 1
    assert mine == [one["number"] for one in first["items"]]
    other = good(stage.inspector.get(f"/inspection/sample?seed=2026-12&count=6&size={first['size']}"))
    assert [one["number"] for one in other["items"]] != mine
    votes = good(stage.inspector.get("/inspection/sample?seed=x&kind=vote_cast&count=50"))
    assert votes["of"] == len(votes["items"]) and {one["kind"] for one in votes["items"]} == {"vote_cast"}
    assert stage.inspector.get("/inspection/sample").status == 400
    stage.settle()
    looks = stage.entries(kind="access", actor=f"p{stage.inspector.id}")["items"]
    assert any("seed 2026-11" in one["subject"] for one in looks)


def the_numbers_of_a_year_are_those_of_the_ledger(stage):
    year = time.gmtime(time.time() + 9 * 3600).tm_year
    told = good(stage.inspector.get(f"/statistics?year={year}"))
    for kind in ("approval_requested", "approval_given", "approval_refused", "vote_cast"):
        assert told["counts"].get(kind, 0) == len(stage.entries(kind=kind, limit=200)["items"]), kind
    assert told["counts"]["approval_given"] == told["counts"]["approval_refused"] == 1, told["counts"]
    assert all(set(one) == {"id", "name", "article", "kind", "count"} for one in told["items"])
    assert good(stage.inspector.get("/statistics?year=2001"))["entries"] == 0
    assert stage.drafter.get("/statistics").status == 404


def check(stage, *more):
    """What sekisho hub check finds: [(where, words)]."""
    uri = ["--database", stage.hub.database] if stage.hub.database else []
    done = subprocess.run([SEKISHO, "hub", "check", "--json", *uri, *more, str(stage.hub.folder)],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode in (0, 3), (done.returncode, done.stderr)
    told = json.loads(done.stdout)
    assert (told["found"] > 0) == (done.returncode == 3), told
    return [(one["where"], one["words"]) for one in told["differences"]]


def tables_are_what_the_ledger_says_while_it_serves(stage):
    approved = f"/records/{stage.approved}"
    good(stage.drafter.post(approved + "/notes", {"text": "監視の経過"}), 201)
    file = stage.drafter.send("POST", approved + "/attachments", b"octets",
                              {"Content-Type": "text/plain", "Slug": "a.txt"})  # fmt: skip
    assert file.status == 201, file.octets
    made = good(stage.drafter.post("/records", {"procedure": "measure", "title": "案"}), 201)
    good(stage.drafter.patch(f"/records/{made['id']}", {"title": "別案", "fields": {"standard": "x"}}, 1))
    assert check(stage) == []


def what_somebody_could_do_then(stage):
    kei = stage.inspector

    def ask(who, at, record=stage.approved):
        return kei.get(f"/inspection/view?person={who.id}&at={at}&record={record}")

    made = stage.entries(kind="record_written", subject=stage.approved)["items"][0]["at"]
    then = good(ask(stage.submitter, made))
    can = {one["action"]: one for one in then["actions"]}
    assert then["items"][0]["state"] == "draft" and then["allowed"] and can["step"]["allowed"]
    assert not can["vote"]["allowed"] and can["step"]["rule"] == "matrix:exercise-operator:measure", can
    now = good(ask(stage.commission[1], moment(1)))
    can = {one["action"]: one for one in now["actions"]}
    assert now["items"][0]["state"] == "approved" and can["vote"]["allowed"], can
    assert not can["change"]["allowed"] and can["change"]["rule"], can
    # A role that ended counts no more, and counts as before for what was before.
    other = stage.hub.person(stage.admin, "taro", [("exercise-operator", None)])
    time.sleep(0.01)
    before = moment(0, "%Y-%m-%dT%H:%M:%S") + f".{int(time.time() % 1 * 1e9):09}Z"
    time.sleep(0.01)
    role = good(stage.admin.get(f"/people/{other.id}"))["roles"][0]["id"]
    assert stage.admin.delete(f"/people/{other.id}/roles/{role}").status == 204
    assert good(ask(other, before))["allowed"]
    assert not good(ask(other, moment(1)))["allowed"]
    assert ask(other, "2026-01-01T00:00:00Z").status == 404
    assert ask(other, before, "M-2026-999999").status == 404
    assert ask(other, "yesterday").status == 400
    assert stage.drafter.get(f"/inspection/view?person=1&at={before}&record={stage.approved}").status == 404
    stage.settle()
    looks = stage.entries(kind="access", actor=f"p{kei.id}", limit=200)["items"]
    assert any(one["subject"] == f"view of {stage.approved} by p{other.id}" for one in looks)


def export(stage):
    folder = HERE / "export"
    shutil.rmtree(folder, ignore_errors=True)
    answer = stage.inspector.get("/ledger/export")
    assert answer.status == 200 and answer.headers["content-type"] == "application/x-tar", answer.octets[:300]
    with tarfile.open(fileobj=io.BytesIO(answer.octets)) as tar:
        tar.extractall(folder, filter="data") if hasattr(tarfile, "data_filter") else tar.extractall(folder)
    return folder


def verify(folder):
    """What is wrong with the log, and the findings on votes and looks."""
    done = subprocess.run(
        [SEKISHO, "verify", "--json", "--key", (folder / "hub.pub").read_text().strip(), "--law",
         str(folder / "law"), "--votes", str(folder / "votes"), "--trust", str(folder / "trust.yaml"),
         str(folder / "ledger")], capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode in (0, 3), (done.returncode, done.stderr)
    report = json.loads(done.stdout)
    if report["wrong"]:
        return report["wrong"], [], None
    kinds = ("vote", "decision_", "access_")
    found = [one["id"] for one in report["law"]["findings"] if one["id"].startswith(kinds)]
    return None, found, report["law"]["votes"]


def the_evidence_is_checked_without_the_hub(stage):
    look = stage.hub.person(stage.admin, "sota", [("inspector", None)]).get("/inspection/sample?seed=1&count=1")
    assert look.status == 200, look.octets
    stage.settle()
    folder = export(stage)
    assert verify(folder) == (None, [], {"decisions": 2, "verified": 6}), verify(folder)
    documents = list((folder / "documents").iterdir())
    assert documents and all(hashlib.sha256(one.read_bytes()).hexdigest() == one.stem for one in documents)
    assert (folder / "documents.withheld").read_text() == "0\n"
    warrants = [one.read_bytes() for one in (folder / "warrants").iterdir()]
    approval = [one.read_bytes() for one in (folder / "votes" / stage.approved).iterdir()]
    assert warrants == approval, "the votes are the very warrant"
    for file in sorted((folder / "votes").rglob("*.json")):
        octets = file.read_bytes()
        file.write_bytes(octets[:-30] + bytes([octets[-30] ^ 1]) + octets[-29:])
        assert verify(folder)[1], file
        file.write_bytes(octets)
    bundle = next((folder / "ledger/tile/entries").rglob("*"))
    bundle = next(one for one in [bundle, *(folder / "ledger/tile/entries").rglob("*")] if one.is_file())
    octets = bytearray(bundle.read_bytes())
    octets[100] ^= 1
    bundle.write_bytes(octets)
    assert verify(folder)[0], "an entry was changed"
    assert stage.drafter.get("/ledger/export").status == 404
    assert stage.admin.get("/ledger/export").status == 404


def looks_at_a_hub_are_within_the_law(_stage):
    """Also where it is no exercise, and by those who ask for no purpose."""
    with Hub(SEKISHO, options=()) as hub:
        admin = hub.first()
        owner = hub.person(admin, "owner", [("owner", None)])
        good(owner.get("/exports/flows.json"))
        good(owner.get("/exports/records.csv"))
        ledger = good(owner.get("/ledger"))
        while good(owner.get("/ledger"))["behind"] > 0:
            time.sleep(0.05)
        hub.stop()
        done = subprocess.run([SEKISHO, "verify", "--json", "--key", ledger["key"], "--law", str(SOURCE / "law/jp"),
                               str(hub.folder / "ledger")], capture_output=True, text=True, check=False)  # fmt: skip
        report = json.loads(done.stdout)
        looks = [one for one in report["law"]["findings"] if one["id"].startswith("access")]
        assert not report["wrong"] and looks == [], (looks, done.stderr)
        assert b"owner" in b"".join(one.read_bytes() for one in (hub.folder / "ledger").rglob("*") if one.is_file())


def alter(stage, statement):
    """As somebody who can write into the database would."""
    if stage.hub.database:
        psql = postgres.PROGRAMS / "psql"
        subprocess.run([str(psql), "-q", "-v", "ON_ERROR_STOP=1", stage.hub.database, "-c", statement],
                       check=True, capture_output=True)  # fmt: skip
    else:
        with sqlite3.connect(stage.hub.folder / "hub.db", timeout=30) as database:
            database.execute(statement)
        database.close()


def altered(stage):
    """What is done, what takes it back, and where and how it is told."""
    name = stage.approved
    record = f"UPDATE record SET {{}} WHERE name = '{name}'"
    where = f"WHERE record = (SELECT id FROM record WHERE name = '{name}')"
    yield record.format("state = 'draft'"), record.format("state = 'approved'"), name, "column state"
    yield record.format("title = 'x'"), record.format("title = '司令サーバ'"), name, "column title"
    yield record.format("label = 0"), record.format("label = 2"), name, "column label"
    yield (f"UPDATE field SET value = '101' {where} AND name = 'share'",
           f"UPDATE field SET value = '100' {where} AND name = 'share'", name, "fields")  # fmt: skip
    yield (f"UPDATE step SET after = 'draft' {where} AND event = 'submit'",
           f"UPDATE step SET after = 'submitted' {where} AND event = 'submit'", "step", "column after")  # fmt: skip
    yield (f"UPDATE step SET person = 1 {where} AND event = 'submit'",
           f"UPDATE step SET person = {stage.submitter.id} {where} AND event = 'submit'",
           "step", "column person")  # fmt: skip
    yield (f"UPDATE vote SET vote = 'refuse' {where}", f"UPDATE vote SET vote = 'approve' {where}",
           "vote", "column vote")  # fmt: skip
    yield (f"UPDATE note SET text = text || 'x' {where}",
           f"UPDATE note SET text = substr(text, 1, length(text) - 1) {where}", "note", "column text")  # fmt: skip
    yield ("UPDATE warrant SET until = until + 1", "UPDATE warrant SET until = until - 1",
           "warrant", "column until")  # fmt: skip
    yield ("UPDATE held_role SET role = 'exercise-controller' WHERE person = 2",
           "UPDATE held_role SET role = 'exercise-operator' WHERE person = 2", "p2", "roles")  # fmt: skip
    yield ("UPDATE person SET clearance = 2 WHERE id = 2", "UPDATE person SET clearance = 0 WHERE id = 2",
           "p2", "column clearance_level")  # fmt: skip
    yield ("UPDATE entry SET actor = 'p1' WHERE kind = 'vote_cast' AND actor = 'p4'",
           "UPDATE entry SET actor = 'p4' WHERE kind = 'vote_cast' AND actor = 'p1'",
           "entry", "column actor")  # fmt: skip
    yield ("UPDATE document SET octets = octets || ' '",
           "UPDATE document SET octets = substr(octets, 1, length(octets) - 1)", "document", "digest")  # fmt: skip
    yield ("UPDATE compartment SET organisation = organisation + 7",
           "UPDATE compartment SET organisation = organisation - 7", name, "column compartment")  # fmt: skip


def each_alteration_of_a_table_is_found(stage):
    for done, undone, where, words in altered(stage):
        alter(stage, done)
        found = check(stage)
        alter(stage, undone)
        assert any(one[0].startswith(where) and words in one[1] for one in found), (done, found[:5])
        left = check(stage)
        assert left == [], (undone, left[:5])


def a_vote_that_is_gone_is_found(stage):
    vote = f"FROM vote WHERE person = {stage.inspector.id} AND vote = 'approve'"
    keep = "CREATE TABLE kept AS SELECT * " + vote
    alter(stage, keep)
    alter(stage, "DELETE " + vote)
    found = check(stage)
    alter(stage, "INSERT INTO vote SELECT * FROM kept")
    alter(stage, "DROP TABLE kept")
    assert any("vote_cast" in words and "no row" in words for _, words in found), found
    assert any(where.startswith("warrant") and "of no vote" in words for where, words in found), found
    assert check(stage) == []


def a_log_that_is_not_whole_is_found(stage):
    stage.hub.stop()
    ledger, kept = stage.hub.folder / "ledger", HERE / "kept"
    shutil.copytree(ledger, kept)
    bundle = max((ledger / "tile/entries").rglob("*"), key=lambda path: (path.is_file(), path.stat().st_mtime))
    bundle.write_bytes(bundle.read_bytes()[:-40])
    assert any(where == "ledger" for where, _ in check(stage)), bundle
    shutil.rmtree(ledger)
    shutil.copytree(kept, ledger)
    octets = bytearray(bundle.read_bytes())
    at = octets.index(b"vote_cast") - 40
    octets[at] ^= 1
    bundle.write_bytes(octets)
    assert any(where == "ledger" for where, _ in check(stage))
    shutil.rmtree(ledger)
    shutil.copytree(stage.early, ledger)
    found = check(stage)
    assert any("not in the signed log" in words for _, words in found), found
    shutil.rmtree(ledger)
    shutil.copytree(kept, ledger)
    assert check(stage) == []


test = tap.Tests(
    the_ledger_is_listed_to_who_may_see_all_of_it,
    others_see_the_entries_they_made,
    an_entry_has_a_proof_that_others_can_check,
    a_sample_is_drawn_again_by_its_seed,
    the_numbers_of_a_year_are_those_of_the_ledger,
    what_somebody_could_do_then,
    the_evidence_is_checked_without_the_hub,
    looks_at_a_hub_are_within_the_law,
    tables_are_what_the_ledger_says_while_it_serves,
    each_alteration_of_a_table_is_found,
    a_vote_that_is_gone_is_found,
    a_log_that_is_not_whole_is_found,
)


def run(database=None):
    with Hub(SEKISHO, folder=HERE, database=database) as hub:
        stage = Stage(hub)
        stage.early = HERE / "early"
        shutil.copytree(hub.folder / "ledger", stage.early)
        failed = test.run(stage, log=hub.complaints)
    shutil.rmtree(HERE, ignore_errors=True)
    return failed


sys.exit(tap.on_engine(run))
