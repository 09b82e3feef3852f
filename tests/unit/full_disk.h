/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As a full disk does: no file grows over so many bytes from here on. */
#ifndef SEAWALL_TESTS_FULL_DISK_H
#define SEAWALL_TESTS_FULL_DISK_H

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/resource.h>

static inline void
let_files_be(rlim_t bytes)
{
	struct rlimit l;

	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &l), 0);
	signal(SIGXFSZ, SIG_IGN);
	l.rlim_cur = bytes;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
}

#endif
