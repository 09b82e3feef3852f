/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a FlowSpec NLRI with its communities behind it: no crash; what is taken is
 * canonical, has the size that is counted, and comes back from its bytes and from BIRD's text as
 * the same rule.  The first byte chooses the family.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "fuzz.h"
#include "model/nlri.h"

#define REQUIRE(x) do { if (!(x)) { fprintf(stderr, "%s\n", #x); abort(); } } while (0)

static void
judge(const struct rule *r)
{
	struct rule again = *r;
	uint8_t buf[NLRI_MAX];
	struct text t;
	size_t used;
	int n = nlri_encode(buf, sizeof(buf), r);
	unsigned size = rule_nlri_size(r);

	REQUIRE(rule_canon(&again, NULL) == 0 && rule_eq(r, &again));
	REQUIRE(n == (int)(size + (size < 240 ? 1 : 2)));
	REQUIRE(nlri_decode(&again, r->dst.family, buf, (size_t)n, &used, NULL) == 0 &&
	    used == (size_t)n);
	REQUIRE(rule_same_network(r, &again) && rule_covers(r, &again) && rule_covers(&again, r));
	text_init(&t, 1 << 16);
	rule_bird(&t, r);
	REQUIRE(rule_parse(&again, text_str(&t), NULL) == 0 && rule_same_network(r, &again));
	text_fini(&t);
}

static void
act(struct rule *r, const uint8_t *data, size_t size)
{
	struct rd in = rd_of(data, size);
	struct community c[COMMUNITIES_MAX], back[COMMUNITIES_MAX];
	struct rule again;
	unsigned n = 0;

	while (n < COMMUNITIES_MAX && rd_left(&in) >= 8) {
		c[n].high = rd_u32(&in);
		c[n++].low = rd_u32(&in);
	}
	if (communities_decode(r, c, n, NULL) != 0)
		return;
	again = *r;
	n = communities_encode(back, r);
	REQUIRE(communities_decode(&again, back, n, NULL) == 0 && rule_eq(r, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rule r;
	size_t used;

	if (size == 0 ||
	    nlri_decode(&r, (data[0] & 1) != 0 ? 6 : 4, data + 1, size - 1, &used, NULL) != 0)
		return 0;
	judge(&r);
	act(&r, data + 1 + used, size - 1 - used);
	judge(&r);
	return 0;
}
