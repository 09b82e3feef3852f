/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scenario [-v] CONF STORY...: runs each story twice on the production core and a virtual clock;
 * what it expects must be so, and both runs must be the same byte for byte.  Exit status 1 when a
 * story fails.
 */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "config/load.h"
#include "world.h"

#define SEED 42

static bool
meets(const struct act *a, const struct expect *e)
{
	if (e->target.family == 0)
		return true;
	return a->incident ? prefix_eq(&a->subject, &e->target)
			   : prefix_eq(&a->rule.dst, &e->target);
}

/*
 * "announcement" is any of them, "incident" one that opened, "not-taken", "asked" ... what happens
 * to one.
 */
static bool
is(const struct act *a, const char *what)
{
	if (a->withdraw)
		return strcmp(what, "withdrawal") == 0;
	if (a->incident)
		return strcmp(a->what, strcmp(what, "incident") == 0 ? "opened" : what) == 0;
	if (strcmp(what, "blackhole") == 0)
		return a->rule.kind == RULE_RTBH;
	return strcmp(what, "announcement") == 0 || strcmp(a->what, what) == 0;
}

static unsigned
count(const struct outcome *o, const struct expect *e, const char *what, int64_t from,
    int64_t until)
{
	unsigned n = 0;

	for (unsigned i = 0; i < o->acts_n; i++)
		n += o->acts[i].at_ms >= from && o->acts[i].at_ms <= until &&
		    is(&o->acts[i], what) && meets(&o->acts[i], e);
	return n;
}

/* Does a rule for the target stand then?  The last word on each id counts. */
static bool
held(const struct outcome *o, const struct expect *e)
{
	for (unsigned i = 0; i < o->acts_n; i++) {
		const struct act *a = &o->acts[i];
		bool later = false;

		if (a->incident || a->withdraw || a->at_ms > e->within_ms || !meets(a, e))
			continue;
		for (unsigned k = i + 1; k < o->acts_n; k++)
			later |= o->acts[k].withdraw && o->acts[k].at_ms <= e->within_ms &&
			    strcmp(o->acts[k].id, a->id) == 0;
		if (!later)
			return true;
	}
	return false;
}

static bool
holds(const struct outcome *o, const struct story *s, const struct expect *e)
{
	const char *events = text_str(&o->events);
	char what[32];

	switch (e->what) {
	case EXPECT_STEP:
		return count(o, e, e->text, e->since_ms,
			   e->within_ms > 0 ? e->since_ms + e->within_ms : INT64_MAX) > 0;
	case EXPECT_NO:
		return count(o, e, e->text, 0, e->within_ms - 1) == 0;
	case EXPECT_RELEASED:
		return count(o, e, "announcement", 0, INT64_MAX) > 0 &&
		    o->standing_until_ms <= s->attack_until_ms + e->within_ms &&
		    o->standing_until_ms < s->end_ms;
	case EXPECT_HELD:
		return held(o, e);
	case EXPECT_GONE:
		return !held(o, e);
	case EXPECT_SAID:
		return strstr(events, e->text) != NULL;
	case EXPECT_NOT_SAID:
		return strstr(events, e->text) == NULL;
	case EXPECT_AT_MOST:
		snprintf(what, sizeof(what), "%.*s", (int)strcspn(e->text, "s"), e->text);
		return count(o, e, what, 0, INT64_MAX) <= e->value;
	case EXPECT_LEGITIMATE:
		return o->offered > 0 && o->delivered / o->offered >= e->value;
	}
	return false;
}

static bool
judge(const char *path, const struct story *s, const struct outcome *o)
{
	bool good = o->unasked_line == 0;

	if (!good)
		printf("%s:%u: nobody is asked then\n", path, o->unasked_line);
	for (unsigned i = 0; i < s->expects_n; i++) {
		if (holds(o, s, &s->expects[i]))
			continue;
		good = false;
		printf("%s:%u: \"%s\": it is not so\n", path, s->expects[i].line, s->name);
	}
	return good;
}

static bool
run(const char *path, const struct settings *s, bool verbose)
{
	static struct story story;
	struct outcome one, again;
	bool good;

	if (story_read(&story, path, s) != 0)
		return false;
	if (world_run(&one, &story, s, SEED) != 0 || world_run(&again, &story, s, SEED) != 0) {
		printf("%s: no memory\n", path);
		return false;
	}
	good = judge(path, &story, &one);
	if (strcmp(text_str(&one.events), text_str(&again.events)) != 0) {
		good = false;
		printf("%s: twice the same is not the same\n", path);
	}
	if (!good || verbose)
		fputs(text_str(&one.events), stdout);
	printf("%s %s (legitimate %.2f %%)\n", good ? "ok  " : "FAIL", story.name,
	    one.offered > 0 ? 100 * one.delivered / one.offered : 100);
	outcome_fini(&one);
	outcome_fini(&again);
	return good;
}

/* By the provider that it names, or the usual one. */
static bool
play(const char *path, const char *usual, bool verbose)
{
	char name[64], file[4096], copy[4096], say[1024];
	struct settings *s = NULL;
	struct diag why = { 0 };
	bool good;

	if (story_provider(name, sizeof(name), path) != 0)
		return false;
	snprintf(copy, sizeof(copy), "%s", usual);
	snprintf(file, sizeof(file), "%s/%s", dirname(copy), name);
	if (config_load(&s, name[0] != '\0' ? file : usual, &why) != 0) {
		fprintf(stderr, "%s: %s\n", path, diag_str(&why, say, sizeof(say)));
		return false;
	}
	good = run(path, s, verbose);
	free(s);
	return good;
}

int
main(int argc, char **argv)
{
	bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
	unsigned failed = 0;

	lang_open("en");
	argv += verbose;
	argc -= verbose;
	if (argc < 3) {
		fprintf(stderr, "scenario: [-v] CONF STORY...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		failed += !play(argv[i], argv[1], verbose);
	return failed > 0 ? 1 : 0;
}
