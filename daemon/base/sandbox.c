/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#include "config.h"

static const int parser_calls[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev),
	SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise),
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(futex), SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(sched_yield),
};

static const int sensor_calls[] = {
	SCMP_SYS(recvmmsg), SCMP_SYS(recvmsg), SCMP_SYS(recvfrom), SCMP_SYS(sendmsg),
		SCMP_SYS(sendto),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(getsockopt),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
};

/* Refused without killing: the C library asks these by itself and can do without. */
static const int denied_calls[] = {
	SCMP_SYS(newfstatat), SCMP_SYS(ioctl),
};

/* How a sanitizer keeps its shadow, and prints its report without symbols. */
static const int sanitizer_calls[] = {
	SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(sigaltstack), SCMP_SYS(rt_sigaction),
		SCMP_SYS(prctl),
	SCMP_SYS(getrlimit), SCMP_SYS(prlimit64), SCMP_SYS(sched_getaffinity), SCMP_SYS(tgkill),
	SCMP_SYS(set_robust_list),
};

static const int sanitizer_denied[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
		SCMP_SYS(access),
	SCMP_SYS(stat), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(fork), SCMP_SYS(pipe),
		SCMP_SYS(pipe2),
	SCMP_SYS(dup2),
};

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

static int
fill(scmp_filter_ctx filter, enum sandbox_profile profile)
{
	const uint32_t deny = SCMP_ACT_ERRNO(EPERM);
	int err = ADD(filter, SCMP_ACT_ALLOW, parser_calls);

	if (err == 0)
		err = ADD(filter, deny, denied_calls);
	if (err == 0 && profile == SANDBOX_SENSOR)
		err = ADD(filter, SCMP_ACT_ALLOW, sensor_calls);
	if (err == 0 && !sanitizer)
		err = add_memory(filter);
	if (err == 0 && sanitizer)
		err = ADD(filter, SCMP_ACT_ALLOW, sanitizer_calls);
	if (err == 0 && sanitizer)
		err = ADD(filter, deny, sanitizer_denied);
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
