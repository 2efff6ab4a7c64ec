#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records that sekisho watch sends are received by other programs and by ourselves, over UDP,
TCP and TLS, with equal totals.  Prints TAP.  usage: send.py SEKISHO SCENARIOS EXPORTS_DUMP
EXPORTS_COUNT"""
import json
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import records

SEKISHO, SCENARIOS, DUMP, COUNT = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
FOLDER = Path(tempfile.mkdtemp(prefix="sekisho-send-"))
ENVIRONMENT = dict(os.environ, XDG_STATE_HOME=str(FOLDER / "state"), LC_ALL="C.UTF-8")
CAPTURE, NETWORKS = FOLDER / "demo.pcapng", FOLDER / "demo.yaml"
KEPT = FOLDER / "r.jsonl"


def run(*arguments):
    return subprocess.run([SEKISHO, *map(str, arguments)], capture_output=True, check=False,
                          env=ENVIRONMENT, timeout=120)  # fmt: skip


def watch(*arguments, code=0):
    """Sends; the report, with the records in KEPT."""
    done = run("watch", "--no-store", "--quiet", "--networks", NETWORKS, "--json", "-",
               "--records", KEPT, *arguments, CAPTURE)  # fmt: skip
    assert done.returncode == code, (done.returncode, done.stderr.decode())
    return json.loads(done.stdout), done.stderr.decode()


def sums():
    rows = [json.loads(line) for line in KEPT.read_text().splitlines()]
    return [len(rows)] + [sum(row[name] for row in rows) for name in records.FIELDS]


def counted(report, reason):
    return sum(row["count"] for row in report["counters"]
               if row["stage"] == "send" and row["reason"] == reason)  # fmt: skip


def totals_of(messages):
    path = FOLDER / "received.ipfix"
    path.write_bytes(b"".join(messages))
    said = subprocess.run([DUMP, path], check=True, capture_output=True, text=True).stdout
    flows = [row for row in map(json.loads, said.splitlines()) if row["kind"] == "flow"]
    return [len(flows)] + [sum(row[way][unit] for row in flows if way in row)
                           for way in ("forward", "reverse") for unit in ("packets", "octets")]  # fmt: skip


def datagrams_have_all_records_and_templates_again():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        collector.bind(("127.0.0.1", 0))
        report, _ = watch("--export", f"udp:127.0.0.1:{collector.getsockname()[1]}")
        collector.settimeout(0.5)
        messages = []
        try:
            while True:
                messages.append(collector.recv(65536))
        except TimeoutError:
            pass
    assert all(len(message) <= 1400 for message in messages)
    assert totals_of(messages) == sums()
    assert counted(report, "sent") == sums()[0] and counted(report, "not sent") == 0
    # RFC 7011 10.3.6: any 65 messages in a row have the templates.
    told = [i for i, message in enumerate(messages) if message[16:18] == b"\0\2"]
    assert len(messages) > 100 and all(b - a <= 64 for a, b in zip(told, told[1:])), told
    assert len(told) > 1


def nfcapd_receives_equal_totals():
    records.need("nfcapd")
    records.need("nfdump")
    store, port = FOLDER / "nf", records.free_port()
    store.mkdir()
    collector = subprocess.Popen(["nfcapd", "-b", "127.0.0.1", "-p", str(port), "-w", str(store),
                                  "-t", "3600"], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)  # fmt: skip
    try:
        records.wait_until(lambda: records.is_listening(port))
        watch("--export", f"udp:localhost:{port}")
        time.sleep(1)
    finally:
        collector.terminate()
        said = collector.communicate(timeout=20)[0]
    assert records.totals_of_nfdump(store) == sums(), said
    assert "Sequence Errors: 0" in said, said


def totals_of_pmacct(path):
    lines = path.read_text().splitlines() if path.exists() else []
    rows = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
    return [sum(row[name] for row in rows) for name in ("packets", "bytes")]


def nfacctd_receives_equal_totals():
    records.need("nfacctd")
    port, out = records.free_port(), FOLDER / "pmacct.json"
    (FOLDER / "nfacctd.conf").write_text(
        f"nfacctd_ip: 127.0.0.1\nnfacctd_port: {port}\nplugins: print\ndaemonize: false\n"
        "aggregate: src_host, dst_host, src_port, dst_port, proto, timestamp_start\n"
        f"print_output: json\nprint_output_file: {out}\n"
        "print_output_file_append: true\nprint_refresh_time: 1\n"
        "timestamps_since_epoch: true\nplugin_buffer_size: 1024000\nplugin_pipe_size: 102400000\n")
    collector = subprocess.Popen(["nfacctd", "-f", FOLDER / "nfacctd.conf"],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    try:
        records.wait_until(lambda: records.is_listening(port))
        watch("--export", f"udp:127.0.0.1:{port}")
        records.wait_until(lambda: totals_of_pmacct(out) == sums()[1:3], 20)
    finally:
        collector.send_signal(signal.SIGINT)
        said = collector.communicate(timeout=20)[0]
    # It knows no biflow: what came back is not in its sums.
    got = totals_of_pmacct(out)
    assert got == sums()[1:3], (got, sums(), said[-2000:])


class Receiver:
    """Takes one connection after the other; keeps what came, message by message."""

    def __init__(self, context=None):
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.context, self.sessions, self.failed = context, [], 0
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                peer = self.door.accept()[0]
            except OSError:
                return
            try:
                if self.context:
                    peer = self.context.wrap_socket(peer, server_side=True)
                self.take(peer)
            except (ssl.SSLError, ConnectionError):
                self.failed += 1
            finally:
                peer.close()

    def take(self, peer):
        octets = bytearray()
        self.sessions.append(octets)
        while got := peer.recv(65536):
            octets += got

    def end(self):
        self.door.close()


def tcp_has_one_session_with_its_templates_once():
    receiver = Receiver()
    watch("--export", f"tcp:127.0.0.1:{receiver.port}")
    records.wait_until(lambda: receiver.sessions and
                       totals_of(receiver.sessions) == sums(), 5)  # fmt: skip
    assert len(receiver.sessions) == 1 and totals_of(receiver.sessions) == sums()
    sequence = 0
    for message in records.messages(bytes(receiver.sessions[0])):
        assert struct.unpack_from(">I", message, 8)[0] == sequence
        sequence += records_in(message)
    receiver.end()


VARIABLE = 65535


def records_in(message):
    sizes, count, at = records_in.sizes, 0, 16
    while at < len(message):
        kind, length = struct.unpack_from(">HH", message, at)
        if kind == 2:
            read_templates(message[at + 4:at + length], sizes)
        else:
            count += records_of(message[at + 4:at + length], sizes[kind])
        at += length
    return count


def records_of(octets, sizes):
    """How many records the set holds; RFC 7011 section 7 tells the length of what varies."""
    count, at = 0, 0
    while at < len(octets):
        for size in sizes:
            at += 1 + octets[at] if size == VARIABLE else size
        count += 1
    assert at == len(octets)
    return count


records_in.sizes = {}


def read_templates(octets, sizes):
    while octets:
        kind, fields = struct.unpack_from(">HH", octets)
        octets = octets[4:]
        assert kind not in sizes, "a template told twice"
        sizes[kind] = []
        for _ in range(fields):
            element, size = struct.unpack_from(">HH", octets)
            octets = octets[8 if element & 0x8000 else 4:]
            sizes[kind].append(size)


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_certificates():
    records.need("openssl")
    if (FOLDER / "other.pem").exists():
        return
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    for name in ("authority", "stranger"):
        openssl("req", "-x509", *curve, "-keyout", FOLDER / f"{name}.key", "-out",
                FOLDER / f"{name}.pem", "-days", "2", "-subj", f"/CN={name}")  # fmt: skip
    for name, who in (("collector", "DNS:localhost,IP:127.0.0.1"), ("exporter", "DNS:exporter"),
                      ("other", "DNS:elsewhere.example")):  # fmt: skip
        openssl("req", *curve, "-keyout", FOLDER / f"{name}.key", "-out", FOLDER / f"{name}.csr",
                "-subj", f"/CN={name}")  # fmt: skip
        (FOLDER / f"{name}.ext").write_text(f"subjectAltName={who}\n")
        openssl("x509", "-req", "-in", FOLDER / f"{name}.csr", "-CA", FOLDER / "authority.pem",
                "-CAkey", FOLDER / "authority.key", "-CAcreateserial", "-days", "2", "-out",
                FOLDER / f"{name}.pem", "-extfile", FOLDER / f"{name}.ext")  # fmt: skip


def certificates(authority="authority"):
    return ("--tls-certificate", FOLDER / "exporter.pem", "--tls-key", FOLDER / "exporter.key",
            "--tls-authority", FOLDER / f"{authority}.pem")  # fmt: skip


def tls_receiver(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER / f"{name}.pem", FOLDER / f"{name}.key")
    context.load_verify_locations(FOLDER / "authority.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return Receiver(context)


def tls_with_certificates_of_both_sides():
    make_certificates()
    for host in ("127.0.0.1", "localhost"):
        receiver = tls_receiver("collector")
        watch("--export", f"tls:{host}:{receiver.port}", *certificates())
        records.wait_until(lambda: receiver.sessions and
                           totals_of(receiver.sessions) == sums(), 5)  # fmt: skip
        assert totals_of(receiver.sessions) == sums()
        receiver.end()


def tls_to_somebody_else_sends_nothing():
    make_certificates()
    for name, authority in (("other", "authority"), ("collector", "stranger")):
        receiver = tls_receiver(name)
        report, said = watch("--export", f"tls:127.0.0.1:{receiver.port}",
                             *certificates(authority), code=4)  # fmt: skip
        assert "certificate" in said and "were not sent" in said, said
        assert counted(report, "sent") == 0 and not any(receiver.sessions)
        assert counted(report, "not sent") == sums()[0]
        receiver.end()
    done = run("watch", "--export", "tls:127.0.0.1:4740", CAPTURE)
    assert done.returncode == 1 and b"authority" in done.stderr, done.stderr


def our_own_listener_receives_over_each_transport():
    make_certificates()
    ours = subprocess.Popen([COUNT, "--certificate", FOLDER / "collector.pem", "--key",
                             FOLDER / "collector.key", "--authority", FOLDER / "authority.pem",
                             "udp:127.0.0.1:0", "tcp:127.0.0.1:0", "tls:127.0.0.1:0"],
                            stdout=subprocess.PIPE, text=True)  # fmt: skip
    try:
        ports = [int(ours.stdout.readline().split()[1]) for _ in range(3)]
        to = [word for way, port in zip(("udp", "tcp", "tls"), ports)
              for word in ("--export", f"{way}:127.0.0.1:{port}")]  # fmt: skip
        report, _ = watch(*to, *certificates())
        assert counted(report, "sent") == 3 * sums()[0]
        time.sleep(0.5)
    finally:
        ours.terminate()
        said = ours.communicate(timeout=20)[0]
    assert "trouble" not in said and "error" not in said, said
    assert int(said.split()[0]) > 300, said


def without_a_collector_it_is_told_and_the_run_goes_on():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        for way in ("tcp", "udp"):
            begun = time.monotonic()
            report, said = watch("--export", f"{way}:127.0.0.1:{nobody.getsockname()[1]}",
                                 code=4)  # fmt: skip
            assert time.monotonic() - begun < 30
            assert ("were not sent" if way == "tcp" else "nobody listens") in said, said
            assert report["funnel"]["records_kept"] == sums()[0] > 0


TESTS = (datagrams_have_all_records_and_templates_again, nfcapd_receives_equal_totals,
         nfacctd_receives_equal_totals, tcp_has_one_session_with_its_templates_once,
         tls_with_certificates_of_both_sides, tls_to_somebody_else_sends_nothing,
         our_own_listener_receives_over_each_transport,
         without_a_collector_it_is_told_and_the_run_goes_on)  # fmt: skip

if __name__ == "__main__":
    made = run("simulate", SCENARIOS / "demo.yaml", "-o", CAPTURE, "--truth",
               FOLDER / "truth.json", "--networks", NETWORKS, "--quiet")  # fmt: skip
    assert made.returncode == 0, made.stderr.decode()
    sys.exit(records.run_tests(TESTS))
