/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/history.h"

#include <string.h>

#include "audit/audit.h"
#include "base/lang.h"
#include "cli/screen.h"

struct history {
	const char *id;
	json_t *lines;		/* owned by the caller */
};

/* Is the record about it: the incident, the mitigation, or a mitigation for the incident? */
static bool
concerns(const json_t *record, const char *id)
{
	const json_t *m = json_object_get(record, "mitigation");

	return strcmp(line_text(json_object_get(record, "incident"), "id"), id) == 0 ||
	       strcmp(line_text(m, "id"), id) == 0 || strcmp(line_text(m, "incident"), id) == 0;
}

static bool
not_done(const json_t *record)
{
	return strcmp(line_text(record, "kind"), audit_kind_name(AUDIT_REFUSAL)) == 0 ||
	       strcmp(line_text(record, "event"), "not-taken") == 0;
}

static int
take(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	struct history *h = ctx;
	const json_t *say = json_object_get(record, "say");

	(void)line;
	(void)len;
	if (!not_done(record) || !concerns(record, h->id))
		return 0;
	if (json_array_size(h->lines) == HISTORY_MAX)
		json_array_remove(h->lines, 0);
	json_array_append_new(h->lines,
			      json_pack("{s:s, s:s, s:I, s:s, s:s}", "type", "refusal", "id", h->id,
					"n", (json_int_t)n, "time", line_text(record, "t"), "why",
					line_text(say, lang_get() == LANG_ES ? "es" : "en")));
	return 0;
}

int
history_refused(json_t **ret, const char *directory, const char *id, struct diag *reterr)
{
	struct history h = { .id = id, .lines = json_array() };
	int err = audit_replay(directory, take, &h, reterr);

	if (err == 0)
		*ret = h.lines;
	else
		json_decref(h.lines);
	return err;
}
