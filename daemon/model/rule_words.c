/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules for people who have never seen one, in the language of lang_set(). */
#include <stdio.h>

#include "base/lang.h"
#include "base/units.h"
#include "model/rule_packets.h"

#define PACKETS_MAX 8192

/* What comes first in the sentence; returns the rest of what happens to the packets. */
static unsigned
main_action(struct text *out, const struct rule *r, const char *packets, const char *where)
{
	char rate[32], to[REDIRECT_STRLEN];

	if (r->rate_bps == 0) {
		text_printf(out, _("drop %1$s going to %2$s"), packets, where);
	} else if (!isinf(r->rate_bps)) {
		text_printf(out, _("limit %1$s going to %2$s to %3$s"), packets, where,
		    units_rate_str(r->rate_bps, "bit/s", rate, sizeof(rate)));
	} else if (r->redirect.form != REDIRECT_NONE) {
		text_printf(out, _("send %1$s going to %2$s to %3$s instead"), packets, where,
		    redirect_str(&r->redirect, to));
		return 1;
	} else if (r->has_mark) {
		text_printf(out, _("mark %1$s going to %2$s with DSCP %3$u"), packets, where,
		    r->mark);
		return 2;
	} else if (r->sample) {
		text_printf(out, _("take samples of %1$s going to %2$s"), packets, where);
		return 3;
	} else {
		text_printf(out, _("do nothing to %1$s going to %2$s"), packets, where);
	}
	return 0;
}

static void
action_words(struct text *out, const struct rule *r, const char *packets, const char *where)
{
	unsigned said = main_action(out, r, packets, where);
	char to[REDIRECT_STRLEN];

	if (said < 1 && r->redirect.form != REDIRECT_NONE)
		text_printf(out, _(", send what is left to %s"), redirect_str(&r->redirect, to));
	if (said < 2 && r->has_mark)
		text_printf(out, _(", mark them with DSCP %u"), r->mark);
	if (said < 3 && r->sample)
		text_add(out, _(", take samples of them"));
	if (r->terminal)
		text_add(out, _(", and ask the rules that come after it, too"));
}

void
rule_words_for(struct text *out, const struct rule *r, const struct rule_names *names)
{
	char buf[PREFIX_STRLEN], where[PREFIX_STRLEN + 96];
	const char *member = names != NULL ? names->member : NULL;
	struct text packets;

	snprintf(where, sizeof(where), member != NULL ? "%s (%s)" : "%s",
	    prefix_is_host(&r->dst) ? prefix_addr_str(&r->dst, buf) : prefix_str(&r->dst, buf),
	    member);
	if (r->kind == RULE_RTBH) {
		text_printf(out, _("drop everything sent to %s"), where);
		return;
	}
	if (r->kind == RULE_DIVERT) {
		text_printf(out,
		    _("send everything that goes to %s through a provider that scrubs it"), where);
		return;
	}
	if (r->kind == RULE_SOURCE) {
		text_printf(out, _("drop everything that comes from %s"), where);
		return;
	}
	text_init(&packets, PACKETS_MAX);
	rule_packets(&packets, r, names != NULL ? names->known : NULL);
	action_words(out, r, text_str(&packets), where);
	text_fini(&packets);
}

void
rule_words(struct text *out, const struct rule *r)
{
	rule_words_for(out, r, NULL);
}
