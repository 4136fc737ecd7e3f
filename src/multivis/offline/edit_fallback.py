"""After a script that did not run: leave out the wish that most likely broke it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from multivis.offline.edit import EditResult, edit_code
from multivis.offline.edit_clauses import split_instruction

__all__ = ["edit_again"]


def edit_again(
    existing_code: str,
    instruction: str,
    told: str,
    *,
    columns: Sequence[str] = (),
    schema_text: str = "",
) -> EditResult:
    """Carry out the wishes that have nothing to do with a failure.

    Each wish is tried alone on the script; those whose own lines the failure tells of are left
    out. Where the failure tells of none, the wish that changes most is.

    Args:
        existing_code: The script as it was given.
        instruction: The wishes.
        told: What was said of the failed run.
        columns: Columns of the frame.
        schema_text: The schema of the data.

    Returns:
        The edited script; unchanged when no wish is left.
    """
    count = len(split_instruction(instruction))
    alone = [
        edit_code(
            existing_code,
            instruction,
            columns=columns,
            schema_text=schema_text,
            skip=frozenset(range(count)) - {index},
        )
        for index in range(count)
    ]
    old = set(existing_code.splitlines())
    added = [[line for line in one.code.splitlines() if line not in old] for one in alone]
    scores = [_blame(lines, existing_code, told) for lines in added]
    if max(scores, default=0) == 0:
        scores = [sum(map(len, lines)) for lines in added]
    worst = max(scores, default=0)
    blamed = frozenset(index for index, score in enumerate(scores) if score == worst and worst)
    return edit_code(
        existing_code, instruction, columns=columns, schema_text=schema_text, skip=blamed
    )


def _blame(lines: list[str], existing_code: str, told: str) -> int:
    """How much a failure speaks of added lines: whole lines count most, then their new words."""
    score = 0
    for line in lines:
        text = line.strip().rstrip(",")
        if len(text) > 6 and text in told:
            score += 10
        words = set(re.findall(r"[A-Za-z_]\w{2,}", text))
        score += sum(
            1
            for word in words
            if not re.search(rf"\b{re.escape(word)}\b", existing_code)
            and re.search(rf"\b{re.escape(word)}\b", told)
        )
    return score
