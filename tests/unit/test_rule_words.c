/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules as sentences: exact ones, and what holds of all of them in both languages. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/vectors.h"
#include "leak.h"
#include "rule_of.h"
#include "spanish.h"

#define WORDS_MAX 8192
#define RULES 200

TestSuite(rule_words, .init = spanish_open, .fini = leak_check);

static struct signatures known;

static void
know(void)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	struct diag why = { 0 };

	snprintf(path, sizeof(path), "%s/%s", top != NULL ? top : ".", VECTORS_FILE);
	cr_assert_eq(vectors_load(&known, path, &why), 0, "%s", why.say);
}

/* The caller's to free(). */
static char *
said(const struct rule *r, const struct rule_names *names, enum lang lang)
{
	struct text t;
	char *copy;

	text_init(&t, WORDS_MAX);
	lang_set(lang);
	rule_words_for(&t, r, names);
	lang_set(LANG_EN);
	cr_assert(text_ok(&t));
	copy = strdup(text_str(&t));
	text_fini(&t);
	return copy;
}

static void
assert_said(const struct rule *r, const struct rule_names *names, const char *en, const char *es)
{
	char *got = said(r, names, LANG_EN);

	cr_expect_str_eq(got, en);
	free(got);
	got = said(r, names, LANG_ES);
	cr_expect_str_eq(got, es);
	free(got);
}

Test(rule_words, name_what_is_known_and_whose_it_is)
{
	const struct rule_names names = { "Network of Funds", &known };
	struct rule r = rule_of("192.0.2.80/32", "proto 17; sport 53; length >= 513;");

	know();
	assert_said(&r, &names,
	    "drop DNS answers larger than 512 bytes going to 192.0.2.80 (Network of Funds)",
	    "descartar respuestas de DNS de más de 512 bytes que van a 192.0.2.80 (Network of Funds)");
	r = rule_of("192.0.2.80/32", "proto 17; sport 53,123,11211;");
	assert_said(&r, &names,
	    "drop DNS answers, answers of time servers (NTP) or answers of memcached servers going to 192.0.2.80 "
	    "(Network of Funds)",
	    "descartar respuestas de DNS, respuestas de servidores de hora (NTP) o respuestas de servidores memcached "
	    "que van a 192.0.2.80 (Network of Funds)");
	r = rule_of("192.0.2.0/24", "proto 6; tcp flags 0x02/0x12; dport 443;");
	assert_said(&r, &names,
	    "drop requests to open a connection (SYN) to port 443 going to 192.0.2.0/24 (Network of Funds)",
	    "descartar peticiones de abrir una conexión (SYN) hacia el puerto 443 que van a 192.0.2.0/24 "
	    "(Network of Funds)");
}

Test(rule_words, do_without_names)
{
	struct rule r = rule_of("192.0.2.80/32", "proto = 17; sport = 53;");

	r.rate_bps = 1e7;
	assert_said(&r, NULL, "limit UDP packets from port 53 going to 192.0.2.80 to 10 Mbit/s",
	    "limitar a 10 Mbit/s los paquetes UDP desde el puerto 53 que van a 192.0.2.80");
	r = rule_of("192.0.2.0/24",
	    "proto 6; dport 80,443; tcp flags 0x02/0x12; length > 512; src 203.0.113.7/32;");
	assert_said(&r, NULL,
	    "drop TCP packets to ports 80 or 443 larger than 512 bytes marked SYN and not marked ACK that come from "
	    "203.0.113.7 going to 192.0.2.0/24",
	    "descartar los paquetes TCP hacia los puertos 80 o 443 de más de 512 bytes que llevan SYN y que no llevan ACK "
	    "que vienen de 203.0.113.7 que van a 192.0.2.0/24");
	r = rule_of("192.0.2.80/32", "proto 6; tcp flags 0x12/0x3f;");
	assert_said(&r, NULL, "drop TCP packets marked SYN and ACK alone going to 192.0.2.80",
	    "descartar los paquetes TCP que llevan solo SYN y ACK que van a 192.0.2.80");
	r = rule_of("192.0.2.80/32", "");
	assert_said(&r, NULL, "drop all packets going to 192.0.2.80",
	    "descartar todos los paquetes que van a 192.0.2.80");
	r = rule_of("192.0.2.80/32", "fragment is_fragment || first_fragment;");
	assert_said(&r, NULL,
	    "drop packets (only fragments after the first or first fragments) going to 192.0.2.80",
	    "descartar los paquetes (solo fragmentos posteriores al primero o primeros fragmentos) que van a 192.0.2.80");
	r = rule_of("192.0.2.80/32", "length 100..199, 1000, 1400..1500; proto 17;");
	assert_said(&r, NULL,
	    "drop UDP packets of 100 to 199 bytes, of 1000 bytes or of 1400 to 1500 bytes going to 192.0.2.80",
	    "descartar los paquetes UDP de 100 a 199 bytes, de 1000 bytes o de 1400 a 1500 bytes que van a 192.0.2.80");
	r = (struct rule){ .kind = RULE_RTBH, .dst = r.dst };
	assert_said(&r, NULL, "drop everything sent to 192.0.2.80",
	    "descartar todo lo que se envíe a 192.0.2.80");
}

/* ---- what holds of all --------------------------------------------------- */

/* What stands in a rule for machines. */
static void
expect_plain(const char *words)
{
	static const char *const raw[] = { "0x", "&&", "||", ";", "=", "{", "}", "_", "sport",
		"dport", "proto ", "tcp flags", "icmp type", "flow4", "flow6", "%", "!" };

	for (size_t i = 0; i < sizeof(raw) / sizeof(*raw); i++)
		cr_expect_null(strstr(words, raw[i]), "\"%s\" in: %s", raw[i], words);
	for (const char *p = words; *p != '\0'; p++)
		cr_expect(
		    !(isdigit((unsigned char)p[0]) && p[1] == '-' && isdigit((unsigned char)p[2])),
		    "%s", words);
}

static void
expect_unlike(struct rule *rules, unsigned n, const struct rule_names *names, enum lang lang)
{
	char **all = calloc(n, sizeof(*all));

	for (unsigned i = 0; i < n; i++) {
		all[i] = said(&rules[i], names, lang);
		cr_expect_gt(strlen(all[i]), 20);
		expect_plain(all[i]);
	}
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < i; j++)
			cr_expect((strcmp(all[i], all[j]) == 0) ==
				rule_same_network(&rules[i], &rules[j]),
			    "%s\n%s", all[i], all[j]);
	for (unsigned i = 0; i < n; i++)
		free(all[i]);
	free(all);
}

static void
expect_all_unlike(struct rule *rules, unsigned n)
{
	const struct rule_names names = { "Network of Funds", &known };

	know();
	expect_unlike(rules, n, NULL, LANG_EN);
	expect_unlike(rules, n, NULL, LANG_ES);
	expect_unlike(rules, n, &names, LANG_EN);
	expect_unlike(rules, n, &names, LANG_ES);
}

Test(rule_words, say_every_component_and_every_change_of_it)
{
	static const char *const matches[] = { "", "proto 17;", "proto 6;", "proto 47;",
		"proto 99;", "proto 6,17;", "proto 100..110;", "proto 17; port 53;",
		"proto 17; port 53,123;", "proto 17; sport 53;", "proto 17; sport 123;",
		"proto 17; sport 4444;", "proto 17; sport 53,123;", "proto 17; sport 53,4444;",
		"proto 17; sport 32410;", "proto 17; sport 32414;", "proto 17; sport 32410,32414;",
		"proto 17; sport 53,32410;", "proto 17; sport 53,32414;",
		"proto 17; sport 1024..65535;", "proto 17; dport 53;",
		"proto 17; dport 1024..65535;", "proto 17; sport 53; dport 53;",
		"proto 1; icmp type = 8;", "proto 1; icmp type = 3;",
		"proto 1; icmp type = 3; icmp code = 1;", "proto 1; icmp type 3,4;",
		"length = 468;", "proto 17; sport 123; length = 468;",
		"proto 17; sport 123; length >= 468;", "length < 100;", "length 100..200;",
		"dscp = 46;", "dscp 10,46;", "proto 6; tcp flags 0x02/0x12;",
		"proto 6; tcp flags 0x02/0x3f;", "proto 6; tcp flags 0x02/0x02;",
		"proto 6; tcp flags 0x00/0x3f;", "proto 6; tcp flags 0x800/0x800;",
		"proto 6; tcp flags 0x02/0x12 || 0x04/0x04;", "fragment is_fragment;",
		"fragment !is_fragment;", "proto 17; fragment is_fragment;",
		"proto 47; fragment is_fragment;",
		"fragment is_fragment || first_fragment || last_fragment;",
		"fragment is_fragment && last_fragment;", "fragment dont_fragment;",
		"src 203.0.113.0/24;", "src 203.0.113.7/32;" };
	struct rule rules[sizeof(matches) / sizeof(*matches) + 3];
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(matches) / sizeof(*matches); i++)
		rules[n++] = rule_of("192.0.2.80/32", matches[i]);
	rules[n++] = rule_of("192.0.2.0/24", "proto 17;");
	rules[n++] = rule_of("2001:db8::/48", "next header 17; label = 7;");
	rules[n++] = rule_of("2001:db8::/48", "next header 17; label = 7..9;");
	expect_all_unlike(rules, n);
}

/* xorshift32 */
static uint32_t
below(uint32_t *state, uint32_t n)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % n;
}

static void
some(uint32_t *state, struct ranges *l, unsigned most)
{
	for (unsigned n = 1 + below(state, 3); l->n < n; l->n++) {
		unsigned from = below(state, most),
			 to = below(state, 2) == 0 ? from : from + below(state, most - from);

		l->r[l->n] = (struct range){ (uint16_t)from, (uint16_t)to };
	}
}

static void
some_bits(uint32_t *state, struct bits *b, unsigned all)
{
	for (unsigned n = 1 + below(state, 2); b->n < n; b->n++) {
		uint16_t mask = (uint16_t)(1 + below(state, all));

		b->t[b->n] = (struct bits_term){ mask, (uint16_t)(mask & below(state, all + 1)) };
	}
}

static struct rule
random_rule(uint32_t *state)
{
	struct rule r = rule_to(below(state, 2) == 0 ? "192.0.2.80/32" : "192.0.2.0/24");
	struct ranges *const fields[] = { &r.proto, &r.sport, &r.dport, &r.port, &r.icmp_type,
		&r.icmp_code, &r.dscp };
	static const unsigned most[] = { 255, 65535, 65535, 65535, 255, 255, 63 };

	for (unsigned i = 0; i < sizeof(most) / sizeof(*most); i++)
		if (below(state, 4) == 0)
			some(state, fields[i], most[i]);
	if (below(state, 3) == 0)
		r.proto = (struct ranges){ .n = 1, .r = { { 17, 17 } } };
	if (below(state, 3) == 0) {
		r.length.n = 1;
		r.length.r[0].from = (uint16_t)(21 + below(state, 1400));
		r.length.r[0].to =
		    (uint16_t)(below(state, 3) == 0 ? 65535
						    : r.length.r[0].from + below(state, 200));
	}
	if (below(state, 4) == 0)
		some_bits(state, &r.tcp_flags, 0xff);
	if (below(state, 4) == 0)
		some_bits(state, &r.fragment, 0xf);
	if (below(state, 4) == 0)
		cr_assert_eq(prefix_parse(&r.src,
				 below(state, 2) == 0 ? "203.0.113.0/24" : "198.51.100.0/25"),
		    0);
	return r;
}

Test(rule_words, say_two_hundred_rules_of_chance_each_in_its_own_words)
{
	static struct rule rules[RULES];
	uint32_t state = 20261123;

	for (unsigned n = 0; n < RULES;) {
		rules[n] = random_rule(&state);
		if (rule_canon(&rules[n], NULL) == 0)	/* some bits would match everything */
			n++;
	}
	expect_all_unlike(rules, RULES);
}
