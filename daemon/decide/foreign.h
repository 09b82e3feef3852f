/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * foreign - may upstreams drop everything that comes from this source?  The one question about
 * space that is not ours: whoever can forge packets, or hides behind an address that many share,
 * would use the answer against us.  Asked by the guard of every such announcement.  Pure.
 */
#ifndef SEAWALL_DECIDE_FOREIGN_H
#define SEAWALL_DECIDE_FOREIGN_H

#include "base/diag.h"
#include "model/settings.h"

/*
 * 0, or -EPERM with a sentence: wider than one host (IPv6: than its network, /64), ours, spared, or
 * no address from which anybody on the Internet sends.
 */
int foreign_check(const struct settings *s, const struct prefix *source, struct diag *reterr);

#endif
