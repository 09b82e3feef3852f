# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames on a wire of our own, at a steady rate, counted exactly; and captures cut by port."""
import os
import socket
import struct
import time

HEAD = b"\xff" * 6 + b"\x02" * 6
PCAP_HEADER, PCAP_RECORD = 24, 16
AT_ONCE = 0.05		# seconds of traffic


def _fold(total):
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def udp(src, dst, sport, dport, length):
    """A frame whose IP packet has that length in bytes."""
    six = ":" in dst
    family = socket.AF_INET6 if six else socket.AF_INET
    a, b = socket.inet_pton(family, src), socket.inet_pton(family, dst)
    room = length - (40 if six else 20)
    l4 = struct.pack("!HHHH", sport, dport, room, 0) + bytes(room - 8)
    pseudo = a + b + struct.pack("!HH", 17, room) + l4 + bytes(room % 2)
    l4 = l4[:6] + struct.pack("!H", _fold(sum(struct.unpack(f"!{len(pseudo) // 2}H", pseudo))) or 0xffff) + l4[8:]
    if six:
        return HEAD + b"\x86\xdd" + struct.pack("!IHBB", 0x60000000, room, 17, 60) + a + b + l4
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, 1, 0, 60, 17, 0, a, b)
    ip = ip[:10] + struct.pack("!H", _fold(sum(struct.unpack("!10H", ip)))) + ip[12:]
    return HEAD + b"\x08\x00" + ip + l4


class Count:
    """What was sent: packets, bytes of IP, bytes of frames."""

    def __init__(self):
        self.packets = self.bytes = self.frame_bytes = 0

    def add(self, frame):
        self.packets += 1
        self.bytes += len(frame) - 14
        self.frame_bytes += len(frame)


def send(wires, pps, seconds):
    """wires: {interface: frames}, sent in turn, so many a second on each or, on a busy machine, fewer: who captures would
    lose what comes all at once.  {interface: {4: Count, 6: Count}}."""
    sent = {name: {4: Count(), 6: Count()} for name in wires}
    sockets = {name: socket.socket(socket.AF_PACKET, socket.SOCK_RAW) for name in wires}
    for name, s in sockets.items():
        s.bind((name, 0))
    start, done, all_of, at_once = time.monotonic(), 0, int(pps * seconds), int(pps * AT_ONCE) + 1
    while done < all_of:
        due = min(int((time.monotonic() - start) * pps) + 1, all_of)
        if due > done + at_once:
            start += (due - done - at_once) / pps
            due = done + at_once
        for name, frames in wires.items():
            for i in range(done, due):
                frame = frames[i % len(frames)]
                sockets[name].send(frame)
                sent[name][6 if frame[12] == 0x86 else 4].add(frame)
        done = due
        time.sleep(0.001)
    for s in sockets.values():
        s.close()
    return sent


def make_wire(run, a, b):
    """A cable with both ends here, and nobody on it who speaks by himself."""
    run(f"ip link add {a} type veth peer name {b}")
    for end in (a, b):
        with open(f"/proc/sys/net/ipv6/conf/{end}/disable_ipv6", "w", encoding="ascii") as f:
            f.write("1")
        run(f"ip link set {end} up")


def split(path, directory):
    """{destination port: capture of the UDP datagrams to it} of an Ethernet capture."""
    out = {}
    with open(path, "rb") as f:
        data = f.read()
    header, at = data[:PCAP_HEADER], PCAP_HEADER
    while at + PCAP_RECORD <= len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        frame = data[at + PCAP_RECORD:at + PCAP_RECORD + length]
        if len(frame) < length:
            break
        l4 = 14 + (40 if frame[12:14] == b"\x86\xdd" else (frame[14] & 15) * 4)
        port = struct.unpack_from("!H", frame, l4 + 2)[0]
        out.setdefault(port, bytearray(header)).extend(data[at:at + PCAP_RECORD + length])
        at += PCAP_RECORD + length
    for port, capture in out.items():
        name = os.path.join(directory, f"port-{port}.pcap")
        with open(name, "wb") as f:
            f.write(capture)
        out[port] = name
    return out
