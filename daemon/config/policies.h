/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policies - the list `policies`: policies written out, and names of files with more.  For config/
 * alone. */
#ifndef SEAWALL_CONFIG_POLICIES_H
#define SEAWALL_CONFIG_POLICIES_H

#include "config/fill.h"

int policies_fill(const struct filling *f, const struct row *row, const config_setting_t *set);

#endif
