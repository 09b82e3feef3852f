/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * offline - ends announcements without the daemon: straight on fragment and BIRD, blocking, with
 * time-outs. For seawall-reaper, the start guard and `seawall withdraw --offline`; safe beside a
 * running daemon (the lock), and beside one that hangs: its lock is waited for OFFLINE_LOCK_MS and
 * then passed over, because ends matter more. Only ever takes routes out.  A fragment that cannot
 * be read is replaced from FRAGMENT.good.
 */
#ifndef SEAWALL_BIRD_OFFLINE_H
#define SEAWALL_BIRD_OFFLINE_H

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "model/mitigation.h"

#define OFFLINE_DID_MAX (8u << 20)	/* a limit for *did: LEDGER_MAX lines */
#define OFFLINE_LOCK_MS 12000	/* longer than a transaction of the daemon can last */

/*
 * Takes out what is over at `now`.  *did says what changed ("" when nothing did), a line each:
 * "m17: taken out of FRAGMENT, generation 58"; offline_next() takes it apart for the journal.  BIRD
 * is asked to reconfigure when something changed, or when it does not run what the file says.
 * socket NULL: only the file. -errno with a sentence; the file may have changed all the same, then
 * *did says so: when BIRD refuses or is away, the shorter file stays, so that the next start or
 * `configure` of anybody ends what is over.
 */
int offline_reap(
    const char *fragment, const char *socket, wall_t now, struct text *did, struct diag *reterr);

/* The same for one mitigation (its id, or its network as the fragment has it), or all of them (id
 * NULL). -ENOENT: nothing of that name stands there.  Where there is no fragment, and no BIRD that
 * runs one, all is withdrawn already. */
int offline_withdraw(const char *fragment, const char *socket, const char *id, wall_t now,
    struct text *did, struct diag *reterr);

/* The next line of *did and the mitigation it is about ("": none); false at the end.  *at begins as
 * text_str(did). */
bool offline_next(const char **at, char ret_id[static ID_LEN], char *ret_line, size_t size);

#endif
