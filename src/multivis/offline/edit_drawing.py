"""What a Matplotlib or Plotly script draws, and where its statements take further wishes."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from multivis.charts.reference import Artist
from multivis.offline.edit_context import Context
from multivis.offline.edit_script import Script, Splice, quoted

__all__ = [
    "Drawing",
    "axes_object",
    "axes_of",
    "before_drawing",
    "before_show",
    "column_of",
    "find_call",
    "finish_with",
    "is_number",
    "is_plotly",
    "main_drawing",
    "python_name",
    "schema_values",
    "set_axis",
    "set_layout",
    "set_traces",
]


@dataclass(frozen=True)
class Drawing:
    """The first call that draws data.

    Attributes:
        artist: The call as it was read.
        call: Its place in the syntax tree.
        frame: Name of the frame that it draws, or an empty string.
        category: Column of categories, times or the first measure of a scatter plot.
        measure: Column of the amount; of a histogram the column that is binned.
        colour: Column that parts the marks by colour.
        lying: Whether bars lie.
        pivot: The statement that makes the wide frame which is drawn, if there is one.
    """

    artist: Artist
    call: ast.Call
    frame: str = ""
    category: str = ""
    measure: str = ""
    colour: str = ""
    lying: bool = False
    pivot: ast.Assign | None = None

    @property
    def mark(self) -> str:
        """The Vega-Lite mark that draws the like."""
        return self.artist.mark

    @property
    def method(self) -> str:
        """The name of the call."""
        return self.artist.method

    @property
    def is_histogram(self) -> bool:
        """Whether the library counts rows in bins."""
        return self.method in {"hist", "histogram"}

    @property
    def value_axis(self) -> str:
        """The axis of the amount."""
        return "x" if self.lying else "y"

    @property
    def category_axis(self) -> str:
        """The axis of the categories."""
        return "y" if self.lying else "x"


def is_plotly(script: Script) -> bool:
    """Whether Plotly draws."""
    return script.facts.library == "plotly"


def main_drawing(script: Script) -> Drawing | None:
    """The first call that draws data, with the columns that it names."""
    for artist in script.facts.artists:
        if artist.mark in {"text", "rule"} or artist.node is None:
            continue
        if artist.axes == "plotly.express":
            return _express(script, artist, artist.node)
        if is_plotly(script):
            return Drawing(artist, artist.node, lying=artist.options.get("orientation") == "h")
        return _matplotlib(script, artist, artist.node)
    return None


def _express(script: Script, artist: Artist, call: ast.Call) -> Drawing:
    def column(*names: str) -> str:
        found = (artist.options.get(name) for name in names)
        return next((one for one in found if isinstance(one, str)), "")

    frame = call.args[0] if call.args else None
    told = script.keyword(call, "data_frame")
    frame = told.value if told is not None else frame
    lying = artist.options.get("orientation") == "h"
    first, second = column("x", "names"), column("y", "values", "z")
    category, measure = (second, first) if lying else (first, second)
    if artist.method == "histogram" and not measure:
        category, measure = "", first or second
        lying = not first and bool(second)
    return Drawing(
        artist,
        call,
        frame.id if isinstance(frame, ast.Name) else "",
        category,
        measure,
        column("color"),
        lying,
    )


def _matplotlib(script: Script, artist: Artist, call: ast.Call) -> Drawing:
    lying = artist.method == "barh" or artist.options.get("kind") == "barh"
    lying = lying or artist.options.get("orientation") == "horizontal"
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    pivot = _pivot(script, owner) if isinstance(owner, ast.Name) else None
    if pivot is not None:
        made = pivot.value
        while isinstance(made, ast.Call) and getattr(made.func, "attr", "") != "pivot_table":
            made = made.func.value if isinstance(made.func, ast.Attribute) else made
        told = {
            item.arg: item.value.value
            for item in getattr(made, "keywords", [])
            if isinstance(item.value, ast.Constant)
        }
        function = getattr(made, "func", None)
        frame = function.value if isinstance(function, ast.Attribute) else None
        return Drawing(
            artist,
            call,
            frame.id if isinstance(frame, ast.Name) else "",
            str(told.get("index", "")),
            str(told.get("values", "")),
            str(told.get("columns", "")),
            lying,
            pivot,
        )
    columns = [_column(node) for node in call.args[:2]]
    drawn = next((name for name, _ in columns if name), "")
    names = [column for _, column in columns] + ["", ""]
    loop = _group_loop(script, call)
    colour = ""
    if loop is not None:
        drawn, colour = loop
    if artist.method == "hist":
        return Drawing(artist, call, drawn, "", names[0], colour, lying)
    if artist.method == "pie":
        labels = script.keyword(call, "labels")
        category = _column(labels.value)[1] if labels is not None else ""
        return Drawing(artist, call, drawn, category, names[0], colour)
    shade = script.keyword(call, "c")
    if shade is not None and not colour:
        colour = _column(shade.value)[1]
    return Drawing(artist, call, drawn, names[0], names[1], colour, lying)


def _column(node: ast.expr) -> tuple[str, str]:
    """Frame and column of ``df["region"].astype(str)``."""
    for inner in ast.walk(node):
        if (
            isinstance(inner, ast.Subscript)
            and isinstance(inner.value, ast.Name)
            and isinstance(inner.slice, ast.Constant)
            and isinstance(inner.slice.value, str)
        ):
            return inner.value.id, inner.slice.value
    return "", ""


def _pivot(script: Script, owner: ast.Name) -> ast.Assign | None:
    """The statement that makes a wide frame with ``pivot_table``."""
    for statement in script.source.statements():
        if (
            isinstance(statement, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == owner.id for t in statement.targets)
            and ".pivot_table(" in script.segment(statement)
        ):
            return statement
    return None


def _group_loop(script: Script, call: ast.Call) -> tuple[str, str] | None:
    """Frame and column of the innermost ``for name, rows in df.groupby("kind")`` around."""
    found: tuple[str, str] | None = None
    for loop in _loops(script, call):
        match = re.match(
            r"""(\w+)\.groupby\(\[?["']([^"']+)["']""", script.segment(loop.iter).strip()
        )
        found = (match[1], match[2]) if match else found
    return found


def _loops(script: Script, node: ast.AST) -> list[ast.For]:
    """The loops around `node`, from the outside."""
    start, end = script.source.span(node)
    return [
        loop
        for loop in script.source.statements()
        if isinstance(loop, ast.For)
        and script.source.span(loop)[0] <= start
        and end <= script.source.span(loop)[1]
    ]


# ── what the data are ───────────────────────────────────────────────────────────────────────


def is_number(context: Context, column: str) -> bool:
    """Whether a column holds amounts, by the schema, by the SQL, or by its use."""
    spelt = re.escape(_json_text(column))
    line = re.search(rf"^\s+{spelt}\s.*$", context.schema_text, re.M)
    if line:
        return "quantitative" in line[0]
    sql = " ".join(context.script.facts.data.sql)
    call = r"\b(?:SUM|AVG|COUNT|MIN|MAX|ROUND|TOTAL)\s*\([^)]*\)+"
    made = rf"{call}\s+AS\s+[\"`\[]?{re.escape(column)}\b"
    if re.search(made, sql, re.I):
        return True
    drawing = main_drawing(context.script)
    return drawing is not None and column == drawing.measure


def _json_text(text: str) -> str:
    """`text` as the schema text writes it."""
    import json

    return json.dumps(text, ensure_ascii=False)


def schema_values(context: Context, *columns: str) -> dict[str, str]:
    """Values that the schema tells of the columns, in lower case → as they are."""
    import json

    found: dict[str, str] = {}
    for line in context.schema_text.splitlines():
        match = re.match(
            r'\s+("(?:[^"\\]|\\.)+")\s.*?\bvalues ((?:"(?:[^"\\]|\\.)*"(?:, )?)+)', line
        )
        if match is None or (columns and json.loads(match[1]) not in columns):
            continue
        for value in re.findall(r'"(?:[^"\\]|\\.)*"', match[2]):
            text = str(json.loads(value))
            found.setdefault(text.lower(), text)
    return found


# ── where statements go ─────────────────────────────────────────────────────────────────────


def find_call(script: Script, *names: str) -> ast.Call | None:
    """The last call of one of the methods."""
    found = [
        node
        for node in ast.walk(script.source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in names
    ]
    return max(found, key=lambda node: (node.lineno, node.col_offset), default=None)


def axes_of(script: Script) -> str:
    """The axes that things are set on: the first artist's, else ``plt``."""
    for artist in script.facts.artists:
        if (
            artist.axes
            and not artist.axes.startswith(("plotly", "sns"))
            and artist.method not in {"text", "annotate"}
            and artist.axes in _axes_names(script)
        ):
            return artist.axes if not re.search(r"\[\w*[a-z]\w*\]", artist.axes) else "plt"
    drawing = main_drawing(script)
    told = script.keyword(drawing.call, "ax") if drawing is not None else None
    return script.segment(told.value) if told is not None else "plt"


def _axes_names(script: Script) -> set[str]:
    """Everything that artists are called on, without frames that draw themselves."""
    names = {artist.axes for artist in script.facts.artists}
    for artist in script.facts.artists:
        owner = artist.node.func.value if _is_method(artist) else None  # type: ignore[union-attr]
        told = script.keyword(artist.node, "ax") if artist.node is not None else None
        if isinstance(owner, ast.Name) and told is not None:
            names.discard(owner.id)
    return names


def _is_method(artist: Artist) -> bool:
    return artist.node is not None and isinstance(artist.node.func, ast.Attribute)


def axes_object(script: Script) -> str:
    """An expression of the axes themselves."""
    axes = axes_of(script)
    return "plt.gca()" if axes == "plt" else axes


def python_name(script: Script) -> str:
    """The name of the figure."""
    return script.facts.chart_variable or "fig"


_SHOWS = {"show", "savefig", "tight_layout", "write_html", "write_image", "write_json"}


def before_show(script: Script, line: str) -> list[Splice] | None:
    """Statements before the figure is shown or saved, else at the end."""
    last = script.source.tree.body[-1] if script.source.tree.body else None
    for statement in script.source.tree.body:
        value = statement.value if isinstance(statement, ast.Expr) else None
        shows = isinstance(value, ast.Call) and getattr(value.func, "attr", "") in _SHOWS
        if shows or (isinstance(value, ast.Name) and statement is last):
            splice = script.insert_before(statement, line)
            return [splice] if splice else None
    end = len(script.text)
    lead = "" if not script.text or script.text.endswith("\n") else "\n"
    return [Splice(end, end, f"{lead}{line}\n")]


def finish_with(script: Script, line: str) -> list[Splice] | None:
    """Statements on the axes, when they are drawn: in the loop over panels, if there is one."""
    drawing = main_drawing(script)
    if drawing is not None:
        for loop in _loops(script, drawing.call):
            axes = axes_of(script)
            if any(isinstance(n, ast.Name) and n.id == axes for n in ast.walk(loop.target)):
                splice = script.insert_after(loop.body[-1], line)
                return [splice] if splice else None
    return before_show(script, line)


def before_drawing(script: Script, line: str) -> list[Splice] | None:
    """Statements that change the frame before it is drawn."""
    drawing = main_drawing(script)
    if drawing is None:
        return None
    anchor: ast.AST = drawing.pivot or drawing.call
    for loop in _loops(script, anchor):
        if ".groupby(" in script.segment(loop.iter):
            anchor = loop
            break
    statement = anchor if isinstance(anchor, ast.stmt) else script.statement_of(anchor)
    if statement is None:
        return None
    start, _ = script.source.line_span(statement)
    indent = script.source.indent(statement)
    body = "".join(f"{indent}{one}\n" for one in line.split("\n"))
    return [Splice(start, start, body)]


# ── Plotly: one statement for each kind of wish ─────────────────────────────────────────────


def _set_in(script: Script, method: str, values: dict[str, str]) -> bool:
    """Set keywords in the last ``figure.method(…)`` without a selector, or add one."""
    found = [
        node
        for node in ast.walk(script.source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
        and not any(k.arg in {"selector", "row", "col", None} for k in node.keywords)
    ]
    call = max(found, key=lambda node: (node.lineno, node.col_offset), default=None)
    if call is not None:
        return script.apply(script.set_keywords(call, values))
    joined = ", ".join(f"{name}={value}" for name, value in values.items())
    return script.apply(before_show(script, f"{python_name(script)}.{method}({joined})"))


def set_layout(script: Script, values: dict[str, str]) -> bool:
    """``figure.update_layout(…)``."""
    return _set_in(script, "update_layout", values)


def set_traces(script: Script, values: dict[str, str]) -> bool:
    """``figure.update_traces(…)``."""
    return _set_in(script, "update_traces", values)


def set_axis(script: Script, name: str, values: dict[str, str]) -> bool:
    """``figure.update_xaxes(…)`` or ``update_yaxes``."""
    return _set_in(script, f"update_{name}axes", values)


def column_of(frame: str, column: str) -> str:
    """Source text of a column of a frame."""
    return f"{frame}[{quoted(column)}]"
