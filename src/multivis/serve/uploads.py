"""Files that clients upload: one folder each, under a name that cannot be guessed."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from multivis.data.images import image_facts
from multivis.errors import ImageError, OptionError, OutputError, SourceFormatError
from multivis.errors import SourceNotFoundError as NotFoundError
from multivis.rules import RuleBook
from multivis.scratch import ScratchFolder
from multivis.serve.options import ServeOptions
from multivis.settings import Limits

__all__ = ["Upload", "UploadStore", "UploadTooLargeError"]

_IMAGES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"}
_DATA = {
    *(".sqlite", ".sqlite3", ".db", ".db3", ".s3db", ".duckdb", ".ddb", ".csv", ".tsv", ".tab"),
    *(".parquet", ".pq", ".json", ".ndjson", ".jsonl", ".xlsx", ".xlsm"),
}
_ZIPPED = {".xlsx", ".xlsm"}
_UNPACKED_BYTES = 1_000_000_000
_ID = re.compile(r"upload-[0-9a-f]{32}")
_BLOCK = 1 << 20


class UploadTooLargeError(OptionError):
    """A file is over the limit, or there is no room for it."""


@dataclass(frozen=True)
class Upload:
    """One uploaded file.

    Attributes:
        id: What the client names it by.
        name: Its file name, made harmless.
        kind: Whether it is data or a picture.
        path: Where it is; never shown to a client.
        size: Bytes.
        sha256: Of its content.
        at: When it came (`time.time`).
    """

    id: str
    name: str
    kind: Literal["data", "image"]
    path: Path
    size: int
    sha256: str
    at: float

    def to_json(self) -> dict[str, object]:
        """What a client is told."""
        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "size": self.size,
            "sha256": self.sha256,
        }


class UploadStore:
    """Uploaded files in a folder of the server, bounded in size, number and age.

    Args:
        options: Folder and bounds.
        limits: Bounds on pictures.

    Raises:
        OutputError: The folder cannot be written.
    """

    def __init__(self, options: ServeOptions, limits: Limits) -> None:
        self._options = options
        self._limits = limits
        self._lock = threading.RLock()
        self._scratch: ScratchFolder | None = None
        try:
            if options.uploads is None:
                self._scratch = ScratchFolder("uploads")
                self.folder = self._scratch.path.resolve()
            else:
                self.folder = options.uploads.expanduser().resolve()
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise OutputError(
                f"The folder for uploads cannot be made: {error.strerror or error}.",
                hint="Name a folder that the server may write to.",
            ) from error
        self._uploads = {upload.id: upload for upload in self._found()}

    def add(self, name: str, content: IO[bytes]) -> Upload:
        """Keep a file.

        Args:
            name: The name that the client gave.
            content: Its bytes; no more are read than the limit allows.

        Raises:
            OptionError: A name with folders in it, or too many uploads.
            SourceFormatError: An ending of no known kind, or a file that unpacks to too much.
            ImageError: A picture that is none, or too large.
            UploadTooLargeError: More bytes than allowed.
        """
        safe = _safe_name(name)
        self._remove_old()
        identity = f"upload-{secrets.token_hex(16)}"
        folder = self.folder / identity
        folder.mkdir(mode=0o700)
        try:
            upload = self._write(identity, folder / safe, content)
            self._check(upload)
            with self._lock:
                self._make_room(upload)
                self._uploads[identity] = upload
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return upload

    def find(self, identity: str) -> Upload | None:
        """The upload of that id, or None."""
        return self._uploads.get(identity)

    def image(self, identity: str) -> Path:
        """The path of an uploaded picture.

        Raises:
            ImageError: There is no such picture.
        """
        upload = self.find(identity)
        if upload is None or upload.kind != "image":
            raise ImageError(
                f"There is no uploaded picture {identity[:80]!r}.",
                hint="Upload the picture and name the id that you are given.",
            )
        return upload.path

    def remove(self, identity: str) -> Upload:
        """Delete an upload.

        Raises:
            SourceNotFoundError: There is none of that id.
        """
        with self._lock:
            upload = self._uploads.pop(identity, None)
        if upload is None:
            raise NotFoundError(
                f"There is no upload {identity[:80]!r}.", hint="It may have been removed."
            )
        shutil.rmtree(upload.path.parent, ignore_errors=True)
        return upload

    def hide(self, text: str) -> str:
        """A text without the folder of the uploads."""
        return re.sub(re.escape(str(self.folder)) + r"/(upload-[0-9a-f]{32}/)?", "", text)

    def close(self) -> None:
        """Remove the folder, if it is a temporary one."""
        if self._scratch is not None:
            self._scratch.close()

    # ── parts ───────────────────────────────────────────────────────────────────────────────

    def _write(self, identity: str, path: Path, content: IO[bytes]) -> Upload:
        digest, size = hashlib.sha256(), 0
        with path.open("xb") as file:
            while block := content.read(_BLOCK):
                size += len(block)
                if size > self._options.upload_bytes:
                    raise UploadTooLargeError(
                        f"The file is larger than {self._options.upload_bytes:,} bytes.",
                        hint="Upload a smaller one.",
                    )
                digest.update(block)
                file.write(block)
        path.chmod(0o400)
        kind: Literal["data", "image"] = "image" if path.suffix.lower() in _IMAGES else "data"
        return Upload(identity, path.name, kind, path, size, digest.hexdigest(), time.time())

    def _check(self, upload: Upload) -> None:
        """A picture is one (EH-3); a packed file does not unpack to more than memory holds."""
        if upload.kind == "image":
            facts = image_facts(upload.path, self._limits)
            failure = RuleBook().image_validation(facts, self._limits).value
            if failure is not None:
                raise ImageError(self.hide(failure.message))
        elif upload.path.suffix.lower() in _ZIPPED:
            try:
                with zipfile.ZipFile(upload.path) as packed:
                    size = sum(item.file_size for item in packed.infolist())
            except (zipfile.BadZipFile, OSError) as error:
                raise SourceFormatError(
                    f"The file {upload.name!r} is no Excel workbook.", hint="Save it again."
                ) from error
            if size > _UNPACKED_BYTES:
                raise SourceFormatError(
                    f"The workbook {upload.name!r} unpacks to {size:,} bytes.",
                    hint="Upload the table as Parquet or CSV.",
                )

    def _make_room(self, upload: Upload) -> None:
        used = sum(other.size for other in self._uploads.values())
        if len(self._uploads) >= self._options.uploads_kept:
            raise UploadTooLargeError(
                f"The server keeps {self._options.uploads_kept} uploads and has no room for more.",
                hint="Delete one that is no longer needed.",
            )
        if used + upload.size > self._options.uploads_bytes:
            raise UploadTooLargeError(
                f"The uploads together would be over {self._options.uploads_bytes:,} bytes.",
                hint="Delete one that is no longer needed.",
            )

    def _remove_old(self) -> None:
        before = time.time() - self._options.upload_seconds
        for upload in list(self._uploads.values()):
            if upload.at < before:
                with contextlib.suppress(NotFoundError):
                    self.remove(upload.id)

    def _found(self) -> Iterator[Upload]:
        """What an earlier server left in the folder."""
        for folder in sorted(self.folder.iterdir()):
            files = [p for p in folder.iterdir() if p.is_file()] if folder.is_dir() else []
            if not _ID.fullmatch(folder.name) or len(files) != 1:
                continue
            (path,) = files
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            kind: Literal["data", "image"] = "image" if path.suffix.lower() in _IMAGES else "data"
            facts = path.stat()
            yield Upload(folder.name, path.name, kind, path, facts.st_size, digest, facts.st_mtime)


def _safe_name(name: str) -> str:
    """A file name that is nothing but a file name.

    Raises:
        OptionError: It names a folder.
        SourceFormatError: Its ending is of no known kind.
    """
    if not name or re.search(r"[/\\\0]", name) or name in {".", ".."}:
        raise OptionError(
            f"The name {name[:80]!r} is not the plain name of a file.",
            hint="Leave out every folder.",
        )
    suffix = Path(name).suffix.lower()
    if suffix not in _DATA | _IMAGES:
        raise SourceFormatError(
            f"The ending {suffix[:20]!r} is of no known kind.",
            hint="Upload CSV, TSV, Parquet, JSON, Excel, SQLite or DuckDB, or a picture.",
        )
    stem = re.sub(r"[^\w.-]+", "_", Path(name).stem, flags=re.ASCII).strip("._-")[:80]
    return f"{stem or 'file'}{suffix}"
