"""What a specification from generated code may not carry: addresses and scripts.

A chart shows the rows it was given. A specification that would load data or pictures from an
address, open a script on a click, or change how the page shows it, loses that part, and every
part lost is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["clean_figure", "clean_specification", "is_safe_address", "is_safe_picture"]

_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028\u2029\ufeff]+")
_SCHEME = re.compile(r"^([a-z][a-z0-9+.\-]*):", re.IGNORECASE)
_LINK_SCHEMES = frozenset({"http", "https", "mailto"})
_MOST_SEQUENCE = 1_000_000
# a web address written out up to its path, and then only texts and fields put after it
_WEB_ADDRESS = re.compile(
    r"""^\s*(['"])https?://[\w.\-]+(:\d+)?[/?][^'"\\]*\1
        (\s*\+\s*(datum\.\w+ | datum\[(['"])[^'"\\]+\5\] | (['"])[^'"\\]*\6))*\s*$""",
    re.VERBOSE,
)


def is_safe_address(text: object) -> bool:
    """Whether a link may point there: web, mail, or a place on the same page."""
    match = _SCHEME.match(_CONTROL.sub("", str(text)))
    return match is None or match.group(1).lower() in _LINK_SCHEMES


def is_safe_picture(text: object) -> bool:
    """Whether a picture is part of the chart itself: a ``data:image/…`` that is no SVG."""
    plain = _CONTROL.sub("", str(text)).lower()
    return plain.startswith("data:image/") and not plain.startswith("data:image/svg")


def clean_specification(spec: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A copy of a Vega-Lite specification without addresses and scripts.

    Args:
        spec: Vega-Lite, as a mapping; it is not changed.

    Returns:
        The copy, and one sentence for each part that was taken out. Data by address becomes an
        empty list of rows.
    """
    problems: dict[str, None] = {}
    cleaned = _clean(dict(spec), problems)
    channels = set(_channels_of(cleaned))
    if channels:
        cleaned = _clean_rows(cleaned, channels, problems)
    return cleaned, tuple(problems)


def _clean(node: Any, problems: dict[str, None]) -> Any:
    """Copy a part of a specification; data values are passed through."""
    if isinstance(node, list):
        return [_clean(item, problems) for item in node]
    if not isinstance(node, dict):
        return node
    copy: dict[str, Any] = {}
    for key, value in node.items():
        if key == "data" and isinstance(value, dict):
            copy[key] = _clean_data(value, problems)
        elif key in ("datasets", "values"):
            copy[key] = value
        elif key in ("href", "url"):
            kept = _clean_address(key, value, problems)
            if kept is not None:
                copy[key] = kept
        elif key == "usermeta" and isinstance(value, dict) and "embedOptions" in value:
            problems["The chart sets options of the page that shows it; they were left out."] = None
            copy[key] = {name: item for name, item in value.items() if name != "embedOptions"}
        else:
            copy[key] = _clean(value, problems)
    return copy


def _clean_data(data: dict[str, Any], problems: dict[str, None]) -> dict[str, Any]:
    if "url" in data:
        problems[
            f"The chart would load data from {data['url']!r}; a chart draws rows of the frame."
        ] = None
        return {"values": []}
    sequence = data.get("sequence")
    if isinstance(sequence, dict) and _length(sequence) > _MOST_SEQUENCE:
        problems[
            f"The chart makes a sequence of over {_MOST_SEQUENCE:,} numbers; it was left out."
        ] = None
        return {"values": []}
    return data


def _length(sequence: Mapping[str, Any]) -> float:
    start, stop, step = (sequence.get(k, d) for k, d in (("start", 0), ("stop", 0), ("step", 1)))
    try:
        return abs((float(stop) - float(start)) / float(step))
    except (TypeError, ValueError, ZeroDivisionError):
        return float("inf")


def _clean_address(key: str, value: Any, problems: dict[str, None]) -> Any:
    """An ``href`` or ``url`` of a mark or a channel, or None when it may not stay."""
    safe = is_safe_address if key == "href" else is_safe_picture
    what = "link" if key == "href" else "picture"
    if isinstance(value, str):
        if safe(value):
            return value
        problems[f"The chart has a {what} to {value[:80]!r}; it was left out."] = None
        return None
    if isinstance(value, dict):
        literals = [value.get("value"), value.get("datum")]
        conditions = value.get("condition", [])
        for condition in conditions if isinstance(conditions, list) else [conditions]:
            if isinstance(condition, dict):
                literals += [condition.get("value"), condition.get("datum")]
        for literal in literals:
            if isinstance(literal, str) and not safe(literal):
                problems[f"The chart has a {what} to {literal[:80]!r}; it was left out."] = None
                return None
        computed = [text for text in _expressions(value) if text]
        if computed:
            problems[f"The chart computes the address of a {what}; it was left out."] = None
            return None
    return value


def _expressions(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("expr", "signal") and isinstance(value, str):
                yield value
            elif key not in ("condition",):
                yield from _expressions(value)


def _channels_of(node: Any) -> Iterator[tuple[str, str]]:
    """Fields that links and pictures are read from: (``href`` or ``url``, field)."""
    if isinstance(node, list):
        for item in node:
            yield from _channels_of(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("datasets", "values"):
                continue
            if key in ("href", "url") and isinstance(value, dict):
                conditions = value.get("condition", [])
                for part in [
                    value,
                    *(conditions if isinstance(conditions, list) else [conditions]),
                ]:
                    if isinstance(part, dict) and isinstance(part.get("field"), str):
                        yield key, part["field"]
            yield from _channels_of(value)


def _clean_rows(
    spec: dict[str, Any], channels: set[tuple[str, str]], problems: dict[str, None]
) -> dict[str, Any]:
    """Blank the unsafe addresses in rows; links made by a calculation are dropped whole."""
    safe: set[str] = set()
    unsafe: set[str] = set()
    for name, expression in _calculated(spec):
        (safe if _extends_web_address(expression) else unsafe).add(name)
    forbidden = {
        (channel, name)
        for channel, name in channels
        if name in unsafe or (name in safe and channel == "url")
    }
    if forbidden:
        problems["The chart computes addresses of links or pictures; they were left out."] = None
        spec = _without_channels(spec, forbidden)

    def rows(values: Any) -> Any:
        if not isinstance(values, list):
            return values
        return [row(item) for item in values]

    def row(item: Any) -> Any:
        if not isinstance(item, dict):
            return item
        bad = [
            field
            for key, field in channels
            if isinstance(item.get(field), str)
            and not (is_safe_address if key == "href" else is_safe_picture)(item[field])
        ]
        if not bad:
            return item
        problems["Some rows hold addresses that a chart may not open; they were blanked."] = None
        return {name: (None if name in bad else value) for name, value in item.items()}

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(part) for part in node]
        if not isinstance(node, dict):
            return node
        copy = {}
        for key, value in node.items():
            if key == "datasets" and isinstance(value, dict):
                copy[key] = {name: rows(values) for name, values in value.items()}
            elif key == "data" and isinstance(value, dict) and "values" in value:
                copy[key] = {**value, "values": rows(value["values"])}
            else:
                copy[key] = walk(value)
        return copy

    cleaned: dict[str, Any] = walk(spec)
    return cleaned


def _extends_web_address(expression: str) -> bool:
    """Whether an expression is a web address with texts and fields put after its path."""
    # where all operators are +, brackets change nothing
    plain = re.sub(r"""('[^']*'|"[^"]*")|[()]""", lambda match: match.group(1) or "", expression)
    return _WEB_ADDRESS.match(plain) is not None


def _calculated(node: Any) -> Iterator[tuple[str, str]]:
    """Fields that transforms make, each with its expression ("" where there is none)."""
    if isinstance(node, list):
        for item in node:
            yield from _calculated(item)
    elif isinstance(node, dict):
        made = node.get("as")
        expression = node.get("calculate")
        for name in [made] if isinstance(made, str) else made if isinstance(made, list) else []:
            yield str(name), expression if isinstance(expression, str) else ""
        for key, value in node.items():
            if key not in ("datasets", "values", "as"):
                yield from _calculated(value)


def _without_channels(node: Any, forbidden: set[tuple[str, str]]) -> Any:
    if isinstance(node, list):
        return [_without_channels(item, forbidden) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: value if key in ("datasets", "values") else _without_channels(value, forbidden)
        for key, value in node.items()
        if not (
            key in ("href", "url")
            and isinstance(value, dict)
            and (key, str(value.get("field"))) in forbidden
        )
    }


def clean_figure(figure: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A copy of a Plotly figure without pictures or map tiles from addresses.

    Args:
        figure: Plotly JSON; it is not changed.

    Returns:
        The copy, and one sentence for each part that was taken out.
    """
    copy = dict(figure)
    problems: list[str] = []
    layout = dict(copy.get("layout") or {})
    images = layout.get("images")
    if isinstance(images, list):
        kept = [i for i in images if isinstance(i, dict) and is_safe_picture(i.get("source", ""))]
        if len(kept) < len(images):
            problems.append("The figure shows pictures from addresses; they were left out.")
        layout["images"] = kept
    traces = []
    for trace in copy.get("data") or []:
        if isinstance(trace, dict) and trace.get("type") == "image":
            source = trace.get("source")
            if source is not None and not is_safe_picture(source):
                problems.append("The figure shows a picture from an address; it was left out.")
                continue
        traces.append(trace)
    if "layout" in copy:
        copy["layout"] = layout
    copy["data"] = traces
    return copy, tuple(problems)
