# SPDX-License-Identifier: Apache-2.0
"""The check of a ledger written anew, from docs/ledger.md alone, with nothing but Python's library
and openssl for Ed25519: what sekisho verify says must be what a stranger finds."""

import base64
import hashlib
import json
import pathlib
import subprocess
import tempfile


def leaf(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def parent(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root(leaves):
    """RFC 9162 2.1.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return parent(root(leaves[:split]), root(leaves[split:]))


def inclusion(leaves, index):
    """RFC 9162 2.1.3.1."""
    if len(leaves) < 2:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return inclusion(leaves[:split], index) + [root(leaves[split:])]
    return inclusion(leaves[split:], index - split) + [root(leaves[:split])]


def consistency(leaves, old, is_known=True):
    """RFC 9162 2.1.4.1."""
    if old in (0, len(leaves)):
        return [] if is_known else [root(leaves)]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= split:
        return consistency(leaves[:split], old, is_known) + [root(leaves[split:])]
    return consistency(leaves[split:], old - split, False) + [root(leaves[:split])]


def is_signed(text, signature, key):
    with tempfile.TemporaryDirectory() as folder:
        where = pathlib.Path(folder)
        (where / "text").write_bytes(text)
        (where / "signature").write_bytes(signature)
        (where / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + key)
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key",
             "-rawin", "-in", "text", "-sigfile", "signature"],
            cwd=where, capture_output=True, check=False).returncode == 0  # fmt: skip


def checkpoint(note, public):
    """(size, root) of what the key has signed."""
    name, key_id, key = public.split("+", 2)
    key = base64.b64decode(key, validate=True)
    assert hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_id
    text, signatures = note[: note.rindex(b"\n\n") + 1], note[note.rindex(b"\n\n") + 2 :]
    for line in signatures.decode().splitlines():
        dash, signer, value = line.split(" ")
        value = base64.b64decode(value, validate=True)
        if (dash, signer, value[:4].hex()) == ("\u2014", name, key_id):
            assert key[0] == 1 and is_signed(text, value[4:], key[1:])
            origin, size, tree = text.decode().splitlines()[:3]
            assert origin == name
            return int(size), base64.b64decode(tree, validate=True)
    raise AssertionError("not signed by the key")


def witnessed(note, public):
    """When the witness signed the checkpoint, in seconds since 1970."""
    name, key_id, key = public.split("+", 2)
    key = base64.b64decode(key, validate=True)
    assert key[0] == 4 and hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_id
    text, signatures = note[: note.rindex(b"\n\n") + 1], note[note.rindex(b"\n\n") + 2 :]
    for line in signatures.decode().splitlines():
        dash, signer, value = line.split(" ")
        value = base64.b64decode(value, validate=True)
        if (dash, signer, value[:4].hex()) == ("\u2014", name, key_id):
            time = int.from_bytes(value[4:12], "big")
            assert is_signed(f"cosignature/v1\ntime {time}\n".encode() + text, value[12:], key[1:])
            return time
    raise AssertionError("not signed by the witness")


def path(kind, index, width):
    digits = f"{index:03d}" if index < 1000 else f"x{index // 1000:03d}/{index % 1000:03d}"
    return f"tile/{kind}/{digits}" + (f".p/{width}" if width < 256 else "")


def entries(folder, size):
    """Canonical, each of them, or it is none."""
    for start in range(0, size, 256):
        width = min(256, size - start)
        octets = (folder / path("entries", start // 256, width)).read_bytes()
        for _ in range(width):
            length = int.from_bytes(octets[:2], "big")
            entry, octets = octets[2 : 2 + length], octets[2 + length :]
            assert entry == json.dumps(json.loads(entry), sort_keys=True, ensure_ascii=False,
                                       separators=(",", ":")).encode()  # fmt: skip
            yield entry
        assert not octets


def verify(folder, public):
    """All entries of a log that is whole."""
    size, signed = checkpoint((folder / "checkpoint").read_bytes(), public)
    found = list(entries(folder, size))
    hashes = [leaf(entry) for entry in found]
    assert root(hashes) == signed
    level = 0
    while hashes:
        for start in range(0, len(hashes), 256):
            part = hashes[start : start + 256]
            tile = folder / path(level, start // 256, len(part))
            assert tile.read_bytes() == b"".join(part)
        hashes = [root(hashes[i : i + 256]) for i in range(0, len(hashes) - 255, 256)]
        level += 1
    return found
