/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * seawall-reaper - ends what is over, with or without seawalld.  Run it from a timer, once a
 * minute. The end of each announcement stands in the fragment itself; this program needs nothing
 * else.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/clock.h"
#include "bird/offline.h"

enum { DONE = 0, FAILED = 1, USAGE = 2 };

static int
usage(void)
{
	fprintf(stderr,
	    "usage: seawall-reaper FRAGMENT BIRD-SOCKET AUDIT-DIR\n"
	    "       seawall-reaper --strip-only FRAGMENT\n"
	    "Takes the announcements that are over out of the fragment and has BIRD read it "
	    "again;\n"
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
		err = audit_journal_add(
		    directory, now, "seawall-reaper", id[0] != '\0' ? id : NULL, line);
		if (err == 0)
			continue;
		fprintf(stderr, "seawall-reaper: %s: cannot be noted in the journal: %s\n",
		    directory, strerror(-err));
		status = FAILED;
	}
	return status;
}

int
main(int argc, char **argv)
{
	wall_t now = clock_now().wall;
	struct diag why = { 0 };
	struct text did;
	int status, err;

	text_init(&did, OFFLINE_DID_MAX);
	if (argc == 3 && strcmp(argv[1], "--strip-only") == 0) {
		err = offline_reap(argv[2], NULL, now, &did, &why);
		status = note(NULL, now, text_str(&did));
	} else if (argc == 4 && argv[1][0] != '-') {
		err = offline_reap(argv[1], argv[2], now, &did, &why);
		status = note(argv[3], now, text_str(&did));
	} else {
		return usage();
	}
	text_fini(&did);
	if (err != 0)
		status = complain(&why);
	return status;
}
