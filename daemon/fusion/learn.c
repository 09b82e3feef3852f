/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is usual, from tracks and gauges into the baseline, and from there into their limits.
 * Each subject is looked at once a second, a part of them at each tick; whole seconds stay in a
 * track's ring for a minute, so that nothing is lost by that.
 */
#include "fusion/inner.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define TURN_MS 1000		/* all subjects are looked at once in so long */
#define LEARNED_HOSTS 40960	/* at most, by metric and vantage; what does not fit is counted */
#define LEARNED_OTHERS 4096
#define MINUTE 60		/* seconds: what is complete later than that has left the ring */

/* ---- which figures ------------------------------------------------------- */

double
learn_least(const struct signal *s)
{
	if (s->times <= 0 && !s->rising)
		return s->above;
	return s->above > 0 ? fmin(s->above, s->floor) : s->floor;
}

static void
figure_add(struct fusion *f, struct figure *all, unsigned *n, unsigned kind, const struct signal *s)
{
	double times = s->rising ? 1 : s->times;
	double lo = s->floor / times, hi = s->ceiling / times;
	struct figure *g;

	if (f->figure_of[kind][s->metric] < 0) {
		f->figure_of[kind][s->metric] = (int)*n;
		all[*n] = (struct figure){ .kind = (uint8_t)kind, .metric = (uint8_t)s->metric,
			.lo = lo, .hi = hi };
		++*n;
	}
	g = &all[f->figure_of[kind][s->metric]];
	g->lo = fmin(g->lo, lo);
	g->hi = fmax(g->hi, hi);
	if (!s->rising)
		return;
	g->rise_lo = g->rise_lo > 0 ? fmin(g->rise_lo, lo) : lo;
	g->rise_hi = fmax(g->rise_hi, hi);
}

int
learn_init(struct fusion *f)
{
	struct figure all[KINDS * METRIC_N] = { 0 };
	unsigned n = 0, hosts = 0, others = 0, vantages = f->vantages_n > 1 ? 2 : 1;

	for (unsigned k = 0; k < KINDS; k++)
		for (unsigned m = 0; m < METRIC_N; m++)
			f->figure_of[k][m] = -1;
	for (unsigned k = 0; k < KINDS; k++) {
		for (unsigned i = 0; i < f->watches_n[k]; i++) {
			struct watch *w = &f->watches[k][i];
			const struct signal *s = &f->s->policies[w->policy].signals[w->signal];

			w->figure = -1;
			if (s->times <= 0 && !s->rising)
				continue;
			figure_add(f, all, &n, k, s);
			w->figure = f->figure_of[k][s->metric];
		}
	}
	if (n == 0)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		if (all[i].kind == SUBJECT_HOST)
			hosts += vantages * (FUSION_SUBJECTS - SPECIAL_SUBJECTS);
		else
			others += vantages * SPECIAL_SUBJECTS;
	}
	return baseline_new(&f->baseline, f->s, all, n,
	    hosts < LEARNED_HOSTS ? hosts : LEARNED_HOSTS,
	    others < LEARNED_OTHERS ? others : LEARNED_OTHERS);
}

/* ---- limits -------------------------------------------------------------- */

static const struct signal *
signal_of(const struct fusion *f, const struct watch *w)
{
	return &f->s->policies[w->policy].signals[w->signal];
}

static struct limit
limit_at(const struct fusion *f, const struct watch *w, const struct learned *l, int64_t second)
{
	const struct signal *s = signal_of(f, w);
	struct limit is = { .above = (float)w->above };
	double above;

	if (l == NULL)
		return is;
	is.usual = (float)(w->rising ? baseline_middle(f->baseline, l, second)
				     : baseline_high(f->baseline, l, second));
	if (is.usual <= 0)
		return is;
	above = fmin(fmax((w->rising ? 1 : s->times) * (double)is.usual, s->floor), s->ceiling);
	if (s->above > 0)
		above = fmin(above, s->above);
	is.above = (float)above;
	return is;
}

/* What a vantage counts and what it reads are two sources. */
static unsigned
counts_of(const struct track *t)
{
	return 2u * t->vantage;
}

static unsigned
reads_of(const struct gauge *g)
{
	return 2u * g->vantage + 1;
}

static struct learned *
learned_find(const struct fusion *f, int figure, unsigned source, const struct entry *e)
{
	return baseline_find(f->baseline, (unsigned)figure, source, &e->subject);
}

/*
 * A watch of what rises has no bucket: what it sees is set here, and stays until it is set again.
 */
static bool
rises(const struct fusion *f, const struct watch *w, const struct learned *l)
{
	return l != NULL && l->cusum.on && l->cusum.rate >= signal_of(f, w)->floor;
}

void
learn_limits(const struct fusion *f, struct entry *e, struct track *t, int64_t second)
{
	for (unsigned i = 0; f->baseline != NULL && i < f->watches_n[t->kind]; i++) {
		const struct watch *w = &f->watches[t->kind][i];
		float was = t->limits[i].above;
		const struct learned *l;

		if (w->figure < 0 || (w->vantages >> t->vantage & 1) == 0)
			continue;
		l = learned_find(f, w->figure, counts_of(t), e);
		t->limits[i] = limit_at(f, w, l, second);
		if (!w->rising) {
			if (t->limits[i].above != was)
				track_forget(t);
			continue;
		}
		t->views[i] = (struct view){ .on = f->vantages[t->vantage].seeing && rises(f, w, l),
			.rate = l != NULL ? l->cusum.rate : 0 };
		t->on &= ~(1ULL << i);
		t->on |= (uint64_t)t->views[i].on << i;
		e->on |= t->on;
	}
}

void
learn_gauge_limits(const struct fusion *f, const struct entry *e, struct gauge *g, int64_t second)
{
	for (unsigned i = 0; f->baseline != NULL && i < f->watches_n[g->kind]; i++) {
		const struct watch *w = &f->watches[g->kind][i];
		const struct learned *l;

		if (w->figure < 0 || !gauge_watched(w, g))
			continue;
		l = learned_find(f, w->figure, reads_of(g), e);
		g->limits[i] = limit_at(f, w, l, second);
		if (w->rising)
			g->levels[i].on = g->any && rises(f, w, l);
	}
}

/* ---- seconds ------------------------------------------------------------- */

static float
second_lane(const struct fusion *f, const struct track *t, int64_t second, unsigned lane)
{
	float sum = 0;

	for (int64_t s = second * SECOND_SLOTS; s < (second + 1) * SECOND_SLOTS; s++) {
		sum += track_cell(f, t, s)[lane];
		if (s < t->fine_from)
			break;		/* a coarse cell has the whole second */
	}
	return sum;
}

/* Sampled packets behind the lane's amount; 0: all was counted (as `sure` in track.c). */
static double
second_samples(const struct fusion *f, const struct track *t, int64_t second, enum metric m,
    double amount)
{
	double samples = second_lane(f, t, second, f->beside + BESIDE_SAMPLES);
	double whole;

	if (samples <= 0 || m == METRIC_FPS)
		return 0;
	whole = second_lane(f, t, second, metric_in_bits(m) ? LANE_BPS : LANE_PPS);
	return whole > 0 ? samples * fmin(amount / whole, 1) : 0;
}

/* One that never came near what the operator lets be learned takes no room. */
static struct learned *
learned_of(struct fusion *f, const struct entry *e, unsigned figure, unsigned source,
    int64_t second, double rate)
{
	struct learned *l = baseline_find(f->baseline, figure, source, &e->subject);

	if (l != NULL || rate <= baseline_least(f->baseline, figure))
		return l;
	return baseline_get(f->baseline, figure, source, &e->subject, second);
}

static void
learn_lane(struct fusion *f, const struct entry *e, const struct track *t, enum metric m,
    int64_t from, int64_t to)
{
	unsigned lane = (unsigned)f->lane_of[m], figure = (unsigned)f->figure_of[t->kind][m];

	for (int64_t s = from; s < to; s++) {
		double rate = second_lane(f, t, s, lane);
		struct learned *l = learned_of(f, e, figure, counts_of(t), s, rate);

		if (l != NULL)
			baseline_second(f->baseline, l, s, rate, second_samples(f, t, s, m, rate));
	}
}

static void
learn_track(struct fusion *f, struct entry *e, struct track *t, int64_t second)
{
	const struct vantage *v = &f->vantages[t->vantage];
	int64_t from = t->learned > v->learn_from ? t->learned : v->learn_from;
	int64_t oldest = t->fine_from / SECOND_SLOTS - COARSE, to = v->learned;

	from = from > oldest ? from : oldest;
	for (unsigned m = 0; m < METRIC_COUNTED_N; m++)
		if (f->figure_of[t->kind][m] >= 0)
			learn_lane(f, e, t, (enum metric)m, from, to);
	if (to > t->learned)
		t->learned = to;
	learn_limits(f, e, t, second);
}

static void
learn_gauge(struct fusion *f, const struct entry *e, struct gauge *g, int64_t second)
{
	int figure = f->figure_of[g->kind][g->metric];
	struct learned *l;

	if (figure >= 0 && g->any && g->whole && f->vantages[g->vantage].whole) {
		l = learned_of(f, e, (unsigned)figure, reads_of(g), second, g->value);
		if (l != NULL)
			baseline_second(f->baseline, l, second, g->value, 0);
	}
	learn_gauge_limits(f, e, g, second);
}

/*
 * Seconds that a vantage saw whole count for every subject; those while a sensor of it did not see
 * are nobody's.
 */
static void
learn_vantages(struct fusion *f, int64_t second)
{
	for (unsigned i = 0; i < f->vantages_n; i++) {
		struct vantage *v = &f->vantages[i];
		int64_t complete = v->complete / SECOND_SLOTS;

		if (!v->whole || complete < second - MINUTE || v->learned > second + MINUTE) {
			v->learn_from = second + 1;
			v->learned = second + 1;
			continue;
		}
		if (complete > second)
			complete = second;
		if (v->learned == 0)
			v->learned = v->learn_from = complete;
		if (complete <= v->learned)
			continue;
		baseline_whole(f->baseline, 2 * i, v->learned, complete);
		baseline_whole(f->baseline, 2 * i + 1, v->learned, complete);
		v->learned = complete;
	}
}

/* ---- in turn ------------------------------------------------------------- */

static void
learn_entry(struct fusion *f, struct entry *e, int64_t second, fusion_watched *watched, void *ctx)
{
	for (unsigned p = 0; watched != NULL && p < f->s->policies_n; p++)
		if (f->s->policies[p].subject == e->subject.kind && watched(ctx, &e->subject, p))
			baseline_freeze(f->baseline, &e->subject, second);
	for (uint32_t i = e->first; i != NONE; i = f->tracks[i].next)
		learn_track(f, e, &f->tracks[i], second);
	for (uint32_t i = e->gauges; i != NONE; i = f->gauges[i].next)
		learn_gauge(f, e, &f->gauges[i], second);
}

void
learn_step(struct fusion *f, struct now now, fusion_watched *watched, void *ctx)
{
	int64_t ms = now.wall.ms, second = ms / 1000, gone = ms - f->learn_ms;
	unsigned from, to, n, all = f->entries_top;

	if (f->baseline == NULL || gone == 0)
		return;
	learn_vantages(f, second);
	if (gone < 0 || gone > TURN_MS)
		gone = TURN_MS;
	from = (unsigned)((ms - gone) % TURN_MS * all / TURN_MS);
	to = (unsigned)(ms % TURN_MS * all / TURN_MS);
	n = gone == TURN_MS ? all : to >= from ? to - from : to + all - from;
	for (; n > 0; n--) {
		if (f->entries[from].used)
			learn_entry(f, &f->entries[from], second, watched, ctx);
		from = from + 1 == all ? 0 : from + 1;
	}
	f->learn_ms = ms;
	baseline_step(f->baseline, second);
}

/* ---- over a restart, and for the log ------------------------------------- */

static void
names_of(const struct fusion *f, char ret[SENSORS_MAX][NAME_MAX_LEN])
{
	for (unsigned i = 0; i < f->vantages_n; i++)
		memcpy(ret[i], f->vantages[i].name, NAME_MAX_LEN);
}

bool
fusion_learns(const struct fusion *f)
{
	return f->baseline != NULL;
}

size_t
fusion_learned_save(struct fusion *f, uint64_t *pos, void *buf, size_t size)
{
	char names[SENSORS_MAX][NAME_MAX_LEN];

	names_of(f, names);
	return baseline_save(f->baseline, (const char(*)[NAME_MAX_LEN])names, f->vantages_n, pos,
	    buf, size);
}

int
fusion_learned_load(struct fusion *f, const void *bytes, size_t len, struct diag *reterr)
{
	char names[SENSORS_MAX][NAME_MAX_LEN];

	names_of(f, names);
	return baseline_load(f->baseline, (const char(*)[NAME_MAX_LEN])names, f->vantages_n, bytes,
	    len, reterr);
}

void
fusion_learned_back_to(struct fusion *f, struct now now)
{
	baseline_back_to(f->baseline, now.wall.ms / 1000);
}

void
fusion_learning(struct fusion *f, struct learning *ret)
{
	baseline_take(f->baseline, ret);
	for (unsigned i = 0; i < ret->top_n; i++) {
		unsigned vantage = (unsigned char)ret->top[i].vantage[0] / 2;

		memset(ret->top[i].vantage, 0, sizeof(ret->top[i].vantage));
		if (vantage < f->vantages_n)
			memcpy(ret->top[i].vantage, f->vantages[vantage].name, NAME_MAX_LEN);
	}
}
