"""What one edit works on: the script, one clause of the instruction, and what it reports."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from multivis.charts.reference import View
from multivis.offline.edit_clauses import Clause
from multivis.offline.edit_fields import Fields, read_fields
from multivis.offline.edit_script import Script, Splice

__all__ = ["Context", "names_mark", "titles_of_fields"]


@dataclass
class Context:
    """What an edit works on: the script, one clause, and what it may report.

    Attributes:
        script: The script, changed in place.
        clause: The clause.
        columns: Columns of the frame, when the caller knows them.
        done: What was done, in words.
        satisfied: Whether the script already is as asked.
        schema_text: The schema of the data.
        instruction: The whole instruction, of which the clause is a part.
    """

    script: Script
    clause: Clause
    columns: tuple[str, ...] = ()
    done: list[str] = field(default_factory=list)
    satisfied: bool = False
    schema_text: str = ""
    instruction: str = ""

    @property
    def fields(self) -> Fields:
        """The fields at hand."""
        return read_fields(self.script, self.columns)

    @property
    def main(self) -> View | None:
        """The view that the clause most likely means: of a mark it names, else no text or rule."""
        units = self.script.units
        for unit in self.targets():
            return unit
        return units[0] if units else None

    def targets(self) -> list[View]:
        """The unit views of the marks that the clause names; else all that show data."""
        named = [
            unit for unit in self.script.units if unit.mark and names_mark(self.clause.low, unit)
        ]
        if named:
            return named
        plain = [u for u in self.script.units if u.mark and u.mark.kind not in {"text", "rule"}]
        return plain or list(self.script.units)

    def each(self, views: Sequence[View], action: Callable[[View], list[Splice] | None]) -> bool:
        """Apply `action(view) -> splices` to each of the views by its place in the chart."""
        places = [
            index for index, unit in enumerate(self.script.units) if any(unit is v for v in views)
        ]
        changed = False
        for place in places:
            if place < len(self.script.units):
                changed = self.apply(action(self.script.units[place])) or changed
        return changed

    def apply(self, splices: list[Splice] | None) -> bool:
        """Make the splices; notes when the script already is as asked."""
        changed = self.script.apply(splices)
        self.satisfied = self.satisfied or self.script.already
        return changed


_MARK_WORDS = {
    "bar": r"\bbars?\b(?! chart| graph)|\bcolumns?\b|\bsegments?\b",
    "line": r"\blines?\b(?! chart| graph)",
    "point": r"\b(?:points?|dots?|circles?|markers?|bubbles?|scatter points?)\b(?! chart| plot)",
    "circle": r"\b(?:points?|dots?|circles?|markers?|bubbles?)\b(?! chart| plot)",
    "square": r"\b(?:points?|squares?|markers?)\b",
    "area": r"\bareas?\b(?! chart| graph)",
    "rule": r"\b(?:rules?|(?:mean|average|median|reference|threshold|red) lines?)\b",
    "arc": r"\b(?:slices?|segments?|arcs?|wedges?)\b",
    "tick": r"\bticks?\b(?! marks?| labels?)|\bmarks?\b",
    "errorbar": r"\berror\s?bars?\b",
    "text": r"\b(?:text|labels?)\b",
    "rect": r"\b(?:cells?|squares?|rectangles?|tiles?)\b",
    "trail": r"\b(?:trails?|lines?)\b",
}


def names_mark(text: str, unit: View) -> bool:
    """Whether `text` speaks of the mark that `unit` draws."""
    kind = unit.mark.kind if unit.mark else ""
    pattern = _MARK_WORDS.get(kind)
    return pattern is not None and kind != "text" and re.search(pattern, text) is not None


def titles_of_fields(context: Context) -> dict[str, str]:
    """Field → the title it has on an axis."""
    result: dict[str, str] = {}
    for unit in context.script.units:
        for channel in unit.channels.values():
            title = channel.options.get("title")
            if channel.field and isinstance(title, str):
                result.setdefault(channel.field, title)
    return result
