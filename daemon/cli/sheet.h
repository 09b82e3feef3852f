/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sheet - `seawall check --sheet`: one page to print in quiet times, for the night when neither
 * daemon nor network can be used: how to take everything back by hand, whom to call and what to
 * say, what never to agree to, who may decide.
 */
#ifndef SEAWALL_CLI_SHEET_H
#define SEAWALL_CLI_SHEET_H

#include "base/clock.h"
#include "base/text.h"
#include "model/settings.h"

#define SHEET_MAX (1u << 20)	/* of all that a configuration may name, with room to spare */

/*
 * In the language set, wrapped for paper.  *out, of SHEET_MAX, is bad when anything is missing
 * from it: then it is no sheet.  An AS number that is 0 becomes a blank to be filled in.
 */
void sheet_write(struct text *out, const struct settings *s, wall_t printed);

#endif
