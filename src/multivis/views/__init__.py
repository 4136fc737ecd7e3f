"""The Visualization State API: charts that agents and people can read and handle.

`ViewStore` keeps plots and their history; `ViewSession` has the seven tools of the paper
(`show_plot`, `get_plot_image`, `get_plot_json`, `relayout`, `legendclick`, `selected`,
`query_interactions`) and exact calculators; `view_tools` and `langchain_view_tools` offer them
to models. See docs/views.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multivis.views.answers import Answer, View, answer_about
    from multivis.views.figure import Axis, Figure, Trace, ViewState, open_figure
    from multivis.views.grounding import cited, evidence, register_draft
    from multivis.views.operations import OPERATIONS
    from multivis.views.session import ViewSession
    from multivis.views.sessions import ViewStore
    from multivis.views.tools import langchain_view_tools, view_tools

__all__ = [
    "OPERATIONS",
    "Answer",
    "Axis",
    "Figure",
    "Trace",
    "View",
    "ViewSession",
    "ViewState",
    "ViewStore",
    "answer_about",
    "cited",
    "evidence",
    "langchain_view_tools",
    "open_figure",
    "register_draft",
    "view_tools",
]

_PLACES = {
    "Answer": "answers",
    "View": "answers",
    "answer_about": "answers",
    "cited": "grounding",
    "evidence": "grounding",
    "register_draft": "grounding",
    "Axis": "figure",
    "Figure": "figure",
    "OPERATIONS": "operations",
    "Trace": "figure",
    "ViewSession": "session",
    "ViewState": "figure",
    "ViewStore": "sessions",
    "langchain_view_tools": "tools",
    "open_figure": "figure",
    "view_tools": "tools",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is asked for."""
    if name in _PLACES:
        return getattr(import_module(f"multivis.views.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
