/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where in the world an upstream drops: nibbles, names, words, and logs that outlive a
 * configuration.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "leak.h"
#include "model/accepts.h"
#include "model/approval.h"
#include "model/mitigation.h"
#include "model/scope.h"

static struct settings s;

static void
add_scope(struct profile *f, const char *name, const char *where, const char *where_es)
{
	struct scope *scope = &f->scopes[f->scopes_n++];

	snprintf(scope->name, sizeof(scope->name), "%s", name);
	snprintf(scope->where, sizeof(scope->where), "%s", where);
	snprintf(scope->where_es, sizeof(scope->where_es), "%s", where_es);
}

static void
setup(void)
{
	memset(&s, 0, sizeof(s));
	s.upstreams_n = 3;
	for (unsigned i = 0; i < s.upstreams_n; i++) {
		snprintf(s.upstreams[i].name, NAME_MAX_LEN, "transit-%c", 'a' + (char)i);
		s.upstreams[i].profile.rtbh4 = (struct lengths){ 32, 32 };
	}
	add_scope(&s.upstreams[0].profile, "peers", "its peers", "sus pares");
	add_scope(&s.upstreams[0].profile, "abroad", "outside Mexico", "fuera de México");
	add_scope(&s.upstreams[2].profile, "abroad", "other continents", "otros continentes");
}

TestSuite(scope, .init = setup, .fini = leak_check);

static struct rule
hole(uint64_t scopes)
{
	struct rule r = { .kind = RULE_RTBH, .scopes = scopes };

	cr_assert_eq(prefix_parse(&r.dst, "192.0.2.80"), 0);
	return r;
}

/* Abroad at a, everywhere at b, abroad at c. */
static uint64_t
some(void)
{
	return scope_set(scope_set(0, 0, 2), 2, 1);
}

Test(scope, each_upstream_has_its_own)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < UPSTREAMS_MAX; i++)
		all = scope_set(all, i, i % (SCOPES_MAX + 1));
	for (unsigned i = 0; i < UPSTREAMS_MAX; i++)
		cr_expect_eq(scope_at(all, i), i % (SCOPES_MAX + 1));
	all = scope_set(all, 3, 0);
	cr_expect_eq(scope_at(all, 3), 0);
	cr_expect_eq(scope_at(all, 4), 4);
	cr_expect_eq(scope_only(all, 1u << 15), scope_set(0, 15, 15));
	cr_expect_eq(scope_everywhere(some(), 7), 2);
	cr_expect_eq(scope_everywhere(0, 7), 7);
}

Test(scope, names_are_found_and_told)
{
	char name[NAME_MAX_LEN], buf[64];

	cr_expect_eq(scope_find(&s.upstreams[0].profile, "abroad"), 2);
	cr_expect_eq(scope_find(&s.upstreams[1].profile, "abroad"), 0);
	cr_expect_str_eq(scope_named(&s.upstreams[2].profile, 1)->name, "abroad");
	cr_expect_null(scope_named(&s.upstreams[2].profile, 2));
	cr_expect_null(scope_named(&s.upstreams[2].profile, 0));
	cr_expect_str_eq(scope_list(&s.upstreams[0].profile, buf, sizeof(buf)), "peers, abroad");
	cr_expect_str_eq(scope_list(&s.upstreams[1].profile, buf, sizeof(buf)), "none");
	cr_expect_str_eq(scope_split("transit-a:abroad", name), "abroad");
	cr_expect_str_eq(name, "transit-a");
	cr_expect_null(scope_split("transit-a", name));
	cr_expect_str_eq(name, "transit-a");
	cr_expect_str_eq(scope_split("a:", name), "");
}

Test(scope, another_scope_is_another_rule_for_the_same_network)
{
	struct rule whole = hole(0), part = hole(some()), f = hole(some());

	cr_expect(rule_same_network(&whole, &part));
	cr_expect_not(rule_eq(&whole, &part));
	cr_expect_eq(rule_canon(&part, NULL), 0);
	cr_expect_eq(part.scopes, some());
	f.kind = RULE_DIVERT;
	cr_expect_eq(rule_canon(&f, NULL), 0);
	cr_expect_eq(f.scopes, 0, "only blackholes have one");
	f = hole(some());
	f.kind = RULE_FLOWSPEC;
	cr_expect_eq(rule_canon(&f, NULL), 0);
	cr_expect_eq(f.scopes, 0);
}

Test(scope, who_does_not_offer_it_does_not_accept_it)
{
	struct rule r = hole(scope_set(0, 1, 1));
	struct diag why = { 0 };
	struct text t;
	json_t *j;

	cr_expect(accepts(&s, 0, &r, &why));
	cr_expect_not(accepts(&s, 1, &r, &why));
	cr_expect_str_eq(why.say, "transit-b offers no such part of the world to be blackholed in");
	r.scopes = scope_set(0, 2, 2);
	cr_expect_not(accepts(&s, 2, &r, &why), "it has but one");
	r = hole(0);
	r.dst.len = 24;
	r.dst = prefix_of(4, r.dst.addr, 24);
	text_init(&t, 512);
	accepts_words(&t, &s, 5, &r);
	cr_expect_str_eq(t.s, "transit-a takes blackholes from /32 to /32, not 192.0.2.0/24; "
			      "transit-c takes blackholes from /32 to /32, not 192.0.2.0/24");
	text_fini(&t);
	j = accepts_json(&s, 2, &r);
	cr_expect_str_eq(json_string_value(json_object_get(json_array_get(j, 0), "name")),
	    "transit-b");
	cr_expect_eq(json_array_size(j), 1);
	json_decref(j);
}

Test(scope, the_words_say_from_where_it_is_unreachable_and_through_whom)
{
	json_t *j = scopes_json(some(), &s);
	struct text t, again;

	text_init(&t, 1024);
	text_init(&again, 1024);
	scope_words(&t, &s, some(), 7);
	cr_expect_str_eq(t.s,
	    " (through transit-a it becomes unreachable only from outside Mexico)"
	    " (through transit-c it becomes unreachable only from other continents)");
	scope_words_json(&again, j);
	cr_expect_str_eq(again.s, t.s, "and so for who has no settings");
	text_clear(&t);
	scope_words(&t, &s, some(), 2);
	cr_expect_eq(t.len, 0, "only of those that are asked");
	text_fini(&t);
	text_fini(&again);
	json_decref(j);
}

static struct mitigation
standing(void)
{
	return (struct mitigation){ .id = "m7",
		.rule = hole(some()),
		.owner = "ana",
		.reason = "a test",
		.origin = ORIGIN_PERSON,
		.since.ms = 1700000000000,
		.until.ms = 1700000060000,
		.via = 7,
		.wanted = { .known = true, .via = 7 } };
}

Test(scope, a_log_brings_them_back_by_name)
{
	struct mitigation m = standing(), back;
	json_t *j = mitigation_json(&m, &s);
	struct profile *f = &s.upstreams[0].profile;
	struct scope first = f->scopes[0];

	cr_assert_eq(mitigation_from_json(&back, j, &s, NULL), 0);
	cr_expect(rule_eq(&back.rule, &m.rule));
	f->scopes[0] = f->scopes[1];	/* another order: other numbers, the same meaning */
	f->scopes[1] = first;
	cr_assert_eq(mitigation_from_json(&back, j, &s, NULL), 0);
	cr_expect_eq(scope_at(back.rule.scopes, 0), 1);
	cr_expect_eq(scope_at(back.rule.scopes, 2), 1);
	cr_expect_eq(back.via, 7);
	json_decref(j);
}

/* Everywhere would be what nobody asked for. */
Test(scope, one_that_the_profile_has_no_more_leaves_its_upstream_out)
{
	struct mitigation m = standing(), back;
	json_t *j = mitigation_json(&m, &s);

	s.upstreams[0].profile.scopes_n = 1;
	cr_assert_eq(mitigation_from_json(&back, j, &s, NULL), 0);
	cr_expect_eq(back.via, 6);
	cr_expect_eq(back.wanted.via, 6);
	cr_expect_eq(scope_at(back.rule.scopes, 2), 1);
	json_decref(j);
}

Test(scope, a_question_to_people_keeps_it)
{
	struct approval a = { .id = "a1",
		.incident = "i1",
		.people = 1,
		.who = -1,
		.member = -1,
		.via = 7,
		.rule = hole(some()),
		.asked.ms = 1700000000000 },
			back;
	json_t *j;

	s.policies_n = 1;
	s.policies[0].steps_n = 1;
	s.policies[0].steps[0].kind = STEP_SELECTIVE;
	j = approval_json(&a, &s);
	cr_assert_eq(approval_from_json(&back, j, &s), 0);
	cr_expect(rule_eq(&back.rule, &a.rule));
	cr_expect_eq(back.via, 7);
	s.upstreams[2].profile.scopes_n = 0;
	cr_assert_eq(approval_from_json(&back, j, &s), 0);
	cr_expect_eq(back.via, 3);
	json_decref(j);
}

Test(scope, who_is_left_out_is_remembered)
{
	struct mitigation m = standing(), back;
	json_t *j;

	m.rule = hole(0);
	m.via = 1;
	m.left_out = 6;
	s.upstreams[1].profile.rtbh4.max = 0;
	j = mitigation_json(&m, &s);
	cr_assert_eq(mitigation_from_json(&back, j, &s, NULL), 0);
	cr_expect_eq(back.left_out, 6);
	cr_expect_str_eq(json_string_value(json_object_get(
			     json_array_get(json_object_get(j, "left_out"), 0), "en")),
	    "transit-b takes no IPv4 blackholes");
	json_decref(j);
}
