/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every command a row: `seawall --help`, completion and the manual page are checked against it. */
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "cli/act.h"
#include "cli/audit.h"
#include "cli/check.h"
#include "cli/cli.h"
#include "cli/decode.h"
#include "cli/drill.h"
#include "cli/init.h"
#include "cli/look.h"
#include "cli/page.h"
#include "cli/notify.h"
#include "cli/pending.h"
#include "cli/rehearse.h"
#include "cli/report.h"
#include "cli/steps.h"
#include "cli/synthesize.h"

const struct cli_command cli_commands[] = {
	{ "status", "", N_("one screen: attacks, announcements, sensors, upstreams"), cli_status },
	{ "watch", "[--every DURATION] [--times N]", N_("the same, live"), cli_watch },
	{ "live", "[--looked FILE [--reason TEXT]]",
	    N_("the step of going live, and what stands against the next"), cli_live },
	{ "announce",
	    "TARGET [--match EXPR [--rate RATE] [--redirect PLACE] [--mark DSCP] [--sample] [--terminal]] "
	    "[--divert|--source] [--via UPSTREAM[:SCOPE],...] --for DURATION "
	    "--reason TEXT [--replace ID] [--dry-run]",
	    N_("announce by hand: a blackhole, a FlowSpec rule, a diversion or a source to drop"),
	    cli_announce },
	{ "withdraw", "ID|TARGET|--all --reason TEXT [--offline]", N_("take announcements back"),
	    cli_withdraw },
	{ "extend", "ID --for DURATION --reason TEXT", N_("move the end of an announcement"),
	    cli_extend },
	{ "list", "", N_("what is announced"), cli_list },
	{ "incidents", "", N_("attacks, open and past"), cli_incidents },
	{ "show", "ID", N_("one announcement or incident, explained"), cli_show },
	{ "pending", "", N_("what waits for a person, with all there is to know about it"),
	    cli_pending },
	{ "approve", "ID|config [HASH] [--reason TEXT]",
	    N_("say yes to what waits, or to the configuration"), cli_answer },
	{ "deny", "ID --reason TEXT [--for DURATION]", N_("say no to what waits"), cli_answer },
	{ "pause", "--for DURATION --reason TEXT", N_("no new automatic actions for a while"),
	    cli_pause },
	{ "resume", "[--reason TEXT]", N_("automatic actions again"), cli_resume },
	{ "drill",
	    "begin [TARGET] --for DURATION --reason TEXT [--by HOW] | end [--result passed|failed] | sheet [--since T]",
	    N_("a drill: what is marked as one, and its sheet of pass and fail"), cli_drill },
	{ "sensors", "", N_("health, rates and refusals of the sensors"), cli_sensors },
	{ "upstreams", "", N_("sessions, budgets and read-back"), cli_upstreams },
	{ "check", "[--bird-conf FILE] [--sheet]",
	    N_("the configuration, and BIRD's word on what we would write"), cli_check },
	{ "init",
	    "[--observe DURATION] [--output DIRECTORY|FILE] [--interface NAME,...] "
	    "[--exporter ADDRESS,...] [--router SOCKET] [--replace] [--dry-run]",
	    N_("a first configuration, from what BIRD, this machine and the traffic say"),
	    cli_init },
	{ "decode", "[--payload] FILE...", N_("flow records in captures of export datagrams"),
	    cli_decode },
	{ "rehearse",
	    "[--against OTHER.conf] [--approve-after D | --deny-after D] [--sensor NAME] "
	    "[--export D] [--seed N] [--learned FILE] CAPTURE...",
	    N_("captures through the real pipeline: what would have been announced"),
	    cli_rehearse },
	{ "synthesize",
	    "--attack CAPTURE --reference CAPTURE [--max-rules N] [--max-collateral F] [--for PREFIX] "
	    "[--via UPSTREAM] [--by-bytes] [--seed N] [--vectors FILE]",
	    N_("FlowSpec rules that fit an attack and spare visitors, from captures of both"),
	    cli_synthesize },
	{ "audit",
	    "log [--since T] [DIR] | verify [--key KEY] [--checkpoint FILE] [DIR] | checkpoint [DIR] | "
	    "prove N|--from N|FILE [DIR] | publish TO [DIR] | key [--new] [--name NAME] [DIR]",
	    N_("the record: read it, check that nobody changed it"), cli_audit },
	{ "page", "--listen ADDRESS:PORT [--view committee|public] [--anyone] [DIR]",
	    N_("shows the page that people watch, on this machine"), cli_page },
	{ "report",
	    "[--since T] [--until T] [--incident ID] [--member NAME [--notice] | --public] [--delay D] "
	    "[--rehearsal FILE] [--format text|html|json] [-o FILE] [--directory DIR]",
	    N_("what happened, for the committee, a member or the public"), cli_report },
	{ "notify", "--test NAME", N_("try whether somebody can be told"), cli_notify },
	{ "metrics", "[--output FILE]", N_("figures for Prometheus"), cli_metrics },
	{ "ping", "", N_("does the daemon answer?"), cli_ping },
	{ 0 },
};

const struct cli_command *
cli_find(const char *name)
{
	for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}
