"""From "the nose" to an isovalue: with an interval, a confidence and the evidence.

Where a name is looked up, in this order:

1. what captioners that see have called things in the views of the volume;
2. the table of materials, where the values are Hounsfield units;
3. the names of the volume and of its variables, and words for a surface as such ("the outline").

A name that none of them knows, or that no view shows, is not found, and the answer says what was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from multivis.errors import QuestionError
from multivis.volumes.features.cycle import believed, learn, volume_number
from multivis.volumes.features.estimate import Boundary
from multivis.volumes.features.index import FeatureIndex, default_index_path
from multivis.volumes.features.materials import Feature, find_feature
from multivis.volumes.features.observe import Observer
from multivis.volumes.features.parts import feature_body
from multivis.volumes.features.records import Evidence, FeatureAnswer

if TYPE_CHECKING:
    from multivis.volumes.dataset import VolumeSource

__all__ = ["QUICK_VIEWS", "look_up"]

QUICK_VIEWS = 36
"""Views that are made before the first look-up in a volume that the index does not know."""

_FILLER = frozenset(
    re.findall(
        r"\w+",
        "a an the of in its his her show me please draw display visualize visualise render see "
        "half transparent opaque whole full head patient s and with only just all dataset data "
        "volume",
    )
)
_SURFACE_WORDS = frozenset(
    {"surface", "outside", "outer", "outline", "object", "shape", "body", "boundary", "contour"}
)


def look_up(
    name: str,
    source: VolumeSource,
    *,
    index: FeatureIndex | None = None,
    variable: str | None = None,
    views: int = QUICK_VIEWS,
) -> FeatureAnswer:
    """Find a feature by its name.

    Args:
        name: In any words, for example "the nose" or "soft tissue".
        source: The volume.
        index: What was learned; the index in the cache folder by default.
        variable: The scalar; None: the one whose name the words contain, else the first.
        views: How many views the index should hold before it answers; missing ones are made
            now (without pictures), about ten a second for a small volume. 0 makes none.

    Raises:
        QuestionError: The name is empty.
        UnknownFieldError: No such scalar.
    """
    if not name.strip():
        raise QuestionError("The name of the feature is empty.", hint="Name what you look for.")
    if index is None:
        with FeatureIndex(default_index_path()) as opened:
            return look_up(name, source, index=opened, variable=variable, views=views)
    chosen = variable or _variable_named(name, source)
    observer = Observer(source, chosen)
    volume = volume_number(index, observer)
    if index.count(volume) < views:
        learn(source, index, variable=observer.variable, views=views, pictures=False)
    known = believed(index, observer)
    return _Search(name, observer, index, volume, known, index.count(volume)).answer()


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in _FILLER]


def _same(one: str, other: str) -> bool:
    """Whether two words are the same but for a plural."""
    return one == other or one.rstrip("s") == other.rstrip("s")


def _variable_named(name: str, source: VolumeSource) -> str | None:
    """A scalar whose name is among the words."""
    dataset = source.dataset(0)
    for variable in dataset.names:
        if dataset.vtk_array(variable).GetNumberOfComponents() != 1:
            continue
        parts = _words(variable.replace("_", " "))
        if parts and all(any(_same(part, word) for word in _words(name)) for part in parts):
            return variable
    return None


class _Search:
    """One look-up."""

    def __init__(
        self,
        name: str,
        observer: Observer,
        index: FeatureIndex,
        volume: int,
        known: Sequence[Boundary],
        views: int,
    ) -> None:
        self.name = name.strip()
        self.observer = observer
        self.index = index
        self.volume = volume
        self.known = known
        self.views = views

    def answer(self) -> FeatureAnswer:
        """Ask one place after the other."""
        return (
            self._from_captions()
            or self._from_materials()
            or self._from_names()
            or self._not_found("No caption and no table names it.")
        )

    # ── what models saw ─────────────────────────────────────────────────────────────────────

    def _from_captions(self) -> FeatureAnswer | None:
        """The isovalues at which captioners that see have named it."""
        import numpy as np

        words = _words(self.name)
        rows = [
            (share, isovalue, view)
            for feature, share, isovalue, view in self.index.mentions(
                self.volume, other_than=["geometric"]
            )
            if words and _named(words, _words(feature))
        ]
        if len(rows) < 2:
            return None
        shares = np.array([row[0] for row in rows]) + 1e-9
        values = np.array([row[1] for row in rows])
        order = np.argsort(values)
        parts = np.cumsum(shares[order]) / shares.sum()
        low, middle, high = (float(np.interp(at, parts, values[order])) for at in (0.16, 0.5, 0.84))
        views = tuple(dict.fromkeys(row[2] for row in sorted(rows, reverse=True)))
        seen = Evidence(
            f"{len(rows)} captions name it, from isovalue {low:.4g} to {high:.4g}.", views[:8]
        )
        nearest = min(
            (one for one in self.known if one.interval[0] <= middle <= one.interval[1]),
            key=lambda one: abs(one.isovalue - middle),
            default=None,
        )
        agreed = 1.0 - min(1.0, (high - low) / max(self.observer.grid.range, 1e-300))
        if nearest is not None:
            return self._found(nearest, nearest.confidence * agreed, [seen, _measured(nearest)])
        confidence = agreed * (1.0 - 2.0 ** (-len(rows) / 4)) * 0.7
        evidence = (seen, Evidence("No boundary of materials was measured there."))
        return self._answer(middle, (low, high), confidence, (high - low) / 2, "", evidence)

    # ── what materials say ──────────────────────────────────────────────────────────────────

    def _from_materials(self) -> FeatureAnswer | None:
        """The boundary that the table names."""
        named = find_feature(self.name)
        if named is None:
            return None
        feature, word = named
        if not self.observer.ct:
            return self._from_names() or self._not_found(
                f"{feature.name.capitalize()} is known by its Hounsfield units, and "
                f"{self.observer.variable} has none: {self.observer.why_ct}."
            )
        boundary = next((one for one in self.known if one.name == feature.name), None)
        if boundary is None:
            return self._not_found(
                f"No view of {self.views} shows a surface between {_range(feature)}, which is "
                f"where {feature.name} lies in Hounsfield units."
            )
        evidence = [_measured(boundary)]
        if word in feature.parts:
            evidence.append(
                Evidence(f"The {word} is part of the {feature.name}: the same surface.")
            )
        elif word != feature.name:
            evidence.append(Evidence(f"{word.capitalize()} is taken as {feature.name}."))
        evidence.append(
            Evidence(
                f"The table of materials has {feature.name} between {_range(feature)}; "
                f"{self.observer.why_ct}."
            )
        )
        return self._found(boundary, boundary.confidence, evidence)

    # ── what names say ──────────────────────────────────────────────────────────────────────

    def _from_names(self) -> FeatureAnswer | None:
        """The strongest boundary, where the words name the volume, the variable or a surface."""
        words = _words(self.name)
        source, variable = self.observer.source.name, self.observer.variable
        about = _words(source.replace("_", " ").replace(".", " "))
        about += _words(variable.replace("_", " "))
        matched = [word for word in words if any(_same(word, other) for other in about)]
        plain = [word for word in words if word in _SURFACE_WORDS]
        if not words or not (matched or plain) or not self.known:
            return None
        unknown = [word for word in words if word not in matched and word not in plain]
        best = max(self.known, key=lambda one: one.share * one.gap)
        if matched:
            why = f"{', '.join(matched)!r} names {variable} of {source}; its strongest boundary "
        else:
            why = f"{', '.join(plain)!r} is taken as the strongest boundary of {variable}: it "
        evidence = [Evidence(f"{why}is taken."), _measured(best)]
        if unknown:
            evidence.append(Evidence(f"Nothing is known of {', '.join(map(repr, unknown))}."))
        confidence = best.confidence * 0.7 * (len(words) - len(unknown)) / len(words)
        return self._found(best, confidence, evidence)

    # ── answers ─────────────────────────────────────────────────────────────────────────────

    def _found(
        self, boundary: Boundary, confidence: float, evidence: Sequence[Evidence]
    ) -> FeatureAnswer:
        answer = self._answer(
            boundary.isovalue,
            boundary.interval,
            confidence,
            boundary.standard_error,
            boundary.name,
            tuple(evidence),
        )
        body = feature_body(self.observer.grid, boundary, self.known)
        if body is None:
            return answer
        why = Evidence(
            f"At this isovalue {' and '.join(body.others)} has a surface too; the feature is the "
            f"solid body with values up to {body.up_to:.4g}, {body.share:.0%} of what lies between."
        )
        evidence = (*answer.evidence, why)
        return replace(answer, evidence=evidence, up_to=body.up_to, point=body.point)

    def _answer(
        self,
        isovalue: float,
        interval: tuple[float, float],
        confidence: float,
        error: float,
        feature: str,
        evidence: tuple[Evidence, ...],
    ) -> FeatureAnswer:
        return FeatureAnswer(
            name=self.name,
            found=True,
            isovalue=isovalue,
            interval=interval,
            confidence=round(max(0.0, min(1.0, confidence)), 4),
            standard_error=error,
            feature=feature,
            variable=self.observer.variable,
            evidence=evidence,
            views=self.views,
            others=self._others(),
        )

    def _not_found(self, why: str) -> FeatureAnswer:
        others = self._others()
        found = ", ".join(others) if others else "nothing"
        text = f"{self.name!r} was not found in {self.observer.source.name}. {why} Found: {found}."
        return FeatureAnswer(
            name=self.name,
            found=False,
            variable=self.observer.variable,
            evidence=(Evidence(text),),
            views=self.views,
            others=others,
        )

    def _others(self) -> tuple[str, ...]:
        """What was found in the volume, with its isovalue."""
        mentions = self.index.mentions(self.volume, other_than=["geometric"])
        named = dict.fromkeys(feature for feature, *_ in mentions)
        certain = sorted(self.known, key=lambda one: -one.confidence)
        return (*(f"{one.name} at {one.isovalue:.4g}" for one in certain), *named)


def _named(words: Sequence[str], feature: Sequence[str]) -> bool:
    """Whether a feature's name holds all the words, or they hold its name."""

    def within(some: Sequence[str], others: Sequence[str]) -> bool:
        return bool(some) and all(any(_same(a, b) for b in others) for a in some)

    return within(words, feature) or within(feature, words)


def _range(feature: Feature) -> str:
    """The two sides of a feature with their Hounsfield units."""
    sides = [
        f"{one.name} ({one.minimum:g} to {one.maximum:g})" for one in (feature.below, feature.above)
    ]
    return " and ".join(sides)


def _measured(boundary: Boundary) -> Evidence:
    """What the views say of a boundary."""
    return Evidence(
        f"{boundary.samples:,} points of surfaces in {len(boundary.views)} views lie between "
        f"{boundary.low:.4g} and {boundary.high:.4g}; the isovalue is halfway, "
        f"± {boundary.standard_error:.2g}.",
        boundary.views[:8],
    )
