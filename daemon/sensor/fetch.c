/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/resident.h"
#include "model/target.h"

#define LIBRARY "libcurl.so.4"
/* what libcurl takes for the server's address; never connected to */
#define NOWHERE "192.0.2.1"
#define REHEARSAL_MS 1000
#define REHEARSAL_TURNS 10
#define REHEARSAL_HEARD 3	/* turns after which its server hangs up */
#define REHEARSAL_WAIT_MS 5
/* bytes of an address besides the family; the kernel's names take 6 */
#define OWN_NAME 14
#define STEPS_MAX 8		/* of libcurl's inner states in one turn */

/*
 * As X.509 verification counts them (RFC 5280 has no numbers; these are of OpenSSL's x509_vfy.h).
 */
enum {
	CERT_OK,
	CERT_NOT_SAID,
	CERT_EARLY = 9,
	CERT_EXPIRED = 10,
	CERT_SELF_SIGNED = 18,
	CERT_UNVERIFIED = 21
};

/*
 * Loaded when a sensor needs it and not linked: libcurl brings some thirty libraries and 6 MiB
 * into a process, and the other roles shall neither carry nor trust them.
 */
#define CALLS(X)								\
	X(curl_global_init) X(curl_version_info) X(curl_easy_init) X(curl_easy_cleanup)	\
	X(curl_slist_append) X(curl_slist_free_all)					\
	X(curl_multi_init) X(curl_multi_cleanup) X(curl_multi_add_handle)		\
	X(curl_multi_remove_handle) X(curl_multi_perform) X(curl_multi_fdset)		\
	X(curl_multi_info_read) X(curl_multi_timeout)

#define CALL_MEMBER(name) __typeof__(&name) name;
static struct {
	CALLS(CALL_MEMBER)
	CURLcode (*setopt)(
	    CURL *easy, CURLoption option, ...); /* these two are macros in its header */
	CURLcode (*getinfo)(CURL *easy, CURLINFO info, ...);
} lib;

/*
 * Reading a bundle takes 20 ms, and libcurl does it for every connection.  What it has read the
 * first time is kept and handed to it again, where its TLS is OpenSSL's; the types do not matter
 * here.
 */
static struct {
	void *(*of)(const void *ctx);
	void (*set)(void *ctx, void *store);
	int (*keep)(void *store);
	void (*free)(void *store);
} store_calls;

struct fetch {
	CURLM *multi;
	CURL *easy;
	struct curl_slist *resolve, *headers;
	char *ca;
	void *store;		/* what became of ca; NULL: libcurl reads it each time */
	size_t ca_len, headers_len, len;
	int fd;			/* not yet taken by libcurl; -1 */
	bool rehearsing;	/* fd is not connected: libcurl does it */
	struct sockaddr_un own;	/* to this */
	socklen_t own_len;
	bool busy, large, many_headers;
	char *body;
};

const char *
fetch_counter(enum fetch_end e)
{
#define COUNTER(id, counter, say) [FETCH_##id] = counter,
	static const char *const counters[FETCH_END_N] = { FETCH_ENDS(COUNTER) };
#undef COUNTER

	return counters[e];
}

const char *
fetch_say(enum fetch_end e)
{
#define SAY(id, counter, say) [FETCH_##id] = say,
	static const char *const sentences[FETCH_END_N] = { FETCH_ENDS(SAY) };
#undef SAY

	return sentences[e];
}

/* All of them or none. */
static void
load_store_calls(void *so)
{
	store_calls.of = (void *(*)(const void *))dlsym(so, "SSL_CTX_get_cert_store");
	store_calls.set = (void (*)(void *, void *))dlsym(so, "SSL_CTX_set1_cert_store");
	store_calls.keep = (int (*)(void *))dlsym(so, "X509_STORE_up_ref");
	store_calls.free = (void (*)(void *))dlsym(so, "X509_STORE_free");
	if (store_calls.set == NULL || store_calls.keep == NULL || store_calls.free == NULL)
		store_calls.of = NULL;
}

static int
load_library(struct diag *reterr)
{
	void *so = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (so == NULL)
		return diag_set(reterr, -ENOENT, _("%s cannot be loaded: %s"), LIBRARY, dlerror());
#define CALL_LOAD(name)								\
	lib.name = (__typeof__(lib.name))dlsym(so, #name);			\
	if (lib.name == NULL)							\
		return diag_set(reterr, -ENOSYS, _("%s lacks %s"), LIBRARY, #name);
	CALLS(CALL_LOAD)
	load_store_calls(so);
	lib.setopt = (CURLcode (*)(CURL *, CURLoption, ...))dlsym(so, "curl_easy_setopt");
	lib.getinfo = (CURLcode (*)(CURL *, CURLINFO, ...))dlsym(so, "curl_easy_getinfo");
	if (lib.setopt == NULL || lib.getinfo == NULL ||
	    lib.curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK)
		return diag_set(reterr, -ENOSYS, _("%s cannot be used"), LIBRARY);
	return 0;
}

/* ---- what libcurl calls -------------------------------------------------- */

static size_t
on_body(char *data, size_t size, size_t n, void *ctx)
{
	struct fetch *f = ctx;

	(void)size;
	if (n > FETCH_BODY_MAX - f->len) {
		f->large = true;
		return 0;
	}
	memcpy(f->body + f->len, data, n);
	f->len += n;
	return n;
}

static size_t
on_header(char *data, size_t size, size_t n, void *ctx)
{
	struct fetch *f = ctx;

	(void)data;
	(void)size;
	f->headers_len += n;
	f->many_headers = f->headers_len > FETCH_HEADERS_MAX;
	return f->many_headers ? 0 : n;
}

static curl_socket_t
on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct fetch *f = ctx;
	int fd = f->fd;

	(void)purpose;
	f->fd = -1;
	if (f->rehearsing) {
		memcpy(&address->addr, &f->own, sizeof(f->own.sun_family) + OWN_NAME);
		address->addrlen = f->own_len;
	}
	return fd >= 0 ? fd : CURL_SOCKET_BAD;
}

static int
on_opened(void *ctx, curl_socket_t fd, curlsocktype purpose)
{
	const struct fetch *f = ctx;

	(void)fd;
	(void)purpose;
	return f->rehearsing ? CURL_SOCKOPT_OK : CURL_SOCKOPT_ALREADY_CONNECTED;
}

static CURLcode
on_tls(CURL *easy, void *ctx, void *arg)
{
	struct fetch *f = arg;

	(void)easy;
	if (f->store != NULL)
		store_calls.set(ctx, f->store);
	else if (store_calls.keep(store_calls.of(ctx)) == 1)
		f->store = store_calls.of(ctx);
	return CURLE_OK;
}

/* ---- start --------------------------------------------------------------- */

static int
set_limits(struct fetch *f)
{
	const struct { CURLoption option; long value; } rows[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_FORBID_REUSE, 1 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_HTTP09_ALLOWED, 0 },
		{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && code == CURLE_OK; i++)
		code = lib.setopt(f->easy, rows[i].option, rows[i].value);
	return code == CURLE_OK ? 0 : -ENOSYS;
}

static int
set_texts(struct fetch *f, const char *url)
{
	const struct { CURLoption option; const void *value; } rows[] = {
		{ CURLOPT_URL, url },
		{ CURLOPT_PROTOCOLS_STR, "http,https" },
		{ CURLOPT_PROXY, "" },
		{ CURLOPT_USERAGENT, "seawall" },
		{ CURLOPT_RESOLVE, f->resolve },
		{ CURLOPT_HTTPHEADER, f->headers },
		{ CURLOPT_CAINFO, NULL },
		{ CURLOPT_CAPATH, NULL },
		{ CURLOPT_WRITEDATA, f },
		{ CURLOPT_HEADERDATA, f },
		{ CURLOPT_OPENSOCKETDATA, f },
		{ CURLOPT_SOCKOPTDATA, f },
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && code == CURLE_OK; i++)
		code = lib.setopt(f->easy, rows[i].option, rows[i].value);
	return code == CURLE_OK ? 0 : -ENOSYS;
}

static int
set_calls(struct fetch *f)
{
	struct curl_blob ca = { f->ca, f->ca_len, CURL_BLOB_NOCOPY };

	if (lib.setopt(f->easy, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK ||
	    lib.setopt(f->easy, CURLOPT_HEADERFUNCTION, on_header) != CURLE_OK ||
	    lib.setopt(f->easy, CURLOPT_OPENSOCKETFUNCTION, on_open) != CURLE_OK ||
	    lib.setopt(f->easy, CURLOPT_SOCKOPTFUNCTION, on_opened) != CURLE_OK)
		return -ENOSYS;
	if (f->ca != NULL && lib.setopt(f->easy, CURLOPT_CAINFO_BLOB, &ca) != CURLE_OK)
		return -ENOSYS;
	if (f->ca != NULL && store_calls.of != NULL &&
	    lib.setopt(f->easy, CURLOPT_SSL_CTX_DATA, f) == CURLE_OK)
		lib.setopt(f->easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	return 0;
}

/* The rehearsal had libcurl read the certificates: from now on it trusts none but those kept. */
static void
keep_store(struct fetch *f)
{
	if (f->store == NULL || lib.setopt(f->easy, CURLOPT_CAINFO_BLOB, NULL) != CURLE_OK)
		return;
	free(f->ca);
	f->ca = NULL;
}

/* The certificates are read once: afterwards there are no files. */
static int
load_ca(struct fetch *f, const char *path, struct diag *reterr)
{
	int err;

	if (*path == '\0')
		path = lib.curl_version_info(CURLVERSION_NOW)->cainfo;
	if (path == NULL)
		return diag_set(reterr, -ENOENT, _("there are no certificates to trust: set `ca`"));
	err = file_slurp(&f->ca, &f->ca_len, path, FETCH_CA_MAX);
	if (err != 0)
		return diag_set(reterr, err, _("%s cannot be read: %s"), path, strerror(-err));
	return 0;
}

/*
 * libcurl shall not ask for the name: what it believes about it does not matter, it gets a
 * descriptor.
 */
static int
make_lists(struct fetch *f, const struct target *t)
{
	char entry[TARGET_HOST_LEN + 32];

	snprintf(entry, sizeof(entry), "%s:%u:" NOWHERE, t->host, t->port);
	if (strchr(t->host, ':') == NULL)
		f->resolve = lib.curl_slist_append(NULL, entry);
	f->headers = lib.curl_slist_append(NULL,
	    "Accept: application/json, text/plain;version=0.0.4;q=0.9, */*;q=0.5");
	return f->headers == NULL ? -ENOMEM : 0;
}

/*
 * A server of our own, under a name that the kernel chooses and no file: a listening socket, or -1.
 */
static int
open_own(struct fetch *f)
{
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	f->own_len = sizeof(f->own);
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&any, sizeof(any.sun_family)) == 0 &&
	    listen(fd, 1) == 0 &&
	    getsockname(fd, (struct sockaddr *)&f->own, &f->own_len) == 0 &&
	    f->own_len <= sizeof(f->own.sun_family) + OWN_NAME)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* A fetch from somebody who hangs up: whatever libraries do only the first time is done then. */
static void
rehearse(struct fetch *f)
{
	int own = open_own(f), fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct fetch_answer answer;
	struct pollfd wait;

	f->rehearsing = true;
	if (own < 0 || fd < 0 || fetch_begin(f, fd, REHEARSAL_MS) != 0)
		fetch_stop(f);
	for (int i = 0; i < REHEARSAL_TURNS && f->busy && !fetch_turn(f, &answer); i++) {
		if (i == REHEARSAL_HEARD)
			shutdown(accept(own, NULL, NULL), SHUT_RDWR);
		poll(&wait, fetch_wait(f, &wait), REHEARSAL_WAIT_MS);
	}
	fetch_stop(f);
	f->rehearsing = false;
	if (own >= 0)
		close(own);
}

int
fetch_new(struct fetch **ret, const char *url, const char *ca, struct diag *reterr)
{
	struct fetch *f = calloc(1, sizeof(*f));
	struct target t;
	int err;

	if (f == NULL)
		return diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	f->fd = -1;
	err = target_parse(&t, url, reterr);
	if (err == 0)
		err = load_library(reterr);
	if (err == 0 && t.scheme == TARGET_HTTPS)
		err = load_ca(f, ca, reterr);
	if (err != 0) {
		free(f);
		return err;
	}
	f->body = resident_new(FETCH_BODY_MAX);
	f->multi = lib.curl_multi_init();
	f->easy = lib.curl_easy_init();
	if (f->body == NULL || f->multi == NULL || f->easy == NULL || make_lists(f, &t) != 0 ||
	    set_limits(f) != 0 || set_texts(f, url) != 0 || set_calls(f) != 0) {
		fetch_free(f);
		return diag_set(reterr, -ENOSYS, _("%s cannot be used"), LIBRARY);
	}
	rehearse(f);
	keep_store(f);
	*ret = f;
	return 0;
}

void
fetch_free(struct fetch *f)
{
	if (f->easy != NULL && f->multi != NULL)
		fetch_stop(f);
	lib.curl_easy_cleanup(f->easy);
	lib.curl_multi_cleanup(f->multi);
	lib.curl_slist_free_all(f->resolve);
	lib.curl_slist_free_all(f->headers);
	if (f->store != NULL)
		store_calls.free(f->store);
	free(f->body);
	free(f->ca);
	free(f);
}

/* ---- one fetch ----------------------------------------------------------- */

int
fetch_begin(struct fetch *f, int fd, int64_t limit_ms)
{
	f->fd = fd;
	f->len = f->headers_len = 0;
	f->large = f->many_headers = false;
	if (lib.setopt(f->easy, CURLOPT_TIMEOUT_MS, limit_ms > 0 ? (long)limit_ms : 1L) !=
		CURLE_OK ||
	    lib.curl_multi_add_handle(f->multi, f->easy) != CURLM_OK) {
		fetch_stop(f);
		return -EIO;
	}
	f->busy = true;
	return 0;
}

void
fetch_stop(struct fetch *f)
{
	if (f->busy)
		lib.curl_multi_remove_handle(f->multi, f->easy);
	f->busy = false;
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

unsigned
fetch_wait(struct fetch *f, struct pollfd *ret)
{
	fd_set in, out, odd;
	int most = -1;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&odd);
	if (!f->busy || lib.curl_multi_fdset(f->multi, &in, &out, &odd, &most) != CURLM_OK ||
	    most < 0)
		return 0;
	ret->fd = most;
	ret->events = (short)((FD_ISSET(most, &in) ? POLLIN : 0) |
	    (FD_ISSET(most, &out) ? POLLOUT : 0));
	return 1;
}

static enum fetch_end
certificate_end(struct fetch *f)
{
	long why = 0;

	lib.getinfo(f->easy, CURLINFO_SSL_VERIFYRESULT, &why);
	/* the chain is sound; libcurl looks at names itself */
	if (why == CERT_OK || why == CERT_NOT_SAID)
		return FETCH_OTHER_NAME;
	if (why == CERT_EXPIRED)
		return FETCH_EXPIRED;
	if (why == CERT_EARLY)
		return FETCH_EARLY;
	return why >= CERT_SELF_SIGNED && why <= CERT_UNVERIFIED ? FETCH_UNTRUSTED
								 : FETCH_CERTIFICATE;
}

static enum fetch_end
end_of(struct fetch *f, CURLcode code)
{
	if (f->large)
		return FETCH_LARGE;
	if (f->many_headers)
		return FETCH_HEADERS;
	switch (code) {
	case CURLE_OK:
		return FETCH_OK;
	case CURLE_OPERATION_TIMEDOUT:
		return FETCH_SLOW;
	/* how libcurl before 8.6 says that one line has passed its limit */
	case CURLE_OUT_OF_MEMORY:
		return FETCH_HEADERS;
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		return FETCH_CUT;
	case CURLE_UNSUPPORTED_PROTOCOL:	/* HTTP/0.9: an answer without a status line */
	case CURLE_WEIRD_SERVER_REPLY:
		return FETCH_NOT_HTTP;
	case CURLE_SSL_CONNECT_ERROR:
		return FETCH_TLS;
	case CURLE_PEER_FAILED_VERIFICATION:
		return certificate_end(f);
	default:
		return FETCH_FAILED;
	}
}

/*
 * Until it waits for the server.  Twice at least: libcurl does not say that it waits to be
 * connected.
 */
static void
perform(struct fetch *f)
{
	long ms = 0;
	int running = 1;

	for (int i = 0; i < STEPS_MAX && running > 0 && (ms == 0 || i < 2); i++) {
		lib.curl_multi_perform(f->multi, &running);
		lib.curl_multi_timeout(f->multi, &ms);
	}
}

bool
fetch_turn(struct fetch *f, struct fetch_answer *ret)
{
	const CURLMsg *m;
	const char *type = NULL;
	curl_off_t us = 0;
	int left;

	if (!f->busy)
		return false;
	perform(f);
	m = lib.curl_multi_info_read(f->multi, &left);
	if (m == NULL || m->msg != CURLMSG_DONE)
		return false;
	*ret = (struct fetch_answer){ .body = f->body, .len = f->len };
	ret->end = end_of(f, m->data.result);
	lib.getinfo(f->easy, CURLINFO_RESPONSE_CODE, &ret->status);
	lib.getinfo(f->easy, CURLINFO_TOTAL_TIME_T, &us);
	lib.getinfo(f->easy, CURLINFO_CONTENT_TYPE, &type);
	ret->seconds = (double)us / 1e6;
	if (type != NULL)
		snprintf(ret->type, sizeof(ret->type), "%s", type);
	fetch_stop(f);
	return true;
}
