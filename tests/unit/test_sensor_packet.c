/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "leak.h"
#include "sensor/packet.h"
#include "wire.h"

TestSuite(sensor_packet, .fini = leak_check);

/* Frames go through an allocation of their very size. */
static bool
read_frame(struct flow *f, const struct wire *w, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	bool ok;

	memcpy(copy, w->b, n);
	ok = packet_ethernet(f, copy, n);
	free(copy);
	return ok;
}

static void
ip6(struct wire *w, unsigned next, unsigned payload)
{
	w32(w, 0x60000000);
	w16(w, payload);
	w8(w, next);
	w8(w, 64);
	waddr(w, "2001:db8::1");
	waddr(w, "2001:db8:40::80");
}

static void
ports(struct wire *w)
{
	w16(w, 53);
	w16(w, 4444);
	w32(w, 0);
}

static void
mac(struct wire *w)
{
	w->n = 0;
	wfill(w, 2, 12);
}

Test(sensor_packet, reads_a_tcp_syn)
{
	static struct wire w;
	struct flow f;

	wframe4(&w);
	cr_assert(read_frame(&f, &w, w.n));
	cr_assert_eq(f.family, 4);
	cr_assert_eq(f.proto, 6);
	cr_assert_eq(f.dport, 80);
	cr_assert_eq(f.tcp_flags, 2);
	cr_assert_eq(f.bytes, 60, "what IP says, though the capture is cut");
	cr_assert_eq(f.packets, 1);
	cr_assert_arr_eq(f.dst, ((uint8_t[]){ 192, 0, 2, 80 }), 4);
}

Test(sensor_packet, a_cut_frame_says_as_much_as_it_holds)
{
	static struct wire w;
	struct flow f;

	wframe4(&w);
	for (size_t n = 0; n < w.n; n++) {
		bool ok = read_frame(&f, &w, n);

		cr_assert_eq(ok, n >= 34, "%zu bytes", n);
		if (!ok)
			continue;
		cr_assert_eq((f.has & FLOW_DPORT) != 0, n >= 38, "%zu bytes", n);
		cr_assert_eq((f.has & FLOW_TCP_FLAGS) != 0, n >= 48, "%zu bytes", n);
	}
}

Test(sensor_packet, goes_through_vlan_qinq_mpls_pppoe_and_snap)
{
	static const struct {
		unsigned n;
		uint16_t words[8];
	} under[] = {
		{ 3, { 0x8100, 100, 0x86dd } },
		{ 5, { 0x88a8, 100, 0x8100, 7, 0x86dd } },
		{ 5, { 0x8847, 0x0001, 0x0040, 0x0002, 0x0140 } },
		{ 5, { 0x8864, 0x1100, 1, 50, 0x0057 } },
		{ 5, { 60, 0xaaaa, 0x0300, 0, 0x86dd } },
	};
	static struct wire w;
	struct flow f;

	for (unsigned i = 0; i < sizeof(under) / sizeof(*under); i++) {
		mac(&w);
		for (unsigned j = 0; j < under[i].n; j++)
			w16(&w, under[i].words[j]);
		ip6(&w, 17, 8);
		ports(&w);
		cr_assert(read_frame(&f, &w, w.n), "case %u", i);
		cr_assert_eq(f.dport, 4444, "case %u", i);
		cr_assert_eq(f.bytes, 48, "case %u", i);
		for (size_t n = 0; n < w.n; n++)
			read_frame(&f, &w, n);
	}
}

Test(sensor_packet, follows_ipv6_extension_headers)
{
	static struct wire w;
	struct flow f;

	mac(&w);
	w16(&w, 0x86dd);
	ip6(&w, 0, 64);
	w16(&w, 60 << 8);		/* hop by hop, then destination options */
	wfill(&w, 0, 6);
	w16(&w, 51 << 8 | 1);		/* of 16 bytes, then authentication */
	wfill(&w, 0, 14);
	w16(&w, 44 << 8 | 2);		/* of 16 bytes, then a first fragment */
	wfill(&w, 0, 14);
	w16(&w, 17 << 8);
	w16(&w, 1);
	w32(&w, 99);
	ports(&w);
	cr_assert(read_frame(&f, &w, w.n));
	cr_assert_eq(f.proto, 17);
	cr_assert_eq(f.dport, 4444);
	cr_assert_not(f.has & FLOW_FRAGMENT);
	for (size_t n = 54; n < w.n - 4; n++) {
		cr_assert(read_frame(&f, &w, n));
		cr_assert_not(f.has & FLOW_DPORT, "%zu bytes", n);
	}
	w.b[w.n - 13] = 9;		/* now a later fragment */
	cr_assert(read_frame(&f, &w, w.n));
	cr_assert(f.has & FLOW_FRAGMENT);
	cr_assert_not(f.has & FLOW_DPORT);
	cr_assert_eq(f.proto, 17);
}

Test(sensor_packet, later_fragments_have_no_ports)
{
	static struct wire w;
	struct flow f;

	wframe4(&w);
	wput16(&w, 20, 0x2000);
	cr_assert(read_frame(&f, &w, w.n));
	cr_assert_eq(f.dport, 80, "a first fragment has them");
	wput16(&w, 20, 0x00b9);
	cr_assert(read_frame(&f, &w, w.n));
	cr_assert(f.has & FLOW_FRAGMENT);
	cr_assert_not(f.has & (FLOW_SPORT | FLOW_DPORT | FLOW_TCP_FLAGS));
}

Test(sensor_packet, icmp_has_type_and_code_instead_of_ports)
{
	static struct wire w;
	struct flow f;

	wframe4(&w);
	w.b[23] = 1;
	wput16(&w, 34, 0x0301);
	cr_assert(read_frame(&f, &w, w.n));
	cr_assert_eq(f.icmp_type, 3);
	cr_assert_eq(f.icmp_code, 1);
	cr_assert_eq(f.has & (FLOW_ICMP | FLOW_SPORT | FLOW_DPORT), FLOW_ICMP);
}

Test(sensor_packet, what_is_not_ip_is_no_packet)
{
	static const uint16_t types[] = { 0x0806, 0x88cc, 0x8863, 0x0000, 0x0026 };
	static struct wire w;
	struct flow f;

	for (unsigned i = 0; i < sizeof(types) / sizeof(*types); i++) {
		mac(&w);
		w16(&w, types[i]);
		wfill(&w, 0x45, 60);
		cr_assert_not(read_frame(&f, &w, w.n), "type %04x", types[i]);
	}
	wframe4(&w);
	cr_assert_not(packet_ip(&f, w.b, w.n), "an Ethernet header is no IP");
	mac(&w);
	w16(&w, 0x0800);
	w32(&w, 0x44000014);
	wfill(&w, 0, 60);
	cr_assert_not(read_frame(&f, &w, w.n), "a header of 16 bytes");
}

Test(sensor_packet, a_udp_payload_stays_within_the_datagram)
{
	static struct wire w;
	struct rd payload;
	struct flow f;

	w.n = 0;
	ip6(&w, 17, 12);
	w16(&w, 53);
	w16(&w, 4444);
	w16(&w, 12);
	w16(&w, 0);
	w32(&w, 0xcafe);
	wfill(&w, 0xff, 20);		/* padding of the link */
	cr_assert(packet_udp(&f, &payload, rd_of(w.b, w.n), false));
	cr_assert_eq(rd_left(&payload), 4);
	cr_assert(packet_udp(&f, &payload, rd_of(w.b, 50), false));
	cr_assert_eq(rd_left(&payload), 2, "cut by the capture");
	wput16(&w, 44, 7);
	cr_assert_not(packet_udp(&f, &payload, rd_of(w.b, w.n), false),
		"shorter than its own header");
}
