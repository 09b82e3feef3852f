/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a file of checkpoints, as somebody kept them: no crash, every note that is read out
 * of it is one when it is looked at alone, and none is signed with a key that nobody has.  And as a
 * key.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audit/notes.h"
#include "fuzz.h"

#define REQUIRE(x) do { if (!(x)) { fprintf(stderr, "%s\n", #x); abort(); } } while (0)

static char path[64];

/* In memory. */
static int
file(void)
{
	static int fd = -1;

	if (fd >= 0)
		return fd;
	REQUIRE(sodium_init() >= 0);
	fd = memfd_create("notes", MFD_CLOEXEC);
	REQUIRE(fd >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fd;
}

static void
look_at(const struct notes_read *r)
{
	static const struct note_key nobody = { .name = "nobody" };
	struct notes_kept kept = { 0 };
	struct checkpoint says;
	struct note_line l;
	struct note n;
	unsigned lines = 0;

	REQUIRE(notes_keep(&kept, r) == 0);
	REQUIRE(note_open(&n, kept.bytes, kept.len, NULL) == 0);
	REQUIRE(checkpoint_parse(&says, n.text, n.len, NULL) == 0 && says.size == r->says.size);
	while (note_line(&n, lines, &l)) {
		REQUIRE(l.name_len > 0);
		lines++;
	}
	REQUIRE(lines > 0);
	REQUIRE(note_check(&n, &nobody) != NOTE_SIGNED);
	free(kept.bytes);
}

static void
as_key(const char *text, size_t len)
{
	char again[NOTE_KEY_TEXT];
	struct note_key k, l;

	if (note_key_parse(&k, text, len, NULL) != 0)
		return;
	note_key_text(&k, again);
	REQUIRE(note_key_parse(&l, again, strlen(again), NULL) == 0 && note_key_eq(&k, &l));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct notes_read r;
	struct notes n;

	REQUIRE(ftruncate(file(), 0) == 0 && pwrite(file(), data, size, 0) == (ssize_t)size);
	REQUIRE(notes_open_file(&n, path, NULL) == 0);
	while (notes_next(&n, &r, NULL) > 0)
		look_at(&r);
	notes_close(&n);
	as_key((const char *)data, size);
	return 0;
}
