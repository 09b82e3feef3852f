/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/signature.h"

#include "base/lang.h"

bool
signature_has(const struct signature *s, const struct rule *r)
{
	struct rule any = s->match;

	if (r->kind != RULE_FLOWSPEC || (!s->both && s->match.dst.family != r->dst.family))
		return false;
	any.dst = r->dst;
	return rule_covers(&any, r);
}

const struct signature *
signature_find(const struct signatures *all, const struct rule *r)
{
	const struct signature *best = NULL;

	for (unsigned i = 0; i < all->n; i++) {
		const struct signature *s = &all->s[i];

		if (signature_has(s, r) && (best == NULL || signature_has(best, &s->match)))
			best = s;
	}
	return best;
}

const char *
signature_words(const struct signature *s)
{
	return lang_get() == LANG_ES ? s->words_es : s->words;
}
