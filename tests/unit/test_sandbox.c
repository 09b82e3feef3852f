/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each case in a child, because most of them die. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "config.h"

TestSuite(sandbox);

static int
in_child(enum sandbox_profile profile, int (*act)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(sandbox_enter(profile) == 0 ? act() : 99);
	cr_assert_eq(waitpid(child, &status, 0), child);
	return status;
}

static bool
killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static int
works(void)
{
	char *volatile p = malloc(1 << 22);

	if (p == NULL)
		return 1;
	memset(p, 1, 1 << 22);
	free(p);
	return write(STDERR_FILENO, "", 0) == 0 ? 7 : 2;
}

static int
opens_a_socket(void)
{
	return (int)syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0);
}

static int
kills_a_stranger(void)
{
	return (int)syscall(SYS_kill, 1, 0);
}

static int
runs_a_program(void)
{
	return (int)syscall(SYS_execve, "/bin/true", NULL, NULL);
}

static int
opens_a_file(void)
{
	return (int)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY) >= 0 ? 1 : 0;
}

#ifndef WITH_SANITIZER
static int
maps_code(void)
{
	const int code = PROT_READ | PROT_EXEC, mine = MAP_PRIVATE | MAP_ANONYMOUS;

	return mmap(NULL, 4096, code, mine, -1, 0) != MAP_FAILED;
}
#endif

static int
receives(void)
{
	char b;

	return recv(-1, &b, 1, 0) < 0 ? 7 : 1;
}

Test(sandbox, lets_a_parser_work)
{
	int status = in_child(SANDBOX_PARSER, works);

	cr_assert(WIFEXITED(status));
	cr_assert_eq(WEXITSTATUS(status), 7);
}

Test(sandbox, kills_who_wants_a_socket_a_process_or_a_program)
{
	cr_assert(killed(in_child(SANDBOX_PARSER, opens_a_socket)));
	cr_assert(killed(in_child(SANDBOX_SENSOR, opens_a_socket)));
	cr_assert(killed(in_child(SANDBOX_SENSOR, kills_a_stranger)));
	cr_assert(killed(in_child(SANDBOX_SENSOR, runs_a_program)));
}

Test(sandbox, opens_no_file)
{
	int status = in_child(SANDBOX_SENSOR, opens_a_file);

#ifdef WITH_SANITIZER
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		"refused, so that a report can be printed");
#else
	cr_assert(killed(status));
	cr_assert(killed(in_child(SANDBOX_SENSOR, maps_code)));
#endif
}

Test(sandbox, only_a_sensor_receives)
{
	int status = in_child(SANDBOX_SENSOR, receives);

	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	cr_assert(killed(in_child(SANDBOX_PARSER, receives)));
}
