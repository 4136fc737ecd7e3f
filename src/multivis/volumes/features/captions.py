"""Captions of views: by measuring, or by any model that sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from multivis.volumes.features.materials import FEATURES, material_of
from multivis.volumes.features.records import Caption, Mention, ViewFacts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["GeometricCaptioner", "SeenFeature", "ViewCaption", "VisionCaptioner"]

LEAST_SHARE = 0.04
"""What takes less of a view is not mentioned."""


class SeenFeature(BaseModel):
    """A feature that a model sees in a view."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=60, description="One or two words, singular.")
    share: float = Field(ge=0.0, le=1.0, description="How much of the object it takes.")


class ViewCaption(BaseModel):
    """What a picture of an isosurface shows."""

    model_config = ConfigDict(extra="forbid")

    caption: str = Field(min_length=1, max_length=1_200, description="Two or three sentences.")
    features: list[SeenFeature] = Field(max_length=12, description="What can be recognised.")


class GeometricCaptioner:
    """Says what it measures: sides, size, parts, extents, symmetry, sharpness. It does not see.

    Materials are named by Hounsfield units where the values are such; elsewhere the values
    themselves are said.
    """

    name = "geometric"
    needs_picture = False

    def caption(self, facts: ViewFacts, picture: bytes | None = None) -> Caption:
        """Caption one view from its measures."""
        del picture
        mentions = _mentions(facts)
        sentences = [
            _what(facts),
            _sides(facts, mentions),
            _size(facts),
            _shape(facts),
            _sharpness(facts),
        ]
        return Caption(" ".join(part for part in sentences if part), mentions, self.name)


def _mentions(facts: ViewFacts) -> tuple[Mention, ...]:
    """The features of the table that the view shows, most first."""
    low, high = facts.level_sides.T
    if not facts.ct or not len(low):
        return ()
    found = []
    for feature in FEATURES:
        here = (
            (low >= feature.below.minimum)
            & (low <= feature.below.maximum)
            & (high >= feature.above.minimum)
            & (high <= feature.above.maximum)
        )
        share = float(here.mean())
        if share >= LEAST_SHARE:
            found.append(Mention(feature.name, share))
    return tuple(sorted(found, key=lambda one: -one.share))


def _what(facts: ViewFacts) -> str:
    cut = ", with the near half cut away" if facts.plan.cut else ""
    seen = facts.facing if facts.facing in {"above", "below"} else f"from {facts.facing}"
    value = _value(facts.plan.isovalue, facts.value_units)
    return f"Isosurface of {facts.variable} at {value}, seen {seen}{cut}."


def _sides(facts: ViewFacts, mentions: Sequence[Mention]) -> str:
    """Between what the surface lies."""
    if not len(facts.level_sides):
        return "It lies between no two level materials."
    parts = []
    for mention in mentions:
        feature = next(one for one in FEATURES if one.name == mention.feature)
        parts.append(
            f"{feature.name} ({mention.share:.0%}: between {feature.below.name} and "
            f"{feature.above.name})"
        )
    low, high = (_middle(side) for side in facts.level_sides.T)
    names = [material_of(value) if facts.ct else "" for value in (low, high)]
    sides = " and ".join(
        f"{name} ({_value(value, facts.value_units)})"
        if name
        else f"{_value(value, facts.value_units)}"
        for name, value in zip(names, (low, high), strict=True)
    )
    shown = f"It shows {', '.join(parts)}. " if parts else ""
    return f"{shown}Most of it lies between {sides}."


def _middle(values: NDArray[np.float32]) -> float:
    import numpy as np

    return float(np.median(values))


def _size(facts: ViewFacts) -> str:
    if facts.parts == 0:
        return "There is no surface at this value."
    units = facts.length_units
    square, cube = (f" {units}²", f" {units}³") if units else ("", "")
    parts = "one connected part" if facts.parts == 1 else f"{facts.parts:,} connected parts"
    largest = "" if facts.parts == 1 else f", the largest with {facts.largest_part:.0%} of the area"
    return (
        f"The surface has an area of {facts.area:,.4g}{square} in {parts}{largest}; it encloses "
        f"{facts.volume:,.4g}{cube}."
    )


def _shape(facts: ViewFacts) -> str:
    if facts.parts == 0:
        return ""
    units = f" {facts.length_units}" if facts.length_units else ""
    spans = " by ".join(f"{length:.4g}" for length in facts.extents)
    words = (
        "symmetric"
        if facts.symmetry >= 0.9
        else "nearly symmetric"
        if facts.symmetry >= 0.75
        else "not symmetric"
    )
    return f"It spans {spans}{units} and is {words} from side to side ({facts.symmetry:.2f})."


def _sharpness(facts: ViewFacts) -> str:
    if facts.parts == 0:
        return ""
    units = facts.value_units
    per = f" {units}" if units else ""
    per += f" per {facts.length_units}" if facts.length_units else " per unit of length"
    smooth = "smooth" if facts.agreement >= 0.95 else "rough"
    return (
        f"Where it is seen it is {smooth} and the values change by {facts.gradient:.4g}{per}; "
        f"{facts.level:.0%} of it is a boundary of two level materials."
    )


def _value(value: float, units: str) -> str:
    return f"{value:.4g} {units}".strip()


class VisionCaptioner:
    """Has a model that sees caption each picture.

    Args:
        ask: Given what was measured (text), the picture (PNG) and the form of the answer, gives
            the answer; `multivis.llm.pictures.picture_asker` makes one of any chat model.
        name: What the captions are kept under, for example the model's name.
    """

    needs_picture = True

    def __init__(
        self, ask: Callable[[str, bytes, type[ViewCaption]], ViewCaption], name: str = "vision"
    ) -> None:
        self._ask = ask
        self.name = name

    def caption(self, facts: ViewFacts, picture: bytes | None) -> Caption:
        """Caption one view from its picture; the measures are told beside it."""
        if picture is None:
            raise ValueError("a vision captioner needs a picture")
        measured = GeometricCaptioner().caption(facts).text
        answer = self._ask(measured, picture, ViewCaption)
        mentions = tuple(
            Mention(" ".join(one.name.lower().split()), one.share) for one in answer.features
        )
        return Caption(answer.caption, mentions, self.name)
