/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/policy.h"

#include <string.h>

#define NAME(id, name, what) [STEP_##id] = name,
static const char *const names[STEP_N] = { STEPS(NAME) };

const char *
step_name(enum step_kind k)
{
	return names[k];
}

bool
step_find(enum step_kind *ret, const char *name)
{
	for (int k = 0; k < STEP_N; k++) {
		if (strcmp(names[k], name) == 0) {
			*ret = (enum step_kind)k;
			return true;
		}
	}
	return false;
}
