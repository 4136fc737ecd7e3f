"""Attacks on the sandbox: each is refused or contained, and the next job works.

Every attack prints BREACH when it succeeds, and does little harm when it does: files are the
test's own, sockets are on loopback, signals are number 0, bombs are bounded.
"""

from __future__ import annotations

import os
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from multivis.protocols import Run, Sandbox
from multivis.sandbox import ForkedSandbox, SubprocessSandbox, powers
from multivis.settings import Limits

pytestmark = pytest.mark.skipif(
    not powers()["strict"], reason=f"no strict sandbox: {powers()['problem']}"
)

GOOD = """
import altair as alt
import pandas as pd
chart = alt.Chart(pd.DataFrame({"a": ["x"], "b": [1]})).mark_bar().encode(x="a:N", y="b:Q")
"""

SECRET = "7f3a-secret-of-the-host"

# Each is run with the names OUTSIDE (a folder of the test with secret.txt), HOST and PORT, UDP,
# UNIX (sockets that listen) already defined.
REFUSED = {
    "reads a file outside": "print(open(OUTSIDE + '/secret.txt').read()); print('BREACH')",
    "reads the user database": "print(open('/etc/passwd').read()); print('BREACH')",
    "reads the host's environment": "open(f'/proc/{HOST}/environ','rb').read(); print('BREACH')",
    "reads its own environment block": (
        "data = open('/proc/self/environ','rb').read(); print('BREACH')"
    ),
    "reads the memory of its parent": (
        "import os; open(f'/proc/{os.getppid()}/mem','rb'); print('BREACH')"
    ),
    "lists a folder outside": "import os; print(os.listdir(OUTSIDE)); print('BREACH')",
    "lists the folder of all jobs": "import os; print(os.listdir('../..')); print('BREACH')",
    "writes a file outside": "open(OUTSIDE + '/new.txt','w').write('x'); print('BREACH')",
    "overwrites a file outside": "open(OUTSIDE + '/secret.txt','w'); print('BREACH')",
    "appends to a file outside": "open(OUTSIDE + '/secret.txt','a'); print('BREACH')",
    "writes to the temporary folder": "open('/tmp/multivis-attack','w'); print('BREACH')",
    "deletes a file outside": "import os; os.unlink(OUTSIDE + '/secret.txt'); print('BREACH')",
    "moves a file in": "import os; os.rename(OUTSIDE + '/secret.txt','mine'); print('BREACH')",
    "truncates a file outside": (
        "import os; os.truncate(OUTSIDE + '/secret.txt', 0); print('BREACH')"
    ),
    "links a file in": "import os; os.link(OUTSIDE + '/secret.txt','mine'); print('BREACH')",
    "reads through a symbolic link": (
        "import os; os.symlink(OUTSIDE + '/secret.txt','mine'); open('mine').read()\n"
        "print('BREACH')"
    ),
    "writes through a symbolic link": (
        "import os; os.symlink(OUTSIDE,'mine'); open('mine/new.txt','w'); print('BREACH')"
    ),
    "reads through a relative path": (
        "print(open(DOTS + OUTSIDE + '/secret.txt').read()); print('BREACH')"
    ),
    "connects over TCP": (
        "import socket; socket.create_connection(('127.0.0.1', PORT), 2); print('BREACH')"
    ),
    "listens on TCP": (
        "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); print('BREACH')"
    ),
    "sends over UDP": (
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.sendto(b'BREACH', ('127.0.0.1', UDP)); print('BREACH')"
    ),
    "connects to a unix socket": (
        "import socket; s = socket.socket(socket.AF_UNIX); s.connect(UNIX); print('BREACH')"
    ),
    "connects to an abstract unix socket": (
        "import socket; s = socket.socket(socket.AF_UNIX); s.connect(ABSTRACT); print('BREACH')"
    ),
    "makes a socket pair": "import socket; socket.socketpair(); print('BREACH')",
    "opens a netlink socket": "import socket; socket.socket(socket.AF_NETLINK, 3); print('BREACH')",
    "fetches an address": (
        "import urllib.request as u; u.urlopen(f'http://127.0.0.1:{PORT}', timeout=2)\n"
        "print('BREACH')"
    ),
    "forks": "import os\nif os.fork() == 0: os._exit(0)\nprint('BREACH')",
    "forks a bomb of eight": ("import os\nfor _ in range(3):\n    os.fork()\nprint('BREACH')"),
    "starts a process by multiprocessing": (
        "import multiprocessing as m\nm.get_context('fork').Process(target=print).start()\n"
        "print('BREACH')"
    ),
    "runs a program": "import subprocess; subprocess.run(['/bin/true']); print('BREACH')",
    "becomes a program": "import os; os.execv('/bin/echo', ['echo', 'BREACH'])",
    "spawns a program": ("import os; os.posix_spawn('/bin/true', ['true'], {}); print('BREACH')"),
    "signals its parent": "import os; os.kill(os.getppid(), 0); print('BREACH')",
    "signals the host": "import os; os.kill(HOST, 0); print('BREACH')",
    "signals everyone": "import os; os.kill(-1, 0); print('BREACH')",
    "signals through a handle": (
        "import os, signal; signal.pidfd_send_signal(os.pidfd_open(HOST), 0); print('BREACH')"
    ),
    "changes the limits of its parent": (
        "import os, resource as r\n"
        "r.prlimit(os.getppid(), r.RLIMIT_NOFILE, r.prlimit(os.getppid(), r.RLIMIT_NOFILE))\n"
        "print('BREACH')"
    ),
    "slows its parent down": (
        "import os; p = os.getppid()\n"
        "os.setpriority(os.PRIO_PROCESS, p, os.getpriority(os.PRIO_PROCESS, p)); print('BREACH')"
    ),
    "raises its own limits": (
        "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (1 << 40, 1 << 40)); print('BREACH')"
    ),
    "makes a device": (
        "import os, stat; os.mknod('d', stat.S_IFCHR | 0o600, 0x103); print('BREACH')"
    ),
    "changes its root": "import os; os.mkdir('r'); os.chroot('r'); print('BREACH')",
    "writes shared memory": "open('/dev/shm/multivis-attack','w'); print('BREACH')",
    "opens the terminal": "open('/dev/tty'); print('BREACH')",
    "attaches a database outside": (
        "import sqlite3\n"
        "sqlite3.connect(':memory:').execute(f\"ATTACH '{OUTSIDE}/n.db' AS n\"); print('BREACH')"
    ),
}

# What stops these says so in other words than "permission".
ANOTHER_KIND = {"attaches a database outside", "links a file in", "raises its own limits"}

# System calls that Python has no function for: they must fail.
CALLS = {
    "ptrace": "ptrace(0x4206, os.getppid(), 0, 0)",  # PTRACE_SEIZE, which stops nobody
    "process_vm_readv": "syscall(310, os.getppid(), buffer, 1, buffer, 1, 0)",
    "mount": "mount(b'none', os.getcwd().encode(), b'tmpfs', 0, None)",
    "umount": "umount2(b'/', 2)",
    "unshare": "unshare(0x10000000)",
    "setns": "setns(0, 0)",
    "bpf": "syscall(321, 0, buffer, 0)",
    "perf_event_open": "syscall(298, buffer, 0, -1, -1, 0)",
    "keyctl": "syscall(250, 0, -3, 1, 0, 0)",
    "io_uring_setup": "syscall(425, 1, buffer)",
    "userfaultfd": "syscall(323, 0)",
    "memfd_create": "memfd_create(b'x', 0)",
    "shmget": "shmget(0, 4096, 0o1600)",
    "mq_open": "syscall(240, b'x', 0o102, 0o600, None)",
    "personality": "syscall(135, 0x0040000)",
    "setuid": "setuid(0) if os.getuid() else setuid(65534)",
    "setsid": "setsid()",
    "swapoff": "swapoff(b'none')",
    "sethostname": "sethostname(b'x', 1)",
    "settimeofday": "syscall(164, None, None)",
    "name_to_handle_at": "syscall(303, -100, b'.', buffer, buffer, 0)",
    "clone of a process": "syscall(56, 17, 0, 0, 0, 0)",
    "vfork": "syscall(58)",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    os.environ["MULTIVIS_TEST_SECRET"] = SECRET
    with ForkedSandbox() as made:
        yield made
    del os.environ["MULTIVIS_TEST_SECRET"]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text(SECRET)
    return tmp_path


@pytest.fixture
def preset(outside: Path) -> Iterator[str]:
    """Names for the attacks, and sockets that really listen."""
    abstract = f"\0multivis-attack-{os.getpid()}"
    unix = str(outside / "s")
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as stream,
        socket.socket(socket.AF_UNIX) as hidden,
    ):
        udp.bind(("127.0.0.1", 0))
        stream.bind(unix)
        stream.listen()
        hidden.bind(abstract)
        hidden.listen()
        yield (
            f"OUTSIDE = {str(outside)!r}; HOST = {os.getpid()}; PORT = {tcp.getsockname()[1]}\n"
            f"UDP = {udp.getsockname()[1]}; UNIX = {unix!r}; ABSTRACT = {abstract!r}\n"
            f"DOTS = '../' * 30\n"
        )
        udp.setblocking(False)
        with pytest.raises(BlockingIOError):
            udp.recv(10)


def assert_next_job_works(sandbox: Sandbox) -> None:
    run = sandbox.run(GOOD)
    assert run.error is None
    assert run.spec is not None


def assert_contained(run: Run) -> None:
    assert "BREACH" not in run.stdout
    assert SECRET not in run.stdout
    assert run.spec is None


@pytest.mark.parametrize("attack", sorted(REFUSED))
def test_code_is_refused_when_it(sandbox: Sandbox, preset: str, outside: Path, attack: str) -> None:
    before = sorted(path.name for path in outside.iterdir())
    run = sandbox.run(REFUSED[attack], preset=preset, limits=Limits(code_seconds=10.0))
    assert_contained(run)
    assert run.error is not None
    expected = "execution" if attack in ANOTHER_KIND else "refused"
    assert run.error.kind == expected, run.error
    assert (outside / "secret.txt").read_text() == SECRET
    assert sorted(path.name for path in outside.iterdir()) == before
    assert_next_job_works(sandbox)


_HARMLESS_WITHOUT_A_SANDBOX = [
    "reads a file outside",
    "lists a folder outside",
    "writes a file outside",
    "reads through a symbolic link",
    "reads through a relative path",
    "connects over TCP",
    "connects to a unix socket",
    "connects to an abstract unix socket",
    "forks",
    "runs a program",
    "signals its parent",
]


@pytest.mark.slow
@pytest.mark.parametrize("attack", _HARMLESS_WITHOUT_A_SANDBOX)
def test_without_a_boundary_the_attack_works_that(preset: str, attack: str) -> None:
    """The attacks are real: the plain subprocess, which is no boundary, lets them through."""
    with SubprocessSandbox() as plain:
        run = plain.run(REFUSED[attack], preset=preset)
    assert "BREACH" in run.stdout


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="call numbers are of x86-64")
@pytest.mark.parametrize("call", sorted(CALLS))
def test_the_system_call_fails(sandbox: Sandbox, call: str) -> None:
    code = (
        "import ctypes, os\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "buffer = ctypes.create_string_buffer(4096)\n"
        f"result = libc.{CALLS[call]}\n".replace("else setuid", "else libc.setuid")
        + "print('BREACH' if result != -1 else ctypes.get_errno())\n"
    )
    run = sandbox.run(code)
    assert_contained(run)
    assert run.error is not None
    assert run.error.kind == "no_chart", run.error  # the code itself went on to its end
    assert run.stdout.strip() in {"1", "38"}  # EPERM, or ENOSYS
    assert_next_job_works(sandbox)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the x32 interface is of x86-64")
def test_the_other_system_call_interface_is_no_way_round(sandbox: Sandbox) -> None:
    code = "import ctypes\nprint(ctypes.CDLL(None).syscall(0x40000000 | 57)); print('BREACH')"
    run = sandbox.run(code)
    assert_contained(run)
    assert_next_job_works(sandbox)


def test_the_host_environment_is_not_there(sandbox: Sandbox) -> None:
    run = sandbox.run("import os; print(dict(os.environ))" + GOOD)
    assert run.ok
    assert SECRET not in run.stdout
    assert "MULTIVIS_TEST_SECRET" not in run.stdout


def test_no_descriptor_of_the_worker_is_left_open(sandbox: Sandbox) -> None:
    code = (
        "import os\nfound = []\n"
        "for n in range(256):\n"
        "    try:\n        os.fstat(n)\n        found.append(n)\n"
        "    except OSError:\n        pass\n"
        "print(found)\n"
    )
    assert sandbox.run(code + GOOD).stdout == "[0, 1, 2, 3]\n"


def test_modes_and_times_outside_stay_as_they_are(
    sandbox: Sandbox, preset: str, outside: Path
) -> None:
    path = outside / "secret.txt"
    before = path.stat()
    code = (
        "import os\nos.chmod(OUTSIDE + '/secret.txt', 0o777)\n"
        "os.utime(OUTSIDE + '/secret.txt', (1, 1))\nos.chown(OUTSIDE + '/secret.txt', 1, 1)\n"
    )
    sandbox.run(code, preset=preset)
    after = path.stat()
    assert stat.S_IMODE(after.st_mode) == stat.S_IMODE(before.st_mode)
    assert (after.st_mtime, after.st_uid) == (before.st_mtime, before.st_uid)
    assert_next_job_works(sandbox)


def test_an_input_file_cannot_be_written_where_it_is(sandbox: Sandbox, outside: Path) -> None:
    code = "open('in.txt').read()\nopen('in.txt', 'a').write('x')\nprint('BREACH')"
    run = sandbox.run(code, {"in.txt": outside / "secret.txt"})
    assert_contained(run)
    assert run.error is not None
    assert run.error.kind == "refused"
    assert run.error.line == 2
    assert (outside / "secret.txt").read_text() == SECRET


def test_links_that_code_leaves_are_not_followed_by_the_host(sandbox: Sandbox, preset: str) -> None:
    code = (
        "import os\nos.symlink(OUTSIDE + '/secret.txt', 'result.txt')\n"
        "os.symlink(OUTSIDE, 'folder')\nos.symlink('/dev/zero', 'zeros')\n"
        "open('mine.txt','w').write('m')\n"
    )
    run = sandbox.run(code + GOOD, preset=preset)
    assert run.files == {"mine.txt": b"m"}


def test_the_inputs_of_a_job_at_the_same_time_cannot_be_read(sandbox: Sandbox) -> None:
    started = threading.Event()
    results: list[Run] = []

    def victim() -> None:
        started.set()
        code = "import time, os\ntime.sleep(1.5)\nprint(os.getcwd())\n" + GOOD
        results.append(sandbox.run(code, {"private.txt": SECRET.encode()}))

    thread = threading.Thread(target=victim)
    thread.start()
    started.wait()
    spy = (
        "import os, time, glob\ntime.sleep(0.5)\n"
        "print(glob.glob('../../*/work/*'))\n"
        "for folder, folders, files in os.walk('../..'):\n    print(folder, files)\n"
    )
    run = sandbox.run(spy)
    thread.join()
    assert "private" not in run.stdout
    assert results[0].error is None
    known = results[0].stdout.strip()
    late = sandbox.run(f"print(open({known!r} + '/private.txt').read()); print('BREACH')")
    assert_contained(late)


def test_changes_to_modules_do_not_reach_the_next_job(sandbox: Sandbox) -> None:
    code = (
        "import builtins, json, altair, pandas, sys, multivis.sandbox.harness as harness\n"
        "harness.execute = None\njson.dumps = None\naltair.Chart = None\nbuiltins.len = None\n"
        "sys.modules['pandas'] = None\nsys.path.insert(0, '/tmp')\n"
    )
    sandbox.run(code)
    assert_next_job_works(sandbox)


# ── bombs and floods ────────────────────────────────────────────────────────────────────────

BOMBS = {
    "threads": (
        "import threading, time\nthreading.stack_size(65536)\n"
        "for _ in range(5000):\n    threading.Thread(target=time.sleep, args=(20,)).start()\n"
        "print('BREACH')",
        {"refused", "execution", "memory"},
    ),
    "memory": ("x = []\nwhile True: x.append(bytearray(10**7))", {"memory"}),
    "memory that is mapped": (
        "import mmap\nx = []\n"
        "while True:\n    m = mmap.mmap(-1, 10**8)\n    m[::4096] = b'x' * len(m[::4096])\n"
        "    x.append(m)\n",
        {"memory", "execution"},
    ),
    "one large file": (
        "with open('big','wb') as f:\n    for _ in range(500): f.write(bytes(10**6))\n"
        "print('BREACH')",
        {"execution", "output"},
    ),
    "many large files": (
        "import time\nfor i in range(40):\n    open(str(i),'wb').write(bytes(3*10**7))\n"
        "    time.sleep(0.02)\nprint('BREACH')",
        {"output"},
    ),
    "many small files": (
        "import time\nfor i in range(30000):\n    open(str(i),'w').close()\n"
        "time.sleep(1)\nprint('BREACH')",
        {"output"},
    ),
    "nested folders": (
        "import os\nfor _ in range(3000):\n    os.mkdir('d'); os.chdir('d')\n",
        {"output", "no_chart", "execution"},
    ),
    "endless loop": ("while True: pass", {"timeout"}),
    "sleep": ("import time; time.sleep(60)", {"timeout"}),
    "a loop that catches everything": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        {"timeout"},
    ),
    "a loop that ignores signals": (
        "import signal\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\nwhile True: pass",
        {"timeout"},
    ),
    "a loop in a thread that is no daemon": (
        "import threading\ndef f():\n    while True: pass\nthreading.Thread(target=f).start()",
        {"no_chart"},
    ),
    "sleep at exit": (
        "import atexit, time\natexit.register(time.sleep, 60)\nimport sys; sys.exit(2)",
        {"execution"},
    ),
    "output that swallows its own end": (
        "while True:\n    try:\n        while True: print('x' * 10000)\n"
        "    except BaseException: pass",
        {"timeout", "output"},
    ),
    "bytes on standard output": (
        "import os\nfor _ in range(20000): os.write(1, b'x' * 10000)",
        {"no_chart"},
    ),
    "a catastrophic expression": (
        "import re; re.match(r'(a+)+$', 'a' * 40 + 'b')",
        {"timeout"},
    ),
    "a large power": ("print(10 ** 10 ** 10)", {"timeout", "memory"}),
    "a deep recursion": ("def f(): f()\nf()", {"execution"}),
    "a deep recursion in C": (
        "import sys; sys.setrecursionlimit(10**9)\nx = []\nfor _ in range(10**6): x = [x]\nrepr(x)",
        {"execution", "memory"},
    ),
    "source that nests too deeply": ("(" * 5000 + ")" * 5000, {"syntax"}),
    "a huge specification": (
        "import altair as alt\n"
        "chart = alt.Chart({'values': [{'a': 'x' * 1000}] * 100000}).mark_point()",
        {"output", "memory"},
    ),
    "a huge picture": (
        "import matplotlib.pyplot as plt\nplt.figure(figsize=(3000, 3000)); plt.plot([1, 2])",
        {"memory", "execution"},
    ),
    "a specification that nests too deeply": (
        "x = {}\nfor _ in range(500): x = {'a': x}\n"
        "chart = {'$schema': 'https://vega.github.io/schema/vega-lite/v6.json', 'x': x}",
        {"execution"},
    ),
}


@pytest.mark.parametrize("bomb", sorted(BOMBS))
def test_a_bomb_is_contained(sandbox: Sandbox, bomb: str) -> None:
    code, kinds = BOMBS[bomb]
    seconds = 2.0 if "timeout" in kinds else 25.0  # a bomb must meet its own bound first
    limits = Limits(code_seconds=seconds, code_memory=500_000_000, spec_bytes=5_000_000)
    run = sandbox.run(code, limits=limits)
    assert_contained(run)
    assert run.error is not None
    assert run.error.kind in kinds, run.error
    assert run.peak_memory < 1_500_000_000
    assert_next_job_works(sandbox)


# ── forged results ──────────────────────────────────────────────────────────────────────────

FORGED = {
    "nothing": b"",
    "rubbish": b"\x00" * 100,
    "a header that is cut": b"MVR1\x00\x00\xff\xff{}",
    "a header that is not JSON": b"MVR1\x00\x00\x00\x03abc",
    "a header that is a list": b"MVR1\x00\x00\x00\x02[]",
    "a part that is longer than the rest": (
        b'MVR1\x00\x00\x00\x38{"library":"altair","error":null,"parts":[["spec",99999]]}'
    ),
    "a negative length": (
        b'MVR1\x00\x00\x00\x35{"library":"altair","error":null,"parts":[["spec",-1]]}'
    ),
    "a library that does not exist": (
        b'MVR1\x00\x00\x00\x2d{"library":"evil","error":null,"parts":[    ]}'
    ),
    "a pickle": b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x8c\x06system\x93",
}


@pytest.mark.parametrize("forged", sorted(FORGED))
def test_a_forged_result_is_an_error_and_no_chart(sandbox: Sandbox, forged: str) -> None:
    code = f"import os\nos.write(3, {FORGED[forged]!r})\nos._exit(0)"
    run = sandbox.run(code)
    assert_contained(run)
    assert run.error is not None
    assert run.error.kind == "execution"
    assert_next_job_works(sandbox)


def test_a_result_without_end_is_cut_off(sandbox: Sandbox) -> None:
    code = "import os\nwhile True: os.write(3, b'MVR1' + b'x' * 100000)"
    run = sandbox.run(code, limits=Limits(spec_bytes=1_000_000))
    assert_contained(run)
    assert run.error is not None
    assert run.error.kind == "output"
    assert_next_job_works(sandbox)


def test_not_a_number_in_a_forged_specification_is_refused(sandbox: Sandbox) -> None:
    code = (
        "import os, struct\n"
        "spec = b'{\"mark\": NaN}'\n"
        'head = b\'{"library":"altair","error":null,"stdout":"","parts":[["spec",13]]}\'\n'
        "os.write(3, b'MVR1' + struct.pack('!I', len(head)) + head + spec)\nos._exit(0)\n"
    )
    run = sandbox.run(code)
    assert_contained(run)
    assert run.error is not None
    assert "not JSON" in run.error.message
