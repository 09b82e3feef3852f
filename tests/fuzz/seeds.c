/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes the seed corpora of fuzz_collector and fuzz_packet, made with the tests' own builders.
 * usage: seeds CORPUS-DIRECTORY
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../unit/wire.h"

static const char *root;

static void
save(const char *target, const char *name, const struct wire *w)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/%s", root, target, name);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(w->b, 1, w->n, f) != w->n || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

/* Appends a datagram to an input of fuzz_collector, from exporter 0 or 1. */
static void
add(struct wire *input, const struct wire *datagram, unsigned exporter)
{
	w16(input, exporter << 15 | (unsigned)datagram->n);
	memcpy(input->b + input->n, datagram->b, datagram->n);
	input->n += datagram->n;
}

static void
template(struct wire *w, unsigned set_id, unsigned id, const uint16_t (*f)[2])
{
	size_t set = wset(w, set_id), at;

	w16(w, id);
	at = w->n;
	w16(w, 0);
	wput16(w, at, wfields(w, f));
	wset_end(w, set);
}

static void
data(struct wire *w, unsigned id, size_t bytes)
{
	size_t set = wset(w, id);

	wfill(w, 1, bytes);
	wset_end(w, set);
}

static void
options(struct wire *w, bool ipfix)
{
	size_t set = wset(w, ipfix ? 3 : 1);

	w16(w, 260);
	w16(w, ipfix ? 3 : 4);
	w16(w, ipfix ? 1 : 8);
	w16(w, ipfix ? 302 : 1);
	w16(w, 4);
	w16(w, 34);
	w16(w, 4);
	w16(w, 48);
	w16(w, 4);
	wset_end(w, set);
	data(w, 260, 12);
}

static const uint16_t fixed[][2] = { { 8, 4 }, { 12, 4 }, { 27, 16 }, { 28, 16 }, { 60, 1 }, { 7,
	2 }, { 11, 2 },
	{ 4, 1 }, { 6, 1 }, { 1, 8 }, { 2, 3 }, { 152, 8 }, { 161, 4 }, { 48, 2 }, { 32, 2 },
		{ 0, 0 } };
static const uint16_t varied[][2] = { { 12, 4 }, { 96, 65535 }, { 1, 8 }, { 82, 65535 }, { 94,
	65535 }, { 2, 8 }, { 0, 0 } };
static const uint16_t times[][2] = { { 22, 4 }, { 21, 4 }, { 160, 8 }, { 305, 4 }, { 306, 4 },
	{ 309, 4 }, { 310, 4 },
	{ 230, 1 }, { 0, 0 } };

static void
sets(const char *name, bool ipfix)
{
	static struct wire first, second, input;
	unsigned set_id = ipfix ? 2 : 0;

	first.n = second.n = input.n = 0;
	(ipfix ? wipfix : wnf9)(&first, 1, 7);
	data(&first, 300, 150);
	options(&first, ipfix);
	if (ipfix)
		wipfix_end(&first);
	(ipfix ? wipfix : wnf9)(&second, 2, 7);
	template(&second, set_id, 300, fixed);
	template(&second, set_id, 301, varied);
	template(&second, set_id, 302, times);
	data(&second, 300, 150);
	data(&second, 301, 54);
	data(&second, 302, 66);
	if (ipfix)
		wipfix_end(&second);
	add(&input, &first, 0);
	add(&input, &second, 1);
	add(&input, &second, 0);
	add(&input, &first, 0);
	save("collector", name, &input);
}

static void
withdrawal(void)
{
	static struct wire w, gone, input;
	size_t set;

	wipfix(&w, 1, 7);
	template(&w, 2, 300, fixed);
	data(&w, 300, 150);
	wipfix_end(&w);
	wipfix(&gone, 1, 7);
	set = wset(&gone, 2);
	w32(&gone, 300u << 16);
	w32(&gone, 2u << 16);
	wset_end(&gone, set);
	set = wset(&gone, 3);
	w32(&gone, 3u << 16);
	wset_end(&gone, set);
	wipfix_end(&gone);
	add(&input, &w, 0);
	add(&input, &gone, 0);
	add(&input, &w, 0);
	save("collector", "withdrawal", &input);
}

/*
 * Sections of packets by every element that has one, with what may be said of them; both directions
 * in a record.
 */
static void
sections(void)
{
	static const uint16_t of_frame[][2] = { { 408, 2 }, { 409, 2 }, { 410, 2 }, { 312, 2 },
		{ 315, 54 }, { 0, 0 } };
	static const uint16_t of_packet[][2] = { { 314, 20 }, { 316, 4 }, { 313, 65535 },
		{ 317, 40 }, { 409, 1 }, { 409, 1 }, { 104, 14 }, { 102, 2 }, { 0, 0 } };
	static const uint16_t both_ways[][2] = { { 8, 4 }, { 12, 4 }, { 10, 4 }, { 14, 4 },
		{ 1, 4 }, { 231, 4 }, { 232, 4 }, { 298, 4 }, { 299, 4 }, { 61, 1 }, { 0, 0 } };
	static struct wire w, input;
	size_t set;

	wipfix(&w, 1, 7);
	template(&w, 2, 300, of_frame);
	template(&w, 2, 301, of_packet);
	template(&w, 2, 302, both_ways);
	set = wset(&w, 300);
	w64(&w, 0x0001000000360036);
	wframe4(&w);
	wset_end(&w, set);
	data(&w, 301, 105);
	data(&w, 302, 74);
	wipfix_end(&w);
	add(&input, &w, 0);
	save("collector", "sections", &input);
}

static void
netflow5(void)
{
	static struct wire w, input;

	wnf5(&w, 2, 1, 100);
	wnf5_record(&w, "192.0.2.80", 1, 2);
	wnf5_record(&w, "192.0.2.81", 3, 4);
	add(&input, &w, 0);
	save("collector", "netflow5", &input);
}

static void
sflow(void)
{
	static struct wire w, raw, decoded, input;

	wsflow_raw(&raw);
	wfill(&decoded, 0, 7);
	wfill(&decoded, 6, 57);
	wsflow(&w, 1, 4);
	wsflow_sample(&w, false, 1, &raw);
	wsflow_sample(&w, true, 1, &raw);
	wsflow_sample(&w, true, 4, &decoded);
	wsflow_sample(&w, false, 3, &decoded);
	add(&input, &w, 1);
	save("collector", "sflow5", &input);
}

static void
packets(void)
{
	static struct wire w;

	wframe4(&w);
	save("packet", "tcp4", &w);
	wput16(&w, 20, 0x00b9);
	save("packet", "fragment4", &w);
	w.n = 0;
	wfill(&w, 2, 12);
	w32(&w, 0x88a80064);
	w32(&w, 0x81000007);
	w16(&w, 0x86dd);
	w32(&w, 0x60000000);
	w32(&w, 0x00280040);		/* hop by hop comes next */
	waddr(&w, "2001:db8::1");
	waddr(&w, "2001:db8:40::80");
	w64(&w, 0x3c00ull << 48);	/* hop by hop, then destination options */
	w64(&w, 0x2c00ull << 48);	/* then a fragment */
	w64(&w, 0x1100ull << 48 | 1ull << 32);
	w64(&w, 0x0035115c00080000);
	save("packet", "extensions6", &w);
	w.n = 0;
	wfill(&w, 2, 12);
	w32(&w, 0x88470001);
	w32(&w, 0x00400002);
	w16(&w, 0x0140);
	w32(&w, 0x45000020);
	w64(&w, 0x4011);
	waddr(&w, "192.0.2.80");
	wfill(&w, 0, 12);
	save("packet", "mpls", &w);
}

/* An IPv4 header to a host that is not ours. */
static void
outer(struct wire *w, unsigned proto, unsigned payload)
{
	w->n = 0;
	wfill(w, 2, 12);
	w32(w, 0x08004500);
	w16(w, 20 + payload);
	w32(w, 0);
	w16(w, 0x4000 | proto);
	w16(w, 0);
	waddr(w, "10.1.1.1");
	waddr(w, "10.1.1.2");
}

static void
tunnels(void)
{
	static struct wire w;

	outer(&w, 47, 12 + 54);
	w32(&w, 0x30006558);		/* GRE with key and sequence: Ethernet */
	w64(&w, 0x0000000700000001);
	wframe4(&w);
	save("packet", "gre-ethernet", &w);
	outer(&w, 47, 16 + 54);
	w32(&w, 0x100088be);		/* ERSPAN II */
	w32(&w, 1);
	w64(&w, 0x1064000100000003);
	wframe4(&w);
	save("packet", "erspan2", &w);
	outer(&w, 47, 28 + 54);
	w32(&w, 0x100022eb);		/* ERSPAN III with eight bytes more */
	w32(&w, 1);
	w64(&w, 0x2064000100000063);
	w32(&w, 1);
	w64(&w, 0);
	wframe4(&w);
	save("packet", "erspan3", &w);
	outer(&w, 47, 21);
	w32(&w, 0x3081880b);		/* PPTP */
	wfill(&w, 4, 12);
	w32(&w, 0xff030021);
	w8(&w, 0x45);
	save("packet", "pptp", &w);
	outer(&w, 137, 8 + 54);		/* MPLS in IP: Ethernet behind a control word */
	w64(&w, 0x0001014000000001);
	wframe4(&w);
	save("packet", "mpls-ethernet", &w);
	outer(&w, 4, 40);
	w64(&w, 0x4500002800000000);
	w32(&w, 0x40060000);
	waddr(&w, "198.51.100.7");
	waddr(&w, "192.0.2.80");
	w64(&w, 0x0401005000000001);
	w64(&w, 0x0000000050020000);
	w32(&w, 0);
	save("packet", "ip-in-ip", &w);
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS-DIRECTORY\n", argv[0]);
		return 2;
	}
	root = argv[1];
	netflow5();
	sets("netflow9", false);
	sets("ipfix", true);
	withdrawal();
	sections();
	sflow();
	packets();
	tunnels();
	return 0;
}
