/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/queue.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/jout.h"

#define NUMBER_LEN 15

struct queue_item {
	char name[QUEUE_NAME_LEN];
	bool urgent, held;	/* held: not committed */
	wall_t queued, expires;
	size_t bytes;
	char *kept;		/* owned: its text while it is not on the disk; NULL: it is */
	mono_t next;
	unsigned refusals, put_off;
};

struct queue {
	char directory[PATH_MAX];
	unsigned max, n;
	uint64_t bytes, newest;
	size_t kept;		/* bytes in memory */
	struct queue_item items[];	/* by name */
};

/* ---- one message --------------------------------------------------------- */

void
message_name(struct message *m, uint64_t n, const char *what)
{
	snprintf(m->name, sizeof(m->name), "%0*" PRIu64 "-%.20s", NUMBER_LEN, n, what);
}

uint64_t
message_number(const char *name, const char *what)
{
	size_t len = strlen(name), end = strlen(what);
	bool is = len > NUMBER_LEN + end && name[len - end - 1] == '-' &&
	    strcmp(name + len - end, what) == 0;

	return is ? strtoull(name, NULL, 10) : 0;
}

void
message_fini(struct message *m)
{
	free(m->subject);
	free(m->body);
	m->subject = m->body = NULL;
}

static bool
is_name(const char *name)
{
	size_t digits = strspn(name, "0123456789"), rest;

	if (digits != NUMBER_LEN || name[digits] != '-')
		return false;
	rest = strlen(name + digits + 1);
	return rest > 0 && strlen(name) < QUEUE_NAME_LEN &&
	    strspn(name + digits + 1, "abcdefghijklmnopqrstuvwxyz0123456789-") == rest;
}

static const char *
words(const json_t *j, const char *key, size_t max)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s != NULL && strlen(s) < max ? s : NULL;
}

int
message_parse(struct message *ret, const char *text, size_t len)
{
	json_t *j = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	const char *subject = words(j, "subject", 4096), *body = words(j, "body", QUEUE_FILE_MAX);
	const char *to = words(j, "to", QUEUE_TO_LEN),
		   *language = words(j, "language", QUEUE_LANGUAGE_LEN);
	json_int_t queued = json_integer_value(json_object_get(j, "queued"));
	json_int_t expires = json_integer_value(json_object_get(j, "expires"));
	json_int_t state = json_integer_value(json_object_get(j, "state"));
	struct message m = { 0 };
	int err = -EBADMSG;

	if (subject != NULL && body != NULL && to != NULL && queued > 0 && expires >= queued &&
	    state >= 0 && strpbrk(to, "\r\n <>") == NULL) {
		m.urgent = json_is_true(json_object_get(j, "urgent"));
		m.queued.ms = queued;
		m.state = (uint64_t)state;
		m.expires.ms = expires;
		strcpy(m.to, to);
		strcpy(m.language, language != NULL ? language : "");
		m.subject = strdup(subject);
		m.body = strdup(body);
		err = m.subject == NULL || m.body == NULL ? -ENOMEM : 0;
	}
	json_decref(j);
	if (err == 0)
		*ret = m;
	else
		message_fini(&m);
	return err;
}

static void
path_of(const struct queue *q, const char *name, char path[static PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.*s/%s", PATH_MAX - QUEUE_NAME_LEN - 2, q->directory, name);
}

static int
load(const struct queue *q, const char *name, struct message *ret, size_t *ret_bytes)
{
	char path[PATH_MAX], *text;
	int err;

	path_of(q, name, path);
	err = file_slurp(&text, ret_bytes, path, QUEUE_FILE_MAX);
	if (err != 0)
		return err;
	err = message_parse(ret, text, *ret_bytes);
	free(text);
	if (err == 0)
		snprintf(ret->name, sizeof(ret->name), "%s", name);
	return err;
}

/* ---- opening ------------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct queue_item *)a)->name, ((const struct queue_item *)b)->name);
}

static void
add_item(struct queue *q, const struct message *m, size_t bytes, bool held, char *kept)
{
	q->items[q->n++] = (struct queue_item){ .urgent = m->urgent,
		.held = held,
		.queued = m->queued,
		.expires = m->expires,
		.bytes = bytes,
		.kept = kept };
	q->kept += kept != NULL ? bytes : 0;
	strcpy(q->items[q->n - 1].name, m->name);
	q->bytes += bytes;
	qsort(q->items, q->n, sizeof(*q->items), by_name);
}

/* Is it a message that stays? */
static bool
take_file(struct queue *q, const char *name, uint64_t state, unsigned *ret_damaged)
{
	struct message m = { 0 };
	size_t bytes = 0;
	bool keep;
	int err;

	if (!is_name(name)) {
		*ret_damaged += strstr(name, ".new") == NULL;
		return false;
	}
	err = load(q, name, &m, &bytes);
	*ret_damaged += err != 0 || (m.state <= state && q->n == q->max);
	keep = err == 0 && m.state <= state && q->n < q->max;
	if (keep)
		add_item(q, &m, bytes, false, NULL);
	if (keep && m.state > q->newest)
		q->newest = m.state;
	message_fini(&m);
	return keep;
}

static int
read_directory(struct queue *q, uint64_t state, unsigned *ret_damaged)
{
	DIR *d = opendir(q->directory);
	char path[PATH_MAX];
	const struct dirent *e;

	if (d == NULL)
		return -errno;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || take_file(q, e->d_name, state, ret_damaged))
			continue;
		snprintf(path, sizeof(path), "%.*s/%s", PATH_MAX - 260, q->directory, e->d_name);
		unlink(path);
	}
	closedir(d);
	return 0;
}

int
queue_open(struct queue **ret, const char *directory, unsigned max, uint64_t state,
    unsigned *ret_damaged)
{
	struct queue *q = calloc(1, sizeof(*q) + max * sizeof(*q->items));
	int err = 0;

	*ret_damaged = 0;
	if (q == NULL)
		return -ENOMEM;
	q->max = max;
	snprintf(q->directory, sizeof(q->directory), "%s", directory);
	if (mkdir(directory, 0700) != 0 && errno != EEXIST)
		err = -errno;
	if (err == 0)
		err = read_directory(q, state, ret_damaged);
	if (err == 0)
		*ret = q;
	else
		free(q);
	return err;
}

void
queue_close(struct queue *q)
{
	for (unsigned i = 0; q != NULL && i < q->n; i++)
		free(q->items[i].kept);
	free(q);
}

static void
let_go(struct queue *q, struct queue_item *i)
{
	q->kept -= i->kept != NULL ? i->bytes : 0;
	free(i->kept);
	i->kept = NULL;
}

/* ---- in ------------------------------------------------------------------ */

static void
write_message(struct text *to, const struct message *m)
{
	struct jout out;

	jout_init(&out, to);
	jout_object(&out, NULL);
	jout_str(&out, "body", m->body);
	jout_int(&out, "expires", m->expires.ms);
	jout_str(&out, "language", m->language);
	jout_int(&out, "queued", m->queued.ms);
	jout_int(&out, "state", (int64_t)m->state);
	jout_str(&out, "subject", m->subject);
	jout_str(&out, "to", m->to);
	jout_bool(&out, "urgent", m->urgent);
	jout_close(&out);
	jout_fini(&out);
}

const char *
queue_item_name(const struct queue_item *i)
{
	return i->name;
}

struct queue_item *
queue_find(struct queue *q, const char *name)
{
	for (unsigned i = 0; i < q->n; i++)
		if (strcmp(q->items[i].name, name) == 0)
			return &q->items[i];
	return NULL;
}

/* An urgent message takes the place of the oldest that is not. */
static bool
make_room(struct queue *q, const struct message *m, size_t bytes, unsigned *ret_evicted)
{
	while (q->n == q->max || q->bytes + bytes > QUEUE_BYTES_MAX) {
		struct queue_item *out = NULL;

		for (unsigned i = 0; m->urgent && out == NULL && i < q->n; i++)
			if (!q->items[i].urgent)
				out = &q->items[i];
		if (out == NULL)
			return false;
		queue_done(q, out);
		(*ret_evicted)++;
	}
	return true;
}

static int
write_or_keep(const struct queue *q, const char *path, const struct text *t, char **ret_kept)
{
	int err = file_put(path, text_str(t), t->len, 0600);

	if (err == 0 || q->kept + t->len > QUEUE_MEMORY_MAX)
		return err;
	*ret_kept = strdup(text_str(t));
	return *ret_kept != NULL ? 0 : err;
}

int
queue_put(struct queue *q, const struct message *m, unsigned *ret_evicted)
{
	char path[PATH_MAX];
	char *kept = NULL;
	struct text t;
	int err;

	*ret_evicted = 0;
	if (!is_name(m->name))
		return -EINVAL;
	if (queue_find(q, m->name) != NULL)
		return 0;
	text_init(&t, QUEUE_FILE_MAX);
	write_message(&t, m);
	err = !text_ok(&t) ? -E2BIG : make_room(q, m, t.len, ret_evicted) ? 0 : -ENOSPC;
	path_of(q, m->name, path);
	if (err == 0)
		err = write_or_keep(q, path, &t, &kept);
	if (err == 0)
		add_item(q, m, t.len, true, kept);
	text_fini(&t);
	return err;
}

int
queue_flush(struct queue *q)
{
	char path[PATH_MAX];
	int err = 0;

	for (unsigned i = 0; err == 0 && i < q->n; i++) {
		if (q->items[i].kept == NULL)
			continue;
		path_of(q, q->items[i].name, path);
		err = file_put(path, q->items[i].kept, q->items[i].bytes, 0600);
		if (err == 0)
			let_go(q, &q->items[i]);
	}
	return err;
}

void
queue_commit(struct queue *q)
{
	for (unsigned i = 0; i < q->n; i++)
		q->items[i].held = false;
}

/* ---- out ----------------------------------------------------------------- */

unsigned
queue_expire(struct queue *q, wall_t now)
{
	unsigned over = 0;

	for (unsigned i = 0; i < q->n;)
		if (!q->items[i].held && q->items[i].expires.ms < now.ms) {
			queue_done(q, &q->items[i]);
			over++;
		} else {
			i++;
		}
	return over;
}

struct queue_item *
queue_take(struct queue *q, mono_t now)
{
	struct queue_item *first = NULL;

	for (unsigned i = 0; i < q->n; i++) {
		struct queue_item *it = &q->items[i];

		if (it->held || mono_before(now, it->next))
			continue;
		if (it->urgent)
			return it;
		if (first == NULL)
			first = it;
	}
	return first;
}

int
queue_read(const struct queue *q, const struct queue_item *i, struct message *ret)
{
	size_t bytes;
	int err;

	if (i->kept == NULL)
		return load(q, i->name, ret, &bytes);
	err = message_parse(ret, i->kept, i->bytes);
	if (err == 0)
		strcpy(ret->name, i->name);
	return err;
}

void
queue_done(struct queue *q, struct queue_item *i)
{
	char path[PATH_MAX];

	path_of(q, i->name, path);
	unlink(path);
	let_go(q, i);
	q->bytes -= i->bytes;
	memmove(i, i + 1, (size_t)(q->items + q->n - (i + 1)) * sizeof(*i));
	q->n--;
}

void
queue_later(struct queue_item *i, mono_t when)
{
	i->next = when;
}

unsigned
queue_refused(struct queue_item *i)
{
	return ++i->refusals;
}

unsigned
queue_put_off(struct queue_item *i)
{
	return ++i->put_off;
}

struct queue_state
queue_state(const struct queue *q)
{
	struct queue_state s = { .n = q->n, .bytes = q->bytes, .newest = q->newest };

	for (unsigned i = 0; i < q->n; i++)
		if (s.oldest.ms == 0 || q->items[i].queued.ms < s.oldest.ms)
			s.oldest = q->items[i].queued;
	return s;
}
