# SPDX-License-Identifier: GPL-3.0-or-later
"""A BGP speaker that only listens and tells what it heard, written from the RFCs alone.

    flow_wire.py ADDRESS AS         on standard output a line of JSON an event, `{"event": "up"}` and so on

RFC 4271 (messages), 5492, 4760 and 6793 (capabilities), 4360 (extended communities), 8092 (large communities), 8955 and 8956 (FlowSpec).
Whatever it cannot read ends it with a traceback: a peer that is sent nonsense would have ended the session.
"""
import ipaddress
import json
import socket
import struct
import sys

MARKER = b"\xff" * 16
OPEN, UPDATE, NOTIFICATION, KEEPALIVE = 1, 2, 3, 4
UNICAST, FLOW = 1, 133
HOLD = 240
SIZES = (1, 2, 4, 8)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def bytes(self, n):
        if n > len(self.data) - self.at:
            raise ValueError(f"{n} bytes wanted, {len(self.data) - self.at} left")
        self.at += n
        return self.data[self.at - n:self.at]

    def int(self, n):
        return int.from_bytes(self.bytes(n), "big")

    def part(self, n):
        return Reader(self.bytes(n))

    def __bool__(self):
        return self.at < len(self.data)


# --- network layer reachability ---------------------------------------------------------------------------

def plain_prefix(r, bits):
    length = r.int(1)
    if length > bits:
        raise ValueError(f"a prefix of {length} bits")
    address = r.bytes((length + 7) // 8).ljust(bits // 8, b"\0")
    return str(ipaddress.ip_network((address, length)))	# strict: no bits beyond the length


def flow_prefix(r, bits):
    """RFC 8955 4.2.2.1; in IPv6 with an offset, and the pattern begins behind it (RFC 8956 3.1)."""
    if bits == 32:
        return plain_prefix(r, bits), 0
    length, offset = r.int(1), r.int(1)
    if length > bits or (offset >= length and length):
        raise ValueError(f"a prefix of {length} bits from {offset}")
    n = length - offset
    value = int.from_bytes(r.bytes((n + 7) // 8), "big") >> -n % 8
    return str(ipaddress.ip_network((value << (bits - length), length))), offset


def terms(r):
    """[[and, operator, value, bytes]...] of one component, up to its end-of-list bit."""
    out = []
    while True:
        op = r.int(1)
        size = SIZES[op >> 4 & 3]
        out.append([op >> 6 & 1, op & 0xf, r.int(size), size])
        if op & 0x80:
            return out


def flow_rule(r, bits):
    length = r.int(1)
    if length >= 0xf0:
        length = (length & 0xf) << 8 | r.int(1)
        if length < 240:
            raise ValueError("a length in two bytes that one could hold")
    out, last, body = {"bytes": length}, 0, r.part(length)
    while body:
        kind = body.int(1)
        if kind <= last:
            raise ValueError(f"component {kind} after {last}")
        last = kind
        if kind in (1, 2):
            value, offset = flow_prefix(body, bits)
            out["dst" if kind == 1 else "src"] = value
            if offset:
                out["dst offset" if kind == 1 else "src offset"] = offset
        elif kind <= (13 if bits == 128 else 12):
            out[str(kind)] = terms(body)
        else:
            raise ValueError(f"component {kind}")
    return out


def networks(afi, safi, r):
    bits = {1: 32, 2: 128}[afi]
    out = []
    while r:
        out.append(flow_rule(r, bits) if safi == FLOW else {"prefix": plain_prefix(r, bits)})
    return out


# --- attributes -------------------------------------------------------------------------------------------

def extended(value):
    """RFC 8955 7, by the names of its table; what is not in there by its bytes."""
    kind, six = struct.unpack("!H", value[:2])[0], value[2:]
    if kind == 0x8006:
        return ["rate", struct.unpack("!f", six[2:])[0], struct.unpack("!H", six[:2])[0]]
    if kind == 0x800c:
        return ["packets", struct.unpack("!f", six[2:])[0], struct.unpack("!H", six[:2])[0]]
    if kind == 0x8007:
        return ["action", six[5] & 3]
    if kind == 0x8008:
        return ["redirect", "%d:%d" % struct.unpack("!HI", six)]
    if kind == 0x8108:
        return ["redirect", "%s:%d" % (ipaddress.ip_address(six[:4]), struct.unpack("!H", six[4:])[0])]
    if kind == 0x8208:
        return ["redirect", "%d:%d" % struct.unpack("!IH", six)]
    if kind == 0x010c and six[4:] == bytes(2):		# draft-ietf-idr-flowspec-redirect-ip
        return ["redirect", str(ipaddress.ip_address(six[:4]))]
    if kind == 0x8009:
        return ["mark", six[5]]
    return ["unknown", value.hex()]


def update(body):
    r = Reader(body)
    gone = [{"afi": 1, "safi": UNICAST, **n} for n in networks(1, UNICAST, r.part(r.int(2)))]
    attributes, said, come = r.part(r.int(2)), {}, []
    while attributes:
        flags, kind = attributes.int(1), attributes.int(1)
        value = attributes.part(attributes.int(2 if flags & 0x10 else 1))
        if kind == 8:
            said["communities"] = ["%d:%d" % (value.int(2), value.int(2)) for _ in range(len(value.data) // 4)]
        elif kind == 16:
            said["extended"] = [extended(value.bytes(8)) for _ in range(len(value.data) // 8)]
        elif kind == 32:
            said["large"] = ["%d:%d:%d" % (value.int(4), value.int(4), value.int(4)) for _ in range(len(value.data) // 12)]
        elif kind == 14:
            afi, safi = value.int(2), value.int(1)
            said["next hop"] = value.bytes(value.int(1)).hex()
            value.int(1)
            come += [{"afi": afi, "safi": safi, **n} for n in networks(afi, safi, value)]
        elif kind == 15:
            afi, safi = value.int(2), value.int(1)
            gone += [{"afi": afi, "safi": safi, **n} for n in networks(afi, safi, value)]
    come += [{"afi": 1, "safi": UNICAST, **n} for n in networks(1, UNICAST, r)]
    return {"event": "update", "come": come, "gone": gone, **said}


# --- the session ------------------------------------------------------------------------------------------

def message(kind, body=b""):
    return MARKER + struct.pack("!HB", 19 + len(body), kind) + body


def our_open(asn, address):
    every = b"".join(struct.pack("!BBHBB", 1, 4, afi, 0, safi) for afi in (1, 2) for safi in (UNICAST, FLOW))
    every += struct.pack("!BBI", 65, 4, asn)
    return message(OPEN, struct.pack("!BHH4s", 4, min(asn, 23456), HOLD, socket.inet_aton(address)) +
                   bytes([len(every) + 2, 2, len(every)]) + every)


def tell(event):
    print(json.dumps(event), flush=True)


def listen_to(peer, asn, address):
    data, up = b"", False
    peer.settimeout(HOLD // 3)
    while True:
        try:
            got = peer.recv(65536)
        except TimeoutError:
            peer.sendall(message(KEEPALIVE))
            continue
        if not got:
            break
        data += got
        while len(data) >= 19 and len(data) >= (length := int.from_bytes(data[16:18], "big")):
            if data[:16] != MARKER or length < 19:
                raise ValueError("no marker")
            kind, body, data = data[18], data[19:length], data[length:]
            if kind == OPEN:
                peer.sendall(our_open(asn, address) + message(KEEPALIVE))
            elif kind == KEEPALIVE:
                if not up:
                    tell({"event": "up"})
                up = True
                peer.sendall(message(KEEPALIVE))
            elif kind == UPDATE:
                tell(update(body))
            elif kind == NOTIFICATION:
                tell({"event": "notification", "bytes": body.hex()})
    tell({"event": "down"})


def main():
    address, asn = sys.argv[1], int(sys.argv[2])
    server = socket.create_server((address, 179))
    while True:
        peer, _ = server.accept()
        try:
            listen_to(peer, asn, address)
        except OSError:
            tell({"event": "down"})


if __name__ == "__main__":
    main()
