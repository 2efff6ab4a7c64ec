#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What overseers have of a hub: the ledger with its proofs, samples, numbers, what somebody could
do then, the evidence to take away, and the check of tables against the ledger.  Prints TAP.
usage: oversight.py SEKISHO [postgresql]"""

import base64
import hashlib
import json
import pathlib
import re
import shutil
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import postgres  # noqa: E402
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
        days = {"selectors": RULE, "from": moment(0), "until": moment(8 * DAY_S), "new_until": moment(90 * DAY_S)}
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


TESTS = [
    the_ledger_is_listed_to_who_may_see_all_of_it,
    others_see_the_entries_they_made,
    an_entry_has_a_proof_that_others_can_check,
    a_sample_is_drawn_again_by_its_seed,
    the_numbers_of_a_year_are_those_of_the_ledger,
]


def run(database=None):
    failed = 0
    print(f"1..{len(TESTS)}", flush=True)
    with Hub(SEKISHO, folder=HERE, database=database) as hub:
        stage = Stage(hub)
        for number, test in enumerate(TESTS, 1):
            try:
                test(stage)
                good_or_not = "ok"
            except Exception:  # pylint: disable=broad-except
                good_or_not = "not ok"
                failed += 1
                print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()))
            print(f"{good_or_not} {number} - {test.__name__.replace('_', ' ')}", flush=True)
    shutil.rmtree(HERE, ignore_errors=True)
    return failed > 0


def main():
    if sys.argv[2:] != ["postgresql"]:
        return run()
    if postgres.why_not():
        print(f"1..0 # SKIP {postgres.why_not()}")
        return 0
    with postgres.Server() as server:
        return run(server.create("hub"))


sys.exit(main())
