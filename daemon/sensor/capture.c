/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_SIZE 2048u	/* only bounds what a frame may need; V3 packs them */
#define RING_SIZE ((size_t)CAPTURE_BLOCK * CAPTURE_BLOCKS)

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23	/* Linux 4.20 */
#endif
#ifndef PACKET_FANOUT_FLAG_UNIQUEID
#define PACKET_FANOUT_FLAG_UNIQUEID 0x2000	/* Linux 4.12 */
#endif

#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000	/* Linux 5.8 */
#endif

struct capture {
	int fd;
	uint8_t *ring;		/* mapped */
	unsigned next;		/* block */
	bool down;
	uint64_t dropped, freezes;
};

static int
set(int fd, int option, const void *value, size_t len)
{
	return setsockopt(fd, SOL_PACKET, option, value, (socklen_t)len) == 0 ? 0 : -errno;
}

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
	int err = set(fd, PACKET_VERSION, &version, sizeof(version));

	return err != 0 ? err : set(fd, PACKET_RX_RING, &req, sizeof(req));
}

/*
 * Not what we send; of the rest one in `sampling`, at random; of that the first CAPTURE_SNAP bytes.
 */
static int
set_filter(int fd, uint32_t sampling)
{
	const uint32_t below = sampling > 1 ? (uint32_t)((1ULL << 32) / sampling) : 0;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 3, sampling > 1 ? 0 : 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, below, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, CAPTURE_SNAP),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { .len = sizeof(code) / sizeof(*code), .filter = code };
	const int on = 1;

	/*
	 * Spares the kernel a copy of each packet sent; the filter does without, on an older one.
	 */
	(void)set(fd, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0)
		return -errno;
	return 0;
}

static int
bind_to(int fd, const char *ifname)
{
	struct sockaddr_ll where = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct packet_mreq all = { .mr_type = PACKET_MR_PROMISC };

	where.sll_ifindex = (int)if_nametoindex(ifname);
	if (where.sll_ifindex == 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&where, sizeof(where)) != 0)
		return -errno;
	all.mr_ifindex = where.sll_ifindex;
	return set(fd, PACKET_ADD_MEMBERSHIP, &all, sizeof(all));
}

int
capture_open(const char *ifname, uint32_t sampling, struct diag *reterr)
{
	/* Protocol 0: nothing arrives before the ring stands and the interface is bound. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err;

	if (fd < 0)
		return diag_set(reterr, -errno, "cannot make a packet socket: %s", strerror(errno));
	err = set_ring(fd);
	if (err == 0)
		err = set_filter(fd, sampling);
	if (err == 0 && ifname != NULL)
		err = bind_to(fd, ifname);
	if (err != 0) {
		close(fd);
		return diag_set(reterr, err, "cannot capture on interface %s: %s",
			ifname != NULL ? ifname : "-", strerror(-err));
	}
	return fd;
}

static int
join(int fd, uint16_t *group, int mode)
{
	int how = *group | mode << 16, err;
	socklen_t len = sizeof(how);

	if (*group == 0)
		how = (mode | PACKET_FANOUT_FLAG_UNIQUEID) << 16;
	err = set(fd, PACKET_FANOUT, &how, sizeof(how));
	if (err != 0)
		return err;
	if (getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &how, &len) != 0)
		return -errno;
	*group = (uint16_t)how;
	return 0;
}

/* Turns are taken before a socket's filter is asked, so what we send must not come so far. */
int
capture_share(int fd, uint16_t *group)
{
	const int mode = PACKET_FANOUT_LB | PACKET_FANOUT_FLAG_ROLLOVER;
	int err = join(fd, group, mode | PACKET_FANOUT_FLAG_IGNORE_OUTGOING);

	return err == -EINVAL ? join(fd, group, mode) : err;
}

static bool
is_up(int fd, const char *ifname)
{
	struct ifreq r = { .ifr_flags = 0 };

	strncpy(r.ifr_name, ifname, sizeof(r.ifr_name) - 1);
	return ioctl(fd, SIOCGIFFLAGS, &r) == 0 && (r.ifr_flags & IFF_UP) != 0;
}

bool
capture_outdated(int fd, const char *ifname)
{
	struct sockaddr_ll where = { .sll_ifindex = 0 };
	socklen_t len = sizeof(where);

	if (getsockname(fd, (struct sockaddr *)&where, &len) != 0)
		return false;
	return is_up(fd, ifname) && where.sll_ifindex != (int)if_nametoindex(ifname);
}

bool
capture_bound(int fd)
{
	struct sockaddr_ll where = { .sll_ifindex = 0 };
	socklen_t len = sizeof(where);

	return getsockname(fd, (struct sockaddr *)&where, &len) == 0 && where.sll_ifindex > 0;
}

static struct tpacket_block_desc *
block_at(const struct capture *c, unsigned i)
{
	return (struct tpacket_block_desc *)(c->ring + (size_t)i * CAPTURE_BLOCK);
}

static bool
is_ready(const struct tpacket_block_desc *b)
{
	return (__atomic_load_n(&b->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) != 0;
}

/*
 * Marks the block that is being read, in the ring itself: what killed a reader must not be the
 * first thing that the next one reads.  The kernel has no use for this bit, and asks only who owns
 * the block.
 */
#define UNDER_WAY (1u << 20)

static bool
was_under_way(const struct tpacket_block_desc *b)
{
	return is_ready(b) && (b->hdr.bh1.block_status & UNDER_WAY) != 0;
}

static void
give_back(struct tpacket_block_desc *b)
{
	__atomic_store_n(&b->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

/* What a reader left in the middle is lost, and counted. */
static void
skip_unfinished(struct capture *c)
{
	for (unsigned i = 0; i < CAPTURE_BLOCKS; i++) {
		if (!was_under_way(block_at(c, i)))
			continue;
		c->dropped += block_at(c, i)->hdr.bh1.num_pkts;
		give_back(block_at(c, i));
	}
}

/*
 * The ring outlives those who read it: the oldest block that is ready, or the one that is being
 * filled.
 */
static unsigned
find_next(const struct capture *c)
{
	unsigned oldest = CAPTURE_BLOCKS, newest = 0;

	for (unsigned i = 0; i < CAPTURE_BLOCKS; i++) {
		uint64_t n = block_at(c, i)->hdr.bh1.seq_num;

		if (is_ready(block_at(c, i)) && (oldest == CAPTURE_BLOCKS ||
				n < block_at(c, oldest)->hdr.bh1.seq_num))
			oldest = i;
		if (n > block_at(c, newest)->hdr.bh1.seq_num)
			newest = i;
	}
	return oldest < CAPTURE_BLOCKS ? oldest : newest;
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
	skip_unfinished(c);
	c->next = find_next(c);
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

static unsigned
walk(const struct tpacket_block_desc *block, capture_sink *sink, void *ctx)
{
	const struct tpacket_hdr_v1 *h = &block->hdr.bh1;
	struct capture_block b = {
		.at = (const uint8_t *)block + h->offset_to_first_pkt, .n = h->num_pkts,
		.last_ms = (int64_t)h->ts_last_pkt.ts_sec * 1000 + h->ts_last_pkt.ts_nsec / 1000000,
	};

	if (h->num_pkts != 0)
		sink(ctx, &b);
	return h->num_pkts;
}

/* An error stands on the socket until it is asked for, and the loop would not wait any more. */
static void
ask_error(struct capture *c)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len) == 0 && err != 0)
		c->down = true;
}

unsigned
capture_poll(struct capture *c, capture_sink *sink, void *ctx)
{
	unsigned packets = 0;

	for (unsigned i = 0; i < CAPTURE_BLOCKS; i++) {
		struct tpacket_block_desc *block = block_at(c, c->next);

		if (!is_ready(block))
			break;
		block->hdr.bh1.block_status |= UNDER_WAY;
		packets += walk(block, sink, ctx);
		give_back(block);
		c->next = (c->next + 1) % CAPTURE_BLOCKS;
	}
	if (packets > 0)
		c->down = false;
	else
		ask_error(c);
	return packets;
}

bool
capture_up(const struct capture *c)
{
	return !c->down;
}

uint64_t
capture_dropped(struct capture *c)
{
	struct tpacket_stats_v3 s;
	socklen_t len = sizeof(s);

	/* Reading clears the kernel's counts. */
	if (getsockopt(c->fd, SOL_PACKET, PACKET_STATISTICS, &s, &len) == 0) {
		c->dropped += s.tp_drops;
		c->freezes += s.tp_freeze_q_cnt;
	}
	return c->dropped;
}

uint64_t
capture_freezes(const struct capture *c)
{
	return c->freezes;
}
