# SPDX-License-Identifier: Apache-2.0
"""What other collectors read of recorded exports, as records to compare with: the goldens of
tools/agree-exports."""
import collections
import datetime
import json
import re
import struct
import subprocess
import tempfile
from pathlib import Path

FIELDS = ("source destination source_port destination_port protocol packets octets first last "
          "tcp_flags ingress egress direction rate reverse_packets reverse_octets").split()
NUMBERS = {"icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "gre": 47, "ipv6-icmp": 58, "vrrp": 112}
MILLISECOND, SECOND = 10**6, 10**9
INTERNAL = 0x3fffffff  # sFlow: the agent itself


class Record(dict):
    """Fields of one flow; `slack` is how far its times may be apart, in ns."""

    slack = MILLISECOND

    def __or__(self, other):
        both = Record(self)
        both.update(other)
        both.slack = self.slack
        return both

    __ior__ = __or__


# --- tshark ----------------------------------------------------------------------------------

TSHARK = {
    "cflow.srcaddr": "source", "cflow.srcaddrv6": "source", "cflow.dstaddr": "destination",
    "cflow.dstaddrv6": "destination", "cflow.srcport": "source_port",
    "cflow.dstport": "destination_port", "cflow.protocol": "protocol", "cflow.packets": "packets",
    "cflow.octets": "octets", "cflow.initiator_octets": "octets",
    "cflow.responder_octets": "reverse_octets", "cflow.inputint": "ingress",
    "cflow.outputint": "egress", "cflow.tcpflags": "tcp_flags", "cflow.direction": "direction",
}  # fmt: skip


def date_ns(text):
    """Jun  4, 2023 08:39:55.034000000 UTC"""
    whole, fraction = text.removesuffix(" UTC").split(".")
    at = datetime.datetime.strptime(whole, "%b %d, %Y %H:%M:%S")
    return int(at.replace(tzinfo=datetime.timezone.utc).timestamp()) * SECOND + int(fraction)


def decimal_ns(text):
    whole, _, fraction = text.partition(".")
    return int(whole) * SECOND + int(fraction.ljust(9, "0"))


def inside(tree, pattern):
    """Objects below whose name fits, not looking into what was found."""
    for name, below in tree.items():
        for one in below if isinstance(below, list) else [below]:
            if isinstance(one, dict):
                if re.match(pattern, name):
                    yield one
                else:
                    yield from inside(one, pattern)


def packet_of(tree):
    """A dissected packet within a sample."""
    if "ip" not in tree and "ipv6" not in tree:
        return None
    ip = tree.get("ip") or {}
    ip6 = tree.get("ipv6") or {}
    record = Record(source=ip.get("ip.src") or ip6["ipv6.src"],
                    destination=ip.get("ip.dst") or ip6["ipv6.dst"], packets=1)
    record["octets"] = int(ip["ip.len"]) if ip else int(ip6["ipv6.plen"]) + 40
    for name in ("tcp", "udp"):
        if name in tree:
            record["protocol"] = NUMBERS[name]
            record["source_port"] = int(tree[name][f"{name}.srcport"])
            record["destination_port"] = int(tree[name][f"{name}.dstport"])
    if "tcp" in tree:
        record["tcp_flags"] = int(tree["tcp"]["tcp.flags"], 16) & 0xff
    return record


def tshark_times(flow, head, record):
    times = flow.get("cflow.timedelta_tree") or {}
    if isinstance(times, list):
        times = times[0]
    boot = None
    if "cflow.sysuptime" in head:
        clock = head["cflow.timestamp_tree"]
        now = int(clock["cflow.unix_secs"]) * SECOND + int(clock.get("cflow.unix_nsecs", 0))
        boot = now - decimal_ns(head["cflow.sysuptime"])
    for name, end in (("first", "start"), ("last", "end")):
        if f"cflow.abstime{end}" in times:
            record[name] = date_ns(times[f"cflow.abstime{end}"])
            if record[name] == 0:
                del record[name]  # an uptime it could not place
        elif f"cflow.time{end}" in times and boot is not None:
            record[name] = boot + decimal_ns(times[f"cflow.time{end}"])
            if head["cflow.version"] == "9":
                record.slack = SECOND  # its head tells whole seconds


def tshark_icmp(flow):
    """Type and code, 0 when they do not stand in fields of their own."""
    for version in ("ipv4", "ipv6"):
        if f"cflow.icmp_{version}_type" in flow:
            return (int(flow[f"cflow.icmp_{version}_type"]) << 8
                    | int(flow.get(f"cflow.icmp_{version}_code", 0)))
        if f"cflow.icmp_type_code_{version}" in flow:
            return int(flow[f"cflow.icmp_type_code_{version}"], 16)
    return 0


def tshark_flow(flow, head):
    section = list(inside(flow, r"cflow\..*_section_tree$"))
    if section:
        return packet_of(section[0])
    record = Record()
    two_families = "cflow.srcaddr" in flow and "cflow.srcaddrv6" in flow
    for theirs, field in TSHARK.items():
        value = flow.get(theirs)
        value = value[-1] if isinstance(value, list) else value  # the innermost
        is_other_family = two_families and value in ("0.0.0.0", "::")
        if value is not None and not is_other_family and field not in record:
            record[field] = value if field in ("source", "destination") else int(value, 0)
    if "source" not in record:
        return None
    if record.pop("direction", None) in (0, 1):
        record["direction"] = int(flow["cflow.direction"]) + 1
    if record.get("protocol") in (1, 58):
        record.pop("source_port", None)
        kind = tshark_icmp(flow)
        if kind:
            record["destination_port"] = kind
    tshark_times(flow, head, record)
    if int(head.get("cflow.samplerate", 0)) > 0:
        record["rate"] = int(head["cflow.samplerate"])
    return record


def interface_of(sampled, way):
    """The interface's number; None when what stands there is none."""
    value = int(sampled.get(f"{way}_interface_value") or sampled[f"{way}_interface"], 0)
    form = sampled.get("output_interface.format" if way == "output" else "input_interface_format")
    if f"{way}_interface_value" not in sampled:
        form, value = value >> 30, value & INTERNAL
    return value if int(form) == 0 and value != INTERNAL else None


def tshark_sample(sample):
    sampled = {name.removeprefix("sflow.flow_sample."): value for name, value in sample.items()}
    records = list(inside(sample, r"sflow_245\.header_tree$"))
    record = packet_of(records[0]) if records else None
    if record is None:
        return None
    record["rate"] = int(sampled["sampling_rate"])
    for field, way in (("ingress", "input"), ("egress", "output")):
        value = interface_of(sampled, way)
        if value is not None:
            record[field] = value
    return record


def tshark_records(frames):
    for frame in frames:
        layers = frame["_source"]["layers"]
        heads = layers.get("cflow", [])
        for head in heads if isinstance(heads, list) else [heads]:
            for flow in inside(head, r"(Flow|pdu) \d+"):
                yield tshark_flow(flow, head)
        for sample in inside(layers.get("sflow", {}), r"(Expanded f|F)low sample, seq"):
            yield tshark_sample(sample)


def tshark_stored(path):
    text = subprocess.run(["zstdcat", path], capture_output=True, check=True).stdout
    return [record for record in tshark_records(json.loads(text)) if record]


def datagrams(content):
    """Messages one after the other, where their heads tell how long they are."""
    while content:
        version, count = struct.unpack(">HH", content[:4])
        length = {5: 24 + 48 * count, 10: count}.get(version) or len(content)
        yield content[:length]
        content = content[length:]


def wrapped(paths, folder):
    """A capture in which each message is the content of a datagram to port 2055."""
    capture = Path(folder) / "wrapped.pcap"
    with open(capture, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for content in [one for path in paths for one in datagrams(path.read_bytes())]:
            udp = struct.pack(">HHHH", 40000, 2055, len(content) + 8, 0) + content
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, len(udp) + 20, 0, 0, 64, 17, 0,
                             b"\x7f\0\0\1", b"\x7f\0\0\1")
            packet = ip + udp
            out.write(struct.pack("<IIII", 1700000000, 0, len(packet), len(packet)) + packet)
    return capture


def tshark_live(paths):
    """What the tshark at hand reads of these files."""
    records = []
    with tempfile.TemporaryDirectory() as folder:
        captures = paths
        if paths[0].suffix not in (".pcap", ".ipfix"):
            captures = [wrapped(paths, folder)]
        for capture in captures:
            out = subprocess.run(
                ["tshark", "-r", capture, "-T", "json", "--no-duplicate-keys",
                 "-d", "udp.port==2055,cflow", "-d", "udp.port==9990-9999,cflow"],
                capture_output=True, check=False).stdout
            records += [record for record in tshark_records(json.loads(out or b"[]")) if record]
    return records


# --- logstash, telegraf, pmacct --------------------------------------------------------------

LOGSTASH = {
    "ipv4_src_addr": "source", "ipv4_dst_addr": "destination", "ipv6_src_addr": "source",
    "ipv6_dst_addr": "destination", "l4_src_port": "source_port",
    "l4_dst_port": "destination_port", "protocol": "protocol", "in_pkts": "packets",
    "in_bytes": "octets", "input_snmp": "ingress", "output_snmp": "egress",
    "tcp_flags": "tcp_flags", "first_switched": "first", "last_switched": "last",
    "sourceIPv4Address": "source", "destinationIPv4Address": "destination",
    "sourceIPv6Address": "source", "destinationIPv6Address": "destination",
    "sourceTransportPort": "source_port", "destinationTransportPort": "destination_port",
    "protocolIdentifier": "protocol", "packetDeltaCount": "packets", "octetDeltaCount": "octets",
    "ingressInterface": "ingress", "egressInterface": "egress", "tcpControlBits": "tcp_flags",
    "flowStartMilliseconds": "first", "flowEndMilliseconds": "last",
    "flowStartSeconds": "first", "flowEndSeconds": "last", "direction": "direction",
    "out_pkts": "reverse_packets", "out_bytes": "reverse_octets",
    "sampling_interval": "rate",
}  # fmt: skip


def logstash_value(field, value):
    if field in ("first", "last"):
        if isinstance(value, str):
            at = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
            return round(at.timestamp() * 1000) * MILLISECOND
        return value * SECOND
    return value + 1 if field == "direction" else value


def logstash_record(event):
    record = Record()
    for name, field in LOGSTASH.items():
        if name in event and field not in record:
            record[field] = logstash_value(field, event[name])
    if record.get("rate") == 0:
        del record["rate"]
    if "source" in record and event.get("version") == 9:
        record.slack = SECOND
    return record if "source" in record else None


def logstash(folder):
    for case in json.loads((folder / "expected.json").read_text()):
        events = [logstash_record(event["netflow"]) for event in case["events"]]
        named = collections.defaultdict(dict)
        for index, path, value in case["asserts"] if isinstance(case["asserts"], list) else []:
            name = re.fullmatch(r"\[netflow\]\[(\w+)\]", path)
            if name:
                named[index][name[1]] = value
        records = [record for record in events if record]
        for record in map(logstash_record, named.values()):
            if record and not any(record.items() <= other.items() for other in records):
                records.append(record)
        yield ("logstash", case["context"], [folder / name for name in case["files"]],
               records, False)


TELEGRAF = {
    "src": "source", "dst": "destination", "src_port": "source_port", "dst_port":
    "destination_port", "protocol": "protocol", "in_packets": "packets", "in_bytes": "octets",
    "in_total_packets": "packets", "in_total_bytes": "octets", "in_snmp": "ingress",
    "out_snmp": "egress", "flow_start_ms": "first", "flow_end_ms": "last",
    "tcp_flags": "tcp_flags", "type_29305_85": "reverse_octets",
    "type_29305_86": "reverse_packets",
}  # fmt: skip
FLAGS = "CEUAPRSF"


def telegraf_value(field, text):
    text = text.strip('"')
    if field == "protocol":
        return NUMBERS.get(text)
    if field == "tcp_flags":
        return sum(1 << (7 - i) for i, c in enumerate(text.rjust(8, ".")) if c != ".")
    if field in ("source", "destination"):
        return text
    value = int(text.removesuffix("u"), 0)
    return value * MILLISECOND if field in ("first", "last") else value


def telegraf_record(line):
    values = dict(re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', line))
    record = Record()
    for name, field in TELEGRAF.items():
        if name in values:
            record[field] = telegraf_value(field, values[name])
    if values.get("version") == "NetFlowV9":
        record.slack = SECOND
    return record if "source" in record and "packets" in record else None


def telegraf(folder):
    for case in sorted(path for path in folder.iterdir() if path.is_dir()):
        lines = (case / "expected.out").read_text().splitlines()
        records = [telegraf_record(line) for line in lines if line]
        yield ("telegraf", case.name, sorted(case.glob("*.bin")),
               [record for record in records if record], True)


def pmacct_record(line):
    record = Record(source=line["ip_src"], destination=line["ip_dst"],
                    source_port=line["port_src"], destination_port=line["port_dst"],
                    protocol=NUMBERS.get(line["ip_proto"], line["ip_proto"]),
                    ingress=line["iface_in"], egress=line["iface_out"], packets=line["packets"],
                    octets=line["bytes"])
    record["tcp_flags"] = sum(
        {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32, "ECE": 64, "CWR": 128}[flag]
        for flag in line["tcp_flags"])
    return record


def pmacct(folder):
    for case in sorted(path for path in folder.iterdir() if path.is_dir()):
        lines = (case / "output-flow-00.json").read_text().splitlines()
        yield ("pmacct", case.name, sorted(case.glob("traffic-*.pcap")),
               [pmacct_record(json.loads(line)) for line in lines if line], True)


PMACCT_KEY = FIELDS[:5] + ["ingress", "egress"]


def summed(records, renormalised):
    """One record a key, as pmacct takes them together; counters times the rate if it does."""
    sums = {}
    for record in records:
        key = tuple(record.get(name) for name in PMACCT_KEY)
        times = record.get("rate", 1) or 1 if renormalised else 1
        into = sums.setdefault(key, Record(zip(PMACCT_KEY, key)) | {
            "packets": 0, "octets": 0, "tcp_flags": 0})
        into["packets"] += record["packets"] * times
        into["octets"] += record["octets"] * times
        into["tcp_flags"] |= record["tcp_flags"]
    return list(sums.values())


# --- all of them -------------------------------------------------------------------------------


def tshark_cases(data):
    for path in sorted(data.glob("*/*.tshark4.0.17.json.zst")):
        name = path.name.removesuffix(".tshark4.0.17.json.zst")
        group = {
            "netflow-base.group": ["netflow-options-template", "netflow-options-data",
                                   "netflow-template", "netflow-data"],
            "netflow-icmp.group": ["netflow-icmp-template", "netflow-icmp-data"],
            "netflow-datalink.group": ["netflow-datalink-template", "netflow-datalink-data"],
            "netflow-options.group": ["netflow-options-template", "netflow-options-data"],
        }.get(name, [name.removesuffix(".group").removesuffix(".pcap")])
        yield ("tshark", f"{path.parent.name}/{name}",
               [path.parent / f"{one}.pcap" for one in group], tshark_stored(path), True)


def all_cases(data, live):
    yield from tshark_cases(data)
    for case in [*logstash(data / "logstash-codec-netflow"), *telegraf(data / "telegraf"),
                 *pmacct(data / "pmacct")]:
        yield case
        if live and "sflow" not in case[1]:
            yield ("tshark live", f"{case[0]}/{case[1]}", case[2], tshark_live(case[2]), True)
    if live:
        for path in [*sorted(data.glob("*/*.ipfix")), *sorted(data.glob("*/no-expectation/*.dat")), data / "graylog/netflow-v5-1.dat"]:
            yield ("tshark live", f"{path.parent.name}/{path.name}", [path], tshark_live([path]), True)
