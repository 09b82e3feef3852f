/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `seawall watch`: live on a terminal; elsewhere the status screen again and again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/units.h"
#include "cli/args.h"
#include "cli/look.h"
#include "cli/screen.h"
#include "cli/term.h"
#include "cli/view.h"
#include "cli/watch_live.h"

#define EVERY_MS 1000
#define EVERY_DUMB_MS 10000
#define EVERY_MIN_MS 100
#define PAPER_ROWS 100		/* of what is printed line by line */
#define PAPER_COLUMNS 80

static int
parse(struct watch *ret, int argc, char **argv, struct diag *reterr)
{
	const char *every = NULL, *times = NULL;
	struct args_option options[] = { { "--every", &every, NULL },
					 { "--times", &times, NULL },
					 { 0 } };
	struct args_words words = { 0 };
	struct watch w = { 0 };
	char *end = NULL;
	int err = args_parse(argc, argv, options, &words, reterr);

	if (err == 0 && every != NULL &&
	    (units_duration(&w.every_ms, every) != 0 || w.every_ms < EVERY_MIN_MS))
		err = diag_set(reterr, -EINVAL, _("'%s' is not a duration of 100 ms or more"),
			       every);
	if (err == 0 && times != NULL) {
		w.times = strtol(times, &end, 10);
		if (*times == '\0' || *end != '\0' || w.times < 1)
			err = diag_set(reterr, -EINVAL, _("'%s' is not a number of times"), times);
	}
	if (err == 0)
		*ret = w;
	return err;
}

/* On a terminal that can only go on: the live view as text. */
static void
print_view(const json_t *lines)
{
	const struct view_of of = { .lines = lines,
		.now = clock_now().wall,
		.why = "",
		.rows = PAPER_ROWS,
		.columns = PAPER_COLUMNS,
		.utf8 = term_utf8(),
		.selected = "",
		.note = "" };
	static struct view v;

	view_init(&v);
	view_list(&v, &of);
	while (v.n > 0 &&
	    text_str(&v.lines[v.n - 1].text)[strspn(text_str(&v.lines[v.n - 1].text), " ")] == '\0')
		v.n--;
	for (unsigned i = 0; i < v.n; i++)
		printf("%s\n", text_str(&v.lines[i].text));
	printf("\n");
	view_fini(&v);
}

static void
print_status(const json_t *lines)
{
	struct text t;

	text_init(&t, SCREEN_MAX);
	screen_status(&t, lines, clock_now().wall);
	printf("%s\n", text_str(&t));
	text_fini(&t);
}

/* One look. */
static int
once(const struct cli_options *o, bool terminal)
{
	json_t *lines = NULL;
	int status = cli_ask(o, json_pack("{s:s}", "command", "status"), &lines);

	if (status == CLI_DONE && !o->json)
		(terminal ? print_view : print_status)(lines);
	fflush(stdout);
	json_decref(lines);
	return status;
}

int
cli_watch(const struct cli_options *o, int argc, char **argv)
{
	bool terminal = isatty(STDOUT_FILENO) && !o->json;
	struct timespec pause;
	struct diag d = { 0 };
	struct watch w;
	int status;

	if (parse(&w, argc, argv, &d) != 0)
		return cli_usage(argv[0], "%s", d.say);
	if (terminal && term_can())
		return watch_live(o, &w);
	if (w.every_ms == 0)
		w.every_ms = terminal ? EVERY_DUMB_MS : EVERY_MS;
	pause = (struct timespec){ .tv_sec = w.every_ms / 1000,
				   .tv_nsec = w.every_ms % 1000 * 1000000 };
	for (long i = 1;; i++) {
		status = once(o, terminal);
		if (i == w.times || (status != CLI_DONE && (!terminal || i == 1)))
			return status;
		nanosleep(&pause, NULL);
	}
}
