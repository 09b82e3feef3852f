/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * way_out - the interface that packets to an address leave by: the kernel is asked as for a
 * datagram, and sends none.
 */
#ifndef SEAWALL_CLI_WAY_OUT_H
#define SEAWALL_CLI_WAY_OUT_H

#include <net/if.h>
#include <stdbool.h>

#include "base/prefix.h"

bool way_out(const struct prefix *p, char ret[static IF_NAMESIZE]);

#endif
