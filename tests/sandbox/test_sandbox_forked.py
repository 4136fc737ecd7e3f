"""The life of the warm worker: starting, dying, restarting, ending with its host."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from multivis.errors import (
    OptionError,
    SandboxError,
    SandboxUnavailableError,
    SourceNotFoundError,
)
from multivis.sandbox import ForkedSandbox, SubprocessSandbox, confinement, open_sandbox, powers
from multivis.settings import Limits, Settings

strict = pytest.mark.skipif(
    not powers()["strict"], reason=f"no strict sandbox: {powers()['problem']}"
)

GOOD = """
import altair as alt
import pandas as pd
chart = alt.Chart(pd.DataFrame({"a": ["x"], "b": [1]})).mark_bar().encode(x="a:N", y="b:Q")
"""


def is_running(pid: int) -> bool:
    """Whether a process runs (one that ended and was not fetched does not)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] not in {"Z", "X"}


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; the test's own time limit ends a wait in vain."""
    while not condition():
        time.sleep(0.02)


def worker_pid(sandbox: ForkedSandbox) -> int:
    return sandbox._worker()._process.pid


def children(pid: int) -> list[int]:
    try:
        return [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@pytest.fixture(scope="module")
def shared() -> Iterator[ForkedSandbox]:
    with ForkedSandbox() as made:
        yield made


# ── the worker ──────────────────────────────────────────────────────────────────────────────


@strict
def test_a_worker_that_died_is_started_again() -> None:
    with ForkedSandbox() as sandbox:
        first = worker_pid(sandbox)
        os.kill(first, signal.SIGKILL)
        assert sandbox.run(GOOD).ok
        assert worker_pid(sandbox) != first


@strict
def test_a_job_whose_worker_dies_is_run_once_more() -> None:
    with ForkedSandbox() as sandbox:
        first = worker_pid(sandbox)

        def kill_when_busy() -> None:
            wait_until(lambda: bool(children(first)))
            os.kill(first, signal.SIGKILL)

        killer = threading.Thread(target=kill_when_busy)
        killer.start()
        run = sandbox.run("import time; time.sleep(1)\n" + GOOD)
        killer.join()
        assert run.error is None
        assert worker_pid(sandbox) != first


@strict
def test_children_end_with_their_worker() -> None:
    with ForkedSandbox() as sandbox:
        first = worker_pid(sandbox)
        thread = threading.Thread(target=sandbox.run, args=("import time; time.sleep(2)",))
        thread.start()
        wait_until(lambda: bool(children(first)))
        (child,) = children(first)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: not is_running(child))
        thread.join()


@strict
def test_a_worker_that_is_warmed_in_a_thread_outlives_the_thread() -> None:
    with ForkedSandbox() as sandbox:
        sandbox.warm()
        first = worker_pid(sandbox)
        wait_until(lambda: "multivis-sandbox-warm" not in [t.name for t in threading.enumerate()])
        assert sandbox.run(GOOD).ok
        assert worker_pid(sandbox) == first


@strict
def test_a_worker_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = ForkedSandbox()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SandboxError, match="did not start"):
        sandbox.run(GOOD)
    monkeypatch.undo()
    assert sandbox.run(GOOD).ok
    sandbox.close()


def run_host(script: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a host of its own."""
    head = "import os, signal, sys, time\nfrom multivis.sandbox import ForkedSandbox\n"
    return subprocess.run(
        [sys.executable, "-c", head + f"GOOD = {GOOD!r}\n" + script],
        capture_output=True,
        text=True,
        timeout=100,
        check=check,
    )


@strict
def test_nothing_is_left_when_the_host_is_killed() -> None:
    script = """
sandbox = ForkedSandbox()
print(sandbox._worker()._process.pid, sandbox._state.root, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = run_host(script, check=False)
    assert done.returncode == -signal.SIGKILL
    pid, root = done.stdout.split()
    wait_until(lambda: not is_running(int(pid)))
    assert not Path(root).exists()


@strict
def test_nothing_is_left_when_the_host_forgets_to_close() -> None:
    script = """
sandbox = ForkedSandbox()
assert sandbox.run(GOOD).ok
print(sandbox._worker()._process.pid, sandbox._state.root)
"""
    pid, root = run_host(script).stdout.split()
    assert not is_running(int(pid))
    assert not Path(root).exists()


@strict
def test_a_forked_copy_of_the_host_gets_a_worker_of_its_own() -> None:
    script = """
sandbox = ForkedSandbox()
first = sandbox._worker()._process.pid
child = os.fork()
if child == 0:
    fine = sandbox.run(GOOD).ok and sandbox._worker()._process.pid != first
    sandbox.close()
    os._exit(0 if fine else 1)
assert os.waitpid(child, 0)[1] == 0
assert sandbox.run(GOOD).ok
assert sandbox._worker()._process.pid == first
"""
    run_host(script)


@strict
def test_an_interrupt_ends_the_job_and_the_sandbox_goes_on() -> None:
    script = """
def interrupt(*_):
    raise KeyboardInterrupt
sandbox = ForkedSandbox()
worker = sandbox._worker()._process.pid
signal.signal(signal.SIGALRM, interrupt)
signal.setitimer(signal.ITIMER_REAL, 0.5)
try:
    sandbox.run("import time; time.sleep(25)")
except KeyboardInterrupt:
    print("interrupted")
assert open(f"/proc/{worker}/task/{worker}/children").read() == ""
assert os.listdir(sandbox._state.root / "..") and not [
    name for name in os.listdir(sandbox._state.root) if len(name) == 16
]
assert sandbox.run(GOOD).ok
"""
    assert run_host(script).stdout == "interrupted\n"


@strict
def test_without_namespaces_files_and_network_are_still_closed(tmp_path: Path) -> None:
    """As in a container that forbids `unshare`: Landlock and seccomp are enough."""
    (tmp_path / "secret.txt").write_text("secret")
    script = f"""
import errno, pyseccomp
rule = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
rule.add_rule(pyseccomp.ERRNO(errno.EPERM), "unshare")
rule.load()
sandbox = ForkedSandbox()
assert sandbox.powers()["namespaces"] == {{"user": False, "network": False, "ipc": False}}
assert sandbox.powers()["strict"]
assert sandbox.run(GOOD).ok
for attack in ("open({str(tmp_path / "secret.txt")!r})", "import socket; socket.socket()",
               "import os; os.fork()", "import os; os.kill(os.getppid(), 0)"):
    error = sandbox.run(attack).error
    assert error.kind == "refused", error
print("done")
"""
    assert run_host(script).stdout == "done\n"


# ── opening and closing ─────────────────────────────────────────────────────────────────────


@strict
def test_auto_and_strict_open_the_confined_sandbox(tmp_path: Path) -> None:
    for choice in ("auto", "strict"):
        settings = Settings(sandbox=choice, cache_dir=tmp_path)  # type: ignore[arg-type]
        with open_sandbox(settings) as sandbox:
            assert isinstance(sandbox, ForkedSandbox)


def test_a_plain_subprocess_is_opened_only_when_asked_for(tmp_path: Path) -> None:
    with open_sandbox(Settings(sandbox="subprocess", cache_dir=tmp_path)) as sandbox:
        assert isinstance(sandbox, SubprocessSandbox)


def test_a_system_that_cannot_confine_says_so_and_names_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(confinement, "landlock_abi", lambda: 0)
    with pytest.raises(SandboxUnavailableError, match="cannot be confined") as error:
        open_sandbox(Settings(sandbox="auto"))
    assert "settings.sandbox='subprocess'" in error.value.hint
    assert "no security boundary" in error.value.hint
    report = powers()
    assert report["strict"] is False
    assert "Landlock" in report["problem"]


@strict
def test_powers_tell_what_was_tried_out() -> None:
    report = powers()
    assert report["landlock"] >= 1
    assert report["seccomp"] is True
    assert set(report["namespaces"]) == {"user", "network", "ipc"}
    assert None not in report["namespaces"].values()


@strict
def test_a_closed_sandbox_says_that_it_is_closed() -> None:
    sandbox = ForkedSandbox()
    assert sandbox.run(GOOD).ok
    root = sandbox._state.root
    pid = worker_pid(sandbox)
    sandbox.close()
    assert root is not None
    assert not root.exists()
    assert not is_running(pid)
    with pytest.raises(SandboxError, match="has been closed"):
        sandbox.run(GOOD)


def test_a_closed_subprocess_sandbox_says_that_it_is_closed() -> None:
    sandbox = SubprocessSandbox()
    sandbox.close()
    with pytest.raises(SandboxError, match="has been closed"):
        sandbox.run(GOOD)


@strict
def test_no_folder_is_left_by_any_end_of_a_job(shared: ForkedSandbox) -> None:
    for code in (
        GOOD,
        "1/0",
        "while True: pass",
        "import os; os._exit(1)",
        "import os; os.mkdir('d')",
    ):
        shared.run(code, {"in/a.txt": b"x"}, Limits(code_seconds=0.5))
    root = shared._state.root
    assert root is not None
    assert {path.name for path in root.iterdir()} <= {"worker.log", "matplotlib"}


@strict
def test_the_font_cache_is_kept_in_the_cache_folder(tmp_path: Path) -> None:
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    with ForkedSandbox(cache_dir=tmp_path) as sandbox:
        assert sandbox.run(code).ok
        wait_until(lambda: bool(list((tmp_path / "matplotlib").glob("fontlist*"))))


@strict
def test_a_cache_folder_that_cannot_be_made_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with ForkedSandbox(cache_dir=tmp_path / "file") as sandbox:
        assert sandbox.run(GOOD).ok


# ── inputs ──────────────────────────────────────────────────────────────────────────────────


@strict
@pytest.mark.parametrize("name", ["../a", "/etc/a", "a/../../b", "", "a\0b"])
def test_an_input_name_that_leaves_the_folder_is_refused(shared: ForkedSandbox, name: str) -> None:
    with pytest.raises(OptionError, match="not a path inside the working folder"):
        shared.run(GOOD, {name: b"x"})


@strict
def test_an_input_that_does_not_exist_is_named(shared: ForkedSandbox, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match=r"missing\.csv"):
        shared.run(GOOD, {"a.csv": tmp_path / "missing.csv"})


@strict
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_database_is_read_in_either_journal_mode(
    shared: ForkedSandbox, tmp_path: Path, mode: str
) -> None:
    path = tmp_path / "shop.sqlite"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute("CREATE TABLE sale (region TEXT, amount REAL)")
    connection.execute("INSERT INTO sale VALUES ('north', 2), ('south', 3)")
    connection.commit()
    code = (
        "import sqlite3, pandas as pd, altair as alt\n"
        "df = pd.read_sql_query('SELECT * FROM sale', sqlite3.connect('database/shop.sqlite'))\n"
        "print(len(df))\nalt.Chart(df).mark_bar().encode(x='region:N', y='amount:Q')\n"
    )
    run = shared.run(code, {"database/shop.sqlite": path})
    connection.close()
    assert run.error is None
    assert run.stdout == "2\n"


@strict
def test_a_folder_can_be_an_input(shared: ForkedSandbox, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    run = shared.run("print(open('data/a.txt').read())" + GOOD, {"data": tmp_path})
    assert run.stdout == "hello\n"


@strict
def test_code_cannot_name_an_unknown_table_unnoticed(shared: ForkedSandbox, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.sqlite")
    connection.execute("CREATE TABLE something (x)")
    connection.close()
    code = "import sqlite3\nsqlite3.connect('a.sqlite').execute('SELECT * FROM absent')"
    run = shared.run(code, {"a.sqlite": tmp_path / "a.sqlite"})
    assert run.error is not None
    assert (run.error.kind, run.error.line) == ("missing_field", 2)


@strict
def test_an_altair_field_without_a_column_names_its_line(shared: ForkedSandbox) -> None:
    code = GOOD + "\nchart = chart.encode(\n    color='missing',\n)"
    run = shared.run(code)
    assert run.error is not None
    assert run.error.kind == "missing_field"
    assert run.error.source_line == "    color='missing',"


@strict
def test_a_million_rows_stay_within_the_limits(shared: ForkedSandbox) -> None:
    code = (
        "import altair as alt, numpy as np, pandas as pd\n"
        "df = pd.DataFrame({'a': np.arange(300_000), 'b': np.arange(300_000) * 0.5})\n"
        "alt.Chart(df).mark_point().encode(x='a', y='b')\n"
    )
    run = shared.run(code, limits=Limits(spec_bytes=1_000_000))
    assert run.error is not None
    assert run.error.kind == "output"
    assert "Aggregate or sample" in run.error.message


@strict
def test_the_folder_of_the_sandbox_is_private(shared: ForkedSandbox) -> None:
    root = shared._state.root
    assert root is not None
    assert root.parent == Path(tempfile.gettempdir())
    assert root.stat().st_mode & 0o777 == 0o700


# ── libraries and habits that generated code has ────────────────────────────────────────────


@strict
@pytest.mark.parametrize(
    "code",
    [
        "import duckdb\ndf = duckdb.sql('SELECT range AS a FROM range(100)').df()",
        "import polars as pl\ndf = pl.DataFrame({'a': [1, 2, 2]}).group_by('a').len()",
        "import pyarrow as pa\ndf = pa.table({'a': [1, 2]})",
        "import pandas as pd\npd.DataFrame({'a': [1]}).to_parquet('a.parquet')\n"
        "df = pd.read_parquet('a.parquet')",
        "import pandas as pd\npd.DataFrame({'a': [1]}).to_excel('a.xlsx')\n"
        "df = pd.read_excel('a.xlsx')",
        "import sqlalchemy as sa, pandas as pd\ne = sa.create_engine('sqlite:///a.sqlite')\n"
        "pd.DataFrame({'a': [1]}).to_sql('t', e)\ndf = pd.read_sql('SELECT * FROM t', e)",
        "import tempfile, shutil, pandas as pd\nwith tempfile.NamedTemporaryFile('w+') as f:\n"
        "    f.write('a\\n1\\n'); f.flush(); shutil.copy(f.name, 'b.csv')\n"
        "df = pd.read_csv('b.csv')",
        "import concurrent.futures as c, pandas as pd\n"
        "with c.ThreadPoolExecutor(8) as t: df = pd.DataFrame({'a': list(t.map(abs, range(9)))})",
        "import datetime, zoneinfo, pandas as pd\n"
        "df = pd.DataFrame({'a': [datetime.datetime.now(zoneinfo.ZoneInfo('Europe/Paris'))]})",
    ],
)
def test_common_libraries_work_inside(shared: ForkedSandbox, code: str) -> None:
    run = shared.run(f"{code}\nimport altair as alt\nalt.Chart(df).mark_bar().encode(x='a')")
    assert run.error is None
    assert run.library == "altair"


@strict
@pytest.mark.parametrize(
    "code",
    [
        "plt.plot([1, 2])\nplt.savefig('/tmp/somewhere.png')\nplt.close()",
        "plt.plot([1, 2])\nplt.savefig('no/such/folder/chart.png')",
        "fig, ax = plt.subplots()\nax.plot([1, 2])\nax",
        "import pandas as pd\npd.DataFrame({'a': [1, 2]}).plot.bar()",
        "fig, axes = plt.subplots(1, 2)\naxes[0].plot([1, 2])\nplt.close(fig)\naxes",
        "plt.plot([1, 2])\nplt.show()\nplt.close('all')",
        "from matplotlib.figure import Figure\nmine = Figure()\nmine.subplots().plot([1, 2])",
    ],
)
def test_a_matplotlib_figure_is_found(shared: ForkedSandbox, code: str) -> None:
    run = shared.run("import matplotlib.pyplot as plt\n" + code)
    assert run.error is None
    assert run.library == "matplotlib"
    assert run.figure is not None
    assert run.figure["axes"][0]["artists"]


@strict
@pytest.mark.parametrize(
    "code",
    [
        "import plotly.express as px\npx.bar(x=['a'], y=[1]).write_html('chart.html')",
        "import plotly.graph_objects as go\ngo.Figure(go.Bar(y=[1])).write_image('chart.png')",
        "import plotly.graph_objects as go, plotly.io as pio\npio.show(go.Figure(go.Bar(y=[1])))",
        "import plotly.graph_objects as go\nfigure = go.Figure(go.Bar(y=[1]))\nprint(1)",
        "import plotly.graph_objects as go\nprint(go.Figure(go.Bar(y=[1])).to_json())",
    ],
)
def test_a_plotly_figure_is_found(shared: ForkedSandbox, code: str) -> None:
    run = shared.run(code)
    assert run.error is None
    assert run.figure is not None
    assert run.figure["data"][0]["y"] == [1]


@strict
def test_a_chart_saved_as_html_comes_back_as_a_file(shared: ForkedSandbox) -> None:
    run = shared.run(GOOD + "chart.save('chart.html'); chart.save('chart.json')")
    assert set(run.files) == {"chart.html", "chart.json"}


@strict
def test_another_transformer_than_the_default_does_not_take_the_data_away(
    shared: ForkedSandbox,
) -> None:
    run = shared.run("import altair as alt\nalt.data_transformers.enable('json')\n" + GOOD)
    assert run.spec is not None
    assert list(run.spec["datasets"].values()) == [[{"a": "x", "b": 1}]]


@strict
def test_a_host_that_ends_while_the_worker_starts_leaves_nothing(tmp_path: Path) -> None:
    script = f"""
import tempfile
tempfile.tempdir = {str(tmp_path)!r}
sandbox = ForkedSandbox()
sandbox.warm()
while sandbox._state.root is None:
    time.sleep(0.001)
"""
    run_host(script)
    wait_until(lambda: not list(tmp_path.iterdir()))


@strict
@given(code=st.one_of(st.text(max_size=60), st.text("()[]{}:=\n 'ab1.+*#\\\t", max_size=40)))
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_as_code_ends_in_a_run(shared: ForkedSandbox, code: str) -> None:
    run = shared.run(code)
    assert run.error is not None
    assert run.error.kind in {"syntax", "execution", "no_chart", "memory"}


@strict
def test_good_jobs_are_not_disturbed_by_bad_ones_beside_them(shared: ForkedSandbox) -> None:
    bad = [
        "while True: pass",
        "import os; os._exit(1)",
        "x = [0] * 10**10",
        "1/0",
        "import os\nos.write(3, b'x' * 9)",
        "while True: print('x' * 99999)",
    ]
    limits = Limits(code_seconds=1.0)

    def work(number: int) -> bool:
        if number % 2:
            return shared.run(bad[number // 2 % len(bad)], limits=limits).ok
        return shared.run(f"print({number})" + GOOD).stdout == f"{number}\n"

    with ThreadPoolExecutor(6) as threads:
        results = list(threads.map(work, range(48)))
    assert results == [number % 2 == 0 for number in range(48)]
