"""Deterministic checks of a chart against its specification, its data and the question.

Checks are data (`Check`): an id, a statement, a severity and a function. `run_checks` runs all
of them and whatever a third party adds; a chart passes if no check of severity error failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from multivis.charts.checks.base import ALL_BACKENDS, Check, CheckInput, Finding, fail, ok, skip
from multivis.errors import MultiVisError, OptionError
from multivis.state import (
    Chart,
    CheckResult,
    Evaluation,
    QueryResult,
    Recommendation,
    Request,
    Severity,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "ALL_BACKENDS",
    "Check",
    "CheckInput",
    "Finding",
    "all_checks",
    "check_table",
    "evaluate",
    "fail",
    "get_check",
    "ok",
    "run_checks",
    "skip",
]


def all_checks() -> tuple[Check, ...]:
    """Every check of multivis, in the order they run: drawing first, wishes last."""
    from multivis.charts.checks import data, drawing, encoding, readability, text, wishes

    return (
        *drawing.CHECKS,
        *data.CHECKS,
        *encoding.CHECKS,
        *text.CHECKS,
        *wishes.CHECKS,
        *readability.CHECKS,
    )


def get_check(name: str) -> Check:
    """A check by id; raises OptionError naming the ids when there is none."""
    for check in all_checks():
        if check.id == name:
            return check
    known = ", ".join(check.id for check in all_checks())
    raise OptionError(f"There is no check {name!r}.", hint=f"The checks are: {known}.")


def check_table() -> list[dict[str, str]]:
    """Id, severity, statement and backends of every check, for people."""
    return [
        {
            "id": check.id,
            "severity": check.severity.value,
            "statement": check.statement,
            "backends": ", ".join(sorted(check.backends)),
        }
        for check in all_checks()
    ]


def run_checks(
    chart: Chart,
    spec: Mapping[str, Any],
    *,
    query: QueryResult | None,
    rows: pa.Table | None,
    request: Request,
    extra: Iterable[Check] = (),
) -> Evaluation:
    """Check a chart.

    Args:
        chart: The drafted chart; its backend says how `spec` is read.
        spec: Vega-Lite, Plotly JSON, or the description of a Matplotlib figure.
        query: The query's result, or None when the code loads its own data.
        rows: The rows of that result, or None.
        request: What was asked.
        extra: More checks; one with the id of a built-in check takes its place.

    Returns:
        An evaluation: `passed` is False if and only if a check of severity error failed.
    """
    given = CheckInput.of(
        spec, backend=chart.backend, rows=rows, query=query, request=request, chart=chart
    )
    return evaluate(given, extra=extra)


def evaluate(given: CheckInput, *, extra: Iterable[Check] = ()) -> Evaluation:
    """Run the checks on a gathered input; see `run_checks`."""
    checks = {check.id: check for check in (*all_checks(), *extra)}
    results: list[CheckResult] = []
    recommendations: list[Recommendation] = []
    for check in checks.values():
        result, recommendation = _run(check, given)
        results.append(result)
        if recommendation is not None:
            recommendations.append(recommendation)
    failed = any(not r.passed and r.severity is Severity.ERROR for r in results)
    ordered = sorted(recommendations, key=lambda r: r.severity is not Severity.ERROR)
    return Evaluation(passed=not failed, checks=tuple(results), recommendations=tuple(ordered))


def _run(check: Check, given: CheckInput) -> tuple[CheckResult, Recommendation | None]:
    """Run one check. A chart that cannot be drawn fails `draws-something` and skips the rest."""
    try:
        return check(given)
    except MultiVisError as error:
        message = str(error)
    except Exception as error:
        # a defect in a check (a third party's, perhaps) must not end the run: it is reported
        return _defective(check, error), None
    blocking = check.id == "draws-something"
    result = CheckResult(
        id=check.id,
        statement=check.statement,
        severity=check.severity,
        passed=not blocking,
        applicable=blocking,
        message=message,
    )
    if not blocking:
        return result, None
    text = f"The chart cannot be drawn: {message}"
    return result, Recommendation(
        target="code", severity=check.severity, text=text[:1000], check=check.id
    )


def _defective(check: Check, error: Exception) -> CheckResult:
    """The result of a check that itself raised."""
    return CheckResult(
        id=check.id,
        statement=check.statement,
        severity=check.severity,
        passed=True,
        applicable=False,
        message=f"The check itself failed: {type(error).__name__}: {str(error)[:200]}",
        evidence={"defect": True},
    )
