/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "synth/synth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/flowspec.h"
#include "synth/inside.h"

#define COVERAGE_MIN 0.6	/* below it nothing is separated (ALGORITHMS 4.2) */
#define MORE_PLACES 8
#define JUDGED_MAX 24		/* covers, until one has no rule that takes more than was thought */
#define ATTACK_MIN 8		/* packets of it that were seen: fewer show no shape */
#define ATTACK_FEW 50		/* and so few may just not have shown it */

struct room {
	size_t n, size;
	void **at;
};

static int
take_room(struct synth *s, const struct room *rooms, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		*rooms[i].at = calloc(rooms[i].n, rooms[i].size);
		if (*rooms[i].at == NULL)
			return -ENOMEM;
		s->memory += rooms[i].n * rooms[i].size;
	}
	return 0;
}

static int
allocate(struct synth *s)
{
	const size_t a = s->attack.max, l = s->reference.max, aw = (a + 63) / 64,
		     lw = (l + 63) / 64;
	const size_t most = a > l ? a : l, items = (size_t)SLOTS * ITEMS_MAX;
	const struct room rooms[] = {
		{ a, sizeof(*s->attack.r), (void **)&s->attack.r },
		{ l, sizeof(*s->reference.r), (void **)&s->reference.r },
		{ a, sizeof(*s->at.t), (void **)&s->at.t },
		{ a, sizeof(*s->at.t), (void **)&s->at.scratch },
		{ l, sizeof(*s->lt.t), (void **)&s->lt.t },
		{ l, sizeof(*s->lt.t), (void **)&s->lt.scratch },
		{ items * aw, sizeof(uint64_t), (void **)&s->at.items },
		{ items * lw, sizeof(uint64_t), (void **)&s->lt.items },
		{ most, sizeof(*s->values), (void **)&s->values },
		{ NUMBERS, sizeof(*s->numbers), (void **)&s->numbers },
		{ 2 * PATTERNS_MAX, sizeof(*s->patterns), (void **)&s->patterns },
		{ PATTERNS_MAX, sizeof(*s->used), (void **)&s->used },
		{ BASE_MAX, sizeof(*s->closed), (void **)&s->closed },
		{ BASE_MAX, sizeof(*s->valued), (void **)&s->valued },
		{ CANDIDATES_MAX, sizeof(*s->candidates), (void **)&s->candidates },
		{ (CANDIDATES_MAX + COVERS) * (aw + lw), sizeof(uint64_t), (void **)&s->bits },
	};

	return take_room(s, rooms, sizeof(rooms) / sizeof(*rooms));
}

int
synth_new(struct synth **ret, const struct synth_limits *limits)
{
	struct synth *s;

	if (limits->attack > SYNTH_SAMPLES_MAX || limits->reference > SYNTH_SAMPLES_MAX)
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->memory = sizeof(*s);
	s->attack.max = limits->attack != 0 ? limits->attack : SYNTH_SAMPLES;
	s->reference.max = limits->reference != 0 ? limits->reference : SYNTH_SAMPLES;
	s->attack.certain = true;
	if (allocate(s) != 0) {
		synth_free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

void
synth_free(struct synth *s)
{
	if (s == NULL)
		return;
	free(s->attack.r);
	free(s->reference.r);
	free(s->at.t);
	free(s->at.scratch);
	free(s->lt.t);
	free(s->lt.scratch);
	free(s->at.items);
	free(s->lt.items);
	free(s->values);
	free(s->numbers);
	free(s->patterns);
	free(s->used);
	free(s->closed);
	free(s->valued);
	free(s->candidates);
	free(s->bits);
	free(s);
}

size_t
synth_memory(const struct synth *s)
{
	return s->memory;
}

/* ---- the task ------------------------------------------------------------ */

/* A rule that asks for nothing but this slot, as the upstreams judge it. */
static bool
slot_taken(const struct synth *s, enum slot slot)
{
	struct rule r = { .kind = RULE_FLOWSPEC,
		.dst = { .family = s->family,
		    .len = (uint8_t)(s->family == 4 ? 32 : 128),
		    .addr = { 32 } } };
	struct ranges any = { .n = 1, .r = { { 20, 20 } } };

	switch (slot_field(slot)) {
	case FIELD_PROTO:
		r.proto = any;
		break;
	case FIELD_DST:
		r.dst.len =
		    (uint8_t)(slot == SLOT_SCOPE ? r.dst.len : slot_length(slot, s->family));
		break;
	case FIELD_SRC:
		r.src = (struct prefix){ .family = s->family,
			.len = (uint8_t)slot_length(slot, s->family),
			.addr = { 32 } };
		break;
	case FIELD_SPORT:
		r.sport = any;
		break;
	case FIELD_DPORT:
		r.dport = any;
		break;
	case FIELD_LENGTH:
		r.length = any;
		break;
	case FIELD_FLAGS:
		r.tcp_flags = bits_of(2, 2);
		break;
	case FIELD_FRAGMENT:
		r.fragment = bits_of(FRAGMENT_IS, FRAGMENT_IS);
		break;
	case FIELD_ICMP:
		r.icmp_type = any;
		break;
	default:
		r.dscp = any;
		break;
	}
	return shape_routes(s, &r) > 0;
}

static void
begin(struct synth *s, const struct synth_task *t)
{
	s->task = t;
	s->slots = 0;
	s->lacking = false;
	s->pieces_n = 0;
	s->pairs_max = FLOWSPEC_PAIRS_SAFE;
	s->rules_max = t->rules_max != 0 ? t->rules_max : SYNTH_RULES;
	if (s->rules_max > SYNTH_RULES_MAX)
		s->rules_max = SYNTH_RULES_MAX;
	s->collateral_max = t->collateral_max >= 0 ? t->collateral_max : SYNTH_COLLATERAL;
	for (unsigned i = 0; i < t->upstreams_n; i++) {
		unsigned pairs = t->upstreams[i]->profile.pairs_max;

		pairs = pairs != 0 ? pairs : FLOWSPEC_PAIRS_SAFE;
		if (i == 0 || pairs < s->pairs_max)
			s->pairs_max = pairs;
	}
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		if (slot_taken(s, (enum slot)slot))
			s->slots |= SLOT_BIT(slot);
		else
			s->lacking = true;
	}
}

/* That of the attack; of two that are in it the one with more samples, IPv4 of equals. */
static uint8_t
family_of(const struct synth_task *t)
{
	unsigned six = 0;

	for (unsigned i = 0; i < t->attack_n; i++)
		six += t->attack[i].family == 6;
	return six > t->attack_n - six ? 6 : 4;
}

/* ---- mining -------------------------------------------------------------- */

/*
 * What they may take besides takes a look at every row, so only the chosen are judged; true: that
 * changed something.
 */
static bool
judge_chosen(const struct synth *s, struct cover *cover)
{
	bool changed = false;
	struct rule r;

	for (unsigned i = 0; i < cover->n; i++) {
		struct candidate *c = cover->c[i];

		if (!c->judged && shape_rule(s, c, &r))
			c->beside = refine_beside(s, &r);
		changed |= !c->judged && c->beside > 0;
		c->judged = true;
	}
	return changed;
}

static void
cover_refined(struct synth *s, unsigned places, struct refined *ret)
{
	struct cover cover;
	unsigned rounds = 0;

	memset(ret, 0, sizeof(*ret));
	s->places = places < SYNTH_RULES_MAX ? places : SYNTH_RULES_MAX;
	do {
		cover_find(s, &cover);
	} while (judge_chosen(s, &cover) && ++rounds < JUDGED_MAX);
	for (unsigned i = 0; i < cover.n; i++)
		if (shape_rule(s, cover.c[i], &ret->r[ret->n]))
			ret->n++;
	refine(s, ret);
}

/* Also with places for more rules than there may be, of which several may become one. */
static void
mine(struct synth *s, struct refined *ret)
{
	struct refined more;

	items_find(s);
	tuples_make(s, &s->attack, &s->at, false);
	tuples_make(s, &s->reference, &s->lt, true);
	candidates_make(s, patterns_count(s));
	cover_refined(s, s->rules_max, ret);
	cover_refined(s, s->rules_max + MORE_PLACES, &more);
	if (more.worth > ret->worth)
		*ret = more;
	refine_mark(s, ret);
}

/* Share of what rules take that is attack, when so much of the samples is not. */
static double
coverage(const struct synth_task *t, const struct refined *set)
{
	double b = t->background, c;

	if (b <= 0 || b >= 1)
		return set->attack;
	c = (set->attack - b * set->reference) / (1 - b);
	return c < 0 ? 0 : c > 1 ? 1 : c;
}

/* What of the attack goes where a rule may go. */
static double
reachable(const struct synth *s)
{
	double sum = 0;

	for (unsigned i = 0; i < s->at.n; i++) {
		const uint8_t *item = s->at.t[i].item;

		if (item[SLOT_HOST] | item[SLOT_NET] | item[SLOT_WIDE] | item[SLOT_SCOPE])
			sum += s->at.t[i].weight;
	}
	return s->attack.total > 0 ? sum / s->attack.total : 0;
}

static bool
would_do(struct synth *s, const struct synth_task *t)
{
	struct refined set;

	begin(s, t);
	mine(s, &set);
	return coverage(t, &set) >= COVERAGE_MIN;
}

static enum synth_why
why_not(struct synth *s, const struct synth_task *t)
{
	struct synth_task other = *t;

	if (reachable(s) < COVERAGE_MIN)
		return SYNTH_OUTSIDE;
	if (s->lacking) {
		other.upstreams_n = 0;
		if (would_do(s, &other))
			return SYNTH_FIELDS;
	}
	other = *t;
	other.rules_max = SYNTH_RULES_MAX;
	if (would_do(s, &other))
		return SYNTH_BUDGET;
	return s->attack.seen < ATTACK_FEW ? SYNTH_NO_ATTACK : SYNTH_ALIKE;
}

/* ---- what came of it ----------------------------------------------------- */

static double
share_of(const struct rows *rows, uint32_t bit, uint32_t before)
{
	double sum = 0;

	for (unsigned i = 0; i < rows->n; i++)
		if ((rows->r[i].mask & bit) != 0 && (rows->r[i].mask & before) == 0)
			sum += rows->r[i].weight;
	return rows->total > 0 ? sum / rows->total : 0;
}

static double
upper(const struct synth *s, double share)
{
	return odds_upper(share * s->reference.effective, s->reference.effective, Z_95);
}

static void
tell_rules(struct synth *s, const struct refined *set, struct synth_result *ret)
{
	refine_mark(s, set);
	for (unsigned i = 0; i < set->n; i++) {
		struct synth_rule *r = &ret->rules[i];

		r->rule = set->r[i];
		r->routes = (unsigned)shape_routes(s, &r->rule);
		r->named = s->task->known != NULL ? signature_find(s->task->known, &r->rule) : NULL;
		r->attack = share_of(&s->attack, 1u << i, 0);
		r->attack_more = share_of(&s->attack, 1u << i, (1u << i) - 1);
		r->reference = share_of(&s->reference, 1u << i, 0);
		r->reference_upper = upper(s, r->reference + set->beside[i]);
	}
	ret->n = set->n;
}

/* What takes most comes first; equals by value. */
static void
sort_rules(const struct synth *s, struct refined *set)
{
	double share[SYNTH_RULES_MAX];

	for (unsigned i = 0; i < set->n; i++)
		share[i] = share_of(&s->attack, 1u << i, 0);
	for (unsigned i = 1; i < set->n; i++) {
		for (unsigned j = i; j > 0; j--) {
			struct rule r = set->r[j];
			double d = share[j], beside = set->beside[j];

			if (share[j - 1] > d ||
			    (share[j - 1] == d && rule_cmp(&set->r[j - 1], &r) <= 0))
				break;
			set->r[j] = set->r[j - 1];
			share[j] = share[j - 1];
			set->r[j - 1] = r;
			share[j - 1] = d;
			set->beside[j] = set->beside[j - 1];
			set->beside[j - 1] = beside;
		}
	}
}

/* SYNTH_OK: there is enough of both sides to say anything. */
static enum synth_why
read_sides(struct synth *s, const struct synth_task *t, struct synth_result *ret)
{
	memset(ret, 0, sizeof(*ret));
	s->family = family_of(t);
	begin(s, t);
	rows_read(&s->attack, t->attack, t->attack_n, s->family, t->by);
	rows_read(&s->reference, t->reference, t->reference_n, s->family, t->by);
	ret->attack_n = s->attack.samples;
	ret->reference_n = s->reference.samples;
	ret->collateral_upper = upper(s, 0);
	if (s->attack.seen < ATTACK_MIN)
		return SYNTH_NO_ATTACK;
	return odds_within(s, 0, 0) ? SYNTH_OK : SYNTH_NO_REFERENCE;
}

static void
tell(struct synth *s, struct refined *set, struct synth_result *ret)
{
	refine_mark(s, set);
	sort_rules(s, set);
	tell_rules(s, set, ret);
	ret->routes = set->routes;
	ret->coverage = coverage(s->task, set);
	ret->collateral = set->reference;
	ret->collateral_upper = upper(s, set->reference + set->aside);
	ret->separable = ret->coverage >= COVERAGE_MIN;
}

void
synth_mine(struct synth *s, const struct synth_task *t, struct synth_result *ret)
{
	struct refined set;

	ret->why = read_sides(s, t, ret);
	if (ret->why != SYNTH_OK)
		return;
	mine(s, &set);
	tell(s, &set, ret);
	ret->why = ret->separable ? SYNTH_OK : why_not(s, t);
}

void
synth_judge(struct synth *s, const struct synth_task *t, const struct rule *rules, unsigned n,
    struct synth_result *ret)
{
	struct refined set = { .n = n < SYNTH_RULES_MAX ? n : SYNTH_RULES_MAX };

	ret->why = read_sides(s, t, ret);
	if (ret->why != SYNTH_OK)
		return;
	memcpy(set.r, rules, set.n * sizeof(*rules));
	if (n == set.n && refine_judge(s, &set))
		tell(s, &set, ret);
	ret->why = ret->separable ? SYNTH_OK : SYNTH_ALIKE;
}

double
synth_share(const struct rule *rules, unsigned n, const struct sample *s, unsigned samples_n,
    enum synth_by by, double *ret_upper)
{
	double total = 0, squares = 0, sum = 0;

	for (unsigned i = 0; i < samples_n; i++) {
		double w = (double)(by == SYNTH_BYTES ? s[i].bytes : s[i].packets);
		bool taken = false;

		for (unsigned j = 0; j < n && !taken; j++)
			taken = sample_takes(&rules[j], &s[i]);
		total += w;
		squares += w * w;
		sum += taken ? w : 0;
	}
	if (ret_upper != NULL)
		*ret_upper = squares > 0 ? odds_upper(sum / total * (total * total / squares),
					       total * total / squares, Z_95)
					 : 1;
	return total > 0 ? sum / total : 0;
}
