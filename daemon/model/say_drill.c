/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences about drills, and the word before every sentence of one. */
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"
#include "model/say_text.h"

static void
write_begun(struct text *out, const struct drill_said *d)
{
	struct text end;
	char rate[32];

	text_init(&end, 128);
	say_until(&end, d->until, d->t);
	units_rate_str(d->bps, "bit/s", rate, sizeof(rate));
	text_printf(out,
	    _("%1$s begins a drill at %2$s %3$s: what comes there, up to %4$s, is no attack. Any "
	        "other address, and more "
	      "than that, is treated as ever. Why: \"%5$s\"."),
	    d->who, d->prefix, text_str(&end), rate, d->why);
	text_fini(&end);
}

static void
write_ended(struct text *out, const struct drill_said *d)
{
	if (d->moved)
		text_printf(out,
		    _("The drill at %s is over: the configuration does not name this address for drills any more."),
		    d->prefix);
	else if (d->who == NULL)
		text_printf(out, _("The drill at %s is over: its time has come."), d->prefix);
	else
		text_printf(out, _("%1$s ends the drill at %2$s."), d->who, d->prefix);
	if (d->passed)
		text_add(out, _(" It was passed."));
	if (d->failed)
		text_add(out, _(" It was NOT passed."));
}

static void
write_drill(struct text *out, const void *nouns)
{
	const struct drill_said *d = nouns;
	char is[32], announced[32];

	if (d->what == DRILL_BEGUN) {
		write_begun(out, d);
	} else if (d->what == DRILL_ENDED) {
		write_ended(out, d);
	} else if (d->what == DRILL_OUTLASTED) {
		text_printf(out, _("The drill at %s is over, and the traffic goes on: from here "
		    "on it is an attack like any other."),
		    d->prefix);
	} else if (d->what == DRILL_HARMS) {
		text_printf(out, _("A link or a state table is in danger, and of attacks there is "
		    "only what arrives at %s, where a drill is: from here on it is an attack like "
		    "any other."),
		    d->prefix);
	} else if (d->what == DRILL_MANY) {
		units_rate_str(d->pps, "packet/s", is, sizeof(is));
		units_rate_str(d->announced_bps, "bit/s", announced, sizeof(announced));
		text_printf(out,
		    _("%1$s arrive at %2$s, more than a drill of %3$s has: from here on it is an "
		        "attack like any other."),
		    is, d->prefix, announced);
	} else {
		units_rate_str(d->bps, "bit/s", is, sizeof(is));
		units_rate_str(d->announced_bps, "bit/s", announced, sizeof(announced));
		text_printf(out,
		    _("%1$s arrives at %2$s, and its drill said %3$s at most: from here on it is "
		        "an attack like any other."),
		    is, d->prefix, announced);
	}
}

void
say_drill(struct words *ret, const struct drill_said *d)
{
	say_both(ret, write_drill, d);
}

static void
write_mark(struct text *out, const void *nouns)
{
	const struct words *w = nouns;

	text_printf(out, _("Drill, no attack: %s"), lang_get() == LANG_ES ? w->es : w->en);
}

void
say_marked(struct words *w)
{
	const struct words was = *w;

	say_both(w, write_mark, &was);
}
