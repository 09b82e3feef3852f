/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The loop of the live view: keys, signals and two questions at most, one for the screen and one of
 * the person's. Nothing here waits but poll(): a daemon that is gone or hangs takes no key away.
 */
#include "cli/watch_live.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "cli/asker.h"
#include "cli/keys.h"
#include "cli/screen.h"
#include "cli/term.h"
#include "model/settings.h"

#define EVERY_MS 1000
#define EVERY_SLOW_MS 5000
#define SILENT_MS 3000		/* an answer that is so much later than it was due is none */
#define AGAIN_MS 1000
#define PAGE_TEXT_MAX (64 << 10)

/* What a signal's handler may touch. */
static struct {
	int pipe[2];
	volatile sig_atomic_t end, stop;
} told;

struct live {
	struct watch w;
	char path[PATH_MAX_LEN];
	struct asker status, act;
	json_t *last;			/* the last whole answer, owned */
	int64_t answered_ms, due_ms;	/* of clock_now().mono */
	bool failing, keyed;
	char why[512];
	long shown;
	struct keys keys;
	struct view view;
};

static int64_t
ms_now(void)
{
	return mono_ms(clock_now().mono);
}

/* ---- signals ------------------------------------------------------------- */

static void
handle(int sig)
{
	const int saved = errno;
	ssize_t n;

	if (sig == SIGTSTP) {
		told.stop = 1;
	} else if (sig != SIGWINCH && sig != SIGCONT) {
		told.end = sig;
		term_guard(sig);
	}
	n = write(told.pipe[1], "", 1);	/* full: it is told already */
	(void)n;
	errno = saved;
}

static int
signals_begin(struct diag *reterr)
{
	static const int all[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH };
	struct sigaction act = { .sa_handler = handle };

	if (pipe2(told.pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		return diag_set(reterr, -errno, "pipe: %s", strerror(errno));
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		sigaction(all[i], &act, NULL);
	return 0;
}

/* Ctrl-Z: the shell gets its terminal as it was. */
static void
stop_here(void)
{
	told.stop = 0;
	term_leave();
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	sigaction(SIGTSTP, &(struct sigaction){ .sa_handler = handle }, NULL);
	term_enter();
}

static void
signals_take(void)
{
	char buf[64];

	while (read(told.pipe[0], buf, sizeof(buf)) > 0)
		;
	if (told.stop)
		stop_here();
}

/* ---- what is known ------------------------------------------------------- */

/* How long there has been no answer; 0: what is shown is of now. */
static int64_t
silent_ms(const struct live *l, int64_t now)
{
	int64_t since = now - l->answered_ms;

	return l->failing || since > l->w.every_ms + SILENT_MS ? (since > 0 ? since : 1) : 0;
}

static struct view_of
view_of(const struct live *l, int64_t now)
{
	struct view_of of = { .lines = l->last,
		.now = clock_now().wall,
		.silent_ms = silent_ms(l, now),
		.why = l->why,
		.utf8 = term_utf8(),
		.keys = l->keyed,
		.selected = l->keys.selected,
		.note = l->keys.note };

	term_size(&of.rows, &of.columns);
	return of;
}

static struct keys_world
world_of(const struct live *l, int64_t now)
{
	return (struct keys_world){ .lines = l->last,
		.current = silent_ms(l, now) == 0,
		.now = clock_now().wall,
		.ms = now,
		.rows = l->view.rows,
		.scroll_most = l->view.scroll_most };
}

static void
draw(struct live *l, int64_t now)
{
	const struct view_of of = view_of(l, now);
	const struct keys_world w = world_of(l, now);
	struct view_page page;
	struct text buf;

	text_init(&buf, PAGE_TEXT_MAX);
	if (keys_page(&l->keys, &w, &page, &buf))
		view_show(&l->view, &of, &page);
	else
		view_list(&l->view, &of);
	term_draw(&l->view);
	text_fini(&buf);
}

/* ---- questions ----------------------------------------------------------- */

static void
no_answer(struct live *l, const struct diag *d, int64_t now)
{
	l->failing = true;
	snprintf(l->why, sizeof(l->why), "%s", d->say);
	l->due_ms = now + AGAIN_MS;
	asker_stop(&l->status);
}

static void
take_status(struct live *l, int64_t now)
{
	if (l->status.exit != CLI_DONE) {
		struct diag d = { 0 };

		snprintf(d.say, sizeof(d.say), "%s", text_str(&l->status.error));
		no_answer(l, &d, now);
		return;
	}
	json_decref(l->last);
	l->last = json_incref(l->status.lines);
	l->failing = false;
	l->why[0] = '\0';
	l->answered_ms = now;
	l->shown++;
	asker_stop(&l->status);
	keys_lines(&l->keys, l->last);
}

static void
turn_status(struct live *l, int64_t now)
{
	struct diag d = { 0 };
	int got;

	if (l->status.fd < 0 && now >= l->due_ms) {
		l->due_ms = now + l->w.every_ms;
		if (asker_start(&l->status, l->path, json_pack("{s:s}", "command", "status"), now,
			&d) != 0)
			no_answer(l, &d, now);
	}
	if (l->status.fd < 0)
		return;
	got = asker_turn(&l->status, now, &d);
	if (got < 0)
		no_answer(l, &d, now);
	else if (got > 0)
		take_status(l, now);
}

static void
turn_act(struct live *l, int64_t now)
{
	json_t *q = keys_take(&l->keys);
	struct diag d = { 0 };
	int got = 0, without = CLI_UNREACHABLE;

	if (q != NULL && asker_start(&l->act, l->path, q, now, &d) != 0) {
		got = -1;
		without = CLI_REFUSED;	/* nobody has heard of it */
	} else if (q == NULL && l->act.fd >= 0 && l->keys.mode != KEYS_ASKING) {
		asker_stop(&l->act);	/* only a look is left before its answer */
	}
	if (got == 0 && l->act.fd >= 0)
		got = asker_turn(&l->act, now, &d);
	if (got == 0)
		return;
	if (got < 0)
		keys_answer(&l->keys, without, NULL, d.say, clock_now().wall);
	else
		keys_answer(&l->keys, l->act.exit, l->act.lines, text_str(&l->act.error),
		    clock_now().wall);
	asker_stop(&l->act);
	l->due_ms = now;	/* what came of it is to be seen at once */
}

/* ---- the loop ------------------------------------------------------------ */

static void
turn_keys(struct live *l, int64_t now)
{
	int key;

	while (l->keyed && l->keys.mode != KEYS_QUIT && (key = term_key()) != KEYS_NONE) {
		const struct keys_world w = world_of(l, now);

		keys_press(&l->keys, &w, key);
		draw(l, now);	/* the next key is about what is then on the screen */
	}
}

/* Until the next second, of which the clock on the screen shows every one, or sooner. */
static int
pause_ms(const struct live *l, int64_t now)
{
	int64_t tick = l->w.every_ms > EVERY_MS ? l->w.every_ms : EVERY_MS,
		ms = tick - clock_now().wall.ms % tick;

	if (l->status.fd < 0 && l->due_ms - now < ms)
		ms = l->due_ms > now ? l->due_ms - now : 0;
	return (int)ms;
}

/* False: the terminal has gone. */
static bool
wait_for_something(const struct live *l, int64_t now)
{
	struct pollfd fds[] = {
		{ .fd = told.pipe[0], .events = POLLIN },
		{ .fd = l->keyed ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = l->status.fd, .events = asker_events(&l->status) },
		{ .fd = l->act.fd, .events = asker_events(&l->act) },
	};

	if (poll(fds, sizeof(fds) / sizeof(*fds), pause_ms(l, now)) < 0)
		return errno == EINTR;
	return (fds[1].revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

/* The last screen, too, is there until the next would be. */
static bool
is_over(const struct live *l, int64_t now)
{
	return told.end || l->keys.mode == KEYS_QUIT ||
	    (l->w.times > 0 && l->shown >= l->w.times && now >= l->due_ms);
}

static void
run(struct live *l)
{
	int64_t now = ms_now();
	bool there = true;

	for (; there && !is_over(l, now); now = ms_now()) {
		turn_keys(l, now);
		turn_act(l, now);
		turn_status(l, now);
		draw(l, now);
		if (l->keys.ask == NULL && l->keys.mode != KEYS_QUIT)
			there = wait_for_something(l, now);
		signals_take();
	}
}

static void
live_free(struct live *l)
{
	term_close();
	asker_stop(&l->status);
	asker_stop(&l->act);
	keys_fini(&l->keys);
	view_fini(&l->view);
	json_decref(l->last);
}

static int
live_begin(struct live *l, const struct cli_options *o, const struct watch *w, struct diag *reterr)
{
	int err = cli_socket(o, l->path, sizeof(l->path), reterr);

	l->w = *w;
	l->keyed = isatty(STDIN_FILENO);
	l->answered_ms = ms_now();
	asker_init(&l->status);
	asker_init(&l->act);
	keys_init(&l->keys);
	view_init(&l->view);
	if (err == 0)
		err = signals_begin(reterr);
	if (err == 0)
		err = term_open(l->keyed, reterr);
	if (l->w.every_ms == 0)
		l->w.every_ms = term_is_slow() ? EVERY_SLOW_MS : EVERY_MS;
	return err;
}

int
watch_live(const struct cli_options *o, const struct watch *w)
{
	static struct live l;
	struct diag d = { 0 };
	json_t *first = NULL;
	int status = cli_ask(o, json_pack("{s:s}", "command", "status"), &first);

	if (status != CLI_DONE) {	/* at the start it is better to be told why than to wait */
		json_decref(first);
		return status;
	}
	if (live_begin(&l, o, w, &d) != 0) {
		json_decref(first);
		live_free(&l);
		return cli_fail(CLI_REFUSED, "%s", d.say);
	}
	l.last = first;
	l.shown = 1;
	keys_lines(&l.keys, l.last);
	l.due_ms = l.answered_ms + l.w.every_ms;
	run(&l);
	live_free(&l);
	if (told.end != 0) {	/* whoever waits for us is to know what ended us */
		signal(told.end, SIG_DFL);
		raise(told.end);
	}
	return CLI_DONE;
}
