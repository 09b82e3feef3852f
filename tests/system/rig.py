# SPDX-License-Identifier: GPL-3.0-or-later
"""What the system tests of the daemon share: one router with a real BIRD, two upstreams in another, seawalld, `seawall`.

A test calls enter() first: it goes on in namespaces of its own (network, mounts, processes), so nothing it makes is
seen by others, and all of it goes with the test, however that ends.
"""
import atexit
import glob
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.environ.get("top_srcdir") or os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("SEAWALL_BUILD") or os.environ.get("top_builddir") or ".")
SEAWALLD, SEAWALL, REAPER = (os.path.join(BUILD, p) for p in ("seawalld", "seawall", "seawall-reaper"))
TABLES = ("seawall4", "seawall6", "seawall_flow4", "seawall_flow6")
SKIP = 77
NEEDS = ("bird", "birdc", "ip", "unshare", "nsenter")
os.environ["PATH"] += ":/usr/sbin:/sbin"
os.environ["LC_ALL"] = "C.UTF-8"


def skip(why):
    print(why)
    sys.exit(SKIP)


def needs():
    if os.geteuid() != 0:
        skip("needs root: it makes namespaces")
    for program in NEEDS:
        if shutil.which(program) is None:
            skip(f"no {program}")
    for user in ("seawall", "bird"):
        if subprocess.run(["id", user], capture_output=True, check=False).returncode:
            skip(f"no user {user}")
    for program in (SEAWALLD, SEAWALL, REAPER):
        if not os.access(program, os.X_OK):
            skip(f"{program} is not built (SEAWALL_BUILD names the build)")


def enter():
    if os.getpid() == 1:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    needs()
    sys.stdout.flush()
    os.execvp("unshare", ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                          sys.executable, *sys.argv])


# --- what was expected ----------------------------------------------------------------------------------

class Verdicts:
    passed = failed = 0
    first = None            # RFC 3339, of what did not hold


def expect(what, ok, detail=""):
    Verdicts.passed += bool(ok)
    Verdicts.failed += not ok
    if not ok and Verdicts.first is None:
        Verdicts.first = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    print(("ok    " if ok else "FAIL  ") + what + (f": {detail}" if detail and not ok else ""), flush=True)
    return ok


BROKEN = re.compile(r".*(Sanitizer|runtime error|killed by signal (?!9;)\d+|ended with status).*")


def finish(rig, broken_by_test=None):
    """Also: nothing of seawalld broke on the way, and was started again before anybody saw."""
    if os.path.exists(rig.log):
        with open(rig.log, encoding="utf-8", errors="replace") as f:
            text = f.read()
        broken = BROKEN.search(broken_by_test.sub("", text) if broken_by_test else text)
        expect("no process of seawalld broke by itself", not broken, broken and broken[0])
    if Verdicts.failed:
        rig.tell()
    print(f"{Verdicts.passed} held, {Verdicts.failed} did not")
    sys.exit(1 if Verdicts.failed else 0)


PATIENCE = 60		# seconds that a busy machine is given for what takes another one a moment


def until(seconds, ask):
    """The first true answer, or the last one when the time is over: so many seconds, or as many as PATIENCE has."""
    end = time.monotonic() + max(seconds, PATIENCE)
    while True:
        answer = ask()
        if answer or time.monotonic() > end:
            return answer
        time.sleep(0.05)


# --- processes ------------------------------------------------------------------------------------------

def status_of(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as f:
            return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    except OSError:
        return {}


def alive(pid):
    return status_of(pid).get("State", "Z")[0] not in "ZX"


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def children(parent):
    return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and
            status_of(pid).get("PPid") == str(parent) and alive(int(pid))]


def end(process, sig=signal.SIGTERM, seconds=PATIENCE):
    if process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


# --- the rig --------------------------------------------------------------------------------------------

UPSTREAMS = """
log "@D@/upstreams.log" all;
router id 203.0.113.1;
ipv4 table b4; ipv6 table b6; flow4 table a_flow4; flow6 table a_flow6;
protocol device { }
template bgp edge { passive no; connect delay time 1; connect retry time 1; error wait time 1, 2; }
protocol bgp a from edge { local 203.0.113.1 as 64502; neighbor 203.0.113.2 as 64500;
  ipv4 { import all; export none; }; ipv6 { import all; export none; };
  flow4 { table a_flow4; import all; export none; }; flow6 { table a_flow6; import all; export none; }; }
protocol bgp b from edge { local 203.0.113.5 as 64503; neighbor 203.0.113.6 as 64500;
  ipv4 { table b4; import all; export none; }; ipv6 { table b6; import all; export none; }; }
"""

CONF = """
prefixes = ( "192.0.2.0/24", "198.51.100.0/24", "2001:db8:40::/44"@PREFIXES@ );
protected = ( { prefix = "192.0.2.53/32"; why = "resolver"; }, { prefix = "2001:db8:40::53/128"; why = "resolver"; } );
@MORE@
sensors = ( @SENSORS@ );
routers = ( { name = "edge"; socket = "@SOCKET@"; fragment = "@FRAGMENT@"; @ROUTER@
  upstreams = (
    { name = "upstream-a"; protocol = "transit_a"; profile = "rfc7999"; max_routes = @ROUTES_A@; flowspec = { max_rules = @RULES_A@; }; },
    { name = "upstream-b"; protocol = "transit_b"; profile = "exact-host"; max_routes = @ROUTES_B@; } ); } );
policies = ( @POLICIES@ );
bird_templates = "@TEMPLATES@";
state = "@AUDIT@-state";
@BUDGETS@
audit = { directory = "@AUDIT@"; };
control = { socket = "@CONTROL@"; operators = ( @OPERATORS@ ); };
@PAGE@
on_exit = "keep";
"""


# Most tests try the way through: a blackhole comes at once, as often as asked.  "" stands for the defaults.
ROOMY = 'budgets = { hole_after = "0s"; holes = "100%"; cycles = 100; hole_time = "1d"; };'


class Rig:
    def __init__(self, name):
        self.dir = tempfile.mkdtemp(prefix=f"system-{name}-")
        os.chmod(self.dir, 0o755)
        self.daemon = self.edge = self.upstreams = self.holder = None
        self.owner, self.disks = os.getpid(), []
        atexit.register(self.close)
        self.socket, self.fragment = self.path("run/bird.ctl"), self.path("bird/edge.conf")
        self.audit, self.control, self.conf = self.path("audit"), self.path("control/sock"), self.path("seawall.conf")
        self.log = self.path("seawalld.log")
        for d, owner in (("run", "bird"), ("bird", "seawall"), ("audit", "seawall"), ("control", "seawall")):
            os.mkdir(self.path(d), 0o755)
            shutil.chown(self.path(d), owner, owner)
        self.configure()

    def path(self, name):
        return os.path.join(self.dir, name)

    def records(self, kind):
        """Of the log, those of a kind."""
        lines = []
        for name in sorted(glob.glob(os.path.join(self.audit, "*.jsonl"))):
            with open(name, encoding="utf-8") as f:
                lines += [json.loads(line) for line in f.read().split("\n")[:-1]]
        return [r for r in lines if r["kind"] == kind]

    def close(self):
        if os.getpid() != self.owner:
            return
        for process in (self.daemon, self.edge, self.upstreams, self.holder):
            if process is not None:
                end(process)
        for directory in self.disks:
            subprocess.run(["umount", "-l", directory], check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    def tell(self):
        """Of the record what came just before something did not hold; of the logs the end."""
        print("-- record")
        try:
            before = [r for r in self.records() if r["t"][:19] <= Verdicts.first]
        except ValueError as broken:        # some tests do that
            print(broken)
            before = []
        for r in before[-40:]:
            print(r["t"][11:23], r["kind"], r["say"]["en"][:200])
        for name in ("seawalld.log", "bird.log"):
            if os.path.exists(self.path(name)):
                with open(self.path(name), encoding="utf-8", errors="replace") as f:
                    print(f"-- {name}\n" + "".join(f.readlines()[-25:]), end="")

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), 0o644)
        return self.path(name)

    def configure(self, **values):
        names = {"SENSORS": "", "PREFIXES": "", "MORE": "", "ROUTER": "", "POLICIES": "", "ROUTES_A": 50, "RULES_A": 20, "ROUTES_B": 20, "BUDGETS": ROOMY, "PAGE": "page = { publish = false; };",
                 "OPERATORS": '"root"',
                 "SOCKET": self.socket, "FRAGMENT": self.fragment, "AUDIT": self.audit, "CONTROL": self.control,
                 "TEMPLATES": os.path.join(os.path.abspath(TOP), "bird-templates"), **values}
        return self.write("seawall.conf", re.sub("@([A-Z_]+)@", lambda m: str(names[m[1]]), CONF))

    def small_disk(self, directory, size, user):
        """A file system of that size on a directory of ours, in our mounts only."""
        mode = f"size={size},mode=755,uid={pwd.getpwnam(user).pw_uid},gid={pwd.getpwnam(user).pw_gid}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", mode, "tmpfs", directory], check=True)
        self.disks.append(directory)

    def speak_spanish(self):
        """The catalogue of this tree, where msgfmt is there to make it."""
        directory = self.path("locale/es/LC_MESSAGES")
        os.makedirs(directory)
        os.environ["SEAWALL_LOCALEDIR"] = self.path("locale")
        return shutil.which("msgfmt") and subprocess.run(
            ["msgfmt", "-o", f"{directory}/seawall.mo", os.path.join(TOP, "po/es.po")], check=True)

    # --- the wire and the BIRDs: bird-templates/bird.conf is what operators are given

    def start_wire(self):
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        until(5, lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != os.readlink("/proc/self/ns/net"))
        there = ["nsenter", "-t", str(self.holder.pid), "-n"]
        for command in ("ip link add system-e type veth peer name system-u",
                        f"ip link set system-u netns {self.holder.pid}",
                        "ip addr add 203.0.113.2/30 dev system-e", "ip addr add 203.0.113.6/30 dev system-e",
                        "ip addr add 2001:db8:ffff::2/64 dev system-e nodad", "ip link set system-e up"):
            subprocess.run(command.split(), check=True)
        for command in ("ip addr add 203.0.113.1/30 dev system-u", "ip addr add 203.0.113.5/30 dev system-u",
                        "ip addr add 2001:db8:ffff::1/64 dev system-u nodad", "ip link set system-u up",
                        "ip link set lo up", "ip route add 192.0.2.0/24 via 203.0.113.2",
                        "ip route add 198.51.100.0/24 via 203.0.113.2",
                        "ip route add 2001:db8:40::/44 via 2001:db8:ffff::2"):
            subprocess.run(there + command.split(), check=True)
        self.there = there

    def bird(self, conf, socket, *options, before=()):
        with open(self.path("birds.out"), "ab") as out:
            return subprocess.Popen([*before, "bird", "-f", "-c", conf, "-s", socket, *options], stdout=out, stderr=out)

    def start_upstreams(self):
        self.start_wire()
        conf = self.write("upstreams.conf", UPSTREAMS.replace("@D@", self.dir))
        self.upstreams = self.bird(conf, self.path("upstreams.ctl"), before=self.there)

    def bird_conf(self):
        with open(os.path.join(TOP, "bird-templates/bird.conf"), encoding="utf-8") as f:
            text = f.read()
        text = text.replace("log syslog all;", f'log "{self.path("bird.log")}" all;')
        text = text.replace("hold time 90;", "hold time 90; connect delay time 1; connect retry time 1; "
                            "error wait time 1, 2;")
        return text.replace("/var/lib/seawall/bird/", self.path("bird/"))

    def start_bird(self):
        conf = self.path("bird.conf")
        if not os.path.exists(conf):
            self.write("bird.conf", self.bird_conf())
            shutil.chown(self.write("bird.log", ""), "bird", "bird")
        self.edge = self.bird(conf, self.socket, "-u", "bird", "-g", "bird")
        return until(10, lambda: self.birdc("show status")[0] == 0)

    def birdc(self, command, socket=None):
        try:
            r = subprocess.run(["birdc", "-r" if command.startswith(("show", "eval")) else "-v", "-s",
                                socket or self.socket, command], capture_output=True, text=True, timeout=PATIENCE, check=False)
            return r.returncode, r.stdout
        except subprocess.TimeoutExpired:
            return 124, ""

    def established(self):
        return all("Established" in self.birdc(f"show protocols {p}")[1] for p in ("transit_a", "transit_b"))

    # --- seawalld and seawall

    def start_daemon(self, *options, wait=True):
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen([SEAWALLD, "-f", "-c", self.conf, *options], stdout=log, stderr=log,
                                           stdin=subprocess.DEVNULL)
        return not wait or until(10, lambda: self.seawall("status").returncode == 0)

    def start(self):
        """All of it, with sessions up and known."""
        self.start_upstreams()
        return expect("BIRD starts with bird-templates/bird.conf", self.start_bird()) and \
            expect("seawalld starts", self.start_daemon()) and \
            expect("both BGP sessions come up, and seawalld knows", until(20, self.ready))

    def ready(self):
        lines = self.json("upstreams")
        return sum(x.get("session") == "up" for x in lines) >= 2

    def seawall(self, *words, timeout=PATIENCE):
        try:
            return subprocess.run([SEAWALL, "-c", self.conf, "--socket", self.control, *words], capture_output=True, text=True, timeout=timeout,
                                  check=False, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(words, 124, "", "no answer")

    def json(self, *words):
        r = self.seawall("--json", *words)
        return [json.loads(line) for line in r.stdout.splitlines()] if r.returncode == 0 else []

    def announce(self, *words, lasts="1h", reason="system test"):
        return self.seawall("announce", *words, "--for", lasts, "--reason", reason)

    def role(self, name):
        """Pids of the daemon's processes in a role."""
        return [p for p in children(self.daemon.pid) if f"--role={name}" in command_of(p)]

    def replace_segment(self, meanwhile):
        """The log's newest file is another one while the engine cannot see it; then: has it put its own back?"""
        segment, engine = max(glob.glob(os.path.join(self.audit, "*.jsonl"))), self.role("engine")[0]
        os.kill(engine, signal.SIGSTOP)
        os.rename(segment, self.path("taken"))
        with open(segment, "w", encoding="utf-8") as f:
            f.write("another\n")
        shutil.chown(segment, "seawall", "seawall")
        meanwhile()
        os.kill(engine, signal.SIGCONT)
        return until(PATIENCE, lambda: os.path.exists(segment + ".replaced-1"))

    # --- what is there

    def text(self):
        try:
            with open(self.fragment, encoding="utf-8") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def written(self):
        return networks(self.text())

    def generation(self):
        return self.birdc("eval SEAWALL_GEN")[1].strip().splitlines()[-1:]

    def running(self):
        out = set()
        for table in TABLES:
            status, text = self.birdc(f"show route table {table} protocol " +
                                      {"seawall4": "seawall_bh4", "seawall6": "seawall_bh6",
                                       "seawall_flow4": "seawall_fs4", "seawall_flow6": "seawall_fs6"}[table])
            if status:
                return None
            out |= {plain(x) for x in re.findall(r"(?m)^(\S+/\d+)\s+blackhole", text)}
            out |= {plain(x) for x in re.findall(r"(?m)^(flow[46] \{.*\})", text)}
        return out

    def records(self, *kinds):
        out = []
        for path in sorted(glob.glob(os.path.join(self.audit, "*.jsonl"))):
            with open(path, "rb") as f:
                out += [json.loads(line) for line in f if line.endswith(b"\n")]
        return [r for r in out if not kinds or r["kind"] in kinds]

    def logged(self):
        """What stands by the log alone: id -> network."""
        out = {}
        for r in self.records("intent", "outcome", "journal"):
            if r["kind"] == "intent" and r["verb"] == "announce":
                out[r["id"]] = network_of(r["mitigation"]["rule"])
            elif r["kind"] == "intent":
                out.pop(r["id"], None)
            elif r["kind"] == "journal":
                out.pop(r["entry"].get("id"), None)
            elif r.get("result") == "refused" and r.get("verb") == "announce" and r["stands"] == "no":
                out.pop(r["id"], None)
        return out

    def agree(self):
        """Log, fragment and BIRD: {} when they say the same."""
        want, out = set(self.logged().values()), {}
        for name, have in (("fragment", self.written()), ("BIRD", self.running())):
            if have != want:
                out[name] = "no answer" if have is None else {"more": sorted(have - want), "less": sorted(want - have)}
        return out

    def verify(self):
        return self.seawall("audit", "verify", self.audit)


def plain(network):
    """Without spaces and signs of equality: BIRD and the fragment write them differently."""
    return re.sub(r"[\s=]+", "", network)


def networks(text):
    found = re.findall(r"(?m)^\s*route (\S+/\d+) blackhole", text)
    return {plain(x) for x in found + re.findall(r"(?m)^\s*route (flow[46] \{.*?\}) ", text)}


def network_of(rule):
    return plain(rule["prefix"] if rule["kind"] == "rtbh" else rule["bird"])
