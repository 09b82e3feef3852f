/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/policy.h"

#define NAME(id, name, what) [STEP_##id] = name,
static const char *const names[STEP_N] = { STEPS(NAME) };

const char *
step_name(enum step_kind k)
{
	return names[k];
}
