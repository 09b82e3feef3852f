# SPDX-License-Identifier: GPL-3.0-or-later
"""A router that exports (NetFlow 5 over loopback) what would come over its links: ordinary traffic, and floods that the test
begins and ends.  However late it gets its turn, its records cover the time that has passed, so the rates are as said."""
import os
import sys
import socket
import struct
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from exports import raw                                     # noqa: E402

EVERY = 0.25            # seconds
PACKET = 1400           # bytes
PEACE = 1e6             # bit/s; well under the tenth of 20 Mbit/s at which tests let go


class Router(threading.Thread):
    def __init__(self, *ports, capture=None, to="127.0.0.1"):
        super().__init__(daemon=True)
        family = socket.AF_INET6 if ":" in to else socket.AF_INET
        self.to, self.sockets = to, {port: socket.socket(family, socket.SOCK_DGRAM) for port in ports}
        self.floods, self.lock, self.over = {}, threading.Lock(), False
        self.start_time, self.sequence = time.monotonic() - 600, 0
        self.capture = open(capture, "wb") if capture else None     # pcap of raw IP, what goes to the first port
        if self.capture:
            self.capture.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))

    def captured(self, payload, port):
        packet = struct.pack("!BBHIBBH4s4sHHHH", 0x45, 0, 28 + len(payload), 0, 64, 17, 0, raw("127.0.0.1"),
                             raw("127.0.0.1"), 9999, port, 8 + len(payload), 0) + payload
        now = time.time()
        self.capture.write(struct.pack("<IIII", int(now), int(now % 1 * 1e6), len(packet), len(packet)) + packet)

    def flood(self, dst, bps, port=53):
        """bit/s of UDP from this port towards dst; 0: no more."""
        with self.lock:
            self.floods.pop(dst, None)
            if bps:
                self.floods[dst] = bps, port

    def records(self, since, now):
        with self.lock:
            flows = [(dst, 17, port, bps) for dst, (bps, port) in self.floods.items()]
        flows += [("192.0.2.80", 6, 40000, PEACE), ("198.51.100.20", 6, 40001, PEACE)]
        first, last = (int((t - self.start_time) * 1000) for t in (since, now))
        for dst, proto, sport, bps in flows:
            octets = max(int(bps * (now - since) / 8), 64)
            yield struct.pack("!4s4s4sHHIIIIHHxBBBHHBBH", raw("203.0.113.9"), raw(dst), bytes(4), 1, 2,
                              max(octets // PACKET, 1), octets, first, last, sport, 443, 0x18 if proto == 6 else 0,
                              proto, 0, 0, 0, 0, 0, 0)

    def run(self):
        since = time.monotonic()
        while not self.over:
            time.sleep(EVERY)
            now = time.monotonic()
            records, wall = list(self.records(since, now)), time.time()
            head = struct.pack("!HHIIIIBBH", 5, len(records), int((now - self.start_time) * 1000), int(wall),
                               int(wall % 1 * 1e9), self.sequence, 0, 0, 0)
            payload = head + b"".join(records)
            if self.capture:
                self.captured(payload, next(iter(self.sockets)))
            for port, s in self.sockets.items():
                s.sendto(payload, (self.to, port))
            self.sequence += len(records)
            since = now

    def end(self):
        self.over = True
        self.join()
        if self.capture:
            self.capture.close()


def sensors(*rows):
    """(name, port, vantage, link or None) each, believed as exports over a path of their own."""
    return ",\n".join(f'{{ name = "{name}"; type = "flow"; listen = "127.0.0.1:{port}"; exporters = ( "127.0.0.1" ); '
                      f'private = true; vantage = "{vantage}"; ' + (f'link = "{link}"; }}' if link else "}")
                      for name, port, vantage, link in rows)
