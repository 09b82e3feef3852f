/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/changes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 24
#define NAME_LEN 64		/* of a part of a setting's name; longer ones are cut */
#define PATH_LEN 512

struct setting {
	char *name, *value;	/* one block, owned */
};

struct settings_list {
	struct setting *all;	/* owned */
	size_t n, room;
};

/* What is open where a line stands: a group, a list, or an entry of one. */
struct open {
	char name[NAME_LEN];
	/* an entry is known by its first setting, when that names it, else by its number */
	bool entry, named;
	unsigned entries;	/* of a list, so far */
};

struct reading {
	struct settings_list *to;
	struct open open[DEPTH_MAX];
	unsigned depth;
};

static void
list_free(struct settings_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->all[i].name);
	free(l->all);
}

static int
list_add(struct settings_list *l, const char *name, const char *value, size_t len)
{
	size_t name_len = strlen(name) + 1;
	struct setting *more = l->all;
	char *block;

	if (l->n == CHANGES_SETTINGS_MAX)
		return -E2BIG;
	if (l->n == l->room) {
		more = realloc(l->all, (l->room + 256) * sizeof(*more));
		if (more == NULL)
			return -ENOMEM;
		l->all = more;
		l->room += 256;
	}
	block = malloc(name_len + len + 1);
	if (block == NULL)
		return -ENOMEM;
	memcpy(block, name, name_len);
	memcpy(block + name_len, value, len);
	block[name_len + len] = '\0';
	l->all[l->n++] = (struct setting){ block, block + name_len };
	return 0;
}

/* ---- the text ------------------------------------------------------------ */

static int
push(struct reading *r, const char *name, size_t len, bool entry)
{
	struct open *o = &r->open[r->depth];

	if (r->depth == DEPTH_MAX)
		return -E2BIG;
	*o = (struct open){ .entry = entry };
	snprintf(o->name, sizeof(o->name), "%.*s", (int)len, name);
	r->depth++;
	return 0;
}

static int
push_entry(struct reading *r)
{
	char number[16] = "1";

	if (r->depth > 0)
		snprintf(number, sizeof(number), "%u", ++r->open[r->depth - 1].entries);
	return push(r, number, strlen(number), true);
}

/* `name = "edge";` is how people know it. */
static void
name_entry(struct open *o, const char *name, size_t name_len, const char *value, size_t len)
{
	bool names = (name_len == 4 && memcmp(name, "name", 4) == 0) ||
	    (name_len == 6 && memcmp(name, "prefix", 6) == 0);

	if (o->entry && !o->named && names && len > 2 && value[0] == '"')
		snprintf(o->name, sizeof(o->name), "%.*s", (int)len - 2, value + 1);
	o->named = true;
}

static void
path_of(const struct reading *r, const char *name, size_t len, char to[static PATH_LEN])
{
	size_t n = 0;

	to[0] = '\0';
	for (unsigned i = 0; i < r->depth && n < PATH_LEN; i++)
		n += (size_t)snprintf(to + n, PATH_LEN - n,
		    r->open[i].entry ? "[%s]"
			: n > 0	     ? ".%s"
				     : "%s",
		    r->open[i].name);
	if (n < PATH_LEN)
		snprintf(to + n, PATH_LEN - n, "%s%.*s", n > 0 ? "." : "", (int)len, name);
}

static int
read_line(struct reading *r, const char *s, size_t len)
{
	const char *equals = memmem(s, len, " = ", 3);
	size_t name = equals != NULL ? (size_t)(equals - s) : 0,
	       rest = equals != NULL ? len - name - 3 : 0;
	char path[PATH_LEN];

	if (len == 1 && s[0] == '{')
		return push_entry(r);
	if (s[0] == '}' || s[0] == ')') {
		r->depth -= r->depth > 0;
		return 0;
	}
	if (equals == NULL)
		return 0;
	if (rest == 1 && (equals[3] == '(' || equals[3] == '{'))
		return push(r, s, name, false);
	rest -= rest > 0 && equals[2 + rest] == ';';
	if (r->depth > 0)
		name_entry(&r->open[r->depth - 1], s, name, equals + 3, rest);
	path_of(r, s, name, path);
	return list_add(r->to, path, equals + 3, rest);
}

static int
by_name(const void *a, const void *b)
{
	const struct setting *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : strcmp(x->value, y->value);
}

static int
read_all(struct settings_list *to, const char *text)
{
	struct reading r = { .to = to };
	int err = 0;

	while (*text != '\0' && err == 0) {
		size_t len = strcspn(text, "\n"), blanks = strspn(text, " ");

		if (blanks < len)
			err = read_line(&r, text + blanks, len - blanks);
		text += len + (text[len] == '\n');
	}
	if (err == 0 && to->n > 0)
		qsort(to->all, to->n, sizeof(*to->all), by_name);
	return err;
}

/* ---- side by side -------------------------------------------------------- */

static void
compare(const struct settings_list *a, const struct settings_list *b, changes_each *each, void *ctx)
{
	size_t i = 0, j = 0;

	while (i < a->n || j < b->n) {
		const struct setting *x = i < a->n ? &a->all[i] : NULL,
				     *y = j < b->n ? &b->all[j] : NULL;
		int order = x == NULL ? 1 : y == NULL ? -1 : strcmp(x->name, y->name);

		i += order <= 0;
		j += order >= 0;
		if (order != 0)
			each(ctx, order < 0 ? x->name : y->name, order < 0 ? x->value : NULL,
			    order < 0 ? NULL : y->value);
		else if (strcmp(x->value, y->value) != 0)
			each(ctx, x->name, x->value, y->value);
	}
}

int
config_changes(const char *old, const char *new, changes_each *each, void *ctx)
{
	struct settings_list a = { 0 }, b = { 0 };
	int err = read_all(&a, old);

	if (err == 0)
		err = read_all(&b, new);
	if (err == 0)
		compare(&a, &b, each, ctx);
	list_free(&a);
	list_free(&b);
	return err;
}
