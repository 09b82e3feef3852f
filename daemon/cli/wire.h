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

/* That nobody is there, and what to do about it; returns -err. */
int wire_unreachable(const char *path, int err, struct diag *reterr);
/* 0, or -errno with a sentence that names the socket and what to do. */
int wire_open(struct wire *w, const char *path, struct diag *reterr);
void wire_close(struct wire *w);

int wire_send(struct wire *w, const json_t *request, struct diag *reterr);
/* The next line as text, borrowed until the next call. */
int wire_line(struct wire *w, const char **ret, struct diag *reterr);

#endif
