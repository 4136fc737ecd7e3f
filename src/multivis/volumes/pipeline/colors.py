"""Colours: maps, transfer functions and lookup tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from multivis.volumes.dataset import Dataset
from multivis.volumes.specification import TransferPoint, VolumeStage

__all__ = ["CONTROL_COLORS", "hex_of", "lookup_table", "rgb", "transfer_points"]

CONTROL_COLORS: dict[str, tuple[str, ...]] = {
    "viridis": (
        "#440154",
        "#482878",
        "#3e4a89",
        "#31688e",
        "#26828e",
        "#1f9e89",
        "#35b779",
        "#6ece58",
        "#b5de2b",
        "#fde725",
    ),
    "inferno": (
        "#000004",
        "#1b0c41",
        "#4a0c6b",
        "#781c6d",
        "#a52c60",
        "#cf4446",
        "#ed6925",
        "#fb9b06",
        "#f7d13d",
        "#fcffa4",
    ),
    "cool-warm": ("#3b4cc0", "#7b9ff9", "#c0d4f5", "#dddddd", "#f2cbb7", "#ee8468", "#b40426"),
    "gray": ("#000000", "#ffffff"),
    "turbo": (
        "#30123b",
        "#4662d7",
        "#36aaf9",
        "#1ae4b6",
        "#72fe5e",
        "#c7ef34",
        "#faba39",
        "#f66b19",
        "#cb2a04",
        "#7a0403",
    ),
    "rainbow": ("#0000ff", "#00ffff", "#00ff00", "#ffff00", "#ff0000"),
    "bone": ("#000000", "#383850", "#707b8f", "#a9c6c6", "#ffffff"),
}
"""Evenly spaced colours of each map."""

# Hounsfield units; the points follow the tissues of a head.
PRESETS: dict[str, tuple[tuple[float, str, float], ...]] = {
    "ct-bone": (
        (-1000.0, "#000000", 0.0),
        (150.0, "#7a2f1c", 0.0),
        (300.0, "#d9a06a", 0.08),
        (500.0, "#f2e6cf", 0.45),
        (1200.0, "#ffffff", 0.85),
        (3000.0, "#ffffff", 0.95),
    ),
    "ct-soft-tissue": (
        (-1000.0, "#000000", 0.0),
        (-160.0, "#8c4a3a", 0.0),
        (0.0, "#b5604a", 0.04),
        (60.0, "#c97a5f", 0.10),
        (300.0, "#e8cfae", 0.25),
        (800.0, "#fffaf0", 0.8),
        (3000.0, "#ffffff", 0.9),
    ),
    "ct-skin": (
        (-1000.0, "#000000", 0.0),
        (-700.0, "#c98b6b", 0.0),
        (-450.0, "#e0ac8a", 0.25),
        (-200.0, "#e8b796", 0.75),
        (300.0, "#f0d8b8", 0.9),
        (3000.0, "#ffffff", 1.0),
    ),
}

# Parts of the range, for data whose units say nothing.
RELATIVE_PRESETS: dict[str, tuple[tuple[float, str, float], ...]] = {
    "mri": (
        (0.0, "#000000", 0.0),
        (0.12, "#3a2a22", 0.0),
        (0.25, "#a8705a", 0.06),
        (0.5, "#d9b8a0", 0.2),
        (0.75, "#f5ebe0", 0.5),
        (1.0, "#ffffff", 0.8),
    ),
    "cloud": (
        (0.0, "#24406b", 0.0),
        (0.08, "#31688e", 0.0),
        (0.3, "#35a0b0", 0.05),
        (0.6, "#e8c860", 0.18),
        (0.85, "#f07030", 0.45),
        (1.0, "#fff0d0", 0.8),
    ),
}


def rgb(color: str) -> tuple[float, float, float]:
    """``"#rrggbb"`` as three numbers from 0 to 1."""
    red, green, blue = (int(color[i : i + 2], 16) / 255.0 for i in (1, 3, 5))
    return red, green, blue


def hex_of(parts: Sequence[float]) -> str:
    """Three numbers from 0 to 1 as ``"#rrggbb"``."""
    return "#" + "".join(f"{round(min(1.0, max(0.0, part)) * 255):02x}" for part in parts[:3])


def lookup_table(name: str, least: float, most: float, *, magnitude: bool = False) -> Any:
    """A table of 256 colours over a range; what is not a number is drawn transparent.

    Args:
        name: A colour map of `CONTROL_COLORS`.
        least: Value of the first colour.
        most: Value of the last colour.
        magnitude: Colour vectors by their length.
    """
    from vtkmodules.vtkCommonCore import vtkLookupTable

    colors = [rgb(color) for color in CONTROL_COLORS[name]]
    table = vtkLookupTable()
    table.SetNumberOfTableValues(256)
    for index in range(256):
        place = index / 255.0 * (len(colors) - 1)
        first = min(int(place), len(colors) - 2)
        part = place - first
        mixed = [a + (b - a) * part for a, b in zip(colors[first], colors[first + 1], strict=True)]
        table.SetTableValue(index, (*mixed, 1.0))
    table.SetTableRange(least, most if most > least else least + max(abs(least), 1.0) * 1e-6)
    table.SetNanColor(1.0, 1.0, 1.0, 0.0)
    if magnitude:
        table.SetVectorModeToMagnitude()
    table.Build()
    return table


def transfer_points(
    stage: VolumeStage, dataset: Dataset, variable: str
) -> tuple[TransferPoint, ...]:
    """The transfer function of a stage: its points, its preset, or one from the histogram."""
    least, most = dataset.range(variable)
    if stage.points:
        return tuple(sorted(stage.points, key=lambda point: point.value))
    if stage.preset in PRESETS:
        return tuple(
            TransferPoint(value=value, color=color, opacity=opacity)
            for value, color, opacity in PRESETS[stage.preset]
        )
    if stage.preset is None and dataset.value_units.get(variable) == "HU":
        return transfer_points(
            stage.model_copy(update={"preset": "ct-soft-tissue"}), dataset, variable
        )
    if stage.preset is not None:
        points = RELATIVE_PRESETS[stage.preset]
    else:
        points = _from_histogram(dataset.variable(variable).histogram)
    width = most - least
    return tuple(
        TransferPoint(value=least + part * width, color=color, opacity=opacity)
        for part, color, opacity in points
    )


def _from_histogram(counts: Sequence[int]) -> tuple[tuple[float, str, float], ...]:
    """Transparent up to the end of the greatest peak (the surroundings), then ever denser."""
    total = sum(counts) or 1
    peak = max(range(len(counts)), key=lambda index: counts[index])
    end = peak
    while end + 1 < len(counts) and counts[end + 1] > 0.02 * total:
        end += 1
    start = min((end + 1) / len(counts), 0.8)
    colors = ("#31688e", "#35b7a0", "#e8d860", "#f0a040", "#fff4e0")
    opacities = (0.0, 0.05, 0.15, 0.35, 0.7)
    made = [(0.0, colors[0], 0.0)]
    for index, (color, opacity) in enumerate(zip(colors, opacities, strict=True)):
        made.append((start + (1.0 - start) * index / 4.0, color, opacity))
    return tuple(made)
