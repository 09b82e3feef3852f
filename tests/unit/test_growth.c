/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the publisher of checkpoints works with: proofs without reading the log again, and the
 * newest note from its end.
 */
#include "audit/growth.h"
#include "audit/notes.h"
#include "audit/published.h"
#include "audit_log.h"
#include "base/file.h"
#include "leak.h"

#define LINES 70

TestSuite(growth, .fini = leak_check);

static size_t
line_of(uint64_t i, char buf[static 32])
{
	return (size_t)snprintf(buf, 32, "line %llu", (unsigned long long)i);
}

static struct checkpoint
checkpoint_of(uint64_t size)
{
	struct checkpoint c = { .size = size };
	struct tree t;
	char buf[32];

	tree_init(&t);
	for (uint64_t i = 0; i < size; i++)
		tree_add(&t, buf, line_of(i, buf));
	tree_root(&t, c.root);
	return c;
}

static struct proof
from_all_lines(uint64_t old, uint64_t size)
{
	struct proof p;
	struct proof_work w;
	char buf[32];

	proof_of_growth(&p, old, size);
	proof_begin(&w, &p);
	for (uint64_t i = 0; i < size; i++) {
		size_t len = line_of(i, buf);

		proof_add(&w, i, buf, len);
	}
	proof_end(&w);
	return p;
}

Test(growth, proves_what_reading_all_lines_proves)
{
	char buf[32];

	for (uint64_t old = 0; old <= LINES; old++) {
		struct growth g = { 0 };

		for (uint64_t i = 0; i < LINES; i++)
			cr_assert_eq(growth_add(&g, old, buf, line_of(i, buf)), 0);
		for (uint64_t size = old; size <= LINES; size++) {
			struct checkpoint c = checkpoint_of(size);
			struct proof want = from_all_lines(old, size), got;

			cr_assert_eq(growth_prove(&g, &c, &got), 0);
			cr_assert_eq(got.n, want.n);
			cr_assert_eq(memcmp(got.hash, want.hash, (size_t)got.n * HASH_LEN), 0,
			    "%u to %u", (unsigned)old, (unsigned)size);
		}
		growth_fini(&g);
	}
}

Test(growth, goes_on_from_what_was_proved_last)
{
	struct growth g = { 0 };
	struct proof p, want;
	char buf[32];

	for (uint64_t i = 0; i < LINES; i++) {
		struct checkpoint c = checkpoint_of(i + 1);
		uint64_t old = g.old.n;

		cr_assert_eq(growth_add(&g, 0, buf, line_of(i, buf)), 0);
		if (i % 3 != 0)
			continue;
		cr_assert_eq(growth_prove(&g, &c, &p), 0);
		want = from_all_lines(old, i + 1);
		cr_assert_eq(memcmp(p.hash, want.hash, (size_t)p.n * HASH_LEN), 0);
		growth_move(&g, i + 1);
		cr_assert(g.n == 0 && growth_lines(&g) == i + 1);
	}
	growth_fini(&g);
}

Test(growth, proves_no_checkpoint_of_other_lines)
{
	struct checkpoint longer = checkpoint_of(11), forged = checkpoint_of(9),
			  shorter = checkpoint_of(3);
	struct growth g = { 0 };
	struct proof p;
	char buf[32];

	for (uint64_t i = 0; i < 10; i++)
		cr_assert_eq(growth_add(&g, 4, buf, line_of(i, buf)), 0);
	forged.root[0] ^= 1;
	cr_expect_eq(growth_prove(&g, &longer, &p), -EBADMSG);
	cr_expect_eq(growth_prove(&g, &forged, &p), -EBADMSG);
	cr_expect_eq(growth_prove(&g, &shorter, &p), -EBADMSG);
	growth_fini(&g);
}

/* ---- the newest note ----------------------------------------------------- */

static void
append_line(struct log *l)
{
	struct say say = { "Something.", "Algo." };
	wall_t t = LOG_START;

	cr_assert_eq(audit_append(l->a, AUDIT_HEARTBEAT, t, say, NULL, AUDIT_SYNC, NULL), 0);
}

static int
newest(const struct log *l, struct notes_kept *k)
{
	free(k->bytes);
	return notes_newest(k, l->dir, NULL);
}

static void
tear(const struct log *l, const char *with)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/checkpoints/00000000.notes", l->dir);
	f = fopen(path, "a");
	cr_assert(f != NULL && fputs(with, f) >= 0 && fclose(f) == 0);
}

Test(growth, the_newest_note_is_found_from_the_end)
{
	struct notes_kept k = { 0 };
	struct log l = log_new();

	cr_expect_eq(notes_newest(&k, l.dir, NULL), -ENODATA, "a log without any");
	cr_expect_eq(k.len, 0);
	log_open(&l);
	log_sign(&l, &log_key);
	for (unsigned i = 0; i < 1500; i++) {
		append_line(&l);
		cr_assert_eq(audit_checkpoint(l.a), 0);
		if (i % 250 != 0 && i != 1499)
			continue;
		cr_assert_eq(newest(&l, &k), 0);
		cr_expect_eq(k.says.size, i + 2);
	}
	tear(&l, "PeterNeumann\n1503\nAAAA");
	cr_assert_eq(newest(&l, &k), 0);
	cr_expect_eq(k.says.size, 1501, "a half one behind it is passed over");
	tear(&l, "\n\n" NOTE_DASH "PeterNeumann x08go");
	cr_assert_eq(newest(&l, &k), 0);
	cr_expect_eq(k.says.size, 1501, "even one whose signature has begun");
	free(k.bytes);
	log_remove(&l);
}

/* ---- for witnesses ------------------------------------------------------- */

static void
publish_newest(struct log *l, const char *path, const struct proof *proof)
{
	struct notes_kept k = { 0 };
	struct published h;

	append_line(l);
	cr_assert_eq(audit_checkpoint(l->a), 0);
	cr_assert_eq(newest(l, &k), 0);
	cr_assert_eq(published_open(&h, path, NULL), 0);
	cr_assert_eq(published_add(&h, proof, &k, NULL), 0);
	published_close(&h);
	free(k.bytes);
}

/* Lines were added between the checkpoint that was to be the first and the one that became it. */
Test(growth, the_first_that_is_published_continues_nothing)
{
	char path[] = "published-XXXXXX", *all, *second;
	struct proof p = { .n = 1 };
	struct log l = log_new();
	size_t len;
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
	log_open(&l);
	log_sign(&l, &log_key);
	publish_newest(&l, path, &p);
	publish_newest(&l, path, &p);
	cr_assert_eq(file_slurp(&all, &len, path, 4096), 0);
	second = strstr(all, "\n\nold ");
	cr_assert_not_null(second);
	cr_expect_eq(strncmp(all, "old 0\n\n", 7), 0, "%s", all);
	cr_expect_eq(strncmp(second, "\n\nold 2\nAAAAAAAAAA", 18), 0, "%s", second);
	free(all);
	unlink(path);
	log_remove(&l);
}
