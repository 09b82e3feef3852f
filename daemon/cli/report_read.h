/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report_read - a story from the files of a log, which is checked for it. */
#ifndef SEAWALL_CLI_REPORT_READ_H
#define SEAWALL_CLI_REPORT_READ_H

#include "base/diag.h"
#include "report/teller.h"

struct report_read {
	const char *directory;
	struct telling about;		/* with an incident: its time is found out */
	bool watched;			/* progress to standard error */
};

/*
 * *ret is the caller's to free.  A log that is not what was written is read up to there, and the
 * story says so. -ESRCH and a sentence: no such incident; other -errno: no log, or no memory.
 */
int report_read(struct story **ret, const struct report_read *how, struct diag *reterr);

/*
 * What `seawall rehearse --json` wrote, for the story; lines that are not its are counted there.
 * -errno: no such file.
 */
int report_rehearsal(struct story *s, const char *path, struct diag *reterr);

#endif
