"""Edits of an Altair script, one at a time: channels, marks, properties, layers, parameters."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from multivis.charts.reference import Channel, View
from multivis.charts.reference.channels import channel_name
from multivis.offline.edit_script import Script, Splice, quoted

__all__ = [
    "add_channel",
    "add_layer",
    "append_method",
    "fresh_chart",
    "set_channel_option",
    "set_configuration",
    "set_mark_option",
    "set_part",
    "set_property",
]

_PART_CLASS = {"axis": "Axis", "scale": "Scale", "legend": "Legend", "header": "Header"}


# ── channels ────────────────────────────────────────────────────────────────────────────────


def channel_class(name: str) -> str:
    """``"xOffset"`` → ``"XOffset"``."""
    return name[0].upper() + name[1:]


def carrier(script: Script, channel: Channel) -> ast.expr | None:
    """The expression that names the channel's field, inside a condition too."""
    node = channel.node
    if node is None:
        return None
    if not channel.condition:
        return node
    for branch in _branches(node):
        if isinstance(branch, ast.Constant) and isinstance(branch.value, str):
            return branch
        root = _root_call(branch)
        if root is not None and channel_name(_called(root)):
            return branch
    return None


def _branches(node: ast.expr) -> list[ast.expr]:
    """What a condition may give: arguments of condition, then and otherwise."""
    found: list[ast.expr] = []
    current: ast.expr = node
    while isinstance(current, ast.Call) and isinstance(current.func, ast.Attribute):
        name = current.func.attr
        if name == "condition":
            found += current.args[1:]
            found += [
                item.value for item in current.keywords if item.arg in {"if_true", "if_false"}
            ]
        elif name in {"then", "otherwise"}:
            found += current.args[:1]
        current = current.func.value
    return found


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _root_call(node: ast.expr) -> ast.Call | None:
    """The innermost call of a method chain: ``alt.X("a")`` of ``alt.X("a").title("b")``."""
    current = node
    found: ast.Call | None = None
    while isinstance(current, ast.Call):
        found = current
        current = current.func.value if isinstance(current.func, ast.Attribute) else current.func
    return found


def _methods(node: ast.expr) -> list[ast.Call]:
    """The method calls of a chain after its root, outermost first."""
    calls: list[ast.Call] = []
    current = node
    while isinstance(current, ast.Call):
        calls.append(current)
        current = current.func.value if isinstance(current.func, ast.Attribute) else current.func
    return calls[:-1]


def set_channel_option(
    script: Script, channel: Channel, option: str, value: str
) -> list[Splice] | None:
    """Set ``title``, ``sort``, ``aggregate``, … of a channel to the source text `value`."""
    node = carrier(script, channel)
    if node is None:
        return None
    start, end = script.source.span(node)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        made = f"{script.alias}.{channel_class(channel.name)}"
        shorthand = script.segment(node)
        if channel.condition and channel.type is None:
            shorthand = quoted(f"{node.value}:N")  # in a condition no type is inferred
        text = f"{made}({shorthand}, {option}={value})"
        return [Splice(start, end, text)]
    root = _root_call(node)
    if root is None or not channel_name(_called(root)):
        return None
    for method in _methods(node):
        if _called(method) == option:
            return _replace_arguments(script, method, value)
    if script.keyword(root, option) is not None or not _methods(node):
        return [script.set_keyword(root, option, value)]
    return [Splice(end, end, f".{option}({value})")]


def _replace_arguments(script: Script, call: ast.Call, value: str) -> list[Splice]:
    opening = script.text.index("(", script.source.span(call.func)[1])
    return [Splice(opening + 1, script.source.span(call)[1] - 1, value)]


def set_part(
    script: Script,
    channel: Channel,
    part: str,
    values: dict[str, str],
    drop: Iterable[str] = (),
) -> list[Splice] | None:
    """Set members of a channel's ``axis``, ``scale``, ``legend`` or ``header``.

    Args:
        script: The script.
        channel: The channel.
        part: Which of them.
        values: Member → source text.
        drop: Members to take away first (a ``range`` that a ``scheme`` replaces).
    """
    made = f"{script.alias}.{_PART_CLASS[part]}({_joined(values)})"
    node = carrier(script, channel)
    if node is None:
        return None
    if isinstance(node, ast.Constant):
        return set_channel_option(script, channel, part, made)
    root = _root_call(node)
    if root is None or not channel_name(_called(root)):
        return None
    for method in _methods(node):
        if _called(method) == part:
            if method.args:  # .axis(None)
                return _replace_arguments(script, method, _joined(values))
            return _changed_members(script, method, values, drop)
    existing = script.keyword(root, part)
    if existing is not None:
        inner: ast.expr = existing.value
        if isinstance(inner, ast.Call) and not inner.args:
            return _changed_members(script, inner, values, drop)
        if isinstance(inner, ast.Dict) and inner.keys:
            return _changed_dict(script, inner, values)
        if isinstance(inner, ast.Constant):
            start, end = script.source.span(inner)
            return [Splice(start, end, made)]
        return None
    if _methods(node):
        end = script.source.span(node)[1]
        return [Splice(end, end, f".{part}({_joined(values)})")]
    return [script.set_keyword(root, part, made)]


def _joined(values: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _changed_members(
    script: Script, call: ast.Call, values: dict[str, str], drop: Iterable[str]
) -> list[Splice]:
    """Set keywords in a call; a dropped keyword gives its place to the first new one."""
    gone = [item for item in call.keywords if item.arg in set(drop)]
    new = {name: value for name, value in values.items() if script.keyword(call, name) is None}
    splices: list[Splice] = []
    if gone and new:
        start, end = script.source.span(gone[0])
        splices.append(Splice(start, end, _joined(new)))
        for item in gone[1:]:
            splices += script.remove_keyword(call, str(item.arg))
        new = {}
    else:
        for item in gone:
            splices += script.remove_keyword(call, str(item.arg))
    old = {name: value for name, value in values.items() if script.keyword(call, name) is not None}
    splices += script.set_keywords(call, {**old, **new}) if (old or new) else []
    return splices


def _changed_dict(script: Script, node: ast.Dict, values: dict[str, str]) -> list[Splice]:
    splices: list[Splice] = []
    left = dict(values)
    for key, item in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value in left:
            start, end = script.source.span(item)
            splices.append(Splice(start, end, left.pop(str(key.value))))
    if left:
        end = script.source.span(node.values[-1])[1]
        splices.append(Splice(end, end, "".join(f", {quoted(k)}: {v}" for k, v in left.items())))
    return splices


def channel_site(channel: Channel) -> ast.expr | None:
    """The expression in ``encode`` that gives the channel, before names are followed."""
    call = channel.call
    if call is None:
        return None
    for keyword in call.keywords:
        if keyword.arg == channel.name:
            return keyword.value
    for argument in call.args:
        root = _root_call(argument)
        if root is not None and channel_name(_called(root)) == channel.name:
            return argument
    return None


def is_shared(script: Script, view: View, call: ast.Call) -> bool:
    """Whether another unit view was made with the same call."""
    return sum(any(one is call for _, one in unit.calls) for unit in script.units) > 1


def add_channel(
    script: Script, view: View, name: str, code: str, *, own: bool = False
) -> list[Splice] | None:
    """Give a unit view a channel, or replace the one it has.

    Args:
        script: The script.
        view: The unit view.
        name: The channel.
        code: Its value as source text.
        own: Whether views that share the ``encode`` call must stay as they are.
    """
    existing = view.channels.get(name)
    if existing is not None and existing.call is not None:
        site = channel_site(existing)
        if site is not None and not (own and is_shared(script, view, existing.call)):
            start, end = script.source.span(site)
            positional = any(site is argument for argument in existing.call.args)
            if positional and not code.startswith(f"{script.alias}.{channel_class(name)}("):
                code = f"{script.alias}.{channel_class(name)}({code})"
            return [Splice(start, end, code)]
    encodes = [call for method, call in view.calls if method == "encode"]
    if encodes and not (own and is_shared(script, view, encodes[-1])):
        return [script.add_argument(encodes[-1], f"{name}={code}")]
    if view.mark is None or view.mark.node is None:
        return None
    end = script.source.span(view.mark.node)[1]
    return [Splice(end, end, f".encode({name}={code})")]


# ── marks, properties, configuration ────────────────────────────────────────────────────────


def set_mark_option(script: Script, view: View, values: dict[str, str]) -> list[Splice] | None:
    """Set options of the mark."""
    if view.mark is None or view.mark.node is None:
        return None
    return script.set_keywords(view.mark.node, values)


def top_node(script: Script) -> ast.expr | None:
    """The expression that makes the whole chart."""
    return script.facts.view.node if script.facts.view else None


def append_method(script: Script, view: View, call: str) -> list[Splice] | None:
    """Append ``.call`` to the expression of `view`."""
    if view.node is None:
        if not view.variable:
            return None
        return _after_last_assignment(script, view.variable, call)
    made = script.append_call(view.node, call)
    return made if isinstance(made, list) else [made]


def _after_last_assignment(script: Script, name: str, call: str) -> list[Splice] | None:
    """``chart = chart.call`` after the last statement that assigns `name`."""
    last: ast.stmt | None = None
    for statement in script.source.tree.body:
        if isinstance(statement, ast.Assign | ast.AugAssign | ast.For | ast.If) and any(
            isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
            for node in ast.walk(statement)
        ):
            last = statement
    if last is None:
        return None
    splice = script.insert_after(last, f"{name} = {name}{call}")
    return [splice] if splice else None


def set_property(script: Script, view: View, values: dict[str, str]) -> list[Splice] | None:
    """Set title, width, height, background, … of a view, where it already sets them if it does."""
    left = dict(values)
    splices: list[Splice] = []
    holder: ast.Call | None = None
    for method, call in reversed(view.calls):
        if method not in {"properties", "Chart", "layer", "hconcat", "vconcat", "concat"}:
            continue
        for name in list(left):
            existing = script.keyword(call, name)
            if existing is not None:
                splices += _set_text(script, existing.value, name, left.pop(name))
        if method == "properties" and holder is None:
            holder = call
    if left and holder is not None:
        splices += script.set_keywords(holder, left)
        left = {}
    if left:
        made = append_method(script, view, f".properties({_joined(left)})")
        if made is None:
            return splices or None
        splices += made
    return splices


def _set_text(script: Script, node: ast.expr, name: str, value: str) -> list[Splice]:
    """Set a title inside ``alt.TitleParams(…)``, else replace the whole value."""
    if name == "title" and isinstance(node, ast.Call) and _called(node) in {"TitleParams", "Title"}:
        if node.args:
            start, end = script.source.span(node.args[0])
            return [Splice(start, end, value)]
        return [script.set_keyword(node, "text", value)]
    start, end = script.source.span(node)
    return [Splice(start, end, value)]


def set_configuration(script: Script, part: str, values: dict[str, str]) -> list[Splice] | None:
    """Set members of ``configure_<part>`` on the whole chart."""
    view = script.facts.view
    if view is None:
        return None
    for method, call in reversed(view.calls):
        if method == f"configure_{part}":
            return script.set_keywords(call, values)
    return append_method(script, view, f".configure_{part}({_joined(values)})")


# ── layers ──────────────────────────────────────────────────────────────────────────────────

_OF_THE_WHOLE = (
    "properties",
    "configure",
    "interactive",
    "add_params",
    "add_selection",
    "resolve_",
)


def fresh_chart(script: Script, view: View) -> str:
    """``alt.Chart(df)`` with the transforms of `view`, as source text."""
    parts = [f"{script.alias}.Chart({view.data})"]
    for transform in view.transforms:
        if transform.node is not None:
            start = script.source.span(transform.node)[1]
            opening = script.text.index("(", script.source.span(transform.node.func)[1])
            arguments = re.sub(r",?\s*\n\s*", _joint, script.text[opening + 1 : start - 1].strip())
            parts.append(f".transform_{transform.kind}({arguments.strip()})")
    return "".join(parts)


def _joint(match: re.Match[str]) -> str:
    """How two lines are put on one."""
    return ", " if "," in match[0] else " "


def layer_base(script: Script, view: View) -> str:
    """A name that stands for the unit view alone, or an empty string."""
    return view.variable if script.facts.view is not None and view.variable else ""


def add_layer(script: Script, view: View, name: str, code: str) -> bool:
    """Draw one more layer over the chart.

    Args:
        script: The script.
        view: The unit view that the layer belongs to.
        name: Python name of the new layer.
        code: Its expression; ``{base}`` in it stands for the unit view without its title.

    Returns:
        Whether it was done: not for views with row, column or facet channels, nor for parts
        of a concatenation that have no name of their own.
    """
    top = script.facts.view
    if top is None or {"row", "column", "facet"} & set(view.channels):
        return False
    if top.kind == "unit":
        return _layer_over_unit(script, top, name, code)
    if top.kind == "layer":
        return _layer_more(script, top, view, name, code)
    return False


def _layer_over_unit(script: Script, view: View, name: str, code: str) -> bool:
    """Cut what belongs to the whole chart off the chain, name the rest, and layer both."""
    node = view.node
    statement = script.statement_of(node) if node is not None else None
    if node is None or statement is None or not isinstance(statement, ast.Assign | ast.Expr):
        return False
    start, end = script.source.span(node)
    if script.source.span(statement.value) != (start, end):
        return False
    position = 0
    tail_from = end
    for index, (method, _) in enumerate(view.calls):
        if not method.startswith(_OF_THE_WHOLE):
            position = index
    core = view.calls[position][1]
    tail_from = script.source.span(core)[1]
    early = [call for method, call in view.calls[:position] if method == "properties"]
    if early or any(m.startswith("configure") for m, _ in view.calls[:position]):
        return False
    head, tail = script.text[start:tail_from], script.text[tail_from:end]
    title = script.keyword(view.calls[0][1], "title")
    if title is not None:
        tail = f".properties(title={script.segment(title.value)})" + tail
    base = script.free_name(_BASE_NAMES.get(view.mark.kind if view.mark else "", "base"), "base")
    indent = script.source.indent(statement)
    wrapped = f"(\n{indent}    {head}\n{indent})" if script.grouped_end(node) is not None else head
    lines = f"{indent}{base} = {wrapped}\n\n{indent}{name} = {code.replace('{base}', base)}\n\n"
    body = f"({base} + {name}){tail}" if tail.strip() else f"{base} + {name}"
    line_start, _ = script.source.line_span(statement)
    return script.apply([Splice(line_start, line_start, lines), Splice(start, end, body)])


_BASE_NAMES = {
    "bar": "bars",
    "line": "lines",
    "point": "points",
    "circle": "points",
    "area": "areas",
}


def _layer_more(script: Script, top: View, view: View, name: str, code: str) -> bool:
    """Add an operand to ``a + b`` or an argument to ``alt.layer(a, b)``."""
    if top.node is None:
        return False
    layered = next((call for method, call in top.calls if method == "layer"), None)
    joined = _sum_node(top.node)
    base = layer_base(script, view)
    if "{base}" in code and not base:
        return False
    splices: list[Splice | None] = []
    if layered is not None:
        if layered.args and not any(isinstance(item, ast.Starred) for item in layered.args):
            position = script.source.span(layered.args[-1])[1]
            splices.append(Splice(position, position, f", {name}"))
        else:
            return False
    elif joined is not None:
        position = script.source.span(joined)[1]
        if isinstance(joined.right, ast.BinOp):
            return False
        splices.append(Splice(position, position, f" + {name}"))
    else:
        return False
    splices.append(script.insert_before(top.node, f"{name} = {code.replace('{base}', base)}\n"))
    return script.apply([item for item in splices if item is not None])


def _sum_node(node: ast.expr) -> ast.BinOp | None:
    """The outermost ``a + b`` under a chain of methods."""
    current = node
    while isinstance(current, ast.Call) and isinstance(current.func, ast.Attribute):
        current = current.func.value
    return current if isinstance(current, ast.BinOp) and isinstance(current.op, ast.Add) else None
