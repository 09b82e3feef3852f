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
become(const char *role, const char *title, const int fds[])
{
	char option[32];
	char *argv[] = { (char *)title, option, NULL };
	int lifted[FD_N];
	sigset_t none;

	for (int i = 0; i < FD_N; i++) {
		lifted[i] = fds[i] >= 0 ? lift(fds[i]) : -1;
		if (fds[i] >= 0 && lifted[i] < 0)
			_exit(127);
	}
	for (int i = 0; i < FD_N; i++) {
		if (lifted[i] < 0)
			close(FD_CHANNEL + i);
		else if (dup2(lifted[i], FD_CHANNEL + i) < 0)
			_exit(127);
	}
	close_range(FD_CHANNEL + FD_N, ~0U, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	snprintf(option, sizeof(option), "--role=%s", role);
	execv("/proc/self/exe", argv);
	_exit(127);
}

pid_t
spawn_role(const char *role, const char *title, const int fds[])
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		/*
		 * Until the role says how it wants to die: a parent killed meanwhile leaves nobody
		 * who holds its port.
		 */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
			become(role, title, fds);
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
