"""The world that inputs are put into, and what must hold of whatever comes out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from multivis.errors import InputError, MultiVisError

from .data import make_database
from .materials import make_volume

__all__ = [
    "Inside",
    "World",
    "WrongError",
    "look_at",
    "place_of",
    "short_trace",
    "strict_json",
    "watched",
]


class WrongError(AssertionError):
    """A result that must not be: a wrong number, a chart that is no JSON, a script that fails."""


class _Nothing(Exception):
    """Nobody raises this."""


@dataclass
class Inside:
    """What was raised inside runs and caught there: defects, though no run ended by them."""

    errors: list[BaseException] = field(default_factory=list)

    def note(self, error: BaseException, allowed: type[Exception]) -> None:
        """Write down an error that nobody may raise there."""
        if not isinstance(error, allowed):
            self.errors.append(error)


class _Told:
    """A tool whose errors are written down."""

    def __init__(self, tool: Any, inside: Inside) -> None:
        self.name, self.arguments = tool.name, tool.arguments
        self._tool, self._inside = tool, inside

    def run(self, arguments: Any, context: Any) -> Any:
        """Run the tool."""
        try:
            return self._tool.run(arguments, context)
        except Exception as error:
            self._inside.note(error, InputError)
            raise


@contextlib.contextmanager
def watched() -> Iterator[Inside]:
    """See what nodes, tools, checks and the model raise."""
    from multivis.charts import checks
    from multivis.graph import builder, react
    from multivis.llm import calls as llm_calls

    calls: Any = llm_calls
    inside = Inside()
    originals = (react._run_tool, builder._node_failed, checks._defective, calls.classify_fault)

    def run_tool(agent: Any, tool: Any, arguments: Any, context: Any) -> Any:
        return originals[0](agent, _Told(tool, inside), arguments, context)  # type: ignore[arg-type]

    def node_failed(name: str, state: Any, error: Exception) -> Any:
        inside.note(error, _Nothing)
        return originals[1](name, state, error)

    def defective(check: Any, error: Exception) -> Any:
        inside.note(error, MultiVisError)
        return originals[2](check, error)

    def classify(error: Exception, name: str) -> Any:
        inside.note(error, MultiVisError)
        return originals[3](error, name)

    places: tuple[Any, ...] = (react, builder, checks, calls)
    names = ("_run_tool", "_node_failed", "_defective", "classify_fault")
    for place, name, new in zip(
        places, names, (run_tool, node_failed, defective, classify), strict=True
    ):
        setattr(place, name, new)
    try:
        yield inside
    finally:
        for place, name, old in zip(places, names, originals, strict=True):
            setattr(place, name, old)


def place_of(error: BaseException) -> str:
    """Type and innermost line of multivis: what tells one defect from another."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/multivis/" in f.filename] or frames
    where = f"{ours[-1].filename.rpartition('/multivis/')[2]}:{ours[-1].name}" if ours else "?"
    return f"{type(error).__name__} in {where}"


def short_trace(error: BaseException) -> str:
    """The lines of multivis, and what was raised."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/multivis/" in f.filename]
    lines = [f"      {f.filename.rpartition('/multivis/')[2]}:{f.lineno} {f.line}" for f in frames]
    said = f"      {type(error).__name__}: {str(error)[:400]}"
    cause = error.__cause__
    more = [f"      from {type(cause).__name__}: {str(cause)[:300]}"] if cause else []
    return "\n".join([*lines[-8:], said, *more])


class World:
    """What the targets share: a sandbox, a view store, some data, folders.

    Args:
        folder: Where everything is written.
        deep: Whether the exported script of every chart is run, too, and its picture drawn.
    """

    def __init__(self, folder: Path, *, deep: bool = False) -> None:
        from multivis.sandbox import open_sandbox
        from multivis.settings import Settings
        from multivis.views import ViewStore

        self.folder = folder
        self.deep = deep
        self.cache = folder / "cache"
        self.sandbox = open_sandbox(Settings(cache_dir=self.cache))
        self.views = ViewStore()
        self.session = self.views.session("fuzz")
        self.sales = folder / "sales.csv"
        lines = [
            f"{r},{a},2020-0{1 + i % 9}-03"
            for i, (r, a) in enumerate(zip("abcabd", range(6), strict=True))
        ]
        self.sales.write_text("region,amount,day\n" + "\n".join(lines) + "\n")
        self._volume: Any = None
        self._drawn: Any = None

    @cached_property
    def sources(self) -> tuple[Any, ...]:
        """The same table in DuckDB and in SQLite, for statements that end within 2 s."""
        from multivis.data import open_source
        from multivis.settings import Limits

        path = self.folder / "small.sqlite"
        columns = [["region", "TEXT"], ["amount", "INTEGER"], ["day", "DATE"]]
        table = {"name": "sales", "columns": columns, "rows": [["a", 1, "2020-01-01"]], "more": 0}
        make_database({"engine": "sqlite", "tables": [table], "extras": []}, path)
        limits = Limits(query_seconds=2.0)
        return tuple(open_source(place, limits=limits) for place in (self.sales, path))

    def close(self) -> None:
        """Stop the sandbox and the store."""
        for source in self.__dict__.get("sources", ()):
            source.close()
        self.views.close()
        self.sandbox.close()

    def agent(self, data: Any, backend: str = "altair") -> Any:
        """An agent of its own on some data."""
        from multivis import MultiVis

        return MultiVis(
            data, backend=backend, sandbox=self.sandbox, views=self.views, cache_dir=self.cache,
            modules=self.folder / "modules.db",
        )  # fmt: skip

    @property
    def drawn(self) -> Any:
        """A result whose chart passed."""
        if self._drawn is None:
            with self.agent(self.sales) as agent:
                self._drawn = agent.ask("Total amount by region")
        return self._drawn

    @property
    def volume(self) -> Any:
        """A small volume."""
        if self._volume is None:
            from multivis.volumes.data import open_volume_data

            made: dict[str, Any] = {"ending": ".mha", "edits": [], "cut": None}
            self._volume = open_volume_data(str(make_volume(made, self.folder)))
        return self._volume


# ── what must hold of a result ──────────────────────────────────────────────────────────────


def look_at(result: Any, world: World) -> str:
    """See that a result is sound; says how the run ended."""
    strict_json(result.to_json(), "result.json")
    if world.deep:
        result.save(world.folder / "saved")
    kinds = sorted({failure.kind.value for failure in result.failures})
    if result.passed:
        if result.spec is None:
            raise WrongError("A complete run has no chart.")
        strict_json(result.spec, "chart.json")
        if world.deep and result.backend != "vtk":
            result.png()
            _replay(result, world)
    return f"{result.status.value} {','.join(kinds)}".strip()


def strict_json(value: Any, name: str) -> None:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError as error:
        raise WrongError(f"{name} is no JSON: {error}") from error


def _replay(result: Any, world: World) -> None:
    """The exported script runs by itself and loads the same rows."""
    import warnings

    folder = world.folder / "script"
    folder.mkdir(exist_ok=True)
    (folder / "sales.csv").write_bytes(world.sales.read_bytes())  # existing code reads it
    before = Path.cwd()
    os.chdir(folder)
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            exec(compile(result.code, "chart.py", "exec"), names)
    except Exception as error:
        text = f"The exported script fails: {type(error).__name__}: {error}"
        raise WrongError(text[:300]) from error
    finally:
        os.chdir(before)
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
    rows = names.get("df")
    if rows is not None and result.data is not None and len(rows) != result.data.num_rows:
        raise WrongError(f"The script loads {len(rows)} rows, the run {result.data.num_rows}.")
