"""Where a chart comes from: made here, written into files, and read back from them.

- Vega-Lite: ``usermeta.multivis``
- Plotly: ``layout.meta.multivis``
- Matplotlib's description: ``multivis``
- PNG: an ``iTXt`` chunk with the keyword ``multivis``
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from multivis.errors import RenderError
from multivis.state import Provenance, QueryResult, Request

__all__ = [
    "chart_provenance",
    "code_hash",
    "png_with_provenance",
    "provenance_of_spec",
    "read_provenance",
    "versions_for",
]

_KEY = "multivis"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PACKAGES = {
    "altair": ("altair", "vl-convert-python"),
    "plotly": ("plotly",),
    "matplotlib": ("matplotlib",),
}


def code_hash(code: str) -> str:
    """SHA-256 of the code's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


def versions_for(backend: str, spec: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Versions of multivis, of the chart library, and of Vega-Lite where the chart uses it."""
    found: dict[str, str] = {}
    for name in ("multivis", *_PACKAGES.get(backend, (backend,))):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    schema = str((spec or {}).get("$schema", ""))
    if "/vega-lite/" in schema:
        found["vega-lite"] = schema.rsplit("/", 1)[-1].removesuffix(".json").lstrip("v")
    return found


def chart_provenance(
    request: Request,
    code: str,
    *,
    query: QueryResult | None = None,
    source: str = "",
    spec: Mapping[str, Any] | None = None,
) -> Provenance:
    """The provenance of a drafted chart; `checks` are added once it was validated.

    Args:
        request: What was asked.
        code: The chart code.
        query: Where the rows come from, unless the code loads its own.
        source: Address of the source, without password.
        spec: The specification, for the version of its grammar.
    """
    return Provenance(
        question=request.question,
        sql=query.sql if query else None,
        source=source,
        data_sha256=query.rows.sha256 if query else None,
        code_sha256=code_hash(code),
        versions=versions_for(request.backend, spec),
    )


def _chunks(png: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of every chunk, header and checksum included."""
    position = len(_SIGNATURE)
    while position + 12 <= len(png):
        size = int.from_bytes(png[position : position + 4], "big")
        end = position + 12 + size
        if end > len(png):
            return
        yield png[position + 4 : position + 8], position, end
        position = end


def _is_ours(png: bytes, kind: bytes, start: int) -> bool:
    keyword = _KEY.encode() + b"\0"
    return kind == b"iTXt" and png[start + 8 : start + 8 + len(keyword)] == keyword


def png_with_provenance(png: bytes, provenance: Mapping[str, Any] | Provenance) -> bytes:
    """The same picture with the provenance in a text chunk; an earlier one is replaced.

    Args:
        png: A PNG file.
        provenance: A mapping of JSON values, or the record.

    Raises:
        RenderError: The bytes are not a PNG.
    """
    if not png.startswith(_SIGNATURE):
        raise RenderError("The picture is not a PNG, so it cannot carry its provenance.")
    record = (
        provenance.model_dump(mode="json") if isinstance(provenance, Provenance) else provenance
    )
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, default=str)
    # keyword, no compression (two zero bytes), empty language tag, empty translated keyword
    body = b"iTXt" + _KEY.encode() + b"\0\0\0\0\0" + text.encode("utf-8", "backslashreplace")
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    parts = [_SIGNATURE]
    for kind, start, end in _chunks(png):
        if _is_ours(png, kind, start):
            continue
        parts.append(png[start:end])
        if kind == b"IHDR":
            parts.append(chunk)
    return b"".join(parts)


def _from_png(png: bytes) -> dict[str, Any] | None:
    for kind, start, end in _chunks(png):
        if _is_ours(png, kind, start):
            body = png[start + 8 : end - 4].split(b"\0", 5)[-1]
            record = json.loads(body.decode("utf-8"))
            return record if isinstance(record, dict) else None
    return None


def provenance_of_spec(spec: Mapping[str, Any]) -> dict[str, Any] | None:
    """The provenance that a specification of any backend carries, or None."""
    layout = spec.get("layout")
    layout = layout if isinstance(layout, Mapping) else {}
    template = layout.get("template")
    inner = template.get("layout") if isinstance(template, Mapping) else None
    holders: list[Any] = [spec.get("usermeta"), layout.get("meta"), spec]
    if isinstance(inner, Mapping):
        holders.append(inner.get("meta"))
    for holder in holders:
        for candidate in holder if isinstance(holder, list) else [holder]:
            if isinstance(candidate, Mapping) and isinstance(candidate.get(_KEY), Mapping):
                return dict(candidate[_KEY])
    return None


def read_provenance(file: Path | str | bytes) -> dict[str, Any] | None:
    """The provenance of a picture or a specification that multivis wrote.

    Args:
        file: Path of a ``.png`` or ``.json`` file, or its bytes.

    Returns:
        The fields of `multivis.state.Provenance`, or None when the file carries none.

    Raises:
        RenderError: The file is neither a PNG nor JSON, or is damaged.
    """
    content = file if isinstance(file, bytes) else Path(file).read_bytes()
    try:
        if content.startswith(_SIGNATURE):
            return _from_png(content)
        spec = json.loads(content)
    except ValueError as error:
        raise RenderError(
            f"The provenance cannot be read: {error}.",
            hint="Give a PNG or a JSON specification that multivis wrote.",
        ) from error
    return provenance_of_spec(spec) if isinstance(spec, dict) else None
