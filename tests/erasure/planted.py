# SPDX-License-Identifier: Apache-2.0
"""Traffic with marks in it, as packets, exports and logs: of lines that talk at home, of foreign
servers that nothing selects, and of one server that a list selects.  Every name, address and
word of the first two, and every word of content of all three, is to be found nowhere later."""

import socket
import struct
import sys

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/lib")
import exporter  # noqa: E402

# The first octets of all marks of a kind; what is selected may be kept, but for its content.
SECRET, CHOSEN = "zq7xkv", "wv9ksm"
START = exporter.START
PORT = 43981

NETWORKS = """own:
  - { prefix: "198.18.0.0/17", name: "Lines" }
domestic:
  - { prefix: "198.18.128.0/17", name: "Domestic servers" }
foreign:
  - { prefix: "198.19.0.0/16", name: "Foreign servers" }
"""
LISTED = "198.19.99.9\n"


class Talk:
    """Who talks with whom, and by which names."""

    def __init__(self, name, line, server, mark):
        self.name, self.line, self.server, self.mark = name, line, server, mark

    def host(self, what):
        """Below a domain that behaviours may count by (docs/erasure.md); what is below may not
        stay."""
        return f"{self.mark}-{self.name}-{what}.counted.example"


HOME = Talk("home", "198.18.77.{}", "198.18.200.{}", SECRET)
ABROAD = Talk("abroad", "198.18.78.{}", "198.19.77.{}", SECRET)
LISTED_TALK = Talk("listed", "198.18.99.{}", "198.19.99.9", CHOSEN)
QUIET = Talk("quiet", "198.18.5.{}", "198.19.5.{}", "filler")


def word(talk, what):
    """Content: of nobody may it be kept."""
    return f"{SECRET}-{talk.name}-{what}".encode()


# Packets

class Packets:
    """(second, IP packet), in order of time when written."""

    def __init__(self):
        self.rows, self.second = [], 0.0

    def put(self, source, destination, protocol, payload, flags=0, ident=0):
        self.second += 0.001
        head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident, flags, 64,
                           protocol, 0, socket.inet_aton(source), socket.inet_aton(destination))
        self.rows.append((self.second, head + payload))

    def udp(self, source, destination, from_port, to_port, payload):
        self.put(source, destination, 17, exporter.udp(from_port, to_port, payload))

    def pcap(self):
        out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 101)]
        return b"".join(out + [record(second, packet) for second, packet in self.rows])


def record(second, packet):
    at = round((START + second) * 1e6) * 1000
    return struct.pack("<IIII", at // 10**9, at % 10**9, len(packet), len(packet)) + packet


def tcp(packets, line, server, from_port, to_port, parts, swapped=False):
    """A connection; parts: (whether the line sends, octets).  swapped: the line's first part
    comes in two segments, the second one first."""
    sequence, acknowledged = {True: 1000, False: 9000}, {True: 9000, False: 1000}

    def segment(is_line, flags, payload=b"", at=None):
        ends = (line, server, from_port, to_port) if is_line else (server, line, to_port, from_port)
        head = struct.pack(">HHIIBBHHH", ends[2], ends[3],
                           sequence[is_line] if at is None else at, acknowledged[is_line], 0x50,
                           flags, 8192, 0, 0)
        packets.put(ends[0], ends[1], 6, head + payload)

    segment(True, 0x02)
    segment(False, 0x12)
    sequence = {True: 1001, False: 9001}
    segment(True, 0x10)
    for is_line, payload in parts:
        pieces = [payload[i:i + 1400] for i in range(0, len(payload), 1400)]
        if swapped and is_line:
            half = len(payload) // 2
            segment(True, 0x18, payload[half:], at=sequence[True] + half)
            pieces = [payload[:half]]
            swapped = False
            segment(True, 0x18, pieces[0])
            sequence[True] += len(payload)
            continue
        for piece in pieces:
            segment(is_line, 0x18, piece)
            sequence[is_line] += len(piece)
    segment(True, 0x11)
    segment(False, 0x11)
    segment(True, 0x10)


def dns_name(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def dns(name, address=None):
    question = dns_name(name) + struct.pack(">HH", 1, 1)
    answer = b"" if address is None else struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + \
        socket.inet_aton(address)
    return struct.pack(">HHHHHH", 7, 0x8180 if answer else 0x0100, 1, bool(answer), 0, 0) + \
        question + answer


def tls_record(kind, body):
    return struct.pack(">BHH", 22, 0x0303, len(body) + 4) + struct.pack(">I", kind << 24 |
                                                                         len(body)) + body


def client_hello(name):
    entry = struct.pack(">BH", 0, len(name)) + name.encode()
    sni = struct.pack(">H", len(entry)) + entry
    extensions = struct.pack(">HH", 0, len(sni)) + sni + \
        struct.pack(">HHHHH", 10, 6, 4, 0x001D, 0x0017) + struct.pack(">HHBB", 11, 2, 1, 0)
    return tls_record(1, struct.pack(">H", 0x0303) + bytes(range(32)) + b"\0" +
                      struct.pack(">HHHBB", 4, 0xC02F, 0xC030, 1, 0) +
                      struct.pack(">H", len(extensions)) + extensions)


def der(tag, *parts):
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + struct.pack(">H", len(body))
    return bytes([tag]) + size + body


def certificate(common_name):
    algorithm = der(0x30, bytes.fromhex("06092a864886f70d01010b"), b"\x05\x00")
    name = der(0x30, der(0x31, der(0x30, bytes.fromhex("0603550403"), der(0x0C, common_name))))
    dates = der(0x30, der(0x17, b"250101000000Z"), der(0x17, b"350101000000Z"))
    key = der(0x30, der(0x30, bytes.fromhex("06092a864886f70d010101"), b"\x05\x00"),
              der(0x03, b"\0", der(0x30, der(0x02, b"\0" + bytes(range(1, 128)) * 2),
                                   der(0x02, b"\x01\x00\x01"))))
    body = der(0x30, der(0xA0, der(0x02, b"\x02")), der(0x02, b"\x07"), algorithm, name, dates,
               name, key)
    return der(0x30, body, algorithm, der(0x03, b"\0" * 65))


def server_hello(common_name):
    one = certificate(common_name)
    chain = struct.pack(">I", len(one))[1:] + one
    return tls_record(2, struct.pack(">H", 0x0303) + bytes(range(32)) + b"\0" +
                      struct.pack(">HBH", 0xC02F, 0, 0)) + \
        tls_record(11, struct.pack(">I", len(chain))[1:] + chain)


def mail(talk):
    return [(False, b"220 " + word(talk, "greeting") + b" ESMTP\r\n"),
            (True, b"EHLO " + word(talk, "ehlo") + b"\r\n"), (False, b"250 ok\r\n"),
            (True, b"MAIL FROM:<" + word(talk, "from") + b"@mail.example>\r\n"
                   b"RCPT TO:<" + word(talk, "to") + b"@mail.example>\r\nDATA\r\n"),
            (False, b"354 go on\r\n"),
            (True, b"Subject: " + word(talk, "subject") + b"\r\n\r\n" +
             (word(talk, "body") + b" ") * 200 + b"\r\n.\r\n")]


def browse(talk):
    return [(True, b"POST /" + word(talk, "path") + b" HTTP/1.1\r\nHost: " +
             talk.host("web").encode() + b"\r\nUser-Agent: " + word(talk, "agent") +
             b"\r\nCookie: " + word(talk, "cookie") + b"\r\nContent-Length: 4000\r\n\r\n" +
             (word(talk, "posted") + b" ") * 150),
            (False, b"HTTP/1.1 200 OK\r\nServer: " + word(talk, "software") + b"\r\n\r\n" +
             (word(talk, "page") + b" ") * 150)]


def conversations(packets, talk, host=10):
    line, server = talk.line.format(host), talk.server.format(host)
    packets.udp(line, server, 5353 + host, 53, dns(talk.host("asked")))
    packets.udp(server, line, 53, 5353 + host, dns(talk.host("asked"),
                                                   talk.server.format(host + 1)))
    tcp(packets, line, server, 40000 + host, 25, mail(talk))
    tcp(packets, line, server, 41000 + host, 80, browse(talk))
    tcp(packets, line, server, 41500 + host, 80, browse(talk), swapped=True)
    tcp(packets, line, server, 42000 + host, 443,
        [(True, client_hello(talk.host("sni"))), (False, server_hello(word(talk, "subject-cn"))),
         (True, word(talk, "handshake") * 30)])
    tcp(packets, line, server, 43000 + host, PORT,
        [(True, b"SSH-2.0-" + talk.mark.encode() + b"-client\r\n"),
         (False, b"SSH-2.0-" + talk.mark.encode() + b"-server\r\n")])
    tcp(packets, line, server, 44000 + host, PORT, [(True, word(talk, "unknown") * 100)])
    # Never whole: a fragment whose rest does not come, a handshake cut in its middle.
    whole = exporter.udp(53, 5999, dns(talk.host("fragment"), server) + bytes(600))
    packets.put(server, line, 17, whole[:400], flags=0x2000, ident=host)
    tcp(packets, line, server, 45000 + host, 80,
        [(True, b"GET / HTTP/1.1\r\nHost: " + talk.host("half").encode() + b"\r\nUser-Agent: " +
          word(talk, "half-agent"))])
    inner = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + 60, 0, 0, 64, 17, 0,
                        socket.inet_aton(line), socket.inet_aton(server)) + \
        exporter.udp(PORT, PORT, (word(talk, "tunnelled") * 4)[:60])
    packets.put(line, server, 47, exporter.gre(inner))


def fill(packets, seconds, count=40):
    """Time goes on, and what is silent ends; of nobody in particular."""
    for i in range(count):
        packets.second += seconds / count
        packets.udp(QUIET.line.format(i % 200), QUIET.server.format(7), 2000 + i, 2001, b"")


def capture():
    packets = Packets()
    for _ in range(3):
        for talk in (HOME, ABROAD, LISTED_TALK):
            for host in (10, 12, 14):
                conversations(packets, talk, host)
        packets.second += 1
    fill(packets, 450)
    # Late enough to be among the last that any scratch held, early enough for their flows to end.
    for _ in range(10):
        packets.udp(HOME.line.format(10), HOME.server.format(10), 2000, 2001, b"")
        fill(packets, 1, 1)
    fill(packets, 450, 20)
    return packets.pcap()


# Exports

ROWS = exporter.FLOW
NAMED = [(8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (1, 8), (2, 8), (150, 4), (151, 4),
         (460, exporter.VARIABLE)]


def rows(second, talks, fields=None):
    """Of each talk some records, with a name where the fields have one."""
    out = []
    for talk in talks:
        for host in (10, 12, 14):
            values = {8: talk.line.format(host), 12: talk.server.format(host), 7: 40000 + host,
                      11: 443, 4: 6, 6: 0x1B, 1: 4000, 2: 20, 150: START + int(second),
                      151: START + int(second),
                      22: 1000000 + int(second * 1000), 21: 1000000 + int(second * 1000),
                      460: talk.host("exported").encode()}
            out.append(exporter.encode(fields or ROWS, values))
    return out


def sampled(talk):
    """The head of a frame with somebody's words in it."""
    frame = exporter.ethernet(exporter.ip4(
        talk.line.format(10), talk.server.format(10), 6,
        exporter.tcp(40010, 25, payload=b"Subject: " + word(talk, "sampled") * 2)))
    return exporter.sflow(1, 1000, [exporter.sflow_sample(1, 1, frame)])


def datagrams():
    """(second, message)."""
    talks = (HOME, ABROAD, LISTED_TALK)
    out = [(0, exporter.netflow9(0, 0, [exporter.template(ROWS)])),
           (0, exporter.ipfix(0, 0, [exporter.template(NAMED, 300, 2)]))]
    for second in range(1, 4):
        out.append((second, exporter.netflow9(second, second,
                                              [exporter.data(rows(second, talks))], count=9)))
        out.append((second, exporter.ipfix(9 * (second - 1), second,
                                           [exporter.data(rows(second, talks, NAMED), 300)])))
        out.extend((second, sampled(talk)) for talk in talks)
    for i in range(64):  # the hand of the mediator goes round
        second = 10 + 20 * i
        out.append((second, exporter.netflow9(4 + i, second,
                                              [exporter.data(rows(second, (QUIET,)))], count=3)))
    return out


# Logs

ZEEK = {
    "conn": ("ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto duration orig_bytes "
             "resp_bytes conn_state history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes"),
    "dns": "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id query qtype answers",
    "http": ("ts uid id.orig_h id.orig_p id.resp_h id.resp_p method host uri user_agent "
             "status_code"),
    "ssl": "ts uid id.orig_h id.orig_p id.resp_h id.resp_p version server_name established",
    "smtp": "ts uid id.orig_h id.orig_p id.resp_h id.resp_p mailfrom rcptto subject",
}


def zeek_rows(talk, host, second):
    uid = f"C{talk.name}{host}{second}"
    ends = f"{START + second}.5\t{uid}\t{talk.line.format(host)}\t{40000 + host}\t" \
           f"{talk.server.format(host)}\t443"
    text = {what: word(talk, what).decode() for what in ("agent", "path", "subject", "from", "to")}
    yield "dns", f"{ends}\tudp\t7\t{talk.host('asked')}\t1\t{talk.server.format(host)}"
    yield "http", f"{ends}\tPOST\t{talk.host('web')}\t/{text['path']}\t{text['agent']}\t200"
    yield "ssl", f"{ends}\tTLSv12\t{talk.host('sni')}\tT"
    yield "smtp", f"{ends}\t{text['from']}@mail.example\t{text['to']}@mail.example\t{text['subject']}"
    yield "conn", f"{ends}\ttcp\t1.5\t500\t900\tSF\tShADadFf\t9\t900\t9\t1400"


def zeek(folder):
    """A folder of Zeek's logs."""
    files = {name: [f"#separator \\x09\n#path\t{name}\n#fields\t" + fields.replace(" ", "\t")]
             for name, fields in ZEEK.items()}
    for second in range(0, 30, 10):
        for talk in (LISTED_TALK, ABROAD, HOME):
            for host in (10, 12, 14):
                for name, row in zeek_rows(talk, host, second):
                    files[name].append(row)
    folder.mkdir()
    for name, lines in files.items():
        (folder / f"{name}.log").write_text("\n".join(lines) + "\n")
