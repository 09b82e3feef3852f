/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/messages.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

#define FILE_MAX (256 * 1024)

json_t *
messages_read(const struct settings *s)
{
	char path[PATH_MAX], *text;
	json_t *j;
	size_t len;

	if (s->notify_n == 0)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", s->messages.state, MESSAGES_STATUS);
	if (file_slurp(&text, &len, path, FILE_MAX) != 0)
		return NULL;
	j = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	if (json_is_object(j) && json_is_array(json_object_get(j, "told")))
		return j;
	json_decref(j);
	return NULL;
}

unsigned
messages_waiting(const json_t *messages)
{
	const json_t *told = json_object_get(messages, "told");
	json_int_t n = 0;

	for (size_t i = 0; i < json_array_size(told); i++)
		n += json_integer_value(json_object_get(json_array_get(told, i), "waiting"));
	return (unsigned)n;
}
