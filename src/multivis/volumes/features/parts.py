"""Which solid body a feature is, where its isovalue is the value of other surfaces too.

At the isovalue of a brain the skin has a surface as well: the values climb past it on their way
from air to soft tissue. The index knows: the boundary of the skin spans that isovalue. The feature
is then the body whose values are those of the feature's own higher side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multivis.volumes.features.estimate import Boundary
    from multivis.volumes.features.grid import Grid

__all__ = ["FeatureBody", "feature_body"]

WIDER = 2.0
"""A boundary with so many times the contrast is another one, and passes through the isovalue."""

ABOVE = 2.0
"""Contrasts above the feature's higher side up to which values are still its own."""

BODIES = 12
"""So many bodies are looked at, the largest first."""

LEAST_VOXELS = 27


@dataclass(frozen=True)
class FeatureBody:
    """The solid body that a feature is.

    Attributes:
        point: In it, in the data's own coordinates.
        up_to: Greatest value of the body.
        others: Features whose surface is there at the same isovalue.
        share: Its share of all voxels between the isovalue and `up_to` that lie in some body.
    """

    point: tuple[float, float, float]
    up_to: float
    others: tuple[str, ...]
    share: float


def feature_body(grid: Grid, feature: Boundary, known: Sequence[Boundary]) -> FeatureBody | None:
    """The body that a feature is; None where its surface stands alone, or no body is sure.

    Args:
        grid: The values.
        feature: Its boundary.
        known: Every boundary of the volume.
    """
    import numpy as np

    from multivis.volumes.pipeline.body import body_labels

    others = tuple(
        one.name
        for one in known
        if one.low < feature.isovalue < one.high and one.gap > WIDER * feature.gap
    )
    if not others:
        return None
    denser = [one.isovalue for one in known if one.isovalue > feature.high]
    up_to = min([feature.high + ABOVE * feature.gap, *denser])
    values, step = grid.coarse()
    labels = body_labels(values, feature.isovalue, up_to)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    for label in np.argsort(-sizes)[:BODIES]:
        if sizes[label] < LEAST_VOXELS:
            break
        inside = labels == label
        if abs(float(np.median(values[inside])) - feature.high) > 0.5 * feature.gap:
            continue
        places = np.argwhere(inside)
        away = ((places - places.mean(axis=0)) ** 2).sum(axis=1)
        z, y, x = places[away.argmin()] * step
        point = np.array(grid.origin) + np.array([x, y, z]) * np.array(grid.spacing)
        share = float(sizes[label] / sizes.sum())
        return FeatureBody(
            (float(point[0]), float(point[1]), float(point[2])), up_to, others, share
        )
    return None
