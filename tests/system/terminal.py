# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on a real pseudo terminal, and pyte (python3-pyte of Debian) as what a person sees of it.  What is looked at is
TERM=linux: pyte knows all of that one's sequences, and not those by which others scroll or repeat."""
import fcntl
import html
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

try:
    import pyte
except ImportError:
    pyte = None
    if sys.executable != "/usr/bin/python3" and os.access("/usr/bin/python3", os.X_OK) and __name__ != "__main__":
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])       # Debian's packages are those of its own Python

PATIENCE = 60
KEYS = {"up": b"\x1b[A", "down": b"\x1b[B", "enter": b"\r", "esc": b"\x1b", "ctrl-c": b"\x03", "ctrl-z": b"\x1a"}


class Terminal:
    def __init__(self, command, columns=80, rows=24, term="linux", env=None, user=None, baud=None):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw, self.status = b"", None
        # the slave is held open: what became of the terminal is to be seen when the program has gone
        self.master, self.slave = pty.openpty()
        self.size(columns, rows)
        if baud:
            mode = termios.tcgetattr(self.slave)
            mode[4] = mode[5] = baud
            termios.tcsetattr(self.slave, termios.TCSANOW, mode)
        self.before = termios.tcgetattr(self.slave)
        self.pid = os.fork()
        if self.pid == 0:
            self.child(command, {**os.environ, "TERM": term, "LC_ALL": "C.UTF-8", **(env or {})}, user)

    def child(self, command, env, user):
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(self.slave, fd)
        os.closerange(3, 256)
        if user:
            uid, gids = user
            os.setgroups(gids)
            os.setgid(gids[0])
            os.setuid(uid)
        os.execvpe(command[0], command, env)

    def size(self, columns, rows):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        self.size(columns, rows)

    def pump(self, seconds=0.05):
        """What has come, within so many seconds."""
        end = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            if not ready:
                return
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            self.raw += data
            self.stream.feed(data)

    def lines(self):
        self.pump(0)
        return [line.rstrip() for line in self.screen.display]

    def text(self):
        return "\n".join(self.lines())

    def until(self, ask, seconds=PATIENCE):
        """The first true answer to a question about the text, which may be a part of it."""
        end = time.monotonic() + seconds
        while True:
            self.pump()
            answer = ask in self.text() if isinstance(ask, str) else ask(self.text())
            if answer or time.monotonic() > end:
                return answer

    def press(self, *keys):
        for key in keys:
            os.write(self.master, KEYS.get(key, key.encode()))
            self.pump(0.2)

    def bytes_in(self, seconds):
        """How many come in that time."""
        self.pump(0)
        before = len(self.raw)
        self.pump(seconds)
        return len(self.raw) - before

    def kill(self, sig):
        os.kill(self.pid, sig)
        return self.end()

    def end(self, seconds=PATIENCE):
        """The wait status, or None when it goes on."""
        end = time.monotonic() + seconds
        while self.status is None and time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = status if pid else None
            self.pump()
        return self.status

    def restored(self):
        """The modes are those of before, the cursor shows, and what stood there is back."""
        self.pump(0.2)
        return termios.tcgetattr(self.slave) == self.before and self.raw.rfind(b"\x1b[?25h") > self.raw.rfind(b"\x1b[?25l") and \
            self.raw.count(b"\x1b[?1049l") == self.raw.count(b"\x1b[?1049h")

    def close(self):
        if self.status is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            except OSError:
                pass
        os.close(self.master)
        os.close(self.slave)

    # --- as a page, for a picture

    COLOURS = {"default": "#d8dee4", "black": "#10151b", "red": "#e5534b", "green": "#57ab5a", "brown": "#d0a215", "blue": "#539bf5",
               "magenta": "#b083f0", "cyan": "#39c5cf", "white": "#ffffff"}

    def html(self):
        rows = []
        for y in range(self.screen.lines):
            row = []
            for x in range(self.screen.columns):
                c = self.screen.buffer[y][x]
                front, back = self.COLOURS.get(c.fg, "#d8dee4"), self.COLOURS.get(c.bg, "#10151b") if c.bg != "default" else "#10151b"
                if c.reverse:
                    front, back = back, front
                row.append(f'<span style="color:{front};background:{back}{";font-weight:bold" if c.bold else ""}">{html.escape(c.data)}</span>')
            rows.append("".join(row))
        return ('<!doctype html><html lang="en"><meta charset="utf-8"><title>seawall watch</title><style>body{margin:0;background:#10151b;'
                'display:inline-block}pre{margin:8px;font:15px/18px "Liberation Mono",monospace}</style><pre>' + "\n".join(rows) + "</pre></html>")
