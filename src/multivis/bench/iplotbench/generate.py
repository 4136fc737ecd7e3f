"""Make a set: figures, pictures, questions. The same seed gives the same files."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multivis.bench.iplotbench import shapes
from multivis.bench.iplotbench.dataset import FIGURE_TYPES
from multivis.bench.iplotbench.looks import DRAW, LOOKS
from multivis.bench.iplotbench.palette import PALETTE
from multivis.bench.iplotbench.questions import (
    Numbers,
    Question,
    ask_categories,
    ask_lines,
    balance,
)
from multivis.errors import OptionError, OutputError

__all__ = ["HEIGHT", "WIDTH", "Drawn", "draw_figure", "generate_set", "picture"]

WIDTH, HEIGHT = 800, 600
"""Size of the pictures in pixels."""

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Drawn:
    """One figure before it is written.

    Attributes:
        id: Type and number within the type.
        type: One of `FIGURE_TYPES`.
        numbers: What it shows.
        figure: Plotly JSON.
        questions: All that can be asked, before balancing.
    """

    id: str
    type: str
    numbers: Numbers
    figure: dict[str, Any]
    questions: tuple[Question, ...]


def draw_figure(kind: str, number: int, seed: int) -> Drawn:
    """One figure; it depends on its arguments alone, not on the size of the set.

    Args:
        kind: One of `FIGURE_TYPES`.
        number: Number within the type, from 0.
        seed: Seed of the set.
    """
    # Text seeds a generator through SHA-512: neighbouring seeds have nothing in common.
    chance = random.Random(f"iplotbench/{seed}/{kind}/{number}")
    if kind in ("line", "dot_line"):
        names = chance.sample(list(PALETTE), chance.randint(2, 7))
        x = shapes.line_positions(chance)
        numbers = Numbers({name: shapes.line_values(chance, x) for name in names}, x)
        questions = ask_lines(numbers, chance)
    else:
        if kind == "pie":
            values = shapes.pie_spans(chance, chance.randint(2, 7))
        else:
            values = shapes.bar_values(chance, shapes.bar_positions(chance))
        names = chance.sample(list(PALETTE), len(values))
        numbers = Numbers({name: [value] for name, value in zip(names, values, strict=True)})
        questions = ask_categories(numbers, chance)
    figure = _figure(kind, numbers)
    return Drawn(f"{kind}_{number:04d}", kind, numbers, figure, tuple(questions))


def _figure(kind: str, numbers: Numbers) -> dict[str, Any]:
    """The figure as Plotly writes it, with its default template."""
    import plotly.graph_objects as go

    names = list(numbers.values)
    colours = [PALETTE[name] for name in names]
    empty: dict[str, Any] = {"title": {"text": ""}}
    if numbers.x:
        axis = {"title": {"text": ""}}
        layout = {**empty, "xaxis": axis, "yaxis": axis, "showlegend": True}
        traces = [_line(kind, name, numbers) for name in names]
    else:
        values = [numbers.values[name][0] for name in names]
        layout = empty if kind == "pie" else {**empty, "showlegend": False}
        if kind == "pie":
            traces = [go.Pie(labels=names, values=values, marker={"colors": colours})]
        elif kind == "hbar_categorical":
            traces = [go.Bar(x=values, y=names, orientation="h", marker={"color": colours})]
        else:
            traces = [go.Bar(x=names, y=values, marker={"color": colours})]
    figure: dict[str, Any] = json.loads(go.Figure(traces, layout).to_json())
    return figure


def _line(kind: str, name: str, numbers: Numbers) -> Any:
    import plotly.graph_objects as go

    style: dict[str, Any] = {"mode": "lines", "line": {"color": PALETTE[name]}}
    if kind == "dot_line":
        style = {**style, "mode": "lines+markers", "marker": {"color": PALETTE[name]}}
    return go.Scatter(x=list(numbers.x), y=list(numbers.values[name]), name=name, **style)


def generate_set(
    total: int,
    seed: int,
    out: Path,
    *,
    images: bool = True,
    look: str = "plotly",
    report: Report | None = None,
) -> dict[str, int]:
    """Write a set of figures with questions whose answers are balanced.

    Args:
        total: Number of figures; the five types get equal shares, the first ones one more
            where it does not divide.
        seed: The same seed gives the same files.
        out: Folder; it is made. It may hold an earlier part of the same set and nothing else.
        images: Draw the pictures, with one browser for all of them.
        look: Whose default look the pictures have: ``plotly`` as in the benchmark, ``altair``
            or ``matplotlib`` to see how a reader does on figures drawn by other hands. The
            ground truth is the same.
        report: Told how many figures are written, and how many there are.

    Returns:
        Number of questions by type.

    Raises:
        OptionError: `total` is less than 1, or there is no such look.
        OutputError: The folder holds something else, or cannot be written.
        RenderError: Pictures were asked for and there is no browser.
    """
    if total < 1:
        raise OptionError("A set has at least one figure.", hint="Give --total 1 or more.")
    if look not in LOOKS:
        raise OptionError(f"There is no look {look!r}.", hint=f"There are {', '.join(LOOKS)}.")
    share, more = divmod(total, len(FIGURE_TYPES))
    drawn = [
        draw_figure(kind, number, seed)
        for place, kind in enumerate(FIGURE_TYPES)
        for number in range(share + (place < more))
    ]
    _make_folder(out, {figure.id for figure in drawn})
    counts = dict.fromkeys((figure.type for figure in drawn), 0)
    for index, (figure, questions) in enumerate(
        zip(drawn, balance([figure.questions for figure in drawn]), strict=True)
    ):
        _write(figure, questions, index, out / figure.id, look if images else None)
        counts[figure.type] += len(questions)
        if report is not None:
            report(index + 1, len(drawn))
    return counts


def _make_folder(out: Path, ids: set[str]) -> None:
    """The folder, which must not mix two sets."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        strange = sorted(entry.name for entry in out.iterdir() if entry.name not in ids)
    except OSError as error:
        raise OutputError(f"The folder {out} cannot be written: {error.strerror}.") from error
    if strange:
        raise OutputError(
            f"The folder {out} holds {strange[0]!r}, which is not part of this set.",
            hint="Give an empty folder.",
        )


def _write(
    drawn: Drawn, questions: list[Question], index: int, folder: Path, look: str | None
) -> None:
    """One figure's folder; the metadata come last, so that a folder that has them is whole."""
    asked = [
        {
            "question_string": question.text,
            "question_id": question.id,
            "color1_name": question.first,
            "color2_name": question.second,
            "answer": question.answer,
            "image_index": index,
        }
        for question in questions
    ]
    metadata = {
        "figure_id": drawn.id,
        "image_index": index,
        "figure_type": drawn.type,
        "num_qa_pairs": len(asked),
    }
    try:
        folder.mkdir(exist_ok=True)
        (folder / "fig.json").write_text(
            json.dumps(drawn.figure, separators=(",", ":")), encoding="utf-8"
        )
        if look is not None:
            (folder / "fig.png").write_bytes(_drawn_as(look, drawn))
        (folder / "qa_pairs.json").write_text(json.dumps(asked, indent=2), encoding="utf-8")
        (folder / "metadata.json").write_text(json.dumps(metadata, indent=2), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"The folder {folder} cannot be written: {error.strerror}.") from error


def _drawn_as(look: str, drawn: Drawn) -> bytes:
    """The picture in a look."""
    if look == "plotly":
        return picture(drawn.figure)
    return DRAW[look](drawn.type, drawn.numbers)


def picture(figure: dict[str, Any]) -> bytes:
    """A figure as PNG, 800 x 600 whatever size it names.

    Raises:
        RenderError: There is no browser, or Plotly cannot draw the figure.
    """
    from multivis.charts.backends import get_backend

    layout = {**(figure.get("layout") or {}), "width": WIDTH, "height": HEIGHT}
    return get_backend("plotly").png({**figure, "layout": layout}, scale=1.0)
