"""The words on a chart: titles, titles of axes and legends, headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from multivis.charts.metrics.strict.drawn import DrawnChart
from multivis.charts.metrics.strict.matching import soft_f1

__all__ = ["text_score", "texts_of"]

_LEAST = 0.6
"""Words less alike than this have nothing in common."""


def text_score(mine: DrawnChart, other: DrawnChart) -> float:
    """Fuzzy F1 of the words; a title is compared with titles, an axis with axes."""
    drawn = mine.scene is not None and other.scene is not None
    return soft_f1(texts_of(mine, drawn), texts_of(other, drawn), _similarity)


def _similarity(mine: tuple[str, str], other: tuple[str, str]) -> float:
    from rapidfuzz import fuzz

    if mine[0] != other[0]:
        return 0.0
    score = fuzz.ratio(mine[1].casefold().strip(), other[1].casefold().strip()) / 100
    return score if score >= _LEAST else 0.0


def texts_of(chart: DrawnChart, drawn: bool = True) -> list[tuple[str, str]]:
    """Pairs of place and words, each once.

    Args:
        chart: The chart.
        drawn: Whether to read what is drawn (also titles that nobody wrote), or else what the
            specification says.
    """
    scene = chart.scene
    if not drawn or scene is None:
        return list(dict.fromkeys(("title", text) for text in _written(chart.spec)))
    found = [("title", text) for text in scene.titles]
    found += [(f"{axis.direction} axis", axis.title) for axis in scene.axes]
    found += [("legend", legend.title) for legend in scene.legends]
    return [entry for entry in dict.fromkeys(found) if entry[1].strip()]


def _written(value: Any) -> Iterator[str]:
    """Titles in a specification."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key == "title" and isinstance(part, (str, list)):
                yield part if isinstance(part, str) else " ".join(map(str, part))
            elif key == "title" and isinstance(part, Mapping) and part.get("text"):
                yield str(part["text"])
            elif key not in {"datasets", "data", "usermeta"}:
                yield from _written(part)
    elif isinstance(value, list):
        for part in value:
            yield from _written(part)
