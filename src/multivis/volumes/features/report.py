"""What learning was worth: vocabulary, consistency of captions and error, against the views."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.errors import EmptySourceError
from multivis.volumes.features.cycle import volume_number
from multivis.volumes.features.index import FeatureIndex
from multivis.volumes.features.metrics import (
    MannWhitney,
    mann_whitney_u,
    pairwise_similarities,
    vocabulary,
)
from multivis.volumes.features.observe import Observer

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from multivis.volumes.dataset import VolumeSource

__all__ = ["LearningReport", "draw_report", "known_truth", "learning_report"]

POINTS = 12
"""Numbers of views at which captions are compared."""

_TRUTH_NAMES = {"skin": "skin", "bone": "skull", "brain": "brain", "teeth": "teeth"}


@dataclass(frozen=True)
class LearningReport:
    """How an index grew.

    Attributes:
        name: Of the volume.
        views: Numbers of views at which captions were compared.
        vocabulary: Different words after so many views.
        consistency: Mean pairwise similarity of captions of the same feature, likewise.
        estimates: Feature → views → isovalue.
        errors: Feature → views → |isovalue − truth|, as a part of the range of the data; for
            volumes whose truth is known.
        standard_errors: Feature → views → standard error, as a part of the range.
        test: Mann-Whitney U of the similarities with all views against those with half.
        range: Of the data.
    """

    name: str
    views: tuple[int, ...]
    vocabulary: tuple[int, ...]
    consistency: tuple[float, ...]
    estimates: Mapping[str, Mapping[int, float]]
    errors: Mapping[str, Mapping[int, float]]
    standard_errors: Mapping[str, Mapping[int, float]]
    test: MannWhitney | None
    range: tuple[float, float]
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        told: dict[str, Any] = asdict(self)
        return told


def known_truth(address: str) -> dict[str, float]:
    """The true isovalues of a phantom, by the names of the index; empty for other volumes."""
    from multivis.volumes.phantoms import head_phantom, parse_phantom

    if not address.startswith("phantom:"):
        return {}
    name, options = parse_phantom(address)
    if name != "head":
        return {}
    truth = head_phantom(16, options.get("seed")).truth  # values do not depend on the size
    return {mine: truth[theirs].isovalue for mine, theirs in _TRUTH_NAMES.items()}


def learning_report(
    source: VolumeSource,
    index: FeatureIndex,
    *,
    variable: str | None = None,
    embeddings: Embeddings | None = None,
) -> LearningReport:
    """Work out how the index of a volume grew.

    Args:
        source: The volume.
        index: What was learned.
        variable: The scalar; None: the first.
        embeddings: To compare captions by meaning; by words without.

    Raises:
        EmptySourceError: The index holds no view of the volume.
    """
    observer = Observer(source, variable)
    volume = volume_number(index, observer)
    total = index.count(volume)
    if not total:
        raise EmptySourceError(
            f"The index holds no view of {source.name}.",
            hint=f"Make some: multivis volume learn {source.address}.",
        )
    at = sorted({max(1, round(total * part / POINTS)) for part in range(1, POINTS + 1)})
    groups = _captions_by_feature(index, volume)
    words, means = [], []
    for count in at:
        words.append(vocabulary([text for number, _, text in groups if number <= count]))
        found = _similarities(groups, count, embeddings)
        means.append(float(found.mean()) if len(found) else 0.0)
    halves = [_similarities(groups, count, embeddings) for count in (total, total // 2)]
    test = mann_whitney_u(*halves) if all(len(half) for half in halves) else None
    estimates, spread = _curves(index, volume, observer.grid.range)
    truth = known_truth(source.address)
    return LearningReport(
        source.name,
        tuple(at),
        tuple(words),
        tuple(means),
        estimates,
        {
            name: {
                views: abs(value - truth[name]) / observer.grid.range
                for views, value in curve.items()
            }
            for name, curve in estimates.items()
            if name in truth
        },
        spread,
        test,
        (observer.grid.minimum, observer.grid.maximum),
    )


def _captions_by_feature(index: FeatureIndex, volume: int) -> list[tuple[int, str, str]]:
    """Place of the view, main feature (or none) and text of every caption, in order."""
    main: dict[int, tuple[float, str]] = {}
    for feature, share, _, view in index.mentions(volume):
        if share > main.get(view, (0.0, ""))[0]:
            main[view] = (share, feature)
    places = {view.number: place for place, view in enumerate(index.views(volume), start=1)}
    return [
        (places[view], main.get(view, (0.0, ""))[1], text)
        for view, _, text in index.captions(volume)
    ]


def _similarities(
    captions: Sequence[tuple[int, str, str]], count: int, embeddings: Embeddings | None
) -> Any:
    """Similarities of pairs that show the same feature, among the first so many views."""
    import numpy as np

    groups: dict[str, list[str]] = {}
    for place, feature, text in captions:
        if place <= count:
            groups.setdefault(feature, []).append(text)
    found = [pairwise_similarities(group, embeddings=embeddings) for group in groups.values()]
    return np.concatenate(found) if found else np.zeros(0)


def _curves(
    index: FeatureIndex, volume: int, extent: float
) -> tuple[dict[str, dict[int, float]], dict[str, dict[int, float]]]:
    """Isovalues and relative standard errors by feature and number of views."""
    values: dict[str, dict[int, float]] = {}
    spread: dict[str, dict[int, float]] = {}
    for views, feature, isovalue, error, _ in index.estimates(volume):
        values.setdefault(feature, {})[views] = isovalue
        spread.setdefault(feature, {})[views] = error / extent
    return values, spread


def draw_report(reports: Sequence[LearningReport], path: Path, *, title: str = "") -> None:
    """Draw vocabulary, consistency and error against the number of views, as a PNG.

    Of several reports (several volumes) thin lines are single ones and thick ones their mean.
    """
    import matplotlib

    matplotlib.use("Agg", force=False)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.4), layout="constrained", dpi=120)
    words, means, errors = figure.subplots(1, 3)
    _lines(words, {"words": [dict(zip(r.views, r.vocabulary, strict=True)) for r in reports]})
    words.set(title="Vocabulary", ylabel="different words")
    _lines(means, {"captions": [dict(zip(r.views, r.consistency, strict=True)) for r in reports]})
    means.set(title="Consistency of captions", ylabel="mean pairwise similarity", ylim=(0, 1))
    known = any(report.errors for report in reports)
    curves: dict[str, list[Mapping[int, float]]] = {}
    for report in reports:
        chosen = report.errors if known else report.standard_errors
        for name, curve in chosen.items():
            if name in ("skin", "bone", "brain") or not known:
                percent = {views: 100 * value for views, value in curve.items()}
                curves.setdefault(name, []).append(percent)
    _lines(errors, curves)
    what = "error" if known else "standard error"
    errors.set(title=f"Isovalue: {what}", ylabel="% of the range of the data", ylim=(0, None))
    if curves:
        errors.legend(frameon=False, fontsize=8)
    for axes in (words, means, errors):
        axes.set_xlabel("views")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color="#e5e5e5", linewidth=0.8)
    if title:
        figure.suptitle(title, fontsize=11)
    figure.savefig(path)


_COLORS = ("#2f6db3", "#c2553a", "#4c8c4a", "#8a5aa8", "#b08a2e", "#4a9aa3")


def _lines(axes: Any, curves: Mapping[str, Sequence[Mapping[int, float]]]) -> None:
    """Single curves thin, their mean thick."""
    for color, (name, several) in zip(_COLORS, curves.items(), strict=False):
        for curve in several if len(several) > 1 else ():
            axes.plot(list(curve), list(curve.values()), color=color, linewidth=0.5, alpha=0.35)
        at = sorted({views for curve in several for views in curve})
        mean = [
            sum(curve[views] for curve in several if views in curve)
            / sum(views in curve for curve in several)
            for views in at
        ]
        axes.plot(at, mean, color=color, linewidth=2.0, label=name, marker="o", markersize=2.5)


def save_report(report: LearningReport, folder: Path) -> dict[str, Path]:
    """Write ``report.json`` and ``report.png`` into a folder that is there."""
    paths = {"json": folder / "report.json", "png": folder / "report.png"}
    paths["json"].write_text(json.dumps(report.to_json(), indent=1), encoding="utf-8")
    draw_report([report], paths["png"], title=report.name)
    return paths
