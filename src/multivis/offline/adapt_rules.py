"""Rules at constants: a reference has them, and the words say where they stand now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from multivis.charts.reference import CodeFacts
from multivis.offline.plan import Channel, Layer, Plan

__all__ = ["with_rules"]

_MONTHS = "january february march april may june july august september october november december"
_PLACE = re.compile(
    r"\b(?:at|to|for|of|mark(?:s|ing)|in) (?:the |a )?(?:year |value |number )?(?:[a-z]+ )??"
    rf"(?:(?P<month>{_MONTHS.replace(' ', '|')}) (?P<of>\d{{4}})"
    r"|\$?(?P<number>-?\d[\d,]*(?:\.\d+)?)(?![\d%]| ?(?:px|pixels|x )))"
)
_RULE = re.compile(
    r"\b(?:rules?|reference lines?|(?:vertical|horizontal|dashed)\b[^.?!]*\b(?:one|line))\b"
)
_ACROSS = {"axhline": "y", "axvline": "x"}


def with_rules(plan: Plan, facts: CodeFacts, question: str) -> Plan:
    """The rules of the reference at the places that the question gives; without one they go."""
    there = {c.name for layer in plan.layers if layer.mark == "rule" for c in layer.channels}
    rules = {axis: options for axis, options in _rules(facts) if axis not in there}
    if not rules or len(plan.views) != 1 or {"x", "y"} <= there:
        return plan
    found: dict[str, Layer] = {}
    main = plan.layers[0]
    for axis, place, words in _places(question.lower(), main):
        channel = main.channel(axis)
        if channel is None or axis not in rules or axis in found:
            continue
        options = dict(rules[axis])
        if "dash" in words:
            options.setdefault("strokeDash", [12, 6])
        colour = _colour(question, words)
        if colour:
            options["color"] = colour
        # Without a type, a number would stand on an axis of its own beside the ordered places.
        kind = channel.kind if channel.kind in {"ordinal", "nominal"} else None
        found[axis] = Layer("rule", options, (Channel(axis, datum=place, kind=kind),))
        main = _without(main, options, words)
    layers = [found[axis] for axis in rules if axis in found]
    return plan.with_layers(main, *plan.layers[1:], *layers) if layers else plan


def _rules(facts: CodeFacts) -> Iterator[tuple[str, dict[str, Any]]]:
    """The axis and the options of each rule at a constant."""
    if facts.view is not None:
        for unit in facts.units():
            shown = [name for name, c in unit.channels.items() if c.datum is not None]
            if unit.mark is not None and unit.mark.kind == "rule" and shown in (["x"], ["y"]):
                options = unit.mark.options.items()
                yield shown[0], {k: v for k, v in options if not isinstance(v, dict)}
    for artist in facts.artists:
        constant = artist.arguments[0] if artist.arguments else artist.options.get("y")
        axis = _ACROSS.get(artist.method)
        computed = isinstance(constant, dict) and axis == "y"  # a mean is no constant
        if axis is not None and not computed:
            dashed = artist.options.get("linestyle") in {"--", "dashed"}
            yield axis, {"strokeDash": [12, 6]} if dashed else {}


def _places(text: str, main: Layer) -> Iterator[tuple[str, Any, str]]:
    """Axis, place and the words around it, for each place where the text puts a rule."""
    for sentence in re.split(r"(?<=[.?!]) ", text):
        if not _RULE.search(sentence):
            continue
        matches = list(_PLACE.finditer(sentence))
        ends = [*(match.start() for match in matches[1:]), len(sentence)]
        for match, behind in zip(matches, ends, strict=False):
            before = max((m.end() for m in matches if m.end() <= match.start()), default=0)
            words = _around(sentence, before, match, behind)
            place = _value(match, main)
            axis = _axis(words, match, main)
            if place is not None and axis:
                yield axis, place, words


def _around(sentence: str, before: int, match: re.Match[str], behind: int) -> str:
    """What is said of one place: the words up to it since the last one, and a note behind it."""
    note = re.match(r"[^,;()]{0,24}\([^)]*\)", sentence[match.end() : behind])
    front = re.sub(r"^[^()]*\([^()]*\)", "", sentence[before : match.start()])
    return front + match[0] + (note[0] if note else "")


def _axis(words: str, match: re.Match[str], main: Layer) -> str:
    said = re.findall(r"\b(?:vertical|horizontal)\b", words)
    if said:  # the last one is next to the place
        return "x" if said[-1] == "vertical" else "y"
    if match["month"]:
        return "x"
    x = main.channel("x")
    amount = float(match["number"].replace(",", ""))
    timed = x is not None and x.kind in {"temporal", "ordinal"}
    return "x" if timed and 1800 <= amount <= 2100 and amount.is_integer() else "y"


def _value(match: re.Match[str], main: Layer) -> Any:
    """The constant in data units; None where the axis has no such place."""
    x = main.channel("x")
    temporal = x is not None and x.kind == "temporal"
    if match["month"]:
        month = _MONTHS.split().index(match["month"]) + 1
        return f"python:alt.DateTime(year={match['of']}, month={month})" if temporal else None
    number = float(match["number"].replace(",", ""))
    amount = int(number) if number.is_integer() else number
    if temporal and _axis("", match, main) == "x":
        return f"python:alt.DateTime(year={amount})"
    return amount


def _colour(question: str, words: str) -> str:
    from multivis.charts.demands import ColourDemand, read_demands

    told = (wish.colour for wish in read_demands(question).of(ColourDemand))
    return next((c for c in told if re.search(rf"\b{re.escape(c.lower())}\b", words)), "")


def _without(main: Layer, options: dict[str, Any], words: str) -> Layer:
    """The main layer without the looks that belong to the rule."""
    kept = {
        key: value
        for key, value in main.options.items()
        if not (key == "color" and value == options.get("color"))
        and not (key == "strokeDash" and "dash" in words)
    }
    return replace(main, options=kept)
