/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets in packets, each header combination built by hand. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "leak.h"
#include "sensor/tunnel.h"
#include "wire.h"

TestSuite(sensor_tunnel, .fini = leak_check);

#define VICTIM "192.0.2.80"
#define TUNNEL_END "203.0.113.9"

static void
ethernet(struct wire *w, unsigned type)
{
	wfill(w, 2, 12);
	w16(w, type);
}

/* IPv4 to `dst` whose length is filled in by the builder of what follows. */
static void
ip4(struct wire *w, unsigned proto, const char *src, const char *dst, unsigned payload)
{
	w16(w, 0x4500);
	w16(w, 20 + payload);
	w32(w, 0);
	w8(w, 64);
	w8(w, proto);
	w16(w, 0);
	waddr(w, src);
	waddr(w, dst);
}

static void
ip6(struct wire *w, unsigned proto, unsigned payload)
{
	w32(w, 0x60000000);
	w16(w, payload);
	w8(w, proto);
	w8(w, 64);
	waddr(w, "2001:db8::1");
	waddr(w, "2001:db8:40::80");
}

static void
udp(struct wire *w)
{
	w16(w, 53);
	w16(w, 4444);
	w16(w, 8);
	w16(w, 0);
}

/* The innermost: 28 bytes to the victim. */
static void
inner4(struct wire *w)
{
	ip4(w, 17, "198.51.100.7", VICTIM, 8);
	udp(w);
}

static void
inner_frame(struct wire *w)
{
	ethernet(w, 0x0800);
	inner4(w);
}

static void gre_plain(struct wire *w) { w16(w, 0); w16(w, 0x0800); inner4(w); }
static void gre_checksum(struct wire *w) { w16(w, 0x8000); w16(w, 0x0800); w32(w, 1); inner4(w); }
static void gre_key(struct wire *w) { w16(w, 0x2000); w16(w, 0x0800); w32(w, 7); inner4(w); }
static void gre_sequence(struct wire *w) { w16(w, 0x1000); w16(w, 0x0800); w32(w, 7); inner4(w); }
static void gre_all(struct wire *w) { w16(w, 0xb000); w16(w, 0x0800); wfill(w, 9, 12); inner4(w); }
static void
gre_ethernet(struct wire *w)
{
	w16(w, 0x2000);
	w16(w, 0x6558);
	w32(w, 1);
	inner_frame(w);
}
static void gre_mpls(struct wire *w) { w16(w, 0); w16(w, 0x8847); w32(w, 0x00010140); inner4(w); }
static void gre_vlan(struct wire *w)
{
	w16(w, 0);
	w16(w, 0x6558);
	ethernet(w, 0x8100);
	w16(w, 5);
	w16(w, 0x0800);
	inner4(w);
}
static void gre_in_gre(struct wire *w)
{
	w16(w, 0);
	w16(w, 0x0800);
	ip4(w, 47, "10.1.1.1", "10.1.1.2", 32);
	gre_plain(w);
}
static void pptp(struct wire *w)
{
	w16(w, 0x3081);
	w16(w, 0x880b);
	wfill(w, 4, 12);		/* length and call, sequence, acknowledgment */
	w16(w, 0xff03);
	w16(w, 0x0021);
	inner4(w);
}
static void pptp_short(struct wire *w)
{
	w16(w, 0x2001);
	w16(w, 0x880b);
	w32(w, 4);
	w8(w, 0x21);
	inner4(w);
}
static void erspan1(struct wire *w) { w16(w, 0); w16(w, 0x88be); inner_frame(w); }
static void erspan2(struct wire *w)
{
	w16(w, 0x1000);
	w16(w, 0x88be);
	w32(w, 17);
	w32(w, 0x10640001);
	w32(w, 3);
	inner_frame(w);
}
static void erspan3(struct wire *w)
{
	w16(w, 0x1000);
	w16(w, 0x22eb);
	w32(w, 17);
	w32(w, 0x20640001);
	w32(w, 99);
	w32(w, 0);
	inner_frame(w);
}
static void erspan3_platform(struct wire *w)
{
	w16(w, 0x1000);
	w16(w, 0x22eb);
	w32(w, 17);
	w32(w, 0x20640001);
	w32(w, 99);
	w32(w, 2 << 10 | 1);		/* frames are IP, eight bytes more */
	wfill(w, 0xee, 8);
	inner4(w);
}
static void etherip(struct wire *w) { w16(w, 0x3000); inner_frame(w); }
static void mpls(struct wire *w) { w32(w, 0x00010040); w32(w, 0x00020140); inner4(w); }

static const struct {
	const char *name;
	unsigned proto;
	void (*build)(struct wire *w);
} carriers[] = {
	{ "IP in IP", 4, inner4 },
	{ "GRE", 47, gre_plain },
	{ "GRE, checksum", 47, gre_checksum },
	{ "GRE, key", 47, gre_key },
	{ "GRE, sequence", 47, gre_sequence },
	{ "GRE, all", 47, gre_all },
	{ "GRE, Ethernet", 47, gre_ethernet },
	{ "GRE, VLAN", 47, gre_vlan },
	{ "GRE, MPLS", 47, gre_mpls },
	{ "GRE in GRE", 47, gre_in_gre },
	{ "PPTP", 47, pptp },
	{ "PPTP, short", 47, pptp_short },
	{ "ERSPAN I", 47, erspan1 },
	{ "ERSPAN II", 47, erspan2 },
	{ "ERSPAN III", 47, erspan3 },
	{ "ERSPAN III, IP", 47, erspan3_platform },
	{ "EtherIP", 97, etherip },
	{ "MPLS in IP", 137, mpls },
	{ "Ethernet in IP", 143, inner_frame },
};

#define CARRIERS (sizeof(carriers) / sizeof(*carriers))

static void
carry(struct wire *w, unsigned i)
{
	static struct wire body;

	body.n = w->n = 0;
	carriers[i].build(&body);
	ethernet(w, 0x0800);
	ip4(w, carriers[i].proto, "198.51.100.1", TUNNEL_END, (unsigned)body.n);
	memcpy(w->b + w->n, body.b, body.n);
	w->n += body.n;
}

/* From an allocation of its very size. */
static bool
settle(struct flow *f, const struct wire *w, size_t n, const char *ours)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	struct prefix p;
	bool ok;

	memcpy(copy, w->b, n);
	cr_assert_eq(prefix_parse(&p, ours), 0);
	ok = packet_ethernet(f, copy, n);
	if (ok && tunnel_is(f))
		tunnel_settle(f, rd_of(copy, n), PACKET_ETHERNET, &p, 1);
	free(copy);
	return ok;
}

static const char *
dst(const struct flow *f)
{
	static char text[INET6_ADDRSTRLEN];

	return inet_ntop(f->family == 4 ? AF_INET : AF_INET6, f->dst, text, sizeof(text));
}

Test(sensor_tunnel, every_carrier_is_entered_when_its_end_is_not_ours)
{
	static struct wire w;
	struct flow f;

	for (unsigned i = 0; i < CARRIERS; i++) {
		carry(&w, i);
		cr_assert(settle(&f, &w, w.n, "192.0.2.0/24"), "%s", carriers[i].name);
		cr_assert_str_eq(dst(&f), VICTIM, "%s", carriers[i].name);
		cr_assert_eq(f.dport, 4444, "%s", carriers[i].name);
		cr_assert_eq(f.bytes, 28, "%s: the length of the packet that counts",
		    carriers[i].name);
	}
}

/*
 * Nobody on the way looks at the inner one's length: sixty bytes must not count as sixty thousand.
 */
Test(sensor_tunnel, no_carried_packet_is_longer_than_its_carrier)
{
	static struct wire w;
	struct flow f;

	ethernet(&w, 0x0800);
	ip4(&w, 4, "198.51.100.1", TUNNEL_END, 28);
	ip4(&w, 17, "198.51.100.7", VICTIM, 65500);
	udp(&w);
	cr_assert(settle(&f, &w, w.n, "192.0.2.0/24"));
	cr_assert_str_eq(dst(&f), VICTIM);
	cr_assert_eq(f.bytes, 48);
}

Test(sensor_tunnel, a_flood_of_tunnel_packets_hits_the_tunnels_end)
{
	static struct wire w;
	struct flow f;

	for (unsigned i = 0; i < CARRIERS; i++) {
		carry(&w, i);
		cr_assert(settle(&f, &w, w.n, "192.0.0.0/3"), "%s", carriers[i].name);
		cr_assert_str_eq(dst(&f), TUNNEL_END, "%s", carriers[i].name);
		cr_assert_eq(f.bytes, w.n - 14, "%s", carriers[i].name);
		cr_assert_eq(f.has & (FLOW_SPORT | FLOW_DPORT), 0, "%s", carriers[i].name);
	}
}

Test(sensor_tunnel, without_prefixes_the_outermost_stays)
{
	static struct wire w;
	struct flow f;

	carry(&w, 0);
	cr_assert(packet_ethernet(&f, w.b, w.n));
	tunnel_settle(&f, rd_of(w.b, w.n), PACKET_ETHERNET, NULL, 0);
	cr_assert_str_eq(dst(&f), TUNNEL_END);
}

Test(sensor_tunnel, what_leaves_us_is_the_outermost_that_is_ours)
{
	static struct wire w;
	struct flow f;

	carry(&w, 1);
	settle(&f, &w, w.n, "198.51.100.0/29");
	cr_assert_str_eq(dst(&f), TUNNEL_END, "we send into the tunnel");
	settle(&f, &w, w.n, "198.51.100.7/32");
	cr_assert_str_eq(dst(&f), VICTIM, "ours is only within it");
	settle(&f, &w, w.n, "100.64.0.0/10");
	cr_assert_str_eq(dst(&f), VICTIM, "somebody else's: the innermost");
}

Test(sensor_tunnel, a_cut_tunnel_says_what_it_holds_and_never_more)
{
	static struct wire w;
	struct flow f;

	for (unsigned i = 0; i < CARRIERS; i++) {
		carry(&w, i);
		for (size_t n = 0; n < w.n; n++) {
			bool ok = settle(&f, &w, n, "192.0.2.0/24");

			cr_assert_eq(ok, n >= 34, "%s, %zu bytes", carriers[i].name, n);
			if (ok && strcmp(dst(&f), VICTIM) == 0)
				cr_assert_eq((f.has & FLOW_DPORT) != 0, n >= w.n - 4,
				    "%s, %zu bytes", carriers[i].name, n);
			else if (ok)
				cr_assert_eq(f.has & FLOW_DPORT, 0, "%s, %zu bytes",
				    carriers[i].name, n);
		}
	}
}

Test(sensor_tunnel, ipv6_carries_and_is_carried)
{
	static struct wire w;
	struct flow f;

	w.n = 0;
	ethernet(&w, 0x0800);
	ip4(&w, 41, "198.51.100.1", TUNNEL_END, 48);
	ip6(&w, 17, 8);
	udp(&w);
	cr_assert(settle(&f, &w, w.n, "2001:db8:40::/48"));
	cr_assert_eq(f.family, 6);
	cr_assert_eq(f.dst[15], 0x80);
	cr_assert_eq(f.dport, 4444);
	w.n = 0;
	ethernet(&w, 0x86dd);
	ip6(&w, 4, 28);
	inner4(&w);
	cr_assert(settle(&f, &w, w.n, "192.0.2.0/24"));
	cr_assert_str_eq(dst(&f), VICTIM);
	cr_assert(settle(&f, &w, w.n, "2001:db8:40::/48"));
	cr_assert_eq(f.family, 6);
	cr_assert_eq(f.proto, 4);
}

Test(sensor_tunnel, a_later_fragment_of_a_tunnel_packet_is_not_entered)
{
	static struct wire w;
	struct flow f;

	carry(&w, 1);
	wput16(&w, 20, 0x2000);
	settle(&f, &w, w.n, "192.0.2.0/24");
	cr_assert_str_eq(dst(&f), VICTIM, "the first one is");
	wput16(&w, 20, 0x0010);
	settle(&f, &w, w.n, "192.0.2.0/24");
	cr_assert_str_eq(dst(&f), TUNNEL_END);
	cr_assert(f.has & FLOW_FRAGMENT);
}

Test(sensor_tunnel, what_is_no_tunnel_of_these_stays_whole)
{
	static const uint16_t gre[][2] = {
		{ 0x4000, 0x0800 },	/* source routing */
		{ 0x0002, 0x0800 },	/* version 2 */
		{ 0x0001, 0x0800 },	/* PPTP carries PPP only */
		{ 0x0000, 0x1234 },
		{ 0x0000, 0x86dd },	/* but IPv4 follows */
	};
	static struct wire w;
	struct flow f;

	for (unsigned i = 0; i < sizeof(gre) / sizeof(*gre); i++) {
		carry(&w, 1);
		wput16(&w, 34, gre[i][0]);
		wput16(&w, 36, gre[i][1]);
		settle(&f, &w, w.n, "192.0.2.0/24");
		cr_assert_str_eq(dst(&f), TUNNEL_END, "case %u", i);
	}
	w.n = 0;			/* VXLAN and GTP-U: a port proves nothing */
	ethernet(&w, 0x0800);
	ip4(&w, 17, "198.51.100.1", TUNNEL_END, 58);
	w16(&w, 4789);
	w16(&w, 4789);
	w32(&w, 0);
	w64(&w, 0x0800000000000100);
	inner_frame(&w);
	settle(&f, &w, w.n, "192.0.2.0/24");
	cr_assert_str_eq(dst(&f), TUNNEL_END);
	cr_assert_eq(f.dport, 4789);
}

Test(sensor_tunnel, tunnels_in_tunnels_come_to_an_end)
{
	static struct wire w;
	struct flow f;

	w.n = 0;
	ethernet(&w, 0x0800);
	for (unsigned i = 0; i < 2000; i++)
		ip4(&w, 4, "198.51.100.1", TUNNEL_END, 0xffdc - 20);
	inner4(&w);
	settle(&f, &w, w.n, "192.0.2.0/24");
	cr_assert_str_eq(dst(&f), TUNNEL_END);
}
