/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/notice.h"

#include <math.h>
#include <string.h>

#include "report/reckon.h"
#include "report/when.h"

#define TOLD_MAX 5	/* times, one by one */

static uint32_t
all_of(const struct story *s)
{
	return (UINT32_C(1) << s->upstreams_n) - 1;
}

static void
write_cut(struct text *out, const struct story *s)
{
	char span[WHEN_STRLEN];
	uint32_t behind = 0;
	bool everywhere = true, covered = false, by_person = false;

	if (s->residents[0].ms[AFFECT_CUT] == 0)
		return;
	for (unsigned i = 0; i < s->affected_n; i++)
		if (s->affected[i].how == AFFECT_CUT) {
			const struct measure *m = &s->measures[s->affected[i].measure];
			bool whole;

			behind |= s->affected[i].upstreams;
			whole = s->affected[i].kind == MEASURE_HOLE &&
			    s->affected[i].upstreams == all_of(s);
			everywhere = everywhere && whole;
			covered |= whole && s->affected[i].ms >= s->residents[0].ms[AFFECT_CUT];
			by_person |= m->by_person;
		}
	everywhere |= covered;	/* what was narrower lay in its time */
	text_printf(out, everywhere ? _("Your site was unreachable from outside for %s.")
			: _("Your site was unreachable from some networks for %s."),
	    when_span(s->residents[0].ms[AFFECT_CUT], span));
	text_add(out, " ");
	text_add(out,
	    by_person
		? _("Why: people decided to have everything dropped that is sent to it, to save the rest.")
		: _("Why: it was under an attack that put others in danger as well, and by the policy that was "
		    "agreed on everything that is sent to it was dropped, to save the rest."));
	if (!everywhere && behind != all_of(s))
		text_add(out, " ");
	if (!everywhere && behind != all_of(s))
		text_printf(out,
		    _("Networks behind %1$d of our %2$u providers were concerned; the others could reach it."),
		    __builtin_popcount(behind), s->upstreams_n);
	text_add(out, "\n");
}

static void
write_times(struct text *out, const struct story *s)
{
	char from[WHEN_STRLEN], span[WHEN_STRLEN];
	unsigned n = 0;

	for (unsigned i = 0; i < s->affected_n; i++) {
		const struct affected *a = &s->affected[i];

		if (a->how != AFFECT_CUT || n++ >= TOLD_MAX)
			continue;
		text_add(out, "  - ");
		text_printf(out, _("%1$s, for %2$s"), when_full(a->from, from),
		    when_span(a->ms, span));
		if (s->measures[a->measure].ended.ms == 0)
			text_add(out, _(", and it goes on"));
		text_add(out, "\n");
	}
	if (n > TOLD_MAX) {
		text_printf(out, _("  and more times: %u"), n - TOLD_MAX);
		text_add(out, "\n");
	}
}

static void
write_filtered(struct text *out, const struct story *s)
{
	char span[WHEN_STRLEN];
	double most = reckon_collateral(s, 0);

	if (s->residents[0].ms[AFFECT_FILTERED] == 0)
		return;
	text_printf(out,
	    _("For %s, traffic that looks like the attack was dropped or limited before it reached you."),
	    when_span(s->residents[0].ms[AFFECT_FILTERED], span));
	text_add(out, " ");
	if (isnan(most))
		text_add(out, _("How many of your visitors this hit is not known."));
	else
		text_printf(out, _("Of your visitors' traffic, at most %.1f %% looks like that."),
		    most * 100);
	text_add(out, "\n");
}

bool
notice_write(struct text *out, const struct story *s)
{
	const struct resident *me = &s->residents[0];
	char range[WHEN_STRLEN], here[WHEN_STRLEN], span[WHEN_STRLEN];
	unsigned open = 0;

	if (s->residents_n == 0 ||
	    (me->attacks == 0 &&
		me->ms[AFFECT_CUT] + me->ms[AFFECT_FILTERED] + me->ms[AFFECT_DIVERTED] == 0))
		return false;
	for (unsigned i = 0; i < s->attacks_n; i++)
		open += s->attacks[i].state != ATTACK_CLOSED;
	text_printf(out, _("To %1$s: what happened %2$s (times of %3$s)"), me->name,
	    when_range(s->since, s->until, range), when_here(s->until, here));
	text_add(out, "\n\n");
	if (me->attacks > 0) {
		text_printf(out, _("Attacks on your addresses: %1$u, altogether %2$s."),
		    me->attacks, when_span(me->attacked_ms, span));
		text_add(out, open > 0 ? _(" It is not over.") : _(" It is over."));
		text_add(out, "\n");
	}
	if (me->ms[AFFECT_CUT] == 0) {
		text_add(out, _("We did not take your site off the net at any time."));
		text_add(out, "\n");
	}
	write_cut(out, s);
	write_times(out, s);
	write_filtered(out, s);
	if (me->ms[AFFECT_DIVERTED] > 0) {
		text_printf(out,
		    _("For %s, your traffic took the way through a provider that cleans it; it may have been slower."),
		    when_span(me->ms[AFFECT_DIVERTED], span));
		text_add(out, "\n");
	}
	return text_ok(out);
}
