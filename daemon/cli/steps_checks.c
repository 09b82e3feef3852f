/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the facts say of the next step, each a sentence. */
#include "cli/steps.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/table.h"
#include "model/invalid.h"

#define DAY_MS 86400000
#define DAY_MINUTES 1440
#define WORDS_MAX 400
#define SAY_MAX 2048

struct list {
	struct steps_check *all;
	unsigned n;
	const struct steps *f;
	const struct settings *s;
	wall_t now;
};

static void __attribute__((format(printf, 3, 4)))
add(struct list *l, enum steps_mark mark, const char *fmt, ...)
{
	struct text said, clean;
	va_list ap;

	if (l->n == STEPS_CHECKS_MAX)
		return;
	text_init(&said, SAY_MAX);
	text_init(&clean, SAY_MAX);
	va_start(ap, fmt);
	text_vprintf(&said, fmt, ap);
	va_end(ap);
	/* names and ids are as a log has them, that may be damaged */
	text_clean(&clean, text_str(&said));
	l->all[l->n].mark = mark;
	snprintf(l->all[l->n].say, sizeof(l->all[l->n].say), "%s", text_str(&clean));
	text_fini(&clean);
	text_fini(&said);
	l->n++;
}

static enum steps_mark
mark(bool done)
{
	return done ? STEPS_DONE : STEPS_OPEN;
}

/* "2026-11-23" */
static const char *
day_str(wall_t t, char buf[static WALL_STRLEN])
{
	wall_str(t, buf);
	buf[10] = '\0';
	return buf;
}

static void
days_watched(struct list *l)
{
	double days = (double)l->f->minutes_step / DAY_MINUTES;

	add(l, mark(days >= STEPS_DAYS),
	    _("days in this step with all sensors seeing: %1$.1f (%2$d are wanted); each hour of the week has its own usual"),
	    days, STEPS_DAYS);
	if (l->f->sensors_n > 0)
		add(l, mark(l->f->sensors_fresh == l->f->sensors_n),
		    _("%1$u of %2$u sensors see"), l->f->sensors_fresh,
		    l->f->sensors_n);
}

static void
before_dry_run(struct list *l)
{
	days_watched(l);
	add(l, STEPS_NOTE, _("attacks seen in this step: %u"), l->f->attacks);
}

static void
before_manual(struct list *l)
{
	const struct steps *f = l->f;
	char day[WALL_STRLEN];

	days_watched(l);
	add(l, STEPS_NOTE,
	    _("attacks seen in this step: %1$u; announcements that would have been made: %2$u"),
	    f->attacks, f->trials);
	if (f->looked.at.ms == 0)
		add(l, STEPS_OPEN, _("nobody has said to have looked at a report: seawall report, "
		    "then seawall live --looked FILE"));
	else
		add(l, mark(f->unseen == 0),
		    _("%1$s looked at a report on %2$s; announcements that would have been made since: %3$u"),
		    f->looked.who, day_str(f->looked.at, day), f->unseen);
}

/*
 * What routers at the upstream may do with it; where their BIRD was not asked, nothing is known to
 * be wrong.
 */
static void
roa(struct list *l, unsigned u)
{
	struct text t;

	text_init(&t, WORDS_MAX);
	invalid_words(&t, l->s, &l->f->whole[u].rule, UINT32_C(1) << u);
	if (t.len > 0)
		add(l, STEPS_OPEN, "%s", text_str(&t));
	text_fini(&t);
}

static void
at_upstream(struct list *l, unsigned u)
{
	const struct steps_test *whole = &l->f->whole[u], *last = &l->f->last[u];
	const char *name = l->s->upstreams[u].name;
	char target[PREFIX_STRLEN], day[WALL_STRLEN], took[48];

	if (whole->withdrawn.ms == 0 && last->exported.ms == 0) {
		add(l, STEPS_OPEN, _("%s: no announcement by hand was read back there and "
		    "withdrawn again"), name);
		return;
	}
	if (whole->withdrawn.ms == 0) {
		add(l, STEPS_OPEN, _("%1$s: %2$s was read back there, and is not withdrawn yet"),
		    name, last->id);
		return;
	}
	units_duration_str(whole->exported.ms - whole->asked.ms, took, sizeof(took));
	add(l, STEPS_DONE, _("%1$s: %2$s of %3$s was read back there after %4$s, and withdrawn; "
	    "%5$s"), name,
	    prefix_str(&whole->rule.dst, target), day_str(whole->asked, day), took,
	    whole->effective.ms != 0 ? _("it was measured to be effective") :
	        _("whether it was effective nobody measured"));
	roa(l, u);
}

static void
before_rate_limit(struct list *l)
{
	for (unsigned u = 0; u < l->s->upstreams_n; u++)
		at_upstream(l, u);
}

/* What people took back was wrong, or they knew better; either is for them to say. */
static void
acts(struct list *l)
{
	const struct steps *f = l->f;
	wall_t from = f->taken_back_at.ms != 0 ? f->taken_back_at : f->since;
	double days = (double)(l->now.ms - from.ms) / DAY_MS;
	char day[WALL_STRLEN];

	if (f->taken_back == 0)
		add(l, mark(days >= STEPS_ALONE_DAYS && f->acts > 0),
		    _("announcements without a person in this step: %1$u; people took back none of them; "
		      "days so far: %2$.1f (%3$d are wanted)"),
		    f->acts, days, STEPS_ALONE_DAYS);
	else
		add(l, mark(days >= STEPS_ALONE_DAYS),
		    _("announcements without a person in this step: %1$u; of them people took back, before their end: %2$u, "
		      "the last on %3$s; days since: %4$.1f (%5$d are wanted)"),
		    f->acts, f->taken_back, day_str(f->taken_back_at, day), days, STEPS_ALONE_DAYS);
}

static void
drills(struct list *l)
{
	char day[WALL_STRLEN];
	bool lately = l->f->drill.ms != 0 &&
	    l->now.ms - l->f->drill.ms <= (int64_t)STEPS_DRILL_DAYS * DAY_MS;

	if (l->f->drill.ms == 0)
		add(l, STEPS_OPEN, _("no drill was passed yet"));
	else
		add(l, mark(lately), _("the last drill was passed on %1$s: at least every %2$d "
		    "days is wanted"),
		    day_str(l->f->drill, day), STEPS_DRILL_DAYS);
}

static void
before_ladder(struct list *l)
{
	acts(l);
	drills(l);
}

unsigned
steps_checks(struct steps_check ret[static STEPS_CHECKS_MAX], const struct steps *f,
    const struct settings *s, wall_t now)
{
	static void (*const before_next[LIVE_N])(struct list *) = {
		[LIVE_OBSERVE] = before_dry_run, [LIVE_DRY_RUN] = before_manual,
		    [LIVE_MANUAL] = before_rate_limit,
		[LIVE_RATE_LIMIT] = before_ladder, [LIVE_LADDER] = drills,
	};
	struct list l = { .all = ret, .f = f, .s = s, .now = now };

	before_next[f->step](&l);
	return l.n;
}
