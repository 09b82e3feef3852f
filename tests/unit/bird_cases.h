/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FlowSpec rules of every shape that ours can have: destination, and the match as BIRD reads it. */
#ifndef SEAWALL_TESTS_BIRD_CASES_H
#define SEAWALL_TESTS_BIRD_CASES_H

static const struct { const char *dst, *match;
} bird_cases[] = {
	{ "192.0.2.1/32", "" },
	{ "192.0.2.0/24", "proto = 17;" },
	{ "192.0.2.2/32", "proto 6,17;" },
	{ "192.0.2.3/32", "proto 6..17;" },
	{ "192.0.2.4/32", "src 203.0.113.0/24; proto = 17; sport = 53;" },
	{ "192.0.2.5/32", "proto = 17; sport 19,53,123,389,1900;" },
	{ "192.0.2.6/32", "proto = 17; dport 1..1023;" },
	{ "192.0.2.7/32", "port 53,123;" },
	{ "192.0.2.8/32", "dport 80,443,8000..8999;" },
	{ "192.0.2.9/32", "dport = 80 || > 1023 && < 2048;" },
	{ "192.0.2.10/32", "dport 0..65535;" },
	{ "192.0.2.11/32", "sport > 1023;" },
	{ "192.0.2.12/32", "sport <= 1023;" },
	{ "192.0.2.13/32", "icmp type = 8;" },
	{ "192.0.2.14/32", "proto = 1; icmp type 3,11; icmp code 0..4;" },
	{ "192.0.2.15/32", "proto = 6; tcp flags 0x02/0x02;" },
	{ "192.0.2.16/32", "proto = 6; tcp flags 0x02/0x12;" },
	{ "192.0.2.17/32", "proto = 6; tcp flags 0x00/0x3f;" },
	{ "192.0.2.18/32", "proto = 6; tcp flags 0x10/0x10; length 40..60;" },
	{ "192.0.2.19/32", "proto = 6; tcp flags 0x100/0x1ff;" },
	{ "192.0.2.20/32", "length > 1400;" },
	{ "192.0.2.21/32", "length = 512;" },
	{ "192.0.2.22/32", "dscp 8..16;" },
	{ "192.0.2.23/32", "dscp = 46; length 64..128; proto = 17; dport = 5060;" },
	{ "192.0.2.24/32", "fragment is_fragment;" },
	{ "192.0.2.25/32", "fragment dont_fragment;" },
	{ "192.0.2.26/32", "fragment first_fragment || last_fragment;" },
	{ "192.0.2.27/32",
	    "fragment dont_fragment || is_fragment || first_fragment || last_fragment;" },
	{ "192.0.2.28/32", "port 1..2,4..5,7..8,10..11,13..14,16..17,19..20,22..23;" },
	{ "192.0.2.29/32",
	    "proto 1,6,17,47,50,51,58,132; icmp type 0,3,5,8,11,13,15,17; icmp code 0..1,3..4,6..7;" },
	/* longer than BIRD prints: cut */
	{ "192.0.2.30/32",
	    "src 203.0.113.0/24; port 10001..10002,10004..10005,10007..10008,10010..10011,10013..10014,10016..10017,"
	    "10019..10020,10022..10023; dport 10001..10002,10004..10005,10007..10008,10010..10011,10013..10014,"
	    "10016..10017,10019..10020,10022..10023; sport 10001..10002,10004..10005,10007..10008,10010..10011;" },
	{ "192.0.2.30/32",
	    "src 203.0.113.0/24; port 10001..10002,10004..10005,10007..10008,10010..10011,10013..10014,10016..10017,"
	    "10019..10020,10022..10023; dport 10001..10002,10004..10005,10007..10008,10010..10011,10013..10014,"
	    "10016..10017,10019..10020,10022..10023; sport 10001..10002,10004..10005,10007..10008,10010..10012;" },
	{ "192.0.2.31/32", "proto = 6; tcp flags 0x01/0x01 || 0x04/0x04;" },
	{ "192.0.2.32/32", "proto = 6; tcp flags !0x06/0x06 && 0x100/0x110 || 0x02/0x12;" },
	{ "192.0.2.33/32", "fragment !is_fragment && !dont_fragment;" },
	{ "192.0.2.34/32", "fragment first_fragment || is_fragment && !last_fragment;" },
	{ "192.0.2.35/32", "dport != 53; proto != 6; length != 1500;" },
	{ "2001:db8:40::1/128", "" },
	{ "2001:db8:40::/48", "next header = 17;" },
	{ "2001:db8:40::2/128", "src 2001:db8:99::/48; next header = 17; sport = 53;" },
	{ "2001:db8:40::3/128", "next header 6,17; port 1..5,80;" },
	{ "2001:db8:40::4/128", "next header = 58; icmp type = 128; icmp code 0..3;" },
	{ "2001:db8:40::5/128", "next header = 6; tcp flags 0x02/0x12; dport = 443;" },
	{ "2001:db8:40::6/128", "length 64..128; dscp = 8;" },
	{ "2001:db8:40::7/128", "fragment is_fragment;" },
	{ "2001:db8:40::8/128", "fragment is_fragment || first_fragment || last_fragment;" },
	{ "2001:db8:40::a/128", "label 0..4095,65535; fragment !is_fragment;" },
	{ "2001:db8:40::b/128",
	    "tcp flags 0x00/0x02 || 0x10/0x10; label = 300; src 2001:db8:99::/48; next header 6;" },
	{ "2001:db8:40:0:1::9/128", "next header = 17; dport 1024..65535;" },
};

#define BIRD_CASES_N (sizeof(bird_cases) / sizeof(*bird_cases))

#endif
