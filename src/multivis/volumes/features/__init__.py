"""Features by name: an index of captioned views turns "the nose" into an isovalue.

`look_up` answers, `learn` makes the index know more, `LearningCycle` does so beside other work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multivis.volumes.features.captions import GeometricCaptioner, VisionCaptioner
    from multivis.volumes.features.cycle import LearningCycle, learn
    from multivis.volumes.features.index import FeatureIndex
    from multivis.volumes.features.lookup import look_up
    from multivis.volumes.features.records import (
        Caption,
        Captioner,
        FeatureAnswer,
        Mention,
        ViewFacts,
    )

__all__ = [
    "Caption",
    "Captioner",
    "FeatureAnswer",
    "FeatureIndex",
    "GeometricCaptioner",
    "LearningCycle",
    "Mention",
    "ViewFacts",
    "VisionCaptioner",
    "learn",
    "look_up",
]

_HOMES = {
    "Caption": "records",
    "Captioner": "records",
    "FeatureAnswer": "records",
    "FeatureIndex": "index",
    "GeometricCaptioner": "captions",
    "LearningCycle": "cycle",
    "Mention": "records",
    "ViewFacts": "records",
    "VisionCaptioner": "captions",
    "learn": "cycle",
    "look_up": "lookup",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
