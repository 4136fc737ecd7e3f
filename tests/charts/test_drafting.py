"""From code to a drafted chart: what runs, what is delivered, what is said when it fails."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from multivis.charts.draft import Draft, draft, draft_chart, render_chart
from multivis.charts.provenance import code_hash, read_provenance
from multivis.errors import RenderError
from multivis.protocols import Run, RunError
from multivis.state import Chart, Failure, FailureKind, QueryResult, Request
from multivis.tool import Dependencies

TOTALS = "SELECT item, SUM(price) AS total FROM sale GROUP BY item"
BAR = "chart = alt.Chart(df).mark_bar().encode(x='item:N', y='total:Q')\n"
MakeQuery = Callable[[Dependencies, str], QueryResult]


def ask(backend: str = "altair", **more: Any) -> Request:
    return Request(question="Total by item?", data="shop.sqlite", backend=backend, **more)


@pytest.fixture()
def run(dependencies: Dependencies, query: MakeQuery) -> Callable[..., Draft]:
    def run_code(
        code: str, sql: str | None = TOTALS, backend: str = "altair", **more: Any
    ) -> Draft:
        result = query(dependencies, sql) if sql else None
        return draft(code, query=result, request=ask(backend, **more), dependencies=dependencies)

    return run_code


def failure_of(result: Draft) -> Failure:
    assert result.chart is None
    assert result.failure is not None
    return result.failure


# ── what comes out ──────────────────────────────────────────────────────────────────────────


def test_code_becomes_a_chart_with_a_specification_in_the_store(
    dependencies: Dependencies, query: MakeQuery
) -> None:
    chart = draft_chart(
        BAR,
        query=query(dependencies, TOTALS),
        request=ask(),
        dependencies=dependencies,
        handoff="sorted by name",
    )
    assert isinstance(chart, Chart)
    assert chart.spec is not None
    spec = json.loads(dependencies.store.get(chart.spec))
    (rows,) = spec["datasets"].values()
    assert {row["item"] for row in rows} == {"tea", "cocoa", "coffee"}
    assert chart.code == BAR
    assert chart.handoff == "sorted by name"
    assert chart.image is None


def test_provenance_names_question_sql_data_code_and_versions(
    dependencies: Dependencies, query: MakeQuery
) -> None:
    result = query(dependencies, TOTALS)
    chart = draft_chart(BAR, query=result, request=ask(), dependencies=dependencies)
    assert isinstance(chart, Chart)
    provenance = chart.provenance
    assert provenance.question == "Total by item?"
    assert provenance.sql == result.sql
    assert provenance.data_sha256 == result.rows.sha256
    assert provenance.code_sha256 == code_hash(BAR)
    assert provenance.source == dependencies.source.address
    assert {"multivis", "altair", "vega-lite"} <= set(provenance.versions)
    assert all(version != "unknown" for version in provenance.versions.values())


def test_the_picture_is_drawn_on_demand_and_says_where_it_comes_from(
    dependencies: Dependencies, run: Callable[..., Draft]
) -> None:
    from PIL import Image

    chart = run(BAR).chart
    assert chart is not None
    drawn = render_chart(chart, dependencies)
    assert drawn.image is not None
    png = dependencies.store.get(drawn.image)
    Image.open(io.BytesIO(png)).load()
    found = read_provenance(png)
    assert found is not None
    assert found["question"] == "Total by item?"


def test_a_chart_without_specification_cannot_be_drawn(
    dependencies: Dependencies, run: Callable[..., Draft]
) -> None:
    chart = run(BAR).chart
    assert chart is not None
    with pytest.raises(RenderError, match="no specification"):
        render_chart(chart.model_copy(update={"spec": None}), dependencies)


def test_fences_around_code_are_taken_off(run: Callable[..., Draft]) -> None:
    result = run(f"Here is the chart:\n```python\n{BAR}```\n")
    assert result.chart is not None
    assert result.chart.code.strip() == BAR.strip()


def test_the_same_code_gives_the_same_specification(run: Callable[..., Draft]) -> None:
    first, second = run(BAR).chart, run(BAR).chart
    assert first is not None
    assert first == second


# ── the script ──────────────────────────────────────────────────────────────────────────────

CODES = {
    "altair": (BAR, "chart.json"),
    "altair, bare expression": (BAR.removeprefix("chart = "), "chart.json"),
    "plotly": ("fig = px.bar(df, x='item', y='total', title='Sales')", "chart.json"),
    "matplotlib": ("fig, ax = plt.subplots()\nax.bar(df['item'], df['total'])", "chart.png"),
    "matplotlib, pyplot": ("plt.plot(df['total'])", "chart.png"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CODES)
def test_the_script_runs_by_itself_and_draws_the_same_chart(
    name: str, run: Callable[..., Draft], tmp_path: Path
) -> None:
    code, written = CODES[name]
    backend = name.partition(",")[0]
    result = run(code, backend=backend)
    assert result.chart is not None
    script = tmp_path / "chart.py"
    script.write_text(result.chart.script)
    subprocess.run([sys.executable, script.name], cwd=tmp_path, check=True, timeout=120)
    if backend == "matplotlib":
        assert (tmp_path / written).read_bytes().startswith(b"\x89PNG")
        return
    spec = json.loads((tmp_path / written).read_text())
    if backend == "plotly":
        import plotly.io

        spec = json.loads(plotly.io.from_json(json.dumps(spec)).to_json())
        drafted = json.loads(plotly.io.from_json(json.dumps(result.spec)).to_json())
        assert _decoded(spec["data"]) == _decoded(drafted["data"])
        assert spec["layout"] == drafted["layout"]
    else:
        assert spec == result.spec


def _decoded(value: Any) -> Any:
    """Plotly's typed arrays as lists."""
    import base64

    import numpy as np

    if isinstance(value, dict) and set(value) >= {"dtype", "bdata"}:
        return np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"]).tolist()
    if isinstance(value, dict):
        return {key: _decoded(item) for key, item in value.items()}
    return [_decoded(item) for item in value] if isinstance(value, list) else value


def test_dates_reach_the_script_and_the_sandbox_alike(
    run: Callable[..., Draft], tmp_path: Path
) -> None:
    code = "chart = alt.Chart(df).mark_line().encode(x='day:T', y='price:Q')"
    result = run(code, sql="SELECT day, price FROM sale ORDER BY day LIMIT 5")
    assert result.chart is not None
    (tmp_path / "chart.py").write_text(result.chart.script)
    subprocess.run([sys.executable, "chart.py"], cwd=tmp_path, check=True, timeout=120)
    assert json.loads((tmp_path / "chart.json").read_text()) == result.spec


def test_imports_stand_together_on_top_of_the_script(run: Callable[..., Draft]) -> None:
    result = run("import altair as alt\n" + BAR)
    assert result.chart is not None
    lines = result.chart.script.splitlines()
    assert lines.count("import pandas as pd") == 1
    assert lines.count("import altair as alt") == 1
    assert lines[0] == "import sqlite3"


# ── failures ────────────────────────────────────────────────────────────────────────────────


def test_code_that_does_not_parse_names_its_line(run: Callable[..., Draft]) -> None:
    failure = failure_of(run("a = 1\nchart = alt.Chart(df\n"))
    assert failure.kind is FailureKind.SYNTAX
    assert failure.detail["line"] == 2
    assert "alt.Chart(df" in failure.detail["source_line"]


def test_a_missing_column_lists_the_real_ones(run: Callable[..., Draft]) -> None:
    failure = failure_of(run("a = 1\nb = df['totl']\nchart = alt.Chart(df).mark_bar()"))
    assert failure.kind is FailureKind.MISSING_FIELD
    assert failure.detail["available"] == ["item", "total"]
    assert failure.detail["line"] == 2
    assert "'item', 'total'" in failure.message


def test_an_exception_names_line_and_source(run: Callable[..., Draft]) -> None:
    failure = failure_of(run("x = 1\ny = x / 0\n" + BAR))
    assert failure.kind is FailureKind.EXECUTION
    assert failure.detail["line"] == 2
    assert failure.detail["source_line"] == "y = x / 0"
    assert "ZeroDivisionError" in failure.message


def test_code_that_leaves_no_chart_is_a_failure(run: Callable[..., Draft]) -> None:
    assert failure_of(run("total = df['total'].sum()")).kind is FailureKind.NO_CHART


def test_code_that_never_ends_is_stopped(
    make_dependencies: Callable[..., Dependencies], query: MakeQuery
) -> None:
    dependencies = make_dependencies(limits={"code_seconds": 1.0})
    result = draft(
        "while True:\n    pass\nchart = alt.Chart(df)",
        query=query(dependencies, TOTALS),
        request=ask(),
        dependencies=dependencies,
    )
    assert failure_of(result).kind is FailureKind.TIMEOUT


def test_code_without_a_query_needs_one(run: Callable[..., Draft]) -> None:
    failure = failure_of(run(BAR, sql=None))
    assert failure.kind is FailureKind.PREREQUISITE
    assert failure.detail["missing"] == ["query"]


@pytest.mark.parametrize(
    "code",
    [
        "df = pd.DataFrame({'item': ['a'], 'total': [1]})\n" + BAR,
        "df = pd.read_csv('x.csv')\n" + BAR,
        "import sqlite3\ndf = pd.read_sql('SELECT 1', sqlite3.connect('x.db'))\n" + BAR,
    ],
)
def test_code_may_not_bring_its_own_data(code: str, run: Callable[..., Draft]) -> None:
    failure = failure_of(run(code))
    assert failure.kind is FailureKind.REFUSED
    assert "`df`" in failure.message


def test_a_chart_of_another_library_than_asked_for_is_refused(run: Callable[..., Draft]) -> None:
    failure = failure_of(run("import plotly.express as px\nfig = px.bar(df, x='item', y='total')"))
    assert failure.kind is FailureKind.NO_CHART
    assert "plotly" in failure.message
    assert "altair" in failure.message


def test_a_chart_that_loads_data_from_an_address_is_refused(run: Callable[..., Draft]) -> None:
    data = "{'url': 'https://example.org/x.csv'}"
    code = f"n = len(df)\nchart = alt.Chart.from_dict({{'data': {data}, 'mark': 'bar'}})"
    failure = failure_of(run(code))
    assert failure.kind is FailureKind.REFUSED
    assert "https://example.org/x.csv" in failure.message


def test_a_link_that_runs_a_script_is_left_out_with_a_note(run: Callable[..., Draft]) -> None:
    result = run(BAR.replace("mark_bar()", "mark_bar(href='javascript:alert(1)')"))
    assert result.chart is not None
    assert "javascript" not in json.dumps(result.spec)
    assert result.notes[0].kind == "left_out"


def test_a_broken_sandbox_is_an_internal_failure(
    dependencies: Dependencies, query: MakeQuery
) -> None:
    from dataclasses import replace

    class Broken:
        def run(self, *_: Any, **__: Any) -> Run:
            return Run(error=RunError("worker", "The worker died."))

        def close(self) -> None:
            pass

    failure = failure_of(
        draft(
            BAR,
            query=query(dependencies, TOTALS),
            request=ask(),
            dependencies=replace(dependencies, sandbox=Broken()),
        )
    )
    assert failure.kind is FailureKind.INTERNAL
    assert "worker died" in failure.message


# ── scripts with their own data (scenario D) ────────────────────────────────────────────────

OWN = """import sqlite3
import pandas as pd
import altair as alt

conn = sqlite3.connect({path!r})
df = pd.read_sql_query("SELECT item, SUM(price) AS total FROM sale GROUP BY item", conn)
conn.close()

alt.Chart(df).mark_bar().encode(x='item', y='total')
"""


@pytest.mark.parametrize(
    "path",
    [
        "database/shop.sqlite",
        "shop.sqlite",
        "./shop.sqlite",
        "/home/someone/data/shop.sqlite",
        "C:\\data\\shop.sqlite",
        "../data/shop.sqlite",
        "~/shop.sqlite",
        "other_name.db",
        "file:shop.sqlite?mode=ro",
    ],
)
def test_a_users_script_finds_the_source_under_its_own_path(
    path: str, run: Callable[..., Draft]
) -> None:
    script = OWN.format(path=path)
    if path.startswith("file:"):
        script = script.replace("?mode=ro'", "?mode=ro', uri=True")
    result = run(script, sql=None, existing=script)
    assert result.failure is None
    assert result.chart is not None
    assert result.chart.script == script
    assert result.chart.provenance.sql is None
    (rows,) = result.spec["datasets"].values()
    assert len(rows) == 3


def test_replacing_a_path_keeps_the_numbers_of_lines(run: Callable[..., Draft]) -> None:
    script = OWN.format(path="/home/someone/shop.sqlite") + "1 / 0\n"
    failure = failure_of(run(script, sql=None, existing=script))
    assert failure.detail["line"] == 10


def test_a_script_that_wants_an_unknown_file_is_told_so(run: Callable[..., Draft]) -> None:
    script = "import pandas as pd\nimport altair as alt\ndf = pd.read_csv('other.csv')\n" + BAR
    failure = failure_of(run(script, sql=None, existing=script))
    assert failure.detail["unknown_files"] == ["other.csv"]


def test_a_users_script_may_use_another_library(run: Callable[..., Draft]) -> None:
    script = OWN.format(path="shop.sqlite").replace("import altair as alt\n", "")
    script = script.replace(
        "alt.Chart(df).mark_bar().encode(x='item', y='total')",
        "import matplotlib.pyplot as plt\nplt.bar(df['item'], df['total'])\nplt.show()",
    )
    result = run(script, sql=None, existing=script)
    assert result.chart is not None
    assert result.chart.backend == "matplotlib"
    assert result.chart.script == script


def test_a_users_script_gets_the_imports_it_forgot(run: Callable[..., Draft]) -> None:
    script = OWN.format(path="shop.sqlite").replace("import altair as alt\n", "")
    result = run(script, sql=None, existing=script)
    assert result.chart is not None
    assert result.chart.script == "import altair as alt\n" + script
