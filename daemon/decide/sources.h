/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sources - the client that overloads a service alone, dropped at its source by an upstream that
 * offers it. Only whom fusion names by an address that cannot be forged; each further one is
 * another announcement.
 */
#ifndef SEAWALL_DECIDE_SOURCES_H
#define SEAWALL_DECIDE_SOURCES_H

#include "decide/ladder.h"

/* The rule of such a step for the client of now: TAKE_IT, or why there is none. */
enum why_not sources_plan(const struct tick *t, const struct step *step, struct plan *ret);

/* Where the plan's client stands, or a free place, or the first one. */
struct stand *sources_place(struct watch *w, const struct plan *plan);

/* Another client joins the first that was dropped: the same step, as long as there are places. */
void sources_follow(struct tick *t);

#endif
