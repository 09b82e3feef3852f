/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What no mined rule may be, whatever the samples say (ALGORITHMS 4.3).  What no rule at all may
 * be, and what it could cut, says the model (rule_lint.h, settings.h), to the guard as well; what
 * an upstream takes, shape_routes().
 */
#include "model/rule_lint.h"
#include "synth/inside.h"

/* All of TCP, or everything, is what the members do as well. */
static bool
narrows(const struct rule *r)
{
	unsigned others = r->sport.n + r->dport.n + r->port.n + r->length.n + r->dscp.n +
	    r->icmp_type.n + r->tcp_flags.n + r->fragment.n + r->label.n + (r->src.family != 0);

	if (others != 0)
		return true;
	for (unsigned i = 0; i < r->proto.n; i++)
		if (r->proto.r[i].from <= TCP && r->proto.r[i].to >= TCP)
			return false;
	return r->proto.n != 0;
}

static bool
in_scope(const struct synth_task *t, const struct prefix *p)
{
	for (unsigned i = 0; i < t->scope_n; i++)
		if (prefix_covers(&t->scope[i], p))
			return true;
	return t->scope_n == 0;
}

bool
lint_spares(const struct synth_task *t, const struct prefix *p)
{
	for (unsigned i = 0; i < t->spared_n; i++)
		if (prefix_overlaps(&t->spared[i], p))
			return false;
	return t->settings == NULL || settings_protected(t->settings, p) == NULL;
}

const char *
lint(const struct synth_task *t, const struct rule *r)
{
	const struct router *router;
	struct rule canon = *r;
	struct diag why;

	if (r->kind != RULE_FLOWSPEC || rule_lint(r, &why) != RULE_SOUND)
		return "no rule may be like that";
	if (rule_canon(&canon, &why) != 0 || !rule_eq(&canon, r))
		return "it is not in canonical form";
	if (r->dst.len < (r->dst.family == 4 ? 8 : 16))
		return "its destination is no network of hosts";
	if (!in_scope(t, &r->dst))
		return "its destination is not ours";
	if (!lint_spares(t, &r->dst))
		return "its destination is protected";
	if (!narrows(r))
		return "it takes everything, or all of TCP";
	if (t->settings != NULL && settings_cuts(t->settings, r, &router) != NULL)
		return "it could cut a BGP session of ours";
	if (t->settings != NULL && settings_blinds(t->settings, r) != NULL)
		return "it could keep from a sensor of ours what is sent to it";
	return NULL;
}
