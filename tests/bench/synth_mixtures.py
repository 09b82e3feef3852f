# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks and attacks drawn by chance, for `bench-synth`: nothing was tuned to them, and another seed gives others."""
import random

from synth_packets import DONT, FIRST, ICMP, ICMP6, IS, LAST, TCP, UDP, Packet

SYN, RST, PSH, ACK, FIN = 2, 4, 8, 16, 1
REFLECTORS = {17: (400, 1400), 19: (74, 1460), 53: (500, 4000), 69: (516, 544), 111: (68, 486), 123: (468, 468), 137: (150, 280),
              161: (200, 1500), 389: (800, 3000), 500: (100, 400), 520: (32, 532), 1194: (42, 82), 1434: (200, 600), 1900: (260, 420),
              3283: (1000, 1060), 3389: (1200, 1260), 3702: (600, 3000), 5093: (100, 1400), 5353: (80, 700), 5683: (100, 1100),
              10001: (130, 250), 11211: (600, 1400), 27015: (200, 1400), 37810: (300, 1400)}


class Net:
    """A member's network: which services it has, how large each is, and what an address of it gets."""

    def __init__(self, seed, family):
        r = self.r = random.Random(seed)
        self.family, self.over = family, 20 if family == 6 else 0
        self.base = 0x20010db8 << 96 | r.getrandbits(16) << 80 if family == 6 else 0xc6336400
        self.hosts = [self.base | r.randrange(1, 255)]
        laws = {"web": 30, "downloads": 15, "quic": 12, "resolver": 5, "dns": 4, "mail": 6, "ssh": 2, "ntp": 1, "voice": 6, "game": 6,
                "tunnel": 6, "ping": 1, "fragments": 0.5, "scans": 1, "quic_out": 6}
        kept = r.sample(sorted(laws), r.randrange(5, 12)) + ["web"]
        self.kinds = sorted(set(kept))
        self.weights = [laws[k] * r.lognormvariate(0, 0.7) for k in self.kinds]
        self.udp_port, self.voice_length, self.tunnel = r.randrange(20000, 65000), r.choice((200, 214, 160)), r.randrange(1025, 65000)
        self.peers = [self.anybody() for _ in range(r.randrange(2, 12))]
        self.visitors = [self.anybody() for _ in range(r.randrange(200, 3000))]

    def anybody(self):
        r = self.r
        return 0x2000 << 112 | r.getrandbits(28) << 96 | r.getrandbits(64) if self.family == 6 else r.randrange(0x01000000, 0xdf000000)

    def packet(self, proto, length, sport=None, dport=None, flags=None, src=None, **more):
        if proto == TCP:
            more.setdefault("fragment", DONT if self.family == 4 else 0)
        return Packet(self.family, src if src is not None else self.anybody(), self.r.choice(self.hosts), proto,
                      min(length + self.over, 1500), sport=sport, dport=dport, flags=flags, **more)

    def high(self):
        return self.r.randrange(1024, 65536) if self.r.random() < 0.3 else self.r.randrange(32768, 61000)

    def client_tcp(self, port):
        r = self.r
        flags, length = r.choice(((SYN, r.choice((60, 60, 52, 48, 64))), (ACK, 52), (ACK, 40), (ACK, 64), (PSH | ACK, r.randrange(60, 1500)),
                                  (PSH | ACK, r.randrange(60, 700)), (FIN | ACK, r.choice((40, 52))), (RST, 40)))
        return self.packet(TCP, length, self.high(), port, flags, r.choice(self.visitors))

    def usual(self):
        r = self.r
        kind = r.choices(self.kinds, self.weights)[0]
        if kind == "web":
            return self.client_tcp(r.choice((443, 443, 443, 80)))
        if kind == "downloads":
            return self.packet(TCP, r.choice((1500, 1500, 1500, 1420, r.randrange(60, 1500))), 443, self.high(), r.choice((ACK, ACK, PSH | ACK)),
                               r.choice(self.peers))
        if kind == "quic":
            return self.packet(UDP, r.choice((1228, 1278, r.randrange(50, 1300), r.randrange(50, 100))), self.high(), 443, None, r.choice(self.visitors))
        if kind == "quic_out":
            return self.packet(UDP, r.choice((1278, 1280, 1350, r.randrange(50, 1300))), 443, self.high(), None, r.choice(self.peers))
        if kind == "resolver":
            if r.random() < 0.02:
                return self.packet(UDP, 1500, 53, self.high(), None, fragment=FIRST)
            return self.packet(UDP, int(r.lognormvariate(5, 0.5)) + 40, 53, self.high(), None, r.choice(self.peers))
        if kind == "dns":
            return self.packet(UDP, r.randrange(55, 110), self.high(), 53)
        if kind == "mail":
            return self.client_tcp(r.choice((25, 25, 587, 993)))
        if kind == "ssh":
            return self.client_tcp(22)
        if kind == "ntp":
            return self.packet(UDP, 76, r.choice((123, self.high())), 123)
        if kind == "voice":
            return self.packet(UDP, self.voice_length, r.randrange(10000, 20000), r.randrange(10000, 20000), None, r.choice(self.peers), dscp=46)
        if kind == "game":
            return self.packet(UDP, int(r.lognormvariate(4.5, 0.4)) + 28, self.high(), self.udp_port, None, r.choice(self.visitors))
        if kind == "tunnel":
            return self.packet(UDP, 60 + 16 * r.randrange(1, 87), self.tunnel, 51820, None, self.peers[0])
        if kind == "ping":
            kind = r.choice(((8, 0), (3, 3), (11, 0)) if self.family == 4 else ((128, 0), (1, 4), (3, 0)))
            return self.packet(ICMP if self.family == 4 else ICMP6, r.choice((84, 60, 56, 92)), icmp=kind)
        if kind == "fragments":
            return self.packet(UDP, r.randrange(60, 1500), fragment=r.choice((IS, IS | LAST)), src=r.choice(self.visitors))
        return self.packet(TCP, r.choice((40, 44, 60)), self.high(), r.randrange(1, 65536), SYN)


# --- attacks: each draws its own law and gives a function that draws packets ---------------------------------------------

def amplification(n):
    r, (port, (low, high)) = n.r, n.r.choice(sorted(REFLECTORS.items()))
    dport = r.choice((None, None, n.high(), 80))
    reflectors = [n.anybody() for _ in range(r.randrange(50, 3000))]

    def one():
        size, src = r.randrange(low, high + 1) + 28, r.choice(reflectors)
        later = size > 1500 and r.random() < 1 - 1500 / size
        if later:
            return n.packet(UDP, r.choice((1500, size % 1480 + 40)), src=src, fragment=r.choice((IS, IS | LAST)))
        return n.packet(UDP, min(size, 1500), port, dport or n.high(), None, src, fragment=FIRST if size > 1500 else 0)
    return one


def syn_flood(n):
    r, port, length = n.r, n.r.choice((443, 80, 22, 25, n.udp_port)), n.r.choice((40, 40, 44, 48, 52, 60))
    return lambda: n.packet(TCP, length, n.high(), port, SYN)


def tcp_reflection(n):
    r, port = n.r, n.r.choice((80, 443, 22, 21, 179, 8080))
    length, dport = r.choice((40, 44, 60)), r.choice((None, n.high()))
    return lambda: n.packet(TCP, length, port, dport or n.high(), SYN | ACK if r.random() < 0.9 else RST | ACK)


def odd_flags(n):
    flags, port = n.r.choice((0, FIN | PSH | 32, RST, SYN | FIN, ACK | 32, PSH)), n.r.choice((None, 80, 443))
    return lambda: n.packet(TCP, 40, n.high(), port or n.high(), flags)


def ack_flood(n):
    r, port, length = n.r, n.r.choice((443, 80, 53)), n.r.choice((40, 552, 1064))
    return lambda: n.packet(TCP, length, n.high(), port, ACK)


def udp_flood(n):
    r, port = n.r, n.r.choice((None, None, 80, 443, 53, n.udp_port))
    low = r.choice((29, 46, 128, 540, 1028, 1052))
    high = low + r.choice((0, 0, 40, 200))
    return lambda: n.packet(UDP, r.randrange(low, high + 1), n.high(), port or r.randrange(1, 65536))


def pings(n):
    length = n.r.choice((60, 84, 540, 1052, 1500))
    return lambda: n.packet(ICMP if n.family == 4 else ICMP6, length, icmp=(8, 0) if n.family == 4 else (128, 0))


def fragments(n):
    proto, first = n.r.choice((UDP, UDP, TCP)), n.high()
    length = n.r.choice((28, 540, 1500))
    return lambda: n.packet(proto, length, fragment=n.r.choice((IS, IS, IS | LAST))) if n.r.random() < 0.9 else \
        n.packet(proto, length if length > 44 else 48, first, n.high(), SYN if proto == TCP else None, fragment=FIRST)


def other_protocol(n):
    proto, length = n.r.choice((47, 4, 50, 0xff, 94, 103)), n.r.choice((60, 532, 1052))
    return lambda: n.packet(proto, length)


def botnet(n):
    """Whole connections to the web server, from a few networks."""
    r, wide = n.r, 96 if n.family == 6 else 16
    provider = n.anybody() >> wide << wide
    nets = [provider | r.getrandbits(16) << (80 if n.family == 6 else 0) for _ in range(60)]

    def one():
        p = n.client_tcp(443)
        p.src = r.choice(nets)
        return p
    return one


def carpet(n):
    """Over the whole /24, or /48."""
    other = n.r.choice((amplification, udp_flood, syn_flood))(n)
    n.hosts = [n.base | n.r.randrange(1, 255) for _ in range(20)]

    def one():
        p = other()
        p.dst = n.base | n.r.getrandbits(80 if n.family == 6 else 8)
        return p
    return one


def several(n):
    vectors = [n.r.choice((amplification, amplification, syn_flood, udp_flood, tcp_reflection, fragments, pings))(n)
               for _ in range(n.r.randrange(2, 6))]
    return lambda: n.r.choice(vectors)()


def mimic(n):
    """What the network has itself, from anybody: nothing in the headers tells it apart."""
    law = n.r.sample([k for k in n.kinds if k not in ("tunnel",)], 1)[0]
    kinds, weights = n.kinds, n.weights

    def one():
        n.kinds, n.weights = [law], [1]
        p = n.usual()
        n.kinds, n.weights = kinds, weights
        p.src = n.anybody() if n.r.random() < 0.5 else p.src
        return p
    one.share = weights[kinds.index(law)] / sum(weights)
    return one


ATTACKS = (amplification, syn_flood, tcp_reflection, odd_flags, ack_flood, udp_flood, pings, fragments, other_protocol, botnet, carpet,
           several, mimic)


def mixtures(how_many, seed):
    """(name, network, attack): every kind in turn, both families."""
    for i in range(how_many):
        kind = ATTACKS[i % len(ATTACKS)]
        n = Net(f"{seed}/{i}", 6 if i // len(ATTACKS) % 3 == 2 else 4)
        yield f"{kind.__name__} {i} v{n.family}", n, kind(n)
