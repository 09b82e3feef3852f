/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_html - the report as one HTML file that needs nothing else: the document (document.h),
 * with pictures.
 */
#ifndef SEAWALL_REPORT_REPORT_HTML_H
#define SEAWALL_REPORT_REPORT_HTML_H

#include "base/text.h"
#include "report/story.h"

/* In the language set and the zone of when_zone(). */
void report_html(struct text *out, const struct story *s);

#endif
