"""The tools for what no ready tool does: find, run, write and modify modules (VizGenie §5.2.2-4).

A module is shown only after it has passed its checks on these very data; one that passed is
kept. A change of parameters changes the stored code and generates nothing anew.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import Field, create_model

from multivis.errors import MultiVisError
from multivis.memory.modules import Module, Parameter, Signature, Variable
from multivis.state import Failure, FailureKind, RuleEvent
from multivis.syntax import parse_python
from multivis.tool import Arguments, Outcome, Tool, ToolContext
from multivis.volumes.delivery import draft_chart, drawing_of, versions
from multivis.volumes.drawing import Drawing, ModuleCall
from multivis.volumes.fitting import data_of
from multivis.volumes.module_checks import needed_imports, read_parameters, with_parameters
from multivis.volumes.modules import ModuleRun, ModuleRunner, signature_of, standard_module

__all__ = ["module_tools"]

_PLAIN = float | str | bool
_FINAL = Field(True, description="Whether this is the drawing to deliver.")


class FindModule(Arguments):
    """Arguments of `find_module`."""

    task: str = Field(min_length=3, max_length=2_000, description="What is to be drawn, in words.")


class RunModule(Arguments):
    """Arguments of `run_module`."""

    key: str = Field(min_length=1, max_length=64, description="A key that `find_module` gave.")
    task: str = Field("", max_length=2_000, description="What is asked now, in words.")
    parameters: dict[str, _PLAIN] = Field(
        default_factory=dict, description="Values in place of the defaults, by name."
    )
    final: bool = _FINAL


class Bound(Arguments):
    """The bounds of one parameter of a module."""

    name: str = Field(min_length=1, max_length=60)
    minimum: float | None = None
    maximum: float | None = None
    choices: list[str] = Field(default_factory=list, max_length=50)
    description: str = Field("", max_length=300)


class WriteModule(Arguments):
    """Arguments of `write_module`."""

    task: str = Field(
        min_length=3,
        max_length=2_000,
        description="What the module draws, in general words: numbers are parameters.",
    )
    code: str = Field(
        min_length=1,
        max_length=200_000,
        description=(
            "Python with VTK that defines PARAMETERS = {…} and build(data, parameters), which "
            "returns a vtkRenderer."
        ),
    )
    bounds: list[Bound] = Field(
        default_factory=list, max_length=40, description="Bounds of the parameters."
    )
    stages: list[str] = Field(
        default_factory=list,
        max_length=40,
        description="Classes of VTK that its pipeline must show when it is read back.",
    )
    final: bool = _FINAL


class ModifyModule(Arguments):
    """Arguments of `modify_module`."""

    parameters: dict[str, _PLAIN] = Field(description="New values, by name.")
    final: bool = _FINAL


def _failed(kind: FailureKind, message: str, **detail: Any) -> Outcome:
    failure = Failure(kind=kind, where="module", message=message, detail=detail)
    return Outcome(text=message, failure=failure)


def _runner(context: ToolContext) -> ModuleRunner | None:
    return context.dependencies.modules


_NOWHERE = "There is nowhere to run modules in this run; use the ready tools."


# ── finding ─────────────────────────────────────────────────────────────────────────────────


def _signature(context: ToolContext) -> Signature:
    data = data_of(context)
    with data.lock:
        return signature_of(data.volume.facts())


def _find(arguments: FindModule, context: ToolContext) -> Outcome:
    runner = _runner(context)
    if runner is None:
        return Outcome(text=_NOWHERE)
    found = runner.memory.find(arguments.task, _signature(context))
    if not found:
        return Outcome(text="No stored module fits this task and these data; write one.")
    lines = ["Stored modules that fit these data, best first:"]
    for item in found:
        lines.append(f"{item.module.key}: {item.module.task} (likeness {item.score:.2f})")
        lines += [f"  {_described(parameter)}" for parameter in item.module.parameters]
    return Outcome(text="\n".join(lines))


def _described(parameter: Parameter) -> str:
    text = f"{parameter.name} = {parameter.default!r}"
    if parameter.minimum is not None or parameter.maximum is not None:
        low = "-∞" if parameter.minimum is None else f"{parameter.minimum:g}"
        high = "∞" if parameter.maximum is None else f"{parameter.maximum:g}"
        text += f" in [{low}, {high}]"
    if parameter.choices:
        text += f", one of {', '.join(parameter.choices)}"
    return f"{text} {parameter.description}".rstrip()


# ── parameters ──────────────────────────────────────────────────────────────────────────────


def _bounded(
    values: Mapping[str, Any], parameters: Sequence[Parameter], context: ToolContext
) -> tuple[dict[str, Any] | None, str, tuple[RuleEvent, ...]]:
    """TE-1 on the parameters of a module: their bounds are kept with it."""
    fields: dict[str, Any] = {}
    for parameter in parameters:
        kind: Any = type(parameter.default)
        if kind is int:  # 2 and 2.5 are both meant where a default is written without a point
            kind = float if parameter.minimum is None or parameter.minimum % 1 else int
        if kind in (int, float):
            info = Field(parameter.default, ge=parameter.minimum, le=parameter.maximum)
        elif kind is str and parameter.choices:
            from typing import Literal

            kind, info = Literal[parameter.choices], Field(parameter.default)
        else:
            info = Field(parameter.default)
        fields[parameter.name] = (kind, info)
    model: Any = create_model("ModuleParameters", __base__=Arguments, **fields)
    ruling = context.dependencies.rules.parameter_bounds(dict(values), model)
    events = (ruling.event("TE-1", "planner"),) if ruling.fired else ()
    return ruling.value, ruling.why, events


def _parameters_of(code: str, bounds: Sequence[Bound]) -> tuple[Parameter, ...]:
    """The parameters of new code with the bounds that came with it."""
    given = {bound.name: bound for bound in bounds}
    made = []
    for name, default in (read_parameters(code) or {}).items():
        bound = given.get(name)
        if bound is None:
            made.append(Parameter(name, default))
            continue
        made.append(
            Parameter(
                name,
                default,
                bound.minimum,
                bound.maximum,
                tuple(bound.choices),
                bound.description,
            )
        )
    return tuple(made)


def _of_these_data(
    parameters: Sequence[Parameter], variable: object, context: ToolContext
) -> tuple[Parameter, ...]:
    """The parameters with the bounds that these data give: an isovalue lies in their range."""
    data = data_of(context)
    with data.lock:
        dataset = data.volume.dataset(0)
        if variable not in dataset.names:
            return tuple(parameters)
        low, high = dataset.range(str(variable))
    return tuple(
        replace(p, minimum=low, maximum=high) if p.name == "isovalue" else p for p in parameters
    )


def _fitted_variable(values: dict[str, Any], defaults: Mapping[str, Any], context: Any) -> None:
    """A module that is told its variable gets one that these data have."""
    if "variable" not in defaults:
        return
    data = data_of(context)
    with data.lock:
        dataset = data.volume.dataset(0)
        wanted = values.get("variable", defaults["variable"])
        values["variable"] = (
            dataset.resolve(str(wanted)) if wanted in dataset.names else dataset.resolve()
        )


# ── running ─────────────────────────────────────────────────────────────────────────────────


def _drawing(context: ToolContext, call: ModuleCall) -> Drawing:
    return drawing_of(context).changed(module=call, histogram=None, film=None)


def _show(
    drawing: Drawing, context: ToolContext, runner: ModuleRunner, *, final: bool
) -> tuple[Outcome, ModuleRun]:
    """Run the module of a drawing on the data, unless its evidence on them is there already.

    The same code runs the same way wherever it came from (TE-2): the imports that it counts on
    run before it, its call and the saving of its picture after it.
    """
    data = data_of(context)
    call = drawing.module
    assert call is not None  # callers set it
    known = runner.answer(drawing, data, check=False)  # checked anew when it is delivered
    if known is not None:
        shown = call.model_copy(update={"origin": "shown"})
        drawing = drawing.changed(module=shown)
        return _delivered(drawing, context, known, final=final), known
    standard = standard_module(call.code, context.dependencies.rules).value
    run = runner.run(standard.code, drawing, data, preset=standard.preset)
    if run.failure is not None:
        outcome = Outcome(text=run.failure.message, failure=run.failure)
    elif not run.passed:
        outcome = _unfit(run)
    else:
        outcome = _delivered(drawing, context, run, final=final)
    counted_on = needed_imports(standard.code, standard.preset)
    if counted_on:
        why = f"Standard imports were put before the module: {', '.join(counted_on)}."
        event = RuleEvent(rule="TE-2", outcome="environment", why=why, where="planner")
        outcome = outcome.model_copy(update={"rules": (*outcome.rules, event)})
    return outcome, run


def _unfit(run: ModuleRun) -> Outcome:
    """A module that ran, and does not draw what was asked for."""
    wrong = [c.message for c in run.checks if not c.passed and c.severity.value == "error"]
    text = "The module ran, but its checks found: " + " ".join(wrong)
    return _failed(FailureKind.EXECUTION, text)


def _delivered(drawing: Drawing, context: ToolContext, run: ModuleRun, *, final: bool) -> Outcome:
    told = [record for record in run.read_back if record.get("kind") != "camera"]
    parts = "; ".join(
        f"{record.get('kind')}: {record.get('cells', 0):,} cells by "
        + " → ".join(a["class"] for a in record.get("algorithms", ()))
        for record in told
    )
    text = f"The module draws, and passed its checks. {parts}"
    return Outcome(text=text[:2_000], update={"chart": draft_chart(drawing, context)}, final=final)


def _run(arguments: RunModule, context: ToolContext) -> Outcome:
    runner = _runner(context)
    if runner is None:
        return _failed(FailureKind.PREREQUISITE, _NOWHERE)
    module = runner.memory.get(arguments.key)
    if module is None or module.retired:
        return _failed(FailureKind.PARAMETER, f"There is no stored module {arguments.key!r}.")
    if not module.signature.fits(_signature(context)):
        return _failed(
            FailureKind.PARAMETER, "That module is for data of another kind or other variables."
        )
    defaults = read_parameters(module.code) or {}
    values = dict(arguments.parameters)
    _fitted_variable(values, defaults, context)
    fitting = _of_these_data(module.parameters, values.get("variable"), context)
    bounded, why, events = _bounded(values, fitting, context)
    if bounded is None:
        return _failed(FailureKind.PARAMETER, why).model_copy(update={"rules": events})
    call = ModuleCall(
        key=module.key,
        task=module.task,
        code=with_parameters(module.code, bounded),
        parameters={**defaults, **bounded},
        origin="stored",
    )
    drawing = _drawing(context, call)
    outcome, run = _show(drawing, context, runner, final=arguments.final)
    if outcome.failure is not None:
        retired = runner.memory.failed(module.key, outcome.text)
        if retired:
            outcome = outcome.model_copy(update={"text": f"{outcome.text} It was retired."})
    elif run.seconds:
        runner.settle(drawing, data_of(context), run)
    return outcome.model_copy(update={"rules": (*events, *outcome.rules)})


def _write(arguments: WriteModule, context: ToolContext) -> Outcome:
    runner = _runner(context)
    if runner is None:
        return _failed(FailureKind.PREREQUISITE, _NOWHERE)
    ruling = standard_module(arguments.code, context.dependencies.rules)
    events = (ruling.event("TE-2", "planner"),) if ruling.fired else ()
    code = ruling.value.code
    defaults = read_parameters(code) or {}
    call = ModuleCall(
        task=arguments.task,
        code=code,
        parameters=defaults,
        stages=tuple(arguments.stages),
    )
    drawing = _drawing(context, call)
    outcome, run = _show(drawing, context, runner, final=arguments.final)
    events = (*events, *outcome.rules)
    outcome = outcome.model_copy(update={"rules": events})
    if outcome.failure is not None:
        return outcome
    module = Module(
        task=arguments.task,
        signature=_needs(code, defaults, context),
        code=code,
        parameters=_parameters_of(code, arguments.bounds),
        versions=versions(),
        checks={check.id: check.passed for check in run.checks if check.applicable},
    )
    try:
        key = runner.memory.keep(module)
    except MultiVisError as error:
        return outcome.model_copy(update={"text": f"{outcome.text} It was not kept: {error}"})
    kept = drawing.changed(module=call.model_copy(update={"key": key}))
    runner.settle(kept, data_of(context), run)
    delivered = _delivered(kept, context, run, final=arguments.final)
    return delivered.model_copy(update={"rules": events})


def _needs(code: str, defaults: Mapping[str, Any], context: ToolContext) -> Signature:
    """The data that new code fits: kind, dimensions, and the variables that it names."""
    data = _signature(context)
    if "variable" in defaults:
        told = next((v for v in data.variables if v.name == defaults["variable"]), None)
        if told is not None:
            form = Variable("*", told.components, told.association)
            return Signature(data.kind, data.dimensions, (form,))
    named = {
        node.value
        for node in ast.walk(parse_python(code))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return Signature(
        data.kind, data.dimensions, tuple(v for v in data.variables if v.name in named)
    )


def _modify(arguments: ModifyModule, context: ToolContext) -> Outcome:
    runner = _runner(context)
    call = drawing_of(context).module
    if runner is None or call is None:
        return _failed(FailureKind.PREREQUISITE, "There is no module's picture to modify.")
    kept = runner.memory.get(call.key) if call.key else None
    parameters = kept.parameters if kept else _parameters_of(call.code, ())
    values = {**call.parameters, **arguments.parameters}
    bounded, why, events = _bounded(values, parameters, context)
    if bounded is None:
        return _failed(FailureKind.PARAMETER, why).model_copy(update={"rules": events})
    changed = call.model_copy(
        update={
            "code": with_parameters(call.code, bounded),
            "parameters": bounded,
            "origin": "stored" if call.key else call.origin,
        }
    )
    drawing = _drawing(context, changed)
    outcome, run = _show(drawing, context, runner, final=arguments.final)
    if outcome.failure is None and run.seconds:
        runner.settle(drawing, data_of(context), run)
    return outcome.model_copy(update={"rules": (*events, *outcome.rules)})


@lru_cache(maxsize=1)
def module_tools() -> tuple[Tool, ...]:
    """The tools for modules, in the order in which they are to be thought of."""
    from multivis.volumes.tools import explained

    rows: tuple[tuple[str, str, type[Arguments], Any], ...] = (
        (
            "find_module",
            "Look for a stored module that does what no ready tool does, on such data.",
            FindModule,
            _find,
        ),
        (
            "run_module",
            "Run a stored module with other parameters; it is checked on these data first.",
            RunModule,
            _run,
        ),
        (
            "write_module",
            "Write a module for what no ready tool does. It runs in the sandbox, is checked, and "
            "is kept when it passes; a failure says what to correct.",
            WriteModule,
            _write,
        ),
        (
            "modify_module",
            "Change parameters of the module whose picture is there already.",
            ModifyModule,
            _modify,
        ),
    )
    return tuple(
        Tool(name=name, description=description, arguments=arguments, run=explained(run))
        for name, description, arguments, run in rows
    )
