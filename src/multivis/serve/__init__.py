"""Serving: charts over HTTP (FastAPI, LangServe) and over MCP.

```
from multivis.serve import add_routes

add_routes(app, {"sales": "sales.csv"}, token="…")
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multivis.serve.http import add_routes, create_app
    from multivis.serve.mcp import create_mcp_server
    from multivis.serve.options import ServeOptions

__all__ = ["ServeOptions", "add_routes", "create_app", "create_mcp_server"]

_HOMES = {
    "ServeOptions": "options",
    "add_routes": "http",
    "create_app": "http",
    "create_mcp_server": "mcp",
}


def __getattr__(name: str) -> Any:
    """Import the server only when it is used."""
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(f"multivis.serve.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
