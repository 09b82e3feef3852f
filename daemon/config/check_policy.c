/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that could never be taken, and why: the pre-flight of every policy at every upstream. */
#include "config/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"

static void
shortest(const struct prefix *of, unsigned len, unsigned *ret4, unsigned *ret6)
{
	unsigned *at = of->family == 4 ? ret4 : ret6;

	if (*at == 0 || len < *at)
		*at = len;
}

/* Prefix lengths that a subject of this kind leads to; the shortest of each family, 0: the family
 * does not come up. */
static void
lengths(const struct settings *s, const struct policy *p, unsigned *ret4, unsigned *ret6)
{
	*ret4 = *ret6 = 0;
	for (unsigned i = 0; p->subject == SUBJECT_GROUP && i < s->members_n; i++)
		for (unsigned j = 0; j < s->members[i].prefixes_n; j++)
			shortest(&s->members[i].prefixes[j], s->members[i].prefixes[j].len, ret4,
			    ret6);
	for (unsigned i = 0; p->subject != SUBJECT_GROUP && i < s->prefixes_n; i++) {
		const struct prefix *own = &s->prefixes[i];

		shortest(own, p->subject == SUBJECT_HOST ? prefix_bits(own) : own->len, ret4, ret6);
	}
}

static bool
named(const struct step *st, unsigned upstream)
{
	/* a part of the world that nobody offers: nobody is asked for it */
	return (st->via == 0 && st->kind != STEP_SELECTIVE) || st->via & 1u << upstream;
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
			    N_("policy \"%s\": its blackhole of /%u is shorter than `limits` "
			    "let a policy announce (/%u, /%u)"),
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
				      N_("policy \"%s\": upstream \"%s\" accepts /%u to /%u only, "
				      "its blackhole of /%u will be refused there"),
				      p->name, u->name,
				      ok4 ? u->profile.rtbh6.min : u->profile.rtbh4.min,
				      ok4 ? u->profile.rtbh6.max : u->profile.rtbh4.max,
				      ok4 ? len6 : len4);
	}
	if (st->kind == STEP_SELECTIVE && st->via == 0)
		check_error(c, p->file, st->line,
		    N_("policy \"%s\": no upstream offers the scope \"%s\" of its step %s: none of "
		       "their profiles names it in `scopes`"),
		    p->name, st->scope, step_name(st->kind));
	else if (takers == 0)
		check_error(c, p->file, st->line,
		    N_("policy \"%s\": no upstream accepts its step %s"), p->name,
		    step_name(st->kind));
}

static void
check_flowspec(struct checking *c, const struct policy *p, const struct step *st)
{
	const struct settings *s = c->s;
	unsigned takers = 0, takers4 = 0, takers6 = 0, len4, len6;

	lengths(s, p, &len4, &len6);
	for (unsigned i = 0; i < s->upstreams_n; i++) {
		const struct upstream *u = &s->upstreams[i];
		bool ok = u->flowspec && (st->kind != STEP_RATE_LIMIT || u->profile.rate_limit);

		if (!named(st, i))
			continue;
		takers += ok;
		takers4 += ok && u->profile.flowspec4;
		takers6 += ok && u->profile.flowspec6;
		if (!ok && st->via != 0)
			check_warning(c, p->file, st->line,
			    N_("policy \"%s\": upstream \"%s\" %s, its step %s will be "
			       "refused there"),
			    p->name, u->name,
			    u->flowspec ? _("takes no FlowSpec rates") : _("has no FlowSpec"),
			    step_name(st->kind));
	}
	if (takers == 0)
		check_error(c, p->file, st->line,
			    N_("policy \"%s\": step %s needs FlowSpec, and no upstream%s takes it"),
			    p->name, step_name(st->kind), st->via != 0 ? _(" named in `via`") : "");
	else if ((len4 != 0 && takers4 == 0) || (len6 != 0 && takers6 == 0))
		check_warning(c, p->file, st->line,
		    N_("policy \"%s\": no upstream takes FlowSpec of %s, so step %s is never "
		       "taken there"),
		    p->name, len4 != 0 && takers4 == 0 ? "IPv4" : "IPv6", step_name(st->kind));
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
			    N_("policy \"%s\": no upstream%s scrubs what step divert announces "
			    "(/%u, /%u)"),
			    p->name, st->via != 0 ? _(" named in `via`") : "", len4, len6);
}

/* What the sensors can bring together for a policy. */
struct reach {
	unsigned vantages;	/* that measure what its signals ask for */
	double most;		/* points, as far as fusion counts them */
	double without_cap;	/* if what can be forged counted in full */
};

static struct reach
reach_of(const struct settings *s, const struct policy *p)
{
	struct reach r = { 0 };
	double forged = 0, sure = 0;

	for (unsigned i = 0; i < s->sensors_n; i++) {
		const char *vantage = s->sensors[i].vantage;
		bool first = true;
		double best, own;

		for (unsigned j = 0; j < i && first; j++)
			first = strcmp(s->sensors[j].vantage, vantage) != 0;
		if (!first)
			continue;
		best = check_best_of(s, p, vantage, true);
		own = check_best_of(s, p, vantage, false);
		r.vantages += best > 0;
		*(own > 0 ? &sure : &forged) += own > 0 ? own : best;
		r.without_cap += best;
	}
	r.most = points_tenths(sure + fmin(forged, policy_forged_most(p)) - p->caution);
	r.without_cap = points_tenths(r.without_cap - p->caution);
	return r;
}

/* Does the sensor say how full this link is?  A detector at a feed may. */
static bool
sees_link(const struct settings *s, const struct sensor_settings *t, int link)
{
	if (t->type == SENSOR_FEED)
		return true;
	if (t->link == link && (t->type == SENSOR_FLOW || t->type == SENSOR_PACKET ||
				(t->type == SENSOR_POLL && t->metric == METRIC_FILL)))
		return true;
	for (unsigned i = 0; i < t->interfaces_n; i++)
		if (settings_link_of(s->links, s->links_n, t->interfaces[i]) == link)
			return true;
	return false;
}

static bool
link_watched(const struct settings *s, unsigned link)
{
	for (unsigned i = 0; i < s->sensors_n; i++)
		if (sees_link(s, &s->sensors[i], (int)link))
			return true;
	return false;
}

static bool
any_link_watched(const struct settings *s)
{
	for (unsigned i = 0; i < s->links_n; i++)
		if (link_watched(s, i))
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
check_harm(struct checking *c, const struct policy *p, const struct step *st)
{
	const struct settings *s = c->s;
	const char *name = step_name(st->kind);

	if (st->harm == HARM_LINK && s->links_n == 0)
		check_error(c, p->file, st->line,
		    N_("policy \"%s\": step %s needs harm to a link, and `links` names none"),
		    p->name, name);
	else if (st->harm == HARM_LINK && st->harm_link == 0 && !any_link_watched(s))
		check_warning(c, p->file, st->line,
			      N_("policy \"%s\": step %s needs harm to a link, and no sensor sees "
			      "a link: it is never taken"),
			      p->name, name);
	else if (st->harm == HARM_LINK && st->harm_link > 0 && !link_watched(s, st->harm_link - 1u))
		check_warning(c, p->file, st->line,
		    N_("policy \"%s\": step %s needs harm to link \"%s\", and no sensor sees "
		       "it: it is never taken"),
		    p->name, name, s->links[st->harm_link - 1].name);
	if (st->harm == HARM_STATE && !states_watched(s))
		check_warning(c, p->file, st->line,
		    N_("policy \"%s\": step %s needs harm to a state table, and no sensor says "
		       "how full one is: it is never taken"),
		    p->name, name);
}

static void
check_needs(struct checking *c, const struct policy *p, const struct step *st)
{
	const char *name = step_name(st->kind);
	struct reach r = reach_of(c->s, p);

	if (st->vantages > 1 && st->vantages > r.vantages)
		check_error(c, p->file, st->line,
		    N_("policy \"%s\": step %s needs %u vantages, and the sensors have %u that "
		       "measure what its signals ask for"),
		    p->name, name, st->vantages, r.vantages);
	if (c->s->sensors_n > 0 && st->at > r.without_cap)
		check_error(c, p->file, st->line,
			    N_("policy \"%s\": step %s at %g is out of reach: "
			    "all signals of all vantages give %g at most"),
			    p->name, name, st->at, r.without_cap);
	else if (c->s->sensors_n > 0 && st->at > r.most)
		check_error(c, p->file, st->line,
		    N_("policy \"%s\": step %s at %g is out of reach: exports that anybody can forge "
		       "never reach a blackhole alone, and with all else they give %g at most; a "
		       "sensor whose exports come by a path of their own says `private = true`"),
		    p->name, name, st->at, r.most);
	check_harm(c, p, st);
}

/* A rule is for one prefix: the whole network has none, nor has a member who lives at several. */
static void
check_subject(struct checking *c, const struct policy *p, const struct step *st)
{
	const struct member *first = NULL;
	unsigned n = 0;

	if (p->subject == SUBJECT_ALL)
		check_error(c, p->file, st->line,
		    N_("policy \"%s\": step %s is never taken: it is about the whole network, and "
		       "a rule is for one prefix"),
		    p->name, step_name(st->kind));
	for (unsigned i = 0; p->subject == SUBJECT_GROUP && i < c->s->members_n; i++) {
		if (c->s->members[i].prefixes_n == 1)
			continue;
		first = first != NULL ? first : &c->s->members[i];
		n++;
	}
	if (n > 0)
		check_warning(c, p->file, st->line,
			      N_("policy \"%s\": step %s is never taken for members with several "
			      "prefixes (%u, \"%s\" the first): a rule is for one prefix"),
			      p->name, step_name(st->kind), n, first->name);
}

static void
check_policy(struct checking *c, const struct policy *p)
{
	for (unsigned i = 0; i < p->steps_n; i++) {
		const struct step *st = &p->steps[i];

		check_needs(c, p, st);
		if (st->kind != STEP_WATCH)
			check_subject(c, p, st);
		if (st->kind >= STEP_SELECTIVE)
			check_blackhole(c, p, st);
		if (st->kind == STEP_DIVERT)
			check_divert(c, p, st);
		if (st->kind == STEP_SOURCE)
			check_source(c, p, st);
		if (st->kind == STEP_RATE_LIMIT || st->kind == STEP_DROP)
			check_flowspec(c, p, st);
	}
	check_ladder(c, p);
	check_signals(c, p);
}

void
check_policies(struct checking *c)
{
	for (unsigned i = 0; i < c->s->policies_n; i++)
		check_policy(c, &c->s->policies[i]);
	if (c->s->policies_n == 0)
		check_warning(c, c->s->file, 0,
			      N_("`policies` is empty: nothing is announced but by hand"));
}
