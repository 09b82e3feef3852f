/* SPDX-License-Identifier: GPL-3.0-or-later */
/* watch_live - `seawall watch` on a terminal that text can be placed on. */
#ifndef SEAWALL_CLI_WATCH_LIVE_H
#define SEAWALL_CLI_WATCH_LIVE_H

#include "cli/cli.h"

struct watch {
	int64_t every_ms;	/* 0: as often as the terminal bears */
	long times;		/* 0: for ever */
};

/* Until somebody quits, or `times` answers were shown.  Returns the exit status. */
int watch_live(const struct cli_options *o, const struct watch *w);

#endif
