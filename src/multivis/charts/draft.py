"""From chart code to a drafted chart: standardise it, run it, keep what it draws.

Two kinds of code come here. Code of the visualization agent starts from the frame ``df`` that
multivis loads; its script is the data prologue, the standard imports, the code, and a save.
A user's own script (scenario D) loads its own data; its script is the code itself.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.charts.clean import clean_figure, clean_specification
from multivis.charts.own_data import OwnData, find_own_data, missing_imports
from multivis.charts.provenance import chart_provenance, png_with_provenance
from multivis.errors import MultiVisError, RenderError
from multivis.state import Chart, Failure, FailureKind, Note, QueryResult, Request, RuleEvent
from multivis.syntax import parse_python
from multivis.tool import Dependencies

if TYPE_CHECKING:
    from multivis.protocols import ChartBackend, Run, RunError
    from multivis.rules import StandardCode

__all__ = ["MEDIA_TYPES", "Draft", "draft", "draft_chart", "render_chart"]

MEDIA_TYPES = {
    "altair": "application/vnd.vegalite.v6+json",
    "plotly": "application/vnd.plotly.v1+json",
    "matplotlib": "application/json",
}
_WHERE = "execute_code"
_ROWS_FILE = "data.arrow"
_ALTAIR_ROWS = 5_000  # altair itself refuses more unless told otherwise
_LOAD = f"""
def _load():
    import pyarrow
    with pyarrow.ipc.open_file({_ROWS_FILE!r}) as reader:
        return reader.read_all().to_pandas()

df = _load()
del _load
"""
_LIFT_ROW_CAP = "alt.data_transformers.disable_max_rows()\n"


@dataclass(frozen=True)
class Draft:
    """What came of a draft: a chart or a failure, notes for the asker, and what TE-2 did."""

    chart: Chart | None = None
    spec: dict[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    notes: tuple[Note, ...] = ()
    rules: tuple[RuleEvent, ...] = ()


@dataclass(frozen=True)
class _Plan:
    """How one piece of code is run and what is delivered of it."""

    backend: ChartBackend
    standard: StandardCode
    code: str
    preset: str
    inputs: dict[str, Path | bytes]
    own_data: OwnData | None = None


def draft_chart(
    code: str,
    *,
    query: QueryResult | None,
    request: Request,
    dependencies: Dependencies,
    handoff: str = "",
) -> Chart | Failure:
    """Run chart code and keep the chart it leaves.

    Args:
        code: The chart code as a model wrote it.
        query: The rows it draws; None only for code that loads its own.
        request: What was asked; names the backend, and `existing` allows own data loading.
        dependencies: Source, sandbox, store, rules and settings.
        handoff: What the visualization agent wants the others to know.

    Returns:
        The chart without a picture (`render_chart` draws it), or why there is none: with the
        line, the text of the line, and for a missing column the real ones, in `detail`.
    """
    result = draft(code, query=query, request=request, dependencies=dependencies, handoff=handoff)
    return result.chart or result.failure or _failure(FailureKind.INTERNAL, "Nothing was drafted.")


def draft(
    code: str,
    *,
    query: QueryResult | None,
    request: Request,
    dependencies: Dependencies,
    handoff: str = "",
) -> Draft:
    """As `draft_chart`, with the specification, notes for the asker, and what TE-2 did."""
    plan, rules = _plan(code, query, request, dependencies)
    if isinstance(plan, Failure):
        return Draft(failure=plan, rules=rules)
    limits = dependencies.settings.limits
    try:
        run = dependencies.sandbox.run(plan.code, plan.inputs, limits, preset=plan.preset)
    except MultiVisError as error:
        return Draft(failure=_failure(FailureKind.INTERNAL, str(error)), rules=rules)
    if run.error is not None:
        return Draft(failure=_run_failure(run.error, query, plan), rules=rules)
    result = _read_run(run, plan, query, request, dependencies, handoff)
    return replace(result, rules=rules)


def _read_run(
    run: Run,
    plan: _Plan,
    query: QueryResult | None,
    request: Request,
    dependencies: Dependencies,
    handoff: str,
) -> Draft:
    """The chart that a run left, cleaned and kept."""
    backend = _drawn_with(run, plan, request, dependencies)
    if isinstance(backend, Failure):
        return Draft(failure=backend)
    try:
        spec = backend.specification(run)
    except RenderError as error:
        return Draft(failure=_failure(FailureKind.NO_CHART, str(error)))
    spec, notes, refused = _cleaned(spec, backend.name)
    if refused is not None:
        return Draft(failure=refused)
    many = reduction_of(spec) is not None or _most_rows(spec) > _ALTAIR_ROWS
    script = _script(replace(plan, backend=backend), query, dependencies, lift_row_cap=many)
    if isinstance(script, Failure):
        return Draft(failure=script)
    content = json.dumps(spec, ensure_ascii=False, separators=(",", ":"), default=str).encode(
        "utf-8", "backslashreplace"
    )
    code = plan.standard.code
    chart = Chart(
        backend=backend.name,
        code=code,
        script=script,
        spec=dependencies.store.put(content, MEDIA_TYPES[backend.name], "chart.json"),
        handoff=handoff,
        provenance=chart_provenance(
            request.model_copy(update={"backend": backend.name}),
            code,
            query=None if plan.own_data else query,
            source=dependencies.source.address,
            spec=spec,
        ),
    )
    return Draft(chart, spec, notes=notes)


def render_chart(chart: Chart, dependencies: Dependencies) -> Chart:
    """The chart with its picture, drawn from its specification, provenance inside.

    Raises:
        RenderError: There is no specification, or it cannot be drawn.
    """
    if chart.spec is None:
        raise RenderError("The chart has no specification to draw.", hint="Draft it again.")
    spec = json.loads(dependencies.store.get(chart.spec))
    picture = dependencies.backends[chart.backend].png(spec)
    marked = png_with_provenance(picture, chart.provenance)
    image = dependencies.store.put(marked, "image/png", "chart.png")
    return chart.model_copy(update={"image": image})


# ── before the run ──────────────────────────────────────────────────────────────────────────


def _plan(
    code: str, query: QueryResult | None, request: Request, dependencies: Dependencies
) -> tuple[_Plan | Failure, tuple[RuleEvent, ...]]:
    """TE-2, and the files that the code may read."""
    backend = dependencies.backends[request.backend]
    environment = backend.environment()
    ruling = dependencies.rules.code_environment(
        code, backend.name, frame="df", environment=environment
    )
    standard = ruling.value
    events = (ruling.event("TE-2", _WHERE),) if ruling.fired else ()
    if standard.syntax_error is not None:
        failure = _failure(
            FailureKind.SYNTAX,
            f"The code does not parse: {standard.syntax_error}.",
            **_line_of(standard),
        )
        return failure, events
    if standard.loads_data:
        plan = _plan_own_data(backend, standard, environment, request, dependencies)
        if isinstance(plan, _Plan) and plan.own_data and plan.own_data.replaced:
            why = "Paths of the script were replaced for the run: " + ", ".join(
                plan.own_data.replaced
            )
            events = (*events, RuleEvent(rule="TE-2", outcome="paths", why=why, where=_WHERE))
        return plan, events
    if query is None:
        failure = _failure(
            FailureKind.PREREQUISITE,
            "The code draws the frame `df`, but no query has run yet.",
            missing=["query"],
        )
        return failure, events
    plan = _Plan(
        backend,
        standard,
        standard.code,
        standard.preset + _reducing(query.row_count, dependencies) + _LOAD,
        {_ROWS_FILE: dependencies.store.path(query.rows)},
    )
    if standard.preset:
        why = "Standard imports, the data prologue and a save were put around the code."
        events = (*events, RuleEvent(rule="TE-2", outcome="environment", why=why, where=_WHERE))
    return plan, events


def _plan_own_data(
    backend: ChartBackend,
    standard: StandardCode,
    environment: str,
    request: Request,
    dependencies: Dependencies,
) -> _Plan | Failure:
    if request.existing is None:
        return _failure(
            FailureKind.REFUSED,
            "The code brings data of its own; the chart must draw the rows of the query, which "
            "are already loaded in the pandas frame `df`.",
        )
    own = find_own_data(standard.code, standard.data_literals, dependencies.source.files())
    imports = missing_imports(standard.code, environment)
    return _Plan(
        backend,
        standard,
        own.code,
        imports + _reducing(None, dependencies),
        dict(own.inputs),
        own,
    )


def _reducing(rows: int | None, dependencies: Dependencies) -> str:
    """Code that makes charts over many rows small before they leave the sandbox."""
    most = dependencies.settings.limits.spec_rows
    if rows is not None and rows <= most:
        return ""
    return (
        f"from multivis.charts.large import install as _install; _install({most}); del _install\n"
    )


def _line_of(standard: StandardCode) -> dict[str, Any]:
    """The line at which code stops parsing, as detail of a failure."""
    try:
        parse_python(standard.code)
    except SyntaxError as error:
        lines = standard.code.splitlines()
        number = error.lineno
        text = lines[number - 1] if number and number <= len(lines) else None
        return {"line": number, "source_line": text}
    except (ValueError, MemoryError, RecursionError):
        return {}
    return {}


# ── after the run ───────────────────────────────────────────────────────────────────────────


def _failure(kind: FailureKind, message: str, **detail: Any) -> Failure:
    kept = {key: value for key, value in detail.items() if value is not None}
    return Failure(kind=kind, where=_WHERE, message=message, detail=kept)


def _run_failure(error: RunError, query: QueryResult | None, plan: _Plan) -> Failure:
    """Why the code left no chart, with what helps to mend it."""
    try:
        kind = FailureKind(error.kind)
    except ValueError:  # "worker": the sandbox itself
        kind = FailureKind.INTERNAL
    message = error.message.rstrip()
    detail: dict[str, Any] = {"line": error.line, "source_line": error.source_line}
    if error.line is not None:
        message = f"Line {error.line}: {message}"
    if kind is FailureKind.MISSING_FIELD and query is not None and plan.own_data is None:
        columns = [column.name for column in query.columns]
        detail["available"] = columns
        message = f"{message.rstrip('.')}. The columns of df are: " + ", ".join(
            repr(name) for name in columns
        )
    if plan.own_data is not None and plan.own_data.unknown:
        detail["unknown_files"] = list(plan.own_data.unknown)
        message = f"{message.rstrip('.')}. The source has no file " + ", ".join(
            repr(name) for name in plan.own_data.unknown
        )
    if kind is FailureKind.OUTPUT and "specification" in message:
        message = f"{message.rstrip('.')}. Aggregate the rows in SQL"
    return _failure(kind, message.rstrip(".") + ".", **detail)


def _drawn_with(
    run: Run, plan: _Plan, request: Request, dependencies: Dependencies
) -> ChartBackend | Failure:
    """The backend of the library that drew; a user's own script may use another one."""
    if run.library == plan.backend.name:
        return plan.backend
    own = dependencies.backends.get(run.library)
    if own is not None and request.existing is not None:
        return own
    return _failure(
        FailureKind.NO_CHART,
        f"The chart was drawn with {run.library}; it must be drawn with {plan.backend.name}.",
    )


def _cleaned(
    spec: dict[str, Any], backend: str
) -> tuple[dict[str, Any], tuple[Note, ...], Failure | None]:
    """The specification without addresses and scripts; data by address is refused."""
    if backend == "altair":
        spec, problems = clean_specification(spec)
    elif backend == "plotly":
        spec, problems = clean_figure(spec)
    else:
        return spec, (), None
    loads = [text for text in problems if "load data from" in text]
    if loads:
        return spec, (), _failure(FailureKind.REFUSED, loads[0])
    notes = [Note(kind="left_out", text=text) for text in problems]
    reduction = reduction_of(spec)
    if reduction is not None:
        too_many = reduction.get("refused")
        if too_many:
            return spec, (), _failure(FailureKind.OUTPUT, str(too_many))
        notes += [Note(kind="information", text=text) for text in reduction.get("notes", ())]
    return spec, tuple(notes), None


def reduction_of(spec: dict[str, Any]) -> dict[str, Any] | None:
    """What `multivis.charts.large` did to a specification, or None when it did nothing."""
    meta = spec.get("usermeta")
    layout = spec.get("layout")
    if isinstance(layout, dict):
        meta = layout.get("meta")
    found = meta.get("multivis_reduction") if isinstance(meta, dict) else None
    return found if isinstance(found, dict) else None


def _most_rows(spec: dict[str, Any]) -> int:
    """Rows of the largest data set of a Vega-Lite specification."""
    sets = spec.get("datasets")
    sizes = [len(rows) for rows in sets.values()] if isinstance(sets, dict) else []
    return max(sizes, default=0)


# ── the script ──────────────────────────────────────────────────────────────────────────────


def _script(
    plan: _Plan, query: QueryResult | None, dependencies: Dependencies, *, lift_row_cap: bool
) -> str | Failure:
    """One script that runs by itself and draws the same chart."""
    code = plan.standard.code
    if plan.own_data is not None:
        return missing_imports(code, plan.backend.environment()) + code
    if query is None:  # pragma: no cover - the plan has seen to it
        return _failure(FailureKind.PREREQUISITE, "No query has run yet.", missing=["query"])
    try:
        prologue = dependencies.source.prologue(query.sql).code
    except MultiVisError as error:
        return _failure(FailureKind.INTERNAL, f"The data prologue cannot be written: {error}")
    code, variable = _with_variable(plan)
    imports, load = _imports(plan.backend.environment(), prologue, code)
    if lift_row_cap and plan.backend.name == "altair":
        imports += "\n" + _LIFT_ROW_CAP
    save = plan.backend.save_call(variable) if variable else ""
    parts = (imports, load, code, save)
    return "\n".join(part.strip("\n") + "\n" for part in parts if part.strip())


def _imports(environment: str, prologue: str, code: str) -> tuple[str, str]:
    """The imports of prologue and environment in one block, and the rest of the prologue."""
    lines = prologue.splitlines(keepends=True)
    first = next(
        (n for n, line in enumerate(lines) if line.strip() and not _is_import(line)), len(lines)
    )
    needed = [line.strip() for line in lines[:first] if line.strip()]
    there = {line.rstrip() for line in code.splitlines() if _is_import(line)}
    standard = [
        line.strip()
        for line in environment.splitlines()
        if line.strip() and line.rstrip() not in there and line.strip() not in needed
    ]
    plain = [line for line in (*needed, *standard) if _is_of_python(line)]
    others = [line for line in (*needed, *standard) if line not in plain]
    if all(_is_import(line) for line in others):
        others.sort(key=lambda line: line.split()[1])
    blocks = ["\n".join(block) + "\n" for block in (plain, others) if block]
    return "\n".join(blocks), "".join(lines[first:])


def _is_of_python(line: str) -> bool:
    """Whether a line imports from the standard library."""
    return _is_import(line) and line.split()[1].split(".")[0] in sys.stdlib_module_names


def _is_import(line: str) -> bool:
    return line.startswith(("import ", "from "))


def _with_variable(plan: _Plan) -> tuple[str, str | None]:
    """The code with its chart in a variable, and the name of the variable."""
    from multivis.rules import with_chart_variable

    code, variable = plan.standard.code, plan.standard.chart_variable
    if variable is not None:
        return code, variable
    if plan.backend.name == "matplotlib":
        return code, "plt"
    assigned = with_chart_variable(code, "chart")
    return assigned, "chart" if assigned != code else None
