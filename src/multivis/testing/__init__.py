"""For tests, one's own and a third party's: stand-ins for models, and conformance suites.

A third party runs a suite on its own class in three lines:

```python
class TestMySource(SourceConformance):
    def make(self, folder):
        return MySource(folder)
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multivis.testing.backends import ChartBackendConformance
    from multivis.testing.memories import MemoryConformance
    from multivis.testing.models import FaultyChatModel, RecordedCall, ScriptedChatModel
    from multivis.testing.openai_server import OpenAIServer, Reply
    from multivis.testing.sandboxes import SandboxConformance
    from multivis.testing.sources import SourceConformance

__all__ = [
    "ChartBackendConformance",
    "FaultyChatModel",
    "MemoryConformance",
    "OpenAIServer",
    "RecordedCall",
    "Reply",
    "SandboxConformance",
    "ScriptedChatModel",
    "SourceConformance",
]

_HOMES = {
    "ChartBackendConformance": "multivis.testing.backends",
    "FaultyChatModel": "multivis.testing.models",
    "MemoryConformance": "multivis.testing.memories",
    "OpenAIServer": "multivis.testing.openai_server",
    "RecordedCall": "multivis.testing.models",
    "Reply": "multivis.testing.openai_server",
    "SandboxConformance": "multivis.testing.sandboxes",
    "ScriptedChatModel": "multivis.testing.models",
    "SourceConformance": "multivis.testing.sources",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The names, for completion."""
    return sorted(__all__)
