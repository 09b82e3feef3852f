/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One rule in the place of two: it takes whatever they took, and when it is exact nothing else. */
#include <criterion/criterion.h>
#include <string.h>

#include "leak.h"
#include "model/flow.h"
#include "rule_of.h"

TestSuite(join, .fini = leak_check);

#define PAIRS_TRIED 20000
#define PACKETS_TRIED 60

static struct rule joined;
static bool exact;
static uint64_t dice = 1;

static uint32_t
roll(uint32_t sides)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(dice >> 33) % sides;
}

static bool
join(struct rule a, struct rule b)
{
	return rule_join(&joined, &a, &b, &exact);
}

static void
assert_joined(const char *dst, const char *match, bool is_exact)
{
	struct rule want = rule_of(dst, match);

	want.rate_bps = joined.rate_bps;
	cr_assert(rule_eq(&joined, &want));
	cr_assert_eq(exact, is_exact);
}

Test(join, makes_one_prefix_of_two_that_touch)
{
	cr_assert(join(rule_of("192.0.2.2/32", "proto = 17; sport = 53;"),
		       rule_of("192.0.2.3/32", "proto = 17; sport = 53;")));
	assert_joined("192.0.2.2/31", "proto = 17; sport = 53;", true);
	cr_assert(join(rule_of("2001:db8::1:0/112", "next header = 17;"),
		       rule_of("2001:db8::/112", "next header = 17;")));
	assert_joined("2001:db8::/111", "next header = 17;", true);
}

Test(join, says_that_the_prefix_around_two_hosts_is_wider_than_they)
{
	cr_assert(join(rule_of("192.0.2.1/32", "proto = 17; sport = 53;"),
		       rule_of("192.0.2.2/32", "proto = 17; sport = 53;")));
	assert_joined("192.0.2.0/30", "proto = 17; sport = 53;", false);
	cr_assert(
	    join(rule_of("192.0.2.0/25", "proto = 17;"), rule_of("192.0.3.7/32", "proto = 17;")));
	assert_joined("192.0.2.0/23", "proto = 17;", false);
}

Test(join, makes_one_list_of_the_ports_and_lengths_of_one_destination)
{
	cr_assert(join(rule_of("192.0.2.1/32", "proto = 17; sport = 53;"),
		       rule_of("192.0.2.1/32", "proto = 17; sport = 123, 389;")));
	assert_joined("192.0.2.1/32", "proto = 17; sport = 53, 123, 389;", true);
	cr_assert(join(rule_of("192.0.2.1/32", "proto = 17; length = 100..200;"),
		       rule_of("192.0.2.1/32", "proto = 17; length = 150..300;")));
	assert_joined("192.0.2.1/32", "proto = 17; length = 100..300;", true);
	cr_assert(join(rule_of("192.0.2.1/32", "proto = 17; sport = 53;"),
		       rule_of("192.0.2.1/32", "proto = 6; sport = 80;")));
	cr_assert_not(exact, "it takes UDP from 80 as well");
}

Test(join, keeps_the_one_in_which_the_other_lies)
{
	cr_assert(join(rule_of("192.0.2.1/32", "proto = 17; sport = 53; length = 1000..1500;"),
		       rule_of("192.0.2.0/24", "proto = 17; sport = 53;")));
	assert_joined("192.0.2.0/24", "proto = 17; sport = 53;", true);
}

Test(join, leaves_out_no_component_that_only_one_has)
{
	cr_assert_not(join(rule_of("192.0.2.1/32", "proto = 17; sport = 53;"),
			   rule_of("192.0.2.1/32", "proto = 17; dport = 53;")));
	cr_assert_not(join(rule_of("192.0.2.1/32", "proto = 17; sport = 53;"),
			   rule_of("192.0.2.2/32", "proto = 17; sport = 123;")));
	cr_assert_not(join(rule_of("192.0.2.1/32", "proto = 17;"),
	    rule_of("2001:db8::1/128", "next header = 17;")));
}

Test(join, adds_the_rates_of_two_limits_and_joins_nothing_that_acts_otherwise)
{
	struct rule a = rule_of("192.0.2.2/32", "proto = 17;"),
		    b = rule_of("192.0.2.3/32", "proto = 17;");

	a.rate_bps = 2e6;
	b.rate_bps = 5e6;
	cr_assert(join(a, b));
	cr_assert_float_eq(joined.rate_bps, 7e6, 1);
	b.rate_bps = 0;
	cr_assert_not(join(a, b), "a limit and a drop");
	a.rate_bps = 0;
	cr_assert(join(a, b));
	b.has_mark = true;
	cr_assert_not(join(a, b), "a drop and a mark");
}

/* ---- at random ----------------------------------------------------------- */

static void
some_ports(struct rule *r, struct ranges *l)
{
	struct diag why;

	for (unsigned i = 1 + roll(3); i > 0; i--) {
		uint16_t from = (uint16_t)(50 + roll(8));

		l->r[l->n++] = (struct range){ from, (uint16_t)(from + roll(3)) };
	}
	cr_assert_eq(rule_canon(r, &why), 0, "%s", why.say);
}

/* Few values, so that two of them often have something in common. */
static struct rule
some_rule(void)
{
	char dst[32];
	struct rule r;
	unsigned len = 28 + roll(5);

	snprintf(dst, sizeof(dst), "192.0.2.%u/%u", roll(16) & (0xffu << (32 - len)), len);
	r = rule_to(dst);
	if (roll(4) != 0)
		r.proto = (struct ranges){ 1, { { roll(2) ? 17 : 6, 17 } } };
	if (roll(2) == 0)
		some_ports(&r, &r.sport);
	if (roll(4) == 0)
		some_ports(&r, &r.dport);
	if (roll(6) == 0)
		r.tcp_flags = (struct bits){ 1, { { (uint16_t)(2 + roll(2) * 16), 2 } } };
	return r;
}

static struct flow
some_packet(void)
{
	struct flow f = { .family = 4,
		.has =
		    FLOW_SRC | FLOW_PROTO | FLOW_SPORT | FLOW_DPORT | FLOW_TCP_FLAGS | FLOW_BYTES,
		.packets = 1,
		.bytes = 20 + roll(1000),
		.dst = { 192, 0, 2, (uint8_t)roll(18) } };

	f.proto = roll(3) == 0 ? 6 + roll(12) : 17;
	f.sport = (uint16_t)(48 + roll(14));
	f.dport = (uint16_t)(48 + roll(14));
	f.tcp_flags = (uint8_t)roll(32);
	return f;
}

Test(join, takes_at_random_whatever_either_took_and_when_exact_nothing_else)
{
	unsigned joins = 0, exacts = 0, took = 0;

	for (unsigned i = 0; i < PAIRS_TRIED; i++) {
		struct rule a = some_rule(), b = some_rule();

		if (!join(a, b))
			continue;
		joins++;
		exacts += exact;
		cr_assert(rule_covers(&joined, &a) && rule_covers(&joined, &b));
		cr_assert_geq(rule_volume(&joined), rule_volume(&a) * 0.999);
		for (unsigned k = 0; k < PACKETS_TRIED; k++) {
			struct flow f = some_packet();
			bool either = rule_takes(&a, &f) || rule_takes(&b, &f);

			took += either;
			cr_assert(!either || rule_takes(&joined, &f));
			cr_assert(!exact || either || !rule_takes(&joined, &f));
		}
	}
	cr_assert_gt(joins, 1000);
	cr_assert_gt(exacts, 100);
	cr_assert_gt(took, 10000);
}
