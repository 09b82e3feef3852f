/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/packed.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <zlib.h>

#include "base/lang.h"

#define LIBRARY "libz.so.1"
#define CALLS(X) X(gzdopen) X(gzread) X(gzseek) X(gzdirect) X(gzerror) X(gzclose)

#define MEMBER(name) __typeof__(name) *name;
static struct {
	void *library;		/* loaded once, for good */
	CALLS(MEMBER)
} zlib;

int
packed_load(struct diag *reterr)
{
	void *so = zlib.library != NULL ? zlib.library : dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (so == NULL)
		return diag_set(reterr, -ENOENT, _("%s cannot be loaded: %s"), LIBRARY, dlerror());
#define LOAD(name)								\
	zlib.name = (__typeof__(zlib.name))dlsym(so, #name);			\
	if (zlib.name == NULL)							\
		return diag_set(reterr, -ENOSYS, _("%s lacks %s"), LIBRARY, #name);
	CALLS(LOAD)
	zlib.library = so;
	return 0;
}

int
packed_open(struct gzFile_s **ret, int fd, struct diag *reterr)
{
	gzFile f;
	int err = packed_load(reterr);

	if (err != 0)
		return err;
	f = zlib.gzdopen(fd, "r");
	if (f == NULL)
		return diag_set(reterr, -ENOMEM, _("no memory"));
	*ret = f;
	return 0;
}

void
packed_close(struct gzFile_s *f)
{
	zlib.gzclose(f);
}

void
packed_seek(struct gzFile_s *f, uint64_t at)
{
	zlib.gzseek(f, (z_off_t)at, SEEK_SET);
}

/* What gzip did not write, also a file without a byte, holds nothing of a log. */
ssize_t
packed_read(struct gzFile_s *f, void *buf, size_t len)
{
	int n = zlib.gzread(f, buf, len < INT_MAX ? (unsigned)len : INT_MAX), err;

	if (n >= 0 && zlib.gzdirect(f))
		return -EBADMSG;
	if (n > 0)
		return n;
	zlib.gzerror(f, &err);
	return err == Z_OK || err == Z_STREAM_END ? 0
	    : err == Z_ERRNO			  ? -errno
	    : err == Z_MEM_ERROR		  ? -ENOMEM
						  : -EBADMSG;
}
