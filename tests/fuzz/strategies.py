"""What the fuzzing feeds: every input is plain data, so that it can be printed and kept.

`materials` and `data` turn the descriptions of databases, files, frames and pictures into the
things themselves, the same ones every time.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .texts import CELLS, COLUMN_VALUES, NAMES, QUESTIONS, TEXTS, WORDS, split

__all__ = [
    "ANY_JSON",
    "CODE_EDITS",
    "COMMANDS",
    "FILES",
    "FRAMES",
    "IMAGES",
    "SCHEMAS",
    "SPECS",
    "SQL",
    "VOLUME_FILES",
    "VOLUME_REQUESTS",
]

# ── databases ───────────────────────────────────────────────────────────────────────────────

SQLITE_EXTRAS = (
    "CREATE VIEW broken AS SELECT * FROM missing_table",
    "CREATE VIEW slow AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) "
    "SELECT n FROM r",
    "CREATE VIEW twice AS SELECT 1 AS a, 2 AS a",
    "CREATE VIEW unnamed AS SELECT 1 + 1, max(2, 3)",
    "CREATE TABLE no_rowid (k TEXT PRIMARY KEY, v REAL) WITHOUT ROWID",
    "INSERT INTO no_rowid VALUES ('a', 1), ('b', 2)",
    "CREATE TABLE made (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL, c TEXT AS "
    "(a || 'x') STORED)",
    "INSERT INTO made (a) VALUES (1), (2)",
    "CREATE TABLE self_key (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES self_key(id))",
    "INSERT INTO self_key VALUES (1, 1), (2, 1)",
    "CREATE TABLE ring_a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES ring_b(id), w INTEGER)",
    "CREATE TABLE ring_b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES ring_a(id), n TEXT)",
    "INSERT INTO ring_a VALUES (1, 1, 5)",
    "INSERT INTO ring_b VALUES (1, 1, 'x')",
    "CREATE TABLE lost_key (id INTEGER, other INTEGER REFERENCES nowhere(id), x INTEGER "
    "REFERENCES ring_b)",
    "INSERT INTO lost_key VALUES (1, 2, 1)",
    "CREATE TABLE two_keys (a INT, b INT, FOREIGN KEY (a, b) REFERENCES no_rowid(k, v))",
    "CREATE VIRTUAL TABLE notes USING fts5(title, body)",
    "INSERT INTO notes VALUES ('a', 'some words')",
    "CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1)",
    "CREATE TABLE strict_one (a INTEGER, b ANY) STRICT",
    'CREATE TABLE "" (x INTEGER)',
    'INSERT INTO "" VALUES (1)',
    'CREATE TABLE empty_name ("" INTEGER, " " TEXT)',
    "INSERT INTO empty_name VALUES (1, 'a')",
    "CREATE TABLE typed (a VARCHAR(10), b 'odd type', c [x y], d DECIMAL(10, 2), e NULL)",
    "CREATE TABLE checked (a INTEGER CHECK (a > 0) DEFAULT 3, b TEXT COLLATE NOCASE)",
    "CREATE INDEX part ON checked (a) WHERE a > 1",
)  # fmt: skip
DUCKDB_EXTRAS = (
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE TABLE moods (m mood, n INTEGER)",
    "INSERT INTO moods VALUES ('sad', 1), ('ok', 2)",
    "CREATE TABLE nested (s STRUCT(a INTEGER, b VARCHAR), l INTEGER[], m MAP(VARCHAR, INTEGER))",
    "INSERT INTO nested VALUES ({'a': 1, 'b': 'x'}, [1, 2], MAP {'k': 1})",
    "CREATE SCHEMA other",
    "CREATE TABLE other.t (x INTEGER)",
    "INSERT INTO other.t VALUES (1)",
    "CREATE TABLE gone (x INTEGER)",
    "CREATE VIEW broken AS SELECT * FROM gone",
    "DROP TABLE gone",
    "CREATE TABLE self_key (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES self_key(id))",
    "CREATE TABLE wide_times (t TIMESTAMPTZ, n TIMESTAMP_NS, s TIMESTAMP_S, d DATE)",
    "INSERT INTO wide_times VALUES ('infinity', NULL, NULL, '-infinity'), (now(), NULL, "
    "'290000-01-01', '5877641-06-24')",
    "INSERT INTO wide_times VALUES ('0044-03-15 (BC)', NULL, NULL, '0044-03-15 (BC)')",
    "CREATE TABLE bits (b BIT, u UUID, h UHUGEINT)",
    "INSERT INTO bits VALUES ('0101', uuid(), 340282366920938463463374607431768211455)",
    "CREATE TABLE unions (u UNION(n INTEGER, s VARCHAR))",
    "INSERT INTO unions VALUES (1), ('a')",
    "CREATE SEQUENCE seq",
    "CREATE TABLE nothing (x INTEGER)",
)  # fmt: skip


@st.composite
def _tables(draw: st.DrawFn, types: tuple[str, ...]) -> dict[str, Any]:
    columns = draw(st.lists(NAMES, min_size=1, max_size=6, unique_by=str.lower))
    kinds = [draw(st.sampled_from(types)) for _ in columns]
    count = draw(st.sampled_from((5, 0, 1, 2, 5, 8)))
    rows = [[draw(COLUMN_VALUES[kind]) for kind in kinds] for _ in range(count)]
    return {
        "name": draw(NAMES),
        "columns": [list(pair) for pair in zip(columns, kinds, strict=True)],
        "rows": rows,
        "more": draw(st.sampled_from((0, 0, 0, 0, 0, 40, 494))),
    }


def _databases(engine: str, types: tuple[str, ...], extras: tuple[str, ...]) -> Any:
    return st.fixed_dictionaries(
        {
            "engine": st.just(engine),
            "tables": st.lists(_tables(types), min_size=1, max_size=3),
            "extras": st.one_of(
                st.just([]),
                st.lists(st.sampled_from(extras), max_size=6).map(
                    lambda some: sorted(set(some), key=extras.index)
                ),
                st.just(list(extras)),
            ),
            "question": QUESTIONS,
            "backend": st.sampled_from(("altair", "altair", "altair", "plotly", "matplotlib")),
        }
    )


SCHEMAS = st.one_of(
    _databases(
        "sqlite",
        ("INTEGER", "REAL", "TEXT", "DATE", "", "BLOB", "BOOLEAN", "ANYTHING"),
        SQLITE_EXTRAS,
    ),
    _databases(
        "duckdb",
        (
            "INTEGER", "REAL", "TEXT", "DATE", "BLOB", "BOOLEAN", "DECIMAL(38,10)", "HUGEINT",
            "TIMESTAMP", "TIME", "INTEGER[]", "UUID", "INTERVAL",
        ),
        DUCKDB_EXTRAS,
    ),
)  # fmt: skip
"""A database and a question of it."""

# ── frames ──────────────────────────────────────────────────────────────────────────────────

FRAME_KINDS = (
    "int", "float", "text", "date", "mixed", "category", "category_int", "period", "interval",
    "timedelta", "timezone", "sparse", "Int64", "boolean", "string", "nested_list", "nested_dict",
    "objects", "huge_int", "decimal", "bytes", "complex", "old_dates", "python_dates", "all_null",
    "inf", "ordered", "uint64", "float16", "arrow", "long_text", "sets", "numpy_arrays",
    "empty_text",
    "times", "mixed_numbers", "fractions", "nat", "bool",
)  # fmt: skip
_FRAME_NAMES = st.one_of(
    NAMES,
    st.sampled_from(
        (0, 1, -1, 1.5, None, True, ("a", "b"), ("a", 1), float("nan"), b"x", "\ud800")
    ),
    st.sampled_from(("timestamp:2020-01-01", "class:x")),
)
FRAMES = st.fixed_dictionaries(
    {
        "columns": st.lists(
            st.tuples(_FRAME_NAMES, st.sampled_from(FRAME_KINDS)).map(list), min_size=1, max_size=5
        ),
        "rows": st.sampled_from((6, 0, 1, 2, 6, 12, 12)),
        "seed": st.integers(0, 99),
        "index": st.sampled_from(("none", "none", "multi", "named", "dates", "twice", "text")),
        "as": st.sampled_from((*("pandas",) * 6, "polars", "arrow", "mapping")),
        "question": QUESTIONS,
        "backend": st.sampled_from(("altair", "altair", "plotly", "matplotlib")),
    }
)
"""A frame of pandas, Polars or Arrow, and a question of it."""

# ── files ───────────────────────────────────────────────────────────────────────────────────

ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.sampled_from(("a", "", "2020-01-01", "1", "é", "#ff0000", "x", "data", "linear")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(("a", "b", "x", "", "A", "type", "field")), inner,
        max_size=4),
    ),
    max_leaves=12,
)  # fmt: skip
_CSV_CELLS = st.one_of(
    CELLS.map(str),
    st.sampled_from(('"', '""', '"a', 'a"b', "a,b", "a;b", '"a,b"', '"a\nb"', "1,5", "1.234,5",
    "$3", "5%")),
)  # fmt: skip
FILES = st.fixed_dictionaries(
    {
        "ending": st.sampled_from(
            (".csv", ".csv", ".csv", ".tsv", ".json", ".json", ".ndjson", ".parquet", ".xlsx",
             ".sqlite", ".duckdb", ".xlsm", ".pq", ".txt", ".vti", "")
        ),
        "content": st.one_of(
            st.fixed_dictionaries(
                {
                    "kind": st.just("csv"),
                    "header": st.lists(st.one_of(NAMES, st.just("a")), max_size=5),
                    "rows": st.lists(st.lists(_CSV_CELLS, max_size=6), max_size=6),
                    "delimiter": st.sampled_from((",", ",", ";", "\t", "|", ", ", " ")),
                    "newline": st.sampled_from(("\n", "\r\n", "\r", "\n\n")),
                    "encoding": st.sampled_from(
                        ("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252",
                         "shift_jis", "utf-32")
                    ),
                }
            ),
            st.fixed_dictionaries({"kind": st.just("json"), "value": ANY_JSON}),
            st.fixed_dictionaries(
                {"kind": st.just("ndjson"), "values": st.lists(ANY_JSON, max_size=5)}
            ),
            st.fixed_dictionaries({"kind": st.just("bytes"), "value": st.binary(max_size=80)}),
            st.fixed_dictionaries({"kind": st.sampled_from(("sqlite", "duckdb", "parquet"))}),
            st.fixed_dictionaries(
                {
                    "kind": st.just("xlsx"),
                    "rows": st.lists(st.lists(CELLS, max_size=4), max_size=5),
                    "sheets": st.lists(
                        st.sampled_from(("Sheet1", "a b", "2020", "é", "select")),
                        min_size=1, max_size=2, unique=True,
                    ),
                }
            ),
        ),
        "damage": st.one_of(
            st.none(),
            st.none(),
            st.tuples(st.sampled_from(("cut", "flip", "double")), st.floats(0, 1)).map(list),
        ),
        "question": QUESTIONS,
    }
)  # fmt: skip
"""A data file, sound or damaged, under a right or a wrong ending."""

# ── statements ──────────────────────────────────────────────────────────────────────────────

_TOKENS = split(
    """
SELECT * , FROM sales s WHERE region amount day GROUP BY ORDER LIMIT 5 COUNT ( ) SUM AVG JOIN ON
WITH RECURSIVE t AS UNION ALL HAVING CASE WHEN THEN END DISTINCT NULL IS NOT IN BETWEEN LIKE
CAST OVER PARTITION "region" 'x' `amount` [day] 1e999 99999999999999999999 ; -- /* */ . :: || ->
$1 ? @a :b {x} EXISTS LATERAL PIVOT VALUES INSERT INTO DROP TABLE PRAGMA ATTACH x'00' NULLIF
printf zeroblob 1000000000 randomblob substr % / 0 ~ << >> CROSS USING FILTER WINDOW ROWS
UNBOUNDED EXCEPT ASC DESC
"""
)
SQL = st.one_of(
    st.lists(st.sampled_from(_TOKENS), max_size=20).map(" ".join),
    st.lists(st.sampled_from(_TOKENS), max_size=14).map(lambda some: "SELECT " + " ".join(some)),
    TEXTS,
    st.sampled_from(
        ("SELECT " + "(" * 900 + "1" + ")" * 900, "SELECT 1" + "+1" * 5000,
         "SELECT " + ",".join(f"{i} AS c{i}" for i in range(2100)),
         "SELECT '" + "x" * 100_000 + "'",
         "SELECT zeroblob(100000000)", "SELECT 1 " + "UNION ALL SELECT 1 " * 600,
         "SELECT 9223372036854775807 + 1", "SELECT 1/0.0, -1/0.0", "SELECT x'ff' AS b",
         "SELECT NULL", "SELECT 1 AS a, 2 AS a", "SELECT 1 AS \"\"", "SELECT * FROM sales, sales")
    ),
)  # fmt: skip
"""Statements for the guard and the engines."""

# ── specifications ──────────────────────────────────────────────────────────────────────────

_BOX = st.one_of(
    st.none(), st.integers(-5, 20), st.floats(), st.sampled_from(("a", "b", "2020-01-02", "", "x"))
)
SPECS = st.fixed_dictionaries(
    {
        "base": st.integers(0, 30),
        "changes": st.lists(
            st.tuples(
                st.integers(0, 400),
                st.sampled_from(("set", "set", "delete", "repeat", "rename")),
                ANY_JSON,
            ).map(list),
            max_size=4,
        ),
        "calls": st.lists(
            st.tuples(
                st.sampled_from(
                    ("relayout", "legendclick", "selected", "get_plot_json", "ask", "calculate")
                ),
                st.integers(0, 60),
                st.lists(_BOX, min_size=4, max_size=4),
                st.one_of(TEXTS, WORDS),
            ).map(list),
            max_size=4,
        ),
        "library": st.sampled_from((None, None, "plotly", "altair", "matplotlib", "x")),
    }
)
"""A specification with some of its parts changed, and what is done with its view."""

# ── pictures ────────────────────────────────────────────────────────────────────────────────

IMAGES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(
            ("noise", "gradient", "photo", "flat", "lines", "blocks", "chart", "chart", "grid",
             "disc", "text")
        ),
        "width": st.sampled_from((400, 640, 300, 400, 640, 200, 81, 80, 79, 2, 1, 20_000)),
        "height": st.sampled_from((300, 480, 300, 480, 150, 81, 80, 79, 2, 1, 20_000)),
        "mode": st.sampled_from(
            ("RGB", "RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "I;16", "F", "YCbCr", "PA")
        ),
        "format": st.sampled_from(("PNG", "PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "ICO",
        "PPM")),
        "seed": st.integers(0, 20),
        "extra": st.sampled_from(
            ("", "", "", "exif", "animated", "huge_header", "cut", "flip", "trailing", "icc",
            "text")
        ),
        "at": st.floats(0, 1),
        "ending": st.sampled_from((".png", ".png", ".jpg", ".gif", ".bmp", ".txt", "", ".csv")),
    }
)  # fmt: skip
"""A picture: what is on it, how it is kept, and what is wrong with it."""

# ── reference code ──────────────────────────────────────────────────────────────────────────

CODE_EDITS = st.fixed_dictionaries(
    {
        "base": st.integers(0, 30),
        "edits": st.lists(
            st.tuples(
                st.floats(0, 1),
                st.integers(0, 30),
                st.one_of(
                    st.sampled_from(
                        ("(", ")", "[", "'", '"""', "\n", "    ", ":", "=", ".", ",", "\\", "\x00",
                         "import os\n", "lambda: ", "*", "**", "@", "#", "df", "chart", "alt.",
                         "\t",
                         "\ufeff", "\ud800", "…", "0x", "1e999", "f'{x!r}'", "await ", "yield ",
                         "def f():\n", "class A:\n", "raise ", "while True:\n pass\n", "9" * 5000)
                    ),
                    st.text(max_size=6),
                ),
            ).map(list),
            max_size=4,
        ),
        "as": st.sampled_from(("code", "existing", "existing")),
        "how": st.sampled_from(("text", "text", "file", "latin-1", "utf-16", "notebook")),
        "instruction": st.one_of(WORDS, TEXTS),
    }
)  # fmt: skip
"""Reference code with some of its letters changed, and what is asked."""

# ── volumes ─────────────────────────────────────────────────────────────────────────────────

_VOLUME_WORDS = split(
    """
show the skull skin bone brain isosurface at 300 500.5 -1000 1e9 slice axial coronal sagittal
z=3 x = 0.5 index 99 volume rendering transparent opaque red blue #00ff00 colour map viridis
rotate 30 degrees zoom 2x 1000x clip cut plane threshold between 100 and 200 streamlines glyphs
contour film camera from left above background white bigger opacity 0 -1 5 smooth decimate 0.9
crop histogram of time step 7 all remove add second surface back front light shadow nan inf cube
points label scale
"""
)
VOLUME_REQUESTS = st.lists(
    st.one_of(
        st.lists(st.sampled_from(_VOLUME_WORDS), min_size=1, max_size=9).map(" ".join),
        TEXTS,
    ),
    min_size=1,
    max_size=2,
)
"""A request to a volume, and perhaps one that follows."""

VOLUME_FILES = st.fixed_dictionaries(
    {
        "ending": st.sampled_from((".vti", ".mhd", ".mha", ".nrrd", ".nhdr", ".nii", ".nii.gz",
        ".vtk", ".dcm", ".raw")),
        "edits": st.lists(
            st.tuples(
                st.floats(0, 1),
                st.integers(0, 12),
                st.one_of(
                    st.binary(max_size=6),
                    st.sampled_from((b"-1", b"0", b"999999999", b"nan", b"", b"\x00", b"\n",
                    b"1e400", b"../x")),
                ),
            ).map(list),
            max_size=4,
        ),
        "cut": st.one_of(st.none(), st.floats(0, 1)),
    }
)  # fmt: skip
"""A small volume in a file whose bytes are changed."""

# ── the command line ────────────────────────────────────────────────────────────────────────

_ARGUMENTS = st.one_of(
    st.sampled_from(
        ("--data", "-d", "--out", "-o", "--json", "--backend", "--model", "--image", "--code",
         "--existing", "--checkpoint", "--approve-sql", "--help", "--version", "--", "-x",
         "--folder", "--index", "--category", "--steps", "--rate", "--seed", "--runs", "--system",
         "{sales}", "{folder}", "{missing}", "{empty}", "{text}", "{readonly}", "{png}",
         "{binary}",
         "{result}", "{damaged}", "/dev/null", "/proc/self/mem", "", "-1", "0", "nan", "plotly",
         "altair",
         "offline", "openai:x", "x:y:z", "sqlite:///{sales}", "postgresql://", "mysql://u:p@/x",
         "http://127.0.0.1:1/x", "file:///", "phantom:head", "phantom:", "phantom:x", "~", "*",
         "[", "{folder}/*")
    ),
    TEXTS.filter(lambda text: "\x00" not in text and len(text) < 500),
)  # fmt: skip
COMMANDS = st.tuples(
    st.sampled_from(
        ("ask", "ask", "ask", "refine", "resume", "read", "documents", "schema", "schema", "rules",
         "graph", "examples", "samples", "bench", "volume", "nonsense", "--version")
    ),
    st.one_of(
        st.lists(_ARGUMENTS, max_size=6),
        st.tuples(WORDS, _ARGUMENTS).map(lambda pair: [pair[0], "--data", pair[1]]),
        st.tuples(WORDS, _ARGUMENTS, _ARGUMENTS).map(
            lambda some: [some[0], "--data", "{sales}", some[1], some[2]]
        ),
    ),
).map(lambda pair: [pair[0], *pair[1]])  # fmt: skip
"""A command line; names in braces stand for files of the world that it runs in."""
