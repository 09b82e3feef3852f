# SPDX-License-Identifier: GPL-3.0-or-later
"""The events of a campaign (CAMPAIGN_TRACE=1) as the log that seawalld would have written of them: heartbeats each minute,
figures every ten seconds while an attack is open, a hash chain.  usage: campaign_log.py DIRECTORY HOURS < TRACE"""
import base64, datetime, hashlib, json, os, sys

SAY = {"en": "A sentence of about the length that such a line of the record has in the mean, for its reader.",
       "es": "Una frase más o menos del largo que tiene una línea del registro en promedio, para quien la lee."}
directory = sys.argv[1]
os.mkdir(directory)
state = {"n": 0, "prev": "", "size": 0, "file": None, "segment": 0}


def stamp(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03}Z"


def ms_of(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000 + 0.5)


def put(ms, kind, **keys):
    line = json.dumps({"kind": kind, "n": state["n"], "prev": state["prev"], "say": SAY, "t": stamp(ms), **keys},
                      sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    if state["file"] is None or state["size"] + len(line) >= 64 << 20:
        state["file"] = open(f"{directory}/{state['segment']:08}.jsonl", "wb")
        state["segment"] += 1
        state["size"] = 0
    state["file"].write(line + b"\n")
    state["size"] += len(line) + 1
    state["prev"] = base64.b64encode(hashlib.sha256(line).digest()).decode()
    state["n"] += 1


def figures(ms, window, kind):
    put(ms, kind, measured={"ms": window, "bps": 4e8, "pps": 1e5, "links": [
        {"link": name, "capacity": 10000000000, "bps": 5e8, "peak_bps": 6e8} for name in ("transit-a", "transit-b")],
        "upstreams": [{"upstream": "transit-a", "dropped_bps": 2e9, "dropped_pps": None}],
        "attacks": [{"incident": i, "bps": 1e8, "peak_bps": 2e8, "dropped_bps": 2e9} for i in sorted(live)],
        "attacks_n": len(live), "others_bps": 0})


def watch(until):
    global now, beat
    while now + 10000 <= until:
        now += 10000
        if now - beat >= 60000:
            figures(now, 10000 if live else 60000, "heartbeat")
            beat = now
        elif live:
            figures(now, 10000, "measured")


live, now, beat, end = set(), None, None, None
for line in sys.stdin:
    if not line.startswith("{"):
        continue
    event = json.loads(line)
    kind = event.get("type")
    if kind not in ("incident", "intent", "outcome"):
        continue
    at = ms_of(event.pop("time"))
    if now is None:
        now = beat = at
        end = at + int(sys.argv[2]) * 3600000
        put(at, "start", version="campaign")
        put(at, "config", changes=None, about={"organization": "Campaign", "time_zone": "UTC", "upstreams": [
            {"name": "transit-a", "router": "edge"}, {"name": "transit-b", "router": "edge"}],
            "members": [{"name": f"member {i}", "prefixes": [f"192.0.2.{i}/32"]} for i in range(8, 80)]})
    watch(at)
    if kind == "incident":
        what, why = event.pop("event"), event.pop("why", "")
        if "approval" in event:
            put(at, "approval", event=what, approval=event["approval"], why=why)
            continue
        put(at, "incident", event=what, incident=event, why=why)
        (live.discard if what == "closed" else live.add)(event["id"])
    elif kind == "intent":
        put(at, "intent", id=event["id"], verb=event["verb"], who=event["owner"], why=event["why"], mitigation={
            "type": "mitigation", "id": event["id"], "kind": event["rule"]["kind"], "rule": event["rule"], "origin": "policy",
            "owner": event["owner"], "incident": event.get("incident", ""), "reason": event["reason"], "since": stamp(at),
            "until": event["until"], "upstreams": [{"name": u, "decided": stamp(at)} for u in event["via"]]})
    else:
        event.pop("type")
        put(at, "outcome", **event)
watch(end)
state["file"].close()
print(state["n"], "records", file=sys.stderr)
