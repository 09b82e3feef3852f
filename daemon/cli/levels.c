/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/levels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SUBJECTS 2048		/* followed at once */
#define TRIES 16
#define KEPT 128		/* seconds of each: exports of long flows come late */
#define PERCENTILE 0.99

struct followed {
	bool used;
	struct subject subject;
	int64_t last;			/* its newest second */
	int64_t second[KEPT];
	float sum[KEPT][LEVELS_N];
};

struct levels {
	int64_t start;			/* Unix seconds */
	unsigned seconds;
	uint64_t no_room;
	float *peaks[LEVEL_KINDS][LEVELS_N];	/* a second each; owned */
	struct level most[LEVEL_KINDS][LEVELS_N];
	struct followed subjects[SUBJECTS];
};

#define METRIC_OF(id) METRIC_##id,
static const enum metric metrics[] = { LEVELS_METRICS(METRIC_OF) };

int
levels_new(struct levels **ret, wall_t start, unsigned seconds)
{
	struct levels *l = calloc(1, sizeof(*l));
	bool ok = l != NULL;

	for (unsigned k = 0; ok && k < LEVEL_KINDS; k++)
		for (unsigned m = 0; ok && m < LEVELS_N; m++)
			ok = (l->peaks[k][m] = calloc(seconds + 1, sizeof(float))) != NULL;
	if (!ok || seconds > LEVELS_SECONDS_MAX) {
		levels_free(l);
		return -ENOMEM;
	}
	l->start = start.ms / 1000;
	l->seconds = seconds;
	*ret = l;
	return 0;
}

void
levels_free(struct levels *l)
{
	if (l == NULL)
		return;
	for (unsigned k = 0; k < LEVEL_KINDS; k++)
		for (unsigned m = 0; m < LEVELS_N; m++)
			free(l->peaks[k][m]);
	free(l);
}

/* Found, or a place that is free or whose subject was quiet for KEPT seconds. */
static struct followed *
follow(struct levels *l, const struct subject *s, int64_t second)
{
	struct followed *free_one = NULL;
	uint64_t home = subject_hash(s);

	for (unsigned i = 0; i < TRIES; i++) {
		struct followed *f = &l->subjects[(home + i) % SUBJECTS];

		if (f->used && subject_eq(&f->subject, s))
			return f;
		if (free_one == NULL && (!f->used || f->last + KEPT < second))
			free_one = f;
	}
	if (free_one != NULL)
		*free_one = (struct followed){ .used = true, .subject = *s, .last = second };
	return free_one;
}

/* A /24 within a prefix of ours never has more than that. */
static int
kind_of(const struct subject *s)
{
	return s->kind == SUBJECT_HOST ? LEVEL_HOST : s->kind == SUBJECT_PREFIX ? LEVEL_PREFIX :
	    s->kind == SUBJECT_ALL ? LEVEL_ALL : -1;
}

static void
add_slot(struct levels *l, struct followed *f, int kind, int64_t second,
    const struct observation *o)
{
	float *sum = f->sum[second % KEPT];

	if (second < l->start || second >= l->start + l->seconds || second + KEPT <= f->last)
		return;
	if (f->second[second % KEPT] != second) {
		f->second[second % KEPT] = second;
		memset(sum, 0, sizeof(*f->sum));
	}
	if (second > f->last)
		f->last = second;
	for (unsigned m = 0; m < LEVELS_N; m++) {
		float *peak = &l->peaks[kind][m][second - l->start];

		sum[m] += o->amount[metrics[m]] / o->slots;
		if (sum[m] <= *peak)
			continue;
		*peak = sum[m];
		if (sum[m] > l->most[kind][m].most)
			l->most[kind][m] =
			    (struct level){ .most = sum[m], .busiest = f->subject.prefix };
	}
}

void
levels_add(struct levels *l, const struct observation *o)
{
	int kind = kind_of(&o->subject);
	struct followed *f;

	if (kind < 0 || o->slots == 0)
		return;
	f = follow(l, &o->subject, o->start_ms / 1000);
	if (f == NULL) {
		l->no_room++;
		return;
	}
	for (unsigned i = 0; i < o->slots; i++)
		add_slot(l, f, kind, (o->start_ms + (int64_t)i * SLOT_MS) / 1000, o);
}

static int
by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static void
see(const struct levels *l, unsigned kind, unsigned metric, unsigned seconds, float *room,
    struct level *ret)
{
	*ret = l->most[kind][metric];
	if (seconds == 0)
		return;
	memcpy(room, l->peaks[kind][metric], seconds * sizeof(*room));
	qsort(room, seconds, sizeof(*room), by_size);
	ret->usual = room[(seconds - 1) / 2];
	ret->high = room[(unsigned)((seconds - 1) * PERCENTILE + 0.5)];
}

void
levels_see(const struct levels *l, wall_t now, struct levels_seen *ret)
{
	int64_t over = now.ms / 1000 - l->start;
	unsigned seconds = over < 0 ? 0 : over > l->seconds ? l->seconds : (unsigned)over;
	float *room = calloc(seconds + 1, sizeof(*room));

	*ret = (struct levels_seen){ .seconds = room != NULL ? seconds : 0, .no_room = l->no_room };
	for (unsigned k = 0; k < LEVEL_KINDS; k++)
		for (unsigned m = 0; m < LEVELS_N; m++)
			see(l, k, m, ret->seconds, room, &ret->of[k][m]);
	free(room);
}
