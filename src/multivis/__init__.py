"""Ask a question of your data; get a chart that has been checked against that data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multivis.agent import MultiVis, Result
    from multivis.data import open_source
    from multivis.errors import InputError, MultiVisError
    from multivis.graph import build_graph
    from multivis.rules import RuleBook
    from multivis.settings import Limits, Settings

__all__ = [
    "InputError",
    "Limits",
    "MultiVis",
    "MultiVisError",
    "Result",
    "RuleBook",
    "Settings",
    "build_graph",
    "open_source",
]

__version__ = "0.1.0"

_HOMES = {
    "InputError": "multivis.errors",
    "Limits": "multivis.settings",
    "MultiVis": "multivis.agent",
    "MultiVisError": "multivis.errors",
    "Result": "multivis.agent",
    "RuleBook": "multivis.rules",
    "Settings": "multivis.settings",
    "build_graph": "multivis.graph",
    "open_source": "multivis.data",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import multivis` itself stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, for completion."""
    return sorted([*__all__, "__version__"])
