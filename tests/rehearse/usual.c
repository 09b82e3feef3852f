/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a daemon has learned by then, made anew each time:
 *   usual CONF FILE UNIX-TIME HOST MBITS
 * Through the real fusion: the first sensor of CONF saw so much go to HOST in every second of the
 * four days before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "fusion/fusion.h"

#define DAYS 4
#define DAY_MS INT64_C(86400000)

static bool
nobody(void *ctx, const struct subject *s, unsigned policy)
{
	(void)ctx, (void)s, (void)policy;
	return false;
}

static void
second(struct fusion *f, const struct subject *host, struct now now, double bps)
{
	static struct assessment out[FUSION_SUBJECTS];
	struct health_report h = {
		.health = HEALTH_FRESH, .complete_ms = now.wall.ms, .accepted = 1
	};
	struct observation o = { .subject = *host, .slots = 10, .start_ms = now.wall.ms - 1000 };

	o.amount[METRIC_BPS] = (float)bps;
	o.amount[METRIC_PPS] = (float)(bps / 8000);
	fusion_health(f, &h, now);
	fusion_see(f, &o, now);
	fusion_step(f, now, out, FUSION_SUBJECTS, nobody, NULL);
}

static int
save(struct fusion *f, const char *path)
{
	static char piece[FUSION_PIECE];
	FILE *file = fopen(path, "wb");
	uint64_t pos = 0;

	if (file == NULL)
		return 1;
	do {
		size_t n = fusion_learned_save(f, &pos, piece, sizeof(piece));

		fwrite(piece, 1, n, file);
	} while (pos != 0);
	return fclose(file) == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct subject host = { .kind = SUBJECT_HOST };
	struct settings *s = NULL;
	struct fusion *f = NULL;
	struct diag why = { 0 };
	struct now now;
	int64_t until;
	int status;

	if (argc != 6 || config_load(&s, argv[1], &why) != 0 || fusion_new(&f, s) != 0 ||
	    !fusion_learns(f) || prefix_parse(&host.prefix, argv[4]) != 0) {
		fprintf(stderr, "usual: %s\n", why.say);
		return 2;
	}
	until = strtoll(argv[3], NULL, 10) * 1000;
	now = (struct now){ .wall = { until - DAYS * DAY_MS } };
	for (; now.wall.ms < until; now.wall.ms += 1000, now.mono = mono_add_ms(now.mono, 1000))
		second(f, &host, now, strtod(argv[5], NULL) * 1e6);
	status = save(f, argv[2]);
	fusion_free(f);
	free(s);
	return status;
}
