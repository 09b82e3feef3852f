/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/lanes.h"

#include <stddef.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define NO_BYTE 0x80

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "lanes put numbers in little-endian order"
#endif
_Static_assert(offsetof(struct flow, sampling) == LANES * LANE,
    "sampling begins what is not in a lane");
_Static_assert(sizeof(struct flow) == LANES * LANE + 8, "which is one word");
_Static_assert(
    offsetof(struct flow, start_ms) == 3 * LANE && offsetof(struct flow, end_ms) == 3 * LANE + 8,
    "both times are one lane");
_Static_assert(
    offsetof(struct flow, bytes) == 2 * LANE && offsetof(struct flow, packets) == 2 * LANE + 8,
    "both counts are one lane");
_Static_assert(offsetof(struct flow, direction) == 4 * LANE + 27, "as see_avx2() looks at it");
_Static_assert(offsetof(struct flow, in_if) == 4 * LANE && offsetof(struct flow, has) == 5 * LANE,
	       "what flows of a set share is in the last two");
#define TIMES 3
/* ICMP, ICMPv6, and what has their last six bits: it is looked at in vain */
#define ODD (1ull << 1 | 1ull << 58)

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint32_t words4 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

void
lanes_map_init(struct lanes_map *m)
{
	for (unsigned i = 0; i < LANES * LANE; i++)
		m->from[i] = LANES_NOWHERE;
}

/* The next window of a lane: begins with the first byte not yet taken.  False: all are. */
static bool
next_window(int32_t from[LANE], unsigned record_len, int32_t *ret_off, uint8_t pick[LANE])
{
	int32_t first = INT32_MAX, last = (int32_t)record_len - LANE;

	for (unsigned i = 0; i < LANE; i++)
		if (from[i] != LANES_NOWHERE && from[i] < first)
			first = from[i];
	*ret_off = first < last ? first : last;
	memset(pick, NO_BYTE, LANE);
	for (unsigned i = 0; i < LANE && first != INT32_MAX; i++) {
		if (from[i] == LANES_NOWHERE || from[i] >= *ret_off + LANE)
			continue;
		pick[i] = (uint8_t)(from[i] - *ret_off);
		from[i] = LANES_NOWHERE;
	}
	return first != INT32_MAX;
}

bool
lanes_compile(struct lanes *ret, const struct lanes_map *m, unsigned record_len)
{
	struct lanes_map left = *m;

	ret->more_n = 0;
	for (unsigned lane = 0; lane < LANES; lane++) {
		int32_t *from = left.from + lane * LANE;
		struct lanes_step step = { .lane = lane };

		next_window(from, record_len, &ret->off[lane], ret->pick[lane]);
		while (next_window(from, record_len, &step.off, step.pick)) {
			if (ret->more_n == LANES_MORE)
				return false;
			ret->more[ret->more_n++] = step;
		}
	}
	return true;
}

static inline bytes16
get(const void *p)
{
	bytes16 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void
put(void *p, bytes16 v)
{
	memcpy(p, &v, sizeof(v));
}

static inline bytes16
shuffle_portable(bytes16 v, bytes16 pick)
{
	bytes16 r;

	for (unsigned i = 0; i < LANE; i++)
		r[i] = (pick[i] & NO_BYTE) != 0 ? 0 : v[pick[i] % LANE];
	return r;
}

static inline bool
is_odd(uint8_t proto)
{
	return (ODD >> (proto & 63) & 1) != 0;
}

static inline bytes16
twice(uint64_t v)
{
	return (bytes16)(words2){ v, v };
}

/* Windows beyond the first, which are few, and what they put in place of the raw times. */
static inline bytes16
load_more(bytes16 (*shuffle)(bytes16, bytes16), const struct lanes *l, const uint8_t *at,
    uint8_t *to)
{
	for (const struct lanes_step *s = l->more; s < l->more + l->more_n; s++) {
		uint8_t *lane = to + s->lane * LANE;

		put(lane, get(lane) | shuffle(get(at + s->off), get(s->pick)));
	}
	return get(to + TIMES * LANE);
}

/*
 * The whole of it, to be inlined for one way to shuffle.  What holds for all records is in local
 * variables, that is in registers; only the last two lanes have anything in common.
 */
static inline __attribute__((always_inline)) uint32_t
load_with(bytes16 (*shuffle)(bytes16, bytes16), const struct lanes *l, const uint8_t *at,
	  unsigned record_len, unsigned n, const struct lanes_common *common, struct flow *ret,
	  const bool more)
{
	const bytes16 pick0 = get(l->pick[0]), pick1 = get(l->pick[1]), pick2 = get(l->pick[2]),
		pick3 = get(l->pick[3]), pick4 = get(l->pick[4]), pick5 = get(l->pick[5]);
	const ptrdiff_t off0 = l->off[0], off1 = l->off[1], off2 = l->off[2], off3 = l->off[3],
		off4 = l->off[4], off5 = l->off[5];
	const bytes16 common4 = get(&common->f.in_if), common5 = get(&common->f.has);
	const words4 uptime = (words4)twice(common->uptime);
	const words2 sign = (words2)twice(common->sign),
		     base = (words2)twice((uint64_t)common->base);
	uint32_t odd = 0;

	for (uint32_t bit = 1; n > 0; n--, bit <<= 1, at += record_len, ret++) {
		uint8_t *to = (uint8_t *)ret;
		bytes16 times = shuffle(get(at + off3), pick3);
		words2 reckoned;

		put(to, shuffle(get(at + off0), pick0));
		put(to + LANE, shuffle(get(at + off1), pick1));
		put(to + 2 * LANE, shuffle(get(at + off2), pick2));
		put(to + 4 * LANE, shuffle(get(at + off4), pick4) | common4);
		put(to + 5 * LANE, shuffle(get(at + off5), pick5) | common5);
		memcpy(to + LANES * LANE, &common->f.sampling, 8);
		if (more) {
			put(to + TIMES * LANE, times);
			times = load_more(shuffle, l, at, to);
		}
		reckoned = ((words2)((words4)times - uptime) ^ sign) + base;
		put(to + TIMES * LANE, (bytes16)reckoned);
		if (__builtin_expect((ret->start_ms | ret->end_ms) < 0 || is_odd(ret->proto), 0))
			odd |= bit;
	}
	return odd;
}

void
lanes_see(struct lanes_seen *s, const struct flow *f, unsigned n, uint32_t usual)
{
	words2 sum = { s->sum[0], s->sum[1] }, any = { s->any[0], s->any[1] };
	uint32_t stray = 0, sampling = s->sampling;

	s->n += n;
	for (const struct flow *end = f + n; f < end; f++) {
		words2 counts = (words2)get(&f->bytes);

		sum += counts;
		any |= counts;
		stray |= (f->in_if ^ usual) | f->direction;
		sampling |= f->sampling;
	}
	memcpy(s->sum, &sum, sizeof(sum));
	memcpy(s->any, &any, sizeof(any));
	s->sampling = sampling;
	s->strays |= stray != 0;
}

static void
see(const struct flow *f, unsigned n, const struct lanes_common *common)
{
	if (common->seen != NULL)
		lanes_see(common->seen, f, n, common->usual);
}

uint32_t
lanes_load_portable(const struct lanes *l, const uint8_t *at, unsigned record_len, unsigned n,
		    const struct lanes_common *common, struct flow *ret)
{
	uint32_t odd =
	    load_with(shuffle_portable, l, at, record_len, n, common, ret, l->more_n > 0);

	see(ret, n, common);
	return odd;
}

#if defined(__x86_64__)
__attribute__((target("ssse3"))) static inline bytes16
shuffle_ssse3(bytes16 v, bytes16 pick)
{
	typedef char chars16 __attribute__((vector_size(16)));

	return (bytes16)__builtin_ia32_pshufb128((chars16)v, (chars16)pick);
}

__attribute__((target("ssse3"))) static uint32_t
load_ssse3(const struct lanes *l, const uint8_t *at, unsigned record_len, unsigned n,
	   const struct lanes_common *common, struct flow *ret)
{
	uint32_t odd;

	if (l->more_n > 0)
		odd = load_with(shuffle_ssse3, l, at, record_len, n, common, ret, true);
	else
		odd = load_with(shuffle_ssse3, l, at, record_len, n, common, ret, false);
	see(ret, n, common);
	return odd;
}

#define AVX2 __attribute__((target("avx2,bmi2"))) static
#define PAIR(x) ((const __m256i *)(const void *)(x))

/* Two windows into two neighbouring lanes. */
AVX2 inline __m256i
shuffle_two(const uint8_t *first, const uint8_t *second, __m256i pick)
{
	__m256i v = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)first));

	v = _mm256_inserti128_si256(v, _mm_loadu_si128((const __m128i *)(const void *)second), 1);
	return _mm256_shuffle_epi8(v, pick);
}

static uint32_t
before_1970(const struct flow *f, unsigned n)
{
	uint32_t odd = 0;

	for (unsigned i = 0; i < n; i++)
		if (f[i].start_ms < 0 || f[i].end_ms < 0)
			odd |= 1u << i;
	return odd;
}

/*
 * Counts are the first lane of their pair; the interface and the direction stand in that of the
 * common lanes.
 */
AVX2 inline void
see_avx2(const struct lanes_common *common, unsigned n, __m256i sum, __m256i any, __m256i stray)
{
	const __m256i looked_at = _mm256_set_epi32(0, (int)0xff000000, 0, 0, 0, 0, 0, -1);
	struct lanes_seen *s = common->seen;

	if (s == NULL)
		return;
	s->n += n;
	s->sampling |= common->f.sampling;
	s->strays |= !_mm256_testz_si256(stray, looked_at);
	for (int i = 0; i < 2; i++) {
		s->sum[i] += ((words2)_mm256_castsi256_si128(sum))[i];
		s->any[i] |= ((words2)_mm256_castsi256_si128(any))[i];
	}
}

/* The same as load_with(), by pairs of lanes; the times are the second one of theirs. */
AVX2 uint32_t
load_avx2(const struct lanes *l, const uint8_t *at, unsigned record_len, unsigned n,
	  const struct lanes_common *common, struct flow *ret)
{
	const __m256i pick0 = _mm256_loadu_si256(PAIR(l->pick[0]));
	const __m256i pick2 = _mm256_loadu_si256(PAIR(l->pick[2]));
	const __m256i pick4 = _mm256_loadu_si256(PAIR(l->pick[4]));
	const __m256i common4 = _mm256_loadu_si256(PAIR(&common->f.in_if));
	const __m256i sign = _mm256_set_epi64x((int64_t)common->sign, (int64_t)common->sign, 0, 0);
	const __m256i base = _mm256_set_epi64x(common->base, common->base, 0, 0);
	const __m256i uptime =
	    _mm256_set_epi64x((int64_t)common->uptime, (int64_t)common->uptime, 0, 0);
	const uint8_t *at0 = at + l->off[0], *at1 = at + l->off[1], *at2 = at + l->off[2],
		*at3 = at + l->off[3], *at4 = at + l->off[4], *at5 = at + l->off[5];
	const __m256i usual = _mm256_set_epi32(0, 0, 0, 0, 0, 0, 0, (int)common->usual);
	const struct flow *first = ret, *end = ret + n;
	__m256i signs = _mm256_setzero_si256(), sum = signs, any = signs, stray = signs;
	uint64_t sampling;
	uint32_t odd = 0;

	memcpy(&sampling, &common->f.sampling, sizeof(sampling));
	for (size_t i = 0; ret != end; ret++, i += record_len) {
		__m256i *to = (__m256i *)(void *)ret;
		__m256i times, last;

		__asm__("" : "+r"(i));	/* one index for all windows, not one made of the others */
		times = shuffle_two(at2 + i, at3 + i, pick2);
		sum = _mm256_add_epi64(sum, times);
		any = _mm256_or_si256(any, times);
		times = _mm256_xor_si256(_mm256_sub_epi32(times, uptime), sign);
		times = _mm256_add_epi64(times, base);
		_mm256_storeu_si256(to, shuffle_two(at0 + i, at1 + i, pick0));
		_mm256_storeu_si256(to + 1, times);
		last = _mm256_or_si256(shuffle_two(at4 + i, at5 + i, pick4), common4);
		stray = _mm256_or_si256(stray, _mm256_xor_si256(last, usual));
		_mm256_storeu_si256(to + 2, last);
		memcpy(to + 3, &sampling, sizeof(sampling));
		signs = _mm256_or_si256(signs, times);
		__asm__("" : "+m"(ret->proto));	/* out of memory, not of the middle of a vector */
		if (__builtin_expect(is_odd(ret->proto), 0))
			odd |= 1u << (ret - first);
	}
	if (__builtin_expect((_mm256_movemask_pd((__m256d)signs) & 0xc) != 0, 0))
		odd |= before_1970(first, n);
	see_avx2(common, n, sum, any, stray);
	return odd;
}

static uint32_t
load_fast(const struct lanes *l, const uint8_t *at, unsigned record_len, unsigned n,
	  const struct lanes_common *common, struct flow *ret)
{
	return l->more_n > 0 ? load_ssse3(l, at, record_len, n, common, ret) :
	    load_avx2(l, at, record_len, n, common, ret);
}

lanes_loader *
lanes_fastest(void)
{
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
		return load_fast;
	return __builtin_cpu_supports("ssse3") ? load_ssse3 : lanes_load_portable;
}
#else
lanes_loader *
lanes_fastest(void)
{
	return lanes_load_portable;
}
#endif
