/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An engine that only remembers: what control asks of the real one, without its stages. For tests.
 */
#ifndef SEAWALL_TESTS_FAKE_ENGINE_H
#define SEAWALL_TESTS_FAKE_ENGINE_H

#include <event2/event.h>

#include "engine/engine.h"

#define FAKE_WAITS 64
#define FAKE_INCIDENTS 32
#define FAKE_HASH "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="	/* of its configuration */

struct fake_wait {
	struct engine *e;
	struct manual who;
	struct event *when;	/* owned; NULL: free */
	char id[ID_LEN];
};

struct engine {
	struct event_base *base;
	struct settings settings;
	struct ledger ledger;
	struct incident incidents[FAKE_INCIDENTS];
	unsigned incidents_n;
	struct approval asked;		/* "a3"; an empty id: none */
	struct engine_sensor_state sensors[2];
	struct engine_status status;
	struct engine_drill drill;
	struct fake_wait waits[FAKE_WAITS];
	uint64_t forgotten;
	char who[NAME_MAX_LEN];		/* of the last act */
	unsigned approved;		/* its configuration, times */
	json_t *changes;		/* owned: of it */
	bool never;			/* done() is not called by itself */
};

void fake_init(struct engine *e, struct event_base *base);
void fake_fini(struct engine *e);
void fake_fill(struct engine *e, unsigned n);	/* n more standing mitigations */

#endif
