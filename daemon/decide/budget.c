/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/budget.h"

#include <math.h>
#include <string.h>

#define HOUR_MS 3600000
#define DAY_MS (24 * HOUR_MS)
#define COUNT_MS 1000		/* hole time is counted so often */
/* a longer step of time is a clock that was set, or a pause of ours */
#define COUNT_MAX_MS 60000
/* a clock set back no further does not make the log one of times to come */
#define CLOCK_BACK_MS HOUR_MS
/* touches have all but one of so many parts of an hour's messages */
#define TOUCHES_PARTS 3
#define SITE_BITS 64		/* IPv6 addresses are counted in networks of this length */

/* ---- meters -------------------------------------------------------------------------- */

static int64_t
bin_of(int64_t ms, int64_t window)
{
	int64_t width = window / METER_BINS > 0 ? window / METER_BINS : 1;

	return ms >= 0 ? ms / width : -((-ms + width - 1) / width);
}

static void
meter_add(struct meter *m, int64_t ms, int64_t window, uint32_t n)
{
	int64_t bin = bin_of(ms, window);

	if (bin - m->bin >= METER_BINS)
		memset(m->n, 0, sizeof(m->n));
	else
		for (int64_t i = m->bin + 1; i <= bin; i++)
			m->n[((i % METER_BINS) + METER_BINS) % METER_BINS] = 0;
	if (bin > m->bin)
		m->bin = bin;
	if (m->bin - bin < METER_BINS)
		m->n[((bin % METER_BINS) + METER_BINS) % METER_BINS] += n;
}

static uint32_t
meter_sum(const struct meter *m, int64_t ms, int64_t window)
{
	int64_t bin = bin_of(ms, window);
	uint32_t sum = 0;

	for (int64_t i = m->bin; i > bin - METER_BINS && i > m->bin - METER_BINS; i--)
		sum += m->n[((i % METER_BINS) + METER_BINS) % METER_BINS];
	return sum;
}

/* ---- addresses ----------------------------------------------------------------------- */

static double
addresses(const struct prefix *p)
{
	int bits = p->family == 4 ? 32 : SITE_BITS;

	return p->len >= bits ? 1 : exp2(bits - p->len);
}

void
budget_init(struct budgets *b, const struct settings *s)
{
	b->s = s;
	for (unsigned i = 0; i < s->prefixes_n; i++)
		*(s->prefixes[i].family == 4 ? &b->own4 : &b->own6) += addresses(&s->prefixes[i]);
}

static bool
share_left(const struct budgets *b, const struct prefix *dst)
{
	double own = dst->family == 4 ? b->own4 : b->own6;
	double holed = dst->family == 4 ? b->holed4 : b->holed6;
	double most = floor(own * b->s->budgets.holes), more = addresses(dst);

	/* Of a small network one address may always go. */
	return b->s->budgets.holes <= 0 || holed + more <= (most > 1 ? most : 1);
}

/* ---- hole time ----------------------------------------------------------------------- */

static int
member_of(const struct settings *s, const struct prefix *dst)
{
	const struct member *m = settings_member(s, dst);

	return m != NULL ? (int)(m - s->members) : -1;
}

static bool
is_account(const struct account *a, int member, const struct prefix *dst)
{
	return a->used && a->member == member && (member >= 0 || prefix_eq(&a->prefix, dst));
}

static const struct account *
account_find(const struct budgets *b, const struct prefix *dst)
{
	int member = member_of(b->s, dst);

	for (unsigned i = 0; i < ACCOUNTS_MAX; i++)
		if (is_account(&b->accounts[i], member, dst))
			return &b->accounts[i];
	return NULL;
}

static struct account *
account_open(struct budgets *b, const struct prefix *dst)
{
	struct account *a = (struct account *)account_find(b, dst), *oldest = b->accounts;

	if (a != NULL)
		return a;
	for (unsigned i = 0; i < ACCOUNTS_MAX && oldest->used; i++)
		if (!b->accounts[i].used || b->accounts[i].hour < oldest->hour)
			oldest = &b->accounts[i];
	*oldest = (struct account){ .used = true, .member = member_of(b->s, dst), .prefix = *dst };
	return oldest;
}

/* Hours that were not counted are empty. */
static void
account_move(struct account *a, int64_t hour)
{
	if (hour - a->hour >= 24)
		memset(a->ms, 0, sizeof(a->ms));
	else
		for (int64_t h = a->hour + 1; h <= hour; h++)
			a->ms[h % 24] = 0;
	if (hour > a->hour)
		a->hour = hour;
}

/* From one moment to another, hour by hour. */
static void
account_add(struct account *a, wall_t from, wall_t to)
{
	if (to.ms - from.ms > DAY_MS)
		from.ms = to.ms - DAY_MS;
	while (from.ms < to.ms) {
		int64_t hour = from.ms / HOUR_MS, end = (hour + 1) * HOUR_MS;

		if (end > to.ms)
			end = to.ms;
		account_move(a, hour);
		if (a->hour - hour < 24)
			a->ms[hour % 24] += (uint32_t)(end - from.ms);
		from.ms = end;
	}
}

static int64_t
account_sum(const struct account *a, wall_t now)
{
	int64_t sum = 0;

	for (int64_t h = a->hour; h > a->hour - 24 && h > now.ms / HOUR_MS - 24; h--)
		sum += a->ms[((h % 24) + 24) % 24];
	return sum;
}

int64_t
budget_hole_left(const struct budgets *b, const struct prefix *dst, struct now now)
{
	const struct account *a = account_find(b, dst);
	int64_t most = b->s->budgets.hole_time_ms, used = a != NULL ? account_sum(a, now.wall) : 0;

	if (most <= 0)
		return INT64_MAX;
	return used < most ? most - used : 0;
}

void
budget_count_holes(struct budgets *b, const struct ledger *l, struct now now)
{
	int64_t ms = now.wall.ms - b->counted.ms;
	bool first = b->counted.ms == 0, due = first || ms < 0 || ms >= COUNT_MS;

	b->holed4 = b->holed6 = 0;
	for (unsigned i = 0; i < l->n; i++) {
		const struct mitigation *m = l->all[i];
		wall_t from = first ? m->since : b->counted;

		/* one that a person extended is a policy's as before */
		if (m->rule.kind != RULE_RTBH || m->incident[0] == '\0')
			continue;
		*(m->rule.dst.family == 4 ? &b->holed4 : &b->holed6) += addresses(&m->rule.dst);
		if (due && (first || (ms > 0 && ms <= COUNT_MAX_MS)))
			account_add(account_open(b, &m->rule.dst), from, now.wall);
	}
	if (due)
		b->counted = now.wall;
}

/* ---- coming and going ---------------------------------------------------------------- */

static struct flapping *
flapping_find(const struct budgets *b, const struct prefix *dst)
{
	for (unsigned i = 0; i < PREFIXES_FLAPPING; i++)
		if (b->flapping[i].used && prefix_eq(&b->flapping[i].prefix, dst))
			return (struct flapping *)&b->flapping[i];
	return NULL;
}

static void
cycle(struct budgets *b, const struct prefix *dst, int64_t ms)
{
	struct flapping *f = flapping_find(b, dst), *oldest = b->flapping;

	for (unsigned i = 0; f == NULL && i < PREFIXES_FLAPPING && oldest->used; i++)
		if (!b->flapping[i].used || b->flapping[i].last_ms < oldest->last_ms)
			oldest = &b->flapping[i];
	if (f == NULL) {
		f = oldest;
		*f = (struct flapping){ .used = true, .prefix = *dst };
	}
	f->last_ms = ms;
	meter_add(&f->cycles, ms, CYCLE_WINDOW_MS, 1);
}

bool
budget_cycled(const struct budgets *b, const struct prefix *dst, struct now now)
{
	const struct flapping *f = flapping_find(b, dst);

	return b->s->budgets.cycles > 0 && f != NULL &&
	       meter_sum(&f->cycles, mono_ms(now.mono), CYCLE_WINDOW_MS) >= b->s->budgets.cycles;
}

/* ---- sent ---------------------------------------------------------------------------- */

/* `all` of them, and `each` upstream's own; n to each of `via`. */
static void
meters_add(struct meter *all, struct meter *each, uint32_t via, uint32_t n, int64_t ms)
{
	for (uint32_t left = via; left != 0; left &= left - 1)
		meter_add(&each[__builtin_ctz(left) % UPSTREAMS_MAX], ms, HOUR_MS, n);
	meter_add(all, ms, HOUR_MS, n * (uint32_t)__builtin_popcount(via));
}

/* One action more within the time; true: too many. */
static bool
too_many(const struct budgets *b, struct meter *actions, int64_t *until, int64_t ms)
{
	meter_add(actions, ms, b->s->budgets.mass_within_ms, 1);
	if (meter_sum(actions, ms, b->s->budgets.mass_within_ms) <= b->s->budgets.mass_actions)
		return false;
	*until = ms + b->s->budgets.mass_for_ms;
	return true;
}

/* Something came; true: the breaker of touches, or with what lasts that of all, is open. */
static bool
came(struct budgets *b, const struct decide_past *p, bool touch, int64_t ms)
{
	bool many;

	if (p->kind != RULE_FLOWSPEC)	/* routes are damped, rules are not */
		cycle(b, &p->dst, ms);
	if (b->s->budgets.mass_actions == 0)
		return false;
	many = too_many(b, &b->actions, &b->tripped_until, ms);
	return (!touch && too_many(b, &b->lasting, &b->lasting_until, ms)) || many;
}

void
budget_sent(struct budgets *b, const struct rule *r, uint32_t via, unsigned flags, struct now now)
{
	const struct decide_past what = { .kind = r->kind, .dst = r->dst };
	int64_t ms = mono_ms(now.mono);

	meters_add(&b->all, b->upstreams, via, 1, ms);
	if (flags & SENT_TOUCH)
		meters_add(&b->all_touches, b->touches, via, flags & SENT_FRESH ? 2 : 1, ms);
	if (!(flags & SENT_ACTION))
		return;
	if (r->kind == RULE_RTBH)	/* until the ledger has it */
		*(r->dst.family == 4 ? &b->holed4 : &b->holed6) += addresses(&r->dst);
	if (came(b, &what, flags & SENT_TOUCH, ms))
		b->reached[BUDGET_MASS] = true;
}

bool
budget_thrifty(const struct budgets *b, struct now now)
{
	return b->s->budgets.updates_wanted > 0 &&
	       meter_sum(&b->all, mono_ms(now.mono), HOUR_MS) >= b->s->budgets.updates_wanted;
}

/* ---- asked --------------------------------------------------------------------------- */

/* Of what may be sent within an hour; not nothing, or touches were without limit. */
static unsigned
of_touches(unsigned most)
{
	return most - most / TOUCHES_PARTS;
}

static uint32_t
not_spent(const struct budgets *b, const struct meter *meters, unsigned most, uint32_t via,
    int64_t ms)
{
	for (unsigned i = 0; i < b->s->upstreams_n && most > 0; i++)
		if (meter_sum(&meters[i], ms, HOUR_MS) >= most)
			via &= ~(1u << i);
	return via;
}

bool
budget_scarce(const struct budgets *b, uint32_t via, struct now now)
{
	unsigned each = (of_touches(b->s->budgets.announcements) + 1) / 2;
	unsigned all = (of_touches(b->s->budgets.updates) + 1) / 2;
	int64_t ms = mono_ms(now.mono);

	return (all > 0 && meter_sum(&b->all_touches, ms, HOUR_MS) >= all) ||
	       not_spent(b, b->touches, each, via, ms) != via;
}

/* Have they used up their part, be it that of all upstreams or that of each? */
static bool
no_touch_left(const struct budgets *b, uint32_t *via, int64_t ms)
{
	unsigned most = of_touches(b->s->budgets.updates);

	if (most > 0 && meter_sum(&b->all_touches, ms, HOUR_MS) >= most)
		return true;
	*via = not_spent(b, b->touches, of_touches(b->s->budgets.announcements), *via, ms);
	return *via == 0;
}

static enum budget
ask_route(const struct budgets *b, const struct rule *r, struct now now)
{
	if (r->kind == RULE_FLOWSPEC)
		return BUDGET_OK;
	if (r->kind == RULE_RTBH && !share_left(b, &r->dst))
		return BUDGET_SHARE;
	if (r->kind == RULE_RTBH && budget_hole_left(b, &r->dst, now) == 0)
		return BUDGET_TIME;
	return budget_cycled(b, &r->dst, now) ? BUDGET_CYCLES : BUDGET_OK;
}

static enum budget
ask(const struct budgets *b, const struct budget_wish *wish, uint32_t *via, struct now now)
{
	int64_t ms = mono_ms(now.mono);
	int64_t tripped = wish->touch ? b->tripped_until : b->lasting_until;
	unsigned most = b->s->budgets.updates;

	if (wish->kind > STEP_RATE_LIMIT && ms < tripped)
		return BUDGET_MASS;
	if (most > 0 && meter_sum(&b->all, ms, HOUR_MS) >= most)
		return BUDGET_UPDATES;
	*via = not_spent(b, b->upstreams, b->s->budgets.announcements, *via, ms);
	if (*via == 0)
		return BUDGET_UPSTREAM;
	if (wish->touch && no_touch_left(b, via, ms))
		return BUDGET_TOUCHES;
	return ask_route(b, wish->rule, now);
}

enum budget
budget_ask(struct budgets *b, const struct budget_wish *wish, uint32_t *via, struct now now)
{
	enum budget why = ask(b, wish, via, now);

	b->reached[why] = true;
	return why;
}

enum budget
budget_to_say(struct budgets *b, struct now now)
{
	int64_t ms = mono_ms(now.mono);

	for (unsigned i = BUDGET_OK + 1; i < BUDGET_N; i++) {
		bool reached = b->reached[i];

		b->reached[i] = false;
		if (!reached || (b->said[i] != 0 && ms - b->said[i] < HOUR_MS))
			continue;
		b->said[i] = ms;
		return (enum budget)i;
	}
	return BUDGET_OK;
}

/* ---- after a restart ----------------------------------------------------------------- */

void
budget_recall(struct budgets *b, const struct decide_past *p, struct now now)
{
	int64_t ago = now.wall.ms - p->at.ms, ms;

	if (ago < -CLOCK_BACK_MS || ago > DAY_MS)
		return;
	ms = mono_ms(now.mono) - (ago > 0 ? ago : 0);
	/* the log does not say which were touches: all of them, so that a restart is no gift */
	meters_add(&b->all, b->upstreams, p->via, 1, ms);
	meters_add(&b->all_touches, b->touches, p->via, 1, ms);
	if (p->announce && p->fresh)
		came(b, p, false, ms);
	if (!p->announce && p->kind == RULE_RTBH)
		account_add(account_open(b, &p->dst), p->since, p->at);
}
