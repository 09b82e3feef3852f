/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * landlock - takes files and TCP ports away from a process for good, where the kernel can.
 */
#ifndef SEAWALL_BASE_LANDLOCK_H
#define SEAWALL_BASE_LANDLOCK_H

#include <stdint.h>

/*
 * From now on nothing but what lies under `readable` (NULL at the end; what does not exist is left
 * out) can be opened, and that for reading; by TCP only these ports (0 at the end) are connected to
 * and none is bound.  The caller has no new privileges.  0; -ENOSYS: the kernel has no Landlock;
 * other -errno.
 */
int landlock_enter(const char *const readable[], const uint16_t ports[]);

/*
 * The same, but files under `writable` can be written, made and removed, and all ports are
 * connected to.
 */
int landlock_keep(const char *const readable[], const char *const writable[]);

#endif
