/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parts - the networks that one rule stands for: which they are, what each lets through, what goes
 * on when one of them ended.
 */
#ifndef SEAWALL_DECIDE_PARTS_H
#define SEAWALL_DECIDE_PARTS_H

#include "decide/stand.h"

/* A place for one more, or NULL. */
struct part *part_free(struct stand *st);
/* Of a limit of `rate` what p is given. */
double part_rate(const struct stand *st, const struct prefix *p, double rate);
/* What passes at one upstream when the attack fills the limit. */
double parts_pass(const struct stand *st);

#endif
