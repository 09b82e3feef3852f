/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules in the syntax of BIRD 2: out for the fragment, in for `--match`. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "model/rule_field.h"

static void
ranges_bird(struct text *out, const char *name, const struct ranges *l)
{
	if (l->n == 0)
		return;
	text_printf(out, " %s", name);
	/* a list takes values and ranges; a single value reads better with its sign */
	text_add(out, l->n == 1 && l->r[0].from == l->r[0].to ? " = " : " ");
	for (unsigned i = 0; i < l->n; i++) {
		text_printf(out, "%s%u", i > 0 ? "," : "", l->r[i].from);
		if (l->r[i].to != l->r[i].from)
			text_printf(out, "..%u", l->r[i].to);
	}
	text_add(out, ";");
}

static void
fragment_bird(struct text *out, uint8_t bits)
{
	const char *before = " fragment ";

	for (unsigned i = 0; i < FRAGMENTS_N; i++) {
		if ((bits & rule_fragments[i].bit) == 0)
			continue;
		text_printf(out, "%s%s", before, rule_fragments[i].bird);
		before = " || ";
	}
	if (bits != 0)
		text_add(out, ";");
}

void
rule_bird(struct text *out, const struct rule *r)
{
	char buf[PREFIX_STRLEN];

	if (r->kind != RULE_FLOWSPEC) {
		text_add(out, prefix_str(&r->dst, buf));
		return;
	}
	text_printf(out, "flow%u { dst %s;", r->dst.family, prefix_str(&r->dst, buf));
	if (r->src.family != 0)
		text_printf(out, " src %s;", prefix_str(&r->src, buf));
	for (unsigned i = 0; i < RULE_FIELDS_N; i++) {
		const struct rule_field *f = &rule_fields[i];

		ranges_bird(out, r->dst.family == 6 ? f->bird6 : f->bird4, rule_ranges_of(r, f));
	}
	if (r->has_tcp_flags)
		text_printf(out, " tcp flags 0x%02x/0x%02x;", r->tcp_value, r->tcp_mask);
	fragment_bird(out, r->fragment);
	text_add(out, " }");
}

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
		return diag_set(
		    s->reterr, -EINVAL, _("%s: expected %s at the end"), s->what, wanted);
	return diag_set(s->reterr, -EINVAL, _("%s: expected %s at character %zu, not \"%.*s\""),
	    s->what, wanted, (size_t)(s->p - s->text) + 1, QUOTED, s->p);
}

/* Takes the sign when it stands next. */
static bool
sign(struct scan *s, const char *text)
{
	size_t n = strlen(text);

	skip_space(s);
	if (strncmp(s->p, text, n) != 0)
		return false;
	s->p += n;
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

/* Decimal or 0x, at most `max`. */
static int
number(struct scan *s, unsigned long max, const char *wanted, uint16_t *ret)
{
	unsigned long n;
	char *end;

	skip_space(s);
	if (!isdigit((unsigned char)*s->p))
		return expected(s, wanted);
	errno = 0;
	n = strtoul(s->p, &end, s->p[0] == '0' && (s->p[1] | 0x20) == 'x' ? 16 : 10);
	if (errno != 0 || n > max || isalpha((unsigned char)*end))
		return expected(s, wanted);
	s->p = end;
	*ret = (uint16_t)n;
	return 0;
}

static const char *
wanted_number(const struct rule_field *f, char buf[static 40])
{
	snprintf(buf, 40, _("a number of %u..%u"), f->min, f->max);
	return buf;
}

/* A bound may lie outside the field ("length > 10"), a value may not: it would never match. */
static int
plain_value(struct scan *s, const struct rule_field *f, uint16_t *ret)
{
	char wanted[40];
	const char *before;
	int err;

	skip_space(s);
	before = s->p;
	err = number(s, f->max, wanted_number(f, wanted), ret);
	if (err == 0 && *ret < f->min) {
		s->p = before;
		err = expected(s, wanted);
	}
	return err;
}

struct interval {
	int32_t from, to;
};

/* "> 512", "<= 17": the interval that it leaves of the field. */
static int
compared(struct scan *s, const struct rule_field *f, const char *op, struct interval *ret)
{
	char wanted[40];
	struct interval in = { f->min, f->max };
	uint16_t v;
	int err = number(s, f->max, wanted_number(f, wanted), &v);

	if (err != 0)
		return err;
	if (op[0] == '>')
		in.from = v + (op[1] == '\0');
	else
		in.to = v - (op[1] == '\0');
	in.from = in.from < f->min ? f->min : in.from;
	*ret = in;
	return 0;
}

static int
one_term(struct scan *s, const struct rule_field *f, struct interval *ret)
{
	static const char *const ops[] = { ">=", "<=", ">", "<" };
	uint16_t from, to;
	int err;

	if (sign(s, "!=")) {
		s->p -= 2;
		return diag_set(s->reterr, -EINVAL,
		    _("%s: `!=` at character %zu resets the session at some upstreams; "
		      "write what it leaves, as `< 53 || > 53`"),
		    s->what, (size_t)(s->p - s->text) + 1);
	}
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		if (sign(s, ops[i]))
			return compared(s, f, ops[i], ret);
	sign(s, "=");
	err = plain_value(s, f, &from);
	to = from;
	if (err == 0 && sign(s, ".."))
		err = plain_value(s, f, &to);
	if (err == 0)
		*ret = (struct interval){ from, to };
	return err;
}

/* "a && b": what both leave. */
static int
and_terms(struct scan *s, const struct rule_field *f, struct interval *ret)
{
	struct interval all = { f->min, f->max }, in = { 0, 0 };
	int err;

	do {
		err = one_term(s, f, &in);
		if (err != 0)
			return err;
		all.from = in.from > all.from ? in.from : all.from;
		all.to = in.to < all.to ? in.to : all.to;
	} while (sign(s, "&&"));
	if (all.from > all.to)
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
	struct interval in = { 0, 0 };
	int err;

	do {
		err = and_terms(s, f, &in);
		if (err != 0)
			return err;
		if (ranges_add(l, (struct range){ (uint16_t)in.from, (uint16_t)in.to }) != 0)
			return diag_set(s->reterr, -EINVAL,
			    _("%s: more than %d ranges at character %zu"), s->what, RANGES_MAX,
			    (size_t)(s->p - s->text));
	} while (sign(s, "||") || sign(s, ","));
	return 0;
}

static int
parse_flags(struct scan *s, struct rule *r)
{
	int err;

	s->what = "tcp flags";
	if (r->has_tcp_flags)
		return expected(s, _("it only once"));
	if (sign(s, "!")) {
		s->p--;
		return expected(s, _("VALUE/MASK without `!` (0x00/0x02 says: SYN not set)"));
	}
	err = number(s, TCP_MASK_MAX, _("VALUE/MASK, each 0x0..0xfff"), &r->tcp_value);
	if (err == 0 && !sign(s, "/"))
		err = expected(s, _("`/` and the mask"));
	if (err == 0)
		err = number(s, TCP_MASK_MAX, _("a mask of 0x1..0xfff"), &r->tcp_mask);
	r->has_tcp_flags = true;
	return err;
}

static int
parse_fragment(struct scan *s, struct rule *r)
{
	unsigned i;

	s->what = "fragment";
	do {
		for (i = 0; i < FRAGMENTS_N; i++)
			if (words(s, rule_fragments[i].bird))
				break;
		if (i == FRAGMENTS_N)
			return expected(
			    s, _("is_fragment, first_fragment, last_fragment or dont_fragment"));
		r->fragment |= rule_fragments[i].bit;
	} while (sign(s, "||") || sign(s, ","));
	return 0;
}

static int
parse_src(struct scan *s, struct rule *r)
{
	char buf[PREFIX_STRLEN];
	size_t n;
	int err;

	s->what = "src";
	if (r->src.family != 0)
		return expected(s, _("it only once"));
	skip_space(s);
	n = strcspn(s->p, "; \t\n");
	if (n == 0 || n >= sizeof(buf))
		return expected(s, _("a prefix"));
	memcpy(buf, s->p, n);
	buf[n] = '\0';
	err = prefix_parse(&r->src, buf);
	if (err == -EDOM)
		return expected(s, _("a prefix without bits beyond its length"));
	if (err != 0 || r->src.family != r->dst.family)
		return expected(s, r->dst.family == 6 ? _("an IPv6 prefix") : _("an IPv4 prefix"));
	s->p += n;
	return 0;
}

/* Either name of the protocol field is taken for IPv6; `next header` is not for IPv4. */
static const struct rule_field *
field_next(struct scan *s, uint8_t family)
{
	for (unsigned i = 0; i < RULE_FIELDS_N; i++) {
		const struct rule_field *f = &rule_fields[i];

		if (words(s, f->bird4) || (family == 6 && words(s, f->bird6)))
			return f;
	}
	return NULL;
}

static int
parse_item(struct scan *s, struct rule *r)
{
	const struct rule_field *f = field_next(s, r->dst.family);

	if (f != NULL) {
		s->what = f->bird4;
		return parse_ranges(s, f, rule_ranges(r, f));
	}
	if (words(s, "tcp flags"))
		return parse_flags(s, r);
	if (words(s, "fragment"))
		return parse_fragment(s, r);
	if (words(s, "src"))
		return parse_src(s, r);
	if (words(s, "dst"))
		return diag_set(s->reterr, -EINVAL,
		    _("match: the destination is not part of the match, it is the target"));
	return expected(s, r->dst.family == 6 ?
	    _("next header, port, sport, dport, icmp type, icmp code, tcp flags, length, dscp, "
	      "fragment or src") :
	    _("proto, port, sport, dport, icmp type, icmp code, tcp flags, length, dscp, "
	      "fragment or src"));
}

int
rule_parse_match(struct rule *r, const char *text, struct diag *reterr)
{
	struct scan s = { .text = text, .p = text, .what = "match", .reterr = reterr };
	struct rule out = { .kind = RULE_FLOWSPEC, .dst = r->dst, .rate_bps = r->rate_bps };
	int err;

	if (strlen(text) > MATCH_MAX)
		return diag_set(reterr, -EINVAL, _("match: longer than %d characters"), MATCH_MAX);
	for (skip_space(&s); *s.p != '\0'; skip_space(&s)) {
		s.what = "match";
		err = parse_item(&s, &out);
		skip_space(&s);
		if (err == 0 && *s.p != '\0' && !sign(&s, ";"))
			err = expected(&s, "`;`");
		if (err != 0)
			return err;
	}
	err = rule_canon(&out, reterr);
	if (err == 0)
		*r = out;
	return err;
}
