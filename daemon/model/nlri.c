/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/nlri.h"

#include <errno.h>
#include <string.h>

#include "base/lang.h"
#include "base/rd.h"
#include "model/rule_field.h"

/* RFC 8955 4.2.1.1 and 4.2.1.2: the operator byte before each value. */
enum {
	OP_END = 0x80, OP_AND = 0x40, OP_TWO = 0x10,
	OP_LT = 4, OP_GT = 2, OP_EQ = 1,	/* numbers */
	OP_NOT = 2, OP_ALL = 1,			/* bits */
	OP_UNUSED = 0x08, OP_UNUSED_BITS = 0x0c
};

enum { TYPE_DST = 1, TYPE_SRC = 2, TYPE_FLAGS = 9, TYPE_FRAGMENT = 12, TYPE_LAST = 13 };

#define LENGTH_TWO 0xf0		/* from here on the length takes two bytes */
#define LENGTH_MAX 0xfff

/* ---- encoding ------------------------------------------------------------ */

struct writer {
	uint8_t buf[NLRI_MAX];
	size_t n;
	size_t op;		/* where the last operator stands */
};

/* A rule of RANGES_MAX ranges everywhere is far from NLRI_MAX. */
static void
byte(struct writer *w, unsigned b)
{
	if (w->n < sizeof(w->buf))
		w->buf[w->n++] = (uint8_t)b;
}

static void
pair(struct writer *w, unsigned op, unsigned value)
{
	w->op = w->n;
	byte(w, op | (value > 0xff ? OP_TWO : 0));
	if (value > 0xff)
		byte(w, value >> 8);
	byte(w, value & 0xff);
}

static void
prefix(struct writer *w, unsigned type, const struct prefix *p)
{
	byte(w, type);
	byte(w, p->len);
	if (p->family == 6)
		byte(w, 0);	/* offset */
	for (unsigned i = 0; i < (p->len + 7u) / 8; i++)
		byte(w, p->addr[i]);
}

static void
ranges(struct writer *w, unsigned type, const struct ranges *l)
{
	byte(w, type);
	for (unsigned i = 0; i < l->n; i++) {
		if (l->r[i].from == l->r[i].to) {
			pair(w, OP_EQ, l->r[i].from);
			continue;
		}
		pair(w, OP_GT | OP_EQ, l->r[i].from);
		pair(w, OP_AND | OP_LT | OP_EQ, l->r[i].to);
	}
	w->buf[w->op] |= OP_END;
}

static void
flags(struct writer *w, const struct bits *b)
{
	byte(w, TYPE_FLAGS);
	for (unsigned i = 0; i < b->n; i++) {
		uint16_t set = b->t[i].value, unset = b->t[i].mask & (uint16_t)~set;

		if (set != 0)
			pair(w, OP_ALL, set);
		if (unset != 0)
			pair(w, OP_NOT | (set != 0 ? OP_AND : 0), unset);
	}
	w->buf[w->op] |= OP_END;
}

static void
fragment(struct writer *w, const struct bits *b)
{
	byte(w, TYPE_FRAGMENT);
	for (unsigned i = 0; i < b->n; i++) {
		unsigned and = 0;

		for (unsigned k = 0; k < FRAGMENTS_N; k++) {
			unsigned bit = rule_fragments[k].bit;

			if ((b->t[i].mask & bit) == 0)
				continue;
			pair(w, and | ((b->t[i].value & bit) != 0 ? OP_ALL : OP_NOT), bit);
			and = OP_AND;
		}
	}
	w->buf[w->op] |= OP_END;
}

static void
component(struct writer *w, unsigned type, const struct rule *r)
{
	if (type == TYPE_FLAGS && r->tcp_flags.n != 0)
		flags(w, &r->tcp_flags);
	if (type == TYPE_FRAGMENT && r->fragment.n != 0)
		fragment(w, &r->fragment);
	for (unsigned i = 0; i < RULE_FIELDS_N; i++)
		if (rule_fields[i].type == type && rule_ranges_of(r, &rule_fields[i])->n != 0)
			ranges(w, type, rule_ranges_of(r, &rule_fields[i]));
}

int
nlri_encode(uint8_t *buf, size_t size, const struct rule *r)
{
	struct writer w = { .n = 0 };
	size_t head;

	if (r->kind != RULE_FLOWSPEC)
		return -EINVAL;
	prefix(&w, TYPE_DST, &r->dst);
	if (r->src.family != 0)
		prefix(&w, TYPE_SRC, &r->src);
	for (unsigned type = TYPE_SRC + 1; type <= TYPE_LAST; type++)
		component(&w, type, r);
	head = w.n < LENGTH_TWO ? 1 : 2;
	if (w.n > LENGTH_MAX || head + w.n > size)
		return -ENOSPC;
	if (head == 2)
		buf[0] = (uint8_t)(LENGTH_TWO | w.n >> 8);
	buf[head - 1] = (uint8_t)w.n;
	memcpy(buf + head, w.buf, w.n);
	return (int)(head + w.n);
}

/* ---- decoding ------------------------------------------------------------ */

static int
refuse(struct diag *d, const char *what)
{
	return diag_set(d, -EINVAL, "%s", what);
}

static int
take_prefix(struct prefix *ret, uint8_t family, struct rd *r, struct diag *d)
{
	unsigned len = rd_u8(r), offset = family == 6 ? rd_u8(r) : 0;
	uint8_t addr[16] = { 0 };

	if (offset != 0)
		return refuse(d, _("a prefix has an offset"));
	if (len > (family == 6 ? 128 : 32))
		return refuse(d, _("a prefix is too long"));
	rd_copy(r, addr, (len + 7) / 8);
	*ret = prefix_of(family, addr, len);
	return 0;
}

struct op {
	unsigned bits;
	uint64_t value;
	bool first;		/* of what is joined by AND */
	bool end;
};

/* false: cut short. */
static bool
take_op(struct op *ret, struct rd *r, bool very_first)
{
	unsigned op = rd_u8(r);

	ret->value = rd_uint(r, (size_t)1 << (op >> 4 & 3));
	ret->first = very_first || (op & OP_AND) == 0;
	ret->end = (op & OP_END) != 0;
	ret->bits = op & 0x0f;
	return rd_ok(r);
}

/* What one operator leaves of the field. */
static struct ranges
numbers_of(const struct rule_field *f, const struct op *op)
{
	struct ranges out = { 0 };
	int32_t v = (int32_t)op->value;
	const struct { unsigned bit; int32_t from, to; } parts[] = {
		{ OP_LT, f->min, v - 1 }, { OP_EQ, v, v }, { OP_GT, v + 1, f->max },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		int32_t from = parts[i].from < f->min ? f->min : parts[i].from;
		int32_t to = parts[i].to > f->max ? f->max : parts[i].to;

		if ((op->bits & parts[i].bit) != 0 && from <= to)
			ranges_add(&out, (struct range){ (uint16_t)from, (uint16_t)to });
	}
	return out;
}

static int
join(struct ranges *all, const struct ranges *more)
{
	for (unsigned i = 0; i < more->n; i++)
		if (ranges_add(all, more->r[i]) != 0)
			return -E2BIG;
	return 0;
}

static int
take_ranges(struct ranges *ret, const struct rule_field *f, struct rd *r, struct diag *d)
{
	struct ranges all = { 0 }, and = { 0 }, one;
	struct op op = { .end = false };
	int err = 0;

	for (bool first = true; !op.end && err == 0; first = false) {
		if (!take_op(&op, r, first))
			return refuse(d, _("it is cut short"));
		if ((op.bits & OP_UNUSED) != 0 || op.value > UINT16_MAX)
			return refuse(d, _("an operator or a value is not possible"));
		one = numbers_of(f, &op);
		if (op.first)
			err = join(&all, &and);
		if (err == 0)
			err = op.first ? 0 : ranges_and(&one, &and, &one);
		and = one;
	}
	if (err == 0)
		err = join(&all, &and);
	if (err != 0)
		return refuse(d, _("a component has more ranges than a rule can hold"));
	if (all.n == 0)
		return refuse(d, _("nothing can match a component"));
	*ret = all;
	return 0;
}

/* n 0: nothing matches. */
static struct bits
bits_of_op(const struct op *op)
{
	uint16_t v = (uint16_t)op->value;
	struct bits_term t = { v, (op->bits & OP_ALL) != 0 ? v : 0 };
	struct bits out = { .n = 1, .t = { t } };

	/* "all of" and "none of" are terms; "not all of" and "any of" are what those leave */
	if (((op->bits & OP_ALL) != 0) == ((op->bits & OP_NOT) != 0) && bits_not(&out, t) != 0)
		out.n = 0;
	return out;
}

static int
take_bits(struct bits *ret, uint64_t max, struct rd *r, struct diag *d)
{
	struct bits all = { 0 }, and = { 0 }, one;
	struct op op = { .end = false };
	int err = 0;

	for (bool first = true; !op.end && err == 0; first = false) {
		if (!take_op(&op, r, first))
			return refuse(d, _("it is cut short"));
		if ((op.bits & OP_UNUSED_BITS) != 0 || op.value > max)
			return refuse(d, _("an operator or a value is not possible"));
		one = bits_of_op(&op);
		if (op.first) {
			err = bits_or(&all, &and);
			and = one;
			continue;
		}
		err = bits_and(&and, &one);
		if (err == -EINVAL) {
			and.n = 0;	/* they contradict each other */
			err = 0;
		}
	}
	if (err == 0)
		err = bits_or(&all, &and);
	if (err != 0)
		return refuse(d, _("a component has more alternatives than a rule can hold"));
	if (all.n == 0)
		return refuse(d, _("nothing can match a component"));
	*ret = all;
	return 0;
}

static int
take_component(struct rule *rule, unsigned type, uint8_t family, struct rd *r, struct diag *d)
{
	switch (type) {
	case TYPE_DST: return take_prefix(&rule->dst, family, r, d);
	case TYPE_SRC: return take_prefix(&rule->src, family, r, d);
	case TYPE_FLAGS: return take_bits(&rule->tcp_flags, TCP_MASK_MAX, r, d);
	case TYPE_FRAGMENT: return take_bits(&rule->fragment, FRAGMENTS_MASK, r, d);
	default: break;
	}
	for (unsigned i = 0; i < RULE_FIELDS_N; i++)
		if (rule_fields[i].type == type)
			return take_ranges(rule_ranges(rule, &rule_fields[i]), &rule_fields[i], r,
			    d);
	return refuse(d, _("a component is not known"));
}

int
nlri_decode(struct rule *ret, uint8_t family, const void *buf, size_t len, size_t *ret_used,
    struct diag *reterr)
{
	struct rule rule = { .kind = RULE_FLOWSPEC };
	struct rd all = rd_of(buf, len), r;
	unsigned n = rd_u8(&all), last = 0;
	int err = 0;

	if (n >= LENGTH_TWO)
		n = (n & 0x0f) << 8 | rd_u8(&all);
	r = rd_sub(&all, n);
	if (!rd_ok(&all))
		return refuse(reterr, _("it is cut short"));
	while (rd_left(&r) > 0 && err == 0) {
		unsigned type = rd_u8(&r);

		if (type <= last)
			return refuse(reterr, _("its components are out of order"));
		last = type;
		err = take_component(&rule, type, family, &r, reterr);
		if (err == 0 && !rd_ok(&r))
			err = refuse(reterr, _("it is cut short"));
	}
	if (err == 0 && rule.dst.family == 0)
		err = refuse(reterr, _("it has no destination"));
	if (err == 0)
		err = rule_canon(&rule, reterr);
	if (err != 0)
		return err;
	*ret = rule;
	*ret_used = len - rd_left(&all);
	return 0;
}

/* ---- what is done to the packets ----------------------------------------- */

enum { RATE_BYTES = 0x8006, ACTION = 0x8007, MARKING = 0x8009, ACT_TERMINAL = 1, ACT_SAMPLE = 2 };

unsigned
communities_encode(struct community ret[COMMUNITIES_MAX], const struct rule *r)
{
	float bytes = (float)(r->rate_bps / 8);
	unsigned n = 0;

	if (!isinf(r->rate_bps)) {
		ret[n].high = (uint32_t)RATE_BYTES << 16;
		memcpy(&ret[n++].low, &bytes, sizeof(bytes));
	}
	if (r->redirect.form != REDIRECT_NONE) {
		redirect_words(&r->redirect, &ret[n].high, &ret[n].low);
		n++;
	}
	if (r->has_mark)
		ret[n++] = (struct community){ (uint32_t)MARKING << 16, r->mark };
	if (r->sample || r->terminal)
		ret[n++] = (struct community){ (uint32_t)ACTION << 16,
			(r->sample ? ACT_SAMPLE : 0) | (r->terminal ? ACT_TERMINAL : 0) };
	return n;
}

int
communities_decode(struct rule *r, const struct community *c, unsigned n, struct diag *reterr)
{
	struct rule as = { .rate_bps = RULE_NO_RATE }, out = *r;
	struct redirect to;
	float bytes;
	int err;

	for (unsigned i = 0; i < n; i++) {
		uint32_t type = c[i].high >> 16, low = c[i].low;

		if (type == RATE_BYTES) {
			memcpy(&bytes, &low, sizeof(bytes));
			/* RFC 8955 7.1: negative is 0, and what is no number is ours to refuse */
			as.rate_bps = bytes < 0 ? 0 : (double)bytes * 8;
		} else if (type == MARKING) {
			as.has_mark = true;
			as.mark = low & DSCP_MAX;
		} else if (type == ACTION) {
			as.sample = (low & ACT_SAMPLE) != 0;
			as.terminal = (low & ACT_TERMINAL) != 0;
		} else if (redirect_from_words(&to, c[i].high, low)) {
			as.redirect = to;
		}
	}
	rule_act_as(&out, &as);
	err = rule_canon(&out, reterr);
	if (err == 0)
		*r = out;
	return err;
}
