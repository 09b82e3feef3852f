#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ordinary clients: fetch small pages of several hosts all the time, through both upstreams, and write down each try.

usage: clients.py FILE HOST...    one JSON object a line: {"t": ms of the start, "host": ..., "via": "a"|"b", "ok": bool, "ms": ...}
"""
import asyncio
import json
import sys
import time

FROM = {4: {"a": "100.65.1.1", "b": "100.65.2.1"}, 6: {"a": "2001:db8:c1::1", "b": "2001:db8:c2::1"}}
EVERY = 0.25        # seconds between two pages of one host by one client
PATIENCE = 8.0      # long enough for three lost SYNs


async def fetch(host, source):
    reader, writer = await asyncio.open_connection(host, 80, local_addr=(source, 0))
    try:
        writer.write(f"GET / HTTP/1.0\r\nHost: {'[' + host + ']' if ':' in host else host}\r\n\r\n".encode())
        page = await reader.read(65536)
        return page.startswith(b"HTTP/1.1 200") and b"<h1>" in page
    finally:
        writer.close()


async def one(host, via, out):
    start = time.time()
    try:
        ok = await asyncio.wait_for(fetch(host, FROM[6 if ":" in host else 4][via]), PATIENCE)
    except (OSError, asyncio.TimeoutError):
        ok = False
    out.write(json.dumps({"t": start * 1000, "host": host, "via": via, "ok": ok,
                          "ms": round((time.time() - start) * 1000, 1)}) + "\n")


async def client(host, via, out):
    """A page every EVERY seconds, whether or not the one before has come: people do not wait in line."""
    open_ones = set()
    while True:
        task = asyncio.create_task(one(host, via, out))
        open_ones.add(task)
        task.add_done_callback(open_ones.discard)
        await asyncio.sleep(EVERY)


async def main():
    out = open(sys.argv[1], "w", buffering=1)
    await asyncio.gather(*(client(host, via, out) for host in sys.argv[2:] for via in "ab"))


asyncio.run(main())
