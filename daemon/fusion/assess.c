/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is attacked, as each policy sees it: every subject's votes, and which of nested prefixes is
 * named.
 */
#include "fusion/inner.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define NESTED_SHARE 0.9	/* a part that carries so much of the whole stands for it */

struct walk {
	struct fusion *f;
	struct assessment *ret;
	unsigned n, max;
	struct loud loud;	/* of the entry that is assessed */
	unsigned finds;
	fusion_watched *watched;
	void *ctx;
};

static double
signal_points(const struct signal *s, double ratio)
{
	if (ratio <= 1 || s->at_10x <= s->points)
		return s->points;
	return s->points + (s->at_10x - s->points) * (ratio < 10 ? log10(ratio) : 1);
}

/*
 * What rises slowly is near its usual rate all the time: it counts when it is on, and proves no
 * quiet else.
 */
static void
weigh_rising(struct assessment *a, struct vote *vote, const struct figure_seen *line)
{
	a->share = fmax(a->share, line->rate / line->above);
	a->certain_quiet = false;
	if (line->points > vote->best.points)
		vote->best = *line;
}

/* One signal of a vantage: does it give points, more than the best so far, and is it quiet? */
static void
weigh(const struct walk *k, const struct watch *w, const struct limit *l, struct view view,
    double loud, struct vote *vote)
{
	struct assessment *a = &k->ret[k->n];
	const struct policy *p = &k->f->s->policies[a->policy];
	double ratio = view.rate / l->above;
	double others = view.rate - loud;	/* one host's attack is not the prefix's */
	bool on = view.on && (loud <= 0 || others > l->above);
	double points = on ? signal_points(&p->signals[w->signal], others / l->above) : 0;
	struct figure_seen line = { .metric = w->metric,
		.rate = on ? others : view.rate,
		.above = l->above,
		.usual = l->usual,
		.rising = w->rising,
		.points = points };

	if (w->rising) {
		if (on)
			weigh_rising(a, vote, &line);
		return;
	}
	if (ratio > a->share)
		a->share = ratio;
	if (view.on || (ratio >= p->release.below && view.rate > l->usual))
		a->certain_quiet = false;
	line.points = 0;
	if (w->metric < METRIC_COUNTED_N && ratio >= vote->ratio) {
		vote->ratio = ratio;
		vote->near = line;
	}
	line.points = points;
	if (points > vote->best.points)
		vote->best = line;
}

/* What one vantage counted of one subject, under one policy. */
static void
weigh_track(const struct walk *k, const struct track *t, struct vote *vote)
{
	const struct fusion *f = k->f;
	struct assessment *a = &k->ret[k->n];
	const struct vantage *v = &f->vantages[t->vantage];
	uint64_t all;

	if (!v->whole || v->complete < t->fine_from - COARSE * SECOND_SLOTS)
		a->certain_quiet = false;
	vote->sees = true;
	vote->from |= t->from[0] | t->from[1];
	all = (f->counted[t->kind][t->vantage] | f->rising[t->kind][t->vantage]) &
	    f->of_policy[a->policy];
	for (; all != 0; all &= all - 1) {
		unsigned i = (unsigned)__builtin_ctzll(all);
		const struct watch *w = &f->watches[t->kind][i];
		double loud = k->loud.any ? loud_rate(f, &k->loud, t, w, t->views[i].rate) : 0;

		weigh(k, w, &t->limits[i], t->views[i], loud, vote);
	}
}

static uint32_t
readers(const struct gauge *g)
{
	uint32_t set = 0;

	for (unsigned i = 0; i < READERS_MAX; i++)
		set |= g->of[i].used ? 1u << g->of[i].sensor : 0;
	return set;
}

/* What it read of it. */
static void
weigh_gauge(const struct walk *k, const struct entry *e, const struct gauge *g, struct vote *vote)
{
	const struct fusion *f = k->f;
	struct assessment *a = &k->ret[k->n];
	double before = vote->best.points;

	for (unsigned i = 0; i < f->watches_n[e->subject.kind]; i++) {
		const struct watch *w = &f->watches[e->subject.kind][i];
		struct view view = { .rate = (float)g->value, .on = g->levels[i].on };

		if (w->policy != a->policy || !gauge_watched(w, g))
			continue;
		if (!g->whole)
			a->certain_quiet = false;
		if (view.on && a->client.family == 0)
			a->client = suspect_named(g, &g->limits[i]);
		weigh(k, w, &g->limits[i], view, k->loud.any ? INFINITY : 0, vote);
	}
	if (vote->best.points > before)
		vote->from |= readers(g);
}

/* Who could count what this policy asks for, and is said to see this subject's traffic. */
static void
votes_start(const struct fusion *f, const struct entry *e, unsigned policy, struct vote votes[])
{
	memset(votes, 0, f->vantages_n * sizeof(*votes));
	for (unsigned v = 0; v < f->vantages_n; v++) {
		votes[v].counts = (f->counts[policy] >> v & 1) != 0;
		votes[v].sees_all = votes[v].counts && health_declared(f, v, &e->subject);
	}
}

/* All but the lines of the column: most of its bytes, and only evidence_n of them mean anything. */
static void
assessment_start(struct assessment *a, const struct entry *e, unsigned policy)
{
	memset(a, 0, offsetof(struct assessment, evidence));
	a->subject = e->subject;
	a->policy = policy;
	a->certain_quiet = true;
}

static void
assess(const struct walk *k, const struct entry *e, unsigned policy)
{
	const struct fusion *f = k->f;
	struct assessment *a = &k->ret[k->n];
	struct vote votes[SENSORS_MAX];

	votes_start(f, e, policy, votes);
	assessment_start(a, e, policy);
	for (uint32_t i = e->first; i != NONE; i = k->f->tracks[i].next) {
		const struct track *t = &k->f->tracks[i];

		weigh_track(k, t, &votes[t->vantage]);
		if (t->bps > a->bps)
			a->bps = t->bps;
		if (t->pps > a->pps)
			a->pps = t->pps;
		if (t->top_share > a->top_share)
			a->top_share = t->top_share;
	}
	for (uint32_t i = e->gauges; i != NONE; i = f->gauges[i].next) {
		const struct gauge *g = &f->gauges[i];

		weigh_gauge(k, e, g, &votes[g->vantage]);
		if (g->metric == METRIC_BPS)
			a->bps = fmax(a->bps, g->value);
		if (g->metric == METRIC_PPS)
			a->pps = fmax(a->pps, g->value);
	}
	column_make(f, a, votes);
	witness_traits(f, a, e, votes, &k->loud);
	shape_of(f, a, e);
	if (e->subject.kind == SUBJECT_GROUP)
		group_carriers(f, a);
}

static bool
any_on(const struct fusion *f, const struct entry *e, unsigned policy)
{
	uint64_t may = e->on & f->of_policy[policy];

	for (uint32_t i = e->first; may != 0 && i != NONE; i = f->tracks[i].next)
		if ((f->tracks[i].on & may) != 0)
			return true;
	for (uint32_t i = e->gauges; i != NONE; i = f->gauges[i].next)
		for (unsigned j = 0; j < f->watches_n[e->subject.kind]; j++)
			if (f->gauges[i].levels[j].on &&
			    f->watches[e->subject.kind][j].policy == policy)
				return true;
	return false;
}

static void
assess_entry(struct walk *k, const struct entry *e)
{
	const struct fusion *f = k->f;
	bool found = false;

	for (unsigned p = 0; p < f->s->policies_n && k->n < k->max; p++) {
		struct assessment *a = &k->ret[k->n];

		if (f->s->policies[p].subject != e->subject.kind ||
		    (!any_on(f, e, p) &&
			(k->watched == NULL || !k->watched(k->ctx, &e->subject, p))))
			continue;
		if (!found)
			loud_find(f, e, &k->finds, &k->loud);
		found = true;
		assess(k, e, p);
		if (a->evidence_n > 0 || (k->watched != NULL && k->watched(k->ctx, &e->subject, p)))
			k->n++;
	}
}

/* The prefixes among the assessments. */
struct prefixes {
	unsigned n;
	uint16_t at[FUSION_SUBJECTS];
};

static bool
is_watched(const struct walk *k, const struct assessment *a)
{
	return k->watched != NULL && k->watched(k->ctx, &a->subject, a->policy);
}

/*
 * Of two prefixes that contain each other one is enough, unless an incident is open on it already.
 */
static bool
stands_behind(const struct walk *k, const struct prefixes *all, const struct assessment *a)
{
	if (is_watched(k, a))
		return false;
	for (unsigned i = 0; i < all->n; i++) {
		const struct assessment *b = &k->ret[all->at[i]];
		bool outer, inner;

		if (b->policy != a->policy || b->evidence_n == 0 ||
		    b->subject.prefix.len == a->subject.prefix.len)
			continue;
		outer = prefix_covers(&a->subject.prefix, &b->subject.prefix);
		inner = prefix_covers(&b->subject.prefix, &a->subject.prefix);
		if ((outer && b->share >= NESTED_SHARE * a->share) ||
		    (inner && a->share < NESTED_SHARE * b->share))
			return true;
	}
	return false;
}

/*
 * Those that are named by themselves; what is part of another's attack is left out, unless it is
 * watched.
 */
static void
choose(struct walk *k)
{
	struct prefixes all = { .n = 0 };
	bool drop[FUSION_SUBJECTS] = { false };
	unsigned n = 0;

	for (unsigned i = 0; i < k->n; i++)
		if (k->ret[i].subject.kind == SUBJECT_PREFIX)
			all.at[all.n++] = (uint16_t)i;
	for (unsigned i = 0; i < all.n; i++)
		drop[all.at[i]] = stands_behind(k, &all, &k->ret[all.at[i]]);
	if (all.n > 0)
		shape_fold(k->ret, k->n, drop);
	for (unsigned i = 0; i < k->n; i++) {
		const struct assessment *a = &k->ret[i];

		if (drop[i] && (a->subject.kind == SUBJECT_PREFIX || !is_watched(k, a)))
			continue;
		if (n != i)
			memcpy(&k->ret[n], a, offsetof(struct assessment, evidence) +
			    a->evidence_n * sizeof(a->evidence[0]));
		n++;
	}
	k->n = n;
}

unsigned
assess_all(struct fusion *f, const struct asked *by, struct now now)
{
	struct walk k = { .f = f, .ret = by->ret, .watched = by->watched, .ctx = by->ctx };

	k.max = by->max < FUSION_SUBJECTS ? by->max : FUSION_SUBJECTS;
	for (unsigned i = 0; i < f->entries_top; i++)
		if (f->entries[i].used)
			assess_entry(&k, &f->entries[i]);
	choose(&k);
	shape_breadth(f, k.ret, k.n);
	shape_campaigns(f, k.ret, k.n, now.wall.ms);
	return k.n;
}
