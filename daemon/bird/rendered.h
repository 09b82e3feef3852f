/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rendered - what was rendered last, in order and with its text: of ten thousand lines a change
 * renders the one that is another, and copies the rest.  A line is copied only while all that it
 * was made of is as it was, value by value: rule, end, upstreams and their profiles; so the text is
 * what rendering everything anew gives, byte for byte. Owned by one router's struct bird.  Holds
 * per mitigation of the ledger (LEDGER_MAX) its rule and what it became, less than 1 KiB unless it
 * became several, and once the text (FRAGMENT_MAX).
 */
#ifndef SEAWALL_BIRD_RENDERED_H
#define SEAWALL_BIRD_RENDERED_H

#include "bird/render.h"

/* The sections of the frame, in the order in which rules sort. */
enum section { RTBH4, RTBH6, FLOWSPEC4, FLOWSPEC6, DIVERT4, DIVERT6, SOURCE4, SOURCE6, SECTION_N };

struct rendered {
	/* owned, as all that follows: what of the upstreams lines depend on */
	struct basis *basis;
	unsigned upstreams_n, router;
	uint64_t round;			/* this rendering */
	unsigned kept_n, items_n, standing;
	struct kept **kept;		/* a mitigation each, in the order of the ledger */
	struct item **items;		/* a rule each, in the order of the text */
	unsigned ends[SECTION_N];	/* of items: where each section ends */
	size_t text_at;			/* where this rendering begins in what it is appended to */
	struct text text;		/* the last rendering's */
};

void rendered_init(struct rendered *r);
void rendered_fini(struct rendered *r);

/* What stands now; -errno as render_fragment(), and everything is forgotten. */
int rendered_see(struct rendered *r, const struct render_of *of, struct diag *reterr);

/* Appends the lines of one section: each once in a rendering, in their order. */
int rendered_section(struct text *out, struct rendered *r, const struct render_of *of,
    enum section section, struct diag *reterr);

/* The rendering is whole: it is what the next one is made of. */
void rendered_done(struct rendered *r, const struct text *out);

#endif
