/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Golden tests: tests/golden/config/NAME.conf is loaded, and NAME.ok holds what is printed or
 * NAME.err the sentence it is refused with.  SEAWALL_UPDATE=1 writes them anew; look at the
 * difference then.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "config/hearsay.h"
#include "config/load.h"
#include "config/schema.h"
#include "leak.h"
#include "tree.h"
#include "spanish.h"

#define GOLDEN "tests/golden/config"
#define ERRORS_LEAST 40
#define TEXT_MAX (1u << 20)

TestSuite(config, .init = tree_is_found, .fini = leak_check);

static void
replace(char *text, const char *what, const char *with)
{
	char *p = strstr(text, what);

	for (; p != NULL; p = strstr(p + strlen(with), what)) {
		memmove(p + strlen(with), p + strlen(what), strlen(p + strlen(what)) + 1);
		memcpy(p, with, strlen(with));
	}
}

/* What stands in it because of where the tree is: templates and the names of files. */
static char *
without_places(const char *text)
{
	char *copy = strdup(text), dir[4096], *real = realpath(tree_dir(), NULL);

	/*
	 * distcheck names the tree by a relative path, what is found beside a file has the real one
	 */
	snprintf(dir, sizeof(dir), "%s/%s/", tree_dir(), GOLDEN);
	replace(copy, dir, "");
	snprintf(dir, sizeof(dir), "%s/%s/", real != NULL ? real : "", GOLDEN);
	replace(copy, dir, "");
	free(real);
	replace(copy, getenv("SEAWALL_DATADIR"), "TOP");
	return copy;
}

static void
loads_to_the_same(const char *name, const char *printed)
{
	struct settings *s = NULL;
	struct diag why = { 0 };
	struct text again;

	text_init(&again, TEXT_MAX);
	cr_expect_eq(config_load_text(&s, printed, strlen(printed), "printed", &why), 0,
		     "%s: line %u: %s", name, why.line, why.say);
	if (s != NULL) {
		config_print(&again, s);
		cr_expect_str_eq(text_str(&again), printed,
				 "%s: printed, loaded and printed again differs", name);
	}
	text_fini(&again);
	free(s);
}

/* The findings, one a line, as `seawall check` has them. */
static void
print_findings(struct text *out, const struct settings *s)
{
	static struct config_finding all[CONFIG_FINDINGS_MAX];
	unsigned n = 0, errors = config_check(s, all, CONFIG_FINDINGS_MAX, &n), counted = 0;

	for (unsigned i = 0; i < n; i++) {
		text_printf(out, "# %s:%u: %s: %s\n", all[i].file, all[i].line,
			    all[i].error ? "error" : "warning", all[i].say);
		counted += all[i].error;
	}
	cr_expect_eq(counted, errors);
}

/* What loading the file says; *ret_ok tells which of the two files it belongs into. */
static char *
outcome(const char *name, const char *path, bool *ret_ok)
{
	struct settings *s = NULL;
	struct diag why = { 0 };
	struct text out;
	char line[1024], *result;

	*ret_ok = config_load(&s, path, &why) == 0;
	text_init(&out, TEXT_MAX);
	if (*ret_ok) {
		config_print(&out, s);
		cr_expect(text_ok(&out));
		loads_to_the_same(name, text_str(&out));
		print_findings(&out, s);
	} else {
		cr_expect_eq(s, NULL, "%s: refused, but something was returned", name);
		text_printf(&out, "%s\n", diag_str(&why, line, sizeof(line)));
	}
	result = without_places(text_str(&out));
	text_fini(&out);
	free(s);
	return result;
}

static void
compare(const char *name, const char *path, const char *got)
{
	char *expected = NULL;
	size_t len;

	if (getenv("SEAWALL_UPDATE") != NULL) {
		cr_expect_eq(file_replace(path, got, strlen(got), 0644), 0);
		return;
	}
	if (file_slurp(&expected, &len, path, TEXT_MAX) != 0)
		cr_expect(false, "%s: there is no %s; it says: %s", name, path, got);
	else
		cr_expect_str_eq(got, expected, "%s", name);
	free(expected);
}

static int
is_conf(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot != NULL && strcmp(dot, ".conf") == 0;
}

Test(config, every_golden_file_loads_or_is_refused_as_written)
{
	char dir[4096], path[4400], *got;
	struct dirent **all = NULL;
	int errors = 0, n;
	bool ok;

	snprintf(dir, sizeof(dir), "%s/%s", tree_dir(), GOLDEN);
	n = scandir(dir, &all, is_conf, alphasort);
	cr_assert_gt(n, 0, "%s", dir);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, all[i]->d_name);
		got = outcome(all[i]->d_name, path, &ok);
		errors += !ok;
		snprintf(strrchr(path, '.'), 8, ok ? ".ok" : ".err");
		compare(all[i]->d_name, path, got);
		free(got);
		free(all[i]);
	}
	free(all);
	cr_expect_geq(errors, ERRORS_LEAST, "only %d kinds of mistakes are tried", errors);
}

/* A list with one entry, `text` of it. */
static int
heard(struct hearsay **ret, const char *text, struct diag *why)
{
	char dir[] = "/tmp/seawall-hearsay.XXXXXX", path[128];
	char *all;
	int err;

	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/upstreams", dir);
	cr_assert_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/%s", dir, HEARSAY_FILE);
	cr_assert_geq(
	    asprintf(&all, "source = \"a friend\"; as_of = \"2026\"; networks = ( %s );", text), 0);
	cr_assert_eq(file_replace(path, all, strlen(all), 0600), 0);
	free(all);
	err = hearsay_load(ret, dir, why);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(dir);
	return err;
}

Test(config, what_is_said_of_networks_is_read_and_doubted)
{
	static const char *const wrong[] = {
		"{ asn = \"64502\"; name = \"a\"; min4 = 32; max4 = 24; }",
		"{ asn = \"64502\"; name = \"a\"; min6 = 128; max6 = 48; }",
		"{ asn = \"64502\"; name = \"a\"; }, { asn = \"64502\"; name = \"b\"; }",
		"{ asn = \"64502\"; name = \"a\"; irr = \"perhaps\"; }",
		"{ name = \"a\"; }",
	};
	struct hearsay *h = NULL;
	struct diag why = { 0 };

	cr_assert_eq(hearsay_load(&h, "/nonexistent", &why), -ENOENT);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		cr_expect_neq(heard(&h, wrong[i], &why), 0, "%s", wrong[i]);
		cr_expect(why.line > 0 && why.say[0] != '\0', "%s", wrong[i]);
	}
	cr_assert_eq(
	    heard(&h, "{ asn = \"64502\"; name = \"a\"; max4 = 32; irr = \"yes\"; }", &why), 0,
	    "%s", why.say);
	cr_expect_eq(h->n, 1);
	cr_expect_eq(h->all[0].irr, SAID_YES);
	cr_expect_eq(h->all[0].forwards, SAID_UNKNOWN);
	cr_expect_eq(h->all[0].min4, 0, "not said");
	cr_expect_null(hearsay_find(h, 64503));
	cr_expect_null(hearsay_find(NULL, 64502));
	free(h);
}

Test(config, the_list_that_we_install_loads)
{
	char path[4096];
	struct hearsay *h = NULL;
	struct diag why = { 0 };

	snprintf(path, sizeof(path), "%s/bird-templates", tree_dir());
	cr_assert_eq(hearsay_load(&h, path, &why), 0, "%u: %s", why.line, why.say);
	cr_expect_geq(h->n, 60);
	cr_assert_not_null(hearsay_find(h, 174));
	cr_expect_eq(hearsay_find(h, 174)->selective, SAID_NO);
	cr_expect_eq(hearsay_find(h, 174)->max4, 32);
	cr_expect_neq(hearsay_find(h, 31451)->doubt[0], '\0', "a slip of the list is named");
	free(h);
}

static struct settings *
loaded(const char *path)
{
	struct settings *s = NULL;
	struct diag why = { 0 };
	char line[1024];

	cr_assert_eq(config_load(&s, path, &why), 0, "%s", diag_str(&why, line, sizeof(line)));
	return s;
}

Test(config, the_example_of_the_contract_loads_as_it_stands)
{
	const char *shared = getenv("SEAWALL_SHARED");
	char path[4096];
	struct settings *s;
	struct stat st;

	snprintf(path, sizeof(path), "%s/example/seawall.conf", shared != NULL ? shared : "");
	if (shared == NULL || stat(path, &st) != 0)
		cr_skip_test("SEAWALL_SHARED does not name a directory with example/seawall.conf");
	s = loaded(path);
	cr_expect_eq(s->prefixes_n, 3);
	cr_expect_eq(s->sensors_n, 10);
	cr_expect_eq(s->policies_n, 2);
	cr_expect_eq(s->policies[0].steps[3].via, 1u << 1);
	cr_expect_eq(s->upstreams[1].profile.rtbh4.min, 32);
	cr_expect_float_eq(s->policies[0].signals[4].above, 0.5, 1e-12);
	free(s);
}

Test(config, our_own_example_loads_and_nothing_in_it_contradicts)
{
	static struct config_finding all[CONFIG_FINDINGS_MAX];
	char path[4096];
	struct settings *s;
	unsigned n;

	snprintf(path, sizeof(path), "%s/contrib/example/seawall.conf", tree_dir());
	s = loaded(path);
	cr_expect_eq(s->policies_n, 2);
	cr_expect_eq(config_check(s, all, CONFIG_FINDINGS_MAX, &n), 0, "%s",
		     n > 0 ? all[0].say : "");
	free(s);
}

Test(config, the_policies_we_install_load)
{
	static const char around[] =
		"prefixes = ( \"192.0.2.0/24\" ); routers = ( { name = \"edge\"; } ); ";
	char path[4096], *text, *whole;
	struct settings *s = NULL;
	struct diag why = { 0 };
	size_t len;

	snprintf(path, sizeof(path), "%s/policies/default.policy", tree_dir());
	cr_assert_eq(file_slurp(&text, &len, path, TEXT_MAX), 0);
	cr_assert_geq(asprintf(&whole, "%s%s", around, text), 0);
	cr_assert_eq(config_load_text(&s, whole, strlen(whole), path, &why), 0, "%u: %s", why.line,
		     why.say);
	cr_expect_eq(s->policies_n, 2);
	free(s);
	free(whole);
	free(text);
}

Test(config, a_file_that_is_not_there_is_said)
{
	struct settings *s = NULL;
	struct diag why = { 0 };

	cr_assert_eq(config_load(&s, "/nonexistent/seawall.conf", &why), -ENOENT);
	cr_assert_neq(strstr(why.say, "No such file"), NULL);
	cr_assert_eq(s, NULL);
}

Test(config, no_truncation_of_a_file_crashes)
{
	char path[4096], *text;
	struct diag why;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s/full.conf", tree_dir(), GOLDEN);
	cr_assert_eq(file_slurp(&text, &len, path, TEXT_MAX), 0);
	for (size_t n = 0; n < len; n++) {
		struct settings *s = NULL;
		char *cut = strndup(text, n);

		if (config_load_text(&s, cut, n, "cut", &why) == 0)
			free(s);
		free(cut);
	}
	free(text);
}

static void
is_complete(void *ctx, const char *path, const struct row *r)
{
	unsigned *n = ctx;

	cr_expect(r->help != NULL && *r->help != '\0', "%s has no help", path);
	cr_expect(r->kind >= KIND_SCALARS || r->def != NULL || r->flags != 0,
		  "%s: what when it is not given?", path);
	(*n)++;
}

Test(config, every_row_says_what_it_is_and_what_holds_without_it)
{
	unsigned n = 0;

	schema_each(&schema_root, is_complete, &n);
	schema_each(&schema_profile, is_complete, &n);
	cr_expect_gt(n, 80);
}

Test(config, the_nearest_name_is_found_and_nonsense_has_none)
{
	cr_expect_str_eq(schema_nearest(&schema_root, "prefxies"), "prefixes");
	cr_expect_str_eq(schema_nearest(&schema_root, "sensor"), "sensors");
	cr_expect_null(schema_nearest(&schema_root, "zzzzzz"));
}

Test(config, members_that_sensors_cannot_count_are_an_error)
{
	struct settings *s = calloc(1, sizeof(*s));
	struct config_finding found[64];
	unsigned n = 0, said = 0;

	cr_assert_not_null(s);
	prefix_parse(&s->prefixes[s->prefixes_n++], "10.0.0.0/16");
	s->policies[s->policies_n++].subject = SUBJECT_GROUP;
	for (unsigned m = 0; m < 13; m++) {
		struct member *is = &s->members[s->members_n++];

		for (unsigned i = 0; i < 16 && (m < 12 || i < 1); i++) {
			const uint8_t addr[4] = { 10, 0, (uint8_t)m, (uint8_t)(16 * i) };

			is->prefixes[is->prefixes_n++] = prefix_of(4, addr, 28);
		}
	}
	config_check(s, found, 64, &n);
	for (unsigned i = 0; i < n; i++)
		said += strstr(found[i].say,
			    "they have 193 prefixes to be counted: sensors count 192") != NULL;
	cr_expect_eq(said, 1);
	s->members_n = 12;
	config_check(s, found, 64, &n);
	for (unsigned i = 0; i < n; i++)
		cr_expect_null(strstr(found[i].say, "prefixes to be counted"));
	free(s);
}

static unsigned
said(const struct config_finding *all, unsigned n, const char *what)
{
	unsigned times = 0;

	for (unsigned i = 0; i < n; i++)
		times += strstr(all[i].say, what) != NULL;
	return times;
}

static struct settings *
with_drop_at(const char *own, const char *via)
{
	static const char form[] =
		"prefixes = ( %s ); routers = ( { name = \"edge\"; upstreams = ( "
		"{ name = \"a\"; protocol = \"a\"; flowspec = { }; }, "
		"{ name = \"b\"; protocol = \"b\"; flowspec = { }; } ); } ); "
		"policies = ( { name = \"p\"; "
		"signals = ( { metric = \"bps\"; above = \"1Mbit\"; points = 10; } ); "
		"ladder = ( { step = \"drop\"; at = 10; via = ( %s ); } ); } );";
	struct settings *s = NULL;
	struct diag why = { 0 };
	char text[1024];

	snprintf(text, sizeof(text), form, own, via);
	cr_assert_eq(config_load_text(&s, text, strlen(text), "t", &why), 0, "%s", why.say);
	return s;
}

Test(config, a_family_whose_flowspec_nobody_takes_is_said)
{
	static struct config_finding all[CONFIG_FINDINGS_MAX];
	struct settings *s = with_drop_at("\"192.0.2.0/24\", \"2001:db8::/32\"", "\"a\"");
	const char *sentence =
	    "no upstream takes FlowSpec of IPv6, so step drop is never taken there";
	unsigned n;

	config_check(s, all, CONFIG_FINDINGS_MAX, &n);
	cr_expect_eq(said(all, n, sentence), 0);
	s->upstreams[0].profile.flowspec6 = false;	/* the other is not in `via` */
	config_check(s, all, CONFIG_FINDINGS_MAX, &n);
	cr_expect_eq(said(all, n, sentence), 1);
	free(s);
	s = with_drop_at("\"192.0.2.0/24\"", "\"a\"");
	s->upstreams[0].profile.flowspec6 = false;	/* nothing of ours is of that family */
	config_check(s, all, CONFIG_FINDINGS_MAX, &n);
	cr_expect_eq(said(all, n, "no upstream takes FlowSpec"), 0);
	free(s);
}

Test(config, nobody_spared_where_an_upstream_drops_by_source_is_said)
{
	static struct config_finding all[CONFIG_FINDINGS_MAX];
	struct settings *s = with_drop_at("\"192.0.2.0/24\"", "\"a\"");
	const char *sentence = "drops by source, and `spared` names nobody";
	unsigned n;

	config_check(s, all, CONFIG_FINDINGS_MAX, &n);
	cr_expect_eq(said(all, n, sentence), 0, "nobody drops by source");
	s->upstreams[1].profile.drops4 = true;
	config_check(s, all, CONFIG_FINDINGS_MAX, &n);
	cr_expect_eq(said(all, n, sentence), 1);
	s->spared_n = 1;
	config_check(s, all, CONFIG_FINDINGS_MAX, &n);
	cr_expect_eq(said(all, n, sentence), 0);
	free(s);
}

/* With sensors of both vantages the same policy has nothing to reproach it. */
Test(config, a_step_is_in_reach_when_another_vantage_measures)
{
	static struct config_finding all[CONFIG_FINDINGS_MAX];
	struct settings *s = with_drop_at("\"192.0.2.0/24\"", "\"a\"");
	struct sensor_settings *t = s->sensors;
	unsigned n;

	s->sensors_n = 2;
	t[0] = (struct sensor_settings){
		.name = "x", .vantage = "x", .type = SENSOR_PROBE, .link = -1
	};
	t[1] = (struct sensor_settings){
		.name = "y", .vantage = "y", .type = SENSOR_PACKET, .link = -1
	};
	s->policies[0].steps[0].at = 19;
	s->policies[0].steps[0].vantages = 2;
	cr_expect_eq(config_check(s, all, CONFIG_FINDINGS_MAX, &n), 2);
	cr_expect_eq(said(all, n, "the sensors have 1 that measure"), 1);
	cr_expect_eq(said(all, n, "give 18 at most"), 1);
	t[0].type = SENSOR_PACKET;
	cr_expect_eq(config_check(s, all, CONFIG_FINDINGS_MAX, &n), 0, "%s",
	    n > 0 ? all[0].say : "");
	free(s);
}

/*
 * What can be forged stays below a blackhole; exports that come by a path of their own count in
 * full.
 */
Test(config, a_blackhole_is_in_reach_of_exports_that_nobody_can_forge)
{
	static struct config_finding all[CONFIG_FINDINGS_MAX];
	struct settings *s = with_drop_at("\"192.0.2.0/24\"", "\"a\"");
	struct policy *p = &s->policies[0];
	struct sensor_settings *t = s->sensors;
	unsigned n;

	s->sensors_n = 2;
	t[0] = (struct sensor_settings){
		.name = "x", .vantage = "x", .type = SENSOR_FLOW, .link = -1, .exporters_n = 1
	};
	t[1] = t[0];
	strcpy(t[1].vantage, "y");
	p->signals[0].at_10x = 30;
	p->steps[1] =
	    (struct step){ .kind = STEP_BLACKHOLE, .at = 25, .vantages = 1, .max_collateral = -1 };
	p->steps_n = 2;
	cr_expect_eq(config_check(s, all, CONFIG_FINDINGS_MAX, &n), 1);
	cr_expect_eq(
	    said(all, n, "never reach a blackhole alone, and with all else they give 24 at most"),
	    1);
	t[0].private_path = true;
	cr_expect_eq(config_check(s, all, CONFIG_FINDINGS_MAX, &n), 0, "%s",
	    n > 0 ? all[0].say : "");
	p->steps[1].at = 55;	/* 30 of the one, and 24 of the other at most */
	cr_expect_eq(config_check(s, all, CONFIG_FINDINGS_MAX, &n), 0,
	    "below the first blackhole is 54");
	p->steps[1].at = 61;
	config_check(s, all, CONFIG_FINDINGS_MAX, &n);
	cr_expect_eq(said(all, n, "give 60 at most"), 1);
	t[0].private_path = false;
	t[1].type = SENSOR_PACKET;
	/* what a packet sensor of the same vantage sees alone is nobody's forgery */
	strcpy(t[1].vantage, "x");
	p->steps[1].at = 30;
	cr_expect_eq(config_check(s, all, CONFIG_FINDINGS_MAX, &n), 0, "%s",
	    n > 0 ? all[0].say : "");
	free(s);
}

Test(config, every_finding_is_said_in_spanish_too)
{
	static const char *const files[] = { "contradictions", "contradictory-policies",
		"contradictory-budgets", "full" };
	static struct config_finding en[CONFIG_FINDINGS_MAX], es[CONFIG_FINDINGS_MAX];
	unsigned n, m;

	spanish_open();
	for (unsigned f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
		char path[4400];
		struct settings *s;

		snprintf(path, sizeof(path), "%s/%s/%s.conf", tree_dir(), GOLDEN, files[f]);
		s = loaded(path);
		lang_set(LANG_EN);
		config_check(s, en, CONFIG_FINDINGS_MAX, &n);
		lang_set(LANG_ES);
		config_check(s, es, CONFIG_FINDINGS_MAX, &m);
		cr_assert_eq(n, m);
		cr_assert_gt(n, 5);
		for (unsigned i = 0; i < n; i++) {
			cr_expect_str_neq(en[i].say, es[i].say);
			cr_expect_lt(strlen(es[i].say), sizeof(es[i].say) - 1, "cut: %s",
			    es[i].say);
			cr_expect_eq(en[i].line, es[i].line);
		}
		free(s);
	}
}
