"""How a script comes by its data: SQL literals, connections, the frame, processing steps."""

from __future__ import annotations

import ast
import re

from multivis.charts.reference.facts import DataFacts
from multivis.charts.reference.source import Source

__all__ = ["read_loading"]

_SQL = re.compile(
    r"^\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(?:SELECT|WITH)\b.*\b(?:SELECT|FROM)\b", re.I | re.S
)
_READERS = {
    "read_sql", "read_sql_query", "read_sql_table", "read_csv", "read_excel", "read_json",
    "read_parquet", "read_table", "read_feather", "fetchall", "fetchone", "fetchdf",
    "execute", "load_dataset",
}  # fmt: skip
_OPENERS = {"connect", "create_engine"}
_FRAMES = {"DataFrame", "Series"}
_CHART_ROOTS = {"altair", "matplotlib", "plotly", "seaborn", "bokeh"}


def read_loading(source: Source) -> DataFacts:
    """The data facts of `source`."""
    sql: list[str] = []
    nodes: list[ast.expr] = []
    for node in ordered(source.tree):
        text = _text_of(node)
        if text is not None and isinstance(node, ast.expr) and _SQL.match(text):
            sql.append(text)
            nodes.append(node)
    libraries = chart_aliases(source.tree)
    loading: list[str] = []
    processing: list[str] = []
    connections: list[str] = []
    frames: set[str] = set()
    literal = False
    frame = ""
    for statement in source.tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
            continue
        calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
        names = {_called(call) for call in calls}
        connections += [
            str(call.args[0].value)
            for call in calls
            if _called(call) in _OPENERS and call.args and isinstance(call.args[0], ast.Constant)
        ]
        if frames and _uses(statement, libraries):
            frame = frame or _drawn_frame(statement, frames)
            continue
        reads = bool(names & (_READERS | _OPENERS | {"close", "cursor"}))
        makes = bool(names & _FRAMES)
        if reads or makes or _holds_sql(statement):
            loading.append(source.segment(statement))
            literal = literal or (makes and not names & _READERS and not sql)
            frames |= _targets(statement) if names & (_READERS | _FRAMES) else set()
        elif frames and _mentions(statement, frames) and not _uses(statement, libraries):
            processing.append(source.segment(statement))
            frames |= _targets(statement)
    return DataFacts(
        sql=tuple(sql),
        connections=tuple(dict.fromkeys(connections)),
        frame=frame,
        loading=tuple(loading),
        processing=tuple(processing),
        literal=literal,
        sql_nodes=tuple(nodes),
    )


def ordered(tree: ast.AST) -> list[ast.expr | ast.stmt]:
    """Every node with a position, in the order of the text."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt)]
    return sorted(nodes, key=lambda node: (node.lineno, node.col_offset))


def chart_aliases(tree: ast.Module) -> set[str]:
    """The names under which charting libraries are imported."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {
                alias.asname or alias.name.split(".")[0]
                for alias in node.names
                if alias.name.split(".")[0] in _CHART_ROOTS
            }
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in _CHART_ROOTS:
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def _text_of(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [
            str(part.value)
            if isinstance(part, ast.Constant)
            else "{" + ast.unparse(part.value) + "}"
            for part in node.values
            if isinstance(part, ast.Constant | ast.FormattedValue)
        ]
        return "".join(parts)
    return None


def _holds_sql(statement: ast.stmt) -> bool:
    texts = (_text_of(node) for node in ast.walk(statement))
    return any(text is not None and _SQL.match(text) for text in texts)


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _uses(statement: ast.stmt, names: set[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(statement))


def _mentions(statement: ast.stmt, names: set[str]) -> bool:
    return _uses(statement, names)


def _targets(statement: ast.stmt) -> set[str]:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        targets = [statement.target]
    return {
        node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)
    }


def _drawn_frame(statement: ast.stmt, frames: set[str]) -> str:
    for node in ordered(statement):
        if isinstance(node, ast.Name) and node.id in frames:
            return node.id
    return ""
