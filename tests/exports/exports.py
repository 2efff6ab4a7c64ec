#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Messages of exporters from files and sockets: nothing is lost, nothing hostile holds us up.
Prints TAP.  usage: exports.py EXPORTS_COUNT SEKISHO"""

import contextlib
import gzip
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

COUNT, SEKISHO = sys.argv[1:3]
HERE = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-exports-"))


class Skip(Exception):
    """The system cannot do this, for the reason given."""


# Messages

def ipfix(time_s, octets=40, domain=1):
    return struct.pack(">HHIII", 10, octets, time_s, 0, domain) + bytes(octets - 16)


def netflow5(time_s, count=1):
    record = struct.pack(">IIIHHIIIIHHBBBBHHBBH", 0x0a000001, 0xc0000201, 0, 1, 2, 10, 1000, 500,
                         900, 40000, 443, 0, 24, 6, 0, 0, 0, 0, 0, 0)
    return struct.pack(">HHIIIIBBH", 5, count, 1000, time_s, 0, 0, 0, 0, 0) + record * count


def netflow9(time_s):
    data = struct.pack(">HH", 256, 12) + bytes(8)
    return struct.pack(">HHIIII", 9, 1, 1000, time_s, 0, 1) + data


def sflow():
    return struct.pack(">IIIIIII", 5, 1, 0x0a000001, 0, 1, 1000, 0)


# What exports_count says

class Result:
    def __init__(self, text):
        self.text = text
        self.messages = [line.split() for line in text.splitlines()
                         if line.startswith("message ")]
        self.trouble = [line for line in text.splitlines() if line.startswith("trouble: ")]

    def counted(self, reason):
        for line in self.text.splitlines():
            number, _, rest = line.partition(" ")
            if number.isdigit() and (rest == reason or rest.partition(" ")[2] == reason):
                return int(number)
        return 0


def count_files(*paths, data=None):
    done = subprocess.run([COUNT, "--messages", *map(str, paths)], input=data,
                          capture_output=True, timeout=60, check=False)
    return Result(done.stdout.decode())


class Listener:
    """exports_count with sockets, in the sandbox; `end` stops it."""

    def __init__(self, *arguments):
        self.out = tempfile.TemporaryFile(dir=HERE)  # a pipe would fill up
        self.process = subprocess.Popen([COUNT, "--sandbox", "--messages", *arguments],
                                        stdout=self.out)
        places = [a for a in arguments if a.split(":")[0] in ("udp", "tcp", "sctp", "tls")]
        until = time.monotonic() + 20
        lines = []
        while time.monotonic() < until and len(lines) < len(places):
            lines = self.said().splitlines()
            if lines and lines[0].startswith("error: "):
                break
            time.sleep(0.02)
        self.ports = [int(line.split()[1]) for line in lines if line.startswith("port ")]
        self.error = None if self.ports else lines[0]

    def said(self):
        return os.pread(self.out.fileno(), 1 << 26, 0).decode()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0, (self.process.returncode, self.said()[-2000:])
        return Result(self.said())


@contextlib.contextmanager
def listening(*arguments):
    listener = Listener(*arguments)
    try:
        yield listener
    finally:
        if listener.process.poll() is None:
            listener.process.kill()
            listener.process.wait()


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def closed_within(connection, seconds):
    """Whether the other side closes the connection."""
    connection.settimeout(seconds)
    try:
        return connection.recv(1) == b""
    except (ConnectionResetError, BrokenPipeError):
        return True
    except (TimeoutError, socket.timeout):
        return False


# Files

def raw_files_of_all_kinds_are_cut():
    path = HERE / "raw"
    path.write_bytes(netflow5(1, 3) + netflow9(2) + netflow9(3) + sflow() + ipfix(4) +
                     netflow9(5))
    result = count_files(path)
    assert [m[8] for m in result.messages] == ["5", "9", "9", "0", "10", "9"], result.text
    assert [int(m[6]) for m in result.messages] == [168, 32, 32, 28, 40, 32], result.text
    assert not result.trouble


def packed_files_and_pipes_give_the_same():
    plain = HERE / "plain"
    plain.write_bytes(b"".join(ipfix(i, 100) for i in range(5000)))
    packed = HERE / "packed"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    expected = count_files(plain)
    assert len(expected.messages) == 5000
    assert count_files(packed).messages == expected.messages
    assert count_files("-", data=plain.read_bytes()).messages == expected.messages
    assert count_files("-", data=packed.read_bytes()).messages == expected.messages


def files_are_read_in_the_order_of_their_times():
    for name, time_s, octets in (("late", 300, 30), ("early", 100, 10), ("middle", 200, 20)):
        (HERE / name).write_bytes(ipfix(time_s, 16 + octets))
    result = count_files(HERE / "late", HERE / "early", HERE / "middle")
    assert [int(m[6]) for m in result.messages] == [26, 36, 46], result.text


def a_cut_or_broken_file_is_told_with_its_offset():
    path = HERE / "broken"
    path.write_bytes(ipfix(1) + b"\0\7" + bytes(100))
    result = count_files(path)
    assert len(result.messages) == 1 and "offset 40" in result.trouble[0], result.text
    path.write_bytes(ipfix(1) + ipfix(2)[:-3])
    result = count_files(path)
    assert len(result.messages) == 2 and result.counted("truncated") == 1, result.text


def what_holds_no_exports_is_refused_in_words():
    path = HERE / "foreign"
    for data, word in ((b"", "empty"), (b"hello world, this is text", "text"),
                       (b'{"event_type":"flow"}\n', "log"), (b"PK\3\4", "zip")):
        path.write_bytes(data)
        text = count_files(path).text
        assert text.startswith("error: ") and word in text and str(path) in text, text


# Datagrams

def datagrams_of_both_address_families_arrive():
    with listening("udp:0", "udp:127.0.0.1:0", "udp:[::1]:0") as listener:
        for port, family, address in ((0, socket.AF_INET, "127.0.0.1"),
                                      (0, socket.AF_INET6, "::1"),
                                      (1, socket.AF_INET, "127.0.0.1"),
                                      (2, socket.AF_INET6, "::1")):
            with socket.socket(family, socket.SOCK_DGRAM) as sender:
                for _ in range(10):
                    sender.sendto(netflow5(1), (address, listener.ports[port]))
        time.sleep(0.3)
        result = listener.end()
    assert len(result.messages) == 40, result.text
    assert sum(m[1] == "::1" for m in result.messages) == 20
    assert all(abs(int(m[10]) / 1e9 - time.time()) < 60 for m in result.messages)


def a_datagram_of_65507_octets_arrives_whole():
    with listening("udp:127.0.0.1:0") as listener:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(ipfix(1, 65507), ("127.0.0.1", listener.ports[0]))
        time.sleep(0.2)
        result = listener.end()
    assert [int(m[6]) for m in result.messages] == [65507], result.text


def what_the_system_drops_is_counted():
    with listening("--receive", "65536", "--slow", "20000", "udp:127.0.0.1:0") as listener:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(5000):
                sender.sendto(netflow5(1, 20), ("127.0.0.1", listener.ports[0]))
            time.sleep(1)
            sender.sendto(netflow5(1), ("127.0.0.1", listener.ports[0]))
        time.sleep(0.5)
        result = listener.end()
    dropped = result.counted("dropped by the system")
    assert dropped > 0 and len(result.messages) + dropped == 5001, result.text[-500:]
    assert result.counted("lost before") == dropped, result.text[-500:]


# Connections

def messages_are_cut_from_a_connection_of_any_pieces():
    with listening("tcp:127.0.0.1:0") as listener:
        stream = b"".join(ipfix(i, 16 + i * 7 % 3000) for i in range(500)) + ipfix(1, 65535)
        with connect(listener.ports[0]) as sender:
            for at in range(0, len(stream), 997):
                sender.sendall(stream[at:at + 997])
        time.sleep(0.3)
        result = listener.end()
    sizes = [int(m[6]) for m in result.messages]
    assert sizes == [16 + i * 7 % 3000 for i in range(500)] + [65535, 0], sizes[-5:]
    assert result.messages[-1][-1] == "end" and result.counted("ends") == 1


def what_is_not_ipfix_closes_its_connection():
    with listening("tcp:127.0.0.1:0") as listener:
        for hostile in (b"GET / HTTP/1.0\r\n\r\n", b"\0\x0a\0\x0f" + bytes(20),
                        b"\0\x0a\0\0" + bytes(20), netflow9(1), b"\xff" * 100000):
            with connect(listener.ports[0]) as sender:
                with contextlib.suppress(ConnectionError):
                    sender.sendall(hostile)
                assert closed_within(sender, 5), hostile[:8]
        with connect(listener.ports[0]) as sender:
            sender.sendall(ipfix(1))
        time.sleep(0.3)
        result = listener.end()
    assert result.counted("closed, not IPFIX") == 5, result.text
    assert len(result.messages) == 2, result.text


def silent_and_dripping_senders_are_closed():
    with listening("--idle", "1000", "tcp:127.0.0.1:0") as listener:
        silent, dripping, busy = (connect(listener.ports[0]) for _ in range(3))
        until = time.monotonic() + 2.5
        sent = 0
        while time.monotonic() < until:
            with contextlib.suppress(ConnectionError):
                dripping.sendall(ipfix(1, 65535)[sent:sent + 1])
            busy.sendall(ipfix(1))
            sent += 1
            time.sleep(0.2)
        assert closed_within(silent, 1) and closed_within(dripping, 1)
        assert not closed_within(busy, 0.1)
        result = listener.end()
    assert result.counted("closed, silent or too slow") == 2, result.text[-600:]
    assert len(result.messages) == sent


def connections_are_capped_over_all_and_by_address():
    with listening("--sessions", "8", "tcp:0") as listener:
        held = [connect(listener.ports[0]) for _ in range(2)]
        refused = connect(listener.ports[0])
        assert closed_within(refused, 5)
        for last in range(2, 5):
            for _ in range(2):
                held.append(socket.create_connection(("127.0.0.1", listener.ports[0]),
                                                     source_address=(f"127.0.0.{last}", 0)))
        late = socket.create_connection(("127.0.0.1", listener.ports[0]),
                                        source_address=("127.0.0.9", 0))
        assert closed_within(late, 5)
        for connection in held:
            connection.sendall(ipfix(1))
            connection.close()
        time.sleep(0.3)
        with connect(listener.ports[0]) as again:
            again.sendall(ipfix(2))
        time.sleep(0.3)
        result = listener.end()
    assert result.counted("refused, too many of one exporter") == 1, result.text
    assert result.counted("refused, too many") == 1, result.text
    assert result.counted("ends") == 9 and result.counted("messages") == 9, result.text


def a_flood_of_datagrams_starves_no_connection():
    with listening("udp:127.0.0.1:0", "tcp:127.0.0.1:0") as listener:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood, \
                connect(listener.ports[1]) as sender:
            for i in range(200):
                for _ in range(50):
                    flood.sendto(netflow5(1), ("127.0.0.1", listener.ports[0]))
                sender.sendall(ipfix(i))
        time.sleep(0.5)
        result = listener.end()
    assert sum(m[8] == "10" for m in result.messages) == 200
    assert sum(m[8] == "5" for m in result.messages) == 10000


# TLS

def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_authority(name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", HERE / f"{name}.key", "-out", HERE / f"{name}.pem", "-days", "2",
            "-subj", f"/CN={name}")


def make_certificate(name, authority):
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            HERE / f"{name}.key", "-out", HERE / f"{name}.csr", "-subj", f"/CN={name}")
    openssl("x509", "-req", "-in", HERE / f"{name}.csr", "-CA", HERE / f"{authority}.pem",
            "-CAkey", HERE / f"{authority}.key", "-CAcreateserial", "-days", "2", "-out",
            HERE / f"{name}.pem")


def make_certificates():
    if (HERE / "collector.pem").exists():
        return
    if not shutil.which("openssl"):
        raise Skip("no openssl to make certificates with")
    make_authority("authority")
    make_authority("stranger")
    for name, authority in (("collector", "authority"), ("exporter", "authority"),
                            ("forger", "stranger")):
        make_certificate(name, authority)


def tls_arguments():
    make_certificates()
    return ["--certificate", HERE / "collector.pem", "--key", HERE / "collector.key",
            "--authority", HERE / "authority.pem"]


def tls_connect(port, certificate=None, version=ssl.TLSVersion.TLSv1_3):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(HERE / "authority.pem")
    context.minimum_version = context.maximum_version = version
    if certificate:
        context.load_cert_chain(HERE / f"{certificate}.pem", HERE / f"{certificate}.key")
    return context.wrap_socket(connect(port))


def tls_refused(port, *arguments):
    try:
        with tls_connect(port, *arguments) as sender:
            sender.sendall(ipfix(1))
            return closed_within(sender, 5)
    except (ssl.SSLError, ConnectionError):
        return True


def exporters_with_a_good_certificate_are_heard_over_tls():
    with listening(*map(str, tls_arguments()), "tls:127.0.0.1:0") as listener:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with tls_connect(listener.ports[0], "exporter", version) as sender:
                sender.sendall(b"".join(ipfix(i, 1000) for i in range(1000)))
                sender.sendall(ipfix(1, 65535))
        time.sleep(0.3)
        result = listener.end()
    assert result.counted("messages") == 2002, result.text[-500:]
    assert result.counted("octets") == 2 * (1000 * 1000 + 65535), result.text[-500:]
    assert result.counted("ends") == 2


def exporters_without_a_good_certificate_are_refused_and_told_once():
    with listening(*map(str, tls_arguments()), "tls:127.0.0.1:0") as listener:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for certificate in (None, "forger"):
                assert tls_refused(listener.ports[0], certificate, version), certificate
        time.sleep(0.3)
        result = listener.end()
    assert result.counted("refused, no good certificate") == 4, result.text
    assert result.counted("messages") == 0, result.text
    assert len(result.trouble) == 1 and "127.0.0.1" in result.trouble[0], result.trouble


def half_handshakes_and_noise_are_closed_over_tls():
    with listening(*map(str, tls_arguments()), "--idle", "1000", "tls:127.0.0.1:0") as listener:
        half = connect(listener.ports[0])
        half.sendall(b"\x16\x03\x01\x02\x00\x01")
        with connect(listener.ports[0]) as noise:
            noise.sendall(b"GET / HTTP/1.0\r\n\r\n")
            closed_within(noise, 5)
        with tls_connect(listener.ports[0], "exporter") as sender:
            sender.sendall(ipfix(1))
        assert closed_within(half, 5)
        result = listener.end()
    assert result.counted("closed, silent or too slow") == 1, result.text
    assert result.counted("failed to begin TLS") == 1, result.text
    assert result.counted("messages") == 1, result.text


def tls_without_its_files_is_refused_in_words():
    with listening("tls:127.0.0.1:0") as listener:
        assert "certificate" in listener.error, listener.error
    make_certificates()
    with listening("--certificate", str(HERE / "collector.pem"), "--key",
                   str(HERE / "exporter.key"), "--authority", str(HERE / "authority.pem"),
                   "tls:127.0.0.1:0") as listener:
        assert "collector.pem" in listener.error, listener.error


# SCTP

def messages_come_over_sctp():
    with listening("sctp:127.0.0.1:0") as listener:
        if listener.error:
            assert "SCTP" in listener.error, listener.error
            raise Skip("this kernel has no SCTP, and that is what we say")
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132) as sender:
            sender.connect(("127.0.0.1", listener.ports[0]))
            for i in range(100):
                sender.sendall(ipfix(i, 1000))
        time.sleep(0.5)
        result = listener.end()
    assert result.counted("messages") == 100 and result.counted("ends") == 1, result.text


def a_place_that_is_taken_is_refused_in_words():
    with listening("tcp:127.0.0.1:0") as first:
        with listening(f"tcp:127.0.0.1:{first.ports[0]}") as second:
            assert "cannot be listened at" in second.error, second.error
    with listening("udp:127.0.0.1:0") as first:
        place = f"udp:127.0.0.1:{first.ports[0]}"
        with listening(place) as second:  # it would take a part of the exporters
            assert "cannot be listened at" in second.error, second.error
    with listening(place, place) as both:
        assert both.ports == [first.ports[0]] * 2, both.error
        with listening(place.replace("127.0.0.1:", "")) as third:
            assert "cannot be listened at" in third.error, third.error
    with listening("udp:nowhere:1") as listener:
        assert "udp:2055" in listener.error, listener.error


# Replaying

def replay(*arguments):
    done = subprocess.run([SEKISHO, "replay", "--json", *map(str, arguments)],
                          capture_output=True, timeout=120, check=False)
    return done, json.loads(done.stdout) if done.stdout else None


def recording(count=2000):
    """NetFlow 5, with records of 48 octets, and IPFIX in turn."""
    path = HERE / "recording"
    path.write_bytes(b"".join(netflow5(1700000000 + i, 30) if i % 2 else
                              ipfix(1700000000 + i, 1400) for i in range(count)))
    return path


def what_is_replayed_at_a_moderate_rate_arrives_whole():
    with listening("--receive", "16777216", "udp:127.0.0.1:0") as listener:
        done, sent = replay("--to", f"udp:127.0.0.1:{listener.ports[0]}", "--datagrams", 5000,
                            "--loop", 3, recording())
        time.sleep(0.5)
        result = listener.end()
    assert done.returncode == 0 and sent["messages"] == 6000, done
    assert sent["records"] == 3 * 1000 * 30, sent
    assert 1.19 <= sent["seconds"] < 30, sent
    assert result.counted("messages") == 6000 and not result.counted("lost before")
    assert result.counted("octets") == sent["octets"]


def many_exporters_replay_from_addresses_of_their_own():
    path = HERE / "few"
    path.write_bytes(netflow5(1, 30) * 3)
    with listening("--receive", "16777216", "udp:127.0.0.1:0") as listener:
        done, sent = replay("--to", f"udp:127.0.0.1:{listener.ports[0]}", "--rate", 600000,
                            "--exporters", 2000, path)
        time.sleep(0.5)
        result = listener.end()
    assert sent["messages"] == 6000, done
    assert len({m[1] for m in result.messages}) == 2000
    assert sent["seconds"] >= 0.29, sent  # 180,000 records


def ipfix_is_replayed_over_tcp_and_tls():
    certificates = tls_arguments()
    with listening(*map(str, certificates), "tcp:127.0.0.1:0", "tls:127.0.0.1:0") as listener:
        tcp, sent = replay("--to", f"tcp:127.0.0.1:{listener.ports[0]}", "--exporters", 3,
                           recording())
        assert tcp.returncode == 0 and sent["messages"] == 3000, tcp
        assert sent["not_ipfix"] == 1000, sent
        tls, sent = replay("--to", f"tls:127.0.0.1:{listener.ports[1]}", "--tls-certificate",
                           HERE / "exporter.pem", "--tls-key", HERE / "exporter.key",
                           "--tls-authority", HERE / "authority.pem", recording())
        assert tls.returncode == 0 and sent["messages"] == 1000, tls
        time.sleep(0.3)
        result = listener.end()
    assert result.counted("messages") == 4000 and result.counted("ends") == 4, result.text[-500:]


def a_replay_keeps_the_time_between_messages():
    path = HERE / "paced"
    path.write_bytes(ipfix(1000) + ipfix(1002) + ipfix(1004))
    with listening("udp:127.0.0.1:0") as listener:
        _, sent = replay("--to", f"udp:127.0.0.1:{listener.ports[0]}", "--speed", 4, path)
        listener.end()
    assert 0.99 <= sent["seconds"] < 10, sent


def a_replay_ends_in_time_and_refuses_other_hosts():
    with listening("udp:127.0.0.1:0") as listener:
        place = f"udp:127.0.0.1:{listener.ports[0]}"
        _, sent = replay("--to", place, "--loop", 0, "--seconds", "0.5", "--datagrams", 100,
                         recording())
        assert 0.4 < sent["seconds"] < 10, sent
        listener.end()
    for arguments in (["--to", "udp:192.0.2.1:2055"], ["--to", "udp:2055"], [],
                      ["--to", place, "--rate", "1", "--speed", "1"],
                      ["--to", place, "--rate", "0"], ["--to", "udp:[::1]:1", "-e", "2"]):
        done, _ = replay(*arguments, recording())
        assert done.returncode == 2 and done.stderr, (arguments, done)
    done, _ = replay("--to", place, HERE / "nothing-there")
    assert done.returncode == 1 and b"nothing-there" in done.stderr, done


TESTS = [
    raw_files_of_all_kinds_are_cut,
    packed_files_and_pipes_give_the_same,
    files_are_read_in_the_order_of_their_times,
    a_cut_or_broken_file_is_told_with_its_offset,
    what_holds_no_exports_is_refused_in_words,
    datagrams_of_both_address_families_arrive,
    a_datagram_of_65507_octets_arrives_whole,
    what_the_system_drops_is_counted,
    messages_are_cut_from_a_connection_of_any_pieces,
    what_is_not_ipfix_closes_its_connection,
    silent_and_dripping_senders_are_closed,
    connections_are_capped_over_all_and_by_address,
    a_flood_of_datagrams_starves_no_connection,
    exporters_with_a_good_certificate_are_heard_over_tls,
    exporters_without_a_good_certificate_are_refused_and_told_once,
    half_handshakes_and_noise_are_closed_over_tls,
    tls_without_its_files_is_refused_in_words,
    messages_come_over_sctp,
    a_place_that_is_taken_is_refused_in_words,
    what_is_replayed_at_a_moderate_rate_arrives_whole,
    many_exporters_replay_from_addresses_of_their_own,
    ipfix_is_replayed_over_tcp_and_tls,
    a_replay_keeps_the_time_between_messages,
    a_replay_ends_in_time_and_refuses_other_hosts,
]


def main():
    print(f"1..{len(TESTS)}")
    failed = 0
    for number, test in enumerate(TESTS, 1):
        name = test.__name__.replace("_", " ")
        try:
            test()
            print(f"ok {number} - {name}", flush=True)
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            words = f"{type(error).__name__}: {error}".replace("\n", "\n# ")
            print(f"not ok {number} - {name}\n# {words}", flush=True)
    shutil.rmtree(HERE)
    sys.exit(failed > 0)


main()
