/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * history - what the record says was tried for an incident or a mitigation and not done.  Reads the
 * log's files, as `seawall audit log` does: the daemon keeps no memory of what it refused.
 */
#ifndef SEAWALL_CLI_HISTORY_H
#define SEAWALL_CLI_HISTORY_H

#include <jansson.h>

#include "base/diag.h"

#define HISTORY_MAX 100		/* the last ones */

/*
 * Lines {"type":"refusal","id":...,"n":N,"time":...,"why":sentence} in order, the sentence in the
 * language of lang_set().  *ret is a new reference on success.  0 or -errno with a sentence.
 */
int history_refused(json_t **ret, const char *directory, const char *id, struct diag *reterr);

#endif
