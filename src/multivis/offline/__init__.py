"""The offline model: a chat model with no weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multivis.offline.model import OfflineChatModel

__all__ = ["OfflineChatModel"]


def __getattr__(name: str) -> Any:
    """Import the model when it is first used; it needs langchain-core."""
    if name == "OfflineChatModel":
        from multivis.offline.model import OfflineChatModel

        return OfflineChatModel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
