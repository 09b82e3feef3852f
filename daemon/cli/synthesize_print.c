/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/synthesize_print.h"

#include <jansson.h>
#include <stdio.h>

#include "base/lang.h"

#define TEXT_MAX (1 << 20)

/* ---- JSON ------------------------------------------------------------------------------------------------- */

/* j is stolen. */
static void
put_line(json_t *j)
{
	json_dumpf(j, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(j);
}

static void
rule_line(const struct synth_rule *r)
{
	json_t *j = rule_json(&r->rule);

	json_object_set_new(j, "attack_share", json_real(r->attack));
	json_object_set_new(j, "attack_share_more", json_real(r->attack_more));
	json_object_set_new(j, "reference_share", json_real(r->reference));
	json_object_set_new(j, "reference_share_upper", json_real(r->reference_upper));
	json_object_set_new(j, "routes", json_integer(r->routes));
	if (r->named != NULL)
		json_object_set_new(j, "vector", json_string(r->named->name));
	put_line(j);
}

static json_t *
capture_json(const struct gathered *g, unsigned looked_at)
{
	return json_pack("{s:s,s:I,s:I,s:i}", "kind", g->flows ? "flows" : "packets", "packets", (json_int_t)g->packets,
	    "records", (json_int_t)urn_offered(g->records), "drawn", (int)looked_at);
}

void
synthesized_json(const struct separated *s, double seconds)
{
	const struct synth_result *a = &s->all;

	for (unsigned i = 0; i < a->n; i++)
		rule_line(&a->rules[i]);
	put_line(json_pack("{s:s,s:i,s:i,s:f,s:f,s:f,s:f,s:b,s:s,s:b,s:o,s:o}", "type", "summary", "rules", (int)a->n,
	    "routes", (int)a->routes, "coverage", a->coverage, "collateral", a->collateral, "collateral_upper",
	    a->collateral_upper, "seconds", seconds, "separable", a->separable, "why", synth_why_name(a->why),
	    "reference_as_target", s->as_target, "attack", capture_json(&s->attack, a->attack_n), "reference",
	    capture_json(&s->reference, a->reference_n)));
}

/* ---- text ------------------------------------------------------------------------------------------------- */

static void
put_capture(const char *what, const struct gathered *g, unsigned looked_at)
{
	printf(g->flows ? _("%1$s: flow records, %2$llu, of which %3$u were looked at\n")
			: _("%1$s: packets, %2$llu, of which %3$u were looked at\n"),
	    what, (unsigned long long)urn_offered(g->records), looked_at);
}

static void
put_rule(unsigned number, const struct synth_rule *r)
{
	struct text words;

	text_init(&words, TEXT_MAX);
	rule_words(&words, &r->rule);
	printf("\n%u. %s\n   ", number, text_str(&words));
	text_fini(&words);
	printf(_("takes %1$.2f %% of the attack, %2$.2f %% that no rule before took;"), r->attack * 100,
	    r->attack_more * 100);
	printf("\n   ");
	printf(_("of the reference %1$.3f %%, at most %2$.3f %%"), r->reference * 100, r->reference_upper * 100);
	text_init(&words, TEXT_MAX);
	rule_bird(&words, &r->rule);
	printf("\n   %s\n", text_str(&words));
	text_fini(&words);
}

static void
put_verdict(const struct synth_result *a)
{
	struct text words;

	text_init(&words, TEXT_MAX);
	synth_say(&words, a);
	printf("%s\n", text_str(&words));
	text_fini(&words);
}

void
synthesized_text(const struct separated *s, double seconds)
{
	const struct synth_result *a = &s->all;

	put_capture(_("attack"), &s->attack, a->attack_n);
	put_capture(_("reference"), &s->reference, a->reference_n);
	if (s->as_target)
		printf("%s\n", _("nothing in the reference goes where the attack goes: all of it is taken as if it did"));
	for (unsigned i = 0; i < a->n; i++)
		put_rule(i + 1, &a->rules[i]);
	putchar('\n');
	if (a->n > 0)
		printf(_("together: %1$.2f %% of the attack, and of the reference %2$.3f %%, at most %3$.3f %% (95 of 100 times)\n"),
		    a->coverage * 100, a->collateral * 100, a->collateral_upper * 100);
	put_verdict(a);
	printf(_("found in %.3f s\n"), seconds);
}
