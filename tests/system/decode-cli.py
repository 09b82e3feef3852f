#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`seawall decode` as a user meets it: link types, raw payloads, files that are none.  Part of make check."""
import json
import os
import struct
import subprocess
import sys
import tempfile

SEAWALL = os.path.join(os.environ.get("top_builddir", "."), "seawall")
failed = 0


def nf5(records):
    head = struct.pack(">HHIIIIHH", 5, records, 1000000, 1795305600, 0, 7, 0, 100)
    record = struct.pack(">4s4sIHHIIIIHHBBBB8x", bytes([198, 51, 100, 7]), bytes([192, 0, 2, 80]), 0, 3, 4, 2, 1000,
                         995000, 998000, 53, 4444, 0, 0, 17, 0)
    return head + record * records


def nf9(*sets):
    return struct.pack(">HHIIII", 9, 1, 1000000, 1795305600, 1, 42) + b"".join(sets)


def a_set(number, body):
    return struct.pack(">HH", number, len(body) + 4) + body


TEMPLATE = a_set(0, struct.pack(">8H", 300, 3, 12, 4, 1, 4, 34, 4))
DATA = a_set(300, bytes([192, 0, 2, 80]) + struct.pack(">II", 1500, 64))


def udp4(payload):
    udp = struct.pack(">HHHH", 40000, 2055, 8 + len(payload), 0) + payload
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes([10, 0, 0, 1]),
                       bytes([10, 0, 0, 2])) + udp


def pcap(link, *packets):
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, link)
    return out + b"".join(struct.pack("<IIII", 1795305600, 0, len(p), len(p)) + p for p in packets)


def decode(*args):
    p = subprocess.run([SEAWALL, "decode", *args], capture_output=True, text=True, timeout=60)
    return p.returncode, p.stdout, p.stderr


def expect(what, ok, detail=""):
    global failed
    print(("ok   " if ok else "FAIL ") + what + ("" if ok else f": {detail}"))
    failed += not ok


def write(directory, name, data):
    path = os.path.join(directory, name)
    with open(path, "wb") as f:
        f.write(data)
    return path


def lines(out):
    return [json.loads(line) for line in out.splitlines()]


def captures(tmp):
    ip = udp4(nf5(2))
    links = {
        "Ethernet": (1, bytes(12) + b"\x08\x00" + ip),
        "Ethernet with a VLAN tag": (1, bytes(12) + b"\x81\x00\x00\x07\x08\x00" + ip),
        "raw IP": (101, ip),
        "loopback": (0, struct.pack("<I", 2) + ip),
        "Linux cooked": (113, bytes(14) + b"\x08\x00" + ip),
        "Linux cooked 2": (276, b"\x08\x00" + bytes(18) + ip),
    }
    for name, (link, packet) in links.items():
        code, out, err = decode("--json", write(tmp, "c", pcap(link, packet)))
        got = lines(out)
        expect(name, code == 0 and len(got) == 3 and got[0]["exporter"] == "10.0.0.1" and got[-1]["records"] == 2,
               (code, out, err))
    code, out, err = decode("--json", write(tmp, "c", pcap(101, udp4(b"\x12\x34 is a name query"), ip)))
    expect("what is no export is passed over", code == 0 and lines(out)[-1]["datagrams"] == 1, out)


def meaning(tmp):
    path = write(tmp, "p", nf5(1))
    code, out, _ = decode("--payload", "--json", path)
    want = {"type": "flow", "protocol": "netflow5", "src": "198.51.100.7", "dst": "192.0.2.80", "sport": 53,
            "dport": 4444, "proto": 17, "bytes": 1000, "packets": 2, "sampling": 100,
            "start": "2026-11-21T23:59:55.000Z", "end": "2026-11-21T23:59:58.000Z", "domain": 0}
    got = lines(out)[0]
    expect("every field of a record", code == 0 and all(got.get(k) == v for k, v in want.items()), got)
    code, out, _ = decode("--payload", "--json", write(tmp, "a", nf9(DATA)), write(tmp, "b", nf9(TEMPLATE)))
    got = lines(out)
    expect("payload files are one exporter, in order", len(got) == 2 and got[0]["bytes"] == 1500 and
           got[0]["sampling"] == 64 and got[-1]["waiting"] == 0, out)
    code, out, _ = decode("--payload", "--json", write(tmp, "a", nf9(DATA)))
    expect("what waits is counted", lines(out) == [{"type": "summary", "datagrams": 1, "records": 0, "waiting": 1,
                                                    "gaps": 0, "refused": {}}], out)
    code, out, _ = decode("--payload", "--json", write(tmp, "a", b"\0\7 no export"))
    expect("what is refused has its reason", lines(out)[-1]["refused"] == {"unknown-version": 1}, out)
    code, out, _ = decode(path, "--payload")
    expect("people get a line a flow", code == 0 and "198.51.100.7:53 -> 192.0.2.80:4444" in out, out)


def refusals(tmp):
    whole = pcap(101, udp4(nf5(2)), udp4(nf5(2)))
    code, out, err = decode("--json", write(tmp, "cut", whole[:-10]))
    expect("a cut capture: what is there, the complaint, exit 2",
           code == 2 and lines(out)[-1]["records"] == 2 and "cut" in err, (code, out, err))
    for name, args in {
        "a missing file": [os.path.join(tmp, "nowhere")],
        "a directory": [tmp],
        "no capture": [write(tmp, "text", b"hello, this is a text and no capture at all")],
        "an empty file": [write(tmp, "empty", b"")],
        "an unknown link type": [write(tmp, "link", pcap(147, b"x"))],
        "a payload longer than any datagram": ["--payload", write(tmp, "long", bytes(70000))],
    }.items():
        code, out, err = decode(*args)
        expect(name + " is named, exit 2", code == 2 and args[-1] in err, (code, out, err))
    for args in [], ["--fly", "x"], ["--payload"]:
        code, out, err = decode(*args)
        expect(f"wrong usage {args}", code == 2 and "usage: seawall decode" in err, (code, err))


with tempfile.TemporaryDirectory() as directory:
    captures(directory)
    meaning(directory)
    refusals(directory)
sys.exit(1 if failed else 0)
