/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Segments that somebody has compressed. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "audit/lines.h"
#include "audit_log.h"
#include "leak.h"

TestSuite(packed, .fini = leak_check);

static void
gzip(const struct log *l, const char *options, unsigned segment)
{
	char command[256];

	snprintf(command, sizeof(command), "gzip %s %s/%08u.jsonl", options, l->dir, segment);
	cr_assert_eq(system(command), 0);
}

Test(packed, segments_that_somebody_compressed_are_read_as_they_were)
{
	struct log l = log_new();
	char path[128];
	struct verdict before, v;
	struct diag d = { 0 };
	FILE *f;

	log_open(&l);
	audit_segment_max(l.a, 12000);
	log_sign(&l, &log_key);
	log_fill(&l, 200);
	log_close(&l);
	before = log_verdict(&l);
	gzip(&l, "-k", 1);
	gzip(&l, "", 2);
	v = log_verdict(&l);
	cr_expect(v.ok && v.records == before.records && memcmp(v.root, before.root, 32) == 0, "%s",
	    v.why);
	cr_assert_eq(log_open(&l), 0);
	cr_assert_eq(audit_count(l.a), 201);
	cr_assert_eq(log_add(&l, 7, AUDIT_SYNC), 0);
	log_close(&l);
	cr_expect(log_verdict(&l).ok);
	/* also the newest, of a daemon that does not run: it goes on in another */
	for (unsigned i = 0; snprintf(path, sizeof(path), "%s/%08u.jsonl", l.dir, i), i < 40; i++)
		if (i != 1 && access(path, F_OK) == 0)
			gzip(&l, "", i);
	cr_assert_eq(log_open(&l), 0);
	cr_assert_eq(log_add(&l, 8, AUDIT_SYNC), 0);
	log_close(&l);
	v = log_verdict(&l);
	cr_expect(v.ok && v.records == 203, "%s", v.why);
	/* damaged: said where, not read as if it ended there */
	snprintf(path, sizeof(path), "%s/00000002.jsonl.gz", l.dir);
	cr_assert_eq(truncate(path, 400), 0);
	cr_assert_eq(audit_verify(l.dir, NULL, &v, &d), 0, "%s", d.say);
	cr_expect_not(v.ok);
	cr_expect_not_null(strstr(v.why, "damaged"), "%s", v.why);
	f = fopen(path, "w");
	fputs("no gzip", f);
	fclose(f);
	cr_assert_eq(audit_verify(l.dir, NULL, &v, &d), 0, "%s", d.say);
	cr_expect_not(v.ok, "%s", v.why);
	log_remove(&l);
}

/* A copy that ended early, of the newest segment: nowhere is it read as if the log ended there. */
Test(packed, no_part_of_a_compressed_segment_stands_for_it)
{
	struct log l = log_new();
	struct verdict v;
	struct stat whole;
	struct audit *a;
	struct diag d;
	uint64_t torn;
	char path[128];

	log_open(&l);
	audit_segment_max(l.a, 4000);
	log_fill(&l, 25);
	log_close(&l);
	gzip(&l, "", 1);
	snprintf(path, sizeof(path), "%s/00000001.jsonl.gz", l.dir);
	cr_assert_eq(stat(path, &whole), 0);
	cr_assert_eq(log_verdict(&l).records, 25);
	for (off_t size = whole.st_size - 1; size >= 0; size--) {
		cr_assert_eq(truncate(path, size), 0);
		v = log_verdict(&l);
		cr_assert_not(v.ok, "%ld bytes", (long)size);
		cr_assert_not_null(strstr(v.why, "damaged"), "%ld bytes: %s", (long)size, v.why);
		cr_assert_eq(audit_open(&a, l.dir, &torn, &d), -EBADMSG, "%ld bytes", (long)size);
	}
	/* but one that nothing had been written to yet is whole */
	snprintf(path, sizeof(path), "cd %s && rm 00000001.jsonl.gz && touch 00000001.jsonl",
	    l.dir);
	cr_assert_eq(system(path), 0);
	gzip(&l, "", 1);
	cr_assert(log_verdict(&l).ok);
	log_remove(&l);
}

Test(packed, an_end_within_a_line_is_to_be_unpacked_first)
{
	struct log l = log_new();
	char command[256];
	struct audit *a;
	struct diag d;
	uint64_t torn;

	log_open(&l);
	log_fill(&l, 3);
	log_close(&l);
	snprintf(command, sizeof(command),
	    "cd %s && printf '{\"half' >>00000000.jsonl && gzip 00000000.jsonl", l.dir);
	cr_assert_eq(system(command), 0);
	cr_assert_eq(audit_open(&a, l.dir, &torn, &d), -EBADMSG);
	cr_expect_not_null(strstr(d.say, "/00000000.jsonl.gz: "), "%s", d.say);
	cr_expect_not_null(strstr(d.say, "gunzip"), "%s", d.say);
	/* as it says */
	snprintf(command, sizeof(command), "gunzip %s/00000000.jsonl.gz", l.dir);
	cr_assert_eq(system(command), 0);
	cr_assert_eq(log_open(&l), 6);
	cr_assert_eq(audit_count(l.a), 3);
	log_remove(&l);
}

/* --- while it is being done ---------------------------------------------------------------- */

/* What happens in the moment before somebody asks whether segment 1 is there. */
static void (*meanwhile)(int dir);

int
faccessat(int dir, const char *name, int mode, int flags)
{
	void (*now)(int) = meanwhile;

	(void)flags;
	if (now != NULL && strcmp(name, "00000001.jsonl") == 0) {
		meanwhile = NULL;
		now(dir);
	}
	return (int)syscall(SYS_faccessat, dir, name, mode);
}

static void
gzip_ends(int dir)
{
	cr_assert_eq(unlinkat(dir, "00000001.jsonl", 0), 0);
}

static void
gunzip_is_quick(int dir)
{
	cr_assert_eq(linkat(dir, "kept", dir, "00000001.jsonl", 0), 0);
	cr_assert_eq(unlinkat(dir, "00000001.jsonl.gz", 0), 0);
}

static unsigned
segments_listed(const struct log *l, void (*while_listing)(int))
{
	struct lines lines;
	struct diag d = { 0 };
	unsigned n;

	meanwhile = while_listing;
	cr_assert_eq(lines_open(&lines, l->dir, &d), 0, "%s", d.say);
	cr_assert_null(meanwhile, "nobody asked");
	cr_expect_not(lines.gap);
	n = lines.segments;
	lines_close(&lines);
	return n;
}

Test(packed, none_is_missed_or_seen_twice_while_it_is_done)
{
	struct log l = log_new();
	char command[256];
	unsigned n;

	log_open(&l);
	audit_segment_max(l.a, 3000);
	log_fill(&l, 40);
	log_close(&l);
	n = segments_listed(&l, NULL);
	cr_assert_gt(n, 2);
	snprintf(command, sizeof(command), "cp %s/00000001.jsonl %s/kept", l.dir, l.dir);
	cr_assert_eq(system(command), 0);
	gzip(&l, "-k", 1);
	cr_expect_eq(segments_listed(&l, gzip_ends), n);
	cr_expect_eq(segments_listed(&l, gunzip_is_quick), n);
	log_remove(&l);
}
