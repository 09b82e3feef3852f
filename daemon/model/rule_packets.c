/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which packets a rule is about, for people who have never seen one: a noun, and a phrase for each
 * component that the noun does not say already.  Two rules that match differently are said
 * differently.
 */
#include "model/rule_packets.h"

#include <string.h>

#include "base/lang.h"
#include "model/rule_field.h"
#include "model/signature.h"

#define LIST_MAX 1024
#define LENGTH_MAX 65535
#define HEADER4 20	/* bytes; nothing is shorter */
#define HEADER6 40
#define FLAGS_COMMON 0x3f	/* FIN to URG: the others are not for all to see */

/* In the order of rule_fields, without proto and length, which have phrases of their own. */
static const struct {
	const char *one, *more;
} phrases[RULE_FIELDS_N] = {
	{ NULL, NULL },
	{ N_(" from or to port %s"), N_(" from or to ports %s") },
	{ N_(" to port %s"), N_(" to ports %s") },
	{ N_(" from port %s"), N_(" from ports %s") },
	{ N_(" of ICMP type %s"), N_(" of ICMP types %s") },
	{ N_(" of ICMP code %s"), N_(" of ICMP codes %s") },
	{ NULL, NULL },
	{ N_(" of priority %s (DSCP)"), N_(" of priorities %s (DSCP)") },
	{ N_(" with flow label %s"), N_(" with flow labels %s") },
};

/* Before the i-th of n: nothing, a comma, or the word that joins the last one. */
static const char *
joint(unsigned i, unsigned n, const char *last)
{
	return i == 0 ? "" : i + 1 < n ? ", " : last;
}

static bool
single(const struct ranges *l)
{
	return l->n == 1 && l->r[0].from == l->r[0].to;
}

static bool
ranges_same(const struct ranges *a, const struct ranges *b)
{
	return a->n == b->n && memcmp(a->r, b->r, a->n * sizeof(*a->r)) == 0;
}

static void
ranges_words(struct text *out, const struct ranges *l)
{
	for (unsigned i = 0; i < l->n; i++) {
		text_add(out, joint(i, l->n, _(" or ")));
		if (l->r[i].from == l->r[i].to)
			text_printf(out, "%u", l->r[i].from);
		else
			text_printf(out, _("%1$u to %2$u"), l->r[i].from, l->r[i].to);
	}
}

/* ---- the noun ------------------------------------------------------------ */

static void
protocol_words(struct text *out, struct range r)
{
	static const struct { uint16_t number; const char *name; } known[] = {
		{ 1, "ICMP" }, { 2, "IGMP" }, { 6, "TCP" }, { 17, "UDP" }, { 47, "GRE" },
		{ 50, "ESP" }, { 58, "ICMPv6" }, { 132, "SCTP" },
	};

	if (r.from != r.to) {
		text_printf(out, _("protocol %1$u to %2$u"), r.from, r.to);
		return;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (known[i].number == r.from) {
			text_add(out, known[i].name);
			return;
		}
	}
	text_printf(out, _("protocol %u"), r.from);
}

static void
protocols_words(struct text *out, const struct ranges *l)
{
	for (unsigned i = 0; i < l->n; i++) {
		text_add(out, joint(i, l->n, _(" or ")));
		protocol_words(out, l->r[i]);
	}
}

static bool
only_destination(const struct rule *r)
{
	for (unsigned i = 0; i < RULE_FIELDS_N; i++)
		if (rule_ranges_of(r, &rule_fields[i])->n != 0)
			return false;
	return r->tcp_flags.n == 0 && r->fragment.n == 0 && r->src.family == 0;
}

static void
unnamed(struct text *out, const struct rule *r)
{
	struct text names;

	if (r->proto.n == 0) {
		text_add(out, only_destination(r) ? _("all packets") : _("packets"));
		return;
	}
	text_init(&names, LIST_MAX);
	protocols_words(&names, &r->proto);
	text_printf(out, _("%s packets"), text_str(&names));
	text_fini(&names);
}

/* What the noun says of the match is left out behind it. */
static void
noun(struct text *out, const struct signatures *known, const struct rule *r, struct rule *ret_said)
{
	const struct signature *parts[RANGES_MAX];
	unsigned n = known != NULL ? signature_parts(known, r, parts) : 0;

	for (unsigned i = 0; i < n; i++) {
		text_add(out, joint(i, n, _(" or ")));
		text_add(out, signature_words(parts[i]));
	}
	if (n == 0)
		unnamed(out, r);
	*ret_said = n == 1 ? parts[0]->match : (struct rule){ .proto = r->proto };
	if (n > 1)
		ret_said->sport = r->sport;
}

/* ---- the phrases --------------------------------------------------------- */

static void
size_words(struct text *out, struct range r, unsigned least)
{
	if (r.from == r.to)
		text_printf(out, _("of %u bytes"), r.from);
	else if (r.to == LENGTH_MAX && r.from > least)
		text_printf(out, _("larger than %u bytes"), r.from - 1);
	else if (r.from <= least && r.to < LENGTH_MAX)
		text_printf(out, _("of at most %u bytes"), r.to);
	else
		text_printf(out, _("of %1$u to %2$u bytes"), r.from, r.to);
}

static void
sizes_words(struct text *out, const struct rule *r)
{
	for (unsigned i = 0; i < r->length.n; i++) {
		text_add(out, i == 0 ? " " : joint(i, r->length.n, _(" or ")));
		size_words(out, r->length.r[i], r->dst.family == 6 ? HEADER6 : HEADER4);
	}
}

static void
field_words(struct text *out, const struct rule *r, unsigned field)
{
	const struct ranges *l = rule_ranges_of(r, &rule_fields[field]);
	struct text list;

	text_init(&list, LIST_MAX);
	if (l == &r->proto) {
		protocols_words(&list, l);
		text_printf(out, _(" (only %s)"), text_str(&list));
	} else if (l == &r->length) {
		sizes_words(out, r);
	} else {
		ranges_words(&list, l);
		text_printf(out, single(l) ? _(phrases[field].one) : _(phrases[field].more),
		    text_str(&list));
	}
	text_fini(&list);
}

static void
flag_names(struct text *out, uint16_t bits, const char *last)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR",
		"AE" };
	unsigned n = (unsigned)__builtin_popcount(bits), said = 0;

	for (unsigned i = 0; i < 12; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		text_add(out, joint(said++, n, last));
		if (i < sizeof(names) / sizeof(*names))
			text_add(out, names[i]);
		else
			text_printf(out, _("bit %u"), i + 1);
	}
}

static void
flags_phrase(struct text *out, const char *phrase, uint16_t bits, const char *last)
{
	struct text names;

	if (bits == 0)
		return;
	text_init(&names, LIST_MAX);
	flag_names(&names, bits, last);
	text_printf(out, phrase, text_str(&names));
	text_fini(&names);
}

/* What nearly every rule asks: these of the six that all TCP has, and no other. */
static void
flags_alone(struct text *out, uint16_t bits)
{
	if (bits == 0)
		text_add(out, _(" without any mark"));
	flags_phrase(out, _(" marked %s alone"), bits, _(" and "));
}

static void
flags_words(struct text *out, const struct bits *b)
{
	for (unsigned i = 0; i < b->n; i++) {
		uint16_t without = b->t[i].mask & (uint16_t)~b->t[i].value;

		if (i > 0)
			text_add(out, _(", or"));
		if (b->t[i].mask == FLAGS_COMMON) {
			flags_alone(out, b->t[i].value);
			continue;
		}
		flags_phrase(out, _(" marked %s"), b->t[i].value, _(" and "));
		if (b->t[i].value != 0 && without != 0)
			text_add(out, _(" and"));
		flags_phrase(out, _(" not marked %s"), without, _(" or "));
	}
}

/* RFC 8955 4.2.2.12: "is" matches the ones after the first. */
static void
fragment_term_words(struct text *out, struct bits_term t)
{
	static const char *const names[FRAGMENTS_N] = {
		N_("packets that may not be cut"), N_("fragments after the first"),
		N_("first fragments"), N_("last fragments"),
	};
	const char *before = "";

	/* first what they are, then what they are not */
	for (unsigned i = 0; i < 2 * FRAGMENTS_N; i++) {
		bool is = i < FRAGMENTS_N;
		uint8_t bit = rule_fragments[i % FRAGMENTS_N].bit;

		if ((t.mask & bit) == 0 || ((t.value & bit) != 0) != is)
			continue;
		text_add(out, before);
		text_printf(out, is ? "%s" : _("no %s"), _(names[i % FRAGMENTS_N]));
		before = _(", and at once ");
	}
}

static void
fragment_words(struct text *out, const struct bits *b)
{
	struct text list;

	text_init(&list, LIST_MAX);
	for (unsigned i = 0; i < b->n; i++) {
		text_add(&list, joint(i, b->n, _(" or ")));
		fragment_term_words(&list, b->t[i]);
	}
	text_printf(out, _(" (only %s)"), text_str(&list));
	text_fini(&list);
}

void
rule_packets(struct text *out, const struct rule *r, const struct signatures *known)
{
	char buf[PREFIX_STRLEN];
	struct rule said;

	noun(out, known, r, &said);
	for (unsigned i = 0; i < RULE_FIELDS_N; i++) {
		const struct ranges *l = rule_ranges_of(r, &rule_fields[i]);

		if (l->n != 0 && !ranges_same(l, rule_ranges_of(&said, &rule_fields[i])))
			field_words(out, r, i);
	}
	if (r->tcp_flags.n != 0 && !bits_eq(&r->tcp_flags, &said.tcp_flags))
		flags_words(out, &r->tcp_flags);
	if (r->fragment.n != 0 && !bits_eq(&r->fragment, &said.fragment))
		fragment_words(out, &r->fragment);
	if (r->src.family != 0)
		text_printf(out, _(" that come from %s"),
		    prefix_is_host(&r->src) ? prefix_addr_str(&r->src, buf)
					    : prefix_str(&r->src, buf));
}
