#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who is inside and wants more than is his: tokens, administrators, seconds, voters, listeners.
usage: adversary.py SEKISHO [postgresql]"""
import http.client
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import tap  # noqa: E402
from hub import PASSWORD, Hub, Person  # noqa: E402

test = tap.Tests()


def refused(answer, *statuses):
    assert answer.status in statuses, (answer.status, answer.octets[:300])


class Place:
    def __init__(self, hub):
        self.hub = hub
        self.admin = hub.first()
        self.worker = self.person("aiko", "exercise-operator")
        made = self.admin.post("/organisations", {"name": {"en": "Other", "ja": "別"}, "kind": "operator"})
        assert made.status == 201, made.octets
        self.elsewhere = made.json["id"]

    def person(self, name, *roles, **more):
        return self.hub.person(self.admin, name, [(role, None) for role in roles], **more)

    def record(self, procedure="measure", title="a record", **more):
        made = self.worker.post("/records", {"procedure": procedure, "title": title, **more})
        assert made.status == 201, made.octets
        return made.json["id"]

    def token(self, who, *scopes):
        made = who.post("/me/tokens", {"name": "robot", "scopes": list(scopes)})
        assert made.status == 201, made.octets
        return {"Authorization": "Bearer " + made.json["token"]}


@test
def a_token_makes_no_token_and_no_passkey(place):
    token, robot = place.token(place.worker, "list", "read"), Person(place.hub)
    for method, path, body in (
            ("POST", "/me/tokens", {"name": "more", "scopes": ["create", "step"]}),
            ("POST", "/me/passkeys/options", {}), ("POST", "/me/totp", {}),
            ("POST", "/me/password", {"old": PASSWORD, "password": "another password"}),
            ("PATCH", "/session", {"purpose": "exercise"}),
            ("POST", "/webhooks", {"url": "https://example.com/"})):
        refused(robot.send(method, path, body, token), 403)
    assert robot.send("GET", "/records", None, token).status == 200


@test
def a_token_is_not_kept_with_its_answer(place):
    key = {"Idempotency-Key": "secret"}
    assert place.worker.post("/me/tokens", {"name": "once", "scopes": ["list"]}, **key).status == 201
    again = place.worker.post("/me/tokens", {"name": "once", "scopes": ["list"]}, **key)
    refused(again, 409)
    assert b"skt_" not in again.octets


def listen(place, headers):
    connection = http.client.HTTPConnection("127.0.0.1", place.hub.port, timeout=3)
    connection.request("GET", "/api/v1/events", headers={"Host": f"localhost:{place.hub.port}", **headers})
    response = connection.getresponse()
    assert response.status == 200, response.status
    return response


def heard(response):
    octets = b""
    try:
        while b"event:" not in octets:
            part = response.read1(4096)
            if not part:
                break
            octets += part
    except OSError:
        pass
    return octets


@test
def who_listens_by_a_token_hears_no_more_than_it_is_for(place):
    response = listen(place, place.token(place.worker, "create"))
    place.record(title="unheard")
    assert b"event:" not in heard(response)


@test
def who_signed_out_hears_nothing_more(place):
    person = place.person("leaver", "exercise-operator")
    response = listen(place, {"Cookie": person.cookie})
    place.record(title="heard")
    assert b"event:" in heard(response)
    assert person.delete("/session").status == 204
    time.sleep(0.3)
    place.record(title="unheard")
    assert b"event:" not in heard(response)


@test
def an_organisations_administrator_makes_nobody_more_than_that(place):
    local = place.person("local", "organisation-administrator")
    made = local.post("/people", {"name": "puppet", "display": "Puppet", "organisation": "1"})
    assert made.status == 201, made.octets
    path = f"/people/{made.json['id']}"
    for role in ("administrator", "commission", "inspector", "exercise-operator"):
        refused(local.post(path + "/roles", {"role": role}), 403)
    given = local.post(path + "/roles", {"role": "owner"})
    assert given.status == 201, (given.status, given.octets)
    assert local.post(path + "/invitation").status == 201
    refused(local.post(f"/people/{place.admin.id}/invitation"), 403)
    version = local.get(path).headers["etag"].strip('"')
    refused(local.patch(path, {"clearance": {"level": 2, "until": "2099-01-01T00:00:00Z"}}, version), 403)


@test
def nobody_gives_himself_a_clearance(place):
    path = f"/people/{place.admin.id}"
    version = place.admin.get(path).headers["etag"].strip('"')
    most = {"level": 2, "from": "2020-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z"}
    refused(place.admin.patch(path, {"clearance": most}, version), 403)
    refused(place.admin.patch(path, {"clearance": {**most, "level": 99}}, version), 400)


@test
def one_invitation_used_ends_the_others(place):
    made = place.admin.post("/people", {"name": "twice", "display": "Twice", "organisation": "1"})
    links = [place.admin.post(f"/people/{made.json['id']}/invitation").json["link"] for _ in range(2)]
    tokens = [link.split("#", 1)[1] for link in links]
    said = [Person(place.hub).post("/setup", {"token": token, "password": PASSWORD}).status
            for token in tokens]
    assert said == [200, 403], said


@test
def a_record_does_not_move_to_where_one_has_no_rights(place):
    analyst = place.person("own", "network-analyst")
    made = analyst.post("/records", {"procedure": "case", "title": "mine"})
    assert made.status == 201, made.octets
    path = f"/records/{made.json['id']}"
    refused(analyst.patch(path, {"organisation": place.elsewhere}, made.json["version"]), 403)
    assert analyst.patch(path, {"title": "still mine"}, made.json["version"]).status == 200


@test
def words_of_a_withheld_field_are_not_found(place):
    record = place.record(title="openly zanzibar", fields={"suspicion": "quagmire"})
    found = [item["id"] for item in place.worker.get("/search?q=zanzibar").json["items"]]
    assert record in found, found
    assert place.worker.get("/search?q=quagmire").json["items"] == []


def soon(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * 86400))


@test
def the_second_takes_what_the_first_proposed(place):
    first, second = place.worker, place.person("second", "exercise-operator")
    words = {name: "as agreed" for name in ("scope", "return_method", "facilities", "change_clause")}
    record = place.record("agreement", "an agreement of two", fields={
        **words, "party": place.elsewhere, "at_carrier": False, "carrier_agreed": True,
        "consent_stated": "given", "from": soon(1), "until": soon(8)})
    proposed = first.step(record, "conclude", {"reason": "as agreed"})
    assert proposed.status == 202, (proposed.status, proposed.octets)
    answer = second.step(record, "conclude", {"reason": "as I like it"})
    refused(answer, 409)
    assert answer.json["type"].endswith("other-facts"), answer.octets
    taken = second.step(record, "conclude", {"reason": "as agreed"})
    assert taken.status == 200, (taken.status, taken.octets)


@test
def who_floods_the_door_keeps_nobody_inside_from_his_passkey(place):
    person = place.person("keys", "exercise-operator")
    for _ in range(100):
        assert person.post("/me/passkeys/options").status == 200
    refused(person.post("/me/passkeys/options"), 503)
    assert place.worker.post("/me/passkeys/options").status == 200


@test
def who_asks_for_passkeys_without_end_waits_and_others_do_not(place):
    def statuses(count, address):
        found = []
        for _ in range(count):
            connection = http.client.HTTPConnection("127.0.0.1", place.hub.port, source_address=(address, 0))
            connection.request("POST", "/api/v1/session/passkey/options", "{}", {"Content-Type": "application/json"})
            found.append(connection.getresponse().status)
            connection.close()
        return found

    flood = statuses(60, "127.0.0.9")
    assert flood[:50] == [200] * 50 and 429 in flood, flood
    assert statuses(1, "127.0.0.10") == [200]


@test
def a_code_is_not_set_over_somebodys_passkey(place):
    person = place.person("strong", "exercise-operator").passkey()
    weak = Person(place.hub).sign_in("strong")
    refused(weak.post("/me/totp"), 403)
    assert person.post("/me/totp").status == 200


@test
def who_takes_the_ledger_away_takes_no_withheld_field(place):
    record = place.record(title="openly", fields={"threatened": "xylograph"})
    oversight = place.hub.person(place.admin, "oversight", [("commission", place.elsewhere)],
                                 organisation=place.elsewhere)
    seen = oversight.get(f"/records/{record}")
    assert seen.json["fields"]["threatened"] == {"withheld": "victim"}, seen.octets
    taken = oversight.get("/ledger/export")
    assert taken.status == 200 and b"ledger/checkpoint" in taken.octets, taken.status
    assert b"xylograph" not in taken.octets


@test
def a_record_takes_so_many_files_and_no_more(place):
    path = f"/records/{place.record(title='full')}/attachments"
    said = [place.worker.send("POST", path, b"file %d" % i, {"Content-Type": "text/plain"}).status
            for i in range(201)]
    assert said == [201] * 200 + [409], said[-3:]
    assert len(place.worker.get(path).json["items"]) == 200


def run(database=None):
    with Hub(sys.argv[1], database=database) as hub:
        return test.run(Place(hub), log=hub.complaints)


sys.exit(tap.on_engine(run))
