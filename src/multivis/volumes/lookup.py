"""What `look_up_feature` answers: the isovalue of a feature, as JSON that any model can read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from multivis.state import Note
from multivis.tool import Outcome
from multivis.volumes.fitting import data_of

if TYPE_CHECKING:
    from multivis.tool import ToolContext

__all__ = ["look_up_feature"]


def look_up_feature(name: str, context: ToolContext) -> Outcome:
    """Look a feature up in the index of the volume that the run is about.

    Args:
        name: What it is called.
        context: Of the tool's call.
    """
    from multivis.volumes.features import FeatureIndex, look_up

    data = data_of(context)
    path = context.dependencies.settings.cache_dir / "features.sqlite"
    with data.lock, FeatureIndex(path) as index:
        answer = look_up(name, data.volume, index=index)
    told = {
        "feature": name,
        "found": answer.found,
        "isovalue": answer.isovalue,
        "interval": list(answer.interval) if answer.interval else None,
        "variable": answer.variable,
        "confidence": round(answer.confidence, 3),
        "meant": answer.feature,
        "others": list(answer.others[:12]),
        "evidence": answer.text[:800],
    }
    if answer.point is not None:
        # an isosurface takes these as they are
        told["body"] = {"keep": "point", "point": list(answer.point), "up_to": answer.up_to}
    notes: tuple[Note, ...] = ()
    if answer.found and answer.isovalue is not None:
        meant = f" ({answer.feature})" if answer.feature and answer.feature != name else ""
        text = (
            f"{name!r}{meant} is shown where {answer.variable} is {answer.isovalue:.4g}, "
            f"confidence {answer.confidence:.0%}, from {answer.views} views."
        )
        notes = (Note(kind="assumption", text=text),)
    return Outcome(text=json.dumps(told, ensure_ascii=False), notes=notes)
