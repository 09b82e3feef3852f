/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/channel.h"

#include "base/handover.h"

int
channel_send(int channel, const struct channel_message *m, int fd)
{
	return handover_send(channel, m, sizeof(*m), fd);
}

int
channel_receive(int channel, struct channel_message *ret, int *ret_fd)
{
	return handover_receive(channel, ret, sizeof(*ret), ret_fd);
}
