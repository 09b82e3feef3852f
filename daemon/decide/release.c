/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two ends are kept apart: hold_end, before which nothing is lifted, and until, which stands in the
 * fragment and must be later than the moment at which we lift, or everything would be lifted at
 * once.
 */
#include "decide/release.h"

#include "base/lang.h"

#define HOLD_RATE_LIMIT_MS 300000
#define HOLD_DROP_MS 600000
#define HOLD_BLACKHOLE_MS 300000
#define HOLD_MIN_MS 1000
#define JITTER_MAX 0.9
#define SUBSIDED_MS 5000	/* quiet for so long before it is said */
#define WATCH_MIN_MS 10000	/* how long a canary is watched at least */
#define SLACK_MS 10000		/* an end comes so much later than we expect to lift */
#define WORN_MAX 3 /* renewals while nobody sees the attack and nobody can say that it is over */
#define UNTOLD_MS 3600000	/* no points for so long, nothing standing: closed all the same */

static int64_t
hold_of(const struct step *step)
{
	if (step->for_ms > 0)
		return step->for_ms;
	if (step->kind == STEP_DROP)
		return HOLD_DROP_MS;
	return step->kind == STEP_BLACKHOLE ? HOLD_BLACKHOLE_MS : HOLD_RATE_LIMIT_MS;
}

static double
jitter_of(const struct policy *p)
{
	double j = p->release.jitter;

	return j > JITTER_MAX ? JITTER_MAX : j > 0 ? j : 0;
}

void
release_hold(const struct tick *t, struct stand *st)
{
	double j = jitter_of(t->policy);
	int64_t most = t->d->s->limits.longest_ms;
	int64_t hold = jittered(t->d, hold_of(stand_step(t, st)), 1 - j, 1 + j);

	if (hold > most)
		hold = most;
	if (hold < HOLD_MIN_MS)
		hold = HOLD_MIN_MS;
	st->hold_ms = hold;
	st->hold_end = mono_add_ms(t->now.mono, hold);
	st->until = wall_add_ms(t->now.wall, hold);
}

static int64_t
watch_ms(const struct policy *p)
{
	int64_t ms = p->release.quiet_ms / 10;

	return ms > WATCH_MIN_MS ? ms : WATCH_MIN_MS;
}

/* The harsher one first. */
static struct stand *
highest(struct watch *w)
{
	if (w->stands[RULE_RTBH].up)
		return &w->stands[RULE_RTBH];
	return w->stands[RULE_FLOWSPEC].up ? &w->stands[RULE_FLOWSPEC] : NULL;
}

static void
quiet_begins(struct tick *t)
{
	struct watch *w = t->w;
	double more = highest(w) != NULL ? jitter_of(t->policy) : 0;

	w->quiet = true;
	w->quiet_since = t->now.mono;
	w->quiet_ms = jittered(t->d, t->policy->release.quiet_ms, 1, 1 + more);
}

static int64_t
quiet_for(const struct tick *t)
{
	return t->w->quiet ? mono_since_ms(t->now.mono, t->w->quiet_since) : -1;
}

/* ---- back ------------------------------------------------------------------------------- */

/* Everywhere again, at once: what had been lifted for the canary. */
static void
restore(struct tick *t, const char *why)
{
	struct watch *w = t->w;
	struct stand *st = &w->stands[w->releasing];

	if (!w->probing && (!st->up || st->resync))
		return;
	if (w->probing && st->step <= w->by_hand)
		return;
	st->step_before = st->up ? st->step : -1;
	if (!st->up) {
		st->since = t->now.wall;
		st->id[0] = '\0';
	}
	st->via = st->via_full;
	st->changed = t->now.mono;
	st->any_exported = st->all_exported = (mono_t){ 0 };
	release_hold(t, st);
	stand_announce(t, st, why);
}

static void
come_back(struct tick *t)
{
	struct watch *w = t->w;

	if (w->pub.state == INCIDENT_RELEASING)
		restore(t, N_("the attack came back while it was being released"));
	w->probing = false;
	w->pub.state = INCIDENT_OPEN;
	w->pub.changed = t->now.wall;
	watch_settle(w);
}

static void
judge_quiet(struct tick *t)
{
	struct watch *w = t->w;
	const struct assessment *a = w->a;
	bool calm =
		a != NULL && (a->certain_quiet || (w->worn_out && a->share > 0 && a->share < 1));
	int64_t asked = t->policy->release.quiet_ms;
	int64_t subsided = asked < SUBSIDED_MS ? asked : SUBSIDED_MS;

	if (!calm)
		w->quiet = false;
	else if (!w->quiet)
		quiet_begins(t);
	if (w->pub.state != INCIDENT_OPEN || !w->quiet || quiet_for(t) < subsided)
		return;
	w->pub.state = INCIDENT_SUBSIDING;
	w->pub.changed = t->now.wall;
	w->by_hand = -1;
	emit(t, DECISION_SUBSIDED, N_("every vantage that saw it sees that it is over"));
}

void
release_judge(struct tick *t)
{
	struct watch *w = t->w;
	bool attack = w->a != NULL && w->a->points > 0 && w->a->points >= policy_first(t->policy);
	/* Points need a sustained attack; during a canary being above the threshold is enough. */
	bool again = w->pub.state == INCIDENT_RELEASING && w->a != NULL && w->a->share >= 1;

	if (w->a != NULL && w->a->points > 0)
		w->last_points = t->now.mono;
	if (!attack && !again) {
		judge_quiet(t);
		return;
	}
	w->quiet = w->worn_out = false;
	if (w->pub.state != INCIDENT_OPEN)
		come_back(t);
}

/* ---- hold --------------------------------------------------------------------------------- */

/* Nothing is held longer for this; only the end in the fragment is moved behind the release. */
static void
outlast_release(struct tick *t, struct stand *st)
{
	int64_t hold_left = mono_since_ms(st->hold_end, t->now.mono);
	int64_t quiet_left = t->w->quiet_ms - quiet_for(t);
	int64_t left = hold_left > quiet_left ? hold_left : quiet_left;

	st->until =
		wall_add_ms(t->now.wall, (left > 0 ? left : 0) + watch_ms(t->policy) + SLACK_MS);
	st->step_before = st->step;
	stand_announce(t, st, N_("the hold goes on until it is released"));
}

static void
renew(struct tick *t, struct stand *st)
{
	struct watch *w = t->w;
	bool seen = w->a != NULL && w->a->points > 0;

	if (!seen && w->quiet) {
		outlast_release(t, st);
		return;
	}
	if (seen) {
		st->worn = 0;
	} else if (st->worn >= WORN_MAX) {
		/* Blind: its own end comes.  Traffic but no attack: released like any other. */
		w->worn_out = w->a != NULL && w->a->share > 0;
		return;
	} else {
		st->worn++;
	}
	st->step_before = st->step;
	release_hold(t, st);
	stand_announce(t, st,
	               seen ? N_("the attack goes on")
	                    : N_("nobody can tell whether the attack is over"));
}

void
release_renew(struct tick *t)
{
	struct watch *w = t->w;

	for (int kind = RULE_RTBH; kind <= RULE_FLOWSPEC; kind++) {
		struct stand *st = &w->stands[kind];
		bool canary = w->pub.state == INCIDENT_RELEASING && w->releasing == kind;

		if (!st->up || st->id[0] == '\0' || st->resync || canary ||
		    !mono_past(t->now.mono, st->retry))
			continue;
		if (mono_past(t->now.mono, st->renew_at)) {
			renew(t, st);
		} else if (w->pub.state == INCIDENT_OPEN && st->via != st->via_full) {
			w->releasing = kind;
			restore(t, N_("the attack came back while it was being released"));
		}
	}
}

/* ---- down ----------------------------------------------------------------------------------- */

static void
close_incident(struct tick *t, const char *why)
{
	struct watch *w = t->w;

	w->pub.state = INCIDENT_CLOSED;
	w->pub.closed = w->pub.changed = t->now.wall;
	w->pub.step = w->peak_step;
	w->pub.mitigation[0] = '\0';
	emit(t, DECISION_CLOSED, why);
	table_close(t->d, w);
}

/* One is gone: the milder one below it is released in its turn, or all is over. */
static void
lifted(struct tick *t)
{
	struct watch *w = t->w;

	w->probing = false;
	watch_settle(w);
	if (highest(w) == NULL) {
		close_incident(t, N_("the attack is over and everything is lifted"));
		return;
	}
	w->pub.state = INCIDENT_SUBSIDING;
	w->pub.changed = t->now.wall;
	quiet_begins(t);
}

static void
canary_out(struct tick *t, struct stand *st)
{
	struct watch *w = t->w;
	uint32_t rest = st->via_full & (st->via_full - 1);	/* all but the first */
	const char *why = N_("it is lifted at one upstream, to see whether the attack is over");
	int64_t watch = watch_ms(t->policy);

	w->releasing = (int)(st - w->stands);
	w->probing = rest == 0;
	w->watch_until = mono_add_ms(t->now.mono, watch);
	w->pub.state = INCIDENT_RELEASING;
	w->pub.changed = t->now.wall;
	if (rest == 0) {
		stand_withdraw(t, st, why);
		return;
	}
	st->via = rest;
	st->step_before = st->step;
	st->until = wall_add_ms(t->now.wall, 2 * watch + SLACK_MS);
	stand_announce(t, st, why);
}

static void
canary_step(struct tick *t)
{
	struct watch *w = t->w;
	struct stand *st = &w->stands[w->releasing];
	int64_t watch = watch_ms(t->policy);
	bool late = mono_since_ms(t->now.mono, w->watch_until) > watch;

	if (!mono_past(t->now.mono, w->watch_until))
		return;
	if (!w->quiet || (quiet_for(t) < watch && late)) {
		w->pub.state = INCIDENT_SUBSIDING;
		if (!w->probing)
			restore(t, N_("nobody can tell whether the attack is over"));
		w->probing = false;
		return;
	}
	if (quiet_for(t) < watch)
		return;
	if (st->up)
		stand_withdraw(t, st, N_("the attack is over and its hold has passed"));
	lifted(t);
}

void
release_step(struct tick *t)
{
	struct watch *w = t->w;
	struct stand *st = highest(w);

	if (w->pub.state == INCIDENT_RELEASING) {
		canary_step(t);
		return;
	}
	if (st == NULL && w->quiet && quiet_for(t) >= t->policy->release.quiet_ms)
		close_incident(t, N_("the attack is over"));
	else if (st == NULL && mono_since_ms(t->now.mono, w->last_points) >= UNTOLD_MS)
		close_incident(t, N_("there was no attack for an hour, though not every sensor "
				     "could tell"));
	if (st == NULL || w->pub.state != INCIDENT_SUBSIDING || st->id[0] == '\0' || st->resync ||
	    quiet_for(t) < w->quiet_ms || !mono_past(t->now.mono, st->hold_end) ||
	    !mono_past(t->now.mono, st->retry))
		return;
	if (t->policy->release.canary) {
		canary_out(t, st);
		return;
	}
	stand_withdraw(t, st, N_("the attack is over and its hold has passed"));
	lifted(t);
}
