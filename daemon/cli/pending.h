/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pending - questions to people: `pending`, `approve`, `deny`, and what `status` says of them. */
#ifndef SEAWALL_CLI_PENDING_H
#define SEAWALL_CLI_PENDING_H

#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"

/* Of `approve` and `deny` (argv[0]); pure; *ret is a new reference.  -EINVAL with a sentence. */
int pending_answer_request(json_t **ret, int argc, char **argv, struct diag *reterr);

/* Each question with all that a person must know who answers. */
void screen_pending(struct text *out, const json_t *lines, wall_t now);
void screen_waiting(struct text *out, const json_t *lines, wall_t now);	/* a line each */

cli_run cli_pending, cli_answer;

#endif
