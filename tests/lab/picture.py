#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard while the lab is under attack: contrib/guide has its pictures, dashboard.png and tablero.png.

usage: picture.py DIRECTORY     $SEAWALL_BUILD has the programs, and what tests/system/browser.py fetches

A real Prometheus and a real node exporter watch the lab's daemon for a minute of peace and more of amplification through both
upstreams: one takes FlowSpec and drops it, at the other a person is asked first, and the line is full.  Then each panel's own
queries are asked and drawn (tests/system/drawing.py), as Debian has no Grafana.  `pngquant --ext .png --force 64 *.png` makes them small."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "system"))
import browser                                                       # noqa: E402
import dashboards                                                    # noqa: E402
import drawing                                                       # noqa: E402
from rig import enter, until                                         # noqa: E402
from watchers import STATE                                           # noqa: E402

LAB = os.path.join(HERE, "lab")
VICTIM, PEACE, ATTACK, PPS = "192.0.2.80", 60, 90, 23500
POLICY = """policies = ( { name = "host-flood"; subject = "host"; caution = 0; sustained = "500ms";
  signals = ( { metric = "bps"; above = "20Mbit"; points = 12; at_10x = 20; }, { metric = "pps"; above = "2kpps"; points = 12; at_10x = 20; } );
  ladder = ( { step = "watch"; at = 8; }, { step = "drop"; at = 12; for = "10m"; },
    { step = "blackhole"; at = 13; for = "10m"; via = ( "upstream-b" ); approval = { within = "15m"; otherwise = "refuse"; }; } );
  release = { below = "10%"; quiet = "1m"; jitter = "0%"; }; } );
"""
PEOPLE = 'approvals = { people = ( { name = "Ana"; user = "root"; role = "committee"; } ); };\n'
LINES = "to-a,02:00:00:00:0a:02,a", "to-b,02:00:00:00:0b:02,b"
ROWS = 4
PICTURES = {"dashboard": ("seawall.json", "A lab under attack. Drawn by a test tool of Seawall's from the dashboard's own queries, "
                          "answered by a real Prometheus; not by Grafana."),
            "tablero": ("seawall.es.json", "Un laboratorio bajo ataque. Lo dibujó una herramienta de prueba de Seawall con las consultas "
                        "del propio tablero, que contestó un Prometheus real; no Grafana.")}


class Lab:
    """What dashboards.Prometheus wants of a rig."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="picture-")
        os.chmod(self.dir, 0o755)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def seawall(self, *words):
        return subprocess.run([LAB, "seawall", *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def configuration(lab):
    """The lab's, with narrower lines, and somebody who is asked."""
    with open(os.path.join(HERE, "conf/seawall.conf.in"), encoding="utf-8") as f:
        conf = f.read().replace('capacity = "1Gbit"', 'capacity = "100Mbit"')
    return "--conf", lab.write("seawall.conf.in", conf + PEOPLE), "--policy", lab.write("lab.policy", POLICY)


def attack():
    return subprocess.Popen([LAB, "exec", "internet", f"{STATE}/bin/flood", "-p", str(PPS), "-s", str(3 * ATTACK), "-n", "400",
                             *(w for line in LINES for w in ("-l", line)), "udp-amp", VICTIM], stdout=subprocess.DEVNULL)


def drawn(lab, server, name, directory):
    dashboard, foot = PICTURES[name]
    page = lab.write(name + ".html", drawing.Drawing(server, PEACE + ATTACK).page(dashboards.load(dashboard), ROWS, foot))
    said, made = browser.run("shoot.js", lab.dir, page)
    if not made:
        sys.exit("\n".join(said))
    shutil.copy(lab.path(name + ".png"), directory)


def main(directory):
    enter()
    lab = Lab()
    server = dashboards.Prometheus(lab)
    try:
        subprocess.run([LAB, "up", "--peace", *configuration(lab)], check=True, stdin=subprocess.DEVNULL)
        server.start()
        time.sleep(PEACE)
        flood = attack()
        until(60, lambda: (server.value('seawall_upstream_mitigations{instance="$instance",state="exported"}') or 0) > 0)
        time.sleep(ATTACK)
        for name in PICTURES:
            drawn(lab, server, name, directory)
        flood.terminate()
    finally:
        server.end()
        subprocess.run([LAB, "down"], check=False, stdin=subprocess.DEVNULL)
        shutil.rmtree(lab.dir, ignore_errors=True)


if len(sys.argv) != 2:
    sys.exit("usage: picture.py DIRECTORY")
main(sys.argv[1])
