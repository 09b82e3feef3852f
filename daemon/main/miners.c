/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parent's side of the process that mines rules. */
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/handover.h"
#include "main/channel.h"
#include "main/children.h"
#include "main/role.h"

/* Each one has a new pair: an old answer is for nobody, and an engine that ended ends it. */
pid_t
miner_start(struct child *c)
{
	const struct parent *p = c->parent;
	const struct miner_spec told = { .uid = p->uid, .gid = p->gid };
	struct channel_message m = { .kind = CHANNEL_MINER };
	int pair[2], spec, pid;

	if (p->channel < 0)
		return -EAGAIN;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -errno;
	spec = handover_pack(&told, sizeof(told));
	pid = spec < 0 ? spec : spawn_role("miner", "seawalld: miner",
		(const int[FD_N]){ pair[1], spec, -1, -1, -1 });
	if (pid > 0)
		channel_send(p->channel, &m, pair[0]);
	if (spec >= 0)
		close(spec);
	close(pair[0]);
	close(pair[1]);
	return pid;
}

void
miner_stop(struct child *c)
{
	c->stopped = c->pid != 0;
	if (c->stopped)
		kill(c->pid, SIGKILL);
	event_del(c->again);
}
