# SPDX-License-Identifier: GPL-3.0-or-later
"""Upstreams of five makes, each in a network of its own beside the edge's, and what each prints of a rule.

BIRD, FRR, gobgpd, ExaBGP and OpenBGPD as Debian packs them, and flow_wire.py, which only reads what is on the wire.  A peer
says what it has (`rules()`, `routes()`), in the form of flow_rules.py, and how often it saw a session begin (`ups()`).
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

from flow_rules import float32, from_bird, prefix, taken
from flow_wire import extended
from rig import TOP, end, skip, until

FRR = "/usr/lib/frr"
PATIENCE = 60
EDGE_AS = 64500
EXABGP = shutil.which("exabgp") or "/usr/sbin/exabgp"


def missing():
    """What Debian's packages did not bring: contrib/packages/test names all of them."""
    programs = {"bird2": ("bird", "birdc"), "frr": ("vtysh", f"{FRR}/bgpd", f"{FRR}/zebra"), "gobgpd": ("gobgpd", "gobgp"),
                "openbgpd": ("bgpctl", "/usr/sbin/bgpd"), "exabgp": ("exabgp",)}
    return [f"{name} (Debian: {package})" for package, names in programs.items() for name in names if shutil.which(name) is None]


class Peer:
    """Number N (1...) speaks from 203.0.113.(4N+1) as AS 64510+N; the edge has the address after it."""
    make, flow = "", True
    profile = ""

    def __init__(self, rig, number):
        self.rig, self.number, self.processes = rig, number, []
        self.asn, self.us, self.edge = 64510 + number, f"203.0.113.{4 * number + 1}", f"203.0.113.{4 * number + 2}"
        self.dir = rig.path(self.make)
        os.mkdir(self.dir)
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.processes.append(self.holder)
        mine = os.readlink("/proc/self/ns/net")
        until(PATIENCE, lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != mine)
        self.there = ["nsenter", "-t", str(self.holder.pid), "-n"]
        self.wire()

    def wire(self):
        n = self.number
        subprocess.run(f"ip link add peer{n} type veth peer name edge netns {self.holder.pid}".split(), check=True)
        for command in (f"ip addr add {self.edge}/30 dev peer{n}", f"ip addr add 2001:db8:ffff:{n}::2/64 dev peer{n} nodad",
                        f"ip link set peer{n} up"):
            subprocess.run(command.split(), check=True)
        for command in ("ip link set lo up", f"ip addr add {self.us}/30 dev edge",
                        f"ip addr add 2001:db8:ffff:{n}::1/64 dev edge nodad", "ip link set edge up"):
            self.run(*command.split())

    def run(self, *command, check=True):
        return subprocess.run([*self.there, *command], capture_output=True, text=True, timeout=PATIENCE, check=check).stdout

    def json(self, *command):
        try:
            return json.loads(self.run(*command, check=False) or "null")
        except ValueError:
            return None

    def spawn(self, *command, out=None, env=None):
        with open(self.path("out"), "ab") as log:
            p = subprocess.Popen([*self.there, *command], stdout=open(out, "ab") if out else log, stderr=log,
                                 stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})
        self.processes.append(p)
        return p

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def events(self):
        with open(self.path("events"), encoding="utf-8") as f:
            return [json.loads(line) for line in f if line.endswith("\n")]

    def stop(self):
        for p in reversed(self.processes):
            end(p)

    def count(self):
        return len(self.rules())

    def tell(self):
        if os.path.exists(self.path("out")):
            with open(self.path("out"), encoding="utf-8", errors="replace") as f:
                print(f"-- {self.make}\n" + "".join(f.readlines()[-15:]), end="")


class Printed:
    """A rule as a peer prints it; read() is what that says, or why it cannot be read."""

    def __init__(self, text, read):
        self.text, self.actions, self.said = " ".join(text.split()), set(), []
        try:
            self.rule = read()
        except ValueError as e:
            self.rule = {"unreadable": str(e)}
        got = re.search(r"[0-9a-f.:]+/\d+", text)
        self.dst = self.rule.get("dst") or got and prefix(got[0])

    def act(self, action, text):
        if action:
            self.actions.add(tuple(action[:2]))
        self.said.append(text)

    def read(self):
        return {**self.rule, "actions": frozenset(self.actions)}

    def __str__(self):
        return f"{self.text} -> {' '.join(self.said) or 'nothing'}"


class Bird(Peer):
    make = "BIRD"

    def start(self):
        self.ctl = self.path("ctl")
        self.spawn("bird", "-f", "-c", self.write("conf", f"""
log "{self.path("log")}" all; router id {self.us}; timeformat protocol iso long ms;
protocol device {{ }}
flow4 table f4; flow6 table f6;
protocol bgp edge {{ local {self.us} as {self.asn}; neighbor {self.edge} as {EDGE_AS}; debug {{ states }};
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 {{ import all; export none; }}; ipv6 {{ import all; export none; }};
  flow4 {{ table f4; import all; export none; }}; flow6 {{ table f6; import all; export none; }}; }}
"""), "-s", self.ctl)

    def ask(self, command):
        return self.rig.birdc(command, self.ctl)[1]

    def version(self):
        return re.search(r"BIRD ([\d.]+)", self.ask("show status"))[1]

    def ups(self):
        with open(self.path("log"), encoding="utf-8") as f:
            return len(re.findall(r"edge: State changed to up", f.read()))

    def rules(self):
        out = []
        for line in (self.ask("show route table f4 all") + self.ask("show route table f6 all")).splitlines():
            got = re.match(r"(?:1007-| )?(flow[46] \{(.*?)\})\s", line)
            if got:
                out.append(Printed(got[1], lambda text=got[2]: from_bird(text)))
            for address in re.findall(r"\(unknown 0x10c, ([0-9.]+), 0\)", line):
                out[-1].act(("redirect", address), f"(unknown 0x10c, {address}, 0)")
            for high, low in re.findall(r"\(generic, 0x([0-9a-f]+), 0x([0-9a-f]+)\)", line):
                out[-1].act(extended(bytes.fromhex(high.zfill(8) + low.zfill(8))), f"({high} {low})")
        return out

    def routes(self):
        text = self.ask("show route table master4 all") + self.ask("show route table master6 all")
        out, at = {}, None
        for line in text.splitlines():
            got = re.match(r"([0-9a-f.:]+/\d+)\s", line)
            at = got[1] if got else at
            if at:
                out.setdefault(at, [])
            if "BGP.community" in line:
                out[at] += ["%s:%s" % c for c in re.findall(r"\((\d+),(\d+)\)", line)]
        return out


class Wire(Peer):
    make = "wire"

    def start(self):
        here = os.path.dirname(os.path.abspath(__file__))
        self.spawn(sys.executable, os.path.join(here, "flow_wire.py"), self.us, str(self.asn), out=self.path("events"))

    def version(self):
        return "RFC 8955, 8956"

    def rules(self):
        have = {}
        for e in self.events():
            if e["event"] == "down":
                have.clear()
            if e["event"] != "update":
                continue
            for one in e["gone"]:
                have.pop(json.dumps(one), None)
            for one in e["come"]:
                have[json.dumps(one)] = (one, e)
        return [self.printed(one, e) for one, e in have.values() if one["safi"] == 133]

    @staticmethod
    def printed(one, event):
        def read():
            out = {k: v for k, v in one.items() if k in ("dst", "src", "dst offset", "src offset")}
            for kind in map(int, filter(str.isdigit, one)):
                out[kind] = taken(kind, [t[:3] for t in one[str(kind)]])
            return out
        p = Printed(json.dumps({k: v for k, v in one.items() if k not in ("afi", "safi")}), read)
        p.bytes = one["bytes"]
        for action in event.get("extended", ()):
            p.act(action, " ".join(map(str, action)))
        return p

    def routes(self):
        out = {}
        for e in self.events():
            for one in e.get("gone", ()):
                out.pop(one.get("prefix"), None)
            for one in e.get("come", ()):
                if "prefix" in one:
                    out[one["prefix"]] = e.get("communities", [])
        return out

    def ups(self):
        return sum(e["event"] == "up" for e in self.events())


class Frr(Peer):
    make = "FRR"

    def start(self):
        families = "".join(f" address-family {f}\n  neighbor {self.edge} activate\n exit-address-family\n" for f in
                           ("ipv4 unicast", "ipv6 unicast", "ipv4 flowspec", "ipv6 flowspec"))
        self.write("bgpd.conf", f"""hostname frr
log stdout informational
router bgp {self.asn}
 bgp router-id {self.us}
 no bgp default ipv4-unicast
 no bgp ebgp-requires-policy
 neighbor {self.edge} remote-as {EDGE_AS}
 neighbor {self.edge} timers connect 1
{families}""")
        # without zebra bgpd does not know its interfaces, and refuses an IPv6 next hop that names a link-local address, too
        self.write("zebra.conf", "hostname frr\n")
        subprocess.run(["chown", "-R", "frr:frr", self.dir], check=True)
        for daemon, more in (("zebra", ()), ("bgpd", ("-l", self.us))):
            self.spawn(f"{FRR}/{daemon}", "-f", self.path(f"{daemon}.conf"), "-i", self.path(f"{daemon}.pid"), "-z", self.path("zserv.api"),
                       "--vty_socket", self.dir, "-P", "0", *more)
            until(PATIENCE, lambda d=daemon: os.path.exists(self.path(f"{d}.vty")))

    def vty(self, *commands):
        return self.run("vtysh", "--vty_socket", self.dir, "-d", "bgpd", *(x for c in commands for x in ("-c", c)), check=False)

    def objects(self, *commands):
        """What commands with `json` print, one after another."""
        text, out = self.vty(*commands).strip(), []
        while text:
            one, at = json.JSONDecoder().raw_decode(text)
            out.append(one)
            text = text[at:].strip()
        return out

    def version(self):
        return re.search(r"FRRouting ([\d.]+)", self.vty("show version"))[1]

    NAMES = {"IP Protocol": 3, "Port": 4, "Destination Port": 5, "Source Port": 6, "ICMP Type": 7, "ICMP Code": 8,
             "TCP Flags": 9, "Packet Length": 10, "DSCP field": 11, "Packet Fragment": 12, "Packet Flow Label": 13}
    COMPARED = {"<": 4, "<=": 5, ">": 2, ">=": 3, "=": 1}

    def terms(self, kind, text):
        if kind in (9, 12):
            return [(sign == "&", (match == "=") | 2 * bool(no), int(value))
                    for sign, match, no, value in re.findall(r"(?:,([&|]))?\s*(=|\u220b)\s*(!?)\s*(\d+)", text)]
        out = []
        for op, value in re.findall(r"([<>=]+)\s*(\d+)", text):
            # it prints "and" and "or" alike: an upper bound right after a lower one belongs to it
            out.append((op[0] == "<" and bool(out) and out[-1][1] in (2, 3), self.COMPARED[op], int(value)))
        return out

    def entry(self, text):
        out = {}
        for line in text.splitlines():
            got = re.match(r"\s+(Destination|Source) Address (\S+?)(?:/off 0)?$", line)
            if got:
                out["dst" if got[1] == "Destination" else "src"] = prefix(got[2])
            for name, kind in self.NAMES.items():
                if line.strip().startswith(name + " "):
                    out[kind] = taken(kind, self.terms(kind, line.strip()[len(name):]))
        return out

    def rules(self):
        out = []
        for text in self.vty("show bgp ipv4 flowspec detail", "show bgp ipv6 flowspec detail").split("BGP flowspec entry:")[1:]:
            match = text.partition("\treceived for")[0]
            lines = match.splitlines()[1:]
            out.append(Printed("; ".join(x.strip() for x in lines if not re.match("FS:|UNK:|NH:", x.strip())), lambda m=match: self.entry(m)))
            for one in re.findall(r"(?:FS|UNK|NH):.*?(?= FS:| UNK:| NH:|$)", match, re.M):
                out[-1].act(self.action(one.strip()), one.strip())
        return out

    @staticmethod
    def action(text):
        for pattern, make in ((r"FS:rate ([\d.]+)", lambda x: ("rate", float32(float(x)))), (r"FS:marking (\d+)", lambda x: ("mark", int(x))),
                              (r"FS:redirect VRF RT:(\S+)", lambda x: ("redirect", x)), (r"NH:(\S+):0", lambda x: ("redirect", x)),
                              (r"FS:action (.*)", lambda x: ("action", x))):
            got = re.fullmatch(pattern, text)
            if got:
                return make(got[1])
        return ("unknown", text)

    def routes(self):
        out = {}
        nets = [n for said in self.objects("show bgp ipv4 unicast json", "show bgp ipv6 unicast json") for n in said.get("routes", {})]
        for said in self.objects(*(f"show bgp ipv{6 if ':' in n else 4} unicast {n} json" for n in nets)):
            for path in said.get("paths", ()):
                out[prefix(said["prefix"])] = [{"blackhole": "65535:666"}.get(c, c) for c in path.get("community", {}).get("list", ())]
        return out

    def ups(self):
        said = self.objects(f"show bgp neighbors {self.edge} json") or [{}]
        return said[0].get(self.edge, {}).get("connectionsEstablished", 0)


class GoBgp(Peer):
    make = "gobgpd"

    def start(self):
        families = "".join(f'  [[neighbors.afi-safis]]\n    [neighbors.afi-safis.config]\n      afi-safi-name = "{f}"\n' for f in
                           ("ipv4-unicast", "ipv6-unicast", "ipv4-flowspec", "ipv6-flowspec"))
        self.spawn("gobgpd", "-f", self.write("conf.toml", f"""
[global.config]
  as = {self.asn}
  router-id = "{self.us}"
  local-address-list = ["{self.us}"]
[[neighbors]]
  [neighbors.config]
    neighbor-address = "{self.edge}"
    peer-as = {EDGE_AS}
  [neighbors.timers.config]
    connect-retry = 1
    idle-hold-time-after-reset = 1
{families}"""), "--api-hosts=127.0.0.1:50051", out=self.path("log"))

    def version(self):
        return re.search(r"[\d.]+", self.run("gobgpd", "--version"))[0]

    def rib(self, family):
        """Its client gives up on a server that is busy: asked again."""
        def ask():
            said = self.json("gobgp", "global", "rib", "-a", family, "-j")
            return None if said is None or "error" in said else [said]
        return (until(PATIENCE, ask) or [{}])[0].items()

    @staticmethod
    def entry(nlri):
        out = {}
        for part in nlri["value"]:
            if part["type"] in (1, 2):
                out["dst" if part["type"] == 1 else "src"] = prefix(part["value"]["prefix"])
                if part.get("offset"):
                    raise ValueError("an offset")
            else:
                out[part["type"]] = taken(part["type"], [(t["op"] >> 6 & 1, t["op"] & 7, t["value"]) for t in part["value"]])
        return out

    @staticmethod
    def action(one):
        kind = one.get("type", 0) << 8 | one.get("subtype", 0)
        if kind == 0x8006:
            return ("rate", float32(one["rate"]))
        if kind == 0x8007:
            return ("action", bool(one.get("terminal")) | 2 * bool(one.get("sample")))
        if kind in (0x8008, 0x8108):
            return ("redirect", one["value"])
        if kind == 0x8208:		# RFC 5396, asdot
            return ("redirect", re.sub(r"^(\d+)\.(\d+)", lambda m: str(int(m[1]) << 16 | int(m[2])), one["value"]))
        if kind == 0x8009:
            return ("mark", one["value"])
        if kind == 0x010c:		# it has no name for this one, and prints its six bytes as it prints others of that type
            return ("redirect", one["value"].removesuffix(":0"))
        return ("unknown", json.dumps(one))

    def count(self):
        """How many rules; its JSON repeats a whole UPDATE with each rule of it, so that is asked for once."""
        said = (self.run("gobgp", "global", "rib", "summary", "-a", f"ipv{v}-flowspec", check=False) for v in "46")
        return sum(int(n) for text in said for n in re.findall(r"Path: (\d+)", text))

    def rules(self):
        out = []
        for family in ("ipv4-flowspec", "ipv6-flowspec"):
            for text, (path, *_) in self.rib(family):
                out.append(Printed(text, lambda n=path["nlri"]: self.entry(n)))
                for one in (c for a in path["attrs"] if a["type"] == 16 for c in a["value"]):
                    out[-1].act(self.action(one), json.dumps(one))
        return out

    def routes(self):
        out = {}
        for family in ("ipv4", "ipv6"):
            for net, (path, *_) in self.rib(family):
                numbers = [c for a in path["attrs"] if a["type"] == 8 for c in a["communities"]]
                out[prefix(net)] = [f"{c >> 16}:{c & 0xffff}" for c in numbers]
        return out

    def ups(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as f:
            return len(re.findall(r"Peer Up", f.read()))


class ExaBgp(Peer):
    make = "ExaBGP"

    def start(self):
        # it must keep its own standard output, or it counts as dead
        helper = self.write("helper", f"#!{sys.executable} -u\nimport sys\nwith open('{self.path('events')}', 'a', buffering=1) as f:\n"
                            "    for line in sys.stdin:\n        f.write(line)\n")
        os.chmod(helper, 0o755)
        open(self.path("events"), "w").close()
        self.spawn(EXABGP, self.write("conf", f"""
process hear {{ run {helper}; encoder json; }}
neighbor {self.edge} {{
  router-id {self.us}; local-address {self.us}; local-as {self.asn}; peer-as {EDGE_AS};
  family {{ ipv4 unicast; ipv6 unicast; ipv4 flow; ipv6 flow; }}
  api {{ processes [ hear ]; neighbor-changes; receive {{ parsed; update; }} }}
}}
"""), env={"exabgp.daemon.user": "root", "exabgp.api.cli": "false", "exabgp.tcp.bind": "", "exabgp.log.level": "INFO"})

    def version(self):
        return re.search(r"ExaBGP : ([\d.]+)", self.run(EXABGP, "--version"))[1]

    NAMES = {"protocol": 3, "next-header": 3, "port": 4, "destination-port": 5, "source-port": 6, "icmp-type": 7, "icmp-code": 8,
             "tcp-flags": 9, "packet-length": 10, "dscp": 11, "traffic-class": 11, "fragment": 12, "flow-label": 13}
    WORDS = {3: {"icmp": 1, "igmp": 2, "tcp": 6, "egp": 8, "udp": 17, "rsvp": 46, "gre": 47, "esp": 50, "ah": 51, "ospf": 89,
                 "ipip": 94, "pim": 103, "sctp": 132},
             7: {"echo-reply": 0, "unreachable": 3, "source-quench": 4, "redirect": 5, "echo-request": 8, "router-advertisement": 9,
                 "router-solicit": 10, "time-exceeded": 11, "parameter-problem": 12, "timestamp": 13, "timestamp-reply": 14,
                 "info-request": 15, "info-reply": 16, "mask-request": 17, "mask-reply": 18},
             9: {"fin": 1, "syn": 2, "rst": 4, "push": 8, "ack": 16, "urg": 32, "ece": 64, "cwr": 128, "ns": 256},
             12: {"not-a-fragment": 0, "dont-fragment": 1, "is-fragment": 2, "first-fragment": 4, "last-fragment": 8}}
    COMPARED = {"<": 4, "<=": 5, ">": 2, ">=": 3, "=": 1, "!=": 6}

    def value(self, kind, text):
        got = re.fullmatch(r"(?:unknown .* type )?(\d+)", text)
        if got:
            return int(got[1])
        try:
            return sum(self.WORDS[kind][w] for w in text.split("+"))
        except KeyError:
            raise ValueError(text) from None

    def entry(self, text):
        """From its text: in its JSON every bit of one operand of TCP flags stands as if it were an operand of its own."""
        out = {}
        for name, group, single in re.findall(r" ([a-z][a-z0-9-]+) (?:\[ (.*?) \]|([<>=!]*unknown .*? type \d+|\S+))", text[len("flow"):]):
            if name.startswith(("destination-ipv", "source-ipv")):
                # in IPv6 an offset stands behind the length
                out["dst" if name[0] == "d" else "src"] = prefix("/".join(single.split("/")[:2]))
                continue
            kind, terms = self.NAMES[name], []
            for one in re.findall(r"&?[<>=!]*(?:unknown [a-z ]+ type \d+|[^\s&]+)", group or single):
                is_and, op, rest = re.fullmatch(r"(&?)([<>=!]*)(.*)", one).groups()
                bits = ("=" in op) | 2 * ("!" in op) if kind in (9, 12) else self.COMPARED[op]
                terms.append((bool(is_and), bits, self.value(kind, rest)))
            out[kind] = taken(kind, terms)
        return out

    @staticmethod
    def action(text):
        for pattern, make in ((r"rate-limit:([\d.e+]+)", lambda x: ("rate", float32(float(x)))), (r"mark (\d+)", lambda x: ("mark", int(x))),
                              (r"redirect:(\S+)", lambda x: ("redirect", x)),
                              (r"redirect-to-nexthop-ietf (\S+)", lambda x: ("redirect", x)),
                              (r"action (\S+)", lambda x: ("action", ("terminal" in x) | 2 * ("sample" in x)))):
            got = re.fullmatch(pattern, text)
            if got:
                return make(got[1])
        return ("unknown", text) if text else None

    def updates(self, family):
        """nlri as text -> (nlri, attributes)"""
        have = {}
        for e in self.events():
            if e["type"] == "state" and e["neighbor"]["state"] == "down":
                have.clear()
            update = e.get("neighbor", {}).get("message", {}).get("update", {}) if e["type"] == "update" else {}
            for version in "46":
                name = f"ipv{version} {family}"
                for one in update.get("withdraw", {}).get(name, ()):
                    have.pop(one.get("string", one.get("nlri")), None)
                for group in update.get("announce", {}).get(name, {}).values():
                    for one in group:
                        have[one.get("string", one.get("nlri"))] = (one, update["attribute"])
        return have

    def rules(self):
        out = []
        for text, (_, said) in self.updates("flow").items():
            out.append(Printed(text, lambda t=text: self.entry(t)))
            for one in said.get("extended-community", ()):
                out[-1].act(self.action(one["string"]), one["string"] or f"{one['value']:#x} unnamed")
        return out

    def routes(self):
        return {prefix(net): ["%d:%d" % tuple(c) for c in said.get("community", ())]
                for net, (_, said) in self.updates("unicast").items()}

    def ups(self):
        return sum(e.get("neighbor", {}).get("state") == "up" for e in self.events())


class OpenBgpd(Peer):
    make, flow = "OpenBGPD", False

    def start(self):
        # its children are locked up in here, which the unit makes; only our mounts see it
        subprocess.run("mount -t tmpfs -o mode=755 tmpfs /run".split(), check=True)
        os.mkdir("/run/openbgpd")
        conf = self.write("conf", f"""
AS {self.asn}
router-id {self.us}
fib-update no
listen on {self.us}
socket "{self.path("sock")}"
neighbor {self.edge} {{
	remote-as {EDGE_AS}
	announce IPv4 unicast
	announce IPv6 unicast
}}
allow from any
""")
        os.chmod(conf, 0o600)
        self.spawn("/usr/sbin/bgpd", "-d", "-f", conf)

    def version(self):
        return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "openbgpd"], capture_output=True, text=True, check=False).stdout

    def ctl(self, *words):
        return json.loads(self.run("bgpctl", "-j", "-s", self.path("sock"), *words, check=False) or "{}")

    def rules(self):
        return []

    def routes(self):
        return {prefix(one["prefix"]): [{"BLACKHOLE": "65535:666"}.get(c, c) for c in one.get("communities", ())]
                for one in self.ctl("show", "rib", "detail").get("rib", ())}

    def ups(self):
        """Sessions that got as far as an OPEN of ours; its counters are of all sessions."""
        said = self.ctl("show", "neighbor", self.edge).get("neighbors") or [{}]
        return said[0].get("stats", {}).get("message", {}).get("received", {}).get("open", 0)


MAKES = (Bird, Frr, GoBgp, ExaBgp, Wire, OpenBgpd)	# those with FlowSpec first


# --- the edge ---------------------------------------------------------------------------------------------

def edge_conf(rig, peers):
    """bird-templates/bird.conf with a session to each, under the filters of its upstream number 1."""
    with open(os.path.join(TOP, "bird-templates/bird.conf"), encoding="utf-8") as f:
        text = f.read()
    filters = re.search(r"(?ms)^filter to_transit_a4 .*?(?=^# Upstream number 2)", text)[0]
    text = re.sub(r"(?ms)^protocol bgp transit_a .*?(?=^# --- Seawall)", "@SESSIONS@\n", text)
    text = text.replace("log syslog all;", f'log "{rig.path("bird.log")}" all;')
    text = text.replace("hold time 90;", "hold time 90; connect delay time 1; connect retry time 1; error wait time 1, 2;")
    text = text.replace("/var/lib/seawall/bird/", rig.path("bird/"))
    sessions = ""
    for p in peers:
        sessions += re.sub(r"\(1\)", f"({p.number})", filters.replace("to_transit_a", f"to_peer{p.number}_"))
        channels = [("ipv4", "seawall4", "4"), ("ipv6", "seawall6", "6")] + \
            [("flow4", "seawall_flow4", "_flow4"), ("flow6", "seawall_flow6", "_flow6")] * p.flow
        sessions += f"protocol bgp upstream_{p.number} from upstream {{\n  local {p.edge} as OUR_AS; neighbor {p.us} as {p.asn}; debug {{ states, events }};\n"
        sessions += "".join(f"  {family} {{ table {table}; import none; export filter to_peer{p.number}_{end}; }};\n" for family, table, end in channels)
        sessions += "}\n"
    shutil.chown(rig.write("bird.log", ""), "bird", "bird")
    return rig.write("bird.conf", text.replace("@SESSIONS@", sessions))
