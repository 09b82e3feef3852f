/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sheet.h"

#include <math.h>
#include <string.h>

/* What the project asks of its own policies. */
#define LEVERAGE_MOST 1.0
#define BETTER_THAN_BAN 50.0
#define GOODPUT_LEAST 0.99
#define UPDATES_MOST 30
#define CALLS_MOST 1
#define WRONG_MOST 0.0

#define MINUTE_MS 60000
#define DAY_MINUTES 1440

void
sheet_line(struct line *ret, struct score *s)
{
	double sent = 0, got = 0;

	*ret = (struct line){ .worst = 1, .leverage = -1 };
	for (unsigned m = 0; m < MEMBERS; m++) {
		sent += s->sent[m];
		got += s->got[m];
		if (s->sent[m] > 0)
			ret->worst = fmin(ret->worst, s->got[m] / s->sent[m]);
	}
	ret->goodput = sent > 0 ? got / sent : 1;
	ret->attack_s = s->attack_s;
	ret->past_s = s->past_s;
	ret->past_share = s->attack_sent > 0 ? s->attack_past / s->attack_sent : 0;
	ret->to_mitigate50 = score_to_mitigate(s, 0.5);
	ret->to_mitigate95 = score_to_mitigate(s, 0.95);
	ret->out_s = s->out_s;
	if (s->attack_s > 0)
		ret->leverage = s->out_s / s->attack_s;
	ret->hole_min = s->hole_s / 60;
	ret->wrong_min = s->wrong_s / 60;
	ret->updates = score_updates_peak(s);
	ret->calls = s->calls_night[score_worst_night(s)];
	ret->digest = s->digest_night[score_worst_night(s)];
}

static const char *
seconds(char *buf, size_t size, double v)
{
	if (v < 0)
		snprintf(buf, size, "-");
	else
		snprintf(buf, size, "%.1f", v);
	return buf;
}

static bool
wanted(const char *only, const struct strategy *s)
{
	return only == NULL || strcmp(only, s->name) == 0;
}

void
sheet_add(struct text *out, enum policy_kind kind, struct run *run, const char *only)
{
	char a[16], b[16], c[16];

	text_printf(out, "\n%s\n%-11s %8s %8s %9s %7s %7s %7s %9s %9s %9s %8s %8s %6s %6s %6s\n",
	    policy_names[kind], "strategy", "good %", "worst %", "attack s", "past s", "past %",
	    "p50 s", "p95 s", "out s", "leverage", "hole min", "wrong", "BGP/h", "calls", "digest");
	for (unsigned i = 0; i < strategies_n; i++) {
		struct line l;

		if (!wanted(only, &strategies[i]))
			continue;
		sheet_line(&l, &run->scores[i]);
		text_printf(out,
		    "%-11s %8.3f %8.3f %9.0f %7.0f %7.2f %7s %9s %9.0f %9s %8.1f %8.1f %6u %6u %6u\n",
		    strategies[i].name, 100 * l.goodput, 100 * l.worst, l.attack_s, l.past_s,
		    100 * l.past_share, seconds(a, sizeof(a), l.to_mitigate50),
		    seconds(b, sizeof(b), l.to_mitigate95), l.out_s,
		    l.leverage < 0 ? "-" : (snprintf(c, sizeof(c), "%.2f", l.leverage), c),
		    l.hole_min, l.wrong_min, l.updates, l.calls, l.digest);
	}
}

/* ---- targets -------------------------------------------------------------------------------- */

struct verdict {
	struct text *out;
	unsigned missed;
};

static void
judge(struct verdict *v, bool met, const char *strategy, const char *what, double is, double bound)
{
	v->missed += !met;
	text_printf(v->out, "%-6s %-11s %-34s %10.3f %s %.3g\n", met ? "met" : "MISSED", strategy,
	    what, is, met ? "keeps to" : "against", bound);
}

/* What each call of the worst night was about, which no earlier one had said. */
static void
say_calls(struct verdict *v, const struct score *s)
{
	static const char *const causes[] = {
		[CAUSE_OUT] = "out for five minutes",
		[CAUSE_HOLE] = "blackholed",
		[CAUSE_LINK] = "in danger for five minutes",
		[CAUSE_QUESTION] = "a question waits about it",
	};
	unsigned night = score_worst_night(s);

	for (unsigned i = 0; i < s->calls_n; i++) {
		const struct call *c = &s->calls[i];
		unsigned minute = (unsigned)(c->at_ms / MINUTE_MS % DAY_MINUTES);

		if (c->night == night)
			text_printf(v->out,
			    "       %02u:%02u %s: %s, of which nobody was told that night\n",
			    minute / 60, minute % 60, c->name, causes[c->cause]);
	}
}

static void
judge_calls(struct verdict *v, const struct strategy *s, const struct score *score)
{
	unsigned calls = score->calls_night[score_worst_night(score)];
	unsigned most = s->no_attack ? 0 : CALLS_MOST;

	judge(v, calls <= most, s->name, "calls in the worst night", calls, most);
	if (calls > most)
		say_calls(v, score);
}

static void
judge_strategy(struct verdict *v, const struct strategy *s, struct run runs[POLICY_KINDS],
    unsigned i)
{
	struct line ours, ban;
	bool both;

	sheet_line(&ours, &runs[POLICY_OURS].scores[i]);
	sheet_line(&ban, &runs[POLICY_BAN].scores[i]);
	both = runs[POLICY_BAN].steps > 0 &&
	       (strcmp(s->name, "reactive") == 0 || strcmp(s->name, "touch") == 0);
	if (!s->inseparable && !s->no_attack)
		judge(v, ours.leverage <= LEVERAGE_MOST, s->name, "leverage, at most",
		    ours.leverage, LEVERAGE_MOST);
	if (both)
		judge(v, ours.leverage * BETTER_THAN_BAN <= ban.leverage, s->name,
		    "leverage of the ban over ours", ban.leverage / fmax(ours.leverage, 1e-9),
		    BETTER_THAN_BAN);
	judge(v, ours.wrong_min <= WRONG_MOST, s->name, "minutes wrongly blackholed",
	    ours.wrong_min, WRONG_MOST);
	if (!s->inseparable)
		judge(v, ours.goodput >= GOODPUT_LEAST, s->name, "goodput, at least", ours.goodput,
		    GOODPUT_LEAST);
	judge(v, ours.updates <= UPDATES_MOST, s->name, "BGP updates an hour, at most",
	    ours.updates, UPDATES_MOST);
	judge_calls(v, s, &runs[POLICY_OURS].scores[i]);
}

unsigned
sheet_targets(struct text *out, struct run runs[POLICY_KINDS], const char *only)
{
	struct verdict v = { .out = out };

	text_printf(out, "\ntargets for ours\n");
	for (unsigned i = 0; i < strategies_n; i++)
		if (wanted(only, &strategies[i]))
			judge_strategy(&v, &strategies[i], runs, i);
	text_printf(out, "%u missed\n", v.missed);
	return v.missed;
}
