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
	struct synth_result result;
};

/* ---- the task ------------------------------------------------------------------------------------------- */

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
	ret->upstreams_n = ret->spared_n = ret->attack_n = ret->reference_n = 0;
	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (w->via >> i & 1)
			ret->upstreams[ret->upstreams_n++] = s->upstreams[i];
	for (unsigned i = 0; i < s->protected_n; i++)
		spare(ret, &s->protected[i].prefix);
	for (unsigned i = 0; i < s->routers_n; i++)
		for (unsigned j = 0; j < s->routers[i].sessions_n; j++)
			spare(ret, &s->routers[i].sessions[j]);
}

bool
mining_worth(const struct mining_task *t)
{
	return t->attack_n >= MINING_ENOUGH || (t->wish.known_n > 0 && t->attack_n >= MINING_LEAST);
}

void
mining_draw(struct mining_task *t, const struct samples *p, struct now now)
{
	unsigned borrowed;

	if (p == NULL)
		return;
	t->attack_n = samples_attack(p, t->wish.incident, t->wish.family, t->wish.by_bytes, t->attack, MINING_ATTACK);
	if (mining_worth(t))
		t->reference_n = samples_reference(p, &t->wish.subject, t->wish.family, now, t->reference,
		    MINING_REFERENCE, &borrowed);
}

static unsigned
at_most(unsigned n, unsigned most)
{
	return n < most ? n : most;
}

/* ---- what met such an attack before ----------------------------------------------------------------------- */

/* A share in the log is a short number, and never a smaller harm than it was. */
static double
millionths(double share)
{
	return ceil(share * 1e6) / 1e6;
}

struct known {
	const struct mining_task *t;
	enum synth_by by;
	struct rule rules[MINED_RULES_MAX];
	double shares[MINED_RULES_MAX + 1];	/* that so many of them take */
	unsigned n;
};

static double
taken(const struct known *k, unsigned n)
{
	return synth_share(k->rules, n, k->t->attack, at_most(k->t->attack_n, MINING_ATTACK), k->by, NULL);
}

static double
collateral(const struct known *k, const struct rule *rules, unsigned n, double *ret_upper)
{
	return synth_share(rules, n, k->t->reference, at_most(k->t->reference_n, MINING_REFERENCE), k->by, ret_upper);
}

static void
gather(struct known *k)
{
	const struct mining_wish *w = &k->t->wish;
	unsigned most = at_most(w->rules_max, MINED_RULES_MAX);

	for (unsigned i = 0; i < at_most(w->known_n, MINED_KNOWN_MAX) && k->n < most; i++) {
		double all;

		k->rules[k->n] = w->known[i];
		all = taken(k, k->n + 1);
		if (all >= k->shares[k->n] + KNOWN_MORE)
			k->shares[++k->n] = all;
	}
}

static void
tell_known(const struct known *k, struct mined *ret)
{
	for (unsigned i = 0; i < k->n; i++) {
		struct mined_rule *r = &ret->rules[i];

		r->rule = k->rules[i];
		r->rule.rate_bps = 0;
		r->more = k->shares[i + 1] - k->shares[i];
		r->fit.known = true;
		r->fit.attack = synth_share(&k->rules[i], 1, k->t->attack, at_most(k->t->attack_n, MINING_ATTACK),
		    k->by, NULL);
		r->fit.reference = collateral(k, &k->rules[i], 1, &r->fit.upper);
	}
	ret->n = k->n;
	ret->coverage = k->shares[k->n];
	ret->separable = ret->recalled = true;
	snprintf(ret->why, sizeof(ret->why), "%s", synth_why_name(SYNTH_OK));
	ret->attack_n = k->t->attack_n;
	ret->reference_n = k->t->reference_n;
}

/* Do the rules of an earlier attack meet this one, and spare the rest as well as new ones must? */
static bool
recall(const struct mining_task *t, struct mined *ret)
{
	double most = t->wish.collateral_max > 0 ? t->wish.collateral_max : SYNTH_COLLATERAL;
	struct known k = { .t = t, .by = t->wish.by_bytes ? SYNTH_BYTES : SYNTH_PACKETS };
	double reference, upper;

	gather(&k);
	if (k.n == 0 || k.shares[k.n] < KNOWN_SUFFICE)
		return false;
	reference = collateral(&k, k.rules, k.n, &upper);
	if (upper > most)
		return false;
	ret->collateral = reference;
	ret->collateral_upper = upper;
	tell_known(&k, ret);
	return true;
}

/* ---- mining --------------------------------------------------------------------------------------------- */

static void
tell(const struct synth_result *r, struct mined *ret)
{
	for (unsigned i = 0; i < r->n && i < MINED_RULES_MAX; i++) {
		ret->rules[i] = (struct mined_rule){ .rule = r->rules[i].rule, .more = r->rules[i].attack_more,
			.fit = { true, r->rules[i].attack, r->rules[i].reference, r->rules[i].reference_upper } };
		ret->n++;
	}
	ret->separable = r->separable;
	snprintf(ret->why, sizeof(ret->why), "%s", synth_why_name(r->why));
	ret->coverage = r->coverage;
	ret->collateral = r->collateral;
	ret->collateral_upper = r->collateral_upper;
	ret->attack_n = r->attack_n;
	ret->reference_n = r->reference_n;
}

static void
mine(struct mining *m, const struct mining_task *t, struct mined *ret)
{
	const struct upstream *upstreams[UPSTREAMS_MAX];
	struct synth_task task = {
		.attack = t->attack, .attack_n = at_most(t->attack_n, MINING_ATTACK),
		.reference = t->reference, .reference_n = at_most(t->reference_n, MINING_REFERENCE),
		.by = t->wish.by_bytes ? SYNTH_BYTES : SYNTH_PACKETS,
		.rules_max = at_most(t->wish.rules_max, MINED_RULES_MAX),
		.collateral_max = t->wish.collateral_max, .background = t->wish.background,
		.upstreams = upstreams, .upstreams_n = at_most(t->upstreams_n, UPSTREAMS_MAX),
		.scope = t->wish.scope, .scope_n = at_most(t->wish.scope_n, MINED_SCOPE_MAX),
		.known = t->known.n <= SIGNATURES_MAX ? &t->known : NULL, .spared = t->spared, .spared_n = at_most(t->spared_n, MINING_SPARED),
	};

	for (unsigned i = 0; i < task.upstreams_n; i++)
		upstreams[i] = &t->upstreams[i];
	synth_mine(m->synth, &task, &m->result);
	tell(&m->result, ret);
}

void
mining_run(struct mining *m, const struct mining_task *t, struct mined *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->incident, t->wish.incident, sizeof(ret->incident));
	if (!recall(t, ret) && t->attack_n >= MINING_ENOUGH)
		mine(m, t, ret);
	else if (!ret->recalled)
		ret->early = true;
	ret->coverage = millionths(ret->coverage);
	ret->collateral = millionths(ret->collateral);
	ret->collateral_upper = millionths(ret->collateral_upper);
	for (unsigned i = 0; i < ret->n; i++) {
		struct fit *f = &ret->rules[i].fit;

		*f = (struct fit){ true, millionths(f->attack), millionths(f->reference), millionths(f->upper) };
	}
}

/* ---- what was found ----------------------------------------------------------------------------------------- */

void
mining_write(struct jout *out, const struct mined *m)
{
	jout_int(out, "attack_samples", m->attack_n);
	jout_real(out, "collateral", m->collateral);
	jout_real(out, "collateral_upper", m->collateral_upper);
	jout_real(out, "coverage", m->coverage);
	jout_str(out, "incident", m->incident);
	jout_bool(out, "recalled", m->recalled);
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
mining_words(struct words *ret, const struct settings *s, const struct mined *m, const struct subject *subject)
{
	struct words why;

	verdict(m, LANG_EN, why.en, sizeof(why.en));
	verdict(m, LANG_ES, why.es, sizeof(why.es));
	say_mined(ret, s, m, subject, &why);
}

/* ---- start and end ------------------------------------------------------------------------------------------ */

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
