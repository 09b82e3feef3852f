/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire - a connection to the daemon's control socket: a line out, lines in, all with time limits.
 */
#ifndef SEAWALL_CLI_WIRE_H
#define SEAWALL_CLI_WIRE_H

#include <jansson.h>

#include "base/diag.h"
#include "base/text.h"

#define WIRE_LINE_MAX (1 << 20)
#define WIRE_WAIT_S 30		/* for the next byte: the daemon waits 10 s for BIRD at most */

struct wire {
	int fd;			/* owned; -1: closed */
	struct text in;		/* received, not yet taken */
	size_t taken;
};

/* A descriptor, or -errno with a sentence that names the socket and what to do. */
int wire_connect(const char *path, int flags, struct diag *reterr);
/* What broke it: 0 the other side closed it, EAGAIN it says nothing, or another errno. */
int wire_broken(int err, struct diag *reterr);
/* As it is sent, with the reader's language; to be freed.  NULL: it has no JSON. */
char *wire_text(json_t *request, struct diag *reterr);

/* 0, or -errno as wire_connect(). */
int wire_open(struct wire *w, const char *path, struct diag *reterr);
void wire_close(struct wire *w);

int wire_send(struct wire *w, json_t *request, struct diag *reterr);
/* The next line as text, borrowed until the next call. */
int wire_line(struct wire *w, const char **ret, struct diag *reterr);

#endif
