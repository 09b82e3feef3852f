/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * standing - how a mitigation is made by hand, and how it takes its place in the ledger.
 * Pure: the live engine (intent.c, manual.c) and the virtual one (virtual.c) do it alike.
 */
#ifndef SEAWALL_ENGINE_STANDING_H
#define SEAWALL_ENGINE_STANDING_H

#include "base/diag.h"
#include "model/mitigation.h"
#include "model/settings.h"

/* What a person asks for. */
struct wish {
	const char *who, *reason;
	const struct rule *rule;	/* canonical */
	uint32_t via;			/* 0: every upstream that can take it */
	int64_t for_ms;
};

/* -EINVAL without a reason or an end. */
int standing_wish(struct mitigation *ret, const struct settings *s, const struct wish *w,
    wall_t now, struct diag *reterr);

/*
 * What stood under this id (NULL: nothing) keeps its states where nothing changes for an upstream.
 */
void standing_states(struct mitigation *m, const struct mitigation *before,
    const struct settings *s, wall_t now);

/* Of what stands as `old` (NULL: nothing) is only the end, or who has a part in it, another? */
bool standing_longer(const struct mitigation *old, const struct mitigation *m);

/*
 * It stands.  *ret_before: a copy of what stood under its id, owned by the caller; untouched when
 * nothing did.
 */
int standing_put(struct ledger *l, const struct mitigation *m, struct mitigation **ret_before);

/*
 * What m, merged, takes the place of stands no more: moved to ret, NULL behind the last; the caller
 * owns them.
 */
void standing_replace(struct ledger *l, const struct mitigation *m,
    struct mitigation *ret[static CLAIMS_MAX]);
/* And stands again: moved back, but for what no upstream is left for. */
void standing_put_back(struct ledger *l, struct mitigation *replaced[static CLAIMS_MAX]);
/* All of `more` that `into` has not joins it; the rest is freed, and more is empty. */
void standing_add(struct mitigation *into[static CLAIMS_MAX],
    struct mitigation *more[static CLAIMS_MAX]);
/* The one of this id, or NULL. */
struct mitigation *standing_among(struct mitigation *const replaced[static CLAIMS_MAX],
    const char *id);
/*
 * The one of this id was `before` (NULL: it did not stand), so that is what comes back of it;
 * false: none is.
 */
bool standing_was(struct mitigation *replaced[static CLAIMS_MAX], const char *id,
    const struct mitigation *before);
void standing_free(struct mitigation *replaced[static CLAIMS_MAX]);

/*
 * As if it had not been: what stood before it (NULL: nothing) stands again.  False: it stands no
 * more.
 */
bool standing_undo(struct ledger *l, const char *id, const struct mitigation *before);

#endif
