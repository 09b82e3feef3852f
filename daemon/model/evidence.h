/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evidence - a line of an incident's column as a sentence without its points, in the language set.
 */
#ifndef SEAWALL_MODEL_EVIDENCE_H
#define SEAWALL_MODEL_EVIDENCE_H

#include "base/text.h"
#include "model/incident.h"

/* "wire measures 600 Mbit/s where 200 Mbit/s is the limit", with no full stop. */
void evidence_say(struct text *out, const struct evidence *e);

#endif
