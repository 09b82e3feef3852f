/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lang.h"
#include "leak.h"
#include "model/rule.h"
#include "rule_of.h"

TestSuite(rule, .fini = leak_check);

#define RANDOM_RULES 1000

static void
assert_bird(const struct rule *r, const char *wanted)
{
	struct text t;

	text_init(&t, 4096);
	rule_bird(&t, r);
	cr_assert_str_eq(text_str(&t), wanted);
	text_fini(&t);
}

Test(rule, every_shape_reads_into_its_ranges)
{
	static const struct { const char *match, *bird;
	} rows[] = {
		{ "", "" },
		{ "proto = 17;", " proto = 17;" },
		{ "proto 17", " proto = 17;" },
		{ "proto 6,17;", " proto 6,17;" },
		{ "proto >= 6 && <= 17;", " proto 6..17;" },
		{ "sport 1..1023; sport 1024;", " sport 1..1024;" },
		{ "length > 512;", " length 513..65535;" },
		{ "length > 3;", " length 20..65535;" },
		{ "dport 80,443,8000..8999;", " dport 80,443,8000..8999;" },
		{ "dport = 80 || > 1023 && < 2048;", " dport 80,1024..2047;" },
		{ "dport < 53 || > 53;", " dport 0..52,54..65535;" },
		{ "port 53;", " port = 53;" },
		{ "dscp = 46; proto = 0x11;", " proto = 17; dscp = 46;" },
		{ "icmp type 3,11; icmp  code 0..4;", " icmp type 3,11; icmp code 0..4;" },
		{ "tcp flags 0x02/0x12;", " tcp flags 0x02/0x12;" },
		{ "dport != 53;", " dport 0..52,54..65535;" },
		{ "dport != 53 && > 9 && != 80;", " dport 10..52,54..79,81..65535;" },
		{ "dport true; sport true 0 && != 0;", " dport 0..65535; sport 1..65535;" },
		{ "length != 20", " length 21..65535;" },
		{ "tcp flags 0x01/0x01 || 0x04/0x04;", " tcp flags 0x01/0x01 || 0x04/0x04;" },
		{ "tcp flags !0x02/0x02;", " tcp flags 0x00/0x02;" },
		{ "tcp flags !0x06/0x06;", " tcp flags 0x00/0x02 || 0x00/0x04;" },
		{ "tcp flags !0x00/0x06;", " tcp flags 0x02/0x02 || 0x04/0x04;" },
		{ "tcp flags !0x02/0x12;", " tcp flags 0x00/0x02 || 0x10/0x10;" },
		{ "tcp flags 0x02/0x02 && !0x10/0x10, !0x04/0x04;", " tcp flags 0x02/0x16;" },
		{ "tcp flags 0x02/0x12 || 0x10/0x10;", " tcp flags 0x02/0x02 || 0x10/0x10;" },
		{ "tcp flags 0x01/0x01; tcp flags 0x04/0x04;",
		    " tcp flags 0x01/0x01 || 0x04/0x04;" },
		{ "fragment !is_fragment;", " fragment !is_fragment;" },
		{ "fragment !is_fragment, !dont_fragment;",
		    " fragment !dont_fragment && !is_fragment;" },
		{ "fragment first_fragment || is_fragment && !last_fragment;",
		    " fragment first_fragment || is_fragment && !last_fragment;" },
		{ "fragment is_fragment || first_fragment;",
		    " fragment is_fragment || first_fragment;" },
		{ "src 203.0.113.0/24;sport=53", " src 203.0.113.0/24; sport = 53;" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule r = rule_of("192.0.2.80/32", rows[i].match);
		char wanted[256];

		snprintf(wanted, sizeof(wanted), "flow4 { dst 192.0.2.80/32;%s }", rows[i].bird);
		assert_bird(&r, wanted);
	}
}

Test(rule, ipv6_says_next_header)
{
	struct rule r = rule_of("2001:db8:40::80", "next header = 17; sport = 53;");
	struct rule same = rule_of("2001:db8:40::80", "proto 17; sport 53");

	assert_bird(&r, "flow6 { dst 2001:db8:40::80/128; next header = 17; sport = 53; }");
	cr_assert(rule_eq(&r, &same));
}

Test(rule, refusals_say_what_was_expected_and_where)
{
	static const struct { const char *match, *say;
	} rows[] = {
		{ "dport = 70000;",
		    "dport: expected a number of 0..65535 at character 9, not \"70000;\"" },
		{ "proto = 256;", "proto: expected a number of 0..255 at character 9" },
		{ "dscp 64;", "dscp: expected a number of 0..63 at character 6" },
		{ "length 10;", "length: expected a number of 20..65535 at character 8" },
		{ "length 65536;", "length: expected a number of 20..65535" },
		{ "icmp type 256;", "icmp type: expected a number of 0..255" },
		{ "icmp code = ;", "icmp code: expected a number of 0..255 at character 13" },
		{ "sport 53 dport 80;", "sport: expected `;` at character 10, not \"dport 80;\"" },
		{ "sport > 65535;", "sport: nothing can match" },
		{ "proto = 6 && < 5;", "proto: nothing can match" },
		{ "sport 9..5;", "sport: nothing can match what ends at character 10" },
		{ "dst 192.0.2.1/32;", "the destination is not part of the match" },
		{ "tcp flags 0x02/0x10;", "tcp flags: value 0x2 has bits outside its mask 0x10" },
		{ "tcp flags 0x00/0x00;", "tcp flags: expected a mask" },
		{ "tcp flags 0x02/0x02 && !0x02/0x02;", "tcp flags: nothing can match" },
		{ "tcp flags 0x02/0x02 || 0x00/0x02;", "not everything at once" },
		{ "proto false;", "proto: nothing can match" },
		{ "label 5;", "match: expected proto, port" },
		{ "tcp flags 0x1002/0x1002;", "each 0x0..0xfff at character 11" },
		{ "tcp flags 0x02;", "expected `/` and the mask at character 15" },
		{ "fragment maybe;", "fragment: expected is_fragment, first_fragment" },
		{ "src 2001:db8::/32;", "src: expected an IPv4 prefix at character 5" },
		{ "src 192.0.2.1/24;", "src: expected a prefix without bits beyond its length" },
		{ "next header = 17;", "match: expected proto, port" },
		{ "protocol = 17;", "match: expected proto, port" },
		{ "sport 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31,33;",
		    "sport: more than 16 ranges at character 51" },
		{ "proto = 17; }; flow4 {", "match: expected proto, port" },
		{ "sport", "sport: expected a number of 0..65535 at the end" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule r = rule_to("192.0.2.80/32"), before = r;
		struct diag d = { 0 };

		cr_assert_eq(rule_parse_match(&r, rows[i].match, &d), -EINVAL, "%s", rows[i].match);
		cr_assert_not_null(strstr(d.say, rows[i].say), "%s: %s", rows[i].match, d.say);
		cr_assert(rule_eq(&r, &before), "changes nothing");
	}
}

Test(rule, ipv6_has_no_dont_fragment)
{
	struct rule r = rule_to("2001:db8:40::80");
	struct diag d = { 0 };

	cr_assert_eq(rule_parse_match(&r, "fragment dont_fragment;", &d), -EINVAL);
	cr_assert_str_eq(d.say, "fragment: IPv6 has no don't-fragment bit");
}

/* The two examples of RFC 8955 4.3.1 and 4.3.2 give their encoded lengths: 0x0b and 0x12. */
Test(rule, nlri_sizes_are_those_of_the_rfc)
{
	struct rule a = rule_of("192.0.2.0/24", "proto = 6; port = 25;");
	struct rule b = rule_of("192.0.2.0/24", "src 203.0.113.0/24; port 137..139,8080;");
	struct rule c = rule_of("192.0.2.1/32",
	    "tcp flags 0x02/0x12; fragment is_fragment || last_fragment;");

	cr_assert_eq(rule_nlri_size(&a), 0x0b);
	cr_assert_eq(rule_nlri_size(&b), 0x12);
	cr_assert_eq(rule_pairs_max(&b), 3);
	cr_assert_eq(rule_nlri_size(&c), 6 + 5 + 5);
	cr_assert_eq(rule_pairs_max(&c), 2);
}

Test(rule, the_same_match_with_another_rate_is_the_same_network)
{
	struct rule a = rule_of("192.0.2.80/32", "proto = 17;"), b = a, c;

	b.rate_bps = 1e7;
	cr_assert(rule_same_network(&a, &b));
	cr_assert_not(rule_eq(&a, &b));
	cr_assert_lt(rule_cmp(&a, &b), 0);
	cr_assert_gt(rule_cmp(&b, &a), 0);
	c = rule_of("192.0.2.80/32", "proto = 6;");
	cr_assert_not(rule_same_network(&a, &c));
	c = (struct rule){ .kind = RULE_RTBH, .dst = a.dst };
	cr_assert_not(rule_same_network(&a, &c));
}

Test(rule, a_blackhole_has_no_match)
{
	struct rule r = rule_to("192.0.2.80/32");
	struct diag d = { 0 };

	r.kind = RULE_RTBH;
	r.proto = (struct ranges){ 1, { { 17, 17 } } };
	cr_assert_eq(rule_canon(&r, &d), -EINVAL);
	r.proto.n = 0;
	cr_assert_eq(rule_canon(&r, &d), 0);
	assert_bird(&r, "192.0.2.80/32");
}

/* --- random rules ------------------------------------------------------------------------- */

static uint64_t dice;

static uint32_t
roll(uint32_t sides)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(dice >> 33) % sides;
}

static void
random_ranges(struct ranges *l, uint16_t min, uint16_t max)
{
	if (roll(3) != 0)
		return;
	l->n = (uint8_t)(1 + roll(4));
	for (unsigned i = 0; i < l->n; i++) {
		uint16_t a = (uint16_t)(min + roll(max - min + 1u)),
			 b = (uint16_t)(min + roll(max - min + 1u));

		l->r[i] = roll(2) != 0 ? (struct range){ a, a } :
		    (struct range){ a < b ? a : b, a < b ? b : a };
	}
}

static struct prefix
random_prefix(uint8_t family)
{
	uint8_t addr[16];

	for (unsigned i = 0; i < sizeof(addr); i++)
		addr[i] = (uint8_t)roll(256);
	if (family == 6)
		addr[0] = 0x20;
	else
		addr[0] = 100;
	return prefix_of(family, addr, 8 + roll(family == 4 ? 25 : 121));
}

/* Never so wide that it matches everything, nor more than fits. */
static struct bits
random_bits(uint16_t all)
{
	struct bits b = { 0 }, canonical;

	do {
		b.n = (uint8_t)(1 + roll(4));
		for (unsigned i = 0; i < b.n; i++) {
			do
				b.t[i].mask = (uint16_t)roll(0x1000) & all;
			while (b.t[i].mask == 0);
			b.t[i].value = (uint16_t)roll(0x1000) & b.t[i].mask;
		}
		canonical = b;
	} while (bits_canon(&canonical) != 0);
	return b;
}

static struct rule
random_rule(void)
{
	struct rule r = { .kind = roll(5) == 0 ? RULE_RTBH : RULE_FLOWSPEC };
	uint8_t family = roll(2) == 0 ? 6 : 4;

	r.dst = random_prefix(family);
	if (r.kind == RULE_RTBH)
		return r;
	if (roll(4) == 0)
		r.src = random_prefix(family);
	random_ranges(&r.proto, 0, 255);
	random_ranges(&r.port, 0, 65535);
	random_ranges(&r.dport, 0, 65535);
	random_ranges(&r.sport, 0, 65535);
	random_ranges(&r.icmp_type, 0, 255);
	random_ranges(&r.icmp_code, 0, 255);
	random_ranges(&r.length, 20, 65535);
	random_ranges(&r.dscp, 0, 63);
	if (roll(4) == 0)
		r.tcp_flags = random_bits(0xfff);
	if (roll(4) == 0)
		r.fragment = random_bits(family == 6 ? 14 : 15);
	if (family == 6)
		random_ranges(&r.label, 0, 65535);
	r.rate_bps = roll(2) != 0 ? 0 : roll(1000000) * (roll(2) != 0 ? 1.0 : 1234.56789);
	return r;
}

static void
assert_reads_back(const struct rule *r, const char *bird)
{
	struct rule again = { .dst = r->dst, .rate_bps = r->rate_bps };
	const char *match = strchr(bird, ';') + 1;
	char body[4096];
	struct diag d = { 0 };

	snprintf(body, sizeof(body), "%.*s", (int)(strrchr(bird, '}') - match), match);
	cr_assert_eq(rule_parse_match(&again, body, &d), 0, "%s: %s", body, d.say);
	cr_assert(rule_eq(r, &again), "%s", bird);
}

static void
assert_json_round_trip(const struct rule *r)
{
	json_t *j = rule_json(r), *copy;
	char *line = json_dumps(j, RULE_JSON_FLAGS);
	struct rule again;
	struct diag d = { 0 };

	copy = json_loads(line, 0, NULL);
	cr_assert_not_null(copy);
	cr_assert_eq(rule_from_json(&again, copy, &d), 0, "%s: %s", line, d.say);
	cr_assert(rule_eq(r, &again), "%s", line);
	cr_assert_eq(memcmp(&r->dst, &again.dst, sizeof(r->dst)), 0);
	json_decref(j);
	json_decref(copy);
	free(line);
}

/* One line of the static protocol of its kind and family; a network may stand there once. */
static void
write_bird_config(FILE *f, const struct rule *rules, unsigned n)
{
	static const struct {
		const char *open;
		enum rule_kind kind;
		uint8_t family;
	} protocols[] = {
		{ "protocol static { ipv4;\n", RULE_RTBH, 4 },
		{ "protocol static { ipv6;\n", RULE_RTBH, 6 },
		{ "protocol static { flow4;\n", RULE_FLOWSPEC, 4 },
		{ "protocol static { flow6;\n", RULE_FLOWSPEC, 6 },
	};
	struct text t;

	text_init(&t, 1 << 22);
	text_add(&t,
	    "router id 192.0.2.1;\nflow4 table f4;\nflow6 table f6;\nprotocol device { }\n");
	for (unsigned p = 0; p < 4; p++) {
		text_add(&t,
		    protocols[p].kind == RULE_FLOWSPEC && protocols[p].family == 4
			? "protocol static { flow4 { table f4; };\n"
			: protocols[p].kind == RULE_FLOWSPEC
			? "protocol static { flow6 { table f6; };\n"
			: protocols[p].open);
		for (unsigned i = 0; i < n; i++) {
			if (rules[i].kind != protocols[p].kind ||
			    rules[i].dst.family != protocols[p].family)
				continue;
			text_add(&t, "route ");
			rule_bird(&t, &rules[i]);
			text_add(&t, rules[i].kind == RULE_RTBH ? " blackhole;\n" : ";\n");
		}
		text_add(&t, "}\n");
	}
	cr_assert(text_ok(&t));
	fputs(text_str(&t), f);
	text_fini(&t);
}

static void
assert_bird_takes(const struct rule *rules, unsigned n)
{
	char path[] = "/tmp/seawall-rule-XXXXXX", command[128];
	int fd, status;
	FILE *f;

	if (system("command -v bird >/dev/null 2>&1") != 0)
		cr_skip_test("bird is not installed: its parser was not asked");
	fd = mkstemp(path);
	f = fdopen(fd, "w");
	write_bird_config(f, rules, n);
	fclose(f);
	snprintf(command, sizeof(command), "bird -p -c %s >&2", path);
	status = system(command);
	if (status == 0)
		unlink(path);
	cr_assert_eq(status, 0, "bird -p refuses %s", path);
}

Test(rule, a_thousand_random_rules_survive_text_json_and_bird)
{
	struct rule *rules = calloc(RANDOM_RULES, sizeof(*rules));
	struct diag d = { 0 };

	dice = 20261122;
	for (unsigned i = 0; i < RANDOM_RULES; i++) {
		struct text t;

		rules[i] = random_rule();
		cr_assert_eq(rule_canon(&rules[i], &d), 0, "%s", d.say);
		text_init(&t, 4096);
		rule_bird(&t, &rules[i]);
		if (rules[i].kind == RULE_FLOWSPEC)
			assert_reads_back(&rules[i], text_str(&t));
		text_fini(&t);
		assert_json_round_trip(&rules[i]);
	}
	assert_bird_takes(rules, RANDOM_RULES);
	free(rules);
}

Test(rule, bird_takes_every_shape_as_it_was_written)
{
	static const char *const matches[] = {
		"proto = 17;",
		"proto 6,17;",
		"proto >= 6 && <= 17;",
		"dport 80,443,8000..8999;",
		"dport = 80 || > 1023 && < 2048;",
		"icmp type = 8;",
		"icmp type 3,11; icmp code 0..4;",
		"tcp flags 0x02/0x02;",
		"tcp flags 0x02/0x12;",
		"tcp flags 0x00/0x3f;",
		"tcp flags 0x01/0x01 || 0x04/0x04;",
		"tcp flags !0x06/0x06;",
		"tcp flags !0x02/0x12 || 0x128/0x128;",
		"dport != 53;",
		"fragment !is_fragment;",
		"fragment is_fragment && !last_fragment || first_fragment;",
		"length 64..128;",
		"length > 1400;",
		"dscp 8..16;",
		"fragment is_fragment || first_fragment;",
		"port 53,123;",
		"",
	};
	struct rule rules[2 * sizeof(matches) / sizeof(*matches)];
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(matches) / sizeof(*matches); i++) {
		rules[n++] = rule_of("192.0.2.80/32", matches[i]);
		rules[n++] = rule_of("2001:db8:40::80/128", matches[i]);
	}
	assert_bird_takes(rules, n);
}

/* --- JSON --------------------------------------------------------------------------------- */

Test(rule, json_is_the_contract)
{
	struct rule r = rule_of("192.0.2.80/32",
	    "proto = 17; sport 53,123; tcp flags 0x02/0x12; fragment is_fragment;");
	json_t *j = rule_json(&r);
	char *line = json_dumps(j, RULE_JSON_FLAGS);

	cr_assert_str_eq(line,
	    "{\"action\":{\"rate\":0},\"bird\":\"flow4 { dst 192.0.2.80/32; proto = 17; sport "
	    "53,123; "
	    "tcp flags 0x02/0x12; fragment is_fragment; "
	    "}\",\"family\":4,\"kind\":\"flowspec\",\"match\":"
	    "{\"dst\":\"192.0.2.80/"
	    "32\",\"fragment\":[\"is\"],\"proto\":[[17,17]],\"sport\":[[53,53],[123,123]],"
	    "\"tcp_flags\":{\"mask\":18,\"value\":2}},\"type\":\"rule\"}");
	free(line);
	json_decref(j);
	r = (struct rule){ .kind = RULE_RTBH, .dst = r.dst };
	j = rule_json(&r);
	line = json_dumps(j, RULE_JSON_FLAGS);
	cr_assert_str_eq(line,
	    "{\"family\":4,\"kind\":\"rtbh\",\"prefix\":\"192.0.2.80/32\",\"type\":\"rule\"}");
	free(line);
	json_decref(j);
	r.kind = RULE_DIVERT;
	j = rule_json(&r);
	line = json_dumps(j, RULE_JSON_FLAGS);
	cr_assert_str_eq(line,
	    "{\"family\":4,\"kind\":\"divert\",\"prefix\":\"192.0.2.80/32\",\"type\":\"rule\"}");
	cr_assert_eq(rule_from_json(&r, j, NULL), 0);
	cr_assert_eq(r.kind, RULE_DIVERT);
	free(line);
	json_decref(j);
	r.kind = RULE_SOURCE;
	j = rule_json(&r);
	line = json_dumps(j, RULE_JSON_FLAGS);
	cr_assert_str_eq(line,
	    "{\"family\":4,\"kind\":\"source-rtbh\",\"prefix\":\"192.0.2.80/32\",\"type\":\"rule\"}");
	cr_assert_eq(rule_from_json(&r, j, NULL), 0);
	cr_assert_eq(r.kind, RULE_SOURCE);
	free(line);
	json_decref(j);
}

Test(rule, json_that_says_too_little_or_too_much_is_refused)
{
	static const struct { const char *json, *say;
	} rows[] = {
		{ "{}", "kind:" },
		{ "{\"kind\":\"other\"}", "kind:" },
		{ "{\"kind\":\"rtbh\"}", "prefix:" },
		{ "{\"kind\":\"rtbh\",\"prefix\":\"192.0.2.1/24\"}", "prefix:" },
		{ "{\"kind\":\"rtbh\",\"prefix\":\"192.0.2.0/24\",\"family\":6}", "family:" },
		{ "{\"kind\":\"flowspec\",\"match\":{},\"action\":{\"rate\":0}}",
		    "dst: not a prefix" },
		{ "{\"kind\":\"flowspec\",\"match\":{\"dst\":\"192.0.2.1/"
		  "32\",\"ttl\":[[1,1]]},\"action\":{\"rate\":0}}",
		    "no component is called \"ttl\"" },
		{ "{\"kind\":\"flowspec\",\"match\":{\"dst\":\"192.0.2.1/"
		  "32\",\"proto\":[[17]]},\"action\":{\"rate\":0}}",
		    "proto:" },
		{ "{\"kind\":\"flowspec\",\"match\":{\"dst\":\"192.0.2.1/"
		  "32\",\"proto\":[]},\"action\":{\"rate\":0}}",
		    "proto:" },
		{ "{\"kind\":\"flowspec\",\"match\":{\"dst\":\"192.0.2.1/"
		  "32\",\"sport\":[[1,70000]]},\"action\":{\"rate\":0}}",
		    "sport:" },
		{ "{\"kind\":\"flowspec\",\"match\":{\"dst\":\"192.0.2.1/"
		  "32\",\"length\":[[1,70]]},\"action\":{\"rate\":0}}",
		    "length: expected 20..65535, not 1" },
		{ "{\"kind\":\"flowspec\",\"match\":{\"dst\":\"192.0.2.1/"
		  "32\"},\"action\":{\"rate\":-1}}",
		    "rate:" },
		{ "{\"kind\":\"flowspec\",\"match\":{\"dst\":\"192.0.2.1/"
		  "32\"},\"action\":{\"redirect\":\"64500\"}}",
		    "action:" },
		{ "{\"kind\":\"flowspec\",\"match\":{\"dst\":\"192.0.2.1/"
		  "32\"},\"action\":{\"rate\":0,\"mark\":1}}",
		    "what is dropped" },
		{ "{\"kind\":\"flowspec\",\"match\":{\"dst\":\"192.0.2.1/"
		  "32\",\"fragment\":[\"some\"]},\"action\":{\"rate\":0}}",
		    "fragment:" },
		{ "{\"kind\":\"flowspec\",\"match\":{\"dst\":\"192.0.2.1/"
		  "32\",\"tcp_flags\":{\"mask\":1}},\"action\":{\"rate\":0}}",
		    "tcp_flags:" },
		{ "[]", "kind:" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *j = json_loads(rows[i].json, 0, NULL);
		struct diag d = { 0 };
		struct rule r;

		cr_assert_not_null(j, "%s", rows[i].json);
		cr_assert_eq(rule_from_json(&r, j, &d), -EINVAL, "%s", rows[i].json);
		cr_assert_not_null(strstr(d.say, rows[i].say), "%s: %s", rows[i].json, d.say);
		json_decref(j);
	}
}
