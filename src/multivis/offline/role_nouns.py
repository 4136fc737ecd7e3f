"""Nouns that say in which role another table's rows take part: the leader or helper of a walk.

`walks.leader_id` and `walks.helper_id` both refer to rangers; "walks per leader" speaks of rangers,
by the name of the column that refers to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from multivis.offline.catalog import Catalog, Field
from multivis.offline.plan import Output
from multivis.offline.value_lists import Word
from multivis.protocols import ForeignKey

__all__ = ["in_roles", "named_through", "role_mentions", "role_words", "roles_apart"]

_CODES = frozenset({"id", "key", "code", "no", "num", "number", "ref", "fk", "ssn"})
_MOMENTS = frozenset({"start", "end", "first", "last", "from", "to", "date", "time", "type"})


def _reference(field: Field, catalog: Catalog) -> ForeignKey | None:
    """The declared key of one column that a column is."""
    keys = [
        k for k in catalog.schema.foreign_keys
        if (k.table, k.column) == field.key and not k.inferred and k.to_table in catalog.entities
    ]  # fmt: skip
    return keys[0] if len(keys) == 1 and not catalog.other_parts(keys[0]) else None


def role_words(field: Field, catalog: Catalog) -> tuple[str, ...]:
    """The words of a reference that are not those of what it refers to ("leader").

    Args:
        field: A column.
        catalog: The schema.

    Returns:
        No words where it is no reference, is called as what it refers to, or where nothing there
        has a name for people.
    """
    key = _reference(field, catalog) if field.refers else None
    if key is None or named_through(field, catalog) is None:
        return ()
    known = {*_CODES, *catalog.entities[key.to_table].words}
    target = catalog.fields.get((key.to_table, key.to_column))
    known |= set(target.words) if target is not None else set()
    rest = tuple(word for word in field.words if word not in known)
    telling = [word for word in rest if len(word) > 3 and word not in _MOMENTS]
    return rest if telling and len(telling) == len(rest) else ()


def named_through(field: Field, catalog: Catalog) -> Field | None:
    """The name of what a reference refers to, or None."""
    key = _reference(field, catalog) if field.refers else None
    shown = catalog.display(key.to_table) if key is not None else None
    if key is None or shown is None or shown.table != key.to_table:
        return None
    plain = shown.is_category and not shown.is_identifier and shown.name != key.to_column
    return shown if plain else None


_ROLE = 0.95  # less than a column that is called so


def role_mentions(
    words: Sequence[Word], catalog: Catalog
) -> Iterator[tuple[float, int, int, Field]]:
    """ "Walks per leader": where a question says a role, and how sure it is.

    Args:
        words: The words of the question.
        catalog: The schema.
    """
    tables = {word for entity in catalog.entities.values() for word in entity.words}
    for field in catalog:
        role = role_words(field, catalog)
        if not role or tables & set(role):
            continue
        for start in range(len(words) - len(role) + 1):
            end = start + len(role)
            if tuple(word.stem for word in words[start:end]) == role:
                yield _ROLE, start, end, field


def in_roles(
    keys: Sequence[ForeignKey], outputs: Sequence[Output], catalog: Catalog
) -> list[ForeignKey]:
    """The keys of a join, each by way of the role in which what it leads to is shown.

    Args:
        keys: The keys, in the order of joining.
        outputs: What is shown.
        catalog: The schema.
    """
    made = list(keys)
    for table in dict.fromkeys(o.table for o in outputs if o.via):
        wanted = [o.via for o in outputs if o.via and o.table == table]
        for place, key in enumerate(made):
            if key.to_table != table or key.table != wanted[0][0]:
                continue
            if any((k.table, k.column) == wanted[0] for k in made):
                break
            other = roles_apart({wanted[0]: ""}, catalog)
            made[place : place + 1] = other
            break
    return made


def roles_apart(wanted: Iterable[tuple[str, ...]], catalog: Catalog) -> list[ForeignKey]:
    """The keys of the columns that are given as (table, column)."""
    keys = {(k.table, k.column): k for k in reversed(catalog.schema.foreign_keys)}
    return [keys[column] for column in wanted if column in keys]
