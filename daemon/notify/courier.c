/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/courier.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "notify/hook.h"
#include "notify/mail.h"
#include "notify/template.h"

#define PART_LEN 256		/* of credentials */

struct courier {
	struct multi *multi;		/* borrowed, as the next */
	const struct notify *told;
	const char *to;
	char user[PART_LEN], password[PART_LEN];	/* password empty: user is a token */
	CURL *easy;
	struct curl_slist *headers, *receivers;
	struct text body;
	size_t sent, heard;
	bool talks_too_much;
	courier_done *done;
	void *ctx;
};

static bool
is_mail(const struct courier *c)
{
	return strcmp(c->told->type, "mail") == 0;
}

bool
courier_has(const struct notify *n, enum courier_way way)
{
	return way == WAY_DIRECT || (way == WAY_SECOND && n->second[0] != '\0') ||
	    (way == WAY_VIA && n->via[0] != '\0');
}

/* ---- what libcurl asks --------------------------------------------------- */

static size_t
on_read(char *to, size_t size, size_t n, void *ctx)
{
	struct courier *c = ctx;
	size_t len = c->body.len - c->sent;

	if (len > size * n)
		len = size * n;
	memcpy(to, c->body.s + c->sent, len);
	c->sent += len;
	return len;
}

/* Of an answer nothing is kept; one without end is ended. */
static size_t
on_answer(char *data, size_t size, size_t n, void *ctx)
{
	struct courier *c = ctx;

	(void)data;
	c->heard += size * n;
	c->talks_too_much = c->heard > COURIER_ANSWER_MAX;
	return c->talks_too_much ? 0 : size * n;
}

/* ---- how it went --------------------------------------------------------- */

/*
 * What is about this very message, and no other way to ask for it will help; all else may be
 * mended: keys, names, a box.
 */
static enum courier_end
judge(bool mail, long code)
{
	/*
	 * 450 to 452: a mailbox, or room for this mail (RFC 5321 4.2.3); 421 and 454 are the
	 * server's own
	 */
	if (mail && code >= 450 && code <= 452)
		return COURIER_PUT_OFF;
	if (mail)
		return code >= 550 && code < 560 ? COURIER_REFUSED : COURIER_LATER;
	if (code >= 200 && code < 300)
		return COURIER_SENT;
	return code == 400 || code == 413 || code == 415 || code == 422 ? COURIER_REFUSED
									: COURIER_LATER;
}

static void
say_why(struct courier_result *r, const char *what, long code)
{
	struct text t;

	text_init(&t, COURIER_WHY_LEN);
	if (code > 0)
		text_printf(&t, "%s (%ld)", what, code);
	else
		text_add(&t, what);
	snprintf(r->why, sizeof(r->why), "%s", text_str(&t));
	text_fini(&t);
}

static struct courier_result
result_of(struct courier *c, CURLcode code)
{
	const struct multi_calls *lib = multi_calls();
	struct courier_result r = { .end = COURIER_LATER };
	curl_off_t wait = 0;
	long said = 0;

	lib->getinfo(c->easy, CURLINFO_RESPONSE_CODE, &said);
	lib->getinfo(c->easy, CURLINFO_RETRY_AFTER, &wait);
	r.retry_s = wait <= 0		 ? 0
	    : wait > COURIER_RETRY_MAX_S ? COURIER_RETRY_MAX_S
					 : (unsigned)wait;
	if (c->talks_too_much)
		said = 0;
	if (code == CURLE_OK)
		r.end = is_mail(c) ? COURIER_SENT : judge(false, said);
	else if (is_mail(c) && said != 0)
		r.end = judge(true, said);
	if (r.end != COURIER_SENT)
		say_why(&r,
		    c->talks_too_much	   ? _("the answer does not end")
			: code == CURLE_OK ? _("the other side refuses")
					   : lib->curl_easy_strerror(code),
		    said);
	return r;
}

static void
clear(struct courier *c)
{
	const struct multi_calls *lib = multi_calls();

	lib->curl_slist_free_all(c->headers);
	lib->curl_slist_free_all(c->receivers);
	c->headers = c->receivers = NULL;
	lib->curl_easy_reset(c->easy);
}

static void
on_done(void *ctx, CURL *easy, CURLcode code)
{
	struct courier *c = ctx;
	struct courier_result r = result_of(c, code);

	(void)easy;
	clear(c);
	c->done(c->ctx, &r);
}

/* ---- one message --------------------------------------------------------- */

#define SET(c, option, value) (multi_calls()->setopt((c)->easy, option, value) == CURLE_OK)

static bool
set_common(struct courier *c)
{
	return SET(c, CURLOPT_NOSIGNAL, 1L) && SET(c, CURLOPT_FOLLOWLOCATION, 0L) &&
	    SET(c, CURLOPT_TIMEOUT, (long)COURIER_LIMIT_S) &&
	    SET(c, CURLOPT_CONNECTTIMEOUT, (long)COURIER_CONNECT_S) &&
	    SET(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) && SET(c, CURLOPT_SSL_VERIFYPEER, 1L) &&
	    SET(c, CURLOPT_SSL_VERIFYHOST, 2L) &&
	    SET(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	    SET(c, CURLOPT_PROTOCOLS_STR, is_mail(c) ? "smtp,smtps" : "http,https") &&
	    SET(c, CURLOPT_FORBID_REUSE, 1L) && SET(c, CURLOPT_USERAGENT, "seawall") &&
	    SET(c, CURLOPT_WRITEFUNCTION, on_answer) && SET(c, CURLOPT_WRITEDATA, c) &&
	    SET(c, CURLOPT_HEADERFUNCTION, on_answer) && SET(c, CURLOPT_HEADERDATA, c) &&
	    SET(c, CURLOPT_READFUNCTION, on_read) && SET(c, CURLOPT_READDATA, c) &&
	    (c->told->ca[0] == '\0' || SET(c, CURLOPT_CAINFO, c->told->ca));
}

static bool
set_way(struct courier *c, enum courier_way way, const char *url)
{
	return SET(c, CURLOPT_URL, url) &&
	    SET(c, CURLOPT_PROXY, way == WAY_VIA ? c->told->via : "") &&
	    (way != WAY_VIA || SET(c, CURLOPT_HTTPPROXYTUNNEL, 1L));
}

static bool
set_mail(struct courier *c, const struct message *m)
{
	const struct multi_calls *lib = multi_calls();
	char from[MAIL_ADDRESS_LEN], id[QUEUE_NAME_LEN + NAME_MAX_LEN + 2];
	struct mail mail = { .to = m->to[0] != '\0' ? m->to : c->to,
		.id = id,
		.language = m->language[0] != '\0' ? m->language : c->told->language,
		.subject = m->subject,
		.body = m->body,
		.at = m->queued };

	mail.from = mail_sender(c->told->from, from);
	snprintf(id, sizeof(id), "%s.%s", m->name, c->told->name);
	mail_write(&c->body, &mail);
	c->receivers = lib->curl_slist_append(NULL, mail.to);
	return c->receivers != NULL && text_ok(&c->body) && SET(c, CURLOPT_UPLOAD, 1L) &&
	    SET(c, CURLOPT_MAIL_FROM, from) && SET(c, CURLOPT_MAIL_RCPT, c->receivers) &&
	    SET(c, CURLOPT_USE_SSL, c->told->tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY) &&
	    (c->user[0] == '\0' ||
		(SET(c, CURLOPT_USERNAME, c->user) && SET(c, CURLOPT_PASSWORD, c->password)));
}

static bool
add_header(struct courier *c, const char *line)
{
	struct curl_slist *more = multi_calls()->curl_slist_append(c->headers, line);

	if (more != NULL)
		c->headers = more;
	return more != NULL;
}

static bool
set_hook(struct courier *c, const struct message *m)
{
	char line[2 * PART_LEN];
	bool ok;

	hook_write(&c->body, c->told->style, m->subject, m->body);
	snprintf(line, sizeof(line), "Idempotency-Key: %s.%s", m->name, c->told->name);
	ok = add_header(c, "Content-Type: application/json") && add_header(c, "Expect:") &&
	    add_header(c, line);
	if (ok && c->user[0] != '\0' && c->password[0] == '\0') {
		snprintf(line, sizeof(line), "Authorization: Bearer %s", c->user);
		ok = add_header(c, line);
		explicit_bzero(line, sizeof(line));
	} else if (ok && c->user[0] != '\0') {
		ok = SET(c, CURLOPT_USERNAME, c->user) && SET(c, CURLOPT_PASSWORD, c->password);
	}
	if (!ok || !text_ok(&c->body) || !SET(c, CURLOPT_HTTPHEADER, c->headers))
		return false;
	return SET(c, CURLOPT_POST, 1L) && SET(c, CURLOPT_POSTFIELDS, c->body.s) &&
	    SET(c, CURLOPT_POSTFIELDSIZE, (long)c->body.len) &&
	    (c->told->style != STYLE_MATRIX || SET(c, CURLOPT_CUSTOMREQUEST, "PUT"));
}

int
courier_send(struct courier *c, const struct message *m, enum courier_way way, courier_done *done,
    void *ctx)
{
	const char *at = way == WAY_SECOND ? c->told->second : c->told->target;
	char url[PATH_MAX_LEN + QUEUE_NAME_LEN + NAME_MAX_LEN + 4];
	bool matrix = !is_mail(c) && c->told->style == STYLE_MATRIX;
	int err;

	/*
	 * Matrix: the same transaction twice is one message (Client-Server API, PUT
	 * .../send/{eventType}/{txnId})
	 */
	snprintf(url, sizeof(url), "%s%s%s%s%s", at, matrix && at[strlen(at) - 1] != '/' ? "/" : "",
	    matrix ? m->name : "", matrix ? "." : "", matrix ? c->told->name : "");
	text_clear(&c->body);
	c->sent = c->heard = 0;
	c->talks_too_much = false;
	c->done = done;
	c->ctx = ctx;
	multi_calls()->curl_easy_reset(c->easy);
	if (!set_common(c) || !set_way(c, way, url) ||
	    !(is_mail(c) ? set_mail(c, m) : set_hook(c, m)))
		err = -EINVAL;
	else
		err = multi_add(c->multi, c->easy, on_done, c);
	if (err != 0)
		clear(c);
	return err;
}

/* ---- start --------------------------------------------------------------- */

/* "user\npassword\n", or "token\n". */
static void
split_secret(struct courier *c, const char *secret)
{
	size_t n = strcspn(secret, "\r\n"), gap = strspn(secret + n, "\r\n");
	const char *second = secret + n + gap;

	snprintf(c->user, sizeof(c->user), "%.*s", (int)n, secret);
	snprintf(c->password, sizeof(c->password), "%.*s", (int)strcspn(second, "\r\n"), second);
}

int
courier_new(struct courier **ret, struct multi *m, const struct notify *n, const char *to,
    const char *secret)
{
	struct courier *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	c->multi = m;
	c->told = n;
	c->to = to;
	split_secret(c, secret);
	text_init(&c->body, is_mail(c) ? MAIL_MAX : HOOK_MAX);
	c->easy = multi_calls()->curl_easy_init();
	if (c->easy == NULL) {
		courier_free(c);
		return -ENOMEM;
	}
	*ret = c;
	return 0;
}

void
courier_free(struct courier *c)
{
	if (c == NULL)
		return;
	if (c->easy != NULL) {
		multi_remove(c->multi, c->easy);
		clear(c);
		multi_calls()->curl_easy_cleanup(c->easy);
	}
	explicit_bzero(c->user, sizeof(c->user));
	explicit_bzero(c->password, sizeof(c->password));
	text_fini(&c->body);
	free(c);
}
