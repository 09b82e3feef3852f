/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is taken for a record without a tree of it, jansson takes too; and what we write is. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "audit/plain.h"
#include "leak.h"

#define LINE_MAX 8192

TestSuite(plain, .fini = leak_check);

static const struct chain first = { 0 };
static uint64_t randomness = 7;
static unsigned taken, refused;

static unsigned
below(unsigned n)
{
	randomness = randomness * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)((randomness >> 33) % n);
}

static bool
jansson_takes(const struct chain *c, const char *line, size_t len)
{
	json_t *j = NULL;
	bool takes = record_check(&j, c, line, len, NULL) == 0;

	json_decref(j);
	return takes;
}

/* In an allocation of exactly its size, so that a sanitizer sees one byte too far. */
static bool
agree(const struct chain *c, const char *line, size_t len)
{
	char *exact = malloc(len > 0 ? len : 1);
	bool plain, takes;

	memcpy(exact, line, len);
	plain = plain_record(c, exact, len);
	takes = jansson_takes(c, exact, len);
	cr_assert(!plain || takes, "taken: %.*s", (int)len, line);
	cr_assert_eq(record_check(NULL, c, exact, len, NULL) == 0, takes, "%.*s", (int)len, line);
	free(exact);
	taken += plain;
	refused += !takes;
	return plain;
}

static json_t *
some_json(unsigned depth)
{
	static const char *const texts[] = { "", "m17", "drop UDP to 192.0.2.1", "los últimos días",
		"\"quoted\\\"", "€", "𝄞 clef", "\x01\x1f\x7f\n\t", "/",
		"a longer text, of more than eight letters" };
	static const double reals[] = { 0, 0.1, -1.5, 1e10, 1e20, 123456789.25, 2.5e-7 };
	char key[32];
	json_t *j;

	switch (below(depth > 0 ? 8 : 6)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(below(2));
	case 2:
		return json_integer((json_int_t)below(1u << 30) * (below(2) ? 1 : -7777777));
	case 3:
		return json_real(reals[below(sizeof(reals) / sizeof(*reals))]);
	case 4:
	case 5:
		return json_string(texts[below(sizeof(texts) / sizeof(*texts))]);
	case 6:
		j = json_array();
		for (unsigned n = below(4); n > 0; n--)
			json_array_append_new(j, some_json(depth - 1));
		return j;
	default:
		j = json_object();
		for (unsigned n = below(6); n > 0; n--) {
			snprintf(key, sizeof(key), below(5) == 0 ? "ñ%u" : "key%u", below(20));
			json_object_set_new(j, key, some_json(depth - 1));
		}
		return j;
	}
}

static void
write_tree(struct jout *out, const void *ctx)
{
	jout_tree(out, "mitigation", ctx);
}

/* As audit_put() writes it, without its newline. */
static void
some_record(struct text *line, const struct chain *c)
{
	json_t *tree = some_json(5);
	struct audit_draft draft = { .kind = (enum audit_kind)below(AUDIT_KIND_N),
		.t = { 1700000000000 + below(1u << 30) },
		.say = { "we drop it", "lo descartamos, \"así\"" },
		.write = write_tree,
		.ctx = tree };

	cr_assert_eq(record_line(line, c, &draft), 0);
	line->len--;
	json_decref(tree);
}

static unsigned
change(char line[static LINE_MAX], unsigned len)
{
	static const char bytes[] =
	    "\"\"\\\\{}[]:,.-+eEtfnu0123456789 \n\xc3\xa9\xed\xa0\x80\xff\0";
	unsigned at = below(len), n = 1 + below(4);

	switch (below(5)) {
	case 0:
		line[at] = bytes[below(sizeof(bytes) - 1)];
		return len;
	case 1:
		memmove(line + at + 1, line + at, len - at);
		line[at] = bytes[below(sizeof(bytes) - 1)];
		return len + 1;
	case 2:
		n = at + n < len ? n : 1;
		memmove(line + at, line + at + n, len - at - n);
		return len - n;
	case 3:		/* a piece twice: keys that come again, lists that go on */
		n = 1 + below(len - at < 64 ? len - at : 64);
		memmove(line + at + n, line + at, len - at);
		return len + n;
	default:
		line[at] ^= (char)(1 << below(8));
		return len;
	}
}

Test(plain, what_we_write_is_taken_and_what_is_changed_only_if_jansson_takes_it)
{
	char buf[LINE_MAX];
	struct text line;

	text_init(&line, LINE_MAX / 2);
	for (unsigned i = 0; i < 1500; i++) {
		struct chain c = first;
		unsigned len;

		if (i % 3 != 0)
			chain_step(&c, buf, i % 100);
		c.n = i;
		some_record(&line, &c);
		cr_assert(agree(&c, line.s, line.len), "not taken: %s", line.s);
		for (unsigned k = 0; k < 60; k++) {
			memcpy(buf, line.s, line.len);
			len = (unsigned)line.len;
			for (unsigned times = 1 + below(3); times > 0; times--)
				len = change(buf, len);
			agree(&c, buf, len);
		}
		for (size_t cut = 0; cut < line.len && i % 100 == 0; cut++)
			cr_assert_not(agree(&c, line.s, cut));
	}
	text_fini(&line);
	cr_expect_gt(taken, 3000, "few changes were taken");
	cr_expect_gt(refused, 30000, "few changes were refused");
}

/* Every value of up to four of these pieces. */
Test(plain, of_all_short_values_none_is_taken_that_jansson_refuses)
{
	static const char *const pieces[] = { "0", "1", "-", ".", "e", "E", "+", "\"", "\\", "u",
		"00", "a", "\xc3", "\xa9", "\x01", "{", "}", "[", "]", ":", ",", "true", "null",
		" ", "99999999999999999" };
	const unsigned n = sizeof(pieces) / sizeof(*pieces);
	char line[512];

	for (unsigned i = 0; i < n * n * n * n; i++) {
		int len = snprintf(line, sizeof(line),
		    "{\"a\":%s%s%s%s,\"kind\":\"k\",\"n\":0,\"prev\":\"\",\"say\":{\"en\":\"\",\"es\":\"\"},"
		    "\"t\":\"2026-11-23T00:00:00.000Z\"}",
		    pieces[i % n], pieces[i / n % n], pieces[i / n / n % n], pieces[i / n / n / n]);

		agree(&first, line, (size_t)len);
	}
	cr_expect_gt(taken, 500);
	cr_expect_gt(refused, 100000);
}

Test(plain, what_a_record_must_have_is_asked_for)
{
	static const struct { const char *line; bool ok;
	} rows[] = {
#define SAY ",\"say\":{\"en\":\"\",\"es\":\"\"}"
#define T ",\"t\":\"2026-11-23T00:00:00.000Z\"}"
		{ "{\"kind\":\"k\",\"n\":0,\"prev\":\"\"" SAY T, true },
		{ "{\"n\":0,\"prev\":\"\"" SAY T, false },
		{ "{\"kind\":1,\"n\":0,\"prev\":\"\"" SAY T, false },
		{ "{\"kind\":\"k\",\"n\":1,\"prev\":\"\"" SAY T, false },
		{ "{\"kind\":\"k\",\"n\":0.0,\"prev\":\"\"" SAY T, false },
		{ "{\"kind\":\"k\",\"n\":\"0\",\"prev\":\"\"" SAY T, false },
		{ "{\"kind\":\"k\",\"n\":0,\"prev\":\"x\"" SAY T, false },
		{ "{\"kind\":\"k\",\"n\":0" SAY T, false },
		{ "{\"kind\":\"k\",\"n\":0,\"prev\":\"\",\"say\":{\"en\":\"\"}" T, false },
		{ "{\"kind\":\"k\",\"n\":0,\"prev\":\"\",\"say\":{\"en\":\"\",\"es\":1}" T, false },
		{ "{\"kind\":\"k\",\"n\":0,\"prev\":\"\",\"say\":{\"x\":{\"en\":\"\",\"es\":\"\"}}" T,
		    false },
		{ "{\"kind\":\"k\",\"n\":0,\"prev\":\"\",\"say\":[\"en\",\"es\"]" T, false },
		{ "{\"kind\":\"k\",\"n\":0,\"prev\":\"\"" SAY ",\"t\":\"today\"}", false },
		{ "{\"kind\":\"k\",\"n\":0,\"prev\":\"\"" SAY "}", false },
		{ "{\"kind\":\"k\",\"n\":0,\"prev\":\"\"" SAY
		  ",\"say\":{\"en\":\"\",\"es\":\"\"}" T,
		    false },
		{ "[\"kind\",\"n\",\"prev\",\"say\",\"t\"]", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cr_expect_eq(agree(&first, rows[i].line, strlen(rows[i].line)), rows[i].ok, "%s",
		    rows[i].line);
}

/* What jansson takes and we do not write: no is no refusal. */
Test(plain, what_is_unusual_is_left_to_jansson)
{
	static const char *const values[] = { "\"\\ud834\\udd1e\"", "\"\\u20ac\"", "1e100",
		"9223372036854775807", " 1", "{\"b\":1,\"a\":2}", "{\"\\u0061\":1}" };
	char line[512];

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		int len = snprintf(line, sizeof(line),
		    "{\"a\":%s,\"kind\":\"k\",\"n\":0,\"prev\":\"\"" SAY T, values[i]);

		cr_expect_not(agree(&first, line, (size_t)len), "%s", values[i]);
		cr_expect_eq(record_check(NULL, &first, line, (size_t)len, NULL), 0, "%s",
		    values[i]);
	}
}
