/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file of vectors from memory: no crash; what loads is canonical, is found by its own headers,
 * and has words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/vectors.h"
#include "fuzz.h"

#define REQUIRE(x) do { if (!(x)) { fprintf(stderr, "%s\n", #x); abort(); } } while (0)

static void
judge(const struct signatures *all, const struct signature *s)
{
	struct rule again = s->match;
	const struct signature *found = signature_find(all, &s->match);

	REQUIRE(rule_canon(&again, NULL) == 0 && rule_eq(&again, &s->match));
	REQUIRE(signature_has(s, &s->match) && found != NULL && signature_has(found, &s->match));
	REQUIRE(s->name[0] != '\0' && s->words[0] != '\0' && s->words_es[0] != '\0' &&
	    s->about[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct signatures all;
	struct diag why;
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	all.n = 0;
	if (vectors_load_text(&all, text, size, "vectors", &why) != 0)
		REQUIRE(all.n == 0 && why.say[0] != '\0');
	for (unsigned i = 0; i < all.n; i++)
		judge(&all, &all.s[i]);
	free(text);
	return 0;
}
