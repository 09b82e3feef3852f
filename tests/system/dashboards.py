# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Prometheus and a real node exporter beside seawalld, and the dashboard's panels as Grafana would ask for them."""
import json
import math
import os
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from rig import TOP, end

DASHBOARDS = os.path.join(TOP, "contrib/grafana")
RULES = os.path.join(TOP, "contrib/prometheus/seawall.rules.yml")
PROGRAMS = "prometheus", "prometheus-node-exporter", "promtool"
MACHINE = "edge"
RATE_OVER = "15s"           # $__rate_interval of a server that scrapes every second
EXPORTER, SERVER = "127.0.0.1:9100", "127.0.0.1:9090"
CONF = f"""global: {{ scrape_interval: 1s, evaluation_interval: 1s }}
rule_files: [ "@RULES@" ]
scrape_configs:
  - {{ job_name: node, static_configs: [ {{ targets: [ "{EXPORTER}" ], labels: {{ instance: {MACHINE} }} }} ] }}
"""


def missing():
    return next((f"no {p}" for p in PROGRAMS if not shutil.which(p)), None)


def load(name="seawall.json"):
    with open(os.path.join(DASHBOARDS, name), encoding="utf-8") as f:
        return json.load(f)


def panels(dashboard):
    return [p for p in dashboard["panels"] if p["type"] != "row"]


def names(expr):
    """Of the figures in it."""
    return set(re.findall(r"\b(?:seawall|node)_\w+|\bALERTS\b", expr))


class Renewal(threading.Thread):
    """What the timer does, every second, until it is told to stop."""

    def __init__(self, rig, path):
        super().__init__(daemon=True)
        self.rig, self.path, self.over = rig, path, threading.Event()

    def run(self):
        while not self.over.wait(1):
            self.rig.seawall("metrics", "--output", self.path)

    def end(self):
        self.over.set()
        self.join()


class Prometheus:
    """Asks node exporter every second, which reads our file by a link, as seawall-metrics(7) tells people to make it."""

    def __init__(self, rig):
        self.rig, self.processes = rig, []
        self.file, there = rig.path("run-metrics/seawall.prom"), rig.path("node-exporter")
        for directory in (os.path.dirname(self.file), there):
            os.mkdir(directory)
        os.symlink(self.file, os.path.join(there, "seawall.prom"))
        self.renewal = Renewal(rig, self.file)
        self.conf = rig.write("prometheus.yml", CONF.replace("@RULES@", os.path.abspath(RULES)))
        self.commands = (
            ("prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
             f"--collector.textfile.directory={there}", f"--web.listen-address={EXPORTER}"),
            ("prometheus", f"--config.file={self.conf}", f"--storage.tsdb.path={rig.path('tsdb')}", f"--web.listen-address={SERVER}"))

    def start(self):
        self.renewal.start()
        for command in self.commands:
            with open(self.rig.path(command[0] + ".log"), "ab") as log:
                self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL))

    def end(self):
        self.renewal.end()
        for process in self.processes:
            end(process)

    def get(self, what, **words):
        """The answer's data; raises ValueError with what the server says against it."""
        url = f"http://{SERVER}/api/v1/{what}?{urllib.parse.urlencode(words, doseq=True)}"
        try:
            with urllib.request.urlopen(url, timeout=60) as r:
                answer = json.load(r)
        except urllib.error.HTTPError as e:
            answer = json.load(e)
        except OSError as e:
            raise ValueError(str(e)) from e
        if answer["status"] != "success" or answer.get("warnings"):
            raise ValueError(answer.get("error") or answer["warnings"])
        return answer["data"]

    def value(self, expr):
        """The first, or None, also when nobody answers yet."""
        try:
            return next((float(s["value"][1]) for s in self.get("query", query=expanded(expr))["result"]), None)
        except ValueError:
            return None

    def asked(self, target, seconds=60, step=1, now=None):
        """What a panel gets for it: [(labels, [(time, value)])]."""
        expr, now = expanded(target["expr"]), now or time.time()
        if target["instant"]:
            found = [(s["metric"], [s["value"]]) for s in self.get("query", query=expr, time=now)["result"]]
        else:
            found = [(s["metric"], s["values"]) for s in
                     self.get("query_range", query=expr, start=now - seconds, end=now, step=step)["result"]]
        return [(labels, [(t, float(v)) for t, v in values]) for labels, values in found]

    def shows(self, panel):
        """Whether each of its queries has a figure now."""
        return all(any(math.isfinite(v) for _labels, values in self.asked(t) for _time, v in values) for t in panel["targets"])

    def known(self):
        return set(self.get("label/__name__/values"))

    def alerts(self):
        """{name: {state}} of those that are not silent."""
        out = {}
        for a in self.get("alerts")["alerts"]:
            out.setdefault(a["labels"]["alertname"], set()).add(a["state"])
        return out


def expanded(expr):
    return expr.replace("$instance", MACHINE).replace("$__rate_interval", RATE_OVER)
