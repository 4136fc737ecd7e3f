"""What all sources share: one schema per instance, the guard before every query, the prologue."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from multivis.data.frames import Loaded
from multivis.protocols import Prologue, Rows, Schema
from multivis.settings import Limits

if TYPE_CHECKING:
    from typing import Self

__all__ = ["BaseSource", "sql_literal"]

_REMEMBERED = 64
_STANDARD = {"json", "os", "sqlite3"}


class BaseSource(ABC):
    """A source that knows how to read its schema and how to run a guarded SELECT.

    A subclass gives `address`, `dialect`, `_read_schema`, `_run` and `_load_code`.
    """

    dialect: ClassVar[str]

    def __init__(self, address: str, limits: Limits | None = None) -> None:
        self.address = address
        self.limits = limits or Limits()
        self._schema: Schema | None = None
        self._lock = threading.RLock()
        self._recipes: OrderedDict[str, Loaded] = OrderedDict()
        self._closed = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def schema(self) -> Schema:
        """Tables, columns, keys and profiles, computed once within `Limits.profile_seconds`."""
        with self._lock:
            if self._schema is None:
                self._schema = self._read_schema(time.monotonic() + self.limits.profile_seconds)
            return self._schema

    def execute(
        self, sql: str, *, row_limit: int | None = None, seconds: float | None = None
    ) -> Rows:
        """Guard and run one SELECT.

        Args:
            sql: The statement.
            row_limit: Most rows; `Limits.query_rows` at the most and by default.
            seconds: Longest time; `Limits.query_seconds` at the most and by default.

        Raises:
            QueryRefusedError: The guard said no.
            UnknownFieldError: No such table or column, with near names.
            QueryTimeoutError: Over the time limit.
            QueryExecutionError: The engine said no.
        """
        from multivis.data.guard import guard_sql

        rows = min(row_limit or self.limits.query_rows, self.limits.query_rows)
        limit = min(seconds or self.limits.query_seconds, self.limits.query_seconds)
        guarded = guard_sql(sql, self.dialect, self.schema())
        started = time.perf_counter()
        loaded = self._run(guarded, max(rows, 1), limit)
        taken = time.perf_counter() - started
        self._remember(guarded, loaded)
        notes = (*loaded.notes, *self._notes(guarded))
        return Rows(loaded.table, guarded, loaded.truncated, taken, notes)

    def prologue(self, sql: str) -> Prologue:
        """Code that loads the rows of `sql` from this source by itself into a frame ``df``.

        The frame has the same columns, dtypes and rows as the Arrow table of `execute`.
        """
        recipe = self._recipe(sql)
        query = sql.strip().rstrip(";").rstrip()
        cut = recipe.truncated
        if cut and self.dialect != "mysql":
            query = f"SELECT * FROM (\n{query}\n) AS limited LIMIT {recipe.row_count}"
            cut = False
        lines = [self._load_code(query, recipe).rstrip("\n")]
        if cut:  # a derived table of MySQL keeps no order and no columns of the same name
            lines.append(f"df = df.head({recipe.row_count})")
        if recipe.renamed is not None:
            lines.append(f"df.columns = {list(recipe.renamed)!r}")
        lines.extend(change.line() for change in recipe.conversions if change.expression)
        modules = {f"import {name}" for item in recipe.conversions for name in item.imports}
        header = _import_block({*self._imports(), *modules, "import pandas as pd"})
        return Prologue("\n".join([header, *lines]) + "\n")

    def files(self) -> Mapping[str, Path]:
        """Files that scripts on this source read: path in the script → real path."""
        return {}

    def close(self) -> None:
        """Give back connections; closing twice is allowed."""
        self._closed = True

    # ── for subclasses ──────────────────────────────────────────────────────────────────

    @abstractmethod
    def _read_schema(self, deadline: float) -> Schema:
        """Read the schema; profiles stop at `deadline` (of `time.monotonic`)."""

    @abstractmethod
    def _run(self, sql: str, row_limit: int, seconds: float) -> Loaded:
        """Run a guarded SELECT."""

    def _notes(self, sql: str) -> tuple[str, ...]:
        """What the asker should know of how the engine read a statement."""
        return ()

    @abstractmethod
    def _imports(self) -> tuple[str, ...]:
        """The import lines that `_load_code` needs besides pandas."""

    @abstractmethod
    def _load_code(self, sql: str, recipe: Loaded) -> str:
        """Python that leaves the raw rows of `sql` in ``df``."""

    # ── recipes: how the rows of a statement were normalised ────────────────────────────

    def _remember(self, sql: str, loaded: Loaded) -> None:
        slim = replace(loaded, table=loaded.table.slice(0, 0))  # types are kept, rows are not
        with self._lock:
            self._recipes[sql] = slim
            self._recipes.move_to_end(sql)
            while len(self._recipes) > _REMEMBERED:
                self._recipes.popitem(last=False)

    def _recipe(self, sql: str) -> Loaded:
        with self._lock:
            known = self._recipes.get(sql)
        if known is not None:
            return known
        rows = self.execute(sql)
        with self._lock:
            return self._recipes[rows.sql]


def _import_block(lines: set[str]) -> str:
    """Import lines, the standard library's first, with an empty line after each group."""
    own = sorted(line for line in lines if line.split()[1].partition(".")[0] in _STANDARD)
    others = sorted(lines - set(own))
    return (
        "".join("\n".join(group) + "\n\n" for group in (own, others) if group).rstrip("\n") + "\n"
    )


def sql_literal(sql: str) -> str:
    """A statement as a Python literal: readable where it can be, exact always."""
    if '"""' in sql or "\\" in sql or sql.endswith('"') or not sql.isprintable():
        lines = sql.split("\n")
        if '"""' not in sql and "\\" not in sql and all(line.isprintable() for line in lines):
            return f'"""\n{sql}\n"""'
        return repr(sql)
    return f'"""{sql}"""'
