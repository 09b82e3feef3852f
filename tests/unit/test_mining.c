/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the process that mines does with a task. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/handover.h"
#include "engine/mining.h"
#include "leak.h"
#include "main/role.h"
#include "rule_of.h"
#include "synth/synth.h"
#include "synth_traffic.h"

#define SHARES_CAP 0.01

static struct mining *mining;
static struct mining_task *task;
static struct settings *settings;
static struct mining_wish wish;

static void
setup(void)
{
	struct upstream *u;

	lang_open("en");
	cr_assert_eq(mining_new(&mining), 0);
	task = calloc(1, sizeof(*task));
	settings = calloc(1, sizeof(*settings));
	u = &settings->upstreams[settings->upstreams_n++];
	u->flowspec = u->profile.flowspec4 = u->profile.rate_limit = true;
	u->profile.pairs_max = 5;
	u->profile.nlri_max = 239;
	wish = (struct mining_wish){ .incident = "i1",
		.family = 4,
		.rules_max = 4,
		.via = 1,
		.collateral_max = SHARES_CAP };
	cr_assert_eq(prefix_parse(&wish.scope[wish.scope_n++], "192.0.2.80/32"), 0);
}

static void
teardown(void)
{
	mining_free(mining);
	free(task);
	free(settings);
	leak_check();
}

TestSuite(mining, .init = setup, .fini = teardown);

static void
draw(draw_one *one, unsigned attack, unsigned reference)
{
	struct draw d = { .state = 3, .family = 4 };

	mining_task(task, &wish, settings);
	draw_many(&d, one, 0, task->attack, attack);
	draw_many(&d, draw_usual, 0, task->reference, reference);
	task->attack_n = attack;
	task->reference_n = task->own_n = reference;
}

Test(mining, finds_rules_with_what_they_take)
{
	struct mined m;

	draw(draw_amplified, 2000, MINING_REFERENCE);
	mining_run(mining, task, &m);
	cr_assert(m.separable, "%s", m.why);
	cr_expect_str_eq(m.incident, "i1");
	cr_expect_str_eq(m.why, "ok");
	cr_expect_not(m.recalled);
	cr_expect_geq(m.coverage, 0.99);
	cr_expect_leq(m.collateral_upper, SHARES_CAP);
	cr_assert(m.n >= 1 && m.n <= 4);
	cr_expect(m.rules[0].fit.known && m.rules[0].fit.attack > 0 && m.rules[0].fit.upper > 0);
	cr_expect(prefix_covers(&wish.scope[0], &m.rules[0].rule.dst));
}

Test(mining, says_that_nothing_separates_what_is_alike)
{
	struct mined m;

	draw(draw_mimic, 2000, MINING_REFERENCE);
	mining_run(mining, task, &m);
	cr_expect_not(m.separable);
	cr_expect_str_eq(m.why, "alike");
}

Test(mining, promises_nothing_without_legitimate_traffic)
{
	struct mined m;

	draw(draw_amplified, 2000, 0);
	mining_run(mining, task, &m);
	cr_expect_not(m.separable);
	cr_expect_str_eq(m.why, "no-reference");
}

Test(mining, a_few_samples_suffice_for_a_rule_that_is_known)
{
	struct mined m;

	draw(draw_amplified, MINING_LEAST, MINING_REFERENCE);
	cr_expect_not(mining_worth(task));
	mining_run(mining, task, &m);
	cr_expect(m.early && !m.separable && m.n == 0);

	wish.known[wish.known_n++] = rule_of("192.0.2.80/32", "proto = 1;");
	wish.known[wish.known_n++] =
	    rule_of("192.0.2.80/32", "proto = 17; sport = 53, 123, 11211; length >= 460;");
	draw(draw_amplified, MINING_LEAST, MINING_REFERENCE);
	cr_expect(mining_worth(task));
	mining_run(mining, task, &m);
	cr_assert(m.recalled && m.separable && m.n == 1, "%s", m.why);
	cr_expect_eq(m.rules[0].rule.proto.r[0].from, 17);
	cr_expect_leq(m.collateral_upper, SHARES_CAP);
}

Test(mining, a_first_question_waits_for_plenty)
{
	struct mined m;

	wish.first = true;
	draw(draw_amplified, MINING_PLENTY - 1, MINING_REFERENCE);
	cr_expect_not(mining_worth(task));
	mining_run(mining, task, &m);
	cr_expect(m.early && m.n == 0);
	wish.first = false;
	draw(draw_amplified, MINING_PLENTY - 1, MINING_REFERENCE);
	cr_expect(mining_worth(task));
	mining_run(mining, task, &m);
	cr_expect(m.separable && !m.early);
}

Test(mining, a_known_rule_that_takes_the_visitors_is_not_taken)
{
	struct mined m;

	wish.known[wish.known_n++] = rule_of("192.0.2.80/32", "proto = 17;");
	draw(draw_mimic, 2000, MINING_REFERENCE);
	mining_run(mining, task, &m);
	cr_expect_not(m.recalled || m.separable);
}

/* ---- what visitors look like from afar ----------------------------------- */

static struct sample
draw_connection(struct draw *d)
{
	struct sample s = draw_tcp(d, draw_high(d), 443, 0x1b, draw_between(d, 200, 1100));

	s.of = draw_between(d, 6, 15);		/* its SYN and its FIN are somewhere in it */
	s.packets = s.of;
	s.bytes = (uint64_t)s.of * s.length + draw_below(d, s.of);
	return s;
}

static void
flood_with_syn(void)
{
	struct draw d = { .state = 5, .family = 4 };

	mining_task(task, &wish, settings);
	draw_many(&d, draw_syn_flood, 0, task->attack, 2000);
	draw_many(&d, draw_connection, 0, task->reference, MINING_REFERENCE);
	task->attack_n = 2000;
	task->reference_n = task->own_n = MINING_REFERENCE;
}

Test(mining, a_known_rule_is_judged_by_the_law_of_new_ones)
{
	struct mined m;

	wish.known[wish.known_n++] = rule_of("192.0.2.80/32", "proto = 6; tcp flags 0x2/0x12;");
	flood_with_syn();
	mining_run(mining, task, &m);
	cr_expect_not(m.recalled, "each visitor's SYN is one of the packets of a record");
	for (unsigned i = 0; i < MINING_REFERENCE; i++) {
		task->reference[i].has &= (uint16_t)~SAMPLE_TCP_FLAGS;
		task->reference[i].tcp_flags = 0;
	}
	mining_run(mining, task, &m);
	cr_expect_not(m.recalled, "what nobody said of the visitors may be so");
}

Test(mining, a_known_rule_goes_where_new_ones_may)
{
	struct mined m;

	wish.known[wish.known_n++] =
	    rule_of("192.0.2.80/32", "proto = 17; sport = 53, 123; length >= 460;");
	draw(draw_amplified, MINING_LEAST, MINING_REFERENCE);
	mining_run(mining, task, &m);
	cr_assert(m.recalled);
	prefix_parse(&task->wish.scope[0], "192.0.2.81/32");
	mining_run(mining, task, &m);
	cr_expect_not(m.recalled || m.separable);
}

static struct sample
draw_game(struct draw *d)
{
	return draw_ports(d, 17, draw_high(d), 27015, draw_between(d, 60, 259));
}

/*
 * Of the reference so many are the victim's own, players all; the others are what its neighbours
 * get.
 */
static void
small_host(draw_one *attack, unsigned own)
{
	struct draw d = { .state = 9, .family = 4 };

	draw(attack, 2000, MINING_REFERENCE);
	draw_many(&d, draw_game, 0, task->reference, own);
	task->own_n = own;
}

Test(mining, a_small_hosts_visitors_do_not_vanish_among_its_neighbours)
{
	struct mined m;

	small_host(draw_game, 40);
	mining_run(mining, task, &m);
	cr_expect(!m.separable && m.n == 0, "0.5 %% of what all get is all that it gets");
	cr_expect_str_eq(m.why, "no-reference", "%s", m.why);
	cr_expect_eq(m.own_n, 40);
	cr_expect_eq(m.reference_n, MINING_REFERENCE);

	small_host(draw_game, 700);
	task->wish.collateral_max = 0.2;	/* of all it would be 8.5 % */
	mining_run(mining, task, &m);
	cr_expect(!m.separable && m.n == 0);
	cr_expect_str_eq(m.why, "alike", "%s", m.why);

	small_host(draw_amplified, 40);
	task->wish.known[0] =
	    rule_of("192.0.2.80/32", "proto = 17; sport = 53, 123; length >= 460;");
	task->wish.known_n = 1;
	mining_run(mining, task, &m);
	cr_expect(!m.recalled && !m.separable, "nor do 40 samples bound what a known rule takes");
}

Test(mining, a_promise_holds_for_the_subjects_own_traffic_and_for_all)
{
	struct mined m;
	struct rule rules[MINED_RULES_MAX];
	double own, all;

	small_host(draw_amplified, 1500);
	mining_run(mining, task, &m);
	cr_assert(m.separable, "%s", m.why);
	for (unsigned i = 0; i < m.n; i++)
		rules[i] = m.rules[i].rule;
	synth_share(rules, m.n, task->reference, task->own_n, SYNTH_PACKETS, &own);
	synth_share(rules, m.n, task->reference, MINING_REFERENCE, SYNTH_PACKETS, &all);
	cr_expect_geq(m.collateral_upper, own);
	cr_expect_geq(m.collateral_upper, all);
	cr_expect_leq(m.collateral_upper, SHARES_CAP);
}

Test(mining, a_cap_of_nothing_is_none_that_a_rule_can_keep)
{
	struct mined m;

	wish.known[wish.known_n++] =
	    rule_of("192.0.2.80/32", "proto = 17; sport = 53, 123; length >= 460;");
	wish.collateral_max = 0;
	draw(draw_amplified, 2000, MINING_REFERENCE);
	mining_run(mining, task, &m);
	cr_expect(!m.recalled && !m.separable && m.n == 0);
	cr_expect_str_eq(m.why, "no-reference");
	wish.collateral_max = -1;
	draw(draw_amplified, 2000, MINING_REFERENCE);
	mining_run(mining, task, &m);
	cr_expect(m.separable, "not said: 1 %%");
}

Test(mining, no_rule_touches_what_is_spared)
{
	struct mined m;

	snprintf(settings->protected[0].why, sizeof(settings->protected[0].why), "resolver");
	prefix_parse(&settings->protected[0].prefix, "192.0.2.80/32");
	settings->protected_n = 1;
	draw(draw_amplified, 2000, MINING_REFERENCE);
	cr_assert_eq(task->spared_n, 1);
	mining_run(mining, task, &m);
	cr_expect_eq(m.n, 0);
	cr_expect_not(m.separable);
}

Test(mining, counts_from_elsewhere_are_believed_no_further_than_there_is_room)
{
	struct mined m;

	draw(draw_amplified, 2000, 2000);
	task->attack_n = task->reference_n = task->own_n = task->upstreams_n = task->spared_n =
	    UINT_MAX;
	task->wish.rules_max = task->wish.scope_n = task->wish.known_n = UINT_MAX;
	mining_run(mining, task, &m);
	cr_expect_leq(m.n, MINED_RULES_MAX);
}

/* ---- an answer that may be anything -------------------------------------- */

/* What is neither yes nor no. */
static void
spoil(bool *b)
{
	memset(b, 0xa5, sizeof(*b));
}

static void wrong_id(struct mined *m) { strcpy(m->incident, "i2"); }
static void unending_id(struct mined *m) { memset(m->incident, 'i', sizeof(m->incident)); }
static void unending_why(struct mined *m) { memset(m->why, 'o', sizeof(m->why)); }
static void unknown_why(struct mined *m) { strcpy(m->why, "because"); }
static void no_truth(struct mined *m) { spoil(&m->separable); }
static void no_truth_of_known(struct mined *m) { spoil(&m->rules[0].fit.known); }
static void no_truth_of_sample(struct mined *m) { spoil(&m->rules[0].rule.sample); }
static void early_with_rules(struct mined *m) { m->early = true; m->separable = false; }
static void many(struct mined *m) { m->n = UINT_MAX; }
static void one_too_many(struct mined *m) { m->n = MINED_RULES_MAX + 1; }
static void more_than_asked(struct mined *m) { m->n = wish.rules_max + 1; }
static void more_samples(struct mined *m) { m->attack_n = task->attack_n + 1; }
static void more_reference(struct mined *m) { m->reference_n = UINT_MAX; }
static void share_nan(struct mined *m) { m->coverage = NAN; }
static void share_beyond(struct mined *m) { m->collateral_upper = 1.5; }
static void share_below(struct mined *m) { m->collateral = -0.1; }
static void bound_below(struct mined *m) { m->collateral = 0.5; m->collateral_upper = 0.1; }
static void fit_nan(struct mined *m) { m->rules[0].fit.attack = NAN; }
static void fit_infinite(struct mined *m) { m->rules[0].fit.upper = INFINITY; }
static void
fit_below(struct mined *m)
{
	m->rules[0].fit.reference = 0.2;
	m->rules[0].fit.upper = 0.1;
}
static void fit_unknown(struct mined *m) { m->rules[0].fit.known = false; }
static void fit_tried(struct mined *m) { m->rules[0].fit.tried = true; }
static void no_truth_of_tried(struct mined *m) { spoil(&m->rules[0].fit.tried); }
static void more_nan(struct mined *m) { m->rules[0].more = NAN; }
static void seconds_nan(struct mined *m) { m->seconds = NAN; }
static void seconds_back(struct mined *m) { m->seconds = -1; }
static void other_kind(struct mined *m) { m->rules[0].rule.kind = RULE_RTBH; }
static void
no_kind(struct mined *m)
{
	memset(&m->rules[0].rule.kind, 0xff, sizeof(m->rules[0].rule.kind));
}
static void other_host(struct mined *m) { m->rules[0].rule.dst.addr[3] = 81; }
static void
wider(struct mined *m)
{
	cr_assert_eq(prefix_parse(&m->rules[0].rule.dst, "192.0.2.0/24"), 0);
}
static void no_length(struct mined *m) { m->rules[0].rule.dst.len = 255; }
static void no_family(struct mined *m) { m->rules[0].rule.dst.family = 7; }
static void many_ranges(struct mined *m) { m->rules[0].rule.sport.n = 255; }
static void
empty_range(struct mined *m)
{
	m->rules[0].rule.length.n = 1;
	m->rules[0].rule.length.r[0].from = 9;
}
static void many_flags(struct mined *m) { m->rules[0].rule.tcp_flags.n = 255; }
static void limit(struct mined *m) { m->rules[0].rule.rate_bps = 1e6; }
static void rate_nan(struct mined *m) { m->rules[0].rule.rate_bps = NAN; }
static void redirect(struct mined *m) { m->rules[0].rule.redirect.form = REDIRECT_TO; }
static void mark(struct mined *m) { m->rules[0].rule.has_mark = true; }

Test(mining, an_answer_that_cannot_be_is_not_believed)
{
	static void (*const spoilers[])(struct mined *) = {
		wrong_id,
		unending_id,
		unending_why,
		unknown_why,
		no_truth,
		no_truth_of_known,
		no_truth_of_sample,
		early_with_rules,
		many,
		one_too_many,
		more_than_asked,
		more_samples,
		more_reference,
		share_nan,
		share_beyond,
		share_below,
		bound_below,
		fit_nan,
		fit_infinite,
		fit_below,
		fit_unknown,
		fit_tried,
		no_truth_of_tried,
		more_nan,
		seconds_nan,
		seconds_back,
		other_kind,
		no_kind,
		other_host,
		wider,
		no_length,
		no_family,
		many_ranges,
		empty_range,
		many_flags,
		limit,
		rate_nan,
		redirect,
		mark,
	};
	struct mined is, m;

	draw(draw_amplified, 2000, MINING_REFERENCE);
	mining_run(mining, task, &is);
	m = is;
	cr_assert(mining_believe(task, &m), "the true one is");
	for (size_t i = 0; i < sizeof(spoilers) / sizeof(*spoilers); i++) {
		m = is;
		spoilers[i](&m);
		cr_expect_not(mining_believe(task, &m), "spoiler %zu", i);
	}
	memset(&m, 0xff, sizeof(m));
	cr_expect_not(mining_believe(task, &m));
}

Test(mining, whatever_it_answers_itself_is_believed)
{
	struct mined m;

	draw(draw_mimic, 2000, MINING_REFERENCE);
	mining_run(mining, task, &m);
	cr_expect(mining_believe(task, &m), "nothing separates it");
	draw(draw_amplified, MINING_LEAST, 0);
	mining_run(mining, task, &m);
	cr_expect(m.early && mining_believe(task, &m), "too early");
	wish.known[wish.known_n++] =
	    rule_of("192.0.2.80/32", "proto = 17; sport = 53, 123, 11211; length >= 460;");
	draw(draw_amplified, MINING_LEAST, MINING_REFERENCE);
	mining_run(mining, task, &m);
	cr_expect(m.recalled && mining_believe(task, &m), "known");
}

/* ---- the process --------------------------------------------------------- */

static pid_t
process(int *ret_fd)
{
	static const struct miner_spec spec;
	int pair[2], told = handover_pack(&spec, sizeof(spec));
	pid_t pid;

	cr_assert_geq(told, 0);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	pid = fork();
	if (pid == 0) {
		int channel = fcntl(pair[1], F_DUPFD, 16), file = fcntl(told, F_DUPFD, 16);

		dup2(channel, FD_CHANNEL);
		dup2(file, FD_SPEC);
		/* as spawn.c: the other end of the pair above all */
		close_range(FD_SPEC + 1, ~0U, 0);
		_exit(role_miner());
	}
	close(pair[1]);
	close(told);
	*ret_fd = pair[0];
	return pid;
}

static bool
answers(int fd, int with, struct miner_answer *ret)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	struct miner_question q = { .serial = 7 };

	cr_assert_eq(handover_send(fd, &q, sizeof(q), with), 0);
	close(with);
	return poll(&wait, 1, 60000) == 1 &&
	    recv(fd, ret, sizeof(*ret), 0) == (ssize_t)sizeof(*ret);
}

Test(mining, a_process_without_files_answers_one_task_after_another, .timeout = 180)
{
	static struct miner_answer a;
	int fd, status;
	pid_t pid = process(&fd);

	draw(draw_amplified, 2000, MINING_REFERENCE);
	for (int i = 0; i < 2; i++) {
		cr_assert(answers(fd, handover_pack(task, sizeof(*task)), &a), "no answer");
		cr_expect_eq(a.serial, 7);
		cr_expect(a.mined.separable, "%s", a.mined.why);
		cr_expect_gt(a.mined.seconds, 0);
	}
	close(fd);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "it ends with the engine, %d",
	    status);
}

Test(mining, a_task_of_another_build_is_not_answered, .timeout = 180)
{
	static struct miner_answer a;
	int fd, status;
	pid_t pid = process(&fd);

	draw(draw_amplified, 2000, 2000);
	handover_send(fd, "x", 1, -1);
	cr_assert_eq(handover_send(fd, &(struct miner_question){ 1 }, sizeof(struct miner_question),
			 handover_pack(task, sizeof(*task) - 1)), 0);
	cr_assert(answers(fd, handover_pack(task, sizeof(*task)), &a));
	cr_expect_eq(a.serial, 7, "the first that could be read");
	close(fd);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
}
