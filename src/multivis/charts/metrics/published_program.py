"""The comparison of the released MultiVis-Bench suite, run inside the sandbox on live objects.

The suite compares two Altair *objects* in one process, so this file is sent to the sandbox as
text with both codes. It imports nothing of multivis. What looks odd here is odd there: every
quirk changes numbers, and each is listed in docs/benchmark.md.
"""

from __future__ import annotations

import ast
from typing import Any

DIMENSIONS = ("chart_type", "data_mapping", "encoding", "interaction", "config", "transform")

_DROPPED = ("print(", "exit(", ".to_json()")


def compare(prediction: str, gold: str) -> dict[str, Any]:
    """Run both codes, the prediction first, and compare what they leave.

    Returns:
        A mapping that the sandbox takes for a chart; ``usermeta`` holds ``scores`` (dimension →
        0 or 1), ``errors`` and the prediction's ``spec``.
    """
    errors: dict[str, str] = {}
    ours = _chart(prediction, "prediction", errors)
    spec = _spec(ours, errors)
    theirs = _chart(gold, "gold", errors)
    scores = dict.fromkeys(DIMENSIONS, 0.0)
    if ours is not None:
        for name, function in zip(DIMENSIONS, _FUNCTIONS, strict=True):
            try:
                scores[name] = float(function(ours, theirs))
            except Exception as error:
                errors[name] = f"{type(error).__name__}: {error}"[:300]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "usermeta": {"scores": scores, "errors": errors, "spec": spec},
    }


# ── running ─────────────────────────────────────────────────────────────────────────────────


def _chart(source: str, name: str, errors: dict[str, str]) -> Any:
    """The chart that a code leaves, or None."""
    lines = [line for line in source.splitlines() if not any(word in line for word in _DROPPED)]
    namespace: dict[str, Any] = {"__name__": "__main__"}
    try:
        tree = ast.parse("\n".join(lines))
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
        exec(compile(tree, name, "exec", dont_inherit=True), namespace)
        value = eval(compile(last, name, "eval", dont_inherit=True), namespace) if last else None
    except (Exception, SystemExit) as error:
        errors[name] = f"{type(error).__name__}: {error}"[:500]
        return None
    for found in (value, namespace.get("chart"), *reversed(list(namespace.values()))):
        if _is_chart(found):
            return found
    errors[name] = "The code leaves no Altair chart."
    return None


def _is_chart(value: Any) -> bool:
    import altair

    return isinstance(value, altair.TopLevelMixin)


def _spec(chart: Any, errors: dict[str, str]) -> Any:
    """The Vega-Lite of a chart, for those who compare specifications."""
    if chart is None:
        return None
    try:
        return chart.to_dict()
    except Exception as error:
        errors["spec"] = f"{type(error).__name__}: {error}"[:500]
        return None


# ── the six dimensions ──────────────────────────────────────────────────────────────────────


def _absent(value: Any) -> bool:
    """None and Altair's ``Undefined`` are the same nothing."""
    return value is None or type(value).__name__ == "UndefinedType"


def _same(ours: Any, theirs: Any) -> bool:
    """Equal objects, or both nothing."""
    if _absent(ours) or _absent(theirs):
        return _absent(ours) and _absent(theirs)
    return bool(ours == theirs)


def _attribute(chart: Any, name: str) -> Any:
    return getattr(chart, name, None)


def _layers(chart: Any) -> Any:
    """The layers of a layered chart, else None."""
    layers = _attribute(chart, "layer")
    return None if _absent(layers) else list(layers)


def _mark(chart: Any) -> Any:
    """The mark's name; None where a chart has no mark of its own."""
    mark = _attribute(chart, "mark")
    if _absent(mark):
        return None
    if isinstance(mark, dict):
        return mark.get("type")
    inner = getattr(mark, "type", None)
    return mark if _absent(inner) else inner


def _chart_type(ours: Any, theirs: Any) -> bool:
    """Same mark, or the same marks in the same order of layers; other composites never pass."""
    mine, other = _layers(ours), _layers(theirs)
    if mine is not None or other is not None:
        if mine is None or other is None or len(mine) != len(other):
            return False
        return all(_equal_marks(a, b) for a, b in zip(mine, other, strict=True))
    return _equal_marks(ours, theirs)


def _equal_marks(ours: Any, theirs: Any) -> bool:
    mine, other = _mark(ours), _mark(theirs)
    return mine is not None and other is not None and bool(mine == other)


def _data_mapping(ours: Any, theirs: Any) -> bool:
    """Same values as text, columns and rows in any order, names ignored."""
    import pandas as pd

    mine, other = _attribute(ours, "data"), _attribute(theirs, "data")
    if isinstance(mine, pd.DataFrame) and isinstance(other, pd.DataFrame):
        return _equal_frames(mine.astype(str), other.astype(str))
    if theirs is None:
        return False
    return _datasets(ours) == _datasets(theirs)


def _equal_frames(mine: Any, other: Any) -> bool:
    if mine.shape != other.shape:
        return False
    if mine.equals(other):
        return True
    if set(mine.columns) == set(other.columns) and mine.columns.is_unique:
        again = mine[list(other.columns)]
        if again.reset_index(drop=True).equals(other.reset_index(drop=True)):
            return True
        if sorted(map(tuple, again.to_numpy())) == sorted(map(tuple, other.to_numpy())):
            return True
    if sorted(map(tuple, mine.to_numpy())) == sorted(map(tuple, other.to_numpy())):
        return True
    return _sorted_columns(mine) == _sorted_columns(other)


def _sorted_columns(frame: Any) -> set[tuple[str, ...]]:
    """The set of columns, each sorted: neither names nor rows count."""
    return {tuple(sorted(frame.iloc[:, number])) for number in range(frame.shape[1])}


def _datasets(chart: Any) -> list[Any]:
    return list(chart.to_dict().get("datasets", {}).values())


def _encoding(ours: Any, theirs: Any) -> bool:
    """Same channels, same types."""
    mine, other = _layers(ours), _layers(theirs)
    if mine is not None or other is not None:
        if mine is None or other is None or len(mine) != len(other):
            return False
        return all(_equal_encodings(a, b) for a, b in zip(mine, other, strict=True))
    return _equal_encodings(ours, theirs)


def _equal_encodings(ours: Any, theirs: Any) -> bool:
    mine, other = _attribute(ours, "encoding"), _attribute(theirs, "encoding")
    if _absent(mine) or _absent(other):
        # A chart with a mark and no encoding has nothing to compare; a composite has no encoding.
        return _absent(mine) and _absent(other) and _mark(ours) is not None
    left, right = _serialized(mine), _serialized(other)
    if set(left) != set(right):
        return False
    return all(_types(left[name]) == _types(right[name]) for name in left)


def _serialized(encoding: Any) -> dict[str, Any]:
    """An encoding alone as JSON; nothing where a channel's type is not written out."""
    try:
        made = encoding.to_dict()
    except Exception:  # the suite takes an encoding that cannot be serialised for an empty one
        return {}
    return made if isinstance(made, dict) else {}


def _types(channel: Any) -> Any:
    if isinstance(channel, list):
        return [_types(part) for part in channel]
    return channel.get("type") if isinstance(channel, dict) else None


def _interaction(ours: Any, theirs: Any) -> bool:
    return theirs is not None and _same(_attribute(ours, "params"), _attribute(theirs, "params"))


def _config(ours: Any, theirs: Any) -> bool:
    return theirs is not None and _same(_attribute(ours, "config"), _attribute(theirs, "config"))


def _transform(ours: Any, theirs: Any) -> bool:
    """Equal item by item in order; a gold that does not run counts as one without transforms."""
    mine, other = _transforms(ours), _transforms(theirs)
    return len(mine) == len(other) and all(a == b for a, b in zip(mine, other, strict=True))


def _transforms(chart: Any) -> list[Any]:
    layers = _layers(chart)
    if layers is not None:
        return [_transforms(layer) for layer in layers]
    transforms = _attribute(chart, "transform")
    return [] if _absent(transforms) else list(transforms)


_FUNCTIONS = (_chart_type, _data_mapping, _encoding, _interaction, _config, _transform)
