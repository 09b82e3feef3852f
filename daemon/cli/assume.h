/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * assume - what the profiles of the upstreams take for granted, what is said of the networks behind
 * them (config/hearsay.h), and which step of which policy each of them would refuse.  For `seawall
 * check`: sentences in the language set, for people to verify with their providers.
 */
#ifndef SEAWALL_CLI_ASSUME_H
#define SEAWALL_CLI_ASSUME_H

#include <stdbool.h>

#include "config/hearsay.h"
#include "model/settings.h"

/* `wrong`: a warning, else a note. */
typedef void assume_say(void *ctx, bool wrong, const char *file, unsigned line, const char *say);

/* h may be NULL. */
void assume_profiles(const struct settings *s, const struct hearsay *h, assume_say *say, void *ctx);

/* The guard's word on an example of every step, for each upstream and family. */
void assume_steps(const struct settings *s, assume_say *say, void *ctx);

#endif
