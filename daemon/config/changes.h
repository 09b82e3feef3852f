/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * changes - what differs between two configurations, setting by setting:
 * "routers[edge].upstreams[transit-a].max_routes". Reads what config_print() writes, and nothing
 * else.
 */
#ifndef SEAWALL_CONFIG_CHANGES_H
#define SEAWALL_CONFIG_CHANGES_H

#include "base/text.h"

#define CHANGES_SETTINGS_MAX 65536

/* One setting; from or to NULL: it was not, or is not there any more.  Borrowed. */
typedef void changes_each(void *ctx, const char *setting, const char *from, const char *to);

/* In the order of the settings' names.  0; -E2BIG, -ENOMEM: nothing is told. */
int config_changes(const char *old, const char *new, changes_each *each, void *ctx);

#endif
