/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/proof.h"

/* The largest power of two below n; n > 1. */
static uint64_t
split(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k *= 2;
	return k;
}

static void
take(struct proof *p, uint64_t from, uint64_t to)
{
	p->of[p->n].from = from;
	p->of[p->n].to = to;
	p->n++;
}

/* The RFC gives the hashes from the leaf up, and the way goes down: turned round at the end. */
static void
turn(struct proof *p)
{
	for (unsigned i = 0; i < p->n / 2; i++) {
		uint64_t from = p->of[i].from, to = p->of[i].to;

		p->of[i] = p->of[p->n - 1 - i];
		p->of[p->n - 1 - i].from = from;
		p->of[p->n - 1 - i].to = to;
	}
}

void
proof_of_line(struct proof *p, uint64_t index, uint64_t size)
{
	uint64_t from = 0, to = size;

	p->n = 0;
	while (to - from > 1) {
		uint64_t middle = from + split(to - from);

		if (index < middle) {
			take(p, middle, to);
			to = middle;
		} else {
			take(p, from, middle);
			from = middle;
		}
	}
	turn(p);
}

void
proof_of_growth(struct proof *p, uint64_t old, uint64_t size)
{
	uint64_t from = 0, to = size;

	p->n = 0;
	if (old == 0 || old == size)
		return;
	while (old < to) {
		uint64_t middle = from + split(to - from);

		if (old <= middle) {
			take(p, middle, to);
			to = middle;
		} else {
			take(p, from, middle);
			from = middle;
		}
	}
	if (from > 0)	/* else it is the old root, which the other side has */
		take(p, from, to);
	turn(p);
}

void
proof_begin(struct proof_work *w, struct proof *p)
{
	w->p = p;
	for (unsigned i = 0; i < p->n; i++)
		tree_init(&w->part[i]);
}

void
proof_add(struct proof_work *w, uint64_t number, const void *line, size_t len)
{
	for (unsigned i = 0; i < w->p->n; i++)
		if (number >= w->p->of[i].from && number < w->p->of[i].to)
			tree_add(&w->part[i], line, len);
}

void
proof_end(struct proof_work *w)
{
	for (unsigned i = 0; i < w->p->n; i++)
		tree_root(&w->part[i], w->p->hash[i]);
}
