/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of policies and profiles. */
#include "config/rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "config/fill.h"

#define AT_10X_MORE 8 /* points that a signal gains up to ten times its threshold, unless it says  \
		       */

static const int64_t hold_ms[STEP_N] = {
	[STEP_RATE_LIMIT] = 5 * 60000, [STEP_DROP] = 10 * 60000, [STEP_DIVERT] = 10 * 60000,
	[STEP_BLACKHOLE] = 5 * 60000,
};

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
	if (s->needs_approval && s->approval.people > f->settings->people_n)
		return fill_refuse(f, -ERANGE, line,
				   "`approval` asks for %u people, and `approvals` names %u",
				   s->approval.people, f->settings->people_n);
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

int
rule_profile(const struct filling *f, void *object, unsigned line)
{
	const struct profile *p = object;

	if (p->rtbh4.min > p->rtbh4.max || p->rtbh6.min > p->rtbh6.max ||
	    p->divert4.min > p->divert4.max || p->divert6.min > p->divert6.max)
		return fill_refuse(f, -ERANGE, line, "`min` is greater than `max`");
	return 0;
}
