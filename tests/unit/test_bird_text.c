/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fragment: what is written, whether BIRD reads it, and what we read back from it. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "bird/fragment.h"
#include "bird/render.h"
#include "model/flowspec.h"
#include "model/scope.h"
#include "bird_cases.h"
#include "leak.h"

#define NOW_MS INT64_C(1795317487120)	/* 2026-11-22T03:18:07.120Z */

static struct settings *s;
static struct ledger l;
static char *frame;
static struct text out;
static struct diag why;

static void
add_upstream(const char *name, bool flowspec)
{
	struct upstream *u = &s->upstreams[s->upstreams_n++];

	snprintf(u->name, sizeof(u->name), "%s", name);
	snprintf(u->protocol, sizeof(u->protocol), "%s", name);
	u->number = s->upstreams_n;
	u->flowspec = u->profile.flowspec4 = u->profile.flowspec6 = u->profile.rate_limit =
	    flowspec;
	u->profile.pairs_max = 16;
	u->profile.nlri_max = 4095;
}

static void
setup(void)
{
	const char *top = getenv("top_srcdir");
	char path[512];

	s = calloc(1, sizeof(*s));
	snprintf(s->routers[0].name, NAME_MAX_LEN, "edge");
	snprintf(s->routers[1].name, NAME_MAX_LEN, "other");
	s->routers_n = 2;
	add_upstream("transit_a", true);
	add_upstream("transit_b", false);
	add_upstream("elsewhere", true);
	s->upstreams[2].router = 1;
	ledger_init(&l);
	text_init(&out, FRAGMENT_MAX);
	snprintf(path, sizeof(path), "%s/bird-templates", top != NULL ? top : ".");
	cr_assert_eq(render_frame(&frame, path, &why), 0, "%s", why.say);
}

static void
teardown(void)
{
	text_fini(&out);
	ledger_fini(&l);
	free(frame);
	free(s);
	leak_check();
}

TestSuite(bird_text, .init = setup, .fini = teardown);

/* Borrowed from the ledger. */
static struct mitigation *
add(const char *id, const char *dst, const char *match, uint32_t via, int64_t for_ms)
{
	struct mitigation *m = calloc(1, sizeof(*m)), *kept = m;

	snprintf(m->id, sizeof(m->id), "%s", id);
	cr_assert_eq(prefix_parse(&m->rule.dst, dst), 0, "%s", dst);
	m->rule.kind = match != NULL ? RULE_FLOWSPEC : RULE_RTBH;
	if (match != NULL)
		cr_assert_eq(rule_parse_match(&m->rule, match, &why), 0, "%s: %s", match, why.say);
	m->via = via;
	m->until.ms = NOW_MS + for_ms;
	cr_assert_eq(ledger_add(&l, &m), 0);
	return kept;
}

static int
render(uint64_t generation)
{
	struct render_of of = { .frame = frame,
		.settings = s,
		.ledger = &l,
		.generation = generation,
		.now = { NOW_MS } };

	text_clear(&out);
	return render_fragment(&out, &of, &why);
}

static void
some(void)
{
	add("m17", "192.0.2.10/32", NULL, 3, 600000);
	add("m18", "192.0.2.9/32", NULL, 2, 60000);
	add("m19", "2001:db8:40::1/128", NULL, 1, 600000);
	add("m20", "192.0.2.11/32", "proto = 17; sport = 53;", 3, 600000)->rule.rate_bps = 8e6;
	add("m21", "2001:db8:40::2/128", "next header = 6; tcp flags 0x02/0x12;", 1, 600000);
}

/* Is the text one that BIRD takes, with our own bird.conf around it?  -1: no bird here. */
static int
bird_takes(const char *text, size_t len)
{
	char dir[] = "/tmp/seawall-test.XXXXXX", command[1024];
	const char *top = getenv("top_srcdir");
	int status;

	if (system("command -v bird >/dev/null 2>&1") != 0)
		return -1;
	cr_assert_not_null(mkdtemp(dir));
	snprintf(command, sizeof(command), "%s/edge.conf", dir);
	cr_assert_eq(file_replace(command, text, len, 0600), 0);
	snprintf(command, sizeof(command),
	    "sed 's|/var/lib/seawall/bird/\\*|%s/edge*|' %s/bird-templates/bird.conf > %s/bird && "
	    "bird -p -c %s/bird; "
	    "r=$?; rm -r %s; exit $r",
	    dir, top != NULL ? top : ".", dir, dir, dir);
	status = system(command);
	return status == 0;
}

static void
expect_bird_takes(void)
{
	int taken = bird_takes(out.s, out.len);

	if (taken < 0)
		cr_skip_test("no bird on PATH: what was rendered is not checked by it");
	cr_assert_eq(taken, 1, "%s", out.s);
}

Test(bird_text, is_what_it_was)
{
	const char *top = getenv("top_srcdir");
	char path[512], *want;
	size_t len;

	some();
	cr_assert_eq(render(42), 0, "%s", why.say);
	snprintf(path, sizeof(path), "%s/tests/golden/fragment.conf", top != NULL ? top : ".");
	if (getenv("UPDATE_GOLDEN") != NULL)
		cr_assert_eq(file_replace(path, out.s, out.len, 0644), 0);
	cr_assert_eq(file_slurp(&want, &len, path, FRAGMENT_MAX), 0, "%s", path);
	cr_assert_str_eq(out.s, want);
	free(want);
	expect_bird_takes();
}

Test(bird_text, bird_takes_every_shape_of_rule)
{
	for (size_t i = 0; i < BIRD_CASES_N; i++) {
		char id[ID_LEN];
		struct mitigation *m;

		snprintf(id, sizeof(id), "m%zu", i + 1);
		m = add(id, bird_cases[i].dst, bird_cases[i].match, 1, 600000);
		m->rule.rate_bps = i % 3 == 0 ? 0 : 1e4 * (double)(i * i * i);
	}
	cr_assert_eq(render(1), 0, "%s", why.say);
	expect_bird_takes();
}

Test(bird_text, bird_takes_an_empty_one)
{
	cr_assert_eq(render(1), 0, "%s", why.say);
	expect_bird_takes();
}

Test(bird_text, the_order_of_announcing_does_not_show)
{
	char *first;

	some();
	cr_assert_eq(render(7), 0);
	first = strdup(out.s);
	for (unsigned i = 0; i < l.n / 2; i++) {
		struct mitigation *m = l.all[i];

		l.all[i] = l.all[l.n - 1 - i];
		l.all[l.n - 1 - i] = m;
	}
	cr_assert_eq(render(7), 0);
	cr_assert_str_eq(out.s, first);
	free(first);
}

Test(bird_text, leaves_out_what_is_over_and_what_is_for_others)
{
	add("m1", "192.0.2.1/32", NULL, 3, 0);
	add("m2", "192.0.2.2/32", NULL, 3, -1);
	add("m3", "192.0.2.3/32", NULL, 4, 1000);
	add("m4", "192.0.2.4/32", "proto = 17;", 2, 1000);
	add("m5", "192.0.2.5/32", NULL, 7, 1);
	cr_assert_eq(render(1), 0);
	cr_assert_null(strstr(out.s, "192.0.2.1/32"), "over now");
	cr_assert_null(strstr(out.s, "192.0.2.2/32"), "over");
	cr_assert_null(strstr(out.s, "192.0.2.3/32"), "another router's");
	cr_assert_null(strstr(out.s, "192.0.2.4/32"), "its only upstream takes no FlowSpec");
	cr_assert_not_null(
	    strstr(out.s, "\troute 192.0.2.5/32 blackhole { sw_bh(1); sw_bh(2); }; # m5 until "));
	cr_assert_not_null(strstr(out.s, "# 1 standing."));
}

Test(bird_text, one_network_is_one_line_with_all_its_tags)
{
	struct mitigation *drop;

	add("m1", "192.0.2.1/32", NULL, 1, 60000);
	add("m2", "192.0.2.1/32", NULL, 2, 120000);
	add("m3", "192.0.2.2/32", "proto = 17;", 1, 60000)->rule.rate_bps = 8e6;
	drop = add("m4", "192.0.2.2/32", "proto = 17;", 1, 60000);
	drop->rule.rate_bps = 0;
	cr_assert_eq(render(1), 0);
	cr_assert_not_null(strstr(out.s,
			       "\troute 192.0.2.1/32 blackhole { sw_bh(1); sw_bh(2); }; "
			       "# m1 until 2026-11-22T03:19:07.120Z via 1; m2 until "
			       "2026-11-22T03:20:07.120Z via 2\n"),
	    "%s", out.s);
	cr_assert_not_null(strstr(out.s, "{ sw_fs(1); sw_fs_drop(); }; # m4 until"),
	    "the stricter one: %s", out.s);
	expect_bird_takes();
}

static const char long_list[] = "proto = 17; sport 19,53,69,111,123,137,161,389;";

static unsigned
count_of(const char *what)
{
	unsigned n = 0;

	for (const char *p = out.s; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

/*
 * transit_a takes five values, transit_c (its own number 2) eight: whole there, cut here, under one
 * id.
 */
Test(bird_text, each_upstream_has_the_rule_as_it_can_take_it)
{
	struct fragment_stripped did;
	struct text left;

	s->upstreams[1].flowspec = s->upstreams[1].profile.flowspec4 =
	    s->upstreams[1].profile.rate_limit = true;
	s->upstreams[0].profile.pairs_max = 5;
	s->upstreams[1].profile.pairs_max = 8;
	add("m1", "192.0.2.1/32", long_list, 3, 60000);
	add("m2", "192.0.2.1/32", "proto = 17; sport 123,137,161,389;", 2, 600000)->rule.rate_bps =
	    8e6;
	cr_assert_eq(render(1), 0, "%s", why.say);
	cr_assert_not_null(
	    strstr(out.s,
		"sport 19,53,69,111,123,137,161,389; } { sw_fs(2); sw_fs_drop(); }; # m1 until"),
	    "%s", out.s);
	cr_assert_not_null(
	    strstr(out.s, "sport 19,53,69,111; } { sw_fs(1); sw_fs_drop(); }; # m1 until"), "%s",
	    out.s);
	/* a piece that is another's network: one line, and the stricter of both */
	cr_assert_not_null(
	    strstr(out.s,
		"sport 123,137,161,389; } { sw_fs(1); sw_fs(2); sw_fs_drop(); }; "
		"# m1 until 2026-11-22T03:19:07.120Z via 1; m2 until 2026-11-22T03:28:07.120Z via 2\n"),
	    "%s", out.s);
	cr_assert_eq(count_of("\troute "), 3);
	cr_assert_not_null(strstr(out.s, "# 2 standing."), "%s", out.s);
	expect_bird_takes();

	text_init(&left, FRAGMENT_MAX);
	cr_assert_eq(fragment_strip(&left, out.s, out.len, 2, "m1 is over", fragment_keep_current,
	    &(wall_t){ NOW_MS + 60000 }, &did, &why), 0);
	cr_assert_null(strstr(left.s, "m1 until"), "all of its pieces are gone: %s", left.s);
	cr_assert_not_null(strstr(left.s, "{ sw_fs(2); sw_fs_drop(); }; # m2 until"), "%s", left.s);
	text_fini(&did.ids);
	text_fini(&left);
}

Test(bird_text, two_upstreams_with_the_same_pieces_share_their_lines)
{
	s->upstreams[1].flowspec = s->upstreams[1].profile.flowspec4 = true;
	s->upstreams[0].profile.pairs_max = s->upstreams[1].profile.pairs_max = 5;
	add("m1", "192.0.2.1/32", long_list, 3, 60000);
	cr_assert_eq(render(1), 0, "%s", why.say);
	cr_assert_eq(count_of("\troute "), 2);
	cr_assert_eq(count_of("{ sw_fs(1); sw_fs(2); sw_fs_drop(); }; # m1 until"), 2);
	expect_bird_takes();
}

Test(bird_text, who_cannot_take_it_is_left_out_and_the_others_get_it)
{
	s->upstreams[1].flowspec = s->upstreams[1].profile.flowspec4 = true;
	s->upstreams[1].profile.flowspec.fields_n = 1;	/* src alone */
	add("m1", "192.0.2.1/32", "proto = 17;", 3, 60000);
	cr_assert_eq(render(1), 0, "%s", why.say);
	cr_assert_not_null(strstr(out.s, "{ sw_fs(1); sw_fs_drop(); }; # m1"), "%s", out.s);
	cr_assert_eq(count_of("sw_fs(2);"), 0);
}

Test(bird_text, every_action_has_its_macro_and_reads_back)
{
	static const struct {
		const char *redirect;
		int mark;
		bool sample, terminal;
		double rate;
		const char *text;
	} rows[] = {
		{ NULL, 46, false, false, RULE_NO_RATE, " sw_fs_mark(46);" },
		{ NULL, -1, true, false, 0, " sw_fs_drop(); sw_fs_act(2);" },
		{ NULL, 0, true, true, 8e6,
		    " sw_fs_rate(0x49742400); sw_fs_mark(0); sw_fs_act(3);" },
		{ "64500:666", -1, false, true, RULE_NO_RATE,
		    " sw_fs_redirect_as(0xfbf4,0x0000029a); sw_fs_act(1);" },
		{ "198.51.100.1:100", -1, false, false, 8e6,
		    " sw_fs_rate(0x49742400); sw_fs_redirect_ip(0xc633,0x64010064);" },
		{ "70000:100", -1, false, false, RULE_NO_RATE,
		    " sw_fs_redirect_as4(0x0001,0x11700064);" },
		{ "198.51.100.1", 8, true, true, RULE_NO_RATE,
		    " sw_fs_redirect_to(0xc633,0x64010000); sw_fs_mark(8); sw_fs_act(3);" },
	};
	struct flowspec_takes *t = &s->upstreams[0].profile.flowspec;
	char id[16], host[32];

	for (t->actions_n = 0; t->actions_n < FLOWSPEC_ACTIONS_MAX; t->actions_n++)
		t->actions[t->actions_n] = t->actions_n;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule *r;
		struct text say;

		snprintf(id, sizeof(id), "m%u", i);
		snprintf(host, sizeof(host), "192.0.2.%u/32", i);
		r = &add(id, host, "proto = 17;", 1, 60000)->rule;
		r->rate_bps = rows[i].rate;
		r->has_mark = rows[i].mark >= 0;
		r->mark = r->has_mark ? (uint8_t)rows[i].mark : 0;
		r->sample = rows[i].sample;
		r->terminal = rows[i].terminal;
		if (rows[i].redirect != NULL) {
			cr_assert_eq(redirect_parse(&r->redirect, rows[i].redirect), 0);
			t->redirects[t->redirects_n++] = r->redirect;
		}
		cr_assert_eq(rule_canon(r, &why), 0, "%s", why.say);
		text_init(&say, 256);
		action_text(&say, r);
		cr_assert_str_eq(text_str(&say), rows[i].text);
		for (unsigned k = 0; k < sizeof(rows) / sizeof(*rows); k++)
			cr_assert_eq(action_says(rows[k].text, r), k == i);
		text_fini(&say);
	}
	cr_assert_not(action_says(" sw_fs_drop(); sw_fs_drop();", &l.all[0]->rule));
	cr_assert_not(action_says(" sw_fs_mark(46)", &l.all[0]->rule));
	cr_assert_eq(render(1), 0, "%s", why.say);
	cr_assert_eq(count_of("\troute "), sizeof(rows) / sizeof(*rows));
	expect_bird_takes();
}

Test(bird_text, refuses_what_would_hold_up_all_others)
{
	struct mitigation *m = add("m1", "192.0.2.1/32", "proto = 17;", 1, 1000);

	m->rule.proto.r[0].to = 16;
	cr_assert_eq(render(1), -EINVAL);
	cr_assert_not_null(strstr(why.say, "m1"), "%s", why.say);
	m->rule.proto.r[0].to = 17;
	cr_assert_eq(render(1), 0);
	m->rule.dst = prefix_of(4, (const uint8_t[4]){ 0 }, 0);
	cr_assert_eq(render(1), -EINVAL);
	m->rule.dst = prefix_of(4, (const uint8_t[4]){ 192, 0, 2, 1 }, 32);
	strcpy(m->id, "m1\nx");
	cr_assert_eq(render(1), -EINVAL);
}

Test(bird_text, rates_are_bytes_per_second_in_ieee_754)
{
	add("m1", "192.0.2.1/32", "proto = 17;", 1, 1000)->rule.rate_bps = 8e6;
	cr_assert_eq(render(1), 0);
	cr_assert_not_null(strstr(out.s, "sw_fs_rate(0x49742400);"), "1e6 bytes/s (BIRD.md 5): %s",
	    out.s);
	l.all[0]->rule.rate_bps = 1e300;
	cr_assert_eq(render(1), 0);
	cr_assert_null(strstr(out.s, "0x7f800000"), "never infinity");
}

Test(bird_text, a_missing_or_wrong_frame_is_named)
{
	char *none = NULL, dir[] = "/tmp/seawall-test.XXXXXX", path[64], buf[1024];

	cr_assert_eq(render_frame(&none, "/nonexistent", &why), -ENOENT);
	cr_assert_not_null(
	    strstr(diag_str(&why, buf, sizeof(buf)), "/nonexistent/fragment.conf.in"), "%s", buf);
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/fragment.conf.in", dir);
	cr_assert_eq(file_replace(path, "x\n", 2, 0600), 0);
	cr_assert_eq(render_frame(&none, dir, &why), -EINVAL);
	cr_assert_not_null(strstr(why.say, "@RTBH4@"), "%s", why.say);
	cr_assert_null(none);
	unlink(path);
	rmdir(dir);
}

static int
count(void *ctx, const struct fragment_route *r)
{
	cr_assert_gt(r->owners_n, 0);
	++*(unsigned *)ctx;
	return 0;
}

Test(bird_text, is_read_back)
{
	uint64_t generation;
	unsigned n = 0;

	some();
	cr_assert_eq(render(4000000000), 0);
	cr_assert_eq(fragment_parse(out.s, out.len, &generation, count, &n, &why), 0, "%s",
	    why.say);
	cr_assert_eq(generation, 4000000000);
	cr_assert_eq(n, 5);
}

Test(bird_text, a_diversion_stands_apart_and_only_for_who_scrubs)
{
	uint64_t generation;
	struct fragment_stripped gone;
	struct text left;
	unsigned n = 0;

	s->upstreams[1].profile.scrubs = true;
	add("m1", "192.0.2.0/24", NULL, 3, 60000)->rule.kind = RULE_DIVERT;
	add("m2", "2001:db8:40::/48", NULL, 2, 1000)->rule.kind = RULE_DIVERT;
	add("m3", "198.51.100.0/24", NULL, 1, 60000)->rule.kind = RULE_DIVERT;
	add("m4", "192.0.2.0/24", NULL, 1, 60000);
	cr_assert_eq(render(1), 0);
	cr_assert_not_null(strstr(out.s, "\troute 192.0.2.0/24 unreachable { sw_dv(2); }; # m1"),
			   "%s", out.s);
	cr_assert_not_null(strstr(out.s, "\troute 192.0.2.0/24 blackhole { sw_bh(1); }; # m4"));
	cr_assert_null(strstr(out.s, "m3"), "transit_a does not scrub");
	expect_bird_takes();
	cr_assert_eq(fragment_parse(out.s, out.len, &generation, count, &n, &why), 0, "%s",
		     why.say);
	cr_assert_eq(n, 3);
	text_init(&left, FRAGMENT_MAX);
	cr_assert_eq(fragment_strip(&left, out.s, out.len, 2, "x", fragment_keep_current,
				    &(wall_t){ NOW_MS + 30000 }, &gone, &why), 0);
	cr_expect_eq(gone.unreadable, 0);
	cr_expect_not_null(strstr(left.s, "192.0.2.0/24 unreachable { sw_dv(2); }; # m1"));
	cr_expect_null(strstr(left.s, "2001:db8:40::/48"), "its end has come");
	text_fini(&gone.ids);
	text_fini(&left);
}

Test(bird_text, a_source_stands_apart_and_only_where_it_is_dropped)
{
	uint64_t generation;
	struct fragment_stripped gone;
	struct text left;
	unsigned n = 0;

	s->upstreams[1].profile.source4 = (struct lengths){ 32, 32 };
	s->upstreams[1].profile.source6 = (struct lengths){ 64, 128 };
	add("m1", "203.0.113.9/32", NULL, 3, 60000)->rule.kind = RULE_SOURCE;
	add("m2", "2001:db8:bad::/64", NULL, 3, 1000)->rule.kind = RULE_SOURCE;
	add("m3", "203.0.113.10/32", NULL, 1, 60000)->rule.kind = RULE_SOURCE;
	add("m4", "203.0.113.0/24", NULL, 2, 60000)->rule.kind = RULE_SOURCE;
	cr_assert_eq(render(1), 0);
	cr_assert_not_null(strstr(out.s, "\troute 203.0.113.9/32 prohibit { sw_sr(2); }; # m1"),
	    "%s", out.s);
	cr_assert_null(strstr(out.s, "sw_sr(1)"), "transit_a does not drop by source");
	cr_assert_null(strstr(out.s, "m3"));
	cr_assert_null(strstr(out.s, "m4"), "nor does anybody a /24");
	expect_bird_takes();
	cr_assert_eq(fragment_parse(out.s, out.len, &generation, count, &n, &why), 0, "%s",
		     why.say);
	cr_assert_eq(n, 2);
	text_init(&left, FRAGMENT_MAX);
	cr_assert_eq(fragment_strip(&left, out.s, out.len, 2, "x", fragment_keep_current,
				    &(wall_t){ NOW_MS + 30000 }, &gone, &why), 0);
	cr_expect_eq(gone.unreadable, 0);
	cr_expect_not_null(strstr(left.s, "203.0.113.9/32 prohibit { sw_sr(2); }; # m1"));
	cr_expect_null(strstr(left.s, "2001:db8:bad::/64"), "its end has come");
	text_fini(&gone.ids);
	text_fini(&left);
}

static unsigned
stripped(const char *text, size_t len, int64_t later_ms, struct text *left)
{
	struct fragment_stripped gone;

	cr_assert_eq(fragment_strip(left, text, len, 2, "x", fragment_keep_current,
				    &(wall_t){ NOW_MS + later_ms }, &gone, &why), 0);
	text_fini(&gone.ids);
	return gone.unreadable;
}

Test(bird_text, a_part_of_the_world_has_a_tag_of_its_own)
{
	uint64_t generation;
	struct text left;
	unsigned n = 0;

	s->upstreams[1].profile.scopes_n = 2;
	add("m1", "192.0.2.1/32", NULL, 3, 60000)->rule.scopes = scope_set(0, 1, 2);
	add("m2", "192.0.2.2/32", NULL, 2, 1000)->rule.scopes = scope_set(0, 1, 1);
	add("m3", "192.0.2.3/32", NULL, 2, 60000)->rule.scopes = scope_set(0, 1, 3);
	add("m4", "192.0.2.4/32", NULL, 3, 60000)->rule.scopes = scope_set(0, 0, 1);
	cr_assert_eq(render(1), 0);
	cr_expect_not_null(
	    strstr(out.s,
		"\troute 192.0.2.1/32 blackhole { sw_bh(1); sw_bh_in(2, 2); }; # m1 until "),
	    "%s", out.s);
	cr_expect_not_null(
	    strstr(out.s, "\troute 192.0.2.2/32 blackhole { sw_bh_in(2, 1); }; # m2 until "));
	cr_expect_null(strstr(out.s, "m3"), "a part that nobody named is never everywhere");
	cr_expect_not_null(
	    strstr(out.s, "\troute 192.0.2.4/32 blackhole { sw_bh(2); }; # m4 until "), "%s",
	    out.s);
	expect_bird_takes();
	cr_assert_eq(fragment_parse(out.s, out.len, &generation, count, &n, &why), 0, "%s",
	    why.say);
	cr_expect_eq(n, 3);
	text_init(&left, FRAGMENT_MAX);
	cr_expect_eq(stripped(out.s, out.len, 30000, &left), 0);
	cr_expect_not_null(strstr(left.s,
	    "\troute 192.0.2.1/32 blackhole { sw_bh(1); sw_bh_in(2, 2); }; # m1 until "));
	cr_expect_null(strstr(left.s, "192.0.2.2/32"), "its end has come");
	text_fini(&left);
}

/* The guard lets no two stand for one network; a log of before may have them. */
Test(bird_text, of_two_owners_the_one_for_everywhere_counts_until_it_ends)
{
	struct text left, last;

	s->upstreams[1].profile.scopes_n = 2;
	add("m1", "192.0.2.1/32", NULL, 3, 1000);
	add("m2", "192.0.2.1/32", NULL, 2, 60000)->rule.scopes = scope_set(0, 1, 2);
	add("m3", "192.0.2.1/32", NULL, 2, 30000)->rule.scopes = scope_set(0, 1, 1);
	cr_assert_eq(render(1), 0);
	cr_expect_not_null(strstr(out.s, " blackhole { sw_bh(1); sw_bh(2); }; # m1 until "), "%s",
	    out.s);
	cr_expect_not_null(strstr(out.s, " via 1,2; m3 until "), "%s", out.s);
	cr_expect_not_null(strstr(out.s, " via 2:1; m2 until "), "%s", out.s);
	expect_bird_takes();
	text_init(&left, FRAGMENT_MAX);
	text_init(&last, FRAGMENT_MAX);
	cr_expect_eq(stripped(out.s, out.len, 10000, &left), 0);
	cr_expect_not_null(strstr(left.s, " blackhole { sw_bh_in(2, 1); }; # m3 until "), "%s",
	    left.s);
	cr_expect_eq(stripped(left.s, left.len, 40000, &last), 0);
	cr_expect_not_null(strstr(last.s, " blackhole { sw_bh_in(2, 2); }; # m2 until "), "%s",
	    last.s);
	text_fini(&left);
	text_fini(&last);
}

Test(bird_text, notices_every_place_where_it_can_be_cut)
{
	uint64_t generation;

	some();
	cr_assert_eq(render(4), 0);
	for (size_t n = 0; n < out.len; n++) {
		char *cut = malloc(n + 1);

		memcpy(cut, out.s, n);
		cr_assert_eq(fragment_parse(cut, n, &generation, NULL, NULL, &why), -EBADMSG,
		    "%zu bytes", n);
		free(cut);
	}
}

Test(bird_text, refuses_lines_that_are_not_ours)
{
	static const char *const bad[] = {
		"route 192.0.2.1/32 blackhole { sw_bh(1); }; # m1 until 2026-11-22T03:18:07.000Z",
		"\troute 192.0.2.1/32 blackhole { sw_bh(1); };",
		"\troute 192.0.2.1/32 blackhole { sw_bh(1); }; # m1",
		"\troute 192.0.2.1/32 blackhole { sw_bh(1); }; # m1 until tomorrow",
		"\troute 192.0.2.1/24 blackhole { sw_bh(1); }; # m1 until 2026-11-22T03:18:07.000Z",
		"\troute 192.0.2.1/32 blackhole { }; # m1 until 2026-11-22T03:18:07.000Z",
		"\troute 192.0.2.1/32 prohibit { sw_bh(1); }; # m1 until "
		"2026-11-22T03:18:07.000Z",
		"\troute 192.0.2.1/32 blackhole { sw_sr(1); }; # m1 until "
		"2026-11-22T03:18:07.000Z",
		"\troute 192.0.2.1/32 unreachable { sw_bh(1); }; # m1 until "
		"2026-11-22T03:18:07.000Z",
		"\troute 192.0.2.1/32 blackhole { sw_bh(x); }; # m1 until 2026-11-22T03:18:07.000Z",
		"\troute 192.0.2.1/32 blackhole { sw_bh_in(1, 0); }; # m1 until 2026-11-22T03:18:07.000Z",
		"\troute 192.0.2.1/32 blackhole { sw_bh_in(1, 16); }; # m1 until 2026-11-22T03:18:07.000Z",
		"\troute 192.0.2.1/32 blackhole { sw_bh_in(1); }; # m1 until 2026-11-22T03:18:07.000Z",
		"\troute 192.0.2.1/32 prohibit { sw_bh_in(1, 1); }; # m1 until 2026-11-22T03:18:07.000Z",
		"\troute 192.0.2.1/32 blackhole { sw_bh(1); }; # m1 until 2026-11-22T03:18:07.000Z via 1:0",
		"\troute 192.0.2.1/32 blackhole { sw_bh(1); }; # m1 until 2026-11-22T03:18:07.000Z via 1:16",
		"\troute 192.0.2.1/32 blackhole { sw_bh(1); accept; }; # m1 until "
		"2026-11-22T03:18:07.000Z",
		"\troute flow4 { dst 192.0.2.1/32; } { sw_fs(1); }; # m1 until "
		"2026-11-22T03:18:07.000Z",
		"\troute flow4 { dst 192.0.2.1/32; } { sw_bh(1); sw_fs_drop(); }; # m1 until "
		"2026-11-22T03:18:07.000Z",
		"\troute 192.0.2.1/32 blackhole { sw_bh(1); }; # m1 until 2026-11-22T03:18:07.000Z "
		"and more",
		"\troute 192.0.2.1/32 blackhole { sw_bh(1); }; # m1/ until "
		"2026-11-22T03:18:07.000Z",
	};
	uint64_t generation;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		text_clear(&out);
		text_printf(&out, "%s\ndefine SEAWALL_GEN = 1;\n", bad[i]);
		cr_assert_eq(fragment_parse(out.s, out.len, &generation, NULL, NULL, &why),
		    -EBADMSG, "%s", bad[i]);
	}
	cr_assert_eq(
	    fragment_parse("define SEAWALL_GEN = 1;\nx\n", 26, &generation, NULL, NULL, &why),
	    -EBADMSG);
	cr_assert_eq(
	    fragment_parse("define SEAWALL_GEN = 5000000000;\n", 33, &generation, NULL, NULL, &why),
	    -EBADMSG);
}

static struct fragment_stripped
strip(struct text *to, int64_t later_ms)
{
	struct fragment_stripped done;
	wall_t at = { NOW_MS + later_ms };

	cr_assert_eq(fragment_strip(to, out.s, out.len, 43, "a test", fragment_keep_current, &at,
			 &done, &why),
	    0, "%s", why.say);
	return done;
}

Test(bird_text, what_is_over_is_stripped_and_only_that)
{
	struct fragment_stripped done;
	struct text short_one;
	uint64_t generation;
	unsigned n = 0;

	some();
	cr_assert_eq(render(42), 0);
	text_init(&short_one, FRAGMENT_MAX);
	done = strip(&short_one, 60000);
	cr_assert_eq(done.removed, 1);
	cr_assert_eq(done.kept, 4);
	cr_assert_str_eq(text_str(&done.ids), "m18");
	cr_assert_null(strstr(short_one.s, "192.0.2.9/32"));
	cr_assert_eq(fragment_parse(short_one.s, short_one.len, &generation, count, &n, &why), 0,
	    "%s", why.say);
	cr_assert_eq(generation, 43);
	cr_assert_eq(n, 4);
	text_fini(&done.ids);
	text_clear(&out);
	text_add(&out, short_one.s);
	text_fini(&short_one);
	expect_bird_takes();
}

Test(bird_text, a_shared_line_loses_only_the_tags_of_who_is_over)
{
	struct fragment_stripped done;
	struct text short_one;

	add("m1", "192.0.2.1/32", NULL, 1, 60000);
	add("m2", "192.0.2.1/32", NULL, 2, 120000);
	cr_assert_eq(render(42), 0);
	text_init(&short_one, FRAGMENT_MAX);
	done = strip(&short_one, 60000);
	cr_assert_not_null(strstr(short_one.s,
			       "\troute 192.0.2.1/32 blackhole { sw_bh(2); }; # m2 until "
			       "2026-11-22T03:20:07.120Z via 2\n"),
	    "%s", short_one.s);
	text_fini(&done.ids);
	text_fini(&short_one);
}

Test(bird_text, a_route_without_a_readable_end_has_ended)
{
	struct fragment_stripped done;
	struct text short_one;

	text_init(&short_one, FRAGMENT_MAX);
	text_add(&out,
	    "\troute 192.0.2.1/32 blackhole { sw_bh(1); }; # m1 until 2099\ndefine SEAWALL_GEN = "
	    "1;\n");
	done = strip(&short_one, 0);
	cr_assert_eq(done.unreadable, 1);
	cr_assert_null(strstr(short_one.s, "route"));
	text_fini(&done.ids);
	text_fini(&short_one);
}

Test(bird_text, same_means_same_routes_whatever_the_generation)
{
	char *first;
	size_t len;

	some();
	cr_assert_eq(render(1), 0);
	first = strdup(out.s);
	len = out.len;
	cr_assert_eq(render(2), 0);
	cr_assert(fragment_same(first, len, out.s, out.len));
	l.all[0]->until.ms++;
	cr_assert_eq(render(2), 0);
	cr_assert_not(fragment_same(first, len, out.s, out.len));
	l.n--;
	cr_assert_eq(render(2), 0);
	cr_assert_not(fragment_same(first, len, out.s, out.len));
	l.n++;
	free(first);
}

Test(bird_text, the_lock_keeps_others_out_until_it_is_closed)
{
	char dir[] = "/tmp/seawall-test.XXXXXX", path[64];
	int one, two;

	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/edge.conf", dir);
	cr_assert_eq(fragment_lock(&one, path, 0, &why), 0);
	cr_assert_eq(fragment_lock(&two, path, 30, &why), -EWOULDBLOCK);
	cr_assert_not_null(strstr(why.say, "another program"));
	close(one);
	cr_assert_eq(fragment_lock(&two, path, 0, &why), 0);
	close(two);
	strcat(path, ".lock");
	unlink(path);
	rmdir(dir);
}

Test(bird_text, what_bird_says_it_runs_is_a_number_of_32_bits_or_none)
{
	cr_assert_eq(fragment_generation_said("7"), 7);
	cr_assert_eq(fragment_generation_said("4294967295"), UINT32_MAX);
	cr_assert_eq(fragment_generation_said("4294967296"), 0);
	cr_assert_eq(fragment_generation_said("18446744073709551616"), 0);
	cr_assert_eq(fragment_generation_said("-1"), 0);
	cr_assert_eq(fragment_generation_said("7 of 9"), 0);
	cr_assert_eq(fragment_generation_said(""), 0);
	cr_assert_eq(fragment_generation_next(0), 1);
	cr_assert_eq(fragment_generation_next(7), 8);
	cr_assert_eq(fragment_generation_next(UINT32_MAX), 1);
}
