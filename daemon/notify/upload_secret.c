/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/upload_secret.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/lang.h"

#define HOST_KEY_KIND "SHA256:"		/* as ssh-keygen -l prints it */

static int
take_line(struct upload_secret *s, const char *line, size_t len)
{
	const struct { const char *word; char *to;
	} rows[] = {
		{ "user ", s->user },
		{ "password ", s->password },
		{ "key ", s->key },
		{ "host-key ", s->host_key },
	};

	if (len == 0 || line[0] == '#')
		return 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t word = strlen(rows[i].word);

		if (len <= word || memcmp(line, rows[i].word, word) != 0)
			continue;
		if (len - word >= SECRET_WORD_LEN || rows[i].to[0] != '\0')
			return -EINVAL;
		memcpy(rows[i].to, line + word, len - word);
		return 0;
	}
	return -EINVAL;
}

int
upload_secret_parse(struct upload_secret *ret, const char *text, struct diag *reterr)
{
	struct upload_secret s = { 0 };
	unsigned n = 1;

	for (const char *line = text; *line != '\0'; n++) {
		size_t len = strcspn(line, "\n"),
		       plain = len > 0 && line[len - 1] == '\r' ? len - 1 : len;

		if (take_line(&s, line, plain) != 0)
			return diag_set(reterr, -EINVAL,
			    _("line %u of the credentials must be `user NAME`, `password TEXT`, `key FILE` or `host-key SHA256:...`, each once"),
			    n);
		line += len + (line[len] == '\n');
	}
	if (strncmp(s.host_key, HOST_KEY_KIND, strlen(HOST_KEY_KIND)) == 0)
		memmove(s.host_key, s.host_key + strlen(HOST_KEY_KIND),
		    strlen(s.host_key + strlen(HOST_KEY_KIND)) + 1);
	*ret = s;
	return 0;
}
