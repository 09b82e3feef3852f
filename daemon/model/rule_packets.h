/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rule_packets - the packets that a rule is about, in the language of lang_set(); for rule_words.c.
 */
#ifndef SEAWALL_MODEL_RULE_PACKETS_H
#define SEAWALL_MODEL_RULE_PACKETS_H

#include "base/text.h"
#include "model/rule.h"

/* "DNS answers larger than 512 bytes to port 80".  known may be NULL. */
void rule_packets(struct text *out, const struct rule *r, const struct signatures *known);

#endif
