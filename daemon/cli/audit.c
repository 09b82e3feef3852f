/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/lang.h"
#include "base/units.h"
#include "cli/args.h"
#include "cli/table.h"
#include "config/load.h"

#define DAY_MS 86400000
#define SENTENCE_MAX 4096

int
audit_since(wall_t *ret, const char *text, wall_t now)
{
	int64_t ago;

	if (strcmp(text, "today") == 0 || strcmp(text, "yesterday") == 0) {
		ret->ms = now.ms - now.ms % DAY_MS - (text[0] == 'y' ? DAY_MS : 0);
		return 0;
	}
	if (text[0] != '-')
		return wall_parse(ret, text);
	if (units_duration(&ago, text + 1) != 0)
		return -EINVAL;
	*ret = wall_add_ms(now, -ago);
	return 0;
}

/* The directory that was named, else the configuration's. */
static int
find_directory(const struct cli_options *o, const struct args_words *w, char *ret, size_t size,
    struct diag *reterr)
{
	struct settings *s = NULL;
	int err;

	if (w->n > 0) {
		snprintf(ret, size, "%s", w->words[0]);
		return 0;
	}
	err = config_load(&s, cli_config_path(o), reterr);
	if (err == 0)
		snprintf(ret, size, "%s", s->audit_directory);
	free(s);
	return err;
}

static int
failed(const struct diag *d)
{
	char buf[1024];

	return cli_fail(CLI_USAGE, "%s", diag_str(d, buf, sizeof(buf)));
}

struct printer {
	bool json;
	wall_t since;
};

static int
print_record(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	const struct printer *p = ctx;
	const char *time = json_string_value(json_object_get(record, "t"));
	const json_t *say = json_object_get(record, "say");
	struct text sentence;
	wall_t t;

	if (wall_parse(&t, time) == 0 && t.ms < p->since.ms)
		return 0;
	if (p->json) {
		fwrite(line, 1, len, stdout);
		putchar('\n');
		return ferror(stdout) ? -EIO : 0;
	}
	text_init(&sentence, SENTENCE_MAX);
	text_clean(&sentence,
	    json_string_value(json_object_get(say, lang_get() == LANG_ES ? "es" : "en")));
	printf("%6" PRIu64 "  %.10s %.8s  %s\n", n, time, strlen(time) > 19 ? time + 11 : "",
	    text_str(&sentence));
	text_fini(&sentence);
	return ferror(stdout) ? -EIO : 0;
}

static int
audit_log(const struct cli_options *o, int argc, char **argv)
{
	const char *since = NULL, *word[1];
	const struct args_option options[] = { { "--since", &since, NULL }, { 0 } };
	struct args_words w = { .max = 1, .words = word };
	struct printer p = { .json = o->json, .since = { INT64_MIN } };
	struct diag d = { 0 };
	char dir[PATH_MAX_LEN];
	int err;

	if (args_parse(argc, argv, options, &w, &d) != 0)
		return cli_usage("audit", "%s", d.say);
	if (since != NULL && audit_since(&p.since, since, clock_now().wall) != 0)
		return cli_usage("audit",
		    _("--since takes a time: 2026-11-22T03:00:00Z, -3w, yesterday; not '%s'"),
		    since);
	err = find_directory(o, &w, dir, sizeof(dir), &d);
	if (err == 0)
		err = audit_replay(dir, print_record, &p, &d);
	if (err == -EBADMSG)
		return cli_fail(
		    CLI_REFUSED, _("the log stops being what was written here: %s"), d.say);
	return err != 0 ? failed(&d) : CLI_DONE;
}

static void
progress(void *ctx, uint64_t records)
{
	(void)ctx;
	fputc('\r', stderr);
	fprintf(stderr, _("%llu records"), (unsigned long long)records);
	fflush(stderr);
}

static void
print_verdict_json(const struct verdict *v, const char *root)
{
	json_t *bad = v->first_bad >= 0 ? json_integer(v->first_bad) : json_null();
	/* checkpoint: how many records signed checkpoints vouch for */
	json_t *j = json_pack("{s:s,s:b,s:I,s:s,s:i,s:o,s:s?}", "type", "verdict", "ok", v->ok,
	    "records", (json_int_t)v->records, "root", root, "checkpoint", 0, "first_bad", bad,
	    "why", v->ok ? NULL : v->why);

	json_dumpf(j, stdout, JSON_COMPACT | JSON_SORT_KEYS);
	putchar('\n');
	json_decref(j);
}

static void
print_verdict(const struct verdict *v, const char *root)
{
	if (!v->ok) {
		printf(_("The record is NOT what was written. Right are the first %llu "
			 "lines.\nFirst wrong line: number %lld.\n"),
		    (unsigned long long)v->records, (long long)v->first_bad);
		printf("%s\n", v->why);
		return;
	}
	printf(_("The record holds together: %llu lines, none changed, none missing in between.\n"),
	    (unsigned long long)v->records);
	printf(_("Write this down to find out later whether its end was cut or changed:\n  %1$llu "
		 "%2$s\n"),
	    (unsigned long long)v->records, root);
}

static int
audit_verify_files(const struct cli_options *o, int argc, char **argv)
{
	const char *word[1];
	const struct args_option options[] = { { 0 } };
	struct args_words w = { .max = 1, .words = word };
	bool watched = isatty(STDERR_FILENO) != 0;
	char dir[PATH_MAX_LEN], root[64];
	struct diag d = { 0 };
	struct verdict v;
	int err;

	if (args_parse(argc, argv, options, &w, &d) != 0)
		return cli_usage("audit", "%s", d.say);
	err = find_directory(o, &w, dir, sizeof(dir), &d);
	if (err != 0)
		return failed(&d);
	err = audit_verify_watched(dir, watched ? progress : NULL, NULL, &v);
	if (watched)
		fputs("\r\033[K", stderr);
	if (err == -ENOENT)
		return cli_fail(CLI_USAGE, _("%s: there is no log here"), dir);
	if (err != 0)
		return cli_fail(CLI_USAGE, "%s: %s", dir, strerror(-err));
	sodium_bin2base64(
	    root, sizeof(root), v.root, sizeof(v.root), sodium_base64_VARIANT_ORIGINAL);
	(o->json ? print_verdict_json : print_verdict)(&v, root);
	return v.ok ? CLI_DONE : CLI_REFUSED;
}

int
cli_audit(const struct cli_options *o, int argc, char **argv)
{
	static const struct { const char *name; cli_run *run; } subs[] = {
		{ "log", audit_log }, { "verify", audit_verify_files },
	};

	for (size_t i = 0; argc > 1 && i < sizeof(subs) / sizeof(*subs); i++)
		if (strcmp(argv[1], subs[i].name) == 0)
			return subs[i].run(o, argc - 1, argv + 1);
	if (argc > 1 && (strcmp(argv[1], "checkpoint") == 0 || strcmp(argv[1], "prove") == 0))
		return cli_fail(CLI_REFUSED, _("%s is not built yet"), argv[1]);
	return cli_usage("audit", "%s", _("log or verify?"));
}
