#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decodes every capture of flow exports in the shared test data and compares with its expected.json.

usage: decode-captures.py [PROGRAM]     PROGRAM defaults to ./seawall
The data is looked for in $SEAWALL_SHARED, or in ../shared beside the repository.
Prints one row a file; exits 1 on any disagreement without a stated reason, 77 when there is no data.
"""
import glob
import ipaddress
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("SEAWALL_SHARED", os.path.join(os.path.dirname(ROOT), "shared"))

# Records beyond the truth file, per case: how many, of which protocol, and why.
SURPLUS = {
    "sflow/tcpdump-sflow-counters": (7, "netflow5", "its frames of 114 and 162 bytes are NetFlow 5 datagrams sent "
                                     "to the sFlow port; the truth counts sFlow only, we tell them apart by content"),
}

COMPARED = ("src", "dst", "sport", "dport", "proto", "bytes", "packets", "tcp_flags", "in_if", "out_if", "direction",
            "icmp_type", "icmp_code")
# The truth's words for ours, in NetFlow and IPFIX.
RENAMED = {"exporter": "exporter", "dom": "domain", "tid": "template"}


def norm(key, value):
    if value is not None and key in ("src", "dst"):
        return str(ipaddress.ip_address(value))
    return value


def wanted_record(rec, sflow):
    """A record of the truth in our words; sampling 1 where nothing was known is 0 with us."""
    want = {k: norm(k, rec.get(k)) for k in COMPARED}
    # NetFlow 5 has neither: the truth says 0, we say its engine as the domain
    want.update({ours: rec.get(k) for k, ours in RENAMED.items() if not sflow and rec.get("ver") != 5})
    if rec.get("icmp_type_code") is not None and rec.get("proto") in (1, 58):
        want["icmp_type"], want["icmp_code"] = divmod(rec["icmp_type_code"], 256)
    for k in ("in_if", "out_if") if sflow else ():
        # not an interface: unknown (0), the switch itself (all ones), several, or a reason to drop
        want[k] = int(rec[k]) if str(rec[k]).isdigit() and int(rec[k]) not in (0, 0x3fffffff) else None
    if sflow:
        want["bytes"] = rec["frame_len"]
        want["packets"] = 1
    want["sampling"] = rec.get("sampling", 1)
    return want


def got_record(rec):
    got = {k: norm(k, rec.get(k)) for k in (*COMPARED, *RENAMED.values())}
    got["sampling"] = rec.get("sampling", 0) or 1
    return got


def differs(want, got):
    """Fields of the truth that we say otherwise; what it leaves out is not compared."""
    return [k for k, v in want.items() if v is not None and got.get(k) != v]


def match(want, got, in_order):
    """The complaints: every wanted record must be found; in order when the numbers are equal."""
    bad = []
    if in_order:
        for i, (w, g) in enumerate(zip(want, got)):
            for k in differs(w, g):
                bad.append(f"record {i}: {k} expected {w[k]} got {g.get(k)}")
        return bad
    left = list(got)
    for i, w in enumerate(want):
        hit = next((g for g in left if not differs(w, g)), None)
        if hit is None:
            bad.append(f"record {i}: {w} is missing")
        else:
            left.remove(hit)
    return bad


def run(program, path):
    p = subprocess.run([*program, "--json", path], capture_output=True, text=True, timeout=60)
    lines = [json.loads(line) for line in p.stdout.splitlines()]
    if p.returncode != 0 or not lines or lines[-1].get("type") != "summary":
        raise RuntimeError(f"exit {p.returncode}: {p.stderr.strip()}")
    return lines[:-1], lines[-1]


def check(case, truth, flows, summary):
    bad = []
    if summary["records"] != len(flows):
        bad.append(f"the summary says {summary['records']} records, there are {len(flows)}")
    if case in SURPLUS:
        n, protocol, _ = SURPLUS[case]
        others = [r for r in flows if r["protocol"] == protocol]
        flows = [r for r in flows if r["protocol"] != protocol]
        if len(others) != n:
            bad.append(f"{protocol}: expected {n} surplus records got {len(others)}")
    sflow = "flow_samples" in truth["totals"]
    want = [wanted_record(r, sflow) for r in truth["records"]
            if not sflow or r.get("sample_tag") in ("0:1", "0:3")]
    got = [got_record(r) for r in flows]
    accept = truth.get("accept")
    if len(got) == len(want):
        bad += match(want, got, True)
        for k in ("bytes", "packets"):
            # a section of a packet says more than the truth, which leaves it undecoded
            pairs = [(w[k], g[k] or 0) for w, g in zip(want, got) if w[k] is not None]
            if sum(w for w, _ in pairs) != sum(g for _, g in pairs):
                bad.append(f"{k}: expected {sum(w for w, _ in pairs)} got {sum(g for _, g in pairs)}")
    elif accept and (accept["values"] is None or len(got) in accept["values"]):
        if len(got) > len(want):
            bad += match(want, got, False)
    else:
        bad.append(f"records: expected {len(want)} got {len(got)}")
    return len(want), bad


def main():
    program = [sys.argv[1] if len(sys.argv) > 1 else "./seawall", "decode"]
    cases = sorted(glob.glob(os.path.join(SHARED, "data", "flow", "*", "*", "input.pcap")))
    if not cases:
        print(f"SKIPPED: no captures under {SHARED}/data/flow (set SEAWALL_SHARED)")
        return 77
    failed = 0
    form = "{:<44} {:>8} {:>6} {:>12} {:>8} {:>7}  {}"
    print(form.format("file", "expected", "got", "bytes", "packets", "waiting", "refused"))
    for path in cases:
        case = "/".join(path.split(os.sep)[-3:-1])
        with open(os.path.join(os.path.dirname(path), "expected.json")) as f:
            truth = json.load(f)
        try:
            flows, summary = run(program, path)
        except (RuntimeError, ValueError, subprocess.TimeoutExpired) as e:
            print(f"{case}: {e}")
            failed += 1
            continue
        expected, bad = check(case, truth, flows, summary)
        refused = " ".join(f"{k}={v}" for k, v in summary["refused"].items()) or "-"
        print(form.format(case, expected, len(flows), sum(r.get("bytes", 0) for r in flows),
                          sum(r.get("packets", 0) for r in flows), summary["waiting"], refused))
        failed += bool(bad)
        for line in bad[:6]:
            print("    " + line)
        if case in SURPLUS:
            print(f"    surplus as meant: {SURPLUS[case][2]}")
        elif not bad and expected != len(flows):
            print(f"    accepted: {truth['accept']['why']}")
    print(f"{len(cases) - failed} of {len(cases)} captures agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
