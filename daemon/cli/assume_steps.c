/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pre-flight of every step at every upstream: an example of it is shown to the guard, as a
 * policy would.
 */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/lang.h"
#include "base/text.h"
#include "cli/assume.h"
#include "decide/guard.h"
#include "decide/rulepick.h"

#define SENTENCE_MAX 2048
#define EXAMPLE_MS 60000
#define OUR_AS 64500		/* RFC 5398; where the configuration names none */
#define SOURCE6_LEN 64

/*
 * What the upstreams take is asked for, not whom it would hit: nobody is protected or to be asked
 * here.
 */
static struct settings *
bare(const struct settings *s)
{
	static const uint8_t far[4] = { 192, 0, 0, 1 };	/* RFC 6890: no session of ours is there */
	struct settings *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		return NULL;
	*copy = *s;
	copy->protected_n = copy->spared_n = 0;
	for (unsigned i = 0; i < copy->members_n; i++)
		copy->members[i].blackhole = CONSENT_YES;
	for (unsigned i = 0; i < copy->routers_n; i++) {
		copy->routers[i].asn = OUR_AS;
		copy->routers[i].sessions_n = 1;
		copy->routers[i].sessions[0] = prefix_of(4, far, 32);
	}
	return copy;
}

/* The widest that the policy leads to, as it decides what is refused; family 0: none. */
static struct prefix
example_subject(const struct settings *s, const struct policy *p, uint8_t family)
{
	struct prefix widest = { 0 };

	for (unsigned i = 0; p->subject == SUBJECT_GROUP && i < s->members_n; i++)
		for (unsigned j = 0; j < s->members[i].prefixes_n; j++) {
			const struct prefix *m = &s->members[i].prefixes[j];

			if (m->family == family && (widest.family == 0 || m->len < widest.len))
				widest = *m;
		}
	for (unsigned i = 0; p->subject != SUBJECT_GROUP && i < s->prefixes_n; i++) {
		const struct prefix *own = &s->prefixes[i];

		if (own->family == family && (widest.family == 0 || own->len < widest.len))
			widest = *own;
	}
	if (p->subject == SUBJECT_HOST && widest.family != 0)
		widest = prefix_of(family, widest.addr, prefix_bits(&widest));
	return widest;
}

static bool
example_rule(struct rule *ret, const struct step *st, const struct prefix *subject)
{
	static const uint8_t stranger[2][16] = { { 203, 0, 113, 9 }, { 0x2a, 0 } };
	bool four = subject->family == 4;

	*ret = (struct rule){
		.kind = rulepick_kind(st->kind), .dst = *subject, .scopes = st->scopes
	};
	if (st->kind == STEP_SOURCE)
		ret->dst = prefix_of(subject->family, stranger[!four], four ? 32 : SOURCE6_LEN);
	if (ret->kind != RULE_FLOWSPEC)
		return true;
	ret->rate_bps = st->kind == STEP_RATE_LIMIT ? st->rate_bps : 0;
	return rule_parse_match(ret,
		   four ? "proto = 17; sport = 53;" : "next header = 17; sport = 53;", NULL) == 0;
}

/* The guard's sentence; empty: it is taken. */
static void
ask_guard(const struct settings *s, const struct step *st, const struct rule *r, unsigned upstream,
	  struct diag *ret)
{
	const struct ledger nothing = { 0 };
	const wall_t now = clock_now().wall;
	struct mitigation m = { .rule = *r,
		.origin = ORIGIN_POLICY,
		.since = now,
		.via = 1u << upstream,
		.until = wall_add_ms(now, st->for_ms > 0 ? st->for_ms : EXAMPLE_MS) };

	*ret = (struct diag){ 0 };
	if (guard_check(s, &nothing, &m, now, ret) == GUARD_OK)
		ret->say[0] = '\0';
}

/* How many of the step it bears at once. */
static unsigned
room(const struct settings *s, const struct step *st, const struct upstream *u)
{
	unsigned n = st->kind == STEP_RATE_LIMIT || st->kind == STEP_DROP ? u->flowspec_max_rules :
		     st->kind == STEP_SOURCE ? u->max_sources : u->max_routes;
	unsigned own = st->kind == STEP_SOURCE ? s->limits.sources :
		       st->kind >= STEP_DIVERT ? s->limits.holes : n;

	if (u->max_prefix != 0 && n >= u->max_prefix)
		n = u->max_prefix - 1;
	return n < own ? n : own;
}

static void
add_upstream(struct text *t, const struct settings *s, const struct policy *p,
    const struct step *st, unsigned upstream)
{
	const struct upstream *u = &s->upstreams[upstream];
	struct diag no[2] = { 0 };
	struct prefix subject;
	struct rule r;
	bool there[2];

	for (unsigned i = 0; i < 2; i++) {
		subject = example_subject(s, p, i == 0 ? 4 : 6);
		there[i] = subject.family != 0 && example_rule(&r, st, &subject);
		if (there[i])
			ask_guard(s, st, &r, upstream, &no[i]);
	}
	text_printf(t, "%s%s ", t->len > 0 ? "; " : "", u->name);
	if (no[0].say[0] == '\0' && no[1].say[0] == '\0')
		text_printf(t, _("takes it, %u at once"), room(s, st, u));
	for (unsigned i = 0; i < 2; i++) {
		if (no[i].say[0] == '\0' || (i == 1 && strcmp(no[0].say, no[1].say) == 0))
			continue;
		text_printf(t,
		    i == 1 && no[0].say[0] != '\0' ? _(", and IPv%u (%s)")
						   : _("refuses IPv%u (%s)"),
		    i == 0 ? 4 : 6, no[i].say);
	}
}

static void
tell_step(const struct settings *s, const struct policy *p, const struct step *st, assume_say *say,
    void *ctx)
{
	struct text t, line;

	text_init(&t, SENTENCE_MAX);
	text_init(&line, SENTENCE_MAX);
	for (unsigned i = 0; i < s->upstreams_n; i++)
		if ((st->via == 0 && st->kind != STEP_SELECTIVE) || (st->via >> i & 1))
			add_upstream(&t, s, p, st, i);
	text_printf(&line, _("policy \"%s\", step %s at %g: %s"), p->name, step_name(st->kind),
	    st->at, text_str(&t));
	say(ctx, false, p->file, st->line, text_str(&line));
	text_fini(&line);
	text_fini(&t);
}

void
assume_steps(const struct settings *s, assume_say *say, void *ctx)
{
	struct settings *asked = bare(s);

	for (unsigned i = 0; asked != NULL && i < s->policies_n; i++) {
		const struct policy *p = &s->policies[i];

		/* a rule is for one prefix: config_check() says that the whole network is none */
		for (unsigned j = 0; p->subject != SUBJECT_ALL && j < p->steps_n; j++)
			if (p->steps[j].kind != STEP_WATCH)
				tell_step(asked, p, &p->steps[j], say, ctx);
	}
	free(asked);
}
