/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vectors.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/fill.h"
#include "config/installed.h"
#include "config/rows.h"
#include "config/source.h"

#define MATCH_LEN 160

enum family { FAMILY_BOTH, FAMILY_4, FAMILY_6 };

/* One entry as it is written; its name comes first, as fill.h wants it. */
struct entry {
	struct signature s;
	char match[MATCH_LEN];
	enum family family;
	unsigned line;
};

struct file {
	unsigned n;
	struct entry all[SIGNATURES_MAX];
};

#define NAME(id, name) name,
static const char *const kinds[] = { SIGNATURE_KINDS(NAME) NULL };
static const char *const families[] = { "both", "ipv4", "ipv6", NULL };

static int entry_rule(const struct filling *f, void *object, unsigned line);

#define TEXT(field, what)									\
	{ #field, KIND_TEXT, AT(entry, s.field), .flags = SETTING_REQUIRED, .help = (what) }

static const struct row entry_rows[] = {
	{ "name", KIND_NAME, AT(entry, s.name), .flags = SETTING_REQUIRED,
	    .help = "one word, for programs" },
	TEXT(words, "the packets, as they stand in a sentence"),
	TEXT(words_es, "the same in Spanish"),
	TEXT(about, "a sentence for a committee"),
	TEXT(about_es, "the same in Spanish"),
	TEXT(source, "who says so"),
	{ "kind", KIND_CHOICE, AT(entry, s.kind), .names = kinds, .flags = SETTING_REQUIRED,
	    .help = "who sends it" },
	{ "match", KIND_TEXT, AT(entry, match), .flags = SETTING_REQUIRED, .help = "its headers" },
	{ "family", KIND_CHOICE, AT(entry, family), .names = families, .def = "both",
	    .help = "of which IP it is" },
	{ "usual", KIND_UINT, AT(entry, s.usual), .lo = 1, .hi = 1e6, .flags = SETTING_OPTIONAL,
	    .help = "packets of a million in ordinary traffic" },
};
static const struct section entry_group = { .what = "vector",
	ROWS(entry_rows),
	.size = sizeof(struct entry),
	.line_at = offsetof(struct entry, line),
	.named = true,
	.rule = entry_rule };

static const struct row file_rows[] = {
	{ "vectors", KIND_GROUPS, LIST(file, all, n, SIGNATURES_MAX), .group = &entry_group,
	  .flags = SETTING_REQUIRED, .help = "the vectors" },
};
const struct section schema_vectors = {
	.what = "vectors", ROWS(file_rows), .size = sizeof(struct file), .line_at = NOWHERE
};

/* The headers, as `announce --match` takes them. */
static int
entry_rule(const struct filling *f, void *object, unsigned line)
{
	struct entry *e = object;
	struct rule *r = &e->s.match;
	struct diag why = { 0 };
	int err;

	*r = (struct rule){ .kind = RULE_FLOWSPEC,
		.dst = { .family = e->family == FAMILY_6 ? 6 : 4 } };
	e->s.both = e->family == FAMILY_BOTH;
	err = rule_parse_match(r, e->match, &why);
	if (err != 0)
		return fill_refuse(f, err, line, "`match` of vector \"%s\": %s", e->s.name,
		    why.say);
	if (rule_covers(r, &(struct rule){ .kind = RULE_FLOWSPEC, .dst = r->dst }))
		return fill_refuse(f, -EINVAL, line, "`match` of vector \"%s\" takes every packet",
		    e->s.name);
	return 0;
}

/* Two with the same headers would have two names, two with the same words would read as one. */
static int
alike(const struct filling *f, const struct entry *a, const struct entry *b)
{
	const char *what = NULL;

	if (signature_has(&a->s, &b->s.match) && signature_has(&b->s, &a->s.match))
		what = "match";
	else if (strcmp(a->s.words, b->s.words) == 0)
		what = "words";
	else if (strcmp(a->s.words_es, b->s.words_es) == 0)
		what = "words_es";
	return what == NULL
	    ? 0
	    : fill_refuse(f, -EEXIST, b->line, "`%s` of vector \"%s\" is that of \"%s\", line %u",
		  what, b->s.name, a->s.name, a->line);
}

static int
take(struct signatures *ret, const struct source *src, struct diag *reterr)
{
	struct filling f = { .file = src->file, .err = reterr };
	struct file *all = calloc(1, sizeof(*all));
	int err;

	if (all == NULL)
		return diag_set(reterr, -ENOMEM, "not enough memory");
	err = fill_group(&f, &schema_vectors, all, config_root_setting(&src->parsed), 0);
	for (unsigned i = 0; err == 0 && i < all->n; i++)
		for (unsigned j = 0; err == 0 && j < i; j++)
			err = alike(&f, &all->all[j], &all->all[i]);
	if (err == 0) {
		ret->n = all->n;
		snprintf(ret->file, sizeof(ret->file), "%s", src->file);
		for (unsigned i = 0; i < all->n; i++)
			ret->s[i] = all->all[i].s;
	}
	free(all);
	return err;
}

bool
vectors_find(char ret[static PATH_MAX_LEN], const char *directory)
{
	char path[PATH_MAX];

	if (directory != NULL) {
		int n = snprintf(path, sizeof(path), "%s/%s", directory, VECTORS_FILE);

		if (n < PATH_MAX_LEN && access(path, F_OK) == 0) {
			memcpy(ret, path, (size_t)n + 1);
			return true;
		}
	}
	installed_find(ret, VECTORS_FILE);
	return access(ret, F_OK) == 0;
}

int
vectors_load(struct signatures *ret, const char *path, struct diag *reterr)
{
	struct source src;
	struct diag why = { 0 };
	int err = source_read(&src, path, &why);

	if (err != 0 && why.line == 0)
		return diag_set(reterr, err, "%s %s", path, why.say);
	if (err != 0) {
		*reterr = why;
		return err;
	}
	err = take(ret, &src, reterr);
	source_fini(&src);
	return err;
}

int
vectors_load_text(struct signatures *ret, const char *text, size_t len, const char *file,
    struct diag *reterr)
{
	struct source src;
	int err = len > SOURCE_MAX
	    ? diag_at(reterr, -EFBIG, file, 0, "is larger than %u bytes", SOURCE_MAX)
	    : source_text(&src, text, len, file, reterr);

	if (err != 0)
		return err;
	err = take(ret, &src, reterr);
	source_fini(&src);
	return err;
}
