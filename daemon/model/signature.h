/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signature - a vector that is known by its headers: amplification services, floods, reflections (policies/vectors).
 * For naming what was mined, in two languages, and as a prior: what a service's answers look like that nobody asked for
 * comes rarely in legitimate traffic.  Plain data, so that the parent hands it on as it is.
 */
#ifndef SEAWALL_MODEL_SIGNATURE_H
#define SEAWALL_MODEL_SIGNATURE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/rule.h"

#define SIGNATURES_MAX 96
#define SIGNATURE_NAME_LEN 32
#define SIGNATURE_WORDS_LEN 160

struct signature {
	char name[SIGNATURE_NAME_LEN];		/* "memcached"; one word, for programs */
	char words[SIGNATURE_WORDS_LEN];	/* English, for a committee: "answers of open memcached servers" */
	char words_es[SIGNATURE_WORDS_LEN];
	struct rule match;	/* canonical; its destination is 0.0.0.0/0 or ::/0, by which family it is of */
	bool both;		/* of the other family, too */
	/* how much of ordinary traffic looks like that, of a million packets: what mining reckons before it saw any */
	uint32_t usual;
};

struct signatures {
	unsigned n;
	struct signature s[SIGNATURES_MAX];
};

/* Does the rule take nothing but packets of this vector? */
bool signature_has(const struct signature *s, const struct rule *r);
/* The most particular one of those that have it, or NULL.  Borrowed. */
const struct signature *signature_find(const struct signatures *all, const struct rule *r);
/* In the language of lang_set(). */
const char *signature_words(const struct signature *s);

#endif
