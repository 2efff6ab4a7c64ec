# SPDX-License-Identifier: Apache-2.0
"""The memory of another process, searched: all that is resident of what it may write to."""

import array
import ctypes
import os
import re
import signal

PAGE = os.sysconf("SC_PAGE_SIZE")
RESIDENT = 3 << 62  # present or swapped, in /proc/PID/pagemap
CHUNK = 16 << 20
TRACEME, CONT, DETACH, SETOPTIONS = 0, 7, 17, 0x4200
TRACEEXIT, EXITKILL = 1 << 6, 1 << 20
EVENT_EXIT = signal.SIGTRAP | 6 << 8


def writable(pid):
    """(start, end, what it is) of each mapping the process may write to, and of each without a
    file."""
    for line in open(f"/proc/{pid}/maps", encoding="utf-8"):
        ends, rights, _, _, inode, *name = line.split(None, 5)
        start, end = (int(part, 16) for part in ends.split("-"))
        what = name[0].strip() if name else "memory"
        if "r" in rights and what not in ("[vvar]", "[vsyscall]", "[vdso]") and (
                "w" in rights or inode == "0"):
            yield start, end, what


def resident(pid, start, end):
    """Runs of pages that are there: reading others would only make them."""
    with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as file:
        file.seek(start // PAGE * 8)
        pages = array.array("Q", file.read((end - start) // PAGE * 8))
    first = None
    for i, page in enumerate(pages):
        if page & RESIDENT:
            first = i if first is None else first
        elif first is not None:
            yield start + first * PAGE, start + i * PAGE
            first = None
    if first is not None:
        yield start + first * PAGE, start + len(pages) * PAGE


def search(pid, patterns):
    """(octets searched, {name of pattern: places}), each place with what stands around it."""
    compiled = [(name, re.compile(pattern, re.DOTALL)) for name, pattern in patterns]
    found, total = {}, 0
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end, what in writable(pid):
            # What the ring of a packet socket maps has no pages of its own to be told of.
            runs = [(start, end)] if "socket" in what else resident(pid, start, end)
            for first, last in runs:
                for at in range(first, last, CHUNK):
                    memory.seek(at)
                    try:
                        octets = memory.read(min(CHUNK + 64, last - at))
                    except OSError:
                        continue
                    total += min(CHUNK, last - at)
                    for name, pattern in compiled:
                        for hit in pattern.finditer(octets):
                            around = octets[max(hit.start() - 24, 0):hit.end() + 24]
                            found.setdefault(name, []).append(
                                f"{what}+{at + hit.start() - start:#x} of {end - start:#x} {around!r}")
    return total, found


# A process that stops when it is about to end, with its memory as it leaves it

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def trace_me():
    if libc.ptrace(TRACEME, 0, None, None) != 0:
        os._exit(99)


def run_to_end(pid):
    """Lets a process that called trace_me before exec run until it is about to end."""
    os.waitpid(pid, 0)
    if libc.ptrace(SETOPTIONS, pid, None, TRACEEXIT | EXITKILL) != 0:
        raise PermissionError("processes cannot be traced here")
    number = 0
    while True:
        libc.ptrace(CONT, pid, None, number)
        _, status = os.waitpid(pid, 0)
        assert os.WIFSTOPPED(status), ("ended before it could be searched", status)
        if status >> 8 == EVENT_EXIT:
            return
        number = os.WSTOPSIG(status)


def let_end(pid):
    """Its exit code."""
    libc.ptrace(DETACH, pid, None, None)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
