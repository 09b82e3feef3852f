# SPDX-License-Identifier: GPL-3.0-or-later
"""Three BIRDs in network namespaces, and the bird stage with its driver, for bird-transaction.py."""
import os, re, shutil, signal, socket, subprocess, tempfile, threading, time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NS = {name: f"birdt{os.getpid()}-{name}" for name in ("edge", "a", "b")}	# two runs do not meet


def run(*command, check=True):
    return subprocess.run(command, check=check, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def until(what, seconds=60, every=0.02):
    """The first true answer of what(), or an assertion."""
    end = time.monotonic() + seconds
    while True:
        got = what()
        if got:
            return got
        assert time.monotonic() < end, "not within %g s: %s" % (seconds, getattr(what, "__doc__", None) or "condition")
        time.sleep(every)


class Bird:
    def __init__(self, where, node, text):
        self.dir, self.node = where, node
        self.conf, self.ctl = f"{where}/{node}.bird.conf", f"{where}/{node}.ctl"
        self.process = None
        self.text = text
        self.write(text)

    def write(self, text):
        with open(self.conf, "w") as f:
            f.write(text)

    def start(self):
        self.process = subprocess.Popen(["ip", "netns", "exec", NS[self.node], "bird", "-f", "-c", self.conf,
                                         "-s", self.ctl, "-P", f"{self.dir}/{self.node}.pid"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self.answers)

    def answers(self):
        try:
            return self.ask("show status")
        except OSError:
            return None

    def kill(self, how=signal.SIGKILL):
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
            self.process.wait()
        self.process = None

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(self.ctl)
            f = s.makefile("rb")
            f.readline()
            s.sendall(command.encode() + b"\n")
            out = []
            while True:
                line = f.readline().decode()
                out.append(line)
                if not line or re.match(r"\d{4} ", line):
                    return "".join(out)

    def generation(self):
        got = re.search(r"^0023 (\d+)", self.ask("eval SEAWALL_GEN"), re.M)
        return int(got.group(1)) if got else None

    def since(self, protocol):
        """Since when it is what it is, and what; for bird_times."""
        return re.search(rf"{protocol}\s.*", self.ask(f"show protocols {protocol}")).group(0)

    def routes(self):
        """network -> attributes, of everything that came over BGP"""
        out = {}
        net = None
        for line in self.ask("show route table all where source = RTS_BGP all").splitlines():
            got = re.match(r"(?:1007-| )((?:flow[46] \{.*?\})|[0-9a-f.:]+/\d+)\s", line)
            if got:
                net = got.group(1)
                out[net] = ""
            elif net is not None:
                out[net] += line + "\n"
        return out


class Driver:
    def __init__(self, lab, *extra, socket=None, templates=None, fragment=None, upstreams=("transit_a+flow", "transit_b"), prefix=()):
        self.lines, self.arrived = [], threading.Condition()
        self.process = subprocess.Popen([*prefix, f"{lab.build}/tests/system/bird_driver", socket or lab.edge.ctl,
                                         fragment or lab.fragment, templates or f"{TOP}/bird-templates", *extra, *upstreams],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            with self.arrived:
                self.lines.append(line.rstrip("\n"))
                self.arrived.notify_all()

    def do(self, *commands):
        """Sends them; returns the place in the output from which answers come."""
        with self.arrived:
            at = len(self.lines)
        self.process.stdin.write("".join(c + "\n" for c in commands))
        self.process.stdin.flush()
        return at

    def wait(self, pattern, at=0, seconds=60):
        end = time.monotonic() + seconds
        with self.arrived:
            while True:
                for line in self.lines[at:]:
                    got = re.match(pattern, line)
                    if got:
                        return got
                left = end - time.monotonic()
                assert left > 0, "no /%s/ in:\n%s" % (pattern, "\n".join(self.lines[at:][-20:]))
                self.arrived.wait(left)

    def seen(self, pattern, at=0):
        with self.arrived:
            return [line for line in self.lines[at:] if re.match(pattern, line)]

    def connected(self):
        self.wait(r"state \d+ connected")
        return self

    def apply(self, result="applied", *commands):
        at = self.do(*commands, "apply")
        asked = int(self.wait(r"asked \d+ (\d+)", at).group(1))
        got = self.wait(rf"ended \d+ {asked} (\w+) (.*)", at)
        assert got.group(1) == result, self.lines[at:]
        return got.group(2)

    def settled(self):
        """What was asked for is read back; nothing is in flight."""
        at = self.do("reconcile")
        time.sleep(0.3)
        return at

    def reconciled(self, pattern, at):
        """Asks until that is said: what is asked for while a reconcile runs is that one, and it may have read before."""
        for seconds in (10, 10, 40):
            self.do("reconcile")
            try:
                return self.wait(pattern, at, seconds)
            except AssertionError:
                if seconds == 40:
                    raise

    def quit(self):
        self.process.stdin.close()
        self.process.wait(60)

    def kill(self):
        self.process.kill()
        self.process.wait()


UPSTREAM = """
log stderr all; router id {rid};
protocol device {{ }}
{tables}
template bgp customer {{
	local {local} as {asn}; neighbor {remote} as 64500;
	graceful restart on; connect delay time 1; connect retry time 1; error wait time 1,2;
	ipv4 {{ import all; export none; }}; ipv6 {{ import all; export none; }};
}}
protocol bgp customer_edge from customer {{ {flow} }}
"""


class Lab:
    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.dir = tempfile.mkdtemp(prefix="bird-transaction.", dir="/tmp")
        os.chmod(self.dir, 0o755)
        self.fragment = f"{self.dir}/fragments/edge.conf"
        os.mkdir(f"{self.dir}/fragments")
        # mounted before any BIRD starts: `ip netns exec` gives it mounts of its own
        os.mkdir(f"{self.dir}/small")
        run("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", f"{self.dir}/small")
        self.drivers = []
        self.edge = self.a = self.b = None
        self.network_down()
        self.network_up()
        with open(f"{TOP}/bird-templates/bird.conf") as f:
            text = f.read().replace("/var/lib/seawall/bird/", f"{self.dir}/fragments/").replace("syslog", "stderr")
        self.edge = Bird(self.dir, "edge", text)
        self.a = Bird(self.dir, "a", UPSTREAM.format(
            rid="203.0.113.1", local="203.0.113.1", remote="203.0.113.2", asn=64502,
            tables="flow4 table f4; flow6 table f6;",
            flow="flow4 { table f4; import all; export none; }; flow6 { table f6; import all; export none; };"))
        self.b = Bird(self.dir, "b", UPSTREAM.format(
            rid="203.0.113.5", local="203.0.113.5", remote="203.0.113.6", asn=64503, tables="", flow=""))
        for bird in (self.edge, self.a, self.b):
            bird.start()
        self.sessions()

    def network_up(self):
        for ns in NS.values():
            run("ip", "netns", "add", ns)
            run("ip", "-n", ns, "link", "set", "lo", "up")
        for node, last, net in (("a", 1, 1), ("b", 5, 2)):
            run("ip", "link", "add", "to-edge", "netns", NS[node], "type", "veth", "peer", "name", f"to-{node}", "netns", NS["edge"])
            for ns, dev, host, number in ((NS[node], "to-edge", last, 1), (NS["edge"], f"to-{node}", last + 1, 2)):
                run("ip", "-n", ns, "address", "add", f"203.0.113.{host}/30", "dev", dev)
                run("ip", "-n", ns, "address", "add", f"2001:db8:ffff:{net}::{number}/64", "dev", dev, "nodad")
                run("ip", "-n", ns, "link", "set", dev, "up")

    @staticmethod
    def network_down():
        for ns in NS.values():
            run("ip", "netns", "delete", ns, check=False)

    def sessions(self):
        def up():
            """both sessions established"""
            return self.edge.ask("show protocols").count("Established") == 2
        until(up, 60, 0.1)

    def driver(self, *extra, **more):
        d = Driver(self, *extra, **more)
        self.drivers.append(d)
        return d

    def read_fragment(self):
        with open(self.fragment) as f:
            return f.read()

    def clean(self):
        """Back to nothing announced, whatever a test did."""
        for d in self.drivers:
            if d.process.poll() is None:
                d.kill()
        self.drivers = []
        self.edge.write(self.edge.text)
        d = self.driver().connected()
        d.apply("applied")
        d.quit()

    def down(self):
        for d in self.drivers:
            if d.process.poll() is None:
                d.kill()
        for bird in (self.edge, self.a, self.b):
            bird.kill()
        self.network_down()
        run("umount", f"{self.dir}/small", check=False)
        shutil.rmtree(self.dir, ignore_errors=True)
