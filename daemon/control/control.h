/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * control - the Unix socket that `seawall` talks to: one JSON object a line each way.
 * Request {"command":"announce", "lang":"es", ...}; answer: the JSON lines of INTERFACE.md, then
 * {"type":"end","exit":0} or {"type":"end","exit":1,"error":"sentence"}.
 * Who asks is what the kernel says (SO_PEERCRED).  Requests are bounded (16 KiB), clients too; a
 * slow client is closed.
 */
#ifndef SEAWALL_CONTROL_CONTROL_H
#define SEAWALL_CONTROL_CONTROL_H

#include <event2/event.h>

#include "base/diag.h"
#include "engine/engine.h"

struct control;

/* listen_fd: bound and listening, made by the parent. */
int control_new(struct control **ret, struct event_base *base, struct engine *e, int listen_fd,
		struct diag *reterr);
void control_free(struct control *c);

#endif
