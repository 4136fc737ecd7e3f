"""Checks on titles."""

from __future__ import annotations

import re

from multivis.charts.checks.base import Check, CheckInput, Finding, fail, ok, skip
from multivis.charts.demands import AxisTitleDemand, TitleDemand
from multivis.state import Severity

__all__ = ["CHECKS"]


def plain(text: str) -> str:
    """Words of a title in lower case, without marks: what has to agree."""
    return " ".join(re.findall(r"[\w%#$€£&+]+", text.casefold()))


def _title_asked_for(given: CheckInput) -> Finding:
    wanted = given.demands.of(TitleDemand, at_least=0.9)
    if not wanted:
        return skip("No title was asked for.")
    shown = {plain(title) for title in given.facts.titles}
    shown.add(plain(" ".join(given.facts.titles)))
    # "call it B instead of A" may mean the title of whatever was called A
    elsewhere = {plain(t) for titles in given.facts.axis_titles.values() for t in titles}
    missing = [
        demand.title
        for demand in wanted
        if plain(demand.title) not in (shown | elsewhere if demand.replaces else shown)
    ]
    if not missing:
        return ok("The title is there.", titles=list(given.facts.titles)[:5])
    return fail(
        f"The title {missing[0]!r} was asked for and is not there.",
        f"Set the chart's title to exactly {missing[0]!r}.",
        missing=missing,
        shown=list(given.facts.titles)[:5],
    )


def _axis_titles_asked_for(given: CheckInput) -> Finding:
    wanted = given.demands.of(AxisTitleDemand, at_least=0.9)
    if not wanted:
        return skip("No axis title was asked for.")
    everywhere = {plain(t) for titles in given.facts.axis_titles.values() for t in titles}
    missing = []
    for demand in wanted:
        own = {plain(t) for t in given.facts.axis_titles.get(demand.axis or "", ())}
        swapped = _horizontal(given)
        if plain(demand.title) not in (everywhere if swapped or not demand.axis else own):
            missing.append(f"{demand.axis or 'an'} axis: {demand.title}")
    if not missing:
        return ok("The axis titles are there.")
    return fail(
        f"An axis title that was asked for is not there ({missing[0]}).",
        "Set these axis titles exactly: " + "; ".join(missing) + ".",
        missing=missing,
        shown={axis: list(t)[:6] for axis, t in given.facts.axis_titles.items()},
    )


def _horizontal(given: CheckInput) -> bool:
    """Whether bars lie: people then call the axes by what they show."""
    return any(mark.horizontal for mark in given.facts.data_marks if mark.kind == "bar")


def _axis_has_title(given: CheckInput) -> Finding:
    facts = given.facts
    if not any(facts.axes.values()):
        return skip("There are no axes.")
    if given.backend == "altair":
        bare = [
            axis
            for axis in ("x", "y")
            if facts.axes.get(axis)
            and not facts.axis_titles.get(axis)
            and _numeric_axis(given, axis)
        ]
    else:
        polar = {mark.kind for mark in facts.marks} <= {"arc"}
        bare = (
            []
            if polar
            else [a for a in ("x", "y") if facts.axes.get(a) and not facts.axis_titles.get(a)]
        )
    if not bare:
        return ok()
    return fail(
        f"The {bare[0]} axis has no title.",
        f"Give the {' and the '.join(bare)} axis a title that says what it shows, with its unit.",
        axes=bare,
    )


def _numeric_axis(given: CheckInput, axis: str) -> bool:
    """Whether an axis shows numbers: names of categories explain themselves."""
    return any(
        (channel := unit.channels.get(axis)) is not None and channel.measure for unit in given.units
    )


CHECKS = (
    Check(
        "title-asked-for",
        "The chart has the title that was asked for.",
        Severity.ERROR,
        _title_asked_for,
    ),
    Check(
        "axis-titles-asked-for",
        "The axes have the titles that were asked for.",
        Severity.ERROR,
        _axis_titles_asked_for,
    ),
    Check(
        "axis-has-title", "Every axis of numbers has a title.", Severity.WARNING, _axis_has_title
    ),
)
