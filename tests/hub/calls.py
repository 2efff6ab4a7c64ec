#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Notices to people and calls to their programs: to whoever may know, and to nobody else.
usage: calls.py SEKISHO [sqlite|postgresql]"""
import hashlib
import hmac
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import tap  # noqa: E402
from hub import Hub  # noqa: E402

test = tap.Tests()


class Called(HTTPServer):
    """Somebody's program: keeps what it was sent, answers what it is told to."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.calls, self.status, self.location = [], 200, None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook"

    def wait(self, count, seconds=20):
        deadline = time.monotonic() + seconds
        while len(self.calls) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.calls


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *unused):
        pass


class Place:
    def __init__(self, hub):
        self.hub, self.admin = hub, hub.first()
        self.worker = hub.person(self.admin, "aiko", [("exercise-operator", None)])
        self.controller = hub.person(self.admin, "kei", [("exercise-controller", None)])
        self.stranger = hub.person(self.admin, "stranger", [])

    def record(self, title="called of", **fields):
        made = self.worker.post("/records", {"procedure": "measure", "title": title, "fields": fields})
        assert made.status == 201, made.octets
        return made.json["id"]


def until(look, seconds=15):
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


@test
def a_program_is_called_with_a_signature_that_is_right(place):
    called = Called()
    made = place.worker.post("/webhooks", {"url": called.url, "kinds": "record"})
    assert made.status == 201 and made.json["secret"].startswith("whs_"), made.octets
    listed = place.worker.get("/webhooks")
    assert made.json["secret"] not in listed.octets.decode(), "the secret is shown again"
    record = place.record()
    calls = called.wait(1)
    assert calls, "it was not called"
    _, headers, body = calls[0]
    assert json.loads(body)["subject"] == record and set(json.loads(body)) == {"kind", "subject", "at"}
    stamp, given = (part.split("=", 1)[1] for part in headers["Sekisho-Signature"].split(","))
    right = hmac.new(made.json["secret"].encode(), stamp.encode() + b"." + body, hashlib.sha256)
    assert hmac.compare_digest(right.hexdigest(), given)
    assert place.worker.delete(f"/webhooks/{made.json['id']}").status == 204
    assert place.worker.get("/webhooks").json["items"] == []


@test
def what_the_owner_may_not_list_is_not_told(place):
    theirs, ours = Called(), Called()
    assert place.stranger.post("/webhooks", {"url": theirs.url}).status == 201
    assert place.worker.post("/webhooks", {"url": ours.url}).status == 201
    place.record("secret of others")
    assert ours.wait(1) and not theirs.calls, theirs.calls


@test
def it_is_called_again_after_a_failure_and_nothing_is_left_out(place):
    called = Called()
    called.status = 500
    assert place.worker.post("/webhooks", {"url": called.url, "kinds": "record"}).status == 201
    first, second = place.record("first"), place.record("second")
    assert called.wait(2), "it was not tried again"
    called.status = 204
    assert until(lambda: [json.loads(body)["subject"] for _, _, body in called.calls][-1] == second, 30)
    subjects = [json.loads(body)["subject"] for _, _, body in called.calls]
    assert subjects.index(second) > subjects.index(first) and subjects.count(first) >= 2, subjects


@test
def a_redirect_is_not_followed(place):
    called, other = Called(), Called()
    called.status, called.location = 307, other.url
    assert place.worker.post("/webhooks", {"url": called.url, "kinds": "record"}).status == 201
    place.record("moved")
    assert called.wait(1)
    time.sleep(1.5)
    assert not other.calls


@test
def addresses_inside_are_refused(place):
    for url in ("http://example.com/", "ftp://example.com/", "file:///etc/passwd", "https://a@b/",
                "http://localhost:1/", "http://127.0.0.2:80/", "", "https://x\r\nHost: y/"):
        assert place.worker.post("/webhooks", {"url": url}).status == 400, url
    for url in ("https://10.1.2.3/", "https://[::1]/", "https://169.254.169.254/latest",
                "https://127.0.0.9/"):
        made = place.admin.post("/webhooks", {"url": url, "kinds": "nothing"})
        assert made.status == 201, made.octets
        place.admin.delete(f"/webhooks/{made.json['id']}")
    made = place.controller.post("/webhooks", {"url": "https://127.0.0.9/", "kinds": "record"})
    place.record("to inside")
    row = until(lambda: [one for one in place.controller.get("/webhooks").json["items"]
                         if one["failures"] > 0])
    assert row and row[0]["last_status"] == 0, place.controller.get("/webhooks").json


@test
def nobody_has_more_than_some_and_none_of_another(place):
    made = [place.stranger.post("/webhooks", {"url": "https://example.com/"}).status for _ in range(11)]
    assert made.count(201) == 9 and made[-1] == 409, made
    theirs = place.stranger.get("/webhooks").json["items"][0]["id"]
    assert place.worker.delete(f"/webhooks/{theirs}").status == 404


@test
def who_is_to_act_next_has_a_notice(place):
    record = place.record("told of", standard="servers and intervals")
    mine = until(lambda: [one for one in place.worker.get("/notices").json["items"]
                          if one["record"] == record])
    assert mine and mine[0]["text"]["en"] and mine[0]["text"]["ja"] and not mine[0]["is_read"], mine
    assert place.stranger.get("/notices").json["items"] == []
    assert place.stranger.post(f"/notices/{mine[0]['id']}/read").status == 404
    assert place.worker.post(f"/notices/{mine[0]['id']}/read").status == 204
    again = [one for one in place.worker.get("/notices").json["items"] if one["id"] == mine[0]["id"]]
    assert again[0]["is_read"]


@test
def many_changes_of_one_record_are_one_notice(place):
    record = place.record("changed often", standard="x")
    for turn in range(5):
        version = place.worker.get(f"/records/{record}").headers["etag"].strip('"')
        assert place.worker.patch(f"/records/{record}", {"title": f"turn {turn}"}, version).status == 200
    until(lambda: [one for one in place.worker.get("/notices").json["items"] if one["record"] == record])
    time.sleep(2.5)
    mine = [one for one in place.worker.get("/notices").json["items"] if one["record"] == record]
    assert len(mine) == 1, mine


@test
def a_notice_goes_with_the_role(place):
    person = place.hub.person(place.admin, "leaver", [("exercise-operator", None)])
    record = place.record("not for long", standard="x")
    assert until(lambda: [one for one in person.get("/notices").json["items"] if one["record"] == record])
    given = place.admin.get(f"/people/{person.id}").json["roles"][0]["id"]
    place.admin.delete(f"/people/{person.id}/roles/{given}")
    assert person.get("/notices").json["items"] == []


def run(database=None):
    with Hub(sys.argv[1], options=("--exercise", "--call-loopback"), database=database) as hub:
        return test.run(Place(hub), log=hub.complaints)


if __name__ == "__main__":
    sys.exit(tap.on_engine(run))
