/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * redact - a story for those who are not the committee, since attackers read it, too: made anew, of
 * what may be told and nothing else.  Not in it: limits and points, addresses and rules, planned
 * ends, names of people (their roles stand for them), of upstreams, sensors, policies and other
 * members; how full links were, what was refused and why, when sensors were blind or action was
 * paused; figures but for their first digit; what is younger than the delay.  To the public times
 * are told to the minute, a measure as one stretch, mistakes by their kind, and not how long the
 * record is.
 */
#ifndef SEAWALL_REPORT_REDACT_H
#define SEAWALL_REPORT_REDACT_H

#include "report/story.h"

#define REDACT_DELAY_MS 86400000	/* where nobody says another */

/*
 * STORY_PUBLIC (member NULL), or STORY_MEMBER: what touches this member.  NULL: no memory, or no
 * such member.
 */
struct story *story_redacted(const struct story *s, enum story_view view, const char *member,
    int64_t delay_ms);

#endif
