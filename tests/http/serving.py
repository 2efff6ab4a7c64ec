#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Routes, bodies, problems, cookies, conditional requests, static files and what every answer has.
usage: serving.py SERVER"""
import gzip
import hashlib
import json
import os
import re
import sys

import lib

JSON = "Content-Type: application/json"
ALWAYS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}


def make_files(folder):
    files = folder / "files"
    if files.exists():
        return files
    (files / "assets").mkdir(parents=True)
    (files / "index.html").write_text("<p>index</p>")
    (files / "plain.txt").write_text("plain")
    (files / "empty.txt").write_text("")
    (files / "日本.txt").write_text("name")
    (files / "big.bin").write_bytes(bytes(range(256)) * 4096)
    (files / ".secret").write_text("hidden")
    (files / "assets" / "app-Bx81kQ0z.js").write_text("let a = 1;" * 100)
    (files / "assets" / "app-Bx81kQ0z.js.gz").write_bytes(gzip.compress(b"let a = 1;" * 100))
    (folder / "outside.txt").write_text("outside")
    (files / "link.txt").symlink_to("../outside.txt")
    (files / "inside.txt").symlink_to("plain.txt")
    (files / "up").symlink_to("..")
    os.mkfifo(files / "pipe.txt")
    return files


def requests_meet_their_routes(program, _folder):
    with lib.Server(program) as server:
        seen = {path: json.loads(server.get(path).body) for path in (
            "/api/echo?q=a+b%26%E6%97%A5&q=second", "/api/things/%E6%97%A5%20%3F",
            "/api/things/special", "/api/rest/a/b%20c/d")}  # fmt: skip
        first, thing, special, rest = seen.values()
        assert first["q"] == "a b&日" and first["path"] == "/api/echo", first
        assert thing["id"] == "日 ?" and thing["route"] == "/api/things/{id}", thing
        assert special == {"hello": "world"}, "a literal goes before a variable"
        assert rest["rest"] == "a/b c/d", rest
        for path in ("/api/things/", "/api/things", "/api/rest/", "/api/hello/", "/api/Hello",
                     "/api/things/a/b", "/"):  # fmt: skip
            assert server.get(path).status == 404, path


def another_method_is_told_which_ones_there_are(program, _folder):
    with lib.Server(program) as server:
        cases = {("/api/things/1", "POST"): "GET, HEAD, PUT, DELETE", ("/api/json", "GET"): "POST",
                 ("/api/hello", "OPTIONS"): "GET, HEAD", ("/api/hello", "TRACE"): "GET, HEAD",
                 ("/api/things/special", "PUT"): "GET, HEAD"}  # fmt: skip
        for (path, method), allow in cases.items():
            answer = server.get(path, method=method)
            assert (answer.status, answer.field("Allow")) == (405, allow), (path, method, answer.fields)
        assert server.get("/api/hello", method="LINK").status == 501
        assert server.get("/api/things/1", method="DELETE").status == 204


def head_is_get_without_its_body(program, folder):
    with lib.Server(program, files=make_files(folder)) as server:
        for path in ("/api/hello", "/plain.txt", "/api/nowhere", "/api/stream?octets=9"):
            with server.connect() as to:
                to.sendall(lib.request(path, method="HEAD"))
                head = lib.read_all(to)[0]
            whole = server.get(path)
            assert head.endswith(b"\r\n\r\n") and head.count(b"\r\n\r\n") == 1, path
            (answer,) = lib.answers_in(head, {0})
            assert answer.status == whole.status, path
            for name in ("Content-Length", "Content-Type", "ETag", "Transfer-Encoding"):
                if name != "Content-Length" or whole.status == 200:
                    assert answer.field(name) == whole.field(name), (path, name)


def every_answer_has_its_headers(program, folder):
    with lib.Server(program, files=make_files(folder)) as server:
        for path in ("/api/hello", "/api/nowhere", "/plain.txt", "/", "/api/stream?octets=1",
                     "/api/refuse", "/api/nothing", "/api/echo/../x"):  # fmt: skip
            answer = server.get(path)
            for name, value in ALWAYS.items():
                assert answer.field(name) == value, (path, name)
            assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer.field("Date"))
            assert answer.field("Server") is None
            assert answer.field("Strict-Transport-Security") is None
            if path.startswith("/api"):
                assert answer.field("Cache-Control") == "no-store", path


def what_a_handler_says_is_sent(program, _folder):
    with lib.Server(program) as server:
        answer = server.get("/api/set")
        assert answer.field("X-Split") is None and json.loads(answer.body) == {"split": False}
        assert answer.fields["set-cookie"] == [
            "session=0123456789abcdef; Max-Age=3600; Path=/; Secure; HttpOnly; SameSite=Strict",
            "gone=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax"]  # fmt: skip
        assert answer.field("ETag") == '"7"'
        problem = json.loads(server.get("/api/refuse").body)
        trace = problem.pop("trace")
        assert re.fullmatch("[0-9a-f]{32}", trace), trace
        assert problem == {"type": "/problems/stale", "title": "Changed since", "status": 412,
                           "title_ja": "更新されています", "detail": "read it again",
                           "instance": "/api/refuse", "rule": "etag"}, problem  # fmt: skip
        assert server.get("/api/nothing").status == 500
        cookies = server.get("/api/echo", "Cookie: a=b; session=s3cret=; c")
        assert json.loads(cookies.body)["cookie"] == "s3cret="


def what_is_no_json_is_refused(program, _folder):
    deep = b'{"a":' + b"[" * 31 + b"]" * 31 + b"}"
    cases = [(JSON, b'{"a": [1, "\\u65e5"]}', 201), (JSON, deep, 201),
             ("Content-Type: application/merge-patch+json; charset=utf-8", b"{}", 201),
             (JSON, b'{"a":' + b"[" * 32 + b"]" * 32 + b"}", 400), (JSON, b"[1]", 400),
             (JSON, b'{"a":1', 400), (JSON, b'{"a":1,"a":2}', 400), (JSON, b"{} {}", 400),
             (JSON, b'{"a":"\xff"}', 400), (JSON, b'{"a":NaN}', 400), (JSON, b"{", 400),
             (JSON, b'{"a":"\\u0000"}', 400), ("Content-Type: text/plain", b"{}", 415),
             ("X: none", b"{}", 415), ("Content-Type: application/x-www-form-urlencoded", b"a=b", 415),
             (JSON + "\r\nContent-Encoding: gzip", gzip.compress(b"{}"), 415),
             (JSON, b'{"a":"' + b"b" * 1100 + b'"}', 413)]  # fmt: skip
    with lib.Server(program) as server:
        for field, body, status in cases:
            answer = server.get("/api/json", field, method="POST", body=body)
            assert answer.status == status, (field, body[:40], answer.status, answer.body)
        told = json.loads(server.get("/api/json", JSON, method="POST", body=b'{\n "a": x}').body)
        assert told["detail"] == "line 2, column 7", told


def the_same_is_not_sent_again(program, folder):
    with lib.Server(program, files=make_files(folder)) as server:
        for path in ("/api/hello", "/api/set", "/plain.txt", "/some/page"):
            tag = server.get(path).field("ETag")
            for known in (tag, "*", f'"other", {tag}', f"W/{tag}", f' "a" ,{tag} , "b"'):
                answer = server.get(path, f"If-None-Match: {known}")
                assert (answer.status, answer.body) == (304, b""), (path, known)
                assert answer.field("ETag") == tag and answer.field("Content-Length") is None
            for known in ('"other"', tag.strip('"'), tag[:-1], ""):
                assert server.get(path, f"If-None-Match: {known}").status == 200, (path, known)
        assert server.get("/api/nowhere", "If-None-Match: *").status == 404


def files_have_their_types_tags_and_ages(program, folder):
    files = make_files(folder)
    with lib.Server(program, files=files) as server:
        plain = server.get("/plain.txt")
        digest = hashlib.sha256(b"plain").hexdigest()[:32]
        assert plain.field("ETag") == f'"{digest}"' and plain.body == b"plain"
        assert plain.field("Content-Type") == "text/plain; charset=utf-8"
        assert plain.field("Cache-Control") == "no-cache"
        (files / "plain.txt").write_text("other")
        assert server.get("/plain.txt").body == b"other"
        assert server.get("/plain.txt").field("ETag") != plain.field("ETag")
        assert server.get("/empty.txt").body == b""
        assert server.get("/%E6%97%A5%E6%9C%AC.txt").body == b"name"
        assert server.get("/big.bin").body == bytes(range(256)) * 4096
        script = server.get("/assets/app-Bx81kQ0z.js")
        assert script.field("Cache-Control") == "public, max-age=31536000, immutable"
        assert script.field("Content-Encoding") is None and script.field("Vary") == "Accept-Encoding"
        packed = server.get("/assets/app-Bx81kQ0z.js", "Accept-Encoding: br, gzip;q=0.5")
        assert packed.field("Content-Encoding") == "gzip"
        assert gzip.decompress(packed.body) == script.body
        assert packed.field("Content-Type") == "text/javascript; charset=utf-8"
        assert packed.field("ETag") != script.field("ETag")
        refused = server.get("/assets/app-Bx81kQ0z.js", "Accept-Encoding: gzip;q=0")
        assert refused.field("Content-Encoding") is None


def pages_are_the_index_but_never_below_a_route(program, folder):
    with lib.Server(program, files=make_files(folder)) as server:
        for path in ("/", "/records", "/records/M-2026-000012", "/assets", "/assets/", "/up/x"):
            answer = server.get(path)
            assert (answer.status, answer.body) == (200, b"<p>index</p>"), path
            assert answer.field("Content-Type") == "text/html; charset=utf-8"
        assert server.get("/servers/192.0.2.1").status == 404
        assert server.get("/servers/192.0.2.1", "Accept: text/html,*/*").body == b"<p>index</p>"
        assert server.get("/api/192.0.2.1", "Accept: text/html,*/*").status == 404
        for path in ("/api", "/api/", "/api/nowhere", "/api/v1/records", "/none.js", "/assets/no.css"):
            assert server.get(path).status == 404, path
        assert server.get("/records", method="POST").status == 404


def nothing_outside_the_folder_is_reached(program, folder):
    files = make_files(folder)
    dots = ["/../outside.txt", "/assets/../../outside.txt", "/%2e%2e/outside.txt",
            "/..%2foutside.txt", "/%2e%2e%2foutside.txt", "/..%5coutside.txt", "/..\\outside.txt",
            "/....//outside.txt", "/.%2e/outside.txt", "/assets/%2e%2e/%2e%2e/outside.txt",
            "/..%c0%afoutside.txt", "/%252e%252e/outside.txt", "/..;/outside.txt",
            "/plain.txt/../../outside.txt", "/plain.txt%00.html", "//etc/passwd",
            f"/{folder}/outside.txt", f"/%2f{folder}/outside.txt", "/link.txt", "/inside.txt",
            "/up/outside.txt", "/.secret", "/%2esecret", "/assets/.hidden", "/pipe.txt",
            "/plain.txt/.", "/file:///etc/passwd", "/%e2%80%a5/outside.txt",
            "/proc/self/environ.txt", "/dev/stdin.txt"]  # fmt: skip
    with lib.Server(program, files=files) as server:
        for path in dots:
            answer = server.get(path)
            assert answer.status in (400, 404), (path, answer.status)
            for word in (b"outside", b"hidden", b"root:"):
                assert word not in answer.body.replace(path.encode(), b""), path


def a_trace_is_taken_over_where_it_is_one(program, _folder):
    good = "0af7651916cd43dd8448eb211c80319c"
    with lib.Server(program) as server:
        def trace(value):
            return json.loads(server.get("/api/echo", f"traceparent: {value}").body)["trace"]

        assert trace(f"00-{good}-b7ad6b7169203331-01") == good
        for wrong in (f"00-{good.upper()}-b7ad6b7169203331-01", f"01-{good}-b7ad6b7169203331-01",
                      f"00-{'0' * 32}-b7ad6b7169203331-01", f"00-{good}-{'0' * 16}-01",
                      f"00-{good}-b7ad6b7169203331", f"00-{good}-b7ad6b7169203331-01-", "", "00-",
                      f"00_{good}-b7ad6b7169203331-01", f"00-{good}-b7ad6b7169203331-0g"):  # fmt: skip
            made = trace(wrong)
            assert made != good and re.fullmatch("[0-9a-f]{32}", made), wrong
        assert trace("x") != trace("x"), "each has its own"


def only_a_proxy_that_is_told_of_is_believed(program, _folder):
    fields = ["X-Forwarded-For: 192.0.2.1, 2001:db8::7", "X-Forwarded-Proto: https"]
    with lib.Server(program) as server:
        seen = json.loads(server.get("/api/echo", *fields).body)
        assert (seen["peer"], seen["secure"]) == ("127.0.0.1", False), seen
    with lib.Server(program, proxy=1) as server:
        answer = server.get("/api/echo", *fields)
        seen = json.loads(answer.body)
        assert (seen["peer"], seen["secure"]) == ("2001:db8::7", True), seen
        assert answer.field("Strict-Transport-Security")
        wrong = json.loads(server.get("/api/echo", "X-Forwarded-For: 192.0.2.1, evil").body)
        assert wrong["peer"] == "127.0.0.1", wrong


def a_client_may_ask_before_it_sends(program, _folder):
    with lib.Server(program) as server, server.connect() as to:
        to.sendall(lib.request("/api/echo", "Expect: 100-continue", "Content-Length: 2", method="POST"))
        assert to.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        to.sendall(b"ab")
        assert [answer.status for answer in lib.answers_of(to)[0]] == [200]
    with lib.Server(program) as server:
        asked = lib.request("/api/json", "Expect: 100-continue", "Content-Length: 2000", method="POST")
        assert [answer.status for answer in server.ask(asked)[0]] == [413]


def old_clients_are_answered_until_the_end(program, _folder):
    with lib.Server(program) as server:
        for path, length in (("/api/hello", 17), ("/api/stream?octets=100000", 100000)):
            answers, how = server.ask(b"GET %s HTTP/1.0\r\n\r\n" % path.encode())
            assert how == "end" and len(answers[0].body) == length, (path, how)
            assert answers[0].field("Transfer-Encoding") is None


def who_comes_before_it_serves_is_served_then(program, _folder):
    with lib.Server(program, late=1) as server, server.connect(timeout=0.2) as to:
        to.sendall(lib.request("/api/hello"))
        try:
            early = to.recv(1)
        except TimeoutError:
            early = None
        assert early is None, early
        server.process.stdin.write("serve\n")
        server.process.stdin.flush()
        to.settimeout(10)
        assert [answer.status for answer in lib.answers_of(to)[0]] == [200]


if __name__ == "__main__":
    sys.exit(lib.main([
        requests_meet_their_routes,
        another_method_is_told_which_ones_there_are,
        head_is_get_without_its_body,
        every_answer_has_its_headers,
        what_a_handler_says_is_sent,
        what_is_no_json_is_refused,
        the_same_is_not_sent_again,
        files_have_their_types_tags_and_ages,
        pages_are_the_index_but_never_below_a_route,
        nothing_outside_the_folder_is_reached,
        a_trace_is_taken_over_where_it_is_one,
        only_a_proxy_that_is_told_of_is_believed,
        a_client_may_ask_before_it_sends,
        old_clients_are_answered_until_the_end,
        who_comes_before_it_serves_is_served_then,
    ]))  # fmt: skip
