/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One record: who it is for, when its packets passed, and the one addition that counts it. */
#include <string.h>

#include "traffic/inner.h"

#define BATCH 32
#define PACKETS_MAX 1000000000000ULL	/* of one record: more is a lie */
#define PACKET_BYTES_MAX 65575		/* IPv6 header and the longest payload without the jumbo option */
#define DURATION_MAX_MS 3600000	/* no exporter keeps a flow longer */
#define MANY_PACKETS 10		/* so many packets last MANY_MS at least */
#define MANY_MS 1000

/* Once a record: a call would cost as much again. */
#define INLINE static inline __attribute__((always_inline))
#define likely(x) __builtin_expect(!!(x), 1)

#define PLAIN (FLOW_DST | FLOW_PACKETS | FLOW_BYTES)	/* of nearly every record */
#define TIMED (FLOW_START | FLOW_END)

/* When a record's packets passed: [from, to) in ms since the first cell. */
struct span {
	uint32_t from, to;
	bool fine;
	float part;		/* of the record: what lies before the window is left out */
};

/*
 * ALGORITHMS 2.1: nobody's stamps may compress traffic into an instant, or put it where no slot is.
 * False: wholly older than the window.
 */
static __attribute__((noinline)) bool
span_short(struct traffic *t, const struct flow *f, struct span *ret)
{
	int64_t end = f->end_ms, start = f->start_ms, fine = t->fine_base * SLOT_MS, ms, base;

	if (start < end - DURATION_MAX_MS)
		start = end - DURATION_MAX_MS;
	ms = end > start ? end - start : 0;
	if (f->packets >= MANY_PACKETS && ms < MANY_MS)
		ms = MANY_MS;
	if (end > t->now_ms + FUTURE_MS) {
		t->totals.from_future++;
		end = t->now_ms;
	}
	if (end <= t->slot_ms - t->window_ms) {
		t->totals.too_old++;
		return false;
	}
	ms += ms == 0;
	end += end == start;
	start = end - ms;
	ret->fine = ms <= MANY_MS && start >= fine;
	base = ret->fine ? fine : t->coarse_base * COARSE_MS;
	ret->part = start < base ? (float)(end - base) / (float)ms : 1;
	ret->from = (uint32_t)(start < base ? 0 : start - base);
	ret->to = (uint32_t)(end - base);
	return true;
}

/* Evenly over [from, to): of a slot that it covers partly, what came before is none of its. */
INLINE void
cells_spread(four *cells, struct range *r, uint32_t step, const struct span *s, four v)
{
	const float each = 1 / (float)step;
	uint32_t first = s->from / step, last = s->to / step;
	four rate = v * four_all((float)(int32_t)step / (float)(int32_t)(s->to - s->from));
	four a = rate * four_all((float)(int32_t)(s->from - first * step) * each);
	four b = rate * four_all((float)(int32_t)(s->to - last * step) * each);

	cells[first] += rate - a;
	cells[first + 1] += a;
	cells[last] -= rate - b;
	cells[last + 1] -= b;
	if (first < r->lo)
		r->lo = (uint16_t)first;
	if (last > r->hi)
		r->hi = (uint16_t)last;
}

INLINE int
class_of(const struct traffic *t, const struct flow *f)
{
	int c = t->class_of[f->proto];

	return c + (c == CLASS_TCP && (f->tcp_flags & 0x12) == 0x02);	/* CLASS_SYN: and not ACK */
}

/* False: no packets have such sizes. */
INLINE bool
amounts_of(const struct traffic *t, const struct flow *f, four *ret)
{
	static const float flows[] = { [FLOW_NETFLOW5] = 1, [FLOW_NETFLOW9] = 1, [FLOW_IPFIX] = 1,
		[FLOW_SFLOW5] = 0, [FLOW_PACKET] = 0 };
	float bits = (float)(int64_t)f->bytes * 8, packets = (float)(int64_t)f->packets, samples = 0;

	if (f->packets > PACKETS_MAX || f->bytes > f->packets * PACKET_BYTES_MAX)
		return false;
	if (f->sampling > 1) {
		samples = packets;
		bits *= (float)f->sampling;
		packets *= (float)f->sampling;
	}
	*ret = (four){ bits, packets, flows[f->protocol], samples };
	return likely(bits <= t->second_most) ||
	       bits * 1000 <= t->capacity * (float)(f->end_ms - f->start_ms);
}

INLINE float
score_of(const struct traffic *t, int c, four v)
{
	four w = v * t->weight[c];
	float most = w[0] > w[1] ? w[0] : w[1];

	return most > w[2] ? most : w[2];
}

/* True: it may have reached a limit. */
INLINE bool
score_add(const struct traffic *t, struct cold *c, float score)
{
	if (c->second != t->second) {
		uint32_t age = t->second - c->second;

		c->past = age < 24 ? (c->past + c->score) / (float)(1u << age) : 0;
		c->score = 0;
		c->second = t->second;
	}
	c->score += score;
	return c->score >= 1;
}

/*
 * It may be worth a place of its own.  What its score stands for passed before, and was counted above; it
 * is credited, evenly over the running second, as if all of it had been like this record: nobody remembers more.
 */
static __attribute__((noinline)) void
promote(struct traffic *t, struct cold *c, const struct path *p, bool block, const struct flow *f)
{
	int64_t from = t->slot - t->slot % COARSE_SLOTS;
	float score = c->score, own;
	union amounts a = { 0 };
	int class = class_of(t, f);
	four v;

	hot_promote(t, c, p, block);
	if (c->second != HOT || !amounts_of(t, f, &v))
		return;
	own = score_of(t, class, v);
	if (own <= 0 || score <= own)
		return;
	v *= four_all((score - own) / own);
	t->hots[c->at].recent[0] += v[BITS];
	t->hots[c->at].recent[1] += v[PACKETS];
	amounts_of_class(&a, class, v / four_all((float)(t->slot - from + 1)));
	for (int64_t slot = from; slot <= t->slot; slot++)
		hot_keep_fine(t, &t->hots[c->at], slot, &a);
}

/* The reservoir of the place takes this one; what it takes is offered to those above. */
static __attribute__((noinline)) void
key_take(struct traffic *t, struct fresh *to, const struct flow *f)
{
	struct hot *h = &t->hots[to->at];
	struct key k = key_of(f, t->now_ms);

	reservoir_take(&h->keys, &h->keys.seen, &k, &t->rng);
	to->skip = h->keys.seen.skip;
	while (h != t->hots) {
		h = &t->hots[hot_up(t, h)];
		if (--h->keys.passed.skip != 0)
			return;
		reservoir_take(&h->keys, &h->keys.passed, &k, &t->rng);
	}
}

/* Into what is fresh of a place. */
INLINE void
count_in(struct traffic *t, struct fresh *to, const struct flow *f, int c, const struct span *s, four v)
{
	struct lane *l = fresh_lane(t, to, c);

	if (s == NULL)
		l->now += v;
	else if (s->fine)
		cells_spread(l->cells, &l->fine, SLOT_MS, s, v);
	else
		cells_spread(lane_coarse(l), &l->coarse, COARSE_MS, s, v);
	if (c != CLASS_FRAG && --to->skip == 0)
		key_take(t, to, f);
}

/*
 * A place that has no cells yet: when there are none left, this one and those above count it one
 * by one.
 */
static __attribute__((noinline)) void
count_at(struct traffic *t, uint32_t at, const struct flow *f, int c, const struct span *s, four v)
{
	struct fresh *to = t->fresh_of[at];

	if (to == NULL)
		to = fresh_take(t, at);
	if (to == NULL) {
		t->scratch->skip = 2;
		t->scratch->at = at;
		count_in(t, t->scratch, f, c, s, v);
		fresh_pass(t, t->scratch, at, true);
		fresh_clear(t, t->scratch, true);
		return;
	}
	count_in(t, to, f, c, s, v);
}

/* A record like nearly all: IPv4, and its /24 is a level of its own, or an own prefix itself. */
INLINE void
count4(struct traffic *t, const struct flow *f, int32_t block, bool timed)
{
	struct cold *b = &t->space.blocks4[block];
	struct cold *h = &t->space.hosts4[(size_t)block << 8 | f->dst[3]];
	struct span s;
	struct fresh *to;
	uint32_t at;
	int c;
	four v;

	if (!amounts_of(t, f, &v)) {
		t->totals.impossible++;
		return;
	}
	if (timed) {
		uint64_t base = (uint64_t)t->coarse_base * COARSE_MS;
		uint64_t from = (uint64_t)f->start_ms - base, to_ms = (uint64_t)f->end_ms - base;

		s = (struct span){ .from = (uint32_t)from, .to = (uint32_t)to_ms, .part = 1 };
		if (from + MANY_MS >= to_ms || from > to_ms || to_ms > t->last_ms) {
			if (!span_short(t, f, &s))
				return;
			v *= four_all(s.part);
		}
	}
	c = class_of(t, f);
	if (b->second != HOT || h->second != HOT) {
		float score = score_of(t, c, v);
		struct path p;

		if (b->second != HOT && score_add(t, b, score)) {
			space_path4(t, f->dst, block, &p);
			promote(t, b, &p, true, f);
		}
		if (h->second != HOT && score_add(t, h, score)) {
			space_path4(t, f->dst, block, &p);
			promote(t, h, &p, false, f);
		}
	}
	at = h->second == HOT ? h->at : b->at;
	t->totals.flows++;
	t->arrived += v;
	to = t->fresh_of[at];
	if (likely(to != NULL))
		count_in(t, to, f, c, timed ? &s : NULL, v);
	else
		count_at(t, at, f, c, timed ? &s : NULL, v);
}

/* Every other record, made complete before. */
static void
count_path(struct traffic *t, const struct flow *f, const struct path *p)
{
	bool timed = (f->has & TIMED) != 0, frag = (f->has & FLOW_FRAGMENT) != 0;
	struct span s = { .part = 1 };
	int c = class_of(t, f);
	float score;
	uint32_t at;
	four v;

	if (!amounts_of(t, f, &v)) {
		t->totals.impossible++;
		return;
	}
	if (timed && !span_short(t, f, &s))
		return;
	v *= four_all(s.part);
	score = score_of(t, c, v);
	if (frag)
		score = score > score_of(t, CLASS_FRAG, v) ? score : score_of(t, CLASS_FRAG, v);
	if (p->block != NULL && p->block->second != HOT && score_add(t, p->block, score))
		promote(t, p->block, p, true, f);
	if (p->host != NULL && p->host->second != HOT && score_add(t, p->host, score))
		promote(t, p->host, p, false, f);
	at = p->block != NULL && p->own == p->own->around ? p->block->at : p->own->at;
	if (p->host != NULL && p->host->second == HOT)
		at = p->host->at;
	t->totals.flows++;
	t->arrived += v;
	count_at(t, at, f, c, timed ? &s : NULL, v);
	if (frag)
		count_at(t, at, f, CLASS_FRAG, timed ? &s : NULL, v);
}

/* Not to us.  What leaves our prefixes, or stays between them, counts for nobody. */
static void
count_elsewhere(struct traffic *t, const struct flow *f, int which)
{
	four v;

	if (!amounts_of(t, f, &v))
		t->totals.impossible++;
	else
		t->sum[which] += (double)v[BITS];
}

/*
 * By the addresses, what is to us came in, even when it says that it is from us: sources can be forged,
 * and nobody may hide an attack by calling it internal.
 */
static void
count_found(struct traffic *t, const struct flow *f, uint64_t h64)
{
	struct path p = { .own = NULL };

	if (f->family == 4)
		space_path4(t, f->dst, space_block4(&t->space, addr4(f->dst)), &p);
	else if (f->family == 6)
		space_path6(t, f->dst, h64, &p);
	if (p.own != NULL)
		count_path(t, f, &p);
	else if (f->way == FLOW_WAY_UNKNOWN && (f->has & FLOW_SRC) != 0 &&
		 space_ours(t, f->family, f->src))
		count_elsewhere(t, f, 2);
	else
		t->totals.foreign++;
}

static __attribute__((noinline)) void
count_odd(struct traffic *t, const struct flow *odd, uint64_t h64)
{
	struct flow f = *odd;

	if ((f.has & (FLOW_DST | FLOW_EVENT)) != FLOW_DST) {
		t->totals.foreign++;
		return;
	}
	if ((f.has & FLOW_PACKETS) == 0)
		f.packets = 1;
	if ((f.has & FLOW_BYTES) == 0)
		f.bytes = 0;
	if ((f.has & FLOW_END) == 0)
		f.end_ms = f.start_ms;
	if ((f.has & FLOW_START) == 0)
		f.start_ms = f.end_ms;
	if ((f.has & TIMED) == 0)
		f.start_ms = f.end_ms = 0;
	switch (f.way) {
	case FLOW_REPEATED:
		t->totals.repeated++;
		return;
	case FLOW_OUTBOUND:
		count_elsewhere(t, &f, 2);
		return;
	case FLOW_INTERNAL:
		count_elsewhere(t, &f, 3);
		return;
	default:
		count_found(t, &f, h64);
	}
}

/* Where a record is going to be counted: known early, so that memory can be fetched meanwhile. */
struct found {
	int32_t block;		/* IPv4: > 0 when there is nothing odd about it */
	uint64_t h64;		/* IPv6 */
};

INLINE void
find(const struct traffic *t, const struct flow *f, struct found *ret)
{
	ret->block = 0;
	if (f->family == 4) {
		ret->block = space_block4(&t->space, addr4(f->dst));
		__builtin_prefetch(&t->space.hosts4[(int64_t)ret->block * 256 + f->dst[3]]);
	} else if (f->family == 6) {
		ret->h64 = space_hash6(&t->space, f->dst);
	}
}

static void
count_batch(struct traffic *t, const struct flow *f, unsigned n)
{
	struct found at[BATCH];

	for (unsigned i = 0; i < n; i++)
		find(t, &f[i], &at[i]);
	for (unsigned i = 0; i < n; i++, f++) {
		unsigned has = f->has & (PLAIN | TIMED | FLOW_EVENT | FLOW_FRAGMENT);

		if (at[i].block > 0 && f->way <= FLOW_INBOUND && has == (PLAIN | TIMED))
			count4(t, f, at[i].block, true);
		else if (at[i].block > 0 && f->way <= FLOW_INBOUND && has == PLAIN)
			count4(t, f, at[i].block, false);
		else
			count_odd(t, f, at[i].h64);
	}
}

void
traffic_add(struct traffic *t, const struct flow *f, unsigned n, wall_t now)
{
	time_set(t, now.ms);
	t->last_ms = (uint64_t)(t->now_ms + FUTURE_MS - t->coarse_base * COARSE_MS);
	for (unsigned i = 0; i < n; i += BATCH)
		count_batch(t, f + i, n - i < BATCH ? n - i : BATCH);
	t->sum[0] += (double)t->arrived[BITS];
	t->sum[1] += (double)t->arrived[PACKETS];
	t->arrived = four_all(0);
}
