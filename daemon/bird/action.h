/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * action - what a FlowSpec rule does, as calls of the macros in bird.conf: "
 * sw_fs_rate(0x49742400); sw_fs_act(2);". The macros, not the fragment, say which extended
 * communities can be made: the number of a call is only the part that varies.
 */
#ifndef SEAWALL_BIRD_ACTION_H
#define SEAWALL_BIRD_ACTION_H

#include <stdbool.h>

#include "base/text.h"
#include "model/rule.h"

#define ACTION_STRLEN 128

/* Each call after a space. */
void action_text(struct text *out, const struct rule *r);

/*
 * Is this what action_text() writes for the rule?  Read, not compared as text: the rate as the
 * float it is on the wire.
 */
bool action_says(const char *text, const struct rule *r);

/* One call ("sw_fs_drop();") at the beginning of the text: its length, or 0. */
unsigned action_call_len(const char *text);

#endif
