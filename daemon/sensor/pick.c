/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/pick.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sensor/samples.h"

#define INDEX_DIGITS 9
#define TRIM_FROM (1 << 20)	/* bytes a tree took: the heap is given back */

const char *
pick_counter(enum pick why)
{
#define COUNTER(id, counter, say) [PICK_##id] = counter,
	static const char *const counters[PICK_N] = { PICKS(COUNTER) };
#undef COUNTER

	return counters[why];
}

const char *
pick_say(enum pick why)
{
#define SAY(id, counter, say) [PICK_##id] = say,
	static const char *const sentences[PICK_N] = { PICKS(SAY) };
#undef SAY

	return sentences[why];
}

/* ---- memory: jansson has no limit, and "[],[],..." is a hundred times as large there ------ */

static size_t room;
static bool full;

static void *
take(size_t size)
{
	void *p = size <= room ? malloc(size) : NULL;
	size_t got = p != NULL ? malloc_usable_size(p) : 0;

	if (p == NULL)
		full = true;
	room -= got < room ? got : room;
	return p;
}

static void
give(void *p)
{
	if (p == NULL)
		return;
	room += malloc_usable_size(p);
	free(p);
}

/* ---- JSON ---------------------------------------------------------------- */

static json_t *
array_entry(json_t *array, const char *step)
{
	size_t n = strspn(step, "0123456789");

	if (n == 0 || n > INDEX_DIGITS || step[n] != '\0')
		return NULL;
	return json_array_get(array, strtoul(step, NULL, 10));
}

static enum pick
number_of(double *ret, const json_t *at)
{
	if (at == NULL || json_is_null(at))
		return PICK_MISSING;
	if (json_is_number(at))
		*ret = json_number_value(at);
	else if (!json_is_string(at) ||
	    !samples_number(json_string_value(at), json_string_length(at), ret))
		return PICK_NOT_A_NUMBER;
	return PICK_OK;
}

static enum pick
walk(double *ret, const struct place *f, json_t *at)
{
	for (unsigned i = 0; i < f->steps_n && at != NULL; i++)
		at = json_is_array(at) ? array_entry(at, f->steps[i])
				       : json_object_get(at, f->steps[i]);
	return number_of(ret, at);
}

static enum pick
pick_json(double *ret, const struct place *f, const char *body, size_t len)
{
	const size_t flags = JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL;
	json_malloc_t old_take;
	json_free_t old_give;
	enum pick why;
	json_t *root;
	size_t least;

	if (f->steps_n == 0)
		return PICK_OTHER_FORMAT;
	json_get_alloc_funcs(&old_take, &old_give);
	json_set_alloc_funcs(take, give);
	room = PICK_ROOM;
	full = false;
	root = json_loadb(body, len, flags, NULL);
	least = room;
	why = root != NULL ? walk(ret, f, root) : full ? PICK_TOO_MUCH : PICK_NOT_JSON;
	json_decref(root);
	json_set_alloc_funcs(old_take, old_give);
	if (full || least < PICK_ROOM - TRIM_FROM)
		malloc_trim(0);
	return why;
}

/* ---- Prometheus ---------------------------------------------------------- */

static enum pick
pick_samples(double *ret, const struct place *f, const char *body, size_t len)
{
	int err;

	if (!f->sample)
		return PICK_OTHER_FORMAT;
	err = samples_sum(f, body, len, ret);
	return err == 0 ? PICK_OK : err == -ENOENT ? PICK_MISSING : PICK_NOT_SAMPLES;
}

/* ---- both ---------------------------------------------------------------- */

static bool
says_json(const char *type)
{
	static const char json[] = "application/json";

	return type != NULL && strncasecmp(type, json, strlen(json)) == 0 &&
	    strchr("; \t", type[strlen(json)]) != NULL;
}

enum pick
pick(double *ret, const struct place *f, const char *type, const char *body, size_t len)
{
	size_t blank = 0;
	double value = 0;
	enum pick why;

	while (blank < len && isspace((unsigned char)body[blank]))
		blank++;
	if (blank == len)
		return PICK_EMPTY;
	if (says_json(type) || body[blank] == '{' || body[blank] == '[')
		why = pick_json(&value, f, body, len);
	else
		why = pick_samples(&value, f, body, len);
	if (why != PICK_OK)
		return why;
	if (!isfinite(value))
		return PICK_NOT_A_NUMBER;
	if (value < 0)
		return PICK_NEGATIVE;
	*ret = value;
	return PICK_OK;
}
