/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * seen - counts the attack packets (flood's MARK) that arrive on interfaces, and says when.
 * usage: seen INTERFACE...    one JSON line per interface and ring block with packets:
 *        {"if":"up-a","n":200,"first":ms,"last":ms}   block: BLOCK_MS of traffic
 * The kernel filters and fills the ring; per packet nothing is done here, so that the measuring
 * costs little.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define MARK 0x5ea1
#define BLOCK_MS 5
#define BLOCK_SIZE (1u << 17)
#define BLOCKS 64		/* 320 ms, in case we are not scheduled */
#define SNAP 64			/* bytes of a packet that reach the ring */
#define TAPS_MAX 4

struct tap {
	const char *name;
	int fd;
	uint8_t *ring;
	unsigned block;
};

static volatile sig_atomic_t stopped;

static void
on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "seen: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Incoming frames whose IPv4 identification or IPv6 flow label is MARK. */
static void
only_attack(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IP, 0, 2),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 18),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MARK, 3, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IPV6, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 16),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MARK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SNAP),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(*code), code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) != 0)
		fail("filter");
}

static void
tap_open(struct tap *t, const char *name)
{
	struct tpacket_req3 req = { .tp_block_size = BLOCK_SIZE,
		.tp_block_nr = BLOCKS,
		.tp_frame_size = 2048,
		.tp_frame_nr = BLOCK_SIZE / 2048 * BLOCKS,
		.tp_retire_blk_tov = BLOCK_MS };
	int version = TPACKET_V3, on = 1;
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name) };

	t->name = name;
	t->fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (t->fd < 0)
		fail("packet socket");
	only_attack(t->fd);
	if (setsockopt(t->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) != 0 ||
	    setsockopt(t->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) != 0 ||
	    setsockopt(t->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)) != 0)
		fail("packet ring");
	t->ring =
	    mmap(NULL, (size_t)BLOCK_SIZE * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, 0);
	if (t->ring == MAP_FAILED)
		fail("mmap");
	if (bind(t->fd, (struct sockaddr *)&at, sizeof(at)) != 0)
		fail(name);
}

static void
tap_drain(struct tap *t)
{
	for (;;) {
		struct tpacket_block_desc *b = (void *)(t->ring + (size_t)t->block * BLOCK_SIZE);
		struct tpacket_hdr_v1 *h = &b->hdr.bh1;

		if ((__atomic_load_n(&h->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0)
			return;
		if (h->num_pkts > 0) {
			const struct tpacket3_hdr *p =
			    (void *)((uint8_t *)b + h->offset_to_first_pkt);
			double last = 0, first = p->tp_sec * 1e3 + p->tp_nsec / 1e6;

			/*
			 * On a time-out the header's own last stamp is that of the time-out: walk
			 * to the last packet.
			 */
			for (uint32_t i = 0; i < h->num_pkts; i++) {
				last = p->tp_sec * 1e3 + p->tp_nsec / 1e6;
				p = (void *)((uint8_t *)p + p->tp_next_offset);
			}
			printf("{\"if\":\"%s\",\"n\":%u,\"first\":%.3f,\"last\":%.3f}\n", t->name,
			    h->num_pkts, first, last);
		}
		__atomic_store_n(&h->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		t->block = (t->block + 1) % BLOCKS;
	}
}

int
main(int argc, char **argv)
{
	struct tap taps[TAPS_MAX];
	struct pollfd p[TAPS_MAX];
	int n = argc - 1;

	if (n < 1 || n > TAPS_MAX) {
		fprintf(stderr, "usage: seen INTERFACE... (up to %d)\n", TAPS_MAX);
		return 2;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < n; i++) {
		taps[i] = (struct tap){ 0 };
		tap_open(&taps[i], argv[i + 1]);
		p[i] = (struct pollfd){ .fd = taps[i].fd, .events = POLLIN };
	}
	while (!stopped) {
		poll(p, (nfds_t)n, 200);
		for (int i = 0; i < n; i++)
			tap_drain(&taps[i]);
	}
	return 0;
}
