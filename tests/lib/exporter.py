# SPDX-License-Identifier: Apache-2.0
"""An exporter in a few lines, for tests: messages of NetFlow v5 and v9, IPFIX and sFlow version 5,
and captures of them.  Times are seconds since START unless their name says otherwise."""

import ipaddress
import socket
import struct

START = 1790000000  # of every capture, seconds since 1970
VARIABLE = 65535

# Elements as (number, octets) or (number, octets, enterprise).
FLOW = [(8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (10, 4), (14, 4), (61, 1), (1, 8),
        (2, 8), (22, 4), (21, 4)]
FLOW_MS = FLOW[:-2] + [(152, 8), (153, 8)]


def pcap(datagrams, source="192.0.2.1", to_port=2055):
    """A capture, its octets.  datagrams: (second, octets), and its source port and source address
    where they are others."""
    out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 101)]  # raw IP, nanoseconds
    for second, payload, *other in datagrams:
        port = other[0] if other else 50000
        sender = socket.inet_aton(other[1] if len(other) > 1 else source)
        udp = struct.pack(">HHHH", port, to_port, 8 + len(payload), 0)
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0, sender,
                         socket.inet_aton("198.51.100.1"))
        packet = ip + udp + payload
        at = round((START + second) * 1000) * 1000000
        out.append(struct.pack("<IIII", at // 10**9, at % 10**9, len(packet), len(packet)))
        out.append(packet)
    return b"".join(out)


def field(number, octets, enterprise=0):
    if enterprise:
        return struct.pack(">HHI", number | 0x8000, octets, enterprise)
    return struct.pack(">HH", number, octets)


def in_set(number, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack(">HH", number, 4 + len(body)) + body


def template(fields, number=256, set_id=0):
    """A template set of one; set_id 0: NetFlow v9, 2: IPFIX."""
    return in_set(set_id, struct.pack(">HH", number, len(fields)) +
                  b"".join(field(*one) for one in fields))


def options_template9(scope, fields, number=300):
    """NetFlow v9 (RFC 3954 6.1); scope: (type, octets) of the only scope."""
    return in_set(1, struct.pack(">HHHHH", number, 4, 4 * len(fields), *scope) +
                  b"".join(field(*one) for one in fields))


def options_template10(scope, fields, number=300):
    """IPFIX (RFC 7011 3.4.2.2); scope: the elements of it."""
    return in_set(3, struct.pack(">HHH", number, len(scope) + len(fields), len(scope)) +
                  b"".join(field(*one) for one in scope + fields))


def withdrawal(number, set_id=2):
    return in_set(set_id, struct.pack(">HH", number, 0))


def value(what, octets):
    if isinstance(what, str):
        what = ipaddress.ip_address(what).packed
    if isinstance(what, bytes):
        assert octets in (len(what), VARIABLE), (what, octets)
        return (bytes([len(what)]) if octets == VARIABLE else b"") + what
    return (what % 256**octets).to_bytes(octets, "big")


def encode(fields, values):
    """A record: what of each element is not told is 0."""
    return b"".join(value(values.get(number, 0), octets) for number, octets, *_ in fields)


def data(records, number=256):
    return in_set(number, b"".join(records))


def netflow9(sequence, second, sets, uptime=None, source=7, count=1):
    """The exporter's second, which may be off that of the capture; uptime in ms, by default that
    of an exporter that booted 1000 s before START."""
    uptime = (1000000 + int(second * 1000) if uptime is None else uptime) % 2**32
    return struct.pack(">HHIIII", 9, count, uptime, START + int(second), sequence % 2**32,
                       source) + b"".join(sets)


def ipfix(sequence, second, sets, domain=7):
    body = b"".join(sets)
    return struct.pack(">HHIII", 10, 16 + len(body), START + int(second), sequence % 2**32,
                       domain) + body


def netflow5(sequence, second, rows, uptime=None, sampling=0):
    """rows: (source, destination, source port, destination port, protocol, packets, octets,
    first, last), the last two in ms of uptime; sampling: two bits of mode, then the interval."""
    uptime = (1000000 + int(second * 1000) if uptime is None else uptime) % 2**32
    body = b"".join(
        struct.pack(">4s4s4sHHIIIIHHBBBBHHBBH", socket.inet_aton(source),
                    socket.inet_aton(destination), bytes(4), 1, 2, packets, octets,
                    first % 2**32, last % 2**32, from_port, to_port, 0, 0x1B, protocol, 0, 0, 0,
                    24, 24, 0)
        for source, destination, from_port, to_port, protocol, packets, octets, first, last
        in rows)
    return struct.pack(">HHIIIIBBH", 5, len(rows), uptime, START + int(second), 0,
                       sequence % 2**32, 0, 3, sampling) + body


def sflow(sequence, uptime, samples, agent="192.0.2.1", sub_agent=0):
    """A datagram of sFlow version 5."""
    return struct.pack(">II4sIIII", 5, 1, socket.inet_aton(agent), sub_agent, sequence,
                       uptime % 2**32, len(samples)) + b"".join(samples)


def sflow_sample(sequence, rate, frame, source=3, pool=0, ingress=1, egress=2):
    """A flow sample with the head of one Ethernet frame."""
    head = frame + b"\0" * (-len(frame) % 4)
    record = struct.pack(">IIIIII", 1, 16 + len(head), 1, len(frame) + 4, 4, len(frame)) + head
    body = struct.pack(">IIIIIIII", sequence, source, rate, pool or sequence * rate, 0, ingress,
                       egress, 1) + record
    return struct.pack(">II", 1, len(body)) + body


# Frames, for the samples

def ip4(source, destination, protocol, payload):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0,
                       socket.inet_aton(source), socket.inet_aton(destination)) + payload


def tcp(from_port, to_port, flags=0x18, payload=b""):
    return struct.pack(">HHIIBBHHH", from_port, to_port, 1, 1, 0x50, flags, 8192, 0, 0) + payload


def udp(from_port, to_port, payload):
    return struct.pack(">HHHH", from_port, to_port, 8 + len(payload), 0) + payload


def ethernet(payload, kind=0x0800):
    return bytes(range(12)) + struct.pack(">H", kind) + payload


def gre(payload, kind=0x0800):
    return struct.pack(">HH", 0, kind) + payload


def vxlan(frame, network):
    return struct.pack(">II", 0x08000000, network << 8) + frame
