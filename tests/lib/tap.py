# SPDX-License-Identifier: Apache-2.0
"""Tests as functions whose names are sentences, run in order and told in TAP.

    test = tap.Tests()

    @test
    def what_is_so(place): ...

    def run(database=None):
        with Hub(sys.argv[1], database=database) as hub:
            return test.run(Place(hub), log=hub.complaints)

    sys.exit(tap.on_engine(run))
"""
import sys
import traceback


class Skipped(Exception):
    """Why it cannot be shown here."""


class Tests:
    def __init__(self, *tests):
        self.tests = list(tests)

    def __call__(self, function):
        self.tests.append(function)
        return function

    def run(self, *arguments, log=None, after=None):
        """0, or 1 where one failed; log: lines worth reading then; after: called after each."""
        print(f"1..{len(self.tests)}", flush=True)
        failures = 0
        for number, one in enumerate(self.tests, 1):
            failures += failed(number, one, *arguments)
            if after:
                after()
        for line in log() if failures and log else ():
            print("# " + line, flush=True)
        return int(failures > 0)


def failed(number, one, *arguments):
    """Tells of one test."""
    name = one.__name__.replace("_", " ")
    try:
        one(*arguments)
        print(f"ok {number} - {name}", flush=True)
        return False
    except Skipped as why:
        print(f"ok {number} - {name} # SKIP {why}", flush=True)
        return False
    except Exception:  # noqa: BLE001 - each is told
        print(f"not ok {number} - {name}", flush=True)
        for line in traceback.format_exc().splitlines():
            print("# " + line, flush=True)
        return True


def skip_all(why):
    print(f"1..0 # SKIP {why}", flush=True)
    return 0


def on_server(run):
    """run(a server of PostgreSQL; None: SQLite), on the engine that the second argument names."""
    if sys.argv[2:3] != ["postgresql"]:
        return run()
    import postgres
    if postgres.why_not():
        return skip_all(postgres.why_not())
    with postgres.Server() as server:
        return run(server)


def on_engine(run):
    """run(the URI of a new database; None: SQLite), in the same way."""
    return on_server(lambda server=None: run(server and server.create("hub")))
