#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The ten pains of people who run flow collectors (docs/collector-pains.md), each from end to end
on messages of exporters made here.  Prints TAP; a test's name begins with the number of the pain.
usage: pains.py SEKISHO [WORD_OF_A_TEST]..."""

import contextlib
import json
import pathlib
import shutil
import signal
import socket
import sqlite3
import sys
import time
import traceback

from collector import (HERE, SANITIZED, Listener, Run, counted, file_of, findings, inspect,
                       ipfix_over_tcp, peak_of, problems, run, servers_of, table)
# collector put the folder of exporter.py into the path.
from exporter import (FLOW, FLOW_MS, START, data, encode, ethernet, gre, ip4, ipfix, netflow5,
                      netflow9, options_template10, options_template9, sflow, sflow_sample, tcp,
                      template, udp, vxlan, withdrawal)

LINE, SERVER = "10.0.0.5", "203.0.113.9"


# What is sent

def flow(second, index=0, fields=FLOW, turned=False, **more):
    """A record of line to server and two seconds, or of the answer."""
    uptime = more.pop("uptime", 1000000 + int(second * 1000))
    ends = {8: more.pop("line", LINE), 12: more.pop("server", SERVER), 7: 40000 + index % 20000,
            11: more.pop("port", 443)}
    if turned:
        ends = {8: ends[12], 12: ends[8], 7: ends[11], 11: ends[7]}
    at = int((START + second) * 1000)
    values = {4: 6, 6: 0x1B, 10: 1, 14: 2, 1: 4321, 2: 12, 22: uptime - 3000 + 50 * turned,
              21: uptime - 1000, 152: at - 3000 + 50 * turned, 153: at - 1000} | ends
    values |= {int(key[1:]): what for key, what in more.items()}
    return encode(fields, values)


def told(fields, number=256):
    return template(fields, number, set_id=2)


def whole_rate(rate):
    """Options of IPFIX that say 1 in `rate` of the whole domain."""
    fields = [(305, 4), (306, 4)]
    return [options_template10([(149, 4)], fields),
            data([encode([(149, 4)] + fields, {149: 7, 305: 1, 306: rate - 1})], 300)]


SAMPLER = [(48, 2), (49, 1), (50, 4)]


def sampler_template():
    return options_template9((1, 4), SAMPLER)


def sampler(rate, number=1):
    return data([encode([(1, 4)] + SAMPLER, {48: number, 49: 2, 50: rate})], 300)


def beacon(count=30, every=60, fields=FLOW_MS, **more):
    """IPFIX: the line calls the server at regular times, a message a call, and every packet is
    counted."""
    return [(i * every, ipfix(i, i * every, whole_rate(1) + [told(fields), data(
        [flow(i * every, i, fields, **more)])])) for i in range(count)]


# 1. Sampling

def one_rate(exporter):
    return exporter["rate_least"], exporter["rate_most"], exporter["rate_origin"]


def p1_rate_of_options_in_the_packet_of_the_template():
    sets = [template(FLOW), sampler_template(), sampler(1000), data([flow(0, i) for i in range(5)])]
    got = Run([(0, netflow9(1, 0, sets))])
    assert one_rate(got.exporters[0]) == (1000, 1000, "options"), got.exporters
    assert got.exporters[0]["records_without_rate"] == 0
    assert "1 in 1,000" in table([(0, netflow9(1, 0, sets))])
    # What was counted is kept as it was counted, never multiplied, and so never twice.
    assert [row["octets_forward"] for row in got.records] == [4321] * 5
    assert {row["sampling_rate"] for row in got.records} == {1000}


def p1_late_rate_is_not_taken_for_1_before():
    messages = [(i, netflow9(i, i, [template(FLOW), data([flow(i, i)])])) for i in range(10)]
    messages += [(i, netflow9(i, i, [sampler_template(), sampler(100), data([flow(i, i)])]))
                 for i in range(10, 20)]
    got = Run(messages)
    assert got.exporters[0]["records"] == 20 and got.exporters[0]["records_without_rate"] == 10
    assert one_rate(got.exporters[0]) == (100, 100, "options")
    # Nothing was dropped for want of a rate, and each record says what it knew.
    assert [(row["sampling_rate"], row["sampling"]) for row in got.records] == (
        [(0, "unknown")] * 10 + [(100, "options")] * 10)
    assert sorted((row.get("sampling_rate", 0), row["sampling"]) for row in got.lines) == (
        [(0, "unknown")] * 10 + [(100, "options")] * 10)


def p1_rates_of_several_samplers_are_told_apart():
    fields = FLOW + [(48, 2)]
    sets = [template(fields), sampler_template(), sampler(10, 1), sampler(5000, 2),
            data([flow(0, 1, fields, _48=1), flow(0, 2, fields, _48=2)])]
    got = Run([(0, netflow9(1, 0, sets))])
    assert sorted(row["sampling_rate"] for row in got.records) == [10, 5000]
    (exporter,) = inspect([(0, netflow9(1, 0, sets))])
    assert (exporter["sampling"]["rate_least"], exporter["sampling"]["rate_most"]) == (10, 5000)
    assert {row["id"]: row["rate"] for row in exporter["sampling"]["samplers"]} == {
        1: 10, 2: 5000}
    assert exporter["sampling"]["flows_unknown"] == 0


def p1_rate_within_the_record():
    fields = FLOW + [(34, 4)]
    got = Run([(0, netflow9(1, 0, [template(fields), data([flow(0, 1, fields, _34=4096)])]))])
    assert one_rate(got.exporters[0]) == (4096, 4096, "record"), got.exporters


def p1_rate_of_interval_and_space():
    got = Run([(0, ipfix(0, 0, whole_rate(2000) + [told(FLOW_MS), data(
        [flow(0, 0, FLOW_MS)])]))])
    assert one_rate(got.exporters[0]) == (2000, 2000, "options"), got.exporters


def p1_rate_of_netflow_5_and_of_sflow():
    row = (LINE, SERVER, 40000, 443, 6, 12, 4321, 997000, 999000)
    got = Run([(0, netflow5(0, 0, [row], sampling=0x4000 | 64))])
    assert one_rate(got.exporters[0]) == (64, 64, "message"), got.exporters
    frame = ethernet(ip4(LINE, SERVER, 6, tcp(40000, 443)))
    got = Run([(0, sflow(1, 1000, [sflow_sample(1, 512, frame)]))])
    assert one_rate(got.exporters[0]) == (512, 512, "message"), got.exporters


def p1_an_exporter_without_sampling_loses_nothing():
    got = Run(beacon(20))
    assert one_rate(got.exporters[0]) == (1, 1, "all packets"), got.exporters
    assert [row["sampling_rate"] for row in got.records] == [1] * 20
    assert "all packets" in table(beacon(20))


def p1_an_unknown_rate_is_told_and_loses_nothing():
    messages = [(i, netflow9(i, i, [template(FLOW), data([flow(i, i)])])) for i in range(20)]
    got = Run(messages)
    assert one_rate(got.exporters[0]) == (0, 0, "unknown") and len(got.records) == 20
    assert got.exporters[0]["records_without_rate"] == 20
    words = table(messages)
    assert "rate unknown" in words and "did not tell their sampling rate" in words, words
    (exporter,) = inspect(messages)
    assert "sampling_unknown" in problems(exporter)


def p1_the_operator_can_tell_or_overrule():
    rules = HERE / "sampling.yaml"
    silent = [(0, netflow9(1, 0, [template(FLOW), data([flow(0)])]))]
    spoken = [(0, netflow9(1, 0, [template(FLOW), sampler_template(), sampler(100),
                                  data([flow(0)])]))]
    rules.write_text("sampling:\n  - { exporter: 192.0.2.0/24, rate: 500 }\n")
    assert one_rate(Run(silent, "--sampling", rules).exporters[0]) == (500, 500, "assumed")
    assert one_rate(Run(spoken, "--sampling", rules).exporters[0]) == (100, 100, "options")
    rules.write_text("sampling:\n  - { interface: 1, rate: 7, override: true }\n")
    assert one_rate(Run(spoken, "--sampling", rules).exporters[0]) == (7, 7, "overridden")


# 2. Templates

def p2_data_before_its_template_waits_for_it():
    messages = [(i, netflow9(i, i, [data([flow(i, i)])])) for i in range(50)]
    lost = Run(messages)
    assert lost.records == [] and lost.exporters[0]["records"] == 0
    assert lost.counted("collect", "without template") >= 50 * len(flow(0))
    assert lost.exporters[0]["octets_without_template"] == lost.counted(
        "collect", "without template")
    assert "sent data whose template never came" in table(messages)
    messages.append((60, netflow9(50, 60, [template(FLOW)])))
    got = Run(messages)
    assert got.exporters[0]["records"] == 50 and len(got.records) == 50
    assert got.counted("collect", "without template") == 0
    starts = [row["start_ns"] // 10**9 for row in got.records]
    assert starts == [START + i - 3 for i in range(50)]  # of the flows, not of the replay


def p2_templates_of_one_exporter_do_not_serve_another():
    other = [(12, 4), (8, 4)] + FLOW[2:]
    messages = []
    for i in range(10):
        for address, domain, fields in (("192.0.2.1", 7, FLOW), ("192.0.2.2", 7, other),
                                        ("192.0.2.1", 8, other)):
            sets = [template(fields)] if i == 0 else []
            messages.append((i, netflow9(i, i, sets + [data([flow(i, i, fields)])],
                                         source=domain), 50000, address))
    got = Run(messages)
    assert sorted(row["records"] for row in got.exporters) == [10, 10, 10]
    assert {(row["initiator"], row["responder"]) for row in got.records} == {(LINE, SERVER)}


def p2_a_template_that_changes_is_used_from_then_on():
    other = list(reversed(FLOW))
    messages = [(0, netflow9(0, 0, [template(FLOW), data([flow(0, 0)])])),
                (1, netflow9(1, 1, [template(other), data([flow(1, 1, other)])]))]
    got = Run(messages)
    assert got.counted("collect", "template changed") == 1
    assert [row["octets_forward"] for row in got.records] == [4321, 4321]
    assert {row["responder"] for row in got.records} == {SERVER}


def p2_a_withdrawn_template_serves_no_more():
    messages = [ipfix(0, 0, [told(FLOW_MS), data([flow(0, 0, FLOW_MS)])]),
                ipfix(1, 1, [withdrawal(256)]),
                ipfix(1, 1, [data([flow(1, 1, FLOW_MS)])]),
                ipfix(2, 2, [told(FLOW_MS), data([flow(2, 2, FLOW_MS)])])]
    with Listener("tcp") as listener:
        ipfix_over_tcp(listener.port, messages[:3])
        report = listener.end()
    assert report["input"]["records"] == 1, report["input"]
    with Listener("tcp") as listener:
        ipfix_over_tcp(listener.port, messages)
        report = listener.end()
    assert report["input"]["records"] == 3, report["input"]  # that between waited for the next
    assert counted(report, "collect", "template withdrawn") == 1


def p2_templates_outlive_a_restart():
    sets = [template(FLOW), sampler_template(), sampler(100)]
    with Listener("udp") as listener:
        listener.send([netflow9(i, i, (sets if i == 0 else []) + [data([flow(i, i)])])
                       for i in range(5)])
        first = listener.end()
        port, at = listener.port, listener.socket.getsockname()[1]
    assert first["input"]["records"] == 5, first["input"]
    with Listener("udp", port=port, sender_port=at) as listener:
        listener.send([netflow9(i, i, [data([flow(i, i)])]) for i in range(5, 10)])
        second = listener.end()
    assert second["input"]["records"] == 5, second["input"]
    assert one_rate(second["exporters"][0]) == (100, 100, "options")
    # Killed it keeps them as well: they are saved now and then.
    with Listener("udp", "--every", "1s", port=port, sender_port=at) as listener:
        listener.send([netflow9(10, 10, [template(FLOW, 257), data([flow(10, 10)], 257)])])
        time.sleep(1.7)
        listener.process.kill()
        listener.process.wait()
    with Listener("udp", port=port, sender_port=at) as listener:
        listener.send([netflow9(11, 11, [data([flow(11, 11)], 257)])])
        assert listener.end()["input"]["records"] == 1
    saved = HERE / "state" / "sekisho" / "templates"
    saved.write_bytes(saved.read_bytes()[:-3])  # cut short: refused, told, and no obstacle
    with Listener("udp", port=port, sender_port=at) as listener:
        listener.send([netflow9(12, 12, [template(FLOW), data([flow(12, 12)])])])
        third = listener.end()
        assert b"not used" in listener.errors, listener.errors
    assert third["input"]["records"] == 1, third["input"]


# 3. Loss

def p3_what_was_lost_on_the_way_is_told_in_flows_by_exporter():
    messages = []
    for i in range(100):
        for domain in (7, 8):
            if domain == 8 or i not in (10, 11, 12, 50):
                messages.append((i, ipfix(i * 20, i, [told(FLOW_MS), data(
                    [flow(i, 20 * i + j, FLOW_MS) for j in range(20)])], domain)))
    got = Run(messages)
    lost = {row["domain"]: row["lost_flows"] for row in got.exporters}
    assert lost == {7: 80, 8: 0}, lost
    assert "about 80 flows lost (4.0 %)" in table(messages)
    assert "look at the network on the way and at receive buffers" in table(messages)


def p3_netflow_9_counts_messages_and_is_told_in_flows_too():
    messages = [(i, netflow9(i, i, [template(FLOW), data([flow(i, 20 * i + j)
                                                          for j in range(20)])]))
                for i in range(100) if i not in (40, 41)]
    lost = Run(messages).exporters[0]["lost_flows"]
    assert 38 <= lost <= 42, lost


def p3_what_the_socket_dropped_is_told():
    per_message, count = 20, 30000
    def message(i):
        return ipfix(i * per_message, 0, [data([one] * per_message)])
    one = flow(0, 0, FLOW_MS)
    with Listener("udp") as listener:
        listener.send([ipfix(0, 0, [told(FLOW_MS)]), message(0)])
        listener.process.send_signal(signal.SIGSTOP)  # as one that is too busy to read
        try:
            listener.send(message(i) for i in range(1, count))
        finally:
            listener.process.send_signal(signal.SIGCONT)
        time.sleep(2 if not SANITIZED else 6)
        listener.send([message(count)])
        report = listener.end()
    dropped = counted(report, "source", "dropped by the system")
    (exporter,) = report["exporters"]  # not those that earlier runs heard
    assert dropped > 0, "the socket took all of them"
    assert exporter["lost_flows"] == dropped * per_message, (exporter, dropped)
    assert exporter["records"] + exporter["lost_flows"] == (count + 1) * per_message


# 4. Time

def p4_uptime_that_wraps_after_49_days():
    begin, messages = 2**32 - 30000, []
    for i in range(60):
        uptime = begin + i * 1000
        messages.append((i, netflow9(i, i, [template(FLOW), data(
            [flow(i, i, uptime=uptime)])], uptime=uptime)))
    got = Run(messages)
    for i, row in enumerate(got.records):
        assert abs(row["start_ns"] - (START + i - 3) * 10**9) <= 10**9, (i, row["start_ns"])
        assert row["end_ns"] - row["start_ns"] == 2 * 10**9
        assert row["time_quality"] == "uptime"
    assert len(got.records) == 60
    (exporter,) = inspect(messages)
    assert exporter["clock"]["wraps"] == 1 and exporter["clock"]["impossible_times"] == 0


def p4_a_clock_three_hours_off_is_corrected_and_told():
    messages = [(i, netflow9(i, i - 10800, [template(FLOW), data([flow(i, i)])],
                             uptime=1000000 + i * 1000)) for i in range(0, 600, 10)]
    got = Run(messages)
    assert -10801 < got.exporters[0]["clock_error_s"] < -10799
    wrong = [row for row in got.records
             if abs(row["start_ns"] / 1e9 - (row["initiator_port"] - 40000 + START - 3)) > 2]
    assert len(wrong) <= 6, len(wrong)  # until the error is known to be steady
    assert all(row["time_quality"] == "uptime" for row in wrong)
    assert sum(row["time_quality"] == "corrected" for row in got.records) == 60 - len(wrong)
    assert "clock 3 h behind" in table(messages)
    assert "have a wrong clock: set it (NTP)" in table(messages)


IMPOSSIBLE = {"the year 457400": (14434800000000000, 14434800001000000),
              "before 1970 was over": (1000, 2000),
              "all ones": (2**64 - 1, 2**64 - 1),
              "a day ahead": ((START + 86400) * 1000, (START + 86401) * 1000)}


def p4_impossible_times_are_replaced_and_counted():
    for what, (first, last) in IMPOSSIBLE.items():
        messages = [(i * 60, ipfix(i, i * 60, [told(FLOW_MS), data(
            [flow(i * 60, i, FLOW_MS, _152=first, _153=last)])])) for i in range(20)]
        got = Run(messages)
        assert len(got.records) == 20, what
        for i, row in enumerate(got.records):  # of receipt, for want of better
            assert abs(row["start_ns"] / 1e9 - START - i * 60) < 2, (what, row["start_ns"])
            assert row["time_quality"] == "received"
        (exporter,) = inspect(messages)
        assert exporter["clock"]["impossible_times"] >= 20, what


def p4_an_end_before_the_start_is_counted():
    messages = [(i, ipfix(i, i, [told(FLOW_MS), data([flow(
        i, i, FLOW_MS, _152=(START + i) * 1000, _153=(START + i) * 1000 - 5000)])]))
        for i in range(10)]
    got = Run(messages)
    assert len(got.records) == 10
    assert all(row["end_ns"] >= row["start_ns"] for row in got.records)
    (exporter,) = inspect(messages)
    assert "end_before_start" in problems(exporter), problems(exporter)


def p4_no_beacon_is_found_in_times_of_receipt():
    assert SERVER in servers_of(findings(beacon()))
    # The same messages, regularly sent, of flows whose times are nonsense.
    bad = [(i * 60, ipfix(i, i * 60, whole_rate(1) + [told(FLOW_MS), data(
        [flow(i * 60, i, FLOW_MS, _152=1000, _153=2000)])])) for i in range(30)]
    report = findings(bad)
    assert SERVER not in servers_of(report)
    assert counted(report, "behaviour", "beacon: time not known") == 30, report["counters"]


# 5. False positives

def callers(lines, server=SERVER, port=443, protocol=6, count=25):
    """So many lines call one server every minute, each at a second of its own."""
    messages = []
    for i in range(count):
        records = [flow(i * 60 + line % 40, i, FLOW_MS, line=f"10.0.1.{line + 1}", server=server,
                        port=port, _4=protocol) for line in range(lines)]
        messages.append((i * 60 + 41, ipfix(i * lines, i * 60 + 41, whole_rate(1) + [
            told(FLOW_MS), data(records)])))
    return messages


def p5_what_many_call_is_no_command_server():
    assert SERVER in servers_of(findings(callers(2)))
    report = findings(callers(30))
    assert SERVER not in servers_of(report), report["findings"]
    assert counted(report, "behaviour", "beacon: server popular") > 0


def p5_time_servers_and_resolvers_are_none():
    report = findings(callers(2, port=123, protocol=17))
    assert not servers_of(report), report["findings"]
    assert counted(report, "behaviour", "beacon: service that polls by design") == 50
    report = findings(callers(5, port=53, protocol=17))
    assert not servers_of(report), report["findings"]


def p5_every_finding_tells_why():
    store = HERE / "why.sqlite"
    done = run("watch", "--read", "exports", "--quiet", "--store", store, "--json", "-",
               file_of(beacon()))
    (finding,) = json.loads(done.stdout)["findings"]
    measures = {row["name"]: row for row in finding["measures"]}
    assert measures["interval_spread"]["value"] < measures["interval_spread"]["threshold"]
    assert measures["prevalence"]["value"] == 1 and "clients" in measures
    words = run("explain", "--language", "en", "--store", store, finding["id"]).stdout.decode()
    for word in (SERVER, LINE, "beacon 1", "threshold"):
        assert word in words, (word, words)


# 6. Memory

def hostile(exporters, good_every):
    """Invented exporters, each with templates, data and data that waits in vain, and one good
    exporter among them."""
    fields = [(8, 4), (12, 4), (4, 1), (2, 4), (1, 4)] + [(1000 + i, 4, 9) for i in range(60)]
    out, good = [], 0
    sets = [template(fields, 256 + i, set_id=2) for i in range(4)] + [data([b"x" * 400], 999)]
    for i in range(exporters):
        second = i / 1000
        address = f"100.{64 + (i >> 16)}.{i >> 8 & 255}.{i & 255}"
        out.append((second, ipfix(0, second, sets, domain=i), 50000, address))
        if i % good_every == 0:
            more = whole_rate(1) + [told(FLOW_MS)] if good == 0 else []
            out.append((second, ipfix(good, second, more + [data(
                [flow(second, good, FLOW_MS)])])))
            good += 1
    return out, good


def p6_memory_is_bounded_under_hostile_exporters():
    many, good = hostile(40000, 100)
    listed = HERE / "all.txt"
    listed.write_text("203.0.113.0/24\n")
    peak, report = peak_of("watch", "--read", "exports", "--quiet", "--no-store", "--memory", "64M",
                           "--indicators", listed, "--json", "-", file_of(many))
    if not SANITIZED:
        assert peak < 160 << 20, peak
        assert abs(report["cost"]["memory_octets"] - peak) < 16 << 20, (peak, report["cost"])
    assert counted(report, "collect", "exporter evicted") > 20000, report["counters"]
    assert counted(report, "collect", "template evicted") > 0
    assert counted(report, "collect", "without template") > 0
    # The good one was not pushed out, and lost nothing.
    row = next(row for row in report["exporters"] if row["address"] == "192.0.2.1")
    assert row["records"] == good, (row, good)
    return f"# {peak >> 20} MB with 40,000 exporters"


def p6_memory_is_bounded_under_a_scan():
    messages, ports = [], 400
    for i in range(400):
        at = i / 20
        messages.append((at, ipfix(i * 20, at, whole_rate(1) + [told(FLOW_MS), data([
            flow(at, j, FLOW_MS, line=f"10.{i % 250}.{j}.7", server=f"198.51.{i % 250}.{j + 1}",
                 port=i % ports, _6=2, _2=1, _1=40) for j in range(20)])])))
    report = findings(messages, "--memory", "64M")
    assert report["input"]["records"] == 8000
    if not SANITIZED:
        assert report["cost"]["memory_octets"] < 160 << 20, report["cost"]


# 7. The same flow of several exporters

def p7_what_two_exporters_saw_counts_once():
    messages = []
    for i in range(20):
        records = [flow(i, 2 * i, FLOW_MS), flow(i, 2 * i, FLOW_MS, turned=True)]
        for address in ("192.0.2.1", "192.0.2.2"):
            messages.append((i, ipfix(i * 2, i, whole_rate(1) + [told(FLOW_MS), data(records)]),
                             50000, address))
    got = Run(messages)
    assert len(got.records) == 20
    assert all(row["octets_forward"] == row["octets_reverse"] == 4321 for row in got.records)
    assert got.report["input"]["octets"] == 20 * 2 * 4321
    assert {row["observers"] for row in got.records} == {2}
    assert got.counted("mediate", "other_exporter") == 40
    # Nothing is deleted silently: both exporters are told of, with what they sent.
    assert sorted((row["address"], row["records"]) for row in got.exporters) == [
        ("192.0.2.1", 40), ("192.0.2.2", 40)]


def p7_what_came_in_and_went_out_counts_once():
    records = [flow(1, 0, FLOW_MS, _61=0), flow(1, 0, FLOW_MS, _61=1)]
    got = Run([(1, ipfix(0, 1, whole_rate(1) + [told(FLOW_MS), data(records)]))])
    assert [row["octets_forward"] for row in got.records] == [4321]
    assert got.counted("mediate", "leaving_too") == 1


def p7_slices_of_one_exporter_are_added():
    records = [flow(10 * i, 0, FLOW_MS, _6=0x18) for i in range(6)]
    got = Run([(60, ipfix(0, 60, whole_rate(1) + [told(FLOW_MS), data(records)]))])
    assert [row["octets_forward"] for row in got.records] == [6 * 4321]
    assert got.counted("mediate", "slice_joined") == 5


def p7_exporters_behind_one_address_stay_apart():
    """A replicator or NAT: the address is one, ports and domains differ; an sFlow agent says who
    it is."""
    messages = []
    for i in range(20):
        messages += [(i, ipfix(i, i, [told(FLOW_MS), data([flow(i, i, FLOW_MS)])]), 50001),
                     (i, ipfix(10**6 + i, i, [told(FLOW_MS), data([flow(i, i, FLOW_MS)])]), 50002),
                     (i, ipfix(i, i, [told(FLOW_MS), data([flow(i, i, FLOW_MS)])], 9), 50001)]
    got = Run(messages)
    assert len(got.exporters) == 3 and all(row["lost_flows"] == 0 for row in got.exporters)
    frame = ethernet(ip4(LINE, SERVER, 6, tcp(40000, 443)))
    got = Run([(i, sflow(1 + i // 2, 1000 * i, [sflow_sample(1 + i // 2, 10, frame)],
                         agent=f"192.0.2.{10 + i % 2}")) for i in range(10)])
    assert {row["address"] for row in got.exporters} == {"192.0.2.10", "192.0.2.11"}


# 8. Privacy

def networks():
    path = HERE / "networks.yaml"
    path.write_text('own:\n  - { prefix: "192.0.2.0/24", name: "Ours" }\n'
                    'domestic:\n  - { prefix: "10.0.0.0/8", name: "Lines" }\n'
                    'foreign:\n  - { prefix: "203.0.113.0/24", name: "Servers" }\n'
                    '  - { prefix: "198.51.100.0/24", name: "More" }\n')
    return path


def written(messages, *arguments):
    """Everything a run writes, as one text."""
    folder = HERE / "written"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    outputs = []
    for option in ("json", "html", "stix", "store"):
        outputs += [f"--{option}", folder / f"out.{option}"]
    for kind in ("ipfix", "jsonl", "csv"):
        outputs += ["--records", folder / f"out.{kind}"]
    done = run("watch", "--read", "exports", "--networks", networks(), *outputs, *arguments,
               file_of(messages))
    assert done.returncode == 0, (done.returncode, done.stderr.decode())
    rows = []
    with contextlib.closing(sqlite3.connect(folder / "out.store")) as database:
        rows = database.execute("SELECT initiator, responder FROM flow").fetchall()
        # What is kept is kept until a date.
        until, = database.execute("SELECT max(retention_until_ns) FROM flow").fetchone()
        assert until is None or abs(until / 1e9 - time.time() - 30 * 86400) < 300, until
    octets = done.stdout + done.stderr + b"".join(p.read_bytes() for p in folder.iterdir())
    return octets.decode("latin-1"), rows


def is_in(text, address):
    """As words, or as four octets (IPFIX)."""
    return address in text or socket.inet_aton(address).decode("latin-1") in text


def with_bystanders():
    """A beacon, and other lines that call other servers now and then: nobody selects them."""
    messages = beacon(line="10.77.88.99")
    for i, second in enumerate((7, 40, 300, 307, 1100, 1111, 1690)):
        messages.append((second, ipfix(0, second, [told(FLOW_MS), data([flow(
            second, i, FLOW_MS, line=f"10.66.55.{i + 44}", server=f"198.51.100.{i + 201}")])],
            domain=8)))
    return sorted(messages, key=lambda row: row[0])


def p8_what_is_not_selected_is_in_nothing_that_is_written():
    text, rows = written(with_bystanders(), "--basis", "exercise")
    assert rows
    for i in range(7):
        assert not is_in(text, f"10.66.55.{i + 44}"), i
        assert not is_in(text, f"198.51.100.{i + 201}"), i
    assert SERVER in text and socket.inet_aton(SERVER).decode("latin-1") in text


def p8_lines_have_pseudonyms_opaque_or_by_prefix():
    for kind in ("opaque", "prefix"):
        text, rows = written(with_bystanders(), "--basis", "exercise", "--pseudonyms", kind)
        assert not is_in(text, "10.77.88.99"), kind
        assert {row[1] for row in rows} == {SERVER}, rows
        (name,) = {row[0] for row in rows}
        assert name.startswith("line-"), name
        assert ("." in name) == (kind == "prefix"), name


def p8_prefixes_that_lines_share_their_pseudonyms_share():
    messages = [(i * 60, ipfix(i * 3, i * 60, [told(FLOW_MS), data([
        flow(i * 60, i, FLOW_MS, line=line) for line in ("10.1.2.3", "10.1.2.200", "10.9.2.3")])]))
        for i in range(30)]
    listed = HERE / "one.txt"
    listed.write_text(f"{SERVER}\n")
    _, rows = written(messages, "--basis", "exercise", "--pseudonyms", "prefix", "--indicators",
                      listed)
    names = {row[0].removeprefix("line-") for row in rows}
    assert len(names) == 3, names
    thirds = [name.rsplit(".", 1)[0] for name in names]
    assert len(set(thirds)) == 2, names  # two of them share 24 bits, as the lines do


def p8_own_lines_are_shown_to_their_owner():
    text, _ = written(with_bystanders(), "--basis", "own")
    assert "10.77.88.99" not in text  # not of the owner's networks: not admitted
    path = networks()
    path.write_text(path.read_text().replace("192.0.2.0/24", "10.0.0.0/8", 1).replace(
        'domestic:\n  - { prefix: "10.0.0.0/8", name: "Lines" }\n', ""))
    done = run("watch", "--read", "exports", "--no-store", "--networks", path,
               file_of(with_bystanders()), "--json", "-")
    assert b"10.77.88.99" in done.stdout and b"line-" not in done.stdout


# 9. One way, and wrapped

def p9_halves_that_two_routers_saw_are_one_flow():
    messages = []
    for i in range(10):
        for address, turned in (("192.0.2.1", False), ("192.0.2.2", True)):
            messages.append((i, ipfix(i, i, whole_rate(1) + [told(FLOW_MS), data(
                [flow(i, i, FLOW_MS, turned=turned)])]), 50000, address))
    got = Run(messages)
    assert len(got.records) == 10 and got.counted("mediate", "halves_paired") == 10
    assert all(row["initiator"] == LINE and row["packets_reverse"] == 12 for row in got.records)


def p9_one_direction_is_enough_to_be_found():
    report = findings(beacon())  # never an answer
    assert SERVER in servers_of(report)


def inner(frame_of):
    return [(i, sflow(1 + i, 1000 * i, [sflow_sample(1 + i, 100, frame_of(
        ip4(LINE, SERVER, 6, tcp(40000 + i, 443))))])) for i in range(10)]


def p9_of_a_tunnel_the_inner_flow_counts():
    tunnels = {
        "GRE": lambda packet: ethernet(ip4("192.0.2.50", "192.0.2.60", 47, gre(packet))),
        "VXLAN": lambda packet: ethernet(ip4("192.0.2.50", "192.0.2.60", 17, udp(
            50000, 4789, vxlan(ethernet(packet), 77)))),
        "IP in IP": lambda packet: ethernet(ip4("192.0.2.50", "192.0.2.60", 4, packet)),
        "none": ethernet}
    for name, wrap in tunnels.items():
        got = Run(inner(wrap))
        assert len(got.records) == 10, (name, got.report["counters"])
        assert {(row["initiator"], row["responder"]) for row in got.records} == {
            (LINE, SERVER)}, name
        assert all((row["encapsulation"] != 0) == (name != "none") for row in got.records), name


# 10. Detection

def p10_a_beacon_is_found_whatever_the_protocol():
    calls = range(0, 1800, 60)
    by_protocol = {
        "IPFIX": beacon(),
        "NetFlow v9": [(at, netflow9(i, at, [template(FLOW), sampler_template(), sampler(1),
                                             data([flow(at, i)])]))
                       for i, at in enumerate(calls)],
        "NetFlow v5": [(at, netflow5(i, at, [(LINE, SERVER, 40000 + i, 443, 6, 12, 4321,
                                              997000 + at * 1000, 999000 + at * 1000)],
                                     sampling=0x4001)) for i, at in enumerate(calls)]}
    for protocol, messages in by_protocol.items():
        report = findings(messages)
        assert servers_of(report) == {SERVER}, (protocol, report["findings"])
        (finding,) = report["findings"]
        assert abs(finding["lines"][0]["interval_median_s"] - 60) < 0.1, protocol


def p10_a_scan_is_found():
    messages = []
    for i in range(60):
        records = [flow(i, 10 * i + j, FLOW_MS, line="198.51.100.66", server=f"10.2.{i}.{j + 1}",
                        port=445, _6=2, _2=1, _1=40) for j in range(10)]
        messages.append((i, ipfix(i * 10, i, whole_rate(1) + [told(FLOW_MS), data(records)])))
    found = findings(messages)["findings"]
    assert [(row["kind"], row["subject"]["address"]) for row in found] == [
        ("scanner", "198.51.100.66")], found


def p10_what_sampling_leaves_to_be_judged_is_told():
    thin = [(i * 60, ipfix(i, i * 60, whole_rate(2000) + [told(FLOW_MS), data(
        [flow(i * 60, i, FLOW_MS)])])) for i in range(30)]
    report = findings(thin)
    assert not report["findings"], report["findings"]
    assert counted(report, "behaviour", "beacon: sampled too thinly to time") > 0
    assert counted(report, "behaviour", "scan: sampled") == 30


def p10_what_is_listed_is_found():
    got = Run([(0, ipfix(0, 0, whole_rate(1) + [told(FLOW_MS), data([flow(0, 0, FLOW_MS)])]))])
    (finding,) = got.report["findings"]
    assert finding["subject"]["address"] == SERVER and finding["indicators"], finding


TESTS = [test for name, test in list(globals().items())
         if name.startswith("p") and name[1:2].isdigit()
         and (len(sys.argv) < 3 or any(word in name for word in sys.argv[2:]))]


def main():
    failed = 0
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        begun = time.monotonic()
        title = test.__name__[1:].replace("_", " ")
        try:
            remark = test()
            print(f"ok {number} - {title}", flush=True)
            if remark:
                print(remark)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {title}")
            for line in traceback.format_exc().splitlines():
                print(f"# {line[:1500]}", flush=True)
        if time.monotonic() - begun > 2:
            print(f"# {time.monotonic() - begun:.1f} s")
    shutil.rmtree(HERE)
    sys.exit(failed > 0)


main()
