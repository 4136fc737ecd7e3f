"""Checks on what is drawn at all, and whether all of it can be seen."""

from __future__ import annotations

from multivis.charts.checks.base import Check, CheckInput, Finding, fail, ok, skip
from multivis.state import Severity

__all__ = ["CHECKS"]

_ALTAIR = frozenset({"altair"})


def _draws_something(given: CheckInput) -> Finding:
    count = sum(mark.count for mark in given.facts.marks)
    if count:
        return ok(f"{count} marks are drawn.", marks=count)
    if given.rows is not None and given.rows.num_rows == 0:
        return fail(
            "Nothing is drawn, because the query returned no rows.",
            "Change the query so that it returns rows.",
            target="sql",
        )
    return fail(
        "The chart draws no mark.",
        "Encode fields that the data has and that hold values, with fitting types and filters.",
        fields=sorted({c.field for u in given.units for c in u.channels.values() if c.field}),
    )


def _views_are_filled(given: CheckInput) -> Finding:
    if given.facts.panels == 0:
        return skip("Nothing is drawn.")
    empty = [p.text for p in given.scene.problems if p.kind == "empty_view"]
    if empty:
        return fail(empty[0], "Give the empty view data, or take it out.", views=empty[:5])
    return ok()


def _nothing_clipped(given: CheckInput) -> Finding:
    found = [p.text for p in given.scene.problems if p.kind == "out_of_view"]
    hidden = 0
    for mark in given.scene.marks:
        if mark.view >= 0 and mark.clip and mark.items:
            view = given.scene.views[mark.view].box
            hidden += all(item.box.apart(view) for item in mark.items)
    if hidden:
        found.append("All marks of a view lie outside its plotting area.")
    if found:
        return fail(
            found[0],
            "Widen the scale's domain, or filter the data to it, so that all marks are inside.",
            problems=found[:5],
        )
    return ok()


def _labels_do_not_collide(given: CheckInput) -> Finding:
    if given.backend == "altair":
        found = [p.text for p in given.scene.problems if p.kind == "overlapping_labels"]
        if found:
            return fail(
                found[0],
                "Turn the labels (labelAngle), make the chart larger, or draw horizontal bars.",
                problems=found[:5],
            )
    return ok()


def _labels_are_whole(given: CheckInput) -> Finding:
    found = [p.text for p in given.scene.problems if p.kind == "cut_labels"]
    if found:
        return fail(
            found[0], "Raise the axis's labelLimit, or draw horizontal bars.", problems=found[:5]
        )
    return ok()


CHECKS = (
    Check(
        "draws-something", "The chart draws at least one mark.", Severity.ERROR, _draws_something
    ),
    Check(
        "views-are-filled",
        "Every view of the chart draws something.",
        Severity.WARNING,
        _views_are_filled,
        _ALTAIR,
    ),
    Check(
        "nothing-clipped",
        "No mark lies outside the plotting area.",
        Severity.WARNING,
        _nothing_clipped,
        _ALTAIR,
    ),
    Check(
        "labels-do-not-collide",
        "Tick labels do not cover each other.",
        Severity.WARNING,
        _labels_do_not_collide,
        _ALTAIR,
    ),
    Check(
        "labels-are-whole",
        "No tick label is cut short.",
        Severity.WARNING,
        _labels_are_whole,
        _ALTAIR,
    ),
)
