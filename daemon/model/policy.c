/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/policy.h"

#include <math.h>

#define NAME(id, name, what) [STEP_##id] = name,
static const char *const names[STEP_N] = { STEPS(NAME) };

const char *
step_name(enum step_kind k)
{
	return names[k];
}

double
points_tenths(double points)
{
	return round(points * 10) / 10;
}

double
policy_forged_most(const struct policy *p)
{
	double most = INFINITY;

	for (unsigned i = 0; i < p->steps_n; i++)
		if (p->steps[i].kind >= STEP_SELECTIVE)
			most = fmin(most, p->steps[i].at - 1);
	return fmax(most, 0);
}
