# SPDX-License-Identifier: Apache-2.0
"""A hub for tests: started on a port of its own, in a folder of its own, and people who use it.

    with Hub(sekisho) as hub:
        admin = hub.first()                      # the first administrator, signed in
        person = hub.person(admin, "aiko", [("exercise-operator", None)])
        answer = person.post("/records", {...})  # .status, .json
"""
import base64
import hashlib
import http.client
import json
import os
import secrets
import signal
import struct
import subprocess
import tempfile
import time
from pathlib import Path

PASSWORD = "correct horse battery"


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = dict((name.lower(), value) for name, value in response.getheaders())
        self.octets = response.read()

    @property
    def json(self):
        return json.loads(self.octets) if self.octets else None


class Person:
    """One browser's worth of somebody: cookie, CSRF token, and a passkey where he made one."""

    def __init__(self, hub, name=None):
        self.hub, self.name, self.cookie, self.csrf, self.id, self.key = hub, name, None, None, None, None

    def send(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.hub.port, timeout=60)
        all_headers = {"Host": f"localhost:{self.hub.port}"}
        if self.cookie:
            all_headers["Cookie"] = self.cookie
        if self.csrf and method != "GET":
            all_headers["Sekisho-CSRF"] = self.csrf
        octets = body
        if body is not None and not isinstance(body, (bytes, bytearray)):
            octets = json.dumps(body).encode()
            all_headers["Content-Type"] = "application/json"
        all_headers.update(headers or {})
        connection.request(method, path if path.startswith("//") else "/api/v1" + path
                           if not path.startswith("/=") else path[2:], octets, all_headers)
        response = connection.getresponse()
        answer = Answer(response)
        connection.close()
        cookie = answer.headers.get("set-cookie")
        if cookie:
            self.cookie = cookie.split(";")[0]
        return answer

    def get(self, path, **headers):
        return self.send("GET", path, headers=headers)

    def post(self, path, body=None, **headers):
        return self.send("POST", path, {} if body is None else body, headers)

    def patch(self, path, body, version, **headers):
        return self.send("PATCH", path, body, {"If-Match": f'"{version}"', **headers})

    def put(self, path, body, **headers):
        return self.send("PUT", path, body, headers)

    def delete(self, path, **headers):
        return self.send("DELETE", path, headers=headers)

    def signed_in(self, answer):
        assert answer.status == 200, (answer.status, answer.octets)
        self.csrf, self.id = answer.json["csrf"], answer.json["person"]["id"]
        return self

    def sign_in(self, name, password=PASSWORD):
        self.name = name
        return self.signed_in(self.post("/session/password", {"name": name, "password": password}))

    def passkey(self):
        """Makes a passkey and signs in by it, so that the session is a strong one."""
        options = self.post("/me/passkeys/options").json["publicKey"]
        self.key = Authenticator(options["rp"]["id"], self.hub.origin)
        answer = self.post("/me/passkeys", {"name": "test", "credential": self.key.make(options["challenge"])})
        assert answer.status == 201, (answer.status, answer.octets)
        options = self.post("/session/passkey/options").json["publicKey"]
        return self.signed_in(self.post("/session/passkey", self.key.sign(options["challenge"])))

    def vote(self, record, vote, reason="as the file shows"):
        options = self.post(f"/records/{record}/votes/options", {"vote": vote, "reason": reason})
        if options.status != 200:
            return options
        credential = self.key.sign(options.json["publicKey"]["challenge"])
        return self.post(f"/records/{record}/votes",
                         {"vote": vote, "reason": reason, "credential": credential})

    def step(self, record, event, facts=None, reason=""):
        return self.post(f"/records/{record}/steps", {"event": event, "facts": facts or {}, "reason": reason})


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class Authenticator:
    """A passkey (ES256) of WebAuthn level 2: what a browser and its authenticator would answer."""

    def __init__(self, rp_id, origin):
        from cryptography.hazmat.primitives.asymmetric import ec
        self.rp_id, self.origin, self.count = rp_id, origin, 0
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)

    def client(self, kind, challenge):
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin,
                           "crossOrigin": False}, separators=(",", ":")).encode()

    def data(self, flags):
        self.count += 1
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def make(self, challenge):
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        cose = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y
        data = self.data(0x45) + bytes(16) + struct.pack(">H", len(self.id)) + self.id + cose
        attestation = (b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58" +
                       bytes([len(data)]) + data)
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key",
                "clientExtensionResults": {}, "authenticatorAttachment": "platform",
                "response": {"clientDataJSON": b64(self.client("webauthn.create", challenge)),
                             "attestationObject": b64(attestation), "transports": ["internal"]}}

    def sign(self, challenge, handle=None):
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        client, data = self.client("webauthn.get", challenge), self.data(0x05)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key",
                "clientExtensionResults": {}, "authenticatorAttachment": "platform",
                "response": {"clientDataJSON": b64(client), "authenticatorData": b64(data),
                             "signature": b64(signature),
                             **({"userHandle": b64(handle.encode())} if handle else {})}}


class Hub:
    """before: words of a command that begins it."""

    def __init__(self, sekisho, folder=None, options=("--exercise",), database=None, before=()):
        self.sekisho, self.options, self.database = str(sekisho), list(options), database
        self.before = [str(word) for word in before]
        self.temporary = None if folder else tempfile.TemporaryDirectory()
        self.folder = Path(folder or self.temporary.name) / "hub"
        self.process, self.port, self.link, self.sensors_port = None, 0, None, None

    def __enter__(self):
        return self.start()

    def start(self):
        command = [*self.before, self.sekisho, "hub", "serve", "--listen", f"127.0.0.1:{self.port}", *self.options]
        if self.database:
            command += ["--database", self.database]
        self.log = open(self.folder.with_suffix(".log"), "ab")
        self.process = subprocess.Popen([*command, str(self.folder)], stdout=subprocess.PIPE,
                                        stderr=self.log, text=True)
        line = self.process.stdout.readline().strip()
        if not line:
            raise AssertionError("the hub did not start: " + self.folder.with_suffix(".log").read_text()[-2000:])
        self.port = int(line.rsplit(":", 1)[1])
        self.origin = f"http://localhost:{self.port}"
        os.set_blocking(self.process.stdout.fileno(), False)
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            for line in self.process.stdout:
                if line.startswith("sensors: "):
                    self.sensors_port = int(line.strip().rsplit(":", 1)[1])
                if line.startswith("first administrator: "):
                    self.link = line.strip().split("#", 1)[1]
            if self.link or self.people_made():
                break
            time.sleep(0.02)
        return self

    def people_made(self):
        return (self.folder.parent / "people-made").exists()

    def first(self):
        admin = Person(self, "admin")
        admin.signed_in(admin.post("/setup", {"token": self.link, "name": "admin",
                                              "display": "Administrator", "password": PASSWORD}))
        (self.folder.parent / "people-made").write_text("")
        return admin

    def person(self, admin, name, roles, organisation="1", **more):
        """Somebody with roles [(role, organisation or None)], signed in by password."""
        made = admin.post("/people", {"name": name, "display": name.capitalize(),
                                      "organisation": organisation, **more})
        assert made.status == 201, (made.status, made.octets)
        for role, where in roles:
            given = admin.post(f"/people/{made.json['id']}/roles", {"role": role, "organisation": where or 0})
            assert given.status == 201, (given.status, given.octets)
        link = admin.post(f"/people/{made.json['id']}/invitation").json["link"]
        person = Person(self, name)
        return person.signed_in(person.post("/setup", {"token": link.split("#", 1)[1], "name": "",
                                                       "display": "", "password": PASSWORD}))

    def complaints(self):
        """The last lines of its log that tell of more than what went well."""
        lines = self.folder.with_suffix(".log").read_text().splitlines()
        return [line for line in lines if '"info"' not in line][-5:]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)
        return self.process.returncode

    def __exit__(self, *unused):
        self.stop()
        self.log.close()
        if self.temporary:
            self.temporary.cleanup()
