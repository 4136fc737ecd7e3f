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

Progress = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


def register(app: typer.Typer, progress: Progress) -> None:
    """Add the commands to ``multivis bench``."""

    @app.command("multivis-bench")
    def run(
        data: Annotated[
            Path, typer.Option("--data", "-d", metavar="DIR", help="A.json to D.json.")
        ],
        databases: Annotated[
            Path, typer.Option("--databases", metavar="DIR", help="Folder of <db_id>.sqlite.")
        ],
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
    ) -> None:
        """Have a system answer the cases of MultiVis-Bench, score and report."""
        from multivis.bench.multivis_bench import run_benchmark, score_predictions
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
                    limit=limit,
                    ids=case or (),
                    jobs=jobs,
                    resume=resume,
                    seconds=seconds,
                    report=report,
                )
            with progress("Scores") as report:
                scores = score_predictions(out, jobs=jobs, report=report)
        _print_scores(scores)

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
    ) -> None:
        """Score predictions in the published format, whichever system made them."""
        from multivis.bench.multivis_bench import score_predictions

        with progress("Scores") as report:
            scores = score_predictions(predictions, databases=databases, jobs=jobs, report=report)
        _print_scores(scores)


def _print_scores(scores: dict[str, Any]) -> None:
    """One table a metric, one row a scenario."""
    from rich.table import Table

    for metric in ("published", "strict"):
        told = scores.get(metric) or {}
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
            cells = [f"{v:.0f}" if k == "cases" else f"{100 * v:.2f}" for k, v in values.items()]
            view.add_row(name, *cells)
        output().print(view)


_SHORT = {
    "executed": "runs",
    "chart_type": "type",
    "data_mapping": "data",
    "interaction": "interact",
    "transform": "transf",
}
