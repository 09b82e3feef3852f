#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks of several shapes in the lab, and what becomes of them: which rules the upstream has, and what still arrives.

usage: timeline.py HERE STATE [--short] [--lines] [SCENE...]     called by `lab timeline`

Rules are those that upstream-a's BIRD has accepted, and its kernel drops by them (flow2nft).  What arrives is counted on the
edge's outside interface by seen(1), what is sent by flood(1), from everywhere (no prefix of sources tells it apart).
--lines prints each half second; the table at the end has a row a scene.  --short plays until mined rules have let little arrive for
some seconds, a minute at most; what the second half is judged for are those seconds.  Exit 1 when a scene had more rules than there may be,
nothing was mined, visitors lost more than a page in twenty, or too much of the attack arrived in its second half.
"""
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from watchers import NET, Audit, Seen, Tail          # noqa: E402

LINE = "to-a,02:00:00:00:0a:02,a"
HOST, NET4, NET6 = "192.0.2.80", "198.51.100.0/24", "2001:db8:40::/48"
VISITED = {HOST: HOST, NET4: "198.51.100.20", NET6: "2001:db8:40::80"}     # of what is attacked
BUDGET = 20             # of upstream-a, conf/seawall.conf.in
FIVE = ("udp-amp", "ntp", "ssdp", "memcached", "icmp")
PPS = 4000
LATE_S = 60             # a loaded machine may take so long to drop what must be dropped
SETTLED = 0.1           # share of what is sent that may still arrive when the rules are there
HOLD_S = 10             # --short: it stays so for so long; a page that is lost has failed by then (clients.py)

# name: (seconds, [(kind, target, from, to, extra options)])
SCENES = {
    "five at once": (40, [(k, HOST, 0, 40, []) for k in FIVE]),
    "five in turn, 20 s each": (200, [(FIVE[i % 5], HOST, 20 * i, 20 * i + 20, []) for i in range(10)]),
    "SYN flood, spoofed": (30, [("syn", HOST, 0, 30, [])]),
    "TCP reflection": (30, [("tcp-reflected", HOST, 0, 30, [])]),
    "fragments only": (30, [("fragments", HOST, 0, 30, [])]),
    "carpet over a /24": (40, 2 * [("carpet", NET4, 0, 40, [])]),
    "carpet over a /48": (40, 2 * [("carpet", NET6, 0, 40, [])]),
    "pulse, 3 s on, 7 s off": (60, [("udp-amp", HOST, 0, 60, ["-o", "3000", "-f", "7000"])]),
}
SHORT = ("five at once",)


class Scene:
    def __init__(self, here, state, name, short, lines):
        self.here, self.state, self.name, self.short, self.lines = here, state, name, short, lines
        self.seconds, self.floods = SCENES[name]
        if short:
            self.seconds, self.floods = LATE_S, [(k, t, b, LATE_S, m) for k, t, b, _, m in self.floods]
        self.children, self.rows, self.texts = [], [], {}

    def spawn(self, node, command, out=None):
        p = subprocess.Popen(["ip", "netns", "exec", f"{NET}-{node}", *command], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             stdout=open(out, "wb", buffering=0) if out else subprocess.DEVNULL)
        self.children.append(p)
        return p

    def rules(self):
        found = set()
        for table in ("flowtab4", "flowtab6"):
            r = subprocess.run(["birdc", "-s", f"{self.state}/upstream-a.ctl", "show", "route", "table", table],
                               capture_output=True, text=True, timeout=60)
            found |= set(re.findall(r"(?m)^(flow[46] \{.*?\})", r.stdout))
        return found

    def sent(self, begin, end):
        """Packets that were due between these, by each flood's own rate."""
        total = 0.0
        for f in self.begun:
            first, last = f["first"], f["last"] or end
            total += PPS * max(0, min(end, last) - max(begin, first)) / 1000 * f["share"]
        return total

    def start_due(self, at):
        for i, (kind, target, begin, end, more) in enumerate(self.floods):
            if i in self.started or at < begin:
                continue
            self.started.add(i)
            out = f"{self.state}/events/flood-{i}"
            p = self.spawn("internet", [f"{self.state}/bin/flood", "-S", "-p", str(PPS), "-s", str(end - begin + LATE_S),
                                        "-l", LINE, *more, kind, target], out)
            self.begun.append({"p": p, "tail": Tail(out), "end": end, "first": float("inf"), "last": None,
                               "share": float(more[1]) / (float(more[1]) + float(more[3])) if more else 1})

    def end_due(self, at):
        for f in self.begun:
            for line in f["tail"].new():
                f["first" if line["type"] == "first" else "last"] = line["t"]
            if at >= f["end"] and f["p"].poll() is None:
                f["p"].send_signal(signal.SIGTERM)

    def second(self, at, begin):
        self.seen.look()
        now = time.time() * 1000
        arrived, sent = self.seen.count("up-a", begin, now), self.sent(begin, now)
        rules = self.rules()
        for text in rules - self.standing:
            self.texts.setdefault(text, []).append(at)
            self.tell(at, "+ " + text)
        for text in self.standing - rules:
            self.tell(at, "- " + text)
        self.changes += len(rules ^ self.standing)
        self.standing = rules
        self.rows.append((at, sent, arrived, len(rules)))
        self.tell(at, f"sent {sent:7.0f}  arrived {arrived:7.0f}  rules {len(rules)}")
        return now

    def tell(self, at, what):
        if self.lines:
            print(f"{at:7.1f} s  {what}", flush=True)

    def clients_lost(self, begin):
        """Pages of who was attacked, after the rules had settled: (tried, lost)."""
        visits = [v for v in self.clients.new() if v["t"] >= begin]
        return len(visits), sum(not v["ok"] for v in visits)

    def play(self):
        self.begun, self.started, self.standing, self.changes = [], set(), set(), 0
        events = f"{self.state}/events"
        self.spawn("edge", [f"{self.state}/bin/seen", "up-a"], f"{events}/seen")
        self.spawn("internet", ["python3", f"{self.here}/clients.py", f"{events}/clients",
                                VISITED[self.floods[0][1]]])
        self.seen, self.clients, self.audit = Seen(f"{events}/seen"), Tail(f"{events}/clients"), Audit(f"{self.state}/audit")
        time.sleep(1)
        start = mark = time.time() * 1000
        at = 0.0
        while at < self.seconds and not (self.short and self.settled()):
            self.start_due(at)
            self.end_due(at)
            time.sleep(0.5)
            at = (time.time() * 1000 - start) / 1000
            mark = self.second(at, mark)
        self.lost = self.clients_lost(start + 1000 * (at - HOLD_S if self.short else 10))

    def end(self):
        for p in self.children:
            if p.poll() is None:
                p.send_signal(signal.SIGTERM)
        for p in self.children:
            try:
                p.wait(30)
            except subprocess.TimeoutExpired:
                p.kill()

    def mined(self):
        self.audit.new()
        return [r for r in self.audit.records if r["kind"] == "mined"]

    def later(self):
        """Rows of the time that is judged: the second half, or the last seconds."""
        last = self.rows[-1][0] if self.rows else 0
        return [r for r in self.rows if r[0] > (last - HOLD_S if self.short else self.seconds / 2)]

    def settled(self):
        rows = self.later()
        return len(rows) < len(self.rows) and min(r[3] for r in rows) > 0 and \
            sum(r[2] for r in rows) <= SETTLED * sum(r[1] for r in rows) and any(r["separable"] for r in self.mined())

    def judge(self):
        """What the table has, and what is wrong."""
        found = [r for r in self.mined() if r["separable"]]
        sent, arrived = sum(r[1] for r in self.rows), sum(r[2] for r in self.rows)
        half = self.later()
        later = sum(r[2] for r in half) / max(1, sum(r[1] for r in half))
        most = max(r[3] for r in self.rows)
        first = next((r[0] for r in self.rows if r[3] > 0), None)
        wrong = []
        if most > BUDGET:
            wrong.append(f"{most} rules at once")
        if not found:
            wrong.append("nothing was mined: " + "; ".join(r["say"]["en"] for r in self.mined()[:2]))
        if self.lost[1] > self.lost[0] * 0.05:
            wrong.append(f"{self.lost[1]} of {self.lost[0]} pages lost")
        if later > (SETTLED if "turn" not in self.name and "pulse" not in self.name else 0.5):
            wrong.append(f"{100 * later:.0f} % of the second half arrived")
        last = found[-1] if found else {}
        return {"scene": self.name, "first rule s": first and round(first, 1), "mined": len(found), "rules": most, "changes": self.changes,
                "arrived %": round(100 * arrived / max(1, sent), 1), "2nd half %": round(100 * later, 1),
                "coverage %": round(100 * last.get("coverage", 0), 1), "bound %": round(100 * last.get("collateral_upper", 0), 2),
                "ms": round(1000 * max((r["seconds"] for r in found), default=0)), "pages lost": f"{self.lost[1]}/{self.lost[0]}",
                "wrong": "; ".join(wrong)}


def main():
    here, state, args = sys.argv[1], sys.argv[2], sys.argv[3:]
    lines, short = "--lines" in args, "--short" in args
    names = [a for a in args if not a.startswith("--")] or (SHORT if short else list(SCENES))
    rows = []
    for name in names:
        subprocess.run([f"{here}/lab", "up", "--policy", "mined", "--sensor", "packet", "--peace"], check=True,
                       stdout=subprocess.DEVNULL)
        scene = Scene(here, state, name, short, lines)
        print(f"--- {name}", flush=True)
        try:
            scene.play()
            rows.append(scene.judge())
        finally:
            scene.end()
        for text, times in sorted(scene.texts.items(), key=lambda x: x[1]):
            print(f"  {times[0]:6.1f} s  {text}", flush=True)
    keys = list(rows[0])
    widths = [max(len(k), *(len(str(r[k])) for r in rows)) for k in keys]
    print("  ".join(k.ljust(w) for k, w in zip(keys, widths)))
    for r in rows:
        print("  ".join(str(r[k]).ljust(w) for k, w in zip(keys, widths)))
    bad = [r for r in rows if r["wrong"]]
    print(f"{len(rows) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
