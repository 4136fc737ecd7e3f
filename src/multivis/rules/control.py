"""ReAct control rules RC-1 to RC-3 (MultiVis-Agent §4.3.2, Eq. 10-12)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticUndefined

from multivis.rules.ruling import Ruling, shorten
from multivis.state import Failure, FailureKind

__all__ = [
    "Candidate",
    "iteration_control",
    "model_selection",
    "no_iteration_control",
    "no_model_selection",
    "no_response_format",
    "response_format",
]


# ── RC-1 ────────────────────────────────────────────────────────────────────────────────────


def iteration_control(
    *,
    step: int,
    max_steps: int,
    final: bool = False,
    failures_in_a_row: int = 0,
    max_failures: int,
    tokens: int = 0,
    max_tokens: int,
    seconds: float = 0.0,
    max_seconds: float,
    fingerprint: str | None = None,
    seen: Collection[str] = (),
) -> Ruling[str | None]:
    """RC-1: why a loop must stop now, or None (Eq. 10).

    The first reason that holds is given, most telling first: ``"final"`` (the answer is there),
    ``"repeat"`` (the same call with the same outcome came before), ``"failures"``, ``"steps"``
    (i ≥ T_max), ``"tokens"``, ``"seconds"``.

    Args:
        step: Steps taken so far.
        max_steps: T_max.
        final: Whether the last response is a final one: F(r).
        failures_in_a_row: Failures since the last success: L(r).
        max_failures: How many of those end the loop.
        tokens: Tokens spent.
        max_tokens: Tokens that may be spent.
        seconds: Wall-clock time spent.
        max_seconds: Time that may be spent.
        fingerprint: Hash of (tool, arguments, outcome) of the last step, if there was a call.
        seen: Hashes of the steps before it.
    """
    reasons: tuple[tuple[str, bool, str], ...] = (
        ("final", final, "A final answer is there."),
        (
            "repeat",
            bool(fingerprint) and fingerprint in seen,
            "The same call with the same outcome came before.",
        ),
        (
            "failures",
            not failures_in_a_row < max_failures,
            f"{failures_in_a_row} failures in a row reach the limit of {max_failures}.",
        ),
        ("steps", not step < max_steps, f"Step {step} reaches T_max = {max_steps}."),
        ("tokens", not tokens < max_tokens, f"{tokens} tokens reach the limit of {max_tokens}."),
        (
            "seconds",
            # Written so that a time that is not a number stops the loop, too.
            not seconds < max_seconds,
            f"{seconds:.1f} s reach the limit of {max_seconds:g} s.",
        ),
    )
    for reason, holds, why in reasons:
        if holds:
            return Ruling(
                reason,
                fired=reason != "final",
                outcome=reason,
                why=why,
                before={"step": step},
                after=reason,
            )
    return Ruling(None, outcome="continue")


def no_iteration_control(
    *,
    step: int,
    max_steps: int,
    final: bool = False,
    failures_in_a_row: int = 0,
    max_failures: int,
    tokens: int = 0,
    max_tokens: int,
    seconds: float = 0.0,
    max_seconds: float,
    fingerprint: str | None = None,
    seen: Collection[str] = (),
) -> Ruling[str | None]:
    """Without RC-1 only a final answer ends a loop (and the graph's own recursion limit)."""
    return Ruling("final" if final else None, outcome="final" if final else "continue")


# ── RC-2 ────────────────────────────────────────────────────────────────────────────────────

_PLACEHOLDERS = frozenset(
    {
        "...",
        "…",
        "string",
        "<string>",
        "str",
        "text",
        "todo",
        "tbd",
        "fixme",
        "xxx",
        "placeholder",
        "<placeholder>",
        "your answer here",
        "your text here",
        "insert text here",
        "lorem ipsum",
    }
)


def response_format(payload: Any, model: type[BaseModel]) -> Ruling[BaseModel | Failure]:
    """RC-2: structure and content of a structured answer (Eq. 11).

    Structure: it validates against `model`. Content: no required text is blank, and no text is
    a placeholder left standing.

    Args:
        payload: What the model answered: an instance, a mapping, or JSON text.
        model: The form that was asked for.
    """
    answer = _structure(payload, model)
    if isinstance(answer, Failure):
        return Ruling(
            answer,
            fired=True,
            outcome="structure",
            why=answer.message,
            before=shorten(payload, 200),
        )
    problem = next(_content_problems(answer), None)
    if problem is not None:
        failure = Failure(kind=FailureKind.CONTENT, where=model.__name__, message=problem)
        return Ruling(
            failure, fired=True, outcome="content", why=problem, before=shorten(payload, 200)
        )
    return Ruling(answer)


def no_response_format(payload: Any, model: type[BaseModel]) -> Ruling[BaseModel | Failure]:
    """Without RC-2 only the structure counts: there is no answer to give without one."""
    return Ruling(_structure(payload, model))


def _structure(payload: Any, model: type[BaseModel]) -> BaseModel | Failure:
    """Validate, whatever form the payload comes in."""

    def failure(message: str, **detail: Any) -> Failure:
        return Failure(
            kind=FailureKind.STRUCTURE, where=model.__name__, message=message, detail=detail
        )

    if isinstance(payload, BaseModel):
        payload = payload if isinstance(payload, model) else payload.model_dump()
    if isinstance(payload, str | bytes):
        try:
            payload = json.loads(payload)
        except (ValueError, RecursionError):
            return failure(f"The answer is not JSON: {shorten(payload)}")
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or model.__name__
        return failure(
            f"The field {where!r} does not fit: {first['msg'].lower()}.",
            fields=[".".join(map(str, e["loc"])) for e in error.errors(include_url=False)][:20],
        )
    except (TypeError, ValueError, RecursionError, AttributeError, KeyError) as error:
        return failure(f"The answer could not be validated: {type(error).__name__}: {error}.")


def _content_problems(answer: BaseModel, path: str = "") -> Iterator[str]:
    """Sentences on texts that are blank or placeholders."""
    for name, field in type(answer).model_fields.items():
        value = getattr(answer, name, None)
        default = field.default
        if default is not PydanticUndefined and value == default:
            continue
        yield from _text_problems(value, f"{path}{name}")


def _text_problems(value: Any, path: str) -> Iterator[str]:
    """The same, for one value and all it holds."""
    if isinstance(value, Enum):
        return
    if isinstance(value, str):
        text = value.strip()
        if not text:
            yield f"The field {path!r} is blank."
        elif text.lower() in _PLACEHOLDERS:
            yield f"The field {path!r} holds a placeholder ({text!r}) instead of an answer."
    elif isinstance(value, BaseModel):
        yield from _content_problems(value, f"{path}.")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _text_problems(item, f"{path}[{index}]")


# ── RC-3 ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Candidate:
    """A model that could answer.

    Attributes:
        name: How a person names it.
        roles: What it was given for: ``default``, ``vision``, ``code``, ``fast``.
    """

    name: str
    roles: frozenset[str]


_COMPATIBILITY: dict[str, dict[str, int]] = {
    "decide": {"fast": 2, "default": 1},
    "query": {"default": 2, "code": 1},
    "code": {"code": 2, "default": 1},
    "judge": {"default": 1},
}
_SEES = 10  # outweighs every purpose: a model that cannot see cannot answer at all


def model_selection(purpose: str, images: bool, candidates: Sequence[Candidate]) -> Ruling[str]:
    """RC-3: the most compatible model, μ = argmax κ(m, content, purpose) (Eq. 12).

    Content with images goes to a model given for vision if there is one. Otherwise the purpose
    decides: ``decide`` → fast, ``code`` → code, ``query`` and ``judge`` → default. Ties go to
    the first. With no candidate at all the value is the empty string.

    Args:
        purpose: ``decide``, ``query``, ``code`` or ``judge``; others go to the default.
        images: Whether the content holds images.
        candidates: The models, in order of preference.
    """
    weights = _COMPATIBILITY.get(purpose, {"default": 1})

    def compatibility(candidate: Candidate) -> int:
        score = max((weights.get(role, 0) for role in candidate.roles), default=0)
        return score + (_SEES if images and "vision" in candidate.roles else 0)

    if not candidates:
        return Ruling("", fired=True, outcome="none", why="No model was given.")
    chosen = max(candidates, key=compatibility)
    content = "pictures and text" if images else "text"
    return Ruling(
        chosen.name,
        fired=chosen is not candidates[0],
        outcome=chosen.name,
        why=f"Most compatible with {content} for the purpose {purpose!r}.",
        before=[candidate.name for candidate in candidates],
        after=chosen.name,
    )


def no_model_selection(purpose: str, images: bool, candidates: Sequence[Candidate]) -> Ruling[str]:
    """Without RC-3 the first model answers everything."""
    return Ruling(candidates[0].name if candidates else "")
