"""Values of the data that a question names, found in the data itself.

A schema shows a few values of each column. A question may name any other ("the counties Alameda
and Fresno"): which column holds it, and how it is spelt there, only the data tell.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from multivis.data.nearest import words_of
from multivis.errors import MultiVisError
from multivis.protocols import Schema, Source, SourceColumn, Table

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["describe_named_values", "named_values", "parse_named_values", "with_named_values"]

NamedValues = Mapping[tuple[str, str], tuple[str, ...]]

_LONGEST = 6  # words in a value
_AT_ONCE = 60  # columns a query
_MOST_ROWS = 2_000_000  # of a table that is searched
_MOST_VALUES = 8  # a column
_MOST_LIKE = 3  # values that begin alike and are all shown
_CHARACTERS = 2_000

_WORD = re.compile(r"[^\W_]+(?:['’.&/-][^\W_]+)*")
_GAP = re.compile(r"[ .,&/'’-]{1,3}")
_PLAIN_TEXT = (
    "a about above across after all along also an and any are as at average axis bar bars be been "
    "below between both but by can chart charts color colored colors colour coloured could count "
    "create data display do does draw each every first for from give graph group grouped had has "
    "have high higher highest how i if in into is it its label labels last left let like line "
    "lines list low lower lowest make many maximum me mean median minimum more most much my need "
    "no not number numbers of on one only or order other our out over per percentage picture "
    "please plot point points range right scatter see share should show showing shows side size "
    "some sort sorted sum table than that the their them then there these they third this those "
    "three through time title to top total two type under up use value values versus very "
    "visualize want was we were what when where which while who whose will with without would "
    "x y year years you your"
)
_PLAIN = frozenset(_PLAIN_TEXT.split())


def named_values(
    source: Source,
    schema: Schema,
    question: str,
    *,
    shown: int = 10,
    seconds: float = 1.0,
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Values of text columns that `question` names and that the schema's samples do not show.

    Whole values are found whatever their case, plural words for singular values too; names in
    capitals and quoted texts also find values that begin with them. Words that name a table or
    a column, and everyday words, are no values by themselves.

    Args:
        source: Where to look; one small query for sixty columns.
        schema: Its schema.
        question: What the user asked.
        shown: How many samples a column the reader sees; columns with no more values are skipped.
        seconds: Time for everything; what is not found by then is not told. 0 looks for nothing.

    Returns:
        (table, column) → values as they are stored, at most eight a column.
    """
    exact, starts = _phrases(question, schema)
    columns = list(_columns(schema, shown))
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    if not columns or not (exact or starts):
        return found
    deadline = time.monotonic() + seconds
    text = " ".join([question.lower(), *(one for one in exact if one not in question.lower())])
    for at in range(0, len(columns), _AT_ONCE):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        part = columns[at : at + _AT_ONCE]
        try:
            rows = source.execute(
                _query(part, text, starts, source.dialect), row_limit=2_000, seconds=left
            )
        except MultiVisError:
            continue  # the question can be answered without
        hits: dict[int, list[str]] = {}
        for place, value in zip(
            *(column.to_pylist() for column in rows.table.columns), strict=True
        ):
            hits.setdefault(int(place), []).append(str(value))
        for place, values in sorted(hits.items()):
            table, column = part[place]
            kept = _told(values, exact, starts, column.samples[:shown])
            if kept:
                found[table.name, column.name] = kept
    return found


def describe_named_values(found: NamedValues) -> str:
    """One line a column: ``"county"."name" has "Alameda", "Fresno"``; empty for none."""
    lines: list[str] = []
    for (table, column), values in found.items():
        names = ", ".join(_quoted(value) for value in values)
        lines.append(f"{_quoted(table)}.{_quoted(column)} has {names}")
    while lines and sum(map(len, lines)) > _CHARACTERS:
        lines.pop()
    return "\n".join(lines)


_STRING = r'"(?:[^"\\]|\\.)*"'
_LINE = re.compile(rf"({_STRING})\.({_STRING}) has ((?:{_STRING}(?:, |$))+)")


def parse_named_values(text: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """Read the text of `describe_named_values` back; other lines are skipped."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for line in text.split("\n"):
        if match := _LINE.fullmatch(line):
            values = tuple(json.loads(item) for item in re.findall(_STRING, match[3]))
            found[json.loads(match[1]), json.loads(match[2])] = values
    return found


def with_named_values(schema: Schema, found: NamedValues) -> Schema:
    """A schema whose columns show the values that were found first among their samples."""
    if not found:
        return schema
    tables = [
        replace(
            table,
            columns=tuple(
                replace(column, samples=tuple(dict.fromkeys((*values, *column.samples))))
                if (values := found.get((table.name, column.name)))
                else column
                for column in table.columns
            ),
        )
        for table in schema.tables
    ]
    return replace(schema, tables=tuple(tables))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


# ── what to look for ────────────────────────────────────────────────────────────────────────


def _phrases(question: str, schema: Schema) -> tuple[list[str], list[str]]:
    """Phrases that may be values, in lower case, and those that may begin one."""
    named = {word for table in schema.tables for word in words_of(table.name).split()}
    for table in schema.tables:
        named.update(word for column in table.columns for word in words_of(column.name).split())
    exact: dict[str, None] = {}
    starts: dict[str, None] = {}
    for quoted in re.findall(r"[\"“”']([^\"“”']{2,60})[\"“”']", question):
        exact[quoted.strip().lower()] = None
        starts[quoted.strip().lower()] = None
    for words in _runs(question):
        for first in range(len(words)):
            for last in range(first, min(len(words), first + _LONGEST)):
                span = words[first : last + 1]
                text = question[span[0].start() : span[-1].end()]
                if _may_be_value([m[0] for m in span], named):
                    exact.update(dict.fromkeys(_forms(text.lower())))
    starts.update(dict.fromkeys(_names(question)))
    return list(exact), [one for one in starts if len(one) >= 5]


def _runs(question: str) -> Iterator[list[re.Match[str]]]:
    """Words with no more than a blank or a comma between them."""
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(question):
        if run and not _GAP.fullmatch(question, run[-1].end(), word.start()):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _names(question: str) -> Iterator[str]:
    """Two and more words in capitals with a blank between them, in lower case."""
    for run in re.finditer(r"[^\W\d_][\w'’.&-]*(?: [^\W\d_][\w'’.&-]*)+", question):
        for part in re.findall(r"(?:(?<=\s)|^)[A-Z]\S*(?: [A-Z]\S*)*", run[0]):
            words = part.lower().rstrip(".'’").split()
            while words and words[0] in _PLAIN:
                del words[0]
            if len(words) > 1:
                yield " ".join(words)


def _may_be_value(words: Sequence[str], named: set[str]) -> bool:
    ends = {words[0].lower(), words[-1].lower()}
    if len(words) > 1:
        return not all(word in _PLAIN for word in ends)
    word = words[0].lower()
    if len(word) < 2 or word.isdigit() or word in _PLAIN:
        return False
    capital = any(ch.isupper() for ch in words[0])
    return capital or (len(word) > 2 and not {word, word.removesuffix("s")} & named)


def _forms(text: str) -> list[str]:
    """A phrase as it is and in the singular."""
    text = re.sub(r"['’]s?$", "", text)
    forms = [text]
    if text.endswith("ies"):
        forms.append(text[:-3] + "y")
    if text.endswith("s") and len(text) > 3:
        forms.append(text[:-1])
    return forms


# ── where to look ───────────────────────────────────────────────────────────────────────────


def _columns(schema: Schema, shown: int) -> Iterator[tuple[Table, SourceColumn]]:
    """Columns of short texts that have more values than are shown."""
    for table in schema.tables:
        if (table.row_count or 0) > _MOST_ROWS:
            continue
        for column in table.columns:
            texts = [value for value in column.samples if isinstance(value, str)]
            few = column.exact and column.distinct is not None and column.distinct <= shown
            if not texts or few or column.kind == "temporal":
                continue
            if sum(map(len, texts)) <= 60 * len(texts):
                yield table, column


def _query(
    columns: Sequence[tuple[Table, SourceColumn]],
    question: str,
    starts: Sequence[str],
    dialect: str,
) -> str:
    """``SELECT DISTINCT 0 AS place, name AS value FROM t WHERE <the question holds name> …``

    One text is looked through for every value: lists of phrases take longer to parse than to run.
    """
    from sqlglot import exp

    parts: list[exp.Select] = []
    for place, (table, column) in enumerate(columns):
        field = exp.column(exp.to_identifier(column.name, quoted=True))
        low = exp.Lower(this=exp.Trim(this=field.copy()))
        inside = exp.StrPosition(this=exp.Literal.string(question), substr=low)
        wanted: exp.Condition = exp.and_(
            exp.GT(this=inside, expression=exp.Literal.number(0)),
            exp.GT(this=exp.Length(this=field.copy()), expression=exp.Literal.number(1)),
        )
        for start in starts:
            wanted = exp.or_(wanted, exp.Like(this=low.copy(), expression=_like(start)))
        parts.append(
            exp.select(exp.Literal.number(place).as_("place"), field.as_("value"))
            .distinct()
            .from_(_table(table.name, dialect))
            .where(wanted)
        )
    whole: exp.Query = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
    return whole.sql(dialect=dialect)


def _like(start: str) -> exp.Expression:
    from sqlglot import exp

    return exp.Literal.string(re.sub(r"[%_]", "_", start) + "%")


def _table(name: str, dialect: str) -> exp.Table:
    """A table of the schema; PostgreSQL and MySQL may say which schema it is in."""
    from sqlglot import exp

    parts = name.split(".", 1) if dialect in ("postgres", "mysql") else [name]
    identifiers = [exp.to_identifier(part, quoted=True) for part in parts]
    return exp.Table(this=identifiers[-1], db=identifiers[0] if len(parts) == 2 else None)


def _told(
    values: Sequence[str], exact: Sequence[str], starts: Sequence[str], seen: Sequence[object]
) -> tuple[str, ...]:
    """The values that are told: whole ones first, then what few begin with a name."""
    known, place = set(seen), {phrase: number for number, phrase in enumerate(exact)}
    whole = [value for value in values if value.strip().lower() in place]
    whole.sort(key=lambda value: (place[value.strip().lower()], value))  # as the question does
    kept = [value for value in whole if value not in known]
    whole_low = {value.strip().lower() for value in whole}
    for start in starts:
        like = sorted(v for v in values if v.strip().lower().startswith(f"{start} "))
        if start not in whole_low and len(like) <= _MOST_LIKE:
            kept += [value for value in like if value not in known and value not in kept]
    return tuple(kept[:_MOST_VALUES])
