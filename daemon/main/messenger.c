/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The messenger's process: follows the log, which it can only read, and tells people what is in it.
 * Nobody waits for it; what it was telling when it died is in its directory, and the next one goes
 * on there.
 */
#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/follower.h"
#include "audit/notes.h"
#include "audit/packed.h"
#include "base/file.h"
#include "base/handover.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "main/doubt.h"
#include "main/hung.h"
#include "main/members.h"
#include "main/privileges.h"
#include "main/publisher.h"
#include "main/role.h"
#include "notify/desk.h"

#define READABLE_MAX 16		/* besides certificates: folders, and the end */
#define LOOK_MS 500		/* between two looks at the log's end */
#define RECORDS_A_TURN 500	/* then others have their turn */
/* a checkpoint follows within a second, if the record is signed at all */
#define UNSIGNED_MS 3000

struct messenger {
	struct messenger_spec *spec;	/* owned */
	struct event_base *base;
	struct event *term, *look;
	struct multi *multi;
	struct desk *desk;		/* NULL: nobody is told by messages */
	struct members *members;	/* NULL as well */
	struct publisher *publisher;	/* NULL: there is no page */
	struct follower *log;		/* NULL: it cannot be read now */
	struct stat directory;		/* the log's, which the sandbox lets in */
	bool known;			/* where to go on; else at the log's end */
	wall_t told;			/* nothing up to then is new */
	uint64_t signed_n;		/* records that the newest checkpoint stands for */
	off_t notes_size;		/* bytes of the file that it was read from */
	mono_t unsigned_at;		/* when records without one were read last */
	struct doubt doubt;		/* the log has not the place */
	char checkpoint[DESK_CHECKPOINT_MAX];
};

enum damage { RECORD_CHANGED, RECORD_EXCHANGED, END_LOST };

/* ---- the log ------------------------------------------------------------- */

/* Places in the log are the follower's, and numbers to the desk. */
static struct desk_place
place_behind(const struct messenger *m)
{
	struct desk_place p = { 0 };
	struct follower_place at;

	follower_place(m->log, &at);
	p.n = at.chain.n;
	p.at = at.at;
	p.segment = at.segment;
	strcpy(p.prev, at.chain.prev);
	return p;
}

static const struct { const char *what, *title, *say;
} damages[] = {
	[RECORD_CHANGED] = { "changed", N_("The record was changed"),
	    N_("A line of the record is not what was written: somebody or something changed it.  Run "
	       "\"seawall audit verify\", and compare with the checkpoints in earlier messages.") },
	[RECORD_EXCHANGED] = { "exchanged", N_("The record was changed"),
	    N_("The record is another one than before, or was cut: what this machine says of the time "
	       "before is no longer in it.  Compare with the checkpoints in earlier messages.") },
	[END_LOST] = { "end-lost", N_("The last lines of the record were lost"),
	    N_("The machine stopped before the last lines of the record were on its disk, as it does when the power fails.  "
	       "All that a checkpoint stands for is still there, as it was.") },
};

static void
say_damage(struct messenger *m, enum damage d, const struct diag *why)
{
	log_error("%s", why->say);
	desk_alarm(m->desk, damages[d].what, damages[d].title, damages[d].say, clock_now());
}

/* What was said of it is said anew the next time. */
static void
reads_well(struct messenger *m)
{
	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++)
		desk_well(m->desk, damages[i].what);
}

static int
open_at(struct messenger *m, const struct desk_place *place, struct diag *reterr)
{
	struct follower_place at = {
		.chain.n = place->n, .at = place->at, .segment = place->segment
	};

	snprintf(at.chain.prev, sizeof(at.chain.prev), "%.*s", PREV_LEN - 1, place->prev);
	return follower_open(&m->log, m->spec->settings.audit_directory, &at, reterr);
}

/*
 * Where the last one stopped.  Where the log has no such place, but all that was signed, the end
 * that was never synced is lost: behind the signed ones.  In another log from its beginning.  Of
 * both only what is newer is told.
 */
static void
follow(struct messenger *m, mono_t now)
{
	struct desk_place place;
	struct diag why = { 0 };
	bool lost;
	int err;

	if (m->log != NULL)
		return;
	desk_place(m->desk, &place);
	err = open_at(m, &place, &why);
	if (err == 0)
		doubt_end(&m->doubt);
	if (err != -ESTALE || !doubt_lasts(&m->doubt, now))
		return;
	doubt_end(&m->doubt);
	desk_settled(m->desk, &place);
	err = place.n > 0 ? open_at(m, &place, NULL) : -ESTALE;
	lost = err == 0;
	if (err != 0 && err != -ESTALE)
		return;
	say_damage(m, lost ? END_LOST : RECORD_EXCHANGED, &why);
	m->told = desk_told(m->desk);
	desk_moved(m->desk, lost ? &place : NULL);
	m->signed_n = 0;
	m->notes_size = 0;
	if (!lost)
		follower_open(&m->log, m->spec->settings.audit_directory, NULL, &why);
}

/* Records that a checkpoint stands for are on the disk, if they are those of this log. */
static void
settle(struct messenger *m)
{
	struct desk_place at;

	desk_place(m->desk, &at);
	if (m->log != NULL && at.n <= m->signed_n)
		desk_settle(m->desk);
}

/* 1: there may be more. */
static int
read_one(struct messenger *m)
{
	struct follower_record r;
	struct diag why = { 0 };
	struct follower_place before;
	struct desk_place behind;
	wall_t t = { INT64_MAX };
	bool new;
	int got;

	follower_place(m->log, &before);
	got = follower_next(m->log, &r, &why);
	if (got == -EBADMSG)
		say_damage(m, RECORD_CHANGED, &why);
	/* what that means is seen where it is opened again */
	if (got == -ESTALE) {
		follower_close(m->log);
		m->log = NULL;
	}
	if (got <= 0)
		return got;
	behind = place_behind(m);
	wall_parse(&t, json_string_value(json_object_get(r.json, "t")));
	new = m->known && t.ms > m->told.ms;
	desk_record(m->desk, r.json, &behind, new);
	members_see(m->members, r.json, &before, new);
	json_decref(r.json);
	reads_well(m);
	settle(m);
	return 1;
}

/* The note as it stands, when there is another than before. */
static void
read_checkpoint(struct messenger *m)
{
	const char *dir = m->spec->settings.audit_directory;
	struct notes_read newest;
	char path[PATH_MAX];
	struct notes notes;
	struct desk_place at;
	struct stat st;
	int got;

	desk_place(m->desk, &at);
	snprintf(path, sizeof(path), "%s/" NOTES_DIRECTORY "/%08u.notes", dir, at.segment);
	if (stat(path, &st) != 0 || st.st_size == m->notes_size)
		return;
	m->notes_size = st.st_size;
	if (notes_open(&notes, dir, NULL) != 0)
		return;
	notes_only_newest(&notes);
	while ((got = notes_next(&notes, &newest, NULL)) > 0)
		if (newest.says.size > m->signed_n && notes.text.len < sizeof(m->checkpoint)) {
			m->signed_n = newest.says.size;
			memcpy(m->checkpoint, text_str(&notes.text), notes.text.len + 1);
		}
	notes_close(&notes);
}

/*
 * A message carries a checkpoint that stands for what it says: what is not signed yet waits, but
 * not for long.
 */
static bool
may_read(struct messenger *m, mono_t now)
{
	struct desk_place at;

	desk_place(m->desk, &at);
	/* who has nothing to go on from wants the log's end */
	if (at.n < m->signed_n || !m->known)
		return true;
	return mono_since_ms(now, m->unsigned_at) >= UNSIGNED_MS;
}

/*
 * The sandbox lets in the directory that was there, not its name: another of that name is for
 * another process.
 */
static bool
shut_out(const struct messenger *m)
{
	struct stat now;

	return m->log == NULL && stat(m->spec->settings.audit_directory, &now) == 0 &&
	    !file_same(&now, &m->directory);
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct timeval again = { .tv_usec = LOOK_MS * 1000 };
	struct messenger *m = arg;
	struct now now = clock_now();
	int got = 1, n = 0;

	(void)fd;
	(void)what;
	alarm(HUNG_S);
	if (shut_out(m)) {
		event_base_loopbreak(m->base);
		return;
	}
	if (m->desk == NULL) {
		event_add(m->look, &again);
		return;
	}
	follow(m, now.mono);
	read_checkpoint(m);
	settle(m);
	for (; m->log != NULL && n < RECORDS_A_TURN && got > 0; n++)
		got = may_read(m, now.mono) ? read_one(m) : 0;
	if (m->log != NULL && got == 0) {
		m->known = true;
		if (mono_since_ms(now.mono, m->unsigned_at) >= UNSIGNED_MS)
			m->unsigned_at = now.mono;
	}
	desk_turn(m->desk, now, m->checkpoint);
	if (m->log != NULL && (members_turn(m->members, now.mono) || got > 0))
		again.tv_usec = 0;
	event_add(m->look, &again);
}

/* ---- start --------------------------------------------------------------- */

static void
on_term(evutil_socket_t sig, short what, void *arg)
{
	struct messenger *m = arg;

	(void)sig;
	(void)what;
	event_base_loopbreak(m->base);
}

static int
take_spec(struct messenger *m)
{
	int err;

	m->spec = calloc(1, sizeof(*m->spec));
	err = m->spec == NULL ? -ENOMEM : handover_unpack(FD_SPEC, m->spec, sizeof(*m->spec));
	close(FD_SPEC);
	return err;
}

/* What names are resolved with, who is trusted, what times are in, and our own words. */
static int
enter_sandbox(const struct settings *s)
{
	const char *readable[READABLE_MAX + NOTIFY_MAX + UPLOADS_MAX] = { s->audit_directory,
		s->messages.templates, "/etc", "/usr/share/zoneinfo", "/usr/share/ca-certificates",
		"/usr/local/share/ca-certificates", "/run/systemd/resolve", "/run/resolvconf",
		"/run/NetworkManager", LOCALEDIR, NULL };
	const char *const writable[] = { s->messages.state, s->page.directory, NULL };
	int files = 0, err, n = 0;

	while (readable[n] != NULL)
		n++;
	for (unsigned i = 0; i < s->notify_n; i++)
		if (s->notify[i].ca[0] != '\0')
			readable[n++] = s->notify[i].ca;
	for (unsigned i = 0; i < s->page.uploads_n; i++)
		if (s->page.uploads[i].ca[0] != '\0')
			readable[n++] = s->page.uploads[i].ca;
	err = sandbox_messenger(readable, writable, &files);
	if (err == 0 && files != 0)
		log_warn(_(
		    "this kernel has no Landlock: the messenger could write wherever its user can"));
	/* the sandbox is without a zone; people read the organisation's time */
	if (err == 0) {
		setenv("TZ", s->organization.time_zone, 1);
		tzset();
	}
	return err;
}

static const char *
secret_of(const void *ctx, unsigned notify)
{
	const struct messenger_spec *spec = ctx;

	return spec->secrets[notify];
}

static int
open_desk(struct messenger *m, struct diag *reterr)
{
	struct desk_setup setup = { .settings = &m->spec->settings,
		.secret = secret_of,
		.ctx = m->spec,
		.multi = m->multi };
	int err;

	/* the page alone needs none */
	if (setup.settings->notify_n == 0)
		return 0;
	err = desk_new(&m->desk, &setup, &m->known, reterr);
	return err != 0 ? err : members_new(&m->members, m->desk, setup.settings);
}

static int
start(struct messenger *m, struct diag *reterr)
{
	const struct messenger_spec *spec = m->spec;
	struct addrinfo *found = NULL;
	int err = privileges_drop(spec->uid, spec->gid, false, SIGTERM);

	if (err == 0) {
		m->base = event_base_new();
		err = m->base == NULL ? -ENOMEM : 0;
	}
	if (err == 0 && (spec->settings.notify_n > 0 || spec->settings.page.uploads_n > 0))
		err = multi_new(&m->multi, m->base, reterr);
	if (err == 0)
		err = open_desk(m, reterr);
	if (err == 0 && spec->settings.page.publish)
		err = publisher_new(&m->publisher, spec, m->base, m->multi);
	/* what resolving names loads, it loads now; the catalogue, too */
	lang_set(LANG_ES);
	lang_text("alarms");
	lang_set(LANG_EN);
	if (err == 0 && getaddrinfo("localhost", NULL, NULL, &found) == 0)
		freeaddrinfo(found);
	stat(spec->settings.audit_directory, &m->directory);
	packed_load(NULL);	/* without it compressed segments are refused, when they are met */
	if (err == 0)
		err = enter_sandbox(&spec->settings);
	return err;
}

static void
serve(struct messenger *m)
{
	m->term = evsignal_new(m->base, SIGTERM, on_term, m);
	m->look = evtimer_new(m->base, on_look, m);
	event_add(m->term, NULL);
	event_active(m->look, 0, 0);
	if (m->publisher != NULL)
		publisher_start(m->publisher);
	event_base_dispatch(m->base);
	alarm(0);
}

static void
finish(struct messenger *m)
{
	follower_close(m->log);
	members_free(m->members);
	publisher_free(m->publisher);
	desk_free(m->desk);
	multi_free(m->multi);
	if (m->term != NULL)
		event_free(m->term);
	if (m->look != NULL)
		event_free(m->look);
	if (m->base != NULL)
		event_base_free(m->base);
	if (m->spec != NULL)
		explicit_bzero(m->spec, sizeof(*m->spec));
	free(m->spec);
}

int
role_messenger(void)
{
	struct messenger m = { 0 };
	struct diag why = { 0 };
	int err = take_spec(&m);

	log_open("seawalld", m.spec == NULL || m.spec->to_stderr);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	if (err == 0)
		err = start(&m, &why);
	if (err != 0)
		log_error(_("the messenger cannot start: %s"),
		    why.say[0] != '\0' ? why.say : strerror(-err));
	else
		serve(&m);
	finish(&m);
	return err != 0;
}
