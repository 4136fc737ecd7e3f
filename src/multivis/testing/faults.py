"""What goes wrong with a model's answer, kind by kind, for `FaultyChatModel`.

A kind is applicable to some answers only (an endless loop needs code); `applicable` says which.
Code faults do bounded harm where they are run without a sandbox: the loop ends by itself, the
memory is capped, and files are written to the temporary folder only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from random import Random
from types import SimpleNamespace
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call

__all__ = ["KINDS", "OUTSIDE_NAME", "ProviderFault", "applicable", "spoil"]

KINDS: Mapping[str, str] = {
    "malformed_json": "The arguments of the call are cut in the middle.",
    "unknown_tool": "A tool is called that there is not.",
    "wrong_argument_names": "An argument has a wrong name.",
    "wrong_argument_types": "An argument has a wrong type.",
    "out_of_bounds": "An argument is far outside its bounds.",
    "unclosed_tags": "The call is written into the text, with a tag that is not closed.",
    "empty": "There is no answer at all.",
    "prose": "The answer is prose without a call.",
    "syntax_error": "The code does not parse.",
    "missing_column": "The statement or the code uses a column that there is not.",
    "endless_loop": "The code never ends.",
    "memory_bomb": "The code takes all memory that it can get.",
    "output_flood": "The code prints a megabyte.",
    "outside_write": "The code writes a file outside its folder.",
    "hallucinated_table": "The statement reads a table that there is not.",
    "write_statement": "The statement drops a table.",
    "stacked_statements": "A second statement, which writes, follows the first.",
    "same_call": "The same call is made for ever, until the conversation begins anew.",
    "contradicting_evaluation": "The judgement contradicts itself.",
    "truncated_stream": "The answer ends at the token limit.",
    "http_429": "The provider limits the rate.",
    "http_500": "The provider has an internal error.",
    "timeout": "The provider does not answer in time.",
    "connection_reset": "The connection is lost.",
}
"""Every kind of fault, and what happens."""

OUTSIDE_NAME = "multivis-written-outside.txt"
"""Name of the file that ``outside_write`` tries to leave in the temporary and home folders."""

_PROVIDER = ("http_429", "http_500", "timeout", "connection_reset")
_TEXT = ("empty", "prose")
_CALL = (
    "malformed_json",
    "unknown_tool",
    "wrong_argument_names",
    "wrong_argument_types",
    "unclosed_tags",
    "truncated_stream",
)
_CODE = ("syntax_error", "endless_loop", "memory_bomb", "output_flood", "outside_write")
_SQL = ("hallucinated_table", "write_statement", "stacked_statements")


class ProviderFault(Exception):
    """What a provider's client library raises: an HTTP status, and how long to wait."""

    def __init__(self, status: int, retry_after: float) -> None:
        super().__init__(f"Error code: {status}")
        self.status_code = status
        self.response = SimpleNamespace(headers={"retry-after": str(retry_after)})


def applicable(answer: AIMessage, tools: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The kinds that can happen to an answer.

    Args:
        answer: What the model meant to answer.
        tools: Definitions of the bound tools, in OpenAI's form.
    """
    if not answer.tool_calls:
        return (*_TEXT, *_PROVIDER)
    call = answer.tool_calls[0]
    arguments = call["args"]
    kinds = [*_CALL, *_TEXT, *_PROVIDER]
    if not arguments:
        kinds.remove("wrong_argument_types")
    if _beyond(call["name"], tools) is not None:
        kinds.append("out_of_bounds")
    if isinstance(arguments.get("code"), str):
        kinds += [*_CODE, "missing_column"]
    if isinstance(arguments.get("sql"), str):
        kinds += [*_SQL, "missing_column"]
    if "final" in _properties(call["name"], tools):
        kinds.append("same_call")
    if "passed" in arguments:
        kinds.append("contradicting_evaluation")
    return tuple(kind for kind in KINDS if kind in kinds)


def spoil(
    answer: AIMessage,
    kind: str,
    tools: Sequence[Mapping[str, Any]],
    *,
    random: Random,
    retry_after: float = 0.05,
) -> AIMessage:
    """The answer with one fault.

    Args:
        answer: What the model meant to answer; the kind must be `applicable` to it.
        kind: One of `KINDS`.
        tools: Definitions of the bound tools.
        random: Where variants are drawn from.
        retry_after: Seconds that the failing provider asks to wait.

    Raises:
        ProviderFault: The kind is ``http_429`` or ``http_500``.
        TimeoutError: The kind is ``timeout``.
        ConnectionResetError: The kind is ``connection_reset``.
    """
    if kind in _PROVIDER:
        _fail(kind, retry_after)
    usage = answer.usage_metadata
    if kind == "empty":
        return AIMessage("", usage_metadata=usage)
    if kind == "prose":
        return AIMessage("First I would look at the tables more closely.", usage_metadata=usage)
    call = answer.tool_calls[0]
    name, arguments, number = call["name"], dict(call["args"]), str(call["id"])
    written = json.dumps(arguments)
    if kind == "malformed_json":
        broken = invalid_tool_call(
            name=name, args=written[: len(written) // 2], id=number, error=None
        )
        return AIMessage("", invalid_tool_calls=[broken], usage_metadata=usage)
    if kind == "unclosed_tags":
        text = json.dumps({"name": name, "arguments": arguments})
        if random.random() < 0.5:
            text = text[: len(text) // 2]
        return AIMessage(f"<tool_call>{text}", usage_metadata=usage)
    if kind == "truncated_stream":
        return AIMessage(
            "",
            tool_calls=[tool_call(name=name, args=_halved(arguments), id=number)],
            usage_metadata=usage,
            response_metadata={"finish_reason": "length"},
        )
    if kind == "unknown_tool":
        name = f"{name}_quickly"
    else:
        arguments = _changed(kind, name, arguments, tools, random)
    return AIMessage(
        "", tool_calls=[tool_call(name=name, args=arguments, id=number)], usage_metadata=usage
    )


def _fail(kind: str, retry_after: float) -> None:
    """Raise what a client library raises."""
    if kind == "timeout":
        raise TimeoutError("Request timed out.")
    if kind == "connection_reset":
        raise ConnectionResetError(104, "Connection reset by peer")
    raise ProviderFault(int(kind.removeprefix("http_")), retry_after)


def _halved(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as a lenient parser leaves them when the stream ends in the last text."""
    kept = dict(arguments)
    texts = [name for name, value in kept.items() if isinstance(value, str)]
    if texts:
        kept[texts[-1]] = kept[texts[-1]][: len(kept[texts[-1]]) // 2]
    return kept


def _properties(name: str, tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The declared arguments of a tool."""
    for tool in tools:
        function = tool.get("function", tool)
        if function.get("name") == name:
            found = function.get("parameters", {}).get("properties", {})
            return dict(found)
    return {}


def _beyond(name: str, tools: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """One argument outside the bounds that the tool declares; None when it declares none."""
    for argument, schema in _properties(name, tools).items():
        for member in (schema, *schema.get("anyOf", ())):
            if "maximum" in member:
                return {argument: member["maximum"] * 1_000 + 1}
            if "maxLength" in member and member["maxLength"] <= 10_000:
                return {argument: "x" * (member["maxLength"] + 1)}
    return None


def _changed(
    kind: str,
    name: str,
    arguments: dict[str, Any],
    tools: Sequence[Mapping[str, Any]],
    random: Random,
) -> dict[str, Any]:
    """The arguments with the fault in them."""
    if kind == "wrong_argument_names":
        first, *_ = (*arguments, "argument")
        value = arguments.pop(first, 1)
        return {f"{first}_text": value, **arguments}
    if kind == "wrong_argument_types":
        first = next(iter(arguments))
        return {**arguments, first: {"value": arguments[first]}}
    if kind == "out_of_bounds":
        return {**arguments, **(_beyond(name, tools) or {})}
    if kind == "same_call":
        return {**arguments, "final": False}
    if kind == "contradicting_evaluation":
        advice = {"target": "code", "severity": "error", "text": "The chart shows nothing at all."}
        if random.random() < 0.5:
            return {"passed": True, "recommendations": [advice]}
        return {"passed": False, "recommendations": []}
    if "code" in arguments:
        return {**arguments, "code": _bad_code(kind, arguments["code"])}
    return {**arguments, "sql": _bad_sql(kind, arguments["sql"])}


def _bad_code(kind: str, code: str) -> str:
    """Code that fails, or does harm."""
    if kind == "syntax_error":
        return f"{code}\nchart = (chart\n"
    if kind == "missing_column":
        return f"df = df[['surely_no_such_column']]\n{code}"
    if kind == "endless_loop":
        return (
            "import time\nstarted = time.time()\n"
            f"while time.time() - started < 600:\n    pass\n{code}"
        )
    if kind == "memory_bomb":
        return f"taken = [bytearray(10**8) for _ in range(80)]\n{code}"
    if kind == "output_flood":
        return f"for _ in range(1_000):\n    print('x' * 1_000)\n{code}"
    return (
        "import os, pathlib, tempfile\n"
        f"for place in (tempfile.gettempdir(), '/tmp', os.path.expanduser('~'), '..', '../..'):\n"
        f"    pathlib.Path(place, {OUTSIDE_NAME!r}).write_text('written')\n{code}"
    )


def _bad_sql(kind: str, sql: str) -> str:
    """A statement that fails, or writes."""
    table = "surely_no_such_table"
    if kind == "missing_column":
        return f"SELECT surely_no_such_column, t.* FROM ({sql.rstrip(';')}) AS t"
    if kind == "hallucinated_table":
        return f"SELECT * FROM {table}"
    written = _first_table(sql) or table
    if kind == "write_statement":
        return f"DROP TABLE {written}"
    return f"{sql.rstrip(';')}; DELETE FROM {written}"


def _first_table(sql: str) -> str | None:
    """The first table that a statement names after FROM."""
    import re

    found = re.search(r"\bFROM\s+([A-Za-z_][\w.]*|\"[^\"]+\"|`[^`]+`)", sql, re.IGNORECASE)
    return found.group(1) if found else None
