/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any text as `--match`, and as a rule in JSON: no crash; what is taken renders, reads back and
 * goes through JSON as the same rule, and its values lie inside their fields.  The first byte
 * chooses the family.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "model/rule.h"

#define REQUIRE(x) do { if (!(x)) { fprintf(stderr, "%s\n", #x); abort(); } } while (0)

static void
same_after_json(const struct rule *r)
{
	json_t *j = rule_json(r);
	struct rule again;

	REQUIRE(j != NULL && rule_from_json(&again, j, NULL) == 0 && rule_eq(r, &again));
	json_decref(j);
}

static void
same_after_text(const struct rule *r)
{
	struct rule again = { .dst = r->dst, .rate_bps = r->rate_bps };
	struct text t;
	char *match, *end;

	text_init(&t, 8192);
	rule_bird(&t, r);
	REQUIRE(text_ok(&t));
	match = strchr(t.s, ';') + 1;
	end = strrchr(t.s, '}');
	*end = '\0';
	REQUIRE(rule_parse_match(&again, match, NULL) == 0 && rule_eq(r, &again));
	text_fini(&t);
}

static void
judge(const struct rule *r)
{
	struct rule again = *r;

	REQUIRE(rule_canon(&again, NULL) == 0 && rule_eq(r, &again));
	REQUIRE(rule_nlri_size(r) < 1024 && rule_pairs_max(r) <= 2 * RANGES_MAX);
	same_after_json(r);
	if (r->kind == RULE_FLOWSPEC)
		same_after_text(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rule r = { 0 };
	struct diag d;
	json_t *j = json_loadb((const char *)data, size, 0, NULL);
	char *text = calloc(1, size + 1);

	REQUIRE(text != NULL);
	if (j != NULL && rule_from_json(&r, j, &d) == 0)
		judge(&r);
	json_decref(j);
	REQUIRE(prefix_parse(&r.dst,
		    size > 0 && (data[0] & 1) != 0 ? "2001:db8::/64" : "192.0.2.0/24") == 0);
	if (size > 1)
		memcpy(text, data + 1, size - 1);
	if (rule_parse_match(&r, text, &d) == 0)
		judge(&r);
	free(text);
	return 0;
}
