"""Notes, papers and past runs that answer questions and enrich prompts, with their sources.

Found by words (FTS5, BM25), and by meaning as well where embeddings are given; a question that
names a time ("last week") is answered from what was written in that time.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.errors import OptionError, SourceFormatError, SourceNotFoundError
from multivis.memory.answers import DocumentAnswer, content_words, extract_answer
from multivis.memory.database import SqliteFile, encodable, match_any
from multivis.memory.passages import Passage, passages_of, readable, run_text
from multivis.memory.periods import Period, resolve_period

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

__all__ = ["DocumentIndex", "SyncReport"]

_APPLICATION = 0x4D564431  # "MVD1", in the header of the file
_MOST_FILES = 20_000
_RECIPROCAL_RANK = 60  # k of reciprocal rank fusion (Cormack et al. 2009)
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages"})

_TABLES = """
CREATE TABLE IF NOT EXISTS document (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    folder TEXT NOT NULL,
    stamp TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS passage (
    number INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES document (number),
    text TEXT NOT NULL,
    heading TEXT NOT NULL,
    line INTEGER NOT NULL,
    day TEXT,
    dated_by TEXT NOT NULL,
    kind TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS passage_document ON passage (document);
CREATE INDEX IF NOT EXISTS passage_day ON passage (day);
CREATE VIRTUAL TABLE IF NOT EXISTS passage_words USING fts5(
    text, heading, name, tokenize = "porter unicode61 remove_diacritics 2"
);
CREATE TABLE IF NOT EXISTS vector (
    passage INTEGER NOT NULL, model TEXT NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (passage, model)
);
"""


@dataclass(frozen=True)
class SyncReport:
    """What reading a folder came to: numbers of files, and which were left out and why."""

    read: int
    unchanged: int
    removed: int
    left_out: tuple[tuple[str, str], ...] = ()


class DocumentIndex:
    """Documents in a SQLite file, kept in step with a folder. Thread-safe.

    Args:
        path: File of the index, made when it is not there; ``":memory:"`` keeps nothing.
        embeddings: Any LangChain embeddings, to find by meaning as well as by words.
        today: What "today" is; the day here and now by default.

    Raises:
        SourceFormatError: The file is damaged, or is something else.
        OutputError: The file cannot be made.
    """

    def __init__(
        self,
        path: Path | str = ":memory:",
        *,
        embeddings: Embeddings | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._file = SqliteFile(
            path, tables=_TABLES, application=_APPLICATION, what="document index"
        )
        self._embeddings = embeddings
        self._today = today

    # ── taking in ───────────────────────────────────────────────────────────────────────────

    def sync(self, folder: Path | str) -> SyncReport:
        """Read what is new or changed in a folder, and drop what is gone from it.

        Read are Markdown, text, reStructuredText, PDF (with pypdf) and the ``result.json`` of
        past runs, in all folders below, except hidden ones.

        Raises:
            SourceNotFoundError: There is no such folder.
            OptionError: It holds more than 20,000 documents.
        """
        top = Path(folder).expanduser()
        if not top.is_dir():
            raise SourceNotFoundError(
                f"There is no folder {str(top)!r}.", hint="Name a folder with notes or runs."
            )
        place = str(top.resolve())
        known = dict(
            self._file.rows("SELECT name, stamp FROM document WHERE folder = ?", [encodable(place)])
        )
        read = unchanged = 0
        left_out: list[tuple[str, str]] = []
        seen: set[str] = set()
        for path in _files(top):
            name = encodable(path.relative_to(top).as_posix())
            if not readable(path):
                if path.suffix.lower() == ".pdf":
                    left_out.append((name, "PDF files need pypdf: multivis[documents]"))
                continue
            seen.add(name)
            if len(seen) > _MOST_FILES:
                raise OptionError(
                    f"The folder {str(top)!r} holds more than {_MOST_FILES:,} documents.",
                    hint="Name a folder further down.",
                )
            stamp = _stamp(path)
            if known.get(name) == stamp:
                unchanged += 1
                continue
            try:
                passages = passages_of(path, name)
            except SourceFormatError as error:
                left_out.append((name, error.message))
                continue
            self._replace(name, place, stamp, passages)
            read += 1
        gone = sorted(set(known) - seen)
        for name in gone:
            self._drop(name, place)
        return SyncReport(read, unchanged, len(gone), tuple(left_out))

    def record(
        self, text: str, *, name: str, day: date | None = None, folder: str = "records"
    ) -> None:
        """Keep a text that is in no file, for example what a run came to.

        Args:
            text: The text.
            name: What it is cited as; a record of the same name is replaced.
            day: When it was; today by default.
            folder: Records of one kind have one.
        """
        when = day or self._today()
        passage = Passage(text.strip(), name, day=when, dated_by="run", kind="run")
        stamp = hashlib.sha256(encodable(text).encode()).hexdigest()
        self._replace(name, folder, stamp, [passage] if passage.text else [])

    def record_run(self, told: Mapping[str, Any], *, name: str, day: date | None = None) -> None:
        """Keep what a run came to, from its record as ``result.json`` holds it."""
        self.record(run_text(told), name=name, day=day, folder="runs")

    def _replace(self, name: str, folder: str, stamp: str, passages: Sequence[Passage]) -> None:
        """Put the passages of a document in the place of those it had."""
        vectors: list[bytes] = []
        if self._embeddings is not None and passages:
            texts = [f"{one.heading}\n{one.text}".strip() for one in passages]
            vectors = [_packed(vector) for vector in self._embeddings.embed_documents(texts)]
        self._drop(name, folder)
        with self._file.transaction() as connection:
            document = connection.execute(
                "INSERT INTO document (name, folder, stamp) VALUES (?, ?, ?)",
                [encodable(name), encodable(folder), stamp],
            ).lastrowid
            for place, one in enumerate(passages):
                number = connection.execute(
                    "INSERT INTO passage (document, text, heading, line, day, dated_by, kind)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [
                        document,
                        encodable(one.text),
                        encodable(one.heading),
                        one.line,
                        one.day.isoformat() if one.day else None,
                        one.dated_by,
                        one.kind,
                    ],
                ).lastrowid
                connection.execute(
                    "INSERT INTO passage_words (rowid, text, heading, name) VALUES (?, ?, ?, ?)",
                    [number, encodable(one.text), encodable(one.heading), encodable(name)],
                )
                if vectors:
                    connection.execute(
                        "INSERT INTO vector (passage, model, content) VALUES (?, ?, ?)",
                        [number, self._model, vectors[place]],
                    )

    def _drop(self, name: str, folder: str) -> None:
        """Forget a document."""
        with self._file.transaction() as connection:
            passages = (
                "(SELECT p.number FROM passage p JOIN document d ON d.number = p.document"
                " WHERE d.name = ? AND d.folder = ?)"
            )
            given = [encodable(name), encodable(folder)]
            connection.execute(f"DELETE FROM passage_words WHERE rowid IN {passages}", given)
            connection.execute(f"DELETE FROM vector WHERE passage IN {passages}", given)
            connection.execute(f"DELETE FROM passage WHERE number IN {passages}", given)
            connection.execute("DELETE FROM document WHERE name = ? AND folder = ?", given)

    @property
    def _model(self) -> str:
        """What vectors of these embeddings are kept under."""
        kind = type(self._embeddings)
        named = getattr(self._embeddings, "model", None) or getattr(
            self._embeddings, "model_name", ""
        )
        return f"{kind.__module__}.{kind.__qualname__}:{named}"

    # ── finding ─────────────────────────────────────────────────────────────────────────────

    def search(
        self, question: str, *, limit: int = 5, period: Period | None = None
    ) -> tuple[Passage, ...]:
        """The passages that fit a question best, best first.

        Args:
            question: Any text.
            limit: Most passages.
            period: Only what was written in it; the one that the question names by default.
        """
        if limit < 1:
            return ()
        period = period or resolve_period(question, self._today())
        words = " ".join(content_words(question, period))
        ranks = [self._by_words(words, period, limit * 4)]
        if self._embeddings is not None:
            ranks.append(self._by_meaning(question, period, limit * 4))
        scores: dict[int, float] = {}
        for rank in ranks:
            for place, number in enumerate(rank, start=1):
                scores[number] = scores.get(number, 0.0) + 1 / (_RECIPROCAL_RANK + place)
        best = sorted(scores, key=lambda number: (-scores[number], number))[:limit]
        return tuple(replace(self._passage(number), score=scores[number]) for number in best)

    def _by_words(self, words: str, period: Period | None, limit: int) -> list[int]:
        """Numbers of passages by BM25; headings count twice, file names once more."""
        match = match_any(words)
        where, given = _within(period)
        if not match:
            if period is None:
                return []
            rows = self._file.rows(
                f"SELECT p.number FROM passage p WHERE {where} ORDER BY p.day DESC LIMIT ?",
                [*given, limit],
            )
            return [int(row[0]) for row in rows]
        rows = self._file.rows(
            "SELECT p.number FROM passage_words JOIN passage p ON p.number = passage_words.rowid"
            f" WHERE passage_words MATCH ? AND {where}"
            " ORDER BY bm25(passage_words, 1.0, 2.0, 1.0), p.day DESC LIMIT ?",
            [match, *given, limit],
        )
        return [int(row[0]) for row in rows]

    def _by_meaning(self, question: str, period: Period | None, limit: int) -> list[int]:
        """Numbers of passages by the cosine of their vectors with the question's."""
        import numpy as np

        assert self._embeddings is not None
        where, given = _within(period)
        rows = self._file.rows(
            "SELECT p.number, v.content FROM vector v JOIN passage p ON p.number = v.passage"
            f" WHERE v.model = ? AND {where}",
            [self._model, *given],
        )
        if not rows:
            return []
        asked = np.asarray(self._embeddings.embed_query(question), dtype=np.float32)
        rows = [row for row in rows if len(row[1]) == asked.nbytes]
        kept = np.stack([np.frombuffer(row[1], dtype=np.float32) for row in rows])
        lengths = np.linalg.norm(kept, axis=1) * np.linalg.norm(asked)
        cosines = kept @ asked / np.where(lengths > 0, lengths, 1.0)
        return [int(rows[place][0]) for place in np.argsort(-cosines, kind="stable")[:limit]]

    def _passage(self, number: int) -> Passage:
        ((text, heading, line, day, dated_by, kind, name),) = self._file.rows(
            "SELECT p.text, p.heading, p.line, p.day, p.dated_by, p.kind, d.name FROM passage p"
            " JOIN document d ON d.number = p.document WHERE p.number = ?",
            [number],
        )
        when = date.fromisoformat(day) if day else None
        return Passage(text, name, heading, line, when, dated_by, kind)

    # ── answering ───────────────────────────────────────────────────────────────────────────

    def answer(self, question: str, *, limit: int = 5) -> DocumentAnswer:
        """Answer a question in the words of the documents, each with its source.

        Nothing is made up: an answer is made of sentences that hold what was asked about, and
        where there are none, it says so and names the nearest passage outside the period.

        Args:
            question: Any text, for example "what isovalue did we use for bone last week?".
            limit: Most sentences.
        """
        period = resolve_period(question, self._today())
        found = self.search(question, limit=max(20, limit), period=period)
        elsewhere: tuple[Passage, ...] = ()
        if period is not None:
            everywhere = Period(date.min, date.max, "")
            elsewhere = self.search(question, limit=20, period=everywhere)
        return extract_answer(question, found, elsewhere, period, len(self), limit)

    def context(self, question: str, *, limit: int = 4, characters: int = 2_000) -> str:
        """Passages for a prompt, numbered and with their sources; empty when none fits.

        Args:
            question: The question that the prompt is about.
            limit: Most passages.
            characters: Most characters; passages that do not fit are left out, the first is
                cut.
        """
        parts: list[str] = []
        left = characters
        for number, one in enumerate(self.search(question, limit=limit), start=1):
            heading = f" {one.heading}:" if one.heading else ""
            part = f"[{number}] {one.citation}:{heading} {one.text}"
            if len(part) > left:
                if not parts and left > 1:
                    parts.append(part[: left - 1] + "…")
                break
            parts.append(part)
            left -= len(part) + 1
        return "\n".join(parts)

    def __len__(self) -> int:
        """Number of documents."""
        return int(self._file.rows("SELECT count(*) FROM document")[0][0])

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        self._file.close()

    def __enter__(self) -> DocumentIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _within(period: Period | None) -> tuple[str, list[str]]:
    """A condition on the day of a passage; passages without a day lie in no period."""
    if period is None or (period.start, period.end) == (date.min, date.max):
        return "1", []
    return "p.day BETWEEN ? AND ?", [period.start.isoformat(), period.end.isoformat()]


def _files(top: Path) -> Iterator[Path]:
    """The files below a folder in a fixed order; what is hidden is left out."""
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in _SKIPPED_FOLDERS
        )
        for name in sorted(names):
            path = Path(folder) / name
            if not name.startswith(".") and path.is_file():
                yield path


def _stamp(path: Path) -> str:
    """Changes when a file does."""
    status = path.stat()
    return f"{status.st_size}:{status.st_mtime_ns}"


def _packed(vector: Sequence[float]) -> bytes:
    """A vector as 32-bit floats."""
    return struct.pack(f"{len(vector)}f", *vector)
