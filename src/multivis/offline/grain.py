"""Whether groups tell every row apart, so that nothing has to be combined."""

from __future__ import annotations

from collections.abc import Sequence

from multivis.offline.catalog import Catalog, Field
from multivis.offline.concepts import Concept
from multivis.offline.linking import Candidate
from multivis.offline.plan import Filter

__all__ = [
    "belongs_to",
    "is_fine",
    "is_unique",
    "kinds_spoken_of",
    "numbers_of_one_row",
    "owner_of",
    "take_own_columns",
]


def is_fine(
    dimensions: Sequence[Concept],
    measure: Concept,
    catalog: Catalog,
    filters: Sequence[Filter] = (),
) -> bool:
    """Whether the dimensions tell every row of the measure apart, so that nothing is summed.

    Args:
        dimensions: What the rows are grouped by.
        measure: What is measured.
        catalog: The schema.
        filters: Conditions on the rows; one with a single value settles its column.
    """
    column = measure.field
    if column is None:
        return False
    shown = [
        key for c in dimensions
        if not c.unit and not c.cases
        and (key := c.field or catalog.display(c.table)) is not None
    ]  # fmt: skip
    if any(key.table == column.table and is_unique(key, catalog) for key in shown):
        return True
    named = {key.table for key in shown if is_unique(key, catalog)}
    for link in catalog.schema.foreign_keys:  # a gymnast is one person
        field = catalog.fields.get((link.table, link.column))
        joined = link.table == column.table and link.to_table in named
        if joined and field is not None and is_unique(field, catalog):
            return True
    return _covers_key(column.table, [*shown, column], catalog, filters)


def is_unique(key: Field, catalog: Catalog) -> bool:
    """Whether no two rows of its table share a value."""
    primary = [f for f in catalog.of(key.table) if f.column.primary_key]
    if primary == [key]:
        return True
    rows = catalog.entities[key.table].table.row_count
    distinct = key.column.distinct
    return bool(rows) and distinct is not None and distinct >= (rows or 0)


def _covers_key(
    table: str, shown: Sequence[Field], catalog: Catalog, filters: Sequence[Filter]
) -> bool:
    """Whether every part of a key of several columns is shown or settled by a condition."""
    primary = [f for f in catalog.of(table) if f.column.primary_key]
    if len(primary) < 2:
        return False
    settled = {
        (f.table, f.column) for f in filters
        if f.operator == "=" and len(f.values) == 1 and not f.time_unit and not f.aggregate
    }  # fmt: skip
    known = settled | {key.key for key in shown}
    told = {key.table for key in shown if is_unique(key, catalog)}
    for part in primary:
        if part.key in known:
            continue
        links = [k for k in catalog.schema.foreign_keys if (k.table, k.column) == part.key]
        if not any(k.to_table in told or (k.to_table, k.to_column) in known for k in links):
            return False
    return True


def numbers_of_one_row(x: Concept, y: Concept, dims: Sequence[Concept]) -> bool:
    """Whether "the total number of rooms" beside a plain number of the same thing is its own
    column too, when colours alone tell the points apart."""
    how = {x.aggregate, y.aggregate}
    if x.field is None or y.field is None or x.table != y.table or x.field is y.field:
        return False
    if "sum" not in how or not how <= {"sum", "", "sum?"} or how == {"sum"}:
        return False
    told = {"color", "shape", "label"}
    return all(c.roles & told and c not in (x, y) for c in dims)


def owner_of(
    x: Concept,
    y: Concept,
    dims: Sequence[Concept],
    catalog: Catalog,
    size: Concept | None = None,
) -> Concept | None:
    """The thing that has a point each where some numbers are its own and the other is put together
    from rows that belong to it ("age against the number of loans": of each reader).

    Args:
        x: One number.
        y: The other.
        dims: What else is shown.
        catalog: The schema.
        size: What the size of the points shows, where it is a number too.
    """
    shown = [x, y, *([size] if size is not None and size not in (x, y) else [])]
    made = [c for c in shown if c.is_count or c.aggregate not in {"", "sum?"}]
    own = [c for c in shown if c not in made]
    column = own[0].field if own else None
    if len(made) != 1 or column is None or not column.is_measure:
        return None
    if any(c.field is None or c.table != column.table for c in own):
        return None
    if not _belongs(made[0].table, column.table, catalog):
        return None
    for concept in dims:
        told = concept.roles & {"color", "shape", "label", "row", "column", "facet"}
        if concept.field is not None and concept.roles <= {"said"}:
            continue  # only touched on
        itself = concept.table == column.table and (concept.field is None or told)
        if not itself and not (told and _belongs(column.table, concept.table, catalog)):
            return None
    for concept in dims:
        if concept.field is None and concept.table == column.table:
            return concept
    return Concept(Candidate(0.7, entity=catalog.entities[column.table]), -1)


def _belongs(table: str, owner: str, catalog: Catalog) -> bool:
    """Whether each row of a table has at most one row of another."""
    keys = catalog.path([table], owner)
    if table == owner or not keys:
        return False
    for key in keys:
        if key.table != table:
            return False
        table = key.to_table
    return table == owner


def belongs_to(table: str, owner: str, catalog: Catalog) -> bool:
    """Whether each row of a table has exactly one row of another, or is one itself."""
    return table == owner or _belongs(table, owner, catalog)


def kinds_spoken_of(
    concepts: Sequence[Concept], tables: Sequence[str], catalog: Catalog
) -> list[str]:
    """Tables that must take part because the things spoken of are only some of the rows.

    "The heights of the climbers" are columns of people, of those who are climbers.

    Args:
        concepts: What the question speaks of.
        tables: The tables whose columns are shown.
        catalog: The schema.
    """
    made = []
    for concept in concepts:
        if concept.field is not None or concept.aggregate or concept.candidate.score < 0.9:
            continue
        rows = catalog.entities[concept.table].table.row_count
        for key in catalog.schema.foreign_keys:
            field = catalog.fields.get((key.table, key.column))
            if key.table != concept.table or key.to_table not in tables or field is None:
                continue
            whole = catalog.entities[key.to_table].table.row_count
            some = rows is not None and whole is not None and rows < whole
            if concept.table not in tables and some and is_unique(field, catalog):
                made.append(concept.table)
                break
    return list(dict.fromkeys(made))


def take_own_columns(
    dims: Sequence[Concept], measures: Sequence[Concept], catalog: Catalog
) -> None:
    """Let what is measured be grouped by its own column where one is called like a far one.

    "Parcels by service code": parcels hold the code; the services lie several joins away.
    """
    tables = {c.table for c in measures}
    if len(tables) != 1:
        return
    table = next(iter(tables))
    for concept in dims:
        column = concept.field
        if column is None or column.table == table or len(column.words) < 2:
            continue
        own = catalog.fields.get((table, column.name))
        path = catalog.path([table], column.table)
        joined = path is not None and len(path) == 1 and path[0].table == table and any(
            (k.column, k.to_column) == (column.name, column.name)
            for k in [*path, *catalog.other_parts(path[0])]
        )  # fmt: skip
        if own is not None and (path is None or len(path) > 1 or joined):
            concept.candidate = Candidate(concept.candidate.score, field=own)
