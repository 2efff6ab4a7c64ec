#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The API of the hub as a program meets it: keys, versions, cursors, filters, refusals.
usage: api.py SEKISHO [postgresql]"""
import http.client
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import tap  # noqa: E402
from hub import PASSWORD, Hub, Person  # noqa: E402

test = tap.Tests()


def is_problem(answer, status):
    body = answer.json
    assert answer.status == status, (answer.status, answer.octets[:300])
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.headers
    assert body["status"] == status and body["title"] and body["title_ja"], body
    return body


class Place:
    def __init__(self, hub):
        self.hub = hub
        self.admin = hub.first()
        self.procedure, self.roles = self.choose()
        self.worker = hub.person(self.admin, "aiko", [(role, None) for role in self.roles])

    def choose(self):
        """An exercise's own procedure, and the roles that work under it."""
        return "measure", ["exercise-operator"]

    def record(self, title="a record", who=None, **headers):
        return (who or self.worker).post(
            "/records", {"procedure": self.procedure, "title": title}, **headers)


@test
def the_same_key_twice_makes_one_record(place):
    key = {"Idempotency-Key": "one"}
    first, second = place.record("once", **key), place.record("once", **key)
    assert first.status == second.status == 201, (first.octets, second.octets)
    assert first.json["id"] == second.json["id"]
    assert second.headers.get("idempotent-replayed") == "true"
    titles = [item["title"] for item in place.worker.get("/records?limit=200").json["items"]]
    assert titles.count("once") == 1, titles


@test
def the_same_key_for_another_body_is_refused(place):
    assert place.record("a", **{"Idempotency-Key": "two"}).status == 201
    is_problem(place.record("b", **{"Idempotency-Key": "two"}), 422)


@test
def the_same_key_of_somebody_else_is_another(place):
    other = place.hub.person(place.admin, "second", [(role, None) for role in place.roles])
    first = place.record("mine", **{"Idempotency-Key": "three"})
    second = place.record("mine", who=other, **{"Idempotency-Key": "three"})
    assert first.status == second.status == 201 and first.json["id"] != second.json["id"]


@test
def the_same_key_at_one_moment_makes_one_record(place):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(
        place.record("together", **{"Idempotency-Key": "four"}))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = {answer.json["id"] for answer in answers if answer.status == 201}
    assert len(made) == 1, [(answer.status, answer.octets[:120]) for answer in answers]
    assert all(answer.status in (201, 409, 503) for answer in answers), [a.status for a in answers]


@test
def a_change_needs_the_version_it_changes(place):
    record = place.record("versions")
    path = f"/records/{record.json['id']}"
    version = place.worker.get(path).headers["etag"].strip('"')
    is_problem(place.worker.send("PATCH", path, {"title": "blind"}), 428)
    is_problem(place.worker.patch(path, {"title": "stale"}, int(version) + 7), 412)
    changed = place.worker.patch(path, {"title": "better"}, version)
    assert changed.status == 200 and changed.json["title"] == "better", changed.octets
    is_problem(place.worker.patch(path, {"title": "late"}, version), 412)


@test
def pages_meet_each_row_once_while_rows_change(place):
    wanted = {place.record(f"page {i}").json["id"] for i in range(30)}
    seen, cursor, turns = [], "", 0
    while cursor is not None:
        page = place.worker.get("/records?limit=7" + (f"&cursor={cursor}" if cursor else "")).json
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        turns += 1
        place.record(f"between {turns}")
    assert len(seen) == len(set(seen)), "a row came twice"
    assert wanted <= set(seen), wanted - set(seen)


@test
def counts_are_of_what_the_filters_select(place):
    for i in range(4):
        place.record(f"zebra {i}")
    page = place.worker.get("/records?q=zebra&limit=2").json
    assert page["count"] == 4 and page["count_is_exact"] and len(page["items"]) == 2, page
    second = place.worker.get(f"/records?q=zebra&limit=2&cursor={page['next']}").json
    assert second["count"] == 4 and len(second["items"]) == 2 and second["next"] is None, second
    none = place.worker.get("/records?state=no-such-state").json
    assert none["count"] == 0 and none["items"] == [], none
    assert place.worker.get("/findings?kind=no-such-kind").json["count"] == 0
    assert place.worker.get("/findings?record=M-2026-999999").json["count"] == 0


@test
def a_filter_that_is_not_known_is_refused(place):
    for path in ("/records?stat=closed", "/findings?min_scor=5", "/flows?abuot=x", "/people?role=x",
                 "/records?limit=0", "/records?limit=201", "/records?limit=1&limit=2",
                 "/records?cursor=x", "/records?label=blue", "/records?sector=none",
                 "/records?updated_since=yesterday", "/session?x=1", "/law?x=1",
                 "/exports/records.json?stat=closed"):
        is_problem(place.worker.get(path), 400)


@test
def an_export_holds_what_the_filters_select(place):
    place.record("only this one"), place.record("and not that")
    found = place.worker.get("/exports/records.json?q=only%20this")
    assert found.status == 200 and [row["title"] for row in found.json] == ["only this one"], found.octets
    assert place.worker.get("/exports/records.json?state=no-such").json == []
    assert place.worker.get("/exports/findings.json?kind=none").json == []
    assert place.worker.get("/exports/flows.json?about=192.0.2.1").json == []
    for path in ("/exports/flows.json?state=x", "/exports/findings.csv?q=x", "/exports/records.csv?about=x"):
        is_problem(place.worker.get(path), 400)


@test
def updated_since_leaves_out_what_is_older(place):
    old = place.record("older")
    later = place.worker.get(f"/records/{old.json['id']}").json["updated"]
    new = place.record("newer")
    ids = [item["id"] for item in place.worker.get(f"/records?updated_since={later}").json["items"]]
    assert new.json["id"] in ids
    assert place.worker.get("/records?updated_since=2031-01-01T00:00:00Z").json["count"] == 0


@test
def without_the_sessions_token_nothing_is_changed(place):
    kept, place.worker.csrf = place.worker.csrf, None
    is_problem(place.record("forged"), 403)
    place.worker.csrf = "csrf_" + "A" * 43
    is_problem(place.record("forged"), 403)
    place.worker.csrf = kept
    is_problem(place.record("forged", **{"Sec-Fetch-Site": "cross-site"}), 403)
    titles = [item["title"] for item in place.worker.get("/records?limit=200").json["items"]]
    assert "forged" not in titles


@test
def markup_is_kept_and_given_back_as_data(place):
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    made = place.record(evil)
    shown = place.worker.get(f"/records/{made.json['id']}")
    assert shown.json["title"] == evil
    assert shown.headers["content-type"].startswith("application/json")
    assert shown.headers["x-content-type-options"] == "nosniff"
    csv = place.worker.get("/exports/records.csv")
    assert csv.status == 200 and csv.headers["x-content-type-options"] == "nosniff"
    assert csv.headers["content-disposition"].startswith("attachment")
    place.record("=cmd|' /C calc'!A0")
    assert "\"'=cmd" in place.worker.get("/exports/records.csv").octets.decode()


@test
def what_is_too_large_or_no_json_is_refused(place):
    assert place.record("x" * 300000).status in (400, 413)
    assert place.record("x" * 60000).status == 400
    kind = {"Content-Type": "application/json"}
    is_problem(place.worker.send("POST", "/records", b"{", kind), 400)
    is_problem(place.worker.send("POST", "/records", b"[]", kind), 400)
    is_problem(place.worker.send("POST", "/records", b"{}", {"Content-Type": "text/plain"}), 415)
    deep = b'{"procedure":' + b"[" * 5000 + b"]" * 5000 + b"}"
    is_problem(place.worker.send("POST", "/records", deep, kind), 400)
    twice = b'{"title":"a","title":"b","procedure":"measure"}'
    is_problem(place.worker.send("POST", "/records", twice, kind), 400)


@test
def nobody_is_told_to_sign_in_and_nothing_else(place):
    nobody = Person(place.hub)
    made = place.record("hidden").json["id"]
    for path in ("/records", f"/records/{made}", "/people", "/law", "/events", "/exports/records.csv"):
        is_problem(nobody.get(path), 401)
    for path in ("/records/M-2026-999999", "/people/999", "/findings/none", "/warrants/none"):
        is_problem(place.worker.get(path), 404)
    is_problem(place.worker.get("/no-such-thing"), 404)
    assert place.worker.send("PUT", "/records", {}).status == 405


@test
def an_ended_role_ends_within_the_session(place):
    person = place.hub.person(place.admin, "leaver", [(place.roles[0], None)])
    assert place.record("before", who=person).status == 201
    given = place.admin.get(f"/people/{person.id}").json["roles"][0]["id"]
    assert place.admin.delete(f"/people/{person.id}/roles/{given}").status in (200, 204)
    assert place.record("after", who=person).status in (403, 404)
    assert person.get("/records").json["count"] == 0


@test
def somebody_made_inactive_is_out_at_once(place):
    person = place.hub.person(place.admin, "gone", [(place.roles[0], None)])
    version = place.admin.get(f"/people/{person.id}").headers["etag"].strip('"')
    assert place.admin.patch(f"/people/{person.id}", {"is_active": False}, version).status == 200
    is_problem(person.get("/session"), 401)


@test
def an_outside_account_is_one_persons(place):
    people = [place.hub.person(place.admin, name, []) for name in ("inside", "beside")]
    answers = []
    for person in people:
        version = place.admin.get(f"/people/{person.id}").headers["etag"].strip('"')
        answers.append(place.admin.patch(f"/people/{person.id}",
                                         {"outside": "https://id.example aiko"}, version).status)
    assert answers == [200, 409], answers
    for person, outside in ((people[0], None), (people[1], "https://id.example aiko")):
        version = place.admin.get(f"/people/{person.id}").headers["etag"].strip('"')
        assert place.admin.patch(f"/people/{person.id}", {"outside": outside}, version).status == 200
    version = place.admin.get(f"/people/{people[0].id}").headers["etag"].strip('"')
    assert place.worker.patch(f"/people/{people[0].id}", {"outside": "x y"}, version).status in (403, 404)


@test
def a_token_is_no_more_than_its_scopes(place):
    made = place.worker.post("/me/tokens", {"name": "reader", "scopes": ["read", "list"]})
    if made.status == 400:
        made = place.worker.post("/me/tokens", {"name": "reader", "scopes": ["list"]})
    assert made.status == 201, made.octets
    token = {"Authorization": "Bearer " + made.json["token"]}
    robot = Person(place.hub)
    assert robot.send("GET", "/records", None, token).status == 200
    assert robot.send("POST", "/records", {"procedure": place.procedure, "title": "robot"},
                      token).status in (403, 404)
    broken = {"Authorization": "Bearer skt_" + "A" * 43}
    is_problem(robot.send("GET", "/records", None, broken), 401)


@test
def who_guesses_waits_and_others_do_not(place):
    guesser = Person(place.hub)
    statuses = [guesser.post("/session/password", {"name": "aiko", "password": f"wrong password {i}"})
                for i in range(8)]
    assert [answer.status for answer in statuses[:5]] == [401] * 5, [a.status for a in statuses]
    refused = statuses[-1]
    is_problem(refused, 429)
    assert int(refused.headers["retry-after"]) >= 1
    is_problem(guesser.post("/session/password", {"name": "aiko", "password": PASSWORD}), 429)
    assert guesser.post("/session/password", {"name": "second", "password": PASSWORD}).status == 200


@test
def who_is_not_known_takes_the_same_answer(place):
    nobody = Person(place.hub)
    known = nobody.post("/session/password", {"name": "leaver", "password": "wrong password"})
    unknown = nobody.post("/session/password", {"name": "nobody-here", "password": "wrong password"})
    assert (known.status, known.json["title"]) == (unknown.status, unknown.json["title"]) == (
        401, known.json["title"])


@test
def a_passkey_of_another_handle_is_not_believed(place):
    person = place.hub.person(place.admin, "keys", [(place.roles[0], None)])
    person.passkey()
    for handle, status in ((f"p{person.id}", 200), ("p1", 401)):
        visitor = Person(place.hub)
        options = visitor.post("/session/passkey/options").json["publicKey"]
        credential = person.key.sign(options["challenge"], handle)
        answer = visitor.post("/session/passkey", credential)
        assert answer.status == status, (handle, answer.status, answer.octets)
        assert visitor.post("/session/passkey", credential).status == 401, "a challenge counts once"


@test
def two_requests_in_one_packet_are_two_answers(place):
    connection = http.client.HTTPConnection("127.0.0.1", place.hub.port, timeout=20)
    connection.connect()
    line = f"GET /healthz HTTP/1.1\r\nHost: localhost:{place.hub.port}\r\n\r\n".encode()
    connection.sock.sendall(line + line)
    text = b""
    while text.count(b"HTTP/1.1 200") < 2:
        text += connection.sock.recv(4096)
    connection.close()


def asks(place, token, *words, url=None):
    """sekisho hub, as a program at a terminal asks it."""
    path = place.hub.folder.parent / "token"
    path.write_text(token + "\n")
    verb, *rest = words
    return subprocess.run([place.hub.sekisho, "hub", verb, "--url", url or f"http://127.0.0.1:{place.hub.port}",
                           "--token-file", str(path), *rest], capture_output=True, text=True)


@test
def the_command_asks_with_a_token_and_no_more_than_its_scopes(place):
    record = place.record("asked from a terminal").json["id"]
    token = place.worker.post("/me/tokens", {"name": "terminal", "scopes": ["list", "read"]}).json["token"]
    listed = asks(place, token, "list", "records")
    assert listed.returncode == 0 and record in listed.stdout and "asked from a terminal" in listed.stdout, listed
    shown = asks(place, token, "show", record)
    assert json.loads(shown.stdout)["id"] == record, shown
    refused = asks(place, token, "step", record, "set_standard")
    assert refused.returncode == 5 and refused.stderr, refused
    assert asks(place, token, "ask", "GET", "/records/none").returncode == 5
    assert asks(place, "skt_wrong", "list", "records").returncode == 5
    elsewhere = asks(place, token, "list", "records", url="http://192.0.2.1")
    assert elsewhere.returncode == 1 and "https" in elsewhere.stderr, elsewhere
    assert token not in listed.stdout + refused.stderr + elsewhere.stderr


@test
def nobody_gives_what_he_does_not_have_to_give(place):
    below = place.admin.post("/organisations", {"name": {"en": "Below", "ja": "下位"}, "kind": "carrier",
                                                "parent": "1"}).json["id"]
    boss = place.hub.person(place.admin, "boss", [("organisation-administrator", below)], organisation=below)
    made = boss.post("/people", {"name": "helper", "display": "Helper", "organisation": below})
    assert made.status == 201, (made.status, made.octets)
    person = made.json["id"]
    is_problem(boss.post(f"/people/{person}/roles", {"role": "analyst", "organisation": "1"}), 404)
    is_problem(boss.patch(f"/people/{person}", {"organisation": "1"}, 1), 404)
    is_problem(boss.post("/people", {"name": "x2", "display": "X", "organisation": "1"}), 404)
    given = boss.post(f"/people/{person}/roles", {"role": "network-analyst", "organisation": below})
    assert given.status == 201, (given.status, given.octets)


@test
def what_is_for_named_people_is_theirs_alone(place):
    named = place.hub.person(place.admin, "named", [(role, None) for role in place.roles])
    other = place.hub.person(place.admin, "other", [(role, None) for role in place.roles])
    made = place.worker.post("/records", {"procedure": place.procedure, "title": "only for two",
                                          "label": "TLP:RED", "roster": [named.id]})
    assert made.status == 201, (made.status, made.octets)
    path = f"/records/{made.json['id']}"
    assert place.worker.get(path).status == named.get(path).status == 200
    is_problem(other.get(path), 404)
    assert "only for two" not in other.get("/records?limit=200").octets.decode()


def days_on(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * 86400))


def agreed(place, title):
    """An agreement that two have concluded; who concluded it second."""
    words = {name: "as agreed" for name in ("scope", "return_method", "facilities", "change_clause")}
    second = place.hub.person(place.admin, f"party-{title}", [("exercise-operator", None)])
    record = place.worker.post("/records", {"procedure": "agreement", "title": title, "fields": {
        **words, "party": "1", "at_carrier": False, "consent_stated": "given",
        "from": days_on(1), "until": days_on(8)}}).json["id"]
    assert place.worker.step(record, "conclude").status == 202
    concluded = second.step(record, "conclude")
    assert concluded.status == 200, concluded.octets
    return concluded.json


def may_tell(person, record):
    return [duty["may_tell"] for duty in person.get(f"/records/{record['id']}").json["duties"]] == [True]


def duties(person, record):
    return [task for task in person.get("/tasks").json["items"]
            if task["kind"] == "duty" and task["record"]["id"] == record["id"]]


@test
def a_duty_is_met_by_whoever_has_to_tell(place):
    overseer = place.hub.person(place.admin, "told", [("exercise-controller", None)])
    record = agreed(place, "duty")
    path = f"/records/{record['id']}/duties"
    assert [(duty["id"], duty["met"]) for duty in record["duties"]] == [("14-concluded", None)], record
    assert may_tell(place.worker, record) and not may_tell(overseer, record)
    assert [task["event"] for task in duties(place.worker, record)] == ["14-concluded"] and not duties(overseer, record)
    is_problem(overseer.post(path, {"duty": "14-concluded"}), 403)
    is_problem(place.worker.post(path, {"duty": "14-ended"}), 409)
    told = place.worker.post(path, {"duty": "14-concluded"})
    assert told.status == 200 and told.json["duties"][0]["met"], told.octets
    assert not may_tell(place.worker, record) and not duties(place.worker, record)
    is_problem(place.worker.post(path, {"duty": "14-concluded"}), 409)
    assert place.worker.step(record["id"], "end", {"reason": "done"}).status == 200
    assert [task["event"] for task in duties(place.worker, record)] == ["14-ended"]  # ended, and still to tell


@test
def what_a_state_fixes_is_not_changed(place):
    overseer = place.hub.person(place.admin, "suspender", [("exercise-controller", None)])
    record = agreed(place, "fixed")
    path = f"/records/{record['id']}"
    version = place.worker.get(path).headers["etag"].strip('"')
    changed = place.worker.patch(path, {"fields": {"scope": "more"}}, version)
    assert changed.status == 200, changed.octets
    suspended = overseer.step(record["id"], "suspend", {"reason": "scope was left"})
    assert suspended.status == 200, suspended.octets
    version = place.worker.get(path).headers["etag"].strip('"')
    problem = is_problem(place.worker.patch(path, {"fields": {"scope": "all"}}, version), 409)
    assert problem["type"].endswith("fixed"), problem
    assert changed.json["is_editable"] and not place.worker.get(path).json["is_editable"]
    assert not overseer.get(f"/records/{agreed(place, 'open')['id']}").json["is_editable"]  # another's to change


@test
def a_hub_without_a_provider_says_so_in_the_page(place):
    for path in ("/session/oidc/start", "/session/oidc/callback?code=a&state=b"):
        answer = Person(place.hub).get(path)
        assert (answer.status, answer.headers["location"]) == (303, "/sign-in?error=none"), answer.headers


@test
def what_is_looked_for_stands_for_itself(place):
    for title in ("50% of it", "500 of it", "a_b!c", "axb!c"):
        assert place.record(title).status == 201
    for q, titles in (("0%25%20of", ["50% of it"]), ("a_b", ["a_b!c"]), ("b!c", ["a_b!c", "axb!c"]),
                      ("%25%25", []), ("__", []), ("b!_", [])):
        found = place.worker.get(f"/records?q={q}").json
        assert sorted(item["title"] for item in found["items"]) == titles, (q, found)
        assert found["count"] == len(titles), (q, found)
        exported = place.worker.get(f"/exports/records.json?q={q}").json
        assert sorted(item["title"] for item in exported) == titles, (q, exported)
    assert place.admin.get("/people?q=_").json["items"] == []
    assert len(place.admin.get("/people?q=aik").json["items"]) == 1
    is_problem(place.admin.get("/people?q=" + 1100 * "%25"), 400)
    is_problem(place.worker.get("/records?q=" + 1100 * "%25"), 400)


@test
def a_file_has_a_name_that_can_be_read(place):
    path = f"/records/{place.record('files').json['id']}/attachments"

    def put(slug, kind="text/plain", **more):
        return place.worker.send("POST", path, b"octets", {"Slug": slug, "Content-Type": kind, **more})

    for slug in (b"bad\xff\xfe", "%ff", "a%E3%81", "turned%E2%80%AEfdp.exe", "line%0Aend", "%00", 201 * "a"):
        problem = is_problem(put(slug), 400)
        assert problem["errors"][0]["field"] == "Slug", (slug, problem)
    for slug, name in ("plain.txt", "plain.txt"), ("%E8%A8%BC%E6%8B%A0%20100%25.pdf", "証拠 100%.pdf"), \
            (66 * "%E3%81%82", 66 * "あ"):
        assert put(slug).json["name"] == name, slug
    assert put("typed", b"text/\xff").status == 201
    is_problem(put("once", **{"Idempotency-Key": b"key\xff"}), 400)
    assert "証拠 100%.pdf" in [item["name"] for item in place.worker.get(path).json["items"]]


@test
def an_organisation_that_is_not_there_is_refused_by_its_field(place):
    def refused(answer, field):
        fields = [error["field"] for error in is_problem(answer, 400)["errors"]]
        assert fields == [field], fields

    record = {"procedure": place.procedure, "title": "whose"}
    keeper = place.hub.person(place.admin, "wide", [("exercise-operator", None), ("exercise-controller", None)])
    refused(keeper.post("/records", {**record, "organisation": "77"}), "organisation")
    refused(keeper.post("/records", {**record, "organisation": 0}), "organisation")
    for party in ("77", "nobody", "0"):
        refused(keeper.post("/records", {**record, "procedure": "agreement", "fields": {"party": party}}), "party")
    made = keeper.post("/records", {**record, "procedure": "agreement", "fields": {"party": "1"}})
    assert made.status == 201, made.octets
    refused(keeper.patch(f"/records/{made.json['id']}", {"fields": {"party": "77"}}, 1), "party")
    refused(keeper.patch(f"/records/{made.json['id']}", {"organisation": "77"}, 1), "organisation")
    sensor = {"name": "lost", "basis": "exercise", "fingerprint": 64 * "a", "organisation": "77"}
    refused(place.admin.post("/sensors", sensor), "organisation")
    refused(place.admin.post("/people", {"name": "lost", "display": "lost", "organisation": "77"}), "organisation")
    refused(place.admin.patch(f"/people/{keeper.id}", {"organisation": "77"},
                              place.admin.get(f"/people/{keeper.id}").json["version"]), "organisation")
    refused(place.admin.post(f"/people/{keeper.id}/roles", {"role": "exercise-operator", "organisation": "77"}),
            "organisation")
    refused(place.admin.post("/organisations", {"name": {"en": "lost", "ja": "不明"}, "parent": "77"}), "parent")


@test
def a_step_may_say_which_version_it_means(place):
    record = agreed(place, "meant")
    overseer = place.hub.person(place.admin, "meaning", [("exercise-controller", None)])
    path = f"/records/{record['id']}"
    seen = place.worker.get(path).headers["etag"]
    changed = place.worker.patch(path, {"fields": {"scope": "other"}}, seen.strip('"'))
    assert changed.status == 200, changed.octets
    step = {"event": "suspend", "facts": {"reason": "scope was left"}}
    is_problem(overseer.post(f"{path}/steps", step, **{"If-Match": seen}), 412)
    assert place.worker.get(path).json["state"] == record["state"]
    taken = overseer.post(f"{path}/steps", step, **{"If-Match": changed.headers["etag"]})
    assert taken.status == 200 and taken.json["state"] != record["state"], taken.octets


CONDITIONS = """selector "agreed" version 1
purpose "exercise"
basis "exercise"
owner "Exercise control"
valid {} to {}
scope foreign-to-domestic, domestic-to-foreign
reveals server
when server in list "night-heron"
then record keep 7 days
limit 1000 servers per day
"""


@test
def a_warrant_is_signed_by_who_approves_and_taken_back_with_its_record(place):
    signer = place.hub.person(place.admin, "signer", [("exercise-controller", None)]).passkey()
    record = agreed(place, "signed")["id"]
    path, fields = f"/records/{record}", {
        "equipment": "cable-7", "selectors": CONDITIONS.format(days_on(-1)[:10], days_on(20)[:10])}
    version = place.worker.get(path).headers["etag"].strip('"')
    assert place.worker.patch(path, {"fields": fields}, version).status == 200
    problem = place.worker.step(record, "set_conditions").json
    assert problem["article"] == "14", problem
    assert place.worker.post(f"{path}/duties", {"duty": "14-concluded"}).status == 200
    assert place.worker.step(record, "set_conditions").json["state"] == "conditions_set"
    voted = signer.vote(record, "approve")
    assert voted.status == 200, voted.octets
    warrant = place.worker.get(f"/warrants/{record}").json
    assert len(warrant["signers"]) == 1 and warrant["revoked"] is None, warrant
    assert place.worker.get(path).json["state"] == "signed"
    assert place.worker.step(record, "end").json["state"] == "ended"
    assert place.worker.get(f"/warrants/{record}").json["revoked"], "sensors go on"
    assert [one["serial"] for one in place.worker.get("/warrants").json["items"]] == [record]


def run(database=None):
    with Hub(sys.argv[1], database=database) as hub:
        return test.run(Place(hub), log=hub.complaints)


if __name__ == "__main__":
    sys.exit(tap.on_engine(run))
