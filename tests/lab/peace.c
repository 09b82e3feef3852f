/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * peace - what the lab's daemon would have learned of legitimate traffic in a week, without the
 * week: ordinary visitors of the lab's hosts, their answers, DNS, mail, NTP, by the same law as the
 * unit tests', given to daemon/samples hour by hour. usage: peace SEAWALL.CONF FILE
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "config/load.h"
#include "samples/samples.h"
#include "../unit/synth_traffic.h"

#define WEEK_MS INT64_C(604800000)
#define TURN_MS INT64_C(60000)
#define REPORTS 6		/* a turn, of SAMPLES_A_REPORT each */

static const char *const hosts4[] = { "192.0.2.80", "198.51.100.20", "192.0.2.90", "198.51.100.77",
	"192.0.2.91" };
static const char *const hosts6[] = { "2001:db8:40::80", "2001:db8:40::20", "2001:db8:40::90" };

/* One of clients.py, which fetch a page of the host all the time. */
static void
from_clients(struct draw *d, struct sample *s, const char *host)
{
	static const char *const clients4[] = { "100.65.1.1", "100.65.2.1" },
				 *const clients6[] = { "2001:db8:c1::1", "2001:db8:c2::1" };
	static const uint16_t flags[] = { 0x02, 0x10, 0x10, 0x11, 0x18 };
	static const char question[] = "GET / HTTP/1.0\r\nHost: \r\n\r\n", brackets[] = "[]";
	const size_t asked =
	    strlen(question) + strlen(host) + (d->family == 6 ? strlen(brackets) : 0);
	const unsigned lengths[] = { 60, 52, 52, 52, 52 + (unsigned)asked };
	unsigned kind = draw_below(d, 5), client = draw_below(d, 2);
	uint8_t dst[16];
	struct prefix from;

	memcpy(dst, s->dst, sizeof(dst));
	*s =
	    draw_tcp(d, draw_high(d), 80, flags[kind], lengths[kind] + (d->family == 6 ? 20u : 0u));
	memcpy(s->dst, dst, sizeof(dst));
	prefix_parse(&from, d->family == 6 ? clients6[client] : clients4[client]);
	memcpy(s->src, from.addr, 16);
}

/* To one of the hosts, or to any of its prefix; the lab's sites speak HTTP. */
static struct sample
visit(struct draw *d)
{
	const char *host;
	struct sample s;
	struct prefix to;

	d->family = draw_below(d, 3) == 0 ? 6 : 4;
	s = draw_usual(d);
	host = d->family == 4 ? hosts4[draw_below(d, 5)] : hosts6[draw_below(d, 3)];
	prefix_parse(&to, host);
	memcpy(s.dst, to.addr, 16);
	if (draw_below(d, 8) == 0)
		s.dst[d->family == 4 ? 3 : 15] = (uint8_t)draw_between(d, 2, 250);
	if (s.proto == 6 && s.dport == 443)
		s.dport = 80;
	if (draw_below(d, 3) == 0)
		from_clients(d, &s, host);
	return s;
}

static void
week(struct samples *p, struct now now)
{
	struct draw d = { .state = 11 };

	for (int64_t ago = WEEK_MS; ago > 0; ago -= TURN_MS) {
		struct now then = { mono_add_ms(now.mono, -ago), wall_add_ms(now.wall, -ago) };
		struct sample_report r = { .n = SAMPLES_A_REPORT };

		for (int k = 0; k < REPORTS; k++) {
			for (unsigned i = 0; i < r.n; i++)
				r.samples[i] = visit(&d);
			samples_take(p, &r, then);
		}
		samples_begin(p);
		samples_end(p, then);
	}
}

static int
save(struct samples *p, const char *path)
{
	static uint8_t piece[SAMPLES_PIECE];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), err = fd < 0 ? -1 : 0;
	uint64_t pos = 0;

	while (err == 0) {
		err = file_write_all(fd, piece, samples_save(p, &pos, piece, sizeof(piece)));
		if (pos == 0)
			break;
	}
	return fd >= 0 && close(fd) == 0 ? err : -1;
}

int
main(int argc, char **argv)
{
	struct settings *s;
	struct samples *p;
	struct samples_totals t;
	struct now now = clock_now();
	struct diag why;

	lang_open("en");
	if (argc != 3 || config_load(&s, argv[1], &why) != 0 || samples_new(&p, s, 7) != 0) {
		fprintf(stderr, "peace: usage: peace SEAWALL.CONF FILE\n");
		return 2;
	}
	/* the machine may be younger than a week */
	now.mono = mono_add_ms((mono_t){ 0 }, 2 * WEEK_MS);
	week(p, now);
	samples_totals(p, &t);
	printf("%u samples of a week\n", t.reference_n);
	if (save(p, argv[2]) != 0) {
		fprintf(stderr, "peace: %s cannot be written\n", argv[2]);
		return 1;
	}
	samples_free(p);
	free(s);
	return 0;
}
