"""Notes, papers and past runs, cut into passages that can be cited.

A passage knows the file it stands in, its line (page, for PDF), the headings above it, and the
day it was written: the day named in the text or in a heading above, else in the file's name,
else the day on which the file was changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from multivis.errors import MissingExtraError, SourceFormatError
from multivis.memory.periods import find_day

__all__ = ["SUFFIXES", "Passage", "passages_of", "readable", "run_text"]

#: What is read from a folder; PDF only where pypdf is installed.
SUFFIXES = frozenset({".md", ".markdown", ".txt", ".rst", ".pdf"})
_RUN = "result.json"
_LONGEST = 1_200
_LARGEST_FILE = 50_000_000
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Passage:
    """Some lines of a document.

    Attributes:
        text: The lines.
        source: The file as it was named, or the name that a record was given.
        heading: The headings above, outermost first, joined by `` › ``.
        line: First line, 1-based; for PDF the page.
        day: The day it was written.
        dated_by: How the day is known: ``text``, ``heading``, ``name``, ``run`` or ``file``.
        kind: ``note`` (a file of text), ``paper`` (PDF) or ``run``.
        score: How well it fits a question; more is better, 0 where nothing was asked.
    """

    text: str
    source: str
    heading: str = ""
    line: int = 1
    day: date | None = None
    dated_by: str = "file"
    kind: str = "note"
    score: float = 0.0

    @property
    def citation(self) -> str:
        """Where it stands and of what day, for example ``notes/ct.md, line 12 (2026-11-12)``."""
        place = {"paper": f", page {self.line}", "run": ""}.get(self.kind, f", line {self.line}")
        return f"{self.source}{place}" + (f" ({self.day.isoformat()})" if self.day else "")


def readable(path: Path) -> bool:
    """Whether a file is one of those that are read from a folder."""
    if path.suffix.lower() == ".pdf":
        return find_spec("pypdf") is not None
    return path.suffix.lower() in SUFFIXES or path.name == _RUN


def passages_of(path: Path, name: str) -> list[Passage]:
    """The passages of one file, in order.

    Args:
        path: The file.
        name: How it is cited.

    Raises:
        SourceFormatError: It is too large, or not what its ending says.
        MissingExtraError: It is a PDF and pypdf is not installed.
    """
    try:
        status = path.stat()
        if status.st_size > _LARGEST_FILE:
            raise SourceFormatError(
                f"The file {str(path)!r} has {status.st_size:,} bytes; at most "
                f"{_LARGEST_FILE:,} are read.",
                hint="Split it.",
            )
        changed = date.fromtimestamp(status.st_mtime)
        if path.suffix.lower() == ".pdf":
            return list(_paper(path, name, changed))
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise SourceFormatError(
            f"The file {str(path)!r} cannot be read: {error.strerror or error}."
        ) from error
    if path.name == _RUN:
        return list(_run(text, path, name, changed))
    in_name = find_day(path.stem.replace("_", " "))
    given = (in_name, "name") if in_name else (changed, "file")
    return list(_note(text, name, given, markdown=path.suffix.lower() in {".md", ".markdown"}))


# ── notes ───────────────────────────────────────────────────────────────────────────────────


def _note(text: str, name: str, given: tuple[date, str], *, markdown: bool) -> Iterator[Passage]:
    """Passages of a text: paragraphs under the same headings, together up to 1,200 letters."""
    headings: list[tuple[int, str]] = []
    front = _front_matter(text) if markdown else None
    if front is not None:
        given = (front, "text")
    for first, block in _blocks(text, markdown=markdown):
        match = _HEADING.match(block) if markdown else None
        if match:
            level = len(match[1])
            headings = [one for one in headings if one[0] < level] + [(level, match[2])]
            continue
        yield from _dated(block, first, name, [words for _, words in headings], given)


def _dated(
    block: str, first: int, name: str, headings: list[str], given: tuple[date, str]
) -> Iterator[Passage]:
    """One block as passages, each with its day."""
    above = next((day for words in reversed(headings) if (day := find_day(words))), None)
    heading = " › ".join(headings)
    for line, piece in _pieces(block, first):
        own = find_day(piece)
        day, how = (own, "text") if own else (above, "heading") if above else given
        yield Passage(piece, name, heading, line, day, how)


def _front_matter(text: str) -> date | None:
    """The date that a YAML front matter gives."""
    match = re.match(r"\A---\s*\n(.*?)\n---\s*\n", text, re.DOTALL)
    line = re.search(r"^date\s*:\s*(.+)$", match[1], re.MULTILINE) if match else None
    return find_day(line[1]) if line else None


def _blocks(text: str, *, markdown: bool) -> Iterator[tuple[int, str]]:
    """Runs of paragraphs with the number of their first line; headings stand alone."""
    lines = text.splitlines()
    block: list[str] = []
    first, fenced = 1, False
    for number, line in enumerate(lines, start=1):
        if markdown and line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        heading = markdown and not fenced and _HEADING.match(line)
        full = not line.strip() and not fenced and sum(map(len, block)) > _LONGEST // 2
        if (heading or full) and any(part.strip() for part in block):
            yield first, "\n".join(block).rstrip()
            block = []
        if heading:
            yield number, line
            block = []
            continue
        if not block:
            if not line.strip():
                continue
            first = number
        block.append(line)
    if any(part.strip() for part in block):
        yield first, "\n".join(block).rstrip()


def _pieces(block: str, first: int) -> Iterator[tuple[int, str]]:
    """A block cut at sentences where it is longer than 1,200 letters."""
    piece, line, count = "", first, 0
    for part in _parts(block):
        if piece and len(piece) + len(part) > _LONGEST:
            yield line, piece.strip()
            line, piece = first + count, ""
        piece += part
        count += part.count("\n")
    if piece.strip():
        yield line, piece.strip()


def _parts(block: str) -> Iterator[str]:
    """Sentences with what stands between them; a sentence without end is cut hard."""
    start = 0
    for match in _SENTENCE.finditer(block):
        yield from _hard(block[start : match.end()])
        start = match.end()
    yield from _hard(block[start:])


def _hard(sentence: str) -> Iterator[str]:
    for start in range(0, len(sentence), _LONGEST):
        yield sentence[start : start + _LONGEST]


# ── papers ──────────────────────────────────────────────────────────────────────────────────


def _paper(path: Path, name: str, changed: date) -> Iterator[Passage]:
    """The pages of a PDF."""
    if find_spec("pypdf") is None:
        raise MissingExtraError("PDF files", extra="documents")
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        for number, page in enumerate(PdfReader(path).pages, start=1):
            for _, piece in _pieces(page.extract_text(), 1):
                yield Passage(piece, name, "", number, changed, "file", "paper")
    except (PyPdfError, ValueError, KeyError) as error:
        raise SourceFormatError(
            f"The file {str(path)!r} is not a PDF that can be read: {error}."
        ) from error


# ── past runs ───────────────────────────────────────────────────────────────────────────────


def _run(text: str, path: Path, name: str, changed: date) -> Iterator[Passage]:
    """What `result.json` says of a run; a file of that name that is no run gives nothing."""
    try:
        told = json.loads(text)
    except ValueError as error:
        raise SourceFormatError(f"The file {str(path)!r} is damaged: {error}.") from error
    if not isinstance(told, dict) or "question" not in told:
        return
    told.setdefault("specification", _stages_beside(told, path))
    moments = [event.get("at") for event in _mappings(told.get("trace"))]
    seconds = [float(at) for at in moments if isinstance(at, int | float) and at > 0]
    day, how = (date.fromtimestamp(max(seconds)), "run") if seconds else (changed, "file")
    for _, piece in _pieces(run_text(told), 1):
        yield Passage(piece, name, "", 1, day, how, "run")


def _stages_beside(told: Mapping[str, Any], path: Path) -> Any:
    """The specification of a volume's picture, from the file that the run was saved with."""
    files = told.get("files")
    name = files.get("spec") if isinstance(files, dict) else None
    if not isinstance(name, str) or Path(name).name != name:
        return None
    try:
        found = json.loads((path.parent / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # the run is told without it
    return found if isinstance(found, dict) and "stages" in found else None


def _mappings(value: Any) -> Iterable[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def run_text(told: Mapping[str, Any]) -> str:
    """A past run in sentences: what was asked, of what, how it ended, and what was shown.

    Args:
        told: The record of a run as ``result.json`` holds it. Of a volume's run its
            ``specification`` is told stage by stage, with every parameter.
    """
    lines = [f"Question: {told['question']}"]
    for key, label in (("data", "Data"), ("status", "Status"), ("answer", "Answer")):
        if told.get(key):
            lines.append(f"{label}: {told[key]}")
    if told.get("sql"):
        lines.append(f"SQL: {told['sql']}")
    specification = told.get("specification")
    stages = specification.get("stages") if isinstance(specification, dict) else None
    lines += [_stage_text(stage) for stage in _mappings(stages)]
    lines += [f"Note: {note.get('text', '')}" for note in _mappings(told.get("notes"))]
    return "\n".join(lines)


def _stage_text(stage: Mapping[str, Any]) -> str:
    """One stage of a volume's picture: its kind, its name, then its parameters."""
    name = f" of the {stage['name']}" if stage.get("name") else ""
    given = ", ".join(
        f"{key} {value:.6g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in stage.items()
        if key not in {"kind", "name"}
        and isinstance(value, int | float | str)
        and not isinstance(value, bool)
        and value != ""
    )
    return f"Shown: {stage.get('kind', 'stage')}{name}: {given}."
