# SPDX-License-Identifier: Apache-2.0
"""What the checks of the house share: the table of borders, the exceptions, and reading C."""
import ast
import os
import re
import sys
from pathlib import Path

STAGES = {"decode", "meter", "gate", "select", "behaviour", "minimise", "assess"}

# The only places where a pure module touches the C library beyond bytes and numbers: to say
# why the program must die, to format text into given room, and to write an address.
#   file          headers beyond the pure ones                     symbols beyond the pure ones
EXCEPTIONS = {
    "base/must.c": ({"stdlib.h", "unistd.h"}, {"abort", "write", "_exit"}),
    "base/text.c": ({"stdio.h", "stdarg.h"}, {"vsnprintf"}),
    "base/error.c": ({"stdio.h", "stdarg.h"}, {"vsnprintf", "strerror_r"}),
    "base/ip.c": ({"arpa/inet.h"}, {"inet_ntop", "inet_pton"}),
}


class Border:
    """One row of the table in src/meson.build."""

    def __init__(self, row):
        self.name, self.uses, self.purity, self.libraries = row
        self.is_pure = self.purity == "pure"


def read_borders(root):
    """The rows of `borders = [...]`, in order; one row a line."""
    text = (root / "src/meson.build").read_text(encoding="utf-8")
    table = re.search(r"^borders = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    if not table:
        sys.exit("src/meson.build: no table `borders = [`")
    rows = []
    for line in table.group(1).splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            rows.append(Border(ast.literal_eval(line.rstrip(","))))
    return rows


def closure(borders, name):
    """The module and everything it may reach through what it uses."""
    by_name = {border.name: border for border in borders}
    reached, todo = set(), [name]
    while todo:
        module = todo.pop()
        if module not in reached:
            reached.add(module)
            todo += by_name[module].uses
    return reached


def sources(root, *folders, suffixes=(".c", ".h")):
    """All C files below these folders, in a fixed order."""
    found = []
    for folder in folders:
        found += [path for path in (root / folder).rglob("*") if path.suffix in suffixes]
    return sorted(found)


def bare(text):
    """C without comments and without what strings and characters say; lines stay in place."""

    def blank(match):
        word = match.group(0)
        if word[0] in "\"'":
            return word[0] + " " * (len(word) - 2) + word[0]
        return re.sub(r"[^\n]", " ", word)

    return re.sub(
        r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text, flags=re.DOTALL
    )


def blocks(text):
    """(start, end) of each outermost function body of bare C, its header included; and of
    nothing else: tables and types are not functions."""
    depth, start, last = 0, 0, 0
    for match in re.finditer(r"[{};]", text):
        if match.group() == "{":
            depth += 1
            if depth == 1:
                start = last
        elif match.group() == "}":
            depth -= 1
            if depth == 0:
                head = text[start : text.index("{", start)]
                if head.rstrip().endswith(")"):
                    yield start, match.end()
                last = match.end()
        elif depth == 0:
            last = match.end()


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


class Report:
    """Collects what a check refuses; ends the program."""

    def __init__(self, check, root):
        self.check, self.root, self.refusals, self.looked_at = check, root, [], 0

    def refuse(self, path, line, why):
        where = os.path.relpath(path, self.root)
        self.refusals.append(f"{where}:{line}: {why}")

    def end(self):
        for refusal in self.refusals:
            print(refusal)
        if not self.looked_at:
            print(f"{self.check}: found nothing to look at")
        print(f"{self.check}: {self.looked_at} looked at, {len(self.refusals)} refused")
        sys.exit(1 if self.refusals or not self.looked_at else 0)


def root_of_tree():
    """The tree to check: this one, or the folder named by SEKISHO_ROOT (for self-tests)."""
    return Path(os.environ.get("SEKISHO_ROOT", Path(__file__).resolve().parent.parent))
