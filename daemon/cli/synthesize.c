/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/synthesize.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "cli/args.h"
#include "cli/child.h"
#include "cli/separate.h"
#include "cli/synthesize_print.h"
#include "config/load.h"
#include "config/vectors.h"

#define RULES_DEFAULT 4			/* what a small budget bears */
#define PROGRESS_EVERY 65536		/* packets */

/* One of the two captures. */
struct half {
	const char *name;		/* borrowed */
	FILE *file;			/* owned until the capture takes it */
	struct gather *gather;		/* owned */
};

struct synthesize {
	bool json, progress;
	struct half attack, reference;
	struct separate_want want;
	struct settings *settings;	/* owned; NULL: no upstream was named */
	struct signatures vectors;	/* where no configuration has them */
	struct separate *separate;	/* owned */
};

static int
complain(const char *name, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "seawall synthesize: %s: %s\n", name, why);
	return CLI_USAGE;
}

/* ---- the child ----------------------------------------------------------- */

static int
read_capture(struct synthesize *s, struct half *h)
{
	struct capfile *capture;
	struct cap_packet p;
	uint64_t packets = 0;
	const char *why;
	int got;

	if (capfile_new(&capture, &h->file, &why) != 0)
		return complain(h->name, why);
	while ((got = capfile_next(capture, &p, &why)) == 1) {
		gather_packet(h->gather, &p);
		if (++packets % PROGRESS_EVERY != 0 || !s->progress)
			continue;
		fputc('\r', stderr);
		fprintf(stderr, _("%llu packets"), (unsigned long long)packets);
	}
	if (s->progress && packets >= PROGRESS_EVERY)
		fputs("\r\033[K", stderr);
	if (got < 0)		/* the sentence is the capture's */
		complain(h->name, why);
	capfile_free(capture);
	if (got < 0)
		return CLI_USAGE;
	if (urn_n(gather_result(h->gather).records) == 0)
		return complain(h->name, _("there is no traffic in it that a rule could be about"));
	return 0;
}

static int
mine(struct synthesize *s)
{
	const struct gathered attack = gather_result(s->attack.gather);
	const struct gathered reference = gather_result(s->reference.gather);
	struct separated *found = calloc(1, sizeof(*found));
	mono_t start = clock_now().mono;
	bool separable;

	if (found == NULL)
		return complain("synthesize", strerror(ENOMEM));
	separate_mine(s->separate, &s->want, &attack, &reference, found);
	found->seconds = (double)mono_since_ms(clock_now().mono, start) / 1000;
	(s->json ? synthesized_json : synthesized_text)(found);
	separable = found->all.separable;
	free(found);
	return separable ? CLI_DONE : CLI_REFUSED;
}

/* Everything that looks at strange bytes.  Its memory is taken before the sandbox. */
static int
synthesize(void *ctx)
{
	struct synthesize *s = ctx;
	const struct gather_want attack = { s->want.target, s->want.by_bytes, s->want.seed };
	const struct gather_want reference = { .by_bytes = s->want.by_bytes, .seed = s->want.seed };
	int status = 0;

	if (gather_new(&s->attack.gather, &attack) != 0 ||
	    gather_new(&s->reference.gather, &reference) != 0 || separate_new(&s->separate) != 0)
		status = complain("synthesize", strerror(ENOMEM));
	if (status == 0)
		status = child_sandbox("synthesize", SANDBOX_PARSER);
	if (status == 0)
		status = read_capture(s, &s->attack);
	if (status == 0)
		status = read_capture(s, &s->reference);
	if (status == 0)
		status = mine(s);
	gather_free(s->attack.gather);
	gather_free(s->reference.gather);
	separate_free(s->separate);
	return status;
}

/* ---- before -------------------------------------------------------------- */

static int
parse_number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *ret)
{
	char *end;
	unsigned long long n;

	if (text == NULL)
		return 0;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || *text == '-' || n < least || n > most)
		return cli_usage("synthesize",
		    _("%1$s: expected a number of %2$llu to %3$llu, not %4$s"), option,
		    (unsigned long long)least, (unsigned long long)most, text);
	*ret = n;
	return 0;
}

/* "0.01" or "1%". */
static int
parse_share(const char *option, const char *text, double *ret)
{
	char *end;
	double share;

	if (text == NULL)
		return 0;
	share = strtod(text, &end);
	if (end != text && strcmp(end, "%") == 0)
		share /= 100;
	else if (end != text && *end != '\0')
		share = -1;
	if (end == text || !(share > 0 && share <= 1))
		return cli_usage("synthesize",
		    _("%1$s: expected a share such as 0.01 or 1%%, not %2$s"), option, text);
	*ret = share;
	return 0;
}

static int
parse_target(const char *text, struct prefix *ret)
{
	if (text == NULL || prefix_parse(ret, text) == 0)
		return 0;
	return cli_usage("synthesize", _("--for: expected an address or a prefix, not %s"), text);
}

/* What the provider takes of FlowSpec, how many rules of ours, and what none may touch. */
static int
take_upstream(struct synthesize *s, const struct cli_options *o, const char *name)
{
	struct diag why = { 0 };
	char say[1024];
	int at;

	if (name == NULL)
		return 0;
	if (config_load(&s->settings, cli_config_path(o), &why) != 0)
		return cli_fail(CLI_USAGE, "%s", diag_str(&why, say, sizeof(say)));
	at = settings_upstream(s->settings, name);
	if (at < 0)
		return cli_fail(CLI_USAGE, _("%1$s names no upstream %2$s"), cli_config_path(o),
		    name);
	s->want.upstream = &s->settings->upstreams[at];
	if (!s->want.upstream->flowspec)
		return cli_fail(CLI_REFUSED, _("upstream %s takes no FlowSpec"), name);
	s->want.settings = s->settings;
	return 0;
}

/* Those of the file named, of the configuration, or the installed ones. */
static int
take_vectors(struct synthesize *s, const char *file)
{
	struct diag why = { 0 };
	char path[PATH_MAX_LEN], say[1024];

	if (file == NULL && s->settings != NULL) {
		s->want.known = &s->settings->vectors;
		return 0;
	}
	s->want.known = &s->vectors;
	if (file == NULL && !vectors_find(path, NULL))
		return 0;
	if (vectors_load(&s->vectors, file != NULL ? file : path, &why) != 0)
		return cli_fail(CLI_USAGE, "%s", diag_str(&why, say, sizeof(say)));
	return 0;
}

static int
open_half(struct half *h)
{
	h->file = capfile_open(h->name);
	return h->file != NULL ? 0 : complain(h->name, strerror(errno));
}

static int
prepare(struct synthesize *s, const struct cli_options *o, int argc, char **argv)
{
	const char *rules = NULL, *collateral = NULL, *target = NULL, *via = NULL, *seed = NULL;
	const char *vectors = NULL;
	const struct args_option options[] = {
		{ "--attack", &s->attack.name, NULL }, { "--reference", &s->reference.name, NULL },
		{ "--max-rules", &rules, NULL }, { "--max-collateral", &collateral, NULL },
		{ "--for", &target, NULL }, { "--via", &via, NULL }, { "--seed", &seed, NULL },
		{ "--by-bytes", NULL, &s->want.by_bytes }, { "--vectors", &vectors, NULL }, { 0 },
	};
	struct args_words words = { .max = 0 };
	struct diag why = { 0 };
	uint64_t n = RULES_DEFAULT, most = SYNTH_RULES_MAX;
	int status;

	if (args_parse(argc, argv, options, &words, &why) != 0)
		return cli_usage("synthesize", "%s", why.say);
	if (s->attack.name == NULL || s->reference.name == NULL)
		return cli_usage("synthesize", _("%s CAPTURE is needed"),
				 s->attack.name == NULL ? "--attack" : "--reference");
	status = take_upstream(s, o, via);
	if (s->want.upstream != NULL && s->want.upstream->flowspec_max_rules < most)
		most = s->want.upstream->flowspec_max_rules;
	n = n < most ? n : most;
	if (status == 0)
		status = take_vectors(s, vectors);
	if (status == 0)
		status = parse_number("--max-rules", rules, 1, most, &n);
	if (status == 0)
		status = parse_number("--seed", seed, 0, UINT64_MAX, &s->want.seed);
	if (status == 0)
		status = parse_share("--max-collateral", collateral, &s->want.collateral_max);
	if (status == 0)
		status = parse_target(target, &s->want.target);
	s->want.rules_max = (unsigned)n;
	if (status == 0)
		status = open_half(&s->attack);
	return status != 0 ? status : open_half(&s->reference);
}

int
cli_synthesize(const struct cli_options *o, int argc, char **argv)
{
	struct synthesize *s = calloc(1, sizeof(*s));
	int status;

	if (s == NULL)
		return cli_fail(CLI_USAGE, "%s", strerror(ENOMEM));
	s->json = o->json;
	s->progress = isatty(STDERR_FILENO) && isatty(STDOUT_FILENO);
	s->want.collateral_max = SYNTH_COLLATERAL;
	s->want.seed = 1;
	status = prepare(s, o, argc, argv);
	if (status == 0)
		status = child_run("synthesize", synthesize, s);
	if (s->attack.file != NULL)
		fclose(s->attack.file);
	if (s->reference.file != NULL)
		fclose(s->reference.file);
	free(s->settings);
	free(s);
	return status;
}
