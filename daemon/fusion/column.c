/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The column that a committee can add up: per vantage its best signal, less when its sensors are
 * late; vantages add; one that sees this traffic and little of it objects; caution is taken off.
 */
#include "fusion/inner.h"

#include <math.h>
#include <string.h>

#define QUIET_BELOW 0.5		/* share of its thresholds under which a vantage objects */
#define QUIET_POINTS 4.0	/* of one that sees some of this traffic, for all we know */
#define QUIET_SHARE 0.5		/* of one that sees all of it; and all together take no more */
#define LINES_MAX (2 * SENSORS_MAX + 1)

struct column {
	unsigned n;
	double forged;		/* given by lines that can be forged */
	struct evidence lines[LINES_MAX];
};

/* The freshest of those behind it. */
static double
weight(const struct fusion *f, uint32_t from)
{
	double best = 0;

	for (unsigned i = 0; i < f->s->sensors_n; i++)
		if ((from >> i & 1) != 0 && f->sensors[i].weight > best)
			best = f->sensors[i].weight;
	return from != 0 ? best : 1;
}

static struct evidence
line_of(const struct figure_seen *seen, enum evidence_kind kind, const struct vantage *v)
{
	struct evidence line = { .kind = kind,
		.metric = seen->metric,
		.rate = seen->rate,
		.above = seen->above,
		.points = seen->points,
		.usual = seen->usual,
		.rising = seen->rising };

	strcpy(line.vantage, v->name);
	return line;
}

static void
add_signal(const struct fusion *f, const struct assessment *a, struct column *c, unsigned vantage,
    const struct vote *vote)
{
	struct evidence *e = &c->lines[c->n++];
	double part = weight(f, vote->from), most;
	bool forged = (vote->from & f->forgeable) != 0;

	*e = line_of(&vote->best, EVIDENCE_SIGNAL, &f->vantages[vantage]);
	e->discount = (uint8_t)lround(100 * (1 - part));
	e->points *= part;
	most = forged ? f->forged_most[a->policy] - c->forged : INFINITY;
	if (e->points > most) {		/* who forges for one vantage forges for two */
		e->points = most;
		e->capped = true;
	}
	e->points = points_tenths(e->points);
	c->forged += forged ? e->points : 0;
}

/* The strongest line of something that is counted, and how much all of them give. */
static const struct evidence *
counted(const struct column *c, double *ret_sum)
{
	const struct evidence *best = NULL;

	*ret_sum = 0;
	for (unsigned i = 0; i < c->n; i++) {
		const struct evidence *e = &c->lines[i];

		if (e->metric >= METRIC_COUNTED_N)
			continue;
		*ret_sum += e->points;
		if (best == NULL || e->points > best->points)
			best = e;
	}
	return best;
}

/* The links that these sensors count on; 0: for one of them nobody knows. */
static uint32_t
links_of(const struct fusion *f, uint32_t from)
{
	uint32_t links = 0;

	for (unsigned i = 0; i < f->s->sensors_n; i++) {
		if ((from >> i & 1) == 0)
			continue;
		if (f->sensors[i].links == 0)
			return 0;
		links |= f->sensors[i].links;
	}
	return links;
}

/* The sensors that count packets and give points here, however many vantages they are of. */
static uint32_t
accusers(const struct fusion *f, const struct vote votes[])
{
	uint32_t from = 0;

	for (unsigned v = 0; v < f->vantages_n; v++)
		if (votes[v].best.points > 0 && votes[v].best.metric < METRIC_COUNTED_N)
			from |= votes[v].from;
	return from;
}

/* What comes over a link passes everybody who watches that link. */
static bool
on_their_links(const struct fusion *f, const struct vantage *v, uint32_t accused)
{
	uint32_t own = 0;

	for (unsigned i = 0; i < f->s->sensors_n; i++)
		if ((v->sensors >> i & 1) != 0 && f->sensors[i].heard &&
		    (f->s->sensors[i].type == SENSOR_PACKET ||
			f->s->sensors[i].type == SENSOR_FLOW))
			own |= f->sensors[i].links;
	return accused != 0 && (accused & ~own) == 0;
}

static double
objection(const struct vote *vote, double sum)
{
	return vote->sees_all ? fmax(QUIET_POINTS, QUIET_SHARE * sum) : QUIET_POINTS;
}

bool
vote_objects(const struct vantage *v, const struct vote *vote)
{
	return v->prompt && vote->counts && (vote->sees || vote->sees_all) &&
	    vote->best.points <= 0 && vote->ratio < QUIET_BELOW;
}

/*
 * What is read of a service nobody who counts packets can contradict: only counted lines are
 * objected to.
 */
static void
add_objections(const struct fusion *f, struct column *c, struct vote votes[])
{
	double sum, left;
	const struct evidence *best = counted(c, &sum);
	uint32_t accused = links_of(f, accusers(f, votes));
	struct figure_seen unseen;

	if (best == NULL)
		return;
	unseen = (struct figure_seen){ .metric = best->metric, .above = best->above };
	left = QUIET_SHARE * sum;
	for (unsigned v = 0; v < f->vantages_n; v++) {
		struct evidence *e = &c->lines[c->n];
		double points;

		if (on_their_links(f, &f->vantages[v], accused))
			votes[v].sees_all = votes[v].counts;
		points = points_tenths(fmin(objection(&votes[v], sum), left));
		if (points <= 0 || !vote_objects(&f->vantages[v], &votes[v]))
			continue;
		*e = line_of(votes[v].near.above > 0 ? &votes[v].near : &unseen, EVIDENCE_QUIET,
		    &f->vantages[v]);
		e->points = -points;
		left -= points;
		c->n++;
	}
}

static void
sort(struct column *c)
{
	for (unsigned i = 1; i < c->n; i++)
		for (unsigned j = i; j > 0 && c->lines[j].points > c->lines[j - 1].points; j--) {
			struct evidence e = c->lines[j];

			c->lines[j] = c->lines[j - 1];
			c->lines[j - 1] = e;
		}
}

/* The strongest lines by name, those of the middle as one, and what is taken off. */
static void
hand_over(struct assessment *a, const struct column *c)
{
	double sum = 0, others = 0;

	for (unsigned i = 0; i < c->n; i++) {
		bool fits = c->n <= EVIDENCE_MAX || i < EVIDENCE_MAX - 2 || i == c->n - 1;

		sum += c->lines[i].points;
		if (!fits) {
			others += c->lines[i].points;
			continue;
		}
		if (c->n > EVIDENCE_MAX && i == c->n - 1)
			a->evidence[a->evidence_n++] = (struct evidence){
				.kind = EVIDENCE_OTHERS, .points = points_tenths(others) };
		a->evidence[a->evidence_n++] = c->lines[i];
	}
	a->points = points_tenths(sum);
}

void
column_make(const struct fusion *f, struct assessment *a, struct vote votes[])
{
	struct column c;	/* its lines are not cleared: 10,000 a tick */
	double caution = points_tenths(f->s->policies[a->policy].caution);

	c.n = 0;
	c.forged = 0;
	for (unsigned v = 0; v < f->vantages_n; v++)
		if (votes[v].best.points > 0)
			add_signal(f, a, &c, v, &votes[v]);
	a->vantages = c.n;
	if (c.n == 0) {
		a->points = 0 - caution;
		return;
	}
	add_objections(f, &c, votes);
	if (caution != 0)
		c.lines[c.n++] = (struct evidence){ .kind = EVIDENCE_CAUTION, .points = -caution };
	sort(&c);
	hand_over(a, &c);
}
