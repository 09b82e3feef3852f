/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/flowspec.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/lang.h"
#include "model/rule_field.h"
#include "model/rule_lint.h"

#define TYPE_SRC 2
#define TYPE_TCP_FLAGS 9
#define TYPE_FRAGMENT 12
#define TYPE_LABEL 13
/* without a word in the profile: all but the flow label, which few routers match */
#define FIELDS_SAFE (((1u << TYPE_LABEL) - 1) & ~3u)

const char *const flowspec_fields[] = { "src", "proto", "port", "dport", "sport", "icmp_type",
	"icmp_code", "tcp_flags", "length", "dscp", "fragment", "label", NULL };
const char *const flowspec_actions[] = { "redirect", "redirect_as4", "redirect_ip", "mark",
	"sample", "terminal", NULL };

/* ---- does it take such a rule at all? ------------------------------------ */

static uint32_t
fields_of(const struct rule *r)
{
	uint32_t types = r->src.family != 0 ? 1u << TYPE_SRC : 0;

	for (unsigned i = 0; i < RULE_FIELDS_N; i++)
		if (rule_ranges_of(r, &rule_fields[i])->n != 0)
			types |= 1u << rule_fields[i].type;
	types |= r->tcp_flags.n != 0 ? 1u << TYPE_TCP_FLAGS : 0;
	return types | (r->fragment.n != 0 ? 1u << TYPE_FRAGMENT : 0);
}

static int
check_fields(const struct rule *r, const struct upstream *u, struct diag *reterr)
{
	const struct flowspec_takes *t = &u->profile.flowspec;
	uint32_t takes = t->fields_n == 0 ? FIELDS_SAFE : 0, lacks;

	for (unsigned i = 0; i < t->fields_n; i++)
		takes |= 1u << (t->fields[i] + TYPE_SRC);
	lacks = fields_of(r) & ~takes;
	if (lacks == 0)
		return 0;
	return diag_set(reterr, -EINVAL, _("%s takes no FlowSpec rules with `%s`"), u->name,
	    flowspec_fields[__builtin_ctz(lacks) - TYPE_SRC]);
}

static bool
acts(const struct flowspec_takes *t, enum flowspec_action a)
{
	for (unsigned i = 0; i < t->actions_n; i++)
		if (t->actions[i] == a)
			return true;
	return false;
}

/* Only to where the provider said: it would be foreign otherwise. */
static int
check_redirect(const struct redirect *to, const struct upstream *u, struct diag *reterr)
{
	static const enum flowspec_action needs[REDIRECT_FORMS] = {
		[REDIRECT_AS2] = FLOWSPEC_REDIRECT, [REDIRECT_IP4] = FLOWSPEC_REDIRECT,
		[REDIRECT_AS4] = FLOWSPEC_REDIRECT_AS4, [REDIRECT_TO] = FLOWSPEC_REDIRECT_IP,
	};
	const struct flowspec_takes *t = &u->profile.flowspec;
	char buf[REDIRECT_STRLEN];

	if (!acts(t, needs[to->form]))
		return diag_set(reterr, -EINVAL, _("%s does not take `%s`"), u->name,
		    flowspec_actions[needs[to->form]]);
	for (unsigned i = 0; i < t->redirects_n; i++)
		if (redirect_cmp(&t->redirects[i], to) == 0)
			return 0;
	return diag_set(reterr, -EINVAL,
	    _("%s has named no %s to redirect to (`redirect_to` of its profile)"), u->name,
	    redirect_str(to, buf));
}

static int
check_actions(const struct rule *r, const struct upstream *u, struct diag *reterr)
{
	const struct flowspec_takes *t = &u->profile.flowspec;
	const struct { bool wants; enum flowspec_action action; } rows[] = {
		{ r->has_mark, FLOWSPEC_MARK }, { r->sample, FLOWSPEC_SAMPLE },
		{ r->terminal, FLOWSPEC_TERMINAL },
	};

	if (r->rate_bps > 0 && !isinf(r->rate_bps) && !u->profile.rate_limit)
		return diag_set(reterr, -EINVAL, _("%s can drop by FlowSpec but not limit a rate"),
		    u->name);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].wants && !acts(t, rows[i].action))
			return diag_set(reterr, -EINVAL, _("%s does not take `%s`"), u->name,
			    flowspec_actions[rows[i].action]);
	return r->redirect.form != REDIRECT_NONE ? check_redirect(&r->redirect, u, reterr) : 0;
}

static bool
length_fits(const struct lengths *l, const struct prefix *p)
{
	return p->family == 0 || l->max == 0 || (p->len >= l->min && p->len <= l->max);
}

static int
check_lengths(const struct rule *r, const struct upstream *u, struct diag *reterr)
{
	const struct flowspec_takes *t = &u->profile.flowspec;
	bool four = r->dst.family == 4;
	const struct lengths *dst = four ? &t->dst4 : &t->dst6, *src = four ? &t->src4 : &t->src6;

	if (!length_fits(dst, &r->dst))
		return diag_set(reterr, -EINVAL,
		    _("%s takes FlowSpec rules for /%u to /%u, not /%u"), u->name, dst->min,
		    dst->max, r->dst.len);
	if (!length_fits(src, &r->src))
		return diag_set(reterr, -EINVAL,
		    _("%s takes FlowSpec rules with sources of /%u to /%u, not /%u"), u->name,
		    src->min, src->max, r->src.len);
	if (t->label_max != 0 && r->label.n != 0 && r->label.r[r->label.n - 1].to > t->label_max)
		return diag_set(reterr, -EINVAL, _("%s takes flow labels up to %u"), u->name,
		    t->label_max);
	return 0;
}

/* Ranges become prefixes in most routers, and a table that is full takes nothing more. */
static int
check_entries(const struct rule *r, const struct upstream *u, struct diag *reterr)
{
	unsigned most =
	    u->profile.entries_max != 0 ? u->profile.entries_max : FLOWSPEC_ENTRIES_SAFE;
	unsigned n = rule_entries(r);

	if (n <= most)
		return 0;
	return diag_set(reterr, -EINVAL,
	    _("%s has room for %u entries of a router's table a rule, and this one would be %u of them"),
	    u->name, most, n);
}

static int
check(const struct rule *r, const struct upstream *u, struct diag *reterr)
{
	const struct profile *p = &u->profile;
	int err = 0;

	if (!u->flowspec || !(r->dst.family == 4 ? p->flowspec4 : p->flowspec6))
		err = diag_set(reterr, -EINVAL, _("%s takes no IPv%u FlowSpec rules"), u->name,
		    r->dst.family);
	if (err == 0)
		err = check_fields(r, u, reterr);
	if (err == 0)
		err = check_actions(r, u, reterr);
	if (err == 0)
		err = check_lengths(r, u, reterr);
	return err != 0 ? err : check_entries(r, u, reterr);
}

/* ---- into pieces --------------------------------------------------------- */

#define LISTS_N (RULE_FIELDS_N + 2)
#define CUTS_TRIED 4096		/* ways to cut one rule that are looked at */
#define NO_WAY UINT8_MAX

/* One component, cut into groups of entries; each piece has one group of each component. */
struct list {
	unsigned n;			/* entries */
	unsigned groups;
	uint8_t pairs[RANGES_MAX], size[RANGES_MAX];	/* of each entry; bytes */
	uint8_t at[RANGES_MAX + 1];	/* where each group begins, and the end */
	uint8_t least[RANGES_MAX + 1];	/* bytes of the largest group, cut into at most so many */
};

struct split {
	const struct rule *r;
	struct rule *ret;		/* NULL: only counted */
	unsigned pairs_max, nlri_max;
	unsigned room;			/* bytes that the lists of one piece may have together */
	unsigned pieces, tried;
	struct list lists[LISTS_N];	/* the fields, flags, fragment */
};

static unsigned
entries(const struct rule *r, unsigned list)
{
	if (list < RULE_FIELDS_N)
		return rule_ranges_of(r, &rule_fields[list])->n;
	return list == RULE_FIELDS_N ? r->tcp_flags.n : r->fragment.n;
}

static void
measure(struct list *l, const struct rule *r, unsigned list, unsigned i)
{
	unsigned pairs, size;

	if (list < RULE_FIELDS_N) {
		pairs = rule_range_pairs(rule_ranges_of(r, &rule_fields[list])->r[i]);
		size = rule_range_size(rule_ranges_of(r, &rule_fields[list])->r[i]);
	} else if (list == RULE_FIELDS_N) {
		pairs = rule_flags_pairs(r->tcp_flags.t[i]);
		size = rule_flags_size(r->tcp_flags.t[i]);
	} else {
		pairs = rule_fragment_pairs(r->fragment.t[i]);
		size = 2 * pairs;
	}
	l->pairs[i] = (uint8_t)pairs;
	l->size[i] = (uint8_t)size;
}

/* Into as few groups as these limits allow; false: one entry alone is beyond them. */
static bool
cut_list(struct list *l, unsigned pairs_max, unsigned size_max)
{
	unsigned pairs = 0, size = 0;

	l->groups = 0;
	for (unsigned i = 0; i < l->n; i++) {
		if (l->pairs[i] > pairs_max || l->size[i] > size_max)
			return false;
		if (i == 0 || pairs + l->pairs[i] > pairs_max || size + l->size[i] > size_max) {
			l->at[l->groups++] = (uint8_t)i;
			pairs = size = 0;
		}
		pairs += l->pairs[i];
		size += l->size[i];
	}
	l->at[l->groups] = (uint8_t)l->n;
	return true;
}

/*
 * How small its largest group can be, for each number of groups.  false: an entry has more pairs
 * than it may.
 */
static bool
weigh_list(struct list *l, const struct rule *r, unsigned list, unsigned pairs_max)
{
	unsigned size = 0;

	*l = (struct list){ .n = entries(r, list) };
	for (unsigned i = 0; i < l->n; i++) {
		measure(l, r, list, i);
		size += l->size[i];
	}
	if (l->n == 0)
		return true;
	memset(l->least, NO_WAY, sizeof(l->least));
	for (; cut_list(l, pairs_max, size); size--)
		for (unsigned g = l->groups; g <= l->n; g++)
			l->least[g] = (uint8_t)size;
	return l->least[l->n] != NO_WAY;
}

static void
take_group(struct rule *piece, const struct rule *r, unsigned list, const struct list *l,
    unsigned group)
{
	unsigned from = l->at[group], n = l->at[group + 1] - from;
	struct bits *b = list == RULE_FIELDS_N ? &piece->tcp_flags : &piece->fragment;
	const struct bits *all = list == RULE_FIELDS_N ? &r->tcp_flags : &r->fragment;

	if (list < RULE_FIELDS_N) {
		struct ranges *to = rule_ranges(piece, &rule_fields[list]);

		*to = (struct ranges){ .n = (uint8_t)n };
		memcpy(to->r, rule_ranges_of(r, &rule_fields[list])->r + from,
		    n * sizeof(to->r[0]));
		return;
	}
	*b = (struct bits){ .n = (uint8_t)n };
	memcpy(b->t, all->t + from, n * sizeof(b->t[0]));
}

/* Piece number `index`; false: it does not fit after all. */
static bool
piece(struct rule *ret, const struct split *s, unsigned index)
{
	*ret = *s->r;
	if (ret->rate_bps > 0 && !isinf(ret->rate_bps)) {
		/* each is limited for itself: together no more than was asked */
		ret->rate_bps /= s->pieces;
		if (ret->rate_bps < FLOWSPEC_RATE_DROPS)
			return false;
	}
	for (unsigned i = 0; i < LISTS_N; i++) {
		const struct list *l = &s->lists[i];

		if (l->groups < 2)
			continue;
		take_group(ret, s->r, i, l, index % l->groups);
		index /= l->groups;
	}
	/* a part of the terms of a bit component may have a form of its own */
	return rule_canon(ret, NULL) == 0 && rule_pairs_max(ret) <= s->pairs_max &&
	    rule_nlri_size(ret) <= s->nlri_max;
}

static bool
pieces_fit(const struct split *s)
{
	struct rule one;

	for (unsigned i = 0; i < s->pieces; i++)
		if (!piece(s->ret != NULL ? &s->ret[i] : &one, s, i))
			return false;
	return true;
}

/* The lists from `list` on into `left` groups, multiplied, of `room` bytes together. */
static bool
try_cuts(struct split *s, unsigned list, unsigned left, unsigned room)
{
	struct list *l = &s->lists[list];

	if (list == LISTS_N)
		return left == 1 && s->tried++ < CUTS_TRIED && pieces_fit(s);
	if (l->n == 0)
		return try_cuts(s, list + 1, left, room);
	for (unsigned g = 1; g <= l->n && g <= left; g++) {
		if (left % g != 0 || l->least[g] > room ||
		    (g > 1 && l->least[g] == l->least[g - 1]))
			continue;
		cut_list(l, s->pairs_max, l->least[g]);
		if (l->groups == g && try_cuts(s, list + 1, left / g, room - l->least[g]))
			return true;
	}
	return false;
}

/* 0; -EINVAL: not even each entry for itself would fit. */
static int
weigh(struct split *s)
{
	unsigned all = rule_nlri_size(s->r), least = 0;

	for (unsigned i = 0; i < LISTS_N; i++) {
		struct list *l = &s->lists[i];

		if (!weigh_list(l, s->r, i, s->pairs_max))
			return -EINVAL;
		for (unsigned k = 0; k < l->n; k++)
			all -= l->size[k];
		least += l->n != 0 ? l->least[l->n] : 0;
	}
	if (all + least > s->nlri_max)
		return -EINVAL;
	s->room = s->nlri_max - all;
	return 0;
}

/* What does not fit as it is: how many it becomes, or -EINVAL. */
static int
pieces_of(struct split *s, const struct upstream *u, struct diag *reterr)
{
	const struct rule *r = s->r;
	int err = weigh(s);

	/* the fewest first: each is a rule of the upstream's budget */
	for (s->pieces = 2; s->pieces <= FLOWSPEC_PIECES_MAX && err == 0; s->pieces++)
		if (try_cuts(s, 0, s->pieces, s->room))
			return (int)s->pieces;
	if (err == 0 && !isinf(r->rate_bps) && r->rate_bps > 0 &&
	    r->rate_bps / 2 < FLOWSPEC_RATE_DROPS)
		err = -EINVAL;
	if (err == 0)
		return diag_set(reterr, -EINVAL,
		    _("%s would need more than %d FlowSpec rules for this one (it takes %u values in one "
		      "component, and %u bytes)"),
		    u->name, FLOWSPEC_PIECES_MAX, s->pairs_max, s->nlri_max);
	return diag_set(reterr, -EINVAL,
	    _("%s takes at most %u values in one component and %u bytes, and this rule cannot be cut so small"),
	    u->name, s->pairs_max, s->nlri_max);
}

int
flowspec_pieces(struct rule ret[FLOWSPEC_PIECES_MAX], const struct rule *r,
    const struct upstream *u, struct diag *reterr)
{
	unsigned pairs_max = u->profile.pairs_max != 0 ? u->profile.pairs_max : FLOWSPEC_PAIRS_SAFE;
	unsigned nlri_max = u->profile.nlri_max != 0 ? u->profile.nlri_max : FLOWSPEC_NLRI_SAFE;
	int err = check(r, u, reterr);

	if (err != 0)
		return err;
	if (rule_pairs_max(r) <= pairs_max && rule_nlri_size(r) <= nlri_max) {
		if (ret != NULL)
			ret[0] = *r;
		return 1;
	}
	return pieces_of(
	    &(struct split){ .r = r, .ret = ret, .pairs_max = pairs_max, .nlri_max = nlri_max }, u,
	    reterr);
}

unsigned
flowspec_routes(const struct rule *r, const struct upstream *u)
{
	int pieces = r->kind == RULE_FLOWSPEC ? flowspec_pieces(NULL, r, u, NULL) : 1;

	return pieces > 0 ? (unsigned)pieces : 0;
}
