# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the audit log, replayed, the fragment, the edge's BIRD and the upstreams say the same?"""
import ipaddress
import re
import subprocess

from watchers import Audit


def key(kind, prefix):
    return kind, str(ipaddress.ip_network(prefix))


def rule_key(rule):
    if rule["kind"] == "rtbh":
        return key("rtbh", rule["prefix"])
    return key("flowspec", rule["match"]["dst"])


class Standing:
    """The mitigations that replaying the log gives, and every network that ever had an intent to announce."""

    def __init__(self, directory):
        self.audit, self.all, self.via, self.intended = Audit(directory), {}, {}, set()
        self.ends = {}          # id: RFC 3339

    def look(self):
        news = self.audit.new()
        for r in news:
            if r["kind"] == "intent" and r["verb"] == "announce":
                m = r["mitigation"]
                self.all[r["id"]] = rule_key(m["rule"])
                self.via[r["id"]] = {u["name"] for u in m["upstreams"]}
                self.ends[r["id"]] = m["until"]
                self.intended.add(rule_key(m["rule"]))
            elif r["kind"] == "intent":
                self.all.pop(r["id"], None)
            elif r["kind"] == "journal":
                self.all.pop(r["entry"].get("id"), None)
            elif r["kind"] == "outcome" and r.get("result") == "refused" and r.get("verb") == "announce" and r.get("stands") == "no":
                self.all.pop(r["id"], None)
        return news

    def now(self):
        return set(self.all.values())

    def at(self, upstream):
        return {k for i, k in self.all.items() if upstream in self.via[i]}


def of_fragment(state):
    text = open(f"{state}/bird/edge.conf", encoding="utf-8").read()
    found = {key("rtbh", p) for p in re.findall(r"(?m)^\s*route (\S+/\d+) blackhole", text)}
    return found | {key("flowspec", p) for p in re.findall(r"(?m)^\s*route flow[46] \{.*?\bdst (\S+?);", text)}


def of_bird(state):
    """None: it does not answer."""
    text = ""
    for table in ("seawall4", "seawall6", "seawall_flow4", "seawall_flow6"):
        r = subprocess.run(["birdc", "-s", f"{state}/edge.ctl", "show", "route", "table", table],
                           capture_output=True, text=True, timeout=60)
        if r.returncode:
            return None
        text += r.stdout
    found = {key("rtbh", p) for p in re.findall(r"(?m)^(\S+/\d+)\s+blackhole", text)}
    return found | {key("flowspec", p) for p in re.findall(r"(?m)^flow[46] \{.*?\bdst (\S+?);", text)}


def differences(state, standing, upstreams):
    """{who: what}, empty when all say what the log says; the upstreams as they were last looked at."""
    standing.look()
    want, out = standing.now(), {}
    try:
        views = {"fragment": of_fragment(state), "bird": of_bird(state)}
    except OSError as e:
        return {"fragment": str(e)}
    for name, have in views.items():
        if have != want:
            out[name] = "does not answer" if have is None else f"more {sorted(have - want)} less {sorted(want - have)}"
    for name, have in upstreams.have.items():
        wanted = standing.at(name)
        if set(have) != wanted:
            out[name] = f"more {sorted(set(have) - wanted)} less {sorted(wanted - set(have))}"
    return out
