# SPDX-License-Identifier: Apache-2.0
"""What a condition says of a record, worked out apart from the program: conditions are nested
tuples, answers are True, False or None (it cannot be told), as Kleene has them."""

import datetime

STATES = ["attempt", "refused", "established", "closed", "reset", "midstream"]
VERSIONS = {"1.0": 0x301, "1.1": 0x302, "1.2": 0x303, "1.3": 0x304}


def time_ns(text):
    whole, decimals = text.rstrip("Z").split(".")
    moment = datetime.datetime.fromisoformat(whole + "+00:00")
    return int(moment.timestamp()) * 10**9 + int(decimals.ljust(9, "0"))


def far_end(record):
    return record["responder" if record["line"] == "initiator" else "initiator"]


def near_end(record):
    return record[record["line"]]


def field(record, name):
    out = "forward" if record["line"] == "initiator" else "reverse"
    back = "reverse" if out == "forward" else "forward"
    values = {
        "server-port": record["responder_port"] if record["protocol"] in (6, 17) else None,
        "proto": record["protocol"],
        "packets": record["packets_forward"] + record["packets_reverse"],
        "octets": record["octets_forward"] + record["octets_reverse"],
        "octets-out": record[f"octets_{out}"],
        "octets-in": record[f"octets_{back}"],
        "duration": (time_ns(record["end"]) - time_ns(record["start"])) // 10**6,
        "tcp": record.get("tcp") if record.get("tcp") in STATES else None,
        "tls-version": record.get("tls_version"),
    }
    return values[name]


def listed(record, subject, values):
    if subject == "server":
        return far_end(record) in values
    if subject == "address":
        return record["initiator"] in values or record["responder"] in values
    key = {"domain": "server_name", "ja4": "ja4", "certificate": "certificate_sha256"}[subject]
    return record.get(key) in values


def answer(condition, record, lists):
    kind = condition[0]
    if kind == "listed":
        return listed(record, condition[1], lists[condition[2]])
    if kind == "field":
        value = field(record, condition[1])
        return None if value is None else condition[2](value)
    if kind == "not":
        inner = answer(condition[1], record, lists)
        return None if inner is None else not inner
    answers = [answer(part, record, lists) for part in condition[1:]]
    decisive = kind == "or"
    if decisive in answers:
        return decisive
    return None if None in answers else not decisive


def random_field(chance):
    name = chance.choice(["server-port", "proto", "packets", "octets", "octets-out",
                          "octets-in", "duration", "tcp", "tls-version"])  # fmt: skip
    if name == "tcp":
        state = chance.choice(STATES)
        return ("field", name, lambda value: value == state), f"tcp is {state}"
    if name == "proto":
        return ("field", name, lambda value: value == 6), "proto is tcp"
    if name == "tls-version":
        word = chance.choice(list(VERSIONS))
        return ("field", name, lambda value: value <= VERSIONS[word]), f"tls-version <= {word}"
    scale = {"server-port": 9000, "packets": 30, "duration": 2000}.get(name, 6000)
    low = chance.randrange(1, scale)
    unit = " milliseconds" if name == "duration" else ""
    sign = chance.choice(["<=", ">=", "between"])
    if sign == "<=":
        return ("field", name, lambda value: value <= low), f"{name} <= {low}{unit}"
    if sign == ">=":
        return ("field", name, lambda value: value >= low), f"{name} >= {low}{unit}"
    high = low + chance.randrange(1, scale)
    return (("field", name, lambda value: low <= value <= high),
            f"{name} between {low}{unit} and {high}{unit}")  # fmt: skip


def random_test(chance, lists):
    if chance.random() < 0.5:
        return random_field(chance)
    name = chance.choice(sorted(lists))
    subject = chance.choice({"s": ["server", "address"], "d": ["domain"], "c": ["certificate"],
                             "j": ["ja4"]}[name[0]])  # fmt: skip
    return ("listed", subject, name), f'{subject} in list "{name}"'


def random_condition(chance, lists, depth=0):
    """The condition and its text."""
    if depth == 3 or chance.random() < 0.3:
        condition, text = random_test(chance, lists)
    else:
        kind = chance.choice(["and", "or"])
        parts = [random_condition(chance, lists, depth + 1)
                 for _ in range(chance.randrange(2, 4))]  # fmt: skip
        condition = (kind, *(part for part, _ in parts))
        text = "(" + f" {kind} ".join(words for _, words in parts) + ")"
    if chance.random() < 0.3:
        return ("not", condition), f"not ({text})"
    return condition, text
