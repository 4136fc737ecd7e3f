"""The cases of MultiVis-Bench as published: one JSON file a scenario, files beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from multivis.errors import InputError, OptionError, SourceNotFoundError

__all__ = ["SCENARIOS", "Case", "load_cases", "one_scenario", "read_cases"]

SCENARIOS = {
    "A": "Basic Generation",
    "B": "Image-Referenced Generation",
    "C": "Code-Referenced Generation",
    "D": "Iterative Refinement",
}
"""The four scenarios (§2.2), in the words of Table 2."""

_KEYS = ("id", "type", "db_id", "NLQ", "code")


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        values: The case as published, key by key.
        folder: Folder that its reference paths start from.
        databases: Folder of the SQLite databases.
    """

    values: Mapping[str, Any] = field(hash=False)
    folder: Path
    databases: Path

    @property
    def id(self) -> str:
        """Its name, for example ``A0003``."""
        return str(self.values["id"])

    @property
    def scenario(self) -> str:
        """``A``, ``B``, ``C`` or ``D``."""
        return str(self.values["type"]).removeprefix("type_")[:1]

    @property
    def question(self) -> str:
        """What is asked, in words."""
        return str(self.values["NLQ"])

    @property
    def chart_type(self) -> str:
        """Its chart type in the benchmark's words."""
        return str(self.values.get("chart_type", ""))

    @property
    def gold(self) -> str:
        """The reference code; never shown to a system."""
        return str(self.values["code"])

    @property
    def database(self) -> Path:
        """Its SQLite file."""
        return self.databases / f"{self.values['db_id']}.sqlite"

    @property
    def inputs(self) -> dict[str, Path | bytes]:
        """The files that codes read, by relative path."""
        return {self.database_name: self.database}

    @property
    def database_name(self) -> str:
        """The path of the database in published code."""
        return f"database/{self.values['db_id']}.sqlite"

    @property
    def image(self) -> Path | None:
        """The reference image (B)."""
        return self._path("reference_path") if self.scenario == "B" else None

    @property
    def code(self) -> Path | None:
        """The reference code to follow (C)."""
        return self._path("reference_path") if self.scenario == "C" else None

    @property
    def existing(self) -> Path | None:
        """The code to refine (D)."""
        return self._path("original_code_path")

    def _path(self, key: str) -> Path | None:
        name = self.values.get(key)
        return self.folder / str(name) if name else None


def one_scenario(name: str) -> Sequence[str]:
    """The scenarios that a name stands for: ``A`` to ``D``, or ``all``.

    Raises:
        OptionError: Another name.
    """
    if name.lower() == "all":
        return tuple(SCENARIOS)
    if name.upper() not in SCENARIOS:
        raise OptionError(f"There is no scenario {name!r}.", hint="Give A, B, C, D or all.")
    return (name.upper(),)


def load_cases(
    data: Path,
    databases: Path,
    scenario: str = "all",
    *,
    limit: int | None = None,
    ids: Iterable[str] = (),
) -> list[Case]:
    """Read the published files ``A.json`` to ``D.json``.

    Args:
        data: Folder with them and with ``img``, ``code`` and ``vis_modify``.
        databases: Folder with ``<db_id>.sqlite``.
        scenario: One letter, or ``all``.
        limit: At most so many, spread evenly over each scenario.
        ids: Only these cases, if any are named.

    Raises:
        InputError: A file is not there or is none of the benchmark's.
        OptionError: There is no such scenario or case.
    """
    named = set(ids)
    chosen: list[Case] = []
    scenarios = one_scenario(scenario)
    for number, name in enumerate(scenarios):
        cases = read_cases(data / f"{name}.json", data, databases)
        cases = [case for case in cases if not named or case.id in named]
        if limit is not None:
            share = limit // len(scenarios) + (number < limit % len(scenarios))
            cases = _spread(cases, share)
        chosen += cases
    missing = named - {case.id for case in chosen} if limit is None else set()
    if missing:
        raise OptionError(f"There is no case {sorted(missing)[0]!r}.", hint=f"Look in {data}.")
    for case in chosen:
        if not case.database.is_file():
            raise SourceNotFoundError(
                f"The database {case.database} of case {case.id} does not exist.",
                hint="Give the folder of the databases with --databases.",
            )
    return chosen


def read_cases(path: Path, data: Path, databases: Path) -> list[Case]:
    """The cases of one file.

    Raises:
        InputError: It cannot be read or is none of the benchmark's.
    """
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"The file {path} cannot be read: {error.strerror}.",
            hint="Give the folder with A.json, B.json, C.json and D.json.",
        ) from error
    except ValueError as error:
        raise InputError(
            f"The file {path} is not JSON: {error}.", hint="Fetch it again."
        ) from error
    if not isinstance(listed, list) or not all(_is_case(item) for item in listed):
        raise InputError(
            f"The file {path} holds no cases of MultiVis-Bench.",
            hint=f"Each needs {', '.join(_KEYS)}.",
        )
    return [Case(item, data, databases) for item in listed]


def _is_case(item: Any) -> bool:
    return isinstance(item, dict) and all(isinstance(item.get(key), str) for key in _KEYS)


def _spread(cases: list[Case], count: int) -> list[Case]:
    """So many of the cases, at even distances."""
    if count >= len(cases):
        return cases
    return [cases[number * len(cases) // count] for number in range(count)]
