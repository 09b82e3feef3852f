/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Layouts compiled into windows and shuffles: against reading byte by byte, in every arrangement.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "leak.h"
#include "sensor/lanes.h"

TestSuite(sensor_lanes, .fini = leak_check);

#define RECORDS 32
#define LEN_MAX 200

static uint32_t seed;

static uint32_t
roll(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* A dozen fields of 1 to 16 bytes each, anywhere in the record and anywhere in the lanes. */
static void
make_map(struct lanes_map *m, unsigned len)
{
	static const uint8_t widths[] = { 1, 1, 2, 2, 4, 4, 8, 16 };

	lanes_map_init(m);
	for (unsigned i = 0; i < 12; i++) {
		unsigned width = widths[roll(8)], to = roll(LANES * LANE / width) * width;

		for (unsigned b = 0; b < width && width <= len; b++)
			m->from[to + b] = (int32_t)(roll(len - width + 1) + b);
	}
}

/* The records stand at the end of an allocation of their own, LANES_BEFORE bytes from its start. */
static uint8_t *
make_bytes(unsigned len, unsigned n)
{
	uint8_t *b = malloc(LANES_BEFORE + (size_t)len * n);

	for (size_t i = 0; i < LANES_BEFORE + (size_t)len * n; i++)
		b[i] = (uint8_t)roll(256);
	return b;
}

static void
expect(const struct lanes_map *m, const uint8_t *at, const struct lanes_common *k,
    const struct flow *f)
{
	const uint8_t *shared = (const uint8_t *)&k->f, *got = (const uint8_t *)f;
	bool timed = k->uptime != 0;

	for (unsigned i = 0; i < LANES * LANE; i++) {
		uint8_t want = m->from[i] == LANES_NOWHERE ? 0 : at[m->from[i]];

		if (timed && i / LANE == 3)
			continue;
		cr_assert_eq(got[i], (uint8_t)(want | (i >= 4 * LANE ? shared[i] : 0)), "byte %u",
		    i);
	}
}

/* What is noticed on the way is what a walk over the records would find. */
static void
expect_seen(const struct lanes_seen *s, const struct flow *f, unsigned n, uint32_t usual)
{
	struct lanes_seen want = { .n = n };

	for (unsigned i = 0; i < n; i++) {
		want.sum[0] += f[i].bytes;
		want.sum[1] += f[i].packets;
		want.any[0] |= f[i].bytes;
		want.any[1] |= f[i].packets;
		want.strays |= f[i].in_if != usual || f[i].direction != 0;
	}
	cr_assert_eq(s->n, want.n);
	cr_assert_eq(s->strays, want.strays);
	cr_assert_arr_eq(s->sum, want.sum, sizeof(want.sum));
	cr_assert_arr_eq(s->any, want.any, sizeof(want.any));
}

Test(sensor_lanes, every_layout_is_read_byte_by_byte_the_same_on_every_processor)
{
	struct lanes_common k = { .f = { .has = 0x8001, .domain = 7, .protocol = 1 } };
	struct flow fast[RECORDS], slow[RECORDS];
	unsigned usual = 0;
	unsigned compiled = 0;

	for (unsigned round = 0; round < 3000; round++) {
		unsigned len = 1 + roll(round % 2 != 0 ? LEN_MAX : 20), n = 1 + roll(RECORDS);
		uint8_t *b = make_bytes(len, n);
		struct lanes_map m;
		struct lanes l;

		make_map(&m, len);
		if (lanes_compile(&l, &m, len)) {
			struct lanes_seen fast_seen = { 0 }, slow_seen = { 0 };
			uint32_t odd;

			k.seen = &fast_seen;
			odd = lanes_fastest()(&l, b + LANES_BEFORE, len, n, &k, fast);
			k.seen = &slow_seen;
			compiled++;
			cr_assert_eq(odd,
			    lanes_load_portable(&l, b + LANES_BEFORE, len, n, &k, slow));
			cr_assert_arr_eq(fast, slow, n * sizeof(*fast));
			expect_seen(&fast_seen, fast, n, k.usual);
			expect_seen(&slow_seen, slow, n, k.usual);
			usual += !fast_seen.strays;
			k.usual = fast[n - 1].in_if;
			for (unsigned i = 0; i < n; i++)
				expect(&m, b + LANES_BEFORE + (size_t)i * len, &k, &fast[i]);
		}
		free(b);
	}
	cr_assert_gt(compiled, 1000, "%u", compiled);
	cr_assert_gt(usual, 100, "%u", usual);
}

/* A layout of two times of 4 bytes, then a protocol. */
static uint32_t
load_times(uint32_t start, uint32_t end, uint8_t proto, const struct lanes_common *k,
    struct flow *ret)
{
	uint8_t *b = calloc(1, LANES_BEFORE + 9);
	struct lanes_map m;
	struct lanes l;
	uint32_t odd;

	lanes_map_init(&m);
	for (unsigned i = 0; i < 4; i++) {
		m.from[offsetof(struct flow, start_ms) + i] = (int32_t)(3 - i);
		m.from[offsetof(struct flow, end_ms) + i] = (int32_t)(7 - i);
		b[LANES_BEFORE + i] = (uint8_t)(start >> (24 - 8 * i));
		b[LANES_BEFORE + 4 + i] = (uint8_t)(end >> (24 - 8 * i));
	}
	m.from[offsetof(struct flow, proto)] = 8;
	b[LANES_BEFORE + 8] = proto;
	cr_assert(lanes_compile(&l, &m, 9));
	odd = lanes_fastest()(&l, b + LANES_BEFORE, 9, 1, k, ret);
	free(b);
	return odd;
}

Test(sensor_lanes, times_are_distances_from_an_uptime_that_wraps)
{
	struct lanes_common k = { .uptime = 1000, .sign = 1u << 31, .base = 5000000 - (1ll << 31) };
	struct flow f;

	cr_assert_eq(load_times(400, 1000, 6, &k, &f), 0);
	cr_assert_eq(f.start_ms, 5000000 - 600);
	cr_assert_eq(f.end_ms, 5000000);
	cr_assert_eq(load_times(0xffffffff, 1001, 6, &k, &f), 0);
	cr_assert_eq(f.start_ms, 5000000 - 1001, "before the wrap");
	cr_assert_eq(f.end_ms, 5000001);
	cr_assert_eq(load_times(1000u - 5000001u, 1000, 6, &k, &f), 1, "before 1970");
}

Test(sensor_lanes, what_needs_a_second_look_is_told)
{
	struct lanes_common k = { 0 };
	struct flow f;

	cr_assert_eq(load_times(1, 2, 17, &k, &f), 0);
	cr_assert_eq(f.start_ms, 1, "as it is");
	cr_assert_eq(load_times(1, 2, 1, &k, &f), 1, "ICMP");
	cr_assert_eq(load_times(1, 2, 58, &k, &f), 1, "ICMPv6");
}
