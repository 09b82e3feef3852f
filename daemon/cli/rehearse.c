/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/rehearse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/seeded.h"
#include "base/units.h"
#include "cli/args.h"
#include "cli/child.h"
#include "cli/rehearse_print.h"
#include "config/load.h"

#define BOTH 2				/* configurations side by side at most */
#define CAPTURES_MAX 64			/* read at once, in the order of their packets' times */
#define EXPORT_MS 1000			/* a BGP UPDATE and its read-back */
#define TAIL_MS 2000			/* after the last packet: what is on its way comes in */
#define GAP_MS 5000			/* nothing came for so long: time goes in larger steps */
#define GAP_TICK_MS 250
/* nothing for so long, and nothing going on: time leaps to the next packet */
#define LEAP_MS 120000
#define PROGRESS_EVERY 65536		/* packets */

/* A capture with its next packet. */
struct source {
	const char *name;		/* borrowed */
	FILE *file;			/* owned until the capture takes it */
	struct capfile *capture;	/* owned */
	struct cap_packet next;
	bool over;
};

/* What was learned live, of one configuration. */
struct usual {
	char path[PATH_MAX_LEN + 32];	/* empty: not asked for */
	char *bytes;			/* owned; NULL: there is none, see why */
	size_t len;
	char why[512];
};

struct rehearse {
	bool json, progress;
	const char *configs[BOTH];	/* borrowed */
	struct settings *settings[BOTH];	/* owned */
	struct rehearsal *rehearsals[BOTH];	/* owned */
	struct usual usual[BOTH];
	unsigned n, sources_n;
	struct source sources[CAPTURES_MAX];
	uint64_t seed;
	int64_t export_ms, answer_ms;
	bool yes;
	const char *sensor;		/* of --sensor */
	const char *learned;		/* of --learned */
	struct now now;
	wall_t heard;			/* the last packet */
	struct rehearsed all;
	int status;
};

/* ---- events -------------------------------------------------------------- */

static const char *
label_of(const struct rehearse *c, unsigned i)
{
	return c->n > 1 ? i == 0 ? "A" : "B" : NULL;
}

static void
take_event(void *ctx, const struct rehearsal *r, const json_t *event)
{
	const struct rehearse *c = ctx;
	const char *label = label_of(c, r == c->rehearsals[0] ? 0 : 1);

	if (c->json)
		rehearse_event_json(r, label, event);
	else
		rehearse_event_text(label, event);
}

/* ---- the captures' clock ------------------------------------------------- */

static int
complain(const char *name, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "seawall rehearse: %s: %s\n", name, why);
	return CLI_USAGE;
}

static void
pull(struct rehearse *c, struct source *s)
{
	const char *why;
	int got = capfile_next(s->capture, &s->next, &why);

	s->over = got != 1;
	if (got < 0)
		c->status = complain(s->name, why);
}

static struct source *
earliest(struct rehearse *c)
{
	struct source *first = NULL;

	for (unsigned i = 0; i < c->sources_n; i++) {
		struct source *s = &c->sources[i];

		if (!s->over && (first == NULL || s->next.when.ms < first->next.when.ms))
			first = s;
	}
	return first;
}

static bool
all_idle(const struct rehearse *c)
{
	for (unsigned i = 0; i < c->n; i++)
		if (!rehearsal_idle(c->rehearsals[i]))
			return false;
	return true;
}

static void
pass(struct rehearse *c, int64_t ms)
{
	c->now.wall.ms += ms;
	c->now.mono = mono_add_ms(c->now.mono, ms);
}

static void
run_until(struct rehearse *c, wall_t until)
{
	while (c->now.wall.ms < until.ms) {
		int64_t left = until.ms - c->now.wall.ms, silent = c->now.wall.ms - c->heard.ms;
		int64_t step = silent > GAP_MS ? GAP_TICK_MS : STAGE_TICK_MS;

		if (left < step)
			return;		/* the next tick comes after what happens then */
		if (silent > LEAP_MS && left > LEAP_MS && all_idle(c))
			step = (left - LEAP_MS / 2) / GAP_TICK_MS * GAP_TICK_MS;
		pass(c, step);
		for (unsigned i = 0; i < c->n; i++)
			rehearsal_tick(c->rehearsals[i], c->now);
	}
}

static void
show_progress(const struct rehearse *c)
{
	if (!c->progress || c->all.packets % PROGRESS_EVERY != 0)
		return;
	fputc('\r', stderr);
	fprintf(stderr, _("%llu packets"), (unsigned long long)c->all.packets);
}

static void
take(struct rehearse *c, struct source *s)
{
	struct now then = c->now;
	int64_t later = s->next.when.ms - c->now.wall.ms;
	bool claimed = false;

	if (later > 0) {		/* between two ticks */
		then.wall.ms += later;
		then.mono = mono_add_ms(then.mono, later);
	}
	for (unsigned i = 0; i < c->n; i++)
		claimed |= rehearsal_take(c->rehearsals[i], &s->next, then);
	c->all.packets++;
	c->all.unclaimed += !claimed;
	c->heard = then.wall;
	show_progress(c);
	pull(c, s);
}

static int
sensor_named(const struct settings *s, const char *name)
{
	for (unsigned i = 0; name != NULL && i < s->sensors_n; i++)
		if (strcmp(s->sensors[i].name, name) == 0)
			return (int)i;
	return -1;
}

static int
open_rehearsals(struct rehearse *c)
{
	int err = 0;

	for (unsigned i = 0; i < c->n && err == 0; i++) {
		struct rehearsal_start start = {
			.name = c->configs[i], .settings = c->settings[i], .seed = c->seed,
			.export_ms = c->export_ms, .answer_ms = c->answer_ms, .yes = c->yes,
			.only = sensor_named(c->settings[i], c->sensor),
			.sink = take_event, .ctx = c,
		};

		seeded_start(c->seed);	/* each draws what it would draw alone */
		err = rehearsal_new(&c->rehearsals[i], &start, c->now);
	}
	return err;
}

static int
open_captures(struct rehearse *c)
{
	const char *why;

	for (unsigned i = 0; i < c->sources_n; i++) {
		struct source *s = &c->sources[i];

		if (capfile_new(&s->capture, &s->file, &why) != 0)
			return complain(s->name, why);
		pull(c, s);
	}
	return 0;
}

/*
 * Thresholds that follow the usual are what they are live; without the file they stand at their
 * bounds.
 */
static int
take_usual(struct rehearse *c)
{
	for (unsigned i = 0; i < c->n; i++) {
		struct usual *u = &c->usual[i];
		struct diag why = { 0 };

		if (u->bytes == NULL || !rehearsal_learns(c->rehearsals[i]) ||
		    rehearsal_learned(c->rehearsals[i], u->bytes, u->len, c->now, &why) == 0)
			continue;
		snprintf(u->why, sizeof(u->why), "%s", why.say);
		u->len = 0;
		if (c->learned != NULL)
			return complain(u->path, u->why);
	}
	return 0;
}

static void
summarize(struct rehearse *c)
{
	c->all.until = c->now.wall;
	if (c->progress && c->all.packets >= PROGRESS_EVERY)
		fputs("\r\033[K", stderr);
	for (unsigned i = 0; i < c->n; i++) {
		c->all.usual[i] = c->usual[i].len > 0 ? c->usual[i].path : NULL;
		c->all.usual_why[i] = c->usual[i].why;
	}
	if (!c->json) {
		rehearse_summary_text(c->rehearsals, c->n, &c->all);
		return;
	}
	for (unsigned i = 0; i < c->n; i++)
		rehearse_summary_json(c->rehearsals[i], i, label_of(c, i), &c->all);
}

/* The child: everything that looks at strange bytes.  Its memory is taken before the sandbox. */
static int
rehearse(void *ctx)
{
	struct rehearse *c = ctx;
	struct source *s;
	int err;

	err = seeded_install();
	if (err == 0)
		err = open_rehearsals(c);
	if (err != 0)
		return complain("rehearse", err == -ERANGE ?
				_("a prefix is larger than what a sensor can count") :
				strerror(-err));
	if (child_sandbox("rehearse", SANDBOX_PARSER) != 0 || open_captures(c) != 0)
		return CLI_USAGE;
	s = earliest(c);
	if (s == NULL)
		return complain(c->sources[0].name, _("there is no packet in it"));
	c->all.from = c->now.wall = c->heard = s->next.when;
	if (take_usual(c) != 0)
		return CLI_USAGE;
	for (; s != NULL; s = earliest(c)) {
		run_until(c, s->next.when);
		take(c, s);
	}
	run_until(c, wall_add_ms(c->heard, TAIL_MS));
	summarize(c);
	for (unsigned i = 0; i < c->n; i++)
		rehearsal_free(c->rehearsals[i]);
	for (unsigned i = 0; i < c->sources_n; i++)
		capfile_free(c->sources[i].capture);
	return c->status;
}

/* ---- before -------------------------------------------------------------- */

static int
load(struct rehearse *c, const char *path)
{
	struct diag why = { 0 };
	char say[1024];

	c->configs[c->n] = path;
	if (config_load(&c->settings[c->n], path, &why) != 0)
		return cli_fail(CLI_USAGE, "%s", diag_str(&why, say, sizeof(say)));
	if (c->sensor != NULL && sensor_named(c->settings[c->n], c->sensor) < 0) {
		c->n++;
		return cli_fail(CLI_USAGE, _("%s names no sensor %s"), path, c->sensor);
	}
	c->n++;
	return 0;
}

/*
 * The daemon's own file unless another is named; who may not read it, or has none, is told so at
 * the end.
 */
static int
read_usual(struct rehearse *c, unsigned i)
{
	const char *state = c->settings[i]->state_directory;
	struct usual *u = &c->usual[i];
	int err;

	if (c->learned != NULL && strcmp(c->learned, "none") == 0) {
		snprintf(u->why, sizeof(u->why), "--learned none");
		return 0;
	}
	if (c->learned == NULL && state[0] == '\0') {
		snprintf(u->why, sizeof(u->why), "%s",
		    _("the configuration names no `state` directory"));
		return 0;
	}
	if (c->learned != NULL)
		snprintf(u->path, sizeof(u->path), "%s", c->learned);
	else
		snprintf(u->path, sizeof(u->path), "%s/" STATE_USUAL, state);
	err = file_slurp(&u->bytes, &u->len, u->path, FUSION_LEARNED_MAX);
	if (err == 0)
		return 0;
	snprintf(u->why, sizeof(u->why), "%s", strerror(-err));
	return c->learned != NULL ? complain(u->path, u->why) : 0;
}

static int
open_files(struct rehearse *c, const struct args_words *words)
{
	for (unsigned i = 0; i < words->n; i++) {
		struct source *s = &c->sources[c->sources_n++];

		s->name = words->words[i];
		s->file = capfile_open(s->name);
		if (s->file == NULL)
			return complain(s->name, strerror(errno));
	}
	return 0;
}

static int
parse_numbers(struct rehearse *c, const char *seed, const char *delay)
{
	char *end;

	if (seed != NULL) {
		errno = 0;
		c->seed = strtoull(seed, &end, 10);
		if (errno != 0 || *end != '\0' || end == seed || *seed == '-')
			return cli_usage("rehearse", _("--seed: expected a number, not %s"), seed);
	}
	if (delay != NULL && strcmp(delay, "never") == 0)
		c->export_ms = VIRTUAL_NEVER;
	else if (delay != NULL && units_duration(&c->export_ms, delay) != 0)
		return cli_usage("rehearse", _("--export: expected a duration or never, not %s"),
		    delay);
	return 0;
}

/* What is assumed of people who are asked. */
static int
parse_answers(struct rehearse *c, const char *yes, const char *no)
{
	const char *after = yes != NULL ? yes : no;

	c->answer_ms = NOBODY_ANSWERS;
	c->yes = yes != NULL;
	if (yes != NULL && no != NULL)
		return cli_usage("rehearse", "%s",
				 _("--approve-after and --deny-after cannot both be assumed"));
	if (after != NULL && units_duration(&c->answer_ms, after) != 0)
		return cli_usage("rehearse", _("%s: expected a duration such as 2m, not %s"),
				 yes != NULL ? "--approve-after" : "--deny-after", after);
	return 0;
}

static void
finish(struct rehearse *c)
{
	for (unsigned i = 0; i < BOTH; i++)
		free(c->usual[i].bytes);
	for (unsigned i = 0; i < BOTH; i++)
		free(c->settings[i]);
	for (unsigned i = 0; i < c->sources_n; i++)
		if (c->sources[i].file != NULL)
			fclose(c->sources[i].file);
	free(c);
}

static int
prepare(struct rehearse *c, const struct cli_options *o, int argc, char **argv)
{
	const char *against = NULL, *seed = NULL, *delay = NULL, *files[CAPTURES_MAX];
	const char *yes = NULL, *no = NULL;
	const struct args_option options[] = {
		{ "--against", &against, NULL }, { "--seed", &seed, NULL },
		{ "--export", &delay, NULL }, { "--sensor", &c->sensor, NULL },
		{ "--approve-after", &yes, NULL }, { "--deny-after", &no, NULL },
		{ "--learned", &c->learned, NULL }, { 0 },
	};
	struct args_words words = { .max = CAPTURES_MAX, .words = files };
	struct diag why = { 0 };
	int status;

	if (args_parse(argc, argv, options, &words, &why) != 0)
		return cli_usage("rehearse", "%s", why.say);
	if (words.n == 0)
		return cli_usage("rehearse", "%s", _("which file?"));
	status = parse_numbers(c, seed, delay);
	if (status == 0)
		status = parse_answers(c, yes, no);
	if (status == 0)
		status = load(c, cli_config_path(o));
	if (status == 0 && against != NULL)
		status = load(c, against);
	for (unsigned i = 0; i < c->n && status == 0; i++)
		status = read_usual(c, i);
	return status != 0 ? status : open_files(c, &words);
}

int
cli_rehearse(const struct cli_options *o, int argc, char **argv)
{
	struct rehearse *c = calloc(1, sizeof(*c));
	int status;

	if (c == NULL)
		return cli_fail(CLI_USAGE, "%s", strerror(ENOMEM));
	c->json = o->json;
	c->progress = isatty(STDERR_FILENO) && isatty(STDOUT_FILENO);
	c->seed = 1;
	c->export_ms = EXPORT_MS;
	c->now.mono = mono_add_ms((mono_t){ 0 }, 3600000);	/* as if it had run for an hour */
	status = prepare(c, o, argc, argv);
	if (status == 0)
		status = child_run("rehearse", rehearse, c);
	finish(c);
	return status;
}
