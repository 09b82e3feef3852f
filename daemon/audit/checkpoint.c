/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "base/lang.h"

const char *
hash_text(const uint8_t hash[static HASH_LEN], char buf[static HASH_TEXT])
{
	return sodium_bin2base64(buf, HASH_TEXT, hash, HASH_LEN, sodium_base64_VARIANT_ORIGINAL);
}

/* Decimal, no zero before it. */
static bool
read_size(const char *s, size_t len, uint64_t *ret)
{
	uint64_t n = 0;

	if (len == 0 || len > 18 || (s[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(s[i] - '0');
	}
	*ret = n;
	return true;
}

static bool
read_root(const char *s, size_t len, uint8_t ret[static HASH_LEN])
{
	const char *end;
	size_t got;

	return sodium_base642bin(ret, HASH_LEN, s, len, NULL, &got, &end,
		   sodium_base64_VARIANT_ORIGINAL) == 0 &&
	    got == HASH_LEN && end == s + len;
}

int
checkpoint_parse(struct checkpoint *ret, const char *text, size_t len, struct diag *reterr)
{
	struct checkpoint c = { 0 };
	const char *line[3], *at = text;
	size_t n[3];

	for (int i = 0; i < 3; i++) {
		const char *end = memchr(at, '\n', len - (size_t)(at - text));

		if (end == NULL || end == at)
			return diag_set(reterr, -EBADMSG,
			    _("it is no checkpoint: its first three lines are not there"));
		line[i] = at;
		n[i] = (size_t)(end - at);
		at = end + 1;
	}
	if (n[0] >= sizeof(c.origin))
		return diag_set(reterr, -EBADMSG,
		    _("it is no checkpoint: the name in its first line is too long"));
	memcpy(c.origin, line[0], n[0]);
	if (!read_size(line[1], n[1], &c.size) || !read_root(line[2], n[2], c.root))
		return diag_set(reterr, -EBADMSG,
		    _("it is no checkpoint: its second line is not a number of lines, or its third not a root"));
	*ret = c;
	return 0;
}

void
checkpoint_sign(struct text *to, const struct tree *t, const struct note_secret *by)
{
	uint8_t root[HASH_LEN];
	char text[HASH_TEXT];
	size_t from = to->len, len;

	tree_root(t, root);
	text_printf(to, "%s\n%" PRIu64 "\n%s\n", by->key.name, t->n, hash_text(root, text));
	len = to->len - from;
	text_add(to, "\n");
	if (text_ok(to))
		note_sign(to, to->s + from, len, by);
}
