/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/keep.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_SIZE 65536

struct keep_piece {
	struct keep_piece *next;
	size_t used, room;
	_Alignas(max_align_t) char bytes[];
};

static char nothing[1];		/* when there is no memory: texts are never NULL */

void
keep_fini(struct keep *k)
{
	struct keep_piece *next;

	for (struct keep_piece *p = k->pieces; p != NULL; p = next) {
		next = p->next;
		free(p);
	}
	*k = (struct keep){ 0 };
}

static struct keep_piece *
piece_for(struct keep *k, size_t bytes)
{
	struct keep_piece *p = k->pieces;
	size_t room = bytes > PIECE_SIZE ? bytes : PIECE_SIZE;

	if (p != NULL && p->room - p->used >= bytes)
		return p;
	p = calloc(1, sizeof(*p) + room);
	if (p == NULL)
		return NULL;
	p->room = room;
	p->next = k->pieces;
	k->pieces = p;
	return p;
}

void *
keep_room(struct keep *k, size_t n, size_t size)
{
	struct keep_piece *p = NULL;
	size_t bytes;
	void *at;

	if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 4)
		k->bad = true;
	bytes =
	    k->bad ? 0 : (bytes + sizeof(max_align_t)) / sizeof(max_align_t) * sizeof(max_align_t);
	p = k->bad ? NULL : piece_for(k, bytes);
	if (p == NULL) {
		k->bad = true;
		return NULL;
	}
	at = p->bytes + p->used;
	p->used += bytes;
	return at;
}

void *
keep_copy(struct keep *k, const void *from, size_t n, size_t size)
{
	void *to = keep_room(k, n, size);

	if (to != NULL && n > 0)
		memcpy(to, from, n * size);
	return to;
}

char *
keep_str(struct keep *k, const char *s)
{
	char *to = keep_copy(k, s != NULL ? s : "", s != NULL ? strlen(s) + 1 : 1, 1);

	return to != NULL ? to : nothing;
}

struct both
keep_both(struct keep *k, struct both b)
{
	return (struct both){ .en = keep_str(k, b.en), .es = keep_str(k, b.es) };
}
