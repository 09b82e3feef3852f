/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/lang.h"
#include "base/units.h"
#include "cli/args.h"
#include "cli/audit_proof.h"
#include "cli/audit_verify.h"
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

int
audit_directory(const struct cli_options *o, const char *named, char ret[static PATH_MAX_LEN],
    struct diag *reterr)
{
	struct settings *s = NULL;
	int err;

	if (named != NULL) {
		snprintf(ret, PATH_MAX_LEN, "%s", named);
		return 0;
	}
	err = config_load(&s, cli_config_path(o), reterr);
	if (err == 0)
		snprintf(ret, PATH_MAX_LEN, "%s", s->audit_directory);
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
	err = audit_directory(o, w.n > 0 ? word[0] : NULL, dir, &d);
	if (err == 0)
		err = audit_replay(dir, print_record, &p, &d);
	if (err == -EBADMSG)
		return cli_fail(CLI_REFUSED, _("the log stops being what was written here: %s"),
		    d.say);
	return err != 0 ? failed(&d) : CLI_DONE;
}

int
cli_audit(const struct cli_options *o, int argc, char **argv)
{
	static const struct { const char *name; cli_run *run;
	} subs[] = {
		{ "log", audit_log },
		{ "verify", cli_audit_verify },
		{ "checkpoint", cli_audit_checkpoint },
		{ "prove", cli_audit_prove },
		{ "publish", cli_audit_publish },
		{ "key", cli_audit_key },
	};

	for (size_t i = 0; argc > 1 && i < sizeof(subs) / sizeof(*subs); i++)
		if (strcmp(argv[1], subs[i].name) == 0)
			return subs[i].run(o, argc - 1, argv + 1);
	return cli_usage("audit", "%s", _("log, verify, checkpoint, prove, publish or key?"));
}
