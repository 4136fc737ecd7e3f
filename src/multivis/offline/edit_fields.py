"""Which fields a script has at hand, and which of them a clause names."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from multivis.charts.reference import Channel, View
from multivis.charts.reference.source import call_name
from multivis.offline.edit_script import Script
from multivis.offline.words import humanise, likeness, split_name, stem

__all__ = [
    "Fields",
    "category_channel",
    "dimension_channel",
    "measure_channel",
    "named_fields",
    "read_fields",
    "sql_columns",
]

_SHAPING = re.compile(
    r"\.(?:melt|groupby|pivot|pivot_table|stack|unstack|agg|crosstab|T)\b|crosstab\("
)
_MEASURES = {"quantitative"}


@dataclass(frozen=True)
class Fields:
    """The fields of a script.

    Attributes:
        encoded: Fields on channels, in order.
        frame: Columns of the frame that is drawn, as far as the text tells.
        made: Fields that transforms make.
    """

    encoded: tuple[str, ...] = ()
    frame: tuple[str, ...] = ()
    made: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys((*self.encoded, *self.made, *self.frame)))


def read_fields(script: Script, columns: Sequence[str] = ()) -> Fields:
    """The fields that a chart of `script` can use."""
    encoded: list[str] = []
    made: list[str] = []
    for unit in script.units:
        for channel in unit.channels.values():
            encoded += [item.field for item in (channel, *channel.items) if item.field]
        for transform in unit.transforms:
            if transform.kind in {
                "window",
                "joinaggregate",
                "calculate",
                "aggregate",
                "timeunit",
                "stack",
            }:
                made += [name for name in transform.options if name not in _TRANSFORM_OPTIONS]
    shaped = any(_SHAPING.search(line) for line in script.facts.data.processing)
    frame: list[str] = [] if shaped else [str(name) for name in columns]
    if not frame and not shaped and len(script.facts.data.sql) == 1:
        frame = list(sql_columns(script.facts.data.sql[0]))
    if not frame and not shaped:
        frame = _literal_columns(script)
    for line in script.facts.data.processing:
        frame += re.findall(r"""^\w+\[['"]([^'"]+)['"]\]\s*=""", line)
    unique = tuple(dict.fromkeys(encoded))
    return Fields(unique, tuple(dict.fromkeys(frame)), tuple(dict.fromkeys(made)))


def _literal_columns(script: Script) -> list[str]:
    """Columns of ``pd.DataFrame({"a": …})`` for the frame that is drawn."""
    frames = {unit.data for unit in script.units}
    for statement in script.source.statements():
        if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
            continue
        names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
        call = statement.value
        told = call.args[0] if call.args else None
        if names & frames and call_name(call) == "DataFrame" and isinstance(told, ast.Dict):
            return [
                key.value
                for key in told.keys
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
    return []


_TRANSFORM_OPTIONS = {
    "sort", "groupby", "frame", "ignorePeers", "as_", "field", "stack", "offset", "window",
    "joinaggregate", "aggregate", "calculate", "timeUnit",
}  # fmt: skip


def sql_columns(sql: str) -> tuple[str, ...]:
    """Names of the columns that a SELECT gives; empty when it does not parse or has a star."""
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(sql, dialect="sqlite")
    except sqlglot.errors.SqlglotError:
        return ()
    if not isinstance(tree, exp.Query):
        return ()
    names = tuple(tree.named_selects)
    return () if "*" in names else tuple(name for name in names if name)


# ── roles ───────────────────────────────────────────────────────────────────────────────────


def is_measure(channel: Channel) -> bool:
    """Whether a channel shows an amount."""
    if channel.aggregate:
        return True
    return channel.type == "quantitative" and not channel.bin


def measure_channel(view: View) -> Channel | None:
    """The channel that shows the amount: the one opposite a category, or ``y`` before ``x``."""
    names = ("theta", "y", "x", "radius", "color", "size", "text")
    positions = [view.channels[name] for name in names if name in view.channels]
    aggregated = [channel for channel in positions if channel.aggregate]
    if aggregated:
        return aggregated[0]
    measures = [channel for channel in positions if is_measure(channel)]
    if measures:
        return measures[0]
    untyped = [channel for channel in positions if channel.type is None and channel.field]
    return untyped[0] if untyped and untyped[0].name in {"x", "y"} else None


def dimension_channel(view: View) -> Channel | None:
    """The positional channel of categories, times or bins."""
    measure = measure_channel(view)
    for name in ("x", "y"):
        channel = view.channels.get(name)
        if channel is not None and (measure is None or channel.name != measure.name):
            return channel
    return None


def category_channel(view: View) -> Channel | None:
    """The nominal or ordinal positional channel, or the colour of a pie."""
    for name in ("x", "y"):
        channel = view.channels.get(name)
        if channel is not None and channel.type in {"nominal", "ordinal"}:
            return channel
    dimension = dimension_channel(view)
    if dimension is not None and dimension.type is None and dimension.field:
        return dimension
    return None


def words_of(name: str) -> tuple[str, ...]:
    """The words of a field name, as stems."""
    return split_name(name)


def title_of(channel: Channel) -> str:
    """What people call what a channel shows."""
    title = channel.options.get("title")
    if isinstance(title, str) and title:
        return title
    if channel.aggregate == "count" and not channel.field:
        return "Count"
    name = humanise(channel.field or "")
    if channel.aggregate in {"mean", "average"}:
        return f"Average {name}"
    if channel.aggregate in {"sum", "median", "min", "max"}:
        word = {"sum": "Total", "min": "Minimum", "max": "Maximum"}.get(channel.aggregate, "Median")
        return name if name.lower().startswith(word.lower()) else f"{word} {name}"
    return name


# ── which fields a clause names ─────────────────────────────────────────────────────────────


def named_fields(
    text: str, names: Sequence[str], titles: dict[str, str] | None = None
) -> list[str]:
    """The names that `text` speaks of, in the order of the text.

    A name counts when every one of its words is there (or all but one word of three or more),
    alike enough to be of one family; a name that is wholly inside a longer match is left out.
    """
    words = [stem(word) for word in re.findall(r"[a-z0-9]+", text.lower())]
    found: list[tuple[int, int, float, str]] = []
    for name in names:
        best: tuple[int, int, float] | None = None
        for spelt in {words_of(name), words_of((titles or {}).get(name, ""))} - {()}:
            match = _best_window(words, spelt)
            if match is not None and (best is None or match[2] > best[2]):
                best = match
        if best is not None:
            found.append((*best, name))
    kept = [
        one
        for one in found
        if not any(
            other is not one
            and other[0] <= one[0]
            and one[1] <= other[1]
            and (other[2], other[1] - other[0]) > (one[2], one[1] - one[0])
            for other in found
        )
    ]
    return [name for _, _, _, name in sorted(kept, key=lambda one: (one[0], -one[2]))]


def _best_window(words: Sequence[str], spelt: Sequence[str]) -> tuple[int, int, float] | None:
    """The stretch of text that holds the words of a name: start, end and score."""
    weak = {"id", "code", "of", "the", "in", "type"}
    useful = [word for word in spelt if word not in weak] or list(spelt)
    best: tuple[int, int, float] | None = None
    for start in range(len(words)):
        window = words[start : start + len(spelt) + 3]
        hits: list[int] = []
        missing = 0
        score = 0.0
        for word in spelt:
            alike = [(likeness(word, other), -index) for index, other in enumerate(window)]
            top, place = max(alike, default=(0.0, 0))
            if top >= 0.75:
                hits.append(-place)
                score += top
            elif word in useful:
                missing += 1
        if 0 not in hits or missing > (1 if len(useful) >= 3 else 0):
            continue
        value = score / len(spelt)
        if best is None or value > best[2]:
            best = (start, start + max(hits) + 1, value)
    return best
