"""Matplotlib: the picture comes from the run; the specification describes it.

A Matplotlib figure has no specification of its own. The sandbox draws it once and describes
its axes and artists; here the two travel together: the description with one more key,
``image``, which holds the picture::

    {..., "library": "matplotlib", "image": {"media_type": "image/png", "base64": "…"}}
"""

from __future__ import annotations

import base64
import binascii
import html as html_text
from collections.abc import Mapping
from typing import Any

from multivis.charts.pages import chart_page
from multivis.errors import RenderError
from multivis.protocols import Run

__all__ = ["MatplotlibBackend"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class MatplotlibBackend:
    """Charts as Matplotlib figures (`multivis.protocols.ChartBackend`)."""

    name = "matplotlib"

    def environment(self) -> str:
        """pyplot as ``plt`` with a backend that opens no window, pandas ``pd``, NumPy ``np``."""
        return (
            'import matplotlib\n\nmatplotlib.use("Agg")\nimport matplotlib.pyplot as plt\n'
            "import numpy as np\nimport pandas as pd\n"
        )

    def save_call(self, variable: str) -> str:
        """Save a picture beside the script; `variable` is a figure, axes, or ``plt``."""
        plain = variable in ("plt", "fig", "figure")
        figure = variable if plain else f"{variable}.figure"  # axes know their figure
        return f'{figure}.savefig("chart.png", dpi=200, bbox_inches="tight")\n'

    def specification(self, run: Run) -> dict[str, Any]:
        """The description of the figure with its picture.

        Raises:
            RenderError: The run left no Matplotlib figure.
        """
        if run.image is None or run.library != "matplotlib":
            raise RenderError(
                "The code left no Matplotlib figure.",
                hint="Make one with plt.subplots() and draw on its axes.",
            )
        image = {
            "media_type": "image/png",
            "base64": base64.b64encode(run.image).decode("ascii"),
        }
        return {**(run.figure or {}), "library": "matplotlib", "image": image}

    def png(self, spec: Mapping[str, Any], *, scale: float = 2.0) -> bytes:
        """The picture that the run drew; `scale` has no effect, as there is nothing to redraw.

        Raises:
            RenderError: The specification carries no picture.
        """
        image = spec.get("image")
        try:
            encoded = image["base64"] if isinstance(image, Mapping) else ""
            picture = base64.b64decode(encoded, validate=True)
        except (KeyError, TypeError, binascii.Error) as error:
            raise RenderError(
                "The description of the figure carries a damaged picture.", hint="Draft it again."
            ) from error
        if not picture.startswith(_SIGNATURE):
            raise RenderError(
                "The description of the figure carries no picture.", hint="Draft it again."
            )
        return picture

    def svg(self, spec: Mapping[str, Any]) -> str:
        """The picture inside an SVG of the same size in pixels."""
        picture = self.png(spec)
        width = int.from_bytes(picture[16:20], "big")
        height = int.from_bytes(picture[20:24], "big")
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}"><title>{html_text.escape(_title_text(spec))}</title>'
            f'<image width="{width}" height="{height}" href="{_address(picture)}"/></svg>'
        )

    def html(self, spec: Mapping[str, Any]) -> str:
        """A page with the picture in it."""
        title = _title_text(spec)
        width = int.from_bytes(self.png(spec)[16:20], "big") // 2
        content = (
            f'<img alt="{html_text.escape(title, quote=True)}" '
            f'style="max-width: 100%; width: {width}px" src="{_address(self.png(spec))}">'
        )
        return chart_page(title=title, content=content)

    def with_provenance(
        self, spec: Mapping[str, Any], provenance: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A copy with the key ``multivis``."""
        return {**spec, "multivis": dict(provenance)}


def _address(picture: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(picture).decode("ascii")


def _title_text(spec: Mapping[str, Any]) -> str:
    """The figure's title, or the first title of its axes."""
    candidates = [spec.get("title"), spec.get("suptitle")]
    axes = spec.get("axes")
    if isinstance(axes, list):
        candidates += [part.get("title") for part in axes if isinstance(part, Mapping)]
    return next((text for text in candidates if isinstance(text, str) and text), "Chart")
