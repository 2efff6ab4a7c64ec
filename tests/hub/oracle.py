# SPDX-License-Identifier: Apache-2.0
"""Who may do what, computed a second time: from the law's data alone, without src/access."""
import datetime
from pathlib import Path

import yaml

LABELS = ["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"]
RED = LABELS.index("TLP:RED")


def needs(action):
    """What an action brings: a thing that cannot be listed cannot be read either."""
    return {action} if action in ("list", "create") else {"list", "read", action}


def is_in_force(row, day):
    begin = datetime.date.fromisoformat(str(row.get("in_force_from", "0001-01-01")))
    end = datetime.date.fromisoformat(str(row.get("in_force_to", "9999-12-31")))
    return begin <= day < end


class Law:
    def __init__(self, folder):
        folder = Path(folder)
        self.rows = {name: yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
                     for name in ("matrix", "subjects", "handling", "bases", "purposes", "roles",
                                  "sectors", "labels")}
        self.bases = {row["id"]: row for row in self.rows["bases"]}
        self.purposes = {row["id"]: row for row in self.rows["purposes"]}
        self.handling = {row["id"]: row for row in self.rows["handling"]}
        self.sectors = {row["id"]: row["number"] for row in self.rows["sectors"]}

    def subject(self, thing):
        basis = self.bases.get(thing["basis"]) if thing.get("basis") else None
        found = []
        for row in self.rows["subjects"]:
            kinds = row.get("bases")
            if row["kind"] != thing["kind"] or (kinds and (not basis or basis["kind"] not in kinds)):
                continue
            if row.get("procedure") == thing.get("procedure"):
                return row
            if row.get("procedure") == "*" and thing.get("procedure"):
                found.append(row)
        return found[0] if found else None


def is_own(role, thing):
    return role["organisation"] != 0 and role["organisation"] in (thing["organisation"], *thing["above"])


def is_named(thing, person):
    return person["id"] in thing["roster"] if thing["roster"] else False


def in_scope(scope, role, thing, person):
    if role["sectors"] and thing["sector"] and thing["sector"] not in role["sectors"]:
        return False
    return {"all": True,
            "own": is_own(role, thing),
            "sector": thing["sector"] in role["sectors"],
            "party": is_own(role, thing) or bool(role["organisation"]) and
                     role["organisation"] == thing.get("party"),
            "roster": is_named(thing, person)}[scope]


def within_label(row, role, thing, person, label):
    reach = LABELS.index(row.get("label", "TLP:AMBER"))
    if thing["roster"] or label == RED:
        return is_named(thing, person) or reach == RED
    return label <= reach or role["organisation"] != 0 and role["organisation"] == thing["organisation"]


def row_allows(law, row, role, asked):
    person, thing, purpose = asked["person"], asked["thing"], asked["purpose"]
    is_exercise = purpose and law.purposes[purpose].get("is_exercise")
    statutory = bool(thing.get("basis")) and law.bases[thing["basis"]]["kind"] == "statutory"
    label = thing["label"]
    brought = set().union(*(needs(word) for word in row["may"]))
    if not needs(asked["action"]) <= brought:
        return False
    if not thing["is_exercise"] and not is_in_force(row, asked["day"]):
        return False
    if row.get("states") and thing.get("state") not in row["states"]:
        return False
    named = row.get("purposes")
    if not is_exercise and not (purpose in named if named else not statutory):
        return False
    handling = asked["handling"]
    if handling:
        label = max(label, LABELS.index(handling["label"]) if "label" in handling else 0)
        roles, wanted = handling.get("roles", []), handling.get("purposes")
        if not ("*" in roles or role["role"] in roles or
                handling.get("is_own_shown") and is_own(role, thing)):
            return False
        if wanted and not is_exercise and purpose not in wanted:
            return False
    return in_scope(row["scope"], role, thing, person) and within_label(row, role, thing, person, label)


def may(law, person, action, thing, purpose, day, handling=None):
    """person: id, roles, is_exercise; thing: kind, procedure, state, basis, label, organisation,
    above, sector, roster (ids), is_exercise."""
    subject = law.subject(thing)
    rule = law.handling.get(handling) if handling else None
    if not subject or (handling and not rule) or person["is_exercise"] != thing["is_exercise"]:
        return False
    statutory = bool(thing.get("basis")) and law.bases[thing["basis"]]["kind"] == "statutory"
    if purpose:
        row = law.purposes.get(purpose)
        if not row or row.get("is_refused"):
            return False
        if not person["is_exercise"] and (row.get("is_exercise") or not is_in_force(row, day)):
            return False
    elif statutory:
        return False
    if subject.get("tier") == "T0" or (rule and rule.get("clearance")):
        return False  # nobody here is a machine, and none is cleared
    asked = {"person": person, "action": action, "thing": thing, "purpose": purpose, "day": day,
             "handling": rule}
    return any(row["role"] == role["role"] and row["subject"] == subject["id"] and
               row_allows(law, row, role, asked)
               for role in person["roles"] for row in law.rows["matrix"])
