/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/synthesize_print.h"

#include <jansson.h>
#include <stdio.h>

#include "base/lang.h"
#include "cli/print.h"

#define TEXT_MAX (1 << 20)

/* ---- JSON ---------------------------------------------------------------- */

typedef void say_fn(struct text *out, const struct separated *s, const struct synth_rule *r);

static void
say_rule(struct text *out, const struct separated *s, const struct synth_rule *r)
{
	struct rule_names names = { .known = s->known };

	if (s->settings != NULL)
		names.member = settings_names(s->settings, &r->rule.dst).member;
	rule_words_for(out, &r->rule, &names);
}

static void
say_verdict(struct text *out, const struct separated *s, const struct synth_rule *r)
{
	(void)r;
	synth_verdict(out, &s->all, s->seconds);
}

/* In both languages. */
static json_t *
said(say_fn *say, const struct separated *s, const struct synth_rule *r)
{
	static const struct {
		enum lang lang;
		const char *name;
	} languages[] = { { LANG_EN, "en" }, { LANG_ES, "es" } };
	const enum lang was = lang_get();
	json_t *both = json_object();
	struct text words;

	text_init(&words, TEXT_MAX);
	for (size_t i = 0; i < sizeof(languages) / sizeof(*languages); i++) {
		text_clear(&words);
		lang_set(languages[i].lang);
		say(&words, s, r);
		json_object_set_new(both, languages[i].name, json_string(text_str(&words)));
	}
	lang_set(was);
	text_fini(&words);
	return both;
}

static json_t *
names(const struct separated *s, const struct synth_rule *r)
{
	const struct signature *parts[RANGES_MAX];
	unsigned n = signature_parts(s->known, &r->rule, parts);
	json_t *j = json_array();

	for (unsigned i = 0; i < n; i++)
		json_array_append_new(j, json_string(parts[i]->name));
	return j;
}

static void
rule_line(const struct separated *s, const struct synth_rule *r)
{
	json_t *j = rule_json(&r->rule);

	json_object_set_new(j, "attack_share", json_real(r->attack));
	json_object_set_new(j, "attack_share_more", json_real(r->attack_more));
	json_object_set_new(j, "reference_share", json_real(r->reference));
	json_object_set_new(j, "reference_share_upper", json_real(r->reference_upper));
	json_object_set_new(j, "routes", json_integer(r->routes));
	json_object_set_new(j, "vectors", names(s, r));
	json_object_set_new(j, "say", said(say_rule, s, r));
	print_line(j, 0);
}

static json_t *
capture_json(const struct gathered *g, unsigned looked_at)
{
	return json_pack("{s:s,s:I,s:I,s:i}", "kind", g->flows ? "flows" : "packets", "packets",
	    (json_int_t)g->packets, "records", (json_int_t)urn_offered(g->records), "drawn",
	    (int)looked_at);
}

void
synthesized_json(const struct separated *s)
{
	const struct synth_result *a = &s->all;

	for (unsigned i = 0; i < a->n; i++)
		rule_line(s, &a->rules[i]);
	print_line(
	    json_pack("{s:s,s:i,s:i,s:f,s:f,s:f,s:f,s:b,s:s,s:b,s:o,s:o,s:o}", "type", "summary",
		"rules", (int)a->n, "routes", (int)a->routes, "coverage", a->coverage, "collateral",
		a->collateral, "collateral_upper", a->collateral_upper, "seconds", s->seconds,
		"separable", a->separable, "why", synth_why_name(a->why), "reference_as_target",
		s->as_target, "attack", capture_json(&s->attack, a->attack_n), "reference",
		capture_json(&s->reference, a->reference_n), "say", said(say_verdict, s, NULL)), 0);
}

/* ---- text ---------------------------------------------------------------- */

static void
put_capture(const char *what, const struct gathered *g, unsigned looked_at)
{
	printf(g->flows ? _("%1$s: flow records, %2$llu, of which %3$u were looked at\n")
			: _("%1$s: packets, %2$llu, of which %3$u were looked at\n"),
	    what, (unsigned long long)urn_offered(g->records), looked_at);
}

static void
put_said(say_fn *say, const struct separated *s, const struct synth_rule *r)
{
	struct text words;

	text_init(&words, TEXT_MAX);
	say(&words, s, r);
	printf("%s\n", text_str(&words));
	text_fini(&words);
}

static void
put_rule(const struct separated *s, unsigned number, const struct synth_rule *r)
{
	const struct signature *parts[RANGES_MAX];
	unsigned n = signature_parts(s->known, &r->rule, parts);
	struct text words;

	printf("\n%u. ", number);
	put_said(say_rule, s, r);
	printf("   ");
	for (unsigned i = 0; i < n; i++)
		printf("%s\n   ", signature_about(parts[i]));
	printf(_("takes %1$.2f %% of the attack, %2$.2f %% that no rule before took;"),
	    r->attack * 100, r->attack_more * 100);
	printf("\n   ");
	printf(_("of the reference %1$.3f %%, at most %2$.3f %%"), r->reference * 100,
	    r->reference_upper * 100);
	text_init(&words, TEXT_MAX);
	rule_bird(&words, &r->rule);
	printf("\n   %s\n", text_str(&words));
	text_fini(&words);
}

void
synthesized_text(const struct separated *s)
{
	const struct synth_result *a = &s->all;

	put_capture(_("attack"), &s->attack, a->attack_n);
	put_capture(_("reference"), &s->reference, a->reference_n);
	if (s->as_target)
		printf("%s\n",
		    _("nothing in the reference goes where the attack goes: all of it is taken as if it did"));
	for (unsigned i = 0; i < a->n; i++)
		put_rule(s, i + 1, &a->rules[i]);
	putchar('\n');
	put_said(say_verdict, s, NULL);
}
