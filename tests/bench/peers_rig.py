# SPDX-License-Identifier: GPL-3.0-or-later
"""The shared measuring rig with seawalld as one more collector.  Used by `peers`, inside its namespaces.

The rig's own programs are used as they are: its ingest.py starts and stops the peers and drives the generator.
"""
import glob
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
EXPORTERS = ["127.0.0.%d" % i for i in range(10, 14)]	# as flowgen sends
OUTSIDE = "1, 5"	# where its records and its samples come in
CONF = """
prefixes = ( %(prefixes)s );
links = ( { name = "north"; interface = "mir0"; capacity = "9000Gbit"; } );
sensors = ( %(sensor)s );
routers = ( { name = "edge"; socket = "%(dir)s/bird.ctl"; fragment = "%(dir)s/edge.conf";
  upstreams = ( { name = "north"; protocol = "north"; profile = "rfc7999"; max_routes = 50; flowspec = { max_rules = 20; }; },
                { name = "south"; protocol = "south"; profile = "exact-host"; max_routes = 20; } ); } );
policies = ( "%(top)s/contrib/example/policies/default.policy" );
bird_templates = "%(top)s/bird-templates";
state = "%(dir)s/state";
audit = { directory = "%(dir)s/audit"; };
control = { socket = "%(dir)s/control.sock"; operators = ( "root" ); };
page = { publish = false; };
"""
VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--trace-children=yes", "-q")
EMPTY_S = 60
PORTS = (2055, 6343)	# NetFlow and IPFIX, sFlow
INSTR_PACKETS = (50000, 250000)


def load_ingest(directory):
    """The rig's module, without its command line."""
    path = directory + "/ingest.py"
    with open(path, encoding="utf-8") as f:
        source = f.read().rsplit("\nmain()", 1)[0]
    module = type(os)("ingest")
    module.__file__ = path
    exec(compile(source, path, "exec"), module.__dict__)
    return module


def ran_ns(pids):
    """Processor time, exact: /proc/PID/stat counts in hundredths of a second."""
    total = 0
    for pid in pids:
        for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
            try:
                with open(path, encoding="ascii") as f:
                    total += int(f.read().split()[0])
            except OSError:
                pass
    return total


def tell(*words):
    print(*words, file=sys.stderr, flush=True)


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


class Rig:
    def __init__(self, build, shared):
        self.build = build
        self.dir = tempfile.mkdtemp(prefix="seawall-peers-", dir="/dev/shm")
        self.tools = self.dir + "/rig"
        shutil.copytree(shared + "/rig", self.tools)
        subprocess.run(f"chmod -R u+w {self.tools} && make -s -C {self.tools} all", shell=True, check=True)
        self.ingest = load_ingest(self.tools)
        os.chmod(self.dir, 0o755)
        os.chmod(self.tools, 0o755)
        os.chmod(self.ingest.RUN, 0o1777)	# valgrind writes there as whoever its program has become
        self.ingest.Nfcapd.DIR = self.dir + "/nfcapd"
        self.ingest.prefer(os.getpid())

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    @staticmethod
    def median(values):
        return statistics.median(values)

    def collector(self, name, protocol, hosts, program=None):
        six = protocol.endswith("-6")
        plain = protocol[:-2] if six else protocol
        if name != "seawalld":
            c = self.ingest.make(name, plain, hosts, six)
        else:
            c = self.seawalld(plain, hosts, six, program or self.build + "/seawalld")
        c.idle_cpu = 0
        return c

    def seawalld(self, protocol, hosts, six, program):
        rig, directory = self, self.dir + "/seawall"

        class Seawalld(self.ingest.Coll):
            def start(self):
                self.port = 6343 if protocol == "sflow" else 2055
                sensor = '{ name = "edge"; type = "flow"; listen = "127.0.0.1:%d"; exporters = ( %s ); vantage = "routers"; link = "north"; outside = ( %s ); }'
                exporters = ", ".join(f'"{a}"' for a in EXPORTERS)
                outside = ", ".join(f'{{ exporter = "{a}"; interfaces = ( {OUTSIDE} ); }}' for a in EXPORTERS)
                rig.configure(directory, sensor % (self.port, exporters, outside), hosts)
                self.p = rig.ingest.spawn([program, "-f", "-d", "-c", directory + "/seawall.conf"], "seawalld.log",
                                          {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"})
                self.sensor()

            def sensor(self):
                return rig.role_of(self.p.pid, "sensor")

            def pids(self):
                return [self.sensor()]

            def everybody(self):
                return rig.ingest.tree(self.p.pid)

            def counted(self):
                time.sleep(1.3)		# told once a second
                return rig.accepted(directory)
        return Seawalld(protocol, hosts, six)

    def configure(self, directory, sensor, hosts):
        shutil.rmtree(directory, ignore_errors=True)
        os.mkdir(directory)
        os.mkdir(directory + "/audit")
        for d in (directory, directory + "/audit"):
            shutil.chown(d, "seawall", "seawall")
        bits = 32 - max(1, (hosts - 1).bit_length())
        with open(directory + "/seawall.conf", "w", encoding="utf-8") as f:
            f.write(CONF % {"dir": directory, "top": TOP, "sensor": sensor, "prefixes": f'"10.0.0.0/{bits}", "2001:db8::/32"'})

    def role_of(self, daemon, role):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for pid in self.ingest.tree(daemon):
                if f"--role={role}" in command_of(pid):
                    return pid
            time.sleep(0.1)
        raise RuntimeError(f"seawalld starts no {role}: {self.log_of('seawalld.log')}")

    def log_of(self, name):
        with open(f"{self.ingest.RUN}/{name}", encoding="utf-8", errors="replace") as f:
            return "".join(f.readlines()[-5:])

    def accepted(self, directory):
        out = subprocess.run([self.build + "/seawall", "--socket", directory + "/control.sock", "--json", "sensors"],
                             capture_output=True, text=True, timeout=60, check=False).stdout
        return sum(json.loads(line).get("accepted", 0) for line in out.splitlines())

    # --- one collector, one burst -----------------------------------------------------------------------

    def begin(self, c):
        for port in PORTS:
            self.until_free(port)
        c.start()
        end = time.monotonic() + EMPTY_S
        while self.ingest.udp(c.port) is None:
            if c.p.poll() is not None or time.monotonic() > end:
                raise RuntimeError("it does not listen")
            time.sleep(0.1)
        time.sleep(0.7)

    def until_free(self, port):
        """Who was measured before has ended, but the kernel may still be taking its socket away."""
        end = time.monotonic() + EMPTY_S
        while self.ingest.udp(port) is not None:
            if time.monotonic() > end:
                raise RuntimeError(f"port {port} is taken")
            time.sleep(0.1)

    @staticmethod
    def everybody(c):
        return c.everybody() if hasattr(c, "everybody") else c.pids()

    def step(self, c, rate, seconds=None, count=None):
        cpu, cpu_all, rss = ran_ns(c.pids()), ran_ns(self.everybody(c)), self.ingest.rss
        if self.ingest.udp(c.port) is None:
            raise RuntimeError("it has ended")
        pids = c.pids()
        s = self.ingest.step(c, rate, seconds, count)
        if c.pids() != pids:
            raise RuntimeError("a process was ended and started again meanwhile: no figure")
        got = max(s["got"], 1)
        s["cpu"] = (ran_ns(c.pids()) - cpu) / 1e3 / got
        s["cpu_all"] = (ran_ns(self.everybody(c)) - cpu_all) / 1e3 / got
        s["rss"], s["rss_all"] = rss(c.pids())[0], rss(self.everybody(c))[0]
        return s

    def rounds(self, names, protocol, rates, seconds, rounds):
        """{name: {figure: [step...]}}; each round starts every collector anew and ends it, so that no two compete."""
        got = {}
        for _ in range(rounds):
            for name in names:
                c = self.collector(name, protocol, 10000)
                try:
                    self.begin(c)
                    self.step(c, 20000, count=20000)
                    for figure, rate in rates.items():
                        got.setdefault(name, {}).setdefault(figure, []).append(self.step(c, rate, seconds))
                except RuntimeError as e:
                    tell(f"{protocol} {name}: {e}")
                finally:
                    c.stop()
                c.final()
        return got

    def steady(self, name, protocol, hosts):
        """CPU a million records once every host is known, and resident memory."""
        c = self.collector(name, protocol, hosts)
        self.begin(c)
        try:
            before = ran_ns(self.everybody(c))
            time.sleep(2)
            c.idle_cpu = (ran_ns(self.everybody(c)) - before) / 2e9	# tables that are walked all the time
            self.step(c, 300000, count=hosts * 1.5 + 50000)
            steps = [self.step(c, 300000 if protocol == "sflow" else 500000, count=1.2e6) for _ in range(3)]
        finally:
            c.stop()
        c.final()
        return {k: self.median(s[k] for s in steps) for k in ("cpu", "cpu_all", "rss", "rss_all")}

    # --- instructions ---------------------------------------------------------------------------------------

    def under_valgrind(self):
        run = self.ingest.RUN

        def spawn(argv, log, env=None):
            for path in glob.glob(run + "/cg.*"):
                os.unlink(path)
            with open(f"{run}/{log}", "w", encoding="utf-8") as out:
                return subprocess.Popen([*VALGRIND, f"--cachegrind-out-file={run}/cg.%p", *argv], stdout=out,
                                        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=env or self.ingest.ENV,
                                        cwd=run, start_new_session=True)
        return spawn

    def counts(self):
        """Instructions of sensor processes, and of all."""
        sensor = everything = 0
        for path in glob.glob(self.ingest.RUN + "/cg.*"):
            with open(path, encoding="utf-8", errors="replace") as f:
                text = f.read()
            n = sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("summary:"))
            everything += n
            sensor += n if "--role=sensor" in text.split("\nfn=")[0] else 0
        return sensor, everything

    def instructions(self, name, protocol, lengths, seconds):
        """The slope between two lengths that last as long: what is done once, or every second, is not in it."""
        runs = [self.counted_run(name, protocol, n, seconds) for n in lengths]
        records = runs[1][0] - runs[0][0]
        return (runs[1][1] - runs[0][1]) / records, (runs[1][2] - runs[0][2]) / records

    def counted_run(self, name, protocol, n, seconds):
        spawn, self.ingest.spawn = self.ingest.spawn, self.under_valgrind()
        c = self.collector(name, protocol, 10000, self.build + "/tests/bench/bare_seawalld")
        try:
            self.begin(c)
            time.sleep(6 if name.startswith("fastnetmon") else 3)
            sent = self.generate(c, n, seconds)
            end = time.monotonic() + EMPTY_S
            while self.ingest.udp(c.port)[0] and time.monotonic() < end:
                time.sleep(0.2)
            time.sleep(2)
            dropped = self.ingest.udp(c.port)[1]
            if name == "seawalld":
                self.stop_sensor(c)
        finally:
            self.ingest.spawn = spawn
            c.stop()
        c.final()
        if dropped:
            raise RuntimeError(f"{dropped} datagrams lost under valgrind")
        return (sent["records"], *self.counts())

    def stop_sensor(self, c):
        """seawalld kills its sensors outright; ended otherwise, valgrind has time to write."""
        pid = c.sensor()
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + EMPTY_S
        while os.path.exists(f"/proc/{pid}/exe") and time.monotonic() < end:
            time.sleep(0.1)

    def generate(self, c, n, seconds):
        argv = [self.tools + "/flowgen", "--proto", c.proto, "--to", f"127.0.0.1:{c.port}", "--hosts", "10000",
                "--settle", "1000", "--rate", str(n / seconds), "--count", str(n)]
        argv += ["--min-frame", "142"] if c.proto == "sflow" else []
        argv += ["--v6-share", "1"] if c.v6 else []
        return json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)

    # --- capture --------------------------------------------------------------------------------------------

    def wire(self):
        for command in ("ip netns add gen", "ip -n gen link set lo up",
                        "ip -n gen link add gen0 type veth peer name mir0", "ip -n gen link set mir0 netns 1",
                        "ip -n gen link set gen0 up", "ip link set mir0 up promisc on"):
            subprocess.run(command.split(), check=True)

    def frames(self, pps, count):
        argv = ["ip", "netns", "exec", "gen", "taskset", "-c", "0", self.tools + "/flowgen", "--proto", "raw", "--iface", "gen0",
                "--hosts", "10000", "--settle", "0", "--frame", "64", "--rate", str(pps), "--count", str(int(count))]
        return json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)["records"]

    def sniffer(self, name, program):
        if name == "tp-parse":
            p = self.ingest.spawn([self.tools + "/tpcount", "mir0", "parse"], "tp.log")
            time.sleep(1)
            return p, lambda: p.pid
        directory = self.dir + "/seawall"
        self.configure(directory, '{ name = "wire"; type = "packet"; interface = "mir0"; vantage = "wire"; link = "north"; }', 10000)
        p = self.ingest.spawn([program, "-f", "-d", "-c", directory + "/seawall.conf"], "seawalld.log", dict(os.environ))
        self.role_of(p.pid, "sensor")
        time.sleep(2)
        return p, lambda: self.role_of(p.pid, "sensor")

    def counted_packets(self, name, p):
        """After the end for the floor, which tells then; before it for seawalld."""
        if name == "tp-parse":
            p.terminate()
            p.wait(30)
            return json.loads(self.log_of("tp.log").splitlines()[-1])["packets"]
        time.sleep(1.3)
        n = self.accepted(self.dir + "/seawall")
        p.terminate()
        p.wait(30)
        return n

    def capture(self, pps, seconds, rounds):
        self.wire()
        got = {name: {"cpu": [], "lost": []} for name in ("tp-parse", "seawalld sensor")}
        for _ in range(rounds):
            for name, g in got.items():
                p, pid = self.sniffer(name, self.build + "/seawalld")
                before = ran_ns([pid()])
                sent = self.frames(pps, pps * seconds)
                time.sleep(0.3)
                spent = ran_ns([pid()]) - before
                n = self.counted_packets(name, p)
                g["cpu"].append(spent / 1e3 / max(n, 1))
                g["lost"].append(1 - n / sent)
        out = {name: {k: self.median(v) for k, v in g.items()} for name, g in got.items()}
        for name, g in out.items():
            g["instr"] = self.capture_instructions(name)
        return out

    def capture_instructions(self, name):
        if shutil.which("valgrind") is None:
            return None
        runs = []
        for n in INSTR_PACKETS:
            spawn, self.ingest.spawn = self.ingest.spawn, self.under_valgrind()
            try:
                p, pid = self.sniffer(name, self.build + "/tests/bench/bare_seawalld")
                time.sleep(4)
                sent = self.frames(n / 6, n)
                time.sleep(2)
                os.kill(pid(), signal.SIGTERM)
                time.sleep(2)
                p.terminate()
                p.wait(30)
            finally:
                self.ingest.spawn = spawn
            sensor, everything = self.counts()
            runs.append((sent, everything if name == "tp-parse" else sensor))
        return (runs[1][1] - runs[0][1]) / (runs[1][0] - runs[0][0])
