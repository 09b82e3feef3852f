/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/lang.h"
#include "synth/synth.h"

const char *
synth_why_name(enum synth_why w)
{
#define NAME(id, name) name,
	static const char *const names[] = { SYNTH_WHYS(NAME) };

	return (unsigned)w < SYNTH_WHY_N ? names[w] : "unknown";
}

enum synth_why
synth_why_find(const char *name)
{
	unsigned w = 0;

	while (w < SYNTH_WHY_N && strcmp(synth_why_name((enum synth_why)w), name) != 0)
		w++;
	return (enum synth_why)w;
}

void
synth_say(struct text *out, const struct synth_result *r)
{
	static const char *const words[SYNTH_WHY_N] = {
		[SYNTH_OK] = N_("the rules tell the attack from the rest"),
		[SYNTH_NO_ATTACK] = N_("there are too few samples of the attack"),
		[SYNTH_NO_REFERENCE] =
		    N_("there are too few samples of legitimate traffic to promise so little harm"),
		[SYNTH_OUTSIDE] = N_("most of it goes where no rule of ours may go"),
		[SYNTH_ALIKE] = N_("its headers are like those of legitimate traffic"),
		[SYNTH_BUDGET] = N_("it would take more rules than there may be"),
		[SYNTH_FIELDS] = N_("the upstreams do not take the fields that tell it apart"),
	};

	if (r->separable)
		text_add(out, _(words[SYNTH_OK]));
	else
		text_printf(out, _("not separable by header: %s"), _(words[r->why]));
}

void
synth_verdict(struct text *out, const struct synth_result *r, double seconds)
{
	synth_say(out, r);
	if (r->n == 0)
		text_add(out, _("; no rule would help"));
	else if (r->n == 1)
		text_printf(out, _("; one rule takes %1$.2f %% of the attack"), r->coverage * 100);
	else
		text_printf(out, _("; %1$u rules take %2$.2f %% of the attack"), r->n,
		    r->coverage * 100);
	if (r->n != 0)
		text_printf(out,
		    _(" and %1$.3f %% of ordinary traffic, at most %2$.3f %% (95 of 100 times)"),
		    r->collateral * 100, r->collateral_upper * 100);
	text_printf(out, _("; found in %.3f s"), seconds);
}
