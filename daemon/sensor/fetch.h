/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fetch - one HTTP answer at a time over a connected descriptor that somebody else made, by
 * libcurl: the only file that knows libcurl.  It neither resolves nor connects, follows no
 * redirect, verifies TLS always, and takes FETCH_BODY_MAX and FETCH_HEADERS_MAX bytes at most. All
 * files and libraries are read in fetch_new(), which also rehearses a fetch, so that afterwards a
 * sandbox may forbid what libcurl does only once.
 */
#ifndef SEAWALL_SENSOR_FETCH_H
#define SEAWALL_SENSOR_FETCH_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/lang.h"

#define FETCH_BODY_MAX (1 << 20)
#define FETCH_HEADERS_MAX (32 << 10)
#define FETCH_CA_MAX (4 << 20)		/* bytes of a bundle of certificates */
#define FETCH_TYPE_LEN 64

/* counter, what is said of it */
#define FETCH_ENDS(X)								\
	X(OK,         "",                   "")					\
	X(LARGE,      "answer-large",       N_("the answer is larger than 1 MiB"))	\
	X(SLOW,       "answer-slow",        N_("the answer does not end in time"))	\
	X(HEADERS,    "answer-headers",     N_("the headers of the answer do not end"))	\
	X(CUT,        "answer-cut",         N_("the server ends the connection before its answer")) \
	X(NOT_HTTP,   "answer-not-http",    N_("the server does not speak HTTP"))	\
	X(TLS,        "tls-failed",         N_("no encrypted connection can be agreed on"))	\
	X(EXPIRED,    "certificate-expired", N_("its certificate is not valid: it has expired")) \
	X(EARLY,      "certificate-early",  N_("its certificate is not valid: it begins later")) \
	X(UNTRUSTED,  "certificate-untrusted",					\
		N_("its certificate is not valid: nobody whom we trust has signed it"))	\
	X(OTHER_NAME, "certificate-name",   N_("its certificate is not valid: it is for another name")) \
	X(CERTIFICATE, "certificate",       N_("its certificate is not valid"))	\
	X(FAILED,     "failed",             N_("the exchange with the server fails"))

#define FETCH_ENUM(id, counter, say) FETCH_##id,
enum fetch_end { FETCH_ENDS(FETCH_ENUM) FETCH_END_N };

const char *fetch_counter(enum fetch_end e);
const char *fetch_say(enum fetch_end e);	/* English, for lang_text() */

struct fetch_answer {
	enum fetch_end end;
	long status;			/* of HTTP; 0: none came */
	double seconds;			/* from the request, or the TLS greeting, to the end */
	char type[FETCH_TYPE_LEN];	/* Content-Type; empty: none came */
	const char *body;		/* borrowed until the next fetch_begin() */
	size_t len;
};

struct fetch;

/* `ca`: file of certificates in PEM, or "" for the system's.  0, or -errno with the sentence. */
int fetch_new(struct fetch **ret, const char *url, const char *ca, struct diag *reterr);
void fetch_free(struct fetch *f);

/* Takes over the descriptor.  One at a time.  0 or -errno. */
int fetch_begin(struct fetch *f, int fd, int64_t limit_ms);

/* What to wait for: 0 or 1. */
unsigned fetch_wait(struct fetch *f, struct pollfd *ret);

/* Goes on; true: it is over, *ret says how. */
bool fetch_turn(struct fetch *f, struct fetch_answer *ret);

/* Gives up what is under way. */
void fetch_stop(struct fetch *f);

#endif
