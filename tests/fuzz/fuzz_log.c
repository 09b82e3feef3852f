/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An access log: its lines in both formats, cut at any place; and JSON as another parser reads it.
 */
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "sensor/lines.h"
#include "sensor/logline.h"
#include "sensor/members.h"
#include "sensor/tally.h"

#define LINE_MAX 512

struct log {
	struct log_parser parser;
	struct tally *tally;
	unsigned lines;
};

/*
 * Bytes that are not UTF-8, nesting, \x, duplicates and numbers without end are where the two
 * differ on purpose; and jansson passes over a NUL between two tokens.
 */
static void
compare(const char *line, size_t len)
{
	static const struct member_name name = MEMBER_NAME("status");
	struct member m;
	json_t *j;

	if (memchr(line, '\0', len) != NULL)
		return;
	j = json_loadb(line, len, JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, NULL);
	if (json_is_object(j))
		assert(members_find(line, len, &name, 1, &m) != MEMBERS_BAD);
	json_decref(j);
}

static void
take(void *ctx, const char *line, size_t len)
{
	struct log *l = ctx;
	struct log_request r;
	char *exact = malloc(len);

	if (exact == NULL)
		return;
	memcpy(exact, line, len);
	assert(len <= LINE_MAX);
	l->lines++;
	if (logline_read(&r, &l->parser, exact, len)) {
		assert(r.status >= 100 && r.status <= 599);
		assert(r.client.family == 0 || prefix_is_host(&r.client));
		tally_add(l->tally, &r);
	}
	compare(exact, len);
	free(exact);
}

static unsigned
run(const uint8_t *data, size_t size, enum log_format format, size_t step)
{
	static struct tally *tally;	/* too large to be made for each */
	struct log l = { 0 };
	struct tally_figures f;
	struct lines lines;

	logline_init(&l.parser, format);
	if ((tally == NULL && tally_new(&tally) != 0) || lines_new(&lines, LINE_MAX) != 0)
		abort();
	l.tally = tally;
	for (size_t at = 0; at < size; at += step)
		lines_feed(&lines, (const char *)data + at, size - at < step ? size - at : step,
		    take, &l);
	tally_second(l.tally, 1000, &f);
	assert(f.client_rps <= f.rps && f.failing <= 1);
	lines_free(&lines);
	return l.lines;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	assert(run(data, size, LOG_COMBINED, size) == run(data, size, LOG_JSON, 1 + data[0] % 64));
	return 0;
}
