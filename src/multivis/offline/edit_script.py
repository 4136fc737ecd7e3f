"""A script that is edited by splicing its text: what is not edited stays byte for byte.

Every edit is a list of `Splice`s made from positions in the syntax tree. A change that would not
parse is refused, so the text always parses.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass

from multivis.charts.reference import CodeFacts, Source, View, read_code
from multivis.errors import CodeError

__all__ = ["Script", "Splice", "quoted"]


@dataclass(frozen=True)
class Splice:
    """Replace the characters from `start` to `end` by `text`."""

    start: int
    end: int
    text: str


def quoted(text: str) -> str:
    """`text` as a Python string literal, with single quotes where that is possible."""
    if "'" in text and '"' not in text and text.replace("\n", "").isprintable():
        return '"' + text.replace("\\", "\\\\").replace("\n", "\\n") + '"'
    return repr(text)


class Script:
    """The text of a script, its syntax tree and its facts, kept in step.

    Args:
        text: The script.

    Raises:
        CodeError: It does not parse.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.source = Source(text)
        self.facts: CodeFacts = read_code(text)
        self.alias = _altair_alias(self.source.tree)
        #: Whether the last change would have left the text as it is: the wish was met already.
        self.already = False

    # -- changing -----------------------------------------------------------------------

    def apply(self, splices: Iterable[Splice] | None) -> bool:
        """Make the splices; False, and nothing changed, when the text would not parse."""
        ordered = sorted(set(splices or ()), key=lambda one: (one.start, one.end), reverse=True)
        text = self.text
        limit = len(text) + 1
        self.already = False
        for splice in ordered:
            if splice.end > limit or splice.start > splice.end:
                return False
            text = text[: splice.start] + splice.text + text[splice.end :]
            limit = splice.start
        self.already = bool(ordered) and text == self.text
        return self.replace_text(text)

    def replace_text(self, text: str) -> bool:
        """Take `text` when it differs, parses, and still draws a chart."""
        if text == self.text:
            return False
        try:
            source, facts = Source(text), read_code(text)
        except CodeError:
            return False
        if self.facts.marks and not facts.marks:
            return False
        self.text, self.source, self.facts = text, source, facts
        return True

    # -- looking ------------------------------------------------------------------------

    @property
    def units(self) -> tuple[View, ...]:
        """The unit views of an Altair script."""
        return self.facts.units()

    def segment(self, node: ast.AST) -> str:
        """The text of `node`."""
        return self.source.segment(node)

    def statement_of(self, node: ast.AST) -> ast.stmt | None:
        """The innermost statement that holds `node`."""
        start, end = self.source.span(node)
        best: ast.stmt | None = None
        for statement in self.source.statements():
            first, last = self.source.span(statement)
            inside = first <= start and end <= last
            if inside and (best is None or self.source.span(best)[0] <= first):
                best = statement
        return best

    def name_is_free(self, name: str) -> bool:
        """Whether no name in the script is spelt `name`."""
        return not any(
            isinstance(node, ast.Name) and node.id == name for node in ast.walk(self.source.tree)
        )

    def free_name(self, *wanted: str) -> str:
        """The first of the wanted names that is free, else the first with a number."""
        for name in wanted:
            if self.name_is_free(name):
                return name
        number = 2
        while not self.name_is_free(f"{wanted[0]}_{number}"):
            number += 1
        return f"{wanted[0]}_{number}"

    # -- calls --------------------------------------------------------------------------

    def keyword(self, call: ast.Call, name: str) -> ast.keyword | None:
        """The keyword argument `name` of `call`."""
        return next((item for item in call.keywords if item.arg == name), None)

    def set_keyword(self, call: ast.Call, name: str, value: str) -> Splice:
        """Set the keyword argument `name` to the source text `value`."""
        existing = self.keyword(call, name)
        if existing is not None:
            start, end = self.source.span(existing.value)
            return Splice(start, end, value)
        return self.add_argument(call, f"{name}={value}")

    def set_keywords(self, call: ast.Call, values: dict[str, str]) -> list[Splice]:
        """Set several keyword arguments at once."""
        splices: list[Splice] = []
        added: list[str] = []
        for name, value in values.items():
            if self.keyword(call, name) is not None:
                splices.append(self.set_keyword(call, name, value))
            else:
                added.append(f"{name}={value}")
        if added:
            splices.append(self.add_argument(call, *added))
        return splices

    def add_argument(self, call: ast.Call, *arguments: str) -> Splice:
        """Add arguments after the last one, on lines of their own where the others are."""
        _, end = self.source.span(call)
        nodes: list[ast.expr] = [*call.args, *(item.value for item in call.keywords)]
        if not nodes:
            opening = self._after_name(call)
            inner = self.text[opening + 1 : end - 1]
            if "\n" in inner and not inner.strip():
                indent = self.source.indent(call) + "    "
                joined = f",\n{indent}".join(arguments)
                return Splice(
                    opening + 1, end - 1, f"\n{indent}{joined}\n{self.source.indent(call)}"
                )
            return Splice(end - 1, end - 1, ", ".join(arguments))
        last = max(nodes, key=lambda node: self.source.span(node)[1])
        position = self.source.span(last)[1]
        tail = self.text[position : end - 1]
        closing = re.match(r"(?:\s*\))+", tail)
        if closing:
            position += closing.end()
        return Splice(
            position,
            position,
            self._separator(call, nodes) + self._separator(call, nodes).join(arguments),
        )

    def _separator(self, call: ast.Call, nodes: list[ast.expr]) -> str:
        """``", "``, or a comma and a new line when every argument starts a line."""
        starts: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        last = starts[-1]
        lines = {node.lineno for node in starts}
        own_line = last.lineno > (call.func.end_lineno or 0) and len(lines) == len(starts)
        closing = self.text[self.source.span(nodes[-1])[1] : self.source.span(call)[1] - 1]
        if own_line and ("\n" in closing or len(starts) > 1):
            line_start = self.source.line_span(last)[0]
            before = self.text[line_start : self.source.span(last)[0]]
            if not before.strip():
                return ",\n" + before
        return ", "

    def _after_name(self, call: ast.Call) -> int:
        """Position of the bracket that opens the arguments."""
        return self.text.index("(", self.source.span(call.func)[1])

    def remove_keyword(self, call: ast.Call, name: str) -> list[Splice]:
        """Take the keyword argument away, with its comma."""
        existing = self.keyword(call, name)
        if existing is None:
            return []
        start, end = self.source.span(existing)
        after = re.match(r"\s*,[ \t]*", self.text[end:])
        before = re.search(r",\s*$", self.text[:start])
        if before:
            return [Splice(before.start(), end, "")]
        if after:
            return [Splice(start, end + after.end(), "")]
        return [Splice(start, end, "")]

    # -- expressions and statements -----------------------------------------------------

    def grouped_end(self, node: ast.expr) -> int | None:
        """End of the brackets that group `node` as the whole value of its statement, if any."""
        statement = self.statement_of(node)
        value = getattr(statement, "value", None)
        start, end = self.source.span(node)
        if not isinstance(value, ast.expr) or self.source.span(value) != (start, end):
            return None
        before = self.text[:start].rstrip()
        after = re.match(r"(?:\s|#[^\n]*\n)*\)", self.text[end:])
        return end + after.end() if before.endswith("(") and after else None

    def append_call(self, node: ast.expr, call: str) -> Splice | list[Splice]:
        """Append ``.call`` to an expression, in the style of its chain."""
        start, end = self.source.span(node)
        group = self.grouped_end(node)
        if isinstance(node, ast.BinOp | ast.IfExp):
            if group is not None:
                return Splice(group, group, call)
            return [Splice(start, start, "("), Splice(end, end, ")" + call)]
        last_line = self.text[:end].rsplit("\n", 1)[-1]
        if group is not None and last_line.lstrip().startswith("."):
            indent = last_line[: len(last_line) - len(last_line.lstrip())]
            return Splice(end, end, f"\n{indent}{call}")
        if group is not None and "\n" in self.text[start:end]:
            chained = re.findall(r"\n([ \t]*)\.", self.text[start:end])
            if chained:
                return Splice(end, end, f"\n{chained[-1]}{call}")
        return Splice(end, end, call)

    def insert_before(self, node: ast.AST, lines: str) -> Splice | None:
        """Insert statements before the statement that holds `node`."""
        statement = self.statement_of(node)
        if statement is None:
            return None
        start, _ = self.source.line_span(statement)
        indent = self.source.indent(statement)
        body = "".join(f"{indent}{line}\n" if line else "\n" for line in lines.split("\n"))
        return Splice(start, start, body)

    def insert_after(self, node: ast.AST, lines: str) -> Splice | None:
        """Insert statements after the statement that holds `node`."""
        statement = self.statement_of(node)
        if statement is None:
            return None
        _, end = self.source.line_span(statement)
        indent = self.source.indent(statement)
        body = "".join(f"{indent}{line}\n" if line else "\n" for line in lines.split("\n"))
        if end and self.text[end - 1 : end] != "\n":
            body = "\n" + body.rstrip("\n")
        return Splice(end, end, body)


def _altair_alias(tree: ast.Module) -> str:
    """The name under which altair is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "altair":
                    return alias.asname or "altair"
    return "alt"
