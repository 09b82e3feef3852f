/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * schema - every setting of seawall.conf, policies and profiles as one table row.
 * Loading, printing, defaults, the nearest known name and the test of the man pages all come from
 * the rows: a new setting is a row, its field in model/settings.h and its paragraph in the man
 * page.
 */
#ifndef SEAWALL_CONFIG_SCHEMA_H
#define SEAWALL_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "model/settings.h"

/* How a value is written and kept; value.c has a row for each. */
enum kind {
	KIND_TEXT,	/* any text without control characters */
	KIND_NAME,	/* letters, digits, '.', '_', '-': may stand in comments and file names */
	KIND_SYMBOL,	/* a name as bird.conf has them */
	KIND_PATH,	/* absolute */
	KIND_FILE,	/* absolute, or relative to the file that names it */
	KIND_SOCKET,	/* absolute, and short enough for a socket */
	KIND_CHOICE,	/* one of `names`, kept as its number */
	KIND_BOOL,
	KIND_UINT,	/* unsigned of `size` bytes, lo..hi */
	KIND_POINTS,	/* double, lo..hi */
	KIND_BITS,	/* "200Mbit" */
	KIND_DURATION,	/* "5m" */
	KIND_PERCENT,	/* "80%" */
	KIND_AS,	/* "64500" or 64500 */
	KIND_PREFIX,	/* "192.0.2.0/24" */
	KIND_ADDRESS,	/* "192.0.2.1" */
	KIND_LISTEN,	/* "0.0.0.0:2055" into listen and port of a sensor */
	KIND_METRIC,
	KIND_THRESHOLD,	/* of a signal: the unit is its metric's */
	KIND_LINK,	/* name of a link, kept as its index */
	KIND_SENSOR,	/* name of a sensor, kept as 1 + its index */
	/* names of upstreams, kept as bits; "NAME:SCOPE": with it in the scopes of a step */
	KIND_VIA,
	KIND_HARM,	/* "none", "state", "link", or "link:NAME" */
	KIND_REDIRECT,	/* "64500:666": where a FlowSpec rule sends packets */
	KIND_OTHERWISE,	/* "act", "refuse", "act-for(5m)" */
	KIND_SCALARS,	/* how many kinds there are of the above */
	KIND_GROUP = KIND_SCALARS,	/* { ... } */
	KIND_GROUPS,	/* ( { ... }, { ... } ) */
	KIND_UPSTREAMS,	/* the same, kept in settings.upstreams */
	KIND_POLICIES	/* the same, or names of files with more */
};

#define NOWHERE UINT32_MAX
#define SETTING_REQUIRED 1u	/* has no default */
#define SETTING_OPTIONAL 2u	/* may be unset; then it is not printed */

struct section;
struct filling;

struct row {
	const char *name;
	enum kind kind;
	uint32_t at;		/* where its value stands in the object */
	uint32_t size;		/* bytes of it, or of one entry */
	uint32_t list;		/* most entries; 0: a single value */
	uint32_t n_at;		/* where the number of entries stands; KIND_GROUP: "is there" */
	double lo, hi;		/* limits, both included; hi 0: none */
	const char *def;	/* as it would be written, without quotation marks */
	const char *const *names;	/* KIND_CHOICE, NULL at the end */
	const struct section *group;
	uint32_t when;		/* bits of which(): where the setting makes sense; 0: everywhere */
	unsigned flags;
	const char *help;	/* one line, for the man page's index and `seawall init` */
};

struct section {
	const char *what;	/* "sensor": in error sentences */
	const struct row *rows;
	unsigned n;
	uint32_t size;		/* of its object */
	uint32_t line_at;	/* where the object keeps its line, or NOWHERE */
	bool named;		/* its first field is a name that may stand once in a list */
	unsigned (*which)(const void *object);	/* NULL: `when` is not used */
	const char *(*which_name)(unsigned which);
	/* What no single row can say, checked when the object is filled (rules.c); may be NULL. */
	int (*rule)(const struct filling *f, void *object, unsigned line);
};

extern const struct section schema_root;		/* seawall.conf */
extern const struct section schema_policy;	/* one policy */
extern const struct section schema_policy_file;	/* a *.policy file */
extern const struct section schema_profile;	/* a *.profile file */
extern const struct section schema_vectors;	/* policies/vectors */

const struct row *schema_find(const struct section *g, const char *name);
/* The known name most like it, or NULL when none is. */
const char *schema_nearest(const struct section *g, const char *name);

/* Calls see() for every row, depth first, with its dotted path ("routers.upstreams.name"). */
void schema_each(const struct section *g,
		 void (*see)(void *ctx, const char *path, const struct row *r), void *ctx);

#endif
