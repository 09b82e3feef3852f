/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * readable - may another account read a file?  By owners and permission bits alone, from the root
 * down.
 */
#ifndef SEAWALL_CLI_READABLE_H
#define SEAWALL_CLI_READABLE_H

#include <limits.h>

/*
 * 0; -EACCES with what is in the way, the file or a directory above it; -ENOENT: no such account or
 * file; other -errno.  `path` is absolute.
 */
int readable_by(const char *user, const char *path, char ret_way[static PATH_MAX]);

#endif
