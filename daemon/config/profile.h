/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile - what one provider accepts: TEMPLATES/upstreams/NAME.profile.  For config/ alone. */
#ifndef SEAWALL_CONFIG_PROFILE_H
#define SEAWALL_CONFIG_PROFILE_H

#include "config/fill.h"

/* Makes settings.templates an absolute path, found where it is not given. */
void profile_templates(const struct filling *f);

/* Fills *p from the file that p->name names; `line` is where it was named. */
int profile_load(const struct filling *f, struct profile *p, unsigned line);

#endif
