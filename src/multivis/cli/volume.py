"""``multivis volume``: look features up in a volume, learn more of them, report, fine-tune.

Nothing heavy is imported here, so that ``multivis --help`` answers at once.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multivis.cli.console import errors, output
from multivis.errors import OptionError

if TYPE_CHECKING:
    from multivis.volumes.features.records import Captioner

__all__ = ["app"]

app = typer.Typer(
    help="Volumes: find features by name, learn more of them, fine-tune a captioner.",
    no_args_is_help=True,
)

Source = Annotated[
    str,
    typer.Argument(metavar="SRC", help="A volume: file, DICOM folder or phantom:head?seed=7."),
]
Variable = Annotated[
    str | None, typer.Option(metavar="NAME", help="The scalar; the first by default.")
]
Index = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The index of views; in the cache folder by default."),
]
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def _duration(text: str | None) -> float | None:
    """Seconds of ``90``, ``90s``, ``5m`` or ``1.5h``.

    Raises:
        OptionError: It is none of these, or not positive.
    """
    if text is None:
        return None
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smh]?)\s*", text)
    seconds = float(match[1]) * _SECONDS[match[2] or "s"] if match else 0.0
    if seconds <= 0:
        raise OptionError(f"The budget {text!r} is no time.", hint="Write it as 90s, 5m or 1.5h.")
    return seconds


def _index_path(given: Path | None) -> Path:
    from multivis.volumes.features.index import default_index_path

    return given or default_index_path()


@app.command()
def learn(
    source: Source,
    views: Annotated[
        int, typer.Option(metavar="N", min=1, help="Views that the index should hold.")
    ] = 300,
    budget: Annotated[
        str | None, typer.Option(metavar="TIME", help="Most time, for example 90s or 5m.")
    ] = None,
    variable: Variable = None,
    index: Index = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="M", help="A model that sees captions the views: 'provider:name'."),
    ] = None,
    adapter: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="What 'finetune' wrote; --model names its base model."),
    ] = None,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="Keep a picture of each view.")
    ] = True,
) -> None:
    """Look at a volume from many sides; Ctrl-C stops, and the next call goes on."""
    from multivis.volumes import open_volume
    from multivis.volumes.features import FeatureIndex
    from multivis.volumes.features import learn as run

    seconds, stop = _duration(budget), threading.Event()
    path = _index_path(index)
    with open_volume(source) as opened, FeatureIndex(path) as kept, _stopping(stop):
        captioner = _captioner(model, adapter)
        with _bar(opened.name) as show:
            result = run(
                opened,
                kept,
                variable=variable,
                views=views,
                budget=seconds,
                captioner=captioner,
                pictures=pictures,
                on_progress=show,
                should_stop=stop.is_set,
            )
    _print_boundaries(result.boundaries)
    reasons = {"views": "", "budget": "; the time is over", "stopped": "; stopped"}
    console = output()
    console.print(
        f"{result.views - result.before:,} views made in {result.seconds:.1f} s, {result.views:,} "
        f"in {path}{reasons[result.ended]}.",
        soft_wrap=True,
    )
    if result.ended != "views":
        console.print("The same command goes on where it ended.")


def _captioner(model: str | None, adapter: Path | None) -> Captioner | None:
    """Who captions: None is the geometric one."""
    if adapter is not None:
        if model is None:
            raise OptionError(
                "An adapter needs its base model.", hint="Name it: --model FOLDER-OR-NAME."
            )
        from multivis.volumes.features.finetune import TunedCaptioner

        return TunedCaptioner(model, adapter)
    if model is None or model == "offline":
        return None
    from multivis.llm.models import open_model
    from multivis.llm.pictures import picture_asker
    from multivis.volumes.features import VisionCaptioner

    return VisionCaptioner(picture_asker(open_model(model), "volume_caption"), name=model)


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C asks for an end after the view that is being made; a second one ends at once."""
    import signal

    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(*_: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _bar(name: str) -> Iterator[Any]:
    """A progress bar on stderr that says what is looked at and what is believed."""
    from rich.markup import escape
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[now]}"),
    )
    with Progress(*columns, console=errors()) as progress:
        task = progress.add_task(escape(name), total=None, now="")

        def show(told: Any) -> None:
            known = ", ".join(f"{one.name} {one.isovalue:.4g}" for one in told.boundaries[:3])
            now = f"{told.plan.stage}: {told.plan.isovalue:.4g}" + (f"  ({known})" if known else "")
            progress.update(task, total=told.target, completed=told.views, now=escape(now))

        yield show


def _print_boundaries(found: Any) -> None:
    """What is believed, as a table."""
    from rich.markup import escape
    from rich.table import Table

    view = Table(box=None, pad_edge=False)
    for name in ("feature", "isovalue", "±", "shown from", "to", "points", "views", "confidence"):
        view.add_column(name, justify="left" if name == "feature" else "right")
    for one in found:
        low, high = one.interval
        view.add_row(
            escape(one.name),
            f"{one.isovalue:.4g}",
            f"{one.standard_error:.2g}",
            f"{low:.4g}",
            f"{high:.4g}",
            f"{one.samples:,}",
            f"{len(one.views):,}",
            f"{one.confidence:.2f}",
        )
    if found:
        output().print(view)


@app.command()
def feature(
    source: Source,
    name: Annotated[str, typer.Argument(help="In any words: 'the nose', 'soft tissue'.")],
    variable: Variable = None,
    index: Index = None,
) -> None:
    """Say at which isovalue a feature is, how sure that is, and why; exit code 1 if not found."""
    from multivis.volumes import open_volume
    from multivis.volumes.features import FeatureIndex, look_up

    with open_volume(source) as opened, FeatureIndex(_index_path(index)) as kept:
        answer = look_up(name, opened, index=kept, variable=variable)
    output().print(answer.text, soft_wrap=True, markup=False)
    if answer.found and answer.others:
        output().print(f"Also found: {', '.join(answer.others)}.", soft_wrap=True, markup=False)
    raise typer.Exit(0 if answer.found else 1)


@app.command()
def report(
    source: Source,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write.")],
    variable: Variable = None,
    index: Index = None,
) -> None:
    """Plot vocabulary, consistency of captions and error of isovalues against the views."""
    from multivis.result import output_folder
    from multivis.volumes import open_volume
    from multivis.volumes.features import FeatureIndex
    from multivis.volumes.features.report import learning_report, save_report

    folder = output_folder(out)
    with open_volume(source) as opened, FeatureIndex(_index_path(index)) as kept:
        told = learning_report(opened, kept, variable=variable)
    files = save_report(told, folder)
    _print_report(told)
    output().print(f"Written: {files['png']}, {files['json']}", soft_wrap=True)


def _print_report(told: Any) -> None:
    from rich.table import Table

    view = Table(box=None, pad_edge=False)
    names = sorted(told.errors or told.standard_errors)
    what = "error" if told.errors else "±"
    for name in ("views", "words", "consistency", *(f"{name} {what}" for name in names)):
        view.add_column(name, justify="right")
    curves = told.errors or told.standard_errors
    for count, words, similar in zip(told.views, told.vocabulary, told.consistency, strict=True):
        cells = []
        for name in names:
            at = [views for views in curves[name] if views <= count]
            cells.append(f"{100 * curves[name][max(at)]:.3f} %" if at else "")
        view.add_row(f"{count:,}", f"{words:,}", f"{similar:.3f}", *cells)
    output().print(view)
    if told.test is not None:
        output().print(
            f"Similarities with all views against half of them: Mann-Whitney U = {told.test.u:,.0f}"
            f", p = {told.test.p:.3g}, effect {told.test.effect:.3f}.",
            soft_wrap=True,
        )


@app.command()
def finetune(
    source: Source,
    model: Annotated[
        str,
        typer.Option(metavar="M", help="Folder or name of an image-text-to-text model."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="For the adapter.")],
    rank: Annotated[int | None, typer.Option(metavar="R", help="Rank of the matrices.")] = None,
    alpha: Annotated[int | None, typer.Option(metavar="A", help="Scale; twice the rank.")] = None,
    epochs: Annotated[int | None, typer.Option(metavar="E", help="Passes over the pairs.")] = None,
    learning_rate: Annotated[float | None, typer.Option(metavar="L", help="Of AdamW.")] = None,
    batch: Annotated[int | None, typer.Option(metavar="B", help="Pairs a step.")] = None,
    targets: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="Layers, by comma; the attention projections."),
    ] = None,
    captioner: Annotated[
        str, typer.Option(metavar="NAME", help="Whose captions are learned.")
    ] = "geometric",
    variable: Variable = None,
    index: Index = None,
) -> None:
    """Adapt a model that sees to the captioned views of a volume (the 'finetune' extra)."""
    from multivis.volumes import open_volume
    from multivis.volumes.features import FeatureIndex
    from multivis.volumes.features.cycle import volume_number
    from multivis.volumes.features.finetune import FinetuneOptions, require_finetune
    from multivis.volumes.features.finetune import finetune as run
    from multivis.volumes.features.observe import Observer

    options = FinetuneOptions.of(
        rank=rank,
        alpha=alpha,
        epochs=epochs,
        learning_rate=learning_rate,
        batch=batch,
        targets=tuple(part.strip() for part in targets.split(",")) if targets else None,
    )
    require_finetune()
    with open_volume(source) as opened, FeatureIndex(_index_path(index)) as kept:
        pairs = kept.pairs(volume_number(kept, Observer(opened, variable)), captioner)
    with _steps() as show:
        result = run(pairs, model, out, options=options, on_progress=show)
    losses = " → ".join(f"{loss:.4f}" for loss in result.losses)
    output().print(
        f"{result.pairs:,} pairs, {result.steps:,} steps, loss {losses}; {result.trainable:,} of "
        f"{result.parameters:,} parameters trained ({', '.join(result.targets)}) in "
        f"{result.seconds:.0f} s. The adapter is in {result.adapter}.",
        soft_wrap=True,
    )


@contextmanager
def _steps() -> Iterator[Any]:
    """A progress bar on stderr for the steps of training."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("Fine-tuning"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[loss]}"),
    )
    with Progress(*columns, console=errors()) as progress:
        task = progress.add_task("steps", total=None, loss="")
        yield lambda done, total, loss: progress.update(
            task, total=total, completed=done, loss=f"loss {loss:.4f}"
        )
