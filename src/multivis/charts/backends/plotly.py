"""Plotly: figures as JSON, drawn by one browser that stays open."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any, TypeVar

from multivis.charts.clean import clean_figure
from multivis.charts.pages import chart_page
from multivis.errors import RenderError
from multivis.protocols import Run

__all__ = ["PlotlyBackend"]

_PROGRAM = 'Plotly.newPlot("chart", spec.data, spec.layout, {responsive: true});'
_NEEDS_BROWSER = (
    "Install the extra 'png' (pip install 'multivis[png]') and Chrome or Chromium "
    "(on Debian: apt-get install chromium), or save the chart as HTML."
)
_DEFAULT_SIZE = (700, 450)
_SECONDS = 60.0  # longest time for a picture, the start of the browser included
_STOP_SECONDS = 10.0

T = TypeVar("T")


class _Browser:
    """One browser for all pictures of this process, started with the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = False

    def draw(self, figure: Mapping[str, Any], options: dict[str, Any]) -> bytes:
        if find_spec("kaleido") is None:
            raise RenderError(
                "Plotly pictures need kaleido, which is not installed.", hint=_NEEDS_BROWSER
            )
        with self._lock:
            try:
                picture = self._drawn(figure, options)
            except Exception as error:
                # kaleido raises whatever its browser driver met: all of it is one cause here
                raise RenderError(
                    f"The browser could not draw the figure: {_first_line(error)}.",
                    hint=_NEEDS_BROWSER,
                ) from error
        if not isinstance(picture, bytes):
            raise RenderError(
                "The browser gave no picture of the figure.", hint="Check the figure's traces."
            )
        return picture

    def _drawn(self, figure: Mapping[str, Any], options: dict[str, Any]) -> Any:
        """Draw; once more with a new browser when one that was open had died since."""
        was_open = self._running
        try:
            return _within(_SECONDS, lambda: self._calculate(figure, options))
        except Exception:
            self._stop_quietly()
            if not was_open:
                raise
        try:
            return _within(_SECONDS, lambda: self._calculate(figure, options))
        except Exception:
            self._stop_quietly()
            raise

    def _calculate(self, figure: Mapping[str, Any], options: dict[str, Any]) -> Any:
        """Draw, with a browser that is started when there is none."""
        import kaleido

        if not self._running:
            kaleido.start_sync_server(silence_warnings=True)
            self._running = True
            atexit.register(self.stop)
        return kaleido.calc_fig_sync(dict(figure), opts=options)

    def _stop_quietly(self) -> None:
        import contextlib

        import kaleido

        if self._running:
            self._running = False
            # a browser that was killed may never answer that it has stopped
            with contextlib.suppress(Exception):
                _within(_STOP_SECONDS, lambda: kaleido.stop_sync_server(silence_warnings=True))

    def stop(self) -> None:
        """Close the browser; the next picture starts a new one."""
        with self._lock:
            self._stop_quietly()


def _within(seconds: float, work: Callable[[], T]) -> T:
    """What some work gives; its thread is left behind when it takes longer.

    Raises:
        TimeoutError: It took longer.
        Exception: Whatever the work raised.
    """
    given: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            given.append(work())
        except BaseException as error:
            raised.append(error)  # raised again where the caller waits

    thread = threading.Thread(target=run, name="multivis-browser", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError(f"the browser did not answer within {seconds:g} s")
    if raised:
        raise raised[0]
    return given[0]


_browser = _Browser()


class PlotlyBackend:
    """Charts as Plotly figures (`multivis.protocols.ChartBackend`)."""

    name = "plotly"

    def environment(self) -> str:
        """Plotly express as ``px``, graph objects as ``go``, pandas as ``pd``, NumPy as ``np``."""
        return (
            "import numpy as np\nimport pandas as pd\n"
            "import plotly.express as px\nimport plotly.graph_objects as go\n"
        )

    def save_call(self, variable: str) -> str:
        """Save a page and the specification beside the script; neither needs a browser."""
        return f'{variable}.write_html("chart.html")\n{variable}.write_json("chart.json")\n'

    def specification(self, run: Run) -> dict[str, Any]:
        """The figure: ``{"data": […], "layout": {…}}``.

        Raises:
            RenderError: The run left no Plotly figure.
        """
        if run.figure is None or run.library != "plotly":
            raise RenderError(
                "The code left no Plotly figure.",
                hint="Assign a figure (px.… or go.Figure) to `fig` or `chart`.",
            )
        return run.figure

    def png(self, spec: Mapping[str, Any], *, scale: float = 2.0) -> bytes:
        """The picture as PNG; `scale` is pixels per point of the figure.

        Raises:
            RenderError: There is no browser, or Plotly cannot draw the figure.
        """
        return self._draw(spec, "png", scale=scale)

    def svg(self, spec: Mapping[str, Any]) -> str:
        """The picture as SVG.

        Raises:
            RenderError: There is no browser, or Plotly cannot draw the figure.
        """
        return self._draw(spec, "svg", scale=1.0).decode("utf-8")

    def html(self, spec: Mapping[str, Any]) -> str:
        """A page that shows the figure with its interactions; it loads nothing (about 5 MB)."""
        cleaned, _ = clean_figure(spec)
        shown = {"data": cleaned.get("data", []), "layout": cleaned.get("layout", {})}
        return chart_page(
            title=_title_text(spec) or "Chart",
            library=_plotly_js(),
            program=_PROGRAM,
            spec=shown,
            evaluates=True,
        )

    def with_provenance(
        self, spec: Mapping[str, Any], provenance: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A copy with ``layout.meta.multivis``.

        What the author keeps in ``layout.meta`` stays where templates of texts find it: a list
        gets the provenance as its last item, and beside a single value the provenance goes to
        the template's own ``meta``, which draws nothing.
        """
        record = {"multivis": dict(provenance)}
        layout = dict(spec.get("layout") or {})
        meta = layout.get("meta")
        if meta is None or isinstance(meta, Mapping):
            layout["meta"] = {**(meta or {}), **record}
        elif isinstance(meta, list):
            kept = [i for i in meta if not (isinstance(i, Mapping) and "multivis" in i)]
            layout["meta"] = [*kept, record]
        else:
            template = dict(layout.get("template") or {})
            template["layout"] = {**(template.get("layout") or {}), "meta": record}
            layout["template"] = template
        return {**spec, "layout": layout}

    def _draw(self, spec: Mapping[str, Any], form: str, *, scale: float) -> bytes:
        cleaned, _ = clean_figure(spec)
        layout = cleaned.get("layout") or {}
        width, height = _DEFAULT_SIZE
        options = {
            "format": form,
            "width": layout.get("width") or width,
            "height": layout.get("height") or height,
            "scale": scale,
        }
        figure = {"data": cleaned.get("data", []), "layout": layout}
        return _browser.draw(figure, options)


@cache
def _plotly_js() -> str:
    """plotly.js from the installed package."""
    from plotly.offline import get_plotlyjs

    script: str = get_plotlyjs()
    return script


def _title_text(spec: Mapping[str, Any]) -> str:
    title = (spec.get("layout") or {}).get("title")
    if isinstance(title, Mapping):
        title = title.get("text")
    return title if isinstance(title, str) else ""


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].rstrip('.')}" if lines else type(error).__name__
