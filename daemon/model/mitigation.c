/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/mitigation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
ledger_init(struct ledger *l)
{
	*l = (struct ledger){ .next_id = 1 };
}

void
ledger_fini(struct ledger *l)
{
	for (unsigned i = 0; i < l->n; i++)
		free(l->all[i]);
	free(l->all);
	*l = (struct ledger){ 0 };
}

static int
ledger_grow(struct ledger *l)
{
	unsigned room = l->room != 0 ? l->room * 2 : 64;
	struct mitigation **all = reallocarray(l->all, room, sizeof(struct mitigation *));

	if (all == NULL)
		return -ENOMEM;
	l->all = all;
	l->room = room;
	return 0;
}

int
ledger_add(struct ledger *l, struct mitigation **take)
{
	int err = 0;

	if (l->n >= LEDGER_MAX)
		return -ENOSPC;
	if (ledger_find(l, (*take)->id) != NULL)
		return -EEXIST;
	if (l->n == l->room)
		err = ledger_grow(l);
	if (err != 0)
		return err;
	l->all[l->n++] = *take;
	*take = NULL;
	return 0;
}

void
ledger_del(struct ledger *l, const char *id)
{
	for (unsigned i = 0; i < l->n; i++) {
		if (strcmp(l->all[i]->id, id) != 0)
			continue;
		free(l->all[i]);
		memmove(&l->all[i], &l->all[i + 1], (l->n - i - 1) * sizeof(struct mitigation *));
		l->n--;
		return;
	}
}

struct mitigation *
ledger_find(const struct ledger *l, const char *id)
{
	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->all[i]->id, id) == 0)
			return l->all[i];
	return NULL;
}

unsigned
ledger_count(const struct ledger *l, unsigned upstream, enum rule_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->n; i++)
		n += l->all[i]->rule.kind == kind && (l->all[i]->via >> upstream & 1);
	return n;
}
