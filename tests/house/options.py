#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every option a command's --help names stands in its man page and in the completion, and they
name no other.  Prints TAP.  usage: options.py SEKISHO ROOT"""

import pathlib
import re
import subprocess
import sys

SEKISHO, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
COMMANDS = ["watch", "explain", "query", "retention", "reidentify", "indicators", "inspect", "infrastructure",
            "replay", "sensor", "simulate", "verify", "key", "law", "ledger", "selector",
            "warrant", "evaluate", "verdict", "uplink",
            "hub"]
LONG = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")


def named_by_help(command):
    return set(LONG.findall(subprocess.run([SEKISHO, command, "--help"], capture_output=True,
                                           text=True, check=True).stdout))


def named_by_man(command):
    page = (ROOT / "docs/man" / f"sekisho-{command}.1").read_text().replace("\\-", "-")
    heads = re.findall(r"^\.TP\n(.*)$", page, re.M)  # man(7)
    heads += [re.sub(r"(?<=\s)-", "--", line)  # mdoc(7)
              for line in re.findall(r"^\.It (Fl .*)$", page, re.M)]
    return {name for head in heads for name in LONG.findall(head)}


def named_by_completion(command):
    text = (ROOT / "completions/sekisho.bash").read_text()
    found = re.search(rf'^    {command}\)\s*options="([^"]*)"', text, re.M)
    return set(found.group(1).split())


print(f"1..{len(COMMANDS)}")
failed = 0
for number, command in enumerate(COMMANDS, 1):
    said = named_by_help(command)
    missing = [f"{where}: {sorted(names ^ said)}"
               for where, names in (("man", named_by_man(command)),
                                    ("completion", named_by_completion(command)))
               if names != said]
    failed += bool(missing)
    print(f"{'not ' if missing else ''}ok {number} - {command} is documented as it is")
    for line in missing:
        print(f"# {line}")
sys.exit(failed > 0)
