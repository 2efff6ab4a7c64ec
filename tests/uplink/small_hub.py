# SPDX-License-Identifier: Apache-2.0
"""A small hub for the tests of uplinks: keeps what it is sent, and can be as bad as hubs are."""

import base64
import hashlib
import http.server
import json
import socket
import ssl
import struct
import subprocess
import threading


def certificates(folder, authority="authority", names=("hub", "sensor")):
    """Of an authority and of those it signs: NAME.pem, NAME.key."""

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    openssl("req", "-x509", *curve, "-keyout", folder / f"{authority}.key", "-out",
            folder / f"{authority}.pem", "-days", "2", "-subj", f"/CN={authority}")  # fmt: skip
    for name in names:
        openssl("req", *curve, "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.csr",
                "-subj", f"/CN={name}")  # fmt: skip
        openssl("x509", "-req", "-in", folder / f"{name}.csr", "-CA", folder / f"{authority}.pem",
                "-CAkey", folder / f"{authority}.key", "-CAcreateserial", "-days", "2", "-out",
                folder / f"{name}.pem", "-extfile", folder / "names")  # fmt: skip


def read_records(batch):
    """octetDeltaCount of each record: the tests make it the row's own number."""
    templates, found, at = {}, [], 0
    while at < len(batch):
        version, length, _, sequence, _ = struct.unpack_from(">HHIII", batch, at)
        assert version == 10 and sequence == len(found), (version, sequence, len(found))
        inside, end = at + 16, at + length
        while inside < end:
            number, size = struct.unpack_from(">HH", batch, inside)
            body = batch[inside + 4 : inside + size]
            if number == 2:
                read_templates(body, templates)
            else:
                read_set(body, templates[number], found)
            inside += size
        at = end
    return found


def read_templates(body, templates):
    at = 0
    while at < len(body):
        number, count = struct.unpack_from(">HH", body, at)
        at += 4
        fields = []
        for _ in range(count):
            element, size = struct.unpack_from(">HH", body, at)
            at += 4
            if element & 0x8000:
                at += 4
            fields.append((element, size))
        templates[number] = fields


def read_set(body, fields, found):
    at = 0
    while at < len(body):
        for element, size in fields:
            if size == 65535:
                size = body[at]
                at += 1
            if element == 1:
                found.append(int.from_bytes(body[at : at + size], "big"))
            at += size


class Hub:
    """answers: a list of what to do with the next batches, each "busy", "lost", a status, or
    None for the truth; empty: the truth."""

    def __init__(self, folder, port=0):
        self.folder, self.lock = folder, threading.Lock()
        self.batches, self.order, self.answers = {}, [], []
        self.checkpoints, self.warrants, self.deliveries = [], [], []
        self.requests, self.times, self.last, self.refuse = [], [], None, None
        self.start(port)

    def start(self, port=0):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "hub.pem", self.folder / "hub.key")
        context.load_verify_locations(self.folder / "authority.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                self.request = context.wrap_socket(self.request, server_side=True)
                super().setup()

            def log_message(self, *_):
                pass

            def run(self):
                hub.handle(self)

            do_GET = do_PUT = do_POST = run

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads, allow_reuse_address = True, True

            def handle_error(self, request, client_address):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def handle(self, request):
        length = int(request.headers.get("Content-Length") or 0)
        body = request.rfile.read(length)
        with self.lock:
            path = request.path.split("?")[0]
            self.requests.append((request.command, path))
            status, headers, answer = self.answer(request, path, body)
        if status == "lost":
            request.connection.shutdown(socket.SHUT_RDWR)
            request.close_connection = True
            return
        octets = json.dumps(answer).encode()
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(octets)))
        request.end_headers()
        request.wfile.write(octets)

    def answer(self, request, path, body):
        parts = path.strip("/").split("/")[2:]
        if parts[0] == "batches":
            return self.take_batch(request, parts[1], body)
        if parts[0] == "checkpoints":
            return self.take_checkpoint(int(parts[1]), json.loads(body)), {}, {}
        if parts[0] == "status":
            return 200, {}, {"batch": self.last}
        if parts[0] == "warrants" and request.command == "GET":
            return 200, {}, self.list_warrants(request.path)
        self.deliveries.append((parts[1], json.loads(body)))
        return 201, {}, {}

    def take_batch(self, request, name, body):
        todo = self.answers.pop(0) if self.answers else None
        if todo == "busy":
            return 429, {"Retry-After": "1"}, {}
        digest = "sha-256=" + hashlib.sha256(body).hexdigest()
        if request.headers.get("Sekisho-Digest") != digest:
            return 400, {}, {}
        kind = request.headers["Content-Type"]
        if self.refuse and self.refuse(kind, body):
            return 400, {}, {}
        if isinstance(todo, int):
            return todo, {}, {}
        known = self.batches.get(name)
        if known is not None and known != (kind, body):
            return 409, {}, {}
        self.batches[name] = (kind, body)
        self.last = name
        if known is None:
            self.order.append(name)
        return ("lost" if todo == "lost" else 200 if known is not None else 201), {}, {}

    def take_checkpoint(self, size, json_body):
        """RFC 9162 2.1.4.2, without the signature."""
        lines = json_body["note"].split("\n")
        root = base64.b64decode(lines[2])
        assert int(lines[1]) == size, lines
        if self.checkpoints:
            old_size, old_root = self.checkpoints[-1]
            proof = [bytes.fromhex(one) for one in json_body["proof"]]
            if not consistent(old_size, size, proof, old_root, root):
                return 409
        self.checkpoints.append((size, root))
        return 201

    def list_warrants(self, path):
        after = int(path.split("after=")[1] or 0)
        return {"items": [{"serial": serial, "envelope": envelope}
                          for serial, envelope in self.warrants[after:]],
                "next": str(len(self.warrants))}  # fmt: skip

    def records(self):
        """In the order they were first sent."""
        return [row for name in self.order if self.batches[name][0] == "application/ipfix"
                for row in read_records(self.batches[name][1])]  # fmt: skip

    def findings(self):
        return [row for name in self.order if "findings" in self.batches[name][0]
                for row in json.loads(self.batches[name][1])]  # fmt: skip


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def consistent(old_size, size, proof, old_root, root):
    if old_size == size:
        return not proof and old_root == root
    if not 0 < old_size < size:
        return False
    proof = list(proof)
    if old_size & (old_size - 1) == 0:
        proof.insert(0, old_root)
    if not proof:
        return False
    fn, sn = old_size - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = proof[0]
    for one in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(one, fr), node(one, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, one)
        fn, sn = fn >> 1, sn >> 1
    return fr == old_root and sr == root and sn == 0
