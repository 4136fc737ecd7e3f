"""What a check is, what it is given, and how it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from multivis.charts.demands import Demands, read_demands
from multivis.state import Chart, CheckResult, QueryResult, Recommendation, Request, Severity

if TYPE_CHECKING:
    import pyarrow as pa

    from multivis.charts.checks.facts import ChartFacts
    from multivis.charts.checks.units import Unit
    from multivis.charts.scenegraph import Scene

__all__ = ["ALL_BACKENDS", "Check", "CheckInput", "Finding", "fail", "ok", "skip"]

ALL_BACKENDS = frozenset({"altair", "plotly", "matplotlib"})

MOST_ROWS = 10_000  # a longer result is not compared value by value


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        passed: Whether the chart is as the statement says.
        applicable: False when there is nothing to check ("no title was asked for").
        message: One sentence for the asker.
        advice: What would mend it; becomes a recommendation.
        target: Which part the advice changes.
        evidence: Numbers and names that show it; JSON values.
        severity: Takes the place of the check's own where one finding weighs more; None as a rule.
    """

    passed: bool
    applicable: bool = True
    message: str = ""
    advice: str = ""
    target: Literal["sql", "code"] = "code"
    evidence: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity | None = None


def ok(message: str = "", **evidence: Any) -> Finding:
    """The check holds."""
    return Finding(True, message=message, evidence=evidence)


def skip(message: str = "") -> Finding:
    """There is nothing to check."""
    return Finding(True, applicable=False, message=message)


def fail(
    message: str,
    advice: str,
    *,
    target: Literal["sql", "code"] = "code",
    severity: Severity | None = None,
    **evidence: Any,
) -> Finding:
    """The check does not hold; `severity` takes the place of the check's own."""
    return Finding(
        False, message=message, advice=advice, target=target, evidence=evidence, severity=severity
    )


@dataclass(frozen=True)
class CheckInput:
    """What a check may look at. Everything costly is computed on first use and kept.

    Attributes:
        spec: Vega-Lite, Plotly JSON, or the description of a Matplotlib figure.
        backend: ``"altair"``, ``"plotly"`` or ``"matplotlib"``.
        rows: The rows that the SQL returned, or None when the code loads its own data.
        query: The query's result without its rows, or None.
        request: What was asked.
        chart: The drafted chart, or None.
        demands: The explicit wishes in the question.
    """

    spec: Mapping[str, Any]
    backend: str
    rows: pa.Table | None
    query: QueryResult | None
    request: Request
    demands: Demands
    chart: Chart | None = None

    @classmethod
    def of(
        cls,
        spec: Mapping[str, Any],
        *,
        backend: str = "altair",
        rows: pa.Table | None = None,
        query: QueryResult | None = None,
        question: str = "",
        request: Request | None = None,
        chart: Chart | None = None,
    ) -> CheckInput:
        """Gather an input; the question is read here."""
        request = request or Request(question=question, data="", backend=backend)
        demands = read_demands(request.question)
        return cls(spec, backend, rows, query, request, demands, chart)

    @cached_property
    def scene(self) -> Scene:
        """What is drawn (Altair only); raises RenderError when it cannot be drawn."""
        from multivis.charts.scenegraph import Scene

        return Scene.of(self.spec)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The units of a Vega-Lite specification; empty for other backends."""
        from multivis.charts.checks.units import units_of

        return units_of(self.spec) if self.backend == "altair" else ()

    @cached_property
    def facts(self) -> ChartFacts:
        """What the chart draws, in the same words for every backend."""
        from multivis.charts.checks.facts import facts_of

        return facts_of(self)

    @cached_property
    def result(self) -> list[dict[str, Any]] | None:
        """The result's rows as dictionaries; None where there are none, or more than 10,000."""
        if self.rows is None or self.rows.num_rows > MOST_ROWS:
            return None
        return [dict(row) for row in self.rows.to_pylist()]

    @property
    def sql(self) -> str:
        """The statement that gave the rows, or ""."""
        return self.query.sql if self.query else ""


@dataclass(frozen=True)
class Check:
    """A check as data.

    Attributes:
        id: Its name, in kebab case.
        statement: What holds when it passes, as one sentence.
        severity: An error blocks the chart, a warning does not.
        run: The function; it raises MultiVisError or returns a finding.
        backends: Which chart libraries it can read.
    """

    id: str
    statement: str
    severity: Severity
    run: Callable[[CheckInput], Finding]
    backends: frozenset[str] = ALL_BACKENDS

    def __call__(self, given: CheckInput) -> tuple[CheckResult, Recommendation | None]:
        """Run it and say what it found as records of the state."""
        if given.backend not in self.backends:
            finding = skip(f"It does not read {given.backend} charts.")
        else:
            finding = self.run(given)
        severity = finding.severity or self.severity
        result = CheckResult(
            id=self.id,
            statement=self.statement,
            severity=severity,
            passed=finding.passed,
            applicable=finding.applicable,
            message=finding.message,
            evidence=dict(finding.evidence),
        )
        if finding.passed:
            return result, None
        advice = finding.advice or finding.message or self.statement
        return result, Recommendation(
            target=finding.target, severity=severity, text=advice, check=self.id
        )
