/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Templates and profiles are those of the tree, not of an earlier installation. */
#ifndef SEAWALL_TESTS_TREE_H
#define SEAWALL_TESTS_TREE_H

#include <criterion/criterion.h>
#include <stdlib.h>

static inline const char *
tree_dir(void)
{
	const char *dir = getenv("top_srcdir");

	return dir != NULL ? dir : ".";
}

static inline void
tree_is_found(void)
{
	char real[4096];

	cr_assert_neq(realpath(tree_dir(), real), NULL);
	setenv("SEAWALL_DATADIR", real, 1);
}

#endif
