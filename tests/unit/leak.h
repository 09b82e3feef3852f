/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A leak alone does not fail a Criterion test; aborting from the suite's .fini does. */
#ifndef SEAWALL_TESTS_LEAK_H
#define SEAWALL_TESTS_LEAK_H

#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
static inline void
leak_check(void)
{
	if (__lsan_do_recoverable_leak_check() != 0)
		abort();
}
#else
static inline void
leak_check(void)
{
}
#endif

#endif
