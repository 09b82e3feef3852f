/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences about rules that were mined from samples. */
#include "base/lang.h"
#include "model/say_text.h"

#define RULES_SAID 2		/* in full; the others are counted */

struct findings {
	const struct settings *s;
	const struct mined *m;
	const struct subject *subject;
	const struct words *verdict;
};

static void
write_rules(struct text *out, const struct mined *m)
{
	for (unsigned i = 0; i < m->n && i < RULES_SAID; i++) {
		text_add(out, i == 0 ? " " : "; ");
		rule_words(out, &m->rules[i].rule);
	}
	if (m->n > RULES_SAID)
		text_printf(out, _("; and %u more"), m->n - RULES_SAID);
	text_add(out, ".");
}

static void
write_mined(struct text *out, const void *nouns)
{
	const struct findings *f = nouns;
	const struct mined *m = f->m;
	struct text who;

	text_init(&who, 512);
	say_victim(&who, f->s, f->subject);
	text_printf(out,
	    m->recalled
		? _("We held rules of an earlier attack against samples of the one on %1$s (%2$s): %3$s.")
		: _("We looked for rules in samples of the attack on %1$s (%2$s): %3$s."),
	    text_str(&who), m->incident, lang_get() == LANG_ES ? f->verdict->es : f->verdict->en);
	text_fini(&who);
	if (m->own_n < m->reference_n)
		text_printf(out,
		    _(" Of %1$u samples of legitimate traffic %2$u went to it, the others to its neighbours."),
		    m->reference_n, m->own_n);
	if (m->n == 0)
		return;
	text_printf(out,
	    _(" What they take (rules: %1$u): %2$.1f %% of the attack, and at most %3$.2f %% of legitimate traffic:"),
	    m->n, 100 * m->coverage, 100 * m->collateral_upper);
	write_rules(out, m);
}

void
say_mined(struct words *ret, const struct settings *s, const struct mined *m,
    const struct subject *subject, const struct words *verdict)
{
	say_both(ret, write_mined,
	    &(struct findings){ .s = s, .m = m, .subject = subject, .verdict = verdict });
}
