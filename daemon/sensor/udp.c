/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/resident.h"
#include "sensor/address.h"

#define CONTROL_SIZE CMSG_SPACE(sizeof(uint32_t))
#define STRIDE 65536	/* whole pages, so that a datagram of 1500 bytes needs one in the cache */

#define SENDERS 16		/* remembered, by the last bits of their addresses */

/* Who sent something of late, and what he is. */
struct sender {
	struct sockaddr_storage from;
	struct prefix exporter;
	bool allowed;
};

struct udp {
	int fd;
	unsigned allowed_n;
	struct prefix *allowed;		/* owned */
	uint32_t overflow;		/* the kernel's own 32-bit count, last seen */
	/* it counts since the socket was made, by whoever read it before */
	bool overflow_known;
	struct udp_totals totals;
	struct sender senders[SENDERS];
	struct mmsghdr msg[UDP_BATCH];
	struct iovec iov[UDP_BATCH];
	struct sockaddr_storage from[UDP_BATCH];
	_Alignas(struct cmsghdr) uint8_t control[UDP_BATCH][CONTROL_SIZE];
	uint8_t *bytes;			/* owned, mapped: UDP_BATCH times STRIDE */
};

static int
set_options(int fd, bool six, bool shared)
{
	const int on = 1, off = 0, size = UDP_RECEIVE_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
		return -errno;
	if (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0)
		return -errno;
	if (six && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on)) != 0)
		return -errno;
	/*
	 * Without the right to force it, net.core.rmem_max bounds it: less room, the same
	 * service.
	 */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0 &&
			setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) != 0)
		return -errno;
	return 0;
}

int
udp_bind(const struct prefix *addr, uint16_t port, bool shared, struct diag *reterr)
{
	struct sockaddr_storage where;
	socklen_t len = address_of(&where, addr, port);
	char text[PREFIX_STRLEN];
	int fd = socket(where.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return diag_set(reterr, -errno, "cannot make a UDP socket: %s", strerror(errno));
	err = set_options(fd, addr->family == 6, shared);
	if (err == 0 && bind(fd, (struct sockaddr *)&where, len) != 0)
		err = -errno;
	if (err != 0) {
		close(fd);
		return diag_set(reterr, err, "cannot listen on UDP %s port %u: %s",
			prefix_addr_str(addr, text),
			port, strerror(-err));
	}
	return fd;
}

/* What the kernel granted: it tells the double (socket(7)). */
static uint64_t
buffer_of(int fd)
{
	int size = 0;
	socklen_t len = sizeof(size);

	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &len) != 0)
		return 0;
	return (uint64_t)size / 2;
}

/*
 * In small pages: of a buffer for the longest datagram there is, mostly the first one is used.  But
 * all are there from the start: the longest datagrams there are come with an attack.
 */
static uint8_t *
map_bytes(void)
{
	size_t size = (size_t)UDP_BATCH * STRIDE;
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, size, MADV_NOHUGEPAGE);
	resident_touch(p, size);
	return p;
}

/* The kernel writes over what it used; the others stand as they were. */
static void
arm(struct udp *u, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct msghdr *h = &u->msg[i].msg_hdr;

		h->msg_name = &u->from[i];
		h->msg_namelen = sizeof(u->from[i]);
		h->msg_control = u->control[i];
		h->msg_controllen = CONTROL_SIZE;
	}
}

int
udp_new(struct udp **ret, int fd, const struct prefix *allowed, unsigned allowed_n)
{
	struct udp *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return -ENOMEM;
	u->fd = fd;
	u->allowed_n = allowed_n;
	u->allowed = calloc(allowed_n > 0 ? allowed_n : 1, sizeof(*allowed));
	u->totals.buffer = buffer_of(fd);
	u->bytes = map_bytes();
	if (u->allowed == NULL || u->bytes == NULL) {
		udp_free(u);
		return -ENOMEM;
	}
	if (allowed_n > 0)
		memcpy(u->allowed, allowed, allowed_n * sizeof(*allowed));
	for (unsigned i = 0; i < UDP_BATCH; i++) {
		u->iov[i].iov_base = u->bytes + (size_t)i * STRIDE;
		u->iov[i].iov_len = UDP_DATAGRAM_MAX;
		u->msg[i].msg_hdr.msg_iov = &u->iov[i];
		u->msg[i].msg_hdr.msg_iovlen = 1;
	}
	arm(u, UDP_BATCH);
	*ret = u;
	return 0;
}

void
udp_free(struct udp *u)
{
	if (u == NULL)
		return;
	if (u->bytes != NULL)
		munmap(u->bytes, (size_t)UDP_BATCH * STRIDE);
	free(u->allowed);
	free(u);
}

static bool
is_allowed(const struct udp *u, const struct prefix *exporter)
{
	for (unsigned i = 0; i < u->allowed_n; i++)
		if (prefix_covers(&u->allowed[i], exporter))
			return true;
	return false;
}

/* The kernel tells the sum since the socket was made; it wraps. */
static void
count_overflow(struct udp *u, struct msghdr *h)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		uint32_t sum;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL)
			continue;
		memcpy(&sum, CMSG_DATA(c), sizeof(sum));
		if (u->overflow_known)
			u->totals.dropped += (uint32_t)(sum - u->overflow);
		u->overflow = sum;
	}
	u->overflow_known = true;	/* without a word of it: nothing was dropped */
}

static bool
same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
			((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
		      &((const struct sockaddr_in6 *)b)->sin6_addr, sizeof(struct in6_addr)) == 0;
}

static struct sender *
sender_of(struct udp *u, const struct sockaddr_storage *from)
{
	const uint8_t *last = from->ss_family == AF_INET
	    ? (const uint8_t *)&((const struct sockaddr_in *)from)->sin_addr + 3
	    : ((const struct sockaddr_in6 *)from)->sin6_addr.s6_addr + 15;
	struct sender *s = &u->senders[*last % SENDERS];

	if (!same_address(&s->from, from)) {
		s->from = *from;
		s->exporter = address_prefix((const struct sockaddr *)from);
		s->allowed = is_allowed(u, &s->exporter);
	}
	return s;
}

static void
take(struct udp *u, unsigned i, udp_sink *sink, void *ctx)
{
	const struct sender *s = sender_of(u, &u->from[i]);

	count_overflow(u, &u->msg[i].msg_hdr);
	if (!s->allowed) {
		u->totals.unknown_exporter++;
		return;
	}
	u->totals.datagrams++;
	sink(ctx, &s->exporter, u->iov[i].iov_base, u->msg[i].msg_len);
}

int
udp_read(struct udp *u, unsigned most, udp_sink *sink, void *ctx)
{
	int n = recvmmsg(u->fd, u->msg, most < UDP_BATCH ? most : UDP_BATCH, MSG_DONTWAIT, NULL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++)
		take(u, (unsigned)i, sink, ctx);
	arm(u, (unsigned)n);
	return n;
}

void
udp_totals(const struct udp *u, struct udp_totals *ret)
{
	*ret = u->totals;
}
