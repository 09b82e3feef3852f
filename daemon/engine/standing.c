/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/standing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "model/accepts.h"

/* ---- by hand ------------------------------------------------------------- */

/* via 0: every upstream that can take such a rule. */
static uint32_t
all_that_can(const struct settings *s, const struct rule *r)
{
	uint32_t via = 0;

	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (accepts(s, i, r, NULL))
			via |= 1u << i;
	return via;
}

int
standing_wish(struct mitigation *ret, const struct settings *s, const struct wish *w, wall_t now,
    struct diag *reterr)
{
	if (w->reason == NULL || w->reason[0] == '\0')
		return diag_set(reterr, -EINVAL, "%s",
		    _("a reason is needed: the committee reads it"));
	if (w->for_ms <= 0)
		return diag_set(reterr, -EINVAL, "%s", _("an end is needed: --for DURATION"));
	*ret = (struct mitigation){ .rule = *w->rule, .origin = ORIGIN_PERSON, .since = now,
				    .until = wall_add_ms(now, w->for_ms),
				    .via = w->via != 0 ? w->via : all_that_can(s, w->rule) };
	if (w->via == 0)
		ret->left_out = (uint32_t)((1ull << s->upstreams_n) - 1) & ~ret->via;
	snprintf(ret->owner, sizeof(ret->owner), "%s", w->who);
	snprintf(ret->reason, sizeof(ret->reason), "%s", w->reason);
	return 0;
}

/* ---- in the ledger ------------------------------------------------------- */

void
standing_states(struct mitigation *m, const struct mitigation *before, const struct settings *s,
    wall_t now)
{
	bool same_rule = before != NULL && rule_eq(&before->rule, &m->rule);

	for (unsigned i = 0; i < s->upstreams_n; i++) {
		bool stays = same_rule && (before->via & m->via & 1u << i);

		m->upstreams[i] = stays ? before->upstreams[i] : (struct upstream_state){ 0 };
		if (!stays && (m->via & 1u << i))
			m->upstreams[i].decided = now;
	}
}

bool
standing_longer(const struct mitigation *old, const struct mitigation *m)
{
	return old != NULL && old->via == m->via && old->claims_n >= m->claims_n &&
	       rule_eq(&old->rule, &m->rule);
}

static struct mitigation *
copy_of(const struct mitigation *m)
{
	struct mitigation *copy = malloc(sizeof(*copy));

	if (copy != NULL)
		*copy = *m;
	return copy;
}

int
standing_put(struct ledger *l, const struct mitigation *m, struct mitigation **ret_before)
{
	struct mitigation *old = ledger_find(l, m->id), *new;
	int err;

	if (old != NULL) {
		*ret_before = copy_of(old);
		if (*ret_before == NULL)
			return -ENOMEM;
		*old = *m;
		return 0;
	}
	new = copy_of(m);
	if (new == NULL)
		return -ENOMEM;
	err = ledger_add(l, &new);
	free(new);
	return err;
}

bool
standing_undo(struct ledger *l, const char *id, const struct mitigation *before)
{
	struct mitigation *m = ledger_find(l, id);

	if (m == NULL)
		return false;
	if (before != NULL)
		*m = *before;
	else
		ledger_del(l, id);
	return true;
}

/* ---- one in the place of several ----------------------------------------- */

void
standing_replace(struct ledger *l, const struct mitigation *m,
    struct mitigation *ret[static CLAIMS_MAX])
{
	unsigned n = 0;
	char id[ID_LEN];

	memset(ret, 0, CLAIMS_MAX * sizeof(*ret));
	for (unsigned i = 0; i < m->claims_n; i++) {
		const struct mitigation *old;

		snprintf(id, sizeof(id), "m%u", m->claims[i].was);
		old = ledger_find(l, id);
		if (old != NULL && mitigation_replaces(m, old))
			ret[n++] = ledger_take(l, id);
	}
}

void
standing_put_back(struct ledger *l, struct mitigation *replaced[static CLAIMS_MAX])
{
	for (unsigned i = 0; i < CLAIMS_MAX; i++)
		if (replaced[i] != NULL && replaced[i]->via != 0)
			ledger_add(l, &replaced[i]);
	standing_free(replaced);
}

void
standing_add(struct mitigation *into[static CLAIMS_MAX], struct mitigation *more[static CLAIMS_MAX])
{
	unsigned n = 0;

	while (n < CLAIMS_MAX && into[n] != NULL)
		n++;
	for (unsigned i = 0; i < CLAIMS_MAX && n < CLAIMS_MAX; i++) {
		if (more[i] != NULL)
			into[n++] = more[i];
		more[i] = NULL;
	}
	standing_free(more);
}

/* CLAIMS_MAX: it is not among them. */
static unsigned
place_of(struct mitigation *const replaced[static CLAIMS_MAX], const char *id)
{
	for (unsigned i = 0; i < CLAIMS_MAX && replaced[i] != NULL; i++)
		if (strcmp(replaced[i]->id, id) == 0)
			return i;
	return CLAIMS_MAX;
}

struct mitigation *
standing_among(struct mitigation *const replaced[static CLAIMS_MAX], const char *id)
{
	unsigned at = place_of(replaced, id);

	return at < CLAIMS_MAX ? replaced[at] : NULL;
}

bool
standing_was(struct mitigation *replaced[static CLAIMS_MAX], const char *id,
    const struct mitigation *before)
{
	unsigned at = place_of(replaced, id);

	if (at == CLAIMS_MAX)
		return false;
	if (before != NULL) {
		*replaced[at] = *before;
		return true;
	}
	free(replaced[at]);
	memmove(&replaced[at], &replaced[at + 1],
	    (CLAIMS_MAX - 1 - at) * sizeof(struct mitigation *));
	replaced[CLAIMS_MAX - 1] = NULL;
	return true;
}

void
standing_free(struct mitigation *replaced[static CLAIMS_MAX])
{
	for (unsigned i = 0; i < CLAIMS_MAX; i++) {
		free(replaced[i]);
		replaced[i] = NULL;
	}
}
