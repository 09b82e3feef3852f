/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/decode.h"

#include <errno.h>
#include <jansson.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lang.h"
#include "base/sandbox.h"
#include "cli/args.h"
#include "cli/decode_print.h"
#include "sensor/collector.h"
#include "sensor/packet.h"

#define PAYLOAD_MAX 65535	/* the longest datagram there is */
#define OUTPUT_BUFFER 65536
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

/* Is this one of the four, by its first bytes? */
static bool
is_export(struct rd r)
{
	uint32_t head = rd_u32(&r);

	return rd_ok(&r) && (head == 5 || head >> 16 == 5 || head >> 16 == 9 || head >> 16 == 10);
}

/* Steps over the link header.  False: nothing that can hold IP. */
static bool
strip_link(struct rd *r, int link, bool *ret_ethernet)
{
	*ret_ethernet = link == DLT_EN10MB;
	switch (link) {
	case DLT_EN10MB:
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		break;
	case DLT_NULL:
	case DLT_LOOP:
		rd_bytes(r, 4);
		break;
	case DLT_LINUX_SLL:
		rd_bytes(r, 16);
		break;
	case DLT_LINUX_SLL2:
		rd_bytes(r, 20);
		break;
	default:
		return false;
	}
	return rd_ok(r);
}

static void
take_packet(struct decode *d, int link, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct rd r = rd_of(bytes, h->caplen), payload;
	int64_t when = (int64_t)h->ts.tv_sec * 1000 + h->ts.tv_usec / 1000;
	struct now now = { .mono = { when * 1000000 }, .wall = { when } };
	struct prefix exporter;
	struct flow outer;
	bool ethernet;

	show_progress(d);
	if (!strip_link(&r, link, &ethernet) || !packet_udp(&outer, &payload, r, ethernet))
		return;
	if (!is_export(payload))
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

/* Takes the file: pcap closes it. */
static int
read_capture(struct decode *d, FILE **take, const char *name)
{
	char why[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *h;
	const u_char *bytes;
	int got, link, status = 0;
	bool ethernet;
	pcap_t *p = pcap_fopen_offline(*take, why);

	if (p == NULL)
		return complain(name, why);
	*take = NULL;
	link = pcap_datalink(p);
	if (!strip_link(&(struct rd){ .p = (const uint8_t *)why,
			.end = (const uint8_t *)why + sizeof(why) },
			link, &ethernet)) {
		status = complain(name,
			_("its link type is not Ethernet, Linux cooked, raw IP or loopback"));
	} else {
		while ((got = pcap_next_ex(p, &h, &bytes)) == 1)
			take_packet(d, link, h, bytes);
		if (got == PCAP_ERROR)
			status = complain(name, pcap_geterr(p));
	}
	pcap_close(p);
	return status;
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

/* What libraries open at first use, and could not any more inside the sandbox. */
static void
open_lazy_files(void)
{
	json_object_seed(0);				/* /dev/urandom */
	/* the catalogues, ours and the C library's */
	if (*_("which file?") == '\0' || *strerror(EIO) == '\0')
		abort();
}

/* The child: everything that looks at strange bytes. */
static int
parse(struct decode *d)
{
	static char output[OUTPUT_BUFFER];
	int status = 0, one;

	setvbuf(stdout, output, _IOFBF, sizeof(output));
	open_lazy_files();
	if (collector_new(&d->c, &limits, print_flows, d) != 0 ||
			sandbox_enter(SANDBOX_PARSER) != 0) {
		fprintf(stderr, "seawall decode: %s\n", _("cannot set up the sandbox to parse in"));
		return CLI_USAGE;
	}
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
	if (fflush(stdout) != 0)
		status = CLI_USAGE;
	return status;
}

static int
await(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return CLI_USAGE;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	fprintf(stderr, _("seawall decode: the parser was stopped by signal %1$d (%2$s)\n"),
		WTERMSIG(status),
		strsignal(WTERMSIG(status)));
	return CLI_USAGE;
}

static int
parse_in_child(struct decode *d)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child < 0)
		return complain("fork", strerror(errno));
	if (child == 0)
		_exit(parse(d));
	return await(child);
}

static FILE *
open_file(const char *name)
{
	FILE *f = fopen(name, "rbe");
	struct stat st;

	if (f != NULL && fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) {
		fclose(f);
		errno = EISDIR;
		return NULL;
	}
	return f;
}

static int
open_files(struct decode *d)
{
	d->files = calloc(d->files_n, sizeof(*d->files));
	if (d->files == NULL)
		return complain("decode", strerror(ENOMEM));
	for (unsigned i = 0; i < d->files_n; i++) {
		d->files[i] = open_file(d->names[i]);
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
			status = parse_in_child(&d);
		close_files(&d);
	}
	free(words.words);
	return status;
}
