#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Faults are put into src/access/judge.c, one at a time, and its tests must see each of them.
A rule that can be taken out while the tests stay green is a rule nobody keeps.

usage: mutants.py ROOT CC
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

# (what is broken, words of the source, words in their place)
MUTANTS = [
    ("a token's scopes are not asked", "(actions[asked->action].needs & ~asked->actor->scopes) == 0",
     "true"),
    ("a token that cannot list may read", "actions[asked->action].needs & ~asked->actor->scopes",
     "BIT(asked->action) & ~asked->actor->scopes"),
    ("exercises meet what is real", "is_exercise == asked->object->is_exercise &&", "true &&"),
    ("an exercise is a purpose of what is real", "(is_exercise || !asked->is_exercise_purpose)",
     "true"),
    ("no purpose need be named", "if (!asked->purpose && !asked->is_statutory)",
     "if (!asked->purpose)"),
    ("a purpose need not be in force", "return ruling.is_allowed ? passed", "return true ? passed"),
    ("a refused purpose is good in an exercise", "purpose && !purpose->is_refused", "purpose"),
    ("people see what is not selected", "|| asked->actor->person == 0)", "|| true)"),
    ("a clearance that ran out counts", "asked->now_ns < actor->clearance_to_ns", "true"),
    ("clearances are not asked", "if (needed <= (unsigned)clearance_now(asked))", "if (true)"),
    ("a field's clearance is not asked", "needed = asked->handling->clearance;", "(void)0;"),
    ("votes without a passkey", "asked->action != ACTION_VOTE ||", "true ||"),
    ("a role of no organisation owns everything", "if (role->organisation == 0)\n        return false;",
     "if (role->organisation == 0)\n        return true;"),
    ("children own their parents", "role->organisation == object->ancestors[i]",
     "role->organisation != object->ancestors[i]"),
    ("roles are those of the person's own organisation", "case LAW_SCOPE_OWN: return is_own(role, object);",
     "case LAW_SCOPE_OWN: return true;"),
    ("sectors are not asked", "case LAW_SCOPE_SECTOR: return is_of_sector(role, object->sector);",
     "case LAW_SCOPE_SECTOR: return true;"),
    ("a role bound to sectors reaches others", "role->sectors != 0 && object->sector != 0 &&", "false &&"),
    ("anybody is a party", "role->organisation == object->party", "true"),
    ("rosters are not asked", "case LAW_SCOPE_ROSTER: return is_named(object);",
     "case LAW_SCOPE_ROSTER: return true;"),
    ("a roster does not shut others out", "if (object->has_roster || is_for_named)", "if (is_for_named)"),
    ("red is for organisations", "if (object->has_roster || is_for_named)", "if (object->has_roster)"),
    ("strict is for those above as well", "role->organisation == object->organisation);",
     "is_own(role, object));"),
    ("a field's label is not asked", "label = asked->handling->label;", "(void)0;"),
    ("labels are not asked", "return label <= right->label ||", "return true ||"),
    ("a row without purposes is for every basis", "return purposes->count == 0 && !asked->is_statutory;",
     "return purposes->count == 0;"),
    ("a row's purpose is not asked", "if (!is_for_purpose(asked, &right->purposes))", "if (false)"),
    ("a field is shown to every role", "return is_for && is_to;", "return is_for;"),
    ("a field is shown for every purpose", "return is_for && is_to;", "return is_to;"),
    ("a row's actions are not asked", "if (actions[asked->action].needs & ~right->actions)", "if (false)"),
    ("a row's own action is enough", "actions[asked->action].needs & ~right->actions",
     "BIT(asked->action) & ~right->actions"),
    ("days in force are not asked", "!law_is_in_force(&right->force, asked->now_ns)", "false"),
    ("states are not asked", "right->states.count > 0 &&", "false &&"),
    ("a role that is over counts", "asked->now_ns < role->to_ns", "true"),
    ("a role that has not begun counts", "role->from_ns <= asked->now_ns &&", ""),
    ("a row is for every role", "&& is_same(right->role, role->id)", ""),
    ("a row is for every subject", "is_same(right->subject, asked->subject->id) &&", ""),
    ("an unknown basis is none", "if (object->basis && !basis)\n        return NULL;", ""),
    ("the looser label wins", "a > b ? a : b;", "a > b ? b : a;"),
]


def compile_with(root, compiler, arguments):
    return subprocess.run([*compiler, "-std=c17", "-D_GNU_SOURCE", "-w", "-O0", f"-I{root}/src",
                           f"-I{root}/tests/unit", *map(str, arguments)],
                          capture_output=True, text=True, check=False).returncode == 0


def build(root, compiler, folder, judge):
    """The tests of the judge over that source; None where it does not compile."""
    (folder / "judge.c").write_text(judge, encoding="utf-8")
    program, rest = folder / "test", folder / "rest.o"
    sources = [root / "tests/unit/access/test_judge.c", *sorted((root / "src/statute").glob("*.c")),
               *sorted((root / "src/base").glob("*.c"))]
    if not rest.exists():
        objects = [folder / f"{path.parent.name}-{path.stem}.o" for path in sources]
        for path, built in zip(sources, objects):
            compile_with(root, compiler, ["-c", path, "-o", built])
        compile_with(root, compiler, ["-r", "-nostdlib", *objects, "-o", rest])
    is_built = compile_with(root, compiler, [folder / "judge.c", rest, "-lcmocka", "-o", program])
    return program if is_built else None


def passes(program):
    return subprocess.run([str(program)], capture_output=True, check=False, timeout=60).returncode == 0


def main():
    root, compiler = pathlib.Path(sys.argv[1]), sys.argv[2:]
    source = (root / "src/access/judge.c").read_text(encoding="utf-8")
    print(f"1..{len(MUTANTS) + 1}", flush=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-mutants-"))
    bad = 0
    try:
        program = build(root, compiler, folder, source)
        is_good = program is not None and passes(program)
        bad += not is_good
        print(f"{'ok' if is_good else 'not ok'} 1 - the judge as it is passes its tests", flush=True)
        for number, (name, words, instead) in enumerate(MUTANTS, 2):
            if words not in source:
                print(f"not ok {number} - {name}: these words are no longer in the source", flush=True)
                bad += 1
                continue
            program = build(root, compiler, folder, source.replace(words, instead, 1))
            is_seen = program is not None and not passes(program)
            bad += not is_seen
            print(f"{'ok' if is_seen else 'not ok'} {number} - seen: {name}", flush=True)
    finally:
        shutil.rmtree(folder)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
