/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json - the story as one JSON object, whole: what seawall(1) describes.  What is not known is null
 * or absent.
 */
#ifndef SEAWALL_REPORT_JSON_H
#define SEAWALL_REPORT_JSON_H

#include "base/text.h"
#include "report/story.h"

void report_json(struct text *out, const struct story *s);

#endif
