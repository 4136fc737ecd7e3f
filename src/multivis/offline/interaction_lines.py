"""Lines under a pointer: the nearest one stands out, or a rule tells the values of all."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.offline.plan import Channel, Condition, Layer, Plan, Selection

__all__ = ["stands_out", "thicker_line", "tracked_along", "tracks"]

_POINTER = r"(?:hover\w*|mouse\w*|pointer|cursor|point(?:ing)? at)"
_OUT = (
    r"(?:bold\w*|thick\w*|fatter|wider|heavier|stronger|broader|highlight\w*|emphasi[sz]\w*|"
    r"stand\w* out|accentuat\w*|pop\w* out|(?:bigger|larger) line)"
)
_BOLDER = re.compile(
    rf"\b{_POINTER}\b[^.?!]{{0,80}}\b{_OUT}\b|\b{_OUT}\b[^.?!]{{0,60}}\b{_POINTER}\b"
)
_TRACKED = re.compile(
    rf"{_POINTER}[^!?]{{0,160}}\bvertical (?:\w+ )?(?:line|rule)|"
    rf"\bvertical (?:\w+ )?(?:line|rule)[^!?]{{0,80}}{_POINTER}|\bcross-?hairs?\b"
)
_ALL_IN_ONE = re.compile(
    r"\btooltips?\b[^.?!]{0,40}\b(?:show|list|giv|tell|with|contain|hold)\w*[^.?!]{0,40}"
    r"\b(?:all|every|each|both)\b"
)


def stands_out(text: str) -> bool:
    """Whether what is under the pointer is to stand out.

    Args:
        text: A question in small letters.
    """
    return bool(_BOLDER.search(text))


def tracks(text: str) -> bool:
    """Whether a rule or a tooltip follows the pointer with the values of all lines.

    Args:
        text: A question in small letters.
    """
    return bool(_TRACKED.search(text) or _ALL_IN_ONE.search(text))


def thicker_line(plan: Plan) -> tuple[Plan, Selection] | None:
    """The line nearest to the pointer becomes thicker; points that cannot be seen find it."""
    layer = plan.layers[0]
    color = layer.channel("color")
    if len(plan.layers) != 1 or layer.mark != "line" or color is None or not color.field:
        return None
    selection = Selection(
        "highlight", "point", fields=(color.field,),
        options={"on": "pointerover", "nearest": True},
    )  # fmt: skip
    plain = replace(layer, channels=tuple(c for c in layer.channels if c.name != "tooltip"))
    points = replace(plain, mark="circle", options={}).with_channel(Channel("opacity", value=0))
    width = Channel("size", condition=Condition(selection.name, 3, 1))
    return plan.with_layers(points, plain.with_channel(width)), selection


def tracked_along(plan: Plan, text: str) -> tuple[Plan, Selection] | None:
    """A rule follows the pointer along x, with the values of all lines where it stands.

    Args:
        plan: A plan of lines.
        text: The question in small letters: values in a tooltip, or beside the lines.

    Returns:
        The plan and its selection; None for other plans.
    """
    layer = plan.layers[0]
    x, y, color = (layer.channel(name) for name in ("x", "y", "color"))
    if len(plan.layers) != 1 or layer.mark != "line" or x is None or y is None:
        return None
    if not x.field or not y.field:
        return None
    nearest = Selection(
        "nearest", "point", fields=(x.field,),
        options={"nearest": True, "on": "pointerover", "empty": False},
    )  # fmt: skip
    line = replace(layer, channels=tuple(c for c in layer.channels if c.name != "tooltip"))
    steps = layer.transforms
    shown = Channel("opacity", condition=Condition(nearest.name, 1, 0))
    points = replace(line, mark="point", options={}).with_channel(shown)
    if _ALL_IN_ONE.search(text) and color is not None and color.field:
        # One row for each place along x, with a column for each line.
        wide = {"pivot": color.field, "value": y.field, "groupby": [x.field]}
        faint = Channel("opacity", condition=Condition(nearest.name, 0.3, 0))
        tips = Channel("tooltip", f"each:{color.field}")
        rule = Layer("rule", {"color": "gray"}, (x, faint, tips), (*steps, wide))
        return plan.with_layers(line, points, rule), nearest
    selectors = Layer("point", {}, (x, Channel("opacity", value=0)), steps)
    rule = Layer("rule", {"color": "gray"}, (x,), (*steps, {"filter": nearest.name}))
    label = Channel("text", y.field, y.kind, condition=Condition(nearest.name, None, " "))
    beside = replace(line, mark="text", options={"align": "left", "dx": 5, "dy": -5})
    layers = (line, selectors, points, rule, beside.with_channel(label))
    return plan.with_layers(*layers), nearest
