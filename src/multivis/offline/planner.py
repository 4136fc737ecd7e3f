"""From a reading of a question to a chart plan."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from multivis.charts.demands import SizeDemand
from multivis.offline import (
    shapes,
    shapes_cells,
    shapes_circle,
    shapes_distributions,
    shapes_dots,
    shapes_folded,
    shapes_gallery,
    shapes_linked,
    shapes_more,
    shapes_points,
    shapes_ranges,
)
from multivis.offline.catalog import Catalog
from multivis.offline.computed import without_wholes
from multivis.offline.concepts import Concept, Reading
from multivis.offline.coverage import with_named_columns
from multivis.offline.distinct_counts import with_distinct_counts
from multivis.offline.draft import Draft
from multivis.offline.finish import finish
from multivis.offline.finish_idioms import asks_for_links
from multivis.offline.grain import take_own_columns
from multivis.offline.group_conditions import of_groups
from multivis.offline.linking import Candidate, Mention
from multivis.offline.lone_counts import count_what_belongs
from multivis.offline.parts import Parts
from multivis.offline.plan import Plan, Query
from multivis.offline.roles import sort_out
from multivis.offline.shapes_counts import histogram_of_counts
from multivis.offline.shapes_views import asks_for_several
from multivis.offline.signed import with_signs
from multivis.offline.titles import add_titles
from multivis.offline.words import STOP_WORDS, likeness, stem

__all__ = ["plan_chart"]

Shape = Callable[[Draft, Parts], Plan]

_SHAPES: dict[str, Shape] = {
    "bar": shapes.bar,
    "line": shapes.line,
    "area": shapes.area,
    "trail": shapes.trail,
    "arc": shapes.arc,
    "heatmap": shapes_cells.heatmap,
    "lollipop": shapes_more.lollipop,
    "waterfall": shapes_more.waterfall,
    "errorbar": shapes_more.error_bar,
    "dumbbell": shapes_more.dumbbell,
    "horizon": shapes_dots.horizon,
    "slope": shapes_more.slope,
    "bump": shapes_more.bump,
    "gantt": shapes_more.gantt,
    "scatter": shapes_points.scatter,
    "matrix": shapes_points.scatter_matrix,
    "parallel": shapes_points.parallel,
    "histogram": shapes_distributions.histogram,
    "box": shapes_distributions.box,
    "strip": shapes_distributions.strip,
    "density": shapes_distributions.density,
    "ridgeline": shapes_distributions.density,
    "violin": shapes_distributions.violin,
    "ecdf": shapes_distributions.cumulative_distribution,
    "qq": shapes_distributions.quantiles,
}


_MEASURED = re.compile(
    r"\b(?:average|mean|median|total|sum of|maximum|minimum)(?: of)?(?: the)? ([a-z]{4,})(?! \[)\b"
    r"|\bratios? of(?: the)? ([a-z]{4,}) to\b"
    r"|(?:^|\b(?:show|plot|draw|chart of|graph of|showing|compare|visuali[sz]e)(?: me)?(?: the)? )"
    r"([a-z]{4,}) (?:by|per|for each|in each|across) \["
)
_NOT_MEASURES_TEXT = """
number count amount value values share trend change changes size distribution comparison breakdown
percentage proportion level levels range order score result results data line figure figures spread
relationship frequency height width time units each
"""
_NOT_MEASURES = frozenset(_NOT_MEASURES_TEXT.split())


def unmet_measures(reading: Reading, catalog: Catalog) -> list[str]:
    """What is to be measured in words that no column explains ("average thickness").

    Only the first sentence counts: it says what is asked, the others how it is to look.
    """
    names = {word for field in catalog for word in field.words}
    names |= {word for entity in catalog.entities.values() for word in entity.words}
    found = []
    asked = re.split(r"(?<=[.?!])\s", reading.skeleton, maxsplit=1)[0]
    for match in _MEASURED.finditer(asked):
        word = next(group for group in match.groups() if group)
        if word in STOP_WORDS or word in _NOT_MEASURES or word in found:
            continue
        if not any(likeness(stem(word), name) > 0 for name in names):
            found.append(word)
    return found


# "From episode to episode", "season by season": what is followed along an order.
_FROM_ONE_TO_THE_NEXT = re.compile(
    r"\bfrom ([a-z]+) to \1\b|\b(?!side\b|step\b|one\b|little\b|case\b)([a-z]+) (?:by|after) \2\b"
)


def choose_family(reading: Reading, parts: Parts) -> str:
    """The family of the chart: as asked, else what fits the parts."""
    asked = reading.kind.family
    raw = [c for c in parts.measures if not c.aggregate and c.field is not None]
    counted = any(c.is_count for c in parts.measures)
    if asked == "line" and "chart" not in reading.kind.name and "line" not in reading.kind.name:
        asked = ""  # "over time", "trend": a hint, not a demand
        cloud = reading.kind.regression and re.search(r"\b(?:points|dots|circles)\b", reading.body)
        asked = "scatter" if cloud and len(raw) > 1 else ""
    places = [
        c for c in parts.dimensions
        if c.field is not None and (c.field.is_measure or c.field.is_time)
    ]  # fmt: skip
    versus = asked == "scatter" and re.search(r" (?:against|versus|vs\.?) ", reading.kind.name)
    if versus and len(parts.measures) + len(places) < 2:
        asked = ""  # "boys versus girls" are no numbers
    binned = len(raw) == 1 and "dimension" in raw[0].roles and not parts.dimensions
    if asked in {"", "bar"} and counted and binned:  # things by a number with very many values
        parts.measures = raw
        reading.assumptions.append(
            f'"{raw[0].text}" has too many values for a bar each; they are put in bins.'
        )
        return "histogram"
    if asked:
        if asked == "histogram" and all(c.is_count for c in parts.measures):
            _bin_a_number(parts)
        if asked == "histogram" and not parts.measures and parts.dimensions:
            return "bar"
        return asked
    timed = reading.unit not in {"weekday", "month", "hour", "day"} and any(
        c.field is not None and c.field.is_time and not c.cases for c in parts.dimensions[:1]
    )
    if reading.kind.error in {"ci", "range", "stdev"} and not parts.measures[1:]:
        return "errorbar" if reading.kind.error == "range" or reading.kind.error else "bar"
    beside = reading.kind.stacking in {"grouped", "stacked", "layered"} and bool(parts.dimensions)
    if reading.relationship and len(raw) >= 2 and not beside:
        return "scatter"
    if any("x" in c.roles for c in raw) and any("y" in c.roles and "x" not in c.roles for c in raw):
        return "scatter"  # a number on each axis
    if reading.kind.diverge and raw:
        bars = len(raw) + len(places) < 2 and re.search(
            r"\b(?:bars?|columns?)\b", reading.body.lower()
        )
        return "bar" if bars else "scatter"
    if reading.kind.regression and len(raw) > 1 and not counted:
        return "scatter"
    if len(raw) + len(places) >= 2 and not counted and asks_for_links(reading.body):
        return "scatter"  # marks that one clicks on one by one
    if timed or (reading.kind.name and parts.dimensions and timed):
        return "line"
    if parts.dimensions and _FROM_ONE_TO_THE_NEXT.search(reading.question.lower()):
        return "line"
    if len(raw) == 1 and not counted and reading.distribution:
        if parts.dimensions and reading.kind.stacking == "stacked":
            return "density"  # boxes cannot be stacked
        return "box" if parts.dimensions else "histogram"
    if len(raw) == 2 and not parts.dimensions and not counted:
        return "scatter"
    paired = [c for c in raw if c.roles & {"second", "versus"}]
    if reading.relationship and len(paired) == 2:
        return "scatter"
    if len(raw) == 1 and not parts.dimensions and not counted and not raw[0].aggregate:
        return "histogram"
    return "bar"


def _bin_a_number(parts: Parts) -> None:
    """A histogram is of a number, also where the words let it stand among the groups."""
    for concept in parts.dimensions:
        if concept.field is not None and concept.field.is_measure and not concept.field.is_time:
            parts.dimensions.remove(concept)
            parts.measures = [concept]
            parts.facet = None if parts.facet is concept else parts.facet
            return


def _things_along_x(draft: Draft, parts: Parts, family: str) -> None:
    """Two measures with an axis each are those of things, which stand along x."""
    kind = draft.reading.kind
    measured = [c for c in parts.measures if c.field is not None]
    if family not in {"bar", "line", "area"} or parts.dimensions or len(measured) < 2:
        return
    if not (kind.overlay or kind.dual_axis):
        return
    tables = [c.table for c in measured]
    spoken = (c.table for c in draft.reading.concepts if c.field is None and c.table in tables)
    entity = draft.catalog.entities[next(spoken, tables[0])]
    parts.dimensions.append(Concept(Candidate(0.7, entity=entity), 97, text=entity.table.name))


def _along_an_axis(draft: Draft, parts: Parts, family: str) -> None:
    """Lines run along something: along the time that is cut ("since 1980"), or along the number
    that an average is drawn against ("the mean wage against the age")."""
    if family not in {"line", "area", "trail"}:
        return
    if any("x" in c.roles or (c.field is not None and (c.field.is_time or c.field.is_measure))
           for c in parts.dimensions):  # fmt: skip
        return
    if not parts.dimensions and len(parts.measures) == 2:
        first, second = parts.measures
        column = second.field
        drawn = first.aggregate in {"avg", "median"} and not second.aggregate
        if drawn and column is not None and column is not first.field:
            parts.measures.remove(second)
            second.roles |= {"dimension", "x"}
            parts.dimensions.append(second)
            return
    shown = [c.table for c in parts.measures if c.field is not None]
    for condition in draft.reading.filters:
        cut = draft.catalog.fields.get((condition.table, condition.column))
        if cut is None or not cut.is_time or condition.operator not in _CUTS or condition.aggregate:
            continue
        if shown and cut.table not in shown:
            continue
        time = Concept(Candidate(0.7, field=cut), -1, roles={"dimension", "x"}, text=cut.name)
        time.unit = "" if cut.date_style == "year" else draft.reading.unit or "year"
        parts.dimensions.insert(0, time)
        return


_CUTS = frozenset({">=", ">", "<=", "<", "between"})


def _dots(draft: Draft, parts: Parts, family: str) -> Plan | None:
    """Shapes of dots that words ask for beside the name of the chart."""
    if family not in {"scatter", "heatmap", "strip", "bar", "line", "histogram", "box", ""}:
        return None
    kept = list(draft.outputs)
    if (rated := shapes_gallery.ratings(draft, parts)) is not None:
        return rated
    draft.outputs[:] = kept
    if shapes_gallery.asks_for_lanes(draft, family):
        lanes = shapes_gallery.heat_lanes(draft, parts)
        if lanes is not None:
            return lanes
        draft.outputs[:] = kept
    stacks = () if family in {"line", "bar", "box"} else (shapes_dots.dot_stacks,)
    for shape in (
        shapes_dots.binned_bubbles, shapes_dots.bubble_table, *stacks, shapes_dots.connected,
    ):  # fmt: skip
        plan: Plan | None = shape(draft, parts)
        if plan is not None:
            return plan
        draft.outputs[:] = kept
    return None


def plan_chart(reading: Reading, catalog: Catalog, mentions: list[Mention] | None = None) -> Plan:
    """Plan a chart for a reading.

    Returns:
        A plan whose query has at least one output; `Plan.confidence` says how much of the
        question it rests on. An empty query means that nothing could be linked.
    """
    draft = Draft(catalog, reading)
    parts = sort_out(reading, catalog)
    parts.measures = without_wholes(parts.measures, reading, catalog)
    take_own_columns(parts.dimensions, parts.measures, catalog)
    if reading.kind.family == "pacman":  # a shape that needs no data
        shape = shapes_gallery.pacman(draft, parts)
        return replace(add_titles(shape, draft), confidence=0.5, left_out=tuple(draft.left_out))
    if not parts.dimensions and not parts.measures:
        return Plan(chart="", confidence=0.0, ambiguities=tuple(reading.ambiguities))
    unmet = unmet_measures(reading, catalog)
    if not unmet:
        count_what_belongs(parts, reading, catalog)
    if unmet and not parts.measures:
        return Plan(
            chart="",
            left_out=tuple(f'"{word}" could not be found in the data.' for word in unmet),
            ambiguities=tuple(reading.ambiguities),
        )
    draft.left_out += [f'"{word}" could not be found in the data.' for word in unmet]
    family = choose_family(reading, parts)
    _things_along_x(draft, parts, family)
    _along_an_axis(draft, parts, family)
    made = shapes_ranges.range_bars(draft, parts) if family == "bar" else None
    made = made or histogram_of_counts(draft, parts)
    made = made or shapes_linked.linked_views(draft, parts)
    if shapes_circle.asks_for_circle(draft, family):
        made = shapes_circle.polar_bars(draft, parts)
    made = made or _dots(draft, parts, family)
    if made is None and family == "scatter" and not asks_for_several(reading.body):
        made = shapes_folded.several_against_one(draft, parts)
    plan = made or _SHAPES.get(family, shapes.bar)(draft, parts)
    plan = with_named_columns(finish(plan, draft, parts, family), draft)
    plan = with_distinct_counts(of_groups(plan, reading, catalog), draft)
    plan = with_signs(plan, draft)
    size = next(iter(reading.demands.of(SizeDemand)), None)
    if size is not None:
        plan = replace(plan, width=size.width or plan.width, height=size.height or plan.height)
    if plan.query == Query():
        return replace(plan, confidence=0.0)
    return replace(
        plan,
        confidence=_confidence(reading, parts),
        assumptions=tuple(dict.fromkeys([*draft.assumptions, *reading.assumptions])),
        ambiguities=tuple(dict.fromkeys(reading.ambiguities))[:5],
        left_out=tuple(dict.fromkeys(draft.left_out)),
    )


def _confidence(reading: Reading, parts: Parts) -> float:
    """How much of the chart rests on words that were found in the schema, 0 to 1."""
    used = [*parts.dimensions, *parts.measures]
    if not used:
        return 0.0
    mean = sum(min(1.0, c.candidate.score) for c in used) / len(used)
    missing = 0.1 if not reading.kind.family else 0.0
    return round(max(0.05, min(1.0, mean - missing)), 2)
