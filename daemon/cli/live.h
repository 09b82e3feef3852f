/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * live - what a running BIRD says of its sessions and of RPKI, for `seawall check`.  Asks, and
 * changes nothing.
 */
#ifndef SEAWALL_CLI_LIVE_H
#define SEAWALL_CLI_LIVE_H

#include "base/diag.h"
#include "model/settings.h"

#define LIVE_MS 10000		/* a BIRD that has not said all by then is not waited for */

/*
 * Fills the rooms, AS numbers and ROAs of one router of *s; -errno with why BIRD could not be
 * asked.
 */
int live_look(struct settings *s, unsigned router, struct diag *reterr);

#endif
