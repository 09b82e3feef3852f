/* SPDX-License-Identifier: GPL-3.0-or-later */
/* address - socket addresses from and to prefixes. */
#ifndef SEAWALL_SENSOR_ADDRESS_H
#define SEAWALL_SENSOR_ADDRESS_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/prefix.h"

/* Its length. */
socklen_t address_of(struct sockaddr_storage *ret, const struct prefix *addr, uint16_t port);

/* IPv4 that came over an IPv6 socket is IPv4; NULL, or of another family: no prefix. */
struct prefix address_prefix(const struct sockaddr *from);

#endif
