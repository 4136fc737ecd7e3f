"""Refine a chart script by an instruction in plain language (scenario D).

The script is changed where the instruction asks for it and nowhere else: every byte that is not
part of a change stays. What was not understood is given back in the asker's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from multivis.charts.reference import CodeFacts
from multivis.offline.edit_added import ADDED_EDITS
from multivis.offline.edit_clauses import Clause, is_vague, split_instruction
from multivis.offline.edit_context import Context
from multivis.offline.edit_data import DATA_EDITS
from multivis.offline.edit_fields import named_fields
from multivis.offline.edit_figures import FIGURE_EDITS
from multivis.offline.edit_labels import LABEL_EDITS
from multivis.offline.edit_named import (
    clock_times,
    colours,
    donut,
    month_names,
    tip_columns,
    value_filters,
)
from multivis.offline.edit_palette import COLOUR_EDITS
from multivis.offline.edit_rows import ROW_EDITS
from multivis.offline.edit_script import Script
from multivis.offline.edit_style import STYLE_EDITS
from multivis.offline.edit_words import WORD_EDITS

__all__ = ["EditResult", "edit_code", "instruction_needs_data"]

_Edit = Callable[[Context], "bool | None"]

#: Order matters: what adds channels and layers comes before what styles them.
_ALTAIR_EDITS: tuple[_Edit, ...] = (
    *DATA_EDITS[:3],
    *ROW_EDITS,
    *ADDED_EDITS[:2],
    *DATA_EDITS[3:],
    donut,
    value_filters,
    tip_columns,
    month_names,
    clock_times,
    colours,
    *COLOUR_EDITS[1:],
    *STYLE_EDITS,
    *LABEL_EDITS,
    *WORD_EDITS,
    *ADDED_EDITS[2:],
)

_FIGURE_EDITS: tuple[_Edit, ...] = (month_names, clock_times, *FIGURE_EDITS)


@dataclass(frozen=True)
class EditResult:
    """What became of an instruction.

    Attributes:
        code: The edited script; the given one, byte for byte, when nothing changed.
        changed: Whether anything changed.
        done: What was done, in order.
        left_out: Wishes that were not carried out, in the asker's words.
        needs_data: Whether the wish needs rows or columns that the script cannot reach itself.
    """

    code: str
    changed: bool
    done: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    needs_data: bool = False


def edit_code(
    existing_code: str,
    instruction: str,
    *,
    columns: Sequence[str] = (),
    schema_text: str = "",
    skip: frozenset[int] = frozenset(),
) -> EditResult:
    """Carry out `instruction` on `existing_code`.

    Args:
        existing_code: A script that draws a chart with Altair, Matplotlib or Plotly.
        instruction: One or several wishes in plain language.
        columns: Columns of the frame that the chart draws, when they are known.
        schema_text: The schema of the data, as `multivis.data.describe` writes it.
        skip: Wishes to leave out, by their number from 0.

    Returns:
        The edited script and what was left out.

    Raises:
        CodeError: `existing_code` does not parse.
    """
    script = Script(existing_code)
    edits = _ALTAIR_EDITS if script.facts.library == "altair" else _FIGURE_EDITS
    clauses = split_instruction(instruction)
    done: list[str] = []
    left_out: list[str] = []
    vague: list[str] = []
    for number, clause in enumerate(clauses):
        if number in skip:
            left_out += [clause.text.rstrip(" .?!")] if clause.asks else []
            continue
        if is_vague(clause):
            vague.append(clause.text.rstrip(" .?!"))
            continue
        context = Context(
            script, clause, tuple(columns), done, schema_text=schema_text, instruction=instruction
        )
        outcomes = [edit(context) for edit in edits]
        if clause.asks and not any(outcomes) and not context.satisfied:
            left_out.append(clause.text.rstrip(" .?!"))
    if not done:
        left_out = [*vague, *left_out]
    if not done and not any(clause.asks for clause in clauses):
        left_out += [clause.text.rstrip(" .?!") for clause in clauses]
    return EditResult(
        code=script.text,
        changed=script.text != existing_code,
        done=tuple(dict.fromkeys(done)),
        left_out=tuple(left_out),
        needs_data=bool(left_out)
        and instruction_needs_data(". ".join(left_out), script.facts, tuple(columns), schema_text),
    )


_DATA_WISH = re.compile(
    r"\b(?:add|include|show|plot|use|compare|join|bring in|pull|incorporate|switch to|filter"
    r"|only|exclude)\b"
)
_STYLE_WISH = re.compile(
    r"\b(?:colou?r\w*|palette|scheme|title\w*|label\w*|font\w*|size|bigger|larger|wider|taller"
    r"|smaller|"
    r"legend|grid\w*|tool-?tip\w*|hover\w*|rotat\w*|angle|opacity|transparen\w*|thick\w*|zoom"
    r"|interactive|"
    r"sort\w*|stack\w*|horizontal|vertical|scale|background|border|outline|layout|clean|readable)\b"
)


def instruction_needs_data(
    instruction: str, facts: CodeFacts, columns: Sequence[str] = (), schema_text: str = ""
) -> bool:
    """Whether an instruction needs data that the script does not load.

    Args:
        instruction: The wish.
        facts: What the script says (`read_code`).
        columns: Columns of the frame that the chart draws, when they are known.
        schema_text: The schema of the data; without it only clear words count.

    Returns:
        False for styling and for anything that the loaded columns serve; True when a clause
        names a column of the schema that the script does not have, or asks for other data.
    """
    have = {name.lower() for name in columns}
    for unit in facts.units():
        for channel in unit.channels.values():
            have |= {item.field.lower() for item in (channel, *channel.items) if item.field}
    text = " ".join((*facts.data.sql, *facts.data.processing)).lower()
    names = _schema_columns(schema_text)
    missing = [name for name in names if name.lower() not in have and name.lower() not in text]
    for clause in split_instruction(instruction):
        if re.search(
            r"\b(?:different|another|other|new) (?:table|data ?set|database|data source)\b",
            clause.low,
        ):
            return True
        if not _DATA_WISH.search(clause.low):
            continue
        known = named_fields(clause.low, sorted(have))
        wanted = [name for name in named_fields(clause.low, missing) if len(name) > 2]
        if wanted and not known and not _mostly_style(clause):
            return True
    return False


def _mostly_style(clause: Clause) -> bool:
    """Whether a clause speaks of looks, not of data."""
    return bool(_STYLE_WISH.search(clause.core)) and not re.search(
        r"\btool-?tip|hover\b.*\b(?:from|of the)\b", clause.core
    )


def _schema_columns(schema_text: str) -> tuple[str, ...]:
    """Column names in the text of `describe_schema`."""
    names = re.findall(r'^\s+"((?:[^"\\]|\\.)+)"\s', schema_text, re.M)
    return tuple(dict.fromkeys(names))
