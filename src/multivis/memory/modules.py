"""Generated modules, validated, kept and found again (VizGenie §5.2.3).

A module is found by what it is for *and* by the data that it fits: words narrow the choice
(FTS5), then kind, dimensions and variables are compared exactly. What is kept is bounded:
duplicates are merged, failing modules are retired, the least used go first.
"""

from __future__ import annotations

import ast
import hashlib
import heapq
import json
import math
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from multivis.errors import OptionError
from multivis.memory.database import SqliteFile, encodable
from multivis.state import ArtifactReference
from multivis.syntax import parse_python

__all__ = [
    "Evidence",
    "Found",
    "Module",
    "ModuleMemory",
    "Parameter",
    "Signature",
    "Variable",
    "task_words",
]

_APPLICATION = 0x4D564D32  # "MVM2", in the header of the file
_MAXIMUM_CODE = 200_000
_CANDIDATES = 32
_MOST_WORDS = 16
_RETIRED_AFTER = 3
_TASKS = 20

_TABLES = """
CREATE TABLE IF NOT EXISTS module (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    form TEXT NOT NULL,
    signature TEXT NOT NULL,
    tasks TEXT NOT NULL,
    code TEXT NOT NULL,
    parameters TEXT NOT NULL,
    versions TEXT NOT NULL,
    picture TEXT,
    checks TEXT NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    retired INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    last_success REAL,
    used INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS module_used ON module (retired DESC, used);
CREATE TABLE IF NOT EXISTS evidence (
    module INTEGER NOT NULL REFERENCES module (number),
    data TEXT NOT NULL,
    parameters TEXT NOT NULL,
    picture TEXT NOT NULL,
    checks TEXT NOT NULL,
    answer TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (module, data, parameters)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
    text, form, tokenize = "unicode61 remove_diacritics 0"
);
"""


@dataclass(frozen=True, order=True)
class Variable:
    """A variable that a module reads: 1 component is a scalar, 3 a vector.

    The name ``"*"`` stands for any variable of that form: the module is told which by a parameter.
    """

    name: str
    components: int = 1
    association: str = "point"


@dataclass(frozen=True)
class Signature:
    """The data that a module fits.

    Attributes:
        kind: ``image``, ``rectilinear``, ``structured``, ``unstructured`` or ``polydata``.
        dimensions: How many axes the data has more than one sample on, 0 to 3.
        variables: The variables that are read; of data, all that there are.
    """

    kind: str
    dimensions: int
    variables: tuple[Variable, ...] = ()

    @property
    def form(self) -> str:
        """Kind and dimensions as one word."""
        return re.sub(r"\W", "", self.kind.lower()) + f"{self.dimensions}d"

    def fits(self, data: Signature) -> bool:
        """Whether a module with this signature can read `data`: every variable is there."""
        forms = {(variable.components, variable.association) for variable in data.variables}
        return (
            self.kind == data.kind
            and self.dimensions == data.dimensions
            and all(
                variable in data.variables
                or (variable.name == "*" and (variable.components, variable.association) in forms)
                for variable in self.variables
            )
        )


@dataclass(frozen=True)
class Parameter:
    """A parameter of a module with its bounds.

    Attributes:
        name: As in the module's ``PARAMETERS``.
        default: Its value when none is given.
        minimum: Smallest number, if it is one.
        maximum: Largest number.
        choices: The only values that are allowed, if it is not a number.
        description: What it does, in its unit.
    """

    name: str
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Module:
    """A validated module.

    Attributes:
        task: What it was made for, in words.
        signature: The data that it fits.
        code: Python; its ``PARAMETERS`` hold the defaults.
        parameters: What may be changed, with bounds.
        versions: Versions it was validated with: ``vtk`` and ``multivis``.
        picture: Its picture in the artefact store.
        checks: The checks that it passed.
        key: Its name in the memory; empty before it is kept.
        tasks: Every task that it has answered, first the one it was made for.
        uses: How often it was asked for.
        failures: Failures since its last success.
        retired: Whether it failed too often to be offered again.
        last_success: Seconds since the epoch.
    """

    task: str
    signature: Signature
    code: str
    parameters: tuple[Parameter, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    picture: ArtifactReference | None = None
    checks: Mapping[str, bool] = field(default_factory=dict)
    key: str = ""
    tasks: tuple[str, ...] = ()
    uses: int = 0
    failures: int = 0
    retired: bool = False
    last_success: float | None = None


@dataclass(frozen=True)
class Found:
    """A module that fits, and how much of the task's words it shares, 0 to 1."""

    module: Module
    score: float


@dataclass(frozen=True)
class Evidence:
    """What a module showed on some data with some parameters, when it passed its checks."""

    picture: ArtifactReference
    checks: Mapping[str, bool]
    answer: Mapping[str, Any]
    at: float


# ── words ───────────────────────────────────────────────────────────────────────────────────

_STOP_TEXT = """
a an the of in on at to for from by with and or as is are be this that these those it its me my
show shows display draw plot render visualize visualise visualization picture image make give
please can could you we i want would like get see look view using use data dataset volume value
values where what which
"""
_STOP = frozenset(_STOP_TEXT.split())


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    """A word without its commonest endings: "surfaces", "smoothed" and "smoothing" agree."""
    for ending in ("ings", "ing", "edly", "ed", "ies", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 4 and word[-1] == "e" else word


def task_words(task: str) -> frozenset[str]:
    """The words that say what a task is: stems, without numbers and words of asking.

    Numbers and what they count are parameters; they do not make another task.
    """
    words = re.findall(r"[^\W\d_]{2,}", encodable(task).lower())
    return frozenset(_stem(word) for word in words if word not in _STOP)


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared words as a part of all (Jaccard)."""
    together = one | other
    return len(one & other) / len(together) if together else 0.0


def _shape(code: str) -> str:
    """What two codes have in common when only their parameters and comments differ."""
    try:
        tree = parse_python(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "\n".join(line.rstrip() for line in code.strip().splitlines())
    for node in tree.body:
        if _assigns_parameters(node) and isinstance(node.value, ast.Dict):  # type: ignore[attr-defined]
            node.value.values = [ast.Constant(None)] * len(node.value.keys)  # type: ignore[attr-defined]
    body = tree.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        tree.body = body[1:]  # the docstring names the task
    return ast.dump(tree)


def _assigns_parameters(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "PARAMETERS"
    )


def _canonical(parameters: Mapping[str, Any]) -> str:
    return json.dumps(dict(parameters), sort_keys=True, ensure_ascii=False, default=str)


# ── the memory ──────────────────────────────────────────────────────────────────────────────


class ModuleMemory:
    """Modules in a SQLite file. Thread-safe.

    Args:
        path: File of the memory, made when it is not there; ``":memory:"`` keeps nothing.
        capacity: Most modules; beyond it the retired ones and then the least used are dropped.

    Raises:
        SourceFormatError: The file is damaged, or is something else.
        OutputError: The file cannot be made.
        OptionError: `capacity` is less than 1.
    """

    def __init__(self, path: Path | str = ":memory:", *, capacity: int = 20_000) -> None:
        if capacity < 1:
            raise OptionError(
                f"A memory of {capacity} modules holds nothing.", hint="Use 1 or more."
            )
        self._capacity = capacity
        self._file = SqliteFile(
            path, tables=_TABLES, application=_APPLICATION, what="memory of modules"
        )

    def keep(self, module: Module) -> str:
        """Keep a validated module; one with the same code but for its parameters is merged.

        A module that is merged takes over the new task; a retired one is given another chance,
        since it has just passed its checks.

        Returns:
            The key.

        Raises:
            OptionError: The code is longer than 200,000 characters, or the task says nothing.
        """
        if len(module.code) > _MAXIMUM_CODE:
            raise OptionError(
                f"The module has {len(module.code):,} characters; at most {_MAXIMUM_CODE:,} "
                "are kept."
            )
        if not task_words(module.task):
            raise OptionError(f"The task {module.task!r} says nothing that could be found again.")
        key = self._key(module)
        now = time.time()
        with self._file.transaction() as connection:
            known = connection.execute(
                "SELECT number, tasks FROM module WHERE key = ?", [key]
            ).fetchone()
            used = _next_use(connection)
            if known is not None:
                tasks = _with_task(json.loads(known[1]), module.task)
                connection.execute(
                    "UPDATE module SET tasks = ?, versions = ?, checks = ?, failures = 0,"
                    " retired = 0, reason = '', last_success = ?, used = ? WHERE number = ?",
                    [
                        json.dumps(tasks),
                        _canonical(module.versions),
                        _canonical(module.checks),
                        now,
                        used,
                        known[0],
                    ],
                )
                connection.execute(
                    "UPDATE words SET text = ? WHERE rowid = ?", [_text(tasks), known[0]]
                )
                return key
            cursor = connection.execute(
                "INSERT INTO module (key, form, signature, tasks, code, parameters, versions,"
                " picture, checks, last_success, used) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    key,
                    module.signature.form,
                    json.dumps(asdict(module.signature)),
                    json.dumps([encodable(module.task)]),
                    encodable(module.code),
                    json.dumps([asdict(parameter) for parameter in module.parameters]),
                    _canonical(module.versions),
                    module.picture.model_dump_json() if module.picture else None,
                    _canonical(module.checks),
                    now,
                    used,
                ],
            )
            connection.execute(
                "INSERT INTO words (rowid, text, form) VALUES (?, ?, ?)",
                [cursor.lastrowid, _text([module.task]), module.signature.form],
            )
            self._evict(connection)
        return key

    @staticmethod
    def _key(module: Module) -> str:
        """Name of a module: its signature and its code without the parameters' values."""
        text = json.dumps([asdict(module.signature), _shape(module.code)])
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]

    def _evict(self, connection: sqlite3.Connection) -> None:
        """Within the capacity stay those not retired and, among them, those used last."""
        (count,) = connection.execute("SELECT count(*) FROM module").fetchone()
        over = int(count) - self._capacity
        if over <= 0:
            return
        numbers = connection.execute(
            "SELECT number FROM module ORDER BY retired DESC, used ASC LIMIT ?", [over]
        ).fetchall()
        for table, column in (("words", "rowid"), ("evidence", "module"), ("module", "number")):
            connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", numbers)

    def find(
        self, task: str, signature: Signature, *, limit: int = 3, least: float = 0.5
    ) -> tuple[Found, ...]:
        """Modules for a task on such data, best first.

        Args:
            task: What is asked, in words.
            signature: The data, with all its variables.
            limit: Most modules.
            least: The least part of the words, of both tasks together, that they must share.
        """
        words = task_words(task)
        if limit < 1 or not words:
            return ()
        rows = self._candidates(words, signature, least)
        found = []
        for row in rows:
            module = _module(row)
            if not module.signature.fits(signature):
                continue
            score = max(_likeness(words, task_words(known)) for known in module.tasks)
            if score >= least:
                found.append(Found(module, round(score, 4)))
        found.sort(key=lambda item: (-item.score, -item.module.uses, item.module.key))
        return tuple(found[:limit])

    def _candidates(
        self, words: frozenset[str], signature: Signature, least: float
    ) -> list[tuple[Any, ...]]:
        """The modules on such data that share most words, before they are compared exactly.

        The index is asked for each word alone and counts nothing itself: ranking thousands of
        rows by BM25 takes ten times as long.
        """
        shared: Counter[int] = Counter()
        for word in sorted(words)[:_MOST_WORDS]:
            # A quoted FTS5 string: nothing in it is read as an operator.
            shared.update(
                row[0]
                for row in self._file.rows(
                    "SELECT rowid FROM words WHERE words MATCH ?",
                    [f'form:"{signature.form}" AND text:"{word}"'],
                )
            )
        needed = max(1, math.ceil(least * min(len(words), _MOST_WORDS)))
        best = heapq.nlargest(
            _CANDIDATES, ((count, number) for number, count in shared.items() if count >= needed)
        )
        return self._file.rows(
            f"SELECT * FROM module WHERE retired = 0 AND number IN ({', '.join('?' * len(best))})",
            [number for _, number in best],
        )

    def get(self, key: str) -> Module | None:
        """The module with that key, retired or not."""
        rows = self._file.rows("SELECT * FROM module WHERE key = ?", [encodable(key)])
        return _module(rows[0]) if rows else None

    def answer(self, key: str, data: str, parameters: Mapping[str, Any]) -> Evidence | None:
        """What the module showed on exactly these data with exactly these parameters."""
        rows = self._file.rows(
            "SELECT e.picture, e.checks, e.answer, e.at FROM evidence e JOIN module m"
            " ON m.number = e.module WHERE m.key = ? AND m.retired = 0 AND e.data = ?"
            " AND e.parameters = ?",
            [encodable(key), encodable(data), _canonical(parameters)],
        )
        if not rows:
            return None
        picture, checks, answer, at = rows[0]
        return Evidence(
            ArtifactReference.model_validate_json(picture),
            json.loads(checks),
            json.loads(answer),
            float(at),
        )

    def succeeded(
        self,
        key: str,
        *,
        data: str,
        parameters: Mapping[str, Any],
        picture: ArtifactReference,
        checks: Mapping[str, bool],
        answer: Mapping[str, Any] | None = None,
    ) -> None:
        """Note that the module passed its checks on some data; a use that counts."""
        with self._file.transaction() as connection:
            row = connection.execute(
                "SELECT number FROM module WHERE key = ?", [encodable(key)]
            ).fetchone()
            if row is None:
                return
            now = time.time()
            connection.execute(
                "UPDATE module SET uses = uses + 1, failures = 0, last_success = ?, used = ?,"
                " picture = coalesce(picture, ?) WHERE number = ?",
                [now, _next_use(connection), picture.model_dump_json(), row[0]],
            )
            connection.execute(
                "INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    row[0],
                    encodable(data),
                    _canonical(parameters),
                    picture.model_dump_json(),
                    _canonical(checks),
                    _canonical(answer or {}),
                    now,
                ],
            )

    def failed(self, key: str, why: str) -> bool:
        """Note that the module failed; whether it is retired now.

        Three failures in a row retire it: its evidence is no longer given either.
        """
        with self._file.transaction() as connection:
            connection.execute(
                "UPDATE module SET failures = failures + 1, reason = ?,"
                " retired = (failures + 1 >= ?) WHERE key = ?",
                [encodable(why)[:2_000], _RETIRED_AFTER, encodable(key)],
            )
            row = connection.execute(
                "SELECT retired FROM module WHERE key = ?", [encodable(key)]
            ).fetchone()
        return bool(row and row[0])

    def forget(self, key: str) -> bool:
        """Drop one; whether it was there."""
        with self._file.transaction() as connection:
            row = connection.execute(
                "SELECT number FROM module WHERE key = ?", [encodable(key)]
            ).fetchone()
            if row is None:
                return False
            for table, column in (("words", "rowid"), ("evidence", "module"), ("module", "number")):
                connection.execute(f"DELETE FROM {table} WHERE {column} = ?", row)
        return True

    def __iter__(self) -> Iterator[str]:
        """The keys, used last first."""
        rows = self._file.rows("SELECT key FROM module ORDER BY used DESC")
        return iter([str(row[0]) for row in rows])

    def __len__(self) -> int:
        return int(self._file.rows("SELECT count(*) FROM module")[0][0])

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        self._file.close()

    def __enter__(self) -> ModuleMemory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _next_use(connection: sqlite3.Connection) -> int:
    """A number that grows with every use; clocks may stand still or go back."""
    return int(connection.execute("SELECT coalesce(max(used), 0) + 1 FROM module").fetchone()[0])


def _with_task(tasks: Sequence[str], task: str) -> list[str]:
    """The tasks with one more, each said once; the first is the one it was made for."""
    task = encodable(task)
    kept = [task] if not tasks else [*tasks] if task in tasks else [*tasks, task]
    return kept if len(kept) <= _TASKS else [kept[0], *kept[-_TASKS + 1 :]]


def _text(tasks: Sequence[str]) -> str:
    """The words of tasks as they are searched for: stems."""
    return " ".join(sorted(frozenset().union(*(task_words(task) for task in tasks))))


_COLUMNS_TEXT = """
number key form signature tasks code parameters versions picture checks uses failures retired
reason last_success used
"""
_COLUMNS = tuple(_COLUMNS_TEXT.split())


def _module(row: Sequence[Any]) -> Module:
    """A row as a module."""
    values = dict(zip(_COLUMNS, row, strict=True))
    told = json.loads(values["signature"])
    tasks = tuple(json.loads(values["tasks"]))
    signature = Signature(
        told["kind"],
        told["dimensions"],
        tuple(Variable(**variable) for variable in told["variables"]),
    )
    parameters = tuple(
        replace(Parameter(**parameter), choices=tuple(parameter["choices"]))
        for parameter in json.loads(values["parameters"])
    )
    return Module(
        task=tasks[0],
        signature=signature,
        code=values["code"],
        parameters=parameters,
        versions=json.loads(values["versions"]),
        picture=(
            ArtifactReference.model_validate_json(values["picture"]) if values["picture"] else None
        ),
        checks=json.loads(values["checks"]),
        key=values["key"],
        tasks=tasks,
        uses=int(values["uses"]),
        failures=int(values["failures"]),
        retired=bool(values["retired"]),
        last_success=values["last_success"],
    )
