/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lang.h"
#include "cli/args.h"
#include "cli/capfile.h"
#include "cli/child.h"
#include "cli/decode_print.h"
#include "sensor/collector.h"

#define PAYLOAD_MAX 65535	/* the longest datagram there is */
#define PROGRESS_EVERY 65536	/* packets */

static const struct collector_limits limits = {
	.exporters = 1024, .templates = 16384, .waiting_bytes = 16 << 20,
	.as_exported = true,
};

struct decode {
	struct collector *c;
	bool json, payload, progress;
	uint64_t packets;
	unsigned files_n;
	FILE **files;		/* owned */
	const char **names;	/* borrowed */
};

static void
print_flows(void *ctx, const struct prefix *exporter, const struct flow *f, unsigned n)
{
	const struct decode *d = ctx;

	for (unsigned i = 0; i < n; i++)
		(d->json ? decode_print_json : decode_print_text)(stdout, exporter, &f[i]);
}

static void
show_progress(struct decode *d)
{
	if (++d->packets % PROGRESS_EVERY != 0 || !d->progress)
		return;
	fputc('\r', stderr);
	fprintf(stderr, _("%llu packets"), (unsigned long long)d->packets);
}

static void
take_packet(struct decode *d, const struct cap_packet *p)
{
	const struct now now = { .mono = { p->when.ms * 1000000 }, .wall = p->when };
	struct prefix exporter;
	struct flow outer;
	struct rd payload;

	show_progress(d);
	if (!cap_export(p, &outer, &payload))
		return;
	exporter = prefix_of(outer.family, outer.src, outer.family == 4 ? 32 : 128);
	collector_feed(d->c, &exporter, payload.p, rd_left(&payload), now);
}

static int
complain(const char *name, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "seawall decode: %s: %s\n", name, why);
	return CLI_USAGE;
}

static int
read_capture(struct decode *d, FILE **take, const char *name)
{
	struct capfile *capture;
	struct cap_packet p;
	const char *why;
	int got;

	if (capfile_new(&capture, take, &why) != 0)
		return complain(name, why);
	while ((got = capfile_next(capture, &p, &why)) == 1)
		take_packet(d, &p);
	if (got < 0)
		complain(name, why);
	capfile_free(capture);
	return got < 0 ? CLI_USAGE : 0;
}

static int
read_payload(struct decode *d, FILE *file, const char *name)
{
	static uint8_t buf[PAYLOAD_MAX + 1];
	const struct prefix nobody = { .family = 4, .len = 32 };
	size_t len = fread(buf, 1, sizeof(buf), file);

	if (ferror(file))
		return complain(name, strerror(errno));
	if (len > PAYLOAD_MAX)
		return complain(name, _("is longer than a datagram can be"));
	collector_feed(d->c, &nobody, buf, len, (struct now){ .wall = { 0 } });
	return 0;
}

/* The child: everything that looks at strange bytes. */
static int
parse(void *ctx)
{
	struct decode *d = ctx;
	int status = 0, one;

	if (collector_new(&d->c, &limits, print_flows, d) != 0)
		return complain("decode", strerror(ENOMEM));
	if (child_sandbox("decode", SANDBOX_PARSER) != 0)
		return CLI_USAGE;
	for (unsigned i = 0; i < d->files_n; i++) {
		if (d->payload)
			one = read_payload(d, d->files[i], d->names[i]);
		else
			one = read_capture(d, &d->files[i], d->names[i]);
		status = one > status ? one : status;
	}
	if (d->progress && d->packets >= PROGRESS_EVERY)
		fputs("\r\033[K", stderr);
	(d->json ? decode_summary_json : decode_summary_text)(stdout, d->c);
	collector_free(d->c);
	return status;
}

static int
open_files(struct decode *d)
{
	d->files = calloc(d->files_n, sizeof(*d->files));
	if (d->files == NULL)
		return complain("decode", strerror(ENOMEM));
	for (unsigned i = 0; i < d->files_n; i++) {
		d->files[i] = capfile_open(d->names[i]);
		if (d->files[i] == NULL)
			return complain(d->names[i], strerror(errno));
	}
	return 0;
}

static void
close_files(struct decode *d)
{
	for (unsigned i = 0; d->files != NULL && i < d->files_n; i++)
		if (d->files[i] != NULL)
			fclose(d->files[i]);
	free(d->files);
}

int
cli_decode(const struct cli_options *o, int argc, char **argv)
{
	struct decode d = { .json = o->json,
		.progress = isatty(STDERR_FILENO) && isatty(STDOUT_FILENO) };
	const struct args_option options[] = { { "--payload", NULL, &d.payload }, { 0 } };
	struct args_words words = { .max = (unsigned)argc,
		.words = calloc((size_t)argc, sizeof(*words.words)) };
	struct diag why = { 0 };
	int status;

	if (words.words == NULL)
		return complain("decode", strerror(ENOMEM));
	if (args_parse(argc, argv, options, &words, &why) != 0) {
		status = cli_usage("decode", "%s", why.say);
	} else if (words.n == 0) {
		status = cli_usage("decode", "%s", _("which file?"));
	} else {
		d.names = words.words;
		d.files_n = words.n;
		status = open_files(&d);
		if (status == 0)
			status = child_run("decode", parse, &d);
		close_files(&d);
	}
	free(words.words);
	return status;
}
