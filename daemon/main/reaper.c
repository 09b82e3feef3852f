/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * seawall-reaper - ends what is over, with or without seawalld.  Run it from a timer.  The end of
 * each announcement stands in the fragment itself; this program needs nothing else.  Each router
 * has a process of its own, so that none waits for another's BIRD.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/clock.h"
#include "bird/offline.h"

enum { DONE = 0, FAILED = 1, USAGE = 2 };

#define ROUTER_WORDS 3		/* FRAGMENT BIRD-SOCKET AUDIT-DIR */
#define MINUTE_S 60		/* between two starts by cron */

static int
usage(void)
{
	fprintf(stderr,
	    "usage: seawall-reaper [--every SECONDS] FRAGMENT BIRD-SOCKET AUDIT-DIR ...\n"
	    "       seawall-reaper --strip-only FRAGMENT\n"
	    "Takes the announcements that are over out of the fragment and has BIRD read it "
	    "again;\n"
	    "--every: again and again for a minute, for cron; three more words for each further router;\n"
	    "--strip-only: only the file, for the start guard.\n");
	return USAGE;
}

static int
complain(const struct diag *why)
{
	char buf[1024];

	fprintf(stderr, "seawall-reaper: %s\n", diag_str(why, buf, sizeof(buf)));
	return FAILED;
}

/* What happened already is noted whatever else fails. */
static int
note(const char *directory, wall_t now, const char *did)
{
	char id[ID_LEN], line[1024];
	int status = DONE;

	while (offline_next(&did, id, line, sizeof(line))) {
		int err;

		printf("%s\n", line);
		if (directory == NULL)
			continue;
		err = audit_journal_add(directory, now, "seawall-reaper", id[0] != '\0' ? id : NULL,
		    line);
		if (err == 0)
			continue;
		fprintf(stderr, "seawall-reaper: %s: cannot be noted in the journal: %s\n",
		    directory, strerror(-err));
		status = FAILED;
	}
	return status;
}

static int
reap(const char *fragment, const char *socket, const char *audit)
{
	wall_t now = clock_now().wall;
	struct diag why = { 0 };
	struct text did;
	int status, err;

	text_init(&did, OFFLINE_DID_MAX);
	err = offline_reap(fragment, socket, now, &did, &why);
	status = note(audit, now, text_str(&did));
	text_fini(&did);
	if (err != 0)
		status = complain(&why);
	fflush(stdout);
	return status;
}

/* Once, or every so many seconds of a minute; how the last time went. */
static int
reap_router(char **router, unsigned every)
{
	mono_t begun = clock_now().mono;
	int status;

	for (unsigned at = 0;; at += every) {
		int64_t early = (int64_t)at * 1000 - mono_since_ms(clock_now().mono, begun);

		if (early > 0)
			nanosleep(&(struct timespec){ early / 1000, early % 1000 * 1000000 }, NULL);
		status = reap(router[0], router[1], router[2]);
		if (every == 0 || at + every >= MINUTE_S)
			return status;
	}
}

static int
wait_for_all(void)
{
	int status = DONE, one;

	while (wait(&one) > 0)
		if (!WIFEXITED(one) || WEXITSTATUS(one) != DONE)
			status = FAILED;
	return status;
}

static int
reap_routers(int n, char **routers, unsigned every)
{
	int status = DONE;

	if (n == 1)
		return reap_router(routers, every);
	for (int i = 0; i < n; i++) {
		char **router = routers + i * ROUTER_WORDS;
		pid_t pid = fork();

		if (pid == 0)
			_exit(reap_router(router, every));
		/* then one after the other */
		if (pid < 0 && reap_router(router, 0) != DONE)
			status = FAILED;
	}
	return wait_for_all() != DONE ? FAILED : status;
}

/* 1..59 seconds; 0: it is none. */
static unsigned
seconds_in(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	return *text >= '0' && *text <= '9' && *end == '\0' && n < MINUTE_S ? (unsigned)n : 0;
}

int
main(int argc, char **argv)
{
	char **word = argv + 1;
	unsigned every = 0;

	if (argc == 3 && strcmp(argv[1], "--strip-only") == 0)
		return reap(argv[2], NULL, NULL);
	if (argc > 2 && strcmp(word[0], "--every") == 0) {
		every = seconds_in(word[1]);
		if (every == 0)
			return usage();
		word += 2;
	}
	argc -= (int)(word - argv);
	if (argc == 0 || argc % ROUTER_WORDS != 0 || word[0][0] == '-')
		return usage();
	return reap_routers(argc / ROUTER_WORDS, word, every);
}
