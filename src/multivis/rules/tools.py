"""Tool-execution rule TE-1: bounds of parameters (MultiVis-Agent §4.3.2, Eq. 4).

It reads the bounds from the Pydantic fields of the argument model, so a tool states them once.
"""

from __future__ import annotations

import difflib
import math
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from multivis.rules.ruling import Ruling, shorten

__all__ = ["no_parameter_bounds", "parameter_bounds"]


class _Invalid(Exception):
    """⊥: the value is not in the domain of the parameter; the text says why."""


@dataclass(frozen=True)
class _Bounds:
    """The bounds of one parameter, gathered from its metadata."""

    ge: Any = None
    gt: Any = None
    le: Any = None
    lt: Any = None
    multiple_of: Any = None
    min_length: int | None = None
    max_length: int | None = None

    def __str__(self) -> str:
        lower = f"[{self.ge}" if self.gt is None else f"({self.gt}"
        upper = f"{self.le}]" if self.lt is None else f"{self.lt})"
        if self.ge is None and self.gt is None:
            lower = "(-∞"
        if self.le is None and self.lt is None:
            upper = "∞)"
        steps = f" in steps of {self.multiple_of}" if self.multiple_of is not None else ""
        return f"{lower}, {upper}{steps}"


_NAMES = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length")


def parameter_bounds(
    arguments: Mapping[str, Any], model: type[BaseModel]
) -> Ruling[dict[str, Any] | None]:
    """TE-1: arguments within their bounds, or ⊥ (None) with the bound named (Eq. 4).

    A number in the domain but out of [l, u] is clamped; a number written as text, or an integer
    written as a float, is read as what it says. Everything else that does not fit is ⊥: wrong
    types, NaN and infinities, unknown or missing arguments, text that is too long. What passes
    also passes ``model.model_validate``.

    Args:
        arguments: What the model wrote, by name.
        model: The argument model; its field metadata are the bounds.
    """
    given: dict[str, Any] = {}
    try:
        given = _named(arguments)
        result = _constrain_model(given, model)
    except _Invalid as invalid:
        return _refused(str(invalid), given)
    changed = {name for name in given if not _same(given[name], result[name])}
    if not changed:
        return Ruling(result)
    notes = [
        f"{name} = {shorten(given[name])} was read as {shorten(result[name])}"
        + _within(model, name)
        for name in sorted(changed)
    ]
    return Ruling(
        result,
        fired=True,
        outcome="clamped",
        why="; ".join(notes) + ".",
        before={name: shorten(given[name]) for name in sorted(changed)},
        after={name: result[name] for name in sorted(changed)},
    )


def _named(arguments: object) -> dict[str, Any]:
    """The arguments by name; a model may have written anything at all."""
    if not isinstance(arguments, Mapping):
        raise _Invalid(f"The arguments are {shorten(arguments)}, not a mapping of names.")
    return {str(name): value for name, value in arguments.items()}


def no_parameter_bounds(
    arguments: Mapping[str, Any], model: type[BaseModel]
) -> Ruling[dict[str, Any] | None]:
    """Without TE-1 the arguments go to the tool as the model wrote them."""
    return Ruling(dict(arguments))


def _refused(why: str, given: Mapping[str, Any]) -> Ruling[dict[str, Any] | None]:
    """⊥ with its reason."""
    before = {name: shorten(value) for name, value in given.items()}
    return Ruling(None, fired=True, outcome="invalid", why=why, before=before)


def _same(left: Any, right: Any) -> bool:
    """Equal in value and type, so that 5.0 → 5 counts as a change."""
    return type(left) is type(right) and bool(left == right)


def _within(model: type[BaseModel], name: str) -> str:
    """A note on the bounds of a field, if it has any that are numbers."""
    field = model.model_fields.get(name)
    if field is None:
        return ""
    bounds = _bounds(_all_metadata(field))
    numeric = (bounds.ge, bounds.gt, bounds.le, bounds.lt, bounds.multiple_of)
    return f", bounds {bounds}" if any(value is not None for value in numeric) else ""


def _all_metadata(field: FieldInfo) -> list[Any]:
    """Metadata of a field and of the members of its annotation."""
    found = list(field.metadata)
    for member in typing.get_args(field.annotation):
        if typing.get_origin(member) is Annotated:
            found.extend(typing.get_args(member)[1:])
    return found


# ── one model ───────────────────────────────────────────────────────────────────────────────


def _constrain_model(given: dict[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """Constrain every argument, then let the model itself have the last word."""
    fields = {_key(name, field): field for name, field in model.model_fields.items()}
    if model.model_config.get("extra") != "allow":
        _check_names(given, fields)
    missing = [name for name, field in fields.items() if field.is_required() and name not in given]
    if missing:
        raise _Invalid(
            f"The argument {missing[0]!r} is missing; required: {', '.join(_required(fields))}."
        )
    result: dict[str, Any] = {}
    for name, value in given.items():
        field = fields.get(name)
        if field is None:
            result[name] = value
            continue
        result[name] = _constrain(name, value, field.annotation, field.metadata)
    _validate(result, model)
    return result


def _key(name: str, field: FieldInfo) -> str:
    """The name under which a field is given."""
    alias = field.validation_alias or field.alias
    return alias if isinstance(alias, str) else name


def _required(fields: Mapping[str, FieldInfo]) -> list[str]:
    return [name for name, field in fields.items() if field.is_required()]


def _check_names(given: Mapping[str, Any], fields: Mapping[str, FieldInfo]) -> None:
    """Refuse names that the model does not have, with the nearest ones that it has."""
    for name in given:
        if name in fields:
            continue
        near = difflib.get_close_matches(name, list(fields), n=2)
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        valid = ", ".join(fields) or "none"
        raise _Invalid(f"There is no argument {shorten(name)!r}; valid: {valid}.{hint}")


def _validate(values: dict[str, Any], model: type[BaseModel]) -> None:
    """Whatever passes TE-1 passes the model: custom validators included."""
    try:
        model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or model.__name__
        value = shorten(first.get("input"))
        raise _Invalid(
            f"The argument {where!r} = {value} does not fit: {first['msg'].lower()}."
        ) from error
    except Exception as error:  # a validator written by a third party may raise anything
        raise _Invalid(
            f"The arguments could not be validated: {type(error).__name__}: {shorten(str(error))}."
        ) from error


# ── one value ───────────────────────────────────────────────────────────────────────────────


def _flatten(metadata: Iterable[Any]) -> Iterator[Any]:
    """Metadata, with groups (Interval, Len) and nested field infos opened."""
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from _flatten(item.metadata)
        elif hasattr(item, "__is_annotated_types_grouped_metadata__"):
            yield from _flatten(item)
        else:
            yield item


def _bounds(metadata: Iterable[Any]) -> _Bounds:
    """Gather the bounds; the tighter one wins when a bound is stated twice."""
    bounds = _Bounds()
    for item in _flatten(metadata):
        for name in _NAMES:
            value = getattr(item, name, None)
            if value is None:
                continue
            old = getattr(bounds, name)
            if old is not None and name != "multiple_of":
                value = max(old, value) if name in {"ge", "gt", "min_length"} else min(old, value)
            bounds = replace(bounds, **{name: value})
    return bounds


def _constrain(name: str, value: Any, annotation: Any, metadata: Iterable[Any]) -> Any:
    """One value within the bounds of one annotation; raises _Invalid."""
    metadata = list(metadata)
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        inner, *more = typing.get_args(annotation)
        return _constrain(name, value, inner, [*metadata, *more])
    if origin in (Union, types.UnionType):
        return _constrain_union(name, value, typing.get_args(annotation), metadata)
    if origin is Literal:
        return _choice(name, value, typing.get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        if isinstance(value, annotation):
            return value
        return _choice(name, value, tuple(member.value for member in annotation))
    bounds = _bounds(metadata)
    if annotation is bool:
        return _boolean(name, value)
    if annotation is int:
        return _clamp_integer(name, _integer(name, value, bounds), bounds)
    if annotation is float:
        return _clamp_float(name, _float(name, value, bounds), bounds)
    if annotation is str:
        return _text(name, value, bounds)
    if origin in (list, tuple, set, frozenset) or annotation in (list, tuple, set, frozenset):
        return _items(name, value, typing.get_args(annotation), bounds)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _nested(name, value, annotation)
    return value


def _constrain_union(name: str, value: Any, members: tuple[Any, ...], metadata: list[Any]) -> Any:
    """The first member that takes the value unchanged, else the first that takes it at all."""
    if value is None and type(None) in members:
        return None
    changed: list[Any] = []
    problems: list[str] = []
    for member in members:
        if member is type(None):
            continue
        try:
            result = _constrain(name, value, member, metadata)
        except _Invalid as invalid:
            problems.append(str(invalid))
            continue
        if _same(result, value):
            return result
        changed.append(result)
    if changed:
        return changed[0]
    raise _Invalid(problems[0] if problems else f"The argument {name!r} takes no value but null.")


def _choice(name: str, value: Any, options: tuple[Any, ...]) -> Any:
    """One of a closed set; text may differ in case if only one option is meant."""
    for option in options:
        if _same(option, value) or (isinstance(option, Enum) and option.value == value):
            return value
    if isinstance(value, str):
        folded = value.strip().casefold()
        alike = [o for o in options if isinstance(o, str) and o.casefold() == folded]
        if len(alike) == 1:
            return alike[0]
    listed = ", ".join(repr(option) for option in options)
    raise _Invalid(f"The argument {name!r} = {shorten(value)} is not one of {listed}.")


def _wrong(name: str, value: Any, wanted: str) -> _Invalid:
    return _Invalid(f"The argument {name!r} = {shorten(value)} is {_article(value)}, not {wanted}.")


def _article(value: Any) -> str:
    words = {
        str: "text",
        bool: "a truth value",
        int: "an integer",
        float: "a number",
        type(None): "null",
    }
    return words.get(type(value), f"a {type(value).__name__}")


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    raise _wrong(name, value, "true or false")


def _number_from_text(name: str, value: str, wanted: str) -> int | float:
    """A number that is written as text, finite."""
    text = value.strip()
    try:
        return int(text)
    except ValueError:
        pass  # not an integer; a float is tried next
    try:
        number = float(text)
    except ValueError:
        raise _wrong(name, value, wanted) from None
    if not math.isfinite(number):
        raise _wrong(name, value, f"{wanted} that is finite")
    return number


def _integer(name: str, value: Any, bounds: _Bounds) -> int:
    """An integer, or what can only be meant as one."""
    wanted = f"an integer in {bounds}"
    if isinstance(value, str):
        value = _number_from_text(name, value, wanted)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(name, value, wanted)
    if isinstance(value, float):
        if not math.isfinite(value) or not value.is_integer():
            raise _wrong(name, value, wanted)
        return int(value)
    return int(value)


def _float(name: str, value: Any, bounds: _Bounds) -> int | float:
    """A finite number."""
    wanted = f"a finite number in {bounds}"
    if isinstance(value, str):
        value = _number_from_text(name, value, wanted)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(name, value, wanted)
    if isinstance(value, float) and not math.isfinite(value):
        raise _wrong(name, value, wanted)
    return value


def _clamp_integer(name: str, value: int, bounds: _Bounds) -> int:
    """max(min(v, u), l) over the integers, then onto the grid of multiples."""
    lows = []
    highs = []
    if bounds.ge is not None:
        lows.append(math.ceil(bounds.ge))
    if bounds.gt is not None:
        lows.append(math.floor(bounds.gt) + 1)
    if bounds.le is not None:
        highs.append(math.floor(bounds.le))
    if bounds.lt is not None:
        highs.append(math.ceil(bounds.lt) - 1)
    low = max(lows) if lows else None
    high = min(highs) if highs else None
    step = bounds.multiple_of
    if isinstance(step, int) and step > 0:
        if high is not None:
            high -= high % step
        if low is not None:
            low += -low % step
        value -= value % step
    if low is not None and high is not None and low > high:
        raise _Invalid(f"The argument {name!r} has no valid value: its bounds are {bounds}.")
    if high is not None:
        value = min(value, high)
    return value if low is None else max(value, low)


def _clamp_float(name: str, value: int | float, bounds: _Bounds) -> int | float:
    """max(min(v, u), l) over the numbers; open bounds end at the nearest number inside."""
    low, high = bounds.ge, bounds.le
    if bounds.gt is not None:
        inside = math.nextafter(float(bounds.gt), math.inf)
        low = inside if low is None else max(low, inside)
    if bounds.lt is not None:
        inside = math.nextafter(float(bounds.lt), -math.inf)
        high = inside if high is None else min(high, inside)
    if low is not None and high is not None and low > high:
        raise _Invalid(f"The argument {name!r} has no valid value: its bounds are {bounds}.")
    if high is not None and value > high:
        value = high
    if low is not None and value < low:
        value = low
    step = bounds.multiple_of
    if step and math.fmod(value, step):
        value = math.floor(value / step) * step
        if low is not None and value < low:
            value += step
    return value


def _text(name: str, value: Any, bounds: _Bounds) -> str:
    """Text of an allowed length; it is never cut, because half a statement is another one."""
    if not isinstance(value, str):
        raise _wrong(name, value, "text")
    length = len(value)
    if bounds.max_length is not None and length > bounds.max_length:
        raise _Invalid(
            f"The argument {name!r} has {length:,} characters ({shorten(value, 40)}); "
            f"at most {bounds.max_length:,} are allowed."
        )
    if bounds.min_length is not None and length < bounds.min_length:
        raise _Invalid(
            f"The argument {name!r} has {length} characters; "
            f"at least {bounds.min_length} are needed."
        )
    return value


def _items(name: str, value: Any, inner: tuple[Any, ...], bounds: _Bounds) -> Any:
    """A list whose items are constrained one by one."""
    if not isinstance(value, list | tuple | set | frozenset):
        raise _wrong(name, value, "a list")
    if bounds.max_length is not None and len(value) > bounds.max_length:
        raise _Invalid(
            f"The argument {name!r} has {len(value)} items; "
            f"at most {bounds.max_length} are allowed."
        )
    if bounds.min_length is not None and len(value) < bounds.min_length:
        raise _Invalid(
            f"The argument {name!r} has {len(value)} items; "
            f"at least {bounds.min_length} are needed."
        )
    kinds = [kind for kind in inner if kind is not Ellipsis]
    if len(kinds) != 1:  # bare lists and tuples of mixed kinds: the model itself judges
        return value
    items = [_constrain(f"{name}[{i}]", item, kinds[0], ()) for i, item in enumerate(value)]
    if isinstance(value, list) or all(_same(a, b) for a, b in zip(value, items, strict=True)):
        return items if isinstance(value, list) else value
    return items


def _nested(name: str, value: Any, model: type[BaseModel]) -> Any:
    """An argument that is itself a model."""
    if isinstance(value, model):
        return value
    if not isinstance(value, Mapping):
        raise _wrong(name, value, "an object")
    try:
        return _constrain_model({str(k): v for k, v in value.items()}, model)
    except _Invalid as invalid:
        raise _Invalid(f"In {name!r}: {invalid}") from invalid
