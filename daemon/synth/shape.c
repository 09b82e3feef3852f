/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A candidate as a rule, and what that is at the upstreams. */
#include <errno.h>
#include <string.h>

#include "model/flowspec.h"
#include "synth/inside.h"

static void
add(struct ranges *l, unsigned from, unsigned to)
{
	if (l->n < RANGES_MAX)
		l->r[l->n++] = (struct range){ (uint16_t)from, (uint16_t)to };
}

static void
add_kind(struct ranges *l, uint64_t high)
{
	if (high)
		add(l, 1024, 65535);
	else
		add(l, 1, 1023);
}

static void
add_bits(struct bits *b, struct bits more)
{
	if (b->n < BITS_MAX)
		b->t[b->n++] = more.t[0];
}

static void
add_place(const struct synth *s, struct rule *r, enum slot slot, struct value v)
{
	switch (slot) {
	case SLOT_SCOPE:
		r->dst = s->pieces[v.low];
		break;
	case SLOT_HOST:
	case SLOT_NET:
	case SLOT_WIDE:
		r->dst = value_prefix(s->family, v, slot_length(slot, s->family));
		break;
	default:
		r->src = value_prefix(s->family, v, slot_length(slot, s->family));
		break;
	}
}

static void
add_value(const struct synth *s, struct rule *r, enum slot slot, struct value v)
{
	const unsigned n = (unsigned)v.low;

	switch (slot) {
	case SLOT_PROTO:
		add(&r->proto, n, n);
		break;
	case SLOT_SPORT:
		add(&r->sport, n, n);
		break;
	case SLOT_DPORT:
		add(&r->dport, n, n);
		break;
	case SLOT_SPORT_KIND:
		add_kind(&r->sport, v.low);
		break;
	case SLOT_DPORT_KIND:
		add_kind(&r->dport, v.low);
		break;
	case SLOT_LENGTH:
		add(&r->length, n, n);
		break;
	case SLOT_BIN:
		add(&r->length, n == 0 ? 20 : n * BIN,
		    n * BIN + BIN - 1 > 65535 ? 65535 : n * BIN + BIN - 1);
		break;
	case SLOT_FLAGS:
		add_bits(&r->tcp_flags, bits_of(0x3f, (uint16_t)n));
		break;
	case SLOT_FLAGS_KIND:
		add_bits(&r->tcp_flags, flags_kind(n));
		break;
	case SLOT_FRAGMENT:
		add_bits(&r->fragment, bits_of((uint16_t)n, (uint16_t)n));
		break;
	case SLOT_ICMP:
		add(&r->icmp_type, n, n);
		break;
	case SLOT_ICMP_CODE:
		add(&r->icmp_type, n >> 8, n >> 8);
		add(&r->icmp_code, n & 255, n & 255);
		break;
	case SLOT_DSCP:
		add(&r->dscp, n, n);
		break;
	default:
		add_place(s, r, slot, v);
		break;
	}
}

bool
shape_rule(const struct synth *s, const struct candidate *c, struct rule *ret)
{
	struct diag why;

	*ret = (struct rule){ .kind = RULE_FLOWSPEC };
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		const struct item *items = s->items[slot].i;

		if ((c->p.slots >> slot & 1) == 0)
			continue;
		if (c->several != slot)
			add_value(s, ret, (enum slot)slot, items[c->p.item[slot] - 1].v);
		for (unsigned i = 0; c->several == slot && i < c->values_n; i++)
			add_value(s, ret, (enum slot)slot, items[c->values[i] - 1].v);
	}
	return rule_canon(ret, &why) == 0;
}

/* Who is not asked takes what nearly everybody does (ALGORITHMS 4.3, BIRD 5). */
static const struct upstream portable = { .name = "portable", .flowspec = true,
	.profile = { .flowspec4 = true, .flowspec6 = true, .pairs_max = FLOWSPEC_PAIRS_SAFE,
	    .nlri_max = FLOWSPEC_NLRI_SAFE } };

int
shape_routes(const struct synth *s, const struct rule *r)
{
	int most = 0;
	struct diag why;

	if (s->task->upstreams_n == 0)
		return flowspec_pieces(NULL, r, &portable, &why);
	for (unsigned i = 0; i < s->task->upstreams_n; i++) {
		int n = flowspec_pieces(NULL, r, s->task->upstreams[i], &why);

		if (n < 0)
			return n;
		most = n > most ? n : most;
	}
	return most;
}
