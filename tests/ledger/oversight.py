#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The overseer's questions from end to end: a lawful ledger is found so, each fault that is planted
in it is named with its entry and article, and the yearly report is counted.  Prints TAP.
usage: oversight.py SEKISHO LEDGER_WRITE LAW"""

import base64
import copy
import datetime
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import tap  # noqa: E402

SEKISHO, WRITE, LAW = sys.argv[1:4]
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-oversight-"))
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", SEKISHO_LAW_DIR=str(pathlib.Path(LAW).resolve().parent),
                   XDG_STATE_HOME=str(HERE))  # fmt: skip
for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
    ENVIRONMENT[variable] = "exitcode=99:halt_on_error=1:" + os.environ.get(variable, "")
NAME = "example.org/ledger"
START = datetime.datetime(2028, 1, 14, 15, tzinfo=datetime.timezone.utc)  # 15 January in Japan
END = "2028-07-14T15:00:00.000000000Z"  # 14 July is the last day of six months
RETAINED = "2030-03-31T15:00:00.000000000Z"
EXTENDED = "2032-03-31T15:00:00.000000000Z"
AS_OF = "2032-06-01"


def run(*arguments, text=None):
    return subprocess.run([*map(str, arguments)], capture_output=True, text=True, input=text,
                          env=ENVIRONMENT, check=False)  # fmt: skip


KEY = run(WRITE, "key", NAME, 7).stdout.strip()


def moment(when):
    """Days after the start, or a time as it is written."""
    if isinstance(when, str):
        return when
    time = START + datetime.timedelta(days=when)
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


def digest(name):
    return hashlib.sha256(name.encode()).hexdigest()


def entry(kind, at, **fields):
    for name in ("before", "from", "to", "until"):
        if name in fields:
            fields[name] = moment(fields[name])
    return {"at": moment(at), "format": 1, "kind": kind, **fields}


def notice(duty, number, at, recipient="commission"):
    return entry("notice", at, duty=duty, entry=number, recipient=recipient)


def lawful():
    """One measure under article 17, from the request to the erasure of what it found."""
    a17, b1 = {"basis": "a17"}, {"basis": "a17", "subject": "B-1"}
    log = []

    def add(*made):
        log.extend(made)
        return len(log) - 1

    def told(number, at, *duties):
        add(*[notice(duty, number, at) for duty in duties])

    add(entry("law_loaded", 0, law="jp", digest=digest("law")))
    add(entry("approval_requested", 0, stage="first", subject="M-1", article="17(1)", **a17))
    add(entry("approval_given", 0, stage="first", subject="M-1", article="18", **a17))
    add(entry("warrant_accepted", 0, warrant="JP-2028-0001", digest=digest("warrant"),
              equipment="cable-7", direction="FF", capacity=10**10, share=300, signers=3,
              to=END, **{"from": 0}, **a17))  # fmt: skip
    add(entry("generation_loaded", 0.001, digest=digest("list"), generation=1, indicators=5, lists=1))
    batch = add(entry("selection_batch", 1, warrant="JP-2028-0001", equipment="cable-7",
                      direction="FF", digest=digest("list"), generation=1, examined=100,
                      selected=4, erased=96, dropped_domestic=20, octets=10**9,
                      to=1, **{"from": 0.999}, **b1))  # fmt: skip
    add(entry("erasure_attested", 1, octets=10**6, outcome="done", erased=96, **b1))
    told(batch, 2, "30-1")
    add(entry("inspection", 3, actor="inspector", article="63(1)", entry=batch))
    hidden = add(entry("deidentified", 1.01, records=4, **b1))
    told(hidden, 2, "30-2-deidentified", "63-1-deidentified")
    term = add(entry("retention_set", 1.02, until=RETAINED, **{"from": 1}, **b1))
    told(term, 2, "30-3-set")
    add(entry("access", 4, actor="sato", role="analyst", action="read", purpose="damage-prevention",
              verdict="allowed", **b1))  # fmt: skip
    window = add(entry("reidentification_opened", 5, actor="sato", approver="ito", until=5.5,
                       digest=digest("order"), fields="mail", reason="matching", **b1))  # fmt: skip
    told(window, 6, "30-2-opened", "63-1-opened")
    shut = add(entry("reidentification_closed", 5.5, digest=digest("order"), event="expired", **b1))
    told(shut, 6, "30-2-closed")
    given = add(entry("provision", 7, product="selected", role="prime-minister",
                      recipient="helper-agency", verdict="allowed", **b1))  # fmt: skip
    told(given, 8, "30-5")
    add(entry("provision", 7, product="selected", role="prime-minister", recipient="public",
              verdict="refused", reason="no row", **b1))  # fmt: skip
    stop = add(entry("suspended", 9, reason="66 notice", article="66(1)", **b1))
    add(entry("remedied", 10, article="66(2)", reason="done", entry=stop, **b1))
    add(entry("warrant_ended", END, warrant="JP-2028-0001", event="expired", to=END, **a17))
    longer = add(entry("retention_extended", 800, before=RETAINED, until=EXTENDED, reason="needed", **b1))
    told(longer, 801, "30-3-extended")
    gone = add(entry("record_erasure", EXTENDED, reason="retention", records=4, **b1))
    told(gone, EXTENDED, "30-4")
    return in_time(log)


def in_time(log):
    """In the order of their times, with the numbers they name."""
    order = sorted(range(len(log)), key=lambda number: log[number]["at"])
    for one in log:
        if "entry" in one:
            one["entry"] = order.index(one["entry"])
    return [log[number] for number in order]


def write(log, name="log"):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    lines = "".join(json.dumps(one, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"
                    for one in log)  # fmt: skip
    done = run(WRITE, "lines", folder, NAME, 7, text=lines)
    assert done.returncode == 0, done.stderr
    return folder


def ask(log, *options, as_of=AS_OF):
    done = run(SEKISHO, "verify", "--json", "--key", KEY, "--law", LAW, "--as-of", as_of, *options,
               write(log))  # fmt: skip
    assert done.returncode in (0, 3), (done.returncode, done.stderr)
    report = json.loads(done.stdout)
    assert report["wrong"] is None
    assert (report["law"]["wrong"] > 0) == (done.returncode == 3)
    return report["law"]


def find(log, kind, **fields):
    return next(number for number, one in enumerate(log)
                if one["kind"] == kind and fields.items() <= one.items())  # fmt: skip


def changed(kind, fault, article, where=None, **fields):
    """One field of one entry is other than it should be: (log, fault, entry, article)."""
    log = lawful()
    number = find(log, kind, **(where or {}))
    for name, value in fields.items():
        if value is None:
            del log[number][name]
        else:
            log[number][name] = value
    return log, fault, number, article


def without(kind, fault, blamed, article, **where):
    """An entry is missing, and the one it should have followed is named."""
    log = lawful()
    number = find(log, kind, **where)
    log[number] = entry("gap", log[number]["at"], reason="planted", to=0, **{"from": 0})
    return log, fault, find(log, blamed), article


def with_more(fault, article, one):
    """An entry too many."""
    log = lawful()
    log.append(one)
    return log, fault, len(log) - 1, article


def batch(**fields):
    found = copy.deepcopy(lawful())
    return found[find(found, "selection_batch")] | fields


def revoked():
    log = lawful()
    at = find(log, "selection_batch")
    log.insert(at, entry("warrant_revoked", 0.5, warrant="JP-2028-0001", to=0.9995))
    for one in log[at:]:
        if "entry" in one and one["entry"] >= at:
            one["entry"] += 1
    return log, "selection_after_revocation", at + 1, "17"


def planted():
    late = {"where": {"duty": "30-1"}}
    yield changed("selection_batch", "selection_without_warrant", "17", warrant="JP-2028-0002")
    yield changed("selection_batch", "selection_under_other_basis", "32", basis="a32", octets=1)
    yield changed("selection_batch", "selection_outside_period", "17(3)", to="2028-07-14T15:00:00.000000001Z")
    yield changed("selection_batch", "selection_of_other_direction", "17", direction="FF DD")
    yield changed("selection_batch", "selection_at_other_equipment", "17", equipment="cable-8")
    yield changed("selection_batch", "indicators_not_loaded", "LC-05", digest=digest("other"))
    yield changed("selection_batch", "rest_not_erased", "LC-08", erased=95)
    yield changed("selection_batch", "over_volume_cap", "17", octets=10**11)
    yield changed("selection_batch", "over_volume_cap", "17", octets=32_400_000_001)
    yield changed("selection_batch", "cap_unknown", "17", octets=None)
    yield revoked()
    yield changed("erasure_attested", "erasure_failed", "LC-08", outcome="failed")
    yield changed("warrant_accepted", "period_too_long", "17(3)", to="2028-07-14T15:00:00.000000001Z")
    yield changed("warrant_accepted", "basis_not_in_force", "17", **{"from": "2027-11-21T14:59:59.000000000Z"},
                  to="2028-05-01T00:00:00.000000000Z")  # fmt: skip
    yield changed("warrant_accepted", "signatures_missing", "17", signers=2)
    yield changed("warrant_accepted", "share_too_large", "17", share=301)
    yield changed("warrant_accepted", "cap_unknown", "17", capacity=None)
    yield changed("warrant_accepted", "equipment_not_named", "17", equipment=None)
    yield changed("warrant_ended", "feed_closed_late", "17(3)", to="2028-07-14T15:00:01.000000001Z")
    yield with_more("warrant_changed", "17",
                    lawful()[find(lawful(), "warrant_accepted")] | {"at": EXTENDED, "digest": digest("new")})
    for duty, blamed, article in (
        ("30-1", "selection_batch", "30(i)"), ("30-2-deidentified", "deidentified", "30(ii)"),
        ("63-1-deidentified", "deidentified", "63(1)"),
        ("30-2-opened", "reidentification_opened", "30(ii)"),
        ("30-2-closed", "reidentification_closed", "30(ii)"),
        ("30-3-set", "retention_set", "30(iii)"), ("30-3-extended", "retention_extended", "30(iii)"),
        ("30-4", "record_erasure", "30(iv)"), ("30-5", "provision", "30(v)"),
    ):  # fmt: skip
        yield without("notice", "notice_missing", blamed, article, duty=duty)
    yield without("inspection", "notice_missing", "selection_batch", "63(1)")
    yield without("remedied", "notice_missing", "suspended", "66(2)")
    log, _, number, _ = changed("notice", "", "", **late, at=moment(4.001))
    yield log, "notice_late", log[number]["entry"], "30(i)"
    yield without("retention_set", "retention_not_set", "selection_batch", "25(1)")
    yield changed("retention_set", "retention_too_long", "25(1)", until="2030-03-31T15:00:00.000000001Z")
    yield changed("retention_extended", "extension_too_long", "25(1)", until="2032-03-31T15:00:00.000000001Z")
    yield changed("retention_extended", "extension_after_end", "25(1)", at="2030-03-31T15:00:00.000000000Z")
    yield without("record_erasure", "not_erased_at_end", "retention_set", "25(1)")
    yield changed("record_erasure", "erased_late", "25(1)", at="2032-04-02T00:00:00.000000000Z")
    yield changed("reidentification_opened", "reidentification_past", "LC-11", until=moment(5))
    yield changed("reidentification_closed", "reidentification_closed_late", "LC-11", at=moment(5.51))
    yield without("reidentification_closed", "reidentification_not_closed", "reidentification_opened", "LC-11")
    yield changed("provision", "provision_not_allowed", "28", recipient="foreign-government")
    yield changed("provision", "provision_not_allowed", "23(3)", recipient="public")
    yield changed("access", "access_not_allowed", "23(2)", purpose="investigation")
    yield changed("access", "access_not_allowed", "26(1)", action="export")
    yield used()
    yield with_more("clock_back", "LC-22", entry("run_ended", 0, outcome="done"))


def used():
    log = lawful()
    read = log[find(log, "access")]
    stop = find(log, "suspended")
    log.insert(stop + 1, read | {"at": moment(9.5)})
    for one in log[stop + 1 :]:
        if "entry" in one and one["entry"] > stop:
            one["entry"] += 1
    return log, "used_while_suspended", stop + 1, "LC-17"


def a_lawful_ledger_is_found_so():
    law = ask(lawful())
    assert law["findings"] == [], law["findings"]


def each_planted_fault_is_named_with_entry_and_article():
    count = 0
    for log, fault, number, article in planted():
        found = ask(log)["findings"]
        told = [(one["id"], one["entry"], one["article"]) for one in found if one["wrong"]]
        assert (fault, number, article) in told, ((fault, number, article), told)
        for one in found:
            assert one["words"] and one["words_ja"] and "{" not in one["words"] + one["words_ja"]
        count += 1
    print(f"# {count} faults planted")


def what_is_not_yet_due_is_not_missing():
    log = lawful()[: find(lawful(), "selection_batch") + 1]
    assert ask(log, as_of=moment(1.5))["findings"] == []
    missing = {one["id"] for one in ask(log, as_of=moment(5))["findings"]}
    assert missing == {"notice_missing", "retention_not_set"}, missing


def notices_meet_by_subject_what_they_did_not_number():
    log = lawful()
    one = log[find(log, "notice", duty="30-1")]
    del one["entry"]
    one["subject"] = "B-1"
    assert ask(log)["findings"] == []


def gaps_steps_and_weakness_are_notes():
    log = lawful()
    log.append(batch(**{"at": EXTENDED, "from": moment(1.5), "to": moment(1.6), "selected": 0,
                        "erased": 100, "subject": "B-2"}))  # fmt: skip
    log += [notice("30-1", len(log) - 1, EXTENDED), notice("63-1", len(log) - 1, EXTENDED),
            entry("clock_step", EXTENDED, to=EXTENDED, **{"from": AS_OF + "T00:00:00.000000000Z"}),
            entry("sandbox_weakened", EXTENDED, reason="no Landlock"),
            entry("collector_refused", EXTENDED, reason="a message of unknown kind"),
            notice("30-4", 0, EXTENDED)]  # fmt: skip
    law = ask(log)
    told = [(one["id"], one["wrong"]) for one in law["findings"]]
    assert told == [("gap_in_selection", False), ("clock_step", False), ("sandbox_weakened", False),
                    ("collector_refused", False), ("notice_of_nothing", False)], told  # fmt: skip


def own_and_exercise_owe_no_notices():
    log = [entry("warrant_accepted", 0, warrant="own-1", basis="own", digest=digest("w"), to=300,
                 **{"from": 0}),
           entry("selection_batch", 1, warrant="own-1", basis="own", examined=5, selected=1, erased=4,
                 direction="DF DD unknown", to=1, **{"from": 0}),
           entry("retention_set", 1, basis="own", until=360, **{"from": 1}),
           entry("access", 2, actor="me", role="owner", purpose="own-defence", basis="own",
                 action="read", verdict="allowed")]  # fmt: skip
    assert ask(log)["findings"] == []


def the_yearly_report_is_counted_from_entries():
    report = ask(lawful(), "--report", "FY2027")["report"]
    counts = {one["id"]: one["number"] for one in report["counts"]}
    assert counts["a17-requests"] == counts["a17-approvals"] == counts["notices"] == 1, counts
    assert counts["inspections"] == 1 and sum(counts.values()) == 4
    more = [entry("approval_requested", EXTENDED, stage="first", subject="P-1", basis="police",
                  article="PDA 6-2(4)"),
            entry("oversight_action", EXTENDED, article="68", recipient="npa"),
            entry("oversight_action", EXTENDED, article="SDF 81-3(10)", recipient="mod")]  # fmt: skip
    rows = ask(lawful() + more, "--report", "FY2032")["report"]["counts"]
    found = {(one["id"], one["article"]) for one in rows if one["number"] > 0}
    assert found == {("police-requests", "61(2)(vi)"), ("recommendations", "61(2)(v)"),
                     ("sdf-recommendations", "61(2)(ix)")}, found  # fmt: skip
    a17 = report["bases"]["a17"]
    assert (a17["batches"], a17["examined"], a17["selected"], a17["erased"]) == (1, 100, 4, 96)
    assert (a17["provisions"], a17["reidentifications"], a17["access_allowed"]) == (1, 1, 1)
    for year, erasures in (("2028", 0), ("FY2031", 0), ("FY2032", 1), ("2032", 1)):
        report = ask(lawful(), "--report", year)["report"]
        assert report["bases"]["a17"]["record_erasures"] == erasures, year
    for language, words in (("en", "requests under article 17 [61(2)(i)]"),
                            ("ja", "第17条の承認の求めの件数 [61(2)(i)]")):  # fmt: skip
        done = run(SEKISHO, "verify", "--key", KEY, "--law", LAW, "--as-of", AS_OF, "--language",
                   language, "--report", "FY2027", write(lawful()))  # fmt: skip
        assert done.returncode == 0 and words in done.stdout, done.stdout


def a_log_that_is_not_whole_is_not_asked():
    folder = write(lawful())
    file = next((folder / "tile/entries/000.p").iterdir())
    octets = bytearray(file.read_bytes())
    octets[100] ^= 1
    file.write_bytes(octets)
    done = run(SEKISHO, "verify", "--json", "--key", KEY, "--law", LAW, folder)
    assert done.returncode == 3 and "law" not in json.loads(done.stdout)


def done(*arguments):
    made = run(SEKISHO, *arguments)
    assert made.returncode == 0, (arguments, made.stdout, made.stderr)
    return made.stdout.strip()


def make_warrant(name, *keys, serial="JP-2028-0001", start="2028-01-15"):
    """A warrant of three members of the commission, and its digest."""
    path = HERE / "warrants" / name
    path.parent.mkdir(exist_ok=True)
    (HERE / "relays.sel").write_text(
        'selector "relays" version 1\npurpose "damage-prevention"\nowner "ops"\n'
        "valid 2028-01-15 to 2028-07-11\nscope foreign-to-foreign\nreveals server\n"
        'when server in list "relays" and ja4 in list "tools"\n'
        "then record keep 30 days\nlimit 50 servers per day\n")  # fmt: skip
    done("warrant", "draft", "--basis", "a17", "--serial", serial, "--at", "2028-01-10", "--output", path,
         "--from", start, "--equipment", "cable-7", "--capacity", "10G", "--share", "30", "--issuer",
         "commission", HERE / "relays.sel")  # fmt: skip
    for key in keys:
        done("warrant", "sign", "--yes", "--at", "2028-01-11", "--key", HERE / f"{key}.key", path)
    payload = base64.b64decode(json.loads(path.read_text())["payload"])
    return hashlib.sha256(payload).hexdigest()


def the_warrants_themselves_are_asked_for():
    keys = "keys:\n"
    for name in ("c1", "c2", "c3"):
        public = done("key", "generate", "--name", name, "--no-passphrase", HERE / f"{name}.key")
        keys += f"  - key: {public}\n    role: commission\n"
    (HERE / "trust.yaml").write_text(keys)
    good = make_warrant("good.json", "c1", "c2", "c3")
    short = make_warrant("short.json", "c1", "c2", serial="JP-2028-0002")
    (HERE / "warrants/readme").write_text("no warrant")
    options = ("--warrants", HERE / "warrants", "--trust", HERE / "trust.yaml")
    log = lawful()
    number = find(log, "warrant_accepted")
    for fields, fault, article, words in (
        ({"digest": good}, None, None, None),
        ({}, "warrant_not_given", "17", "digest"),
        ({"digest": good, "capacity": 10**11}, "warrant_differs", "17", "capacity"),
        ({"digest": good, "equipment": "cable-8"}, "warrant_differs", "17", "equipment"),
        ({"digest": short}, "warrant_differs", "17", "serial"),
        ({"digest": short, "warrant": "JP-2028-0002"}, "warrant_not_good", "17", "2 of 3"),
        ({"digest": good, "at": "2028-01-09T00:00:00.000000000Z"}, "warrant_not_good", "17(3)", "future"),
    ):  # fmt: skip
        log = lawful()
        log[number] |= fields
        told = [one for one in ask(log, *options)["findings"] if one["id"].startswith("warrant_")]
        if not fault:
            assert told == [], told
            continue
        assert [(one["id"], one["entry"], one["article"]) for one in told] == [(fault, number, article)], told
        assert words in told[0]["words"] and told[0]["words_ja"], told


def wrong_calls_are_refused():
    folder = write(lawful())
    for options, code in ((("--report", "2028"), 2), (("--law", LAW, "--trust", "x"), 2), (("--law", LAW, "--report", "28x"), 1),
                          (("--law", "nowhere"), 1), (("--law", LAW, "--as-of", "then"), 2)):  # fmt: skip
        assert run(SEKISHO, "verify", *options, folder).returncode == code, options


TESTS = [
    a_lawful_ledger_is_found_so,
    each_planted_fault_is_named_with_entry_and_article,
    what_is_not_yet_due_is_not_missing,
    notices_meet_by_subject_what_they_did_not_number,
    gaps_steps_and_weakness_are_notes,
    own_and_exercise_owe_no_notices,
    the_yearly_report_is_counted_from_entries,
    a_log_that_is_not_whole_is_not_asked,
    the_warrants_themselves_are_asked_for,
    wrong_calls_are_refused,
]

failed = tap.Tests(*TESTS).run()
shutil.rmtree(HERE, ignore_errors=True)
sys.exit(failed)
