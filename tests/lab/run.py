#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays a scenario in the lab and judges it.  Called by `lab run`, which also tears the lab down.

usage: run.py HERE STATE SCENARIO [--sensor KIND] [--longer TIMES] [--json] [--quiet]

Every time is a wall-clock time of this machine in ms.  Routes are read at the upstreams with their own tools (birdc,
vtysh); when packets ceased to arrive is measured on the edge's outside interfaces by seen(1).
"""
import ipaddress
import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timezone

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scenario import Flood, Mistake, Scenario          # noqa: E402
from full import Full                               # noqa: E402
from watchers import NET, Audit, Seen, Sessions, Tail, Upstreams      # noqa: E402

LINES = {"a": "to-a,02:00:00:00:0a:02,a", "b": "to-b,02:00:00:00:0b:02,b"}
INTERFACE = {"upstream-a": "up-a", "upstream-b": "up-b"}
OWN = ("192.0.2.0/24", "198.51.100.0/24", "2001:db8:40::/44")
HOSTS = ("192.0.2.80", "192.0.2.90", "198.51.100.20", "198.51.100.77", "2001:db8:40::80", "2001:db8:40::20")
TAIL_S = 3.0            # after the last action and expectation, for the clients of "after"
LONGEST_S = 300.0
LATE_S = 40.0           # a flood goes on for so long when what it must lead to has not come yet


def now_ms():
    return time.time() * 1000


def stamp(ms):
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Runner:
    def __init__(self, here, state, path, sensor, as_json, longer=1.0):
        self.here, self.state, self.sensor, self.as_json = here, state, sensor, as_json
        self.lab = os.path.join(here, "lab")
        self.scenario, self.longest = Scenario(path, longer), LONGEST_S * longer
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.children, self.start, self.shows = [], None, []
        self.clients_log = None

    # ---- saying

    def event(self, node, what, t=None, **more):
        t = now_ms() if t is None else t
        if self.as_json:
            print(json.dumps({"type": "event", "time": stamp(t), "node": node, "what": what, **more}), flush=True)
        else:
            print(f"{(t - self.start) / 1000:9.3f} s  {node:<11} {what}", flush=True)

    # ---- doing

    def up(self):
        s = self.scenario
        line = ["--shape", s.line[0], *["--cs6"] * ("cs6" in s.line)] if s.line else []
        subprocess.run([self.lab, "up", "--sensor", self.sensor, "--policy", s.policy, "--standing", str(s.standing), *line,
                        *(["--hold", str(s.hold)] if s.hold else [])], check=True)
        self.start = now_ms()
        self.event("lab", f"up: {self.name}, sensor {self.sensor}, policy {self.scenario.policy}")
        events = os.path.join(self.state, "events")
        self.spawn("edge", [f"{self.state}/bin/seen", "up-a", "up-b"], out=f"{events}/seen")
        self.spawn("internet", ["python3", f"{self.here}/clients.py", f"{events}/clients", *HOSTS])
        self.seen = Seen(f"{events}/seen")
        self.clients = Tail(f"{events}/clients")
        self.kernel = {"upstream-a": Tail(f"{events}/kernel-a"), "upstream-b": Tail(f"{events}/kernel-b")}
        self.nft = Tail(f"{events}/flow2nft")
        self.audit = Audit(f"{self.state}/audit")
        self.upstreams = Upstreams(self.state, OWN)
        self.sessions = Sessions(self.state)
        self.full = Full(self)
        self.visits, self.installed = [], []

    def spawn(self, node, command, out=None):
        stdout = open(out, "wb", buffering=0) if out else subprocess.DEVNULL
        p = subprocess.Popen(["ip", "netns", "exec", f"{NET}-{node}", *command], stdout=stdout,
                             stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self.children.append(p)
        return p

    def end(self):
        for p in self.children:
            if p.poll() is None:
                p.send_signal(signal.SIGTERM)
        for p in self.children:
            try:
                p.wait(30)
            except subprocess.TimeoutExpired:
                p.kill()

    def flood(self, f):
        command = [f"{self.state}/bin/flood", "-p", str(f.pps), "-s", str(f.length + LATE_S), "-n", str(f.sources)]
        for side in "ab" if f.via == "both" else f.via:
            command += ["-l", LINES[side]]
        if f.pulse:
            command += ["-o", str(int(f.pulse[0] * 1000)), "-f", str(int(f.pulse[1] * 1000))]
        out = f"{self.state}/events/flood-{f.line}"
        f.process = self.spawn("internet", command + [f.kind, f.target], out=out)
        f.log = Tail(out)

    def end_floods(self):
        """After their time, and not before it is known whether they were announced and dropped."""
        for f in self.scenario.floods:
            if f.process is None or f.first is None or f.over or now_ms() - f.first < f.length * 1000:
                continue
            # an alarm is of a line that all of them fill
            if not any(x.ok is None and (x.kind == "alarm" or x.flood is f and x.kind in ("route", "dropped")) for x in self.scenario.expects):
                f.process.send_signal(signal.SIGTERM)
                f.over = True

    def show(self, words):
        what = " ".join(words)
        commands = {
            "status": ("edge: seawall status", [self.lab, "seawall", "status"]),
            "audit": ("edge: seawall audit log", [self.lab, "seawall", "audit", "log"]),
            "upstream-a": ("upstream-a: birdc", [self.lab, "exec", "upstream-a", "sh", "-c", " && ".join(
                f"birdc -s {self.state}/upstream-a.ctl show route table {t}" for t in ("master4", "flowtab4", "flowtab6"))]),
            "upstream-b": ("upstream-b: vtysh", [self.lab, "exec", "upstream-b", "vtysh", "--vty_socket",
                                                 f"{self.state}/frr", "-c", "show bgp ipv4 unicast"]),
        }
        title, command = commands[what]
        r = subprocess.run(command, capture_output=True, text=True, timeout=120)
        text = r.stdout + r.stderr
        if self.as_json:
            self.event("lab", "show " + what, text=text)
        else:
            print(f"\n--- {title}\n{text.rstrip()}\n", flush=True)

    def act(self, a):
        a.done = True
        if isinstance(a, Flood):
            self.flood(a)
        elif a.verb == "show":
            self.show(a.words)
        elif a.verb == "line":
            subprocess.run([self.lab, "shape", *a.words], check=True)
            self.event("lab", f"the lines carry {' '.join(a.words)} from here on")
        elif a.verb in ("kill", "stop", "start"):
            subprocess.run([self.lab, a.verb, *a.words], check=True)
            self.event("lab", f"{a.verb} {' '.join(a.words)}")
        elif a.verb == "seawall":
            r = subprocess.run([self.lab, "seawall", *a.words], capture_output=True, text=True, timeout=120)
            self.event("edge", f"seawall {' '.join(a.words)}: {(r.stdout + r.stderr).strip().splitlines()[:1]}")

    # ---- seeing

    def look(self):
        for f in self.scenario.floods:
            if f.process is None:
                continue
            for line in f.log.new():
                if line["type"] == "first":
                    f.first = line["t"]
                    self.event("internet", f"first packet of {f.kind} to {f.target}, {f.pps} packets/s through {f.via}",
                               f.first)
                else:
                    f.last, f.sent = line["t"], line["sent"]
                    self.event("internet", f"last packet of {f.kind} to {f.target}: {f.sent} sent", f.last)
        for line in self.nft.new():
            self.installed.append(("upstream-a", line))
            self.event("upstream-a", f"{line['what']}: {line['rule']}" + (f" ({line['why']})" if "why" in line else ""), line["t"])
        for upstream, tail in self.kernel.items():
            for line in tail.new():
                if line["route"].startswith("blackhole"):
                    self.installed.append((upstream, line))
                    self.event(upstream, f"kernel {line['what']}: {line['route']}", line["t"])
        for record in self.audit.new():
            if record["kind"] in ("incident", "sensor", "router", "intent", "outcome", "refusal", "reconcile", "recovery"):
                self.event("edge", f"[{record['n']}] {record['say']['en']}", self.audit.ms(record))
        for upstream, up in self.sessions.look():
            self.event("edge", f"session with {upstream} {'up' if up else 'DOWN'}")
        self.seen.look()
        self.visits += self.clients.new()
        self.upstreams.look()

    # ---- judging

    def judge(self, x):
        """Sets x.ok when it can be known now."""
        f = x.flood
        if x.kind == "route":
            since = self.upstreams.since(x.upstream, x.what, x.prefix, f.first)
            if since is not None:
                x.ok = (since - f.first) / 1000 <= x.within
                x.why = f"after {(since - f.first) / 1000:.3f} s"
            elif f.first and now_ms() - f.first > x.within * 1000 + 1000:
                x.ok, x.why = False, "not there"
        elif x.kind == "dropped":
            t = self.seen.dropped(INTERFACE[x.upstream], f, float(x.rate or 0))
            if t is not None:
                x.ok = (t - f.first) / 1000 <= x.within
                x.why = f"after {(t - f.first) / 1000:.3f} s"
            elif f.last and now_ms() - f.last > 500:
                x.ok, x.why = False, "attack packets arrived to the end"
        elif x.kind == "withdrawn":
            if f.last and self.upstreams.empty_since(f.last) is not None:
                t = self.upstreams.empty_since(f.last)
                x.ok, x.why = True, f"{(t - f.last) / 1000:.3f} s after the last packet"
            elif f.last and now_ms() - f.last > x.within * 1000:
                x.ok, x.why = False, f"still there: {self.upstreams.extra()}"
        else:
            self.full.judge(x)

    def victims(self):
        """The prefixes that may be announced."""
        nets = [ipaddress.ip_network(x.prefix) for x in self.scenario.expects if x.kind == "route"]
        return nets or [f.victim for f in self.scenario.floods]

    def loss(self, hosts, begin=None, end=None):
        tries = [v for v in self.visits if v["host"] in hosts and (begin is None or v["t"] >= begin) and
                 (end is None or v["t"] < end)]
        return len(tries), sum(not v["ok"] for v in tries)

    def hosts(self, of):
        inside = {h for h in HOSTS if any(ipaddress.ip_address(h) in n for n in self.victims()
                                          if n.version == ipaddress.ip_address(h).version)}
        if of == "others":
            return set(HOSTS) - inside
        return {of} if of else inside

    def judge_last(self, x):
        if x.ok is not None:
            return
        if x.kind == "nothing":
            had = self.upstreams.ever[x.upstream]
            x.ok, x.why = not had, f"had {sorted(had)}" if had else ""
        elif x.kind == "nobody":
            allowed = {str(n) for n in self.victims()}
            wrong = {p for had in self.upstreams.ever.values() for _, p in had} - allowed
            x.ok, x.why = not wrong, f"announced too: {sorted(wrong)}" if wrong else ""
        elif x.kind == "clients":
            tries, lost = self.loss(self.hosts(x.who))
            share = lost / tries if tries else 1
            x.ok, x.why = tries > 0 and share * 100 <= float(x.percent or 0), f"{lost} of {tries} lost"
        elif x.kind in Full.LAST:
            self.full.judge_last(x)
        elif x.kind == "audit":
            r = subprocess.run([self.lab, "seawall", "--json", "audit", "verify", f"{self.state}/audit"],
                               capture_output=True, text=True, timeout=120)
            verdict = json.loads(r.stdout.splitlines()[-1]) if r.stdout.strip() else {"ok": False, "why": r.stderr}
            x.ok = r.returncode == 0 and verdict["ok"] is True
            x.why = f"{verdict.get('records')} records" if x.ok else str(verdict.get("why"))
        elif x.kind == "engine":
            x.ok = subprocess.run([self.lab, "seawall", "status", "--json"], stdout=subprocess.DEVNULL).returncode == 0
        else:
            x.ok, x.why = False, "never became known"

    def waiting(self):
        return [x for x in self.scenario.expects if x.ok is None and x.kind in ("route", "dropped", "withdrawn", *Full.LIVE)]

    def play(self):
        self.up()
        done_at = None
        while time.time() * 1000 - self.start < self.longest * 1000:
            at = (now_ms() - self.start) / 1000
            for a in self.scenario.actions:
                if not a.done and a.at <= at:
                    self.act(a)
            self.look()
            for x in self.waiting():
                self.judge(x)
                if x.ok is not None:
                    self.event("lab", f"expected (line {x.line}) {'yes' if x.ok else 'NO'}: {x.why}")
            self.end_floods()
            busy = any(not a.done and a.at < self.longest for a in self.scenario.actions) or any(f.last is None for f in self.scenario.floods)
            if not busy and not self.waiting():
                done_at = done_at or at
                if at - done_at >= TAIL_S:
                    break
            time.sleep(0.05)
        self.end()
        self.look()
        for a in self.scenario.actions:
            if not a.done:
                self.act(a)
        for x in self.scenario.expects:
            before = x.ok
            self.judge_last(x)
            if before is None:
                self.event("lab", f"expected (line {x.line}) {'yes' if x.ok else 'NO'}: {x.why}")

    # ---- summing up

    def times_of(self, f):
        """What happened after the flood's first packet, by the audit log, the upstreams' kernels and the wire."""
        until = min([g.first for g in self.scenario.floods if g.first and g.first > f.first], default=float("inf"))
        mine = [r for r in self.audit.records if f.first <= self.audit.ms(r) < until]
        intents = [r for r in mine if r["kind"] == "intent" and r.get("verb") == "announce"]
        exported, installed, dropped = {}, {}, {}
        for r in mine:
            if r["kind"] == "outcome" and r.get("result") == "exported":
                exported.setdefault(r["upstream"], self.audit.ms(r))
        for upstream, line in self.installed:
            if f.first <= line["t"] < until and line["what"] in ("drop", "add"):
                installed.setdefault(upstream, line["t"])
        for upstream, interface in INTERFACE.items():
            t = self.seen.dropped(interface, f, 0)
            if t is not None and upstream in installed:
                dropped[upstream] = t
        return {"first_packet": f.first, "decided": self.audit.ms(intents[0]) if intents else None,
                "exported": exported, "installed": installed, "dropped": dropped}

    def summary(self):
        floods = [f for f in self.scenario.floods if f.first]
        ok = all(x.ok for x in self.scenario.expects) and len(floods) == len(self.scenario.floods)
        tries, lost = self.loss(self.hosts("others"))
        s = {"type": "summary", "scenario": self.name, "sensor": self.sensor, "ok": ok,
             "clients_ok": round(1 - lost / tries, 6) if tries else None,
             "expected": [{"line": x.line, "what": x.kind, "ok": x.ok, "why": x.why} for x in self.scenario.expects]}
        if floods:
            t, first, last = self.times_of(floods[0]), floods[0].first, floods[-1].last
            s["first_packet"], s["decided"] = stamp(first), stamp(t["decided"])
            for key in ("exported", "installed"):
                s[key] = {u: stamp(v) for u, v in t[key].items()}
            s["dropped"] = stamp(max(t["dropped"].values())) if t["dropped"] else None
            s["dropped_at"] = {u: stamp(v) for u, v in t["dropped"].items()}
            s["after_ms"] = {k: {u: round(x - first, 1) for u, x in v.items()} if isinstance(v, dict) else
                             v and round(v - first, 1) for k, v in t.items() if k != "first_packet"}
            s["pages"] = {who: {phase: dict(zip(("tried", "lost"), self.loss(self.hosts(of), b, e)))
                                for phase, b, e in (("before", None, first), ("during", first, last), ("after", last, None))}
                          for who, of in (("attacked", None), ("others", "others"))}
        if self.as_json:
            print(json.dumps(s), flush=True)
        else:
            self.tell(s)
        return ok

    def tell(self, s):
        print(f"\n{self.name}, sensor {self.sensor}: {'ok' if s['ok'] else 'NOT OK'}")
        for x in self.scenario.expects:
            print(f"  {'ok ' if x.ok else 'NO '} line {x.line}: {x.kind} {getattr(x, 'upstream', '') or ''} "
                  f"{getattr(x, 'prefix', '') or ''} {x.why}")
        after = s.get("after_ms", {})
        if after:
            print("  ms after the first attack packet: decided", after["decided"],
                  "· exported", after["exported"], "· in the upstream's kernel", after["installed"],
                  "· last packet at the edge", after["dropped"])
            for who, phases in s["pages"].items():
                print(f"  pages of {who}: " + ", ".join(f"{p} {v['tried'] - v['lost']} of {v['tried']}"
                                                       for p, v in phases.items()))


def main():
    here, state, args = sys.argv[1], sys.argv[2], sys.argv[3:]
    sensor = args[args.index("--sensor") + 1] if "--sensor" in args else "packet"
    longer = float(args[args.index("--longer") + 1]) if "--longer" in args else 1.0
    words = [a for i, a in enumerate(args) if not a.startswith("--") and
             (i == 0 or args[i - 1] not in ("--sensor", "--longer"))]
    path = words[0] if words else ""
    if "/" not in path:
        path = os.path.join(here, "scenarios", path.removesuffix(".scenario") + ".scenario")
    try:
        runner = Runner(here, state, path, sensor, "--json" in args, longer)
    except (OSError, Mistake) as e:
        print(f"lab: {e}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        runner.play()
        return 0 if runner.summary() else 1
    except subprocess.CalledProcessError as e:
        print(f"lab: {' '.join(e.cmd)} failed", file=sys.stderr)
        return 1
    finally:
        runner.end()


if __name__ == "__main__":
    sys.exit(main())
