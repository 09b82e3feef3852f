/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/plan.h"

#include <stddef.h>

#define VARIABLE 65535		/* RFC 7011, 7 */
#define NO_ELEMENT 0xffff	/* a type that no wanted element has */
#define REVERSE_PEN 29305	/* RFC 5103: an element of the reverse direction */
#define REVERSE 0x8000		/* how its row is told from the element's own */

/* Where a field goes.  `addr`: its length must be exactly `width`. */
static const struct target {
	uint16_t to;
	uint8_t width;
	bool addr;
	uint16_t has;
} targets[FIELD_N] = {
#define FLOW(member, flag) \
	{ \
		offsetof(struct record, f.member), sizeof(((struct flow *)0)->member), false, flag \
	}
#define SIDE(member) { offsetof(struct record, member), 8, false, 0 }
	[FIELD_SRC4] = { offsetof(struct record, f.src), 4, true, FLOW_SRC },
	[FIELD_DST4] = { offsetof(struct record, f.dst), 4, true, FLOW_DST },
	[FIELD_SRC6] = { offsetof(struct record, f.src), 16, true, FLOW_SRC },
	[FIELD_DST6] = { offsetof(struct record, f.dst), 16, true, FLOW_DST },
	[FIELD_VERSION] = SIDE(version),
	[FIELD_SPORT] = FLOW(sport, FLOW_SPORT),
	[FIELD_DPORT] = FLOW(dport, FLOW_DPORT),
	[FIELD_PROTO] = FLOW(proto, FLOW_PROTO),
	[FIELD_TCP_FLAGS] = FLOW(tcp_flags, FLOW_TCP_FLAGS),
	[FIELD_BYTES] = FLOW(bytes, FLOW_BYTES),
	[FIELD_PACKETS] = FLOW(packets, FLOW_PACKETS),
	[FIELD_START] = FLOW(start_ms, 0),
	[FIELD_END] = FLOW(end_ms, 0),
	[FIELD_DURATION] = SIDE(duration),
	[FIELD_ICMP] = SIDE(icmp),
	[FIELD_ICMP_TYPE] = SIDE(icmp_type),
	[FIELD_ICMP_CODE] = SIDE(icmp_code),
	[FIELD_IN_IF] = FLOW(in_if, FLOW_IN_IF),
	[FIELD_OUT_IF] = FLOW(out_if, FLOW_OUT_IF),
	[FIELD_DIRECTION] = FLOW(direction, FLOW_DIRECTION),
	[FIELD_EVENT] = { 0, 0, false, 0 },
	[FIELD_SAMPLER] = SIDE(sampler),
	[FIELD_RATE] = SIDE(rate),
	[FIELD_INTERVAL] = SIDE(interval),
	[FIELD_SPACE] = SIDE(space),
	[FIELD_SIZE] = SIDE(size),
	[FIELD_POPULATION] = SIDE(population),
	[FIELD_INIT] = SIDE(init_ms),
	[FIELD_PROBABILITY] = SIDE(probability),
	[FIELD_SECTION] = { offsetof(struct record, section), 0, false, 0 },
	[FIELD_FRAME_LEN] = SIDE(frame_len),
	[FIELD_EXPORTED] = SIDE(exported),
	[FIELD_FRAME_TYPE] = SIDE(frame_type),
	[FIELD_SKIPPED] = SIDE(skipped),
	[FIELD_REVERSE_BYTES] = SIDE(reverse_bytes),
	[FIELD_REVERSE_PACKETS] = SIDE(reverse_packets),
#undef FLOW
#undef SIDE
};

/* Information elements that are wanted; of several for one field the earlier row wins. */
static const struct element {
	uint16_t ie;
	uint8_t field;
} elements[] = {
	{ 8, FIELD_SRC4 },
	{ 12, FIELD_DST4 },
	{ 27, FIELD_SRC6 },
	{ 28, FIELD_DST6 },
	{ 60, FIELD_VERSION },
	{ 7, FIELD_SPORT },
	{ 180, FIELD_SPORT },
	{ 182, FIELD_SPORT },
	{ 11, FIELD_DPORT },
	{ 181, FIELD_DPORT },
	{ 183, FIELD_DPORT },
	{ 4, FIELD_PROTO },
	{ 6, FIELD_TCP_FLAGS },
	{ 1, FIELD_BYTES },
	{ 85, FIELD_BYTES },
	{ 231, FIELD_BYTES },
	{ 23, FIELD_BYTES },
	{ 2, FIELD_PACKETS },
	{ 86, FIELD_PACKETS },
	{ 298, FIELD_PACKETS },
	{ 24, FIELD_PACKETS },
	{ 152, FIELD_START },
	{ 154, FIELD_START },
	{ 156, FIELD_START },
	{ 158, FIELD_START },
	{ 150, FIELD_START },
	{ 22, FIELD_START },
	/* when it was seen: of a packet or an event */
	{ 323, FIELD_START },
	{ 324, FIELD_START },
	{ 325, FIELD_START },
	{ 322, FIELD_START },
	{ 258, FIELD_START },
	{ 153, FIELD_END },
	{ 155, FIELD_END },
	{ 157, FIELD_END },
	{ 159, FIELD_END },
	{ 151, FIELD_END },
	{ 21, FIELD_END },
	{ 161, FIELD_DURATION },
	{ 162, FIELD_DURATION },
	{ 32, FIELD_ICMP },
	{ 139, FIELD_ICMP },
	{ 176, FIELD_ICMP_TYPE },
	{ 178, FIELD_ICMP_TYPE },
	{ 177, FIELD_ICMP_CODE },
	{ 179, FIELD_ICMP_CODE },
	{ 10, FIELD_IN_IF },
	{ 14, FIELD_OUT_IF },
	{ 61, FIELD_DIRECTION },
	{ 230, FIELD_EVENT },
	{ 233, FIELD_EVENT },
	{ 48, FIELD_SAMPLER },
	{ 302, FIELD_SAMPLER },
	{ 34, FIELD_RATE },
	{ 50, FIELD_RATE },
	{ 305, FIELD_INTERVAL },
	{ 306, FIELD_SPACE },
	{ 309, FIELD_SIZE },
	{ 310, FIELD_POPULATION },
	{ 160, FIELD_INIT },
	{ 311, FIELD_PROBABILITY },
	{ 315, FIELD_SECTION },
	{ 104, FIELD_SECTION },
	{ 313, FIELD_SECTION },
	{ 317, FIELD_SECTION },
	/* no addresses in these: taken so that they are counted as sections nobody can read */
	{ 314, FIELD_SECTION },
	{ 316, FIELD_SECTION },
	{ 312, FIELD_FRAME_LEN },
	{ 103, FIELD_FRAME_LEN },
	{ 408, FIELD_FRAME_TYPE },
	{ 410, FIELD_EXPORTED },
	{ 409, FIELD_SKIPPED },
	{ 102, FIELD_SKIPPED },
	{ REVERSE | 1, FIELD_REVERSE_BYTES },
	{ REVERSE | 85, FIELD_REVERSE_BYTES },
	{ 232, FIELD_REVERSE_BYTES },
	{ REVERSE | 2, FIELD_REVERSE_PACKETS },
	{ REVERSE | 86, FIELD_REVERSE_PACKETS },
	{ 299, FIELD_REVERSE_PACKETS },
};
#define ELEMENTS_N (sizeof(elements) / sizeof(*elements))

struct specifier {
	uint16_t ie, len;
};

static struct specifier
next_specifier(struct rd *r, const struct plan_form *form, unsigned i)
{
	struct specifier s = { .ie = rd_u16(r), .len = rd_u16(r) };

	if ((s.ie & 0x8000) != 0 && (!form->pen || rd_u32(r) != REVERSE_PEN))
		s.ie = NO_ELEMENT;
	if (form->scopes_foreign && i < form->scopes)
		s.ie = NO_ELEMENT;
	return s;
}

/* The row for an element whose length can be read, or -1. */
static int
element_find(struct specifier s)
{
	for (unsigned i = 0; i < ELEMENTS_N; i++) {
		const struct target *t = &targets[elements[i].field];

		if (elements[i].ie != s.ie)
			continue;
		if (elements[i].field == FIELD_SECTION)
			return s.len > 0 ? (int)i : -1;
		if (t->addr ? s.len != t->width : s.len == 0 || s.len > 8)
			return -1;
		return (int)i;
	}
	return -1;
}

/* Which field of the template is taken for which target: the best row, of equal ones the first. */
struct winners {
	int16_t row[FIELD_N];		/* -1: none */
	uint16_t at[FIELD_N];		/* its place in the template */
};

static void
winners_pick(struct winners *w, struct rd r, const struct plan_form *form)
{
	memset(w->row, -1, sizeof(w->row));
	for (unsigned i = 0; i < form->fields; i++) {
		int row = element_find(next_specifier(&r, form, i));
		unsigned field;

		if (row < 0)
			continue;
		field = elements[row].field;
		if (w->row[field] >= 0 && w->row[field] <= row)
			continue;
		w->row[field] = (int16_t)row;
		w->at[field] = (uint16_t)i;
	}
}

static bool
is_section(uint16_t ie)
{
	return (ie >= 313 && ie <= 317) || ie == 104;
}

/* How many sections of packets stand before the one that is taken. */
static unsigned
sections_before(const struct winners *w, struct rd r, const struct plan_form *form)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->at[FIELD_SECTION]; i++)
		n += is_section(next_specifier(&r, form, i).ie);
	return n;
}

/* The first such field is the first section's, and so on, wherever they stand (IANA, 409). */
static void
winners_pair(struct winners *w, enum plan_field field, struct rd r, const struct plan_form *form)
{
	unsigned before;

	if (w->row[field] < 0 || w->row[FIELD_SECTION] < 0)
		return;
	before = sections_before(w, r, form);
	for (unsigned i = 0; i < form->fields; i++) {
		int row = element_find(next_specifier(&r, form, i));

		if (row < 0 || elements[row].field != field || before-- > 0)
			continue;
		w->row[field] = (int16_t)row;
		w->at[field] = (uint16_t)i;
		return;
	}
	w->row[field] = -1;
}

static uint16_t
winner_ie(const struct winners *w, enum plan_field field)
{
	return w->row[field] >= 0 ? elements[w->row[field]].ie : 0;
}

/* A plan being written: where in the record we are. */
struct writer {
	struct plan *p;
	struct lanes_map map;
	uint32_t len;		/* of the whole record so far */
	uint32_t pos;		/* in the segment */
	int segment;		/* index of the op that opened it, or -1 */
	bool full;
};

static struct plan_op *
writer_add(struct writer *w, struct plan_op op)
{
	if (w->p->ops_n == PLAN_OPS) {
		w->full = true;
		return NULL;
	}
	w->p->ops[w->p->ops_n] = op;
	return &w->p->ops[w->p->ops_n++];
}

/* Fields of variable length in a row are one step; what follows them is a segment of its own. */
static void
writer_variable(struct writer *w, bool section)
{
	struct plan_op *last = w->p->ops_n > 0 ? &w->p->ops[w->p->ops_n - 1] : NULL;

	w->len++;
	if (last != NULL && last->load == PLAN_VAR && !section) {
		last->off++;
		return;
	}
	if (w->segment >= 0)
		w->p->ops[w->segment].off = (uint16_t)w->pos;
	writer_add(w, (struct plan_op){ .load = section ? PLAN_VAR_SECTION : PLAN_VAR, .off = 1 });
	w->segment = -1;
	w->pos = 0;
}

/* Numbers are cut or filled at their upper end; uptimes are 32 bits wide (RFC 7011, 6.1.7). */
static void
map_bytes(struct lanes_map *m, const struct target *t, uint32_t pos, unsigned len, bool uptime)
{
	unsigned width = uptime ? 4 : t->width;

	for (unsigned i = 0; i < width && i < len; i++)
		m->from[t->to + i] = (int32_t)(t->addr ? pos + i : pos + len - 1 - i);
}

static void
writer_wanted(struct writer *w, unsigned len, enum plan_field field, bool uptime)
{
	const struct target *t = &targets[field];
	uint16_t to = t->to;

	if (field == FIELD_SRC6 && w->p->both)
		to = offsetof(struct record, src6);
	if (field == FIELD_DST6 && w->p->both)
		to = offsetof(struct record, dst6);
	if (w->pos + len > UINT16_MAX)
		return;
	if (field == FIELD_SECTION)
		writer_add(w, (struct plan_op){ .load = PLAN_SECTION, .off = (uint16_t)w->pos,
			.to = (uint16_t)len });
	if (field == FIELD_PROBABILITY)
		w->p->probability_len = (uint8_t)len;
	if (t->width == 0)
		return;
	if (!w->p->variable && to < LANES * LANE)
		map_bytes(&w->map, t, w->pos, len, uptime);
	else
		writer_add(w,
		    (struct plan_op){ .load = t->addr ? PLAN_ADDR : PLAN_NUMBER,
			.len = (uint8_t)len,
			.width = t->width,
			.off = (uint16_t)w->pos,
			.to = to });
}

static void
writer_fixed(struct writer *w, struct specifier s, int field)
{
	if (w->p->variable && w->segment < 0 && !w->full) {
		w->segment = (int)w->p->ops_n;
		writer_add(w, (struct plan_op){ .load = PLAN_SEGMENT });
	}
	if (field >= 0)
		writer_wanted(w, s.len, (enum plan_field)field, s.ie == 21 || s.ie == 22);
	w->pos += s.len;
	w->len += s.len;
}

static uint8_t
times_of(const struct plan *p)
{
	if (p->start_ie == 22 && p->end_ie == 21)
		return TIMES_UPTIME;
	if (p->start_ie == 152 && p->end_ie == 153)
		return TIMES_MS;
	return p->start_ie + p->end_ie + p->duration_ie == 0 ? TIMES_NONE : TIMES_OTHER;
}

static void
plan_describe(struct plan *p, const struct winners *w)
{
	const uint64_t v4 = FIELD(SRC4) | FIELD(DST4),
		v6 = FIELD(SRC6) | FIELD(DST6);
	const uint64_t counts = FIELD(BYTES) | FIELD(PACKETS);

	for (unsigned i = 0; i < FIELD_N; i++) {
		if (w->row[i] < 0)
			continue;
		p->fields |= 1ull << i;
		p->has |= targets[i].has;
	}
	p->both = (p->fields & v4) != 0 && (p->fields & v6) != 0;
	if (!p->both)
		p->family = (p->fields & v4) != 0 ? 4 : (p->fields & v6) != 0 ? 6 : 0;
	if ((p->fields & FIELD(EVENT)) != 0 && (p->fields & counts) == 0)
		p->has |= FLOW_EVENT;
	p->samples = (p->fields & (FIELD(SAMPLER) | FIELD(RATE) | FIELD(INTERVAL) |
		FIELD(POPULATION) | FIELD(PROBABILITY))) != 0;
	p->start_ie = winner_ie(w, FIELD_START);
	p->end_ie = winner_ie(w, FIELD_END);
	p->duration_ie = winner_ie(w, FIELD_DURATION);
	p->section_ie = winner_ie(w, FIELD_SECTION);
	p->times = times_of(p);
}

/* Reads all specifiers once, to know that they are there and whether lengths vary. */
static bool
survey(struct rd *r, const struct plan_form *form, bool *ret_variable)
{
	bool variable = false;

	for (unsigned i = 0; i < form->fields && rd_ok(r); i++)
		variable |= next_specifier(r, form, i).len == VARIABLE;
	*ret_variable = variable;
	return rd_ok(r);
}

enum refusal
plan_compile(struct plan *ret, struct rd *r, const struct plan_form *form)
{
	struct rd again = *r;
	struct winners w;
	struct writer out = { .p = ret, .segment = -1 };

	lanes_map_init(&out.map);
	memset(ret, 0, offsetof(struct plan, ops));
	if (!survey(r, form, &ret->variable))
		return REFUSED_TEMPLATE_SHORT;
	ret->options = form->options;
	winners_pick(&w, again, form);
	winners_pair(&w, FIELD_EXPORTED, again, form);
	winners_pair(&w, FIELD_SKIPPED, again, form);
	plan_describe(ret, &w);

	for (unsigned i = 0; i < form->fields; i++) {
		struct specifier s = next_specifier(&again, form, i);
		int row = element_find(s);
		bool wanted = row >= 0 && w.at[elements[row].field] == i;

		if (s.len == VARIABLE)
			writer_variable(&out, wanted && elements[row].field == FIELD_SECTION);
		else
			writer_fixed(&out, s, wanted ? elements[row].field : -1);
	}
	if (out.segment >= 0)
		ret->ops[out.segment].off = (uint16_t)out.pos;
	if (out.full || out.len > UINT16_MAX)
		return REFUSED_TEMPLATE_LONG;
	ret->len = (uint16_t)out.len;
	if (out.len == 0)
		return REFUSED_TEMPLATE_EMPTY;
	if (!ret->variable && !lanes_compile(&ret->lanes, &out.map, ret->len))
		return REFUSED_TEMPLATE_LONG;
	return REFUSED_N;
}

/* A number of 1 to 8 bytes (RFC 7011, 6.2: reduced size) into a member of 1, 2, 4 or 8. */
static void
load_number(const struct plan_op *op, const uint8_t *segment, struct record *rec)
{
	struct rd r = rd_of(segment + op->off, op->len);
	uint8_t *to = (uint8_t *)rec + op->to;
	uint64_t v = rd_uint(&r, op->len);
	uint32_t v32 = (uint32_t)v;
	uint16_t v16 = (uint16_t)v;

	switch (op->width) {
	case 1:
		*to = (uint8_t)v;
		break;
	case 2:
		memcpy(to, &v16, 2);
		break;
	case 4:
		memcpy(to, &v32, 4);
		break;
	default:
		memcpy(to, &v, 8);
		break;
	}
}

/* The compiler of the plan keeps off + len within the segment. */
static void
load(const struct plan_op *op, const uint8_t *segment, struct record *rec)
{
	if (op->load == PLAN_SECTION) {
		rec->section = segment + op->off;
		rec->section_len = op->to;
	} else if (op->load == PLAN_NUMBER)
		load_number(op, segment, rec);
	else
		memcpy((uint8_t *)rec + op->to, segment + op->off, op->width);
}

void
plan_load_rest(const struct plan *p, const uint8_t *bytes, struct record *ret)
{
	for (const struct plan_op *op = p->ops; op < p->ops + p->ops_n; op++)
		load(op, bytes, ret);
}

/* RFC 7011, 7. */
static struct rd
next_variable(struct rd *r)
{
	unsigned len = rd_u8(r);

	if (len == 255)
		len = rd_u16(r);
	return rd_sub(r, len);
}

static void
skip_variable(struct rd *r, unsigned n)
{
	while (n-- > 0 && rd_ok(r))
		next_variable(r);
}

static void
refer_variable(struct rd *r, struct record *rec)
{
	struct rd field = next_variable(r);

	rec->section = field.p;
	rec->section_len = rd_left(&field);
}

static bool
read_variable(const struct plan *p, struct rd *r, struct record *ret)
{
	const uint8_t *segment = NULL;

	for (const struct plan_op *op = p->ops; op < p->ops + p->ops_n && rd_ok(r); op++) {
		if (op->load == PLAN_SEGMENT)
			segment = rd_bytes(r, op->off);
		else if (op->load == PLAN_VAR)
			skip_variable(r, op->off);
		else if (op->load == PLAN_VAR_SECTION)
			refer_variable(r, ret);
		else
			load(op, segment, ret);
	}
	return rd_ok(r);
}

bool
plan_read(const struct plan *p, struct rd *r, struct record *ret)
{
	static const struct lanes_common nothing;
	const uint8_t *bytes;

	if (p->variable)
		return read_variable(p, r, ret);
	bytes = rd_bytes(r, p->len);
	if (bytes == NULL)
		return false;
	lanes_load_portable(&p->lanes, bytes, p->len, 1, &nothing, &ret->f);
	plan_load_rest(p, bytes, ret);
	return true;
}
