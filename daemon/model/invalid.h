/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * invalid - the sentence about a route of ours that RPKI makes invalid: which ROA, and who drops
 * it.
 */
#ifndef SEAWALL_MODEL_INVALID_H
#define SEAWALL_MODEL_INVALID_H

#include "base/text.h"
#include "model/rule.h"
#include "model/settings.h"

/*
 * "192.0.2.80/32 is invalid by RPKI: the ROA of 192.0.2.0/24 ends at /24; transit-b drops it", in
 * the language set, of the routers of `via`.  Adds nothing where nothing is known to be wrong.
 */
void invalid_words(struct text *out, const struct settings *s, const struct rule *r, uint32_t via);

#endif
