"""The twelve rules in one book (MultiVis-Agent §4.3): take one out, put another in, list them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, overload

from pydantic import BaseModel

from multivis.errors import GraphError, OptionError
from multivis.rules import code, control, coordination, errors, image, reference, tools
from multivis.rules.code import StandardCode
from multivis.rules.control import Candidate
from multivis.rules.errors import ParsedCall, Recovery
from multivis.rules.image import ImageFacts
from multivis.rules.ruling import Ruling
from multivis.settings import Limits
from multivis.state import (
    Action,
    CodeReference,
    Evaluation,
    Failure,
    ImageReference,
    Scenario,
    Severity,
)

__all__ = ["Rule", "RuleBook"]

Layer = Literal["coordination", "tool execution", "error handling", "ReAct control"]


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        id: Its number, for example ``"CR-1"``.
        name: What it is called.
        layer: The layer it belongs to (paper §4.3.2).
        statement: What it says, in one line.
        severity: ``error`` when it can stop something, ``warning`` when it only corrects.
        paper: Where it is defined.
        guards: Where it is applied.
        function: The rule itself: pure, total, gives a `Ruling`.
        neutral: What holds when the rule is taken out.
    """

    id: str
    name: str
    layer: Layer
    statement: str
    severity: Severity
    paper: str
    guards: str
    function: Callable[..., Ruling[Any]]
    neutral: Callable[..., Ruling[Any]]


def _rule(
    id: str,
    name: str,
    statement: str,
    equation: int,
    guards: str,
    function: Callable[..., Ruling[Any]],
    neutral: Callable[..., Ruling[Any]],
    severity: Severity = Severity.ERROR,
) -> Rule:
    """One line of the table below."""
    layers: dict[str, Layer] = {
        "CR": "coordination",
        "TE": "tool execution",
        "EH": "error handling",
        "RC": "ReAct control",
    }
    return Rule(
        id=id,
        name=name,
        layer=layers[id[:2]],
        statement=statement,
        severity=severity,
        paper=f"MultiVis-Agent §4.3.2, Eq. {equation}",
        guards=guards,
        function=function,
        neutral=neutral,
    )


_TWELVE: tuple[Rule, ...] = (
    _rule(
        "CR-1",
        "task type",
        "The scenario is the first of D, C, B, A whose input is present.",
        1,
        "intake",
        coordination.task_type,
        coordination.no_task_type,
        Severity.WARNING,
    ),
    _rule(
        "CR-2",
        "prerequisites",
        "A tool runs only if all it needs is defined in the state.",
        2,
        "the edge out of the coordinator; every tool call",
        coordination.prerequisites,
        coordination.no_prerequisites,
    ),
    _rule(
        "CR-3",
        "evaluation response",
        "The evaluation alone decides: complete, modify the code, query again, or stop.",
        3,
        "the edge out of validation",
        coordination.evaluation_response,
        coordination.no_evaluation_response,
    ),
    _rule(
        "TE-1",
        "parameter bounds",
        "A value in its domain is clamped into its bounds; any other is refused by name.",
        4,
        "every tool call",
        tools.parameter_bounds,
        tools.no_parameter_bounds,
    ),
    _rule(
        "TE-2",
        "code environment",
        "The same code always runs the same way: standard namespace, no wrapping, one chart.",
        5,
        "before the sandbox",
        code.code_environment,
        code.no_code_environment,
    ),
    _rule(
        "TE-3",
        "reference material",
        "Reference material is checked by kind, file and content before anything reads it.",
        6,
        "intake",
        reference.reference_material,
        reference.no_reference_material,
    ),
    _rule(
        "EH-1",
        "call parsing",
        "What is not a usable tool call is classified, repaired if safe, else asked for again.",
        7,
        "the react loop",
        errors.call_parsing,
        errors.no_call_parsing,
    ),
    _rule(
        "EH-2",
        "execution recovery",
        "Every kind of failure has one recovery, which escalates and ends.",
        8,
        "the react loop",
        errors.execution_recovery,
        errors.no_execution_recovery,
    ),
    _rule(
        "EH-3",
        "image validation",
        "An image is used if it exists, has a known format, decodes, and is within its size.",
        9,
        "intake",
        image.image_validation,
        image.no_image_validation,
    ),
    _rule(
        "RC-1",
        "iteration control",
        "A loop stops on a final answer, a repetition, the failure limit, T_max, or the budget.",
        10,
        "every loop, the coordinator's and the agents'",
        control.iteration_control,
        control.no_iteration_control,
    ),
    _rule(
        "RC-2",
        "response format",
        "A structured answer has the right structure, and content in it.",
        11,
        "every structured answer",
        control.response_format,
        control.no_response_format,
    ),
    _rule(
        "RC-3",
        "model selection",
        "The model that fits content and purpose best answers.",
        12,
        "every call of a model",
        control.model_selection,
        control.no_model_selection,
        Severity.WARNING,
    ),
)
_BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in _TWELVE}
_LAYERS = ("CR", "TE", "EH", "RC")


@dataclass(frozen=True)
class RuleBook:
    """An immutable set of rules; `RuleBook()` holds all twelve.

    Each rule has a method of its own with the rule's signature. When the rule is not in the
    book the method gives the neutral ruling, so nothing else has to know.
    """

    rules: tuple[Rule, ...] = _TWELVE

    @classmethod
    def none(cls) -> RuleBook:
        """A book without rules: the ablation of the paper's §6.3.3."""
        return cls(())

    def without(self, *ids: str) -> RuleBook:
        """A book without some rules (``"TE-1"``) or layers (``"RC"``).

        Raises:
            OptionError: There is no such rule or layer.
        """
        gone: set[str] = set()
        for given in ids:
            wanted = given.upper()
            if wanted in _LAYERS:
                gone |= {rule.id for rule in _TWELVE if rule.id.startswith(wanted)}
            else:
                gone.add(_known(wanted).id)
        return RuleBook(tuple(rule for rule in self.rules if rule.id not in gone))

    def with_rule(self, rule_id: str, function: Callable[..., Ruling[Any]]) -> RuleBook:
        """A book in which a rule is replaced, or put back, with another function.

        Args:
            rule_id: Its number.
            function: Same signature as the rule; gives a `Ruling`.

        Raises:
            OptionError: There is no such rule.
        """
        new = replace(_known(rule_id.upper()), function=function)
        kept = {rule.id: rule for rule in self.rules} | {new.id: new}
        return RuleBook(tuple(kept[rule.id] for rule in _TWELVE if rule.id in kept))

    def __contains__(self, rule_id: object) -> bool:
        return any(rule.id == rule_id for rule in self.rules)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def table(self) -> list[dict[str, str]]:
        """The rules for people: one row a rule, texts only."""
        return [
            {
                "rule": rule.id,
                "name": rule.name,
                "layer": rule.layer,
                "statement": rule.statement,
                "severity": rule.severity.value,
                "guards": rule.guards,
                "paper": rule.paper,
            }
            for rule in self.rules
        ]

    def _apply(self, rule_id: str, *args: Any, **kwargs: Any) -> Ruling[Any]:
        """Apply a rule, or its neutral stand-in, and log it when it fires."""
        rule = next((rule for rule in self.rules if rule.id == rule_id), None)
        if rule is None:
            return _BY_ID[rule_id].neutral(*args, **kwargs)
        ruling = rule.function(*args, **kwargs)
        if not isinstance(ruling, Ruling):
            raise GraphError(
                f"The rule {rule_id} gave {type(ruling).__name__!r} instead of a Ruling.",
                hint="A replaced rule returns multivis.rules.Ruling(value, fired=…, outcome=…).",
            )
        if ruling.fired:
            _log(rule_id, ruling)
        return ruling

    # ── the twelve ──────────────────────────────────────────────────────────────────────────

    def task_type(self, has_existing: bool, has_code: bool, has_image: bool) -> Ruling[Scenario]:
        """CR-1; without it: scenario A. See `coordination.task_type`."""
        return self._apply("CR-1", has_existing, has_code, has_image)

    def prerequisites(
        self, requires: frozenset[str], defined: frozenset[str]
    ) -> Ruling[frozenset[str]]:
        """CR-2; without it: nothing is missing. See `coordination.prerequisites`."""
        return self._apply("CR-2", requires, defined)

    def evaluation_response(self, evaluation: Evaluation) -> Ruling[Action]:
        """CR-3; without it: COMPLETE. See `coordination.evaluation_response`."""
        return self._apply("CR-3", evaluation)

    def admissible(
        self,
        scenario: Scenario,
        defined: frozenset[str],
        evaluation: Evaluation | None,
        existing_loads_data: bool,
    ) -> tuple[Action, ...]:
        """What the coordinator may do next. See `coordination.admissible`.

        Without CR-2 every worker is admissible, whatever is defined, and a model has to choose;
        the usual next one is named first. CR-3 as it is in this book answers an evaluation.
        """
        if evaluation is not None and "source" in defined:
            return (self.evaluation_response(evaluation).value,)
        usual = coordination.admissible(scenario, defined, evaluation, existing_loads_data)
        if "CR-2" in self:
            return usual
        workers = (Action.DATABASE, Action.VISUALIZATION, Action.VALIDATION)
        return tuple(dict.fromkeys((*(a for a in usual if a in workers), *workers)))

    def parameter_bounds(
        self, arguments: Mapping[str, Any], model: type[BaseModel]
    ) -> Ruling[dict[str, Any] | None]:
        """TE-1; without it: the arguments as written. See `tools.parameter_bounds`."""
        return self._apply("TE-1", arguments, model)

    def code_environment(
        self, code: str, backend: str, *, frame: str = "df", environment: str
    ) -> Ruling[StandardCode]:
        """TE-2; without it: the code as written, no preset. See `code.code_environment`."""
        return self._apply("TE-2", code, backend, frame=frame, environment=environment)

    @overload
    def reference_material(
        self,
        kind: Literal["code", "existing", "specification"],
        content: bytes | None,
        name: str,
        limits: Limits,
    ) -> Ruling[CodeReference | Failure]: ...
    @overload
    def reference_material(
        self, kind: Literal["image"], content: bytes | None, name: str, limits: Limits
    ) -> Ruling[ImageReference | Failure]: ...
    def reference_material(
        self, kind: reference.ReferenceKind, content: bytes | None, name: str, limits: Limits
    ) -> Ruling[CodeReference | ImageReference | Failure]:
        """TE-3; without it: the text unread. See `reference.reference_material`."""
        return self._apply("TE-3", kind, content, name, limits)

    def call_parsing(
        self,
        content: str,
        tool_calls: Sequence[Mapping[str, Any]],
        invalid_tool_calls: Sequence[Mapping[str, Any]],
        known: Collection[str],
    ) -> Ruling[ParsedCall | Failure]:
        """EH-1; without it: the first proper call. See `errors.call_parsing`."""
        return self._apply("EH-1", content, tool_calls, invalid_tool_calls, known)

    def execution_recovery(
        self, failure: Failure, attempt: int, limits: Limits
    ) -> Ruling[Recovery]:
        """EH-2; without it: retry with the bare message. See `errors.execution_recovery`."""
        return self._apply("EH-2", failure, attempt, limits)

    def image_validation(self, facts: ImageFacts, limits: Limits) -> Ruling[Failure | None]:
        """EH-3; without it: None. See `image.image_validation`."""
        return self._apply("EH-3", facts, limits)

    def iteration_control(
        self,
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
        """RC-1; without it: only a final answer stops. See `control.iteration_control`."""
        return self._apply(
            "RC-1",
            step=step,
            max_steps=max_steps,
            final=final,
            failures_in_a_row=failures_in_a_row,
            max_failures=max_failures,
            tokens=tokens,
            max_tokens=max_tokens,
            seconds=seconds,
            max_seconds=max_seconds,
            fingerprint=fingerprint,
            seen=seen,
        )

    def response_format(self, payload: Any, model: type[BaseModel]) -> Ruling[BaseModel | Failure]:
        """RC-2; without it: structure alone. See `control.response_format`."""
        return self._apply("RC-2", payload, model)

    def model_selection(
        self, purpose: str, images: bool, candidates: Sequence[Candidate]
    ) -> Ruling[str]:
        """RC-3; without it: the first model. See `control.model_selection`."""
        return self._apply("RC-3", purpose, images, candidates)


def _known(rule_id: str) -> Rule:
    """The rule of that number; raises OptionError."""
    if rule_id in _BY_ID:
        return _BY_ID[rule_id]
    raise OptionError(
        f"There is no rule {rule_id!r}.",
        hint=f"The rules are {', '.join(_BY_ID)}; the layers are {', '.join(_LAYERS)}.",
    )


# ── logging ─────────────────────────────────────────────────────────────────────────────────

_LOGGER = logging.getLogger("multivis.rules")
_LOGGER.addHandler(logging.NullHandler())


@lru_cache(maxsize=1)
def _structured() -> Any:
    """A structlog logger over the standard library's: a library never prints on its own."""
    import structlog

    return structlog.wrap_logger(
        _LOGGER,
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _log(rule_id: str, ruling: Ruling[Any]) -> None:
    """One line a firing, with the rule's number; free when nobody listens."""
    if _LOGGER.isEnabledFor(logging.INFO):
        _structured().info("rule fired", rule=rule_id, outcome=ruling.outcome, why=ruling.why)
