/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "leak.h"
#include "model/invalid.h"
#include "model/roa.h"

TestSuite(roa, .fini = leak_check);

#define OUR_AS 64500

static struct prefix
pfx(const char *text)
{
	struct prefix p = { 0 };

	cr_assert_eq(prefix_parse(&p, text), 0, "%s", text);
	return p;
}

static struct roas
table(const char *const *lines, size_t n)
{
	struct roas all = { .known = true };
	struct roa r;

	for (size_t i = 0; i < n; i++) {
		cr_assert(roa_read(&r, lines[i]), "%s", lines[i]);
		roas_add(&all, &r);
	}
	return all;
}

/* As `show route table` of BIRD 2.0.12 prints them. */
static const char *const printed[] = {
	"192.0.2.0/24-24 AS64500  [roas4 06:03:50.414] * (200)",
	" 192.0.2.0/24-24 AS64500  [rpki1 06:03:50.414] * (100)",
	" 198.51.100.0/24-32 AS64500  [roas4 06:03:50.414] * (200)",
	" 198.51.100.0/25-28 AS64501  [roas4 06:03:50.414] * (200)",
	"2001:db8:40::/44-48 AS64500  [roas6 06:03:50.414] * (200)",
	" 203.0.113.0/24-32 AS0  [roas4 06:03:50.414] * (200)",
};
#define PRINTED_N (sizeof(printed) / sizeof(*printed))

Test(roa, judges_as_rfc_6811_does)
{
	static const struct { const char *p; uint32_t origin; enum roa_state want; } rows[] = {
		{ "192.0.2.0/24", OUR_AS, ROA_VALID },
		{ "192.0.2.80/32", OUR_AS, ROA_INVALID },
		{ "192.0.2.0/24", 64501, ROA_INVALID },
		{ "198.51.100.80/32", OUR_AS, ROA_VALID },
		{ "198.51.100.64/28", 64501, ROA_VALID },
		{ "198.51.100.64/29", 64501, ROA_INVALID },
		{ "198.51.100.128/28", 64501, ROA_INVALID },
		{ "2001:db8:41::/48", OUR_AS, ROA_VALID },
		{ "2001:db8:40::80/128", OUR_AS, ROA_INVALID },
		{ "203.0.113.9/32", OUR_AS, ROA_INVALID },
		{ "203.0.113.9/32", 64999, ROA_INVALID },
		{ "192.0.0.0/16", OUR_AS, ROA_NOT_FOUND },	/* none covers it */
		{ "10.0.0.0/8", OUR_AS, ROA_NOT_FOUND },
	};
	struct roas all = table(printed, PRINTED_N);
	const struct roa *roa;

	cr_expect_eq(all.n, PRINTED_N - 1, "the same one twice is one");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct prefix p = pfx(rows[i].p);

		cr_expect_eq(roas_check(&all, &p, rows[i].origin, &roa), rows[i].want, "%s AS%u",
		    rows[i].p, rows[i].origin);
	}
	all.overflow = true;
	cr_expect_eq(roas_check(&all, &all.all[0].prefix, OUR_AS, &roa), ROA_UNTOLD);
	all = (struct roas){ 0 };
	cr_expect_eq(roas_check(&all, &(struct prefix){ .family = 4, .len = 32 }, OUR_AS, &roa),
	    ROA_UNTOLD);
}

Test(roa, reads_nothing_else)
{
	static const char *const rows[] = {
		"",
		"Table known4:",
		"192.0.2.0/24  unreachable [own4 now] * (200)",
		"192.0.2.0/24-24",
		"192.0.2.0/24-24 64500 [x]",
		"192.0.2.0/24-23 AS64500  [x]",
		"192.0.2.0/24-33 AS64500  [x]",
		"192.0.2.0/24-24 AS99999999999  [x]",
		"192.0.2.0/24-24 AS  [x]",
		"192.0.2.0/24-24 AS1x [x]",
		"192.0.2.1/24-24 AS64500  [x]",
		"192.0.2.0-24 AS64500  [x]",
		"flow4 { dst 192.0.2.0/24-24 AS64500 }",
		"2001:db8::/32-129 AS64500  [x]",
		"-24 AS64500",
		"192.0.2.0/24--4 AS64500",
	};
	struct roa r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cr_expect_not(roa_read(&r, rows[i]), "%s", rows[i]);
}

Test(roa, keeps_so_many_and_then_says_nothing)
{
	struct roas all = { .known = true };
	struct roa r = { .prefix = pfx("10.0.0.0/8"), .max = 24 };
	const struct roa *roa;

	for (unsigned i = 0; i <= ROAS_MAX; i++) {
		r.asn = i + 1;
		roas_add(&all, &r);
	}
	cr_expect_eq(all.n, ROAS_MAX);
	cr_expect(all.overflow);
	cr_expect_eq(roas_check(&all, &r.prefix, 1, &roa), ROA_UNTOLD);
}

static const char *
words(const struct settings *s, enum rule_kind kind, const char *dst, uint32_t via, struct text *t)
{
	struct rule r = { .kind = kind, .dst = pfx(dst) };

	text_clear(t);
	invalid_words(t, s, &r, via);
	return text_str(t);
}

Test(roa, says_which_roa_and_who_drops_it)
{
	struct settings *s = calloc(1, sizeof(*s));
	struct text t;

	cr_assert_not_null(s);
	s->routers_n = 1;
	s->routers[0].asn = OUR_AS;
	s->routers[0].roas = table(printed, PRINTED_N);
	s->upstreams_n = 3;
	for (unsigned i = 0; i < 3; i++)
		snprintf(s->upstreams[i].name, NAME_MAX_LEN, "up-%c", 'a' + (int)i);
	s->upstreams[0].profile.takes_invalid = SAID_NO;
	s->upstreams[1].profile.takes_invalid = SAID_YES;
	text_init(&t, 1024);
	cr_expect_str_eq(words(s, RULE_RTBH, "192.0.2.80/32", 7, &t),
	    "192.0.2.80/32 is invalid by RPKI: the maxLength of your ROA for 192.0.2.0/24 is /24; dropped "
	    "by up-a; perhaps dropped by up-c, whose profile does not say");
	cr_expect_str_eq(words(s, RULE_DIVERT, "203.0.113.0/24", 1, &t),
	    "203.0.113.0/24 is invalid by RPKI: no ROA allows AS64500 to announce it; dropped by up-a");
	cr_expect_str_eq(words(s, RULE_RTBH, "192.0.2.80/32", 2, &t), "", "who takes it takes it");
	cr_expect_str_eq(words(s, RULE_RTBH, "198.51.100.80/32", 7, &t), "");
	cr_expect_str_eq(words(s, RULE_FLOWSPEC, "192.0.2.80/32", 7, &t), "",
	    "a rule has no origin");
	s->routers[0].roas.known = false;
	cr_expect_str_eq(words(s, RULE_RTBH, "192.0.2.80/32", 7, &t), "", "nobody knows");
	text_fini(&t);
	free(s);
}
