"""What clients may name: the data that the operator gave, and what they uploaded.

A client never names a path or an address. Each source is opened by the server and goes by its
name from there on: in requests, states, provenance and exported scripts.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from multivis.data.nearest import nearest
from multivis.errors import OptionError, SourceNotFoundError
from multivis.graph.runtime import open_data
from multivis.protocols import Prologue, Rows, Schema, Source
from multivis.serve.uploads import Upload, UploadStore
from multivis.settings import Limits
from multivis.volumes.data import VolumeData, volume_of

__all__ = ["NamedSource", "SourceBook", "name_sources"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


class NamedSource:
    """A source that is known by a name: its real address stays on the server.

    Args:
        name: How clients name it.
        source: The source behind it.
    """

    def __init__(self, name: str, source: Source) -> None:
        self.name = name
        self._source = source

    @property
    def address(self) -> str:
        """The name."""
        return self.name

    @property
    def dialect(self) -> str:
        """sqlglot's name of the dialect."""
        return self._source.dialect

    @property
    def volume_data(self) -> VolumeData | None:
        """The volume behind the name, if it is one."""
        return volume_of(self._source)

    def schema(self) -> Schema:
        """Tables, columns, keys and profiles."""
        return self._source.schema()

    def execute(
        self, sql: str, *, row_limit: int | None = None, seconds: float | None = None
    ) -> Rows:
        """Guard and run one SELECT."""
        return self._source.execute(sql, row_limit=row_limit, seconds=seconds)

    def prologue(self, sql: str) -> Prologue:
        """Code that loads the rows from the file as the client knows it."""
        made = self._source.prologue(sql)
        return Prologue(code=self.hide(made.code), frame=made.frame)

    def files(self) -> Mapping[str, Path]:
        """The files of the source, under their plain names."""
        return {self.hide(name): path for name, path in self._source.files().items()}

    def hide(self, text: str) -> str:
        """A text in which files of the source stand without the folder they are in."""
        for folder in self._folders:
            text = text.replace(folder, "")
        return text.replace(self._url, self.name) if self._url else text

    @cached_property
    def _folders(self) -> tuple[str, ...]:
        """The folders of the files, longest first, each with its slash."""
        paths = self._source.files().values()
        folders = {str(f.parent) for path in paths for f in (path, path.resolve())}
        return tuple(sorted((f"{f}/" for f in folders - {".", "/"}), key=len, reverse=True))

    @cached_property
    def _url(self) -> str:
        """The address, if it is one of a server."""
        return self._source.address if "://" in self._source.address else ""

    def close(self) -> None:
        """Give back connections."""
        self._source.close()


class SourceBook:
    """The sources of a server by name, each opened once.

    Args:
        given: The operator's data: name → whatever `multivis.open_source` takes.
        uploads: Files of clients.
        limits: Bounds on the sources.

    Raises:
        InputError: Data that cannot be opened: an operator learns it at the start.
    """

    def __init__(self, given: Mapping[str, Any], uploads: UploadStore, limits: Limits) -> None:
        self.uploads = uploads
        self._limits = limits
        self._lock = threading.RLock()
        self._open: dict[str, NamedSource] = {}
        for name, data in given.items():
            if not _NAME.fullmatch(name):
                raise OptionError(
                    f"The name {name!r} cannot stand for data.",
                    hint="Use letters, digits, dots, dashes and underscores.",
                )
            self._open[name] = NamedSource(name, open_data(data, limits=limits))
        self.given = tuple(self._open)

    def get(self, name: str | None) -> NamedSource:
        """The source of that name; without a name the only one that the operator gave.

        Raises:
            SourceNotFoundError: No such name.
            InputError: An uploaded file that is not what its ending says.
        """
        if name is None:
            if len(self.given) == 1:
                return self._open[self.given[0]]
            raise SourceNotFoundError("The request names no data.", hint=self._hint(""))
        with self._lock:
            upload = self.uploads.find(name)
            if upload is None and name not in self.given:
                self._forget(name)
                raise SourceNotFoundError(
                    f"There is no data {name[:80]!r} on this server.", hint=self._hint(name)
                )
            if upload is not None and upload.kind != "data":
                raise SourceNotFoundError(
                    f"The upload {name!r} is a picture and not data.",
                    hint="Give it as the image of a request.",
                )
            if name not in self._open and upload is not None:
                self._forget_gone()
                source = open_data(upload.path, limits=self._limits)
                self._open[name] = NamedSource(name, source)
            return self._open[name]

    def hide(self, text: str) -> str:
        """A text without the folders in which the server keeps data."""
        with self._lock:
            opened = list(self._open.values())
        for source in opened:
            text = source.hide(text)
        return self.uploads.hide(text)

    def remove(self, name: str) -> Upload:
        """Delete an upload and give back what was open on it.

        Raises:
            SourceNotFoundError: There is no such upload.
        """
        with self._lock:
            removed = self.uploads.remove(name)
            self._forget(name)
            return removed

    def close(self) -> None:
        """Give back every source."""
        with self._lock:
            for source in self._open.values():
                source.close()
            self._open.clear()
            self.given = ()

    def _forget(self, name: str) -> None:
        source = self._open.pop(name, None)
        if source is not None:
            source.close()

    def _forget_gone(self) -> None:
        """Close what was open on uploads that are no longer there."""
        for name in list(self._open):
            if name not in self.given and self.uploads.find(name) is None:
                self._forget(name)

    def _hint(self, name: str) -> str:
        if not self.given:
            return "Upload a file and name its id."
        near = nearest(name, self.given) if name else ()
        listed = ", ".join(repr(item) for item in (near or self.given)[:10])
        return f"Use {listed}, or upload a file and name its id."


def name_sources(data: Any) -> dict[str, Any]:
    """Names for data that was given in any of the usual ways.

    Args:
        data: ``None``; a mapping of names to data; one address, path or frame; or several
            texts, each an address or ``NAME=ADDRESS``. A file without a name goes by its stem.

    Raises:
        OptionError: Two sources of the same name, or an address that needs a name.
    """
    if data is None:
        return {}
    if isinstance(data, Mapping):
        return {str(name): source for name, source in data.items()}
    if isinstance(data, str | Path):
        return _named([data])
    if isinstance(data, Iterable) and all(isinstance(item, str | Path) for item in data):
        return _named(data)
    return {"data": data}


def _named(addresses: Iterable[str | Path]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in addresses:
        name, address = _split(item)
        if name in found:
            raise OptionError(
                f"Two sources go by the name {name!r}.", hint="Give them names: NAME=SRC."
            )
        found[name] = address
    return found


def _split(item: str | Path) -> tuple[str, str | Path]:
    """Name and address of ``NAME=ADDRESS`` or of a plain address."""
    if isinstance(item, str):
        name, sign, address = item.partition("=")
        if sign and _NAME.fullmatch(name) and not Path(item).exists():
            return name, address
        if "://" in item:
            tail = item.partition("?")[0].rstrip("/").rpartition("/")[2]
            return _clean(Path(tail).stem) or "data", item
    return _clean(Path(item).stem) or "data", item


def _clean(name: str) -> str:
    """A name out of a file's name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._-")[:80]
