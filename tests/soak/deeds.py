# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a soak: attacks, acts by hand, faults.  Each deed is a function of the soak; it may take minutes."""
import glob
import gzip
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time

from measures import children, role_of, run
from watchers import NET, Tail

LINES = {"a": "to-a,02:00:00:00:0a:02,a", "b": "to-b,02:00:00:00:0b:02,b"}
PROBED = [f"192.0.2.{n}" for n in (*range(112, 127), *range(2, 52))]  # another each time: who comes back is held for longer
BY_HAND = [f"192.0.2.{n}" for n in range(200, 210)] + [f"198.51.100.{n}" for n in range(200, 205)] + \
    [f"2001:db8:40:7::{n:x}" for n in range(1, 6)]
REASON = ["--reason", "soak"]
LATENT_S = 60           # what must come of itself has so long on a busy machine


# ---- attacks: short, and small

def flood(soak, kind, target, pps, seconds, via="both", pulse=None):
    lines = [x for side in ("ab" if via == "both" else via) for x in ("-l", LINES[side])]
    pulses = ["-o", str(pulse[0]), "-f", str(pulse[1])] if pulse else []
    out = f"{soak.state}/events/flood-{len(soak.floods)}"
    with open(out, "wb") as f:
        p = subprocess.Popen(["ip", "netns", "exec", f"{NET}-internet", f"{soak.state}/bin/flood", "-p", str(pps), "-s", str(seconds),
                              "-n", "40", *lines, *pulses, kind, target], stdout=f, stdin=subprocess.DEVNULL)
    soak.floods.append(p)
    soak.say(f"flood of {kind} to {target}, {pps} packets/s for {seconds} s through {via}")
    return p, Tail(out)


def amplified(soak):
    flood(soak, random.choice(("udp-amp", "ntp", "ssdp", "memcached")), random.choice(("192.0.2.80", "198.51.100.20")), 2500,
          random.randint(3, 7), random.choice(("a", "b", "both")))


def syn(soak):
    flood(soak, "syn", random.choice(("198.51.100.20", "192.0.2.80")), 1500, random.randint(3, 8))


def carpet(soak):
    flood(soak, "carpet", random.choice(("198.51.100.128/26", "192.0.2.128/26")), 4000, random.randint(4, 8))


def ipv6(soak):
    flood(soak, random.choice(("udp-amp", "syn")), random.choice(("2001:db8:40::80", "2001:db8:40::20", "2001:db8:40:9::1")), 2500, 5)


def pulses(soak):
    flood(soak, "ntp", "192.0.2.80", 3500, 16, pulse=(random.randint(300, 900), random.randint(500, 3000)))


def other_kinds(soak):
    flood(soak, random.choice(("gre", "fragments", "tcp-reflected")), "198.51.100.77", 2500, 5)


def two_at_once(soak):
    amplified(soak)
    syn(soak)
    ipv6(soak)


def asked(soak):
    """An attack on somebody for whom people are asked: yes, no, or nobody answers."""
    answer = random.choice(("approve", "deny", None))
    p, _ = flood(soak, "icmp", random.choice(("192.0.2.97", "192.0.2.99", "192.0.2.101")), 1200, 14)
    questions = soak.until(15, lambda: [q for q in soak.json("pending") if q["type"] == "approval"], None)
    if questions and answer:
        words = [answer, questions[0]["id"], *REASON]
        group = os.stat(f"{soak.state}/control.sock").st_gid
        r = run(["setpriv", "--reuid=games", "--regid=games", f"--groups={group}", *soak.cli, *words])
        soak.say(f"{' '.join(words)}: {(r.stdout + r.stderr).strip().splitlines()[-1:]}")
        soak.count(f"answered: {answer}", r.returncode == 0)
    soak.count("questions", len(questions or []))
    soak.until(20, lambda: p.poll() is not None, None)


# ---- by hand

def announce(soak):
    words = random.choice(([], [], ["--match", "proto = 17; sport = 123;"], ["--match", "proto = 17; dport = 1900;", "--rate", "5Mbit"]))
    target = random.choice(BY_HAND)
    r = soak.seawall("announce", target, *words, "--for", f"{random.randint(15, 150)}s", *REASON)
    soak.say(f"announce {target} {' '.join(words)}: {r.returncode}")
    soak.count("announced by hand", r.returncode == 0)


def mine(soak):
    return [m["id"] for m in soak.json("list") if m["type"] == "mitigation" and m["owner"] == "root"]


def extend(soak):
    for one in mine(soak)[:1] or announce(soak) or mine(soak)[:1]:
        r = soak.seawall("extend", one, "--for", f"{random.randint(20, 120)}s", *REASON)
        soak.say(f"extend {one}: {r.returncode}")


def withdraw(soak):
    for one in mine(soak)[:1] or announce(soak) or mine(soak)[:1]:
        r = soak.seawall("withdraw", one, *REASON)
        soak.say(f"withdraw {one}: {r.returncode}")


def refused_by_guard(soak):
    for words in (["announce", "192.0.2.53", "--for", "1m"], ["announce", "203.0.113.0/24", "--for", "1m"],
                  ["announce", "192.0.2.77", "--match", "proto = 6; length > 70000;", "--for", "1m"]):
        if soak.seawall(*words, *REASON).returncode == 0:
            soak.fault(f"{words} was taken")
    soak.count("asked for what is refused", 3)


def pause(soak):
    soak.seawall("pause", "--for", "5m", *REASON)
    soak.say("pause")
    before = soak.automatic()
    amplified(soak)
    soak.wait(random.uniform(5, 12))
    if soak.automatic() > before:
        soak.fault("a policy announced something new while paused")
    soak.seawall("resume", *REASON)
    soak.say("resume")


def looks(soak):
    """What people and programs read."""
    for words in (["list"], ["incidents"], ["sensors"], ["upstreams"], ["pending"], ["metrics"], ["report", "--since", "10m"],
                  ["audit", "log", "--since", "-10m"], ["watch", "--times", "3"], ["check"]):
        r = soak.seawall(*words, *(["--directory", f"{soak.state}/audit"] if words[0] == "report" else []))
        if r.returncode not in (0, 1) or r.returncode == 1 and words[0] != "check":
            soak.fault(f"seawall {' '.join(words)}: {r.returncode} {r.stderr.strip()[-200:]}")


# ---- faults of our own processes

def kill_role(soak, kind):
    pids = [p for p in children(soak.measures.parent()) if role_of(p).startswith(kind)]
    if not pids:
        return soak.fault(f"no {kind} to kill")
    pid = random.choice(pids)
    role = role_of(pid)
    soak.killed(pid)
    soak.say(f"kill -9 {role}, pid {pid}")
    os.kill(pid, signal.SIGKILL)
    soak.until(LATENT_S, lambda: [p for p in children(soak.measures.parent()) if role_of(p) == role and p != pid],
               f"{role} was not started again")
    if kind == "engine":
        soak.until(LATENT_S, soak.answers, "the new engine does not answer")
    return soak.agreed("kill of " + role)


def kill_engine(soak):
    kill_role(soak, "engine")


def kill_sensor(soak):
    kill_role(soak, "sensor")


def kill_messenger(soak):
    kill_role(soak, "messenger")


def kill_helper(soak):
    kill_role(soak, random.choice(("connector", "miner")))


def kill_daemon(soak):
    pid, away = soak.measures.parent(), random.uniform(1, 25)
    for p in [pid, *children(pid)]:
        soak.killed(p)
    soak.say(f"kill -9 seawalld, pid {pid}, for {away:.0f} s")
    os.kill(pid, signal.SIGKILL)
    back(soak, away)


def stop_daemon(soak):
    pid = soak.measures.parent()
    for p in [pid, *children(pid)]:
        soak.killed(p)
    soak.say(f"SIGTERM to seawalld, pid {pid}")
    os.kill(pid, signal.SIGTERM)
    back(soak, random.uniform(2, 10))


def back(soak, away):
    soak.wait(away)
    soak.start("seawalld")
    soak.until(LATENT_S, soak.answers, "seawalld does not answer after its start")
    soak.agreed("restart of seawalld")


def hang_role(soak):
    """A process that lives and does nothing is ended and started again."""
    pids = [p for p in children(soak.measures.parent()) if role_of(p).startswith("sensor")]
    pid = random.choice(pids)
    role = role_of(pid)
    soak.killed(pid)
    soak.say(f"SIGSTOP {role}, pid {pid}")
    os.kill(pid, signal.SIGSTOP)
    soak.until(150, lambda: [p for p in children(soak.measures.parent()) if role_of(p) == role and p != pid],
               f"{role} hung and nobody saw")


# ---- faults around us

def program_pid(soak, name):
    with open(f"{soak.state}/pid/{name}", encoding="utf-8") as f:
        return int(f.read())


def restart_program(soak, name, upstreams, sig=signal.SIGKILL):
    soak.cut(upstreams)
    soak.say(f"signal {sig} to {name}")
    pid = program_pid(soak, name)
    os.kill(pid, sig)
    soak.wait(random.uniform(1, 8))
    soak.start(name)
    soak.agreed(f"restart of {name}")


def edge_bird(soak):
    restart_program(soak, "edge-bird", ("upstream-a", "upstream-b"), random.choice((signal.SIGKILL, signal.SIGTERM)))


def upstream_a(soak):
    restart_program(soak, "upstream-a", ("upstream-a",))


def upstream_b(soak):
    restart_program(soak, "frr-bgpd", ("upstream-b",))


def flap(soak):
    upstream, protocol = random.choice((("upstream-a", "transit_a"), ("upstream-b", "transit_b")))
    soak.cut((upstream,))
    soak.say(f"session with {upstream}: disabled and enabled")
    soak.birdc(f"disable {protocol}")
    soak.wait(random.uniform(1, 6))
    soak.birdc(f"enable {protocol}")
    soak.agreed(f"flap of {upstream}")


def operator_configures(soak):
    for command in random.choice((["configure"], ["configure check", "configure"], ["configure soft"], ["configure timeout 5", "configure"])):
        soak.birdc(command)
    soak.say("an operator configures BIRD")
    soak.agreed("configure by hand")


def fragment_by_hand(soak):
    """A ghost: somebody writes a route into our file and has BIRD read it."""
    path, ghost = f"{soak.state}/bird/edge.conf", "192.0.2.222/32"
    with open(path, encoding="utf-8") as f:
        text = f.read()
    edited, n = re.subn(r"(?m)^(protocol static seawall_bh4 \{\n(?:.*\n)*?)(\})", rf"\1\troute {ghost} blackhole {{ sw_bh(1); }};\n\2", text, count=1)
    if n != 1:
        return soak.fault("the fragment has no seawall_bh4")
    soak.ghost_planted(ghost)
    with open(path, "w", encoding="utf-8") as f:
        f.write(edited)
    soak.birdc("configure")
    soak.say("the fragment is edited by hand: a ghost")
    soak.agreed("fragment edited by hand")
    return soak.ghost_gone(ghost)


def hangup(soak):
    with open(f"{soak.state}/pid/seawalld", encoding="utf-8") as f:
        os.kill(int(f.read()), signal.SIGHUP)


def reload(soak):
    path = f"{soak.state}/seawall.conf"
    with open(path, encoding="utf-8") as f:
        text = f.read()
    changed = re.sub(r'every = "[235]s"; public_delay', f'every = "{random.choice("235")}s"; public_delay', text)
    with open(path, "w", encoding="utf-8") as f:
        f.write(changed)
    soak.say("reload")
    hangup(soak)
    soak.wait(3)
    soak.agreed("reload")


def bad_reload(soak):
    path = f"{soak.state}/seawall.conf"
    shutil.copy(path, path + ".good")
    with open(path, "a", encoding="utf-8") as f:
        f.write(random.choice(("no such = 1;\n", "prefixes = ();\n", 'limits = { holes = "many"; };\n', "{{{{\n")))
    before = soak.daemon_said("seawall.conf:")
    soak.say("reload of a bad file")
    hangup(soak)
    soak.until(LATENT_S, lambda: soak.daemon_said("seawall.conf:") > before, "a bad file was reloaded without a word")
    shutil.copy(path + ".good", path)
    soak.until(LATENT_S, soak.answers, "no answer after a bad reload")


def rotate_access(soak):
    """As logrotate does; what is written before and after counts."""
    path = f"{soak.state}/access/access.log"
    add_access(soak, 40)
    soak.wait(1)
    os.replace(path, path + ".1")
    add_access(soak, 40)
    soak.count("rotations of the access log", 1)


def add_access(soak, n):
    at = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
    with open(f"{soak.state}/access/access.log", "a", encoding="utf-8") as f:
        f.write(f'203.0.113.7 - - [{at}] "GET / HTTP/1.1" 200 5 "-" "soak"\n' * n)


def detectors(soak):
    """Other detectors: good lines, bad ones, and one that leaves in the middle."""
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(5)
    try:
        s.connect(f"{soak.state}/feed.sock")
        s.sendall(b'{"detector":"soak","alive":true}\n' + b'{"subject":"192.0.2.80","metric":"bps","value":1e5,"detector":"soak"}\n' * 50 +
                  b'{"subject":"203.0.113.1"}\n{{{\n' + os.urandom(300) + b'\n{"subj')
    except OSError as e:
        soak.say(f"feed: {e}")
    finally:
        s.close()


def hanging_clients(soak):
    """They connect, ask for much or for nothing, and read nothing; others are answered all the same."""
    for n in range(12):
        s = socket.socket(socket.AF_UNIX)
        s.setblocking(False)
        try:
            s.connect(f"{soak.state}/control.sock")
            if n % 3:
                s.send([b'{"command":"status"', b'{"command":"metrics"}\n' * 50][n % 3 - 1])
        except OSError:
            pass
        soak.hanging.append((time.monotonic() + random.uniform(20, 60), s))
    watch = subprocess.Popen([*soak.cli, "watch"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    time.sleep(0.2)
    watch.send_signal(signal.SIGSTOP)
    soak.stopped.append((time.monotonic() + random.uniform(20, 60), watch))
    soak.until(LATENT_S, soak.answers, "no answer beside clients that hang")
    soak.say("twelve clients and a watch hang")


def verify(soak):
    r = soak.seawall("audit", "verify", f"{soak.state}/audit")
    if r.returncode:
        soak.fault(f"audit verify: {(r.stdout + r.stderr).strip()[-300:]}")
    soak.witness()


def compress(soak):
    """The complete files of the log are compressed, as an administrator's cron does."""
    soak.look()
    for path in sorted(glob.glob(f"{soak.state}/audit/*.jsonl"))[:-1]:
        with open(path, "rb") as f, gzip.open(path + ".gz.new", "wb") as g:
            shutil.copyfileobj(f, g)
        shutil.copystat(path, path + ".gz.new")
        shutil.chown(path + ".gz.new", "seawall", "seawall")
        os.rename(path + ".gz.new", path + ".gz")
        os.unlink(path)
        soak.count("files of the log compressed", 1)
    verify(soak)


ATTACKS = (amplified, syn, carpet, ipv6, pulses, other_kinds, two_at_once, asked)
HANDS = (announce, announce, extend, withdraw, refused_by_guard, pause, looks)
AROUND = (edge_bird, upstream_a, upstream_b, flap, operator_configures, fragment_by_hand, bad_reload, rotate_access, detectors,
          hanging_clients, verify, compress)
# A good reload replaces all processes but their parent.
KILLS = (reload, kill_engine, kill_sensor, kill_messenger, kill_helper, kill_daemon, stop_daemon, hang_role)


def deck(kills):
    """Every deed as often as it stands here, attacks most; shuffled by the seed."""
    cards = [*ATTACKS, *ATTACKS, *HANDS, *AROUND, *(KILLS * 2 if kills else ())]
    random.shuffle(cards)
    return cards
