"""Validation of generated modules beyond "it ran" (VizGenie §5.2.3 stops there).

Before running: every class and method of VTK that the code names is looked up in the VTK that is
installed. After: the stages are read back from the VTK objects and compared with the parameters;
the surface lies where the scalars say; the picture is neither empty nor one colour.
"""

from __future__ import annotations

import ast
import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

from multivis.memory.modules import Parameter
from multivis.state import CheckResult, Failure, FailureKind, Severity
from multivis.syntax import parse_python
from multivis.volumes.drawing import Drawing

__all__ = [
    "check_module_run",
    "check_names",
    "check_records",
    "needed_imports",
    "read_parameters",
    "with_parameters",
]

#: What a module has no business with: it is drawn, and its data are read, by multivis.
_WINDOWS = ("vtkRenderWindow", "vtkRenderWindowInteractor", "vtkGenericRenderWindowInteractor")
_TOLERANCE = 0.02
_LONGEST = 200_000
_PIXELS = 20_000
"""Of what is drawn: so many tell whether it is one colour."""


def _failure(kind: FailureKind, message: str, line: int | None, code: str) -> Failure:
    lines = code.splitlines()
    detail: dict[str, Any] = {}
    if line is not None and 0 < line <= len(lines):
        detail = {"line": line, "source_line": lines[line - 1]}
    return Failure(kind=kind, where="module", message=message, detail=detail)


# ── before it runs ──────────────────────────────────────────────────────────────────────────


def check_names(code: str, preset: str = "") -> Failure | None:
    """What is wrong with a module before it runs, or None.

    Syntax; ``build`` and ``PARAMETERS``; no window; every class of VTK that is named exists, and
    so does every method that is called on an object whose class is known.

    Args:
        code: The module.
        preset: The imports that run before it.
    """
    if len(code) > _LONGEST:
        return _failure(FailureKind.OUTPUT, "The module is too long.", None, code)
    try:
        tree = parse_python(code)
    except SyntaxError as error:
        return _failure(FailureKind.SYNTAX, f"SyntaxError: {error.msg}", error.lineno, code)
    except (ValueError, RecursionError, MemoryError) as error:
        return _failure(FailureKind.SYNTAX, f"The module cannot be read: {error}", None, code)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    build = functions.get("build")
    if build is None or len(build.args.args) != 2:
        text = "The module must define the function build(data, parameters)."
        return _failure(FailureKind.STRUCTURE, text, None, code)
    if read_parameters(code) is None:
        text = "The module must define PARAMETERS = {…} with plain values at its top level."
        return _failure(FailureKind.STRUCTURE, text, None, code)
    for line, message, kind in _unknown_names(tree, _imports(ast.parse(preset))):
        return _failure(kind, message, line, code)
    return None


@lru_cache(maxsize=1)
def _everything() -> Any:
    """All of VTK's classes."""
    return import_module("vtkmodules.all")


def _class(name: str) -> Any:
    found = getattr(_everything(), name, None)
    return found if isinstance(found, type) else None


def _unknown_names(
    tree: ast.Module, given: tuple[set[str], dict[str, str]]
) -> Iterator[tuple[int, str, FailureKind]]:
    """Names that VTK does not have, and windows."""
    modules, classes = _imports(tree)
    modules, classes = modules | given[0], {**given[1], **classes}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vtkmodules."):
            yield from _bad_import(node)
        name = _named_class(node, modules, classes)
        if name is None:
            continue
        line = getattr(node, "lineno", 0)
        if name in _WINDOWS:
            yield line, f"A module makes no window: leave out {name}.", FailureKind.REFUSED
        elif name.startswith("vtk") and not hasattr(_everything(), name):
            near = difflib.get_close_matches(name, dir(_everything()), n=3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            text = f"VTK has no {name}.{hint}"
            yield line, text, FailureKind.MISSING_FIELD
    for scope in [tree, *(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))]:
        yield from _unknown_methods(scope, modules, classes)


def _imports(tree: ast.Module) -> tuple[set[str], dict[str, str]]:
    """Names of VTK's modules, and local names of its classes."""
    modules: set[str] = set()
    classes: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in {"vtk", "vtkmodules.all"} or alias.name.startswith("vtkmodules"):
                    modules.add(alias.asname or alias.name)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vtk"):
            for alias in node.names:
                classes[alias.asname or alias.name] = alias.name
    return modules, classes


def _bad_import(node: ast.ImportFrom) -> Iterator[tuple[int, str, FailureKind]]:
    """Names that a module of VTK does not have."""
    try:
        module = import_module(node.module or "")
    except ImportError:
        text = f"VTK has no module {node.module}."
        yield node.lineno, text, FailureKind.MISSING_FIELD
        return
    for alias in node.names:
        if alias.name != "*" and not hasattr(module, alias.name):
            text = f"{node.module} has no {alias.name}; import vtk has every class."
            yield node.lineno, text, FailureKind.MISSING_FIELD


def _dotted(node: ast.AST) -> str:
    """``a.b.c`` of an attribute chain, or an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""


def _named_class(node: ast.AST, modules: set[str], classes: Mapping[str, str]) -> str | None:
    """The class of VTK that a node names, if it names one."""
    if isinstance(node, ast.Attribute) and _dotted(node.value) in modules:
        return node.attr
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        return classes.get(node.id)
    return None


def _own_statements(scope: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a scope without those of functions inside it."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.Lambda)):
            yield from _own_statements(child)


def _unknown_methods(
    scope: ast.AST, modules: set[str], classes: Mapping[str, str]
) -> Iterator[tuple[int, str, FailureKind]]:
    """Methods that are called on objects of a known class, and that it does not have."""
    known: dict[str, str | None] = {}
    nodes = list(_own_statements(scope))
    for node in nodes:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        made = _named_class(node.value.func, modules, classes)
        for target in node.targets:
            if isinstance(target, ast.Name):
                # a name that holds objects of two classes tells nothing
                other = target.id in known and known[target.id] != made
                known[target.id] = None if other else made
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = _class(known.get(node.value.id) or "")
            if owner is not None and not hasattr(owner, node.attr):
                near = difflib.get_close_matches(node.attr, dir(owner), n=3)
                hint = f" Did you mean {' or '.join(near)}?" if near else ""
                text = f"{owner.__name__} has no {node.attr}.{hint}"
                yield node.lineno, text, FailureKind.MISSING_FIELD


def needed_imports(code: str, preset: str) -> tuple[str, ...]:
    """Names that a module uses, that the preset imports, and that it does not import itself."""
    try:
        tree = parse_python(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    loaded = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    own, given = _bound(tree), _bound(ast.parse(preset))
    return tuple(name for name in given if name in loaded and name not in own)


def _bound(tree: ast.Module) -> dict[str, None]:
    """Names that imports anywhere in a module bind, in order."""
    return {
        (alias.asname or alias.name).partition(".")[0]: None
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


# ── its parameters ──────────────────────────────────────────────────────────────────────────


def _parameters_node(code: str) -> ast.Dict | None:
    try:
        tree = parse_python(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == "PARAMETERS" for t in node.targets)
            and isinstance(node.value, ast.Dict)
        ):
            return node.value
    return None


def read_parameters(code: str) -> dict[str, Any] | None:
    """The defaults of a module; None when there is no ``PARAMETERS`` of plain values."""
    node = _parameters_node(code)
    if node is None:
        return None
    try:
        values = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    named = all(isinstance(name, str) for name in values)
    return values if named and all(_is_plain(value) for value in values.values()) else None


def _is_plain(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list | tuple):
        return len(value) <= 64 and all(_is_plain(item) for item in value)
    return value is None or isinstance(value, bool | int | str)


def with_parameters(code: str, values: Mapping[str, Any]) -> str:
    """The module with other defaults; every other character stays as it is.

    Args:
        code: A module.
        values: New defaults; names that it does not have are left out.
    """
    node, known = _parameters_node(code), read_parameters(code)
    if node is None or known is None or node.end_lineno is None or node.end_col_offset is None:
        return code
    new = {name: values.get(name, default) for name, default in known.items()}
    written = ", ".join(f'"{name}": {value!r}' for name, value in new.items())
    lines = code.split("\n")
    first, last = node.lineno - 1, node.end_lineno - 1
    head = lines[first].encode()[: node.col_offset].decode()
    tail = lines[last].encode()[node.end_col_offset :].decode()
    return "\n".join([*lines[:first], f"{head}{{{written}}}{tail}", *lines[last + 1 :]])


# ── after it ran ────────────────────────────────────────────────────────────────────────────


def check_module_run(
    drawing: Drawing,
    records: Sequence[Mapping[str, Any]],
    picture: bytes,
    parameters: Sequence[Parameter] = (),
) -> tuple[CheckResult, ...]:
    """The checks on what a module drew.

    Args:
        drawing: What was asked for: parameters and, where one was chosen, the camera.
        records: What was read back (`multivis.volumes.module_worker`).
        picture: The PNG.
        parameters: Not needed; the values are in the drawing.
    """
    del parameters
    return (*check_records(drawing, records), *_seen(picture, drawing.background))


def check_records(
    drawing: Drawing, records: Sequence[Mapping[str, Any]]
) -> tuple[CheckResult, ...]:
    """The checks that need no picture: what the VTK objects say against what was asked for.

    Args:
        drawing: What was asked for.
        records: What was read back.
    """
    props = [record for record in records if record.get("kind") in {"actor", "volume"}]
    camera = next((record for record in records if record.get("kind") == "camera"), {})
    return (
        _drawn(props),
        _stages(drawing, props),
        _effective(drawing, props),
        _where_scalars_say(props),
        _direction(drawing, camera),
    )


def _result(
    id: str,
    statement: str,
    passed: bool,
    message: str = "",
    *,
    severity: Severity = Severity.ERROR,
    applicable: bool = True,
    **evidence: Any,
) -> CheckResult:
    return CheckResult(
        id=id,
        statement=statement,
        severity=severity,
        passed=passed,
        applicable=applicable,
        message="" if passed else message,
        evidence=evidence,
    )


def _drawn(props: Sequence[Mapping[str, Any]]) -> CheckResult:
    """Every part of the scene draws something."""
    empty = [i for i, record in enumerate(props, 1) if not int(record.get("cells", 0))]
    return _result(
        "module-draws",
        "Every actor and volume draws at least one cell.",
        bool(props) and not empty,
        "Nothing is drawn." if not props else f"Part {empty[:1]} of the scene draws no cell.",
        parts=len(props),
    )


def _stages(drawing: Drawing, props: Sequence[Mapping[str, Any]]) -> CheckResult:
    """The pipeline has the stages that it is said to have."""
    wanted = drawing.module.stages if drawing.module is not None else ()
    built = {a.get("class") for record in props for a in record.get("algorithms", ())}
    missing = [name for name in wanted if name not in built]
    return _result(
        "module-stages",
        "The pipeline that was built has every stage that was asked for.",
        not missing,
        f"The pipeline has no {', '.join(missing)}.",
        applicable=bool(wanted),
        stages=sorted(str(name) for name in built),
    )


def _numbers(records: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    """Values of that name, of the props and of their algorithms."""
    found: list[float] = []
    for record in records:
        for holder in (record, *record.get("algorithms", ())):
            value = holder.get(name)
            if isinstance(value, int | float):
                found.append(float(value))
            elif isinstance(value, list):
                found += [float(item) for item in value if isinstance(item, int | float)]
    return found


#: What a parameter of that name must show up as when the scene is read back.
_SHOWS_UP: Mapping[str, tuple[str, ...]] = {
    "isovalue": ("values", "minimum"),
    "opacity": ("opacity",),
    "standard_deviation": ("standard_deviations",),
    "reduction": ("target_reduction",),
    "iterations": ("iterations",),
}


def _effective(drawing: Drawing, props: Sequence[Mapping[str, Any]]) -> CheckResult:
    """The parameters are what the VTK objects have."""
    statement = "The values asked for are those that the VTK objects have."
    values = drawing.module.parameters if drawing.module is not None else {}
    wrong = []
    looked_at = 0
    for name, value in values.items():
        places = _SHOWS_UP.get(name)
        if places is not None and isinstance(value, int | float):
            found = [number for place in places for number in _numbers(props, place)]
            looked_at += bool(found)
            if found and not any(math.isclose(value, n, rel_tol=1e-5) for n in found):
                wrong.append(f"{name} is {found[0]:g} and not {value:g}")
        if name == "color" and isinstance(value, str):
            plain = [r.get("color") for r in props if not r.get("scalars") and r.get("color")]
            looked_at += bool(plain)
            if plain and value.lower() not in plain:
                wrong.append(f"the colour is {plain[0]} and not {value}")
    return _result(
        "module-parameters",
        statement,
        not wrong,
        "; ".join(wrong) + ".",
        applicable=bool(looked_at),
        values={k: v for k, v in values.items() if isinstance(v, int | float | str)},
    )


def _where_scalars_say(props: Sequence[Mapping[str, Any]]) -> CheckResult:
    """Contours lie where the scalars have their values."""
    apart = _numbers(props, "deviation")
    worst = max(apart, default=0.0)
    return _result(
        "surface-at-isovalue",
        "The surface lies where the scalars have the isovalue.",
        worst <= _TOLERANCE,
        f"The surface is {worst:.1%} of the range away from its isovalue.",
        applicable=bool(apart),
        deviation=worst,
    )


def _direction(drawing: Drawing, camera: Mapping[str, Any]) -> CheckResult:
    """The camera looks from where it was asked to."""
    from multivis.volumes.specification import Camera

    statement = "The camera looks from where it was asked to."
    chosen = drawing.camera != Camera()
    told = camera.get("direction")
    if not chosen or not isinstance(told, list) or len(told) != 3:
        return _result("camera-direction", statement, True, applicable=False)
    expected = camera.get("expected")
    if not isinstance(expected, list) or len(expected) != 3:
        return _result("camera-direction", statement, False, "The camera was not placed.")
    cosine = sum(a * b for a, b in zip(told, expected, strict=True))
    angle = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
    message = f"The camera is {angle:.0f}° off."
    return _result("camera-direction", statement, angle < 1.0, message, degrees=round(angle, 3))


def _seen(picture: bytes, background: str) -> tuple[CheckResult, CheckResult]:
    """The picture shows an object, and the object is in frame."""
    import io

    import numpy as np
    from PIL import Image

    shows = "The picture is neither empty nor one colour."
    inside = "The object is in frame."
    try:
        opened = Image.open(io.BytesIO(picture))
        pixels = np.asarray(opened if opened.mode == "RGB" else opened.convert("RGB"))
    except (OSError, ValueError) as error:
        message = f"The picture cannot be read: {error}"
        return _result("picture-shows", shows, False, message), _result(
            "object-in-frame", inside, True, applicable=False
        )
    drawn = np.zeros(pixels.shape[:2], bool)
    for channel, start in enumerate((1, 3, 5)):  # one colour at a time: nothing large is copied
        ground, shade = int(background[start : start + 2], 16), pixels[:, :, channel]
        drawn |= (shade > min(ground + 6, 255)) | (shade < max(ground - 6, 0))
    share = float(drawn.mean())
    where = np.flatnonzero(drawn)
    sample = pixels.reshape(-1, 3)[where[:: max(1, len(where) // _PIXELS)]]
    varied = bool(len(sample)) and float(sample.std(axis=0).max()) > 1.0
    border = np.concatenate([drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]])
    cut = float(border.mean())
    return (
        _result(
            "picture-shows",
            shows,
            share > 0.002 and varied,
            "The picture shows nothing." if share <= 0.002 else "The picture is one colour.",
            share=round(share, 4),
        ),
        _result(
            "object-in-frame",
            inside,
            cut < 0.25,
            "The object is cut by the frame.",
            severity=Severity.WARNING,
            border=round(cut, 4),
        ),
    )
