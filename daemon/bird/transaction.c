/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One change: render, lock, write, `configure`, ask what runs; or everything as it was. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "bird/fragment.h"
#include "bird/goodconf.h"
#include "bird/internal.h"
#include "bird/render.h"
#include "bird/reply.h"

/* Reaper and --offline hold the lock for one transaction of their own: 10 s at most. */
#define LOCK_STEP_MS 20
#define LOCK_TRIES 600
/* A configuration that is queued behind a reconfiguration in progress (0005). */
#define QUEUE_STEP_MS 50
#define QUEUE_TRIES 60

static void
pause_ms(struct bird *b, int ms)
{
	struct timeval tv = { 0, ms * 1000 };

	evtimer_add(b->pause, &tv);
}

static const char *
old_name(const struct bird *b, char buf[static PATH_MAX])
{
	snprintf(buf, PATH_MAX, "%s.old", b->router->fragment);
	return buf;
}

void
transaction_free(struct transaction *t)
{
	if (t->lock >= 0)
		close(t->lock);
	t->lock = -1;
	free(t->old);
	t->old = NULL;
	text_fini(&t->text);
}

static void
begin(struct bird *b)
{
	struct transaction *t = &b->tx;
	uint64_t last = b->ticket > b->written ? b->ticket : b->written;

	t->running = true;
	t->asked = b->asked;
	if (!t->asked)
		b->ticket = last + 1;
	b->asked = false;
	t->ticket = t->generation = b->ticket;
	t->queued = t->linked = t->copied = false;
	t->tries = 0;
	marks_again(b);
}

static void
finish(struct bird *b, enum bird_result r, const char *say)
{
	struct transaction *t = &b->tx;
	char name[PATH_MAX];
	bool tell = t->asked || r == BIRD_APPLIED || strcmp(b->refusal, say) != 0;

	if (t->linked)
		unlink(old_name(b, name));
	if (t->lock >= 0)
		close(t->lock);
	t->lock = -1;
	free(t->old);
	t->old = NULL;
	t->running = false;
	evtimer_del(b->pause);
	b->settled = r != BIRD_UNKNOWN || b->dry_run;
	snprintf(b->refusal, sizeof(b->refusal), "%s", r == BIRD_APPLIED ? "" : say);
	if (tell)
		b->events->ended(b->ctx, b->index, t->ticket, r, say);
	bird_kick(b);
}

static void
refuse(struct bird *b, const struct diag *why)
{
	char say[SAY_LEN];

	finish(b, BIRD_REFUSED, diag_str(why, say, sizeof(say)));
}

/* Keeps the old text, for putting back, and goes on from its generation: the reaper may have been
 * here. */
static int
read_old(struct bird *b, struct diag *reterr)
{
	struct transaction *t = &b->tx;
	uint64_t generation = 0;
	int err = file_slurp(&t->old, &t->old_len, b->router->fragment, FRAGMENT_MAX);

	if (err == -ENOENT)
		return 0;
	if (err != 0)
		return diag_at(reterr, err, b->router->fragment, 0, "cannot read the fragment: %s",
		    strerror(-err));
	/*
	 * ten thousand lines that we wrote ourselves need no reading; a damaged text is replaced
	 * all the same
	 */
	if (t->old_len == b->good.len && memcmp(t->old, text_str(&b->good), t->old_len) == 0)
		return 0;
	fragment_generation(t->old, t->old_len, &generation, NULL);
	if (generation > b->written)
		b->written = generation;
	return 0;
}

static int
render(struct bird *b, struct diag *reterr)
{
	struct transaction *t = &b->tx;
	struct render_of of = {
		.frame = b->frame, .settings = b->settings, .router = b->index, .ledger = b->ledger,
		.now = clock_now().wall, .last = &b->rendered
	};

	if (b->frame == NULL) {
		*reterr = b->frame_why;
		return -ENOENT;
	}
	if (b->written >= t->generation)
		t->generation = b->written + 1;
	if (b->running >= t->generation)
		t->generation = b->running + 1;
	t->generation = fragment_generation_next(t->generation - 1);
	of.generation = t->generation;
	text_clear(&t->text);
	return render_fragment(&t->text, &of, reterr);
}

/* The old text stays reachable as FRAGMENT.old: putting it back then needs no space on a full disk.
 */
static int
write_new(struct bird *b, struct diag *reterr)
{
	struct transaction *t = &b->tx;
	char name[PATH_MAX];
	int err;

	unlink(old_name(b, name));
	t->linked = t->old != NULL && link(b->router->fragment, name) == 0;
	err = fragment_put(b->router->fragment, t->text.s, t->text.len, t->text.len <= t->old_len);
	if (err != 0)
		return diag_at(reterr, err, b->router->fragment, 0, "cannot write the fragment: %s",
		    strerror(-err));
	b->written = t->generation;
	return 0;
}

/* 0, or -errno: then the disk holds what BIRD refused, and the next start guard or transaction
 * mends it. */
static int
put_back(struct bird *b)
{
	struct transaction *t = &b->tx;
	char name[PATH_MAX];

	if (t->old == NULL)
		return unlink(b->router->fragment) == 0 || errno == ENOENT ? 0 : -errno;
	if (t->linked && rename(old_name(b, name), b->router->fragment) == 0) {
		t->linked = false;
		return 0;
	}
	return file_replace(b->router->fragment, t->old, t->old_len, FRAGMENT_MODE);
}

static void
go(struct bird *b)
{
	struct transaction *t = &b->tx;
	struct diag why;
	int err = b->dry_run ? 0 : fragment_lock(&t->lock, b->router->fragment, 0, &why);

	if (err == -EWOULDBLOCK && t->tries++ < LOCK_TRIES) {
		pause_ms(b, LOCK_STEP_MS);
		return;
	}
	if (err == 0)
		err = read_old(b, &why);
	if (err == 0)
		err = render(b, &why);
	if (err == 0 && b->dry_run) {
		finish(b, BIRD_UNKNOWN, "dry run");
		return;
	}
	if (err == 0)
		err = write_new(b, &why);
	if (err != 0) {
		refuse(b, &why);
		return;
	}
	t->tries = 0;
	bird_send(b, STEP_CONFIGURE, "configure");
	/*
	 * BIRD reads it while the name is synced.  A crash before that finds the old text, and the
	 * log then says what is missing; so failing here is no reason to refuse.
	 */
	file_sync_directory_of(b->router->fragment);
	if (t->old != NULL)
		reconcile_replaced(b, t->old, t->old_len);
}

void
transaction_start(struct bird *b)
{
	begin(b);
	go(b);
}

void
transaction_paused(struct bird *b)
{
	if (!b->tx.running)
		return;
	if (b->tx.queued)
		bird_send(b, STEP_EVAL, "eval SEAWALL_GEN");
	else
		go(b);
}

static void
refused_by_bird(struct bird *b, const char *text)
{
	struct diag why;
	int err = put_back(b);

	if (err != 0)
		diag_set(&why, err,
		    "BIRD refused: %s; and the old fragment could not be put back: %s", text,
		    strerror(-err));
	else
		diag_set(&why, 0, "BIRD refused: %s", text);
	refuse(b, &why);
}

static void
applied(struct bird *b)
{
	struct transaction *t = &b->tx;
	struct text swap = b->good;

	b->running = t->generation;
	b->good = t->text;
	t->text = swap;
	b->work |= WORK_GOOD;
	copy_used(b, t->copied, t->words);
	b->rb.upstreams |= bird_own_upstreams(b);
	marks_again(b);
	finish(b, BIRD_APPLIED, "BIRD runs it");
}

static void
eval_reply(struct bird *b, unsigned code, const char *text)
{
	struct transaction *t = &b->tx;
	char say[SAY_LEN];

	if (code == 23 && fragment_generation_said(text) == t->generation) {
		applied(b);
		return;
	}
	if (t->queued && t->tries++ < QUEUE_TRIES) {
		pause_ms(b, QUEUE_STEP_MS);
		return;
	}
	if (code == 23)
		snprintf(say, sizeof(say),
		    "it runs generation %s, not %llu; does bird.conf include %s?", text,
		    (unsigned long long)t->generation, b->router->fragment);
	else
		snprintf(say, sizeof(say),
		    "it does not know SEAWALL_GEN; does bird.conf include %s?",
		    b->router->fragment);
	refused_by_bird(b, say);
}

/*
 * Is somebody editing bird.conf?  Our copy of it is as it was before; else it is refused as well.
 */
static void
use_copy(struct bird *b, const char *words)
{
	char name[PATH_MAX], command[PATH_MAX + 16];

	b->tx.copied = true;
	snprintf(b->tx.words, sizeof(b->tx.words), "%s", words);
	snprintf(command, sizeof(command), "configure \"%s\"",
	    goodconf_name(name, b->router->fragment, false));
	bird_send(b, STEP_CONFIGURE, command);
}

void
transaction_reply(struct bird *b, enum asking step, unsigned code, const char *text)
{
	if (step == STEP_EVAL) {
		eval_reply(b, code, text);
	} else if (reply_configured(code)) {
		b->tx.queued = code == 5;
		bird_send(b, STEP_EVAL, "eval SEAWALL_GEN");
	} else if (copy_can_help(b)) {
		use_copy(b, text);
	} else if (b->tx.copied && !goodconf_blames_us(b->router->fragment, text)) {
		copy_refused(b);
		refused_by_bird(b, b->tx.words);
	} else {
		refused_by_bird(b, text);
	}
}

/* The fragment stays as it is: what BIRD made of it is found out when it answers again. */
void
transaction_broken(struct bird *b, const char *why)
{
	char say[SAY_LEN];

	snprintf(say, sizeof(say), "%s; whether BIRD took it is not known yet", why);
	finish(b, BIRD_UNKNOWN, say);
}

static bool
still_stands(void *ctx, const struct fragment_owner *o, const char *network)
{
	(void)network;
	return netset_find(ctx, o->id);
}

static int
strip_withdrawn(struct bird *b, struct netset *standing, struct fragment_stripped *ret,
    struct diag *reterr)
{
	struct transaction *t = &b->tx;
	uint64_t generation = fragment_generation_next(b->written);
	int err;

	text_clear(&t->text);
	err = fragment_strip(&t->text, t->old, t->old_len, generation,
	    "seawalld took out what was withdrawn", still_stands, standing, ret, reterr);
	if (err != 0 || ret->removed == 0)
		return err;
	t->generation = generation;
	err = write_new(b, reterr);
	return err != 0 ? err : file_sync_directory_of(b->router->fragment);
}

/*
 * BIRD is away.  What is withdrawn leaves the fragment at once, so that a BIRD that comes back does
 * not announce it again; what is new waits until BIRD can say whether it takes it.
 */
void
transaction_offline(struct bird *b)
{
	struct transaction *t = &b->tx;
	struct fragment_stripped stripped = { 0 };
	struct netset standing;
	struct diag why = { 0 };
	wall_t now = clock_now().wall;
	char say[SAY_LEN];
	int err;

	begin(b);
	netset_init(&standing);
	for (unsigned i = 0; i < b->ledger->n; i++)
		if (render_stands(b->settings, b->index, b->ledger->all[i], now))
			netset_add(&standing, b->ledger->all[i]->id, false);
	err = b->dry_run ? 0 : fragment_lock(&t->lock, b->router->fragment, 0, &why);
	if (err == 0)
		err = read_old(b, &why);
	if (err == 0 && t->old != NULL && !b->dry_run)
		strip_withdrawn(b, &standing, &stripped, &why);
	snprintf(say, sizeof(say),
	    "BIRD is not reachable (%.200s): it is brought up to date when it is back%s%.200s",
	    b->why, stripped.removed > 0 ? "; out of its fragment already: " : "",
	    text_str(&stripped.ids));
	text_fini(&stripped.ids);
	netset_fini(&standing);
	finish(b, BIRD_UNKNOWN, b->dry_run ? "dry run" : say);
}

/* For the start guard.  Failing is not told: the next transaction meets the same disk. */
void
transaction_good(struct bird *b)
{
	char name[PATH_MAX];

	if (b->good.len == 0 || b->dry_run)
		return;
	snprintf(name, sizeof(name), "%s.good", b->router->fragment);
	file_put(name, b->good.s, b->good.len, FRAGMENT_MODE);
	bird_kick(b);
}
