"""Schema linking: which words of a question speak of which tables, columns and values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from multivis.offline.catalog import Catalog, Entity, Field
from multivis.offline.initials import corrected, initial_mentions, spelling
from multivis.offline.name_runs import completes, grouped_by, groups_by, joins, spelt_apart
from multivis.offline.name_weights import name_weights, without_unit
from multivis.offline.role_nouns import role_mentions
from multivis.offline.table_words import is_amount_word, is_counted, table_names
from multivis.offline.value_lists import listed_values
from multivis.offline.value_words import GENDERS, gender_values, shortened
from multivis.offline.words import CONNECTORS, STOP_WORDS, likeness, stem, tokens

__all__ = ["Candidate", "Mention", "ValueMention", "find_mentions", "find_values"]

_MINIMUM = 0.5
_CLOSE = 0.82
_AGGREGATE_WORDS = frozenset(
    {"total", "average", "maximum", "minimum", "number", "count", "mean", "sum", "highest",
     "lowest", "largest", "smallest", "median", "rank"}
)  # fmt: skip


_PERSONS = frozenset({"person", "individual", "member"})
_MEANS = frozenset({"average", "mean", "median"})


@dataclass(frozen=True)
class Candidate:
    """One reading of a mention: a column, or a table as a thing that is counted."""

    score: float
    field: Field | None = None
    entity: Entity | None = None

    @property
    def table(self) -> str:
        """The table that it lives in."""
        if self.field is not None:
            return self.field.table
        return self.entity.table.name if self.entity is not None else ""

    @property
    def label(self) -> str:
        """How a person names it: ``table.column``, or the table."""
        return f"{self.table}.{self.field.name}" if self.field is not None else self.table


@dataclass
class Mention:
    """A stretch of a question that speaks of a column or a table.

    Attributes:
        start: First character in the question.
        end: One past the last character.
        text: The words.
        candidates: Readings, best first.
        chosen: The reading taken, once readings were weighed against each other.
    """

    start: int
    end: int
    text: str
    candidates: list[Candidate] = field(default_factory=list)
    chosen: Candidate | None = None

    @property
    def best(self) -> Candidate:
        """The reading taken, or the best one so far."""
        return self.chosen or self.candidates[0]


@dataclass(frozen=True)
class ValueMention:
    """A stretch of a question that is a value of a column.

    Attributes:
        start: First character in the question.
        end: One past the last character.
        field: The column that holds the value.
        value: The value as the data write it.
        sure: How sure, 0 to 1.
    """

    start: int
    end: int
    field: Field
    value: object
    sure: float


@dataclass(frozen=True)
class _Token:
    text: str
    stem: str
    start: int
    end: int
    stop: bool
    comma: bool


def _tokens(question: str, known: frozenset[str] = frozenset()) -> list[_Token]:
    """The words of a question; those with a slip of the pen have the stem that is known."""
    found = []
    previous = 0
    for text, start, end in tokens(question):
        comma = bool(re.search(r"[,.;:?!()]", question[previous:start]))
        stop = text.lower() in STOP_WORDS
        meant = stem(text) if stop else corrected(stem(text), known)
        found.append(_Token(text, meant, start, end, stop, comma))
        previous = end
    return found


def _runs(
    words: Sequence[str],
    question: Sequence[_Token],
    own: frozenset[str],
    name: str = "",
    *,
    alone: bool = True,
) -> list[tuple[float, int, int]]:
    """Stretches of the question that name `words`: (score, first token, one past the last)."""
    if not words:
        return []
    weights = name_weights(words, own, alone=alone)
    total = sum(weights)
    bare = name.lower() if name.isalpha() and len(name) > 2 else ""
    matches: list[list[tuple[int, float]]] = []
    for token in question:
        found = []
        for index, word in enumerate(words):
            like = likeness(token.stem, word)
            if len(words) == 1 and token.text.lower() == bare and not token.stop:
                like = 1.0  # "apps" is how the column itself is written
            if like == 0.6 and len(token.stem) < len(word):
                continue  # names abbreviate words, questions do not abbreviate names
            if like > 0 and not (token.stop and like < 1):
                found.append((index, like))
        matches.append(found)
    written = re.sub(r"[\W_]+", "", name).lower()
    joined = {"".join(words), written} - {""}
    exact = len(words) > 1 and max(len(text) for text in joined) > 2
    runs: list[tuple[float, int, int]] = []
    position = 0
    while position < len(question):
        if exact and question[position].text.lower() in joined:
            runs.append((1.2 + 0.12 * len(words), position, position + 1))
            position += 1
            continue
        if len(words) == 1 and spelt_apart(words[0], question, position):
            runs.append((1.44, position, position + 2))  # "grade points" for "gradepoint"
            position += 2
            continue
        if not matches[position] or question[position].text.lower() in {
            "of",
            "in",
            "the",
            "per",
            "by",
        }:
            position += 1
            continue
        covered: dict[int, float] = {}
        last = before = position
        cursor = position
        gaps = 0
        solid = spare = False
        while cursor < len(question):
            found = [(i, like) for i, like in matches[cursor] if i not in covered]
            if cursor > last and question[cursor].comma:
                break
            if (
                found
                and covered
                and not {"by", "per"} & set(words)
                and grouped_by(question, last, cursor)
            ):
                break  # "amounts by membership" is no "membership amount"
            if found:
                index, like = max(found, key=lambda pair: (pair[1], weights[pair[0]]))
                covered[index] = like
                before, last = last, cursor
                gaps = 0
                solid = solid or not (question[cursor].stop or question[cursor].text.isdigit())
                solid = solid or groups_by(words, question, cursor, like)
                solid = solid or is_amount_word(words, question, cursor, like)
            elif question[cursor].text.lower() in CONNECTORS and gaps < 2:
                gaps += 1
            elif joins(words, question, cursor, covered, matches):
                gaps += 1  # "clean and jerk"
            elif covered and not spare and completes(words, question, cursor + 1, covered, matches):
                spare = True  # "residents per police officer" for "residents per officer"
            else:
                break
            cursor += 1
        if last > before and question[last].text.lower() in {"per", "by", "in"}:
            covered.popitem()  # "profits in", "hours per": the rest of the name is not said
            last = before
        if solid:
            gained = sum(weights[i] * like for i, like in covered.items())
            coverage = sum(weights[i] for i in covered) / total
            quality = gained / sum(weights[i] for i in covered)
            strength = min(1.0, gained)
            score = strength * (0.35 + 0.65 * coverage) * (0.6 + 0.4 * quality)
            score += 0.12 * (len(covered) - 1) + (0.1 if coverage == 1 and quality == 1 else 0.0)
            runs.append((score, position, last + 1))
        position = last + 1
    return runs


def _literal_names(
    question: str, words: Sequence[_Token], catalog: Catalog
) -> list[tuple[float, int, int, Candidate]]:
    """Names with odd characters ("a.b", "it's", "price ($)", "no_of_rooms"), as they are written.

    Those of numbers and words that are joined say more than the words alone.
    """
    found = []
    for field_ in catalog:
        name = field_.name
        joined = re.fullmatch(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+", name)
        if (re.fullmatch(r"[A-Za-z0-9_ ]*", name) and not joined) or len(name) < 2:
            continue
        for hit in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", question, re.IGNORECASE):
            inside = [
                i for i, token in enumerate(words)
                if token.start >= hit.start() and token.end <= hit.end()
            ]  # fmt: skip
            if inside:
                score = 1.5 + 0.01 * len(name)
                found.append((score, inside[0], inside[-1] + 1, Candidate(score, field=field_)))
    return found


def find_mentions(question: str, catalog: Catalog) -> list[Mention]:
    """Mentions that do not overlap, in the order of the question, each with its readings."""
    words = _tokens(question, spelling(catalog))
    stems = {token.stem for token in words}
    found = _literal_names(question, words, catalog)
    for field_ in catalog:
        entity = catalog.entities[field_.table]
        own = frozenset(entity.words)
        named = bool(own) and all(any(likeness(w, s) >= 0.9 for s in stems) for w in own)
        # The state of "area_code_state" is a full name, though it is a word of the table's too.
        number = named and field_.is_measure and not own <= set(field_.words)
        common = frozenset() if len(own) > 1 and (len(field_.words) == 1 or number) else own
        told = (0.16 if len(own) > 1 and number else 0.08) if named else 0.0
        bare = without_unit(field_.words)
        alone = sum(without_unit(f.words) == bare for f in catalog.of(field_.table)) < 2
        for score, start, end in _runs(field_.words, words, common, field_.name, alone=alone):
            said = field_.is_identifier and any(
                words[i].stem in {"id", "".join(field_.words)} for i in range(start, end)
            )
            raised = score + told
            if field_.is_identifier and not said:
                raised -= 0.4
            only_weak = all(
                words[i].stem in _AGGREGATE_WORDS or words[i].text.lower() in CONNECTORS
                for i in range(start, end)
            )
            if only_weak and words[start].stem != "rank":
                continue
            counted = words[start].stem in {"number", "count"} and end - start > 2
            if counted and not field_.is_measure and words[start + 1].text.lower() == "of":
                continue  # "the number of trains" counts them, also where they have numbers
            found.append((raised, start, end, Candidate(raised, field=field_)))
    spoken = [*role_mentions(words, catalog), *initial_mentions(words, catalog)]
    for score, start, end, field_ in spoken:
        found.append((score, start, end, Candidate(score, field=field_)))
    called = [(e, name) for e in catalog.entities.values() for name in table_names(e, catalog)]
    for entity, name in called:
        for score, start, end in _runs(name, words, frozenset()):
            if all(words[i].stem in _AGGREGATE_WORDS for i in range(start, end)):
                continue
            if name[-1] == "of" and {w.stem for w in words[start:end]} <= _PERSONS:
                continue  # "people" are not the rows of "member of"
            # Attribute columns outnumber tables: on equal words the table itself is meant.
            exact = words[end - 1].stem == name[-1]
            raised = score + 0.03 + 0.1 * (exact and is_counted(words, start))
            ahead = words[start - 1].text.lower() if start else ""
            if ahead in _MEANS and any(w.text.lower() == "of" for w in words[start:end]):
                raised -= 0.7  # "the average share of the broadcasts" is of a column
            if end - start == 1 and len(name) >= 2:
                # The head comes last: engineers are maintenance engineers, not engineer visits.
                least = 0.75 if len(name) == 2 else 1.0
                head = likeness(words[start].stem, name[-1]) >= least
                raised += 0.1 if head else -0.1 if len(name) == 2 else 0.0
            found.append((raised, start, end, Candidate(raised, entity=entity)))
    found = [item for item in found if item[0] >= _MINIMUM]
    found.sort(key=lambda item: (-item[0], item[1], -(item[2]), item[3].label))
    mentions: dict[tuple[int, int], list[Candidate]] = {}
    taken: dict[int, tuple[int, int]] = {}
    for score, start, end, candidate in found:
        spans = {taken[i] for i in range(start, end) if i in taken}
        if not spans:
            mentions[start, end] = [candidate]
            taken.update(dict.fromkeys(range(start, end), (start, end)))
        elif len(spans) == 1:
            span = next(iter(spans))
            close = _CLOSE if span == (start, end) else 0.94
            if score >= close * mentions[span][0].score:
                mentions[span].append(candidate)
    for (start, _), candidates in list(mentions.items()):
        before = start - 2
        if before < 0 or before in taken or words[start - 1].text.lower() not in {"and", "or"}:
            continue
        shared = _shared_noun(words[before].stem, words[start].stem, candidates, catalog)
        if shared:
            mentions[before, before + 1] = shared
            taken[before] = before, before + 1
    result = []
    for (start, end), candidates in sorted(mentions.items()):
        first, last = words[start].start, words[end - 1].end
        result.append(Mention(first, last, question[first:last], candidates))
    return result


def _shared_noun(
    said: str, other: str, candidates: Sequence[Candidate], catalog: Catalog
) -> list[Candidate]:
    """ "Minimum and maximum salary": the noun of the second column is that of the first too."""
    found = []
    for candidate in candidates:
        field_ = candidate.field
        if field_ is None or len(field_.words) < 2:
            continue
        place = next((i for i, w in enumerate(field_.words) if likeness(other, w) >= 0.75), None)
        if place is None:
            continue
        for twin in catalog.of(field_.table):
            same = len(twin.words) == len(field_.words) and all(
                a == b for i, (a, b) in enumerate(zip(twin.words, field_.words, strict=True))
                if i != place
            )  # fmt: skip
            if same and twin.name != field_.name and likeness(said, twin.words[place]) >= 0.75:
                found.append(Candidate(candidate.score, field=twin))
    return found


_QUOTED = re.compile(r"[\"“]([^\"”]{1,80})[\"”]|(?<!\w)['‘]([^'’]{1,80})['’](?!\w)")


def _is_marked(question: str, start: int, end: int) -> bool:
    """Whether a stretch is quoted or written with a capital inside a sentence."""
    piece = question[start:end]
    before = question[:start].rstrip()
    if before.endswith(('"', "'", "“", "‘")):
        return True
    inside = bool(before) and not before.endswith((".", "?", "!", ":"))
    return inside and (piece[:1].isupper() or any(ch.isdigit() for ch in piece))


_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")


def find_values(question: str, catalog: Catalog) -> list[ValueMention]:
    """Values of text columns that the question names, longest first, without overlaps.

    Hyphens count as spaces: "Oscar-nominated" names the value "Oscar".
    """
    written, question = question, _HYPHEN.sub(" ", question)
    words = _tokens(question)
    lowered = [token.text.lower() for token in words]
    index: dict[tuple[str, ...], list[tuple[Field, object]]] = {}
    for field_ in catalog:
        if field_.is_measure or field_.date_style:
            continue
        for value in field_.column.samples:
            if not isinstance(value, str) or not 1 < len(value) <= 60:
                continue
            key = tuple(text.lower() for text, _, _ in tokens(_HYPHEN.sub(" ", value)))
            if key and not all(part.isdigit() for part in key):
                index.setdefault(key, []).append((field_, value))
    _add_forms(index, words)
    short = shortened(
        (field_, value) for pairs in list(index.values()) for field_, value in pairs
        if isinstance(value, str)
    )  # fmt: skip
    found: list[tuple[int, int, Field, object, float]] = []
    loose: list[tuple[int, int, Field, object]] = []
    longest = max((len(key) for key in index), default=0)
    named = {word for field_ in catalog for word in field_.words}
    named |= {word for entity in catalog.entities.values() for word in entity.words}
    for start in range(len(words)):
        for length in range(min(longest, len(words) - start), 0, -1):
            key = tuple(lowered[start : start + length])
            plural = tuple(word.stem for word in words[start : start + length])
            marked = _is_marked(question, words[start].start, words[start + length - 1].end)
            whole = index.get(key, ()) or index.get(plural, ())
            for field_, value in whole or (short.get(key, ()) if marked else ()):
                near = any(
                    likeness(token.stem, name) >= 0.9
                    for token in words[max(0, start - 3) : start + length + 3]
                    for name in field_.words
                    if name not in {"name", "id"}
                )
                sure = 0.3 * (length >= 2) + 0.5 * marked + 0.3 * near
                telling = sum(not word.stop for word in words[start : start + length])
                sure += 0.2 * (length >= 3 and telling >= 2)
                if length == 1 and words[start].stop and words[start].text != value and not marked:
                    continue  # "and" is no country, though one has that code
                ahead = " ".join(lowered[max(0, start - 2) : start])
                if start and _UNLIKE.search(ahead) and field_.is_category:
                    sure += 0.5  # "members who are not guests"
                if (
                    sure < 0.5
                    and field_.is_category
                    and not named & {w.stem for w in words[start : start + length]}
                ):
                    sure += _company(words, lowered, start, start + length, field_, index, catalog)
                if length == 1 and words[start].stop and words[start].text != value:
                    sure -= 0.4
                if sure >= 0.5:
                    found.append((start, start + length, field_, value, min(1.0, sure)))
                elif whole and not named & {w.stem for w in words[start : start + length]}:
                    loose.append((start, start + length, field_, value))
    found += listed_values(question, words, found, loose)
    found += _beside(found, lowered, index)
    found += _adjectives(written, words, catalog)
    found.sort(key=lambda item: (-(item[1] - item[0]), -item[4], item[0], item[2].key))
    taken: dict[int, tuple[int, int]] = {}
    result = []
    for start, end, field_, value, sure in found:
        if any(taken.get(i, (start, end)) != (start, end) for i in range(start, end)):
            continue
        taken.update(dict.fromkeys(range(start, end), (start, end)))
        result.append(ValueMention(words[start].start, words[end - 1].end, field_, value, sure))
    return sorted(result, key=lambda mention: (mention.start, -mention.sure))


_FEW_FORMS = 12
_UNLIKE = re.compile(
    r"\b(?:not|non|except|exclud(?:e|ing)|without|omit(?:ting)?|ignor(?:e|ing)|skip(?:ping)?|"
    r"drop(?:ping)?|remov(?:e|ing)|leav(?:e|ing) out|besides)(?: the| all| any)?$"
)


def _add_forms(
    index: dict[tuple[str, ...], list[tuple[Field, object]]], words: Sequence[_Token]
) -> None:
    """Other forms of the values of columns with few of them: "accepted" for "Accept"."""
    single = [
        (key[0], pair) for key, pairs in index.items() if len(key) == 1 for pair in pairs
        if (pair[0].column.distinct or 99) <= _FEW_FORMS and len(key[0]) > 3
    ]  # fmt: skip
    for token in words:
        lower = token.text.lower()
        if (lower,) in index or (token.stem,) in index or token.stop or len(lower) < 4:
            continue
        alike = [pair for value, pair in single if likeness(token.stem, stem(value)) == 0.9]
        if alike:
            index[(lower,)] = alike


_LINKS = frozenset({"and", "or", "vs", "versus", "to", "against", "with", "from"})
_KIND_WORDS = frozenset({"id", "name", "code", "type", "kind", "description", "detail", "status"})


def _company(
    words: Sequence[_Token],
    lowered: Sequence[str],
    start: int,
    end: int,
    field_: Field,
    index: dict[tuple[str, ...], list[tuple[Field, object]]],
    catalog: Catalog,
) -> float:
    """How much the neighbours of a word in lower case make it a value.

    "food allergies": it stands before what it is a kind of; "fall and spring": beside another
    value of the same column.
    """
    column = field_.column
    few = column.distinct is not None and column.distinct <= 30

    def value(place: int) -> bool:
        return 0 <= place < len(words) and any(
            other is field_
            for key in (lowered[place], words[place].stem)
            for other, _ in index.get((key,), ())
        )

    def following(place: int) -> int:
        """The place of a value listed behind: "and dramas", ", dramas"; 0 for none."""
        if place < len(words) and words[place].comma and value(place):
            return place
        linked = place + 1 < len(words) and lowered[place] in _LINKS
        return place + 1 if linked and value(place + 1) else 0

    listed = few and bool(
        following(end)
        or (start > 0 and lowered[start - 1] in _LINKS and value(start - 2))
        or (start > 0 and words[start].comma and value(start - 1))
    )
    after = end
    while step := following(after):
        after = step + 1
    if not few or after >= len(words) or words[after].comma:
        return 0.5 * listed
    noun = words[after].stem
    own = set(catalog.entities[field_.table].words) - _KIND_WORDS
    if any(likeness(noun, word) >= 0.9 for word in own):
        return 0.5  # "red grapes": the grapes have the colour
    kinds = set(field_.words) - _KIND_WORDS
    return max(0.5 * listed, 0.3 * any(likeness(noun, word) >= 0.9 for word in kinds))


def _beside(
    found: Sequence[tuple[int, int, Field, object, float]],
    lowered: Sequence[str],
    index: dict[tuple[str, ...], list[tuple[Field, object]]],
) -> list[tuple[int, int, Field, object, float]]:
    """Values right beside a sure value of another column of the same table."""
    made = []
    for start, end, field_, _, sure in found:
        for place in (start - 1, end):
            if sure < 0.8 or not 0 <= place < len(lowered) or lowered[place] in STOP_WORDS:
                continue
            for other, value in index.get((lowered[place],), ()):
                if other.table == field_.table and other.name != field_.name:
                    made.append((place, place + 1, other, value, 0.6))
    return made


def _adjectives(
    question: str, words: Sequence[_Token], catalog: Catalog
) -> list[tuple[int, int, Field, object, float]]:
    """ "European" for Europe, "female" for F: words made from a value."""
    found: list[tuple[int, int, Field, object, float]] = []
    for position, token in enumerate(words):
        if "-" in (question[token.start - 1 : token.start], question[token.end : token.end + 1]):
            continue  # "a strong-man contest" is no condition
        gender = GENDERS.get(token.stem)
        capital = _is_marked(question, token.start, token.end) and token.text.isalpha()
        if not gender and not (capital and len(token.text) >= 5):
            continue
        for field_ in catalog:
            if not field_.is_category:
                continue
            meant = gender_values(gender, field_) if gender else []
            found += [(position, position + 1, field_, value, 0.9) for value in meant]
            for value in field_.column.samples:
                if not isinstance(value, str) or value in meant:
                    continue
                lower = value.lower()
                if (
                    capital
                    and lower.isalpha()
                    and len(lower) >= 4
                    and token.text.lower() != lower
                    and token.text.lower().startswith(lower[:-1])
                    and token.text.lower()[len(lower) - 1 :]
                    in {"an", "ean", "ian", "n", "ese", "ish"}
                ):
                    found.append((position, position + 1, field_, value, 0.8))
    return found
