"""``multivis bench iplotbench``: make a set, run a model on it, score what it wrote.

Nothing heavy is imported here, so that ``multivis --help`` answers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from multivis.cli.console import errors, output

__all__ = ["app"]

app = typer.Typer(help="Benchmarks: how good multivis is.", no_args_is_help=True)
iplotbench = typer.Typer(
    help="iPlotBench: recreate a chart from its picture, then answer questions about it.",
    no_args_is_help=True,
)
app.add_typer(iplotbench, name="iplotbench")

DataFolder = Annotated[
    Path, typer.Option("--data", "-d", metavar="DIR", help="A set that 'generate' wrote.")
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


@iplotbench.command()
def generate(
    total: Annotated[int, typer.Option(metavar="N", help="Number of figures.")],
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed gives the same files.")],
    out: OutFolder,
    images: Annotated[
        bool, typer.Option("--images/--no-images", help="Draw the pictures (needs a browser).")
    ] = True,
) -> None:
    """Make figures with pictures, specifications and questions."""
    from multivis.bench.iplotbench import generate_set

    with _progress("Figures") as report:
        counts = generate_set(total, seed, out, images=images, report=report)
    told = ", ".join(f"{kind} {count:,}" for kind, count in counts.items())
    output().print(
        f"{total:,} figures and {sum(counts.values()):,} questions ({told}) in {out}",
        soft_wrap=True,
    )
