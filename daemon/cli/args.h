/* SPDX-License-Identifier: GPL-3.0-or-later */
/* args - long options and words of one command, from rows.  Pure. */
#ifndef SEAWALL_CLI_ARGS_H
#define SEAWALL_CLI_ARGS_H

#include <stdbool.h>

#include "base/diag.h"

struct args_option {
	const char *name;	/* "--for"; NULL ends the rows */
	const char **value;	/* takes a value: --for 5m or --for=5m */
	bool *flag;		/* takes none */
};

struct args_words {
	unsigned max, n;
	const char **words;	/* borrowed; room for max */
};

/* argv[0] is the command's name.  0, or -EINVAL with a sentence. */
int args_parse(int argc, char **argv, const struct args_option *options, struct args_words *words,
	       struct diag *reterr);

#endif
