/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Somebody changes a log of 200 records in one place: verification says so. */
#include <sys/resource.h>

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

/* Each way changes one thing and says which record is the first that is not as it was. */

static unsigned
flip_in(const struct log *l, const struct original *o, unsigned n)
{
	size_t at = roll((uint32_t)o->line[n].len);
	char c = text_of(o, n)[at] ^ (char)(1 + roll(255));

	splice(l, o, n, at, 1, &c, 1);
	return n;
}

static unsigned
flip(const struct log *l, const struct original *o)
{
	return flip_in(l, o, roll(RECORDS));
}

static unsigned
delete_line(const struct log *l, const struct original *o)
{
	unsigned n = roll(RECORDS);

	splice(l, o, n, 0, o->line[n].len, "", 0);
	return n;
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

static unsigned
swap_lines(const struct log *l, const struct original *o)
{
	unsigned a = roll(RECORDS), b = (a + 1 + roll(RECORDS - 1)) % RECORDS;
	unsigned first = a < b ? a : b, second = a < b ? b : a;

	if (o->line[a].segment != o->line[b].segment) {
		splice(l, o, a, 0, o->line[a].len, text_of(o, b), o->line[b].len);
		splice(l, o, b, 0, o->line[b].len, text_of(o, a), o->line[a].len);
	} else {
		swap_within(l, o, first, second);
	}
	return first;
}

/* A copy of a true line, or one's own words; the second of two alike is the one too many. */
static unsigned
insert_line(const struct log *l, const struct original *o)
{
	unsigned n = roll(RECORDS), other = roll(RECORDS);

	if (roll(2) != 0) {
		splice(l, o, n, 0, 0, text_of(o, other), o->line[other].len);
		return other == n ? n + 1 : n;
	}
	splice(l, o, n, 0, 0, "{\"kind\":\"intent\"}\n", 18);
	return n;
}

static unsigned
first_of(const struct original *o, unsigned segment)
{
	unsigned n = 0;

	while (o->line[n].segment < segment)
		n++;
	return n;
}

/* Anywhere, also between two lines, also the last one. */
static unsigned
cut_segment(const struct log *l, const struct original *o)
{
	unsigned s = roll(o->segments), n = first_of(o, s);
	size_t len = roll((uint32_t)o->len[s]);

	if (roll(2) != 0)
		len = o->line[n + roll(2)].from;
	write_segment(l, s, o->bytes[s], len);
	while (o->line[n].from + o->line[n].len <= len)
		n++;
	return n;
}

static unsigned
remove_segment(const struct log *l, const struct original *o)
{
	unsigned s = roll(o->segments);
	char path[128];

	segment_path(l, s, path);
	unlink(path);
	return first_of(o, s);
}

static unsigned
swap_segments(const struct log *l, const struct original *o)
{
	unsigned a = roll(o->segments - 1);

	write_segment(l, a, o->bytes[a + 1], o->len[a + 1]);
	write_segment(l, a + 1, o->bytes[a], o->len[a]);
	return first_of(o, a);
}

/* By the one of another log that was written and signed with the same key. */
static struct original foreign;

static unsigned
replace_segment(const struct log *l, const struct original *o)
{
	unsigned s = roll(o->segments < foreign.segments ? o->segments : foreign.segments);

	write_segment(l, s, foreign.bytes[s], foreign.len[s]);
	return s == 0 ? 1 : first_of(o, s);	/* both begin with the same key */
}

static unsigned
add_byte(const struct log *l, const struct original *o)
{
	unsigned n = roll(RECORDS);
	size_t at = roll((uint32_t)o->line[n].len);
	char c = (char)roll(256);

	splice(l, o, n, at, 0, &c, 1);
	/* an empty line more, after a true one */
	return c == '\n' && at == o->line[n].len - 1 ? n + 1 : n;
}

static void
take_away(const struct log *l, struct original *o)
{
	log_remove((struct log *)l);
	for (unsigned i = 0; i < o->segments; i++)
		free(o->bytes[i]);
}

/* As the engine writes it: the key is named, and every few lines a checkpoint is signed. */
static void
write_signed(struct log *l, struct original *o, unsigned from)
{
	log_open(l);
	audit_segment_max(l->a, 12000);
	log_sign(l, &log_key);
	for (unsigned i = 1; i < RECORDS; i++) {
		cr_assert_eq(log_add(l, from + i, roll(4) == 0 ? AUDIT_SYNC : AUDIT_LATER), 0);
		cr_assert_eq(audit_checkpoint(l->a), 0);
	}
	log_close(l);
	read_original(l, o);
}

Test(tamper, a_thousand_changes_are_all_found_and_the_first_is_named)
{
	static const struct {
		const char *name;
		unsigned (*change)(const struct log *, const struct original *);
	} ways[] = {
		{ "flip", flip },
		{ "delete", delete_line },
		{ "swap", swap_lines },
		{ "insert", insert_line },
		{ "cut a segment", cut_segment },
		{ "remove a segment", remove_segment },
		{ "swap segments", swap_segments },
		{ "replace a segment", replace_segment },
		{ "add a byte", add_byte },
	};
	struct log l = log_new(), other = log_new();
	struct original o = { 0 };
	struct verdict v;
	unsigned exact = 0;

	write_signed(&other, &foreign, 1000);
	write_signed(&l, &o, 0);
	v = log_verdict(&l);
	cr_assert(v.ok, "%s", v.why);
	cr_assert_eq(v.checkpoint, RECORDS, "all of it is signed");
	for (unsigned i = 0; i < MUTATIONS + RECORDS; i++) {
		unsigned way = i % (sizeof(ways) / sizeof(*ways));
		unsigned bad =
		    i < MUTATIONS ? ways[way].change(&l, &o) : flip_in(&l, &o, i - MUTATIONS);

		v = log_verdict(&l);
		cr_assert_not(v.ok, "%u: %s of %u", i, ways[way].name, bad);
		cr_assert(
		    v.first_bad >= 0 && v.first_bad <= (int64_t)bad && (int64_t)bad <= v.last_bad,
		    "%u: %s of %u, not %lld to %lld: %s", i, ways[way].name, bad,
		    (long long)v.first_bad, (long long)v.last_bad, v.why);
		cr_assert_eq((uint64_t)v.first_bad, v.records, "all before it are right");
		cr_assert_leq(v.checkpoint, v.records);
		exact += v.first_bad == (int64_t)bad;
		restore(&l, &o);
	}
	/*
	 * of the last line alone, changed, one cannot tell it from those after the checkpoint
	 * before
	 */
	cr_assert_geq(exact, (MUTATIONS + RECORDS) * 97 / 100, "%u named exactly", exact);
	v = log_verdict(&l);
	cr_assert(v.ok, "and the true one is: %s", v.why);
	take_away(&l, &o);
	take_away(&other, &foreign);
}

static unsigned
names(const struct log *l, const struct verify *how, const char *words)
{
	struct verdict v;
	struct diag d = { 0 };

	cr_assert_eq(audit_verify(l->dir, how, &v, &d), 0, "%s", d.say);
	cr_assert_not(v.ok);
	cr_assert_not_null(strstr(v.why, words), "%s", v.why);
	return (unsigned)v.first_bad;
}

static void
copy_notes(const struct log *l, const char *to)
{
	char command[256];

	snprintf(command, sizeof(command), "cat %s/checkpoints/*.notes > %s", l->dir, to);
	cr_assert_eq(system(command), 0);
}

/* With the key in hand a log can be written anew that holds together in itself. */
Test(tamper, a_log_written_anew_with_the_stolen_key_contradicts_what_left_the_machine)
{
	struct log l = log_new(), anew = log_new();
	char kept[] = "/tmp/seawall-kept-XXXXXX";
	struct verify how = { .key = &log_key.key, .given = kept };
	struct verdict v;

	close(mkstemp(kept));
	log_open(&l);
	log_sign(&l, &log_key);
	log_fill(&l, 50);
	log_close(&l);
	copy_notes(&l, kept);
	cr_assert_eq(audit_verify(l.dir, &how, &v, NULL), 0);
	cr_assert(v.ok, "%s", v.why);
	cr_assert_eq(v.checkpoint, 51);

	log_open(&anew);
	log_sign(&anew, &log_key);
	for (unsigned i = 0; i < 60; i++)
		cr_assert_eq(log_add(&anew, i + (i >= 20), AUDIT_SYNC), 0);
	log_close(&anew);
	v = log_verdict(&anew);
	cr_assert(v.ok && v.checkpoint == 61, "by itself it is well: %s", v.why);
	cr_assert_eq(names(&anew, &how, "of lines 1 to 50 at least one"), 1,
	    "the first was kept alone, too");
	log_remove(&anew);

	anew = log_new();
	log_open(&anew);
	log_sign(&anew, &log_key);
	log_fill(&anew, 30);
	log_close(&anew);
	cr_assert_eq(names(&anew, &how, "the end is missing"), 31,
	    "cut, and its checkpoints with it");
	unlink(kept);
	log_remove(&l);
	log_remove(&anew);
}

/* Somebody without the key. */
Test(tamper, a_log_signed_by_another_is_not_taken_for_ours)
{
	struct log l = log_new();
	struct verify how = { .key = &log_key.key };
	struct note_secret other;
	char command[128];

	cr_assert_eq(note_secret_new(&other, "test/seawall", NULL), 0);
	log_open(&l);
	log_sign(&l, &other);
	log_fill(&l, 10);
	log_close(&l);
	names(&l, &how, "not signed with this key");
	snprintf(command, sizeof(command), "rm -r %s/checkpoints", l.dir);
	cr_assert_eq(system(command), 0);
	how.key = &other.key;
	names(&l, &how, "there is no checkpoint");
	log_remove(&l);
}

Test(tamper, a_checkpoint_that_was_changed_is_found)
{
	struct log l = log_new();
	char path[128];
	FILE *f;

	log_open(&l);
	log_sign(&l, &log_key);
	log_fill(&l, 10);
	log_close(&l);
	snprintf(path, sizeof(path), "%s/checkpoints/00000000.notes", l.dir);
	f = fopen(path, "r+");
	cr_assert_not_null(f);
	fseek(f, 17, SEEK_SET);		/* of the first root */
	fputc(fgetc(f) == 'A' ? 'B' : 'A', f);
	fclose(f);
	cr_assert_leq(names(&l, &(struct verify){ .key = &log_key.key }, ""), 1);
	log_remove(&l);
}

/* What no chain can show without a root of then; said here so that nobody believes more. */
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

/* ---- while it is written ------------------------------------------------- */

static const char *const ways[] = {
	"rm %1$s", "mv %1$s %1$s.old", "echo another >%1$s.new && mv %1$s.new %1$s",
	"rm %1$s && mkdir %1$s", "gzip -q %1$s",
};

Test(tamper, puts_back_the_segment_that_is_written)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct log l = log_new();
		char path[128], command[640];

		log_open(&l);
		log_fill(&l, 10);
		cr_assert_eq(log_add(&l, 10, AUDIT_SYNC), 0);
		log_fill(&l, 2);
		segment_path(&l, 0, path);
		snprintf(command, sizeof(command), ways[i], path);
		cr_assert_eq(system(command), 0);
		cr_expect_eq(log_add(&l, 11, AUDIT_SYNC), 0);
		cr_expect_eq(audit_restored(l.a), 1, "%s", ways[i]);
		cr_expect_eq(log_add(&l, 12, AUDIT_SYNC), 0);
		cr_expect_eq(audit_restored(l.a), 1, "once");
		cr_expect_eq(log_verdict(&l).records, 15, "%s", ways[i]);
		log_close(&l);
		cr_expect_eq(log_open(&l), 0);
		cr_expect_eq(audit_count(l.a), 15, "and the next start goes on");
		log_remove(&l);
	}
}

/* Another log may have the name of the copy, too. */
Test(tamper, keeps_all_that_had_taken_the_place_of_a_segment)
{
	struct log l = log_new();
	char path[128], other[160], text[16];

	log_open(&l);
	log_fill(&l, 10);
	segment_path(&l, 0, path);
	snprintf(other, sizeof(other), "%s.restored", path);
	for (int i = 1; i <= 2; i++) {
		cr_assert_eq(unlink(path), 0);
		snprintf(text, sizeof(text), "another %d\n", i);
		write_segment(&l, 0, text, strlen(text));
		cr_assert_eq(link(path, other), 0);
		cr_expect_eq(audit_look(l.a), 0);
	}
	for (int i = 1; i <= 2; i++) {
		snprintf(other, sizeof(other), "grep -qx 'another %d' %s.replaced-%d", i, path, i);
		cr_expect_eq(system(other), 0, "%s", other);
	}
	cr_expect_eq(log_verdict(&l).records, 10);
	log_remove(&l);
}

Test(tamper, takes_ends_alone_while_a_segment_cannot_be_put_back)
{
	struct log l = log_new();
	char command[128];

	log_open(&l);
	log_fill(&l, 10);
	snprintf(command, sizeof(command), "rm -r %s", l.dir);
	cr_assert_eq(system(command), 0);
	cr_expect_eq(log_add(&l, 10, AUDIT_SYNC), -ENOENT, "nobody has looked before");
	cr_expect_eq(audit_look(l.a), -ENOENT);
	cr_expect_not(audit_has_room(l.a));
	cr_expect_eq(log_add(&l, 10, AUDIT_SYNC_RESERVE), 0);
	cr_expect_eq(audit_restored(l.a), 0);
	audit_close(l.a);
}

/* Its descriptor is all that is left of it. */
Test(tamper, keeps_a_segment_open_until_it_can_be_put_back)
{
	struct log l = log_new();
	struct rlimit files, none;
	char path[128];

	log_open(&l);
	log_fill(&l, 10);
	segment_path(&l, 0, path);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	none = (struct rlimit){ 0, files.rlim_max };
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	audit_segment_max(l.a, 1);
	for (int i = 10; i < 20; i++)
		cr_assert_eq(log_add(&l, i, AUDIT_SYNC_RESERVE), 0);
	cr_expect_eq(audit_look(l.a), -EMFILE);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	cr_expect_eq(audit_look(l.a), 0);
	cr_expect_eq(log_verdict(&l).records, 20);
	log_remove(&l);
}
