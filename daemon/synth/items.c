/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frequent values of the attack, slot by slot, and both sides' rows said in them. */
#include <stdlib.h>
#include <string.h>

#include "model/rule_lint.h"
#include "synth/inside.h"

enum { SERVICE_PORTS = 1024 };

enum field
slot_field(enum slot s)
{
	static const uint8_t of[SLOTS] = {
		[SLOT_PROTO] = FIELD_PROTO,
		[SLOT_HOST] = FIELD_DST,
		[SLOT_NET] = FIELD_DST,
		[SLOT_WIDE] = FIELD_DST,
		[SLOT_SCOPE] = FIELD_DST,
		[SLOT_SPORT] = FIELD_SPORT,
		[SLOT_DPORT] = FIELD_DPORT,
		[SLOT_FLAGS] = FIELD_FLAGS,
		[SLOT_FRAGMENT] = FIELD_FRAGMENT,
		[SLOT_LENGTH] = FIELD_LENGTH,
		[SLOT_ICMP] = FIELD_ICMP,
		[SLOT_ICMP_CODE] = FIELD_ICMP,
		[SLOT_SRC_NET] = FIELD_SRC,
		[SLOT_FLAGS_KIND] = FIELD_FLAGS,
		[SLOT_BIN] = FIELD_LENGTH,
		[SLOT_SRC_HOST] = FIELD_SRC,
		[SLOT_SRC_WIDE] = FIELD_SRC,
		[SLOT_DPORT_KIND] = FIELD_DPORT,
		[SLOT_SPORT_KIND] = FIELD_SPORT,
		[SLOT_SRC_WIDEST] = FIELD_SRC,
		[SLOT_DSCP] = FIELD_DSCP,
	};

	return (enum field)of[s];
}

unsigned
slot_length(enum slot s, uint8_t family)
{
	bool four = family == 4;

	switch (s) {
	case SLOT_HOST:
	case SLOT_SRC_HOST:
		return four ? 32 : 128;
	case SLOT_NET:
		return four ? 24 : 64;
	case SLOT_SRC_NET:
		return four ? 24 : 56;
	case SLOT_WIDE:
		return four ? 20 : 48;
	case SLOT_SRC_WIDE:
		return four ? 16 : 48;
	default:
		return four ? 8 : 32;
	}
}

/*
 * What clients, servers and floods set: the only ways to ask for flags that ECE or CWR do not
 * upset.
 */
static const struct {
	uint16_t mask, value;
} kinds[] = { { SYN | ACK, SYN }, { SYN | ACK, SYN | ACK }, { RST, RST },
	{ FIN | SYN | RST | ACK, ACK }, { SIX, 0 } };

struct bits
flags_kind(unsigned kind)
{
	return bits_of(kinds[kind].mask, kinds[kind].value);
}

static bool
kind_of(const struct row *r, struct value *ret)
{
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct bits kind = flags_kind(i);

		if (row_flags(&kind, r)) {
			ret->low = i;
			return true;
		}
	}
	return false;
}

static struct value
cut(struct value v, unsigned len)
{
	if (len <= 64)
		return (struct value){ len == 0 ? 0 : v.high >> (64 - len) << (64 - len), 0 };
	return (struct value){ v.high, v.low >> (128 - len) << (128 - len) };
}

/* Its place among the pieces; PIECES_MAX: there is no room. */
static unsigned
piece_of(struct synth *s, const struct prefix *p)
{
	unsigned i = 0;

	while (i < s->pieces_n && !prefix_eq(&s->pieces[i], p))
		i++;
	if (i == s->pieces_n && i < PIECES_MAX)
		s->pieces[s->pieces_n++] = *p;
	return i;
}

static bool
may_go(const struct synth *s, const struct prefix *p)
{
	const struct synth_task *t = s->task;
	bool in = t->scope_n == 0;

	for (unsigned i = 0; i < t->scope_n && !in; i++)
		in = prefix_covers(&t->scope[i], p);
	return in && rule_to_hosts(p) && lint_spares(t, p);
}

/*
 * The widest part of the scope around it that leaves out what is spared: all of it, or halves of
 * halves.
 */
static bool
scope_of(struct synth *s, struct value dst, struct value *ret)
{
	const struct prefix host = value_prefix(s->family, dst, s->family == 4 ? 32 : 128);

	for (unsigned i = 0; i < s->task->scope_n; i++) {
		struct prefix p = s->task->scope[i];

		if (p.family != s->family || !prefix_covers(&p, &host))
			continue;
		while (!lint_spares(s->task, &p) && !prefix_is_host(&p))
			p = prefix_of(p.family, host.addr, p.len + 1u);
		ret->low = piece_of(s, &p);
		return ret->low < PIECES_MAX && lint_spares(s->task, &p) && rule_to_hosts(&p);
	}
	return false;
}

/* Where a rule may go: decided once for each item, not for each row. */
static bool
port_value(enum slot slot, uint16_t port, struct value *ret)
{
	bool kind = slot == SLOT_SPORT_KIND || slot == SLOT_DPORT_KIND;

	ret->low = !kind ? port : port >= SERVICE_PORTS;
	return !kind || port != 0;
}

static bool
fragment_value(const struct row *r, struct value *ret)
{
	bool later = (r->has & SAMPLE_LATER) != 0 ||
	    ((r->has & SAMPLE_FRAGMENT) != 0 && (r->fragment & FRAGMENT_IS) != 0);

	ret->low = later ? FRAGMENT_IS : FRAGMENT_FIRST;
	return later || ((r->has & SAMPLE_FRAGMENT) != 0 && (r->fragment & FRAGMENT_FIRST) != 0);
}

static bool
length_value(enum slot slot, const struct row *r, struct value *ret)
{
	ret->low = slot == SLOT_BIN ? r->length / BIN : r->length;
	return (r->has & SAMPLE_LENGTH) != 0 && r->length >= 20;
}

/* The value that a row has in a slot; false: none. */
static bool
value_of(struct synth *s, enum slot slot, const struct row *r, struct value *ret)
{
	*ret = (struct value){ 0 };
	switch (slot) {
	case SLOT_PROTO:
		ret->low = r->proto;
		return (r->has & SAMPLE_PROTO) != 0;
	case SLOT_HOST:
	case SLOT_NET:
	case SLOT_WIDE:
		*ret = cut(r->dst, slot_length(slot, s->family));
		return true;
	case SLOT_SCOPE:
		return scope_of(s, r->dst, ret);
	case SLOT_SRC_HOST:
	case SLOT_SRC_NET:
	case SLOT_SRC_WIDE:
	case SLOT_SRC_WIDEST:
		*ret = cut(r->src, slot_length(slot, s->family));
		return (r->has & SAMPLE_SRC) != 0;
	case SLOT_SPORT:
	case SLOT_SPORT_KIND:
		return (r->has & SAMPLE_PORTS) != 0 && port_value(slot, r->sport, ret);
	case SLOT_DPORT:
	case SLOT_DPORT_KIND:
		return (r->has & SAMPLE_PORTS) != 0 && port_value(slot, r->dport, ret);
	case SLOT_LENGTH:
	case SLOT_BIN:
		return length_value(slot, r, ret);
	case SLOT_FLAGS:
		ret->low = r->tcp_flags & SIX;
		return (r->has & SAMPLE_TCP_FLAGS) != 0 && row_flags_known(r);
	case SLOT_FLAGS_KIND:
		return (r->has & SAMPLE_TCP_FLAGS) != 0 && kind_of(r, ret);
	case SLOT_FRAGMENT:
		return fragment_value(r, ret);
	case SLOT_ICMP:
		ret->low = r->icmp_type;
		return (r->has & SAMPLE_ICMP) != 0;
	case SLOT_ICMP_CODE:
		ret->low = (uint64_t)r->icmp_type << 8 | r->icmp_code;
		return (r->has & SAMPLE_ICMP) != 0;
	default:
		ret->low = r->dscp;
		return (r->has & SAMPLE_DSCP) != 0;
	}
}

static int
value_cmp(struct value a, struct value b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return (a.low > b.low) - (a.low < b.low);
}

static int
items_by_value(const void *x, const void *y)
{
	return value_cmp(((const struct item *)x)->v, ((const struct item *)y)->v);
}

static int
items_by_weight(const void *x, const void *y)
{
	const struct item *a = x, *b = y;

	return a->weight != b->weight ? (a->weight < b->weight ? 1 : -1) : value_cmp(a->v, b->v);
}

static bool
slot_goes(const struct synth *s, enum slot slot, struct value v)
{
	struct prefix p;

	if (slot != SLOT_HOST && slot != SLOT_NET && slot != SLOT_WIDE)
		return true;
	p = value_prefix(s->family, v, slot_length(slot, s->family));
	return may_go(s, &p);
}

static bool
is_address(enum slot slot)
{
	return slot_field(slot) == FIELD_SRC ||
	    (slot_field(slot) == FIELD_DST && slot != SLOT_SCOPE);
}

/* Each address with its weight, into s->values; returns how many. */
static unsigned
weigh_addresses(struct synth *s, enum slot slot)
{
	unsigned n = 0, kept = 0;

	for (unsigned i = 0; i < s->attack.n; i++)
		if (value_of(s, slot, &s->attack.r[i], &s->values[n].v))
			s->values[n++].weight = s->attack.r[i].weight;
	qsort(s->values, n, sizeof(*s->values), items_by_value);
	for (unsigned i = 0; i < n; i++) {
		if (kept > 0 && value_cmp(s->values[kept - 1].v, s->values[i].v) == 0)
			s->values[kept - 1].weight += s->values[i].weight;
		else
			s->values[kept++] = s->values[i];
	}
	return kept;
}

/* The same for numbers of 16 bits. */
static unsigned
weigh_numbers(struct synth *s, enum slot slot)
{
	unsigned n = 0;
	struct value v;

	for (unsigned i = 0; i < s->attack.n; i++) {
		if (!value_of(s, slot, &s->attack.r[i], &v))
			continue;
		if (s->numbers[v.low] == 0)
			s->values[n++].v = v;
		s->numbers[v.low] += s->attack.r[i].weight;
	}
	for (unsigned i = 0; i < n; i++) {
		s->values[i].weight = s->numbers[s->values[i].v.low];
		s->numbers[s->values[i].v.low] = 0;
	}
	return n;
}

static void
find_slot(struct synth *s, enum slot slot)
{
	struct items *items = &s->items[slot];
	unsigned n = is_address(slot) ? weigh_addresses(s, slot) : weigh_numbers(s, slot), kept = 0;

	for (unsigned i = 0; i < n; i++)
		if (s->values[i].weight >= SHARE_MIN * s->attack.total &&
		    slot_goes(s, slot, s->values[i].v))
			s->values[kept++] = s->values[i];
	qsort(s->values, kept, sizeof(*s->values), items_by_weight);
	items->n = kept < ITEMS_MAX ? kept : ITEMS_MAX;
	memcpy(items->i, s->values, items->n * sizeof(*items->i));
	qsort(items->i, items->n, sizeof(*items->i), items_by_value);
}

void
items_find(struct synth *s)
{
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		s->items[slot].n = 0;
		if (s->slots & SLOT_BIT(slot))
			find_slot(s, (enum slot)slot);
	}
}

static uint8_t
item_index(const struct items *items, struct value v)
{
	unsigned from = 0, to = items->n;

	while (from < to) {
		unsigned mid = (from + to) / 2;
		int c = value_cmp(items->i[mid].v, v);

		if (c == 0)
			return (uint8_t)(mid + 1);
		if (c < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return 0;
}

/* What a record leaves open may be anything: it counts as hit by whatever asks for it. */
static uint32_t
unknown_slots(const struct row *r)
{
	bool later = (r->has & SAMPLE_LATER) != 0, ports = (r->has & SAMPLE_PORTS) != 0;
	uint32_t open = 0;

	if ((r->has & SAMPLE_PROTO) == 0)
		open |= SLOT_BIT(SLOT_PROTO);
	if ((r->has & SAMPLE_SRC) == 0)
		open |= SLOT_BIT(SLOT_SRC_HOST) | SLOT_BIT(SLOT_SRC_NET) | SLOT_BIT(SLOT_SRC_WIDE) |
		    SLOT_BIT(SLOT_SRC_WIDEST);
	if (!later && !ports && (r->proto == TCP || r->proto == UDP))
		open |= SLOT_BIT(SLOT_SPORT) | SLOT_BIT(SLOT_SPORT_KIND) | SLOT_BIT(SLOT_DPORT) |
		    SLOT_BIT(SLOT_DPORT_KIND);
	if (!later && (r->has & SAMPLE_TCP_FLAGS) == 0 && r->proto == TCP)
		open |= SLOT_BIT(SLOT_FLAGS) | SLOT_BIT(SLOT_FLAGS_KIND);
	if ((r->has & SAMPLE_LENGTH) == 0)
		open |= SLOT_BIT(SLOT_LENGTH) | SLOT_BIT(SLOT_BIN);
	if ((r->has & SAMPLE_FRAGMENT) == 0 && !later && !ports)
		open |= SLOT_BIT(SLOT_FRAGMENT);
	if ((r->has & SAMPLE_ICMP) == 0 && !later && (r->proto == ICMP || r->proto == ICMP6))
		open |= SLOT_BIT(SLOT_ICMP) | SLOT_BIT(SLOT_ICMP_CODE);
	if ((r->has & SAMPLE_DSCP) == 0)
		open |= SLOT_BIT(SLOT_DSCP);
	return open;
}

static struct tuple
tuple_of(struct synth *s, const struct row *r, bool maybe)
{
	struct tuple t;

	memset(&t, 0, sizeof(t));
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		struct value v;

		if (s->items[slot].n != 0 && value_of(s, (enum slot)slot, r, &v))
			t.item[slot] = item_index(&s->items[slot], v);
	}
	t.unknown = maybe ? unknown_slots(r) : 0;
	t.records = r->records;
	t.weight = r->weight;
	return t;
}

static int
tuple_cmp(const void *x, const void *y)
{
	return memcmp(x, y, offsetof(struct tuple, records));
}

static void
set_bits(struct tuples *t, unsigned words)
{
	memset(t->items, 0, (size_t)SLOTS * ITEMS_MAX * words * sizeof(*t->items));
	for (unsigned i = 0; i < t->n; i++) {
		const struct tuple *one = &t->t[i];

		for (unsigned slot = 0; slot < SLOTS; slot++) {
			uint64_t *of_slot = t->items + (size_t)slot * ITEMS_MAX * words;

			if (one->item[slot] != 0)
				of_slot[(one->item[slot] - 1u) * words + i / 64] |= 1ull << i % 64;
			for (unsigned j = 0; (one->unknown >> slot & 1) && j < ITEMS_MAX; j++)
				of_slot[j * words + i / 64] |= 1ull << i % 64;
		}
	}
}

void
tuples_make(struct synth *s, struct rows *rows, struct tuples *t, bool maybe)
{
	unsigned n = 0;

	for (unsigned i = 0; i < rows->n; i++)
		t->scratch[i] = tuple_of(s, &rows->r[i], maybe);
	qsort(t->scratch, rows->n, sizeof(*t->scratch), tuple_cmp);
	for (unsigned i = 0; i < rows->n; i++) {
		if (n > 0 && tuple_cmp(&t->t[n - 1], &t->scratch[i]) == 0) {
			t->t[n - 1].weight += t->scratch[i].weight;
			t->t[n - 1].records += t->scratch[i].records;
		} else {
			t->t[n++] = t->scratch[i];
		}
	}
	t->n = n;
	set_bits(t, (n + 63) / 64);
}
