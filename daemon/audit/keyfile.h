/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keyfile - the key that signs, in a folder beside the log that is not copied with it:
 * DIRECTORY-key/private, and private.next, which takes its place at the next start.  Readable by
 * their owner alone; anything wider is refused.
 */
#ifndef SEAWALL_AUDIT_KEYFILE_H
#define SEAWALL_AUDIT_KEYFILE_H

#include "audit/note.h"

#define KEYFILE_PATH 4160
#define KEYFILE_PUBLIC "public-key"	/* in the log's directory: NOTE_KEY_TEXT */

enum keyfile { KEYFILE_NOW, KEYFILE_NEXT };
const char *keyfile_path(const char *directory, enum keyfile which, char buf[static KEYFILE_PATH]);

/*
 * 0; -ENOENT; -EPERM: others could read it, or it is another user's; -EINVAL: no key.  A sentence
 * with each.
 */
int keyfile_read(struct note_secret *ret, const char *directory, enum keyfile which,
    struct diag *reterr);

/* A new key in a new file, for the owner of the log's directory.  -EEXIST: there is one. */
int keyfile_make(struct note_secret *ret, const char *directory, enum keyfile which,
    const char *name, struct diag *reterr);

/* A name for this machine's log, when nobody gave it one: HOST/seawall. */
const char *keyfile_name(char buf[static NOTE_NAME_LEN]);

/* The next one takes the place of the one in use. */
int keyfile_turn(const char *directory, struct diag *reterr);

/* The public key where copies of the log have it. */
int keyfile_publish(const char *directory, const struct note_key *k, struct diag *reterr);

#endif
