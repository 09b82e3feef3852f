/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * busiest - which client asks most, among any number of them, in fixed memory (Metwally's
 * Space-Saving). An IPv6 client is its /64.  The table is keyed: clients choose their addresses.
 */
#ifndef SEAWALL_SENSOR_BUSIEST_H
#define SEAWALL_SENSOR_BUSIEST_H

#include <stdint.h>

#include "base/prefix.h"

#define BUSIEST_CLIENTS 4096

struct busiest;

int busiest_new(struct busiest **ret);
void busiest_free(struct busiest *b);

void busiest_add(struct busiest *b, const struct prefix *client);

/*
 * So many requests the busiest made for certain: with more clients than the table holds it is a
 * lower bound. *ret_who: that client, an address or a /64; family 0: there was none.
 */
uint32_t busiest_most(const struct busiest *b, struct prefix *ret_who);

void busiest_clear(struct busiest *b);

#endif
