# SPDX-License-Identifier: GPL-3.0-or-later
"""ExaBGP and GoBGP beside BIRD's edge, driven as their users do: what `bird-change` measures Seawall beside.

Both sit in the edge's namespace and have a session of their own with upstream a, each with an address of its own.
"""
import os, re, shutil, signal, struct, subprocess, sys, threading

NET = {"exabgp": "10.99.1.2", "gobgp": "10.99.1.3"}
UPSTREAM = "10.99.1.1"
GRPC = "/usr/bin/python3"       # the one Debian's python3-grpcio is for
FLOW = "proto = 17; sport = 53; length > 512;"          # what each rule matches beside its destination, as BIRD writes it

# What upstream a needs beside its own session.
CUSTOMERS = "".join(f"""
protocol bgp from_{name} {{
	local {UPSTREAM} as 64502; neighbor {address} as 64500; passive on;
	ipv4 {{ import all; export none; }};
	flow4 {{ table f4; import all; export none; }};
}}
""" for name, address in NET.items())


def addresses(a, edge):
    """The commands that give both ends their addresses."""
    return [["ip", "-n", a, "address", "add", f"{UPSTREAM}/24", "dev", "to-edge"]] + \
           [["ip", "-n", edge, "address", "add", f"{address}/24", "dev", "to-a"] for address in NET.values()]


class Program:
    def __init__(self, ns, directory, *command, env=None):
        self.out = open(os.path.join(directory, os.path.basename(command[0]) + ".out"), "wb")
        self.process = subprocess.Popen(["ip", "netns", "exec", ns, *command], stdin=subprocess.DEVNULL, stdout=self.out,
                                        stderr=subprocess.STDOUT, start_new_session=True, env={**os.environ, **(env or {})})

    def end(self):
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, how)
                self.process.wait(10)
                break
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
        self.out.close()


class ExaBGP:
    """A helper process writes a line for each change: here `cat`, from a pipe that we write to."""
    name = "exabgp"

    def __init__(self, ns, directory):
        self.pipe = os.path.join(directory, "exabgp.pipe")
        os.mkfifo(self.pipe)
        conf = os.path.join(directory, "exabgp.conf")
        with open(conf, "w") as f:
            f.write(f"""process api {{ run {shutil.which('cat')} {self.pipe}; encoder text; }}
neighbor {UPSTREAM} {{ router-id {NET['exabgp']}; local-address {NET['exabgp']}; local-as 64500; peer-as 64502;
	family {{ ipv4 unicast; ipv4 flow; }} api {{ processes [ api ]; }} }}
""")
        self.program = Program(ns, directory, "exabgp", conf, env={"exabgp_api_ack": "false", "exabgp_daemon_user": "root"})
        self.fd = os.open(self.pipe, os.O_RDWR)

    def line(self, verb, kind, host):
        if kind == "rtbh":
            return f"{verb} route {host}/32 next-hop {NET['exabgp']} community [65535:666]\n"
        return f"{verb} flow route {{ match {{ destination {host}/32; protocol udp; source-port =53; packet-length >512; }} " \
               "then { discard; } }\n"

    def send(self, verb, kind, hosts):
        text = "".join(self.line(verb, kind, h) for h in hosts).encode()
        done = threading.Thread(target=self.write, args=(text,), daemon=True)
        done.start()

    def write(self, text):
        while text:
            text = text[os.write(self.fd, text[:4096]):]

    def announce(self, kind, hosts):
        self.send("announce", kind, hosts)

    def withdraw(self, kind, hosts):
        self.send("withdraw", kind, hosts)

    def end(self):
        self.program.end()
        os.close(self.fd)


class GoBGP:
    """By its command line, a process each; by its gRPC interface, a call each, as FastNetMon does; and by the stream of that."""
    name = "gobgp"

    def __init__(self, ns, directory):
        self.ns, self.socket = ns, os.path.join(directory, "gobgp.sock")
        conf = os.path.join(directory, "gobgpd.toml")
        with open(conf, "w") as f:
            f.write(f"""[global.config]
  as = 64500
  router-id = "{NET['gobgp']}"
  port = -1
[[neighbors]]
  [neighbors.config]
    neighbor-address = "{UPSTREAM}"
    peer-as = 64502
  [neighbors.transport.config]
    local-address = "{NET['gobgp']}"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-flowspec"
""")
        self.program = Program(ns, directory, "gobgpd", "-f", conf, "--api-hosts", "unix://" + self.socket, "-l", "error",
                               "--pprof-disable")

    def command(self, verb, kind, host):
        start = ["gobgp", "--target", "unix://" + self.socket, "global", "rib", verb]
        if kind == "rtbh":
            return start + [f"{host}/32", "nexthop", NET["gobgp"], "community", "65535:666"]
        return start + ["-a", "ipv4-flowspec", "match", "destination", f"{host}/32", "protocol", "udp", "source-port", "==53",
                        "packet-length", ">512", "then", "discard"]

    def run(self, verb, kind, hosts):
        for host in hosts:
            subprocess.run(self.command(verb, kind, host), check=True, stdout=subprocess.DEVNULL)

    def announce(self, kind, hosts):
        self.run("add", kind, hosts)

    def withdraw(self, kind, hosts):
        self.run("del", kind, hosts)

    def clear(self, kind):
        subprocess.run(["gobgp", "--target", "unix://" + self.socket, "global", "rib", "del", "all", "-a",
                        "ipv4" if kind == "rtbh" else "ipv4-flowspec"], check=True, stdout=subprocess.DEVNULL)

    def calls(self, how, kind, hosts):
        """A client that waits; returns a function that lets it go on and one that ends it.  What is made before is not measured."""
        p = subprocess.Popen([GRPC, os.path.abspath(__file__), self.socket, how, kind], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
        p.stdin.write("".join(h + "\n" for h in hosts) + "go\n")
        p.stdin.flush()
        assert p.stdout.readline() == "ready\n"

        def go():
            p.stdin.write("go\n")
            p.stdin.flush()

        def done():
            assert p.stdout.readline() == "done\n"
            p.stdin.close()
            p.wait(60)
        return go, done

    def end(self):
        self.program.end()


def streams():
    """Is there a gRPC for Python?"""
    return os.path.exists(GRPC) and subprocess.run([GRPC, "-c", "import grpc"], stderr=subprocess.DEVNULL).returncode == 0


# ---- gRPC: the few messages that are needed, in protobuf's wire format (field numbers: api/gobgp.proto, api/attribute.proto)

def number(field, value):
    return varint(field << 3) + varint(value)


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def data(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def some(field, name, message):
    """google.protobuf.Any"""
    return data(field, data(1, "type.googleapis.com/apipb." + name) + data(2, message))


def component(kind, op, value):
    return some(1, "FlowSpecComponent", number(1, kind) + data(2, number(1, op) + number(2, value)))


def path(kind, host):
    origin = some(2, "OriginAttribute", number(1, 0))
    if kind == "rtbh":
        communities = varint(0xffff029a)
        return some(1, "IPAddressPrefix", number(1, 32) + data(2, host)) + origin + \
            some(2, "NextHopAttribute", data(1, NET["gobgp"])) + \
            some(2, "CommunitiesAttribute", data(1, communities)) + data(9, number(1, 1) + number(2, 1))
    rules = some(1, "FlowSpecIPPrefix", number(1, 1) + number(2, 32) + data(3, host)) + \
        component(3, 0x81, 17) + component(6, 0x81, 53) + component(10, 0x92, 512)
    nlri = some(1, "FlowSpecNLRI", rules)
    family = number(1, 1) + number(2, 133)
    reach = data(1, family) + data(2, "0.0.0.0") + some(3, "FlowSpecNLRI", rules)
    rate = some(1, "TrafficRateExtended", number(1, 0) + varint(2 << 3 | 5) + struct.pack("<f", 0))
    return nlri + origin + some(2, "MpReachNLRIAttribute", reach) + some(2, "ExtendedCommunitiesAttribute", rate) + \
        data(9, family)


def requests(how, kind, hosts):
    if how == "stream":
        return [b"".join(data(3, path(kind, h)) for h in hosts[i:i + 500]) for i in range(0, len(hosts), 500)]
    return [data(3, path(kind, h)) if how == "add" else b"" for h in hosts]


def main():
    """SOCKET stream|add|ask: AddPathStream; AddPath for each; GetBgp as often, which is what a call alone costs."""
    import grpc
    socket, how, kind = sys.argv[1:]
    wanted = requests(how, kind, [line.strip() for line in iter(sys.stdin.readline, "go\n")])
    channel = grpc.insecure_channel("unix:" + socket)
    grpc.channel_ready_future(channel).result(timeout=60)
    method = "/apipb.GobgpApi/" + {"stream": "AddPathStream", "add": "AddPath", "ask": "GetBgp"}[how]
    make = channel.stream_unary if how == "stream" else channel.unary_unary
    call = make(method, request_serializer=bytes, response_deserializer=bytes)
    print("ready", flush=True)
    sys.stdin.readline()
    if how == "stream":
        call(iter(wanted))
    else:
        for request in wanted:
            call(request)
    print("done", flush=True)


if __name__ == "__main__":
    main()
