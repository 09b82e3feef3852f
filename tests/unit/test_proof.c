/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signed notes, checkpoints, proofs, keys and their succession. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "audit/notes.h"
#include "audit/proof.h"
#include "audit_log.h"
#include "base/file.h"
#include "leak.h"

/* Of somebody who puts another file in the place of the one being made. */
static struct { const char *path, *other; } thief;

int
fsync(int fd)
{
	if (thief.path != NULL && unlink(thief.path) == 0)
		cr_assert_eq(link(thief.other, thief.path), 0);
	return (int)syscall(SYS_fsync, fd);
}

static void
setup(void)
{
	cr_assert_geq(sodium_init(), 0);
}

TestSuite(proof, .init = setup, .fini = leak_check);

/* --- notes -------------------------------------------------------------------------------- */

/*
 * As the documentation of Go's sumdb/note has it: another implementation, its key and its
 * signature.
 */
#define PETER_KEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PETER_TEXT								\
	"If you think cryptography is the answer to your problem,\n"		\
	"then you don't know what your problem is.\n"
#define PETER_LINE								\
	"\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

static struct note_key
key_of(const char *text)
{
	struct note_key k;
	struct diag d = { 0 };

	cr_assert_eq(note_key_parse(&k, text, strlen(text), &d), 0, "%s", d.say);
	return k;
}

Test(proof, a_note_of_another_implementation_is_right)
{
	static const char bytes[] = PETER_TEXT "\n" PETER_LINE;
	struct note_key peter = key_of(PETER_KEY);
	char text[NOTE_KEY_TEXT];
	struct note_line l;
	struct note n;

	cr_assert_str_eq(note_key_text(&peter, text), PETER_KEY);
	cr_assert_eq(note_open(&n, bytes, strlen(bytes), NULL), 0);
	cr_assert_eq(n.len, strlen(PETER_TEXT));
	cr_assert(note_line(&n, 0, &l) && l.name_len == 12 && !note_line(&n, 1, &l));
	cr_assert_eq(note_check(&n, &peter), NOTE_SIGNED);
	peter.name[0] = 'B';
	cr_assert_eq(note_check(&n, &peter), NOTE_UNSIGNED, "of another name");
}

Test(proof, what_we_sign_is_what_another_implementation_signs)
{
	static const char secret[] =
	    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
	struct note_secret s;
	struct text t;
	char text[NOTE_KEY_TEXT];

	cr_assert_eq(note_secret_parse(&s, secret, strlen(secret), NULL), 0);
	cr_assert_str_eq(note_secret_text(&s, text), secret);
	text_init(&t, 1000);
	note_sign(&t, PETER_TEXT, strlen(PETER_TEXT), &s);
	cr_assert_str_eq(text_str(&t), PETER_LINE);
	text_fini(&t);
}

Test(proof, other_signatures_are_passed_over_and_a_wrong_one_of_ours_is_not)
{
	static const char others[] =
	    "\u2014 witness.example/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/"
	    "zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
	struct note_key peter = key_of(PETER_KEY);
	char bytes[2048];
	struct note n;

	snprintf(bytes, sizeof(bytes), PETER_TEXT "\n%s" PETER_LINE "%s", others, others);
	cr_assert_eq(note_open(&n, bytes, strlen(bytes), NULL), 0);
	cr_assert_eq(note_check(&n, &peter), NOTE_SIGNED);
	bytes[3] = 'Y';
	cr_assert_eq(note_check(&n, &peter), NOTE_FORGED, "another text");
	snprintf(bytes, sizeof(bytes), PETER_TEXT "\n%s", others);
	cr_assert_eq(note_open(&n, bytes, strlen(bytes), NULL), 0);
	cr_assert_eq(note_check(&n, &peter), NOTE_UNSIGNED);
}

Test(proof, what_is_no_note_or_no_key_is_refused)
{
	static const char *const notes[] = {
		"",
		"a\n",
		PETER_TEXT PETER_LINE,
		PETER_TEXT "\n",
		"\n\n" PETER_LINE,
		PETER_TEXT "\n- a b\n",
		PETER_TEXT "\n\u2014 a\n",
		PETER_TEXT "\n\u2014 a AAAA\n",
		PETER_TEXT "\n\u2014 a AAAAAAA\n",
		PETER_TEXT "\n\u2014  AAAAAAAA\n",
		PETER_TEXT "\n\u2014 a+b AAAAAAAA\n",
		"a\tb\n\n" PETER_LINE,
		"a\xff\n\n" PETER_LINE,
		PETER_TEXT "\n\u2014 a AAAAAAAA",
		PETER_TEXT "\n" PETER_LINE "x\n",
	};
	static const char *const keys[] = {
		"", "+", "++", "a+b", "PeterNeumann+c74f20a3+", "PeterNeumann+c74f20a4" PETER_KEY,
		"PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWAA==",
		"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	};
	struct note_key k;
	struct note n;

	for (size_t i = 0; i < sizeof(notes) / sizeof(*notes); i++)
		cr_assert_eq(note_open(&n, notes[i], strlen(notes[i]), NULL), -EBADMSG, "%zu", i);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		cr_assert_eq(note_key_parse(&k, keys[i], strlen(keys[i]), NULL), -EINVAL, "%zu", i);
}

Test(proof, what_is_no_checkpoint_is_refused)
{
	static const char root[] = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
	static const char *const wrong[] = {
		"a\n1\n",
		"\n1\n%s\n",
		"a\n01\n%s\n",
		"a\n\n%s\n",
		"a\n-1\n%s\n",
		"a\n1 \n%s\n",
		"a\n1\n%s",
		"a\n1\n%s=\n",
		"a\n1\nA%s\n",
		"a\n1234567890123456789\n%s\n",
	};
	struct checkpoint c;
	char text[256];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		snprintf(text, sizeof(text), wrong[i], root);
		cr_assert_eq(checkpoint_parse(&c, text, strlen(text), NULL), -EBADMSG, "%zu", i);
	}
	snprintf(text, sizeof(text), "example.com/behind-the-sofa\n20852163\n%s\nmore\n", root);
	cr_assert_eq(checkpoint_parse(&c, text, strlen(text), NULL), 0);
	cr_assert_str_eq(c.origin, "example.com/behind-the-sofa");
	cr_assert_eq(c.size, 20852163);
	cr_assert_eq(c.root[0], 0x0a);
}

/* --- proofs, judged by others ------------------------------------------------------------- */

#define LEAVES 70

/* Line i of a log that serves as an example. */
static int
example(char line[static 16], uint64_t i)
{
	return sprintf(line, "line %u", (unsigned)i);
}

static void
root_of(uint64_t size, char to[static 65])
{
	uint8_t root[HASH_LEN];
	struct tree t;
	char line[16];

	tree_init(&t);
	for (uint64_t i = 0; i < size; i++)
		tree_add(&t, line, (size_t)example(line, i));
	tree_root(&t, root);
	hex(to, root);
}

static void
leaf_of(uint64_t i, char to[static 65])
{
	uint8_t root[HASH_LEN];
	struct tree t;
	char line[16];

	tree_init(&t);
	tree_add(&t, line, (size_t)example(line, i));
	tree_root(&t, root);
	hex(to, root);
}

static void
ask(FILE *f, const char *kind, uint64_t a, uint64_t b, const char *first, const char *second,
    struct proof *p)
{
	static struct proof_work work;
	char line[16], hash[65];

	proof_begin(&work, p);
	for (uint64_t i = 0; i < b; i++)
		proof_add(&work, i, line, (size_t)example(line, i));
	proof_end(&work);
	fprintf(f, "%s %u %u %s %s", kind, (unsigned)a, (unsigned)b, first, second);
	for (unsigned i = 0; i < p->n; i++) {
		hex(hash, p->hash[i]);
		fprintf(f, " %s", hash);
	}
	fputc('\n', f);
}

static unsigned
ask_all(FILE *f)
{
	static char root[LEAVES + 1][65];
	char leaf[65];
	struct proof p;
	unsigned asked = 0;

	for (uint64_t size = 0; size <= LEAVES; size++)
		root_of(size, root[size]);
	for (uint64_t size = 1; size <= LEAVES; size++)
		for (uint64_t i = 0; i < size; i++, asked += 2) {
			proof_of_line(&p, i, size);
			leaf_of(i, leaf);
			ask(f, "inclusion", i, size, leaf, root[size], &p);
			proof_of_growth(&p, i + 1, size);
			ask(f, "consistency", i + 1, size, root[i + 1], root[size], &p);
		}
	return asked;
}

/* Each question once more with one digit another: nothing is believed that is not so. */
static unsigned
ask_wrong(FILE *to, FILE *from)
{
	char line[8192];
	unsigned n = 0;

	rewind(from);
	for (; fgets(line, sizeof(line), from) != NULL; n++) {
		char *digit = strpbrk(line + strcspn(line, "0123456789"), " ");
		size_t at;

		digit = strchr(digit + 1, ' ') + 1;
		at = (n * 7919u) % (strlen(digit) - 1);
		digit[at] = digit[at] == ' ' ? ' ' : digit[at] == 'a' ? 'b' : 'a';
		if (digit[at] == ' ')
			digit[at + 1] = digit[at + 1] == 'a' ? 'b' : 'a';
		fputs(line, to);
	}
	return n;
}

static void
judge(const char *questions, unsigned yes, unsigned no)
{
	const char *src = getenv("srcdir");
	char command[256], said[8];
	FILE *f;

	snprintf(command, sizeof(command), "python3 %s/tests/unit/audit_proof.py < %s",
	    src != NULL ? src : ".", questions);
	f = popen(command, "r");
	while (fgets(said, sizeof(said), f) != NULL) {
		if (said[0] == 'y')
			yes--;
		else
			no--;
	}
	cr_assert_eq(pclose(f), 0);
	cr_assert(yes == 0 && no == 0, "%d yes and %d no too few", (int)yes, (int)no);
}

Test(proof, an_independent_implementation_accepts_every_proof_and_no_wrong_one)
{
	char path[] = "/tmp/seawall-proofs-XXXXXX", wrong[] = "/tmp/seawall-proofs-XXXXXX";
	FILE *f, *g;
	unsigned n;

	if (system("command -v python3 >/dev/null 2>&1") != 0)
		cr_skip_test("python3 is not installed: no proof was judged by others");
	f = fdopen(mkstemp(path), "w+");
	g = fdopen(mkstemp(wrong), "w");
	n = ask_all(f);
	cr_assert_eq(n, LEAVES * (LEAVES + 1));
	cr_assert_eq(ask_wrong(g, f), n);
	fclose(f);
	fclose(g);
	judge(path, n, 0);
	judge(wrong, 0, n);
	unlink(path);
	unlink(wrong);
}

/* --- checkpoints, and the machine that stops --------------------------------------------- */

static unsigned
count_notes(const struct log *l, uint64_t *ret_last, uint64_t *ret_torn)
{
	struct notes_read r;
	struct notes n;
	unsigned count = 0;
	int got;

	cr_assert_eq(notes_open(&n, l->dir, NULL), 0);
	while ((got = notes_next(&n, &r, NULL)) > 0) {
		cr_assert_eq(note_check(&r.note, &log_key.key), NOTE_SIGNED);
		*ret_last = r.says.size;
		count++;
	}
	cr_assert_eq(got, 0);
	*ret_torn = n.torn;
	notes_close(&n);
	return count;
}

Test(proof, only_lines_on_disk_are_signed)
{
	struct log l = log_new();
	uint64_t last = 0, torn;

	log_open(&l);
	log_sign(&l, &log_key);
	cr_assert_not(audit_unsigned(l.a), "nothing new");
	cr_assert_eq(log_add(&l, 1, AUDIT_LATER), 0);
	cr_assert_not(audit_unsigned(l.a), "a power cut may take it back");
	cr_assert_eq(log_add(&l, 2, AUDIT_SYNC), 0);
	cr_assert(audit_unsigned(l.a));
	cr_assert_eq(log_add(&l, 3, AUDIT_LATER), 0);
	cr_assert_eq(audit_checkpoint(l.a), 0);
	cr_assert_eq(audit_checkpoint(l.a), 0);
	cr_assert_eq(count_notes(&l, &last, &torn), 2, "and once");
	cr_assert_eq(last, 3);
	audit_hold(l.a);
	cr_assert_eq(log_add(&l, 4, AUDIT_SYNC), 0);
	cr_assert_not(audit_unsigned(l.a), "held");
	cr_assert_eq(audit_sync(l.a), 0);
	cr_assert_eq(audit_checkpoint(l.a), 0);
	cr_assert_eq(count_notes(&l, &last, &torn), 3);
	cr_assert_eq(last, 5);
	cr_assert_eq(log_add(&l, 5, AUDIT_LATER), 0);
	log_close(&l);
	cr_assert_eq(count_notes(&l, &last, &torn), 4, "a clean end is signed");
	cr_assert_eq(last, 6);
	log_remove(&l);
}

/*
 * The tail that nobody waited for is gone, and what was signed is all there: the next checkpoint
 * contradicts none.
 */
static size_t
file_of(const char *path, char **ret)
{
	size_t len;

	cr_assert_eq(file_slurp(ret, &len, path, 1 << 20), 0, "%s", path);
	return len;
}

static void
put_back(const char *path, const char *bytes, size_t len)
{
	FILE *f = fopen(path, "w");

	cr_assert_eq(fwrite(bytes, 1, len, f), len);
	fclose(f);
}

Test(proof, an_unsynced_tail_that_is_lost_contradicts_no_checkpoint)
{
	struct log l = log_new();
	struct verdict v;
	char path[128], notes[160];
	struct { char *bytes; size_t size; } whole, signed_then;
	struct stat synced;

	log_open(&l);
	log_sign(&l, &log_key);
	cr_assert_eq(log_add(&l, 1, AUDIT_SYNC), 0);
	snprintf(path, sizeof(path), "%s/00000000.jsonl", l.dir);
	stat(path, &synced);
	for (unsigned i = 0; i < 5; i++)
		cr_assert_eq(log_add(&l, i, AUDIT_LATER), 0);
	cr_assert_eq(audit_checkpoint(l.a), 0);
	whole.size = file_of(path, &whole.bytes);
	snprintf(notes, sizeof(notes), "%s/checkpoints/00000000.notes", l.dir);
	signed_then.size = file_of(notes, &signed_then.bytes);
	log_close(&l);
	for (off_t kept = synced.st_size; kept < (off_t)whole.size; kept++) {
		put_back(path, whole.bytes, (size_t)kept);
		put_back(notes, signed_then.bytes, signed_then.size);
		log_open(&l);
		cr_assert_eq(audit_sign_with(l.a, &log_key, NULL), 0);
		cr_assert_eq(log_add(&l, 9, AUDIT_SYNC), 0);
		cr_assert_eq(audit_checkpoint(l.a), 0);
		log_close(&l);
		v = log_verdict(&l);
		cr_assert(v.ok, "%s", v.why);
		cr_assert_eq(v.checkpoint, v.records);
	}
	free(whole.bytes);
	free(signed_then.bytes);
	log_remove(&l);
}

Test(proof, a_half_written_checkpoint_is_cut_off_and_said)
{
	struct log l = log_new();
	uint64_t last = 0, torn = 0;
	char path[128];
	struct stat one, two;

	log_open(&l);
	log_sign(&l, &log_key);
	snprintf(path, sizeof(path), "%s/checkpoints/00000000.notes", l.dir);
	stat(path, &one);
	cr_assert_eq(log_add(&l, 1, AUDIT_SYNC), 0);
	cr_assert_eq(audit_checkpoint(l.a), 0);
	log_close(&l);
	stat(path, &two);
	for (off_t at = two.st_size - 1; at > one.st_size; at--) {
		cr_assert_eq(truncate(path, at), 0);
		cr_assert_eq(count_notes(&l, &last, &torn), 1);
		cr_assert_eq(torn, (uint64_t)(at - one.st_size));
		cr_assert(log_verdict(&l).ok, "%s", log_verdict(&l).why);
		cr_assert_eq(log_open(&l), torn, "at %d", (int)at);
		cr_assert_eq(audit_sign_with(l.a, &log_key, NULL), 0);
		cr_assert_eq(log_add(&l, 2, AUDIT_SYNC), 0);
		cr_assert_eq(audit_checkpoint(l.a), 0);
		log_close(&l);
		cr_assert_eq(count_notes(&l, &last, &torn), 2);
		cr_assert(log_verdict(&l).ok, "%s", log_verdict(&l).why);
	}
	/* a block that the disk never got */
	cr_assert_eq(truncate(path, one.st_size), 0);
	cr_assert_eq(truncate(path, one.st_size + 300), 0);
	cr_assert_eq(log_open(&l), 300);
	log_remove(&l);
}

Test(proof, the_newest_checkpoint_is_there_for_whoever_sends_it_on)
{
	struct log l = log_new();
	struct notes_kept k;
	struct note n;
	struct diag d = { 0 };

	log_open(&l);
	cr_expect_eq(notes_newest(&k, l.dir, &d), -ENODATA);
	cr_expect_not_null(strstr(d.say, "no checkpoint"), "%s", d.say);
	log_sign(&l, &log_key);
	cr_assert_eq(log_add(&l, 1, AUDIT_SYNC), 0);
	cr_assert_eq(audit_checkpoint(l.a), 0);
	cr_assert_eq(notes_newest(&k, l.dir, &d), 0, "%s", d.say);
	cr_expect_eq(k.says.size, 2);
	cr_assert_eq(note_open(&n, k.bytes, k.len, NULL), 0);
	cr_expect_eq(note_check(&n, &log_key.key), NOTE_SIGNED);
	free(k.bytes);
	log_remove(&l);
}

Test(proof, a_log_that_lost_what_was_signed_signs_nothing_more)
{
	struct log l = log_new();
	struct diag d = { 0 };
	char path[128];
	struct stat st;

	log_open(&l);
	log_sign(&l, &log_key);
	snprintf(path, sizeof(path), "%s/00000000.jsonl", l.dir);
	stat(path, &st);
	cr_assert_eq(log_add(&l, 1, AUDIT_SYNC), 0);
	cr_assert_eq(audit_checkpoint(l.a), 0);
	log_close(&l);
	cr_assert_eq(truncate(path, st.st_size), 0);
	log_open(&l);
	cr_assert_eq(audit_sign_with(l.a, &log_key, &d), -EBADMSG);
	cr_assert_not_null(strstr(d.say, "2 lines"), "%s", d.say);
	cr_assert_eq(log_add(&l, 7, AUDIT_SYNC), 0, "but it is written");
	cr_assert_not(audit_unsigned(l.a));
	log_close(&l);
	cr_assert_not(log_verdict(&l).ok, "and no later line hides it");
	log_remove(&l);
}

Test(proof, what_is_no_note_stays_and_new_ones_go_beside_it)
{
	struct log l = log_new();
	struct verdict v;
	char path[128];
	FILE *f;

	log_open(&l);
	log_sign(&l, &log_key);
	log_close(&l);
	snprintf(path, sizeof(path), "%s/checkpoints/00000000.notes", l.dir);
	f = fopen(path, "a");
	fputs("somebody\nwrote\nhere\n\n\u2014 me AAAAAAAA\n", f);
	fclose(f);
	cr_assert_eq(log_open(&l), 0, "no crash does that: nothing is cut");
	cr_assert_eq(audit_sign_with(l.a, &log_key, NULL), 0);
	cr_assert_eq(log_add(&l, 1, AUDIT_SYNC), 0);
	log_close(&l);
	snprintf(path, sizeof(path), "%s/checkpoints/00000001.notes", l.dir);
	cr_assert_eq(access(path, F_OK), 0);
	v = log_verdict(&l);
	cr_assert(!v.ok && strstr(v.why, "00000000.notes, the note that ends in line 10") != NULL,
	    "%s", v.why);
	log_remove(&l);
}

/* --- keys ----------------------------------------------------------------------------------- */

#define SOMEBODY 54321

static uid_t
owner(const char *path)
{
	struct stat st;

	cr_assert_eq(lstat(path, &st), 0, "%s", path);
	return st.st_uid;
}

/* `seawall audit key --new` by root, in the folder of the user that signs. */
Test(proof, root_gives_away_the_key_that_it_made_and_nothing_else)
{
	struct log l = log_new();
	char folder[128], path[KEYFILE_PATH], other[128], command[512];
	struct note_secret made;

	if (geteuid() != 0)
		cr_skip_test("needs root");
	snprintf(folder, sizeof(folder), "%s-key", l.dir);
	snprintf(other, sizeof(other), "%s-other", l.dir);
	cr_assert_eq(mkdir(l.dir, 0700) == 0 || errno == EEXIST, true);
	cr_assert_eq(chown(l.dir, SOMEBODY, SOMEBODY), 0);
	cr_assert_eq(keyfile_make(&made, l.dir, KEYFILE_NOW, "test/seawall", NULL), 0);
	cr_assert_eq(owner(folder), SOMEBODY);
	cr_assert_eq(owner(keyfile_path(l.dir, KEYFILE_NOW, path)), SOMEBODY);
	cr_assert_eq(close(creat(other, 0600)), 0);
	thief.path = keyfile_path(l.dir, KEYFILE_NEXT, path);
	thief.other = other;
	keyfile_make(&made, l.dir, KEYFILE_NEXT, "test/seawall", NULL);
	thief.path = NULL;
	cr_assert_eq(owner(other), 0, "it was in the key's place, and is root's still");
	snprintf(command, sizeof(command), "rm -rf %s %s && ln -s /tmp %s", folder, other, folder);
	cr_assert_eq(system(command), 0);
	cr_assert_neq(keyfile_make(&made, l.dir, KEYFILE_NOW, "test/seawall", NULL), 0,
	    "not through a link");
	cr_assert_eq(unlink(folder), 0);
	log_remove(&l);
}

Test(proof, a_key_that_others_can_read_is_refused)
{
	static const struct { mode_t mode; int err;
	} rows[] = {
		{ 0600, 0 },
		{ 0400, 0 },
		{ 0640, -EPERM },
		{ 0604, -EPERM },
		{ 0620, -EPERM },
		{ 0700, -EPERM },
	};
	struct log l = log_new();
	char path[KEYFILE_PATH], command[128];
	struct note_secret made, read;
	struct diag d = { 0 };

	cr_assert_eq(keyfile_read(&read, l.dir, KEYFILE_NOW, NULL), -ENOENT);
	cr_assert_eq(keyfile_make(&made, l.dir, KEYFILE_NOW, "test/seawall", &d), 0, "%s", d.say);
	cr_assert_eq(keyfile_make(&made, l.dir, KEYFILE_NOW, "test/seawall", NULL), -EEXIST,
	    "none is overwritten");
	keyfile_path(l.dir, KEYFILE_NOW, path);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cr_assert_eq(chmod(path, rows[i].mode), 0);
		cr_assert_eq(keyfile_read(&read, l.dir, KEYFILE_NOW, &d), rows[i].err, "%o",
		    rows[i].mode);
	}
	cr_assert_not_null(strstr(d.say, "chmod 0600"), "%s", d.say);
	cr_assert_eq(chmod(path, 0600), 0);
	cr_assert_eq(truncate(path, 40), 0);
	cr_assert_eq(keyfile_read(&read, l.dir, KEYFILE_NOW, &d), -EINVAL);
	cr_assert_eq(keyfile_make(&made, l.dir, KEYFILE_NEXT, "two words", &d), -EINVAL);
	snprintf(command, sizeof(command), "rm -r %s-key", l.dir);
	cr_assert_eq(system(command), 0);
	log_remove(&l);
}

/* Names `next`, signed by `by` as well. */
static void
change_key(struct log *l, const struct note_secret *by, const struct note_secret *next)
{
	struct say say = { "Another key.", "Otra llave." };
	wall_t t = LOG_START;

	cr_assert_eq(audit_append(l->a, AUDIT_KEY, t, say,
			 succession_fields(audit_count(l->a), by, next), AUDIT_SYNC, NULL),
	    0);
	cr_assert_eq(audit_sign_with(l->a, next, NULL), 0);
	cr_assert_eq(audit_checkpoint(l->a), 0);
	cr_assert_eq(keyfile_publish(l->dir, &next->key, NULL), 0);
	cr_assert_eq(log_add(l, 1, AUDIT_SYNC), 0);
	cr_assert_eq(audit_checkpoint(l->a), 0);
}

static bool
holds(const struct log *l, const struct note_key *key)
{
	struct verify how = { .key = key };
	struct verdict v;

	cr_assert_eq(audit_verify(l->dir, &how, &v, NULL), 0);
	return v.ok;
}

Test(proof, who_trusts_one_key_trusts_those_it_confirmed_and_was_confirmed_by)
{
	struct log l = log_new();
	struct note_secret second, third, stranger;

	note_secret_new(&second, "PeterNeumann", NULL);
	note_secret_new(&third, "PeterNeumann", NULL);
	note_secret_new(&stranger, "PeterNeumann", NULL);
	log_open(&l);
	log_sign(&l, &log_key);
	change_key(&l, &log_key, &second);
	cr_assert(holds(&l, &log_key.key) && holds(&l, &second.key));
	change_key(&l, &second, &third);
	cr_assert(holds(&l, &log_key.key) && holds(&l, &second.key) && holds(&l, &third.key));
	cr_assert_not(holds(&l, &stranger.key));
	cr_assert(log_verdict(&l).ok);
	change_key(&l, NULL, &stranger);
	cr_assert(holds(&l, &stranger.key));
	cr_assert_not(holds(&l, &third.key), "nobody confirmed it");
	log_remove(&l);
}

Test(proof, a_key_record_that_the_old_key_did_not_sign_is_a_bad_record)
{
	struct log l = log_new();
	struct note_secret second, stranger;
	struct say say = { "Another key.", "Otra llave." };
	wall_t t = LOG_START;
	json_t *fields;
	struct verdict v;
	char text[NOTE_KEY_TEXT];

	note_secret_new(&second, "PeterNeumann", NULL);
	note_secret_new(&stranger, "PeterNeumann", NULL);
	log_open(&l);
	log_sign(&l, &log_key);
	fields = succession_fields(audit_count(l.a), &stranger, &second);
	json_object_set_new(fields, "before", json_string(note_key_text(&log_key.key, text)));
	cr_assert_eq(audit_append(l.a, AUDIT_KEY, t, say, fields, AUDIT_SYNC, NULL), 0);
	v = log_verdict(&l);
	cr_assert(!v.ok && v.first_bad == 1, "%s", v.why);
	log_remove(&l);
}
