/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/templates.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int
templates_init(struct templates *t, unsigned n)
{
	t->pool = calloc((size_t)n + 1, sizeof(*t->pool));
	if (t->pool == NULL)
		return -ENOMEM;
	for (unsigned i = 1; i < n; i++)
		t->pool[i].next = i + 1;
	t->free = n > 0 ? 1 : 0;
	return 0;
}

void
templates_fini(struct templates *t)
{
	free(t->pool);
	*t = (struct templates){ 0 };
}

/* The link that leads to the template, or to the end of its bucket. */
static uint32_t *
find_link(const struct templates *t, struct template_index *x, uint16_t id)
{
	uint32_t *link = &x->bucket[id % TEMPLATE_BUCKETS];

	while (*link != 0 && t->pool[*link].id != id)
		link = &t->pool[*link].next;
	return link;
}

struct template *
templates_find(const struct templates *t, const struct template_index *x, uint16_t id)
{
	uint32_t at = x->bucket[id % TEMPLATE_BUCKETS];

	while (at != 0 && t->pool[at].id != id)
		at = t->pool[at].next;
	return at != 0 ? &t->pool[at] : NULL;
}

static void
unlink_one(struct templates *t, uint32_t *link)
{
	uint32_t at = *link;

	*link = t->pool[at].next;
	t->pool[at].next = t->free;
	t->free = at;
}

struct template *
templates_put(struct templates *t, struct template_index *x, uint16_t id, const struct plan *plan)
{
	uint32_t *link = find_link(t, x, id);
	struct template *at;

	if (*link == 0) {
		if (t->free == 0)
			return NULL;
		*link = t->free;
		t->free = t->pool[*link].next;
		t->pool[*link].next = 0;
	}
	at = &t->pool[*link];
	at->id = id;
	at->from_before = false;
	memcpy(&at->plan, plan, offsetof(struct plan, ops) + plan->ops_n * sizeof(*plan->ops));
	return at;
}

void
template_keep(struct template *t, const struct plan_form *form, const uint8_t *raw, size_t len)
{
	t->form = *form;
	t->raw_len = len <= TEMPLATE_RAW ? (uint16_t)len : 0;
	memcpy(t->raw, raw, t->raw_len);
}

bool
template_was_told(const struct template *t, const struct plan_form *form, const uint8_t *raw,
    size_t len)
{
	const struct plan_form *was = &t->form;

	return t->raw_len > 0 && t->raw_len <= len && was->pen == form->pen &&
	    was->options == form->options && was->scopes == form->scopes &&
	    was->scopes_foreign == form->scopes_foreign && was->fields == form->fields &&
	    memcmp(t->raw, raw, t->raw_len) == 0;
}

unsigned
templates_del(struct templates *t, struct template_index *x, uint16_t id)
{
	uint32_t *link = find_link(t, x, id);

	if (*link == 0)
		return 0;
	unlink_one(t, link);
	return 1;
}

unsigned
templates_del_kind(struct templates *t, struct template_index *x, bool options)
{
	unsigned n = 0;

	for (unsigned i = 0; i < TEMPLATE_BUCKETS; i++) {
		uint32_t *link = &x->bucket[i];

		while (*link != 0) {
			if (t->pool[*link].plan.options == options) {
				unlink_one(t, link);
				n++;
			} else {
				link = &t->pool[*link].next;
			}
		}
	}
	return n;
}
