/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/signature.h"

#include <string.h>

#include "base/lang.h"
#include "model/rule_field.h"

#define DOMINATES 60	/* percent of the traffic that has one value */
#define TCP 6

/* A quick no: most rules are of another protocol or port. */
static bool
may_have(const struct ranges *wanted, const struct ranges *given)
{
	return wanted->n == 0 ||
	    (given->n != 0 && wanted->r[0].from <= given->r[0].from &&
		wanted->r[wanted->n - 1].to >= given->r[given->n - 1].to);
}

bool
signature_has(const struct signature *s, const struct rule *r)
{
	struct rule any;

	if (r->kind != RULE_FLOWSPEC || (!s->both && s->match.dst.family != r->dst.family) ||
	    !may_have(&s->match.proto, &r->proto) || !may_have(&s->match.sport, &r->sport))
		return false;
	any = s->match;
	any.dst = r->dst;
	return rule_covers(&any, r);
}

const struct signature *
signature_find(const struct signatures *all, const struct rule *r)
{
	const struct signature *best = NULL;

	for (unsigned i = 0; i < all->n; i++) {
		const struct signature *s = &all->s[i];

		if (signature_has(s, r) && (best == NULL || signature_has(best, &s->match)))
			best = s;
	}
	return best;
}

static bool
ranges_same(const struct ranges *a, const struct ranges *b)
{
	return a->n == b->n && memcmp(a->r, b->r, a->n * sizeof(*a->r)) == 0;
}

/* Known by this port and by no other, so that no two rules are named alike. */
static const struct signature *
of_port(const struct signatures *all, const struct rule *r, unsigned i)
{
	const struct rule part = { .kind = RULE_FLOWSPEC, .dst = r->dst, .proto = r->proto,
		.sport = { .n = 1, .r = { r->sport.r[i] } } };
	const struct signature *s = signature_find(all, &part);

	return s != NULL && ranges_same(&s->match.sport, &part.sport) ? s : NULL;
}

unsigned
signature_parts(const struct signatures *all, const struct rule *r,
    const struct signature *ret[static RANGES_MAX])
{
	const struct signature *whole = signature_find(all, r);
	unsigned n = 0;

	if (r->kind == RULE_FLOWSPEC && r->sport.n > 1 &&
	    (whole == NULL || whole->match.sport.n == 0))
		while (n < r->sport.n && (ret[n] = of_port(all, r, n)) != NULL)
			n++;
	if (n != 0 && n == r->sport.n)
		return n;
	ret[0] = whole;
	return whole != NULL;
}

static void
one(struct ranges *l, unsigned n)
{
	*l = (struct ranges){ .n = 1, .r = { { (uint16_t)n, (uint16_t)n } } };
}

/* A mean length says nothing of any packet: lengths are left out. */
const struct signature *
signature_of_traits(const struct signatures *all, const struct traits *t, uint8_t family)
{
	struct rule r = { .kind = RULE_FLOWSPEC, .dst = { .family = family } };

	if (t->sampled == 0 || (family != 4 && family != 6))
		return NULL;
	if (t->fragment_share >= DOMINATES)
		r.fragment = bits_of(FRAGMENT_IS, FRAGMENT_IS);
	if (t->proto_share >= DOMINATES)
		one(&r.proto, t->proto);
	if (r.proto.n != 0 && r.fragment.n == 0 && t->sport_share >= DOMINATES)
		one(&r.sport, t->sport);
	if (r.proto.n != 0 && r.fragment.n == 0 && t->dport_share >= DOMINATES)
		one(&r.dport, t->dport);
	if (r.proto.n != 0 && t->proto == TCP && r.fragment.n == 0)
		r.tcp_flags = bits_of(0x3f, t->tcp_flags & 0x3f);
	return signature_find(all, &r);
}

const char *
signature_words(const struct signature *s)
{
	return lang_get() == LANG_ES ? s->words_es : s->words;
}

const char *
signature_about(const struct signature *s)
{
	return lang_get() == LANG_ES ? s->about_es : s->about;
}

void
signature_title(struct text *out, const struct signature *s)
{
	static const char *const kinds[SIGNATURE_KIND_N] = {
		[SIGNATURE_AMPLIFICATION] = N_("amplification"),
		[SIGNATURE_REFLECTION] = N_("reflection"),
		[SIGNATURE_FLOOD] = N_("flood"),
	};

	text_printf(out, "%s (%s)", signature_words(s),
	    _(kinds[(unsigned)s->kind % SIGNATURE_KIND_N]));
}
