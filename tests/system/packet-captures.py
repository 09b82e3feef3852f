#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads every frame of the parsing captures in the shared test data and compares with what tshark says of it.

usage: packet-captures.py [PROGRAM]     PROGRAM defaults to tests/system/packet_layers of the build
Every address, length, port, flag and fragment of every packet, outermost first.  What lies in UDP (VXLAN, Teredo) or
is quoted by ICMP we leave alone; tshark's further layers are allowed there, and only there.  77 without the data.
"""
import glob
import ipaddress
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("SEAWALL_SHARED", os.path.join(os.path.dirname(ROOT), "shared"))
BUILD = os.environ.get("SEAWALL_BUILD", ".")
DEEPER = ("udp", "icmp", "icmpv6")		# protocols whose contents may hold packets that are no layer of ours

# Where we say otherwise than the truth file, and why.
OTHERWISE = {
    "akv-mpls-eompls-invalid-cw": "its control word has a sequence number, which RFC 4385 and 4448 allow; tshark wants it to be 0",
}
LISTED_MOST = 400				# the truth files list no more frames than that


def listed(packet, key):
    return packet[key].split(";") if key in packet else []


def same(a, b):
    return ipaddress.ip_address(a) == ipaddress.ip_address(b)


def compare(layers, packet):
    """The complaints about one frame."""
    bad = []
    deeper = any(p in packet["frame.protocols"].split(":") for p in DEEPER)
    for family, name, length, more in ((4, "ip", "ip.len", 0), (6, "ipv6", "ipv6.plen", 40)):
        ours = [x for x in layers if x["family"] == family]
        src, dst, size = (listed(packet, k) for k in (name + ".src", name + ".dst", length))
        if len(ours) > len(src) or (len(ours) < len(src) and not deeper):
            bad.append(f"{len(ours)} packets of {name} instead of {len(src)}")
        for x, s, d, n in zip(ours, src, dst, size):
            if not same(x["src"], s) or not same(x["dst"], d) or x["bytes"] != int(n) + more:
                bad.append(f"{x} instead of {s} {d} {int(n) + more}")
        if family == 4:
            for x, offset in zip(ours, listed(packet, "ip.frag_offset")):
                if x["fragment"] != (int(offset) != 0):
                    bad.append(f"{x}: fragment offset {offset}")
    last = layers[-1] if layers else {}
    for ports, protocol in (("tcp", 6), ("udp", 17)):
        sport, dport = listed(packet, ports + ".srcport"), listed(packet, ports + ".dstport")
        if last.get("proto") == protocol and not last["fragment"] and sport and "sport" in last:
            if (last["sport"], last["dport"]) != (int(sport[0]), int(dport[0])):
                bad.append(f"{last}: ports {sport[0]} {dport[0]}")
        elif last.get("proto") == protocol and sport and "sport" not in last and not last["fragment"]:
            bad.append(f"{last}: no ports, but {sport[0]} {dport[0]}")
    flags = listed(packet, "tcp.flags")
    if "tcp_flags" in last and flags and last["tcp_flags"] != int(flags[0], 16) & 0xff:
        bad.append(f"{last}: flags {flags[0]}")
    return bad


def check(program, truth_path):
    with open(truth_path, encoding="utf-8") as f:
        packets = json.load(f)["packets"]
    out = subprocess.run([program, truth_path.replace(".truth.json", ".pcap")], capture_output=True, text=True, check=True)
    frames = [json.loads(line) for line in out.stdout.splitlines()]
    bad = [] if min(len(frames), LISTED_MOST) == len(packets) else [f"{len(frames)} frames instead of {len(packets)}"]
    for frame, packet in zip(frames, packets):
        bad += [f"frame {packet['frame.number']}: {line}" for line in compare(frame, packet)]
    return len(frames), sum(map(len, frames)), bad


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else os.path.join(BUILD, "tests/system/packet_layers")
    cases = sorted(glob.glob(os.path.join(SHARED, "data", "parse", "*.truth.json")))
    if not cases:
        print(f"SKIPPED: no captures under {SHARED}/data/parse (set SEAWALL_SHARED)")
        return 77
    if not os.access(program, os.X_OK):
        print(f"SKIPPED: {program} is not built")
        return 77
    failed = 0
    for path in cases:
        frames, packets, bad = check(program, path)
        case = os.path.basename(path)[:-len(".truth.json")]
        print(f"{case:<32} {frames:>5} frames {packets:>5} packets  {'ok' if not bad else len(bad)}")
        if case in OTHERWISE and bad:
            print("    as meant: " + OTHERWISE[case])
            continue
        for line in bad[:6]:
            print("    " + line)
        failed += bool(bad)
    print(f"{len(cases) - failed} of {len(cases)} captures agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
