"""Parsing Python, safely from several threads at once."""

from __future__ import annotations

import ast
import threading
import warnings

__all__ = ["parse_python"]

# CPython 3.11 counts the depth of its tree constructor per interpreter, not per thread: two
# threads that parse at once can make it raise SystemError ("recursion depth mismatch").
_LOCK = threading.Lock()


def parse_python(code: str, filename: str = "<code>") -> ast.Module:
    """The syntax tree of some Python; nothing is executed.

    Args:
        code: The source text.
        filename: Named in errors.

    Raises:
        SyntaxError: It does not parse; text that no Python source can hold (a null byte, a lone
            surrogate) and nesting too deep for the parser are reported in the same way.
    """
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "invalid escape sequence": the author's business
        try:
            return ast.parse(code, filename)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(f"not readable as Python: {error}") from error
