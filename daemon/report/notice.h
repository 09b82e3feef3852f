/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * notice - what a member is told in a few sentences: could they be reached, for how long, and why
 * not.  Of a story that was redacted for this member, in the language of lang_set().
 */
#ifndef SEAWALL_REPORT_NOTICE_H
#define SEAWALL_REPORT_NOTICE_H

#include "base/text.h"
#include "report/story.h"

/* false: nothing touched the member, and nothing was written. */
bool notice_write(struct text *out, const struct story *s);

#endif
