"""TE-2: the same code always runs the same way."""

from __future__ import annotations

import pytest

from multivis.rules import code_environment, with_chart_variable

ENVIRONMENT = "import altair as alt\nimport pandas as pd\n"
CHART = "chart = alt.Chart(df).mark_bar().encode(x='a', y='b')\n"


def standard(code, backend="altair"):
    return code_environment(code, backend, environment=ENVIRONMENT).value


def test_te2_stays_silent_on_code_that_parses_and_leaves_every_byte():
    code = "# über\r\nimport altair as alt\r\nif x:\r\n\ty = 1  \r\n"
    ruling = code_environment(code, "altair", environment=ENVIRONMENT)
    assert not ruling.fired
    assert ruling.value.code == code
    assert ruling.value.preset == ENVIRONMENT


@pytest.mark.parametrize(
    "wrapped",
    [
        f"```python\n{CHART}```",
        f"```\n{CHART}```\n",
        f"Here is the chart:\n\n```py\n{CHART}```\nIt shows a by b.",
        f"```python\n{CHART}",
        f"~~~python\n{CHART}~~~",
        f"Sure, this is what you want\n\n{CHART}\nThis draws one bar for each value",
        f"\ufeff{CHART}",
        f"    {CHART}",
        f"%matplotlib inline\n!pip install altair\n{CHART}",
        CHART.replace("'a'", "“a”").replace("'b'", "“b”"),
        f"  ```python\n{CHART}  ```",
    ],
)
def test_te2_fires_and_takes_off_what_stands_around_the_code(wrapped):
    ruling = code_environment(wrapped, "altair", environment=ENVIRONMENT)
    assert ruling.fired
    assert ruling.value.syntax_error is None
    assert "alt.Chart(df).mark_bar()" in ruling.value.code
    assert "```" not in ruling.value.code
    assert ruling.value.chart_variable == "chart"


def test_several_blocks_are_joined_when_they_make_one_program():
    code = f"First\n```python\nimport altair as alt\n```\nthen\n```python\n{CHART}```\n"
    assert standard(code).code == f"import altair as alt\n\n{CHART}"


def test_blocks_of_another_language_are_left_out():
    code = f"```bash\npip install altair\n```\n```python\n{CHART}```\n"
    assert standard(code).code == CHART


def test_a_syntax_error_gives_line_and_text():
    ruling = code_environment("x = 1\ny = (2\nz = 3 3\n", "altair", environment=ENVIRONMENT)
    assert ruling.fired
    assert ruling.value.syntax_error.startswith("line 2:")
    assert "y = (2" in ruling.value.syntax_error


def test_code_with_a_real_mistake_is_not_shortened_until_it_parses():
    code = CHART + "chart.save(\n"
    assert standard(code).syntax_error is not None
    assert "chart.save(" in standard(code).code


@pytest.mark.parametrize("code", ["(" * 5000, "x" * 100 + "\x00", "\ud800", "", "\n\n"])
def test_odd_text_is_answered_and_not_a_crash(code):
    assert isinstance(standard(code).code, str)


@pytest.mark.parametrize(
    ("code", "literals"),
    [
        (
            "import sqlite3, pandas as pd\nq = 'SELECT a FROM t'\nc = sqlite3.connect('x.db')\n"
            "df = pd.read_sql_query(q, c)\n" + CHART,
            ("x.db", "SELECT a FROM t"),
        ),
        ("import pandas as p\ndf = p.read_csv('a.csv')\n" + CHART, ("a.csv",)),
        ("from sqlalchemy import create_engine\ne = create_engine('sqlite:///a.db')\n", None),
        ("import duckdb\ndf = duckdb.sql('SELECT 1 AS a').df()\n" + CHART, ("SELECT 1 AS a",)),
        ("from vega_datasets import data\nc = alt.Chart(data.cars.url).mark_bar()\n", ()),
        ("from vega_datasets import data\ndf = data.cars()\n" + CHART, ()),
        ("c = alt.Chart('https://example.org/cars.json').mark_point()\n", ()),
        ("df = pd.DataFrame({'a': [1], 'b': [2]})\n" + CHART, ()),
        (
            "rows = [dict(a=i, b=i) for i in range(3)]\n"
            "c = alt.Chart(pd.DataFrame(rows)).mark_bar()\n",
            (),
        ),
    ],
)
def test_code_that_brings_its_own_data_is_seen(code, literals):
    result = standard(code)
    assert result.loads_data
    if literals is not None:
        assert result.data_literals == literals


@pytest.mark.parametrize(
    "code",
    [
        CHART,
        "df = df[df.a > 1]\n" + CHART,
        "rule = alt.Chart(pd.DataFrame({'y': [0]})).mark_rule().encode(y='y')\n" + CHART,
        "def draw():\n    return alt.Chart(df).mark_bar()\nchart = draw()\n",
        "x = 1\n",
    ],
)
def test_code_that_draws_from_the_given_frame_loads_nothing(code):
    assert not standard(code).loads_data


@pytest.mark.parametrize(
    ("code", "variable"),
    [
        (CHART, "chart"),
        ("a = alt.Chart(df).mark_bar()\nb = a + a\n", "b"),
        ("a = alt.Chart(df).mark_bar()\nfinal = a.properties(title='x')\nfinal\n", "final"),
        ("a = alt.Chart(df).mark_bar()\nb = alt.layer(a)\na\n", "a"),
        ("alt.Chart(df).mark_bar()\n", None),
        (
            "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nbar = fig.colorbar(ax)\n",
            "fig",
        ),
        ("fig = px.bar(df)\nfig.update_layout(title='x')\nfig.show()\n", "fig"),
        ("chart = make()\n", "chart"),
        ("if True:\n    c = alt.Chart(df).mark_bar()\n", "c"),
        ("x = 1\n", None),
    ],
)
def test_the_chart_variable_is_the_one_that_holds_the_chart_in_the_end(code, variable):
    assert standard(code).chart_variable == variable


@pytest.mark.parametrize(
    ("code", "library"),
    [
        ("import plotly.express as px\nfig = px.bar(df)\n", "plotly"),
        ("from matplotlib import pyplot as plt\nplt.bar([1], [2])\n", "matplotlib"),
        ("import seaborn as sns\nsns.barplot(df)\n", "matplotlib"),
        ("x = 1\n", "altair"),
    ],
)
def test_the_library_is_the_one_that_draws(code, library):
    assert standard(code).library == library


def test_a_bare_final_expression_can_be_given_a_name():
    code = "import altair as alt\n(alt.Chart(df)\n .mark_bar())\n"
    assert with_chart_variable(code).splitlines()[1] == "chart = (alt.Chart(df)"


@pytest.mark.parametrize("code", [CHART, "chart\n", "", "x = (", "'only a text'\n"])
def test_code_that_needs_no_name_is_left_alone(code):
    assert with_chart_variable(code) == code
