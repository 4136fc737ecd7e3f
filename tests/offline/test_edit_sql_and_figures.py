"""Refining SQL literals, Matplotlib and Plotly scripts; what needs other data; any instruction."""

from __future__ import annotations

import ast
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.charts.reference import read_code
from multivis.errors import CodeError
from multivis.offline.edit import edit_code, instruction_needs_data
from multivis.offline.edit_clauses import is_vague, split_instruction
from multivis.offline.edit_colours import colours_in
from multivis.offline.edit_script import Script, quoted
from multivis.offline.edit_sql import add_column, add_condition, set_limit

SQL_SCRIPT = """import sqlite3
import pandas as pd
import altair as alt
conn = sqlite3.connect('shop.sqlite')
query = '''
SELECT
    name AS Name,   -- keep me
    SUM(amount) AS Total
FROM sales
GROUP BY name
ORDER BY name
'''
df = pd.read_sql_query(query, conn)
conn.close()
chart = alt.Chart(df).mark_bar().encode(x='Name:N', y='Total:Q')
chart
"""

PLAIN = SQL_SCRIPT.replace("SUM(amount) AS Total", "amount AS Total").replace(
    "GROUP BY name\nORDER BY name\n", "WHERE amount > 1 OR name = 'x'\n"
)

PLOT = """import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.bar(['a', 'b'], [1, 2])
ax.set_title('Old')
plt.show()
"""

EXPRESS = """import plotly.express as px
fig = px.bar(x=['a', 'b'], y=[1, 2], title='Old')
fig.show()
"""


def test_the_top_n_is_a_limit_in_the_sql_and_the_layout_stays() -> None:
    result = edit_code(SQL_SCRIPT, "Only show the top 5 names")
    assert "GROUP BY name\nORDER BY Total DESC\nLIMIT 5\n'''" in result.code
    assert "-- keep me" in result.code


def test_a_limit_that_is_there_changes() -> None:
    script = Script(SQL_SCRIPT.replace("ORDER BY name\n", "ORDER BY Total DESC\nLIMIT 9;\n"))
    assert script.apply(set_limit(script, 3))
    assert "ORDER BY Total DESC\nLIMIT 3;" in script.text


def test_a_condition_joins_those_that_are_there() -> None:
    script = Script(PLAIN)
    assert script.apply(add_condition(script, "amount < 9"))
    assert "WHERE (amount > 1 OR name = 'x') AND amount < 9" in script.text


def test_a_column_is_added_only_to_a_query_without_groups() -> None:
    script = Script(PLAIN)
    assert script.apply(add_column(script, "city"))
    assert "    amount AS Total,\n    city\nFROM" in script.text
    grouped = Script(SQL_SCRIPT)
    assert add_column(grouped, "city") is None


def test_sql_that_cannot_be_edited_safely_is_left() -> None:
    union = Script(SQL_SCRIPT.replace("ORDER BY name\n", "UNION SELECT 1, 2\n"))
    assert set_limit(union, 3) is None
    broken = Script(SQL_SCRIPT.replace("FROM sales", "FROM FROM ("))
    assert set_limit(broken, 3) is None


def test_the_edited_sql_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    connection = sqlite3.connect("shop.sqlite")
    connection.execute("CREATE TABLE sales (name TEXT, amount REAL)")
    rows = [(letter, number) for number, letter in enumerate("abcdefgh")]
    connection.executemany("INSERT INTO sales VALUES (?, ?)", rows)
    connection.commit()
    connection.close()
    names: dict[str, Any] = {}
    exec(edit_code(SQL_SCRIPT, "Only show the top 3 names").code, names)
    assert list(names["df"]["Name"]) == ["h", "g", "f"]


@pytest.mark.parametrize(
    ("wish", "line"),
    [
        ('Change the title to "New"', "ax.set_title('New')"),
        ('Label the x-axis "Letter"', "ax.set_xlabel('Letter')"),
        ("Make the bars green", "ax.bar(['a', 'b'], [1, 2], color='green')"),
        ("Add gridlines", "ax.grid(True, alpha=0.3)"),
        ("Use a log scale on the y-axis", "ax.set_yscale('log')"),
        ("Make the figure wider", "fig, ax = plt.subplots(figsize=(9.6, 4.8))"),
        ("Make the bars semi-transparent", "ax.bar(['a', 'b'], [1, 2], alpha=0.5)"),
    ],
)
def test_matplotlib_scripts_are_edited_in_place(wish: str, line: str) -> None:
    result = edit_code(PLOT, wish)
    assert line in result.code.splitlines() and result.left_out == ()
    kept = [one for one in PLOT.splitlines() if one in result.code.splitlines()]
    assert len(kept) >= len(PLOT.splitlines()) - 1


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ('Change the title to "New"', "title='New'"),
        ("Make the bars green", "color_discrete_sequence=['green']"),
        ("Hide the legend", "fig.update_layout(showlegend=False)"),
        ('Label the y-axis "Count"', "fig.update_layout(yaxis_title='Count')"),
    ],
)
def test_plotly_scripts_are_edited_in_place(wish: str, text: str) -> None:
    assert text in edit_code(EXPRESS, wish).code


SCHEMA = 'TABLE "sales" (10 rows)\n  "name" TEXT, nominal\n  "discount" REAL, quantitative\n'


@pytest.mark.parametrize(
    ("wish", "needed"),
    [
        ("Make the bars red and rotate the labels", False),
        ("Sort by total", False),
        ("Show the discount as a second bar", True),
        ("Use a different table", True),
        ("Add a title", False),
    ],
)
def test_only_other_data_needs_data(wish: str, needed: bool) -> None:
    facts = read_code(SQL_SCRIPT)
    assert instruction_needs_data(wish, facts, ("Name", "Total"), SCHEMA) is needed


def test_quotes_and_lists_are_never_cut() -> None:
    clauses = split_instruction(
        'Add a title "A, and make B." and could you add tooltips that show the date, order '
        "status, and total?"
    )
    assert [clause.quotes for clause in clauses] == [("A, and make B",), ()]
    assert clauses[1].low.endswith("date, order status, and total?")


def test_an_opening_without_a_wish_is_known() -> None:
    (clause,) = split_instruction("Can you make this chart easier to read?")
    assert is_vague(clause)
    (clause,) = split_instruction("Can you make the bars red?")
    assert not is_vague(clause)


@pytest.mark.parametrize(
    ("text", "new", "old"),
    [
        ("use red and blue colors", ("red", "steelblue"), ()),
        ("use orange instead of dark blue", ("orange",), ("blue",)),
        ("change from dark blue to teal", ("teal",), ("blue",)),
        ("change the red bars to a darker blue", ("darkblue",), ("red",)),
        (
            "use blue instead of the pink-yellow-green one",
            ("steelblue",),
            ("pink", "yellow", "green"),
        ),
        ("a blue gradient where darker blue means higher", ("steelblue",), ()),
        ("use blues instead of red while keeping the green", ("steelblue",), ("red",)),
    ],
)
def test_wanted_and_unwanted_colours_are_told_apart(
    text: str, new: tuple[str, ...], old: tuple[str, ...]
) -> None:
    found = colours_in(text)
    assert (found.new, found.old) == (new, old)


NUMBERED = """import altair as alt
import pandas as pd
df = pd.DataFrame({'month': [1, 2], 'seconds': [61, 125]})
chart = alt.Chart(df).mark_bar().encode(x='month:O', y='seconds:Q')
"""


def test_months_get_their_names_and_seconds_become_minutes() -> None:
    result = edit_code(
        NUMBERED, "Show month names instead of numbers. Show the times as minutes and seconds."
    )
    assert "labelExpr='monthAbbrevFormat(toNumber(datum.value) - 1)'" in result.code
    assert "% 60, '02d')" in result.code and result.left_out == ()


TABLE = (
    'TABLE "sales" (10 rows)\n  "name" TEXT, nominal, 2 distinct, values "x", "y"\n'
    '  "amount" REAL, quantitative\n  "city" TEXT, nominal\n'
)
POINTS = """import sqlite3
import altair as alt
import pandas as pd
df = pd.read_sql_query('SELECT name, amount FROM sales', sqlite3.connect('s.sqlite'))
chart = alt.Chart(df).mark_point().encode(x='name:N', y='amount:Q')
"""


def test_a_tooltip_may_name_a_column_that_is_not_selected_yet() -> None:
    result = edit_code(POINTS, "Add the city to the tooltip", schema_text=TABLE)
    assert "SELECT name, amount, city FROM sales" in result.code and "'city'" in result.code


def test_a_grouped_query_gets_no_column_for_a_tooltip() -> None:
    grouped = POINTS.replace("amount FROM sales", "SUM(amount) AS amount FROM sales GROUP BY name")
    result = edit_code(grouped, "Add the city to the tooltip", schema_text=TABLE)
    assert "city" not in result.code


def test_code_that_does_not_parse_is_a_clear_error() -> None:
    with pytest.raises(CodeError):
        edit_code("chart = (", "Make it red")


@given(st.text(max_size=60))
def test_any_title_is_written_as_a_literal_that_reads_back(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text


PHRASES = [
    "make the bars red", "add tooltips", "sort from highest to lowest", 'title "X \\ \' y"',
    "flip it", "zoom", "rotate the labels", "log scale", "top 5", "use blue and green",
    "add an average line", "values on the bars", "by name", "remove the legend", "bigger", ",",
    ". ", " and ", " instead of ", "?", "\n", "“ä€”", "click on the legend", "dropdown", "100%",
    "side by side", "line chart", "above 3", "only", "x-axis", "shades of red", "dashed",
]  # fmt: skip


@given(st.lists(st.sampled_from(PHRASES), max_size=10).map(" ".join) | st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_whatever_is_asked_the_script_still_parses_and_draws(wish: str) -> None:
    for code in (SQL_SCRIPT, PLOT, EXPRESS):
        result = edit_code(code, wish)
        ast.parse(result.code)
        assert read_code(result.code).marks
        assert result.changed == (result.code != code)


@pytest.mark.data
@pytest.mark.slow
def test_every_refinement_of_the_benchmark_still_runs(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json
    import warnings

    import altair as alt

    (tmp_path / "database").symlink_to(shared_data / "databases")
    monkeypatch.chdir(tmp_path)
    for kind in ("Chart", "LayerChart", "HConcatChart", "VConcatChart", "ConcatChart"):
        monkeypatch.setattr(getattr(alt, kind), "show", lambda self, *a, **k: None)
    bench = shared_data / "multivis_bench"
    failures = []
    for case in json.loads((bench / "D.json").read_text()):
        code = (bench / case["original_code_path"]).read_text()
        result = edit_code(code, case["NLQ"])
        assert result.changed, case["id"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                names: dict[str, Any] = {}
                tree = ast.parse(result.code)
                last = tree.body[-1]
                if isinstance(last, ast.Expr):  # a bare chart at the end gets a name
                    made = ast.Assign([ast.Name("_last", ast.Store())], last.value)
                    tree.body[-1] = ast.fix_missing_locations(ast.copy_location(made, last))
                exec(compile(tree, case["id"], "exec"), names)
                charts = [v for v in names.values() if isinstance(v, alt.TopLevelMixin)]
                charts[-1].to_dict()
            except Exception as error:  # every failure is told with its case
                failures.append((case["id"], repr(error)[:200]))
    assert failures == []
