/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules as JSON (the contract's {"type":"rule",...}), both ways. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/rule_field.h"

static void
write_ranges(struct jout *out, const char *key, const struct ranges *l)
{
	jout_list(out, key);
	for (unsigned i = 0; i < l->n; i++) {
		jout_list(out, NULL);
		jout_int(out, NULL, l->r[i].from);
		jout_int(out, NULL, l->r[i].to);
		jout_close(out);
	}
	jout_close(out);
}

static void
write_flags_term(struct jout *out, const char *key, struct bits_term t)
{
	jout_object(out, key);
	jout_int(out, "mask", t.mask);
	jout_int(out, "value", t.value);
	jout_close(out);
}

/* One is an object, several are a list of them. */
static void
write_flags(struct jout *out, const char *key, const struct bits *b)
{
	if (b->n == 1) {
		write_flags_term(out, key, b->t[0]);
		return;
	}
	jout_list(out, key);
	for (unsigned i = 0; i < b->n; i++)
		write_flags_term(out, NULL, b->t[i]);
	jout_close(out);
}

#define TERM_LEN 32

/* "is", "!last", "is&!last": any of the list. */
static void
write_fragment(struct jout *out, const char *key, const struct bits *b)
{
	jout_list(out, key);
	for (unsigned i = 0; i < b->n; i++) {
		char name[TERM_LEN] = "";
		size_t n = 0;

		for (unsigned k = 0; k < FRAGMENTS_N; k++)
			if ((b->t[i].mask & rule_fragments[k].bit) != 0)
				n += (size_t)snprintf(name + n, sizeof(name) - n, "%s%s%s",
				    n > 0 ? "&" : "",
				    (b->t[i].value & rule_fragments[k].bit) != 0 ? "" : "!",
				    rule_fragments[k].name);
		jout_str(out, NULL, name);
	}
	jout_close(out);
}

static void
write_match(struct jout *out, const char *key, const struct rule *r)
{
	char buf[PREFIX_STRLEN];

	jout_object(out, key);
	jout_str(out, "dst", prefix_str(&r->dst, buf));
	if (r->src.family != 0)
		jout_str(out, "src", prefix_str(&r->src, buf));
	for (unsigned i = 0; i < RULE_FIELDS_N; i++) {
		const struct ranges *l = rule_ranges_of(r, &rule_fields[i]);

		if (l->n != 0)
			write_ranges(out, rule_fields[i].name, l);
	}
	if (r->tcp_flags.n != 0)
		write_flags(out, "tcp_flags", &r->tcp_flags);
	if (r->fragment.n != 0)
		write_fragment(out, "fragment", &r->fragment);
	jout_close(out);
}

/* Whole figures stay whole: 10000000, not 10000000.0. */
static void
write_rate(struct jout *out, const char *key, double rate)
{
	const double exact = 9007199254740992.0;	/* 2^53 */

	if (rate <= exact && rate == (double)(int64_t)rate)
		jout_int(out, key, (int64_t)rate);
	else
		jout_real(out, key, rate);
}

static void
write_action(struct jout *out, const char *key, const struct rule *r)
{
	char buf[REDIRECT_STRLEN];

	jout_object(out, key);
	if (!isinf(r->rate_bps))
		write_rate(out, "rate", r->rate_bps);
	if (r->redirect.form != REDIRECT_NONE)
		jout_str(out, "redirect", redirect_str(&r->redirect, buf));
	if (r->has_mark)
		jout_int(out, "mark", r->mark);
	if (r->sample)
		jout_bool(out, "sample", true);
	if (r->terminal)
		jout_bool(out, "terminal", true);
	jout_close(out);
}

#define BIRD_MAX 4096

static void
write_bird(struct jout *out, const char *key, const struct rule *r)
{
	struct text bird;

	text_init(&bird, BIRD_MAX);
	rule_bird(&bird, r);
	jout_str(out, key, text_str(&bird));
	text_fini(&bird);
}

void
rule_json_write(struct jout *out, const char *key, const struct rule *r)
{
	bool flow = r->kind == RULE_FLOWSPEC;
	char buf[PREFIX_STRLEN];

	jout_object(out, key);
	jout_str(out, "type", "rule");
	jout_str(out, "kind", rule_kind_name(r->kind));
	jout_int(out, "family", r->dst.family);
	if (flow) {
		write_match(out, "match", r);
		write_action(out, "action", r);
		write_bird(out, "bird", r);
	} else {
		jout_str(out, "prefix", prefix_str(&r->dst, buf));
	}
	jout_close(out);
}

json_t *
rule_json(const struct rule *r)
{
	struct text t;
	struct jout out;
	json_t *j;

	text_init(&t, RULE_JSON_MAX);
	jout_init(&out, &t);
	out.as_written = true;
	rule_json_write(&out, NULL, r);
	j = jout_read(&t);
	jout_fini(&out);
	text_fini(&t);
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
		return diag_set(reterr, -EINVAL, "%s: expected 1 to %d pairs [from,to]", what,
		    RANGES_MAX);
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
		return diag_set(reterr, -EINVAL,
		    "action: expected \"rate\":BITS, \"redirect\":\"AS:N\", "
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
		return diag_set(reterr, -EINVAL,
		    "action: expected an object that says what happens");
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
		return diag_set(reterr, -EINVAL,
		    "kind: expected \"rtbh\", \"flowspec\", \"divert\" or "
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
