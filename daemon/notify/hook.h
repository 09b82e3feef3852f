/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hook - a message as chats take it by HTTP: what stands in a text calls nobody and links nowhere.
 */
#ifndef SEAWALL_NOTIFY_HOOK_H
#define SEAWALL_NOTIFY_HOOK_H

#include "base/text.h"
#include "model/settings.h"

#define HOOK_MAX (256 * 1024)

void hook_write(struct text *to, enum notify_style style, const char *subject, const char *body);

#endif
