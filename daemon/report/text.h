/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text - the report for a terminal or a plain mail: 80 columns, no colours. */
#ifndef SEAWALL_REPORT_TEXT_H
#define SEAWALL_REPORT_TEXT_H

#include "base/text.h"
#include "report/story.h"

#define REPORT_MAX (64u * 1024 * 1024)	/* of one report, in any format */

void report_text(struct text *out, const struct story *s);

#endif
