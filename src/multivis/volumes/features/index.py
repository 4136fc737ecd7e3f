"""The index of views: what was looked at, what was measured, what captions say (SQLite).

Every view is one transaction: a cycle that is stopped, or killed, goes on where it was.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.errors import OptionError
from multivis.memory.database import SqliteFile, encodable, match_any
from multivis.volumes.features.records import Caption, View, ViewFacts, ViewPlan

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FeatureIndex", "Samples", "default_index_path"]

_APPLICATION = 0x4D564631  # "MVF1", in the header of the file

_TABLES = """
CREATE TABLE IF NOT EXISTS volume (
    number INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    variable TEXT NOT NULL,
    address TEXT NOT NULL,
    facts TEXT NOT NULL,
    UNIQUE (fingerprint, variable)
);
CREATE TABLE IF NOT EXISTS view (
    number INTEGER PRIMARY KEY,
    volume INTEGER NOT NULL REFERENCES volume (number),
    isovalue REAL NOT NULL,
    plan TEXT NOT NULL,
    statistics TEXT NOT NULL,
    samples BLOB NOT NULL,
    picture BLOB,
    made REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS view_volume ON view (volume, isovalue);
CREATE TABLE IF NOT EXISTS caption (
    view INTEGER NOT NULL REFERENCES view (number),
    captioner TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (view, captioner)
);
CREATE VIRTUAL TABLE IF NOT EXISTS caption_words USING fts5(
    text, view UNINDEXED, captioner UNINDEXED, tokenize = "porter unicode61 remove_diacritics 2"
);
CREATE TABLE IF NOT EXISTS mention (
    view INTEGER NOT NULL, captioner TEXT NOT NULL, feature TEXT NOT NULL, share REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS mention_feature ON mention (feature);
CREATE TABLE IF NOT EXISTS estimate (
    volume INTEGER NOT NULL,
    views INTEGER NOT NULL,
    feature TEXT NOT NULL,
    isovalue REAL NOT NULL,
    standard_error REAL NOT NULL,
    confidence REAL NOT NULL,
    PRIMARY KEY (volume, views, feature)
);
CREATE TABLE IF NOT EXISTS stage (
    volume INTEGER NOT NULL, name TEXT NOT NULL, detail TEXT NOT NULL, at REAL NOT NULL
);
"""


def default_index_path() -> Path:
    """Where the index is kept unless one is named: ``features.sqlite`` in the cache folder."""
    from multivis.settings import load_settings

    return load_settings().cache_dir / "features.sqlite"


class Samples:
    """Sides of the surfaces that many views saw.

    Attributes:
        sides: As in `ViewFacts.sides` (n, 4).
        view: Numbers of the views (n,).
    """

    def __init__(self, sides: NDArray[np.float64], view: NDArray[np.int64]) -> None:
        self.sides = sides
        self.view = view

    @property
    def low(self) -> NDArray[np.float64]:
        """Values on the lower side (n,)."""
        return self.sides[:, 0]

    @property
    def high(self) -> NDArray[np.float64]:
        """Values on the higher side (n,)."""
        return self.sides[:, 1]

    def between(self, below: Any, above: Any) -> Samples:
        """Those whose sides lie in two ranges with ``minimum`` and ``maximum``."""
        kept = (
            (self.low >= below.minimum)
            & (self.low <= below.maximum)
            & (self.high >= above.minimum)
            & (self.high <= above.maximum)
        )
        return self.at(kept)

    def at(self, rows: Any) -> Samples:
        """Those of some rows."""
        return Samples(self.sides[rows], self.view[rows])

    def __len__(self) -> int:
        return len(self.low)


class FeatureIndex:
    """Views of volumes, kept per content of the volume and per variable. Thread-safe.

    Args:
        path: File of the index, made when it is not there; ``":memory:"`` keeps nothing.
        clock: Seconds since 1970, for the times in the log.

    Raises:
        SourceFormatError: The file is damaged, or is something else.
        OutputError: The file cannot be made.
    """

    def __init__(
        self, path: Path | str = ":memory:", *, clock: Callable[[], float] = time.time
    ) -> None:
        self._file = SqliteFile(
            path, tables=_TABLES, application=_APPLICATION, what="feature index"
        )
        self._clock = clock

    # ── volumes ─────────────────────────────────────────────────────────────────────────────

    def volume(self, fingerprint: str, variable: str, address: str, facts: dict[str, Any]) -> int:
        """The number of a volume and variable, entered when they are new."""
        key = [encodable(fingerprint), encodable(variable)]
        with self._file.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO volume (fingerprint, variable, address, facts)"
                " VALUES (?, ?, ?, ?)",
                [*key, encodable(address), json.dumps(facts)],
            )
            row = connection.execute(
                "SELECT number FROM volume WHERE fingerprint = ? AND variable = ?", key
            ).fetchone()
        return int(row[0])

    def log(self, volume: int, name: str, detail: str) -> None:
        """Write down that a stage was begun or ended."""
        with self._file.transaction() as connection:
            connection.execute(
                "INSERT INTO stage VALUES (?, ?, ?, ?)",
                [volume, name, encodable(detail), self._clock()],
            )

    def stages(self, volume: int) -> list[tuple[str, str]]:
        """The stages of learning so far, oldest first: name and detail."""
        rows = self._file.rows(
            "SELECT name, detail FROM stage WHERE volume = ? ORDER BY rowid", [volume]
        )
        return [(str(name), str(detail)) for name, detail in rows]

    def forget(self, volume: int) -> int:
        """Drop all views of a volume; how many there were."""
        with self._file.transaction() as connection:
            views = "(SELECT number FROM view WHERE volume = ?)"
            for table in ("caption", "caption_words", "mention"):
                connection.execute(f"DELETE FROM {table} WHERE view IN {views}", [volume])
            for table in ("estimate", "stage"):
                connection.execute(f"DELETE FROM {table} WHERE volume = ?", [volume])
            return connection.execute("DELETE FROM view WHERE volume = ?", [volume]).rowcount

    # ── views ───────────────────────────────────────────────────────────────────────────────

    def add(
        self, volume: int, facts: ViewFacts, caption: Caption, picture: bytes | None = None
    ) -> int:
        """Keep a view with its caption, at once or not at all; its number."""
        samples = facts.sides.astype("<f4").tobytes()
        plan = facts.plan
        with self._file.transaction() as connection:
            number = connection.execute(
                "INSERT INTO view (volume, isovalue, plan, statistics, samples, picture, made)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    volume,
                    plan.isovalue,
                    json.dumps([plan.direction, plan.cut, plan.stage, plan.reason]),
                    json.dumps(facts.statistics()),
                    samples,
                    picture,
                    self._clock(),
                ],
            ).lastrowid
            assert number is not None
            self._put_caption(connection, number, caption)
        return number

    def add_caption(self, view: int, caption: Caption) -> None:
        """Give a view a caption; one by the same captioner is replaced.

        Raises:
            OptionError: There is no such view.
        """
        with self._file.transaction() as connection:
            if not connection.execute("SELECT 1 FROM view WHERE number = ?", [view]).fetchone():
                raise OptionError(f"The index has no view {view}.", hint="See `views`.")
            key = [view, encodable(caption.by)]
            for table in ("caption", "caption_words", "mention"):
                connection.execute(f"DELETE FROM {table} WHERE view = ? AND captioner = ?", key)
            self._put_caption(connection, view, caption)

    @staticmethod
    def _put_caption(connection: Any, view: int, caption: Caption) -> None:
        by, text = encodable(caption.by), encodable(caption.text)
        connection.execute("INSERT INTO caption VALUES (?, ?, ?)", [view, by, text])
        connection.execute("INSERT INTO caption_words VALUES (?, ?, ?)", [text, view, by])
        connection.executemany(
            "INSERT INTO mention VALUES (?, ?, ?, ?)",
            [
                (view, by, encodable(one.feature.lower()), float(one.share))
                for one in caption.mentions
            ],
        )

    def count(self, volume: int) -> int:
        """Number of views of a volume."""
        return int(self._file.rows("SELECT count(*) FROM view WHERE volume = ?", [volume])[0][0])

    def views(self, volume: int) -> list[View]:
        """All views of a volume, in the order in which they were made."""
        captions: dict[int, dict[str, str]] = {}
        for view, by, text in self._file.rows(
            "SELECT c.view, c.captioner, c.text FROM caption c JOIN view v ON v.number = c.view"
            " WHERE v.volume = ?",
            [volume],
        ):
            captions.setdefault(view, {})[by] = text
        rows = self._file.rows(
            "SELECT number, isovalue, plan, statistics FROM view WHERE volume = ? ORDER BY number",
            [volume],
        )
        return [
            View(number, _plan(isovalue, plan), json.loads(statistics), captions.get(number, {}))
            for number, isovalue, plan, statistics in rows
        ]

    def plans(self, volume: int) -> list[ViewPlan]:
        """What was looked at, in order."""
        rows = self._file.rows(
            "SELECT isovalue, plan FROM view WHERE volume = ? ORDER BY number", [volume]
        )
        return [_plan(isovalue, plan) for isovalue, plan in rows]

    def samples(self, volume: int, *, first: int | None = None) -> Samples:
        """The sides that the views of a volume saw; of the first so many views if asked."""
        import numpy as np

        rows = self._file.rows(
            "SELECT number, samples FROM view WHERE volume = ? ORDER BY number LIMIT ?",
            [volume, -1 if first is None else first],
        )
        sides = [np.frombuffer(content, dtype="<f4").reshape(-1, 4) for _, content in rows]
        every = np.concatenate(sides) if sides else np.zeros((0, 4), np.float32)
        numbers = np.repeat([number for number, _ in rows], [len(one) for one in sides])
        return Samples(every.astype(np.float64), numbers.astype(np.int64))

    def picture(self, view: int) -> bytes | None:
        """The PNG of a view, or None."""
        rows = self._file.rows("SELECT picture FROM view WHERE number = ?", [view])
        return rows[0][0] if rows else None

    # ── captions ────────────────────────────────────────────────────────────────────────────

    def captions(self, volume: int, *, first: int | None = None) -> list[tuple[int, str, str]]:
        """View, captioner and text, in the order of the views; of the first so many views."""
        return [
            (int(view), str(by), str(text))
            for view, by, text in self._file.rows(
                "SELECT c.view, c.captioner, c.text FROM caption c WHERE c.view IN"
                " (SELECT number FROM view WHERE volume = ? ORDER BY number LIMIT ?)"
                " ORDER BY c.view, c.captioner",
                [volume, -1 if first is None else first],
            )
        ]

    def mentions(
        self, volume: int, *, other_than: Sequence[str] = ()
    ) -> list[tuple[str, float, float, int]]:
        """Feature, share, isovalue and view of every mention, but of some captioners."""
        marks = ", ".join("?" for _ in other_than) or "''"
        return [
            (str(feature), float(share), float(isovalue), int(view))
            for feature, share, isovalue, view in self._file.rows(
                "SELECT m.feature, m.share, v.isovalue, v.number FROM mention m"
                " JOIN view v ON v.number = m.view"
                f" WHERE v.volume = ? AND m.captioner NOT IN ({marks}) ORDER BY v.number",
                [volume, *other_than],
            )
        ]

    def search_captions(
        self, volume: int, words: str, *, limit: int = 20
    ) -> list[tuple[int, float, str]]:
        """View, isovalue and caption that fit some words best (BM25)."""
        match = match_any(words)
        if not match:
            return []
        rows = self._file.rows(
            "SELECT v.number, v.isovalue, caption_words.text FROM caption_words"
            " JOIN view v ON v.number = caption_words.view"
            " WHERE caption_words MATCH ? AND v.volume = ? ORDER BY bm25(caption_words) LIMIT ?",
            [match, volume, limit],
        )
        return [(int(view), float(isovalue), str(text)) for view, isovalue, text in rows]

    def pairs(self, volume: int, captioner: str) -> list[tuple[bytes, str]]:
        """Pictures with their captions, for fine-tuning."""
        return [
            (bytes(picture), str(text))
            for picture, text in self._file.rows(
                "SELECT v.picture, c.text FROM view v JOIN caption c ON c.view = v.number"
                " WHERE v.volume = ? AND c.captioner = ? AND v.picture IS NOT NULL"
                " ORDER BY v.number",
                [volume, encodable(captioner)],
            )
        ]

    # ── what was believed when ──────────────────────────────────────────────────────────────

    def put_estimates(self, volume: int, views: int, found: Sequence[Any]) -> None:
        """Write down what is believed after so many views."""
        with self._file.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO estimate VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (volume, views, one.name, one.isovalue, one.standard_error, one.confidence)
                    for one in found
                ],
            )

    def estimates(self, volume: int) -> list[tuple[int, str, float, float, float]]:
        """Views, feature, isovalue, standard error and confidence, in order."""
        return [
            (int(views), str(feature), float(isovalue), float(error), float(confidence))
            for views, feature, isovalue, error, confidence in self._file.rows(
                "SELECT views, feature, isovalue, standard_error, confidence FROM estimate"
                " WHERE volume = ? ORDER BY views, feature",
                [volume],
            )
        ]

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        self._file.close()

    def __enter__(self) -> FeatureIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _plan(isovalue: float, content: str) -> ViewPlan:
    direction, cut, stage, reason = json.loads(content)
    x, y, z = direction
    return ViewPlan(isovalue, (x, y, z), bool(cut), stage, reason)
