/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config_print(): the rows once more, from the settings to text. */
#include "config/load.h"

#include "config/schema.h"
#include "config/value.h"

#define DEPTH_MAX 8

struct printing {
	struct text *out;
	struct settings *settings;
	unsigned depth;
};

static void print_rows(struct printing *p, const struct section *g, void *object);

static void
indent(struct printing *p)
{
	for (unsigned i = 0; i < p->depth; i++)
		text_add(p->out, "  ");
}

static void
print_begin(struct printing *p, const struct row *r)
{
	indent(p);
	text_printf(p->out, "%s = ", r->name);
}

static void
print_value(struct printing *p, const struct row *r, void *object)
{
	struct slot slot = { r, p->settings, object, (char *)object + r->at };
	struct text value;

	text_init(&value, p->out->limit);
	value_print(&slot, &value);
	if (value.len > 0) {
		print_begin(p, r);
		text_printf(p->out, "%s;\n", text_str(&value));
	}
	if (!text_ok(&value))
		p->out->bad = true;
	text_fini(&value);
}

static unsigned
entries_of(const struct row *r, const void *object)
{
	return *(const unsigned *)((const char *)object + r->n_at);
}

static void
print_values(struct printing *p, const struct row *r, void *object)
{
	unsigned n = entries_of(r, object);

	if (n == 0)
		return;
	print_begin(p, r);
	text_add(p->out, r->list > 1 ? "( " : "");
	for (unsigned i = 0; i < n; i++) {
		struct slot slot = { r, p->settings, object,
				     (char *)object + r->at + (size_t)i * r->size };

		text_add(p->out, i > 0 ? ", " : "");
		value_print(&slot, p->out);
	}
	text_add(p->out, r->list > 1 ? " );\n" : ";\n");
}

static void
print_entry(struct printing *p, const struct row *r, void *object, bool first)
{
	if (first) {
		print_begin(p, r);
		text_add(p->out, "(\n");
	} else {
		text_add(p->out, ",\n");
	}
	p->depth++;
	indent(p);
	text_add(p->out, "{\n");
	p->depth++;
	print_rows(p, r->group, object);
	p->depth--;
	indent(p);
	text_add(p->out, "}");
	p->depth--;
}

static void
print_end(struct printing *p, unsigned n)
{
	if (n == 0)
		return;
	text_add(p->out, "\n");
	indent(p);
	text_add(p->out, ");\n");
}

static void
print_groups(struct printing *p, const struct row *r, void *object)
{
	unsigned n = entries_of(r, object);

	for (unsigned i = 0; i < n; i++)
		print_entry(p, r, (char *)object + r->at + (size_t)i * r->group->size, i == 0);
	print_end(p, n);
}

static void
print_upstreams(struct printing *p, const struct row *r, const struct router *router)
{
	struct settings *s = p->settings;
	unsigned n = 0;

	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (&s->routers[s->upstreams[i].router] == router)
			print_entry(p, r, &s->upstreams[i], n++ == 0);
	print_end(p, n);
}

static void
print_subgroup(struct printing *p, const struct row *r, void *object)
{
	struct text *out = p->out;
	size_t before = out->len, empty;

	if (r->n_at != NOWHERE && !*(const bool *)((const char *)object + r->n_at))
		return;
	print_begin(p, r);
	text_add(out, "{\n");
	empty = out->len;
	p->depth++;
	print_rows(p, r->group, object);
	p->depth--;
	if (out->len == empty) {
		out->len = before;
		out->s[before] = '\0';
		return;
	}
	indent(p);
	text_add(out, "};\n");
}

static void
print_row(struct printing *p, const struct row *r, void *object)
{
	switch (r->kind) {
	case KIND_GROUP:
		print_subgroup(p, r, object);
		break;
	case KIND_GROUPS:
	case KIND_POLICIES:
		print_groups(p, r, object);
		break;
	case KIND_UPSTREAMS:
		print_upstreams(p, r, object);
		break;
	default:
		if (r->list > 0)
			print_values(p, r, object);
		else
			print_value(p, r, object);
		break;
	}
}

static void
print_rows(struct printing *p, const struct section *g, void *object)
{
	for (unsigned i = 0; i < g->n && p->depth < DEPTH_MAX; i++) {
		const struct row *r = &g->rows[i];

		if (r->when == 0 || g->which == NULL || r->when & 1u << g->which(object))
			print_row(p, r, object);
	}
}

void
config_print(struct text *out, const struct settings *s)
{
	/* Nothing is written through it: the rows hand out places in an object that may also be
	 * filled. */
	struct printing p = { .out = out, .settings = (struct settings *)s };

	print_rows(&p, &schema_root, p.settings);
}
