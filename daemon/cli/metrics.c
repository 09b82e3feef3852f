/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `seawall metrics`: Prometheus' text, or a file of it that is renewed whether the daemon answers
 * or not.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/lang.h"
#include "cli/args.h"
#include "cli/look.h"
#include "cli/screen.h"

#define ANSWERED "seawall_answered_time_seconds"

static json_t *
gauge(const char *name, const char *help, double value)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:{}, s:f}", "type", "metric", "name", name, "kind",
	    "gauge", "help", help, "labels", "value", value);
}

/* Of the file that is there; 0: it does not say. */
static double
answered_before(const char *path)
{
	char *text = NULL, *at;
	double when = 0;
	size_t len;

	if (file_slurp(&text, &len, path, SCREEN_MAX) != 0)
		return 0;
	at = strstr(text, "\n" ANSWERED " ");
	if (at != NULL)
		when = strtod(at + sizeof("\n" ANSWERED), NULL);
	free(text);
	return when > 0 && when < 1e12 ? when : 0;
}

/* A file that stays as it was would look like a daemon that lives. */
static int
renew(const char *path, int status, json_t *lines, struct diag *reterr)
{
	double answered =
	    status == CLI_DONE ? (double)clock_now().wall.ms / 1000 : answered_before(path);
	struct text t;
	int err;

	if (status != CLI_DONE)
		json_array_append_new(lines, gauge("seawall_up", "1 while the engine answers", 0));
	json_array_append_new(lines,
	    gauge(ANSWERED, "Unix time of the daemon's last answer; in a file alone", answered));
	text_init(&t, SCREEN_MAX);
	screen_metrics(&t, lines);
	umask(022);	/* node exporter is somebody else */
	err = text_ok(&t) ? file_put(path, text_str(&t), t.len, 0644) : -ENOMEM;
	text_fini(&t);
	return err == 0
	    ? 0
	    : diag_set(reterr, err, _("%s cannot be written: %s"), path, strerror(-err));
}

static int
to_file(const struct cli_options *o, const char *path)
{
	json_t *lines = NULL;
	int status = cli_ask(o, json_pack("{s:s}", "command", "metrics"), &lines), err;
	struct diag d = { 0 };

	if (status != CLI_DONE) {
		json_decref(lines);
		lines = json_array();
	}
	err = renew(path, status, lines, &d);
	json_decref(lines);
	if (err != 0)
		cli_fail(0, "%s", d.say);
	return status != CLI_DONE ? status : err != 0 ? CLI_USAGE : CLI_DONE;
}

static int
to_screen(const struct cli_options *o)
{
	json_t *lines = NULL;
	int status = cli_ask(o, json_pack("{s:s}", "command", "metrics"), &lines);
	struct text t;

	text_init(&t, SCREEN_MAX);
	if (status == CLI_DONE && !o->json)
		screen_metrics(&t, lines);
	fputs(text_str(&t), stdout);
	text_fini(&t);
	json_decref(lines);
	return status;
}

int
cli_metrics(const struct cli_options *o, int argc, char **argv)
{
	const char *output = NULL;
	const struct args_option options[] = { { .name = "--output", .value = &output }, { 0 } };
	struct args_words none = { 0 };
	struct diag d = { 0 };

	if (args_parse(argc, argv, options, &none, &d) != 0)
		return cli_usage(argv[0], "%s", d.say);
	if (output == NULL)
		return to_screen(o);
	if (o->json)
		return cli_usage(argv[0], "%s",
		    _("a file of --output is Prometheus' text: it cannot be JSON"));
	return to_file(o, output);
}
