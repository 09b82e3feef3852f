# SPDX-License-Identifier: GPL-3.0-or-later
"""Export datagrams, honest and forged, built from the RFCs with every field open to a lie."""
import os
import socket
import struct
import time

V4, V6 = socket.AF_INET, socket.AF_INET6
# (element, length) of what a v9 or IPFIX record holds here: octets, packets, protocol, ports, addresses, first and last
FIELDS4 = ((1, 4), (2, 4), (4, 1), (7, 2), (11, 2), (8, 4), (12, 4), (22, 4), (21, 4))
FIELDS6 = ((1, 4), (2, 4), (4, 1), (7, 2), (11, 2), (27, 16), (28, 16), (22, 4), (21, 4))
UPTIME = 600000


def raw(address):
    return socket.inet_pton(V6 if ":" in address else V4, address)


def v5_record(dst, packets=10, octets=5000, src="203.0.113.9", first=UPTIME - 100, last=UPTIME):
    return struct.pack("!4s4s4sHHIIIIHHxBBBHHBBH", raw(src), raw(dst), bytes(4), 1, 2, packets, octets, first, last,
                       53, 4000, 0, 17, 0, 0, 0, 0, 0, 0)


def v5(records, sequence=0, secs=None, uptime=UPTIME, sampling=0, count=None):
    return struct.pack("!HHIIIIBBH", 5, len(records) if count is None else count, uptime, int(time.time()) if secs is None else secs,
                       0, sequence & 0xffffffff, 0, 0, sampling) + b"".join(records)


def record(fields, dst, packets=10, octets=5000, src=None, first=UPTIME - 100, last=UPTIME):
    six = fields is FIELDS6
    return struct.pack("!IIBHH16s16sII" if six else "!IIBHH4s4sII", octets, packets, 17, 53, 4000,
                       raw(src) if src else (raw("2001:db8:bad::9") if six else raw("203.0.113.9")),
                       dst if isinstance(dst, bytes) else raw(dst), first, last)


def template(number, fields):
    return struct.pack("!HH", number, len(fields)) + b"".join(struct.pack("!HH", *f) for f in fields)


def a_set(number, body):
    body += bytes(-len(body) % 4)
    return struct.pack("!HH", number, 4 + len(body)) + body


def v9(sets, domain=0, sequence=0, secs=None, uptime=UPTIME):
    return struct.pack("!HHIIII", 9, len(sets), uptime, int(time.time()) if secs is None else secs,
                       sequence & 0xffffffff, domain) + b"".join(sets)


def ipfix(sets, domain=0, sequence=0, secs=None):
    body = b"".join(sets)
    return struct.pack("!HHIII", 10, 16 + len(body), int(time.time()) if secs is None else secs,
                       sequence & 0xffffffff, domain) + body


def v9_sampling(interval, number=500):
    """Options template and data: the whole exporter samples 1 in so many (elements 34, 35)."""
    options = struct.pack("!HHH", number, 4, 8) + struct.pack("!HHHHHH", 1, 4, 34, 4, 35, 1)
    return [a_set(1, options), a_set(number, struct.pack("!IIB", 0, interval, 2))]


def sflow(frames, rate, sequence=0, pool=None, header=128, sources=None):
    samples = b""
    for i, frame in enumerate(frames):
        head = frame[:header]
        head += bytes(-len(head) % 4)
        packet = struct.pack("!IIII", 1, len(frame), 4, min(len(frame), header)) + head
        body = struct.pack("!IIIIIIII", sequence + i, sources[i] if sources else 5, rate, rate if pool is None else pool, 0, 5, 6, 1) + \
            struct.pack("!II", 1, len(packet)) + packet
        samples += struct.pack("!II", 1, len(body)) + body
    return struct.pack("!II4sIIII", 5, 1, raw("192.0.2.250"), 0, sequence, UPTIME, len(frames)) + samples


def random_host6():
    """Somebody in 2001:db8:40::/44."""
    r = os.urandom(11)
    return b"\x20\x01\x0d\xb8\x00" + bytes([0x40 | r[0] & 15]) + r[1:11]
