"""What surrounds the data in a picture: lights, scalar bars, the title."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from multivis.volumes.pipeline.built import BuiltStage
from multivis.volumes.pipeline.colors import rgb
from multivis.volumes.specification import Specification

__all__ = ["LIGHTS", "add_lights", "add_title", "bar_margin", "ink_of", "scalar_bars"]

MOST_BARS = 2


def bar_margin(width: int) -> float:
    """Part of the width that scalar bars need; small pictures give them more."""
    return min(0.3, max(0.14, 84.0 / width))


LIGHTS: tuple[tuple[tuple[float, float, float], tuple[float, float, float], float], ...] = (
    ((-0.35, 0.75, 1.0), (1.0, 0.985, 0.955), 0.84),
    ((0.6, -0.25, 0.9), (0.93, 0.965, 1.0), 0.42),
)
"""Direction (right, up, toward the viewer), colour and intensity: a key light and a fill."""


def add_lights(renderer: Any) -> None:
    """A warm key light from above and a cool fill from below; they move with the camera.

    Two are enough for a body to look round; each further light costs a tenth of the time that a
    picture takes where OpenGL is computed by the processor.
    """
    from vtkmodules.vtkRenderingCore import vtkLight

    renderer.AutomaticLightCreationOff()
    for direction, color, intensity in LIGHTS:
        light = vtkLight()
        light.SetLightTypeToCameraLight()
        light.SetPosition(*direction)
        light.SetFocalPoint(0.0, 0.0, 0.0)
        light.SetColor(*color)
        light.SetIntensity(intensity)
        renderer.AddLight(light)


def ink_of(specification: Specification) -> tuple[float, float, float]:
    """Dark text on light backgrounds, light text on dark ones."""
    red, green, blue = rgb(specification.background_top or specification.background)
    dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
    return (0.94, 0.95, 0.96) if dark else (0.13, 0.15, 0.18)


def _text(properties: Any, specification: Specification, size: float) -> None:
    """One plain look for all text."""
    properties.SetFontFamilyToArial()
    properties.SetColor(*ink_of(specification))
    properties.SetFontSize(max(8, round(size)))
    properties.BoldOff()
    properties.ItalicOff()
    properties.ShadowOff()


def scalar_bars(stages: Sequence[BuiltStage], specification: Specification) -> list[Any]:
    """A bar for each colour map that is in use, at most two, on the right.

    By default bars are left out on pictures that are too small for their text.
    """
    wanted = specification.scalar_bar
    if wanted is False or (wanted is None and min(specification.size) < 200):
        return []
    shown: dict[tuple[str, str, tuple[float, float]], BuiltStage] = {}
    for stage in stages:
        if stage.table is not None:
            color_map = getattr(stage.stage, "color_map", "")
            shown.setdefault((stage.label, color_map, stage.table.GetTableRange()), stage)
    chosen = list(shown.values())[:MOST_BARS]
    return [_bar(stage, specification, index, len(chosen)) for index, stage in enumerate(chosen)]


def _bar(stage: BuiltStage, specification: Specification, index: int, count: int) -> Any:
    """One scalar bar; several stand above each other."""
    from vtkmodules.vtkRenderingAnnotation import vtkScalarBarActor

    height = specification.size[1]
    bar = vtkScalarBarActor()
    bar.SetLookupTable(stage.table)
    bar.SetTitle(_wrapped(stage.label))
    bar.SetUseCustomLabels(True)
    bar.SetCustomLabels(_round_values(*stage.table.GetTableRange()))
    bar.SetUnconstrainedFontSize(True)
    bar.SetLabelFormat("%-.4g")
    _text(bar.GetTitleTextProperty(), specification, height / 44.0)
    _text(bar.GetLabelTextProperty(), specification, height / 52.0)
    bar.GetTitleTextProperty().SetJustificationToLeft()
    bar.SetVerticalTitleSeparation(max(4, height // 100))
    bar.SetBarRatio(0.22)
    bar.SetMaximumWidthInPixels(10_000)
    room = 0.8 / count
    margin = bar_margin(specification.size[0])
    bar.SetPosition(1.0 - margin + 0.005, 0.1 + room * (count - 1 - index))
    bar.SetWidth(margin - 0.02)
    bar.SetHeight(room * (0.85 if count == 1 else 0.92))
    bar.DrawFrameOff()
    bar.DrawBackgroundOff()
    return bar


def _wrapped(label: str, width: int = 13) -> str:
    """A label on short lines, broken at blanks and underscores."""
    import textwrap

    lines = textwrap.wrap(label.replace("_", " "), width, break_long_words=True)
    return "\n".join(lines[:3])


def _round_values(least: float, most: float, about: int = 5) -> Any:
    """About five round numbers within a range, as a VTK array."""
    import math

    from vtkmodules.vtkCommonCore import vtkDoubleArray

    raw = (most - least) / about
    power = 10.0 ** math.floor(math.log10(raw)) if raw > 0 else 1.0
    step = next(f * power for f in (1.0, 2.0, 2.5, 5.0, 10.0) if f * power >= raw * 0.999)
    first = math.ceil(least / step - 1e-9)
    values = vtkDoubleArray()
    for index in range(first, math.floor(most / step + 1e-9) + 1):
        values.InsertNextValue(index * step)
    return values


def add_title(renderer: Any, specification: Specification) -> None:
    """The title in the middle of the top."""
    if not specification.title:
        return
    from vtkmodules.vtkRenderingCore import vtkTextActor

    title = vtkTextActor()
    title.SetInput(specification.title)
    _text(title.GetTextProperty(), specification, specification.size[1] / 30.0)
    title.GetTextProperty().SetJustificationToCentered()
    title.GetTextProperty().SetVerticalJustificationToTop()
    title.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
    title.SetPosition(0.5, 0.985)
    renderer.AddViewProp(title)
