/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/notify.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include <time.h>

#include "base/file.h"
#include "base/lang.h"
#include "cli/args.h"
#include "cli/print.h"
#include "config/load.h"
#include "notify/courier.h"
#include "notify/texts.h"
#include "notify/times.h"

#define SECRET_MAX 511

struct trying {
	struct settings *settings;
	const struct notify *by;
	struct event_base *base;
	struct multi *multi;
	struct texts texts;
	char *secret;
	bool json;
	const char *to;		/* under way */
	unsigned failed;
};

static const struct notify *
find(const struct settings *s, const char *name)
{
	for (unsigned i = 0; i < s->notify_n; i++)
		if (strcmp(s->notify[i].name, name) == 0)
			return &s->notify[i];
	return NULL;
}

static void
on_done(void *ctx, const struct courier_result *r)
{
	struct trying *t = ctx;
	bool ok = r->end == COURIER_SENT;

	t->failed += !ok;
	if (t->json) {
		json_t *j = json_pack("{s:s, s:s, s:s, s:b, s:s}", "type", "notify", "name",
		    t->by->name, "to", t->to, "ok", ok, "why", r->why);

		print_line(j, 0);
	} else {
		printf("%s%s%s: %s\n", t->by->name, *t->to != '\0' ? " " : "", t->to,
		    ok ? _("the other side took it") : r->why);
	}
	event_base_loopbreak(t->base);
}

static void
write_test(const struct trying *t, struct text *subject, struct text *body)
{
	const struct template *words =
	    &t->texts.of[TEXT_TEST][strcmp(t->by->language, "es") == 0 ? LANG_ES : LANG_EN];
	struct now now = clock_now();
	struct values v = { 0 };
	char time[TIMES_LEN];

	v.of[PLACE_ORGANIZATION] = t->settings->organization.name;
	v.of[PLACE_TITLE] = _("A test");
	v.of[PLACE_TIME] = times_full(now.wall, time);
	template_subject(words, &v, subject);
	template_body(words, &v, body);
}

/* A number that no message of the log has: two tests are two messages. */
static void
try_one(struct trying *t, const char *to, enum courier_way way)
{
	struct message m = { .queued = clock_now().wall };
	struct courier *c = NULL;
	struct text subject, body;
	int err;

	t->to = to;
	text_init(&subject, 2 * SUBJECT_MAX);
	text_init(&body, 2 * BODY_MAX);
	write_test(t, &subject, &body);
	message_name(&m, randombytes_random(), "test");
	m.subject = (char *)text_str(&subject);
	m.body = (char *)text_str(&body);
	err = courier_new(&c, t->multi, t->by, to, t->secret != NULL ? t->secret : "");
	if (err == 0)
		err = courier_send(c, &m, way, on_done, t);
	if (err == 0)
		event_base_dispatch(t->base);
	else
		on_done(t, &(struct courier_result){ .end = COURIER_LATER, .why = "libcurl" });
	courier_free(c);
	text_fini(&subject);
	text_fini(&body);
}

static int
start(struct trying *t, struct diag *why)
{
	size_t len;
	int err = t->by->credentials[0] == '\0'
	    ? 0
	    : file_slurp(&t->secret, &len, t->by->credentials, SECRET_MAX);

	if (err != 0)
		return diag_set(why, err, "%s: %s", t->by->credentials, strerror(-err));
	err = texts_load(&t->texts, t->settings->messages.templates, why);
	t->base = event_base_new();
	if (err == 0 && t->base == NULL)
		err = -ENOMEM;
	return err != 0 ? err : multi_new(&t->multi, t->base, why);
}

static int
try_all(struct trying *t)
{
	struct diag why = { 0 };
	char say[1024];
	int err = start(t, &why);

	setenv("TZ", t->settings->organization.time_zone, 1);
	tzset();
	/* each way that is configured, for each who is told */
	for (unsigned way = 0; err == 0 && way < WAY_N; way++) {
		if (!courier_has(t->by, way))
			continue;
		if (t->by->to_n == 0)
			try_one(t, "", way);
		for (unsigned i = 0; i < t->by->to_n; i++)
			try_one(t, t->by->to[i], way);
	}
	multi_free(t->multi);
	if (t->base != NULL)
		event_base_free(t->base);
	texts_fini(&t->texts);
	free(t->secret);
	if (err != 0)
		return cli_fail(CLI_USAGE, "%s", diag_str(&why, say, sizeof(say)));
	return t->failed == 0 ? CLI_DONE : CLI_REFUSED;
}

int
cli_notify(const struct cli_options *o, int argc, char **argv)
{
	struct trying t = { .json = o->json };
	const char *name = NULL;
	const struct args_option options[] = { { "--test", &name, NULL }, { NULL, NULL, NULL } };
	struct args_words words = { 0 };
	struct diag why = { 0 };
	char say[1024];
	int status;

	if (args_parse(argc, argv, options, &words, &why) != 0)
		return cli_usage("notify", "%s", why.say);
	if (name == NULL)
		return cli_usage("notify", "%s", _("--test NAME says whom"));
	if (config_load(&t.settings, cli_config_path(o), &why) != 0)
		return cli_fail(CLI_USAGE, "%s", diag_str(&why, say, sizeof(say)));
	t.by = find(t.settings, name);
	status = t.by == NULL
	    ? cli_fail(CLI_USAGE, _("the configuration has no notify \"%s\""), name)
	    : try_all(&t);
	free(t.settings);
	return status;
}
