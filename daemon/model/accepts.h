/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * accepts - would an upstream take this rule, by what its profile says?  And if not, why, in a
 * sentence of the language of lang_set().  Pure; knows nothing of budgets, nor of what stands.
 */
#ifndef SEAWALL_MODEL_ACCEPTS_H
#define SEAWALL_MODEL_ACCEPTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/text.h"
#include "model/rule.h"
#include "model/settings.h"

/* r canonical; upstream is its index. */
bool accepts(const struct settings *s, unsigned upstream, const struct rule *r,
    struct diag *reterr);

/*
 * Why these upstreams do not: "transit-b takes no IPv6 blackholes; transit-c ..."; nothing of one
 * that would.
 */
void accepts_words(struct text *out, const struct settings *s, uint32_t upstreams,
    const struct rule *r);
/* The same for logs: [{"name":"transit-b","en":"...","es":"..."}].  New reference. */
json_t *accepts_json(const struct settings *s, uint32_t upstreams, const struct rule *r);

#endif
