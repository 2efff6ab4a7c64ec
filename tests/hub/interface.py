#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""data/openapi.json against the hub: the same routes and parameters, and each answer of the other
tests' sessions is as it says; a member that it does not name is refused.
usage: interface.py SEKISHO [sqlite]"""
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/lib"), str(ROOT / "tests/hub")]
import api  # noqa: E402
import hub as hubs  # noqa: E402

DOCUMENT = json.loads((ROOT / "data/openapi.json").read_text())
METHODS = ("get", "post", "put", "patch", "delete")


def find(path, method):
    """The operation that a path is asked of: one without variables before one with."""
    for pattern in sorted(DOCUMENT["paths"], key=lambda one: one.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path) and method in DOCUMENT["paths"][pattern]:
            return DOCUMENT["paths"][pattern][method]
    return None


def resolve(one):
    while "$ref" in one:
        found = DOCUMENT
        for part in one["$ref"].split("/")[1:]:
            found = found[part]
        one = found
    return one


def routes_are_the_same(sekisho):
    told = subprocess.run([sekisho, "hub", "routes"], capture_output=True, text=True, check=True).stdout
    ours = {(words[0], words[1], words[2], tuple(sorted(words[3:])))
            for words in (line.split() for line in told.splitlines())}
    theirs = {(method.upper(), path, operation["operationId"],
               tuple(sorted(one["name"] for one in operation.get("parameters", [])
                            if one.get("in") == "query")))
              for path, item in DOCUMENT["paths"].items()
              for method, operation in item.items() if method in METHODS}
    return [f"only in the program: {one}" for one in sorted(ours - theirs)] + [
        f"only in the document: {one}" for one in sorted(theirs - ours)]


def everything_is_described():
    wrong, names = [], []
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            names.append(operation["operationId"])
            variables = set(re.findall(r"\{(\w+)\}", path))
            named = {one["name"] for one in operation.get("parameters", []) if one.get("in") == "path"}
            if variables != named:
                wrong.append(f"{path}: variables {variables ^ named}")
            if "security" not in operation or not any(status < "400" for status in operation["responses"]):
                wrong.append(f"{method} {path}: no security or no answer")
    for text in re.findall(r'"\$ref": "([^"]+)"', json.dumps(DOCUMENT)):
        try:
            resolve({"$ref": text})
        except KeyError:
            wrong.append(f"{text}: there is none")
    return wrong + [name for name in set(names) if names.count(name) > 1]


class Conformance:
    def __init__(self, validator):
        self.validator, self.wrong, self.seen = validator, [], set()

    def look(self, method, path, answer):
        path = (path[2:] if path.startswith("/=") else "/api/v1" + path).split("?")[0]
        operation = find(path, method.lower())
        if operation is None:
            return
        where = f"{method} {path}: {answer.status}"
        described = operation["responses"].get(str(answer.status))
        if described is None:
            self.wrong.append(f"{where} is not described")
            return
        kind = answer.headers.get("content-type", "").split(";")[0]
        if "json" not in kind or not answer.octets:
            return
        content = resolve(described).get("content", {}).get(kind)
        if content is None:
            self.wrong.append(f"{where} as {kind} is not described")
            return
        self.seen.add((operation["operationId"], answer.status))
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        for error in self.validator(schema).iter_errors(answer.json):
            self.wrong.append(f"{where} at {'/'.join(map(str, error.path))}: {error.message[:160]}")


def answers_are_as_described(sekisho, validator):
    conformance, send = Conformance(validator), hubs.Person.send

    def looked_at(person, method, path, body=None, headers=None):
        answer = send(person, method, path, body, headers)
        conformance.look(method, path, answer)
        return answer

    hubs.Person.send = looked_at
    with hubs.Hub(sekisho, options=("--exercise", "--call-loopback")) as hub:
        place = api.Place(hub)
        for one in api.test.tests:
            one(place)
        record = place.record("looked at", standard="x").json["id"]
        for path in ("/law", "/procedures", "/procedures/measure", "/situation", "/findings", "/flows",
                     "/sensors", "/warrants", "/people", "/organisations", "/session", "/notices",
                     "/webhooks", "/tasks", "/me/tokens", "/me/passkeys", f"/records/{record}",
                     f"/records/{record}/steps", f"/records/{record}/timeline",
                     f"/records/{record}/notes", f"/records/{record}/graph"):
            place.worker.get(path)
        served = place.worker.get("/=/openapi.json")
        if served.status != 200 or served.json != DOCUMENT:
            conformance.wrong.append("/openapi.json is another")
        broken = hubs.Person(hub)
        answer = send(broken, "GET", "/=/healthz")
        answer.octets = b'{"status":"ok","more":1}'
        before = len(conformance.wrong)
        conformance.look("GET", "/=/healthz", answer)
        if len(conformance.wrong) == before:
            conformance.wrong.append("a member that nobody described was not seen")
        else:
            del conformance.wrong[before:]
    print(f"# {len(conformance.seen)} operations and answers looked at")
    return conformance.wrong


def main():
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        print("1..0 # SKIP python3-jsonschema is not installed")
        return 0
    if sys.argv[2:] == ["postgresql"]:
        print("1..0 # SKIP the document is the same on both")
        return 0
    checks = [("the document has the routes and parameters of the program",
               lambda: routes_are_the_same(sys.argv[1])),
              ("each operation is described, and what is referred to is there", everything_is_described),
              ("each answer is as it is described",
               lambda: answers_are_as_described(sys.argv[1], Draft202012Validator))]
    print(f"1..{len(checks)}")
    failed = 0
    for number, (name, check) in enumerate(checks, 1):
        wrong = check()
        failed += bool(wrong)
        print(f"{'not ' if wrong else ''}ok {number} - {name}", flush=True)
        for line in wrong[:25]:
            print(f"# {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
