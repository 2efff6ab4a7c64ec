#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A check of a warrant's signatures by somebody who has nothing of ours: DSSE after its protocol
(https://github.com/secure-systems-lab/dsse), Ed25519 by OpenSSL, keys after C2SP signed-note.

usage: stranger.py ENVELOPE NAME+ID+KEY...   prints the keys that signed, and the payload"""

import base64
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def pre_authentication_encoding(kind, payload):
    kind = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def public_key(line):
    """The key's id in an envelope, and the key."""
    name, number, octets = line.split("+", 2)
    octets = base64.b64decode(octets, validate=True)
    assert octets[0] == 1, "not Ed25519"
    return f"{name}+{number}", Ed25519PublicKey.from_public_bytes(octets[1:])


def signers(envelope, keys):
    """The ids of those keys whose signatures verify, each once; and what they signed."""
    payload = base64.b64decode(envelope["payload"], validate=True)
    message = pre_authentication_encoding(envelope["payloadType"], payload)
    known, found = dict(map(public_key, keys)), set()
    for signature in envelope["signatures"]:
        if signature["keyid"] not in known:
            continue
        try:
            octets = base64.b64decode(signature["sig"], validate=True)
            known[signature["keyid"]].verify(octets, message)
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
