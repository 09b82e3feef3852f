#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log's count, its chain and its RFC 6962 root, from the files alone and from the RFC's own
recursive definition: shares nothing with the C code.  Prints: COUNT ROOT."""
import base64, glob, hashlib, json, os, sys


def root(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + root(leaves[:k]) + root(leaves[k:])).digest()


lines = []
for name in sorted(glob.glob(os.path.join(sys.argv[1], "????????.jsonl"))):
    with open(name, "rb") as f:
        lines += f.read().split(b"\n")[:-1]

prev = ""
for n, line in enumerate(lines):
    record = json.loads(line)
    assert record["n"] == n and record["prev"] == prev, n
    assert line.decode() == json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False), n
    prev = base64.b64encode(hashlib.sha256(line).digest()).decode()
print(len(lines), root(lines).hex())
