#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Slow and many clients, long streams and events, within little memory.
usage: load.py SERVER [is_sanitized]"""
import json
import re
import resource
import select
import shutil
import socket
import subprocess
import sys
import threading
import time

import lib

IS_SANITIZED = sys.argv[2:] == ["true"]  # then memory is not what it is
MANY = 300 if IS_SANITIZED else 2000
STREAM_OCTETS = 2**26 if IS_SANITIZED else 2**30


def raise_descriptors():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, most) if most > 0 else 8192, most))
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < MANY + 200:
        raise lib.Skipped("too few descriptors")


def slow_heads_and_bodies_are_ended(program, _folder):
    begun = {"a head": b"GET /api/hello HTTP/1.1\r\nHost: a\r\n",
             "a body": lib.request("/api/echo", "Content-Length: 90", method="POST") + b"a",
             "a chunk": lib.request("/api/echo", "Transfer-Encoding: chunked", method="POST") + b"99\r\n"}
    with lib.Server(program, idle=2) as server:
        for name, octets in begun.items():
            with server.connect() as to:
                start = time.monotonic()
                to.sendall(octets)
                answers, how = [], "reset"
                while time.monotonic() - start < 8:
                    if select.select([to], [], [], 0.2)[0]:
                        answers, how = lib.answers_of(to)
                        break
                    to.sendall(b"a")  # an octet now and then does not help
                took = time.monotonic() - start
            assert [answer.status for answer in answers] == [408] and how == "end", (name, answers, how)
            assert 1.5 < took < 4, (name, took)
        with server.connect() as to:
            assert lib.read_all(to) == (b"", "end"), "one that says nothing is told nothing"
        server.wait_for(slow=3)


def one_that_does_not_read_is_ended(program, _folder):
    with lib.Server(program, idle=2) as server, server.connect() as to:
        to.sendall(lib.request("/api/stream?octets=100000000"))
        time.sleep(4)
        answers = lib.answers_of(to)[0]
        assert not answers[0].is_whole
        server.wait_for(slow=1, done=1)


def slow_ones_do_not_hold_up_the_others(program, _folder):
    with lib.Server(program, of_one_peer=600, threads=2) as server:
        slow = [server.connect() for _ in range(500)]
        for to in slow:
            to.sendall(b"GET /api/hello HTTP/1.1\r\nX: ")
        start = time.monotonic()
        for _ in range(50):
            assert server.get("/api/hello").status == 200
        took = time.monotonic() - start
        for to in slow:
            to.close()
        assert took < 2, took


def there_are_no_more_connections_than_were_said(program, _folder):
    with lib.Server(program, connections=20, of_one_peer=10) as server:
        open_ones = [server.connect() for _ in range(10)]
        for to in open_ones:
            to.sendall(lib.request("/api/hello", last=False))
            assert to.recv(10)
        assert server.ask(lib.request("/api/hello"))[0] == []
        others = []
        for number in range(11):
            to = socket.socket()
            to.bind((f"127.0.0.{number // 10 + 2}", 0))
            to.connect(("127.0.0.1", server.port))
            to.settimeout(5)
            to.sendall(lib.request("/api/hello", last=False))
            others.append(to)
        got = [bool(to.recv(10)) if number < 10 else lib.read_all(to)[0] != b""
               for number, to in enumerate(others)]  # fmt: skip
        assert got == [True] * 10 + [False], got
        server.wait_for(of_one_peer=1, full=1)
        for to in open_ones + others:
            to.close()
        time.sleep(0.5)
        assert server.get("/api/hello").status == 200


def two_thousand_connections_are_held_in_little_memory(program, _folder):
    raise_descriptors()
    with lib.Server(program, of_one_peer=4000, connections=4000) as server:
        connections = [server.connect() for _ in range(MANY)]
        for _ in range(3):
            for to in connections:
                to.sendall(lib.request("/api/hello", last=False))
            for to in connections:
                assert to.recv(2000).startswith(b"HTTP/1.1 200 OK\r\n")
        memory = server.memory()["HWM"]
        print(f"# {MANY} connections: {memory:.1f} MiB at most")
        assert IS_SANITIZED or memory < 60, memory
        for to in connections:
            to.close()


def a_long_stream_needs_no_memory(program, _folder):
    with lib.Server(program) as server, server.connect(60) as to:
        to.sendall(b"GET /api/stream?octets=%d HTTP/1.0\r\n\r\n" % STREAM_OCTETS)
        room, total, start = bytearray(1 << 20), 0, time.monotonic()
        while got := to.recv_into(room):
            total += got
        memory = server.memory()["HWM"]
        took = time.monotonic() - start
        print(f"# {total / 2**20:.0f} MiB in {took:.1f} s, {memory:.1f} MiB at most")
        assert STREAM_OCTETS < total < STREAM_OCTETS + 2000, total
        assert IS_SANITIZED or memory < 30, memory


def an_endless_pipeline_needs_no_memory(program, _folder):
    """Always an unfinished request behind the others."""
    one = lib.request("/api/hello", "X: " + "a" * 301, last=False)
    with lib.Server(program) as server, server.connect(30) as to:
        def send():
            to.sendall(one * 20000)
            to.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        answers = 0
        while piece := to.recv(1 << 16):
            answers += piece.count(b"HTTP/1.1 200")
        sender.join()
        memory = server.memory()["HWM"]
        assert answers > 19000, answers  # some are cut by the edge of a piece
        assert IS_SANITIZED or memory < 20, memory


def a_large_body_is_taken_and_given_back(program, _folder):
    body = b"x" * (60 << 20)
    with lib.Server(program, of_one_peer=100) as server:
        answer = server.get("/api/octets", method="PUT", body=body)
        assert json.loads(answer.body) == {"octets": len(body)}
        time.sleep(0.2)
        assert IS_SANITIZED or server.memory()["RSS"] < 40, "it is given back"


def bodies_together_are_bounded(program, _folder):
    """Six of 60 MiB are more than all may have together."""
    piece, open_ones, refused = b"x" * (1 << 20), [], 0
    with lib.Server(program) as server:
        for _ in range(6):
            to = server.connect()
            open_ones.append(to)
            to.sendall(lib.request("/api/octets", f"Content-Length: {64 << 20}", method="PUT"))
            try:
                for _ in range(60):
                    to.sendall(piece)
            except OSError:
                pass
        time.sleep(0.5)
        refused = server.counts()["busy"]
        for to in open_ones:
            to.close()
        time.sleep(0.5)
        assert refused >= 1, refused
        assert server.get("/api/octets", method="PUT", body=piece).status == 200


def a_stream_that_breaks_off_is_seen(program, _folder):
    with lib.Server(program) as server:
        for octets in (0, 5, 100000):
            answers, how = server.ask(lib.request(f"/api/stream?octets={octets}&break=1"))
            assert not answers or not answers[0].is_whole, octets
            assert how == "reset", (octets, how)
        assert server.get("/api/stream?octets=100000").is_whole


def a_client_that_leaves_ends_its_stream(program, _folder):
    with lib.Server(program) as server:
        for path in ("/api/stream?octets=1000000000000", "/api/events", "/api/slow?ms=300"):
            with server.connect() as to:
                to.sendall(lib.request(path))
                time.sleep(0.1)
        server.wait_for(opened=2, done=2, told=3)


def events_reach_everybody_at_once(program, _folder):
    raise_descriptors()
    with lib.Server(program, of_one_peer=1000, threads=4) as server:
        listeners = [server.connect() for _ in range(300)]
        for to in listeners:
            to.sendall(lib.request("/api/events"))
        for to in listeners:
            head = b""
            while b"\r\n\r\n" not in head:
                head += to.recv(1)
            assert b"text/event-stream" in head
        time.sleep(1.5)
        for to in listeners:
            to.setblocking(False)
            try:
                to.recv(100)  # what keeps it alive
            except BlockingIOError:
                pass
            to.settimeout(5)
        waits = []
        for number in range(1, 4):
            start = time.monotonic()
            server.say("wake")
            for to in listeners:
                assert b"id: %d\ndata: {}\n\n" % number in to.recv(200), number
            waits.append(time.monotonic() - start)
        asked = time.monotonic()
        assert server.get("/api/hello").status == 200
        assert time.monotonic() - asked < 0.5, "nobody is held up by those who wait"
        with server.connect() as late:
            start = time.monotonic()
            late.sendall(lib.request("/api/events", "Last-Event-ID: 1"))
            came = b""
            while b"id: 3" not in came:
                came += late.recv(2000)
            assert time.monotonic() - start < 0.4, "what was missed comes at once"
        print(f"# 300 listeners have it within {max(waits) * 1000:.0f} ms,"
              f" {server.memory()['HWM']:.1f} MiB at most")  # fmt: skip
        assert max(waits) < 2, waits


def handlers_wait_at_the_same_time(program, _folder):
    with lib.Server(program, threads=8) as server:
        done = []

        def ask():
            done.append(server.get("/api/slow?ms=500").status)

        start = time.monotonic()
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert done == [200] * 8 and time.monotonic() - start < 2


def what_runs_may_end_when_the_server_stops(program, _folder):
    with lib.Server(program) as server:
        idle, slow, listener = (server.connect() for _ in range(3))
        idle.sendall(lib.request("/api/hello", last=False))
        assert idle.recv(2000)
        slow.sendall(lib.request("/api/slow?ms=700", last=False))
        listener.sendall(lib.request("/api/events"))
        time.sleep(0.2)
        start = time.monotonic()
        server.stop()
        assert time.monotonic() - start < 2.5
        answers, how = lib.answers_of(slow)
        assert [answer.status for answer in answers] == [200] and how == "end"
        assert answers[0].field("Connection") == "close"
        assert lib.read_all(idle) == (b"", "end")
        for to in (idle, slow, listener):
            to.close()


def how_many_requests_it_answers(program, _folder):
    if IS_SANITIZED or not shutil.which("wrk"):
        raise lib.Skipped("wrk is not installed, or sanitizers are")
    with lib.Server(program) as server:
        out = subprocess.run(["wrk", "-t1", "-c100", "-d2", f"http://127.0.0.1:{server.port}/api/hello"],
                             capture_output=True, text=True, check=True).stdout  # fmt: skip
        found = re.search(r"Requests/sec:\s+([\d.]+)", out)
        assert found and "Non-2xx" not in out, out
        print(f"# {float(found.group(1)):.0f} requests a second over 100 connections")


if __name__ == "__main__":
    sys.exit(lib.main([
        slow_heads_and_bodies_are_ended,
        one_that_does_not_read_is_ended,
        slow_ones_do_not_hold_up_the_others,
        there_are_no_more_connections_than_were_said,
        two_thousand_connections_are_held_in_little_memory,
        a_long_stream_needs_no_memory,
        an_endless_pipeline_needs_no_memory,
        a_large_body_is_taken_and_given_back,
        bodies_together_are_bounded,
        a_stream_that_breaks_off_is_seen,
        a_client_that_leaves_ends_its_stream,
        events_reach_everybody_at_once,
        handlers_wait_at_the_same_time,
        what_runs_may_end_when_the_server_stops,
        how_many_requests_it_answers,
    ]))  # fmt: skip
