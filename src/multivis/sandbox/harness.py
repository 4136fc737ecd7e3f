"""Running one piece of code and packing what it leaves. Runs inside the worker.

`execute` is the same for both sandboxes; it neither confines nor limits anything itself.
"""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import re
import sys
import time
import traceback
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from multivis.sandbox.capture import Capture, Found
from multivis.sandbox.wire import ResultTooLarge, dump_json, encode

__all__ = ["Job", "execute", "failed"]

_CODE_NAME = "chart.py"
_PRESET_NAME = "preset.py"
_MESSAGE_CHARACTERS = 2_000
_DPI = 150


@dataclass(frozen=True)
class Job:
    """What to run and how much it may give back, in bytes.

    Without `chart` no chart is looked for: what the code gives back are the files that it writes.
    """

    code: str
    preset: str = ""
    output: int = 100_000
    spec_bytes: int = 20_000_000
    chart: bool = True


class _OutputFlood(BaseException):
    """Far more output than is kept; not an Exception, so that code does not swallow it."""


class _Output(io.TextIOBase):
    """Standard output that keeps the first characters and ends a flood."""

    def __init__(self, limit: int) -> None:
        self._kept = io.StringIO()
        self._limit = limit
        self._stop = max(10 * limit, 1_000_000)
        self._seen = 0

    @property
    def flooded(self) -> bool:
        return self._seen > self._stop

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        left = self._limit - self._seen
        if left > 0:
            self._kept.write(text[:left])
        self._seen += len(text)
        if self.flooded:
            raise _OutputFlood
        return len(text)

    def text(self) -> str:
        """What was kept."""
        return self._kept.getvalue()


@dataclass
class _Result:
    """The result as it grows."""

    library: str = "none"
    error: dict[str, Any] | None = None
    parts: dict[str, bytes] = field(default_factory=dict)

    def fail(
        self, kind: str, message: str, line: int | None = None, source: str | None = None
    ) -> None:
        """Note why there is no chart."""
        self.library = "none"
        self.parts = {}
        self.error = {
            "kind": kind,
            "message": message.strip()[:_MESSAGE_CHARACTERS],
            "line": line,
            "source_line": source,
        }


def execute(job: Job) -> bytes:
    """Run a job in this process and return its frame (`multivis.sandbox.wire`)."""
    started = time.perf_counter()
    output = _Output(job.output)
    result = _Result()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            _run(job, result)
        except _OutputFlood:
            pass
        except ResultTooLarge as error:
            result.fail("output", str(error))
        except BaseException as error:  # whatever code or a library raises becomes a result
            _explain(error, job, result)
        if output.flooded:
            result.fail("output", f"The code printed more than {job.output:,} characters.")
    header = {
        "library": result.library,
        "error": result.error,
        "stdout": output.text(),
        "seconds": time.perf_counter() - started,
    }
    return encode(header, result.parts)


def _run(job: Job, result: _Result) -> None:
    """Compile, execute, find the chart, pack it."""
    try:
        tree = ast.parse(job.code, _CODE_NAME)
        body, last = _split(tree)
        code = compile(body, _CODE_NAME, "exec", dont_inherit=True)
        final = compile(last, _CODE_NAME, "eval", dont_inherit=True) if last else None
    except SyntaxError as error:
        line = error.lineno
        result.fail("syntax", f"{type(error).__name__}: {error.msg}", line, _line(job.code, line))
        return
    except (ValueError, RecursionError, MemoryError) as error:
        result.fail("syntax", f"The code cannot be compiled: {type(error).__name__}: {error}")
        return
    capture = Capture()
    capture.watch(job.preset + job.code)
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    sys.argv = [_CODE_NAME]
    namespace = module.__dict__
    namespace.update(__file__=_CODE_NAME, display=capture.display)
    linecache.cache[_CODE_NAME] = (len(job.code), None, job.code.splitlines(True), _CODE_NAME)
    try:
        if job.preset:
            exec(compile(job.preset, _PRESET_NAME, "exec", dont_inherit=True), namespace)
        exec(code, namespace)
        if final is not None:
            capture.display(eval(final, namespace))
    except SystemExit as error:
        if error.code not in (None, 0):
            raise
    if not job.chart:
        return
    found = capture.find(tree, namespace)
    if found is None:
        result.fail(
            "no_chart",
            "The code ran but left no chart: assign it to a variable named 'chart'.",
        )
        return
    _pack(found, job, result)


def _split(tree: ast.Module) -> tuple[ast.Module, ast.Expression | None]:
    """Take a bare final expression off, as a notebook does."""
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = tree.body[-1]
        rest = ast.Module(body=tree.body[:-1], type_ignores=[])
        return rest, ast.Expression(body=last.value)
    return tree, None


def _line(code: str, number: int | None) -> str | None:
    """The text of a line, 1-based."""
    lines = code.splitlines()
    return lines[number - 1] if number and 0 < number <= len(lines) else None


# ── the chart becomes bytes ─────────────────────────────────────────────────────────────────


def _pack(found: Found, job: Job, result: _Result) -> None:
    """Turn the chart into its specification, description or picture."""
    pack = {"altair": _pack_altair, "plotly": _pack_plotly, "matplotlib": _pack_matplotlib}
    result.parts = pack[found.library](found.chart, job.spec_bytes)
    result.library = found.library


def _pack_altair(chart: Any, maximum: int) -> dict[str, bytes]:
    """Vega-Lite, with the data inlined and every row kept."""
    if isinstance(chart, dict):
        return {"spec": dump_json(chart, maximum=maximum, what="specification")}
    import altair

    # Code may have chosen another transformer, which would write the data elsewhere.
    altair.data_transformers.enable("default", max_rows=None)
    return {"spec": dump_json(chart.to_dict(), maximum=maximum, what="specification")}


def _pack_plotly(figure: Any, maximum: int) -> dict[str, bytes]:
    """Plotly's own JSON, typed arrays written out."""
    return {"figure": dump_json(figure.to_plotly_json(), maximum=maximum, what="figure")}


def _pack_matplotlib(figure: Any, maximum: int) -> dict[str, bytes]:
    """A picture, and a description of axes and artists."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from multivis.sandbox.matplotlib_figure import describe_figure

    FigureCanvasAgg(figure)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=_DPI, bbox_inches="tight")
    image = picture.getvalue()
    if len(image) > maximum:
        raise ResultTooLarge(
            f"The picture has {len(image):,} bytes; at most {maximum:,} are allowed."
        )
    described = dump_json(describe_figure(figure), maximum=maximum, what="description")
    return {"image": image, "figure": described}


# ── errors become kinds ─────────────────────────────────────────────────────────────────────

_MISSING_FIELD_TEXT = re.compile(
    r"not in index|not found in axis|no such (column|table)|no field of name|has no attribute"
    r"|Unable to determine data type for the field|is not the name of a column in"
    r"|Usecols do not match|Missing column provided|Columns? not found|unable to find column"
    r"|are in the \[(columns|index)\]|name .* is not defined .*query",
    re.IGNORECASE,
)
_FRAME_LIBRARIES = ("pandas", "polars", "pyarrow", "narwhals")


def _chain(error: BaseException) -> list[BaseException]:
    """The error and everything that led to it."""
    seen: list[BaseException] = []
    queue: list[object] = [error]
    while queue and len(seen) < 20:
        item = queue.pop(0)
        if isinstance(item, BaseException) and item not in seen:
            seen.append(item)
            queue += [item.__cause__, item.__context__, getattr(item, "reason", None)]
    return seen


def _kind(error: BaseException) -> str:
    """The class of an error, in the words of `RunError.kind`."""
    chain = _chain(error)
    if any(isinstance(item, MemoryError) for item in chain):
        return "memory"
    if any(_is_refusal(item) for item in chain):
        return "refused"
    return "missing_field" if _is_missing_field(error) else "execution"


def _is_refusal(error: BaseException) -> bool:
    """Whether the sandbox said no: a file, a socket or a program."""
    return isinstance(error, PermissionError) or type(error).__name__ == "gaierror"


def _is_missing_field(error: BaseException) -> bool:
    """Whether a column or table was named that is not there."""
    name, text = type(error).__name__, str(error)
    if name in {"ColumnNotFoundError", "UndefinedVariableError", "CatalogException"}:
        return True
    if isinstance(error, AttributeError):
        return "'DataFrame' object has no attribute" in text
    if isinstance(error, KeyError):
        if not error.args or not isinstance(error.args[0], (str, tuple, list)):
            return False  # a row label, not the name of a column
        frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
        return bool(_MISSING_FIELD_TEXT.search(text)) or any(
            f"/{library}/" in file for file in frames for library in _FRAME_LIBRARIES
        )
    return bool(_MISSING_FIELD_TEXT.search(text)) and name in {
        "ValueError",
        "OperationalError",
        "DatabaseError",
        "BinderException",
        "ArrowInvalid",
    }


def _explain(error: BaseException, job: Job, result: _Result) -> None:
    """Note an exception, with the line of the given code that it came from."""
    kind = _kind(error)
    text = _text(error)
    frames = traceback.extract_tb(error.__traceback__)
    line = next((f.lineno for f in reversed(frames) if f.filename == _CODE_NAME), None)
    if line is None and any(f.filename == _PRESET_NAME for f in frames):
        text = f"Before the code itself ran: {text}"
    elif line is None and kind == "missing_field":
        line = _line_that_names(text, job.code)
    result.fail(kind, text, line, _line(job.code, line))


def _text(error: BaseException) -> str:
    """Exception type and text."""
    try:
        text = str(error)
    except Exception:  # __str__ of generated classes may itself raise
        text = "(its message cannot be read)"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _line_that_names(text: str, code: str) -> int | None:
    """The first line that names a field which an error message quotes."""
    quoted = re.search(r"""field ["']([^"']+)["']""", text)
    if quoted:
        for number, line in enumerate(code.splitlines(), 1):
            if quoted[1] in line:
                return number
    return None


def failed(kind: str, message: str) -> bytes:
    """A frame that says only why nothing ran."""
    error: Mapping[str, Any] = {
        "kind": kind,
        "message": message,
        "line": None,
        "source_line": None,
    }
    return encode({"library": "none", "error": error, "stdout": "", "seconds": 0.0}, {})
