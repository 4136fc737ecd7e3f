"""The demonstration: four questions of real data, and one of a volume.

One each for scenario A, C and D, one of a CSV, and the head phantom.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.cli.console import errors, output
from multivis.cli.files import OutputFolder
from multivis.cli.show import Progress
from multivis.progress import ResultEvent

if TYPE_CHECKING:
    from multivis.agent import MultiVis, Result

__all__ = ["QUESTIONS", "DemoQuestion", "demo"]

_REFERENCE = """\
import altair as alt
from vega_datasets import data

cars = data.cars()

alt.Chart(cars).mark_line(point=True, strokeWidth=3).encode(
    x=alt.X("Year:T", title=None),
    y=alt.Y("mean(Miles_per_Gallon):Q", title="Miles per gallon").scale(zero=False),
    color=alt.Color("Origin:N").scale(scheme="dark2").legend(orient="top"),
    tooltip=["Origin", "mean(Miles_per_Gallon)"],
).properties(width=520, height=280)
"""


@dataclass(frozen=True)
class DemoQuestion:
    """One question of the demonstration.

    Attributes:
        name: Name of its folder.
        scenario: What it shows.
        question: What is asked.
        data: ``"flights"``, the name of a table of `vega_datasets`, or a phantom.
        code: Reference code (scenario C).
        refines: Name of the question whose chart is changed (scenario D).
    """

    name: str
    scenario: str
    question: str
    data: str = "flights"
    code: str | None = None
    refines: str | None = None


QUESTIONS = (
    DemoQuestion(
        name="1-delays-by-airline",
        scenario="A, a question",
        question=(
            "Show the average departure delay for each airline name as a horizontal bar chart, "
            "sorted from highest to lowest."
        ),
    ),
    DemoQuestion(
        name="2-flights-by-month",
        scenario="C, a question with reference code",
        question=(
            "Draw the number of flights per month for each origin, in the style of "
            "the reference code."
        ),
        code=_REFERENCE,
    ),
    DemoQuestion(
        name="3-delays-refined",
        scenario="D, a change to a chart that is there",
        question=(
            "Make the bars teal, change the title to 'Who leaves New York late?' and the "
            "x axis title to 'Average departure delay in 2013 (minutes)'."
        ),
        refines="1-delays-by-airline",
    ),
    DemoQuestion(
        name="4-electricity-of-iowa",
        scenario="A, of a CSV file",
        question="Show the net generation of each source over the years as a stacked area chart.",
        data="iowa-electricity",
    ),
    DemoQuestion(
        name="5-skull-in-the-head",
        scenario="A, of a volume",
        question="Show the skull, half transparent skin.",
        data="phantom:head",
    ),
)


def demo(out: Path) -> int:
    """Ask the questions, write each result into a folder of `out`.

    Returns:
        0 when every chart passed, else 1.

    Raises:
        MissingExtraError: The sample data is not installed.
        OutputError: The folder cannot be written.
    """
    from multivis.agent import MultiVis
    from multivis.samples import flights_database, table_file

    started = time.monotonic()
    console = errors()
    with OutputFolder(out), MultiVis() as agent:
        console.print(
            "Four questions of real data and one of a volume, answered by the offline model."
        )
        flights = flights_database(report=_report)
        done: dict[str, tuple[DemoQuestion, Result, Path]] = {}
        for number, question in enumerate(QUESTIONS, 1):
            console.print()
            console.print(f"[bold]{number} of {len(QUESTIONS)}[/]  scenario {question.scenario}")
            data: Path | str = question.data
            if question.data == "flights":
                data = flights
            elif not question.data.startswith("phantom:"):
                data = table_file(question.data)
            folder = out / question.name
            result = _answer(agent, question, data, out)
            result.save(folder)
            done[question.name] = (question, result, folder)
    _print_table(done, time.monotonic() - started)
    return 0 if all(result.passed or _no_opengl(result) for _, result, _ in done.values()) else 1


def _no_opengl(result: Result) -> bool:
    """Whether this system lacks what draws volumes; the reason is said in its place."""
    from multivis.volumes.pipeline.window import NO_OPENGL

    return any(NO_OPENGL in failure.message for failure in result.failures)


def _report(table: str, rows: int) -> None:
    """Say what was loaded, the first time."""
    errors().print(f"  loaded {table}: {rows:,} rows", highlight=False)


def _answer(agent: MultiVis, question: DemoQuestion, data: Path | str, out: Path) -> Result:
    """Ask one question and show its steps."""
    references: dict[str, Any] = {"code": question.code}
    if question.refines is not None:
        references["existing"] = str(out / question.refines / "chart.py")
    with Progress(errors(), question.question) as progress:
        for event in agent.stream(question.question, data, **references):
            if isinstance(event, ResultEvent):
                found: Result = event.result
                return found
            progress.show(event)
    raise RuntimeError("the stream of events ended without a result")


def _print_table(done: dict[str, tuple[DemoQuestion, Result, Path]], seconds: float) -> None:
    """The end: which charts passed, and where the pictures are."""
    from rich.table import Table

    console = output()
    view = Table(box=None, pad_edge=False, title_justify="left")
    for heading in ("", "checks", "picture"):
        view.add_column(heading, overflow="fold")
    for _, result, folder in done.values():
        checks = result.evaluation.checks if result.evaluation else ()
        applicable = [check for check in checks if check.applicable]
        passed = sum(check.passed for check in applicable)
        sign = "[green]✓[/]" if result.passed else "[red]✗[/]"
        drawn = str(folder / "chart.png")
        if not result.passed and _no_opengl(result):
            drawn = result.failures[-1].message
        view.add_row(sign, f"{passed} of {len(applicable)}", drawn)
    console.print()
    console.print(view)
    console.print(
        f"Done in {seconds:.0f} s. Beside each picture: chart.py (runs by itself), chart.html, "
        "chart.json, and result.json with the trace."
    )
