"""The working state of planning: outputs with unique names, channels, titles."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from multivis.charts.demands import (
    AxisTitleDemand,
    Demands,
    LegendDemand,
    ScaleDemand,
    SchemeDemand,
    ZeroDemand,
)
from multivis.offline.catalog import Catalog, Field
from multivis.offline.concepts import Concept, Reading
from multivis.offline.counted_things import counted_noun
from multivis.offline.plan import Channel, Kind, Output
from multivis.offline.role_nouns import named_through, role_words
from multivis.offline.value_words import flag_labels, spoken_labels
from multivis.offline.words import humanise, in_plural, in_singular, slug, split_name

__all__ = ["Draft"]

_AGGREGATE_TITLES = {
    "sum": "Total", "avg": "Average", "min": "Minimum", "max": "Maximum", "median": "Median",
}  # fmt: skip
_NAME_WORDS = frozenset({"name", "title", "id", "description", "type", "code", "value", "date"})
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")  # fmt: skip


_TOLD_APART = frozenset({"color", "shape", "row", "column", "facet"})
_NAME_PARTS = frozenset({"first", "last", "family", "surname", "forename", "given"})


def _bare_title(column: Field, catalog: Catalog) -> str:
    """Whose name a column of last names holds ("Student")."""
    words = humanise(catalog.entities[column.table].table.name)
    return in_singular(words)


@dataclass
class Draft:
    """Outputs chosen so far, and what was assumed on the way."""

    catalog: Catalog
    reading: Reading
    outputs: list[Output] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)

    @property
    def demands(self) -> Demands:
        """The explicit demands of the question."""
        return self.reading.demands

    # ── outputs ─────────────────────────────────────────────────────────────────────────

    def add(self, output: Output) -> Output:
        """Add an output under a name that is not taken; the same content is added once."""
        for known in self.outputs:
            if replace(known, name="", title="") == replace(output, name="", title=""):
                return known
        name = output.name
        taken = {known.name.lower() for known in self.outputs}
        if name.lower() in taken and output.table:
            name = f"{slug(output.table)}_{name}"
        number = 2
        while name.lower() in taken:
            name = f"{output.name}_{number}"
            number += 1
        made = replace(output, name=name)
        self.outputs.append(made)
        return made

    def plain(self, column: Field, *, unit: str = "", as_category: bool = False) -> Output:
        """A column as it is, or a part of its date."""
        name, title = column.name, humanise(column.name)
        if not re.fullmatch(r"[^\W\d][\w ]*", name):
            name = re.sub(r"[\W]+", "_", name).strip("_") or "value"
            name = name if not name[0].isdigit() else f"n_{name}"
        own = self.catalog.entities[column.table].words
        if set(column.words) <= _NAME_WORDS and not set(column.words) & set(own):
            lead = in_singular(humanise(column.table))
            name, title = slug(f"{lead}_{column.name}"), f"{lead} {title}"
        kind: Kind = "nominal"
        style = column.date_style
        if unit and (style not in {"", "year"} or (style == "year" and unit == "decade")):
            name, title = slug(_UNIT_NAMES.get(unit, unit)), humanise(_UNIT_NAMES.get(unit, unit))
            kind = "temporal" if unit in {"yearmonth", "date", "week"} else "ordinal"
            if style == "ends_with_year" and unit != "decade":
                unit, kind = "year", "ordinal"
                name, title = "year", "Year"
        elif style == "year":
            unit, kind = "", "ordinal"
        elif style in {"iso"}:
            unit, kind = "", "temporal"
        elif column.is_measure and not as_category:
            kind, unit = "quantitative", ""
        elif column.is_measure:
            kind, unit = "ordinal", ""
        else:
            unit = ""
        return self.add(
            Output(
                name, column.table, column.name, time_unit=unit, kind=kind,
                numeric_text=column.numeric_text, title=title,
            )
        )  # fmt: skip

    def dimension(self, concept: Concept) -> Output:
        """What a concept groups by."""
        column = concept.field or self.catalog.display(concept.table)
        if column is None:
            return self.count(concept)
        if concept.cases:
            title = f"{humanise(column.name)} Group"
            texts = any(isinstance(value, str) for value in column.column.samples)
            return self.add(
                Output(
                    slug(title), *column.key, kind="ordinal", title=title, cases=concept.cases,
                    numeric_text=column.numeric_text or (column.date_style == "year" and texts),
                    time_unit="year" if column.date_style not in {"", "year"} else "",
                )
            )  # fmt: skip
        asked = set(split_name(concept.text))
        if concept.field is not None and not asked & {"code", "id"}:
            role, named = role_words(column, self.catalog), named_through(column, self.catalog)
            if role and named is not None and set(role) <= asked:
                return self._in_role(column, named, " ".join(role))
        if concept.field is not None and not asked & {"code", "id"} and not self._listed(column):
            column = self._told(column, self.catalog.looked_up(column))
        elif concept.field is None:
            keys = [f for f in self.catalog.of(column.table) if f.column.primary_key]
            column = self._told(keys[0], column) if len(keys) == 1 else column
        labels = spoken_labels(flag_labels(column), self.reading.body)
        if labels:
            gender = {label for _, label in labels} == {"Male", "Female"}
            title = "Gender" if gender else humanise(column.name)
            name = column.name if column.name.isidentifier() else slug(column.name)
            return self.add(Output(name, *column.key, title=title, labels=labels))
        unit = concept.unit or (self.reading.unit if column.is_time else "")
        output = self.plain(column, unit=unit, as_category=True)
        if "moment" in concept.roles and output.kind == "nominal":
            made = replace(output, kind="ordinal")  # moments in words still follow each other
            self.outputs[self.outputs.index(output)] = made
            return made
        return self._with_first_name(output, column) if not asked & _NAME_PARTS else output

    def _in_role(self, key: Field, named: Field, role: str) -> Output:
        """The names of things in the role that a key gives them ("leader")."""
        output = self.add(
            Output(slug(f"{role} name"), *named.key, title=humanise(role), via=key.key)
        )
        first = self.catalog.given_name(named)
        if first is None:
            return output
        made = replace(output, joined=first.name)
        self.outputs[self.outputs.index(output)] = made
        return made

    def _told(self, code: Field, shown: Field | None) -> Field:
        """The code of a kind or what describes it, whichever people read more easily."""
        if shown is None or "description" not in shown.words or code.is_number_type:
            return shown or code
        asked = "descri" in self.reading.body.lower()
        return shown if asked or not self.catalog.reads_well(code, shown) else code

    def _listed(self, column: Field) -> bool:
        """Whether the question lists values of the column: its codes are read as they are."""
        return any(
            f.operator == "in" and f.column == column.name
            for f in [*self.reading.compared, *self.reading.filters]
        )

    def _with_first_name(self, output: Output, column: Field) -> Output:
        """People are called by their first and last name."""
        first = self.catalog.given_name(column)
        if first is None:
            return output
        who = _bare_title(column, self.catalog)
        made = replace(output, joined=first.name, name=slug(f"{who} name"), title=f"{who} Name")
        taken = {known.name.lower() for known in self.outputs if known is not output}
        if made.name.lower() in taken:
            made = replace(made, name=output.name)
        self.outputs[self.outputs.index(output)] = made
        return made

    def count(self, concept: Concept | None = None) -> Output:
        """A number of rows."""
        what = concept.table if concept is not None else "rows"
        words = humanise(what)
        if concept is not None and concept.field is not None:
            words = humanise(concept.field.name)
        elif concept is not None:
            noun = counted_noun(concept.table, self.reading.body, self.catalog)
            words = humanise(noun) or words
        title = f"Number of {in_plural(words)}"
        table, column, aggregate = "", "", "count"
        if concept is not None and concept.table not in self.counted:
            self.counted.append(concept.table)
        if concept is not None and concept.aggregate == "count_distinct" and concept.field:
            table, column, aggregate = *concept.field.key, "count_distinct"
        return self.add(
            Output(slug(title), table, column, aggregate, kind="quantitative", title=title)
        )

    def measure(self, concept: Concept, aggregate: str = "") -> Output:
        """The value of a concept, aggregated or as it is."""
        column = concept.field
        if column is None:
            return self.count(concept)
        if aggregate in {"count", "count_distinct"}:
            return self.count(concept)
        if aggregate == "share":
            return self.share(column)
        if not aggregate:
            return self.plain(column)
        lead = _AGGREGATE_TITLES.get(aggregate, "")
        words = humanise(column.name)
        repeated = words.lower().startswith(lead.lower() + " ")
        if repeated or (aggregate == "sum" and words.lower().startswith(("total", "number"))):
            title = words
        else:
            title = f"{lead} {words}".strip()
        return self.add(
            Output(
                slug(title), column.table, column.name, aggregate, kind="quantitative",
                numeric_text=column.numeric_text, title=title,
            )
        )  # fmt: skip

    def share(self, column: Field) -> Output:
        """The part of the rows that meets the conditions of the reading's part."""
        part = tuple(self.reading.part)
        value = ", ".join(str(v) for v in part[0].values)
        signs = {"=": "", "in": "", "between": "between "}
        sign = signs.get(part[0].operator, f"{part[0].operator} ")
        if part[0].operator in {"=", "in"} and value.replace(" ", "").isalpha() and len(value) > 2:
            title = f"Share of {humanise(value)}"
        else:
            title = f"Share with {humanise(column.name)} {sign}{value}"
        for concept in self.reading.concepts:
            if concept.field is None and concept.table not in self.counted:
                self.counted.append(concept.table)
        return self.add(
            Output(slug(title), column.table, column.name, "share", kind="quantitative",
                   title=title, part=part)
        )  # fmt: skip

    # ── channels ────────────────────────────────────────────────────────────────────────

    def channel(self, name: str, output: Output, **more: Any) -> Channel:
        """A channel that shows an output, with the titles and scales that were asked for."""
        if output.time_unit == "weekday" and name in {"x", "y", "row", "column"}:
            more.setdefault("sort", WEEKDAYS)
        field = self.catalog.fields.get((output.table, output.column))
        if field is not None and output.kind == "nominal" and name in {"x", "y", "row", "column"}:
            order = _calendar_order(field)
            if order:
                more.setdefault("sort", order)
            if len(order) == len(MONTHS) and name in {"x", "y"}:
                output = replace(output, kind="ordinal")  # months follow each other
        if output.fold == "key":  # names of columns, read as words
            part = "legend" if name == "color" else "axis"
            spoken = {"labelExpr": "replace(datum.label, /_/g, ' ')"}
            if name in {"x", "y", "row", "column", "facet", "color"}:
                more[part] = {**spoken, **more.get(part, {})}
        if output.cases and name in {"x", "y", "row", "column", "color"}:
            more.setdefault("sort", tuple(case[0] for case in output.cases))
        kind = output.kind
        placed = name == "column" and not output.time_unit  # rows are names of panels
        if kind == "ordinal" and name in _TOLD_APART and not output.cases and not placed:
            kind = "nominal"  # numbers that name groups are told apart, not ranked
        made = Channel(name, output.name, kind, title=output.title, **more)
        return self.dress(made)

    def dress(self, channel: Channel) -> Channel:
        """Give a channel the titles, scales and schemes that the question demands."""
        title = channel.title
        scale = dict(channel.scale)
        for wish in self.demands.of(AxisTitleDemand):
            if wish.axis == channel.name:
                title = wish.title
        if channel.name in {"x", "y"} and channel.kind == "quantitative":
            for zero in self.demands.of(ZeroDemand):
                if zero.axis in {None, channel.name} and not zero.wanted:
                    scale["zero"] = False
            for wanted in self.demands.of(ScaleDemand):
                if wanted.axis == channel.name or (wanted.axis is None and channel.name == "y"):
                    scale["type"] = wanted.scale
        if channel.name == "color" and channel.field:
            scheme = self.demands.first(SchemeDemand)
            if scheme is not None and scheme.colours and not scheme.scheme:
                scale["range"] = list(scheme.colours)
            elif scheme is not None and scheme.scheme:
                scale["scheme"] = scheme.scheme
            legend = self.demands.first(LegendDemand)
            if legend is not None and legend.title:
                title = legend.title
            if legend is not None and not legend.wanted:
                return replace(channel, title=title, scale=scale, legend={"none": True})
        return replace(channel, title=title, scale=scale)


def _calendar_order(field: Field) -> tuple[str, ...]:
    """The order of values that are names of weekdays or months; empty for other values."""
    values = [v for v in field.column.samples if isinstance(v, str)]
    if not values or len(values) < len(field.column.samples):
        return ()
    distinct = field.column.distinct
    for names in (WEEKDAYS, MONTHS):
        for length in (None, 3):
            known = [name[:length] for name in names]
            for style in (str, str.lower, str.upper):
                written = tuple(style(name) for name in known)
                if set(values) <= set(written) and (distinct is None or distinct <= len(written)):
                    return written
    return ()


_UNIT_NAMES = {
    "year": "year", "yearmonth": "month", "month": "month", "date": "date",
    "weekday": "day of week", "day": "day of month", "hour": "hour", "quarter": "quarter",
    "week": "week", "decade": "decade",
}  # fmt: skip
