"""Altair: Vega-Lite specifications, drawn by the reference runtime without a browser."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from multivis.charts.clean import clean_specification
from multivis.charts.pages import chart_page
from multivis.charts.renderer import render
from multivis.errors import RenderError
from multivis.protocols import Run
from multivis.settings import Settings

__all__ = ["AltairBackend"]

_PROGRAM = """
vegaEmbed("#chart", spec, {
  mode: MODE, renderer: "svg", ast: true,
  actions: {export: true, source: false, compiled: false, editor: false}
}).catch(function (error) {
  document.getElementById("chart").textContent = "The chart cannot be shown: " + error.message;
});
"""


def _is_vega(spec: Mapping[str, Any]) -> bool:
    """Whether a specification is compiled Vega rather than Vega-Lite."""
    return "/schema/vega/" in str(spec.get("$schema", ""))


class AltairBackend:
    """Charts as Vega-Lite (`multivis.protocols.ChartBackend`).

    Every picture is made from a cleaned copy (`clean_specification`): nothing is loaded.
    """

    name = "altair"

    def environment(self) -> str:
        """Altair as ``alt``, pandas as ``pd``, NumPy as ``np``."""
        return "import altair as alt\nimport numpy as np\nimport pandas as pd\n"

    def save_call(self, variable: str) -> str:
        """Save a picture and the specification beside the script."""
        return f'{variable}.save("chart.png", scale_factor=2)\n{variable}.save("chart.json")\n'

    def specification(self, run: Run) -> dict[str, Any]:
        """The Vega-Lite specification.

        Raises:
            RenderError: The run left no Altair chart.
        """
        if run.spec is None:
            raise RenderError(
                "The code left no Altair chart.",
                hint="Assign an alt.Chart (or a layered or concatenated one) to `chart`.",
            )
        return run.spec

    def png(self, spec: Mapping[str, Any], *, scale: float = 2.0) -> bytes:
        """The picture as PNG; `scale` is pixels per point of the specification.

        Raises:
            RenderError: Vega-Lite cannot draw the specification.
        """
        call = "vega_to_png" if _is_vega(spec) else "vegalite_to_png"
        picture: bytes = self._draw(call, spec, scale=scale)
        return picture

    def svg(self, spec: Mapping[str, Any]) -> str:
        """The picture as SVG.

        Raises:
            RenderError: Vega-Lite cannot draw the specification.
        """
        call = "vega_to_svg" if _is_vega(spec) else "vegalite_to_svg"
        picture: str = self._draw(call, spec)
        return picture

    def html(self, spec: Mapping[str, Any]) -> str:
        """A page that shows the chart with its interactions; it loads nothing (about 0.9 MB)."""
        cleaned, _ = clean_specification(spec)
        mode = "vega" if _is_vega(spec) else "vega-lite"
        return chart_page(
            title=_title_text(spec.get("title")) or "Chart",
            library=_vega_embed(),
            program=_PROGRAM.replace("MODE", json.dumps(mode)),
            spec=cleaned,
        )

    def with_provenance(
        self, spec: Mapping[str, Any], provenance: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A copy with ``usermeta.multivis``; other metadata is kept."""
        meta = spec.get("usermeta")
        kept = meta if isinstance(meta, Mapping) else {}
        return {**spec, "usermeta": {**kept, "multivis": dict(provenance)}}

    def _draw(self, call: str, spec: Mapping[str, Any], **options: Any) -> Any:
        cleaned, _ = clean_specification(spec)
        text = json.dumps(cleaned, default=str)
        try:
            return render(call, text, allowed_base_urls=[], **options)
        except ValueError as error:
            raise RenderError(
                f"Vega-Lite cannot draw the chart: {_reason(error)}.",
                hint="Correct the specification.",
            ) from error


def _reason(error: Exception) -> str:
    """The sentence of the runtime's error, without its stack."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith("at ")]
    return (said[-1] if said else type(error).__name__)[:300].rstrip(".")


@cache
def _vega_embed() -> str:
    """The JavaScript that shows Vega-Lite in a page; it sets ``vegaEmbed``.

    Making it takes seconds, so it is kept in the cache folder, by the version that made it.
    """
    import vl_convert

    kept = Settings().cache_dir / f"vega-embed-{version('vl-convert-python')}.js"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        text = kept.read_text(encoding="utf-8")
        if text.endswith(_COMPLETE):
            return text
    make: Any = vl_convert.javascript_bundle  # its stub wants an argument that it does not need
    bundle: str = make() + _COMPLETE
    with contextlib.suppress(OSError):  # a cache that cannot be written only costs time
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.part")
        part.write_text(bundle, encoding="utf-8")
        part.replace(kept)
    return bundle


#: The last line of a bundle that was written whole.
_COMPLETE = "\n// complete\n"


def _title_text(title: Any) -> str:
    """A Vega-Lite title as plain text."""
    if isinstance(title, Mapping):
        title = title.get("text", "")
    if isinstance(title, list):
        return " ".join(str(line) for line in title)
    return title if isinstance(title, str) else ""
