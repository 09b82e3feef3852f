/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets off interfaces: a process for each of them, or several that share it.
 * An interface that is not there, goes, and comes back under its name is no fault of the process:
 * it says so and goes on, and the parent sends it a new source when there is one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "main/kind.h"
#include "main/role.h"
#include "sensor/capture.h"
#include "sensor/packet.h"
#include "sensor/sampled.h"
#include "sensor/tunnel.h"

#define BATCH 32			/* flows counted at once */
/* a block that old waited while we were held up; older: the clock moved */
#define STAMP_BACK_MS 5000

struct packet_sensor {
	struct capture *capture;
	bool absent;			/* its source is no interface's */
	uint64_t packets, not_ip;
	uint64_t dropped, freezes;	/* of sources before */
	uint32_t sampling;
	unsigned n;
	struct flow flow[BATCH];
	struct capture_frame frame[BATCH];	/* where each is from */
};

/* ---- in the parent ------------------------------------------------------- */

static unsigned
packet_workers(const struct sensor_settings *s)
{
	return s->workers * s->interfaces_n;
}

static const char *
interface_of(const struct sensor_settings *s, unsigned worker)
{
	return s->interfaces[worker % s->interfaces_n];
}

/* The number of the group that shares a sensor's interface, where there is one. */
static uint16_t *
group_of(const struct sensor_settings *s, const char *interface)
{
	static struct group {
		char sensor[NAME_MAX_LEN], interface[NAME_MAX_LEN];
		uint16_t number;
	} groups[SENSORS_MAX * INTERFACES_MAX];
	struct group *g = groups;

	while (g < groups + SENSORS_MAX * INTERFACES_MAX - 1 && g->sensor[0] != '\0' &&
	    (strcmp(g->sensor, s->name) != 0 || strcmp(g->interface, interface) != 0))
		g++;
	memcpy(g->sensor, s->name, sizeof(g->sensor));
	snprintf(g->interface, sizeof(g->interface), "%s", interface);
	return &g->number;
}

/* The group of an interface that is gone goes with it; its number may mean another one by now. */
static int
share(const struct sensor_settings *s, const char *interface, int fd)
{
	uint16_t *group = group_of(s, interface);

	if (s->workers < 2)
		return 0;
	if (*group != 0 && capture_share(fd, group) == 0)
		return 0;
	*group = 0;
	return capture_share(fd, group);
}

static int
open_interface(const struct sensor_settings *s, unsigned worker, struct diag *reterr)
{
	const char *interface = interface_of(s, worker);
	int fd = capture_open(interface, s->sampling, reterr), err;

	if (fd < 0)
		return fd;
	err = share(s, interface, fd);
	if (err == 0)
		return fd;
	close(fd);
	return diag_set(reterr, err, "cannot share interface %s: %s", interface, strerror(-err));
}

/*
 * Without an interface, or while it is down (it cannot be shared then), the process starts all the
 * same.
 */
static int
packet_open(const struct sensor_settings *s, unsigned worker, struct diag *reterr)
{
	int fd = open_interface(s, worker, reterr);

	return fd == -ENODEV || fd == -EINVAL ? capture_open(NULL, s->sampling, reterr) : fd;
}

static int
packet_renew(const struct sensor_settings *s, unsigned worker, int source)
{
	struct diag ignored;
	int fd;

	if (!capture_outdated(source, interface_of(s, worker)))
		return -EAGAIN;
	fd = open_interface(s, worker, &ignored);
	return fd >= 0 ? fd : -EAGAIN;
}

/* ---- in the sensor ------------------------------------------------------- */

static void
count(struct process *p, struct packet_sensor *s)
{
	if (s->n > 0)
		process_flows(p, s->flow, s->n);
	s->n = 0;
}

/* Its sender writes the IP header's length; what was on the wire is no smaller. */
static inline void
bound_bytes(struct flow *f, const struct capture_frame *frame)
{
	const unsigned link = frame->ethernet ? 14 : 0,
		       most = frame->len > link ? frame->len - link : 0;

	if (f->bytes > most)
		f->bytes = most;
}

/*
 * What the IP header leaves open is the frame's length; what a tunnel carries may be what counts.
 */
static __attribute__((noinline)) void
look_again(struct process *p, struct flow *f, const struct capture_frame *frame)
{
	unsigned type = f->family == 4 ? PACKET_IP4 : PACKET_IP6;

	if (tunnel_is(f))
		tunnel_settle(f, rd_of(frame->bytes, frame->caplen),
		    frame->ethernet ? PACKET_ETHERNET : type, p->spec.prefixes, p->spec.prefixes_n);
	if ((f->has & FLOW_BYTES) == 0) {
		f->bytes = frame->len - (frame->ethernet ? 14 : 0);
		f->has |= FLOW_BYTES;
	}
}

/* Of a packet within another one only what its flow says is known. */
static void
packet_more(void *ctx, const struct flow *f, struct sample *ret)
{
	const struct process *p = ctx;
	const struct packet_sensor *s = p->own;
	const struct capture_frame *frame = &s->frame[f - s->flow];
	struct sample outer;

	if (sampled_packet(&outer, rd_of(frame->bytes, frame->caplen), frame->ethernet,
		frame->len) &&
	    memcmp(outer.dst, ret->dst, sizeof(outer.dst)) == 0 && outer.proto == ret->proto)
		sample_add_header(ret, &outer);
}

static inline void
take_frame(struct process *p, struct packet_sensor *s, const struct capture_frame *frame)
{
	struct flow *f = &s->flow[s->n];

	if (!(frame->ethernet ? packet_ethernet(f, frame->bytes, frame->caplen)
			      : packet_ip(f, frame->bytes, frame->caplen))) {
		s->not_ip++;
		return;
	}
	if (tunnel_is(f) || (f->has & FLOW_BYTES) == 0)
		look_again(p, f, frame);
	bound_bytes(f, frame);
	f->sampling = s->sampling;
	s->frame[s->n] = *frame;
	if (++s->n == BATCH)
		count(p, s);
}

/* Counted when it came, not when we came to it: a process that was held up makes no flood of it. */
static void
take_block(void *ctx, struct capture_block *b)
{
	struct process *p = ctx;
	struct packet_sensor *s = p->own;
	const wall_t now = p->now.wall;
	struct capture_frame frame;

	if (b->last_ms < now.ms && b->last_ms > now.ms - STAMP_BACK_MS)
		p->now.wall.ms = b->last_ms;
	s->packets += b->n;
	while (capture_next(b, &frame))
		take_frame(p, s, &frame);
	count(p, s);
	p->now.wall = now;
}

static void
packet_read(struct process *p)
{
	struct packet_sensor *s = p->own;

	capture_poll(s->capture, take_block, p);
}

static void
packet_supply(struct process *p, int fd)
{
	struct packet_sensor *s = p->own;
	struct capture *next;

	if (capture_map(&next, fd) != 0) {
		close(fd);
		return;
	}
	capture_poll(s->capture, take_block, p);
	s->dropped += capture_dropped(s->capture);
	s->freezes += capture_freezes(s->capture);
	capture_free(s->capture);
	close(p->source);
	s->capture = next;
	s->absent = false;
	p->source = fd;
}

static void
packet_health(struct process *p, struct health_report *h)
{
	struct packet_sensor *s = p->own;
	const char *interface = interface_of(&p->spec.settings, p->spec.worker);
	uint64_t freezes;

	h->accepted = s->packets;
	h->dropped = s->dropped + capture_dropped(s->capture);
	h->lost = h->dropped;
	freezes = s->freezes + capture_freezes(s->capture);
	process_refused_why(p, h, "not-ip", N_("frames without an IP packet"), s->not_ip);
	if (freezes > 0)
		snprintf(h->note, sizeof(h->note), "%s: the ring was full %llu times", interface,
		    (unsigned long long)freezes);
	if (!s->absent && capture_up(s->capture))
		return;
	h->health = HEALTH_BLIND;
	snprintf(h->why, sizeof(h->why), "%s: %s", interface,
	    N_("the interface is down or not there"));
}

static int
packet_start(struct process *p)
{
	struct packet_sensor *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	p->own = s;
	s->absent = !capture_bound(FD_SOURCE);
	s->sampling = p->spec.settings.sampling > 1 ? p->spec.settings.sampling : 1;
	return capture_map(&s->capture, FD_SOURCE);
}

const struct kind kind_packet = {
	.counts = true,
	.profile = SANDBOX_SENSOR,
	.workers = packet_workers,
	.open = packet_open,
	.renew = packet_renew,
	.start = packet_start,
	.read = packet_read,
	.more = packet_more,
	.supply = packet_supply,
	.health = packet_health,
};
