"""`multivis read`: a picture of a chart back to its data."""

from __future__ import annotations

from pathlib import Path

from multivis.cli.console import errors
from multivis.cli.files import checked_image, default_folder

__all__ = ["read"]


def read(image: Path, out: Path | None) -> int:
    """Read a chart, write the files, print where they are.

    Args:
        image: The picture.
        out: The folder; a new one under ``multivis_output`` when None.

    Returns:
        0.

    Raises:
        ImageError: No such image, or no chart that can be read.
        MissingExtraError: The `reader` extra is not installed.
        OutputError: The folder cannot be written.
    """
    from multivis.reader.folder import read_to_folder

    checked_image(image)
    folder = out or default_folder(f"read {image.stem}")
    reading = read_to_folder(image, folder)
    console = errors()
    count = sum(len(series.x) for series in reading.series)
    console.print(
        f"A {reading.kind} chart: {len(reading.series)} series, {count} values, "
        f"confidence {reading.confidence:.2f}."
    )
    for note in reading.notes:
        console.print(f"Note: {note}", markup=False)
    names = "chart.json, vega.json, data.csv, reading.json, comparison.png"
    console.print(f"{folder}: {names}", markup=False)
    return 0
