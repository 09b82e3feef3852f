/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a provider whose session is down is to be told by a person. */
#include "engine/state.h"

#include <stdio.h>
#include <string.h>

#define TARGETS_MAX 3		/* as many as somebody writes down on the telephone */

struct list {
	char *buf;
	size_t size;
	unsigned n;
	struct prefix had[TARGETS_MAX];
};

static void
add(struct list *l, const struct prefix *p)
{
	char text[PREFIX_STRLEN];
	size_t len = strlen(l->buf);

	for (unsigned i = 0; i < l->n && i < TARGETS_MAX; i++)
		if (prefix_eq(&l->had[i], p))
			return;
	if (l->n < TARGETS_MAX)
		l->had[l->n] = *p;
	if (l->n < TARGETS_MAX)
		snprintf(l->buf + len, l->size - len, "%s%s", l->n > 0 ? ", " : "",
		    prefix_str(p, text));
	else if (l->n == TARGETS_MAX)
		snprintf(l->buf + len, l->size - len, ", ...");
	l->n++;
}

/* What it was asked to drop, and then what is attacked besides: it drops nothing of either now. */
void
engine_call(const struct engine *e, unsigned upstream, wall_t since, struct session_down *ret)
{
	struct list l = { .buf = ret->attacked, .size = sizeof(ret->attacked) };
	const struct incident *i;

	*ret = (struct session_down){ .since = since };
	for (unsigned k = 0; k < e->ledger.n && l.n <= TARGETS_MAX; k++) {
		const struct mitigation *m = e->ledger.all[k];

		if ((m->via >> upstream & 1) && m->rule.kind != RULE_SOURCE)
			add(&l, &m->rule.dst);
	}
	for (unsigned k = 0; (i = engine_incident(e, k)) != NULL && l.n <= TARGETS_MAX; k++)
		if (i->state == INCIDENT_OPEN &&
		    (i->subject.kind == SUBJECT_HOST || i->subject.kind == SUBJECT_PREFIX))
			add(&l, &i->subject.prefix);
}
