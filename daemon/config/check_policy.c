/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that could never be taken, and why: the pre-flight of every policy at every upstream. */
#include "config/check.h"

#include <stdio.h>
#include <string.h>

/* Prefix lengths that a subject of this kind leads to; the shortest of each family, 0: the family
 * does not come up. */
static void
lengths(const struct settings *s, const struct policy *p, unsigned *ret4, unsigned *ret6)
{
	*ret4 = *ret6 = 0;
	for (unsigned i = 0; i < s->prefixes_n; i++) {
		const struct prefix *own = &s->prefixes[i];
		unsigned *at = own->family == 4 ? ret4 : ret6, len = own->len;

		if (p->subject == SUBJECT_HOST)
			len = prefix_bits(own);
		if (*at == 0 || len < *at)
			*at = len;
	}
}

static bool
named(const struct step *st, unsigned upstream)
{
	return st->via == 0 || st->via & 1u << upstream;
}

static void
check_blackhole(struct checking *c, const struct policy *p, const struct step *st)
{
	const struct settings *s = c->s;
	unsigned len4, len6, takers = 0;

	lengths(s, p, &len4, &len6);
	if ((len4 != 0 && len4 < s->limits.auto_rtbh4)
	    || (len6 != 0 && len6 < s->limits.auto_rtbh6))
		check_error(c, p->file, st->line,
			    "policy \"%s\": its blackhole of /%u is shorter than `limits` "
			    "let a policy announce (/%u, /%u)",
			    p->name, len4 != 0 && len4 < s->limits.auto_rtbh4 ? len4 : len6,
			    s->limits.auto_rtbh4, s->limits.auto_rtbh6);
	for (unsigned i = 0; i < s->upstreams_n; i++) {
		const struct upstream *u = &s->upstreams[i];
		bool ok4 =
			len4 == 0 || (len4 >= u->profile.rtbh4.min && len4 <= u->profile.rtbh4.max);
		bool ok6 =
			len6 == 0 || (len6 >= u->profile.rtbh6.min && len6 <= u->profile.rtbh6.max);

		if (!named(st, i))
			continue;
		takers += (len4 != 0 && ok4) || (len6 != 0 && ok6);
		if (!ok4 || !ok6)
			check_warning(c, p->file, st->line,
				      "policy \"%s\": upstream \"%s\" accepts /%u to /%u only, "
				      "its blackhole of /%u will be refused there",
				      p->name, u->name,
				      ok4 ? u->profile.rtbh6.min : u->profile.rtbh4.min,
				      ok4 ? u->profile.rtbh6.max : u->profile.rtbh4.max,
				      ok4 ? len6 : len4);
	}
	if (takers == 0)
		check_error(c, p->file, st->line,
			    "policy \"%s\": no upstream accepts its step blackhole", p->name);
}

static void
check_flowspec(struct checking *c, const struct policy *p, const struct step *st)
{
	const struct settings *s = c->s;
	unsigned takers = 0;

	for (unsigned i = 0; i < s->upstreams_n; i++) {
		const struct upstream *u = &s->upstreams[i];
		bool ok = u->flowspec && (st->kind != STEP_RATE_LIMIT || u->profile.rate_limit);

		if (!named(st, i))
			continue;
		takers += ok;
		if (!ok && st->via != 0)
			check_warning(c, p->file, st->line,
				      "policy \"%s\": upstream \"%s\" %s, its step %s will be "
				      "refused there",
				      p->name, u->name,
				      u->flowspec ? "takes no FlowSpec rates" : "has no FlowSpec",
				      step_name(st->kind));
	}
	if (takers == 0)
		check_error(c, p->file, st->line,
			    "policy \"%s\": step %s needs FlowSpec, and no upstream%s takes it",
			    p->name, step_name(st->kind), st->via != 0 ? " named in `via`" : "");
}

static void
check_divert(struct checking *c, const struct policy *p, const struct step *st)
{
	const struct settings *s = c->s;
	unsigned len4, len6, takers = 0;

	lengths(s, p, &len4, &len6);
	for (unsigned i = 0; i < s->upstreams_n; i++) {
		const struct profile *f = &s->upstreams[i].profile;
		bool ok4 = len4 != 0 && len4 >= f->divert4.min && len4 <= f->divert4.max;
		bool ok6 = len6 != 0 && len6 >= f->divert6.min && len6 <= f->divert6.max;

		takers += named(st, i) && f->scrubs && (ok4 || ok6);
	}
	if (takers == 0)
		check_error(c, p->file, st->line,
			    "policy \"%s\": no upstream%s scrubs what step divert announces "
			    "(/%u, /%u)",
			    p->name, st->via != 0 ? " named in `via`" : "", len4, len6);
}

/* Vantages from which sensors report. */
static unsigned
vantages(const struct settings *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->sensors_n; i++) {
		bool first = true;

		for (unsigned j = 0; j < i && first; j++)
			first = strcmp(s->sensors[j].vantage, s->sensors[i].vantage) != 0;
		n += first;
	}
	return n;
}

/* What one vantage can give at most, and one signal bound to a vantage. */
static double
most_points(const struct settings *s, const struct policy *p)
{
	double best = 0;

	for (unsigned i = 0; i < p->signals_n; i++)
		if (p->signals[i].at_10x > best)
			best = p->signals[i].at_10x;
	return best * vantages(s) - p->caution;
}

static bool
sees_link(const struct settings *s, const struct sensor_settings *t)
{
	if (t->link >= 0 && (t->type == SENSOR_FLOW || t->type == SENSOR_PACKET))
		return true;
	for (unsigned i = 0; i < t->interfaces_n; i++)
		if (settings_link_of(s->links, s->links_n, t->interfaces[i]) >= 0)
			return true;
	return false;
}

static bool
link_watched(const struct settings *s)
{
	for (unsigned i = 0; i < s->sensors_n; i++)
		if (sees_link(s, &s->sensors[i]))
			return true;
	return false;
}

static bool
states_watched(const struct settings *s)
{
	for (unsigned i = 0; i < s->sensors_n; i++) {
		const struct sensor_settings *t = &s->sensors[i];

		if (t->type == SENSOR_CONNTRACK || t->type == SENSOR_FEED ||
		    (t->type == SENSOR_POLL && t->metric == METRIC_FILL))
			return true;
	}
	return false;
}

static void
check_needs(struct checking *c, const struct policy *p, const struct step *st)
{
	const struct settings *s = c->s;
	const char *name = step_name(st->kind);
	unsigned all = vantages(s);
	double most = most_points(s, p);

	if (st->vantages > all)
		check_error(c, p->file, st->line,
			    "policy \"%s\": step %s needs %u vantages, and the sensors have %u",
			    p->name, name, st->vantages, all);
	if (s->sensors_n > 0 && st->at > most)
		check_error(c, p->file, st->line,
			    "policy \"%s\": step %s at %g is out of reach: "
			    "all signals of all vantages give %g at most",
			    p->name, name, st->at, most);
	if (st->harm == HARM_LINK && s->links_n == 0)
		check_error(c, p->file, st->line,
			    "policy \"%s\": step %s needs harm to a link, and `links` names none",
			    p->name, name);
	else if (st->harm == HARM_LINK && !link_watched(s))
		check_warning(c, p->file, st->line,
			      "policy \"%s\": step %s needs harm to a link, and no sensor sees "
			      "a link: it is never taken",
			      p->name, name);
	if (st->harm == HARM_STATE && !states_watched(s))
		check_warning(c, p->file, st->line,
			      "policy \"%s\": step %s needs harm to a state table, and no sensor says "
			      "how full one is: it is never taken",
			      p->name, name);
}

static void
check_unbuilt(struct checking *c, const struct policy *p, const struct step *st)
{
	const char *name = step_name(st->kind);

	if (st->needs_approval)
		check_warning(c, p->file, st->line,
			      "policy \"%s\": step %s asks for approval, which is not built yet: "
			      "it is never taken",
			      p->name, name);
	if (st->max_collateral >= 0)
		check_warning(c, p->file, st->line,
			      "policy \"%s\": `max_collateral` of step %s is not judged yet",
			      p->name, name);
}

static void
check_policy(struct checking *c, const struct policy *p)
{
	for (unsigned i = 0; i < p->steps_n; i++) {
		const struct step *st = &p->steps[i];

		check_unbuilt(c, p, st);
		check_needs(c, p, st);
		if (st->kind == STEP_BLACKHOLE)
			check_blackhole(c, p, st);
		if (st->kind == STEP_DIVERT)
			check_divert(c, p, st);
		if (st->kind == STEP_RATE_LIMIT || st->kind == STEP_DROP)
			check_flowspec(c, p, st);
	}
	check_signals(c, p);
}

void
check_policies(struct checking *c)
{
	for (unsigned i = 0; i < c->s->policies_n; i++)
		check_policy(c, &c->s->policies[i]);
	if (c->s->policies_n == 0)
		check_warning(c, c->s->file, 0,
			      "`policies` is empty: nothing is announced but by hand");
}
