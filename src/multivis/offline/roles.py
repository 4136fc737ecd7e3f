"""From concepts to the parts of a chart: which are dimensions, which are measures."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.offline.catalog import Catalog, Field
from multivis.offline.concepts import Concept, Reading
from multivis.offline.conditions import time_field
from multivis.offline.counts import share_places, who_did, without_counted
from multivis.offline.linking import Candidate
from multivis.offline.listed_groups import (
    COMPARES,
    OF_ONE_NUMBER,
    STRONG,
    group_by_listed,
    may_group,
)
from multivis.offline.parts import Parts, is_category
from multivis.offline.roles_dropped import (
    drop_counted_groups,
    drop_keys_of_names,
    drop_same_thing,
    drop_unlisted,
    drop_weak,
    is_bystander,
    only_spoken_of,
)
from multivis.offline.words import stem

__all__ = ["default_aggregate", "sort_out"]

_MEAN_WORDS = frozenset(
    {"age", "rate", "rating", "score", "temperature", "price", "percentage", "percent",
     "ratio", "weight", "height", "speed", "width", "length", "average", "mean", "gpa", "rank",
     "ranking", "latitude", "longitude", "year", "duration", "grade", "share", "density",
     "humidity", "salary", "wage", "income", "delay", "pressure", "elevation"}
)  # fmt: skip
_MOST_NAMED = 60  # more names than this cannot be read on an axis
_MOST_GROUPS = 12  # numbers that group: doors, ratings, levels
_OTHERWISE = frozenset({"measure", "size", "first", "second", "versus", "distribution", "y"})
_STACKED_IN_ROWS = frozenset({"area", "histogram", "density", "ridgeline", "line"})
_TELLING_APART = frozenset({"heatmap", "lollipop", "box", "strip", "scatter"})
_ALONG_X = frozenset({"", "bar", "line", "area", "trail", "bump", "slope", "horizon"})


def _repeats(column: Field, catalog: Catalog) -> bool:
    """Whether several rows share a value, so that counting them by it tells something."""
    rows = catalog.entities[column.table].table.row_count
    distinct = column.column.distinct
    return not rows or rows < 4 or distinct is None or distinct <= 0.7 * rows


def _few_values(column: Field) -> bool:
    return column.column.distinct is not None and column.column.distinct <= 60


def sort_out(reading: Reading, catalog: Catalog) -> Parts:
    """Put every concept in its place."""
    parts = Parts()
    concepts = without_counted(reading.concepts)
    share_places(concepts, catalog)
    spread = reading.kind.family in OF_ONE_NUMBER
    explicit = [c for c in concepts if c.aggregate or "measure" in c.roles]
    if reading.kind.family in {"", "bar", "line", "area"}:
        beside = [
            c for c in concepts
            if c.field is not None and c.field.is_measure and not c.field.is_time
            and not c.roles & {"dimension", "tooltip", "filter", "x", "color"}
        ]  # fmt: skip
        explicit += beside if len(beside) > 1 else []  # "by age: men and women side by side"
    for concept in concepts:
        roles = concept.roles
        if concept.aggregate == "sum?" and roles & {"first", "second", "versus"}:
            concept.aggregate = ""  # "between rates and the number of residents": one point a row
        if "tooltip" in roles:
            parts.tooltip.append(concept)
        if roles <= {"tooltip"} and roles:
            continue
        if not roles & STRONG and concept.candidate.score < 0.62:
            continue
        if "filter" in roles and concept.mentions == 1 and not roles & (STRONG - {"dimension"}):
            continue
        if concept.cases:
            parts.dimensions.append(replace(concept, aggregate=""))
        elif is_category(concept):
            if is_bystander(concept, concepts, reading):
                continue
            parts.dimensions.append(concept)
        elif _is_numbered_group(concept, concepts) or (
            "dimension" in roles
            and not spread
            and not concept.aggregate
            and not roles & {"measure", "size", "first", "second", "versus", "distribution"}
            and concept.field is not None
            and _few_values(concept.field)
            and [c for c in explicit if c is not concept]
        ):
            parts.dimensions.append(concept)
        elif (
            "dimension" in roles
            and not spread
            and not concept.aggregate
            and not explicit
            and reading.limit is None
            and reading.sort is None
            and concept.field is not None
            and _few_values(concept.field)
            and _repeats(concept.field, catalog)
            and may_group(concept, concepts, reading)
        ):
            parts.dimensions.append(concept)  # "students by age": the students are counted
        else:
            parts.measures.append(concept)
    parts.tooltip.sort(key=lambda c: c.tip)
    _plain_points(parts, reading)
    _spread_of_years(parts, reading)
    _share(parts, reading, catalog)
    drop_weak(parts)
    drop_unlisted(parts, reading.kind.family)
    drop_same_thing(parts, catalog)
    drop_keys_of_names(parts, catalog, reading.body)
    drop_counted_groups(parts, catalog)
    group_by_listed(parts, reading, catalog)
    _add_coloured_rows(parts, reading, catalog)
    _add_entity(parts, reading, catalog)
    _promote_x(parts, reading)
    _place(parts, reading)
    _add_time(parts, reading, catalog)
    _count_entities(parts)
    _add_compared(parts, reading, catalog)
    _count_entities(parts)
    if not parts.dimensions and not parts.measures:
        _take_anything(parts, concepts)
    for concept in parts.dimensions:
        if concept.field is not None and concept.field.date_style not in {"", "year"}:
            concept.unit = concept.unit or reading.unit
    return parts


def _plain_points(parts: Parts, reading: Reading) -> None:
    """ "The bedrooms against the total number of rooms": a total that each row has already."""
    pair = [c for c in parts.measures if c.field is not None and "tooltip" not in c.roles]
    if reading.kind.family != "scatter" or len(pair) != 2:
        return
    plain, total = sorted(pair, key=lambda c: c.aggregate == "sum")
    grouped = any("dimension" in c.roles and "color" not in c.roles for c in parts.dimensions)
    if plain.aggregate or total.aggregate != "sum" or plain.table != total.table or grouped:
        return
    total.aggregate = ""


def _spread_of_years(parts: Parts, reading: Reading) -> None:
    """ "A histogram of the years they were built in": the years are the numbers.

    So are they where points need a second number ("launch year, speed, and tonnage as the size").
    """
    points = reading.kind.family == "scatter"
    shown = [c for c in parts.measures if not c.roles & {"size", "color"}]
    if not (len(shown) == 1 if points else reading.kind.family in OF_ONE_NUMBER | {"strip"}):
        return
    if parts.measures and not points:
        return
    years = [
        c for c in parts.dimensions
        if c.field is not None and c.field.date_style == "year" and c.field.is_number_type
        and not (points and c.roles & STRONG)
    ]  # fmt: skip
    if len(years) == 1:
        parts.dimensions.remove(years[0])
        parts.measures.append(years[0])


def _is_numbered_group(concept: Concept, concepts: list[Concept]) -> bool:
    """ "Speed by number of doors": few numbers that make groups of another number."""
    column = concept.field
    if column is None or concept.aggregate or not _few_values(column):
        return False
    panels = {"row", "column", "facet"}
    if concept.roles & panels:  # "rows for income and spending" are two measures
        return not any(
            c is not concept and c.field is not None and c.field.is_measure and c.roles & panels
            for c in concepts
        )
    if "dimension" not in concept.roles or concept.roles & _OTHERWISE:
        return False
    return (column.column.distinct or 0) <= _MOST_GROUPS and any(
        c is not concept
        and c.field is not None
        and c.field.is_measure
        and "dimension" not in c.roles
        and "tooltip" not in c.roles
        for c in concepts
    )


def _share(parts: Parts, reading: Reading, catalog: Catalog) -> None:
    """A part of a whole: its share for each group, or all parts side by side."""
    if not reading.part:
        return
    column = catalog.fields.get((reading.part[0].table, reading.part[0].column))
    if column is None:
        return
    own = Candidate(0.9, field=column)
    groups = [
        c for c in parts.dimensions
        if (c.field is not None and c.candidate.label != own.label)
        or (c.field is None and c.roles & {"dimension", "x", "y", "color"})
    ]  # fmt: skip
    whole = next((c for c in reading.concepts if c.field is None and c not in groups), None)
    entity = whole.candidate if whole is not None else own
    if groups or not column.is_category:
        parts.dimensions = groups
        parts.measures = [Concept(own, 98, aggregate="share", roles={"measure"})]
        return
    reading.percent = True
    parts.dimensions = [Concept(own, 97, roles={"dimension"})]
    if entity.field is not None:
        entity = Candidate(0.9, entity=catalog.entities[column.table])
    parts.measures = [Concept(entity, 98, aggregate="count", roles={"measure"})]


def _add_entity(parts: Parts, reading: Reading, catalog: Catalog) -> None:
    """ "The top 5 products with their prices": the things themselves are the groups."""
    if parts.dimensions or reading.kind.family not in {
        "",
        "bar",
        "line",
        "area",
        "arc",
        "lollipop",
    }:
        return
    if reading.distribution and not reading.kind.family:
        return  # "the distribution of scores of wines": each wine has but one
    measured = [c for c in parts.measures if not c.is_count]
    if reading.unit and (not measured or all(c.aggregate for c in measured)):
        return  # "orders placed each year by customers": the years are the groups
    if len(parts.measures) > 1 and _add_compared_rows(parts, reading, catalog):
        return
    if len(parts.measures) != 1:
        return
    for concept in reading.concepts:
        counted = bool(parts.measures[0].is_count and parts.measures[0].table == concept.table)
        spoken = concept.field is None and not concept.is_count and not counted
        if spoken and concept.candidate.score >= 0.7:
            parts.dimensions.append(concept)
            return
    who = who_did(reading, parts.measures[0], catalog)
    if who is not None:
        parts.dimensions.append(who)
    if not measured:
        return
    column = measured[0].field
    wanted = reading.kind.family in {"bar", "lollipop", "arc"} or reading.sort is not None
    if column is None or not wanted or reading.kind.mean_line:
        return
    entity = catalog.entities[column.table]
    rows = entity.table.row_count
    if measured[0].aggregate in {"", "sum?"} and rows is not None and rows <= _MOST_NAMED:
        parts.dimensions.append(Concept(Candidate(0.7, entity=entity), 97, text=entity.table.name))


def _add_coloured_rows(parts: Parts, reading: Reading, catalog: Catalog) -> None:
    """ "The heights of the mountains, coloured by country": a bar each, the colour tells more."""
    if reading.kind.family not in {"", "bar", "lollipop"} or len(parts.measures) != 1:
        return
    column, dims = parts.measures[0].field, parts.dimensions
    if column is None or parts.measures[0].aggregate or len(dims) != 1:
        return
    color = dims[0]
    rows = catalog.entities[column.table].table.row_count
    only = "color" in color.roles and not color.roles & {"x", "y", "row", "facet"}
    spoken = any(
        c.field is None and c.table == column.table and not c.is_count for c in reading.concepts
    )
    said = {stem(word) for word in re.findall(r"\w+", parts.measures[0].text.lower())}
    spoken = spoken or set(catalog.entities[column.table].words) <= said
    if only and spoken and color.table == column.table and rows and rows <= _MOST_NAMED:
        entity = catalog.entities[column.table]
        dims.insert(0, Concept(Candidate(0.7, entity=entity), -1, text=entity.table.name))


def _add_compared_rows(parts: Parts, reading: Reading, catalog: Catalog) -> bool:
    """ "Compare entries and exits of the stations": the rows themselves are the groups."""
    tables = {c.table for c in parts.measures if c.field is not None and not c.aggregate}
    if len(tables) != 1 or any(c.aggregate or c.field is None for c in parts.measures):
        return False
    if reading.relationship or reading.kind.mean_line:
        return False
    entity = catalog.entities[tables.pop()]
    rows = entity.table.row_count
    own = set(entity.words)
    spoken = any(
        c.field is None and own <= set(catalog.entities[c.table].words) for c in reading.concepts
    )
    if not spoken or rows is None or rows > _MOST_NAMED:
        return False
    parts.dimensions.append(Concept(Candidate(0.7, entity=entity), 97, text=entity.table.name))
    return True


# Numbers in bins are what the cells are made of; they are no groups.
_BINNED = re.compile(
    r"\b(?:binned|(?:to|in|into|with|than) (?:\w+ ){0,2}?\d+ bins|bin (?:both|the|them))\b"
)


def _promote_x(parts: Parts, reading: Reading) -> None:
    """A numeric concept that is put on x while a count or total is on y is a dimension."""
    sides = [c for c in parts.measures if c.field is not None and c.field.is_measure]
    cells = reading.kind.family == "heatmap"
    binned = cells and len(sides) > 1 and _BINNED.search(reading.skeleton)
    for concept in list(parts.measures):
        if (
            concept.field is not None
            and not binned
            and not concept.aggregate
            and "x" in concept.roles
            and not concept.roles & {"first", "second", "versus"}
            and reading.kind.family in {"bar", "line", "area", "heatmap", "trail", ""}
            and not reading.relationship
            and any(c is not concept and (c.aggregate or "y" in c.roles) for c in parts.measures)
            and "y" not in concept.roles
            and not parts.dimensions
        ):
            parts.measures.remove(concept)
            parts.dimensions.append(concept)
    if (
        reading.kind.family == "heatmap"
        and not binned
        and len(parts.dimensions) < 2
        and not reading.relationship
    ):
        for concept in list(parts.measures):
            spare = len(parts.measures) > 1
            if spare and concept.field is not None and concept.roles & {"x", "y"}:
                parts.measures.remove(concept)
                parts.dimensions.append(concept)


def _place(parts: Parts, reading: Reading) -> None:
    """Find what colours, facets, sizes and labels show."""
    dimensions = parts.dimensions
    for direction in ("row", "column", "facet"):
        chosen = next((c for c in dimensions if direction in c.roles), None)
        if direction == "row" and chosen is not None and _lies_in_rows(chosen, dimensions, reading):
            chosen.roles -= {"row"}  # the rows are the bars themselves
            chosen.roles |= {"y", "dimension"}
            continue
        if direction == "column" and chosen is not None and _is_a_bar(chosen, dimensions, reading):
            chosen.roles -= {"column"}
            chosen.roles |= {"x", "dimension"}
            continue
        if chosen is not None and parts.facet is None:
            parts.facet = chosen
            upright = reading.kind.family in _STACKED_IN_ROWS
            parts.facet_direction = (
                ("row" if upright else "column") if direction == "facet" else direction
            )
    everything = [*dimensions, *parts.measures]
    colors = [c for c in everything if "color" in c.roles]
    free = [c for c in colors if not c.roles & {"x", "y"}]
    categories = [c for c in free if c in dimensions]
    parts.color = next(iter(categories or free or colors), None)
    parts.size = next((c for c in [*parts.measures, *dimensions] if "size" in c.roles), None)
    parts.label = next((c for c in everything if "label" in c.roles), None)
    loose = [c for c in dimensions if not c.roles & {"x", "y", "color"}]
    if (
        parts.facet is None
        and len(dimensions) >= 3
        and parts.color in dimensions
        and len(loose) >= 1
        and reading.kind.family in {"bar", "line", "area", ""}
        and len(_tables_of(dimensions)) >= 3
    ):
        parts.facet = max(loose, key=lambda c: c.order)
    xs = [c for c in everything if "x" in c.roles]
    ys = [c for c in everything if "y" in c.roles]
    parts.x = next((c for c in xs if "y" not in c.roles), None) or next(iter(xs), None)
    parts.y = next((c for c in ys if "x" not in c.roles and c is not parts.x), None)
    several = len(dimensions) > 1  # a list is empty while it is being sorted
    grouped = reading.kind.family == "bar" and reading.kind.stacking == "grouped"
    if reading.kind.family in _ALONG_X and not reading.kind.horizontal:
        dimensions.sort(key=lambda c: (
            c is parts.facet and several,
            c is parts.color and several and "x" not in c.roles,
            "x" not in c.roles and "y" not in c.roles,
            grouped or not (c.field is not None and c.field.is_time),
            grouped or not (c.field is not None and set(c.field.words) & _MOMENTS),
            c.order,
        ))  # fmt: skip
    else:
        dimensions.sort(key=lambda c: (
            c is parts.facet and several,
            c is parts.color and several and not c.roles & {"x", "y"},
            not c.roles & {"x", "y"},
            c.order,
        ))  # fmt: skip


_IN_ROWS = frozenset({"errorbar", "dumbbell", "lollipop"})
_A_ROW = re.compile(r"\b(?:one|a|each|single|own) rows? (?:per|for|is|=)")


def _is_a_bar(concept: Concept, dims: list[Concept], reading: Reading) -> bool:
    """ "One column per teacher", and nothing else that bars could stand for: columns are bars."""
    return reading.kind.family in {"bar", ""} and not reading.kind.facet and dims == [concept]


def _lies_in_rows(concept: Concept, dims: list[Concept], reading: Reading) -> bool:
    """ "One row per driver" where bars lie in rows: a row is a place along y, no panel."""
    kind = reading.kind
    lying = kind.family == "gantt" or (kind.family in {"bar", ""} and kind.horizontal)
    lying = lying or kind.family in _IN_ROWS or (kind.family == "" and bool(kind.error))
    others = [c for c in dims if c is not concept and "color" not in c.roles]
    if not lying or not _A_ROW.search(reading.skeleton):
        return False
    return kind.family == "gantt" or not others


def _add_compared(parts: Parts, reading: Reading, catalog: Catalog) -> None:
    """Values that are compared ("furniture and office") are told apart by colour."""
    if parts.color is not None or len(parts.dimensions) > 1:
        return
    whole = bool(reading.compared) and reading.kind.family in _TELLING_APART
    if reading.kind.family not in {"bar", "line", "area", ""} and not whole:
        return
    shown = {c.candidate.label for c in parts.dimensions}
    asked = reading.kind.family in {"line", "area"} or COMPARES.search(reading.body.lower())
    for condition in [*reading.compared, *(reading.filters if asked else ())]:
        # "of the private and public schools" is a condition, unless that is all there are
        column = catalog.fields.get((condition.table, condition.column))
        if condition.operator != "in" or column is None or column.is_time:
            continue
        candidate = Candidate(1.0, field=column)
        if candidate.label in shown:
            continue
        parts.color = Concept(candidate, 98, roles={"color", "dimension"})
        parts.dimensions.append(parts.color)
        return


def _count_entities(parts: Parts) -> None:
    """ "Orders by month": things that only stand beside the groups are counted."""
    if parts.measures or len(parts.dimensions) < 2:
        return
    loose = [
        c for c in parts.dimensions
        if c.field is None and not c.roles & (STRONG - {"distribution", "label"})
    ]  # fmt: skip
    if not loose or len(loose) == len(parts.dimensions):
        return
    parts.dimensions = [c for c in parts.dimensions if c not in loose]
    parts.measures.append(replace(loose[0], aggregate="count"))


def _take_anything(parts: Parts, concepts: list[Concept]) -> None:
    """Better a chart of what is spoken of than none."""
    for concept in concepts:
        if is_category(concept):
            parts.dimensions.append(concept)
        else:
            parts.measures.append(concept)


def _tables_of(dimensions: list[Concept]) -> set[str]:
    """The distinct things among dimensions."""
    return {c.candidate.label for c in dimensions}


_FITTED = re.compile(r"\b(?:smooth\w*|regression|loess|linear|fitted) trend ?-?lines?\b")


def _add_time(parts: Parts, reading: Reading, catalog: Catalog) -> None:
    """Over time without naming the column: the time column that lies closest."""
    placed = any("x" in c.roles and "y" not in c.roles for c in parts.dimensions)
    told = _FITTED.sub("", reading.skeleton)
    over = not placed and ("over time" in told or "trend" in told)
    wants = bool(reading.unit) or over
    if not wants or any(c.field is not None and c.field.is_time for c in parts.dimensions):
        return
    if reading.kind.family in {"scatter", "arc", "box", "histogram"} and not reading.unit:
        return
    column = time_field(
        [*reading.concepts],
        catalog,
        reading.unit or "date",
        reading.body,
        [f.table for f in [*reading.filters, *reading.compared] if f.table],
    )
    column = _moment_of(parts, reading, catalog, column)
    if column is None or any(
        c.field is not None and "of week" in " ".join(c.field.words) for c in parts.dimensions
    ):
        return
    if [c for c in parts.measures if not c.is_count]:
        parts.dimensions = [
            c
            for c in parts.dimensions
            if not only_spoken_of(c, catalog)
            and not (c.field is None and c.table == column.table and not c.roles & STRONG)
        ]  # events have a moment each ("the amounts of the payments over time")
    roles = {"dimension", *(() if column.is_time else ("moment",))}
    made = Concept(Candidate(0.7, field=column), -1, unit=reading.unit, roles=roles)
    parts.dimensions.insert(len(parts.dimensions) if placed else 0, made)


_MOMENTS = frozenset({"date", "day", "month", "year", "season", "week", "quarter"})


def _moment_of(
    parts: Parts, reading: Reading, catalog: Catalog, found: Field | None
) -> Field | None:
    """The column of the measured table that is called a date, when no real date is in it.

    Dates may be written in words ("9 June"), so that only their name tells what they are.
    """
    tables = {c.table for c in parts.measures if c.field is not None}
    if (found is not None and found.table in tables) or reading.unit or not tables:
        return found
    named = [
        f for f in catalog
        if f.table in tables and set(f.words) & _MOMENTS and not f.is_identifier
    ]  # fmt: skip
    return named[0] if named else found


def default_aggregate(column: Field) -> str:
    """Sum for amounts, mean for what does not add up (ages, rates, scores)."""
    return "avg" if _MEAN_WORDS & set(column.words) else "sum"
