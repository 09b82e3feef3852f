/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * asked - the table of questions to people; a fixed room in `struct decide`.  Every pointer is into
 * it, and valid until the question is dropped with its incident.
 */
#ifndef SEAWALL_DECIDE_ASKED_H
#define SEAWALL_DECIDE_ASKED_H

#include "decide/state.h"

#define MEMBER_WITHIN_MS 600000	/* for a member who wants to be asked, when the step says nothing */

bool asked_of(const struct asked *a, const struct watch *w);	/* is it this incident's? */

/* About this step; or by its name.  NULL: there is none. */
struct asked *asked_find(const struct decide *d, const struct watch *w, int step);
struct asked *asked_by_id(const struct decide *d, const char *id);

/* Room for one more of this incident, or NULL. */
struct asked *asked_add(struct decide *d, struct watch *w);
void asked_drop(struct decide *d, const struct watch *w);	/* all of the incident's */

/* When another rule may be asked about, which is the later the more often it was. */
mono_t asked_again(mono_t now, unsigned times);
/* A no for a time outlives the incident; w may be NULL. */
void asked_keep_denial(struct watch *w, const struct asked *a);

#endif
