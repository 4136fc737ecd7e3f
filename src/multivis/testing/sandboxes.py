"""What every sandbox must do, as a suite that runs on any class.

```python
class TestMine(SandboxConformance):
    def make_sandbox(self): return MySandbox()
```
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from multivis.protocols import Run, Sandbox
from multivis.settings import Limits

__all__ = ["SandboxConformance"]

_ALTAIR = """\
import altair as alt
import pandas as pd
df = pd.DataFrame({"a": ["x", "y", "z"], "b": [1.5, 2.0, float("nan")]})
base = alt.Chart(df).encode(x="a:N", y="b:Q")
"""

_LEFT = {
    "in a variable named chart": "chart = base.mark_bar()\n",
    "in any variable": "drawn = base.mark_bar()\n",
    "as a bare final expression": "base.mark_bar()",
    "with show": "base.mark_bar().show()\n",
    "with save": "base.mark_bar().save('chart.png')\n",
    "with display": "base.mark_bar().display()\n",
    "with a notebook's display": "display(base.mark_bar())\n",
    "as printed JSON": "del base, df\nprint(alt.Chart().mark_bar().to_json())\n",
    "as a mapping": "del base\nspec = alt.Chart().mark_bar().to_dict()\n",
    "inside a function": "def main():\n    base.mark_bar().show()\nmain()\n",
    "at the end of a script": "if __name__ == '__main__':\n    result = base.mark_bar()\n",
    "in a list": "del base\ncharts = [alt.Chart(df).mark_bar()]\n",
}


class SandboxConformance:
    """Subclass it and define `make_sandbox`. One sandbox serves all tests of the class."""

    def make_sandbox(self) -> Sandbox:
        """The sandbox under test."""
        raise AssertionError("define make_sandbox() in the subclass")

    @pytest.fixture(scope="class")
    @classmethod
    def sandbox(cls) -> Iterator[Sandbox]:
        """The sandbox, closed after the last test."""
        made = cls().make_sandbox()
        yield made
        made.close()

    def test_it_is_a_sandbox(self, sandbox: Sandbox) -> None:
        """It has the methods of the protocol."""
        assert isinstance(sandbox, Sandbox)

    @pytest.mark.parametrize("where", sorted(_LEFT))
    def test_an_altair_chart_is_found(self, sandbox: Sandbox, where: str) -> None:
        """Wherever code leaves it."""
        run = sandbox.run(_ALTAIR + _LEFT[where])
        assert run.error is None
        assert run.library == "altair"
        assert run.spec is not None
        mark = run.spec["mark"]
        assert (mark["type"] if isinstance(mark, dict) else mark) == "bar"

    def test_a_chart_that_is_shown_goes_before_its_parts(self, sandbox: Sandbox) -> None:
        """The layered chart is the result, not the variable `chart` in it."""
        run = sandbox.run(_ALTAIR + "chart = base.mark_bar()\n(chart + base.mark_line()).show()")
        assert run.spec is not None
        assert len(run.spec["layer"]) == 2

    def test_a_specification_is_strict_json(self, sandbox: Sandbox) -> None:
        """NaN becomes null; dates become ISO text; NumPy numbers become numbers."""
        code = (
            "import altair as alt, numpy as np, datetime\n"
            "rows = [{'v': np.float64('nan'), 'n': np.int64(3), 'd': datetime.date(2020, 1, 2)}]\n"
            "chart = alt.Chart({'values': rows}).mark_point().encode(x='n:Q', y='v:Q')\n"
        )
        run = sandbox.run(code)
        assert run.error is None
        assert run.spec is not None
        data = run.spec["data"]
        rows = data["values"] if "values" in data else run.spec["datasets"][data["name"]]
        assert rows == [{"v": None, "n": 3, "d": "2020-01-02"}]

    def test_a_plotly_figure_is_found_with_its_arrays_written_out(self, sandbox: Sandbox) -> None:
        """No base64 is left in the figure."""
        code = (
            "import numpy as np, plotly.graph_objects as go\n"
            "figure = go.Figure(go.Bar(x=['a', 'b'], y=np.array([1.5, 2.5])))\n"
            "figure.show()\n"
        )
        run = sandbox.run(code)
        assert run.error is None
        assert run.library == "plotly"
        assert run.figure is not None
        assert run.figure["data"][0]["y"] == [1.5, 2.5]

    def test_a_matplotlib_figure_is_drawn_and_described(self, sandbox: Sandbox) -> None:
        """A PNG, and what is on its axes."""
        code = (
            "import matplotlib.pyplot as plt\n"
            "plt.bar(['a', 'b'], [1, 2], label='sales')\n"
            "plt.title('Sales')\nplt.xlabel('shop')\nplt.legend()\n"
        )
        run = sandbox.run(code)
        assert run.error is None
        assert run.library == "matplotlib"
        assert run.image is not None
        assert run.image.startswith(b"\x89PNG")
        assert run.figure is not None
        (axes,) = run.figure["axes"]
        assert (axes["title"], axes["xlabel"], axes["legend"]) == ("Sales", "shop", ["sales"])
        (bars,) = axes["artists"]
        assert (bars["type"], bars["height"]) == ("bars", [1, 2])

    @pytest.mark.parametrize(
        ("code", "kind", "line"),
        [
            ("x = 1\ny = (", "syntax", 2),
            ("x = 1\nx / 0", "execution", 2),
            ("x = {}\nx['a']", "execution", 2),
            ("import pandas as pd\ndf = pd.DataFrame({'a': [1]})\ndf['b']", "missing_field", 3),
            ("import pandas as pd\ndf = pd.DataFrame({'a': [1]})\ndf.b", "missing_field", 3),
            ("x = bytearray(10**13)", "memory", 1),
            ("x = 1", "no_chart", None),
            ("", "no_chart", None),
            ("raise SystemExit(3)", "execution", 1),
            ("class Mine(BaseException): pass\nraise Mine", "execution", 2),
        ],
    )
    def test_an_error_has_its_kind_and_line(
        self, sandbox: Sandbox, code: str, kind: str, line: int | None
    ) -> None:
        """The line is counted in the code that was given, and its text is quoted."""
        run = sandbox.run(code)
        assert not run.ok
        assert run.library == "none"
        assert run.error is not None
        assert (run.error.kind, run.error.line) == (kind, line)
        if line is not None:
            assert run.error.source_line == code.splitlines()[line - 1]

    def test_the_preset_runs_first_and_does_not_count_as_lines(self, sandbox: Sandbox) -> None:
        """Code sees what the preset defined."""
        assert sandbox.run("base.mark_bar()", preset=_ALTAIR).ok
        run = sandbox.run("y = x\ny / 0", preset="x = 1\n" * 20)
        assert run.error is not None
        assert run.error.line == 2

    def test_an_endless_loop_is_stopped(self, sandbox: Sandbox) -> None:
        """After `code_seconds`."""
        run = sandbox.run("while True: pass", limits=Limits(code_seconds=1.0))
        assert run.error is not None
        assert run.error.kind == "timeout"

    def test_output_is_cut_at_its_limit(self, sandbox: Sandbox) -> None:
        """The chart is still there."""
        code = _ALTAIR + "print('y' * 5000)\nbase.mark_bar()"
        run = sandbox.run(code, limits=Limits(code_output=100))
        assert run.ok
        assert run.stdout == "y" * 100

    def test_a_flood_of_output_ends_the_code(self, sandbox: Sandbox) -> None:
        """Long before it fills the memory."""
        run = sandbox.run("while True: print('y' * 1000)", limits=Limits(code_output=100))
        assert run.error is not None
        assert run.error.kind == "output"
        assert len(run.stdout) <= 100

    def test_a_specification_over_its_limit_is_an_output_error(self, sandbox: Sandbox) -> None:
        """The message says how large it is."""
        code = _ALTAIR + "alt.Chart(pd.DataFrame({'a': range(9999)})).mark_bar()"
        run = sandbox.run(code, limits=Limits(spec_bytes=1000))
        assert run.error is not None
        assert run.error.kind == "output"
        assert "1,000" in run.error.message

    def test_inputs_are_read_by_their_relative_path(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Bytes and files alike."""
        (tmp_path / "real.csv").write_text("a,b\nx,1\ny,2\n")
        code = (
            "import altair as alt, pandas as pd\n"
            "df = pd.concat([pd.read_csv('data/one.csv'), pd.read_csv('two.csv')])\n"
            "chart = alt.Chart(df).mark_bar()\nprint(len(df))\n"
        )
        inputs: dict[str, Path | bytes] = {
            "data/one.csv": tmp_path / "real.csv",
            "two.csv": b"a,b\nz,3\n",
        }
        run = sandbox.run(code, inputs)
        assert run.error is None
        assert run.stdout == "3\n"

    def test_files_that_code_writes_come_back(self, sandbox: Sandbox) -> None:
        """Inputs do not."""
        code = _ALTAIR + "open('note.txt', 'w').write(open('in.txt').read())\nbase.mark_bar()"
        assert sandbox.run(code, {"in.txt": b"hello"}).files == {"note.txt": b"hello"}

    def test_each_job_starts_from_nothing(self, sandbox: Sandbox) -> None:
        """Neither files nor changed modules reach the next job."""
        first = (
            "import json, pandas\nopen('left.txt', 'w').write('x')\n"
            "json.dumps = None\npandas.DataFrame = None\nleft = 1\n"
        )
        sandbox.run(first)
        second = _ALTAIR + "import os, json\nprint(os.listdir(), json.dumps('a'))\nbase.mark_bar()"
        run = sandbox.run(second)
        assert run.error is None
        assert run.stdout == '[] "a"\n'
        run = sandbox.run("left")
        assert run.error is not None
        assert "NameError" in run.error.message

    def test_the_same_code_gives_the_same_chart(self, sandbox: Sandbox) -> None:
        """Random numbers and hashes included."""
        code = (
            "import altair as alt, numpy as np, random\n"
            "rows = [{'a': np.random.rand(), 'b': random.random(), 'c': hash('c')}]\n"
            "chart = alt.Chart({'values': rows}).mark_point()\n"
        )
        assert sandbox.run(code).spec == sandbox.run(code).spec

    def test_threads_may_run_jobs_at_once(self, sandbox: Sandbox) -> None:
        """Each gets its own answer."""

        def work(number: int) -> Run:
            return sandbox.run(_ALTAIR + f"print({number})\nbase.mark_bar()")

        with ThreadPoolExecutor(4) as threads:
            runs = list(threads.map(work, range(8)))
        assert [run.error for run in runs] == [None] * 8
        assert [run.stdout for run in runs] == [f"{number}\n" for number in range(8)]

    def test_time_and_memory_are_measured(self, sandbox: Sandbox) -> None:
        """Both are more than nothing."""
        run = sandbox.run(_ALTAIR + "base.mark_bar()")
        assert run.seconds > 0
        assert run.peak_memory > 1_000_000

    def test_closing_twice_is_allowed(self) -> None:
        """Closing gives back what the sandbox holds."""
        made = self.make_sandbox()
        made.close()
        made.close()
