/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BIRD's answers: no crash, and the same lines however the bytes are cut. */
#include <stdlib.h>
#include <string.h>

#include "bird/network.h"
#include "bird/reply.h"
#include "fuzz.h"

struct sum {
	unsigned lines, networks;
	unsigned long text;
};

static int
see(void *ctx, const struct reply_line *line)
{
	struct sum *s = ctx;
	struct network n;

	s->lines++;
	for (const char *p = line->text; *p != '\0'; p++)
		s->text = s->text * 31 + (unsigned char)*p;
	s->text = s->text * 31 + line->code + (unsigned)line->kind;
	if (network_read(&n, line->text))
		s->networks += strlen(n.text) < sizeof(n.text);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reply whole, pieces;
	struct sum a = { 0 }, b = { 0 };
	int err, again = 0;

	reply_init(&whole);
	err = reply_feed(&whole, (const char *)data, size, see, &a);
	reply_init(&pieces);
	for (size_t i = 0; i < size && again == 0; i++)
		again = reply_feed(&pieces, (const char *)data + i, 1, see, &b);
	/* a line that is too long is found at its first byte too many, whatever follows */
	if (err != again || a.lines != b.lines || a.networks != b.networks || a.text != b.text)
		abort();
	return 0;
}
