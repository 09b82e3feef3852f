/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is made of BIRD's answers, line by line: interfaces, sessions, channels and their counts,
 * ROAs, routes and what they are sent with.  An input is lines; the first character of each says
 * what was asked.  No crash, no table overrun, no text without an end, and no address that cannot
 * be.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bird/internal.h"
#include "fuzz.h"

static void
changed(void *ctx, unsigned router)
{
	*(unsigned *)ctx += router + 1;
}

static const struct settings *
known(void)
{
	static struct settings *s;

	if (s != NULL)
		return s;
	s = calloc(1, sizeof(*s));
	if (s == NULL || prefix_parse(&s->prefixes[0], "192.0.2.0/24") != 0)
		abort();
	s->prefixes_n = s->routers_n = 1;
	s->upstreams_n = 2;
	strcpy(s->upstreams[0].protocol, "transit_a");
	strcpy(s->upstreams[1].protocol, "transit_b");
	return s;
}

static void
tell(struct bird *b, const char *line)
{
	switch (line[0]) {
	case 'i': peers_interface(b, line + 1); break;
	case 'b': peers_begin(b); break;
	case 'p': peers_line(b, 1002, line + 1); break;
	case 'd': peers_line(b, 1006, line + 1); break;
	case 'e': peers_done(b); break;
	case 'r': rooms_roa_line(b, line + 1); break;
	case 'R': rooms_roa_done(b, 0); break;
	case 't': b->step = STEP_TABLE; readback_line(b, line + 1); break;
	case 'x': b->step = STEP_EXPORTED; readback_line(b, line + 1); break;
	case 'm': marks_line(b, line + 1); break;
	}
}

static void
holds(const struct bird *b)
{
	assert(b->us.sessions_n <= SESSIONS_MAX && b->peers.reading.sessions_n <= SESSIONS_MAX);
	for (unsigned i = 0; i < b->us.sessions_n; i++)
		assert(prefix_sane(&b->us.sessions[i]));
	for (unsigned i = 0; i < 2; i++)
		assert(memchr(b->upstreams[i].info, '\0', sizeof(b->upstreams[i].info)) != NULL);
	assert(b->peers.locals_n <= LOCALS_MAX);
	for (unsigned i = 0; i < b->peers.locals_n; i++)
		assert(prefix_sane(&b->peers.locals[i].net) &&
		    prefix_covers(&b->peers.locals[i].net, &b->peers.locals[i].address));
	assert(b->rooms.tables_n <= ROA_TABLES_MAX && b->rooms.roas.n <= ROAS_MAX &&
	    b->rooms.reading.n <= ROAS_MAX);
	for (unsigned i = 0; i < b->rooms.roas.n; i++)
		assert(prefix_sane(&b->rooms.roas.all[i].prefix) &&
		    b->rooms.roas.all[i].max <= prefix_bits(&b->rooms.roas.all[i].prefix));
	assert(b->rb.ghosts_n <= GHOSTS_MAX);
	for (unsigned i = 0; i < b->rb.ghosts_n; i++)
		assert(memchr(b->rb.ghosts[i].protocol, '\0', NAME_MAX_LEN) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct bird_events events = { .state = changed };
	static const struct ledger nothing;
	static struct bird b;
	unsigned changes = 0;
	char *text = malloc(size + 1), *rest = text, *line;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	memset(&b, 0, sizeof(b));
	b.settings = known();
	b.events = &events;
	b.ledger = &nothing;
	b.ctx = &changes;
	b.connected = b.rb.compared = true;
	readback_init(&b.rb);
	marks_init(&b.marks);
	peers_begin(&b);
	while ((line = strsep(&rest, "\n")) != NULL)
		tell(&b, line);
	holds(&b);
	readback_fini(&b.rb);
	marks_fini(&b.marks);
	free(text);
	return 0;
}
