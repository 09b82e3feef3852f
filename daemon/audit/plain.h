/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plain - is a line, without a doubt, the record that the chain expects next?
 * For verifying: a tree of a line takes ten times as long as reading it.  Knows JSON only as we
 * write it: compact, keys sorted and without escapes, numbers of usual size.  A no says nothing:
 * then jansson is asked (record_check()). Allocates nothing.
 */
#ifndef SEAWALL_AUDIT_PLAIN_H
#define SEAWALL_AUDIT_PLAIN_H

#include "audit/record.h"

bool plain_record(const struct chain *c, const char *line, size_t len);

#endif
