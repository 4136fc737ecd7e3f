"""``multivis bench faults``: how runs end when the model and the world fail.

Nothing heavy is imported here, so that ``multivis --help`` answers at once.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multivis.cli.console import errors, interruptible, output
from multivis.errors import OptionError

if TYPE_CHECKING:
    from multivis.bench.faults import Report, RunRecord

__all__ = ["faults"]

_STOPPED = "Interrupted. Finished runs are kept: go on with --resume."


def faults(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write.")],
    rate: Annotated[
        str, typer.Option(metavar="R,…", help="Shares of model calls that are spoiled, 0 to 1.")
    ] = "0.1,0.2,0.3",
    runs: Annotated[int, typer.Option(metavar="N", min=1, help="Runs at each rate.")] = 60,
    system: Annotated[
        str,
        typer.Option(
            metavar="NAME,…",
            help="multivis, without-rules, or without-RULE, for example without-RC-1.",
        ),
    ] = "multivis",
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed draws the same.")] = 0,
    cases: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Benchmark cases instead of our own tasks.")
    ] = None,
    databases: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The databases of these cases.")
    ] = None,
    kinds: Annotated[
        str, typer.Option(metavar="K,…", help="Kinds of faults to draw from; all by default.")
    ] = "",
    world: Annotated[
        bool, typer.Option("--world/--no-world", help="Whether the world fails, too.")
    ] = True,
    judge: Annotated[
        bool, typer.Option("--judge/--no-judge", help="Whether a model judges the charts.")
    ] = True,
    browser: Annotated[
        bool, typer.Option("--browser", help="With a Plotly task (needs a browser).")
    ] = False,
    wall_clock: Annotated[
        float, typer.Option(metavar="S", min=1, help="Seconds given to a run without RC-1.")
    ] = 20.0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted bench in --out.")
    ] = False,
) -> None:
    """Spoil model calls and break the world; exit 0 only if all ended and nothing was written."""
    from multivis.bench.faults import Plan, Report, write_report
    from multivis.bench.faults.kept import forget_runs, keep_runs
    from multivis.bench.faults.run import clean_tasks
    from multivis.bench.faults.tasks import case_tasks, own_tasks

    rates = _rates(rate)
    chosen = _kinds(kinds)
    if cases is not None and databases is None:
        raise OptionError("The databases of the cases are missing.", hint="Name --databases.")
    with (
        tempfile.TemporaryDirectory(prefix="multivis-shop-") as folder,
        interruptible(_STOPPED, lambda: shutil.rmtree(folder, ignore_errors=True)),
    ):
        if cases is not None and databases is not None:
            tasks, clean = clean_tasks(case_tasks(cases, databases, seed=seed), runs)
        else:
            tasks, clean = own_tasks(Path(folder) / "data", browser=browser), ()
        reports = []
        for name in system.split(","):
            plan = Plan(
                tasks=tasks,
                rates=rates,
                runs=runs,
                system=name.strip(),
                seed=seed,
                kinds=chosen,
                world=world,
                judge=judge,
                wall_clock=wall_clock,
            )
            kept = keep_runs(plan, out, resume=resume)
            records = tuple(_with_bar(kept, plan.system, runs * len(rates)))
            reports.append(Report(plan.system, records, clean))
    write_report(reports, out)
    for report in reports:
        forget_runs(report.system, out)
        _print(report)
    output().print(f"In {out}: report.md, report.json, runs.jsonl, chart.png", soft_wrap=True)
    raise typer.Exit(0 if all(report.sound for report in reports) else 1)


def _rates(text: str) -> tuple[float, ...]:
    try:
        rates = tuple(float(part) for part in text.split(","))
    except ValueError:
        rates = ()
    if not rates or not all(0 <= rate <= 1 for rate in rates):
        raise OptionError(
            f"The rates {text!r} are not usable.", hint="Give shares from 0 to 1: --rate 0.1,0.2"
        )
    return rates


def _kinds(text: str) -> tuple[str, ...]:
    if not text:
        return ()
    from multivis.testing.faults import KINDS
    from multivis.testing.world import WORLD_KINDS

    kinds = tuple(part.strip() for part in text.split(","))
    known = (*KINDS, *WORLD_KINDS)
    unknown = [kind for kind in kinds if kind not in known]
    if unknown:
        raise OptionError(
            f"There is no fault {unknown[0]!r}.", hint=f"The kinds are {', '.join(known)}."
        )
    return kinds


def _with_bar(records: Iterator[RunRecord], name: str, total: int) -> Iterator[RunRecord]:
    """The records, with a progress bar on stderr."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors()) as bar:
        task = bar.add_task(name, total=total)
        for record in records:
            bar.advance(task)
            yield record


def _print(report: Report) -> None:
    """How runs end, what they cost, and both by fault: each fits into 80 columns."""
    from rich.table import Table

    shares = Table(title=f"{report.system}: how runs end (95 % intervals)", box=None)
    for name in ("rate", "runs", "what", "share"):
        shares.add_column(name, justify="left" if name == "what" else "right")
    costs = Table(title=f"{report.system}: what runs cost (medians), and what must be 0", box=None)
    for name in ("rate", "steps", "calls", "tokens", "seconds", "hung", "raised", "wrote"):
        costs.add_column(name, justify="right")
    for row in report.rates():
        rate = f"{row['rate']:g}"
        for what in ("ended", "completed", "executed"):
            shares.add_row(rate, f"{row['runs']:,}", what, str(row[what]))
        costs.add_row(
            rate,
            f"{row['steps']:.2f}",
            f"{row['calls']:g}",
            f"{row['tokens']:,.0f}",
            f"{row['seconds']:.2f}",
            *(str(row[name]) for name in ("hung", "raised", "written")),
        )
    kinds = Table(title=f"{report.system}: runs by fault", box=None)
    for name in ("fault", "injected", "runs", "survived", "how they ended"):
        kinds.add_column(name, justify="left" if name in {"fault", "how they ended"} else "right")
    for row in report.kinds():
        ended = ", ".join(f"{count} {word}" for word, count in sorted(row["ended"].items()))
        cells = (row["kind"], row["injected"], row["runs"], row["survived"], ended)
        kinds.add_row(*map(str, cells))
    console = output()
    for table in (shares, costs, kinds):
        console.print(table)
        console.print()
