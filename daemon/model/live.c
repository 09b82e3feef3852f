/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/live.h"

#include <math.h>
#include <string.h>

#include "base/lang.h"

const char *const live_names[LIVE_N + 1] = {
	[LIVE_OBSERVE] = "observe",
	[LIVE_DRY_RUN] = "dry-run",
	[LIVE_MANUAL] = "manual",
	[LIVE_RATE_LIMIT] = "rate-limit",
	[LIVE_LADDER] = "ladder",
};
static const char *const titles[LIVE_N] = {
	[LIVE_OBSERVE] = N_("it only observes"),
	[LIVE_DRY_RUN] = N_("dry run: it decides, and nothing is announced"),
	[LIVE_MANUAL] = N_("people announce by hand"),
	[LIVE_RATE_LIMIT] = N_("alone it only limits rates"),
	[LIVE_LADDER] = N_("the whole ladder"),
};

const char *
live_name(enum live l)
{
	return (unsigned)l < LIVE_N ? live_names[l] : "unknown";
}

const char *
live_title(enum live l)
{
	return (unsigned)l < LIVE_N ? lang_text(titles[l]) : "?";
}

bool
live_parse(enum live *ret, const char *name)
{
	for (unsigned i = 0; name != NULL && i < LIVE_N; i++)
		if (strcmp(live_names[i], name) == 0) {
			*ret = (enum live)i;
			return true;
		}
	return false;
}

unsigned
live_number(enum live l)
{
	return LIVE_N - (unsigned)l;
}

bool
live_asked_for(const struct settings *s, uint32_t approved)
{
	for (unsigned i = 0; i < s->people_n; i++)
		if ((approved >> i & 1) && s->people[i].role >= ROLE_OPERATOR)
			return true;
	return false;
}

static bool
only_limits(const struct rule *r)
{
	return r->kind == RULE_FLOWSPEC && r->rate_bps > 0 && !isinf(r->rate_bps) &&
	    r->redirect.form == REDIRECT_NONE;
}

bool
live_permits(enum live l, const struct settings *s, const struct live_act *a)
{
	if (l == LIVE_OBSERVE)
		return false;
	if (l == LIVE_LADDER || l == LIVE_DRY_RUN || a->origin == ORIGIN_PERSON ||
	    live_asked_for(s, a->approved))
		return true;
	return l == LIVE_RATE_LIMIT && only_limits(a->rule);
}
