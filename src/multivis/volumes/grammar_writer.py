"""What the grammar of modules writes into: the recipe, the lines, the parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from multivis.errors import OptionError

__all__ = ["Composition", "Recipe", "Writer", "needs_image"]


@dataclass(frozen=True)
class Recipe:
    """What a module is made of.

    Attributes:
        variable: The variable that is read.
        kind: Kind of the data: ``image`` has its own, faster algorithms.
        association: Whether the variable sits on points or in cells.
        fields: Productions of `FIELDS`, in order.
        geometry: A production of `GEOMETRIES`.
        shapes: Productions of `SHAPES`, in order.
        look: A production of `LOOKS`.
        wireframe: Whether only the edges of the triangles are drawn.
        other: A second variable, for a difference or for the colours.
        values: Parameters that are asked for, by name.
    """

    variable: str
    kind: str = "image"
    association: str = "point"
    fields: tuple[str, ...] = ()
    geometry: str = "contour"
    shapes: tuple[str, ...] = ()
    look: str = "solid"
    wireframe: bool = False
    other: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def task(self) -> str:
        """What it does in words, without numbers: the same recipe has the same task."""
        words = [_TASK.get(name, name) for name in (*self.fields, self.geometry, *self.shapes)]
        if self.look != "solid":
            words.append(f"coloured by {_TASK.get(self.look, self.look)}")
        if self.wireframe:
            words.append("wireframe")
        return ", ".join(words)


@dataclass(frozen=True)
class Composition:
    """A composed module.

    Attributes:
        task: What it does in words.
        code: The module.
        bounds: For each parameter: minimum, maximum, choices, description.
        stages: Classes of VTK that its pipeline must show when it is read back.
    """

    task: str
    code: str
    bounds: tuple[dict[str, Any], ...]
    stages: tuple[str, ...]


_TASK = {
    "gaussian": "gaussian smoothed data",
    "median": "median filtered data",
    "gradient": "gradient magnitude",
    "vorticity": "vorticity magnitude",
    "divergence": "divergence",
    "speed": "vector magnitude",
    "difference": "difference between variables",
    "contour": "isosurface",
    "projection": "intensity projection",
    "slices": "parallel slices",
    "largest": "largest connected part",
    "relax": "relaxed surface",
    "decimate": "decimated triangles",
    "mirror": "mirrored",
    "ball": "cut with a sphere",
    "edges": "feature edges",
    "curvature": "curvature",
    "elevation": "elevation",
    "distance": "distance from centre",
    "variable": "another variable",
}


class Writer:
    """Lines of ``build``, the parameters they need, and the last algorithm's name."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.lines: list[str] = []
        self.parameters: dict[str, Any] = {}
        self.bounds: list[dict[str, Any]] = []
        self.stages: list[str] = []
        self.last = "source"

    def parameter(
        self,
        name: str,
        default: Any,
        description: str,
        *,
        minimum: float | None = None,
        maximum: float | None = None,
        choices: Sequence[str] = (),
    ) -> str:
        """Take a parameter in; how the code reads it."""
        value = self.recipe.values.get(name, default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = value if minimum is None else max(minimum, value)
            value = value if maximum is None else min(maximum, value)
        self.parameters[name] = value
        bound: dict[str, Any] = {"name": name, "description": description}
        if minimum is not None:
            bound["minimum"] = minimum
        if maximum is not None:
            bound["maximum"] = maximum
        if choices:
            bound["choices"] = list(choices)
        self.bounds.append(bound)
        return f'parameters["{name}"]'

    def algorithm(self, name: str, kind: str, *calls: str, expected: bool = True) -> None:
        """Make an algorithm that takes what the last one gives."""
        self.lines.append(f"{name} = vtk.{kind}()")
        self.lines.append(f"{name}.SetInputConnection({self.last}.GetOutputPort())")
        self.lines += [f"{name}.{call}" for call in calls]
        self.last = name
        if expected:
            self.stages.append(kind)


def needs_image(recipe: Recipe, what: str) -> None:
    """Refuse data without voxels.

    Raises:
        OptionError: The data are no image data.
    """
    if recipe.kind != "image":
        raise OptionError(
            f"A {what} needs image data; these are {recipe.kind} data.",
            hint="Ask for it on a volume with voxels.",
        )
