/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * packed - a segment that gzip wrote (RFC 1952), read through zlib.  The library is loaded when
 * somebody first meets such a segment: sensors are the same program, and what is linked is resident
 * in each of their processes.
 */
#ifndef SEAWALL_AUDIT_PACKED_H
#define SEAWALL_AUDIT_PACKED_H

#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"

struct gzFile_s;

/*
 * For who will be in a sandbox when there is one.  0; -ENOENT: there is no zlib here, -ENOSYS: not
 * one that is known.
 */
int packed_load(struct diag *reterr);

/* On success fd is *ret's.  As packed_load(), or -ENOMEM. */
int packed_open(struct gzFile_s **ret, int fd, struct diag *reterr);
void packed_close(struct gzFile_s *f);

/* To a place in what was packed, counted in bytes of what it holds. */
void packed_seek(struct gzFile_s *f, uint64_t at);

/*
 * Bytes read; 0: its end, where gzip wrote that it is, and what it held had the sum that it wrote.
 * -EBADMSG: it is damaged.
 */
ssize_t packed_read(struct gzFile_s *f, void *buf, size_t len);

#endif
