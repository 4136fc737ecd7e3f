"""The text of a script with its syntax tree: positions in characters, values without running."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, cast

from multivis.errors import CodeError
from multivis.syntax import parse_python

__all__ = ["MAX_CHARACTERS", "Source", "Span", "parse", "plain"]

Span = tuple[int, int]

MAX_CHARACTERS = 1_000_000


def parse(text: str) -> ast.Module:
    """The syntax tree of `text`.

    Raises:
        CodeError: The text is empty, too long, too deeply nested, or not Python.
    """
    if not text.strip():
        raise CodeError("The code is empty.", hint="Give a script that draws a chart.")
    if len(text) > MAX_CHARACTERS:
        raise CodeError(
            f"The code has {len(text)} characters, more than {MAX_CHARACTERS}.",
            hint="Give only the part that draws the chart.",
        )
    try:
        return parse_python(text)
    except SyntaxError as error:
        where = f" at line {error.lineno}" if error.lineno else ""
        raise CodeError(
            f"The code does not parse{where}: {error.msg}.", hint="Correct the line and try again."
        ) from error


def plain(node: ast.AST | None, text: str = "") -> Any:
    """`node` as a JSON value: literals as they are, all else as ``{"code": "..."}``.

    Calls of capitalised names (``alt.Scale(domain=[0, 1])``) become the mapping of their
    keyword arguments, so that a reader need not care how an option was written.
    """
    if node is None:
        return None
    if isinstance(node, ast.Constant):
        return (
            node.value if isinstance(node.value, str | int | float | bool | None) else _code(node)
        )
    if isinstance(node, ast.List | ast.Tuple):
        return [plain(item, text) for item in node.elts]
    if isinstance(node, ast.Dict) and all(
        isinstance(key, ast.Constant) and isinstance(key.value, str) for key in node.keys
    ):
        pairs = zip(node.keys, node.values, strict=True)
        return {
            str(key.value): plain(item, text)
            for key, item in pairs
            if isinstance(key, ast.Constant)
        }
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = plain(node.operand, text)
        if isinstance(inner, int | float) and not isinstance(inner, bool):
            return -inner
    if isinstance(node, ast.Call):
        name = call_name(node)
        if name[:1].isupper():
            options = {item.arg: plain(item.value, text) for item in node.keywords if item.arg}
            if node.args:
                options["arguments"] = [plain(item, text) for item in node.args]
            return options
    return _code(node)


def _code(node: ast.AST) -> dict[str, str]:
    """`node` as normalised source text (for reading only, never for editing)."""
    try:
        return {"code": ast.unparse(node)}
    except (ValueError, RecursionError):
        return {"code": type(node).__name__}


def call_name(node: ast.Call) -> str:
    """The last part of a called name: ``alt.Scale(...)`` gives ``"Scale"``."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


class Source:
    """A script with its tree; offsets are in characters, not in the tree's UTF-8 bytes.

    Args:
        text: The script.

    Raises:
        CodeError: It does not parse.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = parse(text)
        self._lines = _physical_lines(text)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def offset(self, line: int, column: int) -> int:
        """Character offset of a line (from 1) and a column in UTF-8 bytes (from 0)."""
        content = self._lines[line - 1] if line <= len(self._lines) else ""
        if not content.isascii():
            column = len(content.encode("utf-8")[:column].decode("utf-8", "ignore"))
        return self._starts[line - 1] + column

    def span(self, node: ast.AST) -> Span:
        """Start and end of `node` in characters."""
        placed = _placed(node)
        start = self.offset(placed.lineno, placed.col_offset)
        return start, self.offset(placed.end_lineno or 1, placed.end_col_offset or 0)

    def segment(self, node: ast.AST) -> str:
        """The text of `node`."""
        start, end = self.span(node)
        return self.text[start:end]

    def line_span(self, node: ast.AST) -> Span:
        """Start of the first and end of the last line that `node` touches."""
        placed = _placed(node)
        first, last = placed.lineno, placed.end_lineno or placed.lineno
        return self._starts[first - 1], self._starts[min(last, len(self._lines))]

    def indent(self, node: ast.AST) -> str:
        """The white space before the first character of the line of `node`."""
        start, _ = self.line_span(node)
        line = self.text[start:]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def statements(self) -> Iterator[ast.stmt]:
        """Every statement in order, those in blocks included."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.stmt):
                yield node


def _placed(node: ast.AST) -> ast.expr:
    """`node` as one of those that have a position (expressions, statements, keywords)."""
    return cast("ast.expr", node)


def _physical_lines(text: str) -> list[str]:
    """The lines as Python counts them: only ``\\n``, ``\\r`` and ``\\r\\n`` end one."""
    lines: list[str] = []
    start = 0
    position = 0
    while position < len(text):
        if text[position] == "\r" and text[position + 1 : position + 2] == "\n":
            position += 1
        if text[position] in "\r\n":
            lines.append(text[start : position + 1])
            start = position + 1
        position += 1
    lines.append(text[start:])
    return lines
