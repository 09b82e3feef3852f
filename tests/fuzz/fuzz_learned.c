/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file of what is usual: an input is one without its checksum, which only guards against a
 * damaged disk. What was loaded can be used and saved, and that loads to the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fusion/baseline.h"
#include "fuzz.h"

#define SAVED_MAX (1u << 20)
#define TAIL 8

static const char names[2][NAME_MAX_LEN] = { "routers", "wire" };
static const struct figure figures[] = {
	{ .kind = SUBJECT_HOST, .metric = METRIC_BPS, .lo = 1e6, .hi = 1e9 },
	{ .kind = SUBJECT_PREFIX,
	    .metric = METRIC_BPS,
	    .lo = 1e7,
	    .hi = 2e8,
	    .rise_lo = 1e7,
	    .rise_hi = 2e8 },
	{ .kind = SUBJECT_GROUP, .metric = METRIC_PPS, .lo = 1e3, .hi = 1e5 },
	{ .kind = SUBJECT_ALL, .metric = METRIC_RPS, .lo = 10, .hi = 1e4 },
};

static size_t
saved(struct baseline *b, uint8_t *ret)
{
	uint64_t pos = 0;
	size_t n = 0;

	do
		n += baseline_save(b, names, 2, &pos, ret + n, SAVED_MAX - n);
	while (pos != 0);
	return n;
}

static void
make(struct baseline **ret, const struct settings *s)
{
	if (baseline_new(ret, s, figures, sizeof(figures) / sizeof(*figures), 16, 16) != 0)
		abort();
}

/* Whatever it says, it can be asked, and learned on. */
static void
use(struct baseline *b)
{
	struct subject s = { .kind = SUBJECT_PREFIX };
	struct learned *l;
	struct learning is;

	prefix_parse(&s.prefix, "192.0.2.0/24");
	l = baseline_get(b, 1, 0, &s, 1800000000);
	for (int64_t t = 1800000000; l != NULL && t < 1800000000 + 7300; t += 10) {
		baseline_second(b, l, t, 5e7, 10);
		assert(baseline_high(b, l, t) <= 2e8 && baseline_middle(b, l, t) <= 2e8);
	}
	baseline_step(b, 1800000000);
	baseline_step(b, 1800007300);
	baseline_take(b, &is);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t first[SAVED_MAX], second[SAVED_MAX];
	static struct settings s;
	struct baseline *b;
	uint64_t sum = 14695981039346656037u;
	uint8_t *copy = malloc(size + TAIL);
	size_t n;

	if (s.prefixes_n == 0) {
		prefix_parse(&s.prefixes[s.prefixes_n++], "192.0.2.0/24");
		prefix_parse(&s.prefixes[s.prefixes_n++], "2001:db8::/32");
		memcpy(s.members[s.members_n++].name, "Radio", 6);
	}
	memcpy(copy, data, size);
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ data[i]) * 1099511628211u;
	for (unsigned i = 0; i < TAIL; i++)
		copy[size + i] = (uint8_t)(sum >> 8 * (TAIL - 1 - i));
	make(&b, &s);
	if (baseline_load(b, names, 2, copy, size + TAIL, NULL) == 0) {
		n = saved(b, first);
		use(b);
		baseline_free(b);
		make(&b, &s);
		if (baseline_load(b, names, 2, first, n, NULL) != 0)
			abort();
		assert(saved(b, second) == n && memcmp(first, second, n) == 0);
	}
	baseline_free(b);
	free(copy);
	return 0;
}
