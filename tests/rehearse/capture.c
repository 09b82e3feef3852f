/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A capture for tests/rehearse.sh, made anew each time and always the same:
 *   capture exports FILE   NetFlow 5 to port 2055: a calm minute, 40 s of DNS replies at 800
 *   Mbit/s, calm again
 *   capture packets FILE   packets of a small UDP flood from port 123 towards 192.0.2.80, and some
 *   HTTPS
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define T0 1760000000	/* 2025-10-09 */
#define HALF_SECONDS 400
#define UPTIME_MS 100000

static FILE *out;
static uint8_t packet[2048];
static size_t len;
static uint32_t sequence;

static void
u8(unsigned v)
{
	packet[len++] = (uint8_t)v;
}

static void
u16(unsigned v)
{
	u8(v >> 8);
	u8(v & 0xff);
}

static void
u32(uint32_t v)
{
	u16(v >> 16);
	u16(v & 0xffff);
}

static void
le32(uint32_t v)
{
	for (int i = 0; i < 4; i++)
		putc((int)(v >> (8 * i) & 0xff), out);
}

/* Little-endian pcap, link type raw IP. */
static void
file_header(void)
{
	le32(0xa1b2c3d4);
	le32(4 << 16 | 2);
	le32(0);
	le32(0);
	le32(65535);
	le32(101);
}

static void
file_packet(uint32_t ms)
{
	le32(T0 + ms / 1000);
	le32(ms % 1000 * 1000);
	le32((uint32_t)len);
	le32((uint32_t)len);
	fwrite(packet, 1, len, out);
}

static void
ip_udp(uint32_t src, uint32_t dst, unsigned ports[2], size_t payload)
{
	len = 0;
	u16(0x4500);
	u16((unsigned)(28 + payload));
	u32(0);
	u8(64);
	u8(17);
	u16(0);
	u32(src);
	u32(dst);
	u16(ports[0]);
	u16(ports[1]);
	u16((unsigned)(8 + payload));
	u16(0);
}

/* ---- exports ------------------------------------------------------------- */

struct v5 {
	uint32_t src, dst, packets, octets;
	unsigned sport, dport, proto, flags;
};

static void
v5_header(uint32_t ms, unsigned records)
{
	u16(5);
	u16(records);
	u32(UPTIME_MS + ms);
	u32(T0 + ms / 1000);
	u32(ms % 1000 * 1000000);
	u32(sequence);
	u32(0);
	sequence += records;
}

static void
v5_record(const struct v5 *r, uint32_t ms)
{
	u32(r->src);
	u32(r->dst);
	u32(0);
	u32(1 << 16 | 2);
	u32(r->packets);
	u32(r->octets);
	u32(UPTIME_MS + ms - 1000);
	u32(UPTIME_MS + ms);
	u16(r->sport);
	u16(r->dport);
	u8(0);
	u8(r->flags);
	u8(r->proto);
	u8(0);
	u32(0);
	u32(24 << 24 | 24 << 16);
}

static void
exports(void)
{
	for (uint32_t i = 0; i < HALF_SECONDS; i++) {
		uint32_t ms = i * 500;
		unsigned ports[] = { 9999, 2055 }, flood = i >= 120 && i < 200 ? 14 : 0;

		ip_udp(0x0a000001, 0x0a000009, ports, 24 + (12 + flood) * 48);
		v5_header(ms, 12 + flood);
		for (unsigned k = 0; k < 12; k++)
			v5_record(&(struct v5){ 0xcb007101 + k, k < 8 ? 0xc0000250 : 0xc6336414, 50,
				50 * 1000, 40000 + k, 443, 6, 0x18 }, ms);
		for (unsigned k = 0; k < flood; k++)
			v5_record(&(struct v5){ 0xc6120000 + (i << 8) + k, 0xc0000250, 2500,
				      2500 * 1400, 53, 1024 + k, 17, 0 },
			    ms);
		file_packet(ms);
	}
}

/* ---- packets ------------------------------------------------------------- */

static void
packets(void)
{
	for (uint32_t ms = 0; ms < 20000; ms++) {
		unsigned many = ms >= 8000 && ms < 16000 ? 2 : 0, ports[] = { 123, 40000 };

		for (unsigned k = 0; k < many; k++) {
			ip_udp(0xc6120000 + ms * 2 + k, 0xc0000250, ports, 440);
			memset(packet + len, 0, 440);
			len += 440;
			file_packet(ms);
		}
		if (ms % 20 != 0)
			continue;
		ip_udp(0xcb007105, 0xc0000250, (unsigned[]){ 50000, 443 }, 100);
		memset(packet + len, 0, 100);
		len += 100;
		file_packet(ms);
	}
}

int
main(int argc, char **argv)
{
	if (argc != 3 || (out = fopen(argv[2], "wb")) == NULL)
		return 2;
	file_header();
	if (strcmp(argv[1], "exports") == 0)
		exports();
	else
		packets();
	return fclose(out) == 0 ? 0 : 1;
}
