/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * leak - what a soak must find: preloaded into seawalld, it loses a little of PLANT_MEMORY or
 * PLANT_DESCRIPTORS with every hundred answers to "what time is it", in every role.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EVERY 100

int
clock_gettime(clockid_t id, struct timespec *ret)
{
	static int (*real)(clockid_t, struct timespec *);
	static unsigned n;

	if (real == NULL)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	if (++n % EVERY == 0) {
#ifdef PLANT_MEMORY
		char *volatile lost = malloc(4096);

		if (lost != NULL)
			memset(lost, 1, 4096);
#else
		(void)!dup(STDERR_FILENO);
#endif
	}
	return real(id, ret);
}
