/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bird/reply.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

void
reply_init(struct reply *r)
{
	r->code = 0;
	r->coded = false;
	r->len = 0;
}

static bool
is_coded(const char *line, size_t len)
{
	if (len < 5 || (line[4] != '-' && line[4] != ' '))
		return false;
	for (unsigned i = 0; i < 4; i++)
		if (!isdigit((unsigned char)line[i]))
			return false;
	return true;
}

int
reply_parse(struct reply_line *ret, const struct reply *before, const char *line, size_t len)
{
	struct reply_line out = { .kind = REPLY_DATA };

	if (memchr(line, '\0', len) != NULL)
		return -EBADMSG;
	if (is_coded(line, len)) {
		out.kind = line[4] == ' ' ? REPLY_LAST : REPLY_DATA;
		for (unsigned i = 0; i < 4; i++)
			out.code = out.code * 10 + (unsigned)(line[i] - '0');
		out.text = line + 5;
	} else if (len >= 1 && line[0] == '+') {
		out.kind = REPLY_ASYNC;
		out.text = line + 1;
	} else if (len >= 1 && line[0] == ' ' && before->coded) {
		out.code = before->code;
		out.text = line + 1;
	} else {
		return -EBADMSG;
	}
	*ret = out;
	return 0;
}

static int
line_complete(struct reply *r, reply_each *each, void *ctx)
{
	struct reply_line line;
	int err;

	if (r->len > 0 && r->line[r->len - 1] == '\r')
		r->len--;
	r->line[r->len] = '\0';
	err = reply_parse(&line, r, r->line, r->len);
	r->len = 0;
	if (err != 0)
		return err;
	if (line.kind == REPLY_DATA) {
		r->code = line.code;
		r->coded = true;
	} else if (line.kind == REPLY_LAST) {
		r->code = 0;
		r->coded = false;
	}
	return each(ctx, &line);
}

int
reply_feed(struct reply *r, const char *buf, size_t n, reply_each *each, void *ctx)
{
	while (n > 0) {
		const char *end = memchr(buf, '\n', n);
		size_t take = end != NULL ? (size_t)(end - buf) : n;
		int err;

		if (take > REPLY_LINE_MAX - r->len)
			return -EMSGSIZE;
		memcpy(r->line + r->len, buf, take);
		r->len += take;
		if (end == NULL)
			return 0;
		buf += take + 1;
		n -= take + 1;
		err = line_complete(r, each, ctx);
		if (err != 0)
			return err;
	}
	return 0;
}
