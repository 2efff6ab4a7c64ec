#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A check that cannot fail is no check: breaks a copy of the tree on purpose, one way a time,
and demands that the check in charge refuses it and names the place.  Speaks TAP."""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SPDX = "// SPDX-License-Identifier: Apache-2.0\n"

# check, the deed, the file it is done in, what is written there, what the refusal must say.
# A file that exists gets the text appended.
DEEDS = [
    ("includes", "a stage includes a sibling", "src/meter/planted.c",
     '#include "gate/gate.h"\n', "meter may not include"),
    ("includes", "base looks up to model", "src/base/planted.c",
     '#include "model/flow.h"\n', "base may not include"),
    ("includes", "a relative include", "src/gate/planted.c",
     '#include "../base/ip.h"\n', "not of the form"),
    ("includes", "an include of the same folder by its bare name", "src/gate/planted.c",
     '#include "gate.h"\n', "not of the form"),
    ("includes", "a pure module includes stdio", "src/decode/planted.c",
     "#include <stdio.h>\n", "which is pure"),
    ("includes", "a pure module includes the clock", "src/meter/planted.h",
     "#  include <time.h>\n", "which is pure"),
    ("includes", "a library that is not in the row", "src/report/planted.c",
     "#include <sqlite3.h>\n", "has no library 'sqlite'"),
    ("includes", "somebody else's private header", "src/pipeline/planted.c",
     '#include "decode/planted_private.h"\n', "is private to decode"),
    ("includes", "an include by macro", "src/gate/planted.c",
     "#include PLANTED\n", "by macro"),
    ("includes", "a module without a row", "src/planted/planted.h",
     "#pragma once\n", "without a row"),
    ("state", "the meter builds an admitted flow", "src/meter/planted.c",
     "void f(void)\n{\n    g((struct admitted_flow){ 0 });\n}\n", "builds what it does not own"),
    ("state", "an array of them, too", "src/meter/planted.c",
     "void f(void)\n{\n    g((const struct admitted_flow[]){ { 0 } });\n}\n", "builds what"),
    ("state", "a command initialises a record", "src/cmd/planted.c",
     "void f(void)\n{\n    struct minimised_flow record = { 0 };\n}\n", "initialises what"),
    ("state", "a static table of selected flows", "src/store/planted.c",
     "static const struct selected_flow t[2] = { { 0 } };\n", "initialises what"),
    ("state", "select changes the direction of what the gate admitted", "src/select/planted.c",
     "void f(struct selected_flow *out)\n{\n    out->admitted.direction = 1;\n}\n", "writes into"),
    ("state", "the pipeline changes a record by pointer", "src/pipeline/planted.c",
     "void f(struct minimised_flow *r)\n{\n    r->facts.ja3[0] |= 1;\n}\n", "writes into"),
    ("state", "a counter of a record is raised", "src/assess/planted.c",
     "void f(struct minimised_flow *r)\n{\n    r[3].slice++;\n}\n", "writes into"),
    ("state", "a record is cleared over", "src/store/planted.c",
     "void f(void)\n{\n    struct minimised_flow r;\n    memset(&r, 0, sizeof r);\n}\n",
     "writes over"),
    ("state", "bytes are cast to a record", "src/store/planted.c",
     "void f(void *p)\n{\n    g((struct minimised_flow *)p);\n}\n", "casts to"),
    ("state", "a command grants itself a warrant", "src/cmd/planted.c",
     "void f(void)\n{\n    static struct granted_warrant w = { 0 };\n}\n", "initialises what"),
    ("state", "the keeper makes a warrant last longer", "src/cmd/planted.c",
     "void f(struct granted_warrant *w)\n{\n    w->to_ns += 1;\n}\n", "writes into"),
    ("fields", "a payload in struct packet", "src/model/packet.h",
     "struct packet {\n    const uint8_t *payload;\n};\n", "packet.payload has no class"),
    ("fields", "a body behind a struct of its own", "src/model/facts.h",
     "struct body {\n    char words[64];\n};\nstruct http_fact {\n    struct body body;\n};\n",
     "body.words has no class"),
    ("fields", "a row for what is not there", "src/model/field.c",
     'FIELD(packet, subject, OTHER, "")\n', "not a decoded field"),
    ("fields", "a second row for a field", "src/model/field.c",
     'FIELD(packet, source, OTHER, "")\n', "a second row"),
    ("fields", "a row of class 4", "src/model/field.c",
     'FIELD(packet, source, CONTENT, "")\n', "no class CONTENT"),
    ("counters", "a counter without words", "src/gate/planted.c",
     'void f(struct summary *s)\n{\n    summary_count(s, "gate", "moon", "flows", 1);\n}\n',
     "('gate', 'moon') has no words"),
    ("counters", "a unit without words", "src/gate/planted.c",
     'void f(struct summary *s)\n{\n    summary_count(s, "gate", "not own", "moons", 1);\n}\n',
     "unit moons has no words"),
    ("counters", "names that nobody knows", "src/gate/planted.c",
     'void f(struct summary *s)\n{\n    summary_count(s, "gate", moons[1], "flows", 1);\n}\n',
     "are not known"),
    ("counters", "a row of a table without words", "src/collect/collect.c",
     'static const struct counter more = { "collect", "moon", "records", 1 };\n',
     "('collect', 'moon') has no words"),
    ("style", "a file without licence", "src/gate/planted.h",
     "#pragma once\n", "not the SPDX line"),
    ("style", "a function of 70 lines", "src/gate/planted.c",
     SPDX + "int f(void)\n{\n" + "    g();\n" * 67 + "    return 0;\n}\n", "a function of 70"),
    ("style", "a file of 700 lines", "src/gate/planted.c",
     SPDX + "int a;\n" * 700, "a file of 701"),
    ("style", "a line of 120 characters", "tests/planted.c",
     SPDX + "int " + "a" * 115 + ";\n", "a line of 120"),
    ("style", "a mark without issue", "src/gate/planted.c",
     SPDX + "/* TO" + "DO: later */\n", "without its issue"),
    ("style", "a typedef of a struct", "src/gate/planted.c",
     SPDX + "typedef struct a b;\n", "written out"),
    ("style", "a bit-field", "src/gate/planted.c",
     SPDX + "struct a {\n    unsigned b : 3;\n};\n", "a bit-field"),
    ("style", "an assertion on input", "src/gate/planted.c",
     SPDX + "void f(void)\n{\n    assert(a);\n}\n", "MUST() for bugs"),
    ("style", "an attribute by its raw name", "src/gate/planted.c",
     SPDX + "int a __attribute__((unused));\n", "base/attr.h"),
    ("style", "a warning silenced without reason", "src/gate/planted.c",
     SPDX + "int a; // NO" + "LINT\n", "silenced without"),
    ("symbols", "a pure module takes memory", "model",
     "#include <stdlib.h>\nvoid *f(void) { return malloc(9); }\n", "reaches malloc"),
    ("symbols", "a pure module asks the time", "model",
     "#include <time.h>\nlong f(void) { return time(0); }\n", "reaches time"),
    ("symbols", "a pure module opens a file", "model",
     "#include <fcntl.h>\nint f(void) { return open(\"/\", 0); }\n", "reaches open"),
    ("symbols", "a pure module prints", "model",
     "#include <stdio.h>\nvoid f(int a) { printf(\"%d\", a); }\n", "reaches printf"),
    ("symbols", "a pure module reaches a sibling", "gate",
     "void meter_run(void); void f(void) { meter_run(); }\n", "reaches meter_run"),
    ("symbols", "a module with nettle reaches sodium", "decode",
     "void crypto_sign(void); void f(void) { crypto_sign(); }\n", "reaches crypto_sign"),
    ("symbols", "anyone copies without bounds", "cmd",
     "char *strcpy(char *, const char *); void f(char *a, char *b) { strcpy(a, b); }\n",
     "calls strcpy, which is banned"),
    ("symbols", "anyone reads numbers by strtol", "cmd",
     "#include <stdlib.h>\nlong f(char *a) { return strtol(a, 0, 9); }\n", "calls strtol"),
    ("symbols", "anyone starts a shell", "cmd",
     "#include <stdlib.h>\nint f(char *a) { return system(a); }\n", "calls system"),
]  # fmt: skip


def run(check, root, *arguments):
    done = subprocess.run([str(ROOT / "tools" / f"check-{check}"), *map(str, arguments)],
                          env={**os.environ, "SEKISHO_ROOT": str(root)},
                          capture_output=True, text=True)  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def build_archive(root, module, text):
    """The archive of a module with one object in it, named as meson names objects."""
    source = root / f"build/{module}_planted.c"
    source.write_text(text)
    subprocess.run(["cc", "-O1", "-fno-builtin", "-w", "-c", source, "-o", f"{source}.o"], check=True)
    archive = root / f"build/src/lib{module}.a"
    archive.unlink(missing_ok=True)
    subprocess.run(["ar", "rc", archive, f"{source}.o"], check=True)


def copy_tree(root):
    """The sources, and beside them a small build: every module's archive, with nothing in it."""
    for part in ("src", "tools", "tests", "fuzz"):
        shutil.copytree(ROOT / part, root / part,
                        ignore=shutil.ignore_patterns("corpus", "__pycache__"))  # fmt: skip
    (root / "build/src").mkdir(parents=True)
    table = (root / "src/meson.build").read_text().split("borders = [\n")[1].split("\n]")[0]
    for line in table.splitlines():
        if line.strip().startswith("['"):
            build_archive(root, line.split("'")[1], "int nothing;\n")


def is_refused(root, check, where, text, why):
    """Does the deed, runs the check and undoes the deed."""
    if check == "symbols":
        build_archive(root, where, text)
        status, said = run(check, root, root / "build")
        build_archive(root, where, "int nothing;\n")
        place = f"{where}/planted.c"
    else:
        path = root / where
        is_new_folder = not path.parent.exists()
        path.parent.mkdir(exist_ok=True)
        before = path.read_text() if path.exists() else None
        path.write_text((before or "") + text)
        status, said = run(check, root)
        if before is None:
            path.unlink()
        else:
            path.write_text(before)
        if is_new_folder:
            path.parent.rmdir()
        place = str(Path(where).parent) if is_new_folder else where
    hit = any(place in line and why in line for line in said.splitlines())
    return status != 0 and hit, said


def main():
    print(f"1..{len(DEEDS)}")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy_tree(Path(folder))
        for number, (check, deed, where, text, why) in enumerate(DEEDS, 1):
            refused, said = is_refused(Path(folder), check, where, text, why)
            print(f"{'ok' if refused else 'not ok'} {number} - check-{check} refuses: {deed}")
            if not refused:
                failed += 1
                print("\n".join("# " + line for line in said.splitlines()))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
