"""Reading JSON that a model got almost right, for EH-1.

Every repair is of form only. Where a text was cut off inside a value, nothing is read: half an
SQL statement is another statement.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from multivis.syntax import parse_python

__all__ = ["read_arguments", "read_calls"]

_LONGEST = 400_000  # characters; nothing longer is a tool call
_FENCE = re.compile(r"```[ \t]*([A-Za-z0-9_+-]*)[ \t]*\r?\n?(.*?)(?:```|\Z)", re.DOTALL)
_TAGGED = re.compile(
    r"<(tool_call|function_call|tool|function)>\s*(.*?)\s*(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE
)
_REACT = re.compile(
    r"^\s*Action\s*:\s*`?([\w.\- ]+?)`?\s*$\s*^\s*Action\s*Input\s*:\s*(.*?)(?=^\s*Observation|\Z)",
    re.DOTALL | re.IGNORECASE | re.MULTILINE,
)
_NAME_KEYS = ("name", "tool", "tool_name", "function", "action")
_ARGUMENT_KEYS = ("arguments", "args", "parameters", "input", "tool_input", "action_input")


def read_arguments(text: str) -> dict[str, Any] | None:
    """The JSON object in a text that holds nothing else, repaired if need be; else None."""
    value = _read_value(_strip_fence(text.strip()))
    return value if isinstance(value, dict) else None


def read_calls(text: str, known: Collection[str]) -> list[tuple[Any, dict[str, Any]]]:
    """Tool calls written into a text: (name, arguments), in order.

    Understood are ``<tool_call>{…}</tool_call>``, fenced or bare JSON objects with a name and
    arguments, ``Action: … Action Input: …``, and one call in Python's form of a known tool.
    """
    if len(text) > _LONGEST:
        return []
    for read in (_tagged_calls, _react_calls, _json_calls):
        calls = list(read(text))
        if calls:
            return calls
    return list(_python_calls(text, known))


# ── where calls are found ───────────────────────────────────────────────────────────────────


def _tagged_calls(text: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    for match in _TAGGED.finditer(text):
        yield from _as_calls(_read_value(_strip_fence(match.group(2))))


def _react_calls(text: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    for match in _REACT.finditer(text):
        arguments = read_arguments(match.group(2))
        if arguments is not None:
            yield match.group(1), arguments


def _json_calls(text: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    for match in _FENCE.finditer(text):
        yield from _as_calls(_read_value(match.group(2).strip()))
    if "```" in text:
        return
    start = text.find("{")
    if start >= 0:
        whole = text[start:].strip()
        calls = list(_as_calls(_read_value(whole)))
        if not calls:
            end = _balanced_end(text, start)
            calls = list(_as_calls(_read_value(text[start:end]))) if end else []
        yield from calls


def _python_calls(text: str, known: Collection[str]) -> Iterator[tuple[Any, dict[str, Any]]]:
    tree = _parse_expression(_strip_fence(text.strip()))
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        return
    if tree.func.id not in known or tree.args:
        return
    arguments: dict[str, Any] = {}
    for keyword in tree.keywords:
        if keyword.arg is None:
            return
        try:
            arguments[keyword.arg] = ast.literal_eval(keyword.value)
        except (ValueError, TypeError, MemoryError, RecursionError):
            return
    yield tree.func.id, arguments


def _as_calls(value: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Calls in the usual shapes of a JSON value."""
    if isinstance(value, list):
        for item in value:
            yield from _as_calls(item)
        return
    if not isinstance(value, dict):
        return
    if isinstance(value.get("tool_calls"), list):
        yield from _as_calls(value["tool_calls"])
        return
    if isinstance(value.get("function"), dict):
        yield from _as_calls(value["function"])
        return
    name = next((value[key] for key in _NAME_KEYS if isinstance(value.get(key), str)), None)
    key = next((key for key in _ARGUMENT_KEYS if key in value), None)
    if name is None or key is None:
        return
    arguments = value[key]
    if isinstance(arguments, str):
        arguments = read_arguments(arguments)
    if arguments is None and value[key] is None:
        arguments = {}
    if isinstance(arguments, dict):
        yield name, {str(k): v for k, v in arguments.items()}


def _balanced_end(text: str, start: int) -> int | None:
    """Index after the bracket that closes the one at `start`, or None."""
    depth = 0
    in_string = escaped = False
    for index in range(start, len(text)):
        character = text[index]
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "{[":
            depth += 1
        elif character in "}]":
            depth -= 1
            if depth == 0:
                return index + 1
    return None


# ── how a value is read ─────────────────────────────────────────────────────────────────────


def _strip_fence(text: str) -> str:
    """The inside of one Markdown fence around a whole text."""
    match = re.fullmatch(r"```[ \t]*[A-Za-z0-9_+-]*[ \t]*\r?\n?(.*?)\s*(?:```)?", text, re.DOTALL)
    return match.group(1).strip() if match and text.startswith("```") else text


def _read_value(text: str) -> Any:
    """JSON, or what can only be meant as JSON; None when it cannot be read."""
    if not text or len(text) > _LONGEST:
        return None
    for candidate in _readings(text):
        try:
            value = json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, str):  # JSON within a JSON string
            return _read_value(value) if value != text else None
        return value
    return _python_literal(text)


def _readings(text: str) -> Iterator[str]:
    """The text as it is, then with one more repair at a time."""
    yield text
    without_commas = _outside_strings(text)
    yield without_commas
    closed = _close(without_commas)
    if closed is not None:
        yield closed


def _outside_strings(text: str) -> str:
    """Remove commas before a closing bracket, outside strings."""
    parts = re.split(r'("(?:[^"\\]|\\.)*")', text, flags=re.DOTALL)
    parts[::2] = [re.sub(r",\s*(?=[}\]])", "", part) for part in parts[::2]]
    return "".join(parts)


def _close(text: str) -> str | None:
    """Add the brackets that are missing at the end, if no value was cut off."""
    closers: list[str] = []
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "{[":
            closers.append("}" if character == "{" else "]")
        elif character in "}]" and (not closers or closers.pop() != character):
            return None
    if in_string or not closers:
        return None
    body = text.rstrip()
    if body[-1] in ",{[:" or body[-1].isdigit() or body[-1] in ".-+eE":
        return None  # more was to come: another value, or another digit
    return body + "".join(reversed(closers))


def _python_literal(text: str) -> Any:
    """A Python literal (single quotes, True, None); None when it is none."""
    tree = _parse_expression(text)
    if tree is None:
        return None
    try:
        value = ast.literal_eval(_WithJsonNames().visit(tree))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return _plain(value)


def _plain(value: Any) -> Any:
    """Only what JSON can hold."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool) else None


_JSON_NAMES = {"true": True, "false": False, "null": None}


class _WithJsonNames(ast.NodeTransformer):
    """Read ``true``, ``false`` and ``null`` as Python does ``True``, ``False``, ``None``."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Replace the three names of JSON."""
        if node.id in _JSON_NAMES:
            return ast.copy_location(ast.Constant(_JSON_NAMES[node.id]), node)
        return node


def _parse_expression(text: str) -> ast.expr | None:
    """One Python expression, or None."""
    if not text or len(text) > _LONGEST:
        return None
    try:
        body = parse_python(text).body
    except SyntaxError:
        return None
    only = body[0] if len(body) == 1 else None
    return only.value if isinstance(only, ast.Expr) else None
