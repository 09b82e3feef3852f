/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/separate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FAMILIES 2
/* of a family's traffic: what goes past the target is no part of the attack */
#define SCOPE_SHARE 0.9
/* bits: who is attacked has no more of the world, and a rule for all of it is none */
#define SCOPE_LEAST4 8
#define SCOPE_LEAST6 16
/* of the reference, that goes where the attack goes: less is chance */
#define THERE_SHARE 0.02
#define MINED_SHARE 0.001	/* of the attack: a family with less is not worth a rule */

/* One of the two sides of one family. */
struct side {
	unsigned n;
	double weight;			/* packets or bytes */
	struct sample *samples;		/* owned, room for GATHER_ROOM */
};

struct separate {
	struct side attack[FAMILIES], reference[FAMILIES];
	struct synth *synth;		/* owned */
};

static const uint8_t family_of[FAMILIES] = { 4, 6 };

int
separate_new(struct separate **ret)
{
	const struct synth_limits limits = { GATHER_ROOM, GATHER_ROOM };
	struct separate *p = calloc(1, sizeof(*p));
	int err = p != NULL ? 0 : -ENOMEM;

	for (unsigned i = 0; err == 0 && i < FAMILIES; i++) {
		p->attack[i].samples = calloc(GATHER_ROOM, sizeof(struct sample));
		p->reference[i].samples = calloc(GATHER_ROOM, sizeof(struct sample));
		if (p->attack[i].samples == NULL || p->reference[i].samples == NULL)
			err = -ENOMEM;
	}
	if (err == 0)
		err = synth_new(&p->synth, &limits);
	if (err != 0) {
		separate_free(p);
		return err;
	}
	*ret = p;
	return 0;
}

void
separate_free(struct separate *p)
{
	if (p == NULL)
		return;
	for (unsigned i = 0; i < FAMILIES; i++) {
		free(p->attack[i].samples);
		free(p->reference[i].samples);
	}
	synth_free(p->synth);
	free(p);
}

/* ---- samples ------------------------------------------------------------- */

static double
weight_of(const struct sample *s, bool by_bytes)
{
	return (double)(by_bytes ? s->bytes : s->packets);
}

/* Of the drawn records one family's; each stands for what it was drawn for. */
static void
fill(struct side *side, const struct urn *records, uint8_t family, bool by_bytes)
{
	double stands;

	side->n = 0;
	side->weight = 0;
	for (unsigned i = 0; i < urn_n(records); i++) {
		const struct sample *one = urn_item(records, i, &stands);
		struct sample *s = &side->samples[side->n];
		double times = stands / weight_of(one, by_bytes);

		if (one->family != family)
			continue;
		*s = *one;
		sample_stands(s, (double)one->packets * times);
		side->weight += stands;
		side->n++;
	}
}

/* ---- where rules may go -------------------------------------------------- */

static struct prefix
dst_of(const struct sample *s)
{
	return prefix_of(s->family, s->dst, s->family == 4 ? 32 : 128);
}

static double
share_within(const struct side *side, const struct prefix *p, bool by_bytes)
{
	double within = 0;

	for (unsigned i = 0; i < side->n; i++) {
		struct prefix dst = dst_of(&side->samples[i]);

		if (prefix_covers(p, &dst))
			within += weight_of(&side->samples[i], by_bytes);
	}
	return side->weight > 0 ? within / side->weight : 0;
}

/* One bit longer, to the half that most of it goes to. */
static struct prefix
heavier_half(const struct side *side, const struct prefix *p, bool by_bytes, double *ret_share)
{
	struct prefix half[2];
	double share[2];

	for (unsigned bit = 0; bit < 2; bit++) {
		half[bit] = *p;
		half[bit].len++;
		half[bit].addr[p->len / 8] |= (uint8_t)(bit << (7 - p->len % 8));
		share[bit] = share_within(side, &half[bit], by_bytes);
	}
	*ret_share = share[0] >= share[1] ? share[0] : share[1];
	return half[share[0] < share[1]];
}

/* The longest prefix that nearly all of it goes to; family 0: it goes everywhere. */
static struct prefix
scope_of(const struct side *side, uint8_t family, bool by_bytes)
{
	struct prefix p = { .family = family };
	double share;

	while (!prefix_is_host(&p)) {
		struct prefix half = heavier_half(side, &p, by_bytes, &share);

		if (share < SCOPE_SHARE)
			break;
		p = half;
	}
	return p.len >= (family == 4 ? SCOPE_LEAST4 : SCOPE_LEAST6) ? p : (struct prefix){ 0 };
}

/* A reference from another network says what visitors look like, not whom they visit. */
static void
redirect(struct side *reference, const struct side *attack, const struct prefix *scope)
{
	unsigned from = 0;

	for (unsigned i = 0; i < reference->n; i++) {
		struct prefix dst;

		do {	/* there is one: the scope is of these */
			dst = dst_of(&attack->samples[from++ % attack->n]);
		} while (!prefix_covers(scope, &dst));
		memcpy(reference->samples[i].dst, dst.addr, sizeof(dst.addr));
	}
}

/* Of a side what goes there alone. */
static void
keep_within(struct side *side, const struct prefix *p, bool by_bytes)
{
	unsigned n = 0;

	side->weight = 0;
	for (unsigned i = 0; i < side->n; i++) {
		struct prefix dst = dst_of(&side->samples[i]);

		if (!prefix_covers(p, &dst))
			continue;
		side->samples[n++] = side->samples[i];
		side->weight += weight_of(&side->samples[i], by_bytes);
	}
	side->n = n;
}

/* ---- both families together ---------------------------------------------- */

static void
mine_family(struct separate *p, unsigned f, const struct separate_want *want, struct separated *all,
    struct synth_result *ret)
{
	const struct synth_task task = {
		.attack = p->attack[f].samples,
		.attack_n = p->attack[f].n,
		.reference = p->reference[f].samples,
		.reference_n = p->reference[f].n,
		.by = want->by_bytes ? SYNTH_BYTES : SYNTH_PACKETS,
		.rules_max = want->rules_max - all->all.routes,
		.collateral_max = want->collateral_max,
		.upstreams = &want->upstream,
		.upstreams_n = want->upstream != NULL,
		.scope = &all->scope[f],
		.scope_n = 1,
		.settings = want->settings,
		.known = want->known,
	};

	synth_mine(p->synth, &task, ret);
}

/* One family's result into that of all, its shares those of all traffic. */
static void
add(struct synth_result *all, const struct synth_result *one, double attack, double reference)
{
	for (unsigned i = 0; i < one->n && all->n < SYNTH_RULES_MAX; i++) {
		struct synth_rule *r = &all->rules[all->n++];

		*r = one->rules[i];
		r->attack *= attack;
		r->attack_more *= attack;
		r->reference *= reference;
		r->reference_upper *= reference;
	}
	all->routes += one->routes;
	all->coverage += one->coverage * attack;
	all->collateral += one->collateral * reference;
	all->collateral_upper += one->collateral_upper * reference;
	all->attack_n += one->attack_n;
	all->reference_n += one->reference_n;
}

static bool
prepare_family(struct separate *p, unsigned f, const struct separate_want *want,
    struct separated *all)
{
	struct side *attack = &p->attack[f], *reference = &p->reference[f];
	struct prefix *scope = &all->scope[f];

	fill(attack, all->attack.records, family_of[f], want->by_bytes);
	fill(reference, all->reference.records, family_of[f], want->by_bytes);
	*scope = want->target;
	if (scope->family == 0 && attack->n > 0)
		*scope = scope_of(attack, family_of[f], want->by_bytes);
	if (scope->family != family_of[f])
		attack->n = 0;
	if (attack->n == 0)
		return false;
	keep_within(attack, scope, want->by_bytes);
	if (share_within(reference, scope, want->by_bytes) >= THERE_SHARE) {
		keep_within(reference, scope, want->by_bytes);
	} else if (attack->n > 0) {
		redirect(reference, attack, scope);
		all->as_target = true;
	}
	return attack->n > 0;
}

void
separate_mine(struct separate *p, const struct separate_want *want, const struct gathered *attack,
    const struct gathered *reference, struct separated *ret)
{
	unsigned order[FAMILIES] = { 0, 1 };
	double attack_all = 0, reference_all = 0;
	bool any[FAMILIES];

	*ret = (struct separated){ .attack = *attack,
		.reference = *reference,
		.known = want->known,
		.settings = want->settings,
		.all = { .why = SYNTH_NO_ATTACK } };
	for (unsigned f = 0; f < FAMILIES; f++) {
		any[f] = prepare_family(p, f, want, ret);
		attack_all += any[f] ? p->attack[f].weight : 0;
		reference_all += any[f] ? p->reference[f].weight : 0;
	}
	if (p->attack[1].weight > p->attack[0].weight)
		order[0] = 1, order[1] = 0;
	ret->all.separable = attack_all > 0;
	if (attack_all == 0 && attack->records != NULL && urn_n(attack->records) > 0 &&
	    want->target.family == 0)
		ret->all.why = SYNTH_OUTSIDE;
	for (unsigned i = 0; i < FAMILIES; i++) {
		unsigned f = order[i];
		double share = any[f] ? p->attack[f].weight / attack_all : 0;
		struct synth_result one;

		if (share < MINED_SHARE)
			continue;
		if (ret->all.routes >= want->rules_max) {
			ret->all.why = SYNTH_BUDGET;
			continue;
		}
		mine_family(p, f, want, ret, &one);
		add(&ret->all, &one, share,
		    reference_all > 0 ? p->reference[f].weight / reference_all : 0);
		ret->all.separable = ret->all.separable && one.separable;
		if (ret->all.why == SYNTH_NO_ATTACK ||
		    (ret->all.why == SYNTH_OK && one.why != SYNTH_OK))
			ret->all.why = one.why;
	}
}
