"""Mutants of rules and guards: one change each, that the walks must notice."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from multivis import RuleBook

CONTROL = "multivis.rules.control"
COORDINATION = "multivis.rules.coordination"
TOOLS = "multivis.rules.tools"
ERRORS = "multivis.rules.errors"
GUARDS = "multivis.graph.guards"
REACT = "multivis.graph.react"
COORDINATOR = "multivis.graph.nodes.coordinator"
BUILDER = "multivis.graph.builder"
WORKERS = "multivis.graph.nodes.workers"


@dataclass(frozen=True)
class Mutant:
    """One change of the source: in a function of a module, `old` becomes `new`."""

    module: str
    function: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.function}: {self.old.strip()[:45]} → {self.new.strip()[:45] or 'nothing'}"


MUTANTS = (
    # RC-1
    Mutant(CONTROL, "iteration_control", "not step < max_steps,", "not step <= max_steps,"),
    Mutant(CONTROL, "iteration_control", "not step < max_steps,", "not step + 1 < max_steps,"),
    Mutant(CONTROL, "iteration_control", "not step < max_steps,", "False,"),
    Mutant(
        CONTROL,
        "iteration_control",
        "not failures_in_a_row < max_failures,",
        "not failures_in_a_row <= max_failures,",
    ),
    Mutant(
        CONTROL,
        "iteration_control",
        "not failures_in_a_row < max_failures,",
        "not failures_in_a_row + 1 < max_failures,",
    ),
    Mutant(CONTROL, "iteration_control", "not failures_in_a_row < max_failures,", "False,"),
    Mutant(CONTROL, "iteration_control", "not tokens < max_tokens", "tokens > max_tokens"),
    Mutant(CONTROL, "iteration_control", "not tokens < max_tokens", "tokens < max_tokens"),
    Mutant(CONTROL, "iteration_control", "not seconds < max_seconds,", "False,"),
    Mutant(CONTROL, "iteration_control", "fingerprint in seen", "fingerprint not in seen"),
    Mutant(CONTROL, "iteration_control", "bool(fingerprint) and", "False and"),
    Mutant(CONTROL, "iteration_control", '("final", final,', '("final", False,'),
    # CR-1 to CR-3
    Mutant(COORDINATION, "task_type", "present[0] if", "present[-1] if"),
    Mutant(
        COORDINATION, "prerequisites", "frozenset(requires) - frozenset(defined)", "frozenset()"
    ),
    Mutant(
        COORDINATION,
        "prerequisites",
        "frozenset(requires) - frozenset(defined)",
        "frozenset(sorted(requires)[1:]) - frozenset(defined)",
    ),
    Mutant(COORDINATION, "evaluation_response", "if evaluation.passed:", "if True:"),
    Mutant(COORDINATION, "evaluation_response", "if not leading:", "if leading:"),
    Mutant(COORDINATION, "evaluation_response", "errors or list(", "list("),
    Mutant(
        COORDINATION, "evaluation_response", "action = Action.STOP", "action = Action.VISUALIZATION"
    ),
    Mutant(COORDINATION, "evaluation_response", 'r.target == "sql"', 'r.target == "code"'),
    Mutant(
        COORDINATION, "admissible", "return (Action.VALIDATION,)", "return (Action.VISUALIZATION,)"
    ),
    # TE-1
    Mutant(TOOLS, "_clamp_integer", "value = min(value, high)", "value = min(value, high + 1)"),
    Mutant(TOOLS, "_clamp_integer", "value = min(value, high)", "value = min(value, high - 1)"),
    Mutant(TOOLS, "_clamp_integer", "max(value, low)", "value"),
    # EH-1, EH-2
    Mutant(ERRORS, "_unknown", "FailureKind.STRUCTURE", "FailureKind.UNANSWERABLE"),
    Mutant(ERRORS, "_recovery", "attempt >= limits.max_failures", "attempt > limits.max_failures"),
    Mutant(
        ERRORS, "_recovery", "attempt >= limits.max_failures", "attempt + 1 >= limits.max_failures"
    ),
    Mutant(ERRORS, "_recovery", "kind in _FINAL or", "False or"),
    Mutant(ERRORS, "_recovery", "if attempt == 1:", "if attempt >= 1:"),
    Mutant(ERRORS, "_recovery", "advice[1] if attempt % 2 == 0 else advice[2]", "advice[1]"),
    Mutant(ERRORS, "_feedback", "if attempt > 1:", "if False:"),
    Mutant(ERRORS, "_feedback", "parts = [failure.message.rstrip()]", "parts = []"),
    Mutant(ERRORS, "_feedback", "    parts.append(advice)\n", ""),
    Mutant(ERRORS, "_back_off", "attempt > limits.model_retries", "False"),
    Mutant(ERRORS, "_back_off", '.get("transient") is False', '.get("transient") is None'),
    Mutant(ERRORS, "_back_off", "_LONGEST_WAIT))", "1e9)) * 1000"),
    # the guards
    Mutant(GUARDS, "after_coordinator", "if not missing:", "if missing:"),
    Mutant(GUARDS, "after_coordinator", "for _ in _NODE_OF:", "for _ in (1,):"),
    Mutant(
        GUARDS,
        "after_coordinator",
        "state.status is not Status.RUNNING or",
        "state.status is Status.RUNNING or",
    ),
    Mutant(GUARDS, "after_coordinator", "_NODE_OF.get(action, END_OF_RUN)", "action.value"),
    Mutant(GUARDS, "requires", "and existing_loads_data(state)", ""),
    Mutant(GUARDS, "after_intake", "is not Status.RUNNING", "is Status.RUNNING"),
    Mutant(REACT, "after_reason", "is not None", "is None"),
    Mutant(REACT, "after_check", 'return "act" if state.pending is not None else', "return"),
    Mutant(REACT, "after_check", "is not None", "is None"),
    Mutant(REACT, "after_observe", "is not None", "is None"),
    # counters, fallbacks and records
    Mutant(REACT, "_observe", "in_a_row = state.failures_in_a_row + 1", "in_a_row = 1"),
    Mutant(REACT, "_observe", "in_a_row = 0", "in_a_row = state.failures_in_a_row"),
    Mutant(REACT, "_observe", '"step": state.step + 1,', '"step": state.step,'),
    Mutant(REACT, "_observe", "step=state.step + 1,", "step=state.step,"),
    Mutant(REACT, "_observe", '"stop": reason or gave_up,', '"stop": reason,'),
    Mutant(REACT, "_observe", 'text = f"{text}\\n{advice}"', "pass"),
    Mutant(REACT, "_observe", "fingerprint=outcome.fingerprint,", ""),
    Mutant(REACT, "_observe", "attempt = 1 + _run", "attempt = 0 * _run"),
    Mutant(REACT, "_check", "    if arguments is None:\n", "    if False:\n"),
    Mutant(REACT, "_check", "    if missing:\n", "    if False:\n"),
    Mutant(REACT, "_check", "arguments=arguments, id", "arguments=parsed.arguments, id"),
    Mutant(REACT, "_run_tool", "except Exception as error:", "except OSError as error:"),
    Mutant(REACT, "_reason", "except (ModelError, InputError)", "except ModelError"),
    Mutant(COORDINATOR, "coordinator", '"step": state.step + 1,', '"step": state.step,'),
    Mutant(COORDINATOR, "coordinator", ', "seen": (_mark(state),)', ""),
    Mutant(COORDINATOR, "_spent", "if reason not in told:", "if reason in told:"),
    Mutant(COORDINATOR, "_end", "if status is Status.EXHAUSTED and", "if best is not None and"),
    Mutant(COORDINATOR, "_stop_reason", "is FailureKind.UNANSWERABLE", "is FailureKind.IMAGE"),
    Mutant(COORDINATOR, "_ask_model", "if chosen not in actions:", "if False:"),
    Mutant(COORDINATOR, "_ask_model", "except (ModelError, InputError)", "except InputError"),
    Mutant(COORDINATOR, "_end", "best.evaluation.passed", "True"),
    Mutant(COORDINATOR, "_end", '"tokens", ', ""),
    Mutant(COORDINATOR, "_end", "    if best is not None:\n", "    if False:\n"),
    Mutant(COORDINATOR, "better_attempt", "        return now\n", "        return state.best\n"),
    Mutant(BUILDER, "_node_failed", "state.failures_in_a_row + 1", "state.failures_in_a_row"),
    Mutant(WORKERS, "finished", "state.failures_in_a_row + 1", "state.failures_in_a_row"),
)


@contextmanager
def applied(mutant: Mutant) -> Iterator[RuleBook]:
    """The mutant in place of the real function, and a rule book that uses it."""
    module = importlib.import_module(mutant.module)
    source = _source(module, mutant.function)
    assert source.count(mutant.old) == 1, f"{mutant} no longer fits the source"
    made: dict[str, Any] = {}
    code = "from __future__ import annotations\n" + source.replace(mutant.old, mutant.new)
    exec(compile(code, f"<mutant of {mutant.function}>", "exec"), module.__dict__, made)
    function = made[mutant.function]
    with pytest.MonkeyPatch.context() as patch:
        for name in [mutant.module, *_IMPORTERS.get(mutant.module, ())]:
            importer = importlib.import_module(name)
            if hasattr(importer, mutant.function):
                patch.setattr(importer, mutant.function, function)
        book = RuleBook()
        for rule in book:
            if rule.function.__module__ == mutant.module and (
                rule.function.__name__ == mutant.function
            ):
                book = book.with_rule(rule.id, function)
        yield book


#: Modules that import a mutated function by name.
_IMPORTERS = {
    WORKERS: ("multivis.graph.nodes.database", "multivis.graph.nodes.visualization"),
    COORDINATION: ("multivis.rules",),
}


def _source(module: ModuleType, function: str) -> str:
    """The source of one function of a module."""
    text = inspect.getsource(module)
    found = next(
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name == function
    )
    return "".join(f"{line}\n" for line in text.splitlines()[found.lineno - 1 : found.end_lineno])
