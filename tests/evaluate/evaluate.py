#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho evaluate on logs made here, whose truth is known by construction.  Prints TAP.
usage: evaluate.py SEKISHO SCHEMA SCENARIOS"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

SEKISHO, SCHEMA, SCENARIOS = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
FOLDER = tempfile.TemporaryDirectory()
HERE = pathlib.Path(FOLDER.name)
ENVIRONMENT = dict(os.environ, XDG_STATE_HOME=FOLDER.name)
START = 1767225600  # 2026-01-01
HOURS = 6

FIELDS = ("ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes "
          "resp_bytes conn_state local_orig local_resp missed_bytes history orig_pkts "
          "orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents label detailedlabel").split()


class Log:
    def __init__(self):
        self.rows = []
        self.random = random.Random(7)

    def call(self, at, line, server, port, label, detail="-"):
        self.rows.append((at, line, server, port, label, detail))

    def beacon(self, line, server, port, period, label, detail="-"):
        at = START + self.random.random() * period
        while at < START + HOURS * 3600:
            self.call(at, line, server, port, label, detail)
            at += period + self.random.uniform(-0.05, 0.05) * period

    def people(self, lines):
        for i in range(lines):
            for _ in range(60):
                at = START + self.random.random() * HOURS * 3600
                server = f"203.0.113.{self.random.randrange(1, 200)}"
                self.call(at, f"10.0.1.{i + 1}", server, 443, "Benign")

    def write(self, path):
        with open(path, "w", encoding="utf-8") as out:
            out.write("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"
                      "#unset_field\t-\n#path\tconn\n#fields\t" + "\t".join(FIELDS) + "\n")
            for i, (at, line, server, port, label, detail) in enumerate(sorted(self.rows)):
                row = [f"{at:.6f}", f"C{i:08d}", line, str(40000 + i % 20000), server, str(port),
                       "tcp", "ssl", "0.250000", "800", "3000", "SF", "T", "F", "0", "ShADadFf",
                       "10", "1300", "10", "3500", "-", label, detail]
                out.write("\t".join(row) + "\n")


def run(*arguments, code=0):
    out = HERE / "out.json"
    out.unlink(missing_ok=True)
    done = subprocess.run([SEKISHO, "evaluate", "-q", "--json", out, "--markdown",
                           HERE / "out.md", *map(str, arguments)],
                          capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert done.returncode == code, (done.returncode, done.stderr)
    return json.loads(out.read_text()) if out.exists() else done.stderr


def sets(name, units, **more):
    path = HERE / f"{name}.yaml"
    lines = ["sets:", f"  - name: {name}", "    captures: [conn.log]", "    family: planted"]
    lines += [f"    {key}: {value}" for key, value in more.items()]
    if units:
        lines += ["    units:"] + [f"      - {unit}" for unit in units]
    path.write_text("\n".join(lines) + "\n")
    return path


LOG = Log()
LOG.people(40)
LOG.beacon("10.0.1.5", "198.51.100.9", 4444, 60, "Malicious", "C&C-planted")
LOG.write(HERE / "conn.log")
FLOWS = len(LOG.rows)
SERVER = "{ kind: command_server, unit: 198.51.100.9, port: 4444 }"
BEACON = "{ kind: beacon, unit: 198.51.100.9, port: 4444, line: 10.0.1.5 }"
WRONG = "{ kind: command_server, unit: 203.0.113.7, port: 443 }"


def whole(results):
    return results["sets"][0]["runs"][0]


def test_a_planted_server_is_found_with_its_numbers():
    results = run("--data", HERE, sets("planted", [SERVER, BEACON], rest="benign"))
    first = whole(results)
    score = first["score"]
    assert first["exposure"]["flows"] == FLOWS
    assert first["exposure"]["lines"] == 40
    assert abs(first["exposure"]["days"] - HOURS / 24) < 0.01
    assert score["all"] == {"detected": 2, "units": 2,
                            "recall": {"value": 1.0, "low": score["all"]["recall"]["low"],
                                       "high": 1.0}}
    assert abs(score["all"]["recall"]["low"] - 0.158) < 0.001  # 0.025 ** (1 / 2)
    assert score["units"][0]["rank"] == 1
    assert 0 < score["units"][0]["seconds"] < HOURS * 3600
    assert score["alerts"]["true"] == 1 and score["lines_revealed"] == 1


def test_a_false_alert_is_counted_with_its_rates():
    """The same server, but the truth says it is harmless."""
    results = run("--data", HERE, sets("harmless", [], rest="benign"))
    score = whole(results)["score"]
    assert score["alerts"] == {"true": 0, "near": 0, "false": 1, "unknown": 0}
    million = score["false_per_million_flows"]
    assert abs(million["value"] - 1e6 / FLOWS) < 1e-3 * million["value"]
    assert abs(million["high"] - 5.572 * 1e6 / FLOWS) < 1e-3 * million["high"]  # Garwood
    day = score["false_per_day_100k_lines"]
    assert abs(day["value"] - 1 / (HOURS / 24 * 40 / 1e5)) < 0.01 * day["value"]


def test_what_nobody_labelled_is_unknown_and_not_false():
    score = whole(run("--data", HERE, sets("open", [])))["score"]
    assert score["alerts"] == {"true": 0, "near": 0, "false": 0, "unknown": 1}
    assert score["false_per_million_flows"] is None


def test_a_wrong_truth_gives_no_recall():
    score = whole(run("--data", HERE, sets("wrong", [WRONG], rest="benign")))["score"]
    assert score["all"]["detected"] == 0 and score["alerts"]["false"] == 1
    assert score["time"]["never_share"] == 1


def test_labels_of_the_log_are_truth_too():
    results = run(HERE / "conn.log")
    score = whole(results)["score"]
    kinds = {unit["kind"]: unit["match"] for unit in score["units"]}
    assert kinds == {"command_server": "right", "infected_line": "right"}, kinds
    assert score["alerts"]["false"] == 0


def test_permuted_and_shifted_the_same_is_found():
    results = run("--data", HERE, "--permute-addresses", "--permute-hosts", "--shift", "100d",
                  "--without-baselines", sets("moved", [SERVER, BEACON], rest="benign"))
    runs = results["sets"][0]["runs"]
    assert [r["condition"] for r in runs] == ["whole", "addresses permuted", "hosts permuted",
                                              "times shifted"]
    for one in runs:
        assert one["score"]["all"]["detected"] == 2, one["condition"]
        assert one["exposure"]["flows"] == FLOWS


def test_sampling_and_loss_take_their_share():
    results = run("--data", HERE, "--sampling", "10,1000", "--loss", "5", "--without-baselines",
                  sets("thin", [SERVER], rest="benign"))
    flows = [r["exposure"]["flows"] for r in results["sets"][0]["runs"]]
    assert abs(flows[1] / FLOWS - (1 - 0.9 ** 20)) < 0.03  # 20 packets a flow
    assert flows[2] / FLOWS < 0.04
    assert abs(flows[3] / FLOWS - 0.95) < 0.02


def test_leak_tests_are_told_and_can_fail():
    results = run("--data", HERE, "--leak-tests", sets("leaks", [SERVER], rest="benign"))
    tests = {leak["test"]: leak["result"] for leak in results["sets"][0]["leak_tests"]}
    assert tests["shuffled labels"] == "passed"
    assert tests["addresses permuted"] == "passed"
    # It is the only service on its port and by far the busiest: one cut is enough.
    assert tests["one rule, services"] == "failed"
    assert results["sets"][0]["void"] is True


def test_baselines_stand_beside():
    baselines = whole(run("--data", HERE, sets("beside", [SERVER], rest="benign")))["baselines"]
    names = [baseline["name"] for baseline in baselines]
    assert "random" in names and "rita" in names
    by_name = dict(zip(names, baselines))
    assert by_name["rita"]["best_rank"] == 1


def test_a_capture_is_laid_over_a_background():
    quiet = Log()
    quiet.people(40)
    quiet.write(HERE / "quiet.log")
    small = Log()
    small.beacon("10.0.1.5", "198.51.100.9", 4444, 60, "Malicious")
    small.write(HERE / "conn-small.log")
    path = HERE / "mixed.yaml"
    path.write_text(sets("mixed", [SERVER, BEACON]).read_text().replace("conn.log",
                                                                         "conn-small.log"))
    one = whole(run("--data", HERE, "--background", HERE / "quiet.log", "--without-baselines",
                    "--rest-is-benign", path))
    assert one["exposure"]["flows"] == len(quiet.rows) + len(small.rows)
    assert one["exposure"]["lines"] == 40  # its line is one of the background's
    assert one["score"]["all"]["detected"] == 2
    assert not any("198.51.100.9" in unit["unit"] for unit in one["score"]["units"])


def test_a_population_is_truth_by_itself():
    score = whole(run("--population", "lines=50,hours=1,scan=1", "--without-baselines"))["score"]
    assert score["all"]["units"] == 1 and score["units"][0]["kind"] == "scan"
    assert score["units"][0]["match"] == "right"


def test_the_truth_of_a_simulation_is_read():
    capture, truth = HERE / "small.pcapng", HERE / "truth.json"
    subprocess.run([SEKISHO, "simulate", SCENARIOS / "small.yaml", "-q", "-o", capture, "--truth",
                    truth], check=True, env=ENVIRONMENT)
    results = run("--truth", truth, "--sampling", "10", "--without-baselines", capture)
    runs = results["sets"][0]["runs"]
    assert runs[0]["score"]["all"]["units"] > 0
    assert 0 < runs[1]["exposure"]["flows"] < runs[0]["exposure"]["flows"]


def test_the_same_seed_gives_the_same_numbers():
    def numbers():
        results = run("--data", HERE, "--sampling", "10", "--without-baselines", "--seed", "3",
                      sets("again", [SERVER], rest="benign"))
        return [(r["exposure"], r["score"]) for r in results["sets"][0]["runs"]]
    assert numbers() == numbers()


def test_every_run_is_logged_and_what_is_missing_is_told():
    log = HERE / "runs.log"
    path = sets("gone", [SERVER])
    path.write_text(path.read_text().replace("conn.log", "nowhere.log"))
    results = run("--data", HERE, "--log", log, path, code=4)
    assert "nowhere.log" in results["sets"][0]["error"]
    run("--data", HERE, "--log", log, sets("logged", [SERVER]))
    run("--data", HERE, "--log", log, sets("logged", [SERVER]))
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(lines) == 2 and lines[0]["set"] == "logged" and lines[0]["commit"]


def test_faulty_sets_are_refused_with_words():
    path = sets("faulty", ["{ kind: nonsense, unit: 192.0.2.1 }"])
    assert "nonsense" in run("--data", HERE, path, code=1)
    path = sets("faulty", [], rest="maybe")
    assert "maybe" in run("--data", HERE, path, code=1)
    assert "no set" in run(code=2)


def test_the_json_is_as_its_schema_says():
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        return "SKIP python3-jsonschema is not installed"
    results = run("--data", HERE, "--leak-tests", "--sampling", "100",
                  sets("schema", [SERVER, WRONG], rest="benign", note="words"))
    schema = json.loads(pathlib.Path(SCHEMA).read_text())
    Draft202012Validator(schema).validate(results)
    assert "| whole | 1/2" in (HERE / "out.md").read_text()
    return None


TESTS = [(name, test) for name, test in list(globals().items()) if name.startswith("test_")]
print(f"1..{len(TESTS)}")
FAILED = 0
for number, (name, test) in enumerate(TESTS, 1):
    words = name[5:].replace("_", " ")
    try:
        skipped = test()
        print(f"ok {number} - {words}" + (f" # {skipped}" if skipped else ""))
    except (AssertionError, KeyError, subprocess.CalledProcessError) as fault:
        FAILED += 1
        print(f"not ok {number} - {words}\n# {type(fault).__name__}: {fault}")
sys.exit(FAILED > 0)
