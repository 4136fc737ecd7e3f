"""The command line: `multivis`."""

from __future__ import annotations

from multivis.cli.app import main

__all__ = ["main"]
