"""Where from one looks, computed so that the whole object is in frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multivis.volumes.specification import Camera

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CameraPlace", "named_direction", "place_camera", "set_camera"]

VIEW_ANGLE = 28.0
MARGIN = 1.14

_PLAIN: dict[str, tuple[float, float, float]] = {
    "front": (0.0, -1.0, 0.0),
    "back": (0.0, 1.0, 0.0),
    "left": (-1.0, 0.0, 0.0),
    "right": (1.0, 0.0, 0.0),
    "top": (0.0, 0.0, 1.0),
    "bottom": (0.0, 0.0, -1.0),
    "isometric": (0.62, -0.78, 0.42),
}


@dataclass(frozen=True)
class CameraPlace:
    """A camera in the data's coordinates."""

    position: tuple[float, float, float]
    focal_point: tuple[float, float, float]
    up: tuple[float, float, float]
    near: float
    far: float
    center_shift: tuple[float, float] = (0.0, 0.0)


def named_direction(name: str, orientation: str) -> tuple[float, float, float]:
    """The vector from the object to the camera.

    In anatomical coordinates (LPS) x runs to the patient's left, so "left" looks from +x.
    """
    x, y, z = _PLAIN[name]
    return (-x, y, z) if orientation == "LPS" and name in ("left", "right") else (x, y, z)


def _unit(vector: Sequence[float]) -> tuple[float, float, float]:
    length = math.sqrt(sum(part * part for part in vector)) or 1.0
    x, y, z = (part / length for part in vector)
    return (x, y, z)


def _cross(a: Sequence[float], b: Sequence[float]) -> tuple[float, float, float]:
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(left * right for left, right in zip(a, b, strict=True))


def _turned(
    vector: tuple[float, float, float], axis: tuple[float, float, float], degrees: float
) -> tuple[float, float, float]:
    """A vector turned around a unit axis (Rodrigues' formula)."""
    angle = math.radians(degrees)
    cosine, sine = math.cos(angle), math.sin(angle)
    cross, along = _cross(axis, vector), _dot(axis, vector) * (1.0 - cosine)
    x, y, z = (
        v * cosine + c * sine + a * along for v, c, a in zip(vector, cross, axis, strict=True)
    )
    return (x, y, z)


def directions(
    camera: Camera, orientation: str
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Unit vectors from the object to the camera and up."""
    if isinstance(camera.direction, str):
        toward = _unit(named_direction(camera.direction, orientation))
    else:
        toward = _unit(camera.direction)
    if camera.up is not None:
        up = _unit(camera.up)
    elif abs(toward[2]) > 0.95:
        sign = -1.0 if orientation == "LPS" else 1.0
        up = (0.0, sign if toward[2] > 0 else 1.0, 0.0)
    else:
        up = (0.0, 0.0, 1.0)
    if abs(_dot(toward, up)) > 0.999:
        up = (0.0, 0.0, 1.0) if abs(toward[2]) < 0.9 else (0.0, 1.0, 0.0)
    toward = _turned(toward, up, camera.orbit)
    if camera.elevation:
        right = _unit(_cross(up, toward))
        toward = _turned(toward, right, -camera.elevation)
    right = _unit(_cross(up, toward))
    return toward, _unit(_cross(toward, right))


def place_camera(
    camera: Camera,
    points: NDArray[Any],
    size: tuple[int, int],
    *,
    orientation: str = "",
    right_margin: float = 0.0,
    top_margin: float = 0.0,
    steady: bool = False,
) -> CameraPlace:
    """The nearest camera that has all points in frame.

    With u, v, w the coordinates of a point along right, up and toward, and h the tangent of half
    of the view angle, a camera at (c, ·, D) sees it where |u - c| ≤ h (D - w): two linear
    conditions on c and D, so the least D has a closed form.

    Args:
        camera: What is asked for.
        points: (n, 3), what is to be in frame.
        size: Of the picture in pixels.
        orientation: Of the data.
        right_margin: Part of the width that is kept free on the right (for a scalar bar).
        top_margin: Part of the height that is kept free (for a title).
        steady: Look at the middle from a distance that is the same on all sides, for films.
    """
    import numpy as np

    toward, up = directions(camera, orientation)
    right = _cross(up, toward)
    half = math.tan(math.radians(VIEW_ANGLE / 2.0)) / MARGIN
    wide = half * size[0] / size[1] * (1.0 - right_margin)
    high = half * (1.0 - 2.0 * top_margin)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2.0
    relative = np.asarray(points - middle, dtype=np.float64)
    radius = float(np.sqrt((relative**2).sum(axis=1).max())) or 1.0
    u, v, w = (relative @ np.asarray(axis) for axis in (right, up, toward))
    if steady:
        distance = radius * math.sqrt(1.0 + 1.0 / min(wide, high) ** 2)
        beside = above = 0.0
    else:
        distance, beside, above = _least_distance(u, v, w, wide, high)
    distance = max(distance, radius * 0.02) / camera.zoom
    focal = middle + beside * np.asarray(right) + above * np.asarray(up)
    position = focal + distance * np.asarray(toward)
    return CameraPlace(
        position=(float(position[0]), float(position[1]), float(position[2])),
        focal_point=(float(focal[0]), float(focal[1]), float(focal[2])),
        up=up,
        near=max(distance - float(w.max()) - 0.02 * radius, distance * 0.005),
        far=distance - float(w.min()) + 0.02 * radius,
        center_shift=(right_margin, top_margin),
    )


def _least_distance(u: Any, v: Any, w: Any, wide: float, high: float) -> tuple[float, float, float]:
    """The least distance, and where the camera stands beside and above the middle."""
    right_side, left_side = float((u + wide * w).max()), float((wide * w - u).max())
    top_side, low_side = float((v + high * w).max()), float((high * w - v).max())
    distance = max((right_side + left_side) / (2.0 * wide), (top_side + low_side) / (2.0 * high))
    return distance, (right_side - left_side) / 2.0, (top_side - low_side) / 2.0


def set_camera(renderer: Any, place: CameraPlace) -> None:
    """Give a renderer that camera; nothing is left to VTK's defaults."""
    camera = renderer.GetActiveCamera()
    camera.SetViewAngle(VIEW_ANGLE)
    camera.SetPosition(*place.position)
    camera.SetFocalPoint(*place.focal_point)
    camera.SetViewUp(*place.up)
    camera.SetClippingRange(place.near, place.far)
    camera.SetWindowCenter(*place.center_shift)
