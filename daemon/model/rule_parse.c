/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules in the syntax of BIRD 2, read: `--match`, and what rule_bird() wrote. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "model/rule_field.h"

/* Where the reader stands; `what` names the component for sentences. */
struct scan {
	const char *text, *p;
	const char *what;
	struct diag *reterr;
};

#define MATCH_MAX 2048		/* longest text taken */
#define QUOTED 24		/* of what stands there, in a sentence */

static void
skip_space(struct scan *s)
{
	while (isspace((unsigned char)*s->p))
		s->p++;
}

static int
expected(struct scan *s, const char *wanted)
{
	skip_space(s);
	if (*s->p == '\0')
		return diag_set(s->reterr, -EINVAL, _("%s: expected %s at the end"), s->what,
		    wanted);
	return diag_set(s->reterr, -EINVAL, _("%s: expected %s at character %zu, not \"%.*s\""),
	    s->what, wanted, (size_t)(s->p - s->text) + 1, QUOTED, s->p);
}

/* Takes the sign when it stands next. */
static bool
sign(struct scan *s, const char *text)
{
	const char *p;

	skip_space(s);
	for (p = s->p; *text != '\0'; text++)
		if (*p++ != *text)
			return false;
	s->p = p;
	return true;
}

/* Takes the words ("icmp type", any space between) when they stand next as whole words. */
static bool
words(struct scan *s, const char *text)
{
	const char *p;

	skip_space(s);
	p = s->p;
	for (; *text != '\0'; text++) {
		if (*text != ' ') {
			if (*p++ != *text)
				return false;
			continue;
		}
		if (!isspace((unsigned char)*p))
			return false;
		while (isspace((unsigned char)*p))
			p++;
	}
	if (isalnum((unsigned char)*p) || *p == '_')
		return false;
	s->p = p;
	return true;
}

/* Decimal or 0x, at most `max`; false: it does not stand here. */
static bool
takes_number(struct scan *s, unsigned long max, uint16_t *ret)
{
	unsigned long n;
	char *end;

	skip_space(s);
	if (!isdigit((unsigned char)*s->p))
		return false;
	errno = 0;
	n = strtoul(s->p, &end, s->p[0] == '0' && (s->p[1] | 0x20) == 'x' ? 16 : 10);
	if (errno != 0 || n > max || isalpha((unsigned char)*end))
		return false;
	s->p = end;
	*ret = (uint16_t)n;
	return true;
}

static int
number(struct scan *s, unsigned long max, const char *wanted, uint16_t *ret)
{
	return takes_number(s, max, ret) ? 0 : expected(s, wanted);
}

/* The sentence is made only for who needs it: every rule that is written is read again. */
static int
expected_of(struct scan *s, const struct rule_field *f)
{
	char wanted[40];

	snprintf(wanted, sizeof(wanted), _("a number of %u..%u"), f->min, f->max);
	return expected(s, wanted);
}

static int
field_number(struct scan *s, const struct rule_field *f, uint16_t *ret)
{
	return takes_number(s, f->max, ret) ? 0 : expected_of(s, f);
}

/* A bound may lie outside the field ("length > 10"), a value may not: it would never match. */
static int
plain_value(struct scan *s, const struct rule_field *f, uint16_t *ret)
{
	const char *before;
	int err;

	skip_space(s);
	before = s->p;
	err = field_number(s, f, ret);
	if (err == 0 && *ret < f->min) {
		s->p = before;
		err = expected_of(s, f);
	}
	return err;
}

/* "> 512", "<= 17": what it leaves of the field, which may be nothing. */
static int
compared(struct scan *s, const struct rule_field *f, const char *op, struct ranges *ret)
{
	int32_t from = f->min, to = f->max;
	uint16_t v;
	int err = field_number(s, f, &v);

	if (err != 0)
		return err;
	if (op[0] == '>')
		from = v + (op[1] == '\0');
	else
		to = v - (op[1] == '\0');
	from = from < f->min ? f->min : from;
	ret->n = from <= to;
	ret->r[0] = (struct range){ (uint16_t)from, (uint16_t)to };
	return 0;
}

/*
 * "!= 53": everything else.  No rule is announced with it: some upstreams drop the session (BIRD.md
 * 5).
 */
static int
all_but(struct scan *s, const struct rule_field *f, struct ranges *ret)
{
	uint16_t v;
	int err = field_number(s, f, &v);

	if (err != 0)
		return err;
	ret->n = 0;
	if (v > f->min)
		ret->r[ret->n++] = (struct range){ f->min, (uint16_t)(v - 1) };
	if (v < f->max)
		ret->r[ret->n++] =
		    (struct range){ v < f->min ? f->min : (uint16_t)(v + 1), f->max };
	return 0;
}

/* BIRD has a number after these, too, which says nothing. */
static int
constant(struct scan *s, const struct rule_field *f, bool all, struct ranges *ret)
{
	uint16_t v;

	ret->n = all;
	ret->r[0] = (struct range){ f->min, f->max };
	skip_space(s);
	return isdigit((unsigned char)*s->p) ? field_number(s, f, &v) : 0;
}

static int
one_term(struct scan *s, const struct rule_field *f, struct ranges *ret)
{
	static const char *const ops[] = { ">=", "<=", ">", "<" };
	uint16_t from, to;
	int err;

	if (sign(s, "!="))
		return all_but(s, f, ret);
	if (words(s, "true"))
		return constant(s, f, true, ret);
	if (words(s, "false"))
		return constant(s, f, false, ret);
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		if (sign(s, ops[i]))
			return compared(s, f, ops[i], ret);
	sign(s, "=");
	err = plain_value(s, f, &from);
	to = from;
	if (err == 0 && sign(s, ".."))
		err = plain_value(s, f, &to);
	if (err != 0)
		return err;
	ret->n = from <= to;
	ret->r[0] = (struct range){ from, to };
	return 0;
}

static int
too_many(struct scan *s, int most)
{
	return diag_set(s->reterr, -EINVAL, _("%s: more than %d ranges at character %zu"), s->what,
	    most, (size_t)(s->p - s->text));
}

/* "a && b": what both leave. */
static int
and_terms(struct scan *s, const struct rule_field *f, struct ranges *ret)
{
	struct ranges all = { 1, { { f->min, f->max } } }, in = { 0 };
	int err;

	do {
		err = one_term(s, f, &in);
		if (err != 0)
			return err;
		if (ranges_and(&all, &all, &in) != 0)
			return too_many(s, RANGES_MAX);
	} while (sign(s, "&&"));
	if (all.n == 0)
		return diag_set(s->reterr, -EINVAL,
		    _("%s: nothing can match what ends at character %zu (the field holds %u..%u)"),
		    s->what, (size_t)(s->p - s->text), f->min, f->max);
	*ret = all;
	return 0;
}

/* "a || b", "a, b".  The same component again adds to it, as BIRD has it. */
static int
parse_ranges(struct scan *s, const struct rule_field *f, struct ranges *l)
{
	struct ranges in = { 0 };
	int err;

	do {
		err = and_terms(s, f, &in);
		for (unsigned i = 0; i < in.n && err == 0; i++)
			if (ranges_add(l, in.r[i]) != 0)
				err = too_many(s, RANGES_MAX);
	} while (err == 0 && (sign(s, "||") || sign(s, ",")));
	return err;
}

/* How one term of a bit component is written; `not` came before it. */
typedef int term_fn(struct scan *s, struct bits_term *ret);

static int
flags_term(struct scan *s, struct bits_term *ret)
{
	int err = number(s, TCP_MASK_MAX, _("VALUE/MASK, each 0x0..0xfff"), &ret->value);

	if (err == 0 && !sign(s, "/"))
		err = expected(s, _("`/` and the mask"));
	if (err == 0)
		err = number(s, TCP_MASK_MAX, _("a mask of 0x1..0xfff"), &ret->mask);
	if (err == 0 && ret->mask == 0)
		err = diag_set(s->reterr, -EINVAL,
		    _("tcp flags: expected a mask of 0x1..0xfff, not 0x0"));
	if (err == 0 && (ret->value & ~ret->mask) != 0)
		err = diag_set(s->reterr, -EINVAL,
		    _("tcp flags: value 0x%x has bits outside its mask 0x%x"), ret->value,
		    ret->mask);
	return err;
}

static int
fragment_term(struct scan *s, struct bits_term *ret)
{
	for (unsigned i = 0; i < FRAGMENTS_N; i++) {
		if (!words(s, rule_fragments[i].bird))
			continue;
		*ret = (struct bits_term){ rule_fragments[i].bit, rule_fragments[i].bit };
		return 0;
	}
	return expected(s, _("is_fragment, first_fragment, last_fragment or dont_fragment"));
}

static int
joined(struct scan *s, int err)
{
	if (err == -E2BIG)
		return diag_set(s->reterr, -EINVAL, _("%s: more than %d alternatives"), s->what,
		    BITS_MAX);
	if (err != 0)
		return diag_set(s->reterr, -EINVAL,
		    _("%s: nothing can match what ends at character %zu"), s->what,
		    (size_t)(s->p - s->text));
	return 0;
}

/* "a && !b", and as in BIRD also "a, !b". */
static int
and_bits(struct scan *s, term_fn *term, struct bits *ret)
{
	struct bits all = bits_of(0, 0), in;
	struct bits_term t;
	int err;

	do {
		bool not = sign(s, "!");

		err = term(s, &t);
		if (err != 0)
			return err;
		in = bits_of(t.mask, t.value);
		err = not ? bits_not(&in, t) : 0;
		err = joined(s, err != 0 ? err : bits_and(&all, &in));
	} while (err == 0 && (sign(s, "&&") || sign(s, ",")));
	*ret = all;
	return err;
}

static int
parse_bits(struct scan *s, term_fn *term, const char *what, struct bits *b)
{
	struct bits in;
	int err;

	s->what = what;
	do {
		err = and_bits(s, term, &in);
		if (err == 0)
			err = joined(s, bits_or(b, &in));
	} while (err == 0 && sign(s, "||"));
	return err;
}

static int
parse_prefix(struct scan *s, struct prefix *ret)
{
	char buf[PREFIX_STRLEN];
	size_t n;
	int err;

	skip_space(s);
	n = strcspn(s->p, "; \t\n");
	if (n == 0 || n >= sizeof(buf))
		return expected(s, _("a prefix"));
	memcpy(buf, s->p, n);
	buf[n] = '\0';
	err = prefix_parse(ret, buf);
	if (err == -EDOM)
		return expected(s, _("a prefix without bits beyond its length"));
	if (err != 0)
		return expected(s, _("a prefix"));
	s->p += n;
	return 0;
}

static int
parse_src(struct scan *s, struct rule *r)
{
	struct prefix p;
	const char *before;
	int err;

	s->what = "src";
	if (r->src.family != 0)
		return expected(s, _("it only once"));
	skip_space(s);
	before = s->p;
	err = parse_prefix(s, &p);
	if (err != 0)
		return err;
	if (p.family != r->dst.family) {
		s->p = before;
		return expected(s, r->dst.family == 6 ? _("an IPv6 prefix") : _("an IPv4 prefix"));
	}
	r->src = p;
	return 0;
}

/* Either name of the protocol field is taken for IPv6; `next header` is not for IPv4. */
static const struct rule_field *
field_next(struct scan *s, uint8_t family)
{
	for (unsigned i = 0; i < RULE_FIELDS_N; i++) {
		const struct rule_field *f = &rule_fields[i];

		if ((f->bird4 != NULL && words(s, f->bird4)) || (family == 6 && words(s, f->bird6)))
			return f;
	}
	return NULL;
}

static int
parse_item(struct scan *s, struct rule *r)
{
	const struct rule_field *f = field_next(s, r->dst.family);

	if (f != NULL) {
		s->what = f->bird4 != NULL ? f->bird4 : f->bird6;
		return parse_ranges(s, f, rule_ranges(r, f));
	}
	if (words(s, "tcp flags"))
		return parse_bits(s, flags_term, "tcp flags", &r->tcp_flags);
	if (words(s, "fragment"))
		return parse_bits(s, fragment_term, "fragment", &r->fragment);
	if (words(s, "src"))
		return parse_src(s, r);
	if (words(s, "dst"))
		return diag_set(s->reterr, -EINVAL,
		    _("match: the destination is not part of the match, it is the target"));
	return expected(s, r->dst.family == 6 ?
	    _("next header, port, sport, dport, icmp type, icmp code, tcp flags, length, dscp, "
	      "fragment, label or src") :
	    _("proto, port, sport, dport, icmp type, icmp code, tcp flags, length, dscp, "
	      "fragment or src"));
}

/* The components up to `end`, each ended by `;` but the last; r has its destination. */
static int
parse_body(struct scan *s, struct rule *r, char end)
{
	int err;

	for (skip_space(s); *s->p != end && *s->p != '\0'; skip_space(s)) {
		s->what = "match";
		err = parse_item(s, r);
		skip_space(s);
		if (err == 0 && *s->p != end && !sign(s, ";"))
			err = expected(s, "`;`");
		if (err != 0)
			return err;
	}
	return 0;
}

int
rule_parse_match(struct rule *r, const char *text, struct diag *reterr)
{
	struct scan s = { .text = text, .p = text, .what = "match", .reterr = reterr };
	struct rule out = { .kind = RULE_FLOWSPEC, .dst = r->dst };
	int err;

	if (strlen(text) > MATCH_MAX)
		return diag_set(reterr, -EINVAL, _("match: longer than %d characters"), MATCH_MAX);
	rule_act_as(&out, r);
	err = parse_body(&s, &out, '\0');
	if (err == 0)
		err = rule_canon(&out, reterr);
	if (err == 0)
		*r = out;
	return err;
}

static int
parse_flow(struct scan *s, struct rule *r, unsigned family)
{
	int err;

	s->what = "flow";
	if (!sign(s, "{") || !words(s, "dst"))
		return expected(s, "`{ dst`");
	err = parse_prefix(s, &r->dst);
	if (err == 0 && (r->dst.family != family || !sign(s, ";")))
		err = expected(s, "`;`");
	if (err == 0)
		err = parse_body(s, r, '}');
	if (err == 0 && !sign(s, "}"))
		err = expected(s, "`}`");
	return err;
}

int
rule_parse(struct rule *ret, const char *text, struct diag *reterr)
{
	struct scan s = { .text = text, .p = text, .what = "rule", .reterr = reterr };
	struct rule r = { .kind = RULE_FLOWSPEC };
	int err;

	if (words(&s, "flow4")) {
		err = parse_flow(&s, &r, 4);
	} else if (words(&s, "flow6")) {
		err = parse_flow(&s, &r, 6);
	} else {
		r.kind = RULE_RTBH;
		err = parse_prefix(&s, &r.dst);
	}
	skip_space(&s);
	if (err == 0 && *s.p != '\0')
		err = expected(&s, _("nothing more"));
	if (err == 0)
		err = rule_canon(&r, reterr);
	if (err == 0)
		*ret = r;
	return err;
}
