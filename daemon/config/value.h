/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * value - one value of a setting, from text and to text, for every scalar kind of the schema.
 * Knows nothing of files and of libconfig.
 */
#ifndef SEAWALL_CONFIG_VALUE_H
#define SEAWALL_CONFIG_VALUE_H

#include <stdbool.h>

#include "base/text.h"
#include "config/schema.h"

#define VALUE_WHY 256

/* A row with the place its value stands in. */
struct slot {
	const struct row *row;
	struct settings *settings;	/* what links and upstreams are looked up in; borrowed */
	void *object;			/* that the row belongs to */
	void *at;			/* the value, or one entry of a list */
};

/* How it may be written. */
enum { VALUE_STRING = 1, VALUE_INTEGER = 2, VALUE_REAL = 4, VALUE_BOOL = 8 };
unsigned value_written_as(enum kind kind);
const char *value_example(enum kind kind);	/* "a duration such as \"5m\"" */

/* 0, or -EINVAL or -ERANGE with what was expected; *slot->at is written on success only. */
int value_read(const struct slot *slot, const char *text, char why[static VALUE_WHY]);
void value_unset(const struct slot *slot);

/* In seawall.conf's syntax; appends nothing when it is unset. */
void value_print(const struct slot *slot, struct text *out);

#endif
