/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences about questions to people: asked, answered, not answered, taken back. */
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"
#include "model/say_text.h"
#include "model/scope.h"

#define NAMES_LEN 512
#define RULE_LEN 4096

struct question {
	const struct settings *s;
	const struct decision *d;
	wall_t t;
};

/* "ana, ben" */
static void
names(struct text *out, const struct question *q, uint32_t who)
{
	unsigned n = 0;

	for (unsigned i = 0; i < q->s->people_n; i++)
		if (who >> i & 1)
			text_printf(out, "%s%s", n++ > 0 ? ", " : "", q->s->people[i].name);
	if (n == 0)
		text_add(out, _("nobody"));
}

static const char *
person(const struct question *q)
{
	int who = q->d->approval.who;

	return who >= 0 && (unsigned)who < q->s->people_n ? q->s->people[who].name : "?";
}

static void
write_otherwise(struct text *out, const struct question *q)
{
	const struct approval *a = &q->d->approval;
	char lasts[48];

	switch (a->otherwise) {
	case OTHERWISE_ACT:
		text_add(out, _("If nobody answers, it is done."));
		break;
	case OTHERWISE_ACT_FOR:
		text_printf(out, _("If nobody answers, it is done for %s."),
			    units_duration_str(a->act_for_ms, lasts, sizeof(lasts)));
		break;
	default:
		text_add(out, _("If nobody answers, it is not done."));
	}
}

static void
write_asked(struct text *out, const struct question *q, const char *rule)
{
	const struct approval *a = &q->d->approval;
	const struct member *m = a->member >= 0 ? &q->s->members[a->member] : NULL;
	struct text who, end;

	text_init(&who, NAMES_LEN);
	text_init(&end, NAMES_LEN);
	names(&who, q, approval_electors(a, q->s));
	say_until(&end, a->until, q->t);
	if (a->trial) {
		text_add(out, _("This is a trial: whatever you answer, nothing is announced."));
		text_add(out, " ");
	}
	text_printf(out,
	    _("We ask %1$s: may we %2$s? The attack is %3$s, with %4$.1f points; the question is %5$s, open %6$s."),
	    text_str(&who), rule, a->incident, q->d->incident.points, a->id, text_str(&end));
	text_add(out, " ");
	if (a->people > 1) {
		text_printf(out, _("%u of them must say yes."), a->people);
		text_add(out, " ");
	}
	write_otherwise(out, q);
	if (m != NULL) {
		text_add(out, " ");
		text_printf(out, _("%1$s wants to be asked before a blackhole: %2$s."), m->name,
			    m->contact[0] != '\0' ? m->contact : _("no contact is configured"));
	}
	text_fini(&who);
	text_fini(&end);
}

/* Nobody says it now: it was said in an earlier incident of the same attack. */
static bool
was_said(const struct question *q)
{
	return q->d->why[0] != '\0';
}

static void
write_approved(struct text *out, const struct question *q, const char *rule)
{
	const struct approval *a = &q->d->approval;
	struct text who;

	if (was_said(q)) {
		text_init(&who, NAMES_LEN);
		names(&who, q, a->yes);
		text_printf(out,
		    _("The yes to %1$s holds, for the attack is the same (%2$s): %3$s. It was said by %4$s."),
		    a->id, a->incident, rule, text_str(&who));
		text_fini(&who);
		return;
	}
	text_printf(out, _("%1$s says yes to %2$s: %3$s."), person(q), a->id, rule);
	text_add(out, " ");
	if (a->state == APPROVAL_GIVEN)
		text_add(out, _("That is enough."));
	else
		text_printf(out, _("That is %1$u of %2$u."), approval_yes(a, q->s), a->people);
}

static void
write_denied(struct text *out, const struct question *q, const char *rule)
{
	const struct approval *a = &q->d->approval;

	if (was_said(q)) {
		text_printf(out,
		    _("The no to %1$s holds, for the attack is the same (%2$s): %3$s. It was said by %4$s. Why: \"%5$s\"."),
		    a->id, a->incident, rule, person(q), a->why);
		return;
	}
	text_printf(out, _("%1$s says no to %2$s: %3$s. Why: \"%4$s\"."), person(q), a->id, rule,
	    a->why);
	text_add(out, " ");
	if (a->until.ms == 0) {
		text_printf(out, _("It holds as long as attack %s lasts."), a->incident);
		return;
	}
	text_add(out, _("It holds"));
	text_add(out, " ");
	say_until(out, a->until, q->t);
	text_add(out, ".");
}

/* "drop UDP from port 53 to 192.0.2.0/25 (and the same for 192.0.2.128/26, 192.0.2.192/27)" */
static void
write_rule(struct text *out, const struct settings *s, const struct approval *a)
{
	const struct rule_names names = settings_names(s, &a->rule.dst);
	char buf[PREFIX_STRLEN];
	struct text also;

	rule_words_for(out, &a->rule, &names);
	scope_words(out, s, a->rule.scopes, a->via);
	if (a->also_n == 0)
		return;
	text_init(&also, NAMES_LEN);
	for (unsigned i = 0; i < a->also_n; i++)
		text_printf(&also, "%s%s", i > 0 ? ", " : "", prefix_str(&a->also[i], buf));
	text_printf(out, _(" (and the same for %s)"), text_str(&also));
	text_fini(&also);
}

static void
write_question(struct text *out, const void *nouns)
{
	const struct question *q = nouns;
	const struct approval *a = &q->d->approval;
	struct text rule;

	text_init(&rule, RULE_LEN);
	write_rule(&rule, q->s, a);
	switch (q->d->kind) {
	case DECISION_ASKED:
		write_asked(out, q, text_str(&rule));
		break;
	case DECISION_APPROVED:
		write_approved(out, q, text_str(&rule));
		break;
	case DECISION_DENIED:
		write_denied(out, q, text_str(&rule));
		break;
	case DECISION_EXPIRED:
		text_printf(out, _("Question %1$s, whether to %2$s: %3$s."), a->id, text_str(&rule),
			    say_fixed(q->d->why));
		break;
	default:
		text_printf(out, _("Question %1$s, whether to %2$s, is taken back: %3$s."), a->id,
			    text_str(&rule), say_fixed(q->d->why));
	}
	text_fini(&rule);
}

void
say_approval(struct words *ret, const struct settings *s, const struct decision *d, wall_t t)
{
	say_both(ret, write_question, &(struct question){ .s = s, .d = d, .t = t });
}
