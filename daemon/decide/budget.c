/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/budget.h"

#include <math.h>
#include <string.h>

#define HOUR_MS 3600000
#define DAY_MS (24 * HOUR_MS)
#define COUNT_MS 1000		/* hole time is counted so often */
#define COUNT_MAX_MS 60000	/* a longer step of time is a clock that was set, or a pause of ours */
#define CLOCK_BACK_MS HOUR_MS	/* a clock set back no further does not make the log one of times to come */
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

static void
sent(struct budgets *b, uint32_t via, int64_t ms)
{
	for (uint32_t left = via; left != 0; left &= left - 1)
		meter_add(&b->upstreams[__builtin_ctz(left) % UPSTREAMS_MAX], ms, HOUR_MS, 1);
	meter_add(&b->all, ms, HOUR_MS, (uint32_t)__builtin_popcount(via));
}

/* Something came: one action more within the time; true: too many. */
static bool
came(struct budgets *b, enum rule_kind kind, const struct prefix *dst, int64_t ms)
{
	if (kind != RULE_FLOWSPEC)	/* routes are damped, rules are not */
		cycle(b, dst, ms);
	if (b->s->budgets.mass_actions == 0)
		return false;
	meter_add(&b->actions, ms, b->s->budgets.mass_within_ms, 1);
	if (meter_sum(&b->actions, ms, b->s->budgets.mass_within_ms) <= b->s->budgets.mass_actions)
		return false;
	b->tripped_until = ms + b->s->budgets.mass_for_ms;
	return true;
}

void
budget_sent(struct budgets *b, const struct rule *r, uint32_t via, bool fresh, struct now now)
{
	int64_t ms = mono_ms(now.mono);

	sent(b, via, ms);
	if (!fresh)
		return;
	if (r->kind == RULE_RTBH)	/* until the ledger has it */
		*(r->dst.family == 4 ? &b->holed4 : &b->holed6) += addresses(&r->dst);
	if (came(b, r->kind, &r->dst, ms))
		b->reached[BUDGET_MASS] = true;
}

bool
budget_thrifty(const struct budgets *b, struct now now)
{
	return b->s->budgets.updates_wanted > 0 &&
	       meter_sum(&b->all, mono_ms(now.mono), HOUR_MS) >= b->s->budgets.updates_wanted;
}

/* ---- asked --------------------------------------------------------------------------- */

static uint32_t
not_spent(const struct budgets *b, uint32_t via, int64_t ms)
{
	for (unsigned i = 0; i < b->s->upstreams_n && b->s->budgets.announcements > 0; i++)
		if (meter_sum(&b->upstreams[i], ms, HOUR_MS) >= b->s->budgets.announcements)
			via &= ~(1u << i);
	return via;
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
ask(const struct budgets *b, enum step_kind kind, const struct rule *r, uint32_t *via,
    struct now now)
{
	int64_t ms = mono_ms(now.mono);
	unsigned most = b->s->budgets.updates;

	if (kind > STEP_RATE_LIMIT && ms < b->tripped_until)
		return BUDGET_MASS;
	if (most > 0 && meter_sum(&b->all, ms, HOUR_MS) >= most)
		return BUDGET_UPDATES;
	*via = not_spent(b, *via, ms);
	if (*via == 0)
		return BUDGET_UPSTREAM;
	return ask_route(b, r, now);
}

enum budget
budget_ask(struct budgets *b, enum step_kind kind, const struct rule *r, uint32_t *via,
	   struct now now)
{
	enum budget why = ask(b, kind, r, via, now);

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
	sent(b, p->via, ms);
	if (p->announce && p->fresh)
		came(b, p->kind, &p->dst, ms);
	if (!p->announce && p->kind == RULE_RTBH)
		account_add(account_open(b, &p->dst), p->since, p->at);
}
