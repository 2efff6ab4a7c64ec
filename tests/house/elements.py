#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/make-elements refuses a wrong row by file and line, and writes nothing.  Speaks TAP."""
import subprocess
import sys
import tempfile
from pathlib import Path

TOOL = Path(__file__).resolve().parent.parent.parent / "tools/make-elements"
NAMES = "0,IANA\n9,Cisco\n4294967295,NetFlow v9\n"

# What is wrong, the second row of the table, what the refusal says.
DEEDS = [
    ("a double", "0,1,again,unsigned8", "table.csv:2: (0, 1) stands already at"),
    ("a type nobody knows", "0,2,packets,unsigned65", "table.csv:2: 'unsigned65' is no abstract type"),
    ("a name with blanks", "0,2,two words,unsigned8", "is no name of an element"),
    ("an id past its bits", "9,32768,high,unsigned8", "'32768' is not a number from 0 to 32767"),
    ("a low type of NetFlow v9", "netflow9,8,low,unsigned8", "from 32768 to 65535"),
    ("a column too few", "0,2,packets", "3 columns"),
    ("a reverse element", "29305,1,reverseOctets,unsigned64", "need no rows"),
    ("an enterprise without a name", "77,1,alien,unsigned8", "no row in enterprises.csv"),
    ("an empty row", "", "0 columns"),
]


def run(second):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "enterprises.csv").write_text(NAMES)
        (folder / "table.csv").write_text(f"0,1,octetDeltaCount,unsigned64\n{second}\n")
        paths = [folder / "out.c", folder / "enterprises.csv", folder / "table.csv"]
        done = subprocess.run([TOOL, *paths], capture_output=True, text=True, check=False)
        return done.returncode, done.stderr, paths[0].exists()


def main():
    print(f"1..{len(DEEDS) + 1}")
    failed = 0
    code, said, written = run("netflow9,40000,username,string")
    good = code == 0 and written
    print("ok" if good else "not ok", 1, "- good rows are written")
    failed += not good
    for number, (what, row, refusal) in enumerate(DEEDS, 2):
        code, said, written = run(row)
        good = code != 0 and refusal in said and not written
        print("ok" if good else "not ok", number, f"- {what} is refused")
        if not good:
            print(f"# said {said!r}, not {refusal!r}")
        failed += not good
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
