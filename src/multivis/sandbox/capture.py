"""Finding the chart, wherever code leaves it.

Code written for a notebook ends in a bare expression, a script calls ``.show()`` or
``.save()``, a generated one assigns ``chart``. The ways are ranked: what was displayed last,
then the variable ``chart``, then the chart assigned last, then figures that were left open, then
what was only turned into JSON. Runs inside the worker.
"""

from __future__ import annotations

import ast
import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Capture", "Found", "as_chart", "assigned_names"]


@dataclass(frozen=True)
class Found:
    """A chart and the library that drew it: ``altair``, ``plotly`` or ``matplotlib``."""

    library: str
    chart: Any


def as_chart(value: Any) -> Found | None:
    """The chart that an object is or belongs to; None when it is no chart.

    A Matplotlib axes or artist stands for its figure. A mapping with a Vega-Lite ``$schema``
    counts as a chart.
    """
    altair = sys.modules.get("altair")
    if altair is not None and isinstance(value, altair.TopLevelMixin):
        return Found("altair", value)
    plotly = sys.modules.get("plotly.basedatatypes")
    if plotly is not None and isinstance(value, plotly.BaseFigure):
        return Found("plotly", value)
    if isinstance(value, dict):
        schema = value.get("$schema")
        return Found("altair", value) if isinstance(schema, str) and "vega-lite" in schema else None
    figure = _matplotlib_figure(value)
    return Found("matplotlib", figure) if figure is not None else None


def _matplotlib_figure(value: Any) -> Any:
    """The Matplotlib figure that an object is or belongs to."""
    module = sys.modules.get("matplotlib.figure")
    if module is None:
        return None
    if isinstance(value, module.Figure):
        return value
    if isinstance(value, sys.modules["matplotlib.artist"].Artist):
        figure = getattr(value, "figure", None)
        return figure if isinstance(figure, module.Figure) else None
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray) and value.dtype == object:
        value = value.ravel().tolist()
    if isinstance(value, (list, tuple)) and value and len(value) < 1_000:
        return _matplotlib_figure(value[0])
    return None


def assigned_names(tree: ast.Module) -> list[str]:
    """Names that the top level of a module assigns, in the order of their last assignment."""
    order: dict[str, None] = {}

    def visit(statements: list[ast.stmt]) -> None:
        for statement in statements:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            for node in _own_nodes(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    order.pop(node.id, None)
                    order[node.id] = None

    visit(tree.body)
    return list(order)


def _own_nodes(statement: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a statement, in source order, without the inside of functions and classes."""
    yield statement
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from _own_nodes(child)


@dataclass
class Capture:
    """Watches the three libraries for charts that are displayed, saved or written as JSON."""

    displayed: list[Found] = field(default_factory=list)
    written: list[Found] = field(default_factory=list)
    _depth: int = 0

    def display(self, *values: Any, **_: Any) -> None:
        """What notebooks call ``display``: remember each chart."""
        for value in values:
            found = as_chart(value)
            if found is not None:
                self.displayed.append(found)

    def watch(self, code: str) -> None:
        """Put the hooks on every library that is loaded or that the code names."""
        if "altair" in sys.modules or "altair" in code:
            self._try(self._watch_altair)
        if "plotly" in sys.modules or "plotly" in code:
            self._try(self._watch_plotly)
        wanted = ("matplotlib", "seaborn", ".plot", ".hist(", ".boxplot(", "pylab")
        if "matplotlib.pyplot" in sys.modules or any(word in code for word in wanted):
            self._try(self._watch_matplotlib)
        if "IPython" in code:
            self._try(self._watch_ipython)

    @staticmethod
    def _try(install: Callable[[], None]) -> None:
        """A library that is not installed needs no hook: the code will say so itself."""
        with contextlib.suppress(ImportError):
            install()

    def _watch_altair(self) -> None:
        import altair

        altair.data_transformers.disable_max_rows()
        top: Any = altair.TopLevelMixin
        save = top.save

        def saved(chart: Any, fp: Any, format: str | None = None, **options: Any) -> None:
            """Pictures are drawn by the host; only text formats are written here."""
            self.display(chart)
            ending = format or str(fp).rsplit(".", 1)[-1]
            if ending in {"json", "html"} and not options.get("inline"):
                # Where it is saved does not matter to the chart: a folder may be missing.
                with self._silent(), contextlib.suppress(OSError):
                    save(chart, fp, format=format, **options)

        top.save = saved
        top.show = lambda chart, *_, **__: self.display(chart)
        top.display = lambda chart, *_, **__: self.display(chart)
        top.serve = lambda chart, *_, **__: self.display(chart)
        for name in ("to_dict", "to_json", "to_html", "to_url"):
            self._note_written(top, name)

    def _watch_plotly(self) -> None:
        import plotly.basedatatypes
        import plotly.io

        figure = plotly.basedatatypes.BaseFigure
        for name in ("show", "write_html", "write_image"):
            setattr(figure, name, lambda chart, *_, **__: self.display(chart))
            setattr(plotly.io, name, lambda chart, *_, **__: self.display(chart))
        for name in ("to_json", "to_html", "to_plotly_json", "to_dict", "write_json"):
            self._note_written(figure, name)
        if "plotly.offline" in sys.modules:
            for name in ("plot", "iplot"):
                setattr(
                    sys.modules["plotly.offline"], name, lambda chart, *_, **__: self.display(chart)
                )

    def _watch_matplotlib(self) -> None:
        import matplotlib.figure
        import matplotlib.pyplot as plt

        from multivis.sandbox.matplotlib_figure import watch_boxes

        top: Any = matplotlib.figure.Figure
        savefig = top.savefig

        def saved(figure: Any, *arguments: Any, **options: Any) -> Any:
            if not self._depth:
                self.display(figure)
            with self._silent(), contextlib.suppress(OSError):
                return savefig(figure, *arguments, **options)
            return None

        top.savefig = saved
        top.show = lambda figure, *_, **__: self.display(figure)

        def show(*_: Any, **__: Any) -> None:
            for number in plt.get_fignums():
                self.display(plt.figure(number))

        plt.show = show
        watch_boxes()

    def _watch_ipython(self) -> None:
        import IPython.display  # type: ignore[import-not-found, unused-ignore]

        IPython.display.display = self.display

    def _note_written(self, owner: Any, name: str) -> None:
        """Note a chart that is turned into text; the charts inside it do not count."""
        original = getattr(owner, name)

        def noted(chart: Any, *arguments: Any, **options: Any) -> Any:
            found = as_chart(chart) if not self._depth else None
            if found is not None:
                self.written.append(found)
            with self._silent():
                return original(chart, *arguments, **options)

        setattr(owner, name, noted)

    @contextlib.contextmanager
    def _silent(self) -> Iterator[None]:
        """Within it, charts that a library writes on its own are not noted."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def find(self, tree: ast.Module, namespace: Mapping[str, Any]) -> Found | None:
        """The chart that the code left, or None.

        Args:
            tree: The code.
            namespace: Its variables after it ran.
        """
        if self.displayed:
            return self.displayed[-1]
        found = as_chart(namespace.get("chart"))
        if found is not None:
            return found
        names = assigned_names(tree)
        for name in reversed(names):
            found = as_chart(namespace.get(name))
            if found is not None:
                return found
        return (
            self._left_open()
            or (self.written[-1] if self.written else None)
            or _inside([namespace.get(name) for name in reversed(names)])
        )

    @staticmethod
    def _left_open() -> Found | None:
        """The Matplotlib figure opened last that has something on it."""
        plt = sys.modules.get("matplotlib.pyplot")
        if plt is None:
            return None
        for number in reversed(plt.get_fignums()):
            figure = plt.figure(number)
            if figure.get_axes():
                return Found("matplotlib", figure)
        return None


def _inside(values: list[Any]) -> Found | None:
    """The last chart in a list, tuple or mapping of charts."""
    for value in values:
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, (list, tuple)) and len(value) <= 1_000:
            for item in reversed(value):
                found = as_chart(item)
                if found is not None:
                    return found
    return None
