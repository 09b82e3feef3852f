/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture - packets off an interface, through a TPACKET_V3 ring that is shared with the kernel.
 * The parent opens (it needs CAP_NET_RAW), the sensor maps and walks.  The ring is bounded; what
 * does not fit is dropped and counted by the kernel.  The interface is set promiscuous while the
 * socket lives: a mirror port shows frames for others.  What this host sends itself is left out in
 * the kernel, as is what sampling does not pick.
 */
#ifndef SEAWALL_SENSOR_CAPTURE_H
#define SEAWALL_SENSOR_CAPTURE_H

#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

/* bytes; handed over when full or after CAPTURE_TIMEOUT_MS */
#define CAPTURE_BLOCK (1u << 18)
/* 16 MiB: a tenth of a second of 1 M packets; never more than 1.3 s */
#define CAPTURE_BLOCKS 64u
#define CAPTURE_TIMEOUT_MS 20
/* bytes of a frame that are kept: headers, also a tunnel's, no contents */
#define CAPTURE_SNAP 192u

struct capture;

struct capture_frame {
	const uint8_t *bytes;	/* borrowed until the callback returns */
	uint32_t caplen, len;	/* kept; on the wire, with the link header */
	int64_t ns;		/* Unix time */
	bool ethernet;		/* else bytes begin with the IP header */
	uint16_t vlan;		/* tag taken off by the card, from the frame's side data; 0: none */
};

/* Frames that the kernel hands over together. */
struct capture_block {
	const uint8_t *at;	/* the next one */
	unsigned n;		/* left */
	int64_t last_ms;	/* Unix time of the last one */
};

typedef void capture_sink(void *ctx, struct capture_block *b);

/*
 * A socket with its ring that gets one in `sampling` frames of interface `ifname`, or -errno.
 * `ifname` NULL: of none; it only stands in until there is an interface.
 */
int capture_open(const char *ifname, uint32_t sampling, struct diag *reterr);

/*
 * Makes the sockets of one group share what comes, frame by frame: each gets its part also of a
 * flood that is a single flow, and another takes over while one's ring is full.  Counters add up,
 * so nothing needs the frames of a flow together.  *group 0: a new one, whose number is stored
 * there.
 */
int capture_share(int fd, uint16_t *group);

/* An interface of that name is up, but fd belongs to none or to an earlier one. */
bool capture_outdated(int fd, const char *ifname);

/* Before the sandbox: is it an interface's at all? */
bool capture_bound(int fd);

/*
 * Maps the ring of such a socket; borrows the descriptor.  What the reader before died of is left
 * out.
 */
int capture_map(struct capture **ret, int fd);
void capture_free(struct capture *c);

/* Walks the blocks that are ready, at most one round of the ring.  The number of packets. */
unsigned capture_poll(struct capture *c, capture_sink *sink, void *ctx);

/* False: its interface is down or gone, and nothing came since. */
bool capture_up(const struct capture *c);

/*
 * Since capture_map(): packets that the kernel dropped or a dead reader left, and how often the
 * ring was full.
 */
uint64_t capture_dropped(struct capture *c);
uint64_t capture_freezes(const struct capture *c);

/* The next frame of a block, and the one behind it into the cache.  False: there is none. */
static inline bool
capture_next(struct capture_block *b, struct capture_frame *ret)
{
	const struct tpacket3_hdr *h = (const struct tpacket3_hdr *)b->at;
	const struct sockaddr_ll *from =
		(const struct sockaddr_ll *)(b->at + TPACKET_ALIGN(sizeof(*h)));

	if (b->n == 0)
		return false;
	b->n--;
	b->at += h->tp_next_offset;
	__builtin_prefetch(b->at);
	__builtin_prefetch(b->at + 64);
	ret->bytes = (const uint8_t *)h + h->tp_mac;
	ret->caplen = h->tp_snaplen;
	ret->len = h->tp_len;
	ret->ns = (int64_t)h->tp_sec * 1000000000 + h->tp_nsec;
	ret->ethernet = from->sll_hatype == ARPHRD_ETHER || from->sll_hatype == ARPHRD_LOOPBACK;
	ret->vlan = (h->tp_status & TP_STATUS_VLAN_VALID) != 0 ? h->hv1.tp_vlan_tci & 0xfff : 0;
	return true;
}

#endif
