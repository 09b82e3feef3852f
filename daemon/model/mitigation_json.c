/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mitigations as JSON: INTERFACE `list`, and in the log what replaying needs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/jget.h"
#include "model/accepts.h"
#include "model/approval.h"
#include "model/scope.h"

static void
write_upstreams(struct jout *out, const char *key, const struct mitigation *m,
    const struct settings *s)
{
	jout_list(out, key);
	for (unsigned i = 0; i < s->upstreams_n; i++) {
		const struct upstream_state *u = &m->upstreams[i];

		if ((m->via >> i & 1) == 0)
			continue;
		jout_object(out, NULL);
		jout_str(out, "name", s->upstreams[i].name);
		jout_time(out, "decided", u->decided);
		jout_time(out, "applied", u->applied);
		jout_time(out, "exported", u->exported);
		jout_time(out, "effective", u->effective);
		if (u->differs)
			jout_bool(out, "differs", true);
		jout_close(out);
	}
	jout_close(out);
}

static void
write_wanted(struct jout *out, const char *key, const struct wanted *w, const struct settings *s)
{
	jout_object(out, key);
	jout_int(out, "step", w->step);
	jout_real(out, "rate", w->rate_bps);
	jout_list(out, "via");
	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (w->via >> i & 1)
			jout_str(out, NULL, s->upstreams[i].name);
	jout_close(out);
	jout_close(out);
}

static void
write_claims(struct jout *out, const char *key, const struct mitigation *m,
    const struct settings *s)
{
	char buf[PREFIX_STRLEN], id[ID_LEN];

	jout_object(out, key);
	jout_list(out, "short_of");
	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (m->short_of >> i & 1)
			jout_str(out, NULL, s->upstreams[i].name);
	jout_close(out);
	jout_list(out, "of");
	for (unsigned i = 0; i < m->claims_n; i++) {
		const struct claim *c = &m->claims[i];

		jout_object(out, NULL);
		snprintf(id, sizeof(id), "i%u", c->incident);
		jout_str(out, "incident", id);
		snprintf(id, sizeof(id), "m%u", c->was);
		if (c->was != 0)
			jout_str(out, "was", id);
		jout_str(out, "dst", prefix_str(&c->dst, buf));
		jout_int(out, "step", c->step);
		jout_close(out);
	}
	jout_close(out);
	jout_close(out);
}

static void
write_fit(struct jout *out, const char *key, const struct fit *f)
{
	jout_object(out, key);
	jout_real(out, "coverage", f->attack);
	jout_real(out, "collateral", f->reference);
	jout_real(out, "collateral_upper", f->upper);
	if (f->tried)
		jout_bool(out, "tried", true);
	jout_close(out);
}

/* What few have; stolen. */
static void
write_tree(struct jout *out, const char *key, json_t *tree)
{
	jout_tree(out, key, tree);
	json_decref(tree);
}

void
mitigation_json_write(struct jout *out, const char *key, const struct mitigation *m,
    const struct settings *s)
{
	jout_object(out, key);
	jout_str(out, "type", "mitigation");
	jout_str(out, "id", m->id);
	jout_str(out, "kind", rule_kind_name(m->rule.kind));
	rule_json_write(out, "rule", &m->rule);
	jout_str(out, "origin", m->origin == ORIGIN_POLICY ? "policy" : "person");
	jout_str(out, "owner", m->owner);
	if (m->incident[0] != '\0')
		jout_str(out, "incident", m->incident);
	jout_str(out, "reason", m->reason);
	jout_time(out, "since", m->since);
	jout_time(out, "until", m->until);
	write_upstreams(out, "upstreams", m, s);
	if (m->approved != 0)
		write_tree(out, "approved_by", approval_names(m->approved, s));
	if (m->wanted.known)
		write_wanted(out, "wanted", &m->wanted, s);
	if (m->claims_n != 0)
		write_claims(out, "merged", m, s);
	if (m->fit.known)
		write_fit(out, "mined", &m->fit);
	if (m->rule.scopes != 0)
		write_tree(out, "scopes", scopes_json(m->rule.scopes, s));
	if (m->left_out != 0)
		write_tree(out, "left_out", accepts_json(s, m->left_out, &m->rule));
	jout_close(out);
}

json_t *
mitigation_json(const struct mitigation *m, const struct settings *s)
{
	struct text t;
	struct jout out;
	json_t *j;

	text_init(&t, MITIGATION_JSON_MAX);
	jout_init(&out, &t);
	out.as_written = true;
	mitigation_json_write(&out, NULL, m, s);
	j = jout_read(&t);
	jout_fini(&out);
	text_fini(&t);
	return j;
}

json_t *
claims_json(const struct mitigation *m, const struct settings *s)
{
	struct text t;
	struct jout out;
	json_t *j;

	text_init(&t, MITIGATION_JSON_MAX);
	jout_init(&out, &t);
	write_claims(&out, NULL, m, s);
	j = jout_read(&t);
	jout_fini(&out);
	text_fini(&t);
	return j;
}

/* A log of before this was written has none; what is odd about it counts as none. */
static struct wanted
wanted_from(const json_t *j, const struct settings *s)
{
	json_int_t step = json_integer_value(json_object_get(j, "step"));
	double rate = json_number_value(json_object_get(j, "rate"));
	struct wanted w = { 0 };
	const json_t *name;
	size_t i;

	if (!json_is_integer(json_object_get(j, "step")) || step < 0 || step >= STEPS_MAX ||
	    !json_is_number(json_object_get(j, "rate")) || !(rate >= 0))
		return w;
	json_array_foreach(json_object_get(j, "via"), i, name) {
		const char *text = json_string_value(name);
		int upstream = text != NULL ? settings_upstream(s, text) : -1;

		w.via |= upstream >= 0 ? 1u << upstream : 0;
	}
	w.known = true;
	w.step = (unsigned)step;
	w.rate_bps = rate;
	return w;
}

static struct fit
fit_from(const json_t *j)
{
	return (struct fit){
		.known = j != NULL,
		.tried = json_is_true(json_object_get(j, "tried")),
		.attack = json_number_value(json_object_get(j, "coverage")),
		.reference = json_number_value(json_object_get(j, "collateral")),
		.upper = json_number_value(json_object_get(j, "collateral_upper")),
	};
}

static int
claim_from(struct claim *ret, const json_t *j)
{
	const char *dst = json_string_value(json_object_get(j, "dst"));
	json_int_t step = json_integer_value(json_object_get(j, "step"));
	uint64_t incident = id_number(jget_text(j, "incident"), 'i');
	struct claim c = { .was = mitigation_number(jget_text(j, "was")),
		.incident = (uint32_t)incident };

	if (incident == 0 || incident > UINT32_MAX || dst == NULL || step < 0 ||
	    step >= STEPS_MAX || prefix_parse(&c.dst, dst) != 0)
		return -EINVAL;
	c.step = (uint8_t)step;
	*ret = c;
	return 0;
}

/* Of what is odd the mitigation does no one's work: it ends with its end. */
static void
claims_from(struct mitigation *m, const json_t *j, const struct settings *s)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(j, "short_of"), i, one) {
		int u = json_is_string(one) ? settings_upstream(s, json_string_value(one)) : -1;

		m->short_of |= u >= 0 ? UINT32_C(1) << u : 0;
	}
	json_array_foreach(json_object_get(j, "of"), i, one)
		if (m->claims_n < CLAIMS_MAX && claim_from(&m->claims[m->claims_n], one) == 0)
			m->claims_n++;
}

static int
string_from(char *ret, size_t size, const json_t *j, const char *key, struct diag *reterr)
{
	const char *text = json_string_value(json_object_get(j, key));

	if (text == NULL || strlen(text) >= size)
		return diag_set(reterr, -EINVAL, "%s: expected a text of less than %zu bytes",
		    key, size);
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

static int
time_from(wall_t *ret, const json_t *j, const char *key, struct diag *reterr)
{
	const json_t *value = json_object_get(j, key);

	if (value == NULL || json_is_null(value)) {
		ret->ms = 0;
		return 0;
	}
	if (!json_is_string(value) || wall_parse(ret, json_string_value(value)) != 0)
		return diag_set(reterr, -EINVAL,
		    "%s: expected a time such as 2026-11-22T03:14:07Z", key);
	return 0;
}

static int
upstream_from(struct mitigation *m, const json_t *j, const struct settings *s, struct diag *reterr)
{
	const char *name = json_string_value(json_object_get(j, "name"));
	struct upstream_state u = { 0 };
	int i, err;

	if (name == NULL)
		return diag_set(reterr, -EINVAL, "upstreams: expected a name");
	i = settings_upstream(s, name);
	if (i < 0)
		return 0;
	err = time_from(&u.decided, j, "decided", reterr);
	if (err == 0)
		err = time_from(&u.applied, j, "applied", reterr);
	if (err == 0)
		err = time_from(&u.exported, j, "exported", reterr);
	if (err == 0)
		err = time_from(&u.effective, j, "effective", reterr);
	if (err != 0)
		return err;
	m->via |= 1u << i;
	m->upstreams[i] = u;
	return 0;
}

static int
upstreams_from(struct mitigation *m, const json_t *j, const struct settings *s, struct diag *reterr)
{
	const json_t *all = json_object_get(j, "upstreams"), *one;
	size_t i;
	int err;

	if (!json_is_array(all))
		return diag_set(reterr, -EINVAL, "upstreams: expected a list");
	json_array_foreach(all, i, one) {
		err = upstream_from(m, one, s, reterr);
		if (err != 0)
			return err;
	}
	return 0;
}

static int
times_from(struct mitigation *m, const json_t *j, struct diag *reterr)
{
	int err = time_from(&m->since, j, "since", reterr);

	if (err == 0)
		err = time_from(&m->until, j, "until", reterr);
	if (err == 0 && m->until.ms == 0)
		err = diag_set(reterr, -EINVAL, "until: everything ends, and this says no end");
	return err;
}

static int
origin_from(struct mitigation *m, const json_t *j, struct diag *reterr)
{
	const char *origin = json_string_value(json_object_get(j, "origin"));

	if (origin == NULL || (strcmp(origin, "policy") != 0 && strcmp(origin, "person") != 0))
		return diag_set(reterr, -EINVAL, "origin: expected \"policy\" or \"person\"");
	m->origin = strcmp(origin, "policy") == 0 ? ORIGIN_POLICY : ORIGIN_PERSON;
	return 0;
}

static uint32_t
left_out_from(const json_t *j, const struct settings *s)
{
	uint32_t left_out = 0;
	const json_t *one;
	size_t i;

	json_array_foreach((json_t *)j, i, one) {
		const char *name = json_string_value(json_object_get(one, "name"));
		int u = name != NULL ? settings_upstream(s, name) : -1;

		left_out |= u >= 0 ? UINT32_C(1) << u : 0;
	}
	return left_out;
}

int
mitigation_from_json(struct mitigation *ret, const json_t *j, const struct settings *s,
    struct diag *reterr)
{
	struct mitigation m = { 0 };
	uint32_t lost;
	int err = string_from(m.id, sizeof(m.id), j, "id", reterr);

	if (err == 0)
		err = rule_from_json(&m.rule, json_object_get(j, "rule"), reterr);
	if (err == 0)
		err = origin_from(&m, j, reterr);
	if (err == 0)
		err = string_from(m.owner, sizeof(m.owner), j, "owner", reterr);
	if (err == 0)
		err = string_from(m.reason, sizeof(m.reason), j, "reason", reterr);
	if (err == 0 && json_object_get(j, "incident") != NULL)
		err = string_from(m.incident, sizeof(m.incident), j, "incident", reterr);
	m.approved = approval_named(json_object_get(j, "approved_by"), s);
	m.wanted = wanted_from(json_object_get(j, "wanted"), s);
	claims_from(&m, json_object_get(j, "merged"), s);
	m.fit = fit_from(json_object_get(j, "mined"));
	if (err == 0)
		err = times_from(&m, j, reterr);
	if (err == 0)
		err = upstreams_from(&m, j, s, reterr);
	if (err != 0)
		return err;
	m.rule.scopes = scopes_from_json(json_object_get(j, "scopes"), s, &lost);
	m.left_out = left_out_from(json_object_get(j, "left_out"), s);
	m.via &= ~lost;
	m.wanted.via &= ~lost;
	*ret = m;
	return err;
}
