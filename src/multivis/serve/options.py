"""What a server allows: sizes, numbers, times, names."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from multivis.errors import OptionError

__all__ = ["ServeOptions", "serve_options"]


class ServeOptions(BaseModel):
    """Bounds and choices of a server. Sizes are in bytes, times in seconds.

    Attributes:
        token: What clients send as ``Authorization: Bearer …``; None lets everybody in.
        cors_origins: Origins whose pages may call the server; none by default.
        allowed_hosts: Values of the ``Host`` header that are served; empty means all.
        uploads: Folder for uploaded files; a temporary one, removed at the end, by default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: str | None = Field(None, min_length=8, repr=False)
    cors_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    uploads: Path | None = None
    request_bytes: int = Field(2_000_000, ge=1_000, description="Largest body but an upload's.")
    upload_bytes: int = Field(100_000_000, ge=1_000, description="Largest uploaded file.")
    uploads_bytes: int = Field(2_000_000_000, ge=1_000, description="All uploads together.")
    uploads_kept: int = Field(200, ge=1, description="Most uploads at a time.")
    upload_seconds: float = Field(86_400.0, gt=0, description="Age at which an upload goes.")
    runs_at_once: int = Field(4, ge=1, le=256, description="Runs that work side by side.")
    runs_waiting: int = Field(32, ge=0, description="Runs that may wait for their turn.")
    runs_kept: int = Field(1_000, ge=1, description="Runs remembered by a checkpointer in memory.")
    batch_size: int = Field(32, ge=1, description="Most questions in one LangServe batch.")
    keep_alive_seconds: float = Field(15.0, gt=0, description="Between signs of life of a stream.")
    shutdown_seconds: float = Field(30.0, ge=0, description="For open requests when it ends.")


def serve_options(**given: object) -> ServeOptions:
    """Options from keyword arguments; None means "not given".

    Raises:
        OptionError: An unknown option or a value out of its domain.
    """
    try:
        return ServeOptions.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise OptionError(
            f"The server option {where!r} is not usable: {first['msg'].lower()}.",
            hint="See docs/serving.md for every option.",
        ) from error
