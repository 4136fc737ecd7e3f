"""The extension points: every part that a third party can replace, in one file.

Each protocol has a conformance suite in `multivis.testing` that runs on any class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from multivis.state import ArtifactReference

if TYPE_CHECKING:
    import pyarrow as pa
    from langchain_core.language_models import BaseChatModel

    from multivis.settings import Limits

__all__ = [
    "ArtifactStore",
    "ChartBackend",
    "Documents",
    "Example",
    "ForeignKey",
    "Memory",
    "ModelRouter",
    "Prologue",
    "Rows",
    "Run",
    "RunError",
    "Sandbox",
    "Schema",
    "Source",
    "SourceColumn",
    "Table",
]


# ── data ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class SourceColumn:
    """One column of a table as the source declares it, with a profile where one was taken.

    Attributes:
        name: Its name, exactly.
        type: The declared type in the source's own words.
        kind: Its measurement type, in Vega-Lite's words, judged from type and values.
        primary_key: Whether it is (part of) the primary key.
        distinct: Number of distinct values among the sampled rows, or None.
        nulls: Number of nulls among the sampled rows, or None.
        minimum: Smallest value among the sampled rows, if ordered; among all rows where the
            source tells that without reading them (Parquet).
        maximum: Largest value, likewise.
        samples: Up to ten values, most frequent first.
        exact: Whether the profile covers every row.
    """

    name: str
    type: str
    kind: Literal["quantitative", "temporal", "nominal", "ordinal"] = "nominal"
    primary_key: bool = False
    distinct: int | None = None
    nulls: int | None = None
    minimum: Any = None
    maximum: Any = None
    samples: tuple[Any, ...] = ()
    exact: bool = True


@dataclass(frozen=True)
class ForeignKey:
    """A reference from one column to another; `inferred` ones carry a confidence in [0, 1]."""

    table: str
    column: str
    to_table: str
    to_column: str
    inferred: bool = False
    confidence: float = 1.0


@dataclass(frozen=True)
class Table:
    """A table or view. `row_count` is None when counting it would have taken too long."""

    name: str
    columns: tuple[SourceColumn, ...]
    row_count: int | None = None
    estimated: bool = False


@dataclass(frozen=True)
class Schema:
    """Tables and keys of a source."""

    dialect: str
    tables: tuple[Table, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()

    def table(self, name: str) -> Table | None:
        """The table of that name, case ignored if need be; None if there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        return next((t for t in self.tables if t.name.lower() == name.lower()), None)


@dataclass(frozen=True)
class Rows:
    """Rows that a source returned for a statement.

    Attributes:
        table: The rows, in types that turn into a pandas frame with ``to_pandas()`` alone.
        sql: The statement as executed.
        truncated: Whether the row limit cut them.
        seconds: Time in the engine.
        notes: What was changed on the way, for example a renamed duplicate column.
    """

    table: pa.Table
    sql: str
    truncated: bool
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prologue:
    """The part of a script that loads the data (TE-2), written by multivis.

    Attributes:
        code: Python that leaves a pandas frame in `frame`; it opens the real source, so that
            an exported script runs by itself. Credentials are read from the environment.
        frame: Name of the variable, ``"df"``.
    """

    code: str
    frame: str = "df"


@runtime_checkable
class Source(Protocol):
    """Data that can be asked in SQL. Implementations: `multivis.data`.

    Thread-safe. Read-only in its own right: nothing that `execute` is given may write.
    """

    @property
    def address(self) -> str:
        """How a person names it, with any password removed."""
        ...

    @property
    def dialect(self) -> str:
        """sqlglot's name of its dialect: ``sqlite``, ``duckdb``, ``postgres``, ``mysql``."""
        ...

    def schema(self) -> Schema:
        """Tables, columns, keys and profiles, computed once within `Limits.profile_seconds`."""
        ...

    def execute(
        self, sql: str, *, row_limit: int | None = None, seconds: float | None = None
    ) -> Rows:
        """Guard and run one SELECT.

        Raises:
            QueryRefusedError: The guard said no.
            UnknownFieldError: No such table or column, with near names.
            QueryTimeoutError: Over the time limit.
            QueryExecutionError: The engine said no.
        """
        ...

    def prologue(self, sql: str) -> Prologue:
        """Code that loads the rows of `sql` from this source by itself."""
        ...

    def files(self) -> Mapping[str, Path]:
        """Files that scripts on this source read: name in the script → real path."""
        ...

    def close(self) -> None:
        """Give back connections; closing twice is allowed."""
        ...


class ArtifactStore(Protocol):
    """Bytes kept by content. Implementation: `multivis.data.artifacts`."""

    def put(self, content: bytes, media_type: str, name: str = "") -> ArtifactReference:
        """Keep bytes; the same bytes give the same reference."""
        ...

    def get(self, reference: ArtifactReference) -> bytes:
        """The bytes; raises MultiVisError when they are gone or damaged."""
        ...

    def path(self, reference: ArtifactReference) -> Path:
        """A read-only file with the bytes."""
        ...


# ── generated code ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class RunError:
    """Why code did not give a chart.

    Attributes:
        kind: ``syntax``, ``execution``, ``missing_field``, ``timeout``, ``memory``,
            ``output``, ``refused``, ``no_chart`` (values of `FailureKind`) or ``worker``
            (the sandbox itself failed).
        message: One sentence: exception type and text.
        line: Line in the code that was given, 1-based, if known.
        source_line: The text of that line.
    """

    kind: str
    message: str
    line: int | None = None
    source_line: str | None = None


@dataclass(frozen=True)
class Run:
    """What running code gave: at most one of `spec`, `figure`, `image` leads.

    Attributes:
        library: ``altair``, ``plotly``, ``matplotlib`` or ``none``.
        spec: Vega-Lite, when the chart was an Altair one.
        figure: Plotly JSON (typed arrays decoded), when it was a Plotly one; for Matplotlib a
            description of axes and artists.
        image: PNG, when it was a Matplotlib one.
        files: Other files that the code wrote, by name (capped).
        stdout: Captured output, cut at the limit.
        error: Why there is no chart, or None.
        seconds: Wall time in the worker.
        peak_memory: Highest resident size in bytes.
    """

    library: str = "none"
    spec: dict[str, Any] | None = None
    figure: dict[str, Any] | None = None
    image: bytes | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    stdout: str = ""
    error: RunError | None = None
    seconds: float = 0.0
    peak_memory: int = 0

    @property
    def ok(self) -> bool:
        """Whether a chart came out."""
        return self.error is None


@runtime_checkable
class Sandbox(Protocol):
    """Where generated code runs. Implementations: `multivis.sandbox`."""

    def run(
        self,
        code: str,
        inputs: Mapping[str, Path | bytes] | None = None,
        limits: Limits | None = None,
        *,
        preset: str = "",
    ) -> Run:
        """Run code and collect the chart it leaves.

        Args:
            code: Python. The chart is found wherever it is left: a bare final expression, any
                variable, ``.show()``, ``.save()``.
            inputs: Files it may read, by relative path in its working folder.
            limits: `code_seconds`, `code_memory`, `code_output`, `spec_bytes`.
            preset: Code executed before `code` in the same namespace; error lines are counted
                in `code` alone.
        """
        ...

    def close(self) -> None:
        """Stop the workers; closing twice is allowed."""
        ...


# ── charts ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Example:
    """A runnable example of the library of examples."""

    name: str
    category: str
    description: str
    backend: str
    code: str


class ChartBackend(Protocol):
    """A chart library. Implementations: `multivis.charts.backends`."""

    @property
    def name(self) -> str:
        """``"altair"``, ``"plotly"`` or ``"matplotlib"``."""
        ...

    def environment(self) -> str:
        """The standard imports that every chart code of this backend starts from (TE-2)."""
        ...

    def save_call(self, variable: str) -> str:
        """Code that saves the chart in `variable` (TE-2's save injection)."""
        ...

    def specification(self, run: Run) -> dict[str, Any]:
        """The chart's specification as JSON; raises RenderError when there is none."""
        ...

    def png(self, spec: Mapping[str, Any], *, scale: float = 2.0) -> bytes:
        """The picture of a specification."""
        ...

    def svg(self, spec: Mapping[str, Any]) -> str:
        """The picture as SVG."""
        ...

    def html(self, spec: Mapping[str, Any]) -> str:
        """A page that shows the chart, with no script taken from the data."""
        ...

    def with_provenance(
        self, spec: Mapping[str, Any], provenance: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A copy of the specification that says where it comes from."""
        ...


# ── models and memory ───────────────────────────────────────────────────────────────────────


class ModelRouter(Protocol):
    """Which model answers (RC-3). Implementation: `multivis.llm`."""

    def select(self, purpose: str, *, images: bool = False) -> BaseChatModel:
        """The model for a purpose: ``decide``, ``query``, ``code``, ``judge``."""
        ...

    def name(self, model: BaseChatModel) -> str:
        """How a person names that model."""
        ...

    @property
    def has_vision(self) -> bool:
        """Whether a model that sees pictures was given."""
        ...


class Memory(Protocol):
    """Validated charts, kept and found again. Implementations: `multivis.memory`.

    Found by schema and versions first and by words second: a question that only sounds alike
    never gets another question's chart.
    """

    def remember(
        self, example: Example, *, schema: str, evidence: Mapping[str, Any], data: str = ""
    ) -> str:
        """Keep an example validated on `data`; returns its key. The same one is kept once."""
        ...

    def recall(
        self, question: str, *, schema: str, limit: int = 3, data: str = ""
    ) -> Sequence[Example]:
        """Examples on that schema, best first; among equals those validated on `data`."""
        ...

    def forget(self, key: str) -> bool:
        """Drop one; whether it was there."""
        ...

    def __iter__(self) -> Iterator[str]:
        """The keys."""
        ...


class Documents(Protocol):
    """Notes, papers and past runs that enrich prompts. Implementation: `multivis.memory`."""

    def context(self, question: str, *, limit: int = 4, characters: int = 2_000) -> str:
        """Passages that fit a question, numbered, with their sources; empty when none fits."""
        ...
