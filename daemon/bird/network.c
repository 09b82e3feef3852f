/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bird/network.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prefix.h"

#define CUT_MARK " ...}"

/* So does BIRD print where a route leads that is no blackhole. */
static const char *const marks[RULE_KINDS] = {
	[RULE_RTBH] = "", [RULE_FLOWSPEC] = "", [RULE_DIVERT] = " unreachable",
	[RULE_SOURCE] = " prohibit",
};

static void
print_ranges(struct text *out, const char *name, const struct ranges *l)
{
	for (unsigned i = 0; i < l->n; i++) {
		text_printf(out, "%s%s%u", i == 0 ? name : ",", i == 0 ? " " : "", l->r[i].from);
		if (l->r[i].to != l->r[i].from)
			text_printf(out, "..%u", l->r[i].to);
	}
	if (l->n != 0)
		text_add(out, "; ");
}

/* BIRD takes VALUE/MASK apart into "all of these" and "none of those". */
static void
print_flags(struct text *out, const struct bits *b)
{
	const char *before = "tcp flags ";

	for (unsigned i = 0; i < b->n; i++) {
		unsigned set = b->t[i].value, unset = b->t[i].mask & ~set;

		text_add(out, before);
		if (set != 0)
			text_printf(out, "0x%x/0x%x", set, set);
		if (set != 0 && unset != 0)
			text_add(out, " && ");
		if (unset != 0)
			text_printf(out, "0x0/0x%x", unset);
		before = " || ";
	}
	if (b->n != 0)
		text_add(out, "; ");
}

static void
print_fragment(struct text *out, const struct bits *b)
{
	static const struct { uint8_t bit; const char *name; } names[] = {
		{ FRAGMENT_DONT, "dont_fragment" }, { FRAGMENT_IS, "is_fragment" },
		{ FRAGMENT_FIRST, "first_fragment" }, { FRAGMENT_LAST, "last_fragment" },
	};

	for (unsigned i = 0; i < b->n; i++) {
		const char *before = i == 0 ? "fragment " : " || ";

		for (unsigned k = 0; k < sizeof(names) / sizeof(*names); k++) {
			if ((b->t[i].mask & names[k].bit) == 0)
				continue;
			text_printf(out, "%s%s%s", before,
			    (b->t[i].value & names[k].bit) != 0 ? "" : "!", names[k].name);
			before = " && ";
		}
	}
	if (b->n != 0)
		text_add(out, "; ");
}

void
network_text(struct text *out, const struct rule *r)
{
	char buf[PREFIX_STRLEN];

	if (r->kind != RULE_FLOWSPEC) {
		text_printf(out, "%s%s", prefix_str(&r->dst, buf), marks[r->kind]);
		return;
	}
	text_printf(out, "flow%u { dst %s; ", r->dst.family, prefix_str(&r->dst, buf));
	if (r->src.family != 0)
		text_printf(out, "src %s; ", prefix_str(&r->src, buf));
	print_ranges(out, r->dst.family == 6 ? "next header" : "proto", &r->proto);
	print_ranges(out, "port", &r->port);
	print_ranges(out, "dport", &r->dport);
	print_ranges(out, "sport", &r->sport);
	print_ranges(out, "icmp type", &r->icmp_type);
	print_ranges(out, "icmp code", &r->icmp_code);
	print_flags(out, &r->tcp_flags);
	print_ranges(out, "length", &r->length);
	print_ranges(out, "dscp", &r->dscp);
	print_fragment(out, &r->fragment);
	print_ranges(out, "label", &r->label);
	text_add(out, "}");
}

static bool
read_flow(struct network *ret, const char *line)
{
	const char *end = strchr(line, '}');
	size_t n = end != NULL ? (size_t)(end - line) + 1 : 0, mark = strlen(CUT_MARK);

	if (n == 0 || n >= sizeof(ret->text))
		return false;
	ret->flow = true;
	ret->cut = n > mark && memcmp(line + n - mark, CUT_MARK, mark) == 0;
	if (ret->cut)
		n -= mark;
	memcpy(ret->text, line, n);
	ret->text[n] = '\0';
	return true;
}

static const char *
mark_of(const char *line)
{
	for (unsigned k = 0; k < RULE_KINDS; k++)
		if (marks[k][0] != '\0' && strncmp(line, marks[k] + 1, strlen(marks[k]) - 1) == 0)
			return marks[k];
	return "";
}

bool
network_read(struct network *ret, const char *line)
{
	size_t n = strcspn(line, " \t");
	struct prefix p;
	char buf[PREFIX_STRLEN];

	if (strncmp(line, "flow4 {", 7) == 0 || strncmp(line, "flow6 {", 7) == 0)
		return read_flow(ret, line);
	if (n == 0 || n >= sizeof(buf))
		return false;
	memcpy(buf, line, n);
	buf[n] = '\0';
	if (strchr(buf, '/') == NULL || prefix_parse(&p, buf) != 0)
		return false;
	ret->flow = ret->cut = false;
	line += n + strspn(line + n, " \t");
	snprintf(ret->text, sizeof(ret->text), "%s%s", prefix_str(&p, buf), mark_of(line));
	return true;
}

void
netset_init(struct netset *s)
{
	*s = (struct netset){ 0 };
}

void
netset_fini(struct netset *s)
{
	free(s->all);
	netset_init(s);
}

void
netset_clear(struct netset *s)
{
	if (s->all != NULL)
		memset(s->all, 0, s->room * sizeof(*s->all));
	s->n = 0;
	s->cuts_n = 0;
}

/* FNV-1a; never 0, which marks a free place. */
static uint64_t
hash(const char *text, size_t len, bool cut)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ cut;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return h != 0 ? h : 1;
}

static struct netset_entry *
place(const struct netset *s, uint64_t key)
{
	size_t i = (key ^ key >> 29) & (s->room - 1);

	while (s->all[i].key != 0 && s->all[i].key != key)
		i = (i + 1) & (s->room - 1);
	return &s->all[i];
}

static int
grow(struct netset *s)
{
	struct netset bigger = *s;

	bigger.room = s->room != 0 ? s->room * 2 : 256;
	bigger.all = calloc(bigger.room, sizeof(*bigger.all));
	if (bigger.all == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < s->room; i++)
		if (s->all[i].key != 0)
			*place(&bigger, s->all[i].key) = s->all[i];
	free(s->all);
	*s = bigger;
	return 0;
}

static void
note_cut(struct netset *s, size_t len)
{
	for (unsigned i = 0; i < s->cuts_n; i++)
		if (s->cuts[i] == len)
			return;
	if (s->cuts_n < NETSET_CUTS_MAX)
		s->cuts[s->cuts_n++] = len;
}

int
netset_add(struct netset *s, const char *text, bool cut)
{
	size_t len = strlen(text);
	struct netset_entry *e;

	if (s->n * 2 >= s->room && grow(s) != 0)
		return -ENOMEM;
	if (cut)
		note_cut(s, len);
	e = place(s, hash(text, len, cut));
	s->n += e->key == 0;
	e->key = hash(text, len, cut);
	e->count++;
	return 0;
}

bool
netset_find(struct netset *s, const char *text)
{
	size_t len = strlen(text);

	if (s->room == 0)
		return false;
	if (place(s, hash(text, len, false))->count > 0)
		return true;
	for (unsigned i = 0; i < s->cuts_n; i++) {
		struct netset_entry *e;

		if (s->cuts[i] >= len)
			continue;
		e = place(s, hash(text, s->cuts[i], true));
		if (e->count == 0)
			continue;
		e->count--;
		return true;
	}
	return false;
}

unsigned
netset_count(const struct netset *s, const char *text)
{
	return s->room != 0 ? place(s, hash(text, strlen(text), false))->count : 0;
}

bool
netset_has_cut(const struct netset *s, const char *text)
{
	return s->room != 0 && place(s, hash(text, strlen(text), true))->count > 0;
}
