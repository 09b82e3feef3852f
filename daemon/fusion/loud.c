/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A prefix without its loudest hosts: what is left is the prefix's attack, theirs is their own.
 * Otherwise whoever floods one address hides a carpet over all the others.  Everything is rounded
 * against the prefix: what is left is at least so much, or nothing.
 */
#include "fusion/inner.h"

#include <math.h>

#define CARPET_SHARE 0.3f	/* below it no host is loud, and the whole counts */
/* what is left beside more than this is not told from an error in it */
#define MOST 0.8f
#define LOUD_SHARE 0.1f		/* of the prefix's bits or packets */
#define FINDS_MAX 32		/* prefixes in one tick: for each one all subjects are looked at */

/* By what was counted last, and by what filled the buckets. */
static float
top_of(const struct fusion *f, const struct entry *e)
{
	float top = 0;

	for (uint32_t i = e->first; i != NONE; i = f->tracks[i].next) {
		top = fmaxf(top, f->tracks[i].top_share);
		for (unsigned j = 0; j < f->watches_n[e->subject.kind]; j++)
			top = fmaxf(top, f->tracks[i].views[j].top);
	}
	return top;
}

static const struct track *
track_of(const struct fusion *f, const struct entry *e, uint8_t vantage)
{
	for (uint32_t i = e->first; i != NONE; i = f->tracks[i].next)
		if (f->tracks[i].vantage == vantage)
			return &f->tracks[i];
	return NULL;
}

static bool
is_loud(const struct fusion *f, const struct entry *whole, const struct entry *host)
{
	for (uint32_t i = whole->first; i != NONE; i = f->tracks[i].next) {
		const struct track *t = &f->tracks[i], *h = track_of(f, host, t->vantage);

		if (h != NULL && (h->bps > LOUD_SHARE * t->bps || h->pps > LOUD_SHARE * t->pps))
			return true;
	}
	return false;
}

void
loud_find(const struct fusion *f, const struct entry *e, unsigned *finds, struct loud *ret)
{
	*ret = (struct loud){ .top = e->subject.kind == SUBJECT_PREFIX ? top_of(f, e) : 0 };
	if (ret->top < CARPET_SHARE)
		return;
	ret->any = true;
	ret->all = ret->top >= MOST || *finds >= FINDS_MAX;
	if (ret->all)
		return;
	++*finds;
	for (unsigned i = 0; i < f->entries_top && !ret->all; i++) {
		const struct entry *h = &f->entries[i];

		if (!h->used || h->subject.kind != SUBJECT_HOST ||
		    !prefix_covers(&e->subject.prefix, &h->subject.prefix) || !is_loud(f, e, h))
			continue;
		ret->all = ret->n == LOUD_MAX;
		if (!ret->all)
			ret->hosts[ret->n++] = i;
	}
}

/* Their part of a metric is at most all of their bits or packets. */
double
loud_rate(const struct fusion *f, const struct loud *l, const struct track *t,
    const struct watch *w, float rate)
{
	double whole = metric_in_bits(w->metric) ? t->bps : t->pps, sum = 0;

	if (!l->any)
		return 0;
	if (l->all || w->metric == METRIC_FPS || whole <= 0)
		return INFINITY;
	for (unsigned i = 0; i < l->n; i++) {
		const struct track *h = track_of(f, &f->entries[l->hosts[i]], t->vantage);

		if (h != NULL)
			sum += metric_in_bits(w->metric) ? h->bps : h->pps;
	}
	if (metric_in_bits(w->metric))
		sum = fmax(sum, l->top * whole);
	else if (sum <= 0)
		return INFINITY;	/* somebody is loud, and nobody knows in how many packets */
	return sum / whole / MOST * fmax(whole, rate);
}

/* --- the shape of what is left -------------------------------------------- */

/* Percent of what is left when `part` of it goes, of which so many percent are alike. */
static uint8_t
left_of(double share, double part, double gone)
{
	return (uint8_t)lround(fmin(fmax((share - part * gone) / (1 - part), 0), 100));
}

/* What is not the most frequent value is at most so frequent as that, and as what that leaves. */
static double
share_of(unsigned value, unsigned most, unsigned share)
{
	return value == most ? share : fmin(share, 100 - fmin(share, 100));
}

/* Sampling errors grow by 1 / (1 - part): so much less is the sample worth. */
static void
traits_without(struct traits *t, const struct traits *h, double part)
{
	double in = share_of(t->proto, h->proto, h->proto_share), within;

	within = t->proto_share > 0 ? fmin(part * in / t->proto_share, MOST) : 0;
	t->sport_share =
	    left_of(t->sport_share, within, share_of(t->sport, h->sport, h->sport_share));
	t->dport_share =
	    left_of(t->dport_share, within, share_of(t->dport, h->dport, h->dport_share));
	t->proto_share = left_of(t->proto_share, part, in);
	t->syn_share = left_of(t->syn_share, part, h->syn_share);
	t->fragment_share = left_of(t->fragment_share, part, h->fragment_share);
	t->length =
	    (uint16_t)fmin(fmax((t->length - part * h->length) / (1 - part), 0), UINT16_MAX);
	t->sampled = (uint16_t)(t->sampled * (1 - part));
}

void
loud_traits(const struct fusion *f, const struct loud *l, const struct track *t, struct traits *ret)
{
	double left = t->pps;

	if (!l->any || l->all)
		return;
	for (unsigned i = 0; i < l->n; i++) {
		const struct track *h = track_of(f, &f->entries[l->hosts[i]], t->vantage);

		if (h == NULL || h->pps <= 0)
			continue;
		if (h->traits.sampled == 0 || h->pps > MOST * left)
			ret->sampled = 0;
		else
			traits_without(ret, &h->traits, h->pps / left);
		left = fmax(left - h->pps, 1);
	}
	/* the most frequent was theirs: the rest is not told */
	if (l->n == 0 || ret->proto_share < 50)
		ret->sampled = 0;
}
