/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/books.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * A row may be read while it is written: each figure is whole, and of this look or the one before.
 */
struct books {
	struct {
		_Atomic uint64_t known, running, restarts, resident_bytes, cpu_ms;
	} rows[BOOKS_N];
};

int
books_new(struct books **ret, int *ret_fd)
{
	int fd = memfd_create("seawall-books", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *at;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, sizeof(struct books)) != 0)
		goto out;
	at = mmap(NULL, sizeof(struct books), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		goto out;
	/* from here on nobody else can map it to write */
	if (fcntl(fd, F_ADD_SEALS,
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) != 0) {
		munmap(at, sizeof(struct books));
		goto out;
	}
	*ret = at;
	*ret_fd = fd;
	return 0;
out:
	close(fd);
	return -errno;
}

const struct books *
books_open(int fd)
{
	void *at = mmap(NULL, sizeof(struct books), PROT_READ, MAP_SHARED, fd, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* 0: the kernel does not say. */
static uint64_t
resident_of(pid_t pid)
{
	unsigned long long size, resident = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%llu %llu", &size, &resident) != 2)
		resident = 0;
	fclose(f);
	return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

void
books_add(struct books_sum *to, pid_t pid, uint64_t restarts)
{
	int64_t ran;

	to->restarts += restarts;
	if (pid == 0)
		return;
	ran = hung_ran_ns(pid);
	to->running++;
	to->resident_bytes += resident_of(pid);
	to->cpu_ms += ran > 0 ? (uint64_t)ran / 1000000 : 0;
}

static unsigned
row_of(enum books_role role, unsigned sensor)
{
	return role < BOOKS_SENSOR ? role
				   : BOOKS_SENSOR + (role - BOOKS_SENSOR) * SENSORS_MAX + sensor;
}

void
books_write(struct books *b, enum books_role role, unsigned sensor, const struct books_sum *sum)
{
	typeof(b->rows[0]) *row = &b->rows[row_of(role, sensor)];

	row->running = sum->running;
	row->restarts = sum->restarts;
	row->resident_bytes = sum->resident_bytes;
	row->cpu_ms = sum->cpu_ms;
	if (sum->running > 0 || sum->restarts > 0)
		row->known = true;
}

bool
books_read(const void *books, unsigned i, struct engine_process *ret)
{
	static const char *const roles[] = { "parent", "engine", "miner", "messenger", "sensor",
		"connector" };
	const struct books *b = books;
	unsigned role = i < BOOKS_SENSOR ? i : BOOKS_SENSOR + (i - BOOKS_SENSOR) / SENSORS_MAX;

	if (i >= BOOKS_N)
		return false;
	*ret = (struct engine_process){
		.role = b->rows[i].known ? roles[role] : NULL,
		.sensor = role < BOOKS_SENSOR ? -1 : (int)((i - BOOKS_SENSOR) % SENSORS_MAX),
		.running = (unsigned)b->rows[i].running, .restarts = b->rows[i].restarts,
		.resident_bytes = b->rows[i].resident_bytes, .cpu_ms = b->rows[i].cpu_ms,
	};
	return true;
}
