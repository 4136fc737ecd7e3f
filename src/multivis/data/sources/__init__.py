"""The sources: one module an engine, and the function that opens an address."""

from __future__ import annotations

from multivis.data.sources.opening import open_source

__all__ = ["open_source"]
