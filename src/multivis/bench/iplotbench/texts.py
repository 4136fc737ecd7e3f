"""S_Text: the texts of two figures by role, compared with a fuzzy Jaccard index.

iPlotBench (2026), Eq. 2: a right text in the wrong place earns nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from multivis.bench.iplotbench.traces import figure_traces, values_of

__all__ = ["ROLES", "text_similarity", "texts_by_role"]

ROLES: Mapping[str, float] = {"title": 0.30, "axis": 0.25, "legend": 0.25, "data": 0.20}
"""Weight of each role."""

_ALIKE = 80.0
_AXIS_KEY = re.compile(r"[xy]axis\d*")
_TAG = re.compile(r"<[^>]{0,100}>")
_MOST_TEXTS = 2_000


def text_similarity(truth: Mapping[str, Any], recreated: Mapping[str, Any]) -> float:
    """S_Text: weighted mean over the roles that at least one of the figures fills.

    A role that is empty in both is left out; inventing a title where there is none costs its
    weight. Two figures without any text are alike.
    """
    theirs, mine = texts_by_role(truth), texts_by_role(recreated)
    weights = {role: weight for role, weight in ROLES.items() if theirs[role] or mine[role]}
    if not weights:
        return 1.0
    total = sum(weight * _fuzzy_jaccard(theirs[r], mine[r]) for r, weight in weights.items())
    return total / sum(weights.values())


def texts_by_role(figure: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The texts of a figure: lower case, without markup, each once."""
    found = {
        "title": _title(figure.get("layout")),
        "axis": _axes(figure.get("layout")),
        "legend": (trace.raw.get("name") for trace in figure_traces(figure)),
        "data": _data(figure),
    }
    return {role: frozenset(_clean(texts)) for role, texts in found.items()}


def _clean(texts: Iterator[Any]) -> Iterator[str]:
    """What is text and not empty."""
    for text in texts:
        if isinstance(text, str | int | float) and not isinstance(text, bool):
            plain = " ".join(_TAG.sub(" ", str(text)).casefold().split())
            if plain:
                yield plain


def _text_of(title: Any) -> Any:
    """A title is a text, or a mapping with one."""
    return title.get("text") if isinstance(title, Mapping) else title


def _title(layout: Any) -> Iterator[Any]:
    if isinstance(layout, Mapping):
        yield _text_of(layout.get("title"))


def _axes(layout: Any) -> Iterator[Any]:
    if isinstance(layout, Mapping):
        for key, axis in layout.items():
            if isinstance(key, str) and _AXIS_KEY.fullmatch(key) and isinstance(axis, Mapping):
                yield _text_of(axis.get("title"))


def _data(figure: Mapping[str, Any]) -> Iterator[Any]:
    """Texts at the marks: labels of slices, categories of bars, texts of points, notes."""
    for trace in figure_traces(figure):
        yield from values_of(trace.raw.get("text"))
        if trace.kind == "pie":
            yield from values_of(trace.raw.get("labels"))
        if trace.kind in ("vbar", "hbar"):
            for axis in ("x", "y"):
                yield from (v for v in values_of(trace.raw.get(axis)) if isinstance(v, str))
    layout = figure.get("layout")
    notes = layout.get("annotations") if isinstance(layout, Mapping) else None
    for note in notes if isinstance(notes, list) else []:
        if isinstance(note, Mapping):
            yield note.get("text")


def _fuzzy_jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """Share of texts that both have; nearly equal ones (ratio 0.8) count as one."""
    from rapidfuzz.fuzz import ratio

    same = len(first & second)
    left = sorted(first - second)[:_MOST_TEXTS]
    right = sorted(second - first)[:_MOST_TEXTS]
    close = sorted(
        (-score, a, b)
        for a in left
        for b in right
        if (score := ratio(a, b, score_cutoff=_ALIKE)) >= _ALIKE
    )
    taken: set[tuple[int, str]] = set()
    for _, a, b in close:
        if (0, a) not in taken and (1, b) not in taken:
            taken |= {(0, a), (1, b)}
            same += 1
    return same / (len(first) + len(second) - same)
