/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/landlock.h"
#include "config.h"

static const int parser_calls[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64),
	SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise),
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(futex), SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(sched_yield),
};

static const int sensor_calls[] = {
	SCMP_SYS(recvmmsg), SCMP_SYS(recvmsg), SCMP_SYS(recvfrom),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(getsockopt), SCMP_SYS(pwrite64),
	SCMP_SYS(alarm), SCMP_SYS(setitimer),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
};

static const int stream_calls[] = { SCMP_SYS(accept4) };

/* Refused without killing: the C library asks these by itself and can do without. */
static const int denied_calls[] = {
	SCMP_SYS(newfstatat), SCMP_SYS(ioctl), SCMP_SYS(sysinfo),
};

/* libcurl and OpenSSL with a connected descriptor.  No socket, no connect, no file. */
static const int fetch_calls[] = {
	SCMP_SYS(getpeername), SCMP_SYS(getsockname), SCMP_SYS(rt_sigaction),
};

/*
 * The same, but what these do to a socket outlasts the process where the parent keeps it for the
 * next one.
 */
static const int fetch_changes[] = { SCMP_SYS(fcntl), SCMP_SYS(setsockopt), SCMP_SYS(shutdown) };

/* What they can do without, and would not survive asking for otherwise. */
static const int fetch_denied[] = {
	SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(access), SCMP_SYS(readlink), SCMP_SYS(uname),
};

/* How the C library resolves a name, and a connection is made. */
static const int connector_calls[] = {
	SCMP_SYS(connect),
	SCMP_SYS(bind),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(fcntl),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(setsockopt),
	SCMP_SYS(ioctl),
	SCMP_SYS(newfstatat),
	SCMP_SYS(fstatfs),
	SCMP_SYS(uname),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
};

/* How a sanitizer keeps its shadow, and prints its report without symbols. */
static const int sanitizer_calls[] = {
	SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(sigaltstack), SCMP_SYS(rt_sigaction),
		SCMP_SYS(prctl),
	SCMP_SYS(getrlimit), SCMP_SYS(prlimit64), SCMP_SYS(sched_getaffinity), SCMP_SYS(tgkill),
	SCMP_SYS(set_robust_list),
};

static const int sanitizer_denied[] = {
	SCMP_SYS(open), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(access),
	SCMP_SYS(stat), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(fork), SCMP_SYS(pipe),
		SCMP_SYS(pipe2),
	SCMP_SYS(dup2),
};

/*
 * What is made, read and replaced are files (Landlock says which); libcurl resolves names in a
 * thread.
 */
static const int messenger_calls[] = {
	SCMP_SYS(openat),
	SCMP_SYS(open),
	SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat),
	SCMP_SYS(rmdir),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	SCMP_SYS(rename),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(fsync),
	SCMP_SYS(fdatasync),
	SCMP_SYS(flock),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fallocate),
	SCMP_SYS(getdents64),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(statx),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(fchmod),
	SCMP_SYS(pipe2),
	SCMP_SYS(eventfd2),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(shutdown),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(sysinfo),
	SCMP_SYS(umask),
	SCMP_SYS(getppid),
	SCMP_SYS(getrlimit),
	SCMP_SYS(dup),
	SCMP_SYS(select),
	SCMP_SYS(pselect6),
	SCMP_SYS(getcwd),
	SCMP_SYS(socketpair),
};

/* What it can do without. */
static const int messenger_denied[] = { SCMP_SYS(prctl), SCMP_SYS(prlimit64), SCMP_SYS(mlock) };

#define NAME_SERVERS 53		/* their TCP port, for answers that do not fit a datagram */

#ifdef WITH_SANITIZER
static const int sanitizer = 1;
#else
static const int sanitizer = 0;
#endif

static int
add(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++) {
		err = seccomp_rule_add(filter, action, calls[i], 0);
		if (err == -EDOM)	/* not a call of this architecture */
			err = 0;
	}
	return err;
}

#define ADD(filter, action, calls) add(filter, action, calls, sizeof(calls) / sizeof(*(calls)))

/* Memory may never become code. */
static int
add_memory(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, no_code);

	return err != 0 ? err : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		no_code);
}

/*
 * Who reads strangers' bytes writes to nobody but the engine, and the log: what datagrams
 * come by reaches anybody, what frames come by puts frames on the wire.
 */
static int
add_writing(scmp_filter_ctx filter, enum sandbox_profile profile)
{
	const int calls[] = { SCMP_SYS(write), SCMP_SYS(writev) };
	const bool bound = profile == SANDBOX_SENSOR || profile == SANDBOX_STREAM;
	const struct scmp_arg_cmp log = SCMP_A0(SCMP_CMP_LE, STDERR_FILENO, 0);
	const struct scmp_arg_cmp to[] = { SCMP_A4(SCMP_CMP_EQ, 0, 0),
		SCMP_A0(SCMP_CMP_EQ, SANDBOX_CHANNEL, 0) };
	int err = 0;

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls) && err == 0; i++)
		err = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, calls[i], bound, &log);
	if (err == 0 && (bound || profile == SANDBOX_FETCH))
		err =
		    seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1 + bound, to);
	return err;
}

/*
 * Any descriptor but those that the parent keeps; of its number the kernel sees the lower half
 * only.
 */
static int
add_changes(scmp_filter_ctx filter, int call)
{
	const unsigned spare[] = SANDBOX_SPARE;
	int err = 0;

	for (size_t i = 0; i < sizeof(spare) / sizeof(*spare) && err == 0; i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, spare[i]));
	for (scmp_datum_t bit = SANDBOX_KEPT_END; bit < SANDBOX_DESCRIPTORS_MAX && err == 0;
	     bit *= 2)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, bit, bit));
	return err;
}

static int
add_fetch(scmp_filter_ctx filter)
{
	int err = ADD(filter, SCMP_ACT_ALLOW, fetch_calls);

	for (size_t i = 0; i < sizeof(fetch_changes) / sizeof(*fetch_changes) && err == 0; i++)
		err = add_changes(filter, fetch_changes[i]);
	if (err == 0)
		err = ADD(filter, SCMP_ACT_ERRNO(EPERM), fetch_denied);
	/*
	 * libcurl 7.88 connects what is connected already; it is told to wait, and nothing happens.
	 */
	return err != 0
	    ? err
	    : seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINPROGRESS), SCMP_SYS(connect), 0);
}

/* Sockets of the Internet, and of the kernel's routing, which resolving asks; reading files. */
static int
add_connector(scmp_filter_ctx filter)
{
	const int families[] = { AF_INET, AF_INET6, AF_NETLINK };
	const struct scmp_arg_cmp unix_socket = SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0);
	const struct scmp_arg_cmp reading = SCMP_A2(SCMP_CMP_MASKED_EQ,
	    O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY);
	int err = ADD(filter, SCMP_ACT_ALLOW, connector_calls);

	for (size_t i = 0; i < sizeof(families) / sizeof(*families) && err == 0; i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0));
	/* A name service daemon is asked first, and is not missed. */
	if (err == 0)
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
		    unix_socket);
	return err != 0 ? err
			: seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, reading);
}

/*
 * A thread is made by clone(), whose flags can be seen; the C library takes it where clone3() is
 * not there.
 */
static int
add_messenger(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp thread = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
	int err = add_connector(filter);

	if (err == 0)
		err = ADD(filter, SCMP_ACT_ALLOW, messenger_calls);
	if (err == 0)
		err = ADD(filter, SCMP_ACT_ERRNO(EPERM), messenger_denied);
	if (err == 0)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, thread);
	return err != 0 || sanitizer
	    ? err
	    : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static int
add_profile(scmp_filter_ctx filter, enum sandbox_profile profile)
{
	const uint32_t deny = SCMP_ACT_ERRNO(EPERM);
	int err = 0;

	if (profile != SANDBOX_PARSER)
		err = ADD(filter, SCMP_ACT_ALLOW, sensor_calls);
	if (err == 0 && profile == SANDBOX_CONNECTOR)
		return add_connector(filter);
	if (err == 0 && profile == SANDBOX_MESSENGER)
		return add_messenger(filter);
	if (err == 0)
		err = ADD(filter, deny, denied_calls);
	if (err == 0 && profile == SANDBOX_STREAM)
		err = ADD(filter, SCMP_ACT_ALLOW, stream_calls);
	if (err == 0 && profile == SANDBOX_FETCH)
		err = add_fetch(filter);
	return err;
}

static int
add_sanitizer(scmp_filter_ctx filter, enum sandbox_profile profile)
{
	const int file = SCMP_SYS(openat);
	int err = ADD(filter, SCMP_ACT_ALLOW, sanitizer_calls);

	if (err == 0)
		err = ADD(filter, SCMP_ACT_ERRNO(EPERM), sanitizer_denied);
	if (err == 0 && profile != SANDBOX_CONNECTOR && profile != SANDBOX_MESSENGER)
		err = add(filter, SCMP_ACT_ERRNO(EPERM), &file, 1);
	return err;
}

static int
fill(scmp_filter_ctx filter, enum sandbox_profile profile)
{
	int err = ADD(filter, SCMP_ACT_ALLOW, parser_calls);

	if (err == 0)
		err = add_writing(filter, profile);
	if (err == 0)
		err = add_profile(filter, profile);
	if (err == 0)
		err = sanitizer ? add_sanitizer(filter, profile) : add_memory(filter);
	return err;
}

static int
drop_capabilities(void)
{
	/*
	 * The bounding set can only be lowered by who may; who may not has nothing to gain from
	 * it.
	 */
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		capng_clear(CAPNG_SELECT_ALL);
	return capng_apply(CAPNG_SELECT_CAPS) == 0 ? 0 : -EPERM;
}

int
sandbox_enter(enum sandbox_profile profile)
{
	scmp_filter_ctx filter;
	int err;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	/* Or the first strftime() would look for the zone's file. */
	setenv("TZ", "UTC0", 1);
	tzset();
	err = drop_capabilities();
	if (err != 0)
		return err;
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (filter == NULL)
		return -ENOMEM;
	err = fill(filter, profile);
	if (err == 0)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err;
}

int
sandbox_connector(uint16_t port)
{
	/* resolv.conf is often a link to where its owner keeps it. */
	static const char *const readable[] = { "/etc", "/run/systemd/resolve", "/run/resolvconf",
		"/run/NetworkManager", NULL };
	const uint16_t ports[] = { port, NAME_SERVERS, 0 };
	int err;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	err = landlock_enter(readable, ports);
	return err != 0 && err != -ENOSYS ? err : sandbox_enter(SANDBOX_CONNECTOR);
}

int
sandbox_messenger(const char *const readable[], const char *const writable[], int *ret_files)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	*ret_files = landlock_keep(readable, writable);
	return *ret_files != 0 && *ret_files != -ENOSYS ? *ret_files
							: sandbox_enter(SANDBOX_MESSENGER);
}
