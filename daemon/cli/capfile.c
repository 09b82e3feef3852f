/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/capfile.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/lang.h"
#include "sensor/packet.h"

#define TIME_MAX_S INT64_C(7258118400)	/* 2200; nanoseconds of 64 bits end in 2262 */

struct capfile {
	pcap_t *pcap;
	int link;
};

FILE *
capfile_open(const char *name)
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

/* Bytes of the link header; -1: nothing that can hold IP. */
static int
link_length(int link)
{
	switch (link) {
	case DLT_EN10MB:	/* its header is packet.h's to read */
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		return 0;
	case DLT_NULL:
	case DLT_LOOP:
		return 4;
	case DLT_LINUX_SLL:
		return 16;
	case DLT_LINUX_SLL2:
		return 20;
	}
	return -1;
}

int
capfile_new(struct capfile **ret, FILE **take, const char **ret_why)
{
	static char why[PCAP_ERRBUF_SIZE];
	struct capfile *c = calloc(1, sizeof(*c));

	*ret_why = why;
	snprintf(why, sizeof(why), "%s", strerror(ENOMEM));
	if (c == NULL)
		return -ENOMEM;
	c->pcap = pcap_fopen_offline(*take, why);
	if (c->pcap == NULL) {
		free(c);
		return -EINVAL;
	}
	*take = NULL;	/* pcap closes it */
	c->link = pcap_datalink(c->pcap);
	if (link_length(c->link) < 0) {
		*ret_why = _("its link type is not Ethernet, Linux cooked, raw IP or loopback");
		capfile_free(c);
		return -EINVAL;
	}
	*ret = c;
	return 0;
}

void
capfile_free(struct capfile *c)
{
	if (c == NULL)
		return;
	pcap_close(c->pcap);
	free(c);
}

/* pcapng has 64 bits of any unit: what can be no time is the last one, or the first. */
static wall_t
time_of(const struct pcap_pkthdr *h)
{
	int64_t s = (int64_t)h->ts.tv_sec, us = (int64_t)h->ts.tv_usec;

	if (s < 0 || s >= TIME_MAX_S)
		return (wall_t){ s < 0 ? 0 : (TIME_MAX_S - 1) * 1000 };
	return (wall_t){ s * 1000 + (us >= 0 && us < 1000000 ? us / 1000 : 0) };
}

int
capfile_next(struct capfile *c, struct cap_packet *ret, const char **ret_why)
{
	const unsigned skip = (unsigned)link_length(c->link);
	struct pcap_pkthdr *h;
	const u_char *bytes;
	int got = pcap_next_ex(c->pcap, &h, &bytes);

	if (got == PCAP_ERROR) {
		*ret_why = pcap_geterr(c->pcap);
		return -EINVAL;
	}
	if (got != 1)
		return 0;
	*ret = (struct cap_packet){
		.bytes = rd_of(bytes, h->caplen),
		.ethernet = c->link == DLT_EN10MB,
		.when = time_of(h),
		.len = h->len > skip ? h->len - skip : 0,
	};
	rd_bytes(&ret->bytes, skip);
	ret->skipped = !rd_ok(&ret->bytes);
	return 1;
}

bool
cap_export(const struct cap_packet *p, struct flow *ret, struct rd *ret_payload)
{
	struct rd payload;
	struct flow outer;
	uint32_t head;

	if (p->skipped || !packet_udp(&outer, &payload, p->bytes, p->ethernet))
		return false;
	*ret = outer;
	*ret_payload = payload;
	head = rd_u32(&payload);
	return rd_ok(&payload) &&
	    (head == 5 || head >> 16 == 5 || head >> 16 == 9 || head >> 16 == 10);
}
