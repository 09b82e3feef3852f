/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * serve - hands out the files of one view of the page by HTTP, and nothing else: names from a
 * table, reading only, one answer a connection.  A connection lives for SERVE_LIFE_S and no longer,
 * whatever it does, and the oldest makes room when SERVE_CONNECTIONS_MAX are open: who is slow on
 * purpose keeps nobody out.
 */
#ifndef SEAWALL_CLI_SERVE_H
#define SEAWALL_CLI_SERVE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/prefix.h"

#define SERVE_CONNECTIONS_MAX 64
#define SERVE_LIFE_S 15

/* What may be asked for. */
struct serve_file {
	const char *path;	/* "/es/" */
	const char *name;	/* in the directory: "es/index.html" */
	const char *type;
};
/* NULL: nothing of ours.  A question mark and what follows is passed over. */
const struct serve_file *serve_find(const char *uri);

/*
 * Is this a name that we are called by at `port`?  Another one is a web site that uses the reader's
 * browser to read ours.
 */
bool serve_known_host(const char *host, uint16_t port);

struct serving {
	struct prefix address;
	uint16_t port;		/* 0: any that is free */
	bool any_host;
	int64_t life_ms;	/* of a connection; 0: SERVE_LIFE_S */
	const char *policy;	/* Content-Security-Policy */
};

struct serve;

/* Borrows base, which outlives it.  0, or -errno and a sentence. */
int serve_new(struct serve **ret, struct event_base *base, const char *directory,
    const struct serving *how, struct diag *reterr);
void serve_free(struct serve *s);
uint16_t serve_port(const struct serve *s);

#endif
