/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bird/bird.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "bird/fragment.h"
#include "bird/goodconf.h"
#include "bird/internal.h"
#include "bird/render.h"

#define BACKOFF_FIRST_MS 200
#define BACKOFF_LAST_MS 5000

static void
add_ms(struct event *timer, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	evtimer_add(timer, &tv);
}

uint32_t
bird_own_upstreams(const struct bird *b)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < b->settings->upstreams_n; i++)
		if (b->settings->upstreams[i].router == b->index)
			bits |= UINT32_C(1) << i;
	return bits;
}

void
bird_kick(struct bird *b)
{
	event_active(b->kick, EV_TIMEOUT, 0);
}

void
bird_send(struct bird *b, enum asking step, const char *command)
{
	b->step = step;
	/* cannot be busy or too long: one at a time, and names are bounded */
	if (session_send(b->session, command) != 0)
		b->step = STEP_NONE;
}

static bool
take(struct bird *b, unsigned work)
{
	bool there = (b->work & work) != 0;

	b->work &= ~work;
	return there;
}

/* Before anything else: whom do we talk to, and what runs there. */
static void
hello(struct bird *b)
{
	if (take(b, WORK_INTERFACES)) {
		b->peers.locals_n = 0;
		bird_send(b, STEP_INTERFACES, "show interfaces");
	} else if (take(b, WORK_PROTOCOLS)) {
		peers_begin(b);
		bird_send(b, STEP_PROTOCOLS, "show protocols all");
	} else if (take(b, WORK_GENERATION)) {
		bird_send(b, STEP_GENERATION, "eval SEAWALL_GEN");
	}
}

/* One step; changes go before questions, so that a read-back delays a change by one answer. */
static void
pump(struct bird *b)
{
	if (b->tx.running || !session_idle(b->session))
		return;
	if (b->connected && take(b, WORK_APPLY))
		transaction_start(b);
	else if (b->work & WORK_HELLO)
		hello(b);
	else if (take(b, WORK_COMPARE))
		reconcile_compare(b);
	else if (b->rb.upstreams != 0)
		readback_exported(b);
	else if (b->rb.tables != 0)
		readback_table(b);
	else if (b->to_resend != 0)
		reconcile_resend(b);
	else if (take(b, WORK_ROA))
		rooms_roa_ask(b);
	else if (take(b, WORK_GOOD))
		transaction_good(b);
	else if (take(b, WORK_COPY))
		bird_send(b, STEP_RUNS, "eval " GOODCONF_MARK);
}

static void
kicked(evutil_socket_t fd, short what, void *arg)
{
	struct bird *b = arg;

	(void)fd, (void)what;
	if (!b->connected && evtimer_pending(b->retry, NULL) && take(b, WORK_APPLY))
		transaction_offline(b);
	pump(b);
}

static void
ready(void *ctx)
{
	struct bird *b = ctx;

	b->work |= WORK_HELLO;
	pump(b);
}

static void
line(void *ctx, unsigned code, const char *text)
{
	struct bird *b = ctx;

	if (b->step == STEP_INTERFACES)
		peers_interface(b, text);
	else if (b->step == STEP_PROTOCOLS)
		peers_line(b, code, text);
	else if (b->step == STEP_EXPORTED || b->step == STEP_TABLE)
		readback_line(b, text);
	else if (b->step == STEP_MARKS)
		marks_line(b, text);
	else if (b->step == STEP_CONFIGURE || b->step == STEP_MENDED)
		copy_named(b, text);
	else if (b->step == STEP_ROA)
		rooms_roa_line(b, text);
}

static void
generation_read(struct bird *b, unsigned code, const char *text)
{
	b->running = code == 23 ? fragment_generation_said(text) : 0;
	if (!b->connected) {
		b->connected = true;
		b->backoff_ms = BACKOFF_FIRST_MS;
		b->why[0] = '\0';
		if (!b->looking)
			bird_reconcile(b);
		b->work &= ~(unsigned)WORK_HELLO;	/* just asked */
		b->events->state(b->ctx, b->index);
	}
}

static void
done(void *ctx, unsigned code, const char *text)
{
	struct bird *b = ctx;
	enum asking step = b->step;

	b->step = STEP_NONE;
	if (step == STEP_CONFIGURE || step == STEP_EVAL) {
		transaction_reply(b, step, code, text);
		return;
	}
	if (step == STEP_PROTOCOLS)
		peers_done(b);
	else if (step == STEP_GENERATION)
		generation_read(b, code, text);
	else if (step == STEP_COPY)
		copy_checked(b, code, text);
	else if (step == STEP_RUNS)
		copy_ran(b, code);
	else if (step == STEP_MENDED)
		copy_mended(b, code, text);
	else if (step == STEP_LEFT_OUT)
		copy_left_out(b, code);
	else if (step == STEP_EXPORTED || step == STEP_TABLE)
		readback_done(b, step, code);
	else if (step == STEP_MARKS)
		marks_done(b, code);
	else if (step == STEP_ROA)
		rooms_roa_done(b, code);
	pump(b);
}

static void
closed(void *ctx, const char *why)
{
	struct bird *b = ctx;
	bool tell = b->connected || strcmp(b->why, why) != 0;

	b->connected = false;
	b->running = 0;
	b->step = STEP_NONE;
	b->work &= WORK_APPLY;
	b->rb.upstreams = b->rb.tables = 0;
	b->rooms.read.ns = 0;	/* asked again at once when it is back */
	b->rb.round = false;
	b->copy.known = false;
	b->to_resend = 0;
	marks_closed(b);
	snprintf(b->why, sizeof(b->why), "%s", why);
	for (unsigned i = 0; i < UPSTREAMS_MAX; i++)
		b->upstreams[i].known = b->upstreams[i].established = false;
	add_ms(b->retry, b->backoff_ms);
	b->backoff_ms = b->backoff_ms * 2 < BACKOFF_LAST_MS ? b->backoff_ms * 2 : BACKOFF_LAST_MS;
	if (b->tx.running)
		transaction_broken(b, why);
	if (take(b, WORK_APPLY))
		transaction_offline(b);
	if (tell)
		b->events->state(b->ctx, b->index);
}

static void
retry(evutil_socket_t fd, short what, void *arg)
{
	struct bird *b = arg;

	(void)fd, (void)what;
	session_open(b->session);
}

static void
paused(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	transaction_paused(arg);
}

static const struct session_events session_events = {
	.ready = ready, .line = line, .done = done, .closed = closed
};

/* Where the numbering goes on; what cannot be read is replaced by the first reconcile. */
static void
read_generation(struct bird *b)
{
	char *text;
	size_t len;

	if (file_slurp(&text, &len, b->router->fragment, FRAGMENT_MAX) != 0)
		return;
	fragment_generation(text, len, &b->written, NULL);
	free(text);
}

int
bird_new(struct bird **ret, struct event_base *base, const struct settings *s, unsigned router,
	 const struct ledger *ledger, const struct bird_events *events, void *ctx, bool dry_run)
{
	struct bird *b = calloc(1, sizeof(*b));
	int err = -ENOMEM;

	if (b == NULL)
		return -ENOMEM;
	b->base = base;
	b->settings = s;
	b->router = &s->routers[router];
	b->index = router;
	b->ledger = ledger;
	b->events = events;
	b->ctx = ctx;
	b->dry_run = dry_run;
	b->backoff_ms = BACKOFF_FIRST_MS;
	b->tx.lock = -1;
	text_init(&b->tx.text, FRAGMENT_MAX);
	text_init(&b->good, FRAGMENT_MAX);
	rendered_init(&b->rendered);
	readback_init(&b->rb);
	marks_init(&b->marks);
	snprintf(b->why, sizeof(b->why), "not asked yet");
	b->retry = evtimer_new(base, retry, b);
	b->kick = evtimer_new(base, kicked, b);
	b->pause = evtimer_new(base, paused, b);
	if (b->retry != NULL && b->kick != NULL && b->pause != NULL)
		err = session_new(&b->session, base, b->router->socket, &session_events, b);
	if (err != 0) {
		bird_free(b);
		return err;
	}
	/* a missing frame is told with every change that needs it; BIRD can be read without */
	render_frame(&b->frame, s->templates, &b->frame_why);
	read_generation(b);
	*ret = b;
	return 0;
}

static void
timer_free(struct event *timer)
{
	if (timer != NULL)
		event_free(timer);
}

void
bird_dry(struct bird *b)
{
	b->dry_run = true;
}

void
bird_free(struct bird *b)
{
	if (b == NULL)
		return;
	session_free(b->session);
	timer_free(b->retry);
	timer_free(b->kick);
	timer_free(b->pause);
	transaction_free(&b->tx);
	readback_fini(&b->rb);
	marks_fini(&b->marks);
	text_fini(&b->good);
	rendered_fini(&b->rendered);
	free(b->frame);
	free(b);
}

void
bird_start(struct bird *b)
{
	if (b->started)
		return;
	b->started = true;
	add_ms(b->retry, 0);
}

void
bird_look(struct bird *b)
{
	b->looking = true;
	bird_start(b);
}

bool
bird_looked(const struct bird *b)
{
	return b->connected && b->step == STEP_NONE && (b->work & WORK_ROA) == 0;
}

uint64_t
bird_apply(struct bird *b)
{
	uint64_t last = b->ticket > b->written ? b->ticket : b->written;

	b->rb.disturbed = true;
	/* what is asked before the next transaction starts goes with it */
	if ((b->work & WORK_APPLY) == 0 || !b->asked)
		b->ticket = last + 1;
	b->work |= WORK_APPLY;
	b->asked = true;
	b->settled = false;
	bird_kick(b);
	return b->ticket;
}

void
bird_reconcile(struct bird *b)
{
	if (!b->connected || b->rb.round)
		return;
	b->work |= WORK_HELLO | WORK_COMPARE;
	reconcile_begin(b);
	bird_kick(b);
}

bool
bird_connected(const struct bird *b)
{
	return b->connected;
}

const char *
bird_why(const struct bird *b)
{
	return b->connected ? "" : b->why;
}

struct session_faults
bird_faults(const struct bird *b)
{
	return session_faults(b->session);
}

uint64_t
bird_generation(const struct bird *b)
{
	return b->running;
}

const struct bird_upstream *
bird_upstream(const struct bird *b, unsigned upstream)
{
	return &b->upstreams[upstream];
}

bool
bird_knows_us(const struct bird *b, struct router *router)
{
	if (router->asn == 0 && b->us_known)
		router->asn = b->us.asn;
	if (!router->sessions_given && b->us_known && !b->us.overflow) {
		router->sessions_n = b->us.sessions_n;
		memcpy(router->sessions, b->us.sessions, sizeof(router->sessions));
	}
	if (router->asn == 0)
		return false;
	return router->sessions_given || (b->us_known && !b->us.overflow);
}
