/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flow exports over UDP: NetFlow 5, NetFlow 9, IPFIX, sFlow 5; and IPFIX over TCP. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/resident.h"
#include "main/kind.h"
#include "main/role.h"
#include "sensor/collector.h"
#include "sensor/store.h"
#include "sensor/tcp.h"
#include "sensor/udp.h"

#define BATCHES_A_TURN 64
/* a datagram full of templates takes long, and more come than can be read */
#define TURN_MAX_MS 100
/* datagrams: whatever is in them, they take no time worth measuring */
#define FEW 2
#define BATCH_MAX_MS 10			/* after a longer one the next is smaller */
/* bytes stored of a template or of an exporter; rarely more */
#define STORE_EACH 384

#define STORE_MS 10000			/* what was learned is written this often at most */
/* and this often though it is the same: when it was told changes */
#define STORE_REFRESH_MS 600000

struct flow_sensor {
	struct collector *collector;
	struct udp *udp;
	struct tcp *tcp;		/* NULL: not listened on, or not handed over yet */
	unsigned batch;			/* datagrams read at once */
	uint64_t counters;	/* at the last look */
	uint8_t *slot;			/* what is stored next, STORE_HEADER and `room` bytes */
	size_t room;
	uint64_t generation, stored;	/* of the last write; collector_changes() then */
	mono_t stored_at;
};

static void
take_flows(void *ctx, const struct prefix *exporter, const struct flow *f, unsigned n)
{
	(void)exporter;
	process_flows(ctx, f, n);
}

static void
take_datagram(void *ctx, const struct prefix *exporter, const void *buf, size_t len)
{
	struct process *p = ctx;
	struct flow_sensor *s = p->own;

	collector_feed(s->collector, exporter, buf, len, p->now);
}

static void
take_message(void *ctx, const struct prefix *exporter, uint8_t session, const void *message,
    size_t len)
{
	struct process *p = ctx;
	struct flow_sensor *s = p->own;

	if (message != NULL)
		collector_feed_stream(s->collector, exporter, session, message, len, p->now);
	else
		collector_end_stream(s->collector, exporter, session, p->now);
}

static unsigned
flow_wait(struct process *p, struct pollfd *ret, unsigned max)
{
	const struct flow_sensor *s = p->own;

	return s->tcp != NULL ? tcp_wait(s->tcp, ret, max) : 0;
}

/* The parent hands over the listening socket. */
static void
flow_supply(struct process *p, int fd)
{
	const struct sensor_settings *of = &p->spec.settings;
	struct flow_sensor *s = p->own;

	if (s->tcp != NULL || tcp_new(&s->tcp, fd, of->exporters, of->exporters_n) != 0)
		close(fd);
}

/*
 * Nobody knows what a datagram takes before it is read: batches are as large as the last ones were
 * cheap.
 */
static void
size_batch(struct flow_sensor *s, int64_t took_ms)
{
	if (took_ms >= BATCH_MAX_MS)
		s->batch = s->batch > 4 ? s->batch / 4 : 1;
	else if (took_ms < BATCH_MAX_MS / 4 && s->batch < UDP_BATCH)
		s->batch *= 2;
}

/* Some batches a turn, so that a flood of datagrams cannot hold up the reports. */
static void
flow_read(struct process *p)
{
	struct flow_sensor *s = p->own;
	mono_t begun = p->now.mono, now;

	if (s->tcp != NULL)
		tcp_read(s->tcp, p->now.mono, take_message, p);
	for (int i = 0; i < BATCHES_A_TURN; i++, begun = now) {
		int n = udp_read(s->udp, s->batch, take_datagram, p);
		bool all = n < (int)s->batch;

		if (all && n <= FEW)
			return;
		now = clock_now().mono;
		size_batch(s, mono_since_ms(now, begun));
		if (all || mono_since_ms(now, p->now.mono) >= TURN_MAX_MS)
			return;
	}
}

static void
put_note(struct health_report *h, const struct udp_totals *udp, const char *other)
{
	if (udp->buffer < UDP_RECEIVE_BUFFER)
		snprintf(h->note, sizeof(h->note),
		    "the kernel limits the receive buffer to %llu bytes: raise net.core.rmem_max",
		    (unsigned long long)udp->buffer);
	else if (other != NULL)
		snprintf(h->note, sizeof(h->note), "%s", other);
}

static void
flow_health(struct process *p, struct health_report *h)
{
	struct flow_sensor *s = p->own;
	struct collector_totals totals;
	struct tcp_totals tcp = { 0 };
	struct udp_totals udp;
	const char *name, *say;
	uint64_t n;

	if (s->tcp != NULL)
		tcp_totals(s->tcp, &tcp);
	collector_totals(s->collector, &totals);
	udp_totals(s->udp, &udp);
	if (totals.counters != s->counters)	/* no traffic, but the exporter says so */
		watchdog_record(&p->watchdog, 0, p->now);
	s->counters = totals.counters;
	h->accepted = totals.records;
	h->waiting = totals.waiting;
	h->gaps = totals.gaps;
	h->dropped = udp.dropped;
	h->lost = totals.gaps + udp.dropped;
	put_note(h, &udp, collector_note(s->collector));
	process_refused_why(p, h, "unknown-exporter",
	    N_("it comes from an address that is not among `exporters`"),
	    udp.unknown_exporter + tcp.unknown_exporter);
	process_refused_why(p, h, "no-place",
	    N_("it connected when all places were taken"), tcp.no_place);
	process_refused_why(p, h, "not-ipfix",
	    N_("what it sent over TCP is no IPFIX, so it was hung up on"), tcp.not_ipfix);
	for (unsigned i = 0; collector_refused(s->collector, i, &name, &say, &n); i++)
		process_refused_why(p, h, name, say, n);
}

/* The newer of the two that is whole.  Before the sandbox, but parsed as if it were not ours. */
static void
load_from(struct process *p, struct flow_sensor *s, uint8_t *buf)
{
	for (unsigned i = 0; i < STORE_SLOTS; i++) {
		ssize_t n = pread(FD_STORE, buf, STORE_SLOT, (off_t)i * STORE_SLOT);
		struct rd payload;
		uint64_t generation;

		if (n > 0 && store_open(buf, (size_t)n, &generation, &payload) &&
		    generation > s->generation)
			s->generation = generation;
	}
	if (s->generation > 0) {
		off_t at = (off_t)(s->generation % STORE_SLOTS) * STORE_SLOT;
		ssize_t n = pread(FD_STORE, buf, STORE_SLOT, at);
		struct rd payload;
		uint64_t generation;

		if (n > 0 && store_open(buf, (size_t)n, &generation, &payload))
			collector_load(s->collector, payload.p, rd_left(&payload), p->now);
	}
}

/* More may be there than this run will keep, so that room is needed for a moment only. */
static int
load_store(struct process *p, struct flow_sensor *s)
{
	uint8_t *buf = malloc(STORE_SLOT);

	if (buf == NULL)
		return -ENOMEM;
	load_from(p, s, buf);
	free(buf);
	return 0;
}

static void
keep_store(struct process *p, struct flow_sensor *s)
{
	uint64_t changes = collector_changes(s->collector);
	int64_t since = mono_since_ms(p->now.mono, s->stored_at);
	size_t n;

	if (since < STORE_MS || (changes == s->stored && since < STORE_REFRESH_MS))
		return;
	n = collector_save(s->collector, s->slot + STORE_HEADER, s->room, p->now);
	n = store_seal(s->slot, n, ++s->generation);
	s->stored = changes;
	s->stored_at = p->now.mono;
	/* It is a convenience: when it fails, templates are waited for after the next start. */
	if (pwrite(FD_STORE, s->slot, n, (off_t)(s->generation % STORE_SLOTS) * STORE_SLOT) < 0)
		return;
}

static void
flow_second(struct process *p)
{
	struct flow_sensor *s = p->own;
	struct exporter_report x;

	keep_store(p, s);
	collector_judge(s->collector, p->now);
	for (unsigned i = 0; collector_exporter(s->collector, i, &x); i++)
		process_exporter(p, &x);
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static int
flow_start(struct process *p)
{
	const struct sensor_settings *of = &p->spec.settings;
	struct flow_sensor *s = calloc(1, sizeof(*s));
	struct collector_limits limits;
	int err;

	if (s == NULL)
		return -ENOMEM;
	p->own = s;
	s->stored_at = p->now.mono;
	s->batch = UDP_BATCH;
	collector_limits_of(&limits, of);
	limits.capacity_bps = p->spec.capacity_bps;
	limits.prefixes_n = p->spec.prefixes_n;
	limits.prefixes = p->spec.prefixes;
	s->room = least((limits.exporters + limits.templates) * STORE_EACH, STORE_PAYLOAD);
	s->slot = resident_new(STORE_HEADER + s->room);
	if (s->slot == NULL)
		return -ENOMEM;
	err = collector_new(&s->collector, &limits, take_flows, p);
	if (err == 0)
		err = load_store(p, s);
	if (err == 0)
		err = udp_new(&s->udp, FD_SOURCE, of->exporters, of->exporters_n);
	return err;
}

static int
flow_open(const struct sensor_settings *s, unsigned worker, struct diag *reterr)
{
	(void)worker;
	return udp_bind(&s->listen, s->port, s->workers > 1, reterr);
}

static int
flow_open_tcp(const struct sensor_settings *s, unsigned worker, struct diag *reterr)
{
	(void)worker;
	return s->tcp ? tcp_bind(&s->listen, s->port, s->workers > 1, reterr) : -ENOENT;
}

const struct kind kind_flow = {
	.counts = true,
	.stores = true,
	.profile = SANDBOX_STREAM,
	.open = flow_open,
	.open_more = flow_open_tcp,
	.start = flow_start,
	.wait = flow_wait,
	.read = flow_read,
	.supply = flow_supply,
	.health = flow_health,
	.second = flow_second,
};
