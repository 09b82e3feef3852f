/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/ceiling.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "model/carried.h"

#define SECONDS (CEILING_BACK_S + CEILING_SUSPECT_MS / 1000 + 4)
#define HEADER_BYTES 20		/* of the shortest packet */
#define COUNT_BITS 44		/* larger counts are looked at one by one: sums of these fit */
#define PACKET_BITS 12000	/* of the longest usual packet */

struct ceiling_suspect {
	struct ceiling_of *of;		/* borrowed; NULL: free */
	int64_t first_s;		/* the second of bin[0] */
	int64_t until_ms;
	double sampling;		/* the highest seen */
	double bin[SECONDS];		/* bits */
	double step[SECONDS + 1];	/* bits a second more from here on */
};

int
ceiling_init(struct ceiling *c, double capacity_bps, const struct prefix *prefixes, unsigned n)
{
	*c = (struct ceiling){ .bps = capacity_bps, .prefixes_n = n };
	if (capacity_bps <= 0)
		return 0;
	c->prefixes = calloc(n > 0 ? n : 1, sizeof(*prefixes));
	c->suspects = calloc(CEILING_SUSPECTS, sizeof(*c->suspects));
	if (c->prefixes == NULL || c->suspects == NULL) {
		ceiling_fini(c);
		return -ENOMEM;
	}
	if (n > 0)
		memcpy(c->prefixes, prefixes, n * sizeof(*prefixes));
	return 0;
}

void
ceiling_fini(struct ceiling *c)
{
	free(c->prefixes);
	free(c->suspects);
	*c = (struct ceiling){ 0 };
}

void
ceiling_forget(struct ceiling *c, struct ceiling_of *of)
{
	if (of->suspect != 0)
		c->suspects[of->suspect - 1].of = NULL;
	*of = (struct ceiling_of){ 0 };
}

/* A record may tell packets and no bytes; each has a header at least. */
static double
bits_of(const struct flow *f)
{
	double least = (double)f->packets * HEADER_BYTES, bytes = (double)f->bytes;

	return (bytes > least ? bytes : least) * 8 * (f->sampling > 1 ? f->sampling : 1);
}

/* In whatever direction: no less than what came in. */
double
ceiling_most(const uint64_t sum[2], const uint64_t any[2], uint32_t sampling)
{
	if ((any[0] | any[1]) >> COUNT_BITS != 0)
		return -1;
	return ((double)(int64_t)sum[0] + (double)(int64_t)sum[1] * HEADER_BYTES) * 8 *
	    (sampling | 1);
}

/*
 * Where nothing says which way, every record might be coming in; an egress one was counted before.
 */
static bool
may_be_inbound(const struct flow *f)
{
	if (f->way == FLOW_WAY_UNKNOWN)
		return (f->has & FLOW_EVENT) == 0 && f->direction == 0;
	return f->way == FLOW_INBOUND;
}

static bool
is_ours(const struct ceiling *c, const struct flow *f)
{
	struct prefix dst;

	if ((f->has & FLOW_DST) == 0 || f->family == 0)
		return false;
	dst = prefix_of(f->family, f->dst, f->family == 4 ? 32 : 128);
	for (unsigned i = 0; i < c->prefixes_n; i++)
		if (prefix_covers(&c->prefixes[i], &dst))
			return true;
	return false;
}

/* Bits of one record into the seconds it lasted. */
static void
spread(struct ceiling_suspect *s, const struct flow *f, int64_t now_ms)
{
	bool timed = (f->has & (FLOW_START | FLOW_END)) == (FLOW_START | FLOW_END);
	int64_t start = timed ? f->start_ms : now_ms, end = timed ? f->end_ms : now_ms;
	int64_t from, to;
	double per_ms, bits = bits_of(f);

	if (start < s->first_s * 1000 || end >= (s->first_s + SECONDS) * 1000 || end < start)
		return;		/* too old, from the future, or nonsense: it is refused elsewhere */
	if (f->sampling > s->sampling)
		s->sampling = f->sampling;
	from = start / 1000 - s->first_s;
	to = end / 1000 - s->first_s;
	if (from == to) {
		s->bin[from] += bits;
		return;
	}
	per_ms = bits / (double)(end - start);
	s->bin[from] += per_ms * (double)(1000 - start % 1000);
	s->bin[to] += per_ms * (double)(end % 1000);
	s->step[from + 1] += per_ms * 1000;
	s->step[to] -= per_ms * 1000;
}

static bool
overflows(const struct ceiling *c, const struct ceiling_suspect *s)
{
	double most = c->bps * CARRIED_SHARE, level = 0, over = 0;

	if (s->sampling > 1)
		most += CEILING_DOUBT * sqrt(most * PACKET_BITS * s->sampling);
	for (unsigned i = 0; i < SECONDS; i++) {
		level += s->step[i];
		if (carried_too_much(&over, s->bin[i] + level - most, c->bps))
			return true;
	}
	return false;
}

/* Times are those of events, so somebody may set the clock back. */
static bool
is_suspected(const struct ceiling_suspect *s, int64_t now_ms)
{
	return s->until_ms > now_ms && s->until_ms - now_ms <= CEILING_SUSPECT_MS;
}

/* NULL: too many are suspected already. */
static struct ceiling_suspect *
suspect(struct ceiling *c, struct ceiling_of *of, int64_t now_ms)
{
	unsigned i = 0;

	while (i < CEILING_SUSPECTS && c->suspects[i].of != NULL &&
	    is_suspected(&c->suspects[i], now_ms))
		i++;
	if (i == CEILING_SUSPECTS)
		return NULL;
	if (c->suspects[i].of != NULL)
		c->suspects[i].of->suspect = 0;
	memset(&c->suspects[i], 0, sizeof(c->suspects[i]));
	c->suspects[i].of = of;
	c->suspects[i].first_s = now_ms / 1000 - CEILING_BACK_S;
	c->suspects[i].until_ms = now_ms + CEILING_SUSPECT_MS;
	of->suspect = i + 1;
	return &c->suspects[i];
}

static struct ceiling_suspect *
suspect_of(struct ceiling *c, struct ceiling_of *of, int64_t now_ms)
{
	struct ceiling_suspect *s = of->suspect != 0 ? &c->suspects[of->suspect - 1] : NULL;

	if (s != NULL && !is_suspected(s, now_ms)) {
		s->of = NULL;
		of->suspect = 0;
		s = NULL;
	}
	if (s == NULL && of->bits > c->bps * CARRIED_SHARE)
		s = suspect(c, of, now_ms);
	return s;
}

/*
 * Of a quiet second's records only the most they can be is known: whoever may be past half of the
 * ceiling is counted exactly from there on.
 */
static double
arrived(const struct ceiling *c, const struct ceiling_of *of, const struct ceiling_batch *b)
{
	double bits = 0;

	if (b->most >= 0 && of->bits + b->most < c->bps / 2)
		return b->most;
	for (unsigned i = 0; i < b->n; i++)
		bits += may_be_inbound(&b->f[i]) ? bits_of(&b->f[i]) : 0;
	return bits;
}

bool
ceiling_exceeded(struct ceiling *c, struct ceiling_of *of, const struct ceiling_batch *b,
    int64_t now_ms)
{
	struct ceiling_suspect *s;

	if (c->bps <= 0)
		return false;
	if (of->second != now_ms / 1000) {
		of->second = now_ms / 1000;
		of->bits = 0;
	}
	of->bits += arrived(c, of, b);
	s = suspect_of(c, of, now_ms);
	if (s == NULL)
		return false;
	for (unsigned i = 0; i < b->n; i++)
		if (may_be_inbound(&b->f[i]) && is_ours(c, &b->f[i]))
			spread(s, &b->f[i], now_ms);
	return overflows(c, s);
}
