/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "leak.h"
#include "sensor/members.h"

TestSuite(sensor_members, .fini = leak_check);

static const struct member_name names[] = { MEMBER_NAME("a"), MEMBER_NAME("b.c"),
	MEMBER_NAME("b") };

static enum members_verdict
find(struct member *m, const char *line)
{
	return members_find(line, strlen(line), names, 3, m);
}

Test(sensor_members, finds_what_is_wanted_and_nothing_deeper)
{
	struct member m[3];
	double v;

	cr_assert_eq(
	    find(m,
		" {\"x\":[{\"a\":1},[]],\"b\":{\"c\":\"yes\",\"d\":{\"c\":2}},\"a\" : -1.5e2 , \"y\":{}} "),
	    MEMBERS_OK);
	cr_expect(member_number(&v, &m[0]) && v == -150);
	cr_expect_eq(m[0].times, 1);
	cr_expect(member_is(&m[1], "yes"));
	cr_expect_eq(m[2].type, MEMBER_OBJECT);
	cr_assert_eq(find(m, "{\"b\":[{\"c\":1}],\"ab\":2}"), MEMBERS_OK);
	cr_expect_eq(m[1].type, MEMBER_ABSENT);
	cr_expect_eq(m[0].type, MEMBER_ABSENT);
}

Test(sensor_members, counts_what_is_given_twice)
{
	struct member m[3];
	double v;

	cr_assert_eq(find(m, "{\"a\":1,\"a\":\"2\"}"), MEMBERS_OK);
	cr_expect_eq(m[0].times, 2);
	cr_expect(member_number(&v, &m[0]) && v == 2);
}

Test(sensor_members, bounds_how_deep_it_goes)
{
	char line[2 * MEMBERS_DEPTH + 16] = "{\"a\":";
	struct member m[3];

	memset(line + 5, '[', MEMBERS_DEPTH - 1);
	memset(line + 5 + MEMBERS_DEPTH - 1, ']', MEMBERS_DEPTH - 1);
	strcat(line, "}");
	cr_expect_eq(find(m, line), MEMBERS_OK);
	memset(line + 5, '[', sizeof(line) - 6);
	cr_expect_eq(find(m, line), MEMBERS_DEEP);
}

Test(sensor_members, agrees_with_jansson)
{
	static const char *const lines[] = {
		"{}",
		"{ }",
		"{\"a\":1}",
		"{\"a\":1,}",
		"{,}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1 \"b\":2}",
		"{\"a\":1}}",
		"{\"a\":[1,2,{\"b\":null}]}",
		"{\"a\":[1,]}",
		"{\"a\":[,1]}",
		"{\"a\":[}",
		"{\"a\":{]}",
		"{\"a\":01}",
		"{\"a\":-}",
		"{\"a\":1.}",
		"{\"a\":.5}",
		"{\"a\":1e}",
		"{\"a\":1e+5}",
		"{\"a\":1E-5}",
		"{\"a\":+1}",
		"{\"a\":NaN}",
		"{\"a\":Infinity}",
		"{\"a\":-0}",
		"{\"a\":true}",
		"{\"a\":tru}",
		"{\"a\":truee}",
		"{\"a\":\"\\u00e9\\n\\/\"}",
		"{\"a\":\"\\u00g9\"}",
		"{\"a\":\"\\q\"}",
		"{\"a\":\"\t\"}",
		"{\"a\":\"x}",
		"{'a':1}",
		"{\"a\":1}x",
		"{\"a\":1} ",
		"{1:2}",
		"{\"a\":{\"b\":[[[]]]}}",
		"{\"a\":[[[]}",
		"[1]",
		"1",
		"",
		"{\"a\":0x10}",
		"{\"a\":1 2}",
		"{\"\":\"\"}",
		"{\"a\":[true,false,null]}",
		"{\"a\":\"\\\"\"}",
		"{\"a\":\"\\\"}",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		json_t *j = json_loads(lines[i], 0, NULL);
		struct member m[3];

		cr_expect_eq(find(m, lines[i]) == MEMBERS_OK, json_is_object(j), "%s", lines[i]);
		json_decref(j);
	}
}

Test(sensor_members, reads_numbers_as_they_are)
{
	static const struct { const char *text; double v;
	} cases[] = {
		{ "0", 0 },
		{ "-0.5", -0.5 },
		{ "1.2e9", 1.2e9 },
		{ "0.003", 0.003 },
		{ "123456789012", 123456789012 },
		{ "1E-3", 0.001 },
		{ "5e0", 5 },
		{ "1e-999", 0 },
	};
	double v;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cr_assert(number_read(&v, cases[i].text, strlen(cases[i].text)), "%s",
		    cases[i].text);
		cr_expect_float_eq(v, cases[i].v, 1e-12 * (1 + fabs(cases[i].v)), "%s",
		    cases[i].text);
	}
	cr_expect_not(number_read(&v, "1e999", 5));
	cr_expect_not(number_read(&v, "-1e400", 6));
	cr_expect_not(number_read(&v, "", 0));
	cr_expect_not(number_read(&v, "0,5", 3));
	cr_expect_not(number_read(&v, " 1", 2));
}

Test(sensor_members, takes_bytes_that_are_not_utf8)
{
	struct member m[3];

	cr_assert_eq(find(m, "{\"x\":\"\xff\xc0\\x1F\",\"a\":\"ok\"}"), MEMBERS_OK);
	cr_expect(member_is(&m[0], "ok"));
}
