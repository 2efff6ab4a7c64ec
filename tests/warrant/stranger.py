#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A check of a warrant's signatures by somebody who has nothing of ours: DSSE after its protocol
(https://github.com/secure-systems-lab/dsse), keys after C2SP signed-note, passkeys after WebAuthn
level 2 section 7.2; Ed25519 and ECDSA by OpenSSL.

usage: stranger.py ENVELOPE KEY...   prints the keys that signed, and the payload
KEY is NAME+ID+KEY, or RP_ID=ORIGIN=ES256+KEY"""

import base64
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def pre_authentication_encoding(kind, payload):
    kind = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def url(octets):
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


class Key:
    def __init__(self, line):
        name, number, octets = line.split("+", 2)
        octets = base64.b64decode(octets, validate=True)
        assert octets[0] == 1, "not Ed25519"
        self.id, self.key = f"{name}+{number}", Ed25519PublicKey.from_public_bytes(octets[1:])

    def verify(self, signature, message):
        self.key.verify(base64.b64decode(signature["sig"], validate=True), message)


class Passkey:
    def __init__(self, line):
        self.rp_id, self.origin, text = line.split("=", 2)
        self.kind, octets = text.split("+", 1)
        octets = base64.b64decode(octets, validate=True)
        self.id = "webauthn:" + url(hashlib.sha256(text.encode()).digest()[:16])
        self.key = (ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + octets)
                    if self.kind == "ES256"
                    else Ed25519PublicKey.from_public_bytes(octets))  # fmt: skip

    def verify(self, signature, message):
        parts = signature["webauthn"]
        authenticator = base64.b64decode(parts["authenticatorData"], validate=True)
        raw = base64.b64decode(parts["clientDataJSON"], validate=True)
        client = json.loads(raw)
        is_right = (client["type"] == "webauthn.get"
                    and client["challenge"] == url(hashlib.sha256(message).digest())
                    and client["origin"] == self.origin and not client.get("crossOrigin")
                    and authenticator[:32] == hashlib.sha256(self.rp_id.encode()).digest()
                    and authenticator[32] & 5 == 5)  # fmt: skip
        if not is_right:
            raise InvalidSignature
        octets = base64.b64decode(signature["sig"], validate=True)
        signed = authenticator + hashlib.sha256(raw).digest()
        if self.kind == "ES256":
            self.key.verify(octets, signed, ec.ECDSA(hashes.SHA256()))
        else:
            self.key.verify(octets, signed)


def signers(envelope, keys):
    """The ids of those keys whose signatures verify, each once; and what they signed."""
    payload = base64.b64decode(envelope["payload"], validate=True)
    message = pre_authentication_encoding(envelope["payloadType"], payload)
    known = {key.id: key for key in (Passkey(line) if "=" in line.split("+")[0] else Key(line)
                                     for line in keys)}  # fmt: skip
    found = set()
    for signature in envelope["signatures"]:
        if signature["keyid"] not in known:
            continue
        try:
            known[signature["keyid"]].verify(signature, message)
            found.add(signature["keyid"])
        except InvalidSignature:
            pass
    return found, json.loads(payload)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        who, what = signers(json.load(file), sys.argv[2:])
    print(*sorted(who), sep="\n")
    print(json.dumps(what, indent=2, ensure_ascii=False))
    sys.exit(not who)
