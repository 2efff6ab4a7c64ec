#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Changes the law's data in one place at a time and plays all scenarios: each change must make
one of them fail, or the rule it changes is shown by nothing.  A change that the loader refuses
does not count.  Prints TAP.  usage: mutations.py SCENARIO ROOT SCENARIO-FILE..."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FEW = 4  # scenarios at a time
PLAYER, LAW, FILES = sys.argv[1], pathlib.Path(sys.argv[2]) / "law", sys.argv[3:]


def numbers(text, name, by):
    """Each `name: N` with N changed by so much."""
    for match in re.finditer(rf"\b{name}: (\d+)", text):
        changed = f"{name}: {int(match.group(1)) + by}"
        yield f"{name} {match.group(1)} {by:+}", splice(text, match.span(), changed)


def splice(text, span, new):
    return text[: span[0]] + new + text[span[1]:]


def removals(text, pattern):
    for match in re.finditer(pattern, text, re.M):
        yield " ".join(match.group().split())[:70] + " removed", splice(text, match.span(), "")


def rules(text):
    """Each rule of each step, taken out of its list; but basis: a step has days of its own."""
    for match in re.finditer(r"rules: \[(.*)\]", text):
        names = match.group(1).split(", ")
        for name in set(names) - {"basis"}:
            rest = ", ".join(other for other in names if other != name)
            yield f"rule {name} removed", splice(text, match.span(), f"rules: [{rest}]")


def swaps(text, pattern, new):
    for match in re.finditer(pattern, text, re.M):
        yield f"{match.group().strip()} -> {new.strip()}", splice(text, match.span(), new)


def of_bases(text):
    for name in ("period_months", "extension_months", "share_permille"):
        yield from numbers(text, name, 1)
    for name in ("signatures", "items", "kinds"):
        yield from numbers(text, name, -1)
    yield from swaps(text, r"in_force_from: 2027-11-22", "in_force_from: 2026-01-01")
    yield from swaps(text, r"directions: \[F[FD]\]", "directions: [FF, FD, DF]")
    yield from swaps(text, r"directions: \[DF\]", "directions: [FF, FD, DF]")
    yield from swaps(text, r"approver: (?!owner)\S+", "approver: owner")


def of_procedures(text):
    yield from rules(text)
    yield from removals(text, r"^      - \{ (fact|told|before|after).*\n.*words.*\n")
    yield from swaps(text, r"^    role: \S+", '    role: "*"')
    yield from removals(text, r"^    second_role: \S+\n")
    yield from swaps(text, r"^    entry: \S+", "    entry: gap")
    yield from swaps(text, r"^    to: (?!same)\S+", "    to: same")
    yield from numbers(text, "quorum", -1)
    yield from numbers(text, "ayes", -1)
    yield from swaps(text, r"chair_breaks_ties: true", "chair_breaks_ties: false")
    yield from removals(text, r"^      (chair|lost|excludes): \S+.*\n")
    yield from removals(text, r"^    (not_by|other_roles|required_at): .*\n")
    yield from removals(text, r"^      - \{ field: .*\n")
    yield from swaps(text, r"time_word: \S+", "time_word: yearly")
    yield from swaps(text, r"word: \S+(?= )", "word: yearly")


def of_retention(text):
    yield from numbers(text, "years", 1)
    yield from numbers(text, "extension_years", 1)
    yield from numbers(text, "days", 1)
    yield from swaps(text, r"fiscal_month: 4", "fiscal_month: 1")


MUTATIONS = {
    "bases.yaml": of_bases,
    "retention.yaml": of_retention,
    "procedures/agreement.yaml": of_procedures,
    "procedures/measure.yaml": of_procedures,
    "procedures/batch.yaml": of_procedures,
    "procedures/case.yaml": of_procedures,
    "procedures/inspection.yaml": of_procedures,
    "procedures/reidentification.yaml": of_procedures,
    "procedures/takedown.yaml": of_procedures,
    "procedures/user-notice.yaml": of_procedures,
    "procedures/violation.yaml": of_procedures,
    "purposes.yaml": lambda text: removals(text, r"^  is_refused: true\n"),
    "recipients.yaml": lambda text: removals(text, r", needs_\w+: true"),
    "kinds.yaml": lambda text: removals(text, r"^  in_force_from: 2200-01-01\n"),
    "law.yaml": lambda text: swaps(text, r"first_day_counts: true", "first_day_counts: false"),
    "notices.yaml": lambda text: swaps(text, r"event: \w+", "event: gap"),
}


def holds(folder, files):
    run = subprocess.run([PLAYER, *files], env={**os.environ, "SEKISHO_LAW_DIR": folder},
                         capture_output=True, text=True, timeout=300)
    return not re.search(r"^not ok .*\.scenario", run.stdout, re.M)


def play(folder, files=FILES):
    """Whether all hold, asked until one does not; None where the law cannot be read."""
    if all(holds(folder, files[i: i + FEW]) for i in range(0, len(files), FEW)):
        return True
    checked = subprocess.run([PLAYER, *FILES[:1]], env={**os.environ, "SEKISHO_LAW_DIR": folder},
                             capture_output=True, text=True, timeout=300)
    return False if re.search(r"^ok .*lc-", checked.stdout, re.M) else None


def files_about(name):
    """Of a procedure only the scenarios with such a case."""
    if not name.startswith("procedures/"):
        return FILES
    case = re.compile(rf"^case \S+ {pathlib.Path(name).stem}\b", re.M)
    return [file for file in FILES if case.search(pathlib.Path(file).read_text())]


def mutations():
    for name, mutate in MUTATIONS.items():
        for what, changed in mutate((LAW / "jp" / name).read_text()):
            yield name, what, changed


def try_one(mutation):
    name, what, changed = mutation
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(LAW, folder, dirs_exist_ok=True)
        (pathlib.Path(folder) / "jp" / name).write_text(changed)
        return play(folder, files_about(name)), f"{name}: {what}"


def main():
    if not play(str(LAW)):
        sys.exit("the scenarios do not hold as they are")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(try_one, mutations()))
    tried = [what for holds, what in results if holds is not None]
    survived = [what for holds, what in results if holds]
    is_good = not survived and len(tried) >= 100
    print("1..1")
    print(f"{'' if is_good else 'not '}ok 1 - {len(tried)} changes of the law are found out")
    for what in survived:
        print(f"# nothing shows {what}")
    return not is_good


if __name__ == "__main__":
    sys.exit(main())
