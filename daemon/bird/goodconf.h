/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * goodconf - the last good copy of an operator's bird.conf, as FRAGMENT.bird: with everything that
 * it includes put in, but for our own fragment, so that it stands alone whatever is edited.  When
 * BIRD refuses bird.conf because somebody is in the middle of editing it, it is given this one
 * (BIRD.md 1).  Readable by whom bird.conf is readable: it may hold passwords.
 */
#ifndef SEAWALL_BIRD_GOODCONF_H
#define SEAWALL_BIRD_GOODCONF_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "base/text.h"

#define GOODCONF_MAX (8u << 20)	/* bytes, all files together */
#define GOODCONF_DEPTH 8	/* of includes, as in BIRD */
#define GOODCONF_FILES_MAX 512	/* of one wildcard */
/* that it defines: BIRD can be asked whether it runs the copy */
#define GOODCONF_MARK "SEAWALL_COPY"
/* since it was last as bird.conf is, or last ran: an older one is not given to BIRD */
#define GOODCONF_AGE_S 86400

/* Who may read them: what all of them allow. */
struct goodconf_access {
	mode_t mode;
	gid_t group;
	bool any;
};

/*
 * Writes `conf` and what it includes into *out.  -errno with a sentence that names the file;
 * -ENOLINK when nothing includes `fragment`.
 */
int goodconf_flatten(struct text *out, struct goodconf_access *ret, const char *conf,
    const char *fragment, struct diag *reterr);

/* FRAGMENT.bird, or with `try` the name under which BIRD looks at it first; returns buf. */
const char *goodconf_name(char buf[static PATH_MAX], const char *fragment, bool try);

/* Is there a copy, and young enough? */
bool goodconf_fresh(const char *fragment);
void goodconf_renew(const char *fragment);

/* Is the copy this text, readable by these alone? */
bool goodconf_is(const char *fragment, const struct text *text,
    const struct goodconf_access *access);

/* Writes it under its `try` name, for those alone who may read the original. */
int goodconf_put(const char *fragment, const struct text *text,
    const struct goodconf_access *access, struct diag *reterr);

/*
 * Is it our fragment that BIRD refuses?  `words`: its answer, FILE:LINE:COLUMN first.  Only to be
 * believed of the copy: what is left open in bird.conf may be missed no sooner than in our file.
 */
bool goodconf_blames_us(const char *fragment, const char *words);

#endif
