# SPDX-License-Identifier: GPL-3.0-or-later
"""A small log for the report's tests, written from seawall-audit(7) alone: usage: records.py DIRECTORY."""
import base64, hashlib, json, os, sys

DAY = "2025-11-22T"
records = []


def add(clock, kind, en, es=None, **keys):
    records.append({"kind": kind, "t": DAY + clock + "Z", "say": {"en": en, "es": es or en}, **keys})


def incident(state, step=None, **keys):
    return {"id": "i4", "type": "incident", "subject": "192.0.2.80", "policy": "host-flood", "state": state, "step": step,
            "opened": DAY + "03:00:00.000Z", "closed": None, "points": 21.3, "peak_points": 21.3, "peak_bps": 4321000000.0,
            "peak_pps": 654321.0, "flash_crowd": False, "no_volume": False, "vector": "dns", "evidence": [
                {"kind": "signal", "vantage": "edge-vantage", "metric": "bps", "rate": 1734000000.0, "above": 217000000.0,
                 "usual": None, "rising": False, "points": 13.3, "discount": 0, "capped": False},
                {"kind": "signal", "vantage": "wire-vantage", "metric": "pps", "rate": 98765.0, "above": 54321.0,
                 "usual": None, "rising": False, "points": 10.0, "discount": 0, "capped": False},
                {"kind": "caution", "vantage": None, "metric": None, "rate": None, "above": None, "usual": None,
                 "rising": False, "points": -2.0, "discount": 0, "capped": False}], **keys}


def upstream(name, decided, applied=None, exported=None):
    return {"name": name, "decided": decided, "applied": applied, "exported": exported, "effective": None}


RULE = {"type": "rule", "kind": "flowspec", "family": 4, "match": {"dst": "192.0.2.80/32", "proto": [[17, 17]],
        "sport": [[53, 53]]}, "action": {"rate": 0}, "bird": "flow4 { dst 192.0.2.80/32; proto = 17; sport = 53; }"}
HOLE = {"type": "rule", "kind": "rtbh", "family": 4, "prefix": "192.0.2.80/32"}


def measure(ident, rule, until, ups, **keys):
    return {"type": "mitigation", "id": ident, "kind": rule["kind"], "rule": rule, "origin": "policy", "owner": "host-flood",
            "incident": "i4", "reason": "its points have reached this step", "since": DAY + "03:00:10.000Z",
            "until": DAY + until + "Z", "upstreams": [upstream(u, DAY + "03:00:10.000Z") for u in ups], **keys}


def measured(clock, ms, bps, load, dropped):
    add(clock, "measured", "Figures.", measured={"ms": ms, "bps": bps + 50000000, "pps": None, "vantages": [], "links": [
        {"link": "uplink-a", "capacity": 2500000000, "bps": load, "peak_bps": load}], "prefixes": [], "upstreams": [
        {"upstream": "transit-a", "dropped_bps": dropped, "dropped_pps": None}], "attacks": [
        {"incident": "i4", "subject": "192.0.2.80", "points": 21.3, "bps": bps, "pps": None, "peak_bps": bps,
         "peak_pps": None, "dropped_bps": dropped, "dropped_pps": None}], "attacks_n": 1, "others_bps": 0, "others_pps": 0})


def question(event, state, **keys):
    return {"event": event, "why": keys.pop("why", ""), "approval": {"type": "approval", "id": "a3", "incident": "i4",
            "policy": "host-flood", "step_number": 3, "step": "blackhole", "state": state, "role": "committee", "people": 1,
            "otherwise": "refuse", "asked": DAY + "03:02:00.000Z", "until": DAY + "03:12:00.000Z", "yes": [],
            "may_answer": ["anacleta"], "rule": HOLE, "via": ["transit-a"], "for": 300, **keys}}


ABOUT = {"organization": "Example Collective", "time_zone": "America/Mexico_City", "languages": ["en", "es"],
         "members": [{"name": "Network of Funds", "prefixes": ["192.0.2.80/32"]},
                     {"name": "Radio Comunitaria", "prefixes": ["198.51.100.16/28"]}],
         "links": [{"name": "uplink-a", "capacity": 2500000000}],
         "upstreams": [{"name": "transit-a", "router": "edge"}, {"name": "transit-b", "router": "edge"}],
         "people": [{"name": "anacleta", "role": "committee"}, {"name": "benvenuto", "role": "operator"}]}

add("02:58:00.000", "start", "Seawall 0.1.0 starts and watches.", "Seawall 0.1.0 arranca y vigila.", version="0.1.0")
add("02:58:00.010", "config", "Configuration loaded.", "Configuración cargada.", about=ABOUT, file="/etc/seawall.conf",
    settings="x", changes=[{"setting": "policies.host-flood.signals.bps.above", "from": "200Mbit", "to": "217Mbit"}],
    changes_n=1, who="benvenuto")
add("02:59:00.000", "heartbeat", "All is running.", "Todo funciona.", standing=0, incidents=0)
add("03:00:00.000", "incident", "We see an attack on 192.0.2.80 (i4).", "Vemos un ataque contra 192.0.2.80 (i4).",
    event="opened", incident=incident("open"))
measured("03:00:10.000", 10000, 1700000000, 1900000000, None)
add("03:00:10.000", "incident", "The attack on 192.0.2.80 (i4) calls for the next step.", event="escalated",
    incident=incident("open", "drop"), member="Network of Funds", harm=[
        {"kind": "link", "name": "uplink-a", "fill": 0.967}, {"kind": "state", "name": "wire-sensor", "fill": 0.93}])
add("03:00:10.100", "intent", "We are asking transit-a to drop DNS answers to 192.0.2.80 (m1).",
    "Pedimos a transit-a descartar respuestas de DNS hacia 192.0.2.80 (m1).", id="m1", verb="announce", who="host-flood",
    why="its points have reached this step", mitigation=measure("m1", RULE, "03:10:10.000", ["transit-a"],
    mined={"coverage": 0.93, "collateral": 0.001, "collateral_upper": 0.0123}))
add("03:00:10.200", "outcome", "Router edge took the change (m1).", id="m1", verb="announce", ref=6, router="edge",
    result="applied", bird="")
add("03:00:10.300", "outcome", "transit-a is being told now (m1).", id="m1", upstream="transit-a", result="exported")
measured("03:00:20.000", 10000, 900000000, 1000000000, 800000000)
measured("03:00:40.000", 20000, 120000000, 300000000, 1600000000)
add("03:01:00.000", "refusal", "We did not ask anybody to drop everything sent to 192.0.2.53.",
    "No pedimos a nadie descartar todo lo que se manda a 192.0.2.53.", reason="protected", why="it is protected: resolver",
    mitigation={**measure("", {**HOLE, "prefix": "192.0.2.53/32"}, "03:10:00.000", ["transit-a"]), "id": ""})
add("03:02:00.000", "approval", "We ask anacleta: may we drop everything sent to 192.0.2.80?",
    "Preguntamos a anacleta: ¿podemos descartar todo lo que se manda a 192.0.2.80?", **question("asked", "waiting"))
add("03:03:00.000", "approval", "anacleta says yes to a3.", "anacleta dice que sí a a3.",
    **question("approved", "given", who="anacleta", yes=["anacleta"]))
add("03:03:00.100", "intent", "We are asking transit-a to drop everything sent to 192.0.2.80 (m2).", id="m2", verb="announce",
    who="host-flood", why="its points have reached this step",
    mitigation=measure("m2", HOLE, "03:30:00.000", ["transit-a"], approved_by=["anacleta"]))
add("03:03:00.200", "outcome", "Router edge took the change (m2).", id="m2", verb="announce", router="edge", result="applied")
add("03:03:00.300", "outcome", "transit-a is being told now (m2).", id="m2", upstream="transit-a", result="exported")
add("03:03:05.000", "outcome", "Provider transit-a drops for us (m2).", id="m2", upstream="transit-a", result="effective",
    by="counter", at=DAY + "03:03:04.000Z")
add("03:04:00.000", "sensor", "Sensor wire-sensor sees nothing.", "El sensor wire-sensor no ve nada.", sensor="wire-sensor",
    health="blind", why="eth1: the interface is down")
add("03:04:30.000", "sensor", "Sensor wire-sensor sees.", "El sensor wire-sensor ve.", sensor="wire-sensor", health="fresh",
    why="")
add("03:05:00.000", "pause", "benvenuto paused automatic action.", "benvenuto puso en pausa la acción automática.",
    who="benvenuto", why="looking", until=DAY + "03:15:00.000Z")
add("03:06:00.000", "resume", "benvenuto ended the pause.", "benvenuto terminó la pausa.", who="benvenuto", why="done")
add("03:07:00.000", "reconcile", "Router edge announces something that this log does not know: 192.0.2.99/32.",
    router="edge", network="192.0.2.99/32", result="ghost", fragment=True)
add("03:08:00.000", "intent", "We are asking transit-a, transit-b to drop everything sent to 198.51.100.17 (m3).", id="m3",
    verb="announce", who="benvenuto", why="by hand", mitigation={**measure("m3", {**HOLE, "prefix": "198.51.100.17/32"},
    "03:40:00.000", ["transit-a", "transit-b"]), "origin": "person", "owner": "benvenuto", "incident": ""})
add("03:08:00.100", "outcome", "Router edge took the change (m3).", id="m3", verb="announce", router="edge", result="applied")
add("03:09:00.000", "future-kind", "Something new.", figure=1)
add("03:10:00.100", "intent", "We are taking back m2.", "Retiramos m2.", id="m2", verb="withdraw", who="host-flood",
    why="nothing shared is in danger any more, so no blackhole is needed", mitigation=measure("m2", HOLE, "03:30:00.000",
    ["transit-a"]))
add("03:10:00.200", "outcome", "Router edge took the change (m2).", id="m2", verb="withdraw", router="edge", result="applied")
add("03:10:01.000", "intent", "m1 is lifted at transit-a.", id="m1", verb="announce", who="host-flood",
    why="it is lifted at one upstream, to see whether the attack is over", mitigation=measure("m1", RULE, "03:20:00.000",
    ["transit-b"]))
add("03:10:02.000", "intent", "m1 is whole again.", "m1 está completa otra vez.", id="m1", verb="announce", who="host-flood",
    why="the attack came back while it was being released", mitigation=measure("m1", RULE, "03:30:00.000",
    ["transit-a", "transit-b"]))
add("03:10:02.200", "outcome", "Router edge took the change (m1).", id="m1", verb="announce", router="edge", result="applied")
add("03:10:02.300", "outcome", "transit-b is being told now (m1).", id="m1", upstream="transit-b", result="exported")
add("03:12:00.000", "heartbeat", "All is running.", standing=2, incidents=1)
add("03:20:00.000", "intent", "We are taking back m1.", id="m1", verb="withdraw", who="benvenuto", why="it hits our visitors",
    mitigation=measure("m1", RULE, "03:30:00.000", ["transit-a", "transit-b"]))
add("03:20:00.100", "outcome", "Router edge took the change (m1).", id="m1", verb="withdraw", router="edge", result="applied")
add("03:21:00.000", "incident", "The attack on 192.0.2.80 (i4) is over.", "El ataque contra 192.0.2.80 (i4) terminó.",
    event="closed", incident=incident("closed", "blackhole"), why="the attack is over")
add("03:22:00.000", "heartbeat", "All is running.", standing=0, incidents=0)

os.mkdir(sys.argv[1])
prev = ""
with open(sys.argv[1] + "/00000000.jsonl", "wb") as out:
    for n, record in enumerate(records):
        line = json.dumps({**record, "n": n, "prev": prev}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        prev = base64.b64encode(hashlib.sha256(line).digest()).decode()
        out.write(line + b"\n")
