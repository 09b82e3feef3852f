/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * preflight - BIRD's own word on what we would write: one RTBH route and one FlowSpec rule of each
 * family for every upstream, rendered with the templates of the configuration, through `bird -p`.
 * Writes into a directory of its own below TMPDIR and removes it.
 */
#ifndef SEAWALL_CLI_PREFLIGHT_H
#define SEAWALL_CLI_PREFLIGHT_H

#include "base/diag.h"
#include "model/settings.h"

/* *ret_n: rules rendered.  0; -ENOPKG: bird is not installed; else with BIRD's or our sentence. */
int preflight_router(const struct settings *s, unsigned router, unsigned *ret_n,
		     struct diag *reterr);

/* A bird.conf as it stands. */
int preflight_file(const char *path, struct diag *reterr);

#endif
