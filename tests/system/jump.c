/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jump - seawalld whose wall clock a test can set: the file that SEAWALL_CLOCK names holds the
 * milliseconds by which it is ahead.  The machine has one wall clock, and no namespace of it.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

int __real_clock_gettime(clockid_t id, struct timespec *ret);
int __wrap_clock_gettime(clockid_t id, struct timespec *ret);

static const volatile int64_t *
ahead(void)
{
	static const volatile int64_t none, *at = NULL;
	const char *path = getenv("SEAWALL_CLOCK");
	int fd;

	if (at != NULL)
		return at;
	at = &none;
	fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		void *map = mmap(NULL, sizeof(*at), PROT_READ, MAP_SHARED, fd, 0);

		at = map != MAP_FAILED ? map : &none;
		close(fd);
	}
	return at;
}

int
__wrap_clock_gettime(clockid_t id, struct timespec *ret)
{
	int err = __real_clock_gettime(id, ret);
	int64_t ms = id == CLOCK_REALTIME ? *ahead() : 0;

	ret->tv_sec += ms / 1000;
	ret->tv_nsec += ms % 1000 * 1000000;
	if (ret->tv_nsec >= 1000000000) {
		ret->tv_nsec -= 1000000000;
		ret->tv_sec++;
	}
	return err;
}
