/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a rule becomes at an upstream: itself, several that say the same, or nothing, with a
 * sentence.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "leak.h"
#include "model/flowspec.h"
#include "rule_of.h"

TestSuite(flowspec, .fini = leak_check);

#define WORDS_TRIED 20000

static struct upstream up;
static struct rule pieces[FLOWSPEC_PIECES_MAX];
static struct diag why;

static void
setup(void)
{
	up = (struct upstream){ .name = "transit-a", .flowspec = true,
		.profile = { .flowspec4 = true, .flowspec6 = true, .rate_limit = true } };
}

static uint64_t dice;

static uint32_t
roll(uint32_t sides)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(dice >> 33) % sides;
}

/*
 * A packet as a rule that matches it alone, but for what it leaves open: ports and flags near the
 * rules' own values.
 */
static struct flow
packet(const struct rule *r)
{
	struct flow f = { .family = r->dst.family,
		.has = FLOW_SRC | FLOW_PROTO | FLOW_SPORT | FLOW_DPORT | FLOW_TCP_FLAGS |
		    FLOW_BYTES | FLOW_ICMP,
		.packets = 1 };
	const struct ranges *near[] = { &r->sport, &r->dport, &r->port };
	uint16_t ports[2];

	memcpy(f.dst, r->dst.addr, sizeof(f.dst));
	memcpy(f.src, r->src.family != 0 ? r->src.addr : r->dst.addr, sizeof(f.src));
	f.proto = roll(4) == 0 || r->proto.n == 0 ? roll(256) : r->proto.r[roll(r->proto.n)].from;
	for (unsigned i = 0; i < 2; i++) {
		const struct ranges *l = near[roll(3)];

		ports[i] = (uint16_t)roll(65536);
		if (l->n != 0)
			ports[i] = (uint16_t)(l->r[roll(l->n)].from + roll(3) - 1);
	}
	f.sport = ports[0];
	f.dport = ports[1];
	f.tcp_flags = (uint8_t)roll(256);
	f.bytes = 20 + roll(1500);
	return f;
}

/* The pieces match what the rule does and nothing else, each within the profile. */
static unsigned
assert_same(const struct rule *r)
{
	int n = flowspec_pieces(pieces, r, &up, &why);
	unsigned met = 0, pairs = up.profile.pairs_max, nlri = up.profile.nlri_max;

	cr_assert_gt(n, 0, "%s", why.say);
	cr_assert_eq(flowspec_pieces(NULL, r, &up, &why), n);
	for (int i = 0; i < n; i++) {
		struct rule again = pieces[i];

		cr_assert_leq(rule_pairs_max(&pieces[i]), pairs != 0 ? pairs : FLOWSPEC_PAIRS_SAFE);
		cr_assert_leq(rule_nlri_size(&pieces[i]), nlri != 0 ? nlri : FLOWSPEC_NLRI_SAFE);
		cr_assert_eq(rule_canon(&again, &why), 0, "%s", why.say);
		cr_assert(rule_eq(&again, &pieces[i]), "canonical");
		cr_assert(rule_covers(r, &pieces[i]));
	}
	for (unsigned i = 0; i < WORDS_TRIED; i++) {
		struct flow f = packet(r);
		bool taken = false;

		for (int k = 0; k < n; k++)
			taken |= rule_takes(&pieces[k], &f);
		cr_assert_eq(taken, rule_takes(r, &f));
		met += taken;
	}
	cr_assert_gt(met, 0, "some packets are met, or nothing was tried");
	return (unsigned)n;
}

Test(flowspec, what_fits_stays_as_it_is, .init = setup)
{
	struct rule r = rule_of("192.0.2.80", "proto = 17; sport 19,53,123,389,1900;");

	cr_assert_eq(assert_same(&r), 1);
	cr_assert(rule_eq(&r, &pieces[0]));
}

Test(flowspec, a_list_that_is_too_long_becomes_several_rules, .init = setup)
{
	struct rule r = rule_of("192.0.2.80",
	    "proto = 17; sport 19,53,69,111,123,137,161,389,520,1900,3702,5353,11211,27015;");
	struct rule ranges = rule_of("2001:db8:40::80",
	    "next header = 17; sport 1..5,10..20,30..40; dport 1..2,80,443;");
	struct rule both = rule_of("192.0.2.80",
	    "proto 1,6,17,47,50,51; dport 1..9,11..19,21..29; tcp flags "
	    "0x01/0x11 || 0x04/0x14 || 0x08/0x28;");

	cr_assert_eq(assert_same(&r), 3);
	cr_assert_eq(assert_same(&ranges), 2);
	cr_assert_eq(assert_same(&both), 2 * 2 * 2);
}

Test(flowspec, a_rule_that_is_too_big_becomes_several, .init = setup)
{
	struct rule r = rule_of("192.0.2.80",
	    "proto = 17; sport 1001,1003,1005,1007; dport 2001,2003,2005,2007;");

	up.profile.nlri_max = rule_nlri_size(&r) - 1;
	cr_assert_gt(assert_same(&r), 1);
	up.profile.nlri_max = 17;
	cr_assert_gt(assert_same(&r), 4);
	up.profile.nlri_max = 12;
	cr_assert_eq(flowspec_pieces(pieces, &r, &up, &why), -EINVAL);
	cr_assert_not_null(strstr(why.say, "cannot be cut so small"), "%s", why.say);
}

Test(flowspec, what_would_be_too_many_rules_is_refused, .init = setup)
{
	static const char many[] =
	    "1..2,4..5,7..8,10..11,13..14,16..17,19..20,22..23,25..26,28..29,31..32";
	char match[512];
	struct rule r;

	snprintf(match, sizeof(match), "proto = 17; sport %s; dport %s;", many, many);
	r = rule_of("192.0.2.80", match);
	cr_assert_eq(flowspec_pieces(pieces, &r, &up, &why), -EINVAL);
	cr_assert_not_null(strstr(why.say, "more than 32 FlowSpec rules"), "%s", why.say);
	up.profile.pairs_max = 1;
	r = rule_of("192.0.2.80", "sport 5..9;");
	cr_assert_eq(flowspec_pieces(pieces, &r, &up, &why), -EINVAL, "a range is two pairs");
}

/* One long list is cut, the others stay whole. */
Test(flowspec, a_long_list_cuts_no_other, .init = setup)
{
	struct rule r = rule_of("192.0.2.80", "proto 1,6,17,47; sport 1001,1003,1005,1007,1009; "
	    "dport 2001,2003,2005,2007,2009;");

	up.profile.nlri_max = rule_nlri_size(&r) - 6;
	cr_assert_eq(assert_same(&r), 2, "three of five values and the other two");
	up.profile.nlri_max = rule_nlri_size(&r) - 9;
	cr_assert_eq(assert_same(&r), 3, "and not both lists in halves");
}

static struct ranges
random_list(unsigned most)
{
	struct ranges l = { 0 };
	uint16_t at = (uint16_t)(20 + roll(50));	/* no packet is shorter */

	for (unsigned n = roll(most + 1); l.n < n; l.n++) {
		at = (uint16_t)(at + 2 + roll(500));
		l.r[l.n].from = at;
		at = (uint16_t)(at + (roll(3) == 0 ? 1 + roll(100) : 0));
		l.r[l.n].to = at;
	}
	return l;
}

static struct ranges *
list_of(struct rule *r, unsigned i)
{
	struct ranges *lists[] = { &r->sport, &r->dport, &r->length };

	return lists[i];
}

/* One list in groups of so many pairs; *ret_bytes: of the largest. */
static unsigned
plain_groups(const struct ranges *l, unsigned pairs_max, unsigned *ret_bytes)
{
	struct rule with = rule_to("192.0.2.80"), without = with;
	unsigned groups = l->n != 0, pairs = 0, bytes;

	*ret_bytes = 0;
	for (unsigned k = 0; k < l->n; k++) {
		if (pairs + rule_range_pairs(l->r[k]) > pairs_max) {
			with.sport.n = 0;
			pairs = 0;
			groups++;
		}
		with.sport.r[with.sport.n++] = l->r[k];
		pairs += rule_range_pairs(l->r[k]);
		bytes = rule_nlri_size(&with) - rule_nlri_size(&without);
		*ret_bytes = bytes > *ret_bytes ? bytes : *ret_bytes;
	}
	return groups > 0 ? groups : 1;
}

/*
 * The plain way: all lists in groups of so many pairs, fewer and fewer until the largest piece is
 * short enough.
 */
static unsigned
plainly(struct rule *r, unsigned nlri_max)
{
	struct rule bare = rule_to("192.0.2.80");

	bare.proto = r->proto;
	for (unsigned pairs = FLOWSPEC_PAIRS_SAFE; pairs > 1; pairs--) {
		unsigned all = 1, bytes = rule_nlri_size(&bare), largest;

		for (unsigned i = 0; i < 3; i++) {
			all *= plain_groups(list_of(r, i), pairs, &largest);
			bytes += largest;
		}
		if (bytes <= nlri_max)
			return all;
	}
	return UINT_MAX;
}

/* Each choice of one entry of each list is in a piece, and no piece has anything else. */
static void
assert_union(struct rule *r, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		cr_assert(rule_covers(r, &pieces[i]));
		cr_assert_leq(rule_pairs_max(&pieces[i]), FLOWSPEC_PAIRS_SAFE);
		cr_assert_leq(rule_nlri_size(&pieces[i]), up.profile.nlri_max);
	}
	for (unsigned choice = 0; choice < 11 * 11 * 11; choice++) {
		unsigned at = choice;
		struct rule atom = *r;
		bool there = true, met = false;

		for (unsigned i = 0; i < 3; at /= 11, i++) {
			const struct ranges *l = list_of(r, i);

			there &= at % 11 < l->n || (l->n == 0 && at % 11 == 0);
			if (there && l->n != 0)
				*list_of(&atom, i) =
				    (struct ranges){ .n = 1, .r = { l->r[at % 11] } };
		}
		for (unsigned k = 0; k < n && there; k++)
			met |= rule_covers(&pieces[k], &atom);
		cr_assert_eq(met, there);
	}
}

Test(flowspec, no_more_pieces_than_the_plain_way, .init = setup)
{
	unsigned cut = 0, fewer = 0;

	up.profile.entries_max = UINT_MAX;	/* the wire alone is what is tried */
	for (dice = 1; cut < 400;) {
		struct rule r = rule_of("192.0.2.80", "proto = 17;");
		unsigned plain;
		int n;

		for (unsigned i = 0; i < 3; i++)
			*list_of(&r, i) = random_list(10);
		up.profile.nlri_max = 24 + roll(60);
		n = flowspec_pieces(pieces, &r, &up, &why);
		plain = plainly(&r, up.profile.nlri_max);
		cr_assert(n > 0 || plain > FLOWSPEC_PIECES_MAX, "%u: %s", plain, why.say);
		if (n <= 1)
			continue;
		cr_assert_leq((unsigned)n, plain);
		cut++;
		fewer += (unsigned)n < plain;
		assert_union(&r, (unsigned)n);
	}
	cr_assert_gt(fewer, cut / 20, "and sometimes fewer: %u of %u", fewer, cut);
}

/* Each is limited for itself at the upstream. */
Test(flowspec, pieces_share_their_limit, .init = setup)
{
	struct rule r = rule_of("192.0.2.80", "proto = 17; sport 19,53,69,111,123,137,161,389;");

	r.rate_bps = 10e6;
	cr_assert_eq(flowspec_pieces(pieces, &r, &up, &why), 2, "%s", why.say);
	cr_assert_eq(pieces[0].rate_bps + pieces[1].rate_bps, 10e6);
	r.rate_bps = 10e3;
	cr_assert_eq(flowspec_pieces(pieces, &r, &up, &why), -EINVAL,
	    "two halves of it would be drops");
}

/* Left out, each of these would make the rule match more. */
Test(flowspec, a_component_that_is_not_taken_is_never_left_out, .init = setup)
{
	static const struct { const char *field, *match;
	} rows[] = {
		{ "src", "src 2001:db8::/32;" },
		{ "proto", "proto 6;" },
		{ "port", "port 5;" },
		{ "dport", "dport 5;" },
		{ "sport", "sport 5;" },
		{ "icmp_type", "icmp type 8;" },
		{ "icmp_code", "icmp code 0;" },
		{ "tcp_flags", "tcp flags 0x02/0x02;" },
		{ "length", "length 100;" },
		{ "dscp", "dscp 8;" },
		{ "fragment", "fragment is_fragment;" },
		{ "label", "label 300;" },
	};
	struct flowspec_takes *t = &up.profile.flowspec;
	char named[32];

	for (unsigned i = 0; i < FLOWSPEC_FIELDS_MAX; i++) {
		struct rule r = rule_of("2001:db8:40::80", rows[i].match);

		cr_assert_str_eq(flowspec_fields[i], rows[i].field);
		t->fields_n = 0;
		for (unsigned k = 0; k < FLOWSPEC_FIELDS_MAX; k++)
			t->fields[t->fields_n++] = k;
		cr_assert_eq(flowspec_pieces(pieces, &r, &up, &why), 1, "%s", why.say);
		t->fields[i] = t->fields[(i + 1) % FLOWSPEC_FIELDS_MAX];
		cr_assert_eq(flowspec_pieces(pieces, &r, &up, &why), -EINVAL, "%s", rows[i].field);
		snprintf(named, sizeof(named), "`%s`", rows[i].field);
		cr_assert_not_null(strstr(why.say, named), "%s", why.say);
		t->fields_n = 0;
		cr_assert_eq(flowspec_pieces(pieces, &r, &up, &why) > 0,
		    strcmp(rows[i].field, "label") != 0);
	}
}

Test(flowspec, actions_and_places_are_the_ones_that_the_provider_named, .init = setup)
{
	static const char *const places[] = { "64500:666", "198.51.100.1:100", "70000:100",
		"198.51.100.1" };
	static const unsigned needs[] = { FLOWSPEC_REDIRECT, FLOWSPEC_REDIRECT,
		FLOWSPEC_REDIRECT_AS4, FLOWSPEC_REDIRECT_IP };
	struct flowspec_takes *t = &up.profile.flowspec;
	struct rule r = rule_of("192.0.2.80", "proto = 17;");

	r.rate_bps = RULE_NO_RATE;
	for (unsigned i = 0; i < 4; i++) {
		cr_assert_eq(redirect_parse(&r.redirect, places[i]), 0);
		t->actions_n = t->redirects_n = 0;
		cr_assert_eq(flowspec_pieces(NULL, &r, &up, &why), -EINVAL,
		    "nothing said, nothing taken");
		t->actions[t->actions_n++] = needs[i];
		cr_assert_eq(flowspec_pieces(NULL, &r, &up, &why), -EINVAL);
		cr_assert_not_null(strstr(why.say, places[i]), "%s", why.say);
		t->redirects[t->redirects_n++] = r.redirect;
		cr_assert_eq(flowspec_pieces(NULL, &r, &up, &why), 1, "%s", why.say);
	}
	r.redirect = (struct redirect){ 0 };
	r.has_mark = r.sample = r.terminal = true;
	t->actions_n = 0;
	for (unsigned i = FLOWSPEC_MARK; i <= FLOWSPEC_TERMINAL; i++) {
		cr_assert_eq(flowspec_pieces(NULL, &r, &up, &why), -EINVAL);
		cr_assert_not_null(strstr(why.say, flowspec_actions[i]), "%s", why.say);
		t->actions[t->actions_n++] = i;
	}
	cr_assert_eq(flowspec_pieces(NULL, &r, &up, &why), 1, "%s", why.say);
}

Test(flowspec, lengths_and_labels_have_their_limits, .init = setup)
{
	struct flowspec_takes *t = &up.profile.flowspec;
	struct rule r = rule_of("2001:db8:40::/48", "src 2001:db8::/32; label 70..90;");

	t->fields_n = 2;
	t->fields[0] = 0;
	t->fields[1] = FLOWSPEC_FIELDS_MAX - 1;
	cr_assert_eq(flowspec_pieces(NULL, &r, &up, &why), 1, "%s", why.say);
	t->label_max = 89;
	cr_assert_eq(flowspec_pieces(NULL, &r, &up, &why), -EINVAL);
	t->label_max = 90;
	t->dst6 = (struct lengths){ 49, 128 };
	cr_assert_eq(flowspec_pieces(NULL, &r, &up, &why), -EINVAL);
	t->dst6.min = 48;
	t->src6 = (struct lengths){ 1, 31 };
	cr_assert_eq(flowspec_pieces(NULL, &r, &up, &why), -EINVAL);
	cr_assert_not_null(strstr(why.say, "sources of /1 to /31, not /32"), "%s", why.say);
}

/*
 * A random rule covers a random other one exactly when it matches all its packets, as far as
 * packets are tried.
 */
Test(flowspec, who_covers_matches_all_that_the_other_does)
{
	static const char *const matches[] = {
		"",
		"proto = 17;",
		"proto 0..255;",
		"proto 6,17;",
		"proto = 6; tcp flags 0x02/0x12;",
		"tcp flags 0x02/0x02;",
		"tcp flags 0x02/0x02 || 0x10/0x10;",
		"port 53;",
		"port 53,80;",
		"sport 53;",
		"dport 53,80;",
		"sport 53; dport 80;",
		"sport 1..100; dport 1..100;",
		"port 1..100;",
		"length 100..200;",
		"length 50..1500;",
		"src 192.0.2.0/24;",
		"src 192.0.2.0/25;",
		"src 0.0.0.0/0;",
		"sport 0..52,54..65535; port 53;",
		"dport 53;",
		"port != 53;",
	};
	const unsigned n = sizeof(matches) / sizeof(*matches);
	unsigned covers = 0;

	for (unsigned i = 0; i < n; i++) {
		for (unsigned j = 0; j < n; j++) {
			struct rule a = rule_of("192.0.2.0/25", matches[i]),
				    b = rule_of("192.0.2.80", matches[j]);
			bool yes = rule_covers(&a, &b), all = true;

			covers += yes;
			for (unsigned k = 0; k < 400; k++) {
				struct flow f = packet(k % 2 == 0 ? &a : &b);

				memcpy(f.dst, b.dst.addr, sizeof(f.dst));
				all &= !rule_takes(&b, &f) || rule_takes(&a, &f);
			}
			cr_assert(!yes || all, "%s does not cover %s", matches[i], matches[j]);
			cr_assert_not(rule_covers(&b, &a), "a host covers no prefix");
			cr_assert(i != j || yes, "%s covers itself", matches[i]);
		}
	}
	cr_assert_gt(covers, 2 * n);
}

Test(flowspec, ports_at_either_end_are_seen_together)
{
	struct rule port = rule_of("192.0.2.80", "port 53,80;"),
		    s = rule_of("192.0.2.80", "sport 53;");
	struct rule low = rule_of("192.0.2.80", "port 1..100;"),
		    both = rule_of("192.0.2.80", "sport 1..99; port 53;");
	struct rule other = rule_of("192.0.2.80", "sport 54; port 53;"),
		    blackhole = { .dst = low.dst };

	cr_assert(rule_covers(&port, &s));
	cr_assert_not(rule_covers(&s, &port));
	cr_assert(rule_covers(&low, &both));
	cr_assert(rule_covers(&port, &other), "its other port is 53");
	cr_assert(rule_covers(&blackhole, &port));
	cr_assert_not(rule_covers(&port, &blackhole));
}
