/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each case in a child, because most of them die. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
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

#define PORT 9		/* discard: nobody listens */

TestSuite(sandbox);

/* the second: the number it has in the child; -1: the same */
static int handed = -1, handed_as = -1;

static int
in_child(enum sandbox_profile profile, int (*act)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (handed_as >= 0 && dup2(handed, handed_as) >= 0)
			handed = handed_as;
		_exit(sandbox_enter(profile) == 0 ? act() : 99);
	}
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

static int
connects(void)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);

	return connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 ? 0 : errno;
}

/* On a socket that it was handed. */
static int
connects_anew(void)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return connect(handed, (const struct sockaddr *)&to, sizeof(to)) == 0 ? 0 : errno;
}

static int
asks_for_a_unix_socket(void)
{
	return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : errno;
}

static int
writes_a_file(void)
{
	return (int)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_WRONLY);
}

static int
reads_resolv_conf(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/resolv.conf", O_RDONLY) >= 0 ? 7 : errno;
}

static int
reads_elsewhere(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY) >= 0 ? 0 : errno;
}

static int
in_connector(uint16_t port, int (*act)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(sandbox_connector(port) == 0 ? act() : 99);
	cr_assert_eq(waitpid(child, &status, 0), child);
	return status;
}

static bool
ended_with(int status, int code)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

static bool
landlock_knows_ports(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 4;
}

Test(sandbox, a_fetcher_opens_nothing_and_connects_nowhere)
{
	int status;

	handed = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert(killed(in_child(SANDBOX_FETCH, opens_a_socket)));
	cr_assert(killed(in_child(SANDBOX_FETCH, asks_for_a_unix_socket)));
	cr_assert(killed(in_child(SANDBOX_FETCH, runs_a_program)));
	cr_assert(ended_with(in_child(SANDBOX_FETCH, opens_a_file), 0));
	status = in_child(SANDBOX_FETCH, connects_anew);
	cr_assert(ended_with(status, EINPROGRESS), "the kernel is not even asked");
	close(handed);
}

Test(sandbox, a_connector_connects_to_its_port_alone)
{
	cr_assert(killed(in_connector(PORT, runs_a_program)));
	cr_assert(ended_with(in_connector(PORT, asks_for_a_unix_socket), EAFNOSUPPORT));
	cr_assert(ended_with(in_connector(PORT, connects), ECONNREFUSED));
	if (landlock_knows_ports())
		cr_assert(ended_with(in_connector(PORT + 1, connects), EACCES));
	else
		cr_skip_test("this kernel's Landlock knows no ports");
}

Test(sandbox, a_connector_reads_what_resolving_takes)
{
	cr_assert(killed(in_connector(PORT, writes_a_file)));
	cr_assert(ended_with(in_connector(PORT, reads_resolv_conf), 7));
	if (landlock_knows_ports())
		cr_assert(ended_with(in_connector(PORT, reads_elsewhere), EACCES));
	else
		cr_skip_test("this kernel has no Landlock");
}

static int
accepts(void)
{
	return accept4(-1, NULL, NULL, 0) < 0 ? 7 : 1;
}

/* Ends with 7 when all of it arrived. */
static int
writes_to_what_it_reads(void)
{
	return write(handed, "x", 1) == 1 ? 7 : 1;
}

static int
sends_on_what_it_reads(void)
{
	return send(handed, "x", 1, 0) == 1 ? 7 : 1;
}

static int
shuts_it(void)
{
	return shutdown(handed, SHUT_RDWR) == 0 ? 7 : 1;
}

Test(sandbox, a_sensor_writes_reports_alone)
{
	int pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	handed = pair[0];
	for (handed_as = SANDBOX_CHANNEL + 1; handed_as < 16; handed_as++) {
		cr_assert(killed(in_child(SANDBOX_SENSOR, writes_to_what_it_reads)), "%d",
		    handed_as);
		cr_assert(killed(in_child(SANDBOX_STREAM, sends_on_what_it_reads)), "%d",
		    handed_as);
	}
	handed_as = SANDBOX_CHANNEL;
	cr_assert(killed(in_child(SANDBOX_SENSOR, writes_to_what_it_reads)));
	cr_assert(ended_with(in_child(SANDBOX_SENSOR, sends_on_what_it_reads), 7));
	cr_assert(ended_with(in_child(SANDBOX_STREAM, sends_on_what_it_reads), 7));
}

Test(sandbox, a_fetcher_changes_no_socket_that_outlasts_it)
{
	const int spare[] = SANDBOX_SPARE;
	int pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	handed = pair[0];
	for (handed_as = SANDBOX_CHANNEL; handed_as < SANDBOX_KEPT_END; handed_as++)
		if (handed_as != spare[0] && handed_as != spare[1])
			cr_assert(killed(in_child(SANDBOX_FETCH, shuts_it)), "%d", handed_as);
	for (handed_as = SANDBOX_KEPT_END; handed_as < 40; handed_as++)
		cr_assert(ended_with(in_child(SANDBOX_FETCH, writes_to_what_it_reads), 7), "%d",
		    handed_as);
	handed_as = spare[0];
	cr_assert(ended_with(in_child(SANDBOX_FETCH, shuts_it), 7));
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

Test(sandbox, only_a_stream_accepts)
{
	int status = in_child(SANDBOX_STREAM, accepts);

	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	cr_assert(killed(in_child(SANDBOX_SENSOR, accepts)));
	cr_assert(killed(in_child(SANDBOX_STREAM, opens_a_socket)));
	status = in_child(SANDBOX_STREAM, receives);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}
