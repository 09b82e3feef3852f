/* SPDX-License-Identifier: GPL-3.0-or-later */
/* installed - where the files are that come with Seawall, when nobody says. */
#ifndef SEAWALL_CONFIG_INSTALLED_H
#define SEAWALL_CONFIG_INSTALLED_H

#include "model/settings.h"

/* `what`: "bird-templates".  What is nowhere has the name that it would have installed. */
void installed_find(char ret[static PATH_MAX_LEN], const char *what);

#endif
