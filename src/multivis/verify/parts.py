"""Concrete values that stand for abstract ones, and the dependencies that the walk needs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from multivis.clock import steady_time
from multivis.rules import RuleBook
from multivis.settings import Limits, Settings
from multivis.state import (
    ArtifactReference,
    Budget,
    Chart,
    CodeReference,
    Evaluation,
    Failure,
    FailureKind,
    Provenance,
    QueryResult,
    Recommendation,
    References,
    Request,
    Severity,
    State,
    Usage,
)
from multivis.tool import Dependencies

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

__all__ = [
    "CHART",
    "EVALUATIONS",
    "EXISTING",
    "OTHER_CHART",
    "OTHER_QUERY",
    "OWN_DATA_CHART",
    "QUERY",
    "failure_of",
    "kind_of",
    "make_budget",
    "make_dependencies",
    "make_run",
    "spent",
]

_NOTHING = ArtifactReference(sha256="0" * 64, media_type="", size=0)
QUERY = QueryResult(sql="SELECT 1", dialect="sqlite", columns=(), row_count=1, rows=_NOTHING)
OTHER_QUERY = QUERY.model_copy(update={"sql": "SELECT 2"})
_PROVENANCE = Provenance(question="q", code_sha256="0" * 64)
CHART = Chart(backend="altair", code="chart = alt.Chart(df)", script="", provenance=_PROVENANCE)
OTHER_CHART = CHART.model_copy(update={"code": "chart = alt.Chart(df).mark_bar()"})
OWN_DATA_CHART = CHART.model_copy(
    update={
        "code": "import pandas as pd\nimport altair as alt\n"
        "chart = alt.Chart(pd.read_csv('a.csv')).mark_bar()\n"
    }
)
EXISTING = CodeReference(text=OWN_DATA_CHART.code, library="altair", facts={"loads_data": True})


def _advice(target: Any, severity: Severity) -> Recommendation:
    return Recommendation(target=target, severity=severity, text=f"Change the {target}.")


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

#: Every evaluation that CR-3 can tell apart, by name.
EVALUATIONS: dict[str, Evaluation] = {
    "passed": Evaluation(passed=True),
    "passed, warned": Evaluation(passed=True, recommendations=(_advice("sql", _WARNING),)),
    "nothing recommended": Evaluation(passed=False),
    "sql error": Evaluation(passed=False, recommendations=(_advice("sql", _ERROR),)),
    "code error": Evaluation(passed=False, recommendations=(_advice("code", _ERROR),)),
    "both errors": Evaluation(
        passed=False, recommendations=(_advice("code", _ERROR), _advice("sql", _ERROR))
    ),
    "code error, sql warning": Evaluation(
        passed=False, recommendations=(_advice("sql", _WARNING), _advice("code", _ERROR))
    ),
    "sql error, code warning": Evaluation(
        passed=False, recommendations=(_advice("code", _WARNING), _advice("sql", _ERROR))
    ),
    "sql warning": Evaluation(passed=False, recommendations=(_advice("sql", _WARNING),)),
    "code warning": Evaluation(passed=False, recommendations=(_advice("code", _WARNING),)),
}

_PLUS_QUERY = f"{FailureKind.PREREQUISITE.value}, query"
_TRANSIENT = f"{FailureKind.PROVIDER.value}, transient"

#: Every failure that the rules can tell apart, by name.
FAILURES: tuple[str, ...] = (*(kind.value for kind in FailureKind), _PLUS_QUERY, _TRANSIENT)


@cache
def failure_of(name: str, where: str = "tool") -> Failure:
    """The failure that stands for all of a name in `FAILURES`."""
    kind = FailureKind(name.partition(",")[0])
    detail: dict[str, Any] = {}
    if kind is FailureKind.PROVIDER:
        detail = {"transient": name == _TRANSIENT}
    if kind is FailureKind.PREREQUISITE:
        detail = {"missing": ["query" if name == _PLUS_QUERY else "chart"]}
    return Failure(kind=kind, where=where, message=f"A failure of the kind {name}.", detail=detail)


def kind_of(failure: Failure) -> str:
    """The name in `FAILURES` of a concrete failure."""
    if failure.kind is FailureKind.PROVIDER:
        return failure.kind.value if failure.detail.get("transient") is False else _TRANSIENT
    if failure.kind is FailureKind.PREREQUISITE:
        missing = failure.detail.get("missing")
        lacks = isinstance(missing, list | tuple | set | frozenset) and "query" in missing
        return _PLUS_QUERY if lacks else failure.kind.value
    return failure.kind.value


# ── limits spent and not spent ──────────────────────────────────────────────────────────────


def make_budget(limits: Limits, *, late: bool) -> Budget:
    """A budget whose time is up, or has just begun."""
    ago = limits.max_seconds if late else 0.0
    return Budget(
        steps=limits.max_steps,
        tokens=limits.max_tokens,
        seconds=limits.max_seconds,
        started=steady_time() - ago,
    )


def spent(limits: Limits, *, all_of_it: bool) -> Usage:
    """Tokens exactly at the limit, or one below it."""
    return Usage(calls=1, prompt_tokens=limits.max_tokens - (0 if all_of_it else 1))


def make_run(limits: Limits, defined: frozenset[str] = frozenset(), **fields: Any) -> State:
    """The state of a run in which some things are defined."""
    made: dict[str, Any] = {
        "query": QUERY if "query" in defined else None,
        "chart": CHART if "chart" in defined else None,
        "evaluation": EVALUATIONS["code error"] if "evaluation" in defined else None,
    }
    if "existing" in defined:
        made["references"] = References(existing=EXISTING)
    made["budget"] = make_budget(limits, late=False)
    return State(request=Request(question="q", data="d"), **{**made, **fields})


# ── dependencies ────────────────────────────────────────────────────────────────────────────


class _Answering:
    """What `call_model` needs of a model: tools can be bound, and it answers or raises."""

    def __init__(self, answer: AIMessage | Exception) -> None:
        self.answer = answer
        self.deterministic = True  # it would only repeat itself: it is asked once

    def bind_tools(self, tools: Sequence[Any], **options: Any) -> _Answering:
        """The same, whatever the tools."""
        return self

    def invoke(self, messages: Sequence[Any]) -> AIMessage:
        """The answer."""
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class _Models:
    """A router with one model."""

    candidates = ()
    has_vision = False

    def __init__(self, answer: AIMessage | Exception) -> None:
        self._model = _Answering(answer)

    def select(self, purpose: str, *, images: bool = False) -> Any:
        """The model."""
        return self._model

    def name(self, model: Any) -> str:
        """How it is called."""
        return "model"


@cache
def _settings(limits: Limits) -> Settings:
    """The standard settings under some limits, whatever the environment says."""
    return Settings.model_construct(**{**Settings.model_construct().__dict__, "limits": limits})


def make_dependencies(
    rules: RuleBook, limits: Limits, *, answer: AIMessage | Exception | None = None
) -> Dependencies:
    """Dependencies whose model gives one answer; nothing else in them is ever touched."""
    from multivis.errors import ProviderError

    fallback = ProviderError("There is no model here.", transient=False)
    absent = cast("Any", None)
    return Dependencies(
        source=absent,
        models=_Models(fallback if answer is None else answer),
        sandbox=absent,
        store=absent,
        rules=rules,
        settings=_settings(limits),
        backends={},
    )
