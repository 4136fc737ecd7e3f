"""Data: sources, schemas, the SQL guard, results and the artefact store.

`open_source` is the one entry; everything heavy is imported when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from multivis.protocols import Source
    from multivis.settings import Limits

__all__ = ["open_source"]


def open_source(
    address: Any, *, limits: Limits | None = None, cache_dir: str | Path | None = None
) -> Source:
    """Open data that can then be asked in SQL, read-only.

    See `multivis.data.sources.opening.open_source` for the addresses and the errors.
    """
    from multivis.data.sources.opening import open_source as open_

    return open_(address, limits=limits, cache_dir=cache_dir)
