/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of policies and profiles. */
#include "config/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "config/fill.h"
#include "model/scope.h"

#define AT_10X_MORE 8 /* points that a signal gains up to ten times its threshold, unless it says  \
		       */

#define BOUNDS_MOST 1000u	/* times that a ceiling may be above its floor */

static const int64_t hold_ms[STEP_N] = {
	[STEP_RATE_LIMIT] = 5 * 60000, [STEP_DROP] = 10 * 60000, [STEP_DIVERT] = 10 * 60000,
	[STEP_SOURCE] = 10 * 60000,
	[STEP_SELECTIVE] = 5 * 60000, [STEP_BLACKHOLE] = 5 * 60000,
};

/* Rates, and what is like one: how many times a share is usual says nothing. */
static bool
is_learned(enum metric m)
{
	return m != METRIC_FAILING && m != METRIC_FILL && m != METRIC_STATE_DROPS;
}

static int
rule_bounds(const struct filling *f, const struct signal *s, unsigned line)
{
	const char *asks = s->rising ? "rising" : "times";

	if (s->floor <= 0 || s->ceiling <= 0)
		return fill_refuse(f, -EINVAL, line,
				   "`%s` needs `floor` and `ceiling`: what is learned must never "
				   "leave what people decided", asks);
	if (s->ceiling < s->floor)
		return fill_refuse(f, -ERANGE, line, "`ceiling` is below `floor`");
	if (s->ceiling > s->floor * BOUNDS_MOST)
		return fill_refuse(f, -ERANGE, line,
				   "`ceiling` is more than %u times `floor`: that bounds nothing",
				   BOUNDS_MOST);
	return 0;
}

/* An absolute threshold, one that follows what is usual, both, or a slow rise. */
static int
rule_threshold(const struct filling *f, const struct signal *s, unsigned line)
{
	if (s->times <= 0 && !s->rising && (s->floor > 0 || s->ceiling > 0))
		return fill_refuse(f, -EINVAL, line,
		    "`floor` and `ceiling` bound what is learned, and neither `times` "
		    "nor `rising` asks for it");
	if (s->times <= 0 && !s->rising)
		return s->above > 0 ? 0 :
		    fill_refuse(f, -EINVAL, line, "a signal needs `above`, `times` or `rising`");
	if (s->rising && (s->times > 0 || s->above > 0))
		return fill_refuse(f, -EINVAL, line,
				   "`rising` stands alone: write another signal for `%s`",
				   s->times > 0 ? "times" : "above");
	if (!is_learned(s->metric))
		return fill_refuse(f, -EINVAL, line, "`%s` makes no sense for %s: use `above`",
				   s->rising ? "rising" : "times", metric_name(s->metric));
	if (s->above > 0 && s->floor > 0 && s->above <= s->floor)
		return fill_refuse(f, -ERANGE, line,
				   "`above` is not greater than `floor`, so `times` never matters");
	return rule_bounds(f, s, line);
}

int
rule_signal(const struct filling *f, void *object, unsigned line)
{
	struct signal *s = object;
	const struct settings *set = f->settings;
	bool known = s->vantage[0] == '\0';

	if (s->at_10x < 0)
		s->at_10x = s->points + AT_10X_MORE;
	if (s->at_10x < s->points)
		return fill_refuse(f, -ERANGE, line, "`at_10x` (%g) is less than `points` (%g)",
				   s->at_10x, s->points);
	for (unsigned i = 0; i < set->sensors_n && !known; i++)
		known = strcmp(set->sensors[i].vantage, s->vantage) == 0;
	if (!known)
		return fill_refuse(f, -ENOENT, line,
				   "`vantage` names none: no sensor has the vantage \"%s\"",
				   s->vantage);
	return rule_threshold(f, s, line);
}

/*
 * Where each upstream of the step drops.  What `scope` asks for is asked of those that offer it, so
 * none may be left; who is named in `via` must.
 */
static int
rule_selective(const struct filling *f, struct step *s, unsigned line)
{
	uint32_t named = s->via;

	for (unsigned i = 0; i < f->settings->upstreams_n && s->scope[0] != '\0'; i++) {
		const struct upstream *u = &f->settings->upstreams[i];
		unsigned n = scope_find(&u->profile, s->scope);

		if ((named != 0 && !(named >> i & 1)) || scope_at(s->scopes, i) != SCOPE_EVERYWHERE)
			continue;
		if (n == 0 && named != 0)
			return fill_refuse(f, -ENOENT, line,
			    "step \"%s\" names \"%s\" in `via`, whose profile %s has no scope \"%s\"",
			    step_name(s->kind), u->name, u->profile.name, s->scope);
		s->via |= n != 0 ? UINT32_C(1) << i : 0;
		s->scopes = scope_set(s->scopes, i, n);
	}
	if (s->scope[0] == '\0' && s->scopes == 0)
		return fill_refuse(f, -EINVAL, line,
		    "step \"%s\" needs `scope`, or one in `via`, such as \"transit-a:abroad\"",
		    step_name(s->kind));
	return 0;
}

int
rule_step(const struct filling *f, void *object, unsigned line)
{
	struct step *s = object;
	int64_t longest = f->settings->limits.longest_ms;
	char a[32], b[32];

	if (s->for_ms == 0)
		s->for_ms = hold_ms[s->kind] < longest ? hold_ms[s->kind] : longest;
	if (s->for_ms > longest || (s->needs_approval && s->approval.act_for_ms > longest))
		return fill_refuse(f, -ERANGE, line,
				   "`for` of step \"%s\" is %s, longer than `longest` in `limits`, "
				   "%s",
				   step_name(s->kind), units_duration_str(s->for_ms, a, sizeof(a)),
				   units_duration_str(longest, b, sizeof(b)));
	if (s->needs_approval && s->approval.role == ROLE_VIEWER)
		return fill_refuse(f, -EINVAL, line, "`role` of an approval is \"operator\" or "
				   "\"committee\": a viewer only looks");
	if (s->needs_approval && s->approval.people > f->settings->people_n)
		return fill_refuse(f, -ERANGE, line,
				   "`approval` asks for %u people, and `approvals` names %u",
				   s->approval.people, f->settings->people_n);
	if (s->kind == STEP_SELECTIVE)
		return rule_selective(f, s, line);
	if (s->scopes != 0)
		return fill_refuse(f, -EINVAL, line,
		    "`via` of step \"%s\" names a part of the world: that is step \"%s\"",
		    step_name(s->kind), step_name(STEP_SELECTIVE));
	return 0;
}

int
rule_policy(const struct filling *f, void *object, unsigned line)
{
	struct policy *p = object;

	(void)line;
	snprintf(p->file, sizeof(p->file), "%s", f->file);
	for (unsigned i = 1; i < p->steps_n; i++)
		if (p->steps[i].at < p->steps[i - 1].at)
			return fill_refuse(f, -EINVAL, p->steps[i].line,
					   "step \"%s\" at %g stands after one at %g: the ladder "
					   "goes from mild to severe",
					   step_name(p->steps[i].kind), p->steps[i].at,
					   p->steps[i - 1].at);
	return 0;
}

/* "64502:667", or "64502:667:1" (RFC 8092). */
static bool
is_community(const char *text)
{
	unsigned long n, most = 0;
	unsigned parts = 0;
	char *end;

	do {
		if (*text < '0' || *text > '9')
			return false;
		n = strtoul(text, &end, 10);
		most = n > most ? n : most;
		parts++;
		text = end + 1;
	} while (*end == ':');
	return *end == '\0' &&
	    ((parts == 2 && most <= UINT16_MAX) || (parts == 3 && most <= UINT32_MAX));
}

int
rule_scope(const struct filling *f, void *object, unsigned line)
{
	struct scope *s = object;

	for (unsigned i = 0; i < s->communities_n; i++)
		if (!is_community(s->communities[i]))
			return fill_refuse(f, -EINVAL, line,
			    "`communities` of scope \"%s\": expected \"64502:667\" or "
			    "\"64502:667:1\", not \"%s\"",
			    s->name, s->communities[i]);
	if (s->where[0] == '\0')
		snprintf(s->where, sizeof(s->where), "%s", s->name);
	if (s->where_es[0] == '\0')
		snprintf(s->where_es, sizeof(s->where_es), "%s", s->where);
	return 0;
}

int
rule_profile(const struct filling *f, void *object, unsigned line)
{
	const struct profile *p = object;
	const struct {
		const char *name, *text;
	} all[] = {
		{ "community", p->community }, { "divert_community", p->divert_community },
		{ "source_community", p->source_community },
	};

	for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i].text[0] != '\0' && !is_community(all[i].text))
			return fill_refuse(f, -EINVAL, line,
			    "`%s`: expected \"64502:666\" or \"64502:666:1\", not \"%s\"",
			    all[i].name, all[i].text);
	if (p->rtbh4.min > p->rtbh4.max || p->rtbh6.min > p->rtbh6.max ||
	    p->divert4.min > p->divert4.max || p->divert6.min > p->divert6.max ||
	    p->source4.min > p->source4.max || p->source6.min > p->source6.max ||
	    p->flowspec.dst4.min > p->flowspec.dst4.max ||
	    p->flowspec.dst6.min > p->flowspec.dst6.max ||
	    p->flowspec.src4.min > p->flowspec.src4.max ||
	    p->flowspec.src6.min > p->flowspec.src6.max)
		return fill_refuse(f, -ERANGE, line, "`min` is greater than `max`");
	return 0;
}
