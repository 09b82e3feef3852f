/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/upload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/lang.h"
#include "notify/upload_secret.h"

#define NAME_LEN 32
#define URL_LEN (PATH_MAX_LEN + NAME_LEN + 8)
#define SLOW_BYTES 64		/* a second, for SLOW_S: then it is given up */
#define SLOW_S 20
#define CONNECT_MS 15000
#define TEMPORARY ".new"
#define WHY_LEN 128

struct content {
	char *bytes;		/* owned */
	size_t len;
};

struct file {
	char name[NAME_LEN];	/* empty: free */
	struct content newest;	/* bytes NULL: it is there as it is here */
	mono_t sent;		/* a large one, the last time; ns 0: not yet */
};

struct upload {
	struct page_upload to;
	struct upload_secret secret;
	struct multi *multi;	/* borrowed */
	struct event *again;
	struct file files[UPLOAD_FILES_MAX];
	struct file *sending;	/* NULL: nothing is under way */
	struct content now;	/* what is being sent of it */
	size_t at;
	CURL *easy;
	struct curl_slist *headers, *after;
	int64_t respite_ms;	/* 0: the last one went */
	char why[WHY_LEN];	/* as it was said last */
	upload_said *said;
	void *ctx;
	unsigned long sent, failed;
};

static void try_next(struct upload *u);

static void
content_clear(struct content *c)
{
	free(c->bytes);
	*c = (struct content){ 0 };
}

static bool
is_sftp(const struct upload *u)
{
	return strncmp(u->to.url, "sftp:", 5) == 0;
}

static bool
is_http(const struct upload *u)
{
	return strncmp(u->to.url, "http", 4) == 0;
}

/* ---- one transfer -------------------------------------------------------- */

static size_t
on_read(char *to, size_t size, size_t n, void *ctx)
{
	struct upload *u = ctx;
	size_t left = u->now.len - u->at, take = size * n < left ? size * n : left;

	memcpy(to, u->now.bytes + u->at, take);
	u->at += take;
	return take;
}

/* libcurl begins again on a connection that was closed meanwhile. */
static int
on_seek(void *ctx, curl_off_t to, int from)
{
	struct upload *u = ctx;

	if (from != SEEK_SET || to < 0 || (size_t)to > u->now.len)
		return CURL_SEEKFUNC_FAIL;
	u->at = (size_t)to;
	return CURL_SEEKFUNC_OK;
}

static size_t
on_answer(char *data, size_t size, size_t n, void *ctx)
{
	(void)data;
	(void)ctx;
	return size * n;	/* nobody reads it */
}

static void
end_lists(struct upload *u)
{
	multi_calls()->curl_slist_free_all(u->after);
	multi_calls()->curl_slist_free_all(u->headers);
	u->after = u->headers = NULL;
}

/* With files a reader could see half of one: the name it is read under comes last. */
static int
rename_after(struct upload *u, const char *name)
{
	const char *path = strchr(strstr(u->to.url, "://") + 3, '/'), *leaf = strrchr(name, '/');
	char lines[2][URL_LEN];
	struct curl_slist *next;

	leaf = leaf != NULL ? leaf + 1 : name;
	if (is_sftp(u)) {
		snprintf(lines[0], sizeof(lines[0]), "*rm \"%s%s\"", path, name);
		snprintf(lines[1], sizeof(lines[1]), "rename \"%s%s" TEMPORARY "\" \"%s%s\"", path,
		    name, path, name);
	} else {
		snprintf(lines[0], sizeof(lines[0]), "RNFR %s" TEMPORARY, leaf);
		snprintf(lines[1], sizeof(lines[1]), "RNTO %s", leaf);
	}
	for (int i = 0; i < 2; i++) {
		next = multi_calls()->curl_slist_append(u->after, lines[i]);
		if (next == NULL)
			return -ENOMEM;
		u->after = next;
	}
	return 0;
}

static int
set_numbers(struct upload *u)
{
	const struct { CURLoption option; long value;
	} rows[] = {
		{ CURLOPT_UPLOAD, 1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_HTTP09_ALLOWED, 0 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS },
		{ CURLOPT_TIMEOUT, UPLOAD_PATIENCE_S },
		{ CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES },
		{ CURLOPT_LOW_SPEED_TIME, SLOW_S },
		{ CURLOPT_USE_SSL, CURLUSESSL_ALL },
		{ CURLOPT_FTP_CREATE_MISSING_DIRS, is_http(u) ? 0 : CURLFTP_CREATE_DIR_RETRY },
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && code == CURLE_OK; i++)
		code = multi_calls()->setopt(u->easy, rows[i].option, rows[i].value);
	return code == CURLE_OK ? 0 : -EINVAL;
}

static const char *
or_null(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

static int
set_texts(struct upload *u, const char *url)
{
	const struct { CURLoption option; const void *value;
	} rows[] = {
		{ CURLOPT_URL, url },
		{ CURLOPT_PROTOCOLS_STR, "http,https,sftp,ftps" },
		{ CURLOPT_PROXY, "" },
		{ CURLOPT_USERAGENT, "seawall" },
		{ CURLOPT_HTTPHEADER, u->headers },
		{ CURLOPT_POSTQUOTE, u->after },
		{ CURLOPT_READDATA, u },
		{ CURLOPT_SEEKDATA, u },
		{ CURLOPT_READFUNCTION, on_read },
		{ CURLOPT_SEEKFUNCTION, on_seek },
		{ CURLOPT_WRITEFUNCTION, on_answer },
		{ CURLOPT_USERNAME, or_null(u->secret.user) },
		{ CURLOPT_PASSWORD, or_null(u->secret.password) },
	};
	const struct { CURLoption option; const void *value;
	} only_given[] = {
		{ CURLOPT_CAINFO, or_null(u->to.ca) },
		{ CURLOPT_SSH_PRIVATE_KEYFILE, or_null(u->secret.key) },
		{ CURLOPT_SSH_HOST_PUBLIC_KEY_SHA256, or_null(u->secret.host_key) },
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && code == CURLE_OK; i++)
		code = multi_calls()->setopt(u->easy, rows[i].option, rows[i].value);
	for (size_t i = 0; i < sizeof(only_given) / sizeof(*only_given) && code == CURLE_OK; i++)
		if (only_given[i].value != NULL)
			code = multi_calls()->setopt(u->easy, only_given[i].option,
			    only_given[i].value);
	if (code == CURLE_OK)
		code = multi_calls()->setopt(u->easy, CURLOPT_INFILESIZE_LARGE,
		    (curl_off_t)u->now.len);
	return code == CURLE_OK ? 0 : -EINVAL;
}

static int
prepare(struct upload *u, const char *name)
{
	char url[URL_LEN];
	int err = 0;

	multi_calls()->curl_easy_reset(u->easy);
	end_lists(u);
	snprintf(url, sizeof(url), "%s%s%s", u->to.url, name, is_http(u) ? "" : TEMPORARY);
	if (is_http(u))
		u->headers = multi_calls()->curl_slist_append(NULL, "Expect:");
	else
		err = rename_after(u, name);
	if (err == 0)
		err = set_numbers(u);
	return err == 0 ? set_texts(u, url) : err;
}

/* ---- what becomes of it -------------------------------------------------- */

static void
wait(struct upload *u, int64_t ms)
{
	struct timeval after = { ms / 1000, ms % 1000 * 1000 };

	event_add(u->again, &after);
}

static void
has_gone(struct upload *u)
{
	u->sent++;
	u->sending->sent = clock_now().mono;
	content_clear(&u->now);
	if (u->respite_ms != 0)
		u->said(u->ctx, u->to.name, NULL);
	u->respite_ms = 0;
}

/* What is newer by now stays; else it is this one that is tried again. */
static void
has_failed(struct upload *u, const char *why)
{
	u->failed++;
	if (u->sending->newest.bytes == NULL)
		u->sending->newest = u->now;
	else
		content_clear(&u->now);
	u->now = (struct content){ 0 };
	if (u->respite_ms == 0 || strcmp(u->why, why) != 0) {
		snprintf(u->why, sizeof(u->why), "%s", why);
		u->said(u->ctx, u->to.name, u->why);
	}
	u->respite_ms = u->respite_ms == 0 ? UPLOAD_RESPITE_MS : 2 * u->respite_ms;
	if (u->respite_ms > UPLOAD_RESPITE_MAX_MS)
		u->respite_ms = UPLOAD_RESPITE_MAX_MS;
}

static void
on_done(void *ctx, CURL *easy, CURLcode result)
{
	struct upload *u = ctx;
	char why[WHY_LEN];
	long status = 0;

	multi_calls()->getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (result != CURLE_OK)
		snprintf(why, sizeof(why), "%s", multi_calls()->curl_easy_strerror(result));
	else
		snprintf(why, sizeof(why), _("it answers %ld"), status);
	if (result == CURLE_OK && (!is_http(u) || (status >= 200 && status < 300)))
		has_gone(u);
	else
		has_failed(u, why);
	u->sending = NULL;
	if (u->respite_ms > 0)
		wait(u, u->respite_ms);
	else
		try_next(u);
}

/* In the order in which they were first put.  A large one waits for its hour. */
static struct file *
choose(struct upload *u, mono_t now, int64_t *ret_wait_ms)
{
	*ret_wait_ms = 0;
	for (struct file *f = u->files; f < u->files + UPLOAD_FILES_MAX; f++) {
		int64_t left = f->newest.len <= UPLOAD_LARGE || f->sent.ns == 0 ? 0 :
			UPLOAD_LARGE_EVERY_MS - mono_since_ms(now, f->sent);

		if (f->newest.bytes == NULL)
			continue;
		if (left <= 0)
			return f;
		if (*ret_wait_ms == 0 || left < *ret_wait_ms)
			*ret_wait_ms = left;
	}
	return NULL;
}

static void
try_next(struct upload *u)
{
	int64_t wait_ms;
	struct file *f = choose(u, clock_now().mono, &wait_ms);

	if (f == NULL) {
		if (wait_ms > 0)
			wait(u, wait_ms);
		return;
	}
	u->sending = f;
	u->now = f->newest;
	f->newest = (struct content){ 0 };
	u->at = 0;
	if (prepare(u, f->name) == 0 && multi_add(u->multi, u->easy, on_done, u) == 0)
		return;
	has_failed(u, _("it cannot be begun"));
	u->sending = NULL;
	wait(u, u->respite_ms);
}

static void
on_again(evutil_socket_t fd, short what, void *ctx)
{
	struct upload *u = ctx;

	(void)fd;
	(void)what;
	if (u->sending == NULL)
		try_next(u);
}

/* ---- for the owner ------------------------------------------------------- */

int
upload_put(struct upload *u, const char *name, const void *bytes, size_t len)
{
	struct file *f = u->files;
	char *copy;

	while (f < u->files + UPLOAD_FILES_MAX && f->name[0] != '\0' && strcmp(f->name, name) != 0)
		f++;
	if (f == u->files + UPLOAD_FILES_MAX || strlen(name) >= NAME_LEN)
		return -ENOSPC;
	if (len > UPLOAD_BYTES_MAX)
		return -E2BIG;
	copy = malloc(len + 1);
	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, bytes, len);
	content_clear(&f->newest);
	f->newest = (struct content){ copy, len };
	snprintf(f->name, sizeof(f->name), "%s", name);
	if (u->sending == NULL && u->respite_ms == 0)
		wait(u, 0);
	return 0;
}

static int
read_secret(struct upload *u, const char *text, struct diag *reterr)
{
	int err = text != NULL ? upload_secret_parse(&u->secret, text, reterr) : 0;

	if (err == 0 && is_sftp(u) && (u->secret.user[0] == '\0' || u->secret.host_key[0] == '\0'))
		err = diag_set(reterr, -EINVAL,
		    _("sftp:// takes credentials with `user` and `host-key`: else anybody could be that host"));
	return err;
}

int
upload_new(struct upload **ret, struct multi *multi, struct event_base *base,
    const struct upload_about *about, struct diag *reterr)
{
	struct upload *u = calloc(1, sizeof(*u));
	int err;

	if (u == NULL)
		return diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	u->to = *about->to;
	u->multi = multi;
	u->said = about->said;
	u->ctx = about->ctx;
	err = read_secret(u, about->secret, reterr);
	u->easy = err == 0 ? multi_calls()->curl_easy_init() : NULL;
	u->again = err == 0 ? event_new(base, -1, 0, on_again, u) : NULL;
	if (err == 0 && (u->easy == NULL || u->again == NULL))
		err = diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	if (err == 0)
		*ret = u;
	else
		upload_free(u);
	return err;
}

void
upload_free(struct upload *u)
{
	if (u == NULL)
		return;
	if (u->easy != NULL) {
		multi_remove(u->multi, u->easy);
		multi_calls()->curl_easy_cleanup(u->easy);
		end_lists(u);
	}
	if (u->again != NULL)
		event_free(u->again);
	for (unsigned i = 0; i < UPLOAD_FILES_MAX; i++)
		content_clear(&u->files[i].newest);
	content_clear(&u->now);
	explicit_bzero(&u->secret, sizeof(u->secret));
	free(u);
}

struct upload_figures
upload_figures(const struct upload *u)
{
	struct upload_figures f = {
		.sent = u->sent, .failed = u->failed, .behind = u->sending != NULL
	};

	for (unsigned i = 0; i < UPLOAD_FILES_MAX; i++)
		f.behind += u->files[i].newest.bytes != NULL && &u->files[i] != u->sending;
	return f;
}
