#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signing in at the hub by OpenID Connect: a certified provider (tests/identity/provider.mjs, over
TLS), a hub behind a proxy's headers, and browsers that keep their cookies.  Skipped, and said,
without node or its modules (npm ci in tests/identity).
usage: oidc.py SEKISHO"""
import http.client
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import tap  # noqa: E402
from hub import PASSWORD, Hub, Person  # noqa: E402

START, BACK = "/api/v1/session/oidc/start", "/api/v1/session/oidc/callback"
ORIGIN = "https://hub.example"
ATTEMPT, SESSION = "__Host-sekisho-oidc", "__Host-sekisho"
test = tap.Tests()


class Provider:
    def __init__(self, folder):
        node = shutil.which("node")
        self.missing = None if node else "node is not installed"
        if self.missing:
            return
        self.process = subprocess.Popen([node, ROOT / "tests/identity/serve.mjs", folder, ORIGIN + BACK],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.words = json.loads(self.process.stdout.readline())
        self.missing = self.words.get("missing")

    def ask(self, what, **words):
        print(json.dumps({"do": what, **words}), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def turn(self, how):
        self.ask("turn", how=how)

    def options(self, folder):
        secret = Path(folder) / "secret"
        secret.write_text(self.words["secret"] + "\n")
        return ["--oidc-issuer", self.words["issuer"], "--oidc-client", self.words["client"],
                "--oidc-secret-file", str(secret), "--oidc-authority", self.words["authority"]]

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)


class Browser:
    """Keeps cookies; from one address, by TLS that ends at a proxy."""

    def __init__(self, place, address="192.0.2.1", scheme="https"):
        self.place, self.jar, self.set = place, {}, {}
        self.proxy = {"X-Forwarded-For": address, "X-Forwarded-Proto": scheme}

    def send(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.place.hub.port, timeout=30)
        cookies = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        connection.request(method, path, body and json.dumps(body),
                           {"Host": "hub.example", **self.proxy, **headers, **({"Cookie": cookies} if cookies else {})})
        response = connection.getresponse()
        self.set = {}
        for line in response.headers.get_all("Set-Cookie", []):
            pair, *marks = line.split("; ")
            name, value = pair.split("=", 1)
            self.set[name] = marks
            self.jar.pop(name, None)
            if "Max-Age=0" not in marks:
                self.jar[name] = value
        octets = response.read()
        connection.close()
        where = response.headers.get("Location", "")
        body = json.loads(octets) if octets else None
        return response.status, where, body

    def begin(self):
        status, where, body = self.send("GET", START)
        assert status == 303 and where.startswith(self.place.provider.words["issuer"]), (status, where, body)
        return where

    def at_provider(self, login="hanako", **how):
        """From the hub to the provider, which sends this back."""
        return self.place.provider.ask("browse", url=self.begin(), login=login, **how)

    def come_back(self, query):
        status, where, body = self.send("GET", f"{BACK}?{urlencode(query)}")
        assert status == 303, (status, where, body)
        return where

    def session(self):
        status, _, body = self.send("GET", "/api/v1/session")
        assert status in (200, 401), body
        return body if status == 200 else None


class Place:
    def __init__(self, hub, provider):
        self.hub, self.provider = hub, provider
        self.admin = hub.first()
        self.hanako = self.link("hanako")

    def link(self, name):
        person = self.hub.person(self.admin, name, [("exercise-operator", None)])
        self.change(person, {"outside": f"{self.provider.words['issuer']} {name}"})
        return person

    def change(self, person, what):
        version = self.admin.get(f"/people/{person.id}").headers["etag"].strip('"')
        changed = self.admin.patch(f"/people/{person.id}", what, version)
        assert changed.status == 200, changed.octets

    def is_refused(self, browser, query, word):
        where = browser.come_back(query)
        assert where == f"/sign-in?error={word}", where
        assert browser.session() is None, "and yet signed in"


@test
def a_provider_that_is_away_is_told_in_the_page(place):
    place.provider.turn("away")
    assert Browser(place).send("GET", START)[:2] == (303, "/sign-in?error=provider")
    place.provider.turn("honest")
    Browser(place).begin()


@test
def who_is_linked_signs_in(place):
    browser = Browser(place)
    query = browser.at_provider()
    assert set(query) == {"code", "state", "iss"}, query
    assert browser.come_back(query) == "/"
    session = browser.session()
    assert session["person"]["name"] == "hanako" and session["strength"] == "provider", session


@test
def the_attempt_has_state_nonce_and_a_challenge_and_its_cookie_is_none_of_them(place):
    browser = Browser(place)
    asked = {name: value[0] for name, value in parse_qs(urlsplit(browser.begin()).query).items()}
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256", asked
    assert asked["redirect_uri"] == ORIGIN + BACK and "openid" in asked["scope"].split(), asked
    secrets = {asked[name] for name in ("state", "nonce", "code_challenge")}
    assert len(secrets) == 3 and all(len(one) == 43 for one in secrets), asked
    assert not any(one in browser.jar[ATTEMPT] or browser.jar[ATTEMPT] in one for one in secrets)


@test
def its_cookie_comes_back_by_a_link_to_no_script_and_to_no_other_host(place):
    browser = Browser(place)
    query = browser.at_provider()
    assert sorted(browser.set[ATTEMPT]) == ["HttpOnly", "Max-Age=300", "Path=/", "SameSite=Lax", "Secure"], browser.set
    assert browser.come_back(query) == "/" and ATTEMPT not in browser.jar, "it is cleared"
    assert "SameSite=Strict" in browser.set[SESSION] and "HttpOnly" in browser.set[SESSION], browser.set
    plain = Browser(place, scheme="http")
    plain.begin()
    assert list(plain.set) == ["sekisho-oidc"], plain.set


@test
def who_is_not_linked_is_nobody(place):
    browser = Browser(place)
    place.is_refused(browser, browser.at_provider("mallory"), "unknown")


@test
def who_was_put_out_is_nobody(place):
    gone = place.link("gone")
    browser = Browser(place)
    query = browser.at_provider("gone")
    place.change(gone, {"is_active": False})
    place.is_refused(browser, query, "unknown")


@test
def whose_link_is_taken_away_is_out(place):
    unlinked = place.link("unlinked")
    browser = Browser(place)
    assert browser.come_back(browser.at_provider("unlinked")) == "/" and browser.session()
    place.change(unlinked, {"display": "Another name"})
    assert browser.session(), "what is not told stays"
    place.change(unlinked, {"outside": None})
    assert browser.session() is None
    place.is_refused(browser, browser.at_provider("unlinked"), "unknown")
    assert unlinked.get("/session").status == 200, "other sessions stay"


@test
def nobody_is_signed_in_by_an_answer_to_somebody_elses_browser(place):
    mallory, victim, other = Browser(place), Browser(place), Browser(place)
    query = mallory.at_provider()
    place.is_refused(victim, query, "expired")
    other.begin()
    place.is_refused(other, query, "provider")
    assert mallory.come_back(query) == "/", "what others tried took nothing from him"


@test
def an_answer_counts_once(place):
    browser = Browser(place)
    query = browser.at_provider()
    kept = browser.jar[ATTEMPT]
    assert browser.come_back(query) == "/"
    del browser.jar[SESSION]
    place.is_refused(browser, query, "expired")
    browser.jar[ATTEMPT] = kept
    place.is_refused(browser, query, "expired")
    browser.begin()
    place.is_refused(browser, query, "provider")


@test
def a_state_of_no_attempt_and_none_at_all_are_refused(place):
    for change in ({"state": "A" * 43}, {"state": ""}, None):
        browser = Browser(place)
        query = browser.at_provider()
        if change is None:
            del query["state"]
        place.is_refused(browser, query | (change or {}), "provider")
    assert Browser(place).come_back({}) == "/sign-in?error=expired"


@test
def an_answer_that_names_another_issuer_or_none_is_refused(place):
    """RFC 9207: this provider says that it names itself."""
    browser = Browser(place)
    query = browser.at_provider()
    place.is_refused(browser, query | {"iss": "https://other.example"}, "provider")
    query = browser.at_provider()
    del query["iss"]
    place.is_refused(browser, query, "provider")


@test
def a_token_for_another_attempt_is_refused(place):
    browser = Browser(place)
    query = browser.at_provider()
    place.provider.turn("another nonce")
    place.is_refused(browser, query, "provider")
    place.provider.turn("honest")
    assert "for another attempt" in place.hub.folder.with_suffix(".log").read_text()


@test
def who_leaves_at_the_provider_is_told_so(place):
    browser = Browser(place)
    query = browser.at_provider(leaves=True)
    assert query["error"] == "access_denied", query
    place.is_refused(browser, query, "refused")
    query = browser.at_provider(leaves=True)
    place.is_refused(browser, query | {"iss": "https://other.example"}, "provider")


@test
def a_provider_that_is_silent_holds_up_few(place):
    crowd = [Browser(place) for _ in range(5)]
    queries = [browser.at_provider() for browser in crowd]
    place.provider.turn("silent")
    threads = [threading.Thread(target=browser.come_back, args=[query])
               for browser, query in zip(crowd[:4], queries)]  # fmt: skip
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 8
    while place.provider.ask("waiting") < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    began = time.monotonic()
    where = crowd[4].come_back(queries[4])
    assert Browser(place).session() is None and time.monotonic() - began < 5, "others wait as well"
    place.provider.turn("honest")
    for thread in threads:
        thread.join()
    assert where == "/sign-in?error=busy", where
    assert crowd[4].come_back(queries[4]) == "/", "and may still come back"


@test
def each_way_in_gives_a_new_session_and_ends_the_one_before(place):
    browser = Browser(place, scheme="http")
    planted = "ses_" + "A" * 43
    browser.jar["sekisho"] = planted
    assert browser.come_back(browser.at_provider()) == "/"
    first = browser.jar["sekisho"]
    assert first != planted
    status, _, body = browser.send("POST", "/api/v1/session/password", {"name": "hanako", "password": PASSWORD},
                                   **{"Content-Type": "application/json"})  # fmt: skip
    second = browser.jar["sekisho"]
    assert status == 200 and second != first, body
    browser.jar["sekisho"] = first
    assert browser.session() is None, "the session before goes on"
    browser.jar["sekisho"] = second
    assert browser.send("DELETE", "/api/v1/session", **{"Sekisho-CSRF": body["csrf"]})[0] == 204
    assert "sekisho" not in browser.jar
    browser.jar["sekisho"] = second
    assert browser.session() is None, "log-out left it"


@test
def a_session_on_a_providers_word_does_not_vote(place):
    voter = place.hub.person(place.admin, "voter", [("exercise-controller", None)])
    place.change(voter, {"outside": f"{place.provider.words['issuer']} voter"})
    record = place.hanako.post("/records", {"procedure": "measure", "title": "a measure"}).json["id"]
    browser = Browser(place, scheme="http")
    assert browser.come_back(browser.at_provider("voter")) == "/"
    web = Person(place.hub, "voter")
    web.cookie, web.csrf = f"sekisho={browser.jar['sekisho']}", browser.session()["csrf"]
    vote = {"vote": "approve", "reason": "as the file shows"}
    refused = web.post(f"/records/{record}/votes/options", vote)
    assert refused.status == 403 and refused.json["rule"] == "passkey", refused.octets
    strong = web.passkey().post(f"/records/{record}/votes/options", vote)
    assert strong.json.get("rule") != "passkey", strong.octets


@test
def one_address_begins_so_many_and_others_go_on(place):
    flood = [Browser(place, "198.51.100.7").send("GET", START)[0] for _ in range(60)]
    assert flood[:50] == [303] * 50 and 429 in flood[50:], flood
    browser = Browser(place, "198.51.100.8")
    assert browser.come_back(browser.at_provider()) == "/"


@test
def attempts_have_a_cap_and_other_ways_in_stay_open(place):
    with sqlite3.connect(place.hub.folder / "hub.db", timeout=10) as database:
        row = "INSERT INTO challenge (id, person, purpose, subject, challenge, expires) VALUES (?, 0, 'oidc', '', x'00', ?)"
        database.executemany(row, [(f"flood {n}", 2**62) for n in range(20000)])
    database.close()
    assert Browser(place, "198.51.100.9").send("GET", START)[0] == 503
    assert Browser(place).send("POST", "/api/v1/session/passkey/options", {}, **{"Content-Type": "application/json"})[0] == 200


@test
def an_attempt_ends_after_five_minutes(place):
    browser = Browser(place, "198.51.100.10")
    with sqlite3.connect(place.hub.folder / "hub.db", timeout=10) as database:
        database.execute("DELETE FROM challenge WHERE id LIKE 'flood %'")
    database.close()
    query = browser.at_provider()
    place.hub.stop()
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 301))
    place.hub.options += ["--now", later]
    place.hub.start()
    place.is_refused(browser, query, "expired")
    assert browser.come_back(browser.at_provider()) == "/"


def run(provider, folder):
    options = ["--exercise", "--trust-proxy", "--origin", ORIGIN, *provider.options(folder)]
    with Hub(sys.argv[1], options=options) as hub:
        hub.origin = ORIGIN  # of passkeys
        return test.run(Place(hub, provider), log=hub.complaints, after=lambda: provider.turn("honest"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        provider = Provider(folder)
        if provider.missing:
            return tap.skip_all(provider.missing)
        try:
            return run(provider, folder)
        finally:
            provider.end()


if __name__ == "__main__":
    sys.exit(main())
