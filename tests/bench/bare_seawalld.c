/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * seawalld to be run under valgrind alone: without its sandbox, because valgrind makes system calls
 * of its own, and starting itself by its name, because /proc/self/exe is then valgrind.  The rest
 * is the daemon's.
 */
#include <unistd.h>

#include "base/sandbox.h"

int __real_execv(const char *path, char *const argv[]);
int __wrap_execv(const char *path, char *const argv[]);

int
sandbox_enter(enum sandbox_profile profile)
{
	(void)profile;
	return 0;
}

int
sandbox_connector(uint16_t port)
{
	(void)port;
	return 0;
}

int
sandbox_messenger(const char *const readable[], const char *const writable[], int *ret_files)
{
	(void)readable;
	(void)writable;
	*ret_files = 0;
	return 0;
}

int
__wrap_execv(const char *path, char *const argv[])
{
	char name[4096];
	ssize_t n = readlink(path, name, sizeof(name) - 1);

	if (n < 0)
		return -1;
	name[n] = '\0';
	return __real_execv(name, argv);
}
