"""`read_code`: the facts of a script, whatever its charting library."""

from __future__ import annotations

import ast

from multivis.charts.reference.altair import AltairReader
from multivis.charts.reference.facts import CodeFacts, View
from multivis.charts.reference.loading import read_loading
from multivis.charts.reference.source import Source
from multivis.errors import CodeError

__all__ = ["read_code"]

_LIBRARIES = ("altair", "plotly", "seaborn", "matplotlib")


def read_code(text: str) -> CodeFacts:
    """What the script `text` says about its chart; nothing is executed.

    Args:
        text: Python source of any length up to a million characters.

    Returns:
        The facts; `library` is ``"unknown"`` when no known charting library is used.

    Raises:
        CodeError: The text does not parse.
    """
    source = Source(text)
    try:
        return _read(source)
    except RecursionError as error:
        raise CodeError(
            "The code is nested too deeply to be read.", hint="Split the expression into steps."
        ) from error


def _read(source: Source) -> CodeFacts:
    libraries = imported_libraries(source.tree)
    data = read_loading(source)
    if "altair" in libraries:
        reader = AltairReader()
        reader.run(source.tree.body)
        view = _chart(reader)
        if view is not None or libraries == ("altair",):
            return CodeFacts(
                "altair",
                libraries,
                view=view,
                parameters=tuple(reader.parameters),
                data=data,
                chart_variable=view.variable if view else "",
            )
    from multivis.charts.reference.figures import read_figures

    artists, settings = read_figures(source, libraries)
    if not artists and not libraries:
        return CodeFacts("unknown", libraries, data=data)
    plotly = "plotly" in libraries and any(artist.axes.startswith("plotly") for artist in artists)
    known = libraries and libraries != ("altair",)
    library = "plotly" if plotly or libraries == ("plotly",) else "matplotlib"
    return CodeFacts(
        library if artists or known else "unknown",
        libraries,
        artists=tuple(artists),
        settings=settings,
        data=data,
        chart_variable=str(settings.get("figure", "")),
    )


def imported_libraries(tree: ast.Module) -> tuple[str, ...]:
    """The charting libraries that the script imports, Altair first."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return tuple(name for name in _LIBRARIES if name in found)


def _chart(reader: AltairReader) -> View | None:
    """The chart that is seen: the last expression, else ``chart``, else the last assigned."""
    if reader.last is not None:
        return reader.last
    if "chart" in reader.assigned:
        return reader.assigned["chart"]
    return next(reversed(reader.assigned.values()), None)
