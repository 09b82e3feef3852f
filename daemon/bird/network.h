/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * network - routes as BIRD prints them, so that what it says can be found in the ledger again.
 * BIRD cuts the text of a long FlowSpec rule; then what is left is compared, and counted.
 * netset is a multiset of such texts by their 64-bit hash.
 */
#ifndef SEAWALL_BIRD_NETWORK_H
#define SEAWALL_BIRD_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "model/rule.h"

#define NETWORK_STRLEN 1024

struct network {
	char text[NETWORK_STRLEN];
	bool cut;		/* text is only the beginning */
	bool flow;
};

/* The rule as `show route` of BIRD 2.0.12 prints it. */
void network_text(struct text *out, const struct rule *r);

/* From a line of `show route`; false: the line names no network (a heading, a second route of the
 * same). */
bool network_read(struct network *ret, const char *line);

#define NETSET_CUTS_MAX 16	/* different lengths that BIRD cut at */

struct netset {
	struct netset_entry { uint64_t key; uint32_t count; } *all;	/* owned */
	size_t n, room;		/* room is a power of two */
	size_t cuts[NETSET_CUTS_MAX];
	unsigned cuts_n;
};

void netset_init(struct netset *s);
void netset_fini(struct netset *s);
void netset_clear(struct netset *s);

/* -ENOMEM */
int netset_add(struct netset *s, const char *text, bool cut);

/* Is it there, whole or as the beginning that BIRD left of it?  A cut one is found as often as it
 * was added. */
bool netset_find(struct netset *s, const char *text);

/* How often it was added, whole. */
unsigned netset_count(const struct netset *s, const char *text);

/* Was this beginning added as one? */
bool netset_has_cut(const struct netset *s, const char *text);

#endif
