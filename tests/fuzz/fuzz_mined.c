/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any answer of the process that mines: what is believed can be written down and said, and its
 * rules are some that may be, to who is attacked, with shares that are shares.  An input is changes
 * to a true answer, three bytes each: where, and which byte.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jout.h"
#include "engine/mining.h"
#include "fuzz.h"

#define REQUIRE(x) do { if (!(x)) { fprintf(stderr, "%s\n", #x); abort(); } } while (0)

enum { CHANGE = 3, RULES = 2 };

static const char *const matches[RULES] = { "proto = 17; sport = 53, 123; length >= 400;",
	"proto = 6; tcp flags 0x2/0x12;" };

static struct mining_task *
task(void)
{
	struct mining_task *t = calloc(1, sizeof(*t));

	REQUIRE(t != NULL);
	t->wish =
	    (struct mining_wish){ .incident = "i1", .family = 4, .rules_max = 4, .scope_n = 1 };
	REQUIRE(prefix_parse(&t->wish.scope[0], "192.0.2.0/24") == 0);
	t->attack_n = t->reference_n = 1000;
	return t;
}

static struct mined
truth(void)
{
	struct mined m = { .incident = "i1",
		.separable = true,
		.why = "ok",
		.n = RULES,
		.coverage = 0.9,
		.collateral = 0.001,
		.collateral_upper = 0.004,
		.attack_n = 1000,
		.reference_n = 900,
		.seconds = 0.1 };

	for (unsigned i = 0; i < RULES; i++) {
		m.rules[i] = (struct mined_rule){ .rule = { .kind = RULE_FLOWSPEC },
			.fit = { true, 0.5, 0.001, 0.003 },
			.more = 0.4 };
		REQUIRE(prefix_parse(&m.rules[i].rule.dst, "192.0.2.80/32") == 0);
		REQUIRE(rule_parse_match(&m.rules[i].rule, matches[i], NULL) == 0);
	}
	return m;
}

static void
is_share(double d)
{
	REQUIRE(d >= 0 && d <= 1);
}

static void
judge(const struct mining_task *t, const struct mined *m)
{
	REQUIRE(m->n <= t->wish.rules_max && strlen(m->why) < sizeof(m->why) &&
	    strcmp(m->incident, "i1") == 0);
	is_share(m->coverage);
	is_share(m->collateral);
	is_share(m->collateral_upper);
	for (unsigned i = 0; i < m->n; i++) {
		struct rule again = m->rules[i].rule;

		REQUIRE(rule_canon(&again, NULL) == 0 && rule_eq(&again, &m->rules[i].rule));
		REQUIRE(again.kind == RULE_FLOWSPEC && again.rate_bps == 0 &&
		    prefix_covers(&t->wish.scope[0], &again.dst));
		is_share(m->rules[i].fit.attack);
		is_share(m->rules[i].fit.upper - m->rules[i].fit.reference);
		is_share(m->rules[i].more);
	}
}

/* As the log has it, in both languages. */
static void
tell(const struct mined *m)
{
	static struct settings s;
	struct subject subject = { .kind = SUBJECT_HOST };
	struct words words;
	struct text t;
	struct jout out;
	json_t *tree;

	REQUIRE(prefix_parse(&subject.prefix, "192.0.2.80/32") == 0);
	mining_words(&words, &s, m, &subject);
	REQUIRE(words.en[0] != '\0' && words.es[0] != '\0');
	text_init(&t, 1 << 20);
	jout_init(&out, &t);
	jout_object(&out, NULL);
	mining_write(&out, m);
	jout_close(&out);
	tree = jout_read(&t);
	REQUIRE(tree != NULL && json_is_number(json_object_get(tree, "coverage")));
	json_decref(tree);
	jout_fini(&out);
	text_fini(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mining_task *t = task();
	struct mined m = truth();

	REQUIRE(mining_believe(t, &m));
	for (; size >= CHANGE; data += CHANGE, size -= CHANGE)
		((uint8_t *)&m)[(size_t)(data[0] << 8 | data[1]) % sizeof(m)] = data[2];
	if (mining_believe(t, &m)) {
		judge(t, &m);
		tell(&m);
	}
	free(t);
	return 0;
}
