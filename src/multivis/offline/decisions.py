"""The short decisions: the coordinator's choice, the judge's verdict, any other form."""

from __future__ import annotations

from typing import Any

from multivis.offline.turns import Answer, Turn, as_json

__all__ = ["decide", "fill_form", "judge"]


def decide(turn: Turn) -> Answer:
    """Choose among admissible actions (scenario D: the code alone, or other rows too?)."""
    admissible = [str(a) for a in as_json(turn.section("admissible")) or []]
    form = turn.tools[0]
    action, why = _choice(turn, admissible)
    if admissible and action not in admissible:
        action, why = admissible[0], "it is the first step that the rules admit"
    return Answer(form, {"action": action, "why": why})


_IN_ORDER = (
    ("chart", "validation", "a chart is drafted and not checked yet"),
    ("query", "visualization", "the rows are here and nothing is drawn yet"),
)


def _choice(turn: Turn, admissible: list[str]) -> tuple[str, str]:
    existing = turn.section("existing_code")
    defined = [str(name) for name in as_json(turn.section("defined")) or []]
    # Under all rules no other step is admissible then, and nobody asks.
    for there, action, why in _IN_ORDER:
        if there in defined and action in admissible:
            return action, why
    if not existing:
        first = admissible[0] if admissible else "database"
        return first, "there is no code to refine, so the steps are taken in order"
    if _needs_data(turn, existing):
        return "database", "the wish needs columns, filters or rows that the code does not load"
    return "visualization", "the wish changes how the chart looks, not which data it needs"


def _needs_data(turn: Turn, existing: str) -> bool:
    from multivis.errors import MultiVisError
    from multivis.offline.edit import edit_code

    columns = [str(c) for c in as_json(turn.section("columns")) or []]
    try:
        result = edit_code(
            existing,
            turn.section("question"),
            columns=columns,
            schema_text=turn.section("schema"),
        )
    except MultiVisError:
        return False
    return result.needs_data and not result.changed


def judge(turn: Turn) -> Answer:
    """Submit what the deterministic checks found: without eyes there is nothing to add."""
    checks = as_json(turn.section("checks")) or []
    if isinstance(checks, dict):
        checks = checks.get("checks", [])
    failed = [
        c for c in checks
        if isinstance(c, dict) and c.get("applicable", True) and c.get("passed") is False
        and c.get("severity") == "error"
    ]  # fmt: skip
    return Answer(
        "submit_evaluation",
        {
            "passed": not failed,
            "recommendations": [
                {
                    "target": "code",
                    "severity": "error",
                    "text": str(c.get("message") or c.get("statement") or c.get("id"))[:1_000],
                }
                for c in failed[:10]
            ],
        },
    )


def fill_form(turn: Turn) -> Answer:
    """The plainest value that each required field of an unknown form admits."""
    name = turn.tools[0]
    schema = turn.parameters[name]
    properties = schema.get("properties", {})
    required = schema.get("required", list(properties))
    return Answer(name, {key: _plainest(properties.get(key, {})) for key in required})


def _plainest(schema: dict[str, Any]) -> Any:
    if "default" in schema:
        return schema["default"]
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for option in schema.get("anyOf", ()):
        if option.get("type") == "null":
            return None
        return _plainest(option)
    kinds: dict[str, Any] = {
        "string": "unknown".ljust(int(schema.get("minLength", 0)), "."),
        "integer": int(schema.get("minimum", 0)),
        "number": float(schema.get("minimum", 0)),
        "boolean": False,
        "array": [],
        "object": {},
    }
    return kinds.get(str(schema.get("type", "string")))
