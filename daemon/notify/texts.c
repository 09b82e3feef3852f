/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/texts.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define BARE \
	"Subject: {organization}: {title}\n\n{say}\n{sums}\n{list}\n{id}\n{until}\n{lost}\n{checkpoint}\n"

static const char *const kinds[] = {
#define KIND(id, name) [TEXT_##id] = name,
	TEXT_KINDS(KIND)
#undef KIND
};

static int
load_one(struct template *ret, const char *directory, enum text_kind k, enum lang lang,
    struct diag *reterr)
{
	char path[PATH_MAX], *text;
	size_t len;
	int err;

	snprintf(path, sizeof(path), "%s/%s.%s", directory, kinds[k],
	    lang == LANG_ES ? "es" : "en");
	err = file_slurp(&text, &len, path, TEMPLATE_MAX);
	if (err != 0)
		return diag_at(reterr, err, path, 0, "%s", strerror(-err));
	err = template_parse(ret, path, text, len, reterr);
	free(text);
	return err;
}

int
texts_load(struct texts *ret, const char *directory, struct diag *reterr)
{
	struct texts t = { 0 };
	int err = 0;

	for (unsigned k = 0; k < TEXT_N && err == 0; k++)
		for (unsigned lang = LANG_EN; lang <= LANG_ES && err == 0; lang++)
			err = load_one(&t.of[k][lang], directory, k, lang, reterr);
	if (err != 0)
		texts_fini(&t);
	else
		*ret = t;
	return err;
}

int
texts_bare(struct texts *ret)
{
	int err = 0;

	*ret = (struct texts){ 0 };
	for (unsigned k = 0; k < TEXT_N && err == 0; k++)
		for (unsigned lang = LANG_EN; lang <= LANG_ES && err == 0; lang++)
			err = template_parse(&ret->of[k][lang], "", BARE, strlen(BARE), NULL);
	return err;
}

void
texts_fini(struct texts *t)
{
	for (unsigned k = 0; k < TEXT_N; k++)
		for (unsigned lang = LANG_EN; lang <= LANG_ES; lang++)
			template_fini(&t->of[k][lang]);
}
