"""Read an Altair script: follow its names and method chains without running anything."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from multivis.charts.reference.channels import channel_name, read_channel, with_option
from multivis.charts.reference.facts import Channel, Mark, Parameter, Transform, View
from multivis.charts.reference.source import plain

__all__ = ["AltairReader", "Condition", "Literal"]

_MAX_DEPTH = 12

_LAYOUT = {
    "layer": "layer",
    "LayerChart": "layer",
    "hconcat": "hconcat",
    "HConcatChart": "hconcat",
    "vconcat": "vconcat",
    "VConcatChart": "vconcat",
    "concat": "concat",
    "ConcatChart": "concat",
}

_OPERATORS: tuple[tuple[type[ast.operator], str], ...] = (
    (ast.Add, "layer"),
    (ast.BitOr, "hconcat"),
    (ast.BitAnd, "vconcat"),
)

_SELECTIONS = {
    "selection_interval": "interval",
    "selection_point": "point",
    "selection_single": "point",
    "selection_multi": "point",
    "param": "variable",
    "parameter": "variable",
}


@dataclass(frozen=True)
class Literal:
    """A value that was written out, with the expression that wrote it."""

    value: Any
    node: ast.expr


@dataclass(frozen=True)
class Condition:
    """``alt.when(…).then(…).otherwise(…)`` or ``alt.condition(…)`` while it is being built."""

    tests: tuple[Any, ...]
    branches: tuple[Any, ...]
    otherwise: Any
    node: ast.expr


@dataclass(frozen=True)
class _Function:
    node: ast.FunctionDef


@dataclass
class AltairReader:
    """Follows the statements of a module in order and keeps what each name stands for.

    Attributes:
        aliases: The names under which altair is imported.
        names: What each name stands for.
        parameters: Every parameter or selection that was made, in order.
        last: The last view that was left as an expression statement.
        assigned: The views in the order in which they were assigned, by name.
    """

    aliases: set[str] = field(default_factory=set)
    names: dict[str, Any] = field(default_factory=dict)
    parameters: list[Parameter] = field(default_factory=list)
    last: View | None = None
    assigned: dict[str, View] = field(default_factory=dict)
    _depth: int = 0

    # -- statements ---------------------------------------------------------------------

    def run(self, statements: Sequence[ast.stmt]) -> Any:
        """Follow `statements`; gives what a ``return`` in them gives."""
        result: Any = None
        for statement in statements:
            found = self._statement(statement)
            result = found if found is not None else result
        return result

    def _statement(self, statement: ast.stmt) -> Any:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            self._imports(statement)
        elif isinstance(statement, ast.Assign):
            value = self.value(statement.value)
            for target in statement.targets:
                self._bind(target, value)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            self._bind(statement.target, self.value(statement.value))
        elif isinstance(statement, ast.AugAssign):
            joined = self._join(statement.op, self.value(statement.target), statement.value, None)
            self._bind(statement.target, joined)
        elif isinstance(statement, ast.Expr):
            value = self.value(statement.value)
            if isinstance(value, View):
                self.last = value
        elif isinstance(statement, ast.FunctionDef):
            self.names[statement.name] = _Function(statement)
        elif isinstance(statement, ast.Return) and statement.value is not None:
            return self.value(statement.value)
        else:
            return self._block(statement)
        return None

    def _block(self, statement: ast.stmt) -> Any:
        """Follow every branch once, in order: what a run would choose is not known here."""
        result: Any = None
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(statement, name, None)
            if isinstance(inner, list) and not isinstance(statement, ast.ClassDef):
                found = self.run([item for item in inner if isinstance(item, ast.stmt)])
                result = found if found is not None else result
        for handler in getattr(statement, "handlers", []):
            self.run(handler.body)
        return result

    def _imports(self, statement: ast.Import | ast.ImportFrom) -> None:
        for name in statement.names:
            if isinstance(statement, ast.Import) and name.name.split(".")[0] == "altair":
                self.aliases.add(name.asname or "altair")
            elif isinstance(statement, ast.ImportFrom) and statement.module == "altair":
                self.names[name.asname or name.name] = ("altair", name.name)

    def _bind(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            if isinstance(value, View):
                value = replace(value, variable=target.id)
                self.assigned.pop(target.id, None)
                self.assigned[target.id] = value
            elif isinstance(value, Parameter) and not value.variable:
                named = replace(value, variable=target.id)
                self.parameters = [named if item is value else item for item in self.parameters]
                value = named
            self.names[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, list):
            for inner, item in zip(target.elts, value, strict=False):
                self._bind(inner, item)

    # -- expressions --------------------------------------------------------------------

    def value(self, node: ast.expr) -> Any:
        """What `node` stands for: a View, Parameter, Channel, Condition, list or Literal."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, Literal(plain(node), node))
        if isinstance(node, ast.Call):
            self._depth += 1
            try:
                return self._call(node) if self._depth <= 200 else Literal(plain(node), node)
            finally:
                self._depth -= 1
        if isinstance(node, ast.BinOp):
            joined = self._join(node.op, self.value(node.left), node.right, node)
            return joined if isinstance(joined, View) else Literal(plain(node), node)
        if isinstance(node, ast.List | ast.Tuple):
            return [
                self.value(item.value if isinstance(item, ast.Starred) else item)
                for item in node.elts
            ]
        if isinstance(node, ast.ListComp | ast.GeneratorExp):
            return [self.value(node.elt)]
        if isinstance(node, ast.IfExp):
            return self.value(node.body)
        return Literal(plain(node), node)

    def _join(
        self, operator: ast.operator, left: Any, right: ast.expr, node: ast.expr | None
    ) -> Any:
        kind = next((name for type_, name in _OPERATORS if isinstance(operator, type_)), None)
        if kind is None or not isinstance(left, View):
            return left
        other = self.value(right)
        if not isinstance(other, View):
            return left
        bare = left.kind == kind and not (left.properties or left.configuration or left.variable)
        children = left.children if bare else (left,)
        return View(kind, children=(*children, other), node=node)

    def _call(self, node: ast.Call) -> Any:
        function = node.func
        if isinstance(function, ast.Name):
            known = self.names.get(function.id)
            if isinstance(known, _Function):
                return self._user_function(known.node, node)
            if isinstance(known, tuple) and known[:1] == ("altair",):
                return self._altair_call(str(known[1]), node)
            return Literal(plain(node), node)
        if not isinstance(function, ast.Attribute):
            return Literal(plain(node), node)
        if isinstance(function.value, ast.Name) and function.value.id in self.aliases:
            return self._altair_call(function.attr, node)
        receiver = self.value(function.value)
        if isinstance(receiver, View):
            return self._view_method(receiver, function.attr, node)
        if isinstance(receiver, Channel):
            return with_option(receiver, function.attr, self, node)
        if isinstance(receiver, Condition):
            return self._condition_method(receiver, function.attr, node)
        if isinstance(receiver, list) and function.attr in {"append", "extend"} and node.args:
            added = self.value(node.args[0])
            receiver.extend(added if isinstance(added, list) else [added])
        return Literal(plain(node), node)

    def _user_function(self, function: ast.FunctionDef, node: ast.Call) -> Any:
        if self._depth > _MAX_DEPTH:
            return Literal(plain(node), node)
        outer = dict(self.names)
        names = [argument.arg for argument in function.args.args]
        for name, argument in zip(names, node.args, strict=False):
            self.names[name] = self.value(argument)
        for keyword in node.keywords:
            if keyword.arg:
                self.names[keyword.arg] = self.value(keyword.value)
        result = self.run(function.body)
        self.names = outer
        if isinstance(result, View):
            return replace(result, variable="", node=node)
        return result if result is not None else Literal(plain(node), node)

    def _altair_call(self, name: str, node: ast.Call) -> Any:
        if name == "Chart":
            return self._chart(node)
        if name in _LAYOUT:
            return self._layout(_LAYOUT[name], node)
        if name in _SELECTIONS:
            return self._parameter(name, node)
        if name in {"repeat", "binding"} or name.startswith("binding_"):
            return Literal(self._binding(name, node), node)
        if name in {"condition", "when"}:
            return self._condition(name, node)
        if name in {"value", "datum"} and node.args:
            constant = self.value(node.args[0])
            return Channel("", **{name: _json(constant)}, node=node)
        if channel_name(name):
            return read_channel(channel_name(name), node, self)
        return Literal(self._plain(node), node)

    def _plain(self, node: ast.expr) -> Any:
        """Like `plain`, with names that stand for written-out values followed."""
        value = plain(node)
        if isinstance(node, ast.Name):
            return _json(self.value(node))
        if isinstance(node, ast.Call) and isinstance(value, dict) and "code" not in value:
            return {
                **value,
                **{item.arg: self._plain(item.value) for item in node.keywords if item.arg},
            }
        return value

    def plain(self, node: ast.expr) -> Any:
        """`node` as a JSON value, names followed."""
        return self._plain(node)

    # -- views --------------------------------------------------------------------------

    def _chart(self, node: ast.Call) -> View:
        properties = {item.arg: self._plain(item.value) for item in node.keywords if item.arg}
        data = next((item.value for item in node.keywords if item.arg == "data"), None)
        data = node.args[0] if node.args else data
        properties.pop("data", None)
        return View(
            "unit",
            data=ast.unparse(data) if data is not None else "",
            properties=properties,
            node=node,
            calls=(("Chart", node),),
        )

    def _layout(self, kind: str, node: ast.Call) -> View:
        children: list[View] = []
        for argument in node.args:
            item = argument.value if isinstance(argument, ast.Starred) else argument
            value = self.value(item)
            values = value if isinstance(value, list) else [value]
            children += [one for one in values if isinstance(one, View)]
        options = {item.arg: self._plain(item.value) for item in node.keywords if item.arg}
        data = options.pop("data", None)
        arrangement: dict[str, Any] = {
            key: options.pop(key) for key in ("columns", "spacing") if key in options
        }
        return View(
            kind,
            children=tuple(children),
            properties=options,
            arrangement=arrangement,
            data=str(data.get("code", "")) if isinstance(data, dict) else "",
            node=node,
            calls=((kind, node),),
        )

    def _view_method(self, view: View, name: str, node: ast.Call) -> View:
        changed = replace(view, node=node, variable="", calls=(*view.calls, (name, node)))
        if name in {"show", "save", "display", "to_json", "to_dict", "to_html"}:
            return view
        for prefix, action in _METHODS.items():
            if name == prefix or (prefix.endswith("_") and name.startswith(prefix)):
                return action(self, changed, name, node)
        return changed

    def mark(self, view: View, name: str, node: ast.Call) -> View:
        """``mark_bar(…)``."""
        options = {item.arg: self._plain(item.value) for item in node.keywords if item.arg}
        return replace(view, mark=Mark(name.removeprefix("mark_"), options, node))

    def encode(self, view: View, name: str, node: ast.Call) -> View:
        """``encode(…)``: later channels replace earlier ones of the same name."""
        channels = dict(view.channels)
        for argument in node.args:
            for value in _flatten(self.value(argument)):
                if isinstance(value, Channel) and value.name:
                    channels[value.name] = replace(value, call=node, node=value.node or argument)
                elif isinstance(value, Literal) and isinstance(value.value, str):
                    unused = next(key for key in ("x", "y", "_") if key not in channels)
                    channels[unused] = read_channel(unused, argument, self, node)
        for keyword in node.keywords:
            if keyword.arg:
                channels[keyword.arg] = read_channel(keyword.arg, keyword.value, self, node)
            elif isinstance(keyword.value, ast.Dict):
                for key, item in zip(keyword.value.keys, keyword.value.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        channels[key.value] = read_channel(key.value, item, self, node)
        if view.kind == "facet" and view.children:
            inner = self.encode(view.children[0], name, node)
            return replace(view, children=(inner, *view.children[1:]))
        return replace(view, channels=channels)

    def transform(self, view: View, name: str, node: ast.Call) -> View:
        """``transform_window(…)``."""
        made = Transform(
            name.removeprefix("transform_"),
            tuple(self._plain(item) for item in node.args),
            {item.arg: self._plain(item.value) for item in node.keywords if item.arg},
            node,
        )
        return replace(view, transforms=(*view.transforms, made))

    def set_properties(self, view: View, name: str, node: ast.Call) -> View:
        """``properties(…)``."""
        options = {item.arg: self._plain(item.value) for item in node.keywords if item.arg}
        return replace(view, properties={**view.properties, **options})

    def configure(self, view: View, name: str, node: ast.Call) -> View:
        """``configure_axis(…)``."""
        part = name.removeprefix("configure").removeprefix("_")
        options = {item.arg: self._plain(item.value) for item in node.keywords if item.arg}
        merged = (
            {**view.configuration, **options}
            if not part
            else {
                **view.configuration,
                part: {**dict(view.configuration.get(part, {})), **options},
            }
        )
        return replace(view, configuration=merged)

    def make_interactive(self, view: View, name: str, node: ast.Call) -> View:
        """``interactive()``."""
        return replace(view, interactive=True)

    def add_parameters(self, view: View, name: str, node: ast.Call) -> View:
        """``add_params(…)``."""
        found: list[Parameter] = []
        for argument in node.args:
            item = argument.value if isinstance(argument, ast.Starred) else argument
            found += [one for one in _flatten(self.value(item)) if isinstance(one, Parameter)]
        return replace(view, parameters=(*view.parameters, *found))

    def arrange(self, view: View, name: str, node: ast.Call) -> View:
        """``facet(…)`` and ``repeat(…)`` wrap the view."""
        options: dict[str, Any] = {
            item.arg: self._arrangement(item.arg, item.value) for item in node.keywords if item.arg
        }
        if node.args:
            options[name] = self._arrangement(name, node.args[0])
        inner = replace(view, node=view.node, variable="")
        return View(name, children=(inner,), arrangement=options, node=node, calls=view.calls)

    def _arrangement(self, name: str, node: ast.expr) -> Any:
        if name in {"facet", "row", "column"}:
            return read_channel(name, node, self).to_dict()
        return self._plain(node)

    def resolve(self, view: View, name: str, node: ast.Call) -> View:
        """``resolve_scale(y="independent")``."""
        part = name.removeprefix("resolve_")
        options = {item.arg: self._plain(item.value) for item in node.keywords if item.arg}
        return replace(view, resolve={**view.resolve, part: options})

    # -- parameters and conditions ------------------------------------------------------

    def _parameter(self, name: str, node: ast.Call) -> Parameter:
        options = {item.arg: self._plain(item.value) for item in node.keywords if item.arg}
        bind: Any = None
        for keyword in node.keywords:
            if keyword.arg == "bind":
                value = self.value(keyword.value)
                bind = value.value if isinstance(value, Literal) else None
                options.pop("bind", None)
        made = Parameter(_SELECTIONS[name], "", options, bind, node)
        self.parameters.append(made)
        return made

    def _binding(self, name: str, node: ast.Call) -> dict[str, Any]:
        options = {item.arg: self._plain(item.value) for item in node.keywords if item.arg}
        if name == "repeat":
            return {"repeat": plain(node.args[0]) if node.args else "repeat"}
        kind = name.removeprefix("binding").removeprefix("_")
        return {"input": kind, **options} if kind else options

    def _condition(self, name: str, node: ast.Call) -> Condition:
        arguments = list(node.args)
        test = self.value(arguments[0]) if arguments else None
        if name == "when":
            extra = {item.arg: plain(item.value) for item in node.keywords if item.arg}
            return Condition((test if test is not None else extra,), (), None, node)
        named = {item.arg: item.value for item in node.keywords if item.arg}
        then = arguments[1] if len(arguments) > 1 else named.get("if_true")
        other = arguments[2] if len(arguments) > 2 else named.get("if_false")
        return Condition(
            (test,),
            (self.value(then) if then is not None else None,),
            self.value(other) if other is not None else None,
            node,
        )

    def _condition_method(self, condition: Condition, name: str, node: ast.Call) -> Condition:
        value = self.value(node.args[0]) if node.args else None
        if name == "then":
            return replace(condition, branches=(*condition.branches, value), node=node)
        if name == "when":
            return replace(condition, tests=(*condition.tests, value), node=node)
        if name == "otherwise":
            return replace(condition, otherwise=value, node=node)
        return replace(condition, node=node)


_METHODS: Mapping[str, Callable[[AltairReader, View, str, ast.Call], View]] = {
    "mark_": AltairReader.mark,
    "encode": AltairReader.encode,
    "transform_": AltairReader.transform,
    "properties": AltairReader.set_properties,
    "configure": AltairReader.configure,
    "configure_": AltairReader.configure,
    "interactive": AltairReader.make_interactive,
    "add_params": AltairReader.add_parameters,
    "add_selection": AltairReader.add_parameters,
    "facet": AltairReader.arrange,
    "repeat": AltairReader.arrange,
    "resolve_": AltairReader.resolve,
}


def _flatten(value: Any) -> list[Any]:
    return (
        [inner for item in value for inner in _flatten(item)]
        if isinstance(value, list)
        else [value]
    )


def _json(value: Any) -> Any:
    """An abstract value as JSON."""
    if isinstance(value, Literal):
        return value.value
    if isinstance(value, Parameter):
        return {"parameter": value.variable}
    if isinstance(value, Channel | View):
        return value.to_dict()
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, Condition):
        return {"code": ast.unparse(value.node)}
    return value if isinstance(value, str | int | float | bool | None) else str(value)
