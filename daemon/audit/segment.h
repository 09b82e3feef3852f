/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * segment - the file of the log that is written, and whether it is still what its name leads to.
 * Whoever deletes it, moves it away or puts another one there takes from readers, and from the next
 * start, what is written on into a file without that name.
 */
#ifndef SEAWALL_AUDIT_SEGMENT_H
#define SEAWALL_AUDIT_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

/* All of it; or -errno, -ENOSPC for a quota, too. */
int segment_write(int fd, const char *from, size_t len, uint64_t at);
int segment_errno(void);	/* -errno, likewise */

/*
 * Does its name in the directory lead to this file?  If not, a copy of all that is in it, synced,
 * gets the name, and what has it now is kept as NAME.replaced-1 and so on, at most 100; then *fd is
 * the copy's.  0; or -errno: the name leads to what it did or, where what had it is moved, to
 * nothing.  Where the copy has the name and the directory cannot be synced, -errno says that a
 * crash may undo it.
 */
int segment_keep(int dir, unsigned segment, int *fd);

/*
 * At the start: a copy, NAME.restored, that a crash kept from its name gets it, when nothing has
 * it, not even compressed.  It may be the only one of its lines; the last may be torn.
 */
void segment_take_up(int dir);

#endif
