# SPDX-License-Identifier: GPL-3.0-or-later
"""What the runner looks at: files that grow, the audit log, attack packets at the edge, routes at the upstreams."""
import bisect
import glob
import json
import os
import re
import subprocess
import time
from datetime import datetime

NET = os.environ.get("SEAWALL_LAB_NET", "sw")    # what the names of the lab's namespaces begin with
STATE = os.environ.get("SEAWALL_LAB_STATE", "/run/seawall-lab" + ("" if NET == "sw" else f"-{NET}"))     # as `lab` has it
QUIET_MS = 1000.0       # so long without attack packets (above the rate) is "dropped"
POLL_S = {"upstream-a": 0.1, "upstream-b": 0.25}


class Tail:
    """New whole lines of a file of JSON objects, which may not exist yet."""

    def __init__(self, path):
        self.path, self.at = path, 0

    def new(self):
        try:
            with open(self.path, "rb") as f:
                f.seek(self.at)
                data = f.read()
        except FileNotFoundError:
            return []
        data = data[:data.rfind(b"\n") + 1]
        self.at += len(data)
        return [json.loads(line) for line in data.splitlines()]


class Audit:
    """The log's records, as they stand in its files."""

    def __init__(self, directory):
        self.directory, self.tails, self.records = directory, {}, []

    @staticmethod
    def ms(record):
        return datetime.fromisoformat(record["t"].replace("Z", "+00:00")).timestamp() * 1000

    def new(self):
        out = []
        for path in sorted(glob.glob(os.path.join(self.directory, "*.jsonl"))):
            out += self.tails.setdefault(path, Tail(path)).new()
        self.records += out
        return out


class Seen:
    """Blocks of attack packets that arrived at the edge, by interface."""

    def __init__(self, path):
        self.tail, self.blocks = Tail(path), {}

    def look(self):
        for b in self.tail.new():
            self.blocks.setdefault(b["if"], []).append((b["first"], b["last"], b["n"]))

    def count(self, interface, begin, end):
        blocks = self.blocks.get(interface, [])
        return sum(n for _, _, n in blocks[bisect.bisect_left(blocks, (begin,)):bisect.bisect_left(blocks, (end,))])

    def dropped(self, interface, flood, pps):
        """When the flood ceased to arrive although it was still sent; None: it did not (yet)."""
        if flood.first is None:
            return None
        end = flood.last if flood.last is not None else time.time() * 1000 - 300
        blocks = [b for b in self.blocks.get(interface, []) if b[0] >= flood.first - 1]
        allowed = pps * QUIET_MS / 1000
        for i, (_, last, _) in enumerate(blocks):
            if last + QUIET_MS > end:
                return None
            if i + 1 < len(blocks) and blocks[i + 1][0] < last + QUIET_MS and \
               self.count(interface, last + 0.001, last + QUIET_MS) > allowed:
                continue
            return last
        return None


class Upstreams:
    """Routes beyond our own prefixes, read at the upstreams: {(kind, prefix)}."""

    def __init__(self, state, own):
        self.state, self.own = state, set(own)
        self.have = {"upstream-a": {}, "upstream-b": {}}         # (kind, prefix): first seen, ms
        self.ever = {"upstream-a": set(), "upstream-b": set()}
        self.first = {}                                          # every sighting: (upstream, kind, prefix, ms)
        self.next = {"upstream-a": 0.0, "upstream-b": 0.0}
        self.emptied = None
        self.readable = {"upstream-a": True, "upstream-b": True}

    def read_a(self):
        text = ""
        for table in ("master4", "master6", "flowtab4", "flowtab6"):
            r = subprocess.run(["birdc", "-s", f"{self.state}/upstream-a.ctl", "show", "route", "table", table],
                               capture_output=True, text=True, timeout=60)
            if r.returncode:
                return None
            text += r.stdout
        found = {("rtbh", m) for m in re.findall(r"(?m)^(\S+/\d+)\s+blackhole", text)}
        found |= {("flowspec", m) for m in re.findall(r"(?m)^flow[46] \{.*?\bdst (\S+?);", text)}
        return found

    def read_b(self):
        found = set()
        for family in ("ipv4", "ipv6"):
            r = subprocess.run(["ip", "netns", "exec", f"{NET}-upstream-b", "vtysh", "--vty_socket", f"{self.state}/frr",
                                "-c", f"show bgp {family} unicast json"], capture_output=True, text=True, timeout=60)
            if r.returncode or not r.stdout.strip():
                return None
            found |= {("rtbh", p) for p in json.loads(r.stdout).get("routes", {})}
        return found

    def look(self):
        for upstream, read in (("upstream-a", self.read_a), ("upstream-b", self.read_b)):
            if time.monotonic() < self.next[upstream]:
                continue
            self.next[upstream] = time.monotonic() + POLL_S[upstream]
            found = read()
            self.readable[upstream] = found is not None
            if found is None:
                continue
            now, have = time.time() * 1000, self.have[upstream]
            found = {(k, p) for k, p in found if k == "flowspec" or p not in self.own}
            for key in found - have.keys():
                have[key] = now
                self.first.setdefault((upstream, *key), []).append(now)
            for key in have.keys() - found:
                del have[key]
            self.ever[upstream] |= found
        if any(self.have.values()):
            self.emptied = None
        elif self.emptied is None:
            self.emptied = time.time() * 1000

    def since(self, upstream, kind, prefix, after):
        """When the route was first seen at the upstream after `after`, or stood already; None: not."""
        if after is None:
            return None
        times = [t for t in self.first.get((upstream, kind, prefix), []) if t >= after]
        return times[0] if times else None

    def empty_since(self, after):
        if any(self.have.values()) or self.emptied is None or not any(self.ever.values()):
            return None
        return max(self.emptied, after)

    def extra(self):
        return {u: sorted(have) for u, have in self.have.items() if have}


class Sessions:
    """The BGP sessions as the edge's BIRD sees them, each change: {upstream: [(ms, established)]}."""
    PROTOCOL = {"upstream-a": "transit_a", "upstream-b": "transit_b"}

    def __init__(self, state):
        self.state, self.next = state, 0.0
        self.changes = {u: [] for u in self.PROTOCOL}

    def look(self):
        if time.monotonic() < self.next:
            return []
        self.next = time.monotonic() + 0.25
        r = subprocess.run(["birdc", "-s", f"{self.state}/edge.ctl", "show protocols"], capture_output=True, text=True, timeout=60)
        news = []
        for upstream, protocol in self.PROTOCOL.items():
            m = re.search(rf"(?m)^{protocol} .*", r.stdout)
            had = self.changes[upstream]
            up = bool(m) and "Established" in m.group(0)
            if m and (not had or had[-1][1] != up):
                had.append((time.time() * 1000, up))
                news.append((upstream, up))
        return news

    def up(self, upstream):
        return bool(self.changes[upstream]) and self.changes[upstream][-1][1]

    def losses(self, upstream):
        """[(when it was lost, when it was back or None)]"""
        c = self.changes[upstream]
        return [(t, c[i + 1][0] if i + 1 < len(c) else None) for i, (t, up) in enumerate(c) if not up]
