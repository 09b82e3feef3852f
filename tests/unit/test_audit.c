/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "audit/tree.h"
#include "audit_log.h"
#include "leak.h"

TestSuite(audit, .fini = leak_check);

/* --- the tree ----------------------------------------------------------------------------- */

/* Leaves and roots as in the test data that implementations of RFC 6962 share. */
Test(audit, tree_roots_are_the_known_ones)
{
	static const struct { const char *leaf; size_t len; const char *root;
	} rows[] = {
		{ "", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
		{ "\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
		{ "\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
		{ "\x20\x21", 2,
		    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
		{ "\x30\x31", 2,
		    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
		{ "\x40\x41\x42\x43", 4,
		    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
		{ "\x50\x51\x52\x53\x54\x55\x56\x57", 8,
		    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
		{ "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
		    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
	};
	struct tree t;
	uint8_t root[HASH_LEN];
	char text[65];

	tree_init(&t);
	tree_root(&t, root);
	hex(text, root);
	cr_assert_str_eq(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		tree_add(&t, rows[i].leaf, rows[i].len);
		tree_root(&t, root);
		hex(text, root);
		cr_assert_str_eq(text, rows[i].root, "%zu leaves", i + 1);
	}
}

/* Other code, other language, the RFC's own recursion; also judges keys, numbers and chain. */
Test(audit, root_agrees_with_an_independent_implementation)
{
	struct log l = log_new();
	const char *src = getenv("srcdir");
	char command[256], said[128], wanted[128], text[65];
	uint8_t root[32];
	FILE *f;

	if (system("command -v python3 >/dev/null 2>&1") != 0)
		cr_skip_test("python3 is not installed: the root was not computed a second time");
	log_open(&l);
	audit_segment_max(l.a, 20000);
	for (unsigned i = 0; i < 300; i++) {
		cr_assert_eq(log_add(&l, i, AUDIT_LATER), 0);
		if (i != 0 && i != 1 && i != 6 && i != 127 && i != 299)
			continue;
		snprintf(command, sizeof(command), "python3 %s/tests/unit/audit_root.py %s",
		    src != NULL ? src : ".", l.dir);
		f = popen(command, "r");
		cr_assert_not_null(fgets(said, sizeof(said), f));
		cr_assert_eq(pclose(f), 0);
		audit_root(l.a, root);
		hex(text, root);
		snprintf(wanted, sizeof(wanted), "%u %s\n", i + 1, text);
		cr_assert_str_eq(said, wanted);
	}
	log_remove(&l);
}

/* --- appending and reading ---------------------------------------------------------------- */

static int
collect(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	json_t *all = ctx;

	cr_assert_eq(n, json_array_size(all));
	cr_assert_eq(line[len], '\n', "borrowed from the file");
	json_array_append(all, (json_t *)record);
	return json_array_size(all) == 7 ? 42 : 0;
}

Test(audit, replay_hands_over_what_was_appended)
{
	struct log l = log_new();
	json_t *all = json_array(), *r;
	uint64_t n = 99;
	wall_t t = LOG_START;

	cr_assert_eq(log_open(&l), 0, "a new log has nothing torn");
	cr_assert_eq(audit_append(l.a, AUDIT_START, t, (struct say){ "Hello", "Hola" }, NULL,
			 AUDIT_SYNC, &n),
	    0);
	cr_assert_eq(n, 0);
	log_fill(&l, 5);
	log_close(&l);
	cr_assert_eq(audit_replay(l.dir, collect, all, NULL), 0);
	cr_assert_eq(json_array_size(all), 6);
	r = json_array_get(all, 0);
	cr_assert_str_eq(json_string_value(json_object_get(r, "kind")), "start");
	cr_assert_str_eq(json_string_value(json_object_get(r, "prev")), "");
	cr_assert_str_eq(json_string_value(json_object_get(r, "t")), "2023-11-14T22:13:20.000Z");
	cr_assert_str_eq(
	    json_string_value(json_object_get(json_object_get(r, "say"), "es")), "Hola");
	r = json_array_get(all, 3);
	cr_assert_eq(json_integer_value(json_object_get(r, "i")), 2);
	cr_assert_float_eq(
	    json_real_value(json_object_get(json_object_get(r, "rule"), "rate")), 3.0, 0);
	json_array_clear(all);

	log_open(&l);
	cr_assert_eq(audit_count(l.a), 6);
	log_fill(&l, 5);
	cr_assert_eq(
	    audit_replay(l.dir, collect, all, NULL), 42, "stops at the first other answer");
	json_decref(all);
	log_remove(&l);
}

Test(audit, segments_rotate_and_the_root_does_not_care)
{
	struct log l = log_new(), one = log_new();
	struct verdict v, w;
	uint8_t root[32];
	char path[128];

	log_open(&l);
	log_open(&one);
	audit_segment_max(l.a, 4000);
	log_fill(&l, 100);
	log_fill(&one, 100);
	v = log_verdict(&l);
	w = log_verdict(&one);
	cr_assert(v.ok && w.ok, "%s %s", v.why, w.why);
	cr_assert_eq(v.records, 100);
	cr_assert_eq(v.first_bad, -1);
	cr_assert_eq(memcmp(v.root, w.root, 32), 0);
	audit_root(l.a, root);
	cr_assert_eq(memcmp(v.root, root, 32), 0);
	snprintf(path, sizeof(path), "%s/00000007.jsonl", l.dir);
	cr_assert_eq(access(path, F_OK), 0);
	log_close(&l);
	log_open(&l);
	cr_assert_eq(audit_count(l.a), 100);
	audit_root(l.a, root);
	cr_assert_eq(memcmp(v.root, root, 32), 0, "the same after opening again");
	log_remove(&l);
	log_remove(&one);
}

Test(audit, a_second_writer_is_refused)
{
	struct log l = log_new();
	struct audit *other;
	struct diag d = { 0 };
	uint64_t torn;

	log_open(&l);
	cr_assert_eq(audit_open(&other, l.dir, &torn, &d), -EBUSY);
	cr_assert_not_null(strstr(d.say, "another process"));
	log_close(&l);
	log_open(&l);
	log_remove(&l);
}

Test(audit, what_cannot_be_a_record_is_refused_and_leaves_nothing)
{
	struct log l = log_new();
	struct say say = { "a", "b" };
	wall_t t = LOG_START;
	char *big = calloc(1, 300000);

	log_open(&l);
	log_fill(&l, 1);
	cr_assert_eq(
	    audit_append(l.a, AUDIT_INTENT, t, say, json_pack("{s:i}", "n", 7), AUDIT_LATER, NULL),
	    -EINVAL);
	cr_assert_eq(audit_append(l.a, AUDIT_INTENT, t, say, json_pack("{s:s}", "kind", "x"),
			 AUDIT_LATER, NULL),
	    -EINVAL);
	cr_assert_eq(
	    audit_append(l.a, AUDIT_INTENT, t, say, json_array(), AUDIT_LATER, NULL), -EINVAL);
	memset(big, 'x', 299999);
	cr_assert_eq(audit_append(l.a, AUDIT_INTENT, t, say, json_pack("{s:s}", "x", big),
			 AUDIT_LATER, NULL),
	    -E2BIG);
	free(big);
	cr_assert_eq(audit_count(l.a), 1);
	log_fill(&l, 1);
	cr_assert(log_verdict(&l).ok);
	log_remove(&l);
}

/* Each has its place at once, and the disk is asked once. */
Test(audit, what_is_held_goes_over_into_the_next_segment)
{
	struct log l = log_new();
	struct verdict v;
	uint8_t root[32];

	log_open(&l);
	audit_segment_max(l.a, 20000);
	audit_hold(l.a);
	for (unsigned i = 0; i < 200; i++)
		cr_assert_eq(log_add(&l, i, i % 2 == 0 ? AUDIT_SYNC : AUDIT_LATER), 0);
	cr_assert_eq(audit_sync(l.a), 0);
	cr_assert_eq(audit_count(l.a), 200);
	v = log_verdict(&l);
	cr_assert(v.ok, "%s", v.why);
	cr_assert_eq(v.records, 200);
	audit_root(l.a, root);
	cr_assert_arr_eq(v.root, root, 32);
	log_remove(&l);
}

/* The limit of a file's size stands for a disk that takes no more. */
Test(audit, what_does_not_fit_while_lines_are_held_is_refused_alone)
{
	struct log l = log_new();
	struct rlimit was, full;
	unsigned fitted = 3, refused = 0;

	log_open(&l);
	log_fill(&l, 3);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &was), 0);
	full = (struct rlimit){ 20000, was.rlim_max };
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
	audit_hold(l.a);
	for (unsigned i = 0; i < 200; i++) {
		int err = log_add(&l, i, AUDIT_SYNC);

		cr_assert(err == 0 || err == -EFBIG, "%d", err);
		fitted += err == 0;
		refused += err != 0;
	}
	cr_assert_eq(audit_sync(l.a), 0);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &was), 0);
	cr_assert(fitted > 3 && refused > 0);
	log_fill(&l, 2);
	cr_assert(log_verdict(&l).ok);
	cr_assert_eq(log_verdict(&l).records, fitted + 2);
	log_remove(&l);
}

/* Around the size of the writer's first buffer, and at the limit. */
Test(audit, lines_of_every_length_are_whole)
{
	struct log l = log_new();
	struct say say = { "a", "b" };
	wall_t t = LOG_START;
	struct verdict v;
	char *big = calloc(1, 262001);

	log_open(&l);
	for (unsigned n = 3800; n <= 262000; n = n == 4200 ? 262000 : n + 1) {
		json_t *fields;

		memset(big, 'x', n);
		big[n] = '\0';
		fields = json_pack("{s:s}", "x", big);
		cr_assert_eq(
		    audit_append(l.a, AUDIT_INTENT, t, say, fields, AUDIT_LATER, NULL), 0, "%u", n);
	}
	free(big);
	v = log_verdict(&l);
	cr_assert(v.ok, "%s", v.why);
	cr_assert_eq(v.records, audit_count(l.a));
	log_remove(&l);
}

Test(audit, words_that_are_not_utf8_do_not_keep_a_record_out)
{
	struct log l = log_new();
	struct say say = { "BIRD said \xff\xfe", NULL };
	wall_t t = LOG_START;

	log_open(&l);
	cr_assert_eq(audit_append(l.a, AUDIT_OUTCOME, t, say, NULL, AUDIT_SYNC, NULL), 0);
	cr_assert(log_verdict(&l).ok);
	log_remove(&l);
}

/* --- accidents ---------------------------------------------------------------------------- */

static char *
last_segment(const struct log *l, char path[static 128])
{
	snprintf(path, 128, "%s/00000000.jsonl", l->dir);
	return path;
}

Test(audit, a_torn_last_line_is_cut_back_wherever_it_tore)
{
	struct log l = log_new();
	char path[128];
	struct stat whole, two;
	off_t cut = 0;

	log_open(&l);
	log_fill(&l, 2);
	stat(last_segment(&l, path), &two);
	log_fill(&l, 1);
	stat(path, &whole);
	log_close(&l);
	for (off_t at = two.st_size; at < whole.st_size; at++, cut++) {
		cr_assert_eq(truncate(path, at), 0);
		cr_assert_eq(log_open(&l), (uint64_t)(at - two.st_size));
		cr_assert_eq(audit_count(l.a), 2);
		cr_assert_eq(log_add(&l, 2, AUDIT_LATER), 0);
		cr_assert(log_verdict(&l).ok);
		log_close(&l);
	}
	cr_assert_gt(cut, 200, "each byte of it");
	log_remove(&l);
}

Test(audit, a_last_line_that_is_no_record_is_refused_and_kept)
{
	struct log l = log_new();
	char path[128];
	struct stat before, after;
	struct diag d = { 0 };
	uint64_t torn;
	FILE *f;

	log_open(&l);
	log_fill(&l, 2);
	log_close(&l);
	f = fopen(last_segment(&l, path), "a");
	fputs("{\"n\":2}\n", f);
	fclose(f);
	stat(path, &before);
	cr_assert_eq(audit_open(&l.a, l.dir, &torn, &d), -EBADMSG);
	cr_assert_not_null(strstr(d.say, "record 2"), "%s", d.say);
	stat(path, &after);
	cr_assert_eq(before.st_size, after.st_size);
	l.a = NULL;
	log_remove(&l);
}

/* A write that stops in the middle (here: at the process's file size limit) leaves no trace. */
Test(audit, half_a_line_does_not_stay)
{
	struct log l = log_new();
	char path[128];
	struct stat st;
	struct rlimit limit, old;

	signal(SIGXFSZ, SIG_IGN);
	log_open(&l);
	log_fill(&l, 10);
	stat(last_segment(&l, path), &st);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = old;
	limit.rlim_cur = (rlim_t)st.st_size + 50;
	/* the reserve is larger than that and already there */
	setrlimit(RLIMIT_FSIZE, &limit);
	cr_assert_eq(log_add(&l, 10, AUDIT_SYNC), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &old);
	cr_assert_eq(audit_count(l.a), 10);
	cr_assert(log_verdict(&l).ok, "%s", log_verdict(&l).why);
	cr_assert_eq(log_add(&l, 10, AUDIT_SYNC), 0);
	cr_assert(log_verdict(&l).ok);
	cr_assert_eq(log_verdict(&l).records, 11);
	log_remove(&l);
}

static void
write_until_killed(struct log *l, int tell)
{
	uint64_t n;

	log_open(l);
	audit_segment_max(l->a, 30000);
	for (;;) {
		n = audit_count(l->a);
		if (log_add(l, (unsigned)n, AUDIT_SYNC) != 0 ||
		    write(tell, &n, sizeof(n)) != sizeof(n))
			_exit(1);
	}
}

Test(audit, what_was_acknowledged_survives_fifty_kills)
{
	struct log l = log_new();
	uint64_t acked = 0, n;
	unsigned seed = 7, acks = 0;

	for (unsigned round = 0; round < 50; round++) {
		int tell[2], status;
		struct verdict v;
		pid_t pid;

		cr_assert_eq(pipe(tell), 0);
		pid = fork();
		if (pid == 0)
			write_until_killed(&l, tell[1]);
		close(tell[1]);
		/* some, so that it has opened the log; then at any moment */
		for (int more = 1 + rand_r(&seed) % 10; more > 0; more--, acks++)
			cr_assert_eq(read(tell[0], &acked, sizeof(acked)), sizeof(acked));
		usleep((useconds_t)rand_r(&seed) % 4000);
		kill(pid, SIGKILL);
		while (read(tell[0], &n, sizeof(n)) == sizeof(n)) {
			acked = n;
			acks++;
		}
		close(tell[0]);
		waitpid(pid, &status, 0);
		cr_assert(WIFSIGNALED(status));
		log_open(&l);
		cr_assert_geq(audit_count(l.a), acked + 1);
		cr_assert_leq(audit_count(l.a), acked + 2, "at most the one under way");
		log_close(&l);
		v = log_verdict(&l);
		cr_assert(v.ok, "%s", v.why);
	}
	cr_assert_gt(acks, 50);
	log_remove(&l);
}

/* --- a full disk -------------------------------------------------------------------------- */

static void
fill_disk(const char *dir, const char *name)
{
	char path[128], block[4096] = { 1 };
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
}

Test(audit, a_full_disk_stops_announcements_and_never_ends)
{
	struct log l = log_new();
	struct verdict v;
	char path[128];
	unsigned ends = 0, taken;
	wall_t t = LOG_START;

	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", l.dir, "tmpfs", 0, "size=4m") != 0)
		cr_skip_test("no right to mount a small disk: the full one was not tried");
	log_open(&l);
	log_fill(&l, 10);
	fill_disk(l.dir, "filler");
	/* what is left of the segment's last page may still take a few */
	for (taken = 0; log_add(&l, taken, AUDIT_SYNC) == 0; taken++)
		cr_assert_lt(taken, 20);
	cr_assert_eq(log_add(&l, 0, AUDIT_SYNC), -ENOSPC);
	cr_assert(log_verdict(&l).ok);

	for (unsigned i = 0; i < 200; i++, ends++)
		cr_assert_eq(log_add(&l, i, AUDIT_SYNC_RESERVE), 0, "end %u", i);
	cr_assert_eq(audit_journal_add(l.dir, t, "reaper", "m3", "removed m3"), 0);
	cr_assert_eq(
	    log_add(&l, 0, AUDIT_SYNC), -ENOSPC, "what was freed is not for announcements");
	fill_disk(l.dir, "filler2");
	cr_assert_eq(log_add(&l, 0, AUDIT_SYNC_RESERVE), 0, "others do not get the rest either");
	v = log_verdict(&l);
	cr_assert(v.ok, "%s", v.why);
	cr_assert_eq(v.records, 10 + taken + ends + 1);
	log_close(&l);
	log_open(&l);
	cr_assert_eq(
	    log_add(&l, 0, AUDIT_SYNC_RESERVE), 0, "an end after a restart on the full disk");

	snprintf(path, sizeof(path), "%s/filler", l.dir);
	unlink(path);
	cr_assert_eq(log_add(&l, 0, AUDIT_SYNC), 0, "space again: announcements again");
	cr_assert(log_verdict(&l).ok);
	log_close(&l);
	umount2(l.dir, MNT_DETACH);
	rmdir(l.dir);
}

/* --- the journal -------------------------------------------------------------------------- */

struct taker {
	unsigned seen, accept;
	char did[8][64];
};

static int
take_entry(void *ctx, const json_t *entry)
{
	struct taker *t = ctx;

	if (t->seen == t->accept)
		return -EAGAIN;
	snprintf(t->did[t->seen++], 64, "%s", json_string_value(json_object_get(entry, "did")));
	return 0;
}

Test(audit, the_journal_keeps_what_was_not_accepted)
{
	struct log l = log_new();
	struct taker t = { .accept = 2 };
	wall_t now = LOG_START;
	char path[128];
	FILE *f;

	cr_assert_eq(audit_journal_take(l.dir, take_entry, &t), 0, "none yet");
	cr_assert_eq(audit_journal_add(l.dir, now, "reaper", "m1", "removed m1"), 0);
	cr_assert_eq(audit_journal_add(l.dir, now, "reaper", "m1", "removed m2"), 0);
	/* a writer that died */
	snprintf(path, sizeof(path), "%s/journal", l.dir);
	f = fopen(path, "a");
	fputs("{\"did\":\"remo", f);
	fclose(f);
	cr_assert_eq(audit_journal_add(l.dir, now, "ana", NULL, "removed m3 \xff"), 0);
	cr_assert_eq(audit_journal_take(l.dir, take_entry, &t), -EAGAIN);
	cr_assert_eq(t.seen, 2);
	cr_assert_str_eq(t.did[1], "removed m2");
	t = (struct taker){ .accept = 8 };
	cr_assert_eq(audit_journal_take(l.dir, take_entry, &t), 0);
	cr_assert_eq(t.seen, 2);
	cr_assert_str_eq(t.did[0], "{\"did\":\"remo", "handed on as it is");
	cr_assert_str_eq(t.did[1], "removed m3 ?");
	t = (struct taker){ .accept = 8 };
	cr_assert_eq(audit_journal_take(l.dir, take_entry, &t), 0);
	cr_assert_eq(t.seen, 0, "empty now");
	log_remove(&l);
}

/* People withdraw --offline as root; the engine that takes the journal is not root. */
Test(audit, a_journal_of_root_is_the_directorys_owners)
{
	struct log l = log_new();
	wall_t now = LOG_START;
	struct stat st;
	char path[128];

	if (geteuid() != 0) {
		log_remove(&l);
		cr_skip_test("only root gives files away");
	}
	cr_assert_eq(chown(l.dir, 65534, 65533), 0);
	cr_assert_eq(audit_journal_add(l.dir, now, "ana", "m1", "removed m1"), 0);
	snprintf(path, sizeof(path), "%s/journal", l.dir);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_uid, 65534);
	cr_assert_eq(st.st_gid, 65533);
	log_remove(&l);
}

/* Four writers and a taker that stops now and then: nothing lost, nothing twice. */
Test(audit, the_journal_is_shared_by_processes)
{
	struct log l = log_new();
	unsigned total = 0;
	wall_t now = LOG_START;
	pid_t pids[4];

	for (unsigned p = 0; p < 4; p++) {
		pids[p] = fork();
		if (pids[p] != 0)
			continue;
		for (unsigned i = 0; i < 50; i++)
			if (audit_journal_add(l.dir, now, "reaper", "m1", "removed") != 0)
				_exit(1);
		_exit(0);
	}
	for (unsigned p = 0; p < 4;) {
		struct taker t = { .accept = 3 };
		int status;

		audit_journal_take(l.dir, take_entry, &t);
		total += t.seen;
		if (waitpid(pids[p], &status, WNOHANG) == pids[p]) {
			cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
			p++;
		}
	}
	for (struct taker t = { .accept = 8, .seen = 1 }; t.seen != 0; total += t.seen) {
		t = (struct taker){ .accept = 8 };
		audit_journal_take(l.dir, take_entry, &t);
	}
	cr_assert_eq(total, 200, "%u", total);
	log_remove(&l);
}
