/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * target - whom a polled sensor asks: the URL of the configuration, taken apart.
 * Strict, because the connector goes by host and port and libcurl by the text: both must mean the
 * same.
 */
#ifndef SEAWALL_MODEL_TARGET_H
#define SEAWALL_MODEL_TARGET_H

#include <stdint.h>

#include "base/diag.h"

#define TARGET_HOST_LEN 254	/* a DNS name and its end */

enum target_scheme { TARGET_HTTP, TARGET_HTTPS, TARGET_TCP };

struct target {
	enum target_scheme scheme;
	char host[TARGET_HOST_LEN];	/* a name or an address, IPv6 without its brackets */
	uint16_t port;
};

/*
 * "http://host/path", "https://host:8443/", "tcp://[2001:db8::1]:25".  Without user, password and
 * fragment, in ASCII; tcp has a port and no path.  0 or -EINVAL with the sentence.
 */
int target_parse(struct target *ret, const char *url, struct diag *reterr);

#endif
