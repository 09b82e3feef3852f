/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `seawall init`: BIRD's answers read, what was seen measured, what is made of both, and that it
 * loads.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "cli/compose.h"
#include "config/load.h"
#include "leak.h"
#include "tree.h"

TestSuite(init, .init = tree_is_found, .fini = leak_check);

/* As BIRD 2.0.12 sends them, a line each, codes apart. */
struct line {
	unsigned code;
	const char *text;
};

static const struct line protocols[] = {
	{ 2002, "Name       Proto      Table      State  Since         Info" },
	{ 1002, "own4       Static     master4    up     19:19:25.524  " },
	{ 1006, "  Channel ipv4" },
	{ 1006, "    State:          UP" },
	{ 1006, "    Table:          master4" },
	{ 1006, "    Routes:         3 imported, 0 exported, 3 preferred" },
	{ 1002, "seawall_bh4 Static    seawall4   up     19:19:25.524  " },
	{ 1002, "transit_a  BGP        ---        up     19:19:29.582  Established   " },
	{ 1006, "  BGP state:          Established" },
	{ 1006, "    Neighbor address: 203.0.113.1" },
	{ 1006, "    Neighbor AS:      2914" },
	{ 1006, "    Local AS:         64500" },
	{ 1006, "    Source address:   203.0.113.2" },
	{ 1006, "  Channel ipv4" },
	{ 1006, "    State:          UP" },
	{ 1006, "    Table:          master4" },
	{ 1006, "    Output filter:  to_transit" },
	{ 1006, "    Routes:         1 imported, 2 filtered, 2 exported, 1 preferred" },
	{ 1006, "  Channel flow4" },
	{ 1006, "    State:          UP" },
	{ 1006, "    Table:          f4" },
	{ 1002, "customer   BGP        ---        up     19:19:29.582  Established   " },
	{ 1006, "  BGP state:          Established" },
	{ 1006, "    Neighbor address: 203.0.113.9" },
	{ 1006, "    Neighbor AS:      64999" },
	{ 1006, "    Local AS:         64500" },
	{ 1006, "  Channel ipv4" },
	{ 1006, "    State:          UP" },
	{ 1006, "    Table:          master4" },
	{ 1006, "    Routes:         3 imported, 900000 exported, 1 preferred" },
	{ 1002, "transit_b  BGP        ---        start  19:19:25.524  Connect       " },
	{ 1006, "  BGP state:          Connect" },
	{ 1006, "    Neighbor address: fe80::1%eth2" },
	{ 1006, "    Neighbor AS:      64503" },
	{ 1006, "    Local AS:         64500" },
	{ 1006, "  Channel ipv6" },
	{ 1006, "    State:          DOWN" },
	{ 1006, "    Table:          master6" },
	{ 1002, "anybody    BGP        ---        start  19:19:25.524  Passive       " },
	{ 1006, "  BGP state:          Passive" },
	{ 1006, "    Neighbor range:   203.0.113.0/24" },
	{ 1006, "    Neighbor AS:      64504" },
	{ 1006, "    Local AS:         64500" },
	{ 1006, "  Channel ipv4" },
	{ 1002, "inner      BGP        ---        start  19:19:25.524  Connect       " },
	{ 1006, "  BGP state:          Connect" },
	{ 1006, "    Neighbor address: 10.9.9.9" },
	{ 1006, "    Neighbor AS:      64500" },
	{ 1006, "    Local AS:         64500" },
	{ 1006, "  Channel ipv4" },
};

static const struct line sent[] = {
	{ 1007, "Table master4:" },
	{ 1007, "192.0.2.0/24         unreachable [own4 19:19:25.524] * (200)" },
	{ 1007, "                     unicast [other 19:19:25.524] (100) [AS64502i]" },
	{ 1007, "198.51.100.0/24      blackhole [own4 19:19:25.524] * (200)" },
	{ 1007, "\tvia 203.0.113.1 on eth1" },
	{ 1007, "192.0.2.8/32         blackhole [own4 19:19:25.524] * (200)" },
	{ 1007, "192.0.2.128/25       blackhole [own4 19:19:25.524] * (200)" },
	{ 1007, "192.0.2.9/32         blackhole [seawall_bh4 19:19:25.524] * (200)" },
	{ 1007, "flow4 { dst 192.0.2.0/24; } [rules 19:19:25.524] * (200)" },
	{ 1007, "0.0.0.0/0            unreachable [own4 19:19:25.524] * (200)" },
	{ 1007, "2001:db8:40::/44     unreachable [own6 19:19:25.524] * (200)" },
	{ 1007, "192.0.2.300/32 unreachable [own4 19:19:25.524]" },
	{ 1007, "192.0.2.77" },
	{ 8001, "198.18.0.0/15 unreachable [own4 19:19:25.524]" },
};

#define EACH(lines, call)							\
	for (unsigned i_ = 0; i_ < sizeof(lines) / sizeof(*(lines)); i_++) {	\
		const struct line *l = &(lines)[i_];				\
		call;								\
	}

static struct chosen *
found(void)
{
	static struct chosen c;

	lang_open("en");
	memset(&c, 0, sizeof(c));
	EACH(protocols, survey_protocol(&c.bird, l->code, l->text));
	EACH(sent, survey_route(&c.bird, 0, l->code, l->text));
	survey_status(&c.bird, 1000, "BIRD 2.0.12");
	survey_status(&c.bird, 1011, "Router ID is 192.0.2.1");
	survey_status(&c.bird, 1011, "Hostname is edge");
	return &c;
}

Test(init, sessions_are_read)
{
	struct survey *s = &found()->bird;
	struct survey_session *a = &s->sessions[0], *b = &s->sessions[2];

	cr_assert_str_eq(s->version, "BIRD 2.0.12");
	cr_assert_str_eq(s->router_id, "192.0.2.1");
	cr_assert_eq(s->sessions_n, 5);
	cr_assert_str_eq(a->name, "transit_a");
	cr_assert(a->established);
	cr_assert_eq(a->remote_as, 2914);
	cr_assert_eq(a->local_as, 64500);
	cr_assert_eq(a->source.family, 4);
	cr_assert_str_eq(a->channels[CHANNEL_IPV4].table, "master4");
	cr_assert_str_eq(a->channels[CHANNEL_IPV4].filter, "to_transit");
	cr_assert_eq(a->channels[CHANNEL_IPV4].imported, 1);
	cr_assert_eq(a->channels[CHANNEL_IPV4].exported, 2);
	cr_assert(a->channels[CHANNEL_FLOW4].up);
	cr_assert_not(a->channels[CHANNEL_IPV6].there);
	cr_assert_str_eq(b->device, "eth2");
	cr_assert_eq(b->neighbor.family, 6);
	cr_assert(s->sessions[3].range);
	cr_assert_not(survey_external(&s->sessions[3]));
	cr_assert_not(survey_external(&s->sessions[4]));
	cr_assert_eq(s->statics_n, 1, "our own fragment is none of the operator's");
	cr_assert_eq(s->statics[0].routes, 3);
	cr_assert_not(s->ours);
}

Test(init, a_default_route_is_its_givers)
{
	struct survey *s = &found()->bird;

	survey_default(s, 1007, "0.0.0.0/0            unicast [dflt 19:19:25.524] * (200)");
	survey_default(s, 1007,
	    "                     unicast [transit_b 19:19:29.687] (100) [AS64502i]");
	survey_default(s, 1007, "\tvia 203.0.113.1 on t0");
	survey_default(s, 1008, "[transit_a ]");
	cr_assert(s->sessions[2].gives_default);
	cr_assert_not(s->sessions[0].gives_default);
}

Test(init, routes_are_read_once_and_rules_never)
{
	struct survey *s = &found()->bird;

	cr_assert_eq(s->routes_n, 5);
	EACH(sent, survey_route(s, SURVEY_SESSIONS_MAX, l->code, l->text));
	EACH(sent, survey_route(s, 2, l->code, l->text));
	cr_assert_eq(s->routes_n, 5);
	cr_assert_eq(s->routes[0].sent, 1u | 4u);
	cr_assert_str_eq(s->routes[0].protocol, "own4");
}

Test(init, more_than_there_is_room_for_is_counted)
{
	struct survey *s = &found()->bird;
	char text[128];

	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "p%u  BGP  ---  up  1  Established", i);
		survey_protocol(s, 1002, text);
		survey_protocol(s, 1006, "    Neighbor AS:      64999");
		snprintf(text, sizeof(text), "10.%u.%u.0/24 unreachable [own4 1]", i / 256,
		    i % 256);
		survey_route(s, 0, 1007, text);
	}
	cr_assert_eq(s->sessions_n, SURVEY_SESSIONS_MAX);
	cr_assert_eq(s->routes_n, SURVEY_ROUTES_MAX);
	cr_assert_eq(s->left_out,
	    1000 - (SURVEY_SESSIONS_MAX - 5) + 1000 - (SURVEY_ROUTES_MAX - 5));
	memset(text, 'x', sizeof(text));
	text[100] = '\0';
	survey_protocol(s, 1002, text);
	cr_assert_null(s->at, "a name longer than any of ours begins nothing");
}

Test(init, who_gives_the_internet_is_an_upstream)
{
	struct chosen *c = found();

	c->bird.sessions[0].gives_default = true;
	choose_upstreams(c);
	cr_assert_eq(c->upstreams_n, 3);
	cr_assert_eq(c->upstreams[0].role, ROLE_UPSTREAM);
	cr_assert_eq(c->upstreams[1].role, ROLE_CUSTOMER);
	cr_assert_eq(c->upstreams[2].role, ROLE_UNKNOWN);
	cr_assert(c->upstreams[0].taken && !c->upstreams[1].taken && !c->upstreams[2].taken);
	cr_assert_eq(c->upstreams[0].number, 1);
	cr_assert_str_eq(c->upstreams[0].profile, "rfc7999", "its session carries FlowSpec");
	cr_assert_str_eq(c->upstreams[2].profile, "exact-host");
	cr_assert_eq(c->asn, 64500);
}

Test(init, where_nobody_gives_it_all_but_customers_are)
{
	struct chosen *c = found();

	choose_upstreams(c);
	cr_assert(c->upstreams[0].taken && !c->upstreams[1].taken && c->upstreams[2].taken);
	cr_assert_eq(c->upstreams[2].number, 2);
}

Test(init, names_in_quotes_are_not_lost)
{
	struct chosen *c = found();
	struct text t;

	strcpy(c->bird.sessions[0].name, "transit-a");
	choose_upstreams(c);
	cr_assert(choose_misnamed(&c->bird.sessions[0]));
	cr_assert_not(choose_misnamed(&c->bird.sessions[2]));
	strcpy(c->bird.sessions[2].name, "9transit");
	cr_assert(choose_misnamed(&c->bird.sessions[2]), "the configuration would not load");
	strcpy(c->bird.sessions[2].name, "_9transit");
	cr_assert_not(choose_misnamed(&c->bird.sessions[2]));
	cr_assert_not(choose_misnamed(&c->bird.sessions[3]), "a range is nobody's");
	cr_assert_eq(c->upstreams_n, 2);
	text_init(&t, COMPOSE_MAX);
	compose_conf(&t, c, &(struct compose_names){ .socket = "/s" });
	cr_assert_not_null(strstr(text_str(&t), "#? AS2914, session 'transit-a'"), "%s",
	    text_str(&t));
	text_fini(&t);
}

static struct chosen *
chosen(void)
{
	struct chosen *c = found();

	c->bird.sessions[0].gives_default = true;
	choose_upstreams(c);
	choose_prefixes(c);
	return c;
}

Test(init, ours_is_what_upstreams_are_sent_and_the_internet_takes)
{
	struct chosen *c = chosen();
	struct prefix want[3];

	prefix_parse(&want[0], "192.0.2.0/24");
	prefix_parse(&want[1], "198.51.100.0/24");
	prefix_parse(&want[2], "2001:db8:40::/44");
	cr_assert_eq(c->own_n, 3);
	for (unsigned i = 0; i < 3; i++)
		cr_assert(prefix_eq(&c->own[i], &want[i]));
	cr_assert_eq(c->prefixes_n, 5);
	cr_assert_not_null(strstr(c->prefixes[2].why, "longer"));
}

Test(init, what_stands_and_is_sent_to_nobody_is_ours_only_when_nothing_is_sent)
{
	struct chosen *c = found();

	c->bird.sessions[0].gives_default = true;
	survey_route(&c->bird, SURVEY_SESSIONS_MAX, 1007, "198.18.0.0/24 unreachable [own4 1]");
	choose_upstreams(c);
	choose_prefixes(c);
	cr_assert_eq(c->own_n, 3);
	cr_assert_not_null(strstr(c->prefixes[5].why, "no upstream is sent it"));
	for (unsigned i = 0; i < c->bird.routes_n; i++)
		c->bird.routes[i].sent = 0;
	c->own_n = c->prefixes_n = 0;
	choose_prefixes(c);
	cr_assert_eq(c->own_n, 4);
}

/* ---- levels -------------------------------------------------------------- */

static void
add(struct levels *l, const char *host, int64_t second, unsigned slots, float bits)
{
	struct observation o = { .subject.kind = host != NULL ? SUBJECT_HOST : SUBJECT_ALL,
		.slots = (uint16_t)slots,
		.start_ms = second * 1000 };

	if (host != NULL)
		prefix_parse(&o.subject.prefix, host);
	o.amount[METRIC_BPS] = bits;
	levels_add(l, &o);
}

Test(init, of_each_second_the_busiest_host_counts)
{
	const wall_t start = { 1000000 };
	struct levels_seen seen;
	struct levels *l;

	cr_assert_eq(levels_new(&l, start, 200), 0);
	for (int i = 0; i < 100; i++) {
		add(l, "192.0.2.1", 1000 + i, 10, 1e6);
		add(l, "192.0.2.1", 1000 + i, 10, 1e6);	/* another sensor's: it adds */
		add(l, "192.0.2.2", 1000 + i, 10, i == 50 ? 9e6 : 1e6);
		add(l, NULL, 1000 + i, 10, 3e6);
	}
	add(l, "192.0.2.1", 999, 10, 1e9);	/* before, and behind the end */
	add(l, "192.0.2.1", 1200, 10, 1e9);
	levels_see(l, (wall_t){ 1100000 }, &seen);
	cr_assert_eq(seen.seconds, 100);
	cr_assert_float_eq(seen.of[LEVEL_HOST][LEVEL_BPS].usual, 2e6, 1);
	cr_assert_float_eq(seen.of[LEVEL_HOST][LEVEL_BPS].high, 2e6, 1);
	cr_assert_float_eq(seen.of[LEVEL_HOST][LEVEL_BPS].most, 9e6, 1);
	cr_assert_eq(seen.of[LEVEL_HOST][LEVEL_BPS].busiest.addr[3], 2);
	cr_assert_float_eq(seen.of[LEVEL_ALL][LEVEL_BPS].usual, 3e6, 1);
	levels_see(l, (wall_t){ 1200000 }, &seen);
	cr_assert_eq(seen.of[LEVEL_HOST][LEVEL_BPS].usual, 0, "half of the seconds had nothing");
	levels_free(l);
}

Test(init, a_long_flow_is_spread_and_a_late_one_counts)
{
	struct levels_seen seen;
	struct levels *l;

	cr_assert_eq(levels_new(&l, (wall_t){ 1000000 }, 400), 0);
	add(l, "192.0.2.1", 1100, 10, 1e6);
	/* 100 s of 1 Mbit/s, told when they are over */
	add(l, "192.0.2.1", 1000, 1000, 100e6);
	levels_see(l, (wall_t){ 1101000 }, &seen);
	cr_assert_float_eq(seen.of[LEVEL_HOST][LEVEL_BPS].high, 1e6, 1e3);
	add(l, "192.0.2.1", 900, 10, 1e12);
	levels_see(l, (wall_t){ 1101000 }, &seen);
	cr_assert_float_eq(seen.of[LEVEL_HOST][LEVEL_BPS].most, 1e6, 1e3);
	levels_free(l);
}

Test(init, subjects_beyond_the_room_are_counted)
{
	struct levels_seen seen;
	struct levels *l;
	char host[32];

	cr_assert_eq(levels_new(&l, (wall_t){ 1000000 }, 10), 0);
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(host, sizeof(host), "10.0.%u.%u", i / 256, i % 256);
		add(l, host, 1001, 10, 1e6);
	}
	levels_see(l, (wall_t){ 1010000 }, &seen);
	cr_assert_gt(seen.no_room, 0);
	levels_free(l);
}

/* ---- thresholds, files --------------------------------------------------- */

static void
see(struct chosen *c, double host, double prefix, unsigned seconds)
{
	struct levels_seen *s = &c->observed.packets;

	s->seconds = seconds;
	s->of[LEVEL_HOST][LEVEL_BPS] =
	    (struct level){ .usual = host / 2, .high = host, .most = host * 2 };
	prefix_parse(&s->of[LEVEL_HOST][LEVEL_BPS].busiest, "192.0.2.80");
	s->of[LEVEL_PREFIX][LEVEL_BPS].high = s->of[LEVEL_ALL][LEVEL_BPS].most = prefix;
	s->of[LEVEL_HOST][LEVEL_PPS].high = host / 1e4;
	choose_levels(c);
}

Test(init, thresholds_follow_what_was_seen_within_bounds)
{
	struct chosen *c = chosen();

	see(c, 41e6, 90e6, 3600);
	cr_assert_float_eq(c->levels.host[LEVEL_BPS], 170e6, 1, "four times 41 Mbit/s, for people");
	cr_assert_float_eq(c->levels.host[LEVEL_PPS], 17e3, 1);
	cr_assert_float_eq(c->levels.prefix[0], 340e6, 1, "no less than two hosts");
	see(c, 1e3, 1e3, 3600);
	cr_assert_float_eq(c->levels.host[LEVEL_BPS], 20e6, 1,
	    "a quiet hour makes no hair trigger");
	c->links_n = 1;
	c->links[0].capacity_bps = 100e6;
	see(c, 41e6, 90e6, 3600);
	cr_assert_float_eq(c->levels.host[LEVEL_BPS], 50e6, 1, "half of the line");
	cr_assert(c->levels.bounded);
	cr_assert(c->levels.odd);
	see(c, 41e6, 90e6, 5);
	cr_assert_null(c->levels.seen, "five seconds say nothing");
	cr_assert_float_eq(c->levels.host[LEVEL_PPS], 60e3, 1);
	see(c, 0, 0, 3600);
	cr_assert_null(c->levels.seen, "nor does silence");
}

Test(init, an_attack_that_is_looked_at_sets_no_threshold)
{
	struct chosen *c = chosen();
	struct level *host = c->observed.packets.of[LEVEL_HOST];
	struct text t;

	c->links_n = 1;		/* of a card that does not say */
	host[LEVEL_SYN_PPS].high = host[LEVEL_FPS].high = 1e6;
	see(c, 700e6, 900e6, 3600);
	cr_assert_float_eq(c->levels.host[LEVEL_BPS], 500e6, 1);
	cr_assert_float_eq(c->levels.prefix[LEVEL_BPS], 800e6, 1);
	cr_assert_float_eq(c->levels.host[LEVEL_SYN_PPS], 75e3, 1);
	see(c, 41e9, 41e9, 3600);
	cr_assert_float_eq(c->levels.host[LEVEL_PPS], 750e3, 1);
	cr_assert_float_eq(c->levels.prefix[LEVEL_PPS], 1.2e6, 1);
	cr_assert(c->levels.bounded && c->levels.odd);
	text_init(&t, COMPOSE_MAX);
	compose_policy(&t, c);
	cr_assert_not_null(strstr(text_str(&t), "#? what was seen is far above the usual"), "%s",
	    text_str(&t));
	text_fini(&t);
	host[LEVEL_SYN_PPS].high = 0;
	see(c, 20e6, 90e6, 3600);
	cr_assert_not(c->levels.odd);
	host[LEVEL_PPS] = (struct level){ .usual = 1e3, .high = 2e3, .most = 70e3 };
	choose_levels(c);
	cr_assert(c->levels.odd && !c->levels.bounded, "a peak is asked about");
}

Test(init, figures_are_rounded_up_to_two_digits)
{
	char buf[32];

	cr_assert_float_eq(choose_round(20e6), 20e6, 1);
	cr_assert_float_eq(choose_round(20.1e6), 21e6, 1);
	cr_assert_float_eq(choose_round(0.9e3), 900, 1e-6);
	cr_assert_eq(choose_round(0), 0);
	cr_assert_str_eq(compose_figure(170e6, true, buf, sizeof(buf)), "170Mbit");
	cr_assert_str_eq(compose_figure(10e9, true, buf, sizeof(buf)), "10Gbit");
	cr_assert_str_eq(compose_figure(5200, false, buf, sizeof(buf)), "5.2k");
}

static void
loads(const struct chosen *c, const char *lang, const char *holds)
{
	static const struct compose_names names = { .socket = "/run/bird/bird.ctl",
		.now = { 1763900000000 } };
	struct settings *s = NULL;
	struct diag d = { 0 };
	struct text t, policy;
	char *list;

	lang_open(lang);
	text_init(&t, COMPOSE_MAX);
	text_init(&policy, COMPOSE_MAX);
	compose_conf(&t, c, &names);
	compose_policy(&policy, c);
	cr_assert(text_ok(&t) && text_ok(&policy));
	cr_assert_not_null(strstr(text_str(&t), holds), "%s", text_str(&t));
	/* from memory no file can be named: the policies stand in its place */
	list = strstr(t.s, "policies = ( \"" COMPOSE_POLICY "\" );");
	cr_assert_not_null(list);
	memset(list, ' ', strcspn(list, "\n"));
	text_add(&t, text_str(&policy));
	cr_assert_eq(config_load_text(&s, text_str(&t), t.len, "init", &d), 0, "%s:%u: %s", d.file,
	    d.line, d.say);
	cr_assert_eq(s->prefixes_n, 3);
	cr_assert_eq(s->upstreams_n, 1);
	cr_assert_eq(s->policies_n, 2);
	cr_assert_eq(s->links_n, 1);
	free(s);
	text_fini(&t);
	text_fini(&policy);
}

Test(init, what_is_written_loads_in_both_languages)
{
	struct chosen *c = chosen();

	c->links_n = 1;
	strcpy(c->links[0].name, "transit_a");
	strcpy(c->links[0].interface, "eth1");
	strcpy(c->machine.host, "edge");
	prefix_parse(&c->machine.addresses[c->machine.addresses_n++], "192.0.2.1");
	prefix_parse(&c->machine.addresses[c->machine.addresses_n++], "10.0.0.1");
	machine_resolvers(&c->machine,
	    "# nameserver 192.0.2.52\nnameserver 192.0.2.53\nsearch x\nnameserver nonsense\n");
	cr_assert_eq(c->machine.resolvers_n, 1);
	strcpy(c->machine.counters[0].name, "a\nprefixes = (");
	c->machine.counters_n = 1;
	c->observed.exporters[0] = (struct observe_exporter){ .port = 2055 };
	prefix_parse(&c->observed.exporters[0].address, "10.0.0.9");
	c->observed.exporters_n = 1;
	see(c, 41e6, 90e6, 3600);
	loads(c, "en", "{ prefix = \"192.0.2.53/32\"; why = \"resolver\"; }");
	loads(c, "es", "192.0.2.1/32");
}

Test(init, steps_that_nobody_takes_are_questions)
{
	struct chosen *c = chosen();
	struct text t;

	text_init(&t, COMPOSE_MAX);
	compose_policy(&t, c);
	cr_assert_null(strstr(text_str(&t), "#? , { step = \"drop\""));
	c->upstreams[0].flowspec = false;
	text_clear(&t);
	compose_policy(&t, c);
	cr_assert_not_null(strstr(text_str(&t), "#? , { step = \"drop\""));
	cr_assert_null(strstr(text_str(&t), "      , { step"));
	text_fini(&t);
}

Test(init, no_zone_but_a_zone)
{
	cr_assert_str_eq(machine_zone("/usr/share/zoneinfo/America/Mexico_City"),
	    "America/Mexico_City");
	cr_assert_str_eq(machine_zone("/usr/share/zoneinfo/\"; evil"), "");
	cr_assert_str_eq(machine_zone("/etc/elsewhere"), "");
}

Test(init, comments_break_at_words_and_hold_no_other_line)
{
	struct text t;

	text_init(&t, 65536);
	compose_comment(&t, "  #? ", "%s", "one\ntwo\rthree");
	cr_assert_str_eq(text_str(&t), "  #? one two three\n");
	text_clear(&t);
	for (unsigned i = 0; i < 40; i++)
		compose_comment(&t, "# ", "%s",
		    "a sentence of many words that is longer than a line may be, so that it has to be broken somewhere in the middle of it");
	for (char *line = strtok(t.s, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		cr_assert_leq(strlen(line), 118);
		cr_assert_eq(strncmp(line, "# ", 2), 0);
	}
	text_fini(&t);
}

Test(init, our_tables_are_filled_from_where_the_sessions_stood)
{
	struct chosen *c = chosen();
	struct text t;

	text_init(&t, COMPOSE_MAX);
	compose_bird(&t, c);
	cr_assert_not_null(
	    strstr(text_str(&t), "seawall_pipe4 { table 'master4'; peer table seawall4;"), "%s",
	    text_str(&t));
	cr_assert_not_null(
	    strstr(text_str(&t), "seawall_pipe_flow4 { table 'f4'; peer table seawall_flow4;"));
	cr_assert_null(strstr(text_str(&t), "seawall_pipe_flow6"));
	strcpy(c->bird.sessions[0].channels[CHANNEL_IPV4].table, "t-core");
	text_clear(&t);
	compose_bird(&t, c);
	cr_assert_not_null(
	    strstr(text_str(&t), "seawall_pipe4 { table 't-core'; peer table seawall4;"));
	c->upstreams[2].taken = true;
	c->bird.sessions[2].channels[CHANNEL_IPV4] =
	    (struct survey_channel){ .there = true, .table = "t_more" };
	text_clear(&t);
	compose_bird_steps(&t, c, "/f");
	cr_assert_not_null(
	    strstr(text_str(&t),
		"#? ipv4 stands on table t_more, and seawall4 is filled from t-core"),
	    "%s", text_str(&t));
	cr_assert_null(strstr(text_str(&t), "seawall_transit_b4()"));
	strcpy(c->bird.sessions[0].channels[CHANNEL_IPV4].table, "seawall4");
	c->upstreams[2].taken = false;
	text_clear(&t);
	compose_bird(&t, c);
	cr_assert_not_null(strstr(text_str(&t), "seawall_pipe4 { table 'master4';"),
	    "a pipe from a table to itself is none");
	text_fini(&t);
}
