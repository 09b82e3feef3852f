/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flood - the lab's attackers.  Writes whole frames on the interfaces it is given, at a steady
 * rate, for a bounded time. Every packet carries MARK (IPv4 identification, IPv6 flow label), so
 * that seen(1) can tell attack from clients. Prints one JSON line with the wall-clock time of the
 * first packet, and one at the end. Only for namespaces of one's own: it refuses targets outside
 * the documentation prefixes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MARK 0x5ea1
#define PPS_MAX 200000
#define SECONDS_MAX 600
#define LINES_MAX 2
#define FRAME_MAX 1514
#define TICK_NS 1000000		/* packets are sent in bursts, one a millisecond */
#define NS 1000000000LL

enum { ICMP = 1, TCP = 6, UDP = 17, GRE = 47 };
enum { FLAG_SYN = 0x02, FLAG_SYN_ACK = 0x12 };

/* What its packets have in common. */
static const struct kind {
	const char *name;
	uint8_t proto, flags;
	uint16_t sport;		/* 0: any high one */
	uint16_t from, to;	/* bytes behind the IP header */
	bool later;		/* fragments behind the first */
} kinds[] = {
	{ "udp-amp", UDP, 0, 53, 520, 1407, false },
	{ "syn", TCP, FLAG_SYN, 0, 20, 20, false },
	{ "carpet", UDP, 0, 123, 476, 476, false },
	{ "ntp", UDP, 0, 123, 448, 448, false },
	{ "ssdp", UDP, 0, 1900, 288, 340, false },
	{ "memcached", UDP, 0, 11211, 1200, 1408, false },
	{ "icmp", ICMP, 0, 0, 1008, 1008, false },
	{ "gre", GRE, 0, 0, 500, 1400, false },
	{ "tcp-reflected", TCP, FLAG_SYN_ACK, 443, 24, 24, false },
	{ "fragments", UDP, 0, 0, 1480, 1480, true },
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

struct line {			/* an interface and who is at its other end */
	char name[IF_NAMESIZE];
	struct sockaddr_ll to;
	uint8_t mac[6];
	uint8_t half;		/* 0: sources of upstream a, 1: of b */
};

struct plan {
	const struct kind *kind;
	bool v6, spoofed;
	uint8_t target[16];
	unsigned spread;	/* host bits of the target that vary */
	unsigned pps, sources, lines_n;
	double seconds;
	int64_t on_ms, off_ms;	/* pulse; off 0: steady */
	uint16_t dport;
	struct line lines[LINES_MAX];
};

static volatile sig_atomic_t stopped;
static uint64_t seed = 0x9e3779b97f4a7c15;

static void
on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static uint32_t
draw(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 32) * below >> 32);
}

static int64_t
now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

static uint32_t
sum16(const uint8_t *p, size_t n, uint32_t sum)
{
	for (; n > 1; p += 2, n -= 2)
		sum += (uint32_t)(p[0] << 8 | p[1]);
	return n ? sum + (uint32_t)(p[0] << 8) : sum;
}

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint16_t
fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* 203.0.113.0/25 and 2001:db8:bad:a::/64 live behind upstream a, the other halves behind b. */
static void
source(const struct plan *p, const struct line *l, uint8_t *ret)
{
	uint32_t n = 1 + draw(p->sources);

	if (p->spoofed) {
		for (unsigned i = 0; i < (p->v6 ? 16u : 4u); i++)
			ret[i] = (uint8_t)draw(256);
		ret[0] = (uint8_t)(p->v6 ? 0x24 + draw(8) : 20 + draw(70));
		return;
	}
	if (!p->v6) {
		const uint8_t base[4] = { 203, 0, 113, (uint8_t)(l->half * 128) };

		memcpy(ret, base, 4);
		ret[3] = (uint8_t)(ret[3] + n % 126 + 1);
		return;
	}
	const uint8_t base[16] = { 0x20, 0x01, 0x0d, 0xb8, 0x0b, 0xad, 0,
		(uint8_t)(0x0a + l->half) };

	memcpy(ret, base, 16);
	put16(ret + 14, n);
}

static void
destination(const struct plan *p, uint8_t *ret)
{
	size_t n = p->v6 ? 16 : 4;
	uint32_t low;

	memcpy(ret, p->target, n);
	if (p->spread == 0)
		return;
	low = draw(1u << p->spread);
	ret[n - 1] |= (uint8_t)low;
	ret[n - 2] |= (uint8_t)(low >> 8);
}

static void
sum_up(uint8_t *at, uint32_t sum)
{
	put16(at, fold(sum) ? fold(sum) : 0xffff);
}

/* What is behind the IP header, n bytes; the addresses at `addr`, both, are alen bytes together. */
static void
transport(const struct plan *p, uint8_t *l4, size_t n, const uint8_t *addr, size_t alen)
{
	const struct kind *k = p->kind;

	if (k->proto == GRE || k->later) {
		memset(l4, 0, 4);
		put16(l4 + 2, k->later ? 0x5a5a : 0x0800);
		return;
	}
	if (k->proto == ICMP) {
		memset(l4, 0, 8);
		l4[0] = 8;		/* echo request, RFC 792 */
		sum_up(l4 + 2, sum16(l4, n, 0));
		return;
	}
	put16(l4, k->sport != 0 ? k->sport : 1024 + draw(64000));
	put16(l4 + 2, p->dport ? p->dport : 1024 + draw(64000));
	if (k->proto == TCP) {
		memset(l4 + 4, 0, 16);
		put16(l4 + 4, draw(65536));
		put16(l4 + 6, draw(65536));
		l4[12] = (uint8_t)(n / 4 << 4);
		l4[13] = k->flags;
		put16(l4 + 14, 64240);
		if (n > 20)
			memcpy(l4 + 20, "\x02\x04\x05\xb4", 4);	/* MSS 1460 */
	} else {
		put16(l4 + 4, (uint32_t)n);
		put16(l4 + 6, 0);
	}
	sum_up(l4 + (k->proto == TCP ? 16 : 6),
	    sum16(l4, n, sum16(addr, alen, (uint32_t)n + k->proto)));
}

/* Fills the frame and returns its length. */
static size_t
frame(const struct plan *p, const struct line *l, uint8_t *f)
{
	size_t l4 = p->kind->from + (size_t)draw(p->kind->to - p->kind->from + 1u);
	uint8_t *ip = f + 14;

	memcpy(f, l->mac, 6);
	memset(f + 6, 0x02, 6);
	put16(f + 12, p->v6 ? 0x86dd : 0x0800);
	if (p->v6) {
		memset(ip, 0, 8);
		ip[0] = 0x60;
		put16(ip + 2, MARK);
		put16(ip + 4, (uint32_t)l4);
		ip[6] = p->kind->proto;
		ip[7] = 60;
		source(p, l, ip + 8);
		destination(p, ip + 24);
		transport(p, ip + 40, l4, ip + 8, 32);
		return 14 + 40 + l4;
	}
	memset(ip, 0, 12);
	ip[0] = 0x45;
	put16(ip + 2, (uint32_t)(20 + l4));
	put16(ip + 4, MARK);
	if (p->kind->later)
		put16(ip + 6, 0x2000 | 185);	/* more to come; 1480 bytes before it */
	ip[8] = 60;
	ip[9] = p->kind->proto;
	source(p, l, ip + 12);
	destination(p, ip + 16);
	put16(ip + 10, fold(sum16(ip, 20, 0)));
	transport(p, ip + 20, l4, ip + 12, 8);
	return 14 + 20 + l4;
}

/* Sends n packets, in turn over the lines; returns how many the kernel took. */
static unsigned
burst(const struct plan *p, int fd, unsigned n, uint64_t sent)
{
	static uint8_t frames[64][FRAME_MAX];
	static struct iovec iov[64];
	static struct mmsghdr m[64];
	unsigned done = 0;

	while (done < n) {
		unsigned k = n - done < 64 ? n - done : 64;

		for (unsigned i = 0; i < k; i++) {
			const struct line *l = &p->lines[(sent + done + i) % p->lines_n];

			iov[i] = (struct iovec){ frames[i], frame(p, l, frames[i]) };
			m[i].msg_hdr = (struct msghdr){ .msg_name = (void *)&l->to,
				.msg_namelen = sizeof(l->to), .msg_iov = &iov[i], .msg_iovlen = 1 };
		}
		int r = sendmmsg(fd, m, k, 0);

		if (r <= 0)
			break;
		done += (unsigned)r;
	}
	return done;
}

static bool
paused(const struct plan *p, int64_t since_ns)
{
	return p->off_ms > 0 && since_ns / 1000000 % (p->on_ms + p->off_ms) >= p->on_ms;
}

static void
play(const struct plan *p, int fd)
{
	int64_t start = now_ns(CLOCK_MONOTONIC), end = start + (int64_t)(p->seconds * 1e9);
	uint64_t sent = 0, refused = 0;
	double owed = 0;

	for (int64_t t = start; t < end && !stopped; t += TICK_NS) {
		struct timespec until = { t / NS, t % NS };

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		if (paused(p, t - start))
			continue;
		owed += p->pps * (TICK_NS / 1e9);
		unsigned n = (unsigned)owed, done = 0;

		if (n == 0)
			continue;
		if (sent == 0) {
			printf("{\"type\":\"first\",\"t\":%.3f}\n",
			    (double)now_ns(CLOCK_REALTIME) / 1e6);
			fflush(stdout);
		}
		done = burst(p, fd, n, sent);
		owed -= n;
		sent += done;
		refused += n - done;
	}
	printf("{\"type\":\"last\",\"t\":%.3f,\"sent\":%llu,\"refused\":%llu}\n",
	    (double)now_ns(CLOCK_REALTIME) / 1e6, (unsigned long long)sent,
	    (unsigned long long)refused);
}

static _Noreturn void
refuse(const char *what, const char *word)
{
	fprintf(stderr, "flood: %s: %s\n", what, word);
	exit(2);
}

static void
take_target(struct plan *p, char *word)
{
	char *slash = strchr(word, '/');
	static const uint8_t doc6[4] = { 0x20, 0x01, 0x0d, 0xb8 };

	p->v6 = strchr(word, ':') != NULL;
	if (slash != NULL)
		*slash = '\0';
	if (inet_pton(p->v6 ? AF_INET6 : AF_INET, word, p->target) != 1)
		refuse("not an address", word);
	if (p->v6 ? memcmp(p->target, doc6, 4) != 0 :
	    memcmp(p->target, "\xc0\x00\x02", 3) != 0 && memcmp(p->target, "\xc6\x33\x64", 3) != 0)
		refuse("only documentation prefixes (RFC 5737, RFC 3849)", word);
	if (slash == NULL)
		return;
	p->spread = (p->v6 ? 128u : 32u) - (unsigned)atoi(slash + 1);
	if (p->spread > 16)
		p->spread = p->v6 ? 16 : 8;
}

/* INTERFACE,MAC,a|b */
static void
take_line(struct plan *p, char *word)
{
	struct line *l = &p->lines[p->lines_n];
	unsigned m[6];
	char side;

	if (p->lines_n == LINES_MAX ||
	    sscanf(word, "%15[^,],%x:%x:%x:%x:%x:%x,%c", l->name, m, m + 1, m + 2, m + 3, m + 4,
		m + 5, &side) != 8)
		refuse("expected INTERFACE,MAC,a|b", word);
	for (int i = 0; i < 6; i++)
		l->mac[i] = (uint8_t)m[i];
	l->half = side == 'b';
	l->to = (struct sockaddr_ll){ .sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(l->name) };
	if (l->to.sll_ifindex == 0)
		refuse("no such interface", l->name);
	p->lines_n++;
}

static void
take_options(struct plan *p, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "l:p:s:n:d:o:f:S")) != -1)
		switch (c) {
		case 'l': take_line(p, optarg); break;
		case 'p': p->pps = (unsigned)atoi(optarg); break;
		case 's': p->seconds = atof(optarg); break;
		case 'n': p->sources = (unsigned)atoi(optarg); break;
		case 'd': p->dport = (uint16_t)atoi(optarg); break;
		case 'o': p->on_ms = atoi(optarg); break;
		case 'S': p->spoofed = true; break;
		case 'f': p->off_ms = atoi(optarg); break;
		default: exit(2);
		}
	if (argc - optind != 2 || p->lines_n == 0)
		refuse("usage",
		    "flood -l INTERFACE,MAC,a|b [-l ...] -p PPS -s SECONDS [-n SOURCES] "
		    "[-d DPORT] [-o ON_MS -f OFF_MS] [-S] KIND TARGET");
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].name, argv[optind]) == 0)
			p->kind = &kinds[i];
	if (p->kind == NULL)
		refuse("unknown kind", argv[optind]);
	take_target(p, argv[optind + 1]);
	if (p->v6 && (p->kind->proto == ICMP || p->kind->later))
		refuse("not over IPv6", argv[optind]);
}

int
main(int argc, char **argv)
{
	struct plan p = { .pps = 1000, .seconds = 1, .sources = 100, .on_ms = 1000 };
	int fd;

	take_options(&p, argc, argv);
	if (p.pps < 1 || p.pps > PPS_MAX || p.seconds <= 0 || p.seconds > SECONDS_MAX ||
	    p.sources < 1 || p.on_ms < 1)
		refuse("out of range", "1..200000 packets/s, up to 600 s, at least one source");
	if (p.kind->flags == FLAG_SYN && p.dport == 0)
		p.dport = 80;
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0)
		refuse("packet socket", strerror(errno));
	play(&p, fd);
	close(fd);
	return 0;
}
