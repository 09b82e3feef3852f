/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets off an interface. */
#include <errno.h>
#include <stdlib.h>

#include "main/kind.h"
#include "main/role.h"
#include "sensor/capture.h"
#include "sensor/packet.h"

struct packet_sensor {
	struct capture *capture;
	uint64_t packets, not_ip;
};

static void
take_packet(void *ctx, const struct capture_frame *frame)
{
	struct process *p = ctx;
	struct packet_sensor *s = p->own;
	struct flow f = { 0 };
	bool ip;

	if (frame->outgoing)
		return;
	s->packets++;
	ip = frame->ethernet ? packet_ethernet(&f, frame->bytes, frame->caplen)
			     : packet_ip(&f, frame->bytes, frame->caplen);
	if (!ip) {
		s->not_ip++;
		return;
	}
	f.protocol = FLOW_PACKET;
	f.sampling = 1;
	process_flows(p, &f, 1);
}

static void
packet_read(struct process *p)
{
	struct packet_sensor *s = p->own;

	capture_poll(s->capture, take_packet, p);
}

static void
packet_health(struct process *p, struct health_report *h)
{
	struct packet_sensor *s = p->own;

	h->accepted = s->packets;
	h->dropped = capture_dropped(s->capture);
	h->lost = h->dropped;
	process_refused(p, h, "not-ip", s->not_ip);
}

static int
packet_start(struct process *p)
{
	struct packet_sensor *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	p->own = s;
	return capture_map(&s->capture, FD_SOURCE);
}

static int
packet_open(const struct sensor_settings *s, unsigned worker, struct diag *reterr)
{
	(void)worker;
	return capture_open(s->interfaces[0], reterr);
}

const struct kind kind_packet = {
	.counts = true,
	.profile = SANDBOX_SENSOR,
	.open = packet_open,
	.start = packet_start,
	.read = packet_read,
	.health = packet_health,
};
