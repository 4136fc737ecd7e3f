"""nvAgent (Ouyang et al., ACL 2025) as a baseline: processor, composer, validator over VQL."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime
from pydantic import BaseModel, Field

from multivis.errors import OptionError
from multivis.graph.nodes.baselines import ask_form, drawn, fetch
from multivis.llm.brief import render_brief
from multivis.state import Failure, FailureKind, State
from multivis.tool import Dependencies

__all__ = ["MOST_REPAIRS", "Statement", "Tables", "compose", "process", "validate"]

MOST_REPAIRS = 2
"""How often the validator sends a statement back."""


class Tables(BaseModel):
    """The tables that a question needs."""

    tables: list[str] = Field(min_length=1, description="Names as in the schema.")


class Statement(BaseModel):
    """A chart in VQL."""

    vql: str = Field(min_length=10, description="VISUALIZE … SELECT … [BIN … BY …]")


def process(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """The processor: which tables are needed; `State.seen` carries its choice to the composer."""
    answer, update = ask_form(
        state, runtime, "nvagent_processor", _brief(state, runtime.context, None), Tables, "query"
    )
    known = {table.name.casefold(): table.name for table in runtime.context.source.schema().tables}
    named = [known[n.casefold()] for n in answer.tables if n.casefold() in known] if answer else []
    return {**update, "seen": (_mark(named),)}


def compose(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """The composer and the validator: a statement in VQL, executed, and mended when it fails."""
    dependencies = runtime.context
    collected: dict[str, Any] = {"failures": (), "trace": ()}
    problem, before = "", ""
    usage = None
    for _ in range(1 + MOST_REPAIRS):
        brief = _brief(state, dependencies, _tables(state), problem, before)
        answer, update = ask_form(state, runtime, "nvagent_composer", brief, Statement, "code")
        for key in ("failures", "trace"):
            collected[key] += update.get(key, ())
        if "usage" in update:
            usage = update["usage"] if usage is None else usage + update["usage"]
        if answer is None:
            break
        before = answer.vql
        made = validate(answer.vql, state, dependencies)
        if "chart" in made:
            return {**collected, **({"usage": usage} if usage else {}), **made}
        collected["failures"] += made["failures"]
        problem = made["failures"][-1].message
    rest = {"usage": usage} if usage else {}
    return {**collected, **rest, "failures_in_a_row": state.failures_in_a_row + 1}


def validate(text: str, state: State, dependencies: Dependencies) -> dict[str, Any]:
    """Execute a statement: its query under the guard, its chart through Altair."""
    from multivis.charts.vql import parse_vql, vql_to_altair

    try:
        vql = parse_vql(text)
        fetched = fetch(vql.sql, dependencies, "nvagent")
        if "query" not in fetched:
            return fetched
        code = vql_to_altair(vql, fetched["query"].columns)
    except OptionError as error:
        failure = Failure(kind=FailureKind.SYNTAX, where="nvagent", message=str(error))
        return {"failures": (failure,)}
    return {**fetched, **drawn(code, fetched["query"], state, dependencies)}


_TABLES = "tables:"


def _mark(names: list[str]) -> str:
    return _TABLES + ",".join(names)


def _tables(state: State) -> list[str] | None:
    """What the processor chose; None when it chose nothing usable."""
    chosen = [mark.removeprefix(_TABLES) for mark in state.seen if mark.startswith(_TABLES)]
    names = chosen[-1].split(",") if chosen and chosen[-1] else []
    return names or None


def _brief(
    state: State,
    dependencies: Dependencies,
    tables: list[str] | None,
    problem: str = "",
    before: str = "",
) -> str:
    """Question, the chosen part of the schema, and what was wrong before."""
    from dataclasses import replace

    from multivis.data.describe import describe_schema

    schema = dependencies.source.schema()
    if tables:
        schema = replace(schema, tables=tuple(t for t in schema.tables if t.name in tables))
    references = state.references
    code = references.existing or references.code
    image = references.image
    return render_brief(
        {
            "question": state.request.question,
            "dialect": dependencies.source.dialect,
            "schema": describe_schema(schema, dependencies.settings.limits.schema_characters),
            "reference_code": code.text if code else "",
            "image_style": str(image.style) if image and image.style else "",
            "previous_vql": before,
            "previous_failure": problem,
        }
    )
