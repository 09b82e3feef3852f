/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/clock.h"
#include "base/jget.h"
#include "base/jout.h"
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
	static const char *const good[] = { "192.0.2.0/24", "0.0.0.0/0", "192.0.2.1/32",
		"2001:db8::/32", "::/0" };
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
	static const struct { const char *text; int err;
	} bad[] = {
		{ "", -EINVAL },
		{ "/8", -EINVAL },
		{ "192.0.2.0/33", -ERANGE },
		{ "192.0.2.1/24", -EDOM },
		{ "192.0.2/24", -EINVAL },
		{ "2001:db8::/129", -ERANGE },
		{ "192.0.2.0/-1", -EINVAL },
		{ "192.0.2.0/", -EINVAL },
		{ "192.0.2.0/2 4", -EINVAL },
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
	static const char *const odd[] = { "::", "::1", "::ffff:192.0.2.1", "::192.0.2.1",
		"1::", "2001:db8::1:0:0:1", "2001:0:0:1::1", "2001:db8:0:1:1:1:1:1",
		"0:0:1::", "1:0:0:2::3", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"0:1::", "64:ff9b::1", "::1:0:0:0" };
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

	for (int64_t ms = -5 * step; ms < INT64_C(253402300800000) + step;
	     ms += ms < step ? 997001 : step) {
		time_t s = (time_t)(ms >= 0 ? ms / 1000 : (ms - 999) / 1000);
		size_t n = strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S", gmtime(&s));

		snprintf(want + n, sizeof(want) - n, ".%03dZ", (int)(ms - (int64_t)s * 1000));
		cr_assert_str_eq(wall_str((wall_t){ ms }, got), want);
	}
	cr_assert_str_eq(wall_str((wall_t){ INT64_C(1709164800000) }, got),
	    "2024-02-29T00:00:00.000Z");
}

Test(base, text_prints_as_printf_does)
{
	struct text t;
	char want[512];

	text_init(&t, 1000);
	text_printf(&t, "%s|%u|%d|%d|%llu|%u%s", "a", 0u, INT_MIN, -1, ULLONG_MAX, UINT_MAX, "");
	snprintf(want, sizeof(want), "%s|%u|%d|%d|%llu|%u%s", "a", 0u, INT_MIN, -1, ULLONG_MAX,
	    UINT_MAX, "");
	cr_assert_str_eq(text_str(&t), want);
	text_clear(&t);
	text_printf(&t, "100%% %5u %.3f %c %s", 7u, 1.5, 'x', "y");
	cr_assert_str_eq(text_str(&t), "100%     7 1.500 x y");
	text_fini(&t);
}

Test(base, text_puts_words_where_the_sentence_wants_them)
{
	static const char *const formats[] = { "%2$s %1$s", "%1$s, %1$s and %2$s %3$u %4$d %5$llu.",
		"%1$s %2$s %3$u %4$d", "%1$5s %2$s", "100%% %1$s" };
	struct text t;
	char want[256];

	text_init(&t, 1000);
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		text_clear(&t);
		text_printf(&t, formats[i], "a", "b", 7u, -8, ULLONG_MAX);
		snprintf(want, sizeof(want), formats[i], "a", "b", 7u, -8, ULLONG_MAX);
		cr_assert_str_eq(text_str(&t), want);
	}
	text_fini(&t);
}

static unsigned
below(uint64_t *state, unsigned n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*state >> 33) % n;
}

#define TEXT_LEN 256

/* A text of printable characters, of what must be escaped and of other alphabets. */
static void
some_text(uint64_t *state, char buf[static TEXT_LEN])
{
	static const char *const pieces[] = { "a", "key", "\"", "\\", "/", "\n", "\t", "\b", "\f",
		"\r", "\x01", "\x1f", "\x7f", "ñ", "€", "𝄞", " ", "!", "z", "seven..", "nine.....",
		"{\t}", "of eight" };

	buf[0] = '\0';
	for (unsigned n = below(state, below(state, 4) == 0 ? 25 : 6); n > 0; n--)
		strcat(buf, pieces[below(state, sizeof(pieces) / sizeof(*pieces))]);
}

static json_t *
some_json(uint64_t *state, unsigned depth)
{
	static const double reals[] = { 0, -0.0, 1, 0.1, 1e17, 1e20, -1.5e-7, 1e300, 123456789.25,
		5e-324 };
	char buf[TEXT_LEN];
	json_t *j;

	switch (below(state, depth > 0 ? 8 : 6)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(below(state, 2));
	case 2:
		return json_integer(
		    below(state, 2) ? INT64_MIN : (json_int_t)below(state, 1u << 31));
	case 3:
		return json_real(reals[below(state, sizeof(reals) / sizeof(*reals))]);
	case 4:
	case 5:
		some_text(state, buf);
		return json_string(buf);
	case 6:
		j = json_array();
		for (unsigned n = below(state, 5); n > 0; n--)
			json_array_append_new(j, some_json(state, depth - 1));
		return j;
	default:
		j = json_object();
		for (unsigned n = below(state, below(state, 20) == 0 ? 80 : 6); n > 0; n--) {
			some_text(state, buf);
			/*
			 * keys sort as they are written: those that are escaped would sort
			 * elsewhere
			 */
			if (strpbrk(buf, "\"\\\n\t\b\f\r\x01\x1f") == NULL)
				json_object_set_new(j, buf, some_json(state, depth - 1));
		}
		return j;
	}
}

Test(base, json_is_written_as_jansson_writes_it)
{
	uint64_t state = 1;

	for (unsigned i = 0; i < 3000; i++) {
		json_t *tree = some_json(&state, 4), *again;
		char *want = json_dumps(tree, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
		struct text t;
		struct jout out;

		text_init(&t, 1 << 20);
		jout_init(&out, &t);
		jout_tree(&out, NULL, tree);
		cr_assert_str_eq(text_str(&t), want);
		cr_assert_not(out.twice);
		again = jout_read(&t);
		cr_assert(json_equal(tree, again), "%s", want);
		json_decref(again);
		json_decref(tree);
		free(want);
		jout_fini(&out);
		text_fini(&t);
	}
}

/* Eight letters are looked at together: each byte that there is, at each place among them. */
Test(base, json_that_says_nothing_of_a_key_has_no_text_and_no_time)
{
	json_t *j = json_pack("{s:s, s:i, s:n, s:s}", "at", "2026-03-01T04:05:06Z", "n", 7, "none",
	    "words", "soon");

	cr_assert_str_eq(jget_text(j, "words"), "soon");
	cr_assert_str_eq(jget_text(j, "n"), "");
	cr_assert_str_eq(jget_text(j, "none"), "");
	cr_assert_str_eq(jget_text(j, "absent"), "");
	cr_assert_str_eq(jget_text(NULL, "words"), "");
	cr_assert_eq(jget_time(j, "at").ms, INT64_C(1772337906000));
	cr_assert_eq(jget_time(j, "words").ms, 0);
	cr_assert_eq(jget_time(NULL, "at").ms, 0);
	json_decref(j);
}

Test(base, json_escapes_each_character_wherever_it_stands)
{
	for (unsigned i = 0; i < 24 * 127; i++) {
		char buf[32] = "letters, and many of them", *want;
		json_t *tree;
		struct text t;
		struct jout out;

		buf[i % 24] = (char)(1 + i / 24);
		tree = json_string(buf);
		want = json_dumps(tree, JSON_ENCODE_ANY);
		text_init(&t, 1000);
		jout_init(&out, &t);
		jout_str(&out, NULL, buf);
		cr_assert_str_eq(text_str(&t), want);
		json_decref(tree);
		free(want);
		jout_fini(&out);
		text_fini(&t);
	}
}

Test(base, json_of_text_that_is_no_utf8_keeps_its_ascii)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "a\xff"
		  "b",
		    "\"a?b\"" },
		{ "ñ\xc3", "\"???\"" },
		{ "\xc0\xaf", "\"??\"" },
		{ "\xed\xa0\x80", "\"???\"" },
		{ "\xf4\x90\x80\x80", "\"????\"" },
		{ "\xe0\x80\xaf\n", "\"???\\n\"" },
		{ NULL, "\"\"" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct text t;
		struct jout out;

		text_init(&t, 100);
		jout_init(&out, &t);
		jout_str(&out, NULL, rows[i].text);
		cr_assert_str_eq(text_str(&t), rows[i].want);
		jout_fini(&out);
		text_fini(&t);
	}
}

/* At each length that the text may have: what is there is a beginning of the whole. */
Test(base, json_that_does_not_fit_is_bad_and_no_byte_longer_than_it_is)
{
	static const char whole[] = "{\"a\":\"??????\",\"b\":[null,1.5]}";

	for (size_t limit = 0; limit < sizeof(whole); limit++) {
		struct text t;
		struct jout out;

		text_init(&t, limit);
		jout_init(&out, &t);
		jout_object(&out, NULL);
		jout_str(&out, "a", "\xff\xff\xff\xff\xff\xff");
		jout_list(&out, "b");
		jout_null(&out, NULL);
		jout_real(&out, NULL, 1.5);
		jout_close(&out);
		jout_close(&out);
		cr_assert_leq(t.len, limit);
		cr_assert_eq(strlen(text_str(&t)), t.len, "%zu", limit);
		cr_assert_eq(text_ok(&t), strcmp(text_str(&t), whole) == 0, "%zu: %s", limit,
		    text_str(&t));
		jout_fini(&out);
		text_fini(&t);
	}
}

/* JSON has no word for them (RFC 8259 6): whoever reads it learns that there is no number. */
Test(base, json_of_what_is_no_number_is_null)
{
	static const double odd[] = { NAN, INFINITY, -INFINITY };

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		struct text t;
		struct jout out;
		json_t *again;

		text_init(&t, 100);
		jout_init(&out, &t);
		jout_object(&out, NULL);
		jout_real(&out, "rate", odd[i]);
		jout_real(&out, "share", 0.5);
		jout_close(&out);
		cr_assert_str_eq(text_str(&t), "{\"rate\":null,\"share\":0.5}");
		again = jout_read(&t);
		cr_assert_not_null(again);
		json_decref(again);
		jout_fini(&out);
		text_fini(&t);
	}
}

Test(base, json_is_sorted_or_as_written_and_says_what_is_odd)
{
	struct text t;
	struct jout out;

	text_init(&t, 40);
	jout_init(&out, &t);
	jout_object(&out, NULL);
	jout_int(&out, "b", 1);
	jout_int(&out, "a", -2);
	jout_close(&out);
	cr_assert_str_eq(text_str(&t), "{\"a\":-2,\"b\":1}");
	cr_assert_not(out.twice);
	text_clear(&t);
	out.as_written = true;
	jout_object(&out, NULL);
	jout_int(&out, "b", 1);
	jout_int(&out, "a", -2);
	jout_close(&out);
	cr_assert_str_eq(text_str(&t), "{\"b\":1,\"a\":-2}");
	cr_assert_not(out.twice);
	text_clear(&t);
	out.as_written = false;
	jout_object(&out, NULL);
	jout_int(&out, "a", 1);
	jout_int(&out, "a", 2);
	jout_close(&out);
	cr_assert(out.twice);
	text_clear(&t);
	jout_object(&out, NULL);
	jout_str(&out, "b", "a text that is as long as the limit is");
	jout_str(&out, "a", "");
	jout_close(&out);
	cr_assert_not(text_ok(&t));
	cr_assert_null(jout_read(&t));
	jout_fini(&out);
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
