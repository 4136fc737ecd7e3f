"""Python expressions of Altair (``alt.datum.a > 3``) as Vega expressions, fields renamed."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping

__all__ = ["Unreadable", "renamed", "vega_expression"]


class Unreadable(ValueError):
    """The expression has no counterpart in Vega's language."""


_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "===", ast.NotEq: "!==", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "===", ast.IsNot: "!==",
}  # fmt: skip
_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%", ast.BitAnd: "&&",
    ast.BitOr: "||",
}  # fmt: skip
_DATUM = re.compile(r"datum(?:\.([A-Za-z_]\w*)|\[\s*(['\"])(.+?)\2\s*\])")


def vega_expression(
    code: str, names: Mapping[str, ast.expr], selections: frozenset[str] = frozenset()
) -> str:
    """The Vega expression that a Python expression of Altair builds.

    Args:
        code: Source of the Python expression.
        names: Variables of the script and the expressions that they stand for.
        selections: Names of parameters, which stay as they are.

    Raises:
        Unreadable: It uses something else than datum, constants, operators and functions.
    """
    try:
        node = ast.parse(code, mode="eval").body
    except SyntaxError as error:
        raise Unreadable(code) from error
    return _write(node, names, selections, 0)


def _write(
    node: ast.expr, names: Mapping[str, ast.expr], selections: frozenset[str], depth: int
) -> str:
    def inner(one: ast.expr) -> str:
        return _write(one, names, selections, depth + 1)

    if depth > 40:
        raise Unreadable("nested too deeply")
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str | int | float | bool) or node.value is None:
            return json.dumps(node.value)
        raise Unreadable(str(node.value))
    if isinstance(node, ast.Attribute) and _is_datum(node.value):
        return f"datum[{json.dumps(node.attr)}]"
    if isinstance(node, ast.Subscript) and _is_datum(node.value):
        if isinstance(node.slice, ast.Constant):
            return f"datum[{json.dumps(str(node.slice.value))}]"
        raise Unreadable("computed field")
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        sign = _COMPARE.get(type(node.ops[0]))
        if sign:
            return f"({inner(node.left)} {sign} {inner(node.comparators[0])})"
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return f"({inner(node.left)} {_BINARY[type(node.op)]} {inner(node.right)})"
    if isinstance(node, ast.UnaryOp):
        sign = {ast.USub: "-", ast.Invert: "!", ast.Not: "!"}.get(type(node.op), "")
        return f"{sign}({inner(node.operand)})"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = node.func.value
        if isinstance(owner, ast.Attribute) and owner.attr == "expr":
            arguments = ", ".join(inner(argument) for argument in node.args)
            return f"{node.func.attr.rstrip('_')}({arguments})"
    if isinstance(node, ast.Name):
        if node.id in selections:
            return node.id
        if node.id in names:
            return inner(names[node.id])
    raise Unreadable(ast.unparse(node))


def _is_datum(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "datum") or (
        isinstance(node, ast.Name) and node.id == "datum"
    )


def renamed(expression: str, mapping: Mapping[str, str], made: frozenset[str]) -> str:
    """The expression with its fields renamed.

    Raises:
        Unreadable: It uses a field that is neither mapped nor made by a transform.
    """

    def one(match: re.Match[str]) -> str:
        name = match[1] or match[3]
        if name in made:
            return f"datum[{json.dumps(name)}]"
        if name not in mapping:
            raise Unreadable(f"the field {name!r} has no counterpart")
        return f"datum[{json.dumps(mapping[name])}]"

    return _DATUM.sub(one, expression)
