/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question to the daemon, and what it says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "cli/cli.h"
#include "cli/wire.h"
#include "config/load.h"

#define DEFAULT_SOCKET "/run/seawall/control.sock"

int
cli_socket(const struct cli_options *o, char *ret, size_t size, struct diag *reterr)
{
	struct settings *s = NULL;
	char why[1024];
	int err;

	snprintf(ret, size, "%s", o->socket != NULL ? o->socket : DEFAULT_SOCKET);
	if (o->socket != NULL)
		return 0;
	err = config_load(&s, cli_config_path(o), reterr);
	if (err == 0 && s->control_socket[0] != '\0')
		snprintf(ret, size, "%s", s->control_socket);
	free(s);
	if (err != 0 && config_socket(ret, size, cli_config_path(o)) == 0) {
		cli_fail(0, _("%1$s (the daemon is asked at %2$s all the same)"),
		    diag_str(reterr, why, sizeof(why)), ret);
		return 0;
	}
	return o->config != NULL ? err : 0;
}

static int
take_end(const json_t *end)
{
	const char *error = json_string_value(json_object_get(end, "error"));

	if (error != NULL)
		cli_fail(0, "%s", error);
	return (int)json_integer_value(json_object_get(end, "exit"));
}

static int
take_lines(struct wire *w, const struct cli_options *o, json_t *lines, struct diag *reterr)
{
	const char *text, *type;
	json_t *line;
	int status;

	for (;;) {
		if (wire_line(w, &text, reterr) != 0)
			return CLI_UNREACHABLE;
		line = json_loads(text, 0, NULL);
		type = json_string_value(json_object_get(line, "type"));
		if (type == NULL) {
			json_decref(line);
			diag_set(reterr, 0, _("the daemon's answer cannot be read"));
			return CLI_UNREACHABLE;
		}
		if (strcmp(type, "end") == 0)
			break;
		if (o->json) {
			puts(text);
			fflush(stdout);
			json_decref(line);
		} else {
			json_array_append_new(lines, line);
		}
	}
	status = take_end(line);
	json_decref(line);
	return status;
}

int
cli_ask(const struct cli_options *o, json_t *request, json_t **ret_lines)
{
	char path[PATH_MAX_LEN], why[1024];
	struct wire w = { .fd = -1 };
	struct diag d = { 0 };
	json_t *lines = json_array();
	int status = CLI_UNREACHABLE;

	if (cli_socket(o, path, sizeof(path), &d) != 0) {
		json_decref(request);
		json_decref(lines);
		return cli_fail(CLI_USAGE, "%s", diag_str(&d, why, sizeof(why)));
	}
	d = (struct diag){ 0 };
	if (wire_open(&w, path, &d) == 0 && wire_send(&w, request, &d) == 0)
		status = take_lines(&w, o, lines, &d);
	if (status == CLI_UNREACHABLE)
		cli_fail(0, "%s", d.say);
	wire_close(&w);
	json_decref(request);
	if (ret_lines != NULL && status != CLI_UNREACHABLE)
		*ret_lines = lines;
	else
		json_decref(lines);
	return status;
}
