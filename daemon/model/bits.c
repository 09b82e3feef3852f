/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The canonical form is Blake's: every term that cannot be made wider, found by consensus (Quine
 * 1955), of which those go that the others make up for, longest first.  The first set is unique for
 * what matches, so the second is.
 */
#include "model/bits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORK_MAX 64	/* terms on the way */

struct work {
	unsigned n;
	struct bits_term t[WORK_MAX];
};

/* Is every word of `narrow` one of `wide`? */
static bool
within(struct bits_term narrow, struct bits_term wide)
{
	return (wide.mask & ~narrow.mask) == 0 && (narrow.value & wide.mask) == wide.value;
}

static bool
apart(struct bits_term a, struct bits_term b)
{
	return (a.mask & b.mask & (a.value ^ b.value)) != 0;
}

/* Unless one has it already; what it has goes. */
static int
add(struct work *w, struct bits_term t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->n; i++)
		if (within(t, w->t[i]))
			return 0;
	for (unsigned i = 0; i < w->n; i++)
		if (!within(w->t[i], t))
			w->t[n++] = w->t[i];
	w->n = n;
	if (w->n == WORK_MAX)
		return -E2BIG;
	w->t[w->n++] = t;
	return 1;
}

/* Two that contradict each other in one bit alone leave a term without it. */
static bool
consensus(struct bits_term a, struct bits_term b, struct bits_term *ret)
{
	uint16_t clash = a.mask & b.mask & (a.value ^ b.value);

	if (clash == 0 || (clash & (clash - 1)) != 0)
		return false;
	ret->mask = (a.mask | b.mask) & (uint16_t)~clash;
	ret->value = (a.value | b.value) & ret->mask;
	return true;
}

static int
widen(struct work *w)
{
	for (bool more = true; more;) {
		struct work before = *w;

		more = false;
		for (unsigned i = 0; i < before.n; i++) {
			for (unsigned j = 0; j < i; j++) {
				struct bits_term t;
				int did = consensus(before.t[i], before.t[j], &t) ? add(w, t) : 0;

				if (did < 0)
					return did;
				more |= did > 0;
			}
		}
	}
	return 0;
}

/* Is every word of t one of the terms? */
static bool
made_up(struct bits_term t, const struct bits_term *terms, unsigned n)
{
	const struct bits_term *meets = NULL;
	uint16_t bit;

	for (unsigned i = 0; i < n; i++) {
		if (apart(t, terms[i]))
			continue;
		if (within(t, terms[i]))
			return true;
		meets = &terms[i];
	}
	if (meets == NULL)
		return false;
	bit = meets->mask & (uint16_t)~t.mask;
	bit &= (uint16_t)-bit;
	t.mask |= bit;
	if (!made_up(t, terms, n))
		return false;
	t.value |= bit;
	return made_up(t, terms, n);
}

static int
term_cmp(const void *a, const void *b)
{
	const struct bits_term *x = a, *y = b;

	if (x->mask != y->mask)
		return (int)x->mask - (int)y->mask;
	return (int)x->value - (int)y->value;
}

static void
sort(struct work *w)
{
	if (w->n > 1)
		qsort(w->t, w->n, sizeof(w->t[0]), term_cmp);
}

/* Takes out what the rest makes up for: of the terms with most bits the last first. */
static void
thin(struct work *w)
{
	for (int length = 16; length > 0; length--) {
		for (unsigned i = w->n; i-- > 0;) {
			struct bits_term t = w->t[i];

			if (__builtin_popcount(t.mask) != length)
				continue;
			memmove(&w->t[i], &w->t[i + 1], (w->n - i - 1) * sizeof(t));
			w->n--;
			if (made_up(t, w->t, w->n))
				continue;
			memmove(&w->t[i + 1], &w->t[i], (w->n - i) * sizeof(t));
			w->t[i] = t;
			w->n++;
		}
	}
}

static int
finish(struct bits *ret, struct work *w)
{
	int err = w->n > 1 ? widen(w) : 0;

	if (err != 0)
		return err;
	sort(w);
	if (w->n > 1)
		thin(w);
	if (w->n > BITS_MAX)
		return -E2BIG;
	*ret = (struct bits){ .n = (uint8_t)w->n };
	for (unsigned i = 0; i < w->n; i++)
		ret->t[i] = w->t[i];
	return 0;
}

int
bits_canon(struct bits *b)
{
	struct work w = { 0 };
	struct bits out;
	int err = b->n > BITS_MAX ? -E2BIG : 0;

	for (unsigned i = 0; i < b->n && err == 0; i++) {
		if ((b->t[i].value & ~b->t[i].mask) != 0)
			return -EINVAL;
		err = add(&w, b->t[i]) < 0 ? -E2BIG : 0;
	}
	if (err == 0)
		err = finish(&out, &w);
	if (err != 0)
		return err;
	if (out.n == 1 && out.t[0].mask == 0)
		return -EINVAL;
	*b = out;
	return 0;
}

/* As bits_canon(), but everything may match: it may be narrowed yet. */
int
bits_or(struct bits *b, const struct bits *more)
{
	struct work w = { 0 };

	for (unsigned i = 0; i < b->n; i++)
		if (add(&w, b->t[i]) < 0)
			return -E2BIG;
	for (unsigned i = 0; i < more->n; i++)
		if (add(&w, more->t[i]) < 0)
			return -E2BIG;
	return finish(b, &w);
}

int
bits_and(struct bits *b, const struct bits *more)
{
	struct work w = { 0 };

	for (unsigned i = 0; i < b->n; i++) {
		for (unsigned j = 0; j < more->n; j++) {
			struct bits_term x = b->t[i], y = more->t[j];

			if (apart(x, y))
				continue;
			x.mask |= y.mask;
			x.value |= y.value;
			if (add(&w, x) < 0)
				return -E2BIG;
		}
	}
	return w.n == 0 ? -EINVAL : finish(b, &w);
}

int
bits_not(struct bits *ret, struct bits_term t)
{
	struct work w = { 0 };

	for (uint32_t bit = 1; bit <= t.mask; bit <<= 1)
		if ((t.mask & bit) != 0)
			add(&w, (struct bits_term){ (uint16_t)bit, ~t.value & bit });
	return w.n == 0 ? -EINVAL : finish(ret, &w);
}

bool
bits_match(const struct bits *b, uint16_t word)
{
	for (unsigned i = 0; i < b->n; i++)
		if ((word & b->t[i].mask) == b->t[i].value)
			return true;
	return b->n == 0;
}

bool
bits_cover(const struct bits *a, const struct bits *b)
{
	if (a->n == 0)
		return true;
	for (unsigned i = 0; i < b->n; i++)
		if (!made_up(b->t[i], a->t, a->n))
			return false;
	return b->n != 0;
}

int
bits_cmp(const struct bits *a, const struct bits *b)
{
	if (a->n != b->n)
		return (int)a->n - (int)b->n;
	for (unsigned i = 0; i < a->n; i++)
		if (term_cmp(&a->t[i], &b->t[i]) != 0)
			return term_cmp(&a->t[i], &b->t[i]);
	return 0;
}

bool
bits_eq(const struct bits *a, const struct bits *b)
{
	return bits_cmp(a, b) == 0;
}
