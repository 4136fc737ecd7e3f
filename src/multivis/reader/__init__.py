"""Pictures of charts back to specifications, with no model.

`read_chart` reads one picture, `picture_form` says only which kind of chart it shows;
`open_picture` opens a picture for both;
`read_to_folder` writes what was read; `reader_tools` offers it to
models. Needs the `reader` extra for text recognition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multivis.reader.folder import read_to_folder
    from multivis.reader.form import picture_form
    from multivis.reader.interpret import read_chart, require_chart
    from multivis.reader.picture import open_picture
    from multivis.reader.reading import KINDS, AxisReading, ChartReading, SeriesReading
    from multivis.reader.style import STYLE_KEYS
    from multivis.reader.tools import reader_tools

__all__ = [
    "KINDS",
    "STYLE_KEYS",
    "AxisReading",
    "ChartReading",
    "SeriesReading",
    "open_picture",
    "picture_form",
    "read_chart",
    "read_to_folder",
    "reader_tools",
    "require_chart",
]

_PLACES = {
    "KINDS": "reading",
    "AxisReading": "reading",
    "ChartReading": "reading",
    "SeriesReading": "reading",
    "STYLE_KEYS": "style",
    "open_picture": "picture",
    "picture_form": "form",
    "read_chart": "interpret",
    "require_chart": "interpret",
    "read_to_folder": "folder",
    "reader_tools": "tools",
}


def __getattr__(name: str) -> Any:
    """Import on first use: OpenCV and SciPy are heavy."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
