#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""marks.py INTERFACE FILE - counts what comes in of BGP and of flow exports, and how much of it is marked CS6.

One JSON object each half second, of all so far: {"bgp": [packets, marked], "exports": [packets, marked]}.
"""
import json
import socket
import struct
import sys
import time

CS6 = 48                # DSCP, RFC 4594 3.2
PACKET_IGNORE_OUTGOING, SOL_PACKET = 23, 263
EXPORTS = {2055, 4739, 6343}


def what(frame):
    """("bgp" or "exports", DSCP), or None."""
    kind, = struct.unpack_from("!H", frame, 12)
    if kind == 0x0800 and len(frame) >= 38:
        ihl, dscp, protocol = (frame[14] & 15) * 4, frame[15] >> 2, frame[23]
        ports = frame[14 + ihl:18 + ihl]
    elif kind == 0x86dd and len(frame) >= 58:
        dscp, protocol, ports = (struct.unpack_from("!H", frame, 14)[0] >> 4 & 255) >> 2, frame[20], frame[54:58]
    else:
        return None
    if len(ports) < 4:
        return None
    ports = set(struct.unpack("!HH", ports))
    if protocol == 6 and 179 in ports:
        return "bgp", dscp
    return ("exports", dscp) if protocol == 17 and ports & EXPORTS else None


def main():
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    s.bind((sys.argv[1], 0))
    s.settimeout(0.5)
    counts, told = {"bgp": [0, 0], "exports": [0, 0]}, time.monotonic()
    with open(sys.argv[2], "w", buffering=1, encoding="utf-8") as out:
        while True:
            try:
                got = what(s.recv(256))
            except TimeoutError:
                got = None
            if got:
                counts[got[0]][0] += 1
                counts[got[0]][1] += got[1] == CS6
            if time.monotonic() - told > 0.5:
                told = time.monotonic()
                out.write(json.dumps(counts) + "\n")


if __name__ == "__main__":
    main()
