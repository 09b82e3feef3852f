/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole stage against a control socket that says anything: cut and split at every byte, closed
 * at every byte, garbled, wrong codes, answers to another question, floods, no end.  Whatever it
 * was, once BIRD is itself again: connected, our generation runs, what stands is held and carried;
 * and meanwhile nobody else has waited.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bird/fragment.h"
#include "bird/internal.h"
#include "bird/offline.h"
#include "hostile_bird.h"
#include "leak.h"

#define GIVE_UP_S 60
#define SHORT_MS 100
#define BIRDS 2

static struct {
	struct event_base *base;
	char dir[64];
	struct server s[BIRDS];
	struct settings *settings;
	struct ledger ledger;
	struct bird *bird[BIRDS];
	unsigned held, carried, applied[BIRDS];
} t;

/* ---- the stage ----------------------------------------------------------- */

static void
ended(void *ctx, unsigned router, uint64_t generation, enum bird_result r, const char *words)
{
	(void)ctx, (void)generation, (void)words;
	t.applied[router] += r == BIRD_APPLIED;
}

static void
carried(void *ctx, unsigned router, unsigned upstream, const char *id, enum bird_carried how,
    wall_t when)
{
	(void)ctx, (void)upstream, (void)id, (void)when;
	if (router == 0)
		t.carried = how == BIRD_SENT ? t.carried + 1 : 0;
}

static void
held(void *ctx, unsigned router, const char *id, bool yes, wall_t when)
{
	(void)ctx, (void)id, (void)when;
	if (router == 0)
		t.held = yes ? t.held + 1 : 0;
}

static void
ghost(void *ctx, unsigned router, const struct bird_ghost *g)
{
	(void)ctx, (void)router, (void)g;
}

static void
state(void *ctx, unsigned router)
{
	(void)ctx, (void)router;
}

static const struct bird_events events = {
	.ended = ended, .carried = carried, .ghost = ghost, .held = held, .state = state
};

static void
start(unsigned n)
{
	struct server *s = &t.s[n];

	unlink(s->fragment);
	s->running = s->said = s->answers = s->flooded = 0;
	s->has = s->done = false;
	t.held = t.carried = 0;
	cr_assert_eq(bird_new(&t.bird[n], t.base, t.settings, n, &t.ledger, &events, NULL, false),
	    0);
	bird_start(t.bird[n]);
}

static void
stop(unsigned n)
{
	bird_free(t.bird[n]);
	t.bird[n] = NULL;
	server_hang_up(&t.s[n]);
}

static void
setup(void)
{
	const char *top = getenv("top_srcdir");
	struct mitigation *m = calloc(1, sizeof(*m));

	memset(&t, 0, sizeof(t));
	/* a file system in memory, for the fragment is synced some thousand times */
	strcpy(t.dir,
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm/seawall-test.XXXXXX"
					  : "/tmp/seawall-test.XXXXXX");
	cr_assert_not_null(mkdtemp(t.dir));
	t.base = event_base_new();
	t.settings = calloc(1, sizeof(*t.settings));
	t.settings->routers_n = t.settings->upstreams_n = BIRDS;
	snprintf(t.settings->templates, PATH_MAX_LEN, "%s/bird-templates", top != NULL ? top : ".");
	for (unsigned n = 0; n < BIRDS; n++) {
		server_start(&t.s[n], t.base, t.dir, n);
		strcpy(t.settings->routers[n].socket, t.s[n].socket);
		strcpy(t.settings->routers[n].fragment, t.s[n].fragment);
		strcpy(t.settings->upstreams[n].protocol, "up_a");
		strcpy(t.settings->upstreams[n].profile.community, "65535:666");
		t.settings->upstreams[n].number = 1;
		t.settings->upstreams[n].router = n;
	}
	ledger_init(&t.ledger);
	strcpy(m->id, "m1");
	m->rule.kind = RULE_RTBH;
	m->via = 3;
	m->until = wall_add_ms(clock_now().wall, 86400000);
	prefix_parse(&m->rule.dst, ROUTE);
	cr_assert_eq(ledger_add(&t.ledger, &m), 0);
}

static void
teardown(void)
{
	char command[128];

	for (unsigned n = 0; n < BIRDS; n++) {
		bird_free(t.bird[n]);
		server_stop(&t.s[n]);
	}
	event_base_free(t.base);
	ledger_fini(&t.ledger);
	free(t.settings);
	snprintf(command, sizeof(command), "rm -rf %s", t.dir);
	cr_assert_eq(system(command), 0);
	leak_check();
}

TestSuite(bird_hostile, .init = setup, .fini = teardown, .timeout = 600);

static void
turn(void)
{
	struct timeval tv = { 0, 5000 };
	struct bird *b = t.bird[0];

	/* what nobody wants to wait for here */
	if (!b->connected && evtimer_pending(b->retry, NULL))
		event_active(b->retry, EV_TIMEOUT, 0);
	bird_reconcile(b);
	event_base_loopexit(t.base, &tv);
	event_base_loop(t.base, EVLOOP_ONCE);
}

static bool
whole(void)
{
	const struct bird *b = t.bird[0];

	return t.s[0].done && b->connected && b->running != 0 && b->running == t.s[0].running &&
	    t.s[0].has && !b->tx.running && (b->work & WORK_APPLY) == 0 && t.held > 0 &&
	    t.carried > 0;
}

#define UNTIL(what) do {							\
	mono_t end_ = mono_add_ms(clock_now().mono, GIVE_UP_S * 1000);		\
	while (!(what)) {							\
		turn();								\
		cr_assert(mono_before(clock_now().mono, end_), \
			"blow %d at %zu: waited in vain: " #what, \
		    t.s[0].blow, t.s[0].at);					\
	}									\
} while (0)

/* The blow falls at its place, and after it all is well again. */
static void
survives(enum blow blow, size_t at)
{
	struct server *s = &t.s[0];
	bool was;

	s->blow = blow;
	s->at = at;
	start(0);
	/*
	 * what was the end of an answer may be none any more: that is silence, and need not last
	 * here
	 */
	if (blow == REPLACE || blow == OTHER || blow == CODE)
		session_limit(t.bird[0]->session, SESSION_ANSWER_MAX, SESSION_ANSWER_MS, SHORT_MS);
	do {
		was = s->done;
		turn();
		if (s->done && !was)
			t.held = t.carried = 0;
	} while (!s->done);
	UNTIL(whole());
}

static struct session_faults
faults(void)
{
	return bird_faults(t.bird[0]);
}

/* How long a start, a change and a comparison are: in bytes, and in answers. */
static size_t
conversation(unsigned *ret_answers)
{
	size_t said;

	start(0);
	t.s[0].blow = NO_HARM;
	t.s[0].done = true;
	UNTIL(whole());
	said = t.s[0].said;
	if (ret_answers != NULL)
		*ret_answers = t.s[0].answers;
	stop(0);
	cr_assert_geq(said, 500);
	return said;
}

/* ---- at every byte ------------------------------------------------------- */

Test(bird_hostile, no_answer_is_misread_wherever_it_is_split)
{
	size_t n = conversation(NULL);

	for (size_t at = 0; at < n; at++) {
		survives(SPLIT, at);
		cr_assert_eq(faults().unreadable + faults().silent, 0, "split at %zu", at);
		cr_assert_eq(t.s[0].running, t.bird[0]->running);
		stop(0);
	}
}

Test(bird_hostile, the_connection_may_end_after_any_byte)
{
	size_t n = conversation(NULL);

	for (size_t at = 0; at < n; at++) {
		survives(CLOSE, at);
		stop(0);
	}
}

Test(bird_hostile, a_zero_byte_anywhere_ends_the_connection_and_is_counted)
{
	size_t n = conversation(NULL);

	t.s[0].byte = '\0';
	for (size_t at = 0; at < n; at++) {
		survives(REPLACE, at);
		cr_assert_geq(faults().unreadable, 1, "at %zu", at);
		stop(0);
	}
}

/* It may be read as something else, and is then believed until the next comparison. */
Test(bird_hostile, any_byte_may_be_another)
{
	static const char bytes[] = "\n 0139-+\xff";
	size_t n = conversation(NULL);

	for (size_t at = 0; at < n; at++) {
		t.s[0].byte = bytes[(at * 7 + 3) % (sizeof(bytes) - 1)];
		survives(REPLACE, at);
		stop(0);
	}
}

/* ---- at every answer ----------------------------------------------------- */

Test(bird_hostile, a_wrong_code_is_believed_until_the_next_comparison_at_most)
{
	static const char *const codes[] = { "0000", "0003", "0004", "0005", "0013", "0020", "0023",
		"8001", "8002", "9001", "9999" };
	unsigned answers;

	conversation(&answers);
	for (unsigned at = 1; at <= answers; at++)
		for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
			t.s[0].code = codes[i];
			survives(CODE, at);
			stop(0);
		}
}

Test(bird_hostile, the_answer_to_another_question_is_mended_by_the_next_comparison)
{
	unsigned answers;

	conversation(&answers);
	for (unsigned at = 2; at <= answers; at++) {
		survives(OTHER, at);
		stop(0);
	}
}

Test(bird_hostile, what_is_no_greeting_ends_the_connection)
{
	static const char *const greetings[] = { "hello\n", "0002 x\n", "0001-BIRD 2.0.12 ready.\n",
		" \n", "0000 \n", "0001 BIRD\n0001 BIRD\n0001 BIRD\n", "0001 BIRD\n0000 \n",
		"SSH-2.0-OpenSSH_9.2p1\r\n" };

	for (size_t i = 0; i < sizeof(greetings) / sizeof(*greetings); i++) {
		t.s[0].greeting = greetings[i];
		survives(NO_HARM, 0);
		cr_assert_eq(faults().unreadable, 1, "%s", greetings[i]);
		t.s[0].greeting = NULL;
		stop(0);
	}
}

/*
 * BIRD's integers have 32 bits: who believed these would number our next text so that BIRD takes
 * none any more.
 */
Test(bird_hostile, a_generation_that_bird_cannot_run_is_not_believed)
{
	static const uint64_t said[] = { UINT64_MAX, UINT64_C(1) << 32, UINT32_MAX,
		UINT32_MAX - 1 };

	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++) {
		survives(SPLIT, 0);
		t.s[0].running = said[i];
		UNTIL(t.s[0].running != said[i] && whole());
		cr_assert_leq(t.s[0].running, FRAGMENT_GENERATION_MAX);
		cr_assert_gt(t.s[0].running, 0);
		bird_apply(t.bird[0]);
		UNTIL(t.bird[0]->settled && whole());
		stop(0);
	}
}

/* ---- floods -------------------------------------------------------------- */

static size_t
heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

Test(bird_hostile, ten_megabytes_without_a_newline_cost_no_memory)
{
	unsigned answers;
	size_t before;

	conversation(&answers);
	before = heap();
	t.s[0].flood_max = 10 << 20;
	for (unsigned at = 2; at <= answers; at++) {
		survives(FLOOD_LINE, at);
		cr_assert_eq(faults().unreadable, 1);
		cr_assert_lt(heap(), before + (1 << 20), "answer %u", at);
		stop(0);
	}
}

Test(bird_hostile, ten_megabytes_of_routes_are_read)
{
	size_t before = heap();

	t.s[0].flood_max = 10 << 20;
	/*
	 * greeting, interfaces, protocols, generation, configure, eval; then what routes are sent
	 * with, and which
	 */
	survives(FLOOD_LINES, 9);
	cr_assert_geq(t.s[0].flooded, 10 << 20);
	cr_assert_eq(faults().unreadable, 0);
	cr_assert_lt(heap(), before + (16 << 20));
}

Test(bird_hostile, an_answer_without_end_is_cut_off_and_counted)
{
	unsigned answers;
	size_t before;

	conversation(&answers);
	before = heap();
	t.s[0].flood_max = 0;
	for (unsigned at = 2; at <= answers; at++) {
		t.s[0].blow = FLOOD_LINES;
		t.s[0].at = at;
		start(0);
		session_limit(t.bird[0]->session, 2 << 20, SESSION_ANSWER_MS, SESSION_SILENCE_MS);
		UNTIL(faults().unreadable == 1);
		cr_assert_str_eq(bird_why(t.bird[0]), "BIRD's answer has no end");
		cr_assert_lt(heap(), before + (8 << 20), "answer %u", at);
		UNTIL(whole());
		stop(0);
	}
}

Test(bird_hostile, an_answer_that_trickles_for_ever_is_cut_off_and_counted)
{
	t.s[0].blow = TRICKLE;
	t.s[0].at = 4;
	t.s[0].flood_max = 0;
	start(0);
	session_limit(t.bird[0]->session, SESSION_ANSWER_MAX, 300, SESSION_SILENCE_MS);
	UNTIL(faults().unreadable == 1);
	cr_assert_str_eq(bird_why(t.bird[0]), "BIRD's answer has no end");
	UNTIL(whole());
}

Test(bird_hostile, nobody_waits_for_a_bird_that_floods)
{
	t.s[0].blow = FLOOD_LINES;
	t.s[0].at = 9;
	start(0);
	session_limit(t.bird[0]->session, SIZE_MAX, GIVE_UP_S * 1000, SESSION_SILENCE_MS);
	UNTIL(t.s[0].flooded > 1 << 20);
	t.s[1].done = true;
	start(1);
	UNTIL(t.applied[1] > 0);
	for (unsigned i = 2; i <= 20; i++) {
		bird_apply(t.bird[1]);
		UNTIL(t.applied[1] >= i);
	}
	cr_assert(event_pending(t.s[0].more, EV_WRITE, NULL), "and it still floods");
	cr_assert_eq(faults().unreadable, 0);
}

/* ---- reaper and --offline ------------------------------------------------ */

static void
babble(int client, const char *words)
{
	while (send(client, words, strlen(words), MSG_NOSIGNAL) > 0)
		usleep(1000);
}

static void
answer(int client, const char *words)
{
	char question[64];

	while (read(client, question, sizeof(question)) > 0)
		send(client, words, strlen(words), MSG_NOSIGNAL);
}

/* Says the greeting, then talks; in a process of its own, for they wait where they are called. */
static pid_t
talker(const char *path, void (*talk)(int client, const char *words), const char *words)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), client;
	pid_t child;

	strcpy(sun.sun_path, path);
	cr_assert_eq(bind(listener, (struct sockaddr *)&sun, sizeof(sun)), 0);
	cr_assert_eq(listen(listener, 4), 0);
	child = fork();
	if (child == 0) {
		while ((client = accept(listener, NULL, NULL)) >= 0) {
			if (send(client, "0001 BIRD\n", 10, MSG_NOSIGNAL) == 10)
				talk(client, words);
			close(client);
		}
		_exit(0);
	}
	close(listener);
	return child;
}

static void
withdraws(const char *socket)
{
	mono_t begun = clock_now().mono;
	struct diag why = { 0 };
	struct text did;

	survives(SPLIT, 0);
	stop(0);
	text_init(&did, OFFLINE_DID_MAX);
	cr_assert_neq(offline_withdraw(t.s[0].fragment, socket, NULL, clock_now().wall, &did, &why),
	    0);
	cr_assert_not_null(strstr(text_str(&did), "m1: taken out of "), "%s", text_str(&did));
	cr_assert_not_null(strstr(why.say, "BIRD cannot be reached"), "%s", why.say);
	cr_assert_lt(mono_since_ms(clock_now().mono, begun), GIVE_UP_S * 1000);
	text_fini(&did);
}

Test(bird_hostile, what_is_withdrawn_without_the_daemon_leaves_the_file_beside_a_bird_that_babbles)
{
	static const char *const words[] = { " x\n", "1000-x\n", "what?\n", "x" };
	char path[128];
	pid_t child;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		snprintf(path, sizeof(path), "%s/babble%zu", t.dir, i);
		child = talker(path, babble, words[i]);
		withdraws(path);
		cr_assert_eq(kill(child, SIGKILL), 0);
		cr_assert_eq(waitpid(child, NULL, 0), child);
	}
}

Test(bird_hostile, what_is_withdrawn_without_the_daemon_leaves_the_file_beside_a_bird_that_hangs)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), waiting[8];

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/hangs", t.dir);
	cr_assert_eq(bind(listener, (struct sockaddr *)&sun, sizeof(sun)), 0);
	cr_assert_eq(listen(listener, 0), 0);
	/* nobody is accepted, and no more may wait */
	for (int i = 0; i < 8; i++) {
		waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(waiting[i], (struct sockaddr *)&sun, sizeof(sun));
	}
	withdraws(sun.sun_path);
	for (int i = 0; i < 8; i++)
		close(waiting[i]);
	close(listener);
}

/* Where no fragment is; `says`: of its generation; NULL: no BIRD runs. */
static int
withdraws_nothing(const char *says, const char *id)
{
	char fragment[128], socket[128];
	struct diag why = { 0 };
	struct text did;
	pid_t child = 0;
	int err;

	snprintf(fragment, sizeof(fragment), "%s/absent.conf", t.dir);
	snprintf(socket, sizeof(socket), "%s/answers", t.dir);
	if (says != NULL)
		child = talker(socket, answer, says);
	text_init(&did, OFFLINE_DID_MAX);
	err = offline_withdraw(fragment, socket, id, clock_now().wall, &did, &why);
	cr_assert_str_eq(text_str(&did), "");
	cr_assert_neq(access(fragment, F_OK), 0, "and none is made");
	text_fini(&did);
	if (child > 0) {
		kill(child, SIGKILL);
		cr_assert_eq(waitpid(child, NULL, 0), child);
		unlink(socket);
	}
	return err;
}

Test(bird_hostile, where_nothing_was_ever_announced_all_is_withdrawn)
{
	static const char none[] = "9001 syntax error\n";

	cr_assert_eq(withdraws_nothing(none, NULL), 0);
	cr_assert_eq(withdraws_nothing(NULL, NULL), 0);
	cr_assert_eq(withdraws_nothing(none, "m1"), -ENOENT);
}

Test(bird_hostile, a_deleted_fragment_that_bird_still_runs_is_not_withdrawn)
{
	cr_assert_eq(withdraws_nothing("0023 57\n", NULL), -ENOENT);
	cr_assert_eq(withdraws_nothing("1000-x\n", NULL), -ETIMEDOUT);
}
