#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same cases over SQLite or PostgreSQL; each on a database of its own.
usage: engines.py DATABASE_CASES sqlite|postgresql plain|sanitized"""

import contextlib
import errno
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

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
    "the_log_goes_into_its_file": [],
    "large_values_pass": [],
    "several_lists_are_open_at_a_time": [],
    "more_statements_than_are_kept": [],
    "a_long_list_is_read_in_little_memory": [ROWS, GROWTH_KIB],
    "a_dry_run_changes_nothing": [],
    "a_newer_schema_is_refused": [],
    "a_step_that_fails_leaves_those_before_it": [],
    "several_migrate_at_once": [],
    "nothing_is_lost_between_two_writers": [],
    "who_waits_too_long_is_told_to_come_again": [],
    "one_at_a_time_has_the_lock": [],
}


def case(name, arguments):
    def run(bench):
        said = bench.run(bench.make(name), name, *arguments)
        print("".join(f"# {line}\n" for line in said.splitlines() if "memory" in line), end="")

    return name, run


@contextlib.contextmanager
def started(where, name, *arguments):
    """A case that runs while others do; killed at the end, as by the kernel."""
    with subprocess.Popen([PROGRAM, where, name, *map(str, arguments)], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def read_until(process, is_it):
    """Lines up to the first that is it; the last number among them, and that line."""
    last = -1
    for line in process.stdout:
        if line.strip().isdigit():
            last = int(line)
        if is_it(line.strip()):
            return last, line.strip()
    raise AssertionError(f"ended after {last} with {process.wait()}")


def acknowledged(process, count):
    return read_until(process, lambda line: line.isdigit() and int(line) >= count)[0]


def say(process, word):
    process.stdin.write(word + "\n")
    process.stdin.flush()


def what_was_acknowledged_outlives_a_killed_program(bench):
    where = bench.make("killed")
    last = 0
    for _ in range(3):
        with started(where, "write_on", 700) as process:
            last = acknowledged(process, last + 200)
        bench.run(where, "everything_is_there", last)


def a_migration_that_was_killed_is_finished(bench):
    where = bench.make("interrupted")
    with started(where, "migrate_slowly") as process:
        assert read_until(process, lambda line: line.startswith("step"))[1] == "step 1"
        time.sleep(0.1)  # somewhere in the second step, which takes longer
        assert process.poll() is None
    said = bench.run(where, "migrate_slowly").split("\n")
    assert said[:3] == ["from 1", "step 2", "step 3"], said


def seen_arguments(program, stop, out):
    """Command lines of running programs of that name, while others work."""
    while not stop.is_set():
        for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                line = entry.read_bytes()
                if any(word.endswith(program) for word in line.split(b"\0")[:3]):
                    out.add(line)
        time.sleep(0.002)


def a_copy_is_of_one_moment(bench):
    where = bench.make("source")
    places = [bench.folder / "first.copy", bench.make("second"), bench.make("third"),
              bench.folder / "second.copy"]  # fmt: skip
    stop, lines = threading.Event(), set()
    watch = threading.Thread(target=seen_arguments, args=(b"pg_dump", stop, lines))
    watch.start()
    try:
        print("#", bench.run(where, "a_copy_is_of_one_moment", *places).splitlines()[-1])
    finally:
        stop.set()
        watch.join()
    left = sorted(path.name for path in bench.folder.glob("*.copy*"))
    assert left == ["first.copy", "second.copy"], left
    if bench.server:
        assert lines and not any(bench.server.password.encode() in line for line in lines), lines


@contextlib.contextmanager
def small_disk(mebibytes):
    with tempfile.TemporaryDirectory(prefix="sekisho-small-") as name:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", name],
                                 capture_output=True, text=True, check=False)  # fmt: skip
        if mounted.returncode != 0:
            raise Skipped(f"no small disk can be mounted here: {mounted.stderr.strip()}")
        try:
            yield pathlib.Path(name)
        finally:
            subprocess.run(["umount", "-l", name], check=True)


def fill_and_go_on(bench, where, ballast):
    """Writes until the disk is full, gets room by removing ballast, writes on, is killed."""
    with started(where, "write_on", 20000) as process:
        last, line = read_until(process, lambda line: line.startswith("failed"))
        assert line == f"failed {errno.ENOSPC}", line
        ballast.unlink()
        say(process, "go on")
        last = acknowledged(process, last + 20)
    bench.run(where, "everything_is_there", last)
    with started(where, "write_on", 20000) as process:
        last, line = read_until(process, lambda line: line.startswith("failed"))
        assert line == f"failed {errno.ENOSPC}", line
    bench.run(where, "everything_is_there", last)


def a_full_disk_is_told_and_nothing_is_lost(bench):
    if not bench.server:
        with small_disk(8) as disk:
            (disk / "ballast").write_bytes(bytes(3 << 20))
            fill_and_go_on(bench, f"sqlite:{disk}/hub.db", disk / "ballast")
        return
    with small_disk(96) as disk, postgres.Server(
        disk / "pg", wal=bench.folder / "wal", settings=["wal_keep_size = 0"]) as server:  # fmt: skip
        where = server.create("hub")
        (disk / "ballast").write_bytes(bytes(8 << 20))
        fill_and_go_on(bench, where, disk / "ballast")


def a_server_that_was_killed_is_found_again(bench):
    where = bench.make("restarted")
    with started(where, "write_on", 700) as process:
        acknowledged(process, 100)
        bench.server.stop()
        last, line = read_until(process, lambda line: line.startswith("failed"))
        assert line == f"failed {errno.ENOTCONN}", line
        say(process, "again")
        assert read_until(process, lambda line: True)[1] == line  # it is still away
        bench.server.start()
        bench.run(where, "everything_is_there", last)
        say(process, "again")
        last = acknowledged(process, last + 100)
    bench.run(where, "everything_is_there", last)


def a_lost_connection_is_made_anew(bench):
    bench.run(bench.make("lost"), "a_lost_connection_is_made_anew")


SCENARIOS = [what_was_acknowledged_outlives_a_killed_program,
             a_migration_that_was_killed_is_finished, a_copy_is_of_one_moment,
             a_full_disk_is_told_and_nothing_is_lost]  # fmt: skip
if ENGINE == "postgresql":
    SCENARIOS += [a_server_that_was_killed_is_found_again, a_lost_connection_is_made_anew]


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
        pathlib.Path(folder).chmod(0o755)  # the server's user passes through it
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
