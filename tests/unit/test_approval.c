/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions to people: asked once, bound to their rule, answered by those who may, never in the
 * way.
 */
#include "decide_bench.h"
#include "leak.h"
#include "model/say.h"

TestSuite(approval, .fini = leak_check);

#define RADIO "198.51.100.20"	/* may be blackholed */
#define FUNDS "192.0.2.80"	/* wants to be asked */

enum { ANA, BEN, EVA, GUEST };

static void
people(void)
{
	static const struct person all[] = {
		{ "Ana", "ana", ROLE_COMMITTEE },
		{ "Ben", "ben", ROLE_OPERATOR },
		{ "Eva", "eva", ROLE_COMMITTEE },
		{ "Guest", "guest", ROLE_VIEWER },
	};

	setup();
	memcpy(b->s.people, all, sizeof(all));
	b->s.people_n = 4;
	b->world.harm_link = 1;
}

static struct step *
ask_at(int step, unsigned n, enum role role, enum otherwise otherwise)
{
	struct step *st = &b->s.policies[0].steps[step];

	st->needs_approval = true;
	st->approval.people = n;
	st->approval.role = role;
	st->approval.within_ms = 600000;
	st->approval.otherwise = otherwise;
	st->approval.act_for_ms = 30000;
	return st;
}

/* The drop is asked about, of this role. */
static void
asked(unsigned n, enum role role, enum otherwise otherwise)
{
	ask_at(2, n, role, otherwise);
	attack(0, RADIO, 19);
	run(3);
}

static int
say(const char *id, unsigned person, bool yes)
{
	struct answer a = { .id = id, .person = person, .yes = yes, .why = "not tonight" };
	struct diag d = { 0 };
	struct decision what;
	int err = decide_consider(b->d, &a, b->now, &what, &d);

	cr_expect_eq(err != 0, d.say[0] != '\0', "a refusal has a sentence");
	if (err == 0)
		decide_answer(b->d, &what, b->now);
	return err;
}

static const struct approval *
question(unsigned i)
{
	const struct approval *a = decide_approval(b->d, i);

	cr_assert_not_null(a, "question %u", i);
	return a;
}

static const struct mitigation *
hole(void)
{
	for (unsigned i = 0; i < b->ledger.n; i++)
		if (b->ledger.all[i]->rule.kind == RULE_RTBH)
			return b->ledger.all[i];
	return NULL;
}

Test(approval, is_asked_once_and_the_step_taken_when_a_person_says_yes, .init = people,
    .fini = teardown)
{
	ask_at(4, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	attack(0, RADIO, 31);
	run(30);
	cr_expect_eq(count(DECISION_ASKED), 1);
	cr_expect_str_eq(question(0)->id, "a1");
	cr_expect_eq(question(0)->state, APPROVAL_WAITING);
	cr_expect_eq(question(0)->until.ms - question(0)->asked.ms, 600000);
	cr_expect_eq(question(0)->rule.dst.len, 32);
	cr_assert_not_null(hole(), "the milder hole needs no approval and does not wait");
	cr_expect_eq(hole()->via, VIA_B);
	cr_expect_eq(say("a1", BEN, true), 0);
	cr_expect_eq(question(0)->state, APPROVAL_GIVEN);
	run(2);
	cr_expect_eq(hole()->via, VIA_A | VIA_B | VIA_X);
	cr_expect_eq(first()->step, 4);
	run(600);
	cr_expect_eq(count(DECISION_ASKED), 1, "renewals ask nobody");
	cr_expect_not_null(hole());
}

Test(approval, asks_nobody_before_everything_else_is_there, .init = people, .fini = teardown)
{
	ask_at(4, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	b->world.harm_link = 0;
	attack(0, RADIO, 31);
	run(30);
	cr_expect_eq(count(DECISION_ASKED), 0);
	b->world.harm_link = 1;
	b->world.paused = true;
	run(30);
	cr_expect_eq(count(DECISION_ASKED), 0, "what is paused is not asked about");
	b->world.paused = false;
	run(1);
	cr_expect_eq(count(DECISION_ASKED), 1);
}

Test(approval, a_drop_that_waits_for_an_answer_is_not_passed_over_with_a_hole, .init = people,
     .fini = teardown)
{
	ask_at(1, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	ask_at(2, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	attack(0, RADIO, 31);
	run(590);
	cr_expect_null(hole());
	cr_expect_eq(count(DECISION_ASKED), 2, "about the limit as well");
	run(20);
	cr_assert_not_null(hole(), "nobody has answered about anything milder");
	cr_expect_eq(hole()->via, VIA_A | VIA_B | VIA_X);
}

Test(approval, who_says_no_to_the_drop_gets_no_hole_instead, .init = people, .fini = teardown)
{
	b->s.policies[0].steps[1].kind = STEP_WATCH;
	ask_at(2, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	attack(0, RADIO, 31);
	run(2);
	cr_assert_eq(say(question(0)->id, BEN, false), 0);
	run(1200);
	cr_expect_null(hole());
	cr_expect_eq(b->ledger.n, 0);
}

Test(approval, a_limit_that_stands_does_not_replace_the_drop_in_question, .init = people,
     .fini = teardown)
{
	ask_at(2, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	attack(0, RADIO, 31);
	run(60);
	cr_expect_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 1e7, "the limit stands meanwhile");
	cr_assert_eq(say(question(0)->id, BEN, true), 0);
	run(10);
	cr_assert_not_null(hole(), "the drop did not suffice either");
}

Test(approval, a_drop_that_nobody_may_allow_holds_nothing_up, .init = people, .fini = teardown)
{
	b->s.people_n = 0;
	b->s.policies[0].steps[1].kind = STEP_WATCH;
	ask_at(2, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	attack(0, RADIO, 31);
	run(5);
	cr_expect_not_null(hole());
}

Test(approval, two_of_three_are_two_people, .init = people, .fini = teardown)
{
	asked(2, ROLE_OPERATOR, OTHERWISE_REFUSE);
	cr_expect_eq(first()->step, 1);
	cr_expect_eq(say("a1", ANA, true), 0);
	cr_expect_eq(say("a1", ANA, true), -EALREADY, "the same person counts once");
	cr_expect_eq(question(0)->state, APPROVAL_WAITING);
	cr_expect_eq(approval_yes(question(0), &b->s), 1);
	run(2);
	cr_expect_eq(first()->step, 1);
	cr_expect_eq(say("a1", EVA, true), 0);
	run(2);
	cr_expect_eq(first()->step, 2);
}

Test(approval, only_those_who_have_the_role_are_heard, .init = people, .fini = teardown)
{
	asked(1, ROLE_COMMITTEE, OTHERWISE_REFUSE);
	cr_expect_eq(say("a1", BEN, true), -EPERM);
	cr_expect_eq(say("a1", GUEST, true), -EPERM);
	cr_expect_eq(say("a1", BEN, false), -EPERM);
	cr_expect_eq(say("a9", ANA, true), -ENOENT);
	cr_expect_eq(question(0)->state, APPROVAL_WAITING);
	cr_expect_eq(say("a1", ANA, true), 0);
}

Test(approval, a_no_holds_as_long_as_the_attack, .init = people, .fini = teardown)
{
	asked(1, ROLE_OPERATOR, OTHERWISE_ACT);
	cr_expect_eq(say("a1", ANA, false), 0);
	cr_expect_eq(say("a1", BEN, true), -EPERM, "a no is not overruled");
	run(1800);
	cr_expect_eq(first()->step, 1);
	cr_expect_eq(count(DECISION_ASKED), 1);
	cr_expect_eq(count(DECISION_EXPIRED), 0);
	cr_expect_eq(not_taken(2, "said no"), 1);
	b->a[0].traits.sport = 123;	/* another rule is asked about no more than the first */
	run(60);
	cr_expect_eq(count(DECISION_ASKED), 1);
}

Test(approval, a_no_for_a_time_is_over_then, .init = people, .fini = teardown)
{
	struct answer a = {
		.id = "a1", .person = ANA, .why = "after the broadcast", .for_ms = 60000
	};
	struct decision what;

	asked(1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	cr_assert_eq(decide_consider(b->d, &a, b->now, &what, NULL), 0);
	decide_answer(b->d, &what, b->now);
	run(58);
	cr_expect_eq(count(DECISION_ASKED), 1);
	run(4);
	cr_expect_eq(count(DECISION_ASKED), 2);
	cr_expect_str_eq(question(0)->id, "a2");
}

Test(approval, a_no_for_a_time_outlives_the_attack, .init = people, .fini = teardown)
{
	struct answer a = {
		.id = "a1", .person = ANA, .why = "tonight we are on air", .for_ms = 8 * 3600000
	};
	struct decision what;

	asked(1, ROLE_OPERATOR, OTHERWISE_ACT);
	cr_assert_eq(decide_consider(b->d, &a, b->now, &what, NULL), 0);
	decide_answer(b->d, &what, b->now);
	quiet(0);
	run(1800);
	cr_assert_eq(first()->state, INCIDENT_CLOSED);
	attack(0, RADIO, 19);
	run(700);
	cr_expect_eq(count(DECISION_ASKED), 1, "nobody is woken again");
	cr_expect_eq(not_taken(2, "said no"), 1, "and the record says why");
	quiet(0);
	run(8 * 3600);
	attack(0, RADIO, 19);
	run(3);
	cr_expect_eq(count(DECISION_ASKED), 2, "the time is over");
}

/* A policy that knows nothing but a hole, so that nothing holds its incident open over a pause. */
static void
asked_for_a_hole(unsigned n, enum otherwise otherwise)
{
	struct policy *p = &b->s.policies[0];

	p->steps[1] = p->steps[4];
	p->steps[1].at = 18;
	p->steps_n = 2;
	ask_at(1, n, ROLE_OPERATOR, otherwise);
	attack(0, RADIO, 19);
	run(3);
}

/* The attack on the radio is over, so long, and comes back. */
static void
pauses(int seconds)
{
	quiet(0);
	run(400);
	cr_assert_eq(first()->state, INCIDENT_CLOSED);
	run(seconds - 400);
	attack(0, RADIO, 19);
}

Test(approval, a_yes_holds_when_the_same_attack_comes_back, .init = people, .fini = teardown)
{
	asked_for_a_hole(2, OTHERWISE_REFUSE);
	cr_expect_eq(say("a1", ANA, true), 0);
	cr_expect_eq(say("a1", BEN, true), 0);
	run(10);
	cr_assert_not_null(hole());
	pauses(3600);
	run(3);
	cr_expect_not_null(hole());
	cr_expect_eq(count(DECISION_ASKED), 1, "nobody is called again");
	cr_expect_str_eq(last(DECISION_APPROVED)->approval.id, "a1");
	cr_expect_str_eq(last(DECISION_APPROVED)->approval.incident, "i2",
	    "the log says by what it acts");
}

Test(approval, a_no_holds_when_the_same_attack_comes_back, .init = people, .fini = teardown)
{
	asked_for_a_hole(1, OTHERWISE_ACT);
	cr_expect_eq(say("a1", ANA, false), 0);
	for (int wave = 0; wave < 3; wave++) {
		pauses(1800);
		run(700);
		cr_expect_null(hole());
	}
	cr_expect_eq(count(DECISION_ASKED), 1);
	cr_expect_eq(count(DECISION_DENIED), 3);
	cr_expect_eq(count(DECISION_EXPIRED), 0);
}

Test(approval, what_was_said_ends_with_the_attack, .init = people, .fini = teardown)
{
	asked_for_a_hole(1, OTHERWISE_REFUSE);
	cr_expect_eq(say("a1", ANA, true), 0);
	run(10);
	pauses(7800);		/* two hours and ten minutes */
	run(3);
	cr_expect_eq(count(DECISION_ASKED), 2);
}

Test(approval, what_was_said_holds_for_a_day_at_most, .init = people, .fini = teardown)
{
	asked_for_a_hole(1, OTHERWISE_REFUSE);
	cr_expect_eq(say("a1", ANA, true), 0);
	run(10);
	for (int hour = 0; hour < 23; hour++) {
		pauses(3600);
		run(3);
		cr_assert_eq(count(DECISION_ASKED), 1, "hour %d", hour);
		b->log_n = 0;
		b->log[b->log_n++].kind = DECISION_ASKED;
	}
	pauses(3600);
	run(3);
	cr_expect_eq(count(DECISION_ASKED), 2);
}

Test(approval, touches_do_not_call_people_each_time, .init = people, .fini = teardown)
{
	asked_for_a_hole(1, OTHERWISE_REFUSE);
	for (int touch = 0; touch < 12; touch++) {
		pauses(420);
		run(20);
	}
	cr_expect_leq(count(DECISION_ASKED), 6, "%u in an hour and a half", count(DECISION_ASKED));
	pauses(420);
	run(70);
	cr_expect_eq(question(0)->state, APPROVAL_WAITING, "but for what lasts they are");
}

Test(approval, silence_refuses_and_a_late_yes_counts, .init = people, .fini = teardown)
{
	ask_at(2, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	attack(0, RADIO, 19);
	run(599);
	cr_expect_eq(count(DECISION_EXPIRED), 0);
	run(3);
	cr_expect_eq(count(DECISION_EXPIRED), 1);
	cr_expect_eq(question(0)->state, APPROVAL_SILENT);
	run(3600);
	cr_expect_eq(first()->step, 1);
	cr_expect_eq(count(DECISION_ASKED), 1);
	cr_expect_eq(not_taken(2, "nobody answered"), 1);
	cr_expect_eq(say("a1", BEN, true), 0);
	run(2);
	cr_expect_eq(first()->step, 2);
}

Test(approval, a_late_yes_is_tried_before_the_hole, .init = people, .fini = teardown)
{
	ask_at(2, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	b->world.harm_link = 0;
	attack(0, RADIO, 31);
	run(620);
	cr_assert_eq(question(0)->state, APPROVAL_SILENT);
	cr_assert_eq(first()->step, 1, "the limit has stood for ten minutes");
	cr_expect_eq(say("a1", ANA, true), 0);
	b->world.harm_link = 1;
	run(2.5);
	cr_expect_eq(first()->step, 2, "the drop, and its own three seconds");
	cr_expect_null(hole());
	run(5);
	cr_expect_not_null(hole(), "the points are there still");
}

Test(approval, silence_acts_where_the_policy_says_so, .init = people, .fini = teardown)
{
	ask_at(2, 1, ROLE_OPERATOR, OTHERWISE_ACT);
	attack(0, RADIO, 19);
	run(602);
	cr_expect_eq(question(0)->state, APPROVAL_ACTING);
	cr_expect_eq(first()->step, 2);
	run(1200);
	cr_expect_eq(b->ledger.n, 1, "and is renewed");
	cr_expect_eq(say("a1", ANA, false), 0);
	run(1);
	cr_expect_eq(count(DECISION_WITHDRAW), 1, "a no takes it back");
	run(10);
	cr_expect_eq(first()->step, 1);
}

Test(approval, silence_that_acts_for_a_time_is_not_renewed_unless_somebody_says_yes, .init = people,
     .fini = teardown)
{
	ask_at(4, 1, ROLE_OPERATOR, OTHERWISE_ACT_FOR);
	/* not there: only the last one is in question */
	b->s.policies[0].steps[3].harm = HARM_STATE;
	attack(0, RADIO, 31);
	run(606);
	cr_assert_not_null(hole());
	cr_expect_leq(hole()->until.ms, question(0)->until.ms);
	cr_expect_eq(question(0)->until.ms - b->now.wall.ms <= 30000, true);
	run(31);
	cr_expect_null(hole());
	cr_expect_eq(question(0)->state, APPROVAL_OVER);
	run(600);
	cr_expect_null(hole());
	cr_expect_eq(count(DECISION_ASKED), 1);
	cr_expect_eq(say("a1", ANA, true), 0);
	run(2);
	cr_expect_not_null(hole());
	run(600);
	cr_expect_not_null(hole());
}

Test(approval, another_rule_is_another_question, .init = people, .fini = teardown)
{
	asked(1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	b->a[0].traits.sport = 123;
	run(10);
	cr_expect_eq(count(DECISION_ASKED), 2);
	cr_expect_eq(count(DECISION_UNASKED), 1);
	cr_expect_eq(say("a1", ANA, true), -ENOENT, "the old one can not be answered");
	cr_expect_str_eq(question(0)->id, "a2");
	cr_expect_eq(question(0)->rule.sport.r[0].from, 123);
	cr_expect_eq(say("a2", ANA, true), 0);
	run(2);
	cr_expect_eq(first()->step, 2);
	cr_expect_eq(b->ledger.all[0]->rule.sport.r[0].from, 123);
}

Test(approval, what_was_approved_does_not_grow_into_something_wider, .init = people,
    .fini = teardown)
{
	asked(1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	cr_expect_eq(say("a1", ANA, true), 0);
	run(8);
	cr_expect_eq(b->ledger.all[0]->rule.sport.r[0].from, 53);
	b->a[0].traits.sport_share = 5;		/* from everywhere, to one port */
	b->a[0].traits.dport = 8080;
	b->a[0].traits.dport_share = 95;
	run(30);
	cr_expect_eq(count(DECISION_ASKED), 2);
	cr_expect_eq(b->ledger.n, 1, "the approved rule alone stands meanwhile");
	run(600);
	cr_assert_eq(b->ledger.n, 1, "and is renewed");
	cr_expect_eq(b->ledger.all[0]->rule.sport.r[0].from, 53);
	cr_expect_eq(say(question(0)->id, ANA, true), 0);
	run(10);
	cr_assert_eq(b->ledger.n, 2);
	cr_expect_eq(b->ledger.all[1]->rule.dport.r[0].from, 8080);
}

Test(approval, an_attacker_who_changes_his_shape_all_the_time_wakes_people_ever_more_rarely,
     .init = people, .fini = teardown)
{
	ask_at(2, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	attack(0, RADIO, 19);
	for (unsigned i = 0; i < 360; i++) {	/* an hour */
		b->a[0].traits.sport = (uint16_t)(1000 + i);
		run(10);
	}
	cr_expect_leq(count(DECISION_ASKED), 7);
	cr_expect_geq(count(DECISION_ASKED), 4);
}

Test(approval, a_member_who_wants_to_be_asked_is, .init = people, .fini = teardown)
{
	attack(0, FUNDS, 31);
	run(30);
	cr_expect_eq(count(DECISION_ASKED), 2, "for each of the two blackholes");
	cr_expect_null(hole());
	cr_expect_str_eq(b->s.members[question(0)->member].name, "Funds");
	cr_expect_eq(say(question(0)->id, BEN, true), 0);
	run(2);
	cr_expect_not_null(hole());
}

Test(approval, silence_is_never_the_yes_of_a_member_who_wants_to_be_asked, .init = people,
     .fini = teardown)
{
	ask_at(3, 1, ROLE_OPERATOR, OTHERWISE_ACT);
	ask_at(4, 1, ROLE_OPERATOR, OTHERWISE_ACT);
	attack(0, FUNDS, 31);
	run(3600);
	cr_expect_eq(count(DECISION_EXPIRED), 2);
	cr_expect_null(hole());
}

Test(approval, never_is_not_asked_about, .init = people, .fini = teardown)
{
	attack(0, "192.0.2.97", 31);
	run(30);
	cr_expect_eq(count(DECISION_ASKED), 0);
	cr_expect_null(hole());
}

Test(approval, an_attack_that_ends_takes_its_question_back_once, .init = people, .fini = teardown)
{
	ask_at(4, 1, ROLE_OPERATOR, OTHERWISE_ACT);
	ask_at(3, 1, ROLE_OPERATOR, OTHERWISE_ACT);
	attack(0, RADIO, 31);
	run(10);
	cr_expect_eq(count(DECISION_ASKED), 2);
	quiet(0);
	run(400);
	cr_assert_eq(count(DECISION_CLOSED), 1);
	cr_expect_eq(count(DECISION_UNASKED), 2);
	cr_expect_null(decide_approval(b->d, 0));
	cr_expect_eq(say("a1", ANA, true), -ENOENT);
	cr_expect_eq(count(DECISION_EXPIRED), 0);
}

Test(approval, a_yes_during_a_pause_waits_for_its_end, .init = people, .fini = teardown)
{
	asked(1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	b->world.paused = true;
	cr_expect_eq(say("a1", ANA, true), 0);
	run(30);
	cr_expect_eq(first()->step, 1);
	b->world.paused = false;
	run(1);
	cr_expect_eq(first()->step, 2);
}

Test(approval, nobody_is_asked_when_nobody_could_answer, .init = people, .fini = teardown)
{
	ask_at(2, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	b->s.people_n = 0;
	attack(0, RADIO, 19);
	run(10);
	cr_expect_eq(count(DECISION_ASKED), 0);
	cr_expect_eq(not_taken(2, "fewer people"), 1);
}

Test(approval, no_more_questions_than_people_can_answer, .init = people, .fini = teardown)
{
	char host[40];

	ask_at(2, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	b->s.upstreams[0].flowspec_max_rules = b->s.upstreams[2].flowspec_max_rules = 1000;
	b->s.limits.announcements = 1000;
	for (unsigned i = 0; i < 200; i++) {
		snprintf(host, sizeof(host), "198.51.101.%u", i + 1);
		attack(i, host, 19);
	}
	run(120);
	cr_expect_eq(count(DECISION_ASKED), 32);
	cr_expect_eq(b->ledger.n, 200, "the milder step is taken for all");
	for (unsigned i = 0; i < 32; i++)
		cr_expect_eq(question(i)->state, APPROVAL_WAITING);
}

/* ---- a rule of several parts --------------------------------------------- */

static struct assessment *
carpet(void)
{
	struct assessment *a = attack(0, RADIO, 19);

	b->s.policies[0].subject = SUBJECT_PREFIX;
	a->subject = (struct subject){ .kind = SUBJECT_PREFIX, .prefix = pfx("192.0.2.0/24") };
	return a;
}

Test(approval, all_parts_of_a_rule_are_named_and_no_more_are_taken, .init = people,
    .fini = teardown)
{
	const struct approval *a;
	struct words w;
	json_t *j;
	struct approval back;

	ask_at(2, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	carpet();
	run(3);
	a = question(0);
	cr_assert_gt(a->also_n, 0, "carved around the resolver");
	say_approval(&w, &b->s, last(DECISION_ASKED), b->now.wall);
	for (unsigned i = 0; i < a->also_n; i++) {
		char buf[PREFIX_STRLEN];

		cr_expect(strstr(w.en, prefix_str(&a->also[i], buf)) != NULL, "%s", buf);
		cr_expect(strstr(w.es, buf) != NULL, "%s", buf);
	}
	j = approval_json(a, &b->s);
	cr_assert_eq(approval_from_json(&back, j, &b->s), 0);
	cr_expect_eq(back.also_n, a->also_n);
	cr_expect(prefix_eq(&back.also[0], &a->also[0]));
	json_array_append_new(json_object_get(j, "also"), json_string("nowhere"));
	cr_expect_eq(approval_from_json(&back, j, &b->s), -EINVAL);
	json_decref(j);
	cr_expect_eq(say("a1", ANA, true), 0);
	run(2);
	cr_expect_eq(b->ledger.n, 1 + question(0)->also_n);
	cr_expect_eq(count(DECISION_ASKED), 1);
}

/* ---- a restart ------------------------------------------------------------------------------- */

/* What the log would say, given to a decide that knows nothing. */
static void
restart(void)
{
	struct incident i = *first();
	struct approval all[8];
	unsigned n = 0;

	for (const struct approval *a; n < 8 && (a = decide_approval(b->d, n)) != NULL; n++) {
		json_t *j = approval_json(a, &b->s);

		cr_assert_eq(approval_from_json(&all[n], j, &b->s), 0);
		json_decref(j);
	}
	decide_free(b->d);
	cr_assert_eq(decide_new(&b->d, &b->s, 7, 2), 0);
	b->now.mono.ns = 5000000000;
	cr_assert_eq(decide_adopt(b->d, &i, b->now), 0);
	for (unsigned k = 0; k < n; k++)
		cr_assert_eq(decide_adopt_approval(b->d, &all[k], b->now), 0);
}

Test(approval, a_restart_asks_nobody_again_and_the_time_goes_on, .init = people, .fini = teardown)
{
	asked(2, ROLE_OPERATOR, OTHERWISE_REFUSE);
	cr_expect_eq(say("a1", ANA, true), 0);
	restart();
	run(30);
	cr_expect_eq(count(DECISION_ASKED), 1);
	cr_expect_eq(say("a1", ANA, true), -EALREADY);
	cr_expect_eq(say("a1", BEN, true), 0);
	run(2);
	cr_expect_eq(first()->step, 2);
}

Test(approval, the_deadline_passes_while_nobody_runs, .init = people, .fini = teardown)
{
	asked(1, ROLE_OPERATOR, OTHERWISE_ACT);
	b->now.wall = wall_add_ms(b->now.wall, 3600000);
	restart();
	run(2);
	cr_expect_eq(count(DECISION_EXPIRED), 1);
	cr_expect_eq(first()->step, 2);
}

Test(approval, what_was_agreed_by_the_policy_of_yesterday_is_asked_by_that_of_today, .init = people,
     .fini = teardown)
{
	asked(1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	cr_expect_eq(say("a1", BEN, true), 0);
	b->s.policies[0].steps[2].approval.people = 2;
	restart();
	cr_expect_eq(question(0)->state, APPROVAL_WAITING, "two must agree now");
	cr_expect_eq(say("a1", ANA, true), 0);
	cr_expect_eq(question(0)->state, APPROVAL_GIVEN);
	b->s.policies[0].steps[2].approval.role = ROLE_COMMITTEE;
	restart();
	cr_expect_eq(question(0)->state, APPROVAL_WAITING, "and of the committee");
	cr_expect_eq(say("a1", EVA, true), 0);
	cr_expect_eq(question(0)->state, APPROVAL_GIVEN);
}

/* The log has names: those of other people are nobody's. */
Test(approval, somebody_who_is_not_named_any_more_does_not_count, .init = people, .fini = teardown)
{
	struct approval a;
	json_t *j;

	asked(1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	cr_expect_eq(say("a1", ANA, true), 0);
	j = approval_json(question(0), &b->s);
	snprintf(b->s.people[ANA].name, NAME_MAX_LEN, "Zoe");
	cr_assert_eq(approval_from_json(&a, j, &b->s), 0);
	json_decref(j);
	cr_expect_eq(a.yes, 0);
	restart();
	cr_expect_eq(decide_adopt_approval(b->d, &a, b->now), -ENOENT, "it is there already");
}

Test(approval, a_step_that_is_another_now_is_not_taken_for_the_old_one, .init = people,
     .fini = teardown)
{
	struct approval a;
	json_t *j;

	asked(1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	j = approval_json(question(0), &b->s);
	b->s.policies[0].steps[2].kind = STEP_BLACKHOLE;
	cr_expect_eq(approval_from_json(&a, j, &b->s), -ENOENT);
	json_decref(j);
}

Test(approval, the_same_night_gives_the_same_questions, .init = people, .fini = teardown)
{
	struct decision *before = calloc(LOG_MAX, sizeof(*before));
	unsigned n;

	for (unsigned round = 0; round < 2; round++) {
		ask_at(2, 1, ROLE_OPERATOR, OTHERWISE_ACT);
		attack(0, RADIO, 19);
		run(700);
		if (round == 1)
			break;
		n = b->log_n;
		memcpy(before, b->log, n * sizeof(*before));
		teardown();
		people();
	}
	cr_assert_eq(b->log_n, n);
	for (unsigned i = 0; i < n; i++) {
		json_t *one, *two;

		cr_expect_eq(before[i].kind, b->log[i].kind);
		if (before[i].kind < DECISION_ASKED)
			continue;
		one = approval_json(&before[i].approval, &b->s);
		two = approval_json(&b->log[i].approval, &b->s);
		cr_expect(json_equal(one, two));
		json_decref(one);
		json_decref(two);
	}
	free(before);
}

Test(approval, a_step_of_going_live_asks_people_where_their_yes_counts_and_nobody_while_it_observes,
    .init = people, .fini = teardown)
{
	b->world.live = LIVE_OBSERVE;
	asked(1, ROLE_OPERATOR, OTHERWISE_ACT);
	run(30);
	cr_expect_eq(count(DECISION_ASKED) + count(DECISION_ANNOUNCE), 0);
	cr_expect_gt(count(DECISION_NOT_TAKEN), 0, "and says why");
	b->world.live = LIVE_MANUAL;
	run(30);
	cr_expect_eq(count(DECISION_ASKED), 1);
	cr_expect_eq(b->ledger.n, 0, "nothing without a person");
	cr_expect_eq(say("a1", BEN, true), 0);
	run(2);
	cr_expect_eq(b->ledger.n, 1, "the yes of a person is one");
}

Test(approval, a_question_of_a_dry_run_says_that_nothing_comes_of_it, .init = people,
    .fini = teardown)
{
	struct words w;

	b->world.live = LIVE_DRY_RUN;
	asked(1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	cr_assert(question(0)->trial);
	say_approval(&w, &b->s, last(DECISION_ASKED), b->now.wall);
	cr_expect_eq(
	    strstr(w.en, "This is a trial: whatever you answer, nothing is announced. We ask"),
	    w.en, "%s", w.en);
	run(30);
	cr_expect_eq(count(DECISION_ASKED), 1);
}

Test(approval, silence_is_no_person_for_a_step_of_going_live_and_nobody_says_otherwise,
    .init = people, .fini = teardown)
{
	struct words w;

	b->world.live = LIVE_MANUAL;
	asked(1, ROLE_OPERATOR, OTHERWISE_ACT);
	say_approval(&w, &b->s, last(DECISION_ASKED), b->now.wall);
	cr_expect_null(strstr(w.en, "trial"), "%s", w.en);
	cr_expect_not_null(strstr(w.en, "If nobody answers, it is not done."), "%s", w.en);
	run(700);
	cr_expect_eq(question(0)->state, APPROVAL_SILENT);
	say_approval(&w, &b->s, last(DECISION_EXPIRED), b->now.wall);
	cr_expect_not_null(strstr(w.en, "it is not done"), "%s", w.en);
	cr_expect_eq(b->ledger.n, 0);
}

Test(approval, a_question_from_before_a_step_down_promises_nothing_any_more, .init = people,
    .fini = teardown)
{
	asked(1, ROLE_OPERATOR, OTHERWISE_ACT);
	cr_expect_eq(question(0)->otherwise, OTHERWISE_ACT);
	b->world.live = LIVE_RATE_LIMIT;
	run(1);
	cr_expect_eq(question(0)->otherwise, OTHERWISE_REFUSE);
	run(700);
	cr_expect_eq(question(0)->state, APPROVAL_SILENT);
	cr_expect_eq(first()->step, 1, "limited, not dropped");
}

/* Limit and drop are automatic: at this step they cannot come first, so nothing waits for them. */
Test(approval, what_a_step_of_going_live_bars_keeps_nobody_from_being_asked, .init = people,
    .fini = teardown)
{
	b->world.live = LIVE_MANUAL;
	ask_at(4, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	attack(0, RADIO, 31);
	run(1800);
	cr_expect_eq(count(DECISION_ASKED), 1);
	cr_expect_eq(question(0)->step, 4);
	for (int step = 1; step < 4; step++)
		cr_expect_eq(not_taken(step, "going live"), 1, "step %d", step);
	cr_expect_eq(b->refused, 0);
	cr_expect_eq(b->ledger.n, 0);
}

Test(approval, no_limit_that_is_barred_serves_in_place_of_a_drop, .init = people, .fini = teardown)
{
	struct assessment *a;

	b->world.live = LIVE_MANUAL;
	for (unsigned i = 0; i < b->s.upstreams_n; i++)
		b->s.upstreams[i].profile.rate_limit = true;
	ask_at(2, 1, ROLE_OPERATOR, OTHERWISE_REFUSE);
	a = attack(0, RADIO, 19);
	a->traits = (struct traits){ .sampled = 200,
		.proto = 6,
		.proto_share = 99,
		.syn_share = 95,
		.dport = 443,
		.dport_share = 95 };
	run(30);
	cr_expect_eq(count(DECISION_ASKED), 1);
	cr_expect_eq(say("a1", BEN, true), 0);
	run(5);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 0);
}
