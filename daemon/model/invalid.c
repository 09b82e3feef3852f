/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/invalid.h"

#include "base/lang.h"
#include "model/roa.h"

#define NAMES_MAX 1024

/* The upstreams of this router and `via` that do so with what is invalid; returns how many. */
static unsigned
who(struct text *out, const struct settings *s, unsigned router, uint32_t via, enum said takes)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->upstreams_n; i++) {
		const struct upstream *u = &s->upstreams[i];

		if (u->router != router || !(via >> i & 1) || u->profile.takes_invalid != takes)
			continue;
		text_printf(out, "%s%s", n > 0 ? ", " : "", u->name);
		n++;
	}
	return n;
}

static void
add_router(struct text *out, const struct settings *s, unsigned router, const struct rule *r,
    uint32_t via)
{
	const struct router *at = &s->routers[router];
	char dst[PREFIX_STRLEN], covering[PREFIX_STRLEN];
	const struct roa *roa;
	struct text drop, maybe;
	unsigned n;

	/* whose they are is not known yet */
	if (at->asn == 0)
		return;
	if (roas_check(&at->roas, &r->dst, at->asn, &roa) != ROA_INVALID)
		return;
	text_init(&drop, NAMES_MAX);
	text_init(&maybe, NAMES_MAX);
	n = who(&drop, s, router, via, SAID_NO);
	n += who(&maybe, s, router, via, SAID_UNKNOWN);
	if (n > 0) {
		text_add(out, out->len > 0 ? "; " : "");
		prefix_str(&r->dst, dst);
		if (roa != NULL)
			text_printf(out,
			    _("%s is invalid by RPKI: the maxLength of your ROA for %s is /%u"),
			    dst, prefix_str(&roa->prefix, covering), roa->max);
		else
			text_printf(out,
			    _("%s is invalid by RPKI: no ROA allows AS%u to announce it"), dst,
			    at->asn);
		if (drop.len > 0)
			text_printf(out, _("; dropped by %s"), text_str(&drop));
		if (maybe.len > 0)
			text_printf(out, _("; perhaps dropped by %s, whose profile does not say"),
			    text_str(&maybe));
	}
	text_fini(&drop);
	text_fini(&maybe);
}

void
invalid_words(struct text *out, const struct settings *s, const struct rule *r, uint32_t via)
{
	/* rules have no origin, and a foreign source is never ours */
	if (r->kind != RULE_RTBH && r->kind != RULE_DIVERT)
		return;
	for (unsigned i = 0; i < s->routers_n; i++)
		add_router(out, s, i, r, via);
}
