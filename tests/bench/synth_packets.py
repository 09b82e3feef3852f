# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets for `bench-synth`: read from captures, written to them, and judged by a rule - by no code of ours that mines."""
import ipaddress
import os
import socket
import struct
import subprocess
import threading

ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
PORTS = (TCP, UDP, 132, 33, 136)
DONT, IS, FIRST, LAST = 1, 2, 4, 8
FRAGMENTS = {"dont": DONT, "is": IS, "first": FIRST, "last": LAST}
START = 1795305600
ACTIVE = 500
SO_RCVBUFFORCE = 33


class Packet:
    """What a FlowSpec rule can ask for; raw: its bytes from the IP header on, None: to be made from the rest."""
    __slots__ = ("time", "family", "src", "dst", "proto", "length", "sport", "dport", "flags", "fragment", "icmp", "dscp", "raw")

    def __init__(self, family, src, dst, proto, length, **more):
        self.time = self.dscp = self.fragment = 0
        self.family, self.src, self.dst, self.proto, self.length = family, src, dst, proto, length
        self.sport = self.dport = self.flags = self.icmp = self.raw = None     # not known, or there is none
        for name, value in more.items():
            setattr(self, name, value)


# --- captures ----------------------------------------------------------------------------------------------------------

def _pcap(data):
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    nano, at = b"\x3c\xb2" in data[:4] or b"\xb2\x3c" in data[:4], 24
    while at + 16 <= len(data):
        s, part, n, _ = struct.unpack_from(order + "IIII", data, at)
        yield s + part / (1e9 if nano else 1e6), data[at + 16:at + 16 + n]
        at += 16 + n


def _pcapng(data):
    at, order = 0, "<"
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, size = struct.unpack_from(order + "II", data, at)
        if kind == 6:
            high, low, n = struct.unpack_from(order + "III", data, at + 12)
            yield (high << 32 | low) / 1e6, data[at + 28:at + 28 + n]
        elif kind == 3:
            yield 0, data[at + 12:at + size - 4]
        at += size


def _ip(frame):
    at, kind = 12, 0x8100
    while kind in (0x8100, 0x88a8) and at + 2 <= len(frame):
        kind = struct.unpack_from(">H", frame, at)[0]
        at += 2 if kind in (0x800, 0x86dd) else 4
    return frame[at:] if kind in (0x800, 0x86dd) else b""


def parse(b):
    """The packet of these bytes, or None."""
    if len(b) >= 20 and b[0] >> 4 == 4:
        length, word = struct.unpack_from(">H", b, 2)[0], struct.unpack_from(">H", b, 6)[0]
        p = Packet(4, int.from_bytes(b[12:16], "big"), int.from_bytes(b[16:20], "big"), b[9], length, dscp=b[1] >> 2, raw=b)
        more, offset, at = word & 0x2000, word & 0x1fff, (b[0] & 15) * 4
        p.fragment = DONT if word & 0x4000 else 0
    elif len(b) >= 40 and b[0] >> 4 == 6:
        p = Packet(6, int.from_bytes(b[8:24], "big"), int.from_bytes(b[24:40], "big"), b[6], 40 + struct.unpack_from(">H", b, 4)[0],
                   dscp=(b[0] & 15) << 2 | b[1] >> 6, raw=b)
        more = offset = 0
        at = 40
        while p.proto in (0, 43, 44, 60) and at + 8 <= len(b) and not offset:
            if p.proto == 44:
                word = struct.unpack_from(">H", b, at + 2)[0]
                more, offset = word & 1, word >> 3
            p.proto, at = b[at], at + (8 if p.proto == 44 else 8 + 8 * b[at + 1])
    else:
        return None
    p.fragment |= (IS if more else IS | LAST) if offset else (FIRST if more else 0)
    if offset:
        return p
    if p.proto in PORTS and at + 4 <= len(b):
        p.sport, p.dport = struct.unpack_from(">HH", b, at)
    if p.proto == TCP and at + 14 <= len(b):
        p.flags = struct.unpack_from(">H", b, at + 12)[0] & 0xfff
    if p.proto in (ICMP, ICMP6) and at + 2 <= len(b):
        p.icmp = b[at], b[at + 1]
    return p


def read(path):
    with open(path, "rb") as f:
        data = f.read()
    packets = []
    for time, frame in (_pcapng if data[:4] == b"\x0a\x0d\x0d\x0a" else _pcap)(data):
        p = parse(_ip(frame))
        if p is not None:
            p.time = time
            packets.append(p)
    return sorted(packets, key=lambda p: p.time)


def headers(p):
    """The first bytes of it."""
    l4 = b""
    if p.sport is not None:
        l4 = struct.pack(">HH", p.sport, p.dport)
        if p.proto == TCP:
            l4 += struct.pack(">IIHHHH", 0, 0, 0x5000 | (p.flags or 0), 1000, 0, 0)
        elif p.proto == UDP:
            l4 += struct.pack(">HH", max(8, p.length - (20 if p.family == 4 else 40)), 0)
    elif p.icmp is not None:
        l4 = bytes(p.icmp) + bytes(6)
    offset, more = (185 if p.fragment & IS else 0), p.fragment & FIRST or p.fragment & (IS | LAST) == IS
    if p.family == 4:
        word = (0x4000 if p.fragment & DONT else 0) | (0x2000 if more else 0) | offset
        return struct.pack(">BBHHHBBH", 0x45, p.dscp << 2, p.length, 1, word, 60, p.proto, 0) + \
            p.src.to_bytes(4, "big") + p.dst.to_bytes(4, "big") + l4
    extension = struct.pack(">BBHI", p.proto, 0, offset << 3 | bool(more), 1) if offset or more else b""
    return struct.pack(">IHBB", 6 << 28 | p.dscp << 22, p.length - 40, 44 if extension else p.proto, 60) + \
        p.src.to_bytes(16, "big") + p.dst.to_bytes(16, "big") + extension + l4


def write(path, packets):
    """One a millisecond, cut behind the headers."""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for i, p in enumerate(packets):
            b = (p.raw or headers(p))[:128]
            f.write(struct.pack("<IIII", START + i // 1000, i % 1000 * 1000, len(b), max(p.length, len(b))) + b)
    return path


def exported(path, packets, sampling, directory):
    """The same as softflowd's NetFlow 9, of one packet in so many, with all flows told of after each ACTIVE packets."""
    got, done, part = [], threading.Event(), os.path.join(directory, "part")
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE if os.geteuid() == 0 else socket.SO_RCVBUF, 64 << 20)
    s.bind(("127.0.0.1", 0))
    s.settimeout(0.2)

    def collect():
        while True:
            try:
                got.append(s.recv(65536))
            except socket.timeout:
                if done.is_set():
                    return
    thread = threading.Thread(target=collect)
    thread.start()
    for at in range(0, len(packets), ACTIVE):
        subprocess.run(["softflowd", "-d", "-r", write(part, packets[at:at + ACTIVE]), "-n", f"127.0.0.1:{s.getsockname()[1]}", "-v", "9", "-6",
                        "-m", "65536", "-s", str(sampling), "-p", part + ".pid", "-c", "none"], check=True, capture_output=True, timeout=60)
    done.set()
    thread.join()
    s.close()
    exporter = Packet(4, 0x0a000001, 0x0a000002, UDP, 0, sport=40000, dport=2055)
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for i, b in enumerate(got):
            exporter.length = 28 + len(b)
            b = headers(exporter) + b
            f.write(struct.pack("<IIII", START + i, 0, len(b), len(b)) + b)
    return path


# --- rules -------------------------------------------------------------------------------------------------------------

def _within(prefix):
    net = ipaddress.ip_network(prefix)
    return net.version, net.max_prefixlen - net.prefixlen, int(net.network_address) >> (net.max_prefixlen - net.prefixlen)


def _terms(words):
    """"is&!last": mask and value of each."""
    for word in words:
        mask = value = 0
        for part in word.split("&"):
            bit = FRAGMENTS[part.lstrip("!")]
            mask |= bit
            value |= 0 if part.startswith("!") else bit
        yield mask, value


class Rule:
    """A rule of JSON (INTERFACE.md), as a function of packets."""

    def __init__(self, match):
        self.dst = _within(match["dst"])
        self.src = _within(match["src"]) if "src" in match else None
        self.ranges = [(name, match[name]) for name in ("proto", "length", "sport", "dport", "dscp") if name in match]
        self.icmp = match.get("icmp_type"), match.get("icmp_code")
        flags = match.get("tcp_flags", [])
        self.flags = [(t["mask"], t["value"]) for t in ([flags] if isinstance(flags, dict) else flags)]
        self.fragment = list(_terms(match.get("fragment", [])))
        unknown = set(match) - {"dst", "src", "proto", "length", "sport", "dport", "dscp", "icmp_type", "icmp_code", "tcp_flags", "fragment"}
        if unknown:
            raise ValueError(f"the counter does not know {unknown}")

    def takes(self, p):
        version, bits, value = self.dst
        if p.family != version or p.dst >> bits != value or (self.src and p.src >> self.src[1] != self.src[2]):
            return False
        for name, ranges in self.ranges:
            v = getattr(p, name)
            if v is None or not any(a <= v <= b for a, b in ranges):
                return False
        for i, ranges in enumerate(self.icmp):
            if ranges is not None and (p.icmp is None or not any(a <= p.icmp[i] <= b for a, b in ranges)):
                return False
        if self.flags and (p.flags is None or not any(p.flags & m == v for m, v in self.flags)):
            return False
        return not self.fragment or any(p.fragment & m == v for m, v in self.fragment)


def share(rules, packets):
    """Of the packets, that any of the rules takes."""
    return sum(any(r.takes(p) for r in rules) for p in packets) / len(packets) if packets else 0.0
