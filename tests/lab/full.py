# SPDX-License-Identifier: GPL-3.0-or-later
"""What is expected of a line that is full: sessions, alarms, marks, filters, and that nothing flaps."""
import json
import re
import subprocess
import time
from collections import Counter

LOST = 0.5              # of the packets: so much is a line that is full
LOST_AT_LEAST = 1000
SEEN_BEFORE_MS = 2000   # the upstream is not read in the moment the session is: its route may be seen first
ORGANIZATION = "Lab Collective"


class Full:
    LIVE = ("full", "held", "returns", "back", "alarm", "filtered")     # may be known while the scenario plays
    LAST = ("marked", "steady")

    def __init__(self, runner):
        self.r, self.alarms, self.read, self.shown = runner, [], 0, []

    def judge(self, x):
        getattr(self, x.kind)(x)

    def judge_last(self, x):
        getattr(self, x.kind)(x)

    def run(self, *command):
        return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout

    # ---- while it plays

    def full(self, x):
        text = self.run(self.r.lab, "exec", x.upstream, "nft", "list", "table", "inet", "line")
        came, lost = map(int, re.search(r"counter packets (\d+) .*counter packets (\d+)", text).groups())
        if lost > max(LOST_AT_LEAST, LOST * came):
            x.ok, x.why = True, f"{lost} of {came} packets lost in it so far"

    def held(self, x):
        losses = self.r.sessions.losses(x.upstream)
        if losses and losses[0][0] - self.r.start < x.until * 1000:
            x.ok, x.why = False, f"lost after {(losses[0][0] - self.r.start) / 1000:.1f} s"
        elif time.time() * 1000 - self.r.start > x.until * 1000:
            x.ok, x.why = self.r.sessions.up(x.upstream), "never down"

    def returns(self, x):
        losses = self.r.sessions.losses(x.upstream)
        if not all(f.last for f in self.r.scenario.floods):
            return          # the last loss of the flood is the one that counts
        if not losses:
            x.ok, x.why = False, "never lost"
            return
        lost, back = losses[-1]
        if back is not None:
            took = max((b - t) / 1000 for t, b in losses)
            x.ok, x.why = took <= x.within, f"{len(losses)} times, down for {took:.1f} s at most"
        elif time.time() * 1000 - lost > x.within * 1000:
            x.ok, x.why = False, f"down for {(time.time() * 1000 - lost) / 1000:.1f} s"

    def alarm(self, x):
        """A record in both languages, and the screen while the session is down."""
        for record in self.r.audit.records[self.read:]:
            if record["kind"] == "router" and record.get("upstream") == x.upstream and record.get("alarm"):
                self.alarms.append(record)
        self.read = len(self.r.audit.records)
        wanted = [ORGANIZATION, "AS 64500", *x.words.split()]
        said = [all(w in record["say"][lang] for w in wanted for lang in ("en", "es")) for record in self.alarms]
        if self.alarms and not any(said):
            x.ok, x.why = False, f"the record says: {self.alarms[0]['say']['en']}"
        if not self.alarms or self.r.sessions.up(x.upstream):
            if all(f.last for f in self.r.scenario.floods):
                x.ok, x.why = False, f"{len(self.alarms)} alarms, none on the screen"
            return
        shown = [self.run(self.r.lab, "seawall", "--lang", lang, "status") for lang in ("en", "es")]
        if all(w in text for w in wanted for text in shown):
            call = next(line for line in shown[0].splitlines() if x.words.split()[0] in line)
            x.ok, x.why = True, f"in the log, and on the screen: {call}"

    def filtered(self, x):
        host = x.prefix.split("/")[0]
        text = self.run(self.r.lab, "exec", x.upstream, "nft", "list", "table", "inet", "flowspec")
        dropped = sum(int(n) for n in re.findall(rf"daddr {re.escape(host)} .*counter packets (\d+)", text))
        if dropped > 0:
            x.ok, x.why = True, f"{dropped} packets so far"

    def back(self, x):
        """After each return: the route stood again in time, or the session fell first; after the last one it is waited for."""
        losses = self.r.sessions.losses(x.upstream)
        if not all(f.last for f in self.r.scenario.floods) or not losses or losses[-1][1] is None:
            return
        seen = self.r.upstreams.first.get((x.upstream, x.what, x.prefix), [])
        spans = zip([b for _, b in losses], [t for t, _ in losses[1:]] + [time.time() * 1000])
        took = [(min((t - b for t in seen if b - SEEN_BEFORE_MS <= t < end), default=None), end - b) for b, end in spans]
        if took[-1][0] is None and took[-1][1] <= x.within * 1000:
            return
        known = [t for t, _ in took if t is not None]
        x.ok = took[-1][0] is not None and all((lasted if t is None else t) <= x.within * 1000 for t, lasted in took)
        x.why = f"after {len(known)} of {len(took)} returns, {max(known, default=0) / 1000:.1f} s at most"

    # ---- at the end

    def marked(self, x):
        with open(f"{self.r.state}/events/marks-a", encoding="utf-8") as f:
            total, good = json.loads(f.read().splitlines()[-1])[x.what]
        x.ok, x.why = total > 0 and good == total, f"{good} of {total} packets at the far end"

    def steady(self, x):
        """No rule is announced twice; none is withdrawn while it is attacked."""
        end = max(f.last or time.time() * 1000 for f in self.r.scenario.floods)
        intents = [i for i in self.r.audit.records if i["kind"] == "intent" and self.r.audit.ms(i) < end]
        ids = Counter(bird for bird, _ in {(i["mitigation"]["rule"]["bird"], i["id"]) for i in intents if i["verb"] == "announce"})
        gone = [i["say"]["en"] for i in intents if i["verb"] == "withdraw"]
        x.ok = bool(ids) and max(ids.values()) == 1 and not gone
        x.why = f"{len(ids)} rules, each announced once" if x.ok else f"announced: {dict(ids)}; withdrawn: {gone}"
