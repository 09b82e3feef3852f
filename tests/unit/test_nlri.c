/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules on the wire: RFC 8955 section 4, RFC 8956, and what is no rule. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bird_cases.h"
#include "leak.h"
#include "model/nlri.h"
#include "rule_of.h"

TestSuite(nlri, .fini = leak_check);

static struct diag why;

/* In an allocation of its own, so that one byte too far is seen. */
static int
decode(struct rule *ret, uint8_t family, const uint8_t *bytes, size_t n, size_t *ret_used)
{
	uint8_t *copy = malloc(n != 0 ? n : 1);
	int err;

	memcpy(copy, bytes, n);
	err = nlri_decode(ret, family, copy, n, ret_used, &why);
	free(copy);
	return err;
}

/* The examples of RFC 8955 4.3.1 and 4.3.2, byte by byte. */
Test(nlri, the_examples_of_the_rfc_are_encoded_as_they_stand)
{
	static const uint8_t first[] = { 0x0b, 0x01, 0x18, 0xc0, 0x00, 0x02, 0x03, 0x81, 0x06, 0x04,
		0x81, 0x19 };
	static const uint8_t second[] = { 0x12, 0x01, 0x18, 0xc0, 0x00, 0x02, 0x02, 0x18, 0xcb,
		0x00, 0x71, 0x04, 0x03, 0x89, 0x45, 0x8b, 0x91, 0x1f, 0x90 };
	struct rule a = rule_of("192.0.2.0/24", "proto = 6; port = 25;"), back;
	struct rule b = rule_of("192.0.2.0/24", "src 203.0.113.0/24; port 137..139,8080;");
	uint8_t buf[NLRI_MAX];
	size_t used;

	cr_assert_eq(nlri_encode(buf, sizeof(buf), &a), sizeof(first));
	cr_assert_arr_eq(buf, first, sizeof(first));
	cr_assert_eq(nlri_encode(buf, sizeof(buf), &b), sizeof(second));
	cr_assert_arr_eq(buf, second, sizeof(second));
	cr_assert_eq(decode(&back, 4, second, sizeof(second), &used), 0, "%s", why.say);
	cr_assert(rule_eq(&b, &back));
	cr_assert_eq(used, sizeof(second));
	cr_assert_eq(nlri_encode(buf, sizeof(first) - 1, &a), -ENOSPC);
}

Test(nlri, every_shape_has_the_size_that_was_counted_and_comes_back)
{
#define LIST \
	"1001..1002,1004..1005,1007..1008,1010..1011,1013..1014,1016..1017,1019..1020,1022..1023,1025..1026"
	static const char long_one[] =
	    "port " LIST "; dport " LIST "; sport " LIST "; length " LIST "; label " LIST ";";
	uint8_t buf[NLRI_MAX];
	unsigned long_ones = 0;

	for (size_t i = 0; i <= BIRD_CASES_N; i++) {
		const char *dst = i < BIRD_CASES_N ? bird_cases[i].dst : "2001:db8:40::80";
		const char *match = i < BIRD_CASES_N ? bird_cases[i].match : long_one;
		struct rule r = rule_of(dst, match), back;
		int n = nlri_encode(buf, sizeof(buf), &r);
		unsigned size = rule_nlri_size(&r);
		size_t used;

		cr_assert_eq(n, (int)(size + (size < 240 ? 1 : 2)), "%s", match);
		long_ones += size >= 240;
		cr_assert_eq(decode(&back, r.dst.family, buf, (size_t)n, &used), 0, "%s", why.say);
		cr_assert(rule_eq(&r, &back), "%s", match);
		cr_assert_eq(used, (size_t)n);
		for (size_t cut = 0; cut < (size_t)n; cut++)
			cr_assert_eq(decode(&back, r.dst.family, buf, cut, &used), -EINVAL,
			    "%zu bytes", cut);
	}
	cr_assert_gt(long_ones, 0, "a length of two bytes is tried");
}

/* Others write what we never do; it means the same rule, or is refused. */
Test(nlri, what_others_write_means_the_same)
{
	static const struct { const char *match; uint8_t n, bytes[24]; } rows[] = {
		{ "dport 0..52,54..65535;", 5, { 5, 0x86, 53 } },			/* != 53 */
		{ "dport 0..65535;", 5, { 5, 0x87, 0 } },				/* true */
		/* >9 && <21 || >29 */
		{ "dport 10..20,30..65535;", 0, { 5, 0x02, 9, 0x44, 21, 0x82, 29 } },
		/* >9 && !=53 */
		{ "dport 10..52,54..65535;", 0, { 5, 0x02, 9, 0xc6, 53 } },
		{ "tcp flags 0x02/0x02 || 0x04/0x04;", 0, { 9, 0x80, 6 } },		/* any of */
		/* not all of */
		{ "tcp flags 0x00/0x02 || 0x00/0x04;", 0, { 9, 0x83, 6 } },
		{ "tcp flags 0x02/0x12;", 0, { 9, 0x01, 2, 0xc2, 0x10 } },
		{ "fragment !is_fragment;", 0, { 12, 0x82, 2 } },
		{ "fragment first_fragment || last_fragment;", 0, { 12, 0x80, 12 } },
		/* in two bytes */
		{ "proto = 17;", 0, { 3, 0x91, 0, 17 } },
	};
	static const uint8_t dst[] = { 1, 32, 192, 0, 2, 80 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule want = rule_of("192.0.2.80", rows[i].match), got;
		uint8_t buf[40];
		size_t n = 1, used;

		for (const uint8_t *p = rows[i].bytes + 1;; p += 2 + (*p >> 4 & 3)) {
			n = (size_t)(p - rows[i].bytes) + 2 + (*p >> 4 & 3);
			if ((*p & 0x80) != 0)
				break;
		}
		buf[0] = (uint8_t)(sizeof(dst) + n);
		memcpy(buf + 1, dst, sizeof(dst));
		memcpy(buf + 1 + sizeof(dst), rows[i].bytes, n);
		cr_assert_eq(decode(&got, 4, buf, 1 + sizeof(dst) + n, &used), 0, "%s: %s",
		    rows[i].match, why.say);
		cr_assert(rule_eq(&want, &got), "%s", rows[i].match);
	}
}

Test(nlri, what_is_no_rule_is_refused_with_its_reason)
{
	static const struct { const char *say; uint8_t family, n, bytes[16]; } rows[] = {
		{ "cut short", 4, 0, { 0 } },
		{ "no destination", 4, 1, { 0 } },
		{ "no destination", 4, 4, { 3, 3, 0x81, 6 } },
		{ "out of order", 4, 7, { 6, 3, 0x81, 6, 1, 8, 100 } },
		{ "out of order", 4, 7, { 6, 1, 8, 100, 1, 8, 100 } },
		{ "too long", 4, 4, { 3, 1, 33, 100 } },
		{ "an offset", 6, 5, { 4, 1, 16, 8, 0 } },
		{ "not known", 4, 7, { 6, 1, 8, 100, 14, 0x81, 6 } },
		{ "not possible", 4, 7, { 6, 1, 8, 100, 3, 0x89, 6 } },
		{ "not possible", 4, 7, { 6, 1, 8, 100, 9, 0x85, 6 } },
		{ "not possible", 6, 11, { 10, 1, 8, 0, 0x20, 13, 0xa1, 0, 1, 0x23, 0x45 } },
		{ "nothing can match", 4, 7, { 6, 1, 8, 100, 3, 0x80, 6 } },
		{ "nothing can match", 4, 7, { 6, 1, 8, 100, 9, 0x80, 0 } },
		{ "only IPv6", 4, 7, { 6, 1, 8, 100, 13, 0x81, 6 } },
		{ "don't-fragment", 6, 8, { 7, 1, 8, 0, 0x20, 12, 0x81, 1 } },
		{ "cut short", 4, 6, { 5, 1, 8, 100, 3, 0x81 } },
		{ "cut short", 4, 8, { 7, 1, 8, 100, 3, 0x01, 6, 0x81 } },
		{ "cut short", 4, 3, { 0xf0, 9, 1 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule r;
		size_t used;

		cr_assert_eq(decode(&r, rows[i].family, rows[i].bytes, rows[i].n, &used), -EINVAL,
		    "%zu", i);
		cr_assert_not_null(strstr(why.say, rows[i].say), "%zu: %s", i, why.say);
	}
}

Test(nlri, actions_are_the_communities_of_the_rfc)
{
	static const char *const places[] = { "64500:666", "198.51.100.1:100", "70000:100",
		"198.51.100.1" };
	static const struct community wire[] = { { 0x8008fbf4, 0x29a }, { 0x8108c633, 0x64010064 },
		{ 0x82080001, 0x11700064 }, { 0x010cc633, 0x64010000 } };
	struct rule r = rule_of("192.0.2.80", "proto = 17;"), back = r;
	struct community c[COMMUNITIES_MAX];

	cr_assert_eq(communities_encode(c, &r), 1);
	cr_assert(c[0].high == 0x80060000 && c[0].low == 0);
	for (unsigned i = 0; i < 4; i++) {
		r.rate_bps = 8e6;
		cr_assert_eq(redirect_parse(&r.redirect, places[i]), 0);
		r.has_mark = r.sample = true;
		r.mark = 46;
		r.terminal = i % 2;
		cr_assert_eq(rule_canon(&r, &why), 0, "%s", why.say);
		cr_assert_eq(communities_encode(c, &r), 4);
		cr_assert(c[0].high == 0x80060000 && c[0].low == 0x49742400);
		cr_assert(c[1].high == wire[i].high && c[1].low == wire[i].low, "%s", places[i]);
		cr_assert(c[2].high == 0x80090000 && c[2].low == 46);
		cr_assert(c[3].high == 0x80070000 && c[3].low == 2 + i % 2);
		cr_assert_eq(communities_decode(&back, c, 4, &why), 0, "%s", why.say);
		cr_assert(rule_eq(&r, &back), "%s", places[i]);
	}
	cr_assert_eq(communities_decode(&back, c, 0, &why), -EINVAL, "nothing is done");
	c[0] = (struct community){ 0x80060000, 0x7fc00000 };
	cr_assert_eq(communities_decode(&back, c, 1, &why), -EINVAL, "no number");
}
