/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page's upload against a server in the same loop that takes PUT, refuses, hangs, and comes
 * back.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "leak.h"
#include "notify/upload.h"
#include "notify/upload_secret.h"

#define WAIT_S 60
#define HISTORY_LEN (UPLOAD_LARGE + 1)

enum mood { WELL, REFUSES, HANGS };

struct world {
	struct event_base *base;
	struct evhttp *http;
	struct multi *multi;
	struct upload *upload;
	enum mood mood;
	unsigned asked, told_bad, told_good;
	int refusal;		/* 0: 507 */
	char path[64], body[64], authorization[128], why[128];
	size_t len;
	struct page_upload to;
};

static void
on_request(struct evhttp_request *q, void *ctx)
{
	struct world *w = ctx;
	struct evbuffer *in = evhttp_request_get_input_buffer(q);
	const char *auth = evhttp_find_header(evhttp_request_get_input_headers(q), "Authorization");

	w->asked++;
	if (w->mood == HANGS)
		return;
	if (w->mood == REFUSES) {
		evhttp_send_reply(q, w->refusal != 0 ? w->refusal : 507, NULL, NULL);
		return;
	}
	cr_expect_eq(evhttp_request_get_command(q), EVHTTP_REQ_PUT);
	snprintf(w->path, sizeof(w->path), "%s", evhttp_request_get_uri(q));
	snprintf(w->authorization, sizeof(w->authorization), "%s", auth != NULL ? auth : "");
	w->len = evbuffer_get_length(in);
	memset(w->body, 0, sizeof(w->body));
	evbuffer_copyout(in, w->body, sizeof(w->body) - 1);
	evhttp_send_reply(q, 201, NULL, NULL);
}

static void
on_said(void *ctx, const char *name, const char *why)
{
	struct world *w = ctx;

	cr_expect_str_eq(name, "outside");
	*(why != NULL ? &w->told_bad : &w->told_good) += 1;
	snprintf(w->why, sizeof(w->why), "%s", why != NULL ? why : "");
}

static void
begin(struct world *w, const char *secret)
{
	struct evhttp_bound_socket *bound;
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	struct diag d = { 0 };

	*w = (struct world){ .base = event_base_new(), .to = { .name = "outside" } };
	w->http = evhttp_new(w->base);
	evhttp_set_allowed_methods(w->http, EVHTTP_REQ_PUT);
	evhttp_set_gencb(w->http, on_request, w);
	bound = evhttp_bind_socket_with_handle(w->http, "127.0.0.1", 0);
	cr_assert_eq(getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&a, &len),
	    0);
	snprintf(w->to.url, sizeof(w->to.url), "http://127.0.0.1:%u/page/", ntohs(a.sin_port));
	cr_assert_eq(multi_new(&w->multi, w->base, &d), 0, "%s", d.say);
	cr_assert_eq(
	    upload_new(&w->upload, w->multi, w->base,
		&(struct upload_about){ .to = &w->to, .secret = secret, .said = on_said, .ctx = w },
		&d),
	    0, "%s", d.say);
}

static void
end(struct world *w)
{
	upload_free(w->upload);
	multi_free(w->multi);
	evhttp_free(w->http);
	event_base_free(w->base);
}

static void
put(struct world *w, const char *name, const char *text)
{
	cr_assert_eq(upload_put(w->upload, name, text, strlen(text)), 0);
}

/* Until that is so; false: it never was. */
static bool
until(struct world *w, bool (*so)(const struct world *w))
{
	mono_t since = clock_now().mono;
	struct timeval tick = { 0, 5000 };

	while (!so(w) && mono_since_ms(clock_now().mono, since) < WAIT_S * 1000) {
		event_base_loopexit(w->base, &tick);
		event_base_dispatch(w->base);
	}
	return so(w);
}

static bool is_there(const struct world *w) { return upload_figures(w->upload).behind == 0; }
static bool has_failed(const struct world *w) { return upload_figures(w->upload).failed > 0; }
static bool both_went(const struct world *w) { return upload_figures(w->upload).sent == 2; }
static bool failed_twice(const struct world *w) { return upload_figures(w->upload).failed == 2; }
static bool failed_thrice(const struct world *w) { return upload_figures(w->upload).failed == 3; }
static bool was_asked(const struct world *w) { return w->asked > 0; }

TestSuite(upload, .fini = leak_check);

Test(upload, puts_a_file_where_it_belongs_with_the_password)
{
	struct world w;

	begin(&w, "user pages\npassword open sesame\n");
	put(&w, "es/index.html", "hola");
	cr_assert(until(&w, is_there));
	cr_expect_str_eq(w.path, "/page/es/index.html");
	cr_expect_str_eq(w.body, "hola");
	cr_expect_str_eq(w.authorization, "Basic cGFnZXM6b3BlbiBzZXNhbWU=");
	cr_expect(w.told_bad == 0 && w.told_good == 0);
	end(&w);
}

Test(upload, sends_the_newest_alone_when_the_host_comes_back)
{
	struct world w;
	char text[32];

	begin(&w, NULL);
	w.mood = REFUSES;
	put(&w, "index.html", "first");
	cr_assert(until(&w, has_failed));
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "state %u", i);
		put(&w, "index.html", text);
	}
	cr_expect_eq(upload_figures(w.upload).behind, 1, "one state of one file waits");
	w.mood = WELL;
	cr_assert(until(&w, is_there));
	cr_expect_str_eq(w.body, "state 999");
	cr_expect_eq(upload_figures(w.upload).sent, 1);
	cr_expect(w.told_bad == 1 && w.told_good == 1, "said %u times and %u times", w.told_bad,
	    w.told_good);
	end(&w);
}

/*
 * A disk that was full, and then a password that is taken no more: who mends the one must hear of
 * the other.
 */
Test(upload, says_it_again_when_it_fails_for_another_reason)
{
	struct world w;

	begin(&w, NULL);
	w.mood = REFUSES;
	put(&w, "index.html", "a");
	cr_assert(until(&w, has_failed));
	cr_expect_str_eq(w.why, "it answers 507");
	cr_assert(until(&w, failed_twice));
	cr_expect_eq(w.told_bad, 1, "the same is said once");
	w.refusal = 403;
	cr_assert(until(&w, failed_thrice));
	cr_expect_str_eq(w.why, "it answers 403");
	cr_expect_eq(w.told_bad, 2);
	w.mood = WELL;
	cr_assert(until(&w, is_there));
	cr_expect(w.told_good == 1 && w.why[0] == '\0');
	end(&w);
}

Test(upload, tries_again_what_did_not_go_when_nothing_newer_came)
{
	struct world w;

	begin(&w, NULL);
	w.mood = REFUSES;
	put(&w, "checkpoint", "only this");
	cr_assert(until(&w, has_failed));
	w.mood = WELL;
	cr_assert(until(&w, is_there));
	cr_expect_str_eq(w.body, "only this");
	end(&w);
}

/*
 * Nothing waits for a host that takes a request and says nothing; what is newer replaces what is
 * newer.
 */
Test(upload, is_not_held_up_by_a_host_that_hangs)
{
	struct world w;
	mono_t since;

	begin(&w, NULL);
	w.mood = HANGS;
	put(&w, "index.html", "a");
	cr_assert(until(&w, was_asked));
	since = clock_now().mono;
	for (unsigned i = 0; i < 1000; i++)
		put(&w, "index.html", "b");
	cr_expect_lt(mono_since_ms(clock_now().mono, since), 10000);
	cr_expect_eq(upload_figures(w.upload).behind, 1, "it is one file, in whatever states");
	end(&w);
}

Test(upload, sends_a_large_file_once_in_its_hour)
{
	static char history[HISTORY_LEN];
	struct world w;

	begin(&w, NULL);
	memset(history, 'h', sizeof(history));
	cr_assert_eq(upload_put(w.upload, "history", history, sizeof(history)), 0);
	cr_assert(until(&w, is_there));
	cr_expect_eq(w.len, sizeof(history));
	cr_assert_eq(upload_put(w.upload, "history", history, sizeof(history)), 0);
	put(&w, "index.html", "small");
	cr_assert(until(&w, both_went));
	cr_expect_str_eq(w.body, "small");
	cr_expect_eq(upload_figures(w.upload).behind, 1);
	end(&w);
}

Test(upload, keeps_so_many_files_and_no_more)
{
	struct world w;
	char name[32];

	begin(&w, NULL);
	w.mood = HANGS;
	for (unsigned i = 0; i < UPLOAD_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "file%u", i);
		put(&w, name, "x");
	}
	cr_expect_eq(upload_put(w.upload, "one more", "x", 1), -ENOSPC);
	cr_expect_eq(upload_put(w.upload, "file0", "x", UPLOAD_BYTES_MAX + 1), -E2BIG);
	end(&w);
}

Test(upload, refuses_credentials_it_cannot_mean)
{
	static const char *const texts[] = { "pages\n", "user a\nuser b\n", "user \n", "password\n",
		"user x y\nsecret z\n" };
	struct upload_secret s;
	struct diag d;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		cr_expect_eq(upload_secret_parse(&s, texts[i], &d), -EINVAL, "%s", texts[i]);
		cr_expect_eq(strstr(d.say, "secret z"), NULL,
		    "the sentence repeats what is secret");
	}
	cr_expect_eq(upload_secret_parse(&s,
			 "# ours\r\n\r\nuser a b\r\nhost-key SHA256:abc=\nkey /etc/k", &d),
	    0, "%s", d.say);
	cr_expect_str_eq(s.user, "a b");
	cr_expect_str_eq(s.host_key, "abc=");
	cr_expect_str_eq(s.key, "/etc/k");
}

Test(upload, sends_by_sftp_to_a_host_that_is_known_alone)
{
	struct world w;
	struct upload *u;
	struct diag d;

	begin(&w, NULL);
	snprintf(w.to.url, sizeof(w.to.url), "sftp://127.0.0.1/www/");
	cr_expect_eq(
	    upload_new(&u, w.multi, w.base,
		&(struct upload_about){
		    .to = &w.to, .secret = "user a\npassword b\n", .said = on_said, .ctx = &w },
		&d),
	    -EINVAL);
	cr_expect_neq(strstr(d.say, "host-key"), NULL, "%s", d.say);
	end(&w);
}

/* Nobody listens there yet. */
Test(upload, finds_a_host_that_was_not_there)
{
	struct world w;
	struct evhttp *http;
	struct evhttp_bound_socket *bound;
	unsigned port;

	begin(&w, NULL);
	cr_assert_eq(sscanf(w.to.url, "http://127.0.0.1:%u/", &port), 1);
	evhttp_free(w.http);
	w.http = evhttp_new(w.base);
	put(&w, "index.html", "early");
	cr_assert(until(&w, has_failed));
	http = w.http;
	evhttp_set_allowed_methods(http, EVHTTP_REQ_PUT);
	evhttp_set_gencb(http, on_request, &w);
	bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", (unsigned short)port);
	cr_assert_not_null(bound);
	for (unsigned i = 0; i < 20; i++)
		put(&w, "index.html", "late");
	cr_assert(until(&w, is_there));
	cr_expect_str_eq(w.body, "late");
	end(&w);
}
