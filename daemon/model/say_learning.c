/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences about what is learned of ordinary traffic. */
#include "base/lang.h"
#include "model/figure.h"
#include "model/say_text.h"

struct learnt {
	const struct settings *s;
	const struct learning *l;
	const char *why;
};

static const char *
whose(const struct settings *s, const struct subject *of, char buf[static SUBJECT_STRLEN])
{
	if (of->kind == SUBJECT_GROUP && of->group < s->members_n)
		return s->members[of->group].name;
	return subject_str(of, buf);
}

static void
write_rise(struct text *out, const struct settings *s, const struct learned_rise *r)
{
	char who[SUBJECT_STRLEN], from[48], to[48];

	text_printf(out, _(" It rose most for %1$s, seen from %2$s: from %3$s to %4$s (%5$s)."),
	    whose(s, &r->subject, who), r->vantage,
	    figure_str(r->metric, r->from, from, sizeof(from)),
	    figure_str(r->metric, r->to, to, sizeof(to)), metric_name(r->metric));
}

static void
write_baseline(struct text *out, const void *nouns)
{
	const struct learnt *n = nouns;
	const struct learning *l = n->l;

	text_printf(out,
	    _("We have learned what is usual: %1$llu figures, each for one hour of the week, were taken over; "
	      "%2$llu of them rose and %3$llu fell."),
	    (unsigned long long)l->adopted, (unsigned long long)l->raised,
	    (unsigned long long)l->lowered);
	if (l->limited > 0)
		text_printf(out, _(" %llu would have moved further than we let them in a week."),
		    (unsigned long long)l->limited);
	if (l->at_ceiling > 0)
		text_printf(out, _(" %llu are at the ceiling that people set."),
		    (unsigned long long)l->at_ceiling);
	if (l->frozen > 0)
		text_printf(out, _(" %llu were not learned because of attacks."),
		    (unsigned long long)l->frozen);
	if (l->incomplete > 0)
		text_printf(out, _(" %llu were not learned because our sensors saw too little."),
		    (unsigned long long)l->incomplete);
	if (l->no_room > 0)
		text_printf(out, _(" %llu times there was no room to learn of one more."),
		    (unsigned long long)l->no_room);
	if (l->top_n > 0)
		write_rise(out, n->s, &l->top[0]);
}

void
say_baseline(struct words *ret, const struct settings *s, const struct learning *l)
{
	say_both(ret, write_baseline, &(struct learnt){ .s = s, .l = l });
}

static void
write_lost(struct text *out, const void *nouns)
{
	const struct learnt *n = nouns;

	text_printf(out,
	    _("The file of what is usual cannot be used: %s. We learn it anew; until then thresholds that follow it "
	      "stand at their ceiling."),
	    say_fixed(n->why));
}

void
say_baseline_lost(struct words *ret, const char *why)
{
	say_both(ret, write_lost, &(struct learnt){ .why = why });
}
