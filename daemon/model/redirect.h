/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * redirect - where a FlowSpec rule sends packets instead: the network that has a route target (RFC
 * 8955 7.4, and 7.4.1 of RFC 7674), or an address (draft-ietf-idr-flowspec-redirect-ip).  BIRD
 * 2.0.12 has no form with an IPv6 address.
 */
#ifndef SEAWALL_MODEL_REDIRECT_H
#define SEAWALL_MODEL_REDIRECT_H

#include <stdbool.h>
#include <stdint.h>

enum redirect_form {
	REDIRECT_NONE,
	REDIRECT_AS2,	/* AS of 16 bits, number of 32 */
	REDIRECT_IP4,	/* IPv4 address, number of 16 bits */
	REDIRECT_AS4,	/* AS of 32 bits that needs them, number of 16 */
	REDIRECT_TO,	/* the IPv4 address itself */
	REDIRECT_FORMS
};

struct redirect {
	enum redirect_form form;
	uint32_t high, low;	/* AS or address; number, 0 of REDIRECT_TO */
};

#define REDIRECT_STRLEN 32

/* "64500:666", "198.51.100.1:100", "70000:100"; "198.51.100.1".  Returns buf. */
const char *redirect_str(const struct redirect *r, char buf[static REDIRECT_STRLEN]);
int redirect_parse(struct redirect *ret, const char *text);	/* -EINVAL */

bool redirect_ok(const struct redirect *r);	/* its numbers fit its form */
int redirect_cmp(const struct redirect *a, const struct redirect *b);

/* The eight bytes of its extended community as two words. */
void redirect_words(const struct redirect *r, uint32_t *ret_high, uint32_t *ret_low);
/* false: no redirection, or one that we do not speak. */
bool redirect_from_words(struct redirect *ret, uint32_t high, uint32_t low);

#endif
