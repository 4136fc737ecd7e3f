"""The distribution of a variable: numbers first, then a picture of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multivis.errors import InputError
from multivis.volumes.dataset import Dataset
from multivis.volumes.specification import Histogram

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Counts", "count_values", "draw_histogram"]

BLOCK = 4_000_000


@dataclass(frozen=True)
class Counts:
    """A histogram.

    Attributes:
        variable: Its name; for vectors the lengths are counted.
        units: Of the values.
        edges: (bins + 1,), ascending.
        counts: (bins,), of every finite value between the first and the last edge.
        outside: How many finite values lie outside of the edges.
        not_finite: How many are no numbers.
    """

    variable: str
    units: str
    edges: NDArray[Any]
    counts: NDArray[Any]
    outside: int = 0
    not_finite: int = 0


def count_values(request: Histogram, dataset: Dataset) -> Counts:
    """Count every value of a variable, in blocks.

    Raises:
        UnknownFieldError: No such variable.
        InputError: The interval is empty.
    """
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy

    name = dataset.resolve(request.variable)
    facts = dataset.variable(name)
    least = facts.minimum if request.minimum is None else request.minimum
    most = facts.maximum if request.maximum is None else request.maximum
    if least > most:
        raise InputError(
            f"A histogram from {least:g} to {most:g} has no bins.",
            hint="Give a minimum below the maximum.",
        )
    if least == most:
        least, most = least - 0.5, most + 0.5
    edges = np.linspace(least, most, request.bins + 1)
    counts = np.zeros(request.bins, np.int64)
    values = vtk_to_numpy(dataset.vtk_array(name))
    finite = 0
    for first in range(0, len(values), BLOCK):
        part = values[first : first + BLOCK]
        if part.ndim == 2:
            part = np.sqrt((part.astype(np.float64) ** 2).sum(axis=1))
        if part.dtype.kind == "f":
            part = part[np.isfinite(part)]
        finite += len(part)
        counts += _binned(part, request.bins, (least, most))
    return Counts(
        name,
        facts.units,
        edges,
        counts,
        outside=finite - int(counts.sum()),
        not_finite=facts.not_finite,
    )


def _binned(
    part: NDArray[Any], bins: int, interval: tuple[float, float]
) -> NDArray[np.integer[Any]]:
    """How many values lie in each bin; small whole numbers are counted one by one first."""
    import numpy as np

    weights = None
    if part.dtype.kind in "iu" and part.dtype.itemsize <= 2 and len(part):
        lowest = np.iinfo(part.dtype).min
        unsigned = part.view(f"u{part.dtype.itemsize}")
        found = np.bincount(unsigned, minlength=2 ** (8 * part.dtype.itemsize))
        # what is negative lies in the upper half when its sign is taken for a number
        weights = np.roll(found, -lowest) if lowest else found
        part = np.arange(lowest, lowest + len(weights))
    counts: NDArray[np.integer[Any]]
    counts, _ = np.histogram(part, bins=bins, range=interval, weights=weights)
    return counts


def draw_histogram(
    counts: Counts, *, logarithmic: bool = True, size: tuple[int, int] = (800, 500)
) -> bytes:
    """A histogram as PNG; the same bytes every time.

    Args:
        counts: From `count_values`.
        logarithmic: Counts on a logarithmic axis.
        size: Width and height in pixels.
    """
    from io import BytesIO

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size[0] / 100.0, size[1] / 100.0), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.stairs(counts.counts, counts.edges, fill=True, color="#3a6ea5", edgecolor="#2c5580")
    if logarithmic and counts.counts.max() > 0:
        axes.set_yscale("log")
        axes.set_ylim(bottom=0.7)
    unit = f" [{counts.units}]" if counts.units else ""
    axes.set_xlabel(f"{counts.variable}{unit}")
    axes.set_ylabel("number of values")
    axes.set_xlim(float(counts.edges[0]), float(counts.edges[-1]))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#d8dce2", linewidth=0.6)
    axes.set_axisbelow(True)
    file = BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()
