/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The questions of a survey, one after the other. */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "bird/internal.h"
#include "bird/reply.h"
#include "bird/survey.h"

#define ANSWER_MS 120000
#define TABLES_MAX 16
#define OWN " where source = RTS_STATIC || source = RTS_DEVICE"

enum stage { STATUS, PROTOCOLS, DEFAULTS, SENT, STATICS, OVER };

struct inquiry {
	struct survey *s;
	struct session *session;
	struct event_base *base;
	enum stage stage;
	/* which table, session or static protocol is next, or asked */
	unsigned i;
	char tables[TABLES_MAX][NAME_MAX_LEN + 16];	/* "master4 0.0.0.0/0" */
	unsigned tables_n;
	bool known;			/* protocols were read */
	char why[256];
};

static void
add_table(struct inquiry *a, const char *table, const char *everywhere)
{
	char name[NAME_MAX_LEN + 2], question[sizeof(*a->tables)];

	if (table[0] == '\0' || a->tables_n == TABLES_MAX)
		return;
	readback_symbol(name, sizeof(name), table);
	snprintf(question, sizeof(question), "%s %s", name, everywhere);
	for (unsigned i = 0; i < a->tables_n; i++)
		if (strcmp(a->tables[i], question) == 0)
			return;
	memcpy(a->tables[a->tables_n++], question, sizeof(question));
}

static void
find_tables(struct inquiry *a)
{
	a->known = true;
	for (unsigned i = 0; i < a->s->sessions_n; i++) {
		const struct survey_session *s = &a->s->sessions[i];

		if (!survey_external(s))
			continue;
		add_table(a, s->channels[CHANNEL_IPV4].table, "0.0.0.0/0");
		add_table(a, s->channels[CHANNEL_IPV6].table, "::/0");
	}
}

static unsigned
sent_to(const struct survey_session *s)
{
	unsigned n = 0;

	for (unsigned c = 0; c < CHANNEL_N; c++)
		n += s->channels[c].exported;
	return n;
}

/* The next question into *ret; false: there is none at this stage. */
static bool
question(struct inquiry *a, char *ret, size_t size)
{
	char name[NAME_MAX_LEN + 2];

	switch (a->stage) {
	case STATUS:
	case PROTOCOLS:
		snprintf(ret, size, a->stage == STATUS ? "show status" : "show protocols all");
		return a->i == 0;
	case DEFAULTS:
		if (a->i < a->tables_n)
			snprintf(ret, size, "show route table %s", a->tables[a->i]);
		return a->i < a->tables_n;
	case SENT:
		while (a->i < a->s->sessions_n && (!a->s->sessions[a->i].established ||
		    !survey_external(&a->s->sessions[a->i])))
			a->i++;
		if (a->i == a->s->sessions_n)
			return false;
		readback_symbol(name, sizeof(name), a->s->sessions[a->i].name);
		snprintf(ret, size, "show route exported %s%s", name,
		    sent_to(&a->s->sessions[a->i]) > SURVEY_SENT_MAX ? OWN : "");
		return true;
	case STATICS:
		while (a->i < a->s->statics_n && a->s->statics[a->i].routes > SURVEY_SENT_MAX)
			a->i++;
		if (a->i == a->s->statics_n)
			return false;
		readback_symbol(name, sizeof(name), a->s->statics[a->i].name);
		snprintf(ret, size, "show route protocol %s", name);
		return true;
	case OVER:
		return false;
	}
	return false;
}

static void
next(struct inquiry *a)
{
	char command[SESSION_COMMAND_MAX];

	while (a->stage != OVER && !question(a, command, sizeof(command))) {
		if (a->stage == PROTOCOLS)
			find_tables(a);
		a->stage++;
		a->i = 0;
	}
	if (a->stage == OVER)
		event_base_loopbreak(a->base);
	else
		session_send(a->session, command);
}

static void
line(void *ctx, unsigned code, const char *text)
{
	struct inquiry *a = ctx;

	switch (a->stage) {
	case STATUS:
		survey_status(a->s, code, text);
		break;
	case PROTOCOLS:
		survey_protocol(a->s, code, text);
		break;
	case DEFAULTS:
		survey_default(a->s, code, text);
		break;
	case SENT:
	case STATICS:
		survey_route(a->s, a->stage == SENT ? a->i : SURVEY_SESSIONS_MAX, code, text);
		break;
	case OVER:
		break;
	}
}

static void
done(void *ctx, unsigned code, const char *text)
{
	struct inquiry *a = ctx;

	/* the last line of `show route` may carry a route of its own */
	line(a, code, text);
	a->i++;
	next(a);
}

static void
ready(void *ctx)
{
	next(ctx);
}

static void
closed(void *ctx, const char *why)
{
	struct inquiry *a = ctx;

	snprintf(a->why, sizeof(a->why), "%s", why);
	event_base_loopbreak(a->base);
}

int
survey_ask(struct survey *ret, const char *socket, struct diag *reterr)
{
	static const struct session_events events = {
		.ready = ready, .line = line, .done = done, .closed = closed
	};
	struct inquiry a = { .s = ret, .base = event_base_new() };
	int err;

	*ret = (struct survey){ 0 };
	err = a.base != NULL ? session_new(&a.session, a.base, socket, &events, &a) : -ENOMEM;
	if (err != 0) {
		if (a.base != NULL)
			event_base_free(a.base);
		return diag_set(reterr, err, "%s: %s", socket, strerror(-err));
	}
	session_limit(a.session, SURVEY_ANSWER_MAX, ANSWER_MS, SURVEY_SILENCE_MS);
	session_open(a.session);
	if (a.why[0] == '\0')
		event_base_dispatch(a.base);
	session_free(a.session);
	event_base_free(a.base);
	ret->at = NULL;
	ret->at_static = NULL;
	ret->channel = NULL;
	/* what was read before BIRD went away is true; without its sessions it is nothing */
	if (a.stage == OVER || a.known)
		return 0;
	return diag_set(reterr, -ECONNREFUSED, _("BIRD cannot be asked: %s"), a.why);
}
