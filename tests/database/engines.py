#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same cases over SQLite or PostgreSQL; each on a database of its own.
usage: engines.py DATABASE_CASES sqlite|postgresql plain|sanitized"""

import contextlib
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "lib"))
import postgres  # noqa: E402

PROGRAM, ENGINE, BUILD = sys.argv[1:4]
# A sanitizer keeps what was freed for a while, so memory says nothing there.
ROWS, GROWTH_KIB = ("1000000", "8192") if BUILD == "plain" else ("50000", "1000000000")


class Skipped(Exception):
    pass


class Bench:
    """Where databases are made, and the server they are on, if any."""

    def __init__(self, folder, server):
        self.folder, self.server = folder, server

    def make(self, name):
        if self.server:
            return self.server.create(name)
        return f"sqlite:{self.folder / name}.db"

    def run(self, where, case, *arguments, expect=0):
        done = subprocess.run([PROGRAM, where, case, *map(str, arguments)], capture_output=True,
                              text=True, timeout=200)  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == expect, f"{case}: {done.returncode}: {said}"
        return done.stdout


CASES = {
    "values_come_back_as_they_went": [],
    "what_is_reckoned_is_a_number": [],
    "what_does_not_fit_is_refused": [],
    "a_broken_rule_fails_its_transaction": [],
    "a_transaction_is_seen_when_it_is_committed": [],
    "a_reading_connection_writes_nothing": [],
    "rows_are_returned_by_what_changes_them": [],
    "many_rows_go_at_once_or_not_at_all": [],
    "large_values_pass": [],
    "several_lists_are_open_at_a_time": [],
    "more_statements_than_are_kept": [],
    "a_long_list_is_read_in_little_memory": [ROWS, GROWTH_KIB],
}


def case(name, arguments):
    def run(bench):
        said = bench.run(bench.make(name), name, *arguments)
        print("".join(f"# {line}\n" for line in said.splitlines()), end="")

    return name, run


SCENARIOS = []


def main():
    tests = [case(name, arguments) for name, arguments in CASES.items()]
    tests += [(test.__name__, test) for test in SCENARIOS]
    if ENGINE == "postgresql" and (why := postgres.why_not()):
        print(f"1..0 # SKIP {why}")
        return 0
    failed = 0
    print(f"1..{len(tests)}")
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sekisho-database-"))
        server = stack.enter_context(postgres.Server()) if ENGINE == "postgresql" else None
        bench = Bench(pathlib.Path(folder), server)
        for number, (name, test) in enumerate(tests, 1):
            try:
                test(bench)
                print(f"ok {number} - {name}", flush=True)
            except Skipped as why:
                print(f"ok {number} - {name} # SKIP {why}", flush=True)
            except (AssertionError, subprocess.SubprocessError, OSError) as error:
                failed += 1
                print(f"not ok {number} - {name}")
                print("\n".join("# " + line for line in str(error).splitlines()), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
