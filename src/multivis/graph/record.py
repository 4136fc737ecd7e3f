"""Writing down what happens: into the trace, and onto the stream of progress events."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from multivis.state import ModelEvent, NodeEvent, Note, RuleEvent, ToolEvent, TraceEvent

if TYPE_CHECKING:
    from multivis.rules import Ruling

__all__ = ["Recorder", "notes_from_handoff"]

T = TypeVar("T")

_NOTE_KINDS = {
    "assumptions": "assumption",
    "ambiguities": "ambiguity",
    "left_out": "left_out",
}


class Recorder:
    """Collects the trace events of one node and streams each as it happens.

    Args:
        writer: LangGraph's stream writer.
        where: Name of the node, written into every rule event.
    """

    def __init__(self, writer: Callable[[Any], None], where: str) -> None:
        self._writer = writer
        self.where = where
        self.events: list[TraceEvent] = []

    def add(self, event: NodeEvent | ToolEvent | ModelEvent | RuleEvent) -> None:
        """Keep an event for the trace and stream it."""
        self.events.append(event)
        self._writer(event)

    def stream(self, event: Any) -> None:
        """Stream an event that is not part of the trace (drafts, check results)."""
        self._writer(event)

    def rule(self, rule_id: str, ruling: Ruling[T]) -> T:
        """Take a rule's ruling: write it down if the rule fired, and give its value."""
        if ruling.fired:
            self.add(ruling.event(rule_id, self.where))
        return ruling.value


def notes_from_handoff(handoff: str) -> tuple[Note, ...]:
    """What a model said it assumed, found ambiguous or left out.

    A handoff is free text for any model; when it is a JSON object, the lists under
    ``assumptions``, ``ambiguities`` and ``left_out`` become notes for the asker.
    """
    try:
        told = json.loads(handoff)
    except ValueError:
        return ()
    if not isinstance(told, dict):
        return ()
    notes = []
    for key, kind in _NOTE_KINDS.items():
        items = told.get(key)
        if isinstance(items, str):
            items = [items]
        if isinstance(items, list):
            notes += [
                Note.model_validate({"kind": kind, "text": text.strip()})
                for text in items
                if isinstance(text, str) and text.strip()
            ]
    return tuple(notes)
