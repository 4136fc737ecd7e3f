"""The typed state of a run, and every record that travels in it.

Rows, specifications and pictures never sit in the state: it holds `ArtifactReference`s, the
bytes live in the artefact store. So a checkpoint stays small whatever the data.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

__all__ = [
    "Action",
    "ArtifactReference",
    "Attempt",
    "Budget",
    "Chart",
    "CheckResult",
    "CodeReference",
    "Column",
    "Evaluation",
    "Failure",
    "FailureKind",
    "ImageReference",
    "ModelEvent",
    "NodeEvent",
    "Note",
    "Proposal",
    "Provenance",
    "QueryResult",
    "Recommendation",
    "References",
    "Request",
    "RuleEvent",
    "Scenario",
    "Severity",
    "State",
    "Status",
    "ToolEvent",
    "TraceEvent",
    "Usage",
    "ViewReference",
    "append",
    "fingerprint",
]


class _Record(BaseModel):
    """A value: it is compared by content and never changed in place."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Scenario(StrEnum):
    """The four request scenarios (MultiVis-Agent §2.2)."""

    BASIC = "A"
    IMAGE = "B"
    CODE = "C"
    REFINEMENT = "D"


class Status(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    COMPLETE = "complete"
    EXHAUSTED = "exhausted"
    FAILED = "failed"


class Action(StrEnum):
    """What the coordinator can do next."""

    DATABASE = "database"
    VISUALIZATION = "visualization"
    VALIDATION = "validation"
    COMPLETE = "complete"
    STOP = "stop"


class Severity(StrEnum):
    """How much a check or a recommendation weighs: an error blocks, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class FailureKind(StrEnum):
    """What went wrong, in classes that each have one recovery (EH-1, EH-2)."""

    SYNTAX = "syntax"  # a tool call or code that does not parse
    STRUCTURE = "structure"  # unknown tool, wrong argument names, no tool call
    CONTENT = "content"  # empty answer, prose only
    PARAMETER = "parameter"  # TE-1 gave ⊥
    PREREQUISITE = "prerequisite"  # CR-2 said no
    MISSING_FIELD = "missing_field"  # unknown table or column
    REFUSED = "refused"  # the SQL guard or the sandbox said no
    EXECUTION = "execution"  # the engine or the code raised
    TIMEOUT = "timeout"  # over its time limit
    MEMORY = "memory"  # over its memory limit
    OUTPUT = "output"  # too much output, or a result too large
    NO_CHART = "no_chart"  # the code ran and left no chart
    EMPTY_RESULT = "empty_result"  # the query ran and returned no row
    IMAGE = "image"  # EH-3 said no
    PROVIDER = "provider"  # the model's provider failed
    REJECTED = "rejected"  # a person said no
    UNANSWERABLE = "unanswerable"  # the data do not hold what is asked
    INTERNAL = "internal"  # a defect in multivis or in a plug-in


class ArtifactReference(_Record):
    """Bytes in the artefact store, named by their content."""

    sha256: str
    media_type: str
    size: int
    name: str = ""


class Request(_Record):
    """What was asked (MultiVis-Agent §2.2: Q, D, I_ref, C_ref, V_old).

    Attributes:
        question: The question in plain language.
        data: Address of the data: a URL, a path, or ``"frame:NAME"`` for a registered frame.
        image: Path of a reference image (scenario B).
        code: Reference code, as text or as the path of a file (scenario C).
        existing: Existing chart code to refine, as text or as the path of a file (scenario D).
        backend: ``"altair"``, ``"plotly"`` or ``"matplotlib"``; ``"vtk"`` for volumes.
    """

    question: str
    data: str
    image: str | None = None
    code: str | None = None
    existing: str | None = None
    backend: str = "altair"

    @field_validator("question")
    @classmethod
    def _whole_characters(cls, question: str) -> str:
        """Half characters (lone surrogates) become question marks: no file takes them."""
        return question.encode("utf-8", "replace").decode("utf-8")


class ImageReference(_Record):
    """A reference image after EH-3: its facts, and its style once something has read it."""

    path: str
    sha256: str
    format: str
    width: int
    height: int
    style: dict[str, Any] = Field(default_factory=dict)


class CodeReference(_Record):
    """Reference or existing code after TE-3.

    Attributes:
        text: The code, unchanged to the last byte.
        path: Where it came from, if from a file.
        library: ``"altair"``, ``"plotly"``, ``"matplotlib"`` or ``"unknown"``.
        sql: SQL statements found in it as string literals, in order.
        facts: What its syntax tree says: marks, channels, layers, interactions, styling.
    """

    text: str
    path: str | None = None
    library: str = "unknown"
    sql: tuple[str, ...] = ()
    facts: dict[str, Any] = Field(default_factory=dict)


class References(_Record):
    """Reference material after validation."""

    image: ImageReference | None = None
    code: CodeReference | None = None
    existing: CodeReference | None = None


class Column(_Record):
    """One column of a result, with a small profile.

    Attributes:
        name: Its name.
        type: Its Arrow type, for example ``"int64"`` or ``"timestamp[us]"``.
        kind: Its measurement type, in Vega-Lite's words.
        nulls: Number of nulls.
        distinct: Number of distinct values (exact up to 100,000 rows, else estimated).
        minimum: Smallest value (numbers and dates as JSON values), if ordered.
        maximum: Largest value, if ordered.
        samples: Up to five values, most frequent first.
    """

    name: str
    type: str
    kind: Literal["quantitative", "temporal", "nominal", "ordinal"]
    nulls: int = 0
    distinct: int = 0
    minimum: Any = None
    maximum: Any = None
    samples: tuple[Any, ...] = ()


class QueryResult(_Record):
    """What a query returned; the rows themselves are in the Arrow file `rows`.

    Attributes:
        sql: The statement as executed, in `dialect`.
        dialect: sqlglot's name of the dialect.
        columns: The columns with their profiles.
        row_count: Rows returned.
        truncated: Whether a row limit cut the result.
        preview: At most 20 rows, as JSON values.
        rows: The Arrow IPC file in the artefact store.
        seconds: Time in the engine.
        handoff: What the database agent wants the visualization agent to know.
    """

    sql: str
    dialect: str
    columns: tuple[Column, ...]
    row_count: int
    truncated: bool = False
    preview: tuple[dict[str, Any], ...] = ()
    rows: ArtifactReference
    seconds: float = 0.0
    handoff: str = ""


class Provenance(_Record):
    """Where a chart comes from; written into the specification and the picture."""

    question: str
    sql: str | None = None
    source: str = ""
    data_sha256: str | None = None
    code_sha256: str
    versions: dict[str, str] = Field(default_factory=dict)
    checks: dict[str, bool] = Field(default_factory=dict)


class Chart(_Record):
    """A drafted chart.

    Attributes:
        backend: ``"altair"``, ``"plotly"``, ``"matplotlib"``, or ``"vtk"`` for volumes.
        code: The chart code as the model wrote it (no data prologue); of a volume, the drawing
            as JSON.
        script: One script that runs by itself: data prologue, chart code, save.
        spec: The specification (Vega-Lite or Plotly JSON), or for Matplotlib its description.
        image: A PNG, once one was drawn.
        handoff: What the visualization agent wants the others to know.
        provenance: Where it comes from.
        files: Further files by name, for example a film.
    """

    backend: str
    code: str
    script: str
    spec: ArtifactReference | None = None
    image: ArtifactReference | None = None
    handoff: str = ""
    provenance: Provenance
    files: dict[str, ArtifactReference] = Field(default_factory=dict)


class CheckResult(_Record):
    """The outcome of one check on one chart."""

    id: str
    statement: str
    severity: Severity
    passed: bool
    applicable: bool = True
    message: str = ""
    evidence: dict[str, Any] = Field(default_factory=dict)


class Recommendation(_Record):
    """What would mend a failed check.

    Attributes:
        target: Which part to change: the query or the chart code.
        severity: Of the check it comes from.
        text: What to change, in one or two sentences.
        check: Id of the check it comes from.
    """

    target: Literal["sql", "code"]
    severity: Severity
    text: str
    check: str | None = None


class ViewReference(_Record):
    """A chart in the view store: where a person or an agent can look at it and act on it."""

    session: str
    plot_id: int


class Evaluation(_Record):
    """What validation found. `passed` is false whenever a check of severity error failed.

    Attributes:
        passed: The verdict.
        checks: Every check with its outcome.
        recommendations: What would mend it.
        judged_by: ``"checks"``, ``"checks and model"`` or ``"person"``.
        view: The draft in the view store.
        evidence: What the view says: what is drawn, where marks crowd, and for each failed
            check the points that prove it.
    """

    passed: bool
    checks: tuple[CheckResult, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    judged_by: str = "checks"
    view: ViewReference | None = None
    evidence: tuple[dict[str, Any], ...] = ()


class Attempt(_Record):
    """A checked chart that did not pass, kept so that the best one is never lost."""

    query: QueryResult | None
    chart: Chart
    evaluation: Evaluation


class Failure(_Record):
    """One failure, classified."""

    kind: FailureKind
    where: str
    message: str
    detail: dict[str, Any] = Field(default_factory=dict)
    step: int = 0


class Note(_Record):
    """Something the asker should know: an assumption, an ambiguity, something left out."""

    kind: Literal["assumption", "ambiguity", "left_out", "information"]
    text: str


class Usage(_Record):
    """What a run cost; adds up with ``+``."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            seconds=self.seconds + other.seconds,
        )


class Budget(_Record):
    """What may be spent: steps of the coordinator, tokens, seconds since `started`."""

    steps: int
    tokens: int
    seconds: float
    started: float = 0.0


class Proposal(_Record):
    """What the coordinator wants next, and who decided it."""

    action: Action
    why: str
    by: Literal["rules", "model"] = "rules"


class RuleEvent(_Record):
    """One firing of a rule."""

    event: Literal["rule"] = "rule"
    rule: str
    outcome: str
    before: Any = None
    after: Any = None
    why: str = ""
    where: str = ""
    at: float = Field(default_factory=time.time)


class ToolEvent(_Record):
    """One tool call and what came of it."""

    event: Literal["tool"] = "tool"
    node: str
    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    outcome: str
    seconds: float = 0.0
    fingerprint: str = ""
    at: float = Field(default_factory=time.time)


class ModelEvent(_Record):
    """One call of a model and what it cost."""

    event: Literal["model"] = "model"
    node: str
    model: str
    purpose: str
    usage: Usage
    attempts: int = 1
    at: float = Field(default_factory=time.time)


class NodeEvent(_Record):
    """A node of the graph was entered or left."""

    event: Literal["node"] = "node"
    node: str
    phase: Literal["entered", "left"]
    why: str = ""
    seconds: float = 0.0
    at: float = Field(default_factory=time.time)


TraceEvent = Annotated[RuleEvent | ToolEvent | ModelEvent | NodeEvent, Field(discriminator="event")]


T = TypeVar("T")


def append(left: tuple[T, ...], right: tuple[T, ...] | list[T]) -> tuple[T, ...]:
    """Reducer: append-only sequences."""
    return (*left, *right)


def _add_usage(left: Usage, right: Usage) -> Usage:
    """Reducer: costs add up."""
    return left + right


class State(BaseModel):
    """The state of one run (see the module's docstring for what may not be in it).

    Every node returns a mapping with some of these fields; `failures`, `trace` and `notes`
    are append-only, `usage` adds up, everything else is replaced.
    """

    model_config = ConfigDict(extra="forbid")

    request: Request
    scenario: Scenario | None = None
    references: References = Field(default_factory=References)
    query: QueryResult | None = None
    chart: Chart | None = None
    evaluation: Evaluation | None = None
    proposal: Proposal | None = None
    step: int = 0
    failures_in_a_row: int = 0
    best: Attempt | None = None
    budget: Budget | None = None
    seen: Annotated[tuple[str, ...], append] = ()
    failures: Annotated[tuple[Failure, ...], append] = ()
    trace: Annotated[tuple[TraceEvent, ...], append] = ()
    notes: Annotated[tuple[Note, ...], append] = ()
    usage: Annotated[Usage, _add_usage] = Field(default_factory=Usage)
    status: Status = Status.RUNNING

    def defined(self) -> frozenset[str]:
        """The names that are defined in this state: D(s) of CR-2 (Eq. 2).

        Besides the fields: ``source`` (a request is there), ``image``, ``code`` and
        ``existing`` when that reference has been validated. A volume needs no query: its
        values are there as they are.
        """
        names = {"request", "source"}
        if self.request.backend == "vtk":
            names.add("query")
        names |= {name for name in ("query", "chart", "evaluation") if getattr(self, name)}
        names |= {name for name in ("image", "code", "existing") if getattr(self.references, name)}
        return frozenset(names)


def fingerprint(*parts: Any) -> str:
    """A short, stable hash of (tool, arguments, outcome) or anything else of JSON kind.

    Used by RC-1 to see that a loop repeats itself, and for content keys.
    """

    def plain(value: Any) -> Any:
        if isinstance(value, BaseModel):
            return value.model_dump(mode="json")
        if isinstance(value, Mapping):
            return {str(key): plain(item) for key, item in value.items()}
        return str(value)

    text = json.dumps(parts, sort_keys=True, default=plain, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
