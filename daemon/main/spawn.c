/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "main/role.h"

/* Above the fixed places first, so that no dup2() overwrites one still to be moved. */
static int
lift(int fd)
{
	return fcntl(fd, F_DUPFD, 16);
}

static void
become(const char *role, const char *title, int channel, int spec, int source)
{
	char option[32];
	char *argv[] = { (char *)title, option, NULL };
	sigset_t none;
	int a = lift(channel), b = lift(spec), c = lift(source);

	if (a < 0 || b < 0 || c < 0 || dup2(a, FD_CHANNEL) < 0 || dup2(b, FD_SPEC) < 0 ||
	    dup2(c, FD_SOURCE) < 0)
		_exit(127);
	close_range(FD_SOURCE + 1, ~0U, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	snprintf(option, sizeof(option), "--role=%s", role);
	execv("/proc/self/exe", argv);
	_exit(127);
}

pid_t
spawn_role(const char *role, const char *title, int channel, int spec, int source)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		/* Until the role says how it wants to die: a parent killed meanwhile leaves nobody who holds its port. */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
			become(role, title, channel, spec, source);
		_exit(127);
	}
	return pid < 0 ? -errno : pid;
}

void
respite_started(struct respite *r, mono_t now)
{
	r->started = now;
}

int64_t
respite_failed(struct respite *r, mono_t now)
{
	int64_t ms = RESPITE_FIRST_MS;

	if (mono_since_ms(now, r->started) > RESPITE_FORGIVEN_MS)
		r->failures = 0;
	for (unsigned i = 0; i < r->failures && ms < RESPITE_LONGEST_MS; i++)
		ms *= 2;
	r->failures++;
	return ms < RESPITE_LONGEST_MS ? ms : RESPITE_LONGEST_MS;
}
