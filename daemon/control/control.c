/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/control.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/log.h"
#include "control/client.h"

#define CLIENTS_MAX 64
#define CLIENTS_RESERVED 8	/* of them, for those who may act: lookers cannot lock them out */
#define IDLE_S 30		/* without a request */
#define SLOW_S 10		/* without reading a byte of its answer */
#define OUTPUT_LOW 32768	/* the next slice is made when so little is left unread */
#define OUTPUT_MAX (4 << 20)	/* a client that asks on without reading is closed */
#define LISTEN_PAUSE_S 1	/* after accept failed (no descriptors) */
#define BACKLOG 64

struct control {
	struct event_base *base;		/* borrowed */
	struct engine *engine;			/* borrowed */
	struct evconnlistener *listener;	/* owned */
	struct event *again;			/* owned; listens again after a pause */
	struct client *clients[CLIENTS_MAX];	/* owned; NULL: free */
	unsigned clients_n;
};

static void
client_free(struct client *c)
{
	struct control *control = c->control;

	act_forget(c);
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		if (control->clients[i] == c)
			control->clients[i] = NULL;
	control->clients_n--;
	event_free(c->turn);
	bufferevent_free(c->bev);
	free(c);
}

/* Not at once: the caller may be deep in a command of this client. */
static void
client_close(struct client *c)
{
	c->dead = true;
	c->more = NULL;
	event_active(c->turn, 0, 0);
}

void
answer_line(struct client *c, json_t *line)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	char *text =
		line != NULL ? json_dumps(line, RULE_JSON_FLAGS | JSON_REAL_PRECISION(15)) : NULL;

	json_decref(line);
	if (text != NULL && !c->dead)
		evbuffer_add_printf(out, "%s\n", text);
	free(text);
	if (evbuffer_get_length(out) > OUTPUT_MAX)
		client_close(c);
}

void
answer_end(struct client *c, int exit, const char *error)
{
	json_t *end = json_pack("{s:s, s:i}", "type", "end", "exit", exit);

	if (end != NULL && error != NULL)
		json_object_set_new(end, "error", json_string(error));
	answer_line(c, end);
	c->answering = false;
	c->more = NULL;
	event_active(c->turn, 0, 0);
}

/* For what cannot be answered otherwise: the sentence, then the connection ends. */
static void
answer_and_close(struct client *c, int exit, const char *error)
{
	c->closing = true;
	answer_end(c, exit, error);
}

static void
run_line(struct client *c, const char *line, size_t len)
{
	const struct settings *s = engine_settings(c->engine);
	struct diag d = { 0 };

	if (request_parse(&c->request, line, len, &d) != 0) {
		answer_end(c, 2, d.say);
		return;
	}
	lang_set(c->request.lang);
	if (command_acts(c->request.command) && peer_role(&c->peer, s) == ROLE_VIEWER) {
		diag_set(&d, -EPERM,
			 _("%s may look but not act: only operators may ('control.operators' and "
			   "'approvals.people' in the configuration)"),
			 peer_name(&c->peer, s));
		log_warn("%s by %s refused: not an operator", command_name(c->request.command),
			 c->peer.user);
		answer_end(c, 1, d.say);
		return;
	}
	command_run(c);
}

static void
next_request(struct client *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	enum lang before = lang_get();
	struct diag d = { 0 };
	size_t len;
	char *line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);

	if (line != NULL) {
		c->answering = true;
		c->more = NULL;
		run_line(c, line, len);
		lang_set(before);
		if (c->more != NULL)
			event_active(c->turn, 0, 0);
	} else if (evbuffer_get_length(in) > REQUEST_MAX) {
		diag_set(&d, -EMSGSIZE, _("the request is longer than %d bytes"), REQUEST_MAX);
		answer_and_close(c, 2, d.say);
	} else if (c->eof) {
		c->closing = true;
		event_active(c->turn, 0, 0);
	}
	free(line);
}

static size_t
unread(const struct client *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

static bool
may_ask(const struct client *c)
{
	return !c->dead && !c->answering && !c->closing && unread(c) <= OUTPUT_LOW;
}

/* The next slice of an answer, the next request, or the end. */
static void
take_turn(struct client *c)
{
	enum lang before = lang_get();

	if (c->dead || (c->closing && !c->answering && unread(c) == 0)) {
		client_free(c);
		return;
	}
	if (c->more != NULL && unread(c) <= OUTPUT_LOW) {
		lang_set(c->request.lang);
		if (c->more(c) && c->acts_n < ACTS_MAX)
			event_active(c->turn, 0, 0);
		lang_set(before);
	} else if (may_ask(c)) {
		next_request(c);
	}
}

/*
 * Requests that came in together are written down together: one sync and one `configure` for all of
 * them.
 */
static void
client_turn(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	struct control *control = c->control;

	(void)fd;
	(void)what;
	engine_together_begin(control->engine);
	take_turn(c);
	for (unsigned i = 0; i < CLIENTS_MAX; i++) {
		struct client *other = control->clients[i];

		if (other != NULL && other != c && may_ask(other) &&
		    evbuffer_get_length(bufferevent_get_input(other->bev)) > 0)
			next_request(other);
	}
	engine_together_end(control->engine);
}

static void
client_read(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	(void)bev;
	if (!c->answering)
		event_active(c->turn, 0, 0);
}

static void
client_written(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	(void)bev;
	event_active(c->turn, 0, 0);
}

static void
client_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *c = arg;
	bool reading = what & BEV_EVENT_READING;

	if ((what & BEV_EVENT_TIMEOUT) && reading && c->acts_n > 0) {
		bufferevent_enable(bev, EV_READ);	/* it waits for us */
		return;
	}
	/* It said all it had to say: what is answered already is still sent. */
	if ((what & BEV_EVENT_EOF) && reading && c->acts_n == 0) {
		c->eof = true;
		event_active(c->turn, 0, 0);
		return;
	}
	client_close(c);
}

static bool
may_enter(const struct control *control, const struct peer *p)
{
	unsigned limit = CLIENTS_MAX;

	if (peer_role(p, engine_settings(control->engine)) == ROLE_VIEWER)
		limit -= CLIENTS_RESERVED;
	return control->clients_n < limit;
}

static struct client *
client_new(struct control *control, int fd, const struct peer *p)
{
	static const struct timeval idle = { .tv_sec = IDLE_S }, slow = { .tv_sec = SLOW_S };
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->control = control;
	c->engine = control->engine;
	c->peer = *p;
	c->turn = event_new(control->base, -1, 0, client_turn, c);
	c->bev = bufferevent_socket_new(control->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (c->turn == NULL || c->bev == NULL) {
		if (c->turn != NULL)
			event_free(c->turn);
		if (c->bev != NULL)
			bufferevent_free(c->bev);
		free(c);
		return NULL;
	}
	bufferevent_setcb(c->bev, client_read, client_written, client_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, REQUEST_MAX + 1);
	bufferevent_setwatermark(c->bev, EV_WRITE, OUTPUT_LOW, 0);
	bufferevent_set_timeouts(c->bev, &idle, &slow);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	return c;
}

static void
refuse(int fd)
{
	static const char full[] =
		"{\"error\":\"too many connections are open: try again in a moment\","
		"\"exit\":1,\"type\":\"end\"}\n";

	/* The socket's buffer is empty: it takes the line or the peer is gone. */
	(void)!send(fd, full, sizeof(full) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static void
client_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *addr, int len,
	      void *arg)
{
	struct control *control = arg;
	struct client *c = NULL;
	struct peer p;

	(void)l;
	(void)addr;
	(void)len;
	if (peer_read(&p, fd) != 0) {
		close(fd);
		return;
	}
	if (may_enter(control, &p))
		c = client_new(control, fd, &p);
	else
		refuse(fd);
	for (unsigned i = 0; i < CLIENTS_MAX && c != NULL; i++) {
		if (control->clients[i] != NULL)
			continue;
		control->clients[i] = c;
		control->clients_n++;
		break;
	}
}

/* No descriptors or no memory: asking again at once would spin. */
static void
accept_failed(struct evconnlistener *l, void *arg)
{
	static const struct timeval pause = { .tv_sec = LISTEN_PAUSE_S };
	struct control *control = arg;

	log_warn("control socket: %s", strerror(EVUTIL_SOCKET_ERROR()));
	evconnlistener_disable(l);
	event_add(control->again, &pause);
}

static void
listen_again(evutil_socket_t fd, short what, void *arg)
{
	struct control *control = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(control->listener);
}

int
control_new(struct control **ret, struct event_base *base, struct engine *e, int listen_fd,
	    struct diag *reterr)
{
	struct control *control = calloc(1, sizeof(*control));

	if (control == NULL || evutil_make_socket_nonblocking(listen_fd) != 0)
		goto failed;
	control->base = base;
	control->engine = e;
	control->again = evtimer_new(base, listen_again, control);
	control->listener = evconnlistener_new(base, client_accept, control,
					       LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
					       BACKLOG, listen_fd);
	if (control->again == NULL || control->listener == NULL)
		goto failed;
	evconnlistener_set_error_cb(control->listener, accept_failed);
	*ret = control;
	return 0;
failed:
	control_free(control);
	return diag_set(reterr, -ENOMEM, "the control socket cannot be served: %s",
			strerror(errno));
}

void
control_free(struct control *control)
{
	if (control == NULL)
		return;
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		if (control->clients[i] != NULL)
			client_free(control->clients[i]);
	if (control->listener != NULL)
		evconnlistener_free(control->listener);
	if (control->again != NULL)
		event_free(control->again);
	free(control);
}
