"""The offline model as the database agent: from the brief to one `execute_sql`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

from multivis.data.describe import parse_schema
from multivis.data.named_values import parse_named_values, with_named_values
from multivis.offline.adapt_call import adapt_to_reference, dress_like_picture
from multivis.offline.adapt_figures import placed_in_panels
from multivis.offline.catalog import Catalog
from multivis.offline.concepts import Reading
from multivis.offline.intent import read_question
from multivis.offline.overview import overview
from multivis.offline.plan import Filter, Plan, Query, dumps
from multivis.offline.planner import plan_chart
from multivis.offline.recovery import is_bounds_failure
from multivis.offline.reference_kind import kind_of_code, kind_of_style, with_kind
from multivis.offline.sql import write_sql
from multivis.offline.sql_joins import with_trimmed_keys
from multivis.offline.style_code import read_style
from multivis.offline.turns import Answer, Attempt, Turn
from multivis.offline.words import STOP_WORDS, likeness, stem, tokens

__all__ = ["database_turn", "plan_question"]

_HANDOFF = 8_000
_FAIR = 0.3
_CUT = re.compile(r"^… [\d,]+ more tables?", re.MULTILINE)


@dataclass(frozen=True)
class Planned:
    """A plan with its reading."""

    plan: Plan
    reading: Reading
    catalog: Catalog


def plan_question(question: str, schema_text: str, dialect: str, named: str = "") -> Planned:
    """Read a question against a schema text and plan a chart.

    Args:
        question: What the user asked.
        schema_text: The tables, as `describe_schema` writes them.
        dialect: The SQL dialect of the source.
        named: Values that were looked up in the data, as `describe_named_values` writes them.
    """
    schema = with_named_values(parse_schema(schema_text, dialect), parse_named_values(named))
    catalog = Catalog(schema)
    reading = read_question(question, catalog)
    return Planned(plan_chart(reading, catalog), reading, catalog)


def database_turn(turn: Turn) -> Answer:
    """The next call: look for tables if the schema was cut, else query, else mend the query."""
    question, dialect = turn.section("question"), turn.section("dialect") or "sqlite"
    existing = _existing_query(turn)
    if existing is not None:
        return existing
    schema_text = _schema_text(turn)
    planned = plan_question(
        _with_reference_kind(turn, question), schema_text, dialect, turn.section("named_values")
    )
    if _CUT.search(turn.section("schema")):
        look = _look_around(turn, planned)
        if look is not None:
            return look
    plan = planned.plan
    plainest = None
    if (not plan.query.outputs or plan.confidence < _FAIR) and _can_tell(turn):
        plainest = overview(planned.reading, planned.catalog)
    if plainest is not None:
        plan = _unsure(plan) if plan.query.outputs else plainest
    elif not plan.query.outputs or plan.confidence < _FAIR:
        reason = _cannot(planned)
        if "cannot_answer" in turn.tools:
            return Answer("cannot_answer", {"reason": reason[:1_000]})
        return Answer(text=reason)
    if turn.section("reference_code"):
        plan = adapt_to_reference(turn.section("reference_code"), plan, turn.section("question"))
    elif "kind" in (style := read_style(turn.section("image_style"))):
        plan = dress_like_picture(style, plan, turn.section("question"))
    plan = placed_in_panels(plan)
    notes = _scenario_notes(turn)
    plan = replace(plan, left_out=(*plan.left_out, *notes))
    query_attempts = [a for a in turn.made("execute_sql") if not is_bounds_failure(a)]
    failures = [turn.section("previous_failure")] if turn.section("previous_failure") else []
    failures += [attempt.answer for attempt in query_attempts]
    failures += [_recommendation(turn)] if turn.section("recommendations") else []
    tried = [str(a.arguments.get("sql", "")) for a in query_attempts]
    if turn.section("previous_sql"):
        tried.append(turn.section("previous_sql"))
    plan, sql, lost = _mended(plan, planned.catalog, dialect, failures, tried)
    if not sql:
        reason = _gave_up(query_attempts)
        if "cannot_answer" in turn.tools:
            return Answer("cannot_answer", {"reason": reason})
        return Answer(text=reason)
    if lost:
        names = ", ".join(f"'{name}'" for name in lost)
        plan = replace(
            plan,
            left_out=(*plan.left_out, f"The tables {names} could not be joined to the others."),
        )
    return Answer("execute_sql", {"sql": sql, "final": True, "handoff": write_handoff(plan)})


def _with_reference_kind(turn: Turn, question: str) -> str:
    """The question with the kind of chart of its reference: "like this", "with our data"."""
    if code := turn.section("reference_code"):
        return with_kind(question, kind_of_code(code))
    return with_kind(question, kind_of_style(read_style(turn.section("image_style"))))


def _unsure(plan: Plan) -> Plan:
    """A plan that rests on few words of the question, told as such."""
    told = "Little of what the question names was found in the data; see what the chart shows."
    return replace(plan, left_out=(*plan.left_out, told))


def _can_tell(turn: Turn) -> bool:
    """Whether doubts can be handed on with the query; else words are the honest answer."""
    return "handoff" in turn.parameters.get("execute_sql", {}).get("properties", {})


def _schema_text(turn: Turn) -> str:
    """The schema of the brief, with what was looked up since."""
    parts = [turn.section("schema")]
    parts += [a.answer for a in turn.made("get_table")]
    parts += [a.answer for a in turn.made("get_foreign_keys")]
    return "\n".join(part for part in parts if part)


def _existing_query(turn: Turn) -> Answer | None:
    """Scenario D: the rows that the existing code itself loads."""
    statements = turn.section("existing_sql").split("\n;\n")
    if not turn.section("existing_code") or not statements[0].strip():
        return None
    if turn.made("execute_sql"):
        return None
    handoff = json.dumps({"assumptions": [], "ambiguities": [], "left_out": []})
    return Answer("execute_sql", {"sql": statements[0].strip(), "final": True, "handoff": handoff})


# ── a schema that was cut ───────────────────────────────────────────────────────────────────


def _look_around(turn: Turn, planned: Planned) -> Answer | None:
    """Find the tables that the question needs and the brief does not show."""
    if turn.made("execute_sql") or len(turn.attempts) >= 6:
        return None
    missing = _unlinked_words(planned)
    if not turn.made("find_fields"):
        if not missing and planned.plan.confidence >= _FAIR:
            return None
        words = " ".join(missing[:8]) or turn.section("question")
        return Answer("find_fields", {"text": words[:200], "limit": 20})
    known = {table.name for table in planned.catalog.schema.tables}
    asked = {str(a.arguments.get("table", "")) for a in turn.made("get_table")}
    found: list[str] = []
    for attempt in turn.made("find_fields"):
        for name in re.findall(r"table '([^']+)'|column '([^'.]+)\.", attempt.answer):
            table = name[0] or name[1]
            if table not in known and table not in asked and table not in found:
                found.append(table)
    if found and len(asked) < 3:
        return Answer("get_table", {"table": found[0], "rows": 0})
    if asked and not turn.made("get_foreign_keys"):
        return Answer("get_foreign_keys", {})
    return None


# ── failures ────────────────────────────────────────────────────────────────────────────────


_UNMET = "no row meets all of them"


def _mended(
    plan: Plan, catalog: Catalog, dialect: str, failures: list[str], tried: list[str]
) -> tuple[Plan, str, list[str]]:
    """The plan and statement after reacting to every failure; no statement if none is new."""
    if any(_UNMET in failure for failure in failures):  # blanks around keys may be why
        sql, lost = write_sql(plan.query, catalog, dialect)
        trimmed = with_trimmed_keys(sql, catalog, dialect)
        if trimmed and not any(_same(trimmed, other) for other in tried):
            note = "Blanks around the keys of the tables were not counted."
            return replace(plan, assumptions=(*plan.assumptions, note)), trimmed, lost
    for failure in failures:
        plan = _react(plan, failure)
    for step in range(5):
        sql, lost = write_sql(plan.query, catalog, dialect)
        if not any(_same(sql, other) for other in tried):
            return plan, sql, lost
        simpler = _simpler(plan, step)
        if simpler is None:
            break
        plan = simpler
    return plan, "", []


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).lower() == " ".join(other.split()).lower()


def _drop_filter(plan: Plan, condition: Filter, why: str) -> Plan:
    kept = tuple(f for f in plan.query.filters if f != condition)
    values = ", ".join(repr(value) for value in condition.values)
    text = f"The condition {condition.column} {condition.operator} {values} was dropped: {why}."
    return replace(
        plan,
        query=replace(plan.query, filters=kept),
        left_out=(*plan.left_out, text),
        confidence=round(plan.confidence * 0.8, 2),
    )


def _near_value(failure: str, condition: Filter) -> str | None:
    """The stored value that the answer offers in place of the one asked for."""
    if condition.column not in failure or len(condition.values) != 1:
        return None
    quoted = re.findall(r"'([^']+)'|\"([^\"]+)\"", failure)
    names = {condition.column, condition.table, f"{condition.table}.{condition.column}",
             str(condition.values[0])}  # fmt: skip
    options = [a or b for a, b in quoted if (a or b) not in names]
    wanted = str(condition.values[0]).lower()
    for option in options:
        if likeness(stem(wanted), stem(option.lower())) >= 0.9 or wanted in option.lower():
            return str(option)
    return None


def _react(plan: Plan, failure: str) -> Plan:
    """Change the plan in the light of one answer."""
    lower = failure.lower()
    if "no row" in lower and plan.query.filters:
        for condition in plan.query.filters:
            near = _near_value(failure, condition)
            if near is not None:
                better = replace(condition, values=(near,))
                filters = tuple(better if f == condition else f for f in plan.query.filters)
                note = f"{condition.values[0]!r} was read as the value {near!r}."
                return replace(
                    plan,
                    query=replace(plan.query, filters=filters),
                    assumptions=(*plan.assumptions, note),
                )
        named = [f for f in plan.query.filters if f.column.lower() in lower]
        chosen = (named or list(plan.query.filters))[-1]
        return _drop_filter(plan, chosen, "no row meets it")
    found = re.search(r"(?:no such column|unknown column|column)[:\s]+['\"]?([\w.]+)['\"]?", lower)
    if found:
        name = found.group(1).split(".")[-1]
        return _without_column(plan, name)
    if "time limit" in lower or "timeout" in lower or "timed out" in lower:
        simpler = _simpler(plan, 0)
        return simpler if simpler is not None else plan
    return plan


def _without_column(plan: Plan, name: str) -> Plan:
    """Leave out a column that turned out not to be there."""
    outputs = tuple(o for o in plan.query.outputs if o.column.lower() != name)
    filters = tuple(f for f in plan.query.filters if f.column.lower() != name)
    if not outputs or (outputs == plan.query.outputs and filters == plan.query.filters):
        return plan
    return replace(
        plan,
        query=replace(plan.query, outputs=outputs, filters=filters),
        left_out=(*plan.left_out, f"The column {name!r} could not be used."),
    )


def _simpler(plan: Plan, step: int) -> Plan | None:
    """A simpler query: without order, then without conditions, then from one table."""
    query = plan.query
    if step <= 0 and query.order and query.limit is None:
        return replace(plan, query=replace(query, order=()))
    if query.filters:
        return _drop_filter(plan, query.filters[-1], "the query with it did not work")
    tables = [o.table for o in query.outputs if o.table]
    if len(set(tables)) > 1:
        main = max(dict.fromkeys(tables), key=tables.count)
        kept = tuple(o for o in query.outputs if o.table in {main, ""})
        return replace(
            plan,
            query=Query(outputs=kept, limit=query.limit),
            left_out=(*plan.left_out, f"Only the table {main!r} was used."),
            confidence=round(plan.confidence * 0.6, 2),
        )
    return None


def _recommendation(turn: Turn) -> str:
    """What validation wants of the query, as one text."""
    return turn.section("recommendations")


def _gave_up(attempts: list[Attempt]) -> str:
    last = attempts[-1].answer.splitlines()[0] if attempts and attempts[-1].answer else ""
    return f"I have no other query to try. The last answer was: {last}"[:500]


# ── words ───────────────────────────────────────────────────────────────────────────────────


def _unlinked_words(planned: Planned) -> list[str]:
    """Content words of the question that no name or value of the schema explains."""
    names = {word for field in planned.catalog for word in field.words}
    names |= {word for entity in planned.catalog.entities.values() for word in entity.words}
    found = []
    for text, _, _ in tokens(planned.reading.body):
        lower = text.lower()
        if lower in STOP_WORDS or len(lower) < 3 or not lower.isalpha() or lower in _ASKING:
            continue
        if any(likeness(stem(lower), name) > 0 for name in names):
            continue
        if lower not in found:
            found.append(lower)
    return found


_ASKING_TEXT = """
number total average mean sum count top highest lowest most least sorted descending ascending
order group grouped per year month day time trend please title each using plot vertical
horizontal stacked axis points chart charts graph
"""
_ASKING = frozenset(_ASKING_TEXT.split())


def _cannot(planned: Planned) -> str:
    """An honest answer: what was not found, and what there is instead."""
    missing = _unlinked_words(planned)
    words = ", ".join(f"'{word}'" for word in missing[:6]) or "its words"
    near: list[str] = []
    for word in missing[:6]:
        scored = sorted(
            (
                (max((_alike(stem(word), part) for part in field.words), default=0.0), field)
                for field in planned.catalog
            ),
            key=lambda pair: (-pair[0], pair[1].key),
        )
        near += [f"{f.table}.{f.name}" for score, f in scored[:2] if score >= 0.6]
    if not near:
        near = [f"{f.table}.{f.name}" for f in list(planned.catalog)[:8]]
    listed = ", ".join(dict.fromkeys(near))
    return (
        f"The data cannot answer this question: {words} could not be found in it. "
        f"What comes nearest: {listed or 'nothing'}."
    )


def _alike(one: str, other: str) -> float:
    """Likeness of spelling, 0 to 1."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, one, other).ratio()


def _scenario_notes(turn: Turn) -> list[str]:
    if turn.section("scenario") == "B" and not turn.section("image_style"):
        return [
            "The reference image gave no form that could be followed: "
            "the chart follows the words alone."
        ]
    return []


def write_handoff(plan: Plan) -> str:
    """The plan and its notes as JSON, within the bound of the argument."""
    told: dict[str, object] = {
        "assumptions": list(plan.assumptions),
        "ambiguities": list(plan.ambiguities),
        "left_out": list(plan.left_out),
        "confidence": plan.confidence,
    }
    bare = replace(
        plan, assumptions=(), ambiguities=(), left_out=(),
        query=Query(outputs=plan.query.outputs, limit=plan.query.limit),
    )  # fmt: skip
    full = json.dumps({"plan": json.loads(dumps(bare)), **told}, ensure_ascii=False)
    if len(full) <= _HANDOFF:
        return full
    short = json.dumps(told, ensure_ascii=False)
    return short if len(short) <= _HANDOFF else json.dumps({"confidence": plan.confidence})
