/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules for people who have never seen one, in the language of lang_set(). */
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"
#include "model/rule_field.h"

#define PHRASE_MAX 512

/* In the order of rule_fields, without proto, which names the packets themselves. */
static const struct {
	const char *one, *more;
} phrases[RULE_FIELDS_N] = {
	{ NULL, NULL },
	{ N_(" from or to port %s"), N_(" from or to ports %s") },
	{ N_(" to port %s"), N_(" to ports %s") },
	{ N_(" from port %s"), N_(" from ports %s") },
	{ N_(" of ICMP type %s"), N_(" of ICMP types %s") },
	{ N_(" of ICMP code %s"), N_(" of ICMP codes %s") },
	{ N_(" of %s bytes"), N_(" of %s bytes") },
	{ N_(" with DSCP %s"), N_(" with DSCP %s") },
	{ N_(" with flow label %s"), N_(" with flow labels %s") },
};

static bool
single(const struct ranges *l)
{
	return l->n == 1 && l->r[0].from == l->r[0].to;
}

static void
ranges_words(struct text *out, const struct ranges *l)
{
	for (unsigned i = 0; i < l->n; i++) {
		text_printf(out, "%s%u", i > 0 ? ", " : "", l->r[i].from);
		if (l->r[i].to != l->r[i].from)
			text_printf(out, "-%u", l->r[i].to);
	}
}

static void
protocol_words(struct text *out, struct range r)
{
	static const struct { uint16_t number; const char *name; } known[] = {
		{ 1, "ICMP" }, { 2, "IGMP" }, { 6, "TCP" }, { 17, "UDP" }, { 47, "GRE" },
		{ 50, "ESP" }, { 58, "ICMPv6" }, { 132, "SCTP" },
	};

	if (r.from != r.to) {
		text_printf(out, _("protocol %u-%u"), r.from, r.to);
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

static bool
only_destination(const struct rule *r)
{
	for (unsigned i = 0; i < RULE_FIELDS_N; i++)
		if (rule_ranges_of(r, &rule_fields[i])->n != 0)
			return false;
	return r->tcp_flags.n == 0 && r->fragment.n == 0;
}

static void
which_packets(struct text *out, const struct rule *r)
{
	struct text names;

	if (r->proto.n == 0) {
		text_add(out, only_destination(r) ? _("all packets") : _("packets"));
		return;
	}
	text_init(&names, PHRASE_MAX);
	for (unsigned i = 0; i < r->proto.n; i++) {
		if (i > 0)
			text_add(&names, ", ");
		protocol_words(&names, r->proto.r[i]);
	}
	text_printf(out, _("%s packets"), text_str(&names));
	text_fini(&names);
}

static void
flag_names(struct text *out, uint16_t bits)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR",
		"AE" };
	const char *before = "";

	for (unsigned i = 0; i < 12; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		if (i < sizeof(names) / sizeof(*names))
			text_printf(out, "%s%s", before, names[i]);
		else
			text_printf(out, "%s0x%x", before, 1u << i);
		before = "+";
	}
}

static void
flags_phrase(struct text *out, const char *phrase, uint16_t bits)
{
	struct text names;

	if (bits == 0)
		return;
	text_init(&names, PHRASE_MAX);
	flag_names(&names, bits);
	text_printf(out, phrase, text_str(&names));
	text_fini(&names);
}

static void
flags_words(struct text *out, const struct bits *b)
{
	for (unsigned i = 0; i < b->n; i++) {
		if (i > 0)
			text_add(out, _(", or"));
		flags_phrase(out, _(" with %s set"), b->t[i].value);
		flags_phrase(out, _(" without %s"), b->t[i].mask & (uint16_t)~b->t[i].value);
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

	if (b->n == 0)
		return;
	text_init(&list, PHRASE_MAX);
	for (unsigned i = 0; i < b->n; i++) {
		if (i > 0)
			text_add(&list, ", ");
		fragment_term_words(&list, b->t[i]);
	}
	text_printf(out, _(" (only %s)"), text_str(&list));
	text_fini(&list);
}

static const char *
place(const struct prefix *p, char buf[static PREFIX_STRLEN])
{
	return prefix_is_host(p) ? prefix_addr_str(p, buf) : prefix_str(p, buf);
}

static void
packets_words(struct text *out, const struct rule *r)
{
	char buf[PREFIX_STRLEN];

	which_packets(out, r);
	for (unsigned i = 1; i < RULE_FIELDS_N; i++) {
		const struct ranges *l = rule_ranges_of(r, &rule_fields[i]);
		struct text list;

		if (l->n == 0)
			continue;
		text_init(&list, PHRASE_MAX);
		ranges_words(&list, l);
		text_printf(
		    out, single(l) ? _(phrases[i].one) : _(phrases[i].more), text_str(&list));
		text_fini(&list);
	}
	flags_words(out, &r->tcp_flags);
	fragment_words(out, &r->fragment);
	if (r->src.family != 0)
		text_printf(out, _(" that come from %s"), place(&r->src, buf));
}

/* What comes first in the sentence; returns the rest of what happens to the packets. */
static unsigned
main_action(struct text *out, const struct rule *r, const char *packets, const char *where)
{
	char rate[32], to[REDIRECT_STRLEN];

	if (r->rate_bps == 0) {
		text_printf(out, _("drop %1$s going to %2$s"), packets, where);
	} else if (!isinf(r->rate_bps)) {
		text_printf(out, _("limit %1$s going to %2$s to %3$s"), packets, where,
		    units_rate_str(r->rate_bps, "bit/s", rate, sizeof(rate)));
	} else if (r->redirect.form != REDIRECT_NONE) {
		text_printf(out, _("send %1$s going to %2$s to %3$s instead"), packets, where,
		    redirect_str(&r->redirect, to));
		return 1;
	} else if (r->has_mark) {
		text_printf(out, _("mark %1$s going to %2$s with DSCP %3$u"), packets, where, r->mark);
		return 2;
	} else if (r->sample) {
		text_printf(out, _("take samples of %1$s going to %2$s"), packets, where);
		return 3;
	} else {
		text_printf(out, _("do nothing to %1$s going to %2$s"), packets, where);
	}
	return 0;
}

static void
action_words(struct text *out, const struct rule *r, const char *packets, const char *where)
{
	unsigned said = main_action(out, r, packets, where);
	char to[REDIRECT_STRLEN];

	if (said < 1 && r->redirect.form != REDIRECT_NONE)
		text_printf(out, _(", send what is left to %s"), redirect_str(&r->redirect, to));
	if (said < 2 && r->has_mark)
		text_printf(out, _(", mark them with DSCP %u"), r->mark);
	if (said < 3 && r->sample)
		text_add(out, _(", take samples of them"));
	if (r->terminal)
		text_add(out, _(", and ask the rules that come after it, too"));
}

void
rule_words_for(struct text *out, const struct rule *r, const char *member)
{
	char buf[PREFIX_STRLEN], where[PREFIX_STRLEN + 96];
	struct text packets;

	snprintf(
	    where, sizeof(where), member != NULL ? "%s (%s)" : "%s", place(&r->dst, buf), member);
	if (r->kind == RULE_RTBH) {
		text_printf(out, _("drop everything sent to %s"), where);
		return;
	}
	if (r->kind == RULE_DIVERT) {
		text_printf(out, _("send everything that goes to %s through a provider that scrubs it"),
			    where);
		return;
	}
	if (r->kind == RULE_SOURCE) {
		text_printf(out, _("drop everything that comes from %s"), where);
		return;
	}
	text_init(&packets, 4096);
	packets_words(&packets, r);
	action_words(out, r, text_str(&packets), where);
	text_fini(&packets);
}

void
rule_words(struct text *out, const struct rule *r)
{
	rule_words_for(out, r, NULL);
}
