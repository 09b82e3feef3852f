/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jget - what a JSON object has under a key, where nothing or something else may stand there, too.
 */
#ifndef SEAWALL_BASE_JGET_H
#define SEAWALL_BASE_JGET_H

#include <jansson.h>

#include "base/clock.h"

/* Borrowed; "" where there is no text. */
static inline const char *
jget_text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s != NULL ? s : "";
}

/* ms 0 where there is no time. */
static inline wall_t
jget_time(const json_t *object, const char *key)
{
	wall_t t = { 0 };

	wall_parse(&t, jget_text(object, key));
	return t;
}

#endif
