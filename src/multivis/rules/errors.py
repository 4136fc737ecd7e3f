"""Error-handling rules EH-1 and EH-2 (MultiVis-Agent §4.3.2, Eq. 7 and 8)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from multivis.rules.repair import read_arguments, read_calls
from multivis.rules.ruling import Ruling, shorten
from multivis.settings import Limits
from multivis.state import Failure, FailureKind

__all__ = [
    "ParsedCall",
    "Recovery",
    "call_parsing",
    "execution_recovery",
    "no_call_parsing",
    "no_execution_recovery",
]


# ── EH-1 ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class ParsedCall:
    """One tool call, ready for TE-1.

    Attributes:
        name: The tool's name, exactly as it is known.
        arguments: What the model wrote, by name; not yet within bounds.
        id: The provider's id of the call, if it came as one.
    """

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    id: str | None = None


def call_parsing(
    content: str,
    tool_calls: Sequence[Mapping[str, Any]],
    invalid_tool_calls: Sequence[Mapping[str, Any]],
    known: Collection[str],
) -> Ruling[ParsedCall | Failure]:
    """EH-1: the tool call that a model wrote, or what is wrong with it (Eq. 7).

    Looked at in turn: proper calls, calls whose arguments are not valid JSON, calls written
    into the text. Salvage only repairs form (quotes, commas, brackets, fences) and never makes
    up an argument: text cut in the middle of a value is refused. Failures are of kind SYNTAX,
    STRUCTURE or CONTENT, and their message tells the model what to write instead.

    Args:
        content: The text of the answer.
        tool_calls: Calls as LangChain gives them: ``name``, ``args``, ``id``.
        invalid_tool_calls: Calls whose ``args`` are text that did not parse.
        known: Names of the tools that there are.
    """
    text = content if isinstance(content, str) else ""
    if tool_calls:
        return _proper(tool_calls, known)
    if invalid_tool_calls:
        return _broken(invalid_tool_calls[0], known)
    return _written(text, known)


def no_call_parsing(
    content: str,
    tool_calls: Sequence[Mapping[str, Any]],
    invalid_tool_calls: Sequence[Mapping[str, Any]],
    known: Collection[str],
) -> Ruling[ParsedCall | Failure]:
    """Without EH-1 the first proper call is taken as it is; there is nothing else to take."""
    if not tool_calls:
        return Ruling(
            Failure(kind=FailureKind.CONTENT, where="model", message="There was no tool call.")
        )
    first = tool_calls[0]
    arguments = first.get("args")
    call = ParsedCall(
        str(first.get("name")),
        dict(arguments) if isinstance(arguments, Mapping) else {},
        first.get("id"),
    )
    return Ruling(call)


def _listed(known: Collection[str]) -> str:
    return ", ".join(sorted(known)) or "none"


def _failed(
    kind: FailureKind, message: str, before: Any, **detail: Any
) -> Ruling[ParsedCall | Failure]:
    """A failure as a ruling."""
    return Ruling(
        Failure(kind=kind, where="model", message=message, detail=detail),
        fired=True,
        outcome=kind.value,
        why=message,
        before=shorten(before, 200),
    )


def _plain(name: str) -> str:
    """A tool's name without what models put around it: case, spaces, a namespace."""
    bare = re.split(r"[./:]", name.strip())[-1]
    return re.sub(r"[\s\-_]+", "_", bare).strip("_").casefold()


def _tool_name(name: Any, known: Collection[str]) -> str | None:
    """The known tool that a written name can only mean, or None."""
    if not isinstance(name, str):
        return None
    if name in known:
        return name
    alike = [tool for tool in known if _plain(tool) == _plain(name)]
    return alike[0] if len(alike) == 1 else None


def _unknown(name: Any, known: Collection[str]) -> Ruling[ParsedCall | Failure]:
    """The structure is wrong: there is no such tool."""
    near = difflib.get_close_matches(str(name), list(known), n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return _failed(
        FailureKind.STRUCTURE,
        f"There is no tool {shorten(name)!r}; the tools are: {_listed(known)}.{hint}",
        name,
        suggestions=near,
    )


def _proper(
    calls: Sequence[Mapping[str, Any]], known: Collection[str]
) -> Ruling[ParsedCall | Failure]:
    """Calls that came in the provider's own form; the first one is taken."""
    first = calls[0]
    written = first.get("name")
    name = _tool_name(written, known)
    if name is None:
        return _unknown(written, known)
    arguments = first.get("args", {})
    repairs: list[str] = []
    if name != written:
        repairs.append(f"The tool {shorten(written)!r} was read as {name}.")
    if isinstance(arguments, str):
        parsed = read_arguments(arguments)
        if parsed is None:
            return _failed(FailureKind.SYNTAX, _syntax_message(name, arguments), arguments)
        arguments = parsed
        repairs.append("The arguments came as text.")
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, Mapping):
        return _failed(
            FailureKind.STRUCTURE,
            f"The arguments of {name} must be one JSON object, not {shorten(arguments)}.",
            arguments,
        )
    if len(calls) > 1:
        repairs.append(f"Of {len(calls)} calls the first was taken; one call at a time is run.")
    call = ParsedCall(name, {str(k): v for k, v in arguments.items()}, first.get("id"))
    return _taken(call, repairs, written)


def _taken(call: ParsedCall, repairs: Sequence[str], before: Any) -> Ruling[ParsedCall | Failure]:
    """A usable call; the rule fired if it had to repair something."""
    return Ruling(
        call,
        fired=bool(repairs),
        outcome="salvaged" if repairs else "parsed",
        why=" ".join(repairs),
        before=shorten(before, 200) if repairs else None,
        after=call.name if repairs else None,
    )


def _syntax_message(name: str, arguments: Any) -> str:
    return (
        f"The arguments of {name} are not valid JSON: {shorten(arguments)} "
        "Write one complete JSON object with double quotes."
    )


def _broken(call: Mapping[str, Any], known: Collection[str]) -> Ruling[ParsedCall | Failure]:
    """A call whose arguments did not parse."""
    written = call.get("name")
    name = _tool_name(written, known)
    if name is None:
        return _unknown(written, known)
    raw = call.get("args")
    arguments = read_arguments(raw) if isinstance(raw, str) else None
    if arguments is None:
        return _failed(FailureKind.SYNTAX, _syntax_message(name, raw), raw)
    return _taken(
        ParsedCall(name, arguments, call.get("id")), ["The arguments' JSON was repaired."], raw
    )


def _written(text: str, known: Collection[str]) -> Ruling[ParsedCall | Failure]:
    """A call that was written into the text instead of being made."""
    if not text.strip():
        return _failed(
            FailureKind.CONTENT,
            f"The answer is empty. Call one of these tools: {_listed(known)}.",
            text,
        )
    calls = read_calls(text, known)
    if not calls:
        if any(mark in text for mark in ("<tool_call", "<function", '"name"', '"arguments"')):
            return _failed(
                FailureKind.SYNTAX,
                "A tool call was written into the text but is not complete JSON. "
                f"Make one proper call of: {_listed(known)}.",
                text,
            )
        return _failed(
            FailureKind.CONTENT,
            f"The answer is prose without a tool call. Call one of these tools: {_listed(known)}.",
            text,
        )
    written, arguments = calls[0]
    name = _tool_name(written, known)
    if name is None:
        return _unknown(written, known)
    repairs = ["The call was written into the text."]
    if len(calls) > 1:
        repairs.append(f"Of {len(calls)} calls the first was taken; one call at a time is run.")
    return _taken(ParsedCall(name, arguments), repairs, text)


# ── EH-2 ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Recovery:
    """What to do about a failure.

    Attributes:
        action: ``retry`` (ask again with the reason), ``narrow`` (ask for something smaller),
            ``back_off`` (wait, then the same again), ``requery`` (the data must change first),
            ``give_up``.
        feedback: What the model, or the person, is told.
        wait: Seconds to wait first; 0 unless the action is ``back_off``.
    """

    action: Literal["retry", "narrow", "back_off", "requery", "give_up"]
    feedback: str
    wait: float = 0.0


# What to do the first time, what when that did not help, and what when that did not either.
_ADVICE: dict[FailureKind, tuple[str, str, str]] = {
    FailureKind.SYNTAX: (
        "Correct the line that is shown and send the whole text again.",
        "Write it anew in its simplest form, with short lines and without nesting.",
        "Send the least that answers the question: one statement, no comment and no helper.",
    ),
    FailureKind.STRUCTURE: (
        "Call exactly one of the tools that are listed, with the arguments it declares.",
        "Send nothing but one tool call with only its required arguments.",
        "Copy the names of a listed tool and of its arguments letter by letter.",
    ),
    FailureKind.CONTENT: (
        "Answer with one tool call and no prose.",
        "Send nothing but one tool call with only its required arguments.",
        "Explain nothing: the whole answer is one call of a listed tool.",
    ),
    FailureKind.PARAMETER: (
        "Change the argument that is named so that it is within its bounds.",
        "Leave out every argument that is not required.",
        "Use no value but those that the tools have shown.",
    ),
    FailureKind.PREREQUISITE: (
        "Make what is missing first.",
        "Do not call this tool again before what is missing has been made.",
        "Call another tool, one that needs nothing that is missing.",
    ),
    FailureKind.MISSING_FIELD: (
        "Use only the names that are listed, spelled exactly like that.",
        "Look the names up with get_table or find_fields before you use them.",
        "Leave out what is missing and answer with the columns that are there.",
    ),
    FailureKind.REFUSED: (
        "Do it without what was refused: one SELECT that only reads, or code that only draws.",
        "Use nothing but the plainest SELECT, or the chart library and the frame df.",
        "Select columns of one table, or draw one plain chart of df, and do nothing else.",
    ),
    FailureKind.EXECUTION: (
        "Correct the cause that is named.",
        "Leave out the part that fails and do it in a simpler way.",
        "Go another way: another function, other columns or another kind of chart.",
    ),
    FailureKind.TIMEOUT: (
        "Ask for less: filter earlier, aggregate in SQL, or join fewer tables.",
        "Ask for one aggregate of one table.",
        "Ask for a small part only: one year, one category, or a LIMIT.",
    ),
    FailureKind.MEMORY: (
        "Use less memory: aggregate in SQL and select only the columns that are drawn.",
        "Return a few hundred aggregated rows at most.",
        "Draw one aggregated value for each of at most twenty categories.",
    ),
    FailureKind.OUTPUT: (
        "Return less: aggregate, bin, or set a smaller row_limit, and print nothing.",
        "Return a few hundred aggregated rows at most.",
        "Return one aggregated value for each of at most twenty categories.",
    ),
    FailureKind.NO_CHART: (
        "Assign the finished chart to the variable chart as the last statement.",
        "Write only the chart: one statement that assigns it to the variable chart.",
        "Begin with chart = and the simplest chart of df; add nothing to it.",
    ),
    FailureKind.EMPTY_RESULT: (
        "Compare the filter values with the values that are listed, spelled exactly like that.",
        "Drop the narrowest filter and look at the values first.",
        "Ask without any filter and see which values there are.",
    ),
    FailureKind.REJECTED: (
        "Follow what the person said.",
        "Propose something that differs from everything that was turned down.",
        "Propose the plainest thing that answers the question at all.",
    ),
}
#: The same for the planning agent of volumes, which writes no SQL.
_ADVICE_ON_VOLUMES: dict[FailureKind, tuple[str, str, str]] = {
    FailureKind.MISSING_FIELD: (
        "Use only names that are listed, spelled exactly like that.",
        "Look at the volume with describe_volume, or at VTK's classes, before you name them.",
        "Leave out what is missing and show a field that is there.",
    ),
    FailureKind.REFUSED: (
        "Do it without what was refused: a module only draws the data that it is given.",
        "Use a ready tool, or nothing but VTK's filters, mappers, actors and a renderer.",
        "Use one ready tool with only its required arguments.",
    ),
    FailureKind.TIMEOUT: (
        "Ask for less: fewer seeds, frames or filters, or a smaller part of the data.",
        "Use one ready tool.",
        "Show one cut through the data at one time.",
    ),
    FailureKind.MEMORY: (
        "Use less memory: fewer copies of the data, a smaller part of it.",
        "Use one ready tool.",
        "Show one cut through the data at one time.",
    ),
    FailureKind.OUTPUT: (
        "Give back less: print nothing and write no file.",
        "Use one ready tool.",
        "Show one cut through the data at one time.",
    ),
    FailureKind.NO_CHART: (
        "Add a stage before the call with final=true; a module returns its renderer.",
        "Use one ready tool with final=true.",
        "Show one cut through the data with final=true.",
    ),
}
_FINAL = frozenset({FailureKind.INTERNAL, FailureKind.IMAGE, FailureKind.UNANSWERABLE})
_NARROW_AT_ONCE = frozenset({FailureKind.TIMEOUT, FailureKind.MEMORY, FailureKind.OUTPUT})
_FOR_LACK_OF_DATA = frozenset({FailureKind.MISSING_FIELD, FailureKind.EMPTY_RESULT})
_LONGEST_WAIT = 60.0


def execution_recovery(failure: Failure, attempt: int, limits: Limits) -> Ruling[Recovery]:
    """EH-2: the recovery of a failure, by its type and the number of the attempt (Eq. 8).

    Recoveries escalate: the reason first, then narrower advice, then another way, then giving
    up at `Limits.max_failures`; no attempt gets the advice of the one before, and none of the
    first three gets that of another. Provider faults back off
    exponentially, or as long as the provider asks (``detail["retry_after"]``), at most 60 s;
    `Limits.model_retries` bounds them.

    Args:
        failure: What went wrong.
        attempt: How many times in a row it went wrong, from 1.
        limits: `max_failures` and `model_retries`.
    """
    attempt = max(1, attempt)
    recovery = _recovery(failure, attempt, limits)
    return Ruling(
        recovery,
        fired=True,
        outcome=recovery.action,
        why=recovery.feedback,
        before={"kind": failure.kind.value, "attempt": attempt},
        after=recovery.action,
    )


def no_execution_recovery(failure: Failure, attempt: int, limits: Limits) -> Ruling[Recovery]:
    """Without EH-2 the bare message goes back to the model, however often."""
    return Ruling(Recovery("retry", failure.message), outcome="retry")


def _recovery(failure: Failure, attempt: int, limits: Limits) -> Recovery:
    """δ(e, c) by τ(e)."""
    kind = failure.kind
    if kind is FailureKind.PROVIDER:
        return _back_off(failure, attempt, limits)
    if kind in _FINAL or attempt >= limits.max_failures:
        return Recovery("give_up", f"{failure.message} No further attempt is made.")
    advice = _ADVICE[kind]
    if failure.where == "planner":
        advice = _ADVICE_ON_VOLUMES.get(kind, advice)
    missing = failure.detail.get("missing")
    lacks_query = isinstance(missing, list | tuple | set | frozenset) and "query" in missing
    if kind is FailureKind.PREREQUISITE and lacks_query:
        return Recovery("requery", _feedback(failure, "A query has to run first.", attempt, limits))
    if attempt == 1:
        action: Literal["retry", "narrow"] = "narrow" if kind in _NARROW_AT_ONCE else "retry"
        return Recovery(action, _feedback(failure, advice[0], attempt, limits))
    if attempt > 2 and kind in _FOR_LACK_OF_DATA and failure.where in _DRAWING:
        return Recovery(
            "requery", _feedback(failure, "The query must return what is needed.", attempt, limits)
        )
    # from the fourth on, which only higher limits than the standard ones allow, in turn
    chosen = advice[1] if attempt % 2 == 0 else advice[2]
    return Recovery("narrow", _feedback(failure, chosen, attempt, limits))


_DRAWING = frozenset(
    {"visualization", "execute_code", "execute_altair_code", "execute_matplotlib_code"}
)


def _feedback(failure: Failure, advice: str, attempt: int, limits: Limits) -> str:
    """Cause, evidence, next step, and how many attempts are left."""
    parts = [failure.message.rstrip()]
    line = failure.detail.get("line")
    source_line = failure.detail.get("source_line")
    if line is not None and source_line:
        parts.append(f"Line {line}: {str(source_line).strip()}")
    names = failure.detail.get("suggestions") or failure.detail.get("available")
    if isinstance(names, list | tuple) and names:
        shown = ", ".join(str(name) for name in names[:30])
        if shown not in failure.message:
            parts.append(f"There are: {shown}.")
    parts.append(advice)
    if attempt > 1:
        parts.append(f"(Attempt {attempt} of {limits.max_failures}; change something else.)")
    return " ".join(parts)


def _back_off(failure: Failure, attempt: int, limits: Limits) -> Recovery:
    """Wait and ask again, unless waiting cannot help."""
    if failure.detail.get("transient") is False:
        return Recovery("give_up", f"{failure.message} Asking again cannot help.")
    if attempt > limits.model_retries:
        return Recovery("give_up", f"{failure.message} It failed {attempt} times.")
    asked = failure.detail.get("retry_after")
    wait = float(min(2 ** min(attempt - 1, 10), _LONGEST_WAIT))
    if isinstance(asked, int | float) and asked >= 0:
        wait = min(float(asked), _LONGEST_WAIT)
    return Recovery("back_off", f"{failure.message} The next attempt is in {wait:g} s.", wait)
