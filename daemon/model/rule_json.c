/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules as JSON (the contract's {"type":"rule",...}), both ways. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/rule_field.h"

static json_t *
ranges_json(const struct ranges *l)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < l->n; i++)
		json_array_append_new(all, json_pack("[i,i]", l->r[i].from, l->r[i].to));
	return all;
}

static json_t *
flags_term_json(struct bits_term t)
{
	return json_pack("{s:i,s:i}", "mask", t.mask, "value", t.value);
}

/* One is an object, several are a list of them. */
static json_t *
flags_json(const struct bits *b)
{
	json_t *all;

	if (b->n == 1)
		return flags_term_json(b->t[0]);
	all = json_array();
	for (unsigned i = 0; i < b->n; i++)
		json_array_append_new(all, flags_term_json(b->t[i]));
	return all;
}

#define TERM_LEN 32

/* "is", "!last", "is&!last": any of the list. */
static json_t *
fragment_json(const struct bits *b)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < b->n; i++) {
		char name[TERM_LEN] = "";
		size_t n = 0;

		for (unsigned k = 0; k < FRAGMENTS_N; k++)
			if ((b->t[i].mask & rule_fragments[k].bit) != 0)
				n += (size_t)snprintf(name + n, sizeof(name) - n, "%s%s%s", n > 0 ? "&" : "",
				    (b->t[i].value & rule_fragments[k].bit) != 0 ? "" : "!",
				    rule_fragments[k].name);
		json_array_append_new(all, json_string(name));
	}
	return all;
}

static json_t *
match_json(const struct rule *r)
{
	char buf[PREFIX_STRLEN];
	json_t *match = json_pack("{s:s}", "dst", prefix_str(&r->dst, buf));

	if (r->src.family != 0)
		json_object_set_new(match, "src", json_string(prefix_str(&r->src, buf)));
	for (unsigned i = 0; i < RULE_FIELDS_N; i++) {
		const struct ranges *l = rule_ranges_of(r, &rule_fields[i]);

		if (l->n != 0)
			json_object_set_new(match, rule_fields[i].name, ranges_json(l));
	}
	if (r->tcp_flags.n != 0)
		json_object_set_new(match, "tcp_flags", flags_json(&r->tcp_flags));
	if (r->fragment.n != 0)
		json_object_set_new(match, "fragment", fragment_json(&r->fragment));
	return match;
}

/* Whole figures stay whole: 10000000, not 10000000.0. */
static json_t *
rate_json(double rate)
{
	const double exact = 9007199254740992.0;	/* 2^53 */

	if (rate <= exact && rate == (double)(json_int_t)rate)
		return json_integer((json_int_t)rate);
	return json_real(rate);
}

static json_t *
action_json(const struct rule *r)
{
	json_t *action = json_object();
	char buf[REDIRECT_STRLEN];

	if (!isinf(r->rate_bps))
		json_object_set_new(action, "rate", rate_json(r->rate_bps));
	if (r->redirect.form != REDIRECT_NONE)
		json_object_set_new(action, "redirect", json_string(redirect_str(&r->redirect, buf)));
	if (r->has_mark)
		json_object_set_new(action, "mark", json_integer(r->mark));
	if (r->sample)
		json_object_set_new(action, "sample", json_true());
	if (r->terminal)
		json_object_set_new(action, "terminal", json_true());
	return action;
}

json_t *
rule_json(const struct rule *r)
{
	char buf[PREFIX_STRLEN];
	struct text bird;
	json_t *j;

	if (r->kind != RULE_FLOWSPEC)
		return json_pack("{s:s,s:s,s:i,s:s}", "type", "rule", "kind", rule_kind_name(r->kind),
		    "family", r->dst.family, "prefix", prefix_str(&r->dst, buf));
	text_init(&bird, 4096);
	rule_bird(&bird, r);
	j = json_pack("{s:s,s:s,s:i,s:o,s:o,s:s}", "type", "rule", "kind", "flowspec",
	    "family", r->dst.family, "match", match_json(r), "action", action_json(r),
	    "bird", text_str(&bird));
	text_fini(&bird);
	return j;
}

static int
prefix_from(struct prefix *ret, const json_t *j, const char *what, struct diag *reterr)
{
	if (!json_is_string(j) || prefix_parse(ret, json_string_value(j)) != 0)
		return diag_set(reterr, -EINVAL, "%s: expected a prefix as text", what);
	return 0;
}

/* 0..65535; narrower limits are rule_canon()'s. */
static int
number_from(uint16_t *ret, const json_t *j, const char *what, struct diag *reterr)
{
	if (!json_is_integer(j) || json_integer_value(j) < 0 || json_integer_value(j) > UINT16_MAX)
		return diag_set(reterr, -EINVAL, "%s: expected a whole number of 0..65535", what);
	*ret = (uint16_t)json_integer_value(j);
	return 0;
}

static int
ranges_from(struct ranges *l, const json_t *j, const char *what, struct diag *reterr)
{
	const json_t *pair;
	size_t i;
	int err = 0;

	if (!json_is_array(j) || json_array_size(j) == 0 || json_array_size(j) > RANGES_MAX)
		return diag_set(
		    reterr, -EINVAL, "%s: expected 1 to %d pairs [from,to]", what, RANGES_MAX);
	json_array_foreach(j, i, pair) {
		if (json_array_size(pair) != 2)
			return diag_set(reterr, -EINVAL, "%s: expected pairs [from,to]", what);
		err = number_from(&l->r[i].from, json_array_get(pair, 0), what, reterr);
		if (err == 0)
			err = number_from(&l->r[i].to, json_array_get(pair, 1), what, reterr);
		if (err != 0)
			return err;
	}
	l->n = (uint8_t)json_array_size(j);
	return 0;
}

static int
flags_term_from(struct bits *b, const json_t *j, struct diag *reterr)
{
	struct bits_term t = { 0 };
	int err;

	if (json_object_size(j) != 2)
		return diag_set(reterr, -EINVAL, "tcp_flags: expected {\"mask\":N,\"value\":N}");
	err = number_from(&t.mask, json_object_get(j, "mask"), "tcp_flags.mask", reterr);
	if (err == 0)
		err = number_from(&t.value, json_object_get(j, "value"), "tcp_flags.value", reterr);
	b->t[b->n++] = t;
	return err;
}

static int
flags_from(struct bits *b, const json_t *j, struct diag *reterr)
{
	const json_t *term;
	size_t i;
	int err = 0;

	if (json_is_object(j))
		return flags_term_from(b, j, reterr);
	if (json_array_size(j) == 0 || json_array_size(j) > BITS_MAX)
		return diag_set(reterr, -EINVAL,
		    "tcp_flags: expected {\"mask\":N,\"value\":N}, or 1 to %d of them", BITS_MAX);
	json_array_foreach(j, i, term) {
		err = flags_term_from(b, term, reterr);
		if (err != 0)
			break;
	}
	return err;
}

/* "is&!last" */
static bool
fragment_term_from(struct bits_term *ret, const char *text)
{
	struct bits_term t = { 0 };

	for (const char *p = text; ; p++) {
		bool not = *p == '!';
		size_t n = strcspn(p += not, "&");
		unsigned k = 0;

		while (k < FRAGMENTS_N && !(strlen(rule_fragments[k].name) == n &&
		    memcmp(rule_fragments[k].name, p, n) == 0))
			k++;
		if (k == FRAGMENTS_N || (t.mask & rule_fragments[k].bit) != 0)
			return false;
		t.mask |= rule_fragments[k].bit;
		t.value |= not ? 0 : rule_fragments[k].bit;
		p += n;
		if (*p == '\0')
			break;
	}
	*ret = t;
	return true;
}

static int
fragment_from(struct bits *b, const json_t *j, struct diag *reterr)
{
	const json_t *name;
	size_t i;

	if (!json_is_array(j) || json_array_size(j) == 0 || json_array_size(j) > BITS_MAX)
		return diag_set(reterr, -EINVAL,
		    "fragment: expected a list of \"is\", \"first\", \"last\", \"dont\"");
	json_array_foreach(j, i, name)
		if (!json_is_string(name) ||
		    !fragment_term_from(&b->t[b->n++], json_string_value(name)))
			return diag_set(reterr, -EINVAL, "fragment: expected \"is\", \"first\", "
			    "\"last\" or \"dont\", with ! before and & between them");
	return 0;
}

/* A key that is not known is refused: leaving it out would make the rule match more. */
static int
component_from(struct rule *r, const char *key, const json_t *j, struct diag *reterr)
{
	if (strcmp(key, "dst") == 0)
		return prefix_from(&r->dst, j, key, reterr);
	if (strcmp(key, "src") == 0)
		return prefix_from(&r->src, j, key, reterr);
	if (strcmp(key, "tcp_flags") == 0)
		return flags_from(&r->tcp_flags, j, reterr);
	if (strcmp(key, "fragment") == 0)
		return fragment_from(&r->fragment, j, reterr);
	for (unsigned i = 0; i < RULE_FIELDS_N; i++)
		if (strcmp(key, rule_fields[i].name) == 0)
			return ranges_from(rule_ranges(r, &rule_fields[i]), j, key, reterr);
	return diag_set(reterr, -EINVAL, "match: no component is called \"%s\"", key);
}

static int
one_action_from(struct rule *r, const char *key, const json_t *j, struct diag *reterr)
{
	if (strcmp(key, "rate") == 0 && json_is_number(j)) {
		r->rate_bps = json_number_value(j);
	} else if (strcmp(key, "redirect") == 0 && json_is_string(j) &&
	    redirect_parse(&r->redirect, json_string_value(j)) == 0) {
		return 0;
	} else if (strcmp(key, "mark") == 0 && json_is_integer(j) && json_integer_value(j) >= 0 &&
	    json_integer_value(j) <= DSCP_MAX) {
		r->has_mark = true;
		r->mark = (uint8_t)json_integer_value(j);
	} else if (strcmp(key, "sample") == 0 && json_is_true(j)) {
		r->sample = true;
	} else if (strcmp(key, "terminal") == 0 && json_is_true(j)) {
		r->terminal = true;
	} else {
		return diag_set(reterr, -EINVAL, "action: expected \"rate\":BITS, \"redirect\":\"AS:N\", "
		    "\"mark\":0..63, \"sample\":true or \"terminal\":true");
	}
	return 0;
}

static int
action_from(struct rule *r, json_t *j, struct diag *reterr)
{
	const char *key;
	json_t *value;
	int err = 0;

	if (json_object_size(j) == 0)
		return diag_set(reterr, -EINVAL, "action: expected an object that says what happens");
	r->rate_bps = RULE_NO_RATE;
	json_object_foreach(j, key, value) {
		err = one_action_from(r, key, value, reterr);
		if (err != 0)
			break;
	}
	return err;
}

static int
flowspec_from(struct rule *r, const json_t *j, struct diag *reterr)
{
	json_t *match = json_object_get(j, "match"), *value;
	const char *key;
	int err = 0;

	if (!json_is_object(match))
		return diag_set(reterr, -EINVAL, "match: expected an object");
	json_object_foreach(match, key, value) {
		err = component_from(r, key, value, reterr);
		if (err != 0)
			return err;
	}
	return action_from(r, json_object_get(j, "action"), reterr);
}

int
rule_from_json(struct rule *ret, const json_t *j, struct diag *reterr)
{
	const char *kind = json_string_value(json_object_get(j, "kind"));
	const json_t *family = json_object_get(j, "family");
	struct rule r = { 0 };
	int err;

	if (kind == NULL || !rule_kind_find(&r.kind, kind))
		return diag_set(reterr, -EINVAL, "kind: expected \"rtbh\", \"flowspec\", \"divert\" or "
				"\"source-rtbh\"");
	if (r.kind != RULE_FLOWSPEC)
		err = prefix_from(&r.dst, json_object_get(j, "prefix"), "prefix", reterr);
	else
		err = flowspec_from(&r, j, reterr);
	if (err == 0)
		err = rule_canon(&r, reterr);
	if (err == 0 && family != NULL && json_integer_value(family) != r.dst.family)
		err = diag_set(reterr, -EINVAL, "family: it is not the one of the prefix");
	if (err == 0)
		*ret = r;
	return err;
}
