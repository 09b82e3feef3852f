/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * quantity - the values that carry a unit: rates, durations, shares, thresholds, `otherwise`.
 * For value.c.  What is printed reads back as the same figure.
 */
#ifndef SEAWALL_CONFIG_QUANTITY_H
#define SEAWALL_CONFIG_QUANTITY_H

#include "base/text.h"
#include "config/schema.h"

#define QUANTITY_STRLEN 40

int quantity_read(const struct row *row, const void *object, void *at, const char *text, char *why);
void quantity_print(const struct row *row, const void *object, const void *at, struct text *out);
const char *quantity_number(double n, char buf[static QUANTITY_STRLEN]);

#endif
