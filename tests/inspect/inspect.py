#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho inspect from end to end, on messages of exporters that are made here: what it says of
good exporters, and of each thing that can be wrong with one.  Prints TAP.
usage: inspect.py SEKISHO SCHEMA"""

import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
# pylint: disable=wrong-import-position
from exporter import (FLOW, FLOW_MS, START, data, encode, ipfix, netflow5, netflow9,
                      options_template9, pcap, template)

try:
    from jsonschema import Draft202012Validator
except ImportError:
    Draft202012Validator = None

SEKISHO, SCHEMA = sys.argv[1], pathlib.Path(sys.argv[2])
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-inspect-"))
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8")
# A sanitizer's complaint must not look like one of our exit codes.
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
    ENVIRONMENT[name] = "exitcode=99:halt_on_error=1:" + os.environ.get(name, "")


def run(*arguments, timeout=60):
    return subprocess.run([SEKISHO, "inspect", *map(str, arguments)], capture_output=True,
                          env=ENVIRONMENT, timeout=timeout, check=False)


seen = []


def check_schema(document):
    """Every document any test reads is as the schema says."""
    if Draft202012Validator:
        Draft202012Validator(json.loads(SCHEMA.read_text())).validate(document)
        seen.append(document)


def inspect(*arguments):
    """The exporters, of a call that must succeed."""
    done = run("--json", *arguments)
    assert done.returncode == 0, (done.returncode, done.stderr.decode())
    check_schema(json.loads(done.stdout))
    return json.loads(done.stdout)["exporters"]


def problems(exporter):
    return {problem["name"] for problem in exporter["problems"]}


def capture(name, datagrams):
    path = HERE / f"{name}.pcap"
    path.write_bytes(pcap(datagrams))
    return path


SAMPLER = [(48, 2), (49, 1), (50, 4)]


def options_template():
    """NetFlow v9: scope system, then sampler, mode and interval."""
    return options_template9((1, 4), SAMPLER)


def options9(rate, sampler=1, number=300):
    return data([encode([(1, 4)] + SAMPLER, {48: sampler, 49: 2, 50: rate})], number)


def record(first, last, wide=False, index=0):
    values = {8: f"10.0.0.{index % 250 + 1}", 12: "203.0.113.9", 7: 40000 + index % 1000, 11: 443,
              4: 6, 6: 0x1B, 10: 1, 14: 2, 1: 4321, 2: 12, 22: first, 21: last, 152: first,
              153: last}
    return encode(FLOW_MS if wide else FLOW, values)


def flows9(second, count=10, **times):
    uptime = times.get("uptime", 1000000 + second * 1000)
    return data([record((uptime - 3000) % 2**32, (uptime - 1000) % 2**32, index=i)
                 for i in range(count)])


def good9(seconds=60, skip=(), **more):
    """A v9 exporter that does everything right, a message a second."""
    out = []
    for second in range(seconds):
        sets = [flows9(second)]
        if second % 30 == 0:
            sets = [template(FLOW), options_template(), options9(more.get("rate", 100))] + sets
        if second not in skip:
            out.append((second, netflow9(second, second + more.get("ahead", 0), sets,
                                         uptime=1000000 + second * 1000)))
    return out


def a_good_exporter_has_nothing_wrong():
    (exporter,) = inspect(capture("good", good9()))
    assert exporter["exporter"]["address"] == "192.0.2.1"
    assert exporter["exporter"]["protocol"] == "NetFlow v9"
    assert exporter["exporter"]["domain"] == 7
    assert exporter["read"]["messages"] == 60 and exporter["read"]["records"] == 600
    assert exporter["sampling"]["rate_least"] == exporter["sampling"]["rate_most"] == 100
    assert exporter["sampling"]["origin"] == "options"
    assert exporter["sampling"]["flows_unknown"] == 0
    assert exporter["sampling"]["samplers"] == [
        {"id": 1, "interface": False, "rate": 100, "method": "random"}]
    assert exporter["sequence"]["lost"] == 0
    assert abs(exporter["clock"]["error_s"]) < 0.1
    assert exporter["longest_flow_s"] == 2
    assert problems(exporter) == set(), problems(exporter)


def templates_are_told_with_their_fields():
    (exporter,) = inspect(capture("templates", good9()))
    flow, = [row for row in exporter["templates"] if row["id"] == 256]
    assert [(field["id"], field["octets"]) for field in flow["fields"]] == FLOW
    assert flow["fields"][0]["name"] == "sourceIPv4Address" and flow["fields"][0]["used"]
    assert flow["records"] == 600 and flow["refreshed"] == 1 and not flow["options"]
    assert any(row["options"] for row in exporter["templates"])
    done = run("--templates", "--language", "en", capture("templates", good9()))
    assert b"sourceIPv4Address" in done.stdout and done.returncode == 0


def a_missing_rate_is_wrong():
    path = capture("no-rate", [(second, netflow9(second, second, [template(FLOW),
                                                                  flows9(second)]))
                               for second in range(20)])
    (exporter,) = inspect(path)
    assert "sampling_unknown" in problems(exporter)
    assert exporter["sampling"]["rate_least"] is None
    assert exporter["sampling"]["flows_unknown"] == 200
    assert run("--exit-code", path).returncode == 3
    assert run(path).returncode == 0


def rules_stand_in_and_override():
    silent = capture("silent", [(second, netflow9(second, second, [template(FLOW),
                                                                   flows9(second)]))
                                for second in range(20)])
    rules = HERE / "sampling.yaml"
    rules.write_text("sampling:\n  - exporter: 192.0.2.0/24\n    rate: 500\n")
    (exporter,) = inspect("--sampling", rules, silent)
    assert exporter["sampling"]["rate_most"] == 500
    assert exporter["sampling"]["origin"] == "assumed"
    assert "sampling_unknown" not in problems(exporter)
    (exporter,) = inspect("--sampling", rules, capture("good", good9()))
    assert exporter["sampling"]["rate_most"] == 100
    rules.write_text("sampling:\n  - { rate: 7, interface: 1, override: true }\n")
    (exporter,) = inspect("--sampling", rules, capture("good", good9()))
    assert exporter["sampling"]["rate_most"] == 7
    assert exporter["sampling"]["origin"] == "overridden"
    rules.write_text("sampling:\n  - exporter: 192.0.2.1/24\n    rate: 7\n")
    done = run("--sampling", rules, silent)
    assert done.returncode == 1 and b"sampling.yaml:2:" in done.stderr, done.stderr


def a_rate_that_changes_is_told():
    messages = good9()
    messages.append((60, netflow9(60, 60, [options9(200), flows9(60)])))
    (exporter,) = inspect(capture("changed", messages))
    assert exporter["sampling"]["changes"] == 1
    assert exporter["sampling"]["rate_least"] == 100
    assert exporter["sampling"]["rate_most"] == 200
    assert "sampling_changed" in problems(exporter)


def lost_messages_that_held_no_flows_are_no_loss_of_flows():
    """Templates alone, as of an exporter that sees no traffic."""
    messages = [(second, netflow9(second, second, [template(FLOW)])) for second in (0, 1, 9, 10)]
    (exporter,) = inspect(capture("idle", messages))
    assert exporter["sequence"]["lost"] == 7 and exporter["sequence"]["lost_flows"] == 0
    assert "flows_lost" not in problems(exporter)


def lost_messages_are_told_in_flows():
    (exporter,) = inspect(capture("lost", good9(skip=(10, 11, 40))))
    assert exporter["sequence"]["counts"] == "messages"
    assert exporter["sequence"]["lost"] == 3 and exporter["sequence"]["gaps"] == 2
    assert 28 <= exporter["sequence"]["lost_flows"] <= 32
    assert "flows_lost" in problems(exporter)


def late_and_repeated_messages_are_no_loss():
    messages = good9()
    messages[20], messages[21] = (20, messages[21][1]), (20.001, messages[20][1])
    messages.insert(40, messages[39])
    (exporter,) = inspect(capture("disorder", messages))
    assert exporter["sequence"]["lost"] == 0
    assert exporter["sequence"]["late"] == 1 and exporter["sequence"]["repeated"] == 1
    assert "flows_lost" not in problems(exporter)


def a_clock_three_hours_off_is_told_and_corrected():
    (exporter,) = inspect(capture("clock", good9(ahead=-10800)))
    assert -10801 < exporter["clock"]["error_s"] < -10799
    assert exporter["clock"]["corrected"]
    assert "clock_behind" in problems(exporter)


def a_drifting_clock_is_told():
    messages = [(second, ipfix(second // 10, second * 1.002,
                               [template(FLOW_MS, set_id=2),
                                data([record((START + second) * 1000, (START + second) * 1000,
                                             True)])]))
                for second in range(0, 3000, 10)]
    (exporter,) = inspect(capture("drift", messages))
    assert 1500 < exporter["clock"]["drift_ppm"] < 2500
    assert "clock_drift" in problems(exporter)


def a_template_that_comes_rarely_is_told():
    messages = [(second, netflow9(second // 10, second, ([template(FLOW)] if second == 0 else [])
                                  + [flows9(second)]))
                for second in range(0, 1500, 10)]
    (exporter,) = inspect(capture("rare", messages))
    assert "template_once" in problems(exporter), problems(exporter)
    messages = [(second, netflow9(second // 10, second,
                                  ([template(FLOW)] if second % 900 == 0 else [])
                                  + [flows9(second)]))
                for second in range(0, 2000, 10)]
    (exporter,) = inspect(capture("rare", messages))
    assert "template_rare" in problems(exporter), problems(exporter)


def uptime_that_wraps_is_handled():
    begin = 2**32 - 30000
    messages = []
    for second in range(60):
        uptime = (begin + second * 1000) % 2**32
        messages.append((second, netflow9(second, second, [
            template(FLOW), flows9(second, uptime=uptime)], uptime=uptime)))
    (exporter,) = inspect(capture("wrap", messages))
    assert exporter["clock"]["wraps"] == 1 and exporter["clock"]["boots"] == 0
    assert exporter["clock"]["impossible_times"] == 0
    assert exporter["longest_flow_s"] == 2
    assert exporter["sequence"]["resets"] == 0


def a_boot_is_told():
    messages = good9()
    messages += [(second + 200, netflow9(second, second + 200, [template(FLOW), flows9(
        second, uptime=9000 + second * 1000)], uptime=9000 + second * 1000), 60001)
        for second in range(20)]
    (exporter, *others) = inspect(capture("boot", messages))
    assert len(others) <= 1
    messages = [(second, payload) for second, payload, *port in messages]
    (exporter,) = inspect(capture("boot", messages))
    assert exporter["clock"]["boots"] == 1 and exporter["sequence"]["resets"] == 1
    assert exporter["sequence"]["lost"] == 0
    assert "booted" in problems(exporter) and "sequence_resets" not in problems(exporter)


def two_exporters_behind_one_address_are_suspected():
    one, other = good9(), good9()
    messages = []
    for i, (second, payload) in enumerate(one):
        messages.append((second, payload))
        moved = payload[:12] + struct.pack(">I", 90000000 + i) + payload[16:]
        messages.append((second + 0.5, moved))
    del other
    (exporter,) = inspect(capture("two", messages))
    assert "sequence_resets" in problems(exporter), exporter["sequence"]
    # From ports of their own they are two, and nothing is wrong.
    messages = [(second, payload, 50000 + i % 2)
                for i, (second, payload) in enumerate(messages)]
    exporters = inspect(capture("two", messages))
    assert len(exporters) == 2
    assert all("sequence_resets" not in problems(row) for row in exporters)


def ipfix_that_counts_messages_is_learnt():
    messages = [(second, ipfix(second, second, [template(FLOW_MS, set_id=2), data(
        [record((START + second) * 1000 - 5, (START + second) * 1000, True, i)
         for i in range(8)])])) for second in range(40)]
    (exporter,) = inspect(capture("counts", messages))
    assert exporter["sequence"]["counts"] == "messages" and exporter["sequence"]["learnt"]
    assert exporter["sequence"]["lost"] == 0
    assert "sequence_units" in problems(exporter)


def ipfix_that_counts_its_own_records_is_learnt():
    """As softflowd 1.1.0 does: a number has the flows of its own message in it."""
    messages, number = [], 0
    for second in range(60):
        flows = [record((START + second) * 1000 - 5, (START + second) * 1000, True, i)
                 for i in range(5 + second % 7)]
        number += len(flows)
        messages.append((second, ipfix(number, second, [template(FLOW_MS, set_id=2),
                                                        data(flows)])))
    (exporter,) = inspect(capture("own", messages))
    assert exporter["sequence"]["learnt"] and exporter["sequence"]["own"]
    assert exporter["sequence"]["lost"] == 0 and exporter["sequence"]["resets"] == 0
    assert "sequence_units" in problems(exporter)
    (exporter,) = inspect(capture("own-lost", messages[:40] + messages[41:]))
    assert exporter["sequence"]["lost"] == 5 + 40 % 7


def impossible_counters_are_told():
    """No packet has 4 Mi octets; they are kept as they came."""
    messages = good9()
    counters = struct.pack(">QQ", 4321, 12)
    assert "implausible_counters" not in problems(inspect(capture("plausible", messages))[0])
    second, octets = messages[30]
    messages[30] = (second, octets.replace(counters, struct.pack(">QQ", 12, 12 << 24)))
    (exporter,) = inspect(capture("implausible", messages))
    assert "implausible_counters" in problems(exporter), "less than one octet a packet"
    messages[30] = (second, octets.replace(counters, struct.pack(">QQ", 4321 << 24, 12)))
    (exporter,) = inspect(capture("implausible", messages))
    assert "implausible_counters" in problems(exporter)


def impossible_times_are_told():
    wrong = [0, 2**64 - 1, (START + 86400) * 1000, 14434800000000000, 1000]
    messages = [(second, ipfix(second * 6, second, [template(FLOW_MS, set_id=2), data(
        [record(at, at, True) for at in wrong] +
        [record((START + second) * 1000, (START + second) * 1000 - 100, True)])]))
        for second in range(10)]
    (exporter,) = inspect(capture("times", messages))
    assert exporter["clock"]["impossible_times"] >= 100
    assert {"impossible_times"} <= problems(exporter)


def missing_fields_are_told():
    fields = [(8, 4), (12, 4), (4, 1), (1, 4), (2, 4)]
    short = struct.pack(">4s4sBII", b"\x0a\0\0\1", b"\xcb\0\x71\1", 6, 100, 1)
    (exporter,) = inspect(capture("missing", [
        (second, netflow9(second, second, [template(fields), data([short])]))
        for second in range(5)]))
    assert {"no_times", "no_interfaces", "no_tcp_flags", "no_direction",
            "counters_32_bits"} <= problems(exporter), problems(exporter)


def unknown_elements_are_told():
    fields = FLOW + [(54321 & 0x7FFF, 4)]
    (exporter,) = inspect(capture("unknown", [
        (second, netflow9(second, second, [template(fields), data(
            [record(900000 + second * 1000, 900000 + second * 1000) + b"\1\2\3\4"])]))
        for second in range(5)]))
    assert "unknown_elements" in problems(exporter)
    assert exporter["templates"][0]["fields"][-1]["name"] is None
    assert exporter["read"]["records"] == 5


def netflow_5_is_read():
    messages = []
    for i in range(30):
        row = ("10.0.0.1", "203.0.113.1", 40000, 443, 6, 10, 1000, 990000 + i * 1000,
               999000 + i * 1000)
        if i != 9:
            messages.append((i, netflow5(i * 5, i, [row] * 5, sampling=0x4000 | 64)))
    (exporter,) = inspect(capture("v5", messages))
    assert exporter["exporter"]["protocol"] == "NetFlow v5"
    assert exporter["sampling"]["rate_most"] == 64
    assert exporter["sampling"]["origin"] == "message"
    assert exporter["sequence"]["lost"] == 5 and exporter["sequence"]["counts"] == "records"
    assert "netflow_5" in problems(exporter)


def words_come_in_two_languages():
    path = capture("words", good9(ahead=-10800))
    english = run("--language", "en", path)
    japanese = run("--language", "ja", path)
    assert english.returncode == japanese.returncode == 0
    assert b"192.0.2.1, NetFlow v9, domain 7" in english.stdout
    assert b"Its clock is 3 h behind" in english.stdout, english.stdout.decode()
    assert "時計が".encode() in japanese.stdout
    assert max(len(line) for line in english.stdout.decode().splitlines()) <= 80


def input_that_is_none_is_refused():
    empty = HERE / "empty"
    empty.write_bytes(b"")
    noise = HERE / "noise"
    noise.write_bytes(b"neither a capture nor a message" * 40)
    for path in (empty, noise, HERE / "missing"):
        done = run(path)
        assert done.returncode in (0, 1, 4), (path, done)
        assert done.stderr, path


def wrong_calls_are_refused():
    for arguments in ([], ["--seconds", "3", "x"], ["--listen", "udp:0", "x"],
                      ["--seconds", "no", "--listen", "udp:0"], ["--language", "fr", "x"],
                      ["--colour", "x"]):
        done = run(*arguments)
        assert done.returncode == 2, (arguments, done)


def it_listens():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        child = subprocess.Popen([SEKISHO, "inspect", "--json", "--seconds", "3", "--listen",
                                  f"udp:127.0.0.1:{port}"], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env=ENVIRONMENT)
        # As if sent now: the clock is then right.
        for i in range(20):
            time.sleep(0.1)
            payload = netflow9(i, 0, [template(FLOW), options_template(), options9(10),
                                      flows9(0)])
            payload = payload[:8] + struct.pack(">I", int(time.time())) + payload[12:]
            sender.sendto(payload, ("127.0.0.1", port))
        out, err = child.communicate(timeout=30)
    if b"not there yet" in err:
        return "listeners are not there yet"
    assert child.returncode == 0, err.decode()
    (exporter,) = json.loads(out)["exporters"]
    assert exporter["exporter"]["address"] == "127.0.0.1"
    assert exporter["read"]["records"] > 0
    assert exporter["sampling"]["rate_most"] == 10
    assert abs(exporter["clock"]["error_s"]) < 2
    return None


def documents_are_as_the_schema_says():
    if not Draft202012Validator:
        return "python3-jsonschema is not installed"
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text()))
    exporters = [exporter for document in seen for exporter in document["exporters"]]
    assert len({problem["name"] for e in exporters for problem in e["problems"]}) > 10
    assert any(e["templates"] for e in exporters)
    assert any(e["sampling"]["samplers"] for e in exporters)
    return None


TESTS = [a_good_exporter_has_nothing_wrong, templates_are_told_with_their_fields,
         a_missing_rate_is_wrong, rules_stand_in_and_override, a_rate_that_changes_is_told,
         lost_messages_that_held_no_flows_are_no_loss_of_flows,
         lost_messages_are_told_in_flows, late_and_repeated_messages_are_no_loss,
         a_clock_three_hours_off_is_told_and_corrected, a_drifting_clock_is_told,
         a_template_that_comes_rarely_is_told, uptime_that_wraps_is_handled, a_boot_is_told,
         two_exporters_behind_one_address_are_suspected, ipfix_that_counts_messages_is_learnt,
         ipfix_that_counts_its_own_records_is_learnt, impossible_counters_are_told,
         impossible_times_are_told, missing_fields_are_told, unknown_elements_are_told,
         netflow_5_is_read, words_come_in_two_languages, input_that_is_none_is_refused,
         wrong_calls_are_refused, it_listens, documents_are_as_the_schema_says]


def main():
    failed = 0
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        name = test.__name__.replace("_", " ")
        try:
            skipped = test()
            print(f"ok {number} - {name}" + (f" # SKIP {skipped}" if skipped else ""), flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {name}")
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    shutil.rmtree(HERE)
    sys.exit(failed > 0)


main()
