/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * templates - the compiled templates of all exporters, in one pool taken at start.
 * Each exporter and domain owns a struct template_index; ids are its own.
 */
#ifndef SEAWALL_SENSOR_TEMPLATES_H
#define SEAWALL_SENSOR_TEMPLATES_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/plan.h"

#define TEMPLATE_BUCKETS 16
#define TEMPLATE_RAW 512	/* a longer one is not kept over a restart */

struct template {
	uint32_t next;		/* in its bucket or in the free list; 0: last */
	uint16_t id;
	bool from_before;	/* of an earlier run, and not told again since */
	int64_t told_ms;	/* last; of no epoch */
	struct plan_form form;	/* as it was told, to be told again to another run */
	uint16_t raw_len;
	uint8_t raw[TEMPLATE_RAW];
	struct plan plan;
};

struct template_index {
	uint32_t bucket[TEMPLATE_BUCKETS];	/* 0: empty */
};

struct templates {
	struct template *pool;	/* owned; element 0 is not used */
	uint32_t free;
};

int templates_init(struct templates *t, unsigned n);
void templates_fini(struct templates *t);

/* Borrowed, or NULL. */
struct template *templates_find(const struct templates *t, const struct template_index *x,
    uint16_t id);

/* Defines, or redefines what is there.  NULL: the pool is used up. */
struct template *templates_put(struct templates *t, struct template_index *x, uint16_t id,
	const struct plan *plan);

/* Keeps how it was told: len bytes of field specifiers. */
void template_keep(struct template *t, const struct plan_form *form, const uint8_t *raw,
    size_t len);

/* Do these bytes begin with what it was told as? */
bool template_was_told(const struct template *t, const struct plan_form *form, const uint8_t *raw,
    size_t len);

/* How many there were: 0 or 1. */
unsigned templates_del(struct templates *t, struct template_index *x, uint16_t id);

/* All of one kind; how many there were. */
unsigned templates_del_kind(struct templates *t, struct template_index *x, bool options);

#endif
