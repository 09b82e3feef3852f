/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/publisher.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/follower.h"
#include "audit/growth.h"
#include "audit/keyfile.h"
#include "audit/published.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/log.h"
#include "main/doubt.h"
#include "main/shown.h"
#include "report/page.h"
#include "report/redact.h"
#include "report/teller.h"
#include "report/when.h"

#define RECORDS_A_TURN 200
#define MARKS 128
#define MARKS_IN_DELAY 64	/* so exactly is it kept */

/* So many lines are as old as that. */
struct mark {
	wall_t t;
	uint64_t lines;
};

/* The log as far as it was read, and what it says. */
struct reader {
	struct follower *log;
	struct teller *teller;
	uint64_t n;
	bool broken;		/* the next record is not what was written */
	char why[512];
};

struct publisher {
	const struct settings *settings;	/* borrowed */
	struct event *tick;
	struct shown shown;
	struct reader read;
	struct doubt doubt;
	mono_t written, published;	/* ns 0: not yet */
	uint64_t written_n;
	/* for witnesses */
	struct growth growth;
	struct notes_kept newest, base;	/* base: the published one, or the first to be */
	struct notes_kept told;		/* the newest published one: all that the public gets */
	struct mark marks[MARKS];
	unsigned marks_n;
	bool first, forked, said_history;
};

/* ---- reading ------------------------------------------------------------- */

static void
reader_end(struct reader *r)
{
	follower_close(r->log);
	teller_free(r->teller);
	*r = (struct reader){ 0 };
}

static int
reader_begin(struct publisher *p, struct reader *r)
{
	const int64_t delay = p->settings->page.public_delay_ms;
	struct telling about = { .since = wall_add_ms(clock_now().wall, -PUBLISHER_TOLD_MS),
		.last = { .over = delay + PUBLISHER_OVER_MS, .figures = delay + PAGE_HOURS_MS },
		.settings = p->settings };
	int err;

	reader_end(r);
	err = follower_open(&r->log, p->settings->audit_directory, NULL, NULL);
	r->teller = err == 0 ? teller_new(&about) : NULL;
	if (err == 0 && r->teller == NULL)
		err = -ENOMEM;
	if (err != 0)
		reader_end(r);
	return err;
}

static void
mark(struct publisher *p, const struct follower_record *record)
{
	const char *text = json_string_value(json_object_get(record->json, "t"));
	wall_t t;

	if (text == NULL || wall_parse(&t, text) != 0)
		return;
	while (p->marks_n > 0 && p->marks[p->marks_n - 1].t.ms > t.ms)	/* the clock was set back */
		p->marks_n--;
	if (p->marks_n > 0 &&
	    t.ms - p->marks[p->marks_n - 1].t.ms <
		p->settings->page.public_delay_ms / MARKS_IN_DELAY)
		return;
	if (p->marks_n == MARKS)
		memmove(p->marks, p->marks + 1, --p->marks_n * sizeof(*p->marks));
	p->marks[p->marks_n++] = (struct mark){ t, record->n + 1 };
}

/* Lines that everybody may know of. */
static uint64_t
lines_told(const struct publisher *p)
{
	wall_t then = wall_add_ms(clock_now().wall, -p->settings->page.public_delay_ms);
	unsigned i = p->marks_n;

	while (i > 0 && p->marks[i - 1].t.ms > then.ms)
		i--;
	return i > 0 ? p->marks[i - 1].lines : 0;
}

/* Is there more at once? */
static bool
read_some(struct publisher *p)
{
	struct reader *r = &p->read;
	struct follower_record record;
	struct diag d = { 0 };
	int got = 1;

	for (unsigned i = 0; i < RECORDS_A_TURN && (got = follower_next(r->log, &record, &d)) > 0;
	     i++) {
		teller_see(r->teller, record.json);
		r->n = record.n + 1;
		if (growth_lines(&p->growth) == record.n) {
			growth_add(&p->growth, p->base.says.size, record.line, record.len);
			mark(p, &record);
		}
		json_decref(record.json);
	}
	if (got >= 0)
		r->broken = false;
	if (got == -EBADMSG) {
		r->broken = true;
		snprintf(r->why, sizeof(r->why), "%s", d.say);
	}
	if (got == -ESTALE)
		reader_end(r);
	return got > 0;
}

/* Bad or less than before may be what stands in the place of what will be put back. */
static bool
is_believed(struct publisher *p)
{
	if (p->read.broken || p->read.n < p->written_n)
		return doubt_lasts(&p->doubt, clock_now().mono);
	doubt_end(&p->doubt);
	return true;
}

/* ---- for witnesses ------------------------------------------------------- */

static void
find_base(struct publisher *p)
{
	struct published h;
	char path[SHOWN_PATH];

	shown_path(&p->shown, VIEW_PUBLIC, "history", path);
	if (published_open(&h, path, NULL) == 0) {
		p->first = h.last.len == 0;
		p->base = p->told = h.last;
		p->base.bytes = NULL;
		h.last = (struct notes_kept){ 0 };
		published_close(&h);
	}
	if (p->base.len == 0)
		notes_newest(&p->base, p->settings->audit_directory, NULL);
}

static int
add_entry(struct publisher *p, const struct notes_kept *to)
{
	char path[SHOWN_PATH];
	struct published h;
	struct proof proof;
	int err = growth_prove(&p->growth, &to->says, &proof);

	if (err != 0)
		return err;
	shown_path(&p->shown, VIEW_PUBLIC, "history", path);
	err = published_open(&h, path, NULL);
	if (err != 0)
		return err;
	if (h.last.len > 0 ? h.last.says.size != p->growth.old.n : !p->first)
		err = -EBUSY;	/* another one publishes here, too */
	else
		err = published_add(&h, &proof, to, NULL);
	published_close(&h);
	if (err == 0)
		growth_move(&p->growth, to->says.size);
	return err;
}

/* The newest of no more than these lines. */
static int
find_note(struct notes_kept *ret, const struct publisher *p, uint64_t lines)
{
	struct notes_read one;
	struct notes all;
	int err = notes_open(&all, p->settings->audit_directory, NULL), kept = 0;

	while (err == 0 && kept == 0 && notes_next(&all, &one, NULL) > 0 && one.says.size <= lines)
		kept = notes_keep(ret, &one);
	if (err == 0)
		notes_close(&all);
	return err != 0 ? err : kept != 0 ? kept : ret->len > 0 ? 0 : -EAGAIN;
}

static int
tell(struct publisher *p, uint64_t lines)
{
	struct notes_kept to = { 0 };
	int err = find_note(&to, p, lines);

	if (err == 0 && (p->first || to.says.size > p->growth.old.n)) {
		err = add_entry(p, &to);
		if (err == 0) {
			free(p->told.bytes);
			p->told = to;
			return 0;
		}
	}
	free(to.bytes);
	return err;
}

/* What was signed may be newer than what was read, or than what may be told: -EAGAIN. */
static int
continue_history(struct publisher *p)
{
	uint64_t lines = lines_told(p);
	struct proof none;
	int err = 0;

	if (p->base.len == 0)
		find_base(p);
	if (p->base.says.size > p->newest.says.size)
		return p->first ? -EAGAIN : -EBADMSG;
	if (p->base.says.size > lines)
		return -EAGAIN;
	if (p->published.ns == 0)
		err = growth_prove(&p->growth, &p->base.says, &none);
	return err == 0 ? tell(p, lines) : err;
}

/*
 * An entry in its time.  A log that does not continue what was published is not published any more.
 */
static void
publish_history(struct publisher *p)
{
	mono_t now = clock_now().mono;
	int err;

	if (p->forked || p->newest.len == 0 ||
	    (p->published.ns != 0 && mono_since_ms(now, p->published) < PUBLISHER_HISTORY_MS))
		return;
	err = continue_history(p);
	if (err == -EBADMSG) {
		p->forked = true;
		log_error(_(
		    "the page: the log does not continue what was published of it; witnesses get nothing more"));
	}
	if (err != 0 && err != -EBADMSG && err != -EAGAIN && !p->said_history)
		log_error(_("the page: the history for witnesses cannot be written: %s"),
		    strerror(-err));
	p->said_history = err != 0 && err != -EAGAIN;
	if (err != 0)
		return;
	p->first = false;
	p->published = now;
	shown_send(&p->shown, VIEW_PUBLIC, "history");
}

static void
publish_checkpoint(struct publisher *p)
{
	char path[PATH_MAX_LEN + 16], *key;
	size_t len;

	if (p->newest.len == 0)
		return;
	snprintf(path, sizeof(path), "%s/" KEYFILE_PUBLIC, p->settings->audit_directory);
	if (file_slurp(&key, &len, path, NOTE_KEY_TEXT) != 0)
		key = NULL;
	for (unsigned v = 0; v < VIEW_N; v++) {
		/*
		 * each act has one: whoever asks for it again and again would see at once that
		 * something was done
		 */
		const struct notes_kept *note = v == VIEW_PUBLIC ? &p->told : &p->newest;

		if (note->len > 0)
			shown_put(&p->shown, v, "checkpoint", note->bytes, note->len);
		if (key != NULL)
			shown_put(&p->shown, v, KEYFILE_PUBLIC, key, len);
	}
	free(key);
}

/* ---- the page ------------------------------------------------------------ */

static void
believe(const struct publisher *p, struct story *s, const struct notes_kept *note)
{
	struct provenance found = { .checked = true,
		.ok = !p->read.broken,
		.records = p->read.n,
		.first_bad = p->read.n,
		.signed_n = note->says.size,
		.note = note->len > 0 ? note->bytes : "" };

	snprintf(found.why, sizeof(found.why), "%s", p->read.why);
	story_believe(s, &found);
}

static void
write_view(struct publisher *p, enum page_view view, const struct story *s)
{
	static const struct { enum lang lang; const char *name; } files[] = {
		{ LANG_EN, "index.html" }, { LANG_ES, "es/index.html" },
	};
	struct text t;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		text_init(&t, PAGE_MAX);
		lang_set(files[i].lang);
		page_write(&t, s);
		if (text_ok(&t))
			shown_put(&p->shown, view, files[i].name, text_str(&t), t.len);
		else
			log_error(_("the page: it is too large"));
		text_fini(&t);
	}
}

static void
write_page(struct publisher *p)
{
	enum lang was = lang_get();
	struct story *s = teller_story(p->read.teller, clock_now().wall), *less;

	if (s == NULL)
		return;
	free(p->newest.bytes);
	if (notes_newest(&p->newest, p->settings->audit_directory, NULL) != 0)
		p->newest = (struct notes_kept){ 0 };
	publish_history(p);
	publish_checkpoint(p);
	believe(p, s, &p->newest);
	less = story_redacted(s, STORY_PUBLIC, NULL, p->settings->page.public_delay_ms);
	write_view(p, VIEW_COMMITTEE, s);
	if (less != NULL) {
		believe(p, less, &p->told);
		write_view(p, VIEW_PUBLIC, less);
	}
	lang_set(was);
	story_free(less);
	story_free(s);
	p->written = clock_now().mono;
	p->written_n = p->read.n;
}

static void
wait(struct publisher *p, int64_t ms)
{
	struct timeval t = { ms / 1000, ms % 1000 * 1000 };

	event_add(p->tick, &t);
}

static void
on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct publisher *p = ctx;
	bool more;

	(void)fd;
	(void)what;
	if (p->read.log == NULL && reader_begin(p, &p->read) != 0) {
		wait(p, p->settings->page.every_ms);
		return;
	}
	more = read_some(p);
	if (!more && p->read.log != NULL && is_believed(p) &&
	    (p->written.ns == 0 || p->read.n != p->written_n ||
		mono_since_ms(clock_now().mono, p->written) >= PUBLISHER_WRITES_MS))
		write_page(p);
	wait(p, more ? 0 : p->settings->page.every_ms);
}

/* ---- life ---------------------------------------------------------------- */

int
publisher_new(struct publisher **ret, const struct messenger_spec *spec, struct event_base *base,
    struct multi *multi)
{
	struct publisher *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return -ENOMEM;
	p->settings = &spec->settings;
	p->tick = event_new(base, -1, 0, on_tick, p);
	if (p->tick == NULL) {
		free(p);
		return -ENOMEM;
	}
	if (when_zone(spec->settings.organization.time_zone) != 0)
		log_warn(_("the page: the time zone %s is not known here, times are in UTC"),
		    spec->settings.organization.time_zone);
	shown_begin(&p->shown, &spec->settings, spec->upload_secrets, multi, base);
	find_base(p);
	*ret = p;
	return 0;
}

void
publisher_start(struct publisher *p)
{
	wait(p, 0);
}

void
publisher_free(struct publisher *p)
{
	if (p == NULL)
		return;
	event_free(p->tick);
	reader_end(&p->read);
	growth_fini(&p->growth);
	shown_end(&p->shown);
	free(p->newest.bytes);
	free(p->base.bytes);
	free(p->told.bytes);
	free(p);
}
