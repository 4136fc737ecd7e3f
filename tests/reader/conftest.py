"""Pictures of charts, drawn by the three libraries themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rapidocr", reason="the reader extra is not installed")

Draw = Callable[..., Path]


@pytest.fixture
def altair_picture(tmp_path: Path) -> Draw:
    """Save a Vega-Lite specification as PNG; returns its path."""

    def draw(spec: dict[str, Any], scale: float = 2.0) -> Path:
        import vl_convert

        path = tmp_path / "altair.png"
        path.write_bytes(vl_convert.vegalite_to_png(spec, scale=scale))
        return path

    return draw


@pytest.fixture
def matplotlib_picture(tmp_path: Path) -> Draw:
    """Draw with Matplotlib's default look; `paint` gets the axes."""

    def draw(paint: Callable[[Any], object], suffix: str = "png", dpi: int = 100) -> Path:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(dpi=dpi)
        FigureCanvasAgg(figure)
        paint(figure.add_subplot())
        figure.tight_layout()
        path = tmp_path / f"matplotlib.{suffix}"
        figure.savefig(path)
        return path

    return draw
