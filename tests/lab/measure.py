#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""First attack packet -> decided -> exported -> dropped, per kind of sensor: the median of several runs.

usage: lab measure [--runs N] [--sensor KIND]... [--scenario NAME]...    prints a table; exit 1 when a run failed
"""
import argparse
import json
import statistics
import subprocess
import sys

KINDS = ("netflow9", "ipfix", "sflow", "packet")
COLUMNS = ("decided", "exported", "installed", "dropped")


def earliest(value):
    return min(value.values(), default=None) if isinstance(value, dict) else value


def play(here, scenario, sensor):
    r = subprocess.run([f"{here}/lab", "run", scenario, "--sensor", sensor, "--json"], capture_output=True, text=True)
    lines = [json.loads(line) for line in r.stdout.splitlines() if line.startswith("{")]
    last = lines[-1] if lines else {}
    if last.get("type") != "summary":
        return {"ok": False, "error": r.stderr.strip()[-200:]}
    return last


def say(values):
    known = [v for v in values if v is not None]
    if not known:
        return "-"
    return f"{statistics.median(known):.0f}" + (f" ({len(known)}/{len(values)})" if len(known) < len(values) else "")


def main():
    p = argparse.ArgumentParser(prog="lab measure")
    p.add_argument("here")
    p.add_argument("--runs", type=int, default=5)
    p.add_argument("--sensor", action="append", choices=KINDS)
    p.add_argument("--scenario", action="append")
    args = p.parse_args()
    failed = 0
    print("median ms after the first attack packet, and runs that were as expected")
    print(f"{'scenario':<16}{'sensor':<11}" + "".join(f"{c:<14}" for c in COLUMNS) + "ok")
    for scenario in args.scenario or ("latency-2x", "latency-10x"):
        for sensor in args.sensor or KINDS:
            runs = [play(args.here, scenario, sensor) for _ in range(args.runs)]
            good = sum(r["ok"] for r in runs)
            failed += args.runs - good
            cells = [say([earliest(r.get("after_ms", {}).get(c)) for r in runs]) for c in COLUMNS]
            print(f"{scenario:<16}{sensor:<11}" + "".join(f"{c:<14}" for c in cells) + f"{good}/{args.runs}", flush=True)
            for r in runs:
                if "error" in r:
                    print(f"  {r['error']}", file=sys.stderr)
    return 1 if failed else 0


sys.exit(main())
