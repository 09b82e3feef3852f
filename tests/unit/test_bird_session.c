/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole stage against a BIRD that the test plays: it greets, answers from a few rules, and
 * breaks on request. Real BIRDs: tests/system/bird-transaction.py.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "bird/bird.h"
#include "bird/fragment.h"
#include "leak.h"

#define GIVE_UP_S 60

/* What the BIRD of the test does out of the ordinary. */
enum mood {
	FINE,
	REFUSES,
	WRONG_GENERATION,
	UNKNOWN_SYMBOL,
	HANGS_UP,
	BABBLES,
	ENDLESS_LINE,
	RECONCILED,
	QUEUES,
	FORGETS,	/* what its tables have */
	HAUNTED,	/* by a route of ours that nobody knows */
	EDITED,		/* refuses bird.conf, and not our copy of it */
	HATES_THE_COPY
};

static struct {
	struct event_base *base;
	struct event *accept, *io;
	int listener, client;
	char dir[64], socket[128], fragment[128], conf[128], in[2048];
	size_t len;
	enum mood mood;
	unsigned configures, evals, copies, looks;
	bool on_copy, apply_at_once;
	uint64_t running;

	struct settings *settings;
	struct ledger ledger;
	struct bird *bird;

	unsigned ended, carried, not_carried, held, not_held, our_ghosts, ghosts, states,
	    stop_after;
	enum bird_result result;
	uint64_t generation;
	char say[512], ghost[256];
} t;

static void
answer(const char *text)
{
	ssize_t n = send(t.client, text, strlen(text), MSG_NOSIGNAL);

	/* who asked may be gone */
	cr_assert(n == (ssize_t)strlen(text) || (n < 0 && errno == EPIPE));
}

static uint64_t
file_generation(void)
{
	uint64_t generation = 0;
	char *text;
	size_t len;

	if (file_slurp(&text, &len, t.fragment, FRAGMENT_MAX) == 0) {
		fragment_generation(text, len, &generation, NULL);
		free(text);
	}
	return generation;
}

static void
hang_up(void)
{
	event_free(t.io);
	t.io = NULL;
	close(t.client);
}

static void
configure(void)
{
	char big[4096];

	t.configures++;
	switch (t.mood) {
	case REFUSES:
		answer(
		    "0002-Reading configuration from bird.conf\n8002 bird.conf:7:3 syntax error\n");
		return;
	case HANGS_UP:
		t.mood = FINE;
		hang_up();
		return;
	case BABBLES:
		t.mood = FINE;
		answer("what?\n");
		return;
	case ENDLESS_LINE:
		t.mood = FINE;
		memset(big, 'x', sizeof(big) - 1);
		big[sizeof(big) - 1] = '\0';
		answer(big);
		return;
	case QUEUES:
		answer("0002-Reading configuration from bird.conf\n0005 Reconfiguration already in "
		       "progress\n");
		return;
	case EDITED:
		answer(
		    "0002-Reading configuration from bird.conf\n8002 bird.conf:7:3 syntax error\n");
		return;
	default:
		t.running = file_generation();
		t.on_copy = false;
		answer("0002-Reading configuration from ");
		answer(t.conf);
		answer("\n+an asynchronous line\n0003 Reconfigured\n");
	}
}

/* Is given our copy. */
static void
configure_copy(void)
{
	t.copies++;
	if (t.mood == REFUSES) {
		answer("0002-Reading configuration from it\n8002 it:9:1 syntax error\n");
		return;
	}
	t.running = file_generation();
	t.on_copy = true;
	answer("0002-Reading configuration from it\n0003 Reconfigured\n");
}

/* Is shown it, or asked of its own. */
static void
check(bool copy)
{
	bool likes = copy ? t.mood != HATES_THE_COPY : t.mood != EDITED && t.mood != REFUSES;

	t.looks += copy;
	answer(likes   ? "0020 Configuration OK\n"
		: copy ? "8002 it:9:1 syntax error\n"
		       : "8002 bird.conf:7:3 syntax error\n");
}

static void
eval(void)
{
	char line[64];

	t.evals++;
	if (t.mood == QUEUES && t.configures > 0 && t.evals >= 4)
		t.running = file_generation();
	if (t.running == 0 || (t.mood == UNKNOWN_SYMBOL && t.configures > 0)) {
		answer("9001 syntax error, unexpected CF_SYM_UNDEFINED\n");
		return;
	}
	snprintf(line, sizeof(line), "0023 %llu\n",
	    (unsigned long long)t.running + (t.mood == WRONG_GENERATION));
	answer(line);
}

static bool in_file(const char *what);

static void
table(void)
{
	answer("1007-Table seawall4:\n");
	if (in_file("192.0.2.10/32"))
		answer(" 192.0.2.10/32        blackhole [seawall_bh4 now] * (200)\n");
	if (in_file("192.0.2.11/32"))
		answer(" 192.0.2.11/32        blackhole [seawall_bh4 now] * (200)\n");
	if (t.mood == HAUNTED)
		answer(" 192.0.2.12/32        blackhole [seawall_bh4 now] * (200)\n");
	answer("0000 \n");
}

static void
serve(char *line)
{
	cr_assert_lt(strlen(line), 1000);
	if (strcmp(line, "configure") == 0)
		configure();
	else if (strncmp(line, "configure \"", 11) == 0)
		configure_copy();
	else if (strncmp(line, "configure check", 15) == 0)
		check(line[15] != '\0');
	else if (strcmp(line, "eval SEAWALL_COPY") == 0)
		answer(t.on_copy ? "0023 1\n" : "9001 syntax error, unexpected CF_SYM_UNDEFINED\n");
	else if (strcmp(line, "eval SEAWALL_GEN") == 0)
		eval();
	else if (strcmp(line, "show protocols all") == 0)
		answer(
		    "2002-Name Proto Table State Since Info\n1002-up_a       BGP        ---        "
		    "up     now Established\n"
		    "1006-  BGP state:          Established\n     Neighbor address: 203.0.113.1\n"
		    "     Neighbor AS:      64502\n     Local AS:         64500\n     Source "
		    "address:   203.0.113.2\n"
		    "  Channel ipv4\n    State:          UP\n    Table:          seawall4\n"
		    "    Routes:         1 imported, 7 exported, 1 preferred\n"
		    "    Export limit:   9 [HIT]\n      Action:       block\n"
		    "  Channel flow4\n    Table:          seawall_flow4\n"
		    "    Routes:         0 imported, 2 filtered, 3 exported, 0 preferred\n \n"
		    "1002-rpki1      RPKI       ---        up     now Established\n"
		    "1006-  Channel roa4\n    Table:          known4\n    Routes:         1 imported, 0 exported\n"
		    "  Channel roa6\n    Table:          known6\n \n0000 \n");
	else if (strncmp(line, "show route table known4 where net ~ [", 37) == 0 &&
		 strstr(line, " 192.0.2.0/24-, 192.0.2.0/24+") != NULL)
		answer(
		    "1007-Table known4:\n 192.0.2.0/24-24 AS64500  [rpki1 now] * (100)\n0000 \n");
	else if (strncmp(line, "show route table known6 ", 24) == 0)
		answer("9005 a set without prefixes, which nobody should have asked for\n");
	else if (strncmp(line, "show route exported up_a ", 25) == 0 && t.mood == RECONCILED) {
		bird_reconcile(t.bird);
		answer("1007-Table seawall4:\n 192.0.2.10/32        blackhole [somebody now] * "
		       "(200)\n0000 \n");
	} else if (strncmp(line, "show route table seawall4 ", 26) == 0 && t.mood != FORGETS)
		table();
	else if (strncmp(line, "show route exported up_a ", 25) == 0)
		answer("1007-Table seawall4:\n 192.0.2.10/32        blackhole [somebody now] * "
		       "(200)\n"
		       " 192.0.2.66/32        blackhole [somebody now] * (200)\n0000 \n");
	else
		answer("0000 \n");
}

static void
server_reads(evutil_socket_t fd, short what, void *arg)
{
	ssize_t n = read(fd, t.in + t.len, sizeof(t.in) - 1 - t.len);
	char *end;

	(void)what, (void)arg;
	if (n <= 0) {
		hang_up();
		return;
	}
	t.len += (size_t)n;
	t.in[t.len] = '\0';
	while (t.io != NULL && (end = strchr(t.in, '\n')) != NULL) {
		char line[2048];

		*end = '\0';
		strcpy(line, t.in);
		t.len -= (size_t)(end + 1 - t.in);
		memmove(t.in, end + 1, t.len + 1);
		serve(line);
	}
}

static void
server_accepts(evutil_socket_t fd, short what, void *arg)
{
	(void)what, (void)arg;
	if (t.io != NULL)
		hang_up();
	t.client = accept(fd, NULL, NULL);
	cr_assert_geq(t.client, 0);
	t.len = 0;
	t.io = event_new(t.base, t.client, EV_READ | EV_PERSIST, server_reads, NULL);
	event_add(t.io, NULL);
	answer("0001 BIRD 2.0.12 ready.\n");
}

static void
ended(void *ctx, unsigned router, uint64_t generation, enum bird_result r, const char *say)
{
	(void)ctx, (void)router;
	t.ended++;
	t.result = r;
	t.generation = generation;
	snprintf(t.say, sizeof(t.say), "%s", say);
}

static void
carried(void *ctx, unsigned router, unsigned upstream, const char *id, enum bird_carried how,
    wall_t when)
{
	(void)ctx, (void)router, (void)upstream, (void)id, (void)when;
	t.carried += how == BIRD_SENT;
	t.not_carried += how != BIRD_SENT;
}

static void
ghost(void *ctx, unsigned router, const struct bird_ghost *g)
{
	(void)ctx, (void)router;
	if (g->ours) {
		t.our_ghosts++;
		return;
	}
	t.ghosts++;
	snprintf(t.ghost, sizeof(t.ghost), "%s", g->network);
	cr_assert_str_eq(g->protocol, "somebody");
}

static void
held(void *ctx, unsigned router, const char *id, bool is, wall_t when)
{
	(void)ctx, (void)router, (void)id, (void)when;
	t.held += is;
	t.not_held += !is;
}

static void
state(void *ctx, unsigned router)
{
	(void)ctx, (void)router;
	t.states++;
	if (t.apply_at_once && bird_connected(t.bird)) {
		t.apply_at_once = false;
		bird_apply(t.bird);
	}
}

static const struct bird_events events = {
	.ended = ended, .carried = carried, .ghost = ghost, .held = held, .state = state
};

static void
setup(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const char *top = getenv("top_srcdir");

	memset(&t, 0, sizeof(t));
	strcpy(t.dir, "/tmp/seawall-test.XXXXXX");
	cr_assert_not_null(mkdtemp(t.dir));
	snprintf(t.socket, sizeof(t.socket), "%s/bird.ctl", t.dir);
	snprintf(t.fragment, sizeof(t.fragment), "%s/edge.conf", t.dir);
	strcpy(t.conf, "bird.conf");
	t.base = event_base_new();
	t.listener = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(sun.sun_path, t.socket);
	cr_assert_eq(bind(t.listener, (struct sockaddr *)&sun, sizeof(sun)), 0);
	cr_assert_eq(listen(t.listener, 4), 0);
	t.accept = event_new(t.base, t.listener, EV_READ | EV_PERSIST, server_accepts, NULL);
	event_add(t.accept, NULL);

	t.settings = calloc(1, sizeof(*t.settings));
	t.settings->routers_n = t.settings->upstreams_n = 1;
	strcpy(t.settings->routers[0].socket, t.socket);
	strcpy(t.settings->routers[0].fragment, t.fragment);
	snprintf(t.settings->templates, PATH_MAX_LEN, "%s/bird-templates", top != NULL ? top : ".");
	strcpy(t.settings->upstreams[0].protocol, "up_a");
	t.settings->upstreams[0].number = 1;
	ledger_init(&t.ledger);
	cr_assert_eq(bird_new(&t.bird, t.base, t.settings, 0, &t.ledger, &events, NULL, false), 0);
}

static void
teardown(void)
{
	static const char *const names[] = { "", ".good", ".lock", ".old", ".new", ".bird" };
	char path[256];

	bird_free(t.bird);
	if (t.io != NULL)
		hang_up();
	event_free(t.accept);
	event_base_free(t.base);
	close(t.listener);
	ledger_fini(&t.ledger);
	free(t.settings);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s%s", t.fragment, names[i]);
		unlink(path);
	}
	unlink(t.socket);
	unlink(t.conf);
	rmdir(t.dir);
	leak_check();
}

TestSuite(bird_session, .init = setup, .fini = teardown);

static void
add(const char *id, const char *prefix)
{
	struct mitigation *m = calloc(1, sizeof(*m));

	strcpy(m->id, id);
	m->rule.kind = RULE_RTBH;
	m->via = 1;
	m->until = wall_add_ms(clock_now().wall, 600000);
	cr_assert_eq(prefix_parse(&m->rule.dst, prefix), 0);
	cr_assert_eq(ledger_add(&t.ledger, &m), 0);
}

/* Turns the loop until the counter has come to n. */
static void
until(const unsigned *counter, unsigned n)
{
	mono_t end = mono_add_ms(clock_now().mono, GIVE_UP_S * 1000);

	while (*counter < n) {
		struct timeval tv = { 0, 20000 };

		event_base_loopexit(t.base, &tv);
		event_base_loop(t.base, EVLOOP_ONCE);
		cr_assert(mono_before(clock_now().mono, end), "waited in vain; last: %s", t.say);
	}
}

static void
started(void)
{
	bird_start(t.bird);
	until(&t.ended, 1);	/* there was no fragment: the first comparison writes one */
	cr_assert_eq(t.result, t.mood == FINE ? BIRD_APPLIED : t.result, "%s", t.say);
	cr_assert(bird_connected(t.bird));
}

static bool
in_file(const char *what)
{
	char *text;
	size_t len;
	bool found;

	if (file_slurp(&text, &len, t.fragment, FRAGMENT_MAX) != 0)
		return false;
	found = strstr(text, what) != NULL;
	free(text);
	return found;
}

Test(bird_session, a_change_is_written_run_and_read_back)
{
	uint64_t generation;

	started();
	add("m1", "192.0.2.10/32");
	add("m2", "192.0.2.11/32");
	generation = bird_apply(t.bird);
	cr_assert_eq(bird_apply(t.bird), generation, "what is asked before it starts goes with it");
	until(&t.ended, 2);
	cr_assert_eq(t.result, BIRD_APPLIED, "%s", t.say);
	cr_assert_eq(t.generation, generation);
	cr_assert_geq(bird_generation(t.bird), generation);
	cr_assert_eq(t.configures, 2);
	until(&t.not_carried, 1);
	cr_assert_geq(t.carried, 1, "m1 is exported, m2 is not");
	cr_assert_eq(bird_upstream(t.bird, 0)->rtbh, 1);
	cr_assert(bird_upstream(t.bird, 0)->established);
	cr_assert(in_file("# m2 until"));
}

Test(bird_session, what_is_exported_and_not_known_is_a_ghost_once)
{
	add("m1", "192.0.2.10/32");
	started();
	until(&t.carried, 1);
	t.ghosts = 0;
	bird_reconcile(t.bird);
	until(&t.ghosts, 1);
	cr_assert_str_eq(t.ghost, "192.0.2.66/32");
	cr_assert_eq(t.ghosts, 1);
}

/* Turns the loop until another reconcile is over. */
static void
reconciled(void)
{
	unsigned ghosts = t.ghosts;	/* one of somebody's is told at the end of each */

	while (t.ghosts == ghosts) {
		bird_reconcile(t.bird);
		event_base_loop(t.base, EVLOOP_ONCE);
	}
}

Test(bird_session, what_bird_has_lost_is_configured_again_and_not_at_every_look)
{
	unsigned configures;

	started();
	add("m1", "192.0.2.10/32");
	bird_apply(t.bird);
	until(&t.ended, 2);
	reconciled();
	until(&t.held, 1);
	cr_assert_eq(t.not_held, 0);
	configures = t.configures;
	t.mood = FORGETS;
	reconciled();
	until(&t.ended, 3);
	cr_assert_eq(t.not_held, 1);
	cr_assert_eq(t.configures, configures + 1);
	cr_assert_eq(t.result, BIRD_APPLIED, "%s", t.say);
	for (int i = 0; i < 5; i++)
		reconciled();
	cr_assert_eq(t.not_held, 6);
	cr_assert_eq(t.configures, configures + 1, "it did not help, so the next try is later");
}

Test(bird_session, a_ghost_in_a_protocol_of_ours_is_taken_out_of_bird)
{
	unsigned configures;

	started();
	configures = t.configures;
	t.mood = HAUNTED;
	reconciled();
	until(&t.ended, 2);
	cr_assert_geq(t.our_ghosts, 1);
	cr_assert_eq(t.configures, configures + 1);
}

Test(bird_session, a_ghost_is_kept_where_the_settings_say_so)
{
	t.settings->routers[0].ghosts = GHOSTS_KEEP;
	started();
	t.mood = HAUNTED;
	for (int i = 0; i < 3; i++)
		reconciled();
	cr_assert_geq(t.our_ghosts, 2);
	cr_assert_eq(t.configures, 1);
}

/*
 * Whatever the settings say of ghosts: what is in the file and was ours has been withdrawn, and
 * goes.
 */
Test(bird_session, a_withdrawal_is_no_ghost_to_keep)
{
	t.settings->routers[0].ghosts = GHOSTS_KEEP;
	started();
	t.ledger.next_id = 2;
	add("m1", "192.0.2.10/32");
	bird_apply(t.bird);
	until(&t.ended, 2);
	cr_assert(in_file("192.0.2.10"));
	ledger_del(&t.ledger, "m1");
	for (int i = 0; i < 3; i++)
		reconciled();
	cr_assert_not(in_file("192.0.2.10"));
}

/* Somebody wrote into our file, and it is replaced before any comparison saw it. */
Test(bird_session, what_a_change_takes_out_of_the_file_unseen_is_told)
{
	static const char line[] =
	    "\troute 192.0.2.77/32 blackhole { sw_bh(1); }; # x1 until 2099-01-01T00:00:00.000Z\n";
	struct text text;
	char *old, *at;
	size_t len;

	started();
	add("m1", "192.0.2.10/32");
	bird_apply(t.bird);
	until(&t.ended, 2);
	reconciled();
	t.our_ghosts = 0;
	cr_assert_eq(file_slurp(&old, &len, t.fragment, FRAGMENT_MAX), 0);
	at = strstr(old, "\troute 192.0.2.10/32");
	cr_assert_not_null(at);
	text_init(&text, FRAGMENT_MAX);
	text_addn(&text, old, (size_t)(at - old));
	text_add(&text, line);
	text_add(&text, at);
	cr_assert_eq(file_replace(t.fragment, text.s, text.len, FRAGMENT_MODE), 0);
	text_fini(&text);
	free(old);
	add("m2", "192.0.2.11/32");
	bird_apply(t.bird);
	until(&t.ended, 3);
	cr_assert_eq(t.our_ghosts, 1);
	cr_assert_not(in_file("192.0.2.77"));
	cr_assert(in_file("192.0.2.11"));
}

/* As a restart of ours. */
static void
again(void)
{
	bird_free(t.bird);
	cr_assert_eq(bird_new(&t.bird, t.base, t.settings, 0, &t.ledger, &events, NULL, false), 0);
	bird_start(t.bird);
}

/* The same, before the first change that we make after a start. */
Test(bird_session, what_our_first_change_takes_out_of_the_file_unseen_is_told)
{
	static const char line[] =
	    "\troute 192.0.2.77/32 blackhole { sw_bh(1); }; # m99 until 2099-01-01T00:00:00.000Z\n";
	struct text text;
	char *old, *at;
	size_t len;

	started();
	t.ledger.next_id = 3;
	add("m1", "192.0.2.10/32");
	add("m2", "192.0.2.11/32");
	bird_apply(t.bird);
	until(&t.ended, 2);
	cr_assert_eq(file_slurp(&old, &len, t.fragment, FRAGMENT_MAX), 0);
	at = strstr(old, "\troute 192.0.2.10/32");
	cr_assert_not_null(at);
	text_init(&text, FRAGMENT_MAX);
	text_addn(&text, old, (size_t)(at - old));
	text_add(&text, line);
	text_add(&text, at);
	cr_assert_eq(file_replace(t.fragment, text.s, text.len, FRAGMENT_MODE), 0);
	text_fini(&text);
	free(old);
	ledger_del(&t.ledger, "m2");
	t.our_ghosts = 0;
	t.apply_at_once = true;
	again();
	until(&t.ended, 3);
	cr_assert_eq(t.our_ghosts, 1, "m2 was withdrawn, and is none");
	cr_assert_not(in_file("192.0.2.77"));
	cr_assert_not(in_file("192.0.2.11"));
}

/*
 * The answer to a question of before a round is no part of it: what it was compared with is gone.
 */
Test(bird_session, a_round_that_begins_before_an_answer_came_takes_it_for_no_ghost)
{
	started();
	until(&t.ghosts, 2);	/* the ledger is empty yet */
	add("m1", "192.0.2.10/32");
	t.mood = RECONCILED;
	bird_apply(t.bird);
	until(&t.ended, 2);
	until(&t.carried, 2);
	t.mood = FINE;
	while (t.ghosts == 2) {
		bird_reconcile(t.bird);
		event_base_loop(t.base, EVLOOP_ONCE);
	}
	cr_assert_str_eq(t.ghost, "192.0.2.66/32");
	cr_assert_eq(t.ghosts, 3, "%u", t.ghosts);
}

Test(bird_session, a_refusal_puts_everything_back)
{
	uint64_t before;

	started();
	before = file_generation();
	t.mood = REFUSES;
	add("m1", "192.0.2.10/32");
	bird_apply(t.bird);
	until(&t.ended, 2);
	cr_assert_eq(t.result, BIRD_REFUSED);
	cr_assert_not_null(strstr(t.say, "bird.conf:7:3 syntax error"), "%s", t.say);
	cr_assert_eq(file_generation(), before);
	cr_assert_not(in_file("m1"));
	cr_assert_eq(bird_generation(t.bird), before);
}

/* ---- the copy of bird.conf ----------------------------------------------- */

static void
write_conf(const char *rest, mode_t mode)
{
	char text[512];

	snprintf(text, sizeof(text), "# x\n%s%s%s\n", rest, t.fragment,
	    rest[0] != '\0' ? "\";" : "");
	cr_assert_eq(file_replace(t.conf, text, strlen(text), mode), 0);
}

static bool
copy_is(mode_t mode)
{
	char path[192];
	struct stat st;

	snprintf(path, sizeof(path), "%s.bird", t.fragment);
	return stat(path, &st) == 0 ? mode != 0 && (st.st_mode & 0077) == mode : mode == 0;
}

static void
until_copy_is(mode_t mode)
{
	mono_t end = mono_add_ms(clock_now().mono, GIVE_UP_S * 1000);

	while (!copy_is(mode)) {
		bird_reconcile(t.bird);
		event_base_loop(t.base, EVLOOP_ONCE);
		cr_assert(mono_before(clock_now().mono, end), "waited in vain for the copy");
	}
}

/* It may hold passwords: it goes with who may read bird.conf, also when only that changes. */
Test(bird_session, the_copy_is_for_those_who_may_read_bird_conf_and_goes_with_our_include)
{
	snprintf(t.conf, sizeof(t.conf), "%s/bird.conf", t.dir);
	write_conf("include \"", 0644);
	started();
	until_copy_is(0044);
	cr_assert_eq(chmod(t.conf, 0640), 0);
	until_copy_is(0040);
	write_conf("", 0640);
	until_copy_is(0);
}

static void
with_copy(void)
{
	snprintf(t.conf, sizeof(t.conf), "%s/bird.conf", t.dir);
	write_conf("include \"", 0644);
	started();
	until_copy_is(0044);
}

static void
until_conf(bool in_use)
{
	mono_t end = mono_add_ms(clock_now().mono, GIVE_UP_S * 1000);

	while (!bird_conf(t.bird).known || bird_conf(t.bird).in_use != in_use) {
		bird_reconcile(t.bird);
		event_base_loop(t.base, EVLOOP_ONCE);
		cr_assert(mono_before(clock_now().mono, end),
		    "waited in vain for BIRD's word on the copy");
	}
}

Test(bird_session, that_bird_runs_the_copy_is_known_after_a_restart_of_ours)
{
	with_copy();
	cr_assert_not(bird_conf(t.bird).in_use);
	t.mood = EDITED;
	add("m1", "192.0.2.10/32");
	bird_apply(t.bird);
	until(&t.ended, 2);
	cr_assert_eq(t.result, BIRD_APPLIED, "%s", t.say);
	cr_assert(bird_conf(t.bird).in_use);
	again();
	cr_assert_not(bird_conf(t.bird).known);
	until_conf(true);
	cr_assert_not_null(strstr(bird_conf(t.bird).say, "bird.conf:7:3 syntax error"), "%s",
	    bird_conf(t.bird).say);
	t.mood = FINE;
	until_conf(false);
	cr_assert_not(t.on_copy, "BIRD has its own again");
}

/*
 * Half of a bird.conf lacks the include at its end, too: while it is edited, nobody has taken us
 * out.
 */
Test(bird_session, the_copy_outlives_a_bird_conf_that_is_cut_before_our_include)
{
	with_copy();
	write_conf("", 0644);
	t.mood = EDITED;
	while (strstr(bird_conf(t.bird).why, "does not include") == NULL)
		reconciled();
	for (int i = 0; i < 5; i++)
		reconciled();
	cr_assert(copy_is(0044));
	add("m1", "192.0.2.10/32");
	bird_apply(t.bird);
	until(&t.ended, 2);
	cr_assert_eq(t.result, BIRD_APPLIED, "%s", t.say);
	cr_assert(t.on_copy);
}

Test(bird_session, an_operator_who_configures_a_mended_bird_conf_is_seen)
{
	with_copy();
	t.mood = EDITED;
	add("m1", "192.0.2.10/32");
	bird_apply(t.bird);
	until(&t.ended, 2);
	t.on_copy = false;
	until_conf(false);
	cr_assert_eq(t.ended, 2, "nothing of ours was needed");
}

Test(bird_session, a_copy_that_bird_refuses_is_not_shown_to_it_at_every_look)
{
	unsigned states;

	snprintf(t.conf, sizeof(t.conf), "%s/bird.conf", t.dir);
	write_conf("include \"", 0644);
	t.mood = HATES_THE_COPY;
	started();
	while (bird_conf(t.bird).why[0] == '\0')
		reconciled();
	cr_assert_not_null(strstr(bird_conf(t.bird).why, "BIRD refuses the copy: it:9:1"), "%s",
	    bird_conf(t.bird).why);
	states = t.states;
	for (int i = 0; i < 20; i++)
		reconciled();
	cr_assert_eq(t.looks, 1);
	cr_assert_eq(t.states, states, "said once");
	/* another text is another question */
	t.mood = FINE;
	write_conf("# mended\ninclude \"", 0644);
	until_copy_is(0044);
	cr_assert_eq(t.looks, 2);
}

Test(bird_session, a_copy_that_does_not_help_is_not_given_to_bird_at_every_look)
{
	unsigned configures;

	with_copy();
	add("m1", "192.0.2.10/32");
	bird_apply(t.bird);
	until(&t.ended, 2);
	ledger_del(&t.ledger, "m1");
	t.mood = REFUSES;
	bird_apply(t.bird);
	until(&t.ended, 3);
	cr_assert_eq(t.result, BIRD_REFUSED);
	cr_assert_eq(t.copies, 1);
	configures = t.configures;
	for (int i = 0; i < 10; i++)
		reconciled();
	cr_assert_geq(t.configures, configures + 5, "the withdrawal is asked for again");
	cr_assert_eq(t.copies, 1);
	cr_assert_eq(t.ended, 3, "said once");
	bird_apply(t.bird);
	until(&t.ended, 4);
	cr_assert_eq(t.copies, 2, "who asks has his try");
}

Test(bird_session, a_copy_that_nobody_has_renewed_for_a_day_is_not_given_to_bird)
{
	struct timespec old[2] = { { .tv_sec = time(NULL) - 86500 },
		{ .tv_sec = time(NULL) - 86500 } };
	char path[192];
	unsigned configures;

	started();
	snprintf(path, sizeof(path), "%s.bird", t.fragment);
	cr_assert_eq(file_replace(path, "# x\n", 4, 0600), 0);
	cr_assert_eq(utimensat(AT_FDCWD, path, old, 0), 0);
	configures = t.configures;
	t.mood = REFUSES;
	add("m1", "192.0.2.10/32");
	bird_apply(t.bird);
	until(&t.ended, 2);
	cr_assert_eq(t.result, BIRD_REFUSED);
	cr_assert_eq(t.configures, configures + 1);
	cr_assert_null(strstr(t.say, ".bird"), "%s", t.say);
}

Test(bird_session, a_generation_that_does_not_run_is_a_refusal)
{
	started();
	t.mood = WRONG_GENERATION;
	add("m1", "192.0.2.10/32");
	bird_apply(t.bird);
	until(&t.ended, 2);
	cr_assert_eq(t.result, BIRD_REFUSED);
	cr_assert_not_null(strstr(t.say, "does bird.conf include"), "%s", t.say);
	cr_assert_not(in_file("m1"));
}

Test(bird_session, a_bird_without_our_fragment_is_told)
{
	t.mood = UNKNOWN_SYMBOL;
	started();
	cr_assert_eq(t.result, BIRD_REFUSED);
	cr_assert_not_null(strstr(t.say, "does not know SEAWALL_GEN"), "%s", t.say);
	cr_assert_eq(access(t.fragment, F_OK), -1, "there was none before");
}

Test(bird_session, a_queued_configuration_is_waited_for)
{
	t.mood = QUEUES;
	started();
	cr_assert_eq(t.result, BIRD_APPLIED, "%s", t.say);
	cr_assert_geq(t.evals, 4);
}

static void
breaks(enum mood mood, const char *words)
{
	started();
	t.mood = mood;
	add("m1", "192.0.2.10/32");
	bird_apply(t.bird);
	until(&t.ended, 2);
	cr_assert_eq(t.result, BIRD_UNKNOWN);
	cr_assert_not_null(strstr(t.say, words), "%s", t.say);
	cr_assert(in_file("m1"), "it stays until BIRD can be asked");
	cr_assert_not(bird_connected(t.bird));
	/* connects again, sees that an older one runs, and brings it there */
	until(&t.ended, 3);
	cr_assert_eq(t.result, BIRD_APPLIED, "%s", t.say);
	cr_assert_eq(t.running, file_generation());
}

Test(bird_session, a_broken_connection_is_unknown_and_then_mended)
{
	breaks(HANGS_UP, "closed the connection");
}

Test(bird_session, words_that_are_no_answer_end_the_connection)
{
	breaks(BABBLES, "no answer");
}

Test(bird_session, a_line_without_end_ends_the_connection)
{
	breaks(ENDLESS_LINE, "too long");
}

Test(bird_session, our_as_and_sessions_are_what_bird_says)
{
	struct router r = { 0 };

	cr_assert_not(bird_knows_us(t.bird, &r), "not asked yet");
	started();
	cr_assert(bird_knows_us(t.bird, &r));
	cr_assert_eq(r.asn, 64500);
	cr_assert_eq(r.sessions_n, 2);
	r = (struct router){ .asn = 65000, .sessions_given = true };
	cr_assert(bird_knows_us(t.bird, &r));
	cr_assert_eq(r.asn, 65000, "the configuration's word stands");
	cr_assert_eq(r.sessions_n, 0);
}

Test(bird_session, what_else_is_on_a_session_and_what_rpki_says_is_told)
{
	const struct channel_room *rooms = t.settings->upstreams[0].rooms;
	unsigned others;

	add("m1", "192.0.2.10/32");
	t.settings->prefixes_n = 1;
	cr_assert_eq(prefix_parse(&t.settings->prefixes[0], "192.0.2.0/24"), 0);
	started();
	while (!rooms[CHANNEL_IPV4].known || !t.settings->routers[0].roas.known) {
		bird_reconcile(t.bird);
		event_base_loop(t.base, EVLOOP_ONCE);
		/* as the engine's callback does, so that it is told from others */
		ledger_find(&t.ledger, "m1")->upstreams[0].exported = clock_now().wall;
		bird_fill(t.bird, t.settings);
	}
	until(&t.ghosts, t.ghosts + 1);
	bird_reconcile(t.bird);
	until(&t.ghosts, t.ghosts + 1);
	bird_fill(t.bird, t.settings);
	cr_expect_eq(rooms[CHANNEL_IPV4].others, 6, "%u: one of the seven is ours",
	    rooms[CHANNEL_IPV4].others);
	cr_expect_eq(rooms[CHANNEL_IPV4].limit, 9);
	cr_expect_eq(rooms[CHANNEL_FLOW4].others, 3);
	cr_expect_eq(rooms[CHANNEL_FLOW4].limit, 0);
	cr_expect_not(rooms[CHANNEL_IPV6].known, "the session has none");
	cr_expect_eq(
	    settings_session_room(t.settings, &t.settings->upstreams[0], CHANNEL_IPV4, &others), 3);
	cr_expect_eq(t.settings->upstreams[0].asn, 64502);
	cr_expect_eq(t.settings->routers[0].roas.n, 1);
	cr_expect_eq(t.settings->routers[0].roas.all[0].max, 24);
}

Test(bird_session, what_is_withdrawn_while_bird_is_away_leaves_the_file)
{
	add("m1", "192.0.2.10/32");
	add("m2", "192.0.2.11/32");
	started();
	event_free(t.accept);
	t.accept = event_new(t.base, t.listener, EV_READ | EV_PERSIST, server_accepts, NULL);
	unlink(t.socket);
	hang_up();
	ledger_del(&t.ledger, "m1");
	add("m3", "192.0.2.12/32");
	until(&t.states, t.states + 1);
	bird_apply(t.bird);
	until(&t.ended, 2);
	cr_assert_eq(t.result, BIRD_UNKNOWN);
	cr_assert_not(in_file("m1"));
	cr_assert(in_file("m2"));
	cr_assert_not(in_file("m3"), "new ones wait");
	until(&t.states, t.states + (strstr(bird_why(t.bird), "No such file") == NULL));
	cr_assert_not_null(strstr(bird_why(t.bird), "No such file"), "%s", bird_why(t.bird));
}
