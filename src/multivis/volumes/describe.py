"""What a model, or a person, is told about a volume."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from multivis.volumes.drawing import Drawing

if TYPE_CHECKING:
    from multivis.volumes.dataset import VariableFacts, VolumeFacts

__all__ = ["brief_facts", "describe_drawing", "describe_variable", "describe_volume"]

_TIMES = 12
_VARIABLES = 60


def brief_facts(facts: VolumeFacts) -> str:
    """The facts of a volume as JSON for a brief: a line a variable, no histograms."""
    told: dict[str, Any] = {
        "name": facts.name,
        "kind": facts.kind,
        "dimensions": list(facts.dimensions),
        "spacing": [round(part, 6) for part in facts.spacing],
        "bounds": [round(part, 6) for part in facts.bounds],
        "orientation": facts.orientation,
        "units": facts.units,
        "points": facts.points,
        "cells": facts.cells,
        "time_steps": len(facts.times),
        "times": [round(time, 6) for time in facts.times[:_TIMES]],
        "variables": [_variable(variable) for variable in facts.variables[:_VARIABLES]],
    }
    if len(facts.variables) > _VARIABLES:
        told["more_variables"] = [v.name for v in facts.variables[_VARIABLES:]][:200]
    return json.dumps(told, ensure_ascii=False)


def _variable(variable: VariableFacts) -> dict[str, Any]:
    return {
        "name": variable.name,
        "components": variable.components,
        "association": variable.association,
        "minimum": round(variable.minimum, 6),
        "maximum": round(variable.maximum, 6),
        "mean": round(variable.mean, 6),
        "units": variable.units,
    }


def describe_volume(facts: VolumeFacts) -> str:
    """The facts in a few lines."""
    size = "×".join(str(part) for part in facts.dimensions) if any(facts.dimensions) else ""
    lines = [
        f"{facts.name}: {facts.kind} data{f', {size} points' if size else ''}, "
        f"{facts.points:,} points, {facts.cells:,} cells"
        + (f", {len(facts.times)} time steps" if len(facts.times) > 1 else "")
    ]
    if any(facts.spacing):
        spacing = " × ".join(f"{part:g}" for part in facts.spacing)
        lines.append(f"Spacing {spacing} {facts.units}".rstrip())
    lines += [
        f"{v.name}: {'vector' if v.components == 3 else f'{v.components} component(s)'} in "
        f"{v.association}s, {v.minimum:,g} to {v.maximum:,g} {v.units}".rstrip()
        for v in facts.variables
    ]
    return "\n".join([*lines, *facts.notes])


def describe_variable(variable: VariableFacts) -> str:
    """One variable with its histogram in sixteen bins."""
    width = (variable.maximum - variable.minimum) / len(variable.histogram)
    group = max(1, len(variable.histogram) // 16)
    lines = [
        f"{variable.name}: {variable.minimum:,g} to {variable.maximum:,g} {variable.units}, "
        f"mean {variable.mean:,g}, standard deviation {variable.standard_deviation:,g}"
    ]
    for first in range(0, len(variable.histogram), group):
        low = variable.minimum + first * width
        count = sum(variable.histogram[first : first + group])
        lines.append(f"{low:,g} to {low + group * width:,g}: {count:,}")
    return "\n".join(lines)


def describe_drawing(drawing: Drawing) -> str:
    """The stages, one a line, and the camera."""
    if drawing.module is not None:
        values = ", ".join(f"{k} = {v}" for k, v in drawing.module.parameters.items())
        return f"A module draws: {drawing.module.task}" + (f" ({values})" if values else "")
    if drawing.histogram is not None:
        return f"A histogram of {drawing.histogram.variable} in {drawing.histogram.bins} bins."
    lines = [
        f"{number}. {name}: {_stage(stage)}"
        for number, (name, stage) in enumerate(zip(drawing.names(), drawing.stages, strict=True), 1)
    ]
    camera = drawing.camera
    view = camera.direction if isinstance(camera.direction, str) else list(camera.direction)
    lines.append(f"Camera: {view}, zoom {camera.zoom:g}")
    if drawing.film is not None:
        lines.append(f"A film of {drawing.film.frames} frames over {drawing.film.over}.")
    return "\n".join(lines)


def _stage(stage: Any) -> str:
    """What a stage does, without what is as usual."""
    fields = type(stage).model_fields
    told = {
        key: value
        for key, value in stage.model_dump().items()
        if key not in {"name", "kind"} and value != fields[key].default
    }
    return str(stage.kind) + "".join(f", {key} {value}" for key, value in told.items())
