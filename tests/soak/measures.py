# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured every minute: each process of seawalld, its log, how long `seawall status` takes, and our own share."""
import glob
import os
import re
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


def text_of(path):
    try:
        with open(path, "rb") as f:
            return f.read().decode(errors="replace")
    except OSError:
        return ""


def alive(pid):
    state = text_of(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return bool(state) and state[0] not in "ZX"


def children(parent):
    return [int(pid) for pid in text_of(f"/proc/{parent}/task/{parent}/children").split()]


def role_of(pid):
    """seawalld: sensor wire-a --role=sensor -> sensor wire-a"""
    words = text_of(f"/proc/{pid}/cmdline").replace("\0", " ").strip()
    m = re.match(r"seawalld: (.*?) --role=", words)
    return m[1] if m else "parent"


def figures(pid):
    """None when it is gone."""
    status = text_of(f"/proc/{pid}/status")
    stat = text_of(f"/proc/{pid}/stat").rpartition(")")[2].split()
    pss = re.search(r"(?m)^Pss:\s+(\d+)", text_of(f"/proc/{pid}/smaps_rollup"))
    kib = dict(re.findall(r"(?m)^(VmRSS|VmData|RssAnon|Threads):\s+(\d+)", status))
    if not pss or len(kib) < 4 or len(stat) < 20:
        return None
    try:
        fds = len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return None
    return {"rss": int(kib["VmRSS"]), "anon": int(kib["RssAnon"]), "data": int(kib["VmData"]), "pss": int(pss[1]), "fds": fds, "threads": int(kib["Threads"]),
            "cpu_s": (int(stat[11]) + int(stat[12])) / TICKS}


class Measures:
    def __init__(self, state, status):
        self.state, self.status = state, status
        self.lives = {}         # (role, pid): a life as growth.py has it

    def parent(self):
        return int(text_of(f"{self.state}/pid/seawalld") or 0)

    def processes(self):
        parent = self.parent()
        return {pid: role_of(pid) for pid in [parent, *children(parent)] if parent and os.path.exists(f"/proc/{pid}")}

    def round_trip(self):
        begun = time.monotonic()
        r = self.status()
        return round((time.monotonic() - begun) * 1000, 1) if r.returncode == 0 else None

    def log(self):
        files = glob.glob(f"{self.state}/audit/*.jsonl*")
        return {"log_bytes": sum(os.path.getsize(f) for f in files), "segments": len(files),
                "packed": sum(f.endswith(".gz") for f in files)}

    def sample(self, t):
        """A line of the table; the processes' lives go on."""
        seen = []
        for pid, role in self.processes().items():
            f = figures(pid)
            if f is None:
                continue
            self.lives.setdefault((role, pid), {"role": role, "pid": pid, "samples": []})["samples"].append({"t": t, **f})
            seen.append({"role": role, "pid": pid, **f})
        mine = os.times()
        return {"type": "sample", "t": round(t, 1), "status_ms": self.round_trip(), **self.log(), "load": os.getloadavg()[0],
                "driver_cpu_s": round(mine.user + mine.system + mine.children_user + mine.children_system, 1), "processes": seen}


def run(command, seconds=60, **more):
    """A program of the lab; one that hangs is a failed one."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL, check=False, **more)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"no answer within {seconds} s")
