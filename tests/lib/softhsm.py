# SPDX-License-Identifier: Apache-2.0
"""A token in software for tests: SoftHSM 2 with its own configuration and folder."""

import os
import pathlib
import subprocess

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "246810"


def make(folder):
    """A token named sekisho below folder; what the environment needs to find it."""
    folder = pathlib.Path(folder)
    (folder / "tokens").mkdir(parents=True)
    (folder / "conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    environment = dict(os.environ, SOFTHSM2_CONF=str(folder / "conf"))
    # The token's own library keeps a few octets for good; ours are still told.
    (folder / "leaks").write_text("leak:libcrypto\nleak:libsofthsm\n")
    environment["LSAN_OPTIONS"] = f"suppressions={folder / 'leaks'}:print_suppressions=0"
    subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "sekisho", "--pin", PIN,
                    "--so-pin", PIN], env=environment, check=True, capture_output=True)  # fmt: skip
    return environment


def make_key(environment, label, number, kind="EC:edwards25519"):
    """A key made inside the token; its URI."""
    subprocess.run(["pkcs11-tool", "--module", MODULE, "--token-label", "sekisho", "--login",
                    "--pin", PIN, "--keypairgen", "--key-type", kind, "--label", label,
                    "--id", f"{number:02x}"], env=environment, check=True,
                   capture_output=True)  # fmt: skip
    return f"pkcs11:token=sekisho;object={label}"
