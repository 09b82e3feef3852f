/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/tries.h"

void
tries_add(struct tries *t, bool ok, double seconds)
{
	t->kept[t->next].ok = ok;
	t->kept[t->next].seconds = seconds;
	t->next = (t->next + 1) % TRIES_KEPT;
	if (t->n < TRIES_KEPT)
		t->n++;
}

double
tries_failing(const struct tries *t)
{
	unsigned failed = 0;

	for (unsigned i = 0; i < t->n; i++)
		failed += !t->kept[i].ok;
	return t->n > 0 ? (double)failed / t->n : 0;
}

bool
tries_latency(const struct tries *t, double *ret)
{
	double sorted[TRIES_KEPT];
	unsigned n = 0;

	for (unsigned i = 0; i < t->n; i++) {
		unsigned j = n;

		if (!t->kept[i].ok)
			continue;
		for (; j > 0 && sorted[j - 1] > t->kept[i].seconds; j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = t->kept[i].seconds;
		n++;
	}
	if (n == 0)
		return false;
	*ret = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
	return true;
}
