/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/hung.h"

#include <time.h>

int64_t
hung_ran_ns(pid_t pid)
{
	struct timespec ran;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &ran) != 0)
		return -1;
	return (int64_t)ran.tv_sec * 1000000000 + ran.tv_nsec;
}

bool
hung_look(struct hung *h, pid_t pid)
{
	int64_t ran = hung_ran_ns(pid);

	if (ran < 0 || pid != h->pid || ran != h->ran_ns) {
		*h = (struct hung){ .pid = pid, .ran_ns = ran };
		return false;
	}
	return ++h->looks >= HUNG_S / HUNG_LOOK_S;
}
