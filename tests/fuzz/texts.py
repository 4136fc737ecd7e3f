"""Texts, names and values: plain ones, strange ones, any at all."""

from __future__ import annotations

from hypothesis import strategies as st

__all__ = ["CELLS", "COLUMN_VALUES", "NAMES", "QUESTIONS", "TEXTS", "WORDS", "split"]


def split(words: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(words.split())


# ── texts ───────────────────────────────────────────────────────────────────────────────────

_STRANGE_TEXTS = (
    "", " ", "\t\n", "?", "....", "'", '"', "\\", "`", "[", "]", "{}", "%s", "%", "$", "_", "-1",
    "null", "None", "NaN", "a'; DROP TABLE sales; --", "<script>alert(1)</script>", "a.b.c",
    "\x00", "a\x00b", "\x1b[31m red", "\x7f", "\u202e total", "\u200b", "\ufeff", "\ud800",
    "\U0001f4a9", "e\u0301", "ﬀ", "İ", "ß", "ǅ", "٣٤", "½", "²", "١٢٣", "日本語の売上", "ما هو",
    "сумма по регионам", "Summe je Region", "total des ventes par région", "\r\n", "\u2028",
    '{"mark": "bar"}', "SELECT * FROM sales", "[bold]x[/bold]", "[/]", "{{x}}", "{0}", "x" * 9000,
    "é" * 200, "a" * 100_000, "by " * 500, "total " * 300, "(" * 400, "1" * 400, "1e999",
    "top 999999999999999999999", "top -1", "top 0", "in 99999", "in 0000", "before 1",
    "after 9999",
    "between 9 and 1", "last 1e9 days", "over 10000000000000000000000", "0x10", "1_000", "∞",
)  # fmt: skip

TEXTS = st.one_of(
    st.sampled_from(_STRANGE_TEXTS),
    st.text(max_size=60),
    st.text(st.characters(categories=("Cs", "Cc", "Cf", "Zs", "Mn", "Sm", "Po")), max_size=20),
)
"""Any text at all, lone surrogates too."""

_WORDS = split(
    """
show the average total number of sum mean median maximum amount price region city month year day
per each over time bar line chart stacked grouped scatter plot histogram box pie donut area heat
map with on x-axis y-axis colored by title "A b" top 5 bottom 3 sorted highest lowest in 2020
between 3 and 9 more than 10 less at least versus percentage share of tooltip hover cumulative
moving difference rank first last not without except only where is or if like starting ends
January Monday quarter week weekday hour week-end null empty distinct correlation trend forecast
facet small multiples layer log scale red #ff0000 bigger font legend left rotate labels 45 size
, . ? ( ) ; : - / & % € sales customers each region's compare growth ratio normalise zero
"""
)

WORDS = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=14).map(" ".join)
"""Words that questions are made of, in any order."""

# ── names ───────────────────────────────────────────────────────────────────────────────────

_STRANGE_NAMES = (
    "a b", "a.b", "a'b", 'a"b', "a`b", "a[b]", "[x]", "a\\b", "a/b", "a:b", "a,b", "a;b", "a|b",
    "a\nb", "a\tb", " a", "a ", "%", "a%b", "$a", "{a}", "a{b}", "{{a}}", "#", "--", "/*", "*",
    "()",
    "a(b)", "count(*)", "select", "order", "group", "from", "table", "index", "values", "1",
    "2020",
    "1a", "-", "_", "__", "É", "ß", "İd", "日本", "سعر", "цена", "\U0001f4a9", "\u202ea", "\u200b",
    "e\u0301", "x" * 200, "Total", "total", "TOTAL", "sum", "average", "by", "top", "year", "date",
    "month", "id", "name", "value", "rowid", "oid", "index", "level_0", "df", "chart", "rows",
    "true", "None", "nan", "lambda", "__class__", "datum", "datum.x", "a~b", "a^b", "<b>",
    "</script>",
    "Sales ($)", "Share %", "Δ price", "n°", "price in €", "a=b", "a+b", "a-b", "k__v", "@", "!",
    "?",
)  # fmt: skip

NAMES = st.one_of(
    st.sampled_from(("region", "amount", "day", "price", "customer_id", "city", "is_open")),
    st.sampled_from(_STRANGE_NAMES),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12),
)
"""Names of tables and columns: plain, strange, and any text without NUL and lone surrogates."""

_TEMPLATES = (
    "Total {a} by {b}", "Average {a} per {b} in {t}", "{a} over {b}", "Number of {t} by {b}",
    "Scatter plot of {a} against {c}", "Pie chart of {a} by {b}", "Top 3 {b} by {a}",
    "Show {t}", "Distribution of {a}", "Histogram of {a}",
    "Line chart of {a} by {c} colored by {b}",
    "Heat map of {a} by {b} and {c}", "Box plot of {a} by {b}",
    "Stacked bars of {a} by {b} and {c}",
    "How many {t} have {a} above 3?", "{a}, {b} and {c}", "Which {b} has the highest {a}?",
    "Total {a} by month of {c}", "Median {a} by {b}, highest first", "{b} where {a} is not empty",
)  # fmt: skip
_QUOTES = ("{}", '"{}"', "'{}'", "`{}`", "“{}”", "the {}", "{}s")

_ASKED = st.tuples(st.sampled_from(_TEMPLATES), st.sampled_from(_QUOTES)).map(list)
QUESTIONS = st.one_of(
    *(_ASKED,) * 4,
    WORDS,
    TEXTS,
    st.tuples(WORDS, TEXTS).map(" ".join),
)
"""A text, or [template, way of quoting] whose names come from the data that are asked."""

# ── values ──────────────────────────────────────────────────────────────────────────────────

_INTEGERS = st.one_of(
    st.integers(-9, 99),
    st.sampled_from((2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63), 2**62, 0)),
)
_REALS = st.one_of(
    st.floats(-1e4, 1e4, width=32),
    st.sampled_from((0.0, -0.0, 1e308, -1e308, 5e-324, 1e-300, 0.1, 1e16, 1e22)),
)
_INFINITE = st.sampled_from((float("inf"), float("-inf"), float("nan")))
_DATES = st.sampled_from(
    (
        "2020-01-01", "2020-02-29", "2021-12-31 23:59:59", "1999-01-01T00:00:00Z", "0001-01-01",
        "9999-12-31", "10000-01-01", "-0044-03-15", "0000-00-00", "2020-13-45", "20200101", "2020",
        "1/2/2020", "31.12.2020", "2020-01-01 00:00:00+05:30", "12:34", "Jan 2020", "2020-W05",
        "1677-09-21", "2262-04-12", "1066-10-14", "2500-06-01", "", "today", "2020-06",
    )
)  # fmt: skip
CELLS = st.one_of(
    st.none(),
    _INTEGERS,
    _REALS,
    _INFINITE,
    _DATES,
    st.sampled_from(("a", "b", "c", "", " ", "A", "NULL", "nan", "é", "\U0001f4a9", "x" * 3000)),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
    st.booleans(),
    st.binary(max_size=6),
)
COLUMN_VALUES = {
    "INTEGER": st.one_of(st.none(), _INTEGERS),
    "REAL": st.one_of(st.none(), _REALS, _INFINITE),
    "TEXT": st.one_of(st.none(), st.sampled_from(("a", "b", "c", "d e", "", "ü"))),
    "DATE": st.one_of(st.none(), _DATES),
    "": CELLS,
    "BLOB": st.one_of(st.none(), st.binary(max_size=4)),
    "BOOLEAN": st.one_of(st.none(), st.booleans()),
    "DECIMAL(38,10)": st.one_of(st.none(), st.integers(-99, 10**12)),
    "HUGEINT": st.one_of(st.none(), st.integers(-(2**126), 2**126)),
    "TIMESTAMP": st.one_of(st.none(), _DATES),
    "TIME": st.one_of(st.none(), st.sampled_from(("12:34", "00:00:00", "24:00:00"))),
    "INTEGER[]": st.one_of(st.none(), st.lists(st.integers(0, 5), max_size=3)),
    "UUID": st.none(),
    "INTERVAL": st.one_of(st.none(), st.sampled_from(("1 day", "3 months", "-2 hours"))),
    "ANYTHING": CELLS,
}
