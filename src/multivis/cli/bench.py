"""``multivis bench iplotbench``: make a set, run a model on it, score what it wrote.

Nothing heavy is imported here, so that ``multivis --help`` answers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from multivis.cli.console import errors, output
from multivis.cli.faults import faults
from multivis.cli.multivis_bench import register

__all__ = ["app"]

app = typer.Typer(help="Benchmarks: how good multivis is.", no_args_is_help=True)
iplotbench = typer.Typer(
    help="iPlotBench: recreate a chart from its picture, then answer questions about it.",
    no_args_is_help=True,
)
app.add_typer(iplotbench, name="iplotbench")
app.command()(faults)

DataFolder = Annotated[
    Path, typer.Option("--data", "-d", metavar="DIR", help="A set that 'generate' wrote.")
]
Config = Annotated[
    str,
    typer.Option(metavar="C", help="Tools: vision (none), interaction, introspection or full."),
]
Model = Annotated[
    str,
    typer.Option(metavar="M", help="'offline' or 'provider:name', for example openai:gpt-5."),
]
OutFolder = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write.")]


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr; only its last line where stderr is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors()) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


register(app, _progress)


@iplotbench.command()
def generate(
    total: Annotated[int, typer.Option(metavar="N", help="Number of figures.")],
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed gives the same files.")],
    out: OutFolder,
    images: Annotated[
        bool, typer.Option("--images/--no-images", help="Draw the pictures (needs a browser).")
    ] = True,
    look: Annotated[
        str, typer.Option(metavar="L", help="Whose look: plotly, altair or matplotlib.")
    ] = "plotly",
) -> None:
    """Make figures with pictures, specifications and questions."""
    from multivis.bench.iplotbench import generate_set

    with _progress("Figures") as report:
        counts = generate_set(total, seed, out, images=images, look=look, report=report)
    told = ", ".join(f"{kind} {count:,}" for kind, count in counts.items())
    output().print(
        f"{total:,} figures and {sum(counts.values()):,} questions ({told}) in {out}",
        soft_wrap=True,
    )


@iplotbench.command()
def run(
    config: Config,
    data: DataFolder,
    out: OutFolder,
    model: Model = "offline",
    jobs: Annotated[int, typer.Option(metavar="J", min=1, help="Figures at once.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an earlier run.")] = False,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="At most so many, of all types.")
    ] = None,
    seconds: Annotated[float, typer.Option(metavar="S", help="Time for one figure.")] = 120.0,
    rounds: Annotated[int, typer.Option(metavar="R", help="Rounds of tools a request.")] = 5,
) -> None:
    """Recreate every figure from its picture, then answer its questions in the same session."""
    from multivis.bench.iplotbench.run import run_benchmark
    from multivis.cli.console import interruptible

    stopped = "Interrupted. Finished figures are kept: go on with --resume."
    with interruptible(stopped), _progress("Sessions") as report:
        told = run_benchmark(
            data,
            out,
            config=config,
            model=model,
            jobs=jobs,
            resume=resume,
            limit=limit,
            seconds=seconds,
            rounds=rounds,
            report=report,
        )
    output().print(
        f"{told['finished']:,} of {len(told['figures']):,} figures, {told['without_figure']:,} "
        f"without a valid figure, {told['without_answer']:,} questions without an answer, "
        f"{told['seconds']['mean']:.2f} s a figure, in {out}",
        soft_wrap=True,
    )


@iplotbench.command()
def score(
    data: DataFolder,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="What 'run' wrote.")],
) -> None:
    """Score what 'run' wrote, from its files alone; writes scores.json, prints one line last."""
    from multivis.bench.iplotbench.score import score_run

    with _progress("Figures") as report:
        scores = score_run(data, out, report)
    _print_scores(scores)


_NAMES = {"type": "S_Type", "data": "S_Data", "text": "S_Text", "style": "S_Style"}


def _print_scores(scores: dict[str, Any]) -> None:
    """Tables, then one line with what counts."""
    console = output()
    recreation, accuracy = scores["recreation"], scores["accuracy"]
    _print_table(
        "Recreation",
        ("figures", *_NAMES.values()),
        {
            "all, invalid as 0": recreation["invalid_as_zero"],
            "valid only": recreation["valid_only"],
            **recreation["by_type"],
        },
    )
    _print_table("S_Data by λ", ("λ", *scores["data_by_penalty"]), {"": scores["data_by_penalty"]})
    well = scores["well_recreated"]
    families = list(accuracy["by_family"])
    _print_table(
        "Accuracy",
        ("questions", "accuracy"),
        {
            name: {"accuracy": value}
            for name, value in {
                "all, unanswered as wrong": accuracy["all"],
                "answered only": accuracy["answered_only"],
                "mean of figures": accuracy["per_figure"],
                f"mean of {well['figures']} figures with S_Data ≥ 0.9": well["per_figure"],
                **accuracy["by_type"],
            }.items()
        },
    )
    _print_table(
        "Accuracy by family",
        ("family", *families),
        {
            "all": accuracy["by_family"],
            "S_Data ≥ 0.9": well["by_family"],
            "all, by meaning": accuracy["by_family_by_meaning"],
            "S_Data ≥ 0.9, by meaning": well["by_family_by_meaning"],
        },
    )
    _print_tools(scores["tools"])
    invalid = scores["invalid"]
    means = "  ".join(f"{n} {recreation['invalid_as_zero'][k]:.4f}" for k, n in _NAMES.items())
    console.print(
        f"{means}  accuracy {accuracy['all']:.4f}  ({scores['figures']:,} figures, "
        f"{scores['questions']:,} questions; invalid: {invalid['figures']:,} figures, "
        f"{invalid['answers']:,} answers)",
        soft_wrap=True,
    )


def _print_table(title: str, heading: tuple[str, ...], rows: dict[str, dict[str, float]]) -> None:
    from rich.table import Table

    view = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for number, name in enumerate(heading):
        view.add_column(name, justify="right" if number else "left")
    for name, values in rows.items():
        view.add_row(name, *(f"{value:.4f}" for value in values.values()))
    console = output()
    console.print(view)
    console.print()


def _print_tools(tools: dict[str, Any]) -> None:
    """Table 8: share of sessions with each tool, and calls."""
    if not any(sum(used["calls"].values()) for used in tools.values()):
        return
    from rich.table import Table

    names = sorted({name for used in tools.values() for name in used["calls"]})
    view = Table(title="Sessions that called a tool (%) and calls", title_justify="left", box=None)
    for name in ("figures", *names, "view calls"):
        view.add_column(name, justify="left" if name == "figures" else "right")
    for kind, used in tools.items():
        shares = used["share_of_sessions"]
        cells = [
            f"{100 * shares.get(name, 0):.0f} ({used['calls'].get(name, 0):,})" for name in names
        ]
        view.add_row(kind, *cells, f"{used['total']:,}")
    console = output()
    console.print(view)
    console.print()
