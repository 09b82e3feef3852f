/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * members - tells members by mail, once an attack is over, what it and what was done about it meant
 * for them.  What that was is in the record from where the attack began: read once for all that are
 * owed, a slice at a time.
 */
#ifndef SEAWALL_MAIN_MEMBERS_H
#define SEAWALL_MAIN_MEMBERS_H

#include "audit/follower.h"
#include "notify/desk.h"

struct members;

/* Borrows both. */
int members_new(struct members **ret, struct desk *d, const struct settings *s);
void members_free(struct members *m);

/*
 * A record that was just handed to the desk, and the place before it; of what is not `new` nobody
 * is told.
 */
void members_see(struct members *m, json_t *record, const struct follower_place *before, bool new);
/*
 * A slice.  Is there more to do at once?  Called while the log can be read: where it cannot be
 * nevertheless, those who are owed are given up only once that lasts.
 */
bool members_turn(struct members *m, mono_t now);

#endif
