/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The largest rates of what a track has not settled yet, lane by lane.  How far they were found is
 * kept, so that the next tick goes on from there.
 */
#include "fusion/inner.h"

#include <string.h>

static inline four
larger(four a, four b)
{
	four ret;

	for (unsigned i = 0; i < 4; i++)	/* as a processor with vectors does it at once */
		ret[i] = a[i] > b[i] ? a[i] : b[i];
	return ret;
}

/* Fine slots: what is added now, [at, to), to those from `from` on. */
struct slots {
	int64_t from, at, to;
};

/* Four lanes: the largest ten slots in a row, and the largest one. */
static inline void
go_on(const struct fusion *f, const four *cells, struct slots is, struct peak *p)
{
	const size_t row = f->lanes_n / 4;
	const four *end = cells + FINE * row, *in = cells + (size_t)(is.at % FINE) * row;
	int64_t oldest = is.at - SECOND_SLOTS > is.from ? is.at - SECOND_SLOTS : is.from;
	const four *out = cells + (size_t)(oldest % FINE) * row;
	struct peak of = *p;

	for (int64_t s = is.at; s < is.to; s++) {
		of.sum += *in;
		if (s - SECOND_SLOTS >= is.from) {
			of.sum -= *out;
			out = out + row < end ? out + row : cells;
		}
		of.second = larger(of.second, of.sum);
		of.slot = larger(of.slot, *in);
		in = in + row < end ? in + row : cells;
	}
	*p = of;
}

/* Of whole seconds that are no slots any more. */
static void
coarse(const struct fusion *f, const struct track *t, int64_t to, struct peak all[])
{
	unsigned fours = peak_fours(f);

	memset(all, 0, fours * sizeof(*all));
	for (int64_t s = t->done; s < t->fine_from && s < to; s += SECOND_SLOTS) {
		const four *in = (const four *)track_cell(f, t, s);

		for (unsigned l = 0; l < fours; l++)
			all[l].second = larger(all[l].second, in[l]);
	}
}

/* Behind its last figure no sum is larger than before. */
void
peaks_find(const struct fusion *f, struct track *t, int64_t keep, int64_t slot, struct peaks *ret)
{
	int64_t fine = t->done > t->fine_from ? t->done : t->fine_from;
	int64_t to = (slot < t->last ? slot : t->last) + 1;

	if (t->peaks_at < fine) {
		coarse(f, t, to, t->peaks);
		t->peaks_at = fine;
	}
	keep = keep > t->peaks_at ? keep : t->peaks_at;
	for (unsigned l = 0; l < peak_fours(f); l++) {
		const four *cells = (const four *)t->cells + l;
		struct peak p;

		go_on(f, cells, (struct slots){ fine, t->peaks_at, keep }, &t->peaks[l]);
		p = t->peaks[l];
		go_on(f, cells, (struct slots){ fine, keep, to }, &p);
		ret->second.v[l] = p.second;
		ret->slot.v[l] = p.slot;
	}
	t->peaks_at = keep;
}
