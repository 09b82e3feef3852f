/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules in the syntax of BIRD 2, for the fragment. */
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
flags_bird(struct text *out, const struct bits *b)
{
	for (unsigned i = 0; i < b->n; i++)
		text_printf(out, "%s0x%02x/0x%02x", i == 0 ? " tcp flags " : " || ", b->t[i].value,
		    b->t[i].mask);
	if (b->n != 0)
		text_add(out, ";");
}

static void
fragment_bird(struct text *out, const struct bits *b)
{
	for (unsigned i = 0; i < b->n; i++) {
		const char *before = i == 0 ? " fragment " : " || ";

		for (unsigned k = 0; k < FRAGMENTS_N; k++) {
			uint8_t bit = rule_fragments[k].bit;

			if ((b->t[i].mask & bit) == 0)
				continue;
			text_printf(out, "%s%s%s", before, (b->t[i].value & bit) != 0 ? "" : "!",
			    rule_fragments[k].bird);
			before = " && ";
		}
	}
	if (b->n != 0)
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
	flags_bird(out, &r->tcp_flags);
	fragment_bird(out, &r->fragment);
	text_add(out, " }");
}
