/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compose - the files of `seawall init`, as text with comments in the language set.  Lines that
 * begin with "#?" ask what no machine knows.  Pure.
 */
#ifndef SEAWALL_CLI_COMPOSE_H
#define SEAWALL_CLI_COMPOSE_H

#include "base/text.h"
#include "cli/choose.h"

#define COMPOSE_MAX (1u << 20)	/* bytes of one file */
#define COMPOSE_POLICY "policies/default.policy"
#define COMPOSE_FRAGMENT_DIRECTORY "/var/lib/seawall/bird"

struct compose_names {
	const char *socket;	/* BIRD's */
	wall_t now;
};

void compose_conf(struct text *out, const struct chosen *c, const struct compose_names *names);
void compose_policy(struct text *out, const struct chosen *c);
/*
 * What bird.conf includes: tables, tags, and a function an upstream and family that lets our routes
 * out.
 */
void compose_bird(struct text *out, const struct chosen *c);
/* How: the lines for bird.conf itself, `file` being the name of the above. */
void compose_bird_steps(struct text *out, const struct chosen *c, const char *file);

/* A sentence as a comment, broken into lines that each begin with `mark` ("# ", "  #? "). */
void compose_comment(struct text *out, const char *mark, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "41Mbit", "5.2k": as the configuration takes it. */
const char *compose_figure(double value, bool bits, char *buf, size_t size);

#endif
