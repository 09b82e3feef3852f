# SPDX-License-Identifier: GPL-3.0-or-later
"""A process taken over: system calls made in it, by it, as code that an attacker brought would make them (x86-64).

Whoever can run code in a process can do what this does: set its registers and execute `syscall`.  What the kernel then
answers is what its sandbox lets a conqueror do.
"""
import contextlib
import ctypes
import os
import platform
import signal

HERE = platform.machine() == "x86_64"
CALLS = {"read": 0, "write": 1, "socket": 41, "connect": 42, "sendto": 44, "bind": 49, "fork": 57, "execve": 59, "kill": 62,
         "rename": 82, "unlink": 87, "ptrace": 101, "setuid": 105, "mount": 165, "openat": 257, "mprotect": 10, "clone": 56}
ATTACH, DETACH, GETREGS, SETREGS, SINGLESTEP = 16, 17, 12, 13, 9
SYSCALL = b"\x0f\x05"
RED_ZONE = 4096
REGISTERS = "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs"


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in REGISTERS.split()]


libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


class Killed(Exception):
    """The kernel ended the process for what it asked."""


def ptrace(what, pid, data=None):
    if libc.ptrace(what, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {what}")


def wait(pid):
    _, status = os.waitpid(pid, 0x40000000)		# __WALL
    if os.WIFSIGNALED(status):
        raise Killed(os.WTERMSIG(status))
    if os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGSYS:
        raise Killed(signal.SIGSYS)


def instruction(pid):
    """Where some library of the process has a `syscall`."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb") as mem:
        for line in maps:
            span, rights = line.split()[:2]
            if "x" not in rights or "[" in line:
                continue
            start, end = (int(x, 16) for x in span.split("-"))
            mem.seek(start)
            at = mem.read(end - start).find(SYSCALL)
            if at >= 0:
                return start + at
    raise LookupError("no syscall instruction")


class Taken:
    """with taken(pid) as t: t.call("openat", -100, b"/etc/passwd", 0) -> result or -errno; Killed when it dies of it."""
    def __init__(self, pid):
        self.pid, self.old = pid, Registers()
        self.at = instruction(pid)

    def call(self, name, *arguments):
        ptrace(GETREGS, self.pid, ctypes.byref(self.old))
        new, top = Registers.from_buffer_copy(self.old), self.old.rsp - RED_ZONE
        words = []
        with open(f"/proc/{self.pid}/mem", "r+b", 0) as mem:
            for a in arguments:
                if isinstance(a, bytes):
                    top -= len(a) + 1 + 15 & ~15
                    mem.seek(top)
                    mem.write(a + b"\0")
                    a = top
                words.append(a & 0xffffffffffffffff)
        new.rip, new.rax, new.orig_rax = self.at, CALLS[name], 0xffffffffffffffff
        for register, word in zip("rdi rsi rdx r10 r8 r9".split(), words):
            setattr(new, register, word)
        ptrace(SETREGS, self.pid, ctypes.byref(new))
        ptrace(SINGLESTEP, self.pid)
        wait(self.pid)
        ptrace(GETREGS, self.pid, ctypes.byref(new))
        self.old.orig_rax = 0xffffffffffffffff
        ptrace(SETREGS, self.pid, ctypes.byref(self.old))
        return ctypes.c_longlong(new.rax).value


@contextlib.contextmanager
def taken(pid):
    ptrace(ATTACH, pid)
    dead = False
    try:
        wait(pid)
        yield Taken(pid)
    except Killed:
        dead = True
        raise
    finally:
        with contextlib.suppress(OSError):
            ptrace(DETACH, pid)
        if dead:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def outcome(pid, name, *arguments):
    """The result or -errno; None: it was killed for it."""
    try:
        with taken(pid) as t:
            return t.call(name, *arguments)
    except Killed:
        return None
