# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a *.scenario file: what happens when, and what must then be seen.  README.md has the language."""
import ipaddress
import re


class Mistake(Exception):
    """A line that is not understood."""


def seconds(word):
    if word == "end":
        return float("inf")
    m = re.fullmatch(r"([0-9.]+)(ms|s|m)?", word)
    if not m:
        raise Mistake(f"'{word}' is no duration (5s, 200ms)")
    return float(m.group(1)) * {"ms": 0.001, "s": 1, "m": 60, None: 1}[m.group(2)]


class Action:
    def __init__(self, line, at, verb, words):
        self.line, self.at, self.verb, self.words = line, at, verb, words
        self.done = False


class Flood(Action):
    """`at 2s flood udp-amp 192.0.2.80 via both pps 20000 for 6s sources 100 pulse 500ms 2s`"""

    def __init__(self, line, at, words):
        super().__init__(line, at, "flood", words)
        if len(words) < 2:
            raise Mistake("flood KIND TARGET [via a|b|both] [pps N] [for D] [sources N] [pulse ON OFF]")
        self.kind, self.target = words[0], words[1]
        self.via, self.pps, self.length, self.sources, self.pulse = "both", 20000, 6.0, 100, None
        rest = words[2:]
        while rest:
            key, value = rest[0], rest[1] if len(rest) > 1 else ""
            rest = rest[2:]
            if key == "via" and value in ("a", "b", "both"):
                self.via = value
            elif key == "pps":
                self.pps = int(value)
            elif key == "for":
                self.length = seconds(value)
            elif key == "sources":
                self.sources = int(value)
            elif key == "pulse" and rest:
                self.pulse = (seconds(value), seconds(rest.pop(0)))
            else:
                raise Mistake(f"flood: '{key} {value}' not understood")
        self.first = self.last = self.process = None    # ms of the first and last packet
        self.over = False       # told to end
        self.sent = 0

    @property
    def victim(self):
        return ipaddress.ip_network(self.target)


class Expect:
    """One `expect` line, judged for the flood above it."""

    def __init__(self, line, flood, kind, **more):
        self.line, self.flood, self.kind = line, flood, kind
        self.within = more.pop("within", None)
        self.__dict__.update(more)
        self.ok = None          # None: not known yet
        self.why = ""


EXPECTS = (
    ("route", r"(?P<upstream>upstream-[ab]) (?P<what>rtbh|flowspec) (?P<prefix>\S+) within (?P<within>\S+)"),
    ("dropped", r"dropped at (?P<upstream>upstream-[ab])( to (?P<rate>\d+) pps)? within (?P<within>\S+)"),
    ("nothing", r"(?P<upstream>upstream-[ab]) nothing"),
    ("nobody", r"nobody else"),
    ("clients", r"clients of (?P<who>others|\S+) lose (?P<loss>nothing|at most (?P<percent>[0-9.]+)%)"),
    ("withdrawn", r"withdrawn within (?P<within>\S+)"),
    ("full", r"line full at (?P<upstream>upstream-[ab])"),
    ("held", r"session (?P<upstream>upstream-[ab]) held until (?P<until>\S+)"),
    ("returns", r"session (?P<upstream>upstream-[ab]) lost and back within (?P<within>\S+)"),
    ("alarm", r"alarm (?P<upstream>upstream-[ab]) names (?P<words>.+)"),
    ("back", r"(?P<upstream>upstream-[ab]) (?P<what>rtbh|flowspec) (?P<prefix>\S+) back with the session within (?P<within>\S+)"),
    ("filtered", r"filtered at (?P<upstream>upstream-a) (?P<prefix>\S+)"),
    ("marked", r"(?P<what>bgp|exports) marked"),
    ("steady", r"nothing flaps"),
    ("audit", r"audit ok"),
    ("engine", r"engine up"),
)


def expectation(line, text, flood):
    for kind, pattern in EXPECTS:
        m = re.fullmatch(pattern, text)
        if not m:
            continue
        more = m.groupdict()
        if more.get("within"):
            more["within"] = seconds(more["within"])
        if more.get("until"):
            more["until"] = seconds(more["until"])
        if more.get("prefix"):
            more["prefix"] = str(ipaddress.ip_network(more["prefix"]))
        if flood is None and kind in ("route", "dropped"):
            raise Mistake("expect before any flood")
        return Expect(line, flood, kind, **more)
    raise Mistake(f"'expect {text}' is not understood; see README.md")


VERBS = ("line", "clients", "kill", "stop", "start", "show", "seawall", "wait")


class Scenario:
    def __init__(self, path, longer=1.0):
        self.policy, self.actions, self.expects, self.title = "main", [], [], ""
        self.standing = 0       # announcements by hand that stand already
        self.line = self.hold = None    # what the lines carry; seconds, upstream-a's hold time
        flood = None
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            text = line.split("#", 1)[0].split()
            if not text:
                self.title = self.title or line.lstrip("# ").strip()
                continue
            try:
                if text[0] == "policy" and len(text) == 2:
                    self.policy = text[1]
                elif text[0] == "standing" and len(text) == 2:
                    self.standing = int(text[1])
                elif text[0] == "line" and len(text) in (2, 3):
                    self.line = text[1:]
                elif text[0] == "hold" and len(text) == 2:
                    self.hold = int(seconds(text[1]))
                elif text[0] == "expect":
                    self.expects.append(expectation(number, " ".join(text[1:]), flood))
                elif text[0] == "at" and len(text) >= 3 and text[2] == "flood":
                    flood = Flood(number, seconds(text[1]), text[3:])
                    self.actions.append(flood)
                elif text[0] == "at" and len(text) >= 3 and text[2] in VERBS:
                    self.actions.append(Action(number, seconds(text[1]), text[2], text[3:]))
                else:
                    raise Mistake(f"'{text[0]}' is not understood; see README.md")
            except (Mistake, ValueError) as e:
                raise Mistake(f"{path}:{number}: {e}") from None

        self.stretch(longer)

    def stretch(self, times):
        """The same story, slower: for those who have minutes."""
        for a in self.actions:
            a.at *= times
            if isinstance(a, Flood):
                a.length *= times
        for x in self.expects:
            if x.kind == "held":
                x.until *= times

    @property
    def floods(self):
        return [a for a in self.actions if isinstance(a, Flood)]
