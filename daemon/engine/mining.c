/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/mining.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "synth/synth.h"

#define KNOWN_SUFFICE 0.6	/* of the attack: from there on it is separated (ALGORITHMS 4.2) */
#define KNOWN_MORE 0.05		/* that each further one must bring */

struct mining {
	struct synth *synth;		/* owned */
	struct synth_result result, other;
};

/* ---- the task ------------------------------------------------------------ */

static void
spare(struct mining_task *t, const struct prefix *p)
{
	if (t->spared_n < MINING_SPARED && p->family == t->wish.family)
		t->spared[t->spared_n++] = *p;
}

void
mining_task(struct mining_task *ret, const struct mining_wish *w, const struct settings *s)
{
	ret->wish = *w;
	ret->known = s->vectors;
	ret->upstreams_n = ret->spared_n = ret->attack_n = ret->reference_n = ret->own_n = 0;
	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (w->via >> i & 1)
			ret->upstreams[ret->upstreams_n++] = s->upstreams[i];
	for (unsigned i = 0; i < s->protected_n; i++)
		spare(ret, &s->protected[i].prefix);
	for (unsigned i = 0; i < s->routers_n; i++)
		for (unsigned j = 0; j < s->routers[i].sessions_n; j++)
			spare(ret, &s->routers[i].sessions[j]);
}

/* For a rule that is not known yet. */
static bool
suffices(const struct mining_task *t)
{
	return t->attack_n >= (t->wish.first ? MINING_PLENTY : MINING_ENOUGH);
}

bool
mining_worth(const struct mining_task *t)
{
	return suffices(t) || (t->wish.known_n > 0 && t->attack_n >= MINING_LEAST);
}

void
mining_draw(struct mining_task *t, const struct samples *p, struct now now)
{
	unsigned borrowed;

	if (p == NULL)
		return;
	t->attack_n = samples_attack(p, t->wish.incident, t->wish.family, t->wish.by_bytes,
	    t->attack, MINING_ATTACK);
	if (!mining_worth(t))
		return;
	t->reference_n = samples_reference(p, &t->wish.subject, t->wish.family, now, t->reference,
	    MINING_REFERENCE, &borrowed);
	t->own_n = t->reference_n - borrowed;
}

static unsigned
at_most(unsigned n, unsigned most)
{
	return n < most ? n : most;
}

/* ---- either reference ---------------------------------------------------- */

/* What the samples come to for mining; upstreams: room for UPSTREAMS_MAX. */
static struct synth_task
asked(const struct mining_task *t, const struct upstream **upstreams)
{
	struct synth_task task = {
		.attack = t->attack,
		.attack_n = at_most(t->attack_n, MINING_ATTACK),
		.reference = t->reference,
		.reference_n = at_most(t->reference_n, MINING_REFERENCE),
		.by = t->wish.by_bytes ? SYNTH_BYTES : SYNTH_PACKETS,
		.rules_max = at_most(t->wish.rules_max, MINED_RULES_MAX),
		.collateral_max = t->wish.collateral_max,
		.background = t->wish.background,
		.upstreams = upstreams,
		.upstreams_n = at_most(t->upstreams_n, UPSTREAMS_MAX),
		.scope = t->wish.scope,
		.scope_n = at_most(t->wish.scope_n, MINED_SCOPE_MAX),
		.known = t->known.n <= SIGNATURES_MAX ? &t->known : NULL,
		.spared = t->spared,
		.spared_n = at_most(t->spared_n, MINING_SPARED),
	};

	for (unsigned i = 0; i < task.upstreams_n; i++)
		upstreams[i] = &t->upstreams[i];
	return task;
}

/* The task with the subject's own samples alone.  True: there are others. */
static bool
own_alone(const struct mining_task *t, const struct synth_task *all, struct synth_task *ret)
{
	*ret = *all;
	ret->reference_n = at_most(t->own_n, all->reference_n);
	return ret->reference_n < all->reference_n;
}

static bool
holds(struct mining *m, const struct synth_task *t, const struct rule *rules, unsigned n,
    struct synth_result *ret)
{
	synth_judge(m->synth, t, rules, n, ret);
	return ret->separable;
}

static void
worse(double *share, double other)
{
	*share = fmax(*share, other);
}

/* Of the same rules in the same order, by another reference: the greater harm is told. */
static void
keep_worse(struct synth_result *r, const struct synth_result *other)
{
	worse(&r->collateral, other->collateral);
	worse(&r->collateral_upper, other->collateral_upper);
	for (unsigned i = 0; i < r->n && i < other->n; i++) {
		worse(&r->rules[i].reference, other->rules[i].reference);
		worse(&r->rules[i].reference_upper, other->rules[i].reference_upper);
	}
}

/* ---- what met such an attack before -------------------------------------- */

/* A share in the log is a short number, and never a smaller harm than it was. */
static double
millionths(double share)
{
	return fmin(1, ceil(share * 1e6) / 1e6);
}

/* Those that bring anything. */
static unsigned
gather(const struct mining_task *t, const struct synth_task *task, struct rule ret[MINED_RULES_MAX])
{
	unsigned n = 0;
	double had = 0;

	for (unsigned i = 0; i < at_most(t->wish.known_n, MINED_KNOWN_MAX) && n < task->rules_max;
	     i++) {
		double all;

		ret[n] = t->wish.known[i];
		ret[n].rate_bps = 0;
		all = synth_share(ret, n + 1, task->attack, task->attack_n, task->by, NULL);
		if (all >= had + KNOWN_MORE) {
			had = all;
			n++;
		}
	}
	return had >= KNOWN_SUFFICE ? n : 0;
}

/* Do the rules of an earlier attack meet this one, and spare the rest as well as new ones must? */
static bool
recall(struct mining *m, const struct mining_task *t, const struct synth_task *all)
{
	struct rule rules[MINED_RULES_MAX];
	const unsigned n = gather(t, all, rules);
	struct synth_task own;

	if (n == 0 || !holds(m, all, rules, n, &m->result))
		return false;
	if (!own_alone(t, all, &own))
		return true;
	if (!holds(m, &own, rules, n, &m->other))
		return false;
	keep_worse(&m->result, &m->other);
	return true;
}

/* ---- mining -------------------------------------------------------------- */

static void
tell(const struct mining_task *t, const struct synth_result *r, struct mined *ret)
{
	for (unsigned i = 0; i < r->n && i < MINED_RULES_MAX; i++) {
		ret->rules[i] = (struct mined_rule){ .rule = r->rules[i].rule,
			.more = r->rules[i].attack_more,
			.fit = { true, r->rules[i].attack, r->rules[i].reference,
			    r->rules[i].reference_upper } };
		ret->n++;
	}
	ret->separable = r->separable;
	snprintf(ret->why, sizeof(ret->why), "%s", synth_why_name(r->why));
	ret->coverage = r->coverage;
	ret->collateral = r->collateral;
	ret->collateral_upper = r->collateral_upper;
	ret->attack_n = r->attack_n;
	ret->reference_n = at_most(t->reference_n, MINING_REFERENCE);
	ret->own_n = at_most(t->own_n, ret->reference_n);
}

static bool
mined_holds(struct mining *m, const struct synth_task *other)
{
	struct rule rules[SYNTH_RULES_MAX];

	for (unsigned i = 0; i < m->result.n; i++)
		rules[i] = m->result.rules[i].rule;
	return holds(m, other, rules, m->result.n, &m->other);
}

/*
 * What goes to its neighbours makes the subject's own look small, and says nothing of what it
 * loses: a promise must hold for its own samples alone, and for all.  Rules that come of either
 * may.
 */
static void
mine(struct mining *m, const struct mining_task *t, const struct synth_task *all)
{
	struct synth_task own;
	const bool others = own_alone(t, all, &own);

	synth_mine(m->synth, &own, &m->result);
	if (!m->result.separable || !others)
		return;
	if (!mined_holds(m, all)) {
		synth_mine(m->synth, all, &m->result);
		if (m->result.separable && !mined_holds(m, &own))
			m->result = (struct synth_result){ .why = SYNTH_ALIKE,
				.attack_n = m->result.attack_n,
				.collateral_upper = m->result.collateral_upper };
	}
	if (m->result.separable)
		keep_worse(&m->result, &m->other);
}

void
mining_run(struct mining *m, const struct mining_task *t, struct mined *ret)
{
	const struct upstream *upstreams[UPSTREAMS_MAX];
	const struct synth_task task = asked(t, upstreams);

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->incident, t->wish.incident, sizeof(ret->incident));
	ret->recalled = recall(m, t, &task);
	ret->early = !ret->recalled && !suffices(t);
	if (ret->early)
		return;
	if (!ret->recalled)
		mine(m, t, &task);
	tell(t, &m->result, ret);
	ret->coverage = millionths(ret->coverage);
	ret->collateral = millionths(ret->collateral);
	ret->collateral_upper = millionths(fmax(ret->collateral, ret->collateral_upper));
	for (unsigned i = 0; i < ret->n; i++) {
		struct fit *f = &ret->rules[i].fit;

		*f = (struct fit){ .known = true, .attack = millionths(f->attack),
			.reference = millionths(f->reference),
			.upper = millionths(fmax(f->reference, f->upper)) };
		ret->rules[i].more = fmax(0, fmin(1, ret->rules[i].more));
	}
}

/* ---- what another process answered --------------------------------------- */

/* Of bytes that may be anything: what is neither yes nor no must not even be read as one. */
static bool
is_bool(const bool *b)
{
	unsigned char byte;

	memcpy(&byte, b, sizeof(byte));
	return byte <= 1;
}

static bool
is_share(double d)
{
	return d >= 0 && d <= 1;	/* NaN is neither */
}

static bool
is_inside(const struct mining_wish *w, const struct prefix *dst)
{
	for (unsigned i = 0; i < w->scope_n; i++)
		if (prefix_covers(&w->scope[i], dst))
			return true;
	return false;
}

/* A canonical rule that drops, to who is attacked. */
static bool
believe_rule(const struct mining_wish *w, struct rule *r)
{
	struct rule canon = *r;
	struct diag why;

	if (r->kind != RULE_FLOWSPEC || !is_bool(&r->has_mark) || !is_bool(&r->sample) ||
	    !is_bool(&r->terminal) || r->redirect.form != REDIRECT_NONE || r->redirect.high != 0 ||
	    r->redirect.low != 0)
		return false;
	if (r->rate_bps != 0 || r->has_mark || r->sample || r->terminal || !prefix_sane(&r->dst) ||
	    rule_canon(&canon, &why) != 0 || !rule_eq(&canon, r))
		return false;
	*r = canon;
	return is_inside(w, &r->dst);
}

static bool
believe_mined(const struct mining_wish *w, struct mined_rule *m)
{
	if (!is_bool(&m->fit.known) || !m->fit.known || !is_bool(&m->fit.tried) || m->fit.tried)
		return false;	/* what it brings is not the miner's to say */
	return is_share(m->fit.attack) && is_share(m->fit.reference) &&
	       is_share(m->fit.upper) && m->fit.upper >= m->fit.reference && is_share(m->more) &&
	       believe_rule(w, &m->rule);
}

static bool
is_verdict(const struct mined *m)
{
	if (!is_bool(&m->separable) || !is_bool(&m->early) || !is_bool(&m->recalled) ||
	    memchr(m->why, '\0', sizeof(m->why)) == NULL)
		return false;
	if (m->early)
		return !m->separable && !m->recalled && m->n == 0;
	return synth_why_find(m->why) < SYNTH_WHY_N;
}

bool
mining_believe(const struct mining_task *asked, struct mined *m)
{
	const struct mining_wish *w = &asked->wish;

	if (strncmp(m->incident, w->incident, sizeof(m->incident)) != 0 || !is_verdict(m) ||
	    m->n > MINED_RULES_MAX || m->n > w->rules_max || m->attack_n > asked->attack_n ||
	    m->reference_n > asked->reference_n || m->own_n > m->reference_n)
		return false;
	if (!is_share(m->coverage) || !is_share(m->collateral) || !is_share(m->collateral_upper) ||
	    m->collateral_upper < m->collateral || !isfinite(m->seconds) || m->seconds < 0)
		return false;
	for (unsigned i = 0; i < m->n; i++)
		if (!believe_mined(w, &m->rules[i]))
			return false;
	return true;
}

/* ---- what was found ------------------------------------------------------ */

void
mining_write(struct jout *out, const struct mined *m)
{
	jout_int(out, "attack_samples", m->attack_n);
	jout_real(out, "collateral", m->collateral);
	jout_real(out, "collateral_upper", m->collateral_upper);
	jout_real(out, "coverage", m->coverage);
	jout_str(out, "incident", m->incident);
	jout_bool(out, "recalled", m->recalled);
	jout_int(out, "reference_own", m->own_n);
	jout_int(out, "reference_samples", m->reference_n);
	jout_list(out, "rules");
	for (unsigned i = 0; i < m->n; i++)
		rule_json_write(out, NULL, &m->rules[i].rule);
	jout_close(out);
	jout_real(out, "seconds", m->seconds);
	jout_bool(out, "separable", m->separable);
	jout_str(out, "verdict", m->why);
}

void
mining_verdict(struct text *out, bool separable, const char *why)
{
	struct synth_result r = { .separable = separable, .why = synth_why_find(why) };

	if (r.why < SYNTH_WHY_N)
		synth_say(out, &r);
}

static void
verdict(const struct mined *m, enum lang lang, char *to, size_t size)
{
	enum lang was = lang_get();
	struct text t;

	lang_set(lang);
	text_init(&t, size);
	mining_verdict(&t, m->separable, m->why);
	snprintf(to, size, "%s", text_str(&t));
	text_fini(&t);
	lang_set(was);
}

void
mining_words(struct words *ret, const struct settings *s, const struct mined *m,
    const struct subject *subject)
{
	struct words why;

	verdict(m, LANG_EN, why.en, sizeof(why.en));
	verdict(m, LANG_ES, why.es, sizeof(why.es));
	say_mined(ret, s, m, subject, &why);
}

/* ---- start and end ------------------------------------------------------- */

int
mining_new(struct mining **ret)
{
	const struct synth_limits limits = { MINING_ATTACK, MINING_REFERENCE };
	struct mining *m = calloc(1, sizeof(*m));
	int err = m == NULL ? -ENOMEM : synth_new(&m->synth, &limits);

	if (err != 0) {
		free(m);
		return err;
	}
	*ret = m;
	return 0;
}

void
mining_free(struct mining *m)
{
	if (m == NULL)
		return;
	synth_free(m->synth);
	free(m);
}
