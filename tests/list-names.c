/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every name in the tables of the code that a manual page must explain: what it is, then the name.
 * Options are those that the commands hand to args_parse(), which is ours here and says them.
 */
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "control/figures.h"
#include "decide/guard.h"
#include "engine/state.h"
#include "model/incident.h"
#include "model/metric.h"
#include "model/observation.h"
#include "model/policy.h"
#include "sensor/dial.h"
#include "sensor/feed.h"
#include "sensor/fetch.h"
#include "sensor/pick.h"
#include "sensor/refusal.h"
#include "synth/synth.h"
#include "unit/cli_main.h"

#define WORDS_MAX 16
#define USAGE_MAX 1024

static const char *command;	/* whose options args_parse() is asked for */

int
args_parse(int argc, char **argv, const struct args_option *options, struct args_words *words,
	   struct diag *reterr)
{
	(void)argc, (void)argv, (void)words;
	for (; options->name != NULL; options++)
		printf("option\t%s\t%s\n", command, options->name);
	return diag_set(reterr, -1, "asked for its options alone");
}

static void
ask(const struct cli_command *c, char *name, char *sub)
{
	char *argv[] = { name, sub, NULL };

	command = c->name;
	c->run(&(struct cli_options){ 0 }, sub != NULL ? 2 : 1, argv);
}

/* "log [--since T] | verify ... | prove N": a command of commands names each before a bar. */
static void
list_command(const struct cli_command *c)
{
	char name[32], usage[USAGE_MAX], *at = usage;

	printf("command\t%s\n", c->name);
	snprintf(name, sizeof(name), "%s", c->name);
	snprintf(usage, sizeof(usage), "%s", c->args);
	if (strcmp(c->name, "audit") != 0) {
		ask(c, name, NULL);
		return;
	}
	for (char *sub = strsep(&at, "|"); sub != NULL; sub = strsep(&at, "|")) {
		sub += strspn(sub, " ");
		sub[strcspn(sub, " ")] = '\0';
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ-", sub[0]) == NULL)
			ask(c, name, sub);
	}
}

int
main(void)
{
#define ROW2(kind, name) if (*(name) != '\0') printf(kind "\t%s\n", name);
#define KIND(id, name) ROW2("kind", name)
#define SYNTH(id, name) ROW2("verdict", name)
#define REFUSAL(id, name, say) ROW2("refusal", name)
#define STATE(id, name, say) ROW2("state", name)
#define STEP_NAME(id, name, say) ROW2("step", name)
#define SIGN(id, name, say) ROW2("crowd", name)
#define METRIC_NAME(id, name, unit, say) ROW2("metric", name)
	AUDIT_KINDS(KIND)
	for (unsigned i = 0; engine_counter_name(i) != NULL; i++)
		printf("counter\t%s\n", engine_counter_name(i));
	for (int f = 0; f < FIGURE_N; f++)
		printf("figure\t%s\t%s\t%s\n", figures[f].name, figures[f].labels, figures[f].help);
	SYNTH_WHYS(SYNTH)
	REFUSALS(REFUSAL)
	FEED_REFUSALS(REFUSAL) DIAL_ENDS(REFUSAL) FETCH_ENDS(REFUSAL) PICKS(REFUSAL) HEALTHS(STATE)
	    STEPS(STEP_NAME) CROWD_SIGNS(SIGN) METRICS_COUNTED(METRIC_NAME)
		METRICS_READ(METRIC_NAME) for (int r = GUARD_OK + 1; r < GUARD_N; r++)
		    printf("guard\t%s\n", guard_reason_name((enum guard_reason)r));
	for (int status = CLI_DONE; status <= CLI_UNREACHABLE; status++)
		printf("exit\t%d\n", status);
	for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
		list_command(c);
	return 0;
}
