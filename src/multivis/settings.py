"""Limits and choices: from arguments, the environment (``MULTIVIS_*``) or a file.

Precedence, highest first: arguments, environment, ``multivis.toml`` in the working folder
(or the file that ``MULTIVIS_SETTINGS`` names), defaults.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from multivis.errors import OptionError

__all__ = ["Limits", "Settings", "load_settings"]


class Limits(BaseModel):
    """Every bound in one place; nothing in multivis runs without one.

    Sizes are in bytes, times in seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_steps: int = Field(10, ge=1, le=100, description="T_max of the coordinator (RC-1).")
    max_agent_steps: int = Field(10, ge=1, le=100, description="T_max of each agent (RC-1).")
    max_failures: int = Field(4, ge=1, le=50, description="Failures in a row that end a loop.")
    max_tokens: int = Field(200_000, ge=1_000, description="Tokens that one question may cost.")
    max_seconds: float = Field(300.0, gt=0, description="Wall-clock time for one question.")

    question_characters: int = Field(8_000, ge=1, description="Longest question.")
    code_characters: int = Field(200_000, ge=1, description="Longest reference code.")
    image_bytes: int = Field(20_000_000, ge=1, description="Largest reference image file.")
    image_pixels: int = Field(50_000_000, ge=1, description="Most pixels in a reference image.")

    query_rows: int = Field(1_000_000, ge=1, description="Most rows that a query may return.")
    query_seconds: float = Field(30.0, gt=0, description="Longest query.")
    query_bytes: int = Field(1_000_000_000, ge=1, description="Memory for one query (DuckDB).")
    profile_seconds: float = Field(5.0, gt=0, description="Time to profile a whole source.")
    profile_rows: int = Field(10_000, ge=1, description="Most rows sampled per table.")
    preview_rows: int = Field(20, ge=0, le=20, description="Rows of a result kept in the state.")
    schema_characters: int = Field(9_000, ge=200, description="Size of the schema in a prompt.")
    lookup_seconds: float = Field(
        1.0, ge=0, description="Time to look a question's values up in the data; 0 looks for none."
    )
    observation_characters: int = Field(3_000, ge=100, description="Size of a tool's answer.")

    spec_rows: int = Field(5_000, ge=1, description="Most rows that a specification carries.")
    spec_bytes: int = Field(20_000_000, ge=1, description="Largest specification.")
    code_seconds: float = Field(30.0, gt=0, description="Longest run of generated code.")
    code_memory: int = Field(2_000_000_000, ge=1, description="Memory of generated code.")
    code_output: int = Field(100_000, ge=0, description="Captured output of generated code.")

    volume_cells: int = Field(
        200_000_000, ge=1_000, description="Most values kept of a volume; more are down-sampled."
    )

    model_seconds: float = Field(120.0, gt=0, description="Longest call of a model.")
    model_retries: int = Field(3, ge=0, le=10, description="Retries after a provider fault.")


class Settings(BaseModel):
    """The choices that a run is made with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field("offline", description="Default model: 'offline' or 'provider:name'.")
    vision: str | None = Field(None, description="Model for content with images.")
    code: str | None = Field(None, description="Model for writing code.")
    fast: str | None = Field(None, description="Model for short decisions.")
    backend: str = Field("altair", description="Chart backend: altair, plotly or matplotlib.")
    sandbox: Literal["auto", "strict", "subprocess"] = Field(
        "auto",
        description=(
            "'auto' and 'strict' need the full sandbox; 'subprocess' asks for a plain "
            "subprocess, which is not a security boundary."
        ),
    )
    approve_sql: bool = Field(False, description="Interrupt before a query runs.")
    approve_chart: bool = Field(False, description="Interrupt before a chart is delivered.")
    judge: Literal["auto", "always", "never"] = Field(
        "auto",
        description=(
            "Whether a model adds perceptual checks after the deterministic ones: 'auto' asks "
            "only a model that was given for vision."
        ),
    )
    cache_dir: Path = Field(
        default_factory=lambda: (
            Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))).expanduser()
            / "multivis"
        ),
        description="Where artefacts and caches are kept.",
    )
    cache_bytes: int = Field(
        2_000_000_000,
        ge=0,
        description=("How much the artefacts may take; what was not used for a week goes first."),
    )
    limits: Limits = Field(default_factory=Limits)


def _from_environment() -> dict[str, Any]:
    """Read ``MULTIVIS_MODEL``, ``MULTIVIS_MAX_STEPS`` and so on."""
    values: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    for name, value in os.environ.items():
        if not name.startswith("MULTIVIS_"):
            continue
        key = name.removeprefix("MULTIVIS_").lower()
        if key in Settings.model_fields and key != "limits":
            values[key] = value
        elif key in Limits.model_fields:
            limits[key] = value
    if limits:
        values["limits"] = limits
    return values


def _from_file() -> dict[str, Any]:
    """Read the settings file, if there is one."""
    named = os.environ.get("MULTIVIS_SETTINGS")
    path = Path(named) if named else Path("multivis.toml")
    if not path.is_file():
        if named:
            raise OptionError(
                f"The settings file {named!r} does not exist.",
                hint="Correct MULTIVIS_SETTINGS or unset it.",
            )
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(
            f"The settings file {str(path)!r} is not valid TOML: {error}.", hint="Correct it."
        ) from error


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Lay one mapping over another, one level deep for ``limits``."""
    merged = dict(base)
    for key, value in over.items():
        if key == "limits" and isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = {**merged[key], **value}
        else:
            merged[key] = value
    return merged


def load_settings(**arguments: Any) -> Settings:
    """Combine arguments, environment and file into one `Settings`.

    Args:
        **arguments: Fields of `Settings`; ``None`` means "not given". ``limits`` may be a
            `Limits` or a mapping.

    Raises:
        OptionError: An unknown setting, or a value out of its domain.
    """
    given: dict[str, Any] = {k: v for k, v in arguments.items() if v is not None}
    if isinstance(given.get("limits"), Limits):
        given["limits"] = given["limits"].model_dump(exclude_unset=True)
    values = _merge(_merge(_from_file(), _from_environment()), given)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise OptionError(
            f"The setting {where!r} is not usable: {first['msg'].lower()}.",
            hint="See docs/settings.md for every setting and its bounds.",
        ) from error
