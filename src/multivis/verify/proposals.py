"""Every kind of answer that a model can give to an agent, made from the tools themselves."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multivis.tool import Tool

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

__all__ = ["Proposal", "proposals"]


@dataclass(frozen=True)
class Proposal:
    """One answer of a model, standing for all of its kind.

    Attributes:
        name: What is particular about it.
        message: The answer.
        clamped: For a number outside its bounds: the argument, and the value that Eq. 4 gives.
        expected: What comes of it if nothing is missing: ``run``, the kind of failure, or empty
            when either may be right.
    """

    name: str
    message: AIMessage
    clamped: tuple[str, Any] | None = None
    expected: str = ""


def proposals(tools: Mapping[str, Tool]) -> tuple[Proposal, ...]:
    """Answers of every kind: without a call, with a broken one, and for every argument of every
    tool within, at and outside its bounds, of another type, missing, and unknown."""
    return (*_without_call(tools), *(p for tool in tools.values() for p in _calls(tool)))


def _message(content: str = "", calls: Any = (), broken: Any = ()) -> AIMessage:
    from langchain_core.messages import AIMessage

    return AIMessage(content, tool_calls=list(calls), invalid_tool_calls=list(broken))


def _call(name: str, arguments: Any) -> dict[str, Any]:
    return {"name": name, "args": arguments, "id": "call_1", "type": "tool_call"}


def _without_call(tools: Mapping[str, Tool]) -> Iterator[Proposal]:
    """Answers that hold no proper call, or more than one."""
    first = next(iter(tools.values()))
    arguments = _least(first)
    whole = json.dumps({"name": first.name, "arguments": arguments})
    broken = {"name": first.name, "id": "call_1", "error": None, "type": "invalid_tool_call"}
    yield Proposal("empty", _message(""), expected="content")
    yield Proposal("prose", _message("I would look at the tables."), expected="content")
    yield Proposal(
        "a call in the text", _message(f"<tool_call>{whole}</tool_call>"), expected="run"
    )
    yield Proposal("a call in the text, cut", _message(f"<tool_call>{whole[:-4]}"))
    yield Proposal(
        "cut arguments", _message(broken=[{**broken, "args": '{"sql": "SEL'}]), expected="syntax"
    )
    yield Proposal("no arguments at all", _message(broken=[{**broken, "args": None}]))
    repairable = json.dumps(arguments)[:-1] + ",}" if arguments else "{,}"
    yield Proposal("repairable arguments", _message(broken=[{**broken, "args": repairable}]))
    yield Proposal(
        "an unknown tool", _message(calls=[_call("no_such_tool", {})]), expected="structure"
    )
    odd = first.name.upper().replace("_", "-")
    yield Proposal(
        "a tool in other letters", _message(calls=[_call(odd, arguments)]), expected="run"
    )
    yield Proposal(
        "two calls", _message(calls=[_call(first.name, arguments), _call("no_such_tool", {})])
    )


def _calls(tool: Tool) -> Iterator[Proposal]:
    """Calls of one tool."""
    least = _least(tool)
    schema = tool.arguments.model_json_schema()
    yield Proposal(f"{tool.name}: least", _message(calls=[_call(tool.name, least)]), None, "run")
    for name in schema.get("required", ()):
        fewer = {key: value for key, value in least.items() if key != name}
        message = _message(calls=[_call(tool.name, fewer)])
        yield Proposal(f"{tool.name}: {name} missing", message, None, "parameter")
    message = _message(calls=[_call(tool.name, {**least, "no_such_argument": 1})])
    yield Proposal(f"{tool.name}: unknown argument", message, None, "parameter")
    for name, field in schema.get("properties", {}).items():
        for what, value, clamped in _values(field, schema):
            yield Proposal(
                f"{tool.name}: {name} {what}",
                _message(calls=[_call(tool.name, {**least, name: value})]),
                None if clamped is None else (name, clamped),
                "run" if clamped is not None or what == "within bounds" else "",
            )


def _least(tool: Tool) -> dict[str, Any]:
    """The required arguments with values within their bounds."""
    schema = tool.arguments.model_json_schema()
    return {name: _good(schema["properties"][name], schema) for name in schema.get("required", ())}


def _resolved(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A field's schema, with a reference followed and an optional one opened."""
    if "$ref" in field:
        found: Mapping[str, Any] = schema["$defs"][field["$ref"].rpartition("/")[2]]
        return found
    for member in field.get("anyOf", ()):
        if member.get("type") != "null":
            return _resolved(member, schema)
    return field


def _good(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    """A value within its bounds."""
    found = _resolved(field, schema)
    if "enum" in found:
        return found["enum"][0]
    kind = found.get("type")
    if kind in {"integer", "number"}:
        return found.get("minimum", found.get("maximum", 1))
    if kind == "boolean":
        return True
    if kind == "array":
        return [_good(found.get("items", {}), schema)] * int(found.get("minItems", 0))
    if kind == "object":
        names = found.get("required", ())
        return {name: _good(found["properties"][name], schema) for name in names}
    return "x" * max(1, int(found.get("minLength", 1)))


def _values(
    field: Mapping[str, Any], schema: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any | None]]:
    """Values of one argument: what is particular, the value, and what Eq. 4 makes of it."""
    found = _resolved(field, schema)
    yield "within bounds", _good(field, schema), None
    yield "of another type", {"value": 1}, None
    yield "null", None, None
    yield "not finite", math.nan, None
    if found.get("type") in {"integer", "number"}:
        low, high = found.get("minimum"), found.get("maximum")
        if low is not None:
            yield "at its lower bound", low, low
            yield "below its bounds", low - 1, low
            yield "as text below its bounds", str(low - 7), low
        if high is not None:
            yield "at its upper bound", high, high
            yield "above its bounds", high + 1, high
            yield "far above its bounds", 10**30, high
        yield "as a word", "many", None
        yield "a fraction", 2.5, None
    if found.get("type") == "string":
        if "maxLength" in found:
            yield "as long as allowed", "x" * found["maxLength"], None
            yield "too long", "x" * (found["maxLength"] + 1), None
        if found.get("minLength", 0) > 0:
            yield "too short", "x" * (found["minLength"] - 1), None
        if "enum" in found:
            yield "not among the choices", "no such choice", None
    if found.get("type") == "array":
        items = found.get("items", {})
        yield "with one item", [_good(items, schema)], None
        if "maxItems" in found:
            yield "with too many items", [_good(items, schema)] * (found["maxItems"] + 1), None
