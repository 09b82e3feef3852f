/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The status screen again and again.  A daemon that goes away is waited for: it may be starting
 * anew. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/units.h"
#include "cli/args.h"
#include "cli/look.h"
#include "cli/screen.h"

#define EVERY_MS 1000
#define EVERY_MIN_MS 100
#define HOME "\033[H"
#define LINE_END "\033[K\n"	/* what was there before is wiped line by line: no flicker */
#define REST "\033[J"

struct watch {
	int64_t every_ms;
	long times;	/* 0: for ever */
};

static int
parse(struct watch *ret, int argc, char **argv, struct diag *reterr)
{
	const char *every = NULL, *times = NULL;
	struct args_option options[] = { { "--every", &every, NULL },
					 { "--times", &times, NULL },
					 { 0 } };
	struct args_words words = { 0 };
	struct watch w = { .every_ms = EVERY_MS };
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

static void
draw(const struct text *screen, bool terminal)
{
	const char *s = text_str(screen);

	if (!terminal) {
		printf("%s\n", s);
		fflush(stdout);
		return;
	}
	fputs(HOME, stdout);
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			fputs(LINE_END, stdout);
		else
			putchar(*s);
	}
	fputs(REST, stdout);
	fflush(stdout);
}

/* One look; the screen says so when there was no answer. */
static int
once(const struct cli_options *o, bool terminal)
{
	json_t *lines = NULL;
	int status = cli_ask(o, json_pack("{s:s}", "command", "status"), &lines);
	struct text t;

	text_init(&t, SCREEN_MAX);
	if (status == CLI_DONE && !o->json)
		screen_status(&t, lines, clock_now().wall);
	if (status == CLI_DONE && !o->json)
		draw(&t, terminal);
	text_fini(&t);
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
	pause = (struct timespec){ .tv_sec = w.every_ms / 1000,
				   .tv_nsec = w.every_ms % 1000 * 1000000 };
	if (terminal)
		fputs(HOME REST, stdout);
	for (long i = 1;; i++) {
		status = once(o, terminal);
		if (i == w.times || (status != CLI_DONE && (!terminal || i == 1)))
			return status;
		nanosleep(&pause, NULL);
	}
}
