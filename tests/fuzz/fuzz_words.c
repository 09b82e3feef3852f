/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Short texts that people, files and BIRD write: times, prefixes, places in an answer, addresses of
 * pages, places to redirect to, files of credentials.  The first byte chooses.  No crash; what is
 * taken is written, and read again as the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/prefix.h"
#include "fuzz.h"
#include "model/place.h"
#include "model/redirect.h"
#include "model/target.h"
#include "notify/upload_secret.h"

static void
time_word(const char *text)
{
	char buf[WALL_STRLEN];
	wall_t t, again;

	if (wall_parse(&t, text) != 0)
		return;
	assert(wall_parse(&again, wall_str(t, buf)) == 0 && again.ms == t.ms);
}

static void
prefix_word(const char *text)
{
	char buf[PREFIX_STRLEN];
	struct prefix p, again;

	if (prefix_parse(&p, text) != 0)
		return;
	assert(prefix_sane(&p) && prefix_parse(&again, prefix_str(&p, buf)) == 0 &&
	    prefix_eq(&p, &again));
}

static void
redirect_word(const char *text)
{
	char buf[REDIRECT_STRLEN];
	struct redirect r, again;
	uint32_t high, low;

	if (redirect_parse(&r, text) != 0)
		return;
	assert(redirect_ok(&r) && redirect_parse(&again, redirect_str(&r, buf)) == 0 &&
	    redirect_cmp(&r, &again) == 0);
	redirect_words(&r, &high, &low);
	assert(redirect_from_words(&again, high, low) && redirect_cmp(&r, &again) == 0);
}

static void
place_word(const char *text)
{
	struct place p;
	struct diag why;

	if (place_parse(&p, text, &why) != 0)
		return;
	assert(p.steps_n <= PLACE_STEPS_MAX && p.labels_n <= PLACE_LABELS_MAX);
	assert(p.steps_n > 0 || p.sample);
}

static void
target_word(const char *text)
{
	struct target t;
	struct diag why;

	target_parse(&t, text, &why);
}

/* No sentence repeats what stands in the file. */
static void
secret_word(const char *text)
{
	struct upload_secret s;
	struct diag why = { 0 };
	const char *word = strstr(text, "password ");

	if (upload_secret_parse(&s, text, &why) == 0)
		assert(memchr(s.password, '\0', sizeof(s.password)) != NULL);
	else if (word != NULL && strlen(word) > 24)
		assert(strstr(why.say, word + 9) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const words[])(const char *) = { time_word, prefix_word, redirect_word,
		place_word, target_word, secret_word };
	char *text;

	if (size == 0 || (text = malloc(size)) == NULL)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	words[data[0] % (sizeof(words) / sizeof(*words))](text);
	free(text);
	return 0;
}
