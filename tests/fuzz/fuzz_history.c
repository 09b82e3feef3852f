/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as what lies beside the log: the history that witnesses follow, the journal of the
 * reaper, a private key. No crash; what a history is opened as, it is opened as again; of the
 * journal nothing is lost; a key comes back from its own text.
 */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/published.h"
#include "fuzz.h"

#define REQUIRE(x) do { if (!(x)) { fprintf(stderr, "%s\n", #x); abort(); } } while (0)

static char dir[64];

static void
remove_all(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command) != 0)
		fprintf(stderr, "%s stays\n", dir);
}

static const char *
file(const char *name, const uint8_t *data, size_t size)
{
	static char path[128];
	static bool made;
	int fd;

	if (!made) {
		/* in memory where that can be: each input is synced */
		strcpy(dir,
		    access("/dev/shm", W_OK) == 0 ? "/dev/shm/seawall-fuzz-XXXXXX"
						  : "/tmp/seawall-fuzz-XXXXXX");
		REQUIRE(sodium_init() >= 0 && mkdtemp(dir) != NULL);
		atexit(remove_all);
	}
	made = true;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
	return path;
}

static void
as_history(const uint8_t *data, size_t size)
{
	const char *path = file("history", data, size);
	struct published h, again;
	uint64_t whole;
	struct stat st;

	if (published_open(&h, path, NULL) != 0)
		return;
	REQUIRE(h.size <= size && stat(path, &st) == 0 && (uint64_t)st.st_size == h.size);
	whole = h.size;
	published_close(&h);
	REQUIRE(published_open(&again, path, NULL) == 0 && again.size == whole);
	published_close(&again);
}

static int
count(void *ctx, const json_t *entry)
{
	unsigned *n = ctx;

	REQUIRE(json_is_object(entry));
	++*n;
	return *n < 3 ? 0 : -1;		/* and the third is not taken */
}

static void
as_journal(const uint8_t *data, size_t size)
{
	unsigned first = 0, then = 0, lines = 0;

	file("journal", data, size);
	for (size_t i = 0; i < size; i++)	/* lines that are not empty */
		lines += data[i] != '\n' && (i == 0 || data[i - 1] == '\n');
	audit_journal_take(dir, count, &first);
	REQUIRE(first == (lines < 3 ? lines : 3));
	audit_journal_take(dir, count, &then);
	REQUIRE(lines < 3 ? then == 0 : then >= 1);
}

static void
as_secret(const char *text, size_t len)
{
	char again[NOTE_KEY_TEXT];
	struct note_secret s, t;

	if (note_secret_parse(&s, text, len, NULL) != 0)
		return;
	note_secret_text(&s, again);
	REQUIRE(
	    note_secret_parse(&t, again, strlen(again), NULL) == 0 && note_key_eq(&s.key, &t.key));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	as_history(data, size);
	as_journal(data, size);
	as_secret((const char *)data, size);
	return 0;
}
