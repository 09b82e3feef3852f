/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signature - a vector that is known by its headers: amplification services, floods, reflections
 * (policies/vectors). For naming what was mined, in two languages, and as a prior: what a service's
 * answers look like that nobody asked for comes rarely in legitimate traffic.  Plain data, so that
 * the parent hands it on as it is.
 */
#ifndef SEAWALL_MODEL_SIGNATURE_H
#define SEAWALL_MODEL_SIGNATURE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/observation.h"
#include "model/rule.h"

#define SIGNATURES_MAX 128
#define SIGNATURE_NAME_LEN 32
#define SIGNATURE_WORDS_LEN 96
#define SIGNATURE_ABOUT_LEN 240
#define SIGNATURE_SOURCE_LEN 160

/*
 * What the attacker cannot change: the first two come from others' machines, who answer from their
 * own port.
 */
#define SIGNATURE_KINDS(X)						\
	X(AMPLIFICATION, "amplification")				\
	X(REFLECTION,    "reflection")					\
	X(FLOOD,         "flood")

#define SIGNATURE_KIND_ENUM(id, name) SIGNATURE_##id,
enum signature_kind { SIGNATURE_KINDS(SIGNATURE_KIND_ENUM) SIGNATURE_KIND_N };

struct signature {
	char name[SIGNATURE_NAME_LEN];		/* "memcached"; one word, for programs */
	/*
	 * the packets, as they stand in a sentence: "answers of memcached servers"; no two are the
	 * same
	 */
	char words[SIGNATURE_WORDS_LEN];
	char words_es[SIGNATURE_WORDS_LEN];
	/* a sentence for a committee: what it is, and why it harms */
	char about[SIGNATURE_ABOUT_LEN];
	char about_es[SIGNATURE_ABOUT_LEN];
	char source[SIGNATURE_SOURCE_LEN];	/* who says so */
	enum signature_kind kind;
	/* canonical; its destination is 0.0.0.0/0 or ::/0, by which family it is of */
	struct rule match;
	bool both;		/* of the other family, too */
	/*
	 * how much of ordinary traffic looks like that, of a million packets: what mining reckons
	 * before it saw any; 0: not said
	 */
	uint32_t usual;
};

struct signatures {
	unsigned n;		/* 0: none are known */
	char file[256];		/* where they are from; empty: nowhere */
	struct signature s[SIGNATURES_MAX];
};

/* Does the rule take nothing but packets of this vector? */
bool signature_has(const struct signature *s, const struct rule *r);
/* The most particular one of those that have it, or NULL.  Borrowed. */
const struct signature *signature_find(const struct signatures *all, const struct rule *r);
/*
 * The vectors that it takes packets of and nothing else, most particular ones: one, or for a list
 * of source ports each one's; 0: it has no name.
 */
unsigned signature_parts(const struct signatures *all, const struct rule *r,
    const struct signature *ret[static RANGES_MAX]);
/*
 * The same of what dominates in traffic: of an incident.  NULL: nothing dominates, or no vector is
 * like it.
 */
const struct signature *signature_of_traits(const struct signatures *all, const struct traits *t,
    uint8_t family);

/*
 * In the language of lang_set(): "DNS answers", a sentence about it; "DNS answers (amplification)".
 */
const char *signature_words(const struct signature *s);
const char *signature_about(const struct signature *s);
void signature_title(struct text *out, const struct signature *s);

#endif
