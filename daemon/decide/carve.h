/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * carve - what of a prefix a rule may name when addresses in it are protected or speak BGP: parts
 * that hold none of them, widest first, none smaller than is worth a rule.  Only covering prefixes:
 * an accept rule before a wider drop would leave what is protected to an order (RFC 8955 5.1) that
 * somebody else keeps.  The guard judges each part by itself.
 */
#ifndef SEAWALL_DECIDE_CARVE_H
#define SEAWALL_DECIDE_CARVE_H

#include "model/settings.h"

#define CARVE_MAX 8		/* networks that one rule is announced for */

/*
 * At most `max` parts of `whole`, which do not overlap; `whole` alone when nothing is in its way,
 * none when what is in its way leaves too little.
 */
unsigned carve(const struct settings *s, const struct prefix *whole, struct prefix ret[],
	       unsigned max);

#endif
