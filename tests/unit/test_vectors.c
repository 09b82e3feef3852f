/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file of known vectors: what comes with us, every mistake with its line, and what is named by
 * it.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "config/vectors.h"
#include "leak.h"
#include "rule_of.h"
#include "spanish.h"

TestSuite(vectors, .fini = leak_check);

static struct signatures all;

static void
load_shipped(void)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	struct diag why = { 0 };

	snprintf(path, sizeof(path), "%s/%s", top != NULL ? top : ".", VECTORS_FILE);
	cr_assert_eq(vectors_load(&all, path, &why), 0, "%s:%u: %s", why.file, why.line, why.say);
	cr_assert_geq(all.n, 60);
}

static const char *
name_of(const struct rule *r)
{
	const struct signature *s = signature_find(&all, r);

	return s != NULL ? s->name : "-";
}

Test(vectors, that_come_with_us_are_each_found_by_their_own_headers)
{
	load_shipped();
	for (unsigned i = 0; i < all.n; i++) {
		const struct signature *s = &all.s[i];

		cr_expect_str_eq(name_of(&s->match), s->name);
		cr_expect(s->usual > 0, "%s: how usual it is was not said", s->name);
		cr_expect(strcmp(s->about, s->about_es) != 0 && strlen(s->source) > 5, "%s",
		    s->name);
	}
}

Test(vectors, that_the_issue_asks_for_are_there)
{
	static const char *const wanted[] = { "dns", "ntp-monlist", "memcached", "cldap", "ssdp",
		"chargen", "snmp", "wsd", "arms", "quic", "coap", "ubiquiti", "tftp", "ripv1",
		"portmap", "netbios", "mssql", "openvpn", "stun", "dhcpdiscover", "plex", "tp240",
		"slp", "middlebox", "syn-ack", "syn", "ack", "rst", "fin", "xmas", "gre", "esp",
		"icmp", "icmp6", "fragments", "udp-fragments" };

	load_shipped();
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		unsigned at = 0;

		while (at < all.n && strcmp(all.s[at].name, wanted[i]) != 0)
			at++;
		cr_expect_lt(at, all.n, "%s", wanted[i]);
	}
}

Test(vectors, name_rules_by_the_most_particular_one)
{
	static const struct { const char *dst, *match, *name; } rows[] = {
		{ "192.0.2.80/32", "proto 17; sport 53; length 513..1500;", "dns" },
		{ "2001:db8::80/128", "next header 17; sport 53;", "dns" },
		{ "192.0.2.80/32", "proto 17; sport 123;", "ntp" },
		{ "192.0.2.80/32", "proto 17; sport 123; length = 468;", "ntp-monlist" },
		{ "192.0.2.80/32", "proto 17; sport 11211; dport 443;", "memcached" },
		{ "192.0.2.80/32", "proto 6; dport 443; tcp flags 0x02/0x3f;", "syn" },
		{ "192.0.2.80/32", "proto 6; tcp flags 0x02/0x3f; length 900..1000;", "syn-data" },
		{ "192.0.2.80/32", "proto 6; sport 80; tcp flags 0x12/0x3f;", "syn-ack" },
		{ "192.0.2.80/32", "proto 6; sport 443; tcp flags 0x18/0x3f;", "middlebox" },
		{ "192.0.2.80/32", "proto 17; fragment is_fragment;", "udp-fragments" },
		{ "192.0.2.80/32", "fragment is_fragment;", "fragments" },
		{ "192.0.2.80/32", "proto 47;", "gre" },
		{ "192.0.2.80/32", "proto 17; sport 4444;", "udp" },
		{ "2001:db8::80/128", "next header 58; icmp type = 128;", "ping6" },
		{ "192.0.2.80/32", "proto 1; icmp type = 8;", "ping" },
		{ "192.0.2.80/32", "length = 1000;", "-" },
		{ "192.0.2.80/32", "proto 17; sport 53,123;", "udp" },
	};

	load_shipped();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule r = rule_of(rows[i].dst, rows[i].match);

		cr_expect_str_eq(name_of(&r), rows[i].name, "%s: %s", rows[i].match, name_of(&r));
	}
}

static const char *
traits_name(struct traits t, uint8_t family)
{
	const struct signature *s = signature_of_traits(&all, &t, family);

	return s != NULL ? s->name : "-";
}

Test(vectors, name_attacks_by_what_dominates_in_their_traffic)
{
	struct traits dns = {
		.sampled = 500, .proto = 17, .proto_share = 99, .sport = 53, .sport_share = 90
	};
	struct traits syn = { .sampled = 500,
		.proto = 6,
		.proto_share = 99,
		.tcp_flags = 2,
		.dport = 443,
		.dport_share = 99 };
	struct traits pieces = {
		.sampled = 500, .proto = 17, .proto_share = 80, .fragment_share = 75
	};
	struct traits mixed = {
		.sampled = 500, .proto = 17, .proto_share = 50, .sport = 53, .sport_share = 90
	};

	load_shipped();
	cr_expect_str_eq(traits_name(dns, 4), "dns");
	cr_expect_str_eq(traits_name(dns, 6), "dns");
	cr_expect_str_eq(traits_name(syn, 4), "syn");
	cr_expect_str_eq(traits_name(pieces, 4), "udp-fragments");
	cr_expect_str_eq(traits_name(mixed, 4), "-", "half of it is no name for all");
	dns.sport_share = 30;
	cr_expect_str_eq(traits_name(dns, 4), "udp");
	cr_expect_str_eq(traits_name((struct traits){ 0 }, 4), "-");
	cr_expect_str_eq(traits_name(dns, 0), "-", "of no family");
}

Test(vectors, are_said_in_both_languages)
{
	struct text t;

	load_shipped();
	spanish_open();
	text_init(&t, 512);
	signature_title(&t, &all.s[0]);
	cr_expect_str_eq(text_str(&t), "DNS answers (amplification)");
	cr_expect_str_eq(signature_about(&all.s[0]), all.s[0].about);
	text_clear(&t);
	lang_set(LANG_ES);
	signature_title(&t, &all.s[0]);
	cr_expect_str_eq(text_str(&t), "respuestas de DNS (amplificación)");
	cr_expect_str_eq(signature_about(&all.s[0]), all.s[0].about_es);
	lang_set(LANG_EN);
	text_fini(&t);
}

#define GOOD "kind = \"flood\"; about = \"a\"; about_es = \"b\"; source = \"c\"; "
#define ONE \
	"vectors = (\n{ name = \"one\"; " GOOD \
	"words = \"w1\"; words_es = \"p1\"; match = \"proto 47;\"; }"

Test(vectors, with_a_mistake_are_refused_with_its_line)
{
	static const struct { const char *text, *says; unsigned line;
	} rows[] = {
		{ "", "`vectors`", 0 },
		{ "vectors = ();", "must not be empty", 1 },
		{ "vectors = (\n{ name = \"x\"; }\n);", "`words`", 2 },
		{ ONE ",\n{ name = \"one\"; " GOOD
		      "words = \"w2\"; words_es = \"p2\"; match = \"proto 50;\"; });",
		    "another vector named \"one\"", 3 },
		{ ONE ",\n{ name = \"two\"; " GOOD
		      "words = \"w1\"; words_es = \"p2\"; match = \"proto 50;\"; });",
		    "`words` of vector \"two\" is that of \"one\", line 2", 3 },
		{ ONE ",\n{ name = \"two\"; " GOOD
		      "words = \"w2\"; words_es = \"p1\"; match = \"proto 50;\"; });",
		    "`words_es`", 3 },
		{ ONE ",\n{ name = \"two\"; " GOOD
		      "words = \"w2\"; words_es = \"p2\"; match = \"proto = 47;\"; });",
		    "`match` of vector \"two\" is that of \"one\"", 3 },
		{ ONE ",\n{ name = \"two\"; " GOOD
		      "words = \"w2\"; words_es = \"p2\"; match = \"sport 70000;\"; });",
		    "`match` of vector \"two\": sport:", 3 },
		{ ONE ",\n{ name = \"two\"; " GOOD
		      "words = \"w2\"; words_es = \"p2\"; match = \";\"; });",
		    "`match`", 3 },
		{ ONE ",\n{ name = \"two\"; " GOOD
		      "words = \"w2\"; words_es = \"p2\"; match = \"proto 0..255;\"; });",
		    "takes every packet", 3 },
		{ ONE
		    ",\n{ name = \"two\"; " GOOD
		    "words = \"w2\"; words_es = \"p2\"; match = \"proto 6;\"; usual = 2000000; });",
		    "`usual` must be between", 3 },
		{ ONE ",\n{ name = \"two\"; " GOOD
		      "wrods = \"w2\"; words_es = \"p2\"; match = \"proto 6;\"; });",
		    "words", 3 },
		{ ONE
		    ",\n{ name = \"two\"; "
		    "words = \"w\"; words_es = \"p\"; about = \"a\"; about_es = \"b\"; source = \"c\"; "
		    "kind = \"other\"; });",
		    "\"amplification\", \"reflection\" or \"flood\"", 3 },
		{ ONE ",\n{ name = \"two", "text", 3 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct diag why = { 0 };

		all.n = 0;
		cr_expect_neq(
		    vectors_load_text(&all, rows[i].text, strlen(rows[i].text), "FILE", &why), 0,
		    "%s", rows[i].text);
		cr_expect_not_null(strstr(why.say, rows[i].says), "%s: %s", rows[i].text, why.say);
		cr_expect(rows[i].line == 0 || why.line == rows[i].line, "%s: line %u",
		    rows[i].text, why.line);
		cr_expect_eq(all.n, 0);
	}
}

Test(vectors, of_no_file_are_an_error_with_its_name)
{
	struct diag why = { 0 };

	cr_expect_eq(vectors_load(&all, "/nonexistent/vectors", &why), -ENOENT);
	cr_expect_not_null(strstr(why.say, "/nonexistent/vectors"), "%s", why.say);
}
