"""``multivis bench multivis-bench``, ``score``, ``compare``: MultiVis-Bench on any system.

Nothing heavy is imported here, so that ``multivis --help`` answers at once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

from multivis.cli.console import output

__all__ = ["register"]

Data = Annotated[Path, typer.Option("--data", "-d", metavar="DIR", help="A.json to D.json.")]
Databases = Annotated[
    Path, typer.Option("--databases", metavar="DIR", help="Folder of <db_id>.sqlite.")
]
Judge = Annotated[
    str | None,
    typer.Option("--judge", metavar="M", help="A model that sees, for the perceptual score."),
]
Progress = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


def register(app: typer.Typer, progress: Progress) -> None:
    """Add the commands to ``multivis bench``."""

    @app.command("multivis-bench")
    def run(
        data: Data,
        databases: Databases,
        out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write.")],
        scenario: Annotated[
            str, typer.Option("--scenario", "-s", metavar="S", help="A, B, C, D or all.")
        ] = "all",
        system: Annotated[
            str, typer.Option(metavar="NAME", help="A system, or module:graph of your own.")
        ] = "multivis",
        model: Annotated[
            str, typer.Option("--model", "-m", metavar="M", help="'offline' or 'provider:name'.")
        ] = "offline",
        vision: Annotated[
            str | None, typer.Option(metavar="M", help="The model that is shown pictures.")
        ] = None,
        limit: Annotated[
            int | None, typer.Option(metavar="N", min=1, help="At most so many, evenly spread.")
        ] = None,
        case: Annotated[
            list[str] | None, typer.Option(metavar="ID", help="Only this case; repeatable.")
        ] = None,
        jobs: Annotated[
            int, typer.Option("--jobs", "-j", metavar="J", min=1, help="Cases at once.")
        ] = 1,
        resume: Annotated[
            bool, typer.Option("--resume", help="Go on with an earlier run.")
        ] = False,
        seconds: Annotated[
            float | None, typer.Option(metavar="S", min=1.0, help="Time for one case.")
        ] = None,
        judge: Judge = None,
        worst: Annotated[
            int, typer.Option(metavar="N", min=0, help="Worst cases in the report.")
        ] = 12,
    ) -> None:
        """Have a system answer the cases of MultiVis-Bench, score and report."""
        from multivis.bench.multivis_bench import (
            run_benchmark,
            score_predictions,
            write_report,
        )
        from multivis.cli.console import interruptible

        stopped = "Interrupted. Finished cases are kept: go on with --resume."
        with interruptible(stopped):
            with progress("Cases") as report:
                run_benchmark(
                    data,
                    databases,
                    out,
                    scenario=scenario,
                    system=system,
                    model=model,
                    vision=vision,
                    limit=limit,
                    ids=case or (),
                    jobs=jobs,
                    resume=resume,
                    seconds=seconds,
                    report=report,
                )
            with progress("Scores") as report:
                scores = score_predictions(out, jobs=jobs, judge=judge, report=report)
            with progress("Report") as report:
                files = write_report(out, worst=worst, report=report)
        _print_scores(scores)
        output().print(f"{files[1]} shows the worst cases", soft_wrap=True)

    @app.command("score")
    def score(
        predictions: Annotated[
            Path, typer.Argument(metavar="PREDICTIONS", help="predictions.json, or a run.")
        ],
        databases: Annotated[
            Path | None, typer.Option("--databases", metavar="DIR", help="Folder of databases.")
        ] = None,
        jobs: Annotated[
            int, typer.Option("--jobs", "-j", metavar="J", min=1, help="Cases at once.")
        ] = 1,
        judge: Judge = None,
    ) -> None:
        """Score predictions in the published format, whichever system made them."""
        from multivis.bench.multivis_bench import score_predictions

        with progress("Scores") as report:
            scores = score_predictions(
                predictions, databases=databases, jobs=jobs, judge=judge, report=report
            )
        _print_scores(scores)

    @app.command("tables")
    def tables(
        data: Data,
        databases: Databases,
        out: Annotated[
            Path, typer.Option("--out", "-o", metavar="DIR", help="One folder a system in it.")
        ],
        table: Annotated[
            list[str] | None,
            typer.Option("--table", metavar="T", help="2, 3 or 4; all by default."),
        ] = None,
        scenario: Annotated[
            str, typer.Option("--scenario", "-s", metavar="S", help="A, B, C, D or all.")
        ] = "all",
        model: Annotated[
            str, typer.Option("--model", "-m", metavar="M", help="'offline' or 'provider:name'.")
        ] = "offline",
        vision: Annotated[
            str | None, typer.Option(metavar="M", help="The model that is shown pictures.")
        ] = None,
        limit: Annotated[
            int | None, typer.Option(metavar="N", min=1, help="At most so many a system.")
        ] = None,
        jobs: Annotated[
            int, typer.Option("--jobs", "-j", metavar="J", min=1, help="Cases at once.")
        ] = 1,
        seconds: Annotated[
            float | None, typer.Option(metavar="S", min=1.0, help="Time for one case.")
        ] = None,
        faults: Annotated[
            float, typer.Option(metavar="R", min=0.0, max=1.0, help="Share of spoiled answers.")
        ] = 0.0,
        judge: Judge = None,
    ) -> None:
        """Run every system that Tables 2, 3 and 4 of the paper compare, and print the tables."""
        from contextlib import ExitStack

        from multivis.bench.multivis_bench import make_tables
        from multivis.cli.console import interruptible

        stopped = "Interrupted. Finished cases are kept: give the same command again."
        with interruptible(stopped), ExitStack() as bars:

            def told(name: str) -> Callable[[int, int], None]:
                bars.close()
                return bars.enter_context(progress(name))

            text = make_tables(
                data,
                databases,
                out,
                tables=table or ("2", "3", "4"),
                model=model,
                scenario=scenario,
                limit=limit,
                jobs=jobs,
                seconds=seconds,
                faults=faults,
                judge=judge,
                told=told,
            )
        output().print(text, soft_wrap=True, markup=False)

    @app.command("compare")
    def compare(
        first: Annotated[Path, typer.Argument(metavar="A", help="A scored run.")],
        second: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
        dimensions: Annotated[
            bool, typer.Option("--dimensions", help="Every dimension, not only the overall.")
        ] = False,
    ) -> None:
        """Paired differences of two runs on the same cases, with 95 % intervals."""
        from multivis.bench.multivis_bench import compare_scores

        _print_differences(compare_scores(first, second, dimensions=dimensions), first, second)


def _print_scores(scores: dict[str, Any]) -> None:
    """One table a metric, one row a scenario."""
    from rich.table import Table

    for metric in ("published", "strict", "picture", "perceptual"):
        told = scores.get(metric) or {}
        if not told:
            continue
        view = Table(
            title=f"{metric.capitalize()} scores (%)",
            title_justify="left",
            box=None,
            padding=(0, 1),
        )
        view.add_column("")
        for name in next(iter(told.values()), {}):
            view.add_column(_SHORT.get(name, name), justify="right", no_wrap=True)
        for name, values in sorted(told.items(), key=lambda item: item[0] == "all"):
            cells = [f"{v:.0f}" if k == "cases" else f"{100 * v:.1f}" for k, v in values.items()]
            view.add_row(name, *cells)
        output().print(view)


_SHORT = {
    "executed": "runs",
    "correct": "> 80",
    "chart_type": "type",
    "data_mapping": "data",
    "encoding": "encod.",
    "interaction": "inter.",
    "transform": "transf.",
}


def _print_differences(found: list[Any], first: Path, second: Path) -> None:
    """One row a metric and scenario; a star where the interval leaves out zero."""
    from rich.table import Table

    view = Table(title=f"{second} minus {first} (points)", title_justify="left", box=None)
    view.add_column("metric")
    for name in ("scenario", "cases", "A", "B", "difference", "95 % interval", "better", "worse"):
        view.add_column(name, justify="right", no_wrap=True)
    for row in found:
        interval = f"{100 * row.low:+.2f} … {100 * row.high:+.2f}"
        star = " *" if row.clear else "  "
        view.add_row(
            row.metric,
            row.scenario,
            f"{row.cases}",
            f"{100 * row.first:.2f}",
            f"{100 * row.second:.2f}",
            f"{100 * row.difference:+.2f}{star}",
            interval,
            f"{row.better}",
            f"{row.worse}",
        )
    output().print(view)
