/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/fill.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/policies.h"
#include "config/value.h"

#define NUMBER_STRLEN 48

int
fill_refuse(const struct filling *f, int err, unsigned line, const char *fmt, ...)
{
	char say[sizeof(f->err->say)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(say, sizeof(say), fmt, ap);
	va_end(ap);
	return diag_at(f->err, err, f->file, line, "%s", say);
}

static void *
fill_at(void *object, const struct row *r, unsigned i)
{
	return (char *)object + r->at + (size_t)i * r->size;
}

/* The value as text, and how it was written; NULL for aggregates. */
static const char *
written(const config_setting_t *set, unsigned *ret_as, char buf[static NUMBER_STRLEN])
{
	switch (config_setting_type(set)) {
	case CONFIG_TYPE_STRING:
		*ret_as = VALUE_STRING;
		return config_setting_get_string(set);
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		*ret_as = VALUE_INTEGER;
		snprintf(buf, NUMBER_STRLEN, "%lld", config_setting_type(set) == CONFIG_TYPE_INT ?
			 (long long)config_setting_get_int(set) : config_setting_get_int64(set));
		return buf;
	case CONFIG_TYPE_FLOAT:
		*ret_as = VALUE_REAL;
		snprintf(buf, NUMBER_STRLEN, "%.17g", config_setting_get_float(set));
		return buf;
	case CONFIG_TYPE_BOOL:
		*ret_as = VALUE_BOOL;
		return config_setting_get_bool(set) ? "true" : "false";
	}
	return NULL;
}

static int
fill_value(const struct filling *f, const struct row *r, void *object, void *at,
	   const config_setting_t *set)
{
	const struct slot slot = { r, f->settings, object, at };
	unsigned as = 0, line = config_setting_source_line(set);
	char buf[NUMBER_STRLEN], why[VALUE_WHY];
	const char *text = written(set, &as, buf);
	int err;

	if (text == NULL || !(as & value_written_as(r->kind)))
		return fill_refuse(f, -EINVAL, line, "`%s` must be %s", r->name,
				   value_example(r->kind));
	err = value_read(&slot, text, why);
	return err == 0 ? 0 : fill_refuse(f, err, line, "`%s` %s", r->name, why);
}

/* A list, or a single value where a list of one is meant; at most `most` entries. */
static int
entries(const struct filling *f, const struct row *r, const config_setting_t *set, unsigned most,
	unsigned *ret_n)
{
	unsigned line = config_setting_source_line(set);
	int n;

	if (config_setting_is_group(set))
		return fill_refuse(f, -EINVAL, line, "`%s` must be a list: ( ... )", r->name);
	n = config_setting_is_aggregate(set) ? config_setting_length(set) : 1;
	if ((unsigned)n > most)
		return fill_refuse(f, -E2BIG, line, "`%s` has %d entries, at most %u are possible",
				   r->name, n, most);
	if (n == 0 && r->flags & SETTING_REQUIRED)
		return fill_refuse(f, -EINVAL, line, "`%s` must not be empty", r->name);
	*ret_n = (unsigned)n;
	return 0;
}

static const config_setting_t *
entry(const config_setting_t *set, unsigned i)
{
	return config_setting_is_aggregate(set) ? config_setting_get_elem(set, i) : set;
}

static int
fill_values(const struct filling *f, const struct row *r, void *object, const config_setting_t *set)
{
	bool bits = r->kind == KIND_VIA;
	unsigned n = 0;
	int err = entries(f, r, set, bits ? UPSTREAMS_MAX : r->list, &n);

	if (err == 0 && bits && n == 0)
		return fill_refuse(f, -EINVAL, config_setting_source_line(set),
				   "`%s` must not be empty", r->name);
	for (unsigned i = 0; err == 0 && i < n; i++)
		err = fill_value(f, r, object, fill_at(object, r, bits ? 0 : i), entry(set, i));
	if (err == 0 && !bits)
		*(unsigned *)((char *)object + r->n_at) = n;
	return err;
}

static int
unique(const struct filling *f, const struct row *r, void *object, unsigned i, unsigned line)
{
	const char *name = fill_at(object, r, i);

	for (unsigned j = 0; r->group->named && j < i; j++)
		if (strcmp(name, fill_at(object, r, j)) == 0)
			return fill_refuse(f, -EEXIST, line, "there is another %s named \"%s\"",
					   r->group->what, name);
	return 0;
}

static int
fill_groups(const struct filling *f, const struct row *r, void *object, const config_setting_t *set)
{
	unsigned n = 0;
	int err = entries(f, r, set, r->list, &n);

	for (unsigned i = 0; err == 0 && i < n; i++) {
		const config_setting_t *one = entry(set, i);
		unsigned line = config_setting_source_line(one);

		if (!config_setting_is_group(one))
			return fill_refuse(f, -EINVAL, line, "`%s` must hold groups: ( { ... } )",
					   r->name);
		err = fill_group(f, r->group, fill_at(object, r, i), one, line);
		if (err == 0)
			err = unique(f, r, object, i, line);
		*(unsigned *)((char *)object + r->n_at) = i + 1;
	}
	return err;
}

/* All upstreams stand in one array, so that a policy can name them without their router. */
static int
fill_upstreams(const struct filling *f, const struct row *r, void *object,
	       const config_setting_t *set)
{
	struct settings *s = f->settings;
	unsigned n = 0;
	int err = entries(f, r, set, UPSTREAMS_MAX - s->upstreams_n, &n);

	for (unsigned i = 0; err == 0 && i < n; i++) {
		const config_setting_t *one = entry(set, i);
		unsigned line = config_setting_source_line(one);
		struct upstream *u = &s->upstreams[s->upstreams_n];

		if (!config_setting_is_group(one))
			return fill_refuse(f, -EINVAL, line, "`%s` must hold groups: ( { ... } )",
					   r->name);
		u->router = (unsigned)((struct router *)object - s->routers);
		err = fill_group(f, r->group, u, one, line);
		if (err == 0 && settings_upstream(s, u->name) >= 0)
			err = fill_refuse(f, -EEXIST, line,
					  "there is another upstream named \"%s\"", u->name);
		s->upstreams_n++;
	}
	return err;
}

static int
fill_subgroup(const struct filling *f, const struct row *r, void *object,
	      const config_setting_t *set, unsigned line)
{
	if (set != NULL && !config_setting_is_group(set))
		return fill_refuse(f, -EINVAL, config_setting_source_line(set),
				   "`%s` must be a group: { ... }", r->name);
	if (r->n_at != NOWHERE) {
		*(bool *)((char *)object + r->n_at) = set != NULL;
		if (set == NULL)
			return 0;
	}
	return fill_group(f, r->group, object, set,
			  set != NULL ? config_setting_source_line(set) : line);
}

static int
fill_default(const struct filling *f, const struct section *g, const struct row *r, void *object,
	     unsigned line)
{
	const struct slot slot = { r, f->settings, object, fill_at(object, r, 0) };
	char why[VALUE_WHY];

	if (r->flags & SETTING_REQUIRED)
		return fill_refuse(f, -EINVAL, line, "`%s` is missing in %s", r->name, g->what);
	if (r->kind >= KIND_SCALARS || (r->list > 0 && r->def == NULL))
		return 0;
	if (r->list > 0)
		*(unsigned *)((char *)object + r->n_at) = 1;
	if (r->def == NULL)
		value_unset(&slot);
	else if (value_read(&slot, r->def, why) != 0)
		return fill_refuse(f, -EINVAL, line, "the default of `%s` %s", r->name, why);
	return 0;
}

static int
fill_row(const struct filling *f, const struct row *r, void *object, const config_setting_t *set)
{
	switch (r->kind) {
	case KIND_GROUPS:
		return fill_groups(f, r, object, set);
	case KIND_UPSTREAMS:
		return fill_upstreams(f, r, object, set);
	case KIND_POLICIES:
		return policies_fill(f, r, set);
	default:
		break;
	}
	if (r->list > 0 || r->kind == KIND_VIA)
		return fill_values(f, r, object, set);
	return fill_value(f, r, object, fill_at(object, r, 0), set);
}

static int
known_names(const struct filling *f, const struct section *g, const config_setting_t *set)
{
	for (int i = 0; i < config_setting_length(set); i++) {
		const config_setting_t *one = config_setting_get_elem(set, (unsigned)i);
		const char *name = config_setting_name(one), *near;

		if (schema_find(g, name) != NULL)
			continue;
		near = schema_nearest(g, name);
		return fill_refuse(f, -EINVAL, config_setting_source_line(one),
				   "`%.40s` is not a setting of %s%s%s%s", name, g->what,
				   near != NULL ? "; did you mean `" : "", near != NULL ? near : "",
				   near != NULL ? "`?" : "");
	}
	return 0;
}

/* Does the row make sense for an object of this type?  Two rows may share a name and a place. */
static bool
applies(const struct section *g, const struct row *r, const void *object)
{
	return r->when == 0 || g->which == NULL || r->when & 1u << g->which(object);
}

/* Does a row of that name make sense for it? */
static bool
has_place(const struct section *g, const char *name, const void *object)
{
	for (unsigned i = 0; i < g->n; i++)
		if (strcmp(g->rows[i].name, name) == 0 && applies(g, &g->rows[i], object))
			return true;
	return false;
}

static int
misplaced(const struct filling *f, const struct section *g, const struct row *r, const void *object,
	  const config_setting_t *set)
{
	if (set == NULL || has_place(g, r->name, object))
		return 0;
	return fill_refuse(f, -EINVAL, config_setting_source_line(set),
			   "`%s` is not a setting of %s \"%s\"", r->name, g->what,
			   g->which_name(g->which(object)));
}

/* What makes no sense for an object of this type reads as "not given". */
static void
unset_all(const struct filling *f, const struct section *g, void *object)
{
	for (unsigned i = 0; i < g->n; i++) {
		const struct row *r = &g->rows[i];
		const struct slot slot = { r, f->settings, object, fill_at(object, r, 0) };

		if (r->when != 0 && r->list == 0 && r->kind < KIND_SCALARS)
			value_unset(&slot);
	}
}

int
fill_group(const struct filling *f, const struct section *g, void *object,
	   const config_setting_t *set, unsigned line)
{
	int err = set != NULL ? known_names(f, g, set) : 0;

	unset_all(f, g, object);
	if (g->line_at != NOWHERE)
		*(unsigned *)((char *)object + g->line_at) = line;
	for (unsigned i = 0; err == 0 && i < g->n; i++) {
		const struct row *r = &g->rows[i];
		const config_setting_t *one =
			set != NULL ? config_setting_get_member(set, r->name) : NULL;

		if (!applies(g, r, object))
			err = misplaced(f, g, r, object, one);
		else if (r->kind == KIND_GROUP)
			err = fill_subgroup(f, r, object, one, line);
		else if (one != NULL)
			err = fill_row(f, r, object, one);
		else
			err = fill_default(f, g, r, object, line);
	}
	return err == 0 && g->rule != NULL ? g->rule(f, object, line) : err;
}
