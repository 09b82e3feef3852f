/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is rendered with what was rendered before is, whatever has changed, what is rendered
 * without.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bird/fragment.h"
#include "bird/rendered.h"
#include "bird_cases.h"
#include "leak.h"
#include "model/scope.h"

#define NOW_MS INT64_C(1795317487120)
#define CHANGES 250
#define SEEDS 60
#define HOSTS 12		/* few, so that many are of one network */

static struct settings *s;
static struct ledger l;
static char *frame;
static wall_t now;
static uint64_t generation, randomness;
static struct rendered last[2];	/* a router each */
static unsigned said_no;

static unsigned
below(unsigned n)
{
	randomness = randomness * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)((randomness >> 33) % n);
}

static void
add_upstream(unsigned router, bool flowspec)
{
	struct upstream *u = &s->upstreams[s->upstreams_n++];

	u->router = router;
	u->number = s->upstreams_n;
	u->flowspec = u->profile.flowspec4 = u->profile.flowspec6 = u->profile.rate_limit =
	    flowspec;
	u->profile.pairs_max = 16;
	u->profile.nlri_max = 4095;
	u->profile.scopes_n = 2;
	u->profile.scrubs = u->profile.drops4 = u->profile.drops6 = true;
	u->profile.source4 = (struct lengths){ 32, 32 };
	u->profile.source6 = (struct lengths){ 64, 128 };
}

static void
setup(void)
{
	const char *top = getenv("top_srcdir");
	struct diag why;
	char path[512];

	s = calloc(1, sizeof(*s));
	snprintf(s->routers[0].name, NAME_MAX_LEN, "edge");
	snprintf(s->routers[1].name, NAME_MAX_LEN, "other");
	s->routers_n = 2;
	add_upstream(0, true);
	add_upstream(0, true);
	add_upstream(1, true);
	add_upstream(0, false);
	ledger_init(&l);
	for (unsigned i = 0; i < 2; i++)
		rendered_init(&last[i]);
	snprintf(path, sizeof(path), "%s/bird-templates", top != NULL ? top : ".");
	cr_assert_eq(render_frame(&frame, path, &why), 0, "%s", why.say);
	now.ms = NOW_MS;
}

static void
teardown(void)
{
	for (unsigned i = 0; i < 2; i++)
		rendered_fini(&last[i]);
	ledger_fini(&l);
	free(frame);
	free(s);
	leak_check();
}

TestSuite(bird_rendered, .init = setup, .fini = teardown);

/* ---- what can change ----------------------------------------------------- */

static void
some_rule(struct rule *r)
{
	size_t i = below(BIRD_CASES_N);
	struct diag why;
	char dst[64];

	*r = (struct rule){ .kind = (enum rule_kind)below(RULE_KINDS) };
	if (r->kind == RULE_FLOWSPEC) {
		cr_assert_eq(prefix_parse(&r->dst, bird_cases[i].dst), 0);
		cr_assert_eq(rule_parse_match(r, bird_cases[i].match, &why), 0, "%s", why.say);
		r->rate_bps = below(3) * 8e6;
		return;
	}
	snprintf(dst, sizeof(dst), below(4) == 0 ? "2001:db8:40::%x/128" : "192.0.2.%u/32",
	    below(HOSTS));
	cr_assert_eq(prefix_parse(&r->dst, dst), 0);
	if (r->kind == RULE_RTBH)
		r->scopes = scope_set(0, below(4), below(3));
}

static void
announce(void)
{
	struct mitigation *m = calloc(1, sizeof(*m));

	/* an id may come again, as something else: it is the values that count */
	snprintf(m->id, sizeof(m->id), "m%u", below(200));
	some_rule(&m->rule);
	m->via = below(16);
	m->until = wall_add_ms(now, below(50000));
	if (ledger_add(&l, &m) != 0)
		free(m);
}

static void
end(struct mitigation *m)
{
	char id[ID_LEN];

	memcpy(id, m->id, sizeof(id));
	ledger_del(&l, id);
}

static void
change(struct mitigation *m)
{
	switch (below(5)) {
	case 0:
		m->until = wall_add_ms(now, below(50000));
		break;
	case 1:
		m->via = below(16);
		break;
	case 2:
		some_rule(&m->rule);
		break;
	case 3:		/* what no line can say, for a while */
		m->rule.dst.len = 200;
		break;
	default:
		end(m);
	}
}

static void
change_upstream(struct upstream *u)
{
	switch (below(5)) {
	case 0:
		u->profile.pairs_max = 2 + below(16);
		break;
	case 1:
		u->number = 1 + below(3) * 10 + (unsigned)(u - s->upstreams);
		break;
	case 2:
		u->flowspec = !u->flowspec;
		break;
	case 3:
		u->router = below(2);
		break;
	default:
		u->rooms[0].others++;	/* of which no line knows */
	}
}

static void
step(void)
{
	unsigned what = below(20);

	if (what < 9)
		announce();
	else if (what < 16 && l.n > 0)
		change(l.all[below(l.n)]);
	else if (what < 18)
		now = wall_add_ms(now, below(4000));
	else if (what == 18)
		change_upstream(&s->upstreams[below(s->upstreams_n)]);
	else if (what == 19 && below(8) == 0)
		while (l.n > 0 && below(20) != 0)
			end(l.all[below(l.n)]);
}

/* ---- both ways ----------------------------------------------------------- */

static int
render(struct text *out, unsigned router, struct rendered *with, struct diag *why)
{
	struct render_of of = { .frame = frame, .settings = s, .router = router, .ledger = &l,
		.generation = generation, .now = now, .last = with };

	text_init(out, FRAGMENT_MAX);
	return render_fragment(out, &of, why);
}

static void
compare(unsigned router, unsigned seed, unsigned i)
{
	struct diag why = { 0 }, why_too = { 0 };
	struct text fresh, copied;
	int err = render(&fresh, router, NULL, &why);

	cr_assert_eq(render(&copied, router, &last[router], &why_too), err,
	    "seed %u step %u: %s | %s", seed, i, why.say, why_too.say);
	cr_assert_str_eq(why_too.say, why.say, "seed %u step %u", seed, i);
	said_no += err != 0;
	for (unsigned m = 0; m < l.n && err != 0; m++)
		while (l.all[m]->rule.dst.len > 128)
			some_rule(&l.all[m]->rule);
	if (err == 0) {
		cr_assert_eq(copied.len, fresh.len, "seed %u step %u", seed, i);
		cr_assert_str_eq(copied.s, fresh.s, "seed %u step %u", seed, i);
	}
	text_fini(&fresh);
	text_fini(&copied);
}

Test(bird_rendered, is_byte_for_byte_what_is_rendered_anew)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		randomness = seed;
		for (unsigned i = 0; i < CHANGES; i++) {
			for (unsigned k = below(3); k > 0; k--)
				step();
			generation++;
			compare(i % 3 == 0, seed, i);
		}
		while (l.n > 0)
			end(l.all[l.n - 1]);
	}
	cr_expect_gt(said_no, 0, "nothing was refused");
	cr_expect_lt(said_no, SEEDS * CHANGES / 2, "most were refused");
}

/* So a change among ten thousand costs one line. */
Test(bird_rendered, only_what_is_another_is_made_anew)
{
	struct kept *before[1000];
	struct text out;
	unsigned anew = 0;

	for (unsigned i = 0; i < 1000; i++) {
		struct mitigation *m = calloc(1, sizeof(*m));

		snprintf(m->id, sizeof(m->id), "m%u", i + 1);
		m->rule.dst =
		    prefix_of(4, (uint8_t[]){ 192, 0, (uint8_t)(i / 250), (uint8_t)(i % 250) }, 32);
		m->via = 1;
		m->until = wall_add_ms(now, 60000);
		cr_assert_eq(ledger_add(&l, &m), 0);
	}
	cr_assert_eq(render(&out, 0, &last[0], NULL), 0);
	text_fini(&out);
	cr_assert_eq(last[0].kept_n, 1000);
	memcpy(before, last[0].kept, sizeof(before));
	l.all[500]->until.ms++;
	ledger_del(&l, "m1");
	now.ms++;
	cr_assert_eq(render(&out, 0, &last[0], NULL), 0);
	text_fini(&out);
	cr_assert_eq(last[0].kept_n, 999);
	for (unsigned i = 0; i < 999; i++)
		anew += last[0].kept[i] != before[i + 1];
	cr_expect_eq(anew, 1);
}

/* What it cannot render it forgets, and begins again. */
Test(bird_rendered, after_a_refusal_all_is_as_at_the_start)
{
	struct text out;
	struct diag why;

	announce();
	l.all[0]->rule = (struct rule){ .kind = RULE_RTBH };
	l.all[0]->via = 1;
	l.all[0]->until = wall_add_ms(now, 60000);
	cr_expect_eq(render(&out, 0, &last[0], &why), -EINVAL);
	cr_expect_eq(last[0].kept_n, 0);
	cr_expect_null(last[0].kept);
	text_fini(&out);
	prefix_parse(&l.all[0]->rule.dst, "192.0.2.1/32");
	compare(0, 0, 0);
	cr_expect_eq(last[0].standing, 1);
}
