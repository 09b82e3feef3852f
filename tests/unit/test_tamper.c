/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Somebody changes a log of 200 records in one place: verification says so. */
#include "audit_log.h"
#include "leak.h"

TestSuite(tamper, .fini = leak_check);

#define RECORDS 200
#define MUTATIONS 1000
#define SEGMENTS_ROOM 16

/* The log as it is: where each line begins, over all segments. */
struct original {
	char *bytes[SEGMENTS_ROOM];
	size_t len[SEGMENTS_ROOM];
	unsigned segments;
	struct { unsigned segment; size_t from, len; } line[RECORDS];	/* len with its newline */
};

static void
segment_path(const struct log *l, unsigned i, char path[static 128])
{
	snprintf(path, 128, "%s/%08u.jsonl", l->dir, i);
}

static void
write_segment(const struct log *l, unsigned i, const char *bytes, size_t len)
{
	char path[128];
	FILE *f;

	segment_path(l, i, path);
	f = fopen(path, "w");
	cr_assert_eq(fwrite(bytes, 1, len, f), len);
	fclose(f);
}

static void
read_original(const struct log *l, struct original *o)
{
	unsigned n = 0;
	char path[128];
	FILE *f;

	for (o->segments = 0; ; o->segments++) {
		char *bytes;
		size_t len;

		segment_path(l, o->segments, path);
		f = fopen(path, "r");
		if (f == NULL)
			break;
		bytes = malloc(1 << 17);
		len = fread(bytes, 1, 1 << 17, f);
		fclose(f);
		for (size_t at = 0; at < len; n++) {
			o->line[n].segment = o->segments;
			o->line[n].from = at;
			o->line[n].len = (size_t)((char *)memchr(bytes + at, '\n', len - at) -
					     (bytes + at)) +
			    1;
			at += o->line[n].len;
		}
		o->bytes[o->segments] = bytes;
		o->len[o->segments] = len;
	}
	cr_assert_eq(n, RECORDS);
	cr_assert_gt(o->segments, 3);
}

static void
restore(const struct log *l, const struct original *o)
{
	for (unsigned i = 0; i < o->segments; i++)
		write_segment(l, i, o->bytes[i], o->len[i]);
}

static uint64_t dice = 42;

static uint32_t
roll(uint32_t sides)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(dice >> 33) % sides;
}

static const char *
text_of(const struct original *o, unsigned n)
{
	return o->bytes[o->line[n].segment] + o->line[n].from;
}

/* Writes the segment of line n with `with` in the place of `cut` bytes at `at` within the line. */
static void
splice(const struct log *l, const struct original *o, unsigned n, size_t at, size_t cut,
    const char *with, size_t len)
{
	unsigned s = o->line[n].segment;
	size_t from = o->line[n].from + at, total = o->len[s] - cut + len;
	char *copy = malloc(total + 1);

	memcpy(copy, o->bytes[s], from);
	memcpy(copy + from, with, len);
	memcpy(copy + from + len, o->bytes[s] + from + cut, o->len[s] - from - cut);
	write_segment(l, s, copy, total);
	free(copy);
}

static void
flip(const struct log *l, const struct original *o)
{
	unsigned n = roll(RECORDS - 1);
	size_t at = roll((uint32_t)o->line[n].len);
	char c = text_of(o, n)[at] ^ (char)(1 + roll(255));

	splice(l, o, n, at, 1, &c, 1);
}

static void
delete_line(const struct log *l, const struct original *o)
{
	unsigned n = roll(RECORDS - 1);

	splice(l, o, n, 0, o->line[n].len, "", 0);
}

/* a before b, in one segment. */
static void
swap_within(const struct log *l, const struct original *o, unsigned a, unsigned b)
{
	unsigned s = o->line[a].segment;
	size_t la = o->line[a].len, lb = o->line[b].len, from = o->line[a].from;
	size_t between = o->line[b].from - from - la;
	char *copy = malloc(o->len[s]);

	memcpy(copy, o->bytes[s], o->len[s]);
	memcpy(copy + from, text_of(o, b), lb);
	memcpy(copy + from + lb, text_of(o, a) + la, between);
	memcpy(copy + from + lb + between, text_of(o, a), la);
	write_segment(l, s, copy, o->len[s]);
	free(copy);
}

static void
swap_lines(const struct log *l, const struct original *o)
{
	unsigned a = roll(RECORDS), b = (a + 1 + roll(RECORDS - 1)) % RECORDS;

	if (o->line[a].segment != o->line[b].segment) {
		splice(l, o, a, 0, o->line[a].len, text_of(o, b), o->line[b].len);
		splice(l, o, b, 0, o->line[b].len, text_of(o, a), o->line[a].len);
		return;
	}
	swap_within(l, o, a < b ? a : b, a < b ? b : a);
}

static void
insert_line(const struct log *l, const struct original *o)
{
	unsigned n = roll(RECORDS), other = roll(RECORDS);

	/* a copy of a true line, or one's own words */
	if (roll(2) != 0)
		splice(l, o, n, 0, 0, text_of(o, other), o->line[other].len);
	else
		splice(l, o, n, 0, 0, "{\"kind\":\"intent\"}\n", 18);
}

static void
cut_middle_segment(const struct log *l, const struct original *o)
{
	unsigned s = roll(o->segments - 1);

	write_segment(l, s, o->bytes[s], roll((uint32_t)o->len[s]));
}

static void
tear_the_end(const struct log *l, const struct original *o)
{
	unsigned s = o->segments - 1;

	write_segment(
	    l, s, o->bytes[s], o->len[s] - 1 - roll((uint32_t)o->line[RECORDS - 1].len - 1));
}

static void
remove_segment(const struct log *l, const struct original *o)
{
	char path[128];

	segment_path(l, roll(o->segments - 1), path);
	unlink(path);
}

static void
swap_segments(const struct log *l, const struct original *o)
{
	unsigned a = roll(o->segments - 1);

	write_segment(l, a, o->bytes[a + 1], o->len[a + 1]);
	write_segment(l, a + 1, o->bytes[a], o->len[a]);
}

/* Adding a blank or a letter inside the last line can leave a record that only an older root tells
 * from the true one. */
static void
add_byte(const struct log *l, const struct original *o)
{
	unsigned n = roll(RECORDS - 1);
	char c = (char)roll(256);

	splice(l, o, n, roll((uint32_t)o->line[n].len), 0, &c, 1);
}

Test(tamper, a_thousand_changes_are_all_found)
{
	static const struct {
		const char *name;
		void (*change)(const struct log *, const struct original *);
	} ways[] = {
		{ "flip", flip },
		{ "delete", delete_line },
		{ "swap", swap_lines },
		{ "insert", insert_line },
		{ "cut a middle segment", cut_middle_segment },
		{ "tear the end", tear_the_end },
		{ "remove a segment", remove_segment },
		{ "swap segments", swap_segments },
		{ "add a byte", add_byte },
	};
	struct log l = log_new();
	struct original o = { 0 };
	struct verdict v;

	log_open(&l);
	audit_segment_max(l.a, 12000);
	log_fill(&l, RECORDS);
	log_close(&l);
	read_original(&l, &o);
	cr_assert(log_verdict(&l).ok);
	for (unsigned i = 0; i < MUTATIONS; i++) {
		unsigned way = i % (sizeof(ways) / sizeof(*ways));

		ways[way].change(&l, &o);
		v = log_verdict(&l);
		cr_assert_not(v.ok, "%u: %s", i, ways[way].name);
		cr_assert_geq(v.first_bad, 0);
		cr_assert_leq(v.first_bad, RECORDS);
		cr_assert_eq((uint64_t)v.first_bad, v.records, "all before it are right");
		cr_assert_gt(strlen(v.why), 10);
		restore(&l, &o);
	}
	v = log_verdict(&l);
	cr_assert(v.ok, "and the true one is: %s", v.why);
	for (unsigned i = 0; i < o.segments; i++)
		free(o.bytes[i]);
	log_remove(&l);
}

/* What no chain can show without an older root; said here so that nobody believes more. */
Test(tamper, a_clean_cut_and_a_changed_last_line_need_an_older_root)
{
	struct log l = log_new();
	struct original o = { 0 };
	struct verdict before, v;
	unsigned s;
	char *es;

	log_open(&l);
	audit_segment_max(l.a, 12000);
	log_fill(&l, RECORDS);
	log_close(&l);
	read_original(&l, &o);
	before = log_verdict(&l);
	s = o.segments - 1;
	write_segment(&l, s, o.bytes[s], o.len[s] - o.line[RECORDS - 1].len);
	v = log_verdict(&l);
	cr_assert(v.ok);
	cr_assert_eq(v.records, RECORDS - 1, "the count tells");
	restore(&l, &o);
	es = strstr(text_of(&o, RECORDS - 1), "transit-a");
	splice(&l, &o, RECORDS - 1, (size_t)(es - text_of(&o, RECORDS - 1)) + 8, 1, "b", 1);
	v = log_verdict(&l);
	cr_assert(v.ok);
	cr_assert_neq(memcmp(v.root, before.root, 32), 0, "the root tells");
	for (unsigned i = 0; i < o.segments; i++)
		free(o.bytes[i]);
	log_remove(&l);
}
