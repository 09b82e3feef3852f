/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hole - seawalld with a deliberate hole: never installed, linked for tests/system/sensor-hole
 * alone.
 *
 * Whoever gets the bytes "!hole:N:PID!" into a sensor's process makes it try act N of the table
 * below, as code would that had taken the process over.  The linker puts these functions in place
 * of what reads and of the sandbox (--wrap); the rest is the daemon's.  An act that is refused says
 * so on stderr; one that succeeds says SUCCEEDED; one that the sandbox kills for says nothing more.
 * With SEAWALL_HOLE_NAKED there is no sandbox, so that the test can fail.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "main/role.h"
#include "main/spawn.h"
#include "sensor/packet.h"
#include "sensor/pick.h"

#define MAGIC "!hole:"
#define BEYOND (32 << 20)	/* twice what a sensor may store */

ssize_t __real_recv(int fd, void *buf, size_t len, int flags);

static bool armed;		/* this process reads strangers' bytes */
static pid_t victim;		/* whom the test names */

/* ---- the acts: what they return is a failure when negative --------------- */

static long
open_file(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static long
open_audit(void)
{
	return open(getenv("SEAWALL_HOLE_FILE"), O_WRONLY | O_CREAT | O_APPEND, 0600);
}

static long
open_memory(void)
{
	return open("/proc/self/mem", O_RDWR);
}

static long
unlink_file(void)
{
	return unlink(getenv("SEAWALL_HOLE_FILE"));
}

static long
socket_inet(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long
socket_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

/* With what it has, where no new socket is to be had. */
static long
connect_bird(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", getenv("SEAWALL_HOLE_BIRD"));
	return connect(fd, (struct sockaddr *)&un, sizeof(un));
}

static struct sockaddr_in
listener(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	in.sin_port = htons((uint16_t)atoi(getenv("SEAWALL_HOLE_PORT")));
	return in;
}

static long
connect_source(void)
{
	struct sockaddr_in in = listener();

	return connect(FD_SOURCE, (struct sockaddr *)&in, sizeof(in));
}

static long
send_elsewhere(void)
{
	struct sockaddr_in in = listener();

	return sendto(FD_SOURCE, "secret", 6, MSG_DONTWAIT, (struct sockaddr *)&in, sizeof(in));
}

static long
sendmsg_elsewhere(void)
{
	struct sockaddr_in in = listener();
	struct iovec iov = { .iov_base = (char[]){ "secret" }, .iov_len = 6 };
	struct msghdr m = {
		.msg_name = &in, .msg_namelen = sizeof(in), .msg_iov = &iov, .msg_iovlen = 1
	};

	return sendmsg(FD_SOURCE, &m, MSG_DONTWAIT);
}

static long
execute(void)
{
	return execve("/bin/true", (char *const[]){ (char[]){ "true" }, NULL },
	    (char *const[]){ NULL });
}

static long
split_off(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static long
raw_clone(void)
{
	return syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0) < 0 ? -1 : 0;
}

static long
trace(void)
{
	return ptrace(PTRACE_ATTACH, victim, 0, 0);
}

static long
write_victim(void)
{
	char byte = 0;
	struct iovec mine = { &byte, 1 }, theirs = { (void *)0x400000, 1 };

	return process_vm_writev(victim, &mine, 1, &theirs, 1, 0);
}

static long
kill_victim(void)
{
	return kill(victim, SIGKILL);
}

static long
map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		   0) == MAP_FAILED
	    ? -1
	    : 0;
}

static long
make_code(void)
{
	static _Alignas(4096) char page[4096];

	return mprotect(page, sizeof(page), PROT_READ | PROT_EXEC);
}

/* A sensor that stores has a file; its end must stay where it is. */
static long
fill_store(void)
{
	struct stat st;

	if (syscall(SYS_fstat, FD_STORE, &st) != 0 || !S_ISREG(st.st_mode)) {
		errno = ENOENT;
		return -1;
	}
	return pwrite(FD_STORE, "beyond", 6, BEYOND);
}

/* The parent keeps it for the next process, which could then tell nobody anything. */
static long
shut_reports(void)
{
	return shutdown(FD_CHANNEL, SHUT_RDWR);
}

static long
hang(void)
{
	volatile bool on = true;

	while (on)
		;
	return 0;
}

static long
become_root(void)
{
	return setuid(0);
}

static long
new_namespace(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNET);
}

static long
limit_lifted(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long
ring(void)
{
	struct io_uring_params p = { 0 };

	return syscall(SYS_io_uring_setup, 8, &p);
}

static long
memory_file(void)
{
	return syscall(SYS_memfd_create, "code", 0);
}

/* The same calls by other doors: the filter must know the architecture. */
static long
door_i386(void)
{
	long r = -1;

#ifdef __x86_64__
	static const char name[] = "/etc/passwd";

	/*
	 * open() of i386; the address is cut to 32 bits, so a failure of the kernel's own is
	 * EFAULT.
	 */
	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(5), "b"((long)name), "c"(0), "d"(0)
			 : "memory");
	if (r == -EFAULT || r >= 0)
		return 0;
	errno = (int)-r;
	r = -1;
#endif
	return r;
}

static long
door_x32(void)
{
	return syscall(0x40000000 | SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

/*
 * It may lie to the engine, but only in whole reports about what is ours: what is anything else
 * changes nothing.
 */
static long
junk_reports(void)
{
	static char junk[4096];

	for (unsigned i = 0; i < 2000; i++) {
		for (size_t k = 0; k < sizeof(junk); k++)
			junk[k] = (char)(i * 131 + k * k);
		junk[0] = (char)(i % 6);
		memset(junk + 1, 0, 3);
		if (send(FD_CHANNEL, junk, 1 + i * 2, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
		    errno != EAGAIN)
			return -1;
	}
	errno = EPERM;		/* nothing to succeed in: the engine's life is what counts */
	return -1;
}

/*
 * With a netlink socket of somebody who may: take an interface down, and hear what the kernel says.
 */
static long
take_down(void)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg body;
	} q = {
		.head = { .nlmsg_len = sizeof(q), .nlmsg_type = RTM_SETLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK, .nlmsg_seq = 0x401e },
		.body = { .ifi_index = atoi(getenv("SEAWALL_HOLE_LINK")), .ifi_change = IFF_UP },
	};
	static _Alignas(struct nlmsghdr) char answer[65536];
	const struct nlmsghdr *m = (const struct nlmsghdr *)answer;

	if (send(FD_SOURCE, &q, sizeof(q), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -1;
	for (unsigned i = 0;
	     i < 100 && __real_recv(FD_SOURCE, answer, sizeof(answer), MSG_DONTWAIT) > 0; i++)
		if (m->nlmsg_seq == q.head.nlmsg_seq && m->nlmsg_type == NLMSG_ERROR)
			errno = -((const struct nlmsgerr *)NLMSG_DATA(m))->error;
	return errno == 0 ? 0 : -1;
}

/* Off a packet socket it would go onto the wire. */
static long
write_source(void)
{
	static const char frame[64] = { [12] = (char)0x88, [13] = (char)0xb5 };

	return write(FD_SOURCE, frame, sizeof(frame));
}

static const struct act {
	const char *name;
	long (*act)(void);
} acts[] = {
	{ "open a file", open_file },
	{ "append to the audit log", open_audit },
	{ "open its own memory", open_memory },
	{ "unlink a file", unlink_file },
	{ "make an Internet socket", socket_inet },
	{ "make a Unix socket", socket_unix },
	{ "connect to BIRD", connect_bird },
	{ "connect its source", connect_source },
	{ "send through its source", send_elsewhere },
	{ "send a message through its source", sendmsg_elsewhere },
	{ "execute a program", execute },
	{ "fork", split_off },
	{ "clone", raw_clone },
	{ "trace the engine", trace },
	{ "write the engine's memory", write_victim },
	{ "kill the engine", kill_victim },
	{ "map memory as code", map_code },
	{ "make memory code", make_code },
	{ "write beyond its store", fill_store },
	{ "become root", become_root },
	{ "make a namespace", new_namespace },
	{ "become traceable", limit_lifted },
	{ "set up a ring", ring },
	{ "make a file in memory", memory_file },
	{ "open a file as i386", door_i386 },
	{ "open a file as x32", door_x32 },
	{ "send junk to the engine", junk_reports },
	{ "take an interface down", take_down },
	{ "write to its source", write_source },
	{ "shut its way to the engine", shut_reports },
	{ "hang", hang },		/* the last: it is no attempt */
};

#define ACTS (sizeof(acts) / sizeof(*acts))

static void
try(unsigned n)
{
	long r;

	if (n >= ACTS)
		return;
	dprintf(STDERR_FILENO, "hole %u: tries to %s\n", n, acts[n].name);
	errno = 0;
	r = acts[n].act();
	dprintf(STDERR_FILENO, "hole %u: %s %s\n", n, acts[n].name,
	    r < 0 ? strerrorname_np(errno) : "SUCCEEDED");
}

static void
look(const void *buf, ssize_t len)
{
	const char *at = armed && len > 0 ? memmem(buf, (size_t)len, MAGIC, strlen(MAGIC)) : NULL;
	char words[32] = "";
	unsigned n, pid;

	if (at == NULL)
		return;
	memcpy(words, at,
	    (size_t)((const char *)buf + len - at) < 31 ? (size_t)((const char *)buf + len - at)
							: 31);
	if (sscanf(words, MAGIC "%u:%u!", &n, &pid) != 2)
		return;
	victim = (pid_t)pid;
	try(n);
}

/* ---- in the place of the daemon's ---------------------------------------- */

int __real_sandbox_enter(enum sandbox_profile profile);
int __wrap_sandbox_enter(enum sandbox_profile profile);
int __real_recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *timeout);
int __wrap_recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *timeout);
ssize_t __real_recvmsg(int fd, struct msghdr *m, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags);
ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags);
ssize_t __real_read(int fd, void *buf, size_t len);
ssize_t __wrap_read(int fd, void *buf, size_t len);
enum pick __real_pick(double *ret, const struct place *f, const char *type, const char *body,
    size_t len);
enum pick __wrap_pick(double *ret, const struct place *f, const char *type, const char *body,
    size_t len);
bool __real_packet_ethernet(struct flow *ret, const uint8_t *frame, size_t len);
bool __wrap_packet_ethernet(struct flow *ret, const uint8_t *frame, size_t len);
int64_t __wrap_respite_failed(struct respite *r, mono_t now);

int
__wrap_sandbox_enter(enum sandbox_profile profile)
{
	int err = getenv("SEAWALL_HOLE_NAKED") != NULL ? 0 : __real_sandbox_enter(profile);

	armed = err == 0;
	return err;
}

int
__wrap_recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *timeout)
{
	int got = __real_recvmmsg(fd, m, n, flags, timeout);

	for (int i = 0; i < got; i++)
		look(m[i].msg_hdr.msg_iov->iov_base, m[i].msg_len);
	return got;
}

ssize_t
__wrap_recvmsg(int fd, struct msghdr *m, int flags)
{
	ssize_t got = __real_recvmsg(fd, m, flags);

	if (got > 0 && m->msg_iovlen == 1)
		look(m->msg_iov->iov_base, got);
	return got;
}

ssize_t
__wrap_recv(int fd, void *buf, size_t len, int flags)
{
	ssize_t got = __real_recv(fd, buf, len, flags);

	look(buf, got);
	return got;
}

ssize_t
__wrap_read(int fd, void *buf, size_t len)
{
	ssize_t got = __real_read(fd, buf, len);

	look(buf, got);
	return got;
}

/* What a polled server says comes by libcurl, whose reading the linker cannot reach. */
enum pick
__wrap_pick(double *ret, const struct place *f, const char *type, const char *body, size_t len)
{
	look(body, (ssize_t)len);
	return __real_pick(ret, f, type, body, len);
}

bool
__wrap_packet_ethernet(struct flow *ret, const uint8_t *frame, size_t len)
{
	look(frame, (ssize_t)len);
	return __real_packet_ethernet(ret, frame, len);
}

/* A sensor that is killed thirty times in a test is not made to wait ten seconds each time. */
int64_t
__wrap_respite_failed(struct respite *r, mono_t now)
{
	(void)now;
	r->failures++;
	return RESPITE_FIRST_MS;
}
