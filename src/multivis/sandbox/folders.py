"""The folder that a job works in: made fresh, filled with inputs, read once, removed.

Everything in it after the job is hostile: links are never followed, sizes are checked, and
removal works however deep code has nested its folders.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from multivis.errors import OptionError, SourceNotFoundError

__all__ = ["JobFolder", "remove_tree"]

_MAXIMUM_FILES = 32
_MAXIMUM_FILE_BYTES = 5_000_000
_MAXIMUM_SEEN = 2_000


class JobFolder:
    """A job's folder: ``work`` (working folder) and ``home`` (HOME and TMPDIR).

    Args:
        root: Folder to make it in.
        inputs: Files by relative path. Bytes are written; a path is linked to and may be read
            where it is. A SQLite file in WAL mode is copied, since reading one writes beside it.

    Raises:
        OptionError: The relative path of an input leaves the folder.
        SourceNotFoundError: An input does not exist.
    """

    def __init__(self, root: Path, inputs: Mapping[str, Path | bytes]) -> None:
        self.path = root / secrets.token_hex(8)
        self.work = self.path / "work"
        self.home = self.path / "home"
        self.readable: list[str] = []
        self._inputs = {str(PurePosixPath(name)) for name in inputs}
        for folder in (self.path, self.work, self.home):
            folder.mkdir(mode=0o700)
        try:
            for name, content in inputs.items():
                self._place(name, content)
        except BaseException:
            self.remove()
            raise

    def _place(self, name: str, content: Path | bytes) -> None:
        """Put one input where the code will look for it."""
        parts = PurePosixPath(name).parts
        if not parts or PurePosixPath(name).is_absolute() or ".." in parts or "\0" in name:
            raise OptionError(
                f"The input name {name!r} is not a path inside the working folder.",
                hint="Use a relative path without '..'.",
            )
        target = self.work.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, (bytes, bytearray, memoryview)):
            target.write_bytes(content)
            return
        real = Path(content).resolve()
        if not real.exists():
            raise SourceNotFoundError(f"The input file {str(content)!r} does not exist.")
        if _is_wal_database(real):
            for ending in ("", "-wal"):
                beside = Path(f"{real}{ending}")
                if beside.is_file():
                    shutil.copyfile(beside, f"{target}{ending}")
            return
        target.symlink_to(real)
        self.readable.append(str(real))

    def files(self) -> dict[str, bytes]:
        """Files that the code wrote, by relative path: regular ones, small ones, the first 32."""
        found: dict[str, bytes] = {}
        seen = 0
        for folder, folders, names in os.walk(self.work, followlinks=False):
            if len(Path(folder).relative_to(self.work).parts) >= 4:
                folders.clear()
            for name in sorted(names):
                seen += 1
                if seen > _MAXIMUM_SEEN or len(found) >= _MAXIMUM_FILES:
                    return found
                path = Path(folder, name)
                relative = os.fsencode(path.relative_to(self.work)).decode("utf-8", "replace")
                if relative not in self._inputs:
                    content = _read_regular(path)
                    if content is not None:
                        found[relative] = content
        return found

    def remove(self) -> None:
        """Remove the folder and everything in it."""
        remove_tree(self.path)


def _is_wal_database(path: Path) -> bool:
    """Whether a file is a SQLite database in write-ahead mode (file format, §1.3.4)."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        header = file.read(20)
    return header.startswith(b"SQLite format 3\0") and header[18:20] == b"\x02\x02"


def _read_regular(path: Path) -> bytes | None:
    """The bytes of a small regular file; None for anything else."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAXIMUM_FILE_BYTES:
            return None
        return file.read(_MAXIMUM_FILE_BYTES)


def remove_tree(root: Path) -> None:
    """Remove a folder that hostile code has filled.

    `shutil.rmtree` recurses, so a thousand nested folders defeat it. Here each folder is moved
    up beside the root's own entries before it is emptied: the depth never grows.
    """
    with contextlib.suppress(FileNotFoundError):
        _empty(root)
        root.rmdir()


def _empty(root: Path) -> None:
    """Remove what is in a folder, without recursion."""
    root.chmod(0o700)
    waiting = [root]
    moved = 0
    while waiting:
        folder = waiting.pop()
        with os.scandir(folder) as entries:
            listed = [(Path(entry), entry.is_dir(follow_symlinks=False)) for entry in entries]
        for path, is_folder in listed:
            if not is_folder:
                path.unlink()
                continue
            place = root / f".removed-{secrets.token_hex(4)}-{moved}"
            moved += 1
            path.chmod(0o700)
            path.rename(place)
            waiting.append(place)
        if folder != root:
            folder.rmdir()
