/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * request - one line from a client, checked; pure, so that it is fuzzed as it is.
 * Every field is a row, every command a row that says which fields it takes and which it needs.
 * A field the command does not take is an error: nothing a person asked for is silently left out.
 */
#ifndef SEAWALL_CONTROL_REQUEST_H
#define SEAWALL_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/lang.h"
#include "model/mitigation.h"
#include "model/rule.h"
#include "model/settings.h"

#define REQUEST_MAX 16384	/* bytes of a line */
#define MATCH_LEN 2048
#define WHAT_LEN 72	/* a SHA-256 in hexadecimal digits, and more than any id or prefix */

/* Field, JSON key. */
#define FIELDS(X)		\
	X(LANG,    "lang")	\
	X(TARGET,  "target")	\
	X(MATCH,   "match")	\
	X(RATE,    "rate")	\
	X(VIA,     "via")	\
	X(FOR,     "for")	\
	X(REASON,  "reason")	\
	X(DRY_RUN, "dry_run")	\
	X(WHAT,    "what")	\
	X(ALL,     "all")	\
	X(KIND,    "kind")	\
	X(REDIRECT, "redirect")	\
	X(MARK,    "mark")	\
	X(SAMPLE,  "sample")	\
	X(TERMINAL, "terminal")	\
	X(REPLACE, "replace")	\
	X(SETTINGS, "settings")

#define FIELD_NUMBER(id, key) FIELD_NUMBER_##id,
enum { FIELDS(FIELD_NUMBER) FIELD_N };
#define FIELD_BIT(id, key) FIELD_##id = 1 << FIELD_NUMBER_##id,
enum field { FIELDS(FIELD_BIT) };

/* Command, name, does it act (then only an operator may), what it needs, what else it takes. */
#define COMMANDS(X)									\
	X(PING,      "ping",      false, 0, 0)						\
	X(STATUS,    "status",    false, 0, 0)						\
	X(LIST,      "list",      false, 0, 0)						\
	X(INCIDENTS, "incidents", false, 0, 0)						\
	X(SHOW,      "show",      false, FIELD_WHAT, 0)					\
	X(SENSORS,   "sensors",   false, 0, 0)						\
	X(UPSTREAMS, "upstreams", false, 0, 0)						\
	X(METRICS,   "metrics",   false, 0, 0)						\
	X(PENDING,   "pending",   false, 0, 0)						\
	X(CONFIG,    "config",    false, 0, 0)						\
	X(ANNOUNCE,  "announce",  true,  FIELD_TARGET | FIELD_FOR | FIELD_REASON,	\
				  FIELD_MATCH | FIELD_RATE | FIELD_VIA | FIELD_DRY_RUN | \
				  	FIELD_KIND | \
				  FIELD_REDIRECT | FIELD_MARK | FIELD_SAMPLE | FIELD_TERMINAL |	\
				  FIELD_REPLACE)			\
	X(WITHDRAW,  "withdraw",  true,  FIELD_REASON, FIELD_WHAT | FIELD_ALL)		\
	X(EXTEND,    "extend",    true,  FIELD_WHAT | FIELD_FOR | FIELD_REASON, 0)	\
	X(PAUSE,     "pause",     true,  FIELD_FOR | FIELD_REASON, 0)			\
	X(RESUME,    "resume",    true,  0, FIELD_REASON)				\
	X(LOOKED,    "looked",    true,  FIELD_WHAT, FIELD_REASON)			\
	X(DRILL,     "drill",     true,  FIELD_FOR | FIELD_REASON, FIELD_TARGET | FIELD_WHAT)	\
	X(DRILL_END, "drill-end", true,  0, FIELD_REASON | FIELD_WHAT)		\
	X(APPROVE,   "approve",   true,  FIELD_WHAT, FIELD_REASON | FIELD_SETTINGS)	\
	X(DENY,      "deny",      true,  FIELD_WHAT | FIELD_REASON, FIELD_FOR)

#define COMMAND_ENUM(id, name, acts, needs, takes) COMMAND_##id,
enum command { COMMANDS(COMMAND_ENUM) COMMAND_N };

struct request {
	enum command command;
	unsigned given;			/* enum field bits */
	enum lang lang;
	struct prefix target;
	char match[MATCH_LEN];
	double rate_bps, mark;
	struct redirect redirect;
	bool sample, terminal;
	unsigned via_n;
	char via[UPSTREAMS_MAX][2 * NAME_MAX_LEN];	/* "transit-a", or "transit-a:abroad" */
	int64_t for_ms;
	char reason[REASON_LEN];
	bool dry_run, all;
	enum rule_kind kind;		/* of an announcement */
	char settings[WHAT_LEN];	/* hash of the configuration that was looked at */
	/* an id or a prefix; of an announcement, what it replaces */
	char what[WHAT_LEN];
};

const char *command_name(enum command c);
bool command_acts(enum command c);

/* 0, or -EINVAL with a sentence. */
int request_parse(struct request *ret, const char *line, size_t len, struct diag *reterr);

/* The rule an announcement asks for, canonical.  0 or -EINVAL. */
int request_rule(struct rule *ret, const struct request *q, struct diag *reterr);

/*
 * The bits of `via`, 0 when not given, and where they drop (model/scope.h).  -EINVAL names the one
 * not known, and those that are.
 */
int request_via(uint32_t *ret, uint64_t *ret_scopes, const struct request *q,
    const struct settings *s, struct diag *reterr);

#endif
