/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/clock.h"
#include "base/prefix.h"
#include "base/rd.h"
#include "base/resident.h"
#include "base/text.h"
#include "base/units.h"
#include "leak.h"

TestSuite(base, .fini = leak_check);

Test(base, a_short_read_is_sticky_and_yields_zero)
{
	const uint8_t b[] = { 1, 2, 3 };
	struct rd r = rd_of(b, sizeof(b));

	cr_assert_eq(rd_u16(&r), 0x0102);
	cr_assert_eq(rd_u16(&r), 0);
	cr_assert_not(rd_ok(&r));
	cr_assert_eq(rd_u8(&r), 0, "nothing more, though a byte is left");
	cr_assert_eq(rd_left(&r), 0);
}

Test(base, a_child_reader_cannot_reach_outside)
{
	const uint8_t b[] = { 1, 2, 3, 4 };
	struct rd r = rd_of(b, sizeof(b)), sub = rd_sub(&r, 2);

	rd_u32(&sub);
	cr_assert_not(rd_ok(&sub));
	cr_assert(rd_ok(&r));
	cr_assert_eq(rd_u16(&r), 0x0304);
	sub = rd_sub(&r, 1);
	cr_assert_not(rd_ok(&sub));
	cr_assert_not(rd_ok(&r));
}

Test(base, resident_memory_is_there_at_once)
{
	const size_t page = 4096, size = 4 << 20;
	uint8_t *p = resident_new(size), *first = p + (page - (uintptr_t)p % page);
	unsigned char there[1024];

	cr_assert_eq(mincore(first, size - page, there), 0);
	for (size_t i = 0; i < size / page - 1; i++)
		cr_assert(there[i] & 1, "page %zu", i);
	cr_assert_eq(p[0] | p[size - 1], 0);
	free(p);
}

Test(base, prefixes_read_and_print_the_same)
{
	static const char *const good[] = { "192.0.2.0/24", "0.0.0.0/0", "192.0.2.1/32", "2001:db8::/32", "::/0" };
	char buf[PREFIX_STRLEN];
	struct prefix p;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		cr_assert_eq(prefix_parse(&p, good[i]), 0, "%s", good[i]);
		cr_assert_str_eq(prefix_str(&p, buf), good[i]);
	}
	cr_assert_eq(prefix_parse(&p, "192.0.2.1"), 0);
	cr_assert_eq(p.len, 32);
}

Test(base, prefixes_refuse_what_is_none)
{
	static const struct { const char *text; int err; } bad[] = {
		{ "", -EINVAL }, { "/8", -EINVAL }, { "192.0.2.0/33", -ERANGE }, { "192.0.2.1/24", -EDOM },
		{ "192.0.2/24", -EINVAL }, { "2001:db8::/129", -ERANGE }, { "192.0.2.0/-1", -EINVAL },
		{ "192.0.2.0/", -EINVAL }, { "192.0.2.0/2 4", -EINVAL },
	};
	struct prefix p;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_assert_eq(prefix_parse(&p, bad[i].text), bad[i].err, "%s", bad[i].text);
}

Test(base, covering_respects_family_and_length)
{
	struct prefix net, host, other, v6;

	prefix_parse(&net, "192.0.2.0/23");
	prefix_parse(&host, "192.0.3.255");
	prefix_parse(&other, "192.0.4.0");
	prefix_parse(&v6, "::/0");
	cr_assert(prefix_covers(&net, &host));
	cr_assert_not(prefix_covers(&host, &net));
	cr_assert(prefix_overlaps(&host, &net));
	cr_assert_not(prefix_covers(&net, &other));
	cr_assert_not(prefix_covers(&v6, &host));
}

Test(base, units_as_people_write_them)
{
	double d;
	int64_t ms;

	cr_assert_eq(units_rate(&d, "10Gbit"), 0);
	cr_assert_float_eq(d, 1e10, 1);
	cr_assert_eq(units_rate(&d, "200kpps"), 0);
	cr_assert_float_eq(d, 2e5, 1);
	cr_assert_eq(units_percent(&d, "80%"), 0);
	cr_assert_float_eq(d, 0.8, 1e-9);
	cr_assert_eq(units_duration(&ms, "10m"), 0);
	cr_assert_eq(ms, 600000);
	cr_assert_eq(units_duration(&ms, "-3w"), -EINVAL);
	cr_assert_eq(units_rate(&d, "10 Gbit"), -EINVAL);
	cr_assert_eq(units_rate(&d, "inf"), -EINVAL);
	cr_assert_eq(units_bits(&d, "5kpps"), -EINVAL);
}

Test(base, wall_time_reads_and_prints)
{
	char buf[WALL_STRLEN];
	wall_t t;

	cr_assert_eq(wall_parse(&t, "2026-11-22T03:14:07.120Z"), 0);
	cr_assert_str_eq(wall_str(t, buf), "2026-11-22T03:14:07.120Z");
	cr_assert_eq(wall_parse(&t, "2026-11-21T21:14:07-06:00"), 0);
	cr_assert_str_eq(wall_str(t, buf), "2026-11-22T03:14:07.000Z");
	cr_assert_eq(wall_parse(&t, "yesterday"), -EINVAL);
}

Test(base, text_stops_at_its_limit)
{
	struct text t;

	text_init(&t, 8);
	text_add(&t, "1234");
	text_printf(&t, "%d", 5678);
	cr_assert(text_ok(&t));
	text_add(&t, "9");
	cr_assert_not(text_ok(&t));
	cr_assert_str_eq(text_str(&t), "12345678");
	text_fini(&t);
}

Test(base, addresses_are_printed_as_inet_ntop_prints_them)
{
	static const char *const odd[] = { "::", "::1", "::ffff:192.0.2.1", "::192.0.2.1", "1::",
		"2001:db8::1:0:0:1", "2001:0:0:1::1", "2001:db8:0:1:1:1:1:1", "0:0:1::", "1:0:0:2::3",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "0:1::", "64:ff9b::1", "::1:0:0:0" };
	char want[PREFIX_STRLEN], got[PREFIX_STRLEN], with[PREFIX_STRLEN + 8];
	struct prefix p = { .family = 6, .len = 128 };

	for (unsigned i = 0; i < sizeof(odd) / sizeof(*odd) + 200000; i++) {
		bool given = i < sizeof(odd) / sizeof(*odd);

		p.family = given || i % 2 ? 6 : 4;
		memset(p.addr, 0, sizeof(p.addr));
		if (given)
			inet_pton(AF_INET6, odd[i], p.addr);
		for (unsigned k = 0; !given && k < (p.family == 6 ? 16u : 4u); k++)
			p.addr[k] = rand() % 3 ? 0 : (uint8_t)(rand() % 4 ? rand() : rand() % 16);
		p.len = (uint8_t)(i % (prefix_bits(&p) + 1));
		inet_ntop(p.family == 4 ? AF_INET : AF_INET6, p.addr, want, sizeof(want));
		cr_assert_str_eq(prefix_addr_str(&p, got), want);
		snprintf(with, sizeof(with), "%s/%u", want, p.len);
		cr_assert_str_eq(prefix_str(&p, got), with);
	}
}

Test(base, times_are_printed_as_strftime_prints_them)
{
	const int64_t step = INT64_C(12345678901);	/* 143 days, and some */
	char want[64], got[WALL_STRLEN];

	for (int64_t ms = -5 * step; ms < INT64_C(253402300800000) + step; ms += ms < step ? 997001 : step) {
		time_t s = (time_t)(ms >= 0 ? ms / 1000 : (ms - 999) / 1000);
		size_t n = strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S", gmtime(&s));

		snprintf(want + n, sizeof(want) - n, ".%03dZ", (int)(ms - (int64_t)s * 1000));
		cr_assert_str_eq(wall_str((wall_t){ ms }, got), want);
	}
	cr_assert_str_eq(wall_str((wall_t){ INT64_C(1709164800000) }, got), "2024-02-29T00:00:00.000Z");
}

Test(base, text_prints_as_printf_does)
{
	struct text t;
	char want[512];

	text_init(&t, 1000);
	text_printf(&t, "%s|%u|%d|%d|%llu|%u%s", "a", 0u, INT_MIN, -1, ULLONG_MAX, UINT_MAX, "");
	snprintf(want, sizeof(want), "%s|%u|%d|%d|%llu|%u%s", "a", 0u, INT_MIN, -1, ULLONG_MAX, UINT_MAX, "");
	cr_assert_str_eq(text_str(&t), want);
	text_clear(&t);
	text_printf(&t, "100%% %5u %.3f %c %s", 7u, 1.5, 'x', "y");
	cr_assert_str_eq(text_str(&t), "100%     7 1.500 x y");
	text_fini(&t);
}

Test(base, text_takes_all_of_a_piece_or_nothing)
{
	struct text t;

	text_init(&t, 10);
	text_add(&t, "12345");
	text_printf(&t, "%s%s", "678", "901");
	cr_assert_not(text_ok(&t));
	cr_assert_str_eq(text_str(&t), "12345");
	text_fini(&t);
}
