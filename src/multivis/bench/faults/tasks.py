"""What is asked in the runs: tasks of our own on a small shop, or cases of a benchmark file."""

from __future__ import annotations

import ast
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from multivis.errors import OptionError, SourceNotFoundError

__all__ = ["Task", "case_tasks", "own_tasks", "split_gold"]


@dataclass(frozen=True)
class Task:
    """One question with the answers that a perfect model would give.

    Attributes:
        name: What the report calls it.
        question: What is asked.
        data: The database.
        sql: The gold statement.
        code: The gold chart code, on the frame ``df``.
        backend: The chart library.
        existing: Code to refine (scenario D), or None.
    """

    name: str
    question: str
    data: Path
    sql: str
    code: str
    backend: str = "altair"
    existing: str | None = None


_BAR = """\
import altair as alt

chart = alt.Chart(df).mark_bar().encode(
    x=alt.X("region:N", sort="-y").title("Region"), y=alt.Y("total:Q").title("Total")
)
"""
_LINE = """\
import altair as alt

chart = alt.Chart(df).mark_line(point=True).encode(
    x=alt.X("month:O").title("Month"), y=alt.Y("total:Q").title("Total")
)
"""
_STACKED = """\
import altair as alt

chart = alt.Chart(df).mark_bar().encode(
    x=alt.X("region:N").title("Region"),
    y=alt.Y("total:Q").title("Total"),
    color=alt.Color("product:N").title("Product"),
)
"""
_SCATTER = """\
import altair as alt

chart = alt.Chart(df).mark_point().encode(
    x=alt.X("quantity:Q").title("Quantity"), y=alt.Y("amount:Q").title("Amount")
)
"""
_HEAT = """\
import altair as alt

chart = alt.Chart(df).mark_rect().encode(
    x=alt.X("month:O").title("Month"),
    y=alt.Y("region:N").title("Region"),
    color=alt.Color("total:Q").title("Total"),
)
"""
_MATPLOTLIB = """\
import matplotlib.pyplot as plt

figure, axes = plt.subplots()
axes.bar(df["region"], df["total"])
axes.set_xlabel("Region")
axes.set_ylabel("Total")
chart = figure
"""
_PLOTLY = """\
import plotly.express as px

chart = px.bar(df, x="region", y="total", labels={"region": "Region", "total": "Total"})
"""
_BY_REGION = (
    "SELECT region, SUM(amount) AS total FROM sales GROUP BY region ORDER BY total DESC, region"
)
_BY_MONTH = "SELECT month, SUM(amount) AS total FROM sales GROUP BY month ORDER BY month"
_BY_BOTH = (
    "SELECT s.region AS region, p.name AS product, SUM(s.amount) AS total "
    "FROM sales AS s JOIN products AS p ON p.id = s.product_id "
    "GROUP BY s.region, p.name ORDER BY s.region, p.name"
)
_CELLS = (
    "SELECT month, region, SUM(amount) AS total FROM sales "
    "GROUP BY month, region ORDER BY month, region"
)
_POINTS = "SELECT quantity, amount FROM sales ORDER BY id"


def own_tasks(folder: Path, *, browser: bool = False) -> tuple[Task, ...]:
    """Tasks on a small shop, whose database is written into a folder.

    Args:
        folder: Where the database goes.
        browser: Whether a task with a Plotly chart is wanted; its picture needs a browser.
    """
    data = folder / "shop.sqlite"
    _write_shop(data)
    existing = _script(data, _BY_REGION, _BAR.replace("mark_bar()", "mark_bar(color='grey')"))
    refined = _script(data, _BY_REGION, _BAR.replace("mark_bar()", "mark_bar(color='teal')"))
    tasks = [
        Task("bars", "Show a bar chart of the total amount by region", data, _BY_REGION, _BAR),
        Task("line", "How does the total amount develop by month?", data, _BY_MONTH, _LINE),
        Task("stacked", "Total amount by region and product", data, _BY_BOTH, _STACKED),
        Task("scatter", "Relate amount and quantity of each sale", data, _POINTS, _SCATTER),
        Task("heat map", "Heat map of total amount by month and region", data, _CELLS, _HEAT),
        Task(
            "matplotlib",
            "Bar chart of the total amount by region",
            data,
            _BY_REGION,
            _MATPLOTLIB,
            "matplotlib",
        ),
        Task(
            "refinement",
            "Make the bars teal",
            data,
            _BY_REGION,
            refined,
            existing=existing,
        ),
    ]
    if browser:
        tasks.append(
            Task("plotly", "Bar chart of the amount by region", data, _BY_REGION, _PLOTLY, "plotly")
        )
    return tuple(tasks)


def _script(data: Path, sql: str, code: str) -> str:
    """A person's own script, which loads its rows."""
    return (
        "import sqlite3\n\nimport pandas as pd\n\n"
        f"connection = sqlite3.connect({str(data)!r})\n"
        f"df = pd.read_sql_query({sql!r}, connection)\nconnection.close()\n\n{code}"
    )


def _write_shop(path: Path) -> None:
    """Three products, four regions, a year of sales; always the same bytes."""
    random = Random(7)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price REAL)")
        connection.execute(
            "CREATE TABLE sales (id INTEGER PRIMARY KEY, region TEXT, month INTEGER, "
            "product_id INTEGER REFERENCES products (id), quantity INTEGER, amount REAL)"
        )
        products = [(1, "Tea", 4.5), (2, "Coffee", 7.0), (3, "Cocoa", 5.2)]
        connection.executemany("INSERT INTO products VALUES (?, ?, ?)", products)
        rows = []
        for number in range(1, 145):
            product, _, price = products[number % 3]
            region = ("North", "South", "East", "West")[number % 4]
            quantity = random.randint(1, 9)
            amount = round(quantity * price, 2)
            rows.append((number, region, 1 + number % 12, product, quantity, amount))
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?)", rows)


# ── cases of a benchmark file ───────────────────────────────────────────────────────────────


def case_tasks(cases: Path, databases: Path, *, seed: int = 0) -> tuple[Task, ...]:
    """Tasks from a file of benchmark cases, whose gold is read now and kept nowhere.

    Only cases are taken whose gold loads its rows with one statement that runs: the oracle can
    say nothing else.

    Args:
        cases: JSON: a list of cases with ``id``, ``db_id``, ``NLQ`` and ``code``.
        databases: Folder with ``<db_id>.sqlite``.
        seed: Draws their order.

    Raises:
        SourceNotFoundError: A file or folder is not there.
        OptionError: No case can be used.
    """
    if not databases.is_dir():
        raise SourceNotFoundError(
            f"The folder {str(databases)!r} does not exist.", hint="Name it with --databases."
        )
    try:
        listed = json.loads(cases.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceNotFoundError(
            f"The file of cases {str(cases)!r} cannot be read: {error}.", hint="Check --cases."
        ) from error
    Random(seed).shuffle(listed)
    found = (_case_task(case, databases) for case in listed)
    tasks = tuple(task for task in found if task is not None)
    if not tasks:
        raise OptionError(
            f"None of the {len(listed)} cases can be used.", hint="Check --databases."
        )
    return tasks


def _case_task(case: dict[str, Any], databases: Path) -> Task | None:
    """A case as a task; None when its gold is not one statement and one chart."""
    data = databases / f"{case['db_id']}.sqlite"
    split = split_gold(case["code"])
    if split is None or not data.is_file():
        return None
    sql, code = split
    try:
        with closing(sqlite3.connect(f"file:{data}?mode=ro", uri=True)) as connection:
            connection.execute(sql).fetchone()
    except (sqlite3.Error, sqlite3.Warning):
        return None
    return Task(str(case["id"]), str(case["NLQ"]), data, sql, code)


def split_gold(script: str) -> tuple[str, str] | None:
    """A script that loads one statement's rows, as the statement and the code on ``df``.

    Returns:
        ``(sql, code)``, or None when the script is not of that form.
    """
    try:
        tree = ast.parse(script)
    except SyntaxError:
        return None
    texts = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    statements: list[str] = []
    kept: list[ast.stmt] = []
    for node in tree.body:
        read = _read_call(node)
        if read is None:
            if not _only_loads(node, texts):
                kept.append(node)
            continue
        sql = _text(read, texts)
        if sql is None or not isinstance(node, ast.Assign):
            return None
        statements.append(sql)
        target = node.targets[0]
        if not isinstance(target, ast.Name):
            return None
        if target.id != "df":
            kept.append(ast.parse(f"{target.id} = df").body[0])
    if len(statements) != 1:
        return None
    return statements[0].strip(), "\n".join(ast.unparse(node) for node in kept) + "\n"


def _read_call(node: ast.stmt) -> ast.Call | None:
    """The call of ``read_sql_query`` in a statement, if there is one."""
    for part in ast.walk(node):
        if (
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Attribute)
            and part.func.attr in {"read_sql_query", "read_sql"}
        ):
            return part
    return None


def _text(call: ast.Call, texts: dict[str, str]) -> str | None:
    """The statement that a call reads."""
    given = call.args[0] if call.args else None
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        return given.value
    return texts.get(given.id) if isinstance(given, ast.Name) else None


def _only_loads(node: ast.stmt, texts: dict[str, str]) -> bool:
    """Whether a statement only serves the loading: connection, imports of it, the SQL text."""
    source = ast.unparse(node)
    if isinstance(node, ast.Import | ast.ImportFrom):
        return "sqlite3" in source
    if "sqlite3.connect" in source or source in {"conn.close()", "connection.close()"}:
        return True
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in texts
        and "SELECT" in texts[node.targets[0].id].upper()
    )
