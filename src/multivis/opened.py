"""The sources that an agent has open: each once, and not more of them than it needs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multivis.protocols import Source

__all__ = ["OpenSources"]


class OpenSources:
    """Sources by the data they were opened for; the one not asked for longest is let go.

    It is not closed: a run may still read from it, and what it holds ends with its last user.

    Args:
        kept: How many are kept.
    """

    def __init__(self, kept: int = 8) -> None:
        self._kept = kept
        self._lock = threading.RLock()
        self._sources: OrderedDict[str, tuple[Source, Any]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sources)

    def get(self, data: Any, open_data: Callable[[Any], Source]) -> Source:
        """The source for some data, opened when it is not open."""
        key = str(data) if isinstance(data, str | Path) else f"object:{id(data)}"
        with self._lock:
            if key not in self._sources:
                # the object is kept beside its source, so that its id stays its own
                self._sources[key] = (open_data(data), data)
            self._sources.move_to_end(key)
            while len(self._sources) > self._kept:
                self._sources.popitem(last=False)
            return self._sources[key][0]

    def close(self) -> None:
        """Close all that are open."""
        with self._lock:
            for source, _ in self._sources.values():
                source.close()
            self._sources.clear()
