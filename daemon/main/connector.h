/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * connector - the process beside a polled sensor that alone may connect, and only to that sensor's
 * target.  The sensor sends one byte, a tag; the connector answers with it, how it went and, when
 * it went well, the connected descriptor.  It never reads what the target says.
 */
#ifndef SEAWALL_MAIN_CONNECTOR_H
#define SEAWALL_MAIN_CONNECTOR_H

#include <stdint.h>
#include <sys/types.h>

#include "model/target.h"

/* What the parent tells it, as a sealed memory file. */
struct connector_spec {
	struct target target;
	int64_t limit_ms;	/* of one connection */
	uid_t uid;		/* to run as; 0: stay */
	gid_t gid;
};

struct connector_answer {
	uint8_t tag;
	uint8_t end;		/* enum dial_end */
	uint32_t us;		/* how long it took to connect */
};

/* --- in the sensor's process: `source` is its end of the pair ------------- */

/* 0 or -errno. */
int connector_ask(int source, uint8_t tag);

/* 1: one answer, *ret_fd its descriptor or -1; -EAGAIN; other -errno. */
int connector_take(int source, struct connector_answer *ret, int *ret_fd);

#endif
