/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/accepts.h"

#include <errno.h>

#include "base/lang.h"
#include "model/flowspec.h"
#include "model/scope.h"

struct offer {
	const struct upstream *u;
	const struct rule *r;
	unsigned scope;
	char dst[PREFIX_STRLEN];
};

static int
refuses_rtbh(const struct offer *o, struct diag *d)
{
	bool four = o->r->dst.family == 4;
	unsigned min = four ? o->u->profile.rtbh4.min : o->u->profile.rtbh6.min;
	unsigned max = four ? o->u->profile.rtbh4.max : o->u->profile.rtbh6.max;

	if (max == 0)
		return diag_set(d, -EPERM, _("%s takes no IPv%u blackholes"), o->u->name,
		    o->r->dst.family);
	if (o->r->dst.len < min || o->r->dst.len > max)
		return diag_set(d, -EPERM, _("%s takes blackholes from /%u to /%u, not %s"),
		    o->u->name, min, max, o->dst);
	if (o->scope > o->u->profile.scopes_n)
		return diag_set(d, -EPERM,
		    _("%s offers no such part of the world to be blackholed in"), o->u->name);
	return 0;
}

/* As it is, or in several rules that say the same. */
static int
refuses_flowspec(const struct offer *o, struct diag *d)
{
	return flowspec_pieces(NULL, o->r, o->u, d) > 0 ? 0 : -EPERM;
}

static int
refuses_divert(const struct offer *o, struct diag *d)
{
	bool four = o->r->dst.family == 4;
	unsigned min = four ? o->u->profile.divert4.min : o->u->profile.divert6.min;
	unsigned max = four ? o->u->profile.divert4.max : o->u->profile.divert6.max;

	if (!o->u->profile.scrubs)
		return diag_set(d, -EPERM, _("%s does not scrub: nothing can be diverted to it"),
		    o->u->name);
	if (o->r->dst.len < min || o->r->dst.len > max)
		return diag_set(d, -EPERM, _("%s scrubs what is from /%u to /%u, not %s"),
		    o->u->name, min, max, o->dst);
	return 0;
}

static int
refuses_source(const struct offer *o, struct diag *d)
{
	const struct profile *p = &o->u->profile;
	const struct lengths *l = o->r->dst.family == 4 ? &p->source4 : &p->source6;

	if (l->max == 0)
		return diag_set(d, -EPERM, _("%s does not drop by IPv%u sources"), o->u->name,
				o->r->dst.family);
	if (o->r->dst.len < l->min || o->r->dst.len > l->max)
		return diag_set(d, -EPERM, _("%s drops by sources from /%u to /%u, not %s"),
		    o->u->name, l->min, l->max, o->dst);
	return 0;
}

bool
accepts(const struct settings *s, unsigned upstream, const struct rule *r, struct diag *reterr)
{
	static int (*const refuses[RULE_KINDS])(const struct offer *, struct diag *) = {
		[RULE_RTBH] = refuses_rtbh, [RULE_FLOWSPEC] = refuses_flowspec,
		[RULE_DIVERT] = refuses_divert, [RULE_SOURCE] = refuses_source,
	};
	struct offer o = {
		.u = &s->upstreams[upstream], .r = r, .scope = scope_at(r->scopes, upstream)
	};

	prefix_str(&r->dst, o.dst);
	return refuses[r->kind](&o, reterr) == 0;
}

void
accepts_words(struct text *out, const struct settings *s, uint32_t upstreams, const struct rule *r)
{
	const char *before = "";

	for (unsigned i = 0; i < s->upstreams_n; i++) {
		struct diag why = { 0 };

		if ((upstreams >> i & 1) == 0 || accepts(s, i, r, &why))
			continue;
		text_printf(out, "%s%s", before, why.say);
		before = "; ";
	}
}

static json_t *
one_json(const struct settings *s, unsigned upstream, const struct rule *r)
{
	enum lang was = lang_get();
	struct diag en = { 0 }, es = { 0 };

	lang_set(LANG_EN);
	accepts(s, upstream, r, &en);
	lang_set(LANG_ES);
	accepts(s, upstream, r, &es);
	lang_set(was);
	return json_pack("{s:s,s:s,s:s}", "name", s->upstreams[upstream].name, "en", en.say, "es",
	    es.say);
}

json_t *
accepts_json(const struct settings *s, uint32_t upstreams, const struct rule *r)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (upstreams >> i & 1)
			json_array_append_new(all, one_json(s, i, r));
	return all;
}
