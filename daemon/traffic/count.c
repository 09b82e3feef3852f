/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One record: who it is for, when its packets passed, and the one addition that counts it. */
#include "traffic/record.h"

#define BATCH 32
#define CELL_RECIPROCAL 0x10624dd3	/* 2^37 / CELL_MS, rounded up: exact for 32 bits */
#define CELL_SHIFT 37
#define LONG_CELLS (MANY_MS / CELL_MS + 2)	/* who touches so many lasted longer than that */

/* The word of a flow that begins with `has`, as far as it tells how to count it. */
#define HEAD_HAS (PLAIN | TIMED | FLOW_EVENT | FLOW_FRAGMENT)
#define HEAD(has, family) ((uint64_t)(has) | (uint64_t)(family) << 8 * FAMILY_AT)
#define FAMILY_AT (offsetof(struct flow, family) - offsetof(struct flow, has))

/* The word that begins with `sampling`: it is unknown or 1, and the way unknown or inbound. */
#define TAIL_ODD ((~(uint64_t)1 & (uint64_t)UINT32_MAX) | (uint64_t)(UINT8_MAX & ~1) << 32)

/* What is known of a record while it is compiled. */
/* it says when; it may be sampled; the processor has it */
enum how { TIMES = 1, RATES = 2, AVX = 4 };

_Static_assert(offsetof(struct flow, way) == offsetof(struct flow, sampling) + 4, "one word");
_Static_assert(FLOW_INBOUND == 1, "one bit");
_Static_assert(CELL_MS == 500, "CELL_RECIPROCAL");
_Static_assert(offsetof(struct flow, has) % 8 == 0 && FAMILY_AT < 8, "one word");
_Static_assert(offsetof(struct flow, packets) == offsetof(struct flow, bytes) + 8 &&
	offsetof(struct flow, end_ms) == offsetof(struct flow, start_ms) + 8,
    "one vector each");

INLINE bool
signs_clear(four_i v, enum how how)
{
#ifdef __x86_64__
	bool clear;

	if ((how & AVX) != 0) {
		__asm__("vtestps %1, %1" : "=@ccz"(clear) : "x"(v));
		return clear;
	}
#endif
	(void)how;
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
	return likely(signs_clear((four_i)(limit - v) | (four_i)v, 0));
}

/* Both counts, or both times, as they stand there: little-endian, each in two lanes. */
INLINE four_i
pair_of(const void *p)
{
	four_i v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* No sign is set when both are within 0 and the limits, whose upper halves are 0. */
INLINE four_i
within(four_i pair, four_i limits)
{
	return (four_i)((four_u)limits - (four_u)pair) | pair;
}

/* amounts_of() of counts that are within t->plain_raw. */
INLINE four
amounts_easy(const struct traffic *t, const struct flow *f, four_i counts, bool any_rate)
{
	four v = __builtin_convertvector(counts, four) * (four){ 8, 0, 1, 0 };

	if (any_rate && f->sampling > 1)
		v = sampled(v, f);
	return v + t->one;
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

/* The reservoir of the place takes this one; what it takes is offered to those above. */
static void
key_pass(struct traffic *t, struct hot *h, const struct flow *f)
{
	struct key k = key_of(f, t->now_ms);

	reservoir_take(&h->keys, &h->keys.seen, &k, &t->rng);
	while (h != t->hots) {
		h = &t->hots[hot_up(t, h)];
		if (--h->keys.passed.skip != 0)
			return;
		reservoir_take(&h->keys, &h->keys.passed, &k, &t->rng);
	}
}

/* It is this one's turn, as a key or as a sample or both. */
NOINLINE void
key_take(struct traffic *t, uint32_t at, const struct flow *f)
{
	struct hot *h = &t->hots[at];

	reservoir_passed(&h->keys, 0);
	if (h->keys.pace.skip == 0)
		sample_take(t, h, f);
	if (h->keys.seen.skip == 0)
		key_pass(t, h, f);
	t->fresh[at].skip = reservoir_due(&h->keys);
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

/* Found only when it matters.  `block`: the offset of an IPv4 block; 0: IPv6. */
INLINE struct cold *
host_of(struct traffic *t, const struct flow *f, size_t block)
{
	return block != 0 ? &t->space.hosts4[block / sizeof(struct cold) << 8 | f->dst[3]]
			  : space_host6(t, f->dst);
}

/* What a loop over records keeps in registers of what is in struct traffic otherwise. */
struct run {
	four unscored, score_at;
};

/* One record more that nobody answered for: is it this one's turn? */
INLINE void
score_owe(struct traffic *t, struct run *r, const struct flow *f, struct cold *b, size_t block,
    four v, enum how how)
{
	r->unscored += v;
	if (likely(signs_clear((four_i)(r->score_at - r->unscored), how)))
		return;
	t->unscored = r->unscored;
	score_due(t, f, class_of(t, f), b, host_of(t, f, block));
	*r = (struct run){ t->unscored, t->score_at };
}

/* Where it counts: at its block, or at a host of it that has a place. */
INLINE struct fresh *
place_of(struct traffic *t, const struct flow *f, const struct cold *b, size_t block)
{
	bool maybe =
	    block != 0 ? (b->hosts & host4_bit(f->dst[3])) != 0 : space_may_be_placed6(b, f->dst);

	if (unlikely(maybe)) {
		const struct cold *h = block != 0 ? host_of(t, f, block) : space_known6(t, f->dst);

		if (h != NULL && h->second == HOT)
			b = h;
	}
	return &t->fresh[b->at];
}

/* Records until the reservoir of this place takes one. */
INLINE void
key_due(struct traffic *t, struct fresh *p, const struct flow *f)
{
	if (unlikely(--p->skip == 0))
		key_take(t, (uint32_t)(p - t->fresh), f);
}

/* Like count(), for a record whose amounts or times are not that plain. */
NOINLINE void
count_careful(struct traffic *t, const struct flow *f, struct cold *b, size_t block)
{
	struct run r = { t->unscored, t->score_at };
	unsigned c = class_of(t, f);
	struct fresh *p;
	four v;

	if (!amounts_any(t, f, &v)) {
		t->totals.impossible++;
		return;
	}
	score_owe(t, &r, f, b, block, v, 0);
	t->unscored = r.unscored;
	p = place_of(t, f, b, block);
	if (spread_record(t, f, p, c, v))
		key_due(t, p, f);
}

/* Where the cell of a time begins, in bytes. */
INLINE size_t
cell_at(uint32_t ms)
{
	return (size_t)(ms / CELL_MS) * sizeof(four);
}

/* The same of two times at once; what is above their lower halves does not matter. */
INLINE two_u
cells_at(two_u ms)
{
#ifdef __SSE2__
	two_u by = { CELL_RECIPROCAL, CELL_RECIPROCAL };
	two_u cells = (two_u)__builtin_ia32_pmuludq128((four_i)ms, (four_i)by) >> CELL_SHIFT;

	return cells * sizeof(four);
#else
	return (two_u){ cell_at((uint32_t)ms[0]), cell_at((uint32_t)ms[1]) };
#endif
}

INLINE four *
coarse_at(struct lane *l, size_t bytes)
{
	return (four *)(void *)((char *)l + bytes) + (lane_coarse(l) - (four *)(void *)l);
}

/*
 * In whole cells, so that no record is ever taken for a faster one than it was.  False: it may be a
 * short one, which is spread over slots.
 */
INLINE bool
cells_long(struct traffic *t, struct lane *l, two_u ms, four v)
{
	two_u cells = cells_at(ms + t->round_up);
	size_t first = cells[0], last = cells[1];
	uint32_t from = (uint32_t)ms[0];
	four rate;

	if (unlikely(from < t->earliest_in))
		t->earliest_in = from;
	if (unlikely((int32_t)(last - first) < (int32_t)(LONG_CELLS * sizeof(four))))
		return false;
	rate = v * *(const four *)(const void *)((const char *)t->share + (uint32_t)(last - first));
	*coarse_at(l, first) += rate;
	*coarse_at(l, last) -= rate;
	coarse_widen(l, first, last);
	return true;
}

/* Complete, and its place is the host, the /24 or /64, or whatever counts for that. */
INLINE void
count(struct traffic *t, struct run *r, const struct flow *f, struct cold *b, size_t block,
    enum how how)
{
	const bool timed = (how & TIMES) != 0, any_rate = (how & RATES) != 0;

	four_i counts = pair_of(&f->bytes), odd = within(counts, t->plain_raw);
	two_u ms = { 0 };
	size_t c = class_of(t, f);
	struct fresh *p;
	struct lane *l;
	four v;

	if (timed) {
		ms = (two_u)pair_of(&f->start_ms) - t->coarse_ms;
		odd |= within((four_i)ms, t->coarse_last);
	}
	v = amounts_easy(t, f, counts, any_rate);
	if (unlikely(!signs_clear(odd, how)) ||
	    (any_rate && f->sampling > 1 && !amounts_small(v, t->plain))) {
		t->unscored = r->unscored;
		count_careful(t, f, b, block);
		*r = (struct run){ t->unscored, t->score_at };
		return;
	}
	score_owe(t, r, f, b, block, v, how);
	p = place_of(t, f, b, block);
	l = p->lane[c];
	if (!timed && likely(l != NULL)) {
		l->now += v;
		t->now = true;
	} else if (timed && likely(l != NULL) && likely(cells_long(t, l, ms, v))) {
		;
	} else if (!spread_record(t, f, p, c, v)) {
		return;
	}
	key_due(t, p, f);
}

/* Every other record, made complete before. */
static void
count_path(struct traffic *t, const struct flow *f, const struct path *p)
{
	bool frag = (f->has & FLOW_FRAGMENT) != 0;
	four v = amounts_of(f);
	unsigned c = class_of(t, f);
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
	if (!spread_record(t, f, &t->fresh[at], c, v))
		return;
	t->sum[0] += (double)v[BITS];
	t->sum[1] += (double)v[PACKETS];
	if (frag)
		spread_record(t, f, &t->fresh[at], CLASS_FRAG, v);
	if (--t->fresh[at].skip == 0)
		key_take(t, at, f);
}

/* Not to us.  What leaves our prefixes, or stays between them, counts for nobody. */
static void
count_elsewhere(struct traffic *t, const struct flow *f, int which)
{
	four v = amounts_of(f);

	if (!amounts_fit(t, f, v)) {
		t->totals.impossible++;
		return;
	}
	t->elsewhere++;
	t->sum[which] += (double)v[BITS];
}

/*
 * By the addresses, what is to us came in, even when it says that it is from us: sources can be
 * forged, and nobody may hide an attack by calling it internal.
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
		t->odd = odd;
		count_found(t, &f);
		t->odd = NULL;
	}
}

/* Nothing is odd about it; false when something is. */
INLINE bool
count4(struct traffic *t, struct run *r, const struct flow *f, enum how how)
{
	int32_t offset = space_offset4(&t->space, f->dst);

	if (unlikely(offset <= 0))
		return false;
	count(t, r, f, (struct cold *)(void *)((char *)t->space.blocks4 + offset), (size_t)offset,
	    how);
	return true;
}

INLINE bool
count6(struct traffic *t, struct run *r, const struct flow *f, enum how how)
{
	const uint64_t hi = space_half6(f->dst);
	const struct recent6 *recent = space_recent6(&t->space, hi);
	struct cold *b = &recent->block->cold;

	if (unlikely(!recent6_is(recent, hi)) && (b = space_find6(t, f->dst)) == NULL)
		return false;
	count(t, r, f, b, 0, how);
	return true;
}

/* The lane that this record will most likely be added to, where its start and its end are. */
INLINE void
fetch_lane(const struct traffic *t, const struct flow *f, const struct fresh *p)
{
	const char *l = (const char *)p->lane[class_of(t, f)];
	const char *cells;

	if (l == NULL)
		return;
	cells = l + offsetof(struct lane, cells) + (FINE + 1) * sizeof(four);
	__builtin_prefetch(l, 1);
	__builtin_prefetch(cells + cell_at((uint32_t)f->start_ms - (uint32_t)t->coarse_ms[0]), 1);
	__builtin_prefetch(cells + cell_at((uint32_t)f->end_ms - (uint32_t)t->coarse_ms[0]), 1);
}

/*
 * Memory is fetched for many records at once, one step after the other, so that the next record
 * need not wait for what this one needs.  Nothing is decided here: a fetch of what does not exist
 * does nothing.
 */
NOINLINE void
fetch(const struct traffic *t, const struct flow *f, unsigned n)
{
	const struct space *x = &t->space;
	const struct fresh *place[BATCH];

	for (unsigned i = 0; i < n; i++) {
		size_t block = 0;

		if (f[i].family == 4)
			block = (size_t)space_block4(x, f[i].dst);
		else if (f[i].family == 6)
			space_fetch6(x, f[i].dst);
		if ((int32_t)block <= 0)
			block = 0;
		__builtin_prefetch(&x->hosts4[block << 8 | f[i].dst[3]]);
		place[i] = &t->fresh[x->blocks4[block].at];
		__builtin_prefetch(place[i], 1);
	}
	for (unsigned i = 0; i < n; i++)
		fetch_lane(t, &f[i], place[i]);
}

/* True: it is counted.  First the way of nearly all. */
INLINE bool
count_one(struct traffic *t, struct run *r, const struct flow *f, enum how how)
{
	uint64_t head, tail;

	memcpy(&head, (const char *)f + offsetof(struct flow, has), sizeof(head));
	memcpy(&tail, (const char *)f + offsetof(struct flow, sampling), sizeof(tail));
	head &= HEAD(HEAD_HAS, UINT8_MAX);
	if (likely((tail & TAIL_ODD) == 0) && likely(head == t->usual))
		return count4(t, r, f, how | TIMES);
	if (unlikely(f->way > FLOW_INBOUND))
		return false;
	if (head == HEAD(PLAIN | TIMED, 4))
		return count4(t, r, f, how | TIMES | RATES);
	if (head == HEAD(PLAIN, 4))
		return count4(t, r, f, how | RATES);
	if (head == HEAD(PLAIN | TIMED, 6))
		return count6(t, r, f, how | TIMES | RATES);
	return head == HEAD(PLAIN, 6) && count6(t, r, f, how | RATES);
}

INLINE void
count_all(struct traffic *t, const struct flow *f, unsigned n, enum how how)
{
	struct run r = { t->unscored, t->score_at };

	for (const struct flow *end = f + n; f < end; f++)
		if (unlikely(!count_one(t, &r, f, how)))
			count_odd(t, f);
	t->unscored = r.unscored;
}

static void
count_portable(struct traffic *t, const struct flow *f, unsigned n)
{
	count_all(t, f, n, 0);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void
count_avx2(struct traffic *t, const struct flow *f, unsigned n)
{
	count_all(t, f, n, AVX);
}
#endif

count_records *
count_fastest(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return count_avx2;
#endif
	return count_portable;
}

/* What holds for all records of a call. */
static void
call_starts(struct traffic *t)
{
	int64_t ms = t->coarse_base * COARSE_MS;
	int32_t last = (int32_t)(t->now_ms + FUTURE_MS - ms);

	t->coarse_ms = (two_u){ (uint64_t)ms, (uint64_t)ms };
	t->coarse_last = (four_i){ last, 0, last, 0 };
	t->usual = HEAD(PLAIN | TIMED, 4);
	t->round_up = (two_u){ 0, CELL_MS - 1 };
	t->earliest_in = UINT32_MAX;
	t->earliest = INT64_MAX;
}

static int64_t
call_earliest(const struct traffic *t)
{
	int64_t ms = t->earliest, in = (int64_t)(t->coarse_ms[0] + t->earliest_in);

	if (t->earliest_in != UINT32_MAX && in < ms)
		ms = in;
	return ms != INT64_MAX ? ms : 0;
}

int64_t
traffic_add(struct traffic *t, const struct flow *f, unsigned n, wall_t now)
{
	time_set(t, now.ms);
	if (n == 0)
		return 0;
	t->one = flow_of(f);
	t->added += n;
	call_starts(t);
	for (const struct flow *end = f + n; f < end; f += BATCH) {
		unsigned some = end - f < BATCH ? (unsigned)(end - f) : BATCH;

		if (t->space.large)
			fetch(t, f, some);
		t->count(t, f, some);
	}
	sum_up(t);
	return call_earliest(t);
}
