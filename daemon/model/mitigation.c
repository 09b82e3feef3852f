/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/mitigation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/flowspec.h"

unsigned
mitigation_routes(struct mitigation *m, const struct settings *s, unsigned upstream)
{
	if (m->routes[upstream] == 0)
		m->routes[upstream] = (uint8_t)flowspec_routes(&m->rule, &s->upstreams[upstream]);
	return m->routes[upstream];
}

uint32_t
mitigation_number(const char *id)
{
	uint64_t n = id_number(id, 'm');

	return n <= UINT32_MAX ? (uint32_t)n : 0;
}

bool
mitigation_replaces(const struct mitigation *m, const struct mitigation *other)
{
	uint32_t number = m->claims_n > 0 ? mitigation_number(other->id) : 0;
	bool its = false;

	for (unsigned i = 0; number != 0 && i < m->claims_n; i++)
		its |= m->claims[i].was == number;
	return its && strcmp(m->id, other->id) != 0 && other->origin == ORIGIN_POLICY &&
	       other->rule.kind == RULE_FLOWSPEC;
}

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

/*
 * The first whose number is not below; ids are given out in order, and ten thousand are too many to
 * look at each.
 */
static unsigned
place_of(const struct ledger *l, uint64_t number)
{
	unsigned from = 0, to = l->n;

	while (from < to) {
		unsigned middle = from + (to - from) / 2;

		if (id_number(l->all[middle]->id, 'm') < number)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

int
ledger_add(struct ledger *l, struct mitigation **take)
{
	uint64_t number = id_number((*take)->id, 'm');
	unsigned at = l->n;
	int err = 0;

	if (l->n >= LEDGER_MAX)
		return -ENOSPC;
	if (ledger_find(l, (*take)->id) != NULL)
		return -EEXIST;
	if (l->n == l->room)
		err = ledger_grow(l);
	if (err != 0)
		return err;
	l->unordered |= number == 0;
	if (!l->unordered)	/* what was replaced and stands again stands where it stood */
		at = place_of(l, number);
	memmove(&l->all[at + 1], &l->all[at], (l->n - at) * sizeof(struct mitigation *));
	l->all[at] = *take;
	l->n++;
	*take = NULL;
	return 0;
}

/* Where it stands, or l->n. */
static unsigned
index_of(const struct ledger *l, const char *id)
{
	uint64_t number = id_number(id, 'm');
	unsigned i = 0;

	if (!l->unordered && number == 0)
		return l->n;
	if (!l->unordered) {
		i = place_of(l, number);
		return i < l->n && strcmp(l->all[i]->id, id) == 0 ? i : l->n;
	}
	while (i < l->n && strcmp(l->all[i]->id, id) != 0)
		i++;
	return i;
}

struct mitigation *
ledger_take(struct ledger *l, const char *id)
{
	unsigned i = index_of(l, id);
	struct mitigation *m;

	if (i == l->n)
		return NULL;
	m = l->all[i];
	memmove(&l->all[i], &l->all[i + 1], (l->n - i - 1) * sizeof(struct mitigation *));
	l->n--;
	return m;
}

void
ledger_del(struct ledger *l, const char *id)
{
	free(ledger_take(l, id));
}

struct mitigation *
ledger_find(const struct ledger *l, const char *id)
{
	unsigned i = index_of(l, id);

	return i < l->n ? l->all[i] : NULL;
}

unsigned
ledger_count(const struct ledger *l, unsigned upstream, enum rule_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->n; i++)
		n += l->all[i]->rule.kind == kind && (l->all[i]->via >> upstream & 1);
	return n;
}
