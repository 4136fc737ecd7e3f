"""The artefact store: bytes kept in files that are named by their content."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from pathlib import Path

from multivis.errors import MultiVisError, OutputError
from multivis.state import ArtifactReference

__all__ = ["FileArtifactStore"]


class FileArtifactStore:
    """Bytes in a folder, one file for each content.

    Writes are atomic (a temporary file, then a rename), so a killed process leaves no half
    file under a final name; reads check the content against its name.

    Args:
        root: The folder; made when it is not there.

    Raises:
        OutputError: The folder cannot be written.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise _unwritable(self.root, error) from error

    def put(self, content: bytes, media_type: str, name: str = "") -> ArtifactReference:
        """Keep bytes; the same bytes give the same reference and one file.

        Raises:
            OutputError: The folder cannot be written.
        """
        digest = hashlib.sha256(content).hexdigest()
        target = self._file(digest)
        if not (target.is_file() and target.stat().st_size == len(content)):
            self._write(target, content)
        return ArtifactReference(sha256=digest, media_type=media_type, size=len(content), name=name)

    def get(self, reference: ArtifactReference) -> bytes:
        """The bytes.

        Raises:
            MultiVisError: They are gone or damaged.
        """
        path = self._file(reference.sha256)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _gone(reference) from error
        if hashlib.sha256(content).hexdigest() != reference.sha256:
            raise MultiVisError(
                f"The kept bytes of {reference.name or reference.sha256[:12]!r} are damaged.",
                hint="Run the question again.",
            )
        return content

    def path(self, reference: ArtifactReference) -> Path:
        """A read-only file with the bytes; check them with `get` where that matters.

        Raises:
            MultiVisError: The file is gone or has another size.
        """
        path = self._file(reference.sha256)
        try:
            size = path.stat().st_size
        except OSError as error:
            raise _gone(reference) from error
        if size != reference.size:
            raise MultiVisError(
                f"The kept bytes of {reference.name or reference.sha256[:12]!r} are damaged.",
                hint="Run the question again.",
            )
        return path

    def prune(self, max_bytes: int, *, keep_seconds: float = 7 * 86_400.0) -> int:
        """Drop what was not used for longest until the store is within its size.

        Nothing that was written or read within `keep_seconds` is dropped, so that open
        results and runs that wait for a person keep their artefacts.

        Args:
            max_bytes: What the store may hold.
            keep_seconds: How long an artefact is kept in any case.

        Returns:
            How many bytes were freed.
        """
        found: list[tuple[float, int, Path]] = []
        for path in self.root.glob("??/*"):
            with contextlib.suppress(OSError):  # another process prunes too
                facts = path.stat()
                found.append((max(facts.st_mtime, facts.st_atime), facts.st_size, path))
        total = sum(size for _, size, _ in found)
        freed = 0
        before = time.time() - keep_seconds
        for used, size, path in sorted(found):
            if total - freed <= max_bytes or used > before:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                freed += size
        return freed

    def _file(self, digest: str) -> Path:
        return self.root / digest[:2] / digest

    def _write(self, target: Path, content: bytes) -> None:
        temporary = ""
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".part-")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).chmod(0o444)
            Path(temporary).replace(target)
        except OSError as error:
            if temporary:
                with contextlib.suppress(OSError):
                    Path(temporary).unlink()
            raise _unwritable(self.root, error) from error


def _gone(reference: ArtifactReference) -> MultiVisError:
    return MultiVisError(
        f"The kept bytes of {reference.name or reference.sha256[:12]!r} are gone.",
        hint="Run the question again.",
    )


def _unwritable(root: Path, error: OSError) -> OutputError:
    return OutputError(
        f"The folder {str(root)!r} cannot be written: {error.strerror or error}.",
        hint="Choose another folder or change its permissions.",
    )
