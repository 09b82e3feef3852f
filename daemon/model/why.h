/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * why - reasons that others recognize in the log by their words: no sentence of these is changed
 * without them.
 */
#ifndef SEAWALL_MODEL_WHY_H
#define SEAWALL_MODEL_WHY_H

#include "base/lang.h"

#define WHY_CAME_BACK N_("the attack came back while it was being released")
#define WHY_CANARY N_("it is lifted at one upstream, to see whether the attack is over")
#define WHY_WITHOUT N_("it is lifted everywhere at once, to see whether the attack is over: "	\
			"announcements are scarce")
#define WHY_THIN N_("a trickle of it is let through, to see whether the attack is over")
#define WHY_NEEDLESS N_("nothing shared is in danger any more, so no blackhole is needed")
#define WHY_DENIED N_("a person has said no to it")
#define WHY_USELESS N_("it takes less than a tenth of what it was to take of the attack")

#endif
