# SPDX-License-Identifier: GPL-3.0-or-later
"""FlowSpec rules by what they match, so that rules that say one thing in different words are equal.

A rule is {"dst": P, "src": P, 3..13: set of values, "actions": set}: a numeric component as the intervals it takes (sorted,
apart), TCP flags and fragments as a table of truth over all their values.  Written from RFC 8955 and 8956; nothing of
Seawall's own code is used, so both cannot be wrong together.
"""
import functools
import ipaddress
import random
import re
import struct

NAMES = {3: "proto", 4: "port", 5: "dport", 6: "sport", 7: "icmp_type", 8: "icmp_code", 9: "tcp_flags", 10: "length",
         11: "dscp", 12: "fragment", 13: "label"}
TYPES = {name: number for number, name in NAMES.items()}
TOP = {3: 255, 4: 65535, 5: 65535, 6: 65535, 7: 255, 8: 255, 9: 0xfff, 10: 65535, 11: 63, 12: 15, 13: (1 << 20) - 1}
BITS = {9: 12, 12: 4}			# RFC 8955 4.2.2.9 and 4.2.2.12
FRAGMENTS = {"dont": 1, "is": 2, "first": 4, "last": 8}


# --- sets of numbers ------------------------------------------------------------------------------------

def union(intervals):
    out = []
    for low, high in sorted(i for i in intervals if i[0] <= i[1]):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return tuple(out)


def both(a, b):
    return union((max(x[0], y[0]), min(x[1], y[1])) for x in a for y in b)


def compared(kind, op, value):
    """What one operator of RFC 8955 4.2.1.1 (lt 4, gt 2, eq 1) leaves of a component."""
    top, out = TOP[kind], []
    if op & 4:
        out.append((0, min(value - 1, top)))
    if op & 2:
        out.append((value + 1, top))
    if op & 1 and value <= top:
        out.append((value, value))
    return union(out)


# --- tables of truth: bit n of the number says whether the value n is taken -----------------------------------

@functools.lru_cache(None)
def everything(kind):
    return (1 << (1 << BITS[kind])) - 1


@functools.lru_cache(None)
def having(kind, bit):
    """The values with this bit set."""
    return sum(1 << v for v in range(1 << BITS[kind]) if v >> bit & 1)


@functools.lru_cache(None)
def masked(kind, op, value):
    """One operator of RFC 8955 4.2.1.2 (not 2, match 1)."""
    bits = [having(kind, b) for b in range(BITS[kind]) if value >> b & 1]
    if op & 1:
        out = functools.reduce(int.__and__, bits, everything(kind))
        out = 0 if value >> BITS[kind] else out
    else:
        out = functools.reduce(int.__or__, bits, 0)
    return everything(kind) & ~out if op & 2 else out


def taken(kind, terms):
    """[(and, op, value)...] -> what the component takes; AND binds closer than OR, and the first's is not looked at."""
    out = None
    group = None
    one, meet, join = (masked, int.__and__, int.__or__) if kind in BITS else \
        (compared, both, lambda a, b: union(a + b))
    for i, (is_and, op, value) in enumerate(terms):
        this = one(kind, op, value)
        if i and is_and:
            group = meet(group, this)
        else:
            out = group if out is None else out if group is None else join(out, group)
            group = this
    return group if out is None else join(out, group)


def prefix(text):
    return str(ipaddress.ip_network(text))


def float32(value):
    return struct.unpack("!f", struct.pack("!f", value))[0]


# --- what a text in BIRD's syntax says ----------------------------------------------------------------------

WORDS = {"next header": 3, "proto": 3, "port": 4, "dport": 5, "sport": 6, "icmp type": 7, "icmp code": 8, "tcp flags": 9,
         "length": 10, "dscp": 11, "fragment": 12, "label": 13}
COMPARED = {"<": 4, "<=": 5, ">": 2, ">=": 3, "=": 1, "": 1, "!=": 6}


def bird_term(kind, text):
    """One term of BIRD's: "53", "> 1023", "8000..8999", "0x02/0x12" (these set, those not), "!is_fragment"."""
    if kind not in BITS:
        op, low, high = re.fullmatch(r"([<>=!]*)\s*(\d+)(?:\.\.(\d+))?", text).groups()
        return compared(kind, COMPARED[op], int(low)) if high is None else union([(int(low), int(high))])
    negated, text = text.startswith("!"), text.lstrip("! ")
    if kind == 12:
        out = masked(12, 0, FRAGMENTS[text.split("_")[0]])
    else:
        value, mask = (int(x, 16) for x in text.split("/"))
        out = masked(9, 1, value) & masked(9, 2, mask & ~value)
    return everything(kind) & ~out if negated else out


def from_bird(text):
    """The body of BIRD's flow block; raises ValueError where BIRD cut it."""
    out = {}
    if text.endswith("..."):
        raise ValueError("cut")
    for part in filter(None, (p.strip() for p in text.split(";"))):
        name = next((n for n in (*WORDS, "dst", "src") if part.startswith(n + " ")), None)
        if name is None:
            raise ValueError(part)
        rest = part[len(name) + 1:].strip()
        if name in ("dst", "src"):
            out[name] = prefix(rest)
            continue
        kind = WORDS[name]
        meet, join = (int.__and__, int.__or__) if kind in BITS else (both, lambda a, b: union(a + b))
        groups = [functools.reduce(meet, (bird_term(kind, t.strip()) for t in g.split("&&"))) for g in re.split(r"\|\||,", rest)]
        out[kind] = functools.reduce(join, groups)
    return out


# --- what Seawall's own form says -------------------------------------------------------------------------

def flags_of(alternatives):
    """[(value, mask)...]: any of them."""
    out = 0
    for value, mask in alternatives:
        out |= masked(9, 1, value) & masked(9, 2, mask & ~value)
    return out


def fragment_of(text):
    """ "is&!last" """
    return functools.reduce(int.__and__, (masked(12, 2 * t.startswith("!"), FRAGMENTS[t.lstrip("!")]) for t in text.split("&")))


def from_json(rule):
    """The JSON of INTERFACE.md."""
    if rule["kind"] != "flowspec":
        return {"dst": prefix(rule["prefix"])}
    out = {}
    for key, value in rule["match"].items():
        if key in ("dst", "src"):
            out[key] = prefix(value)
        elif key == "tcp_flags":
            every = value if isinstance(value, list) else [value]
            out[9] = flags_of([(f["value"], f["mask"]) for f in every])
        elif key == "fragment":
            out[12] = functools.reduce(int.__or__, map(fragment_of, value))
        else:
            out[TYPES[key]] = union(tuple(r) for r in value)
    out["actions"] = actions_of(rule["action"])
    return out


def actions_of(action):
    out = set()
    if "rate" in action:
        out.add(("rate", float32(action["rate"] / 8)))
    if "redirect" in action:
        out.add(("redirect", action["redirect"]))
    if "mark" in action:
        out.add(("mark", action["mark"]))
    if "sample" in action or "terminal" in action:
        out.add(("action", 2 * action.get("sample", False) | action.get("terminal", False)))	# RFC 8955 7.3
    return frozenset(out)


# --- for people ---------------------------------------------------------------------------------------

def words(rule):
    out = []
    for key in ("dst", "src", *sorted(k for k in rule if isinstance(k, int))):
        if key not in rule:
            continue
        value = rule[key]
        if key in BITS:
            value = f"{value:x}" if key == 12 else f"{hash(value) & 0xffffffff:08x}"
        elif isinstance(value, tuple):
            value = ",".join(str(a) if a == b else f"{a}..{b}" for a, b in value)
        out.append(f"{NAMES.get(key, key)} {value}")
    return "; ".join(out) + "".join(f" [{' '.join(map(str, a))}]" for a in sorted(rule.get("actions", ()), key=str))


def network(rule):
    """A rule without its actions, as a key."""
    return tuple(sorted(((str(k), v) for k, v in rule.items() if k != "actions")))


# --- rules by chance ------------------------------------------------------------------------------------

def some_ranges(rng, low, high, most):
    """Sorted, apart by more than one, as a canonical rule has them."""
    n = rng.choice((1, 1, 1, 2, 3, most))
    points = sorted(rng.sample(range(low, high + 1), min(2 * n, high - low + 1)))
    out = []
    for a, b in zip(points[::2], points[1::2]):
        b = a if rng.random() < 0.5 else b
        if not out or a > out[-1][1] + 1:
            out.append([a, b])
    if rng.random() < 0.1:
        out[0][0] = low
    if rng.random() < 0.1:
        out[-1][1] = high
    return out


def some_prefix(rng, inside, lengths):
    net = ipaddress.ip_network(inside)
    length = rng.choice(lengths)
    size = net.max_prefixlen
    host = rng.getrandbits(size - net.prefixlen)
    address = int(net.network_address) | host >> (size - length) << (size - length)
    return str(ipaddress.ip_network((address, length)))


def some_fragments(rng, six):
    """Terms of bits that are set and not set; IPv6 has no bit against fragments (RFC 8956 3.6)."""
    bits = ["is", "first", "last"] + ["dont"] * (not six)
    return ["&".join(rng.choice(("", "", "!")) + b for b in rng.sample(bits, rng.choice((1, 1, 1, 2)))) for _ in range(rng.choice((1, 1, 2, 3)))]


def some_flags(rng):
    out = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        mask = rng.choice((rng.randrange(1, 0x100), rng.randrange(1, 0x1000), 1 << rng.randrange(12)))
        out.append({"mask": mask, "value": rng.getrandbits(12) & mask})
    return out[0] if len(out) == 1 else out


def some_places(rng):
    """Two of each form: what a profile names to redirect to, and as many as it can."""
    def address():
        return ipaddress.IPv4Address(rng.randrange(1, 1 << 32))
    return [place for _ in range(2) for place in (
        f"{rng.randrange(1, 1 << 16)}:{rng.getrandbits(32)}", f"{address()}:{rng.getrandbits(16)}",
        f"{rng.randrange(1 << 16, 1 << 32)}:{rng.getrandbits(16)}", str(address()))]


def places(rules):
    """That these are sent to."""
    return sorted({r["action"]["redirect"] for r in rules if "redirect" in r["action"]})


def some_action(rng, to):
    if rng.random() < 0.15:
        return {"rate": 0, **{k: True for k in ("sample", "terminal") if rng.random() < 0.3}}
    out = {}
    if rng.random() < 0.5:
        out["rate"] = rng.choice((8, 10**12, rng.randrange(1, 10**11), rng.random() * 1e6, rng.random() * 1e12))
    if rng.random() < 0.3:
        out["redirect"] = rng.choice(to)
    if rng.random() < 0.3:
        out["mark"] = rng.randrange(64)
    out.update({k: True for k in ("sample", "terminal") if rng.random() < 0.2})
    return out or {"rate": rng.randrange(1, 10**11)}


def some_rule(rng, to, pairs=8):
    """Every component and every action that Seawall's rules can have, in any combination."""
    six = rng.random() < 0.5
    match = {"dst": some_prefix(rng, "2001:db8:40::/44", (44, 48, 56, 57, 64, 96, 127, 128)) if six else
             some_prefix(rng, rng.choice(("192.0.2.0/24", "198.51.100.0/24")), (24, 25, 28, 31, 32))}
    if rng.random() < 0.3:
        match["src"] = some_prefix(rng, "2001:db8::/32", (32, 33, 48, 63, 64, 128)) if six else \
            some_prefix(rng, "0.0.0.0/0", (1, 7, 8, 9, 16, 23, 24, 32))
    for name, low, high, chance in (("proto", 0, 255, 0.5), ("port", 0, 65535, 0.15), ("dport", 0, 65535, 0.3),
                                    ("sport", 0, 65535, 0.3), ("icmp_type", 0, 255, 0.15), ("icmp_code", 0, 255, 0.15),
                                    ("length", 20, 65535, 0.25), ("dscp", 0, 63, 0.15), ("label", 0, 65535, 0.15 * six)):
        if rng.random() < chance:
            match[name] = some_ranges(rng, low, high, pairs)
            if match[name] == [[low, high]]:		# says nothing of packets that all have it: Seawall leaves it out
                match[name] = [[low, low]]
    if rng.random() < 0.25:
        match["tcp_flags"] = some_flags(rng)
    if rng.random() < 0.2:
        match["fragment"] = some_fragments(rng, six)
    return {"type": "rule", "kind": "flowspec", "family": 6 if six else 4, "match": match, "action": some_action(rng, to)}


def sensible(rule):
    """Bits that take nothing or everything are no rule."""
    return all(rule.get(kind) not in (0, everything(kind)) for kind in BITS)


def some_rules(seed, n):
    rng, seen = random.Random(seed), {}
    to = some_places(rng)
    while len(seen) < n:
        rule = some_rule(rng, to)
        said = from_json(rule)
        if sensible(said):
            seen.setdefault(network(said), rule)
    return list(seen.values())
