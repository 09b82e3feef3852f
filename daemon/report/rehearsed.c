/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/rehearsed.h"

#include <math.h>
#include <string.h>

#include "report/keep.h"
#include "report/reckon.h"
#include "report/tell.h"

#define FIGURE_MAX 1e12		/* of anything that is counted or timed here */

/* ---- lines --------------------------------------------------------------- */

static double
figure(const json_t *object, const char *key)
{
	double v = teller_number(object, key);

	return v >= 0 && v <= FIGURE_MAX ? v : NAN;
}

static double
share(const json_t *object, const char *key)
{
	double v = figure(object, key);

	return v <= 1 ? v : NAN;
}

/* Two configurations are "A" and "B"; one alone has no label. */
static unsigned
place(const json_t *line)
{
	return strcmp(teller_text(line, "run"), "B") == 0;
}

static bool
see_intent(struct rehearsed *r, const json_t *line)
{
	wall_t *first = &r->first[place(line)];
	wall_t t = teller_time(line, "time");

	if (t.ms != 0 && first->ms == 0 && strcmp(teller_text(line, "verb"), "announce") == 0)
		*first = t;
	return t.ms != 0;
}

static double
holes(const json_t *announcements)
{
	const json_t *one;
	unsigned n = 0;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)announcements, i, one)
		n += strcmp(teller_text(json_object_get(one, "rule"), "kind"), "rtbh") == 0;
	return n;
}

/* Of all together, addresses of no member as one more. */
static double
cut_minutes(const json_t *members)
{
	double sum = json_is_array(members) ? 0 : NAN;
	const json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)members, i, one)
		sum += figure(one, "blackholed_minutes");
	return sum;
}

static bool
see_summary(struct rehearsed *r, const json_t *line)
{
	const json_t *rows = json_object_get(line, "announcements");
	struct rehearsed_run run = {
		.from = teller_time(line, "from"),
		.until = teller_time(line, "until"),
		.first = r->first[place(line)],
		.attacks = figure(line, "incidents"),
		.questions = figure(line, "approvals"),
		.cut_minutes = cut_minutes(json_object_get(line, "members")),
		.covered = share(line, "covered"),
		.hit = share(line, "legitimate_hit"),
		.measures = (double)json_array_size(rows),
		.holes = holes(rows),
	};

	if (run.from.ms == 0 || run.until.ms < run.from.ms || isnan(run.attacks) ||
	    isnan(run.cut_minutes) || !json_is_array(rows) || r->runs_n == REHEARSED_RUNS)
		return false;
	teller_name(run.name, sizeof(run.name), teller_text(line, "config"));
	r->runs[r->runs_n++] = run;
	return true;
}

void
rehearsed_see(struct rehearsed *r, const json_t *line)
{
	const char *type = teller_text(line, "type");
	bool good = *type != '\0';

	if (strcmp(type, "intent") == 0)
		good = see_intent(r, line);
	else if (strcmp(type, "summary") == 0)
		good = see_summary(r, line);
	r->lines++;
	if (!good && r->bad++ == 0)
		r->bad_first = r->lines;
}

void
story_rehearsed(struct story *s, const struct rehearsed *r)
{
	s->rehearsed = keep_copy(s->keep, r, 1, sizeof(*r));
}

/* ---- the same of the record ---------------------------------------------- */

struct rehearsed_run
rehearsed_really(const struct story *s, wall_t from, wall_t until)
{
	struct rehearsed_run now = { .from = from, .until = until, .covered = NAN, .hit = NAN,
		.cut_minutes = reckon_cut_minutes(s, from, until) };

	for (unsigned i = 0; i < s->attacks_n; i++)
		now.attacks += s->attacks[i].opened.ms <= until.ms &&
			       (s->attacks[i].closed.ms == 0 || s->attacks[i].closed.ms >= from.ms);
	for (unsigned i = 0; i < s->questions_n; i++)
		now.questions +=
		    s->questions[i].asked.ms >= from.ms && s->questions[i].asked.ms <= until.ms;
	for (unsigned i = 0; i < s->measures_n; i++) {
		const struct measure *m = &s->measures[i];

		if (m->since.ms < from.ms || m->since.ms > until.ms)
			continue;
		now.measures++;
		now.holes += m->kind == MEASURE_HOLE || m->kind == MEASURE_PARTLY;
		if (now.first.ms == 0 || m->since.ms < now.first.ms)
			now.first = m->since;
		if (m->fit.known) {
			now.covered = fmin(now.covered, m->fit.attack);
			now.hit = fmax(now.hit, m->fit.upper);
		}
	}
	return now;
}
