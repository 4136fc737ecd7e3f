"""Bars that run from one value to another: the least and the greatest of each group."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from multivis.offline.catalog import Field
from multivis.offline.concepts import Concept
from multivis.offline.draft import Draft
from multivis.offline.grain import is_fine
from multivis.offline.kind_labels import NO_LABELS
from multivis.offline.pairs import asks_for_range
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Layer, Output, Plan, Query
from multivis.offline.shapes import single
from multivis.offline.words import split_name

__all__ = ["as_measure", "named_ends", "range_bars"]

_LOW_WORDS = "lowest low min minimum least smallest lower cheapest youngest start first"
_HIGH_WORDS = "highest high max maximum most largest upper dearest oldest end last"
_LOW, _HIGH = (frozenset(map("".join, map(split_name, text.split()))) for text in
               (_LOW_WORDS, _HIGH_WORDS))  # fmt: skip
_SPANNING = re.compile(
    r"\bbar chart with a range\b|\b(?:range|floating|span) bars?\b"
    r"|\bbars? (?:that |which |should )?(?:run|reach|stretch|go|span|extend)\w* (?:\w+ ){0,2}?"
    r"from\b"
    r"|\bbars? (?:running |going |drawn )?from (?:the |its |their |each \w+'s )?"
    r"(?:lowest|min|least|smallest|youngest|cheapest)"
)
# "They go from the lowest … to the highest": with both ends named, any bar that moves spans them
_MOVES = re.compile(
    r"\b(?:bars?|columns?|they|each|it|one)\b[^.?!]{0,60}?\b(?:from|to|span\w*|rang\w*|between)\b|"
    r"\brange of\b|\b[a-z]+ range\b"
)
# "Lowest to highest price": both ends of one number, told as one stretch.
_STRETCH = re.compile(
    r"\b(?:lowest|min(?:imum)?|smallest|cheapest|youngest|shortest|least|earliest|slowest) to "
    r"(?:the )?(?:highest|max(?:imum)?|largest|dearest|oldest|longest|most|latest|fastest) \w"
)
# "… sorted from highest to lowest" is an order, as is what names no thing behind its end.
_ORDER = re.compile(
    r"\b(?:sort|order|arrang|rank)\w*\b[^.?!]*|\b(?:highest|largest|biggest|most|oldest|longest)\b"
    r"[^.?!]{0,30}?\bto (?:the )?(?:lowest|smallest|least|fewest|youngest|shortest)\b|"
    r"\bto (?:the )?(?:highest|largest|biggest|most|oldest|longest)(?=[.,;!?]|$| and )"
)


def range_bars(draft: Draft, parts: Parts) -> Plan | None:
    """Bars from the lesser to the greater value of each group; None where none are asked for."""
    body = draft.reading.body.lower()
    said = next((c for c in parts.measures if c.aggregate == "range"), None)
    if draft.reading.kind.error or not parts.dimensions:
        return None
    unsorted = _ORDER.sub(" ", body)
    moving = bool(_MOVES.search(body)) and asks_for_range(unsorted)
    moving = moving or bool(_STRETCH.search(unsorted))
    if said is None and not moving and not _SPANNING.search(body):
        return None
    kept = list(draft.outputs)
    columns = [c for c in parts.dimensions if c.field is not None]
    thing = (columns or parts.dimensions)[0]  # "the branches in each city": a bar for each city
    group = draft.dimension(thing)
    ends = _ends(draft, parts, thing, said)
    if ends is None:
        draft.outputs[:] = kept
        return None
    low, high = ends
    # Such bars lie, with the names beside them, unless words or moments place them.
    stands = "x" in thing.roles or any("y" in c.roles for c in parts.measures)
    stands = stands or bool(re.search(r"\bvertical|\bupright|\bcolumns\b", body))
    moments = group.kind == "temporal" and not draft.reading.kind.horizontal
    horizontal = not (stands or moments)
    along, up = ("y", "x") if horizontal else ("x", "y")

    # Such bars begin nowhere in particular: as in the gallery, both ends tell their value.
    plain = NO_LABELS.search(body) or re.search(r"\bgantt\b|\bfloating\b", body)
    written = draft.reading.kind.labels or not plain
    # The text of the lower ends stands left of the bars: the names make room for it.
    room: dict[str, Any] = (
        {"axis": {"offset": 36, "ticks": False, "domain": False}} if written and horizontal else {}
    )

    def place(output: Output) -> tuple[Channel, ...]:
        both = (draft.channel(along, group, **room), draft.channel(up, output))
        return tuple(sorted(both, key=lambda c: c.name))

    layers = [Layer("bar", channels=(*place(low), Channel(up + "2", high.name)))]
    if written:
        for output, sign in ((low, -1), (high, 1)):
            options: dict[str, Any] = (
                {"align": "right" if sign < 0 else "left", "dx": 4 * sign}
                if horizontal
                else {"dy": -8 * sign}
            )
            text = Channel("text", output.name, output.kind)
            layers.append(Layer("text", options, (*place(output), text)))
    return replace(single("range bar chart", *layers), query=Query(outputs=tuple(draft.outputs)))


def _ends(
    draft: Draft, parts: Parts, thing: Concept, said: Concept | None
) -> tuple[Output, Output] | None:
    """The two values: of one column, of two columns that are named, or of a pair of columns."""
    if said is not None:
        return draft.measure(said, "min"), draft.measure(said, "max")
    numbers = [c for c in parts.measures if c.field is not None and c.field.is_measure]
    named = list({c.field.key: c for c in numbers if c.field is not None}.values())
    if len(named) == 2:
        first, second = sorted(named, key=_height)
        pair = first, second
    elif len(named) == 1 and (other := _counterpart(draft, named[0])) is not None:
        pair = _in_order(named[0], other)
    elif len(named) == 1:
        return draft.measure(named[0], "min"), draft.measure(named[0], "max")
    elif (columns := named_ends(draft, thing.table)) is not None:
        low, high = columns
        pair = as_measure(thing, low), as_measure(thing, high)
    else:
        return None
    coarse = [not is_fine([thing], c, draft.catalog, draft.reading.filters) for c in pair]
    if any(coarse):  # several rows of each thing: the least of the one, the greatest of the other
        return draft.measure(pair[0], "min"), draft.measure(pair[1], "max")
    return draft.measure(pair[0], ""), draft.measure(pair[1], "")


def as_measure(thing: Concept, field: Field) -> Concept:
    """A column of a thing as a measure."""
    candidate = replace(thing.candidate, field=field, entity=None)
    return Concept(candidate, thing.order, text=field.name)


def _height(concept: Concept) -> int:
    """-1 for what is called low, 1 for what is called high, 0 for the rest."""
    words = set(concept.field.words) if concept.field is not None else set()
    return -1 if words & _LOW else int(bool(words & _HIGH))


def _in_order(one: Concept, other: Concept) -> tuple[Concept, Concept]:
    return (one, other) if _height(one) <= _height(other) else (other, one)


def _counterpart(draft: Draft, concept: Concept) -> Concept | None:
    """The column of the same table that is the other end of this one ("low …", "high …")."""
    field = concept.field
    assert field is not None
    for mine, theirs in ((_LOW, _HIGH), (_HIGH, _LOW)):
        ends = set(field.words) & mine
        rest = set(field.words) - ends
        if not ends:
            continue
        for other in draft.catalog.of(field.table):
            words = set(other.words)
            if other.is_measure and words & theirs and words - theirs == rest:
                return replace(concept, candidate=replace(concept.candidate, field=other))
    return None


def named_ends(draft: Draft, table: str) -> tuple[Field, Field] | None:
    """Columns of a table that are called by ends alone ("lowest", "highest"), if words ask so."""
    if not asks_for_range(draft.reading.body):
        return None
    columns = [f for f in draft.catalog.of(table) if f.is_measure]
    low = next((f for f in columns if set(f.words) & _LOW), None)
    high = next((f for f in columns if set(f.words) & _HIGH), None)
    return (low, high) if low is not None and high is not None else None
