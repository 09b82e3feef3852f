/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "leak.h"
#include "model/evidence.h"
#include "model/say.h"
#include "spanish.h"

static struct settings settings;

static void
with_catalogue(void)
{
	spanish_open();
	settings = (struct settings){ .members_n = 1, .upstreams_n = 2, .policies_n = 1 };
	strcpy(settings.members[0].name, "Network of Funds");
	settings.members[0].prefixes_n = 1;
	prefix_parse(&settings.members[0].prefixes[0], "192.0.2.80");
	strcpy(settings.upstreams[0].name, "transit-a");
	strcpy(settings.upstreams[1].name, "transit-b");
	strcpy(settings.policies[0].name, "host-flood");
	settings.policies[0].steps_n = 1;
	settings.policies[0].steps[0].kind = STEP_DROP;
}

TestSuite(say, .init = with_catalogue, .fini = leak_check);

static wall_t
at(const char *text)
{
	wall_t t;

	cr_assert_eq(wall_parse(&t, text), 0);
	return t;
}

static struct mitigation
dns_flood(void)
{
	struct mitigation m = { .id = "m17",
		.origin = ORIGIN_POLICY,
		.owner = "host-flood",
		.incident = "i4",
		.reason = "many answers nobody asked for",
		.via = 1 };

	prefix_parse(&m.rule.dst, "192.0.2.80");
	m.rule.kind = RULE_FLOWSPEC;
	cr_assert_eq(rule_parse_match(&m.rule, "proto = 17; sport = 53;", NULL), 0);
	m.since = at("2026-11-22T03:08:00Z");
	m.until = at("2026-11-22T03:18:00Z");
	m.upstreams[0].decided = m.since;
	return m;
}

Test(say, an_announcement_names_who_what_whose_and_until_when)
{
	struct mitigation m = dns_flood();
	struct words w;

	say_announce(&w, &settings, &m, m.since);
	cr_assert_str_eq(w.en,
	    "We are asking transit-a to drop UDP packets from port 53 going to 192.0.2.80 "
	    "(Network of Funds) until 03:18 UTC (m17). Policy host-flood decided it for attack i4: "
	    "many answers nobody asked for");
	cr_assert_str_eq(w.es,
	    "Estamos pidiendo a transit-a descartar los paquetes UDP desde el puerto 53 que van a "
	    "192.0.2.80 (Network of Funds) hasta las 03:18 UTC (m17). Lo decidió la política "
	    "host-flood por el "
	    "ataque i4: many answers nobody asked for");
}

Test(say, the_reason_of_a_policy_is_in_both_languages)
{
	struct mitigation m = dns_flood();
	struct words w;

	strcpy(m.reason,
	    "seen by wire: pps 419 packet/s, 83.9 times the limit of 5 packet/s; 2 vantages agree");
	say_announce(&w, &settings, &m, m.since);
	cr_expect(
	    strstr(w.en,
		"i4: seen by wire: pps 419 packet/s, 83.9 times the limit of 5 packet/s; 2 vantages agree"),
	    "as it is: %s", w.en);
	cr_expect(
	    strstr(w.es,
		"i4: visto por wire: pps 419 paquetes/s, 83.9 veces el límite de 5 paquetes/s; coinciden"),
	    "%s", w.es);
	strcpy(m.reason, "seen by routers: bps 3.0 Gbit/s, 15.0 times the limit of 200 Mbit/s");
	say_extend(&w, &settings, &m, "host-flood", m.since);
	cr_expect(
	    strstr(w.es, "visto por routers: bps 3.0 Gbit/s, 15.0 veces el límite de 200 Mbit/s"),
	    "%s", w.es);
	strcpy(m.reason, "seen by nobody: what");
	say_announce(&w, &settings, &m, m.since);
	cr_expect(strstr(w.es, "seen by nobody: what"), "what has another form stays: %s", w.es);
}

Test(say, an_end_on_another_day_has_its_date_and_a_person_their_words)
{
	struct mitigation m = dns_flood();
	struct words w;

	m.origin = ORIGIN_PERSON;
	strcpy(m.owner, "ana");
	m.via = 3;
	m.rule = (struct rule){ .kind = RULE_RTBH, .dst = m.rule.dst };
	say_announce(&w, &settings, &m, at("2026-11-21T23:50:00Z"));
	cr_assert_str_eq(w.en,
	    "We are asking transit-a, transit-b to drop everything sent to 192.0.2.80 (Network of "
	    "Funds) "
	    "until 2026-11-22, 03:18 UTC (m17). ana asked for it: \"many answers nobody asked "
	    "for\".");
	cr_assert_str_eq(w.es,
	    "Estamos pidiendo a transit-a, transit-b descartar todo lo que se envíe a 192.0.2.80 "
	    "(Network of Funds) hasta el 2026-11-22 a las 03:18 UTC (m17). Lo pidió ana: «many "
	    "answers nobody asked for».");
}

Test(say, a_part_of_the_world_and_who_was_left_out_are_in_both_languages)
{
	struct mitigation m = dns_flood();
	struct scope *abroad = &settings.upstreams[0].profile.scopes[0];
	struct words w;

	settings.upstreams[0].profile.scopes_n = 1;
	strcpy(abroad->where, "outside Mexico");
	strcpy(abroad->where_es, "fuera de México");
	m.rule = (struct rule){ .kind = RULE_RTBH, .dst = m.rule.dst, .scopes = 1 };
	m.left_out = 2;
	say_announce(&w, &settings, &m, m.since);
	cr_expect(
	    strstr(w.en,
		"to drop everything sent to 192.0.2.80 (Network of Funds) (through transit-a it becomes "
		"unreachable only from outside Mexico) until 03:18 UTC (m17)."),
	    "%s", w.en);
	cr_expect(
	    strstr(w.es,
		"(por transit-a queda inalcanzable solo desde fuera de México) hasta las 03:18 UTC (m17)."),
	    "%s", w.es);
	cr_expect(
	    strstr(w.en,
		" Not asked, since they would not do it: transit-b takes no IPv4 blackholes."),
	    "%s", w.en);
	cr_expect(strstr(w.es, " No se les pide, porque no lo harían: transit-b no acepta"), "%s",
	    w.es);
	say_withdraw(&w, &settings, &m, "its end came");
	cr_expect(strstr(w.en, "only from outside Mexico"), "%s", w.en);
}

Test(say, an_outcome_carries_the_routers_own_words_only_when_it_refused)
{
	struct words w;

	say_outcome(&w, "m17", "edge", OUTCOME_REFUSED, "edge.conf:7 syntax error");
	cr_assert_str_eq(w.en, "Router edge refused the change (m17) and keeps what it had. "
	    "Its words: \"edge.conf:7 syntax error\".");
	cr_assert_str_eq(w.es, "El enrutador edge rechazó el cambio (m17) y conserva lo que tenía. "
	    "Sus palabras: «edge.conf:7 syntax error».");
	say_outcome(&w, "m17", "edge", OUTCOME_APPLIED, "Reconfigured");
	cr_assert_str_eq(w.en, "Router edge took the change (m17).");
}

Test(say, an_attack_shows_its_column_of_points)
{
	struct decision d = { .kind = DECISION_OPENED };
	struct words w;

	strcpy(d.incident.id, "i4");
	d.incident.subject.kind = SUBJECT_HOST;
	prefix_parse(&d.incident.subject.prefix, "192.0.2.80");
	d.incident.points = 24;
	d.incident.evidence_n = 2;
	d.incident.evidence[0] = (struct evidence){ .vantage = "routers",
	    .metric = METRIC_PPS, .rate = 480e3, .above = 60e3, .points = 19.2 };
	d.incident.evidence[1] = (struct evidence){ .vantage = "services",
	    .metric = METRIC_FAILING, .rate = 0.8, .above = 0.5, .points = 8 };
	say_incident(&w, &settings, &d);
	cr_assert_str_eq(w.en,
	    "We see an attack on 192.0.2.80 (Network of Funds) (i4): 24.0 points by policy "
	    "host-flood. "
	    "routers measures 480 kpacket/s where 60 kpacket/s is the limit: +19.2. "
	    "services: 80 % of the checks of the service fail, and 50 % is the limit: +8.0.");
	cr_assert_not_null(
	    strstr(w.es, "routers mide 480 kpaquetes/s donde el límite es 60 kpaquetes/s: +19.2."));
	cr_assert_not_null(strstr(w.es,
	    "services: falla el 80 % de las comprobaciones del servicio, y el límite es 50 %: +8.0."));
	d.kind = DECISION_NOT_TAKEN;
	strcpy(d.why, "no upstream takes it");
	say_incident(&w, &settings, &d);
	cr_assert_str_eq(w.en,
	    "In the attack on 192.0.2.80 (Network of Funds) (i4) we did not take this step: "
	    "drop this traffic at the provider. Why: no upstream takes it");
	d.kind = DECISION_CLOSED;
	d.incident.closed.ms = 720000;
	d.incident.peak_bps = 1.6e9;
	d.incident.peak_pps = 200e3;
	say_incident(&w, &settings, &d);
	cr_assert_str_eq(w.es,
	    "El ataque contra 192.0.2.80 (Network of Funds) terminó (i4). Duró 12 min y llegó a "
	    "1.6 Gbit/s y 200 kpaquetes/s.");
}

Test(say, a_refusal_keeps_each_language_to_its_own_sentence)
{
	struct words why = { "it is protected", "está protegido" }, w;
	struct mitigation m = dns_flood();

	lang_set(LANG_ES);
	say_refusal(&w, &settings, &m, &why);
	cr_assert(strstr(w.en, "it is protected") != NULL && strstr(w.en, "está") == NULL, "%s",
	    w.en);
	cr_assert(strstr(w.es, "está protegido") != NULL && strstr(w.es, "it is") == NULL, "%s",
	    w.es);
	cr_assert_eq(lang_get(), LANG_ES);
	lang_set(LANG_EN);
}

Test(say, texts_that_push_others_out_change_no_translation)
{
	const char *was = getenv("LANGUAGE");

	lang_set(LANG_ES);
	for (unsigned i = 0; i < 10000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "nothing %u", i);
		cr_assert_eq((const void *)lang_text(text), (const void *)text,
		    "what it has not is the text itself");
		if (i % 100 == 0)
			cr_assert_str_eq(lang_text("all packets"), "todos los paquetes");
	}
	lang_set(LANG_EN);
	cr_assert_str_eq(lang_text("all packets"), "all packets");
	cr_assert_str_eq(getenv("LANGUAGE"), was,
	    "whoever is started finds the language that was chosen");
}

/* Every other sentence: said in two languages that differ, without a hole, the language as before.
 */
Test(say, every_sentence_is_said_in_both_languages)
{
	struct mitigation m = dns_flood();
	struct upstream u = { .name = "transit-a", .noc = "+52 55 0000 0000" };
	struct decision d = { .kind = DECISION_SUBSIDED };
	struct words w[64] = { 0 };
	unsigned n = 0;

	lang_set(LANG_ES);
	say_withdraw(&w[n++], &settings, &m, "its time is over");
	say_extend(&w[n++], &settings, &m, "ana", m.since);
	say_refusal(&w[n++], &settings, &m, &(struct words){ "it is protected", "está protegido" });
	say_missing(&w[n++], &settings, &m, "transit-b");
	say_outcome(&w[n++], "m17", "edge", OUTCOME_UNKNOWN, NULL);
	say_incident(&w[n++], &settings, &d);
	d.kind = DECISION_ESCALATED;
	say_incident(&w[n++], &settings, &d);
	for (int how = 0; how < 5; how++)
		say_start(&w[n++], "0.1.0",
		    &(struct start_said){ .reload = how == 1,
			.died = how > 2,
			.signal = how > 3 ? 9 : 0,
			.stopped = how < 2,
			.last = { how > 0 ? 1000 : 0 },
			.silent_ms = 60000 });
	for (int how = STOP_STANDS; how <= STOP_ALONE; how++)
		say_stop(&w[n++], (enum stop_word)how);
	say_config_approved(&w[n++], "ana", "as the assembly decided", m.since, m.since);
	say_config_refused(&w[n++], "seawall.conf:3: what is that");
	say_heartbeat(&w[n++], 3, 1, 2, 3);
	for (int known = 0; known < 2; known++)
		say_measured(&w[n++], &settings,
		    &(struct measured_said){ .known = known,
			.bps = 2e9,
			.pps = 3e5,
			.attacks = 2,
			.largest = &d.incident.subject,
			.largest_bps = 1e9,
			.largest_pps = 1e5 });
	say_config(&w[n++], &settings, &(struct config_said){ 2, "limits.holes (10 > 5)", NULL });
	say_config(&w[n++], &settings, &(struct config_said){ 0, "", "ana, beto" });
	say_pause(&w[n++], "ana", "maintenance", m.until, m.since);
	say_resume(&w[n++], "ana");
	say_resume(&w[n++], NULL);
	for (enum health h = 0; h < HEALTH_N; h++)
		say_sensor(&w[n++], "edge-a", h, h == HEALTH_FRESH ? "" : "sequence gaps");
	say_router(&w[n++], "edge", true);
	say_router(&w[n++], "edge", false);
	say_session(&w[n++], &settings, &u, NULL);
	say_session(&w[n++], &settings, &u, &(struct session_down){ { 1000 }, "" });
	say_session(&w[n++], &settings, &u, &(struct session_down){ { 1000 }, "192.0.2.80/32" });
	for (int ghost = GHOST_TAKEN; ghost <= GHOST_GONE; ghost++)
		say_ghost(&w[n++], "edge", "192.0.2.9/32", (enum ghost_word)ghost);
	for (int yes = 0; yes < 2; yes++) {
		say_held(&w[n++], &m, "edge", yes);
		say_conf(&w[n++], "edge", yes, "bird.conf:7:3 syntax error");
		say_late(&w[n++], &settings.upstreams[1], yes, 3, "m7");
		say_effective(&w[n++], &m, "transit-b", yes ? "counters" : NULL);
	}
	say_recovery(&w[n++], 3, 1, 17);
	say_journal(&w[n++], "reaper", "removed m3");
	cr_assert_leq(n, 64);
	cr_assert_eq(lang_get(), LANG_ES, "left as it was found");
	for (unsigned i = 0; i < n; i++) {
		cr_assert_gt(strlen(w[i].en), 20, "%u: %s", i, w[i].en);
		cr_assert_gt(strlen(w[i].es), 20, "%u: %s", i, w[i].es);
		cr_assert_neq(strcmp(w[i].en, w[i].es), 0, "%s", w[i].en);
		cr_assert_null(strstr(w[i].es, "(null)"), "%s", w[i].es);
		cr_assert_null(strstr(w[i].es, "Project-Id"), "%s", w[i].es);
	}
	cr_assert_eq(strncmp(w[0].es, "Retiramos de transit-a la petición de descartar", 46), 0,
	    "%s", w[0].es);
}

Test(say, a_sentence_too_long_is_cut_between_letters)
{
	struct words w;
	char did[1200] = "";

	for (unsigned i = 0; i < 500; i++)
		strcat(did, "ñ");
	say_journal(&w, "reaper", did);
	cr_assert_eq(strcmp(w.es + strlen(w.es) - 5, "ñ..."), 0, "%s", w.es);
	cr_assert_lt(strlen(w.es), WORDS_LEN);
}

Test(say, a_mitigation_comes_back_from_its_json)
{
	struct mitigation m = dns_flood(), again;
	json_t *j = mitigation_json(&m, &settings), *copy;
	struct diag d = { 0 };
	struct settings fewer = settings;

	m.upstreams[0].applied = at("2026-11-22T03:08:01.250Z");
	json_decref(j);
	j = mitigation_json(&m, &settings);
	copy = json_deep_copy(j);
	cr_assert_eq(mitigation_from_json(&again, copy, &settings, &d), 0, "%s", d.say);
	for (unsigned i = 0; i < settings.upstreams_n; i++)
		cr_assert_not(again.upstreams[i].lost);
	cr_assert(rule_eq(&m.rule, &again.rule));
	cr_assert_str_eq(again.id, "m17");
	cr_assert_str_eq(again.owner, m.owner);
	cr_assert_str_eq(again.incident, m.incident);
	cr_assert_str_eq(again.reason, m.reason);
	cr_assert_not(again.wanted.known, "as a log of before it was written");
	cr_assert_eq(again.origin, m.origin);
	cr_assert_eq(again.until.ms, m.until.ms);
	cr_assert_eq(again.via, 1);
	cr_assert_eq(again.upstreams[0].applied.ms, m.upstreams[0].applied.ms);
	cr_assert_eq(again.upstreams[0].exported.ms, 0);
	json_decref(j);
	j = mitigation_json(&again, &settings);
	cr_assert(json_equal(j, copy));
	cr_assert(json_is_null(
	    json_object_get(json_array_get(json_object_get(j, "upstreams"), 0), "effective")));
	strcpy(fewer.upstreams[0].name, "gone");
	cr_assert_eq(mitigation_from_json(&again, copy, &fewer, &d), 0);
	cr_assert_eq(again.via, 0, "an upstream that is no longer configured is left out");
	json_object_del(copy, "until");
	cr_assert_eq(mitigation_from_json(&again, copy, &settings, &d), -EINVAL);
	cr_assert_not_null(strstr(d.say, "until:"), "%s", d.say);
	json_decref(j);
	json_decref(copy);
}

Test(say, what_a_policy_wants_of_a_mitigation_comes_back_from_its_json)
{
	struct mitigation m = dns_flood(), again;
	struct diag d = { 0 };
	json_t *j;

	m.wanted = (struct wanted){ true, 2, 1e7, 1 };
	j = mitigation_json(&m, &settings);
	cr_assert_eq(mitigation_from_json(&again, j, &settings, &d), 0, "%s", d.say);
	cr_assert(again.wanted.known);
	cr_assert_eq(again.wanted.step, 2);
	cr_assert_eq(again.wanted.rate_bps, 1e7);
	cr_assert_eq(again.wanted.via, 1);
	json_object_set_new(json_object_get(j, "wanted"), "step", json_integer(-1));
	cr_assert_eq(mitigation_from_json(&again, j, &settings, &d), 0);
	cr_assert_not(again.wanted.known, "what is odd counts as not said");
	json_decref(j);
}

/* What the log holds and `list` prints is one text: that of the tree, its keys in order. */
Test(say, a_mitigation_is_written_with_its_keys_in_order)
{
	struct mitigation m = dns_flood();
	struct text t;
	struct jout out;

	m.wanted = (struct wanted){ true, 2, 2.5e6, 1 };
	m.upstreams[0].applied = at("2026-11-22T03:08:01.250Z");
	for (unsigned kind = 0; kind < 2; kind++) {
		json_t *tree = mitigation_json(&m, &settings);
		char *want = json_dumps(tree, RULE_JSON_FLAGS);

		text_init(&t, MITIGATION_JSON_MAX);
		jout_init(&out, &t);
		mitigation_json_write(&out, NULL, &m, &settings);
		cr_assert_not_null(want);
		cr_assert_str_eq(text_str(&t), want);
		free(want);
		json_decref(tree);
		jout_fini(&out);
		text_fini(&t);
		m.rule = (struct rule){ .kind = RULE_RTBH, .dst = m.rule.dst };
	}
}

Test(say, a_mitigation_by_hand_has_no_incident_key)
{
	struct mitigation m = dns_flood();
	json_t *j;

	m.incident[0] = '\0';
	j = mitigation_json(&m, &settings);
	cr_assert_not_null(j);
	cr_assert_null(json_object_get(j, "incident"));
	json_decref(j);
}

static void
expect_said(const struct evidence *e, const char *en, const char *es)
{
	const char *const words[] = { en, es };

	for (int i = 0; i < 2; i++) {
		struct text out;

		text_init(&out, 512);
		lang_set(i == 0 ? LANG_EN : LANG_ES);
		evidence_say(&out, e);
		cr_expect_str_eq(text_str(&out), words[i]);
		text_fini(&out);
	}
	lang_set(LANG_EN);
}

Test(say, each_line_of_the_column_is_a_plain_sentence)
{
	expect_said(&(struct evidence){ .vantage = "wire", .metric = METRIC_PPS, .rate = 6e5,
	                .above = 6e4, .discount = 25, .capped = true },
	    "wire measures 600 kpacket/s where 60 kpacket/s is the limit "
	    "(it is late or loses data: 25 % off) (what can be forged gives no more)",
	    "wire mide 600 kpaquetes/s donde el límite es 60 kpaquetes/s "
	    "(va atrasado o pierde datos: se le quita el 25 %) "
	    "(lo que se puede falsificar no da para más)");
	expect_said(&(struct evidence){ .kind = EVIDENCE_QUIET, .vantage = "host",
	                .metric = METRIC_PPS, .rate = 1e4, .above = 6e4, .points = -4 },
	    "host objects: it sees this traffic and measures only 10 kpacket/s where "
	    "60 kpacket/s is the limit",
	    "host no está de acuerdo: ve este tráfico y solo mide 10 kpaquetes/s donde el límite "
	    "es 60 kpaquetes/s");
	expect_said(&(struct evidence){ .kind = EVIDENCE_CAUTION, .points = -3 },
	    "caution, as the policy says", "cautela, como dice la política");
	expect_said(&(struct evidence){ .kind = EVIDENCE_OTHERS, .points = 30 },
	    "what other vantages say, together",
	    "lo que dicen los demás puntos de vista, en conjunto");
}

Test(say, an_attack_says_what_kind_it_is)
{
	static const struct { struct shape shape; const char *en, *es;
	} rows[] = {
		{ { .no_volume = true },
		    "Nothing in the traffic explains it: no announcement to the "
		    "providers would help, and somebody has to look at the service itself.",
		    "Nada en el tráfico lo explica: ningún anuncio a los proveedores serviría, y "
		    "alguien tiene que revisar el servicio mismo." },
		{ { .flash_crowd = true },
		    "It looks like many people who want something, not like an "
		    "attack: our servers answer them, so nothing is dropped.",
		    "Parece mucha gente que busca algo, no un ataque: nuestros servidores les "
		    "responden, así que no se descarta nada." },
		{ { .spray = true, .breadth = 600 },
		    "It goes to more addresses than anybody can count.",
		    "Va a más direcciones de las que se pueden contar." },
		{ { .breadth = 200 }, "At least 200 addresses get a part of it.",
		    "Al menos 200 direcciones reciben una parte." },
		{ { .campaign = 1800000003, .victims = 3 },
		    "It is one of 3 attacks that look alike (c1800000003).",
		    "Es uno de 3 ataques que se parecen (c1800000003)." },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct decision d = { .kind = DECISION_OPENED };
		struct words w;

		d.incident.subject.kind = SUBJECT_HOST;
		prefix_parse(&d.incident.subject.prefix, "192.0.2.80");
		d.incident.shape = rows[i].shape;
		say_incident(&w, &settings, &d);
		cr_expect(strstr(w.en, rows[i].en) != NULL, "%s", w.en);
		cr_expect(strstr(w.es, rows[i].es) != NULL, "%s", w.es);
	}
}

Test(say, an_incident_in_json_names_policy_step_and_evidence)
{
	struct incident i = { .id = "i4",
		.state = INCIDENT_OPEN,
		.step = 0,
		.points = 19.234,
		.evidence_n = 1,
		.evidence = { { .vantage = "routers", .metric = METRIC_BPS, .rate = 1.6e9,
		    .above = 2e8, .points = 19.234 } } };
	json_t *j;

	prefix_parse(&i.subject.prefix, "192.0.2.80");
	j = incident_json(&i, &settings);
	cr_assert_not_null(j);
	cr_assert_str_eq(json_string_value(json_object_get(j, "subject")), "192.0.2.80");
	cr_assert_str_eq(json_string_value(json_object_get(j, "step")), "drop");
	cr_assert_str_eq(json_string_value(json_object_get(j, "policy")), "host-flood");
	cr_assert(json_is_null(json_object_get(j, "mitigation")));
	cr_assert(json_is_null(json_object_get(j, "closed")));
	cr_assert_float_eq(json_real_value(json_object_get(j, "points")), 19.23, 1e-9);
	json_decref(j);
	i.step = -1;
	i.subject.kind = SUBJECT_GROUP;
	j = incident_json(&i, &settings);
	cr_assert(json_is_null(json_object_get(j, "step")));
	cr_assert_str_eq(json_string_value(json_object_get(j, "subject")), "Network of Funds");
	json_decref(j);
}

/* What the log keeps of an attack's length is read back as it was; what cannot be is nothing. */
Test(say, how_long_an_attack_lasted_is_read_back_as_it_was_told)
{
	const struct lasting told = {
		.credit_ms = 431250, .gap_ms = 90500, .comebacks = 7, .seen = { 1800000000123 }
	};
	json_t *j = lasting_json(&told), *odd;
	struct lasting is = lasting_from_json(j);

	cr_expect_eq(is.credit_ms, told.credit_ms);
	cr_expect_eq(is.gap_ms, told.gap_ms);
	cr_expect_eq(is.comebacks, told.comebacks);
	cr_expect_eq(is.seen.ms, told.seen.ms);
	json_decref(j);
	odd = json_pack("{s:f,s:s,s:i,s:s}", "credit", 1e300, "longest_pause", "long", "comebacks",
	    -3, "seen", "yesterday");
	is = lasting_from_json(odd);
	cr_expect_eq(is.credit_ms, 0);
	cr_expect_eq(is.gap_ms, 0);
	cr_expect_eq(is.comebacks, 0);
	cr_expect_eq(is.seen.ms, 0);
	json_decref(odd);
	is = lasting_from_json(NULL);
	cr_expect_eq(is.credit_ms, 0);
}

Test(say, a_reason_may_begin_with_a_name)
{
	char buf[128];

	lang_set(LANG_ES);
	cr_expect_str_eq(lang_why("nothing has come yet", buf, sizeof(buf)),
	    "aún no ha llegado nada");
	cr_expect_str_eq(lang_why("eth1: there is no such interface", buf, sizeof(buf)),
	    "eth1: no existe tal interfaz");
	cr_expect_str_eq(lang_why("x: ", buf, sizeof(buf)), "x: ");
	cr_expect_str_eq(lang_why("", buf, sizeof(buf)), "", "not the head of the catalogue");
	lang_set(LANG_EN);
}

/* In an attack nobody looks for a number or for words. */
Test(say, a_session_that_drops_says_whom_to_call_and_what_to_say)
{
	static struct settings s;
	struct upstream u = {
		.name = "transit-a", .protocol = "transit_a", .noc = "+52 55 0000 0000"
	};
	struct session_down down = { { INT64_C(1763867640000) }, "192.0.2.80/32" };
	struct words w;

	snprintf(s.organization.name, sizeof(s.organization.name), "Lab Collective");
	s.routers[0].asn = 64500;
	say_session(&w, &s, &u, &down);
	for (unsigned i = 0; i < 2; i++) {
		const char *say = i == 0 ? w.en : w.es;

		cr_assert(
		    strstr(say, "transit-a") != NULL && strstr(say, "+52 55 0000 0000") != NULL,
		    "%s", say);
		cr_assert(strstr(say, "Lab Collective") != NULL && strstr(say, "AS 64500") != NULL,
		    "%s", say);
		cr_assert(strstr(say, "transit_a") != NULL && strstr(say, "03:14 UTC") != NULL,
		    "%s", say);
		cr_assert(strstr(say, "192.0.2.80/32") != NULL, "%s", say);
	}
	u.noc[0] = down.attacked[0] = '\0';
	say_session(&w, &s, &u, &down);
	cr_assert(strstr(w.en, "`noc`") != NULL && strstr(w.es, "`noc`") != NULL, "%s %s", w.en,
	    w.es);
	cr_assert(strstr(w.en, "attack") == NULL, "%s", w.en);
}
