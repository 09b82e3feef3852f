/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * act - the commands that change something: arguments to requests, checked here so that a slip is
 * wrong usage before anybody is asked.  The makers are pure; *ret is a new reference.  -EINVAL with
 * a sentence.
 */
#ifndef SEAWALL_CLI_ACT_H
#define SEAWALL_CLI_ACT_H

#include "cli/cli.h"

int act_announce_request(json_t **ret, int argc, char **argv, struct diag *reterr);
int act_extend_request(json_t **ret, int argc, char **argv, struct diag *reterr);
int act_pause_request(json_t **ret, int argc, char **argv, struct diag *reterr);
int act_resume_request(json_t **ret, int argc, char **argv, struct diag *reterr);
int act_withdraw_request(json_t **ret, bool *ret_offline, int argc, char **argv,
			 struct diag *reterr);

cli_run cli_announce, cli_extend, cli_pause, cli_resume, cli_withdraw;

#endif
