/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_SIZE 2048u	/* only bounds what a frame may need; V3 packs them */
#define RING_SIZE ((size_t)CAPTURE_BLOCK * CAPTURE_BLOCKS)

struct capture {
	int fd;
	uint8_t *ring;		/* mapped */
	unsigned next;		/* block */
	uint64_t dropped;
};

static int
set_ring(int fd)
{
	const int version = TPACKET_V3;
	const struct tpacket_req3 req = {
		.tp_block_size = CAPTURE_BLOCK, .tp_block_nr = CAPTURE_BLOCKS,
		.tp_frame_size = FRAME_SIZE,
		.tp_frame_nr = CAPTURE_BLOCK / FRAME_SIZE * CAPTURE_BLOCKS,
		.tp_retire_blk_tov = CAPTURE_TIMEOUT_MS,
	};

	if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) != 0)
		return -errno;
	return setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)) == 0 ? 0 : -errno;
}

/* Keeps the first CAPTURE_SNAP bytes of everything: a filter of one instruction. */
static int
set_snap(int fd)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, CAPTURE_SNAP) };
	const struct sock_fprog program = { .len = 1, .filter = code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0)
		return -errno;
	return 0;
}

static int
bind_to(int fd, const char *ifname)
{
	struct sockaddr_ll where = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };

	where.sll_ifindex = (int)if_nametoindex(ifname);
	if (where.sll_ifindex == 0)
		return -errno;
	return bind(fd, (struct sockaddr *)&where, sizeof(where)) == 0 ? 0 : -errno;
}

int
capture_open(const char *ifname, struct diag *reterr)
{
	/* Protocol 0: nothing arrives before the ring stands and the interface is bound. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err;

	if (fd < 0)
		return diag_set(reterr, -errno, "cannot make a packet socket: %s", strerror(errno));
	err = set_ring(fd);
	if (err == 0)
		err = set_snap(fd);
	if (err == 0)
		err = bind_to(fd, ifname);
	if (err != 0) {
		close(fd);
		return diag_set(reterr, err, "cannot capture on interface %s: %s", ifname,
			strerror(-err));
	}
	return fd;
}

int
capture_map(struct capture **ret, int fd)
{
	struct capture *c = calloc(1, sizeof(*c));
	void *ring;
	int err;

	if (c == NULL)
		return -ENOMEM;
	ring = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED) {
		err = -errno;
		free(c);
		return err;
	}
	c->fd = fd;
	c->ring = ring;
	*ret = c;
	return 0;
}

void
capture_free(struct capture *c)
{
	if (c == NULL)
		return;
	munmap(c->ring, RING_SIZE);
	free(c);
}

static bool
has_ethernet(unsigned hatype)
{
	return hatype == ARPHRD_ETHER || hatype == ARPHRD_LOOPBACK || hatype == ARPHRD_IEEE80211;
}

/* The address of where it came from stands behind the packet's header. */
static void
hand_out(const struct tpacket3_hdr *h, capture_sink *sink, void *ctx)
{
	const struct sockaddr_ll *from =
		(const struct sockaddr_ll *)((const uint8_t *)h + TPACKET_ALIGN(sizeof(*h)));
	struct capture_frame f = {
		.bytes = (const uint8_t *)h + h->tp_mac, .caplen = h->tp_snaplen, .len = h->tp_len,
		.ns = (int64_t)h->tp_sec * 1000000000 + h->tp_nsec,
		.ethernet = has_ethernet(from->sll_hatype),
		.outgoing = from->sll_pkttype == PACKET_OUTGOING,
		.vlan = (h->tp_status & TP_STATUS_VLAN_VALID) != 0 ? h->hv1.tp_vlan_tci & 0xfff : 0,
	};

	sink(ctx, &f);
}

static unsigned
walk(const struct tpacket_block_desc *block, capture_sink *sink, void *ctx)
{
	unsigned n = block->hdr.bh1.num_pkts;
	const uint8_t *at = (const uint8_t *)block + block->hdr.bh1.offset_to_first_pkt;

	for (unsigned i = 0; i < n; i++) {
		const struct tpacket3_hdr *h = (const struct tpacket3_hdr *)at;

		hand_out(h, sink, ctx);
		at += h->tp_next_offset;
	}
	return n;
}

unsigned
capture_poll(struct capture *c, capture_sink *sink, void *ctx)
{
	unsigned packets = 0;

	for (unsigned i = 0; i < CAPTURE_BLOCKS; i++) {
		struct tpacket_block_desc *block =
			(struct tpacket_block_desc *)(c->ring + (size_t)c->next * CAPTURE_BLOCK);
		uint32_t *status = &block->hdr.bh1.block_status;

		if ((__atomic_load_n(status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0)
			break;
		packets += walk(block, sink, ctx);
		__atomic_store_n(status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		c->next = (c->next + 1) % CAPTURE_BLOCKS;
	}
	return packets;
}

uint64_t
capture_dropped(struct capture *c)
{
	struct tpacket_stats_v3 s;
	socklen_t len = sizeof(s);

	/* Reading clears the kernel's count. */
	if (getsockopt(c->fd, SOL_PACKET, PACKET_STATISTICS, &s, &len) == 0)
		c->dropped += s.tp_drops;
	return c->dropped;
}
