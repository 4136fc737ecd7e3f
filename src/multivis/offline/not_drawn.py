"""What the Plotly and Matplotlib writers do not draw of a plan, in words for the asker."""

from __future__ import annotations

from multivis.offline.plan import Layer, Plan, Selection

__all__ = ["not_drawn"]

_NAMES = {"plotly": "Plotly", "matplotlib": "Matplotlib"}
_DRAWN_OVER = {
    "plotly": frozenset({"rule", "text", "line", "tick", "point", "circle"}),
    "matplotlib": frozenset({"rule", "text", "line"}),
}
_TEXT_ON = {
    "plotly": frozenset({"bar", "arc", "point", "circle", "line"}),
    "matplotlib": frozenset({"bar", "point", "circle"}),
}
_THINGS = {
    "errorbar": "The error bars", "errorband": "The error band", "area": "The area over the chart",
    "rect": "The shaded region", "bar": "The second set of bars", "point": "The extra points",
    "circle": "The extra points", "tick": "The tick marks", "text": "The text on the marks",
    "rule": "A reference line", "trail": "The second line",
}  # fmt: skip


def not_drawn(plan: Plan, backend: str) -> tuple[str, ...]:
    """What the code for `backend` leaves out or draws in another form; empty for Altair.

    Args:
        plan: What was planned.
        backend: ``altair``, ``plotly`` or ``matplotlib``.
    """
    if backend not in _NAMES or not plan.layers:
        return ()
    library = _NAMES[backend]
    found: list[str] = []
    if len(plan.views) > 1:
        found.append(f"Only the first of {len(plan.views)} charts is drawn with {library}.")
    found += [
        f"The interaction {selection.name!r} is not made with {library}."
        for selection in plan.selections
        if not _is_built_in(selection, backend)
    ]
    base = plan.layers[0]
    for layer in plan.layers:
        found += _forms(layer, library)
    found += _base(base, library, backend)
    for layer in plan.layers[1:]:
        found += _over(base, layer, library, backend)
    faceted = any(c.name in {"row", "column", "facet"} for c in base.channels)
    if faceted and backend == "matplotlib" and len(plan.layers) > 1:
        found.append("Only the first layer is drawn in each panel with Matplotlib.")
    return tuple(dict.fromkeys(found))


def _is_built_in(selection: Selection, backend: str) -> bool:
    """Zoom, and legends that hide series, come with every Plotly chart."""
    return backend == "plotly" and selection.bind in {"scales", "legend"}


def _forms(layer: Layer, library: str) -> list[str]:
    """Curves that are drawn in another form."""
    found = []
    for step in layer.transforms:
        if "density" in step:
            found.append(f"The density is drawn as a violin with {library}.")
        if "loess" in step:
            found.append(f"The LOESS curve is drawn as a straight line with {library}.")
        if "regression" in step and step.get("method") not in {None, "linear"}:
            found.append(f"The {step['method']} curve is drawn as a straight line with {library}.")
        if step.get("groupby") and ("loess" in step or "regression" in step):
            found.append(f"One trend line is drawn for all groups with {library}.")
        if "quantile" in step:
            found.append(f"The quantiles are not computed with {library}.")
        if "repeat" in step:
            found.append(f"Only one panel of the grid is drawn with {library}.")
    return found


def _base(layer: Layer, library: str, backend: str) -> list[str]:
    """What the writer of the first layer cannot show."""
    found = []
    names = {c.name for c in layer.channels}
    if layer.mark in {"errorbar", "errorband"}:
        found.append(f"The intervals are drawn as boxes or lines with {library}.")
    if layer.mark == "trail":
        found.append(f"The line has the same width everywhere with {library}.")
    if names & {"x2", "y2"}:
        found.append(f"The bars begin at zero with {library}, not at their own start.")
    if "radius" in names:
        found.append(f"The slices all have the same radius with {library}.")
    if any(c.condition is not None for c in layer.channels):
        found.append(f"Colours or opacity by a condition are not drawn with {library}.")
    if isinstance(layer.options.get("color"), dict):
        found.append(f"The colour gradient is not drawn with {library}.")
    if backend == "matplotlib" and "tooltip" in names:
        found.append("Tooltips are not made with Matplotlib: its charts are pictures.")
    if backend == "matplotlib" and "shape" in names:
        found.append("Shapes by group are not drawn with Matplotlib.")
    return found


def _over(base: Layer, layer: Layer, library: str, backend: str) -> list[str]:
    """What a layer over the first one loses."""
    names = {c.name for c in layer.channels}
    thing = _THINGS.get(layer.mark, f"The {layer.mark} layer")
    if layer.mark not in _DRAWN_OVER[backend]:
        return [f"{thing} could not be drawn with {library}."]
    if layer.mark == "text" and base.mark not in _TEXT_ON[backend]:
        return [f"{thing} could not be drawn with {library}."]
    if layer.mark == "rule":
        whole = {"x", "y"} <= names
        fixed = any(c.name in {"x", "y"} and c.field is None for c in layer.channels)
        if whole or fixed:
            return [f"{thing} could not be drawn with {library}."]
    return []
