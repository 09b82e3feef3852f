# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of a soak, for people and as summary.json."""
import json
import statistics

from growth import LEAK_KIB, rise, second_half


def median(values):
    known = [v for v in values if v is not None]
    return round(statistics.median(known), 1) if known else None


def of_role(lives, begin, end):
    """Of all its lives, in one part of the run."""
    samples = [s for life in lives for s in life["samples"] if begin <= s["t"] < end]
    return {what: median(s[what] for s in samples) for what in ("rss", "pss", "anon", "fds", "threads")} if samples else None


def quarters(soak):
    length = soak.samples[-1]["t"]
    return (0, length / 4), (length * 3 / 4, length + 1)


def roles(soak):
    first, last = quarters(soak)
    out = {}
    for (role, _), life in soak.measures.lives.items():
        out.setdefault(role, []).append(life)
    table = []
    for role, lives in out.items():
        longest = max(lives, key=lambda x: x["samples"][-1]["t"] - x["samples"][0]["t"])
        late = second_half(longest)
        table.append({"role": role, "lives": len(lives), "first_quarter": of_role(lives, *first), "last_quarter": of_role(lives, *last),
                      "longest_min": round((longest["samples"][-1]["t"] - longest["samples"][0]["t"]) / 60, 1),
                      "rise_kib": round(rise(late, "anon"), 1) if late else None})
    return table


def summary(soak):
    first, last = quarters(soak)
    s = {"type": "summary", "seed": soak.seed, "minutes": round(soak.t() / 60, 1), "ok": not soak.faults, "faults": soak.faults,
         "counts": dict(sorted(soak.counts.items())), "verdict": soak.verdict, "checkpoints": len(soak.checkpoints),
         "log_bytes": soak.samples[-1]["log_bytes"], "segments": soak.samples[-1]["segments"], "packed": soak.samples[-1]["packed"],
         "driver_cpu_s": soak.samples[-1]["driver_cpu_s"], "probes": soak.probes, "roles": roles(soak),
         "status_ms": {name: median(x["status_ms"] for x in soak.samples if b <= x["t"] < e)
                       for name, (b, e) in (("first_quarter", first), ("last_quarter", last))}}
    with open(f"{soak.out}/summary.json", "w", encoding="utf-8") as f:
        json.dump(s, f, indent=1)
    return s


def pair(row, what):
    a, b = ((row[x] or {}).get(what) for x in ("first_quarter", "last_quarter"))
    return " -> ".join("-" if x is None else f"{x:.0f}" for x in (a, b))


def tell(soak):
    s = summary(soak)
    print(f"\nmedians in the first and in the last quarter; rise: anonymous memory over the second half of the longest life "
          f"(limit {LEAK_KIB} KiB or more)")
    print(f"{'process':<20} {'lives':>5} {'RSS KiB':>18} {'PSS KiB':>18} {'descriptors':>12} {'threads':>9} {'longest min':>12} {'rise KiB':>9}")
    for r in s["roles"]:
        print(f"{r['role']:<20} {r['lives']:>5} {pair(r, 'rss'):>18} {pair(r, 'pss'):>18} {pair(r, 'fds'):>12} {pair(r, 'threads'):>9} "
              f"{r['longest_min']:>12} {'-' if r['rise_kib'] is None else r['rise_kib']:>9}")
    print("\nprobe attacks, ms after the first packet:   decided   kernel of upstream-a   of upstream-b")
    for p in s["probes"]:
        print(f"  at {p['t'] / 60:6.1f} min {p['decided_ms'] or '-':>32} {p['upstream-a_ms'] or '-':>22} {p['upstream-b_ms'] or '-':>15}")
    print(f"\n`seawall status`: {s['status_ms']['first_quarter']} ms -> {s['status_ms']['last_quarter']} ms; "
          f"log: {s['log_bytes']} bytes, {s['segments']} files, {s['packed']} of them compressed; {s['checkpoints']} checkpoints kept; {s['verdict']}")
    for what, n in s["counts"].items():
        print(f"  {n:6} {what}")
    for fault in s["faults"]:
        print("FAULT", fault)
    print(f"seed {s['seed']}, {s['minutes']} minutes: {'nothing found' if s['ok'] else str(len(s['faults'])) + ' faults'}", flush=True)
