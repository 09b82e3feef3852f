/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * multi - libcurl's transfers, many at once, in a libevent loop.  Nobody waits for anybody.
 * libcurl is loaded when a process asks for it, not linked: it brings some thirty libraries into a
 * process, and the other roles shall neither carry nor trust them.  Whoever makes a handle calls
 * what multi_calls() names.
 */
#ifndef SEAWALL_NOTIFY_MULTI_H
#define SEAWALL_NOTIFY_MULTI_H

#include <curl/curl.h>
#include <event2/event.h>

#include "base/diag.h"

#define MULTI_MAX 32		/* transfers at once */

#define MULTI_CALLS(X)								\
	X(curl_easy_init) X(curl_easy_cleanup) X(curl_easy_reset) X(curl_easy_strerror)	\
	X(curl_slist_append) X(curl_slist_free_all) X(curl_version_info)

#define MULTI_MEMBER(name) __typeof__(&name) name;
struct multi_calls {
	MULTI_CALLS(MULTI_MEMBER)
	CURLcode (*setopt)(
	    CURL *easy, CURLoption option, ...); /* these two are macros in libcurl's header */
	CURLcode (*getinfo)(CURL *easy, CURLINFO info, ...);
};

struct multi;

/* Borrows base.  0, or -errno and a sentence: libcurl is not there. */
int multi_new(struct multi **ret, struct event_base *base, struct diag *reterr);
/* Handles that are still under way are the callers' to clean up; nobody is told. */
void multi_free(struct multi *m);

/* After multi_new(). */
const struct multi_calls *multi_calls(void);

/* Called once, with the handle taken out, so that it may be added again or cleaned up. */
typedef void multi_done(void *ctx, CURL *easy, CURLcode result);

/* Begins.  -EBUSY: MULTI_MAX are under way. */
int multi_add(struct multi *m, CURL *easy, multi_done *done, void *ctx);
/* Ends it without a word; one that is not under way is passed over. */
void multi_remove(struct multi *m, CURL *easy);

#endif
