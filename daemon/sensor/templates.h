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

struct template {
	uint32_t next;		/* in its bucket or in the free list; 0: last */
	uint16_t id;
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

const struct plan *templates_find(const struct templates *t, const struct template_index *x,
	uint16_t id);

/* Defines or redefines.  False: the pool is used up. */
bool templates_put(struct templates *t, struct template_index *x, uint16_t id,
	const struct plan *plan);
void templates_del(struct templates *t, struct template_index *x, uint16_t id);

/* All of them, or all of one kind. */
void templates_del_kind(struct templates *t, struct template_index *x, bool options);

#endif
