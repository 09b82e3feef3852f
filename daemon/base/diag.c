/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/diag.h"

#include <stdio.h>

int
diag_set(struct diag *d, int err, const char *fmt, ...)
{
	va_list ap;

	if (d == NULL)
		return err;
	d->file[0] = '\0';
	d->line = 0;
	va_start(ap, fmt);
	vsnprintf(d->say, sizeof(d->say), fmt, ap);
	va_end(ap);
	return err;
}

int
diag_at(struct diag *d, int err, const char *file, unsigned line, const char *fmt, ...)
{
	va_list ap;

	if (d == NULL)
		return err;
	snprintf(d->file, sizeof(d->file), "%s", file);
	d->line = line;
	va_start(ap, fmt);
	vsnprintf(d->say, sizeof(d->say), fmt, ap);
	va_end(ap);
	return err;
}

const char *
diag_str(const struct diag *d, char *buf, size_t size)
{
	if (d->file[0] == '\0')
		snprintf(buf, size, "%s", d->say);
	else if (d->line == 0)
		snprintf(buf, size, "%s: %s", d->file, d->say);
	else
		snprintf(buf, size, "%s:%u: %s", d->file, d->line, d->say);
	return buf;
}
