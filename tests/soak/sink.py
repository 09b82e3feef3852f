#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the soak's messages, pages and questions go: a web server on the edge's loopback that takes what it is sent.

usage: sink.py PORT FILE    a line per message in FILE; /load answers the poll
"""
import http.server
import json
import sys
import time


class Sink(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def taken(self):
        size = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(size)
        self.server.out.write(json.dumps({"t": time.time() * 1000, "what": self.command, "path": self.path, "bytes": size}) + "\n")
        self.answer(201)

    do_POST = do_PUT = do_MKCOL = taken

    def do_GET(self):
        self.answer(200, b'{"load": 0.5}')

    def log_message(self, *_):
        pass


def main():
    server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Sink)
    server.out = open(sys.argv[2], "a", buffering=1, encoding="utf-8")
    server.serve_forever()


main()
