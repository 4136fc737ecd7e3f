"""What can be seen to be wrong in a drawn chart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from multivis.charts.scenegraph.model import Problem, Scene

__all__ = ["problems_of"]


def problems_of(scene: Scene) -> Iterator[Problem]:
    """Empty views, marks out of view, and labels that overlap or are cut."""
    yield from _empty_views(scene)
    yield from _out_of_view(scene)
    yield from _label_collisions(scene)


def _empty_views(scene: Scene) -> Iterator[Problem]:
    """Views that hold marks, none of which has an item."""
    filled = {mark.view for mark in scene.marks if mark.items}
    for view in sorted({mark.view for mark in scene.marks} - filled):
        name = scene.views[view].name if view >= 0 else "root"
        yield Problem("empty_view", view, f"The view {name!r} draws nothing.")


def _out_of_view(scene: Scene) -> Iterator[Problem]:
    """Bars, points and line vertices that leave the plotting area (text may)."""
    for mark in scene.marks:
        if mark.view < 0 or mark.kind not in {"rect", "symbol", "line", "area", "trail", "rule"}:
            continue
        view = scene.views[mark.view].box
        if view.width < 1 or view.height < 1:
            continue
        room = 3.0
        if mark.kind == "symbol":
            room += max((item.box.width / 2 for item in mark.items), default=0.0)
        outside = [i for i in mark.items if i.defined and i.box.outside(view) > room]
        if outside:
            verb = "cut off at" if mark.clip else "drawn beyond"
            text = f"{len(outside)} of {len(mark.items)} marks are {verb} the plotting area."
            yield Problem("clipped" if mark.clip else "out_of_view", mark.view, text)


def _label_collisions(scene: Scene) -> Iterator[Problem]:
    """Visible tick labels of one axis that cover each other, and labels that are cut."""
    for axis in scene.axes:
        shown = [label for label in axis.labels if label.visible and label.text]
        hits = 0
        for first, second in pairwise(shown):
            smaller = min(first.box.width * first.box.height, second.box.width * second.box.height)
            hits += smaller > 0 and first.box.overlap(second.box) > 0.25 * smaller
        if hits:
            text = f"{hits} neighbouring labels of the {axis.direction} axis overlap."
            yield Problem("overlapping_labels", axis.view, text)
        cut = sum(label.cut for label in shown)
        if cut:
            text = f"{cut} labels of the {axis.direction} axis are cut short."
            yield Problem("cut_labels", axis.view, text)
