/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * render - the fragment of one router, from the ledger and the frame in bird-templates/.
 * Equal ledgers give equal text but for generation and time.  What is over at `now`, or meant for
 *no upstream of this router, is left out.  Pure but for render_frame(), which reads the frame.
 *
 *	struct render_of of = { .frame = frame, .settings = s, .router = 0, .ledger = l, .generation
 *= 7, .now = now }; err = render_fragment(&text, &of, &diag);
 */
#ifndef SEAWALL_BIRD_RENDER_H
#define SEAWALL_BIRD_RENDER_H

#include <stdint.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "model/mitigation.h"
#include "model/settings.h"

#define RENDER_FRAME "fragment.conf.in"
#define RENDER_FRAME_MAX 65536

struct render_of {
	const char *frame;
	const struct settings *settings;
	unsigned router;
	const struct ledger *ledger;
	uint64_t generation;
	wall_t now;
	/* rendered.h: what is as it was is copied from there; NULL: all is made anew */
	struct rendered *last;
};

/* Reads and checks DIRECTORY/fragment.conf.in; *ret is the caller's to free. */
int render_frame(char **ret, const char *directory, struct diag *reterr);

/* -ENOMEM, -EFBIG, -EINVAL for a rule that BIRD cannot hold, with the mitigation's id. */
int render_fragment(struct text *out, const struct render_of *of, struct diag *reterr);

/*
 * The line of one rule, as the fragment has it; `tags` is a bit per upstream of the settings.  What
 * was written is read again and compared with the rule: -EBADMSG when it says something else.
 */
int render_line(struct text *out, const struct settings *s, const struct rule *r, uint32_t tags);

/*
 * What of a mitigation stands in this router's fragment, each rule with the upstreams that are sent
 * it: its own, and where an upstream would not survive that, the ones it becomes there.
 */
typedef int render_see(void *ctx, const struct rule *r, uint32_t tags);
int render_each(const struct settings *s, unsigned router, const struct mitigation *m,
    render_see *see, void *ctx);

/* Does the mitigation stand in this router's fragment at `now`? */
bool render_stands(const struct settings *s, unsigned router, const struct mitigation *m,
    wall_t now);

/* Its upstreams of this router that can carry it. */
uint32_t render_tags(const struct settings *s, unsigned router, const struct mitigation *m);

#endif
