# SPDX-License-Identifier: GPL-3.0-or-later
# The lab's programs: the packaged ones, each with its files under $STATE, ended by its pid.  Sourced by `lab`.

FRR=/usr/lib/frr

fill() { # TEMPLATE TARGET
	sed -e "s|@STATE@|$STATE|g" -e "s|@TOP@|${HERE%/tests/lab}|g" -e "s|@HOLD@|$HOLD|g" "$1" >"$2"
}

start() { # NAME NODE COMMAND...: in the background; its pid in $STATE/pid/NAME
	local name=$1 node=$2
	shift 2
	(
		# Nothing of the caller's stays open in a program that outlives it (locks, pipes).
		for fd in /proc/self/fd/*; do
			fd=${fd##*/}
			[ "$fd" -le 2 ] || [ "$fd" = 255 ] || eval "exec $fd>&-"
		done
		exec setsid ip netns exec "$NET-$node" "$@" >>"$STATE/log/$name.out" 2>&1 </dev/null
	) &
	echo $! >"$STATE/pid/$name"
	echo "$node" >"$STATE/pid/$name.node"
	printf '%s\0' "$@" >"$STATE/pid/$name.command"
}

# Not a zombie either: who is to wait for it may take long.
runs() { # PID
	local state
	read -r state 2>/dev/null <"/proc/$1/stat" || return 1
	state=${state##*) }
	[ "${state%% *}" != Z ]
}

alive() { # NAME
	[ -s "$STATE/pid/$1" ] && runs "$(cat "$STATE/pid/$1")"
}

restart() { # NAME: the same command again
	local node
	local -a command
	node=$(cat "$STATE/pid/$1.node")
	mapfile -d '' command <"$STATE/pid/$1.command"
	start "$1" "$node" "${command[@]}"
}

stop() { # NAME [SIGNAL]
	local pid i
	[ -s "$STATE/pid/$1" ] || return 0
	pid=$(cat "$STATE/pid/$1")
	kill "-${2:-TERM}" "$pid" 2>/dev/null || :
	for i in $(seq 200); do
		runs "$pid" || break
		sleep 0.05
	done
	! runs "$pid" || kill -9 "$pid" 2>/dev/null || :
	rm -f "$STATE/pid/$1" "$STATE/pid/$1.node" "$STATE/pid/$1.command"
}

# Stops everything that has a pid file, the daemon that announces first and the wires last.
stop_all() {
	local f
	[ -d "$STATE/pid" ] || return 0
	for f in seawalld $(ls "$STATE/pid" | grep -v '\.'); do
		stop "$f"
	done
}

await() { # SECONDS WHAT COMMAND...: until the command succeeds
	local end=$(($(date +%s%N) + $1 * 1000000000)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s%N)" -lt "$end" ] || die "$what: not within the time (logs in $STATE/log)"
		sleep 0.1
	done
}

bird_says() { # NODE PATTERN COMMAND
	in_ns "$1" birdc -s "$STATE/$1.ctl" "$3" | grep -Eq "$2"
}

vty() { # COMMAND: upstream-b's own shell
	in_ns upstream-b vtysh --vty_socket "$STATE/frr" -c "$1"
}

frr_says() { # PATTERN COMMAND
	vty "$2" | grep -Eq "$1"
}

upstream_a_up() {
	fill conf/upstream-a.conf.in "$STATE/upstream-a.conf"
	start upstream-a upstream-a bird -f -c "$STATE/upstream-a.conf" -s "$STATE/upstream-a.ctl"
	await 60 "BIRD of upstream-a" test -S "$STATE/upstream-a.ctl"
	start flow2nft upstream-a python3 "$HERE/flow2nft" "$STATE/upstream-a.ctl" "$STATE/events/flow2nft"
	start monitor-a upstream-a python3 "$HERE/kernelroutes" "$STATE/events/kernel-a"
}

upstream_b_up() {
	local d
	mkdir -p "$STATE/frr"
	fill conf/upstream-b.conf.in "$STATE/frr/bgpd.conf"
	echo "hostname upstream-b" >"$STATE/frr/zebra.conf"
	: >"$STATE/log/upstream-b.log"
	chown -R frr:frr "$STATE/frr" "$STATE/log/upstream-b.log"
	for d in zebra bgpd; do
		start "frr-$d" upstream-b "$FRR/$d" -f "$STATE/frr/$d.conf" -i "$STATE/frr/$d.pid" \
			-z "$STATE/frr/zserv.api" --vty_socket "$STATE/frr" -P 0 -N "$NET-b"
		await 60 "FRR's $d" test -S "$STATE/frr/$d.vty"
	done
	start monitor-b upstream-b python3 "$HERE/kernelroutes" "$STATE/events/kernel-b"
}

members_up() {
	local site
	for site in funds radio other; do
		mkdir -p "$STATE/www/$site"
		echo "<!doctype html><title>$site</title><h1>$site</h1><p>A small page that people need." \
			>"$STATE/www/$site/index.html"
	done
	mkdir -p "$STATE/tmp"
	fill conf/nginx.conf.in "$STATE/nginx.conf"
	start nginx members nginx -c "$STATE/nginx.conf"
	await 60 "nginx" in_ns members python3 -c "import socket
for a in ('192.0.2.80', '198.51.100.20', '2001:db8:40::80'): socket.create_connection((a, 80), 1)"
}

edge_bird_start() {
	start edge-bird edge bird -f -u bird -g bird -c "$STATE/edge-bird.conf" -s "$STATE/edge.ctl"
	await 60 "BIRD of the edge" in_ns edge birdc -s "$STATE/edge.ctl" show status
}

fetch() { # FROM TO: one connection of an ordinary client to a site
	in_ns internet python3 -c "import socket
socket.create_connection(('$2', 80), 1, ('$1', 0))"
}

edge_up() {
	install -d -o bird -g bird "$STATE/bird-run"
	install -d -o "$OWNER" -g bird -m 0755 "$STATE/bird"
	edge_bird_conf
	: >"$STATE/log/edge-bird.log"
	chown bird:bird "$STATE/log/edge-bird.log" "$STATE/edge-bird.conf"
	edge_bird_start
	await 60 "BGP to upstream-a" bird_says upstream-a 'edge.*Established' "show protocols edge"
	await 60 "BGP to upstream-b" frr_says '"state":"Established"|"pfxRcd":[1-9]' "show bgp ipv4 unicast summary json"
	await 60 "192.0.2.0/24 through upstream-a" fetch 100.65.1.1 192.0.2.80
	await 60 "198.51.100.0/24 through upstream-b" fetch 100.65.2.1 198.51.100.20
	await 60 "IPv6 through upstream-a" fetch 2001:db8:c1::1 2001:db8:40::80
	await 60 "IPv6 through upstream-b" fetch 2001:db8:c2::1 2001:db8:40::20
}

# What operators are given, with this lab's addresses: the template itself is under test.
edge_bird_conf() {
	local template=$HERE/../../bird-templates/bird.conf
	sed -e "s|^log syslog all;|log \"$STATE/log/edge-bird.log\" all;|" \
		-e 's|^router id 192.0.2.1;|router id 100.64.11.2;|' \
		-e 's|203\.0\.113\.0/30+|100.64.11.0/30+|; s|203\.0\.113\.4/30+|100.64.12.0/30+|' \
		-e 's|203\.0\.113\.2 |100.64.11.2 |; s|203\.0\.113\.1 |100.64.11.1 |' \
		-e 's|203\.0\.113\.6 |100.64.12.2 |; s|203\.0\.113\.5 |100.64.12.1 |' \
		-e "s|export limit [0-9]*|export limit $((200 + STANDING))|" \
		-e "s|/var/lib/seawall/bird/|$STATE/bird/|" "$template" >"$STATE/edge-bird.conf"
	! grep -n '203\.0\.113\|/var/lib' "$STATE/edge-bird.conf" || die "bird-templates/bird.conf has changed: edge_bird_conf must follow"
}

# Exporters on the edge's two outside interfaces; each has its own collector port, so that domains do not mix.
exporters_up() { # KIND
	case $1 in
	netflow9) softflowd_up 9 up-a 2055; softflowd_up 9 up-b 2056 ;;
	ipfix) softflowd_up 10 up-a 4739; softflowd_up 10 up-b 4740 ;;
	sflow) sfprobe_up up-a 6343; sfprobe_up up-b 6344 ;;
	packet | none) ;;
	*) die "unknown sensor kind '$1': one of $KINDS" ;;
	esac
}

softflowd_up() { # VERSION INTERFACE PORT
	start "softflowd-$1-$2" edge softflowd -d -i "$2" -v "$1" -n "127.0.0.1:$3" -6 -m 65536 \
		-p "$STATE/softflowd-$1-$2.pid" -c "$STATE/softflowd-$1-$2.ctl" \
		-t maxlife=1 -t expint=1 -t udp=1 -t general=1 -t tcp=1 -t tcp.rst=1 -t tcp.fin=1 -t icmp=1
}

sfprobe_up() { # INTERFACE PORT
	cat >"$STATE/sfprobe-$1.conf" <<-END
		daemonize: false
		pcap_interface: $1
		plugins: sfprobe
		sampling_rate: 16
		sfprobe_receiver: 127.0.0.1:$2
		sfprobe_agentip: 127.0.0.1
		sfprobe_agentsubid: $2
		sfprobe_ifindex: $(in_ns edge cat "/sys/class/net/$1/ifindex")
		sfprobe_direction: in
		pidfile: $STATE/sfprobe-$1.pid
		logfile: $STATE/log/sfprobe-$1.log
	END
	start "sfprobe-$1" edge pmacctd -f "$STATE/sfprobe-$1.conf"
}

# The line that is to be full: what is ours on it is marked, exports to a collector beyond it go over it, and the far end
# counts the marks.
line_up() { # RATE [cs6]
	net_shape "$1" "${2:-}"
	in_ns edge nft -f "$HERE/../../contrib/seawall-cs6.nft"
	start softflowd-far edge softflowd -d -i up-a -v 9 -n 100.64.11.1:2055 -p "$STATE/softflowd-far.pid" \
		-c "$STATE/softflowd-far.ctl" -t maxlife=1 -t expint=1 -t udp=1 -t general=1 -t tcp=1
	start marks-a upstream-a python3 "$HERE/marks.py" to-edge "$STATE/events/marks-a"
}

# ---- seawalld: not a packaged program, and the point of all this

sensors_of() { # KIND: the sensors group of the configuration
	local pair
	case $1 in
	netflow9) pair="2055 2056" ;;
	ipfix) pair="4739 4740" ;;
	sflow) pair="6343 6344" ;;
	esac
	if [ "$1" = packet ]; then
		echo '  { name = "wire-a"; type = "packet"; interface = "up-a"; vantage = "wire"; link = "line-a"; },'
		echo '  { name = "wire-b"; type = "packet"; interface = "up-b"; vantage = "wire"; link = "line-b"; }'
		return
	fi
	set -- "$1" $pair
	cat <<-END
	  { name = "$1-a"; type = "flow"; listen = "127.0.0.1:$2"; exporters = ( "127.0.0.1" ); vantage = "routers"; link = "line-a"; private = true; },
	  { name = "$1-b"; type = "flow"; listen = "127.0.0.1:$3"; exporters = ( "127.0.0.1" ); vantage = "routers"; link = "line-b"; private = true; }
	END
}

# policies/default.policy, every threshold a twentieth of what is shipped: all else is the operator's own.
shipped_policy() {
	local shipped=${HERE%/tests/lab}/policies/default.policy
	sed -e 's/"200Mbit"/"10Mbit"/; s/"400Mbit"; points/"20Mbit"; points/; s/"120kpps"/"6kpps"/; s/"60kpps"/"3kpps"/' \
		-e 's/"20kpps"/"1kpps"/; s/"5k"/"250"/' "$shipped"
}

seawall_conf() { # KIND POLICY
	local policy=$HERE/policies/$2.policy
	case $2 in */*) policy=$2 ;; esac
	if [ "$2" = shipped ]; then
		shipped_policy >"$STATE/lab.policy"
	else
		[ -r "$policy" ] || die "no policy '$2' ($policy)"
		cp "$policy" "$STATE/lab.policy"
	fi
	fill "$CONF" "$STATE/seawall.conf.half"
	sensors_of "$1" >"$STATE/sensors.inc"
	sed -e "/@SENSORS@/{r $STATE/sensors.inc" -e 'd}' -e "s/max_routes = 50;/max_routes = $((50 + STANDING));/" \
		"$STATE/seawall.conf.half" >"$STATE/seawall.conf"
	[ "$2" = shipped ] || echo "limits = { announcements = $((100 + STANDING)); };" >>"$STATE/seawall.conf"
	[ "$2" != shipped ] || sed -i '/^budgets = /d' "$STATE/seawall.conf"
	rm -f "$STATE/seawall.conf.half" "$STATE/sensors.inc"
}

# Blackholes by hand that stand already when the attack comes, for what is measured.
standing_up() {
	export -f seawall in_ns
	export SEAWALL STATE
	seq "$STANDING" | xargs -P 4 -I{} bash -c 'seawall announce 2001:db8:40:1::{} --via upstream-a --for 1h \
		--reason "stands already"' >"$STATE/log/standing.log" 2>&1 || die "not all $STANDING stand: $(tail -1 "$STATE/log/standing.log")"
}

seawall_start() {
	start seawalld edge ${SEAWALL_LAB_PRELOAD:+env "LD_PRELOAD=$SEAWALL_LAB_PRELOAD"} "$SEAWALLD" -f -c "$STATE/seawall.conf"
	await 60 "seawalld" seawall status --json
}

seawall() {
	in_ns edge "$SEAWALL" -c "$STATE/seawall.conf" --socket "$STATE/control.sock" "$@"
}

seawall_up() { # KIND POLICY
	seawall_conf "$1" "$2"
	install -d -o "$OWNER" -m 0750 "$STATE/audit"
	"$SEAWALLD" -n -c "$STATE/seawall.conf" >"$STATE/log/seawalld-n.out" 2>&1 ||
		die "seawalld -n refuses the lab's configuration: $(tail -3 "$STATE/log/seawalld-n.out")"
	# a machine may have a Seawall that is not the lab's
	! grep '"/var/lib/seawall\|"/run/seawall/' "$STATE/log/seawalld-n.out" || die "the lab's configuration leads out of the lab"
	if [ -n "$PEACE" ]; then
		install -d -o "$OWNER" -m 0750 "$STATE/state"
		"$STATE/bin/peace" "$STATE/seawall.conf" "$STATE/state/reference.samples" >"$STATE/log/peace.out" || die "no peace"
		chown "$OWNER" "$STATE/state/reference.samples"
	fi
	seawall_start
}
