# SPDX-License-Identifier: Apache-2.0
"""An authenticator and a browser in one: makes keys, and assertions as WebAuthn level 2 says."""

import base64
import hashlib
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

PRESENT, VERIFIED = 0x01, 0x04


def standard(octets):
    return base64.b64encode(octets).decode()


def url(octets):
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


class Passkey:
    def __init__(self, name, rp_id="hub.example.org", origin="https://hub.example.org",
                 kind="ES256"):  # fmt: skip
        self.name, self.rp_id, self.origin, self.kind = name, rp_id, origin, kind
        self.secret = (ec.generate_private_key(ec.SECP256R1()) if kind == "ES256"
                       else ed25519.Ed25519PrivateKey.generate())  # fmt: skip
        self.count = 0

    def octets(self):
        public = self.secret.public_key()
        if self.kind == "ES256":
            return public.public_bytes(serialization.Encoding.X962,
                                       serialization.PublicFormat.UncompressedPoint)[1:]  # fmt: skip
        return public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def text(self):
        return f"{self.kind}+{standard(self.octets())}"

    def key_id(self):
        return "webauthn:" + url(hashlib.sha256(self.text().encode()).digest()[:16])

    def pem(self):
        return self.secret.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()  # fmt: skip

    def sign(self, challenge, flags=PRESENT | VERIFIED, **members):
        """The assertion: authenticatorData, clientDataJSON, signature."""
        self.count += 1
        client = json.dumps({"type": "webauthn.get", "challenge": url(challenge),
                             "origin": self.origin, "crossOrigin": False, **members},
                            separators=(",", ":")).encode()  # fmt: skip
        authenticator = (hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags])
                         + self.count.to_bytes(4, "big"))  # fmt: skip
        signed = authenticator + hashlib.sha256(client).digest()
        if self.kind == "ES256":
            return authenticator, client, self.secret.sign(signed, ec.ECDSA(hashes.SHA256()))
        return authenticator, client, self.secret.sign(signed)

    def signature(self, message, **more):
        """As it stands in an envelope."""
        authenticator, client, octets = self.sign(hashlib.sha256(message).digest(), **more)
        return {"keyid": self.key_id(), "sig": standard(octets),
                "webauthn": {"authenticatorData": standard(authenticator),
                             "clientDataJSON": standard(client)}}  # fmt: skip
