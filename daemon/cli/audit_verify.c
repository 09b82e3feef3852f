/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/audit_verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/checkpoint.h"
#include "audit/verify.h"
#include "base/file.h"
#include "base/lang.h"
#include "cli/args.h"
#include "cli/audit.h"
#include "cli/print.h"

static void
progress(void *ctx, uint64_t records)
{
	(void)ctx;
	fputc('\r', stderr);
	fprintf(stderr, _("%llu records"), (unsigned long long)records);
	fflush(stderr);
}

static json_t *
number_or_null(int64_t n)
{
	return n >= 0 ? json_integer(n) : json_null();
}

static void
print_verdict_json(const struct verdict *v, const char *root)
{
	char key[NOTE_KEY_TEXT];
	/* checkpoint: how many records signed checkpoints vouch for */
	json_t *j = json_pack("{s:s,s:b,s:I,s:s,s:I,s:o,s:o,s:s?,s:s?}", "type", "verdict", "ok",
	    v->ok, "records", (json_int_t)v->records, "root", root, "checkpoint",
	    (json_int_t)v->checkpoint, "first_bad", number_or_null(v->first_bad), "last_bad",
	    number_or_null(v->last_bad), "key", v->by_key ? note_key_text(&v->key, key) : NULL,
	    "why", v->ok ? NULL : v->why);

	print_line(j, JSON_SORT_KEYS);
}

static void
print_bad(const struct verdict *v)
{
	if (v->first_bad < 0) {
		puts(_("The record CANNOT be vouched for."));
		printf("%s\n", v->why);
		return;
	}
	printf(_("The record is NOT what was written. Right are the first %1$llu lines.\n"),
	    (unsigned long long)v->records);
	if (v->last_bad > v->first_bad)
		printf(_("First wrong line: one of numbers %1$lld to %2$lld.\n"),
		    (long long)v->first_bad, (long long)v->last_bad);
	else
		printf(_("First wrong line: number %1$lld.\n"), (long long)v->first_bad);
	printf("%s\n", v->why);
}

static void
print_verdict(const struct verdict *v, const char *root)
{
	char key[NOTE_KEY_TEXT];

	if (!v->ok) {
		print_bad(v);
		return;
	}
	printf(_("The record holds together: %llu lines, none changed, none missing in between.\n"),
	    (unsigned long long)v->records);
	if (v->by_key)
		printf(
		    _("The first %1$llu of them are signed with the key\n  %2$s\n"
		      "Is it the one that you were told? Then nobody without that key changed them; and nobody at all "
		      "did, if a checkpoint that you kept agrees (--checkpoint).\n"),
		    (unsigned long long)v->checkpoint, note_key_text(&v->key, key));
	printf(_("Write this down to find out later whether its end was cut or changed:\n  %1$llu "
		 "%2$s\n"),
	    (unsigned long long)v->records, root);
}

/* A public key, or a file that holds one. */
static int
read_key(struct note_key *ret, const char *given, struct diag *reterr)
{
	char *text = NULL;
	size_t len = 0;
	int err =
	    strchr(given, '+') != NULL ? -ENOENT : file_slurp(&text, &len, given, NOTE_KEY_TEXT);

	if (err == 0)
		err = note_key_parse(ret, text, len - (len > 0 && text[len - 1] == '\n'), reterr);
	else if (strchr(given, '+') != NULL)
		err = note_key_parse(ret, given, strlen(given), reterr);
	else
		diag_set(reterr, err, "%s: %s", given, strerror(-err));
	free(text);
	return err;
}

int
cli_audit_verify(const struct cli_options *o, int argc, char **argv)
{
	const char *word[1], *key = NULL, *given = NULL;
	const struct args_option options[] = { { "--key", &key, NULL },
		{ "--checkpoint", &given, NULL }, { 0 } };
	struct args_words w = { .max = 1, .words = word };
	bool watched = isatty(STDERR_FILENO) != 0;
	char dir[PATH_MAX_LEN], root[HASH_TEXT] = "", buf[1024];
	struct diag d = { 0 };
	struct note_key trusted;
	struct verify how = { .seen = watched ? progress : NULL };
	struct verdict v;
	int err;

	if (args_parse(argc, argv, options, &w, &d) != 0)
		return cli_usage("audit", "%s", d.say);
	err = key != NULL ? read_key(&trusted, key, &d) : 0;
	how.key = key != NULL ? &trusted : NULL;
	how.given = given;
	if (err == 0)
		err = audit_directory(o, w.n > 0 ? word[0] : NULL, dir, &d);
	if (err == 0)
		err = audit_verify(dir, &how, &v, &d);
	if (watched)
		fputs("\r\033[K", stderr);
	if (err != 0)
		return cli_fail(CLI_USAGE, "%s", diag_str(&d, buf, sizeof(buf)));
	if (v.ok)
		hash_text(v.root, root);
	(o->json ? print_verdict_json : print_verdict)(&v, root);
	return v.ok ? CLI_DONE : CLI_REFUSED;
}
