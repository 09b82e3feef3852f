/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One record: who it is for, when its packets passed, and the one addition that counts it. */
#include <string.h>

#include "traffic/inner.h"

#define BATCH 32
#define DURATION_MAX_MS 3600000	/* no exporter keeps a flow longer */
#define MANY_PACKETS 10		/* so many packets last MANY_MS at least */
#define MANY_MS 1000

/* Once a record: a call would cost as much again. */
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define PLAIN (FLOW_DST | FLOW_PACKETS | FLOW_BYTES)	/* of nearly every record */
#define TIMED (FLOW_START | FLOW_END)

/* When a record's packets passed: [from, to) in ms since the first cell. */
struct span {
	int32_t from, to;
	bool now, fine;		/* now: no stamps, all of it in the current slot */
	float part;		/* of the record: what lies before the window is left out */
};

/*
 * ALGORITHMS 2.1: nobody's stamps may compress traffic into an instant, or put it where no slot is.
 * False: wholly older than the window.
 */
NOINLINE bool
span_odd(struct traffic *t, const struct flow *f, struct span *ret)
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
	if (start < t->earliest_odd)
		t->earliest_odd = start;
	ret->fine = ms <= MANY_MS && start >= fine;
	base = ret->fine ? fine : t->coarse_base * COARSE_MS;
	ret->part = start < base ? (float)(end - base) / (float)ms : 1;
	ret->from = start < base ? 0 : (int32_t)(start - base);
	ret->to = (int32_t)(end - base);
	return true;
}

/*
 * Evenly over [from, to): of a slot that it covers partly, what came before is none of its.  A product of
 * ms and `each` is never less than the whole number that it may stand for.
 */
INLINE void
cells_spread(struct lane *l, const struct span *s, four v)
{
	four *cells = l->cells;
	struct range *r = &l->fine;
	four slots = __builtin_convertvector(((four_i){ s->from, s->to, 0, 0 }), four) *
	    four_all(1.0f / SLOT_MS);
	four_i at = __builtin_convertvector(slots, four_i);
	four into = slots - __builtin_convertvector(at, four);
	four rate = v * four_all((float)SLOT_MS / (float)(s->to - s->from));
	four a = rate * four_all(into[0]), b = rate * four_all(into[1]);
	uint32_t first = (uint32_t)at[0], last = (uint32_t)at[1];
	four *start = cells + first, *end = cells + last;

	start[1] += a;
	start[0] += rate - a;
	end[1] -= b;
	end[0] -= rate - b;
	if (unlikely(first < r->lo))
		r->lo = (uint16_t)first;
	if (unlikely(last > r->hi))
		r->hi = (uint16_t)last;
}

/* In whole cells, so that no record is ever taken for a faster one than it was. */
INLINE void
cells_even(const struct traffic *t, struct lane *l, const struct span *s, four v)
{
	uint32_t first = (uint32_t)s->from / CELL_MS;
	uint32_t last = ((uint32_t)s->to + CELL_MS - 1) / CELL_MS;
	four *cells = lane_coarse(l), rate = v * four_all(t->share[last - first]);

	cells[first] += rate;
	cells[last] -= rate;
	if (unlikely(first < l->coarse.lo))
		l->coarse.lo = (uint16_t)first;
	if (unlikely(last > l->coarse.hi))
		l->coarse.hi = (uint16_t)last;
}

INLINE int
class_of(const struct traffic *t, const struct flow *f)
{
	int c = t->class_of[f->proto];

	if (c == CLASS_TCP && (f->tcp_flags & 0x12) == 0x02)
		c = CLASS_SYN;	/* and not ACK */
	return c;
}

INLINE bool
signs_clear(four_i v)
{
#ifdef __SSE__
	return __builtin_ia32_movmskps((four)v) == 0;
#else
	return (v[0] | v[1] | v[2] | v[3]) >= 0;
#endif
}

/* A record that needs no second look: every amount within 0..limit, by the signs. */
INLINE bool
amounts_small(four v, four limit)
{
	return likely(signs_clear((four_i)(limit - v) | (four_i)v));
}

/* A flow record is one flow; a packet and a sample of one are none. */
INLINE four
flow_of(const struct flow *f)
{
	return (four){ 0, 0, f->protocol < FLOW_SFLOW5, 0 };
}

INLINE four
sampled(four v, const struct flow *f)
{
	float n = (float)f->sampling;

	return v * (four){ n, n, 1, 0 } + (four){ 0, 0, 0, v[PACKETS] };
}

INLINE four
amounts_of(const struct flow *f)
{
	float bytes = (float)(int64_t)f->bytes, packets = (float)(int64_t)f->packets;
	four v = (four){ bytes, packets, 0, 0 } * (four){ 8, 1, 0, 0 };

	if (f->sampling > 1)
		v = sampled(v, f);
	return v + flow_of(f);
}

/*
 * The same of a record that is not large, as nearly all are.
 * Both counts are 64 bits; a set bit in the upper halves makes the difference negative.
 */
INLINE bool
amounts_easy(const struct traffic *t, const struct flow *f, four *ret)
{
	four_i raw;

	memcpy(&raw, &f->bytes, sizeof(raw));
	if (unlikely(!signs_clear((t->plain_raw - raw) | raw)))
		return false;
	raw = __builtin_shufflevector(raw, raw, 0, 2, 2, 2);
	*ret = __builtin_convertvector(raw, four) * (four){ 8, 1, 0, 0 };
	if (f->sampling > 1)
		*ret = sampled(*ret, f);
	*ret += t->one;
	return f->sampling <= 1 || amounts_small(*ret, t->plain);
}

/* False: no packets have such sizes, or no link of ours carries them. */
NOINLINE bool
amounts_fit(const struct traffic *t, const struct flow *f, four v)
{
	const float ms = (float)(int64_t)((uint64_t)f->end_ms - (uint64_t)f->start_ms);

	if (f->packets > PACKETS_MAX || f->bytes > f->packets * PACKET_BYTES_MAX)
		return false;
	if (amounts_small(v, t->most))
		return true;
	return v[PACKETS] <= t->most[PACKETS] && v[BITS] * 1000 <= t->capacity * ms;
}

/* Any record. */
NOINLINE bool
amounts_any(const struct traffic *t, const struct flow *f, four *ret)
{
	*ret = amounts_of(f);
	return amounts_fit(t, f, *ret);
}

INLINE float
score_of(const struct traffic *t, int c, four v)
{
	four w = v * t->weight[c];
	float most = w[0] > w[1] ? w[0] : w[1];

	return most > w[2] ? most : w[2];
}

NOINLINE void
score_next(const struct traffic *t, struct cold *c)
{
	uint32_t age = t->second - c->second;

	c->past = age < 24 ? (c->past + c->score) / (float)(1u << age) : 0;
	c->score = 0;
	c->second = t->second;
}

/* True: it may have reached a limit, and there may be room for it. */
INLINE bool
score_add(struct traffic *t, struct cold *c, float score)
{
	if (unlikely(c->second != t->second))
		score_next(t, c);
	c->score += score;
	if (likely(c->score < 1))
		return false;
	t->totals.no_room += c->score < t->full;
	return c->score >= t->full;
}

/*
 * It may be worth a place of its own.  What its score stands for passed before, and was counted above; it
 * is credited, evenly over the running second, as if all of it had been like this record: nobody remembers more.
 */
NOINLINE void
promote(struct traffic *t, struct cold *c, bool block, const struct flow *f)
{
	struct path p;
	int64_t from = t->slot - t->slot % COARSE_SLOTS;
	float score = c->score, own;
	union amounts a = { 0 };
	int class = class_of(t, f);
	four v;

	space_path(t, f->family, f->dst, &p);
	hot_promote(t, c, &p, block);
	if (c->second != HOT)
		return;
	v = amounts_of(f);
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
NOINLINE void
key_take(struct traffic *t, uint32_t at, const struct flow *f)
{
	struct hot *h = &t->hots[at];
	struct key k = key_of(f, t->now_ms);

	reservoir_take(&h->keys, &h->keys.seen, &k, &t->rng);
	t->fresh[at].skip = h->keys.seen.skip;
	while (h != t->hots) {
		h = &t->hots[hot_up(t, h)];
		if (--h->keys.passed.skip != 0)
			return;
		reservoir_take(&h->keys, &h->keys.passed, &k, &t->rng);
	}
}

static void
lane_count(const struct traffic *t, struct lane *l, const struct span *s, four v)
{
	if (s->now)
		l->now += v;
	else if (s->fine)
		cells_spread(l, s, v);
	else
		cells_even(t, l, s, v);
}

/* When no lanes are left, this place and those above it count it one by one. */
NOINLINE void
count_at(struct traffic *t, uint32_t at, int c, const struct span *s, four v)
{
	struct lane *l = fresh_take(t, at, c);

	if (l != NULL) {
		lane_count(t, l, s, v);
		return;
	}
	lane_count(t, t->scratch.lane[c], s, v);
	fresh_pass(t, &t->scratch, at, true);
	fresh_clear(t, &t->scratch, true);
}

/* Brings the host and the block around it nearer to a place of their own. */
NOINLINE void
score_both(struct traffic *t, const struct flow *f, struct cold *b, struct cold *h, float score)
{
	if (b != NULL && b->second != HOT && score_add(t, b, score))
		promote(t, b, true, f);
	if (h != NULL && h->second != HOT && score_add(t, h, score))
		promote(t, h, false, f);
}

/* Into the sums of the running second. */
static void
sum_up(struct traffic *t)
{
	four v = t->arrived + t->unscored;

	t->sum[0] += (double)v[BITS];
	t->sum[1] += (double)v[PACKETS];
	t->arrived = -t->unscored;
}

/*
 * One record answers for all that came since the last one that did: whose it is, is as likely as what he
 * sends is large, so that everybody's score grows as it should.  The steps are random: nobody slips between.
 */
NOINLINE void
score_due(struct traffic *t, const struct flow *f, int c, struct cold *b, struct cold *h)
{
	float score = score_of(t, c, t->unscored);

	t->arrived += t->unscored;
	t->unscored = four_all(0);
	t->rng = t->rng * 6364136223846793005ULL + 1442695040888963407ULL;
	t->score_at = four_all((float)(uint32_t)(t->rng >> 40) * (2 * SCORE_STEP / (1 << 24))) /
	    t->weight_most;
	score_both(t, f, b, h, score);
}

/* The slow way in: short flows, odd stamps, a place without a lane. */
NOINLINE bool
count_span(struct traffic *t, const struct flow *f, uint32_t at, int c, four v)
{
	struct span s = { .part = 1 };

	if ((f->has & TIMED) == 0)
		s.now = true;
	else if (!span_odd(t, f, &s))
		return false;
	v *= four_all(s.part);
	count_at(t, at, c, &s, v);
	return true;
}

/* Is it a flow of more than MANY_MS within the window?  Nearly all that are not short are. */
INLINE bool
span_easy(struct traffic *t, const struct flow *f, struct span *ret)
{
	uint64_t to = (uint64_t)f->end_ms - t->coarse_ms;
	uint64_t ms = (uint64_t)f->end_ms - (uint64_t)f->start_ms;
	uint64_t from = to - ms;

	ret->from = (int32_t)from;
	ret->to = (int32_t)to;
	if (unlikely(to > t->last_ms) || unlikely(ms > to) || ms <= MANY_MS)
		return false;	/* too short, or it began before the window */
	if (unlikely(from < t->earliest))
		t->earliest = from;
	return true;
}

/* Found only when it matters.  `block`: the number of an IPv4 block; 0: IPv6. */
INLINE struct cold *
host_of(struct traffic *t, const struct flow *f, size_t block)
{
	return block != 0 ? &t->space.hosts4[block << 8 | f->dst[3]] : space_host6(t, f->dst);
}

/* Complete, and its place is the host, the /24 or /64, or whatever counts for that. */
INLINE void
count(struct traffic *t, const struct flow *f, struct cold *b, size_t block, bool timed)
{
	int c = class_of(t, f);
	struct span s;
	struct lane *l;
	uint32_t at;
	four v;

	if (unlikely(!amounts_easy(t, f, &v)) && !amounts_any(t, f, &v)) {
		t->totals.impossible++;
		return;
	}
	t->unscored += v;
	if (unlikely(!signs_clear((four_i)(t->score_at - t->unscored))))
		score_due(t, f, c, b, host_of(t, f, block));
	at = b->at;
	if (unlikely(b->hosts != 0)) {
		const struct cold *h = host_of(t, f, block);

		if (h != NULL && h->second == HOT)
			at = h->at;
	}
	l = t->fresh[at].lane[c];
	if (timed && likely(l != NULL) && likely(span_easy(t, f, &s)))
		cells_even(t, l, &s, v);
	else if (!timed && likely(l != NULL))
		l->now += v;
	else if (!count_span(t, f, at, c, v))
		return;
	t->totals.flows++;
	if (unlikely(--t->fresh[at].skip == 0))
		key_take(t, at, f);
}

/* Every other record, made complete before. */
static void
count_path(struct traffic *t, const struct flow *f, const struct path *p)
{
	bool frag = (f->has & FLOW_FRAGMENT) != 0;
	four v = amounts_of(f);
	int c = class_of(t, f);
	float score = score_of(t, c, v), as_frag = score_of(t, CLASS_FRAG, v);
	uint32_t at;

	if (!amounts_fit(t, f, v)) {
		t->totals.impossible++;
		return;
	}
	score_both(t, f, p->block, p->host, frag && as_frag > score ? as_frag : score);
	at = p->block != NULL && p->own == p->own->around ? p->block->at : p->own->at;
	if (p->host != NULL && p->host->second == HOT)
		at = p->host->at;
	if (!count_span(t, f, at, c, v))
		return;
	t->totals.flows++;
	t->sum[0] += (double)v[BITS];
	t->sum[1] += (double)v[PACKETS];
	if (frag)
		count_span(t, f, at, CLASS_FRAG, v);
	if (--t->fresh[at].skip == 0)
		key_take(t, at, f);
}

/* Not to us.  What leaves our prefixes, or stays between them, counts for nobody. */
static void
count_elsewhere(struct traffic *t, const struct flow *f, int which)
{
	four v = amounts_of(f);

	if (!amounts_fit(t, f, v))
		t->totals.impossible++;
	else
		t->sum[which] += (double)v[BITS];
}

/*
 * By the addresses, what is to us came in, even when it says that it is from us: sources can be forged,
 * and nobody may hide an attack by calling it internal.
 */
static void
count_found(struct traffic *t, const struct flow *f)
{
	struct path p;

	space_path(t, f->family, f->dst, &p);
	if (p.own != NULL)
		count_path(t, f, &p);
	else if (f->way == FLOW_WAY_UNKNOWN && (f->has & FLOW_SRC) != 0 &&
		 space_ours(t, f->family, f->src))
		count_elsewhere(t, f, 2);
	else
		t->totals.foreign++;
}

NOINLINE void
count_odd(struct traffic *t, const struct flow *odd)
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
		count_found(t, &f);
	}
}

/* Nothing is odd about it; false when something is. */
INLINE bool
count4(struct traffic *t, const struct flow *f, unsigned has)
{
	int32_t number = space_block4(&t->space, addr4(f->dst));
	struct cold *b = &t->space.blocks4[number];

	if (unlikely(number <= 0))
		return false;
	if (has == (PLAIN | TIMED))
		count(t, f, b, (size_t)number, true);
	else if (has == PLAIN)
		count(t, f, b, (size_t)number, false);
	else
		return false;
	return true;
}

INLINE bool
count6(struct traffic *t, const struct flow *f, unsigned has)
{
	struct cold *b;

	if (has != (PLAIN | TIMED) && has != PLAIN)
		return false;
	b = space_block6(t, f->dst);
	if (unlikely(b == NULL))
		return false;
	if (has == (PLAIN | TIMED))
		count(t, f, b, 0, true);
	else
		count(t, f, b, 0, false);
	return true;
}

/* Memory is fetched while others are counted. */
static void
fetch(const struct space *x, const struct flow *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (f[i].family == 4)
			__builtin_prefetch(&x->hosts4[(int64_t)space_block4(x, addr4(f[i].dst)) * 256 +
			    f[i].dst[3]]);
		else if (f[i].family == 6)
			space_fetch6(x, f[i].dst);
}

static void
count_batch(struct traffic *t, const struct flow *f, unsigned n)
{
	const struct flow *end = f + n;

	if (t->space.large)
		fetch(&t->space, f, n);
	for (; f < end; f++) {
		unsigned has = f->has & (PLAIN | TIMED | FLOW_EVENT | FLOW_FRAGMENT);

		if (likely(f->way <= FLOW_INBOUND)) {
			if (likely(f->family == 4)) {
				if (likely(count4(t, f, has)))
					continue;
			} else if (f->family == 6 && count6(t, f, has)) {
				continue;
			}
		}
		count_odd(t, f);
	}
}

static int64_t
earliest_of(const struct traffic *t)
{
	int64_t ms = t->earliest_odd;

	if (t->earliest != UINT64_MAX && (int64_t)(t->coarse_ms + t->earliest) < ms)
		ms = (int64_t)(t->coarse_ms + t->earliest);
	return ms != INT64_MAX ? ms : 0;
}

int64_t
traffic_add(struct traffic *t, const struct flow *f, unsigned n, wall_t now)
{
	time_set(t, now.ms);
	if (n > 0)
		t->one = flow_of(f);
	t->earliest = UINT64_MAX;
	t->earliest_odd = INT64_MAX;
	t->coarse_ms = (uint64_t)(t->coarse_base * COARSE_MS);
	t->last_ms = (uint64_t)(t->now_ms + FUTURE_MS) - t->coarse_ms;
	for (unsigned i = 0; i < n; i += BATCH)
		count_batch(t, f + i, n - i < BATCH ? n - i : BATCH);
	sum_up(t);
	return earliest_of(t);
}
