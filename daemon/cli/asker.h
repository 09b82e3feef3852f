/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * asker - a question to the daemon that nobody waits for: whoever has other things to do looks in
 * when its socket is ready.
 */
#ifndef SEAWALL_CLI_ASKER_H
#define SEAWALL_CLI_ASKER_H

#include <jansson.h>

#include "base/diag.h"
#include "base/text.h"

struct asker {
	int fd;			/* owned; -1: nothing is asked */
	struct text out, in;
	size_t sent, taken;
	int64_t until_ms;
	json_t *lines;		/* owned: the answer, as far as it has come */
	int exit;
	struct text error;	/* the daemon's sentence; "" */
};

void asker_init(struct asker *a);
void asker_stop(struct asker *a);	/* forgets the question and its answer */
/* The request is stolen; its language is added.  0, or -errno with a sentence: nobody is there. */
int asker_start(struct asker *a, const char *path, json_t *request, int64_t now_ms,
    struct diag *reterr);
/* What to wait for: POLLIN or POLLOUT of its fd. */
short asker_events(const struct asker *a);
/*
 * Goes on.  1: answered, lines, exit and error are there until it is stopped; 0: not yet; -errno
 * with a sentence.
 */
int asker_turn(struct asker *a, int64_t now_ms, struct diag *reterr);

#endif
