#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Requests that two programs could read as different ones: each is refused, once, and the
connection ends, so that nothing behind it is taken for a request.
usage: framing.py SERVER"""
import random
import sys

import lib

HOST = b"Host: a\r\n"
GET = b"GET /api/hello HTTP/1.1\r\n"
POST = b"POST /api/echo HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
# What a smuggler would have answered, behind each case.
BEHIND = b"GET /api/things/smuggled HTTP/1.1\r\n" + HOST + b"\r\n"


def target(path):
    return b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n"


REFUSED = {
    # Lines: RFC 9112 2.2, 3
    "a request line that ends with LF": b"GET /api/hello HTTP/1.1\n" + HOST + b"\r\n",
    "a field that ends with LF": GET + b"Host: a\n\r\n",
    "LF everywhere": b"GET /api/hello HTTP/1.1\nHost: a\n\n",
    "an empty line of LF": GET + HOST + b"\n",
    "CR alone in a value": GET + HOST + b"X: a\rb\r\n\r\n",
    "CR alone in the request line": b"GET /api/hello\rHTTP/1.1\r\n" + HOST + b"\r\n",
    "CR CR LF": GET + b"Host: a\r\r\n\r\n",
    "an empty line first": b"\r\n" + GET + HOST + b"\r\n",
    "a blank first": b" " + GET + HOST + b"\r\n",
    "two blanks in the request line": b"GET  /api/hello HTTP/1.1\r\n" + HOST + b"\r\n",
    "a tab in the request line": b"GET\t/api/hello HTTP/1.1\r\n" + HOST + b"\r\n",
    "a blank behind the version": b"GET /api/hello HTTP/1.1 \r\n" + HOST + b"\r\n",
    "no version": b"GET /api/hello\r\n" + HOST + b"\r\n",
    "a method with a colon": b"GE:T /api/hello HTTP/1.1\r\n" + HOST + b"\r\n",
    "NUL in the request line": b"GET /api/\0hello HTTP/1.1\r\n" + HOST + b"\r\n",
    "octets of TLS": bytes.fromhex("16030100050100000100"),
    # Fields: RFC 9112 5
    "NUL in a value": GET + HOST + b"X: a\0b\r\n\r\n",
    "NUL in a name": GET + HOST + b"X\0: a\r\n\r\n",
    "a control in a value": GET + HOST + b"X: a\x0bb\r\n\r\n",
    "DEL in a value": GET + HOST + b"X: a\x7f\r\n\r\n",
    "a folded line": GET + HOST + b"X: a\r\n b\r\n\r\n",
    "a line folded with a tab": GET + HOST + b"X: a\r\n\tb\r\n\r\n",
    "a fold before the first field": GET + b" X: a\r\n" + HOST + b"\r\n",
    "a folded length": POST + b"Content-Length:\r\n 2\r\n\r\nab",
    "a blank before the colon": POST + b"Content-Length : 2\r\n\r\nab",
    "a tab before the colon": POST + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
    "a line without a colon": GET + HOST + b"Nonsense\r\n\r\n",
    "a field without a name": GET + HOST + b": b\r\n\r\n",
    "a name that is no token": GET + HOST + b"X(: b\r\n\r\n",
    "a name that is not ASCII": GET + HOST + "Ｘ: b\r\n\r\n".encode(),
    "two cookies": GET + HOST + b"Cookie: a=b\r\nCookie: a=c\r\n\r\n",
    "two types": POST + b"Content-Type: a/b\r\nContent-Type: a/c\r\nContent-Length: 0\r\n\r\n",
    "two credentials": GET + HOST + b"Authorization: a\r\nauthorization: b\r\n\r\n",
    # Host: RFC 9112 3.2
    "no Host": GET + b"\r\n",
    "two Hosts": GET + HOST + b"Host: b\r\n\r\n",
    "two equal Hosts": GET + HOST + HOST + b"\r\n",
    "an empty Host": GET + b"Host:\r\n\r\n",
    "a Host with a path": GET + b"Host: a/b\r\n\r\n",
    "a Host with a user": GET + b"Host: a@b\r\n\r\n",
    "a Host with a blank": GET + b"Host: a b\r\n\r\n",
    "a Host with a wrong port": GET + b"Host: a:port\r\n\r\n",
    # Bodies: RFC 9112 6
    "length and chunks": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 2\r\n\r\nabc",
    "two equal lengths": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nab",
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\nab",
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\nab",
    "a length below nothing": POST + b"Content-Length: -1\r\n\r\nab",
    "a length in hexadecimal": POST + b"Content-Length: 0x2\r\n\r\nab",
    "a length with a point": POST + b"Content-Length: 2.0\r\n\r\nab",
    "an empty length": POST + b"Content-Length:\r\n\r\nab",
    "a length past 64 bits": POST + b"Content-Length: 18446744073709551618\r\n\r\nab",
    "another coding": POST + b"Transfer-Encoding: gzip\r\n\r\nab",
    "a coding before chunks": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a coding behind chunks": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunks twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked in two fields": POST + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "a coding nearly chunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a coding in quotes": POST + b"Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
    "a coding behind a vertical tab": POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "an empty coding": POST + b"Transfer-Encoding:\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": CHUNKED.replace(b"1.1", b"1.0") + b"0\r\n\r\n",
    # Chunks: RFC 9112 7.1
    "a chunk's size that ends with LF": CHUNKED + b"1\na\r\n0\r\n\r\n",
    "a chunk that ends with LF": CHUNKED + b"1\r\na\n0\r\n\r\n",
    "a chunk longer than its size": CHUNKED + b"1\r\nab\r\n0\r\n\r\n",
    "a chunk's size with 0x": CHUNKED + b"0x1\r\na\r\n0\r\n\r\n",
    "a chunk's size with a sign": CHUNKED + b"+1\r\na\r\n0\r\n\r\n",
    "a chunk's size with a blank": CHUNKED + b"1 \r\na\r\n0\r\n\r\n",
    "an empty chunk's size": CHUNKED + b"\r\n0\r\n\r\n",
    "a chunk's size past 64 bits": CHUNKED + b"10000000000000001\r\na\r\n0\r\n\r\n",
    "a chunk's extension": CHUNKED + b"1;a=b\r\na\r\n0\r\n\r\n",
    "a chunk's extension with LF": CHUNKED + b"1;\nx\r\na\r\n0\r\n\r\n",
    "a trailer": CHUNKED + b"0\r\nContent-Length: 5\r\n\r\n",
    "a last chunk that ends with LF": CHUNKED + b"0\r\n\n",
    # Targets: RFC 9112 3.2, RFC 3986 3.3
    "an absolute target": target(b"http://b/api/hello"),
    "an authority": b"CONNECT a:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "an asterisk": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "no slash": target(b"api/hello"),
    "two slashes first": target(b"//api/hello"),
    "two slashes": target(b"/api//hello"),
    "a backslash": target(b"/api\\hello"),
    "a fragment": target(b"/api/hello#a"),
    "dots": target(b"/api/../api/hello"),
    "dots at the end": target(b"/api/hello/.."),
    "one dot": target(b"/api/./hello"),
    "encoded dots": target(b"/api/%2e%2e/api/hello"),
    "half encoded dots": target(b"/api/.%2E/api/hello"),
    "an encoded slash": target(b"/api%2fhello"),
    "an encoded backslash": target(b"/api%5Chello"),
    "an encoded NUL": target(b"/api/hello%00"),
    "an encoded line end": target(b"/api/hello%0d%0aX:%20a"),
    "an encoded NUL in the query": target(b"/api/hello?a=%00"),
    "half an encoding": target(b"/api/hello%2"),
    "an encoding of no digits": target(b"/api/hello%zz"),
    "an overlong slash in UTF-8": target(b"/api/%c0%afhello"),
    "half a character of UTF-8": target(b"/api/things/%e6%97"),
    "octets that are not ASCII": target("/api/things/日".encode()),
    "an angle bracket": target(b"/api/hello?<script>"),
    "a quote": target(b"/api/hello?\"a\""),
}

# Not 400, and still refused and over.
OTHERWISE = {
    "HTTP/2 without asking": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/1.2": (GET.replace(b"1.1", b"1.2") + HOST + b"\r\n", 505),
    "HTTP/0.9 by number": (GET.replace(b"1.1", b"0.9") + HOST + b"\r\n", 505),
    "an expectation": (POST + b"Expect: 200-ok\r\nContent-Length: 2\r\n\r\nab", 417),
    "a method nobody knows": (b"BREW /api/hello HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n\r\na", 501),
    "a target too long": (target(b"/api/" + b"a" * 5000), 414),
    "a field too long": (GET + HOST + b"X: " + b"a" * 20000 + b"\r\n\r\n", 431),
    "too many fields": (GET + HOST + b"X: a\r\n" * 70 + b"\r\n", 431),
    "a body too large": (POST + b"Content-Length: 70000\r\n\r\n" + b"a" * 70000, 413),
    "chunks too large": (CHUNKED + (b"4000\r\n" + b"a" * 0x4000 + b"\r\n") * 5 + b"0\r\n\r\n", 413),
    "a body where none is taken": (b"POST /api/nowhere HTTP/1.1\r\n" + HOST +
                                   b"Content-Length: 30\r\n\r\n", 404),
}  # fmt: skip

# Strict, not stubborn.
TAKEN = {
    "blanks around a value": GET + b"Host: \t a \t\r\n\r\n",
    "an empty value": GET + HOST + b"X:\r\n\r\n",
    "names in any case": GET + b"hOST: a\r\n\r\n",
    "a host of IPv6 with a port": GET + b"Host: [2001:db8::1]:8443\r\n\r\n",
    "a value that is UTF-8": GET + HOST + "X: 日本\r\n\r\n".encode(),
    "an encoded character": target("/api/things/%E6%97%A5%20a".encode()),
    "a query as browsers send it": target(b"/api/hello?a[]=b|c&d=%0Ae+f&&g"),
    "a tilde and a semicolon": target(b"/api/things/~a;b=c"),
    "an empty query": target(b"/api/hello?"),
    "chunks": CHUNKED + b"00001\r\na\r\nA\r\n0123456789\r\n0\r\n\r\n",
    "chunked in any case": POST + b"Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
    "a length with zeros": POST + b"Content-Length: 0002\r\n\r\nab",
}


def each_is_refused_and_the_connection_over(server, cases):
    wrong = []
    for name, (octets, status) in cases.items():
        answers, how = server.ask(octets + BEHIND, timeout=5)
        statuses = [answer.status for answer in answers]
        if statuses != [status] or how != "end":
            wrong.append(f"{name}: {statuses}, {how}")
        elif answers[0].field("Content-Type") != "application/problem+json":
            wrong.append(f"{name}: no problem told")
        elif not answers[0].field("Content-Security-Policy"):
            wrong.append(f"{name}: without the headers of every answer")
    assert not wrong, "\n".join(wrong)


def what_could_be_read_two_ways_is_refused(program, _folder):
    assert len(REFUSED) >= 40
    with lib.Server(program) as server:
        cases = {name: (octets, 400) for name, octets in REFUSED.items()}
        each_is_refused_and_the_connection_over(server, cases)
        counts = server.wait_for(told=len(REFUSED))
    told = sum(counts[name] for name in ("line", "target", "field", "host", "framing"))
    assert told == len(REFUSED), f"{told} of {len(REFUSED)} counted: {counts}"


def what_is_too_much_or_unknown_is_refused_with_its_own_status(program, _folder):
    with lib.Server(program) as server:
        each_is_refused_and_the_connection_over(server, OTHERWISE)


def what_is_only_unusual_is_taken_and_the_next_one_too(program, _folder):
    wrong = []
    with lib.Server(program) as server:
        for name, octets in TAKEN.items():
            answers = server.ask(octets + lib.request("/api/things/next"))[0]
            statuses = [answer.status for answer in answers]
            if statuses != [200, 200] or b'"next"' not in answers[1].body:
                wrong.append(f"{name}: {statuses}")
    assert not wrong, "\n".join(wrong)


def it_does_not_matter_how_a_request_is_cut(program, _folder):
    octets = TAKEN["chunks"] + REFUSED["a chunk's extension"]
    with lib.Server(program) as server:
        for cut in range(1, len(octets)):
            with server.connect() as to:
                to.sendall(octets[:cut])
                to.sendall(octets[cut:])
                answers = lib.answers_of(to)[0]
            assert [answer.status for answer in answers] == [200, 400], cut
            assert b'"a0123456789"' in answers[0].body, cut


def many_requests_in_one_go_are_answered_in_order(program, _folder):
    octets = b""
    for number in range(300):
        method = ("GET", "HEAD", "PUT")[number % 3]
        body = b"x" * number if method == "PUT" else b""
        octets += lib.request(f"/api/things/{number}", method=method, body=body, last=False)
    octets += lib.request("/api/hello")
    with lib.Server(program) as server, server.connect() as to:
        to.sendall(octets)
        came = lib.read_all(to)[0]
        heads = {number for number in range(300) if number % 3 == 1}
        answers = lib.answers_in(came, heads)
    assert len(answers) == 301, len(answers)
    for number, answer in enumerate(answers[:-1]):
        wanted = b"" if number in heads else b'"/api/things/%d"' % number
        assert answer.status == 200 and wanted in answer.body, number
        if number % 3 == 2:
            assert b'"' + b"x" * number + b'"' in answer.body, number


def random_octets_never_bring_it_down(program, _folder):
    """Valid requests with octets changed, taken out, doubled and cut, by a fixed seed."""
    chance = random.Random(6)
    seeds = list(TAKEN.values()) + list(REFUSED.values()) + [BEHIND * 3]
    with lib.Server(program, idle=1) as server:
        for _ in range(1500):
            octets = bytearray(b"".join(chance.sample(seeds, chance.randint(1, 3))))
            for _ in range(chance.randint(1, 8)):
                at = chance.randrange(len(octets))
                what = chance.randrange(4)
                if what == 0:
                    octets[at] = chance.randrange(256)
                elif what == 1:
                    del octets[at:at + chance.randint(1, 9)]
                elif what == 2:
                    octets[at:at] = octets[at:at + 20] or b"\0"
                else:
                    octets[at:at] = bytes(chance.choice(b"\r\n \t\0:%") for _ in range(3))
                octets = octets or bytearray(b"x")
            with server.connect() as to:
                to.sendall(octets)
                if chance.random() < 0.5:
                    to.recv(100)
        assert server.get("/api/hello").status == 200


if __name__ == "__main__":
    sys.exit(lib.main([
        what_could_be_read_two_ways_is_refused,
        what_is_too_much_or_unknown_is_refused_with_its_own_status,
        what_is_only_unusual_is_taken_and_the_next_one_too,
        it_does_not_matter_how_a_request_is_cut,
        many_requests_in_one_go_are_answered_in_order,
        random_octets_never_bring_it_down,
    ]))  # fmt: skip
