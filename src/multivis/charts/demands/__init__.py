"""What a question asks for in so many words: `read_demands`.

Only what is explicit is read: every demand carries the span of the question it was read from
and a confidence. Nothing here knows a schema; phrases such as "the airport names" are left for
schema linking. Reading never fails and takes time linear in the length of the question.

The checks compare a chart with the demands; the offline model plans from the same ones.
"""

from __future__ import annotations

from dataclasses import replace

from multivis.charts.demands.model import (
    AxisContentDemand,
    AxisTitleDemand,
    BinsDemand,
    ChartDemand,
    ColourByDemand,
    ColourDemand,
    Demand,
    Demands,
    FacetDemand,
    GridDemand,
    InteractionDemand,
    LabelsDemand,
    LegendDemand,
    LimitDemand,
    LineStyleDemand,
    MarkDemand,
    MarkSizeDemand,
    OpacityDemand,
    OrientationDemand,
    ReferenceLineDemand,
    ScaleDemand,
    SchemeDemand,
    SizeDemand,
    SortDemand,
    StackDemand,
    TimeUnitDemand,
    TitleDemand,
    TooltipDemand,
    ZeroDemand,
)

__all__ = [
    "AxisContentDemand",
    "AxisTitleDemand",
    "BinsDemand",
    "ChartDemand",
    "ColourByDemand",
    "ColourDemand",
    "Demand",
    "Demands",
    "FacetDemand",
    "GridDemand",
    "InteractionDemand",
    "LabelsDemand",
    "LegendDemand",
    "LimitDemand",
    "LineStyleDemand",
    "MarkDemand",
    "MarkSizeDemand",
    "OpacityDemand",
    "OrientationDemand",
    "ReferenceLineDemand",
    "ScaleDemand",
    "SchemeDemand",
    "SizeDemand",
    "SortDemand",
    "StackDemand",
    "TimeUnitDemand",
    "TitleDemand",
    "TooltipDemand",
    "ZeroDemand",
    "read_demands",
]

LONGEST = 20_000  # characters that are read; a question is far shorter


def read_demands(question: str) -> Demands:
    """Read the explicit wishes of a question.

    Args:
        question: Any text; beyond 20,000 characters it is not read.

    Returns:
        The demands in the order of the question. Any text gives an answer; nothing raises.
    """
    from multivis.charts.demands import amounts, details, forms
    from multivis.charts.demands.contrast import without_unwanted
    from multivis.charts.demands.text import Text

    plain, places = _single_spaced(question[:LONGEST])
    text = Text(plain)
    found: dict[tuple[object, ...], Demand] = {}
    for reader in (*forms.READERS, *amounts.READERS, *details.READERS):
        for demand in reader(text):
            found.setdefault((type(demand), demand.start, demand), demand)
    wished = without_unwanted(text, found.values())
    gradients = [item for item in wished if isinstance(item, SchemeDemand)]
    placed = (
        replace(item, start=places[item.start], end=places[item.end - 1] + 1)
        for item in wished
        if not (
            isinstance(item, ColourDemand)
            and any(item.start < other.end and other.start < item.end for other in gradients)
        )
    )
    return Demands(question, tuple(sorted(placed, key=lambda d: (d.start, d.end))))


def _single_spaced(text: str) -> tuple[str, list[int]]:
    """The text with one space for each run of white space, and where each character stood.

    Patterns then meet no long runs, on which they would take quadratic time.
    """
    kept = [
        (" " if character.isspace() else character, place)
        for place, character in enumerate(text)
        if not (character.isspace() and place and text[place - 1].isspace())
    ]
    return "".join(character for character, _ in kept), [place for _, place in kept]
