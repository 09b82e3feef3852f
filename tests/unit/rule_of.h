/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A FlowSpec rule from its destination and its match, for tests that need one. */
#ifndef SEAWALL_TESTS_RULE_OF_H
#define SEAWALL_TESTS_RULE_OF_H

#include <criterion/criterion.h>

#include "model/rule.h"

static inline struct rule
rule_to(const char *dst)
{
	struct rule r = { .kind = RULE_FLOWSPEC };

	cr_assert_eq(prefix_parse(&r.dst, dst), 0);
	return r;
}

static inline struct rule
rule_of(const char *dst, const char *match)
{
	struct rule r = rule_to(dst);
	struct diag why = { 0 };

	cr_assert_eq(rule_parse_match(&r, match, &why), 0, "%s: %s", match, why.say);
	return r;
}

#endif
