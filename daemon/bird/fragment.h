/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fragment - our own fragment read back: what stands in it, until when, and which generation it is.
 * Used by the daemon, by seawall-reaper and by `seawall withdraw --offline`, which take turns with
 * a lock on FRAGMENT.lock.  Strict where it decides (fragment_parse) and safe where it ends things
 * (fragment_strip: a route that cannot be read has no end, so it goes).  Knows no BIRD, no ledger.
 */
#ifndef SEAWALL_BIRD_FRAGMENT_H
#define SEAWALL_BIRD_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "bird/action.h"
#include "model/mitigation.h"
#include "model/settings.h"

#define FRAGMENT_MAX (32u << 20)	/* bytes: LEDGER_MAX lines of 2 KiB */
#define FRAGMENT_LINE_MAX 4096
#define FRAGMENT_NETWORK_MAX 2048
#define FRAGMENT_OWNERS_MAX 32		/* mitigations of one network */
#define FRAGMENT_MODE 0644		/* BIRD runs as somebody else */
#define FRAGMENT_ID_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

struct fragment_tags {
	unsigned n;			/* one an upstream */
	uint32_t number[UPSTREAMS_MAX];
	uint8_t scope[UPSTREAMS_MAX];	/* of a blackhole: where it drops; 0: everywhere */
};

struct fragment_owner {
	char id[ID_LEN];
	wall_t until;
	struct fragment_tags via;	/* n 0: the whole line is its own */
};

struct fragment_route {
	char network[FRAGMENT_NETWORK_MAX];	/* rule_bird()'s words */
	enum rule_kind kind;
	struct fragment_tags tags;
	char action[ACTION_STRLEN];	/* " sw_fs_drop();", empty for routes */
	unsigned owners_n;
	struct fragment_owner owners[FRAGMENT_OWNERS_MAX];
};

/*
 * How a route of each kind is written: behind its network, and the macro of its tags; NULL: it has
 * no scopes.
 */
struct fragment_form {
	const char *open, *macro, *macro_in;
};
extern const struct fragment_form fragment_forms[RULE_KINDS];

/* " sw_bh(1);" or, of a blackhole in a part of the world, " sw_bh_in(1, 2);" */
void fragment_tag(struct text *out, enum rule_kind k, uint32_t number, unsigned scope);

/* Each route in order; a non-zero answer ends it and is returned. */
typedef int fragment_each(void *ctx, const struct fragment_route *r);

/* -EBADMSG with the line for what we never write, or a file cut short.  `each` may be NULL. */
int fragment_parse(const char *text, size_t len, uint64_t *ret_generation, fragment_each *each,
    void *ctx, struct diag *reterr);

#define FRAGMENT_GENERATION_MAX UINT32_MAX	/* BIRD's integers */

/* What BIRD answers to "eval SEAWALL_GEN", without its code; 0: that can be none of ours. */
uint64_t fragment_generation_said(const char *words);

/* The one after it; after the last comes 1, for only that they differ matters to BIRD. */
static inline uint64_t
fragment_generation_next(uint64_t generation)
{
	return generation % FRAGMENT_GENERATION_MAX + 1;
}

/* Only the generation, from the last line. */
int fragment_generation(const char *text, size_t len, uint64_t *ret, struct diag *reterr);

/* Do both hold the same routes with the same tags, owners and ends, whatever stands around them? */
bool fragment_same(const char *a, size_t a_len, const char *b, size_t b_len);

/* Does the first hold every route of the second, in its order, and perhaps others besides? */
bool fragment_holds(const char *a, size_t a_len, const char *b, size_t b_len);

typedef bool fragment_keep(void *ctx, const struct fragment_owner *o, const char *network);

struct fragment_stripped {
	unsigned kept, removed, unreadable;	/* removed: owners */
	struct text ids;			/* "m17 m18", the caller's to fini */
};

/* The text without what `keep` says no to, as `generation`; `note` is put above it as a comment. */
int fragment_strip(struct text *out, const char *text, size_t len, uint64_t generation,
    const char *note, fragment_keep *keep, void *ctx, struct fragment_stripped *ret,
    struct diag *reterr);

/* A keep that ends what is over at *(wall_t *)ctx. */
bool fragment_keep_current(void *ctx, const struct fragment_owner *o, const char *network);

/* Waits at most wait_ms; -EWOULDBLOCK when another still holds it.  Unlocked by closing the
 * descriptor. */
int fragment_lock(int *ret_fd, const char *path, int wait_ms, struct diag *reterr);

/*
 * Puts the text into the file's place, the name not synced yet.  `ends`: nothing is added, so a
 * full disk must not stop it: the spare copy, FRAGMENT.good, makes room.
 */
int fragment_put(const char *path, const char *text, size_t len, bool ends);

#endif
