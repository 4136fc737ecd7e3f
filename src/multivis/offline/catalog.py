"""What the schema text of a brief says, with the facts that linking and planning need.

A `Catalog` knows for each column its words, its role (measure, category, time, identifier) and
how its values are written, and for tables how they join.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from multivis.offline.words import likeness, split_name
from multivis.protocols import ForeignKey, Schema, SourceColumn, Table

__all__ = ["Catalog", "Entity", "Field", "date_style", "known_values"]

_NUMBER_TEXT = re.compile(
    r"^\s*[$€£]?\s*[-+]?\d[\d,]*(?:\.\d+)?\s*(%|[^\W\d_][^\s\d()]{0,9})?\s*(?:\([^)]*\))?\s*$"
)
_PLAIN_NUMBER = re.compile(r"^\s*[-+]?\d+(?:\.\d+)?\s*$")
_ISO = re.compile(r"^\s*\d{4}-\d{1,2}(-\d{1,2})?([ T]\d{1,2}:\d{2}.*)?\s*$")
_SLASHED = re.compile(r"^\s*\d{4}([/.])\d{2}\1\d{2}\s*$")
_ENDS_WITH_YEAR = re.compile(r"^\D*\d{0,2}\D+(1[5-9]|20)\d{2}\s*$|^\d{1,2}[/.-]\d{1,2}[/.-]\d{4}$")
_YEAR_WORDS = frozenset({"year", "season"})
_MOMENT_WORDS = _YEAR_WORDS | {"start", "end", "from", "to", "since", "founded", "opened", "date"}
_TIME_WORDS = frozenset({"date", "time", "day", "month", "timestamp"})
_LABEL_WORDS = frozenset(
    [
        "code",
        "id",
        "phone",
        "number",
        "zip",
        "class",
        "level",
        "group",
        "category",
        "type",
        "status",
    ]
)


_UNNAMED = 5.0  # from this rank on, a column is no name (see `Catalog.display`)
_LAST_NAME = re.compile(r"^(.*?)(?:last|sur|family|l)name$")


def _bare(name: str) -> str:
    """A name without case and separators."""
    return re.sub(r"[\W_]+", "", name).lower()


def _known(column: SourceColumn) -> list[Any]:
    """Values that the schema shows of a column: samples, else its ends."""
    found = [v for v in column.samples if v is not None]
    return found or [v for v in (column.minimum, column.maximum) if v is not None]


def known_values(column: SourceColumn) -> list[str]:
    """The values that the schema shows of a column, as text."""
    return [str(value) for value in _known(column)]


def _is_event(words: tuple[str, ...], low: float, high: float) -> bool:
    """ "First elected", "built", "member since" with numbers like years: when it happened."""
    last = words[-1] if words else ""
    happened = (last.endswith("ed") and len(last) > 4) or last in {"build", "since", "debut"}
    return happened and low >= 1500 and high <= 2100


def date_style(column: SourceColumn) -> str:
    """How dates are written in a column.

    Returns:
        ``"year"`` (a number), ``"iso"``, ``"month_year"`` (``"2018-03"``), ``"ends_with_year"``
        (``"12 March 2018"``), or ``""`` for no date.
    """
    words = split_name(column.name)
    low, high = column.minimum, column.maximum
    is_number = isinstance(low, (int, float)) and isinstance(high, (int, float))
    if (
        not is_number
        and column.samples
        and all(isinstance(v, (int, float)) for v in column.samples)
    ):
        low, high = min(column.samples), max(column.samples)
        is_number = True
    if is_number:
        dated = words[-1:] == ("date",) and low >= 1500
        named = bool(_YEAR_WORDS & set(words)) or dated or _is_event(words, low, high)
        # The oldest of many years may lie before the year 1000, or before our era.
        year_like = 1000 <= high <= 2200 and low <= 2200 and float(low).is_integer()
        return "year" if year_like and named and (low >= 1000 or low < 0) else ""
    texts = [str(v) for v in _known(column)]
    if not texts:
        declared = column.type.upper()
        return "iso" if declared.startswith(("DATE", "TIMESTAMP")) else ""
    if all(_PLAIN_NUMBER.match(t) for t in texts):
        years = all(re.fullmatch(r"\s*(1[5-9]|20)\d{2}(\.0)?\s*", t) for t in texts)
        return "year" if years and bool(_MOMENT_WORDS & set(words)) else ""
    if sum(bool(_ISO.match(t) or _SLASHED.match(t)) for t in texts) >= 0.8 * len(texts):
        return "iso"
    if sum(bool(_ENDS_WITH_YEAR.match(t)) for t in texts) >= 0.8 * len(texts):
        return "ends_with_year"
    return "iso" if column.kind == "temporal" else ""


@dataclass(frozen=True)
class Field:
    """A column with what can be said about it."""

    table: str
    column: SourceColumn
    refers: bool = False
    """Whether it refers to the rows of another table."""
    part_of_key: bool = False
    """Whether it is one of several columns of a key."""

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def key(self) -> tuple[str, str]:
        """Table and column."""
        return self.table, self.column.name

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the name, as stems."""
        return split_name(self.column.name)

    @cached_property
    def date_style(self) -> str:
        """How its dates are written; see `date_style`."""
        return date_style(self.column)

    @cached_property
    def date_separator(self) -> str:
        """What stands between the parts of its dates where it is no hyphen ("2003/01/04")."""
        found = [match for text in known_values(self.column) if (match := _SLASHED.match(text))]
        return found[0].group(1) if found and self.date_style == "iso" else ""

    @cached_property
    def is_identifier(self) -> bool:
        """Whether its values only tell rows apart."""
        if not self.words:
            return False
        if self.refers and self.is_number_type and not self.date_style:
            return True
        return self.words[-1] in {"id", "key"} or (
            self.column.primary_key
            and not self.part_of_key
            and self.column.type.upper().startswith("INT")
        )

    @cached_property
    def numeric_text(self) -> bool:
        """Whether it is text that holds numbers ("5,500", "3.2 m")."""
        if self.is_number_type or self.date_style:
            return False
        texts = [str(v) for v in _known(self.column) if v != ""]
        if not texts or (_LABEL_WORDS | {"name", "title"}) & set(self.words[-1:]):
            return False
        found = [match for t in texts if (match := _NUMBER_TEXT.match(t))]
        units = {match.group(1) for match in found}
        return len(found) >= 0.8 * len(texts) and len(units) == 1

    @cached_property
    def whole_text(self) -> bool:
        """Whether the text holds whole numbers only, as far as all its values are known."""
        texts = known_values(self.column)
        distinct = self.column.distinct
        known = distinct is not None and self.column.exact and distinct <= len(set(texts))
        return bool(known and texts and all(re.fullmatch(r"\s*-?\d+\s*", t) for t in texts))

    @cached_property
    def is_number_type(self) -> bool:
        """Whether the engine holds numbers in it."""
        declared = self.column.type.upper()
        known = _known(self.column)
        if known:
            return all(isinstance(v, (int, float)) for v in known)
        return bool(
            re.match(
                r"U?(TINY|SMALL|BIG|HUGE|MEDIUM)?INT|REAL|FLOAT|DOUBLE|DEC|NUM|MONEY", declared
            )
        )

    @cached_property
    def is_measure(self) -> bool:
        """Whether adding or averaging it makes sense."""
        if self.is_identifier or (self.words and self.words[-1] == "code"):
            return False
        return self.is_number_type or self.numeric_text

    @cached_property
    def is_time(self) -> bool:
        """Whether it is a date, a time or a year."""
        return bool(self.date_style)

    @cached_property
    def is_category(self) -> bool:
        """Whether it groups rows."""
        return not self.is_measure and not self.is_time


@dataclass(frozen=True)
class Entity:
    """A table as a thing that can be counted and named."""

    table: Table

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of its name."""
        return split_name(self.table.name)


def _same_keys(schema: Schema) -> Iterator[ForeignKey]:
    """References that a schema does not declare: a column called as the key of one other table.

    Only keys with a name of their own count ("region_code", not "id").
    """
    keys: dict[str, list[tuple[str, str]]] = {}
    for table in schema.tables:
        primary = [column.name for column in table.columns if column.primary_key]
        if len(primary) == 1 and len(split_name(primary[0])) > 1:
            keys.setdefault(primary[0].lower(), []).append((table.name, primary[0]))
    declared = {(key.table, key.column) for key in schema.foreign_keys}
    joined = {frozenset((key.table, key.to_table)) for key in schema.foreign_keys}
    for table in schema.tables:
        for column in table.columns:
            homes = keys.get(column.name.lower(), [])
            if len(homes) != 1 or column.primary_key or (table.name, column.name) in declared:
                continue
            home, key = homes[0]
            if home != table.name and frozenset((home, table.name)) not in joined:
                yield ForeignKey(table.name, column.name, home, key, inferred=True, confidence=0.8)


class Catalog:
    """Tables, fields and joins of a schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        references = {
            (key.table, key.column) for key in schema.foreign_keys
            if not key.inferred and key.to_table != key.table
        }  # fmt: skip
        self.fields: dict[tuple[str, str], Field] = {
            (table.name, column.name): Field(
                table.name,
                column,
                (table.name, column.name) in references,
                column.primary_key and sum(c.primary_key for c in table.columns) > 1,
            )
            for table in schema.tables
            for column in table.columns
        }
        self.entities = {table.name: Entity(table) for table in schema.tables}
        self._edges: dict[str, list[tuple[float, str, ForeignKey]]] = {}
        pairs = [(key.table, key.to_table) for key in schema.foreign_keys]
        self.spoken: frozenset[str] = frozenset()
        """Tables that the question speaks of; joins go through them rather than through others."""
        for key in [*schema.foreign_keys, *_same_keys(schema)]:
            if key.table not in self.entities or key.to_table not in self.entities:
                continue
            cost = 1.0 if not key.inferred else 1.0 + (1.0 - key.confidence) + 0.1
            if pairs.count((key.table, key.to_table)) > 1:
                # Of two keys the one of the same name; "likes" are those of who likes.
                own = self.entities[key.table].words
                words = set(split_name(key.column)) - {"id"}
                cost += 0.01 * (key.column.lower() != key.to_column.lower())
                cost += 0.02 * any(likeness(a, b) >= 0.9 for a in words for b in own)
            self._edges.setdefault(key.table, []).append((cost, key.to_table, key))
            self._edges.setdefault(key.to_table, []).append((cost, key.table, key))

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields.values())

    def of(self, table: str) -> list[Field]:
        """The fields of a table."""
        return [field for field in self if field.table == table]

    def display(self, table: str) -> Field | None:
        """The column that names the rows of a table to people; else its key."""
        fields = self.of(table)
        own = set(self.entities[table].words) if table in self.entities else set()

        def rank(field: Field) -> tuple[float, int]:
            words = field.words
            score = 9.0
            if words == ("name",) or (words[-1:] == ("name",) and set(words[:-1]) <= own):
                score = 0.0
            elif words == ("title",) or (words[-1:] == ("title",) and set(words[:-1]) <= own):
                score = 1.0
            elif (
                set(words) == own
                and field.is_category
                and not field.is_identifier
                and not (field.column.primary_key and len(fields) > 1)
            ):
                score = 0.5
            elif (
                words
                and words[-1] in {"name", "title"}
                and not set(words[:-1])
                & {"first", "last", "middle", "given", "family", "nick", "user", "login"}
            ):
                score = 2.0
            elif words[-1:] == ("description",) and own & set(words):
                score = 3.0
            elif words[-1:] == ("name",) and set(words) & {"first", "last", "middle", "user"}:
                score = 4.0 if "last" in words else 4.5
            elif words and words[-1] in {"description", "code", "model", "label"}:
                score = 5.0
            elif field.column.primary_key:
                score = 6.0
            elif field.is_category and not field.is_identifier:
                distinct, rows = field.column.distinct, self.entities[table].table.row_count
                score = 5.5 if distinct and rows and distinct >= 0.9 * rows else 7.0
            return score, fields.index(field)

        best = min(fields, key=rank, default=None)
        if best is not None and rank(best)[0] >= _UNNAMED:
            return self._named_elsewhere(table) or self._head_of_link(table) or best
        return best

    def _named_elsewhere(self, table: str) -> Field | None:
        """The name that the rows of a table have in another one: a gymnast is a person."""
        rows = self.entities[table].table.row_count
        for key in self.schema.foreign_keys:
            field = self.fields.get((key.table, key.column))
            other = self.of(key.to_table) if key.to_table in self.entities else []
            if key.table != table or field is None or key.to_table == table:
                continue
            unique = field.column.primary_key or (rows and (field.column.distinct or 0) >= rows)
            primary = [f for f in self.of(table) if f.column.primary_key]
            if not unique or (field.column.primary_key and len(primary) > 1):
                continue
            named = [f for f in other if f.words in {("name",), ("title",)} and f.is_category]
            if named:
                return named[0]
        return None

    def _head_of_link(self, table: str) -> Field | None:
        """The name of what a table of pairs ends with: a film category is a category."""
        own = self.entities[table].words
        keys = [k for k in self.schema.foreign_keys if k.table == table and k.to_table != table]
        linked = {k.column for k in keys}
        rest = [f for f in self.of(table) if f.name not in linked and not f.is_time]
        if len({k.to_table for k in keys}) < 2 or rest:
            return None
        for key in keys:
            entity = self.entities.get(key.to_table)
            shorter = entity is not None and len(entity.words) < len(own)
            if entity is not None and shorter and entity.words == own[-len(entity.words) :]:
                return self.display(key.to_table)
        # "has amenity" pairs rooms with amenities, also where those are "hotel amenities"
        linked_things = [k.to_table for k in keys if own and k.to_table in self.entities]
        heads = [t for t in linked_things if self.entities[t].words[-1:] == own[-1:]]
        return self.display(heads[0]) if len(heads) == 1 else None

    def given_name(self, field: Field) -> Field | None:
        """The first names that belong to a column of last names, if there are any."""
        found = _LAST_NAME.match(_bare(field.name))
        if found is None:
            return None
        wanted = {found.group(1) + word for word in ("firstname", "fname", "forename", "givenname")}
        return next((f for f in self.of(field.table) if _bare(f.name) in wanted), None)

    def looked_up(self, field: Field) -> Field | None:
        """The readable column of the table that a code refers to, if there is one."""
        if field.words[-1:] in {("id",), ("key",)}:
            return None
        for key in self.schema.foreign_keys:
            if (key.table, key.column) != field.key or key.to_table not in self.entities:
                continue
            pair = (key.table, key.to_table)
            if sum((k.table, k.to_table) == pair for k in self.schema.foreign_keys) > 1:
                return None  # a join could take the other key (origin and destination)
            shown = self.display(key.to_table)
            if shown is None or shown.name == key.to_column or not shown.is_category:
                return None
            told = {"name", "description", "title"} & set(shown.words)
            if shown.is_identifier or not (told or field.is_identifier):
                return None
            return shown
        return None

    def reads_well(self, code: Field, description: Field) -> bool:
        """Whether codes tell people more than their description, or as much.

        They do where they are words ("Paper"), and where descriptions are the same for several
        codes or are letters only; "PUR" and "5" need one.
        """
        codes, told = known_values(code.column), known_values(description.column)
        if not codes or not told:
            return False
        distinct, rows = description.column.distinct, code.column.distinct
        if (distinct and rows and distinct < rows) or max(len(text) for text in told) < 2:
            return True
        words = [text for text in codes if len(text) > 2 and re.search("[a-z]{2}", text)]
        return len(words) >= 0.5 * len(codes)

    def path(self, start: Iterable[str], goal: str) -> list[ForeignKey] | None:
        """The cheapest chain of keys from any of the tables to `goal`; None if there is none."""
        queue: list[tuple[float, int, str, tuple[ForeignKey, ...]]] = []
        order = 0
        for table in start:
            heapq.heappush(queue, (0.0, order, table, ()))
            order += 1
        done: set[str] = set()
        while queue:
            cost, _, table, keys = heapq.heappop(queue)
            if table == goal:
                return list(keys)
            if table in done:
                continue
            done.add(table)
            for step, neighbour, key in self._edges.get(table, ()):
                if neighbour not in done:
                    order += 1
                    step += 0.0 if not self.spoken or neighbour in self.spoken else 0.03
                    heapq.heappush(queue, (cost + step, order, neighbour, (*keys, key)))
        return None

    def other_parts(self, key: ForeignKey) -> list[ForeignKey]:
        """The other columns of a key of several columns.

        Two keys to the same column (the home and the away team) are two keys; keys to different
        columns of one table (building and room) are parts of one.
        """
        parts: dict[str, ForeignKey] = {}
        for other in self.schema.foreign_keys:
            same = (other.table, other.to_table) == (key.table, key.to_table)
            if not same or other.inferred or key.inferred or other.table == other.to_table:
                continue
            if other.to_column == key.to_column:
                if other.column != key.column:
                    return []
                continue
            if other.column == key.column or other.to_column in parts:
                return []
            parts[other.to_column] = other
        return list(parts.values())

    def distance(self, start: Iterable[str], goal: str) -> float:
        """Number of joins to get to `goal`; infinite when the tables do not join."""
        keys = self.path(start, goal)
        return float("inf") if keys is None else float(len(keys))

    def join_tree(self, tables: Iterable[str]) -> tuple[str, list[ForeignKey], list[str]]:
        """First table, keys in the order of joining, and tables that cannot be reached."""
        wanted = list(dict.fromkeys(tables))
        if not wanted:
            return "", [], []

        def links(table: str) -> int:
            """How many of the other tables it refers to; a link joins them."""
            return len({
                k.to_table for k in self.schema.foreign_keys
                if k.table == table and k.to_table in wanted and k.to_table != table
            })  # fmt: skip

        def first(table: str) -> tuple[bool, str]:
            return links(table) < 2, table

        reached = {wanted[0]}
        keys: list[ForeignKey] = []
        lost: list[str] = []
        rest = wanted[1:]
        while rest:
            paths = [(self.path(sorted(reached, key=first), table), table) for table in rest]
            found = [
                (len(path), links(table) < 2, index)
                for index, (path, table) in enumerate(paths) if path is not None
            ]  # fmt: skip
            if not found:
                lost.extend(rest)
                break
            *_, index = min(found)
            path, _ = paths[index]
            for key in path or ():
                if key not in keys:
                    keys.append(key)
                reached |= {key.table, key.to_table}
            rest = [name for name in rest if name not in reached]
        return wanted[0], keys, lost
