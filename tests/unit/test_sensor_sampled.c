/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "leak.h"
#include "model/rule.h"
#include "sensor/sampled.h"
#include "wire.h"

TestSuite(sensor_sampled, .fini = leak_check);

/* Packets go through an allocation of their very size. */
static bool
read_packet(struct sample *s, const struct wire *w, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	bool ok;

	memcpy(copy, w->b, n);
	ok = sampled_packet(s, rd_of(copy, n), false, (uint32_t)w->n);
	free(copy);
	return ok;
}

static void
ip4(struct wire *w, unsigned fragment)
{
	w->n = 0;
	w8(w, 0x45);
	w8(w, 46 << 2);
	w16(w, 60);
	w16(w, 1);
	w16(w, fragment);
	w8(w, 57);
	w8(w, 17);
	w16(w, 0);
	waddr(w, "198.51.100.9");
	waddr(w, "192.0.2.80");
	w16(w, 53);
	w16(w, 4444);
	w32(w, 0);
}

Test(sensor_sampled, knows_what_a_header_says)
{
	static struct wire w;
	struct sample s;

	ip4(&w, 0x4000);
	cr_assert(read_packet(&s, &w, w.n));
	cr_expect_eq(s.dscp, 46);
	cr_expect_eq(s.ttl, 57);
	cr_expect_eq(s.fragment, FRAGMENT_DONT);
	cr_expect_eq(s.length, 60);
	cr_expect_eq(s.sport, 53);
	cr_expect_eq(s.of, 1);
	cr_expect(sample_plausible(&s));
}

Test(sensor_sampled, tells_fragments_apart)
{
	static const struct { unsigned word, bits; } rows[] = {
		{ 0, 0 }, { 0x2000, FRAGMENT_FIRST }, { 0x2001, FRAGMENT_IS },
		{ 0x0010, FRAGMENT_IS | FRAGMENT_LAST },
	};
	static struct wire w;
	struct sample s;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ip4(&w, rows[i].word);
		cr_assert(read_packet(&s, &w, w.n));
		cr_expect_eq(s.fragment, rows[i].bits, "%x", rows[i].word);
		cr_expect_eq((s.has & SAMPLE_LATER) != 0, (rows[i].bits & FRAGMENT_IS) != 0);
		cr_expect_eq((s.has & SAMPLE_PORTS) == 0, (rows[i].bits & FRAGMENT_IS) != 0);
	}
}

static void
ip6_fragment(struct wire *w, unsigned offset)
{
	w->n = 0;
	w32(w, 0x62800000);	/* traffic class 0x28 */
	w16(w, 24);
	w8(w, 0);
	w8(w, 64);
	waddr(w, "2001:db8::1");
	waddr(w, "2001:db8:40::80");
	w8(w, 44);		/* hop by hop, nothing in it */
	w8(w, 0);
	wfill(w, 0, 6);
	w8(w, 17);
	w8(w, 0);
	w16(w, offset);
	w32(w, 7);
	w16(w, 53);
	w16(w, 4444);
	w32(w, 0);
}

Test(sensor_sampled, finds_the_fragment_header_behind_others)
{
	static struct wire w;
	struct sample s;

	ip6_fragment(&w, 1);
	cr_assert(read_packet(&s, &w, w.n));
	cr_expect_eq(s.fragment, FRAGMENT_FIRST);
	cr_expect_eq(s.dscp, 10);
	cr_expect_eq(s.proto, 17);
	ip6_fragment(&w, 8);
	cr_assert(read_packet(&s, &w, w.n));
	cr_expect_eq(s.fragment, FRAGMENT_IS | FRAGMENT_LAST);
}

Test(sensor_sampled, says_no_more_than_was_captured)
{
	static struct wire w;
	struct sample s;

	ip6_fragment(&w, 1);
	for (size_t n = 0; n < w.n; n++)
		if (read_packet(&s, &w, n))
			cr_expect((s.has & SAMPLE_FRAGMENT) == 0 || n >= 52, "%zu bytes", n);
	cr_expect_not(read_packet(&s, &w, 39));
}

Test(sensor_sampled, looks_behind_a_tag)
{
	static struct wire w, ip;
	struct sample s;

	ip4(&ip, 0x2000);
	w.n = 0;
	wfill(&w, 2, 12);
	w16(&w, 0x8100);
	w16(&w, 7);
	w16(&w, 0x0800);
	for (size_t i = 0; i < ip.n; i++)
		w8(&w, ip.b[i]);
	cr_assert(sampled_packet(&s, rd_of(w.b, w.n), true, (uint32_t)w.n));
	cr_expect_eq(s.fragment, FRAGMENT_FIRST);
	cr_expect_eq(s.length, 60);
}
