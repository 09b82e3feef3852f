/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * BIRD's answers as `seawall init` reads them, and the files made of them: nothing but text comes
 * out, within all limits.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bird/reply.h"
#include "cli/compose.h"
#include "fuzz.h"

struct survey_reading {
	struct survey *s;
	unsigned lines;
};

static int
see(void *ctx, const struct reply_line *line)
{
	struct survey_reading *r = ctx;

	survey_status(r->s, line->code, line->text);
	survey_protocol(r->s, line->code, line->text);
	survey_default(r->s, line->code, line->text);
	survey_route(r->s, r->lines++ % (SURVEY_SESSIONS_MAX + 1), line->code, line->text);
	return 0;
}

/* No line but ours: every one of a comment, a setting, or BIRD's. */
static void
plain(const struct text *t)
{
	if (!text_ok(t))
		abort();
	for (const char *p = text_str(t); *p != '\0'; p++)
		if (iscntrl((unsigned char)*p) && *p != '\n' && *p != '\t')
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct chosen c;
	static struct reply reply;
	struct survey_reading r = { .s = &c.bird };
	const struct compose_names names = { .socket = "/run/bird/bird.ctl" };
	struct text t;

	memset(&c, 0, sizeof(c));
	reply_init(&reply);
	reply_feed(&reply, (const char *)data, size, see, &r);
	choose_upstreams(&c);
	choose_prefixes(&c);
	choose_levels(&c);
	text_init(&t, COMPOSE_MAX);
	compose_conf(&t, &c, &names);
	compose_bird(&t, &c);
	plain(&t);
	text_fini(&t);
	return 0;
}
