/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prints what sensor/packet and sensor/tunnel say of each frame of a capture: a line a frame, its
 * packets outermost first.
 */
#include <arpa/inet.h>
#include <pcap/pcap.h>
#include <stdio.h>

#include "sensor/tunnel.h"

#define LAYERS 8

static void
print(const struct flow *f)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	int family = f->family == 4 ? AF_INET : AF_INET6;

	inet_ntop(family, f->src, src, sizeof(src));
	inet_ntop(family, f->dst, dst, sizeof(dst));
	printf(
	    "{\"family\":%u,\"src\":\"%s\",\"dst\":\"%s\",\"proto\":%u,\"bytes\":%llu,\"fragment\":%d",
	    f->family, src, dst, f->proto, (unsigned long long)f->bytes,
	    (f->has & FLOW_FRAGMENT) != 0);
	if ((f->has & FLOW_DPORT) != 0)
		printf(",\"sport\":%u,\"dport\":%u", f->sport, f->dport);
	if ((f->has & FLOW_TCP_FLAGS) != 0)
		printf(",\"tcp_flags\":%u", f->tcp_flags);
	putchar('}');
}

int
main(int argc, char **argv)
{
	char why[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *h;
	const u_char *bytes;
	pcap_t *p = argc == 2 ? pcap_open_offline(argv[1], why) : NULL;

	if (p == NULL || pcap_datalink(p) != DLT_EN10MB)
		return 2;
	while (pcap_next_ex(p, &h, &bytes) == 1) {
		struct rd r = rd_of(bytes, h->caplen);
		struct flow f;
		bool more = packet_layer(&f, &r, PACKET_ETHERNET);

		putchar('[');
		for (unsigned i = 0; more && i < LAYERS; i++) {
			if (i > 0)
				putchar(',');
			print(&f);
			more = tunnel_is(&f) && tunnel_enter(&f, &r);
		}
		puts("]");
	}
	pcap_close(p);
	return 0;
}
