/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/multi.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"

#define LIBRARY "libcurl.so.4"

#define OWN_CALLS(X)								\
	X(curl_global_init) X(curl_multi_init) X(curl_multi_cleanup) X(curl_multi_add_handle)	\
	X(curl_multi_remove_handle) X(curl_multi_socket_action) \
	X(curl_multi_info_read) X(curl_multi_assign)

static struct multi_calls calls;
static struct {
	OWN_CALLS(MULTI_MEMBER)
	CURLMcode (*setopt)(CURLM *multi, CURLMoption option, ...);
	void *library;
} lib;

struct transfer {
	CURL *easy;		/* NULL: free */
	multi_done *done;
	void *ctx;
};

struct multi {
	struct event_base *base;	/* borrowed */
	struct event *timer;
	CURLM *curl;
	struct transfer transfers[MULTI_MAX];
};

const struct multi_calls *
multi_calls(void)
{
	return &calls;
}

static int
load_library(struct diag *reterr)
{
	void *so = lib.library != NULL ? lib.library : dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (so == NULL)
		return diag_set(reterr, -ENOENT, _("%s cannot be loaded: %s"), LIBRARY, dlerror());
#define LOAD(to, name)								\
	to.name = (__typeof__(to.name))dlsym(so, #name);			\
	if (to.name == NULL)							\
		return diag_set(reterr, -ENOSYS, _("%s lacks %s"), LIBRARY, #name);
#define LOAD_CALL(name) LOAD(calls, name)
#define LOAD_OWN(name) LOAD(lib, name)
	MULTI_CALLS(LOAD_CALL)
	OWN_CALLS(LOAD_OWN)
	calls.setopt = (CURLcode (*)(CURL *, CURLoption, ...))dlsym(so, "curl_easy_setopt");
	calls.getinfo = (CURLcode (*)(CURL *, CURLINFO, ...))dlsym(so, "curl_easy_getinfo");
	lib.setopt = (CURLMcode (*)(CURLM *, CURLMoption, ...))dlsym(so, "curl_multi_setopt");
	if (calls.setopt == NULL || calls.getinfo == NULL || lib.setopt == NULL ||
	    (lib.library == NULL && lib.curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK))
		return diag_set(reterr, -ENOSYS, _("%s cannot be used"), LIBRARY);
	lib.library = so;
	return 0;
}

/* ---- what is over -------------------------------------------------------- */

static void
end_transfer(struct multi *m, CURL *easy, CURLcode result)
{
	for (unsigned i = 0; i < MULTI_MAX; i++) {
		struct transfer t = m->transfers[i];

		if (t.easy != easy)
			continue;
		m->transfers[i].easy = NULL;
		lib.curl_multi_remove_handle(m->curl, easy);
		t.done(t.ctx, easy, result);
		return;
	}
}

static void
tell_done(struct multi *m)
{
	const CURLMsg *message;
	int left;

	while ((message = lib.curl_multi_info_read(m->curl, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			end_transfer(m, message->easy_handle, message->data.result);
}

/* ---- libcurl's wishes, as libevent has them ------------------------------ */

static void
go_on(struct multi *m, curl_socket_t fd, int what)
{
	int running;

	lib.curl_multi_socket_action(m->curl, fd, what, &running);
	tell_done(m);
}

static void
on_ready(evutil_socket_t fd, short what, void *ctx)
{
	go_on(ctx, fd,
	    ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
		((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0));
}

static void
on_timer(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	go_on(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static int
on_want(CURL *easy, curl_socket_t fd, int what, void *ctx, void *of_socket)
{
	struct multi *m = ctx;
	struct event *ev = of_socket;
	short wait = EV_PERSIST;

	(void)easy;
	if (ev != NULL)
		event_free(ev);
	ev = NULL;
	wait |= (what & CURL_POLL_IN) != 0 && what != CURL_POLL_REMOVE ? EV_READ : 0;
	wait |= (what & CURL_POLL_OUT) != 0 && what != CURL_POLL_REMOVE ? EV_WRITE : 0;
	if (wait != EV_PERSIST)
		ev = event_new(m->base, fd, wait, on_ready, m);
	if (ev != NULL)
		event_add(ev, NULL);
	lib.curl_multi_assign(m->curl, fd, ev);
	return ev == NULL && wait != EV_PERSIST ? -1 : 0;
}

static int
on_when(CURLM *curl, long ms, void *ctx)
{
	struct multi *m = ctx;
	struct timeval after = { ms / 1000, ms % 1000 * 1000 };

	(void)curl;
	if (ms < 0)
		event_del(m->timer);
	else
		event_add(m->timer, &after);
	return 0;
}

/* ---- life ---------------------------------------------------------------- */

int
multi_new(struct multi **ret, struct event_base *base, struct diag *reterr)
{
	struct multi *m;
	int err = load_library(reterr);

	if (err != 0)
		return err;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	m->base = base;
	m->curl = lib.curl_multi_init();
	m->timer = event_new(base, -1, 0, on_timer, m);
	if (m->curl == NULL || m->timer == NULL) {
		multi_free(m);
		return diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	}
	lib.setopt(m->curl, CURLMOPT_SOCKETFUNCTION, on_want);
	lib.setopt(m->curl, CURLMOPT_SOCKETDATA, m);
	lib.setopt(m->curl, CURLMOPT_TIMERFUNCTION, on_when);
	lib.setopt(m->curl, CURLMOPT_TIMERDATA, m);
	*ret = m;
	return 0;
}

void
multi_free(struct multi *m)
{
	if (m == NULL)
		return;
	for (unsigned i = 0; i < MULTI_MAX; i++)
		if (m->transfers[i].easy != NULL)
			lib.curl_multi_remove_handle(m->curl, m->transfers[i].easy);
	if (m->curl != NULL)
		lib.curl_multi_cleanup(m->curl);
	if (m->timer != NULL)
		event_free(m->timer);
	free(m);
}

int
multi_add(struct multi *m, CURL *easy, multi_done *done, void *ctx)
{
	struct transfer *t = m->transfers;

	while (t < m->transfers + MULTI_MAX && t->easy != NULL)
		t++;
	if (t == m->transfers + MULTI_MAX)
		return -EBUSY;
	calls.setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/*
	 * Else closing a handle waits for the thread that resolves its name, and with it everybody.
	 */
#if LIBCURL_VERSION_NUM >= 0x075700
	calls.setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
	*t = (struct transfer){ easy, done, ctx };
	if (lib.curl_multi_add_handle(m->curl, easy) == CURLM_OK)
		return 0;
	t->easy = NULL;
	return -EINVAL;
}

void
multi_remove(struct multi *m, CURL *easy)
{
	for (unsigned i = 0; i < MULTI_MAX; i++) {
		if (m->transfers[i].easy != easy || easy == NULL)
			continue;
		m->transfers[i].easy = NULL;
		lib.curl_multi_remove_handle(m->curl, easy);
	}
}
