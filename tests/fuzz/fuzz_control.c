/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A request from the control socket: no crash; what is refused writes nothing; what is taken keeps
 * its bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "control/request.h"
#include "fuzz.h"

/* The room the rules leave for text: all of it terminated, none of it able to steer a terminal. */
static void
check_text(const char *s, size_t size)
{
	if (memchr(s, '\0', size) == NULL)
		abort();
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			abort();
}

static void
check_taken(const struct request *q)
{
	static const struct settings s = {
		.upstreams_n = 2, .upstreams = { { .name = "transit-a" }, { .name = "transit-b" } },
	};
	struct rule rule;
	struct diag d;
	uint32_t via;
	uint64_t scopes;

	check_text(q->reason, sizeof(q->reason));
	check_text(q->match, sizeof(q->match));
	check_text(q->what, sizeof(q->what));
	if (command_acts(q->command) && q->command != COMMAND_RESUME && q->reason[0] == '\0')
		abort();
	if (q->given & FIELD_FOR && q->for_ms < 1000)
		abort();
	if (q->command != COMMAND_ANNOUNCE)
		return;
	if (q->target.family != 4 && q->target.family != 6)
		abort();
	if (request_rule(&rule, q, &d) == 0 && !prefix_eq(&rule.dst, &q->target))
		abort();
	if (request_via(&via, &scopes, q, &s, &d) == 0 && (via > 3 || scopes != 0))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct request q, untouched;
	struct diag d = { 0 };

	if (size > REQUEST_MAX)
		return 0;
	memset(&q, 0x5a, sizeof(q));
	memset(&untouched, 0x5a, sizeof(untouched));
	if (request_parse(&q, (const char *)data, size, &d) == 0) {
		check_taken(&q);
	} else {
		if (memcmp(&q, &untouched, sizeof(q)) != 0 || d.say[0] == '\0')
			abort();
	}
	return 0;
}
