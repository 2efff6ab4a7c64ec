#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Both engines on the disk of FOLDER, with every commit synced.
usage: database.py BENCH_DATABASE FOLDER"""

import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "lib"))
import postgres  # noqa: E402


def run(title, where):
    print(title, flush=True)
    subprocess.run([sys.argv[1], where], check=True)


def main():
    with tempfile.TemporaryDirectory(dir=sys.argv[2]) as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)  # the server's user passes through it
        run("SQLite", f"sqlite:{folder}/bench.db")
        if why := postgres.why_not():
            print(f"PostgreSQL: skipped, {why}")
            return
        with postgres.Server(folder / "pg", fsync=True) as server:
            server.create("bench")
            run("PostgreSQL, TCP on loopback", server.uri("bench"))
            server.create("again")
            run("PostgreSQL, unix socket", server.uri("again", over_socket=True))


if __name__ == "__main__":
    main()
