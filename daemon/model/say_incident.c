/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences about attacks: how they begin, grow, fade and end. */
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"
#include "model/evidence.h"
#include "model/say_text.h"

struct attack {
	const struct settings *s;
	const struct decision *d;
};

static const char *
step_words(const struct attack *a)
{
	static const char *const names[STEP_N] = {
		[STEP_WATCH] = N_("look closer and do nothing yet"),
		[STEP_RATE_LIMIT] = N_("limit this traffic at the provider"),
		[STEP_DROP] = N_("drop this traffic at the provider"),
		[STEP_SOURCE] = N_("drop everything that one client sends"),
		[STEP_DIVERT] = N_("send the traffic through cleaning"),
		[STEP_SELECTIVE] =
		    N_("take the address off the net in a part of the world, to save the rest"),
		[STEP_BLACKHOLE] = N_("take the address off the net to save the rest"),
	};
	const struct incident *i = &a->d->incident;
	const struct policy *p;

	if (i->policy >= a->s->policies_n || a->d->step < 0)
		return "-";
	p = &a->s->policies[i->policy];
	return (unsigned)a->d->step < p->steps_n ? _(names[p->steps[a->d->step].kind]) : "-";
}

static const char *
policy_name(const struct attack *a)
{
	unsigned policy = a->d->incident.policy;

	return policy < a->s->policies_n ? a->s->policies[policy].name : "-";
}

void
say_victim(struct text *out, const struct settings *s, const struct subject *subject)
{
	const struct member *member = NULL;
	char buf[SUBJECT_STRLEN];

	if (subject->kind == SUBJECT_GROUP && subject->group < s->members_n) {
		text_add(out, s->members[subject->group].name);
		return;
	}
	text_add(out, subject_str(subject, buf));
	if (subject->kind == SUBJECT_HOST || subject->kind == SUBJECT_PREFIX)
		member = settings_member(s, &subject->prefix);
	if (member != NULL)
		text_printf(out, " (%s)", member->name);
}

static void
evidence(struct text *out, const struct incident *i)
{
	for (unsigned k = 0; k < i->evidence_n && k < EVIDENCE_MAX; k++) {
		char points[16];

		text_add(out, " ");
		evidence_say(out, &i->evidence[k]);
		snprintf(points, sizeof(points), ": %+.1f.", i->evidence[k].points);
		text_add(out, points);
	}
}

/* What is to be known of its shape before anybody asks for an announcement. */
static void
write_shape(struct text *out, const struct shape *s)
{
	if (s->no_volume)
		text_add(out,
		    _(" Nothing in the traffic explains it: no announcement to the providers would "
		      "help, and somebody has to look at the service itself."));
	if (s->flash_crowd)
		text_add(out,
		    _(" It looks like many people who want something, not like an attack: our "
		      "servers answer them, so nothing is dropped."));
	if (s->spray)
		text_add(out, _(" It goes to more addresses than anybody can count."));
	else if (s->breadth > 1)
		text_printf(out, _(" At least %u addresses get a part of it."), s->breadth);
	if (s->campaign != 0 && s->victims > 1)
		text_printf(out, _(" It is one of %u attacks that look alike (c%u)."), s->victims,
		    s->campaign);
}

/* What dominates in it, where that is a kind of attack that is known. */
static void
write_vector(struct text *out, const struct attack *a)
{
	const struct signature *s = incident_vector(&a->d->incident, a->s);
	struct text title;

	if (s == NULL)
		return;
	text_init(&title, SIGNATURE_ABOUT_LEN);
	signature_title(&title, s);
	text_printf(out, _(" Most of it is %1$s: %2$s"), text_str(&title), signature_about(s));
	text_fini(&title);
}

static void
write_closed(struct text *out, const struct attack *a, const char *who)
{
	const struct incident *i = &a->d->incident;
	char lasted[48], bps[48], pps[48];

	text_printf(out,
	    _("The attack on %1$s is over (%2$s). It lasted %3$s and reached %4$s and %5$s."), who,
	    i->id, units_duration_str(i->closed.ms - i->opened.ms, lasted, sizeof(lasted)),
	    units_rate_str(i->peak_bps, "bit/s", bps, sizeof(bps)),
	    units_rate_str(i->peak_pps, _("packet/s"), pps, sizeof(pps)));
}

static void
write_about(struct text *out, const struct attack *a, const char *who)
{
	const struct incident *i = &a->d->incident;

	switch (a->d->kind) {
	case DECISION_OPENED:
		text_printf(out,
		    _("We see an attack on %1$s (%2$s): %3$.1f points by policy %4$s."), who, i->id,
		    i->points, policy_name(a));
		write_vector(out, a);
		evidence(out, i);
		write_shape(out, &i->shape);
		break;
	case DECISION_ESCALATED:
		text_printf(out,
		    _("The attack on %1$s (%2$s) calls for the next step: %3$s. It has %4$.1f "
		      "points."),
		    who, i->id, step_words(a), i->points);
		evidence(out, i);
		write_shape(out, &i->shape);
		break;
	case DECISION_SUBSIDED:
		text_printf(out,
		    _("The attack on %1$s (%2$s) is fading: %3$.1f points left. We keep the "
		      "protection for now."),
		    who, i->id, i->points);
		break;
	case DECISION_CLOSED:
		write_closed(out, a, who);
		break;
	default:
		text_printf(out,
		    _("In the attack on %1$s (%2$s) we did not take this step: %3$s. Why: %4$s"),
		    who, i->id, step_words(a), say_fixed(a->d->why));
	}
}

static void
write_incident(struct text *out, const void *nouns)
{
	const struct attack *a = nouns;
	struct text who;

	text_init(&who, 512);
	say_victim(&who, a->s, &a->d->incident.subject);
	write_about(out, a, text_str(&who));
	text_fini(&who);
}

void
say_incident(struct words *ret, const struct settings *s, const struct decision *d)
{
	say_both(ret, write_incident, &(struct attack){ .s = s, .d = d });
}

struct figures {
	const struct settings *s;
	const struct measured_said *m;
};

static void
write_measured(struct text *out, const void *nouns)
{
	const struct figures *f = nouns;
	const struct measured_said *m = f->m;
	char bps[48], pps[48];
	struct text who;

	if (m->known)
		text_printf(out, _("Arriving at our network: %1$s, %2$s."),
		    units_rate_str(m->bps, "bit/s", bps, sizeof(bps)),
		    units_rate_str(m->pps, _("packet/s"), pps, sizeof(pps)));
	else
		text_add(out,
		    _("What arrives at our network cannot be told: no sensor that counts sees."));
	text_init(&who, 512);
	say_victim(&who, f->s, m->largest);
	text_add(out, " ");
	text_printf(out, _("Attacks: %1$u. The largest is on %2$s: %3$s, %4$s."), m->attacks,
	    text_str(&who), units_rate_str(m->largest_bps, "bit/s", bps, sizeof(bps)),
	    units_rate_str(m->largest_pps, _("packet/s"), pps, sizeof(pps)));
	text_fini(&who);
}

void
say_measured(struct words *ret, const struct settings *s, const struct measured_said *m)
{
	say_both(ret, write_measured, &(struct figures){ s, m });
}
