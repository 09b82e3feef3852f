/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * messages - what the messenger says of those who are told, from its file; the engine asks it
 * nothing.
 */
#ifndef SEAWALL_CONTROL_MESSAGES_H
#define SEAWALL_CONTROL_MESSAGES_H

#include <jansson.h>

#include "model/settings.h"

/*
 * {"at":..,"record":N,"told":[{"name","to","waiting","together","bytes","oldest","sent","sent_at","drill","given_up","failures","why"}]};
 * new reference, NULL: nobody is told, or nothing is known.
 */
json_t *messages_read(const struct settings *s);
unsigned messages_waiting(const json_t *messages);

#endif
