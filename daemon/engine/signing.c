/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The key that signs the log, and when it does.  Nothing waits for a signature: what was synced is
 * signed within the second, however many acts that were, and what nobody waited for once in
 * checkpoint_every.
 */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "audit/keyfile.h"
#include "audit/succession.h"
#include "base/lang.h"
#include "base/log.h"
#include "engine/state.h"

void
signing_replay(struct engine *e, uint64_t n, const json_t *record)
{
	struct succession s;

	if (succession_read(&s, n, record, NULL) == 0)
		e->signing.last = s.new;
}

static bool
has_signed(const struct engine *e)
{
	return e->signing.last.name[0] != '\0';
}

/* Written and synced before the key signs anything else. */
static int
record_key(struct engine *e, const struct note_secret *old, const struct note_secret *new)
{
	json_t *fields = succession_fields(audit_count(e->audit), old, new);
	char key[NOTE_KEY_TEXT];
	struct words w;
	int err;

	say_key(&w, note_key_text(&new->key, key), old != NULL, has_signed(e));
	err = fields == NULL ? -ENOMEM : record_synced(e, AUDIT_KEY, &w, fields);
	if (err == 0)
		e->signing.last = new->key;
	return err;
}

/*
 * A key that was made to take its place: both sign that it does.  After a crash in between only the
 * files are turned.
 */
static int
take_next(struct engine *e, struct note_secret *key, struct diag *reterr)
{
	const char *dir = e->settings->audit_directory;
	struct note_secret next;
	int err = keyfile_read(&next, dir, KEYFILE_NEXT, reterr);

	if (err == -ENOENT) {
		*reterr = (struct diag){ 0 };
		return 0;
	}
	if (err == 0 && strcmp(next.key.name, key->key.name) != 0)
		err = diag_set(reterr, -EINVAL,
		    _("the new key has another name: the record goes on under %s"), key->key.name);
	if (err == 0 && !note_key_eq(&next.key, &e->signing.last))
		err = record_key(e, key, &next);
	if (err == 0)
		err = keyfile_turn(dir, reterr);
	if (err == 0)
		*key = next;
	sodium_memzero(&next, sizeof(next));
	return err;
}

/* The first start makes one.  A log that was signed before does not get another in silence. */
static int
find_key(struct engine *e, struct note_secret *key, struct diag *reterr)
{
	const char *dir = e->settings->audit_directory;
	char name[NOTE_NAME_LEN];
	int err = keyfile_read(key, dir, KEYFILE_NOW, reterr);

	if (err != -ENOENT || has_signed(e))
		return err;
	*reterr = (struct diag){ 0 };
	return keyfile_make(key, dir, KEYFILE_NOW, keyfile_name(name), reterr);
}

static int
use_key(struct engine *e, struct note_secret *key, struct diag *reterr)
{
	int err = 0;

	if (has_signed(e))
		err = take_next(e, key, reterr);
	if (err == 0 && !note_key_eq(&key->key, &e->signing.last))
		err = record_key(e, NULL, key);
	if (err == 0)
		err = audit_sign_with(e->audit, key, reterr);
	if (err == 0)
		err = keyfile_publish(e->settings->audit_directory, &key->key, reterr);
	return err;
}

/*
 * A key that others can read, or that is none, is refused: the start fails.  Where there is no key
 * and none can be made, or the log's end is not what was signed, everything else goes on, unsigned,
 * and is said.
 */
int
signing_start(struct engine *e, struct diag *reterr)
{
	struct note_secret key = { 0 };
	struct diag d = { 0 };
	int err;

	if (e->settings->checkpoint_every_ms == 0)
		return 0;
	err = find_key(e, &key, &d);
	if (err == 0)
		err = use_key(e, &key, &d);
	sodium_memzero(&key, sizeof(key));
	if (err == -EPERM || err == -EINVAL)
		return diag_set(reterr, err, "%s", d.say);
	if (err != 0)
		log_error(_("the record is not signed: %s"),
		    d.say[0] != '\0' ? d.say : strerror(-err));
	else if (audit_checkpoint(e->audit) == 0)
		e->signing.checkpoint = clock_now().wall;
	return 0;
}

/* Without checkpoints only to learn whether a disk that was full takes lines again. */
static void
flush(struct engine *e, mono_t now)
{
	bool waiting = audit_unflushed(e->audit);

	if (e->settings->checkpoint_every_ms == 0 && !e->disk_full)
		return;
	if (mono_since_ms(now, e->signing.flushed) < e->settings->checkpoint_every_ms)
		return;
	e->signing.flushed = now;
	record_log_state(e, audit_flush(e->audit), waiting);
}

/* What was written is known still; who took it away may not be a friend. */
static void
look_after(struct engine *e)
{
	unsigned restored;

	audit_look(e->audit);
	restored = audit_restored(e->audit);
	if (restored == e->signing.restored)
		return;
	e->signing.restored = restored;
	e->counters[COUNTER_LOG_RESTORED]++;
	log_error(_("the newest file of the audit log had been deleted, moved or replaced: its lines were put back"));
	record_restored(e);
}

/* Each second. */
void
signing_look(struct engine *e, mono_t now)
{
	int err;

	look_after(e);
	flush(e, now);
	if (!audit_unsigned(e->audit))
		return;
	err = audit_checkpoint(e->audit);
	if (err == 0) {
		e->counters[COUNTER_CHECKPOINTS]++;
		e->signing.checkpoint = clock_now().wall;
	} else
		e->counters[COUNTER_CHECKPOINTS_LOST]++;
}
