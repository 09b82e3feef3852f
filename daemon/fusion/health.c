/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who can be believed: sensors, their vantages, and what their links can carry. */
#include "fusion/inner.h"

#include <math.h>
#include <string.h>

#include "model/carried.h"

#define OVERDUE_MS 5000		/* reports come every second; a process that hangs is blind */
#define MISTRUST_MS 60000	/* after figures that no link carries */
#define PERIOD_MS 1000.0	/* of the reports */
#define LATE_WEIGHT 0.75	/* part of what it should see is missing */
/* at least: losses come with floods, and make a figure smaller, not larger */
#define LOSSY_WEIGHT 0.5
#define PROMPT_MS 3000		/* so recent it must know everything to say that there is little */

static int
link_of_interface(const struct settings *s, const char *name)
{
	for (unsigned i = 0; i < s->links_n; i++)
		if (s->links[i].interface[0] != '\0' && strcmp(s->links[i].interface, name) == 0)
			return (int)i;
	return -1;
}

/*
 * The link that is named, or those of all its interfaces; an unknown one among them: no limit is
 * known.
 */
static void
capacity_init(const struct settings *s, const struct sensor_settings *of, struct sensor *ret)
{
	ret->link = of->link;
	if (of->link >= 0) {
		ret->links = 1u << of->link;
		ret->capacity = s->links[of->link].capacity_bps;
		return;
	}
	if (of->type != SENSOR_PACKET)
		return;
	for (unsigned i = 0; i < of->interfaces_n; i++) {
		int l = link_of_interface(s, of->interfaces[i]);

		if (l < 0) {
			ret->capacity = 0;
			return;
		}
		ret->capacity += s->links[l].capacity_bps;
		ret->links |= 1u << l;
		if (of->interfaces_n == 1)
			ret->link = l;
	}
}

static unsigned
vantage_find(struct fusion *f, const char *name)
{
	for (unsigned i = 0; i < f->vantages_n; i++)
		if (strcmp(f->vantages[i].name, name) == 0)
			return i;
	strcpy(f->vantages[f->vantages_n].name, name);
	return f->vantages_n++;
}

void
health_init(struct fusion *f)
{
	for (unsigned i = 0; i < f->s->sensors_n; i++) {
		const struct sensor_settings *of = &f->s->sensors[i];
		struct sensor *s = &f->sensors[i];

		s->vantage =
		    (uint8_t)vantage_find(f, of->vantage[0] != '\0' ? of->vantage : of->name);
		f->vantages[s->vantage].sensors |= 1u << i;
		f->declaring |= (uint32_t)(of->sees_n > 0) << s->vantage;
		capacity_init(f->s, of, s);
		/*
		 * Flow exports and sFlow are datagrams: who can send to where they come in can
		 * forge them.
		 */
		if (of->type == SENSOR_FLOW && !of->private_path)
			f->forgeable |= 1u << i;
	}
}

static bool
overdue(const struct sensor *s, mono_t now)
{
	return s->heard && mono_since_ms(now, s->reported) > OVERDUE_MS;
}

bool
health_sees(const struct fusion *f, unsigned sensor, mono_t now)
{
	const struct sensor *s = &f->sensors[sensor];
	bool can =
	    s->health == HEALTH_STARTING || s->health == HEALTH_FRESH || s->health == HEALTH_LATE;

	return can && !s->gone && !overdue(s, now) && !mono_before(now, s->implausible_until);
}

/*
 * ALGORITHMS 3, h_s: full for the report's own period, nothing after four of them; less with
 * losses.
 */
static double
weight_of(const struct sensor *s, mono_t now)
{
	double age = s->heard ? (double)mono_since_ms(now, s->reported) : 0;
	double fresh = fmin(fmax(1 - (age - PERIOD_MS) / (3 * PERIOD_MS), 0), 1);

	return fresh * fmax(1 - s->loss, LOSSY_WEIGHT) *
	    (s->health == HEALTH_LATE ? LATE_WEIGHT : 1);
}

void
health_step(struct fusion *f, struct now now)
{
	for (unsigned j = 0; j < f->s->sensors_n; j++)
		f->sensors[j].weight = weight_of(&f->sensors[j], now.mono);
	for (unsigned i = 0; i < f->vantages_n; i++) {
		struct vantage *v = &f->vantages[i];
		int64_t complete = INT64_MAX;

		v->seeing = false;
		v->whole = true;
		for (unsigned j = 0; j < f->s->sensors_n; j++) {
			const struct sensor *s = &f->sensors[j];
			bool sees = health_sees(f, j, now.mono);

			if (s->vantage != i)
				continue;
			v->seeing = v->seeing || sees;
			if (!s->heard)
				continue;	/* never was any good: nothing of it is missing */
			if (!sees || s->health != HEALTH_FRESH)
				v->whole = false;
			if (s->complete_ms < complete)
				complete = s->complete_ms;
		}
		v->whole = v->whole && complete != INT64_MAX;
		v->complete = v->whole ? complete / SLOT_MS : 0;
		v->prompt = v->whole && now.wall.ms - complete <= PROMPT_MS;
	}
}

/* A process that began anew counts from nothing. */
static void
see_loss(struct sensor *s, const struct health_report *h)
{
	bool on = h->accepted >= s->accepted && h->lost >= s->lost;
	double got = on ? (double)(h->accepted - s->accepted) : 0;
	double lost = on ? (double)(h->lost - s->lost) : 0;

	if (got + lost > 0 || !on)
		s->loss = lost > 0 ? lost / (got + lost) : 0;
	s->accepted = h->accepted;
	s->lost = h->lost;
}

void
fusion_health(struct fusion *f, const struct health_report *h, struct now now)
{
	struct sensor *s;

	if (h->sensor >= f->s->sensors_n)
		return;
	s = &f->sensors[h->sensor];
	s->gone = false;
	s->health = h->health;
	s->heard = s->heard || h->health == HEALTH_FRESH;
	s->complete_ms = h->complete_ms;
	s->reported = now.mono;
	see_loss(s, h);
}

void
fusion_gone(struct fusion *f, unsigned sensor, struct now now)
{
	(void)now;
	if (sensor < f->s->sensors_n)
		f->sensors[sensor].gone = true;
}

bool
fusion_implausible(const struct fusion *f, unsigned sensor, struct now now)
{
	return sensor < f->s->sensors_n &&
	    mono_before(now.mono, f->sensors[sensor].implausible_until);
}

bool
health_declared(const struct fusion *f, unsigned vantage, const struct subject *s)
{
	if ((f->declaring >> vantage & 1) == 0 ||
	    (s->kind != SUBJECT_HOST && s->kind != SUBJECT_PREFIX))
		return false;
	for (unsigned i = 0; i < f->s->sensors_n; i++) {
		const struct sensor_settings *of = &f->s->sensors[i];

		if ((f->vantages[vantage].sensors >> i & 1) == 0 || !f->sensors[i].heard)
			continue;
		for (unsigned j = 0; j < of->sees_n; j++)
			if (prefix_covers(&of->sees[j], &s->prefix))
				return true;
	}
	return false;
}

/* --- links ---------------------------------------------------------------- */

/* Bits beyond what fits into that second. */
static double
beyond(const struct sensor *s, int64_t second)
{
	const struct second *of = &s->seconds[second % LINK_SECONDS];
	double sure = of->second == second ? of->bits : 0;

	if (of->samples > 0)
		sure *= fusion_lower(of->samples);
	return sure - s->capacity * CARRIED_SHARE;
}

static bool
overflows(const struct sensor *s, struct now now)
{
	int64_t last = (now.wall.ms + FUTURE_SLOTS * SLOT_MS) / 1000;
	double over = 0;

	for (int64_t second = last - LINK_SECONDS + 1; second <= last; second++)
		if (carried_too_much(&over, beyond(s, second), s->capacity))
			return true;
	return false;
}

bool
health_link_see(struct fusion *f, const struct observation *o, struct now now)
{
	struct sensor *s = &f->sensors[o->sensor];
	unsigned slots =
	    o->slots < LINK_SECONDS * SECOND_SLOTS ? o->slots : LINK_SECONDS * SECOND_SLOTS;
	bool above = false;

	for (unsigned i = 0; i < slots; i++) {
		int64_t second = (o->start_ms / SLOT_MS + i) / SECOND_SLOTS;
		struct second *to = &s->seconds[second % LINK_SECONDS];

		bool ahead = to->second > (now.wall.ms + FUTURE_SLOTS * SLOT_MS) / 1000;

		if (to->second > second && !ahead)
			continue;	/* older than all that is kept */
		if (to->second != second)	/* also when the clock was set back */
			*to = (struct second){ .second = second };
		to->bits += o->amount[METRIC_BPS] / o->slots;
		to->samples += o->samples / o->slots;
		above = above || beyond(s, second) > 0;
	}
	return s->capacity <= 0 || !above || !overflows(s, now);
}

void
health_mistrust(struct fusion *f, unsigned sensor, struct now now)
{
	f->sensors[sensor].implausible_until = mono_add_ms(now.mono, MISTRUST_MS);
	memset(f->sensors[sensor].seconds, 0, sizeof(f->sensors[sensor].seconds));
}

/* Of one vantage, or only those of it that nobody outside can make up. */
struct tellers {
	int link;
	unsigned vantage;
	bool sure;
};

static bool
tells(const struct fusion *f, unsigned sensor, const struct tellers *who)
{
	const struct sensor *s = &f->sensors[sensor];

	return s->link == who->link && s->vantage == who->vantage &&
	       !(who->sure && (f->forgeable >> sensor & 1) != 0);
}

/* What they saw together in a second. */
static double
link_second(const struct fusion *f, const struct tellers *who, int64_t second)
{
	double bits = 0;

	for (unsigned i = 0; i < f->s->sensors_n; i++) {
		const struct sensor *s = &f->sensors[i];
		const struct second *of = &s->seconds[second % LINK_SECONDS];

		if (tells(f, i, who) && of->second == second)
			bits += of->bits;
	}
	return bits;
}

static bool
link_seen_by(const struct fusion *f, const struct tellers *who, mono_t now)
{
	bool any = false;

	for (unsigned i = 0; i < f->s->sensors_n; i++) {
		const struct sensor *s = &f->sensors[i];

		if (!tells(f, i, who) || !s->heard)
			continue;
		if (s->health != HEALTH_FRESH || !health_sees(f, i, now))
			return false;
		any = true;
	}
	return any;
}

/* As far as all of them have told; INT64_MAX: none of them was heard. */
static int64_t
link_complete_ms(const struct fusion *f, const struct tellers *who)
{
	int64_t complete = INT64_MAX;

	for (unsigned i = 0; i < f->s->sensors_n; i++)
		if (tells(f, i, who) && f->sensors[i].heard && f->sensors[i].complete_ms < complete)
			complete = f->sensors[i].complete_ms;
	return complete;
}

/*
 * 1 in danger, 0 not, -1: they cannot tell.  Partial sums suffice for danger, never for its
 * absence. *most becomes the share of the fullest second, if that is more.
 */
static int
link_harm_from(const struct fusion *f, const struct tellers *who, struct now now, double *most)
{
	int64_t last = now.wall.ms / 1000 - 1, first = last - LINK_SECONDS + HARM_SECONDS;
	int64_t complete = link_complete_ms(f, who);
	unsigned run = 0;
	bool harmed = false;

	if (!link_seen_by(f, who, now.mono))
		return -1;
	if (complete / 1000 - HARM_SECONDS > first)
		first = complete / 1000 - HARM_SECONDS;
	for (int64_t s = first; s <= last; s++) {
		double share = link_second(f, who, s) / f->s->links[who->link].capacity_bps;

		run = share >= HARM_SHARE ? run + 1 : 0;
		harmed |= run >= HARM_SECONDS;
		*most = fmax(*most, share);
	}
	return harmed;
}

static int
worst_of(const struct fusion *f, unsigned link, bool sure, struct now now, double *most)
{
	int worst = -1;

	for (unsigned v = 0; v < f->vantages_n && f->s->links[link].capacity_bps > 0; v++) {
		const struct tellers who = { .link = (int)link, .vantage = v, .sure = sure };
		int is = link_harm_from(f, &who, now, most);

		worst = is > worst ? is : worst;
	}
	return worst;
}

/*
 * Who forges exports adds to what a link seems to carry and takes nothing away: that it is not full
 * can be believed of them, that it is full never.
 */
int
fusion_harm_link(const struct fusion *f, unsigned link, struct now now)
{
	double most = 0;
	int read = reading_harm(f, (int)link, now), seen = worst_of(f, link, true, now, &most);
	int worst = read > seen ? read : seen;

	if (worst >= 0)
		return worst;
	return worst_of(f, link, false, now, &most) == 0 ? 0 : -1;
}

double
health_link_share(const struct fusion *f, unsigned link, struct now now)
{
	double most = 0;

	return worst_of(f, link, true, now, &most) == 1 ? most : 0;
}

double
health_link_fill(const struct fusion *f, unsigned link, struct now now)
{
	double most = -1, capacity = f->s->links[link].capacity_bps;

	for (unsigned v = 0; v < f->vantages_n && capacity > 0; v++) {
		const struct tellers who = { .link = (int)link, .vantage = v };
		int64_t last = link_complete_ms(f, &who) / 1000 - 1;

		if (link_seen_by(f, &who, now.mono) && last > now.wall.ms / 1000 - LINK_SECONDS)
			most = fmax(most, link_second(f, &who, last) / capacity);
	}
	return most;
}

int
fusion_harm(const struct fusion *f, enum harm h, struct now now)
{
	bool unknown = false;

	if (h == HARM_STATE)
		return reading_harm(f, -1, now);
	if (h != HARM_LINK || f->s->links_n == 0)
		return -1;
	for (unsigned l = 0; l < f->s->links_n; l++) {
		int worst = fusion_harm_link(f, l, now);

		if (worst == 1)
			return 1;
		unknown = unknown || worst < 0;
	}
	return unknown ? -1 : 0;
}
