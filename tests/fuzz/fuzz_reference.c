/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file of what comes in peace: an input is one without its checksum, which only guards against
 * a damaged disk. What was loaded can be asked, lived with and saved, and that loads to as much.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "samples/samples.h"

#define NOW_MS INT64_C(1800000000000)
#define SUM sizeof(uint64_t)
#define END (2 * sizeof(uint32_t))	/* the rest of the tail, which the sum is not of */
#define MOST 9000

static struct now
at(int64_t ms)
{
	return (struct now){ .mono = { ms * 1000000 }, .wall = { ms } };
}

static struct samples *
make(const struct settings *s)
{
	struct samples *p = NULL;

	if (samples_new(&p, s, 1) != 0)
		abort();
	return p;
}

static size_t
saved(struct samples *p, uint8_t *ret, size_t size)
{
	uint64_t pos = 0;
	size_t n = 0;

	do
		n += samples_save(p, &pos, ret + n, size - n);
	while (pos != 0);
	return n;
}

static unsigned
known(const struct samples *p)
{
	struct samples_totals t;

	samples_totals(p, &t);
	return t.reference_n;
}

/*
 * What comes to that host in peace, as far as it is known, all of it as if it went there; one of it
 * comes again.
 */
static void
ask(struct samples *p, const char *host, int64_t ms)
{
	static struct sample all[MOST];
	struct subject s = { .kind = SUBJECT_HOST };
	struct sample_report r = { .n = 1 };
	unsigned borrowed, n;

	prefix_parse(&s.prefix, host);
	n = samples_reference(p, &s, s.prefix.family, at(ms), all, MOST, &borrowed);
	assert(n <= MOST && borrowed <= n);
	for (unsigned i = 0; i < n; i++) {
		assert(sample_plausible(&all[i]) && all[i].family == s.prefix.family);
		assert(memcmp(all[i].dst, s.prefix.addr, sizeof(all[i].dst)) == 0);
	}
	if (n == 0)
		return;
	r.samples[0] = all[n - 1];
	samples_take(p, &r, at(ms));
}

/* Whatever it says, it can be asked, and goes on. */
static void
use(struct samples *p)
{
	for (int64_t ms = NOW_MS; ms < NOW_MS + 3 * 3600000; ms += 60000) {
		ask(p, "192.0.2.7/32", ms);
		ask(p, "192.0.2.200/32", ms);
		ask(p, "2001:db8::7/128", ms);
		samples_begin(p);
		samples_end(p, at(ms));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings s;
	static uint8_t *out;
	static size_t out_size;
	struct samples *p;
	uint64_t sum = 14695981039346656037u;
	uint8_t *copy = malloc(size + SUM);

	if (s.prefixes_n == 0) {
		prefix_parse(&s.prefixes[s.prefixes_n++], "192.0.2.0/24");
		prefix_parse(&s.prefixes[s.prefixes_n++], "2001:db8::/32");
		memcpy(s.members[s.members_n++].name, "radio", 5);
		prefix_parse(&s.members[0].prefixes[s.members[0].prefixes_n++], "192.0.2.0/28");
		p = make(&s);
		out = malloc(out_size = samples_file_max(p));
		samples_free(p);
	}
	memcpy(copy, data, size);
	for (size_t i = 0; i + END < size; i++)
		sum = (sum ^ data[i]) * 1099511628211u;
	memcpy(copy + size, &sum, SUM);
	p = make(&s);
	if (samples_load(p, copy, size + SUM, at(NOW_MS), NULL) == 0) {
		size_t n = saved(p, out, out_size);
		unsigned is = known(p);

		use(p);
		samples_free(p);
		p = make(&s);
		if (samples_load(p, out, n, at(NOW_MS), NULL) != 0)
			abort();
		assert(known(p) == is);
	}
	samples_free(p);
	free(copy);
	return 0;
}
