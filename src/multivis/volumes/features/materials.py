"""What Hounsfield units say about materials, and which features lie between which materials.

Ranges are those of the usual tables of radiology (air −1000, fat about −100, water 0, brain 20
to 45, muscle 40 to 70, spongy bone from 200, compact bone up to 1900, enamel above 1500); they
are wide enough for scanners, noise and partial volumes. A table names what is measured; it does
not see. Outside computed tomography it is not used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multivis.volumes.dataset import VariableFacts

__all__ = ["FEATURES", "MATERIALS", "Feature", "Material", "find_feature", "is_ct", "material_of"]


@dataclass(frozen=True)
class Material:
    """A material and the Hounsfield units that it may have."""

    name: str
    minimum: float
    maximum: float

    def __contains__(self, value: float) -> bool:
        return self.minimum <= value <= self.maximum


#: From thin to dense, without overlap: what one value is called.
MATERIALS = (
    Material("air", -1_100.0, -850.0),
    Material("lung", -850.0, -400.0),
    Material("fat", -150.0, -30.0),
    Material("fluid", -30.0, 18.0),
    Material("brain", 18.0, 50.0),
    Material("soft tissue", 50.0, 130.0),
    Material("bone", 200.0, 1_500.0),
    Material("enamel", 1_500.0, 3_100.0),
)


def material_of(value: float) -> str:
    """What a value in Hounsfield units is called; empty between the materials."""
    return next((one.name for one in MATERIALS if value in one), "")


@dataclass(frozen=True)
class Feature:
    """A surface that people ask for by name: it lies between two materials.

    Attributes:
        name: What it is called.
        below: Hounsfield units on its lower side.
        above: Hounsfield units on its higher side.
        words: Other words for it.
        parts: Words for parts of it: the same surface, seen in one place.
        feigned_by: A feature at whose surface mixed voxels look like this one; this one counts
            only where it is not much rarer.
    """

    name: str
    below: Material
    above: Material
    words: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    feigned_by: str = ""

    def is_between(self, low: float, high: float) -> bool:
        """Whether a boundary between these two values is this feature."""
        return low in self.below and high in self.above


_AIR = Material("air", -1_100.0, -850.0)
_SOFT = Material("soft tissue", -30.0, 130.0)

FEATURES = (
    Feature(
        "skin",
        _AIR,
        Material("soft tissue", -150.0, 130.0),
        ("face", "body surface", "soft tissue", "soft tissues", "flesh", "head surface", "scalp"),
        ("nose", "ear", "ears", "lips", "mouth", "chin", "cheek", "cheeks", "eyelids", "forehead"),
    ),
    Feature(
        "bone",
        _SOFT,
        Material("bone", 200.0, 1_500.0),
        ("skull", "bones", "skeleton", "cranium", "calvaria", "hard tissue"),
        ("jaw", "mandible", "jawbone", "cheekbone", "spine", "vertebra", "vertebrae", "orbit"),
    ),
    Feature(
        "brain",
        Material("fluid", -15.0, 20.0),
        Material("brain", 22.0, 52.0),
        ("brain surface", "cortex", "cerebrum", "grey matter", "gray matter"),
        ("ventricle", "ventricles", "cerebellum", "fluid", "cerebrospinal fluid", "csf"),
    ),
    Feature(
        "teeth",
        Material("bone", 300.0, 1_400.0),
        Material("enamel", 1_500.0, 3_100.0),
        ("tooth", "enamel", "dentition"),
    ),
    Feature(
        "fat",
        _AIR,
        Material("fat", -150.0, -30.0),
        ("fatty tissue", "adipose tissue"),
        feigned_by="skin",
    ),
    Feature(
        "lung",
        Material("lung", -950.0, -600.0),
        Material("soft tissue", -100.0, 130.0),
        ("lungs", "airways"),
        feigned_by="skin",
    ),
)


def find_feature(text: str) -> tuple[Feature, str] | None:
    """The feature that a text names, with the word that names it; the longest word wins."""
    low = f" {' '.join(re.findall(r'[a-z]+', text.lower()))} "
    best: tuple[int, Feature, str] | None = None
    for feature in FEATURES:
        for word in (feature.name, *feature.words, *feature.parts):
            if f" {word} " in low and (best is None or len(word) > best[0]):
                best = (len(word), feature, word)
    return best and (best[1], best[2])


def is_ct(facts: VariableFacts) -> tuple[bool, str]:
    """Whether a variable is in Hounsfield units, and why that is believed or not.

    It is when its units say so, or when its least value is that of air (−1100 to −900), its
    greatest is denser than soft tissue (above 200), and at least 5 % of its values lie near air.
    """
    units = facts.units.strip().lower()
    if units in {"hu", "hounsfield", "hounsfield units"}:
        return True, "its units are Hounsfield units"
    if units:
        return False, f"its units are {facts.units!r}"
    width = (facts.maximum - facts.minimum) / max(1, len(facts.histogram))
    near = sum(
        count
        for place, count in enumerate(facts.histogram)
        if facts.minimum + place * width <= -850.0
    )
    share = near / max(1, sum(facts.histogram))
    if -1_100.0 <= facts.minimum <= -900.0 and facts.maximum > 200.0 and share >= 0.05:
        return True, (
            f"its least value is {facts.minimum:g} and {share:.0%} of its values lie near that "
            "of air in Hounsfield units"
        )
    return False, f"its values, {facts.minimum:g} to {facts.maximum:g}, are no Hounsfield units"
