"""Tool-execution rule TE-2: one environment for all code (MultiVis-Agent §4.3.2, Eq. 5)."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from multivis.rules.ruling import Ruling
from multivis.rules.syntax import parse, read_facts

__all__ = ["StandardCode", "code_environment", "no_code_environment", "with_chart_variable"]


@dataclass(frozen=True)
class StandardCode:
    """Code as it goes to the sandbox.

    Attributes:
        code: Python without fences, prose or notebook commands; byte for byte what was given
            when nothing had to change.
        preset: What runs before it in the same namespace: the standard imports.
        loads_data: Whether the code gets its data by itself: it loads them, or writes them out.
        data_literals: Texts given to what loads data: paths, URLs, SQL; in order.
        library: ``altair``, ``plotly``, ``matplotlib`` or ``unknown``.
        chart_variable: The variable that holds the chart in the end; None when there is none or
            the chart is a bare final expression.
        syntax_error: Where it does not parse, with the line; None when it parses.
    """

    code: str
    preset: str
    loads_data: bool = False
    data_literals: tuple[str, ...] = ()
    library: str = "unknown"
    chart_variable: str | None = None
    syntax_error: str | None = None


def code_environment(
    code: str, backend: str, *, frame: str = "df", environment: str
) -> Ruling[StandardCode]:
    """TE-2: standardise code, so that the same code always runs the same way (Eq. 5).

    Code that parses is not touched. Otherwise what models and notebooks put around code is
    taken off, least first: byte order mark, Markdown fences, notebook commands, prose, odd
    indentation, typographic quotes.

    Args:
        code: What the model or the user wrote.
        backend: The chart backend; the library when the code names none.
        frame: The variable in which multivis hands over data.
        environment: The backend's standard imports (`ChartBackend.environment`).
    """
    tree = parse(code)
    text = code
    if isinstance(tree, str):
        for text in _readings(code):
            tree = parse(text)
            if not isinstance(tree, str):
                break
        else:
            text = _unfenced(code)
            tree = parse(text)
    if isinstance(tree, str):
        standard = StandardCode(text, environment, library=backend, syntax_error=tree)
        return Ruling(standard, fired=True, outcome="syntax", why=f"The code stops at {tree}")
    facts = read_facts(tree, frame)
    standard = StandardCode(
        code=text,
        preset=environment,
        loads_data=facts.loads_data,
        data_literals=facts.data_literals,
        library=backend if facts.library == "unknown" else facts.library,
        chart_variable=facts.chart_variable,
    )
    if text == code:
        return Ruling(standard, outcome="unchanged")
    return Ruling(
        standard,
        fired=True,
        outcome="standardised",
        why="What stood around the code was taken off.",
        before=len(code),
        after=len(text),
    )


def no_code_environment(
    code: str, backend: str, *, frame: str = "df", environment: str
) -> Ruling[StandardCode]:
    """Without TE-2 code runs as it was written, with no imports before it."""
    return Ruling(StandardCode(code, "", library=backend))


# ── taking off what is not code ─────────────────────────────────────────────────────────────

_FENCED = re.compile(
    r"^[ \t]*(?:```|~~~)[ \t]*([\w+.-]*)[^\n]*\n(.*?)^[ \t]*(?:```|~~~)[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
_FENCE_LINE = re.compile(r"^[ \t]*(?:```|~~~)[\w+.-]*[ \t]*$\n?", re.MULTILINE)
_PYTHON = frozenset({"", "python", "py", "python3", "ipython", "altair", "plotly"})
_MAGIC = re.compile(r"^([ \t]*)(%{1,2}\w[^\n]*|![^\n]*|\?\??\w[^\n]*|\w[\w.]*\?{1,2})[ \t]*$")
_CODE_LINE = re.compile(
    r"^(\s*$|\s*#|\s*@|\s*(import|from|def|class|for|while|if|with|try|return|async|lambda)\b"
    r"|.*[=()\[\]{}])"
)
_PROSE_LINE = re.compile(r"^\s*(?:[-*>]\s+|\d+\.\s+)?[A-Za-z][^=()\[\]{}]*\s[^=()\[\]{}]*$")
_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " "})


def _readings(code: str) -> Iterator[str]:
    """What the code could be without what stands around it, least change first."""
    bare = code.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    yield bare
    unfenced = _unfenced(code)
    for base in dict.fromkeys((bare, unfenced)):
        for text in dict.fromkeys((base, _without_magics(base))):
            yield text
            yield textwrap.dedent(text.expandtabs(4))
            yield text.translate(_QUOTES)
            yield _without_prose(text)


def _unfenced(code: str) -> str:
    """The inside of the Markdown fences, if there are any."""
    text = code.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    found: list[tuple[str, str]] = _FENCED.findall(text)
    blocks = [body for language, body in found if language.lower() in _PYTHON]
    if not blocks:
        opened = re.search(r"^[ \t]*(?:```|~~~)[ \t]*[\w+.-]*[ \t]*\n", text, re.MULTILINE)
        inside = text[opened.end() :] if opened else text
        return _FENCE_LINE.sub("", inside)
    joined = "\n".join(blocks)
    if len(blocks) == 1 or not isinstance(parse(joined), str):
        return joined
    whole = [block for block in blocks if not isinstance(parse(block), str)]
    return max(whole or blocks, key=len)


def _without_magics(text: str) -> str:
    """Notebook commands as comments; line numbers stay."""

    def replace(line: str) -> str:
        match = _MAGIC.match(line)
        return f"{match.group(1)}pass  # {match.group(2)}" if match else line

    return "\n".join(replace(line) for line in text.split("\n"))


def _without_prose(text: str) -> str:
    """The text without plain sentences before the first and after the last line of code."""
    lines = text.split("\n")
    start, end = 0, len(lines)
    while start < end and (not lines[start].strip() or _is_prose(lines[start])):
        start += 1
    while end > start and (not lines[end - 1].strip() or _is_prose(lines[end - 1])):
        end -= 1
    return "\n".join(lines[start:end]) + "\n"


def _is_prose(line: str) -> bool:
    """A line with words and nothing that code has."""
    return bool(_PROSE_LINE.match(line)) and not line.lstrip().startswith(("import ", "from "))


# ── save injection ──────────────────────────────────────────────────────────────────────────


def with_chart_variable(code: str, variable: str = "chart") -> str:
    """Code whose bare final expression is assigned to a variable, so that it can be saved.

    Code that ends otherwise, or does not parse, is given back as it is.
    """
    tree = parse(code)
    if isinstance(tree, str) or not tree.body:
        return code
    final = tree.body[-1]
    if not isinstance(final, ast.Expr) or isinstance(final.value, ast.Name | ast.Constant):
        return code
    lines = code.splitlines(keepends=True)
    line = lines[final.lineno - 1].encode("utf-8")
    before = line[: final.col_offset].decode("utf-8")
    after = line[final.col_offset :].decode("utf-8")
    lines[final.lineno - 1] = f"{before}{variable} = {after}"
    changed = "".join(lines)
    return code if isinstance(parse(changed), str) else changed
