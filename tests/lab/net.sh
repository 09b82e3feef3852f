# SPDX-License-Identifier: GPL-3.0-or-later
# The lab's network: five namespaces, five cables, and who lives where.  Sourced by `lab`.
#
#   internet --- upstream-a --- edge --- members
#        \------ upstream-b ---/
#
# Attack sources: 203.0.113.0/25 and 2001:db8:bad:a::/64 come through a, the other halves through b.
# Ordinary clients: 100.65.1.0/24 and 2001:db8:c1::/64 through a, 100.65.2.0/24 and 2001:db8:c2::/64 through b.

NODES="internet upstream-a upstream-b edge members"
OWN4="192.0.2.0/24 198.51.100.0/24"
OWN6="2001:db8:40::/44"
MAC_A=02:00:00:00:0a:02		# upstream-a and -b as the internet sees them: flood(1) writes
MAC_B=02:00:00:00:0b:02		# whole frames and does not ask ARP

ns() { # NODE: its namespace
	echo "$NET-$1"
}

in_ns() { # NODE COMMAND...
	local node=$1
	shift
	ip netns exec "$NET-$node" "$@"
}

node_make() { # NODE
	ip netns add "$NET-$1"
	in_ns "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.default.accept_ra=0
	ip -n "$NET-$1" link set lo up
}

cable() { # NUMBER NODE1 IF1 NODE2 IF2 [MAC2]: 100.64.NUMBER.0/30, the first node has .1
	local n=$1 a=$NET-$2 ia=$3 b=$NET-$4 ib=$5
	ip link add name "$ia" netns "$a" type veth peer name "$ib" netns "$b"
	[ -z "${6:-}" ] || ip -n "$b" link set "$ib" address "$6"
	ip -n "$a" addr add "100.64.$n.1/30" dev "$ia"
	ip -n "$b" addr add "100.64.$n.2/30" dev "$ib"
	ip -n "$a" addr add "2001:db8:ffff:$n::1/64" dev "$ia" nodad
	ip -n "$b" addr add "2001:db8:ffff:$n::2/64" dev "$ib" nodad
	ip -n "$a" link set "$ia" up
	ip -n "$b" link set "$ib" up
}

routes() { # NODE, then `DESTINATION... via GATEWAY` lines on standard input
	sed 's/^/route add /' | ip -n "$NET-$1" -batch -
}

net_up() {
	local node p
	for node in $NODES; do
		node_make "$node"
	done
	cable 1 internet to-a upstream-a to-net "$MAC_A"
	cable 2 internet to-b upstream-b to-net "$MAC_B"
	cable 11 upstream-a to-edge edge up-a
	cable 12 upstream-b to-edge edge up-b
	cable 21 edge to-members members to-edge

	# The internet: clients are here, attack sources are nobody (answers to them end here).
	ip -n "$NET-internet" -batch - <<-END
		addr add 100.65.1.1/24 dev lo
		addr add 100.65.2.1/24 dev lo
		addr add 2001:db8:c1::1/64 dev lo nodad
		addr add 2001:db8:c2::1/64 dev lo nodad
		route add blackhole 203.0.113.0/24
		route add blackhole 2001:db8:bad::/48
		route add 192.0.2.0/24 via 100.64.1.2
		route add 198.51.100.0/24 via 100.64.1.2
		route add 2001:db8:40::/44 via 2001:db8:ffff:1::2
		route add 192.0.2.0/24 via 100.64.2.2 table 102
		route add 198.51.100.0/24 via 100.64.2.2 table 102
		route add 2001:db8:40::/44 via 2001:db8:ffff:2::2 table 102
		rule add from 100.65.2.0/24 lookup 102
	END
	ip -n "$NET-internet" -6 rule add from 2001:db8:c2::/64 lookup 102

	routes upstream-a <<-END
		203.0.113.0/24 via 100.64.1.1
		100.65.0.0/16 via 100.64.1.1
		2001:db8:bad::/48 via 2001:db8:ffff:1::1
		2001:db8:c1::/64 via 2001:db8:ffff:1::1
	END
	# Where upstream-b sends what its customers want dropped.
	routes upstream-b <<-END
		203.0.113.0/24 via 100.64.2.1
		100.65.0.0/16 via 100.64.2.1
		2001:db8:bad::/48 via 2001:db8:ffff:2::1
		2001:db8:c2::/64 via 2001:db8:ffff:2::1
		blackhole 100.64.66.66/32
		blackhole 100::1/128
	END
	routes edge <<-END
		203.0.113.0/25 via 100.64.11.1
		203.0.113.128/25 via 100.64.12.1
		100.65.1.0/24 via 100.64.11.1
		100.65.2.0/24 via 100.64.12.1
		2001:db8:bad:a::/64 via 2001:db8:ffff:11::1
		2001:db8:bad:b::/64 via 2001:db8:ffff:12::1
		2001:db8:c1::/64 via 2001:db8:ffff:11::1
		2001:db8:c2::/64 via 2001:db8:ffff:12::1
		192.0.2.0/24 via 100.64.21.2
		198.51.100.0/24 via 100.64.21.2
		2001:db8:40::/44 via 2001:db8:ffff:21::2
	END
	# Every address of ours answers: members owns the whole space.
	for p in $OWN4 $OWN6; do
		ip -n "$NET-members" route add local "$p" dev lo
	done
	routes members <<-END
		default via 100.64.21.1
		::/0 via 2001:db8:ffff:21::1
	END
}

FULL_PPS=1000			# more than so many packets a second: the line is full
FULL_LOSES=98			# and loses so many in a hundred

# What the edge's lines carry, as tc(8) spells it.  A full line loses whoever comes, by chance: a queue alone would let pass
# what comes between the bursts of our few senders.  An upstream that honours CS6 (RFC 4594: network control) lets it pass
# first; ARP goes with it, for it has no mark.
net_shape() { # RATE [cs6]
	local side first=
	[ "${2:-}" != cs6 ] || first='ip dscp cs6 accept; ip6 dscp cs6 accept;'
	for side in a b; do
		in_ns upstream-$side tc qdisc del dev to-edge root 2>/dev/null || :
		in_ns upstream-$side tc -batch - <<-END
			qdisc add dev to-edge root handle 1: htb default 20
			class add dev to-edge parent 1: classid 1:1 htb rate $1 quantum 1514
			class add dev to-edge parent 1:1 classid 1:10 htb rate $1 prio 0 quantum 1514
			class add dev to-edge parent 1:1 classid 1:20 htb rate 16kbit ceil $1 prio 1 quantum 1514
			qdisc add dev to-edge parent 1:20 pfifo limit 50
			filter add dev to-edge parent 1: protocol arp prio 3 u32 match u32 0 0 flowid 1:10
		END
		in_ns upstream-$side nft -f - <<-END
			table inet line { }
			delete table inet line
			table inet line {
				set full { type ifname; flags dynamic,timeout; timeout 1s; size 4; }
				chain out {
					type filter hook postrouting priority 0;
					oifname != "to-edge" accept
					$first
					limit rate over $FULL_PPS/second burst 300 packets update @full { oifname timeout 1s }
					oifname @full counter numgen random mod 100 < $FULL_LOSES counter drop
				}
			}
		END
		[ -n "$first" ] || continue
		in_ns upstream-$side tc -batch - <<-END
			filter add dev to-edge parent 1: protocol ip prio 1 u32 match ip dsfield 0xc0 0xfc flowid 1:10
			filter add dev to-edge parent 1: protocol ipv6 prio 2 u32 match ip6 priority 0xc0 0xfc flowid 1:10
		END
	done
}

# Ends whatever runs in our namespaces and removes them; says nothing when there is nothing.
net_down() {
	local node pid
	for node in $NODES; do
		[ -e "/run/netns/$NET-$node" ] || continue
		for pid in $(ip netns pids "$NET-$node" 2>/dev/null); do
			kill -9 "$pid" 2>/dev/null || :
		done
		ip netns del "$NET-$node"
	done
}
