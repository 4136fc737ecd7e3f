"""A reading as files."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

from multivis.errors import OutputError
from multivis.reader.interpret import read_chart, require_chart
from multivis.reader.reading import ChartReading

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["comparison_picture", "read_to_folder"]


def read_to_folder(image: str | Path, out: str | Path) -> ChartReading:
    """Read a chart and write what was read.

    Writes ``chart.json`` (Plotly), ``vega.json`` (Vega-Lite), ``data.csv``, ``reading.json`` and
    ``comparison.png`` (the picture beside the chart drawn again).

    Args:
        image: A PNG, JPEG, GIF, WebP or BMP file.
        out: The folder; made when it is missing.

    Raises:
        ImageError: No such image, or it is not a chart that can be read.
        OutputError: The folder cannot be written.
    """
    reading = require_chart(read_chart(image))
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_json(folder / "chart.json", reading.plotly())
        _write_json(folder / "vega.json", reading.vega_lite())
        _write_json(folder / "reading.json", reading.to_json())
        _write_table(folder / "data.csv", reading)
        comparison_picture(image, reading).save(folder / "comparison.png")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(
            f"The output folder {str(folder)!r} cannot be written: {reason}.",
            hint="Choose another one with --out.",
        ) from error
    return reading


def comparison_picture(image: str | Path, reading: ChartReading) -> Image:
    """The picture and the reading drawn again, side by side at the size of the picture."""
    from PIL import Image

    from multivis.reader.draw import draw_reading
    from multivis.reader.raster import load_raster

    original = Image.fromarray(load_raster(image).rgb)
    again = draw_reading(reading, original.width, original.height)
    both = Image.new("RGB", (original.width * 2 + 8, original.height), "#888888")
    both.paste(original, (0, 0))
    both.paste(again, (original.width + 8, 0))
    return both


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_table(path: Path, reading: ChartReading) -> None:
    rows = reading.table()
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
