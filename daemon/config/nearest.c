/* SPDX-License-Identifier: GPL-3.0-or-later */
/* schema_nearest() and schema_each(): what is asked of the rows beside loading and printing. */
#include "config/schema.h"

#include <stdio.h>
#include <string.h>

#define WORD_MAX 48
#define PATH_DEPTH_MAX 8

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edits between two words (insert, delete, change, swap of neighbours), with three rows of the
 * table kept. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned d[3][WORD_MAX + 1] = { 0 };
	unsigned n = (unsigned)strlen(a), m = (unsigned)strlen(b);

	if (n > WORD_MAX || m > WORD_MAX)
		return WORD_MAX;
	for (unsigned j = 0; j <= m; j++)
		d[0][j] = j;
	for (unsigned i = 1; i <= n; i++) {
		unsigned *row = d[i % 3], *up = d[(i + 2) % 3], *up2 = d[(i + 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= m; j++) {
			row[j] = least(up[j] + 1, row[j - 1] + 1,
				       up[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
			    && up2[j - 2] + 1 < row[j])
				row[j] = up2[j - 2] + 1;
		}
	}
	return d[n % 3][m];
}

const char *
schema_nearest(const struct section *g, const char *name)
{
	const char *best = NULL;
	/* Half of the word may be wrong; beyond that a guess does not help. */
	unsigned least_so_far = (unsigned)strlen(name) / 2 + 1;

	for (unsigned i = 0; i < g->n; i++) {
		unsigned d = distance(name, g->rows[i].name);

		if (d < least_so_far) {
			least_so_far = d;
			best = g->rows[i].name;
		}
	}
	return best;
}

struct walk {
	void (*see)(void *ctx, const char *path, const struct row *r);
	void *ctx;
	char path[PATH_DEPTH_MAX * WORD_MAX];
	unsigned depth;
};

static void
walk(struct walk *w, const struct section *g)
{
	size_t n = strlen(w->path);

	if (w->depth == PATH_DEPTH_MAX)
		return;
	w->depth++;
	for (unsigned i = 0; i < g->n; i++) {
		const struct row *r = &g->rows[i];

		snprintf(w->path + n, sizeof(w->path) - n, "%s%s", n > 0 ? "." : "", r->name);
		w->see(w->ctx, w->path, r);
		if (r->group != NULL)
			walk(w, r->group);
		w->path[n] = '\0';
	}
	w->depth--;
}

void
schema_each(const struct section *g, void (*see)(void *ctx, const char *path, const struct row *r),
	    void *ctx)
{
	struct walk w = { .see = see, .ctx = ctx };

	walk(&w, g);
}
