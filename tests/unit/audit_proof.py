#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges proofs by what RFC 6962 (2.1.1 to 2.1.3) and its successor RFC 9162 (2.1.3.2, 2.1.4.2) say a verifier does;
shares nothing with the C code.  A line on standard input is a question, a line on standard output `yes` or `no`:
    inclusion INDEX SIZE LEAF-HASH ROOT HASH...
    consistency OLD NEW OLD-ROOT NEW-ROOT HASH..."""
import hashlib
import sys


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def inclusion(index, size, leaf, root, path):
    if index >= size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn % 2 == 1 or fn == sn:
            r = node(p, r)
            while fn % 2 == 0 and fn != 0:
                fn >>= 1
                sn >>= 1
        else:
            r = node(r, p)
        fn >>= 1
        sn >>= 1
    return sn == 0 and r == root


def consistency(old, new, old_root, new_root, path):
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path
    if old > new or not path:
        return False
    if old & (old - 1) == 0:
        path = [old_root] + path
    fn, sn = old - 1, new - 1
    while fn % 2 == 1:
        fn >>= 1
        sn >>= 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn % 2 == 1 or fn == sn:
            fr = node(c, fr)
            sr = node(c, sr)
            while fn % 2 == 0 and fn != 0:
                fn >>= 1
                sn >>= 1
        else:
            sr = node(sr, c)
        fn >>= 1
        sn >>= 1
    return sn == 0 and fr == old_root and sr == new_root


def main():
    judges = {"inclusion": inclusion, "consistency": consistency}
    for line in sys.stdin:
        kind, a, b, *hashes = line.split()
        first, second, *path = [bytes.fromhex(h) for h in hashes]
        print("yes" if judges[kind](int(a), int(b), first, second, path) else "no")


if __name__ == "__main__":
    main()
