/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bird/line.h"

#include <errno.h>
#include <string.h>

#include "bird/action.h"
#include "bird/fragment.h"
#include "model/scope.h"

/* Does the text from `at` on say this rule, to somebody who knows nothing else? */
static bool
says(const struct text *out, size_t at, const struct rule *r)
{
	struct rule said;

	if (!text_ok(out))
		return true;	/* told at the end */
	if (rule_parse(&said, out->s + at, NULL) != 0)
		return false;
	if (r->kind != RULE_FLOWSPEC)
		return prefix_eq(&said.dst, &r->dst);
	return rule_same_network(&said, r);
}

/* FRAGMENT_ID_CHARS, without the table that strspn(3) makes of them each time. */
static bool
id_ok(const char *id)
{
	const char *p = id;

	while ((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9'))
		p++;
	return p != id && (*p == '\0' || strspn(p, FRAGMENT_ID_CHARS) == strlen(p));
}

/* What canonical rules already promise, asked again: one line BIRD refuses would hold up all
 * others. */
int
line_check(const struct mitigation *m, struct diag *reterr)
{
	struct rule r = m->rule;
	struct diag why;

	if (!id_ok(m->id))
		return diag_set(reterr, -EINVAL, "the id \"%s\" cannot be written", m->id);
	if (rule_canon(&r, &why) != 0)
		return diag_set(reterr, -EINVAL, "%s: %s", m->id, why.say);
	if (!rule_eq(&r, &m->rule))
		return diag_set(reterr, -EINVAL, "%s: the rule is not canonical", m->id);
	if (r.kind == RULE_FLOWSPEC && r.dst.len == 0)
		return diag_set(reterr, -EINVAL, "%s: a FlowSpec rule needs a destination", m->id);
	return 0;
}

/* Everywhere, when one of the owners asks for that; 0 of them: the upstream is not meant. */
static bool
scope_there(const struct line_part *const *m, unsigned n, unsigned upstream, unsigned *ret)
{
	bool meant = false;

	for (unsigned i = 0; i < n; i++) {
		unsigned scope = scope_at(m[i]->rule->scopes, upstream);

		if ((m[i]->tags >> upstream & 1) == 0)
			continue;
		if (!meant || scope == SCOPE_EVERYWHERE)
			*ret = scope;
		meant = true;
	}
	return meant;
}

/* Sorted by action: the first asks for the least. */
int
line_route(struct text *out, const struct settings *s, const struct line_part *const *m, unsigned n)
{
	const struct rule *r = m[0]->rule;
	unsigned scope;
	bool same;
	size_t at;

	text_add(out, "\troute ");
	at = out->len;
	rule_bird(out, r);
	same = says(out, at, r);
	text_add(out, fragment_forms[r->kind].open);
	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (scope_there(m, n, i, &scope))
			fragment_tag(out, r->kind, s->upstreams[i].number, scope);
	at = out->len;
	if (r->kind == RULE_FLOWSPEC) {
		action_text(out, r);
		same &= !text_ok(out) || action_says(out->s + at, r);
	}
	text_add(out, " };");
	return same ? 0 : -EBADMSG;
}

/* Who asked for what, to when: all that strip needs, in the line itself. */
static void
trailer(struct text *out, const struct settings *s, const struct line_part *const *m, unsigned n)
{
	char buf[WALL_STRLEN];

	for (unsigned i = 0; i < n; i++) {
		const char *before = " via ";

		text_printf(out, "%s%s until %s", i == 0 ? " # " : "; ", m[i]->id,
		    wall_str(m[i]->until, buf));
		for (unsigned u = 0; n > 1 && u < s->upstreams_n; u++) {
			if ((m[i]->tags >> u & 1) == 0)
				continue;
			text_printf(out, "%s%u", before, s->upstreams[u].number);
			if (scope_at(m[i]->rule->scopes, u) != SCOPE_EVERYWHERE)
				text_printf(out, ":%u", scope_at(m[i]->rule->scopes, u));
			before = ",";
		}
	}
	text_add(out, "\n");
}

/* One line for all of a network, for a second one BIRD would ignore. */
int
line_write(struct text *out, const struct settings *s, const struct line_part *const *m, unsigned n,
    struct diag *reterr)
{
	if (line_route(out, s, m, n) != 0)
		return diag_set(reterr, -EINVAL, "%s: what would be written does not say the rule",
		    m[0]->id);
	trailer(out, s, m, n);
	return 0;
}
