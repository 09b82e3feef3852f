/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transfers in a loop: against a server in the same one. */
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdio.h>
#include <string.h>

#include "notify/multi.h"

#define WAIT_S 60

struct world {
	struct event_base *base;
	struct evhttp *http;
	struct multi *multi;
	unsigned asked, done, left;
	CURLcode result;
	long status;
	char url[64];
	bool answers;
};

static void
on_request(struct evhttp_request *q, void *ctx)
{
	struct world *w = ctx;

	w->asked++;
	if (w->answers)
		evhttp_send_reply(q, HTTP_OK, NULL, NULL);
}

static void
begin(struct world *w)
{
	struct evhttp_bound_socket *bound;
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	struct diag d = { 0 };

	*w = (struct world){ .base = event_base_new(), .answers = true };
	w->http = evhttp_new(w->base);
	evhttp_set_gencb(w->http, on_request, w);
	bound = evhttp_bind_socket_with_handle(w->http, "127.0.0.1", 0);
	cr_assert_not_null(bound);
	cr_assert_eq(getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&a, &len),
	    0);
	snprintf(w->url, sizeof(w->url), "http://127.0.0.1:%u/", ntohs(a.sin_port));
	cr_assert_eq(multi_new(&w->multi, w->base, &d), 0, "%s", d.say);
}

static void
end(struct world *w)
{
	multi_free(w->multi);
	evhttp_free(w->http);
	event_base_free(w->base);
}

static size_t
swallow(char *data, size_t size, size_t n, void *ctx)
{
	(void)data;
	(void)ctx;
	return size * n;
}

static CURL *
make(const char *url)
{
	CURL *easy = multi_calls()->curl_easy_init();

	cr_assert_not_null(easy);
	multi_calls()->setopt(easy, CURLOPT_URL, url);
	multi_calls()->setopt(easy, CURLOPT_PROXY, "");
	multi_calls()->setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
	return easy;
}

static void
on_done(void *ctx, CURL *easy, CURLcode result)
{
	struct world *w = ctx;

	w->done++;
	w->result = result;
	multi_calls()->getinfo(easy, CURLINFO_RESPONSE_CODE, &w->status);
	multi_calls()->curl_easy_cleanup(easy);
	if (--w->left == 0)
		event_base_loopbreak(w->base);
}

static void
run(struct world *w)
{
	struct timeval patience = { WAIT_S, 0 };

	event_base_loopexit(w->base, &patience);
	event_base_dispatch(w->base);
}

Test(multi, does_many_transfers_at_once)
{
	struct world w;
	CURL *more;

	begin(&w);
	w.left = MULTI_MAX;
	for (unsigned i = 0; i < MULTI_MAX; i++)
		cr_assert_eq(multi_add(w.multi, make(w.url), on_done, &w), 0);
	more = make(w.url);
	cr_expect_eq(multi_add(w.multi, more, on_done, &w), -EBUSY);
	multi_calls()->curl_easy_cleanup(more);
	run(&w);
	cr_expect_eq(w.done, MULTI_MAX);
	cr_expect_eq(w.asked, MULTI_MAX);
	cr_expect(w.result == CURLE_OK && w.status == 200);
	end(&w);
}

Test(multi, says_how_one_failed)
{
	struct world w;

	begin(&w);
	w.left = 1;
	cr_assert_eq(multi_add(w.multi, make("http://127.0.0.1:1/"), on_done, &w), 0);
	run(&w);
	cr_expect_eq(w.done, 1);
	cr_expect_eq(w.result, CURLE_COULDNT_CONNECT);
	end(&w);
}

/* One hangs, another is taken out, and both are nobody's business. */
Test(multi, is_held_up_by_none)
{
	struct world w;
	CURL *hangs, *removed;

	begin(&w);
	hangs = make(w.url);
	removed = make(w.url);
	w.answers = false;
	w.left = 1;
	multi_calls()->setopt(hangs, CURLOPT_TIMEOUT_MS, 300L);
	cr_assert_eq(multi_add(w.multi, hangs, on_done, &w), 0);
	cr_assert_eq(multi_add(w.multi, removed, on_done, &w), 0);
	multi_remove(w.multi, removed);
	multi_remove(w.multi, removed);
	multi_calls()->curl_easy_cleanup(removed);
	run(&w);
	cr_expect_eq(w.done, 1);
	cr_expect_eq(w.result, CURLE_OPERATION_TIMEDOUT);
	end(&w);
}
