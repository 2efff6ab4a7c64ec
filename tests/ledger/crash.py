# SPDX-License-Identifier: Apache-2.0
"""A file system that loses power.  What a process asked of the kernel, as strace tells it, is done
again on a model that knows what was made durable: the octets of a file by its own fsync, names
only by that of the folder they lie in.  At any point the rest may be lost, in any combination."""

import os
import re
import subprocess

CALLS = "openat,write,fsync,renameat,mkdirat,unlinkat,mkdir"
LINE = re.compile(r"^\d+ +(\w+)\((.*)\)\s+= (-?\d+)")
PART = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def calls(command, folder, environment):
    """The calls below folder that had an effect, in their order: (name, ...)."""
    trace = str(folder) + ".trace"
    subprocess.run(["strace", "-f", "-o", trace, "-e", f"trace={CALLS}", "-xx", "-s", "1048576",
                    *map(str, command)], env=environment, stdout=subprocess.DEVNULL, check=True)  # fmt: skip
    opened, found = {}, []
    for line in open(trace, encoding="ascii"):
        match = LINE.match(line)
        if not match or int(match[3]) < 0:
            continue
        name, result = match[1], int(match[3])
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in PART.findall(match[2])]
        descriptor = match[2].split(",")[0]
        if name == "openat":
            inside = opened.get(descriptor) == "."
            path = os.fsdecode(texts[0])
            opened[str(result)] = path if inside else "." if path == str(folder) else None
            if inside and "O_CREAT" in match[2]:
                found.append(("create", path))
        elif name in ("write", "fsync"):
            path = "acknowledged" if descriptor == "1" else opened.get(descriptor)
            if path:
                found.append((name, path, *(text[:result] for text in texts)))
        elif opened.get(descriptor) == ".":
            found.append((name, *map(os.fsdecode, texts)))
    os.unlink(trace)
    return found


class File:
    def __init__(self):
        self.octets, self.durable = b"", b""


class Folder:
    def __init__(self):
        self.names, self.durable, self.pending = {}, {}, []

    def set(self, name, node):
        """node None: the name is gone."""
        self.pending.append((name, node))
        apply(self.names, name, node)

    def sync(self):
        self.durable, self.pending = dict(self.names), []


def apply(names, name, node):
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


class Disk:
    def __init__(self):
        self.root, self.acknowledged = Folder(), 0

    def at(self, path):
        """(the folder, the name in it)"""
        *parents, name = path.split("/")
        folder = self.root
        for parent in parents:
            folder = folder.names[parent]
        return folder, name

    def node(self, path):
        folder, name = self.at(path)
        return self.root if path == "." else folder.names.get(name)

    def do(self, call):
        name, path, *rest = call
        if path == "acknowledged":
            self.acknowledged = int(rest[0])
        elif path == "..":
            pass
        elif name == "create":
            folder, last = self.at(path)
            folder.set(last, File())
        elif name == "write":
            self.node(path).octets += rest[0]
        elif name == "fsync":
            node = self.node(path)
            if isinstance(node, File):
                node.durable = node.octets
            else:
                node.sync()
        elif name == "mkdirat":
            folder, last = self.at(path)
            folder.set(last, Folder())
        elif name == "renameat":
            source, target = self.at(path), self.at(rest[0])
            node = source[0].names[source[1]]
            target[0].set(target[1], node)
            source[0].set(source[1], None)
        elif name == "unlinkat":
            folder, last = self.at(path)
            folder.set(last, None)

    def write_to(self, path, keeps):
        """Below path, what is left; keeps() says of each part that is not durable whether it is."""
        made = {}

        def put(folder, where):
            os.makedirs(where)
            names = dict(folder.durable)
            for name, node in folder.pending:
                if keeps():
                    apply(names, name, node)
            for name, node in names.items():
                below = os.path.join(where, name)
                if isinstance(node, Folder):
                    put(node, below)
                elif node in made:
                    os.link(made[node], below)
                else:
                    made[node] = below
                    octets = node.octets if keeps() else node.durable
                    with open(below, "wb") as file:
                        file.write(octets)

        put(self.root, path)
