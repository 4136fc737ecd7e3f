"""What travels between the index, the captioners and the look-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Caption",
    "Captioner",
    "Evidence",
    "FeatureAnswer",
    "Mention",
    "View",
    "ViewFacts",
    "ViewPlan",
]


@dataclass(frozen=True)
class ViewPlan:
    """What is to be looked at next.

    Attributes:
        isovalue: Of the isosurface.
        direction: From the object to the camera, in the data's axes.
        cut: Whether the half towards the camera is cut away, to look inside.
        stage: ``"survey"`` (the whole range), ``"search"`` (for what was not found) or ``"refine"``
            (where the index is least sure).
        reason: Why, in one sentence.
    """

    isovalue: float
    direction: tuple[float, float, float]
    cut: bool
    stage: str
    reason: str


@dataclass(frozen=True)
class ViewFacts:
    """What was measured of one view; what a captioner is told.

    Attributes:
        plan: What was looked at.
        name: Short name of the volume.
        variable: The scalar.
        value_units: Of the isovalue, or empty.
        length_units: Of extents, or empty.
        ct: Whether the values are Hounsfield units.
        facing: What the camera looks at in words, for example ``"the front"``.
        area: Of the whole isosurface.
        parts: Connected parts of the whole isosurface.
        largest_part: Share of the area that is in the largest part.
        volume: Enclosed by the whole isosurface.
        extents: Of the whole isosurface along x, y, z.
        symmetry: Overlap with its mirror image along x, 0 to 1.
        gradient: Mean gradient magnitude where the view shows the surface.
        agreement: Mean |cosine| of gradient and surface normal there.
        level: Share of what is seen whose two sides are level: a boundary of two materials.
        sides: Of what is seen: low value, high value, and for how many steps of half a voxel
            each of them stays level (n, 4).
    """

    plan: ViewPlan
    name: str
    variable: str
    value_units: str
    length_units: str
    ct: bool
    facing: str
    area: float
    parts: int
    largest_part: float
    volume: float
    extents: tuple[float, float, float]
    symmetry: float
    gradient: float
    agreement: float
    level: float
    sides: NDArray[np.float32]

    @property
    def level_sides(self) -> NDArray[np.float32]:
        """Low and high values where both sides are level (n, 2)."""
        both = (self.sides[:, 2] > 0) & (self.sides[:, 3] > 0)
        return self.sides[both, :2]

    def statistics(self) -> dict[str, Any]:
        """The measures as JSON values, without the samples."""
        return {
            "area": self.area,
            "parts": self.parts,
            "largest_part": self.largest_part,
            "volume": self.volume,
            "extents": list(self.extents),
            "symmetry": self.symmetry,
            "gradient": self.gradient,
            "agreement": self.agreement,
            "level": self.level,
            "facing": self.facing,
        }


@dataclass(frozen=True)
class Mention:
    """A feature that a caption says is there; `share` is how much of the view it takes."""

    feature: str
    share: float


@dataclass(frozen=True)
class Caption:
    """What one captioner says of one view.

    Attributes:
        text: In sentences.
        mentions: The features that it shows.
        by: Name of the captioner.
    """

    text: str
    mentions: tuple[Mention, ...] = ()
    by: str = "geometric"


class Captioner(Protocol):
    """Says what a view shows. Implementations: `GeometricCaptioner`, `VisionCaptioner`."""

    @property
    def name(self) -> str:
        """What its captions are kept under."""
        ...

    @property
    def needs_picture(self) -> bool:
        """Whether `caption` wants the rendered picture."""
        ...

    def caption(self, facts: ViewFacts, picture: bytes | None) -> Caption:
        """Caption one view; `picture` is a PNG, None where none was rendered."""
        ...


@dataclass(frozen=True)
class View:
    """A view of the index.

    Attributes:
        number: Its place in the index.
        plan: What was looked at.
        statistics: What was measured, see `ViewFacts.statistics`.
        captions: By captioner.
    """

    number: int
    plan: ViewPlan
    statistics: Mapping[str, Any]
    captions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """One reason for an answer: a sentence, and the views that it rests on."""

    text: str
    views: tuple[int, ...] = ()


@dataclass(frozen=True)
class FeatureAnswer:
    """Where a feature is, as an isovalue; or that it was not found, and what was.

    Attributes:
        name: As it was asked for.
        found: Whether there is an isovalue.
        isovalue: Halfway between the two sides of the boundary; None when not found.
        interval: Isovalues that still show it: from a fifth to four fifths of the way.
        confidence: 0 to 1, see `docs/volume_features.md`.
        standard_error: Of the isovalue, by bootstrap over the views.
        feature: The feature of the index that was meant, for example ``"skin"`` for the nose.
        variable: The scalar that the isovalue is a value of.
        evidence: Why.
        views: How many views the index holds of this volume.
        others: The features that were found in the volume, most certain first.
        up_to: Where other surfaces have the isovalue too: greatest value of the solid body that
            the feature is.
        point: A point in that body, in the data's own coordinates.
    """

    name: str
    found: bool
    isovalue: float | None = None
    interval: tuple[float, float] | None = None
    confidence: float = 0.0
    standard_error: float = 0.0
    feature: str = ""
    variable: str = ""
    evidence: tuple[Evidence, ...] = ()
    views: int = 0
    others: tuple[str, ...] = ()
    up_to: float | None = None
    point: tuple[float, float, float] | None = None

    @property
    def text(self) -> str:
        """The answer in sentences."""
        head = " ".join(one.text for one in self.evidence)
        if not self.found or self.isovalue is None or self.interval is None:
            return head
        low, high = self.interval
        return (
            f"{self.name}: isovalue {self.isovalue:.4g} of {self.variable}, shown from {low:.4g} "
            f"to {high:.4g}, confidence {self.confidence:.2f}. {head}"
        )
