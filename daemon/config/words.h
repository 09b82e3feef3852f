/* SPDX-License-Identifier: GPL-3.0-or-later */
/* words - which words are allowed where, and how a text is put in quotation marks. */
#ifndef SEAWALL_CONFIG_WORDS_H
#define SEAWALL_CONFIG_WORDS_H

#include <stdbool.h>

#include "base/text.h"

bool words_plain(const char *text);	/* UTF-8 without control characters */
bool words_name(const char *text);
bool words_symbol(const char *text);
int words_index(const char *const *names, const char *text);	/* -1: none of them */
int words_refuse(const char *const *names, const char *text,
		 char *why); /* -EINVAL and a sentence of VALUE_WHY */
void words_quote(struct text *out, const char *text);

#endif
