#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An attack on our own program: traffic with marks in it goes in, and then everything the program
wrote and all of its memory is searched for the marks of what was not selected.  The marks of what
was selected must be found, or the search is blind; and programs with one erasure left out, or one
line of log too many, must be caught.  docs/erasure.md tells what is searched when.  Prints TAP.

usage: attack.py SEKISHO [NAME=PROGRAM]...     programs with a leak planted, see leaks in meson.build
"""

import contextlib
import gzip
import ipaddress
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import memory  # noqa: E402
import planted  # noqa: E402

SEKISHO, LEAKS = str(pathlib.Path(sys.argv[1]).resolve()), dict(pair.split("=", 1) for pair in sys.argv[2:])
SANITIZED = b"__asan_init" in pathlib.Path(SEKISHO).read_bytes()
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-erasure-"))
SPACE = f"sekisho-erasure-{os.getpid()}"
# The mediator waits this long for other observers; the slow attack outwaits it.
WAIT_S = 150 if os.environ.get("ATTACK_SLOWLY") else 0


class Skipped(Exception):
    pass


# What is searched for

def forms(net):
    """A network of 256 addresses as it may lie in memory or stand in text."""
    a, b, c = (int(part) for part in net.split(".")[:3])
    raw = bytes((a, b, c))
    escape = memory.re.escape
    return [b"\xff\xff" + escape(raw), escape(raw[::-1]) + b"\0\0\0\0",
            escape(f"{a}.{b}.{c}.".encode())]


def raw_pair(one, other):
    """Two addresses beside each other, as in an IPv4 header."""
    prefixes = [memory.re.escape(bytes(int(part) for part in net.split(".")[:3]))
                for net in (one, other)]
    return [prefixes[0] + b"." + prefixes[1], prefixes[1] + b"." + prefixes[0]]


def patterns(talk):
    rows = forms(talk.line) + forms(talk.server) + raw_pair(talk.line, talk.server)
    return [(f"address of {talk.name}", pattern) for pattern in rows]


WORDS = [("a word or name", planted.SECRET.encode())]
# Of no field anywhere: it is gone as soon as its batch is.
CONTENT = [("a word of content", planted.SECRET.encode() + b"-[a-z]*-(unknown|subject|handshake)")]
SAMPLED = [("a word of a sampled packet", planted.SECRET.encode() + b"-[a-z]*-sampled")]
AT_HOME, ABROAD = patterns(planted.HOME), patterns(planted.ABROAD)
CHOSEN_LINE = [("the line of the selected", pattern) for pattern in forms(planted.LISTED_TALK.line)]
# Behaviours count the ends of admitted flows until they fire or are evicted (docs/erasure.md).
COUNTED = ABROAD + CHOSEN_LINE
CHOSEN = [("a selected name", planted.CHOSEN.encode()),
          ("the selected server", b"\xff\xff\xc6\\x13\\x63\x09"),
          ("the selected server", rb"198\.19\.99\.9")]


def search_files(folder, more=()):
    """Everything the run wrote."""
    texts = [(str(path), path.read_bytes()) for path in sorted(folder.rglob("*"))
             if path.is_file() and "input" not in path.parts]
    found = {}
    for name, pattern in WORDS + AT_HOME + ABROAD + CHOSEN_LINE + CHOSEN:
        for where, octets in texts + list(more):
            for hit in memory.re.finditer(pattern, octets, memory.re.DOTALL):
                around = octets[max(hit.start() - 24, 0):hit.end() + 24]
                found.setdefault(name, []).append(f"{where}+{hit.start():#x} {around!r}")
    return found


def leaked(found, but=()):
    """What was found and should not have been."""
    wanted = {name for name, _ in CHOSEN} | {name for name, _ in but}
    return {name: (len(places), places[:4]) for name, places in found.items() if name not in wanted}


# How it is run

class Run:
    """One run of watch in a folder of its own, with everything it can write."""

    def __init__(self, name, inputs, program=SEKISHO, space=False, traced=False, more=()):
        self.folder = HERE / f"{name}-{len(list(HERE.iterdir()))}"
        (self.folder / "input").mkdir(parents=True)
        for file, text in (("networks.yaml", planted.NETWORKS), ("listed.txt", planted.LISTED)):
            (self.folder / "input" / file).write_text(text)
        paths = inputs(self.folder / "input")
        environment = dict(os.environ, XDG_STATE_HOME=str(self.folder / "state"),
                           LC_ALL="C.UTF-8")
        environment.pop("MALLOC_PERTURB_", None)  # which meson sets, and would do part of the work
        arguments = [program, "watch", "--basis", "exercise", "--networks",
                     "input/networks.yaml", "--indicators", "input/listed.txt", "--json", "r.json",
                     "--html", "r.html", "--stix", "r.stix.json", "--metrics", "r.prom",
                     "--records", "r.jsonl", "--records", "r.ipfix", "--memory", "256M",
                     "--every", "1s", *more, *map(str, paths)]
        if space:
            arguments = ["ip", "netns", "exec", SPACE, *arguments]
        with open(self.folder / "out", "wb") as out, open(self.folder / "err", "wb") as err:
            self.process = subprocess.Popen(
                arguments, cwd=self.folder, stdout=out, stderr=err, env=environment,
                preexec_fn=memory.trace_me if traced else None)
        self.pid = self.process.pid

    def error(self):
        return (self.folder / "err").read_text()

    def search_memory(self, *sets):
        """What is found; stopped, so that nothing moves meanwhile."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            check_confinement(self.pid)
            total, found = memory.search(self.pid, [row for one in sets for row in one])
        finally:
            os.kill(self.pid, signal.SIGCONT)
        assert total > 1 << 20, total
        return found

    def end(self, number=signal.SIGTERM):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        code = self.process.wait(60)
        return code

    def files(self):
        return search_files(self.folder)


def check_confinement(pid):
    """No core may be written of it, and nothing of it is swapped out."""
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
    core = next(line.split()[4:6] for line in limits.splitlines() if "core file" in line)
    assert core == ["0", "0"], limits
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    assert "VmSwap:\t       0 kB" in status, "some of it was swapped out: turn swap off"


def ticks(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def wait_until_idle(run, seconds=0.8, is_ready=lambda: True):
    """Until it used next to no time for so long."""
    since, last, until = time.monotonic(), ticks(run.pid), time.monotonic() + 60
    while time.monotonic() - since < seconds or not is_ready():
        assert run.process.poll() is None, run.error()
        assert time.monotonic() < until, "it is never idle"
        time.sleep(0.1)
        now = ticks(run.pid)
        if now > last + 1:
            since, last = time.monotonic(), now


def has_read(run, path):
    """Whether the file was read to its end."""
    size = os.stat(path).st_size
    for number in os.listdir(f"/proc/{run.pid}/fd"):
        with contextlib.suppress(OSError):
            if os.path.samefile(f"/proc/{run.pid}/fd/{number}", path):
                text = pathlib.Path(f"/proc/{run.pid}/fdinfo/{number}").read_text()
                return int(text.split()[1]) == size
    return False


def needs_memory():
    if SANITIZED:
        raise Skipped("a sanitizer keeps what was freed")
    if os.geteuid() != 0:
        raise Skipped("the memory of others is root's to read")


# Inputs

def capture_file(folder, pack=None):
    octets = planted.capture()
    path = folder / "capture"
    path.write_bytes(pack(octets) if pack else octets)
    return [path]


def zstd(octets):
    return subprocess.run(["zstd", "-qc"], input=octets, capture_output=True, check=True).stdout


def exports_file(folder):
    messages = [(second, octets) for second, octets in planted.datagrams()]
    path = folder / "exports"
    path.write_bytes(planted.exporter.pcap(messages))
    return ["--read", "exports", path]


def raw_exports_file(folder):
    path = folder / "exports.ipfix"
    path.write_bytes(b"".join(octets for _, octets in planted.datagrams()
                              if octets[:2] == b"\0\x0a"))
    return [path]


def zeek_folder(folder):
    planted.zeek(folder / "zeek")
    return [folder / "zeek"]


# To the end

FILES = [("a capture", capture_file, ()),
         ("a capture of four workers", capture_file, ("--workers", "4")),
         ("a capture by gzip", lambda folder: capture_file(folder, gzip.compress), ()),
         ("a capture by zstd", lambda folder: capture_file(folder, zstd), ()),
         ("exports in a capture", exports_file, ()),
         ("exports in a capture of four workers", exports_file, ("--workers", "4")),
         ("raw exports", raw_exports_file, ()),
         ("logs", zeek_folder, ())]


def attack_to_end(name, inputs, more=(), program=SEKISHO):
    """What is found in memory as the process leaves it, and in what it wrote."""
    traced = not SANITIZED and os.geteuid() == 0
    run = Run(name.replace(" ", "-"), inputs, program, traced=traced, more=more)
    found = {}
    if traced:
        memory.run_to_end(run.pid)
        check_confinement(run.pid)
        _, found = memory.search(run.pid, WORDS + AT_HOME + ABROAD + CHOSEN_LINE + CHOSEN)
        code = memory.let_end(run.pid)
    else:
        code = run.end(0)
    assert code == 0, (code, run.error())
    report = json.loads((run.folder / "r.json").read_text())
    return found, run.files(), report, traced


def nothing_is_left_when_a_run_ends():
    for name, inputs, more in FILES:
        found, written, report, traced = attack_to_end(name, inputs, more)
        funnel = report["funnel"]
        assert 0 < funnel["records_kept"] < funnel["flows_admitted"] < funnel["flows_seen"], funnel
        assert not leaked(written), (name, "written", leaked(written))
        assert not leaked(found), (name, "memory", leaked(found))
        for wanted, _ in CHOSEN[1:]:
            assert wanted in written and (wanted in found or not traced), (name, wanted)


# While it goes on

def attack_quiet_file(inputs, more=(), program=SEKISHO):
    """A file that is followed and went quiet."""
    run = Run("followed", inputs, program, more=("--follow", *more))
    path = next(path for path in (run.folder / "input").rglob("*")
                if path.is_file() and path.suffix not in (".yaml", ".txt"))
    wait_until_idle(run, is_ready=lambda: has_read(run, path))
    found = run.search_memory(WORDS, AT_HOME, ABROAD, CHOSEN_LINE, CHOSEN)
    code = run.end()
    assert code == 0, (code, run.error())
    return found, run.files()


def nothing_is_left_when_a_followed_capture_is_quiet():
    needs_memory()
    for more in ((), ("--workers", "3")):
        found, written = attack_quiet_file(capture_file, more)
        assert not leaked(found, but=COUNTED), leaked(found, but=COUNTED)
        assert not leaked(written), leaked(written)
        assert "the selected server" in found and "a selected name" in written


def nothing_is_left_when_followed_logs_are_quiet():
    needs_memory()
    found, written = attack_quiet_file(zeek_folder)
    assert not leaked(found, but=COUNTED), leaked(found, but=COUNTED)
    assert not leaked(written), leaked(written)
    assert "the selected server" in found


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def attack_listener(transport, more=(), program=SEKISHO):
    """Searched 2.5 s after the last message: the mediator waits 120 s for another observer of a
    conversation, with its addresses and names, but what it has no field for is gone."""
    port = free_port()
    run = Run(transport, lambda folder: [], program,
              more=("--listen", f"{transport}:127.0.0.1:{port}", *more))
    time.sleep(1)
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM if transport == "tcp"
                                          else socket.SOCK_DGRAM)) as link:
        link.connect(("127.0.0.1", port))
        for _, octets in planted.datagrams():
            if transport == "udp" or octets[:2] == b"\0\x0a":
                link.send(octets)
        time.sleep(2.5 + WAIT_S)
        sets = (WORDS, AT_HOME, ABROAD, CHOSEN_LINE) if WAIT_S else (SAMPLED,)
        found = run.search_memory(*sets, CHOSEN)
    code = run.end()
    assert code == 0, (code, run.error())
    return found, run.files()


def nothing_is_left_of_messages_of_exporters():
    needs_memory()
    for transport, more in (("udp", ()), ("udp", ("--workers", "3")), ("tcp", ())):
        found, written = attack_listener(transport, more)
        assert not leaked(found, but=COUNTED), leaked(found, but=COUNTED)
        assert not leaked(written), leaked(written)
        assert "the selected server" in written and (found or not WAIT_S), found


# Interfaces

@contextlib.contextmanager
def namespace():
    """A namespace with a pair of interfaces that carries nothing but what we send."""
    def ip(*words):
        done = subprocess.run(["ip", *words], capture_output=True, check=False)
        if done.returncode != 0:
            raise Skipped("no network namespace can be made here")

    ip("netns", "add", SPACE)
    try:
        ip("-n", SPACE, "link", "add", "erasea", "type", "veth", "peer", "name", "eraseb")
        for end in ("erasea", "eraseb"):
            ip("netns", "exec", SPACE, "sh", "-c",
               f"echo 1 >/proc/sys/net/ipv6/conf/{end}/disable_ipv6")
            ip("-n", SPACE, "link", "set", end, "mtu", "9000")
            ip("-n", SPACE, "link", "set", end, "up")
        yield
    finally:
        subprocess.run(["ip", "netns", "del", SPACE], capture_output=True, check=False)


SENDER = """
import socket, struct, sys
octets, at = sys.stdin.buffer.read(), 24
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind(("erasea", 0))
while at < len(octets):
    size, = struct.unpack_from("<I", octets, at + 8)
    link.send(bytes(range(12)) + b"\\x08\\0" + octets[at + 16:at + 16 + size])
    at += 16 + size
"""


def attack_interface(interface="eraseb", program=SEKISHO, wait_s=45):
    """By default until fragments have waited for 30 s; before that, content is searched for."""
    with namespace():
        run = Run("interface", lambda folder: [], program, space=True,
                  more=("--interface", interface, "--idle", "1s"))
        time.sleep(1.5)
        subprocess.run(["ip", "netns", "exec", SPACE, sys.executable, "-c", SENDER],
                       input=planted.capture(), check=True)
        time.sleep(2)
        found = run.search_memory(CONTENT)
        if wait_s > 2 and not found:
            time.sleep(wait_s - 2)
            found = run.search_memory(WORDS, AT_HOME, ABROAD, CHOSEN_LINE, CHOSEN)
        code = run.end()
    assert code == 0, (code, run.error())
    return found, run.files()


def nothing_is_left_in_the_ring_of_an_interface():
    needs_memory()
    found, written = attack_interface()
    assert not leaked(found, but=COUNTED), leaked(found, but=COUNTED)
    assert not leaked(written), leaked(written)
    assert "the selected server" in found


# Violence

def no_core_is_left_of_a_run_that_is_killed():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    run = Run("killed", capture_file, more=("--follow",))
    time.sleep(2)
    code = run.end(signal.SIGSEGV if not SANITIZED else signal.SIGKILL)
    assert code != 0
    cores = [path for path in run.folder.rglob("*core*")]
    assert not cores, cores
    assert not leaked(run.files()), leaked(run.files())


# The attack can fail us

def each_planted_leak_is_found():
    needs_memory()
    if not LEAKS:
        raise Skipped("no program with a leak was given")
    for name, program in LEAKS.items():
        where, *_ = name.split("-")
        if where == "logs":
            found, written = attack_quiet_file(zeek_folder, program=program)
        elif where == "exports":
            found, written = attack_listener("udp", program=program)
        elif where == "interface":
            found, written = attack_interface(program=program, wait_s=2)
        else:
            found, written = attack_quiet_file(capture_file, program=program)
        caught = leaked(written) if where == "told" else leaked(found, but=COUNTED)
        assert caught, f"{name} was not noticed"
        print(f"# {name}: " + "; ".join(f"{what}, {count} times"
                                        for what, (count, _) in caught.items()), flush=True)


TESTS = [
    nothing_is_left_when_a_run_ends,
    nothing_is_left_when_a_followed_capture_is_quiet,
    nothing_is_left_when_followed_logs_are_quiet,
    nothing_is_left_of_messages_of_exporters,
    nothing_is_left_in_the_ring_of_an_interface,
    no_core_is_left_of_a_run_that_is_killed,
    each_planted_leak_is_found,
]

if __name__ == "__main__":
    print(f"1..{len(TESTS)}")
    failed = 0
    chosen = os.environ.get("ATTACK_ONLY", "")
    for number, test in enumerate(TESTS, 1):
        try:
            if chosen and chosen not in test.__name__:
                raise Skipped("not asked for")
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except Skipped as why:
            print(f"ok {number} - {test.__name__} # SKIP {why}", flush=True)
        except (AssertionError, KeyError, ValueError, OSError, subprocess.SubprocessError) as why:
            failed += 1
            print(f"not ok {number} - {test.__name__}\n# {type(why).__name__}: {str(why)[:3000]}",
                  flush=True)
    shutil.rmtree(HERE, ignore_errors=True)
    sys.exit(failed > 0)
