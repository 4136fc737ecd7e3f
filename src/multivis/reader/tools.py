"""The tool `read_chart_image`: every model can have a picture of a chart read."""

from __future__ import annotations

import json
from typing import Any

from pydantic import Field

from multivis.errors import MultiVisError
from multivis.state import Failure, FailureKind
from multivis.tool import Arguments, Outcome, Tool, ToolContext

__all__ = ["ReadChartImage", "describe_reading", "reader_tools"]


class ReadChartImage(Arguments):
    """Arguments of `read_chart_image`."""

    path: str = Field(min_length=1, max_length=4096, description="Path of a PNG or JPEG file.")
    rows: int = Field(60, ge=1, le=2000, description="Most data rows to show.")


def describe_reading(image: str | bytes, rows: int = 60) -> dict[str, Any]:
    """What a picture of a chart shows, as JSON types.

    Args:
        image: Path or bytes of an image file.
        rows: Most rows of data.

    Returns:
        ``kind``, ``title``, ``axes``, ``confidence``, ``notes``, ``data`` (rows with the expected
        error), ``rows`` in all, ``plotly`` (the figure) and ``style``; or ``kind`` None and
        ``reason``.

    Raises:
        ImageError: The file is missing, damaged or not an image.
        MissingExtraError: The `reader` extra is not installed.
    """
    from multivis.reader.interpret import read_chart

    reading = read_chart(image)
    if reading.kind is None:
        return {"kind": None, "reason": reading.reason}
    content = reading.to_json()
    table = reading.table()
    return {
        "kind": reading.kind,
        "title": reading.title,
        "axes": {"x": content["x"], "y": content["y"]},
        "confidence": reading.confidence,
        "notes": reading.notes,
        "rows": len(table),
        "data": [{key: _short(value) for key, value in row.items()} for row in table[:rows]],
        "plotly": reading.plotly(),
        "style": content["style"],
    }


def _short(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _run(arguments: ReadChartImage, context: ToolContext) -> Outcome:
    del context
    try:
        content = describe_reading(arguments.path, arguments.rows)
    except MultiVisError as error:
        failure = Failure(kind=FailureKind.IMAGE, where="read_chart_image", message=str(error))
        return Outcome(text=str(error), failure=failure)
    if content["kind"] is None:
        text = f"This is not a chart that can be read: {content['reason']}."
        return Outcome(
            text=text,
            failure=Failure(kind=FailureKind.IMAGE, where="read_chart_image", message=text),
        )
    return Outcome(text=json.dumps(content, ensure_ascii=False))


def reader_tools() -> tuple[Tool, ...]:
    """The reader as a tool; it needs no data source."""
    return (
        Tool(
            "read_chart_image",
            "Read a chart from a picture without a model: its kind, its data in data units with "
            "the expected error, its axes, its style, and the figure as Plotly JSON.",
            ReadChartImage,
            _run,
            frozenset(),
        ),
    )
