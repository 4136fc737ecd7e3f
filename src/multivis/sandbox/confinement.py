"""What a job gives up before generated code runs: the kernel's side of the sandbox.

Four layers, each of which stands on its own: resource limits, namespaces (user, network, IPC),
Landlock (files) and seccomp (system calls). Landlock and seccomp are the minimum for a strict
sandbox; namespaces are added where the system allows them. Everything here runs inside the
worker process, so only the standard library and `pyseccomp` are imported.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import site
import struct
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "Confinement",
    "die_with_parent",
    "landlock_abi",
    "probe_namespaces",
    "readable_paths",
    "seccomp_program",
    "set_limits",
]

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_CLONE_THREAD = 0x00010000
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_O_PATH = getattr(os, "O_PATH", 0)

# Landlock's system calls have the same numbers on every architecture.
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_ADD_RULE = 445
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_RULE_PATH_BENEATH = 1

_READ_FILE = 1 << 2
_READ_DIR = 1 << 3
_WRITE_FILE = 1 << 1
_REMOVE_DIR = 1 << 4
_REMOVE_FILE = 1 << 5
_MAKE_DIR = 1 << 7
_MAKE_REG = 1 << 8
_MAKE_SYM = 1 << 12
_REFER = 1 << 13
_TRUNCATE = 1 << 14

_READ = _READ_FILE | _READ_DIR
_WRITE = _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_SYM | _REFER
_ON_FILES = _READ_FILE | _WRITE_FILE | _TRUNCATE

_ALLOWED_CALLS = """
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 open openat openat2
creat close close_range stat fstat lstat newfstatat statx statfs fstatfs access faccessat
faccessat2 readlink readlinkat getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir
unlink unlinkat rename renameat renameat2 symlink symlinkat link linkat ftruncate fallocate
fsync fdatasync fadvise64 readahead lseek dup dup2 dup3 fcntl flock pipe pipe2 poll ppoll select
pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd
eventfd2 sendfile copy_file_range splice tee umask getxattr lgetxattr fgetxattr listxattr
llistxattr flistxattr mmap munmap mprotect mremap madvise msync mincore mlock munlock brk
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigpending sigaltstack
getpid gettid getppid getuid geteuid getgid getegid getresuid getresgid getgroups getpgrp getpgid
getsid getrlimit setrlimit getrusage getpriority sched_getaffinity sched_yield sched_getparam
sched_getscheduler sched_get_priority_max sched_get_priority_min clock_gettime clock_getres
clock_nanosleep nanosleep gettimeofday time times uname sysinfo getcpu getrandom futex
futex_waitv set_robust_list get_robust_list set_tid_address rseq membarrier arch_prctl prctl
exit exit_group restart_syscall timer_create timer_settime timer_gettime timer_getoverrun
timer_delete timerfd_create timerfd_settime timerfd_gettime alarm setitimer getitimer pause
wait4 waitid get_mempolicy pkey_alloc pkey_free pkey_mprotect mbind
"""

# Landlock does not cover modes, owners and times. Library code (shutil.copy) sets them in
# passing, so these calls do nothing and say that they worked.
_PRETENDED_CALLS = """
chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat
"""

# glibc falls back to an older call only when it is told that the newer one does not exist.
_MISSING_CALLS = ("clone3", "io_uring_setup", "io_uring_enter", "io_uring_register")

_IOCTLS = (
    0x5401,  # TCGETS: isatty()
    0x5413,  # TIOCGWINSZ
    0x541B,  # FIONREAD
    0x5421,  # FIONBIO
    0x5450,  # FIONCLEX
    0x5451,  # FIOCLEX
)

_SYSTEM_READABLE = (
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/mime.types",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    "/sys/devices/system/cpu",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/sys/vm/overcommit_memory",
    # DuckDB reads its limits from the next two and dies when it may not.
    "/proc/self/cgroup",
    "/sys/fs/cgroup",
)


def _check(result: int, what: str) -> int:
    """Turn a failed C call into an OSError."""
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def landlock_abi() -> int:
    """The version of Landlock that the kernel offers; 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(_libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), 1)))


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent dies.

    Args:
        parent: Process id of the parent; when it is already gone, this process ends at once.
    """
    if sys.platform.startswith("linux"):
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def probe_namespaces() -> int:
    """The most namespaces that this system lets a process enter, as flags of `unshare(2)`.

    Each try runs in a process of its own, which ends right after it.
    """
    for flags in (_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC, _CLONE_NEWUSER):
        child = os.fork()
        if child == 0:
            os._exit(0 if _libc.unshare(flags) == 0 else 1)
        if os.waitpid(child, 0)[1] == 0:
            return flags
    return 0


def readable_paths(more: Iterable[str] = ()) -> list[str]:
    """What a job may read besides its own folder: Python, its packages, system libraries.

    Folders of `sys.path` that are not a place where packages are installed are left out: the
    working folder is one of them, and it may hold anything.

    Args:
        more: Further paths, for example shared caches.
    """
    paths = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    for scheme in ("stdlib", "platstdlib", "purelib", "platlib"):
        paths.add(sysconfig.get_path(scheme))
    paths.update(site.getsitepackages())
    paths.add(site.getusersitepackages())
    paths.add(str(Path(__file__).resolve().parents[1]))  # multivis itself, also when editable
    paths.update(_SYSTEM_READABLE)
    paths.update(more)
    return sorted(path for path in paths if path != "/" and Path(path).exists())


@dataclass(frozen=True)
class Limits:
    """Resource limits of one job, in bytes and seconds."""

    memory: int
    seconds: float
    file_bytes: int
    open_files: int = 256
    threads: int = 64


def _status_field(name: str) -> int:
    """A size of this process from /proc, in bytes; 0 where /proc is not there."""
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return 0


def _lower(kind: int, value: int) -> None:
    """Set a limit, never above the hard limit that is already there."""
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    with contextlib.suppress(ValueError, OSError):  # not every system has every limit
        resource.setrlimit(kind, (value, value))


def set_limits(limits: Limits, *, own_user_namespace: bool = False) -> None:
    """Bound memory, processor time, file size and open files of this process.

    Memory is counted on top of what the process already has mapped, so that the limit is what
    the code itself may take.

    Args:
        limits: The bounds.
        own_user_namespace: Whether threads are counted for this job alone; only then is their
            number bounded here. (The limit does not bind root: the worker counts as well.)
    """
    _lower(resource.RLIMIT_DATA, _status_field("VmData") + limits.memory)
    _lower(resource.RLIMIT_AS, _status_field("VmSize") + limits.memory * 3 // 2)
    _lower(resource.RLIMIT_CPU, int(limits.seconds * 2) + 2)
    _lower(resource.RLIMIT_FSIZE, limits.file_bytes)
    _lower(resource.RLIMIT_NOFILE, limits.open_files)
    _lower(resource.RLIMIT_CORE, 0)
    if own_user_namespace:
        _lower(resource.RLIMIT_NPROC, limits.threads)


def seccomp_program(*, truncate: bool) -> bytes:
    """The system call filter, compiled for this machine.

    It is a list of what is allowed: no sockets, no new processes or programs, no signals, no
    tracing, no mounts, no keys, no kernel interfaces beyond files of one's own and memory.
    Anything else fails with EPERM, which Python shows as PermissionError.

    Args:
        truncate: Whether `truncate(2)` by path may be allowed; only where Landlock guards it.

    Raises:
        OSError: libseccomp is not installed.
    """
    import errno

    try:
        import pyseccomp as seccomp
    except (ImportError, RuntimeError, AttributeError) as error:
        raise OSError(f"libseccomp cannot be loaded: {error}") from error
    program = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))

    def add(action: int, names: Sequence[str], *conditions: object) -> None:
        for name in names:
            try:
                number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
            except OSError:
                continue  # not on this architecture
            if number >= 0:
                program.add_rule(action, number, *conditions)

    add(seccomp.ALLOW, _ALLOWED_CALLS.split())
    if truncate:
        add(seccomp.ALLOW, ["truncate"])
    add(seccomp.ERRNO(0), _PRETENDED_CALLS.split())
    add(seccomp.ERRNO(errno.ENOSYS), _MISSING_CALLS)
    # A thread is allowed, a process is not.
    thread = seccomp.Arg(0, seccomp.MASKED_EQ, _CLONE_THREAD, _CLONE_THREAD)
    add(seccomp.ALLOW, ["clone"], thread)
    # The limits of other processes of the same user could be changed otherwise.
    add(seccomp.ALLOW, ["prlimit64"], seccomp.Arg(0, seccomp.EQ, 0))
    for request in _IOCTLS:
        add(seccomp.ALLOW, ["ioctl"], seccomp.Arg(1, seccomp.EQ, request))
    with os.fdopen(os.memfd_create("seccomp"), "w+b") as file:
        program.export_bpf(file)
        file.seek(0)
        return file.read()


class Confinement:
    """Confines the calling process for good. Made once in the worker, entered by each job."""

    def __init__(self) -> None:
        self.abi = landlock_abi()
        self.machine = platform.machine()
        self.namespaces = 0
        self.problem = ""
        self._program = b""
        if self.abi < 1:
            self.problem = "the kernel has no Landlock (Linux 5.13 or newer, enabled at boot)"
            return
        try:
            self._program = seccomp_program(truncate=self.abi >= 3)
        except OSError as error:
            self.problem = f"system calls cannot be filtered ({error})"
            return
        self.namespaces = probe_namespaces()

    @property
    def strict(self) -> bool:
        """Whether the minimum is there: Landlock and seccomp."""
        return not self.problem

    def powers(self) -> dict[str, object]:
        """What this system offers, for people."""
        return {
            "landlock": self.abi,
            "seccomp": bool(self._program),
            "namespaces": {
                "user": bool(self.namespaces & _CLONE_NEWUSER),
                "network": bool(self.namespaces & _CLONE_NEWNET),
                "ipc": bool(self.namespaces & _CLONE_NEWIPC),
            },
            "strict": self.strict,
            "problem": self.problem,
        }

    def enter(self, limits: Limits, *, readable: Sequence[str], writable: Sequence[str]) -> None:
        """Give up everything but the named paths; there is no way back.

        Args:
            limits: Resource limits.
            readable: Files and folders that may be read.
            writable: Folders that may be read and written.

        Raises:
            OSError: A layer could not be put up; nothing may run then.
        """
        if not self.strict:
            raise OSError(self.problem)
        if self.namespaces:
            _check(_libc.unshare(self.namespaces), "unshare")
        set_limits(limits, own_user_namespace=bool(self.namespaces & _CLONE_NEWUSER))
        self._drop_capabilities()
        _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
        self._restrict_files(readable, writable)
        self._filter_calls()

    @staticmethod
    def _drop_capabilities() -> None:
        """Root without capabilities is an ordinary user."""
        header = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0))
        nothing = ctypes.create_string_buffer(struct.pack("=6I", *([0] * 6)))
        _check(_libc.capset(header, nothing), "capset")

    def _restrict_files(self, readable: Sequence[str], writable: Sequence[str]) -> None:
        """Landlock: name what may be touched, forbid the rest."""
        everything = (1 << 13) - 1
        if self.abi >= 2:
            everything |= _REFER
        if self.abi >= 3:
            everything |= _TRUNCATE
        if self.abi >= 5:
            everything |= 1 << 15  # ioctl on devices
        attribute = struct.pack("=Q", everything)
        if self.abi >= 4:
            attribute += struct.pack("=Q", 0b11)  # bind and connect TCP
        if self.abi >= 6:
            attribute += struct.pack("=Q", 0b11)  # abstract unix sockets, signals
        ruleset = _check(
            _libc.syscall(_LANDLOCK_CREATE_RULESET, attribute, ctypes.c_size_t(len(attribute)), 0),
            "landlock_create_ruleset",
        )
        try:
            for path in readable:
                self._allow(ruleset, path, _READ & everything)
            for path in writable:
                self._allow(ruleset, path, (_READ | _WRITE | _TRUNCATE) & everything)
            self._allow(ruleset, os.devnull, (_READ_FILE | _WRITE_FILE) & everything)
            _check(_libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
        finally:
            os.close(ruleset)

    @staticmethod
    def _allow(ruleset: int, path: str, rights: int) -> None:
        """Add one path to a ruleset; a path that is not there needs no rule."""
        try:
            handle = os.open(path, _O_PATH | os.O_CLOEXEC)
        except OSError:
            return
        try:
            if not Path(path).is_dir():
                rights &= _ON_FILES
            rule = struct.pack("=Qi", rights, handle)
            _check(
                _libc.syscall(_LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0),
                f"landlock_add_rule {path}",
            )
        finally:
            os.close(handle)

    def _filter_calls(self) -> None:
        """Seccomp: load the filter that was compiled beforehand."""
        program = ctypes.create_string_buffer(self._program, len(self._program))
        # struct sock_fprog { unsigned short len; struct sock_filter *filter; }
        header = ctypes.create_string_buffer(
            struct.pack("@HP", len(self._program) // 8, ctypes.addressof(program))
        )
        _check(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0), "seccomp filter")
