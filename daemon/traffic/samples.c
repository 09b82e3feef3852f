/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Samples for rules (ALGORITHMS 4.2).  A place draws about so many records a second, whatever
 * comes: how many pass until the next is decided when one was taken, so that a record that is none
 * costs nothing. What is drawn stands for those that passed.  Two urns of one tick bound what all
 * places together tell: one of those above their floors, one of all others, so that no flood takes
 * the room of the rest.
 */
#include <limits.h>

#include "traffic/inner.h"

#define ABOVE_A_SECOND 1024	/* of a place above its floor */
#define ABOVE_LEAST 4		/* of one, however many such places there are */
#define ALL_A_SECOND 1024	/* of all of them together, where LEAST allows */
/* a second: so often the pace is looked at, when enough are taken */
#define ABOVE_WINDOWS 8
#define ABOVE_WANTED 8		/* in a window at least */
#define CALM_A_SECOND 2		/* of any other place */
#define CALM_ALL 256		/* a second, of all of them together */
#define CALM_PART 4		/* one such part of the room is theirs */
#define STRIDE_MAX (1u << 20)
#define EASE 4			/* none for so many windows: so much sooner */

void
sample_share(struct traffic *t, unsigned above, unsigned used)
{
	unsigned each = ALL_A_SECOND / (above > 0 ? above : 1),
		 parts = used * CALM_A_SECOND / CALM_ALL;

	t->samples_calm_ms = 1000 * (parts > 1 ? parts : 1);
	t->samples_above = above;
	t->samples_used = used;
	t->samples_each = each > ABOVE_A_SECOND ? ABOVE_A_SECOND
	    : each < ABOVE_LEAST		? ABOVE_LEAST
						: each;
}

int
sample_init(struct traffic *t, const struct traffic_settings *s)
{
	const unsigned room[2] = { s->samples / CALM_PART, s->samples - s->samples / CALM_PART };
	int err = 0;

	sample_share(t, 0, 0);
	t->samples_more = s->more;
	t->samples_ctx = s->more_ctx;
	for (int above = 0; above < 2 && s->samples >= CALM_PART && err == 0; above++) {
		err = urn_new(&t->samples[above], room[above], sizeof(struct sample),
		    t->rng + (unsigned)above);
		if (err == 0)
			urn_resident(t->samples[above]);
	}
	return err;
}

void
sample_fini(struct traffic *t)
{
	urn_free(t->samples[0]);
	urn_free(t->samples[1]);
}

/*
 * One more was taken.  The window that is over says how many came, and so what stride takes as many
 * as wanted; when far too many are taken within one, it is not waited for.
 */
static void
adapt(struct pace *p, int64_t now_ms, int64_t window_ms, unsigned wanted)
{
	const int64_t gone_ms = now_ms - p->since_ms;

	p->passed += p->drawn;
	if (gone_ms >= window_ms || gone_ms < 0) {
		int64_t stride =
		    gone_ms > 0 ? (int64_t)p->passed * window_ms / (gone_ms * wanted) : p->stride;

		p->stride = stride < 1 ? 1 : stride > STRIDE_MAX ? STRIDE_MAX : (uint32_t)stride;
		p->since_ms = now_ms;
		p->passed = p->n = 0;
	} else if (++p->n > 2 * wanted && p->stride < STRIDE_MAX) {
		p->stride *= 2;
		p->n = 0;
	}
}

/* 1 to twice the stride, less one: nothing in the traffic can keep step with it. */
static uint32_t
draw(struct traffic *t, uint32_t stride)
{
	t->rng = t->rng * 6364136223846793005ULL + 1442695040888963407ULL;
	return 1 + (uint32_t)(((t->rng >> 32) * (2 * (uint64_t)stride - 1)) >> 32);
}

/* A new place goes on as the one above it did, which its records were drawn from until now. */
void
sample_start(struct traffic *t, struct hot *h)
{
	struct pace *p = &h->keys.pace;

	p->stride = t->hots[hot_up(t, h)].keys.pace.stride;
	p->skip = p->drawn = draw(t, p->stride);
	p->since_ms = t->now_ms;
}

void
sample_take(struct traffic *t, struct hot *h, const struct flow *f)
{
	struct urn *u = t->samples[h->above];
	struct pace *p = &h->keys.pace;
	struct sample s;

	if (u == NULL) {
		p->skip = UINT32_MAX;
		return;
	}
	if (sample_of_flow(&s, f)) {
		if (t->samples_more != NULL)
			t->samples_more(t->samples_ctx, t->odd != NULL ? t->odd : f, &s);
		urn_offer(u, &s, (double)s.packets * p->drawn);
	}
	if (h->above) {
		unsigned wanted = t->samples_each / ABOVE_WINDOWS;

		wanted = wanted > ABOVE_WANTED ? wanted : ABOVE_WANTED;
		adapt(p, t->now_ms, 1000 * wanted / t->samples_each, wanted);
	} else
		adapt(p, t->now_ms, t->samples_calm_ms, CALM_A_SECOND);
	p->skip = p->drawn = draw(t, p->stride);
}

/* The next one comes no later than that; what passed stands for nothing, or for itself. */
static void
come(struct traffic *t, struct hot *h, uint32_t stride, bool stands)
{
	struct pace *p = &h->keys.pace;
	struct fresh *f = &t->fresh[h - t->hots];

	reservoir_passed(&h->keys, f->skip);
	p->stride = stride;
	if (p->skip > 2 * stride) {
		p->drawn = 2 * stride + (stands ? p->drawn - p->skip : 0);
		p->skip = 2 * stride;
	}
	f->skip = reservoir_due(&h->keys);
}

/*
 * After a flood the next one would be due when as much came once more, and stand for the rest of
 * the flood, which it is no part of: what passed is forgotten.
 */
void
sample_ease(struct traffic *t, struct hot *h)
{
	struct pace *p = &h->keys.pace;

	if (t->samples[0] == NULL || p->stride < EASE ||
	    t->now_ms - p->since_ms < EASE * t->samples_calm_ms)
		return;
	come(t, h, p->stride / EASE, false);
	p->since_ms = t->now_ms;
	p->passed = p->n = 0;
}

void
sample_hurry(struct traffic *t, struct hot *h)
{
	sample_share(t, t->samples_above + 1, t->samples_used);
	if (t->samples[0] != NULL)
		come(t, h, 1 + h->keys.pace.stride * CALM_A_SECOND / t->samples_each, true);
}

void
traffic_samples(struct traffic *t, traffic_sample *sink, void *ctx)
{
	double packets;

	for (int above = 0; above < 2 && t->samples[above] != NULL; above++) {
		for (unsigned i = 0; i < urn_n(t->samples[above]); i++) {
			struct sample s =
			    *(const struct sample *)urn_item(t->samples[above], i, &packets);

			sample_stands(&s, packets);
			sink(ctx, &s);
		}
		urn_clear(t->samples[above], t->rng + (unsigned)above);
	}
}
