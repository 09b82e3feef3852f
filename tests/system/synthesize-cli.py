#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`seawall synthesize` as a user meets it: attacks that headers tell apart, one that they do not, exports in place of packets, both
families, budgets, an upstream's fields, files that are none.  What the rules say is counted again here, packet by packet, over
packets that the program has not seen.  Part of make check."""
import ipaddress
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import exports          # noqa: E402

SEAWALL = os.path.join(os.environ.get("top_builddir", "."), "seawall")
TOP = os.environ.get("top_srcdir", ".")
UDP, TCP = 17, 6
WEB, WEB6 = "192.0.2.80", "2001:db8:40::80"
FIELDS = ("proto", "sport", "dport", "length")
os.environ["SEAWALL_DATADIR"] = os.path.realpath(TOP)
failed = 0


def expect(what, ok, detail=""):
    global failed
    print(("ok   " if ok else "FAIL ") + what + ("" if ok else f": {detail}"))
    failed += not ok


# --- traffic: (src, dst, proto, sport, dport, length, flags) ---------------------------------------------------------

def somebody(six):
    if six:
        return str(ipaddress.IPv6Address((0x2a00 << 112) + random.getrandbits(100)))
    return str(ipaddress.IPv4Address(random.randrange(0x0b000000, 0xdf000000)))


def visitor(six=False):
    """Of a member's web server that also resolves names: small answers from port 53, QUIC and TCP from anywhere."""
    dst, sport = WEB6 if six else WEB, random.randrange(1024, 65536)
    kind = random.random()
    if kind < 0.05:
        return somebody(six), dst, UDP, 53, sport, random.randrange(90, 400), 0
    if kind < 0.25:
        return somebody(six), dst, UDP, sport, 443, random.randrange(60, 1300), 0
    flags, length = random.choice(((0x02, 60), (0x10, 52), (0x18, random.randrange(100, 1500))))
    return somebody(six), dst, TCP, sport, random.choice((80, 443, 443)), length + (20 if six else 0), flags


def dns_amplified(six=False):
    return somebody(six), WEB6 if six else WEB, UDP, 53, random.randrange(1024, 65536), random.randrange(1100, 1500), 0


def from_port(port, length):
    return lambda: (somebody(False), WEB, UDP, port, random.randrange(1024, 65536), length, 0)


def l4(proto, sport, dport, room, flags):
    if proto == UDP:
        return struct.pack(">HHHH", sport, dport, room, 0) + bytes(room - 8)
    return struct.pack(">HHIIBBHHH", sport, dport, 0, 0, 0x50, flags, 1000, 0, 0) + bytes(room - 20)


def packet(src, dst, proto, sport, dport, length, flags):
    a, b = ipaddress.ip_address(src).packed, ipaddress.ip_address(dst).packed
    if len(a) == 16:
        return struct.pack(">IHBB", 6 << 28, length - 40, proto, 60) + a + b + l4(proto, sport, dport, length - 40, flags)
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 1, 0, 60, proto, 0, a, b) + l4(proto, sport, dport, length - 20, flags)


def pcap(path, packets):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for i, p in enumerate(packets):
            f.write(struct.pack("<IIII", 1795305600 + i // 1000, i % 1000 * 1000, len(p), len(p)) + p)
    return path


def exported(traffic):
    """The same as NetFlow 5, a record a packet."""
    for i in range(0, len(traffic) // 30 * 30, 30):
        records = b"".join(struct.pack(">4s4sIHHIIIIHHBBBB8x", ipaddress.ip_address(s).packed, ipaddress.ip_address(d).packed, 0, 3, 4,
                                       1, length, 998000, 998000, sp, dp, 0, flags, proto, 0)
                           for s, d, proto, sp, dp, length, flags in traffic[i:i + 30])
        data = struct.pack(">HHIIIIHH", 5, 30, 1000000, 1795305600, 0, i, 0, 0) + records
        udp = struct.pack(">HHHH", 40000, 2055, 8 + len(data), 0) + data
        yield struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, UDP, 0, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])) + udp


def sampled(traffic):
    """The same as sFlow, a frame a packet, with its Ethernet header and its checksum."""
    for i in range(0, len(traffic) // 5 * 5, 5):
        frames = [(bytes(12) + b"\x08\x00" + packet(*t)).ljust(60, b"\0") + bytes(4) for t in traffic[i:i + 5]]
        data = exports.sflow(frames, 100, sequence=i)
        udp = struct.pack(">HHHH", 40000, 6343, 8 + len(data), 0) + data
        yield struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, UDP, 0, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])) + udp


# --- what the rules take ---------------------------------------------------------------------------------------------

def takes(rule, traffic):
    src, dst, proto, sport, dport, length, flags = traffic
    match = rule["match"]
    values = dict(zip(FIELDS, (proto, sport, dport, length)))
    terms = match.get("tcp_flags", [])
    terms = [terms] if isinstance(terms, dict) else terms
    return (ipaddress.ip_address(dst) in ipaddress.ip_network(match["dst"]) and
            ("src" not in match or ipaddress.ip_address(src) in ipaddress.ip_network(match["src"])) and
            all(any(a <= values[f] <= b for a, b in match[f]) for f in FIELDS if f in match) and
            (not terms or (proto == TCP and any(flags & t["mask"] == t["value"] for t in terms))))


def share(rules, traffic):
    return sum(any(takes(r, t) for r in rules) for t in traffic) / len(traffic)


def synthesize(*args, conf=None):
    p = subprocess.run([SEAWALL, *(("-c", conf) if conf else ()), "--json", "synthesize", *args], capture_output=True, text=True,
                       timeout=300, check=False)
    lines = [json.loads(line) for line in p.stdout.splitlines()]
    rules = [r for r in lines if r["type"] == "rule"]
    return p.returncode, rules, next((s for s in lines if s["type"] == "summary"), {}), p.stderr


def many(n, *makers):
    return [makers[i % len(makers)]() for i in range(n)]


def main(directory):
    def at(name):
        return os.path.join(directory, name)

    reference, unseen = many(9000, visitor), many(20000, visitor)
    pcap(at("usual"), [packet(*t) for t in reference])

    attack = many(6000, dns_amplified)
    pcap(at("dns"), [packet(*t) for t in attack])
    status, rules, summary, err = synthesize("--attack", at("dns"), "--reference", at("usual"))
    expect("DNS amplification: rules, exit 0", status == 0 and rules and summary["separable"], (status, summary, err))
    expect("at most four, of the form that INTERFACE says", len(rules) <= 4 and all(
        {"type", "family", "match", "action", "bird", "attack_share", "reference_share"} <= set(r) and r["family"] == 4 and
        r["match"]["dst"] == f"{WEB}/32" and r["bird"].startswith("flow4 {") and r["action"] == {"rate": 0} for r in rules), rules)
    expect("they take 99 of 100 packets that were not seen", share(rules, many(5000, dns_amplified)) >= 0.99, rules)
    expect("and of 20,000 visitors that were not seen no more than they promise", share(rules, unseen) <= summary["collateral_upper"] <= 0.01,
           (share(rules, unseen), summary))
    expect("what they say they take is what they take", abs(share(rules, attack) - summary["coverage"]) < 0.01, summary)
    say = [r["say"] for r in rules]
    expect("each is named, and said as people speak in both languages", all(r["vectors"] == ["dns"] for r in rules) and all(
        s["en"].startswith("drop DNS answers") and s["en"].endswith(f"going to {WEB}") and s["es"].startswith("descartar respuestas de DNS") and
        "sport" not in s["en"] + s["es"] for s in say), say)
    figures = (f"{summary['coverage'] * 100:.2f} %", f"{summary['collateral'] * 100:.3f} %", f"{summary['collateral_upper'] * 100:.3f} %",
               f"{summary['seconds']:.3f} s")
    expect("the verdict says coverage, collateral with its upper end and seconds", all(
        f in summary["say"][lang] for f in figures for lang in ("en", "es")) and summary["say"]["en"] != summary["say"]["es"], summary)
    again = synthesize("--attack", at("dns"), "--reference", at("usual"))[1]
    expect("again, the same", again == rules, again)

    vectors = [from_port(p, n) for p, n in ((123, 468), (389, 1400), (11211, 1428), (1900, 320), (19, 1052))]
    five = many(6000, *vectors)
    pcap(at("five"), [packet(*t) for t in five])
    curve = []
    for most in (1, 3, 8, 20):
        status, rules, summary, err = synthesize("--attack", at("five"), "--reference", at("usual"), "--max-rules", str(most))
        curve.append(share(rules, five))
        expect(f"five vectors, {most} rules at most: {len(rules)} take {curve[-1]:.3f}", len(rules) <= most and
               share(rules, unseen) <= 0.01, (rules, summary, err))
    names = {name for r in rules for name in r["vectors"]}
    expect("each of the five by its name", {"cldap", "memcached", "ssdp", "chargen"} < names and names & {"ntp", "ntp-monlist"} and
           len(names) == 5, names)
    expect("more rules take no less, and eight all of it", curve == sorted(curve) and curve[2] >= 0.99, curve)

    pcap(at("mimics"), [packet(*t) for t in many(6000, visitor)])
    status, rules, summary, err = synthesize("--attack", at("mimics"), "--reference", at("usual"))
    expect("who looks like a visitor cannot be told apart: exit 1", status == 1 and not summary["separable"], (status, rules, summary))
    expect("and why, with the figures, in both languages", summary["why"] in ("alike", "budget") and
           summary["say"]["en"].startswith("not separable by header: ") and summary["say"]["es"].startswith("no se puede separar") and
           all(f"{summary['seconds']:.3f} s" in say for say in summary["say"].values()), summary)
    expect("and no rule hits more visitors than it may", share(rules, unseen) <= 0.01 + 0.005, (rules, share(rules, unseen)))

    pcap(at("six"), [packet(*dns_amplified(True)) for _ in range(4000)])
    pcap(at("usual6"), [packet(*visitor(True)) for _ in range(6000)])
    status, rules, summary, err = synthesize("--attack", at("six"), "--reference", at("usual6"))
    expect("IPv6 as well", status == 0 and {r["family"] for r in rules} == {6} and rules[0]["bird"].startswith("flow6 {") and
           summary["coverage"] >= 0.99 and share(rules, [visitor(True) for _ in range(5000)]) <= 0.01, (status, rules, summary, err))

    pcap(at("dns5"), list(exported(attack)))
    pcap(at("usual5"), list(exported(reference)))
    status, rules, summary, err = synthesize("--attack", at("dns5"), "--reference", at("usual5"))
    expect("from NetFlow 5 in place of packets", status == 0 and summary["attack"]["kind"] == summary["reference"]["kind"] == "flows" and
           share(rules, many(3000, dns_amplified)) >= 0.99 and share(rules, unseen) <= 0.01, (status, rules, summary, err))

    # only its length tells it from answers of the same port
    long = lambda: (somebody(False), WEB, UDP, 53, random.randrange(1024, 65536), 1200, 0)      # noqa: E731
    pcap(at("longs"), list(sampled(many(4000, long))))
    pcap(at("usuals"), list(sampled(reference)))
    status, rules, summary, err = synthesize("--attack", at("longs"), "--reference", at("usuals"))
    expect("from sFlow, whose frames are longer than the packets that rules speak of", status == 0 and share(rules, many(3000, long)) >= 0.99 and
           any(a <= 1200 <= b < 1218 for r in rules for a, b in r["match"].get("length", [])), (status, rules, summary, err))

    p = subprocess.run([SEAWALL, "--lang", "es", "synthesize", "--attack", at("dns"), "--reference", at("usual")], capture_output=True,
                       text=True, timeout=300, check=False)
    expect("in Spanish", "las reglas distinguen el ataque de lo demás" in p.stdout and "respuestas de DNS" in p.stdout, p.stdout)

    pcap(at("few"), [packet(*visitor()) for _ in range(20)])
    status, rules, summary, err = synthesize("--attack", at("dns"), "--reference", at("few"))
    expect("twenty visitors promise nothing: exit 1, and it says so", status == 1 and not rules and summary["why"] == "no-reference",
           (status, rules, summary))
    pcap(at("everywhere"), [packet(somebody(False), somebody(False), UDP, 53, 40000, 1200, 0) for _ in range(3000)])
    status, rules, summary, err = synthesize("--attack", at("everywhere"), "--reference", at("usual"))
    expect("what goes everywhere has no target: exit 1, and no rule", status == 1 and not rules and summary["why"] == "outside",
           (status, rules, summary, err))
    times(at, attack[:2000])
    ours(at)
    odd(at)


CONF = """prefixes = ( "192.0.2.0/24" );
protected = ( %s );
members = ( { name = "Network of Funds"; prefixes = ( "192.0.2.80/32" ); blackhole = "yes"; } );
sensors = ();
routers = ( { name = "edge"; asn = "64500"; sessions = ( "192.0.2.2" ); upstreams = (
  { name = "transit-a"; protocol = "transit_a"; profile = "rfc7999"; flowspec = { max_rules = 4; }; } ); } );
"""


def ours(at):
    """With --via: whose address it is, and what is never touched."""
    def conf(name, protected=""):
        with open(at(name), "w", encoding="utf-8") as f:
            f.write(CONF % protected)
        return at(name)

    words = ("--attack", at("dns"), "--reference", at("usual"), "--via", "transit-a")
    status, rules, _, err = synthesize(*words, conf=conf("ours.conf"))
    expect("whose address it is", status == 0 and all("(Network of Funds)" in r["say"]["en"] for r in rules), (status, rules, err))
    status, rules, summary, err = synthesize(*words, conf=conf("spared.conf", f'{{ prefix = "{WEB}/32"; why = "a test"; }}'))
    expect("what is protected gets no rule, and it is said", status == 1 and not rules and summary["say"]["en"].endswith("s") and
           "no rule would help" in summary["say"]["en"], (status, rules, summary, err))
    with open(at("wrong"), "w", encoding="utf-8") as f:
        f.write('vectors = (\n  { name = "x"; }\n);\n')
    status, rules, _, err = synthesize("--attack", at("dns"), "--reference", at("usual"), "--vectors", at("wrong"))
    expect("vectors with a mistake: exit 2, and its line", status == 2 and not rules and "wrong:2: " in err, (status, err))


def pcapng(path, packets, resolution, time):
    """All at one time, in units of 10 ** -resolution seconds."""
    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))
    with open(path, "wb") as f:
        f.write(block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)))
        f.write(block(1, struct.pack("<HHI", 101, 0, 65535) + struct.pack("<HHB3xHH", 9, 1, resolution, 0, 0)))
        for p in packets:
            f.write(block(6, struct.pack("<IIIII", 0, time >> 32, time & 0xffffffff, len(p), len(p)) + p))
    return path


def times(at, attack):
    """Times that can be none cost the rules nothing."""
    for resolution, time in ((0, 2 ** 64 - 1), (0, 2 ** 63), (0, 2 ** 40), (6, 2 ** 64 - 1), (9, 1), (6, 0)):
        pcapng(at("times"), [packet(*t) for t in attack], resolution, time)
        status, rules, summary, err = synthesize("--attack", at("times"), "--reference", at("usual"))
        expect(f"packets of time {time} in 10**-{resolution} s", status == 0 and share(rules, attack) >= 0.99, (status, summary, err))


def odd(at):
    """Files that are none, and words that mean nothing."""
    with open(at("garbage"), "wb") as f:
        f.write(bytes(range(256)) * 40)
    with open(at("dns"), "rb") as f, open(at("cut"), "wb") as out:
        out.write(f.read()[:-7])
    pcap(at("empty"), [])
    for name, words in (("garbage", ("--attack", at("garbage"), "--reference", at("usual"))),
                        ("a file that is cut", ("--attack", at("cut"), "--reference", at("usual"))),
                        ("an empty capture", ("--attack", at("dns"), "--reference", at("empty"))),
                        ("no file", ("--attack", at("dns"), "--reference", at("nothing"))),
                        ("0 rules", ("--attack", at("dns"), "--reference", at("usual"), "--max-rules", "0")),
                        ("a share above 1", ("--attack", at("dns"), "--reference", at("usual"), "--max-collateral", "1.5")),
                        ("no prefix", ("--attack", at("dns"), "--reference", at("usual"), "--for", "example"))):
        status, rules, _, err = synthesize(*words)
        expect(f"{name}: exit 2 with a sentence: {err.strip().splitlines()[0][-70:] if err else ''}", status == 2 and not rules and
               "seawall" in err, (status, rules, err))


def spanish(directory):
    """A catalogue of the tree's own es.po: nothing needs to be installed."""
    place = os.path.join(directory, "locale", "es", "LC_MESSAGES")
    os.makedirs(place)
    subprocess.run(["msgfmt", "-o", os.path.join(place, "seawall.mo"), os.path.join(TOP, "po", "es.po")], check=True)
    os.environ["SEAWALL_LOCALEDIR"] = os.path.join(directory, "locale")


random.seed(20261123)
with tempfile.TemporaryDirectory() as where:
    spanish(where)
    main(where)
sys.exit(1 if failed else 0)
