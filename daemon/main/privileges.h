/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * privileges - gives up what a role does not need, for good.
 */
#ifndef SEAWALL_MAIN_PRIVILEGES_H
#define SEAWALL_MAIN_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Becomes the user (0: stays), with its groups (BIRD's socket belongs to one) or without any;
 * no new privileges afterwards; dies with the parent by `parent_gone`.  0 or -errno.
 */
int privileges_drop(uid_t uid, gid_t gid, bool with_groups, int parent_gone);

#endif
