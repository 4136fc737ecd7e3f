"""What the syntax tree of chart code says: library, data loading, charts, SQL literals.

Nothing is executed and nothing is imported; TE-2 and TE-3 both read from here.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass

from multivis.syntax import parse_python

__all__ = ["CodeFacts", "parse", "read_facts"]

_LIBRARIES = {"altair": "altair", "plotly": "plotly", "matplotlib": "matplotlib"}
_OVER_MATPLOTLIB = frozenset({"seaborn", "pylab"})
_USUAL_ALIASES = {
    "alt": "altair",
    "plt": "matplotlib.pyplot",
    "px": "plotly.express",
    "go": "plotly.graph_objects",
    "pd": "pandas",
    "pl": "polars",
    "np": "numpy",
    "sns": "seaborn",
}
OTHER_CHART_LIBRARIES = frozenset(
    {"bokeh", "pyecharts", "plotnine", "pygal", "holoviews", "hvplot", "mayavi", "vtk", "pyvista"}
)
_LOADERS = re.compile(
    r"""^(
        (pandas|polars|geopandas)\.(read|scan)_\w+
      | sqlite3\.connect | sqlalchemy(\.\w+)*\.create_engine | sqlalchemy\.create_engine
      | duckdb\.(connect|sql|query|execute|read_\w+|from_\w+)
      | (psycopg2?|pymysql|MySQLdb|mysql\.connector|oracledb|pyodbc|adbc_driver_\w+)
        (\.\w+)*\.connect
      | vega_datasets\.(data|local_data)(\.\w+)+ | vega_datasets\.(data|local_data)
      | (altair|altair\.datasets)\.data(\.\w+)+
      | plotly\.data\.\w+ | plotly\.express\.data\.\w+
      | seaborn\.load_dataset | sklearn\.datasets\.\w+
      | altair\.(UrlData|Data\.url|topo_feature|graticule|sphere|sequence)
      | json\.load | csv\.(reader|DictReader) | open | io\.open
      | (requests|httpx)\.(get|post) | urllib\.request\.(urlopen|urlretrieve)
      | numpy\.(load|loadtxt|genfromtxt|fromfile)
      | pyarrow(\.\w+)*\.(read_\w+|open_\w+|dataset)
    )$""",
    re.VERBOSE,
)
_CHART_MAKERS = re.compile(
    r"""^(
        altair\.(Chart|LayerChart|HConcatChart|VConcatChart|ConcatChart|FacetChart|RepeatChart
                |layer|hconcat|vconcat|concat|repeat)(\.from_dict|\.from_json)?
      | plotly\.express\.(?!data\b|colors\b)\w+
      | plotly\.(graph_objects|graph_objs)\.(Figure|FigureWidget)
      | plotly\.figure_factory\.create_\w+ | plotly\.subplots\.make_subplots
      | matplotlib\.pyplot\.(figure|subplots|subplot_mosaic|gcf)
      | matplotlib\.figure\.Figure
      | seaborn\.(FacetGrid|PairGrid|JointGrid|relplot|catplot|displot|lmplot|pairplot|jointplot)
    )$""",
    re.VERBOSE,
)
_DRAWERS = re.compile(
    r"""^(
        altair\.\w+ | plotly\.express\.\w+ | plotly\.(graph_objects|graph_objs)\.[A-Z]\w+
      | plotly\.figure_factory\.create_\w+
      | matplotlib\.pyplot\.
        (?!show|savefig|close|rc|style|use|figure|subplots|subplot|tight_layout)\w+
      | seaborn\.(?!set|load_dataset|color_palette|despine)\w+
    )$""",
    re.VERBOSE,
)
_DRAWING_METHODS = frozenset(
    {
        "bar",
        "barh",
        "plot",
        "scatter",
        "pie",
        "hist",
        "hist2d",
        "hexbin",
        "boxplot",
        "violinplot",
        "fill_between",
        "stackplot",
        "step",
        "stem",
        "imshow",
        "pcolormesh",
        "contour",
        "contourf",
        "errorbar",
        "eventplot",
        "add_trace",
        "add_bar",
        "add_scatter",
        "add_pie",
        "add_histogram",
        "add_box",
        "add_heatmap",
        "plot_surface",
        "plot_wireframe",
        "broken_barh",
        "matshow",
        "streamplot",
        "quiver",
        "table",
    }
)
_NAMING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)
_BUILTINS = frozenset(dir(builtins)) | {"__file__", "display"}
_SQL = re.compile(
    r"^\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(?:SELECT|WITH)\b", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True)
class CodeFacts:
    """What a syntax tree says.

    Attributes:
        library: ``altair``, ``plotly``, ``matplotlib`` or ``unknown``.
        other_libraries: Chart libraries that multivis does not know.
        draws: Whether a chart is made at all.
        loads_data: Whether the code gets its data by itself: it loads them, or writes them out.
        data_literals: Texts given to what loads data: paths, URLs, SQL; in order.
        sql: SQL statements among all texts, in order.
        chart_variable: The variable that holds the chart in the end, or None.
    """

    library: str
    other_libraries: tuple[str, ...]
    draws: bool
    loads_data: bool
    data_literals: tuple[str, ...]
    sql: tuple[str, ...]
    chart_variable: str | None


def parse(code: str) -> ast.Module | str:
    """The syntax tree, or a sentence that says where it stops and shows the line."""
    try:
        return parse_python(code)
    except SyntaxError as error:
        line = error.lineno or 1
        lines = code.splitlines()
        text = (error.text or (lines[line - 1] if 0 < line <= len(lines) else "")).strip()
        shown = f": {text[:120]}" if text else ""
        return f"line {line}: {error.msg}{shown}"


def read_facts(tree: ast.Module, frame: str = "df") -> CodeFacts:
    """Read the facts of chart code.

    Args:
        tree: From `parse`.
        frame: The variable in which multivis would hand over data; code that reads it before
            assigning it does not bring its own.
    """
    reader = _Reader(tree)
    calls = list(reader.calls())
    loaders = [(node, name) for node, name in calls if _LOADERS.match(name)]
    attributes = [name for name in reader.attributes() if _LOADERS.match(name)]
    url_data = any(_url_argument(node) for node, name in calls if name.startswith("altair."))
    library = reader.library(calls)
    draws = any(_DRAWERS.match(name) for _, name in calls) or (
        library != "unknown"
        and any(
            isinstance(node.func, ast.Attribute) and node.func.attr in _DRAWING_METHODS
            for node, _ in calls
        )
    )
    brings_data = bool(loaders or attributes or url_data) or (draws and not reader.free_names())
    return CodeFacts(
        library=library,
        other_libraries=tuple(sorted(OTHER_CHART_LIBRARIES & reader.imported)),
        draws=draws,
        loads_data=brings_data and not reader.reads_free(frame),
        data_literals=_unique(text for node, _ in loaders for text in reader.texts_of(node)),
        sql=_unique(text for text in reader.texts() if _SQL.match(text)),
        chart_variable=reader.chart_variable(),
    )


def _unique(texts: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _url_argument(call: ast.Call) -> bool:
    """Whether a chart is given the address of its data."""
    named = any(keyword.arg == "url" for keyword in call.keywords)
    first = call.args[0] if call.args else None
    return named or (
        isinstance(first, ast.Constant)
        and isinstance(first.value, str)
        and bool(re.match(r"(https?|file)://|.+\.(csv|json|tsv|parquet)$", first.value))
    )


class _Reader:
    """Names, calls and texts of one module, with import aliases resolved."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.nodes = list(_in_order(tree))
        self.aliases: dict[str, str] = {}
        self.imported: set[str] = set()
        self.constants: dict[str, str] = {}
        self.figures: set[str] = set()
        for node in self.nodes:
            self._read_import(node)
        for node in self.nodes:
            if isinstance(node, ast.Assign):
                text = self.text(node.value)
                for target in node.targets:
                    if isinstance(target, ast.Name) and text is not None:
                        self.constants.setdefault(target.id, text)

    def _read_import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for name in node.names:
                self.imported.add(name.name.split(".")[0])
                top = name.name.split(".")[0]
                self.aliases[name.asname or top] = name.name if name.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module:
            self.imported.add(node.module.split(".")[0])
            for name in node.names:
                self.aliases[name.asname or name.name] = f"{node.module}.{name.name}"

    def dotted(self, node: ast.expr) -> str:
        """The full name behind an expression, or an empty string."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        root = self.aliases.get(node.id) or _USUAL_ALIASES.get(node.id, node.id)
        return ".".join([root, *reversed(parts)])

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Every call with the full name of what is called."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                yield node, self.dotted(node.func)

    def attributes(self) -> Iterator[str]:
        """Full names of attributes that are data without a call: ``data.cars.url``."""
        for node in self.nodes:
            if isinstance(node, ast.Attribute):
                name = self.dotted(node)
                if name.startswith(("vega_datasets.", "altair.datasets.")):
                    yield name

    def reads_free(self, name: str) -> bool:
        """Whether a variable is read before the module assigns it."""
        later = self._later()
        for node in self.nodes:
            if isinstance(node, ast.Name) and node.id == name:
                if isinstance(node.ctx, ast.Store):
                    return False
                if id(node) not in later:
                    return True
        return name in self.free_names()

    def _later(self) -> set[int]:
        """Nodes inside functions and comprehensions, which run later or bind names first."""
        inner = ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.comprehension
        return {
            id(child) for node in self.nodes if isinstance(node, inner) for child in ast.walk(node)
        }

    def free_names(self) -> set[str]:
        """Names that are read and bound nowhere: what the code expects to be there."""
        bound = set(self.aliases) | set(_USUAL_ALIASES) | _BUILTINS
        read: set[str] = set()
        for node in self.nodes:
            if isinstance(node, ast.Name):
                (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
            elif isinstance(node, ast.arg):
                bound.add(node.arg)
            elif isinstance(node, _NAMING) and node.name:
                bound.add(node.name)
        return read - bound

    def text(self, node: ast.AST | None, depth: int = 0) -> str | None:
        """The text that an expression is known to be: a constant, a sum of them, a variable."""
        if depth > 50:
            return None
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.Name):
            return self.constants.get(node.id)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.text(node.left, depth + 1), self.text(node.right, depth + 1)
            return left + right if left is not None and right is not None else None
        if isinstance(node, ast.Call) and node.args:
            called = self.dotted(node.func)
            if called.rsplit(".", 1)[-1] in {"text", "Path", "dedent"}:
                return self.text(node.args[0], depth + 1)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "strip"
        ):
            return self.text(node.func.value, depth + 1)
        return None

    def texts(self) -> Iterator[str]:
        """Every text in the module, sums put together, in order."""
        inner: set[int] = set()
        for node in self.nodes:
            if id(node) in inner:
                continue
            if isinstance(node, ast.BinOp):
                text = self.text(node)
                if text is not None:
                    inner |= {id(child) for child in ast.walk(node)}
                    yield text
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value

    def texts_of(self, call: ast.Call) -> Iterator[str]:
        """Texts given to a call."""
        for value in [*call.args, *(keyword.value for keyword in call.keywords)]:
            text = self.text(value)
            if text is not None:
                yield text

    def library(self, calls: list[tuple[ast.Call, str]]) -> str:
        """The chart library that is used most; the later one on a tie."""
        counts: dict[str, int] = {}
        for name in self.imported:
            if name in _LIBRARIES:
                counts.setdefault(_LIBRARIES[name], 0)
            elif name in _OVER_MATPLOTLIB:
                counts.setdefault("matplotlib", 0)
        for _, called in calls:
            top = called.split(".")[0]
            library = "matplotlib" if top in _OVER_MATPLOTLIB else _LIBRARIES.get(top)
            if library:
                counts[library] = counts.get(library, 0) + 1
        if not counts:
            return "unknown"
        return max(sorted(counts), key=lambda name: counts[name])

    def chart_variable(self) -> str | None:
        """The last variable that a chart was assigned to, or the final bare name."""
        charts: set[str] = set()
        last: str | None = None
        for statement in _statements(self.tree.body):
            if isinstance(statement, ast.Assign):
                targets = statement.targets
            elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
                targets = [statement.target]
            else:
                continue
            value = statement.value
            if value is None or not self._is_chart(value, charts):
                continue
            for target in targets:
                first = target.elts[0] if isinstance(target, ast.Tuple) and target.elts else target
                if isinstance(first, ast.Name):
                    charts.add(first.id)
                    if isinstance(value, ast.Call) and "matplotlib" in self.dotted(value.func):
                        self.figures.add(first.id)
                    last = first.id
        final = self.tree.body[-1] if self.tree.body else None
        if isinstance(final, ast.Expr):
            if isinstance(final.value, ast.Name) and (last is None or final.value.id in charts):
                return final.value.id
            if self._is_chart(final.value, charts) and not _is_output(final.value):
                return None  # the chart is the expression itself, and no variable holds it
        if last is None:
            stored = {
                node.id
                for node in self.nodes
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
            last = next((name for name in ("chart", "fig", "final_chart") if name in stored), None)
        return last

    def _is_chart(self, node: ast.expr, charts: set[str], depth: int = 0) -> bool:
        """Whether an expression gives a chart, as far as the syntax says."""
        if depth > 200:
            return False
        if isinstance(node, ast.Name):
            return node.id in charts
        if isinstance(node, ast.BinOp):
            return self._is_chart(node.left, charts, depth + 1) or self._is_chart(
                node.right, charts, depth + 1
            )
        if isinstance(node, ast.Call):
            if _CHART_MAKERS.match(self.dotted(node.func)):
                return True
            if not isinstance(node.func, ast.Attribute):
                return False
            if self.dotted(node.func.value).split(".")[0] in self.figures:
                return False  # methods of a Matplotlib figure give its parts
            return self._is_chart(node.func.value, charts, depth + 1)
        return False


_OUTPUT = frozenset({"show", "save", "display", "write_html", "write_image", "savefig", "to_json"})


def _is_output(node: ast.expr) -> bool:
    """Whether an expression shows or writes a chart instead of being one."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr in _OUTPUT or node.func.attr.startswith(("add_", "update_", "set_")))
    )


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements in order, those inside compound ones included, functions left out."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(statement, name, None)
            if isinstance(inner, list):
                yield from _statements(inner)


def _in_order(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node, in the order of the text; no recursion, so depth does not matter.

    The value of an assignment comes before its target, as in execution.
    """
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        yield node
        children = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
            children = [node.value, *(child for child in children if child is not node.value)]
        stack.extend(reversed(children))
