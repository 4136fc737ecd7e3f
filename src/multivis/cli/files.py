"""Files that a command is given or writes: checked before any work is done."""

from __future__ import annotations

import os
import re
import tempfile
import time
from pathlib import Path

from multivis.errors import CodeError, ImageError, OutputError

__all__ = ["OutputFolder", "checked_code", "checked_image", "default_folder", "next_folder"]


def default_folder(question: str) -> Path:
    """A new folder under ``multivis_output``, named after time and question."""
    words = re.sub(r"[^a-z0-9]+", "-", question.lower()).strip("-")[:40].strip("-")
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return _free(Path("multivis_output") / "-".join(part for part in (stamp, words) if part))


def next_folder(folder: Path) -> Path:
    """A folder beside `folder` for its next version: ``chart`` → ``chart-2`` → ``chart-3``."""
    name = folder.resolve().name
    match = re.fullmatch(r"(.*)-(\d+)", name)
    stem, number = (match[1], int(match[2]) + 1) if match and int(match[2]) < 1000 else (name, 2)
    while (candidate := folder.resolve().parent / f"{stem}-{number}").exists():
        number += 1
    return Path(os.path.relpath(candidate)) if not folder.is_absolute() else candidate


def _free(path: Path) -> Path:
    """`path`, or with a number behind it when something is there already."""
    number, candidate = 2, path
    while candidate.exists():
        candidate = path.with_name(f"{path.name}-{number}")
        number += 1
    return candidate


class OutputFolder:
    """A folder that is made and shown to be writable; one that stays empty goes again.

    Args:
        path: The folder.

    Raises:
        OutputError: On entering: it cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._made: list[Path] = []

    def __enter__(self) -> Path:
        try:
            _make(self.path, self._made)
        except OutputError:
            self.discard()
            raise
        return self.path

    def __exit__(self, *_: object) -> None:
        self.discard()

    def discard(self) -> None:
        """Remove what was made here and is empty."""
        for folder in self._made:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def _make(path: Path, made: list[Path]) -> None:
    """Make `path` and its parents, note those that are new (deepest first), write a byte."""
    hint = "Choose another one with --out."
    if path.exists() and not path.is_dir():
        raise OutputError(f"The output folder {str(path)!r} is a file.", hint=hint)
    try:
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        made.extend(missing)
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as probe:
            probe.write(b"0")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(
            f"The output folder {str(path)!r} cannot be written: {reason}.", hint=hint
        ) from error


def checked_code(path: Path | None, what: str) -> str | None:
    """The path of a code file as text, or None when none was given.

    Args:
        path: The file.
        what: ``"reference code"`` or ``"existing code"``, for the message.

    Raises:
        CodeError: No such file, or not a file.
    """
    if path is None:
        return None
    if not path.is_file():
        problem = "is a folder" if path.is_dir() else "does not exist"
        raise CodeError(
            f"The file with the {what}, {str(path)!r}, {problem}.", hint="Give a Python file."
        )
    return str(path)


def checked_image(path: Path | None) -> str | None:
    """The path of an image as text, or None when none was given.

    Raises:
        ImageError: No such file, or not a file.
    """
    if path is None:
        return None
    if not path.is_file():
        problem = "is a folder" if path.is_dir() else "does not exist"
        raise ImageError(
            f"The reference image {str(path)!r} {problem}.", hint="Give a PNG or JPEG file."
        )
    return str(path)
