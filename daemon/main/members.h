/* SPDX-License-Identifier: GPL-3.0-or-later */
/* members - tells members by mail, once an attack is over, what it and what was done about it meant for them. */
#ifndef SEAWALL_MAIN_MEMBERS_H
#define SEAWALL_MAIN_MEMBERS_H

#include "notify/desk.h"

/* A record that was just handed to the desk.  Reads the log from its beginning when an attack was closed. */
void members_see(struct desk *d, const struct settings *s, const json_t *record);

#endif
