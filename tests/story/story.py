#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole story: a sensor sees a botnet and reports it; people open a case and draft a measure;
the exercise's commission approves it by passkeys; the sensor believes these passkeys and selects;
an inspector checks all of it offline.  Prints TAP.
usage: story.py SEKISHO"""

import base64
import hashlib
import io
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import ssl
import sys
import tarfile
import time
import traceback

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "sensor"), str(TESTS / "uplink")]

import border  # noqa: E402
from border import Border, Exporter, Sensor, rfc3339  # noqa: E402
from hub import PASSWORD, Hub, Person  # noqa: E402
from small_hub import certificates  # noqa: E402

SEKISHO = str(pathlib.Path(sys.argv[1]).resolve())
DAY = 86400
HOURS_S = 2 * 3600  # of simulated traffic, ending a little before now

SCENARIO = """title: A botnet at the border
start: {start}
duration: 2h
seed: 20261121
lines: 60
networks:
  own:
    - {{ prefix: 198.18.0.0/18, name: Lines }}
  domestic:
    - {{ prefix: 198.18.128.0/17, name: Domestic servers }}
  foreign:
    - {{ prefix: 198.19.0.0/16, name: Foreign servers }}
actors:
  - {{ name: browsing abroad, kind: web, lines: 12, servers: 40, interval: 30m, octets_in: 1500 }}
  - {{ name: resolver, kind: dns, servers: 40, interval: 20s }}
  - {{ name: night heron, kind: botnet, lines: 8, servers: 1, interval: 60s, jitter_percent: 20 }}
"""

SELECTOR = """selector "{name}" version 1
purpose "exercise"
basis "exercise"
owner "Exercise control"
valid {first} to {last}
scope foreign-to-domestic, domestic-to-foreign
reveals server
when {condition}
then record keep 7 days
limit 1000 servers per day
"""

OPTIONS = ("monitor", "takedown", "attribution", "publication", "user_notice", "disconnection", "carrier",
           "operators", "vendor", "advisory", "police", "diplomacy", "measure")  # fmt: skip


def good(answer, status=200):
    assert answer.status == status, (answer.status, answer.octets[:800].decode(errors="replace"))
    return answer.json


def until(what, seconds=40, pause=0.1):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(pause)
    return what()


def selector(name, condition):
    days = [rfc3339(time.time() + days * DAY)[:10] for days in (-1, 20)]
    return SELECTOR.format(name=name, first=days[0], last=days[1], condition=condition)


class Calls(Exporter):
    """Flows of lines of ours to the server found, as its router exports them."""

    def __init__(self, place, server):
        self.server = server
        super().__init__(place)

    def message(self):
        border.LISTED, border.OWN = self.server, "198.18.0.5"
        return super().message()


class Story:
    """What the tests share: they are chapters, each begins where the one before ended."""

    def __init__(self, *options):
        self.members = []
        self.border = Border(SEKISHO, "exercise", equipment="cable-7")
        self.folder = self.border.folder
        certificates(self.folder)
        os.environ.update(self.border.environment)
        files = [f"{self.folder}/{name}" for name in ("hub.pem", "hub.key", "authority.pem")]
        self.hub = Hub(SEKISHO, self.folder, [
            "--exercise", "--quiet", "--sensors", "127.0.0.1:0", "--sensors-certificate", files[0],
            "--sensors-key", files[1], "--sensors-authority", files[2], *options])  # fmt: skip
        self.sensor = self.calls = self.uplink = None

    # A sensor

    def configure(self, **settings):
        hub = {"url": f'"https://127.0.0.1:{self.hub.sensors_port}"', "certificate": self.folder / "sensor.pem",
               "key": self.folder / "sensor.key", "authority": self.folder / "authority.pem",
               "interval_seconds": 1}  # fmt: skip
        self.border.configure(hub="{" + ", ".join(f"{k}: {v}" for k, v in hub.items()) + "}",
                              border=f"{{networks: {self.folder}/networks.yaml}}", equipment="cable-7",
                              wait_seconds=1, **settings)  # fmt: skip

    def trust(self):
        """The exercise's controllers: a key for what is begun by hand, and their passkeys."""
        lines = (self.folder / "trust.yaml").read_text().splitlines()
        lines += [f"  - key: {(self.hub.folder / 'hub.pub').read_text().strip()}", "    role: issuer"]
        for member in self.members:
            numbers = member.key.key.public_key().public_numbers()
            octets = numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
            lines += [f"  - passkey: ES256+{base64.b64encode(octets).decode()}", f"    name: {member.name}",
                      f"    rp_id: {member.key.rp_id}", f"    origins: [{member.key.origin}]",
                      "    role: exercise-controller"]  # fmt: skip
        (self.folder / "trust.yaml").write_text("\n".join(lines) + "\n")

    def records(self):
        with sqlite3.connect(f"file:{self.border.state}/sekisho/sensor.sqlite?mode=ro", uri=True) as store:
            return [row[0] for row in store.execute("SELECT warrant FROM flow")]

    def report(self):
        """What the sensor keeps goes to the hub; the account."""
        done = self.border.run("uplink", "-c", self.border.config, "--once", "--json")
        return json.loads(done.stdout.strip().split("\n")[-1])

    def vote(self, record, event="approve"):
        for member in self.members:
            good(member.vote(record, event))

    def ended(self, serial):
        return [row for row in self.border.entries("warrant_ended") if row["warrant"] == serial]

    def accepted(self, serial):
        return [row for row in self.border.entries("warrant_accepted") if row["warrant"] == serial]

    def record(self, who, name):
        return good(who.get(f"/records/{name}"))

    def change(self, who, name, fields):
        version = who.get(f"/records/{name}").headers["etag"].strip('"')
        return good(who.patch(f"/records/{name}", {"fields": fields}, version))

    def end(self):
        if self.calls:
            self.calls.stop()
        for process in (self.uplink, self.sensor and self.sensor.process, self.hub.process):
            if process and process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait()
        self.border.remove()


def a_hub_begins_on_an_empty_folder_with_a_link_for_the_first_administrator(story):
    story.hub.start()
    assert story.hub.link and story.hub.sensors_port, (story.hub.link, story.hub.sensors_port)
    story.admin = story.hub.first()
    session = good(story.admin.get("/session"))
    assert session["exercise"] and session["person"]["name"] == "admin", session
    again = Person(story.hub).post("/setup", {"token": story.hub.link, "name": "second", "display": "Second",
                                              "password": PASSWORD})  # fmt: skip
    assert 400 <= again.status < 500, again.status  # the link was good once


def organisations_and_people_are_made(story):
    made = good(story.admin.post("/organisations", {
        "name": {"en": "Carrier of cable 7", "ja": "第七ケーブルの事業者"}, "kind": "carrier"}), 201)  # fmt: skip
    story.carrier = made["id"]
    for name in ("aiko", "emi"):
        setattr(story, name, story.hub.person(story.admin, name, [("exercise-operator", None)]))
    story.members = [story.hub.person(story.admin, name, [("exercise-controller", None)])
                     for name in ("kei", "mio", "ren")]  # fmt: skip
    for member in story.members:
        member.passkey()
        assert good(member.get("/session"))["strength"] == "passkey"
    story.inspector = story.hub.person(story.admin, "jun", [("exercise-controller", None)])
    story.inspector.passkey()


def the_sensor_is_known_by_its_certificate(story):
    pem = (story.folder / "sensor.pem").read_text()
    made = good(story.admin.post("/sensors", {
        "name": "cable-7-border", "organisation": story.carrier, "basis": "exercise", "equipment": "cable-7",
        "fingerprint": hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()}), 201)  # fmt: skip
    assert made["batches"] == 0 and made["checkpoint_state"] == "none", made


def the_sensor_sees_a_botnet_in_simulated_traffic(story):
    now = time.time()
    scenario = story.folder / "botnet.yaml"
    scenario.write_text(SCENARIO.format(start=rfc3339(now - HOURS_S - 300)))
    story.border.run("simulate", "--quiet", scenario, "-o", story.folder / "day.pcapng", "--truth",
                     story.folder / "truth.json", "--networks", story.folder / "networks.yaml")  # fmt: skip
    story.trust()
    broad = story.folder / "broad.selector"
    broad.write_text(selector("broad", "beacon(score >= 50)"))
    story.border.run("warrant", "draft", "--serial", "E-1", "--basis", "exercise", "--issuer", "owner",
                     "--issued", rfc3339(now - HOURS_S - 600), "--from", rfc3339(now - HOURS_S - 600), "--to",
                     rfc3339(now + 3600), "--equipment", "cable-7", "--capacity", "100G", "--output",
                     story.folder / "E-1.json", broad)  # fmt: skip
    story.border.run("warrant", "sign", "--yes", "--key", story.border.key, story.folder / "E-1.json")
    shutil.copy(story.folder / "E-1.json", story.border.warrants / "E-1.json")
    story.configure(sources={"capture": story.folder / "day.pcapng"})
    sensor = Sensor(story.border)
    code = sensor.wait(120)
    assert code == 0, (code, sensor.words())
    assert set(story.records()) == {"E-1"}, (set(story.records()), sensor.words())


def what_it_kept_and_found_stands_at_the_hub(story):
    account = story.report()
    assert account["records"] > 0 and account["findings"] > 0 and account["refused"] == 0, account
    found = good(story.aiko.get("/findings?min_score=50"))["items"]
    truth = (story.folder / "truth.json").read_text()
    story.finding = next((one for one in found if one["subject"].split(":")[0] in truth
                          and one["subject"].startswith("198.19.")), None)  # fmt: skip
    assert story.finding, (found, truth[:2000])
    shown = good(story.aiko.get(f"/findings/{story.finding['id']}"))
    assert [one["sensor"] for one in shown["sensors"]] == ["cable-7-border"], shown
    story.server = story.finding["subject"].split(":")[0]
    flows = good(story.aiko.get(f"/flows?about={story.server}"))["items"]
    assert flows and all("198.18." not in json.dumps(flow) for flow in flows), flows[:1]  # no line in clear
    (sensor,) = good(story.admin.get("/sensors"))["items"]
    assert sensor["batches"] >= 2 and sensor["checkpoint_state"] == "consistent", sensor


def an_analyst_opens_a_case_from_the_finding(story):
    made = good(story.aiko.post("/records", {
        "procedure": "case", "title": "指令サーバ " + story.server, "label": "amber",
        "findings": [story.finding["id"]], "fields": {
            "findings": [story.finding["id"]], "summary": "八回線が同じ相手に毎分通信する",
            "harm": "指令を待つ端末", "confidence": "high",
            "counter_hypotheses": "更新の確認。間隔と証明書が合わない"}}), 201)  # fmt: skip
    story.case = made["id"]
    shown = good(story.aiko.get(f"/findings/{story.finding['id']}"))
    assert [one["id"] for one in shown["records"]] == [story.case], shown["records"]
    assert good(story.aiko.step(story.case, "assess"))["state"] == "assessed"


def the_options_are_compared_and_another_person_chooses(story):
    lines = {f"option_{option}": ["effect", "time", "side effects", "basis"] for option in OPTIONS}
    refused = story.aiko.step(story.case, "compare")
    assert refused.status in (403, 409), (refused.status, refused.octets[:300])
    story.change(story.aiko, story.case, lines)
    assert good(story.aiko.step(story.case, "compare"))["state"] == "compared"
    story.change(story.aiko, story.case, {"chosen": "measure", "why_chosen": "他の方法では把握できない",
                                          "deconflicted": "警察庁"})  # fmt: skip
    assert story.aiko.step(story.case, "choose").status in (403, 409)
    assert good(story.emi.step(story.case, "choose"))["state"] == "chosen"


def a_measure_is_drafted_with_a_selector_and_its_standard_is_set(story):
    fields = {"case": story.case, "findings": [story.finding["id"]], "standard": "相手先及び間隔",
              "target_act": "ボットネット", "threatened": "電力", "act_unknown": "実態不明",
              "suspicion": "所見のとおり", "no_other_way": "他に方法がない", "necessity": "必要",
              "safeguards": "封印", "specified": story.server, "equipment": "cable-7", "share": 100,
              "capacity": 100_000_000_000, "selectors": selector("heron", 'server in list "night-heron"'),
              "from": rfc3339(time.time() + 60), "until": rfc3339(time.time() + 8 * DAY),
              "new_until": rfc3339(time.time() + 20 * DAY)}  # fmt: skip
    made = good(story.aiko.post("/records", {"procedure": "measure", "title": "夜鷺の指令サーバ",
                                             "fields": fields}), 201)  # fmt: skip
    story.measure = made["id"]
    assert made["basis"] == "exercise" and made["exercise"], made
    assert good(story.aiko.step(story.measure, "set_standard"))["state"] == "standard_set"


def who_set_the_standard_may_not_submit_and_another_may(story):
    refused = story.aiko.step(story.measure, "submit")
    assert refused.status in (403, 409), (refused.status, refused.octets[:300])
    story.change(story.aiko, story.measure, {"from": rfc3339(time.time() + 12)})
    record = good(story.emi.step(story.measure, "submit"))
    assert record["state"] == "submitted" and "warrant" in record["payload"]["type"], record


def two_votes_do_not_approve_and_three_do(story):
    ballot = good(story.members[0].get(f"/records/{story.measure}/ballot"))
    assert "night-heron" in ballot["payload"]["text"], ballot["payload"]
    # Who took a step that is kept apart has no vote, whatever else he is by then.
    good(story.admin.post(f"/people/{story.emi.id}/roles", {"role": "exercise-controller", "organisation": 0}), 201)
    story.emi.passkey()
    refused = story.emi.vote(story.measure, "approve")
    assert refused.status in (403, 404, 409), (refused.status, refused.octets[:300])
    for member in story.members[:2]:
        good(member.vote(story.measure, "approve"))
        assert story.record(story.aiko, story.measure)["state"] == "submitted"
    assert good(story.aiko.get("/warrants"))["items"] == []
    good(story.members[2].vote(story.measure, "approve"))
    assert story.record(story.aiko, story.measure)["state"] == "approved"
    shown = good(story.aiko.get(f"/warrants/{story.measure}"))
    assert len(shown["signers"]) == 3 and all(one["key"].startswith("webauthn:") and one["name"] for one in shown["signers"]), shown
    assert "night-heron" in shown["selectors"][0]["words"]["ja"], shown["selectors"]


def the_warrant_reaches_the_sensor_which_believes_the_passkeys_and_selects(story):
    (story.border.warrants / "E-1.json").unlink()  # the broad one ends
    (story.folder / "night-heron.txt").write_text(story.server + "\n")
    story.configure(indicators=f"[{story.folder}/night-heron.txt]")
    story.sensor = Sensor(story.border).wait_ready()
    story.calls = Calls(story.border, story.server)
    account = story.report()
    assert account["warrants"] == 1 and account["warrants_refused"] == 0, account

    def accepted():
        return [row for row in story.border.entries("warrant_accepted") if row["warrant"] == story.measure]

    assert until(accepted), (story.border.entries("warrant_refused"), story.sensor.words())
    assert until(lambda: story.measure in story.records()), story.sensor.words()
    assert [row for row in story.border.entries("selection_batch") if row["warrant"] == story.measure]


def the_measure_is_active_by_the_machine_and_its_records_are_at_the_hub(story):
    assert until(lambda: story.record(story.aiko, story.measure)["state"] == "active"), \
        (story.record(story.aiko, story.measure), (story.folder / "hub.log").read_text()[-1500:])  # fmt: skip
    timeline = json.dumps(good(story.aiko.get(f"/records/{story.measure}/timeline")))
    assert "activate" in timeline and "machine" in timeline, timeline
    story.calls.stop()
    story.calls = None
    assert story.sensor.stop() == 0, story.sensor.words()
    account = story.report()
    assert account["refused"] == 0, account
    flows = good(story.aiko.get(f"/flows?about={story.server}&limit=200"))["items"]
    assert story.measure in {flow["warrant"] for flow in flows}, {flow["warrant"] for flow in flows}
    ledger = story.border.state / "sekisho"
    done = story.border.run("verify", "--law", "jp", "--language", "en", "--key", ledger / "ledger.pub",
                            ledger / "ledger", check=False)  # fmt: skip
    assert "0 wrong" in done.stdout, done.stdout


def its_period_is_extended_by_another_vote(story):
    story.change(story.aiko, story.measure, {"persists": "所見のとおり", "result": "八回線"})
    asked = good(story.aiko.step(story.measure, "request_extension"))
    assert asked["state"] == "extension_submitted", asked
    story.vote(story.measure)
    record = story.record(story.aiko, story.measure)
    assert record["state"] == "active" and record["deadline"] == record["fields"]["new_until"], record
    first, extension = (good(story.aiko.get(f"/warrants/{story.measure}{name}")) for name in ("", "-2"))
    assert extension["from"] == first["until"] and extension["until"] == record["deadline"], extension


def what_is_suspended_stops_and_goes_on_by_a_new_vote(story):
    story.sensor = Sensor(story.border).wait_ready()
    story.calls = Calls(story.border, story.server)
    assert story.report()["warrants"] == 1
    assert until(lambda: story.accepted(story.measure + "-2")), story.border.entries("warrant_refused")
    before = story.records().count(story.measure)
    assert until(lambda: story.records().count(story.measure) > before), story.sensor.words()
    suspended = good(story.members[0].step(story.measure, "suspend", {"reason": "目的外の利用"}))
    assert suspended["state"] == "suspended", suspended
    account = story.report()
    assert account["warrants"] == 2 and account["warrants_refused"] == 0, account
    assert until(lambda: story.ended(story.measure)), (story.border.entries("warrant_refused"), story.sensor.words())
    assert story.ended(story.measure)[-1]["event"] == "revoked", story.ended(story.measure)
    remedied = good(story.members[0].step(story.measure, "remedy", {"remedied": True}))
    assert remedied["state"] == "submitted" and "warrant" in remedied["payload"]["type"], remedied
    story.vote(story.measure)
    assert story.report()["warrants"] == 1
    assert until(lambda: story.measure + "-3" in story.records()), \
        (story.border.entries("warrant_refused"), story.sensor.words())  # fmt: skip
    assert until(lambda: story.record(story.aiko, story.measure)["state"] == "active")


def a_measure_that_is_stopped_ends_in_the_sensor(story):
    assert good(story.emi.step(story.measure, "stop"))["state"] == "stopped"
    assert good(story.aiko.get(f"/warrants/{story.measure}-3"))["revoked"], "the warrant is as it was"
    account = story.report()
    assert account["warrants"] == 1 and account["warrants_refused"] == 0, account
    assert until(lambda: story.ended(story.measure + "-3")), story.border.entries("warrant_refused")


def an_agreement_is_concluded_by_two_told_signed_and_opens(story):
    words = {name: "as agreed" for name in ("scope", "return_method", "facilities", "change_clause")}
    made = good(story.aiko.post("/records", {"procedure": "agreement", "title": "電力会社との協定", "fields": {
        **words, "party": "1", "at_carrier": False, "consent_stated": "given", "equipment": "cable-7",
        "selectors": selector("agreed", 'server in list "night-heron"'),
        "from": rfc3339(time.time() + 2), "until": rfc3339(time.time() + 8 * DAY)}}), 201)  # fmt: skip
    agreement = story.agreement = made["id"]
    good(story.aiko.step(agreement, "conclude"), 202)
    good(story.emi.step(agreement, "conclude"))
    assert story.aiko.step(agreement, "set_conditions").status in (403, 409), "before the Commission was told"
    good(story.aiko.post(f"/records/{agreement}/duties", {"duty": "14-concluded"}))
    ready = good(story.aiko.step(agreement, "set_conditions"))
    assert "warrant" in ready["payload"]["type"], ready
    good(story.members[1].vote(agreement, "approve"))
    assert story.record(story.aiko, agreement)["state"] == "signed"
    assert story.report()["warrants"] == 1
    assert until(lambda: story.record(story.aiko, agreement)["state"] == "active"), \
        (story.record(story.aiko, agreement), (story.folder / "hub.log").read_text()[-1500:])  # fmt: skip
    assert until(lambda: agreement in story.records()), story.sensor.words()
    assert good(story.emi.step(agreement, "end"))["state"] == "ended"
    assert story.report()["warrants"] == 1
    assert until(lambda: story.ended(agreement)), story.border.entries("warrant_refused")
    story.calls.stop()
    story.calls = None
    assert story.sensor.stop() == 0, story.sensor.words()


def an_inspector_reads_in_the_ledger_what_was_decided(story):
    until(lambda: good(story.inspector.get("/ledger"))["behind"] == 0)
    entries = good(story.inspector.get(f"/ledger/entries?subject={story.measure}&limit=200"))["items"]
    kinds = [entry["kind"] for entry in entries]
    assert kinds.count("vote_cast") == 9 and kinds.count("approval_given") == 3, kinds
    assert kinds.index("approval_requested") < kinds.index("approval_given"), kinds
    accepted = good(story.inspector.get("/ledger/entries?kind=warrant_accepted"))["items"]
    accepted = [entry for entry in accepted if story.measure in json.dumps(entry)]
    assert min(entry["number"] for entry in accepted) > entries[kinds.index("approval_given")]["number"], accepted
    own = good(story.aiko.get("/ledger/entries?limit=200"))["items"]
    assert own and {entry["actor"] for entry in own} == {f"p{story.aiko.id}"}, own[:2]


def the_hubs_tables_are_what_its_ledger_says(story):
    done = story.border.run("hub", "check", "--json", story.hub.folder, check=False)
    assert done.returncode == 0 and json.loads(done.stdout)["found"] == 0, (done.returncode, done.stdout, done.stderr)


def the_evidence_is_checked_without_the_hub(story):
    answer = story.inspector.get("/ledger/export")
    assert answer.status == 200 and story.aiko.get("/ledger/export").status == 404, answer.octets[:300]
    assert story.hub.stop() == 0
    folder = story.folder / "evidence"
    with tarfile.open(fileobj=io.BytesIO(answer.octets)) as tar:
        tar.extractall(folder)

    def verify():
        return story.border.run("verify", "--json", "--key", folder / "hub.pub", "--law", folder / "law", "--votes",
                                folder / "votes", "--warrants", folder / "warrants", "--trust",
                                folder / "trust.yaml", folder / "ledger",
                                check=False)  # fmt: skip

    done = verify()
    report = json.loads(done.stdout)
    assert done.returncode == 0 and report["wrong"] is None, done.stdout
    assert report["law"]["votes"] == {"decisions": 3, "verified": 9}, report["law"]["votes"]
    given = {file.read_bytes() for file in (folder / "warrants").iterdir()}
    kept = {file.read_bytes() for file in story.border.warrants.glob("hub-*.json")}
    assert given == kept and len(kept) == 8, "the sensor has another warrant or revocation"
    vote = sorted((folder / "votes" / story.measure).iterdir())[0]
    octets = vote.read_bytes()
    vote.write_bytes(octets[:-30] + bytes([octets[-30] ^ 1]) + octets[-29:])
    assert verify().returncode == 3, "a signature was changed"


CHAPTERS = [value for value in list(globals().values())
            if callable(value) and getattr(value, "__code__", None) and value.__code__.co_varnames[:1] == ("story",)
            and value.__module__ == __name__]  # fmt: skip


def main():
    if not shutil.which("openssl"):
        print("1..0 # SKIP no openssl")
        return 0
    print(f"1..{len(CHAPTERS)}", flush=True)
    story, failed = Story(), False
    for number, chapter in enumerate(CHAPTERS, 1):
        title = chapter.__name__.replace("_", " ")
        start = time.monotonic()
        try:
            if failed:
                raise AssertionError("an earlier chapter failed")
            chapter(story)
            print(f"ok {number} - {title}\n# {time.monotonic() - start:.1f} s", flush=True)
        except Exception:
            print(f"not ok {number} - {title}", flush=True)
            for line in [] if failed else traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
            failed = True
    story.end()
    return failed


if __name__ == "__main__":
    sys.exit(main())
