"""Scripts that load their own data: which files they read, and how the sandbox gives them.

A user's script (scenario D) opens its data under a path of the user's machine. For the run the
real file of the source stands under that path. A path that cannot exist inside a working folder
(absolute, with a drive letter, with ``..``) is replaced in the code that runs, and only there:
the script that is delivered keeps it, and lines keep their numbers.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import unquote

from multivis.syntax import parse_python

__all__ = ["OwnData", "find_own_data", "missing_imports"]

# The slash of an absolute path is no part of the scheme: file:/x, file:///x, sqlite:////x.
_SCHEME = re.compile(
    r"^(?P<scheme>file:(?://(?=/))?|[a-z][a-z0-9+]{1,30}:(?://)?/?)", re.IGNORECASE
)
_FAMILIES = (
    frozenset({".sqlite", ".sqlite3", ".db", ".db3"}),
    frozenset({".csv", ".tsv", ".txt"}),
    frozenset({".parquet", ".pq"}),
    frozenset({".json", ".jsonl", ".ndjson"}),
    frozenset({".xlsx", ".xls"}),
    frozenset({".duckdb", ".ddb"}),
)


@dataclass(frozen=True)
class OwnData:
    """What a script needs to run in the sandbox.

    Attributes:
        code: The code to run; differs from the given one in paths only.
        inputs: Files by the relative path under which the code opens them.
        replaced: Paths that were replaced, as they stand in the given code.
        unknown: Paths that belong to no file of the source.
    """

    code: str
    inputs: dict[str, Path] = field(default_factory=dict)
    replaced: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def find_own_data(code: str, literals: tuple[str, ...], files: Mapping[str, Path]) -> OwnData:
    """Give a script the files of the source under the paths that it uses.

    Args:
        code: The script.
        literals: Texts that it gives to what loads data (`StandardCode.data_literals`).
        files: The files of the source: name in a script → real path (`Source.files`).
    """
    inputs: dict[str, Path] = {}
    replacements: dict[str, str] = {}
    unknown = []
    for literal in literals:
        if not _looks_like_path(literal):
            continue
        scheme, path, query = _parts(literal)
        real = _match(path, files)
        if real is None:
            unknown.append(literal)
            continue
        if _is_inside(path):
            inputs[str(PurePosixPath(path))] = real
        else:
            name = _free_name(real, inputs)
            inputs[name] = real
            replacements[literal] = _with_scheme(scheme, name) + query
    _find_inside_sql(code, files, inputs, replacements)
    if not inputs:
        # a path that is put together while running often ends in the plain name
        for real in files.values():
            inputs.update(dict.fromkeys((real.name, f"database/{real.name}"), real))
    return OwnData(
        _replace(code, replacements) if replacements else code,
        inputs,
        tuple(replacements),
        tuple(unknown),
    )


def _find_inside_sql(
    code: str,
    files: Mapping[str, Path],
    inputs: dict[str, Path],
    replacements: dict[str, str],
) -> None:
    """Files that are named inside a statement: ``read_csv('/data/sales.csv', …)`` of DuckDB."""
    for node in _constants(parse_python(code)):
        text = str(node.value)
        if text in replacements or text in files:
            continue
        for path, real in files.items():
            if f"'{path}'" not in text and f'"{path}"' not in text:
                continue
            if _is_inside(path):
                inputs[str(PurePosixPath(path))] = real
                continue
            name = _free_name(real, inputs)
            inputs[name] = real
            before = replacements.get(text, text)
            for quote in "'\"":
                before = before.replace(f"{quote}{path}{quote}", f"{quote}{name}{quote}")
            replacements[text] = before


def _free_name(real: Path, inputs: Mapping[str, Path]) -> str:
    """A path under which the code may open a file: its own name, unless another one has it."""
    name, number = f"data/{real.name}", 2
    while inputs.get(name, real) != real:
        name, number = f"data/{number}/{real.name}", number + 1
    return name


def _looks_like_path(text: str) -> bool:
    """Whether a text could be the path of a data file rather than SQL or an option."""
    if not text or len(text) > 1_000 or "\n" in text or "\0" in text:
        return False
    _, path, _ = _parts(text)
    suffix = PurePosixPath(path.replace("\\", "/")).suffix.lower()
    return any(suffix in family for family in _FAMILIES)


def _parts(literal: str) -> tuple[str, str, str]:
    """Scheme, path and query of a path or an address such as ``sqlite:///x.db?mode=ro``."""
    if PureWindowsPath(literal).drive:
        return "", literal, ""
    match = _SCHEME.match(literal)
    if match is None:
        return "", literal, ""
    rest = literal[match.end() :]
    path, mark, query = rest.partition("?")
    return match["scheme"], unquote(path), mark + query


def _with_scheme(scheme: str, name: str) -> str:
    """A relative path in the form of the address it replaces."""
    return "file:" + name if scheme.lower().startswith("file:") else scheme + name


def _match(path: str, files: Mapping[str, Path]) -> Path | None:
    """The file of the source that a path means: same path, same name, or the only of its kind."""
    if path in files:
        return files[path]
    name = path.replace("\\", "/").rsplit("/", 1)[-1].lower()
    named = {real for key, real in files.items() if _last(key) == name or real.name.lower() == name}
    if len(named) == 1:
        return named.pop()
    stem = name.rsplit(".", 1)[0]
    stemmed = {real for real in files.values() if real.stem.lower() == stem}
    if len(stemmed) == 1:
        return stemmed.pop()
    suffix = PurePosixPath(name).suffix
    family = next((kinds for kinds in _FAMILIES if suffix in kinds), frozenset())
    alike = {real for real in files.values() if real.suffix.lower() in family}
    return alike.pop() if len(alike) == 1 and len(files) == 1 else None


def _last(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1].lower()


def _is_inside(path: str) -> bool:
    """Whether a path can stand inside a working folder as it is."""
    plain = PurePosixPath(path)
    return not (
        plain.is_absolute()
        or ".." in plain.parts
        or PureWindowsPath(path).drive
        or "\\" in path
        or path.startswith("~")
    )


def _replace(code: str, replacements: Mapping[str, str]) -> str:
    """Code with text constants replaced; every line keeps its number."""
    lines = code.splitlines(keepends=True)
    found = [node for node in _constants(parse_python(code)) if node.value in replacements]
    for node in sorted(found, key=lambda item: (item.lineno, item.col_offset), reverse=True):
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        first = lines[node.lineno - 1].encode()
        last = lines[end_line - 1].encode()
        # constants over several lines are joined texts: the rest of their lines becomes blanks
        text = repr(replacements[str(node.value)]) + "\\\n" * (end_line - node.lineno)
        joined = first[: node.col_offset].decode() + text + last[end_column:].decode()
        lines[node.lineno - 1 : end_line] = joined.splitlines(keepends=True)
    return "".join(lines)


def _constants(tree: ast.AST) -> Iterator[ast.Constant]:
    """Text constants with a place of their own: not the parts of an f-string."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.JoinedStr):
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child
        else:
            yield from _constants(child)


def missing_imports(code: str, environment: str) -> str:
    """Lines of the standard environment that a script needs and does not have.

    Args:
        code: The script; must parse.
        environment: Import statements, one a line.
    """
    tree = parse_python(code)
    bound: set[str] = set()
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(name.asname or name.name).split(".")[0] for name in node.names}
        elif isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
    needed = []
    for line in environment.splitlines():
        statement = parse_python(line).body
        if statement and isinstance(statement[0], ast.Import):
            names = {(n.asname or n.name).split(".")[0] for n in statement[0].names}
            if names & used - bound:
                needed.append(line + "\n")
    return "".join(needed)
